"""A small study of noise images: built once, copied by tests that change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.readerstudy.build import build_study
from UterineSynthLib.readerstudy.coordinator import BuiltStudy, open_built_study
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.responses import open_responses
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import sagittal_geometry


def _write_pool(folder: Path) -> tuple[Candidate, ...]:
    rng = np.random.default_rng(7)
    found = []
    for number in range(12):
        for is_synthetic in (False, True):
            geometry = sagittal_geometry(6, 30, 4.0, 1.0)
            values = rng.normal(500.0, 100.0, size=geometry.shape).astype(np.float32)
            path = folder / f"{'made' if is_synthetic else 'scan'}{number}.nii.gz"
            write_image(geometry.image_of(values), path)
            asked = UterusDescription(pathologies=(Pathology.ADENOMYOSIS,)) if is_synthetic else None
            model = ("m1", "m2")[number % 2] if is_synthetic else None
            found.append(Candidate(path.name, path.name.partition(".")[0], is_synthetic, model, asked))
    return tuple(found)


@pytest.fixture(scope="session")
def pool_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of 12 real and 12 synthetic images."""
    return tmp_path_factory.mktemp("pool")


@pytest.fixture(scope="session")
def pool(pool_folder: Path) -> tuple[Candidate, ...]:
    """The images of ``pool_folder`` as candidates; two models made six synthetic ones each."""
    return _write_pool(pool_folder)


@pytest.fixture(scope="session")
def design(pool: tuple[Candidate, ...]) -> StudyDesign:
    """Two readers, 10 + 10 cases, two to train on, repeats, answers may be changed."""
    return StudyDesign(
        "A small study",
        3,
        pool,
        Sampling(10, 10, 2),
        questionnaire_of(["turing"]),
        ("R1", "R2"),
        schedule=Schedule(allow_back=True),
    )


@pytest.fixture(scope="session")
def whole_study(design: StudyDesign, pool_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built study, its key in plain text; do not change it."""
    return build_study(design, pool_folder, tmp_path_factory.mktemp("built") / "study", "salt")


@pytest.fixture
def study(whole_study: Path, tmp_path: Path) -> BuiltStudy:
    """A copy of the built study that a test may change."""
    return open_built_study(shutil.copytree(whole_study, tmp_path / "study"))


@pytest.fixture(scope="session")
def read_to() -> Callable[..., None]:
    """Function that reads a study as one reader: ``read_to(folder, reader, count, answer)``."""

    def read(
        folder: ReaderFolder, reader: str, count: int = 10_000, answer: float = 4.0, path: Path | None = None
    ) -> None:
        with open_responses(folder, reader, path) as responses:
            step = responses.next_step()
            while step.item and count:
                step, count = responses.submit(step.item, {"authenticity": answer}, 2.5), count - 1

    return read
