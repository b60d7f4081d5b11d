"""Which slices a segmenter learns from, and from which weights it starts."""

from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from UterineSynthLib.dataset.preprocessing import Preprocessing
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.segmenter import Segmenter, SegmenterConfig
from UterineSynthLib.training.config import CasesConfig, OptimiserConfig
from UterineSynthLib.training.prepared import PreparedCase
from UterineSynthLib.training.segmenter_task import SegmenterTask, SegmenterTraining, lesion_slices, load_start
from UterineSynthLib.volumes.structures import STRUCTURES, Structure

SMALL = SegmenterConfig(features=(8, 8, 8, 8, 8, 8), norm_groups=4)
GRID = Preprocessing((32, 32, 6), (1.25, 1.25, 4.4))


def _case(name, shown):
    """Six slices; slice n shows ``shown[n]`` all over, and its voxels are n / 10."""
    labels = np.zeros((6, 32, 32), np.uint8)
    for number, structure in shown.items():
        labels[number] = structure
    image = np.broadcast_to(np.arange(6, dtype=np.float32)[:, None, None] / 10, labels.shape)[None]
    return PreparedCase(name, image, labels, (4.4, 1.25, 1.25), None, "digital phantom", "Apache-2.0")


CASES = [
    _case("a", {0: Structure.UTERINE_WALL, 1: Structure.MYOMA, 2: Structure.MYOMA, 3: Structure.MYOMA}),
    _case("b", {2: Structure.UTERINE_WALL, 5: Structure.POLYP}),
]


def _task(**settings):
    config = SegmenterTraining(
        name="judge",
        cases=CasesConfig(("manifest.jsonl",), GRID),
        model=SMALL,
        optimiser=OptimiserConfig(batch_size=200),
        crop=32,
        disturbance=0.0,
        **settings,
    )
    return SegmenterTask(config, CASES, CASES)


def _drawn(task):
    """How often each label was the middle slice of a window."""
    windows, labels = task.batch(torch.Generator().manual_seed(0))
    return Counter(labels[:, 0, 0].tolist()), windows


def test_places_of_lesions_are_listed_by_kind():
    assert lesion_slices([case.labels for case in CASES]) == [[(0, 1), (0, 2), (0, 3)], [(1, 5)]]
    assert lesion_slices([np.zeros((2, 4, 4), np.uint8)]) == []


def test_every_kind_of_lesion_is_drawn_as_often_however_few_its_slices():
    drawn, _ = _drawn(_task(lesion_share=1.0))
    assert set(drawn) == {Structure.MYOMA, Structure.POLYP}
    assert 70 < drawn[Structure.POLYP] < 130


def test_without_a_share_of_lesions_slices_are_drawn_from_the_uterus_or_anywhere():
    drawn, _ = _drawn(_task(lesion_share=0.0, uterine_share=1.0))
    assert Structure.BACKGROUND not in drawn
    drawn, _ = _drawn(_task(lesion_share=0.0, uterine_share=0.0))
    assert drawn[Structure.BACKGROUND] > 60


def test_a_share_of_the_slices_stands_alone():
    _, windows = _drawn(_task(alone_share=1.0))
    assert torch.equal(windows[:, 0], windows[:, 1])
    _, windows = _drawn(_task(alone_share=0.0))
    assert not torch.equal(windows[:, 0], windows[:, 1])


def test_training_starts_from_the_weights_it_is_told(tmp_path):
    torch.manual_seed(5)
    known = Segmenter(SMALL).state_dict()
    save_file(known, tmp_path / "known.safetensors")
    told = _task(start_from=str(tmp_path / "known.safetensors")).model.state_dict()
    assert all(torch.equal(told[name], value) for name, value in known.items())
    assert not all(torch.equal(value, known[name]) for name, value in _task().model.state_dict().items())


def test_weights_to_start_from_that_are_not_there_or_of_another_network_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"start_from: .*nowhere\.safetensors: no such file"):
        _task(start_from=str(tmp_path / "nowhere.safetensors"))
    other = Segmenter(SegmenterConfig(features=(16, 8, 8, 8, 8, 8), norm_groups=4))
    save_file(other.state_dict(), tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors", encoding="utf-8")
    for name in ("other", "text"):
        with pytest.raises(ConfigError, match="holds no weights of this network"):
            load_start(Segmenter(SMALL), tmp_path / f"{name}.safetensors")


def test_the_sheet_shows_structures_in_their_own_colours(tmp_path):
    task = _task()
    task.sheet(task.model.eval(), tmp_path / "sheet.png", torch.device("cpu"))
    with Image.open(tmp_path / "sheet.png") as sheet:
        shown = {colour for _, colour in sheet.getcolors(sheet.width * sheet.height)}
    assert STRUCTURES[Structure.MYOMA].colour in shown
