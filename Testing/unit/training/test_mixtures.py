"""A sketch may be shown what a voxel holds besides its label: in training, later, and by a denoiser."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.tone import completed, measured_tones
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.run_folder import SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_denoiser, train_sketch
from UterineSynthLib.volumes.structures import Structure


@pytest.fixture(scope="module")
def mixing_run(tiny_sketch, tiny_preset, phantom_manifest, autoencoder_run, tmp_path_factory):
    """A sketch that was taught mixtures."""
    folder = tmp_path_factory.mktemp("mixing")
    settings = (tiny_sketch(is_mixed=True), f"autoencoder={autoencoder_run}", "optimiser.steps=2")
    train_sketch(tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, folder, *settings), folder)
    return folder


def test_voxels_of_two_structures_are_shown_mixed_but_to_a_sketch_that_was_not_taught_so(tiny_sketch, sketch_task):
    """Its style is read from the whole truth, whatever is shown of it."""
    shown = {}
    for name, settings in {
        "mixed": (tiny_sketch(is_mixed=True), "partial_mask=0", "unmixed=0"),
        "unmixed": (tiny_sketch(is_mixed=True), "partial_mask=0", "unmixed=1"),
        "umd": (tiny_sketch(is_mixed=True), "partial_mask=1", "unmixed=0"),
        "untaught": (tiny_sketch(), "partial_mask=0", "unmixed=0"),
    }.items():
        task = sketch_task(*settings, "optimiser.batch_size=4")
        shown[name] = task.batch(torch.Generator().manual_seed(0))
    one, other = shown["mixed"], shown["unmixed"]
    assert torch.equal(one.shown_greys, one.greys)
    assert torch.equal(one.greys, other.greys)
    assert not torch.equal(other.shown_greys, other.greys)
    muscle = other.shown == Structure.MUSCLE
    assert muscle.any()
    for study, is_muscle in zip(other.shown_greys, muscle, strict=True):
        assert len(study[is_muscle].unique()) <= 1, "no mixture with what lies beside it"
    assert _greys_of_a_label(one.shown_greys, one.shown) > 10
    assert _greys_of_a_label(shown["umd"].shown_greys, shown["umd"].shown) == 1
    assert torch.equal(shown["umd"].greys, one.greys)
    assert _greys_of_a_label(shown["untaught"].greys, shown["untaught"].labels) == 1


def _greys_of_a_label(greys, labels):
    """How many greys the commonest structure of the first study has."""
    label = torch.mode(labels[0][labels[0] > 0]).values
    return len(greys[0][labels[0] == label].unique())


def test_a_sketch_may_be_taught_mixtures_later(tiny_sketch, sketch_run, sketch_task, sketched, tmp_path):
    """Not by a denoiser, which leaves it as it is."""
    taught = sketch_task(tiny_sketch(is_mixed=True), f"start_from={sketch_run}")
    known = load_file(sketch_run / SNAPSHOT_FILE)
    assert all(torch.equal(value, known[name]) for name, value in taught.sketcher.state_dict().items())
    with pytest.raises(ConfigError, match=r"was trained with model\.sketch = .*partial_volume=False"):
        train_denoiser(sketched(tiny_sketch(is_mixed=True)), tmp_path / "run")


def test_a_denoiser_is_told_what_its_sketch_makes_of_mixtures(tiny_sketch, mixing_run, sketched, task_of):
    task = task_of(sketched(tiny_sketch(is_mixed=True), f"sketch={mixing_run}"))
    case, sketcher = task.cases[0], task.denoiser.sketcher
    labels, tones, partial = np.array(case.case.labels), completed(case.tones), case.case.partial_volume
    with torch.inference_mode(), autocast_of(torch.device("cpu")):
        style = sketcher.style_of(case.mean, labels, tones, partial)
        mixed, plain = (sketcher.sketch(labels, tones, style, shown).mean[0].numpy() for shown in (partial, None))
    np.testing.assert_allclose(case.style, style, atol=1e-5)
    assert np.abs(case.tone - mixed).max() < 0.1 * np.abs(plain - mixed).max()
    np.testing.assert_array_equal(case.tones, measured_tones(case.case.volume, labels, partial))
