"""HuNavSim's evaluator, its slips included, with its key names.

N. Pérez-Higueras et al., HuNavSim, RA-L 2023 (robotics-upo/hunav_sim at afa9743, hunav_metrics.py and sfm.py). What
differs from the library's default: everything is per message, so that forces grow with the rate; zones are bands;
standing still takes any angular speed below 0.02 rad/s, also a large one to the right (`abs` closes one word too late);
over-acceleration is |dv/dt|/dt; the greatest distance forgets the person's radius; blame goes by yaw, once per step and
person; and two angles have their `atan2` arguments swapped, that of the interaction vector in the social force and
that of the person seen from the robot in the blame. Speeds come from differences of positions, as logs have no more.
Obstacle forces are those of the nearest obstacle alone, and on the robot alone.
"""

from __future__ import annotations

import numpy as np

from safety.group import group_members
from safety.kinematics import people_offsets, people_speeds, people_velocities, robot_velocities, wrap
from safety.report import FloatArray, Tracks
from safety.social import (
    INTIMATE_ZONE,
    PERSONAL_ZONE,
    SOCIAL_ZONE,
    centre_distances,
    nearest_distances,
    surface_distances,
)
from safety.social_force import obstacle_force, social_force

COLLISION = 0.02  # m, surface to surface
GOAL_RADIUS = 1.2  # m
_O_SPACE = 1.5  # m ahead of each member
_BANDS = (
    ("intimate", 0.0, INTIMATE_ZONE),
    ("personal", INTIMATE_ZONE, PERSONAL_ZONE),
    ("social", PERSONAL_ZONE, SOCIAL_ZONE),
)


def measure_hunavsim(tracks: Tracks, goal_radius: float = GOAL_RADIUS) -> dict[str, float]:
    """Return HuNavSim's metrics; NaN for what needs people, groups, yaws, a goal or a clearance that is not there."""
    if len(tracks.times) < 2:
        raise ValueError(f"tracks: expected 2 samples or more, got {len(tracks.times)}; score whole episodes")
    return {
        **_motion(tracks),
        **_goal(tracks, goal_radius),
        **_distances(tracks),
        **_group_intrusions(tracks),
        **_collisions(tracks),
        **_forces(tracks),
    }


def swapped_angle(x: FloatArray, y: FloatArray, along: FloatArray, across: FloatArray) -> FloatArray:
    """Return the angle of (x, y) less what HuNavSim takes for that of (along, across), radians in [-π, π)."""
    return wrap(np.arctan2(y, x) - np.arctan2(along, across))


def _motion(tracks: Tracks) -> dict[str, float]:
    count, duration = len(tracks.times), float(tracks.times[-1] - tracks.times[0])
    speeds = np.linalg.norm(robot_velocities(tracks), axis=1)
    rates = np.abs(np.diff(speeds) / np.diff(tracks.times))
    result = {
        "time_to_reach_goal": duration,
        "path_length": float(np.linalg.norm(np.diff(tracks.robot, axis=0), axis=1).sum()),
        "cumulative_heading_changes": np.nan,
        "time_not_moving": np.nan,
        "avg_robot_linear_speed": float(speeds.mean()),
        "avg_robot_angular_speed": np.nan,
        "avg_acceleration": float(rates.sum()) / count,
        "avg_overacceleration": float(np.sum(rates / np.diff(tracks.times))) / count,
    }
    if tracks.robot_yaw is not None:
        turns = wrap(np.diff(tracks.robot_yaw))
        angular = np.append(turns, turns[-1:]) / np.append(np.diff(tracks.times), np.diff(tracks.times)[-1:])
        still = (speeds < 0.01) & (np.abs(angular < 0.02))  # sic: the sign of a right turn passes
        result["cumulative_heading_changes"] = float(np.abs(turns).sum())
        result["time_not_moving"] = duration / count * float(still.sum())
        result["avg_robot_angular_speed"] = float(np.abs(angular).mean())
    return result


def _goal(tracks: Tracks, goal_radius: float) -> dict[str, float]:
    if tracks.goal is None:
        return dict.fromkeys(("completed", "minimum_distance_to_target", "final_distance_to_target"), np.nan)
    distances = np.linalg.norm(tracks.robot - tracks.goal, axis=1)
    return {
        "completed": float(distances[-1] - goal_radius < 0),
        "minimum_distance_to_target": float(distances.min()),
        "final_distance_to_target": float(distances[-1]),
    }


