"""SocNavGym's info dictionary, as far as positions tell it, with its key names.

A. Kapoor et al., SocNavGym: A Reinforcement Learning Gym for Social Navigation, RO-MAN 2023 (gnns4hri/SocNavGym), which
implements the list of Francis et al. (ACM THRI 2025). Everything is counted in steps; the robot's speeds, accelerations
and jerks start from rest; distances to people are from centre to centre, and compliance forgets the person's radius.
Failure to progress is any step away from the goal. Its time to collision is in steps, -1 for never.
"""

from __future__ import annotations

import numpy as np

from safety.report import Tracks
from safety.social import centre_distances
from safety.time_to_collision import times_to_collision

PERSONAL_SPACE = 0.45  # m, from the robot's surface to the person's centre


def measure_socnavgym(tracks: Tracks) -> dict[str, float]:
    """Return SocNavGym's metrics of an episode; NaN for what needs a goal, a clearance or a step and has none.

    Its times to collision and distances of each step are here the least of the episode.
    """
    if len(tracks.times) < 2:
        return dict.fromkeys(KEYS, np.nan)
    dt = np.diff(tracks.times)[:, None]
    velocity = np.diff(tracks.robot, axis=0) / dt
    rest = np.zeros((1, 2))
    acceleration = np.diff(velocity, axis=0, prepend=rest) / dt
    jerk = np.diff(acceleration, axis=0, prepend=rest) / dt
    speed, rate, change = (np.linalg.norm(values, axis=1) for values in (velocity, acceleration, jerk))
    centres = centre_distances(tracks)[1:]
    closest = np.min(np.where(np.isnan(centres), np.inf, centres), axis=1, initial=np.inf)
    soonest = float(times_to_collision(tracks).min())
    progress = np.nan
    if tracks.goal is not None:
        progress = float(np.sum(np.diff(np.linalg.norm(tracks.robot - tracks.goal, axis=1)) > 0))
    obstacle = np.nan
    if tracks.clearance is not None and not np.all(np.isnan(tracks.clearance)):
        obstacle = float(np.nanmin(tracks.clearance)) + tracks.robot_radius  # from its centre
    values = (
        float(tracks.contacts.any()), progress, float(dt[speed == 0].sum()), float(speed @ dt[:, 0]),
        float(speed.min()), float(speed.mean()), float(speed.max()),
        float(rate.min()), float(rate.mean()), float(rate.max()),
        float(change.min()), float(change.mean()), float(change.max()),
        float(np.ceil(soonest / np.median(dt))) if np.isfinite(soonest) else -1.0,
        float(closest.min()), float(np.mean(closest - tracks.robot_radius >= PERSONAL_SPACE)), obstacle,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))


KEYS = (
    "COLLISION_HUMAN", "FAILURE_TO_PROGRESS", "STALLED_TIME", "PATH_LENGTH", "V_MIN", "V_AVG", "V_MAX",
    "A_MIN", "A_AVG", "A_MAX", "JERK_MIN", "JERK_AVG", "JERK_MAX", "TIME_TO_COLLISION",
    "MINIMUM_DISTANCE_TO_HUMAN", "PERSONAL_SPACE_COMPLIANCE", "MINIMUM_OBSTACLE_DISTANCE",
)  # fmt: skip
