"""A worker that speaks the protocol and computes nothing; its first argument says how it behaves."""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

STEPS = 6
REFUSALS = {
    "refuses": ("The model is damaged.", "Choose another model."),
    "wants an encoder": ("give its folder with --text-encoder", "Change what the message names and try again."),
}


def heard(message: dict[str, Any]) -> dict[str, Any]:
    """Keep a message for a test that asks what was said."""
    if "UTERINESYNTH_HEARD" in os.environ and message["type"] != "quit":
        with Path(os.environ["UTERINESYNTH_HEARD"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(message) + "\n")
    return message


def tell(kind: str, **parts: Any) -> None:
    sys.stdout.write(json.dumps({"protocol": 1, "type": kind, **parts}) + "\n")
    sys.stdout.flush()


def image_of(array: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((1.25, 1.25, 4.4))
    image.SetDirection((0, 0, -1, 1, 0, 0, 0, -1, 0))
    return image


def balls() -> np.ndarray:
    """Labels of a ball of leiomyoma in a ball of uterine wall."""
    k, j, i = np.mgrid[0:8, 0:48, 0:48]
    radius = np.hypot(i - 24.0, (j - 20.0) * 1.3) + abs(k - 4)
    return np.where(radius < 8, 3, np.where(radius < 16, 1, 0)).astype("uint8")


def write_result(message: dict[str, Any], index: int) -> dict[str, Any]:
    out = Path(message["out"])
    out.mkdir(exist_ok=True)
    if "UTERINESYNTH_REPLAY" in os.environ:
        return replayed(message, index, Path(os.environ["UTERINESYNTH_REPLAY"]), out)
    labels, i = balls(), np.arange(48)
    voxels = (np.choose(labels, [180, 520, 0, 260, 0]) + (40 * np.sin(i / 3.0))).astype("float32")
    paths = {name: str(out / f"{index}_{name}") for name in ("image.nii.gz", "labels.nii.gz", "provenance.json")}
    sitk.WriteImage(image_of(voxels), paths["image.nii.gz"])
    sitk.WriteImage(image_of(labels), paths["labels.nii.gz"])
    provenance = {"synthetic": True, "request": message["request"], "index": index, "seconds": 2.0}
    provenance |= {"settings": {"way": "anatomy_first"}, "bundle_version": "1.0.0", "device": "CPU, 1 threads"}
    Path(paths["provenance.json"]).write_text(json.dumps(provenance), encoding="utf-8")
    return {"window": [0.0, 500.0 + index], **{name.partition(".")[0]: path for name, path in paths.items()}}


def replayed(message: dict[str, Any], index: int, folder: Path, out: Path) -> dict[str, Any]:
    """A result that was made before, told as that of this request."""
    number = 1 if sys.argv[1] == "second" else index
    names = ("image.nii.gz", "labels.nii.gz", "provenance.json")
    for name in names:
        shutil.copy(folder / f"{number}_{name}", out / name)
    provenance = json.loads((out / names[2]).read_text(encoding="utf-8"))
    (out / names[2]).write_text(
        json.dumps({**provenance, "request": message["request"], "index": index}), encoding="utf-8"
    )
    window = json.loads((folder / f"{number}_window.json").read_text(encoding="utf-8"))
    return {"window": window, **{name.partition(".")[0]: str(out / name) for name in names}}


def draw_anatomy(message: dict[str, Any]) -> None:
    out = Path(message["out"])
    out.mkdir(exist_ok=True)
    if "UTERINESYNTH_REPLAY" in os.environ:
        shutil.copy(Path(os.environ["UTERINESYNTH_REPLAY"]) / "0_labels.nii.gz", out / "anatomy.nii.gz")
    else:
        sitk.WriteImage(image_of(balls()), str(out / "anatomy.nii.gz"))
    tell("anatomy", id=message["id"], labels=str(out / "anatomy.nii.gz"), description={})
    tell("done", id=message["id"])


def misbehave(message: dict[str, Any], behaviour: str, step: int) -> None:
    """What some workers do at a step."""
    if behaviour == "dies" and step == 3:
        os._exit(9)
    if behaviour == "dies while writing" and step == STEPS:
        Path(message["out"]).mkdir()
        (Path(message["out"]) / ".partial.image.nii.gz").write_bytes(b"half of")
        os._exit(9)
    if behaviour == "out of memory" and step == 3:
        sys.stderr.write("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n")
        sys.exit(1)


def generate(message: dict[str, Any], behaviour: str, inbox: queue.Queue[dict[str, Any]]) -> None:
    request_id = message["id"]
    for index in range(message["request"].get("count", 1)):
        for step in range(1, STEPS + 1):
            if not inbox.empty() and inbox.get()["type"] == "cancel":
                tell("stopped", id=request_id)
                return
            time.sleep(0.2 if behaviour == "slow" else 0.01)
            left = float(STEPS - step)
            tell("progress", id=request_id, stage="denoising", step=step, steps=STEPS, seconds_left=left)
            misbehave(message, behaviour, step)
        result = write_result(message, index)
        if behaviour == "disk fills" and index == 1:
            Path(result["image"]).write_bytes(b"half of")
        tell("result", id=request_id, index=index, **result)
    tell("done", id=request_id)


def main(behaviour: str) -> None:
    if behaviour == "missing package":
        sys.stderr.write("ModuleNotFoundError: No module named 'monai'\n")
        sys.exit(1)
    if behaviour == "dies at once":
        os._exit(9)
    if behaviour == "babbles":
        sys.stdout.write("Welcome!\n")
        sys.stdout.flush()
    inbox: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=lambda: [inbox.put(json.loads(line)) for line in sys.stdin], daemon=True).start()
    tell("ready", device="CPU, 2 threads (cpu)")
    while (message := heard(inbox.get()))["type"] != "quit":
        if message["type"] == "anatomy":
            draw_anatomy(message)
        elif message["type"] == "load":
            tell("done", id=message["id"])
        elif message["type"] == "generate" and behaviour in REFUSALS:
            words, advice = REFUSALS[behaviour]
            tell("failed", id=message["id"], message=words, advice=advice, exit_code=2)
        elif message["type"] == "generate":
            generate(message, behaviour, inbox)


if __name__ == "__main__":
    main(sys.argv[1])
