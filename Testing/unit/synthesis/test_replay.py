"""Replayed work: what is recorded for each shape, and what happens where nothing can be recorded.

Recordings are stood in for by work that writes into the same memory again; those of a GPU are in ``test_gpu.py``.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from UterineSynthLib.synthesis import replay
from UterineSynthLib.synthesis.replay import Replayed


class Graph:
    """Runs its work on the memory it was recorded with, and writes its results where they were."""

    def __init__(self, work, inputs, outputs) -> None:
        self.work, self.inputs, self.outputs = work, inputs, outputs

    def replay(self) -> None:
        for kept, new in zip(self.outputs, self.work(*self.inputs), strict=True):
            kept.copy_(new)


@pytest.fixture
def recorded(monkeypatch) -> list[tuple[int, ...]]:
    """Shapes that were recorded."""
    shapes: list[tuple[int, ...]] = []

    def record(work, inputs):
        shapes.append(tuple(inputs[0].shape))
        outputs = work(*inputs)
        return replay._Recording(Graph(work, inputs, outputs), inputs, outputs)

    monkeypatch.setattr(replay, "_recorded", record)
    return shapes


def sums(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    return one + other, one - other


def test_every_call_has_the_results_of_its_own_inputs_in_memory_of_their_own(recorded):
    replayed = Replayed(sums)
    first = replayed(torch.ones(3), torch.ones(3))
    second = replayed(torch.full((3,), 5.0), torch.ones(3))
    assert [part.tolist() for part in first] == [[2.0] * 3, [0.0] * 3]
    assert [part.tolist() for part in second] == [[6.0] * 3, [4.0] * 3]
    assert recorded == [(3,)]


@pytest.mark.usefixtures("recorded")
def test_what_is_given_stays_as_it_is():
    replayed, given = Replayed(sums), torch.ones(3)
    replayed(given, torch.ones(3))
    replayed(torch.zeros(3), torch.ones(3))
    assert given.tolist() == [1.0] * 3


def test_shapes_and_kinds_of_numbers_are_recorded_by_themselves(recorded):
    replayed = Replayed(sums)
    replayed(torch.ones(3), torch.ones(3))
    assert replayed(torch.ones(2), torch.ones(2))[0].tolist() == [2.0, 2.0]
    assert replayed(torch.ones(3, dtype=torch.int64), torch.ones(3, dtype=torch.int64))[0].dtype == torch.int64
    replayed(torch.ones(3), torch.ones(3))
    assert recorded == [(3,), (2,), (3,)]


def test_the_recording_that_was_used_longest_ago_makes_room(recorded):
    replayed = Replayed(sums)
    for size in (*range(1, replay._MOST_RECORDINGS + 1), 1, 100, 1, 2):
        replayed(torch.ones(size), torch.ones(size))
    assert [shape[0] for shape in recorded] == [*range(1, replay._MOST_RECORDINGS + 1), 100, 2]


def test_what_cannot_be_recorded_is_launched_and_said_once(monkeypatch):
    def refuse(_work, _inputs):
        raise RuntimeError("operation not permitted")

    monkeypatch.setattr(replay, "_recorded", refuse)
    replayed = Replayed(sums)
    with pytest.warns(UserWarning, match="images take longer: operation not permitted") as said:
        results = [replayed(torch.full((3,), float(n)), torch.ones(3))[0].tolist() for n in range(3)]
    assert results == [[1.0] * 3, [2.0] * 3, [3.0] * 3]
    assert len(said) == 1


def test_too_little_memory_is_no_reason_to_go_on_without(monkeypatch):
    def fill(_work, _inputs):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(replay, "_recorded", fill)
    with pytest.raises(torch.OutOfMemoryError):
        Replayed(sums)(torch.ones(3), torch.ones(3))
