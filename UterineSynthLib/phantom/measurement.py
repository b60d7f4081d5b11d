"""What a phantom shows, measured from its label map and its surfaces instead of repeated from the request.

The uterus is rasterised again on isotropic grids: the whole organ at 0.8 mm (coarser for a very large one), each lesion
on a grid of its own of about sixty voxels across. Thicknesses come from distance maps and rays through those label
maps, diameters from the farthest pair of voxels, FIGO types from what the faces of a lesion's voxels look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, distance_transform_edt
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from UterineSynthLib.description.position import position_of
from UterineSynthLib.description.vocabulary import Figo, MyometrialInvasion, Pathology, UterinePosition
from UterineSynthLib.phantom.anatomy import Anatomy
from UterineSynthLib.phantom.figo_type import Surroundings, figo_of
from UterineSynthLib.phantom.implicit import Box
from UterineSynthLib.phantom.lesions import Lesion
from UterineSynthLib.phantom.measured_block import Block, label_block
from UterineSynthLib.phantom.uterus import uterine_box
from UterineSynthLib.records import record
from UterineSynthLib.volumes.structures import UTERUS, Structure

_ACROSS = 60
_LESION_MARGIN_MM = 3.0
_UNDISTURBED_MM = 8.0
_FINEST_MM, _MOST_VOXELS = 0.8, 3.0e6
_CAVITY = (Structure.UTERINE_CAVITY, Structure.POLYP, Structure.CARCINOMA)
_LESIONS = (Structure.MYOMA, Structure.POLYP, Structure.CARCINOMA, Structure.NABOTHIAN_CYST)
_ALL_OF_UTERUS = (*UTERUS,)
_RAY_STEP_MM = 0.2


@dataclass(frozen=True)
class MeasuredLeiomyoma:
    """A leiomyoma as it is: greatest diameter, volume, FIGO type by definition, share of its surface in the wall."""

    figo: Figo
    diameter_mm: float
    volume_ml: float
    intramural_share: float


@record("uterinesynth.measured_truth")
@dataclass(frozen=True)
class MeasuredTruth:
    """What a phantom shows. Fields are those of a description; what is absent is None or empty.

    Attributes:
        junctional_zone_mm: mean over the corpus, or with focal adenomyosis the greatest (99th percentile).
        endometrium_mm: double layer across the middle and upper cavity, where no lesion lies (median).
        uterine_volume_ml: corpus and cervix less the lesions.
    """

    leiomyomas: tuple[MeasuredLeiomyoma, ...]
    junctional_zone_mm: float | None
    endometrium_mm: float | None
    version_deg: float
    flexion_deg: float
    position: UterinePosition | None
    uterine_length_mm: float
    uterine_volume_ml: float
    polyp_diameter_mm: float | None = None
    carcinoma_diameter_mm: float | None = None
    carcinoma_invasion: MyometrialInvasion | None = None
    nabothian_cyst_count: int | None = None
    nabothian_cyst_diameter_mm: float | None = None
    niche_depth_mm: float | None = None
    niche_residual_mm: float | None = None


def measure(anatomy: Anatomy) -> MeasuredTruth:
    """Measure the uterus of an anatomy. Takes about a second."""
    block = _whole_uterus(anatomy)
    version, flexion = measured_angles(anatomy)
    depth, residual = _niche(anatomy, block)
    carcinoma = _of_kind(anatomy, Pathology.ENDOMETRIAL_CARCINOMA)
    cysts = _diameters(anatomy, Pathology.NABOTHIAN_CYSTS)
    return MeasuredTruth(
        leiomyomas=tuple(_leiomyoma(anatomy, lesion) for lesion in _of_kind(anatomy, Pathology.LEIOMYOMA)),
        junctional_zone_mm=_junctional_zone(anatomy, block),
        endometrium_mm=_endometrium(anatomy, block),
        version_deg=_tenth(version),
        flexion_deg=_tenth(flexion),
        position=position_of(version, flexion),
        uterine_length_mm=_tenth(_length(anatomy)),
        uterine_volume_ml=_tenth(_volume_ml(block)),
        polyp_diameter_mm=max(_diameters(anatomy, Pathology.ENDOMETRIAL_POLYP), default=None),
        carcinoma_diameter_mm=max(_diameters(anatomy, Pathology.ENDOMETRIAL_CARCINOMA), default=None),
        carcinoma_invasion=_invasion(anatomy, carcinoma[0]) if carcinoma else None,
        nabothian_cyst_count=len(cysts) or None,
        nabothian_cyst_diameter_mm=max(cysts, default=None),
        niche_depth_mm=depth,
        niche_residual_mm=residual,
    )


def measured_angles(anatomy: Anatomy) -> tuple[float, float]:
    """Version and flexion in degrees from the fixed points, projected on the mid-sagittal plane."""
    pose, marks = anatomy.pose, anatomy.landmarks
    points = (marks.introitus, pose.external_os, pose.internal_os, pose.fundus)
    axes = [np.subtract(b, a)[1:] for a, b in pairwise(points)]
    return _turn_deg(axes[0], axes[1]), _turn_deg(axes[1], axes[2])


def _turn_deg(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Signed angle between two axes (y, z), positive towards the front."""
    cross = float(first[1] * -second[0] + first[0] * second[1])
    return float(np.degrees(np.arctan2(cross, float(first @ second))))


