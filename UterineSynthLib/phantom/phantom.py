"""The digital pelvis in one call: a description and a seed give a T2 volume, its label map and the measured truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom.acquire import acquire, sampling_grid
from UterineSynthLib.phantom.anatomy import Anatomy, build_anatomy
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.inclusions import Inclusions
from UterineSynthLib.phantom.measurement import MeasuredTruth, measure
from UterineSynthLib.phantom.mixing import partial_volume_of
from UterineSynthLib.phantom.one_thread import in_one_thread
from UterineSynthLib.phantom.population import complete_and_grow
from UterineSynthLib.phantom.protocol import draw_geometry, draw_protocol
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.shape import SamplingGrid
from UterineSynthLib.phantom.tissue import tissue_table
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.partial_volume import PartialVolume

_DEPTHS = 3


@dataclass(frozen=True)
class PhantomCase:
    """One phantom.

    Attributes:
        image: float32 magnitude image; labels: uint8 label map on the same grid; partial_volume: of its
            voxels, where it was asked for.
        description: complete: what was asked for with every open field filled.
        anatomy: the shapes behind both.
    """

    image: sitk.Image
    labels: sitk.Image
    partial_volume: PartialVolume | None
    description: UterusDescription
    anatomy: Anatomy

    @cached_property
    def truth(self) -> MeasuredTruth:
        """What the phantom shows, measured when it is first asked for."""
        return measure(self.anatomy)


@in_one_thread()
def make_phantom(
    description: UterusDescription,
    seed: int,
    geometry: Geometry | UterineField | None = None,
    is_mixed: bool = False,
) -> PhantomCase:
    """A T2 volume with its label map; the same description and seed give the same voxels.

    Args:
        description: may have open fields; they are drawn from the population.
        geometry: grid of the stack, or one to be laid around the uterus; drawn from the description's acquisition if
            None.
        is_mixed: tell its partial volume, too.

    Raises:
        InputError: what is asked for cannot be built.
    """
    full, grown = complete_and_grow(description, seed)
    anatomy = build_anatomy(full, seed, grown)
    geometry_rng, protocol_rng, tissue_rng = np.random.default_rng([seed, 3]).spawn(3)
    grid_geometry = _laid(geometry, anatomy) or draw_geometry(full.acquisition, geometry_rng)
    protocol = draw_protocol(full.acquisition, protocol_rng)
    tissues = tissue_table(protocol.field_strength_t, tissue_rng, full.menopausal_status)
    grid = sampling_grid(grid_geometry, protocol.slice_thickness_mm, _DEPTHS)
    layers = list(layers_of(anatomy.shapes, grid))
    image = acquire(layers, grid, tissues, protocol, seed)
    inclusions = Inclusions(grid.geometry, seed)
    labels = paint_labels(layers, grid, inclusions)
    partial = partial_volume_of(layers, grid, labels, protocol.slice_thickness_mm, inclusions) if is_mixed else None
    return PhantomCase(grid_geometry.image_of(image), grid_geometry.image_of(labels), partial, full, anatomy)


@in_one_thread()
def make_label_map(
    description: UterusDescription, seed: int, geometry: Geometry | UterineField | None = None
) -> sitk.Image:
    """The label map of :func:`make_phantom` for the same arguments, without its image.

    Raises:
        InputError: what is asked for cannot be built.
    """
    full, grown = complete_and_grow(description, seed)
    geometry_rng = np.random.default_rng([seed, 3]).spawn(3)[0]
    anatomy = build_anatomy(full, seed, grown)
    grid = SamplingGrid(_laid(geometry, anatomy) or draw_geometry(full.acquisition, geometry_rng))
    labels = paint_labels(layers_of(anatomy.shapes, grid), grid, Inclusions(grid.geometry, seed))
    return grid.geometry.image_of(labels)


def _laid(geometry: Geometry | UterineField | None, anatomy: Anatomy) -> Geometry | None:
    return geometry.around(anatomy.pose) if isinstance(geometry, UterineField) else geometry
