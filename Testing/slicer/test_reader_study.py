"""A whole study by clicks and keys: built, read by two, killed and resumed, united, closed, analysed, reported."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
COMMAND_S = 120.0
LAYOUT = 2


def wait_for_command(theatre: Any, panel: Any) -> None:
    process = panel.readerStudy.coordinator.process
    theatre.wait_until(lambda: not process.isBusy, COMMAND_S)


def build_by_clicks(theatre: Any, panel: Any, images: Path, out: Path) -> Any:
    ui = panel.readerStudy.ui
    ui.rolePages.setCurrentIndex(1)
    ui.realImages.setText(str(images / "real"))
    ui.syntheticImages.setText(str(images / "synthetic"))
    ui.casesToRead.setValue(20)
    ui.practiceCases.setValue(2)
    ui.repeatPercent.setValue(10)
    ui.readerCodes.setText("R1 R2")
    ui.newStudyFolder.setText(str(out))
    ui.buildStudy.click()
    wait_for_command(theatre, panel)
    return ui


def words_on_screen(widget: Any) -> str:
    labels = [label.text for label in widget.findChildren("QLabel")]
    buttons = [button.text for button in widget.findChildren("QAbstractButton")]
    edits = [edit.plainText for edit in widget.findChildren("QPlainTextEdit")]
    tables = [
        table.item(row, column).text()
        for table in widget.findChildren("QTableWidget")
        for row in range(table.rowCount)
        for column in range(table.columnCount)
        if table.item(row, column) is not None
    ]
    return "\n".join([*labels, *buttons, *edits, *tables])


def secrets_of(study: Path) -> list[str]:
    """Whatever would tell an image: its source, its model, its opaque name together with its kind."""
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    key = open_built_study(study).read_key()
    return [text for image in key.images for text in (Path(image.source).name, image.image, image.subject)]


def read_all(window: Any, mode: Any, answer_of: Callable[[str], str], most: int = 99) -> int:
    """Answer cases until they end; what the reader sees never names a case."""
    from stage.reading import press

    read = 0
    while mode.isOn and mode.session.item and read < most:
        press(window, answer_of(mode.session.item), "Enter")
        if mode._onNote is not None and mode.session.item:
            press(window, "Enter")
        read += 1
    return read


KILLED = """
import sys
sys.path.insert(0, {testing!r})
from stage.theatre import Theatre
sys.path.remove({testing!r})
import os, signal
from pathlib import Path
import slicer
theatre = Theatre()
slicer.app.settingsPath = {settings!r}
from stage.main_window import MainWindow
from stage.reading import press
panel = theatre.open(Path({module!r}))
window = slicer.app.mainWindow = MainWindow(panel.parent)
window.show(); window.activateWindow()
slicer.app.layoutManager().setLayout({layout})
ui = panel.readerStudy.ui
ui.readerFolder.setText({folder!r}); ui.readerCode.setText("R2"); ui.startReading.click()
press(window, "6", "Enter", "Enter", "6", "Enter", "Enter", "6", "Enter", "6", "Enter", "Space", "Space", "6")
print("answered", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_while_reading(folder: Path, settings: Path) -> None:
    module = TESTING.parent / "UterineSynth" / "UterineSynth.py"
    code = KILLED.format(
        testing=str(TESTING), module=str(module), folder=str(folder), settings=str(settings), layout=LAYOUT
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTING.parent)}
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert killed.stdout.decode().strip().endswith("answered")


def next_start_brings_back(window: Any, settings: Path) -> None:
    import slicer
    from UterineSynthPanel.ReaderBlind import bringBackAfterCrash

    slicer.app.layoutManager().setLayout(LAYOUT + 1)
    window.menuBar().setVisible(False)
    own, slicer.app.settingsPath = slicer.app.settingsPath, str(settings)
    try:
        assert bringBackAfterCrash()
        assert not bringBackAfterCrash()
    finally:
        slicer.app.settingsPath = own
    assert slicer.app.layoutManager().layout == LAYOUT
    assert window.menuBar().visible


