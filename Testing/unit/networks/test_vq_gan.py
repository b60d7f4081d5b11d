"""Laws of the codebook and of the VQ-GAN around it."""

import pytest
import torch
from monai.networks.layers.vector_quantizer import EMAQuantizer

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.codebook import Codebook
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.spaces import VqGanConfig
from UterineSynthLib.networks.vq_gan import VqGan

CONFIG = VqGanConfig(latent_channels=3, codes=16, channels=(8, 8), norm_groups=4)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_latent_becomes_its_nearest_code() -> None:
    book = Codebook(7, 2, 0.99, 0.1).eval()
    latents = torch.randn(2, 2, 3, 4, 5)
    by_hand = torch.cdist(latents.movedim(1, -1).reshape(-1, 2), book.codes).argmin(1)
    expected = book.codes[by_hand].reshape(2, 3, 4, 5, 2).movedim(-1, 1)
    assert torch.equal(book.quantise(latents), expected)
    torch.testing.assert_close(book(latents, generator()).latents, expected)


def test_many_vectors_are_compared_a_piece_at_a_time_with_the_same_result() -> None:
    book = Codebook(5, 2, 0.99, 0.1).eval()
    latents = torch.randn(1, 2, 5000)
    whole = torch.cdist(latents[0].T, book.codes).argmin(1)
    assert torch.equal(book.quantise(latents)[0].T, book.codes[whole])


def test_the_gradient_goes_straight_through_the_codes() -> None:
    book = Codebook(4, 2, 0.99, 0.1).eval()
    latents = torch.randn(1, 2, 6, requires_grad=True)
    weight = torch.randn(1, 2, 6)
    (book(latents, generator()).latents * weight).sum().backward()
    torch.testing.assert_close(latents.grad, weight)


def test_codes_follow_the_running_mean_as_in_monai() -> None:
    # MONAI counts vectors where we hold shares of them: a batch of one size makes both the same.
    ours, theirs = Codebook(4, 2, 0.9, 0.0), EMAQuantizer(2, 4, 2, decay=0.9, epsilon=0.0)
    start = torch.randn(4, 2)
    ours.codes.copy_(start)
    ours.usage.fill_(0.25)
    ours.sums.copy_(start * 0.25)
    vectors = 40
    with torch.no_grad():
        theirs.embedding.weight.copy_(start)
        theirs.ema_cluster_size.fill_(0.25 * vectors)
        theirs.ema_w.copy_(start * 0.25 * vectors)
    for seed in range(5):
        latents = torch.randn(1, 2, 8, vectors // 8, generator=generator(seed))
        ours(latents, generator())
        theirs(latents)
        torch.testing.assert_close(ours.codes, theirs.embedding.weight)


def test_a_code_that_nothing_falls_on_starts_again_at_a_vector_of_the_batch() -> None:
    book = Codebook(3, 2, 0.5, 0.5)
    book.codes.copy_(torch.tensor([[0.0, 0.0], [5.0, 5.0], [100.0, 100.0]]))
    book.usage.copy_(torch.tensor([0.5, 0.4, 0.1]))
    book.sums.copy_(book.codes * book.usage[:, None])
    latents = torch.tensor([[0.0, 5.0, 0.0, 5.0], [0.0, 5.0, 0.0, 5.0]])[None]
    book(latents, generator())
    assert book.codes[2].tolist() in ([0.0, 0.0], [5.0, 5.0])
    assert book.codes[:2].tolist() == [[0.0, 0.0], [5.0, 5.0]]


def test_a_codebook_starts_at_vectors_of_the_first_batch_and_only_in_training() -> None:
    book = Codebook(3, 2, 0.99, 0.1)
    latents = torch.full((1, 2, 10), 7.0)
    before = book.codes.clone()
    book.eval()(latents, generator())
    assert torch.equal(book.codes, before)
    book.train()(latents, generator())
    torch.testing.assert_close(book.codes, torch.full((3, 2), 7.0))


def test_perplexity_counts_the_codes_in_even_use() -> None:
    book = Codebook(4, 1, 0.99, 0.1).eval()
    book.codes.copy_(torch.tensor([[0.0], [1.0], [2.0], [3.0]]))
    assert float(book(torch.tensor([[[0.0, 1.0, 2.0, 3.0]]]), generator()).perplexity) == pytest.approx(4, rel=1e-4)
    assert float(book(torch.zeros(1, 1, 8), generator()).perplexity) == pytest.approx(1, rel=1e-4)


@torch.no_grad()
def test_the_scale_is_the_range_of_the_codebook_as_in_the_paper() -> None:
    space = VqGan(CONFIG).eval()
    codec = LatentCodec(space, *space.prescribed_scale())
    codes = space.codebook.codes
    scaled = codec.whiten(codes.T[None, :, :, None, None])
    assert (float(scaled.min()), float(scaled.max())) == pytest.approx((-1.0, 1.0), abs=1e-5)
    paper = (codes - codes.min()) / (codes.max() - codes.min()) * 2 - 1
    torch.testing.assert_close(scaled[0, :, :, 0, 0].T, paper)


@torch.no_grad()
def test_decoding_quantises_so_that_what_lies_near_a_code_gives_the_same_volume() -> None:
    space = VqGan(CONFIG).eval()
    latents = space.codebook.quantise(torch.randn(1, 3, 2, 4, 4))
    assert torch.equal(space.decode(latents + 1e-4), space.decode(latents))


def test_the_codebook_stays_in_float32_under_autocast() -> None:
    space = VqGan(CONFIG)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        restored = space(torch.rand(1, 1, 4, 8, 8), generator())
    assert restored.penalties["commitment"].dtype == space.codebook.codes.dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spatial_dims": 4}, "spatial_dims is 4, must be 2 or 3"),
        ({"codes": 1}, "at least 2 codes"),
        ({"decay": 1.0}, "decay 1 and restart_share"),
        ({"channels": (12,)}, "12 channels cannot be normalised in 8 groups"),
        ({"image_channels": 0}, "image_channels is 0"),
    ],
)
def test_settings_that_no_vq_gan_has_are_refused(change, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        VqGanConfig(**change)
