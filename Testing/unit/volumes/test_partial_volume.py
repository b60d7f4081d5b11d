"""Voxels that hold two structures have a mixture of their values."""

import numpy as np
import pytest

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.partial_volume import WHOLE, PartialVolume
from UterineSynthLib.volumes.structures import Structure, without_parts

VALUES = np.zeros(256, dtype=np.float32)
VALUES[[Structure.FAT, Structure.BOWEL, Structure.BOWEL_GAS]] = 0.5, -0.1, -0.9


def test_a_voxel_is_as_bright_as_its_shares_say() -> None:
    labels = np.full((1, 1, 3), Structure.FAT, dtype=np.uint8)
    second = np.array([[[0, Structure.BOWEL_GAS, Structure.BOWEL_GAS]]], dtype=np.uint8)
    share = np.array([[[0, 51, WHOLE]]], dtype=np.uint8)
    mixed = PartialVolume(second, share).mixed(labels, VALUES)
    np.testing.assert_allclose(mixed.ravel(), [0.5, 0.5 * 0.8 - 0.9 * 0.2, -0.9], atol=1e-6)


def test_folding_and_slices_keep_the_shares() -> None:
    second = np.array([Structure.BOWEL_GAS, Structure.FAT], dtype=np.uint8).reshape(2, 1, 1)
    share = np.array([10, 20], dtype=np.uint8).reshape(2, 1, 1)
    folded = PartialVolume(second, share).folded(without_parts)
    assert folded.second.ravel().tolist() == [Structure.BOWEL, Structure.FAT]
    assert folded.share is share
    assert folded[1:].share.ravel().tolist() == [20]
    assert folded[np.array([1, 0])].second.ravel().tolist() == [Structure.FAT, Structure.BOWEL]


def test_labels_and_shares_of_different_grids_are_refused() -> None:
    with pytest.raises(VolumeError, match="differ"):
        PartialVolume(np.zeros((1, 2, 2), np.uint8), np.zeros((1, 2, 3), np.uint8))


def test_within_an_organ_are_its_parts_and_nothing_beside_it() -> None:
    labels = np.array([Structure.BOWEL_FLUID, Structure.BOWEL, Structure.FAT], dtype=np.uint8).reshape(1, 1, 3)
    second = np.array([Structure.BOWEL_GAS, Structure.FAT, Structure.CONNECTIVE_TISSUE], dtype=np.uint8)
    found = PartialVolume(second.reshape(1, 1, 3), np.full((1, 1, 3), 40, np.uint8)).within(labels)
    assert found.second.ravel().tolist() == [Structure.BOWEL_GAS, 0, Structure.CONNECTIVE_TISSUE]
    assert found.share.ravel().tolist() == [40, 0, 40]
    assert found.share.dtype == found.second.dtype == np.uint8
