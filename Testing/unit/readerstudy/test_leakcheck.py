"""The leak check finds leaks that were put there, and seldom any that were not."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from UterineSynthLib.readerstudy.coordinator import BuiltStudy
from UterineSynthLib.readerstudy.image_file import read_blinded_image, write_blinded_image
from UterineSynthLib.readerstudy.leak_classifier import _ridge_logistic, auc_of, grouped_folds
from UterineSynthLib.readerstudy.leakcheck import check_leaks, leak_check

RNG = np.random.default_rng(2)


def table(images: int, rng: np.random.Generator, shift: float = 0.0) -> list[dict[str, dict[str, float]]]:
    """Features that tell nothing but, where ``shift`` is set, the mean of every second image."""
    return [
        {
            "file": {"size": 10.0, "modified": 1.0, "name": rng.uniform()},
            "header": {"length": 90.0},
            "values": {"mean": rng.normal() + shift * (i % 2), "spread": rng.normal()},
            "noise": {"floor": rng.normal()},
        }
        for i in range(images)
    ]


def check(features: list[dict[str, dict[str, float]]]) -> object:
    flags = [i % 2 == 1 for i in range(len(features))]
    return leak_check(features, flags, [f"p{i}" for i in range(len(features))], seed=0)


def test_the_auc_is_that_of_scikit_learn_ties_included() -> None:
    scores = RNG.integers(0, 5, 200).astype(float)
    flags = RNG.random(200) < 0.4
    assert auc_of(scores, flags).auc == pytest.approx(roc_auc_score(flags, scores))


def test_the_interval_is_the_published_one() -> None:
    """Hanley and McNeil 1982, section II: theta = 0.893 with 51 abnormal and 58 normal cases has SE 0.0322 (Q1, Q2)."""
    area, abnormal, normal = 0.893, 51, 58
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt(
        (area * (1 - area) + (abnormal - 1) * (first - area**2) + (normal - 1) * (second - area**2))
        / (abnormal * normal)
    )
    scores = np.concatenate([np.zeros(normal), np.ones(abnormal)])
    flags = np.concatenate([np.zeros(normal, bool), np.ones(abnormal, bool)])
    flip = round((1 - area) * normal)
    scores[:flip] = 2.0
    found = auc_of(scores, flags)
    assert found.auc == pytest.approx(area, abs=0.01)
    assert (found.auc - found.low) / 1.96 == pytest.approx(error, rel=0.05)


def test_the_ridge_regression_is_that_of_scikit_learn() -> None:
    data = RNG.normal(size=(80, 4))
    flags = data[:, 0] + RNG.normal(size=80) > 0
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(data, flags)
    ours = _ridge_logistic(data, flags)
    np.testing.assert_allclose(ours, [*theirs.intercept_, *theirs.coef_[0]], atol=1e-4)


def test_folds_keep_subjects_together_and_classes_even() -> None:
    flags = np.arange(60) % 2 == 1
    groups = [f"p{i // 3}" for i in range(60)]
    fold = grouped_folds(flags, groups, 5, np.random.default_rng(0))
    assert all(len(set(fold[i : i + 3])) == 1 for i in range(0, 60, 3))
    counts = [(int(np.sum(flags[fold == f])), int(np.sum(~flags[fold == f]))) for f in range(5)]
    assert min(map(min, counts)) >= 4


def test_a_mean_that_differs_is_found_and_named() -> None:
    found = check(table(60, np.random.default_rng(1), shift=2.0))
    groups = {group.group: group for group in found.groups}
    assert groups["values"].telling == "values: mean"
    assert groups["values"].estimate.low > 0.7
    assert any("most telling is values: mean, higher in synthetic images" in words for words in found.warnings)
    assert not any(words.startswith("noise") for words in found.warnings)


def test_where_nothing_tells_a_warning_is_rare() -> None:
    alarms = sum(bool(check(table(40, np.random.default_rng(seed))).warnings) for seed in range(60))
    assert alarms <= 6


def test_a_header_or_size_that_differs_at_all_is_a_warning() -> None:
    features = table(24, np.random.default_rng(0))
    features[3]["file"]["size"] = 11.0
    features[5]["header"]["length"] = 91.0
    found = check(features)
    assert found.differing == ("file: size", "header: length")
    assert found.warnings[:2] == (
        "file: size is not the same in every file",
        "header: length is not the same in every file",
    )


def test_too_few_images_are_said_to_be_too_few() -> None:
    found = check(table(18, np.random.default_rng(0)))
    assert found.groups == ()
    assert "9 real and 9 synthetic images are too few" in found.remark


def test_a_clean_study_of_noise_has_no_warning(study: BuiltStudy) -> None:
    found = study.check()
    assert found.warnings == ()
    assert (found.real, found.synthetic) == (11, 11)
    assert study.leak_check_path.is_file()


def _zero_border(array: np.ndarray) -> np.ndarray:
    changed = array.copy()
    changed[:, :3] = changed[:, -3:] = 0
    return changed


def _rounded(array: np.ndarray) -> np.ndarray:
    return array // 8 * 8


def _smoothed(array: np.ndarray) -> np.ndarray:
    return ((array + np.roll(array, 1, axis=2)) // 2).astype(np.int16)


@pytest.mark.parametrize(
    ("change", "group"), [(_zero_border, "border"), (_rounded, "values"), (_smoothed, "noise"), (_smoothed, "spectrum")]
)
def test_a_leak_put_into_the_synthetic_images_is_found(
    change: Callable[[np.ndarray], np.ndarray], group: str, study: BuiltStudy
) -> None:
    key = study.read_key()
    for truth in key.images:
        if truth.is_synthetic:
            path = study.folder.image_path(truth.image)
            write_blinded_image(path, change(read_blinded_image(path).array), (1.0, 1.0, 4.0), os.urandom(16))
    found = check_leaks(study.folder, key)
    assert any(words.startswith(f"{group} tells real from synthetic") for words in found.warnings)
