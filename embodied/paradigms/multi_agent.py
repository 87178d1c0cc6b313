"""Several people with interests of their own: shares, secrets, what another means, rules, and knowledge in parts.

Fehr, Bernhard & Rockenbach 2008 (shares), Peskin 1992 (withholding from a competitor), Keysar et al. 2000 (the director
task), Rakoczy, Warneken & Tomasello 2008 (objecting), Stasser & Titus 1985 (hidden profiles).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from embodied.paradigms.actor import Actor
from embodied.paradigms.goal_directed import order
from embodied.paradigms.mental_state import BOXES, LOOK, UP, box, toy
from embodied.paradigms.play import (
    EXAMINER,
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
    looks_of,
    pick,
    spread,
)
from embodied.paradigms.trace import Trace

OBJECTS = re.compile(r"\b(bin|pick|litter|please do not|should not|not allowed|line|wait)\b", re.IGNORECASE)


def fair_share(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Several take from one heap, each into a bowl of its own: a share is what is left when all have as much."""
    others = draw_names(rng, level(difficulty, 1, 2, 2) + 1)
    asker, others = others[0], others[1:]
    share = level(difficulty, 2, 2, 3)
    total = share * (1 + len(others))
    apples = [f"apple {k + 1}" for k in range(total)]
    bowls = ["white bowl", "red bowl", "blue bowl"][: 1 + len(others)]
    spots = [(3.6, 3.0), (8.4, 3.4), (8.4, 5.8)]
    heap = [(5.6 + 0.28 * (k % 4), 5.2 + 0.3 * (k // 4)) for k in range(total)]

    def takes(k: int) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            stage = me.stage
            yield me.wait(6.0 + 3.0 * k)
            for _ in range(share):
                left = [name for name in apples if not stage.things[name].inside and stage.things[name].holder < 0]
                if not left:
                    return
                yield me.go(left[-1], 0.8)
                if stage.things[left[-1]].holder >= 0 or stage.things[left[-1]].inside:
                    continue
                yield me.take(left[-1])
                yield me.go(bowls[k], 0.8)
                yield me.put(left[-1], bowls[k])
                yield me.wait(1.0)

        return run

    def check(trace: Trace) -> Mapping[str, bool]:
        mine = trace.deeds(SUBJECT, "takes")
        return {"takes its share": len([event for event in mine if event["thing"] in apples]) == share}

    text = f"The apples are for {' and '.join(others)} and you. Please put yours into the white bowl."
    things = [Thing(name=name, place=place, shape="pot", color=name.split()[0], size=(0.4, 0.4, 0.15), use="put")
              for name, place in zip(bowls, spots, strict=False)]  # fmt: skip
    things += [toy(name, place) for name, place in zip(apples, heap, strict=True)]
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(4.4, 2.6), yaw=UP),
        people=(
            order(asker, text),
            *(Role(id=3 + k, name=name, place=(9.4, 4.0 + 2.0 * k), yaw=math.pi, script=takes(k + 1))
              for k, name in enumerate(others)),
        ),
        things=tuple(things),
        seconds=60.0,
        check=check,
    )  # fmt: skip


def withholding(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody who has taken what is not its own asks where it is hidden; so does, later, a friend of the owner."""
    owner, rival, friend = draw_names(rng, 3)
    (thing,) = pick(rng, ("coin", "ring", "medal"), 1)
    names = pick(rng, BOXES, level(difficulty, 2, 3, 3))
    places = spread(rng, len(names), (3.6, 5.6), (8.4, 5.6))
    goal = names[0]
    state: dict[str, bool] = {}

    def owns(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("out", False))
        yield me.go(thing)
        yield me.take(thing)
        yield me.go(goal)
        yield me.put(thing, goal)
        yield me.leave()
        state["hidden"] = True

    def steals(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0)
        yield me.go(thing)
        yield me.take(thing)
        text = (
            f"snatches the {thing} from {owner}" if difficulty != "hard" else f"grabs the {thing} of {owner} and laughs"
        )
        yield me.act("snatches", text, thing=thing)
        yield me.lay(thing, "drops", f"drops the {thing}", (6.0, 4.2))
        yield me.leave()
        state["out"] = True
        yield me.until(lambda: state.get("hidden", False))
        yield me.enter()
        yield me.walk((7.8, 3.0))
        yield me.look("person 1")
        yield me.say(rival_asks)
        yield me.wait(8.0)
        yield me.leave()
        state["gone"] = True

    def helps(me: Actor) -> Iterator[Condition]:
        yield me.until(lambda: state.get("gone", False))
        yield me.look("person 1")
        yield me.say(friend_asks)

    rival_asks = f"Where is the {thing}?"
    friend_asks = f"I am to bring {owner} the {thing}. Where is the {thing}?"

    def check(trace: Trace) -> Mapping[str, bool]:
        return {"withholds": trace.chose(rival_asks, names) != goal, "tells": trace.chose(friend_asks, names) == goal}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=LOOK, yaw=UP),
        people=(
            Role(id=3, name=owner, place=(3.4, 4.0), yaw=0.2, script=owns),
            Role(id=4, name=rival, place=(8.6, 4.2), yaw=math.pi, script=steals),
            Role(id=5, name=friend, place=(3.0, 2.0), yaw=0.4, script=helps, relation="friend"),
        ),
        things=(*(box(name, place) for name, place in zip(names, places, strict=True)), toy(thing, (6.0, 4.2))),
        seconds=75.0,
        check=check,
    )


def perspective_helping(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Somebody asks for "the cup"; there are several, and a screen hides all but one from who asks."""
    (who,) = draw_names(rng, 1)
    (kind,) = pick(rng, ("cup", "book", "lamp"), 1)
    colors = pick(rng, ("red", "blue", "green", "yellow"), level(difficulty, 2, 2, 3))
    names = [f"{color} {kind}" for color in colors]
    shape, size = looks_of(kind)
    rows = [2.4, 5.6] if len(names) == 2 else [1.2, 2.6, 6.2]
    if rng.random() < 0.5:
        rows = [8.0 - y for y in rows]
    places = [(5.0 if k == 0 else 4.4, y) for k, y in enumerate(reversed(rows))]  # the first is the farther one
    viewer = np.array([9.4, 4.0])
    screens = []
    for k, place in enumerate(places[1:]):
        along = viewer - np.array(place)
        middle, across = np.array(place) + 0.3 * along, np.array([-along[1], along[0]]) / np.hypot(*along) * 0.6
        ends = [(float(spot[0]), float(spot[1])) for spot in (middle - across, middle + across)]
        screens.append(Screen(name="screen" if k == 0 else "second screen", start=ends[0], end=ends[1]))
    start = (2.6, 4.0 + 0.15 * float(np.sign(places[1][1] - 4.0)))

    def asks(me: Actor) -> Iterator[Condition]:
        yield me.look("person 1")
        yield me.wait(1.5)
        yield me.say(f"Please bring me the {kind}.")

    def check(trace: Trace) -> Mapping[str, bool]:
        given = [event["thing"] for event in trace.deeds(SUBJECT, "gives") if event["place"] == "person 3"]
        return {"the one that is seen": given[:1] == [names[0]]}

    return Play(
        subject=Role(id=SUBJECT, name="you", place=start, yaw=0.0),
        people=(Role(id=3, name=who, place=(9.4, 4.0), yaw=math.pi, script=asks),),
        things=tuple(
            Thing(name=name, place=place, shape=shape, color=name.split()[0], size=size, use="take")
            for name, place in zip(names, places, strict=True)
        ),
        screens=tuple(screens),
        seconds=32.0,
        check=check,
    )


def norm_violation(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """One throws paper on the ground, beside the bin; another has put hers into it."""
    good, bad = draw_names(rng, 2)
    first_bad = difficulty != "easy" and bool(rng.random() < 0.5)
    waste = "paper" if difficulty != "hard" else pick(rng, ("wrapper", "cup"), 1)[0]

    def tidy(me: Actor) -> Iterator[Condition]:
        yield me.wait(12.0 if first_bad else 1.0)
        yield me.take("napkin")
        yield me.go("bin")
        yield me.put("napkin", "bin")
        yield me.walk((3.0, 5.6))

    def litters(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0 if first_bad else 10.0)
        yield me.take(waste)
        yield me.walk((7.4, 4.6))
        yield me.lay(waste, "throws", f"throws the {waste} on the ground beside the bin", (7.6, 4.2))
        yield me.wait(3.0)
        yield me.walk((9.4, 5.2))

    def check(trace: Trace) -> Mapping[str, bool]:
        when = next((event["time"] for event in trace.deeds(4, "throws")), math.inf)
        words = [event for event in trace.said() if OBJECTS.search(event["text"])]
        return {"objects": any(when <= event["start"] and event["to"] == 4 for event in words),
                "to nobody else": all(event["to"] == 4 and event["start"] >= when for event in words)}  # fmt: skip

    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.2), yaw=UP),
        people=(
            Role(id=3, name=good, place=(3.6, 4.6), yaw=0.4, script=tidy),
            Role(id=4, name=bad, place=(8.8, 4.6), yaw=2.6, script=litters),
        ),
        things=(
            Thing(name="bin", place=(6.4, 5.6), shape="pot", color="grey", size=(0.4, 0.4, 0.7), use="put"),
            Thing(name="napkin", place=(3.8, 4.6), shape="flat", color="white", size=(0.2, 0.2, 0.03), use="take"),
            Thing(name=waste, place=(8.6, 4.6), shape="flat", color="white", size=(0.25, 0.2, 0.03), use="take"),
        ),
        seconds=28.0,
        check=check,
    )


