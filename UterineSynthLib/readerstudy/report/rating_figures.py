"""Figures about ratings: Likert bars and the tables of asked against read."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from UterineSynthLib.readerstudy.report.figure_file import INK, new_figure
from UterineSynthLib.readerstudy.statistics.descriptors import Confusion
from UterineSynthLib.readerstudy.statistics.likert import LikertComparison

_FIRST, _LAST = (0.88, 0.91, 0.94), (0.05, 0.27, 0.45)
_LEAST_LABELLED, _DARK = 0.06, 1.6


def likert_figure(comparisons: Sequence[LikertComparison]) -> Any:
    """Share of the ratings at each point, real above synthetic, one pair of bars per question."""
    figure = new_figure(6.6, 0.6 + 0.95 * len(comparisons))
    panels = figure.subplots(len(comparisons), 1, squeeze=False, sharex=True)[:, 0]
    for axes, comparison in zip(panels, comparisons, strict=True):
        _likert_panel(axes, comparison)
    panels[-1].set_xlabel("share of ratings; the number in a bar is the point of the scale")
    return figure


def _likert_panel(axes: Any, comparison: LikertComparison) -> None:
    colours = scale_colours(len(comparison.anchors))
    for place, counts in enumerate((comparison.real, comparison.synthetic)):
        total, left = max(1, sum(counts)), 0.0
        for point, (count, colour) in enumerate(zip(counts, colours, strict=True), start=1):
            share = count / total
            axes.barh(place, share, left=left, height=0.72, color=colour, edgecolor="white", linewidth=0.5)
            if share >= _LEAST_LABELLED:
                ink = "white" if sum(colour) < _DARK else INK
                axes.text(left + share / 2, place, f"{point}", ha="center", va="center", color=ink, fontsize=8)
            left += share
    names = (f"real (n = {sum(comparison.real)})", f"synthetic (n = {sum(comparison.synthetic)})")
    axes.set_yticks((0, 1), names)
    axes.set(xlim=(0, 1), ylim=(1.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.set_title(textwrap.shorten(comparison.text, 90, placeholder=" ..."), fontsize=9, loc="left")


def scale_colours(points: int) -> list[tuple[float, float, float]]:
    """From light to dark: a scale has an order, but its high end is good in one question and bad in the next."""
    shares = np.linspace(0, 1, points)[:, None]
    mixed = (1 - shares) * np.array(_FIRST) + shares * np.array(_LAST)
    return [(float(r), float(g), float(b)) for r, g, b in mixed]


def confusion_figure(table: Confusion) -> Any:
    """Counts of asked (rows) against read (columns), shaded by the share of the row."""
    counts = np.array(table.counts, dtype=float)
    labels = [label.replace("_", " ") for label in table.labels]
    rows = counts.sum(axis=1) > 0
    counts, row_labels = counts[rows], [label for label, kept in zip(labels, rows, strict=True) if kept]
    share = counts / counts.sum(axis=1, keepdims=True)
    figure = new_figure(1.9 + 0.5 * len(labels), 1.5 + 0.32 * len(row_labels))
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ink = "white" if share[row, column] > 0.55 else INK
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right")
    axes.set_yticks(range(len(row_labels)), row_labels)
    axes.set_xlabel("read")
    axes.set_ylabel("asked for" if table.group == "synthetic" else "known to be there")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure
