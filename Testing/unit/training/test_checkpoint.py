"""The state of a run on disk: whatever goes wrong while it is written, the last whole one is gone on from."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from UterineSynthLib.errors import ConfigError, OutputError
from UterineSynthLib.records import record, to_plain
from UterineSynthLib.training.checkpoint import RunState, load_checkpoint, save_checkpoint
from UterineSynthLib.training.ema import WeightAverage

WEIGHTS = 40_000


@record("test.run")
@dataclass(frozen=True)
class Settings:
    """Of a run that is not there."""

    rate: float = 0.1
    steps: int = 10


def state_at(step: int) -> RunState:
    """A run that took ``step`` steps; its weights say so."""
    model = torch.nn.Linear(WEIGHTS, 1, bias=False)
    optimiser = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, WEIGHTS)).sum().backward()
    optimiser.step()
    torch.nn.init.constant_(model.weight, float(step))
    return RunState(model, optimiser, WeightAverage(model, 0.9), step=step, seconds=2.0 * step)


def gone_on(folder: Path, settings: Settings = Settings()) -> RunState:
    state = state_at(0)
    assert load_checkpoint(folder, state, settings)
    return state


@contextlib.contextmanager
def disk_that_is_full_after(written_bytes: int):
    """No file may grow beyond a size: the system then refuses to write as it does on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (written_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 4 * WEIGHTS // 2, 4 * WEIGHTS + 4000])
def test_a_disk_that_fills_up_in_the_middle_leaves_the_last_good_checkpoint(room: int, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, state_at(1), to_plain(Settings()))
    with (
        disk_that_is_full_after(room),
        pytest.raises(OutputError, match=r"cannot write .*checkpoint: .*; the checkpoint before is kept") as told,
    ):
        save_checkpoint(tmp_path, state_at(2), to_plain(Settings()))
    assert "\n" not in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    state = gone_on(tmp_path)
    assert (state.step, state.seconds) == (1, 2.0)
    assert torch.equal(state.model.weight, torch.ones(1, WEIGHTS))
    save_checkpoint(tmp_path, state_at(2), to_plain(Settings()))
    assert gone_on(tmp_path).step == 2


def test_a_run_that_ended_between_the_two_renames_goes_on_from_the_checkpoint_before(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, state_at(1), to_plain(Settings()))
    (tmp_path / "checkpoint").rename(tmp_path / "checkpoint.previous")
    shutil.copytree(tmp_path / "checkpoint.previous", tmp_path / "checkpoint.partial")
    assert gone_on(tmp_path).step == 1
    save_checkpoint(tmp_path, state_at(3), to_plain(Settings()))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    assert gone_on(tmp_path).step == 3


def test_what_changed_is_said_and_how_long_to_train_may_change(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, state_at(1), to_plain(Settings()))
    assert gone_on(tmp_path, Settings(steps=99)).step == 1
    with pytest.raises(ConfigError, match=r"rate = 0\.1, now it is 0\.2: give the old value or another output folder"):
        load_checkpoint(tmp_path, state_at(0), Settings(rate=0.2))


def test_a_run_from_before_a_setting_existed_goes_on_as_its_default(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, state_at(1), to_plain(Settings()))
    facts = json.loads((tmp_path / "checkpoint" / "state.json").read_text(encoding="utf-8"))
    del facts["config"]["rate"]
    (tmp_path / "checkpoint" / "state.json").write_text(json.dumps(facts), encoding="utf-8")
    assert gone_on(tmp_path).step == 1
