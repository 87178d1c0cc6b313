"""Measures of ways: closed forms, bounds for every input, what changes nothing, and DTW against the plain recursion."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.navigation import (
    NAMES,
    RATES,
    Walk,
    drop_repeats,
    dtw,
    efficiency,
    length_score,
    measure,
    ndtw,
    path_coverage,
    path_length,
    resample,
    soft_spl,
)

FloatArray = npt.NDArray[np.float64]


def make_walk(path: FloatArray, goal: tuple[float, ...], **changes: Any) -> Walk:
    """Return a walk on open ground: geodesic distances are straight, the reference is the straight way."""
    gaps = np.linalg.norm(path - np.asarray(goal), axis=1)
    values: dict[str, Any] = {
        "positions": path, "distances": gaps, "stopped": True, "shortest": float(gaps[0]), "radius": 3.0,
        "reference": np.array([path[0], goal]),
    }  # fmt: skip
    return Walk(**values | changes)


def line(start: tuple[float, ...], end: tuple[float, ...], count: int) -> FloatArray:
    return np.linspace(start, end, count)


def test_the_straight_way_is_perfect() -> None:
    values = measure(make_walk(line((0, 0), (10, 0), 41), (10, 0), duration=10.0, max_speed=1.0, steps=40))
    for name in ("sr", "osr", "spl", "soft_spl", "oracle_spl", "ndtw", "sdtw", "pc", "ls", "cls", "stl"):
        assert values[name] == pytest.approx(1.0), name
    assert (values["tl"], values["gp"], values["epl"]) == pytest.approx((10.0, 10.0, 10.0))
    assert (values["ne"], values["one"], values["steps"]) == (0.0, 0.0, 40.0)
    assert values.keys() == NAMES.keys() > RATES


def test_agent_on_the_reference_points_has_ndtw_and_cls_of_one() -> None:
    reference = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0], [8.0, 4.0]])
    values = measure(make_walk(reference, (8, 4), reference=reference, shortest=12.0))
    assert (values["spl"], values["ndtw"], values["cls"]) == pytest.approx((1, 1, 1))
    assert ndtw(reference, reference, 3.0) == 1.0


def test_stop_at_the_start() -> None:
    values = measure(make_walk(np.zeros((1, 2)), (10, 0)))
    assert (values["tl"], values["spl"], values["sr"], values["soft_spl"], values["ls"] < 1) == (0, 0, 0, 0, True)
    gaps = np.append(np.arange(0.0, 10.0, 0.25), 10.0)
    assert values["pc"] == pytest.approx(np.exp(-gaps / 3.0).mean())
    assert values["ls"] == pytest.approx(0.5)  # EPL / (EPL + |EPL - 0|)
    assert values["cls"] == pytest.approx(0.5 * values["pc"])
    assert values["cls"] <= values["pc"]


def test_twice_the_way_is_half_the_spl() -> None:
    detour = np.concatenate([line((0, 0), (-5, 0), 51), line((-5, 0), (10, 0), 151)[1:]])
    values = measure(make_walk(detour, (10, 0), duration=40.0, max_speed=1.0))
    assert (values["spl"], values["soft_spl"], values["stl"]) == pytest.approx((0.5, 0.5, 0.25))


def test_success_is_a_stop_strictly_inside() -> None:
    def run(end: float, stopped: bool) -> dict[str, float]:
        return measure(make_walk(line((0, 0), (end, 0), 51), (10, 0), stopped=stopped))

    assert (run(7.0, True)["sr"], run(7.0, True)["osr"]) == (0.0, 0.0)
    assert run(7.001, True)["sr"] == 1.0
    assert (run(9.0, False)["sr"], run(9.0, False)["osr"], run(9.0, False)["spl"]) == (0.0, 1.0, 0.0)
    assert run(9.0, False)["oracle_spl"] == 1.0


def test_oracle_spl_is_that_of_the_first_entrance() -> None:
    there_and_back = np.concatenate(
        [line((0, 0), (0, 3), 31), line((0, 3), (10, 3), 101)[1:], line((10, 3), (0, 0), 9)]
    )
    values = measure(make_walk(there_and_back, (10, 1)))
    assert (values["sr"], values["osr"]) == (0.0, 1.0)
    inside = next(p for p in there_and_back if np.hypot(p[0] - 10, p[1] - 1) < 3.0)
    assert values["oracle_spl"] == pytest.approx(np.hypot(10, 1) / (3.0 + inside[0]))


def test_degenerate_ways() -> None:
    at_goal = measure(make_walk(np.zeros((3, 2)), (0, 0)))
    assert (at_goal["spl"], at_goal["soft_spl"], at_goal["ndtw"], at_goal["cls"]) == (1.0, 1.0, 1.0, 1.0)
    assert soft_spl(1.0, 0.0, 5.0) == 0.0
    assert (efficiency(0.0, 0.0), length_score(0.0, 0.0)) == (1.0, 1.0)
    bare = measure(make_walk(np.zeros((1, 2)), (5, 0), reference=None))
    assert not {"ndtw", "cls", "stl", "steps"} & bare.keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.zeros((0, 2)), "distances": np.zeros(0)}, "at least one position"),
        ({"distances": np.zeros(3)}, "one distance for each"),
        ({"distances": np.array([np.inf])}, "finite"),
        ({"shortest": math.nan}, "finite"),
        ({"radius": 0.0}, "radius: expected metres above 0"),
    ],
)
def test_impossible_walks_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_walk(np.zeros((1, 2)), (5, 0), **changes)


def slow_dtw(path: FloatArray, reference: FloatArray) -> float:
    """The recursion of the definition, cell by cell."""
    table = np.full((len(path) + 1, len(reference) + 1), np.inf)
    table[0, 0] = 0.0
    for i, p in enumerate(path):
        for j, r in enumerate(reference):
            table[i + 1, j + 1] = math.dist(p, r) + min(table[i, j + 1], table[i + 1, j], table[i, j])
    return float(table[-1, -1])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 14), m=st.integers(1, 14), axes=st.integers(1, 3))
def test_dtw_agrees_with_the_recursion(seed: int, n: int, m: int, axes: int) -> None:
    rng = np.random.default_rng(seed)
    path, reference = rng.normal(0, 3, (n, axes)), rng.normal(0, 3, (m, axes))
    assert dtw(path, reference) == pytest.approx(slow_dtw(path, reference), rel=1e-12)
    assert dtw(path, reference) == pytest.approx(dtw(reference, path), rel=1e-12)
    expected = math.exp(-slow_dtw(path, reference) / (m * 3.0))
    assert ndtw(np.repeat(path, 3, axis=0), reference, 3.0) == pytest.approx(expected, rel=1e-9)  # repeats are dropped


def random_walk(seed: int) -> Walk:
    rng = np.random.default_rng(seed)
    path = np.cumsum(rng.normal(0.05, 0.3, (int(rng.integers(1, 60)), 2)), axis=0)
    reference = np.cumsum(rng.normal(0.5, 1.0, (int(rng.integers(1, 7)), 2)), axis=0)
    goal = path[-1] + rng.normal(0, 2.5, 2)
    return make_walk(
        path, tuple(goal), reference=reference, stopped=bool(rng.random() < 0.7), radius=float(rng.uniform(0.2, 4)),
        duration=0.1 * len(path), max_speed=float(rng.uniform(0.3, 3)),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_bounds_hold_for_every_input(seed: int) -> None:
    values = measure(random_walk(seed))
    assert values["spl"] <= values["sr"] <= values["osr"]
    assert values["spl"] <= values["oracle_spl"] <= values["osr"]
    assert values["stl"] <= values["sr"]
    assert values["sdtw"] <= values["ndtw"] <= 1.0
    assert values["cls"] <= values["pc"] <= 1.0
    assert values["one"] <= values["ne"]
    assert values["soft_spl"] <= 1.0
    assert all(values[name] >= 0.0 for name in values if name != "gp")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), angle=st.floats(-3, 3), dx=st.floats(-50, 50), dy=st.floats(-50, 50))
def test_turning_and_moving_change_nothing(seed: int, angle: float, dx: float, dy: float) -> None:
    walk = random_walk(seed)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    assert walk.reference is not None
    moved = Walk(
        positions=walk.positions @ turn.T + (dx, dy), distances=walk.distances, stopped=walk.stopped,
        shortest=walk.shortest, radius=walk.radius, reference=walk.reference @ turn.T + (dx, dy),
        duration=walk.duration, max_speed=walk.max_speed,
    )  # fmt: skip
    before, after = measure(walk), measure(moved)
    for name, value in before.items():
        # rounding may add a sample where a length is a whole multiple of SPACING
        assert after[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), more=st.integers(2, 5))
def test_more_samples_on_the_same_line_change_nothing(seed: int, more: int) -> None:
    walk = random_walk(seed)
    assert walk.reference is not None
    index = np.arange(0, len(walk.positions) - 1 + 1e-9, 1 / more)
    finer = np.stack([np.interp(index, np.arange(len(walk.positions)), axis) for axis in walk.positions.T], axis=1)
    before = measure(walk)
    after = measure(
        Walk(
            positions=finer, distances=np.interp(index, np.arange(len(walk.positions)), walk.distances),
            stopped=walk.stopped, shortest=walk.shortest, radius=walk.radius, reference=walk.reference,
            duration=walk.duration, max_speed=walk.max_speed,
        )
    )  # fmt: skip
    for name, value in before.items():
        if name != "oracle_spl":  # the moment of entering is found to within a sample
            assert after[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name
    assert after["oracle_spl"] >= before["oracle_spl"] - 1e-9


def test_density_of_the_reference_matters_for_nodes_alone() -> None:
    path = line((0, 0.5), (20, 0.5), 81)
    coarse, fine = line((0, 0), (20, 0), 3), line((0, 0), (20, 0), 401)
    one, other = (measure(make_walk(path, (20, 0), reference=reference)) for reference in (coarse, fine))
    assert one["ndtw"] == pytest.approx(other["ndtw"])
    assert one["ndtw"] > 0.8 > 0.01 > one["ndtw_nodes"]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_resampling_keeps_ends_and_spacing(seed: int) -> None:
    points = np.cumsum(np.random.default_rng(seed).normal(0, 1, (6, 3)), axis=0)
    dense = resample(np.repeat(points, 2, axis=0))
    np.testing.assert_allclose(dense[[0, -1]], points[[0, -1]], atol=1e-12)
    assert np.linalg.norm(np.diff(dense, axis=0), axis=1).max() <= 0.25 + 1e-9
    assert path_length(dense) <= path_length(points) + 1e-9
    assert path_coverage(dense, points, 3.0) > 0.95
    assert len(drop_repeats(np.repeat(points, 2, axis=0))) == len(points)
