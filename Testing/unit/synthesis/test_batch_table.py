"""What a row of a batch's table asks for."""

from __future__ import annotations

import json
from pathlib import Path

from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.records import to_json
from UterineSynthLib.synthesis.batch_row import seed_for
from UterineSynthLib.synthesis.batch_table import read_table
from UterineSynthLib.synthesis.request import GenerationRequest


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_cell_means_what_the_field_means_and_json_lines_say_the_same(tmp_path: Path) -> None:
    text = (
        "id,pathologies,excluded,leiomyomas.1.figo,leiomyomas.1.wall,dimension,resample_mask,guidance_scale,mask,seed\n"
        "x,adenomyosis,normal_not; ,,,,,,,\n"
    ).replace("normal_not; ", "endometrial_polyp; nabothian_cysts")
    text += "y,adenomyosis,,2-5,posterior,2,TRUE,1.5,masks/m.nrrd,9\n"
    first, second = read_table(written(tmp_path / "r.csv", text), GenerationRequest(quality=Quality.BEST))
    assert first.request.description.excluded == (Pathology.ENDOMETRIAL_POLYP, Pathology.NABOTHIAN_CYSTS)
    assert first.request.quality is Quality.BEST
    assert second.request.description.pathologies == (Pathology.LEIOMYOMA, Pathology.ADENOMYOSIS)
    assert second.request.description.leiomyomas[0].figo == "2-5"
    assert (second.request.dimension, second.request.resample_mask, second.request.guidance_scale) == (2, True, 1.5)
    assert second.mask_path == tmp_path / "masks/m.nrrd"
    lines = "".join(
        json.dumps({"id": row.name, **json.loads(to_json(row.request))}) + "\n\n" for row in (first, second)
    )
    again = read_table(written(tmp_path / "r.jsonl", lines), GenerationRequest())
    assert [(row.name, row.request, row.mask_path) for row in again] == [
        (row.name, row.request, row.mask_path) for row in (first, second)
    ]


def test_a_row_keeps_its_own_word_against_a_default(tmp_path: Path) -> None:
    defaults = GenerationRequest(quality=Quality.BEST, way=Way.DIRECT, count=5)
    table = written(tmp_path / "r.csv", "steps,mask,count,seed\n3,,,1\n,m.nrrd,2,1\n")
    first, second = (row.request for row in read_table(table, defaults))
    assert (first.steps, first.quality, first.way, first.count) == (3, None, Way.DIRECT, 5)
    assert (second.quality, second.way, second.count) == (Quality.BEST, None, 2)


def test_a_seed_comes_from_what_a_row_says() -> None:
    request = GenerationRequest(text="normal uterus")
    seeds = {
        seed_for(request, "", 0),
        seed_for(GenerationRequest(text="adenomyosis"), "", 0),
        seed_for(request, "a", 0),
        seed_for(request, "", 1),
    }
    assert len(seeds) == 4
    # Written down once: a table made last year must give the same volumes.
    assert seed_for(request, "", 0) == 2526115052
