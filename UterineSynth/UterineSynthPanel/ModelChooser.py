"""The installed model bundles, each with an honest badge."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.bundles.catalogue import bundle_folders, user_models_folder

_AMBER = "#9a5b13"


@dataclass(frozen=True)
class Model:
    """What the panel tells of a bundle; the worker checks it before it is used."""

    name: str
    dimension: int
    version: str
    isPhantomTrained: bool
    needsTextEncoder: bool = False
    needsMask: bool = False
    card: Path | None = None


class ModelChooser:
    """Lists the models that make volumes, or those that make slices, and shows what the chosen one was trained on."""

    def __init__(self, ui: Any, installed: Callable[[], list[Model]]) -> None:
        self._ui, self._installed = ui, installed
        self._listed: list[Model] = []
        self._missing: str | None = None
        ui.model.connect("currentIndexChanged(int)", self._chosen)
        self.show(3, None)

    @property
    def chosen(self) -> str | None:
        """Name of the chosen model; None where none is installed."""
        return self._ui.model.currentText or None

    @property
    def current(self) -> Model | None:
        """What is known of the chosen model."""
        return next((model for model in self._listed if model.name == self.chosen), None)

    @property
    def advice(self) -> str:
        """What to do where there is no model of the dimension."""
        return _("Put a model bundle into {folder} and open this module again.").format(folder=user_models_folder())

    def show(self, dimension: int, name: str | None) -> None:
        """List the models of a dimension and choose one by name, without telling anyone.

        A model that is not installed is named beside the first that takes its place.
        """
        self._listed = [model for model in self._installed() if model.dimension == dimension]
        names = [model.name for model in self._listed]
        self._missing = name if name is not None and name not in names else None
        wasBlocked = self._ui.model.blockSignals(True)
        self._ui.model.clear()
        self._ui.model.addItems(names)
        self._ui.model.setCurrentIndex(names.index(name) if name in names else 0)
        self._ui.model.blockSignals(wasBlocked)
        self._showBadge()

    def _chosen(self) -> None:
        self._missing = None
        self._showBadge()

    def _showBadge(self) -> None:
        if not self._listed:
            self._ui.modelBadge.setText(html.escape(self.advice))
            return
        model = self._listed[max(self._ui.model.currentIndex, 0)]
        warning = _("{name} is not installed here.").format(name=html.escape(self._missing or ""))
        self._ui.modelBadge.setText((f"<b>{warning}</b> " if self._missing else "") + badge(model))


def badge(model: Model) -> str:
    """Rich text that says what the model has seen."""
    kind = _("phantom-trained") if model.isPhantomTrained else _("trained on scans")
    words = _("has seen no patient") if model.isPhantomTrained else _("see its card")
    chip = f'<span style="background-color:{_AMBER}; color:#ffffff">&nbsp;{kind}&nbsp;</span>'
    line = f"{chip} {words} · {_('version')} {html.escape(model.version)}"
    return line if model.card is None else f'{line} · <a href="{model.card.as_uri()}">{_("card")}</a>'


def installedModels() -> list[Model]:
    """Models on this machine, in the order in which they are searched; what cannot be read is passed over."""
    found = []
    for folder in bundle_folders():
        try:
            found.append(_model(folder))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _model(folder: Path) -> Model:
    metadata = json.loads((folder / "configs" / "metadata.json").read_text(encoding="utf-8"))
    inference = json.loads((folder / "configs" / "inference.json").read_text(encoding="utf-8"))
    isVolume = inference["grid"]["shape"][0] > 1
    width = inference.get("denoiser", {}).get("conditions", {}).get("text_encoder_width", 0)
    dimension, version = 3 if isVolume else 2, str(metadata["version"])
    card = (folder / "docs" / "README.md").resolve()
    isPhantomTrained, needsMask = bool(metadata["phantom_trained"]), bool(inference.get("needs_mask", False))
    shownCard = card if card.is_file() else None
    return Model(folder.name, dimension, version, isPhantomTrained, width > 0, needsMask, shownCard)
