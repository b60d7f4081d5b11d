"""Latents of all cases, made once: the posterior's mean and deviation, so that every use draws anew.

In pixel space they are the images themselves, without deviation.

Storing one draw of a posterior would put a floor under the denoiser's loss: the share of variance that is sampling
noise, which is measured and reported here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.networks.codec import LatentCodec, sampling_noise_share
from UterineSynthLib.networks.grain import Grain, fitted_grain
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.noise_colour import Deviations, NoiseColour, fitted_colour
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.style_prior import StyleCode, StylePrior, fitted_styles
from UterineSynthLib.networks.tone import TONE_COUNT, Tones, completed, measured_tones, painted
from UterineSynthLib.networks.tone_prior import TonePrior, fitted
from UterineSynthLib.training.prepared import PreparedCase, check_channels
from UterineSynthLib.training.run_folder import LATENTS_FILE
from UterineSynthLib.volumes.structures import UTERUS, to_umd


@dataclass(frozen=True)
class LatentCase:
    """A case and its latents ``[C, d, h, w]``.

    Attributes:
        mean, std: of the posterior, raw; tone, umd_tone: raw latents of its label map in the image's own tones, whole
            and folded into UMD's labels; None where there is no label map.
        tone_sd, umd_tone_sd: how far a sketch expects the raw latents from these; None for tones without a sketch.
        tones: measured in the image, NaN where it does not show a structure; style: read by a sketch, or empty.
    """

    case: PreparedCase
    mean: npt.NDArray[np.generic]
    std: npt.NDArray[np.generic]
    tone: npt.NDArray[np.generic] | None = None
    umd_tone: npt.NDArray[np.generic] | None = None
    tones: Tones | None = None
    tone_sd: npt.NDArray[np.generic] | None = None
    umd_tone_sd: npt.NDArray[np.generic] | None = None
    style: StyleCode = field(default_factory=lambda: np.zeros(0, dtype=np.float32))


def uterine_slices(case: LatentCase) -> npt.NDArray[np.int64]:
    """Slices that show the uterus; all where there is no label map."""
    labels = case.case.labels
    if labels is None:
        return np.arange(len(case.case.volume))
    shown = np.flatnonzero(np.isin(labels, UTERUS).any(axis=(1, 2)))
    return shown if shown.size else np.arange(len(labels))


_COLOUR_CASES = 60
"""Studies that a colour is fitted to: it has few numbers, and every latent of a study speaks for them."""
_GRAIN_CASES = 32
_AIR = -0.95
NO_TONES: tuple[str, ...] = ()
MEASURED_TONES = ("tones",)
ENCODED_TONES = ("tones", "tone", "umd_tone")


def latent_cases(
    space: LatentSpace, weights_digest: str, cases: Sequence[PreparedCase], cache: ArrayCache, tones: tuple[str, ...]
) -> list[LatentCase]:
    """Encode cases, or take their latents from the cache; the keys hold the weights, the voxels and the labels.

    ``tones`` is ``MEASURED_TONES`` for a model with a sketch, ``ENCODED_TONES`` for one that is shown the label maps in
    the images' tones, else ``NO_TONES``.

    Raises:
        ConfigError: a case has another number of channels than the space.
    """
    made = []
    for case in cases:
        check_channels(case, space.config.image_channels)
        key = f"{weights_digest[:16]}-{case.id}-{_content(case)}"
        names = ("mean", "std") if space.config.has_weights else ()
        kept = cache.get(f"latents-{key}", names, partial(_encoded, space, case))
        mean = kept.get("mean", case.image)
        std = kept.get("std", np.broadcast_to(np.float32(0), mean.shape))
        shown = {} if case.labels is None else _shown(space, key, case, cache, tones)
        measured = None if "tones" not in shown else np.asarray(shown["tones"], dtype=np.float32)
        made.append(LatentCase(case, mean, std, shown.get("tone"), shown.get("umd_tone"), measured))
    return made


def _shown(
    space: LatentSpace, key: str, case: PreparedCase, cache: ArrayCache, names: tuple[str, ...]
) -> Mapping[str, npt.NDArray[np.generic]]:
    """What a model is shown of a case's labels; measured anew where they, or what tones there are, have changed."""
    mixed = case.partial_volume
    labels = hashlib.blake2b(digest_size=8)
    for array in (case.labels, *(() if mixed is None else (mixed.second, mixed.share))):
        labels.update(np.ascontiguousarray(array).tobytes())
    return cache.get(f"tones-{TONE_COUNT}-{key}-{labels.hexdigest()}", names, partial(_toned, space, case, names))


def tone_prior_of(cases: Sequence[LatentCase]) -> TonePrior | None:
    """What tones are like in these cases; None where no case has a label map to measure them under."""
    shown = [(case.case.description, case.tones) for case in cases if case.tones is not None]
    if not shown:
        return None
    return fitted([description for description, _ in shown], [tones for _, tones in shown])


def style_prior_of(cases: Sequence[LatentCase]) -> StylePrior | None:
    """What styles are like in these cases; None where none was read."""
    styles = [case.style for case in cases if case.style.size]
    return fitted_styles(styles) if styles else None


