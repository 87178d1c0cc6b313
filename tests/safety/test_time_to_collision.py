"""Time to collision: closed forms, and an independent oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from safety.report import Tracks
from safety.time_to_collision import (
    measure_min_ttc,
    measure_ttc_exposure,
    measure_ttc_quantile,
    solve_discs,
    times_to_collision,
)

Maker, Line = Callable[..., Tracks], Callable[..., Any]


def test_head_on(tracks_of: Maker, line: Line) -> None:
    """1 m/s each, 10 m apart, radii 0.3: (10 - 0.6) / 2 s."""
    tracks = tracks_of(line((0, 0), (1, 0), 41), line((10, 0), (-1, 0), 41))
    times = times_to_collision(tracks)
    assert times[0] == pytest.approx(4.7)
    assert times == pytest.approx(4.7 - tracks.times)
    assert measure_min_ttc(tracks) == pytest.approx(0.7)
    assert measure_ttc_quantile(tracks, 0.05) == pytest.approx(0.9, abs=0.06)
    assert measure_ttc_exposure(tracks) == pytest.approx(1.3 / 4.0, abs=0.02)


def test_moving_apart_or_keeping_step_never_meets(tracks_of: Maker, line: Line) -> None:
    apart = tracks_of(line((0, 0), (-1, 0)), line((2, 0), (1, 0)))
    beside = tracks_of(line((0, 0), (1, 0)), line((0, 2), (1, 0)))
    for tracks in (apart, beside, tracks_of(line((0, 0), (1, 0)))):
        assert measure_min_ttc(tracks) == np.inf
        assert measure_ttc_quantile(tracks, 0.05) == np.inf
        assert measure_ttc_exposure(tracks) == 0.0


def test_grazing_is_a_double_root() -> None:
    velocity = np.array([-2.0, 0.0])
    assert solve_discs(np.array([10.0, 0.6]), velocity, 0.6) == pytest.approx(5.0)
    assert solve_discs(np.array([10.0, 0.6 + 1e-9]), velocity, 0.6) == np.inf
    assert solve_discs(np.array([10.0, 0.6 - 1e-6]), velocity, 0.6) < 5.0


def test_who_overlaps_has_collided() -> None:
    assert solve_discs(np.array([0.5, 0.0]), np.array([3.0, 0.0]), 0.6) == 0.0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_against_root_finding(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offset, velocity = rng.uniform(-5, 5, 2), rng.uniform(-2, 2, 2)

    def gap(time: float) -> float:
        return float(np.linalg.norm(offset + time * velocity)) - 0.6

    low = minimize_scalar(gap, bounds=(0, 100), method="bounded", options={"xatol": 1e-9})
    solved = float(solve_discs(offset, velocity, 0.6))
    if gap(0.0) <= 0:
        assert solved == 0.0
    elif low.fun > 1e-6:
        assert solved == np.inf
    elif low.fun < -1e-6:
        assert solved == pytest.approx(brentq(gap, 0, low.x), abs=1e-6)
