"""The one owner of the way between volumes and the latents that a denoiser sees.

Vocabulary: *volume* in [-1, 1]; *raw latents* as the space (an autoencoder, or the pixels) makes them; *final
latents*, whitened per channel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.tone import Tones, painted


class LatentCodec:
    """Volume ``(B, I, D, H, W)`` <-> final latents ``(B, C, d, h, w)``.

    Attributes:
        autoencoder: the space; mean, std: per channel, of the raw latents of the training set.
    """

    def __init__(self, autoencoder: LatentSpace, mean: Sequence[float], std: Sequence[float]) -> None:
        channels = autoencoder.config.latent_channels
        if len(mean) != channels or len(std) != channels or min(std) <= 0:
            raise ConfigError(f"latent mean and std need {channels} values each, every std above 0")
        self.autoencoder = autoencoder
        self.mean, self.std = tuple(mean), tuple(std)
        self._columns: dict[tuple[object, ...], Tensor] = {}

    def encode(self, volume: Tensor) -> Tensor:
        """Final latents at the mean of the posterior."""
        return self.whiten(self.autoencoder.encode(volume)[0])

    def tone_of(self, labels: npt.NDArray[np.uint8], tones: Tones | None = None) -> Tensor:
        """Final latents ``(1, C, d, h, w)`` of a label map ``[D, H, W]`` in ``tones``, alike in every channel."""
        volume = torch.from_numpy(painted(labels, tones, self.autoencoder.config.image_channels))[None]
        return self.encode(volume.to(self.autoencoder.device))

    def decode(self, latents: Tensor) -> Tensor:
        """Volume of final latents, clipped to the range the autoencoder was trained on."""
        return self.autoencoder.decode(self.unwhiten(latents)).clamp(-1.0, 1.0)

    def whiten(self, raw: Tensor) -> Tensor:
        """Raw latents to final latents."""
        return (raw - self._column(self.mean, raw)) / self._column(self.std, raw)

    def whiten_deviation(self, raw: Tensor) -> Tensor:
        """Deviations of raw latents to those of final latents."""
        return raw / self._column(self.std, raw)

    def unwhiten(self, latents: Tensor) -> Tensor:
        """Final latents to raw latents."""
        return latents * self._column(self.std, latents) + self._column(self.mean, latents)

    def resample(self, raw_mean: Tensor, raw_std: Tensor, generator: torch.Generator) -> Tensor:
        """Final latents drawn from the posterior ``N(mu, sigma^2)``: cached latents are resampled at every use."""
        noise = torch.randn(raw_mean.shape, generator=generator).to(raw_mean)
        return self.whiten(raw_mean + raw_std * noise)

    def latent_shape(self, volume_shape: tuple[int, int, int]) -> tuple[int, int, int, int]:
        """Shape ``(C, d, h, w)`` of the latents of a volume ``(D, H, W)``.

        Raises:
            ConfigError: an axis is not divisible by the reduction.
        """
        config = self.autoencoder.config
        reductions = config.reductions
        for name, size, reduction in zip(("slices", "rows", "columns"), volume_shape, reductions, strict=True):
            if size % reduction:
                raise ConfigError(f"{size} {name} are not divisible by the autoencoder's reduction of {reduction}")
        d, h, w = (size // reduction for size, reduction in zip(volume_shape, reductions, strict=True))
        return config.latent_channels, d, h, w

    def _column(self, values: tuple[float, ...], like: Tensor) -> Tensor:
        """``values`` by channel, brought to a device once."""
        key = (values, like.dtype, like.device)
        if key not in self._columns:
            self._columns[key] = torch.tensor(values, dtype=like.dtype, device=like.device)
        return self._columns[key].reshape(-1, *([1] * (like.ndim - 2)))


def sampling_noise_share(raw_mean: Tensor, raw_std: Tensor) -> float:
    """Share of the latents' variance that is sampling noise: ``E sigma^2 / (Var mu + E sigma^2)``, over all channels.

    A large share is a floor under the denoiser's loss that no training removes.
    """
    noise = raw_std.square().mean()
    signal = raw_mean.transpose(0, 1).flatten(1).var(dim=1).mean()
    return float(noise / (signal + noise))
