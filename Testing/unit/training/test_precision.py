"""Training stays in float32 where this processor's bfloat16 would be wrong."""

import pytest
import torch

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.precision import has_fast_bfloat16
from UterineSynthLib.training import loop


def relative_error_of_weight_gradient(depth: int) -> float:
    """bfloat16 against float32, for a 3D convolution over ``depth`` slices."""
    generator = torch.Generator().manual_seed(0)
    volume = torch.randn(2, 16, depth, 8, 8, generator=generator)
    weight = 0.05 * torch.randn(16, 16, 3, 3, 3, generator=generator)
    gradients = []
    for fast in (False, True):
        parameter = weight.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            out = torch.nn.functional.conv3d(volume, parameter, padding=1)
        out.float().square().mean().backward()
        gradients.append(parameter.grad)
    error = (gradients[0] - gradients[1]).abs().max() / gradients[0].abs().max()
    return float(error.nan_to_num(nan=torch.inf))


@pytest.mark.parametrize("depth", [1, 3, 4, 8])
def test_the_gradient_is_right_at_every_depth_that_bfloat16_is_used_at(depth):
    assert relative_error_of_weight_gradient(depth) < 0.05


def test_two_slices_in_a_3d_level_keep_a_cpu_in_float32(monkeypatch):
    monkeypatch.setattr(loop, "has_fast_bfloat16", lambda _: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert loop.mixed_precision("auto", (8, 4)) == "bf16"
    assert loop.mixed_precision("auto", (8, 4, 2)) == "no"
    assert loop.mixed_precision("no", (8, 4)) == "no"
    with pytest.raises(ConfigError, match="3D level of 2 slices"):
        loop.mixed_precision("bf16", (4, 2))


def test_a_processor_without_bfloat16_trains_in_float32(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert not has_fast_bfloat16(torch.device("cpu"))
    assert loop.mixed_precision("auto", ()) == "no"
