"""How the robot moved: speeds, acceleration, jerk, turning, standing still, getting on.

A. Francis et al., Principles and Guidelines for Evaluating Social Robot Navigation Algorithms, ACM THRI 2025 (arXiv
2306.16740), table 1, for velocity, acceleration, jerk, stalled time and failure to progress; J. Guzzi et al.,
Human-friendly robot navigation in dynamic environments, ICRA 2013, for path irregularity. Each derivative sits in
the middle of the samples it was made from and weighs as long as they last, so that uneven sampling does no harm.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from safety.report import BoolArray, FloatArray, Tracks

STALL_SPEED = 0.01  # m/s, HuNavSim's time_not_moving
PROGRESS_WINDOW = 5.0  # s
PROGRESS = 0.1  # m nearer to the goal within PROGRESS_WINDOW, or it failed to progress


def sample_weights(times: FloatArray) -> FloatArray:
    """Return (T,) seconds for which each sample at these rising `times` (T,) stands: half way to its neighbours."""
    if len(times) < 2:
        return np.ones(len(times))
    steps = np.diff(times)
    weights: FloatArray = (np.append(steps, 0.0) + np.append(0.0, steps)) / 2
    return weights


def time_mean(times: FloatArray, values: FloatArray | BoolArray) -> float:
    """Return the mean over time of `values` (T,), or the share of it, NaN left out; NaN where none is left."""
    known, weights = ~np.isnan(values), sample_weights(times)
    return float(np.average(values[known], weights=weights[known])) if weights[known].sum() > 0 else np.nan


def differentiate(times: FloatArray, values: FloatArray) -> FloatArray:
    """Return the derivative (T, ...) of `values` (T, ...) at its samples, in their unit per second.

    The mean of the slopes to both neighbours; the one there is at the ends and where somebody comes or goes; NaN for
    who is seen in one sample only.
    """
    missing = np.full_like(values[:1], np.nan)
    slopes = np.diff(values, axis=0) / np.diff(times).reshape(-1, *(1,) * (values.ndim - 1))
    before, after = np.concatenate([missing, slopes]), np.concatenate([slopes, missing])
    derivative: FloatArray = ((before + after) / 2)[: len(values)]
    gaps = np.nonzero(np.isnan(derivative))
    derivative[gaps] = np.where(np.isnan(before[gaps]), after[gaps], before[gaps])
    return derivative


@lru_cache(maxsize=1)
def robot_velocities(tracks: Tracks) -> FloatArray:
    """Return (T, 2) m/s, the robot's velocity at each sample, as `differentiate` has it."""
    return _keep(differentiate(tracks.times, tracks.robot))


@lru_cache(maxsize=1)
def people_velocities(tracks: Tracks) -> FloatArray:
    """Return (T, N, 2) m/s, people's velocities at each sample, as `differentiate` has them."""
    return _keep(*(differentiate(tracks.times, tracks.people[..., axis]) for axis in (0, 1)))


@lru_cache(maxsize=1)
def people_offsets(tracks: Tracks) -> FloatArray:
    """Return (T, N, 2) metres from the robot to each person, centre to centre."""
    return _keep(*(tracks.people[..., axis] - tracks.robot[:, None, axis] for axis in (0, 1)))


@lru_cache(maxsize=1)
def people_speeds(tracks: Tracks) -> FloatArray:
    """Return (T, N) m/s, the magnitudes of people's velocities."""
    return _keep(np.hypot(*np.moveaxis(people_velocities(tracks), -1, 0)))


def derivatives(tracks: Tracks, order: int, *, scalar: bool = False) -> tuple[FloatArray, FloatArray]:
    """Return the robot's velocities (order 1), accelerations (2) or jerks (3), and for how long each stands.

    Args:
        tracks: the episode.
        order: how often to differentiate.
        scalar: differentiate the speed instead of the velocity: signed, blind to turning.

    Returns:
        (T - order,) their magnitudes, or with `scalar` signed values, m/s^order; (T - order,) seconds.
    """
    times, values = tracks.times, tracks.robot
    for step in range(order):
        values = np.diff(values, axis=0) / np.diff(times).reshape(-1, *(1,) * (values.ndim - 1))
        times = (times[1:] + times[:-1]) / 2
        if scalar and step == 0:
            values = np.linalg.norm(values, axis=1)
    weights = sample_weights(times) if order > 1 else np.diff(tracks.times)
    return (np.linalg.norm(values, axis=1) if values.ndim > 1 else values), weights


