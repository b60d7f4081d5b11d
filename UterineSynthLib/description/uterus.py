"""The description of a uterus: the record that everything else is generated from."""

from __future__ import annotations

from dataclasses import dataclass, field

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.limits import check_limits
from UterineSynthLib.description.position import DEAD_BAND_DEG, signs_of
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    MenopausalStatus,
    MyometrialInvasion,
    Pathology,
    UterinePosition,
)
from UterineSynthLib.errors import ContradictionError, DescriptionError
from UterineSynthLib.records import record

MAX_LEIOMYOMAS = 10
ADENOMYOSIS_JUNCTIONAL_ZONE_MM = 12.0
"""A junctional zone of at least 12 mm means adenomyosis (PMC10381628, Table 3)."""

BELONGS_TO = {
    "leiomyomas": Pathology.LEIOMYOMA,
    "adenomyosis_extent": Pathology.ADENOMYOSIS,
    "polyp_diameter_mm": Pathology.ENDOMETRIAL_POLYP,
    "carcinoma_diameter_mm": Pathology.ENDOMETRIAL_CARCINOMA,
    "carcinoma_invasion": Pathology.ENDOMETRIAL_CARCINOMA,
    "nabothian_cyst_count": Pathology.NABOTHIAN_CYSTS,
    "nabothian_cyst_diameter_mm": Pathology.NABOTHIAN_CYSTS,
    "niche_depth_mm": Pathology.CAESAREAN_NICHE,
    "niche_residual_mm": Pathology.CAESAREAN_NICHE,
}
"""Fields that speak of one pathology and need it to be named."""


