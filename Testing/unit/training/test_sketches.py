"""A sketch is trained by itself, shown to a denoiser as its tone, and published inside it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from safetensors.torch import load_file

from UterineSynthLib.diffusion.objective import patch_energy_score
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.noise_colour import AXES, LAGS
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.tone import completed, measured_tones
from UterineSynthLib.records import to_json
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.training import runs
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.publish import Publication, publish
from UterineSynthLib.training.run_folder import COLOUR_FILE, LOG_FILE, SNAPSHOT_FILE, TONES_FILE
from UterineSynthLib.training.runs import train_denoiser, train_sketch
from UterineSynthLib.training.sketches import sketcher_weights
from UterineSynthLib.training.start import kept_colour, kept_grain
from UterineSynthLib.volumes.structures import Structure


def logged(run):
    return [json.loads(line) for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines()]


def test_a_sketch_learns_what_its_label_maps_look_like(sketch_run):
    lines = logged(sketch_run)
    assert lines[-1]["squared_error"] < 0.8 * lines[0]["squared_error"]
    assert lines[-1]["unlikelihood"] < lines[0]["unlikelihood"]
    assert lines[0]["style_nats"] > 0
    assert (sketch_run / "sheets" / "step-000030.png").is_file()


def test_a_sketch_goes_on_from_a_narrower_one_and_paints_as_that_did(
    sketch_run, tiny_sketch, tiny_preset, phantom_manifest, tmp_path
):
    """Twice its channels are a start, half as many more are not."""
    configs = {
        n: tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, tiny_sketch(n)) for n in (24, 32)
    }
    assert len(sketcher_weights(sketch_run, configs[32].model)["enter.weight"]) == 32
    with pytest.raises(ConfigError, match=r"trained with model\.sketch"):
        sketcher_weights(sketch_run, configs[24].model)


def test_slices_without_parts_are_painted_as_their_study_is(sketch_task):
    """A leiomyoma's tissue is as grey where its lakes are slices away, in training as in sampling."""
    task = sketch_task("crop_slices=1", "partial_mask=0", "optimiser.batch_size=16")
    labels = np.full(task.cases[0].case.labels.shape, Structure.MYOMA, np.uint8)
    labels[-1] = Structure.MYOMA_FLUID
    tones = measured_tones(np.where(labels == Structure.MYOMA, -0.6, 0.4).astype(np.float32), labels)
    task.cases = [replace(task.cases[0], case=replace(task.cases[0].case, labels=labels), tones=tones)]
    batch = task.batch(torch.Generator().manual_seed(0))
    assert (batch.labels == Structure.MYOMA).flatten(1).all(1).any(), "some runs show no lakes"
    for greys in (batch.greys, batch.shown_greys):
        np.testing.assert_allclose(greys[batch.labels == Structure.MYOMA], -0.6, rtol=1e-6)


@pytest.mark.parametrize(("structure", "counts"), [(Structure.MYOMA_CAPSULE, 3), (Structure.FAT, 1)])
def test_errors_in_the_uterus_count_for_as_much_as_they_are_said_to(sketch_task, structure, counts):
    losses = []
    for weight in (1, 3):
        task = sketch_task(f"uterus_weight={weight}", "style_weight=0")
        labels = np.full(task.cases[0].case.labels.shape, structure, np.uint8)
        task.cases = [replace(task.cases[0], case=replace(task.cases[0].case, labels=labels))]
        batch = task.batch(torch.Generator().manual_seed(0))
        losses.append(float(task.loss(task.sketcher, batch, 0, torch.device("cpu"))[0].detach()))
    assert losses[1] == pytest.approx(counts * losses[0], rel=1e-5)


def test_a_run_shows_it_as_the_tone_and_leaves_it_as_it_is(sketched, sketch_run, task_of):
    task = task_of(sketched())
    case = task.cases[0]
    sketcher = task.denoiser.sketcher
    labels = np.array(case.case.labels)
    with torch.inference_mode(), autocast_of(torch.device("cpu")):
        style = sketcher.style_of(case.mean, labels, completed(case.tones))
        found = sketcher.sketch(labels, completed(case.tones), style)
    assert np.allclose(case.style, style, atol=1e-5)
    condition = task._whole_condition(case)
    assert torch.allclose(condition.tone, task.codec.whiten(found.mean), atol=2e-2)
    assert torch.allclose(condition.tone_sd, task.codec.whiten_deviation(found.deviation), rtol=2e-2, atol=1e-3)
    trained = load_file(sketch_run / SNAPSHOT_FILE)
    assert all(torch.equal(value, trained[name]) for name, value in sketcher.state_dict().items())
    assert not any(weight.requires_grad for weight in sketcher.parameters())


