"""What is measured in a phantom agrees with what was asked for."""

from collections import Counter

import numpy as np
import pytest

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    Figo,
    MenopausalStatus,
    MyometrialInvasion,
    Pathology,
)
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.anatomy import Anatomy, build_anatomy
from UterineSynthLib.phantom.growth import grow_uterus
from UterineSynthLib.phantom.measured_block import label_block
from UterineSynthLib.phantom.measurement import measure
from UterineSynthLib.phantom.population import NORMAL_SHARE, _draw_pathologies, complete, draw_description
from UterineSynthLib.phantom.uterus import uterine_box
from UterineSynthLib.volumes.structures import Structure

Built = tuple[UterusDescription, Anatomy]
NORMAL = (Pathology.NORMAL,)
DIAMETER_SHARE = 0.06
THICKNESS_MM = 1.0
ANGLE_DEG = 3.0


def built(description: UterusDescription, seed: int) -> Built:
    full = complete(description, seed)
    return full, build_anatomy(full, seed)


@pytest.fixture(scope="module")
def normal() -> Built:
    asked = UterusDescription(
        pathologies=NORMAL, junctional_zone_mm=6.0, endometrium_mm=9.0, version_deg=48, flexion_deg=-25
    )
    return built(asked, 4)


def test_zones_of_a_normal_uterus_are_as_thick_as_asked(normal: Built) -> None:
    truth = measure(normal[1])
    assert truth.junctional_zone_mm == pytest.approx(6.0, abs=THICKNESS_MM)
    assert truth.endometrium_mm == pytest.approx(9.0, abs=THICKNESS_MM)


@pytest.mark.parametrize(("length", "volume"), [(80.0, 70.0), (80.0, 120.0)])
def test_length_and_volume_of_a_normal_uterus_are_as_asked(length: float, volume: float) -> None:
    asked = UterusDescription(pathologies=NORMAL, uterine_length_mm=length, uterine_volume_ml=volume)
    truth = measure(built(asked, 4)[1])
    assert truth.uterine_length_mm == pytest.approx(length, abs=1.0)
    assert truth.uterine_volume_ml == pytest.approx(volume, rel=0.05)


def test_angles_between_label_centroids_follow_the_angles_asked_for(normal: Built) -> None:
    _, anatomy = normal
    block = label_block(anatomy.uterus, uterine_box(anatomy.fields), 1.0)
    line = anatomy.fields.form.line
    x, y, z = block.points(block.labels == Structure.CERVICAL_CANAL)
    s, _, _ = line.coordinates(x, y, z)
    lower, upper = s < s.max() * 0.35, s > s.max() * 0.65
    canal = np.array([y[upper].mean() - y[lower].mean(), z[upper].mean() - z[lower].mean()])
    vagina = np.subtract(anatomy.landmarks.external_os, anatomy.landmarks.introitus)[1:]
    turn = np.degrees(np.arctan2(vagina[0], vagina[1]) - np.arctan2(canal[0], canal[1]))
    assert turn == pytest.approx(48, abs=10)
    truth = measure(anatomy)
    assert truth.version_deg == pytest.approx(48, abs=ANGLE_DEG)
    assert truth.flexion_deg == pytest.approx(-25, abs=ANGLE_DEG)


@pytest.mark.parametrize("figo", list(Figo))
def test_a_leiomyoma_is_of_its_type_by_definition_and_of_its_size(figo: Figo) -> None:
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(Leiomyoma(figo=figo),))
    full, anatomy = built(asked, 11)
    found = measure(anatomy).leiomyomas[0]
    assert found.figo is figo
    assert found.diameter_mm == pytest.approx(full.leiomyomas[0].diameter_mm, rel=DIAMETER_SHARE)


def test_several_leiomyomas_keep_their_types_beside_each_other() -> None:
    types = (Figo.TYPE_4, Figo.TYPE_5, Figo.TYPE_2, Figo.TYPE_7)
    sizes = (34.0, 22.0, 16.0, 28.0)
    fibroids = tuple(Leiomyoma(figo=f, diameter_mm=d) for f, d in zip(types, sizes, strict=True))
    _, anatomy = built(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=fibroids), 2)
    truth = measure(anatomy)
    assert tuple(item.figo for item in truth.leiomyomas) == types
    assert [item.diameter_mm for item in truth.leiomyomas] == pytest.approx(sizes, rel=DIAMETER_SHARE)


def test_leiomyomas_never_overlap() -> None:
    fibroids = (Leiomyoma(),) * 5
    _, anatomy = built(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=fibroids), 6)
    balls = [(np.array(lesion.centre), lesion.diameter_mm / 2) for lesion in anatomy.lesions]
    for n, (centre, radius) in enumerate(balls):
        for other, reach in balls[:n]:
            assert np.linalg.norm(centre - other) >= radius + reach


@pytest.mark.parametrize("extent", list(AdenomyosisExtent))
@pytest.mark.parametrize("zone", [14.0, 22.0])
def test_adenomyosis_widens_the_junctional_zone_as_asked(extent: AdenomyosisExtent, zone: float) -> None:
    asked = UterusDescription(pathologies=(Pathology.ADENOMYOSIS,), adenomyosis_extent=extent, junctional_zone_mm=zone)
    _, anatomy = built(asked, 3)
    assert measure(anatomy).junctional_zone_mm == pytest.approx(zone, abs=THICKNESS_MM)


