"""Laws of the intensity mapping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.intensity import IntensityMapping, as_tensor_array, to_unit

VOLUME = np.random.default_rng(1).gamma(2.0, 100.0, size=(6, 20, 20))


def test_the_half_percent_tails_are_clipped_and_no_more() -> None:
    values = np.arange(1001.0).reshape(7, 11, 13)
    mapping = IntensityMapping.of_array(values)
    assert (mapping.low, mapping.high) == (5.0, 995.0)
    assert mapping.clipped_share(values) == pytest.approx(10 / 1001)
    unit = mapping.to_unit(values)
    assert unit.dtype == np.float32
    assert (unit.min(), unit.max()) == (-1.0, 1.0)
    assert unit.ravel()[500] == pytest.approx(0.0)


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.01, 1000.0), shift=st.floats(-1000.0, 1000.0))
def test_the_unit_of_a_scanner_does_not_matter(scale: float, shift: float) -> None:
    np.testing.assert_allclose(to_unit(VOLUME * scale + shift), to_unit(VOLUME), atol=1e-4)


def test_mapping_back_is_the_inverse_inside_the_range_and_the_border_outside() -> None:
    mapping = IntensityMapping.of_array(VOLUME)
    back = mapping.from_unit(mapping.to_unit(VOLUME))
    np.testing.assert_allclose(back, np.clip(VOLUME, mapping.low, mapping.high), rtol=1e-5, atol=1e-3)


def test_a_constant_volume_becomes_minus_one_and_comes_back() -> None:
    flat = np.full((2, 3, 4), 42.0)
    mapping = IntensityMapping.of_array(flat)
    assert (mapping.to_unit(flat) == -1.0).all()
    assert (mapping.from_unit(mapping.to_unit(flat)) == 42.0).all()
    assert mapping.clipped_share(flat) == 0.0


def test_nan_and_empty_arrays_are_refused_with_their_count() -> None:
    with pytest.raises(VolumeError, match="1 NaN or infinite values of 3"):
        to_unit(np.array([0.0, np.nan, 1.0]))
    with pytest.raises(VolumeError, match="is empty"):
        to_unit(np.zeros((0, 4, 4)))
    with pytest.raises(VolumeError, match="finite and ascending"):
        IntensityMapping(2.0, 1.0)


def test_a_tensor_has_one_channel_first() -> None:
    assert as_tensor_array(VOLUME).shape == (1, 6, 20, 20)
    assert as_tensor_array(VOLUME).dtype == np.float32
    with pytest.raises(VolumeError, match="three axes"):
        as_tensor_array(VOLUME[0])
