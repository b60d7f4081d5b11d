"""Laws of the U-Net of the plane that mixes slices."""

import pytest
import torch
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet
from torch import nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.factorised import FactorisedUNet, NeighbourMixture, SliceAttention

LAYOUT = {
    "in_channels": 3,
    "out_channels": 2,
    "channels": (8, 16),
    "attention_levels": (False, True),
    "num_res_blocks": 1,
    "norm_num_groups": 4,
    "num_head_channels": 8,
    "with_conditioning": True,
    "cross_attention_dim": 12,
    "num_class_embeds": 1,
}


def network(is_trained: bool) -> FactorisedUNet:
    """Untrained, or with what mixes slices (and MONAI's ends of blocks) drawn at random."""
    torch.manual_seed(0)
    made = FactorisedUNet(**LAYOUT)
    made.plane.class_embedding = nn.Linear(12, 32)
    for name, parameter in made.named_parameters():
        if not parameter.any() and (is_trained or ".mixture." not in name):
            nn.init.normal_(parameter, std=0.3)
    return made.eval()


def given(batch: int, slices: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return {
        "x": torch.randn(batch, 3, slices, 8, 8),
        "timesteps": torch.rand(batch) * 1000,
        "context": torch.randn(batch, 5, 12),
        "class_labels": torch.randn(batch, 12),
    }


@torch.no_grad()
def test_untrained_it_treats_every_slice_as_monais_2d_network_does() -> None:
    made, stack = network(is_trained=False), given(2, 3)
    oracle = DiffusionModelUNet(spatial_dims=2, **LAYOUT).eval()
    oracle.class_embedding = nn.Linear(12, 32)
    weights = made.plane.state_dict()
    oracle.load_state_dict({n.replace(".block.", "."): w for n, w in weights.items() if ".mixture." not in n})
    whole = made(**stack)
    for number in range(3):
        alone = oracle(stack["x"][:, :, number], stack["timesteps"], stack["context"], stack["class_labels"])
        torch.testing.assert_close(whole[:, :, number], alone, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_stack_may_have_any_number_of_slices_and_each_hears_of_the_others() -> None:
    made = network(is_trained=True)
    for slices in (1, 3, 6):
        stack = given(1, slices)
        assert made(**stack).shape == (1, 2, slices, 8, 8)
    changed = {**stack, "x": stack["x"].clone()}
    changed["x"][:, :, 5] += 1.0
    moved = (made(**changed) - made(**stack)).abs().amax(dim=(0, 1, 3, 4))
    assert bool((moved > 0).all()), moved


@torch.no_grad()
def test_stacks_of_a_batch_do_not_hear_of_each_other() -> None:
    made, stack = network(is_trained=True), given(2, 4)
    both = made(**stack)
    alone = made(**{name: value[1:] for name, value in stack.items()})
    torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_neighbours_are_the_slices_before_and_after_and_nothing_beyond_the_ends() -> None:
    mixture = NeighbourMixture(4, 2)
    nn.init.normal_(mixture.mix.weight)
    stack = torch.randn(5, 4, 2, 2)
    added = mixture(stack, 5)
    for number in range(5):
        others = [
            torch.zeros(4, 2, 2) if not 0 <= n < 5 else torch.nn.functional.silu(mixture.norm(stack))[n]
            for n in (number - 1, number + 1)
        ]
        torch.testing.assert_close(added[number], mixture.mix(torch.cat(others)[None])[0])


@torch.no_grad()
def test_attention_sees_a_place_in_all_slices_and_no_other_place() -> None:
    attention = SliceAttention(8, 2, 4)
    nn.init.normal_(attention.attend.out_proj.weight)
    attention.norm = nn.Identity()
    stack = torch.randn(6, 8, 3, 3)
    changed = stack.clone()
    changed[2, :, 1, 1] += 1.0
    moved = (attention(changed, 3) - attention(stack, 3)).abs().amax(1)
    assert bool((moved[:3, 1, 1] > 0).all())
    moved[:3, 1, 1] = 0
    assert float(moved.max()) < 1e-6


def test_weights_of_volumes_are_weights_of_slices() -> None:
    conditions = ConditionConfig(vocabulary_size=16, text_length=4, text_layers=1, text_width=32, width=16)
    config = {
        "channels": (8, 16),
        "attention": (False, True),
        "norm_groups": 4,
        "head_channels": 8,
        "conditions": conditions,
    }
    volumes, slices = (
        ConditionedUNet(DenoiserConfig(spatial_dims=n, convolutions="factorised", **config)) for n in (3, 2)
    )
    slices.load_state_dict(volumes.state_dict())


def test_slices_need_not_be_halved_but_rows_must() -> None:
    config = DenoiserConfig(convolutions="factorised")
    config.check_shape((7, 32, 32))
    with pytest.raises(ConfigError, match="30 rows of latents cannot be halved 2 times"):
        config.check_shape((7, 30, 32))


def test_spade_is_refused() -> None:
    with pytest.raises(ConfigError, match="'spade' needs full convolutions"):
        DenoiserConfig(convolutions="factorised", mask_as="spade")
