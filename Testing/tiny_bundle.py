"""A bundle small enough to build in a test: real networks, real files, untrained weights."""

from __future__ import annotations

from pathlib import Path

import torch

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.bundles.inference_config import InferenceConfig, ModelGrid, QualitySteps, WayConfig
from UterineSynthLib.bundles.ledger import Ledger, TrainingData
from UterineSynthLib.bundles.metadata import BundleMetadata, tested_versions
from UterineSynthLib.bundles.writing import BundleParts, write_bundle
from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.config import AutoencoderConfig, ConditionConfig, DenoiserConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.text import TextTokenizer

SHAPE = {3: (8, 64, 64), 2: (1, 64, 64)}
SPACING_MM = (6.0, 2.5, 2.5)
_SENTENCES = ("anteverted uterus with a leiomyoma", "normal uterus", "adenomyosis, junctional zone 14 mm")


def tiny_inference(dimension: int = 3) -> InferenceConfig:
    """Configuration of the tiny model of volumes (3) or single slices (2)."""
    steps = QualitySteps(draft=1, standard=2, best=4)
    return InferenceConfig(
        autoencoder=AutoencoderConfig(2, (8, 8), (8, 8), norm_groups=4),
        denoiser=DenoiserConfig(
            spatial_dims=dimension,
            latent_channels=2,
            channels=(8, 16),
            attention=(False, True),
            norm_groups=4,
            head_channels=8,
            mask_reduction=2,
            conditions=ConditionConfig(
                vocabulary_size=64, text_length=16, text_layers=1, text_width=32, mask_channels=4, width=16
            ),
        ),
        latent_mean=(0.1, -0.2),
        latent_std=(0.9, 1.1),
        grid=ModelGrid(SHAPE[dimension], SPACING_MM, centre="pelvis"),
        anatomy_first=WayConfig(steps=steps),
        direct=WayConfig(guidance_scale=2.0, steps=steps),
    )


def tiny_parts(dimension: int = 3, seed: int = 0) -> BundleParts:
    """Everything that :func:`write_tiny_bundle` writes."""
    inference = tiny_inference(dimension)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        autoencoder = SliceAutoencoder(inference.autoencoder)
        denoiser = ConditionedUNet(inference.denoiser)
        for weight in denoiser.parameters():
            # MONAI starts some convolutions at zero, and what passes through them would reach no voxel.
            if not weight.any():
                torch.nn.init.normal_(weight, std=0.2)
    return BundleParts(
        metadata=BundleMetadata(
            name=f"tiny-{dimension}d",
            version="0.0.1",
            description="Untrained; for tests.",
            phantom_trained=True,
            **tested_versions(),
        ),
        inference=inference,
        ledger=Ledger("Apache-2.0", (TrainingData("nothing", "tests", "Apache-2.0", "none", 0, is_phantom=True),)),
        card="# Tiny\n\nUntrained; for tests.",
        licence="Apache-2.0",
        tokenizer_json=TextTokenizer.trained_on(_SENTENCES, 64).to_json(),
        autoencoder_state=autoencoder.state_dict(),
        denoiser_state=denoiser.state_dict(),
    )


def write_tiny_bundle(folder: Path, dimension: int = 3) -> Bundle:
    """Write the tiny bundle to ``folder`` (which must not exist)."""
    return write_bundle(folder, tiny_parts(dimension), storage="float32")
