"""Networks that MONAI built come in with the same output; what is more than tensors is never read."""

from __future__ import annotations

import functools
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from monai.apps.generation.maisi.networks.autoencoderkl_maisi import AutoencoderKlMaisi
from monai.apps.generation.maisi.networks.diffusion_model_unet_maisi import DiffusionModelUNetMaisi
from monai.networks.nets import VQVAE, AutoencoderKL, DiffusionModelUNet

from UterineSynthLib.bundles import checkpoint_reader
from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.foreign_checkpoint import checkpoint_tensors
from UterineSynthLib.bundles.foreign_network import foreign_config
from UterineSynthLib.cli.main import main
from UterineSynthLib.errors import BundleError, ConfigError
from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

KL = {
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 1,
    "channels": [8, 8],
    "num_res_blocks": 1,
    "attention_levels": [False, True],
    "latent_channels": 2,
    "norm_num_groups": 4,
}
VQ = {
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 1,
    "channels": [8, 8],
    "num_res_layers": 1,
    "num_res_channels": 8,
    "downsample_parameters": [2, 4, 1, 1],
    "upsample_parameters": [2, 4, 1, 1, 0],
    "num_embeddings": 8,
    "embedding_dim": 4,
}
UNET = {
    "spatial_dims": 3,
    "in_channels": 2,
    "out_channels": 2,
    "channels": [8, 16],
    "num_res_blocks": 1,
    "attention_levels": [False, True],
    "num_head_channels": [0, 8],
    "norm_num_groups": 4,
}
MAISI = {
    **{name: value for name, value in KL.items() if name != "channels"},
    "num_res_blocks": [1, 1],
    "num_channels": [8, 8],
    "attention_levels": [False, False],
    "num_splits": 1,
    "save_mem": False,
}
MAISI_UNET = {
    **{name: value for name, value in UNET.items() if name != "channels"},
    "num_channels": [8, 16],
    "resblock_updown": True,
    "include_fc": True,
}
MAISI_INPUTS = {
    "include_top_region_index_input": True,
    "include_bottom_region_index_input": True,
    "include_spacing_input": True,
    "num_class_embeds": 12,
}
MAISI_FLAGS = ("--body-region", "abdomen", "lower-body", "--modality", "10")
OLD_NAMES = (
    (".attn.to_", ".to_"),
    (".attn.out_proj.", ".proj_attn."),
    (".postconv.", ".conv."),
    (".out_proj.", ".to_out.0."),
)
GRID = ["--grid", "4", "64", "4.4", "2.5"]


@pytest.fixture(autouse=True)
def drawn_alike():
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def filled(network: torch.nn.Module) -> torch.nn.Module:
    """MONAI starts some convolutions at zero, and what passes through them would reach no voxel."""
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.2)
    return network.eval()


