"""The coordinator's page: build a study, follow it, unite the answers, close it, report."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import InputError, UterineSynthError
from UterineSynthLib.readerstudy.coordinator import BuiltStudy, open_built_study
from UterineSynthPanel.StudyDesignForm import StudyDesignForm
from UterineSynthPanel.StudyProcess import StudyProcess
from UterineSynthPanel.StudyReaders import StudyReaders
from UterineSynthPanel.StudySecret import StudySecret
from UterineSynthPanel.StudyWords import leakWords

_REPORT = "report"
_PROGRESS = re.compile(r"image (\d+) of (\d+)$")
_ACTIONS = ("buildStudy", "checkStudy", "mergeAnswers", "unblindStudy", "analyseStudy", "writeReport")


class StudyPage:
    """Every step is a command of the library in the background; nothing here opens the truth."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self.form = StudyDesignForm(ui)
        self._readers = StudyReaders(ui.readersTable)
        self.process = StudyProcess(self._line, self._ended)
        self._secret = StudySecret()
        self._waiting: list[list[str]] = []
        self._lines: list[str] = []
        self._scratch: Path | None = None
        ui.studySection.collapsed = False
        ui.studyDetails.setVisible(False)
        ui.showStudyDetails.connect("toggled(bool)", ui.studyDetails.setVisible)
        for name, action in (
            ("buildStudy", self.build),
            ("checkStudy", self.check),
            ("mergeAnswers", self.merge),
            ("unblindStudy", self.unblind),
            ("analyseStudy", self.analyse),
            ("writeReport", self.report),
            ("refreshStudy", self.refresh),
            ("openReport", self._openReport),
            ("stopStudyWork", self._stop),
            ("addReturned", self._addReturned),
        ):
            getattr(ui, name).connect("clicked()", action)
        ui.studyFolder.connect("textChanged(QString)", self._folderChanged)
        ui.readingIsOver.connect("toggled(bool)", self._enable)
        self._connectChoosers()
        self.refresh()
        self._tell("")

    @property
    def study(self) -> BuiltStudy | None:
        """The built study, or None where the field names none."""
        text = str(self._ui.studyFolder.text).strip()
        with contextlib.suppress(UterineSynthError):
            return open_built_study(text) if text else None
        return None

    @property
    def _returned(self) -> list[Path]:
        """Folders that came back from readers."""
        lines = str(self._ui.returnedFolders.plainText).splitlines()
        return [Path(line.strip()) for line in lines if line.strip()]

    def build(self) -> None:
        """Write the design, build it, look for leaks."""
        ui = self._ui
        out = str(ui.newStudyFolder.text).strip()
        try:
            if not out:
                raise InputError(_("Say in which folder the study is to be made."))
            if ui.newPassphrase.text != ui.newPassphraseAgain.text:
                raise InputError(_("The two passphrases differ; nothing was built."))
            design = self.form.designFile
            commands = []
            if not design:
                design = str(self._scratchFolder() / "design.json")
                commands.append(self.form.arguments(Path(design)))
            secret = self._secret.arguments(str(ui.newPassphrase.text))
        except UterineSynthError as error:
            self._tell(str(error))
            return
        self._run([*commands, ["build", design, "--out", out, "--progress-lines", *secret]], _("Building …"))

    def check(self) -> None:
        """Check every file and look for leaks again."""
        self._runOnStudy("check", _("Looking for leaks …"), needsKey=True)

    def merge(self) -> None:
        """Unite the answers that came back."""
        settled = str(self._ui.settleConflict.text).strip()
        self._runOnStudy(
            "merge", _("Uniting the answers …"), [*map(str, self._returned), *(("--use", settled) if settled else ())]
        )

    def unblind(self) -> None:
        """Close the reading and join the answers with the truth."""
        reason = str(self._ui.closingReason.text).strip()
        more = ["--close-incomplete", reason] if reason else []
        self._runOnStudy("unblind", _("Unblinding …"), more, needsKey=True)

    def analyse(self) -> None:
        """Compute the statistics."""
        self._runOnStudy("analyse", _("Computing the statistics …"))

    def report(self) -> None:
        """Write the report."""
        self._runOnStudy("report", _("Writing the report …"))

    def refresh(self) -> None:
        """Show what the study folder says now: leaks found, progress of the readers."""
        study = self.study
        self._readers.show(study.folder if study is not None else None, self._returned)
        self._ui.leakWords.setText(leakWords(study) if study is not None else "")
        self._ui.leakWords.setVisible(study is not None)
        self._enable()

    def close(self) -> None:
        """End what runs in the background."""
        self.process.stop()
        self._tidy()

    def _runOnStudy(self, action: str, words: str, more: list[str] | None = None, needsKey: bool = False) -> None:
        try:
            study = open_built_study(str(self._ui.studyFolder.text).strip())
            secret = self._secret.arguments(str(self._ui.studyPassphrase.text)) if needsKey else []
        except UterineSynthError as error:
            self._tell(str(error))
            return
        self._run([[action, str(study.path), *(more or []), *secret]], words)

    def _run(self, commands: list[list[str]], words: str) -> None:
        if self.process.isBusy:
            return
        first, *self._waiting = commands
        self._lines = []
        self._ui.studyDetails.setPlainText("")
        self._ui.studyProgress.setRange(0, 0)
        self._tell(words)
        self.process.start(first)
        self._enable()

    def _line(self, text: str) -> None:
        progress = _PROGRESS.fullmatch(text)
        if progress is not None:
            self._ui.studyProgress.setRange(0, int(progress.group(2)))
            self._ui.studyProgress.setValue(int(progress.group(1)))
            return
        self._lines.append(text)
        self._ui.studyDetails.appendPlainText(text)

    def _ended(self, isWell: bool, lastWords: str) -> None:
        if lastWords:
            self._ui.studyDetails.appendPlainText(lastWords)
        if isWell and self._waiting:
            self.process.start(self._waiting.pop(0))
            return
        self._tidy()
        if isWell:
            self._tell("\n".join(line for line in self._lines if not line.startswith("leak check")))
            self._showBuilt()
        else:
            conflicts = [line for line in self._lines if line.startswith("conflict")]
            reason = lastWords.splitlines()[-1] if lastWords else _("It ended without a word.")
            self._tell("\n".join([*conflicts, reason.removeprefix("uterinesynth study: ")]))
        self.refresh()

    def _showBuilt(self) -> None:
        made = str(self._ui.newStudyFolder.text).strip()
        if made and self.study is None and Path(made).is_dir():
            self._ui.studyFolder.setText(made)
            self._ui.newStudySection.collapsed = True

    def _stop(self) -> None:
        self.process.stop()
        self._tidy()
        self._tell(_("Stopped."))
        self.refresh()

    def _enable(self) -> None:
        isBusy, study = self.process.isBusy, self.study
        for name in _ACTIONS:
            getattr(self._ui, name).setEnabled(not isBusy and (name == "buildStudy" or study is not None))
        isUnblind = study is not None and study.readings_path.exists()
        for name in ("analyseStudy", "writeReport"):
            getattr(self._ui, name).setEnabled(not isBusy and isUnblind)
        if not self._ui.readingIsOver.checked:
            self._ui.unblindStudy.setEnabled(False)
        self._ui.openReport.setEnabled(study is not None and self._reportPage(study).exists())
        self._ui.studyProgress.setVisible(isBusy)
        self._ui.stopStudyWork.setVisible(isBusy)

    def _folderChanged(self) -> None:
        self._ui.readingIsOver.setChecked(False)
        self.refresh()

    @staticmethod
    def _reportPage(study: BuiltStudy) -> Path:
        return study.path / _REPORT / "report.html"

    def _openReport(self) -> None:
        study = self.study
        if study is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._reportPage(study))))

    def _tell(self, words: str) -> None:
        self._ui.studyStatus.setText(words)
        self._ui.studyStatus.setVisible(bool(words))

    def _scratchFolder(self) -> Path:
        if self._scratch is None:
            self._scratch = Path(mkdtemp(prefix="UterineSynth-study-", dir=slicer.app.temporaryPath))
        return self._scratch

    def _tidy(self) -> None:
        """Nothing is left to do; design and passphrase, which tell the truth, go from the temporary folder."""
        self._waiting = []
        self._secret.forget()
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)

    def _addReturned(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.returnedFolders, _("Folder that came back from a reader"))
        if folder:
            self._ui.returnedFolders.appendPlainText(folder)
            self.refresh()

    def _connectChoosers(self) -> None:
        ui = self._ui
        for button, edit in (
            ("chooseRealFolder", "realImages"),
            ("chooseSyntheticFolder", "syntheticImages"),
            ("chooseStudyFolder", "studyFolder"),
        ):
            getattr(ui, button).connect("clicked()", lambda edit=edit: self._choose(edit, isFile=False))
        for button, edit in (("chooseDesignFile", "designFile"), ("chooseRealManifest", "realImages")):
            getattr(ui, button).connect("clicked()", lambda edit=edit: self._choose(edit, isFile=True))
        ui.chooseNewStudyFolder.connect("clicked()", self._chooseNewStudy)

    def _choose(self, edit: str, isFile: bool) -> None:
        dialog = qt.QFileDialog
        pick = dialog.getOpenFileName if isFile else dialog.getExistingDirectory
        path = pick(self._ui.coordinatePage, _("Choose"))
        if path:
            getattr(self._ui, edit).setText(path)

    def _chooseNewStudy(self) -> None:
        parent = qt.QFileDialog.getExistingDirectory(self._ui.coordinatePage, _("Folder to make the study in"))
        if parent:
            self._ui.newStudyFolder.setText(str(Path(parent) / "study"))
