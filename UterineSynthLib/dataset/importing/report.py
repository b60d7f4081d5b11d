"""The report of an import: JSON lines, a page with pictures, and a few lines for the terminal."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path

from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.importing.case_report import CaseReport, Outcome
from UterineSynthLib.dataset.importing.importer import MANIFEST, REPORT, THUMBNAILS, ImportOrder, ImportResult
from UterineSynthLib.records import to_json, write_text_whole

RECORDS, PAGE = "report.jsonl", "report.html"
_SHOWN_REFUSALS = 10
_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2rem;background:#14161a;color:#e8e8e8}"
    "table{border-collapse:collapse}td,th{padding:.5rem .8rem;border-top:1px solid #333;text-align:left;"
    "vertical-align:top}.refused{color:#ff9a8a}.repaired{color:#ffd27a}small{color:#9aa}img{display:block}"
)


def write_report(order: ImportOrder, result: ImportResult) -> Path:
    """Write ``report.jsonl`` and ``report.html`` beside the data set; returns the page.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    folder = order.out / REPORT
    write_text_whole(folder / RECORDS, "".join(f"{to_json(report)}\n" for report in result.reports))
    write_text_whole(folder / PAGE, page_of(order, result))
    return folder / PAGE


def summary_lines(order: ImportOrder, result: ImportResult) -> list[str]:
    """What became of the import, for people."""
    refused = [report for report in result.reports if report.outcome is Outcome.REFUSED]
    kept = f", {result.resumed} of them from before" if result.resumed else ""
    lines = [f"{order.source.name}, licence {order.licence}", *result.said]
    lines.append(f"{len(result.reports)} found: {len(result.cases)} imported{kept}, {len(refused)} refused")
    labelled = sum(case.labels is not None for case in result.cases)
    patients = len({case.patient_id for case in result.cases})
    lines.append(f"{labelled} with a label map; {patients} patients; {_splits(result)}")
    repairs = Counter(repair.what for report in result.reports if report.case for repair in report.repaired)
    lines += [f"repaired in {count}: {what}" for what, count in repairs.most_common()]
    lines += [f"refused {report.where}: {report.refused}" for report in refused[:_SHOWN_REFUSALS]]
    if len(refused) > _SHOWN_REFUSALS:
        lines.append(f"and {len(refused) - _SHOWN_REFUSALS} more refused, listed in the report")
    return lines


def _splits(result: ImportResult) -> str:
    counts = Counter(case.split for case in result.cases)
    return ", ".join(f"{counts[split]} {split}" for split in Split)


def page_of(order: ImportOrder, result: ImportResult) -> str:
    """The report as one HTML page; pictures lie beside it."""
    title = f"Import of {html.escape(order.source.name)}"
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in summary_lines(order, result))
    rows = "".join(_row(report) for report in result.reports)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{lines}"
        f"<p><small>This page names source files: keep it apart from {MANIFEST}, which does not.</small></p>"
        "<table><tr><th>case</th><th>found</th><th>said and repaired</th></tr>"
        f"{rows}</table></html>\n"
    )


def _row(report: CaseReport) -> str:
    case = report.case
    picture = "" if case is None else f'<img alt="middle slice" src="{THUMBNAILS}/{html.escape(case.id)}.png">{case.id}'
    found = "<br>".join(html.escape(name) for name in (report.found or (report.where,)))
    told = [html.escape(line) for line in report.said]
    told += [
        f'<span class="repaired">{html.escape(repair.what)}</span>: {html.escape(repair.why)}'
        for repair in report.repaired
    ]
    if report.refused is not None:
        told.append(f'<span class="refused">refused</span>: {html.escape(report.refused)}')
    return f"<tr><td>{picture}</td><td><small>{found}</small></td><td>{'<br>'.join(told)}</td></tr>"
