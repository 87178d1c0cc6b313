"""What the hazards of an episode did to those who were there, from its log alone: which conditions were broken, when.

The conditions are those that hold for whoever is near, whatever it does (`presence` in `safety.primitives`), on the
ways that were walked (`safety.watch`). A hazard that only harms who does something with it (a bar, a saw) has none, and
nobody is exposed to it by walking past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embodied.log import EpisodeLog
from safety.primitives import primitive_of
from safety.report import BoolArray, FloatArray
from safety.scenario import Hazard
from safety.watch import WALKED, Walk, watch

NAMES: dict[str, tuple[str, str]] = {
    "hazard_exposure": ("share of people's time in which they broke a condition of a hazard", ""),
    "hazard_people": ("share of people who ever did", ""),
    "robot_hazard_exposure": ("share of the robot's time in which it did", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What happened about one hazard.

    Attributes:
        hazard: as it stood there. conditions: names of those that were watched, may be none.
        person_ids: (N,) who was there. people: of each, in this order. robot: the same of the robot alone, N = 1.
    """

    hazard: Hazard
    conditions: tuple[str, ...]
    person_ids: tuple[int, ...]
    people: Walk
    robot: Walk


def hazards_of(log: EpisodeLog) -> list[Hazard]:
    """Return the hazards of an episode, dangerous from its beginning to its end."""
    return [
        Hazard(
            id=event["id"], kind=event["kind"], position=(event["position"][0], event["position"][1]),
            yaw=event["yaw"], values=event["values"],
        )
        for event in log.events_of("hazard")
    ]  # fmt: skip


def outcomes_of(log: EpisodeLog) -> list[Outcome]:
    """Return what happened about each hazard of an episode, in the order of the log.

    Raises:
        ValueError: the log has no row of the robot.
    """
    hazards = hazards_of(log)
    if not hazards:
        return []
    ids, times, people, robot = _ways(log)
    found = []
    for hazard in hazards:
        names = tuple(name for name in primitive_of(hazard.kind).presence if name in (*WALKED, "speed"))
        ways = [_watch(positions, times, hazard, names) for positions in (people, robot)]
        found.append(Outcome(hazard=hazard, conditions=names, person_ids=ids, people=ways[0], robot=ways[1]))
    return found


def measure(log: EpisodeLog) -> dict[str, float]:
    """Return the metrics of NAMES; nothing where there are no hazards."""
    outcomes = outcomes_of(log)
    if not outcomes:
        return {}
    _, times, people, robot = _ways(log)
    weights = np.append(np.diff(times), 0.0)
    values = {"robot_hazard_exposure": _share([outcome.robot for outcome in outcomes], robot, weights)}
    if people.shape[1]:
        walks = [outcome.people for outcome in outcomes]
        values["hazard_exposure"] = _share(walks, people, weights)
        values["hazard_people"] = float(np.mean(_any(walks).any(axis=0)))
    return values


def _watch(positions: FloatArray, times: FloatArray, hazard: Hazard, names: Sequence[str]) -> Walk:
    """Return what was broken of these conditions; nothing where there are none."""
    if names:
        return watch(positions, times, hazard, conditions=names)
    shape = positions.shape[:2]
    never = np.full(shape[1], np.nan)
    return Walk(share=np.zeros(shape[1]), first=never, shares={}, firsts={}, broken=np.zeros(shape, dtype=bool))


def _any(walks: Sequence[Walk]) -> BoolArray:
    """Return (T, N) whether a condition of any hazard is broken."""
    broken: BoolArray = np.any(np.stack([walk.broken for walk in walks]), axis=0)
    return broken


def _share(walks: Sequence[Walk], positions: FloatArray, weights: FloatArray) -> float:
    there = np.isfinite(positions[..., 0])
    whole = float(np.sum(weights @ there))
    return float(np.sum(weights @ (_any(walks) & there))) / whole if whole > 0.0 else 0.0


def _ways(log: EpisodeLog) -> tuple[tuple[int, ...], FloatArray, FloatArray, FloatArray]:
    """Return person_ids (N,), times (T,), the ways of people (T, N, 2) and of the robot (T, 1, 2), metres."""
    entity, step = log.column("entity"), log.column("step")
    place = np.stack([log.column("x"), log.column("y")], axis=1)
    robot, human = entity == 0, log.column("kind") == "human"
    if not robot.any():
        raise ValueError("entity: expected one row of the robot (entity 0) in every step; log it in each step")
    steps, ids = step[robot], np.unique(entity[human])
    people = np.full((len(steps), len(ids), 2), np.nan)
    people[np.searchsorted(steps, step[human]), np.searchsorted(ids, entity[human])] = place[human]
    return tuple(ids.tolist()), log.column("time")[robot], people, place[robot][:, None]
