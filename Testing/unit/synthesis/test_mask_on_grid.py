"""A mask on another grid is brought to the model's around what the model's cases were centred on."""

from typing import Literal

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.synthesis.anatomy import mask_on_grid


@pytest.fixture
def mask() -> sitk.Image:
    """A wall of 8 voxels a side in a corner of an axial stack of 64 x 64 x 32 voxels of 4 mm, around the origin."""
    labels = np.zeros((32, 64, 64), np.uint8)
    labels[8:16, 8:16, 8:16] = 1
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing((4.0, 4.0, 4.0))
    image.SetOrigin((-126.0, -126.0, -62.0))
    return image


def _middle_mm(image: sitk.Image) -> np.ndarray:
    return np.array(image.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in image.GetSize()]))


@pytest.mark.parametrize(
    ("centre", "middle_mm"),
    [("uterus", (-80.0, -80.0, -16.0)), ("pelvis", (-80.0, -80.0, -16.0)), ("study", (0, 0, 0))],
)
def test_a_mask_is_resampled_around_its_uterus_or_around_its_middle(
    centre: Literal["uterus", "pelvis", "study"], middle_mm: tuple[float, float, float], mask: sitk.Image
) -> None:
    laid = mask_on_grid(mask, ModelGrid((16, 64, 64), (8.0, 3.0, 3.0), centre), resample=True)
    assert laid.GetSize() == (64, 64, 16)
    assert _middle_mm(laid) == pytest.approx(np.array(middle_mm), abs=4.0)
