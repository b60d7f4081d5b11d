"""HTML tables of a report. Everything that comes from a study is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from UterineSynthLib.readerstudy.leakcheck import LeakCheck
from UterineSynthLib.readerstudy.report.examples import Example
from UterineSynthLib.readerstudy.report.numbers import p_value, shown, with_interval
from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult

_NUMBER = re.compile(r"(< )?[−–∞]?[\d.]*( \([−\d.]+ to [−\d.]+\))?")
"""Numbers stay on one line, with their interval."""
_NAMES = {"accuracy": "accuracy", "auc": "area under the ROC curve"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; the first cell of a row is its heading."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(_cell(text) for text in rest)}</tr>' for first, *rest in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    kind = ' class="number"' if _NUMBER.fullmatch(text) else ""
    return f"<td{kind}>{escape(text)}</td>"


def readers_table(result: AnalysisResult) -> str:
    """One row per reader; a column that no reader has a value in is left out."""
    columns: tuple[tuple[str, str, int], ...] = (
        ("sensitivity", "sensitivity", 2), ("specificity", "specificity", 2), ("d′", "d_prime", 2),
        ("criterion c", "criterion", 2), ("area", "auc", 2), ("repeat ICC", "repeat_icc", 2),
        ("s per case", "seconds", 0),
    )  # fmt: skip
    known = [c for c in columns if any(getattr(r, c[1]).value is not None for r in result.readers)]
    if all(r.sensitivity.value is None for r in result.readers):
        known.insert(0, ("share right", "accuracy", 2))
    rows = ((r.reader, *(with_interval(getattr(r, name), digits) for _, name, digits in known)) for r in result.readers)
    return table(("reader", *(label for label, _, _ in known)), rows)


def overall_table(result: AnalysisResult) -> str:
    """Pooled figures, with the interval that respects clusters and, for shares, the one that ignores them."""
    rows = []
    for name in ("accuracy", "sensitivity", "specificity"):
        naive, clustered = result.overall[name], result.overall[f"{name}, clustered"]
        if naive.value is not None:
            rows.append((name, with_interval(clustered), with_interval(naive), str(naive.n)))
    for name, label in (("area, clustered", "area, mean of readers"), ("d'", "d′"), ("criterion", "criterion c")):
        estimate = result.overall.get(name)
        if estimate is not None and estimate.value is not None:
            rows.append((label, with_interval(estimate), "", str(estimate.n)))
    head = "all readings", "resampling readers and cases", "as if independent (Wilson)", "readings"
    return table(head, rows)


def averages_table(result: AnalysisResult) -> str:
    """The multi-reader analysis with both tests against chance."""
    head = "mean over readers of", "readers", "estimate", "df", "p, different from chance", "p, equivalent to chance"
    rows = (
        (
            _NAMES[a.measure],
            "like these (random)" if a.readers == "random" else "these (fixed)",
            with_interval(a.estimate, 3),
            "∞" if a.df is None and a.se is not None else shown(a.df, 1),
            p_value(a.p_chance),
            p_value(a.p_equivalence),
        )
        for a in result.averages
    )
    return table(head, rows)


def agreement_table(result: AnalysisResult) -> str:
    """Coefficients by question."""
    rows = ((a.question.replace("_", " "), a.coefficient, with_interval(a.estimate)) for a in result.agreement)
    return table(("question", "coefficient", "value (95% interval)"), rows)


def likert_table(result: AnalysisResult) -> str:
    """Tests by question, with the wording of the points."""
    head = "question", "synthetic − real", "p, random readers", "Holm", "superiority", "p, rank sum", "Holm", "points"
    rows = (
        (
            c.question.replace("_", " "),
            with_interval(c.difference),
            p_value(c.p_random),
            p_value(c.p_random_holm),
            shown(c.superiority),
            p_value(c.p_value),
            p_value(c.p_holm),
            "; ".join(f"{i} {anchor}" for i, anchor in enumerate(c.anchors, start=1)),
        )
        for c in result.likert
    )
    return table(head, rows)


def course_table(result: AnalysisResult) -> str:
    """Changes over the sequence, reading times, repeats, single models."""
    ratio, seconds = result.times["synthetic over real"], result.times["all"]
    rows = [
        (f"{t.quantity}, change per ten cases", with_interval(t.per_ten_cases, 3), p_value(t.p_value))
        for t in result.trends
    ]
    rows.append(("reading time in s, geometric mean", with_interval(seconds, 1), ""))
    rows.append(("reading time, synthetic over real", with_interval(ratio), ""))
    for name, label in (
        ("repeat ICC", "confidence on repeats, ICC(2,1)"),
        ("repeat agreement", "same call on repeats"),
    ):
        rows.append((label, with_interval(result.overall[name]), ""))
    rows += [(f"share right on images of {name}", with_interval(e), "") for name, e in result.models.items()]
    return table(("", "estimate (95% interval)", "p"), rows)


def leak_table(leaks: LeakCheck) -> str:
    """What a classifier made of file, header, intensities, border, noise and spectrum, and its warnings."""
    rows = (
        (
            finding.group,
            with_interval(Estimate(finding.estimate.auc, finding.estimate.low, finding.estimate.high)),
            finding.telling,
        )
        for finding in leaks.groups
    )
    found = table(("trivial features", "cross-validated area", "most telling"), rows) if leaks.groups else ""
    words = leaks.warnings or (f"Nothing was found that tells real from synthetic ({leaks.remark}).",)
    return found + "".join(f'<p class="note">{escape(text)}</p>' for text in words)


def example_table(example: Example) -> str:
    """What each reader said about one case."""
    return table(("reader", "authenticity", "other answers"), example.answers)


def reasons(result: AnalysisResult) -> list[tuple[str, str]]:
    """What could not be computed, and why: names that share a reason, and the reason."""
    named: list[tuple[str, Estimate]] = list(result.overall.items())
    for r in result.readers:
        named += [(f"{r.reader}: {n}", getattr(r, n)) for n in ("accuracy", "sensitivity", "specificity", "d_prime")]
        named += [(f"{r.reader}: area", r.auc), (f"{r.reader}: repeat ICC", r.repeat_icc)]
    named += [(f"mean {_NAMES[a.measure]}, {a.readers} readers", a.estimate) for a in result.averages]
    named += [(f"{a.question}: {a.coefficient}", a.estimate) for a in result.agreement]
    named += [(t.quantity, t.per_ten_cases) for t in result.trends]
    named += [(f"reading time, {n}", e) for n, e in result.times.items()]
    found = [(name, e.reason) for name, e in named if e.reason is not None]
    found += [(c.question, c.reason) for c in result.likert if c.reason is not None]
    names: dict[str, list[str]] = {}
    for name, reason in found:
        names.setdefault(reason, []).append(name)
    return [(", ".join(these), reason) for reason, these in names.items()]
