"""Which windows of a recorded crowd show somebody who minds another."""

from __future__ import annotations

import numpy as np
import pytest

from crowd.trajectory import CrowdTrajectory
from embodied.recorded_ways import meetings

CLOCK = np.arange(0.0, 5.01, 0.4)


def crowd(*people: tuple[tuple[float, float], tuple[float, float]]) -> CrowdTrajectory:
    """Return people who begin somewhere and go on with a velocity, 5 s long."""
    places = [np.array(start) + CLOCK[:, None] * np.array(speed) for start, speed in people]
    return CrowdTrajectory(
        times=CLOCK, person_ids=np.arange(len(people)), positions=np.stack(places, axis=1),
        valid=np.ones((len(CLOCK), len(people)), dtype=bool),
    )  # fmt: skip


def test_two_who_come_towards_each_other_mind_each_other() -> None:
    found = meetings(crowd(((0.0, 0.0), (1.2, 0.0)), ((6.0, 0.8), (-1.2, 0.0)), ((0.0, 40.0), (1.2, 0.0))))
    assert found.shape[1:] == (2, 90, 3) and len(found) >= 2 and len(found) % 2 == 0  # each minds the other
    for window in found:
        speeds = np.diff(window[:, :, :2], axis=1) * 30.0
        np.testing.assert_allclose(np.abs(speeds[..., 0]), 1.2, atol=0.02)
        np.testing.assert_allclose(np.cos(window[..., 2]), np.sign(speeds[:, :1, 0]) * np.ones((2, 90)), atol=1e-6)
        assert np.linalg.norm(window[0, :, :2] - window[1, :, :2], axis=1).min() < 1.5
        assert window[:, :, 1].max() < 10.0  # never who is far away


@pytest.mark.parametrize(
    "other",
    [
        ((6.0, 3.0), (-1.2, 0.0)),  # passes far away
        ((0.0, 0.8), (1.2, 0.0)),  # walks beside
        ((0.0, 0.8), (1.4, 0.0)),  # hardly faster
        ((6.0, 0.8), (-6.0, 0.0)),  # rides
        ((0.0, 0.8), (-1.2, 0.0)),  # goes away
    ],
)
def test_others_do_not(other: tuple[tuple[float, float], tuple[float, float]]) -> None:
    assert meetings(crowd(((0.0, 0.0), (1.2, 0.0)), other)).shape == (0, 2, 90, 3)


def test_who_stands_makes_no_way_but_way_is_made_for_them() -> None:
    found = meetings(crowd(((0.0, 0.0), (1.2, 0.0)), ((3.5, 0.3), (0.0, 0.0))))
    assert len(found) and all(np.ptp(window[0, :, 0]) < 1e-6 < 1.0 < np.ptp(window[1, :, 0]) for window in found)


def test_an_empty_recording_has_none() -> None:
    assert meetings(crowd(((0.0, 0.0), (1.2, 0.0)))).shape == (0, 2, 90, 3)
    nobody = CrowdTrajectory(
        times=CLOCK, person_ids=np.zeros(0, dtype=int), positions=np.zeros((13, 0, 2)), valid=np.zeros((13, 0), bool)
    )
    assert meetings(nobody).shape == (0, 2, 90, 3)
