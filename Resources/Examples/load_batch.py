"""Load a batch into a scene and save it, without a window.

Slicer --no-main-window --no-splash --python-script load_batch.py FOLDER SCENE.mrb
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import slicer
from UterineSynthPanel.ResultScene import addResult


def load_batch(folder: Path) -> int:
    """Put every volume of a batch into the scene, with its segmentation and provenance; returns how many."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    for case in cases:
        image = folder / case["image"]
        labels = folder / case["labels"] if "labels" in case else None
        stem = image.name.removesuffix(".gz").removesuffix(".nii").removesuffix(".nrrd")
        addResult(image, labels, image.with_name(f"{stem}.json"))
    return len(cases)


def main(arguments: list[str]) -> int:
    """Load the folder and save the scene; returns the exit code."""
    if len(arguments) != 2:
        print("give the folder of the batch, and the .mrb file that the scene goes to", file=sys.stderr)
        return 2
    folder, scene = arguments
    try:
        count = load_batch(Path(folder))
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot load {folder}: {error}", file=sys.stderr)
        return 1
    if not slicer.util.saveScene(scene):
        print(f"cannot write {scene}", file=sys.stderr)
        return 1
    print(f"{count} volumes in {scene}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
