"""Small configurations, and conditions that say something of every kind."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.config import AutoencoderConfig, ConditionConfig, DenoiserConfig
from UterineSynthLib.networks.text import TextTokenizer

SENTENCES = ("a retroverted uterus with a 35 mm fibroid", "junctional zone 5 mm", "adenomyosis, junctional zone 14 mm")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def conditions() -> ConditionConfig:
    return ConditionConfig(vocabulary_size=80, text_length=12, text_width=16, mask_channels=8, width=16)


@pytest.fixture
def tokenizer() -> TextTokenizer:
    return TextTokenizer.trained_on(SENTENCES * 3, 80)


@pytest.fixture
def denoiser_of(conditions: ConditionConfig):
    def build(spatial_dims: int = 3, slice_reduction: int = 1) -> DenoiserConfig:
        return DenoiserConfig(
            spatial_dims=spatial_dims,
            channels=(8, 16),
            attention=(False, True),
            norm_groups=4,
            head_channels=8,
            mask_reduction=4,
            slice_reduction=slice_reduction,
            conditions=conditions,
        )

    return build


@pytest.fixture
def autoencoder_of():
    def build(through_plane_reduction: int = 1) -> AutoencoderConfig:
        return AutoencoderConfig(4, (8, 8, 16), (8, 8, 16), 1, 4, through_plane_reduction)

    return build


@pytest.fixture
def condition_on(conditions: ConditionConfig, tokenizer: TextTokenizer):
    def build(shape: tuple[int, int, int] = (8, 16, 16), seed: int = 0) -> Condition:
        labels = np.random.default_rng(seed).integers(0, 20, size=shape).astype(np.uint8)
        description = UterusDescription(pathologies=(tuple(Pathology)[1 + seed],), version_deg=20.0 + seed)
        text = SENTENCES[seed]
        return condition_of(conditions, shape, (4.4, 1.25, 1.25 + seed), description, text, labels, tokenizer)

    return build
