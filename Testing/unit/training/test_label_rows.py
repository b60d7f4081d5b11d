"""A network that learns new labels begins with parts as what they lie within."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig, SketchConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.training.label_rows import with_label_rows
from UterineSynthLib.volumes.structures import ORGAN_COUNT, STRUCTURE_COUNT, Structure

WAS = ConditionConfig(mask_labels=ORGAN_COUNT, tone=True, body_other=True, width=16, text_width=32)
NOW = dataclasses.replace(WAS, mask_labels=STRUCTURE_COUNT)


def network(conditions: ConditionConfig) -> ConditionedUNet:
    return ConditionedUNet(
        DenoiserConfig(channels=(8, 16), attention=(False, True), conditions=conditions, sketch=SketchConfig(8, 1))
    )


def test_it_draws_of_parts_what_it_drew_of_their_organ():
    torch.manual_seed(0)
    before, after = network(WAS), network(NOW)
    after.load_state_dict(with_label_rows(before.state_dict(), WAS, NOW))
    whole = torch.randint(0, ORGAN_COUNT, (1, 1, 8, 8), dtype=torch.uint8)
    whole[0, 0, :2] = Structure.BOWEL
    told = torch.where(whole == Structure.BOWEL, Structure.BOWEL_GAS, whole).to(torch.uint8)
    present = torch.ones(1)
    with torch.no_grad():
        was = before.mask_encoder(whole, present)
        assert torch.equal(was, after.mask_encoder(told, present))
        assert torch.equal(was, after.mask_encoder(whole, present))


def test_the_open_rest_of_the_body_stays_the_last_label():
    before = network(WAS).state_dict()
    after = with_label_rows(before, WAS, NOW)
    name = "mask_encoder.embed.weight"
    assert len(after[name]) == STRUCTURE_COUNT + 1
    assert torch.equal(after[name][-1], before[name][-1])


def test_as_many_labels_change_nothing():
    weights = network(NOW).state_dict()
    same = with_label_rows(weights, NOW, NOW)
    assert all(torch.equal(value, weights[name]) for name, value in same.items())


def test_labels_that_are_no_parts_of_what_it_knows_are_refused():
    few = dataclasses.replace(WAS, mask_labels=5)
    with pytest.raises(ConfigError, match=r"mask_labels = 5, and label 5 is no part of a structure that it knows"):
        with_label_rows(network(few).state_dict(), few, NOW)
    beyond = dataclasses.replace(NOW, mask_labels=STRUCTURE_COUNT + 1)
    with pytest.raises(ConfigError, match="is no part of a structure"):
        with_label_rows(network(NOW).state_dict(), NOW, beyond)


def test_a_network_does_not_forget_labels():
    with pytest.raises(
        ConfigError, match=f"mask_labels = {STRUCTURE_COUNT}, here it is 26; set it to {STRUCTURE_COUNT}"
    ):
        with_label_rows(network(NOW).state_dict(), NOW, WAS)
