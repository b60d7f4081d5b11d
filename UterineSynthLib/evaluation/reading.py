"""What a label map or a description says about a uterus, in the same words, so that both can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.description.position import position_of
from UterineSynthLib.description.uterus import ADENOMYOSIS_JUNCTIONAL_ZONE_MM, UterusDescription
from UterineSynthLib.description.vocabulary import Pathology, UterinePosition
from UterineSynthLib.evaluation.angles import posture_of
from UterineSynthLib.evaluation.lesion_size import largest_diameter_mm, largest_volume_ml
from UterineSynthLib.evaluation.midline import Labels, Spacing
from UterineSynthLib.evaluation.thickness import endometrium_mm, junctional_zone_mm
from UterineSynthLib.records import record
from UterineSynthLib.volumes.structures import Structure, without_parts

LESION_OF = {
    Pathology.LEIOMYOMA: Structure.MYOMA,
    Pathology.ENDOMETRIAL_POLYP: Structure.POLYP,
    Pathology.ENDOMETRIAL_CARCINOMA: Structure.CARCINOMA,
    Pathology.NABOTHIAN_CYSTS: Structure.NABOTHIAN_CYST,
    Pathology.CAESAREAN_NICHE: Structure.NICHE,
}
"""The label by which a pathology is seen; adenomyosis is seen by the junctional zone and its foci."""


@record("uterinesynth.reading_rule")
@dataclass(frozen=True)
class ReadingRule:
    """From which size on a lesion counts as seen.

    Attributes:
        least_ml: volume of the largest connected lesion, by pathology.
        adenomyosis_zone_mm: junctional zone from which on adenomyosis is seen even without foci.
    """

    least_ml: dict[str, float]
    adenomyosis_zone_mm: float = ADENOMYOSIS_JUNCTIONAL_ZONE_MM


STANDARD_RULE = ReadingRule(
    {
        Pathology.LEIOMYOMA: 0.2,
        Pathology.ADENOMYOSIS: 0.05,
        Pathology.ENDOMETRIAL_POLYP: 0.1,
        Pathology.ENDOMETRIAL_CARCINOMA: 0.2,
        Pathology.NABOTHIAN_CYSTS: 0.02,
        Pathology.CAESAREAN_NICHE: 0.12,
    }
)
"""Less than half of the smallest that a phantom of 60 shows at 1.25 x 1.25 x 4.4 mm."""


@record("uterinesynth.reading")
@dataclass(frozen=True)
class Reading:
    """What is seen; None is not to be read.

    Attributes:
        position: of the angles; None where an angle lies within the dead band or was not to be read.
        myoma_diameter_mm: greatest diameter of the largest leiomyoma.
    """

    pathologies: tuple[Pathology, ...]
    version_deg: float | None = None
    flexion_deg: float | None = None
    position: UterinePosition | None = None
    myoma_diameter_mm: float | None = None
    endometrium_mm: float | None = None
    junctional_zone_mm: float | None = None


def reading_of_labels(labels: Labels, spacing_mm: Spacing, rule: ReadingRule = STANDARD_RULE) -> Reading:
    """Read a label map ``[D, H, W]`` that lies as a sagittal study is hung; spacing is (slice, row, column)."""
    labels = without_parts(labels)
    zone = junctional_zone_mm(labels, spacing_mm)
    found = [
        pathology
        for pathology, structure in LESION_OF.items()
        if largest_volume_ml(labels, structure, spacing_mm) >= rule.least_ml[pathology]
    ]
    foci = largest_volume_ml(labels, Structure.ADENOMYOTIC_FOCUS, spacing_mm)
    if foci >= rule.least_ml[Pathology.ADENOMYOSIS] or (zone is not None and zone >= rule.adenomyosis_zone_mm):
        found.append(Pathology.ADENOMYOSIS)
    posture = posture_of(labels, spacing_mm)
    has_myoma = Pathology.LEIOMYOMA in found
    return Reading(
        pathologies=tuple(p for p in Pathology if p in found) or (Pathology.NORMAL,),
        version_deg=None if posture is None else posture.version_deg,
        flexion_deg=None if posture is None else posture.flexion_deg,
        position=None if posture is None else position_of(posture.version_deg, posture.flexion_deg),
        myoma_diameter_mm=largest_diameter_mm(labels, Structure.MYOMA, spacing_mm) if has_myoma else None,
        endometrium_mm=endometrium_mm(labels, spacing_mm),
        junctional_zone_mm=zone,
    )


def reading_of_description(description: UterusDescription) -> Reading:
    """What a complete description asks for."""
    version, flexion = description.version_deg, description.flexion_deg
    known = version is not None and flexion is not None
    return Reading(
        pathologies=description.pathologies or (Pathology.NORMAL,),
        version_deg=version,
        flexion_deg=flexion,
        position=position_of(version, flexion) if known else description.position,  # type: ignore[arg-type]
        myoma_diameter_mm=max((m.diameter_mm for m in description.leiomyomas if m.diameter_mm), default=None),
        endometrium_mm=description.endometrium_mm,
        junctional_zone_mm=description.junctional_zone_mm,
    )
