"""The velocity that a Gaussian guess of the clean latents implies: where the network starts from."""

from __future__ import annotations

from torch import Tensor

WITH_TONE_SD, WITHOUT_SD = 0.7, 1.0
"""Spread of whitened latents around their tone, and around zero."""


def guessed_velocity(x_t: Tensor, t: Tensor, tone: Tensor, present: Tensor) -> Tensor:
    """Velocity of a rectified flow if the clean latents were ``N(m, s^2)``, shaped as ``x_t``.

    With ``x_t = (1 - t) x_0 + t eps``, the expectations of ``x_0`` and ``eps`` given ``x_t`` are linear, and
    ``v = E eps - E x_0 = (x_t - (1 - t) m) (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) - m``. The network adds what the
    guess misses, so that untrained it is right about the mean and the spread. ``tone`` is the guess ``m`` where
    ``present`` ``(B,)`` is 1; elsewhere ``m`` is zero.
    """
    shape = (-1, *([1] * (x_t.ndim - 1)))
    given, time = present.reshape(shape).to(x_t), t.reshape(shape).to(x_t)
    mean = tone * given
    variance = given * WITH_TONE_SD**2 + (1 - given) * WITHOUT_SD**2
    alpha = 1 - time
    return (x_t - alpha * mean) * (time - alpha * variance) / (alpha**2 * variance + time**2) - mean
