"""Figures from judged images counted by hand, and a whole small evaluation."""

import argparse
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.cli import cmd_evaluate
from UterineSynthLib.cli.main import main
from UterineSynthLib.description.vocabulary import Pathology, UterinePosition
from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.evaluation.adherence import adherence_of, adherence_table
from UterineSynthLib.evaluation.adherence_figures import MEASURES, adherence_figures, target_of
from UterineSynthLib.evaluation.bundle_evaluation import EvaluationSettings, evaluate_model
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.figure import Figure, Verdict, verdict_of
from UterineSynthLib.evaluation.image_figures import image_figures
from UterineSynthLib.evaluation.image_maker import ImageMaker, MadeImage, Sampling
from UterineSynthLib.evaluation.image_store import ImageStore
from UterineSynthLib.evaluation.judge_evaluation import judge_phantoms
from UterineSynthLib.evaluation.judged_image import WAYS, JudgedImage, Origin
from UterineSynthLib.evaluation.judging import Judged, JudgedArrays
from UterineSynthLib.evaluation.page import PageHead, figure_table, write_page
from UterineSynthLib.evaluation.reading import Reading
from UterineSynthLib.evaluation.side_by_side import side_by_side
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import from_json, to_json
from UterineSynthLib.synthesis.synthesizer import Synthesizer

NORMAL, MYOMA = (Pathology.NORMAL,), (Pathology.LEIOMYOMA,)
GRID = ModelGrid((8, 64, 64), (8.0, 3.0, 3.0))


def _image(case, asked, read, origin=Origin.ANATOMY_FIRST, **facts):
    return JudgedImage(case, origin, Reading(**asked), Reading(**read), **facts)


FOUR = [
    _image(0, {"pathologies": NORMAL, "position": UterinePosition.AV_AF}, {"pathologies": NORMAL}),
    _image(
        1,
        {"pathologies": MYOMA, "myoma_diameter_mm": 30.0},
        {"pathologies": MYOMA, "myoma_diameter_mm": 33.0},
        dice={"wall": 0.9, "myoma": 0.8},
    ),
    _image(2, {"pathologies": MYOMA, "myoma_diameter_mm": 50.0}, {"pathologies": NORMAL}, dice={"wall": 0.7}),
    _image(3, {"pathologies": MYOMA, "myoma_diameter_mm": 20.0}, {"pathologies": MYOMA, "myoma_diameter_mm": 15.0}),
]


def test_shares_and_errors_are_counted_over_the_cases_that_have_them():
    found = adherence_of(FOUR)
    assert found.cases == 4
    assert found.pathologies_right == 0.75
    assert found.decisions_right == pytest.approx((3 * 6 + 5) / 24)
    assert found.position_right == 0.75
    assert found.myoma_error_mm == 4.0
    assert found.myoma_r is None
    assert found.dice == pytest.approx({"wall": 0.8, "myoma": 0.8})


def test_a_refused_image_counts_nowhere():
    refused = JudgedImage(9, Origin.ANATOMY_FIRST, refused="cannot be built")
    assert adherence_of([*FOUR, refused]) == adherence_of(FOUR)


def test_a_table_shows_a_dash_for_what_is_not_known():
    assert "| generated | 4 | 75 % | 96 % | 75 % | - | 4.0 mm | - | - | 0.80 | - | 0.80 |" in adherence_table(
        {"generated": adherence_of(FOUR)}
    )


@pytest.mark.parametrize(
    ("value", "bound", "is_floor", "verdict"),
    [
        (0.9, 0.9, True, Verdict.MET),
        (0.89, 0.9, True, Verdict.MISSED),
        (3.1, 3.0, False, Verdict.MISSED),
        (2.9, 3.0, False, Verdict.MET),
        (0.5, None, True, Verdict.SHOWN),
        (None, 0.9, True, Verdict.NOT_MEASURED),
    ],
)
def test_a_target_is_met_from_its_right_side(value, bound, is_floor, verdict):
    assert verdict_of(value, bound, is_floor) is verdict


