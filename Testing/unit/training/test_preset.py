"""Overrides read as a person writes them, and a grid that no bundle may have is refused before the training."""

from pathlib import Path

import pytest

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.dataset.centring import Centre
from UterineSynthLib.dataset.preprocessing import Preprocessing
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.training.config import CasesConfig, DenoiserTraining
from UterineSynthLib.training.preset import load_preset
from UterineSynthLib.training.published_grid import published_grid

PRESET = Path(__file__).parents[3] / "Training" / "configs" / "tiny-med-ddpm.yaml"


@pytest.mark.parametrize(
    ("written", "read"), [("1e-4", 0.0001), ("2.5E-3", 0.0025), ("+1.e2", 100.0), (".5", 0.5), ("3", 3.0)]
)
def test_a_learning_rate_is_a_number_however_it_is_written(written: str, read: float) -> None:
    assert load_preset(DenoiserTraining, PRESET, [f"optimiser.learning_rate={written}"]).optimiser.learning_rate == read


def test_no_is_a_precision_and_false_is_false() -> None:
    config = load_preset(DenoiserTraining, PRESET, ["optimiser.precision=no", "clip=False", "text_encoder=null"])
    assert (config.optimiser.precision, config.clip, config.text_encoder) == ("no", False, None)


def _cases(centre: Centre, matrix: int = 64) -> CasesConfig:
    return CasesConfig(("manifest.jsonl",), Preprocessing((matrix, matrix, 8), (3.0, 3.0, 8.0), centre))


@pytest.mark.parametrize(
    ("centre", "around"), [(Centre.STUDY, "study"), (Centre.UTERUS, "uterus"), (Centre.FOUND, "uterus")]
)
def test_a_model_generates_around_what_its_cases_were_centred_on(centre: Centre, around: str) -> None:
    assert published_grid(_cases(centre), is_flat=False) == ModelGrid((8, 64, 64), (8.0, 3.0, 3.0), around)
    assert published_grid(_cases(centre), is_flat=True).shape == (1, 64, 64)


def test_a_grid_that_no_bundle_may_have_is_named_by_its_setting() -> None:
    with pytest.raises(ConfigError, match=r"cases\.grid: .*matrix is 32, must lie between 64 and 1152 pixels"):
        published_grid(_cases(Centre.STUDY, matrix=32), is_flat=False)
