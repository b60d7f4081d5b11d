"""What voxels hold besides their label: counted by hand, and against a label map on a much finer grid."""

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom.anatomy import build_anatomy
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.inclusions import Inclusions
from UterineSynthLib.phantom.mixing import partial_volume_of, texture_of_labels
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import complete_and_grow
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.shape import Layer, SamplingGrid
from UterineSynthLib.phantom.texture import pattern, study_noise
from UterineSynthLib.phantom.tissue import texture_of
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.partial_volume import WHOLE
from UterineSynthLib.volumes.structures import Structure

STACK = sagittal_geometry(2, 4, 4.0, 1.0)
WIDE = sagittal_geometry(2, 32, 4.0, 2.0)
DEPTHS = SamplingGrid(STACK, (-1.0, 0.0, 1.0))
FLAT_MM = 1e6
"""A slice so thick that the depths count alike."""


def layer(structure: Structure, planes: slice, coverage: float) -> Layer:
    count = planes.stop - planes.start
    box = planes, slice(0, 4), slice(0, 4)
    return Layer(structure, Tissue.OUTER_MYOMETRIUM, box, np.full((count, 4, 4), coverage, dtype=np.float32))


def test_what_lies_above_leaves_the_rest_to_what_lies_below():
    layers = [layer(Structure.FAT, slice(0, 6), 1.0), layer(Structure.MUSCLE, slice(1, 3), 0.75)]
    labels = paint_labels(layers, DEPTHS)
    made = partial_volume_of(layers, DEPTHS, labels, FLAT_MM)
    assert (labels[0] == Structure.MUSCLE).all(), "at the centre of the slice"
    assert (labels[1] == Structure.FAT).all()
    assert (made.second[0] == Structure.FAT).all()
    assert (made.share[0] == round(WHOLE * 0.5)).all(), "two depths of three, three quarters of each"
    assert not made.share[1].any()
    assert not made.second[1].any(), "nothing but fat"


def test_a_thin_slice_sees_its_centre_alone():
    layers = [layer(Structure.FAT, slice(0, 6), 1.0), layer(Structure.MUSCLE, slice(1, 2), 1.0)]
    made = partial_volume_of(layers, DEPTHS, paint_labels(layers, DEPTHS), 0.5)
    assert not made.share.any()


def test_of_three_structures_the_larger_is_the_second_and_its_share_all_the_rest():
    layers = [layer(Structure.FAT, slice(0, 6), 1.0), layer(Structure.BOWEL, slice(0, 6), 0.4)]
    layers += [layer(Structure.MUSCLE, slice(0, 6), 0.5)]
    made = partial_volume_of(layers, DEPTHS, paint_labels(layers, DEPTHS), FLAT_MM)
    assert (made.second == Structure.FAT).all(), "0.3 of fat, 0.2 of bowel"
    assert (made.share == round(WHOLE * 0.5)).all()


@pytest.mark.parametrize("seed", [3, 8])
def test_shares_are_those_of_a_much_finer_label_map(seed):
    """Nine depths and four by four points a voxel, each of them one structure."""
    field = UterineField(6, 48, 5.0, 3.0)
    asked = UterusDescription(acquisition=Acquisition(slice_thickness_mm=5.0, slice_spacing_mm=5.0))
    full, grown = complete_and_grow(asked, seed)
    anatomy = build_anatomy(full, seed, grown)
    stack = field.around(anatomy.pose)
    grid = SamplingGrid(stack, (-5 / 3, 0.0, 5 / 3))
    layers = list(layers_of(anatomy.shapes, grid))
    labels = paint_labels(layers, grid)
    made = partial_volume_of(layers, grid, labels, FLAT_MM)
    fine = SamplingGrid(_finer(stack, 4, 9))
    told = paint_labels(layers_of(anatomy.shapes, fine), fine).reshape(6, 9, 48, 4, 48, 4)
    own = (told == labels[:, None, :, None, :, None]).mean(axis=(1, 3, 5))
    missed = made.share / WHOLE - (1 - own)
    assert (1 - own).mean() > 0.1
    assert np.abs(missed).mean() < 0.03
    assert np.corrcoef(made.share.ravel(), (1 - own).ravel())[0, 1] > 0.95


def _finer(stack: Geometry, times: int, depths: int) -> Geometry:
    columns, rows, slices = stack.size
    size = columns * times, rows * times, slices * depths
    spacing = stack.spacing_mm[0] / times, stack.spacing_mm[1] / times, stack.spacing_mm[2] / depths
    turn = np.array(stack.direction).reshape(3, 3)
    origin = np.array(stack.centre_mm) - turn @ ((np.array(size) - 1) / 2 * np.array(spacing))
    return Geometry(size, spacing, (float(origin[0]), float(origin[1]), float(origin[2])), stack.direction)


