"""Networks and schedules that are known in closed form."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Estimate
from UterineSynthLib.diffusion.prediction import Prediction, Velocity, combined
from UterineSynthLib.diffusion.schedule import Schedule, spread


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class CosineFlow:
    """``alpha_t = cos(pi t / 2)``, ``sigma_t = sin(pi t / 2)``: a schedule of curved paths."""

    def alpha(self, t: Tensor) -> Tensor:
        return torch.cos(math.pi / 2 * t)

    def sigma(self, t: Tensor) -> Tensor:
        return torch.sin(math.pi / 2 * t)

    def alpha_rate(self, t: Tensor) -> Tensor:
        return -math.pi / 2 * torch.sin(math.pi / 2 * t)

    def sigma_rate(self, t: Tensor) -> Tensor:
        return math.pi / 2 * torch.cos(math.pi / 2 * t)


class GaussianData:
    """The exact network of latents whose elements are independent ``N(mean, std^2)``.

    ``E[x_0 | x_t] = mean + alpha std^2 (x_t - alpha mean) / (alpha^2 std^2 + sigma^2)``, by linear regression.
    """

    def __init__(self, mean: float, std: float, schedule: Schedule, prediction: Prediction | None = None) -> None:
        self.mean, self.std, self.schedule = mean, std, schedule
        self.prediction = prediction or Velocity()

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = spread(self.schedule.alpha(t), x_t), spread(self.schedule.sigma(t), x_t)
        surprise = (x_t - alpha * self.mean) / (alpha**2 * self.std**2 + sigma**2)
        ends = Estimate(self.mean + alpha * self.std**2 * surprise, sigma * surprise)
        return combined(self.prediction, ends, t, self.schedule)

    def carried(self, noise: Tensor) -> Tensor:
        """Where the exact flow takes ``noise``: a linear map in one dimension keeps every quantile."""
        return self.mean + self.std * noise


@pytest.fixture
def cosine() -> CosineFlow:
    return CosineFlow()


@pytest.fixture
def gaussian_of() -> type[GaussianData]:
    return GaussianData
