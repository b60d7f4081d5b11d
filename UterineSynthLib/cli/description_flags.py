"""The flags that describe a uterus, one for every field, shared by the commands that take a description."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.merging import merged
from UterineSynthLib.description.parsing import Interpretation, interpret
from UterineSynthLib.description.uterus import BELONGS_TO, UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Figo,
    Level,
    MenopausalStatus,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
    Plane,
    UterinePosition,
    Wall,
)
from UterineSynthLib.errors import DescriptionError, InputError
from UterineSynthLib.records import from_json

Reader = Callable[[str, str], Any]
"""Turns a field's name and the text given for it into its value, or raises a DescriptionError."""


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DescriptionError(field, text, "must be a number such as 14 or 4.4, in the unit of the flag") from error


def _count(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise DescriptionError(field, text, "must be a whole number such as 3") from error


def _choice(kind: type[StrEnum]) -> Reader:
    def read(field: str, text: str) -> StrEnum:
        wanted = text.strip().replace("-", "_").casefold()
        for member in kind:
            if member.value.replace("-", "_").casefold() == wanted:
                return member
        raise DescriptionError(field, text, f"must be one of {', '.join(kind)}")

    return read


@dataclass(frozen=True)
class Flag:
    """A command line flag and the field it sets."""

    name: str
    field: str
    read: Reader
    metavar: str
    help: str


_FLAGS = (
    Flag("--adenomyosis-extent", "adenomyosis_extent", _choice(AdenomyosisExtent), "focal|diffuse", "extent"),
    Flag("--junctional-zone", "junctional_zone_mm", _number, "MM", "thickness; 12 or more means adenomyosis"),
    Flag("--endometrium", "endometrium_mm", _number, "MM", "double-layer endometrial thickness"),
    Flag("--polyp-diameter", "polyp_diameter_mm", _number, "MM", "largest diameter of an endometrial polyp"),
    Flag("--carcinoma-diameter", "carcinoma_diameter_mm", _number, "MM", "largest diameter of the carcinoma"),
    Flag("--invasion", "carcinoma_invasion", _choice(MyometrialInvasion), "DEPTH", ", ".join(MyometrialInvasion)),
    Flag("--cyst-count", "nabothian_cyst_count", _count, "N", "number of Nabothian cysts"),
    Flag("--cyst-diameter", "nabothian_cyst_diameter_mm", _number, "MM", "diameter of the Nabothian cysts"),
    Flag("--niche-depth", "niche_depth_mm", _number, "MM", "depth of a caesarean niche"),
    Flag("--niche-residual", "niche_residual_mm", _number, "MM", "myometrium left in front of the niche"),
    Flag("--position", "position", _choice(UterinePosition), "AV/AF", ", ".join(UterinePosition)),
    Flag("--version-angle", "version_deg", _number, "DEG", "cervix against vagina, positive to the front"),
    Flag("--flexion-angle", "flexion_deg", _number, "DEG", "corpus against cervix, positive to the front"),
    Flag("--uterine-length", "uterine_length_mm", _number, "MM", "external os to fundus"),
    Flag("--uterine-volume", "uterine_volume_ml", _number, "ML", "corpus and cervix without lesions"),
    Flag("--menopausal-status", "menopausal_status", _choice(MenopausalStatus), "STATUS", ", ".join(MenopausalStatus)),
    Flag("--bladder", "bladder_filling", _choice(BladderFilling), "FILLING", ", ".join(BladderFilling)),
    Flag("--field-strength", "acquisition.field_strength_t", _number, "TESLA", "1.5 or 3"),
    Flag("--slice-thickness", "acquisition.slice_thickness_mm", _number, "MM", "excited slice"),
    Flag("--slice-spacing", "acquisition.slice_spacing_mm", _number, "MM", "centre to centre"),
    Flag("--slice-count", "acquisition.slice_count", _count, "N", "number of slices"),
    Flag("--in-plane-spacing", "acquisition.in_plane_spacing_mm", _number, "MM", "side of the square pixel"),
    Flag("--matrix", "acquisition.matrix", _count, "N", "rows and columns of the square image"),
    Flag("--plane", "acquisition.plane", _choice(Plane), "PLANE", ", ".join(Plane)),
)
_MYOMA_KEYS: dict[str, tuple[str, Reader]] = {
    "figo": ("figo", _choice(Figo)),
    "diameter": ("diameter_mm", _number),
    "wall": ("wall", _choice(Wall)),
    "level": ("level", _choice(Level)),
    "signal": ("t2_signal", _choice(MyomaSignal)),
}
_MYOMA_EXAMPLE = "figo=4,diameter=30,wall=anterior,level=fundus,signal=typical"


def add_description_flags(
    parser: argparse.ArgumentParser, record_flag: str = "--json", text_is_positional: bool = False
) -> None:
    """Add a flag for every field of a description, a text, a JSON record, and ``--strict``.

    Args:
        parser: of the command.
        record_flag: name of the flag that takes a record (a file, or the JSON itself).
        text_is_positional: the text is given without a flag.
    """
    group = parser.add_argument_group("description", "What is not given is left open and drawn from the population.")
    if text_is_positional:
        group.add_argument("text", nargs="*", help="the description in English")
    else:
        group.add_argument("--text", help="the description in English; flags refine it")
    group.add_argument(record_flag, dest="description_record", metavar="FILE|JSON", help="a description record")
    group.add_argument("--strict", action="store_true", help="refuse a text with words that are not understood")
    kinds = ", ".join(Pathology)
    group.add_argument("--pathology", action="append", default=[], metavar="NAME", help=f"repeatable: {kinds}")
    group.add_argument("--exclude", action="append", default=[], metavar="NAME", help="a pathology not to show")
    group.add_argument(
        "--myoma", action="append", default=[], metavar="KEY=VALUE,...", help=f"repeatable: {_MYOMA_EXAMPLE}"
    )
    for flag in _FLAGS:
        group.add_argument(flag.name, dest=f"field {flag.field}", metavar=flag.metavar, help=flag.help)


def description_from_args(args: argparse.Namespace) -> UterusDescription:
    """The description that flags, text and record give together; notes and unknown words go to stderr.

    Raises:
        InputError: a value out of place, a contradiction, or with ``--strict`` a word not understood.
    """
    description, interpretation = interpreted_from_args(args)
    if interpretation is not None:
        _warn(interpretation)
    return description


def interpreted_from_args(args: argparse.Namespace) -> tuple[UterusDescription, Interpretation | None]:
    """As :func:`description_from_args`, silent, with the interpretation of the text where one was given."""
    given = _given_flags(args)
    description = _from_flags(args, given)
    if args.description_record is not None:
        record = _from_record(args.description_record)
        description = merged(record, description, lambda path: f"the record's {path}", given.said)
    text = " ".join(args.text) if isinstance(args.text, list) else args.text
    if not text:
        return description, None
    interpretation = interpret(text)
    if args.strict and interpretation.not_understood:
        raise InputError(f"not understood: {_quoted(interpretation)}; say it otherwise or leave out --strict")
    return merged(interpretation.description, description, _words_of(interpretation), given.said), interpretation


@dataclass(frozen=True)
class _Given:
    """Values set by flags, by field, and how each was written."""

    values: dict[str, Any]
    written: dict[str, str]

    def said(self, path: str) -> str:
        return self.written.get(path, f"the given {path}")


def _given_flags(args: argparse.Namespace) -> _Given:
    values, written = {}, {}
    for flag in _FLAGS:
        text = getattr(args, f"field {flag.field}")
        if text is not None:
            values[flag.field] = flag.read(flag.field, text)
            written[flag.field] = f"{flag.name} {text}"
    for name, texts in (("pathologies", args.pathology), ("excluded", args.exclude), ("leiomyomas", args.myoma)):
        if texts:
            flag_name = {"pathologies": "--pathology", "excluded": "--exclude", "leiomyomas": "--myoma"}[name]
            written[name] = " ".join(f"{flag_name} {text}" for text in texts)
    written.setdefault("pathologies", ", ".join(written.values()))
    return _Given(values, written)


def _from_flags(args: argparse.Namespace, given: _Given) -> UterusDescription:
    named = [_choice(Pathology)("pathologies", name) for name in args.pathology]
    named += [BELONGS_TO[field] for field in given.values if field in BELONGS_TO]
    leiomyomas = tuple(_myoma(text) for text in args.myoma)
    if leiomyomas:
        named.append(Pathology.LEIOMYOMA)
    scan = {k.partition(".")[2]: v for k, v in given.values.items() if k.startswith("acquisition.")}
    return UterusDescription(
        pathologies=tuple(dict.fromkeys(named)) or None,
        excluded=tuple(dict.fromkeys(_choice(Pathology)("excluded", name) for name in args.exclude)),
        leiomyomas=leiomyomas,
        acquisition=Acquisition(**scan),
        **{k: v for k, v in given.values.items() if not k.startswith("acquisition.")},
    )


def _myoma(text: str) -> Leiomyoma:
    values: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, equals, value = part.partition("=")
        known = _MYOMA_KEYS.get(key.strip().lower())
        if known is None or not equals:
            keys = ", ".join(_MYOMA_KEYS)
            raise DescriptionError("--myoma", part, f"must be KEY=VALUE with a key of {keys}; such as {_MYOMA_EXAMPLE}")
        field, read = known
        if field in values:
            raise DescriptionError("--myoma", text, f"gives {key.strip()} twice; repeat --myoma for another leiomyoma")
        values[field] = read(f"leiomyoma.{field}", value.strip())
    return Leiomyoma(**values)


def _from_record(source: str) -> UterusDescription:
    if source.lstrip().startswith("{"):
        return from_json(UterusDescription, source)
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not a UTF-8 text"
        raise InputError(f"description record {source}: {reason}; give a JSON file or the JSON itself") from error
    return from_json(UterusDescription, text, source)


def _words_of(interpretation: Interpretation) -> Callable[[str], str]:
    def said(path: str) -> str:
        words = [item.text for item in interpretation.understood if item.field == path]
        return " ".join(words) or ("normal" if path == "pathologies" else path)

    return said


def _warn(interpretation: Interpretation) -> None:
    for note in interpretation.notes:
        print(f"note: {note}", file=sys.stderr)  # noqa: T201
    if interpretation.not_understood:
        print(f"warning: not understood and left out: {_quoted(interpretation)}", file=sys.stderr)  # noqa: T201


def _quoted(interpretation: Interpretation) -> str:
    return ", ".join(f"'{' '.join(word.text.split())}'" for word in interpretation.not_understood)
