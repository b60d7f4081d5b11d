from dataclasses import dataclass, replace

import numpy as np
import pytest

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.phantom.acquire import acquire, sampling_grid
from UterineSynthLib.phantom.coil import coil_sensitivity
from UterineSynthLib.phantom.implicit import Box
from UterineSynthLib.phantom.kspace import image_through, respiratory_ghosts, sampling_window
from UterineSynthLib.phantom.noise import channel_noise, magnitude
from UterineSynthLib.phantom.noise_field import smooth_noise
from UterineSynthLib.phantom.protocol import Protocol, draw_protocol
from UterineSynthLib.phantom.rasterise import layers_of
from UterineSynthLib.phantom.shape import Field, Layer
from UterineSynthLib.phantom.signal import turbo_spin_echo_signal
from UterineSynthLib.phantom.slice_profile import profile_weights
from UterineSynthLib.phantom.texture import Texture, draw_noise_fields, pattern
from UterineSynthLib.phantom.tissue import TissueValues, tissue_table
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.structures import Structure

CLEAN = Protocol(
    slice_thickness_mm=4.0, phase_fraction=1.0, window_taper=0.0, snr=1e9, shading=0.0, ghosting=0.0, gain=1.0
)
"""No filter, no motion, no coil, no noise."""


@dataclass(frozen=True)
class Slab:
    """Everything whose coordinate along ``axis`` lies within ``half_mm`` of the origin."""

    tissue: Tissue
    half_mm: float
    axis: int = 0
    structure: Structure = Structure.FAT
    sampling_mm: float = 1.0

    @property
    def bounds_mm(self) -> Box:
        low = [-400.0] * 3
        low[self.axis] = -self.half_mm
        return tuple(low), tuple(-value for value in low)

    def distance(self, *xyz: Field) -> Field:
        return np.abs(xyz[self.axis]) - np.float32(self.half_mm)


def plain(table: dict[Tissue, TissueValues]) -> dict[Tissue, TissueValues]:
    return {tissue: replace(values, texture=Texture.PLAIN) for tissue, values in table.items()}


TISSUES = plain(tissue_table(3.0, np.random.default_rng(0)))


def stack(matrix: int = 64, slices: int = 5, spacing_mm: float = 4.0) -> Geometry:
    return sagittal_geometry(slices, matrix, spacing_mm, 1.0)


def shown(shapes: list[Slab], protocol: Protocol = CLEAN, geometry: Geometry | None = None, depths: int = 3) -> Field:
    grid = sampling_grid(geometry or stack(), protocol.slice_thickness_mm, depths)
    return acquire(layers_of(shapes, grid), grid, TISSUES, protocol, 0)


def undamped(protocol: Protocol) -> Protocol:
    """The same protocol with an echo train too short to blur."""
    return replace(protocol, echo_spacing_ms=1e-6)


def test_a_uniform_tissue_shows_the_signal_of_the_equation() -> None:
    image = shown([Slab(Tissue.URINE, 300.0)])
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, turbo_spin_echo_signal(TISSUES[Tissue.URINE], CLEAN), rtol=1e-4)


def test_a_plate_of_half_the_slice_thickness_shows_its_weighted_share() -> None:
    grid = sampling_grid(stack(32, 3), CLEAN.slice_thickness_mm, depths=17)
    inside = np.flatnonzero(np.abs(grid.offsets_mm) <= 1.0)
    box = (slice(17 + int(inside[0]), 17 + int(inside[-1]) + 1), slice(0, 32), slice(0, 32))
    plate = Layer(Structure.FAT, Tissue.URINE, box, np.ones((len(inside), 32, 32), dtype=np.float32))
    image = acquire([plate], grid, TISSUES, CLEAN, 0)
    share = image[1] / turbo_spin_echo_signal(TISSUES[Tissue.URINE], CLEAN)
    np.testing.assert_allclose(share, profile_weights(grid.offsets_mm, 4.0)[inside].sum(), rtol=1e-4)
    assert share.mean() == pytest.approx(9 / 17, abs=0.05)
    assert max(image[0].max(), image[2].max()) < 1e-6


def test_what_lies_in_the_gap_between_slices_is_not_seen() -> None:
    geometry = sagittal_geometry(4, 32, 8.0, 1.0)  # slice centres at 4 and 12 mm from the origin, slices 4 mm thick
    image = shown([Slab(Tissue.URINE, 1.5)], geometry=geometry)
    assert image.max() < 1e-6
    assert shown([Slab(Tissue.URINE, 3.9)], geometry=geometry).max() > 0.1


def test_the_slice_profile_is_even_falls_outwards_and_is_half_as_high_at_its_edge() -> None:
    weights = profile_weights((-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), 4.0)
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_array_equal(weights, weights[::-1])
    assert (np.diff(weights[3:]) <= 0).all()
    assert weights[5] / weights[3] == pytest.approx(0.5)


