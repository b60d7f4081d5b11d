"""A data set of phantoms on a model's grid: made by worker processes, resumable, listed in a manifest."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.manifest import write_manifest
from UterineSynthLib.dataset.splitting import SplitFractions, assign_splits
from UterineSynthLib.dataset.worker_pool import worker_pool
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import from_json, to_json, write_text_whole
from UterineSynthLib.volumes.files import SYNTHETIC_MARK, write_image
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import without_parts

MANIFEST = "manifest.jsonl"
SOURCE, LICENCE = "digital phantom", "Apache-2.0"
_OFFSET_SD_MM = (3.0, 6.0, 6.0)
_OFFSET_STREAM, _PLAIN_STREAM = 7, 11
_SPLIT = SplitFractions(train=0.94, validation=0.03, test=0.03)


@dataclass(frozen=True)
class PhantomCases:
    """Which phantoms to make.

    Attributes:
        count: how many; seed: of the first, the others follow.
        field: the grid, laid around each uterus with a random offset of a few millimetres.
        plain_share: of the phantoms, those whose label maps tell no parts apart, as drawn masks do not.
    """

    count: int
    seed: int
    field: UterineField
    plain_share: float = 0.0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ConfigError(f"count = {self.count}: make at least 1 phantom")
        if not 0 <= self.plain_share <= 1:
            raise ConfigError(f"plain_share = {self.plain_share:g}: a share lies between 0 and 1")
        _on_grid(self.field, Acquisition())


def make_phantom_cases(wanted: PhantomCases, folder: Path, workers: int = 1) -> Path:
    """Make phantoms into ``folder`` and list them; those already there are kept. Returns the manifest's path."""
    seeds = range(wanted.seed, wanted.seed + wanted.count)
    cases = []
    for number, case in enumerate(_made(wanted, seeds, folder, workers), start=1):
        if case is not None:
            cases.append(case)
        if number % 50 == 0 or number == wanted.count:
            print(f"{number} of {wanted.count} phantoms", file=sys.stderr, flush=True)  # noqa: T201
    path = folder / MANIFEST
    write_manifest(assign_splits(cases, wanted.seed, _SPLIT), path)
    return path


def _made(wanted: PhantomCases, seeds: Iterable[int], folder: Path, workers: int) -> Iterator[Case | None]:
    jobs = [(seed, wanted, folder) for seed in seeds]
    if workers == 1:
        yield from map(_make, jobs)
        return
    with worker_pool(workers) as pool:
        yield from pool.map(_make, jobs, chunksize=4)


def _make(job: tuple[int, PhantomCases, Path]) -> Case | None:
    """One phantom's files; None for a drawn description that cannot be built."""
    seed, wanted, folder = job
    field = wanted.field
    name = f"phantom-{seed:08d}"
    suffixes = (".nii.gz", "_labels.nii.gz", "_second.nii.gz", "_share.nii.gz", ".json")
    image, labels, second, share, facts = (folder / f"{name}{suffix}" for suffix in suffixes)
    if not facts.is_file():
        try:
            made = make_phantom(_described(field, seed), seed, _shifted(field, seed), is_mixed=True)
        except InputError as error:
            print(f"{name} left out: {error}", file=sys.stderr)  # noqa: T201
            return None
        write_image(made.image, image, SYNTHETIC_MARK)
        is_plain = np.random.default_rng([seed, _PLAIN_STREAM]).random() < wanted.plain_share
        assert made.partial_volume is not None, "asked for"
        told, partial = made.labels, made.partial_volume
        if is_plain:
            told, partial = _plain(told), partial.folded(without_parts)
        write_image(told, labels, SYNTHETIC_MARK)
        geometry = Geometry.of_image(told)
        for values, path in ((partial.second, second), (partial.share, share)):
            write_image(geometry.image_of(values), path, SYNTHETIC_MARK)
        write_text_whole(facts, to_json(made.description, indent=1))
    description = from_json(UterusDescription, facts.read_text(encoding="utf-8"), str(facts))
    case = Case(name, image.name, name, SOURCE, LICENCE, labels.name, description)
    return replace(case, second_labels=second.name, second_share=share.name) if share.is_file() else case


def _plain(labels: sitk.Image) -> sitk.Image:
    return Geometry.of_image(labels).image_of(without_parts(sitk.GetArrayFromImage(labels)))


def _described(field: UterineField, seed: int) -> UterusDescription:
    """A drawn description whose acquisition is the grid's."""
    drawn = draw_description(seed)
    return replace(drawn, acquisition=_on_grid(field, drawn.acquisition))


def _on_grid(field: UterineField, acquisition: Acquisition) -> Acquisition:
    """The acquisition with the grid of ``field``; raises :class:`DescriptionError` for a grid out of range."""
    thickness = min(acquisition.slice_thickness_mm or field.slice_spacing_mm, field.slice_spacing_mm)
    return replace(
        acquisition,
        slice_thickness_mm=round(thickness, 1),
        slice_spacing_mm=field.slice_spacing_mm,
        slice_count=field.slices,
        in_plane_spacing_mm=field.in_plane_spacing_mm,
        matrix=field.matrix,
    )


def _shifted(field: UterineField, seed: int) -> UterineField:
    rng = np.random.default_rng([seed, _OFFSET_STREAM])
    x, y, z = (float(sd * np.clip(rng.standard_normal(), -2, 2)) for sd in _OFFSET_SD_MM)
    return UterineField(field.slices, field.matrix, field.slice_spacing_mm, field.in_plane_spacing_mm, (x, y, z))
