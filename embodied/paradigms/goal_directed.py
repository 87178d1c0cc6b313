"""Means and ends: a stick that reaches, the tool that fits, a way round, and what somebody tried to do.

Köhler 1921 (stick, detour), Meltzoff 1995 (failed attempts).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.mental_state import UP, toy
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
    draw_names,
    level,
    pick,
    spread,
)
from embodied.paradigms.trace import Trace

FRUIT = ("apple", "pear", "orange", "plum", "lemon")
FENCE = 8.0  # m, where the fence stands that an arm is too short for


def order(name: str, text: str, wait: float = 1.0) -> Role:
    """Return somebody who says once what is to be done."""

    def script(me: Actor) -> Iterator[Condition]:
        yield me.wait(wait)
        yield me.look("person 1")
        yield me.say(text)

    return Role(id=EXAMINER, name=name, place=(2.0, 1.4), yaw=0.8, script=script)


def tool(name: str, place: tuple[float, float], length: float) -> Thing:
    """Return a stick of some length."""
    return Thing(name=name, place=place, shape="stick", color="brown", size=(length, 0.06, 0.06), use="take",
                 length=length)  # fmt: skip


def means_end(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Food lies behind a fence, farther than an arm reaches; a stick lies elsewhere, perhaps among other things."""
    (asker,) = draw_names(rng, 1)
    fruit, *others = pick(rng, FRUIT, 1) + pick(rng, ("cushion", "hat", "bowl"), level(difficulty, 0, 1, 3))
    place = (FENCE + float(rng.uniform(0.85, 1.05)), float(rng.uniform(2.5, 5.5)))
    spots = spread(rng, 1 + len(others), (2.2, 6.6), (6.4, 6.6))

    def check(trace: Trace) -> Mapping[str, bool]:
        return {
            "tool": trace.did("takes", "stick") < trace.did("takes", fruit),
            "got it": trace.did("takes", fruit) < 50,
        }

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(4.5, 2.5), yaw=0.4),
        people=(order(asker, f"Please get the {fruit}."),),
        things=(
            toy(fruit, place), tool("stick", spots[0], 1.0),
            *(toy(name, spot) for name, spot in zip(others, spots[1:], strict=True)),
        ),
        screens=(Screen(name="fence", start=(FENCE, 0.0), end=(FENCE, 8.0), see_through=True),),
        seconds=50.0,
        check=check,
    )  # fmt: skip


def tool_selection(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Of several sticks only some are long enough: the first that is taken must be one of these."""
    (asker,) = draw_names(rng, 1)
    (fruit,) = pick(rng, FRUIT, 1)
    lengths = {"easy": (0.3, 1.5), "medium": (0.3, 0.5, 1.3), "hard": (0.3, 0.45, 0.55, 1.1)}[difficulty]
    colors = pick(rng, ("red", "blue", "green", "yellow"), len(lengths))
    place = (FENCE + float(rng.uniform(1.35, 1.45)), float(rng.uniform(2.5, 5.5)))
    spots = spread(rng, len(lengths), (2.2, 6.4), (6.6, 6.4))
    names = [f"{color} stick" for color in colors]

    def check(trace: Trace) -> Mapping[str, bool]:
        taken = [event["thing"] for event in trace.deeds(SUBJECT, "takes")]
        return {"fits": taken[:1] == [names[-1]], "got it": trace.did("takes", fruit) < 50}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(4.5, 2.5), yaw=0.6),
        people=(order(asker, f"Please get the {fruit}."),),
        things=(
            toy(fruit, place), *(tool(name, spot, long) for name, spot, long in zip(names, spots, lengths, strict=True))
        ),
        screens=(Screen(name="fence", start=(FENCE, 0.0), end=(FENCE, 8.0), see_through=True),),
        seconds=50.0,
        check=check,
    )  # fmt: skip


def detour(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Food lies behind a fence that can be walked round, at first away from it."""
    (asker,) = draw_names(rng, 1)
    (fruit,) = pick(rng, FRUIT, 1)
    top = bool(rng.random() < 0.5)

    def flip(y: float) -> float:
        return 8.0 - y if top else y

    fences = [Screen(name="fence", start=(7.0, flip(1.6)), end=(7.0, flip(8.0)), see_through=True)]
    if difficulty != "easy":
        fences.append(Screen(name="second fence", start=(4.6, flip(1.6)), end=(7.0, flip(1.6)), see_through=True))
    if difficulty == "hard":
        fences.append(Screen(name="third fence", start=(9.2, flip(0.0)), end=(9.2, flip(4.2)), see_through=True))
    goal = (10.4 if difficulty == "hard" else 8.4, flip(3.6 if difficulty == "hard" else 5.2))

    def check(trace: Trace) -> Mapping[str, bool]:
        away, when = trace.distance(SUBJECT, goal), trace.did("takes", fruit)
        before = trace.times <= when
        return {"got it": when < 45, "went round": bool(np.nanmax(away[before]) > away[0] - 0.2)}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(5.8, flip(4.6)), yaw=0.0),
        people=(order(asker, f"Please get the {fruit}."),),
        things=(toy(fruit, goal),),
        screens=tuple(fences),
        seconds=45.0,
        check=check,
    )


def failed_attempt(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody tries to put a thing somewhere and fails; what is copied must be the aim, not the failure."""
    who, asker = draw_names(rng, 2)
    (thing,) = pick(rng, ("ring", "hoop", "wreath"), 1)
    goals = pick(rng, ("red post", "blue post", "green post"), level(difficulty, 1, 2, 3))
    spots = spread(rng, len(goals), (4.6, 5.6), (8.6, 5.6)) if len(goals) > 1 else [(6.5, 5.6)]
    goal = goals[0]
    spot = spots[0]
    state: dict[str, bool] = {}

    def tries(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0)
        for _ in range(2):
            yield me.go(thing)
            yield me.take(thing)
            yield me.go(goal)
            yield me.act("tries", f"tries to put the {thing} on the {goal} and fails", thing=thing, place=goal)
            yield me.lay(thing, "drops", f"drops the {thing}", (spot[0] + 0.4, spot[1] - 0.9))
        yield me.walk((9.6, 3.0))
        state["done"] = True

    def asks(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("done", False))
        yield me.look("person 1")
        yield me.say("Now it is your turn, please.")

    def check(trace: Trace) -> Mapping[str, bool]:
        puts = trace.deeds(SUBJECT, "puts", thing)
        return {"aim": bool(puts) and puts[-1]["place"] == goal, "at once": bool(puts) and puts[0]["place"] == goal}

    posts = [
        Thing(name=name, place=place, shape="post", color=name.split()[0], size=(0.12, 0.12, 0.8), use="put")
        for name, place in zip(goals, spots, strict=True)
    ]
    ring = Thing(name=thing, place=(5.0, 3.6), shape="flat", color="yellow", size=(0.36, 0.36, 0.06), use="take")
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(5.0, 2.0), yaw=UP),
        people=(
            Role(id=EXAMINER, name=asker, place=(2.4, 2.0), yaw=0.8, script=asks),
            Role(id=3, name=who, place=(7.8, 3.4), yaw=UP, script=tries),
        ),
        things=(*posts, ring),
        seconds=55.0,
        check=check,
    )


PARADIGMS = (
    Paradigm(number=6, name="means_end", dimension="goal_directed", build=means_end),
    Paradigm(number=8, name="failed_attempt", dimension="goal_directed", build=failed_attempt),
    Paradigm(number=9, name="detour", dimension="goal_directed", build=detour),
    Paradigm(number=10, name="tool_selection", dimension="goal_directed", build=tool_selection),
)
