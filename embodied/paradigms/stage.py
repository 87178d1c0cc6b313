"""The stage of a paradigm: people who walk by the crowd's model, things with a state, words in earshot, and a log.

One step is 0.1 s: what has been said arrives, the others go on with their scripts, the subject senses and decides, the
crowd walks, everybody turns to what it looks at, and all is logged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as Dot
from shapely.ops import nearest_points

from crowd.social_force import SocialForce
from crowd.trajectory import Arrival, Order, Others
from embodied.drive import wrap
from embodied.episode import FloatArray, Heard
from embodied.log import EpisodeLog
from embodied.paradigms.actor import Actor
from embodied.paradigms.play import SUBJECT, Condition, Play, Point, Role, Thing
from embodied.paradigms.room import build_room
from embodied.person_senses import PersonSenses
from embodied.seeding import stream
from embodied.talk import EARSHOT, speaking_time

DT = 0.1  # s
TURN_RATE = 4.0  # rad/s, how fast a person turns, as in `embodied.world`
WALKS = 0.25  # m/s, above which a person faces its way
BODY = 0.25  # m, radius
HANDS, HIGH = 0.24, 0.9  # m before and above the ground, where one holds things
ROOM = 0.32  # m that who walks keeps to walls
THINGS = 1000  # entity of the first thing in the log
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


@dataclass(slots=True, kw_only=True)
class Person:
    """What is kept of somebody on the stage.

    Attributes:
        script: what it goes on with. until: what it waits for.
        gaze, pointing: a name, "person 3", or "" nothing. doing: what it can be seen to do, beside standing or walking.
        rest: where it looks else (x, y).
        holds: the thing in its hands, "". away: turned away, so that it sees nothing. speaks: s, until when.
    """

    role: Role
    script: Iterator[Condition] | None = None
    until: Condition | None = None
    gaze: str = ""
    rest: Point | None = None
    pointing: str = ""
    doing: str = ""
    holds: str = ""
    away: bool = False
    speaks: float = -math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Something that is being said until `end`, s; `to`: a person_id, or -1 for whoever hears it."""

    speaker: int
    to: int
    text: str
    end: float
    act: str


