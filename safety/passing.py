"""Passing people: how often, how near, how fast, on which side.

The robot passes a person when the person, up to SOCIAL_ZONE away, changes from before it to behind it, seen along its
motion (A. Francis et al., ACM THRI 2025, scenarios of frontal approach and overtaking). Who overtakes the robot goes
the other way and does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from safety.kinematics import people_offsets, robot_velocities
from safety.report import FloatArray, Tracks
from safety.social import SOCIAL_ZONE

_WALK = 0.1  # m/s; what is slower has no direction to pass in


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passings:
    """Everything that was passed, K times in all.

    Attributes:
        distances: (K,) metres from surface to surface at the moment of passing.
        speeds: (K,) m/s of the robot there.
        left: (K,) metres from the robot's line to the person, positive when the person was on its left.
    """

    distances: FloatArray
    speeds: FloatArray
    left: FloatArray


@lru_cache(maxsize=1)
def find_passings(tracks: Tracks) -> Passings:
    """Return all passings of people."""
    velocities = robot_velocities(tracks)
    speeds = np.linalg.norm(velocities, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = velocities / speeds[:, None]
    offsets = people_offsets(tracks)
    ahead = offsets[..., 0] * forward[:, :1] + offsets[..., 1] * forward[:, 1:]
    moving = (speeds[1:] > _WALK) & (speeds[:-1] > _WALK)
    steps, people = np.nonzero((ahead[:-1] > 0) & (ahead[1:] <= 0) & moving[:, None])
    before, after = ahead[steps, people], ahead[steps + 1, people]
    share = before / (before - after)
    place = offsets[steps, people] * (1 - share)[:, None] + offsets[steps + 1, people] * share[:, None]
    course = forward[steps] * (1 - share)[:, None] + forward[steps + 1] * share[:, None]
    distances = np.linalg.norm(place, axis=1) - tracks.robot_radius - tracks.people_radii[people]
    near = distances < SOCIAL_ZONE
    left = course[:, 0] * place[:, 1] - course[:, 1] * place[:, 0]
    return Passings(
        distances=distances[near],
        speeds=(speeds[steps] * (1 - share) + speeds[steps + 1] * share)[near],
        left=left[near],
    )


def count_passings(tracks: Tracks) -> float:
    """Return how often the robot passed a person."""
    return float(len(find_passings(tracks).distances))


def measure_passing_distance(tracks: Tracks) -> float:
    """Return the mean distance in passing people, metres; NaN if it passed nobody."""
    distances = find_passings(tracks).distances
    return float(distances.mean()) if len(distances) else np.nan


def measure_passing_speed(tracks: Tracks) -> float:
    """Return the robot's mean speed in passing people, m/s; NaN if it passed nobody."""
    speeds = find_passings(tracks).speeds
    return float(speeds.mean()) if len(speeds) else np.nan


def measure_passing_left(tracks: Tracks) -> float:
    """Return the share of passings with the person on the robot's left; NaN if it passed nobody."""
    left = find_passings(tracks).left
    return float(np.mean(left > 0)) if len(left) else np.nan
