"""Styles are drawn from kinds of studies, not from between them."""

import dataclasses

import numpy as np
import pytest

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.style_prior import StyleKind, StylePrior, fitted_styles
from UterineSynthLib.records import from_json, to_json


def two_kinds(count: int = 400) -> list[np.ndarray]:
    """One study in four has its fat shifted the other way; the second number varies by itself in both."""
    rng = np.random.default_rng(0)
    centres = np.where(rng.random(count) < 0.25, -2.0, 0.5)
    return [np.array([c + 0.1 * rng.standard_normal(), rng.standard_normal()], np.float32) for c in centres]


def drawn(prior: StylePrior, count: int = 600) -> np.ndarray:
    return np.stack([prior.draw(3, n) for n in range(count)])


def test_what_is_drawn_lies_where_studies_lie_and_as_often() -> None:
    found = drawn(fitted_styles(two_kinds()))
    other = found[:, 0] < -0.75
    assert other.mean() == pytest.approx(0.25, abs=0.06)
    assert found[other, 0].mean() == pytest.approx(-2.0, abs=0.05)
    assert found[~other, 0].mean() == pytest.approx(0.5, abs=0.05)
    assert not ((found[:, 0] > -1.6) & (found[:, 0] < 0.1)).any()
    assert found[:, 1].std() == pytest.approx(1.0, abs=0.12)


def test_every_study_belongs_to_a_kind_and_few_studies_to_one() -> None:
    assert sum(kind.studies for kind in fitted_styles(two_kinds()).kinds) == 400
    assert len(fitted_styles(two_kinds(60)).kinds) == 1
    single = fitted_styles(two_kinds(1))
    assert np.abs(drawn(single, 20) - two_kinds(1)[0]).max() < 0.1


def test_numbers_that_go_together_are_drawn_together() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal(60)
    found = drawn(fitted_styles([np.array([v, -2 * v], np.float32) for v in values]))
    assert np.corrcoef(found.T)[0, 1] < -0.99


def test_the_same_stream_draws_the_same_and_another_volume_another() -> None:
    prior = fitted_styles(two_kinds())
    assert np.array_equal(prior.draw(3, 1), prior.draw(3, 1))
    assert not np.array_equal(prior.draw(3, 1), prior.draw(3, 2))
    assert not np.array_equal(prior.draw(3, 1), prior.draw(4, 1))


def test_a_prior_comes_back_from_json() -> None:
    prior = fitted_styles(two_kinds())
    assert from_json(StylePrior, to_json(prior)) == prior


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"studies": 0}, "needs studies"),
        ({"mean": (0.0,)}, "as many rows and columns"),
        ({"mean": (float("nan"), 0.0)}, "must be finite"),
    ],
)
def test_a_kind_that_cannot_be_is_refused(change, message) -> None:
    kind = StyleKind(3, (0.0, 1.0), ((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(kind, **change)


@pytest.mark.parametrize("kinds", [(), (StyleKind(1, (0.0,), ((1.0,),)), StyleKind(1, (), ()))])
def test_kinds_that_do_not_belong_together_are_refused(kinds) -> None:
    with pytest.raises(ConfigError, match="at least one kind, and all of one width"):
        StylePrior(kinds)


def test_a_fit_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="no study with a label map"):
        fitted_styles([])
