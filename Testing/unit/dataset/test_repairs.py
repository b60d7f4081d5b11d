"""Laws of single repairs and of the vote, on arrays small enough to count."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from UterineSynthLib.dataset.importing.raters import majority, painted
from UterineSynthLib.dataset.importing.repairs import is_placeholder, on_grid_of, structures_of, whole_numbers
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import sagittal_geometry

GRID = sagittal_geometry(4, 10, 5.0, 2.0, (7.0, -8.0, 9.0))
masks = arrays(np.uint8, (1, 2, 3), elements=st.integers(0, 3))


@given(st.lists(masks, min_size=1, max_size=5), st.randoms())
def test_a_vote_is_the_same_in_any_order_and_unanimous_raters_are_followed(voters, random):
    voted = majority(voters)
    shuffled = list(voters)
    random.shuffle(shuffled)
    np.testing.assert_array_equal(majority(shuffled), voted)
    np.testing.assert_array_equal(majority([voters[0]] * 3), voters[0])
    for at in np.ndindex(voted.shape):
        votes = [int(mask[at]) for mask in voters]
        winners = [label for label in set(votes) if 2 * votes.count(label) > len(votes)]
        assert voted[at] == (winners[0] if winners else 0)


def test_later_parts_are_painted_over_earlier_ones_and_counted():
    first, second = np.array([[[1, 1, 0]]], np.uint8), np.array([[[0, 2, 2]]], np.uint8)
    whole, covered = painted([first, second])
    assert whole.tolist() == [[[1, 2, 2]]]
    assert covered == 1
    assert first.tolist() == [[[1, 1, 0]]]


def test_a_mask_off_by_a_rounded_header_takes_the_geometry_of_its_image():
    image, mask = (
        GRID.image_of(np.zeros(GRID.shape, np.float32)),
        GRID.image_of(np.eye(10, dtype=np.uint8)[None].repeat(4, 0)),
    )
    mask.SetOrigin([mm + 0.05 for mm in mask.GetOrigin()])
    placed, repairs = on_grid_of(mask, image, "m")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(placed), sitk.GetArrayFromImage(mask))
    assert placed.GetOrigin() == image.GetOrigin()
    assert [repair.what for repair in repairs] == ["took the image's geometry"]
    assert on_grid_of(placed, image, "m")[1] == []


def test_a_mask_half_beside_its_image_is_kept_down_to_one_half():
    image = GRID.image_of(np.zeros(GRID.shape, np.float32))
    mask = GRID.image_of(np.ones(GRID.shape, np.uint8))
    along = np.array(GRID.direction).reshape(3, 3)[:, 0]
    for steps, is_kept in ((4, True), (6, False)):
        moved = sitk.Image(mask)
        moved.SetOrigin((np.array(mask.GetOrigin()) + steps * 2.0 * along).tolist())
        if is_kept:
            assert 0 < sitk.GetArrayFromImage(on_grid_of(moved, image, "m")[0]).sum() < 400
        else:
            with pytest.raises(VolumeError, match="m: lies beside the image: 40 %"):
                on_grid_of(moved, image, "m")


def test_only_an_unset_header_counts_as_none():
    plain = sitk.GetImageFromArray(np.zeros((2, 3, 4), np.uint8))
    assert is_placeholder(type(GRID).of_image(plain))
    assert not is_placeholder(GRID)
    plain.SetSpacing((1.0, 1.0, 1.001))
    assert not is_placeholder(type(GRID).of_image(plain))


def test_rounding_counts_the_voxels_and_names_the_worst_value():
    values = np.zeros(GRID.shape, np.float32)
    values[0, 0, :3] = (0.999, 2.0, 3.004)
    whole, repairs = whole_numbers(GRID.image_of(values), "m")
    assert sitk.GetArrayFromImage(whole)[0, 0, :4].tolist() == [1, 2, 3, 0]
    assert repairs[0].why.startswith("2 voxels are off a whole number by up to 0.004")
    values[1, 1, 1] = 1.5
    with pytest.raises(VolumeError, match=r"m: has the value 1\.5, which is no label"):
        whole_numbers(GRID.image_of(values), "m")


def test_negative_and_unexplained_values_are_refused():
    for value in (-1, 7):
        mask = GRID.image_of(np.full(GRID.shape, value, np.int32))
        with pytest.raises(VolumeError, match=f"has the value {value}; what is explained are 1, 2"):
            structures_of(mask, {0: 0, 1: 1, 2: 3}, "m")
