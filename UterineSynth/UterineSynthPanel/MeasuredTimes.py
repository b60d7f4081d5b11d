"""How long a volume took on this computer, remembered from one session to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import slicer

_GROUP = "UterineSynth/MeasuredTimes"


@dataclass(frozen=True)
class MeasuredTime:
    """Seconds of the last volume that was made in a way, and the device that made it."""

    seconds: float
    device: str


class MeasuredTimes:
    """Kept in the user's settings by model and its version, way and quality; the worker does the measuring."""

    def remember(self, provenance: dict[str, Any]) -> None:
        """Take over the time that a provenance tells; one that tells none changes nothing."""
        request = provenance.get("request", {})
        way = provenance.get("settings", {}).get("way")
        model, quality = request.get("model"), request.get("quality")
        version, seconds = provenance.get("bundle_version"), provenance.get("seconds")
        if model and quality and way and version and seconds:
            measured = {"seconds": float(seconds), "device": str(provenance.get("device", ""))}
            slicer.app.userSettings().setValue(_key(model, version, way, quality), json.dumps(measured))

    def find(self, model: str, version: str, way: str, quality: str) -> MeasuredTime | None:
        """The last measured time; None before the first."""
        text = slicer.app.userSettings().value(_key(model, version, way, quality))
        try:
            found = json.loads(text) if text else None
            return None if found is None else MeasuredTime(float(found["seconds"]), str(found["device"]))
        except (ValueError, KeyError, TypeError):
            return None


def _key(model: str, version: str, way: str, quality: str) -> str:
    return f"{_GROUP}/{model} {version}/{way}/{quality}"


def secondsText(seconds: float) -> str:
    """What the user reads: tenths where they count."""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
