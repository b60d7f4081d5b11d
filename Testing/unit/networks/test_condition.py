"""Laws of the condition: each kind may be absent, and what is absent says nothing."""

import dataclasses

import pytest
import torch

from UterineSynthLib.networks.assemble import condition_of, null_of
from UterineSynthLib.networks.condition import KINDS, Condition
from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.networks.embedding import ConditionEmbedding, MaskEncoder


def _altered(condition: Condition, kind: str) -> Condition:
    """The same presence flags with another value of one kind."""
    value = getattr(condition, kind)
    other = (value + 1) % 20 if not value.is_floating_point() else value + 1.5
    return dataclasses.replace(condition, **{kind: other.to(value.dtype)})


def test_joined_samples_follow_each_other(condition_on) -> None:
    one, two = condition_on(seed=0), condition_on(seed=1).without("mask")
    both = one.joined(two)
    for name in ("classes", "attributes", "text", "spacing", "mask", "slice_position"):
        assert torch.equal(getattr(both, name), torch.cat([getattr(one, name), getattr(two, name)]))
    assert both.present["mask"].tolist() == [1.0, 0.0]
    assert both.present["text"].tolist() == [1.0, 1.0]


def test_its_parts_make_it_again(condition_on) -> None:
    whole = condition_on().without("text")
    again = Condition.of_parts(whole.parts)
    assert again.present.keys() == whole.present.keys()
    assert all(one is other for one, other in zip(again.parts, whole.parts, strict=True))
    assert again.mask is whole.mask
    assert again.present["text"] is whole.present["text"]


def test_without_clears_the_flags_of_the_named_kinds_alone(condition_on) -> None:
    condition = condition_on()
    less = condition.without("text", "classes")
    assert {kind for kind in KINDS if less.present[kind].item()} == {"attributes", "spacing", "mask"}
    assert all(condition.present[kind].item() for kind in KINDS)


def test_the_null_condition_keeps_the_spacing_alone(condition_on) -> None:
    null = null_of(condition_on())
    assert {kind for kind in KINDS if null.present[kind].item()} == {"spacing"}


def test_dropping_never_and_always_and_by_share(condition_on) -> None:
    many = Condition.stacked([condition_on()] * 2000)
    dropped = many.dropped({"text": 1.0, "mask": 0.25}, torch.Generator().manual_seed(0))
    share = {kind: float(1 - dropped.present[kind].mean()) for kind in KINDS}
    assert (share["text"], share["classes"], share["spacing"]) == (1.0, 0.0, 0.0)
    assert share["mask"] == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 2000) ** 0.5)


def test_kinds_are_dropped_independently_and_what_was_absent_stays_absent(condition_on) -> None:
    many = Condition.stacked([condition_on().without("text")] * 2000)
    dropped = many.dropped(dict.fromkeys(KINDS, 0.5), torch.Generator().manual_seed(0))
    assert float(dropped.present["text"].sum()) == 0.0
    table = torch.stack([dropped.present[kind] for kind in ("classes", "attributes", "mask")])
    assert (torch.corrcoef(table) - torch.eye(3)).abs().max() < 5 / 2000**0.5


def test_what_is_not_given_is_absent(conditions: ConditionConfig) -> None:
    bare = condition_of(conditions, (2, 8, 8), (5.0, 1.0, 1.0))
    assert {kind for kind in KINDS if bare.present[kind].item()} == {"spacing"}
    assert bare.mask.shape == (1, 2, 8, 8)
    torch.testing.assert_close(bare.spacing.exp(), torch.tensor([[5.0, 1.0, 1.0]]))
    torch.testing.assert_close(bare.slice_position, torch.tensor([[-0.025, 0.025]]))


@pytest.mark.parametrize("kind", ["classes", "attributes", "text", "spacing"])
@torch.no_grad()
def test_an_absent_kind_has_no_value_and_a_present_one_has(kind: str, conditions, condition_on) -> None:
    embedding = ConditionEmbedding(conditions).eval()
    present = condition_on()
    absent = present.without(kind)
    for one, two in zip(embedding(absent), embedding(_altered(absent, kind)), strict=True):
        assert torch.equal(one, two)
    for one, two in zip(embedding(present), embedding(_altered(present, kind)), strict=True):
        assert not torch.allclose(one, two)
    assert not torch.allclose(embedding(present)[0], embedding(absent)[0])


@torch.no_grad()
def test_padding_of_a_sentence_is_not_read(conditions: ConditionConfig, condition_on) -> None:
    embedding = ConditionEmbedding(conditions).eval()
    words = torch.tensor([[3, 4, 5, 0, 0, 0]])
    short = dataclasses.replace(condition_on(), text=words)
    long = dataclasses.replace(condition_on(), text=torch.cat([words, torch.zeros_like(words)], dim=1))
    torch.testing.assert_close(embedding(short)[0], embedding(long)[0])


@torch.no_grad()
def test_a_model_without_any_condition_still_gives_one_vector_and_one_token(condition_on) -> None:
    none = ConditionConfig(classes=False, attributes=False, spacing=False, mask=False, text=False, width=16)
    vector, tokens = ConditionEmbedding(none)(condition_on().joined(condition_on()))
    assert vector.shape[-1] == 16
    assert tokens.shape == (2, 1, 16)


@pytest.mark.parametrize("slice_reduction", [1, 2])
@torch.no_grad()
def test_the_mask_encoder_loses_no_voxel(slice_reduction: int) -> None:
    encoder = MaskEncoder(26, 8, 4, slice_reduction)
    mask, given = torch.zeros(1, 2, 8, 8, dtype=torch.uint8), torch.ones(1)
    plain = encoder(mask, given)
    assert plain.shape == (1, 8, 2 // slice_reduction, 2, 2)
    for slice_, row, column in [(0, 0, 0), (1, 3, 4), (1, 7, 7), (0, 6, 1)]:
        other = mask.clone()
        other[0, slice_, row, column] = 3
        changed = (encoder(other, given) != plain).amax(dim=(0, 1))
        assert changed.nonzero().tolist() == [[slice_ // slice_reduction, row // 4, column // 4]]


@torch.no_grad()
def test_an_absent_mask_is_zero_everywhere_and_a_given_one_is_marked() -> None:
    encoder = MaskEncoder(26, 8, 4, 1)
    mask = torch.randint(0, 26, (2, 2, 8, 8), dtype=torch.uint8)
    features = encoder(mask, torch.tensor([0.0, 1.0]))
    assert not features[0].any()
    assert bool((features[1, -1] == 1.0).all())
    torch.testing.assert_close(encoder(mask[:, 1:], torch.ones(2))[1], features[1, :, 1:])
