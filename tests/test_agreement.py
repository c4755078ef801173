"""Agreement statistics give what the statisticians' own programs give."""

from __future__ import annotations

import warnings

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from netcourse.assessment.marking.agreement import (
    alpha_of,
    bootstrap,
    coincidences,
    confusion,
    fleiss_kappa,
    intraclass_correlation,
    kappa_of,
    krippendorff_alpha,
    weighted_kappa,
)

LEVELS = range(5)
# Shrout and Fleiss, Psychological Bulletin 1979, 86: 420-428, table 2: six targets, four judges.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def synthetic_class(seed: int, readers: int, units: int, missing: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, units)
    ratings = np.clip(truth + rng.integers(-1, 2, (readers, units)), 0, 4).astype(float)
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return ratings


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
@given(
    seed=st.integers(0, 10**6),
    readers=st.integers(2, 30),
    units=st.integers(2, 12),
    missing=st.sampled_from([0.0, 0.05, 0.5]),
)
@settings(max_examples=60, deadline=None)
def test_alpha_is_krippendorffs_with_gaps_and_without(
    scale: str, seed: int, readers: int, units: int, missing: float
) -> None:
    ratings = synthetic_class(seed, readers, units, missing)
    ours = float(alpha_of(coincidences(ratings, LEVELS).sum(axis=0), LEVELS, scale))  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # the oracle divides by nothing where nothing can be said
            oracle = krippendorff.alpha(reliability_data=ratings, level_of_measurement=scale)
    except (ValueError, AssertionError):
        return
    if np.isfinite(ours) and np.isfinite(oracle):
        assert ours == pytest.approx(oracle, abs=1e-9)
    else:
        assert np.isnan(ours)


@pytest.mark.parametrize(
    ("weights", "theirs"), [("none", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
@given(grid=st.lists(st.lists(st.integers(0, 40), min_size=5, max_size=5), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_kappa_is_cohens(weights: str, theirs: str | None, grid: list[list[int]]) -> None:
    table = np.array(grid, float)
    ours = float(kappa_of(table, weights))  # type: ignore[arg-type]
    if np.isfinite(ours):
        oracle = inter_rater.cohens_kappa(
            table, weights=np.arange(5) if theirs else None, wt=theirs, return_results=False
        )
        assert ours == pytest.approx(oracle, abs=1e-9)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_fleiss_kappa_is_fleiss(seed: int) -> None:
    ratings = synthetic_class(seed, 7, 12, 0)
    table = np.stack([(ratings == level).sum(axis=0) for level in LEVELS], axis=1)
    assert fleiss_kappa(table) == pytest.approx(
        inter_rater.fleiss_kappa(table[:, table.sum(axis=0) > 0]), abs=1e-9
    )


def test_the_intraclass_correlation_of_four_judges_is_the_published_one() -> None:
    assert intraclass_correlation(JUDGES) == pytest.approx(0.29, abs=0.005)


def test_a_reader_who_scores_one_class_higher_throughout_agrees_less_than_his_twin() -> None:
    scores = np.array([0, 1, 2, 3, 1, 2, 0, 3], float)
    twin, higher = (
        intraclass_correlation(np.stack([scores, scores], 1)),
        intraclass_correlation(np.stack([scores, scores + 1], 1)),
    )
    assert twin == pytest.approx(1)
    assert higher < 0.8


def test_one_class_off_costs_less_than_four_on_an_ordinal_scale() -> None:
    truth = np.tile(LEVELS, 4)
    near, far = truth.copy(), truth.copy()
    near[0], far[0] = 1, 4
    assert kappa_of(confusion(near, truth, LEVELS)) > kappa_of(confusion(far, truth, LEVELS))
    ratings = np.stack([truth, near]).astype(float), np.stack([truth, far]).astype(float)
    close, apart = (krippendorff_alpha(one, LEVELS).value for one in ratings)
    assert close > apart


def test_scores_drawn_at_random_agree_no_more_than_chance() -> None:
    rng = np.random.default_rng(3)
    found = krippendorff_alpha(rng.integers(0, 5, (40, 60)).astype(float), LEVELS)
    assert found.low < 0 < found.high
    assert abs(found.value) < 0.05


def test_when_everyone_always_says_the_same_nothing_can_be_said() -> None:
    assert str(krippendorff_alpha(np.full((5, 6), 3.0), LEVELS)) == "cannot be said"
    assert not krippendorff_alpha(np.full((5, 6), np.nan), LEVELS).known
    assert not weighted_kappa(np.zeros((3, 5, 5))).known


def test_a_lesion_that_one_reader_scored_alone_counts_nothing() -> None:
    ratings = synthetic_class(5, 6, 8, 0)
    lone = np.full((6, 1), np.nan)
    lone[0] = 4
    assert krippendorff_alpha(np.hstack([ratings, lone]), LEVELS) == krippendorff_alpha(
        ratings, LEVELS
    )


def test_a_score_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="levels are 0, 1, 2, 3, 4"):
        coincidences([[5.0, 1.0], [1.0, 1.0]], LEVELS)
    with pytest.raises(ValueError, match="same number of readers"):
        fleiss_kappa([[3, 0], [1, 0]])
    with pytest.raises(ValueError, match="no gaps"):
        intraclass_correlation([[1, np.nan], [2, 3]])


def test_the_interval_holds_the_value_shrinks_with_readers_and_comes_out_the_same_twice() -> None:
    grids = np.array(
        [
            confusion(synthetic_class(n, 1, 20, 0)[0], synthetic_class(n, 2, 20, 0)[1], LEVELS)
            for n in range(80)
        ]
    )
    few, many = weighted_kappa(grids[:10]), weighted_kappa(grids)
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low
    assert weighted_kappa(grids) == many


def test_the_bootstrap_of_a_mean_is_the_textbooks_interval() -> None:
    sample = np.random.default_rng(1).normal(10, 2, 400)
    found = bootstrap(np.stack([sample, np.ones(400)], 1), lambda sums: sums[..., 0] / sums[..., 1])
    half = 1.96 * sample.std() / 20
    assert (found.low, found.high) == pytest.approx(
        (sample.mean() - half, sample.mean() + half), abs=0.03
    )
