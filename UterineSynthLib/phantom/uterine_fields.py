"""Signed distances of the uterine zones at points of the body, and how lesions change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from UterineSynthLib.phantom.implicit import Region, plane_waves, smooth_minimum
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.uterine_form import (
    ISTHMIC_JUNCTIONAL_ZONE_MM,
    LEAST_OUTER_MYOMETRIUM_MM,
    UterineForm,
)

_NECK_BLEND_MM = 12.0
_PEAR = 0.16
_CERVIX_ROUNDING_MM = 7.0
_SEROSA_WAVE_MM = (0.7, 30.0)
_CAVITY_WAVE_MM = (0.25, 16.0)
_ZONE_WAVE_SHARE = 0.1
_ZONE_WAVE_MM = 0.6


@dataclass(frozen=True)
class Deflection:
    """The cavity shifted by ``shift_mm`` (anterior positive) around ``s, w``: a lesion in the wall pushes it aside."""

    s: float
    w: float
    reach_mm: float
    shift_mm: float


@dataclass(frozen=True)
class Indentation:
    """The anterior wall at ``s`` made as thick as ``factor`` times what it was: the scar of a caesarean section."""

    s: float
    reach_mm: float
    factor: float


@dataclass(frozen=True)
class ZoneFields:
    """Signed distances in mm (negative inside) and coordinates at some points.

    Attributes:
        serosa: the whole uterus; junction: the junctional zone with all it holds; endometrium: cavity with lining.
        cavity_line: where both layers of the endometrium meet; canal: axis of the cervical canal, a distance.
    """

    s: Field
    u: Field
    w: Field
    serosa: Field
    junction: Field
    endometrium: Field
    cavity_line: Field
    canal: Field


@dataclass
class UterineFields:
    """The zones of one uterus with what its lesions do to them; keeps the fields of the last lattice asked for.

    Attributes:
        linings: regions that the cavity with its endometrium grows around.
        covers: regions that the wall grows around, with the width of the fillet in mm.
        bared: regions that the wall draws back from.
    """

    form: UterineForm
    deflections: list[Deflection] = field(default_factory=list)
    indentations: list[Indentation] = field(default_factory=list)
    linings: list[Region] = field(default_factory=list)
    covers: list[tuple[Region, float]] = field(default_factory=list)
    bared: list[Region] = field(default_factory=list)
    _key: tuple[object, ...] = field(default=(), init=False, repr=False)
    _last: ZoneFields | None = field(default=None, init=False, repr=False)

    def copy(self) -> UterineFields:
        """The same uterus, to try a change on."""
        lists = (self.deflections, self.indentations, self.linings, self.covers, self.bared)
        return UterineFields(self.form, *(list(item) for item in lists))  # type: ignore[arg-type]

    def take(self, other: UterineFields) -> None:
        """Become what was tried."""
        self.deflections, self.indentations = other.deflections, other.indentations
        self.linings, self.covers, self.bared = other.linings, other.covers, other.bared

    def at(self, x: Field, y: Field, z: Field) -> ZoneFields:
        """Fields at LPS points; arrays of three dimensions must be a lattice."""
        if x.ndim != 3:
            return self._compute(x, y, z)
        ends = [(float(axis[0, 0, 0]), float(axis[-1, -1, -1])) for axis in (x, y, z)]
        changes: tuple[Sequence[object], ...] = (
            self.linings,
            self.covers,
            self.bared,
            self.deflections,
            self.indentations,
        )
        key = (x.shape, *ends, *(tuple(change) for change in changes))
        if self._last is None or key != self._key:
            self._last, self._key = self._compute(x, y, z), key
        return self._last

    def _compute(self, x: Field, y: Field, z: Field) -> ZoneFields:
        s, u, w = self.form.line.coordinates(x, y, z)
        shifted = u - self._shift(s, w) if self.deflections else u
        triangle = self._triangle(s, w)
        endometrium = self._endometrium(s, shifted, triangle)
        endometrium += plane_waves(x, y, z, *_CAVITY_WAVE_MM, self.form.seed + 1, 3)
        for lining in self.linings:
            endometrium = smooth_minimum(endometrium, lining.distance(x, y, z), 2.0)
        thickness = self._junctional_thickness(s, u, w)
        amplitude = min(_ZONE_WAVE_SHARE * self.form.base_junctional_zone_mm, _ZONE_WAVE_MM)
        thickness += plane_waves(x, y, z, amplitude, 22.0, self.form.seed + 2, 3)
        junction = endometrium - thickness
        serosa = smooth_minimum(self._outer(s, u, w), junction - self._least_outer(s), 4.0)
        serosa += plane_waves(x, y, z, *_SEROSA_WAVE_MM, self.form.seed, 3)
        for cover, blend_mm in self.covers:
            serosa = smooth_minimum(serosa, cover.distance(x, y, z), blend_mm)
        for region in self.bared:
            serosa = -smooth_minimum(-serosa, region.distance(x, y, z), 2.0)
        line = np.maximum(np.abs(shifted) - np.float32(0.35), triangle + np.float32(1.0))
        return ZoneFields(s, u, w, serosa, junction, endometrium, line, self._canal(s, u, w))

    def _outer(self, s: Field, u: Field, w: Field) -> Field:
        """Serosal distance of the corpus (a pear) and the cervix (a rounded cylinder) without lesions."""
        form, line = self.form, self.form.line
        for dent in self.indentations:
            near = np.exp(-0.5 * (np.square(s - np.float32(dent.s)) + np.square(w)) / np.float32(dent.reach_mm**2))
            u = np.where(u > 0, u / (1 + np.float32(dent.factor - 1) * near), u)
        half = (line.length_mm - line.internal_os_s + 6.0) / 2
        tau = (s - np.float32(line.length_mm - half)) / np.float32(half)
        plump = 1 + _PEAR * np.clip(tau, -1.2, 1.2)
        across, lateral = form.corpus_across_mm * plump, form.corpus_lateral_mm * plump
        unit = np.sqrt(np.square(tau) + np.square(u / across) + np.square(w / lateral)) + np.float32(1e-4)
        slope = np.sqrt(
            np.square(tau / half) + np.square(u / np.square(across)) + np.square(w / np.square(lateral))
        ) + np.float32(1e-4 / form.corpus_across_mm)
        return smooth_minimum(unit * (unit - 1) / slope, self._cervix(s, u, w), _NECK_BLEND_MM)

    def _cervix(self, s: Field, u: Field, w: Field) -> Field:
        form = self.form
        mean = np.sqrt(form.cervix_across_mm * form.cervix_lateral_mm)
        top = form.line.internal_os_s + 4.0
        radial = np.sqrt(np.square(u / form.cervix_across_mm) + np.square(w / form.cervix_lateral_mm)) * np.float32(
            mean
        )
        radial = radial - np.float32(mean - _CERVIX_ROUNDING_MM)
        axial = np.abs(s - np.float32(top / 2)) - np.float32(top / 2 - _CERVIX_ROUNDING_MM)
        outside = np.sqrt(np.square(np.maximum(radial, 0)) + np.square(np.maximum(axial, 0)))
        return np.asarray(
            outside + np.minimum(np.maximum(radial, axial), 0) - np.float32(_CERVIX_ROUNDING_MM), dtype=np.float32
        )

    def _triangle(self, s: Field, w: Field) -> Field:
        """Distance in the (s, w) plane from the core of the cavity: a triangle with its base at the fundus."""
        form = self.form
        height = form.cavity_top_s - form.cavity_apex_s
        half = form.cavity_half_width_mm
        along, aside = s - np.float32(form.cavity_apex_s), np.abs(w)
        length = float(np.hypot(height, half))
        share = np.clip((along * np.float32(height) + aside * np.float32(half)) / np.float32(length**2), 0, 1)
        to_side = np.hypot(along - share * np.float32(height), aside - share * np.float32(half))
        to_base = np.hypot(along - np.float32(height), np.maximum(aside - np.float32(half), 0))
        across_side = (aside * np.float32(height) - along * np.float32(half)) / np.float32(length)
        inside = (across_side < 0) & (along < height)
        distance = np.minimum(to_side, to_base)
        return np.asarray(np.where(inside, -distance, distance), dtype=np.float32)

    def _endometrium(self, s: Field, u: Field, triangle: Field) -> Field:
        form = self.form
        share = np.clip(
            (s - np.float32(form.cavity_apex_s)) / np.float32(0.4 * (form.cavity_top_s - form.cavity_apex_s)), 0, 1
        )
        half_thickness = np.float32(form.endometrium_mm / 2) * (np.float32(0.45) + np.float32(0.55) * _eased(share))
        return np.asarray(np.hypot(np.maximum(triangle, 0), u) - half_thickness, dtype=np.float32)

    def _junctional_thickness(self, s: Field, u: Field, w: Field) -> Field:
        form = self.form
        base = form.base_junctional_zone_mm
        low = min(base, ISTHMIC_JUNCTIONAL_ZONE_MM)
        share = np.clip((s - np.float32(form.cavity_apex_s)) / np.float32(0.3 * form.line.corpus_mm), 0, 1)
        thickness = np.float32(low) + np.float32(base - low) * _eased(share)
        if form.focal is not None:
            spot = form.focal
            away = (
                np.square(s - np.float32(spot.s))
                + np.square(u - np.float32(spot.u))
                + np.square(w - np.float32(spot.w))
            )
            swell = np.exp(-np.square(away / np.float32(spot.reach_mm**2)))
            thickness = thickness + np.float32(form.junctional_zone_mm - base) * swell
        return np.asarray(thickness, dtype=np.float32)

    def _least_outer(self, s: Field) -> Field:
        """Outer myometrium that covers the junctional zone everywhere; hardly any at the isthmus."""
        share = np.clip((s - np.float32(self.form.cavity_apex_s)) / np.float32(0.3 * self.form.line.corpus_mm), 0, 1)
        return np.asarray(0.5 + np.float32(LEAST_OUTER_MYOMETRIUM_MM - 0.5) * _eased(share), dtype=np.float32)

    def _canal(self, s: Field, u: Field, w: Field) -> Field:
        """Distance from the flat core of the cervical canal, which opens at the external os."""
        core = np.hypot(np.maximum(np.abs(w) - np.float32(2.0), 0), u)
        above = np.maximum(s - np.float32(self.form.cavity_apex_s), 0)
        return np.asarray(np.hypot(core, above), dtype=np.float32)

    def _shift(self, s: Field, w: Field) -> Field:
        """How far the cavity is deflected; nothing at the internal os."""
        total = np.zeros_like(s)
        for item in self.deflections:
            away = np.square(s - np.float32(item.s)) + np.square(w - np.float32(item.w))
            total += np.float32(item.shift_mm) * np.exp(-away / np.float32(2 * item.reach_mm**2))
        share = np.clip((s - np.float32(self.form.cavity_apex_s)) / np.float32(0.35 * self.form.line.corpus_mm), 0, 1)
        return np.asarray(total * _eased(share), dtype=np.float32)


def _eased(share: Field) -> Field:
    """Smooth step of values between 0 and 1."""
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)
