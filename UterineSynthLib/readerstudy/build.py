"""From a design to two folders: one for readers, one that stays with the coordinator.

``OUT/reader/`` holds blinded images and the study file, ``OUT/coordinator/`` the key, the design and the leak check.
Both appear together or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import InputError, OutputError, StudyError
from UterineSynthLib.readerstudy.assembly import Assembly, assemble
from UterineSynthLib.readerstudy.blinding import CommonGrid, blinded, common_grid, to_sagittal
from UterineSynthLib.readerstudy.design import Candidate, StudyDesign
from UterineSynthLib.readerstudy.draw import draw_cases
from UterineSynthLib.readerstudy.folder import IMAGES, STUDY_FILE, ReaderFolderStudy, file_digest
from UterineSynthLib.readerstudy.image_file import SUFFIX, TAIL_BYTES, write_blinded_image
from UterineSynthLib.readerstudy.key import ImageTruth, ItemTruth, StudyKey, key_digest, key_text, write_key
from UterineSynthLib.records import digest, to_json, write_text_whole
from UterineSynthLib.volumes.files import read_image
from UterineSynthLib.volumes.geometry import Geometry

READER_FOLDER = "reader"
COORDINATOR_FOLDER = "coordinator"
KEY_FILE = "key.json"
DESIGN_FILE = "design.json"
Progress = Callable[[int, int], None]


def build_study(
    design: StudyDesign,
    design_folder: Path,
    out: Path,
    salt: str,
    passphrase: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Build a study; the same design and salt give the same reader folder, byte for byte.

    Args:
        design_folder: where relative paths of candidates start from.
        out: made by this; must not exist or be empty.
        salt: secret text that makes the opaque names; goes into the key.
        passphrase: encrypts the key; None leaves it in plain text.
        progress: called with images done and in all.

    Returns:
        ``out``.

    Raises:
        InputError: too few candidates, an image that cannot be used, an output that is not free.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(out, "is not an empty folder; choose another place")
    assembly = assemble(design, draw_cases(design), salt)
    sources = {c: _source_path(c, design_folder) for c in assembly.images.values()}
    grid = _grid_of(sources, design)
    partial = out.with_name(f".{out.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        (partial / READER_FOLDER / IMAGES).mkdir(parents=True)
        (partial / COORDINATOR_FOLDER).mkdir()
        _write_images(partial / READER_FOLDER, assembly, sources, grid, design, salt, progress)
        _write_records(partial, design, assembly, sources, salt, passphrase)
        if out.exists():
            out.rmdir()
        partial.replace(out)
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out


def _source_path(candidate: Candidate, design_folder: Path) -> Path:
    path = Path(candidate.image)
    return path if path.is_absolute() else design_folder / path


def _grid_of(sources: Mapping[Candidate, Path], design: StudyDesign) -> CommonGrid:
    paths = list(sources.values())
    _check_distinct(paths)
    geometries = [Geometry.of_image(to_sagittal(read_image(path))) for path in paths]
    return common_grid(geometries, design.appearance, [str(path) for path in paths])


def _check_distinct(paths: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in paths:
        if not path.is_file():
            raise StudyError(path, "no such image; the design names it as a candidate")
        first = seen.setdefault(file_digest(path), path)
        if first != path:
            raise InputError(f"{path} and {first} are the same image; name each image once among the candidates")


def _write_images(
    folder: Path,
    assembly: Assembly,
    sources: Mapping[Candidate, Path],
    grid: CommonGrid,
    design: StudyDesign,
    salt: str,
    progress: Progress | None,
) -> None:
    number = {candidate: index for index, candidate in enumerate(design.candidates)}
    names: dict[Candidate, list[str]] = {}
    for name, candidate in assembly.images.items():
        names.setdefault(candidate, []).append(name)
    for done, (candidate, twins) in enumerate(names.items(), start=1):
        rng = np.random.default_rng([design.seed, 6, number[candidate]])
        array = blinded(to_sagittal(read_image(sources[candidate])), grid, design.appearance.noise, rng)
        for name in twins:
            _write_image(folder, name, array, grid, salt)
        if progress is not None:
            progress(done, len(names))


def _write_image(folder: Path, name: str, array: npt.NDArray[np.int16], grid: CommonGrid, salt: str) -> None:
    tail = hashlib.sha256(f"{salt}/tail/{name}".encode()).digest()[:TAIL_BYTES]
    write_blinded_image(folder / IMAGES / f"{name}{SUFFIX}", array, grid.spacing_mm, tail)


def _write_records(
    folder: Path,
    design: StudyDesign,
    assembly: Assembly,
    sources: Mapping[Candidate, Path],
    salt: str,
    passphrase: str | None,
) -> None:
    study_id = digest([salt, digest(design)])[:16]
    text = key_text(_key_of(study_id, salt, design, assembly, sources))
    images = folder / READER_FOLDER / IMAGES
    study = ReaderFolderStudy(
        study_id,
        design.title,
        design.questionnaire,
        assembly.plans,
        dict(sorted((item.name, item.images) for item in assembly.items)),
        dict(sorted((item.name, item.item.right_answer) for item in assembly.items if item.is_training)),
        {name: file_digest(images / f"{name}{SUFFIX}") for name in assembly.images},
        key_digest(text),
        design.schedule.washout_days,
        design.schedule.allow_back,
    )
    write_key(text, folder / COORDINATOR_FOLDER / KEY_FILE, passphrase)
    if passphrase is None:
        write_text_whole(folder / COORDINATOR_FOLDER / DESIGN_FILE, to_json(design, indent=1) + "\n")
    write_text_whole(folder / READER_FOLDER / STUDY_FILE, to_json(study, indent=1) + "\n")


def _key_of(
    study_id: str, salt: str, design: StudyDesign, assembly: Assembly, sources: Mapping[Candidate, Path]
) -> StudyKey:
    digests = {candidate: file_digest(path) for candidate, path in sources.items()}
    images = tuple(
        ImageTruth(name, c.image, digests[c], c.subject, c.is_synthetic, c.model, c.description)
        for name, c in assembly.images.items()
    )
    items = tuple(
        ItemTruth(
            item.name,
            item.case,
            item.images,
            item.is_training,
            None if item.item.real_place is None else item.item.right_answer,
        )
        for item in sorted(assembly.items, key=lambda item: item.name)
    )
    return StudyKey(study_id, salt, design, images, items)
