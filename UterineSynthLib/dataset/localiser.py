"""Where the uterus lies in a sagittal T2 study without labels: a small network trained on phantoms.

The study is looked at coarsely (9 x 9 x 8 mm) around its middle. The network gives a heat map; its mean is the
place and its spread says how sure it is. A place that is too unsure is not used: the caller is told so.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import to_unit
from UterineSynthLib.volumes.resampling import model_geometry, resample_image

if TYPE_CHECKING:
    from UterineSynthLib.dataset.localiser_network import LocaliserNetwork

SIZE = (32, 32, 16)
SPACING_MM = (9.0, 9.0, 8.0)
"""Columns, rows, slices and their distance: 288 x 288 x 128 mm around the middle of the study."""
WEIGHTS, FACTS = "localiser.safetensors", "localiser.json"

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """Where the localiser sees the middle of the uterus.

    Attributes:
        centre_mm: LPS position.
        spread_mm: root mean square distance of the heat map from it.
        is_sure: whether the spread is below what 98 % of the test phantoms stayed under.
    """

    centre_mm: tuple[float, float, float]
    spread_mm: float
    is_sure: bool


@dataclass(frozen=True)
class LocaliserFacts:
    """What was measured on phantoms that the network had never seen.

    Attributes:
        phantoms: how many; median_error_mm, p95_error_mm: distance to the middle of the labelled uterus.
        centre_of_study_error_mm: median of the same distance if the middle of the study is taken instead.
        sure_spread_mm: largest spread that counts as sure.
    """

    phantoms: int
    median_error_mm: float
    p95_error_mm: float
    centre_of_study_error_mm: float
    sure_spread_mm: float

    def __str__(self) -> str:
        return (
            f"median error {self.median_error_mm:.1f} mm, 95 % below {self.p95_error_mm:.1f} mm"
            f" on {self.phantoms} unseen phantoms"
        )


def localiser_folder() -> Path:
    """Where the weights that ship lie."""
    return Path(__file__).resolve().parents[2] / "Resources" / "Models" / "localiser"


def localiser_facts() -> LocaliserFacts:
    """What was measured of the localiser that ships.

    Raises:
        InputError: it is not installed.
    """
    path = localiser_folder() / FACTS
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["measured"]
    except (OSError, ValueError, KeyError) as error:
        reason = "the localiser is not installed; train it with Training/train_localiser.py or centre on the study"
        raise InputError(f"{path}: {reason}") from error
    return LocaliserFacts(**plain)


def find_uterus(study: sitk.Image) -> Place:
    """The middle of the uterus in a study in the sagittal frame (PIR).

    Raises:
        InputError: the localiser is not installed.
        VolumeError: the study holds NaN.
    """
    facts = localiser_facts()
    grid = localiser_geometry(Geometry.of_image(study))
    coarse = to_unit(sitk.GetArrayFromImage(resample_image(study, grid)))
    centre_mm, spread_mm = place_of(_network(), coarse, grid)
    return Place(centre_mm, spread_mm, spread_mm <= facts.sure_spread_mm)


def localiser_geometry(study: Geometry) -> Geometry:
    """The coarse grid that the localiser looks at."""
    return model_geometry(study, SIZE, SPACING_MM)


def place_of(network: LocaliserNetwork, coarse: Values, grid: Geometry) -> tuple[tuple[float, float, float], float]:
    """Mean (LPS mm) and root mean square spread (mm) of the heat map of ``coarse`` ``[D, H, W]`` in [-1, 1]."""
    import torch

    from UterineSynthLib.dataset.localiser_network import heat_map

    with torch.inference_mode():
        heat = heat_map(network(torch.from_numpy(coarse)[None, None]))[0].double().numpy()
    index = np.indices(heat.shape, dtype=np.float64)
    mean = (heat * index).sum(axis=(1, 2, 3))
    steps_mm = np.array(grid.spacing_mm[::-1])[:, None, None, None] * (index - mean[:, None, None, None])
    spread_mm = float(np.sqrt((heat * (steps_mm**2).sum(axis=0)).sum()))
    place = grid.index_to_lps @ np.array([*mean[::-1], 1.0])
    return (float(place[0]), float(place[1]), float(place[2])), spread_mm


@functools.lru_cache(maxsize=1)
def _network() -> LocaliserNetwork:
    from safetensors.torch import load_file

    from UterineSynthLib.dataset.localiser_network import LocaliserNetwork

    network = LocaliserNetwork()
    network.load_state_dict(load_file(localiser_folder() / WEIGHTS))
    return network.eval()