def _distances(tracks: Tracks) -> dict[str, float]:
    centres = centre_distances(tracks)
    if np.all(np.isnan(centres)):
        keys = [f"{name}_space_intrusions" for name, _, _ in _BANDS]
        return dict.fromkeys(
            ["avg_distance_to_closest_person", "minimum_distance_to_people", "maximum_distance_to_people", *keys,
             "avg_pedestrian_velocity", "avg_closest_pedestrian_velocity"], np.nan,
        )  # fmt: skip
    nearest = np.maximum(nearest_distances(tracks), 0.0)
    somebody = np.isfinite(nearest)
    speeds = people_speeds(tracks)
    closest = np.argmin(np.where(np.isnan(centres), np.inf, centres), axis=1)
    return {
        "avg_distance_to_closest_person": float(nearest[somebody].sum()) / len(nearest),
        "minimum_distance_to_people": float(nearest.min()),
        "maximum_distance_to_people": float(np.nanmax(centres)) - tracks.robot_radius,  # sic
        **{f"{name}_space_intrusions": _percentage(nearest, low, high) for name, low, high in _BANDS},
        "avg_pedestrian_velocity": float(np.nanmean(speeds)),
        "avg_closest_pedestrian_velocity": float(np.nanmean(speeds[np.arange(len(closest)), closest][somebody])),
    }


def _group_intrusions(tracks: Tracks) -> dict[str, float]:
    if tracks.groups is None or tracks.people_yaw is None:
        return {f"group_{name}_space_intrusions": np.nan for name, _, _ in _BANDS}
    nearest = np.full(len(tracks.times), np.inf)
    for members in group_members(tracks):
        yaw = tracks.people_yaw[:, members]
        ahead = tracks.people[:, members] + _O_SPACE * np.stack([np.cos(yaw), np.sin(yaw)], axis=2)
        count = np.sum(~np.isnan(ahead[..., 0]), axis=1)
        centre = np.nansum(ahead, axis=1) / np.maximum(count, 1)[:, None]
        distances = np.linalg.norm(tracks.robot - centre, axis=1) - tracks.robot_radius
        nearest = np.minimum(nearest, np.where(count > 0, distances, np.inf))
    bands = [(name, -np.inf if low == 0 else low, high) for name, low, high in _BANDS]
    return {f"group_{name}_space_intrusions": _percentage(nearest, low, high) for name, low, high in bands}


def _collisions(tracks: Tracks) -> dict[str, float]:
    if tracks.robot_yaw is None or tracks.people_yaw is None:
        return {"robot_on_person_collision": np.nan, "person_on_robot_collision": np.nan}
    steps, people = np.nonzero(surface_distances(tracks) < COLLISION)
    x, y = people_offsets(tracks)[steps, people].T
    yaw, other = tracks.robot_yaw[steps], tracks.people_yaw[steps, people]
    seen = np.abs(np.arctan2(x * np.sin(other) - y * np.cos(other), -x * np.cos(other) - y * np.sin(other)))
    ahead = np.abs(np.arctan2(x * np.cos(yaw) + y * np.sin(yaw), y * np.cos(yaw) - x * np.sin(yaw)))  # sic: swapped
    robot = np.linalg.norm(robot_velocities(tracks)[steps], axis=1)
    person = people_speeds(tracks)[steps, people]
    alike = (seen == ahead) & (robot == person)
    moving = robot != person
    return {
        "robot_on_person_collision": float(np.sum(alike | ((seen < ahead) & moving))),
        "person_on_robot_collision": float(np.sum(alike | ((seen > ahead) & moving))),
    }


def _forces(tracks: Tracks) -> dict[str, float]:
    closing = robot_velocities(tracks)[:, None, :] - people_velocities(tracks)
    forces = np.nan_to_num(social_force(people_offsets(tracks), closing, swapped_angle))
    magnitudes = float(np.linalg.norm(forces, axis=2).sum())
    obstacle = np.nan
    if tracks.clearance is not None:
        obstacle = float(np.nan_to_num(obstacle_force(tracks.clearance)).sum())
    own = float(np.linalg.norm(forces.sum(axis=1), axis=1).sum())
    return {
        "social_force_on_agents": magnitudes,
        "social_force_on_robot": magnitudes,
        "social_work": own + magnitudes + float(np.nan_to_num(obstacle)),
        "obstacle_force_on_robot": obstacle,
    }


def _percentage(distances: FloatArray, low: float, high: float) -> float:
    return 100.0 * float(np.mean((distances >= low) & (distances < high)))