def test_targets_are_those_of_each_way():
    measures = {measure.id: measure for measure in MEASURES}
    assert target_of(measures["pathologies"], Origin.ANATOMY_FIRST, 0.8, None)[1] == pytest.approx(0.76)
    assert target_of(measures["myoma_r"], Origin.ANATOMY_FIRST, 0.5, None)[1] == 0.9
    assert target_of(measures["position"], Origin.TEXT, 0.8, 0.7)[1] == pytest.approx(0.65)
    assert target_of(measures["position"], Origin.DIRECT, 0.8, 0.7)[1] == pytest.approx(0.63)
    assert target_of(measures["decisions"], Origin.ANATOMY_FIRST, 0.8, None) == ("", None)


def _judged(origin, count, shift=0.0, seed=0):
    rng = np.random.default_rng([seed, len(origin.value)])
    made = []
    for number in range(count):
        features = rng.normal(shift, 1, 12).astype(np.float32)
        smooth = np.outer(np.sin(np.arange(128) / 9 + number), np.cos(np.arange(128) / 7))
        slices = smooth[None].astype(np.float16)
        arrays = JudgedArrays(features, np.zeros((3, 128, 128), np.uint8), slices)
        made.append(Judged(replace(FOUR[number % 4], case=number, origin=origin), arrays))
    return made


def _evidence(shift, training=None):
    judged = {
        Origin.PHANTOM: _judged(Origin.PHANTOM, 24),
        Origin.REFERENCE: _judged(Origin.REFERENCE, 24),
        Origin.ANATOMY_FIRST: _judged(Origin.ANATOMY_FIRST, 24, shift),
        Origin.SAMPLE: _samples(Origin.SAMPLE),
        Origin.PHANTOM_SAMPLE: _samples(Origin.PHANTOM_SAMPLE),
    }
    return Evidence(judged, training)


def _samples(origin):
    """Three samples of case 0, two of case 1, and a lonely one of case 2."""
    made = _judged(origin, 6)
    return [
        replace(one, image=replace(one.image, case=case)) for one, case in zip(made, (0, 0, 0, 1, 1, 2), strict=True)
    ]


def test_images_like_the_phantoms_pass_the_distances_and_shifted_ones_do_not():
    like = {figure.id: figure for figure in image_figures(_evidence(0.0))}
    shifted = {figure.id: figure for figure in image_figures(_evidence(2.0))}
    for name in ("anatomy_first.kid", "anatomy_first.mmd"):
        assert like[name].verdict is Verdict.MET
        assert shifted[name].verdict is Verdict.MISSED
    assert like["anatomy_first.diversity"].verdict is Verdict.MET


def test_diversity_counts_the_descriptions_of_which_there_are_pairs():
    figures = {figure.id: figure for figure in image_figures(_evidence(0.0))}
    assert figures["anatomy_first.diversity"].cases == 5
    assert "each of 2 descriptions" in figures["anatomy_first.diversity"].note


def test_copies_are_looked_for_only_where_the_training_set_is_at_hand():
    figures = {figure.id: figure for figure in image_figures(_evidence(0.0))}
    assert figures["anatomy_first.nearest_training"].verdict is Verdict.NOT_MEASURED
    evidence = _evidence(0.0)
    copied = replace(evidence, training=evidence.features(Origin.ANATOMY_FIRST) + 1e-3)
    figures = {figure.id: figure for figure in image_figures(copied)}
    assert figures["anatomy_first.nearest_training"].verdict is Verdict.MISSED


def test_every_figure_comes_back_from_its_record():
    figures = [*adherence_figures(_evidence(0.0)), *image_figures(_evidence(0.0))]
    assert len({figure.id for figure in figures}) == len(figures)
    for figure in figures:
        assert from_json(Figure, to_json(figure)) == figure
    assert figure_table(figures).count("\n") == len(figures) + 1


