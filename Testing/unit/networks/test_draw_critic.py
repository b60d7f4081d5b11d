"""The critic of draws sees what a sketch leaves open, and each part of its verdict moves whom it is meant for."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from monai.losses import PatchAdversarialLoss
from torch import Tensor

from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.draw_critic import CriticisedDenoiser, DrawCritic

SHAPE = (4, 4, 4, 4)


@pytest.fixture
def critic_of(denoiser_of: Callable[..., object]):
    def build(spatial_dims: int = 3, components: Callable[[Tensor], Tensor] = lambda latents: latents) -> DrawCritic:
        return DrawCritic(denoiser_of(spatial_dims), 8, components)

    return build


@pytest.fixture
def shown(condition_on: Callable[..., Condition]):
    """Conditions of as many studies, with tones and how far the latents may lie from them."""

    def build(count: int = 2, shape: tuple[int, ...] = SHAPE) -> Condition:
        voxels = (shape[1], 4 * shape[2], 4 * shape[3])
        one = Condition.stacked([condition_on(voxels, seed % 2) for seed in range(count)])
        drawn = torch.Generator().manual_seed(7)
        tone, tone_sd = (torch.rand(count, *shape, generator=drawn) for _ in range(2))
        return replace(one, tone=tone, tone_sd=0.1 + tone_sd)

    return build


def latents(seed: int, count: int = 2, shape: tuple[int, ...] = SHAPE) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def test_each_part_of_a_verdict_moves_only_whom_it_is_meant_for(critic_of, shown) -> None:
    critic, draws = critic_of(), latents(1).requires_grad_()
    verdict = critic.verdict(latents(0), draws, shown())
    weights = list(critic.parameters())
    to_draws, *to_critic = torch.autograd.grad(verdict.fooling, [draws, *weights], retain_graph=True, allow_unused=True)
    assert float(to_draws.abs().sum()) > 0
    assert all(gradient is None for gradient in to_critic)
    to_draws, *to_critic = torch.autograd.grad(verdict.hinge, [draws, *weights], allow_unused=True)
    assert to_draws is None
    assert all(gradient is not None for gradient in to_critic)


def test_hinge_and_fooling_are_those_of_monai_at_both_distances(critic_of, shown) -> None:
    critic, condition = critic_of(), shown()
    studies, draws = latents(0), latents(1)
    verdict = critic.verdict(studies, draws, condition)
    oracle = PatchAdversarialLoss(criterion="hinge", reduction="mean")
    oracle.activation = None  # MONAI's hinge squashes with tanh first; the paper's does not.
    of_studies, of_draws = critic(studies, condition), critic(draws, condition)
    hinges = [
        oracle(real, True, for_discriminator=True) + oracle(-drawn, True, for_discriminator=True)
        for real, drawn in zip(of_studies, of_draws, strict=True)
    ]
    torch.testing.assert_close(verdict.hinge, sum(hinges))
    torch.testing.assert_close(verdict.fooling, -sum(drawn.mean() for drawn in of_draws))
    right = [(a > 0).float().mean() + (b < 0).float().mean() for a, b in zip(of_studies, of_draws, strict=True)]
    torch.testing.assert_close(verdict.told, sum(right) / 4)


def test_it_looks_at_every_latent_and_at_every_second(critic_of, shown) -> None:
    near, wide = critic_of()(latents(0), shown())
    assert near.shape == (8, 1, 4, 4)
    assert wide.shape == (8, 1, 2, 2)


def test_a_slice_is_judged_for_itself(critic_of, shown) -> None:
    critic, condition, one = critic_of(), shown(), latents(0)
    other = one.clone()
    other[:, :, 3] += 1.0
    before, after = (torch.cat([part.flatten() for part in critic(x, condition)[:1]]) for x in (one, other))
    changed = (before != after).reshape(2, 4, -1).any(dim=-1)
    assert changed.tolist() == [[False, False, False, True]] * 2


def test_single_slices_are_judged_like_stacks_of_one(critic_of, shown) -> None:
    condition, flat = shown(2, (4, 1, 4, 4)), latents(0, 2, (4, 4, 4))
    of_slices, of_stacks = critic_of(2), critic_of()
    of_slices.load_state_dict(of_stacks.state_dict())
    for one, other in zip(of_slices(flat, condition), of_stacks(flat[:, :, None], condition), strict=True):
        torch.testing.assert_close(one, other)


def test_what_draws_differ_by_is_counted_in_deviations_of_the_guess(critic_of, shown) -> None:
    """Where mean and deviation are moved and the latents with them, the components seen stay the same."""
    seen = []
    critic = critic_of(components=lambda missed: seen.append(missed) or missed)
    condition, missed = shown(), latents(0).clamp(-1, 1)
    critic(condition.tone + missed * condition.tone_sd, condition)
    moved = replace(condition, tone=condition.tone + 3, tone_sd=2 * condition.tone_sd)
    critic(moved.tone + missed * moved.tone_sd, moved)
    for one in seen:
        torch.testing.assert_close(one, missed)


def test_what_no_sketch_foresaw_does_not_give_a_study_away(critic_of, shown) -> None:
    critic, condition = critic_of(), shown()
    far, farther = (condition.tone + sds * condition.tone_sd for sds in (6.5, 60.0))
    for one, other in zip(critic(far, condition), critic(farther, condition), strict=True):
        torch.testing.assert_close(one, other)


def test_without_a_mask_latents_are_judged_as_they_are(critic_of, shown) -> None:
    seen = []
    critic = critic_of(components=lambda missed: seen.append(missed) or missed)
    critic(latents(0), shown().without("mask"))
    torch.testing.assert_close(seen[0], latents(0))


def test_draws_of_one_study_are_shown_its_condition(critic_of, shown) -> None:
    condition, critic = shown(), critic_of()
    both = critic.verdict(latents(0), torch.cat([latents(1), latents(2)]), condition.joined(condition))
    each = [critic.verdict(latents(0), latents(seed), condition) for seed in (1, 2)]
    for name in ("fooling", "hinge", "told"):
        torch.testing.assert_close(getattr(both, name), sum(getattr(one, name) for one in each) / 2)


def test_a_critic_learns_to_tell_smooth_draws_from_rough_studies(critic_of, shown) -> None:
    shape = (4, 2, 16, 16)
    critic, condition = critic_of(), shown(2, shape)
    optimiser = torch.optim.Adam(critic.parameters(), 1e-2)
    told = []
    for step in range(60):
        rough, smooth = latents(step, 2, shape), latents(1000 + step, 2, shape)
        smooth = smooth.mean(dim=-1, keepdim=True).expand_as(rough)
        studies, draws = (condition.tone + part * condition.tone_sd for part in (rough, smooth))
        verdict = critic.verdict(studies, draws, condition)
        optimiser.zero_grad()
        verdict.hinge.backward()
        optimiser.step()
        told.append(float(verdict.told))
    assert sum(told[-5:]) / 5 > 0.8 > told[0] + 0.2


def test_denoiser_and_critic_are_one_module(critic_of, shown) -> None:
    denoiser, critic = torch.nn.Linear(1, 1), critic_of()
    both = CriticisedDenoiser(denoiser, critic)
    draws, verdict = both(lambda network: latents(1) * network.weight, latents(0), shown())
    torch.testing.assert_close(draws, latents(1) * denoiser.weight)
    torch.testing.assert_close(verdict.fooling, critic.verdict(latents(0), draws, shown()).fooling)
    assert len(list(both.parameters())) == len(list(critic.parameters())) + 2
