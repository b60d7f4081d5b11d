"""How figures are made and saved: no global state of the plotting library, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import OutputError
from UterineSynthLib.optional import require

REAL_COLOUR, SYNTHETIC_COLOUR = "#0072b2", "#d55e00"
INK, FAINT, BAND = "#222222", "#8a8a8a", "#e9e4d4"
"""Colours that readers with any colour vision tell apart (Okabe & Ito 2008), on white paper."""

_SETTINGS = {
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "text.parse_math": False,
    "pdf.fonttype": 42,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@contextmanager
def drawing(salt: str) -> Iterator[None]:
    """Settings under which figures are made and saved; ``salt`` keeps the ids of figures on one page apart."""
    with require("matplotlib").rc_context({**_SETTINGS, "svg.hashsalt": salt}):
        yield


def new_figure(width_in: float, height_in: float) -> Any:
    """An empty figure in inches, tied to no window."""
    return require("matplotlib.figure").Figure(figsize=(width_in, height_in))


def svg_of(figure: Any) -> str:
    """The ``<svg>`` element of a figure, to stand in a page."""
    sheet = io.StringIO()
    figure.savefig(sheet, format="svg", metadata={"Date": None, "Creator": None})
    text = sheet.getvalue()
    return text[text.index("<svg") :]


def write_figure(figure: Any, folder: Path, name: str, svg: str) -> None:
    """Write ``name.svg`` and ``name.pdf``, whole or not at all.

    Raises:
        OutputError: the folder cannot be written to.
    """
    partial = folder / f".{name}.partial"
    try:
        for ending, data in (("svg", f'<?xml version="1.0" encoding="utf-8"?>\n{svg}'.encode()), ("pdf", _pdf(figure))):
            partial.write_bytes(data)
            partial.replace(folder / f"{name}.{ending}")
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(folder / name, error.strerror or str(error)) from error


def _pdf(figure: Any) -> bytes:
    sheet = io.BytesIO()
    figure.savefig(sheet, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return sheet.getvalue()
