"""Numbers and estimates in words."""

from __future__ import annotations

from UterineSynthLib.readerstudy.statistics.estimate import Estimate


def shown(value: float | None, digits: int = 2) -> str:
    """A number with fixed digits, never a negative zero; a dash where there is none."""
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def with_interval(estimate: Estimate, digits: int = 2) -> str:
    """``0.51 (0.44 to 0.58)``; the value alone where there is no interval, a dash where there is nothing."""
    if estimate.low is None or estimate.high is None:
        return shown(estimate.value, digits)
    return f"{shown(estimate.value, digits)} ({shown(estimate.low, digits)} to {shown(estimate.high, digits)})"


def p_value(value: float | None) -> str:
    """Three digits, or ``< 0.001``."""
    if value is None:
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """``1 reader``, ``2 readers``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
