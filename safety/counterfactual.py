"""What the robot cost people: the same episode with it and without it.

A. Francis et al., ACM THRI 2025, for aggregated time; N. Hirose et al., SACSoN, RA-L 2023, for the counterfactual
perturbation. Both tracks have the same people in the same columns; only a simulator can give the second.
"""

from __future__ import annotations

import numpy as np

from safety.report import FloatArray, Tracks

ARRIVAL = 0.5  # m from the goal


def arrival_times(tracks: Tracks, radius: float = ARRIVAL) -> FloatArray:
    """Return (N,) seconds when each person first was within `radius` metres of their goal; NaN: never, or unknown."""
    if tracks.people_goals is None or len(tracks.times) == 0:
        return np.full(len(tracks.people_radii), np.nan)
    return _first_within(tracks, tracks.people - tracks.people_goals, radius)


def measure_aggregated_time(tracks: Tracks, radius: float = ARRIVAL) -> float:
    """Return the mean time in which robot and people reached their goals, seconds; NaN without the robot's goal.

    AT = (T_R + Σ T_k) / (1 + H). A person's time runs from where they appear; who never arrives in this episode, the
    robot too, counts until they were last seen. People without a known goal are left out.
    """
    if tracks.goal is None or len(tracks.times) == 0:
        return np.nan
    robot = _first_within(tracks, (tracks.robot - tracks.goal)[:, None, :], radius)
    times = [float(np.nan_to_num(robot, nan=tracks.times[-1])[0] - tracks.times[0])]
    present = ~np.isnan(tracks.people[..., 0])
    if tracks.people_goals is not None:
        counted = present.any(axis=0) & ~np.isnan(tracks.people_goals[:, 0])
        seen = present[:, counted]
        first = tracks.times[np.argmax(seen, axis=0)]
        last = tracks.times[len(tracks.times) - 1 - np.argmax(seen[::-1], axis=0)]
        arrived = arrival_times(tracks, radius)[counted]
        times += list(np.where(np.isnan(arrived), last, arrived) - first)
    return float(np.mean(times))


def measure_human_delay(tracks: Tracks, alone: Tracks, radius: float = ARRIVAL) -> float:
    """Return by how many seconds people arrived later for the robot's sake, mean over who arrived in both; NaN: nobody.

    Args:
        tracks: the episode with the robot.
        alone: the same seed without it.
        radius: metres from the goal at which one has arrived.

    Raises:
        ValueError: the two have different people.
    """
    _match(tracks, alone)
    delays = arrival_times(tracks, radius) - arrival_times(alone, radius)
    return float(np.mean(delays[~np.isnan(delays)])) if np.any(~np.isnan(delays)) else np.nan


def measure_path_deviation(tracks: Tracks, alone: Tracks) -> float:
    """Return how far people were from where they would have been, metres (ADE); NaN if they were never there in both.

    The mean over people of each one's mean over the times of `tracks` at which both are known; `alone` is
    interpolated.

    Raises:
        ValueError: the two have different people.
    """
    _match(tracks, alone)
    means = []
    for column in range(len(tracks.people_radii)):
        known = ~np.isnan(alone.people[:, column, 0])
        if not np.any(known):
            continue
        places = [
            np.interp(tracks.times, alone.times[known], alone.people[known, column, axis], left=np.nan, right=np.nan)
            for axis in (0, 1)
        ]
        apart = np.linalg.norm(np.stack(places, axis=1) - tracks.people[:, column], axis=1)
        if np.any(~np.isnan(apart)):
            means.append(np.nanmean(apart))
    return float(np.mean(means)) if means else np.nan


def _first_within(tracks: Tracks, offsets: FloatArray, radius: float) -> FloatArray:
    inside = np.linalg.norm(offsets, axis=-1) < radius
    times: FloatArray = np.where(inside.any(axis=0), tracks.times[np.argmax(inside, axis=0)], np.nan)
    return times


def _match(tracks: Tracks, alone: Tracks) -> None:
    ours, theirs = tracks.people.shape[1], alone.people.shape[1]
    if ours != theirs:
        raise ValueError(f"alone: expected the same {ours} people, got {theirs}; run the same seed without the robot")
