"""The evaluation of a model: which images are made and judged, and the table that comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.evaluation.adherence_figures import adherence_figures
from UterineSynthLib.evaluation.distribution import Features
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.figure import Figure
from UterineSynthLib.evaluation.image_figures import image_figures
from UterineSynthLib.evaluation.image_maker import ImageMaker, Sampling
from UterineSynthLib.evaluation.image_store import ImageStore
from UterineSynthLib.evaluation.judge_bundle import JudgeBundle
from UterineSynthLib.evaluation.judged_image import WAYS, Origin
from UterineSynthLib.evaluation.judging import Judged, Judging
from UterineSynthLib.evaluation.restoring import Restorer
from UterineSynthLib.evaluation.training_features import training_features
from UterineSynthLib.records import record, to_json, write_text_whole
from UterineSynthLib.synthesis.synthesizer import Synthesizer

RECORDS, IMAGES = "records.jsonl", "images.jsonl"
FIRST_SEED = 900_000
REFERENCE_OFFSET = 500_000
"""Reference phantoms show other descriptions than the cases."""
_SAMPLED, _SAMPLES = 8, 6
"""Descriptions that are sampled more than once, and how often."""
OnImage = Callable[[str, int, int], None]


@record("uterinesynth.evaluation")
@dataclass(frozen=True)
class EvaluationSettings:
    """What is evaluated.

    Attributes:
        cases: unseen descriptions; seed: of the first, the others follow.
        sampling: steps or quality of the model.
        training: manifest of the images that the model was trained on, to look for copies.
        ways: in which the model makes images.
    """

    cases: int = 64
    seed: int = FIRST_SEED
    sampling: Sampling = field(default_factory=Sampling)
    training: str | None = None
    ways: tuple[Origin, ...] = WAYS

    def __post_init__(self) -> None:
        if self.cases < 2:
            raise ConfigError(f"cases = {self.cases}: judge at least 2, and 64 for figures that can be compared")
        if self.seed < 0:
            raise ConfigError(f"seed = {self.seed}: must be 0 or more")


@dataclass(frozen=True)
class Evaluation:
    """What was found: the images and the table."""

    evidence: Evidence
    figures: tuple[Figure, ...]


def evaluate_model(
    synthesizer: Synthesizer, judge: JudgeBundle, settings: EvaluationSettings, folder: Path, on_image: OnImage
) -> Evaluation:
    """Make and judge every image that is not in ``folder`` yet, and write the records there.

    Raises:
        InputError: the model makes several channels, or the manifest of the training set cannot be used.
        OutputError: the folder cannot be written to.
    """
    bundle = synthesizer.bundle
    if bundle.inference.autoencoder.image_channels != 1:
        raise InputError(f"model {bundle.name} makes several channels; the judge knows T2-weighted images alone")
    loaded, grid = judge.load(synthesizer.compute.device), bundle.inference.grid
    identity = {"model": bundle.digest, "judge": judge.digest}
    store = ImageStore(
        ImageMaker(grid, synthesizer, settings.sampling), bundle.digest, settings.sampling, folder / "made"
    )
    judging = Judging(store, loaded, judge.digest, folder / "judged", _restorer(synthesizer))
    judged: dict[Origin, list[Judged]] = {}
    work = list(_work(settings))
    for number, (origin, case, index) in enumerate(work, start=1):
        judged.setdefault(origin, []).append(judging.judged(origin, case, index))
        on_image(origin.value.replace("_", " "), number, len(work))
    seen: Features | None = None
    if settings.training is not None:
        seen = training_features(
            Path(settings.training),
            grid,
            loaded,
            judge.digest,
            folder / "judged",
            lambda number, count: on_image("training image", number, count),
        )
    evidence = Evidence(judged, seen, settings.seed, identity)
    evaluation = Evaluation(evidence, _signed(evidence, bundle.name, identity))
    write_records(evaluation, folder)
    return evaluation


def _restorer(synthesizer: Synthesizer) -> Restorer | None:
    """The model's way to its space and back; None for a model that works on pixels."""
    bundle = synthesizer.bundle
    if not bundle.inference.autoencoder.has_weights:
        return None
    codec = bundle.load_codec()
    codec.autoencoder.to(synthesizer.compute.device)
    return Restorer(codec, bundle.digest)


def write_records(evaluation: Evaluation, folder: Path) -> None:
    """Write the figures and the records of all images as JSON lines."""
    write_text_whole(folder / RECORDS, "".join(f"{to_json(figure)}\n" for figure in evaluation.figures))
    images = [item.image for judged in evaluation.evidence.judged.values() for item in judged]
    write_text_whole(folder / IMAGES, "".join(f"{to_json(image)}\n" for image in images))


def _work(settings: EvaluationSettings) -> Iterator[tuple[Origin, int, int]]:
    """Case by case, so that what is there after a stop covers whole cases."""
    for case in range(settings.seed, settings.seed + settings.cases):
        yield Origin.PHANTOM, case, 0
        yield Origin.REFERENCE, case + REFERENCE_OFFSET, 0
        for way in settings.ways:
            yield way, case, 0
    for case, index in product(range(settings.seed, settings.seed + min(_SAMPLED, settings.cases)), range(_SAMPLES)):
        yield Origin.SAMPLE, case, index
        yield Origin.PHANTOM_SAMPLE, case, index


def _signed(evidence: Evidence, model: str, identity: dict[str, str]) -> tuple[Figure, ...]:
    figures = [*adherence_figures(evidence), *image_figures(evidence)]
    return tuple(
        replace(
            figure,
            model=model,
            model_digest=identity["model"],
            judge_digest=identity["judge"],
            seed=evidence.seed,
        )
        for figure in figures
    )
