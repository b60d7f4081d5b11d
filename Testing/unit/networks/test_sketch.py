"""A sketch knows its scale, the label maps it may be given, its style, and of other slices what it is told."""

import numpy as np
import pytest
import torch

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig, SketchConfig
from UterineSynthLib.networks.sketch import Sketcher
from UterineSynthLib.networks.tone import PLAIN_SD, TONE_SD, greys_of, painted
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import STRUCTURE_COUNT, Structure


def sketcher(slice_reduction: int = 1, spatial_dims: int = 3, **more: int) -> Sketcher:
    torch.manual_seed(0)
    layout = DenoiserConfig(
        spatial_dims=spatial_dims,
        latent_channels=3,
        mask_reduction=4,
        slice_reduction=slice_reduction,
        conditions=ConditionConfig(tone=True),
    )
    return Sketcher(SketchConfig(channels=16, blocks=2, **more), layout).eval()


def trained(slice_reduction: int = 1, spatial_dims: int = 3, **more: int) -> Sketcher:
    made = sketcher(slice_reduction, spatial_dims, **more)
    for weight in made.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return made


def label_map(slices: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 26, (slices, 16, 24)).astype(np.uint8)


def test_untrained_it_says_the_scale_of_the_latents_and_nothing_else():
    made = sketcher()
    made.centre.copy_(torch.tensor([1.0, 2.0, 3.0]))
    made.spread.copy_(torch.tensor([0.5, 1.0, 2.0]))
    with torch.inference_mode():
        mean, deviation = made.sketch(label_map())
    assert mean.shape == deviation.shape == (1, 3, 4, 4, 6)
    for channel, (centre, spread) in enumerate(((1.0, 0.5), (2.0, 1.0), (3.0, 2.0))):
        assert torch.all(mean[:, channel] == centre)
        assert torch.all(deviation[:, channel] == spread)


@torch.inference_mode()
def test_no_slice_of_latents_knows_of_another():
    made, labels = trained(), label_map()
    changed = labels.copy()
    changed[2] = (labels[2] + 1) % 26
    before, after = made.sketch(labels), made.sketch(changed)
    for one, other in zip(before, after, strict=True):
        differs = (one != other).any(dim=(0, 1, 3, 4))
        assert differs.tolist() == [False, False, True, False]


@torch.inference_mode()
@pytest.mark.parametrize(
    ("spatial_dims", "reached"), [(3, [False, True, True, True, False]), (2, [False, False, True, False, False])]
)
def test_with_neighbours_a_slice_knows_of_those_beside_it_unless_it_is_single(spatial_dims, reached):
    made, labels = trained(spatial_dims=spatial_dims, neighbours=True), label_map(5)
    changed = labels.copy()
    changed[2] = (labels[2] + 1) % 26
    before, after = made.sketch(labels), made.sketch(changed)
    for one, other in zip(before, after, strict=True):
        assert (one != other).any(dim=(0, 1, 3, 4)).tolist() == reached


@torch.inference_mode()
def test_a_stack_goes_on_as_it_ends_and_inner_slices_are_those_of_the_whole():
    made, labels = trained(neighbours=True), label_map()
    whole = made.sketch(labels)
    longer = made.sketch(np.concatenate([labels[:1], labels, labels[-1:]]))
    assert torch.allclose(longer.mean[:, :, 1:-1], whole.mean, atol=1e-5)
    shown = (torch.from_numpy(one)[None] for one in (labels, painted(labels)[0]))
    inner = made(*shown, inner=slice(1, 3))
    assert torch.allclose(inner.mean, whole.mean[:, :, 1:3], atol=1e-5)


@torch.inference_mode()
def test_a_style_changes_the_whole_study_and_the_usual_one_is_zero():
    made, labels = trained(style_width=2), label_map()
    usual, none = made.sketch(labels, None, np.zeros(2, dtype=np.float32)), made.sketch(labels)
    assert torch.equal(usual.mean, none.mean)
    other = made.sketch(labels, None, np.array([1.0, 0.0], dtype=np.float32))
    assert (other.mean != none.mean).any(dim=(0, 1, 3, 4)).all()


@torch.inference_mode()
def test_a_style_is_read_from_the_latents_and_does_not_depend_on_the_order_of_slices():
    made, labels = trained(style_width=2), label_map()
    raw = np.random.default_rng(1).standard_normal((3, 4, 4, 6)).astype(np.float32)
    code = made.style_of(raw, labels, None)
    assert code.shape == (2,)
    np.testing.assert_allclose(made.style_of(raw[:, ::-1].copy(), labels[::-1].copy(), None), code, atol=1e-4)
    assert not np.allclose(made.style_of(raw + 1, labels, None), code, atol=1e-3)
    assert sketcher().style_of(raw, labels, None).shape == (0,)


@torch.inference_mode()
def test_slices_that_share_a_latent_are_seen_together():
    made, labels = trained(slice_reduction=2), label_map()
    changed = labels.copy()
    changed[3] = (labels[3] + 1) % 26
    before, after = made.sketch(labels), made.sketch(changed)
    assert before.mean.shape == (1, 3, 2, 4, 6)
    assert (before.mean != after.mean).any(dim=(0, 1, 3, 4)).tolist() == [False, True]


