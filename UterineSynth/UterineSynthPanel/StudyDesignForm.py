"""The fields of a new study: what they ask of the library, and live how many reads the claim needs."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure

_PAUSE_MS = 200
_SEEDS = 1_000_000
_FIELDS = (
    *("realImages", "chooseRealManifest", "chooseRealFolder", "heldOut", "syntheticImages", "chooseSyntheticFolder"),
    *("imagesPerItem", "casesToRead", "practiceCases", "repeatPercent", "askAnchored", "askLikert", "askClinical"),
    *("readerCodes", "claimAim", "claimMeasure", "claimMargin"),
)
_FORMS = (("askAnchored", "anchored"), ("askLikert", "likert"), ("askClinical", "clinical"))
_AIMS = (Aim.EQUIVALENCE, Aim.DIFFERENCE)
_MEASURES = (Measure.ACCURACY, Measure.AUC)


class StudyDesignForm:
    """Reads the fields; a design file takes their place."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._timer = qt.QTimer(ui.newStudySection)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self.showSize)
        for box in (ui.imagesPerItem, ui.casesToRead, ui.practiceCases):
            box.connect("valueChanged(int)", self._changed)
        ui.claimMargin.connect("valueChanged(double)", self._changed)
        for combo in (ui.claimAim, ui.claimMeasure):
            combo.connect("currentIndexChanged(int)", self._changed)
        ui.readerCodes.connect("textChanged(QString)", self._changed)
        ui.designFile.connect("textChanged(QString)", self._changed)
        # Not before someone looks: the statistics take a moment to load.
        ui.rolePages.connect("currentChanged(int)", self._changed)

    @property
    def designFile(self) -> str:
        """Path of the design that is taken as it is; empty where the fields count."""
        return str(self._ui.designFile.text).strip()

    @property
    def readers(self) -> list[str]:
        """Codes of the readers."""
        return str(self._ui.readerCodes.text).replace(",", " ").split()

    def arguments(self, out: Path) -> list[str]:
        """Arguments of ``uterinesynth study design`` that say what the fields say.

        Raises:
            InputError: a field is empty that must be filled.
        """
        ui = self._ui
        real, synthetic = str(ui.realImages.text).strip(), str(ui.syntheticImages.text).strip()
        if not real or not synthetic:
            raise InputError(_("Say where the real and the synthetic images are."))
        if not self.readers:
            raise InputError(_("Name at least one reader code, such as R1."))
        count = self._count
        more = [form for box, form in _FORMS if getattr(ui, box).checked]
        heldOut = str(ui.heldOut.text).strip()
        return [
            *("design", "--real", real, "--synthetic", synthetic, "--out", str(out), "--overwrite"),
            *("--count-real", str(count), "--training", str(ui.practiceCases.value)),
            *("--forced-choice", str(ui.imagesPerItem.value), "--repeats", f"{ui.repeatPercent.value / 100:g}"),
            *("--form", *(more or ["turing"]), "--readers", *self.readers),
            *("--aim", self._claim.aim.value, "--measure", self._claim.measure.value),
            # Two studies from one pool shall not draw alike; the design keeps the seed.
            *("--margin", f"{self._claim.margin:g}", "--seed", str(secrets.randbelow(_SEEDS))),
            *(("--held-out", heldOut) if heldOut else ()),
        ]

    def showSize(self) -> None:
        """Say how many reads are planned and how many the claim needs."""
        isFree = not self.designFile
        for name in _FIELDS:
            getattr(self._ui, name).setEnabled(isFree)
        self._ui.claimMeasure.setEnabled(isFree and self._ui.imagesPerItem.value == 1)
        self._ui.sizeWords.setText("<br>".join(self._sizeLines()) if isFree else "")
        self._ui.sizeWords.setVisible(isFree)

    def _sizeLines(self) -> list[str]:
        if not self.readers:
            return []
        try:
            from UterineSynthLib.readerstudy.statistics.size_words import size_words
        except ImportError as error:
            return [_("How many reads the claim needs cannot be said here: {reason}").format(reason=error)]
        chance = 1.0 / self._ui.imagesPerItem.value if self._isForcedChoice else 0.5
        cases = self._ui.casesToRead.value
        lines = [line[:1].upper() + line[1:] for line in size_words(self._claim, chance, len(self.readers), cases)]
        return [f"<b>{line.removeprefix('WARNING: ')}</b>" if line.startswith("WARNING") else line for line in lines]

    @property
    def _isForcedChoice(self) -> bool:
        return bool(self._ui.imagesPerItem.value > 1)

    @property
    def _count(self) -> int:
        """Real images: half of the cases, or one a set."""
        cases = int(self._ui.casesToRead.value)
        return cases if self._isForcedChoice else cases // 2

    @property
    def _claim(self) -> Claim:
        measure = Measure.ACCURACY if self._isForcedChoice else _MEASURES[self._ui.claimMeasure.currentIndex]
        return Claim(_AIMS[self._ui.claimAim.currentIndex], measure, round(float(self._ui.claimMargin.value), 4))

    def _changed(self) -> None:
        self._timer.start()
