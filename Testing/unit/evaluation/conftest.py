"""A judge with untrained weights, and label maps drawn by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from UterineSynthLib.bundles.ledger import Ledger, TrainingData
from UterineSynthLib.evaluation.judge_bundle import JudgeBundle, JudgeConfig, write_judge
from UterineSynthLib.networks.segmenter import Segmenter, SegmenterConfig
from UterineSynthLib.volumes.structures import Structure

LEDGER = Ledger("Apache-2.0", (TrainingData("phantoms", "digital phantom", "Apache-2.0", "none", 3, True),))
SMALL = SegmenterConfig(features=(8, 8, 8, 8, 8, 8), norm_groups=4)


def _written(folder: Path) -> JudgeBundle:
    torch.manual_seed(0)
    return write_judge(folder, JudgeConfig("judge", "0.0.1", SMALL), LEDGER, Segmenter(SMALL).state_dict(), "terms")


@pytest.fixture(scope="session")
def small_judge(tmp_path_factory: pytest.TempPathFactory) -> JudgeBundle:
    return _written(tmp_path_factory.mktemp("judge") / "judge")


@pytest.fixture(scope="session")
def new_judge() -> Callable[[Path], JudgeBundle]:
    """Writes a judge with untrained weights into a folder."""
    return _written


@pytest.fixture
def upright() -> npt.NDArray[np.uint8]:
    """A uterus that stands straight up: vagina, cervix and a cavity of 8 pixels in a zone of 4 and a wall of 6."""
    labels = np.zeros((5, 120, 64), np.uint8)
    labels[:, 90:118, 29:35] = Structure.VAGINA
    labels[:, 66:90, 26:38] = Structure.CERVICAL_STROMA
    labels[:, 66:90, 31:33] = Structure.CERVICAL_CANAL
    labels[:, 16:66, 18:46] = Structure.UTERINE_WALL
    labels[:, 22:66, 24:40] = Structure.JUNCTIONAL_ZONE
    labels[:, 26:66, 28:36] = Structure.UTERINE_CAVITY
    return labels
