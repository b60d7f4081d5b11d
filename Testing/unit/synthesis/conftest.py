"""A synthesizer in memory and a label map on its grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.synthesis.anatomy import grid_geometry
from UterineSynthLib.synthesis.synthesizer import Synthesizer


@pytest.fixture(scope="session")
def synthesizer(tiny_bundle: Path) -> Synthesizer:
    return Synthesizer.from_bundle(tiny_bundle, "cpu")


@pytest.fixture(scope="session")
def mask(synthesizer: Synthesizer) -> sitk.Image:
    """A ball of cavity in a ball of uterine wall."""
    grid = synthesizer.bundle.inference.grid
    k, j, i = np.indices(grid.shape)
    radius_mm = np.sqrt((6.0 * (k - 3.5)) ** 2 + (2.5 * (j - 31.5)) ** 2 + (2.5 * (i - 31.5)) ** 2)
    labels = np.where(radius_mm < 12, 2, np.where(radius_mm < 30, 1, 0)).astype(np.uint8)
    return grid_geometry(grid).image_of(labels)
