"""Where bundles lie on this machine, and which are there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.bundles.bundle import Bundle, read_bundle
from UterineSynthLib.bundles.inference_config import InferenceConfig, ModelGrid
from UterineSynthLib.bundles.layout import DIGESTS, INFERENCE, JUDGE, METADATA
from UterineSynthLib.bundles.plain_json import read_record
from UterineSynthLib.errors import BundleError, InputError

MODELS_VARIABLE = "UTERINESYNTH_MODELS"
"""Environment variable with folders to look for bundles in, separated as in PATH; they come first."""

STANDARD_GRIDS = {
    3: ModelGrid((32, 128, 128), (4.4, 1.25, 1.25), centre="pelvis"),
    2: ModelGrid((1, 256, 256), (4.4, 1.0, 1.0), centre="pelvis"),
}
"""Grids of the default models, by dimension: where no model is installed, label maps are drawn on these."""


@dataclass(frozen=True)
class Entry:
    """One folder that looks like a bundle: the bundle, or in one line what is wrong with it."""

    path: Path
    bundle: Bundle | None
    fault: str | None


def model_folders() -> list[Path]:
    """Folders that hold bundles, in the order they are searched: the environment's, the user's, the shipped."""
    named = [Path(part).expanduser() for part in os.environ.get(MODELS_VARIABLE, "").split(os.pathsep) if part]
    return [*named, user_models_folder(), shipped_models_folder()]


def user_models_folder() -> Path:
    """Where a user puts own bundles."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "uterinesynth" / "models"


def shipped_models_folder() -> Path:
    """``Resources/Models`` beside the package."""
    return Path(__file__).resolve().parents[2] / "Resources" / "Models"


def bundle_folders() -> list[Path]:
    """Folders that look like a bundle of a generator, in the order of the search."""
    return [
        path
        for folder in model_folders()
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and not (path / JUDGE).is_file()
        if (path / DIGESTS).is_file() or (path / METADATA).is_file()
    ]


def list_bundles() -> list[Entry]:
    """Every bundle on this machine, checked."""
    return [_entry(path) for path in bundle_folders()]


def find_bundle(name_or_path: str | Path) -> Bundle:
    """The bundle of a folder's path, a folder's name or a bundle's name.

    Raises:
        BundleError: there is none, or it is not whole.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return read_bundle(path)
    entries = list_bundles()
    for entry in entries:
        if str(name_or_path) in (entry.path.name, entry.bundle.name if entry.bundle else None):
            return _whole(entry)
    known = ", ".join(entry.path.name for entry in entries) or "none"
    raise BundleError(name_or_path, f"not found; known here are: {known}")


def default_bundle(dimension: int) -> Bundle:
    """The first bundle that makes volumes (``dimension`` 3) or single slices (2).

    Raises:
        InputError: there is none; names where it was looked for.
    """
    faults = []
    for path in bundle_folders():
        entry = _entry(path)
        if entry.bundle is not None and entry.bundle.inference.dimension == dimension:
            return entry.bundle
        faults += [entry.fault] if entry.fault else []
    looked = ", ".join(map(str, model_folders()))
    hint = f"; one was refused: {faults[0]}" if faults else ""
    raise InputError(
        f"no {dimension}D model found in {looked}; put one there, set {MODELS_VARIABLE}, or name its folder{hint}"
    )


def model_grid(name_or_path: str | None, dimension: int) -> ModelGrid:
    """The grid of a bundle, by its folder or that folder's name; None takes the first of the dimension.

    Reads nothing but configurations, so that it needs no package beside numpy.

    Raises:
        BundleError: a bundle was named and is not there.
    """
    named = Path(name_or_path).expanduser() if name_or_path else None
    for path in [named] if named is not None and named.is_dir() else bundle_folders():
        if named is None or path in (named, path.parent / named.name):
            grid = _grid_of(path, dimension)
            if grid is not None:
                return grid
    if name_or_path is not None:
        raise BundleError(name_or_path, f"there is no {dimension}D model of that name")
    return STANDARD_GRIDS[dimension]


def _grid_of(path: Path, dimension: int) -> ModelGrid | None:
    try:
        inference = read_record(InferenceConfig, path, INFERENCE)
    except (BundleError, OSError):
        return None
    return inference.grid if inference.dimension == dimension else None


def _entry(path: Path) -> Entry:
    try:
        return Entry(path, read_bundle(path), None)
    except BundleError as error:
        return Entry(path, None, str(error))


def _whole(entry: Entry) -> Bundle:
    return entry.bundle if entry.bundle is not None else read_bundle(entry.path)
