"""Slice by slice, or the slices halved too? Both autoencoders at equal training time and equal latents a volume.

``python Testing/benchmarks/autoencoder_choice.py --seconds 300``
"""

import argparse
import sys
import time

import numpy as np
import SimpleITK as sitk
import torch

from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.codec import sampling_noise_share
from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.volumes.intensity import to_unit

FIELD = UterineField(32, 128, 4.4, 1.25)
LEVELS = {"encoder_channels": (32, 64, 64), "decoder_channels": (24, 48, 64)}
# Half as many slices are given twice as many channels, so that both keep as many numbers of a volume.
CANDIDATES = {
    "slice by slice": (AutoencoderConfig(4, **LEVELS), (1, 128, 128), 8),
    "slices halved": (AutoencoderConfig(8, **LEVELS, through_plane_reduction=2), (8, 128, 128), 1),
}
UNSEEN = 4


def volumes(count: int) -> np.ndarray:
    """Phantoms ``[N, D, H, W]`` in [-1, 1]."""
    made = []
    for seed in range(count):
        image = make_phantom(draw_description(seed), seed, FIELD).image
        made.append(to_unit(sitk.GetArrayFromImage(image)))
        print(f"\rphantom {seed + 1} of {count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return np.stack(made)


def batch(data: np.ndarray, crop: tuple[int, int, int], count: int, rng: np.random.Generator) -> torch.Tensor:
    """Random runs of slices."""
    cases = rng.integers(len(data), size=count)
    starts = rng.integers(data.shape[1] - crop[0] + 1, size=count)
    return torch.from_numpy(np.stack([data[c, s : s + crop[0]] for c, s in zip(cases, starts, strict=True)]))[:, None]


def trained(
    config: AutoencoderConfig, data: np.ndarray, crop: tuple[int, int, int], count: int, seconds: float
) -> tuple[SliceAutoencoder, int]:
    """An autoencoder after ``seconds`` of training, and its steps."""
    torch.manual_seed(0)
    model, generator, rng = SliceAutoencoder(config), torch.Generator().manual_seed(0), np.random.default_rng(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.99))
    began, steps = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        volume = batch(data, crop, count, rng)
        with autocast_of(torch.device("cpu")):
            restored = model(volume, generator)
        loss = (restored.volume.float() - volume).abs().mean() + 1e-6 * restored.penalties["kl"]
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        steps += 1
    return model.eval(), steps


@torch.inference_mode()
def judged(model: SliceAutoencoder, data: np.ndarray) -> tuple[float, float, float]:
    """PSNR in dB and share of sampling noise on unseen phantoms, and seconds to decode one."""
    errors, shares, seconds = [], [], []
    for volume in torch.from_numpy(data)[:, None, None]:
        mean, std = model.encode(volume)
        began = time.monotonic()
        restored = model.decode(mean)
        seconds.append(time.monotonic() - began)
        errors.append(float((restored.clamp(-1, 1) - volume).square().mean()))
        shares.append(sampling_noise_share(mean, std))
    return 10 * np.log10(4 / np.mean(errors)), float(np.mean(shares)), float(np.median(seconds))


def main() -> None:
    """Train both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="training time of each (default 300)")
    parser.add_argument("--phantoms", type=int, default=64, help="phantoms to train on (default 64)")
    args = parser.parse_args()
    data = volumes(args.phantoms + UNSEEN)
    print("| autoencoder | steps | PSNR dB | sampling noise | decode s |\n|---|---|---|---|---|")
    for name, (config, crop, count) in CANDIDATES.items():
        model, steps = trained(config, data[UNSEEN:], crop, count, args.seconds)
        psnr, share, seconds = judged(model, data[:UNSEEN])
        print(f"| {name} | {steps} | {psnr:.2f} | {share:.4f} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