@pytest.mark.parametrize("invasion", list(MyometrialInvasion))
def test_a_carcinoma_is_as_large_and_as_deep_as_asked(invasion: MyometrialInvasion) -> None:
    asked = UterusDescription(
        pathologies=(Pathology.ENDOMETRIAL_CARCINOMA,), carcinoma_diameter_mm=34.0, carcinoma_invasion=invasion
    )
    truth = measure(built(asked, 5)[1])
    assert truth.carcinoma_invasion is invasion
    assert truth.carcinoma_diameter_mm == pytest.approx(34.0, rel=DIAMETER_SHARE)


def test_a_polyp_and_cervical_cysts_are_as_asked() -> None:
    asked = UterusDescription(
        pathologies=(Pathology.ENDOMETRIAL_POLYP, Pathology.NABOTHIAN_CYSTS),
        polyp_diameter_mm=17.0,
        nabothian_cyst_count=4,
        nabothian_cyst_diameter_mm=7.0,
    )
    truth = measure(built(asked, 8)[1])
    assert truth.polyp_diameter_mm == pytest.approx(17.0, rel=DIAMETER_SHARE)
    assert truth.nabothian_cyst_count == 4
    assert truth.nabothian_cyst_diameter_mm == pytest.approx(7.0, rel=DIAMETER_SHARE)


@pytest.mark.parametrize(("depth", "residual"), [(3.0, 6.0), (6.0, 3.0)])
def test_a_niche_is_as_deep_and_leaves_as_much_wall_as_asked(depth: float, residual: float) -> None:
    asked = UterusDescription(
        pathologies=(Pathology.CAESAREAN_NICHE,), niche_depth_mm=depth, niche_residual_mm=residual
    )
    truth = measure(built(asked, 9)[1])
    assert truth.niche_depth_mm == pytest.approx(depth, abs=THICKNESS_MM)
    assert truth.niche_residual_mm == pytest.approx(residual, abs=THICKNESS_MM)


def test_given_fields_are_never_changed_by_completion() -> None:
    asked = UterusDescription(
        pathologies=(Pathology.LEIOMYOMA,),
        leiomyomas=(Leiomyoma(diameter_mm=31.0),),
        version_deg=-33.0,
        endometrium_mm=7.7,
        menopausal_status=MenopausalStatus.PREMENOPAUSAL,
    )
    full = complete(asked, 1)
    assert (full.version_deg, full.endometrium_mm, full.leiomyomas[0].diameter_mm) == (-33.0, 7.7, 31.0)
    assert complete(full, 1) == full


def test_the_population_is_a_third_normal_and_shows_every_pathology() -> None:
    rng = np.random.default_rng(0)
    drawn = [_draw_pathologies(rng) for _ in range(2000)]
    counts = Counter(pathology for pathologies in drawn for pathology in pathologies)
    assert counts[Pathology.NORMAL] / 2000 == pytest.approx(NORMAL_SHARE, abs=0.04)
    assert set(counts) == set(Pathology)
    assert all(len(pathologies) == 1 for pathologies in drawn if Pathology.NORMAL in pathologies)


@pytest.mark.parametrize("seed", range(100, 106))
def test_whatever_the_population_draws_can_be_built(seed: int) -> None:
    anatomy = build_anatomy(draw_description(seed), seed)
    assert len(anatomy.shapes) > 40


def test_a_pathology_that_is_excluded_is_not_drawn() -> None:
    asked = UterusDescription(excluded=(Pathology.LEIOMYOMA, Pathology.NABOTHIAN_CYSTS))
    for seed in range(4):
        full = complete(asked, seed)
        assert not set(full.pathologies) & set(asked.excluded)


def test_ten_leiomyomas_of_15_cm_are_refused_in_plain_words() -> None:
    fibroids = (Leiomyoma(diameter_mm=150.0, figo=Figo.TYPE_1),) * 10
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=fibroids)
    with pytest.raises(InputError, match=r"leiomyoma \d+ \(FIGO 1, 150 mm.* finds no place"):
        complete(asked, 0)


def test_a_volume_too_small_for_its_zones_is_refused_with_the_nearest_that_fits() -> None:
    asked = complete(UterusDescription(pathologies=NORMAL), 0)
    tight = UterusDescription(
        pathologies=(Pathology.ADENOMYOSIS,), junctional_zone_mm=30.0, uterine_volume_ml=20.0, endometrium_mm=10.0
    )
    with pytest.raises(InputError, match="cannot have 20 ml; the nearest that can be built has about"):
        complete(tight, 0)
    assert grow_uterus(asked, 0).lesions == ()


def test_a_small_carcinoma_cannot_reach_deep() -> None:
    asked = UterusDescription(
        pathologies=(Pathology.ENDOMETRIAL_CARCINOMA,),
        carcinoma_diameter_mm=6.0,
        carcinoma_invasion=MyometrialInvasion.HALF_OR_MORE,
        menopausal_status=MenopausalStatus.PREMENOPAUSAL,
    )
    with pytest.raises(InputError, match="carcinoma of 6 mm cannot reach half or more"):
        complete(asked, 0)