def old_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names that monai-generative 0.2 gave the same weights."""
    renamed = {}
    for name, value in state.items():
        renamed[functools.reduce(lambda text, pair: text.replace(*pair), OLD_NAMES, name)] = value
    return renamed


def brought_in(folder: Path, kind: str, arguments: dict, state: object, *flags: str) -> Path:
    """The bundle of ``bundle import``."""
    torch.save(state, folder / f"{kind}.pt")
    (folder / f"{kind}.json").write_text(json.dumps(arguments), encoding="utf-8")
    out = folder / f"{kind}-bundle"
    command = ["bundle", "import", str(folder / f"{kind}.pt"), str(out), "--kind", kind, "--licence", "CC-BY-NC-4.0"]
    assert main([*command, "--source", "a test", "--network", str(folder / f"{kind}.json"), *GRID, *flags]) == 0
    return out


def volume() -> torch.Tensor:
    return torch.rand(1, 1, 4, 16, 16) * 2 - 1


@torch.no_grad()
@pytest.mark.parametrize("names", [dict, old_names])
def test_a_kl_autoencoder_comes_in_with_the_same_latents_and_images(names, tmp_path: Path) -> None:
    theirs = filled(AutoencoderKL(**KL))
    state = {"epoch": 3, "state_dict": {f"module.{name}": value for name, value in names(theirs.state_dict()).items()}}
    bundle = read_bundle(brought_in(tmp_path, "autoencoder-kl", KL, state))
    ours = bundle.load_codec().autoencoder
    expected_mean, expected_std = theirs.encode((volume_ := volume()) / 2 + 0.5)
    mean, std = ours.encode(volume_)
    torch.testing.assert_close(mean, expected_mean, rtol=0, atol=1e-5)
    torch.testing.assert_close(std, expected_std, rtol=0, atol=1e-5)
    torch.testing.assert_close(ours.decode(mean), theirs.decode(mean) * 2 - 1, rtol=0, atol=1e-5)
    assert bundle.ledger.weights_licence == "CC-BY-NC-4.0"
    assert bundle.ledger.entries[0].source == "a test"
    assert not bundle.metadata.phantom_trained
    assert "CC-BY-NC-4.0" in bundle.card()


@torch.no_grad()
def test_the_autoencoder_of_a_maisi_folder_comes_in(tmp_path: Path) -> None:
    theirs = filled(AutoencoderKlMaisi(**MAISI))
    for name in ("configs", "models"):
        (tmp_path / name).mkdir()
    definition = {**MAISI, "_target_": "monai.apps.generation.maisi.networks.autoencoderkl_maisi.AutoencoderKlMaisi"}
    whole = {"latent_channels": 2, "autoencoder_def": {**definition, "latent_channels": "@latent_channels"}}
    (tmp_path / "configs" / "inference.json").write_text(json.dumps(whole), encoding="utf-8")
    torch.save({"unet_state_dict": theirs.state_dict()}, tmp_path / "models" / "autoencoder_v1.pt")
    torch.save({}, tmp_path / "models" / "diff_unet_3d.pt")
    command = ["bundle", "import", str(tmp_path), str(tmp_path / "out"), "--kind", "autoencoder-kl", *GRID]
    assert main([*command, "--licence", "NVIDIA-Open-Model", "--source", "a test"]) == 0
    ours = read_bundle(tmp_path / "out").load_codec().autoencoder
    latents = theirs.encode((volume_ := volume()) / 2 + 0.5)[0]
    torch.testing.assert_close(ours.encode(volume_)[0], latents, rtol=0, atol=1e-5)
    torch.testing.assert_close(ours.decode(latents), theirs.decode(latents) * 2 - 1, rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_vq_vae_comes_in_with_the_same_reconstruction(tmp_path: Path) -> None:
    theirs = filled(VQVAE(**VQ))
    bundle = read_bundle(brought_in(tmp_path, "vq-vae", VQ, theirs.state_dict(), "--intensity", "-1", "1"))
    ours = bundle.load_codec().autoencoder
    restored = ours.decode(ours.encode(volume_ := volume())[0])
    torch.testing.assert_close(restored, theirs(volume_)[0], rtol=0, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("names", [dict, old_names])
def test_a_diffusion_network_comes_in_with_its_autoencoder_and_samples(names, tmp_path: Path) -> None:
    autoencoder = brought_in(tmp_path, "autoencoder-kl", KL, filled(AutoencoderKL(**KL)).state_dict())
    theirs = filled(DiffusionModelUNet(**UNET))
    flags = ("--autoencoder", str(autoencoder), "--scale-factor", "0.5", "--schedule", "linear")
    out = brought_in(tmp_path, "diffusion-unet", UNET, names(theirs.state_dict()), *flags)
    bundle = read_bundle(out)
    x_t = torch.randn(1, 2, 2, 8, 8)
    expected = theirs(x_t, timesteps=torch.tensor([499.0]))
    ours = bundle.load_denoiser()(x_t, torch.full((1,), 0.5), None)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5)
    assert bundle.inference.latent_std == (2.0, 2.0)
    assert [entry.licence for entry in bundle.ledger.entries] == ["CC-BY-NC-4.0"] * 2
    case = next(Synthesizer.from_bundle(bundle, "cpu").generate(GenerationRequest(seed=1, steps=2)))
    assert np.isfinite(sitk.GetArrayFromImage(case.image)).all()


def maisi_folder(folder: Path, inputs: dict) -> torch.nn.Module:
    """A MONAI bundle laid out as MAISI's, with an autoencoder and a diffusion network; the network."""
    for name in ("configs", "models"):
        (folder / name).mkdir()
    theirs = filled(DiffusionModelUNetMaisi(**MAISI_UNET, **inputs))
    target = "monai.apps.generation.maisi.networks.diffusion_model_unet_maisi.DiffusionModelUNetMaisi"
    definition = {**MAISI_UNET, **inputs, "_target_": target, "in_channels": "@latent_channels"}
    autoencoder = {**MAISI, "_target_": "monai.apps.generation.maisi.networks.autoencoderkl_maisi.AutoencoderKlMaisi"}
    whole = {"latent_channels": 2, "autoencoder_def": autoencoder, "diffusion_unet_def": definition}
    (folder / "configs" / "inference.json").write_text(json.dumps(whole), encoding="utf-8")
    torch.save({"unet_state_dict": theirs.state_dict(), "epoch": 3}, folder / "models" / "diff_unet_3d.pt")
    torch.save(filled(AutoencoderKlMaisi(**MAISI)).state_dict(), folder / "models" / "autoencoder_v1.pt")
    return theirs


