"""The controls for how to generate, as one record and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthPanel.GenerationSettings import MAX_COUNT, MAX_GUIDANCE, MAX_SEED, GenerationSettings
from UterineSynthPanel.MeasuredTimes import MeasuredTimes, secondsText
from UterineSynthPanel.ModelChooser import ModelChooser

_WAYS = ("anatomy_first", "direct")
_QUALITIES = ("draft", "standard", "best")
_DIMENSIONS = (3, 2)
_QUALITY_NAMES = (_("draft"), _("standard"), _("best"))
_SEED_OPEN, _GUIDANCE_OPEN, _GUIDANCE_STEP = -1, 0.5, 0.5


class SettingsForm:
    """Two-way between the controls and :class:`GenerationSettings`."""

    def __init__(self, ui: Any, models: ModelChooser, onEdited: Callable[[], None]) -> None:
        self._ui, self._models, self._onEdited = ui, models, onEdited
        self._wayHint = ui.way.toolTip
        ui.way.addItems([_("anatomy first"), _("direct")])
        ui.quality.addItems(list(_QUALITY_NAMES))
        ui.dimension.addItems([_("3D volume"), _("2D slice")])
        ui.guidance.setRange(_GUIDANCE_OPEN, MAX_GUIDANCE)
        ui.guidance.setSingleStep(_GUIDANCE_STEP)
        ui.guidance.setDecimals(1)
        ui.guidance.setSpecialValueText(_("the model's own"))
        ui.count.setRange(1, MAX_COUNT)
        ui.seed.setRange(_SEED_OPEN, MAX_SEED)
        ui.seed.setSpecialValueText(_("new each time"))
        for combo in (ui.way, ui.quality, ui.model):
            combo.connect("currentIndexChanged(int)", self._edited)
        ui.dimension.connect("currentIndexChanged(int)", self._dimensionChosen)
        ui.guidance.connect("valueChanged(double)", self._edited)
        ui.count.connect("valueChanged(int)", self._edited)
        ui.seed.connect("valueChanged(int)", self._edited)
        ui.resampleMask.connect("toggled(bool)", self._edited)
        self._offerWays()

    def show(self, settings: GenerationSettings) -> None:
        """Show settings without telling anyone; a model that is not installed leaves the choice where it is."""
        controls = ("way", "quality", "dimension", "model", "guidance", "count", "seed", "resampleMask")
        for name in controls:
            getattr(self._ui, name).blockSignals(True)
        self._ui.way.setCurrentIndex(_WAYS.index(settings.way))
        self._ui.quality.setCurrentIndex(_QUALITIES.index(settings.quality))
        self._ui.dimension.setCurrentIndex(_DIMENSIONS.index(settings.dimension))
        self._ui.guidance.setValue(_GUIDANCE_OPEN if settings.guidance_scale is None else settings.guidance_scale)
        self._ui.count.setValue(settings.count)
        self._ui.seed.setValue(_SEED_OPEN if settings.seed is None else settings.seed)
        self._ui.resampleMask.setChecked(settings.resample_mask)
        self._models.show(settings.dimension, settings.model)
        self._offerWays()
        for name in controls:
            getattr(self._ui, name).blockSignals(False)

    @property
    def settings(self) -> GenerationSettings:
        """What the controls say."""
        ui = self._ui
        return GenerationSettings(
            model=self._models.chosen,
            dimension=_DIMENSIONS[ui.dimension.currentIndex],
            way=_WAYS[ui.way.currentIndex],
            quality=_QUALITIES[ui.quality.currentIndex],
            guidance_scale=None if ui.guidance.value < 1.0 else round(ui.guidance.value, 2),
            count=ui.count.value,
            seed=None if ui.seed.value == _SEED_OPEN else ui.seed.value,
            resample_mask=ui.resampleMask.checked,
        )

    def showTimes(self, times: MeasuredTimes) -> None:
        """Say beside each quality how long a volume took here, or that it was not measured yet."""
        model, way = self._models.current, _WAYS[self._ui.way.currentIndex]
        for index, (name, quality) in enumerate(zip(_QUALITY_NAMES, _QUALITIES, strict=True)):
            found = times.find(model.name, model.version, way, quality) if model is not None else None
            words, device = _("not measured yet"), _("Measured when it is used")
            if found is not None:
                words = _("{seconds} a volume").format(seconds=secondsText(found.seconds))
                device = _("Measured on {device}").format(device=found.device)
            self._ui.quality.setItemText(index, f"{name}  ·  {words}")
            self._ui.quality.setItemData(index, device, qt.Qt.ToolTipRole)

    def _dimensionChosen(self, index: int) -> None:
        self._models.show(_DIMENSIONS[index], None)
        self._edited()

    def _edited(self) -> None:
        self._offerWays()
        self._onEdited()

    def _offerWays(self) -> None:
        """Leave no choice with a model that makes nothing without a segmentation."""
        model, way = self._models.current, self._ui.way
        isOpen = model is None or not model.needsMask
        if not isOpen:
            wasBlocked = way.blockSignals(True)
            way.setCurrentIndex(_WAYS.index("anatomy_first"))
            way.blockSignals(wasBlocked)
        way.setEnabled(isOpen)
        way.setToolTip(self._wayHint if isOpen else _("This model makes an image from a segmentation only."))
