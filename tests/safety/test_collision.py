"""Touches: when two are one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safety.collision import (
    approach_speeds,
    count_blame,
    count_contact_steps,
    count_contacts,
    find_touches,
    measure_contact_time,
)
from safety.report import Tracks
from safety.social import assess


def touches(*people: list[float], dt: float = 0.1, end: float = 5.0) -> Tracks:
    times = dt * np.arange(round(end / dt) + 1)
    contacts = np.zeros((len(times), len(people)), dtype=bool)
    for person, moments in enumerate(people):
        contacts[np.round(np.array(moments) / dt).astype(int), person] = True
    return Tracks(
        times=times, robot=np.zeros((len(times), 2)), robot_radius=0.3, contacts=contacts,
        people=np.full((len(times), len(people), 2), (2.0, 0.0)), people_radii=np.full(len(people), 0.25),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([[]], 0),
        ([[1.0]], 1),
        ([[1.0, 1.1, 1.2, 1.3]], 1),
        ([[1.0, 1.5]], 1),
        ([[1.0, 1.6]], 2),
        ([[1.0, 1.4, 1.8, 2.2]], 1),
        ([[1.0], [1.0]], 2),
        ([[0.0, 5.0], [], [2.0]], 3),
    ],
)
def test_touches_of_one_person_within_half_a_second_are_one(people: list[list[float]], expected: int) -> None:
    tracks = touches(*people)
    assert count_contacts(tracks) == expected
    assert assess(tracks).collided == (expected > 0)


def test_the_sampling_rate_does_not_multiply_touches() -> None:
    slow, fast = touches([1.0, 1.1, 3.0]), touches([1.0, 1.05, 1.1, 3.0, 3.05], dt=0.05)
    assert count_contacts(slow) == count_contacts(fast) == 2


def run_into(robot_speed: float, person_speed: float, dt: float = 0.1) -> Tracks:
    """Return two that run towards one another along x and touch, or not, in the last two samples."""
    times = dt * np.arange(round(1.0 / dt) + 1)
    robot = np.stack([robot_speed * (times - 1.0), np.zeros_like(times)], axis=1)
    person = np.stack([0.6 - person_speed * (times - 1.0), np.zeros_like(times)], axis=1)
    contacts = np.zeros((len(times), 1), dtype=bool)
    contacts[-1] = True
    return Tracks(
        times=times, robot=robot, robot_radius=0.3, people=person[:, None], people_radii=np.full(1, 0.3),
        contacts=contacts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("robot", "person", "blame"),
    [
        (1.0, 0.0, (1, 0)),
        (0.0, 1.0, (0, 1)),
        (1.0, 0.5, (1, 0)),
        (0.5, 1.0, (0, 1)),
        (1.0, 1.0, (1, 0)),  # alike: the robot
        (1.0, -0.5, (1, 0)),  # ran into the back of who walked off
        (-0.5, 1.0, (0, 1)),
        (0.0, 0.0, (0, 0)),  # nobody came nearer
    ],
)
@pytest.mark.parametrize("dt", [0.1, 0.05])
def test_who_came_faster_is_to_blame(robot: float, person: float, blame: tuple[int, int], dt: float) -> None:
    tracks = run_into(robot, person, dt)
    assert count_blame(tracks) == blame
    np.testing.assert_allclose(approach_speeds(tracks), [[robot, person]], atol=1e-9)


def test_blame_needs_something_before_the_touch() -> None:
    """Who appears touching, or is touched in the first sample, has come from nowhere."""
    tracks = run_into(1.0, 0.0)
    people = tracks.people.copy()
    people[:-1] = np.nan
    assert count_blame(replace(tracks, people=people)) == (0, 0)
    assert count_blame(replace(tracks, contacts=tracks.contacts[::-1])) == (0, 0)


def test_three_ways_to_count() -> None:
    tracks = touches([1.0, 1.1, 3.0], [1.1])
    assert (count_contact_steps(tracks), count_contacts(tracks)) == (3, 3)
    assert measure_contact_time(tracks) == pytest.approx(0.3)
    np.testing.assert_array_equal(find_touches(tracks), [[10, 0], [30, 0], [11, 1]])
