"""What styles (:mod:`UterineSynthLib.networks.sketch`) are like in a population of studies: a few kinds of studies.

Styles come in kinds, such as the two directions in which fat can be shifted, and between two kinds lies no study. So
they are a mixture of Gaussians, one for each cluster of studies, and no single study's style is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.gaussian import RIDGE_SD, Values, draw, kept_row
from UterineSynthLib.records import record

StyleCode = npt.NDArray[np.float32]

_MOST_KINDS = 6
_STUDIES_A_KIND = 40
"""Fewer say too little about the covariance of a kind."""
_STREAM = 0x57E1


@record("uterinesynth.style_kind")
@dataclass(frozen=True)
class StyleKind:
    """One kind of studies.

    Attributes:
        studies: how many there were; mean: of their styles; covariance: row by row.
    """

    studies: int
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        width = len(self.mean)
        if self.studies < 1 or len(self.covariance) != width or any(len(row) != width for row in self.covariance):
            raise ConfigError("style prior: a kind needs studies, and as many rows and columns of covariance as means")
        if not np.isfinite(self.mean).all() or not np.isfinite(self.covariance).all():
            raise ConfigError("style prior: mean and covariance must be finite")


@record("uterinesynth.style_prior")
@dataclass(frozen=True)
class StylePrior:
    """All kinds of studies of a population, as frequent as they were in it."""

    kinds: tuple[StyleKind, ...]

    def __post_init__(self) -> None:
        if not self.kinds or len({len(kind.mean) for kind in self.kinds}) > 1:
            raise ConfigError("style prior: there must be at least one kind, and all of one width")

    @property
    def width(self) -> int:
        """Numbers of a style."""
        return len(self.kinds[0].mean)

    def draw(self, seed: int, index: int) -> StyleCode:
        """The style ``[S]`` of volume ``index`` of a run."""
        rng = np.random.default_rng([_STREAM, seed, index])
        shares = np.array([kind.studies for kind in self.kinds], dtype=np.float64)
        kind = self.kinds[int(rng.choice(len(shares), p=shares / shares.sum()))]
        style: StyleCode = draw(np.array(kind.mean), np.array(kind.covariance), rng).astype(np.float32)
        return style


def fitted_styles(styles: Sequence[StyleCode]) -> StylePrior:
    """The prior of studies with these styles ``[S]``.

    Raises:
        ConfigError: there is no study.
    """
    if not styles:
        raise ConfigError("style prior: no study with a label map to read a style in")
    rows = np.stack(styles).astype(np.float64)
    return StylePrior(tuple(_kind(rows[members]) for members in _clusters(rows)))


def _clusters(rows: Values) -> list[npt.NDArray[np.bool_]]:
    """Members of each cluster, none of them empty."""
    from scipy.cluster.vq import kmeans2  # Drawing, for which a bundle is read, needs no more than numpy.

    count = int(np.clip(len(rows) // _STUDIES_A_KIND, 1, _MOST_KINDS))
    if count == 1:
        return [np.ones(len(rows), dtype=bool)]
    _, belongs = kmeans2(rows, count, minit="++", rng=0)
    return [belongs == number for number in np.unique(belongs)]


def _kind(rows: Values) -> StyleKind:
    off = rows - rows.mean(axis=0)
    covariance = off.T @ off / len(rows) + RIDGE_SD**2 * np.eye(rows.shape[1])
    return StyleKind(
        len(rows),
        kept_row(rows.mean(axis=0)),
        tuple(kept_row(row) for row in covariance),
    )
