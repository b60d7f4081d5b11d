from pathlib import Path

import pytest

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.manifest import write_manifest
from UterineSynthLib.dataset.phantom_cases import LICENCE, SOURCE
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.volumes.files import write_image

FIELD = UterineField(8, 64, 8.0, 3.0)


@pytest.fixture(scope="session")
def phantom_manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four coarse phantoms in a manifest: three to train on, one unseen."""
    folder = tmp_path_factory.mktemp("phantoms")
    cases = []
    for seed in range(4):
        made = make_phantom(draw_description(seed), seed, FIELD)
        image, labels = folder / f"{seed}.nii.gz", folder / f"{seed}_labels.nii.gz"
        write_image(made.image, image)
        write_image(made.labels, labels)
        split = Split.VALIDATION if seed == 3 else Split.TRAIN
        cases.append(Case(f"p{seed}", image.name, f"p{seed}", SOURCE, LICENCE, labels.name, made.description, split))
    write_manifest(cases, folder / "manifest.jsonl")
    return folder / "manifest.jsonl"