def test_the_page_shows_every_figure_and_every_picture_it_names(tmp_path):
    evidence = _evidence(0.0)
    figures = [*adherence_figures(evidence), *image_figures(evidence)]
    head = PageHead("model 1.0", "judge 1.0", adherence_of(FOUR), "uterinesynth evaluate bundle model")
    page = write_page(head, evidence, figures, tmp_path).read_text(encoding="utf-8")
    for figure in figures:
        assert figure.what in page
    named = re.findall(r"\]\((\S+\.png)\)", page)
    assert {path.name for path in tmp_path.glob("*.png")} == set(named)
    assert len(named) == 6
    assert "side-by-side.png" in named
    assert side_by_side(evidence).key in page
    assert "synthetic" in page


def _grey(origin, case, grey):
    picture = np.full((3, 64, 64), grey, np.uint8)
    arrays = JudgedArrays(np.zeros(2, np.float32), picture, np.zeros((1, 64, 64), np.float16))
    return Judged(JudgedImage(case, origin), arrays)


@pytest.mark.parametrize("seed", range(4))
def test_the_key_of_the_pairs_tells_on_which_side_the_generated_one_lies(seed):
    judged = {
        Origin.PHANTOM: [_grey(Origin.PHANTOM, 5, 0)],
        Origin.ANATOMY_FIRST: [_grey(Origin.ANATOMY_FIRST, 5, 200)],
    }
    found = side_by_side(Evidence(judged, seed=seed))
    sheet = np.asarray(found.sheet.convert("L"))
    generated = np.nonzero(sheet == 200)[1]
    assert len(generated) > 96 * 90
    assert bool(generated.mean() < sheet.shape[1] / 2) == found.generated_left[0]
    assert found.key == (
        "Generated on the left in 1; on the right in all others."
        if found.generated_left[0]
        else "Generated on the left in no pair; on the right in all others."
    )


def test_pairs_are_of_one_case_and_a_refused_image_has_none():
    refused = Judged(JudgedImage(1, Origin.MASK, refused="cannot be built"), None)
    judged = {
        Origin.PHANTOM: [_grey(Origin.PHANTOM, case, 0) for case in (1, 2, 3)],
        Origin.MASK: [refused, _grey(Origin.MASK, 2, 200), _grey(Origin.MASK, 9, 200)],
    }
    found = side_by_side(Evidence(judged))
    assert found.origin is Origin.MASK
    assert len(found.generated_left) == 1
    assert side_by_side(Evidence({Origin.PHANTOM: judged[Origin.PHANTOM]})) is None


def test_a_sheet_of_pairs_holds_both_orders_and_no_more_pairs_than_asked_for():
    judged = {
        origin: [_grey(origin, case, 0) for case in range(70)] for origin in (Origin.PHANTOM, Origin.ANATOMY_FIRST)
    }
    found = side_by_side(Evidence(judged))
    assert len(found.generated_left) == 64
    assert 16 < sum(found.generated_left) < 48
    assert len(side_by_side(Evidence(judged), most=5).generated_left) == 5


def test_an_image_is_made_once_and_read_back_as_it_was(tmp_path):
    class Counting(ImageMaker):
        calls = 0

        def make(self, origin, case, index=0):  # noqa: ARG002 (as the maker)
            self.calls += 1
            volume = np.full((8, 64, 64), 0.5, np.float32)
            labels = None if origin is Origin.DIRECT else np.ones((8, 64, 64), np.uint8)
            return MadeImage(volume, labels, draw_description(case))

    maker = Counting(GRID)
    store = ImageStore(maker, "model", Sampling(), tmp_path)
    for origin in (Origin.PHANTOM, Origin.DIRECT):
        first, second = store.make(origin, 1), store.make(origin, 1)
        assert np.array_equal(first.volume, second.volume)
        assert (second.labels is None) == (origin is Origin.DIRECT)
        assert first.description == second.description
    assert maker.calls == 2
    other = ImageStore(maker, "another model", Sampling(), tmp_path)
    assert other.key(Origin.PHANTOM, 1, 0) == store.key(Origin.PHANTOM, 1, 0)
    assert other.key(Origin.DIRECT, 1, 0) != store.key(Origin.DIRECT, 1, 0)


