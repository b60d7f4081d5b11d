"""The tiny twin of every autoencoder preset: trains, resumes, snapshots, encodes, becomes a bundle and samples."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file, save_file

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.catalogue import shipped_models_folder
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.perceptual import PerceptualConfig, PerceptualDistance, perceptual_distance
from UterineSynthLib.records import to_json
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.preset import load_preset
from UterineSynthLib.training.publish import Publication, publish, publish_prior
from UterineSynthLib.training.run_folder import LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_autoencoder, train_denoiser
from UterineSynthLib.training.trained_space import trained_autoencoder

CONFIGS = Path(__file__).parents[3] / "Training" / "configs"
FAMILIES = ("medical-diffusion-vq-gan", "medical-diffusion-ct-vq-gan", "kl-vae", "vq-gan")
PUBLICATION = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text", steps=(1, 2, 3))


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def prepared(phantom_manifest, cache):
    def build(kind, name: str, *overrides: str):
        AcceleratorState._reset_state(reset_partial_state=True)
        return load_preset(
            kind,
            CONFIGS / f"tiny-{name}.yaml",
            [f"cases.manifests=[{phantom_manifest}]", f"cases.cache={cache}", *overrides],
        )

    return build


@pytest.fixture(scope="module")
def run_of(prepared, tmp_path_factory):
    """The run of a family, trained for one step and resumed for a second."""
    runs: dict[str, Path] = {}

    def trained(family: str) -> Path:
        if family not in runs:
            runs[family] = tmp_path_factory.mktemp(family)
            train_autoencoder(prepared(AutoencoderTraining, family, "optimiser.steps=1"), runs[family])
            train_autoencoder(prepared(AutoencoderTraining, family), runs[family])
        return runs[family]

    return trained


def lines_of(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_autoencoder_trains_resumes_and_encodes_with_its_snapshot(family: str, run_of) -> None:
    run = run_of(family)
    assert [line["step"] for line in lines_of(run)] == [1, 2]
    space, _ = trained_autoencoder(run)
    assert set(load_file(run / SNAPSHOT_FILE)) == set(space.state_dict())
    volume = torch.rand(1, 1, 8, 32, 32) * 2 - 1
    with torch.inference_mode():
        mean, std = space.encode(volume)
        restored = space.decode(mean)
    assert restored.shape == volume.shape
    assert mean.shape == std.shape
    assert mean.shape[2:] == tuple(n // r for n, r in zip((8, 32, 32), space.config.reductions, strict=True))


@pytest.mark.parametrize("family", ["medical-diffusion-vq-gan", "vq-gan"])
def test_critics_are_heard_from_their_start_step_on_and_never_published(family: str, run_of) -> None:
    first, second = lines_of(run_of(family))
    assert "fooling" not in first
    assert first["hinge"] == 0.0
    assert second["hinge"] > 0
    assert {"fooling", "features", "commitment", "perplexity", "used_share"} <= set(second)
    trained = load_file(run_of(family) / "checkpoint" / "model.safetensors")
    assert any(name.startswith("critics.") for name in trained)
    assert not any(name.startswith("critics.") for name in load_file(run_of(family) / SNAPSHOT_FILE))


def test_diffusion_works_in_the_latents_of_a_vq_gan_scaled_to_its_codebook(run_of, prepared, tmp_path) -> None:
    autoencoder, run = run_of("medical-diffusion-vq-gan"), tmp_path / "run"
    settings = [f"autoencoder={autoencoder}"]
    train_denoiser(prepared(DenoiserTraining, "medical-diffusion", *settings, "optimiser.steps=1"), run)
    train_denoiser(prepared(DenoiserTraining, "medical-diffusion", *settings), run)
    assert [line["step"] for line in lines_of(run)] == [1, 2]
    bundle = publish(autoencoder, run, tmp_path / "bundle", PUBLICATION, overwrite=False)
    codes = load_file(autoencoder / SNAPSHOT_FILE)["codebook.codes"]
    low, high = float(codes.min()), float(codes.max())
    assert bundle.inference.latent_mean == pytest.approx([(low + high) / 2] * 2)
    assert bundle.inference.latent_std == pytest.approx([(high - low) / 2] * 2)
    case = next(Synthesizer.from_bundle(bundle, "cpu").generate(GenerationRequest(seed=1)))
    voxels = sitk.GetArrayFromImage(case.image)
    assert voxels.shape == bundle.inference.grid.shape
    assert voxels.std() > 0


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_kl_autoencoder_generates_from_its_prior(dimension: int, run_of, tmp_path) -> None:
    # A joint last level needs an even number of slices, which a single slice is not.
    if dimension == 2:
        with pytest.raises(ConfigError, match="1 slices are not divisible by the autoencoder's reduction of 2"):
            Synthesizer.from_bundle(publish_prior(run_of("kl-vae"), 2, tmp_path / "flat", PUBLICATION, False), "cpu")
        return
    bundle = publish_prior(run_of("kl-vae"), 3, tmp_path / "bundle", PUBLICATION, overwrite=False)
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    one, again, other = (
        sitk.GetArrayFromImage(next(synthesizer.generate(GenerationRequest(seed=seed))).image) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert bundle.metadata.phantom_trained
    assert sorted(path.name for path in (bundle.path / "models").iterdir()) == ["autoencoder.safetensors"]


def test_codes_have_no_prior_to_draw_from(run_of, tmp_path) -> None:
    with pytest.raises(ConfigError, match="has no prior to draw from; train a denoiser in its latents"):
        publish_prior(run_of("vq-gan"), 3, tmp_path / "bundle", PUBLICATION, overwrite=False)


def test_a_bundle_can_be_the_autoencoder_of_a_new_denoiser(run_of, prepared, tmp_path) -> None:
    bundle = publish_prior(run_of("kl-vae"), 3, tmp_path / "vae", PUBLICATION, overwrite=False)
    settings = [f"autoencoder={bundle.path}", "optimiser.steps=1", "clip=false"]
    train_denoiser(prepared(DenoiserTraining, "medical-diffusion", *settings), tmp_path / "run")
    whole = publish(bundle.path, tmp_path / "run", tmp_path / "whole", PUBLICATION, overwrite=False)
    assert whole.inference.autoencoder == bundle.inference.autoencoder
    assert whole.metadata.training["autoencoder"]["digest"] == bundle.digest[:12]
    assert whole.ledger.entries == bundle.ledger.entries


def test_what_critics_cannot_judge_is_refused_with_what_would_do(prepared) -> None:
    with pytest.raises(ConfigError, match=r"needs at least 24 voxels a side, crop is \(8, 32, 32\).*'volumes: false'"):
        prepared(AutoencoderTraining, "medical-diffusion-vq-gan", "adversary.layers=3")
    with pytest.raises(ConfigError, match="10 channels cannot be normalised in 4 groups"):
        prepared(AutoencoderTraining, "vq-gan", "model.channels=[10]")


@pytest.mark.parametrize(
    ("family", "overrides", "words"),
    [
        ("kl-vae", ["crop=[7,32,32]"], "crop: 7 slices, and the model makes one latent of 2; give a multiple of 2, or"),
        ("medical-diffusion-vq-gan", ["crop=[8,33,32]"], "crop: 33 rows, and the model makes one latent of 2"),
        ("kl-vae", ["cases.grid.size=[64,64,9]"], r"cases\.grid\.size: 9 slices.*reduces slices less \(levels in its"),
        ("kl-vae", ["crop=[12,32,32]"], r"crop \(12, 32, 32\) does not fit into cases of \(8, 64, 64\).*smaller crop"),
    ],
)
def test_slices_that_do_not_fit_the_downsampling_are_named_with_what_would(
    family: str, overrides: list[str], words: str, prepared, tmp_path
) -> None:
    with pytest.raises(ConfigError, match=words):
        train_autoencoder(prepared(AutoencoderTraining, family, *overrides), tmp_path)


def test_cases_of_another_number_of_channels_are_refused(prepared, tmp_path) -> None:
    config = prepared(AutoencoderTraining, "vq-gan", "model.image_channels=2")
    with pytest.raises(ConfigError, match=r"has 1 channel\(s\), the model takes 2: set image_channels to 1"):
        train_autoencoder(config, tmp_path)


@pytest.fixture
def features(tmp_path) -> Path:
    """A feature network with weights drawn at random, as a folder."""
    config = PerceptualConfig("resnet10", 2, 1)
    folder = tmp_path / "features"
    folder.mkdir()
    (folder / "perceptual.json").write_text(to_json(config), encoding="utf-8")
    save_file(PerceptualDistance(config).network.state_dict(), folder / "model.safetensors")
    return folder


def test_perceptual_weights_on_this_machine_join_the_loss(features, prepared, tmp_path) -> None:
    config = prepared(AutoencoderTraining, "vq-gan", f"perceptual={features}", "optimiser.steps=1")
    train_autoencoder(config, tmp_path / "run")
    assert lines_of(tmp_path / "run")[0]["perceptual"] > 0


def test_the_perceptual_distance_is_zero_for_equals_alone_and_weights_must_be_whole(features) -> None:
    distance, image = perceptual_distance(features), torch.rand(1, 1, 2, 32, 32)
    assert float(distance(image, image, torch.Generator())) == 0.0
    assert float(distance(image, image.flip(-1), torch.Generator())) > 0.0
    assert not any(weight.requires_grad for weight in distance.parameters())
    state = load_file(features / "model.safetensors")
    state.pop("conv1.weight")
    save_file(state, features / "model.safetensors")
    with pytest.raises(ConfigError, match=r"lacks conv1\.weight of a resnet10"):
        perceptual_distance(features)
    with pytest.raises(ConfigError, match=r"must hold perceptual\.json and model\.safetensors"):
        perceptual_distance(features / "none")


@pytest.mark.parametrize("family", (*FAMILIES, "medical-diffusion"))
def test_a_preset_and_its_twin_are_of_the_same_kind(family: str) -> None:
    kind = DenoiserTraining if family == "medical-diffusion" else AutoencoderTraining
    whole, twin = (load_preset(kind, CONFIGS / f"{stem}.yaml") for stem in (family, f"tiny-{family}"))
    assert type(whole.model) is type(twin.model)
    for setting in ("schedule", "prediction", "loss", "times", "sampler", "clip", "kl_weight", "pixel_weight"):
        assert getattr(whole, setting, None) == getattr(twin, setting, None)
    assert (getattr(whole, "adversary", None) is None) == (getattr(twin, "adversary", None) is None)


@pytest.mark.parametrize("name", ["default-2d", "default-3d"])
def test_shipped_bundles_from_before_the_other_spaces_still_load(name: str) -> None:
    codec = read_bundle(shipped_models_folder() / name).load_codec()
    assert codec.autoencoder.config.image_channels == 1
    assert codec.autoencoder.prescribed_scale() is None
