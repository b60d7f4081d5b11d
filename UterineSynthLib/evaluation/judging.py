"""Making and judging images one by one, each kept on disk under the digest of all that shapes it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.image_maker import MadeImage
from UterineSynthLib.evaluation.image_store import ImageStore
from UterineSynthLib.evaluation.judge import Judge, Judgement
from UterineSynthLib.evaluation.judged_image import JudgedImage, Origin
from UterineSynthLib.evaluation.midline import Labels
from UterineSynthLib.evaluation.overlap import umd_dice
from UterineSynthLib.evaluation.reading import Reading, reading_of_description, reading_of_labels
from UterineSynthLib.evaluation.restoring import Restorer
from UterineSynthLib.records import digest, from_json, to_json, write_text_whole
from UterineSynthLib.volumes.intensity import to_unit
from UterineSynthLib.volumes.structures import UTERUS

_KEPT_SLICES = 8
_ARRAYS = ("features", "picture", "slices")


@dataclass(frozen=True)
class JudgedArrays:
    """What is kept of an image beside its record.

    Attributes:
        features: in the judge's feature space; None where the image could not be made.
        picture: uint8 ``[3, H, W]`` of the middle of the uterus: image, labels asked for, labels read.
        slices: float16 ``[n, H, W]`` in [-1, 1], the middle slices.
    """

    features: npt.NDArray[np.float32]
    picture: npt.NDArray[np.uint8]
    slices: npt.NDArray[np.float16]


@dataclass(frozen=True)
class Judged:
    """An image's record, and its arrays unless it was refused."""

    image: JudgedImage
    arrays: JudgedArrays | None


class Judging:
    """Makes, judges and keeps images in a folder; what is there already is not made again."""

    def __init__(
        self, store: ImageStore, judge: Judge, judge_digest: str, folder: Path, restorer: Restorer | None = None
    ) -> None:
        self._store, self._judge, self._restorer = store, judge, restorer
        self._digest, self._folder = judge_digest, folder
        self._cache = ArrayCache(folder)
        self._restores = "" if restorer is None else restorer.digest
        self._is_single_slice = store.grid.shape[0] == 1

    def judged(self, origin: Origin, case: int, index: int = 0) -> Judged:
        """An image and what the judge makes of it, from the folder where it is there."""
        key = digest({"image": self._store.key(origin, case, index), "judge": self._digest, "restored": self._restores})
        path = self._folder / f"{key}.json"
        if path.is_file():
            image = from_json(JudgedImage, path.read_text(encoding="utf-8"), str(path))
            return Judged(image, None if image.refused else self._arrays(key, None))
        began = time.monotonic()
        try:
            made = self._store.make(origin, case, index)
        except InputError as error:
            image, arrays = JudgedImage(case, origin, refused=str(error)), None
        else:
            judgement = self._judge.judge(made.volume, self._store.grid.spacing_mm)
            image = self._record(origin, case, made, judgement, time.monotonic() - began)
            arrays = self._arrays(key, _arrays_of(made, judgement))
        write_text_whole(path, to_json(image, indent=1))
        return Judged(image, arrays)

    def _record(self, origin: Origin, case: int, made: MadeImage, judgement: Judgement, seconds: float) -> JudgedImage:
        likeness = (
            {} if origin is not Origin.PHANTOM or self._restorer is None else self._restorer.likeness(made.volume)
        )
        return JudgedImage(
            case=case,
            origin=origin,
            asked=self._asked(case, made),
            read=judgement.reading,
            dice={} if made.labels is None else umd_dice(made.labels, judgement.labels),
            likeness=likeness,
            seconds=round(seconds, 2),
        )

    def _asked(self, case: int, made: MadeImage) -> Reading:
        """A volume shall show what its description says; a single slice what its label map shows of it."""
        if not self._is_single_slice:
            return reading_of_description(made.description)
        labels = self._store.make(Origin.PHANTOM, case).labels if made.labels is None else made.labels
        assert labels is not None, "every phantom has its labels"
        return reading_of_labels(labels, self._store.grid.spacing_mm)

    def _arrays(self, key: str, made: JudgedArrays | None) -> JudgedArrays:
        def named() -> dict[str, npt.NDArray[np.generic]]:
            if made is None:
                raise InputError(f"{self._folder}: the arrays of {key} are gone; delete {key}.json to make them anew")
            return {name: getattr(made, name) for name in _ARRAYS}

        kept = self._cache.get(key, _ARRAYS, named)
        return JudgedArrays(
            np.asarray(kept["features"], np.float32),
            np.asarray(kept["picture"], np.uint8),
            np.asarray(kept["slices"], np.float16),
        )


def _arrays_of(made: MadeImage, judgement: Judgement) -> JudgedArrays:
    unit = to_unit(made.volume)
    asked = np.zeros_like(judgement.labels) if made.labels is None else made.labels
    number = middle_of(judgement.labels if made.labels is None else made.labels)
    grey = np.round((unit[number] + 1) * 127.5).astype(np.uint8)
    first = max((len(unit) - _KEPT_SLICES) // 2, 0)
    return JudgedArrays(
        judgement.features,
        np.stack([grey, asked[number], judgement.labels[number]]),
        unit[first : first + _KEPT_SLICES].astype(np.float16),
    )


def middle_of(labels: Labels) -> int:
    """Number of the slice in the middle of the uterus; of the stack where there is none."""
    shown = np.flatnonzero(np.isin(labels, UTERUS).any(axis=(1, 2)))
    return int(shown[len(shown) // 2]) if len(shown) else len(labels) // 2
