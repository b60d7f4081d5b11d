from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from accelerate.state import AcceleratorState

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.manifest import write_manifest
from UterineSynthLib.dataset.phantom_cases import LICENCE, SOURCE
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.training import runs
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining, SketchTraining
from UterineSynthLib.training.preset import load_preset
from UterineSynthLib.training.runs import train_autoencoder, train_denoiser, train_sketch
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import Geometry

CONFIGS = Path(__file__).parents[3] / "Training" / "configs"

FIELD = UterineField(8, 64, 8.0, 3.0)


@pytest.fixture(scope="session")
def phantom_manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four coarse phantoms in a manifest: three to train on, one unseen; with their partial volumes."""
    folder = tmp_path_factory.mktemp("phantoms")
    cases = []
    for seed in range(4):
        made = make_phantom(draw_description(seed), seed, FIELD, is_mixed=True)
        geometry, partial = Geometry.of_image(made.image), made.partial_volume
        second, share = (geometry.image_of(values) for values in (partial.second, partial.share))
        files = {"": made.image, "_labels": made.labels, "_second": second, "_share": share}
        image, labels, *mixed = (f"{seed}{suffix}.nii.gz" for suffix in files)
        for suffix, volume in files.items():
            write_image(volume, folder / f"{seed}{suffix}.nii.gz")
        split = Split.VALIDATION if seed == 3 else Split.TRAIN
        case = Case(f"p{seed}", image, f"p{seed}", SOURCE, LICENCE, labels, made.description, split)
        cases.append(replace(case, second_labels=mixed[0], second_share=mixed[1]))
    write_manifest(cases, folder / "manifest.jsonl")
    return folder / "manifest.jsonl"


@pytest.fixture(scope="session")
def tiny_preset():
    """The resolved config of a run, in what Accelerate takes for a new process: it keeps one precision for each."""

    def load(kind, name, manifest, folder, *overrides):
        AcceleratorState._reset_state(reset_partial_state=True)
        settings = [f"cases.manifests=[{manifest}]", f"cases.cache={folder / 'cache'}", *overrides]
        return load_preset(kind, CONFIGS / f"{name}.yaml", settings)

    return load


@pytest.fixture(scope="session")
def autoencoder_run(tiny_preset, phantom_manifest, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("autoencoder")
    train_autoencoder(tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, folder), folder)
    return folder


@pytest.fixture(scope="session", params=["tiny-3d", "tiny-2d"])
def denoiser_run(request, tiny_preset, phantom_manifest, autoencoder_run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    config = tiny_preset(DenoiserTraining, request.param, phantom_manifest, folder, f"autoencoder={autoencoder_run}")
    train_denoiser(config, folder)
    return folder


@pytest.fixture(scope="session")
def tiny_sketch():
    """The setting of the tiny sketch, as wide as is said, and shown mixtures or not."""

    def setting(channels=16, is_mixed=False):
        mixed = ", partial_volume: true" if is_mixed else ""
        return f"model.sketch={{channels: {channels}, blocks: 1, neighbours: true, style_width: 2{mixed}}}"

    return setting


@pytest.fixture(scope="session")
def sketch_run(tiny_preset, phantom_manifest, autoencoder_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sketch")
    settings = (f"autoencoder={autoencoder_run}",)
    train_sketch(tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, folder, *settings), folder)
    return folder


@pytest.fixture
def sketched(tiny_sketch, sketch_run, autoencoder_run, tiny_preset, phantom_manifest, tmp_path):
    """The config of a denoiser with a sketch, with overrides."""

    def build(*overrides):
        named = (f"autoencoder={autoencoder_run}", tiny_sketch(), f"sketch={sketch_run}")
        return tiny_preset(DenoiserTraining, "tiny-3d", phantom_manifest, tmp_path, *named, *overrides)

    return build


@pytest.fixture
def task_of(monkeypatch, tmp_path):
    """The task of a run, before its first step."""
    kept = []

    class Loop:
        def __init__(self, _config, task, _folder):
            kept.append(task)

        def run(self):
            """Nothing."""

    def build(config):
        monkeypatch.setattr(runs, "Loop", Loop)
        train_denoiser(config, tmp_path / "task")
        return kept[-1]

    return build


@pytest.fixture
def sketch_task(tiny_preset, phantom_manifest, autoencoder_run, monkeypatch, tmp_path):
    """The task of a sketch's run, before its first step."""
    kept = []

    def build(*settings):
        monkeypatch.setattr(runs, "Loop", lambda _config, task, _folder: kept.append(task) or SimpleNamespace(run=str))
        named = (f"autoencoder={autoencoder_run}", *settings)
        train_sketch(tiny_preset(SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, *named), tmp_path)
        return kept[-1]

    return build
