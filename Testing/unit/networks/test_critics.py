"""Critics and autoencoder pull in opposite directions, and each loss moves only whom it is meant for."""

import pytest
import torch
from monai.losses import PatchAdversarialLoss

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.critics import CriticisedAutoencoder, Critics
from UterineSynthLib.networks.spaces import VqGanConfig
from UterineSynthLib.networks.vq_gan import VqGan


def critics(slices: bool = True, volumes: bool = True) -> Critics:
    return Critics(1, 4, 1, slices, volumes)


def volumes(seed: int) -> torch.Tensor:
    return torch.randn(2, 1, 8, 8, 8, generator=torch.Generator().manual_seed(seed))


def test_each_part_of_a_verdict_moves_only_whom_it_is_meant_for() -> None:
    judge = critics()
    restored = volumes(1).requires_grad_()
    verdict = judge(volumes(0), restored, torch.Generator())
    weights = list(judge.parameters())
    for part in (verdict.fooling, verdict.features):
        to_image, *to_critics = torch.autograd.grad(part, [restored, *weights], retain_graph=True, allow_unused=True)
        assert float(to_image.abs().sum()) > 0
        assert all(gradient is None for gradient in to_critics)
    to_image, *to_critics = torch.autograd.grad(verdict.hinge, [restored, *weights], allow_unused=True)
    assert to_image is None
    assert all(gradient is not None for gradient in to_critics)


def test_hinge_and_fooling_are_those_of_monai() -> None:
    judge, real, restored = critics(slices=False), volumes(0), volumes(1)
    verdict = judge(real, restored, torch.Generator())
    oracle = PatchAdversarialLoss(criterion="hinge")
    oracle.activation = None  # MONAI's hinge squashes with tanh first; the paper's does not.
    of_real, of_restored = judge.of_volumes(real)[-1], judge.of_volumes(restored)[-1]
    both = oracle(of_real, True, for_discriminator=True) + oracle(-of_restored, True, for_discriminator=True)
    torch.testing.assert_close(verdict.hinge, 0.5 * both)
    torch.testing.assert_close(verdict.fooling, -of_restored.mean())


def test_a_perfect_reconstruction_matches_all_features() -> None:
    assert float(critics()(volumes(0), volumes(0), torch.Generator()).features.detach()) == 0.0


def test_critics_learn_to_tell_noise_from_blocks() -> None:
    judge = critics()
    optimiser = torch.optim.Adam(judge.parameters(), 1e-2)
    real, restored = torch.ones(2, 1, 8, 8, 8), volumes(1)
    losses = []
    for step in range(30):
        hinge = judge(real, restored, torch.Generator().manual_seed(step)).hinge
        optimiser.zero_grad()
        hinge.backward()
        optimiser.step()
        losses.append(float(hinge.detach()))
    assert losses[-1] < 0.3 * losses[0]


def test_before_critics_are_asked_their_weights_have_a_zero_gradient() -> None:
    pair = CriticisedAutoencoder(VqGan(VqGanConfig(codes=8, channels=(8,), norm_groups=4)), critics())
    restored = pair(volumes(0), torch.Generator(), False)
    assert set(restored.penalties) == {"commitment", "hinge"}
    restored.penalties["hinge"].backward()
    assert all(float(weight.grad.abs().sum()) == 0.0 for weight in pair.critics.parameters())
    assert set(pair(volumes(0), torch.Generator(), True).penalties) == {"commitment", "fooling", "features", "hinge"}


def test_someone_has_to_look() -> None:
    with pytest.raises(ConfigError, match="let at least one critic look"):
        critics(slices=False, volumes=False)
