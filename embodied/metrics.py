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
from safety.report import Tracks
from safety.social import INTIMATE_ZONE, assess, measure_intrusion

RATES = frozenset({"sr", "osr", "human_collided"})
UNITS = {"ne": "m", "one": "m", "tl": "m", "time": "s", "wait": "s", "min_distance": "m"}  # the others have none
_STILL_SPEED, _STILL_TURN = 0.01, 0.02  # m/s, rad/s: HuNavSim's time_not_moving


def score(log: EpisodeLog) -> dict[str, float]:
    """Return the metrics of an episode.

    `sr` success rate, `osr` oracle success, `spl` success weighted by path length, `ne` navigation error and `one` its
    smallest value (m), `tl` trajectory length (m), `time` and `wait`, standing still (s), `inquiries`, `min_distance`
    to a person, surface to surface (m; inf without people), `human_collisions` and `human_collided`, `personal_space`
    and `intimate_space`, the share of time inside them.

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
        "min_distance": report.min_distance,
        "human_collisions": float(report.human_collisions),
        "human_collided": float(report.collided),
        "personal_space": report.personal_space,
        "intimate_space": measure_intrusion(tracks, INTIMATE_ZONE),
    }


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


def _only(log: EpisodeLog, type: str) -> dict[str, Any]:
    events = log.events_of(type)
    if len(events) != 1:
        raise ValueError(f"events: expected one {type!r}, got {len(events)}; score whole episodes")
    return events[0]
