"""A label map in one grey for each structure: a first guess of the image, in the space the denoiser works in.

Encoded by the model's own autoencoder it stands beside ``x_t``, so that the denoiser has to learn how an image differs
from its guess and not what every label looks like as latents. In training the greys are those measured in the image;
a sample's are drawn from a prior (:mod:`UterineSynthLib.networks.tone_prior`), so that studies differ in contrast.

A row of *tones* is ``float32 [TONE_COUNT]`` in [-1, 1]: one entry for each label of the label table; one for each
structure that has parts, in a map that does not tell them apart; one for each label of a map in UMD's labels alone,
where 0 is all the rest of the body.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.volumes.partial_volume import WHOLE, PartialVolume
from UterineSynthLib.volumes.structures import (
    ORGAN_COUNT,
    STRUCTURE_COUNT,
    STRUCTURES,
    UMD_LABELS,
    Structure,
    to_umd,
    without_parts,
)

TYPICAL_TONE = {
    Structure.BACKGROUND: -0.90,
    Structure.UTERINE_WALL: -0.06,
    Structure.UTERINE_CAVITY: 0.21,
    Structure.MYOMA: -0.39,
    Structure.NABOTHIAN_CYST: 0.51,
    Structure.JUNCTIONAL_ZONE: -0.47,
    Structure.CERVICAL_STROMA: -0.27,
    Structure.CERVICAL_CANAL: 0.18,
    Structure.VAGINA: -0.24,
    Structure.BLADDER: 0.83,
    Structure.BLADDER_WALL: -0.33,
    Structure.RECTUM: -0.35,
    Structure.RECTAL_CONTENT: -0.64,
    Structure.BOWEL: -0.17,
    Structure.BONE: -0.43,
    Structure.DISC: -0.71,
    Structure.MUSCLE: -0.62,
    Structure.FAT: 0.20,
    Structure.OVARY: 0.05,
    Structure.FOLLICLE: 0.73,
    Structure.VESSEL: -0.54,
    Structure.FREE_FLUID: 0.76,
    Structure.POLYP: 0.06,
    Structure.CARCINOMA: -0.03,
    Structure.ADENOMYOTIC_FOCUS: -0.08,
    Structure.NICHE: 0.63,
    Structure.RECTAL_GAS: -0.92,
    Structure.BOWEL_FLUID: 0.01,
    Structure.BOWEL_CHYME: -0.54,
    Structure.BOWEL_GAS: -0.92,
    Structure.CELLULAR_MYOMA: 0.01,
    Structure.HYALINE_MYOMA: -0.65,
    Structure.MYOMA_FLUID: 0.46,
    Structure.MYOMA_CALCIUM: -0.83,
    Structure.OUTER_CERVIX: -0.16,
    Structure.CERVICAL_MUCUS: 0.51,
    Structure.VAGINAL_MUCOSA: 0.09,
    Structure.SLOW_VESSEL: 0.20,
    Structure.DISC_NUCLEUS: -0.27,
    Structure.MYOMA_CAPSULE: -0.08,
    Structure.SEROSA: -0.26,
    Structure.RECTAL_MUCOSA: -0.2,
    Structure.CORTICAL_BONE: -0.76,
    Structure.SPINAL_CANAL: 0.79,
    Structure.CONNECTIVE_TISSUE: -0.52,
}
"""Mean of the T2 signal, mapped to [-1, 1] as in :mod:`UterineSynthLib.volumes.intensity`, over 80 phantoms and more.

A structure with parts has that of maps that do not tell them apart; the thin layers from 39 on have that of their
substance, as mixtures tell it.
"""


_PARTIAL_LABELS = len(UMD_LABELS) + 1
"""UMD's labels, and the rest."""

_WHOLES = tuple(sorted({facts.within for facts in STRUCTURES.values() if facts.within is not None}))
"""Structures that have parts: each has a tone of its own tissue, and one of it with its parts."""

TONE_COUNT = STRUCTURE_COUNT + len(_WHOLES) + _PARTIAL_LABELS
_LAYOUTS = (
    (ORGAN_COUNT, ()),
    (30, ()),
    (39, ()),
    (39, (3, 6, 7, 8, 12, 13, 15, 20)),
    (44, (0, 1, 3, 6, 7, 8, 11, 12, 13, 14, 15, 20)),
    (STRUCTURE_COUNT, _WHOLES),
)
"""Labels, and structures with parts that have a tone with them, of rows as they were and are."""
_LAYOUT_OF = {labels + len(wholes) + _PARTIAL_LABELS: (labels, wholes) for labels, wholes in _LAYOUTS}
TONE_COUNTS = tuple(_LAYOUT_OF)
"""How many tones a row may have: as now, or as when labels and tones were fewer."""

_TYPICAL_REST = -0.03
_LEAST_VOXELS = 8
_HELD_VOXELS = 30.0
"""As many voxels of its mean speak for a grey as there are of its mixtures."""

TONE_SD, PLAIN_SD = 0.7, 1.0
"""Spread of whitened latents around their tone, and around zero."""

Tones = npt.NDArray[np.float32]


def typical_tones() -> Tones:
    """The tones of no study in particular."""
    fine = [TYPICAL_TONE[Structure(label)] for label in range(STRUCTURE_COUNT)]
    wholes = [TYPICAL_TONE[whole] for whole in _WHOLES]
    return np.array([*fine, *wholes, _TYPICAL_REST, *fine[1:_PARTIAL_LABELS]], dtype=np.float32)