def _length(anatomy: Anatomy) -> float:
    """External os to internal os, and on along the corpus axis to the serosa (without the wall over lesions)."""
    pose = anatomy.pose
    cervix = float(np.linalg.norm(np.subtract(pose.internal_os, pose.external_os)[1:]))
    return cervix + float(np.linalg.norm(np.subtract(pose.fundus, pose.internal_os)[1:]))


def _volume_ml(block: Block) -> float:
    counted = [structure for structure in UTERUS if structure not in _LESIONS]
    return float(np.isin(block.labels, counted).sum()) * block.spacing_mm**3 / 1000


def _whole_uterus(anatomy: Anatomy) -> Block:
    box = uterine_box(anatomy.fields)
    extent = np.subtract(box[1], box[0])
    spacing = max(_FINEST_MM, float(np.prod(extent) / _MOST_VOXELS) ** (1 / 3))
    return label_block(anatomy.uterus, box, spacing)


def _junctional_zone(anatomy: Anatomy, block: Block) -> float | None:
    """Thickness where the outer border of the junctional zone meets the outer myometrium, in the corpus."""
    labels = block.labels
    cavity = np.isin(labels, _CAVITY)
    zone = labels == Structure.JUNCTIONAL_ZONE
    outer = zone & binary_dilation(labels == Structure.UTERINE_WALL)
    outer &= ~_near_lesions(block)
    x, y, z = block.points(outer)
    if not len(x):
        return None
    line = anatomy.fields.form.line
    s = line.coordinates(x, y, z)[0]
    thickness = distance_transform_edt(~cavity, sampling=block.spacing_mm)[outer]
    corpus = s > line.internal_os_s + 0.32 * line.corpus_mm
    if not corpus.any():
        return None
    if anatomy.fields.form.focal is not None:
        return _tenth(np.percentile(thickness[corpus], 99))
    return _tenth(thickness[corpus].mean())


def _near_lesions(block: Block) -> npt.NDArray[np.bool_]:
    """Where lesions push the zones aside."""
    lesions = np.isin(block.labels, (*_LESIONS, Structure.NICHE))
    if not lesions.any():
        return lesions
    return np.asarray(distance_transform_edt(~lesions, sampling=block.spacing_mm) < _UNDISTURBED_MM)


def _endometrium(anatomy: Anatomy, block: Block) -> float | None:
    """Median length within the cavity of rays from front to back that meet no lesion."""
    form = anatomy.fields.form
    offsets = np.arange(-35.0, 35.0, _RAY_STEP_MM)
    cavity = block.labels == Structure.UTERINE_CAVITY
    disturbed = replace(block, labels=(_near_lesions(block) & cavity).astype(np.uint8))
    found = []
    for share in np.linspace(0.45, 0.95, 11):
        s = form.cavity_apex_s + share * (form.cavity_top_s - form.cavity_apex_s)
        for w in (-0.3, 0.0, 0.3):
            aside = w * share * form.cavity_half_width_mm
            points = form.line.points(s, offsets, aside)
            labels = block.at(points)
            if not disturbed.at(points).any():
                found.append(_RAY_STEP_MM * float((labels == Structure.UTERINE_CAVITY).sum()))
    return _tenth(float(np.median(found))) if found else None


def _leiomyoma(anatomy: Anatomy, lesion: Lesion) -> MeasuredLeiomyoma:
    mask, block = _lesion_block(anatomy, lesion)
    faces = faces_of(mask, block.labels)
    return MeasuredLeiomyoma(
        figo_of(faces),
        _tenth(_greatest_diameter(mask, block.spacing_mm)),
        round(float(mask.sum()) * block.spacing_mm**3 / 1000, 2),
        round(faces.wall, 3),
    )


