"""A local Hugging Face encoder folder in the place of the text encoder that is trained with the denoiser."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from UterineSynthLib import optional
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig

_CONFIG = "config.json"


class SentenceFolder:
    """Sentence -> features of a frozen encoder, read from a folder on this machine and never from the network.

    Only safetensors weights are read and no code of the folder is run.
    """

    def __init__(self, path: str | Path) -> None:
        """Load tokenizer and encoder.

        Raises:
            ConfigError: the folder is missing, holds no safetensors weights, or cannot be read as an encoder.
            MissingPackageError: ``transformers`` is not installed.
        """
        self.path = Path(path)
        _check_folder(self.path)
        transformers = optional.require("transformers")
        self._tokenizer = self._loaded(transformers.AutoTokenizer)
        model, loaded = self._loaded(transformers.AutoModel, use_safetensors=True, output_loading_info=True)
        _check_complete(self.path, loaded["missing_keys"])
        self._encoder = (model.get_encoder() if model.config.is_encoder_decoder else model).eval().requires_grad_(False)

    @property
    def width(self) -> int:
        """Width of the features: what ``text_encoder_width`` of the model must be."""
        return int(self._encoder.config.hidden_size)

    @torch.no_grad()
    def rows(self, sentence: str, config: ConditionConfig) -> Tensor:
        """Features ``(1, L, W)`` of the words, cut or padded with zeros to ``config.text_length``.

        Raises:
            ConfigError: the features have another width than the model was made for.
        """
        if self.width != config.text_encoder_width:
            raise ConfigError(
                f"sentence encoder {self.path}: its features are {self.width} wide, "
                f"the model takes text_encoder_width = {config.text_encoder_width}"
            )
        words = self._tokenizer(sentence, truncation=True, max_length=config.text_length, return_tensors="pt")
        features = self._encoder(input_ids=words["input_ids"], attention_mask=words["attention_mask"]).last_hidden_state
        rows = torch.zeros(1, config.text_length, self.width)
        rows[:, : features.shape[1]] = features
        return rows

    def _loaded(self, kind: Any, **options: Any) -> Any:
        try:
            return kind.from_pretrained(str(self.path), local_files_only=True, trust_remote_code=False, **options)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ConfigError(f"sentence encoder {self.path}: cannot be read as an encoder ({reason})") from error


def _check_folder(path: Path) -> None:
    if not path.is_dir():
        raise ConfigError(f"sentence encoder {path}: no such folder; give a local folder of a Hugging Face encoder")
    if not (path / _CONFIG).is_file():
        raise ConfigError(f"sentence encoder {path}: it has no {_CONFIG}, so it is not a Hugging Face encoder")
    if not any(path.glob("*.safetensors")):
        raise ConfigError(
            f"sentence encoder {path}: no safetensors weights in it; pickled weights (.bin) and code (.py) are not read"
        )


def _check_complete(path: Path, missing: Iterable[str]) -> None:
    """The library fills missing weights with random ones; only a pooler, which is not used here, may be missing."""
    wanted = sorted(name for name in missing if "pooler" not in name)
    if wanted:
        raise ConfigError(f"sentence encoder {path}: its weights lack {len(wanted)} tensors, first {wanted[0]}")