def test_a_whole_study_is_clicked_through_from_the_design_to_the_report(
    theatre: Any, panel: Any, window: Any, start_reading: Callable[..., Any], study_images: Path, tmp_path: Path
) -> None:
    from stage.reading import press

    study = tmp_path / "study"
    ui = build_by_clicks(theatre, panel, study_images, study)
    assert ui.studyFolder.text == str(study), ui.studyStatus.text
    assert "40 reads" in ui.sizeWords.text and "too few" in ui.sizeWords.text
    assert "AUC" in ui.leakWords.text and "most telling is" in ui.leakWords.text
    assert not ui.unblindStudy.enabled and not ui.analyseStudy.enabled and not ui.openReport.enabled
    hidden = secrets_of(study)
    assert [text for text in hidden if text in words_on_screen(panel.parent)] == []

    copies = {name: Path(shutil.copytree(study / "reader", tmp_path / name)) for name in ("of_R1", "of_R2")}
    kill_while_reading(copies["of_R2"], tmp_path / "killed.ini")
    next_start_brings_back(window, tmp_path / "killed.ini")
    truth = {item: "1" if is_synthetic else "6" for item, is_synthetic in kinds_of(study).items()}
    mode = start_reading(tmp_path / "none", "R1")
    assert not mode.isOn
    ui.readerFolder.setText(str(copies["of_R1"]))
    ui.startReading.click()
    assert read_all(window, mode, truth.__getitem__, most=4) == 4
    assert [text for text in hidden if text in words_on_screen(window)] == []
    press(window, "Space", "Space")
    mode.leave()
    ui.startReading.click()
    assert mode.dock.ui.caseProgress.text == "Case 3 of 22"
    assert read_all(window, mode, truth.__getitem__) == 20
    press(window, "Enter")
    theatre.wait_until(lambda: not mode.isOn)
    ui.readerFolder.setText(str(copies["of_R2"]))
    ui.readerCode.setText("R2")
    ui.startReading.click()
    assert mode.dock.ui.caseProgress.text == "Case 3 of 22"
    assert read_all(window, mode, lambda _item: "4") == 20
    mode.leave()

    ui.mergeAnswers.click()
    wait_for_command(theatre, panel)
    assert "holds no answers" in ui.studyStatus.text
    ui.returnedFolders.setPlainText("\n".join(map(str, copies.values())))
    ui.mergeAnswers.click()
    wait_for_command(theatre, panel)
    assert "answers of R1, R2 united" in ui.studyStatus.text
    ui.readingIsOver.setChecked(True)
    ui.unblindStudy.click()
    wait_for_command(theatre, panel)
    assert "44 readings written" in ui.studyStatus.text
    ui.analyseStudy.click()
    wait_for_command(theatre, panel)
    assert "too small" in ui.studyStatus.text or "not shown" in ui.studyStatus.text.lower(), ui.studyStatus.text
    ui.writeReport.click()
    wait_for_command(theatre, panel)
    assert ui.openReport.enabled, ui.studyStatus.text
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    right = [
        (reading.reader, (reading.answers["authenticity"] > 3.5) == (not reading.is_synthetic))
        for reading in open_built_study(study).readings().readings
    ]
    assert all(is_right for reader, is_right in right if reader == "R1")
    assert sum(is_right for reader, is_right in right if reader == "R2") == 11


def kinds_of(study: Path) -> dict[str, bool]:
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    key = open_built_study(study).read_key()
    synthetic = {image.image: image.is_synthetic for image in key.images}
    return {item.item: synthetic[item.images[0]] for item in key.items}


