"""From layers on a stack with several depths a slice to the partial volume of its label map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.inclusions import Box, Inclusions
from UterineSynthLib.phantom.shape import Field, Layer, SamplingGrid
from UterineSynthLib.phantom.slice_profile import profile_weights
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.partial_volume import WHOLE, PartialVolume
from UterineSynthLib.volumes.structures import STRUCTURE_COUNT, Structure

_TEXTURED = {
    Structure.FAT: Tissue.PELVIC_FAT,
    Structure.MYOMA: Tissue.MYOMA_TYPICAL,
    Structure.RECTAL_CONTENT: Tissue.STOOL,
    Structure.BOWEL_FLUID: Tissue.BOWEL_FLUID,
}
"""Tissues that hold parts of their own structure."""


def partial_volume_of(
    layers: Sequence[Layer],
    grid: SamplingGrid,
    labels: npt.NDArray[np.uint8],
    slice_thickness_mm: float,
    inclusions: Inclusions | None = None,
) -> PartialVolume:
    """What each voxel holds besides its label, through the profile of its slice.

    Args:
        layers, grid, inclusions: as of the label map ``[D, H, W]``
            (:func:`UterineSynthLib.phantom.rasterise.paint_labels`).
        slice_thickness_mm: full width of a slice at half its height.
    """
    weights = profile_weights(grid.offsets_mm, slice_thickness_mm)[:, None, None]
    second, share = np.zeros_like(labels), np.zeros_like(labels)
    for number, named in enumerate(labels):
        shares = _shares(layers, number, np.broadcast_to(weights, (len(weights), *named.shape)).copy(), inclusions)
        own = np.take_along_axis(shares, named[None].astype(np.intp), axis=0)
        np.put_along_axis(shares, named[None].astype(np.intp), np.float32(-1), axis=0)
        share[number] = np.round((1 - own[0].clip(0, 1)) * WHOLE)
        mixed = share[number] > 0
        second[number][mixed] = shares[:, mixed].argmax(axis=0)
    return PartialVolume(second, share)


def texture_of_labels(labels: npt.NDArray[np.uint8], inclusions: Inclusions) -> PartialVolume:
    """What the tissues of a label map ``[D, H, W]`` hold besides themselves, in voxels of one tissue each.

    For a map that was drawn, which says nothing of borders. All fat is that of the pelvis; muscle is left as it is.
    """
    second, share = np.zeros_like(labels), np.zeros_like(labels)
    whole = tuple(slice(0, size) for size in labels.shape)
    for structure, tissue in _TEXTURED.items():
        is_here = labels == structure
        if is_here.any():
            held, parts = _held(inclusions, tissue, (whole[0], whole[1], whole[2]))
            second[is_here], share[is_here] = held, np.round(parts[is_here] * WHOLE)
    second[share == 0] = 0
    return PartialVolume(second, share)


def _held(inclusions: Inclusions, tissue: Tissue, box: Box) -> tuple[Structure, Field]:
    found = inclusions.shares_of(tissue, box)
    assert found is not None, "tissues of the table hold something"
    return found


def _shares(layers: Sequence[Layer], number: int, unseen: Field, inclusions: Inclusions | None) -> Field:
    """Shares ``[structures, H, W]`` of the voxels of one slice.

    ``unseen`` ``[depths, H, W]`` is used up: what no layer above has covered yet, from the uppermost layer down.
    """
    depths = len(unseen)
    shares = np.zeros((STRUCTURE_COUNT, *unseen.shape[1:]), dtype=np.float32)
    for layer in reversed(layers):
        planes, rows, columns = layer.box
        first, last = max(planes.start, number * depths), min(planes.stop, (number + 1) * depths)
        if first >= last:
            continue
        open_yet = unseen[first - number * depths : last - number * depths, rows, columns]
        taken = open_yet * layer.coverage[first - planes.start : last - planes.start]
        open_yet -= taken
        added = taken.sum(axis=0)
        included = (
            None
            if inclusions is None
            else inclusions.shares_of(layer.tissue, (slice(number, number + 1), rows, columns))
        )
        if included is not None:
            structure, share = included
            other = added * share[0]
            shares[structure, rows, columns] += other
            added -= other
        shares[layer.structure, rows, columns] += added
    shares[0] += unseen.sum(axis=0)
    return shares
