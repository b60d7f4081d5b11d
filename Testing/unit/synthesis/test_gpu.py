"""On a GPU, where there is one: the image is that of the CPU, and trainings run."""

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from UterineSynthLib.bundles.catalogue import default_bundle
from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.synthesis.device import choose_device
from UterineSynthLib.synthesis.painter import Painter
from UterineSynthLib.synthesis.replay import Replayed
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("way", list(Way))
def test_an_image_of_the_gpu_is_that_of_the_cpu_but_for_rounding(dimension, way):
    request = GenerationRequest(seed=5, dimension=dimension, way=way, quality=Quality.DRAFT)
    images = []
    for device in ("cpu", "cuda"):
        case = next(Synthesizer.from_bundle(default_bundle(dimension), device).generate(request))
        images.append(sitk.GetArrayFromImage(case.image).astype(float))
    assert np.corrcoef(images[0].ravel(), images[1].ravel())[0, 1] > 0.99
    assert np.abs(images[0] - images[1]).mean() < 0.01 * np.ptp(images[0])


def test_a_graph_makes_of_every_input_what_its_work_makes():
    generator = torch.Generator("cuda").manual_seed(0)
    layer = torch.nn.Conv2d(3, 4, 3, padding=1).cuda()
    replayed = Replayed(lambda x: (layer(x), x.mean()))
    with torch.inference_mode():
        for size in (8, 16, 8):
            x = torch.randn(2, 3, size, size, generator=generator, device="cuda")
            for found, wanted in zip(replayed(x), (layer(x), x.mean()), strict=True):
                assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("guidance_scale", [1.0, 2.0])
def test_graphs_change_no_image_but_for_rounding(guidance_scale):
    bundle, compute = default_bundle(3), choose_device("cuda")
    images = []
    for replays in (False, True):
        synthesizer = Synthesizer(bundle, Painter.of_bundle(bundle, compute, replays=replays), compute)
        request = GenerationRequest(seed=5, count=2, guidance_scale=guidance_scale)
        images.append([sitk.GetArrayFromImage(case.image).astype(float) for case in synthesizer.generate(request)])
    for launched, replayed in zip(*images, strict=True):
        assert np.abs(launched - replayed).mean() < 0.002 * np.ptp(launched)
    assert np.abs(images[1][0] - images[1][1]).mean() > 0.02 * np.ptp(images[1][0])
