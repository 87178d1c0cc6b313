"""Following, guiding and approaching one person.

A. Francis et al., Principles and Guidelines for Evaluating Social Robot Navigation Algorithms, ACM THRI 2025, scenarios
of following, leading and accompanying, for the distances to keep; E. T. Hall, The Hidden Dimension, 1966, for the zone
in which approaching is slow. Distances are from surface to surface.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import robot_velocities, sample_weights, time_mean, wrap
from safety.report import BoolArray, FloatArray, Tracks
from safety.social import PERSONAL_ZONE, surface_distances


def measure_following(
    tracks: Tracks,
    person: int,
    *,
    distance: float = 1.5,
    band: tuple[float, float] = (1.0, 2.5),
    seen: BoolArray | None = None,
) -> dict[str, float]:
    """Return how well the robot kept with a person: followed, or led, them.

    Args:
        tracks: the episode.
        person: column of the person.
        distance: metres that it should keep.
        band: metres, nearest and farthest that will do.
        seen: (T,) whether the robot sees the person; None: unknown, and what needs it is NaN.

    Returns:
        `distance_error` mean |d - distance|, metres; `in_band` share of the time; `losses_per_minute` of sight;
        `reacquisition_time` mean seconds until the person is seen again, of the losses that ended. NaN: not there.
    """
    column = _column(tracks, person)
    apart = np.where(np.isinf(column), np.nan, column)
    result = {
        "distance_error": time_mean(tracks.times, np.abs(apart - distance)),
        "in_band": time_mean(tracks.times, np.where(np.isnan(apart), np.nan, (apart >= band[0]) & (apart <= band[1]))),
        "losses_per_minute": np.nan,
        "reacquisition_time": np.nan,
    }
    if seen is None or len(tracks.times) < 2:
        return result
    changes = np.diff(seen.astype(np.int8))
    lost, regained = tracks.times[1:][changes < 0], tracks.times[1:][changes > 0]
    result["losses_per_minute"] = 60 * len(lost) / float(tracks.times[-1] - tracks.times[0])
    if len(lost):
        regained = regained[regained > lost[0]]
        gaps = regained - lost[: len(regained)]
        result["reacquisition_time"] = float(gaps.mean()) if len(gaps) else np.nan
    return result


def measure_approach(tracks: Tracks, person: int, distance: float = PERSONAL_ZONE) -> dict[str, float]:
    """Return how the robot came up to a person, at the end of the episode.

    Args:
        tracks: the episode.
        person: column of the person.
        distance: metres at which it should stop.

    Returns:
        `approach_angle` radians in [0, π] off the person's front, NaN if their yaw is unknown;
        `stop_error` metres, the last distance less `distance`; `near_speed` m/s, the greatest within PERSONAL_ZONE,
        NaN if it was never so near; `near_time` seconds within PERSONAL_ZONE.
    """
    apart = _column(tracks, person)
    if len(apart) == 0 or np.isinf(apart[-1]):
        return dict.fromkeys(("approach_angle", "stop_error", "near_speed", "near_time"), np.nan)
    near = apart < PERSONAL_ZONE
    angle = np.nan
    if tracks.people_yaw is not None:
        east, north = tracks.robot[-1] - tracks.people[-1, person]
        angle = float(np.abs(wrap(np.arctan2(north, east) - tracks.people_yaw[-1:, person])[0]))
    speeds = np.linalg.norm(robot_velocities(tracks), axis=1)
    return {
        "approach_angle": angle,
        "stop_error": float(apart[-1] - distance),
        "near_speed": float(speeds[near].max()) if np.any(near) else np.nan,
        "near_time": float(sample_weights(tracks.times)[near].sum()),
    }


def _column(tracks: Tracks, person: int) -> FloatArray:
    count = tracks.people.shape[1]
    if not 0 <= person < count:
        raise LookupError(f"person: expected a column of the {count} people, got {person}; count from 0")
    return surface_distances(tracks)[:, person]
