"""Sample data: studies of the digital pelvis, made on the spot and offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import OutputError
from UterineSynthPanel import LibraryProcess, ResultScene
from UterineSynthPanel.RunFolder import RunFolder

CATEGORY = "Uterine Synth"
_ICONS = Path(__file__).resolve().parent.parent / "Resources" / "Icons"
_WAIT_MS = 30
_SCHEME = "uterinesynth-phantom"


@dataclass(frozen=True)
class SampleStudy:
    """One study: what it is called, what it shows in the words of a report, and its seed."""

    name: str
    text: str
    seed: int

    @property
    def key(self) -> str:
        """Name for files."""
        return "UterineSynth" + self.name.replace(" ", "")


STUDIES = (
    SampleStudy("Normal Uterus", "normal anteverted uterus", 11),
    SampleStudy("Leiomyomas", "anteverted uterus with a 45 mm FIGO 4 fibroid and a 20 mm FIGO 1 fibroid", 5),
    SampleStudy("Adenomyosis", "diffuse adenomyosis, junctional zone 16 mm", 3),
)


def registerSampleStudies() -> None:
    """Offer the studies in Slicer's *Sample Data*."""
    import SampleData

    for study in STUDIES:
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=study.key,
            uris=f"{_SCHEME}:{study.seed}",
            fileNames=f"{study.key}.nii.gz",
            nodeNames=f"Synthetic phantom: {study.name}",
            thumbnailFileName=str(_ICONS / f"{study.key}.png"),
            loadFileTypes="VolumeFile",
            customDownloader=lambda _source, study=study: [loadStudy(study)],
        )


def loadStudy(study: SampleStudy) -> Any:
    """Make a study, with its segmentation, and return its volume node; Slicer stays responsive meanwhile.

    Raises:
        OutputError: the study could not be made; says why.
    """
    folder = RunFolder()
    try:
        _make(study, folder.out)
        image = next(folder.out.glob("phantom-*[0-9].nii.gz"))
        labels, provenance = (next(folder.out.glob(f"phantom-*{ending}")) for ending in ("-labels.nii.gz", ".json"))
        return ResultScene.addPhantom(image, labels, provenance, f"Synthetic phantom: {study.name}")
    finally:
        folder.remove()


def _make(study: SampleStudy, out: Path) -> None:
    command = [LibraryProcess.pythonProgram(), "-m", "UterineSynthLib.cli.main", "phantom", "--no-sheet"]
    command += ["--text", study.text, "--seed", str(study.seed), "--out", str(out)]
    slicer.util.showStatusMessage(_("Making the study …"))
    environment = LibraryProcess.libraryEnvironment()
    with Popen(command, env=environment, stdout=DEVNULL, stderr=PIPE, encoding="utf-8", errors="replace") as process:
        while process.poll() is None:
            slicer.app.processEvents()
            qt.QThread.msleep(_WAIT_MS)
        assert process.stderr is not None
        lastWords = process.stderr.read().strip()
    slicer.util.showStatusMessage("")
    if process.returncode != 0:
        raise OutputError(out, lastWords.rpartition("\n")[2] or _("the study could not be made"))
