"""The energy score of patches by hand, and that it is least for draws from the right distribution."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from UterineSynthLib.diffusion.objective import patch_energy_score


def field(seed: int, spread: float = 1.0, batch: int = 64) -> Tensor:
    return spread * torch.randn(batch, 2, 3, 12, 12, generator=torch.Generator().manual_seed(seed))


def smooth(seed: int) -> Tensor:
    """As much variance at every place as :func:`field`, but neighbours are alike."""
    noise = field(seed).flatten(1, 2)
    blurred = avg_pool2d(noise, 3, stride=1, padding=1)
    return (blurred / blurred.std(dim=0, keepdim=True)).unflatten(1, (2, 3))


@pytest.mark.parametrize(
    ("first", "second", "truth", "expected"),
    [(0.0, 2.0, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0), (1.0, 1.0, 1.0, 0.0), (0.0, 4.0, 1.0, 0.0), (2.0, 3.0, 0.0, 2.0)],
)
def test_constant_fields_by_hand(first, second, truth, expected):
    # (|a - x| + |b - x| - |a - b|) / 2, whatever the size of the patch.
    fields = [torch.full((2, 3, 4, 8, 8), value) for value in (first, second, truth)]
    for size in (1, 3, 7, 20):
        torch.testing.assert_close(patch_energy_score(*fields, size), torch.full((2,), expected), atol=2e-4, rtol=0)


def test_slices_of_a_plane_are_scored_as_stacks_are():
    a, b, x = (field(seed) for seed in range(3))
    whole = patch_energy_score(a, b, x, 3)
    each = [patch_energy_score(a[:, :, k], b[:, :, k], x[:, :, k], 3) for k in range(3)]
    torch.testing.assert_close(whole, torch.stack(each).mean(0))


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("spread", [0.0, 0.5, 0.8, 1.25, 2.0])
def test_draws_that_spread_too_little_or_too_much_score_worse(size, spread):
    right = patch_energy_score(field(0), field(1), field(2), size).mean()
    wrong = patch_energy_score(field(0, spread), field(1, spread), field(2), size).mean()
    assert wrong > right


def test_what_is_wrong_between_neighbours_shows_in_patches_and_not_in_places():
    score = {
        (size, kind): float(patch_energy_score(make(10), make(11), smooth(2), size).mean())
        for size in (1, 3)
        for kind, make in (("right", smooth), ("noise", field))
    }
    assert score[3, "noise"] > 1.01 * score[3, "right"]
    assert score[1, "noise"] == pytest.approx(score[1, "right"], rel=0.01)


def test_equal_draws_have_a_finite_slope():
    a = field(0).requires_grad_()
    patch_energy_score(a, a, field(1), 3).mean().backward()
    assert bool(torch.isfinite(a.grad).all())
