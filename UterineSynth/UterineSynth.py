"""The scripted module: metadata, panel and logic. The library and the panel's parts do the work."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

# With the source folder as an additional module path, the library beside it is not on the path.
if importlib.util.find_spec("UterineSynthLib") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin
from UterineSynthPanel.LibraryProcess import workerCommand
from UterineSynthPanel.ParameterStore import ParameterStore
from UterineSynthPanel.ReaderBlind import bringBackAfterCrash
from UterineSynthPanel.SampleStudies import registerSampleStudies

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology


class UterineSynth(ScriptedLoadableModule):
    """What Slicer shows of the module in its menus and its help."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Uterine Synth")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Image Synthesis")]
        parent.dependencies = []
        parent.contributors = ["The UterineSynth authors"]
        parent.helpText = _(
            "Synthesises uterine MRI from a clinical description. Say what the uterus shows, in fields or in words, and"
            " press <b>Generate</b>. Every volume is marked as synthetic. For research and teaching, not for diagnosis."
        )
        parent.acknowledgementText = _("The default models were trained on a digital phantom, not on patients.")
        # Other modules are not loaded yet.
        slicer.app.connect("startupCompleted()", registerSampleStudies)
        slicer.app.connect("startupCompleted()", bringBackAfterCrash)


class UterineSynthWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel. Its state lives in the module's parameter node and is saved with the scene."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: UterineSynthLogic | None = None
        self.panel: Any = None
        self.readerStudy: Any = None

    def setup(self) -> None:
        """Build the panel from its .ui file."""
        from UterineSynthPanel.GeneratePanel import GeneratePanel
        from UterineSynthPanel.ReaderStudyTab import ReaderStudyTab

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/UterineSynth.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = UterineSynthLogic()
        self.panel = GeneratePanel(self.ui, workerCommand())
        self.readerStudy = ReaderStudyTab(self.ui.tabs, Path(self.resourcePath("UI")))
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self._sceneStartsToClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self._sceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self._sceneChanged)
        self._sceneChanged()

    def enter(self) -> None:
        """Show what the scene holds now."""
        self._sceneChanged()

    def exit(self) -> None:
        """Nothing is bound to the scene but observers, which go on."""

    def cleanup(self) -> None:
        """End the worker and let go of the scene."""
        self.removeObservers()
        for part in (self.panel, self.readerStudy):
            if part is not None:
                part.close()

    def onReload(self) -> None:
        """Reload the library and the panel's parts too."""
        for name in [name for name in sys.modules if name.startswith(("UterineSynthLib", "UterineSynthPanel"))]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def _sceneStartsToClose(self, caller: Any, event: Any) -> None:  # noqa: ARG002
        self.panel.close()
        self.readerStudy.sceneCloses()

    def _sceneChanged(self, caller: Any = None, event: Any = None) -> None:  # noqa: ARG002
        assert self.logic is not None
        self.panel.show(ParameterStore(self.logic.getParameterNode()))


class UterineSynthLogic(ScriptedLoadableModuleLogic):
    """Only the parameter node: requests are computed by the worker process."""


class UterineSynthTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer, by ctest and by *Reload and Test*: panel, scene and background process belong together."""

    ANATOMY_S = 120.0

    def setUp(self) -> None:
        """Start from an empty scene and an entered panel."""
        slicer.mrmlScene.Clear(False)
        self.widget = slicer.modules.uterinesynth.widgetRepresentation().self()
        self.widget.enter()

    def test_DescriptionIsKeptInTheScene(self) -> None:
        """What is written to the parameter node is read back."""
        store = ParameterStore(UterineSynthLogic().getParameterNode())
        description = UterusDescription(pathologies=(Pathology.ADENOMYOSIS,), junctional_zone_mm=14.0)
        store.write(description, store.settings, "")
        self.assertEqual(store.description, description)

    def test_WordsBecomeFields(self) -> None:
        """A sentence fills the fields of the panel."""
        self.widget.ui.freeText.setPlainText("adenomyosis with a junctional zone of 15 mm")
        self.widget.panel.textBox.interpretNow()
        self.assertEqual(self.widget.panel.form.description.junctional_zone_mm, 15.0)
        self.assertEqual(self.widget.ui.junctionalZoneMm.value, 15.0)

    def test_AnatomyFromDescriptionIsTheMask(self) -> None:
        """The background process starts, answers, and its segmentation is in the scene, ready as mask."""
        self.widget.ui.dimension.setCurrentIndex(1)
        self.widget.ui.drawAnatomy.click()
        end = time.monotonic() + self.ANATOMY_S
        while self.widget.panel.run.isBusy and time.monotonic() < end:
            slicer.app.processEvents()
        self.assertIsNotNone(self.widget.panel.mask.node, self.widget.ui.status.text)
        self.assertTrue(self.widget.panel.mask.labels)

    def test_AFolderThatIsNoStudyIsToldAndNothingIsHidden(self) -> None:
        """The tab *Reader study* is there, and says in words why nobody can read."""
        ui, reader = self.widget.readerStudy.ui, self.widget.readerStudy.reader
        ui.readerFolder.setText(slicer.app.temporaryPath)
        ui.readerCode.setText("R1")
        ui.startReading.click()
        self.assertFalse(reader.mode.isOn)
        self.assertTrue(ui.readerStatus.text)
        ui.readerFolder.setText("")
