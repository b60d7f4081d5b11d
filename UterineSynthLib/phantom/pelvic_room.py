"""How well a large mass fits between spine, symphysis, pelvic floor and abdominal wall."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.landmarks import Landmarks, Point

_VERTEBRA_MM, _SYMPHYSIS_MM, _WALL_MM = 9.0, 9.0, 14.0
"""What lies on this side of the landmarks' lines: vertebral body, pubic bone, abdominal wall."""
_FLOOR_MM = -62.0
_HALF_INLET_MM = 64.0
_LUMBAR_MM = (-6.0, 75.0)


def intrusion_mm(landmarks: Landmarks, centre: Point, radius_mm: float) -> float:
    """How deep a ball would lie in bone, pelvic floor and abdominal wall together; 0 where it fits."""
    at = np.array(centre[1:])
    promontory = np.array(landmarks.promontory[1:])
    spine = [promontory + _LUMBAR_MM, promontory, landmarks.sacrum_middle[1:], landmarks.coccyx_tip[1:]]
    pubis = [landmarks.symphysis_top[1:], landmarks.symphysis_bottom[1:]]
    belly = [landmarks.umbilicus[1:], landmarks.symphysis_top[1:]]
    gaps = (
        _away(at, spine) - _VERTEBRA_MM,
        _away(at, pubis) - _SYMPHYSIS_MM,
        _away(at, belly) - _WALL_MM,
        at[1] - _FLOOR_MM,
        _HALF_INLET_MM - abs(centre[0]),
    )
    return float(sum(max(0.0, radius_mm - gap) for gap in gaps))


def _away(at: npt.NDArray[np.float64], line: object) -> float:
    """Distance from a polyline (y, z)."""
    points = np.array(line)
    start, step = points[:-1], np.diff(points, axis=0)
    share = np.clip(((at - start) * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
    return float(np.linalg.norm(at - start - share[:, None] * step, axis=1).min())
