"""Social force: closed forms, an independent oracle, and that work does not grow with the rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from safety.report import Tracks
from safety.social_force import (
    force_on_people,
    measure_force_on_people,
    measure_force_on_robot,
    measure_obstacle_force,
    measure_social_work,
    measure_social_work_mean,
    obstacle_force,
    social_force,
)

Maker, Line = Callable[..., Tracks], Callable[..., Any]


def oracle(offset: Any, closing: Any) -> Any:
    """Return the force by the book, with angles of their own."""
    distance = np.linalg.norm(offset)
    e = offset / distance
    big = 2.0 * closing + e
    size = np.linalg.norm(big)
    d = big / size
    theta = np.arctan2(e[1], e[0]) - np.arctan2(d[1], d[0])
    theta = (theta + np.pi) % (2 * np.pi) - np.pi
    b = 0.35 * size
    slow = -np.exp(-distance / b - (3.0 * b * theta) ** 2)
    turn = -np.sign(theta) * np.exp(-distance / b - (2.0 * b * theta) ** 2)
    return 2.1 * (slow * d + turn * np.array([-d[1], d[0]]))


def test_who_stands_is_pushed_straight_away() -> None:
    force = social_force(np.array([2.0, 0.0]), np.zeros(2))
    np.testing.assert_allclose(force, [-2.1 * np.exp(-2.0 / 0.35), 0.0], atol=1e-12)


def test_against_the_book() -> None:
    rng = np.random.default_rng(0)
    offsets, closing = rng.uniform(-3, 3, (200, 2)), rng.uniform(-1.5, 1.5, (200, 2))
    expected = [oracle(offset, speed) for offset, speed in zip(offsets, closing, strict=True)]
    np.testing.assert_allclose(social_force(offsets, closing), expected, atol=1e-9)


def test_action_is_reaction_and_mirrors_mirror() -> None:
    rng = np.random.default_rng(1)
    offsets, closing = rng.uniform(-3, 3, (50, 2)), rng.uniform(-1.5, 1.5, (50, 2))
    forces = social_force(offsets, closing)
    np.testing.assert_allclose(social_force(-offsets, -closing), -forces, atol=1e-12)
    mirror = np.array([1.0, -1.0])
    np.testing.assert_allclose(social_force(offsets * mirror, closing * mirror), forces * mirror, atol=1e-12)


def test_work_of_a_standing_pair(tracks_of: Maker) -> None:
    """Robot and person stand 2 m apart for 10 s: twice the force, times the time; two people who cancel out."""
    force = 2.1 * np.exp(-2.0 / 0.35)
    pair = tracks_of(np.zeros((101, 2)), (2.0, 0.0))
    assert measure_social_work(pair) == pytest.approx(2 * force * 10.0)
    assert measure_social_work_mean(pair) == pytest.approx(2 * force)
    between = tracks_of(np.zeros((101, 2)), (2.0, 0.0), (-2.0, 0.0))
    assert measure_force_on_robot(between) == pytest.approx(0.0, abs=1e-12)
    assert measure_force_on_people(between) == pytest.approx(2 * force)
    assert measure_social_work(tracks_of(np.zeros((101, 2)))) == 0.0


def test_obstacles_add_to_work_where_clearance_is_known(tracks_of: Maker) -> None:
    tracks = tracks_of(np.zeros((101, 2)), clearance=np.full(101, 0.2))
    assert float(obstacle_force(np.array(0.2))) == pytest.approx(10 / np.e)
    assert measure_obstacle_force(tracks) == pytest.approx(10 / np.e)
    assert measure_social_work(tracks) == pytest.approx(100 / np.e)
    half = np.where(np.arange(101) < 50, np.nan, 0.2)
    assert measure_social_work(tracks_of(np.zeros((101, 2)), clearance=half)) == pytest.approx(50 / np.e, rel=0.02)
    assert np.isnan(measure_obstacle_force(tracks_of(np.zeros((101, 2)))))


def test_who_is_absent_or_seen_once_pushes_nobody(tracks_of: Maker) -> None:
    person = np.full((11, 2), np.nan)
    person[5] = (1.0, 0.0)
    np.testing.assert_array_equal(force_on_people(tracks_of(np.zeros((11, 2)), person)), np.zeros(11))


@pytest.mark.parametrize("measure", [measure_social_work, measure_social_work_mean])
def test_work_does_not_grow_with_the_rate(measure: Callable[[Tracks], float], tracks_of: Maker, line: Line) -> None:
    once = tracks_of(line((0, 0), (1, 0), 101, 0.1), line((8, 0.5), (-1, 0), 101, 0.1), dt=0.1)
    twice = tracks_of(line((0, 0), (1, 0), 201, 0.05), line((8, 0.5), (-1, 0), 201, 0.05), dt=0.05)
    assert measure(twice) == pytest.approx(measure(once), rel=0.01)
