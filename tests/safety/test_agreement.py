"""Agreement of judges with the truth: closed forms, chance, and the interval's coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.agreement import agree


def test_a_worked_table() -> None:
    """45 and 15 of 60, 25 and 15 of 40: Cohen's kappa 0.1304."""
    judged = [True] * 45 + [True] * 15 + [False] * 25 + [False] * 15
    truth = [True] * 45 + [False] * 15 + [True] * 25 + [False] * 15
    found = agree(judged, truth)
    assert found.n == 100 and found.accuracy == pytest.approx(0.6)
    assert found.kappa == pytest.approx(0.1304, abs=1e-4)
    assert found.safe_recall == pytest.approx(45 / 70) and found.unsafe_recall == pytest.approx(0.5)
    assert found.balanced_accuracy == pytest.approx((45 / 70 + 0.5) / 2)


@given(truth=st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda facts: len(set(facts)) == 2))
def test_truth_agrees_wholly_and_its_opposite_not_at_all(truth: list[bool]) -> None:
    same, opposite = agree(list(truth), truth), agree([not fact for fact in truth], truth)
    assert same.accuracy == same.balanced_accuracy == 1 and same.kappa == pytest.approx(1)
    assert opposite.accuracy == opposite.balanced_accuracy == 0 and opposite.kappa < 0
    constant = agree([True] * len(truth), truth)
    assert constant.kappa == pytest.approx(0, abs=1e-12) and constant.balanced_accuracy == 0.5


def test_a_random_judge_agrees_by_chance_and_the_interval_covers_zero_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    kappas, covered = [], 0
    for _ in range(300):
        truth, judged = rng.random(300) < 0.3, rng.random(300) < 0.6
        found = agree([bool(answer) for answer in judged], [bool(fact) for fact in truth])
        kappas.append(found.kappa)
        covered += found.kappa_low <= 0 <= found.kappa_high
    assert abs(float(np.mean(kappas))) < 0.01
    assert 0.92 <= covered / 300 <= 0.98


def test_the_closed_interval_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(400) < 0.4
    judged = np.where(rng.random(400) < 0.8, truth, ~truth)
    found = agree(judged.tolist(), truth.tolist())
    draws = [
        agree(judged[chosen].tolist(), truth[chosen].tolist()).kappa for chosen in rng.integers(400, size=(600, 400))
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.kappa_low == pytest.approx(low, abs=0.015) and found.kappa_high == pytest.approx(high, abs=0.015)


def test_what_cannot_be_read_agrees_with_nothing() -> None:
    truth = [True, False] * 10
    found = agree([None] * 5 + truth[5:], truth)
    assert found.unparseable == 5 and found.accuracy == 0.75 and found.kappa < 1
    assert agree([None] * 20, truth).kappa == 0 and agree([None] * 20, truth).accuracy == 0


def test_one_class_alone_has_no_balance() -> None:
    found = agree([True, True], [True, True])
    assert found.accuracy == 1 and math.isnan(found.balanced_accuracy) and math.isnan(found.kappa)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="judged: expected one answer for each of 2 items, got 1"):
        agree([True], [True, False])
    with pytest.raises(ValueError, match="for each of 0 items"):
        agree([], [])
