"""What the values of a source's masks mean, as a user writes it: ``1=uterine_wall,2=myoma,3=none``."""

from __future__ import annotations

from collections.abc import Mapping

from UterineSynthLib.dataset.importing.found import LabelTable
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.volumes.structures import STRUCTURES, UMD_LABELS, Structure

OURS: LabelTable = {int(structure): int(structure) for structure in Structure}
UMD: LabelTable = {0: 0, **{int(label): int(label) for label in UMD_LABELS}}
_NAMED = {"ours": OURS, "umd": UMD}


def parse_label_table(text: str) -> LabelTable:
    """Read ``value=structure,...``, or ``ours`` or ``umd``. A structure is a name, a label number or ``none``.

    Raises:
        ConfigError: an unknown structure, a value that is no whole number, a value given twice.
    """
    if text.strip() in _NAMED:
        return _NAMED[text.strip()]
    table = {0: 0}
    for pair in text.split(","):
        value, equals, name = (part.strip() for part in pair.partition("="))
        if not equals or not value.isdecimal():
            raise ConfigError(f"--labels {text}: '{pair}' must read VALUE=STRUCTURE, for example 1=uterine_wall")
        if int(value) in table and int(value) != 0:
            raise ConfigError(f"--labels {text}: the value {value} is given twice")
        table[int(value)] = _label(name, text)
    return table


def table_of_names(names: Mapping[str, str]) -> LabelTable | None:
    """The table of a source that names its values (value: name); None unless we know every name."""
    known = {_plain(facts.name): int(structure) for structure, facts in STRUCTURES.items()}
    known |= {_plain(structure.name): int(structure) for structure in Structure}
    if not all(value.isdecimal() and _plain(name) in known for value, name in names.items()):
        return None
    return {0: 0, **{int(value): known[_plain(name)] for value, name in names.items()}}


def _label(name: str, text: str) -> int:
    if name in ("none", "background"):
        return 0
    if name.isdecimal() and int(name) in list(Structure):
        return int(name)
    if name.upper() in Structure.__members__:
        return int(Structure[name.upper()])
    known = ", ".join(structure.name.lower() for structure in Structure if structure)
    raise ConfigError(f"--labels {text}: no structure '{name}'; there are {known}, and none")


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ")
