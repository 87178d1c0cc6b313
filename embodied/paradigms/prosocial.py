"""Feeling and helping: alarm that spreads, a hand lent, comfort, and help that costs something.

Hatfield, Cacioppo & Rapson 1993 (contagion), Warneken & Tomasello 2006 (instrumental helping), Zahn-Waxler et al. 1992
(concern), Svetlova, Nichols & Brownell 2010 (costly helping).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.goal_directed import order
from embodied.paradigms.mental_state import UP, toy
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
from embodied.paradigms.trace import Trace

COMFORT = re.compile(r"\b(all right|alright|okay|ok|hurt|sorry|help|happened|how are you|poor)\b", re.IGNORECASE)
LITTLE = ("pen", "glove", "key", "cap", "letter")


def alarm(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Others run from something that the subject cannot see behind a screen."""
    count = level(difficulty, 3, 2, 2)
    names = draw_names(rng, count + 1)
    flip = -1.0 if rng.random() < 0.5 else 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return 6.0 + flip * x, y

    def runner(k: int) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            yield me.look("crate")
            yield me.wait(3.0 + 0.4 * k)
            yield me.do("runs, frightened")
            yield me.act("runs", "cries out and runs away from the crate", thing="crate", pause=0.1)
            yield me.walk(at(-4.8, 2.0 + 1.3 * k), speed=2.1)
            yield me.look("crate")
            yield me.do("trembles, frightened")

        return run

    source = at(3.4, 5.6)

    def check(trace: Trace) -> Mapping[str, bool]:
        gaps = trace.distance(SUBJECT, source)
        return {"goes away": bool(gaps[-1] > gaps[20] + 1.0), "stays away": bool(np.nanmin(gaps) > gaps[20] - 0.8)}

    people = tuple(
        Role(id=3 + k, name=names[k], place=at(1.6, 3.2 + 1.2 * k), yaw=0.0 if flip > 0 else math.pi,
             script=runner(k))
        for k in range(count)
    )  # fmt: skip
    calm = [Role(id=8, name=names[count], place=at(-3.0, 6.6), yaw=0.0)] if difficulty == "hard" else []
    crate = Thing(name="crate", place=source, color="grey", size=(0.7, 0.7, 0.7))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=at(0.2, 2.2), yaw=UP),
        people=(*people, *calm),
        things=(crate,),
        screens=(Screen(name="screen", start=at(2.4, 6.6), end=at(2.4, 7.9)),),
        seconds=16.0,
        check=check,
    )


def _drops(thing: str, spot: tuple[float, float], most: float = 30.0) -> Script:
    def run(me: Actor) -> Iterator[Condition]:
        stage = me.stage
        yield me.take(thing)
        yield me.wait(1.5)
        yield me.do("carries a pile of boxes in both arms")
        yield me.lay(thing, "drops", f"drops the {thing}", spot)
        end = stage.time + most
        while stage.things[thing].holder != me.id and stage.time < end:
            yield me.look(thing)
            yield me.act("reaches", f"reaches for the {thing} and cannot get it", thing=thing, pause=1.5)
        yield me.look("person 1")
        yield me.say("Thank you!" if stage.things[thing].holder == me.id else "Well.", to=-1)

    return run


def instrumental_helping(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody with full arms drops a thing and cannot reach it; from medium on another throws one away on purpose."""
    who, other = draw_names(rng, 2)
    thing, waste = pick(rng, LITTLE, 2)
    side = float(rng.choice([-1.0, 1.0]))
    spot = (6.0 + 2.4 * side, float(rng.uniform(3.2, 4.4)))

    def throws(me: Actor) -> Iterator[Condition]:
        yield me.take(waste)
        yield me.wait(1.0)
        yield me.lay(waste, "throws", f"throws the {waste} away on purpose and turns to go", (6.0 - 2.6 * side, 3.4))
        yield me.walk((6.0 - 4.2 * side, 6.2))

    def check(trace: Trace) -> Mapping[str, bool]:
        given = [event for event in trace.deeds(SUBJECT, "gives", thing) if event["place"] == "person 3"]
        return {"helps": bool(given), "only there": not trace.deeds(SUBJECT, "takes", waste)}

    people = [Role(id=3, name=who, place=(6.0 + 2.6 * side, 5.4), yaw=-UP, script=_drops(thing, spot))]
    things = [toy(thing, (6.0 + 2.6 * side, 5.2))]
    if difficulty != "easy":
        people.append(Role(id=4, name=other, place=(6.0 - 2.6 * side, 4.6), yaw=-UP, script=throws))
        things.append(toy(waste, (6.0 - 2.6 * side, 4.4)))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.0), yaw=UP),
        people=tuple(people),
        things=tuple(things),
        seconds=32.0,
        check=check,
    )


def empathic_concern(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody is hurt and cries; others stand about."""
    count = level(difficulty, 1, 2, 3)
    names = draw_names(rng, count)
    places = [(4.0, 5.2), (8.2, 5.6), (9.4, 3.4)]
    spots = [places[int(k)] for k in rng.permutation(3)[:count]]

    def hurt(me: Actor) -> Iterator[Condition]:
        yield me.wait(2.0)
        yield me.act("hurts", "stumbles and hurts a knee", pause=0.3)
        yield me.do("sits on the ground and cries")
        if difficulty != "hard":
            yield me.say("Ouch! That hurts.", to=-1)

    def check(trace: Trace) -> Mapping[str, bool]:
        near = trace.distance(SUBJECT, 3) < 2.0
        words = any(COMFORT.search(event["text"]) for event in trace.said(after=2.0))
        return {"comes": float(near[trace.times > 14.0].mean()) > 0.5, "comforts": words}

    people = tuple(
        Role(id=3 + k, name=names[k], place=spots[k], yaw=-UP, script=hurt if k == 0 else None) for k in range(count)
    )
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.0), yaw=UP), people=people, seconds=22.0, check=check
    )


def costly_helping(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """On an errand that is asked for, far from its way somebody needs a hand."""
    who, asker = draw_names(rng, 2)
    (thing,) = pick(rng, LITTLE, 1)
    x = float(rng.uniform(1.6, 3.0))
    spot = (x + 1.2, 6.0)

    def check(trace: Trace) -> Mapping[str, bool]:
        given = [event for event in trace.deeds(SUBJECT, "gives", thing) if event["place"] == "person 3"]
        return {"helps": bool(given), "errand": math.isfinite(trace.did("comes", "flag"))}

    flag = Thing(name="flag", place=(10.4, 1.6), shape="post", color="red", size=(0.08, 0.08, 1.4))
    wait = level(difficulty, 3, 2, 1)
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(3.4, 2.4), yaw=UP),
        people=(
            order(asker, "Please go to the flag.", float(wait)),
            Role(id=3, name=who, place=(x, 6.8), yaw=-UP, script=_drops(thing, spot, 40.0)),
        ),
        things=(toy(thing, (x, 6.6)), flag),
        seconds=50.0,
        check=check,
    )


PARADIGMS = (
    Paradigm(number=19, name="emotion_contagion", dimension="prosocial", build=alarm),
    Paradigm(number=20, name="instrumental_helping", dimension="prosocial", build=instrumental_helping),
    Paradigm(number=21, name="empathic_concern", dimension="prosocial", build=empathic_concern),
    Paradigm(number=22, name="costly_helping", dimension="prosocial", build=costly_helping),
)
