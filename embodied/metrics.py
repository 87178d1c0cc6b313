"""Metrics of one episode, from its log alone.

Anderson et al., On Evaluation of Embodied Navigation Agents, 2018 (arXiv 1807.06757), for SR and SPL; Krantz et al.,
Beyond the Nav-Graph, ECCV 2020 (arXiv 2004.02857), for NE, OSR and TL in continuous space; HuNavSim (Pérez-Higueras
et al., RA-L 2023) for standing still. Distances to the goal are geodesic for the robot's radius; SPL's shortest path
is that of the reset. Success asks for a stop strictly inside the radius.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from embodied.log import EpisodeLog
from embodied.wording import the
from safety.collision import count_touches
from safety.report import Tracks
from safety.social import INTIMATE_ZONE, assess, measure_intrusion

RATES = frozenset({"sr", "osr", "human_collided"})
NAMES: dict[str, tuple[str, str]] = {  # what each metric is, and its unit
    "sr": ("success", ""),
    "osr": ("oracle success", ""),
    "spl": ("success weighted by path length", ""),
    "ne": ("distance to the goal at the end", "m"),
    "one": ("smallest distance to the goal", "m"),
    "tl": ("length of the robot's way", "m"),
    "time": ("duration", "s"),
    "wait": ("standing still", "s"),
    "inquiries": ("questions asked", ""),
    "collisions": ("touches of things", ""),
    "min_distance": ("smallest distance to a person", "m"),
    "human_collisions": ("touches of people", ""),
    "human_collided": ("any touch of a person", ""),
    "personal_space": ("share of time within 1.2 m of a person", ""),
    "intimate_space": ("share of time within 0.45 m of a person", ""),
}
_STILL_SPEED, _STILL_TURN = 0.01, 0.02  # m/s, rad/s: HuNavSim's time_not_moving


def score(log: EpisodeLog) -> dict[str, float]:
    """Return the metrics of an episode.

    The keys are those of NAMES, in their order. `min_distance` is inf without people. `time`, `wait` and the shares
    are in simulated time; a stop, a question and an answer take theirs.

    Raises:
        ValueError: the log has no reset, no end or no row of the robot.
    """
    reset, end = _only(log, "reset"), _only(log, "episode_end")
    tracks = tracks_of(log)
    robot = log.column("entity") == 0
    distance, yaw = log.column("goal_distance")[robot], log.column("yaw")[robot]
    if not np.all(np.isfinite(distance)):
        raise ValueError("goal_distance: expected a finite distance in every row of the robot; log it in each step")
    steps = np.linalg.norm(np.diff(tracks.robot, axis=0), axis=1)
    turns = np.abs(np.angle(np.exp(1j * np.diff(yaw))))
    intervals = np.diff(tracks.times)
    still = (steps < _STILL_SPEED * intervals) & (turns < _STILL_TURN * intervals)

    length, shortest = float(steps.sum()), float(reset["geodesic_distance"])
    success = end["reason"] == "stop" and distance[-1] < reset["success_radius"]
    longest = max(length, shortest)
    report = assess(tracks)
    return {
        "sr": float(success),
        "osr": float(distance.min() < reset["success_radius"]),
        "spl": float(success) * (shortest / longest if longest > 0 else 1.0),
        "ne": float(distance[-1]),
        "one": float(distance.min()),
        "tl": length,
        "time": float(tracks.times[-1] - tracks.times[0]),
        "wait": float(intervals[still].sum()),
        "inquiries": float(sum(event["speaker"] == 0 and event["act"] == "ask" for event in log.events_of("speech"))),
        "collisions": float(_count_touches_of_things(log)),
        "min_distance": report.min_distance,
        "human_collisions": float(report.human_collisions),
        "human_collided": float(report.collided),
        "personal_space": report.personal_space,
        "intimate_space": measure_intrusion(tracks, INTIMATE_ZONE),
    }


def tell_outcome(log: EpisodeLog) -> str:
    """Return how an episode ended, in words."""
    metrics, goal = score(log), log.events_of("reset")[0]["goal_name"]
    if metrics["sr"]:
        return f"Reached {the(goal)}"
    reason = log.events_of("episode_end")[0]["reason"]
    start = {"stop": "Stopped", "timeout": "Out of time"}.get(reason, f"Ended by a {reason}")
    return f"{start}, {metrics['ne']:.1f} m from {the(goal)}"


def tracks_of(log: EpisodeLog) -> Tracks:
    """Return where the robot and each person were, people by rising person_id.

    Raises:
        ValueError: the log has no row of the robot, or not one in every step with people.
    """
    entity, step, contact = log.column("entity"), log.column("step"), log.column("contact")
    place = np.stack([log.column("x"), log.column("y")], axis=1)
    radius = log.column("radius").astype(np.float64)
    robot, human = entity == 0, log.column("kind") == "human"
    steps, ids = step[robot], np.unique(entity[human])
    if len(steps) == 0 or not np.all(np.diff(steps) > 0) or not np.all(np.isin(step[human], steps)):
        raise ValueError("entity: expected one row of the robot (entity 0) in every step; log it in each step")
    rows, columns = np.searchsorted(steps, step[human]), np.searchsorted(ids, entity[human])
    people = np.full((len(steps), len(ids), 2), np.nan)
    people[rows, columns] = place[human]
    contacts = contact[robot][:, None] == ids
    contacts[rows, columns] |= contact[human] == 0
    radii = np.zeros(len(ids))
    radii[columns] = radius[human]
    return Tracks(
        times=log.column("time")[robot],
        robot=place[robot],
        robot_radius=float(radius[robot][0]),
        people=people,
        people_radii=radii,
        contacts=contacts,
    )


def _count_touches_of_things(log: EpisodeLog) -> int:
    times: dict[int, list[float]] = {}
    for event in log.events_of("contact"):
        if event["other"] < 0:
            times.setdefault(event["instance"], []).append(event["time"])
    return sum(count_touches(np.array(moments)) for moments in times.values())


def _only(log: EpisodeLog, type: str) -> dict[str, Any]:
    events = log.events_of(type)
    if len(events) != 1:
        raise ValueError(f"events: expected one {type!r}, got {len(events)}; score whole episodes")
    return events[0]
