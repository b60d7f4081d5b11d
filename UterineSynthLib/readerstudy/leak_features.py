"""Everything trivial about an image file: what could tell real from synthetic without looking at the uterus."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from UterineSynthLib.readerstudy.blinding import noise_floor
from UterineSynthLib.readerstudy.image_file import read_blinded_image

Features = dict[str, dict[str, float]]
"""By group (file, header, values, border, noise, spectrum), the named numbers of one image."""
_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_BANDS = 8
_BLOCK = 8
_DARK_SHARE = 0.1


def trivial_features(path: Path) -> Features:
    """Features of one blinded image.

    Raises:
        VolumeError: the image cannot be read.
    """
    stat = path.stat()
    header = path.read_bytes().partition(b"\n\n")[0]
    fields = [float(part) for part in _numbers(header.decode("ascii", "replace"))]
    scaled = read_blinded_image(path).array.astype(np.float64)
    return {
        "file": {"size": float(stat.st_size), "modified": stat.st_mtime, "name": _name_value(path.stem)},
        "header": {"length": float(len(header)), **{f"number {i + 1}": v for i, v in enumerate(fields)}},
        "values": _values(scaled),
        "border": _border(scaled),
        "noise": _noise(scaled),
        "spectrum": _spectrum(scaled),
    }


def _numbers(text: str) -> list[str]:
    cleaned = "".join(c if c in "0123456789.-" else " " for c in text)
    return [part for part in cleaned.split() if part.strip("-.") and part.count(".") < 2 and "-" not in part[1:]]


def _name_value(stem: str) -> float:
    """Place of a name in the alphabet of names, from 0 to 1: numbered names would tell the order of making."""
    return float(int.from_bytes(stem.encode()[:6].ljust(6, b"\0"), "big")) / 2.0**48


def _values(array: npt.NDArray[np.float64]) -> dict[str, float]:
    counts = np.bincount(array.astype(np.int64).ravel() - int(array.min()))
    shares = counts[counts > 0] / array.size
    spread = float(array.std())
    centred = (array - array.mean()) / (spread or 1.0)
    squared = centred * centred
    return {
        "lowest": float(array.min()),
        "highest": float(array.max()),
        "share at lowest": float(np.mean(array == array.min())),
        "share at highest": float(np.mean(array == array.max())),
        "mean": float(array.mean()),
        "spread": spread,
        "skewness": float(np.mean(squared * centred)),
        "kurtosis": float(np.mean(squared * squared)),
        "values in use": float(len(shares)),
        "entropy": float(-(shares * np.log2(shares)).sum()),
        **{f"percentile {q}": float(v) for q, v in zip(_PERCENTILES, np.percentile(array, _PERCENTILES), strict=True)},
    }


def _border(array: npt.NDArray[np.float64]) -> dict[str, float]:
    rim = np.ones(array.shape[1:], dtype=bool)
    rim[1:-1, 1:-1] = False
    border = array[:, rim]
    return {
        "share at lowest": float(np.mean(border == array.min())),
        "mean": float(border.mean()),
        "spread": float(border.std()),
        "first slice": float(array[0].mean()),
        "last slice": float(array[-1].mean()),
        "empty slices": float(np.mean([plane.std() == 0.0 for plane in array])),
    }


def _noise(array: npt.NDArray[np.float64]) -> dict[str, float]:
    """Noise of the whole and of the darkest blocks, where signal does not hide it."""
    rows, columns = (n // _BLOCK * _BLOCK for n in array.shape[1:])
    floor = noise_floor(array)
    if not rows or not columns:
        return {"floor": floor}
    blocks = array[:, :rows, :columns].reshape(array.shape[0], rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK)
    means, spreads = blocks.mean(axis=(2, 4)).ravel(), blocks.std(axis=(2, 4)).ravel()
    dark = np.argsort(means)[: max(1, int(_DARK_SHARE * means.size))]
    return {
        "floor": floor,
        "dark mean": float(means[dark].mean()),
        "dark spread": float(np.median(spreads[dark])),
        "smoothest block": float(spreads.min()),
    }


def _spectrum(array: npt.NDArray[np.float64]) -> dict[str, float]:
    """Logarithm of the in-plane power in rings of frequency, as shares, and the likeness of neighbouring slices."""
    window = np.outer(np.hanning(array.shape[1] + 2)[1:-1], np.hanning(array.shape[2] + 2)[1:-1])
    planes = (array - array.mean(axis=(1, 2), keepdims=True)) * window
    power = (np.abs(np.fft.fft2(planes)) ** 2).mean(axis=0)
    rows, columns = (np.fft.fftfreq(n) for n in array.shape[1:])
    ring = np.minimum((np.hypot(rows[:, None], columns[None, :]) / 0.5 * _BANDS).astype(int), _BANDS)
    total = float(power.sum()) or 1.0
    bands = {
        f"band {band + 1}": math.log10(float(power[ring == band].sum()) / total + 1e-12) for band in range(_BANDS + 1)
    }
    if array.shape[0] < 2:
        return bands
    flat = array.reshape(array.shape[0], -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.sqrt((flat**2).sum(axis=1))
    likeness = (flat[1:] * flat[:-1]).sum(axis=1) / np.maximum(norm[1:] * norm[:-1], 1e-12)
    return {**bands, "likeness of slices": float(likeness.mean())}
