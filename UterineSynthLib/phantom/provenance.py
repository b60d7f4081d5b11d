"""What is kept beside a phantom's files: what was asked for, what was measured, and how to build it again."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib import __version__
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom.measurement import MeasuredTruth
from UterineSynthLib.phantom.phantom import PhantomCase
from UterineSynthLib.records import record


@record("uterinesynth.phantom")
@dataclass(frozen=True)
class PhantomProvenance:
    """A phantom on disk.

    Attributes:
        description: complete; with ``seed`` it gives the same voxels again.
        truth: what was measured in it.
        is_synthetic: always true.
    """

    seed: int
    tool_version: str
    description: UterusDescription
    truth: MeasuredTruth
    is_synthetic: bool = True


def provenance_of(case: PhantomCase, seed: int) -> PhantomProvenance:
    """The record of a case that was made with ``seed``."""
    return PhantomProvenance(seed, __version__, case.description, case.truth)
