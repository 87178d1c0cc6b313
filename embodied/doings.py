"""What people who live in a scene do about what they have decided: where they go, whom they talk with, what they say.

A part of `Lives` that decides nothing: it turns decisions into orders to the crowd, talks and words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from crowd.trajectory import CrowdState, Order
from embodied.chats import Chats
from embodied.drive import wrap
from embodied.episode import Decision, Heard, PersonObservation
from embodied.minds.decision import SPEEDS
from embodied.minds.needs import Needs
from embodied.minds.persona import Persona
from embodied.minds.planning import DAY, FREE, FREE_OF_CHILDREN, GAINS, DayPlan, Step
from embodied.minds.venues import HOME, Venue, Venues
from embodied.person_senses import PersonSenses
from embodied.talk import EARSHOT, speaking_time
from scenes.backend import RobotState

TICK, MINUTE = 1.0, 60.0  # s between looks at what happens; s
PATIENCE = 12.0  # s for which one waits at most for a way to become free, until it decides again
MEET = 2.5  # m at which acquaintances notice each other
ROAMS: Mapping[str, tuple[float, float]] = {  # minutes at one place while one does these
    "stroll": (1.0, 4.0), "shop": (3.0, 8.0), "play": (2.0, 6.0), "do sport": (0.5, 2.0),
}  # fmt: skip
ACTIVITIES = frozenset(GAINS) | {activity for activity, _, _ in (*FREE, *FREE_OF_CHILDREN)}
LEAST = 3.0  # s that a decision holds at least
WARY = 120.0  # s for which one goes round what one decided to keep away from
AHEAD, PASSED = 6.0, 1.2  # m of the way that one minds; m to a place beside a danger, from where one goes on
CREEP, LATE = 0.5, 3.0  # m/s at least, and s more, in which one gets there
State = Literal["away", "inside", "there", "going", "leaving", "coming"]


@dataclass(slots=True, kw_only=True)
class Life:
    """What is kept of somebody.

    Attributes:
        state: away or inside, there (stands at `venue`), going there, leaving (to vanish there), coming (out of it).
        until: s, when what it does now is over. moved: where it was last seen to get on, and when, s.
        after: where it goes as soon as it has come out. diverted: something else than its way has been ordered.
        wary: of what it keeps away -> s until when; sides: on which side it goes round that.
        detour: (x, y, s) where it goes to get round, and when it gives up; None: it does not.
    """

    persona: Persona
    plan: DayPlan
    needs: Needs
    venue: Venue
    rng: np.random.Generator
    state: State = "away"
    until: float = math.inf
    step: Step | None = None
    spot: tuple[float, float] = (0.0, 0.0)
    moved: tuple[float, float, float] = (0.0, 0.0, 0.0)
    after: tuple[Venue, float | None] | None = None
    diverted: bool = False
    wary: dict[str, float] = field(default_factory=dict)
    sides: dict[str, int] = field(default_factory=dict)
    detour: tuple[float, float, float] | None = None
    doing: str = ""
    met: dict[int, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)  # event -> s, when it was last felt
    heard: list[Heard] = field(default_factory=list)


class Doings:
    """What `Lives` does about decisions; it owns the state that is only declared here."""

    lives: dict[int, Life]
    chats: Chats
    orders: dict[int, Order]
    _record: Callable[..., None]
    _venues: Venues
    _senses: PersonSenses
    _hour: float
    _time: float
    _to_robot: list[Heard]

    def minute(self, time: float) -> int:
        """Return the minute of the day at `time`, s of the episode."""
        return int(self._hour * 60.0 + time / MINUTE) % DAY

    def _carry_out(
        self, person: int, observation: PersonObservation, decision: Decision, time: float, robot: RobotState | None,
        crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Turn a decision into what is done."""
        life = self.lives[person]
        minutes = decision.minutes if decision.minutes is not None else self._left(life, time)
        life.until = time + max(LEAST, minutes * MINUTE)
        if observation.event == "stuck":
            life.until = min(life.until, time + PATIENCE)
        speed = None if decision.speed is None else float(np.clip(decision.speed, *SPEEDS))
        other = _number(decision.target)
        if decision.activity in ("wait", "go") and life.step is not None:
            named = [activity for activity in ACTIVITIES if decision.goal.startswith(activity)]
            life.doing = max(named, key=len, default=life.step.activity)
        if decision.activity == "wait":
            under_way = life.state in ("going", "leaving") and person in rows
            if under_way and decision.target != life.venue.name:
                self.orders[person], life.diverted, life.detour = Order(kind="hold"), True, None
            elif under_way and life.diverted:  # it is nearly there: the last steps to where it will wait
                self._resume(person, life, time)
            elif life.doing in ROAMS and life.state in ("there", "inside"):
                life.until = min(life.until, time + self._linger(life))
        elif decision.activity == "talk":
            if other is not None and other != 0 and other in self.lives and other in rows and person in rows:
                self._talk(person, other, decision, time, crowd, rows)
                return
        elif decision.activity == "go" and other is None:
            self._go(person, life, decision.target, speed, time, rows)
        elif person in rows:
            self._move(person, life, decision, other, speed, observation, robot, crowd, rows)
        if decision.utterance and person in rows:
            self._say(person, decision, other, time, robot, crowd, rows)

    def _go(
        self, person: int, life: Life, target: str, speed: float | None, time: float, rows: Mapping[int, int]
    ) -> None:
        """Send somebody to a place; to where it is already, in what it does there it roams."""
        if not target:  # its own way, or another one to the same place
            if life.state in ("going", "leaving") and person in rows:
                self._set_out(person, life, life.venue, speed, time)
            return
        venue = self._venue(target, life)
        if target == HOME and life.step is not None and (planned := self._venue(life.step.place, life)).away:
            venue = planned
        if life.state in ("going", "leaving") and life.venue.name == venue.name and person in rows:
            if life.diverted:
                self._resume(person, life, time, speed)
            elif life.last.get("stuck") == time:
                self._set_out(person, life, venue, speed, time)
            return
        if not self._is_at(life, venue):
            self._travel(person, life, venue, speed, time, rows)

    def _resume(self, person: int, life: Life, time: float, speed: float | None = None) -> None:
        """Let somebody who was diverted go on to where it was going."""
        self.orders[person], life.diverted, life.detour = Order(kind="resume", speed=speed), False, None
        life.moved = (math.inf, math.inf, time)

    def _roam(self, person: int, life: Life, time: float, rows: Mapping[int, int]) -> None:
        """Send somebody on who goes from place to place in what it does, a stroll or shopping."""
        options = [one for one in self._venues.all if one.inside == (life.doing == "shop") and one != life.venue]
        life.until = math.inf
        if options:
            self._travel(person, life, options[int(life.rng.integers(len(options)))], None, time, rows)

    def _linger(self, life: Life) -> float:
        """Return the s for which somebody stays where it roams."""
        return float(life.rng.uniform(*ROAMS[life.doing])) * MINUTE

    def _travel(
        self, person: int, life: Life, venue: Venue, speed: float | None, time: float, rows: Mapping[int, int]
    ) -> None:
        if person in rows:
            self._set_out(person, life, venue, speed, time)
        else:
            self.orders[person] = Order(kind="enter", target=life.venue.position, speed=speed)
            life.state, life.after = "coming", (venue, speed)

    def _set_out(self, person: int, life: Life, venue: Venue, speed: float | None, time: float) -> None:
        """Let somebody who is in the scene walk to a place."""
        life.venue, life.moved, life.diverted, life.detour = venue, (math.inf, math.inf, time), False, None
        if venue.inside:
            life.state, life.spot = "leaving", venue.position
            self.orders[person] = Order(kind="leave", target=venue.position, speed=speed)
        else:
            taken = [one.spot for one in self.lives.values() if one.state in ("there", "going") and one is not life]
            life.state, life.spot = "going", self._venues.stand(venue, taken, life.rng)
            self.orders[person] = Order(kind="settle", target=life.spot, speed=speed)
        self._tell(life)

    def _move(
        self, person: int, life: Life, decision: Decision, other: int | None, speed: float | None,
        observation: PersonObservation, robot: RobotState | None, crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Let somebody approach, keep away from, run from or follow another, the robot or a place, for a while.

        Without a target it is the first hazard that it noticed; who is on its way goes round that, and on.
        """
        here, radius = crowd.positions[rows[person]], 0.0
        if not decision.target:
            danger = next((self._senses.danger(name, here) for name in decision.hazards[:1]), None)
            if danger is None:
                return
            life.wary.update(dict.fromkeys(decision.hazards, self._time + WARY))
            if decision.activity == "avoid" and life.state in ("going", "leaving"):
                if not self._skirt(person, life, crowd, rows) and life.diverted:
                    self._resume(person, life, self._time, speed)
                return
            there, radius = np.array(danger.position), danger.radius
        elif other is None:
            there = np.array(self._venue(decision.target, life).position)
        elif other == 0 and robot is not None:
            there = np.array([robot.x, robot.y])
        elif other in rows:
            there = crowd.positions[rows[other]]
        else:
            return
        if decision.activity == "follow":
            self.orders[person], life.diverted, life.detour = Order(kind="follow", person=other or None), True, None
            return
        spot = self._senses.beside(here, there, decision.activity, radius)
        if spot is not None:
            self.orders[person], life.diverted, life.detour = Order(kind="go", target=spot, speed=speed), True, None
            life.moved = (math.inf, math.inf, self._time)

    def _skirt(self, person: int, life: Life, crowd: CrowdState, rows: Mapping[int, int]) -> bool:
        """Send somebody on its way round what it is wary of, if that lies before it; tell whether it does."""
        here, velocity = crowd.positions[rows[person]], crowd.velocities[rows[person]]
        left = np.array(life.spot) - here
        pace, way = float(np.hypot(*velocity)), float(np.hypot(*left))
        ahead = velocity / pace if pace > CREEP else left / max(way, 1e-9)
        there = here + min(AHEAD, way) * ahead
        for name in [name for name, until in life.wary.items() if until <= self._time]:
            del life.wary[name]
            life.sides.pop(name, None)
        for danger in self._senses.hazards:
            if danger.name not in life.wary or not self._senses.crosses(here, there, danger):
                continue
            found = self._senses.around(here, there, danger, life.sides.get(danger.name, 0))
            if found is None:  # no room: it goes through
                del life.wary[danger.name]
                continue
            spot, life.sides[danger.name] = found
            late = self._time + math.dist(spot, here) / CREEP + LATE
            self.orders[person], life.diverted = Order(kind="go", target=spot), True
            life.detour, life.moved = (*spot, late), (math.inf, math.inf, self._time)
            return True
        return False

    def _say(
        self, person: int, decision: Decision, to: int | None, time: float, robot: RobotState | None,
        crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Let somebody say words to another, to the robot, or to whoever spoke or hears it: those will decide."""
        here = crowd.positions[rows[person]]
        near = self._senses.hearers(person, crowd, rows, EARSHOT)
        if robot is not None and self._senses.hears(here, place := np.array([robot.x, robot.y]), EARSHOT):
            near[0] = place
        told = [to] if to is not None else [one for one in near if one != 0] if decision.act == "warn" else []
        told = [one for one in told if one in near]
        end = time + speaking_time(decision.utterance)
        self._record(
            "speech", speaker=person, hearers=sorted(told), overheard=sorted(set(near) - set(told)),
            text=decision.utterance, act=decision.act, generated_by=decision.generated_by, start=time, end=end,
        )  # fmt: skip
        for one in told:
            away = here - near[one]
            yaw = robot.yaw if one == 0 and robot is not None else float(crowd.yaws[rows[one]]) if one else 0.0
            heard = Heard(
                text=decision.utterance,
                bearing=wrap(math.atan2(away[1], away[0]) - yaw),
                distance=float(np.hypot(*away)),
                time=end,
                speaker=person if one else None,
                act=decision.act if one else "",
            )
            if one == 0:
                self._to_robot.append(heard)
            elif one in self.lives and one not in self.chats.partners:
                self.lives[one].heard.append(heard)

    def _talk(
        self, person: int, other: int, decision: Decision, time: float, crowd: CrowdState, rows: Mapping[int, int]
    ) -> None:
        ends = {}
        for one in (person, other):
            ends[one] = time + max(LEAST, self._left(self.lives[one], time) * MINUTE)
            self.lives[one].met[person if one == other else other] = time
        people = (person, other, *self._company(person, other, crowd, rows))
        own = decision if decision.utterance and decision.generated_by != "template" else None  # else it greets anyhow
        self.chats.begin(people, time, crowd, rows, ends, own)

    def _company(self, person: int, other: int, crowd: CrowdState, rows: Mapping[int, int]) -> list[int]:
        """Return who joins two who talk: who knows one of them, is near, and has time."""
        place = crowd.positions[rows[other]]
        knows = self.lives[person].persona.relationships.keys() | self.lives[other].persona.relationships.keys()
        near = [
            one
            for one in sorted(knows - {person, other})
            if one in rows and one in self.lives and self.lives[one].state == "there"
            and one not in self.chats.partners and math.dist(crowd.positions[rows[one]], place) < 2 * MEET
        ]  # fmt: skip
        return [one for one in near if self._senses.sees(crowd.positions[rows[one]], place)]

    def _go_on(self, person: int, time: float) -> None:
        """Let somebody whose talk is over go on with what it did."""
        self.orders[person] = Order(kind="resume")
        if self.lives[person].detour is not None:
            self.lives[person].diverted, self.lives[person].detour = False, None
        self.lives[person].until = min(self.lives[person].until, time + TICK)

    def _left(self, life: Life, time: float) -> float:
        """Return the minutes left of what is planned."""
        minute = self.minute(time)
        return float(life.plan.at(minute).end - minute)

    def _venue(self, name: str, life: Life) -> Venue:
        return self._venues.find(name, life.persona.id)

    def _is_at(self, life: Life, venue: Venue) -> bool:
        at = life.state in ("away", "inside", "there")
        return at and (life.venue.name == venue.name or (life.venue.away and venue.away))

    def _tell(self, life: Life) -> None:
        """Record where somebody is, what it does and needs."""
        needs = life.needs
        self._record(
            "life",
            entity=life.persona.id,
            state=life.state,
            place=life.venue.name,
            doing=life.doing,
            planned=life.step.activity if life.step else "",
            needs=[round(value, 3) for value in (needs.hunger, needs.energy, needs.safety, needs.social)],
        )


def _number(target: str) -> int | None:
    """Return the id of a target that is somebody, 0 the robot, or None of a place."""
    if target == "robot":
        return 0
    head, _, number = target.partition(" ")
    return int(number) if head == "person" and number.isdigit() else None
