"""What is written is what is read, and nothing is overwritten or half-written."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import torch

from UterineSynthLib.bundles import catalogue
from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.inference_config import InferenceConfig, Way
from UterineSynthLib.bundles.writing import write_bundle
from UterineSynthLib.diffusion.names import PredictionName, SamplerName, ScheduleName
from UterineSynthLib.diffusion.prediction import PREDICTIONS
from UterineSynthLib.diffusion.samplers import Sampler
from UterineSynthLib.diffusion.variance_preserving import DISCRETE
from UterineSynthLib.errors import BundleError, ConfigError, InputError, OutputError
from UterineSynthLib.networks.grain import Grain
from UterineSynthLib.networks.noise_colour import AXES, LAGS, NoiseColour
from UterineSynthLib.networks.style_prior import StyleKind, StylePrior


@pytest.fixture
def only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Look for models in one folder only."""
    monkeypatch.setenv(catalogue.MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(catalogue, "model_folders", lambda: [tmp_path])
    return tmp_path


def test_weights_written_as_float32_come_back_exactly(tiny: ModuleType, tmp_path: Path) -> None:
    parts = tiny.tiny_parts()
    bundle = write_bundle(tmp_path / "b", parts, storage="float32")
    for network, state in (
        (bundle.load_denoiser(), parts.denoiser_state),
        (bundle.load_codec().autoencoder, parts.autoencoder_state),
    ):
        loaded = network.state_dict()
        assert loaded.keys() == state.keys()
        assert all(torch.equal(loaded[name], state[name]) for name in state)


@pytest.mark.parametrize(("storage", "bits"), [("float16", 11), ("bfloat16", 8)])
def test_half_precision_halves_the_files_and_rounds_each_weight(
    tiny: ModuleType, tmp_path: Path, storage: str, bits: int
) -> None:
    parts = tiny.tiny_parts()
    small, whole = write_bundle(tmp_path / "s", parts, storage), write_bundle(tmp_path / "w", parts, "float32")
    name = "models/denoiser.safetensors"
    assert (small.path / name).stat().st_size < 0.6 * (whole.path / name).stat().st_size
    loaded = small.load_denoiser().state_dict()
    for key, weight in parts.denoiser_state.items():
        assert loaded[key].dtype == torch.float32
        assert torch.allclose(loaded[key], weight, rtol=2.0**-bits, atol=1e-7)


def test_shards_are_bounded_and_together_hold_every_tensor_once(tiny: ModuleType, tmp_path: Path) -> None:
    parts, limit = tiny.tiny_parts(), 100_000
    bundle = write_bundle(tmp_path / "b", parts, storage="float32", largest_file_bytes=limit)
    files = bundle.weight_files["denoiser"]
    assert len(files) > 1
    assert files[0] == f"models/denoiser-00001-of-{len(files):05d}.safetensors"
    header_bytes = 40_000
    assert all((bundle.path / name).stat().st_size < limit + header_bytes for name in files)
    loaded = bundle.load_denoiser().state_dict()
    assert all(torch.equal(loaded[name], weight) for name, weight in parts.denoiser_state.items())


def test_equal_parts_have_equal_digests_and_other_weights_another(tiny: ModuleType, tmp_path: Path) -> None:
    first, again = (write_bundle(tmp_path / name, tiny.tiny_parts()) for name in ("first", "again"))
    other = write_bundle(tmp_path / "other", tiny.tiny_parts(seed=1))
    assert first.digest == again.digest != other.digest


def test_a_bundle_is_not_overwritten_unless_told(tiny: ModuleType, tmp_path: Path) -> None:
    first = write_bundle(tmp_path / "b", tiny.tiny_parts())
    with pytest.raises(OutputError, match="there is something at this place already"):
        write_bundle(tmp_path / "b", tiny.tiny_parts(seed=1))
    assert read_bundle(tmp_path / "b").digest == first.digest
    second = write_bundle(tmp_path / "b", tiny.tiny_parts(seed=1), overwrite=True)
    assert read_bundle(tmp_path / "b").digest == second.digest != first.digest
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_parts_that_are_no_bundle_leave_nothing_behind(tiny: ModuleType, tmp_path: Path) -> None:
    parts = tiny.tiny_parts()
    lying = dataclasses.replace(parts, metadata=dataclasses.replace(parts.metadata, phantom_trained=False))
    with pytest.raises(BundleError, match="disagree on phantom_trained"):
        write_bundle(tmp_path / "b", lying)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_found_by_name_and_by_folder(tiny_bundle: Path, only_here: Path) -> None:
    shutil.copytree(tiny_bundle, only_here / "renamed")
    digest = read_bundle(tiny_bundle).digest
    for name in ("renamed", "tiny-3d", only_here / "renamed"):
        assert catalogue.find_bundle(name).digest == digest
    with pytest.raises(BundleError, match="not found; known here are: renamed"):
        catalogue.find_bundle("other")


def test_the_default_is_the_first_whole_bundle_of_the_dimension(
    tiny_bundle: Path, tiny_bundle_2d: Path, only_here: Path
) -> None:
    shutil.copytree(tiny_bundle, only_here / "a-broken")
    (only_here / "a-broken/LICENSE").unlink()
    shutil.copytree(tiny_bundle_2d, only_here / "b-flat")
    with pytest.raises(InputError, match=r"no 3D model found in .*; one was refused: .*LICENSE is missing"):
        catalogue.default_bundle(3)
    shutil.copytree(tiny_bundle, only_here / "c-whole")
    assert catalogue.default_bundle(3).path.name == "c-whole"
    assert catalogue.default_bundle(2).path.name == "b-flat"
    assert [(e.path.name, e.fault is None) for e in catalogue.list_bundles()] == [
        ("a-broken", False),
        ("b-flat", True),
        ("c-whole", True),
    ]


def test_the_environment_comes_before_the_shipped_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(catalogue.MODELS_VARIABLE, str(tmp_path))
    folders = catalogue.model_folders()
    assert folders[0] == tmp_path
    assert folders[-1] == catalogue.shipped_models_folder()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent_std": (1.0, 0.0)}, "latent_std: 0 must be above zero"),
        ({"temperature": 0.0}, "temperature = 0: must be above 0"),
        ({"temperature": 1.2}, "temperature = 1.2: must be above 0 and at most 1"),
        (
            {"needs_mask": True, "default_way": Way.DIRECT},
            "needs_mask: the model has to take a mask, and anatomy_first",
        ),
        ({"latent_mean": (0.0,)}, "mean 1 and std 2 values; they must agree"),
        (
            {"styles": StylePrior((StyleKind(1, (0.0,), ((1.0,),)),))},
            r"styles: drawn ones have 1 number\(s\), those of the sketch 0",
        ),
        (
            {"colour": NoiseColour(((1.0,),), (((0.0,) * LAGS,) * AXES,))},
            "colour: noise of 1 channels, the latents have",
        ),
        (
            {"grain": Grain(NoiseColour(((1.0, 0.0), (0.0, 1.0)), (((0.0,) * LAGS,) * AXES,) * 2), -4.0, 0.3)},
            "grain: of 2 modalities, the images have 1",
        ),
    ],
)
def test_a_config_whose_numbers_cannot_work_says_which(
    tiny: ModuleType, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(tiny.tiny_inference(), **change)


def test_a_flat_model_has_one_slice(tiny: ModuleType) -> None:
    flat, deep = tiny.tiny_inference(2), tiny.tiny_inference(3)
    with pytest.raises(ConfigError, match="8 slices, but the denoiser is 2D"):
        dataclasses.replace(flat, grid=deep.grid)


def test_configs_name_exactly_the_samplers_schedules_and_predictions_there_are() -> None:
    assert set(SamplerName.__args__) == {sampler.value for sampler in Sampler}
    assert set(PredictionName.__args__) == set(PREDICTIONS)
    assert set(ScheduleName.__args__) == {*DISCRETE, "rectified_flow"}
    assert InferenceConfig.__dataclass_fields__["schedule"].default == "rectified_flow"
