"""Laws of the cache."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from UterineSynthLib.dataset.cache import ArrayCache, entry_key
from UterineSynthLib.errors import OutputError, VolumeError

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@dataclass(frozen=True)
class Config:
    size: int = 4


class Maker:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.calls += 1
        return {"image": VALUES, "labels": VALUES.astype(np.uint8)}


def test_an_entry_is_made_once_and_comes_back_mapped_and_read_only(tmp_path: Path) -> None:
    make = Maker()
    for _ in range(3):
        kept = ArrayCache(tmp_path / "cache").get("k", ("image", "labels"), make)
        np.testing.assert_array_equal(kept["image"], VALUES)
        assert kept["labels"].dtype == np.uint8
        assert isinstance(kept["image"], np.memmap)
        assert not kept["image"].flags.writeable
    assert make.calls == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[:40],
        lambda _: b"",
        lambda whole: b"\x80\x04\x95" + whole,
    ],
)
def test_an_entry_that_is_not_whole_is_made_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    make, cache = Maker(), ArrayCache(tmp_path)
    cache.get("k", ("image",), make)
    (tmp_path / "k-image.npy").write_bytes(spoil((tmp_path / "k-image.npy").read_bytes()))
    np.testing.assert_array_equal(cache.get("k", ("image",), make)["image"], VALUES)
    assert make.calls == 2
    assert [p.name for p in tmp_path.iterdir()] == ["k-image.npy"]


def test_the_key_changes_with_content_and_setting_and_not_with_the_files_name(tmp_path: Path) -> None:
    first, second, copy = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    first.write_bytes(b"1"), second.write_bytes(b"2"), copy.write_bytes(b"1")
    key = entry_key([first, second], Config())
    assert key == entry_key([copy, second], Config())
    others = [
        entry_key([second, first], Config()),
        entry_key([first], Config()),
        entry_key([first, second], replace(Config(), size=5)),
    ]
    first.write_bytes(b"12"), second.write_bytes(b"")
    others.append(entry_key([first, second], Config()))
    assert len({key, *others}) == 5


def test_objects_that_need_pickle_are_neither_written_nor_read(tmp_path: Path) -> None:
    np.save(tmp_path / "k-image.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    make = Maker()
    np.testing.assert_array_equal(ArrayCache(tmp_path).get("k", ("image",), make)["image"], VALUES)
    assert make.calls == 1


def test_a_folder_that_cannot_be_written_and_a_file_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write"):
        ArrayCache(tmp_path / "file").get("k", ("image",), Maker())
    with pytest.raises(VolumeError, match="gone: cannot be read"):
        entry_key([tmp_path / "gone"], Config())
