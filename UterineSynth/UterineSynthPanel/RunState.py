"""What the run area shows: idle, under way, or how the last run ended."""

from __future__ import annotations

import html
from typing import Any

from slicer.i18n import tr as _

Message = dict[str, Any]
_STAGES = {
    "anatomy": _("building the anatomy"),
    "denoising": _("making the image"),
    "decoding": _("finishing the image"),
}
_CONTROLS = {
    "--resample-mask": _("tick the box under Anatomy from a mask"),
    "--text-encoder": _("the button Text encoder"),
}
"""What the library calls by its flag is a control here."""


class RunState:
    """Drives the Generate and Cancel buttons, the progress bar and the line of plain words below."""

    def __init__(self, ui: Any) -> None:
        self._ui, self._device = ui, ""
        ui.errorDetails.setVisible(False)
        ui.showDetails.connect("toggled(bool)", ui.errorDetails.setVisible)
        self.idle()

    def idle(self, words: str = "") -> None:
        """Nothing is under way."""
        self._arrange(isBusy=False, words=words)

    def tell(self, words: str) -> None:
        """Say something beside what is under way."""
        self._ui.status.setText(_rich(words))
        self._ui.status.setVisible(True)

    def starting(self, words: str) -> None:
        """A request was sent; nothing came back yet."""
        self._ui.progress.setRange(0, 0)
        self._arrange(isBusy=True, words=words)

    def ready(self, device: str) -> None:
        """The worker told which device it computes on."""
        self._device = device

    def progress(self, message: Message) -> None:
        """One step further."""
        step, steps = int(message.get("step", 0)), int(message.get("steps", 0))
        self._ui.progress.setRange(0, steps)
        self._ui.progress.setValue(step)
        stage = str(message.get("stage", ""))
        parts = [_STAGES.get(stage, stage.replace("_", " "))]
        parts += [_("step {step} of {steps}").format(step=step, steps=steps)] if steps else []
        left = message.get("seconds_left")
        parts += [_("{seconds} s left").format(seconds=round(left))] if left is not None else []
        parts += [self._device] if self._device else []
        self._arrange(isBusy=True, words=" · ".join(filter(None, parts)))

    def cancelling(self) -> None:
        """The worker was asked to stop."""
        self._ui.cancel.setEnabled(False)
        self._ui.status.setText(_("Stopping after this step …"))

    def failed(self, message: str, advice: str, details: str) -> None:
        """Tell what went wrong in plain words, with the rest on demand."""
        for flag, control in _CONTROLS.items():
            message = message.replace(flag, control)
        words = f"<b>{html.escape(message, quote=False)}</b> {html.escape(advice, quote=False)}"
        self._arrange(isBusy=False, words=words, details=details)

    def refused(self, reason: str) -> None:
        """The request contradicts itself and cannot be sent."""
        self._arrange(isBusy=False, words=_rich(reason))
        self._ui.generate.setEnabled(False)
        self._ui.drawAnatomy.setEnabled(False)

    def _arrange(self, isBusy: bool, words: str, details: str = "") -> None:
        ui = self._ui
        ui.generate.setEnabled(not isBusy)
        ui.drawAnatomy.setEnabled(not isBusy)
        ui.cancel.setEnabled(isBusy)
        ui.progress.setVisible(isBusy)
        ui.status.setText(words)
        ui.status.setVisible(bool(words))
        ui.showDetails.setChecked(False)
        ui.showDetails.setVisible(bool(details))
        ui.errorDetails.setPlainText(details)


def _rich(words: str) -> str:
    """Words as rich text: a label would show the escapes of plain text as they are."""
    return f"<span>{html.escape(words, quote=False)}</span>"
