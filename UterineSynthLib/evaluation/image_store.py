"""Made images kept on disk, so that another judge, or a repeated command, need not have them made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import OutputError
from UterineSynthLib.evaluation.image_maker import ImageMaker, MadeImage, Sampling
from UterineSynthLib.evaluation.judged_image import PHANTOMS, Origin
from UterineSynthLib.records import digest, from_json, to_json, write_text_whole


class ImageStore:
    """A maker with a memory: the digest of all that shapes an image is its name in the folder."""

    def __init__(self, maker: ImageMaker, model_digest: str, sampling: Sampling, folder: Path) -> None:
        self.grid = maker.grid
        self._maker, self._model, self._sampling, self._folder = maker, model_digest, sampling, folder
        self._cache = ArrayCache(folder)

    def key(self, origin: Origin, case: int, index: int) -> str:
        """Name of an image. Phantoms are the same for every model on their grid."""
        facts: dict[str, object] = {"origin": origin.value, "case": case, "index": index, "grid": self.grid}
        if origin not in PHANTOMS:
            facts |= {"model": self._model, "sampling": self._sampling}
        return digest(facts)

    def make(self, origin: Origin, case: int, index: int = 0) -> MadeImage:
        """As :meth:`ImageMaker.make`; an image that was made before is read. Voxels are kept in half precision.

        Raises:
            InputError: the shape model cannot build what is asked for.
            OutputError: a kept image is not whole.
        """
        key = self.key(origin, case, index)
        described = self._folder / f"{key}.json"
        if not described.is_file():
            made = self._maker.make(origin, case, index)
            self._cache.get(key, self._names(made.labels is not None), lambda: _arrays(made))
            write_text_whole(described, to_json(made.description))
        description = from_json(UterusDescription, described.read_text(encoding="utf-8"), str(described))

        def gone() -> dict[str, npt.NDArray[np.generic]]:
            raise OutputError(self._folder, f"the voxels of {key} are gone; delete {key}.json to have them made anew")

        kept = self._cache.get(key, self._names(origin is not Origin.DIRECT), gone)
        labels = np.asarray(kept["labels"], np.uint8) if "labels" in kept else None
        return MadeImage(np.asarray(kept["volume"], np.float32), labels, description)

    @staticmethod
    def _names(has_labels: bool) -> tuple[str, ...]:
        return ("volume", "labels") if has_labels else ("volume",)


def _arrays(made: MadeImage) -> dict[str, npt.NDArray[np.generic]]:
    arrays: dict[str, npt.NDArray[np.generic]] = {"volume": made.volume.astype(np.float16)}
    return arrays if made.labels is None else {**arrays, "labels": made.labels}