def test_an_edge_overshoots_by_nine_percent_without_a_filter_and_hardly_with_one() -> None:
    edge = np.zeros((1, 16, 1024), dtype=np.float32)
    edge[..., 256:768] = 1
    protocol = undamped(replace(CLEAN, frequency_fraction=0.25))
    assert image_through(edge, sampling_window((16, 1024), protocol)).max() == pytest.approx(1.09, abs=0.012)
    filtered = image_through(edge, sampling_window((16, 1024), replace(protocol, window_taper=0.9)))
    assert filtered.max() < 1.04


def test_a_full_window_changes_nothing() -> None:
    image = np.random.default_rng(0).random((2, 32, 48), dtype=np.float32)
    same = image_through(image, sampling_window((32, 48), undamped(CLEAN)))
    np.testing.assert_allclose(same, image, atol=1e-5)


@pytest.mark.parametrize("phase_axis", [0, 1])
def test_fat_lies_beside_its_place_along_the_frequency_direction_and_water_does_not(phase_axis: int) -> None:
    shift = 2.25
    protocol = replace(undamped(CLEAN), phase_axis=phase_axis)
    protocol = replace(protocol, bandwidth_hz=protocol.bandwidth_hz * protocol.fat_shift_pixels / shift)
    body_axis = 1 if phase_axis == 0 else 2  # along the columns of a sagittal stack, or along its rows

    def place(tissue: Tissue) -> float:
        image = shown([Slab(tissue, 10.0, body_axis)], protocol)[2].mean(axis=phase_axis)
        return float((image * np.arange(64)).sum() / image.sum())

    assert place(Tissue.URINE) == pytest.approx(31.5, abs=0.01)
    assert place(Tissue.PELVIC_FAT) == pytest.approx(31.5 + shift, abs=0.01)
    assert place(Tissue.MARROW) == pytest.approx(31.5 + shift / 2, abs=0.01)


def test_fat_covered_by_water_is_not_shifted() -> None:
    covered = shown([Slab(Tissue.PELVIC_FAT, 10.0, 1), Slab(Tissue.URINE, 12.0, 1)], undamped(CLEAN))
    np.testing.assert_allclose(covered, shown([Slab(Tissue.URINE, 12.0, 1)], undamped(CLEAN)), atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_echo_train_blurs_along_the_phase_direction_only(axis: int) -> None:
    point = np.zeros((1, 64, 64), dtype=np.float32)
    point[0, 32, 32] = 1
    spread = image_through(point, sampling_window((64, 64), replace(CLEAN, phase_axis=axis)))[0]
    beside = {0: spread[33, 32], 1: spread[32, 33]}
    assert beside[axis] > 0.02
    assert abs(beside[1 - axis]) < 1e-4


def test_the_background_has_the_mean_of_rician_noise() -> None:
    sigma = 0.02
    window = sampling_window((128, 128), CLEAN)
    channels = [channel_noise((8, 128, 128), window, sigma, np.random.default_rng(seed)) for seed in (1, 2)]
    empty = magnitude(np.zeros((8, 128, 128), dtype=np.float32), *channels)
    assert empty.mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.03)
    bright = magnitude(np.full((8, 128, 128), 1, dtype=np.float32), *channels)
    assert bright.mean() == pytest.approx(np.sqrt(1 + sigma**2), rel=0.003)
    assert bright.std() == pytest.approx(sigma, rel=0.03)


def test_air_in_an_acquired_stack_lies_at_the_rician_floor_of_the_stated_snr() -> None:
    protocol = replace(CLEAN, snr=25.0, phase_fraction=0.75, shading=1.0, window_taper=0.4, gain=100.0)
    image = shown([], protocol, stack(128, 8))
    sigma = 100 * turbo_spin_echo_signal(TISSUES[Tissue.OUTER_MYOMETRIUM], protocol) / 25
    assert image.mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.03)


@pytest.mark.parametrize("width", [8, 9])
def test_noise_has_the_stated_power_on_even_and_odd_grids(width: int) -> None:
    noise = channel_noise((4000, 8, width), sampling_window((8, width), CLEAN), 2.0, np.random.default_rng(3))
    assert noise.std() == pytest.approx(2.0, rel=0.01)


def test_noise_is_white_within_the_window_and_empty_outside_it() -> None:
    protocol = undamped(replace(CLEAN, phase_fraction=0.5))
    noise = channel_noise((4, 64, 64), sampling_window((64, 64), protocol), 1.0, np.random.default_rng(0))
    power = np.square(np.abs(np.fft.fft2(noise))).mean(axis=(0, 2))
    inside = 2 * np.abs(np.fft.fftfreq(64)) <= 0.5
    assert noise.std() == pytest.approx(1, rel=0.03)
    assert power[~inside].max() < 1e-6 * power[inside].mean()


def test_coil_sensitivity_keeps_the_mean_and_is_brighter_near_front_and_back() -> None:
    sensitivity = coil_sensitivity(stack(250, 8), np.random.default_rng(1))
    assert sensitivity.mean() == pytest.approx(1, abs=1e-3)
    across = sensitivity.mean(axis=(0, 1))
    assert across[0] > 1.1 * across[120] and across[-1] > 1.1 * across[130]


