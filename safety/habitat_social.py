"""Habitat 3.0's social navigation statistics, with its key names, typing errors included.

X. Puig et al., Habitat 3.0, ICLR 2024 (habitat-lab, social_nav_sensors.py: `social_nav_stats`, `nav_seek_success`). One
person is sought and followed. Everything is per step, the first sample included. Distances are straight, where Habitat
has geodesic ones for finding; the robot's velocity is over the time that passed, where Habitat's code takes 1/120 s.
The constants are those of its configuration, from memory.
"""

from __future__ import annotations

import numpy as np

from safety.report import FloatArray, Tracks

FIND_NEAR, FIND_FAR = 1.0, 2.0  # m, both included
FACING = 0.5  # cosine of the bearing
BACK_UP_DISTANCE, YIELD_SPEED = 1.5, 1.0  # m, m/s
TOTAL_STEPS = 1500
FOLLOW_STEPS = 400  # to have sought with success
KEYS = (
    "has_found_human", "found_human_rate_over_epi", "found_human_rate_after_encounter_over_epi",
    "avg_robot_to_human_dis_over_epi", "avg_robot_to_human_after_encounter_dis_over_epi", "first_encounter_spl",
    "frist_ecnounter_steps", "frist_ecnounter_steps_ratio", "follow_human_steps_after_frist_encounter",
    "follow_human_steps_ratio_after_frist_encounter", "backup_ratio", "yield_ratio", "nav_seek_success",
)  # fmt: skip


def measure_habitat_social(tracks: Tracks, person: int = 0, oracle_steps: float = np.inf) -> dict[str, float]:
    """Return Habitat's statistics of finding and following one person.

    Args:
        tracks: the episode; needs the robot's yaw and a person who is there all along, or everything is NaN.
        person: column of the person.
        oracle_steps: how many steps the fastest way to the person takes; inf: not computed, as is its default.
    """
    if tracks.robot_yaw is None or person >= tracks.people.shape[1] or np.any(np.isnan(tracks.people[:, person])):
        return dict.fromkeys(KEYS, np.nan)
    steps = len(tracks.times)
    offsets = tracks.people[:, person] - tracks.robot
    forward = np.stack([np.cos(tracks.robot_yaw), np.sin(tracks.robot_yaw)], axis=1)
    distances = np.linalg.norm(offsets, axis=1)
    facing = np.sum(offsets * forward, axis=1) > FACING * distances
    found = (distances >= FIND_NEAR) & (distances <= FIND_FAR) & facing
    ever = bool(found.any())
    first = int(np.argmax(found)) if ever else steps
    encounter = first + 1 if ever else TOTAL_STEPS
    followed, after = int(found[first:].sum()), max(steps - first, 1)
    near = distances <= BACK_UP_DISTANCE
    velocity = _forward_velocity(tracks, forward)
    backing = near & (velocity < 0)
    seeking = (distances >= FIND_NEAR) & (distances < FIND_FAR) & facing
    values = (
        float(ever), found.sum() / steps, followed / after, distances.mean(), distances[first:].sum() / after,
        0.0 if np.isinf(oracle_steps) or not ever else oracle_steps / max(oracle_steps, encounter),
        encounter, encounter / oracle_steps, followed, 0.0 + followed / (TOTAL_STEPS - oracle_steps),
        backing.sum() / steps, np.sum(near & ~backing & (np.abs(velocity) < YIELD_SPEED)) / steps,
        float(seeking.sum() >= FOLLOW_STEPS),
    )  # fmt: skip
    return dict(zip(KEYS, map(float, values), strict=True))


def _forward_velocity(tracks: Tracks, forward: FloatArray) -> FloatArray:
    """Return (T,) m/s, the speed since the sample before, below 0 for a move backwards in that sample's frame."""
    moves = np.diff(tracks.robot, axis=0)
    speeds = np.linalg.norm(moves, axis=1) / np.diff(tracks.times)
    return np.append(0.0, speeds * np.sign(np.sum(moves * forward[:-1], axis=1)))
