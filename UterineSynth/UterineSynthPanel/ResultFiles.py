"""A result of the scene as files in a folder of the user's."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.errors import OutputError
from UterineSynthPanel.ResultScene import PROVENANCE, segmentationOf


def saveResult(volume: Any, folder: Path) -> list[Path]:
    """Write volume, segmentation and provenance; they appear under their names only when all are whole.

    Raises:
        OutputError: a file of that name exists, or the folder cannot be written to.
    """
    stem = volume.GetName().replace(" ", "_")
    nodes = {f"{stem}.nii.gz": volume, f"{stem}.seg.nrrd": segmentationOf(volume)}
    nodes = {name: node for name, node in nodes.items() if node is not None}
    targets = [folder / name for name in (*nodes, f"{stem}.json")]
    for target in targets:
        if target.exists():
            raise OutputError(target, _("it exists already; choose another folder"))
    try:
        with TemporaryDirectory(dir=folder, prefix=".partial") as partial:
            for name, node in nodes.items():
                _writeNode(node, Path(partial) / name)
            (Path(partial) / f"{stem}.json").write_text(volume.GetAttribute(PROVENANCE), encoding="utf-8")
            for target in targets:
                (Path(partial) / target.name).rename(target)
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error
    return targets


def _writeNode(node: Any, path: Path) -> None:
    storage = node.CreateDefaultStorageNode()
    storage.SetFileName(str(path))
    isWritten = storage.WriteData(node)
    storage.UnRegister(None)
    if not isWritten:
        raise OSError(_("the file could not be written"))
