"""The tiny presets train end to end: resume, snapshot, publish, sample."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
import yaml
from safetensors.torch import load_file

from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.phantom_cases import SOURCE
from UterineSynthLib.errors import ConfigError, OutputError, RecordError
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining, SketchTraining
from UterineSynthLib.training.preset import load_preset
from UterineSynthLib.training.publish import Publication, publish
from UterineSynthLib.training.run_folder import LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_autoencoder, train_denoiser
from UterineSynthLib.training.segmenter_task import SegmenterTraining

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "Training" / "configs"
_OF_LABELS = ("labels", "second_labels", "second_share")


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "checkpoint" / "model.safetensors")


def test_a_run_writes_its_config_log_sheet_snapshot_and_state(autoencoder_run):
    assert json.loads((autoencoder_run / "config.json").read_text(encoding="utf-8"))["name"] == "tiny-autoencoder"
    steps = [json.loads(line)["step"] for line in (autoencoder_run / LOG_FILE).read_text(encoding="utf-8").splitlines()]
    assert steps == [2, 4, 6]
    assert (autoencoder_run / "sheets" / "step-000006.png").stat().st_size > 1000
    assert any((autoencoder_run / "tensorboard").iterdir())
    assert json.loads((autoencoder_run / "checkpoint" / "state.json").read_text(encoding="utf-8"))["step"] == 6


def test_training_moves_the_weights_and_the_snapshot_is_their_average(
    tiny_preset, autoencoder_run, phantom_manifest, tmp_path
):
    start = tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, "optimiser.steps=1")
    train_autoencoder(start, tmp_path)
    first, last, mean = weights_of(tmp_path), weights_of(autoencoder_run), load_file(autoencoder_run / SNAPSHOT_FILE)
    moved = [name for name in first if not torch.equal(first[name], last[name])]
    assert len(moved) == len(first)
    assert any(not torch.equal(last[name], mean[name]) for name in last)


def test_a_resumed_run_equals_an_unbroken_one(tiny_preset, phantom_manifest, autoencoder_run, tmp_path):
    # The learning rate follows the number of steps, so both runs plan six and one is stopped in between.
    config = tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path)
    stopped = AutoencoderStopper(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        stopped.train(config, tmp_path)
    assert json.loads((tmp_path / "checkpoint" / "state.json").read_text(encoding="utf-8"))["step"] == 3
    train_autoencoder(config, tmp_path)
    whole, resumed = weights_of(autoencoder_run), weights_of(tmp_path)
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=1e-5, atol=1e-6)


class AutoencoderStopper:
    """Interrupts a run the way Ctrl-C does, after the checkpoint of ``stop_at``."""

    def __init__(self, stop_at):
        self.stop_at = stop_at

    def train(self, config, folder):
        from UterineSynthLib.training import autoencoder_task

        whole = autoencoder_task.AutoencoderTask.loss

        def loss(task, model, batch, step, device):
            if step == self.stop_at:
                raise KeyboardInterrupt
            return whole(task, model, batch, step, device)

        autoencoder_task.AutoencoderTask.loss = loss
        try:
            train_autoencoder(config, folder)
        finally:
            autoencoder_task.AutoencoderTask.loss = whole


def test_resuming_with_another_setting_says_which(tiny_preset, phantom_manifest, autoencoder_run):
    changed = tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, autoencoder_run, "kl_weight=0.5")
    with pytest.raises(ConfigError, match=r"kl_weight = 1e-06, now it is 0\.5"):
        train_autoencoder(changed, autoencoder_run)


def test_a_trained_pair_becomes_a_bundle_that_samples(denoiser_run, autoencoder_run, tmp_path):
    publication = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, denoiser_run, tmp_path / "tiny", publication, overwrite=False)
    assert bundle.metadata.phantom_trained
    assert "digital phantom" in (tmp_path / "tiny" / "docs" / "README.md").read_text(encoding="utf-8")
    assert bundle.metadata.training["steps"] == 6
    request = GenerationRequest(seed=3, steps=2, dimension=bundle.inference.dimension)
    case = next(Synthesizer.from_bundle(bundle, "cpu").generate(request))
    voxels = sitk.GetArrayFromImage(case.image)
    assert voxels.shape == bundle.inference.grid.shape
    assert np.isfinite(voxels).all() and voxels.std() > 0
    with pytest.raises(OutputError, match="something at this place"):
        publish(autoencoder_run, denoiser_run, tmp_path / "tiny", publication, overwrite=False)


def test_a_model_is_published_with_the_time_shift_and_the_temperature_that_are_asked_for(
    denoiser_run, autoencoder_run, tmp_path
):
    as_trained = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text")
    for number, (publication, expected) in enumerate(((as_trained, 1.0), (replace(as_trained, time_shift=0.3), 0.3))):
        bundle = publish(autoencoder_run, denoiser_run, tmp_path / str(number), publication, overwrite=False)
        assert bundle.inference.time_shift == expected
        assert bundle.inference.temperature == 1.0
    asked = replace(as_trained, temperature=0.7)
    bundle = publish(autoencoder_run, denoiser_run, tmp_path / "asked", asked, overwrite=False)
    assert bundle.inference.temperature == 0.7
    assert "Temperature: 0.7" in (tmp_path / "asked" / "docs" / "README.md").read_text(encoding="utf-8")


def test_a_model_of_phantoms_is_published_around_the_uterus_as_they_were_laid(
    denoiser_run, autoencoder_run, phantom_manifest, tmp_path
):
    publication = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, denoiser_run, tmp_path / "phantoms", publication, overwrite=False)
    assert bundle.inference.grid.centre == "uterus"
    assert "around the uterus" in (tmp_path / "phantoms" / "docs" / "README.md").read_text(encoding="utf-8")
    mixed, run = phantom_manifest.with_name("mixed.jsonl"), tmp_path / "run"
    first, *others = phantom_manifest.read_text(encoding="utf-8").splitlines()
    mixed.write_text("\n".join([first.replace(f'"{SOURCE}"', '"UMD"'), *others]) + "\n", encoding="utf-8")
    shutil.copytree(denoiser_run, run)
    described = (run / "config.json").read_text(encoding="utf-8")
    (run / "config.json").write_text(described.replace(str(phantom_manifest), str(mixed)), encoding="utf-8")
    bundle = publish(autoencoder_run, run, tmp_path / "mixed", publication, overwrite=False)
    assert bundle.inference.grid.centre == "study"


def test_publishing_an_unfinished_run_says_what_is_missing(autoencoder_run, tmp_path):
    with pytest.raises(ConfigError, match=SNAPSHOT_FILE):
        publish(autoencoder_run, tmp_path, tmp_path / "out", Publication("x", "1", "y", "z"), overwrite=False)


def test_the_share_of_sampling_noise_is_reported(denoiser_run):
    facts = json.loads((denoiser_run / "latents.json").read_text(encoding="utf-8"))
    assert 0.0 < facts["sampling_noise_share"] < 1.0


@pytest.mark.parametrize(
    ("override", "error", "words"),
    [
        ("optimiser.stepz=3", RecordError, "optimiser.stepz: unknown field"),
        ("optimiser.steps=many", RecordError, "expected a whole number"),
        ("optimiser.steps=-1", ConfigError, "must be at least 0 and 1"),
        ("optimiser.steps=0", ConfigError, "keeps the denoiser of start_from as it is, and here is none"),
        ("nonsense", ConfigError, "setting=value"),
        ("name.inner=3", ConfigError, "name holds a value"),
        ("drop.smell=0.5", ConfigError, "drop.smell: no such condition"),
    ],
)
def test_a_wrong_setting_is_named(tiny_preset, override, error, words, phantom_manifest, autoencoder_run, tmp_path):
    with pytest.raises(error, match=words):
        config = tiny_preset(
            DenoiserTraining, "tiny-3d", phantom_manifest, tmp_path, f"autoencoder={autoencoder_run}", override
        )
        train_denoiser(config, tmp_path)


def test_a_dry_run_prints_the_resolved_config_and_trains_nothing(tmp_path):
    command = [sys.executable, str(ROOT / "Training" / "train_denoiser.py"), str(CONFIGS / "default-3d.yaml")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "run"), "--dry-run", "optimiser.steps=7"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert json.loads(done.stdout)["optimiser"]["steps"] == 7
    assert not (tmp_path / "run").exists()


def test_every_shipped_preset_is_valid():
    for path in sorted(CONFIGS.glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8")).get("schema", "")
        is_autoencoder = "autoencoder" in path.stem or said.endswith("autoencoder")
        by_name = {"judge": SegmenterTraining, "sketch": SketchTraining}
        others = next((kind for name, kind in by_name.items() if name in path.stem), DenoiserTraining)
        kind = AutoencoderTraining if is_autoencoder else others
        assert load_preset(kind, path).name == path.stem


def test_a_published_model_draws_the_tones_of_its_training_cases(denoiser_run, autoencoder_run, tmp_path):
    publication = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, denoiser_run, tmp_path / "tiny", publication, overwrite=False)
    tones = bundle.inference.tones
    assert tones is not None
    config = json.loads((denoiser_run / "config.json").read_text(encoding="utf-8"))
    assert tones.studies == len(read_manifest(Path(config["cases"]["manifests"][0])).of_split(Split.TRAIN))
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    request = GenerationRequest(seed=3, steps=1, count=2, dimension=bundle.inference.dimension)
    first, second = (case.provenance.voxels_sha256 for case in synthesizer.generate(request))
    again = next(synthesizer.generate(request, indices=[1])).provenance.voxels_sha256
    assert first != second == again


def start_config(tiny_preset, denoiser_run, phantom_manifest, autoencoder_run, folder, *overrides):
    name = json.loads((denoiser_run / "config.json").read_text(encoding="utf-8"))["name"]
    settings = (f"autoencoder={autoencoder_run}", f"start_from={denoiser_run}", *overrides)
    return tiny_preset(DenoiserTraining, name, phantom_manifest, folder, *settings)


def test_a_run_starts_from_another_with_its_words_and_its_scale(
    tiny_preset, denoiser_run, phantom_manifest, autoencoder_run, tmp_path
):
    # A first step of warm-up at almost no learning rate leaves the weights where they were.
    config = start_config(
        tiny_preset,
        denoiser_run,
        phantom_manifest,
        autoencoder_run,
        tmp_path,
        "optimiser.steps=1",
        "optimiser.learning_rate=1e-12",
    )
    train_denoiser(config, tmp_path)
    before = load_file(denoiser_run / SNAPSHOT_FILE)
    for name, value in weights_of(tmp_path).items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=1e-9)
    for name in ("tokenizer.json", "tones.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (denoiser_run / name).read_text(encoding="utf-8")
    scales = [json.loads((run / "latents.json").read_text(encoding="utf-8")) for run in (denoiser_run, tmp_path)]
    assert scales[0]["mean"] == scales[1]["mean"]


def test_a_run_starts_from_a_bundle_and_a_model_of_slices_from_one_of_volumes(
    tiny_preset, denoiser_run, phantom_manifest, autoencoder_run, tmp_path
):
    publication = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, denoiser_run, tmp_path / "tiny", publication, overwrite=False)
    config = tiny_preset(
        DenoiserTraining,
        "tiny-2d",
        phantom_manifest,
        tmp_path,
        f"autoencoder={bundle.path}",
        f"start_from={bundle.path}",
        "optimiser.steps=1",
    )
    train_denoiser(config, tmp_path / "run")
    assert (tmp_path / "run" / SNAPSHOT_FILE).is_file()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.channels=[8,24]", r"has model.channels = \[8, 16\], here it is \[8, 24\]"),
        ("start_from=nowhere", "nowhere holds neither a bundle nor a run"),
    ],
)
def test_a_start_that_does_not_fit_says_why(
    tiny_preset, override, words, denoiser_run, phantom_manifest, autoencoder_run, tmp_path
):
    config = start_config(tiny_preset, denoiser_run, phantom_manifest, autoencoder_run, tmp_path, override)
    with pytest.raises(ConfigError, match=words):
        train_denoiser(config, tmp_path)


def test_a_start_in_the_latents_of_another_autoencoder_is_refused(
    tiny_preset, denoiser_run, phantom_manifest, tmp_path
):
    another = tmp_path / "another"
    train_autoencoder(
        tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, "seed=9"), another
    )
    config = start_config(tiny_preset, denoiser_run, phantom_manifest, another, tmp_path)
    with pytest.raises(ConfigError, match="latents of another autoencoder"):
        train_denoiser(config, tmp_path / "run")


def test_cases_without_label_maps_train_on_and_keep_the_tones_of_the_start(
    tiny_preset, denoiser_run, phantom_manifest, autoencoder_run, tmp_path
):
    rows = [json.loads(line) for line in Path(phantom_manifest).read_text(encoding="utf-8").splitlines()]
    unlabelled = Path(phantom_manifest).with_name("unlabelled.jsonl")
    told = [{name: value for name, value in row.items() if name not in _OF_LABELS} for row in rows]
    unlabelled.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    name = json.loads((denoiser_run / "config.json").read_text(encoding="utf-8"))["name"]
    settings = (f"autoencoder={autoencoder_run}", "optimiser.steps=1")
    train_denoiser(tiny_preset(DenoiserTraining, name, unlabelled, tmp_path, *settings), tmp_path / "anew")
    assert not (tmp_path / "anew" / "tones.json").exists()
    started = tiny_preset(DenoiserTraining, name, unlabelled, tmp_path, *settings, f"start_from={denoiser_run}")
    train_denoiser(started, tmp_path / "on")
    assert (tmp_path / "on" / "tones.json").read_text(encoding="utf-8") == (denoiser_run / "tones.json").read_text(
        encoding="utf-8"
    )