def test_it_trains_resumes_and_is_published_with_its_denoiser(sketched, sketch_run, autoencoder_run, tmp_path):
    train_denoiser(sketched("optimiser.steps=3"), tmp_path / "run")
    train_denoiser(sketched(), tmp_path / "run")
    before, after = load_file(sketch_run / SNAPSHOT_FILE), load_file(tmp_path / "run" / SNAPSHOT_FILE)
    assert all(torch.allclose(after[f"sketcher.{name}"], value, atol=1e-6) for name, value in before.items())
    publication = Publication("sketched", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    assert bundle.inference.denoiser.sketch.channels == 16
    assert bundle.inference.styles.width == 2
    assert not bundle.inference.draws
    assert sum(kind.studies for kind in bundle.inference.styles.kinds) == 3
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    case = next(synthesizer.generate(GenerationRequest(seed=3, steps=2)))
    sketcher = synthesizer._painter._network.network.sketcher
    torch.nn.init.constant_(sketcher.leave.bias, 3.0)
    other = next(synthesizer.generate(GenerationRequest(seed=3, steps=2)))
    one, another = (sitk.GetArrayFromImage(made.image).astype(float) for made in (case, other))
    assert not np.allclose(one, another)


def test_noise_takes_the_colour_of_what_the_sketch_leaves_open(sketched, autoencoder_run, task_of, tmp_path):
    train_denoiser(sketched("noise=coloured", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("coloured", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    colour = bundle.inference.colour
    assert "Noise: coloured" in (tmp_path / "bundle" / "docs" / "README.md").read_text(encoding="utf-8")
    assert colour.channels == bundle.inference.autoencoder.latent_channels
    made = []
    for kept in (colour, None):
        object.__setattr__(bundle.inference, "colour", kept)
        case = next(Synthesizer.from_bundle(bundle, "cpu").generate(GenerationRequest(seed=3, steps=2)))
        made.append(sitk.GetArrayFromImage(case.image).astype(float))
    assert not np.allclose(*made)

    task = task_of(sketched("noise=coloured", f"start_from={tmp_path / 'run'}"))
    noise = task.batch(torch.Generator().manual_seed(1)).noise
    unmixed = torch.einsum("ij,bj...->bi...", torch.linalg.inv(torch.tensor(colour.mixing)), noise)
    alike = torch.corrcoef(unmixed.transpose(0, 1).flatten(1)) - torch.eye(colour.channels)
    assert alike.abs().max() < 0.2 < torch.corrcoef(noise.transpose(0, 1).flatten(1)).fill_diagonal_(0).abs().max()


def test_samples_have_the_grain_that_the_autoencoder_loses(sketched, autoencoder_run, tmp_path):
    train_denoiser(sketched("grain=true", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("grained", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    grain = bundle.inference.grain
    told = f"Grain added to the decoded image: a deviation of {np.exp(grain.log_sd) / 2:.1%} of the range"
    assert told in (tmp_path / "bundle" / "docs" / "README.md").read_text(encoding="utf-8")
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    unit = torch.zeros(1, 1, *bundle.inference.grid.shape)
    one, same, other = (synthesizer._painter._grained(unit, 3, index) for index in (0, 0, 1))
    assert torch.equal(one, same)
    assert abs(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1]) < 0.1
    assert float(one.std()) == pytest.approx(grain.draw_sd(3, 0), rel=0.1)
    bright = synthesizer._painter._grained(unit + 0.99, 3, 0)
    assert float(bright.max()) == 1.0
    object.__setattr__(bundle.inference, "grain", None)
    assert Synthesizer.from_bundle(bundle, "cpu")._painter._grained(unit, 3, 0) is unit


def test_a_run_that_goes_on_keeps_its_grain(sketched, monkeypatch, tmp_path):
    train_denoiser(sketched("grain=true", "optimiser.steps=1"), tmp_path / "run")
    found = kept_grain(tmp_path / "run")
    monkeypatch.setattr(runs, "grain_of", lambda *_: pytest.fail("its studies are decoded again"))
    train_denoiser(sketched("grain=true", "optimiser.steps=2"), tmp_path / "run")
    assert kept_grain(tmp_path / "run") == found


def test_a_run_from_a_start_keeps_the_colour_that_it_was_trained_with(sketched, tmp_path):
    train_denoiser(sketched("noise=coloured", "optimiser.steps=1"), tmp_path / "run")
    found = kept_colour(tmp_path / "run")
    own = replace(found, correlations=(((0.25,) * LAGS,) * AXES,) * found.channels)
    (tmp_path / "run" / COLOUR_FILE).write_text(to_json(own), encoding="utf-8")
    train_denoiser(sketched("noise=coloured", "optimiser.steps=1", f"start_from={tmp_path / 'run'}"), tmp_path / "on")
    assert kept_colour(tmp_path / "on") == own
    silent = sketched("noise=coloured", "optimiser.steps=1", "silent_start=true", f"start_from={tmp_path / 'run'}")
    train_denoiser(silent, tmp_path / "silent")
    assert kept_colour(tmp_path / "silent") == found, "fitted anew, to the same cases and the same sketch"
    train_denoiser(sketched("optimiser.steps=1", f"start_from={tmp_path / 'run'}"), tmp_path / "white")
    assert kept_colour(tmp_path / "white") is None


def test_no_steps_put_a_model_together_of_what_is_trained(sketched, autoencoder_run, tmp_path):
    """A denoiser under a sketch of its own, with greys measured anew: its weights are those that it had."""
    train_denoiser(sketched("optimiser.steps=1"), tmp_path / "run")
    train_denoiser(sketched("optimiser.steps=0", f"start_from={tmp_path / 'run'}"), tmp_path / "kept")
    was, now = (load_file(tmp_path / run / SNAPSHOT_FILE) for run in ("run", "kept"))
    assert all(torch.equal(was[name], value) for name, value in now.items())
    assert (tmp_path / "kept" / TONES_FILE).is_file()
    publication = Publication("kept", "1.0.0", "Put together.", "licence")
    bundle = publish(autoencoder_run, tmp_path / "kept", tmp_path / "bundle", publication, overwrite=False)
    assert "- steps: 0\n" in (bundle.path / "docs" / "README.md").read_text(encoding="utf-8")


def test_a_silent_start_says_what_the_sketch_says(sketched, task_of, tmp_path):
    train_denoiser(sketched("optimiser.steps=2"), tmp_path / "run")
    start = f"start_from={tmp_path / 'run'}"
    for settings, is_silent in (((), False), (("silent_start=true",), True)):
        task = task_of(sketched(start, *settings))
        batch = task.batch(torch.Generator().manual_seed(0))
        with torch.inference_mode():
            added = task.denoiser(batch.noise, batch.t, batch.condition)
        assert bool((added == 0).all()) == is_silent


def test_draws_can_be_scored_in_the_components_of_their_noise(sketched, task_of, tmp_path):
    train_denoiser(sketched("optimiser.steps=1"), tmp_path / "run")
    shared = ("noise=coloured", f"start_from={tmp_path / 'run'}", "silent_start=true")
    scores = {}
    for space in ("latents", "components"):
        task = task_of(sketched(*shared, f"few_steps={{steps: [1], patches: [1], score: {space}}}"))
        batch = task.batch(torch.Generator().manual_seed(0))
        with torch.inference_mode():
            scores[space] = float(task.loss(task.denoiser, batch, 0, torch.device("cpu"))[0])
    with torch.inference_mode():
        trial = task._trial(batch, torch.device("cpu"))
        predicted = task.guessing(task.denoiser)(trial.x_t, trial.t, trial.condition)
        drawn = task.process.estimate(predicted, trial.x_t, trial.t).clean.chunk(2)
        first, second, clean = (task.coloured.components_of(one) for one in (*drawn, trial.clean))
    assert scores["components"] == pytest.approx(float(patch_energy_score(first, second, clean, 1).mean()), rel=1e-4)
    assert scores["components"] != pytest.approx(scores["latents"], rel=0.02)
    with pytest.raises(ConfigError, match="components are those of coloured noise"):
        sketched(f"start_from={tmp_path / 'run'}", "few_steps={steps: [1], score: components}")


def test_settings_without_what_they_need_are_refused(sketched):
    with pytest.raises(ConfigError, match=r"noise: its colour .* give model\.sketch"):
        sketched("model.sketch=null", "sketch=null", "noise=coloured")
    with pytest.raises(ConfigError, match="silent_start: there is no start"):
        sketched("silent_start=true")


def test_a_start_brings_its_sketch(sketched, task_of, tmp_path):
    train_denoiser(sketched("optimiser.steps=1"), tmp_path / "run")
    task = task_of(sketched("sketch=null", f"start_from={tmp_path / 'run'}"))
    start = load_file(tmp_path / "run" / SNAPSHOT_FILE)
    assert all(torch.equal(value, start[name]) for name, value in task.denoiser.state_dict().items())


def test_the_sketch_that_a_start_brings_is_widened_with_it(tiny_sketch, sketched, task_of, tmp_path):
    """It paints as before."""
    train_denoiser(sketched("optimiser.steps=1"), tmp_path / "run")
    start = f"start_from={tmp_path / 'run'}"
    wide = tiny_sketch(32)
    narrow, wider = (task_of(sketched("sketch=null", start, *more)) for more in ((), (wide,)))
    assert wider.denoiser.sketcher.config.channels == 32
    for one, other in zip(narrow.cases, wider.cases, strict=True):
        np.testing.assert_allclose(one.tone, other.tone, atol=0.03)
    with pytest.raises(ConfigError, match=r"has model\.sketch"):
        task_of(sketched("sketch=null", start, tiny_sketch(24)))


def test_a_start_without_a_sketch_can_be_given_one(sketched, task_of, sketch_run, tmp_path):
    plain = sketched("model.sketch=null", "sketch=null", "optimiser.steps=1")
    train_denoiser(plain, tmp_path / "run")
    task = task_of(sketched(f"start_from={tmp_path / 'run'}"))
    start, sketch = load_file(tmp_path / "run" / SNAPSHOT_FILE), load_file(sketch_run / SNAPSHOT_FILE)
    sketch = {f"sketcher.{name}": value for name, value in sketch.items()}
    assert all(torch.equal(value, {**start, **sketch}[name]) for name, value in task.denoiser.state_dict().items())
    with pytest.raises(ConfigError, match=r"has none; name a run of Training/train_sketch\.py"):
        task_of(sketched("sketch=null", f"start_from={tmp_path / 'run'}"))


def test_a_start_can_be_given_another_sketch(
    sketched, task_of, autoencoder_run, tiny_preset, phantom_manifest, tmp_path
):
    train_denoiser(sketched("optimiser.steps=1"), tmp_path / "run")
    plain = "model.sketch={channels: 8, blocks: 2}"
    settings = (f"autoencoder={autoencoder_run}", "optimiser.steps=1", plain)
    train_sketch(tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, *settings), tmp_path / "other")
    start = f"start_from={tmp_path / 'run'}"
    task = task_of(sketched(plain, f"sketch={tmp_path / 'other'}", start))
    other = load_file(tmp_path / "other" / SNAPSHOT_FILE)
    assert all(torch.equal(value, other[name]) for name, value in task.denoiser.sketcher.state_dict().items())
    with pytest.raises(ConfigError, match=r"has model\.sketch"):
        task_of(sketched(plain, "sketch=null", start))


def test_the_ledger_names_what_the_sketch_was_trained_on(
    sketched, autoencoder_run, phantom_manifest, tiny_preset, tmp_path
):
    rows = phantom_manifest.read_text(encoding="utf-8").splitlines()
    fewer = phantom_manifest.with_name("for-the-sketch.jsonl")
    fewer.write_text("\n".join([rows[0], rows[3]]) + "\n", encoding="utf-8")
    settings = (f"autoencoder={autoencoder_run}", "optimiser.steps=1")
    train_sketch(tiny_preset(SketchTraining, "tiny-sketch", fewer, tmp_path, *settings), tmp_path / "sketch")
    train_denoiser(sketched(f"sketch={tmp_path / 'sketch'}", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("sketched", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    assert sorted(entry.cases for entry in bundle.ledger.entries) == [1, 3]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("sketch=null",), "name the run of Training/train_sketch.py"),
        (("model.sketch=null",), "this model has none"),
        (("sketch=nowhere",), "nowhere: no trained sketch here"),
        (("model.sketch={channels: 8, blocks: 1}",), r"was trained with model.sketch = .*channels=16"),
    ],
)
def test_a_sketch_that_does_not_fit_is_named(sketched, overrides, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        train_denoiser(sketched(*overrides), tmp_path / "run")


def test_a_sketch_goes_on_from_another(sketch_run, tiny_preset, phantom_manifest, autoencoder_run, tmp_path):
    settings = (f"autoencoder={autoencoder_run}", f"start_from={sketch_run}", "optimiser.steps=1")
    quiet = ("optimiser.learning_rate=0.0", "optimiser.weight_decay=0.0")
    train_sketch(
        tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, *settings, *quiet), tmp_path / "run"
    )
    start, after = load_file(sketch_run / SNAPSHOT_FILE), load_file(tmp_path / "run" / SNAPSHOT_FILE)
    assert all(torch.equal(value, after[name]) for name, value in start.items())


def test_a_sketch_may_come_from_a_bundle_and_so_may_what_it_was_trained_on(
    sketched, tiny_preset, phantom_manifest, autoencoder_run, tmp_path
):
    rows = phantom_manifest.read_text(encoding="utf-8").splitlines()
    fewer = phantom_manifest.with_name("for-the-bundle.jsonl")
    fewer.write_text("\n".join([rows[0], rows[3]]) + "\n", encoding="utf-8")
    train_denoiser(sketched(f"cases.manifests=[{fewer}]", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("sketched", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    kept = {name: value.clone() for name, value in bundle.load_denoiser().sketcher.state_dict().items()}
    train_denoiser(sketched(f"sketch={bundle.path}", "optimiser.steps=1"), tmp_path / "other")
    other = load_file(tmp_path / "other" / SNAPSHOT_FILE)
    assert all(torch.equal(value, other[f"sketcher.{name}"]) for name, value in kept.items())
    settings = (f"autoencoder={autoencoder_run}", f"start_from={bundle.path}", "optimiser.steps=1")
    quiet = ("optimiser.learning_rate=0.0", "optimiser.weight_decay=0.0")
    train_sketch(
        tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, *settings, *quiet), tmp_path / "sketch"
    )
    assert all(torch.equal(value, kept[name]) for name, value in load_file(tmp_path / "sketch" / SNAPSHOT_FILE).items())
    again = publish(autoencoder_run, tmp_path / "other", tmp_path / "again", publication, overwrite=False)
    assert sorted(entry.cases for entry in again.ledger.entries) == [1, 3]


def test_a_bundle_without_a_sketch_has_none_to_give(sketched, autoencoder_run, tmp_path):
    train_denoiser(sketched("model.sketch=null", "sketch=null", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("plain", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "bundle", publication, overwrite=False)
    with pytest.raises(ConfigError, match="the model of this bundle has no sketch"):
        train_denoiser(sketched(f"sketch={bundle.path}"), tmp_path / "other")


@pytest.mark.parametrize("setting", ["crop_slices=-1", "style_weight=-0.1", "uterus_weight=-1"])
def test_a_setting_below_zero_is_named(setting, tiny_preset, phantom_manifest, tmp_path):
    with pytest.raises(ConfigError, match=f"{setting.replace('=', ' = ')}.*must be 0 or more"):
        tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, setting)


def test_a_probability_beyond_one_is_named(tiny_preset, phantom_manifest, tmp_path):
    with pytest.raises(ConfigError, match=r"unmixed = 1\.5; a probability lies between 0 and 1"):
        tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, "unmixed=1.5")


def test_a_sketch_without_a_layout_is_refused(tiny_preset, phantom_manifest, tmp_path):
    with pytest.raises(ConfigError, match=r"model.sketch: say what is to be trained"):
        tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, "model.sketch=null")