@record("uterinesynth.description")
@dataclass(frozen=True)
class UterusDescription:
    """What the volume shall show; None leaves a field open, to be drawn from the population when it is generated.

    Attributes:
        pathologies: what is present, in the order of :class:`Pathology`; None is open, ``(NORMAL,)`` is nothing.
        excluded: what must not be present ("no fibroids"), in the same order; while ``pathologies`` is open the draw
            keeps clear of it. Once pathologies are named, nothing else is shown anyway.
        leiomyomas: up to ten; empty with ``LEIOMYOMA`` in ``pathologies`` leaves their number open.
        junctional_zone_mm: mean thickness of the junctional zone (its largest, where adenomyosis is focal).
        endometrium_mm: double-layer endometrial thickness across the cavity.
        carcinoma_diameter_mm: largest diameter; polyp_diameter_mm: largest diameter.
        niche_depth_mm: depth of the indentation; niche_residual_mm: myometrium left in front of it.
        version_deg, flexion_deg: signed angles, defined in :mod:`UterineSynthLib.description.position`.
        position: one of the four published classes; must agree with the angles where both are given.
        uterine_length_mm: external os to fundal serosa along the axis; uterine_volume_ml: corpus and cervix
            without lesions.
    """

    pathologies: tuple[Pathology, ...] | None = None
    excluded: tuple[Pathology, ...] = ()
    leiomyomas: tuple[Leiomyoma, ...] = ()
    adenomyosis_extent: AdenomyosisExtent | None = None
    junctional_zone_mm: float | None = None
    endometrium_mm: float | None = None
    polyp_diameter_mm: float | None = None
    carcinoma_diameter_mm: float | None = None
    carcinoma_invasion: MyometrialInvasion | None = None
    nabothian_cyst_count: int | None = None
    nabothian_cyst_diameter_mm: float | None = None
    niche_depth_mm: float | None = None
    niche_residual_mm: float | None = None
    position: UterinePosition | None = None
    version_deg: float | None = None
    flexion_deg: float | None = None
    uterine_length_mm: float | None = None
    uterine_volume_ml: float | None = None
    menopausal_status: MenopausalStatus | None = None
    bladder_filling: BladderFilling | None = None
    acquisition: Acquisition = field(default_factory=Acquisition)

    def __post_init__(self) -> None:
        check_limits(self)
        self._check_pathologies()
        self._check_excluded()
        self._check_junctional_zone()
        self._check_position()

    def shows(self, pathology: Pathology) -> bool:
        """Whether ``pathology`` is asked for by name."""
        return self.pathologies is not None and pathology in self.pathologies

    def _check_pathologies(self) -> None:
        if len(self.leiomyomas) > MAX_LEIOMYOMAS:
            raise DescriptionError("leiomyomas", len(self.leiomyomas), f"at most {MAX_LEIOMYOMAS} leiomyomas")
        if self.pathologies is not None:
            if not self.pathologies:
                raise DescriptionError("pathologies", "()", "leave it open (None) or name 'normal'")
            ordered = tuple(p for p in Pathology if p in self.pathologies)
            if len(set(self.pathologies)) != len(self.pathologies):
                raise DescriptionError("pathologies", ", ".join(self.pathologies), "names a pathology twice")
            object.__setattr__(self, "pathologies", ordered)
            if Pathology.NORMAL in ordered and len(ordered) > 1:
                raise ContradictionError("normal", ordered[1], "a normal uterus shows no pathology")
        for name, pathology in BELONGS_TO.items():
            if getattr(self, name) not in (None, ()) and not self.shows(pathology):
                raise ContradictionError(
                    name, self._named_pathologies(), f"{name} needs '{pathology}' among the pathologies"
                )

    def _check_excluded(self) -> None:
        if Pathology.NORMAL in self.excluded:
            raise DescriptionError("excluded", "normal", "name the pathologies that shall be seen instead")
        if len(set(self.excluded)) != len(self.excluded):
            raise DescriptionError("excluded", ", ".join(self.excluded), "names a pathology twice")
        object.__setattr__(self, "excluded", tuple(p for p in Pathology if p in self.excluded))
        for pathology in self.excluded:
            if self.shows(pathology):
                raise ContradictionError(f"no {pathology}", pathology, "it is excluded and asked for")
        if self.pathologies is None and len(self.excluded) == len(Pathology) - 1:
            raise DescriptionError("excluded", "every pathology", "ask for 'normal' among the pathologies instead")

    def _named_pathologies(self) -> str:
        return "pathologies left open" if self.pathologies is None else ", ".join(self.pathologies)

    def _check_junctional_zone(self) -> None:
        zone = self.junctional_zone_mm
        if zone is None:
            return
        if Pathology.ADENOMYOSIS in self.excluded and zone >= ADENOMYOSIS_JUNCTIONAL_ZONE_MM:
            raise ContradictionError(
                "no adenomyosis", f"junctional zone {zone:g} mm", "a junctional zone of 12 mm or more means adenomyosis"
            )
        if self.pathologies is None:
            return
        if self.shows(Pathology.ADENOMYOSIS) and zone < ADENOMYOSIS_JUNCTIONAL_ZONE_MM:
            raise ContradictionError(
                "adenomyosis", f"junctional zone {zone:g} mm", "adenomyosis means a junctional zone of 12 mm or more"
            )
        if not self.shows(Pathology.ADENOMYOSIS) and zone >= ADENOMYOSIS_JUNCTIONAL_ZONE_MM:
            raise ContradictionError(
                self._named_pathologies(),
                f"junctional zone {zone:g} mm",
                "a junctional zone of 12 mm or more means adenomyosis",
            )

    def _check_position(self) -> None:
        if self.position is None:
            return
        for name, angle, sign in zip(
            ("version_deg", "flexion_deg"), (self.version_deg, self.flexion_deg), signs_of(self.position), strict=True
        ):
            if angle is not None and angle * sign < DEAD_BAND_DEG:
                low = f"{DEAD_BAND_DEG:g} degrees {'or more' if sign > 0 else 'or more to the back (negative)'}"
                raise ContradictionError(f"position {self.position}", f"{name} {angle:g}", f"it means {low}")
