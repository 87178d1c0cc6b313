"""How the robot moved: closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safety.kinematics import (
    differentiate,
    measure_energy,
    measure_failure_to_progress,
    measure_heading_change,
    measure_max,
    measure_mean,
    measure_path_irregularity,
    measure_stalled_time,
    time_mean,
)
from safety.report import Tracks

Maker, Line = Callable[..., Tracks], Callable[..., Any]


def circle(steps: int, radius: float = 2.0, turns: float = 1.0, duration: float = 10.0) -> tuple[Any, Any, float]:
    angles = np.linspace(0, 2 * np.pi * turns, steps)
    path = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return path, np.angle(np.exp(1j * (angles + np.pi / 2))), duration / (steps - 1)


def test_a_circle(tracks_of: Maker) -> None:
    path, yaw, dt = circle(201)
    tracks = tracks_of(path, dt=dt, robot_yaw=yaw)
    rate = 2 * np.pi / 10
    assert measure_heading_change(tracks) == pytest.approx(2 * np.pi)
    assert np.isnan(measure_heading_change(tracks_of(path)))
    assert measure_path_irregularity(tracks) == pytest.approx(1 / 2.0, rel=0.01)  # all turning is unnecessary
    for order in (1, 2, 3):
        assert measure_mean(tracks, order) == pytest.approx(2.0 * rate**order, rel=1e-3)
        assert measure_max(tracks, order) == pytest.approx(2.0 * rate**order, rel=1e-3)
    assert measure_mean(tracks, 2, scalar=True) == pytest.approx(0.0, abs=1e-9)
    assert measure_energy(tracks) == pytest.approx((2.0 * rate) ** 2 * 10, rel=1e-3)


def test_half_a_circle_turns_twice_as_much_as_it_needs(tracks_of: Maker) -> None:
    path, _, dt = circle(401, turns=0.5)
    assert measure_path_irregularity(tracks_of(path, dt=dt)) == pytest.approx((np.pi / 2) / (2 * np.pi), rel=0.01)


def test_a_straight_line_is_regular(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((3, 4), (0.6, -0.8)), robot_yaw=np.full(101, 0.3))
    assert measure_path_irregularity(tracks) == pytest.approx(0.0, abs=1e-9)
    assert measure_heading_change(tracks) == 0.0
    assert measure_mean(tracks, 1) == pytest.approx(1.0)
    assert measure_max(tracks, 2) == pytest.approx(0.0, abs=1e-9)
    assert measure_stalled_time(tracks) == 0.0


def test_constant_jerk(tracks_of: Maker) -> None:
    """x = t³ has the jerk 6, and third differences hit it exactly."""
    times = 0.01 * np.arange(200)
    tracks = tracks_of(np.stack([times**3, 0 * times], axis=1), dt=0.01)
    assert measure_mean(tracks, 3) == pytest.approx(6.0)
    assert measure_max(tracks, 3, scalar=True) == pytest.approx(6.0)


def test_uneven_samples_weigh_by_their_time(tracks_of: Maker) -> None:
    tracks = tracks_of([(0, 0), (1, 0), (1, 0)], times=np.array([0.0, 1.0, 4.0]))
    assert measure_mean(tracks, 1) == pytest.approx(1.0 / 4.0)
    assert measure_energy(tracks) == pytest.approx(1.0)
    assert measure_max(tracks, 2) == pytest.approx(1.0 / 2.0)  # from 0.5 s to 2.5 s


def test_standing_still(tracks_of: Maker) -> None:
    path = np.zeros((101, 2))
    path[50:, 0] = np.linspace(0, 2, 51)
    tracks = tracks_of(path, goal=np.array([2.0, 0.0]))
    assert measure_stalled_time(tracks) == pytest.approx(5.0)
    assert measure_failure_to_progress(tracks) == 1.0  # the first of two windows of 5 s
    assert np.isnan(measure_failure_to_progress(replace(tracks, goal=None)))


def test_who_comes_and_goes_has_the_velocity_of_the_samples_there(line: Line) -> None:
    path = line((0, 0), (1, 2), 5)
    path[[0, 4]] = np.nan
    expected = np.full((5, 2), np.nan)
    expected[1:4] = (1, 2)
    np.testing.assert_allclose(differentiate(0.1 * np.arange(5), path), expected)
    path[1:3] = np.nan
    assert np.isnan(differentiate(0.1 * np.arange(5), path)).all()


def test_means_over_time_weigh_by_duration_and_leave_out_what_is_unknown() -> None:
    times = np.array([0.0, 1.0, 9.0])
    assert time_mean(times, np.array([1.0, 0.0, 0.0])) == pytest.approx(0.5 / 9)
    assert time_mean(times, np.array([1.0, np.nan, 3.0])) == pytest.approx((0.5 * 1 + 4 * 3) / 4.5)
    assert np.isnan(time_mean(times, np.full(3, np.nan)))
