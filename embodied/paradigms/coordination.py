"""Acting together in time: carrying, taking turns, walking among others, following.

Warneken, Chen & Tomasello 2006 (joint carrying), Ross & Lollis 1987 (turns), Helbing & Molnár 1995 (counterflow).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.goal_directed import order
from embodied.paradigms.mental_state import UP
from embodied.paradigms.play import (
    SUBJECT,
    Condition,
    Difficulty,
    Paradigm,
    Play,
    Role,
    Screen,
    Script,
    Thing,
    draw_names,
    level,
    pick,
)
from embodied.paradigms.stage import Stage
from embodied.paradigms.trace import Trace

APART = 3.2  # m between two carriers, beyond which they drop what they carry
TURNS = 3.0  # s of a turn on something


def transport(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """A table has two ends; one of them is taken already, and the way leads to the other side of the room."""
    who = draw_names(rng, 1)[0]
    y = float(rng.uniform(3.0, 5.0))
    mine, theirs = pick(rng, ("left end of the table", "right end of the table"), 2)
    goal = (9.6, float(np.clip(y + rng.uniform(-1.0, 1.0) * (difficulty != "easy"), 1.6, 6.4)))
    ends = {theirs: (4.6, y), mine: (3.0, y)}
    state = {"carried": False, "dropped": False}

    def lead(me: Actor) -> Iterator[Condition]:
        stage = me.stage
        yield me.walk((5.25, y))
        yield me.look(theirs)
        yield me.act("grips", f"takes hold of the {theirs}", thing=theirs)
        if difficulty == "hard":
            yield me.act("reaches", "tries to lift the table and cannot", thing="table")
        yield me.look("person 1")
        yield me.say("Can you take the other end of the table, please?" if difficulty != "hard" else "It is too heavy.")
        yield me.until(lambda: math.isfinite(_gripped(stage, mine)), 20.0)
        state["carried"] = math.isfinite(_gripped(stage, mine))
        yield me.wait(1.0)
        yield me.say("Come with me.")
        yield me.walk(goal, speed=0.7)
        yield me.wait(2.0)
        yield me.act("puts", "puts down the table", thing="table")
        state["carried"] = False

    def carry(stage: Stage) -> None:
        if not state["carried"]:
            return
        first, second = stage.place(SUBJECT), stage.place(3)
        if float(np.hypot(*(first - second))) > APART:
            state["carried"], state["dropped"] = False, True
            stage.tell(3, "drops", "drops the table", thing="table")
            return
        for name, at in (("table", 0.5 * (first + second)), (mine, 0.8 * first + 0.2 * second),
                         (theirs, 0.2 * first + 0.8 * second)):  # fmt: skip
            stage.things[name].place = (float(at[0]), float(at[1]))
            stage.things[name].z = 0.25 if name == "table" else 0.95

    def check(trace: Trace) -> Mapping[str, bool]:
        gap = trace.distance(1000, goal)[-1]
        return {"takes hold": math.isfinite(trace.did("grips", mine)), "arrives": bool(gap < 1.8),
                "not dropped": not trace.deeds(3, "drops")}  # fmt: skip

    table = Thing(name="table", place=(3.8, y), shape="table", size=(1.5, 0.7, 0.72), color="brown")
    grips = tuple(
        Thing(name=name, place=place, shape="flat", color="white", size=(0.12, 0.5, 0.05), z=0.7, use="hold")
        for name, place in ends.items()
    )
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(2.2, 1.6), yaw=UP),
        people=(Role(id=3, name=who, place=(6.8, 2.2), yaw=UP, script=lead),),
        things=(table, *grips),
        seconds=45.0,
        check=check,
        each=carry,
    )


def _gripped(stage: Stage, name: str) -> float:
    return next(
        (event["time"] for event in stage.log.events_of("deed")
         if event["entity"] == SUBJECT and event["verb"] == "grips" and event["thing"] == name),
        math.inf,
    )  # fmt: skip


def turn_taking(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Two share one thing: each has a turn, then it is the other's."""
    who, asker = draw_names(rng, 2)
    (thing,) = pick(rng, ("drum", "swing", "telescope"), 1)

    def plays(me: Actor) -> Iterator[Condition]:
        stage = me.stage
        rounds = level(difficulty, 3, 4, 4)
        yield me.wait(4.5)
        for _ in range(rounds):
            mine = [e["entity"] for e in stage.log.events_of("deed") if e["verb"] == "begins"]
            if mine and mine[-1] == me.id:
                yield me.until(lambda: _last(stage) == SUBJECT and stage.things[thing].user < 0, 20.0)
                if _last(stage) == me.id:
                    return
            yield me.go(thing, 0.7)
            stage.things[thing].user = me.id
            yield me.act("begins", f"begins a turn on the {thing}", thing=thing, pause=TURNS)
            stage.things[thing].user = -1
            yield me.act("ends", f"ends the turn on the {thing}", thing=thing, pause=0.2)
            yield me.walk((8.4, 4.6))
            yield me.look("person 1")

    def check(trace: Trace) -> Mapping[str, bool]:
        turns = [event["entity"] for event in trace.deeds(verb="begins", thing=thing)]
        fair = all(one != other for one, other in pairwise(turns))
        return {"alternates": fair and len(turns) >= 4, "takes part": turns.count(SUBJECT) >= 2}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(4.0, 3.6), yaw=0.4),
        people=(
            order(asker, f"Please use the {thing} in turns with {who}, who begins."),
            Role(id=3, name=who, place=(8.4, 4.6), yaw=math.pi, script=plays),
        ),
        things=(Thing(name=thing, place=(6.2, 5.0), shape="pot", color="red", size=(0.6, 0.6, 0.7), use="turn"),),
        seconds=60.0,
        check=check,
    )


