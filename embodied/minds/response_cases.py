"""What people did when a robot did something to them: drawn from the simulator, or read from the logs of episodes.

These are what human models are judged by. Each case keeps what the robot perceived, what it did and what the person
then did; the person itself is not kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from embodied.asking import FRONT, Ask, find_asks
from embodied.config import MindConfig
from embodied.drive import wrap
from embodied.episode import Mind
from embodied.log import EpisodeLog
from embodied.minds.encounter import respond, walking_pace
from embodied.minds.human_model import ActionKind, RobotAction, Situation
from embodied.minds.human_model_rollout import ANSWERS, ask_mind
from embodied.minds.knowledge import KEEPER_REACH
from embodied.minds.persona import LEVELS, Persona, age_group
from embodied.minds.rules import RulesMind
from embodied.minds.table_clearing import THINGS
from embodied.seeding import stream
from scenes.scene import DESTINATIONS, Scene

CASES = 20_000  # key of the streams from which cases are drawn
DISTANCES = (0.8, 10.0)  # m, drawn evenly in their logarithm
WALKS, GROUPED, AT_WORK = 0.6, 0.3, 0.15  # shares of the people met
MISJUDGED = 0.1  # deviation of the robot's estimate of trust
OFFERS = ("leaflet", "cup of water", "map of the town", "sweet")
LOOKS = {"child": "child", "teen": "teenager", "young": "young", "adult": "", "old": "old"}
UNTOLD_AGE = 40  # years, in logs that do not tell it
HOLD = 1.0  # s before a question in which its addressee was not held up yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCase:
    """One encounter. `place`: where, as rows call it; `seed`: from which the person was drawn; else as named."""

    situation: Situation
    action: RobotAction
    response: str
    place: str
    seed: int


def draw_cases(
    scene: Scene,
    people: Sequence[Persona],
    kind: ActionKind,
    n: int,
    seed: int,
    *,
    mind: MindConfig | None = None,
) -> list[ResponseCase]:
    """Let a robot do something to `n` people of a scene, each in a situation of its own.

    The robot sees the trust of a person only about (MISJUDGED), and its pace, which tells of its hurry.

    Args:
        scene: where they are. people: who may be met. kind: of the action. n: how many.
        seed: of all draws; the minds of those who are asked are made from it as in an episode of this seed.
        mind: what share of those who are asked know nothing, err, refuse.

    Raises:
        ValueError: nobody to meet, or a scene without places to ask for.
    """
    shops = [mark.name for mark in scene.landmarks if mark.kind in DESTINATIONS]
    if not people or (kind == "ask" and not shops):
        what = "places that one can ask for" if people else "people"
        raise ValueError(f"{scene.name}: expected {what}, found none; choose another scene")
    make = RulesMind.maker(scene, mind or MindConfig(), seed)
    return [_draw_case(scene, people, kind, seed, number, shops, make) for number in range(n)]


def _draw_case(
    scene: Scene,
    people: Sequence[Persona],
    kind: ActionKind,
    seed: int,
    number: int,
    shops: Sequence[str],
    make: Callable[[int], Mind],
) -> ResponseCase:
    rng = stream(seed, "minds", CASES, list(_KINDS).index(kind), number)
    person = people[int(rng.integers(len(people)))]
    position, works = _draw_position(scene, rng)
    walks = bool(rng.random() < WALKS) and not works and kind != "clear"
    trust = float(rng.uniform())
    group = person.appearance.age_group
    seen = Situation(
        age_group=group,
        look=" ".join(word for word in (LOOKS[group], person.gender) if word),
        activity="walk" if walks else "sit" if kind == "clear" else "stand",
        place=scene.name,
        distance=float(np.exp(rng.uniform(*np.log(DISTANCES)))),
        speed=walking_pace(person, rng) if walks else 0.0,
        facing=bool(rng.random() < 0.6),
        grouped=bool(rng.random() < GROUPED),
        works=works,
        trust=min(max(trust + MISJUDGED * float(rng.standard_normal()), 0.0), 1.0),
        position=position,
    )
    action = _KINDS[kind](rng, shops)
    if kind == "ask":
        response = ask_mind(make(number + 1), seen, action)
    else:
        response = respond(person, replace(seen, trust=trust), action, rng)
    return ResponseCase(situation=seen, action=action, response=response, place=scene.name, seed=seed)


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _clear(rng: np.random.Generator, shops: Sequence[str]) -> RobotAction:
    name = _pick(tuple(THINGS), rng)
    return RobotAction(kind="clear", thing=name, stakes=THINGS[name].stakes)


_KINDS: dict[ActionKind, Callable[[np.random.Generator, Sequence[str]], RobotAction]] = {
    "ask": lambda rng, shops: RobotAction(kind="ask", thing=_pick(shops, rng)),
    "approach": lambda rng, shops: RobotAction(kind="approach"),
    "pass": lambda rng, shops: RobotAction(kind="pass"),
    "greet": lambda rng, shops: RobotAction(kind="greet"),
    "offer": lambda rng, shops: RobotAction(kind="offer", thing=_pick(OFFERS, rng)),
    "clear": _clear,
}


def _draw_position(scene: Scene, rng: np.random.Generator) -> tuple[tuple[float, float], bool]:
    """Draw where somebody is, (x, y) metres, world, and whether it is a keeper at its place."""
    keepers = [spot.position for spot in scene.spots if spot.kind == "keeper"]
    if keepers and rng.random() < AT_WORK:
        return keepers[int(rng.integers(len(keepers)))], True
    west, south, east, north = scene.walkable.bounds
    while True:
        x, y = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        if shapely.contains_xy(scene.walkable, x, y):
            return (x, y), _is_keeper(scene, (x, y))


def _is_keeper(scene: Scene, position: tuple[float, float]) -> bool:
    return any(spot.kind == "keeper" and math.dist(spot.position, position) < KEEPER_REACH for spot in scene.spots)


def other_town(people: Sequence[Persona]) -> tuple[Persona, ...]:
    """Return people of a town that no model knows: a level more of hurry and caution, one less of sociability."""
    change = {"hurry": 1, "caution": 1, "sociability": -1}
    return tuple(
        replace(
            person,
            traits={
                name: min(max(level + change.get(name, 0), LEVELS[0]), LEVELS[1])
                for name, level in person.traits.items()
            },
        )
        for person in people
    )


def read_cases(log: EpisodeLog, scene: Scene) -> list[ResponseCase]:
    """Return the questions of an episode that somebody could answer, and what came of them.

    Left out are questions to nobody, and those that the end of the episode cut short.

    Args:
        log: of the episode. scene: in which it was.

    Raises:
        ValueError: a log that does not tell where the robot or the person was.
    """
    cases = []
    for ask in find_asks(log):
        person = next((e for e in log.events_of("person") if e["entity"] == ask.addressee), None)
        said = [e for e in log.events_of("speech") if e["speaker"] == ask.addressee and e["start"] >= ask.time]
        words = next((e for e in said if e["start"] <= ask.end), None)
        if person is None or (words is None and ask.end > float(log.column("time")[-1])):
            continue
        place = str(log.metadata["scene"])
        thing = str(ask.answer.get("goal") or log.events_of("reset")[0]["goal_name"])
        cases.append(
            ResponseCase(
                situation=_perceive(log, scene, ask, person, place),
                action=RobotAction(kind="ask", thing=thing, words=ask.text),
                response=words["act"] if words is not None and words["act"] in ANSWERS else "none",
                place=place,
                seed=int(log.metadata["seed"]),
            )
        )
    return cases


def _perceive(log: EpisodeLog, scene: Scene, ask: Ask, person: Mapping[str, Any], place: str) -> Situation:
    entity, times = log.column("entity"), log.column("time")
    before = (times <= ask.time + 1e-9) & (times >= ask.time - HOLD)
    rows, robot = np.flatnonzero(before & (entity == ask.addressee)), np.flatnonzero(before & (entity == 0))
    if not len(rows) or not len(robot):
        raise ValueError(f"log: expected person {ask.addressee} and the robot at {ask.time} s, found one; log it again")
    x, y, yaw = (float(log.column(name)[rows[-1]]) for name in ("x", "y", "yaw"))
    dx, dy = (float(log.column(name)[robot[-1]]) - at for name, at in (("x", x), ("y", y)))
    speeds = np.hypot(log.column("vx")[rows], log.column("vy")[rows])
    heard = [
        event["text"] for event in log.events_of("speech")
        if event["start"] < ask.time and ask.addressee in (event["speaker"], *event["hearers"])
    ]  # fmt: skip
    return Situation(
        age_group=age_group(int(person.get("age", UNTOLD_AGE))),
        look=person["description"],
        activity=str(log.column("activity")[rows[0]]),
        place=place,
        distance=float(np.hypot(dx, dy)),
        speed=float(speeds[0]),
        facing=bool(abs(wrap(float(np.arctan2(dy, dx)) - yaw)) <= FRONT),
        grouped=bool(log.column("group")[rows[-1]] >= 0),
        works=_is_keeper(scene, (x, y)),
        said=tuple(heard),
        position=(x, y),
    )