def maisi_command(folder: Path, kind: str, *flags: str) -> list[str]:
    command = ["bundle", "import", str(folder), str(folder / f"{kind}-bundle"), "--kind", kind, *GRID, *flags]
    return [*command, "--licence", "NVIDIA-Open-Model", "--source", "a test"]


@torch.no_grad()
@pytest.mark.parametrize(
    ("inputs", "flags", "told"),
    [
        (MAISI_INPUTS, MAISI_FLAGS, ("spacing", "regions", "modality")),
        ({"include_spacing_input": True}, (), ("spacing",)),
        ({**MAISI_INPUTS, "include_spacing_input": False, "num_class_embeds": None}, MAISI_FLAGS[:3], ("regions",)),
    ],
)
def test_the_diffusion_network_of_a_maisi_folder_is_told_what_maisi_tells_it(
    inputs: dict, flags: tuple[str, ...], told: tuple[str, ...], tmp_path: Path
) -> None:
    theirs = maisi_folder(tmp_path, inputs)
    assert main(maisi_command(tmp_path, "autoencoder-kl")) == 0
    of_latents = ("--autoencoder", str(tmp_path / "autoencoder-kl-bundle"), "--schedule", "linear")
    assert main(maisi_command(tmp_path, "diffusion-unet", *of_latents, *flags)) == 0
    bundle = read_bundle(tmp_path / "diffusion-unet-bundle")
    x_t = torch.randn(2, 2, 2, 8, 8)
    all_of_it = {
        "spacing": {"spacing_tensor": torch.tensor([[440.0, 250.0, 250.0]] * 2)},
        "regions": {
            "top_region_index_tensor": torch.tensor([[0.0, 0.0, 100.0, 0.0]] * 2),
            "bottom_region_index_tensor": torch.tensor([[0.0, 0.0, 0.0, 100.0]] * 2),
        },
        "modality": {"class_labels": torch.tensor([10, 10])},
    }
    given = {name: value for kind in told for name, value in all_of_it[kind].items()}
    expected = theirs(x_t, timesteps=torch.tensor([499.0, 499.0]), **given)
    conditions = bundle.inference.denoiser.conditions
    one = condition_of(conditions, bundle.inference.grid.shape, bundle.inference.grid.spacing_mm)
    ours = bundle.load_denoiser()(x_t, torch.full((2,), 0.5), Condition.stacked([one, one]))
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)
    assert conditions.spacing == ("spacing" in told)
    assert ("the body from abdomen to lower-body" in bundle.card()) == ("regions" in told)
    case = next(Synthesizer.from_bundle(bundle, "cpu").generate(GenerationRequest(seed=1, steps=2)))
    assert np.isfinite(sitk.GetArrayFromImage(case.image)).all()


@pytest.mark.parametrize(
    ("inputs", "flags", "words"),
    [
        (MAISI_INPUTS, MAISI_FLAGS[3:], "wants to be told what it makes: give --body-region TOP BOTTOM"),
        (MAISI_INPUTS, MAISI_FLAGS[:3], "wants to be told what it makes: give --modality NUMBER, one of 12 from 0"),
        (MAISI_INPUTS, (*MAISI_FLAGS[:4], "12"), "modality is 12, the network knows 0 to 11"),
        (MAISI_INPUTS, ("--body-region", "chest", "head", *MAISI_FLAGS[3:]), "runs up from chest to head"),
        ({}, MAISI_FLAGS[:3], "--body-region was given, the network is not told that; leave it out"),
        ({"num_class_embeds": 12}, (), "one of 12 from 0"),
        ({"include_top_region_index_input": True}, MAISI_FLAGS[:3], "only one of include_top_region_index_input"),
    ],
)
def test_what_a_maisi_network_wants_to_be_told_is_asked_for(
    inputs: dict, flags: tuple[str, ...], words: str, tmp_path: Path, capsys
) -> None:
    maisi_folder(tmp_path, inputs)
    assert main(maisi_command(tmp_path, "diffusion-unet", *flags)) == 2
    assert words in (said := capsys.readouterr().err)
    assert said.count("\n") == 1
    assert not (tmp_path / "diffusion-unet-bundle").exists()