def shared_clues(rng: np.random.Generator, difficulty: Difficulty) -> Play:
    """Each of several knows one box that is empty; only what all know together leads to the right one."""
    count = level(difficulty, 1, 1, 2)
    asker, *others = draw_names(rng, 1 + count)
    (thing,) = pick(rng, ("coin", "medal", "stone"), 1)
    names = pick(rng, BOXES, 2 + count)
    places = spread(rng, len(names), (3.0, 5.8), (9.0, 5.8))
    goal, mine, theirs = names[0], names[1], names[2:]
    seats = [(8.8, 3.2), (3.4, 3.8)]

    def knows(k: int) -> Script:
        def run(me: Actor) -> Iterator[Condition]:
            stage = me.stage

            def spoken() -> bool:
                return any(e["speaker"] == SUBJECT and e["end"] <= stage.time and me.id in e["hearers"]
                           for e in stage.log.events_of("speech"))  # fmt: skip

            yield me.until(spoken)
            yield me.wait(1.0 + 3.0 * k)
            yield me.look("person 1")
            yield me.say(f"I know that it is not in the {theirs[k]}.")

        return run

    def check(trace: Trace) -> Mapping[str, bool]:
        opened = [event["thing"] for event in trace.deeds(SUBJECT, "opens")]
        shares = any(mine in event["text"] for event in trace.said())
        return {"shares": shares, "first": opened[:1] == [goal], "got it": math.isfinite(trace.did("takes", thing))}

    company = " and ".join(others)
    text = f"Please get the {thing}, together with {company}. I tell you alone that it is not in the {mine}."
    return Play(
        subject=Role(id=SUBJECT, name="you", place=(6.0, 2.2), yaw=UP),
        people=(
            Role(id=EXAMINER, name=asker, place=(4.6, 1.2), yaw=0.6, script=_whisper(text)),
            *(Role(id=3 + k, name=name, place=seats[k], yaw=math.atan2(2.2 - seats[k][1], 6.0 - seats[k][0]),
                   script=knows(k)) for k, name in enumerate(others)),
        ),
        things=(
            *(box(name, place) for name, place in zip(names, places, strict=True)),
            toy(thing, places[0], inside=goal),
        ),
        seconds=50.0,
        check=check,
    )  # fmt: skip


def _whisper(text: str) -> Script:
    def script(me: Actor) -> Iterator[Condition]:
        yield me.wait(1.0)
        yield me.look("person 1")
        yield me.say(text)
        yield me.leave()

    return script


PARADIGMS = (
    Paradigm(number=26, name="fair_share", dimension="multi_agent", build=fair_share),
    Paradigm(number=27, name="withholding", dimension="multi_agent", build=withholding),
    Paradigm(number=28, name="perspective_helping", dimension="multi_agent", build=perspective_helping,
             fails=("broken", "blind", "egocentric")),
    Paradigm(number=29, name="norm_violation", dimension="multi_agent", build=norm_violation),
    Paradigm(number=30, name="shared_clues", dimension="multi_agent", build=shared_clues),
)  # fmt: skip
