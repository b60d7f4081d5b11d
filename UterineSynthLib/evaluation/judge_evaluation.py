"""The judge's own accuracy: what it reads on phantoms it has not seen, against what they show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.evaluation.image_maker import ImageMaker, Sampling
from UterineSynthLib.evaluation.image_store import ImageStore
from UterineSynthLib.evaluation.judge import Judge
from UterineSynthLib.evaluation.judged_image import JudgedImage, Origin
from UterineSynthLib.evaluation.judging import Judging

UNSEEN_SEED = 780_000
"""The judge was trained on seeds from 700000 on, models on seeds from 100000 to 400000."""
GRID = ModelGrid((32, 128, 128), (4.4, 1.25, 1.25))


def judge_phantoms(
    judge: Judge,
    digest: str,
    cases: int,
    folder: Path,
    on_case: Callable[[int, int], None],
    seed: int = UNSEEN_SEED,
    grid: ModelGrid = GRID,
) -> list[JudgedImage]:
    """Judge ``cases`` unseen phantoms; those judged before are taken from ``folder``.

    Raises:
        ConfigError: no case.
    """
    if cases < 1:
        raise ConfigError(f"cases = {cases}: judge at least 1 phantom")
    store = ImageStore(ImageMaker(grid), "", Sampling(), folder / "made")
    judging = Judging(store, judge, digest, folder / "judged")
    found = []
    for number in range(cases):
        found.append(judging.judged(Origin.PHANTOM, seed + number).image)
        on_case(number + 1, cases)
    return found
