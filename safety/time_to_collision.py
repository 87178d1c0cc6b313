"""When robot and people would touch if all kept their velocities.

Two discs, solved exactly: with q = h - x, w = v_H - v_R, r = r_R + r_H the smallest tau >= 0 with |q + tau w| = r is
( -b - sqrt(b² - a c) ) / a, a = w.w, b = q.w, c = q.q - r². A. Francis et al., ACM THRI 2025, name the metric;
J. C. Hayward, Near-miss determination through use of a scale of danger, 1972, the exposure below a threshold.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from safety.kinematics import people_offsets, people_velocities, robot_velocities, sample_weights, time_mean
from safety.report import FloatArray, Tracks

DANGER = 2.0  # s


def solve_discs(offsets: FloatArray, velocities: FloatArray, reach: FloatArray | float) -> FloatArray:
    """Return (...) seconds until two discs touch; 0 if they do, inf if they never will or something is NaN.

    Args:
        offsets: (..., 2) metres from one centre to the other.
        velocities: (..., 2) m/s, how the offsets change.
        reach: (...) metres, sum of the radii.
    """
    x, y, vx, vy = offsets[..., 0], offsets[..., 1], velocities[..., 0], velocities[..., 1]
    a, b, c = vx * vx + vy * vy, x * vx + y * vy, x * x + y * y - np.square(reach)
    root = b * b - a * c
    hits = (b < 0) & (root >= -1e-12 * b * b)  # a graze, a double root, survives rounding
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (-b - np.sqrt(np.maximum(root, 0.0))) / a
    solved: FloatArray = np.where(c <= 0, 0.0, np.where(hits, times, np.inf))
    return solved


@lru_cache(maxsize=1)
def times_to_collision(tracks: Tracks) -> FloatArray:
    """Return (T,) seconds until the robot would touch the first person; inf where it would touch nobody."""
    velocities = people_velocities(tracks) - robot_velocities(tracks)[:, None, :]
    times = solve_discs(people_offsets(tracks), velocities, tracks.people_radii + tracks.robot_radius)
    nearest: FloatArray = np.min(times, axis=1, initial=np.inf)
    nearest.setflags(write=False)
    return nearest


def measure_min_ttc(tracks: Tracks) -> float:
    """Return the smallest time to collision of the episode, seconds; inf if nobody was ever on course."""
    return float(np.min(times_to_collision(tracks), initial=np.inf))


def measure_ttc_quantile(tracks: Tracks, share: float) -> float:
    """Return the time to collision that is not exceeded for this `share` of the time, seconds; inf as it may be."""
    times, weights = times_to_collision(tracks), sample_weights(tracks.times)
    if len(times) == 0:
        return np.inf
    order = np.argsort(times, kind="stable")
    passed = np.cumsum(weights[order])
    return float(times[order][np.searchsorted(passed, share * passed[-1] * (1 - 1e-12))])


def measure_ttc_exposure(tracks: Tracks, danger: float = DANGER) -> float:
    """Return the share of time in which the time to collision was below `danger` seconds."""
    return time_mean(tracks.times, times_to_collision(tracks) < danger)
