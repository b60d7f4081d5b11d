"""The closed vocabularies of a description. Values are the names used in records, flags and tables."""

from __future__ import annotations

from enum import StrEnum


class Pathology(StrEnum):
    """What the uterus shows. ``NORMAL`` stands alone; the others combine."""

    NORMAL = "normal"
    LEIOMYOMA = "leiomyoma"
    ADENOMYOSIS = "adenomyosis"
    ENDOMETRIAL_POLYP = "endometrial_polyp"
    ENDOMETRIAL_CARCINOMA = "endometrial_carcinoma"
    NABOTHIAN_CYSTS = "nabothian_cysts"
    CAESAREAN_NICHE = "caesarean_niche"


class Figo(StrEnum):
    """FIGO leiomyoma subclassification (Munro et al. 2011; Gomez et al., Abdom Radiol 2021;46:2146).

    0 pedunculated intracavitary; 1 submucosal, less than 50 % intramural; 2 submucosal, at least 50 % intramural;
    3 intramural, touching the endometrium; 4 intramural; 5 subserosal, at least 50 % intramural; 6 subserosal, less
    than 50 % intramural; 7 pedunculated subserosal; 8 other (here: cervical). Hybrids name the endometrial relation
    first and the serosal second.
    """

    TYPE_0 = "0"
    TYPE_1 = "1"
    TYPE_2 = "2"
    TYPE_3 = "3"
    TYPE_4 = "4"
    TYPE_5 = "5"
    TYPE_6 = "6"
    TYPE_7 = "7"
    TYPE_8 = "8"
    TYPE_2_5 = "2-5"
    TYPE_2_6 = "2-6"
    TYPE_3_5 = "3-5"
    TYPE_3_6 = "3-6"


class Wall(StrEnum):
    """Part of the uterine circumference that a lesion lies in."""

    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    LEFT = "left"
    RIGHT = "right"


class Level(StrEnum):
    """Height along the uterine axis."""

    FUNDUS = "fundus"
    CORPUS = "corpus"
    ISTHMUS = "isthmus"
    CERVIX = "cervix"


class MyomaSignal(StrEnum):
    """T2 appearance of a leiomyoma (Ueda et al., RadioGraphics 1999;19:S131)."""

    TYPICAL = "typical"
    CELLULAR = "cellular"
    HYALINE = "hyaline"
    CYSTIC = "cystic"
    CALCIFIED = "calcified"


class AdenomyosisExtent(StrEnum):
    """Whether the junctional zone is widened in one place or all around."""

    FOCAL = "focal"
    DIFFUSE = "diffuse"


class MyometrialInvasion(StrEnum):
    """Depth of an endometrial carcinoma in the myometrium (FIGO stage IA / IB border at one half)."""

    NONE = "none"
    LESS_THAN_HALF = "less_than_half"
    HALF_OR_MORE = "half_or_more"


class UterinePosition(StrEnum):
    """The four published position classes: version then flexion."""

    AV_AF = "AV/AF"
    AV_RF = "AV/RF"
    RV_AF = "RV/AF"
    RV_RF = "RV/RF"


class MenopausalStatus(StrEnum):
    """Sets the expected size and zonal contrast of the uterus."""

    PREMENOPAUSAL = "premenopausal"
    POSTMENOPAUSAL = "postmenopausal"


class BladderFilling(StrEnum):
    """How full the urinary bladder is; a full bladder straightens and lifts an anteverted uterus."""

    EMPTY = "empty"
    MODERATE = "moderate"
    FULL = "full"


class Plane(StrEnum):
    """Acquisition plane of the stack."""

    SAGITTAL = "sagittal"
    AXIAL = "axial"
    CORONAL = "coronal"