def test_full_correction_takes_the_shading_out_and_none_leaves_the_coil() -> None:
    shapes = [Slab(Tissue.URINE, 300.0)]
    geometry = stack(200, 3)
    flat, shaded = (shown(shapes, undamped(replace(CLEAN, shading=s)), geometry) for s in (0.0, 1.0))
    assert flat.std() < 0.02 * flat.mean()
    assert shaded.std() > 0.08 * shaded.mean()
    assert shaded.mean() == pytest.approx(flat.mean(), rel=0.02)


def test_correcting_the_shading_raises_the_noise_where_the_coil_sees_little() -> None:
    geometry = stack(250, 8)
    sensitivity = coil_sensitivity(geometry, np.random.default_rng(0).spawn(4)[1])
    dark, bright = sensitivity < 0.8, sensitivity > 1.4
    empty = shown([], replace(CLEAN, snr=20.0), geometry)
    expected = np.mean(1 / sensitivity[dark]) / np.mean(1 / sensitivity[bright])
    assert empty[dark].mean() / empty[bright].mean() == pytest.approx(expected, rel=0.03)


def test_ghosts_are_faint_without_mean_and_only_from_the_moving_wall() -> None:
    geometry = stack(300, 2)
    image = np.zeros(geometry.shape, dtype=np.float32)
    image[:, :, 200:260] = 1  # behind
    assert not respiratory_ghosts(image, geometry, replace(CLEAN, ghosting=1.0), np.random.default_rng(0)).any()
    image[:, :120, 20:60] = 1  # the abdominal wall
    ghosts = respiratory_ghosts(image, geometry, replace(CLEAN, ghosting=1.0), np.random.default_rng(0))
    assert 0.02 < np.abs(ghosts).max() < 0.6
    assert abs(ghosts.sum()) < 0.05 * np.abs(ghosts).sum()


def test_the_same_seed_gives_the_same_voxels_and_another_seed_others() -> None:
    table = tissue_table(3.0, np.random.default_rng(0))
    grid = sampling_grid(stack(), 4.0)
    layers = list(layers_of([Slab(Tissue.PELVIC_FAT, 300.0), Slab(Tissue.MUSCLE, 9.0, 1)], grid))
    first, again, other = (acquire(layers, grid, table, Protocol(), seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0
    assert np.isfinite(first).all() and first.min() >= 0


def test_a_smooth_field_has_unit_variance_and_its_own_scale_in_millimetres() -> None:
    coarse, fine = (
        smooth_noise(sagittal_geometry(16, 128, 5.0, mm), (10.0, 6.0, 6.0), np.random.default_rng(0))
        for mm in (2.0, 1.0)
    )
    for field in (coarse, fine):
        assert field.mean() == pytest.approx(0, abs=0.1)
        assert field.std() == pytest.approx(1, abs=0.1)
    step = {2.0: np.diff(coarse, axis=1).std(), 1.0: np.diff(fine, axis=1).std()}
    assert step[2.0] / step[1.0] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("texture", [texture for texture in Texture if texture is not Texture.PLAIN])
def test_a_texture_varies_keeps_signal_positive_and_changes_the_mean_but_little(texture: Texture) -> None:
    geometry = sagittal_geometry(12, 128, 5.0, 1.0)
    noise = draw_noise_fields(geometry, np.random.default_rng(0))
    box = (slice(0, 12), slice(0, 128), slice(0, 128))
    deviation = pattern(texture, noise, box)
    assert deviation.std() > 0.03 and deviation.min() >= -1
    if texture not in (Texture.LACUNAR, Texture.CALCIFIED):
        assert abs(deviation.mean()) < 0.15
    inner = (slice(3, 5), slice(20, 60), slice(30, 90))
    np.testing.assert_array_equal(pattern(texture, noise, inner), deviation[inner])


@pytest.mark.parametrize(("matrix", "slices", "pixel_mm"), [(65, 1, 3.0), (64, 2, 0.3), (96, 3, 3.0)])
def test_the_smallest_and_coarsest_stacks_are_acquired_too(matrix: int, slices: int, pixel_mm: float) -> None:
    acquisition = Acquisition(in_plane_spacing_mm=pixel_mm, slice_thickness_mm=1.0, matrix=matrix)
    geometry = sagittal_geometry(slices, matrix, 12.0, pixel_mm)
    for seed in range(5):
        protocol = draw_protocol(acquisition, np.random.default_rng(seed))
        image = shown([Slab(Tissue.PELVIC_FAT, 300.0), Slab(Tissue.URINE, 9.0, 1)], protocol, geometry)
        assert image.shape == geometry.shape
        assert np.isfinite(image).all() and image.max() > 100


def test_patterns_leave_the_shared_fields_as_they_were() -> None:
    noise = draw_noise_fields(stack(), np.random.default_rng(0))
    before = [field.copy() for field in vars(noise).values()]
    for texture in Texture:
        pattern(texture, noise, (slice(0, 5), slice(0, 64), slice(0, 64)))
    for field, kept in zip(vars(noise).values(), before, strict=True):
        np.testing.assert_array_equal(field, kept)