def test_progress_of_each_reader_is_shown_from_the_answers_alone(
    panel: Any, window: Any, start_reading: Callable[..., Any], study_images: Path, tmp_path: Path
) -> None:
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "study", training=0)
    mode = start_reading(study)
    press(window, "1", "Enter", "1", "Enter")
    mode.leave()
    ui = panel.readerStudy.ui
    ui.studyFolder.setText(str(study))
    cells = [[ui.readersTable.item(row, column).text() for column in (0, 1, 3)] for row in range(2)]
    assert cells == [["R1", "2 of 6", ""], ["R2", "0 of 6", "has not begun"]]
    assert "Check again" in ui.leakWords.text
    returned = Path(shutil.copytree(study / "reader", tmp_path / "returned"))
    panel.readerStudy.ui.readerFolder.setText(str(returned))
    ui.startReading.click()
    press(window, "1", "Enter")
    mode.leave()
    ui.refreshStudy.click()
    assert ui.readersTable.item(0, 1).text() == "2 of 6"
    ui.returnedFolders.setPlainText(str(returned))
    ui.refreshStudy.click()
    assert ui.readersTable.item(0, 1).text() == "3 of 6"


def test_what_cannot_be_built_is_told_and_nothing_is_made(
    theatre: Any, panel: Any, study_images: Path, tmp_path: Path
) -> None:
    import slicer

    ui = panel.readerStudy.ui
    ui.buildStudy.click()
    assert "in which folder" in ui.studyStatus.text
    ui.newStudyFolder.setText(str(tmp_path / "study"))
    ui.buildStudy.click()
    assert "Say where the real and the synthetic images are" in ui.studyStatus.text
    ui.newPassphrase.setText("one")
    ui.buildStudy.click()
    assert "passphrases differ" in ui.studyStatus.text
    ui.newPassphraseAgain.setText("one")
    ui.realImages.setText(str(study_images / "real"))
    ui.syntheticImages.setText(str(study_images / "synthetic"))
    ui.casesToRead.setValue(2000)
    ui.buildStudy.click()
    wait_for_command(theatre, panel)
    assert "1000 real" in ui.studyStatus.text or "12" in ui.studyStatus.text, ui.studyStatus.text
    assert not (tmp_path / "study").exists()
    left = [path.name for path in Path(slicer.app.temporaryPath).glob("UterineSynth-*")]
    assert left == []


def test_two_copies_that_differ_are_shown_and_settled_by_the_coordinator(
    theatre: Any, panel: Any, window: Any, start_reading: Callable[..., Any], study_images: Path, tmp_path: Path
) -> None:
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "study", training=0)
    copies = [Path(shutil.copytree(study, tmp_path / name)) for name in ("one", "two")]
    for copy, answer in zip(copies, "16", strict=True):
        mode = start_reading(copy)
        press(window, answer, "Enter")
        mode.leave()
    ui = panel.readerStudy.ui
    ui.studyFolder.setText(str(study))
    ui.returnedFolders.setPlainText("\n".join(str(copy / "reader") for copy in copies))
    ui.mergeAnswers.click()
    wait_for_command(theatre, panel)
    assert "conflict: R1" in ui.studyStatus.text
    ui.settleConflict.setText(f"R1={copies[1] / 'reader' / 'answers' / 'R1.sqlite'}")
    ui.mergeAnswers.click()
    wait_for_command(theatre, panel)
    assert "answers of R1 united" in ui.studyStatus.text


def test_stop_ends_a_build_and_leaves_nothing(theatre: Any, panel: Any, study_images: Path, tmp_path: Path) -> None:
    import slicer

    ui = panel.readerStudy.ui
    ui.realImages.setText(str(study_images / "real"))
    ui.syntheticImages.setText(str(study_images / "synthetic"))
    ui.casesToRead.setValue(20)
    ui.practiceCases.setValue(2)
    ui.newStudyFolder.setText(str(tmp_path / "study"))
    ui.buildStudy.click()
    assert ui.stopStudyWork.isHidden() is False
    theatre.wait_until(lambda: time.monotonic() > 0)
    ui.stopStudyWork.click()
    assert ui.studyStatus.text == "Stopped."
    assert ui.buildStudy.enabled and ui.stopStudyWork.isHidden()
    assert not (tmp_path / "study").exists()
    assert list(Path(slicer.app.temporaryPath).glob("UterineSynth-*")) == []
