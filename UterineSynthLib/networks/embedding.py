"""From conditions to what the U-Net takes: one vector, a sequence of tokens, and mask features on the latent grid."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from UterineSynthLib.dataset.features import ATTRIBUTE_COUNT, CLASS_COUNT
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.config import ConditionConfig


class ConditionEmbedding(nn.Module):
    """Vector ``(B, width)`` and tokens ``(B, T, width)`` of all conditions but the mask.

    An absent condition is a learned vector of its own, so that "not said" differs from every value.
    """

    def __init__(self, config: ConditionConfig) -> None:
        super().__init__()
        parts: dict[str, nn.Module] = {}
        if config.classes:
            parts["classes"] = _mlp(2 * CLASS_COUNT, config.width)
        if config.attributes:
            parts["attributes"] = _mlp(2 * ATTRIBUTE_COUNT, config.width)
        if config.spacing:
            parts["spacing"] = _mlp(3, config.width)
        self.parts = nn.ModuleDict(parts)
        self.text = TextEncoder(config) if config.text else None
        kinds = [*parts, "text"] if config.text else list(parts)
        self.absent = nn.ParameterDict({kind: nn.Parameter(0.02 * torch.randn(config.width)) for kind in kinds})
        self.width: int = config.width

    def forward(self, condition: Condition) -> tuple[Tensor, Tensor]:
        """Embed a batch of conditions."""
        tokens = []
        for kind, part in self.parts.items():
            value = part(getattr(condition, kind).float())
            tokens.append(self._or_absent(value, kind, condition)[:, None])
        vector = torch.cat(tokens, dim=1).sum(1) if tokens else condition.spacing.new_zeros(1, self.width)
        if self.text is not None:
            words, sentence = self.text(condition.text)
            vector = vector + self._or_absent(sentence, "text", condition)
            present = condition.present["text"].reshape(-1, 1, 1).to(words)
            tokens.append(words * present + self.absent["text"] * (1 - present))
        if not tokens:
            tokens.append(vector[:, None].expand(len(condition.spacing), 1, -1))
        return vector, torch.cat(tokens, dim=1)

    def _or_absent(self, value: Tensor, kind: str, condition: Condition) -> Tensor:
        present = condition.present[kind].reshape(-1, 1).to(value)
        absent: Tensor = self.absent[kind]
        return value * present + absent * (1 - present)


class TextEncoder(nn.Module):
    """A small transformer over tokens, or a projection of the features of a frozen external encoder."""

    def __init__(self, config: ConditionConfig) -> None:
        super().__init__()
        self.external = config.text_encoder_width > 0
        width = config.text_encoder_width or config.text_width
        if not self.external:
            self.embed = nn.Embedding(config.vocabulary_size, width, padding_idx=0)
            self.position = nn.Parameter(0.02 * torch.randn(config.text_length, width))
            layer = nn.TransformerEncoderLayer(width, max(1, width // 32), 2 * width, 0.0, "gelu", batch_first=True)
            self.transformer = nn.TransformerEncoder(layer, config.text_layers, enable_nested_tensor=False)
        self.project = nn.Linear(width, config.width)

    def forward(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Word features ``(B, L, width)`` and their mean over the words ``(B, width)``."""
        if self.external:
            padding = text.abs().sum(-1) == 0
            hidden = text
        else:
            padding = text == 0
            hidden = self.embed(text) + self.position[: text.shape[1]]
            # A sentence without words would leave nothing to attend to; its first position stands in.
            padding = padding & (torch.arange(text.shape[1], device=text.device) > 0)
            hidden = self.transformer(hidden, src_key_padding_mask=padding)
        words = self.project(hidden) * (~padding)[..., None]
        return words, words.sum(1) / (~padding).sum(1, keepdim=True).clamp(min=1)


class MaskEncoder(nn.Module):
    """Label map ``(B, D, H, W)`` -> features ``(B, channels, d, h, w)`` on the latent grid, losing no voxel.

    Each label becomes a short vector; the vectors of all voxels of one latent are laid side by side and mixed.
    An absent mask is zero everywhere; a last channel of ones marks a given one.
    """

    _LABEL_WIDTH = 6

    def __init__(self, labels: int, channels: int, reduction: int, slice_reduction: int) -> None:
        super().__init__()
        self.reduction, self.slice_reduction = reduction, slice_reduction
        self.embed = nn.Embedding(labels, self._LABEL_WIDTH)
        self.mix = nn.Conv3d(self._LABEL_WIDTH * reduction**2 * slice_reduction, channels - 1, 1)

    def forward(self, mask: Tensor, present: Tensor) -> Tensor:
        """Encode label maps; ``present`` ``(B,)`` is 0 where a sample has none."""
        batch, slices, rows, columns = mask.shape
        n, m = self.reduction, self.slice_reduction
        blocks = self.embed(mask.long()).reshape(batch, slices // m, m, rows // n, n, columns // n, n, -1)
        packed = blocks.permute(0, 2, 4, 6, 7, 1, 3, 5).flatten(1, 4)
        features = silu(self.mix(packed))
        features = torch.cat([features, torch.ones_like(features[:, :1])], dim=1)
        return features * present.reshape(-1, 1, 1, 1, 1).to(features)


def _mlp(width_in: int, width_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width_in, width_out), nn.SiLU(), nn.Linear(width_out, width_out))
