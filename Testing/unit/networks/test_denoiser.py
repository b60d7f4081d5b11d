"""Laws of the conditioned U-Net in two and three dimensions."""

import dataclasses

import pytest
import torch
from torch import nn

from UterineSynthLib.diffusion.guidance import GuidedNetwork
from UterineSynthLib.networks.assemble import null_of
from UterineSynthLib.networks.condition import KINDS
from UterineSynthLib.networks.denoiser import ConditionedUNet

FLAT, DEEP = (2, (1, 16, 16), (4, 4, 4)), (3, (8, 16, 16), (4, 8, 4, 4))


@pytest.fixture(params=[FLAT, DEEP], ids=["2D", "3D"])
def case(request, denoiser_of, condition_on):
    dims, volume, latent = request.param
    network = ConditionedUNet(denoiser_of(dims)).eval()
    # Fresh, the output layer and the ends of the residual blocks are zero and say nothing of what goes in.
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    x_t = torch.randn(2, *latent)
    return network, x_t, torch.tensor([0.3, 0.8]), condition_on(volume, 0).joined(condition_on(volume, 1))


@torch.no_grad()
def test_a_velocity_has_the_shape_of_the_latents(case) -> None:
    network, x_t, t, condition = case
    out = network(x_t, t, condition)
    assert out.shape == x_t.shape
    assert bool(torch.isfinite(out).all())
    assert float(out.std()) > 0


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_each_kind_of_condition_reaches_the_output_if_present_and_only_then(case, kind: str) -> None:
    network, x_t, t, condition = case
    value = getattr(condition, kind)
    altered = dataclasses.replace(condition, **{kind: value.flip(0) if kind != "spacing" else value + 1})
    assert not torch.allclose(network(x_t, t, condition), network(x_t, t, altered))
    absent, absent_altered = condition.without(kind), altered.without(kind)
    assert torch.equal(network(x_t, t, absent), network(x_t, t, absent_altered))
    assert not torch.allclose(network(x_t, t, condition), network(x_t, t, absent))


@torch.no_grad()
def test_time_and_slice_position_reach_the_output(case) -> None:
    network, x_t, t, condition = case
    out = network(x_t, t, condition)
    assert not torch.allclose(out, network(x_t, t - 0.2, condition))
    moved = dataclasses.replace(condition, slice_position=condition.slice_position + 0.5)
    assert not torch.allclose(out, network(x_t, t, moved))


@torch.no_grad()
def test_a_sample_of_a_batch_does_not_see_the_others(case) -> None:
    network, x_t, t, condition = case
    both = network(x_t, t, condition)
    swapped = network(x_t.flip(0), t.flip(0), type(condition).stacked([_one(condition, 1), _one(condition, 0)]))
    alone = network(x_t[:1], t[:1], _one(condition, 0))
    torch.testing.assert_close(both[:1], alone, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(both, swapped.flip(0), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_guidance_by_the_doubled_batch_equals_two_passes(case) -> None:
    network, x_t, t, condition = case
    guided = GuidedNetwork(network, condition, null_of(condition), 2.5)(x_t, t)
    asked, null = network(x_t, t, condition), network(x_t, t, null_of(condition))
    torch.testing.assert_close(guided, null + 2.5 * (asked - null), rtol=1e-3, atol=1e-3)


def _one(condition, index: int):
    names = [field.name for field in dataclasses.fields(condition) if field.name != "present"]
    tensors = {name: getattr(condition, name)[index : index + 1] for name in names}
    present = {kind: flag[index : index + 1] for kind, flag in condition.present.items()}
    return dataclasses.replace(condition, **tensors, present=present)


@torch.no_grad()
def test_the_vector_and_the_tokens_reach_the_output_each_on_its_own(case, monkeypatch) -> None:
    network, x_t, t, condition = case
    out = network(x_t, t, condition)
    vector, tokens = network.embedding(condition)
    for changed in ((vector + 1, tokens), (vector, tokens + 1)):
        monkeypatch.setattr(network.embedding, "forward", lambda _, changed=changed: changed)
        assert not torch.allclose(out, network(x_t, t, condition))
