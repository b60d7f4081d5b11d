"""What greys are drawn from: facts that are known count, gaps do not."""

import dataclasses

import numpy as np
import pytest

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MyomaSignal, Pathology
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.gaussian import draw
from UterineSynthLib.networks.tone import (
    TONE_COUNT,
    completed,
    greys_of,
    measured_tones,
    painted,
    typical_tones,
    widened,
)
from UterineSynthLib.networks.tone_prior import FACT_COUNT, TonePrior, facts_of, fitted
from UterineSynthLib.records import from_json, to_json
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import (
    ORGAN_COUNT,
    STRUCTURE_COUNT,
    STRUCTURES,
    UMD_LABELS,
    Structure,
    to_umd,
    without_parts,
)

FAT, MYOMA, OVARY = int(Structure.FAT), int(Structure.MYOMA), int(Structure.OVARY)
UMD_COUNT = len(UMD_LABELS) + 1


def at(field_strength_t: float) -> UterusDescription:
    return UterusDescription(acquisition=Acquisition(field_strength_t=field_strength_t))


def studies(count: int, seed: int = 0) -> tuple[list[UterusDescription], list[np.ndarray]]:
    """Fat is 0.4 darker at 3 T; muscle goes with fat; most studies show no myoma."""
    rng = np.random.default_rng(seed)
    fields = [float(rng.choice([1.5, 3.0])) for _ in range(count)]
    rows = []
    for field in fields:
        row = typical_tones().astype(float)
        fat = 0.2 - (0.4 if field == 3.0 else 0.0) + 0.1 * rng.standard_normal()
        row[FAT], row[Structure.MUSCLE] = fat, 0.5 * fat - 0.6
        row[MYOMA] = -0.5 + 0.05 * rng.standard_normal() if rng.random() < 0.3 else np.nan
        rows.append(row.astype(np.float32))
    return [at(field) for field in fields], rows


def lakes() -> np.ndarray:
    """A leiomyoma half of which is fluid, in fat."""
    labels = np.full((2, 8, 8), FAT, dtype=np.uint8)
    labels[0, :4], labels[0, 4:] = MYOMA, Structure.MYOMA_FLUID
    return labels


def drawn(prior: TonePrior, description: UterusDescription | None, count: int = 400) -> np.ndarray:
    return np.array([prior.draw(description, 5, n) for n in range(count)])


def test_what_is_drawn_has_the_means_and_goes_together_as_what_was_measured() -> None:
    prior = fitted(*studies(400))
    of_3t, of_1t5 = drawn(prior, at(3.0)), drawn(prior, at(1.5))
    assert of_3t[:, FAT].mean() == pytest.approx(-0.2, abs=0.03)
    assert of_1t5[:, FAT].mean() == pytest.approx(0.2, abs=0.03)
    assert of_3t[:, FAT].std() == pytest.approx(0.1, abs=0.03)
    assert np.corrcoef(of_3t[:, FAT], of_3t[:, Structure.MUSCLE])[0, 1] > 0.8
    assert of_3t[:, MYOMA].mean() == pytest.approx(-0.5, abs=0.03)


def test_an_open_fact_leaves_the_whole_spread_of_the_population() -> None:
    open_draws = drawn(fitted(*studies(400)), None)
    assert open_draws[:, FAT].std() == pytest.approx(np.hypot(0.2, 0.1), abs=0.04)


def test_the_same_stream_draws_the_same_and_another_volume_another() -> None:
    prior = fitted(*studies(50))
    assert np.array_equal(prior.draw(None, 3, 1), prior.draw(None, 3, 1))
    assert not np.array_equal(prior.draw(None, 3, 1), prior.draw(None, 3, 2))
    assert not np.array_equal(prior.draw(None, 3, 1), prior.draw(None, 4, 1))
    assert prior.draw(None, 3, 1).shape == (TONE_COUNT,)


def test_a_structure_that_no_study_shows_has_its_typical_tone() -> None:
    descriptions, rows = studies(60)
    for row in rows:
        row[Structure.NICHE] = np.nan
    tones = drawn(fitted(descriptions, rows), None)
    assert tones[:, Structure.NICHE].mean() == pytest.approx(typical_tones()[Structure.NICHE], abs=0.02)


