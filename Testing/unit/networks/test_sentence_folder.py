"""A local encoder folder stands in for the trained text encoder; only weights that are data are read."""

import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.assemble import SentenceEncoder, condition_of
from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.networks.sentence_folder import SentenceFolder

needs_transformers = pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers (extra 'text') is not installed"
)
CONFIG = ConditionConfig(text_length=8, text_encoder_width=16)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "retroverted", "uterus", "fibroid"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizer

    path = tmp_path_factory.mktemp("encoder")
    (path / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(str(path / "vocab.txt")).save_pretrained(path)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=32,
        )
        BertModel(config).save_pretrained(path)
    return path


@needs_transformers
def test_a_sentence_becomes_padded_features_without_gradient(folder: Path) -> None:
    rows = SentenceFolder(folder).rows("a retroverted uterus", CONFIG)
    assert rows.shape == (1, 8, 16)
    assert not rows.requires_grad
    # [CLS] a retroverted uterus [SEP], then nothing.
    assert [bool(row.any()) for row in rows[0]] == [True] * 5 + [False] * 3


@needs_transformers
def test_a_long_sentence_is_cut_to_the_text_length(folder: Path) -> None:
    encoder: SentenceEncoder = SentenceFolder(folder)
    assert bool(encoder.rows("a retroverted uterus " * 10, CONFIG).any(-1).all())


@needs_transformers
def test_the_same_sentence_gives_the_same_features_and_another_gives_others(folder: Path) -> None:
    encoder = SentenceFolder(folder)
    first = encoder.rows("a uterus", CONFIG)
    assert torch.equal(first, SentenceFolder(folder).rows("a uterus", CONFIG))
    assert not torch.allclose(first, encoder.rows("a fibroid", CONFIG))


@needs_transformers
def test_the_features_take_their_place_in_a_condition(folder: Path) -> None:
    condition = condition_of(CONFIG, (2, 4, 4), (5.0, 1.0, 1.0), text="a uterus", sentences=SentenceFolder(folder))
    assert condition.text.shape == (1, 8, 16)
    assert condition.present["text"].tolist() == [1.0]


@needs_transformers
def test_an_encoder_of_another_width_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="features are 16 wide, the model takes text_encoder_width = 32"):
        SentenceFolder(folder).rows("a uterus", ConditionConfig(text_encoder_width=32))


@needs_transformers
def test_damaged_weights_are_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(ConfigError, match="cannot be read as an encoder") as caught:
        SentenceFolder(tmp_path)
    assert "\n" not in str(caught.value)


@needs_transformers
def test_weights_that_lack_a_tensor_are_refused_and_not_filled_at_random(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = load_file(folder / "model.safetensors")
    del tensors["encoder.layer.0.output.dense.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigError, match=r"weights lack 1 tensors, first encoder\.layer\.0\.output\.dense\.weight"):
        SentenceFolder(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling.py"])
def test_pickled_weights_and_code_are_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(ConfigError, match="no safetensors weights in it"):
        SentenceFolder(tmp_path)


def test_a_folder_that_is_not_there_or_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        SentenceFolder(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"it has no config\.json"):
        SentenceFolder(tmp_path)