class Stage:
    """Everything on the stage. `listener` is told what is done and said where it can be sensed."""

    def __init__(self, play: Play, *, seed: int, name: str) -> None:
        """Set the stage.

        Args:
            play: who and what is on it. seed: of the scene. name: of the paradigm, for the log.
        """
        self.play, self.seed = play, seed
        self.scene, seen = build_room(play.screens, stream(seed, "scene"), seed)
        self.senses = PersonSenses(seen)
        self._clear = self.scene.walkable
        shapely.prepare(self._clear)
        free = self.scene.walkable.buffer(-ROOM)
        self._parts = list(getattr(free, "geoms", [free]))
        self.roles = {role.id: role for role in (play.subject, *play.people)}
        self.things: dict[str, Thing] = {thing.name: thing for thing in play.things}
        self.people = {number: Person(role=role) for number, role in sorted(self.roles.items())}
        self._model = SocialForce()
        arrivals = [
            Arrival(
                person_id=role.id, time=math.inf if role.absent else 0.0, origin=role.place, goal=None, yaw=role.yaw,
                desired_speed=role.speed, radius=BODY,
            )
            for role in self.roles.values()
        ]  # fmt: skip
        self.crowd = self._model.reset(self.scene.walkable, arrivals, stream(seed, "crowd"))
        self.yaws = {number: role.yaw for number, role in self.roles.items()}
        self.orders: dict[int, Order] = {}
        self.step_count = 0
        self.deed_told: Callable[[int, str], None] = lambda entity, text: None
        self.words_told: Callable[[int, Heard], None] = lambda entity, heard: None
        self._words: list[Words] = []
        self.log = EpisodeLog(
            {
                "seed": seed, "paradigm": name, "control_dt": DT, "appearance": "all", "motion": "gait",
                "crowd": "social_force", "names": {str(n): role.name for n, role in self.roles.items()},
                "screens": [[one.name, one.start, one.end, one.see_through] for one in play.screens],
                "things": {t.name: [t.shape, t.color, t.size, t.text] for t in play.things},
                "seconds": play.seconds,
            }
        )  # fmt: skip
        for number, person in self.people.items():
            if person.role.script is not None:
                person.script = person.role.script(Actor(self, number))
        self.record("reset", task=name)
        self._rows()
        self._write()

    @property
    def time(self) -> float:
        """Simulated time, seconds."""
        return round(self.step_count * DT, 6)

    def run(self, decide: Callable[[], None]) -> EpisodeLog:
        """Play the scene to its end and return its log; `decide` lets the subject sense and decide in every step."""
        while self.time < self.play.seconds - 1e-9:
            self.step_count += 1
            self._arrive()
            self._scripts()
            decide()
            present = {number: order for number, order in self.orders.items() if self._takes(number, order)}
            self.crowd = self._model.step(DT, NOBODY, present)
            self.orders = {}
            self._rows()
            self._turn()
            self._carry()
            if self.play.each is not None:
                self.play.each(self)
            self._write()
        self.record("episode_end", reason="timeout")
        return self.log

    # ---------------------------------------------------------------- what there is

    def present(self, number: int) -> bool:
        """Tell whether somebody is on the stage."""
        return number in self.rows

    def place(self, number: int) -> FloatArray:
        """Return where somebody is (2,), metres; who is absent is at the door it comes by."""
        row = self.rows.get(number)
        return np.asarray(self.roles[number].place if row is None else self.crowd.positions[row], dtype=np.float64)

    def speed(self, number: int) -> float:
        """Return how fast somebody walks, m/s."""
        row = self.rows.get(number)
        return 0.0 if row is None else float(np.hypot(*self.crowd.velocities[row]))

    def where(self, name: str) -> FloatArray:
        """Return where a thing or "person 3" is (2,), metres."""
        head, _, number = name.partition(" ")
        if head == "person" and number.isdigit():
            return self.place(int(number))
        return np.asarray(self.things[name].place, dtype=np.float64)

    def spot(self, number: int, name: str, within: float, there: FloatArray | None = None) -> Point:
        """Return where somebody stands who wants to be `within` metres of something: without a fence between."""
        here, there = self.place(number), self.where(name) if there is None else there
        part = self._part(here)
        gap = here - there
        if float(np.hypot(*gap)) <= within + 0.1 and self.free(here, there):
            return float(here[0]), float(here[1])
        first = math.atan2(gap[1], gap[0])
        for turn in (0.0, 0.4, -0.4, 0.8, -0.8, 1.2, -1.2, 1.7, -1.7, 2.3, -2.3, 3.0):
            spot = there + within * np.array([math.cos(first + turn), math.sin(first + turn)])
            if part.covers(Dot(spot)) and self.free(spot, there) and self.vacant(number, spot):
                return float(spot[0]), float(spot[1])
        return self.reachable(number, (float(there[0]), float(there[1])))

    def reachable(self, number: int, spot: Point) -> Point:
        """Return the place nearest to `spot`, metres, to which somebody can walk."""
        near = nearest_points(self._part(self.place(number)), Dot(spot))[0]
        return float(near.x), float(near.y)

    def _part(self, here: FloatArray) -> Polygon:
        """Return the ground that can be reached from a place."""
        part: Polygon = min(self._parts, key=lambda one: one.distance(Dot(here)))
        return part

    def vacant(self, number: int, spot: FloatArray) -> bool:
        """Tell whether nobody else stands at a spot."""
        return all(
            number == other or math.dist(spot, self.crowd.positions[row]) > 2 * BODY for other, row in self.rows.items()
        )

    def free(self, here: FloatArray, there: FloatArray) -> bool:
        """Tell whether neither a screen nor a fence stands between two places."""
        return bool(shapely.covers(self._clear, LineString([here, there])))

    def sees(self, number: int, there: FloatArray, *, near: float = 1.0, view: float = math.radians(105.0)) -> bool:
        """Tell whether somebody has a place in its field of view, without a wall between."""
        if not self.present(number) or self.people[number].away:
            return False
        here = self.place(number)
        gap = there - here
        bearing = wrap(math.atan2(gap[1], gap[0]) - self.yaws[number])
        return (float(np.hypot(*gap)) <= near or abs(bearing) <= view) and self.senses.sees(here, there)

    # ---------------------------------------------------------------- what happens

    def record(self, kind: str, **fields: Any) -> None:
        """Log an event."""
        self.log.event(self.step_count, self.time, kind, **fields)

    def tell(self, number: int, verb: str, text: str, *, thing: str = "", place: str = "") -> None:
        """Log what somebody does, and let the subject see it if it can.

        Args:
            number: who. verb: the deed in one word. text: in words, after the name. thing, place: what with and where.
        """
        self.record("deed", entity=number, verb=verb, thing=thing, place=place, text=text)
        if number != SUBJECT and self.sees(SUBJECT, self.place(number)):
            self.deed_told(number, text)

    def say(self, number: int, text: str, *, to: int = -1, act: str = "", generated_by: str = "script") -> float:
        """Let somebody speak and return when it is done, s."""
        end = round(self.time + speaking_time(text), 6)
        hearers = sorted(
            other
            for other in self.rows
            if other != number and self.senses.hears(self.place(number), self.place(other), EARSHOT)
        )
        self.record(
            "speech", speaker=number, hearers=hearers, to=to, text=text, act=act, generated_by=generated_by,
            start=self.time, end=end,
        )  # fmt: skip
        self.people[number].speaks = end
        self._words.append(Words(speaker=number, to=to, text=text, end=end, act=act))
        return end

    def shown(self, name: str) -> bool:
        """Tell whether a thing is out in the open: not in something closed."""
        inside = self.things[name].inside
        return not inside or (not self.things[inside].closed and self.shown(inside))

    def _arrive(self) -> None:
        """Deliver what has been said."""
        for words in [words for words in self._words if words.end <= self.time + 1e-9]:
            self._words.remove(words)
            if words.speaker == SUBJECT or not (self.present(words.speaker) and self.present(SUBJECT)):
                continue
            here, there = self.place(SUBJECT), self.place(words.speaker)
            if self.senses.hears(there, here, EARSHOT):
                gap = there - here
                heard = Heard(
                    text=words.text, bearing=wrap(math.atan2(gap[1], gap[0]) - self.yaws[SUBJECT]),
                    distance=float(np.hypot(*gap)), time=words.end, speaker=words.speaker, act=words.act,
                )  # fmt: skip
                self.words_told(words.to, heard)

    def _scripts(self) -> None:
        for person in self.people.values():
            while person.script is not None and (person.until is None or person.until()):
                person.until = next(person.script, None)
                if person.until is None:
                    person.script = None

    def _takes(self, number: int, order: Order) -> bool:
        return (number in self.rows) != (order.kind == "enter")

    def _rows(self) -> None:
        self.rows = {person: row for row, person in enumerate(self.crowd.person_ids.tolist())}

    def _turn(self) -> None:
        """Turn everybody to its way, or to what it looks at."""
        for number, row in self.rows.items():
            person = self.people[number]
            vx, vy = self.crowd.velocities[row].tolist()
            wish = self.yaws[number]
            if math.hypot(vx, vy) > WALKS:
                wish = math.atan2(vy, vx)
            elif person.gaze or person.rest is not None:
                there = self.where(person.gaze) if person.gaze else np.array(person.rest)
                gap = there - self.place(number)
                wish = math.atan2(gap[1], gap[0]) if float(np.hypot(*gap)) > 0.05 else wish
            most = TURN_RATE * DT
            self.yaws[number] = wrap(self.yaws[number] + max(-most, min(most, wrap(wish - self.yaws[number]))))

    def _carry(self) -> None:
        """Let things go with who holds them, and with what they are in."""
        for thing in self.things.values():
            if thing.holder >= 0 and self.present(thing.holder):
                yaw, (x, y) = self.yaws[thing.holder], self.place(thing.holder).tolist()
                thing.place, thing.z = (x + HANDS * math.cos(yaw), y + HANDS * math.sin(yaw)), HIGH
            elif thing.inside:
                outer = self.things[thing.inside]
                thing.place, thing.z = outer.place, outer.z + 0.05

    def _write(self) -> None:
        """Log a row for everybody and everything on the stage."""
        ids, state = list(self.rows), self.crowd
        things = [(THINGS + k, thing) for k, thing in enumerate(self.things.values())]
        count, people = len(ids) + len(things), len(ids)
        z = np.zeros(count)
        x, y, yaw, vx, vy = (np.zeros(count) for _ in range(5))
        radius, goals = np.full(count, BODY), np.full((count, 2), np.nan)
        x[:people], y[:people] = state.positions.T
        vx[:people], vy[:people] = state.velocities.T
        yaw[:people] = [self.yaws[number] for number in ids]
        goals[:people] = state.goals
        for k, (_, thing) in enumerate(things, people):
            x[k], y[k], z[k], radius[k] = *thing.place, thing.z, 0.5 * thing.size[0]
        activity = [*state.activities, *(self._state(thing) for _, thing in things)]
        self.log.append(
            step=self.step_count, time=self.time, entity=[*ids, *(number for number, _ in things)],
            kind=["human"] * people + ["object"] * len(things), x=x, y=y, z=z, yaw=yaw, vx=vx, vy=vy, radius=radius,
            goal_x=goals[:, 0], goal_y=goals[:, 1], activity=activity, group=np.full(count, -1),
            seen_by_robot=np.zeros(count, dtype=np.bool_), contact=np.full(count, -1),
            goal_distance=np.full(count, np.nan),
        )  # fmt: skip

    def _state(self, thing: Thing) -> str:
        """Return how a thing is, in a word of the log."""
        if not self.shown(thing.name):
            return "hidden"
        return "closed" if thing.closed else "held" if thing.holder >= 0 else "inside" if thing.inside else "free"
