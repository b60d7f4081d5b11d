"""The tab *Generate*: keeps text, fields, parameter node, run and results in step."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError, UterineSynthError
from UterineSynthLib.records import from_plain
from UterineSynthPanel import Packages, ResultScene, TextLibrary
from UterineSynthPanel.DescriptionForm import DescriptionForm
from UterineSynthPanel.GenerationRun import GenerationRun, anatomyRequestOf, requestOf
from UterineSynthPanel.GenerationSettings import GenerationSettings
from UterineSynthPanel.MaskChooser import MaskChooser
from UterineSynthPanel.MeasuredTimes import MeasuredTimes
from UterineSynthPanel.ModelChooser import ModelChooser, installedModels
from UterineSynthPanel.PackagesBox import PackagesBox
from UterineSynthPanel.ParameterStore import ParameterStore
from UterineSynthPanel.ResultsTable import Provenance, ResultsTable
from UterineSynthPanel.RunFolder import RunFolder
from UterineSynthPanel.RunState import RunState
from UterineSynthPanel.SettingsForm import SettingsForm
from UterineSynthPanel.TextBox import TextBox
from UterineSynthPanel.TextEncoder import TextEncoder
from UterineSynthPanel.Views import Views
from UterineSynthPanel.WarmUp import WarmUp
from UterineSynthPanel.WorkerClient import Message

_DRAWN_SEEDS = 1_000_000
"""Seeds drawn here have up to six digits, so that they can be read out and written down."""


class GeneratePanel:
    """Wires the parts together; each of them knows only its own widgets."""

    def __init__(self, ui: Any, workerCommand: list[str]) -> None:
        self._ui = ui
        self._store: ParameterStore | None = None
        for section in (ui.positionSection, ui.acquisitionSection, ui.maskSection):
            section.collapsed = True
        self.models = ModelChooser(ui, installedModels)
        self.form = DescriptionForm(ui, self._formEdited)
        self.settings = SettingsForm(ui, self.models, self._settingsEdited)
        self.textBox = TextBox(ui, TextLibrary.interpret, self._textInterpreted)
        self.state = RunState(ui)
        self.mask = MaskChooser(ui, self._maskChosen, self.state.tell)
        self.textEncoder = TextEncoder(ui, self.models)
        self.times = MeasuredTimes()
        self.views = Views()
        self.packages = PackagesBox(ui, self._packagesInstalled)
        self.run = GenerationRun(workerCommand, self.state, self._resultArrived, self._anatomyArrived)
        self.warmUp = WarmUp(ui.generate, self.run.client, self._modelToLoad)
        self.results = ResultsTable(ui, self.views, TextLibrary.summarise, self._repeat, self.state.tell)
        ui.generate.connect("clicked()", self.generate)
        ui.drawAnatomy.connect("clicked()", self.drawAnatomy)
        ui.cancel.connect("clicked()", self.run.cancel)
        ui.useAsMask.connect("clicked()", self._useAsMask)

    def show(self, store: ParameterStore) -> None:
        """Show what a parameter node holds, and the results of its scene."""
        self._store = store
        self.form.show(store.description)
        self.settings.show(store.settings)
        self.settings.showTimes(self.times)
        self.textEncoder.show()
        self.textBox.show(store.text)
        self.mask.show(store.mask)
        self.results.refresh()

    def close(self) -> None:
        """End what runs in the background."""
        self.warmUp.stop()
        self.run.close()

    def generate(self) -> None:
        """Send what the panel says to the worker; say in words what keeps it from being sent."""
        if self.run.isBusy:
            return
        if self.models.chosen is None:
            self.state.failed(_("There is no model that could make this."), self.models.advice, "")
        elif self.packages.isComplete():
            self._send(self._requestWithMask, self._startRun)

    def drawAnatomy(self) -> None:
        """Let the worker build the segmentation that the description leads to; needs neither model nor network."""
        if not self.run.isBusy:
            self._send(lambda _folder: anatomyRequestOf(self._request(None)), self.run.drawAnatomy)

    def _send(self, requestIn: Callable[[RunFolder], Message], start: Callable[[Message, RunFolder], None]) -> None:
        folder = None
        try:
            folder = RunFolder()
            request = requestIn(folder)
        except UterineSynthError as error:
            if folder is not None:
                folder.remove()
            self.state.failed(_("This cannot be made:"), str(error), "")
            return
        start(request, folder)

    def _startRun(self, request: Message, folder: RunFolder) -> None:
        self.warmUp.stop()
        self.run.start(request, folder, self.textEncoder.folder)

    def _modelToLoad(self) -> Message | None:
        if self.models.chosen is None or Packages.missingPackages():
            return None
        wanted = {"request": {"model": self.models.chosen, "dimension": self.settings.settings.dimension}}
        folder = self.textEncoder.folder
        return {**wanted, "text_encoder": folder} if folder else wanted

    def _requestWithMask(self, folder: RunFolder) -> Message:
        if self.mask.node is None:
            return self._request(None)
        self.mask.write(folder.mask)
        return self._request(folder.mask)

    def _request(self, mask: Path | None) -> Message:
        request = requestOf(self.form.description, self.settings.settings, self.textBox.text, mask)
        request.setdefault("seed", secrets.randbelow(_DRAWN_SEEDS))
        return request

    def _packagesInstalled(self) -> None:
        # A worker that was started without the packages does not find them any more.
        self.run.close()
        self.generate()

    def _formEdited(self) -> None:
        description = self._checkedDescription()
        if description is not None:
            self.textBox.show(TextLibrary.render(description))
            self._save(description)
            self.warmUp.soon()

    def _textInterpreted(self, description: UterusDescription) -> None:
        self.form.show(description)
        self._checkedDescription()
        self._save(description)
        self.warmUp.soon()

    def _settingsEdited(self) -> None:
        self.settings.showTimes(self.times)
        self.textEncoder.show()
        description = self._checkedDescription()
        if description is not None:
            self._save(description)

    def _checkedDescription(self) -> UterusDescription | None:
        try:
            description = self.form.description
        except InputError as error:
            self.state.refused(str(error))
            return None
        if not self.run.isBusy:
            self.state.idle()
        return description

    def _save(self, description: UterusDescription) -> None:
        if self._store is not None:
            self._store.write(description, self.settings.settings, self.textBox.text)

    def _maskChosen(self, node: Any) -> None:
        if self._store is not None:
            self._store.writeMask(node)

    def _resultArrived(self, volume: Any) -> None:
        self.times.remember(ResultScene.provenanceOf(volume))
        self.settings.showTimes(self.times)
        self.results.refresh()
        self.results.select(volume)

    def _anatomyArrived(self, segmentation: Any) -> None:
        self.views.showSegmentation(segmentation)
        self._takeMask(segmentation)

    def _useAsMask(self) -> None:
        self._takeMask(ResultScene.segmentationOf(self.results.selected))

    def _takeMask(self, segmentation: Any) -> None:
        self.mask.show(segmentation)
        self._ui.maskSection.collapsed = False

    def _repeat(self, provenance: Provenance, isSameSeed: bool) -> None:
        """Take over what a result was made from; with its seed, or with a new one."""
        request = provenance.get("request", {})
        try:
            description = from_plain(UterusDescription, request.get("description", {}))
        except InputError as error:
            self.state.refused(str(error))
            return
        kept = {name: request.get(name) for name in ("dimension", "model", "way", "quality", "guidance_scale", "count")}
        kept = {name: value for name, value in kept.items() if value is not None}
        settings = GenerationSettings(seed=request.get("seed") if isSameSeed else None, **kept)
        self.form.show(description)
        self.settings.show(settings)
        self.settings.showTimes(self.times)
        self.textBox.show(TextLibrary.render(description))
        self._save(description)
        self.state.idle(_("Taken over. Press Generate.") if isSameSeed else _("Taken over, with a new seed."))
