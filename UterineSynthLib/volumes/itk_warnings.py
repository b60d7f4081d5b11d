"""ITK's own warnings, which would reach a user's terminal beside our one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK as sitk


@contextmanager
def itk_warnings_off() -> Iterator[None]:
    """Silence ITK's warnings for the length of a block; what matters in them is raised as an error of ours."""
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
