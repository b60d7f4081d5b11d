"""Few steps are taught from a trained start, scored where the sampler arrives, and published as any denoiser is."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from UterineSynthLib.bundles.layout import CARD
from UterineSynthLib.diffusion.samplers import time_grid
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.tone import TONE_SD
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.training import runs
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.few_step_task import FewStepTask
from UterineSynthLib.training.publish import Publication, publish
from UterineSynthLib.training.run_folder import LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import train_denoiser


@pytest.fixture
def few(denoiser_run, autoencoder_run, tiny_preset, phantom_manifest, tmp_path):
    """The config of few steps for a start, with overrides."""
    is_flat = json.loads((denoiser_run / "config.json").read_text(encoding="utf-8"))["name"] == "tiny-2d"
    of_slices = ("few_steps={steps: [1, 2, 4], patches: [1, 3, 7]}", "time_shift=0.5")

    def build(*overrides):
        name, settings = ("tiny-2d", of_slices) if is_flat else ("tiny-3d-few", ())
        started = (f"autoencoder={autoencoder_run}", f"start_from={denoiser_run}")
        return tiny_preset(DenoiserTraining, name, phantom_manifest, tmp_path, *settings, *started, *overrides)

    return build


@pytest.fixture
def task_of(monkeypatch, tmp_path):
    """The task of a run, before its first step."""
    kept = []

    class Loop:
        def __init__(self, _config, task, _folder):
            kept.append(task)

        def run(self):
            """Nothing."""

    def build(config) -> FewStepTask:
        with monkeypatch.context() as patched:
            patched.setattr(runs, "Loop", Loop)
            train_denoiser(config, tmp_path / "task")
        return kept[-1]

    return build


@pytest.fixture
def task(few, task_of) -> FewStepTask:
    return task_of(few())


def test_a_run_trains_resumes_and_is_published_as_a_denoiser(few, denoiser_run, autoencoder_run, tmp_path):
    train_denoiser(few(), tmp_path / "run")
    logged = [json.loads(line) for line in (tmp_path / "run" / LOG_FILE).read_text(encoding="utf-8").splitlines()]
    assert {"score_1", "score_3", "score_7", "apart"} <= set(logged[-1])
    before, after = load_file(denoiser_run / SNAPSHOT_FILE), load_file(tmp_path / "run" / SNAPSHOT_FILE)
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    publication = Publication("few", "0.0.1", "For tests.", "Apache-2.0 text", steps=(1, 2, 4))
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "few", publication, overwrite=False)
    assert bundle.inference.time_shift == 0.5
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    case = next(synthesizer.generate(GenerationRequest(seed=3, dimension=bundle.inference.dimension)))
    assert bundle.inference.draws
    assert synthesizer._painter._network.draws
    assert case.provenance.settings.steps == 2


@pytest.fixture
def criticised(few):
    """The config of few steps under a critic, with overrides."""
    taught = "few_steps={steps: [1, 2], patches: [1, 3], critic: {channels: 8, weight: 0.5}}"
    return lambda *overrides: few(taught, "optimiser.momentum=0", *overrides)


def test_under_a_critic_a_run_trains_and_publishes_the_denoiser_alone(few, criticised, autoencoder_run, tmp_path):
    train_denoiser(criticised(), tmp_path / "run")
    train_denoiser(few(), tmp_path / "plain")
    logged = [json.loads(line) for line in (tmp_path / "run" / LOG_FILE).read_text(encoding="utf-8").splitlines()]
    assert {"score_1", "score_3", "apart", "fooling", "hinge", "told"} <= set(logged[-1])
    one, other = (load_file(tmp_path / name / SNAPSHOT_FILE) for name in ("run", "plain"))
    assert one.keys() == other.keys()
    kept = load_file(tmp_path / "run" / "checkpoint" / "model.safetensors")
    assert any(name.startswith("critic.") for name in kept)
    publication = Publication("few", "0.0.1", "For tests.", "Apache-2.0 text", needs_mask=True)
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "few", publication, overwrite=False)
    assert bundle.inference.needs_mask
    assert "no direct way: it makes no image without a label map" in (bundle.path / CARD).read_text(encoding="utf-8")
    assert (tmp_path / "run" / "sheets" / "step-000006.png").is_file()


def test_a_critic_moves_the_denoiser_as_much_as_it_weighs(criticised, task_of):
    totals = []
    for weight in (1.0, 3.0):
        task = task_of(criticised(f"few_steps.critic.weight={weight}"))
        total, parts = task.loss(task.model, batch_of(task, 0), 0, torch.device("cpu"))
        score = sum(parts[f"score_{size}"] for size in (1, 3)) / 2
        assert float(total.detach()) == pytest.approx(score + weight * parts["fooling"] + parts["hinge"], rel=1e-4)
        total.backward()
        assert [
            name for name, value in task.model.named_parameters() if value.requires_grad and value.grad is None
        ] == []
        totals.append(float(total.detach()))
    assert totals[0] != totals[1]


def test_draws_start_from_noise_of_the_colour_of_the_task(task):
    plain = task.batch(torch.Generator().manual_seed(0)).noise
    task.coloured = lambda noise: 2 * noise
    assert torch.equal(task.batch(torch.Generator().manual_seed(0)).noise, 2 * plain)


def test_the_ledger_names_what_the_start_was_trained_on(few, denoiser_run, autoencoder_run, phantom_manifest, tmp_path):
    fewer = Path(phantom_manifest).with_name("fewer.jsonl")
    rows = Path(phantom_manifest).read_text(encoding="utf-8").splitlines()
    fewer.write_text("\n".join([rows[0], rows[3]]) + "\n", encoding="utf-8")
    train_denoiser(few(f"cases.manifests=[{fewer}]", "optimiser.steps=1"), tmp_path / "run")
    publication = Publication("few", "0.0.1", "For tests.", "Apache-2.0 text")
    bundle = publish(autoencoder_run, tmp_path / "run", tmp_path / "few", publication, overwrite=False)
    assert [entry.cases for entry in bundle.ledger.entries] == [3, 1]
    described = tmp_path / "run" / "config.json"
    described.write_text(
        described.read_text(encoding="utf-8").replace(str(denoiser_run), str(tmp_path / "nowhere")), encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="nowhere is gone"):
        publish(autoencoder_run, tmp_path / "run", tmp_path / "again", publication, overwrite=False)


@pytest.mark.parametrize("has_critic", [False, True])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(has_critic, few, criticised, monkeypatch, tmp_path):
    config = criticised if has_critic else few
    train_denoiser(config(), tmp_path / "whole")
    whole = FewStepTask.loss

    def loss(task, model, batch, step, device):
        if step == 3:
            raise KeyboardInterrupt
        return whole(task, model, batch, step, device)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(FewStepTask, "loss", loss)
        train_denoiser(config(), tmp_path / "stopped")
    train_denoiser(config(), tmp_path / "stopped")
    one, other = (load_file(tmp_path / name / SNAPSHOT_FILE) for name in ("whole", "stopped"))
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=1e-5, atol=1e-6)


def batch_of(task, seed):
    return task.batch(torch.Generator().manual_seed(seed))


def trial_of(task, seed):
    return task._trial(batch_of(task, seed), torch.device("cpu"))


def test_trials_start_in_noise_and_stand_where_the_sampler_stops(task):
    reachable = {float(t) for steps in (1, 2, 4) for t in time_grid(steps, 0.5)[:-1]}
    seen = set()
    for seed in range(80):
        trial = trial_of(task, seed)
        assert trial.x_t.shape == (2 * len(trial.clean), *trial.clean.shape[1:])
        assert len(trial.t.unique()) == 1
        seen.add(float(trial.t[0]))
    assert seen == reachable


def test_two_draws_of_a_case_differ_by_their_noise_alone(task):
    trial = trial_of(task, 0)
    first, second = trial.x_t.chunk(2)
    assert not torch.equal(first, second)
    assert all(torch.equal(*trial.condition.present[kind].chunk(2)) for kind in trial.condition.present)
    assert torch.equal(*trial.condition.tone.chunk(2))
    assert len(trial.clean) == len(first) == task.config.optimiser.batch_size


def test_the_score_moves_every_weight_and_is_the_mean_over_patches(task):
    total, parts = task.loss(task.model, batch_of(task, 0), 0, torch.device("cpu"))
    task.model.zero_grad()
    total.backward()
    assert [name for name, weight in task.model.named_parameters() if weight.grad is None] == []
    assert float(total.detach()) == pytest.approx(sum(parts[f"score_{size}"] for size in (1, 3, 7)) / 3, rel=1e-5)


def test_draws_differ_from_the_first_step_as_their_guess_says_and_learn_to_be_better(task):
    optimiser = torch.optim.Adam(task.model.parameters(), 3e-3)
    apart, scores = [], []
    for step in range(40):
        total, parts = task.loss(task.model, batch_of(task, step % 10), step, torch.device("cpu"))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        apart.append(parts["apart"])
        scores.append(float(total.detach()))
    assert min(apart[:10]) > 0.9 * 2**0.5 * TONE_SD
    assert sum(scores[-10:]) < sum(scores[:10])


def test_a_sheet_shows_every_number_of_steps(task):
    assert [look.steps for look in task._looks] == [1, 2, 4, 4]
    assert [look.without for look in task._looks] == [(), (), (), ("mask",)]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("start_from=null", "name its run or bundle as start_from"),
        ("few_steps.steps=[]", r"few_steps.steps = \[\]: name whole numbers"),
        ("few_steps.steps=[0,1]", r"few_steps.steps = \[0, 1\]"),
        ("few_steps.patches=[0]", r"few_steps.patches = \[0\]"),
        ("few_steps.critic={channels: 12}", r"few_steps.critic: channels = 12; must be a multiple of 8"),
        ("few_steps.critic={weight: 0}", r"few_steps.critic: weight = 0; must be above 0"),
        ("optimiser.momentum=1", r"optimiser.momentum = 1; must be at least 0 and below 1"),
    ],
)
def test_a_setting_that_teaches_nothing_is_refused(few, override, words):
    with pytest.raises(ConfigError, match=words):
        few(override)
