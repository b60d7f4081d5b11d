"""Write the report of a simulated reader study: ``python docs/study_report.py --out demo-report``.

Six readers who can tell a little read 60 + 60 cases that nobody drew: answers come from a seeded simulation of readers
with a known d', what was asked for from the population of the digital phantom. ``--images`` copies the figures that
the docs show.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.readerstudy.design import Candidate, Sampling, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.report.page import write_report
from UterineSynthLib.readerstudy.simulation import SimulatedReaders, open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.analysis import analyse

IMAGES = Path(__file__).parent / "images"
SHOWN = ("readers", "roc", "confidence", "ratings", "course", "main_finding-synthetic")
TRUTH = SimulatedReaders(0.35, d_prime_sd=0.15, criterion=0.1, criterion_sd=0.2, case_correlation=0.2,
                         descriptor_skill=0.7)  # fmt: skip
PER_KIND = 60


def main() -> None:
    """Simulate, analyse, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the report")
    parser.add_argument("--images", action="store_true", help="copy the figures of the docs into docs/images")
    args = parser.parse_args()
    design = StudyDesign(
        "A simulated study",
        2,
        (Candidate("real.nrrd", "subject", False), Candidate("made.nrrd", "request", True, "simulated")),
        Sampling(PER_KIND, PER_KIND, held_out="simulated"),
        questionnaire_of(("anchored", "clinical")),
        tuple(f"R{i}" for i in range(1, 7)),
    )
    cases = open_readings(design, PER_KIND, PER_KIND, 15)
    asked = {case: draw_description(seed) for seed, case in enumerate(sorted({r.case for r in cases}))}
    known = tuple(replace(r, asked=asked[r.case], model="simulated") if r.is_synthetic else r for r in cases)
    readings = simulate_answers(design, known, TRUTH)
    page = write_report(analyse(readings), readings, args.out)
    print(f"{page}; simulated accuracy {TRUTH.accuracy:.3f}, area {TRUTH.auc:.3f}, d' {TRUTH.d_prime:g}")
    if args.images:
        for name in SHOWN:
            shutil.copyfile(args.out / "figures" / f"{name}.svg", IMAGES / f"study-{name}.svg")


if __name__ == "__main__":
    main()
