"""Training stays in float32 where this processor's bfloat16 would be wrong."""

import pytest
import torch
from torch import nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.precision import has_fast_bfloat16
from UterineSynthLib.training import loop


class MixesSlices(nn.Module):
    """A network of the plane that looks past its slice somewhere, as the mask encoder of every denoiser does."""

    def __init__(self) -> None:
        super().__init__()
        self.plane = nn.Conv2d(8, 8, 3)
        self.inner = nn.Sequential(nn.ReLU(), nn.Conv3d(8, 8, 3))


@pytest.fixture
def cpu_with_bfloat16(monkeypatch):
    monkeypatch.setattr(loop, "has_fast_bfloat16", lambda _: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize(("channels", "size"), [(16, 8), (32, 64), (128, 32)])
def test_the_gradient_of_convolutions_of_the_plane_is_right_in_bfloat16(channels, size):
    generator = torch.Generator().manual_seed(0)
    pixels, wanted = (torch.randn(2, channels, size, size, generator=generator) for _ in range(2))
    weight = 0.05 * torch.randn(channels, channels, 3, 3, generator=generator)
    gradients = []
    for fast in (False, True):
        parameter = weight.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            out = nn.functional.conv2d(pixels, parameter, padding=1)
        (out.float() * wanted).sum().backward()
        gradients.append(parameter.grad)
    assert (gradients[0] - gradients[1]).norm() < 0.02 * gradients[0].norm()


@pytest.mark.usefixtures("cpu_with_bfloat16")
def test_a_cpu_trains_in_bfloat16_where_it_is_asked_for_and_right():
    for model in (nn.Conv2d(8, 8, 3), MixesSlices()):
        assert loop.mixed_precision("auto", model) == "no"
        assert loop.mixed_precision("no", model) == "no"
    assert loop.mixed_precision("bf16", nn.Conv2d(8, 8, 3)) == "bf16"
    with pytest.raises(ConfigError, match="3D convolutions are wrong on a CPU; use 'auto' or 'no'"):
        loop.mixed_precision("bf16", MixesSlices())


@pytest.mark.usefixtures("cpu_with_bfloat16")
def test_a_gpu_trains_in_bfloat16(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert loop.mixed_precision("auto", MixesSlices()) == "bf16"


def test_a_processor_without_bfloat16_trains_in_float32(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert not has_fast_bfloat16(torch.device("cpu"))
    assert loop.mixed_precision("auto", nn.Conv2d(8, 8, 3)) == "no"
