"""``uterinesynth evaluate``: how well a model shows what is asked for, and how well the judge reads."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from UterineSynthLib.evaluation.bundle_evaluation import EvaluationSettings
    from UterineSynthLib.evaluation.judge_bundle import JudgeBundle
    from UterineSynthLib.evaluation.page import PageHead
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

HELP = "Judge a model's images against what was asked for, or the judge against phantoms it has not seen."
EPILOG = """examples:
  uterinesynth evaluate bundle default-3d --cases 64 --out evaluation/default-3d
  uterinesynth evaluate bundle default-3d --cases 16 --quality draft --training runs/phantoms-3d/manifest.jsonl
  uterinesynth evaluate judge --cases 32
  uterinesynth evaluate judge --cases 32 --blur 1.25

Every image is kept in the folder, so repeating a command goes on where it stopped. Results are JSON lines and a page
with pictures. The judge was trained on phantoms alone; its own accuracy stands wherever it judges."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare bundle and judge."""
    subjects = parser.add_subparsers(dest="subject", metavar="SUBJECT", required=True)
    bundle = subjects.add_parser("bundle", help="judge the images of a model", description="Judge a model's images.")
    bundle.add_argument("model", help="name or folder of the model")
    bundle.add_argument("--cases", type=int, default=64, help="unseen descriptions (default 64)")
    bundle.add_argument("--seed", type=int, help="of the first description (default 900000)")
    length = bundle.add_mutually_exclusive_group()
    length.add_argument("--quality", choices=["draft", "standard", "best"], help="sampling steps by name")
    length.add_argument("--steps", type=int, help="sampling steps")
    ways = f"{', '.join(_ways())} (default: all that the model has)"
    bundle.add_argument("--ways", nargs="+", choices=_ways(), metavar="WAY", help=ways)
    bundle.add_argument("--training", metavar="MANIFEST", help="the model's training set, to look for copies of it")
    bundle.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default auto)")
    judge = subjects.add_parser("judge", help="judge unseen phantoms", description="Measure the judge on phantoms.")
    judge.add_argument("--cases", type=int, default=32, help="unseen phantoms (default 32)")
    judge.add_argument("--blur", type=float, default=0.0, metavar="MM", help="soften the slices first (default 0)")
    for part, default in ((bundle, "evaluation"), (judge, "evaluation-judge")):
        part.add_argument("--judge", default="judge", help="name or folder of the judge (default judge)")
        part.add_argument("--out", type=Path, default=Path(default), metavar="DIR", help=f"default {default}")


def run(args: argparse.Namespace) -> int:
    """Judge what was named."""
    return {"bundle": _bundle, "judge": _judge}[args.subject](args)


def _bundle(args: argparse.Namespace) -> int:
    from UterineSynthLib.bundles.catalogue import find_bundle
    from UterineSynthLib.evaluation.bundle_evaluation import evaluate_model
    from UterineSynthLib.evaluation.judge_bundle import find_judge
    from UterineSynthLib.evaluation.page import figure_table, write_page
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    bundle = find_bundle(args.model)
    settings = _settings(args, _ways(is_direct=not bundle.inference.needs_mask))
    judge = find_judge(args.judge)
    synthesizer = Synthesizer.from_bundle(bundle, args.device)
    _announce(judge)
    evaluation = evaluate_model(synthesizer, judge, settings, args.out, _teller())
    page = write_page(_head(args, synthesizer, judge), evaluation.evidence, evaluation.figures, args.out)
    print(figure_table(evaluation.figures))  # noqa: T201
    print(page)  # noqa: T201
    return 0


def _settings(args: argparse.Namespace, ways: list[str]) -> EvaluationSettings:
    from UterineSynthLib.bundles.inference_config import Quality
    from UterineSynthLib.errors import InputError
    from UterineSynthLib.evaluation.bundle_evaluation import FIRST_SEED, EvaluationSettings
    from UterineSynthLib.evaluation.image_maker import Sampling
    from UterineSynthLib.evaluation.judged_image import Origin

    if args.steps is not None and args.steps < 1:
        raise InputError(f"--steps {args.steps}: must be 1 or more")
    if args.training is not None and not Path(args.training).is_file():
        raise InputError(f"--training {args.training}: no such manifest")
    return EvaluationSettings(
        cases=args.cases,
        seed=FIRST_SEED if args.seed is None else args.seed,
        sampling=Sampling(None if args.quality is None else Quality(args.quality), args.steps),
        training=args.training,
        ways=tuple(Origin(way.replace("-", "_")) for way in args.ways or ways),
    )


def _head(args: argparse.Namespace, synthesizer: Synthesizer, judge: JudgeBundle) -> PageHead:
    from UterineSynthLib.evaluation.page import PageHead

    metadata, config = synthesizer.bundle.metadata, judge.config
    length = f" --quality {args.quality}" if args.quality else f" --steps {args.steps}" if args.steps else ""
    copies = f" --training {shlex.quote(args.training)}" if args.training else ""
    how = f"uterinesynth evaluate bundle {metadata.name} --cases {args.cases}{length}{copies}"
    return PageHead(f"{metadata.name} {metadata.version}", f"{config.name} {config.release}", config.accuracy, how)


def _judge(args: argparse.Namespace) -> int:
    from UterineSynthLib.evaluation.adherence import adherence_of, adherence_table
    from UterineSynthLib.evaluation.judge_bundle import find_judge
    from UterineSynthLib.evaluation.judge_evaluation import judge_phantoms
    from UterineSynthLib.records import to_json, write_text_whole

    judge = find_judge(args.judge)
    tell = _teller()
    images = judge_phantoms(
        judge.load(),
        judge.digest,
        args.cases,
        args.out,
        lambda n, count: tell("phantom", n, count),
        blur_mm=args.blur,
    )
    write_text_whole(args.out / "images.jsonl", "".join(f"{to_json(image)}\n" for image in images))
    accuracy = adherence_of(images)
    write_text_whole(args.out / "accuracy.json", to_json(accuracy, indent=1) + "\n")
    row = f"unseen phantoms, blurred by {args.blur:g} mm" if args.blur else "unseen phantoms"
    print(adherence_table({row: accuracy}))  # noqa: T201
    return 0


def _announce(judge: JudgeBundle) -> None:
    from UterineSynthLib.evaluation.adherence import adherence_table

    accuracy = judge.config.accuracy
    own = "not measured" if accuracy is None else f"\n{adherence_table({'unseen phantoms': accuracy})}"
    print(f"judge {judge.config.name} {judge.config.release}; its own accuracy: {own}", file=sys.stderr)  # noqa: T201


def _teller() -> Callable[[str, int, int], None]:
    """One line an image on stderr, with the time that is left; on a terminal the line is written over."""
    began = time.monotonic()
    ends = "\r" if sys.stderr.isatty() else "\n"

    def tell(what: str, number: int, count: int) -> None:
        from UterineSynthLib.cli.progress_bar import time_left

        left = (time.monotonic() - began) / number * (count - number)
        line = f"{number} of {count}, {what}, {time_left(left)}"
        print(f"{line:60}", end="\n" if number == count else ends, file=sys.stderr, flush=True)  # noqa: T201

    return tell


def _ways(is_direct: bool = True) -> list[str]:
    """Names of the ways; spelled here, because the library that knows them is not loaded for ``--help``."""
    return ["anatomy-first", "mask", "text", *(["direct"] if is_direct else [])]
