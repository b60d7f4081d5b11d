"""Laws of the region of interest."""

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.roi import Region, central_region, crop, uterine_region
from UterineSynthLib.volumes.structures import Structure

GRID = sagittal_geometry(12, 40, 5.0, 2.0, (1.0, 2.0, 3.0))


def _labels() -> sitk.Image:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[5:8, 10:20, 15:30] = Structure.UTERINE_WALL
    labels[6, 20, 20] = Structure.MYOMA
    labels[:, 0:5, 0:5] = Structure.BLADDER
    return GRID.image_of(labels)


def test_the_box_holds_the_uterus_and_its_lesions_and_the_margin_in_millimetres() -> None:
    assert uterine_region(_labels(), 0.0) == Region((15, 10, 5), (15, 11, 3))
    assert uterine_region(_labels(), 6.0) == Region((12, 7, 3), (21, 17, 7))


def test_the_margin_ends_where_the_study_ends() -> None:
    assert uterine_region(_labels(), 500.0) == Region((0, 0, 0), GRID.size)


def test_without_a_uterus_or_with_a_negative_margin_there_is_no_box() -> None:
    with pytest.raises(VolumeError, match="no voxel of the uterus"):
        uterine_region(GRID.image_of(np.zeros(GRID.shape, dtype=np.uint8)))
    with pytest.raises(VolumeError, match="expected zero or more"):
        uterine_region(_labels(), -1.0)


def test_every_voxel_of_a_crop_keeps_its_value_and_place() -> None:
    image = GRID.image_of(np.arange(np.prod(GRID.shape), dtype=np.float32).reshape(GRID.shape))
    region = Region((12, 7, 3), (21, 17, 7))
    part = crop(image, region)
    assert Geometry.of_image(part).matches(region.geometry_in(GRID), tolerance_mm=1e-9)
    for index in ((0, 0, 0), (20, 16, 6)):
        whole_index = image.TransformPhysicalPointToIndex(part.TransformIndexToPhysicalPoint(index))
        assert whole_index == tuple(a + b for a, b in zip(index, region.start, strict=True))
        assert part[index] == image[whole_index]


def test_a_central_field_of_view_shares_the_middle_of_the_study() -> None:
    region = central_region(GRID, (40.0, 20.0, 30.0))
    assert region.size == (20, 10, 6)
    assert region.centre_mm(GRID) == pytest.approx(GRID.centre_mm)
    assert central_region(GRID, (1e4, 1e4, 1e4)) == Region((0, 0, 0), GRID.size)
    with pytest.raises(VolumeError, match="above zero"):
        central_region(GRID, (40.0, 0.0, 30.0))


def test_a_box_beyond_the_image_is_refused() -> None:
    image = GRID.image_of(np.zeros(GRID.shape))
    with pytest.raises(VolumeError, match="reaches beyond the image"):
        crop(image, Region((30, 0, 0), (11, 5, 5)))
