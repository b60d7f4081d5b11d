"""A bundle that is not what was published is refused in one line that names the file."""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.digests import digests_of
from UterineSynthLib.errors import BundleError
from UterineSynthLib.records import to_json

WEIGHTS = "models/denoiser.safetensors"


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bundle, tmp_path / "bundle")


def sign(folder: Path) -> None:
    """Make the digests agree with what is there, as somebody who tampers on purpose would."""
    names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    (folder / "digests.json").write_text(to_json(digests_of(folder, names)), encoding="utf-8")


def edit_json(name: str, change: Callable[[dict], object]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        plain = json.loads((folder / name).read_text(encoding="utf-8"))
        change(plain)
        (folder / name).write_text(json.dumps(plain), encoding="utf-8")
        sign(folder)

    return tamper


def edit_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        state = load_file(folder / WEIGHTS)
        change(state)
        save_file(state, folder / WEIGHTS)
        sign(folder)

    return tamper


def put(name: str, content: bytes) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        (folder / name).write_bytes(content)
        sign(folder)

    return tamper


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)


def truncate(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])
    sign(folder)


def zip_in_place_of_weights(folder: Path) -> None:
    with zipfile.ZipFile(folder / WEIGHTS, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    sign(folder)


def link_inside(folder: Path) -> None:
    (folder / "docs/extra.md").symlink_to(folder / "LICENSE")


def link_a_folder(folder: Path) -> None:
    shutil.move(folder / "docs", folder.parent / "elsewhere")
    (folder / "docs").symlink_to(folder.parent / "elsewhere")


def list_outside(name: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        plain = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
        plain["files"][name] = "0" * 64
        (folder / "digests.json").write_text(json.dumps(plain), encoding="utf-8")

    return tamper


def add_after_signing(folder: Path) -> None:
    (folder / "docs/extra.md").write_text("new", encoding="utf-8")


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


CASES = {
    "no folder": (shutil.rmtree, "no such folder"),
    "weights changed": (flip_a_byte, "denoiser.safetensors differs from the digest"),
    "card changed": (
        lambda f: (f / "docs/README.md").write_text("better", encoding="utf-8"),
        "docs/README.md differs from the digest",
    ),
    "file added": (add_after_signing, "docs/extra.md is not listed"),
    "file removed": (remove("models/autoencoder.safetensors"), "autoencoder.safetensors is listed .* but missing"),
    "digests removed": (remove("digests.json"), "digests.json is missing"),
    "licence removed": (remove("LICENSE"), "LICENSE is missing"),
    "digests not JSON": (lambda f: (f / "digests.json").write_text("{", encoding="utf-8"), "digests.json: not JSON"),
    "pickle by name": (put("models/model.pt", b"x"), r"models/model.pt can hold pickled code"),
    "checkpoint by name": (put("models/model.CKPT", b"x"), r"models/model.CKPT can hold pickled code"),
    "pickle by content": (put(WEIGHTS, pickle.dumps({"a": 1})), "denoiser.safetensors is a pickle or archive"),
    "pickle as document": (put("docs/a.md", pickle.dumps([1], protocol=2)), "docs/a.md is a pickle or archive"),
    "torch archive by content": (zip_in_place_of_weights, "denoiser.safetensors is a pickle or archive"),
    "code in the folder": (put("models/model.py", b"print()"), "models/model.py is no part of a bundle"),
    "link to a file": (link_inside, "docs/extra.md is a link"),
    "link to a folder": (link_a_folder, "docs is a link"),
    "path with dots": (list_outside("../secret"), "lists '../secret', which leaves the folder"),
    "absolute path": (list_outside("/etc/passwd"), "lists '/etc/passwd', which leaves the folder"),
    "_target_": (
        edit_json("configs/inference.json", lambda p: p["denoiser"].update({"_target_": "os.system"})),
        r"inference.json: denoiser._target_ asks for code",
    ),
    "$ expression": (
        edit_json("configs/metadata.json", lambda p: p.update(training={"a": [1, " $import os"]})),
        r"metadata.json: training.a\[1\] asks for code",
    ),
    "@ reference": (
        edit_json("docs/ledger.json", lambda p: p.update(weights_licence="@x")),
        "ledger.json: weights_licence asks for code",
    ),
    "_target_ in the tokenizer": (
        edit_json("models/tokenizer.json", lambda p: p.update(model={"_target_": "x"})),
        "tokenizer.json: model._target_ asks for code",
    ),
    "unknown field": (
        edit_json("configs/inference.json", lambda p: p["grid"].update(margin=3)),
        "inference.json: grid.margin: unknown field",
    ),
    "misspelt metadata": (
        edit_json("configs/metadata.json", lambda p: p.update(autors="x")),
        "metadata.json: autors: unknown field",
    ),
    "value of another type": (
        edit_json("configs/inference.json", lambda p: p.update(latent_mean="0")),
        "inference.json: latent_mean: expected a list",
    ),
    "configs that disagree": (
        edit_json("configs/inference.json", lambda p: p.update(latent_std=[1.0])),
        "inference.json: latents: .* they must agree",
    ),
    "ledger that disagrees": (
        edit_json("configs/metadata.json", lambda p: p.update(phantom_trained=False)),
        "disagree on phantom_trained",
    ),
    "weights truncated": (truncate, "denoiser.safetensors is truncated or no safetensors file"),
    "weights empty": (put(WEIGHTS, b""), "denoiser.safetensors is truncated or no safetensors file"),
    "integer weights": (
        edit_weights(lambda s: s.update(extra=torch.zeros(3, dtype=torch.int64))),
        "tensor extra is stored as I64; expected one of float32, float16, bfloat16",
    ),
    "shard missing": (
        lambda f: (shutil.move(f / WEIGHTS, f / "models/denoiser-00001-of-00002.safetensors"), sign(f)),
        "expected models/denoiser-00001-of-00002.safetensors, models/denoiser-00002-of-00002.safetensors",
    ),
    "two sets of weights": (
        lambda f: (shutil.copy(f / WEIGHTS, f / "models/denoiser-00001-of-00001.safetensors"), sign(f)),
        "denoiser has the weight files",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_tampered_bundle_is_refused_by_one_line(case: str, folder: Path) -> None:
    tamper, message = CASES[case]
    tamper(folder)
    with pytest.raises(BundleError, match=message) as caught:
        read_bundle(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


WEIGHT_CASES = {
    "missing": (lambda s: s.pop("unet.out.0.weight"), r"tensor unet.out.0.weight \[8\] is missing"),
    "extra": (lambda s: s.update(spy=torch.zeros(2)), "tensor spy is not the network's"),
    "other shape": (
        lambda s: s.update({"unet.out.0.weight": torch.zeros(9)}),
        r"tensor unet.out.0.weight has shape \[9\], the network wants \[8\]",
    ),
}


@pytest.mark.parametrize("case", WEIGHT_CASES)
def test_weights_of_another_network_are_refused(case: str, folder: Path) -> None:
    change, message = WEIGHT_CASES[case]
    edit_weights(change)(folder)
    bundle = read_bundle(folder)
    with pytest.raises(BundleError, match=message):
        bundle.load_denoiser()


def test_the_untouched_copy_is_read(folder: Path, tiny_bundle: Path) -> None:
    assert read_bundle(folder).digest == read_bundle(tiny_bundle).digest


def test_signing_again_is_what_changes_the_digest(folder: Path) -> None:
    before = read_bundle(folder).digest
    edit_json("configs/metadata.json", lambda p: p.update(authors="Somebody else"))(folder)
    assert read_bundle(folder).digest != before
