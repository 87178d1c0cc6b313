"""What others believe, see and intend: false belief, unexpected contents, both levels of perspective's second, access.

Wimmer & Perner 1983 (a thing moved while somebody is away), Perner, Leekam & Wimmer 1987 (a tin with something else in
it), Flavell et al. 1981 (how a thing looks from elsewhere), Pratt & Bryant 1990 (who has looked knows), Phillips,
Baron-Cohen & Rutter 1998 (what was meant).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from embodied.episode import FloatArray
from embodied.paradigms.actor import Actor
from embodied.paradigms.play import (
    EXAMINER,
    SUBJECT,
    Condition,
    Difficulty,
    Paradigm,
    Play,
    Role,
    Script,
    Thing,
    ask,
    draw_names,
    level,
    looks_of,
    pick,
    spread,
)
from embodied.paradigms.trace import Trace

UP, DOWN = math.pi / 2, -math.pi / 2  # rad
TOYS = ("ball", "doll", "shell", "spoon", "whistle")
BOXES = ("red box", "blue box", "green box", "yellow box")
LOOK = (6.0, 2.2)  # m, where the subject watches from


def box(name: str, place: tuple[float, float], *, closed: bool = True, text: str = "") -> Thing:
    """Return a box with a lid, of the colour in its name."""
    return Thing(name=name, place=place, color=name.split()[0], size=(0.5, 0.4, 0.35), use="open", closed=closed,
                 text=text)  # fmt: skip


def toy(name: str, place: tuple[float, float], *, inside: str = "") -> Thing:
    """Return something small that can be carried."""
    return Thing(name=name, place=place, shape="ball", color="yellow", size=(0.2, 0.2, 0.2), use="take", inside=inside)


def examiner(name: str, questions: tuple[str, ...], after: Condition | None = None) -> Role:
    """Return somebody beside the subject who asks."""
    return Role(id=EXAMINER, name=name, place=(4.2, 1.2), yaw=0.6, script=ask(questions, after=after))


def false_belief(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """A thing is moved while who put it there is away, or (from medium on) looks on or has turned away."""
    who, mover, asker, third = draw_names(rng, 4)
    (thing,) = pick(rng, TOYS, 1)
    names = pick(rng, BOXES, level(difficulty, 2, 2, 3))
    places = spread(rng, len(names), (3.4, 5.4), (8.6, 5.4))
    first, second = names[:2]
    how = "leaves" if difficulty == "easy" else pick(rng, ("leaves", "turns", "stays"), 1)[0]
    other = difficulty == "hard"
    state: dict[str, bool] = {}

    def owner(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0)
        yield me.go(thing)
        yield me.take(thing)
        yield me.go(first)
        yield me.put(thing, first)
        if how == "leaves":
            yield me.leave()
        elif how == "turns":
            yield me.walk((10.0, 4.0))
            yield me.turn_away()
        else:
            yield me.walk((10.0, 4.0))
            yield me.look(first)
        state["off"] = True
        yield me.until(lambda: state.get("moved", False))
        yield me.wait(1.5)
        if how == "leaves":
            yield me.enter()
            yield me.walk((10.0, 4.0))
        elif how == "turns":
            yield me.turn_away(back=True)
        yield me.wait(0.5)
        state["asks"] = True

    def trickster(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("off", False))
        yield me.wait(0.5)
        yield me.go(first)
        yield me.take(thing)
        yield me.go(second)
        yield me.put(thing, second)
        yield me.walk((2.0, 4.0))
        state["moved"] = True

    now = f"Where is the {thing} now?"
    asked = f"Where will {who} look for the {thing}?"
    also = f"Where will {third} look for the {thing}?"
    questions = (now, asked, *((also,) if other else ()))

    def check(trace: Trace) -> Mapping[str, bool]:
        believed = second if how == "stays" else first
        result = {"knows": trace.chose(now, names) == second, "foretells": trace.chose(asked, names) == believed}
        return {**result, "bystander": trace.chose(also, names) == second} if other else result

    people = (
        examiner(asker, questions, lambda: state.get("asks", False)),
        Role(id=3, name=who, place=(7.5, 3.8), yaw=UP, script=owner),
        Role(id=4, name=mover, place=(2.0, 4.0), yaw=0.0, script=trickster),
        *((Role(id=5, name=third, place=(9.6, 6.6), yaw=DOWN - 0.8),) if other else ()),
    )
    return Play(
        subject=Role(id=SUBJECT, name="you", place=LOOK, yaw=UP),
        people=people,
        things=(*(box(name, place) for name, place in zip(names, places, strict=True)), toy(thing, (6.5, 4.2))),
        seconds=66.0 if other else 58.0,
        check=check,
    )


CONTENTS = ("pencils", "stones", "keys", "ribbons", "shells")
LABELS = ("biscuits", "sweets", "tea", "coffee", "raisins")


def unexpected_contents(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """A tin holds something else than is written on it: what does somebody think who comes in, or who has seen it?"""
    asker, late, witness = draw_names(rng, 3)
    (inside,), (label,) = pick(rng, CONTENTS, 1), pick(rng, LABELS, 1)
    both = difficulty != "easy"
    state: dict[str, bool] = {}

    def show(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.5)
        yield me.go("tin", 0.8)
        yield me.open("tin")
        yield me.wait(2.5)
        yield me.open("tin", closed=True)
        yield me.walk((4.0, 2.4))
        yield me.look("person 1")
        state["closed"] = True
        yield me.until(lambda: state.get("in", False))
        for text in questions:
            yield me.say(text)
            yield me.wait(8.0)

    def visitor(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("closed", False))
        yield me.enter()
        yield me.walk((8.6, 4.2))
        yield me.look("tin")
        yield me.wait(0.5)
        state["in"] = True

    really = "What is really in the tin?"
    thinks = f"What does {late} think is in the tin?"
    knows = f"What does {witness} think is in the tin?"
    questions = (really, thinks, *((knows,) if both else ()))
    options = (inside, label)

    def check(trace: Trace) -> Mapping[str, bool]:
        result = {"knows": trace.chose(really, options) == inside, "newcomer": trace.chose(thinks, options) == label}
        return {**result, "witness": trace.chose(knows, options) == inside} if both else result

    tin = Thing(name="tin", place=(6.0, 4.0), shape="pot", color="green", size=(0.35, 0.35, 0.35), closed=True,
                text=label.upper(), look=f"a picture of {label} on it", use="open")  # fmt: skip
    people = (
        Role(id=EXAMINER, name=asker, place=(4.0, 2.4), yaw=0.8, script=show),
        Role(id=3, name=late, place=(11.4, 4.0), yaw=math.pi, script=visitor, absent=True),
        *((Role(id=4, name=witness, place=(6.4, 6.0), yaw=DOWN),) if both else ()),
    )
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.4), yaw=UP),
        people=people,
        things=(tin, toy(inside, (6.0, 4.0), inside="tin")),
        seconds=55.0 if both else 45.0,
        check=check,
    )


def visual_perspective(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """On which side of another thing is a thing, for somebody who sees both from elsewhere?"""
    who, asker = draw_names(rng, 2)
    one, other = pick(rng, ("cup", "plate", "book", "lamp", "vase"), 2)
    centre = np.array([6.0, 4.4])
    turn = {"easy": math.pi, "medium": float(rng.choice([math.pi, 2.4, -2.4])), "hard": float(rng.uniform(0.9, 5.4))}
    angle = turn[difficulty] + rng.uniform(-0.2, 0.2)  # how far round the table, from where the subject stands
    axis = (
        float(rng.uniform(-0.3, 0.3)) if difficulty != "hard" else float(rng.uniform(0.15, 0.4)) * rng.choice([-1, 1])
    )
    side = float(rng.choice([-1.0, 1.0]))
    offset = 0.35 * side * np.array([math.cos(axis), math.sin(axis)])
    places = {one: centre + offset, other: centre - offset}
    theirs = centre + 1.9 * np.array([math.cos(DOWN + angle), math.sin(DOWN + angle)])
    here = centre + np.array([0.0, -1.9])

    def on_side(viewer: FloatArray) -> str:
        to_one, to_other = places[one] - viewer, places[other] - viewer
        return "left" if to_other[0] * to_one[1] - to_other[1] * to_one[0] > 0.0 else "right"

    questions = tuple(f"Is the {one} left or right of the {other} for {person}?" for person in ("you", who))

    def check(trace: Trace) -> Mapping[str, bool]:
        sides = ("left", "right")
        return {"own": trace.chose(questions[0], sides) == on_side(here),
                "theirs": trace.chose(questions[1], sides) == on_side(theirs)}  # fmt: skip

    def looks(me: Actor) -> Iterator[Condition]:
        yield me.look("table")

    table = Thing(name="table", place=(6.0, 4.4), shape="table", size=(1.4, 1.0, 0.72), color="brown")
    small = [
        Thing(name=name, place=(float(p[0]), float(p[1])), shape=looks_of(name)[0],
              color="white" if name == one else "blue", size=looks_of(name)[1], z=0.72, use="take")
        for name, p in places.items()
    ]  # fmt: skip
    yaw = math.atan2(*(centre - theirs)[::-1])
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(float(here[0]), float(here[1])), yaw=UP),
        people=(
            Role(id=EXAMINER, name=asker, place=(3.6, 1.4), yaw=0.5, script=ask(questions)),
            Role(id=3, name=who, place=(float(theirs[0]), float(theirs[1])), yaw=yaw, script=looks),
        ),
        things=(table, *small),
        seconds=26.0,
        check=check,
    )


def knowledge_access(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """One looks into a box while another has turned away, or is out: who knows what is in it?"""
    knower, other, asker = draw_names(rng, 3)
    names = pick(rng, BOXES, level(difficulty, 1, 1, 2))
    (thing,) = pick(rng, TOYS, 1)
    away = "turns" if difficulty == "easy" else pick(rng, ("turns", "leaves"), 1)[0]
    state: dict[str, bool] = {}

    def looker(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("away", False))
        yield me.go(names[0])
        yield me.open(names[0])
        yield me.act("looks", f"looks into the {names[0]}", thing=names[0])
        yield me.open(names[0], closed=True)
        yield me.walk((3.6, 4.4))
        state["looked"] = True

    def absent(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0)
        yield me.leave() if away == "leaves" else me.turn_away()
        state["away"] = True
        yield me.until(lambda: state.get("looked", False))
        yield me.wait(0.5)
        if away == "leaves":
            yield me.enter()
            yield me.walk((8.8, 4.4))
        else:
            yield me.turn_away(back=True)
        state["asks"] = True

    first, second = pick(rng, (knower, other), 2)
    knows = f"Who knows what is in the {names[0]}, {first} or {second}?"
    ignores = f"Who does not know what is in the {names[0]}, {second} or {first}?"

    def check(trace: Trace) -> Mapping[str, bool]:
        people = (knower, other)
        return {"knows": trace.chose(knows, people) == knower, "ignores": trace.chose(ignores, people) == other}

    places = spread(rng, len(names), (4.8, 6.0), (7.4, 6.0))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=LOOK, yaw=UP),
        people=(
            examiner(asker, (knows, ignores), lambda: state.get("asks", False)),
            Role(id=3, name=knower, place=(3.6, 4.4), yaw=0.5, script=looker),
            Role(id=4, name=other, place=(8.8, 4.4), yaw=2.4, script=absent),
        ),
        things=(
            *(box(name, place) for name, place in zip(names, places, strict=True)),
            toy(thing, places[0], inside=names[0]),
        ),
        seconds=52.0,
        check=check,
    )


def intention(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Two things fall: one was pushed over, the other one stumbled into."""
    one, other, asker = draw_names(rng, 3)
    things = pick(rng, ("vase", "tower of bricks", "lamp", "pile of books"), 2)
    meant, slipped = pick(rng, (one, other), 2)
    order = pick(rng, (meant, slipped), 2)
    state: dict[str, int] = {"done": 0}

    def script(name: str, thing: str, turn: int, home: tuple[float, float]) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            yield me.until(lambda: state["done"] == turn)
            yield me.wait(1.0)
            yield me.go(thing, 0.7)
            if name == meant:
                yield me.look(thing)
                yield me.act("pushes", f"looks at the {thing} and pushes it over", thing=thing)
            else:
                words = "stumbles and knocks over the" if difficulty != "hard" else "turns round and bumps into the"
                yield me.act("stumbles", f"{words} {thing}", thing=thing)
                yield me.say("Oops!", to=-1)
            yield me.walk(home)
            state["done"] += 1

        return run

    first, second = pick(rng, (one, other), 2)
    purpose = f"Who did it on purpose, {first} or {second}?"
    accident = f"Who did it by accident, {first} or {second}?"

    def check(trace: Trace) -> Mapping[str, bool]:
        people = (one, other)
        return {"purpose": trace.chose(purpose, people) == meant, "accident": trace.chose(accident, people) == slipped}

    homes = {one: (3.0, 4.2), other: (9.0, 4.2)}
    people = [
        Role(id=3 + k, name=name, place=homes[name], yaw=UP,
             script=script(name, things[k], order.index(name), homes[name]))
        for k, name in enumerate((one, other))
    ]  # fmt: skip
    spots = ((4.4, 5.6), (7.6, 5.6))
    return Play(
        subject=Role(id=SUBJECT, name="you", place=LOOK, yaw=UP),
        people=(examiner(asker, (purpose, accident), lambda: state["done"] == 2), *people),
        things=tuple(
            Thing(name=thing, place=spot, shape="pot", color="blue", size=(0.3, 0.3, 0.7))
            for thing, spot in zip(things, spots, strict=True)
        ),
        seconds=46.0,
        check=check,
    )


PARADIGMS = (
    Paradigm(number=1, name="false_belief", dimension="mental_state", build=false_belief,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=2, name="unexpected_contents", dimension="mental_state", build=unexpected_contents,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=3, name="visual_perspective_level_2", dimension="mental_state", build=visual_perspective,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=4, name="knowledge_access", dimension="mental_state", build=knowledge_access,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=5, name="intention", dimension="mental_state", build=intention),
)  # fmt: skip
