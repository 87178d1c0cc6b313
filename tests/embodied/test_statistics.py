"""Intervals: published check values, coverage, degenerate samples; results: one shape, whole or refused."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from embodied.results import read_results, write_results
from embodied.statistics import (
    average_scenes,
    bootstrap_mean,
    bootstrap_means,
    compare,
    compare_paired,
    summarise,
    wilson,
)


def test_wilson_check_value() -> None:
    low, high = wilson(0, 92)
    assert low == 0.0
    assert high == pytest.approx(0.040, abs=5e-4)


@given(n=st.integers(1, 400), data=st.data())
def test_wilson_agrees_with_scipy_and_is_symmetric(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    oracle = stats.binomtest(x, n).proportion_ci(method="wilson")
    low, high = wilson(x, n)
    assert (low, high) == pytest.approx((oracle.low, oracle.high), abs=1e-4)
    assert 0.0 <= low <= x / n <= high <= 1.0
    assert wilson(n - x, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("x", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_wilson_refuses_impossible_counts(x: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes: expected"):
        wilson(x, n)


def test_bootstrap_agrees_with_scipy_and_repeats() -> None:
    values = np.random.default_rng(0).exponential(2.0, 40)
    ours = bootstrap_mean(values, np.random.default_rng(1))
    assert ours == bootstrap_mean(values, np.random.default_rng(1))
    oracle = stats.bootstrap((values,), np.mean, rng=np.random.default_rng(2)).confidence_interval
    assert ours == pytest.approx((oracle.low, oracle.high), rel=0.03)


def test_bootstrap_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        interval = bootstrap_mean(rng.normal(1.0, 2.0, 30), rng, resamples=600)
        assert interval is not None
        hits += interval[0] <= 1.0 <= interval[1]
    assert 0.88 <= hits / 200 <= 0.99


def test_clusters_widen_the_interval_when_their_members_agree() -> None:
    rng = np.random.default_rng(4)
    values = np.repeat(rng.normal(0, 1, 8), 10) + rng.normal(0, 0.01, 80)
    alone = bootstrap_mean(values, np.random.default_rng(5))
    clustered = bootstrap_mean(values, np.random.default_rng(5), clusters=np.repeat(np.arange(8), 10).tolist())
    assert alone is not None and clustered is not None
    assert np.ptp(clustered) > 2 * np.ptp(alone)
    assert bootstrap_mean(values, np.random.default_rng(6), clusters=["plaza"] * 80) == bootstrap_mean(
        values, np.random.default_rng(6)
    )


def test_with_few_scenes_the_interval_speaks_for_these_alone() -> None:
    rng = np.random.default_rng(4)
    scenes = np.repeat(["plaza", "street", "office"], 40)
    values = rng.normal(0, 1, 120) + np.repeat([0.0, 10.0, 20.0], 40)
    found = bootstrap_mean(values, rng, clusters=scenes.tolist())
    assert found is not None
    within = np.sqrt(sum(np.var(values[scenes == scene]) / 40 for scene in np.unique(scenes)) / 9)
    assert np.ptp(found) == pytest.approx(2 * 1.96 * within, rel=0.08)
    assert found[0] < values.mean() < found[1]


def test_columns_share_resamples_and_stand_alone() -> None:
    values = np.random.default_rng(0).exponential(1.0, (60, 5))
    values[:, 3] = 1.0
    together = bootstrap_means(values, np.random.default_rng(1))
    assert together[3] is None
    for column in (0, 4):
        alone = bootstrap_mean(values[:, column], np.random.default_rng(1))
        assert together[column] == pytest.approx(alone, rel=1e-12)
    with pytest.raises(ValueError, match="values: expected"):
        bootstrap_means(values[0], np.random.default_rng(0))
    with pytest.raises(ValueError, match="clusters: expected one for each of 60"):
        bootstrap_means(values, np.random.default_rng(0), ["plaza"])


def test_hundreds_of_episodes_and_metrics_are_quick() -> None:
    table = np.random.default_rng(0).exponential(1.0, (300, 70))
    table[np.random.default_rng(1).random(300) < 0.4, 50:60] = np.nan
    rows = [{f"metric {k}": value for k, value in enumerate(row)} for row in table]
    started = time.process_time()
    summary = summarise(rows, set(), np.random.default_rng(2), ["plaza", "street", "office"] * 100)
    assert time.process_time() - started < 3.0  # 20 rows in a minute
    assert len(summary) == 70 and all("lo" in metric for metric in summary.values())


def test_macro_means_weigh_scenes_the_same() -> None:
    rows = [{"sr": 1.0}] * 9 + [{"sr": 0.0}, {"sr": 0.0, "ne": 2.0}, {"ne": 4.0}]
    scenes = ["plaza"] * 9 + ["street"] * 3
    macro = average_scenes(rows, scenes)
    assert macro["sr"]["value"] == 0.5
    assert macro["sr"]["hi"] - 0.5 == pytest.approx(12.706 * np.sqrt(0.5) / np.sqrt(2), rel=1e-4)  # t, 1 degree
    assert macro["ne"] == {"value": 3.0}
    assert average_scenes([], []) == {}
    with pytest.raises(ValueError):
        average_scenes(rows, ["plaza"])


def test_gain_of_asking() -> None:
    asking, silent = [{"sr": 1.0}] * 30 + [{"sr": 0.0}] * 10, [{"sr": 1.0}] * 10 + [{"sr": 0.0}] * 30
    gain = compare(asking, silent, np.random.default_rng(0), clusters=["plaza", "street"] * 20)
    assert gain["ask_gain"]["value"] == 0.5
    assert gain["ask_gain"]["lo"] < 0.5 < gain["ask_gain"]["hi"]
    assert gain["ask_gain_p"]["value"] < 0.001
    backward = compare(silent, asking, np.random.default_rng(0))
    assert backward["ask_gain"]["value"] == -0.5
    assert compare(asking, asking, np.random.default_rng(0))["ask_gain_p"] == {"value": 1.0}
    assert compare([{}], [{"sr": 1.0}], np.random.default_rng(0)) == {}
    with pytest.raises(ValueError, match="pair them"):
        compare(asking, silent[:3], np.random.default_rng(0))


def test_samples_without_spread_have_no_interval() -> None:
    rng = np.random.default_rng(0)
    assert bootstrap_mean([2.0], rng) is None
    assert bootstrap_mean([2.0, 2.0, 2.0], rng) is None


def test_summary_of_mixed_values() -> None:
    rows = [
        {"sr": 1.0, "tl": 10.0, "min_distance": np.inf, "stuck": np.nan},
        {"sr": 0.0, "tl": 14.0, "min_distance": 0.5, "stuck": np.nan},
        {"sr": 1.0, "tl": 12.0, "min_distance": 0.7, "stuck": np.nan, "late": 3.0},
    ]
    summary = summarise(rows, {"sr"}, np.random.default_rng(0))
    assert list(summary) == ["sr", "tl", "min_distance", "late"]
    assert summary["sr"] == {"value": 2 / 3, "lo": wilson(2, 3)[0], "hi": wilson(2, 3)[1]}
    assert summary["tl"]["lo"] < summary["tl"]["value"] == 12.0 < summary["tl"]["hi"]
    assert summary["min_distance"]["value"] == pytest.approx(0.6)
    assert summary["late"] == {"value": 3.0}
    json.dumps(summary, allow_nan=False)
    with pytest.raises(ValueError, match="tl: expected 0 or 1"):
        summarise(rows, {"tl"}, np.random.default_rng(0))
    assert summarise([], set(), np.random.default_rng(0)) == {}


def test_sign_flips_are_exact_for_few_episodes() -> None:
    rng = np.random.default_rng(0)
    assert compare_paired(np.arange(5.0) + 1, np.zeros(5), rng) == pytest.approx(2 / 2**5)
    assert compare_paired([1.0, 2.0], [1.0, 2.0], rng) == 1.0
    first = rng.normal(0, 1, 60)
    assert compare_paired(first, first + 1.0, rng) < 0.001
    assert compare_paired(first, first + rng.normal(0, 1, 60), rng) > 0.01
    with pytest.raises(ValueError, match="pair them"):
        compare_paired([1.0], [1.0, 2.0], rng)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    write_results(
        path, verb="benchmark", command="embodied benchmark seed=0", seed=0, seconds=1.5, rows=rows, files={"log": "a"}
    )


def test_results_round_trip(tmp_path: Path) -> None:
    row = {"agent": "ask_nearest", "scene": "plaza", "n": 3, "metrics": {"sr": {"value": 0.5, "lo": 0.1, "hi": 0.9}}}
    write(tmp_path / "results.json", [row])
    document = read_results(tmp_path / "results.json")
    assert document["rows"] == [row]
    assert document["schema"] == 1
    assert document["versions"]["numpy"] == np.__version__
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    "metrics",
    [
        {"tl": {"value": float("nan")}},
        {"tl": 3.0},
        {"tl": {"value": 1.0, "lo": 0.5}},
        {"tl": {"value": 1.0, "lo": 2.0, "hi": 0.0}},
    ],
)
def test_results_refuse_other_shapes(tmp_path: Path, metrics: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rows\[0\]\.metrics\.tl: expected finite"):
        write(tmp_path / "results.json", [{"agent": "a", "n": 1, "metrics": metrics}])
    with pytest.raises(ValueError, match=r"rows\[0\]\.share: expected text"):
        write(tmp_path / "results.json", [{"share": 0.5, "metrics": {}}])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"), [("{", "expected JSON"), ("[]", "expected an object"), ('{"schema": 2}', "schema <= 1")]
)
def test_damaged_results_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_results(tmp_path / "results.json")
    with pytest.raises(ValueError, match="no such file"):
        read_results(tmp_path / "none.json")
