"""The grid that a trained model will generate on, known before it is trained."""

from __future__ import annotations

from typing import Literal

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.dataset.centring import Centre
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.training.config import CasesConfig

_AROUND: dict[Centre, Literal["uterus", "study"]] = {
    Centre.UTERUS: "uterus",
    Centre.FOUND: "uterus",
    Centre.STUDY: "study",
}


def published_grid(cases: CasesConfig, is_flat: bool) -> ModelGrid:
    """The grid of the training, of one slice for a flat model, around what the cases were centred on.

    Raises:
        ConfigError: no bundle may have such a grid.
    """
    columns, rows, slices = cases.grid.size
    column_mm, row_mm, slice_mm = cases.grid.spacing_mm
    shape = (1 if is_flat else slices, rows, columns)
    try:
        return ModelGrid(shape, (slice_mm, row_mm, column_mm), _AROUND[cases.grid.centre])
    except ConfigError as error:
        raise ConfigError(f"cases.grid: a model of this grid could not be published; {error}") from error
