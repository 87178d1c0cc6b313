"""Scores of forecasts: closed forms, what a calibrated and an overconfident forecast get, and intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.minds.calibration import brier, ece, expected_ece, log_score, reliability, score, tabulate


def calibrated(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return forecasts (n, classes) and what came, drawn from them."""
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(classes), n)
    return table, (rng.random(n)[:, None] > np.cumsum(table, axis=1)).sum(axis=1).clip(max=classes - 1)


def test_brier_in_closed_form() -> None:
    assert brier([[1.0, 0.0, 0.0]], [0]).tolist() == [0.0], "sure and right"
    assert brier([[1.0, 0.0, 0.0]], [2]).tolist() == [2.0], "sure and wrong"
    for classes in (2, 3, 7):
        uniform = np.full((4, classes), 1.0 / classes)
        assert brier(uniform, [0, 1, 0, 1]) == pytest.approx(1.0 - 1.0 / classes)
        assert log_score(uniform, [0, 1, 0, 1]) == pytest.approx(math.log(classes))
    assert brier([[0.7, 0.3]], [0])[0] == pytest.approx(2 * 0.3**2), "twice the score of two classes"
    assert np.isfinite(log_score([[1.0, 0.0]], [1])).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=12), st.data())
def test_scores_stay_in_their_ranges(weights: list[list[float]], data: st.DataObject) -> None:
    table = np.array(weights) / np.sum(weights, axis=1, keepdims=True)
    came = np.array([data.draw(st.integers(0, 2)) for _ in weights])
    assert ((brier(table, came) >= 0.0) & (brier(table, came) <= 2.0)).all()
    assert 0.0 <= ece(table, came) <= 1.0
    bins = reliability(table, came, bins=4)
    assert sum(one.n for one in bins) == len(table) and len(bins) <= 4
    assert ece(table, came, bins=4) == pytest.approx(
        sum(one.n * abs(one.forecast - one.frequency) for one in bins) / len(table)
    )
    order = np.random.default_rng(0).permutation(len(table))
    assert ece(table[order], came[order], bins=4) == pytest.approx(ece(table, came, bins=4)), "order does not matter"


def test_the_true_probabilities_score_best() -> None:
    table, came = calibrated(20_000, 3, seed=1)
    sharper = table**2 / np.square(table).sum(axis=1, keepdims=True)
    flatter = 0.5 * table + 0.5 / 3
    for other in (sharper, flatter):
        assert brier(table, came).mean() < brier(other, came).mean()
        assert log_score(table, came).mean() < log_score(other, came).mean()


def test_the_error_of_a_calibrated_forecast_is_about_nothing() -> None:
    table, came = calibrated(20_000, 3, seed=2)
    assert ece(table, came) < 0.015
    sharper = table**3 / np.power(table, 3).sum(axis=1, keepdims=True)
    assert ece(sharper, came) > 0.1
    assert expected_ece(sharper, np.random.default_rng(0)) < 0.02
    assert [one.n for one in reliability(table, came)] == [2000] * 10


def test_one_sure_forecast_that_is_right_half_the_time() -> None:
    table, came = np.tile([0.9, 0.1], (40, 1)), np.tile([0, 1], 20)
    (only,) = reliability(table, came)
    assert (only.n, only.frequency) == (40, 0.5) and only.forecast == pytest.approx(0.9), (
        "equal forecasts stay together"
    )
    assert ece(table, came) == pytest.approx(0.4)


def test_few_cases_have_an_error_even_where_nothing_is_wrong() -> None:
    table, _ = calibrated(40, 3, seed=3)
    assert expected_ece(table, np.random.default_rng(0)) > 0.08
    many, _ = calibrated(20_000, 3, seed=3)
    assert expected_ece(many, np.random.default_rng(0), draws=20) < 0.01


def test_score_tells_a_calibrated_from_an_overconfident_forecast() -> None:
    table, came = calibrated(400, 3, seed=4)
    names = ("a", "b", "c")
    sharper = table**4 / np.power(table, 4).sum(axis=1, keepdims=True)
    results = [
        score([dict(zip(names, row, strict=True)) for row in rows.tolist()], [names[k] for k in came],
              np.random.default_rng(0))
        for rows in (table, sharper)
    ]  # fmt: skip
    fair, bold = results
    for metrics in results:
        assert set(metrics) == {"brier", "log_score", "accuracy", "ece", "ece_expected"}
        for metric in (m for m in metrics.values() if "lo" in m):
            assert metric["lo"] <= metric["value"] <= metric["hi"]
    assert fair["ece"]["lo"] < 0.01 and bold["ece"]["lo"] > 0.05
    assert bold["ece"]["value"] > 3 * bold["ece_expected"]["value"]
    assert fair["accuracy"] == bold["accuracy"]
    again = score([dict(zip(names, row, strict=True)) for row in table.tolist()], [names[k] for k in came],
                  np.random.default_rng(0))  # fmt: skip
    assert again == fair


def test_forecasts_about_different_things_go_together() -> None:
    table, came, names = tabulate([{"a": 0.4, "b": 0.6}, {"c": 1.0}], ["b", "c"])
    assert names == ("a", "b", "c") and table.tolist() == [[0.4, 0.6, 0.0], [0.0, 0.0, 1.0]] and came.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"responses\[0\]: expected one of a, b, got c"):
        tabulate([{"a": 0.4, "b": 0.6}], ["c"])
    with pytest.raises(ValueError, match="expected one for each of 1, got 0"):
        tabulate([{"a": 1.0}], [])


@pytest.mark.parametrize(
    ("forecasts", "came", "complaint"),
    [
        ([[0.5, 0.4]], [0], "sum to 1"),
        ([[1.5, -0.5]], [0], "sum to 1"),
        ([[math.nan, 1.0]], [0], "sum to 1"),
        ([[0.5, 0.5]], [2], "columns from 0 to 1"),
        ([[0.5, 0.5]], [0, 1], "pair them"),
        (np.zeros((0, 2)), np.zeros(0, dtype=int), "pair them"),
    ],
)
def test_what_is_no_forecast_is_refused(forecasts: object, came: object, complaint: str) -> None:
    for measure in (brier, log_score, ece):
        with pytest.raises(ValueError, match=complaint):
            measure(forecasts, came)  # type: ignore[operator]


def test_no_cases_have_no_score() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        score([], [], np.random.default_rng(0))
    with pytest.raises(ValueError, match="bins"):
        ece([[0.5, 0.5]], [0], bins=0)
