"""Work on a GPU, recorded once for every shape that it meets and then replayed as one CUDA graph.

Our networks are small: launched operation by operation they wait for the host and not for the card.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Work = Callable[..., tuple[Tensor, ...]]

_WARM_UP = 2
"""Runs before a recording, in which libraries choose their algorithms and constants reach the card."""
_MOST_RECORDINGS = 6
"""Of one kind of work: each holds memory."""


@dataclass(frozen=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


class Replayed:
    """``work`` on tensors of one CUDA device, with the same results.

    Work must only depend on the values and shapes of its tensors, launch nothing on the host's behalf (no ``.item()``,
    no copy from the host) and draw nothing at random. What cannot be recorded is launched as it is, and said once.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._recordings: OrderedDict[tuple[object, ...], _Recording] = OrderedDict()
        self._is_recordable = True

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Results of the work, in memory of their own."""
        if not self._is_recordable:
            return self._work(*inputs)
        key = tuple((tuple(one.shape), one.dtype) for one in inputs)
        if key not in self._recordings and not self._record(key, inputs):
            return self._work(*inputs)
        self._recordings.move_to_end(key)
        recording = self._recordings[key]
        for kept, given in zip(recording.inputs, inputs, strict=True):
            kept.copy_(given)
        recording.graph.replay()
        return tuple(one.clone() for one in recording.outputs)

    def _record(self, key: tuple[object, ...], inputs: tuple[Tensor, ...]) -> bool:
        kept = tuple(one.clone() for one in inputs)
        try:
            self._recordings[key] = _recorded(self._work, kept)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            self._is_recordable = False
            warnings.warn(f"CUDA graphs cannot be used here, images take longer: {error}", stacklevel=2)
            return False
        if len(self._recordings) > _MOST_RECORDINGS:
            self._recordings.popitem(last=False)
        return True


def _recorded(work: Work, inputs: tuple[Tensor, ...]) -> _Recording:
    device = inputs[0].device
    aside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(aside):
        for _ in range(_WARM_UP):
            work(*inputs)
    torch.cuda.current_stream(device).wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device), torch.cuda.graph(graph, capture_error_mode="thread_local"):
        outputs = work(*inputs)
    return _Recording(graph, inputs, outputs)
