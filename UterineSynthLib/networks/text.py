"""Sentences as tokens: a byte-pair tokenizer trained on rendered descriptions; it is data (JSON), never code."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig

PADDING = "[PAD]"
_UNKNOWN = "[UNK]"


class TextTokenizer:
    """Sentence -> token ids of fixed length; id 0 is padding. Digits are tokens of their own."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def trained_on(cls, sentences: Iterable[str], vocabulary_size: int) -> TextTokenizer:
        """Train a lower-case byte-pair tokenizer of at most ``vocabulary_size`` tokens."""
        tokenizer = Tokenizer(models.BPE(unk_token=_UNKNOWN))
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Metaspace()]
        )
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary_size, special_tokens=[PADDING, _UNKNOWN], show_progress=False
        )
        tokenizer.train_from_iterator(sentences, trainer)
        return cls(tokenizer)

    @classmethod
    def from_json(cls, text: str) -> TextTokenizer:
        """Read a tokenizer from its JSON text.

        Raises:
            ConfigError: the text is not a tokenizer, or its padding is not id 0.
        """
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # the tokenizers package raises plain Exception for any malformed JSON
            raise ConfigError(f"tokenizer: not a tokenizer file ({error})") from error
        if tokenizer.token_to_id(PADDING) != 0:
            raise ConfigError(f"tokenizer: {PADDING} must be token 0")
        return cls(tokenizer)

    def to_json(self) -> str:
        """JSON text that :meth:`from_json` reads."""
        text: str = self._tokenizer.to_str()
        return text

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens."""
        size: int = self._tokenizer.get_vocab_size()
        return size

    def rows(self, sentence: str, config: ConditionConfig) -> Tensor:
        """Token ids ``(1, L)`` for the model's condition."""
        return torch.tensor([self.encode(sentence, config.text_length)])

    def encode(self, sentence: str, length: int) -> list[int]:
        """Token ids of a sentence, cut or padded with 0 to ``length``."""
        ids: list[int] = self._tokenizer.encode(sentence).ids[:length]
        return ids + [0] * (length - len(ids))
