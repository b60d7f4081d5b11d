"""What can be asked, what is refused, and what a model honours."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from UterineSynthLib.bundles.inference_config import ModelGrid, Quality, Way
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MyomaSignal, Pathology, Plane
from UterineSynthLib.diffusion.seeds import stream_seed
from UterineSynthLib.errors import ContradictionError, DescriptionError, DeviceError, InputError, VolumeError
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_label_map
from UterineSynthLib.records import from_json, to_json
from UterineSynthLib.synthesis.anatomy import anatomy_of, grid_geometry, mask_on_grid
from UterineSynthLib.synthesis.asked import on_grid
from UterineSynthLib.synthesis.device import choose_device
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.roi import uterine_region
from UterineSynthLib.volumes.structures import Structure

GRID = ModelGrid((8, 64, 64), (6.0, 2.5, 2.5), "pelvis")


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"count": 0}, InputError, "count = 0: must lie between 1 and 100000"),
        ({"seed": -1}, InputError, "seed = -1: must lie between 0 and 9007199254740991"),
        ({"steps": 0}, InputError, "steps = 0: must lie between 1 and 1000"),
        ({"guidance_scale": 99.0}, InputError, "guidance = 99.0: must lie between 0 and 20"),
        ({"steps": 3, "quality": Quality.BEST}, ContradictionError, "'steps 3' contradicts 'quality best'"),
        ({"mask": "a.nrrd", "way": Way.DIRECT}, ContradictionError, "'mask' contradicts 'direct'"),
    ],
)
def test_a_request_out_of_range_says_the_range(fields: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        GenerationRequest(**fields)


def test_a_request_survives_its_record() -> None:
    request = GenerationRequest(
        UterusDescription(junctional_zone_mm=5.5), text="x", way=Way.DIRECT, dimension=2, quality=Quality.BEST
    )
    assert from_json(GenerationRequest, to_json(request)) == request


def test_a_request_can_be_told_without_the_folders_of_its_files() -> None:
    request = GenerationRequest(mask="/scans/Jane Doe/labels.nrrd", model="/home/somebody/model", seed=3)
    assert request.without_paths() == GenerationRequest(mask="labels.nrrd", model="model", seed=3)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Acquisition(plane=Plane.AXIAL), "acquisition.plane = axial: this model makes sagittal only"),
        (Acquisition(slice_count=24), "acquisition.slice_count = 24: this model makes 8 only"),
        (Acquisition(matrix=256), "acquisition.matrix = 256: this model makes 64 only"),
        (Acquisition(slice_spacing_mm=4.4), "acquisition.slice_spacing_mm = 4.4: this model makes 6 only"),
        (Acquisition(in_plane_spacing_mm=0.8), "acquisition.in_plane_spacing_mm = 0.8: this model makes 2.5 only"),
        (Acquisition(slice_thickness_mm=7.0), "slice_thickness_mm = 7.0: this model's slices lie 6 mm apart"),
    ],
)
def test_an_acquisition_that_the_model_cannot_honour_is_refused(asked: Acquisition, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        on_grid(UterusDescription(acquisition=asked), GRID)


def test_an_acquisition_the_model_honours_is_kept_and_the_grid_is_told() -> None:
    asked = Acquisition(field_strength_t=3.0, slice_thickness_mm=5.0, in_plane_spacing_mm=2.52, plane=Plane.SAGITTAL)
    made = on_grid(UterusDescription(acquisition=asked), GRID).acquisition
    assert made == Acquisition(3.0, 5.0, 6.0, 8, 2.5, 64, Plane.SAGITTAL)


def edited(mask: sitk.Image, change: str) -> sitk.Image:
    array = sitk.GetArrayFromImage(mask)
    if change == "foreign label":
        array[0, 0, 0] = 77
    if change == "half a label":
        array = array.astype(np.float32) * 0.5
    if change == "empty":
        array[:] = 0
    if change == "fewer slices":
        array = array[:6]
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(mask.GetOrigin())
    image.SetSpacing((1.0, 1.0, 6.0) if change == "other spacing" else mask.GetSpacing())
    image.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, 1) if change == "axial" else mask.GetDirection())
    return image


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("foreign label", "mask: has the label 77; known labels are 0 to 44"),
        ("half a label", "mask: has the value 0.5; a label map holds whole numbers only"),
        ("empty", "mask: is empty"),
        ("fewer slices", r"mask: has 6 x 64 x 64 voxels .* sagittal 8 x 64 x 64 voxels of 6 x 2.5 x 2.5 mm"),
        ("other spacing", r"mask: has voxels of 6 x 1 x 1 mm .*--resample-mask"),
        ("axial", "mask: is not a sagittal stack"),
    ],
)
def test_a_mask_that_cannot_be_used_says_why_and_what_would_be_right(
    mask: sitk.Image, change: str, message: str
) -> None:
    with pytest.raises(VolumeError, match=message):
        mask_on_grid(edited(mask, change), GRID)


def test_a_mask_on_another_grid_is_resampled_only_when_allowed(mask: sitk.Image) -> None:
    fine = sitk.Resample(
        mask,
        (128, 128, 8),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        mask.GetOrigin(),
        (1.25, 1.25, 6.0),
        mask.GetDirection(),
    )
    back = mask_on_grid(fine, GRID, resample=True)
    assert back.GetSize() == mask.GetSize()
    assert back.GetSpacing() == pytest.approx(mask.GetSpacing())
    a, b = sitk.GetArrayFromImage(back) > 0, sitk.GetArrayFromImage(mask) > 0
    assert abs(int(a.sum()) - int(b.sum())) < 0.1 * b.sum()


def test_an_isotropic_axial_mask_becomes_a_sagittal_stack_around_its_uterus(mask: sitk.Image) -> None:
    axial = sitk.Resample(
        mask,
        (60, 60, 60),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        (-60.0, -60.0, -60.0),
        (2.0, 2.0, 2.0),
        (1, 0, 0, 0, 1, 0, 0, 0, 1),
    )
    labels = mask_on_grid(axial, GRID, resample=True)
    geometry = Geometry.of_image(labels)
    assert geometry.direction == grid_geometry(GRID).direction
    assert np.allclose(uterine_region(labels, 0.0).centre_mm(geometry), geometry.centre_mm, atol=3.1)


def test_the_anatomy_is_the_phantoms_own_label_map_around_its_uterus() -> None:
    grid = dataclasses.replace(GRID, centre="uterus")
    cystic = Leiomyoma(diameter_mm=50.0, t2_signal=MyomaSignal.CYSTIC)
    asked = on_grid(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(cystic,)), grid)
    labels, _, whole = anatomy_of(asked, grid, seed=3, index=1)
    assert (sitk.GetArrayFromImage(labels) == Structure.MYOMA_FLUID).sum() > 20, "with what lies in its lesions"
    expected = make_label_map(asked, stream_seed(3, 1, "anatomy"), UterineField(8, 64, 6.0, 2.5))
    assert np.array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(expected))
    assert Geometry.of_image(labels).matches(Geometry.of_image(expected))
    assert whole.acquisition.matrix == 64
    assert not np.allclose(Geometry.of_image(labels).centre_mm, grid_geometry(GRID).centre_mm)


def test_a_mask_file_that_is_missing_is_named(synthesizer: Synthesizer, tmp_path: object) -> None:
    with pytest.raises(VolumeError, match=r"missing.nrrd: no such file"):
        synthesizer.generate(GenerationRequest(mask=f"{tmp_path}/missing.nrrd"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
@pytest.mark.parametrize("wish", ["cuda", "cuda:0"])
def test_cuda_without_cuda_is_refused_not_replaced(wish: str) -> None:
    with pytest.raises(DeviceError, match=f"device '{wish}': this machine has no CUDA device .* available: auto, cpu"):
        choose_device(wish)


def test_a_device_nobody_knows_is_refused() -> None:
    with pytest.raises(DeviceError, match="device 'abacus': there is no such device"):
        choose_device("abacus")


def test_auto_says_what_it_chose() -> None:
    chosen = choose_device("auto")
    assert str(chosen.device) in str(chosen)
    assert chosen.precision in str(chosen)
