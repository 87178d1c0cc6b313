"""What scripts tell somebody on the stage to do: each verb begins it and returns when it is done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crowd.trajectory import Order
from embodied.paradigms.play import SUBJECT, Condition, Point
from embodied.paradigms.room import DOOR

if TYPE_CHECKING:
    from embodied.paradigms.stage import Stage

REACH = 0.65  # m before a thing, where one stands to use it
THERE = 0.35  # m to where one goes, that count as being there
SLOWEST = 12.0  # s after which one does without having come quite there


class Actor:
    """The hands of a script. `stage`: where it acts; `id`: who it is."""

    def __init__(self, stage: Stage, number: int) -> None:
        """Act for person `number`."""
        self.stage, self.id = stage, number

    def wait(self, seconds: float) -> Condition:
        """Do nothing for a while."""
        end = self.stage.time + seconds
        return lambda: self.stage.time >= end - 1e-9

    def until(self, condition: Condition, most: float = math.inf) -> Condition:
        """Wait for something, for at most so many seconds."""
        end = self.stage.time + most
        return lambda: condition() or self.stage.time >= end

    def say(self, text: str, *, to: int = SUBJECT) -> Condition:
        """Speak, and wait until it is said."""
        end = self.stage.say(self.id, text, to=to)
        return lambda: self.stage.time >= end - 1e-9

    def go(self, name: str, within: float = REACH, *, speed: float | None = None) -> Condition:
        """Walk up to a thing or "person 3"."""
        return self.walk(self.stage.spot(self.id, name, within), speed=speed)

    def walk(self, spot: Point, *, speed: float | None = None) -> Condition:
        """Walk to a place."""
        stage, end = self.stage, self.stage.time + SLOWEST
        stage.orders[self.id] = Order(kind="go", target=spot, speed=speed)
        return lambda: math.dist(stage.place(self.id), spot) < THERE or stage.time >= end

    def follow(self, other: int) -> Condition:
        """Walk after somebody from now on."""
        self.stage.orders[self.id] = Order(kind="follow", person=other)
        return self.wait(0.0)

    def stop(self) -> Condition:
        """Stand still."""
        self.stage.orders[self.id] = Order(kind="hold")
        return self.wait(0.0)

    def leave(self) -> Condition:
        """Go out by the door."""
        self.stage.tell(self.id, "goes", "goes out", place="door")
        self.stage.orders[self.id] = Order(kind="leave", target=DOOR)
        return lambda: not self.stage.present(self.id)

    def enter(self) -> Condition:
        """Come in by the door."""
        stage = self.stage
        stage.orders[self.id] = Order(kind="enter", target=DOOR)
        stage.yaws[self.id] = math.pi

        def is_in() -> bool:
            if not stage.present(self.id):
                stage.orders[self.id] = Order(kind="enter", target=DOOR)
                return False
            stage.tell(self.id, "comes", "comes in", place="door")
            return True

        return is_in

    def look(self, name: str) -> Condition:
        """Look at a thing or "person 3", "" at nothing in particular."""
        self.stage.people[self.id].gaze = name
        return self.wait(0.0)

    def point(self, name: str) -> Condition:
        """Point at a thing, "" no more."""
        person = self.stage.people[self.id]
        person.pointing, person.gaze = name, name or person.gaze
        self.stage.record("point", entity=self.id, thing=name)
        return self.wait(0.0)

    def do(self, doing: str) -> Condition:
        """Be seen to do something, "" no more."""
        self.stage.people[self.id].doing = doing
        return self.wait(0.0)

    def turn_away(self, *, back: bool = False) -> Condition:
        """Turn to the wall with eyes closed, or `back` again."""
        person = self.stage.people[self.id]
        person.away = not back
        self.stage.tell(self.id, "turns", "turns round again" if back else "turns away and closes both eyes")
        return self.wait(0.5)

    def act(self, verb: str, text: str, *, thing: str = "", place: str = "", pause: float = 0.8) -> Condition:
        """Do something that changes nothing but what others see."""
        self.stage.tell(self.id, verb, text, thing=thing, place=place)
        return self.wait(pause)

    def take(self, thing: str) -> Condition:
        """Take a thing into the hands."""
        stage, one = self.stage, self.stage.things[thing]
        source = f" out of the {one.inside}" if one.inside else ""
        stage.tell(self.id, "takes", f"takes the {thing}{source}", thing=thing, place=one.inside)
        one.inside, one.holder, stage.people[self.id].holds = "", self.id, thing
        return self.wait(0.6)

    def put(self, thing: str, place: str) -> Condition:
        """Put what is held into another thing."""
        stage, one, into = self.stage, self.stage.things[thing], self.stage.things[place]
        how = "on" if into.shape in ("table", "post", "flat") else "into"
        stage.tell(self.id, "puts", f"puts the {thing} {how} the {place}", thing=thing, place=place)
        one.holder, one.inside, stage.people[self.id].holds = -1, place if how == "into" else "", ""
        one.place, one.z = into.place, into.z + (into.size[2] if how == "on" else 0.05)
        return self.wait(0.6)

    def lay(self, thing: str, verb: str, text: str, spot: Point) -> Condition:
        """Let go of a thing, so that it comes to lie at a place."""
        stage, one = self.stage, self.stage.things[thing]
        stage.tell(self.id, verb, text, thing=thing)
        one.holder, one.inside, one.place, one.z, stage.people[self.id].holds = -1, "", spot, 0.0, ""
        return self.wait(0.6)

    def give(self, thing: str, other: int) -> Condition:
        """Hand a thing over."""
        stage, one = self.stage, self.stage.things[thing]
        stage.tell(self.id, "gives", f"gives the {thing} to {stage.roles[other].name}", thing=thing)
        one.holder, one.inside, stage.people[self.id].holds = other, "", ""
        stage.people[other].holds = thing
        return self.wait(0.6)

    def open(self, thing: str, *, closed: bool = False) -> Condition:
        """Open a thing, or close it."""
        self.stage.things[thing].closed = closed
        verb = "closes" if closed else "opens"
        self.stage.tell(self.id, verb, f"{verb} the {thing}", thing=thing)
        return self.wait(0.8)
