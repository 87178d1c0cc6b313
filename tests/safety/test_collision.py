"""Touches: when two are one."""

from __future__ import annotations

import numpy as np
import pytest

from safety.collision import count_contacts
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
