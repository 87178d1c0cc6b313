"""SocNavBench's own definitions, its slips included, with its key names.

A. Biswas et al., SocNavBench, ACM THRI 2022 (CMU-TBD/SocNavBench, metrics/). What differs from the library's default:
the personal space takes a person's speed from the *place* that is evaluated; path irregularity is the mean angle
between the ray to the goal and the *position vector*, so that both change when the origin of the map moves; time to
collision goes along the line of centres, forgets the person's radius, and takes the robot's velocity one step late, in
the first step that of the last; motion energy and all else is per step. `measure_personal_space` is the Gaussian with
the speed put right. A person who stands faces along +x.
"""

from __future__ import annotations

import numpy as np

from safety.kinematics import people_offsets, people_speeds, people_velocities, time_mean
from safety.personal_space import asymmetric_gaussian
from safety.report import FloatArray, Tracks
from safety.social import centre_distances


def measure_personal_space(tracks: Tracks) -> float:
    """Return the mean over time of SocNavBench's Gaussian, summed over people, with their true speeds; NaN: nobody.

    σ_s = σ_h / 4, σ_r = σ_h / 3, where Kirby has 2/3 and 1/2.
    """
    return _mean_cost(tracks, people_speeds(tracks))


def measure_socnavbench(tracks: Tracks) -> dict[str, float]:
    """Return SocNavBench's metrics, means or least values over steps; NaN for what needs a goal or a step."""
    keys = (
        "robot_speed", "robot_acceleration", "robot_jerk", "robot_motion_energy", "path_length", "path_length_ratio",
        "path_irregularity", "goal_traversal_ratio", "time_to_collision", "closest_pedestrian_distance", "asym_gauss",
    )  # fmt: skip
    if len(tracks.times) < 4:
        return dict.fromkeys(keys, np.nan)
    dt = float(np.median(np.diff(tracks.times)))
    velocity = np.diff(tracks.robot, axis=0) / dt
    acceleration = np.diff(velocity, axis=0) / dt
    jerk = np.diff(acceleration, axis=0) / dt
    goal = tracks.robot[-1] if tracks.goal is None else tracks.goal
    length = float(np.linalg.norm(velocity, axis=1).sum()) * dt
    start = float(np.linalg.norm(goal - tracks.robot[0]))
    centres = centre_distances(tracks)
    times = _times_to_collision(tracks, velocity, dt)
    place = np.linalg.norm(tracks.robot, axis=1)[:, None]
    return dict(zip(keys, (
        *(float(np.linalg.norm(values, axis=1).mean()) for values in (velocity, acceleration, jerk)),
        float(np.sum(velocity**2)),
        length,
        (length + 1e-5) / start if start > 0 else np.nan,
        _irregularity(tracks.robot, goal),
        np.nan if tracks.goal is None or start == 0 else float(np.linalg.norm(tracks.robot[-1] - goal)) / start,
        float(times[times > 0].min()) if np.any(times > 0) else -1.0,
        np.nan if np.all(np.isnan(centres)) else float(np.nanmin(centres)),
        _mean_cost(tracks, np.broadcast_to(place, centres.shape)),
    ), strict=True))  # fmt: skip


def _irregularity(path: FloatArray, goal: FloatArray) -> float:
    rays = goal - path
    sizes = np.linalg.norm(rays, axis=1) * np.linalg.norm(path, axis=1) + 1e-10
    return float(np.mean(np.arccos(np.clip(np.sum(rays * path, axis=1) / sizes, -1, 1))))


def _times_to_collision(tracks: Tracks, velocity: FloatArray, dt: float) -> FloatArray:
    """Return (T - 1,) seconds; -1 for never, the value before where nobody is present."""
    moves = np.diff(tracks.people, axis=0, prepend=tracks.people[:1])[1:] / dt
    moves = np.where(np.isnan(moves) & ~np.isnan(tracks.people[1:]), 0.0, moves)  # who appears stands
    lines = tracks.robot[1:, None, :] - tracks.people[1:]
    distances = np.linalg.norm(lines, axis=2)
    closing = np.sum((moves - np.roll(velocity, 1, axis=0)[:, None, :]) * lines, axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (distances - tracks.robot_radius) * distances / closing
    least = np.min(np.where(times > 0, times, np.inf), axis=1, initial=np.inf)
    result = np.where(np.isinf(least), -1.0, least)
    for step in np.flatnonzero(np.all(np.isnan(distances), axis=1)):
        result[step] = result[step - 1] if step else 0.0
    return result


def _mean_cost(tracks: Tracks, speeds: FloatArray) -> float:
    if np.all(np.isnan(tracks.people)):
        return np.nan
    velocities = people_velocities(tracks)
    ahead = np.maximum(2 * np.nan_to_num(speeds), 0.5)
    angles = np.arctan2(velocities[..., 1], velocities[..., 0])
    headings = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    costs = asymmetric_gaussian(-people_offsets(tracks), headings, ahead, ahead / 4, ahead / 3)
    return time_mean(tracks.times, np.nan_to_num(costs).sum(axis=1))
