"""How long a run lasts and who draws its batches changes nothing of what it learns."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from UterineSynthLib.dataset.case import Split
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.training import prepared
from UterineSynthLib.training.config import AutoencoderTraining, OptimiserConfig, SketchTraining
from UterineSynthLib.training.ema import WeightAverage
from UterineSynthLib.training.loop import learning_rate
from UterineSynthLib.training.run_folder import LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_autoencoder, train_sketch

OPTIMISER = OptimiserConfig(steps=100, learning_rate=1.0, warmup_steps=10, final_learning_rate_share=0.1)


def steps_of(run: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines()]


def test_the_learning_rate_warms_up_by_steps_and_falls_by_the_course():
    assert [learning_rate(OPTIMISER, step, 0.0) for step in (0, 4, 9, 50)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert [learning_rate(OPTIMISER, 99, course) for course in (0.5, 1.0, 1.2)] == pytest.approx([0.55, 0.1, 0.1])


def test_a_run_ends_when_its_time_is_over_and_goes_on_when_it_gets_more(tiny_preset, phantom_manifest, tmp_path):
    def trained(minutes, steps):
        settings = (f"optimiser.minutes={minutes}", f"optimiser.steps={steps}", "cadence.log=1")
        train_autoencoder(
            tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, *settings), tmp_path
        )
        return steps_of(tmp_path)

    assert trained(1e-9, 1000) == [1]
    assert (tmp_path / SNAPSHOT_FILE).is_file()
    assert trained(1e-9, 1000) == [1]
    assert trained(60.0, 3) == [1, 2, 3]
    rates = [json.loads(line)["learning_rate"] for line in (tmp_path / LOG_FILE).read_text("utf-8").splitlines()]
    assert rates[1] > rates[2]


def test_without_momentum_a_step_forgets_the_ones_before(tiny_preset, phantom_manifest, tmp_path):
    def trained(momentum, steps):
        settings = (f"optimiser.momentum={momentum}", f"optimiser.steps={steps}", "optimiser.ema_decay=0.0")
        folder = tmp_path / f"{momentum}-{steps}"
        train_autoencoder(
            tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, *settings), folder
        )
        return load_file(folder / "checkpoint" / "optimiser.safetensors")

    with_, without = (trained(momentum, 2) for momentum in (0.9, 0.0))
    means = [name for name in without if name.endswith("exp_avg")]
    assert means
    assert any(not torch.allclose(with_[name], without[name]) for name in means)


def test_batches_that_processes_draw_ahead_are_the_same(tiny_preset, phantom_manifest, autoencoder_run, tmp_path):
    settings = (f"autoencoder={autoencoder_run}", "optimiser.steps=4")
    for workers in (0, 2):
        folder = tmp_path / str(workers)
        config = tiny_preset(
            SketchTraining, "tiny-sketch", phantom_manifest, tmp_path, *settings, f"cases.workers={workers}"
        )
        train_sketch(config, folder)
    one, other = (load_file(tmp_path / name / SNAPSHOT_FILE) for name in ("0", "2"))
    assert all(torch.equal(other[name], value) for name, value in one.items())


def test_what_is_wrong_with_a_batch_is_said_as_ever(tiny_preset, phantom_manifest, tmp_path):
    settings = ("crop=[1, 512, 512]", "cases.workers=2")
    config = tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, *settings)
    with pytest.raises(ConfigError, match=r"^crop \(1, 512, 512\) does not fit"):
        train_autoencoder(config, tmp_path)


def test_cases_that_processes_prepare_are_the_same(tiny_preset, phantom_manifest, tmp_path, monkeypatch, capsys):
    def made(workers, folder):
        config = tiny_preset(
            AutoencoderTraining, "tiny-autoencoder", phantom_manifest, folder, f"cases.workers={workers}"
        )
        return prepared.prepared_cases(config.cases, Split.TRAIN)

    monkeypatch.setattr(prepared, "_LEAST_CASES_A_WORKER", 1)
    alone, shared = made(0, tmp_path / "alone"), made(2, tmp_path / "shared")
    assert "preparing 3 cases by 2 processes" in capsys.readouterr().err
    assert all((a.image == b.image).all() and (a.labels == b.labels).all() for a, b in zip(alone, shared, strict=True))
    made(2, tmp_path / "shared")
    assert "by 2 processes" not in capsys.readouterr().err


@pytest.mark.parametrize(("setting", "said"), [("optimiser.minutes=0", "above 0"), ("cases.workers=-1", "0 or more")])
def test_settings_out_of_range_are_refused(tiny_preset, phantom_manifest, tmp_path, setting, said):
    with pytest.raises(ConfigError, match=said):
        tiny_preset(AutoencoderTraining, "tiny-autoencoder", phantom_manifest, tmp_path, setting)


def test_the_average_moves_by_its_decay_and_copies_what_counts():
    module = torch.nn.BatchNorm1d(2)
    average = WeightAverage(module, decay=0.9)
    average.updates = 1000
    with torch.no_grad():
        module.weight.fill_(3.0)
        module.num_batches_tracked.fill_(7)
    average.update(module)
    torch.testing.assert_close(average.weights["weight"], torch.full((2,), 1.2))
    assert int(average.weights["num_batches_tracked"]) == 7
