"""Where the uterus comes to rest: a retroverted or enlarged one draws the cervix forwards and upwards, clear of bone.

The introitus stays where it is, so that the vagina lengthens and its axis turns with the external os.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.spine import place_spine

Ball = tuple[Point, float]
"""Centre (LPS mm) and radius (mm)."""

_PRESACRAL_MM, _FLOOR_MM = 7.0, 6.0
_ABDOMINAL_WALL_MM = 20.0
"""Less than the wall is thick: a large mass makes the belly bulge."""
_RETROPUBIC_MM = 22.0
_STEPS, _STEP_SHARE = 40, 0.35
_TOLERANCE_MM = 0.5
_LEAST_SHIFT_MM = 3.0
_LEAST_MOVE_MM, _LARGEST_MOVE_MM = (-30.0, -4.0), (8.0, 70.0)
"""(Backwards, upwards): the cervix can be drawn forwards and far upwards, but hardly the other way."""


def settled(landmarks: Landmarks, balls: Iterable[Ball]) -> Landmarks:
    """``landmarks`` with the external os moved so that the balls of the uterus clear spine, pelvic floor and pubis.

    The same landmarks where nothing is in the way.
    """
    ball_list = list(balls)
    centres = np.array([[centre[1], centre[2]] for centre, _ in ball_list])
    radii = np.array([radius for _, radius in ball_list])
    shift = _best_shift(np.asarray(centres), radii, _surfaces(landmarks))
    if float(np.linalg.norm(shift)) < _LEAST_SHIFT_MM:
        return landmarks
    x, y, z = landmarks.external_os
    return replace(landmarks, external_os=(x, y + float(shift[0]), z + float(shift[1])))


def _best_shift(centres: Points, radii: Points, surfaces: list[tuple[Points, Points, float]]) -> Points:
    """The move (y, z) after which the balls lack least room; pushes of all surfaces are added up step by step."""
    shift, best = np.zeros(2), np.zeros(2)
    least = np.inf
    for _ in range(_STEPS):
        pushes = np.array([_push(centres + shift, radii, *surface) for surface in surfaces])
        lack = float(np.linalg.norm(pushes, axis=1).max())
        if lack < least - 0.1:
            least, best = lack, shift
        if lack < _TOLERANCE_MM:
            break
        shift = np.clip(shift + _STEP_SHARE * pushes.sum(axis=0), _LEAST_MOVE_MM, _LARGEST_MOVE_MM)
    return best


def _surfaces(landmarks: Landmarks) -> list[tuple[Points, Points, float]]:
    """Lines in the mid-sagittal plane as points and their normals towards the cavity, with the room to keep."""
    bony = place_spine(landmarks).front_at(0.0)[:, 1:]
    at = np.linspace(0, len(bony) - 1, 60)
    back = np.stack([np.interp(at, np.arange(len(bony)), bony[:, axis]) for axis in (0, 1)], axis=1)
    top, bottom = np.array(landmarks.symphysis_top)[1:], np.array(landmarks.symphysis_bottom)[1:]
    umbilicus, tip = np.array(landmarks.umbilicus)[1:], np.array(landmarks.coccyx_tip)[1:]
    above = umbilicus + np.array([0.0, 120.0])
    return [
        (back, _normals(back), _PRESACRAL_MM),
        *(
            (line, _normals(line), room)
            for line, room in (
                (np.linspace(tip, bottom, 20), _FLOOR_MM),
                (np.linspace(bottom, top, 20), _RETROPUBIC_MM),
                (np.linspace(top, umbilicus, 30), _ABDOMINAL_WALL_MM),
                (np.linspace(umbilicus, above, 30), _ABDOMINAL_WALL_MM),
            )
        ),
    ]


def _normals(line: Points) -> Points:
    """Unit normals to the right of the way along a line: towards the cavity for a clockwise boundary."""
    way = np.gradient(line, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return np.stack([way[:, 1], -way[:, 0]], axis=1)


def _push(centres: Points, radii: Points, line: Points, normals: Points, room_mm: float) -> Points:
    """The largest move along a normal that any ball needs to keep its distance from the line."""
    offsets = centres[:, None] - line[None]
    nearest = np.argmin(np.square(offsets).sum(axis=2), axis=1)
    every = np.arange(len(centres))
    lack = radii + room_mm - (offsets[every, nearest] * normals[nearest]).sum(axis=1)
    worst = int(np.argmax(lack))
    move: Points = normals[nearest[worst]] * max(float(lack[worst]), 0.0)
    return move