def _last(stage: Stage) -> int:
    turns = [event["entity"] for event in stage.log.events_of("deed") if event["verb"] == "begins"]
    return turns[-1] if turns else -1


def pedestrian_flow(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """The subject crosses the room against people who come the other way."""
    count = level(difficulty, 3, 5, 8)
    (asker,) = draw_names(rng, 1)
    goal = (10.6, float(rng.uniform(3.0, 5.0)))
    lanes = rng.permutation(np.linspace(1.4, 6.6, count))
    delays = rng.uniform(0.0, 4.0, count)

    def walker(number: int) -> Script:
        lane, delay = float(lanes[number]), float(delays[number])

        def run(me: Actor) -> Iterator[Condition]:
            yield me.wait(2.5 + delay)
            yield me.walk((1.2, lane))

        return run

    def check(trace: Trace) -> Mapping[str, bool]:
        nearest = min(float(np.nanmin(trace.distance(SUBJECT, 10 + k))) for k in range(count))
        arrives = trace.did("comes", "flag")
        return {"arrives": arrives < 35.0, "no contact": nearest > 0.4}

    people = tuple(
        Role(id=10 + k, name=f"walker {k + 1}", place=(8.0 + 0.45 * k, float(lanes[k])), yaw=math.pi,
             script=walker(k), speed=float(rng.uniform(1.0, 1.4)))
        for k in range(count)
    )  # fmt: skip
    flag = Thing(name="flag", place=goal, shape="post", color="red", size=(0.08, 0.08, 1.4))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(2.4, 4.0), yaw=0.0),
        people=(order(asker, "Please go to the flag."), *people),
        things=(flag,),
        seconds=35.0,
        check=check,
    )


def leader_follower(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody leads the way, round screens, and the subject keeps up."""
    (who,) = draw_names(rng, 1)
    side = bool(rng.random() < 0.5)

    def flip(x: float, y: float) -> tuple[float, float]:
        return (x, 8.0 - y) if side else (x, y)

    screens = [Screen(name="screen", start=flip(5.0, 2.2), end=flip(5.0, 8.0))]
    way = [flip(4.0, 1.4), flip(6.2, 1.4), flip(6.4, 5.4)]
    if difficulty != "easy":
        screens.append(Screen(name="second screen", start=flip(8.2, 0.0), end=flip(8.2, 5.4)))
        way += [flip(8.2, 6.6), flip(10.0, 6.0)]
    if difficulty == "hard":
        way += [flip(10.2, 2.0)]

    def leads(me: Actor) -> Iterator[Condition]:
        yield me.look("person 1")
        yield me.wait(1.0)
        yield me.say("Follow me, please.")
        yield me.wait(0.5)
        for spot in way:
            yield me.walk(spot, speed=1.0)

    def check(trace: Trace) -> Mapping[str, bool]:
        gaps = trace.distance(SUBJECT, 3)[trace.times > 6.0]
        moved = trace.distance(3, way[-1])[-1] < 0.6
        return {"keeps up": float((gaps < 3.2).mean()) > 0.85, "arrives": bool(gaps[-1] < 2.4 and moved)}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=flip(1.8, 5.4), yaw=0.0),
        people=(Role(id=3, name=who, place=flip(3.6, 5.0), yaw=math.pi, script=leads),),
        screens=tuple(screens),
        seconds=32.0,
        check=check,
    )


PARADIGMS = (
    Paradigm(number=15, name="collaborative_transport", dimension="coordination", build=transport),
    Paradigm(number=16, name="turn_taking", dimension="coordination", build=turn_taking),
    Paradigm(number=17, name="pedestrian_flow", dimension="coordination", build=pedestrian_flow),
    Paradigm(number=18, name="leader_follower", dimension="coordination", build=leader_follower),
)
