"""Numbers with units: single, ranges, products (3 x 4 cm) and lists (3 and 2 cm)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto


class Unit(StrEnum):
    """Units after conversion: lengths become mm, volumes ml."""

    MM = "mm"
    ML = "ml"
    TESLA = "tesla"
    DEGREES = "degrees"


class Join(StrEnum):
    """How several numbers before one unit belong together."""

    SINGLE = auto()
    RANGE = auto()
    PRODUCT = auto()
    LIST = auto()


@dataclass(frozen=True)
class Quantity:
    """Numbers in one unit. ``bound`` is the comparison as written ('less than'), empty where there is none."""

    values: tuple[float, ...]
    unit: Unit
    join: Join = Join.SINGLE
    bound: str = ""

    @property
    def middle(self) -> float:
        """Middle of a range; the largest of a product; the number itself otherwise."""
        if self.join is Join.RANGE:
            return float(sum(Decimal(repr(v)) for v in self.values) / len(self.values))
        return max(self.values)


_NUMBER = r"(?:\d+\.\d+|\d+(?:,\d(?=\s*-?\s*(?:mm|cm|tesla)\b))?|\.\d+)"
_UNITS: tuple[tuple[str, Unit, int], ...] = (
    (r"cm3|cm³|cm\^3|cubic cent(?:imeters?|imetres?)|cc|ml|millilit(?:er|re)s?", Unit.ML, 1),
    (r"mm|millimet(?:er|re)s?", Unit.MM, 1),
    (r"cm|centimet(?:er|re)s?", Unit.MM, 10),
    (r"t|tesla", Unit.TESLA, 1),
    (r"°|degrees?|degs?", Unit.DEGREES, 1),
)
_UNIT = "|".join(pattern for pattern, _, _ in _UNITS)
_BOUND = r"<=|>=|<|>|≤|≥|less than|more than|greater than|at least|at most|up to|under|over"
_TIMES, _TO, _AND = r"\s*(?:x|×|\*|by)\s*", r"\s*(?:-|–|—|to)\s*", r"\s*(?:,?\s*and|&|,)\s*"
_OWN_UNIT = rf"\s*-?\s*(?:{_UNIT})(?![a-z0-9])"
_PATTERNS = tuple(
    (
        join,
        re.compile(rf"(?P<bound>(?:{_BOUND})\s*)?(?P<numbers>{numbers})\s*-?\s*(?P<unit>{_UNIT})(?![a-z0-9])\.?", re.I),
    )
    for join, numbers in (
        (Join.PRODUCT, rf"{_NUMBER}(?:(?:{_OWN_UNIT})?{_TIMES}{_NUMBER}){{1,2}}"),
        (Join.RANGE, rf"between\s+{_NUMBER}(?:{_OWN_UNIT})?\s*and\s*{_NUMBER}"),
        (Join.RANGE, rf"{_NUMBER}(?:{_OWN_UNIT})?{_TO}{_NUMBER}"),
        (Join.LIST, rf"{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*,?\s*(?:and|&)\s*{_NUMBER}"),
        (Join.SINGLE, rf"[-−+]?\s?{_NUMBER}"),
    )
)
_NUMBERS = re.compile(_NUMBER)
PIXELS = re.compile(r"(\d{2,4})\s*[x×]\s*(\d{2,4})(?:\s*(?:px|pixels?)\b)?(?!\s*(?:mm|cm)\b|\d|\.\d)", re.I)


def quantity_at(text: str, start: int) -> tuple[Quantity, int] | None:
    """The longest quantity that starts at ``text[start]`` and where it ends; None where none starts."""
    found = [(match, join) for join, pattern in _PATTERNS if (match := pattern.match(text, start)) is not None]
    if not found:
        return None
    match, join = max(found, key=lambda pair: pair[0].end())
    end = match.end() - 1 if match.group().endswith(".") else match.end()
    unit, factor = _unit_of(match["unit"])
    sign = -1 if match["numbers"].lstrip()[0] in "-−" else 1
    numbers = (Decimal(number.replace(",", ".")) for number in _NUMBERS.findall(match["numbers"]))
    values = tuple(float(sign * factor * number) for number in numbers)
    return Quantity(_own_units(values, match["numbers"], factor), unit, join, (match["bound"] or "").strip()), end


def _own_units(values: tuple[float, ...], written: str, factor: int) -> tuple[float, ...]:
    """Undo the conversion of numbers that carry their own unit: '8 mm to 1.2 cm'."""
    if factor == 1 or not re.search(r"\d\s*-?\s*(?:mm|millimet)", written, re.I):
        return values
    pieces = re.split(r"(?<=[a-z\d])\s*(?:x|×|\*|by|-|–|—|to|and)\s*(?=[.\d])", written, flags=re.I)
    inner = ("mm" in piece.lower() or "millimet" in piece.lower() for piece in pieces)
    return tuple(v / factor if own else v for v, own in zip(values, inner, strict=False))


def _unit_of(written: str) -> tuple[Unit, int]:
    for pattern, unit, factor in _UNITS:
        if re.fullmatch(pattern, written, re.I):
            return unit, factor
    raise AssertionError(written)
