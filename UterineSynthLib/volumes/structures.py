"""The label table. Labels 1-4 are those of the UMD data set (Pan et al., Sci Data 2024;11:410); ours go on from 5.

UMD's label 2 holds the endometrium *and* the junctional zone; here they are told apart (2 and 5), and
:func:`to_umd` folds a label map back into UMD's four labels. From 26 on stand parts, which a map may tell apart or
leave to the structure that they lie in (:func:`without_parts`): what fills the bowel, what leiomyomas are made of,
layers of organs, vessels that slow flow leaves bright. Standard library and numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Structure(IntEnum):
    """Labels of a label map. 0 is whatever is not labelled: air, or, in a partial map, anything."""

    BACKGROUND = 0
    UTERINE_WALL = 1
    UTERINE_CAVITY = 2
    MYOMA = 3
    NABOTHIAN_CYST = 4
    JUNCTIONAL_ZONE = 5
    CERVICAL_STROMA = 6
    CERVICAL_CANAL = 7
    VAGINA = 8
    BLADDER = 9
    BLADDER_WALL = 10
    RECTUM = 11
    RECTAL_CONTENT = 12
    BOWEL = 13
    BONE = 14
    DISC = 15
    MUSCLE = 16
    FAT = 17
    OVARY = 18
    FOLLICLE = 19
    VESSEL = 20
    FREE_FLUID = 21
    POLYP = 22
    CARCINOMA = 23
    ADENOMYOTIC_FOCUS = 24
    NICHE = 25
    RECTAL_GAS = 26
    BOWEL_FLUID = 27
    BOWEL_CHYME = 28
    BOWEL_GAS = 29
    CELLULAR_MYOMA = 30
    HYALINE_MYOMA = 31
    MYOMA_FLUID = 32
    MYOMA_CALCIUM = 33
    OUTER_CERVIX = 34
    CERVICAL_MUCUS = 35
    VAGINAL_MUCOSA = 36
    SLOW_VESSEL = 37
    DISC_NUCLEUS = 38
    MYOMA_CAPSULE = 39
    SEROSA = 40
    RECTAL_MUCOSA = 41
    CORTICAL_BONE = 42
    SPINAL_CANAL = 43
    CONNECTIVE_TISSUE = 44


@dataclass(frozen=True)
class StructureFacts:
    """How a structure is shown and folded: display name, RGB colour (0-255), its label in UMD.

    Attributes:
        within: of a part, the structure that stands for it in a map that does not tell it apart.
    """

    name: str
    colour: tuple[int, int, int]
    umd_label: int
    within: Structure | None = None


STRUCTURES = {
    Structure.BACKGROUND: StructureFacts("background", (0, 0, 0), 0),
    Structure.UTERINE_WALL: StructureFacts("uterine wall", (201, 112, 122), 1),
    Structure.UTERINE_CAVITY: StructureFacts("endometrium and cavity", (255, 214, 153), 2),
    Structure.MYOMA: StructureFacts("leiomyoma", (120, 72, 160), 3),
    Structure.NABOTHIAN_CYST: StructureFacts("Nabothian cyst", (90, 200, 230), 4),
    Structure.JUNCTIONAL_ZONE: StructureFacts("junctional zone", (150, 54, 60), 2),
    Structure.CERVICAL_STROMA: StructureFacts("cervical stroma", (172, 90, 60), 1),
    Structure.CERVICAL_CANAL: StructureFacts("cervical canal", (250, 190, 120), 1),
    Structure.VAGINA: StructureFacts("vagina", (222, 140, 190), 0),
    Structure.BLADDER: StructureFacts("urinary bladder", (250, 236, 92), 0),
    Structure.BLADDER_WALL: StructureFacts("bladder wall", (190, 170, 40), 0),
    Structure.RECTUM: StructureFacts("rectum and sigmoid", (140, 100, 60), 0),
    Structure.RECTAL_CONTENT: StructureFacts("rectal content", (94, 70, 44), 0),
    Structure.BOWEL: StructureFacts("bowel", (205, 160, 110), 0),
    Structure.BONE: StructureFacts("bone", (235, 230, 205), 0),
    Structure.DISC: StructureFacts("intervertebral disc", (120, 190, 160), 0),
    Structure.MUSCLE: StructureFacts("muscle", (150, 40, 40), 0),
    Structure.FAT: StructureFacts("fat", (230, 220, 130), 0),
    Structure.OVARY: StructureFacts("ovary", (240, 150, 90), 0),
    Structure.FOLLICLE: StructureFacts("ovarian follicle", (120, 220, 250), 0),
    Structure.VESSEL: StructureFacts("vessel", (60, 90, 200), 0),
    Structure.FREE_FLUID: StructureFacts("free fluid", (100, 170, 250), 0),
    Structure.POLYP: StructureFacts("endometrial polyp", (255, 120, 60), 2),
    Structure.CARCINOMA: StructureFacts("endometrial carcinoma", (190, 20, 90), 2),
    Structure.ADENOMYOTIC_FOCUS: StructureFacts("adenomyotic focus", (250, 90, 120), 2),
    Structure.NICHE: StructureFacts("caesarean niche", (70, 140, 160), 1),
    Structure.RECTAL_GAS: StructureFacts("rectal gas", (60, 48, 36), 0, Structure.RECTAL_CONTENT),
    Structure.BOWEL_FLUID: StructureFacts("bowel fluid", (225, 190, 140), 0, Structure.BOWEL),
    Structure.BOWEL_CHYME: StructureFacts("bowel chyme", (170, 120, 74), 0, Structure.BOWEL),
    Structure.BOWEL_GAS: StructureFacts("bowel gas", (96, 74, 52), 0, Structure.BOWEL),
    Structure.CELLULAR_MYOMA: StructureFacts("cellular leiomyoma", (164, 120, 204), 3, Structure.MYOMA),
    Structure.HYALINE_MYOMA: StructureFacts("hyaline change in a leiomyoma", (84, 40, 120), 3, Structure.MYOMA),
    Structure.MYOMA_FLUID: StructureFacts("fluid in a leiomyoma", (130, 170, 240), 3, Structure.MYOMA),
    Structure.MYOMA_CALCIUM: StructureFacts("calcification in a leiomyoma", (240, 240, 210), 3, Structure.MYOMA),
    Structure.OUTER_CERVIX: StructureFacts("outer cervical stroma", (196, 124, 96), 1, Structure.CERVICAL_STROMA),
    Structure.CERVICAL_MUCUS: StructureFacts("endocervical mucus", (255, 226, 176), 1, Structure.CERVICAL_CANAL),
    Structure.VAGINAL_MUCOSA: StructureFacts("vaginal mucosa", (248, 190, 222), 0, Structure.VAGINA),
    Structure.SLOW_VESSEL: StructureFacts("vessel with slow flow", (120, 140, 235), 0, Structure.VESSEL),
    Structure.DISC_NUCLEUS: StructureFacts("nucleus of a disc", (170, 230, 205), 0, Structure.DISC),
    Structure.MYOMA_CAPSULE: StructureFacts("capsule of a leiomyoma", (196, 150, 226), 3, Structure.MYOMA),
    Structure.SEROSA: StructureFacts("uterine serosa", (226, 150, 156), 1, Structure.UTERINE_WALL),
    Structure.RECTAL_MUCOSA: StructureFacts("rectal mucosa", (190, 150, 104), 0, Structure.RECTUM),
    Structure.CORTICAL_BONE: StructureFacts("cortical bone", (206, 198, 168), 0, Structure.BONE),
    Structure.SPINAL_CANAL: StructureFacts("spinal canal", (170, 200, 220), 0, Structure.BACKGROUND),
    Structure.CONNECTIVE_TISSUE: StructureFacts("connective tissue in fat", (170, 160, 90), 0, Structure.FAT),
}

STRUCTURE_COUNT = len(Structure)
ORGAN_COUNT = sum(facts.within is None for facts in STRUCTURES.values())
"""Labels before the parts."""
_UTERINE_ORGANS = (
    Structure.UTERINE_WALL,
    Structure.UTERINE_CAVITY,
    Structure.MYOMA,
    Structure.NABOTHIAN_CYST,
    Structure.JUNCTIONAL_ZONE,
    Structure.CERVICAL_STROMA,
    Structure.CERVICAL_CANAL,
    Structure.POLYP,
    Structure.CARCINOMA,
    Structure.ADENOMYOTIC_FOCUS,
    Structure.NICHE,
)
UTERUS = tuple(s for s in Structure if s in _UTERINE_ORGANS or STRUCTURES[s].within in _UTERINE_ORGANS)
"""The uterus with its lesions and what they are made of: what a region of interest is laid around."""
UMD_LABELS = (Structure.UTERINE_WALL, Structure.UTERINE_CAVITY, Structure.MYOMA, Structure.NABOTHIAN_CYST)


def to_umd(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Fold a label map of any shape into UMD's labels 0-4."""
    table = np.zeros(256, dtype=np.uint8)
    for structure, facts in STRUCTURES.items():
        table[structure] = facts.umd_label
    return table[labels]


def without_parts(labels: npt.NDArray[np.uint8], known: int = ORGAN_COUNT) -> npt.NDArray[np.uint8]:
    """A label map of any shape with parts from the label ``known`` on as the structures that they lie within.

    A map without such parts is handed back as it is.
    """
    if int(labels.max()) < known:
        return labels
    table = np.arange(256, dtype=np.uint8)
    for structure, facts in STRUCTURES.items():
        if facts.within is not None and structure >= known:
            table[structure] = facts.within
    return table[labels]
