"""Figures about readers: the forest plot, the ROC curves, the calibration of confidence."""

from __future__ import annotations

from typing import Any

from UterineSynthLib.readerstudy.claim import Aim, Measure
from UterineSynthLib.readerstudy.report.figure_file import BAND, FAINT, INK, REAL_COLOUR, SYNTHETIC_COLOUR, new_figure
from UterineSynthLib.readerstudy.report.numbers import with_interval
from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult

_ROW_IN = 0.27
_LINE_STYLES = ("-", "--", "-.", ":")
_FEW_READERS = 8


def forest_figure(result: AnalysisResult) -> Any:
    """Accuracy (and AUC, where there is one) of each reader, with the mean over readers and the declared band."""
    panels = [(Measure.ACCURACY, "Accuracy", [(r.reader, r.accuracy) for r in result.readers])]
    if any(r.auc.value is not None for r in result.readers):
        panels.append((Measure.AUC, "Area under the ROC curve", [(r.reader, r.auc) for r in result.readers]))
    height = 1.1 + _ROW_IN * (len(result.readers) + 2)
    figure = new_figure(8.4 if len(panels) > 1 else 5.4, height)
    places = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, (measure, title, rows) in zip(places, panels, strict=True):
        _forest_panel(axes, result, measure, title, rows)
    return figure


def _forest_panel(
    axes: Any, result: AnalysisResult, measure: Measure, title: str, rows: list[tuple[str, Estimate]]
) -> None:
    chance, margin = result.chance, result.claim.margin
    if result.claim.aim is Aim.EQUIVALENCE and measure is result.claim.measure:
        axes.axvspan(chance - margin, chance + margin, color=BAND, zorder=0)
    axes.axvline(chance, color=FAINT, linewidth=0.8, linestyle="--", zorder=1)
    for place, (_, estimate) in enumerate(rows):
        _interval(axes, estimate, place, INK, "s", 4)
    labels = [name for name, _ in rows]
    for kind, name in (("random", "mean (random)"), ("fixed", "mean (fixed)")):
        average = result.average(measure, kind)
        if average is not None:
            _interval(axes, average.estimate, len(labels), REAL_COLOUR, "D", 6)
            labels.append(name)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="y", length=0)
    axes.set_title(title, fontsize=9.5, loc="left")


def _interval(axes: Any, estimate: Estimate, place: int, colour: str, marker: str, size: float) -> None:
    if estimate.value is None:
        axes.text(0.02, place, "not computed", va="center", color=FAINT, fontsize=8)
        return
    if estimate.low is not None and estimate.high is not None:
        axes.plot([estimate.low, estimate.high], [place, place], color=colour, linewidth=1.4)
    axes.plot([estimate.value], [place], marker=marker, markersize=size, color=colour)
    axes.annotate(
        with_interval(estimate), (1.0, place), xycoords=("axes fraction", "data"),
        xytext=(4, 0), textcoords="offset points", va="center", fontsize=7.5, annotation_clip=False,
    )  # fmt: skip


def roc_figure(result: AnalysisResult) -> Any:
    """Empirical curve of each reader; synthetic images are the positives."""
    figure = new_figure(4.6, 4.2)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--")
    curves = [r for r in result.readers if r.roc]
    palette = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444", "#a6761d")
    for place, reader in enumerate(curves):
        false, true = zip(*reader.roc, strict=True)
        few = len(curves) <= _FEW_READERS
        axes.plot(
            false, true, marker="o", markersize=2.5, linewidth=1.2 if few else 0.7,
            color=palette[place % len(palette)] if few else FAINT,
            linestyle=_LINE_STYLES[place % len(_LINE_STYLES)] if few else "-",
            label=f"{reader.reader}  {reader.auc.value:.2f}" if few else None,
        )  # fmt: skip
    if 0 < len(curves) <= _FEW_READERS:
        axes.legend(title="reader  area", loc="lower right", fontsize=8, title_fontsize=8)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set_xlabel("share of real images called synthetic")
    axes.set_ylabel("share of synthetic images called synthetic")
    return figure


def calibration_figure(result: AnalysisResult) -> Any:
    """Share of images that were synthetic, at each point of the confidence scale."""
    figure = new_figure(5.2, 3.4)
    axes = figure.subplots()
    synthetic = result.counts.synthetic / max(1, result.counts.cases)
    axes.axhline(synthetic, color=FAINT, linewidth=0.8, linestyle="--")
    for point in result.calibration:
        estimate = point.synthetic
        if estimate.value is None or estimate.low is None:
            continue
        axes.plot([point.point] * 2, [estimate.low, estimate.high], color=SYNTHETIC_COLOUR, linewidth=1.4)
        axes.plot([point.point], [estimate.value], "o", color=SYNTHETIC_COLOUR, markersize=5)
    labels = [_two_lines(p.anchor) + f"\n(n = {p.synthetic.n})" for p in result.calibration]
    axes.set_xticks([p.point for p in result.calibration], labels, fontsize=7.5)
    axes.set(xlim=(0.5, len(labels) + 0.5), ylim=(0, 1))
    axes.set_xlabel("answer")
    axes.set_ylabel("share that was synthetic")
    return figure


def course_figure(result: AnalysisResult) -> Any:
    """Share right and reading time along the sequence, in equal parts."""
    figure = new_figure(8.4, 2.7)
    parts = result.course
    for axes, quantity, label in zip(
        figure.subplots(1, 2), ("correct", "seconds"), ("share right", "reading time, s"), strict=True
    ):
        for place, part in enumerate(parts):
            estimate = getattr(part, quantity)
            if estimate.value is None:
                continue
            if estimate.low is not None:
                axes.plot([place] * 2, [estimate.low, estimate.high], color=REAL_COLOUR, linewidth=1.4)
            axes.plot([place], [estimate.value], "o", color=REAL_COLOUR, markersize=5)
        axes.set_xticks(range(len(parts)), [f"{p.first}–{p.last}" for p in parts], fontsize=7.5)
        axes.set_xlabel("place in the reader's sequence")
        axes.set_ylabel(label)
        axes.set_ylim(0, 1 if quantity == "correct" else None)
        if quantity == "correct":
            axes.axhline(result.chance, color=FAINT, linewidth=0.8, linestyle="--")
    return figure


def _two_lines(anchor: str) -> str:
    words = anchor.split()
    half = (len(words) + 1) // 2
    return "\n".join(" ".join(part) for part in (words[:half], words[half:]) if part)
