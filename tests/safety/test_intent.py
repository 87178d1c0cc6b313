"""Legibility, what the robot costs people, following and approaching: closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safety.counterfactual import (
    arrival_times,
    measure_aggregated_time,
    measure_human_delay,
    measure_path_deviation,
)
from safety.following import measure_approach, measure_following
from safety.legibility import goal_probabilities, measure_legibility
from safety.report import Tracks

Maker, Line = Callable[..., Tracks], Callable[..., Any]
GOALS = np.array([[10.0, 3.0], [10.0, -3.0]])

# ---------------------------------------------------------------- legibility


def test_between_two_goals_nobody_can_tell(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0, 0), (1, 0)))
    assert measure_legibility(tracks, GOALS, 0) == pytest.approx(0.5)
    assert measure_legibility(tracks, GOALS, 0) + measure_legibility(tracks, GOALS, 1) == pytest.approx(1.0)
    assert measure_legibility(tracks, GOALS[:1], 0) == 1.0


def test_bending_early_is_more_legible_than_straight_and_that_than_late(tracks_of: Maker) -> None:
    x = np.linspace(0, 10, 201)
    early, straight, late = (
        tracks_of(np.stack([x, 3 * (x / 10) ** power], axis=1), dt=0.05) for power in (0.5, 1.0, 2.0)
    )
    scores = [measure_legibility(tracks, GOALS) for tracks in (early, straight, late)]
    assert 1 > scores[0] > scores[1] > scores[2] > 0.5
    assert measure_legibility(straight, GOALS[::-1], 1) == pytest.approx(scores[1])


def test_probabilities_follow_the_formula(tracks_of: Maker) -> None:
    tracks = tracks_of([(0, 0), (2, 3), (10, 3)])
    start = np.hypot(10, 3)
    weights = np.exp([start - 8.0, start - np.hypot(8, 6)])
    probabilities = goal_probabilities(tracks, GOALS)
    np.testing.assert_allclose(probabilities[1], weights / weights.sum())
    np.testing.assert_allclose(probabilities[0], 0.5)
    prior = goal_probabilities(tracks, GOALS, np.array([1.0, 3.0]))
    np.testing.assert_allclose(prior[0], [0.25, 0.75])


def test_legibility_refuses_what_it_cannot_read(tracks_of: Maker) -> None:
    tracks = tracks_of(np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"candidates: expected \(G, 2\), got \(2,\)"):
        measure_legibility(tracks, GOALS[0])
    with pytest.raises(ValueError, match=r"prior: expected \(2,\)"):
        goal_probabilities(tracks, GOALS, np.ones(3))
    with pytest.raises(LookupError, match="row of the 2 candidates"):
        measure_legibility(tracks, GOALS, 2)
    assert np.isnan(measure_legibility(tracks_of(np.zeros((1, 2))), GOALS))


# ---------------------------------------------------------------- with and without the robot


def test_who_waits_for_the_robot_is_late(tracks_of: Maker, line: Line) -> None:
    alone = tracks_of(np.full((201, 2), 50.0), line((0, 0), (1, 0), 201), people_goals=np.array([[10.0, 0.0]]))
    waited = np.concatenate([line((0, 0), (1, 0), 41), np.tile((4.0, 0), (30, 1)), line((4.1, 0), (1, 0), 130)])
    tracks = tracks_of(np.zeros((201, 2)), waited, people_goals=np.array([[10.0, 0.0]]))
    np.testing.assert_allclose(arrival_times(alone), [9.6])  # within 0.5 m of the goal
    assert measure_human_delay(tracks, alone) == pytest.approx(3.0)
    late = tracks.times.clip(4.0, 7.0) - 4.0  # metres behind at 1 m/s
    assert measure_path_deviation(tracks, alone) == pytest.approx(late.mean(), abs=1e-9)


def test_nobody_is_late_who_is_not_hindered(tracks_of: Maker, line: Line) -> None:
    alone = tracks_of(np.full((101, 2), 50.0), line((0, 0), (1, 0)), people_goals=np.array([[9.0, 0.0]]))
    assert measure_human_delay(alone, alone) == 0.0
    assert measure_path_deviation(alone, alone) == 0.0
    finer = tracks_of(np.full((201, 2), 50.0), line((0, 0), (1, 0), 201, 0.05), dt=0.05)
    assert measure_path_deviation(alone, finer) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(measure_human_delay(replace(alone, people_goals=None), alone))
    with pytest.raises(ValueError, match="alone: expected the same 1 people, got 0"):
        measure_path_deviation(alone, tracks_of(np.zeros((3, 2))))


def test_aggregated_time(tracks_of: Maker, line: Line) -> None:
    """The robot needs 4.5 s for 5 m at 1 m/s, a person 2.5 s for 3 m, and one never arrives."""
    tracks = tracks_of(
        line((0, 0), (1, 0)), line((0, 5), (1, 0)), line((0, 9), (1, 0)),
        goal=np.array([5.0, 0.0]), people_goals=np.array([[3.0, 5.0], [99.0, 0.0]]),
    )  # fmt: skip
    assert measure_aggregated_time(tracks) == pytest.approx((4.6 + 2.6 + 10.0) / 3)
    assert measure_aggregated_time(replace(tracks, people_goals=None)) == pytest.approx(4.6)
    unknown = replace(tracks, people_goals=np.array([[3.0, 5.0], [np.nan, np.nan]]))
    assert measure_aggregated_time(unknown) == pytest.approx((4.6 + 2.6) / 2)
    assert np.isnan(measure_aggregated_time(replace(tracks, goal=None)))


# ---------------------------------------------------------------- following and approaching


def test_keeping_a_distance_behind(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0, 0), (1, 0)), line((2.6, 0), (1, 0)))
    followed = measure_following(tracks, 0)
    assert followed["distance_error"] == pytest.approx(0.5)
    assert followed["in_band"] == 1.0
    assert np.isnan(followed["losses_per_minute"])
    left = measure_following(tracks_of(np.zeros((101, 2)), line((1.6, 0), (1, 0))), 0)
    assert left["in_band"] == pytest.approx(0.15, abs=0.01)
    with pytest.raises(LookupError, match="column of the 1 people, got 1"):
        measure_following(tracks, 1)


def test_losing_sight(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0, 0), (1, 0)), line((2, 0), (1, 0)))
    seen = np.ones(101, dtype=bool)
    seen[[*range(10), *range(20, 40), 60, 61, *range(90, 101)]] = (
        False  # found after 1 s, lost for 2 s, 0.2 s, for good
    )
    result = measure_following(tracks, 0, seen=seen)
    assert result["losses_per_minute"] == pytest.approx(3 / (10 / 60))
    assert result["reacquisition_time"] == pytest.approx((2.0 + 0.2) / 2)


def test_coming_up_to_somebody(tracks_of: Maker) -> None:
    path = np.stack([np.minimum(0.08 * np.arange(101), 6.0), np.zeros(101)], axis=1)
    tracks = tracks_of(path, (8.0, 0.0), people_yaw=np.full((101, 1), np.pi))
    result = measure_approach(tracks, 0)
    assert result["approach_angle"] == pytest.approx(0.0)
    assert result["stop_error"] == pytest.approx(2.0 - 0.6 - 1.2)
    assert np.isnan(result["near_speed"]) and result["near_time"] == 0.0
    behind = measure_approach(replace(tracks, people_yaw=np.zeros((101, 1))), 0, distance=1.4)
    assert behind["approach_angle"] == pytest.approx(np.pi)
    assert behind["stop_error"] == pytest.approx(0.0)
    near = measure_approach(tracks_of(path, (7.0, 0.0)), 0)
    assert near["near_speed"] == pytest.approx(0.8)
    assert near["near_time"] == pytest.approx(10.0 - 5.2 / 0.8, abs=0.1)
    assert np.isnan(near["approach_angle"])
    gone = measure_approach(tracks_of(path, np.full((101, 2), np.nan)), 0)
    assert all(np.isnan(value) for value in gone.values())
