"""What others look and point at, what they can see, and attention that is shared.

Scaife & Bruner 1975 (gaze), Behne, Carpenter & Tomasello 2005 (pointing), Flavell et al. 1981 (what is seen at all),
Bakeman & Adamson 1984 (joint engagement).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.mental_state import BOXES, TOYS, UP, box, toy
from embodied.paradigms.play import (
    EXAMINER,
    SUBJECT,
    Condition,
    Difficulty,
    Paradigm,
    Play,
    Role,
    Screen,
    Thing,
    ask,
    draw_names,
    level,
    looks_of,
    pick,
)
from embodied.paradigms.trace import Trace


def _ring(rng: np.random.Generator, count: int) -> list[tuple[float, float]]:
    """Return places around the middle of the room, in a drawn order."""
    angles = np.linspace(-0.5, math.pi + 0.5, count) + rng.uniform(-0.08, 0.08, count)
    return [(6.0 + 3.6 * math.cos(angles[k]), 4.0 + 2.4 * math.sin(angles[k])) for k in rng.permutation(count)]


def gaze_following(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody looks at one of several things, and says so or not; the subject comes to look at the same."""
    (who,) = draw_names(rng, 1)
    names = pick(rng, BOXES, level(difficulty, 2, 3, 4))
    places = _ring(rng, len(names))
    goal = names[0]

    def looks(me: Actor) -> Iterator[Condition]:
        yield me.look("person 1")
        yield me.wait(2.0)
        if difficulty != "hard":
            yield me.say("Oh, look!")
        yield me.look(goal)

    def check(trace: Trace) -> Mapping[str, bool]:
        visits = [
            event["thing"] or event["place"]
            for event in trace.deeds(SUBJECT)
            if event["verb"] in ("approaches", "opens", "comes") and {event["thing"], event["place"]} & set(names)
        ]
        gap = np.array(places[0]) - trace.at(SUBJECT, math.inf)
        return {"first": visits[:1] == [goal], "there": bool(np.hypot(*gap) < 2.2)}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.0), yaw=UP),
        people=(Role(id=3, name=who, place=(6.0, 4.0), yaw=-UP, script=looks),),
        things=tuple(box(name, place) for name, place in zip(names, places, strict=True)),
        seconds=18.0,
        check=check,
    )


def pointing(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Something is hidden in one of several boxes, and somebody points at it."""
    (who,) = draw_names(rng, 1)
    (thing,) = pick(rng, TOYS, 1)
    names = pick(rng, BOXES, level(difficulty, 2, 3, 4))
    places = _ring(rng, len(names))
    goal = names[0]

    def points(me: Actor) -> Iterator[Condition]:
        yield me.look("person 1")
        yield me.wait(1.5)
        yield me.point(goal)
        yield me.wait(0.5)
        yield me.say(f"The {thing} is in there. Please get the {thing}.")
        yield me.wait(level(difficulty, 12, 6, 3))
        yield me.point("")
        yield me.look("person 1")

    def check(trace: Trace) -> Mapping[str, bool]:
        opened = [event["thing"] for event in trace.deeds(SUBJECT, "opens")]
        return {"first": opened[:1] == [goal], "got it": math.isfinite(trace.did("takes", thing))}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.0), yaw=UP),
        people=(Role(id=3, name=who, place=(6.0, 4.0), yaw=-UP, script=points),),
        things=(
            *(box(name, place) for name, place in zip(names, places, strict=True)),
            toy(thing, places[0], inside=goal),
        ),
        seconds=26.0,
        check=check,
    )


def what_is_seen(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """A screen hides one of two (three) things from somebody, not from the subject."""
    who, asker = draw_names(rng, 2)
    names = pick(rng, ("cup", "ball", "book", "lamp", "shoe"), level(difficulty, 2, 2, 3))
    rows = [float(y) for y in rng.permutation([2.6, 5.6] if len(names) == 2 else [1.8, 4.0, 6.2])]
    if rows[0] == 4.0:  # a screen in the middle would hide the viewer from the subject
        rows = [*rows[1:], rows[0]]
    places = [(6.2, y) for y in rows]
    viewer = (9.8, 4.0 + float(rng.uniform(-0.6, 0.6)) * (difficulty != "easy"))
    hidden = names[0]
    middle = np.array(places[0]) + 0.42 * (np.array(viewer) - np.array(places[0]))
    along = np.array(viewer) - np.array(places[0])
    across = np.array([-along[1], along[0]]) / np.hypot(*along) * 0.55
    ends = [tuple(float(v) for v in middle + k * across) for k in (-1.0, 1.0)]
    screens = [Screen(name="screen", start=ends[0], end=ends[1])]  # type: ignore[arg-type]
    first, second = pick(rng, names[:2], 2)
    can = f"Which one can {who} see, the {first} or the {second}?"
    cannot = f"Which one can {who} not see, the {second} or the {first}?"

    def check(trace: Trace) -> Mapping[str, bool]:
        return {"sees": trace.chose(can, names) == names[1], "does not": trace.chose(cannot, names) == hidden}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(3.2, 4.0), yaw=0.0),
        people=(
            Role(id=EXAMINER, name=asker, place=(2.2, 1.6), yaw=0.6, script=ask((can, cannot))),
            Role(id=3, name=who, place=viewer, yaw=math.pi),
        ),
        things=tuple(
            Thing(name=name, place=place, shape=looks_of(name)[0], color=color, size=looks_of(name)[1], use="take")
            for name, place, color in zip(names, places, ("blue", "red", "green"), strict=False)
        ),
        screens=tuple(screens),
        seconds=26.0,
        check=check,
    )


def joint_engagement(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody shows a thing, looks at it and at the subject in turn; the subject joins in and stays."""
    (who,) = draw_names(rng, 1)
    (thing,) = pick(rng, ("book", "model ship", "puzzle", "picture"), 1)
    side = float(rng.choice([-1.0, 1.0]))

    def shows(me: Actor) -> Iterator[Condition]:
        yield me.go(thing, 0.7)
        yield me.take(thing)
        for k in range(8):
            yield me.look("person 1")
            if k == 0 and difficulty != "hard":
                yield me.say(f"Shall we look at the {thing} together?")
            if k == 0 and difficulty == "hard":
                yield me.do(f"holds up the {thing} and smiles")
            yield me.wait(1.2)
            yield me.look(thing)
            yield me.wait(1.2)

    def check(trace: Trace) -> Mapping[str, bool]:
        near = trace.distance(SUBJECT, 3) < 2.0
        return {"stays": float(near[trace.times > 10.0].mean()) > 0.6, "answers": bool(trace.said())}

    place = (6.0 + 3.0 * side, 5.4)
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0 - 1.5 * side, 2.4), yaw=UP),
        people=(Role(id=3, name=who, place=(6.0 + 2.0 * side, 5.6), yaw=-UP, script=shows),),
        things=(toy(thing, place), *((toy("ball", (4.0, 6.0)),) if difficulty != "easy" else ())),
        seconds=24.0,
        check=check,
    )


PARADIGMS = (
    Paradigm(number=11, name="gaze_following", dimension="joint_attention", build=gaze_following),
    Paradigm(number=12, name="pointing", dimension="joint_attention", build=pointing),
    Paradigm(number=13, name="visual_perspective_level_1", dimension="joint_attention", build=what_is_seen,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=14, name="joint_engagement", dimension="joint_attention", build=joint_engagement),
)  # fmt: skip
