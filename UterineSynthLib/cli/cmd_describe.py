"""``uterinesynth describe``: what a text is understood to ask for, as a table or as a record."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from UterineSynthLib.cli.description_flags import add_description_flags, interpreted_from_args
from UterineSynthLib.description.parsing import Interpretation
from UterineSynthLib.description.table import Row, table_rows
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError
from UterineSynthLib.records import to_json

HELP = "Show what a description is understood to ask for, and which words were not understood."
EPILOG = """examples:
  uterinesynth describe "a 3 cm FIGO 4 fibroid in the posterior wall, retroverted, retroflexed"
  uterinesynth describe "no fibroids, JZ 14 mm" --bladder full
  uterinesynth describe "postmenopausal, 8 mm polyp" --json > request.json
  uterinesynth describe --record request.json --field-strength 3
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_description_flags(parser, record_flag="--record", text_is_positional=True)
    parser.add_argument("--json", action="store_true", help="print the description record only")
    parser.add_argument("--all", action="store_true", help="show the fields of pathologies not asked for, too")


def run(args: argparse.Namespace) -> int:
    """Print the table or the record; raises InputError where the description cannot be used."""
    description, interpretation = interpreted_from_args(args)
    if interpretation is None and description == UterusDescription():
        raise InputError('nothing is described; give a text such as "a 3 cm fibroid", a record or a flag')
    if args.json:
        print(to_json(description, indent=2))  # noqa: T201
        return 0
    rows = table_rows(description, args.all)
    remarks = list(_remarks(interpretation)) if interpretation is not None else []
    if sys.stdout.isatty():
        _print_pretty(rows, remarks)
    else:
        _print_plain(rows, remarks)
    return 0


def _remarks(interpretation: Interpretation) -> Iterator[tuple[str, str]]:
    for word in interpretation.not_understood:
        yield "not understood", " ".join(word.text.split())
    for note in interpretation.notes:
        yield "note", note


def _print_plain(rows: tuple[Row, ...], remarks: list[tuple[str, str]]) -> None:
    width = max(len(row.label) for row in rows)
    for row in rows:
        print(f"{row.label:<{width}}  {row.value}")  # noqa: T201
    for title, text in remarks:
        print(f"{title}: {text}")  # noqa: T201


def _print_pretty(rows: tuple[Row, ...], remarks: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table("Field", "Value", title="Description")
    for row in rows:
        table.add_row(row.label, Text(row.value, style="dim" if row.is_open else "bold"))
    console.print(table)
    for title, text in remarks:
        console.print(Text.assemble((f"{title}: ", "yellow"), text))
