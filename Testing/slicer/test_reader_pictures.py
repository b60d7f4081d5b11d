"""Pictures of reading and of the coordinator's page, to be looked at; they go where UTERINESYNTH_PICTURES says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDTH, HEIGHT = 1920, 1080


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("UTERINESYNTH_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def pelves(study_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``real`` and ``synthetic``: where pictures are kept, digital pelves for the look of it."""
    if "UTERINESYNTH_PICTURES" not in os.environ:
        return study_images

    from UterineSynthLib.description.uterus import UterusDescription
    from UterineSynthLib.phantom.phantom import make_phantom
    from UterineSynthLib.volumes.files import write_image

    folder = tmp_path_factory.mktemp("pelves")
    for seed, (kind, number) in enumerate([("real", 0), ("synthetic", 0), ("synthetic", 1), ("synthetic", 2)]):
        place = folder / kind / f"{kind}{number}.nii.gz"
        place.parent.mkdir(exist_ok=True)
        write_image(make_phantom(UterusDescription(), 40 + seed).image, place)
        if kind == "synthetic":
            place.with_name(f"{kind}{number}.json").write_text(
                json.dumps({"synthetic": True, "bundle": "m1"}), encoding="utf-8"
            )
    return folder


@pytest.fixture
def dark() -> Iterator[Callable[[], None]]:
    from PySide6.QtGui import QColor, QPalette
    from stage import pythonqt

    light = pythonqt.APPLICATION.palette()

    def darken() -> None:
        palette = QPalette(QColor(53, 53, 53))
        for role, shade in (
            ("Base", 35),
            ("AlternateBase", 45),
            ("Text", 230),
            ("WindowText", 230),
            ("ButtonText", 230),
        ):
            palette.setColor(getattr(QPalette.ColorRole, role), QColor(shade, shade, shade))
        pythonqt.APPLICATION.setPalette(palette)

    yield darken
    pythonqt.APPLICATION.setPalette(light)


def start_at_full_size(panel: Any, window: Any, start_reading: Callable[..., Any], study: Path) -> Any:
    panel.readerStudy.ui.wholeScreen.setChecked(False)
    mode = start_reading(study)
    window.resize(WIDTH, HEIGHT)
    window.views.arrange()
    mode.views.show(mode._cases.take(mode.session.images))
    return mode


def picture_of(window: Any, path: Path) -> np.ndarray:
    from stage.pythonqt import qt

    window.views.refresh()
    window.grab().save(str(path))
    image = qt.QImage(str(path)).convertToFormat(qt.QImage.Format.Format_RGB888)
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, image.bytesPerLine())
    # The image goes with this function, and its memory with it.
    return pixels[:, : 3 * WIDTH].reshape(HEIGHT, WIDTH, 3).copy()


def test_one_case_fills_the_screen_beside_the_questions_in_light_and_dark(
    panel: Any,
    window: Any,
    start_reading: Callable[..., Any],
    pelves: Path,
    tmp_path: Path,
    pictures: Path,
    dark: Callable[[], None],
) -> None:
    from stage.reading import built_study, press

    study = built_study(pelves, tmp_path / "study", training=0, count=1, forms=("anchored",))
    start_at_full_size(panel, window, start_reading, study)
    press(window, "3", "Enter", "4")
    light = picture_of(window, pictures / "reading-light.png")
    dark()
    press(window, "Left", "Right")
    darker = picture_of(window, pictures / "reading-dark.png")
    images = slice(0, WIDTH - 600)
    assert light[:, images].std() > 20.0
    assert light[:, -500:].mean() > 180.0
    assert darker[:, -500:].mean() < 90.0


def test_a_set_of_four_and_fifteen_answers_fit_the_screen(
    panel: Any, window: Any, start_reading: Callable[..., Any], pelves: Path, tmp_path: Path, pictures: Path
) -> None:
    from stage.reading import built_study, press

    study = built_study(pelves, tmp_path / "study", training=0, count=1, forms=("clinical",), images_per_item=4)
    mode = start_at_full_size(panel, window, start_reading, study)
    press(window, "1", "Enter", "2", "Enter", "2")
    picture_of(window, pictures / "reading-many-answers.png")
    assert mode.dock.ui.answerScroll.verticalScrollBar().maximum == 0
    press(window, "Enter", "4", "Enter", "1", "Enter", "Enter", "3")
    picture = picture_of(window, pictures / "reading-forced-choice.png")
    quarters = [picture[y : y + 400, x : x + 500].std() for y in (80, 620) for x in (80, 760)]
    assert min(quarters) > 10.0


def test_the_pages_of_reader_and_coordinator_fit_into_400_pixels(
    theatre: Any, panel: Any, study_images: Path, tmp_path: Path, pictures: Path
) -> None:
    from stage.reading import built_study

    from UterineSynthLib.readerstudy.coordinator import open_built_study

    study = built_study(study_images, tmp_path / "study", ("R1", "R2"), count=10, training=2, repeat_share=0.1)
    open_built_study(study).check()
    ui = panel.readerStudy.ui
    panel.ui.tabs.setCurrentIndex(1)
    ui.readerFolder.setText("/media/reader-study")
    ui.readerCode.setText("R1")
    theatre.picture(panel, pictures / "reader-page.png")
    width = panel.parent.width
    ui.rolePages.setCurrentIndex(1)
    ui.readerCodes.setText("R1 R2 R3")
    panel.readerStudy.coordinator.form.showSize()
    ui.studyFolder.setText(str(study))
    # What a reader of the docs would type; the study that is shown stays.
    ui.studyFolder.blockSignals(True)
    for field, text in (
        ("realImages", "data/manifest.jsonl"),
        ("syntheticImages", "generated"),
        ("studyFolder", "study"),
    ):
        getattr(ui, field).setText(text)
    theatre.picture(panel, pictures / "coordinator-page.png")
    assert (width, panel.parent.width) == (400, 400)


def test_every_control_has_a_tooltip(panel: Any) -> None:
    kinds = ("QComboBox", "QAbstractSpinBox", "QPushButton", "QCheckBox", "QToolButton", "QLineEdit", "QTableWidget")
    ours = {
        name: widget for name, widget in vars(panel.readerStudy.ui).items() if "_" not in name and name[0].islower()
    }
    named = {name: widget for name, widget in ours.items() if any(map(widget.inherits, kinds))}
    assert len(named) > 35
    assert [name for name, widget in named.items() if not widget.toolTip] == []
