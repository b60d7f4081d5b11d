"""The way to Segment Editor, and a button there that leads back."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import InputError

_EDITOR, _OURS = "SegmentEditor", "UterineSynth"
_BUTTON = "UterineSynthBack"


def editSegments(node: Any) -> None:
    """Open Segment Editor on a segmentation node.

    Raises:
        InputError: there is no main window that could show it.
    """
    try:
        slicer.util.selectModule(_EDITOR)
    except RuntimeError as error:
        raise InputError(_("Segment Editor needs Slicer's main window.")) from error
    panel = slicer.modules.segmenteditor.widgetRepresentation()
    panel.self().editor.setSegmentationNode(node)
    _offerWayBack(panel)


def _offerWayBack(panel: Any) -> None:
    if panel.layout() is None or any(child.objectName == _BUTTON for child in panel.children()):
        return
    button = qt.QPushButton(_("Back to Uterine Synth"))
    button.setObjectName(_BUTTON)
    button.setToolTip(_("Leave Segment Editor; what was edited is the mask to generate from"))
    panel.layout().insertWidget(0, button)

    def leave() -> None:
        # The editor belongs to other work too: nothing of ours stays in it.
        button.hide()
        button.deleteLater()
        slicer.util.selectModule(_OURS)

    button.connect("clicked()", leave)