def test_gaps_are_filled_as_the_conditional_of_a_gaussian_says() -> None:
    """The fit with gaps at random comes near the fit without: an oracle of the expectation step."""
    descriptions, rows = studies(500, 1)
    rng = np.random.default_rng(2)
    holed = [np.where(rng.random(TONE_COUNT) < 0.2, np.nan, row).astype(np.float32) for row in rows]
    whole, gappy = fitted(descriptions, rows), fitted(descriptions, holed)
    pair = np.ix_([FACT_COUNT + FAT, FACT_COUNT + Structure.MUSCLE], [FACT_COUNT + FAT, FACT_COUNT + Structure.MUSCLE])
    np.testing.assert_allclose(np.array(gappy.covariance)[pair], np.array(whole.covariance)[pair], atol=0.01)


def test_a_prior_comes_back_from_json() -> None:
    prior = fitted(*studies(30))
    assert from_json(TonePrior, to_json(prior)) == prior


def test_the_facts_are_field_strength_menopause_and_the_signal_of_leiomyomas() -> None:
    assert np.isnan(facts_of(UterusDescription())).all()
    lesions = (
        Leiomyoma(diameter_mm=40.0, t2_signal=MyomaSignal.CELLULAR),
        Leiomyoma(diameter_mm=20.0, t2_signal=MyomaSignal.TYPICAL),
    )
    shown = facts_of(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=lesions))
    kinds = list(MyomaSignal)
    assert shown[2 + kinds.index(MyomaSignal.CELLULAR)] == pytest.approx(0.8)
    assert shown[2 + kinds.index(MyomaSignal.TYPICAL)] == pytest.approx(0.2)
    assert facts_of(at(3.0))[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": (0.0,)}, "must have"),
        ({"covariance": ((0.0,),)}, "covariance must have"),
        ({"mean": (float("nan"),) * (FACT_COUNT + TONE_COUNT)}, "must be finite"),
    ],
)
def test_a_prior_of_another_size_or_without_numbers_is_refused(change, message) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(fitted(*studies(5)), **change)


def of_tones(prior: TonePrior, kept: list[int]) -> TonePrior:
    """The prior of some tones alone, as it was measured before there were others."""
    known = [*range(FACT_COUNT), *(FACT_COUNT + n for n in kept)]
    rows = np.array(prior.covariance)[np.ix_(known, known)]
    return TonePrior(tuple(np.array(prior.mean)[known]), tuple(map(tuple, rows)), prior.studies)


def test_a_prior_of_the_organs_alone_draws_them_and_has_parts_typical() -> None:
    whole = fitted(*studies(30))
    known = [*range(ORGAN_COUNT), *range(TONE_COUNT - UMD_COUNT, TONE_COUNT)]
    short = of_tones(whole, known)
    drawn = [short.draw(None, seed, 0) for seed in range(60)]
    np.testing.assert_array_equal(
        np.array(drawn)[:, ORGAN_COUNT:STRUCTURE_COUNT],
        np.tile(typical_tones()[ORGAN_COUNT:STRUCTURE_COUNT], (60, 1)),
    )
    centre = np.array(whole.mean)[FACT_COUNT:][known]
    spread = np.sqrt(np.diag(whole.covariance)[FACT_COUNT:][known])
    off = np.mean(drawn, axis=0)[known] - centre
    assert (np.abs(off) < 5 * spread / np.sqrt(60) + 0.02).all()


def test_a_prior_that_did_not_tell_tissue_from_parts_has_both_alike() -> None:
    short = of_tones(fitted(*studies(30)), [*range(39), *range(TONE_COUNT - UMD_COUNT, TONE_COUNT)])
    drawn = short.draw(at(3.0), 1, 2)
    tissue, whole = (greys_of(one, drawn) for one in (lakes(), without_parts(lakes())))
    assert drawn.shape == (TONE_COUNT,)
    np.testing.assert_array_equal(tissue[:ORGAN_COUNT], whole[:ORGAN_COUNT])


def test_a_prior_of_fewer_structures_with_parts_keeps_what_it_knows_of_them() -> None:
    """As those of 0.11.0: eight structures had parts, the uterine wall, the rectum and bone had none."""
    whole = fitted(*studies(30))
    had = [STRUCTURES[Structure(label)].within for label in range(ORGAN_COUNT, 39)]
    wholes = sorted({int(structure) for structure in had})
    now = sorted({int(facts.within) for facts in STRUCTURES.values() if facts.within is not None})
    rows = [STRUCTURE_COUNT + now.index(structure) for structure in wholes]
    short = of_tones(whole, [*range(39), *rows, *range(TONE_COUNT - UMD_COUNT, TONE_COUNT)])
    drawn = draw(
        np.array(short.mean)[FACT_COUNT:],
        np.array(short.covariance)[FACT_COUNT:, FACT_COUNT:],
        np.random.default_rng(4),
    )
    full = widened(drawn.clip(-1, 1).astype(np.float32))
    np.testing.assert_allclose(full[:39], drawn[:39].clip(-1, 1), atol=1e-6)
    np.testing.assert_array_equal(full[39:STRUCTURE_COUNT], typical_tones()[39:STRUCTURE_COUNT])
    np.testing.assert_allclose(full[rows], drawn[39:-UMD_COUNT].clip(-1, 1), atol=1e-6)
    wall = STRUCTURE_COUNT + now.index(Structure.UTERINE_WALL)
    assert full[wall] == full[Structure.UTERINE_WALL], "had no parts"
    np.testing.assert_allclose(full[-UMD_COUNT:], drawn[-UMD_COUNT:].clip(-1, 1), atol=1e-6)


