"""One small phantom that all tests of the importers cut their defective files from."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.importing.found import Choices
from UterineSynthLib.dataset.importing.importer import ImportOrder, ImportResult, import_cases
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.dataset.importing.sources import SOURCES
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import to_umd


class Volumes:
    """A phantom's image and UMD labels, and variants of them that differ as patients do."""

    def __init__(self, image: sitk.Image, labels: sitk.Image) -> None:
        self.geometry = Geometry.of_image(image)
        self._values = sitk.GetArrayFromImage(image)
        self.label_values = to_umd(sitk.GetArrayFromImage(labels))

    def values(self, patient: int = 0) -> np.ndarray:
        """Voxels of one patient's image."""
        noise = np.random.default_rng(patient).normal(0.0, 5.0, self._values.shape)
        return (self._values + noise).astype(np.float32)

    def image(self, patient: int = 0) -> sitk.Image:
        """One patient's image."""
        return self.geometry.image_of(self.values(patient))

    @property
    def labels(self) -> sitk.Image:
        """Labels 1-4 as UMD has them."""
        return self.geometry.image_of(self.label_values)


@pytest.fixture(scope="session")
def volumes() -> Volumes:
    """Read-only."""
    made = make_phantom(UterusDescription(), 3, UterineField(8, 44, 8.0, 5.0))
    return Volumes(made.image, made.labels)


def write_raw_mask(path: Path, values: np.ndarray) -> None:
    """An uncompressed NIfTI without geometry, whatever the name says, as a part of UMD's masks are."""
    mask = sitk.GetImageFromArray(values)
    plain = path.with_name("plain.nii")
    sitk.WriteImage(mask, str(plain))
    path.write_bytes(plain.read_bytes())
    plain.unlink()
    assert path.read_bytes()[:2] != gzip.compress(b"")[:2]


class Import:
    """An import from one folder to another."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out = folder / "src", folder / "out"
        self.source.mkdir()

    def order(
        self, kind: str | Source, licence: str = "CC0-1.0", dry_run: bool = False, **choices: object
    ) -> ImportOrder:
        """What to import."""
        source = SOURCES[kind] if isinstance(kind, str) else kind
        return ImportOrder(
            source, self.source, self.out, source.licence or licence, Choices(**choices), dry_run=dry_run
        )

    def __call__(self, kind: str | Source, **settings: object) -> ImportResult:
        """Run it."""
        return import_cases(self.order(kind, **settings))

    def refusals(self, result: ImportResult) -> dict[str, str]:
        """Why what was refused."""
        return {report.where: report.refused for report in result.reports if report.refused}

    def repairs(self, result: ImportResult) -> dict[str, list[str]]:
        """What was repaired where."""
        return {report.where: [repair.what for repair in report.repaired] for report in result.reports}

    def labels(self, result: ImportResult, number: int = 0) -> np.ndarray:
        """Label map written for a case."""
        return sitk.GetArrayFromImage(sitk.ReadImage(str(self.out / result.cases[number].labels)))


@pytest.fixture
def importing(tmp_path: Path) -> Import:
    """An import within a fresh folder."""
    return Import(tmp_path)


@pytest.fixture
def raw_mask() -> object:
    """:func:`write_raw_mask`."""
    return write_raw_mask