def measured_tones(
    image: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], partial: PartialVolume | None = None
) -> Tones:
    """Mean of an image ``[D, H, W]`` in [-1, 1] over each label.

    NaN where a label has too few voxels to tell, and for the tissue of what has parts in a map that tells none apart.
    With ``partial`` they are the greys whose mixtures come closest to the image (those of UMD's labels and of
    structures with their parts stay means).
    """
    fine = _means(image, labels, STRUCTURE_COUNT)
    if partial is not None:
        fine = _unmixed(image, labels, partial, fine)
    wholes = _means(image, without_parts(labels), ORGAN_COUNT)[list(_WHOLES)]
    if not tells_parts(labels):
        fine[list(_WHOLES)] = np.nan
    return np.concatenate([fine, wholes, _means(image, to_umd(labels), _PARTIAL_LABELS)])


def completed(tones: Tones) -> Tones:
    """Tones with typical ones where they are NaN."""
    return np.where(np.isnan(tones), typical_tones(), tones)


def widened(tones: Tones) -> Tones:
    """A row of any of ``TONE_COUNTS`` tones as one of ``TONE_COUNT``: labels that it lacks have typical tones.

    Where a structure was not measured apart from its parts, its tissue and it with its parts are alike.
    """
    known, wholes = _LAYOUT_OF[len(tones)]
    fine = np.concatenate([tones[:known], typical_tones()[known:STRUCTURE_COUNT]])
    with_parts = fine.copy()
    with_parts[list(wholes)] = tones[known : known + len(wholes)]
    return np.concatenate([fine, with_parts[list(_WHOLES)], tones[-_PARTIAL_LABELS:]])


def painted(labels: npt.NDArray[np.uint8], tones: Tones | None = None, channels: int = 1) -> npt.NDArray[np.float32]:
    """A label map ``[D, H, W]`` in ``tones`` (None: typical): ``float32 [C, D, H, W]``, alike in every channel.

    A map that tells no parts apart is painted as such: a structure has the tone of it with its parts. So is one that
    holds UMD's labels alone: what is not labelled is the rest of the body, not air.
    """
    return np.repeat(greys_of(labels, tones)[labels][None], channels, axis=0)


def greys_of(labels: npt.NDArray[np.uint8], tones: Tones | None = None) -> npt.NDArray[np.float32]:
    """The grey ``[256]`` of every label in a label map that is painted as by :func:`painted`."""
    known = typical_tones() if tones is None else tones
    table = np.zeros(256, dtype=np.float32)
    if is_partial(labels):
        table[:_PARTIAL_LABELS] = known[-_PARTIAL_LABELS:]
        return table
    table[:STRUCTURE_COUNT] = known[:STRUCTURE_COUNT]
    if not tells_parts(labels):
        table[list(_WHOLES)] = known[STRUCTURE_COUNT:-_PARTIAL_LABELS]
    return table


def is_partial(labels: npt.NDArray[np.uint8]) -> bool:
    """Whether a label map says nothing beyond UMD's labels."""
    return int(labels.max()) < _PARTIAL_LABELS


def tells_parts(labels: npt.NDArray[np.uint8]) -> bool:
    """Whether a label map tells the parts of a structure apart from it."""
    return int(labels.max()) >= ORGAN_COUNT


def _unmixed(
    image: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], partial: PartialVolume, means: Tones
) -> Tones:
    """Least squares over all voxels, each a mixture of two greys; held to the ``means`` where little is to be seen.

    A structure without a mean has its typical tone, or NaN where mixtures hardly show it: strands of fat lie in the
    image where fat is shifted to, and not where the label map has them, so that they would be found grey. The other
    greys are those that go with it.
    """
    share = partial.share.ravel() / WHOLE
    weights = np.stack([1 - share, share])
    both = np.stack([labels.ravel(), partial.second.ravel()]).astype(np.intp)
    pairs, products = both[:, None] * STRUCTURE_COUNT + both[None], weights[:, None] * weights[None]
    normal = np.bincount(pairs.ravel(), products.ravel(), STRUCTURE_COUNT**2).reshape(STRUCTURE_COUNT, -1)
    right = np.bincount(both.ravel(), (weights * image.ravel()).ravel(), STRUCTURE_COUNT)
    held = np.where(np.isnan(means), labels.size, _HELD_VOXELS)
    usual = np.where(np.isnan(means), typical_tones()[:STRUCTURE_COUNT], means)
    greys = np.linalg.solve(normal + np.diag(held), right + held * usual)
    is_seen = ~np.isnan(means) | (np.diag(normal) >= _HELD_VOXELS)
    found = np.where(np.isnan(means), usual, greys)
    return np.where(is_seen, found, np.nan).clip(-1.0, 1.0).astype(np.float32)


def _means(image: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], count: int) -> Tones:
    flat = labels.ravel()
    voxels = np.bincount(flat, minlength=count)[:count]
    sums = np.bincount(flat, weights=np.asarray(image, dtype=np.float64).ravel(), minlength=count)[:count]
    means = np.where(voxels >= _LEAST_VOXELS, sums / np.maximum(voxels, 1), np.nan)
    return means.astype(np.float32)
