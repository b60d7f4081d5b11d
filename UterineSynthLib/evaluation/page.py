"""The page of an evaluation, Markdown with pictures beside it; written from records, never from models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.evaluation.adherence import Adherence, adherence_of, adherence_table
from UterineSynthLib.evaluation.adherence_figures import NAMES
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.figure import Figure, Verdict
from UterineSynthLib.evaluation.judged_image import Origin
from UterineSynthLib.evaluation.pictures import write_pictures
from UterineSynthLib.evaluation.plots import write_plots
from UterineSynthLib.evaluation.side_by_side import SideBySide, side_by_side
from UterineSynthLib.records import write_text_whole
from UterineSynthLib.volumes.contact_sheet import write_contact_sheet

PAGE, PAIRS = "README.md", "side-by-side.png"
_MARKS = {Verdict.MET: "met", Verdict.MISSED: "**missed**", Verdict.NOT_MEASURED: "not measured", Verdict.SHOWN: ""}


@dataclass(frozen=True)
class PageHead:
    """What stands above the table.

    Attributes:
        model: name and version; judge: likewise, with its recorded accuracy on phantoms of other seeds.
        how: the command that repeats the evaluation.
    """

    model: str
    judge: str
    judge_accuracy: Adherence | None
    how: str


def write_page(head: PageHead, evidence: Evidence, figures: Sequence[Figure], folder: Path) -> Path:
    """Write page, contact sheets and plots into ``folder``; returns the page's path.

    Raises:
        OutputError: the folder cannot be written to.
        MissingPackageError: the plotting library is not installed.
    """
    sheets = write_pictures(evidence, folder)
    plots = write_plots(evidence, folder)
    images = "\n\n".join(f"![{caption}]({name})" for name, caption in (*plots, *sheets))
    parts = [
        f"# {head.model}: judged",
        "Every image below is synthetic: made by a model or by the digital phantom.",
        f"Judge: {head.judge}. {_own(head)}",
        f"Phantoms of the same descriptions show what *judge* means in the tables below.\n\n{_ways(evidence)}",
        "## Figures and targets",
        figure_table(figures),
        "Intervals are 95 % bootstrap intervals over cases.",
        _notes(figures),
        _refusals(evidence),
        _pairs(side_by_side(evidence), folder),
        "## Pictures",
        images,
        f"Repeat with `{head.how}`.",
    ]
    path = folder / PAGE
    write_text_whole(path, "\n\n".join(part for part in parts if part) + "\n")
    return path


def figure_table(figures: Sequence[Figure]) -> str:
    """Markdown: one row a figure."""
    lines = ["| what | value | interval | judge | target | verdict | cases |", "|---" * 7 + "|"]
    for figure in figures:
        interval = (
            "" if figure.low is None or figure.high is None else f"{_number(figure.low)} to {_number(figure.high)}"
        )
        bound = "" if figure.bound is None or f"{figure.bound:g}" in figure.target else f" ({_number(figure.bound)})"
        cells = (
            figure.what,
            "-" if figure.value is None else f"{_number(figure.value)} {figure.unit}".strip(),
            interval,
            "" if figure.judge_value is None else _number(figure.judge_value),
            f"{figure.target}{bound}",
            _MARKS[figure.verdict],
            str(figure.cases),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _own(head: PageHead) -> str:
    if head.judge_accuracy is None:
        return "Its own accuracy has not been measured."
    return f"Its own accuracy on unseen phantoms:\n\n{adherence_table({'unseen phantoms': head.judge_accuracy})}"


def _ways(evidence: Evidence) -> str:
    rows = {}
    for origin, name in NAMES.items():
        if evidence.images(origin):
            shown = f"{name} (judge)" if origin is Origin.PHANTOM else name
            rows[shown] = adherence_of(evidence.images(origin))
    return adherence_table(rows)


def _pairs(shown: SideBySide | None, folder: Path) -> str:
    """The sheet of pairs, its key folded away so that it can be guessed first."""
    if shown is None:
        return ""
    caption = f"{NAMES[shown.origin]} beside phantoms of the same descriptions"
    write_contact_sheet(shown.sheet, folder / PAIRS, caption)
    return (
        "## Which is which?\n\nOne of each pair is generated, the other is a phantom of the same description; the "
        f"sides are drawn by lot.\n\n![{caption}]({PAIRS})\n\n"
        f"<details><summary>Key</summary>\n\n{shown.key}\n\n</details>"
    )


def _notes(figures: Sequence[Figure]) -> str:
    return "\n".join(f"- {figure.what}: {figure.note}." for figure in figures if figure.note)


def _refusals(evidence: Evidence) -> str:
    lines = [
        f"- case {item.image.case}, {item.image.origin.value.replace('_', ' ')}: {item.image.refused}"
        for judged in evidence.judged.values()
        for item in judged
        if item.image.refused
    ]
    return "" if not lines else "Cases that could not be made, in no figure above:\n\n" + "\n".join(lines)


def _number(value: float) -> str:
    """Two decimals for what is of the order of one, three digits for the rest."""
    return f"{value:.2f}" if 0.1 <= abs(value) < 100 else f"{value:.3g}"
