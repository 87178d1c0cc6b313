"""An episode once more, from its log alone: the same poses, no physics, no minds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from embodied.greetings import make_clip
from embodied.log import EpisodeLog
from embodied.populate import Wardrobe, skin
from embodied.reactions import Kind
from embodied.reactions import make_cue as react_cue
from embodied.seeding import stream
from embodied.talk import make_cue
from motion.clip import Cue, FloatArray, MotionModel, RootPaths
from motion.encounter import Encounters
from motion.models import make_motion
from scenes.backend import RobotState, SceneBackend


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """One control step of a log.

    Attributes:
        step: control step; time: seconds.
        robot: its base.
        goal_distance: geodesic metres from the robot to its goal.
        person_ids: (N,) who is present. positions: (N, 2) metres, world. activities: (N,) words.
    """

    step: int
    time: float
    robot: RobotState
    goal_distance: float
    person_ids: npt.NDArray[np.int64]
    positions: FloatArray
    activities: tuple[str, ...]


def motion_of(log: EpisodeLog) -> MotionModel:
    """Return a new motion model of the kind that moved the people of a log."""
    return make_motion(log.metadata["motion"], log.metadata.get("config", {}).get("motion", {}).get("reactor"))


def play(log: EpisodeLog, backend: SceneBackend, motion: MotionModel) -> Iterator[Moment]:
    """Pose robot and people in `backend` as they were, and yield after each control step.

    Args:
        log: of the episode; its metadata holds `seed` and `control_dt`.
        backend: with the scene loaded and the robot added, without people.
        motion: a new model of the log's kind, by itself or laid under `Encounters` already.
    """
    encounters = motion if isinstance(motion, Encounters) else Encounters(motion)
    seed, dt = log.metadata["seed"], log.metadata["control_dt"]
    columns = log.columns
    people = np.unique(columns["entity"][columns["kind"] == "human"]).tolist()
    bodies = Wardrobe(
        seed, people, log.metadata.get("appearance", "all"), walkers=log.metadata.get("crowd") == "replay"
    )
    encounters.reset(bodies, stream(seed, "motion"))
    steps, starts = np.unique(columns["step"], return_index=True)
    changes, meetings, reactions = _cue_changes(log), _meetings(log), _reactions(log)
    present: set[int] = set()
    cues: dict[int, Cue] = {}
    greets: dict[int, int] = {}
    reacts: dict[int, Kind] = {}
    before: RobotState | None = None
    for step, first, last in zip(steps.tolist(), starts, [*starts[1:], len(columns["step"])], strict=True):
        row = {name: values[first:last] for name, values in columns.items()}
        for person, cue in changes.get(step, ()):
            cues.pop(person, None)
            if cue is not None:
                cues[person] = cue
        robot, human = int(np.flatnonzero(row["entity"] == 0)[0]), row["kind"] == "human"
        ids = row["entity"][human].astype(np.int64)
        for person in sorted(present - set(ids.tolist())):
            backend.remove_person(person)
            cues.pop(person, None)
        for person in ids.tolist():
            if person not in present:
                backend.add_person(person, skin(bodies[person]))
        present = set(ids.tolist())
        for event in meetings.get(step, ()):
            people = event["people"]
            if event["type"] == "interaction_end":
                encounters.stop(people[0])
                greets = {person: other for person, other in greets.items() if person not in people}
            elif present.issuperset(people):
                greets |= {people[0]: people[1], people[1]: people[0]}
                first, second = (bodies.plain(person) for person in people)
                places = np.array(event["places"])
                encounters.begin(tuple(people), make_clip(event["kind"], tuple(people), (first, second), places, seed))
        for person, kind in reactions.get(step, ()):
            reacts.pop(person, None)
            if kind is not None:
                reacts[person] = kind
        positions = np.stack([row["x"][human], row["y"][human]], axis=1)
        if len(ids):
            paths = RootPaths(
                person_ids=ids,
                positions=positions,
                velocities=np.stack([row["vx"][human], row["vy"][human]], axis=1),
                yaws=row["yaw"][human],
                planned=np.zeros((len(ids), 0, 2)),
            )
            every = cues
            if before is not None and reacts:
                place = (before.x, before.y, before.yaw)
                every = {person: react_cue(kind, place) for person, kind in reacts.items()} | cues
            partners = {person: greets.get(person, 0) for person in every}
            for person, joints in zip(ids.tolist(), encounters.step(dt, paths, partners, every), strict=True):
                backend.pose_person(person, joints)
        backend.step(dt)  # so that rain falls
        state = before = _robot_state(row, robot)
        backend.place_robot(state.x, state.y, state.yaw)
        yield Moment(
            step=step,
            time=float(row["time"][robot]),
            robot=state,
            goal_distance=float(row["goal_distance"][robot]),
            person_ids=ids,
            positions=positions,
            activities=tuple(row["activity"][human].tolist()),
        )


def _cue_changes(log: EpisodeLog) -> dict[int, list[tuple[int, Cue | None]]]:
    """Return who starts or ends (None) expressing what, by the step whose pose shows it first."""
    changes: dict[int, list[tuple[int, Cue | None]]] = {}
    for event in log.events_of("cue"):
        kind = event["kind"]
        cue = None if kind == "none" else make_cue(kind, tuple(event["target"]))
        if cue is not None and "spoken" in event:
            cue = replace(cue, spoken=event["spoken"])
        late = 1 if kind == "listen" else 0  # an `ask` is said between two steps, minds decide at the start of one
        changes.setdefault(event["step"] + late, []).append((event["entity"], cue))
    return changes


def _reactions(log: EpisodeLog) -> dict[int, list[tuple[int, Kind | None]]]:
    """Return who starts or ends (None) to react to the robot, by the step that shows it first."""
    changes: dict[int, list[tuple[int, Kind | None]]] = {}
    for event in log.events_of("interaction", "interaction_end"):
        if event["people"][0] == 0:
            kind = event["kind"] if event["type"] == "interaction" else None
            changes.setdefault(event["step"], []).append((event["people"][1], kind))
    return changes


def _meetings(log: EpisodeLog) -> dict[int, list[dict[str, Any]]]:
    """Return when what people do with each other by clips begins and ends, by the step that shows it first."""
    meetings: dict[int, list[dict[str, Any]]] = {}
    for event in log.events_of("interaction", "interaction_end"):
        if 0 not in event["people"]:  # those who react to the robot do so by their ways
            meetings.setdefault(event["step"], []).append(event)
    return meetings


def _robot_state(row: Mapping[str, npt.NDArray[Any]], index: int) -> RobotState:
    x, y, yaw, vx, vy = (float(row[name][index]) for name in ("x", "y", "yaw", "vx", "vy"))
    return RobotState(x=x, y=y, yaw=yaw, v=vx * math.cos(yaw) + vy * math.sin(yaw), w=0.0)
