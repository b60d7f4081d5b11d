"""Where the images that a model was trained on lie in the judge's feature space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.dataset.cache import ArrayCache, entry_key
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.centring import Centre
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.preprocessing import Preprocessing, preprocess_case
from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.distribution import Features
from UterineSynthLib.evaluation.judge import Judge

OnCase = Callable[[int, int], None]


def training_features(
    manifest_path: Path, grid: ModelGrid, judge: Judge, judge_digest: str, folder: Path, on_case: OnCase
) -> Features:
    """Feature vectors ``[n, d]`` of the training cases of a manifest, kept in ``folder``.

    Cases are brought to ``grid`` around the middle of their study; a single-slice model sees the middle slice.

    Raises:
        InputError: the manifest cannot be read or holds no training case.
    """
    manifest = read_manifest(manifest_path)
    cases = manifest.of_split(Split.TRAIN)
    if not cases:
        raise InputError(f"{manifest_path}: holds no case of the split 'train'")
    slices, rows, columns = grid.shape
    config = Preprocessing((columns, rows, slices), grid.spacing_mm[::-1], Centre.STUDY)
    cache, found = ArrayCache(folder), []
    for number, case in enumerate(cases, start=1):
        key = entry_key([manifest.image_path(case)], {"grid": grid, "judge": judge_digest})

        def features() -> dict[str, np.ndarray]:
            volume = preprocess_case(manifest, case, config).image[0]  # noqa: B023 (called at once)
            return {"features": judge.features_of(volume, grid.spacing_mm)}

        found.append(np.asarray(cache.get(key, ("features",), features)["features"], np.float64))
        on_case(number, len(cases))
    return np.stack(found)
