"""A small reader study and the keys of a reader, for tests of reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

KEYS = {
    **{"Enter": Qt.Key.Key_Return, "Space": Qt.Key.Key_Space, "Left": Qt.Key.Key_Left, "Right": Qt.Key.Key_Right},
    **{"Up": Qt.Key.Key_Up, "Down": Qt.Key.Key_Down, "PgDown": Qt.Key.Key_PageDown, "PgUp": Qt.Key.Key_PageUp},
    **{"Backspace": Qt.Key.Key_Backspace, "Esc": Qt.Key.Key_Escape, "+": Qt.Key.Key_Plus, "-": Qt.Key.Key_Minus},
    **{letter: getattr(Qt.Key, f"Key_{letter}") for letter in "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
}


def press(window: Any, *names: str) -> None:
    """Press keys one after another, as at the keyboard of this window."""
    if not window.isActiveWindow:
        window.activateWindow()
        QTest.qWaitForWindowActive(window)
    for name in names:
        QTest.keyClick(QtWidgets.QApplication.focusWidget() or window, KEYS[name])
        QtCore.QCoreApplication.processEvents()


def write_images(folder: Path, count: int) -> tuple[Path, Path]:
    """Folders ``real`` and ``synthetic`` with ``count`` small volumes each, the synthetic ones with provenance."""
    from UterineSynthLib.volumes.files import write_image
    from UterineSynthLib.volumes.geometry import sagittal_geometry

    rng = np.random.default_rng(7)
    geometry = sagittal_geometry(8, 40, 4.0, 1.0)
    places = tuple(folder / name for name in ("real", "synthetic"))
    depth, row, column = np.mgrid[-1:1:8j, -1:1:40j, -1:1:40j]
    for place in places:
        place.mkdir(parents=True)
        for number in range(count):
            centre = rng.uniform(-0.2, 0.2, 3)
            ball = (depth - centre[0]) ** 2 + (row - centre[1]) ** 2 + (column - centre[2]) ** 2 < 0.4
            values = 200.0 + 500.0 * ball + rng.normal(0.0, 60.0, geometry.shape)
            write_image(geometry.image_of(values.astype(np.float32)), place / f"{place.name}{number:02d}.nii.gz")
            if place.name == "synthetic":
                provenance = {"synthetic": True, "bundle": "m1"}
                (place / f"{place.name}{number:02d}.json").write_text(json.dumps(provenance), encoding="utf-8")
    return places[0], places[1]


def built_study(images: Path, out: Path, readers: tuple[str, ...] = ("R1", "R2"), **more: Any) -> Path:
    """Build a study from ``images/real`` and ``images/synthetic``.

    ``more``: ``forms``, ``own`` questions, ``count`` of real cases or sets, ``training``, and fields of the schedule.
    """
    from UterineSynthLib.readerstudy.build import build_study
    from UterineSynthLib.readerstudy.candidates import real_candidates, synthetic_candidates
    from UterineSynthLib.readerstudy.design import Sampling, Schedule, StudyDesign
    from UterineSynthLib.readerstudy.forms import questionnaire_of

    forms, count, training = more.pop("forms", ("turing",)), more.pop("count", 3), more.pop("training", 2)
    own = more.pop("own", ())
    schedule = Schedule(**{"repeat_share": 0.0, **more})
    per_item = schedule.images_per_item
    design = StudyDesign(
        "A small study",
        3,
        (*real_candidates(images / "real"), *synthetic_candidates(images / "synthetic")),
        Sampling(count, count * max(per_item - 1, 1), training),
        questionnaire_of(forms, own, images_per_item=per_item),
        readers,
        schedule=schedule,
    )
    return build_study(design, images, out, "salt")
