"""Pictures of the panel in each state and of the views, to be looked at.

They go to the folder named by UTERINESYNTH_PICTURES; only then the results in them are made by the shipped model.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).resolve().parent / "scripted_worker.py"
FIBROIDS = "Retroverted uterus, 45 mm FIGO 4 fibroid in the posterior wall and a 20 mm FIGO 1 fibroid, glittering"
ADENOMYOSIS = "Anteverted uterus with adenomyosis, junctional zone 16 mm"
FOLDER = os.environ.get("UTERINESYNTH_PICTURES")
CORNER, CORNER_MARGIN_PX = (0.28, 0.25), 4
"""Part of height and width of a picture of the views that lies within the 3D view."""
SESSION_PX = 1600
"""Width of the picture of panel and views together."""
pytestmark = pytest.mark.timeout(1800 if FOLDER else 300)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(FOLDER) if FOLDER else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def generated(folder: Path, number: int, text: str) -> None:
    """Let the shipped model make volume ``number`` of the folder, under the names the scripted worker replays."""
    from UterineSynthLib.volumes.intensity import IntensityMapping

    command = [
        sys.executable,
        "-m",
        "UterineSynthLib.cli.main",
        "generate",
        "--text",
        text,
        "--seed",
        "7",
        "--no-sheet",
    ]
    made = subprocess.run([*command, "--out", str(folder / "made")], capture_output=True, text=True, check=True)
    image, labels, provenance = (Path(line) for line in made.stdout.split())
    import SimpleITK as sitk

    grey = IntensityMapping.of_array(sitk.GetArrayViewFromImage(sitk.ReadImage(str(image))))
    for path, name in ((image, "image.nii.gz"), (labels, "labels.nii.gz"), (provenance, "provenance.json")):
        shutil.move(path, folder / f"{number}_{name}")
    (folder / f"{number}_window.json").write_text(json.dumps([grey.low, grey.high]), encoding="utf-8")


@pytest.fixture(scope="module")
def replay() -> Iterator[None]:
    """Results that the scripted worker hands out: those of the shipped model where pictures are wanted."""
    with pytest.MonkeyPatch.context() as patch:
        if FOLDER:
            # Made once for a folder of pictures and the models that ship: drawing them again is quick.
            shipped = max(file.stat().st_mtime for file in (ROOT / "Resources" / "Models").rglob("*"))
            folder = Path(FOLDER, "results")
            folder.mkdir(parents=True, exist_ok=True)
            for number, text in enumerate((FIBROIDS, ADENOMYOSIS)):
                done = folder / f"{number}_window.json"
                if not done.exists() or done.stat().st_mtime < shipped:
                    generated(folder, number, text)
            patch.setenv("UTERINESYNTH_REPLAY", str(folder))
        yield


@pytest.fixture
def panel(panel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The panel; where pictures are wanted it lists the models that ship."""
    if FOLDER:
        monkeypatch.setenv("UTERINESYNTH_MODELS", str(tmp_path))
        panel.enter()
    return panel


@pytest.fixture
def dark() -> Iterator[None]:
    from stage import pythonqt

    light = pythonqt.APPLICATION.palette()
    pythonqt.APPLICATION.setPalette(dark_palette())
    yield
    pythonqt.APPLICATION.setPalette(light)


def dark_palette() -> Any:
    """Grey on dark grey, as Slicer's dark style."""
    from PySide6.QtGui import QColor, QPalette

    palette = QPalette(QColor(53, 53, 53))
    for role, shade in (("Base", 35), ("AlternateBase", 45), ("Text", 230), ("WindowText", 230), ("ButtonText", 230)):
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(shade, shade, shade))
        if "Text" in role:
            palette.setColor(QPalette.ColorGroup.Disabled, getattr(QPalette.ColorRole, role), QColor(120, 120, 120))
    return palette


def width_of(theatre: Any, panel: Any, path: Path) -> int:
    """Take the panel's picture and return how wide it came out."""
    from stage.pythonqt import qt

    theatre.picture(panel, path)
    return qt.QImage(str(path)).width()


def set_worker(panel: Any, behaviour: str) -> None:
    panel.panel.close()
    panel.panel.run.client._command = [sys.executable, "-u", str(WORKER), behaviour]


def say(panel: Any, words: str) -> None:
    panel.ui.freeText.setPlainText(words)
    panel.panel.textBox.interpretNow()


def generate(theatre: Any, panel: Any) -> None:
    panel.ui.generate.click()
    theatre.finish(panel)


@pytest.fixture
def two_results(theatre: Any, panel: Any, replay: None) -> Any:  # noqa: ARG001
    set_worker(panel, "good")
    say(panel, FIBROIDS)
    panel.ui.seed.setValue(7)
    generate(theatre, panel)
    set_worker(panel, "second")
    say(panel, ADENOMYOSIS)
    generate(theatre, panel)
    say(panel, FIBROIDS)
    panel.ui.results.setCurrentCell(0, 1)
    theatre.finish(panel)
    yield panel
    panel.panel.close()


@pytest.mark.usefixtures("replay")
def test_the_panel_fits_into_400_pixels_from_the_first_look_to_a_result(
    theatre: Any, panel: Any, pictures: Path
) -> None:
    widths = [width_of(theatre, panel, pictures / "panel-open.png")]
    say(panel, FIBROIDS)
    widths.append(width_of(theatre, panel, pictures / "panel-words.png"))
    for _ in range(3):
        panel.ui.addMyoma.click()
    panel.ui.leiomyomaFigo.setCurrentIndex(5)
    panel.ui.leiomyomaDiameterMm.setValue(28.0)
    widths.append(width_of(theatre, panel, pictures / "panel-description.png"))
    set_worker(panel, "slow")
    panel.ui.generate.click()
    theatre.wait_until(lambda: "step 3" in panel.ui.status.text)
    widths.append(width_of(theatre, panel, pictures / "panel-running.png"))
    theatre.finish(panel)
    widths.append(width_of(theatre, panel, pictures / "panel-result.png"))
    panel.panel.close()
    assert widths == [400] * 5


