"""On a GPU, where there is one: the image is that of the CPU, and trainings run."""

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from UterineSynthLib.bundles.catalogue import default_bundle
from UterineSynthLib.bundles.inference_config import Quality, Way
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