def faces_of(mask: npt.NDArray[np.bool_], labels: npt.NDArray[np.uint8]) -> Surroundings:
    """What the faces of a lesion's voxels look at in a label map; other leiomyomas and the map's edge do not count.

    A face counts with the area of surface it stands for, so that a staircase measures like the surface it follows.
    """
    distance = distance_transform_edt(mask) - distance_transform_edt(~mask)
    slopes = np.gradient(distance.astype(np.float32))
    norm = np.sqrt(sum(slope**2 for slope in slopes)) + np.float32(1e-6)
    counts = np.zeros(256)
    for axis, slope in enumerate(slopes):
        for step in (1, -1):
            inside = np.flatnonzero(mask)
            index = np.array(np.unravel_index(inside, mask.shape))
            index[axis] += step
            kept = (index[axis] >= 0) & (index[axis] < mask.shape[axis])
            index, inside = index[:, kept], inside[kept]
            outer = ~mask[tuple(index)]
            weight = np.abs((slope / norm).ravel()[inside[outer]])
            counts += np.bincount(labels[tuple(index[:, outer])], weight, minlength=256)
    cavity = counts[[*_CAVITY]].sum()
    cervical = counts[[Structure.CERVICAL_STROMA, Structure.CERVICAL_CANAL, Structure.NABOTHIAN_CYST]].sum()
    corporal = counts[[Structure.UTERINE_WALL, Structure.JUNCTIONAL_ZONE, Structure.ADENOMYOTIC_FOCUS]].sum()
    wall = cervical + corporal + counts[Structure.NICHE]
    outside = counts.sum() - cavity - wall - counts[Structure.MYOMA]
    return Surroundings.of_counts(cavity, wall, outside, bool(cervical > 0.5 * wall))


def _invasion(anatomy: Anatomy, lesion: Lesion) -> MyometrialInvasion:
    """By the deepest point: its share of the way from the border of the endometrium to the serosa."""
    mask, block = _lesion_block(anatomy, lesion)
    zones = anatomy.fields.at(*block.points(mask))
    depth = np.maximum(zones.endometrium, 0)
    share = float((depth / np.maximum(depth - np.minimum(zones.serosa, 0), 1e-3)).max())
    if depth.max() < 2 * block.spacing_mm:
        return MyometrialInvasion.NONE
    return MyometrialInvasion.HALF_OR_MORE if share >= 0.5 else MyometrialInvasion.LESS_THAN_HALF


def _niche(anatomy: Anatomy, block: Block) -> tuple[float | None, float | None]:
    """Depth beyond the lining beside the niche, and what is left of the wall, along a ray to the front."""
    mask = block.labels == Structure.NICHE
    if not mask.any():
        return None, None
    line = anatomy.fields.form.line
    s, u, w = line.coordinates(*block.points(mask))
    deepest = u > np.percentile(u, 90)
    box_s, box_w = float(s[deepest].mean()), float(w[deepest].mean())
    offsets = np.arange(0.0, 40.0, _RAY_STEP_MM)
    fine = _niche_block(anatomy, block, mask)
    labels = fine.at(line.points(box_s, offsets, box_w))
    end = float(offsets[labels == Structure.NICHE].max()) + _RAY_STEP_MM / 2
    beyond = offsets[(offsets > end) & ~np.isin(labels, _ALL_OF_UTERUS)]
    zones = anatomy.fields
    points = line.points(box_s, offsets).astype(np.float32)
    at = zones.at(points[:, 0], points[:, 1], points[:, 2])
    lining = offsets[(at.endometrium < 0) | (at.canal < 2.3)].max()
    residual = float(beyond.min()) - _RAY_STEP_MM / 2 - end if beyond.size else 0.0
    return _tenth(end - float(lining)), _tenth(residual)


def _niche_block(anatomy: Anatomy, block: Block, mask: npt.NDArray[np.bool_]) -> Block:
    points = np.stack(block.points(mask), axis=1).astype(float)
    low, high = points.min(axis=0) - 18.0, points.max(axis=0) + 18.0
    return label_block(anatomy.uterus, (tuple(low), tuple(high)), 0.5)


def _of_kind(anatomy: Anatomy, kind: Pathology) -> list[Lesion]:
    return [lesion for lesion in anatomy.lesions if lesion.pathology is kind]


def _diameters(anatomy: Anatomy, kind: Pathology) -> list[float]:
    found = []
    for lesion in _of_kind(anatomy, kind):
        mask, block = _lesion_block(anatomy, lesion, with_uterus=False)
        found.append(_tenth(_greatest_diameter(mask, block.spacing_mm)))
    return found


def _lesion_block(anatomy: Anatomy, lesion: Lesion, with_uterus: bool = True) -> tuple[npt.NDArray[np.bool_], Block]:
    """The lesion's own voxels, and the label map around it, on a fine grid."""
    low, high = (np.array(corner) for corner in lesion.solid.bounds_mm)
    box: Box = (tuple(low - _LESION_MARGIN_MM), tuple(high + _LESION_MARGIN_MM))
    spacing = float((high - low).max() + 2 * _LESION_MARGIN_MM) / _ACROSS
    own = label_block([lesion.solid], box, spacing)
    block = label_block(anatomy.uterus, box, spacing) if with_uterus else own
    return own.labels > 0, block


def _greatest_diameter(mask: npt.NDArray[np.bool_], spacing_mm: float) -> float:
    """Farthest pair of voxel centres."""
    points = np.argwhere(mask)
    corners = points[ConvexHull(points).vertices]
    return float(pdist(corners).max()) * spacing_mm


def _tenth(value: float) -> float:
    return round(float(value), 1)
