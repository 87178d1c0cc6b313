"""Metrics of one episode, from its log alone.

`embodied.navigation` has the formulas of vision-and-language navigation, `embodied.asking` those of questions and
trust, `safety.measures` those of contact and comfort; here a log becomes what they take. HuNavSim (Pérez-Higueras et
al., RA-L 2023) for standing still. Distances to the goal are geodesic for the robot's radius; SPL's shortest path is
that of the reset. Success asks for a stop strictly inside the radius. What is not defined for an episode (trust
without an answer) is left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from embodied import asking, day, hazard_outcomes, navigation
from embodied.log import EpisodeLog
from embodied.navigation import Walk
from embodied.wording import the
from safety.collision import count_touches
from safety.measures import measure_all
from safety.report import Tracks

RATES = frozenset({"human_collided", "collided"}) | navigation.RATES | asking.RATES
NAMES: dict[str, tuple[str, str]] = {  # what each metric is, and its unit
    **navigation.NAMES,
    "time": ("duration", "s"),
    "wait": ("standing still", "s"),
    **asking.NAMES,
    **day.NAMES,
    **hazard_outcomes.NAMES,
    "collisions": ("touches of things", ""),
    "collided": ("any touch of a thing", ""),
    "min_distance": ("smallest distance to a person", "m"),
    "mean_distance": ("mean distance to the nearest person", "m"),
    "min_clearance": ("smallest distance to a thing", "m"),
    "mean_clearance": ("mean distance to the nearest thing", "m"),
    "human_collisions": ("touches of people", ""),
    "human_collided": ("any touch of a person", ""),
    "human_collision_steps": ("control steps with a touch of a person", ""),
    "human_collision_time": ("time in touch with a person", "s"),
    "robot_on_person": ("touches of people that the robot caused", ""),
    "person_on_robot": ("touches of people that they caused", ""),
    "personal_space": ("share of time within 1.2 m of a person", ""),
    "intimate_space": ("share of time within 0.45 m of a person", ""),
    "social_space": ("share of time within 3.6 m of a person", ""),
    "intimate_compliance": ("share of time with nobody within 0.45 m", ""),
    "personal_compliance": ("share of time with nobody within 1.2 m", ""),
    "personal_space_cost": ("mean cost of being in personal space", ""),
    "ttc_min": ("smallest time to collision", "s"),
    "ttc_p5": ("time to collision, fifth percentile", "s"),
    "ttc_exposure": ("share of time with less than 2 s to a collision", ""),
    "speed_min": ("smallest speed", "m/s"),
    "speed_mean": ("mean speed", "m/s"),
    "speed_max": ("greatest speed", "m/s"),
    "speed_near_people": ("greatest speed within 1.2 m of a person", "m/s"),
    "acceleration_mean": ("mean acceleration", "m/s²"),
    "acceleration_max": ("greatest acceleration", "m/s²"),
    "acceleration_scalar_mean": ("mean change of speed", "m/s²"),
    "jerk_mean": ("mean jerk", "m/s³"),
    "jerk_max": ("greatest jerk", "m/s³"),
    "jerk_scalar_mean": ("mean jerk of the speed", "m/s³"),
    "motion_energy": ("squared speed over time", "m²/s"),
    "heading_change": ("turning in all", "rad"),
    "path_irregularity": ("needless turning by length", "rad/m"),
    "stalled_time": ("time nearly at rest", "s"),
    "failure_to_progress": ("windows without progress", ""),
    "aggregated_time": ("mean time of robot and people to their goals", "s"),
    "social_work": ("social work", "m/s"),
    "social_work_mean": ("mean rate of social work", "m/s²"),
    "social_force_on_robot": ("mean social force on the robot", "m/s²"),
    "social_force_on_people": ("mean social force of the robot on people", "m/s²"),
    "obstacle_force_on_robot": ("mean force of things on the robot", "m/s²"),
    "group_intrusion": ("share of time inside a group", ""),
    "groups_crossed": ("groups that were crossed", ""),
    "passings": ("people passed", ""),
    "passing_distance": ("mean distance in passing", "m"),
    "passing_speed": ("mean speed in passing", "m/s"),
    "passing_left": ("passings with the person on the left", ""),
    "comfort_mean": ("comfort of people, 0 to 100, mean", ""),
    "comfort_min": ("comfort of people, 0 to 100, least", ""),
}
CORE = (  # what a printed table shows; the others are in results.json
    "sr", "osr", "spl", "ne", "one", "tl", "ndtw", "sdtw", "cls", "stl", "spl_t", "time", "wait", "inquiries",
    "auc_ask", "ask_precision", "need_recall", "trust_brier", "politeness", "collisions", "min_distance",
    "human_collisions", "human_collided", "personal_space", "intimate_space", "ttc_exposure", "residents",
    "schedule_kept", "longest_stuck", "chats", "partners", "hazard_exposure", "hazard_people",
    "robot_hazard_exposure",
)  # fmt: skip
_STILL_SPEED, _STILL_TURN = 0.01, 0.02  # m/s, rad/s: HuNavSim's time_not_moving


def score(log: EpisodeLog) -> dict[str, float]:
    """Return the metrics of an episode.

    The keys are those of NAMES, in their order, without what is not defined for the episode. `min_distance` and the
    times to collision are inf where nobody was there to meet. `time`, `wait` and the shares are in simulated time; a
    stop, a question and an answer take theirs.

    Raises:
        ValueError: the log has no reset, no end or no row of the robot.
    """
    walk, tracks = walk_of(log), tracks_of(log)
    yaw = log.column("yaw")[log.column("entity") == 0]
    steps = np.linalg.norm(np.diff(tracks.robot, axis=0), axis=1)
    turns = np.abs(np.angle(np.exp(1j * np.diff(yaw))))
    intervals = np.diff(tracks.times)
    still = intervals * ((steps < _STILL_SPEED * intervals) & (turns < _STILL_TURN * intervals))
    touches = _count_touches_of_things(log)
    values = {
        **navigation.measure(walk),
        **asking.measure(log, walk, tracks.times, still),
        "time": walk.duration,
        "wait": float(still.sum()),
        "collisions": float(touches),
        "collided": float(touches > 0),
        **measure_all(tracks),
        **day.measure(log),
        **hazard_outcomes.measure(log),
    }
    return {name: values[name] for name in NAMES if name in values and not math.isnan(values[name])}


def tell_outcome(log: EpisodeLog) -> str:
    """Return how an episode ended, in words."""
    metrics, goal = score(log), log.events_of("reset")[0]["goal_name"]
    if metrics["sr"]:
        return f"Reached {the(goal)}"
    reason = log.events_of("episode_end")[0]["reason"]
    start = {"stop": "Stopped", "timeout": "Out of time"}.get(reason, f"Ended by a {reason}")
    return f"{start}, {metrics['ne']:.1f} m from {the(goal)}"


def walk_of(log: EpisodeLog) -> Walk:
    """Return the way of the robot.

    Raises:
        ValueError: the log has no reset, no end or no row of the robot, or a row has no distance to the goal.
    """
    reset, end = _only(log, "reset"), _only(log, "episode_end")
    robot = log.column("entity") == 0
    if not robot.any():
        raise ValueError("entity: expected one row of the robot (entity 0) in every step; log it in each step")
    distances, times = log.column("goal_distance")[robot], log.column("time")[robot]
    if not np.all(np.isfinite(distances)):
        raise ValueError("goal_distance: expected a finite distance in every row of the robot; log it in each step")
    reference = np.asarray(reset.get("reference_path") or [], dtype=np.float64).reshape(-1, 2)
    return Walk(
        positions=np.stack([log.column("x")[robot], log.column("y")[robot]], axis=1),
        distances=distances,
        stopped=end["reason"] == "stop",
        shortest=float(reset["geodesic_distance"]),
        radius=float(reset["success_radius"]),
        reference=reference if len(reference) else None,
        duration=float(times[-1] - times[0]),
        max_speed=float(log.metadata.get("robot_max_speed", math.nan)),
        steps=int(robot.sum()) - 1,
    )


def tracks_of(log: EpisodeLog) -> Tracks:
    """Return where the robot and each person were, people by rising person_id.

    A person's group and goal are the last that were logged.

    Raises:
        ValueError: the log has no row of the robot, or not one in every step with people.
    """
    entity, step, contact = log.column("entity"), log.column("step"), log.column("contact")
    place, yaw = np.stack([log.column("x"), log.column("y")], axis=1), log.column("yaw")
    goal = np.stack([log.column("goal_x"), log.column("goal_y")], axis=1)
    radius = log.column("radius").astype(np.float64)
    robot, human = entity == 0, log.column("kind") == "human"
    steps, ids = step[robot], np.unique(entity[human])
    if len(steps) == 0 or not np.all(np.diff(steps) > 0) or not np.all(np.isin(step[human], steps)):
        raise ValueError("entity: expected one row of the robot (entity 0) in every step; log it in each step")
    rows, columns = np.searchsorted(steps, step[human]), np.searchsorted(ids, entity[human])
    shape = (len(steps), len(ids))
    people, people_yaw = np.full((*shape, 2), np.nan), np.full(shape, np.nan)
    people[rows, columns], people_yaw[rows, columns] = place[human], yaw[human]
    contacts = contact[robot][:, None] == ids
    contacts[rows, columns] |= contact[human] == 0
    radii, groups, people_goals = np.zeros(len(ids)), np.full(len(ids), -1), np.full((len(ids), 2), np.nan)
    radii[columns], groups[columns], people_goals[columns] = radius[human], log.column("group")[human], goal[human]
    return Tracks(
        times=log.column("time")[robot],
        robot=place[robot],
        robot_radius=float(radius[robot][0]),
        people=people,
        people_radii=radii,
        contacts=contacts,
        robot_yaw=yaw[robot],
        people_yaw=people_yaw,
        groups=groups,
        goal=goal[robot][-1] if np.isfinite(goal[robot][-1]).all() else None,
        clearance=log.column("clearance")[robot],
        people_goals=people_goals,
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