def test_every_section_and_every_failure_fits_into_400_pixels(theatre: Any, panel: Any, pictures: Path) -> None:
    ui = panel.ui
    set_worker(panel, "good")
    generate(theatre, panel)
    ui.useAsMask.click()
    for section in (ui.positionSection, ui.acquisitionSection, ui.maskSection):
        section.collapsed = False
    ui.pathologyMode.setCurrentIndex(2)
    for box in (ui.adenomyosis, ui.endometrialPolyp, ui.endometrialCarcinoma, ui.nabothianCysts, ui.caesareanNiche):
        box.setChecked(True)
    widths = [width_of(theatre, panel, pictures / "panel-all-sections.png")]
    for section in (ui.positionSection, ui.acquisitionSection, ui.maskSection):
        section.collapsed = True
    ui.pathologyMode.setCurrentIndex(0)
    set_worker(panel, "out of memory")
    generate(theatre, panel)
    ui.showDetails.setChecked(True)
    widths.append(width_of(theatre, panel, pictures / "panel-failure.png"))
    assert widths == [400] * 2


def test_a_missing_package_is_asked_for_within_400_pixels(
    theatre: Any, panel: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from UterineSynthPanel import Packages

    monkeypatch.setattr(Packages, "missingPackages", lambda: ("torch", "monai", "safetensors"))
    panel.ui.generate.click()
    assert width_of(theatre, panel, pictures / "panel-packages.png") == 400


@pytest.mark.usefixtures("dark")
def test_the_panel_fits_into_400_pixels_in_the_dark(theatre: Any, panel: Any, pictures: Path) -> None:
    widths = [width_of(theatre, panel, pictures / "panel-open-dark.png")]
    say(panel, FIBROIDS)
    widths.append(width_of(theatre, panel, pictures / "panel-words-dark.png"))
    set_worker(panel, "good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    widths.append(width_of(theatre, panel, pictures / "panel-anatomy-dark.png"))
    panel.panel.close()
    assert widths == [400] * 3


def grey_levels(path: Path) -> int:
    from PySide6.QtGui import QImage

    image = QImage(str(path)).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return len(np.unique(pixels[:, : image.width()]))


def surfaces_in(path: Path) -> float:
    """Share of the picture's lower right corner, where the 3D view is, that surfaces cover."""
    from PySide6.QtGui import QImage
    from stage.three_d_view import share_of_surfaces

    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    colours = pixels[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    rows, columns = (round(share * side) for share, side in zip(CORNER, colours.shape[:2], strict=True))
    return share_of_surfaces(colours[-rows:-CORNER_MARGIN_PX, -columns:-CORNER_MARGIN_PX])


def test_the_views_of_a_result_and_of_a_comparison_are_drawn(theatre: Any, two_results: Any, pictures: Path) -> None:
    from stage.layout_picture import write_layout_picture

    write_layout_picture(theatre, pictures / "views.png")
    write_session_picture(theatre, two_results, pictures)
    table = two_results.ui.results
    for row in (0, 1):
        for column in range(table.columnCount):
            table.item(row, column).setSelected(True)
    two_results.ui.compare.click()
    write_layout_picture(theatre, pictures / "comparison.png")
    assert grey_levels(pictures / "views.png") > 100
    assert surfaces_in(pictures / "views.png") > 0.05
    assert surfaces_in(pictures / "session.png") > 0.05
    assert grey_levels(pictures / "comparison.png") > 100


def write_session_picture(theatre: Any, panel: Any, pictures: Path) -> None:
    """Panel and views side by side, as they stand in the window."""
    from PySide6 import QtCore, QtGui
    from stage.layout_picture import write_layout_picture

    theatre.picture(panel, pictures / "panel-results.png")
    left = QtGui.QImage(str(pictures / "panel-results.png"))
    write_layout_picture(theatre, pictures / "right.png", (round(left.height() * 1.25), left.height()))
    right = QtGui.QImage(str(pictures / "right.png"))
    whole = QtGui.QImage(left.width() + right.width(), left.height(), QtGui.QImage.Format.Format_RGB32)
    painter = QtGui.QPainter(whole)
    painter.drawImage(QtCore.QPoint(0, 0), left)
    painter.drawImage(QtCore.QPoint(left.width(), 0), right)
    painter.end()
    (pictures / "right.png").unlink()
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    whole.scaledToWidth(SESSION_PX, smooth).save(str(pictures / "session.png"))


@pytest.mark.usefixtures("replay")
def test_an_anatomy_to_be_edited_is_drawn_without_an_image(theatre: Any, panel: Any, pictures: Path) -> None:
    from stage.layout_picture import write_layout_picture

    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    write_layout_picture(theatre, pictures / "anatomy-views.png")
    panel.panel.close()
    assert grey_levels(pictures / "anatomy-views.png") > 50
    assert surfaces_in(pictures / "anatomy-views.png") > 0.05


def test_every_picture_that_the_page_of_the_tab_shows_is_written_here() -> None:
    shown = set(re.findall(r"images/([\w-]+\.png)", (ROOT / "docs" / "slicer.md").read_text(encoding="utf-8")))
    written = set(re.findall(r'pictures / "([\w-]+\.png)"', Path(__file__).read_text(encoding="utf-8")))
    assert len(shown) > 5
    assert shown - written == set()


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