@torch.inference_mode()
def test_every_voxel_of_labels_and_of_greys_counts_where_it_lies():
    made = sketcher()
    torch.nn.init.normal_(made.leave.weight)  # the blocks are still silent: a voxel reaches two latents far
    labels = np.random.default_rng(0).integers(0, 26, (1, 48, 64)).astype(np.uint8)
    greys = painted(labels)[0]
    given = made(torch.from_numpy(labels)[None], torch.from_numpy(greys)[None]).mean[0, :, 0]
    for row, column in ((0, 0), (21, 34), (47, 63)):
        other, lighter = labels.copy(), greys.copy()
        other[0, row, column] = (labels[0, row, column] + 1) % 26
        lighter[0, row, column] += 0.5
        for shown in ((other, greys), (labels, lighter)):
            found = made(*(torch.from_numpy(one)[None] for one in shown)).mean[0, :, 0]
            rows, columns = torch.nonzero((found != given).any(dim=0)).unbind(1)
            assert int((rows - row // 4).abs().max()) <= 2
            assert int((columns - column // 4).abs().max()) <= 2
            assert (found != given).any(dim=0)[row // 4, column // 4]


def test_the_deviation_is_bounded_and_above_zero():
    made = trained()
    torch.nn.init.normal_(made.leave.bias, std=100.0)
    with torch.inference_mode():
        deviation = made.sketch(label_map()).deviation
    assert float(deviation.min()) >= np.exp(-3.0) - 1e-6
    assert float(deviation.max()) <= np.exp(0.7) + 1e-5


def test_an_unknown_label_is_named():
    labels = label_map()
    labels[0, 0, 0] = STRUCTURE_COUNT
    with pytest.raises(ConfigError, match=rf"the label {STRUCTURE_COUNT}, the model knows 0 to {STRUCTURE_COUNT - 1}"):
        sketcher().sketch(labels)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"blocks": 0}, "blocks = 0"),
        ({"style_width": -1}, "style_width = -1"),
        ({"channels": 20}, "20 channels cannot be normalised in 8 groups"),
    ],
)
def test_a_sketch_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        SketchConfig(**settings)


def test_a_sketch_needs_a_mask_and_its_tone():
    with pytest.raises(ConfigError, match=r"set conditions\.mask and tone to true"):
        DenoiserConfig(sketch=SketchConfig())


def test_an_output_in_deviations_needs_a_tone():
    with pytest.raises(ConfigError, match=r"in_deviations needs a tone .* set conditions\.mask and tone to true"):
        DenoiserConfig(in_deviations=True)


def test_the_guess_is_as_sure_as_the_sketch_where_there_is_one():
    shape = (2, 3, 1, 2, 2)
    like = torch.zeros(shape)
    tone, deviation = torch.randn(shape), torch.rand(shape) + 0.1

    def condition(**more: torch.Tensor) -> Condition:
        nothing = torch.zeros(2, 1)
        present = {"mask": torch.tensor([1.0, 0.0])}
        return Condition(nothing, nothing, nothing, nothing, nothing, nothing, present, tone=tone, **more)

    mean, variance = condition(tone_sd=deviation).guess(like)
    assert torch.equal(mean[0], tone[0])
    assert not mean[1].any()
    assert torch.allclose(variance[0], deviation[0] ** 2)
    assert torch.all(variance[1] == PLAIN_SD**2)
    without = condition().guess(like)[1]
    assert torch.allclose(without[0], torch.tensor(TONE_SD**2))
    assert torch.all(without[1] == PLAIN_SD**2)


@torch.inference_mode()
def test_a_voxel_of_two_structures_is_shown_in_a_mixture_of_their_greys():
    made, labels = trained(partial_volume=True), label_map()
    second, nothing = ((labels + 5) % 26).astype(np.uint8), np.zeros_like(labels)
    some = np.zeros_like(labels)
    some[2] = 100
    shown = made.inputs_of(labels, None, None, PartialVolume(second, some))
    np.testing.assert_allclose(shown[1][0], PartialVolume(second, some).mixed(labels, greys_of(labels)), atol=1e-6)
    assert torch.equal(shown[0], made.inputs_of(labels, None, None)[0]), "the labels stay what they are"
    plain, unmixed, mixed = (
        made.sketch(labels, None, None, partial).mean
        for partial in (None, PartialVolume(second, nothing), PartialVolume(second, some))
    )
    assert torch.allclose(plain, unmixed)
    assert (plain != mixed).any(dim=(0, 1, 3, 4)).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("labels", "is_mixed", "knows"),
    [(STRUCTURE_COUNT, True, True), (Structure.CONNECTIVE_TISSUE, True, False), (STRUCTURE_COUNT, False, False)],
)
def test_one_that_was_taught_before_there_was_texture_does_not_know_it(labels, is_mixed, knows):
    conditions = ConditionConfig(tone=True, mask_labels=int(labels), width=16, text_width=32)
    config = SketchConfig(channels=16, partial_volume=is_mixed)
    denoiser = DenoiserConfig(conditions=conditions, sketch=config)
    assert Sketcher(config, denoiser).knows_texture is knows
