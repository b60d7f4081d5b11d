"""A Gaussian guess of the clean latents that a network starts from: it learns what the guess misses.

Untrained, such a network is already right about the mean and the spread of its latents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from torch import Tensor

from UterineSynthLib.diffusion.process import Process
from UterineSynthLib.diffusion.schedule import spread

Guess = tuple[Tensor, Tensor]
"""Clean latents as ``N(mean, variance)``, element by element, both shaped as ``x_t``."""


class GuessingCondition(Protocol):
    """A condition that may know roughly what is asked for."""

    def guess(self, like: Tensor) -> Guess | None:
        """The guess for latents shaped as ``like``, or None."""
        ...


C = TypeVar("C", bound=GuessingCondition)
C_contra = TypeVar("C_contra", bound=GuessingCondition, contravariant=True)


class ConditionalNetwork(Protocol[C_contra]):
    """A network with a condition."""

    def __call__(self, x_t: Tensor, t: Tensor, condition: C_contra) -> Tensor:
        """The prediction, shaped as ``x_t``."""
        ...


class GuessingNetwork(Generic[C]):
    """``network`` plus what the condition's guess implies for its prediction; no guess changes nothing.

    With ``in_deviations`` the network's output counts in what the guess and ``x_t`` together leave open, element by
    element: the preconditioning of Karras et al. (2022, arXiv 2206.00364) with a deviation for each element. Where a
    guess is sure, a network that is not yet right can do little harm.

    With ``draws`` the network adds to a draw of the guess instead of to its mean: for a network that is taught to draw,
    and not to say a mean.
    """

    def __init__(
        self, network: ConditionalNetwork[C], process: Process, in_deviations: bool = False, draws: bool = False
    ) -> None:
        self.network = network
        self.process = process
        self.in_deviations = in_deviations
        self.draws = draws

    def __call__(self, x_t: Tensor, t: Tensor, condition: C) -> Tensor:
        """The prediction, shaped as ``x_t``."""
        out = self.network(x_t, t, condition)
        guess = condition.guess(x_t)
        if guess is None:
            return out
        missed = out.to(x_t.dtype)
        if self.in_deviations:
            missed = missed * left_open(guess, t, self.process)
        implied = drawn if self.draws else guessed
        return missed + implied(guess, x_t, t, self.process)


def guessed(guess: Guess, x_t: Tensor, t: Tensor, process: Process) -> Tensor:
    """What is predicted if the clean latents are ``N(m, s^2)``, shaped as ``x_t``.

    Given ``x_t = alpha x_0 + sigma eps``, both expectations are linear in the surprise
    ``u = (x_t - alpha m) / (alpha^2 s^2 + sigma^2)``: ``E x_0 = m + alpha s^2 u`` and ``E eps = sigma u``.
    """
    alpha, sigma, of_clean, of_noise = _shares(x_t, t, process)
    mean, variance = guess
    gain = of_noise * sigma + of_clean * (alpha * variance)
    return (x_t - alpha * mean) * gain / (alpha**2 * variance + sigma**2) + of_clean * mean


def drawn(guess: Guess, x_t: Tensor, t: Tensor, process: Process) -> Tensor:
    """What is predicted if ``x_t`` is on its way to a draw of ``N(m, s^2)``, shaped as ``x_t``.

    Noise and draw go together, ``x_0 = m + s eps``, so that ``x_t = alpha m + (alpha s + sigma) eps`` tells both, and
    any number of steps ends at the same draw.
    """
    alpha, sigma, of_clean, of_noise = _shares(x_t, t, process)
    mean, variance = guess
    deviation = variance.sqrt()
    noise = (x_t - alpha * mean) / (alpha * deviation + sigma)
    return of_clean * (mean + deviation * noise) + of_noise * noise


def left_open(guess: Guess, t: Tensor, process: Process) -> Tensor:
    """Deviation of what is predicted if the clean latents are ``N(m, s^2)``, given ``x_t``; shaped as the guess.

    That of ``x_0`` is ``s sigma / sqrt(alpha^2 s^2 + sigma^2)``, and ``eps`` moves against it by ``alpha / sigma``.
    """
    variance = guess[1]
    alpha, sigma, of_clean, of_noise = _shares(variance, t, process)
    moves = (of_clean * sigma - of_noise * alpha).abs()
    return moves * (variance / (alpha**2 * variance + sigma**2)).sqrt()


def _shares(like: Tensor, t: Tensor, process: Process) -> Iterator[Tensor]:
    """Of image and noise in ``x_t``, then in what is predicted; to be multiplied with tensors shaped as ``like``."""
    schedule = process.schedule
    shares = (schedule.alpha(t), schedule.sigma(t), *process.prediction.weights(schedule, t))
    return (spread(share, like).to(like) for share in shares)