def test_no_voxel_of_a_phantom_holds_its_own_label_twice():
    made = make_phantom(UterusDescription(), 5, UterineField(8, 64, 5.0, 2.5), is_mixed=True)
    labels = sitk.GetArrayFromImage(made.labels)
    is_mixed = made.partial_volume.share > 0
    assert 0.1 < is_mixed.mean() < 0.9
    assert (made.partial_volume.second != labels)[is_mixed].all()
    assert not made.partial_volume.second[~is_mixed].any()


def alone(structure: Structure, tissue: Tissue, coverage: float, inclusions: Inclusions):
    """Label map and partial volume of one tissue all over a stack."""
    grid = SamplingGrid(WIDE, (-1.0, 0.0, 1.0))
    box = slice(0, 6), slice(0, 32), slice(0, 32)
    layers = [Layer(structure, tissue, box, np.full((6, 32, 32), coverage, dtype=np.float32))]
    labels = paint_labels(layers, grid, inclusions)
    return labels, partial_volume_of(layers, grid, labels, FLAT_MM, inclusions)


@pytest.mark.parametrize(
    ("structure", "tissue", "held"),
    [
        (Structure.FAT, Tissue.SUBCUTANEOUS_FAT, Structure.CONNECTIVE_TISSUE),
        (Structure.FAT, Tissue.PELVIC_FAT, Structure.CONNECTIVE_TISSUE),
        (Structure.MUSCLE, Tissue.MUSCLE, Structure.FAT),
        (Structure.RECTAL_CONTENT, Tissue.STOOL, Structure.RECTAL_GAS),
        (Structure.BOWEL_FLUID, Tissue.BOWEL_FLUID, Structure.BOWEL),
        (Structure.MYOMA, Tissue.MYOMA_TYPICAL, Structure.HYALINE_MYOMA),
    ],
)
def test_what_a_tissue_holds_makes_the_pattern_of_its_image(structure, tissue, held):
    """Its share and the signal go together; no voxel is of another label for it, and a coarse map leaves it out."""
    labels, made = alone(structure, tissue, 1.0, Inclusions(WIDE, 3))
    assert (labels == structure).all()
    assert set(np.unique(made.second[made.share > 0])) == {held}
    whole = slice(0, 2), slice(0, 32), slice(0, 32)
    shown = pattern(texture_of(tissue), study_noise(WIDE, 3), whole)
    together = np.corrcoef(shown.ravel(), made.share.ravel())[0, 1]
    assert abs(together) > 0.95
    assert (together > 0) == (held == Structure.FAT), "brighter than muscle; all others are darker"
    assert 0 < made.share.mean() / WHOLE < 0.6
    assert np.isin(made.share, (0, WHOLE)).mean() < 0.15, "cut off"
    coarse = alone(structure, tissue, 1.0, Inclusions(WIDE, 3, are_fine=False))[1]
    assert not coarse.share.any()


def test_the_image_of_a_phantom_shows_what_its_mixtures_say():
    """In stool, which is not shifted as fat is."""
    made = make_phantom(UterusDescription(), 5, UterineField(16, 96, 5.0, 1.6), is_mixed=True)
    image, labels = sitk.GetArrayFromImage(made.image), sitk.GetArrayFromImage(made.labels)
    inside = (labels == Structure.RECTAL_CONTENT) & (made.partial_volume.second == Structure.RECTAL_GAS)
    assert inside.sum() > 300
    assert np.corrcoef(image[inside], made.partial_volume.share[inside])[0, 1] < -0.7


def test_a_drawn_map_is_given_what_its_tissues_hold():
    labels = np.full((2, 32, 32), Structure.FAT, dtype=np.uint8)
    labels[:, 8:16], labels[:, 16:24], labels[:, 24:] = Structure.RECTAL_CONTENT, Structure.BLADDER, Structure.MUSCLE
    made, other = (texture_of_labels(labels, Inclusions(WIDE, seed)) for seed in (3, 4))
    assert set(np.unique(made.second[:, :8])) <= {0, Structure.CONNECTIVE_TISSUE}
    assert set(np.unique(made.second[:, 8:16])) <= {0, Structure.RECTAL_GAS}
    assert not made.share[:, 16:].any()
    assert 0.1 < made.share[:, :8].mean() / WHOLE < 0.4
    fat = alone(Structure.FAT, Tissue.PELVIC_FAT, 1.0, Inclusions(WIDE, 3))[1]
    np.testing.assert_array_equal(made.share[:, :8], fat.share[:, :8])
    assert not np.array_equal(made.share, other.share)


def test_fluid_in_a_leiomyoma_is_told_where_it_lies():
    """Where the label map shows it, and not as the tissue around it."""
    labels, made = alone(Structure.MYOMA, Tissue.MYOMA_CYSTIC, 0.8, Inclusions(WIDE, 1))
    assert set(np.unique(labels)) == {Structure.MYOMA, Structure.MYOMA_FLUID}
    assert (made.share == round(WHOLE * 0.2)).all(), "the rest of each voxel, be it tissue or fluid"
    assert not made.second.any(), "is background"