def colour_of(cases: Sequence[LatentCase]) -> NoiseColour:
    """How what the sketches of these cases leave open hangs together.

    Raises:
        ConfigError: no case has a sketch, for want of a label map.
    """
    sketched = [case for case in cases if case.tone_sd is not None][:_COLOUR_CASES]
    return fitted_colour([_deviations(case) for case in sketched])


def grain_of(space: LatentSpace, cases: Sequence[LatentCase]) -> Grain:
    """What the space loses of the images of these cases, in the body."""
    shown = cases[:_GRAIN_CASES]
    lost = [case.case.image - _decoded(space, case) for case in shown]
    return fitted_grain(lost, [case.case.volume > _AIR for case in shown])


@torch.inference_mode()
def _decoded(space: LatentSpace, case: LatentCase) -> npt.NDArray[np.float32]:
    raw = torch.from_numpy(case.mean.astype(np.float32))[None].to(space.device)
    with autocast_of(space.device):
        volume = space.decode(raw)
    decoded: npt.NDArray[np.float32] = volume[0].float().clamp(-1, 1).cpu().numpy()
    return decoded


def _deviations(case: LatentCase) -> Deviations:
    """Of a study from its sketch; the air around the body, which has hardly any, is left out."""
    assert case.tone is not None and case.tone_sd is not None and case.case.labels is not None, "it has a sketch"
    mean, tone, deviation = (np.asarray(a, np.float32) for a in (case.mean, case.tone, case.tone_sd))
    labels = np.asarray(case.case.labels)
    centres = (np.arange(n) * size // n + size // n // 2 for n, size in zip(mean.shape[1:], labels.shape, strict=True))
    return Deviations((mean - tone) / deviation, labels[np.ix_(*centres)] > 0)


def codec_of(
    space: LatentSpace, cases: Sequence[LatentCase], folder: Path, known: LatentCodec | None = None
) -> LatentCodec:
    """The codec with the scale of ``known``, or that which the space prescribes, or one that whitens these latents.

    Writes ``latents.json``: the scale, and the share of the latents' variance that is sampling noise.
    """
    centre, spread, noise_share = _scale(space, cases)
    if known is not None:
        centre, spread = list(known.mean), list(known.std)
    facts = {"mean": centre, "std": spread, "sampling_noise_share": noise_share, "cases": len(cases)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LATENTS_FILE).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return LatentCodec(space, centre, spread)


def _scale(space: LatentSpace, cases: Sequence[LatentCase]) -> tuple[list[float], list[float], float]:
    """Centre and spread by channel, and the share of sampling noise; images as they are need no look at them."""
    prescribed = space.prescribed_scale()
    if prescribed is not None and not space.config.has_weights:
        return *prescribed, 0.0
    mean = torch.stack([torch.from_numpy(case.mean.astype(np.float32)) for case in cases])
    std = torch.stack([torch.from_numpy(case.std.astype(np.float32)) for case in cases])
    return *(prescribed or _whitening(mean, std)), sampling_noise_share(mean, std)


def _whitening(mean: Tensor, std: Tensor) -> tuple[list[float], list[float]]:
    """Centre and spread by channel. A draw from a posterior spreads by both: by the means, and around each of them."""
    columns, noise = mean.transpose(0, 1).flatten(1), std.square().transpose(0, 1).flatten(1)
    return columns.mean(1).tolist(), (columns.var(1) + noise.mean(1)).sqrt().tolist()


def _encoded(space: LatentSpace, case: PreparedCase) -> dict[str, npt.NDArray[np.generic]]:
    return dict(zip(("mean", "std"), _posterior(space, case.image), strict=True))


def _toned(space: LatentSpace, case: PreparedCase, names: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    made: dict[str, npt.NDArray[np.generic]] = {
        "tones": measured_tones(case.volume, np.asarray(case.labels), case.partial_volume)
    }
    if "tone" in names:
        labels, channels = np.asarray(case.labels), space.config.image_channels
        shown = completed(made["tones"].astype(np.float32))
        made["tone"] = _posterior(space, painted(labels, shown, channels))[0]
        made["umd_tone"] = _posterior(space, painted(to_umd(labels), shown, channels))[0]
    return made


@torch.inference_mode()
def _posterior(
    space: LatentSpace, volume: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]:
    """Mean and deviation ``[L, d, h, w]`` of a volume ``[C, D, H, W]`` in [-1, 1]."""
    with autocast_of(space.device):
        mean, std = space.encode(torch.from_numpy(np.array(volume, dtype=np.float32))[None].to(space.device))
    return mean[0].float().cpu().numpy().astype(np.float16), std[0].float().cpu().numpy().astype(np.float16)


def _content(case: PreparedCase) -> str:
    """A short mark of the voxels, so that two data sets with equal case ids never share latents."""
    image = case.image[0] if len(case.image) == 1 else case.image
    sample = np.ascontiguousarray(image[..., :: max(1, case.image.shape[1] // 4), ::16, ::16])
    return hashlib.blake2b(sample.tobytes(), digest_size=8).hexdigest()
