"""Laws of the mask through spatially adaptive normalisation, of masks that leave the body open, and of fit errors."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.spade import MaskLayout

BARE = ConditionConfig(
    classes=False, attributes=False, spacing=False, text=False, mask=True, place=False, mask_labels=6, width=16
)


def _network(dims: int, conditions: ConditionConfig = BARE, mask_as: str = "spade") -> ConditionedUNet:
    config = DenoiserConfig(dims, 1, (8, 16), (False, True), 1, 4, 8, 1, 1, mask_as, conditions)
    return ConditionedUNet(config).eval()


def _condition(labels: np.ndarray, config: ConditionConfig = BARE):
    return condition_of(config, labels.shape, (4.0, 1.0, 1.0), labels=labels)


def _labels(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 6, shape).astype(np.uint8)


def _wake(network: nn.Module) -> None:
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)


@pytest.mark.parametrize(("dims", "shape"), [(2, (1, 8, 8)), (3, (4, 8, 8))])
@torch.no_grad()
def test_the_mask_steers_the_image_where_it_stands_once_training_began_and_not_before(dims, shape) -> None:
    network, labels = _network(dims), _labels(shape)
    x_t, t = torch.randn(1, 1, *(shape[1:] if dims == 2 else shape)), torch.tensor([0.4])
    other = labels.copy()
    other[..., :4] = (other[..., :4] + 1) % 6
    nn.init.normal_(network.unet.out[2].conv.weight, std=0.1)
    fresh = network(x_t, t, _condition(labels))
    assert float(fresh.std()) > 0
    assert torch.equal(fresh, network(x_t, t, _condition(other)))
    _wake(network)
    woken = network(x_t, t, _condition(labels))
    assert not torch.allclose(woken, network(x_t, t, _condition(other)))
    absent = [network(x_t, t, _condition(mask).without("mask")) for mask in (labels, other)]
    assert torch.equal(absent[0], absent[1])
    assert not torch.allclose(woken, absent[0])


def test_a_mask_becomes_one_channel_a_label_and_nothing_where_there_is_none() -> None:
    mask = torch.tensor([[[[0, 2], [1, 1]]], [[[2, 2], [0, 1]]]], dtype=torch.uint8)
    layout = MaskLayout(3)(mask, torch.tensor([1.0, 0.0]))
    assert layout.shape == (2, 3, 1, 2, 2)
    assert layout[0, :, 0].tolist() == [[[1, 0], [0, 0]], [[0, 0], [1, 1]], [[0, 1], [0, 0]]]
    assert not layout[1].any()


@pytest.mark.parametrize("mask_as", ["spade", "concatenate"])
@torch.no_grad()
def test_what_a_partial_mask_leaves_open_is_not_taken_for_air(mask_as: str) -> None:
    config = dataclasses.replace(BARE, body_other=True)
    partial, whole = np.array([[[0, 3], [1, 0]]], np.uint8), np.array([[[0, 3], [5, 0]]], np.uint8)
    assert _condition(partial, config).mask.tolist() == [[[[6, 3], [1, 6]]]]
    assert _condition(whole, config).mask.tolist() == [[[[0, 3], [5, 0]]]]
    assert _condition(partial).mask.tolist() == [partial.tolist()]
    assert partial[0, 0, 0] == 0
    network = _network(2, config, mask_as)
    assert bool(
        torch.isfinite(network(torch.randn(1, 1, 2, 2), torch.tensor([0.4]), _condition(partial, config))).all()
    )


def test_a_label_that_the_model_does_not_know_is_named() -> None:
    with pytest.raises(ConfigError, match=r"holds the label 9, the model knows 0 to 5; .*mask_labels=10"):
        _condition(np.full((1, 4, 4), 9, np.uint8))


@torch.no_grad()
def test_a_model_of_no_condition_hears_none_and_sees_no_place() -> None:
    silent = dataclasses.replace(BARE, mask=False)
    assert not silent.takes_description
    network = _network(2, silent, "concatenate")
    _wake(network)
    assert network.unet.in_channels == 1
    x_t, t = torch.randn(2, 1, 8, 8), torch.tensor([0.4, 0.9])
    one, other = (
        type(_condition(_labels((1, 8, 8)))).stacked([_condition(_labels((1, 8, 8), seed))] * 2) for seed in (0, 1)
    )
    moved = dataclasses.replace(other, slice_position=other.slice_position + 1)
    assert torch.equal(network(x_t, t, one), network(x_t, t, moved))


@pytest.mark.parametrize(
    ("shape", "words"),
    [((6, 16, 16), "6 slices of latents .* multiple of 4 .* or 2 level"), ((8, 18, 16), "18 rows .* or 2 level")],
)
def test_latents_that_cannot_be_halved_are_told_what_would_do(shape, words) -> None:
    config = DenoiserConfig(channels=(8, 8, 8), attention=(False, False, True), norm_groups=4)
    config.check_shape((8, 16, 16))
    dataclasses.replace(config, spatial_dims=2).check_shape((1, 16, 16))
    with pytest.raises(ConfigError, match=words):
        config.check_shape(shape)
