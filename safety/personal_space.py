"""Personal space as an asymmetric Gaussian round a person: long ahead, short behind.

R. Kirby, Social Robot Navigation, PhD thesis, CMU 2010: σ_h = max(2 v, 0.5) ahead, σ_s = 2/3 σ_h to the sides,
σ_r = 1/2 σ_h behind, peak 1. A person who stands faces along the yaw; where that is unknown and for who stands still,
the Gaussian is round, with σ_s.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import STALL_SPEED, people_velocities, time_mean
from safety.report import FloatArray, Tracks


def asymmetric_gaussian(
    offsets: FloatArray, headings: FloatArray, ahead: FloatArray, side: FloatArray, rear: FloatArray
) -> FloatArray:
    """Return (...) the Gaussian at `offsets` from its centre, 1 there.

    Args:
        offsets: (..., 2) metres from the person.
        headings: (...) radians, where the person faces.
        ahead: (...) metres, the standard deviation ahead; `side` and `rear` those across and behind.
    """
    cos, sin = np.cos(headings), np.sin(headings)
    along = offsets[..., 0] * cos + offsets[..., 1] * sin
    across = offsets[..., 1] * cos - offsets[..., 0] * sin
    sigma = np.where(along > 0, ahead, rear)
    value: FloatArray = np.exp(-((along / sigma) ** 2 + (across / side) ** 2) / 2)
    return value


def personal_space_costs(tracks: Tracks) -> FloatArray:
    """Return (T, N) Kirby's cost of the robot's place, 0 (far) to 1 (on the person), 0 where absent."""
    velocities = people_velocities(tracks)
    speeds = np.linalg.norm(velocities, axis=-1)
    headings, known = np.arctan2(velocities[..., 1], velocities[..., 0]), speeds > STALL_SPEED
    if tracks.people_yaw is not None:
        headings = np.where(np.isnan(tracks.people_yaw), headings, tracks.people_yaw)
        known |= ~np.isnan(tracks.people_yaw)
    ahead = np.maximum(2 * np.nan_to_num(speeds), 0.5)
    side = ahead * 2 / 3
    costs = asymmetric_gaussian(
        tracks.robot[:, None, :] - tracks.people,
        np.where(known, headings, 0.0),
        np.where(known, ahead, side),
        side,
        np.where(known, ahead / 2, side),
    )
    return np.nan_to_num(costs)


def measure_personal_space_cost(tracks: Tracks) -> float:
    """Return the mean over time of the costs, summed over people; NaN without people."""
    if np.all(np.isnan(tracks.people)):
        return np.nan
    return time_mean(tracks.times, personal_space_costs(tracks).sum(axis=1))
