"""Laws of the synthesizer: what a volume depends on, what its provenance tells, how it stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.bundles.writing import write_bundle
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Figo, Pathology
from UterineSynthLib.errors import InputError, Stopped, UterineSynthError
from UterineSynthLib.records import from_json, to_json
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.synthesis.painter import Painter
from UterineSynthLib.synthesis.progress import Progress, Stage
from UterineSynthLib.synthesis.provenance import Provenance, voxel_digest
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.settings import settings_of
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import ORGAN_COUNT, Structure, without_parts

DIRECT = GenerationRequest(way=Way.DIRECT, quality=Quality.DRAFT, seed=5)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def voxels(case: SyntheticCase) -> np.ndarray:
    return sitk.GetArrayFromImage(case.image)


def all_voxels(
    synthesizer: Synthesizer, request: GenerationRequest, mask: sitk.Image | None = None
) -> list[np.ndarray]:
    return [voxels(case) for case in synthesizer.generate(request, mask)]


def test_a_model_that_needs_a_mask_refuses_the_direct_way(synthesizer: Synthesizer) -> None:
    closed = dataclasses.replace(synthesizer.bundle.inference, needs_mask=True)
    with pytest.raises(InputError, match="makes no image without a label map, so the direct way is closed"):
        settings_of(DIRECT, closed, has_mask=False)
    assert settings_of(dataclasses.replace(DIRECT, way=None), closed, has_mask=False).way is Way.ANATOMY_FIRST
    assert settings_of(DIRECT, synthesizer.bundle.inference, has_mask=False).way is Way.DIRECT


def test_a_volume_depends_on_its_own_seed_and_number_alone(synthesizer: Synthesizer) -> None:
    three = all_voxels(synthesizer, dataclasses.replace(DIRECT, count=3))
    two = all_voxels(synthesizer, dataclasses.replace(DIRECT, count=2))
    assert all(np.array_equal(a, b) for a, b in zip(two, three, strict=False))
    assert len({voxel_digest(v) for v in three}) == 3
    other = all_voxels(synthesizer, dataclasses.replace(DIRECT, seed=6))[0]
    assert not np.array_equal(other, three[0])


@pytest.mark.parametrize("sampler", ["euler", "ddpm"])
def test_a_cooler_model_differs_less_from_seed_to_seed(tiny: ModuleType, tmp_path: Path, sampler: str) -> None:
    request = GenerationRequest(way=Way.DIRECT, seed=5, count=2, sampler=sampler, steps=2)
    apart = {}
    for temperature in (1.0, 0.5, 0.05):
        parts = tiny.tiny_parts()
        inference = dataclasses.replace(parts.inference, temperature=temperature)
        bundle = write_bundle(
            tmp_path / str(temperature), dataclasses.replace(parts, inference=inference), storage="float32"
        )
        first, second = (case.image for case in Synthesizer.from_bundle(bundle, "cpu").generate(request))
        values = [sitk.GetArrayFromImage(image).astype(float) for image in (first, second)]
        apart[temperature] = float(np.abs(values[0] - values[1]).mean())
    assert apart[1.0] > apart[0.5] > 2 * apart[0.05]


def test_a_new_process_state_changes_no_voxel(synthesizer: Synthesizer, tiny_bundle: Path) -> None:
    before = all_voxels(synthesizer, DIRECT)[0]
    torch.manual_seed(123)
    np.random.default_rng(4)
    torch.rand(5)
    again = all_voxels(Synthesizer.from_bundle(tiny_bundle, "cpu"), DIRECT)[0]
    assert np.array_equal(before, again)


def test_loading_and_generating_leave_the_global_random_state_alone(tiny_bundle: Path) -> None:
    state = torch.get_rng_state()
    next(Synthesizer.from_bundle(tiny_bundle, "cpu").generate(DIRECT))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 3, "quality": None},
        {"sampler": "heun", "steps": 2, "quality": None},
        {"guidance_scale": 1.0},
        {"description": UterusDescription(pathologies=(Pathology.ADENOMYOSIS,))},
        {"text": "anteverted uterus"},
    ],
)
def test_everything_a_request_says_reaches_the_voxels(synthesizer: Synthesizer, change: dict[str, object]) -> None:
    plain = all_voxels(synthesizer, DIRECT)[0]
    assert not np.array_equal(plain, all_voxels(synthesizer, dataclasses.replace(DIRECT, **change))[0])


def test_a_mask_reaches_the_voxels_and_comes_back_as_the_label_map(synthesizer: Synthesizer, mask: sitk.Image) -> None:
    request = dataclasses.replace(DIRECT, way=None)
    case = next(synthesizer.generate(request, mask))
    moved = sitk.Image(mask)
    moved.SetOrigin((10.0, -3.0, 7.0))
    assert np.array_equal(sitk.GetArrayFromImage(case.labels), sitk.GetArrayFromImage(mask))
    assert case.provenance.label_source == "mask"
    assert case.provenance.mask_sha256 == voxel_digest(sitk.GetArrayFromImage(mask))
    elsewhere = next(synthesizer.generate(request, moved))
    assert np.array_equal(voxels(case), voxels(elsewhere))
    assert Geometry.of_image(elsewhere.image).matches(Geometry.of_image(moved))
    shifted = sitk.GetImageFromArray(np.roll(sitk.GetArrayFromImage(mask), 6, axis=1))
    shifted.CopyInformation(mask)
    assert not np.array_equal(voxels(case), voxels(next(synthesizer.generate(request, shifted))))


def test_anatomy_first_gives_each_volume_its_own_anatomy_and_leaves_nothing_open(synthesizer: Synthesizer) -> None:
    asked = UterusDescription(
        pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(Leiomyoma(Figo.TYPE_4, 40.0),), junctional_zone_mm=6.0
    )
    request = GenerationRequest(description=asked, count=2, quality=Quality.DRAFT, seed=2)
    first, second = synthesizer.generate(request)
    for case in (first, second):
        labels = sitk.GetArrayFromImage(case.labels)
        assert case.provenance.label_source == "shape model"
        assert (labels == Structure.MYOMA).any()
        assert (labels == Structure.UTERINE_WALL).any()
        assert case.provenance.description.junctional_zone_mm == 6.0
        assert case.provenance.description.leiomyomas[0].diameter_mm == 40.0
        assert case.provenance.description.version_deg is not None
        assert Geometry.of_image(case.image).matches(Geometry.of_image(case.labels))
    assert not np.array_equal(sitk.GetArrayFromImage(first.labels), sitk.GetArrayFromImage(second.labels))
    alone = next(synthesizer.generate(dataclasses.replace(request, count=1)))
    assert np.array_equal(voxels(alone), voxels(first))


def test_a_text_fills_what_the_description_leaves_open_and_unknown_words_are_kept(synthesizer: Synthesizer) -> None:
    request = dataclasses.replace(
        DIRECT, text="a 3 cm fibroid, JZ 6 mm, frobnicated", description=UterusDescription(endometrium_mm=8.0)
    )
    provenance = next(synthesizer.generate(request)).provenance
    assert provenance.not_understood == ("frobnicated",)
    assert provenance.description.junctional_zone_mm == 6.0
    assert provenance.description.endometrium_mm == 8.0
    assert [lesion.diameter_mm for lesion in provenance.description.leiomyomas] == [30.0]


def test_a_lesion_said_in_words_and_in_fields_is_one_lesion(synthesizer: Synthesizer) -> None:
    described = UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(Leiomyoma(diameter_mm=30.0),))
    request = dataclasses.replace(DIRECT, text="a 3 cm fibroid", description=described)
    assert len(next(synthesizer.generate(request)).provenance.description.leiomyomas) == 1


def test_provenance_is_enough_to_make_the_volume_again(synthesizer: Synthesizer) -> None:
    request = dataclasses.replace(DIRECT, count=2, text="normal uterus")
    _, second = synthesizer.generate(request)
    read = from_json(Provenance, to_json(second.provenance))
    assert read == second.provenance
    assert read.synthetic is True
    assert read.phantom_trained is True
    assert read.bundle_digest == synthesizer.bundle.digest
    again = list(synthesizer.generate(read.request))[read.index]
    assert voxel_digest(voxels(again)) == read.voxels_sha256 == voxel_digest(voxels(second))
    assert read.settings.steps == 1
    assert read.description.acquisition.matrix == 64


def test_voxels_lie_in_the_documented_range(synthesizer: Synthesizer) -> None:
    array = all_voxels(synthesizer, DIRECT)[0]
    assert array.dtype == np.float32
    assert 0.0 <= array.min() < array.max() <= synthesizer.bundle.inference.intensity_high


def test_a_flat_model_makes_one_sagittal_slice(tiny_bundle_2d: Path) -> None:
    flat = Synthesizer.from_bundle(tiny_bundle_2d, "cpu")
    case = next(flat.generate(GenerationRequest(dimension=2, quality=Quality.DRAFT)))
    assert case.image.GetSize() == (64, 64, 1)
    assert case.labels.GetSize() == (64, 64, 1)
    with pytest.raises(InputError, match="this model makes 2D images, the request is for 3D"):
        flat.generate(GenerationRequest())


def test_every_step_is_told_in_order_and_the_estimate_ends_at_zero(synthesizer: Synthesizer) -> None:
    told: list[Progress] = []
    request = dataclasses.replace(DIRECT, count=2, quality=None, steps=3)
    list(synthesizer.generate(request, on_progress=told.append))
    order = [(p.index, list(Stage).index(p.stage), p.step) for p in told]
    assert order == sorted(order)
    assert [p.step for p in told if p.stage is Stage.DENOISING and p.index == 1] == [0, 1, 2, 3]
    assert all(p.steps == 3 for p in told if p.stage is Stage.DENOISING)
    assert told[0].seconds_left is None
    assert all(p.seconds_left >= 0 for p in told if p.seconds_left is not None)


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_a_stop_is_heard_before_the_next_step(synthesizer: Synthesizer, after: int) -> None:
    told: list[Progress] = []

    def work(progress: Progress) -> None:
        if progress.stage is not Stage.ANATOMY and progress.step > 0:
            told.append(progress)

    request = dataclasses.replace(DIRECT, quality=None, steps=3, count=9)
    cases = synthesizer.generate(request, on_progress=work, should_stop=lambda: len(told) >= after)
    done = 0
    with pytest.raises(Stopped, match="stopped after"):
        for _ in cases:
            done += 1
    assert len(told) == after
    assert done == after // 4


def test_a_bad_request_is_refused_when_it_is_made_not_at_its_first_volume(synthesizer: Synthesizer) -> None:
    axial = UterusDescription(acquisition=Acquisition(matrix=256))
    with pytest.raises(InputError, match=r"acquisition.matrix = 256: this model makes 64 only"):
        synthesizer.generate(dataclasses.replace(DIRECT, description=axial))


def test_parts_that_a_model_does_not_know_are_their_organ(tiny_bundle: Path) -> None:
    painter = Synthesizer.from_bundle(tiny_bundle, "cpu")._painter
    labels = np.zeros(painter._inference.grid.shape, dtype=np.uint8)
    labels[:, :8], labels[:, 8:16] = Structure.BOWEL_GAS, Structure.UTERINE_WALL
    asked = UterusDescription()
    np.testing.assert_array_equal(painter.condition(asked, None, labels, (0, 0)).mask[0], labels)
    conditions = dataclasses.replace(painter._inference.denoiser.conditions, mask_labels=ORGAN_COUNT)
    denoiser = dataclasses.replace(painter._inference.denoiser, conditions=conditions)
    painter._inference = dataclasses.replace(painter._inference, denoiser=denoiser)
    shown = painter.condition(asked, None, labels, (0, 0)).mask[0]
    np.testing.assert_array_equal(shown, without_parts(labels))
    assert shown.max() == Structure.BOWEL


def test_what_a_voxel_holds_besides_is_named_by_labels_that_the_model_knows(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter = Synthesizer.from_bundle(tiny_bundle, "cpu")._painter
    conditions = dataclasses.replace(painter._inference.denoiser.conditions, mask_labels=ORGAN_COUNT, tone=True)
    denoiser = dataclasses.replace(painter._inference.denoiser, conditions=conditions)
    painter._inference = dataclasses.replace(painter._inference, denoiser=denoiser)
    told = []
    monkeypatch.setattr(painter, "_tone", lambda *parts: told.append(parts[-1]) or (torch.zeros(1, 1, 1, 1, 1), None))
    labels = np.full(painter._inference.grid.shape, Structure.FAT, dtype=np.uint8)
    second, share = np.full_like(labels, Structure.BOWEL_GAS), np.full_like(labels, 90)
    painter.condition(UterusDescription(), None, labels, (0, 0), PartialVolume(second, share))
    assert (told[0].second == Structure.BOWEL).all()
    np.testing.assert_array_equal(told[0].share, share)


def test_a_model_that_is_taught_so_is_shown_what_voxels_of_an_anatomy_hold(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the shape model's; a mask that was given holds one structure a voxel, and what is in its tissues."""
    told = []
    condition = Painter.condition

    def spied(painter, description, text, labels, stream, partial=None):
        told.append(partial)
        return condition(painter, description, text, labels, stream, partial)

    monkeypatch.setattr(Painter, "condition", spied)
    request = dataclasses.replace(DIRECT, way=Way.ANATOMY_FIRST)
    drawn = next(synthesizer.generate(request))
    monkeypatch.setattr(Painter, "takes_partial_volume", True)
    monkeypatch.setattr(Painter, "takes_texture", False)
    mixed = next(synthesizer.generate(request))
    next(synthesizer.generate(request, mask=drawn.labels))
    monkeypatch.setattr(Painter, "takes_texture", True)
    next(synthesizer.generate(request))
    next(synthesizer.generate(request, mask=drawn.labels))
    plain = Geometry.of_image(drawn.labels).image_of(without_parts(sitk.GetArrayFromImage(drawn.labels)))
    next(synthesizer.generate(request, mask=plain))
    assert [partial is None for partial in told] == [True, False, True, False, False, True]
    assert not (told[1].second == Structure.CONNECTIVE_TISSUE).any()
    assert (told[3].second == Structure.CONNECTIVE_TISSUE).any()
    strands = told[4].second == Structure.CONNECTIVE_TISSUE
    assert strands.any()
    assert (sitk.GetArrayFromImage(drawn.labels)[strands] == Structure.FAT).all()
    labels, same = (sitk.GetArrayFromImage(case.labels) for case in (drawn, mixed))
    np.testing.assert_array_equal(labels, same)
    is_mixed = told[1].share > 0
    assert is_mixed.any()
    assert (told[1].second != labels)[is_mixed].all()


def test_weights_that_give_nan_are_told_not_written(tiny_bundle: Path) -> None:
    broken = Synthesizer.from_bundle(tiny_bundle, "cpu")
    with torch.no_grad():
        next(iter(broken._painter._network.network.parameters())).fill_(float("nan"))
    with pytest.raises(UterineSynthError, match="NaN or infinite voxels"):
        next(broken.generate(DIRECT))
