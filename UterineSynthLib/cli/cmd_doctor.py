"""``uterinesynth doctor``: is everything here that a generation needs?"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from UterineSynthLib import __version__
from UterineSynthLib.optional import installed_version

HELP = "Show what is installed, which devices and models are here and which folders can be written."
EPILOG = """examples:
  uterinesynth doctor
  uterinesynth doctor --json

Exit code 0: a generation can run here. 1: something it needs is missing; the line says what to do."""
_NEEDED = ("numpy", "scipy", "SimpleITK", "torch", "monai", "safetensors", "tokenizers", "pillow", "rich")
_OPTIONAL = {"accelerate": "train", "tensorboard": "train", "scikit-learn": "eval", "pydicom": "dicom", "dask": "batch"}


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``is_fault`` findings keep a generation from running."""

    topic: str
    name: str
    state: str
    is_fault: bool = False


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a finding")


def run(args: argparse.Namespace) -> int:
    """Print the findings; 1 if one of them is a fault."""
    findings = [finding for examine in (_programs, _devices, _models, _folders) for finding in examine()]
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = "!!" if finding.is_fault else "ok"
        line = f"{mark}  {finding.topic:8}  {finding.name:{width}}  {finding.state}"
        print(json.dumps(asdict(finding)) if args.json else line)  # noqa: T201
    return int(any(finding.is_fault for finding in findings))


def _programs() -> list[Finding]:
    findings = [
        Finding("program", "uterinesynth", __version__),
        Finding("program", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
    ]
    for name in _NEEDED:
        version = installed_version(name)
        findings.append(Finding("package", name, version or f"missing: pip install {name}", version is None))
    for name, extra in _OPTIONAL.items():
        version = installed_version(name)
        findings.append(Finding("optional", name, version or f"not installed: pip install 'uterinesynth[{extra}]'"))
    return findings


def _devices() -> list[Finding]:
    from UterineSynthLib.synthesis.device import available_devices

    return _guarded(
        "device", "torch", lambda: [Finding("device", str(found.device), str(found)) for found in available_devices()]
    )


def _models() -> list[Finding]:
    from UterineSynthLib.bundles.catalogue import list_bundles, model_folders

    entries = list_bundles()
    findings = [
        Finding(
            "model", entry.path.name, entry.fault or f"whole, digest {entry.bundle.digest[:12]}", entry.bundle is None
        )
        if entry.bundle is not None
        else Finding("model", entry.path.name, entry.fault or "", is_fault=True)
        for entry in entries
    ]
    return findings or [
        Finding("model", "none", f"none found in {', '.join(map(str, model_folders()))}", is_fault=True)
    ]


def _folders() -> list[Finding]:
    from UterineSynthLib.bundles.catalogue import user_models_folder

    return [
        _writable("this folder", Path.cwd(), is_needed=True),
        _writable("temporary", Path(tempfile.gettempdir()), is_needed=True),
        _writable("own models", user_models_folder(), is_needed=False),
    ]


def _writable(name: str, folder: Path, is_needed: bool) -> Finding:
    if not folder.exists():
        return Finding("folder", name, f"{folder} is not there yet", is_needed)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("folder", name, f"{folder} can be written")
    except OSError as error:
        return Finding("folder", name, f"{folder} cannot be written ({error.strerror or error})", is_needed)


def _guarded(topic: str, name: str, examine: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return examine()
    except (ImportError, OSError) as error:
        return [Finding(topic, name, f"cannot be loaded ({error})", is_fault=True)]
