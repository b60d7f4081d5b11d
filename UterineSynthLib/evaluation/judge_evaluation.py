"""The judge's own accuracy: what it reads on phantoms it has not seen, against what they show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scipy.ndimage import gaussian_filter

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.evaluation.image_maker import ImageMaker, Sampling
from UterineSynthLib.evaluation.image_store import ImageStore
from UterineSynthLib.evaluation.judge import Judge, Judgement, Volume
from UterineSynthLib.evaluation.judged_image import JudgedImage, Origin
from UterineSynthLib.evaluation.judging import Judging
from UterineSynthLib.evaluation.midline import Spacing
from UterineSynthLib.records import digest as digest_of

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
    blur_mm: float = 0.0,
) -> list[JudgedImage]:
    """Judge ``cases`` unseen phantoms; those judged before are taken from ``folder``.

    ``blur_mm`` is the deviation of a Gaussian that softens the slices before they are judged.

    Raises:
        ConfigError: no case, or a blur below zero.
    """
    if cases < 1:
        raise ConfigError(f"cases = {cases}: judge at least 1 phantom")
    if not blur_mm >= 0:
        raise ConfigError(f"blur = {blur_mm:g} mm: must be 0 or more")
    store = ImageStore(ImageMaker(grid), "", Sampling(), folder / "made")
    if blur_mm:
        judge, digest = _Softened(judge, blur_mm), digest_of({"judge": digest, "blur_mm": blur_mm})
    judging = Judging(store, judge, digest, folder / "judged")
    found = []
    for number in range(cases):
        found.append(judging.judged(Origin.PHANTOM, seed + number).image)
        on_case(number + 1, cases)
    return found


class _Softened(Judge):
    """A judge through a lens that is out of focus: does it still see the anatomy?"""

    def __init__(self, judge: Judge, blur_mm: float) -> None:
        self._whole, self._blur_mm = judge, blur_mm

    def judge(self, volume: Volume, spacing_mm: Spacing) -> Judgement:
        """As the judge, of the volume softened in the plane."""
        sigmas = (0.0, self._blur_mm / spacing_mm[1], self._blur_mm / spacing_mm[2])
        return self._whole.judge(gaussian_filter(volume, sigmas), spacing_mm)