@pytest.mark.parametrize("model", ["tiny_bundle", "tiny_bundle_2d"])
def test_an_evaluation_resumes_and_leaves_records_of_every_image(tmp_path, model, request, monkeypatch, new_judge):
    judge = new_judge(tmp_path / "judge")
    settings = EvaluationSettings(cases=2, seed=4, ways=(Origin.ANATOMY_FIRST,))
    monkeypatch.setattr("UterineSynthLib.evaluation.bundle_evaluation._SAMPLES", 0)
    told = []
    synthesizer = Synthesizer.from_bundle(request.getfixturevalue(model), "cpu")
    first = evaluate_model(synthesizer, judge, settings, tmp_path / "out", lambda *news: told.append(news))
    assert told[-1][1:] == (6, 6)

    def fail(*_):
        raise AssertionError("an image was made again")

    monkeypatch.setattr(ImageMaker, "make", fail)
    second = evaluate_model(synthesizer, judge, settings, tmp_path / "out", lambda *_: None)
    assert second.figures == first.figures
    lines = (tmp_path / "out" / "images.jsonl").read_text(encoding="utf-8").splitlines()
    assert [from_json(JudgedImage, line).origin for line in lines].count(Origin.ANATOMY_FIRST) == 2
    assert all(figure.judge_digest == judge.digest for figure in first.figures)


def test_too_few_cases_are_refused(small_judge, tmp_path):
    with pytest.raises(ConfigError, match="judge at least 2"):
        EvaluationSettings(cases=1)
    with pytest.raises(ConfigError, match="judge at least 1 phantom"):
        judge_phantoms(small_judge.load(), "d", 0, tmp_path, lambda *_: None)
    with pytest.raises(ConfigError, match="blur = -1 mm: must be 0 or more"):
        judge_phantoms(small_judge.load(), "d", 1, tmp_path, lambda *_: None, blur_mm=-1.0)


def test_a_blur_is_put_before_the_judge_and_kept_apart_from_sharp_judgements(small_judge, tmp_path):
    judge, seen = small_judge.load(), []

    class Watching:
        def judge(self, volume, spacing_mm):
            seen.append(volume)
            return judge.judge(volume, spacing_mm)

    for blur_mm in (0.0, 6.0, 6.0):
        judge_phantoms(Watching(), "d", 1, tmp_path, lambda *_: None, grid=GRID, blur_mm=blur_mm)
    sharp, softened = seen
    assert softened == pytest.approx(gaussian_filter(sharp, (0, 2, 2)), abs=1e-4)


def test_missing_evidence_is_named():
    with pytest.raises(InputError, match="no image of origin 'direct'"):
        _evidence(0.0).features(Origin.DIRECT)


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_model_is_judged_in_the_ways_that_it_has_unless_some_are_named(is_direct):
    open_ = argparse.Namespace(cases=2, seed=None, steps=None, quality=None, training=None, ways=None)
    ways = cmd_evaluate._settings(open_, cmd_evaluate._ways(is_direct)).ways
    assert ways == (*WAYS[:3], *((Origin.DIRECT,) if is_direct else ()))
    named = argparse.Namespace(**{**vars(open_), "ways": ["text"]})
    assert cmd_evaluate._settings(named, cmd_evaluate._ways(is_direct)).ways == (Origin.TEXT,)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["bundle", "default-3d", "--cases", "1"], "judge at least 2"),
        (["bundle", "default-3d", "--steps", "0"], "--steps 0: must be 1 or more"),
        (["bundle", "default-3d", "--training", "nowhere.jsonl"], "nowhere.jsonl: no such manifest"),
        (["bundle", "default-3d", "--judge", "nobody"], "there is no judge of this name"),
        (["judge", "--judge", "nobody"], "there is no judge of this name"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line_and_exit_2(argv, message, capsys):
    assert main(["evaluate", *argv]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
