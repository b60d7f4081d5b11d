"""The report: one self-contained HTML page, its figures as SVG and PDF, the record and the readings for others."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import InputError, OutputError
from UterineSynthLib.readerstudy.claim import Measure
from UterineSynthLib.readerstudy.leakcheck import LeakCheck
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.report.examples import RULE, Example, example_cases
from UterineSynthLib.readerstudy.report.figure_file import drawing, svg_of, write_figure
from UterineSynthLib.readerstudy.report.methods import BY_HAND, claim_words, methods_paragraphs
from UterineSynthLib.readerstudy.report.numbers import counted, with_interval
from UterineSynthLib.readerstudy.report.rating_figures import confusion_figure, likert_figure
from UterineSynthLib.readerstudy.report.reader_figures import (
    calibration_figure,
    course_figure,
    forest_figure,
    roc_figure,
)
from UterineSynthLib.readerstudy.report.tables import (
    agreement_table,
    averages_table,
    course_table,
    example_table,
    leak_table,
    likert_table,
    overall_table,
    readers_table,
    reasons,
)
from UterineSynthLib.readerstudy.statistics.export import write_exports
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult, Finding
from UterineSynthLib.records import to_json, write_text_whole

PAGE_NAME = "report.html"
_CLASS = {Finding.SHOWN: "shown", Finding.NOT_SHOWN: "not", Finding.TOO_SMALL: "small"}


def write_report(
    result: AnalysisResult,
    readings: StudyReadings,
    folder: Path,
    images: Mapping[str, Path] | None = None,
    leaks: LeakCheck | None = None,
) -> Path:
    """Write ``report.html``, ``figures/``, ``analysis.json`` and the exported readings into ``folder``.

    Args:
        images: PNG picture by case, for the example cases. leaks: what the leak check of the study found.

    Returns:
        The path of the page.

    Raises:
        InputError: a picture cannot be read. OutputError: the folder cannot be written to.
        MissingPackageError: matplotlib is not installed.
    """
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error
    page = _page(result, readings, folder / "figures", images or {}, leaks)
    write_text_whole(folder / "analysis.json", to_json(result, indent=1) + "\n")
    write_exports(readings, folder)
    write_text_whole(folder / PAGE_NAME, page)
    return folder / PAGE_NAME


def _page(
    result: AnalysisResult,
    readings: StudyReadings,
    figures: Path,
    images: Mapping[str, Path],
    leaks: LeakCheck | None,
) -> str:
    sections = [
        _top(result),
        _readers(result, figures),
        _confidence(result, figures),
        _ratings(result, figures),
        _descriptors(result, figures),
        f"<h2>Agreement between readers</h2>{agreement_table(result)}" if result.agreement else "",
        _course(result, figures),
        _examples(example_cases(readings), images),
        "" if leaks is None else f"<h2>Leak check before the reading</h2>{leak_table(leaks)}",
        "<h2>Methods</h2>" + "".join(f"<p>{escape(p)}</p>" for p in methods_paragraphs(result, readings.design)),
        f"<p>To be added by hand, as no program knows it: {escape('; '.join(BY_HAND))}.</p>",
        _missing(result),
    ]
    style = files("UterineSynthLib.readerstudy.report").joinpath("style.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(result.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f"<body>{''.join(sections)}</body></html>\n"
    )


def _top(result: AnalysisResult) -> str:
    verdict, counts, size = result.verdict, result.counts, result.size
    kind = "random" if result.claim.random_readers else "fixed"
    facts = []
    for measure, label in ((Measure.ACCURACY, "mean accuracy"), (Measure.AUC, "mean area under the ROC curve")):
        average = result.average(measure, kind)
        if average is not None:
            facts.append((with_interval(average.estimate), f"{label} (95% interval); chance {result.chance:.2f}"))
    needed = str(size.needed) if size.needed is not None else "no reachable number"
    facts.append((f"{size.reads} readings", f"needed for the claim: {needed}"))
    facts.append((counted(counts.readers, "reader"), f"{counts.real} real, {counts.synthetic} synthetic cases"))
    items = "".join(f"<li><b>{escape(value)}</b><span>{escape(label)}</span></li>" for value, label in facts)
    why = "".join(f"<p>{escape(reason)}</p>" for reason in verdict.reasons)
    return (
        f"<h1>{escape(result.title)}</h1>"
        f'<p class="claim">Claim: {escape(claim_words(result.claim, result.chance))}.</p>'
        f'<div class="verdict {_CLASS[verdict.finding]}"><strong>{escape(verdict.headline)}</strong>{why}</div>'
        f'<ul class="facts">{items}</ul>'
    )


def _readers(result: AnalysisResult, figures: Path) -> str:
    band = " Shaded: the declared band around chance." if result.claim.aim == "equivalence" else ""
    drawn = _drawn("readers", forest_figure, result, figures, f"Readers one by one, and their mean.{band}")
    note = (
        "Sensitivity: synthetic images called synthetic. Specificity: real images called real. A criterion above 0 "
        "leans towards calling images real; d′ and area measure telling apart whatever the lean."
    )
    if result.chance != 0.5 or not any(r.roc for r in result.readers):
        note = ""
    return (
        f"<h2>Readers</h2>{drawn}{averages_table(result)}{overall_table(result)}{readers_table(result)}"
        f'<p class="note">{note}</p>'
    )


def _confidence(result: AnalysisResult, figures: Path) -> str:
    parts = []
    if any(r.roc for r in result.readers):
        caption = "ROC curves of the readers; synthetic images are the positives. The dashed line is chance."
        parts.append(_drawn("roc", roc_figure, result, figures, caption))
    if result.calibration:
        caption = (
            "How often the image was synthetic, by answer. Level with the dashed line, their share in the study, "
            "confidence says nothing."
        )
        error = result.expected_calibration_error
        caption += "" if error is None else f" Expected calibration error {error:.2f}."
        parts.append(_drawn("confidence", calibration_figure, result, figures, caption))
    return f"<h2>Confidence</h2>{''.join(parts)}" if parts else ""


def _ratings(result: AnalysisResult, figures: Path) -> str:
    if not result.likert:
        return ""
    drawn = _drawn("ratings", likert_figure, result.likert, figures, "Ratings of real and synthetic images.")
    note = (
        "Random readers: the mean difference for readers like these. Rank sum: mean ratings of the cases, for these "
        "readers. Superiority: chance that a synthetic image is rated above a real one; 0.50 is no difference."
    )
    return f'<h2>Appearance and quality</h2>{drawn}{likert_table(result)}<p class="note">{note}</p>'


def _descriptors(result: AnalysisResult, figures: Path) -> str:
    parts = []
    for table in result.descriptors:
        kappa = "" if table.kappa is None else f", kappa {table.kappa:.2f}"
        caption = f"{table.text} ({table.group} images): exact agreement {with_interval(table.agreement)}{kappa}."
        parts.append(_drawn(f"{table.question}-{table.group}", confusion_figure, table, figures, caption))
    return f"<h2>Asked for and read</h2>{''.join(parts)}" if parts else ""


def _course(result: AnalysisResult, figures: Path) -> str:
    caption = "Along the sequence, training cases left out. The dashed line is chance."
    drawn = _drawn("course", course_figure, result, figures, caption) if result.course else ""
    return f"<h2>Over the sequence, repeats, models</h2>{drawn}{course_table(result)}"


def _examples(examples: tuple[Example, ...], images: Mapping[str, Path]) -> str:
    if not examples:
        return ""
    parts = [f'<h2>Example cases</h2><p class="note">{escape(RULE)}</p><div class="examples">']
    for example in examples:
        asked = f" Asked for or known: {escape(example.asked)}." if example.asked else ""
        picture = _picture(images[example.case], example.case) if example.case in images else ""
        parts.append(
            f"<h3>{escape(example.heading[0].upper() + example.heading[1:])}: {escape(example.case)}</h3>"
            f"<p>{example.right:g} of {counted(example.read, 'reader')} right.{asked}</p>{picture}"
            f"{example_table(example)}"
        )
    return "".join(parts) + "</div>"


def _missing(result: AnalysisResult) -> str:
    found = reasons(result)
    if not found:
        return ""
    items = "".join(f"<li>{escape(name)}: {escape(reason)}</li>" for name, reason in found)
    return f"<h2>What could not be computed</h2><ul>{items}</ul>"


def _picture(path: Path, case: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"picture of case {case}: {path}: {error.strerror or error}") from error
    text = base64.b64encode(data).decode("ascii")
    return f'<img alt="case {escape(case)}" src="data:image/png;base64,{text}">'


def _drawn(name: str, draw: Callable[[Any], Any], subject: Any, folder: Path, caption: str) -> str:
    with drawing(name):
        figure = draw(subject)
        svg = svg_of(figure)
        write_figure(figure, folder, name, svg)
    label = f'<svg role="img" aria-label="{escape(caption, quote=True)}"'
    return f"<figure>{svg.replace('<svg', label, 1)}<figcaption>{escape(caption)}</figcaption></figure>"
