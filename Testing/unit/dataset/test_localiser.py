"""The localiser: exact geometry, weights that find the uterus of unseen phantoms, and a word when they do not."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from UterineSynthLib.dataset import localiser
from UterineSynthLib.dataset.centring import Centre, CentredOn, middle_of, said_of
from UterineSynthLib.dataset.localiser_network import LocaliserNetwork, heat_map
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import PhantomCase, make_phantom
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.roi import uterine_region

GRID = localiser.localiser_geometry(sagittal_geometry(24, 256, 5.0, 1.0, (4.0, -9.0, 30.0)))


@pytest.fixture(scope="module")
def phantom() -> PhantomCase:
    return make_phantom(UterusDescription(), 930_001, UterineField(16, 60, 8.0, 4.5, (6.0, 25.0, -25.0)))


class Spot(torch.nn.Module):
    """Sees one voxel, whatever is there."""

    def __init__(self, at: tuple[int, int, int]) -> None:
        super().__init__()
        self.at = at

    def forward(self, study: torch.Tensor) -> torch.Tensor:
        logits = torch.full_like(study, -50.0)
        logits[0, 0][self.at] = 50.0
        return logits


def test_a_single_hot_voxel_is_the_place_and_has_no_spread() -> None:
    at = (3, 20, 9)
    place_mm, spread_mm = localiser.place_of(Spot(at), np.zeros(GRID.shape, np.float32), GRID)
    np.testing.assert_allclose(place_mm, (GRID.index_to_lps @ np.array([9, 20, 3, 1.0]))[:3], atol=1e-6)
    assert spread_mm == pytest.approx(0.0, abs=1e-3)


def test_an_even_heat_map_is_the_middle_and_as_wide_as_the_grid() -> None:
    even = torch.nn.Identity()
    place_mm, spread_mm = localiser.place_of(even, np.zeros(GRID.shape, np.float32), GRID)
    np.testing.assert_allclose(place_mm, GRID.centre_mm, atol=1e-6)
    variance_mm2 = sum(mm**2 * (n**2 - 1) / 12 for mm, n in zip(GRID.spacing_mm, GRID.size, strict=True))
    assert spread_mm == pytest.approx(variance_mm2**0.5)


def test_a_heat_map_adds_up_to_one_and_the_network_keeps_the_grid() -> None:
    torch.manual_seed(0)
    heat = heat_map(LocaliserNetwork()(torch.randn(2, 1, *GRID.shape)))
    assert heat.shape == (2, *GRID.shape)
    np.testing.assert_allclose(heat.detach().sum(dim=(1, 2, 3)), 1.0, atol=1e-5)


def test_the_shipped_weights_find_an_unseen_uterus_far_better_than_the_middle_of_the_study(
    phantom: PhantomCase,
) -> None:
    study = Geometry.of_image(phantom.image)
    truth = np.array(uterine_region(phantom.labels, 0.0).centre_mm(study))
    found = middle_of(phantom.image, None, Centre.FOUND)
    assert found.taken_from is CentredOn.LOCALISER
    assert np.linalg.norm(truth - found.place_mm) < 0.6 * np.linalg.norm(truth - study.centre_mm)
    assert "unseen phantoms" in found.said


def test_an_unsure_localiser_gives_way_to_the_middle_of_the_study_and_says_so(
    phantom: PhantomCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(localiser.localiser_facts(), sure_spread_mm=0.0)
    monkeypatch.setattr(localiser, "localiser_facts", lambda: facts)
    found = middle_of(phantom.image, None, Centre.FOUND)
    assert found.taken_from is CentredOn.STUDY
    assert found.place_mm == Geometry.of_image(phantom.image).centre_mm
    assert "the localiser is unsure (its heat map is" in found.said


def test_without_weights_the_middle_of_the_study_is_taken_and_the_reason_said(
    phantom: PhantomCase, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(localiser, "localiser_folder", lambda: tmp_path)
    assert "the localiser is not installed" in middle_of(phantom.image, None, Centre.FOUND).said
    with pytest.raises(InputError, match=r"localiser\.json: the localiser is not installed"):
        localiser.find_uterus(phantom.image)


def test_an_empty_label_map_is_no_uterus_to_centre_on(phantom: PhantomCase) -> None:
    found = middle_of(phantom.image, sitk.Image(phantom.labels) * 0, Centre.FOUND)
    assert found.taken_from is not CentredOn.LABELS


def test_the_summary_of_a_training_names_each_source_and_the_measured_error() -> None:
    assert (
        said_of({CentredOn.LABELS: 3, CentredOn.STUDY: 1}) == "3 on the labelled uterus, 1 on the middle of the study"
    )
    assert "median error" in said_of({CentredOn.LOCALISER: 2})
