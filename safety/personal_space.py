"""Personal space as an asymmetric Gaussian round a person: long ahead, short behind.

R. Kirby, Social Robot Navigation, PhD thesis, CMU 2010: σ_h = max(2 v, 0.5) ahead, σ_s = 2/3 σ_h to the sides,
σ_r = 1/2 σ_h behind, peak 1. A person who stands faces along the yaw; where that is unknown and for who stands still,
the Gaussian is round, with σ_s.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import STALL_SPEED, people_offsets, people_speeds, people_velocities, time_mean
from safety.report import FloatArray, Tracks


def asymmetric_gaussian(
    offsets: FloatArray, headings: FloatArray, ahead: FloatArray, side: FloatArray, rear: FloatArray
) -> FloatArray:
    """Return (...) the Gaussian at `offsets` from its centre, 1 there.

    Args:
        offsets: (..., 2) metres from the person.
        headings: (..., 2) unit vectors, where the person faces.
        ahead: (...) metres, the standard deviation ahead; `side` and `rear` those across and behind.
    """
    x, y, cos, sin = offsets[..., 0], offsets[..., 1], headings[..., 0], headings[..., 1]
    along, across = x * cos + y * sin, y * cos - x * sin
    value: FloatArray = np.exp(-((along / np.where(along > 0, ahead, rear)) ** 2 + (across / side) ** 2) / 2)
    return value


def facing(tracks: Tracks) -> FloatArray:
    """Return (T, N, 2) unit vectors, where people face: along their yaw, or else their motion; (0, 0): unknown."""
    speeds = people_speeds(tracks)
    moving = speeds > STALL_SPEED
    scale = np.where(moving, speeds, np.inf)
    x, y = (np.where(moving, people_velocities(tracks)[..., axis], 0.0) / scale for axis in (0, 1))
    if tracks.people_yaw is not None:
        known = ~np.isnan(tracks.people_yaw)
        x, y = np.where(known, np.cos(tracks.people_yaw), x), np.where(known, np.sin(tracks.people_yaw), y)
    return np.moveaxis(np.stack([x, y]), 0, -1)


def personal_space_costs(tracks: Tracks) -> FloatArray:
    """Return (T, N) Kirby's cost of the robot's place, 0 (far) to 1 (on the person), 0 where absent."""
    headings = facing(tracks)
    ahead = np.fmax(2 * people_speeds(tracks), 0.5)
    side = ahead * 2 / 3
    unknown = (headings[..., 0] == 0) & (headings[..., 1] == 0)
    headings[unknown] = (1.0, 0.0)
    ahead, rear = np.where(unknown, side, ahead), np.where(unknown, side, ahead / 2)
    costs = asymmetric_gaussian(-people_offsets(tracks), headings, ahead, side, rear)
    costs[np.isnan(costs)] = 0.0
    return costs


def measure_personal_space_cost(tracks: Tracks) -> float:
    """Return the mean over time of the costs, summed over people; NaN without people."""
    if np.all(np.isnan(tracks.people)):
        return np.nan
    return time_mean(tracks.times, personal_space_costs(tracks).sum(axis=1))
