"""Personal space, groups, passings: closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safety.group import count_groups_crossed, measure_group_intrusion
from safety.passing import (
    count_passings,
    find_passings,
    measure_passing_distance,
    measure_passing_left,
    measure_passing_speed,
)
from safety.personal_space import measure_personal_space_cost, personal_space_costs
from safety.report import Tracks

Maker, Line = Callable[..., Tracks], Callable[..., Any]

# ---------------------------------------------------------------- personal space


@pytest.mark.parametrize(
    ("place", "exponent"),
    [((1.0, 0.0), 1 / 2.6**2), ((-1.0, 0.0), 1 / 1.3**2), ((0.0, 1.0), 1 / (2.6 * 2 / 3) ** 2), ((0.0, 0.0), 0.0)],
)
@pytest.mark.parametrize("heading", [0.0, 1.0, 3.0])
def test_personal_space_is_long_ahead_and_short_behind(
    tracks_of: Maker, line: Line, place: tuple[float, float], exponent: float, heading: float
) -> None:
    """A person at 1.3 m/s: σ 2.6 ahead, 1.3 behind, 1.73 aside (Kirby)."""
    turn = np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])
    person = line((0, 0), (1.3, 0)) @ turn.T
    costs = personal_space_costs(tracks_of(person + turn @ np.array(place), person))
    np.testing.assert_allclose(costs, np.exp(-exponent / 2), rtol=1e-6)


def test_who_stands_has_a_round_space_or_faces_along_the_yaw(tracks_of: Maker) -> None:
    tracks = tracks_of(np.tile((0.5, 0.0), (11, 1)), (0.0, 0.0))
    assert measure_personal_space_cost(tracks) == pytest.approx(np.exp(-((0.5 / (1 / 3)) ** 2) / 2))
    for yaw, sigma in ((0.0, 0.5), (np.pi, 0.25), (np.pi / 2, 1 / 3)):
        faced = replace(tracks, people_yaw=np.full((11, 1), yaw))
        assert measure_personal_space_cost(faced) == pytest.approx(np.exp(-((0.5 / sigma) ** 2) / 2))
    assert np.isnan(measure_personal_space_cost(tracks_of(np.zeros((11, 2)))))


# ---------------------------------------------------------------- groups

TRIANGLE = [(0.0, 1.2), (1.0392, -0.6), (-1.0392, -0.6)]  # 1.2 m from their middle


def test_in_the_middle_of_a_group(tracks_of: Maker) -> None:
    groups = np.zeros(3, dtype=np.int64)
    assert measure_group_intrusion(tracks_of(np.zeros((11, 2)), *TRIANGLE, groups=groups)) == 1.0
    assert measure_group_intrusion(tracks_of(np.full((11, 2), 3.0), *TRIANGLE, groups=groups)) == 0.0
    strangers = np.full(3, -1)
    assert measure_group_intrusion(tracks_of(np.zeros((11, 2)), *TRIANGLE, groups=strangers)) == 0.0
    assert np.isnan(measure_group_intrusion(tracks_of(np.zeros((11, 2)), *TRIANGLE)))
    apart = [(3.0 * x, 3.0 * y) for x, y in TRIANGLE]
    assert measure_group_intrusion(tracks_of(np.zeros((11, 2)), *apart, groups=groups)) == 0.0


def test_the_o_space_reaches_to_the_nearest_body(tracks_of: Maker) -> None:
    """Radius 1.2 - 0.3; the robot's body, 0.3, reaches in from 1.2 m."""
    groups = np.zeros(3, dtype=np.int64)
    for distance, inside in ((1.19, 1.0), (1.21, 0.0)):
        path = np.tile((0.0, -distance), (11, 1))
        assert measure_group_intrusion(tracks_of(path, *TRIANGLE, groups=groups)) == inside


def test_walking_between_the_members_of_a_walking_group(tracks_of: Maker, line: Line) -> None:
    """Two walk north side by side, 1.5 m apart; the robot comes south between them, beside them, or with them."""
    walkers = line((-0.75, 0), (0, 1)), line((0.75, 0), (0, 1))
    groups = np.array([7, 7])
    for start, velocity, crossed in (
        ((0.1, 5.0), (0, -1), 1.0),
        ((1.5, 5.0), (0, -1), 0.0),
        ((-3.0, 5.0), (0.6, 0.0), 1.0),  # sideways through: it is between them when they come by
        ((0.0, -1.0), (0, 1), 0.0),
    ):
        assert count_groups_crossed(tracks_of(line(start, velocity), *walkers, groups=groups)) == crossed
    assert count_groups_crossed(tracks_of(line((0.1, 5), (0, -1)), *walkers, groups=np.array([1, 2]))) == 0.0
    wide = [walker * (4.0, 1.0) for walker in walkers]
    assert count_groups_crossed(tracks_of(line((0.1, 5), (0, -1)), *wide, groups=groups)) == 0.0
    assert np.isnan(count_groups_crossed(tracks_of(line((0.1, 5), (0, -1)), *walkers)))


# ---------------------------------------------------------------- passing


def test_passing_somebody_who_stands(tracks_of: Maker, line: Line) -> None:
    tracks = tracks_of(line((0, 0), (0.8, 0)), (3.03, 1.0))
    assert count_passings(tracks) == 1.0
    assert measure_passing_distance(tracks) == pytest.approx(1.0 - 0.6)
    assert measure_passing_speed(tracks) == pytest.approx(0.8)
    assert measure_passing_left(tracks) == 1.0
    assert find_passings(tracks).left == pytest.approx([1.0])
    assert measure_passing_left(tracks_of(line((0, 0), (0.8, 0)), (3.03, -1.0))) == 0.0


def test_who_does_not_count_as_passed(tracks_of: Maker, line: Line) -> None:
    robot = line((0, 0), (0.8, 0))
    faster, far, ahead = line((-2, 1), (1.5, 0)), (3.0, 5.0), line((2, 0), (1, 0))
    tracks = tracks_of(robot, faster, far, ahead)
    assert count_passings(tracks) == 0.0
    assert all(
        np.isnan(measure(tracks)) for measure in (measure_passing_distance, measure_passing_speed, measure_passing_left)
    )
    standing = tracks_of(np.zeros((101, 2)), line((5, 1), (-1, 0)))
    assert count_passings(standing) == 0.0
    assert count_passings(tracks_of(robot, line((9, -1), (-1, 0)), line((1, 1), (0.3, 0)))) == 2.0
