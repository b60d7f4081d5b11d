"""Laws of N4 as it is used here."""

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.volumes.bias_field import BiasCorrection, correct_bias
from UterineSynthLib.volumes.geometry import sagittal_geometry

GRID = sagittal_geometry(8, 48, 6.0, 3.0)
QUICK = BiasCorrection(working_spacing_mm=6.0, iterations=(20, 20))


def _body() -> np.ndarray:
    _, y, x = np.indices(GRID.shape)
    return ((x - 24) ** 2 + (y - 24) ** 2) < 18**2


def _shaded() -> np.ndarray:
    k, y, x = np.indices(GRID.shape)
    shading = np.exp(0.8 * (x - 24) / 48 + 0.5 * ((y - 24) / 24) ** 2 + 0.05 * (k - 4))
    organ = np.where((x - 30) ** 2 + (y - 20) ** 2 < 36, 1.6, 1.0)
    noise = np.random.default_rng(0).normal(0.0, 2.0, GRID.shape)
    return (np.where(_body(), 200.0 * organ * shading, 4.0) + noise).clip(0).astype(np.float32)


def _spread(values: np.ndarray) -> float:
    _, y, x = np.indices(GRID.shape)
    even = _body() & ((x - 30) ** 2 + (y - 20) ** 2 >= 49)
    return float(values[even].std() / values[even].mean())


def test_even_tissue_becomes_even_again_and_keeps_its_brightness() -> None:
    shaded = _shaded()
    corrected = correct_bias(GRID.image_of(shaded), QUICK)
    values = sitk.GetArrayFromImage(corrected)
    assert corrected.GetSpacing() == pytest.approx(GRID.spacing_mm)
    assert _spread(values) < 0.3 * _spread(shaded)
    assert values[_body()].mean() == pytest.approx(shaded[_body()].mean(), rel=0.05)


def test_a_body_twice_as_bright_comes_out_twice_as_bright() -> None:
    shaded = _shaded()
    once, twice = (sitk.GetArrayFromImage(correct_bias(GRID.image_of(v), QUICK)) for v in (shaded, 2 * shaded))
    np.testing.assert_allclose(twice[_body()], 2 * once[_body()], rtol=0.02)


def test_a_constant_volume_and_impossible_settings_are_refused() -> None:
    with pytest.raises(VolumeError, match="is constant"):
        correct_bias(GRID.image_of(np.ones(GRID.shape, np.float32)), QUICK)
    with pytest.raises(VolumeError, match="too few"):
        correct_bias(sagittal_geometry(2, 48, 6.0, 3.0).image_of(_shaded()[:2]), QUICK)
    with pytest.raises(ConfigError, match="above zero"):
        BiasCorrection(iterations=())
