"""The installed model bundles, each with an honest badge."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

import UterineSynthLib

MODELS = Path(UterineSynthLib.__file__).resolve().parent.parent / "Resources" / "Models"
_AMBER = "#9a5b13"


class ModelChooser:
    """Lists the bundles and shows what the chosen one was trained on."""

    def __init__(self, ui: Any, folder: Path = MODELS) -> None:
        self._ui, self._cards = ui, bundleCards(folder)
        for name in self._cards:
            ui.model.addItem(name)
        ui.model.connect("currentIndexChanged(int)", self._showBadge)
        self._showBadge()

    def _showBadge(self) -> None:
        name = self._ui.model.currentText
        if name:
            summary = str(self._cards[name].get("description", ""))
            badge = f'<span style="background-color:{_AMBER}; color:#ffffff">&nbsp;{_("phantom-trained")}&nbsp;</span> '
            isPhantom = "phantom" in json.dumps(self._cards[name]).lower()
            self._ui.modelBadge.setText((badge if isPhantom else "") + html.escape(summary))
        else:
            self._ui.modelBadge.setText(_("No model is installed: put a bundle into {folder}.").format(folder=MODELS))


def bundleCards(folder: Path) -> dict[str, dict[str, Any]]:
    """Metadata of each bundle in a folder by the bundle's name; what cannot be read is passed over."""
    cards = {}
    for path in sorted(folder.glob("*/configs/metadata.json")):
        try:
            cards[path.parents[1].name] = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return cards
