"""Distance, lines and rank: how near one comes, where one waits, who gives way to whom.

Hall 1966 (proxemics), Milgram et al. 1986 (queues), Thomsen et al. 2011 (dominance).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.goal_directed import order
from embodied.paradigms.mental_state import LOOK, UP, examiner
from embodied.paradigms.play import (
    SUBJECT,
    Condition,
    Difficulty,
    Paradigm,
    Play,
    Role,
    Script,
    Thing,
    draw_names,
    level,
    pick,
)
from embodied.paradigms.trace import Trace

PERSONAL, SOCIAL = 0.45, 3.6  # m, outer edges of the intimate and of the social zone, Hall 1966
BODIES = 0.5  # m between the middles of two who touch
GAP = 0.9  # m from one to the next in a line
SERVED = 3.0  # s


def proxemics(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """A stranger is asked something from a polite distance; from medium on it stands with others."""
    who, asker, *others = draw_names(rng, 2 + level(difficulty, 0, 1, 2))
    topic = pick(rng, ("the time", "the way to the station", "the price of the bread"), 1)[0]
    here = np.array([7.6, 5.0])
    turn = float(rng.uniform(-0.6, 0.6))
    ring = [here + 1.5 * np.array([math.cos(turn + a), math.sin(turn + a)]) for a in (-2.2, -0.9)][: len(others)]

    def replies(me: Actor) -> Iterator[Condition]:
        stage = me.stage
        yield me.until(lambda: any(e["speaker"] == SUBJECT for e in stage.log.events_of("speech")))
        yield me.wait(1.5)
        yield me.look("person 1")
        yield me.say("I do not know, sorry.")

    def check(trace: Trace) -> Mapping[str, bool]:
        word = topic.split()[1]
        asked = [event for event in trace.said() if re.search(rf"\b{word}\b", event["text"], re.IGNORECASE)]
        gaps = [trace.distance(SUBJECT, 3 + k) for k in range(1 + len(others))]
        near = min(float(np.nanmin(gap)) for gap in gaps)
        when = asked[0]["start"] if asked else math.inf
        away = float(gaps[0][int(np.searchsorted(trace.times, when))]) if asked else math.inf
        return {"asks": bool(asked), "not too far": away < SOCIAL, "not too near": near > PERSONAL + BODIES - 0.1}

    people = tuple(
        Role(id=4 + k, name=name, place=(float(p[0]), float(p[1])), yaw=math.atan2(*(here - p)[::-1]))
        for k, (name, p) in enumerate(zip(others, ring, strict=True))
    )
    facing = UP + math.pi if not others else math.atan2(*(ring[0] - here)[::-1])
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(3.4, 2.4), yaw=0.6),
        people=(
            order(asker, f"Please ask {who} for {topic}."),
            Role(id=3, name=who, place=(7.6, 5.0), yaw=facing, script=replies),
            *people,
        ),
        seconds=26.0,
        check=check,
    )


def queueing(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Others wait in line before a counter; the subject goes to its end and is served in its turn."""
    count = level(difficulty, 2, 3, 4)
    names = draw_names(rng, count + 1)
    y = float(rng.uniform(3.4, 5.0))
    counter = (10.6, y)
    spots = [(counter[0] - 0.9 - GAP * k, y) for k in range(count)]
    state = {"served": 0}

    def waits(k: int) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            yield me.do("waits in line")
            yield me.look("counter")
            for turn in range(k + 1):
                yield me.until(lambda turn=turn: state["served"] == turn)  # type: ignore[misc]
                if turn:
                    yield me.walk(spots[k - turn])
            yield me.do("is served at the counter")
            yield me.wait(SERVED)
            yield me.do("")
            state["served"] += 1
            yield me.act("goes", "takes a ticket and goes away", pause=0.1)
            yield me.walk((8.4 - 0.8 * k, 7.0 if y < 4.2 else 1.0))

        return run

    def check(trace: Trace) -> Mapping[str, bool]:
        here = trace.distance(SUBJECT, counter)
        ahead = True
        for k in range(count):
            gone = next((event["time"] for event in trace.deeds(3 + k, "goes")), math.inf)
            waiting = trace.times < gone - 0.2
            ahead &= bool(np.all(here[waiting] > trace.distance(3 + k, counter)[waiting] - 0.1))
        last = max(next((event["time"] for event in trace.deeds(3 + k, "goes")), math.inf) for k in range(count))
        return {"behind": ahead, "served": last < trace.did("comes", "counter") < math.inf}

    desk = Thing(name="counter", place=counter, shape="box", color="brown", size=(0.5, 1.6, 1.0))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(3.0, 2.4), yaw=0.3),
        people=(
            order(names[count], "Please get a ticket at the counter."),
            *(Role(id=3 + k, name=names[k], place=spots[k], yaw=0.0, script=waits(k)) for k in range(count)),
        ),
        things=(desk,),
        seconds=30.0 + 4.5 * count,
        check=check,
    )


def dominance(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Two want the same place, and one gives way, more than once; who will have the next thing?"""
    one, other, asker = draw_names(rng, 3)
    strong, weak = pick(rng, (one, other), 2)
    prize = pick(rng, ("cake", "seat", "window place"), 1)[0]
    state = {"met": 0}
    meetings = level(difficulty, 2, 1, 1)

    def comes(name: str, home: tuple[float, float]) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            for turn in range(meetings):
                yield me.until(lambda turn=turn: state["met"] == turn)  # type: ignore[misc]
                yield me.wait(1.0)
                yield me.go("chair", 0.8 if name == strong else 1.3)
                yield me.wait(0.8)
                if name == weak:
                    yield me.act("yields", f"lowers the head and gives way to {strong}", thing="chair")
                    yield me.walk(home)
                    state["met"] += 1
                else:
                    yield me.act(
                        "stands", f"stands tall before the chair and stares at {weak}", thing="chair", pause=2.0
                    )
                    yield me.walk(home)

        return run

    first, second = pick(rng, (one, other), 2)
    gets = f"Who will get the {prize} if both want it, {first} or {second}?"
    yields = f"Who will give way, {first} or {second}?"

    def check(trace: Trace) -> Mapping[str, bool]:
        people = (one, other)
        return {"gets it": trace.chose(gets, people) == strong, "gives way": trace.chose(yields, people) == weak}

    homes = {one: (3.4, 5.4), other: (8.6, 5.4)}
    return Play(
        subject=Role(id=SUBJECT, name="you", place=LOOK, yaw=UP),
        people=(
            examiner(asker, (gets, yields), lambda: state["met"] == meetings),
            *(Role(id=3 + k, name=name, place=homes[name], yaw=UP, script=comes(name, homes[name]))
              for k, name in enumerate((one, other))),
        ),
        things=(Thing(name="chair", place=(6.0, 5.4), shape="seat", size=(0.45, 0.45, 0.45), use="sit"),),
        seconds=42.0,
        check=check,
    )  # fmt: skip


PARADIGMS = (
    Paradigm(number=23, name="proxemics", dimension="norms", build=proxemics),
    Paradigm(number=24, name="queueing", dimension="norms", build=queueing),
    Paradigm(number=25, name="dominance", dimension="norms", build=dominance),
)
