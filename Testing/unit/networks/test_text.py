"""Laws of the tokenizer: it is data, padding is 0, digits stand alone."""

import json

import pytest

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.networks.text import TextTokenizer

SENTENCE = "A retroverted uterus with a 35 mm fibroid, junctional zone 12.5 mm"


def test_a_tokenizer_comes_back_from_its_json(tokenizer: TextTokenizer) -> None:
    again = TextTokenizer.from_json(tokenizer.to_json())
    assert again.to_json() == tokenizer.to_json()
    assert again.encode(SENTENCE, 60) == tokenizer.encode(SENTENCE, 60)
    assert 10 < again.vocabulary_size == tokenizer.vocabulary_size <= 80


def test_sentences_are_padded_with_zero_or_cut(tokenizer: TextTokenizer) -> None:
    ids = tokenizer.encode("uterus", 40)
    words = [i for i in ids if i]
    assert len(ids) == 40
    assert ids == words + [0] * (40 - len(words))
    assert tokenizer.encode("uterus", 1) == words[:1]
    assert tokenizer.encode("", 4) == [0] * 4
    assert tokenizer.rows(SENTENCE, ConditionConfig(text_length=9)).shape == (1, 9)


def test_case_does_not_matter(tokenizer: TextTokenizer) -> None:
    assert tokenizer.encode(SENTENCE.upper(), 60) == tokenizer.encode(SENTENCE.lower(), 60)


def test_digits_are_single_so_that_numbers_share_their_parts(tokenizer: TextTokenizer) -> None:
    vocabulary = json.loads(tokenizer.to_json())["model"]["vocab"]
    assert not [token for token in vocabulary if sum(letter.isdigit() for letter in token) > 1]
    assert set(tokenizer.encode("35", 20)) == set(tokenizer.encode("53", 20))
    assert tokenizer.encode("35", 20) != tokenizer.encode("53", 20)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not json", '{"model": {"type": "BPE"}}'])
def test_text_that_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not a tokenizer file"):
        TextTokenizer.from_json(text)


def test_a_truncated_tokenizer_is_refused(tokenizer: TextTokenizer) -> None:
    text = tokenizer.to_json()
    with pytest.raises(ConfigError, match="not a tokenizer file"):
        TextTokenizer.from_json(text[: len(text) // 2])


def test_a_tokenizer_whose_padding_is_another_token_is_refused(tokenizer: TextTokenizer) -> None:
    with pytest.raises(ConfigError, match="must be token 0"):
        TextTokenizer.from_json(tokenizer.to_json().replace("[PAD]", "[GAP]"))
