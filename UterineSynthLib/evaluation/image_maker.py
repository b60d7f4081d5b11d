"""Images to be judged: phantoms of a description, and a model's images of it by every way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.bundles.inference_config import ModelGrid, Quality, Way
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.rendering import render
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.evaluation.judged_image import PHANTOMS, Origin
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import PhantomCase, make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.synthesis.anatomy import grid_geometry
from UterineSynthLib.synthesis.asked import on_grid
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class MadeImage:
    """An image to be judged.

    Attributes:
        volume: float32 ``[D, H, W]``; labels: what it was made from, None in the direct way.
        description: what it was asked to show, with nothing left open.
    """

    volume: npt.NDArray[np.float32]
    labels: Labels | None
    description: UterusDescription


@dataclass(frozen=True)
class Sampling:
    """How the model samples; both None takes its standard."""

    quality: Quality | None = None
    steps: int | None = None


class ImageMaker:
    """Makes images on one grid; a model is needed for what is no phantom."""

    def __init__(
        self, grid: ModelGrid, synthesizer: Synthesizer | None = None, sampling: Sampling | None = None
    ) -> None:
        self.grid = grid
        self._synthesizer, self._sampling = synthesizer, sampling or Sampling()

    def make(self, origin: Origin, case: int, index: int = 0) -> MadeImage:
        """Image ``index`` of a case; equal arguments give equal voxels.

        Raises:
            InputError: the shape model cannot build what is asked for.
        """
        described = self._described(case)
        if origin in PHANTOMS:
            return self._phantom(described, case + index)
        return self._generated(origin, described, case, index)

    def _described(self, case: int) -> UterusDescription:
        """A drawn description whose acquisition is the grid's."""
        drawn = draw_description(case)
        thickness = round(min(drawn.acquisition.slice_thickness_mm or np.inf, self.grid.spacing_mm[0]), 1)
        scan = Acquisition(field_strength_t=drawn.acquisition.field_strength_t, slice_thickness_mm=thickness)
        return on_grid(replace(drawn, acquisition=scan), self.grid)

    def _phantom(self, description: UterusDescription, seed: int) -> MadeImage:
        made = self._phantom_case(description, seed)
        return MadeImage(_array(made.image), np.asarray(_array(made.labels), np.uint8), made.description)

    def _phantom_case(self, description: UterusDescription, seed: int) -> PhantomCase:
        if self.grid.centre == "pelvis":
            return make_phantom(description, seed, grid_geometry(self.grid))
        slices, matrix, _ = self.grid.shape
        return make_phantom(description, seed, UterineField(slices, matrix, *self.grid.spacing_mm[:2]))

    def _generated(self, origin: Origin, description: UterusDescription, case: int, index: int) -> MadeImage:
        assert self._synthesizer is not None, "an image of a model needs the model"
        mask = self._phantom_case(description, case).labels if origin is Origin.MASK else None
        request = self._request(origin, description, case)
        made = next(iter(self._synthesizer.generate(request, mask=mask, indices=[index])))
        labels = None if made.labels is None else np.asarray(_array(made.labels), np.uint8)
        return MadeImage(_array(made.image), labels, description)

    def _request(self, origin: Origin, description: UterusDescription, case: int) -> GenerationRequest:
        asks_fields = origin in (Origin.ANATOMY_FIRST, Origin.DIRECT, Origin.SAMPLE)
        return GenerationRequest(
            description=description if asks_fields else UterusDescription(),
            text=render(description, case) if origin is Origin.TEXT else None,
            way=Way.DIRECT if origin is Origin.DIRECT else Way.ANATOMY_FIRST,
            dimension=2 if self.grid.shape[0] == 1 else 3,
            count=1_000,
            seed=case,
            steps=self._sampling.steps,
            quality=self._sampling.quality,
        )


def _array(image: sitk.Image) -> npt.NDArray[np.float32]:
    return np.asarray(sitk.GetArrayFromImage(image), dtype=np.float32)
