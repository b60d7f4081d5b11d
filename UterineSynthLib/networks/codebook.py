"""Vector quantisation with a codebook that follows the running mean of what falls on each code.

van den Oord et al. 2017 (arXiv 1711.00937), appendix A.1; codes that nothing falls on start again at a vector of the
batch, as in TATS (arXiv 2204.03638) and Medical Diffusion (arXiv 2211.03364). Distances are float32 always: the
published VQ-GAN becomes NaN in half precision.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.distributed as processes
from torch import Tensor, nn

_VECTORS_AT_ONCE = 4096
"""Bound on the memory of the distances to 16384 codes."""
_SMALL = 1e-7


class Quantised(NamedTuple):
    """Nearest codes of latents.

    Attributes:
        latents: the codes, shaped as the latents; their gradient goes straight through to the latents.
        commitment: mean squared distance of the latents from their codes.
        perplexity: how many codes the batch uses, evenly counted; used_share: codes in use in the long run, 0 to 1.
    """

    latents: Tensor
    commitment: Tensor
    perplexity: Tensor
    used_share: Tensor


class Codebook(nn.Module):
    """``count`` codes of ``channels`` numbers.

    Args:
        decay: of the running means; restart_share: a code used less than this share of its even part starts again.
    """

    codes: Tensor
    usage: Tensor
    sums: Tensor

    def __init__(self, count: int, channels: int, decay: float, restart_share: float) -> None:
        super().__init__()
        self.decay, self.restart_share = decay, restart_share
        self.register_buffer("codes", torch.randn(count, channels))
        # Shares of all vectors, not counts: they stay small enough for half-precision storage.
        self.register_buffer("usage", torch.zeros(count))
        self.register_buffer("sums", torch.zeros(count, channels))

    def forward(self, latents: Tensor, generator: torch.Generator) -> Quantised:
        """Codes of latents ``(B, C, ...)``; the codebook learns from them while in training."""
        with torch.autocast(latents.device.type, enabled=False):
            raw = latents.float()
            flat = raw.detach().movedim(1, -1).flatten(0, -2)
            if self.training and not bool(self.usage.any()):
                self._start(flat, generator)
            index = self._nearest(flat)
            chosen = self._looked_up(index, raw)
            shares = torch.bincount(index, minlength=len(self.codes)).to(flat) / len(flat)
            if self.training:
                self._learn(flat, index, shares, generator)
            commitment = (raw - chosen).square().mean()
            perplexity = torch.exp(-(shares * (shares + _SMALL).log()).sum())
            used = (self.usage > self._least).float().mean()
            return Quantised(raw + (chosen - raw).detach(), commitment, perplexity, used)

    def quantise(self, latents: Tensor) -> Tensor:
        """The nearest code of every latent of ``(B, C, ...)``."""
        with torch.autocast(latents.device.type, enabled=False):
            raw = latents.float()
            return self._looked_up(self._nearest(raw.movedim(1, -1).flatten(0, -2)), raw).to(latents.dtype)

    @property
    def _least(self) -> float:
        return self.restart_share / len(self.codes)

    def _looked_up(self, index: Tensor, like: Tensor) -> Tensor:
        grid = (like.shape[0], *like.shape[2:], like.shape[1])
        return self.codes[index].reshape(grid).movedim(-1, 1)

    def _nearest(self, flat: Tensor) -> Tensor:
        lengths = self.codes.square().sum(1)
        pieces = torch.split(flat, _VECTORS_AT_ONCE)
        return torch.cat([torch.addmm(lengths, piece, self.codes.t(), alpha=-2).argmin(1) for piece in pieces])

    @torch.no_grad()
    def _start(self, flat: Tensor, generator: torch.Generator) -> None:
        self.codes.copy_(self._drawn(flat, len(self.codes), generator))
        self.usage.fill_(1 / len(self.codes))
        self.sums.copy_(self.codes * self.usage[:, None])

    @torch.no_grad()
    def _learn(self, flat: Tensor, index: Tensor, shares: Tensor, generator: torch.Generator) -> None:
        sums = torch.zeros_like(self.sums).index_add_(0, index, flat) / len(flat)
        shares = shares.clone()
        if processes.is_available() and processes.is_initialized():
            for part in (shares, sums):
                processes.all_reduce(part)
                part.div_(processes.get_world_size())
        self.usage.lerp_(shares, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        self.codes.copy_(self.sums / self.usage.clamp(min=_SMALL)[:, None])
        self._restart(flat, generator)

    def _restart(self, flat: Tensor, generator: torch.Generator) -> None:
        fresh = self._drawn(flat, len(self.codes), generator)
        dead = self.usage < self._least
        self.codes[dead] = fresh[dead]
        self.usage[dead] = 1 / len(self.codes)
        self.sums[dead] = fresh[dead] / len(self.codes)

    def _drawn(self, flat: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """``count`` vectors of the batch, a little apart where it has fewer; the same in every process."""
        chosen = flat[torch.randint(len(flat), (count,), generator=generator).to(flat.device)]
        spread = 0.01 * flat.std() * torch.randn(chosen.shape, generator=generator).to(chosen)
        drawn = (chosen + spread) if len(flat) < count else chosen
        if processes.is_available() and processes.is_initialized():
            processes.broadcast(drawn, 0)
        return drawn.contiguous()