def test_a_fit_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="no study with a label map"):
        fitted([], [])


def test_measured_tones_are_the_means_of_labels_and_paint_them_back() -> None:
    labels = np.zeros((2, 8, 8), dtype=np.uint8)
    labels[0], labels[1, :4], labels[1, 4, :4] = OVARY, Structure.JUNCTIONAL_ZONE, Structure.BLADDER
    image = np.where(labels == OVARY, 0.25, np.where(labels == Structure.JUNCTIONAL_ZONE, -0.5, 0.1)).astype(np.float32)
    tones = measured_tones(image, labels)
    assert tones[OVARY] == 0.25
    assert np.isnan(tones[Structure.BLADDER]), "four voxels are too few to tell"
    assert tones[-UMD_COUNT + Structure.UTERINE_CAVITY] == -0.5, "UMD counts the junctional zone as cavity"
    shown = painted(labels, completed(tones), 2)
    assert shown.shape == (2, 2, 8, 8)
    np.testing.assert_array_equal(shown[1][labels == OVARY], 0.25)


def test_a_leiomyoma_with_lakes_has_a_grey_of_its_tissue_and_one_with_them() -> None:
    labels = lakes()
    image = np.where(labels == MYOMA, -0.6, np.where(labels == Structure.MYOMA_FLUID, 0.4, 0.2)).astype(np.float32)
    told = measured_tones(image, labels)
    assert greys_of(labels, told)[MYOMA] == pytest.approx(-0.6)
    assert greys_of(without_parts(labels), told)[MYOMA] == pytest.approx(-0.1)
    np.testing.assert_allclose(painted(labels, told)[0], image, rtol=1e-6)
    plain = measured_tones(image, without_parts(labels))
    assert np.isnan(plain[MYOMA]), "where its lakes are not told apart, nothing says what its tissue is like"
    assert greys_of(without_parts(labels), plain)[MYOMA] == pytest.approx(-0.1)


def test_maps_that_tell_no_parts_leave_the_grey_of_tissue_as_others_have_it() -> None:
    """Half of all maps are plain: their leiomyomas are brighter, by what fills them, and no draw is in between."""
    rng = np.random.default_rng(3)
    rows = []
    for n in range(200):
        labels = lakes() if n % 2 else without_parts(lakes())
        greys = np.where(lakes() == MYOMA, -0.6, np.where(lakes() == Structure.MYOMA_FLUID, 0.4, 0.2))
        rows.append(measured_tones((greys + 0.05 * rng.standard_normal()).astype(np.float32), labels))
    prior = fitted([None] * len(rows), rows)
    draws = drawn(prior, None, 100)
    tissue, whole = (np.mean([greys_of(m, row)[MYOMA] for row in draws]) for m in (lakes(), without_parts(lakes())))
    assert tissue == pytest.approx(-0.6, abs=0.03)
    assert whole == pytest.approx(-0.1, abs=0.03)


def test_leiomyomas_of_a_map_that_tells_no_parts_are_typical_unless_something_else_is_asked_for() -> None:
    def of(signal: MyomaSignal) -> UterusDescription:
        lesions = (Leiomyoma(diameter_mm=40.0, t2_signal=signal),)
        return UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=lesions)

    rng = np.random.default_rng(4)
    kinds = [MyomaSignal.TYPICAL, MyomaSignal.CYSTIC] * 100
    rows = []
    for kind in kinds:
        row = typical_tones()
        row[STRUCTURE_COUNT:-UMD_COUNT] = (-0.5 if kind is MyomaSignal.TYPICAL else 0.3) + 0.05 * rng.standard_normal()
        rows.append(row)
    prior, plain = fitted([of(kind) for kind in kinds], rows), without_parts(lakes())

    def mean(description: UterusDescription | None, labels: np.ndarray | None) -> float:
        draws = [prior.draw(description, 1, n, labels) for n in range(60)]
        return float(np.mean([greys_of(plain, row)[MYOMA] for row in draws]))

    assert mean(None, plain) == pytest.approx(-0.5, abs=0.05)
    assert mean(of(MyomaSignal.CYSTIC), plain) == pytest.approx(0.3, abs=0.05)
    assert mean(None, lakes()) == pytest.approx(mean(None, None)) == pytest.approx(-0.1, abs=0.15)