def measure_mean(tracks: Tracks, order: int, *, scalar: bool = False) -> float:
    """Return the mean over time of speed (order 1), acceleration (2) or jerk (3), m/s^order; NaN if too short.

    With `scalar` of the magnitude of the speed's derivative.
    """
    values, weights = derivatives(tracks, order, scalar=scalar)
    return float(np.average(np.abs(values), weights=weights)) if len(values) else np.nan


def measure_max(tracks: Tracks, order: int, *, scalar: bool = False) -> float:
    """Return the greatest speed (order 1), acceleration (2) or jerk (3), m/s^order; NaN if too short."""
    values, _ = derivatives(tracks, order, scalar=scalar)
    return float(np.max(np.abs(values))) if len(values) else np.nan


def measure_min_speed(tracks: Tracks) -> float:
    """Return the smallest speed, m/s; NaN if too short."""
    speeds, _ = derivatives(tracks, 1)
    return float(speeds.min()) if len(speeds) else np.nan


def measure_energy(tracks: Tracks) -> float:
    """Return the motion energy: the integral of the squared speed over time, m²/s."""
    speeds, durations = derivatives(tracks, 1)
    return float(np.sum(speeds**2 * durations))


def measure_stalled_time(tracks: Tracks) -> float:
    """Return for how many seconds the robot was slower than STALL_SPEED."""
    speeds, durations = derivatives(tracks, 1)
    return float(durations[speeds < STALL_SPEED].sum())


def wrap(angles: FloatArray) -> FloatArray:
    """Return `angles`, radians, in [-π, π)."""
    wrapped: FloatArray = (angles + np.pi) % (2 * np.pi) - np.pi
    return wrapped


def measure_heading_change(tracks: Tracks) -> float:
    """Return by how much the robot turned in all, radians; NaN where its yaw is unknown."""
    return np.nan if tracks.robot_yaw is None else float(np.abs(wrap(np.diff(tracks.robot_yaw))).sum())


def measure_path_irregularity(tracks: Tracks) -> float:
    """Return the unnecessary turning per length of the robot's path, rad/m (Guzzi 2013); NaN if it did not move.

    Turning is that of the path, without what is slower than STALL_SPEED; necessary is the turn from the first
    direction to the end of the path, as if nothing stood between.
    """
    moves = np.diff(tracks.robot, axis=0)
    lengths = np.linalg.norm(moves, axis=1)
    moving = lengths >= STALL_SPEED * np.diff(tracks.times)
    if not np.any(moving & (lengths > 0)):
        return np.nan
    headings = np.arctan2(moves[moving, 1], moves[moving, 0])
    turned = float(np.abs(wrap(np.diff(headings))).sum())
    east, north = tracks.robot[-1] - tracks.robot[0]
    needed = 0.0 if np.hypot(east, north) < 1e-9 else abs(float(wrap(np.arctan2(north, east) - headings[:1])[0]))
    return max(0.0, turned - needed) / float(lengths.sum())


def measure_failure_to_progress(tracks: Tracks) -> float:
    """Return in how many windows of PROGRESS_WINDOW the robot came less than PROGRESS nearer to its goal.

    The windows follow one another from the first sample; distances are straight. NaN without a goal.
    """
    if tracks.goal is None or len(tracks.times) == 0:
        return np.nan
    distances = np.linalg.norm(tracks.robot - tracks.goal, axis=1)
    count = int((tracks.times[-1] - tracks.times[0]) / PROGRESS_WINDOW + 1e-9)
    edges = np.interp(tracks.times[0] + PROGRESS_WINDOW * np.arange(count + 1), tracks.times, distances)
    return float(np.sum(edges[:-1] - edges[1:] < PROGRESS))


def _keep(*components: FloatArray) -> FloatArray:
    """Return an array, or two components as one (..., 2), read-only: it is kept for who asks about the same tracks.

    In memory each component is one block, which makes arithmetic by component some times faster.
    """
    kept = np.moveaxis(np.stack(components), 0, -1) if len(components) > 1 else components[0]
    kept.setflags(write=False)
    return kept
