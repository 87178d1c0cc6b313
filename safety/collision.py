"""Touches of robot and people, in steps, events and seconds, and who ran into whom.

N. Tsoi et al., SEAN 2.0, RA-L 2022, part touches into robot on person and person on robot. Here blame goes to whoever
came faster towards the other just before (its speed times the cosine of the bearing to the other), and to the robot
when both came alike.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from safety.kinematics import sample_weights
from safety.report import FloatArray, IntArray, Tracks

DEBOUNCE = 0.5  # s; what is touched again sooner is still touched


def count_touches(times: FloatArray) -> int:
    """Return how many touches there were of something that was touched at these rising `times` (K,), seconds."""
    return int(len(times) > 0) + int(np.sum(np.diff(times) > DEBOUNCE + 1e-9))


def count_contacts(tracks: Tracks) -> int:
    """Return the number of touches of people; those of one person are more than DEBOUNCE apart."""
    return len(find_touches(tracks))


def count_contact_steps(tracks: Tracks) -> int:
    """Return in how many steps a person was touched: the only count here that grows with the sampling rate."""
    return int(tracks.contacts.any(axis=1).sum())


def measure_contact_time(tracks: Tracks) -> float:
    """Return for how many seconds a person was touched."""
    return float(sample_weights(tracks.times)[tracks.contacts.any(axis=1)].sum())


@lru_cache(maxsize=1)
def find_touches(tracks: Tracks) -> IntArray:
    """Return (E, 2) step and column of the person, for the first step of each touch; people one after another."""
    people, steps = np.nonzero(tracks.contacts.T)
    again = (np.diff(people) == 0) & (np.diff(tracks.times[steps]) <= DEBOUNCE + 1e-9)
    first = np.concatenate([np.ones(min(1, len(people)), dtype=bool), ~again])
    return np.stack([steps[first], people[first]], axis=1)


def approach_speeds(tracks: Tracks) -> FloatArray:
    """Return (E, 2) m/s: how fast the robot came towards the person, and the person towards the robot, per touch.

    The mean of the DEBOUNCE before the touch, of what there is of it; NaN where there is nothing before.
    """
    steps, people = find_touches(tracks).T
    present = ~np.isnan(tracks.people[..., 0])
    indices = np.arange(len(tracks.times))[:, None]
    arrivals = np.maximum.accumulate(np.where(present, 0, indices + 1), axis=0)  # since when each is present
    starts = np.searchsorted(tracks.times, tracks.times[steps] - DEBOUNCE - 1e-9)
    starts = np.maximum(starts, arrivals[steps, people])
    durations = tracks.times[steps] - tracks.times[np.minimum(starts, steps)]
    towards = tracks.people[steps, people] - tracks.robot[steps]
    with np.errstate(divide="ignore", invalid="ignore"):
        towards = towards / np.linalg.norm(towards, axis=1, keepdims=True)
        robot = (tracks.robot[steps] - tracks.robot[np.minimum(starts, steps)]) / durations[:, None]
        person = (tracks.people[steps, people] - tracks.people[np.minimum(starts, steps), people]) / durations[:, None]
    return np.stack([np.sum(robot * towards, axis=1), -np.sum(person * towards, axis=1)], axis=1)


def count_blame(tracks: Tracks) -> tuple[int, int]:
    """Return how many touches the robot caused, and how many people; nobody caused one when neither came nearer."""
    robot, person = approach_speeds(tracks).T
    came = np.maximum(robot, person) > 1e-9
    return int(np.sum(came & (robot >= person - 1e-9))), int(np.sum(came & (robot < person - 1e-9)))
