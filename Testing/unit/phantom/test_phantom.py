import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK as sitk
from scipy import ndimage

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MyomaSignal, Pathology
from UterineSynthLib.phantom.phantom import PhantomCase, make_label_map, make_phantom
from UterineSynthLib.phantom.provenance import PhantomProvenance, provenance_of
from UterineSynthLib.records import from_json, to_json
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.structures import ORGAN_COUNT, STRUCTURES, Structure, without_parts

COARSE = sagittal_geometry(16, 96, 8.0, 2.8, (0.0, 10.0, 4.0))
FINE = sagittal_geometry(8, 128, 6.0, 1.2, (0.0, 10.0, 4.0))
ASKED = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(Leiomyoma(diameter_mm=40.0),))


@pytest.fixture(scope="module")
def case() -> PhantomCase:
    return make_phantom(ASKED, 5, COARSE)


def voxels(image: sitk.Image) -> npt.NDArray[np.generic]:
    return sitk.GetArrayFromImage(image)


def test_the_same_seed_gives_the_same_voxels(case: PhantomCase) -> None:
    again = make_phantom(ASKED, 5, COARSE)
    np.testing.assert_array_equal(voxels(case.image), voxels(again.image))
    np.testing.assert_array_equal(voxels(case.labels), voxels(again.labels))


def test_another_seed_gives_another_pelvis(case: PhantomCase) -> None:
    other = make_label_map(ASKED, 6, COARSE)
    assert (voxels(other) != voxels(case.labels)).mean() > 0.02


def test_the_label_map_alone_is_that_of_the_phantom(case: PhantomCase) -> None:
    np.testing.assert_array_equal(voxels(make_label_map(ASKED, 5, COARSE)), voxels(case.labels))


def test_image_and_labels_share_a_right_handed_grid(case: PhantomCase) -> None:
    assert Geometry.of_image(case.image).matches(Geometry.of_image(case.labels))
    assert Geometry.of_image(case.image).is_right_handed
    assert case.image.GetPixelID() == sitk.sitkFloat32
    assert case.labels.GetPixelID() == sitk.sitkUInt8


def test_a_drawn_stack_has_the_size_and_spacing_of_the_complete_description() -> None:
    labels = make_label_map(UterusDescription(), 3)
    full = make_phantom(UterusDescription(), 3, COARSE).description
    scan = full.acquisition
    assert labels.GetSize() == (scan.matrix, scan.matrix, scan.slice_count)
    assert labels.GetSpacing() == pytest.approx(
        (scan.in_plane_spacing_mm, scan.in_plane_spacing_mm, scan.slice_spacing_mm)
    )


def test_the_uterus_and_its_neighbours_are_all_there(case: PhantomCase) -> None:
    found = set(np.unique(voxels(case.labels)))
    for structure in (
        Structure.UTERINE_WALL,
        Structure.UTERINE_CAVITY,
        Structure.JUNCTIONAL_ZONE,
        Structure.MYOMA,
        Structure.CERVICAL_STROMA,
        Structure.VAGINA,
        Structure.BLADDER,
        Structure.RECTUM,
        Structure.BONE,
        Structure.FAT,
        Structure.OVARY,
    ):
        assert structure in found


@pytest.mark.parametrize(
    ("signal", "part", "is_brighter"),
    [
        (MyomaSignal.CYSTIC, Structure.MYOMA_FLUID, True),
        (MyomaSignal.CALCIFIED, Structure.MYOMA_CALCIUM, False),
        (MyomaSignal.HYALINE, Structure.HYALINE_MYOMA, False),
    ],
)
def test_a_label_map_tells_what_a_leiomyoma_holds_where_its_image_shows_it(
    signal: MyomaSignal, part: Structure, is_brighter: bool
) -> None:
    leiomyoma = Leiomyoma(diameter_mm=60.0, t2_signal=signal)
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(leiomyoma,))
    made = make_phantom(asked, 5, FINE)
    image, labels = voxels(made.image), voxels(made.labels)
    held, rest = labels == part, labels == Structure.MYOMA
    assert 0.1 < held.sum() / (held | rest).sum() < 0.7
    higher, lower = (held, rest) if is_brighter else (rest, held)
    assert np.median(image[higher]) > 1.25 * np.median(image[lower])
    # What brightness alone would say agrees with the label of nearly every voxel.
    middle = (np.median(image[higher]) + np.median(image[lower])) / 2
    assert ((image > middle) == higher)[held | rest].mean() > 0.75


def test_a_cellular_leiomyoma_and_the_layers_of_the_cervix_are_told_apart() -> None:
    leiomyoma = Leiomyoma(diameter_mm=40.0, t2_signal=MyomaSignal.CELLULAR)
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(leiomyoma,))
    labels = voxels(make_label_map(asked, 5, FINE))
    assert (labels == Structure.CELLULAR_MYOMA).sum() > 5 * (labels == Structure.MYOMA_CAPSULE).sum() > 0
    assert not (labels == Structure.MYOMA).any(), "there is no other tissue in it"
    for part in (Structure.OUTER_CERVIX, Structure.CERVICAL_MUCUS, Structure.DISC_NUCLEUS, Structure.SLOW_VESSEL):
        assert (labels == part).any()
        assert (labels == STRUCTURES[part].within).any()
    for layer in (Structure.SEROSA, Structure.RECTAL_MUCOSA, Structure.CORTICAL_BONE, Structure.SPINAL_CANAL):
        assert (labels == layer).any()
    assert without_parts(labels).max() < ORGAN_COUNT


def test_the_capsule_of_a_leiomyoma_lies_around_it_and_is_brighter() -> None:
    """One label for both had a grey between theirs, the smaller the leiomyoma the nearer to the wall's."""
    leiomyoma = Leiomyoma(diameter_mm=40.0, t2_signal=MyomaSignal.TYPICAL)
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(leiomyoma,))
    made = make_phantom(asked, 5, FINE)
    labels, image = voxels(made.labels), voxels(made.image)
    capsule, filling = labels == Structure.MYOMA_CAPSULE, labels == Structure.MYOMA
    assert capsule.sum() > 0.03 * filling.sum() > 0
    assert not capsule[ndimage.binary_erosion(capsule | filling, iterations=3)].any()
    assert image[capsule].mean() > 1.2 * image[filling].mean()


def test_the_record_of_a_phantom_is_read_back_as_it_was_written(case: PhantomCase) -> None:
    record = provenance_of(case, 5)
    assert from_json(PhantomProvenance, to_json(record)) == record
    assert record.truth.leiomyomas[0].diameter_mm == pytest.approx(40.0, rel=0.06)
