"""The tiny twin of every denoiser preset: trains, resumes, snapshots, becomes a bundle and samples."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import SimpleITK as sitk
from accelerate.state import AcceleratorState

from UterineSynthLib.bundles.inference_config import InferenceConfig, ModelGrid
from UterineSynthLib.dataset.manifest import read_manifest, write_manifest
from UterineSynthLib.diffusion.names import SamplerName
from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.records import from_json, from_plain, to_plain
from UterineSynthLib.synthesis.output import CaseWriter
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.preset import load_preset
from UterineSynthLib.training.publish import Publication, publish
from UterineSynthLib.training.run_folder import LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_autoencoder, train_denoiser

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "Training" / "configs"
FAMILIES = (
    "uterine-ddpm-2d",
    "uterine-ddpm-3d",
    "uterine-ldm-2d",
    "uterine-ldm-3d",
    "med-ddpm",
    "med-ddpm-4",
    "flow-ldm-2d",
    "flow-ldm-3d",
    "spade-ddpm-2d",
)
PUBLICATION = Publication("tiny", "0.0.1", "For tests.", "Apache-2.0 text", steps=(1, 2, 3))


@pytest.fixture(scope="module")
def autoencoder_run(phantom_manifest, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("family-autoencoder")
    AcceleratorState._reset_state(reset_partial_state=True)
    overrides = [
        f"cases.manifests=[{phantom_manifest}]",
        f"cases.cache={folder / 'cache'}",
        "optimiser.steps=1",
        "cadence.log=1",
    ]
    train_autoencoder(load_preset(AutoencoderTraining, CONFIGS / "tiny-autoencoder.yaml", overrides), folder)
    return folder


@pytest.fixture(scope="module")
def four_modalities(phantom_manifest, tmp_path_factory) -> Path:
    """The phantoms with three further modalities: mirrored intensities, halved, and halved and mirrored."""
    folder, source = tmp_path_factory.mktemp("modalities"), read_manifest(phantom_manifest)
    cases = []
    for case in source.cases:
        image = sitk.ReadImage(str(source.image_path(case)))
        further = []
        for number, made in enumerate((1000 - image, 0.5 * image, 500 - 0.5 * image), start=2):
            further.append(f"{case.id}_{number}.nii.gz")
            sitk.WriteImage(made, str(folder / further[-1]))
        paths = {"image": str(source.image_path(case)), "labels": str(source.labels_path(case))}
        told = {"second_labels": None, "second_share": None}
        cases.append(replace(case, **paths, **told, further_images=tuple(further)))
    write_manifest(cases, folder / "manifest.jsonl")
    return folder / "manifest.jsonl"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def short_sheets(monkeypatch) -> None:
    monkeypatch.setattr("UterineSynthLib.training.denoiser_task._SHEET_STEPS", 1)


@pytest.fixture
def prepared(phantom_manifest, four_modalities, autoencoder_run, cache):
    def build(family: str, *overrides: str) -> DenoiserTraining:
        AcceleratorState._reset_state(reset_partial_state=True)
        manifest = four_modalities if family == "med-ddpm-4" else phantom_manifest
        settings = [f"cases.manifests=[{manifest}]", f"cases.cache={cache}"]
        if "ldm" in family:
            settings.append(f"autoencoder={autoencoder_run}")
        return load_preset(DenoiserTraining, CONFIGS / f"tiny-{family}.yaml", [*settings, *overrides])

    return build


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_trains_resumes_and_samples(family, prepared, autoencoder_run, tmp_path) -> None:
    run, out = tmp_path / "run", tmp_path / "bundle"
    train_denoiser(prepared(family, "optimiser.steps=1"), run)
    train_denoiser(prepared(family), run)
    steps = [json.loads(line)["step"] for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines()]
    assert steps == [1, 2]
    assert (run / SNAPSHOT_FILE).is_file()
    bundle = publish(autoencoder_run if "ldm" in family else None, run, out, PUBLICATION, overwrite=False)
    request = GenerationRequest(seed=1, dimension=bundle.inference.dimension, quality="standard")
    case = next(Synthesizer.from_bundle(bundle, "cpu").generate(request))
    images = (case.image, *case.further_images)
    assert len(images) == bundle.inference.autoencoder.image_channels
    for image in images:
        voxels = sitk.GetArrayFromImage(image)
        assert voxels.shape == bundle.inference.grid.shape
        assert voxels.std() > 0 and voxels.min() >= 0 and voxels.max() <= bundle.inference.intensity_high
    assert case.provenance.settings.sampler == bundle.inference.direct.sampler
    written = CaseWriter(tmp_path, sheet=False).write(case)
    assert [path.name for path in written.further_images] == [
        f"synthetic_seed1_001_channel{n}.nii.gz" for n in range(2, len(images) + 1)
    ]
    assert all(path.is_file() for path in written.all)


def _sampled(synthesizer: Synthesizer, **wishes) -> np.ndarray:
    request = GenerationRequest(seed=3, dimension=2, steps=2, **wishes)
    return sitk.GetArrayFromImage(next(synthesizer.generate(request)).image)


@pytest.fixture
def trained_without(prepared, tmp_path):
    def build(*kinds: str) -> Synthesizer:
        overrides = [f"model.conditions.{kind}=false" for kind in kinds]
        train_denoiser(prepared("uterine-ddpm-2d", "optimiser.steps=1", "cadence.log=1", *overrides), tmp_path / "run")
        bundle = publish(None, tmp_path / "run", tmp_path / "bundle", PUBLICATION, overwrite=False)
        return Synthesizer.from_bundle(bundle, "cpu")

    return build


@pytest.mark.parametrize("without", ["text", "classes"])
def test_a_uterine_model_of_classes_or_text_alone_is_an_override(without: str, trained_without) -> None:
    synthesizer = trained_without(without)
    assert synthesizer.bundle.inference.direct.guidance_scale > 1
    assert np.isfinite(_sampled(synthesizer, text="a fibroid of 20 mm")).all()


def test_an_unconditional_model_samples_with_every_sampler_and_refuses_what_it_cannot_hear(trained_without) -> None:
    synthesizer = trained_without("text", "classes")
    assert synthesizer.bundle.inference.direct.guidance_scale == 1.0
    made = {sampler: _sampled(synthesizer, sampler=sampler) for sampler in get_args(SamplerName)}
    assert all(np.isfinite(voxels).all() for voxels in made.values())
    assert np.array_equal(made["ddim"], made["euler"])
    assert not np.array_equal(made["ddim"], made["ddpm"])
    assert np.array_equal(_sampled(synthesizer, sampler="ddim", eta=1.0), made["ddpm"])
    with pytest.raises(InputError, match="takes no description; leave it out"):
        _sampled(synthesizer, text="a fibroid of 20 mm")
    with pytest.raises(ConfigError, match="only the sampler ddim has it, not heun"):
        _sampled(synthesizer, sampler="heun", eta=0.5)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_preset_of_a_family_fits_its_grid_and_its_twin_is_of_the_same_kind(name) -> None:
    whole, twin = (load_preset(DenoiserTraining, CONFIGS / f"{stem}.yaml") for stem in (name, f"tiny-{name}"))
    columns, rows, slices = whole.cases.grid.size
    reduction = 4 if whole.pixels is None else 1
    whole.model.check_shape((slices, rows // reduction, columns // reduction))
    column_mm, _, slice_mm = whole.cases.grid.spacing_mm
    ModelGrid((slices, rows, columns), (slice_mm, column_mm, column_mm))
    for setting in ("schedule", "prediction", "loss", "times", "sampler", "clip", "pixels"):
        assert getattr(twin, setting) == getattr(whole, setting)
    for kind in ("classes", "attributes", "text", "spacing", "mask", "tone", "body_other", "place"):
        assert getattr(twin.model.conditions, kind) == getattr(whole.model.conditions, kind)
    assert twin.model.mask_as == whole.model.mask_as


@pytest.mark.parametrize(
    ("family", "overrides", "words"),
    [
        ("med-ddpm", ["crop_slices=3"], "3 slices of latents cannot be halved 2 times; give a multiple of 4"),
        (
            "med-ddpm",
            ["model.channels=[8,8,8,8]", "model.attention=[false,false,false,false]"],
            "4 slices of latents.*or 3 level",
        ),
        ("med-ddpm", ["model.conditions.mask_labels=5"], "train with model.conditions.mask_labels="),
        ("uterine-ddpm-2d", ["model.mask_reduction=4"], "mask_reduction is 4, the space it works in has 1"),
        ("uterine-ldm-2d", ["model.latent_channels=4"], "latent_channels is 4, the space it works in has 2"),
        ("uterine-ddpm-2d", ["pixels.image_channels=2", "model.latent_channels=2"], "1 channel"),
        ("uterine-ldm-2d", ["schedule=rectified_flow"], "ends in pure noise"),
        ("uterine-ldm-2d", ["eta=0.5", "sampler=euler"], "only the sampler ddim"),
        ("uterine-ldm-2d", ["min_snr_gamma=0"], "must be above 0; 5 is usual"),
        ("uterine-ddpm-2d", ["grain=true"], "a model of pixels has no autoencoder that loses any"),
    ],
)
def test_what_does_not_fit_is_named_with_what_would(family, overrides, words, prepared, tmp_path) -> None:
    with pytest.raises(ConfigError, match=words):
        train_denoiser(prepared(family, *overrides), tmp_path)


def test_min_snr_weighting_and_prediction_change_what_is_learned_and_a_resumed_run_must_keep_them(
    prepared, tmp_path
) -> None:
    for name, override in (("plain", "loss=mse"), ("weighted", "loss_weight=min_snr"), ("v", "prediction=v")):
        train_denoiser(prepared("uterine-ldm-2d", override), tmp_path / name)
    losses = {
        n: json.loads((tmp_path / n / LOG_FILE).read_text(encoding="utf-8").splitlines()[0])["loss"]
        for n in ("plain", "weighted", "v")
    }
    assert len(set(losses.values())) == 3
    with pytest.raises(ConfigError, match="prediction = epsilon, now it is v"):
        train_denoiser(prepared("uterine-ldm-2d", "prediction=v"), tmp_path / "plain")


def test_runs_and_bundles_from_before_the_other_processes_read_as_what_they_were() -> None:
    config = ROOT / "Resources" / "Models" / "default-3d" / "configs" / "inference.json"
    inference = from_json(InferenceConfig, config.read_text(encoding="utf-8"))
    assert (inference.schedule, inference.prediction, inference.clip) == ("rectified_flow", "velocity", False)
    plain = to_plain(load_preset(DenoiserTraining, CONFIGS / "tiny-3d.yaml"))
    new = ("schedule", "prediction", "train_steps", "clip", "sampler", "eta", "loss", "loss_weight", "min_snr_gamma")
    old = {name: value for name, value in plain.items() if name not in (*new, "times")}
    assert to_plain(from_plain(DenoiserTraining, old)) == plain
