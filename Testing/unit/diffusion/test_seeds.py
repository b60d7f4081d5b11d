"""Laws of the random streams: one a sample, whatever the order."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from UterineSynthLib.diffusion.seeds import noise_for, stream_seed

SHAPE = (4, 8, 16, 16)


def test_noise_depends_on_seed_and_index_and_on_nothing_else() -> None:
    forward = [noise_for(9, index, SHAPE) for index in range(4)]
    torch.manual_seed(1234)
    backward = [noise_for(9, index, SHAPE) for index in reversed(range(4))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(forward, backward, strict=True))


def test_drawing_noise_leaves_the_global_stream_alone() -> None:
    before = torch.get_rng_state()
    noise_for(9, 0, SHAPE)
    assert torch.equal(before, torch.get_rng_state())


def test_noise_is_standard_normal() -> None:
    assert stats.kstest(noise_for(1, 2, SHAPE).numpy().ravel(), "norm").pvalue > 0.01


def test_streams_of_neighbouring_samples_and_seeds_are_unrelated() -> None:
    streams = torch.stack([noise_for(seed, index, SHAPE).flatten() for seed in (0, 1) for index in range(4)])
    correlation = np.corrcoef(streams.numpy()) - np.eye(8)
    # Five standard errors of the correlation of 8192 independent pairs.
    assert np.abs(correlation).max() < 5 / np.sqrt(streams.shape[1])


def test_a_purpose_has_a_stream_of_its_own() -> None:
    assert stream_seed(1, 2) == stream_seed(1, 2, "noise")
    assert stream_seed(1, 2, "noise") != stream_seed(1, 2, "anatomy")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), index=st.integers(0, 10**6))
def test_seed_and_index_are_not_mixed_up(seed: int, index: int) -> None:
    word = stream_seed(seed, index)
    assert 0 <= word < 2**63
    assert (stream_seed(index, seed) == word) == (seed == index)
    # Digits must not run into each other: (1, 23) is not (12, 3).
    assert stream_seed(seed * 10 + 1, index) != stream_seed(seed, int(f"1{index}"))


def test_the_streams_stay_the_same_from_release_to_release() -> None:
    assert stream_seed(0, 0) == 4741892167115362785
    assert stream_seed(7, 3, "anatomy") == 6549356719335496625
