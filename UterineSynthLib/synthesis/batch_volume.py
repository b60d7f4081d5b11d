"""One volume of a batch, made in whichever process or on whichever machine it is asked for."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.errors import BundleError, UterineSynthError
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.synthesis.output import CaseFiles, CaseWriter, Suffix
from UterineSynthLib.synthesis.progress import OnProgress
from UterineSynthLib.synthesis.provenance import Provenance
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.volumes.files import read_labels

if TYPE_CHECKING:
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

SOURCE = "UterineSynth"


@dataclass(frozen=True)
class VolumeJob:
    """Volume ``index`` of a request, with all that a worker must know.

    Attributes:
        case_id: of the manifest; folder: of the row, inside the folder of the batch.
        bundle_path: folder of the model as the worker sees it; bundle_digest: what must be there.
        mask_path: label map that the request names; suffix, sheet: what is written.
        text_encoder: folder of an external encoder, for a model trained with one.
    """

    case_id: str
    request: GenerationRequest
    index: int
    folder: Path
    bundle_path: Path
    bundle_digest: str
    mask_path: Path | None
    device: str
    suffix: Suffix
    sheet: bool
    text_encoder: Path | None = None


@dataclass(frozen=True)
class VolumeFailure:
    """Why a volume was not made. Plain text: errors do not all survive the way from one process to another."""

    reason: str


def make_volume(job: VolumeJob, on_progress: OnProgress | None = None) -> Case | VolumeFailure:
    """Make and write one volume; what goes wrong comes back in words."""
    try:
        return _make(job, on_progress)
    except UterineSynthError as error:
        return VolumeFailure(str(error))
    except Exception as error:  # the other rows must go on, whatever this is
        traceback.print_exc(file=sys.stderr)
        return VolumeFailure(f"{type(error).__name__}: {error}")


def _make(job: VolumeJob, on_progress: OnProgress | None) -> Case:
    synthesizer = _synthesizer(job.bundle_path, job.bundle_digest, job.device, job.text_encoder)
    mask = None if job.mask_path is None else read_labels(job.mask_path)
    made: SyntheticCase = next(synthesizer.generate(job.request, mask, on_progress, indices=(job.index,)))
    files = CaseWriter(job.folder, job.suffix, job.sheet).write(made)
    return _case_of(job.case_id, made.provenance, files, synthesizer.bundle.ledger.weights_licence)


@lru_cache(maxsize=4)
def _synthesizer(path: Path, digest: str, device: str, text_encoder: Path | None) -> Synthesizer:
    """The model of a job, loaded once in a process."""
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    synthesizer = Synthesizer.from_bundle(path, device, text_encoder)
    if synthesizer.bundle.digest != digest:
        raise BundleError(path, "is not the model this batch was planned with; give every machine the same one")
    return synthesizer


def _case_of(case_id: str, provenance: Provenance, files: CaseFiles, licence: str) -> Case:
    folder = files.image.parent.name
    return Case(
        id=case_id,
        image=f"{folder}/{files.image.name}",
        patient_id=_patient_of(provenance),
        source=SOURCE,
        licence=licence,
        labels=None if files.labels is None else f"{folder}/{files.labels.name}",
        description=provenance.description,
    )


def _patient_of(provenance: Provenance) -> str:
    """One name for volumes that share an anatomy or its random draw, so that they stay in one split."""
    if provenance.mask_sha256 is not None:
        return f"synthetic-mask-{provenance.mask_sha256[:16]}"
    return f"synthetic-seed{provenance.request.seed}-{provenance.index + 1:03d}"
