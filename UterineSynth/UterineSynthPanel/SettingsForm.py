"""The controls for how to generate, as one record and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from UterineSynthPanel.GenerationSettings import MAX_COUNT, MAX_GUIDANCE, MAX_SEED, GenerationSettings

_WAYS = ("anatomy_first", "direct")
_QUALITIES = ("draft", "standard", "best")
_DIMENSIONS = (3, 2)
_SEED_OPEN = -1


class SettingsForm:
    """Two-way between the controls and :class:`GenerationSettings`."""

    def __init__(self, ui: Any, onEdited: Callable[[], None]) -> None:
        self._ui, self._onEdited = ui, onEdited
        ui.way.addItems([_("anatomy first"), _("direct")])
        ui.quality.addItems([_("draft"), _("standard"), _("best")])
        ui.dimension.addItems([_("3D volume"), _("2D slice")])
        ui.guidance.setRange(1.0, MAX_GUIDANCE)
        ui.count.setRange(1, MAX_COUNT)
        ui.seed.setRange(_SEED_OPEN, MAX_SEED)
        ui.seed.setSpecialValueText(_("new each time"))
        for combo in (ui.way, ui.quality, ui.dimension, ui.model):
            combo.connect("currentIndexChanged(int)", self._edited)
        ui.guidance.connect("valueChanged(double)", self._edited)
        ui.count.connect("valueChanged(int)", self._edited)
        ui.seed.connect("valueChanged(int)", self._edited)

    def show(self, settings: GenerationSettings) -> None:
        """Show settings without telling anyone; a model that is not installed leaves the choice where it is."""
        controls = ("way", "quality", "dimension", "model", "guidance", "count", "seed")
        for name in controls:
            getattr(self._ui, name).blockSignals(True)
        self._ui.way.setCurrentIndex(_WAYS.index(settings.way))
        self._ui.quality.setCurrentIndex(_QUALITIES.index(settings.quality))
        self._ui.dimension.setCurrentIndex(_DIMENSIONS.index(settings.dimension))
        self._ui.guidance.setValue(settings.guidance)
        self._ui.count.setValue(settings.count)
        self._ui.seed.setValue(_SEED_OPEN if settings.seed is None else settings.seed)
        if settings.bundle is not None and self._ui.model.findText(settings.bundle) >= 0:
            self._ui.model.setCurrentIndex(self._ui.model.findText(settings.bundle))
        for name in controls:
            getattr(self._ui, name).blockSignals(False)

    @property
    def settings(self) -> GenerationSettings:
        """What the controls say."""
        ui = self._ui
        return GenerationSettings(
            bundle=ui.model.currentText or None,
            dimension=_DIMENSIONS[ui.dimension.currentIndex],
            way=_WAYS[ui.way.currentIndex],
            quality=_QUALITIES[ui.quality.currentIndex],
            guidance=round(ui.guidance.value, 2),
            count=ui.count.value,
            seed=None if ui.seed.value == _SEED_OPEN else ui.seed.value,
        )

    def _edited(self) -> None:
        self._onEdited()
