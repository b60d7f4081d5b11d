"""The state of a run, to resume it: safetensors and JSON, no pickle. Snapshots to publish are another thing.

A checkpoint replaces the one before it by two renames, so that whatever happens one whole checkpoint is left.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from UterineSynthLib.bundles.weights import save_tensors
from UterineSynthLib.errors import ConfigError, OutputError
from UterineSynthLib.records import from_plain, to_plain
from UterineSynthLib.training.ema import WeightAverage

_MAY_CHANGE = ("steps", "minutes", "workers", "cadence", "log", "checkpoint", "snapshot", "sheet")
"""Settings that may change on resuming: they do not alter what was learned so far."""


@dataclass
class RunState:
    """What a run is made of: the model, its optimiser, the average of its weights, and how far it is."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: WeightAverage
    step: int = 0
    seconds: float = 0.0


def save_checkpoint(folder: Path, state: RunState, config: dict[str, Any]) -> None:
    """Save the state of a run under ``folder/checkpoint``.

    Raises:
        OutputError: not writable or disk full; the checkpoint before is kept.
    """
    final, partial, previous = (folder / name for name in ("checkpoint", "checkpoint.partial", "checkpoint.previous"))
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_tensors(_whole(state.model.state_dict()), partial / "model.safetensors")
        save_tensors(_whole(state.average.weights), partial / "average.safetensors")
        save_tensors(_optimiser_tensors(state), partial / "optimiser.safetensors")
        facts = {"step": state.step, "seconds": state.seconds, "updates": state.average.updates, "config": config}
        (partial / "state.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
        shutil.rmtree(previous, ignore_errors=True)
        if final.exists():
            final.rename(previous)
        partial.rename(final)
        shutil.rmtree(previous, ignore_errors=True)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise OutputError(final, f"{error}; the checkpoint before is kept") from error


def load_checkpoint(folder: Path, state: RunState, config: object) -> bool:
    """Go on from the checkpoint in ``folder``; False where there is none.

    ``config`` is a record. A setting that the checkpoint does not know yet counts as its default.

    Raises:
        ConfigError: the run was started with other settings; the message names the first that changed.
        RecordError: the run was started by a program with settings that this one does not know.
    """
    source = next(
        (folder / n for n in ("checkpoint", "checkpoint.previous") if (folder / n / "state.json").is_file()), None
    )
    if source is None:
        return False
    facts = json.loads((source / "state.json").read_text(encoding="utf-8"))
    _check_unchanged(to_plain(from_plain(type(config), facts["config"])), to_plain(config), folder)
    state.model.load_state_dict(load_file(source / "model.safetensors"))
    state.average.load(load_file(source / "average.safetensors"), facts["updates"])
    _load_optimiser(state, load_file(source / "optimiser.safetensors"))
    state.step, state.seconds = facts["step"], facts["seconds"]
    return True


def _whole(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _optimiser_tensors(state: RunState) -> dict[str, Tensor]:
    names = {id(parameter): name for name, parameter in state.model.named_parameters()}
    tensors = {}
    for parameter, moments in state.optimiser.state.items():
        for moment, value in moments.items():
            tensors[f"{names[id(parameter)]}|{moment}"] = torch.as_tensor(value)
    return _whole(tensors)


def _load_optimiser(state: RunState, tensors: dict[str, Tensor]) -> None:
    parameters = dict(state.model.named_parameters())
    for key, value in tensors.items():
        name, _, moment = key.rpartition("|")
        parameter = parameters[name]
        where = parameter.device if value.ndim else torch.device("cpu")
        state.optimiser.state[parameter][moment] = value.to(where)


def _check_unchanged(saved: Any, now: Any, folder: Path, path: str = "") -> None:
    if isinstance(saved, dict) and isinstance(now, dict):
        for key in sorted(set(saved) | set(now)):
            if key not in _MAY_CHANGE:
                _check_unchanged(saved.get(key), now.get(key), folder, f"{path}.{key}" if path else key)
    elif saved != now:
        raise ConfigError(
            f"{folder} was started with {path} = {saved}, now it is {now}: give the old value or another output folder"
        )
