"""The synthesizer: a bundle in memory that turns requests into synthetic cases."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.bundles.catalogue import find_bundle
from UterineSynthLib.bundles.inference_config import Way
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import DeviceError
from UterineSynthLib.optional import hidden
from UterineSynthLib.synthesis.anatomy import anatomy_of, grid_geometry, mask_on_grid, texture_of_mask
from UterineSynthLib.synthesis.asked import asked_of
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.synthesis.device import ComputeDevice, choose_device
from UterineSynthLib.synthesis.progress import OnProgress, ProgressClock, ShouldStop, Stage
from UterineSynthLib.synthesis.provenance import LabelSource, Provenance, program_versions, voxel_digest
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.settings import SamplingSettings, settings_of
from UterineSynthLib.volumes.files import read_labels
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.partial_volume import PartialVolume

if TYPE_CHECKING:
    from UterineSynthLib.synthesis.painter import Painter

_NOT_NEEDED_BY_NETWORKS = (
    "ignite",
    "itk",
    "matplotlib",
    "nibabel",
    "pandas",
    "pydicom",
    "skimage",
    "sklearn",
    "tensorboard",
    "torchvision",
    "transformers",
)


@dataclass(frozen=True)
class _Plan:
    """A request whose every part was checked, before anything is computed."""

    request: GenerationRequest
    settings: SamplingSettings
    description: UterusDescription
    not_understood: tuple[str, ...]
    mask: sitk.Image | None


@dataclass(frozen=True)
class _Anatomy:
    """What one volume is to show: its grid, its label map where there is one, its description.

    Attributes:
        partial_volume: beside the label map, for a model that is shown it.
    """

    geometry: Geometry
    labels: sitk.Image | None
    source: LabelSource
    description: UterusDescription
    partial_volume: PartialVolume | None = None


class Synthesizer:
    """A bundle on a device.

    Attributes:
        bundle: the model; compute: the device that :meth:`from_bundle` chose.
    """

    def __init__(self, bundle: Bundle, painter: Painter, compute: ComputeDevice) -> None:
        self.bundle = bundle
        self.compute = compute
        self._painter = painter

    @classmethod
    def from_bundle(
        cls, bundle: Bundle | str | Path, device: str = "auto", text_encoder: Path | None = None
    ) -> Synthesizer:
        """Load a bundle (or the one of a folder or name) on ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

        Raises:
            BundleError: the bundle is not whole.
            DeviceError: there is no such device.
        """
        with hidden(_NOT_NEEDED_BY_NETWORKS):
            from UterineSynthLib.synthesis.painter import Painter

        whole = bundle if isinstance(bundle, Bundle) else find_bundle(bundle)
        compute = choose_device(device)
        return cls(whole, Painter.of_bundle(whole, compute, text_encoder), compute)

    def generate(
        self,
        request: GenerationRequest,
        mask: sitk.Image | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
        indices: Sequence[int] | None = None,
    ) -> Iterator[SyntheticCase]:
        """Cases of a request, one after the other; the request is checked at once, before the first is asked for.

        ``mask`` takes the place of the file that ``request.mask`` names. ``should_stop()`` is asked before every step.
        ``indices`` names the volumes to make, from 0; None makes all.

        Raises:
            InputError: what is asked for cannot be made; says what can.
            Stopped: from the iterator, when ``should_stop`` said so.
        """
        wanted = range(request.count) if indices is None else indices
        return self._cases(self._planned(request, mask), wanted, on_progress, should_stop)

    def _planned(self, request: GenerationRequest, mask: sitk.Image | None) -> _Plan:
        inference = self.bundle.inference
        source = request.mask or "mask"
        if mask is None and request.mask is not None:
            mask = read_labels(request.mask)
        settings = settings_of(request, inference, has_mask=mask is not None)
        if mask is not None:
            mask = mask_on_grid(mask, inference.grid, request.resample_mask, source)
        asked = asked_of(request, inference.grid)
        return _Plan(request, settings, asked.description, asked.not_understood, mask)

    def _cases(
        self, plan: _Plan, indices: Sequence[int], on_progress: OnProgress | None, should_stop: ShouldStop | None
    ) -> Iterator[SyntheticCase]:
        clock = ProgressClock(plan.request.count, on_progress)
        for index in indices:
            clock.begin_volume(index)
            yield self._case(plan, index, clock, should_stop)

    def _case(self, plan: _Plan, index: int, clock: ProgressClock, should_stop: ShouldStop | None) -> SyntheticCase:
        began_s = time.monotonic()
        clock.tell(Stage.ANATOMY, 0, 1)
        anatomy = self._anatomy(plan, index)
        clock.tell(Stage.ANATOMY, 1, 1)
        unit = self._painted(plan, anatomy, index, clock, should_stop)
        voxels = ((unit + 1.0) * 0.5 * self.bundle.inference.intensity_high).astype(np.float32)
        # A model of one modality keeps the digest of its single volume.
        hashed = voxels[0] if len(voxels) == 1 else voxels
        provenance = self._provenance(plan, anatomy, index, hashed, time.monotonic() - began_s)
        first, *further = (anatomy.geometry.image_of(channel) for channel in voxels)
        return SyntheticCase(first, anatomy.labels, provenance, tuple(further))

    def _anatomy(self, plan: _Plan, index: int) -> _Anatomy:
        grid = self.bundle.inference.grid
        is_mixed, is_textured = self._painter.takes_partial_volume, self._painter.takes_texture
        if plan.mask is not None:
            texture = texture_of_mask(plan.mask, plan.request.seed, index) if is_textured else None
            return _Anatomy(Geometry.of_image(plan.mask), plan.mask, "mask", plan.description, texture)
        if plan.settings.way is Way.DIRECT:
            return _Anatomy(grid_geometry(grid), None, "none", plan.description)
        labels, partial, description = anatomy_of(
            plan.description, grid, plan.request.seed, index, is_mixed, is_textured
        )
        return _Anatomy(Geometry.of_image(labels), labels, "shape model", description, partial)

    def _painted(
        self, plan: _Plan, anatomy: _Anatomy, index: int, clock: ProgressClock, should_stop: ShouldStop | None
    ) -> npt.NDArray[np.float32]:
        import torch

        labels = None if anatomy.labels is None else sitk.GetArrayFromImage(anatomy.labels)
        try:
            seed, stop = plan.request.seed, should_stop or _never
            condition = self._painter.condition(
                anatomy.description, plan.request.text, labels, (seed, index), anatomy.partial_volume
            )
            return self._painter.paint(condition, plan.settings, seed, index, clock.tell, stop)
        except torch.OutOfMemoryError as error:
            raise DeviceError(
                f"{self.compute.name} has too little free memory for this model; "
                "free it from other programs, turn guidance off (1.0), or compute on the CPU"
            ) from error

    def _provenance(
        self, plan: _Plan, anatomy: _Anatomy, index: int, voxels: npt.NDArray[np.float32], seconds: float
    ) -> Provenance:
        metadata = self.bundle.metadata
        mask = None if plan.mask is None else voxel_digest(sitk.GetArrayViewFromImage(plan.mask))
        return Provenance(
            synthetic=True,
            statement=metadata.statement,
            phantom_trained=metadata.phantom_trained,
            request=plan.request.without_paths(),
            index=index,
            description=anatomy.description,
            not_understood=plan.not_understood,
            settings=plan.settings,
            label_source=anatomy.source,
            bundle=metadata.name,
            bundle_version=metadata.version,
            bundle_digest=self.bundle.digest,
            device=self.compute.name,
            precision=self.compute.precision,
            versions=program_versions(),
            intensity=f"T2-weighted signal, no unit, 0 to {self.bundle.inference.intensity_high:g}",
            voxels_sha256=voxel_digest(voxels),
            created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 3),
            mask_sha256=mask,
        )


def _never() -> bool:
    return False
