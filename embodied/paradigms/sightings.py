"""What the subject sees of people and things on the stage, in words: what they do, where they look, how they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from embodied.drive import wrap
from embodied.episode import FloatArray, Seen
from embodied.paradigms.play import SUBJECT, Thing
from embodied.paradigms.stage import Stage
from embodied.person_senses import VIEW

WALKS, RUNS = 0.25, 1.7  # m/s from which somebody is seen to walk, and to run


def look(stage: Stage, visible: Callable[[Thing], bool]) -> tuple[Seen, ...]:
    """Return who and what the subject sees, the nearest first; `visible`: whether it sees a thing."""
    here, yaw, row = stage.place(SUBJECT), stage.yaws[SUBJECT], stage.rows[SUBJECT]
    names = {number: (role.name, role.relation) for number, role in stage.roles.items()}
    people = stage.senses.look(SUBJECT, row, yaw, stage.crowd, None, names)
    seen = [replace(one, activity=does(stage, one.id)) for one in people if one.kind == "person"]

    def add(name: str, there: FloatArray, activity: str, text: str) -> None:
        gap = there - here
        bearing = wrap(math.atan2(gap[1], gap[0]) - yaw)
        distance = float(np.hypot(*gap))
        seen.append(Seen(id=-1, kind="thing", name=name, bearing=bearing, distance=distance, activity=activity,
                         text=text))  # fmt: skip

    for thing in stage.things.values():
        if visible(thing):
            add(thing.name, np.array(thing.place), state_of(stage, thing), thing.text)
    for screen in stage.play.screens:
        for end, spot in (("one end", screen.start), ("other end", screen.end)):
            x, y = spot[0] - here[0], spot[1] - here[1]
            if abs(wrap(math.atan2(y, x) - yaw)) <= VIEW:  # large things, which little hides
                add(f"{end} of the {screen.name}", np.array(spot), "", "")
    return tuple(sorted(seen, key=lambda one: (one.distance, one.id, one.name)))


def does(stage: Stage, number: int) -> str:
    """Return what somebody can be seen to do, in words."""
    person = stage.people[number]
    speed = stage.speed(number)
    parts = [person.doing or ("runs" if speed > RUNS else "walks" if speed > WALKS else "stands")]
    if person.away:
        parts.append("has turned away")
    elif person.gaze:
        parts.append(f"looks at {call(stage, person.gaze)}")
    if person.pointing:
        parts.append(f"points at {call(stage, person.pointing)}")
    if person.holds:
        parts.append(f"holds the {person.holds}")
    return ", ".join(parts)


def call(stage: Stage, name: str) -> str:
    """Return what the subject calls a thing or "person 3"."""
    head, _, number = name.partition(" ")
    if head == "person" and number.isdigit():
        return "you" if int(number) == SUBJECT else stage.roles[int(number)].name
    return f"the {name}"


def state_of(stage: Stage, thing: Thing) -> str:
    """Return how a thing looks, in words."""
    names = {number: role.name for number, role in stage.roles.items()} | {SUBJECT: "you"}
    parts = [thing.look] if thing.look else []
    parts += [f"{thing.length:.1f} m long"] if thing.length else []
    if thing.use == "open" or thing.closed:
        parts.append("closed" if thing.closed else "open")
    parts += [f"in the {thing.inside}"] if thing.inside else []
    parts += [f"held by {names[thing.holder]}"] if thing.holder >= 0 else []
    parts += [f"{names[thing.user]} is on it"] if thing.user >= 0 else []
    return ", ".join(parts)
