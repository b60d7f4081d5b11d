"""Python packages that the models need and Slicer does not bring: which are missing, and how they come in."""

from __future__ import annotations

import importlib
import importlib.util
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory

import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import MissingPackageError

NEEDED = {
    "torch": "torch>=2.5",
    "monai": "monai>=1.5",
    "einops": "einops>=0.7",
    "safetensors": "safetensors>=0.4.3",
    "tokenizers": "tokenizers>=0.20",
    "threadpoolctl": "threadpoolctl>=3.2",
}
"""What to install, by the name it is imported under."""
_TORCH = "torch"
_SLICERS_OWN = ("numpy", "scipy", "SimpleITK", "vtk", "pydicom", "pillow", "requests")
_REQUESTER = "UterineSynth"


def missingPackages() -> tuple[str, ...]:
    """Names of the packages that are not installed; imports none of them."""
    importlib.invalidate_caches()
    return tuple(name for name in NEEDED if importlib.util.find_spec(name) is None)


def installPackages(missing: tuple[str, ...], wheels: Path | None = None) -> None:
    """Install packages: torch through the PyTorch extension, the rest with pip; all from a folder of wheels if given.

    Packages that Slicer brings stay as they are.

    Raises:
        MissingPackageError: it did not work out; says what to do.
    """
    if wheels is None and _TORCH in missing:
        _installTorch()
        missing = tuple(name for name in missing if name != _TORCH)
    if missing:
        _pip([NEEDED[name] for name in missing], wheels)


def _installTorch() -> None:
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ImportError:
        _installPyTorchExtension()
    if (
        PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=NEEDED[_TORCH][len(_TORCH) :])
        is None
    ):
        raise MissingPackageError(_("PyTorch was not installed."))


def _installPyTorchExtension() -> None:
    slicer.app.extensionsManagerModel().installExtensionFromServer("PyTorch")
    raise MissingPackageError(_("The PyTorch extension was asked for: restart Slicer, then press Generate again."))


def _pip(requirements: list[str], wheels: Path | None) -> None:
    with TemporaryDirectory() as folder:
        constraints = Path(folder) / "slicers-own.txt"
        constraints.write_text("".join(f"{line}\n" for line in _asTheyAre()), encoding="utf-8")
        try:
            if wheels is not None:
                # A folder of wheels takes the place of every index.
                arguments = ["--no-index", "--find-links", str(wheels), "--constraint", str(constraints)]
                slicer.util.pip_install([*arguments, *requirements])
            else:
                _pipOnline(requirements, constraints)
        except (CalledProcessError, RuntimeError) as error:
            raise MissingPackageError(
                _("The packages could not be installed: {reason}").format(reason=error)
            ) from error


def _pipOnline(requirements: list[str], constraints: Path) -> None:
    try:
        from slicer.packaging import pip_ensure
    except ImportError:  # Slicer 5.10
        slicer.util.pip_install(["--constraint", str(constraints), *requirements])
        return
    # The panel asked already.
    pip_ensure(requirements, constraints=constraints, prompt_install=False, requester=_REQUESTER)


def _asTheyAre() -> list[str]:
    """One line of a constraints file for each package that Slicer brings."""
    lines = []
    for name in _SLICERS_OWN:
        try:
            lines.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return lines
