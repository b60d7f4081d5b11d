"""Laws of classifier-free guidance."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from UterineSynthLib.diffusion.guidance import GuidedNetwork
from UterineSynthLib.diffusion.process import Process
from UterineSynthLib.diffusion.samplers import sample, time_grid
from UterineSynthLib.diffusion.schedule import RectifiedFlow
from UterineSynthLib.diffusion.seeds import noise_for

NOISE = torch.stack([noise_for(3, index, (2, 4, 4)) for index in range(3)])
TIMES = torch.tensor([0.2, 0.5, 0.9])


@dataclass(frozen=True)
class Wanted:
    """A condition of one number a sample."""

    value: Tensor

    def joined(self, other: "Wanted") -> "Wanted":
        return Wanted(torch.cat([self.value, other.value]))


class Network:
    """Velocity ``value x + t``; remembers the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, x_t: Tensor, t: Tensor, condition: Wanted) -> Tensor:
        self.batches.append(len(x_t))
        return condition.value[:, None, None, None] * x_t + t[:, None, None, None]


ASKED, NULL = Wanted(torch.tensor([2.0, 3.0, 4.0])), Wanted(torch.tensor([1.0, 1.0, -1.0]))


def test_guidance_of_one_is_no_guidance_bit_for_bit_and_costs_no_second_pass() -> None:
    network = Network()
    guided = GuidedNetwork(network, ASKED, NULL, 1.0)
    flow = RectifiedFlow()
    result = sample(Process(flow).denoiser(guided), NOISE, flow, time_grid(4))
    assert network.batches == [3, 3, 3, 3]
    plain = sample(Process(flow).denoiser(lambda x, t: Network()(x, t, ASKED)), NOISE, flow, time_grid(4))
    assert torch.equal(result, plain)


def test_guidance_leads_away_from_the_null_condition_by_its_scale() -> None:
    one, t = torch.ones(3, 2, 4, 4), torch.zeros(3)
    guided = GuidedNetwork(Network(), ASKED, NULL, 3.0)(one, t)
    # null + 3 (asked - null): 1 + 3 * 1, 1 + 3 * 2, -1 + 3 * 5
    assert guided[:, 0, 0, 0].tolist() == [4.0, 7.0, 14.0]


def test_guidance_of_zero_is_the_null_condition() -> None:
    guided = GuidedNetwork(Network(), ASKED, NULL, 0.0)(NOISE, TIMES)
    torch.testing.assert_close(guided, Network()(NOISE, TIMES, NULL))


@pytest.mark.parametrize("scale", [0.5, 2.0, 7.5])
def test_one_doubled_pass_equals_two_separate_ones(scale: float) -> None:
    network = Network()
    guided = GuidedNetwork(network, ASKED, NULL, scale)(NOISE, TIMES)
    asked, null = Network()(NOISE, TIMES, ASKED), Network()(NOISE, TIMES, NULL)
    torch.testing.assert_close(guided, null + scale * (asked - null))
    assert network.batches == [6]
