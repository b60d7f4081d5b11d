"""Training sets of phantoms: resumable, on the wanted grid, described as they were acquired."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.phantom_cases import PhantomCases, _shifted, make_phantom_cases
from UterineSynthLib.errors import ConfigError, DescriptionError
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.volumes.files import read_image, read_labels
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.roi import uterine_region
from UterineSynthLib.volumes.structures import ORGAN_COUNT, without_parts

FIELD = UterineField(8, 64, 8.0, 3.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    make_phantom_cases(PhantomCases(2, 40, FIELD), folder)
    return folder


def test_cases_lie_on_the_wanted_grid_and_say_so_in_their_descriptions(made):
    for case in read_manifest(made / "manifest.jsonl").cases:
        geometry = Geometry.of_image(read_image(made / case.image))
        assert geometry.shape == (8, 64, 64)
        assert geometry.matches(Geometry.of_image(read_labels(made / case.labels)))
        acquisition = case.description.acquisition
        assert (acquisition.slice_count, acquisition.matrix) == (8, 64)
        assert (acquisition.slice_spacing_mm, acquisition.in_plane_spacing_mm) == (8.0, 3.0)
        assert acquisition.slice_thickness_mm <= 8.0


def test_a_repeated_command_makes_only_what_is_missing(made):
    images = sorted(made.glob("phantom-*[0-9].nii.gz"))
    before = {path: path.stat().st_mtime_ns for path in images}
    first_facts = images[0].with_name(images[0].name.replace(".nii.gz", ".json"))
    first_facts.unlink()
    make_phantom_cases(PhantomCases(2, 40, FIELD), made)
    after = {path: path.stat().st_mtime_ns for path in images}
    assert after[images[0]] != before[images[0]]
    assert after[images[1]] == before[images[1]]


def test_the_label_maps_of_a_share_tell_no_parts_apart(made, tmp_path):
    make_phantom_cases(PhantomCases(2, 40, FIELD, plain_share=1.0), tmp_path)
    for case in read_manifest(made / "manifest.jsonl").cases:
        told, plain = (sitk.GetArrayFromImage(read_labels(folder / case.labels)) for folder in (made, tmp_path))
        assert told.max() >= ORGAN_COUNT > plain.max()
        np.testing.assert_array_equal(without_parts(told), plain)
        one, other = (sitk.GetArrayFromImage(read_image(folder / case.image)) for folder in (made, tmp_path))
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ConfigError, match=r"plain_share = 1\.5: a share lies between 0 and 1"):
        PhantomCases(1, 0, FIELD, plain_share=1.5)


def test_cases_tell_what_their_voxels_hold_besides_their_label(made, tmp_path):
    make_phantom_cases(PhantomCases(2, 40, FIELD, plain_share=1.0), tmp_path)
    manifest = read_manifest(made / "manifest.jsonl")
    for case in manifest.cases:
        seed = int(case.id.split("-")[1])
        expected = make_phantom(case.description, seed, _shifted(FIELD, seed), is_mixed=True)
        second, share = (sitk.GetArrayFromImage(read_image(p)) for p in manifest.partial_volume_paths(case))
        np.testing.assert_array_equal(second, expected.partial_volume.second)
        np.testing.assert_array_equal(share, expected.partial_volume.share)
        plain = sitk.GetArrayFromImage(read_labels(tmp_path / case.second_labels))
        np.testing.assert_array_equal(plain, without_parts(second.astype(np.uint8)))


def test_phantoms_made_before_they_told_of_it_are_kept_as_they_are(made, tmp_path):
    folder = tmp_path / "older"
    shutil.copytree(made, folder)
    for path in folder.glob("*_share.nii.gz"):
        path.unlink()
    make_phantom_cases(PhantomCases(2, 40, FIELD), folder)
    assert [case.second_share for case in read_manifest(folder / "manifest.jsonl").cases] == [None, None]


def test_no_phantom_at_all_is_refused():
    with pytest.raises(ConfigError, match="count = 0"):
        PhantomCases(0, 0, FIELD)


def test_a_grid_that_no_description_can_name_is_refused_before_anything_is_made():
    with pytest.raises(DescriptionError, match="matrix = 32: must lie between 64"):
        PhantomCases(1, 0, UterineField(8, 32, 8.0, 3.0))


def test_a_uterine_field_is_centred_on_the_uterus():
    phantom = make_phantom(draw_description(5), 5, UterineField(16, 64, 8.0, 3.0))
    geometry = Geometry.of_image(phantom.labels)
    found = uterine_region(phantom.labels, margin_mm=0.0).centre_mm(geometry)
    # The box of the labels includes lesions, which may lie to one side of the axis.
    assert np.abs(np.subtract(found, geometry.centre_mm))[1:].max() < 25.0
    moved = make_phantom(draw_description(5), 5, UterineField(16, 64, 8.0, 3.0, (0.0, 10.0, -5.0)))
    shift = np.subtract(Geometry.of_image(moved.labels).centre_mm, geometry.centre_mm)
    np.testing.assert_allclose(shift, (0.0, 10.0, -5.0), atol=1e-6)
