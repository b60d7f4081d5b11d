"""The prior stands still, and MONAI's network is asked at the steps it was trained on."""

from dataclasses import replace

import pytest
import torch

from UterineSynthLib.diffusion.process import process_of
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of, time_grid
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.generator_modules import generator_of
from UterineSynthLib.networks.generators import MonaiDenoiserConfig, PriorConfig

UNET = MonaiDenoiserConfig(2, 1, (8, 8), (False, False), (1, 1), 4, num_head_channels=(4, 4))


def filled(network: torch.nn.Module) -> torch.nn.Module:
    """MONAI starts some convolutions at zero, and no time would reach the output through them."""
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight)
    return network.eval()


@pytest.mark.parametrize("sampler", ["euler", "heun", "ddim"])
@pytest.mark.parametrize("steps", [1, 3])
def test_a_draw_from_the_prior_is_the_noise_itself_with_any_sampler_and_any_steps(sampler: str, steps: int) -> None:
    process = process_of("rectified_flow", "velocity", 1000, False)
    network = generator_of(PriorConfig(3, 2))
    noise = torch.randn(1, 2, 3, 4, 4)
    drawn = sample(
        process.denoiser(lambda x_t, t: network(x_t, t, None)),
        noise,
        process.schedule,
        time_grid(steps),
        solver_of(Sampler(sampler), 0.0),
    )
    torch.testing.assert_close(drawn, noise)


@torch.no_grad()
def test_a_networks_last_step_is_asked_at_time_one() -> None:
    network = filled(generator_of(UNET))
    x_t = torch.randn(1, 1, 8, 8)
    torch.testing.assert_close(network(x_t, torch.ones(1), None), network.unet(x_t, timesteps=torch.tensor([999.0])))


@torch.no_grad()
def test_a_network_that_points_to_the_image_is_turned_around() -> None:
    ahead = filled(generator_of(replace(UNET, points_to_image=True)))
    x_t, t = torch.randn(1, 1, 8, 8), torch.full((1,), 0.5)
    torch.testing.assert_close(ahead(x_t, t, None), -ahead.unet(x_t, timesteps=torch.tensor([499.0])))


def test_a_generator_that_does_not_fit_its_space_is_refused() -> None:
    with pytest.raises(ConfigError, match="latent_channels is 4, the space it works in has 2; set it to 2"):
        PriorConfig(3, 4).check_space(2, (1, 4, 4))
    with pytest.raises(ConfigError, match="must have the same number of levels"):
        MonaiDenoiserConfig(channels=(32,))
    with pytest.raises(ConfigError, match="spatial_dims is 1"):
        PriorConfig(1)
