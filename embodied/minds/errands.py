"""Errand sessions: a person gives a robot errands in a real scene, and at each step observes or speaks.

As in TEACh (Padmakumar et al., AAAI 2022) one of two knows what is wanted and where everything is, the other acts; here
both follow scripts, so that it is known when the commander speaks, with which act, and why. What user agents see of a
session are its goal and its turns (Philipov et al., arXiv 2410.23535).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from embodied.minds.acts import TEACH
from embodied.minds.errand_commander import Commander, draw_manner
from embodied.minds.errand_robot import Robot, draw_ability
from embodied.minds.errand_words import Said, describe, tell_goal
from embodied.minds.errand_world import LOOK, OPEN, Site, perform, robot_place, sights, survey
from embodied.minds.mission import draw_mission
from embodied.place import Place, build_scene
from embodied.seeding import stream
from embodied.talk import speaking_time

Part = Literal["train", "dev", "test"]
STREAMS: Mapping[Part, str] = {"train": "errands_train", "dev": "errands_dev", "test": "errands_test"}
LAYOUTS = 2  # of a family of scenes, over which the sessions of a part go in turn
SECONDS = {"search": LOOK, "open": OPEN}  # s, of what is planned at a cost that grows with doubt
GAP = 0.3  # s between turns
LONGEST = 150  # turns
IN_A_ROW = 4  # turns that the commander has before the robot has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What can be seen and heard of a session at one step.

    Attributes:
        step: from 0. time: s, when it begins. who: does it.
        kind: "say" or "do". name: the dialogue act, or the action. words: what is said, or what the action looks like.
        generated_by: "template".
    """

    step: int
    time: float
    who: Literal["commander", "robot"]
    kind: Literal["say", "do"]
    name: str
    words: str
    generated_by: str = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session. `goal` and `turns` are for everybody to see; `hidden` says who the two are and where things are.

    Attributes:
        number: within its part. part: of the split. scene: the family. layout: seed of the scene.
        goal: what is wanted, in words. turns: in order. completed: whether all of it was done.
    """

    number: int
    part: Part
    scene: str
    layout: int
    goal: str
    turns: tuple[Turn, ...]
    completed: bool
    hidden: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> Session:
        """Return the session that `to_dict` wrote."""
        return Session(**{**value, "turns": tuple(Turn(**turn) for turn in value["turns"])})


def play(site: Site, rng: np.random.Generator, *, number: int = 0, part: Part = "dev", layout: int = 0) -> Session:
    """Let a commander and a robot that are drawn go through a mission that is drawn."""
    mission, manner, ability = draw_mission(site, rng), draw_manner(rng), draw_ability(rng)
    truth = mission.start
    commander = Commander(site, mission, manner, rng)
    robot = Robot(site, robot_place(truth), ability, rng)
    turns: list[Turn] = []
    time, in_a_row = 0.0, 0

    def record(who: Literal["commander", "robot"], kind: Literal["say", "do"], name: str, words: str) -> None:
        turns.append(Turn(step=len(turns), time=round(time, 2), who=who, kind=kind, name=name, words=words))

    while len(turns) < LONGEST:
        said = commander.speak(time, truth) if in_a_row < IN_A_ROW else None
        if said is not None:
            in_a_row += 1
            record("commander", "say", said.act, said.words)
            time += speaking_time(said.words) + GAP
            robot.hear(said)
            continue
        if commander.closed and robot.silent:
            break
        in_a_row = 0
        move = robot.next()
        if isinstance(move, Said):
            record("robot", "say", move.act, move.words)
            time += speaking_time(move.words) + GAP
            commander.hear(move, time, truth)
            continue
        record("robot", "do", move.name, describe(move.name, move.arguments))
        truth, worked = perform(truth, move)
        time += SECONDS.get(move.name, move.cost) + GAP
        robot.see(move, worked, sights(truth, move))
        commander.watch(move, worked, time, truth)
    return Session(
        number=number,
        part=part,
        scene=site.scene,
        layout=layout,
        goal=tell_goal(mission.errands),
        turns=tuple(turns),
        completed=mission.goal <= truth,
        hidden={
            "style": manner.style, "traits": manner.traits, "ability": asdict(ability), "base": mission.base,
            "start": sorted(mission.start), "errands": [asdict(errand) for errand in mission.errands],
        },
    )  # fmt: skip


def draw_sessions(scene: str, part: Part, n: int, seed: int) -> list[Session]:
    """Return `n` sessions of a part of the split in a family of scenes.

    Each part has streams of its own, for layouts as for sessions, so that nothing of one part is in another.

    Raises:
        ValueError: the scene has too few places.
    """
    sessions = []
    for number in range(n):
        layout = int(stream(seed, STREAMS[part], 0, number % LAYOUTS).integers(2**31))
        rng = stream(seed, STREAMS[part], 1, number)
        sessions.append(play(_site(scene, layout), rng, number=number, part=part, layout=layout))
    return sessions


@lru_cache(maxsize=16)
def _site(scene: str, layout: int) -> Site:
    return survey(build_scene(Place(name=scene, seed=layout)))


def count_acts(sessions: Iterable[Session]) -> dict[str, tuple[int, float]]:
    """Return how often each act of TEACH occurs, and the commander's share of it, 0 where it does not occur."""
    said = [turn for session in sessions for turn in session.turns if turn.kind == "say"]
    counts = Counter(turn.name for turn in said)
    mine = Counter(turn.name for turn in said if turn.who == "commander")
    return {act: (counts[act], mine[act] / counts[act] if counts[act] else 0.0) for act in TEACH}


def distance_to_teach(counts: Mapping[str, tuple[int, float]]) -> float:
    """Return the total variation distance of the shares of acts from those of TEACh, 0 the same to 1."""
    ours, theirs = sum(count for count, _ in counts.values()), sum(count for count, _ in TEACH.values())
    return 0.5 * sum(abs(counts[act][0] / max(ours, 1) - TEACH[act][0] / theirs) for act in TEACH)
