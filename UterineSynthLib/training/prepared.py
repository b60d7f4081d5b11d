"""Cases brought to a model's grid and intensities once, and kept on disk as memory-mapped arrays."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.centring import Centre, CentredOn, said_of
from UterineSynthLib.dataset.manifest import Manifest, read_manifest
from UterineSynthLib.dataset.preprocessing import is_prepared, preprocess_case
from UterineSynthLib.dataset.worker_pool import worker_pool
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.training.config import CasesConfig
from UterineSynthLib.volumes.partial_volume import PartialVolume

_LEAST_CASES_A_WORKER = 8
"""A process takes as long to start as it takes to prepare some cases."""


@dataclass(frozen=True)
class PreparedCase:
    """A case ready to train on.

    Attributes:
        image: ``[C, D, H, W]`` float32 in [-1, 1], memory-mapped, one channel for each modality.
        labels: ``[D, H, W]`` uint8 or None; partial_volume: beside them, or None.
        spacing_mm: (slice, row, column).
    """

    id: str
    image: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8] | None
    spacing_mm: tuple[float, float, float]
    description: UterusDescription | None
    source: str
    licence: str
    partial_volume: PartialVolume | None = None

    @property
    def volume(self) -> npt.NDArray[np.float32]:
        """The first channel ``[D, H, W]``: what is shown where one picture stands for the case."""
        first: npt.NDArray[np.float32] = self.image[0]
        return first


def check_channels(case: PreparedCase, wanted: int) -> None:
    """Raise :class:`ConfigError` unless a case has as many channels as the model takes."""
    got = len(case.image)
    if got != wanted:
        raise ConfigError(
            f"case '{case.id}' has {got} channel(s), the model takes {wanted}: "
            f"set image_channels to {got}, or name cases with {wanted} modalities"
        )


def without_partial_volume(cases: list[PreparedCase]) -> list[PreparedCase]:
    """The cases for a model that is shown labels alone."""
    return [replace(case, partial_volume=None) for case in cases]


def prepared_cases(config: CasesConfig, split: Split) -> list[PreparedCase]:
    """All cases of one split of all manifests, prepared or taken from the cache.

    Raises:
        ConfigError: the manifests hold no case of this split.
    """
    manifests = [read_manifest(Path(path)) for path in config.manifests]
    cases = [case for manifest in manifests for case in _prepared(manifest, config, split)]
    if not cases:
        raise ConfigError(f"{', '.join(config.manifests)}: no case of the split '{split}'")
    return cases


def cases_to_look_at(config: CasesConfig, trained: list[PreparedCase]) -> list[PreparedCase]:
    """The validation cases; the training cases ``trained`` where nobody set any aside, which is said."""
    if any(read_manifest(Path(path)).of_split(Split.VALIDATION) for path in config.manifests):
        return prepared_cases(config, Split.VALIDATION)
    told = "no case of the split 'validation': the sheets show training cases, and nothing tells how unseen ones fare"
    print(told, file=sys.stderr, flush=True)  # noqa: T201
    return trained


def _prepared(manifest: Manifest, config: CasesConfig, split: Split) -> list[PreparedCase]:
    cache = ArrayCache(config.cache)
    columns, rows, slices = config.grid.spacing_mm
    wanted = manifest.of_split(split)
    prepared = []
    centred: Counter[CentredOn] = Counter()
    _prepare_ahead(manifest, wanted, config)
    for number, case in enumerate(wanted, start=1):
        made = preprocess_case(manifest, case, config.grid, cache)
        centred[made.centred_on] += 1
        prepared.append(
            PreparedCase(
                id=case.id,
                image=made.image,
                labels=made.labels,
                spacing_mm=(slices, rows, columns),
                description=case.description,
                source=case.source,
                licence=case.licence,
                partial_volume=made.partial_volume,
            )
        )
        if number % 100 == 0 or number == len(wanted):
            print(f"prepared {number} of {len(wanted)} {split} cases", file=sys.stderr, flush=True)  # noqa: T201
    if config.grid.centre is Centre.FOUND:
        print(f"centred: {said_of(centred)}", file=sys.stderr, flush=True)  # noqa: T201
    return prepared


def _prepare_ahead(manifest: Manifest, cases: Sequence[Case], config: CasesConfig) -> None:
    """Bring cases that are not in the cache into it, by several processes where that pays."""
    if min(config.preparers, len(cases) // _LEAST_CASES_A_WORKER) < 2:
        return
    cache = ArrayCache(config.cache)
    missing = [case for case in cases if not is_prepared(manifest, case, config.grid, cache)]
    workers = min(config.preparers, len(missing) // _LEAST_CASES_A_WORKER)
    if workers > 1:
        print(f"preparing {len(missing)} cases by {workers} processes", file=sys.stderr, flush=True)  # noqa: T201
        with worker_pool(workers) as pool:
            for _ in pool.map(partial(_fill, manifest, config), missing, chunksize=4):
                pass


def _fill(manifest: Manifest, config: CasesConfig, case: Case) -> None:
    preprocess_case(manifest, case, config.grid, ArrayCache(config.cache))


def random_crop(image: npt.NDArray[Any], crop: tuple[int, int, int], generator: torch.Generator) -> npt.NDArray[Any]:
    """A crop of ``image`` ``[C, D, H, W]`` at a random place, with all its channels.

    Raises:
        ConfigError: the crop is larger than the volume.
    """
    grid = image.shape[1:]
    if any(size < wanted for size, wanted in zip(grid, crop, strict=True)):
        raise ConfigError(
            f"crop {crop} does not fit into cases of {grid} (slices, rows, columns); give a smaller crop or a larger "
            "cases.grid.size"
        )
    starts = [
        int(torch.randint(size - wanted + 1, (1,), generator=generator))
        for size, wanted in zip(grid, crop, strict=True)
    ]
    return image[:, *(slice(start, start + wanted) for start, wanted in zip(starts, crop, strict=True))]
