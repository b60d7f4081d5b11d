"""Latents of all cases, made once: the posterior's mean and deviation, so that every use draws anew.

Storing one draw would put a floor under the denoiser's loss: the share of variance that is sampling noise, which is
measured and reported here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.codec import LatentCodec, sampling_noise_share
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.tone import painted
from UterineSynthLib.training.prepared import PreparedCase
from UterineSynthLib.volumes.structures import to_umd


@dataclass(frozen=True)
class LatentCase:
    """A case and its latents ``[C, d, h, w]``.

    Attributes:
        mean, std: of the posterior, raw; tone, umd_tone: raw latents of its label map in typical tones, whole and
            folded into UMD's labels; None where there is no label map.
    """

    case: PreparedCase
    mean: npt.NDArray[np.generic]
    std: npt.NDArray[np.generic]
    tone: npt.NDArray[np.generic] | None = None
    umd_tone: npt.NDArray[np.generic] | None = None


def latent_cases(
    autoencoder: SliceAutoencoder, weights_digest: str, cases: Sequence[PreparedCase], cache: ArrayCache
) -> list[LatentCase]:
    """Encode cases, or take their latents from the cache; the key holds the weights and the case."""
    device = next(autoencoder.parameters()).device
    made = []
    for case in cases:
        key = f"latent-{weights_digest[:16]}-{case.id}-{_content(case)}"
        names = ("mean", "std") if case.labels is None else ("mean", "std", "tone", "umd_tone")
        kept = cache.get(key, names, lambda case=case: _encoded(autoencoder, case, device))  # type: ignore[misc]
        made.append(LatentCase(case, kept["mean"], kept["std"], kept.get("tone"), kept.get("umd_tone")))
    return made


def codec_of(autoencoder: SliceAutoencoder, cases: Sequence[LatentCase], folder: Path) -> LatentCodec:
    """The codec whose whitening fits these latents; writes ``latents.json`` with the share of sampling noise."""
    mean = torch.stack([torch.from_numpy(case.mean.astype(np.float32)) for case in cases])
    std = torch.stack([torch.from_numpy(case.std.astype(np.float32)) for case in cases])
    columns, noise = mean.transpose(0, 1).flatten(1), std.square().transpose(0, 1).flatten(1)
    # A draw from the posterior spreads by both: by the means, and around each of them.
    centre, spread = columns.mean(1).tolist(), (columns.var(1) + noise.mean(1)).sqrt().tolist()
    facts = {
        "mean": centre,
        "std": spread,
        "sampling_noise_share": sampling_noise_share(mean, std),
        "cases": len(cases),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latents.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return LatentCodec(autoencoder, centre, spread)


def _encoded(
    autoencoder: SliceAutoencoder, case: PreparedCase, device: torch.device
) -> dict[str, npt.NDArray[np.generic]]:
    mean, std = _posterior(autoencoder, case.volume, device)
    made: dict[str, npt.NDArray[np.generic]] = {"mean": mean, "std": std}
    if case.labels is not None:
        labels = np.asarray(case.labels)
        made["tone"] = _posterior(autoencoder, painted(labels), device)[0]
        made["umd_tone"] = _posterior(autoencoder, painted(to_umd(labels)), device)[0]
    return made


@torch.inference_mode()
def _posterior(
    autoencoder: SliceAutoencoder, volume: npt.NDArray[np.float32], device: torch.device
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]:
    """Mean and deviation ``[C, d, h, w]`` of a volume ``[D, H, W]`` in [-1, 1]."""
    with autocast_of(device):
        mean, std = autoencoder.encode(torch.from_numpy(np.array(volume, dtype=np.float32))[None, None].to(device))
    return mean[0].float().cpu().numpy().astype(np.float16), std[0].float().cpu().numpy().astype(np.float16)


def _content(case: PreparedCase) -> str:
    """A short mark of the voxels, so that two data sets with equal case ids never share latents."""
    sample = np.ascontiguousarray(case.volume[:: max(1, len(case.volume) // 4), ::16, ::16])
    return hashlib.blake2b(sample.tobytes(), digest_size=8).hexdigest()