def test_a_map_in_umds_labels_is_painted_with_the_rest_of_the_body_and_not_with_air() -> None:
    labels = np.full((1, 8, 8), OVARY, dtype=np.uint8)
    labels[0, :4] = Structure.UTERINE_WALL
    image = np.where(labels == OVARY, 0.3, -0.2).astype(np.float32)
    shown = painted(to_umd(labels), completed(measured_tones(image, labels)))
    np.testing.assert_allclose(shown[0][labels == OVARY], 0.3)


def test_greys_are_those_whose_mixtures_make_the_image() -> None:
    """A thin structure, mixed in all of its voxels, has a grey of its own and not that of its mixtures."""
    labels = np.full((2, 16, 16), OVARY, dtype=np.uint8)
    labels[:, :2] = Structure.BLADDER_WALL
    share = np.zeros_like(labels)
    share[:, 0], share[:, 1], share[:, 2] = 51, 102, 51
    second = np.where(labels == OVARY, Structure.BLADDER_WALL, OVARY).astype(np.uint8)
    partial = PartialVolume(np.where(share > 0, second, 0).astype(np.uint8), share)
    told = completed(typical_tones())
    told[[OVARY, Structure.BLADDER_WALL]] = 0.4, -0.5
    image = partial.mixed(labels, greys_of(labels, told))
    means, found = measured_tones(image, labels), measured_tones(image, labels, partial)
    assert means[Structure.BLADDER_WALL] == pytest.approx(-0.5 + 0.9 * 0.3)
    assert found[Structure.BLADDER_WALL] == pytest.approx(-0.5, abs=0.16)
    assert found[OVARY] == pytest.approx(0.4, abs=0.02)
    np.testing.assert_array_equal(np.isnan(means), np.isnan(found))
    known = len(Structure)
    np.testing.assert_array_equal(means[known:], found[known:])
    unmixed = measured_tones(image, labels, PartialVolume(second, np.zeros_like(share)))
    np.testing.assert_allclose(unmixed, means, atol=1e-5)


def test_what_is_seen_in_mixtures_alone_has_its_typical_grey_and_darkens_nothing_else() -> None:
    """Strands of fat are seen where fat is shifted to: here four voxels away from where the mixtures have them."""
    labels = np.full((1, 32, 32), FAT, dtype=np.uint8)
    labels[0, 0, 0] = Structure.SEROSA  # It tells parts apart.
    share = np.zeros_like(labels)
    share[:, ::8] = 128
    partial = PartialVolume(np.where(share > 0, Structure.CONNECTIVE_TISSUE, 0).astype(np.uint8), share)
    told = typical_tones()
    told[FAT] = 0.4
    image = np.roll(partial.mixed(labels, greys_of(labels, told)), 4, axis=1)
    found = measured_tones(image, labels, partial)
    assert found[Structure.CONNECTIVE_TISSUE] == typical_tones()[Structure.CONNECTIVE_TISSUE]
    few = PartialVolume(partial.second, np.where(np.arange(32)[:, None] == 8, share, 0).astype(np.uint8))
    assert np.isnan(measured_tones(image, labels, few)[Structure.CONNECTIVE_TISSUE])
    assert found[FAT] == pytest.approx(0.4, abs=0.05)
    assert measured_tones(image, labels)[FAT] == pytest.approx(0.34, abs=0.01), "its mean, strands and all"


def test_a_grey_that_hardly_shows_stays_near_its_mean() -> None:
    labels = np.full((1, 20, 20), OVARY, dtype=np.uint8)
    labels[0, 0, :10] = Structure.POLYP
    second = np.where(labels == OVARY, 0, OVARY).astype(np.uint8)
    partial = PartialVolume(second, np.where(labels == OVARY, 0, 250).astype(np.uint8))
    image = np.where(labels == OVARY, 0.2, 0.3).astype(np.float32)
    assert measured_tones(image, labels, partial)[Structure.POLYP] == pytest.approx(0.3, abs=0.05)
