"""Publish a trained judge: ``make_judge.py RUN --out DIR`` measures it on unseen phantoms and writes its bundle."""

import argparse
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save

from UterineSynthLib.bundles.ledger import Ledger, TrainingData
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import ConfigError, UterineSynthError
from UterineSynthLib.evaluation.adherence import Adherence, adherence_of, adherence_table
from UterineSynthLib.evaluation.calibration import calibrated_rule, lesion_volumes_ml
from UterineSynthLib.evaluation.judge import Judge
from UterineSynthLib.evaluation.judge_bundle import JudgeConfig, write_judge
from UterineSynthLib.evaluation.judge_evaluation import judge_phantoms
from UterineSynthLib.evaluation.reading import STANDARD_RULE, ReadingRule
from UterineSynthLib.networks.segmenter import Segmenter
from UterineSynthLib.records import digest, from_json
from UterineSynthLib.training.prepared import prepared_cases
from UterineSynthLib.training.run_folder import CONFIG_FILE, LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.segmenter_task import SegmenterTraining

LICENCE = Path(__file__).parent.parent / "LICENSE"


def main() -> int:
    """Parse, measure, publish, and say where."""
    parser = argparse.ArgumentParser(description="Measure a trained judge on unseen phantoms and publish it.")
    parser.add_argument("run", type=Path, help="run folder of train_judge.py")
    parser.add_argument("--version", default="0.1.0", help="version of the bundle (default 0.1.0)")
    parser.add_argument("--cases", type=int, default=32, help="unseen phantoms (default 32)")
    parser.add_argument(
        "--calibration", type=int, default=32, help="training phantoms to set least sizes on (default 32)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--overwrite", action="store_true", help="replace a judge that is there")
    args = parser.parse_args()
    try:
        if not (args.run / SNAPSHOT_FILE).is_file():
            raise ConfigError(f"{args.run}: holds no {SNAPSHOT_FILE}; train it at least to its first snapshot")
        config = from_json(SegmenterTraining, (args.run / CONFIG_FILE).read_text(encoding="utf-8"))
        state, facts = load_file(args.run / SNAPSHOT_FILE), training_facts(args.run)
        rule = calibrated(config, state, args.calibration) if args.calibration else STANDARD_RULE
        accuracy = measured(config, state, rule, args.run, args.cases)
        described = JudgeConfig(config.name, args.version, config.model, rule, accuracy, facts)
        licence = LICENCE.read_text(encoding="utf-8")
        bundle = write_judge(args.out, described, ledger_of(config), state, licence, args.overwrite)
    except UterineSynthError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_code
    print(adherence_table({"unseen phantoms": accuracy}))
    print(f"{bundle.path} {bundle.digest}")
    return 0


def calibrated(config: SegmenterTraining, state: dict, count: int) -> ReadingRule:
    """From which size on lesions are believed, set on the first phantoms of the training set."""
    judge = judge_of(config, state, STANDARD_RULE)
    columns, rows, slices = config.cases.grid.spacing_mm
    volumes, shown = [], []
    for case in prepared_cases(config.cases, Split.TRAIN)[:count]:
        assert case.description is not None, "phantoms are described"
        labels = judge.labels_of(np.asarray(case.volume), (slices, rows, columns))
        volumes.append(lesion_volumes_ml(labels, (slices, rows, columns)))
        shown.append(case.description.pathologies or (Pathology.NORMAL,))
        print(f"calibration phantom {len(shown)} of {count}", file=sys.stderr, flush=True)
    return calibrated_rule(volumes, shown)


def judge_of(config: SegmenterTraining, state: dict, rule: ReadingRule) -> Judge:
    """The trained network with a rule of reading."""
    segmenter = Segmenter(config.model)
    segmenter.load_state_dict(state)
    return Judge(segmenter, rule)


def measured(config: SegmenterTraining, state: dict, rule: ReadingRule, run: Path, cases: int) -> Adherence:
    """The judge's accuracy on unseen phantoms."""
    weights = hashlib.sha256(save(state)).hexdigest()
    identity = f"{weights} {digest(rule)}"
    show = lambda number, count: print(f"phantom {number} of {count}", file=sys.stderr, flush=True)  # noqa: E731
    return adherence_of(judge_phantoms(judge_of(config, state, rule), identity, cases, run / "evaluation", show))


def training_facts(run: Path) -> dict[str, float]:
    """Steps, hours and last losses of the run."""
    lines = [json.loads(line) for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines() if line]
    facts = json.loads((run / "checkpoint" / "state.json").read_text(encoding="utf-8"))
    recent = lines[-max(1, len(lines) // 10) :]
    means = {name: sum(line[name] for line in recent) / len(recent) for name in ("cross_entropy", "dice")}
    hours = round(facts["seconds"] / 3600, 2)
    return {"steps": facts["step"], "hours": hours, **{f"final_{name}": round(v, 3) for name, v in means.items()}}


def ledger_of(config: SegmenterTraining) -> Ledger:
    """What the judge was trained on."""
    entries = []
    for path in config.cases.manifests:
        counted = Counter((case.source, case.licence) for case in read_manifest(path).of_split(Split.TRAIN))
        entries += [
            TrainingData(Path(path).parent.name, source, licence, "none beyond the licence", count, True)
            for (source, licence), count in counted.items()
        ]
    return Ledger("Apache-2.0", tuple(entries))


if __name__ == "__main__":
    sys.exit(main())
