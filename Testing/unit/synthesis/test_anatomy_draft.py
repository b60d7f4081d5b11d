"""A label map by itself: the one that would be painted, also where no network can run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.bundles.catalogue import MODELS_VARIABLE, STANDARD_GRIDS, model_grid
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import BundleError
from UterineSynthLib.records import from_plain
from UterineSynthLib.synthesis.anatomy_draft import write_anatomy_draft
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

WITHOUT_NETWORKS = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "monai", "safetensors", "tokenizers", "einops", "rich"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from UterineSynthLib.synthesis.worker import main
sys.exit(main([]))
"""


def ask(kind: str, request: dict[str, Any], out: Path) -> str:
    return json.dumps({"protocol": 1, "type": kind, "id": kind, "request": request, "out": str(out)})


def test_the_draft_is_the_label_map_that_would_be_painted(tiny_bundle: Path, tmp_path: Path) -> None:
    request = GenerationRequest(model=str(tiny_bundle), text="a 4 cm FIGO 4 fibroid", seed=8, steps=1)
    draft = write_anatomy_draft(request, tmp_path)
    (case,) = Synthesizer.from_bundle(tiny_bundle, "cpu").generate(request)
    drawn = sitk.ReadImage(str(draft.labels))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(drawn), sitk.GetArrayFromImage(case.labels))
    np.testing.assert_allclose(drawn.GetOrigin(), case.labels.GetOrigin(), atol=1e-3)
    assert draft.description == case.provenance.description


def test_a_worker_without_torch_draws_label_maps_and_names_what_an_image_needs(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    drawing = ask("anatomy", {"seed": 2, "dimension": 2, "text": "adenomyosis"}, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_NETWORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        worker.stdin.write(f"{drawing}\n{ask('generate', {'model': str(tiny_bundle)}, tmp_path)}\n")
        worker.stdin.flush()
        ready, anatomy, done, failed = (json.loads(worker.stdout.readline()) for _ in range(4))
    assert ready == {"protocol": 1, "type": "ready", "device": ""}
    assert "adenomyosis" in from_plain(UterusDescription, anatomy["description"]).pathologies
    assert sitk.ReadImage(anatomy["labels"]).GetSize() == STANDARD_GRIDS[2].shape[::-1]
    assert (done["type"], done["id"]) == ("done", "anatomy")
    assert (failed["type"], failed["id"]) == ("failed", "generate")
    assert failed["package"] in ("torch", "safetensors")


def test_the_grid_is_that_of_the_model_named_or_of_the_first_of_its_dimension(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODELS_VARIABLE, str(tiny_bundle.parent))
    for name in (str(tiny_bundle), tiny_bundle.name, None):
        assert model_grid(name, 3).shape == (8, 64, 64)
    with pytest.raises(BundleError, match="there is no 3D model of that name"):
        model_grid("nothing-like-it", 3)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setattr("UterineSynthLib.bundles.catalogue.model_folders", lambda: [tmp_path])
    assert model_grid(None, 3) == STANDARD_GRIDS[3]