def test_an_imported_autoencoder_draws_from_its_prior(tmp_path: Path) -> None:
    bundle = read_bundle(brought_in(tmp_path, "autoencoder-kl", KL, filled(AutoencoderKL(**KL)).state_dict()))
    voxels = [
        sitk.GetArrayFromImage(next(Synthesizer.from_bundle(bundle, "cpu").generate(GenerationRequest(seed=s))).image)
        for s in (1, 1, 2)
    ]
    assert np.array_equal(voxels[0], voxels[1])
    assert not np.array_equal(voxels[0], voxels[2])


class Attack:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


@pytest.mark.parametrize("is_archive", [True, False])
def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(is_archive: bool, tmp_path: Path) -> None:
    target, checkpoint = tmp_path / "harm", tmp_path / "model.pt"
    if is_archive:
        torch.save({"state_dict": {"weight": torch.zeros(2)}, "extra": Attack(target)}, checkpoint)
    else:
        checkpoint.write_bytes(pickle.dumps({"weight": Attack(target)}))
    with pytest.raises(BundleError, match="holds more than tensors") as refused:
        checkpoint_tensors(checkpoint)
    assert "\n" not in str(refused.value)
    assert not target.exists()
    pickle.loads(pickle.dumps(Attack(target)))
    assert target.exists(), "the attack itself would have worked"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a": {"x": torch.zeros(1)}, "b": {"x": torch.zeros(1)}}, "holds the parts a, b; name the one"),
        ([torch.zeros(1)], "holds a list, not weights by name"),
        ({"state_dict": {"a": 1}}, "holds no tensors"),
    ],
)
def test_a_checkpoint_without_weights_by_name_says_what_it_holds(content, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checkpoint_reader.tensors_of(content, "", torch.Tensor)


def test_the_part_that_is_named_is_taken() -> None:
    content = {"a": {"x": torch.zeros(1)}, "b": {"x": torch.ones(1)}}
    assert checkpoint_reader.tensors_of(content, "b", torch.Tensor) == {"x": torch.ones(1)}
    with pytest.raises(ValueError, match="has no part 'c'; it has a, b"):
        checkpoint_reader.tensors_of(content, "c", torch.Tensor)


def test_tensors_of_another_network_are_refused_in_one_line(tmp_path: Path, capsys) -> None:
    state = AutoencoderKL(**{**KL, "channels": [8, 16]}).state_dict()
    torch.save(state, tmp_path / "a.pt")
    (tmp_path / "a.json").write_text(json.dumps(KL), encoding="utf-8")
    command = ["bundle", "import", str(tmp_path / "a.pt"), str(tmp_path / "out"), "--kind", "autoencoder-kl"]
    flags = ["--licence", "x", "--source", "y", "--network", str(tmp_path / "a.json"), *GRID]
    assert main([*command, *flags]) == 2
    assert "its tensors are not those of the described network" in (told := capsys.readouterr().err)
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("autoencoder-kl", {**KL, "_target_": "os.system"}, "describes a system, --kind autoencoder-kl is for"),
        ("autoencoder-kl", {**KL, "channels": "$__import__('os')"}, "is an expression; write the value itself"),
        ("autoencoder-kl", {**KL, "surprise": 1}, "surprise: unknown field"),
        ("autoencoder-kl", {**KL, "out_channels": 3}, "in_channels and out_channels differ"),
        ("diffusion-unet", {**UNET, "with_conditioning": True}, "networks that take conditions of their own"),
        ("diffusion-unet", {**UNET, "num_class_embeds": 4}, "num_class_embeds is set; networks that take conditions"),
        ("vq-vae", {**VQ, "act": "GELU"}, "act: unknown field"),
        (
            "diffusion-unet",
            {**MAISI_UNET, "_target_": "DiffusionModelUNetMaisi", "num_class_embeds": "many"},
            "give --modality NUMBER, one of many",
        ),
    ],
)
def test_a_description_that_asks_for_more_is_refused(kind: str, arguments, words: str, tmp_path: Path) -> None:
    (tmp_path / "network.json").write_text(json.dumps(arguments), encoding="utf-8")
    with pytest.raises(ValueError, match=words) as refused:
        foreign_config(tmp_path / "network.json", kind)
    assert isinstance(refused.value, ConfigError) or "network.json" in str(refused.value)
