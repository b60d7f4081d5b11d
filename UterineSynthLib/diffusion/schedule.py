"""How noise is mixed with the clean latents over time."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Schedule(Protocol):
    """``alpha_t`` and ``sigma_t`` of ``x_t = alpha_t x_0 + sigma_t eps`` and their rates of change."""

    def alpha(self, t: Tensor) -> Tensor:
        """Weight of the clean latents at times ``(B,)``."""
        ...

    def sigma(self, t: Tensor) -> Tensor:
        """Weight of the noise at times ``(B,)``."""
        ...

    def alpha_rate(self, t: Tensor) -> Tensor:
        """Derivative of ``alpha`` with respect to time."""
        ...

    def sigma_rate(self, t: Tensor) -> Tensor:
        """Derivative of ``sigma`` with respect to time."""
        ...


class RectifiedFlow:
    """Straight lines from data to noise: ``alpha_t = 1 - t``, ``sigma_t = t`` (Liu et al. 2022, arXiv 2209.03003)."""

    def alpha(self, t: Tensor) -> Tensor:
        """``1 - t``."""
        return 1.0 - t

    def sigma(self, t: Tensor) -> Tensor:
        """``t``."""
        return t

    def alpha_rate(self, t: Tensor) -> Tensor:
        """``-1``."""
        return -t.new_ones(t.shape)

    def sigma_rate(self, t: Tensor) -> Tensor:
        """``1``."""
        return t.new_ones(t.shape)


def spread(values: Tensor, like: Tensor) -> Tensor:
    """Shape per-sample ``values`` ``(B,)`` so that they multiply ``like`` ``(B, C, ...)``."""
    return values.reshape(-1, *([1] * (like.ndim - 1)))


def mix(clean: Tensor, noise: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """``x_t`` of clean latents and noise ``(B, C, ...)`` at times ``(B,)``."""
    return spread(schedule.alpha(t), clean) * clean + spread(schedule.sigma(t), noise) * noise
