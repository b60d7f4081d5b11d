"""Pictures of the panel in each state, to be looked at; they go to the folder named by UTERINESYNTH_PICTURES."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

WORKER = Path(__file__).resolve().parent / "scripted_worker.py"
WORDS = "Retroverted uterus, 3 cm FIGO 2-5 fibroid in the anterior wall and a 15 mm FIGO 0 fibroid, glittering"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("UTERINESYNTH_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture_of(theatre: Any, panel: Any, path: Path) -> tuple[int, int]:
    from stage.pythonqt import qt

    theatre.picture(panel, path)
    image = qt.QImage(str(path))
    return image.width(), image.height()


def set_worker(panel: Any, behaviour: str) -> None:
    panel.panel.run.client._command = [sys.executable, "-u", str(WORKER), behaviour]


def test_the_panel_fits_into_400_pixels_in_each_state(theatre: Any, panel: Any, pictures: Path) -> None:
    ui = panel.ui
    widths = [picture_of(theatre, panel, pictures / "1_open.png")[0]]
    ui.freeText.setPlainText(WORDS)
    panel.panel.textBox.interpretNow()
    widths.append(picture_of(theatre, panel, pictures / "2_words.png")[0])
    set_worker(panel, "slow")
    ui.generate.click()
    theatre.wait_until(lambda: "step 3" in ui.status.text)
    widths.append(picture_of(theatre, panel, pictures / "3_running.png")[0])
    theatre.wait_until(lambda: not panel.panel.run.client.isBusy)
    ui.count.setValue(2)
    ui.generate.click()
    theatre.wait_until(lambda: not panel.panel.run.client.isBusy)
    widths.append(picture_of(theatre, panel, pictures / "4_results.png")[0])
    panel.panel.close()
    assert widths == [400] * 4


def test_every_section_and_every_failure_fits_into_400_pixels(theatre: Any, panel: Any, pictures: Path) -> None:
    ui = panel.ui
    set_worker(panel, "good")
    ui.generate.click()
    theatre.wait_until(lambda: not panel.panel.run.client.isBusy)
    ui.useAsMask.click()
    for section in (ui.positionSection, ui.acquisitionSection, ui.maskSection):
        section.collapsed = False
    ui.pathologyMode.setCurrentIndex(2)
    for box in (ui.adenomyosis, ui.endometrialPolyp, ui.endometrialCarcinoma, ui.nabothianCysts, ui.caesareanNiche):
        box.setChecked(True)
    widths = [picture_of(theatre, panel, pictures / "5_all_sections.png")[0]]
    panel.panel.close()
    set_worker(panel, "out of memory")
    ui.generate.click()
    theatre.wait_until(lambda: not panel.panel.run.client.isBusy)
    ui.showDetails.setChecked(True)
    widths.append(picture_of(theatre, panel, pictures / "6_failure.png")[0])
    assert widths == [400] * 2


def test_a_missing_package_is_asked_for_within_400_pixels(
    theatre: Any, panel: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from UterineSynthPanel import Packages

    monkeypatch.setattr(Packages, "missingPackages", lambda: ("torch", "monai", "safetensors"))
    panel.ui.generate.click()
    assert picture_of(theatre, panel, pictures / "7_packages.png")[0] == 400


def test_an_anatomy_to_be_edited_fits_into_400_pixels_in_the_dark(theatre: Any, panel: Any, pictures: Path) -> None:
    from stage import pythonqt

    set_worker(panel, "good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    light = pythonqt.APPLICATION.palette()
    pythonqt.APPLICATION.setPalette(dark_palette())
    try:
        width = picture_of(theatre, panel, pictures / "8_anatomy_dark.png")[0]
    finally:
        pythonqt.APPLICATION.setPalette(light)
    panel.panel.close()
    assert width == 400


def dark_palette() -> Any:
    """Grey on dark grey, as Slicer's dark style."""
    from PySide6.QtGui import QColor, QPalette

    palette = QPalette(QColor(53, 53, 53))
    for role, shade in (("Base", 35), ("AlternateBase", 45), ("Text", 230), ("WindowText", 230), ("ButtonText", 230)):
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(shade, shade, shade))
        if "Text" in role:
            palette.setColor(QPalette.ColorGroup.Disabled, getattr(QPalette.ColorRole, role), QColor(120, 120, 120))
    return palette


def test_every_control_has_a_tooltip(panel: Any) -> None:
    kinds = (
        "QComboBox",
        "QAbstractSpinBox",
        "QPushButton",
        "QCheckBox",
        "QToolButton",
        "QPlainTextEdit",
        "QTableWidget",
    )
    ours = {name: widget for name, widget in vars(panel.ui).items() if name[0].islower() and "_" not in name}
    named = {name: widget for name, widget in ours.items() if any(map(widget.inherits, kinds))}
    assert len(named) > 40
    assert [name for name, widget in named.items() if not widget.toolTip] == []
