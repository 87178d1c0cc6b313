"""The lives of those who live in a scene: plans, needs, whereabouts, and what they decide when something happens.

Somebody deliberates on events (the next part of its plan, arrived, a need, somebody it knows, a robot, stuck), never in
every step; all who do so at one time are asked in one batch. What is decided becomes orders to the crowd and talks.
Whoever is inside a shop or at home is not in the scene, and lives on there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from crowd.trajectory import CrowdState, Order
from embodied.chats import Chats
from embodied.drive import wrap
from embodied.episode import Decision, Event, Heard, PersonObservation, Planner
from embodied.minds.decision import SPEEDS
from embodied.minds.memory import MemoryStore
from embodied.minds.needs import NONE, Needs
from embodied.minds.persona import Persona
from embodied.minds.planning import ASLEEP, DAY, FREE, FREE_OF_CHILDREN, GAINS, DayPlan, Step, plan_day
from embodied.minds.venues import HOME, Venue, Venues
from embodied.person_senses import PersonSenses
from embodied.seeding import stream
from embodied.talk import EARSHOT, speaking_time
from scenes.backend import RobotState

TICK = 1.0  # s between looks at what happens
MINUTE, HOUR = 60.0, 3600.0  # s
HERE = 3.0  # m from a place, within which somebody is at it
SETTLED = 1.0  # m from where it was to stand
MEET, MEET_AGAIN = 2.5, 600.0  # m at which acquaintances notice each other; s until they do so again
ROBOT, ROBOT_AGAIN = 4.0, 30.0  # m at which a robot is noticed; s until again
STUCK, PROGRESS = 12.0, 0.5  # s without so many metres
NEED_AGAIN = 1800.0  # s until an unmet need makes somebody decide again
ROAMS: Mapping[str, tuple[float, float]] = {  # minutes at one place while one does these
    "stroll": (1.0, 4.0), "shop": (3.0, 8.0), "play": (2.0, 6.0), "do sport": (0.5, 2.0),
}  # fmt: skip
ACTIVITIES = frozenset(GAINS) | {activity for activity, _, _ in (*FREE, *FREE_OF_CHILDREN)}
LEAST = 3.0  # s that a decision holds at least
MEMORIES = 6  # that come to mind
EACH = 10  # minutes between two records of needs
AHEAD = 2  # further parts of the plan that are in mind
State = Literal["away", "inside", "there", "going", "leaving", "coming"]


@dataclass(slots=True, kw_only=True)
class Life:
    """What is kept of somebody.

    Attributes:
        state: away or inside, there (stands at `venue`), going there, leaving (to vanish there), coming (out of it).
        until: s, when what it does now is over. moved: where it was last seen to get on, and when, s.
        after: where it goes as soon as it has come out. diverted: something else than its way has been ordered.
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
    doing: str = ""
    met: dict[int, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)  # event -> s, when it was last felt
    heard: list[Heard] = field(default_factory=list)


class Lives:
    """All lives of an episode.

    Attributes:
        orders: what people are to do; the crowd takes and empties it.
    """

    def __init__(
        self,
        record: Callable[..., None],
        people: Sequence[Persona],
        *,
        seed: int,
        hour: float,
        planner: Planner,
        venues: Callable[[], Venues],
        senses: PersonSenses,
        store: MemoryStore,
        looks: Mapping[int, str],
    ) -> None:
        """Begin the day at `hour` (0 to 24), everybody where its plan has it.

        Args:
            record: `record(type, **fields)` logs an event. people: who lives here. seed: of the episode.
            planner: decides. venues: makes where one can go, asked where anybody lives. senses: what people see.
            store: what they remember. looks: person_id -> what somebody looks like to who does not know it.
        """
        self._record, self._planner, self._senses, self._store = record, planner, senses, store
        if people:
            self._venues = venues()
        self._hour, self._looks = hour, looks
        self.orders: dict[int, Order] = {}
        self.chats = Chats(record, senses, store, {person.id: person for person in people}, seed, hour * HOUR)
        self.lives: dict[int, Life] = {}
        for person in people:
            record(
                "resident",
                entity=person.id,
                name=person.name,
                age=person.age,
                occupation=person.occupation.title if person.occupation else "",
                traits=person.traits,
                relationships=[[other, kind] for other, kind in person.relationships.items()],
            )
            plan, needs = plan_day(person), person.needs
            step = plan.at(self.minute(0.0))
            life = Life(
                persona=person, plan=plan, needs=needs, venue=self._venues.out(HOME, person.id),
                rng=stream(seed, "lives", person.id),
            )  # fmt: skip
            life.venue = self._venue(step.place, life)
            life.state = "away" if life.venue.away else "inside" if life.venue.inside else "coming"
            life.doing, life.step = step.activity, step
            if life.state == "coming":
                taken = [one.spot for one in self.lives.values() if one.state == "coming"]
                life.spot = self._venues.stand(life.venue, taken, life.rng)
                self.orders[person.id] = Order(kind="enter", target=life.spot)
            self.lives[person.id] = life
            self._announce(life, 0.0)
            self._tell(life)
        self._names = {person.id: self._known(person) for person in people}
        self._time, self._begun = -math.inf, False
        self._to_robot: list[Heard] = []

    def close(self) -> None:
        """Leave what people remember to others."""
        self._store.close()

    def minute(self, time: float) -> int:
        """Return the minute of the day at `time`, s of the episode."""
        return int(self._hour * 60.0 + time / MINUTE) % DAY

    def words_to_robot(self) -> list[Heard]:
        """Return what has been said to the robot since this was last asked."""
        words, self._to_robot = self._to_robot, []
        return words

    def greeted(self, people: Sequence[int], time: float) -> None:
        """Let two who have greeted think about whether they talk."""
        for person, other in (people, people[::-1]):
            if person in self.lives:
                self.lives[person].met[other] = time - MEET_AGAIN + 2.0

    # ---------------------------------------------------------------- time goes on

    def update(
        self, time: float, robot: RobotState | None, crowd: CrowdState, yaws: Mapping[int, float], busy: Collection[int]
    ) -> None:
        """Let time go on to `time`, s; `busy`: whom something else keeps busy, who does not decide."""
        if not self.lives:
            return
        rows = {person: row for row, person in enumerate(crowd.person_ids.tolist())}
        self.chats.update(time, crowd, rows, busy)
        if time < self._time + TICK - 1e-6:
            return
        since, self._time = (0.0 if not self._begun else time - self._time), time
        for person in self.chats.released():
            if person in rows and person not in busy:
                self._go_on(person, time)
        events: dict[int, Event] = {}
        for person, life in self.lives.items():
            self._live(life, since, time)
            if person in busy or person in self.chats.partners:
                life.moved = (*_place(crowd, rows, person), time)
                continue
            event = self._follow(person, life, time, rows, crowd)
            if event is not None:
                events[person] = event
        self._meet(time, crowd, rows, robot, busy, events)
        self._begun = True
        if events:
            self._decide(time, events, robot, crowd, rows, yaws)

    def _live(self, life: Life, since: float, time: float) -> None:
        """Let needs change."""
        pace = ASLEEP if life.doing == "sleep" else NONE
        gains = GAINS.get(life.doing, NONE) if life.state in ("away", "inside", "there") else NONE
        life.needs = life.needs.after(since / HOUR, pace=pace, gains=gains)
        if int(time / MINUTE) % EACH == 0 and time - life.last.get("record", -math.inf) >= EACH * MINUTE - 1e-6:
            life.last["record"] = time
            self._tell(life)

    def _follow(
        self, person: int, life: Life, time: float, rows: Mapping[int, int], crowd: CrowdState
    ) -> Event | None:  # fmt: skip
        """Follow somebody on its way, and return what happened to it."""
        here = rows.get(person)
        if life.state == "leaving" and here is None:
            life.state = "away" if life.venue.away else "inside"
            self._tell(life)
            return "arrived"
        if life.state == "coming" and here is not None:
            life.state, life.moved = "there", (*crowd.positions[here].tolist(), time)
            if life.after is None:
                self._tell(life)
            else:
                (venue, speed), life.after = life.after, None
                self._set_out(person, life, venue, speed, time)
                return None
        if life.state in ("going", "leaving") and here is not None:
            x, y = crowd.positions[here].tolist()
            stands = crowd.activities[here] == "stand" and math.hypot(*crowd.velocities[here]) < 0.2
            if life.state == "going" and stands and math.dist((x, y), life.spot) < SETTLED:
                life.state = "there"
                self._tell(life)
                return "arrived"
            if math.dist((x, y), life.moved[:2]) > PROGRESS:
                life.moved = (x, y, time)
            elif not life.diverted and time - life.moved[2] > STUCK:
                life.last["stuck"], life.moved = time, (x, y, time)
                return "stuck"
        if life.heard and here is not None:
            return "addressed"
        minute = self.minute(time)
        if minute == 0 and life.plan.steps[-1] is life.step:
            life.plan = plan_day(life.persona, life.needs)
        step = life.plan.at(minute)
        if step is not life.step:
            life.step = step
            self._announce(life, time)
            return "plan"
        unmet = life.needs.unmet()
        if unmet and time - life.last.get("need", -math.inf) > NEED_AGAIN and step.reason not in unmet:
            life.last["need"] = time
            return "need"
        if time >= life.until:
            if life.doing in ROAMS and life.state in ("there", "inside") and step.activity == life.doing:
                self._roam(person, life, time, rows)
                return None
            return "plan"
        return None if self._begun or life.state == "coming" else "plan"

    def _meet(
        self, time: float, crowd: CrowdState, rows: Mapping[int, int], robot: RobotState | None, busy: Collection[int],
        events: dict[int, Event],
    ) -> None:  # fmt: skip
        """Find who notices somebody it knows, or the robot."""
        free = [person for person in self.lives if person in rows and person not in busy]
        idle = [person for person in free if person not in self.chats.partners]
        for person in idle:
            life, here = self.lives[person], crowd.positions[rows[person]]
            if person in events or life.state not in ("there", "going"):
                continue
            for other in life.persona.relationships:
                if other in rows and other not in busy and time - life.met.get(other, -math.inf) > MEET_AGAIN:
                    there = crowd.positions[rows[other]]
                    if math.dist(here, there) < MEET and self._senses.sees(here, there):
                        life.met[other] = time
                        events[person] = "met"
                        break
            if person not in events and robot is not None and time - life.last.get("robot", -math.inf) > ROBOT_AGAIN:
                there = np.array([robot.x, robot.y])
                if math.dist(here, there) < ROBOT and self._senses.sees(here, there):
                    life.last["robot"] = time
                    events[person] = "robot"

    # ---------------------------------------------------------------- what is decided

    def _decide(
        self, time: float, events: Mapping[int, Event], robot: RobotState | None, crowd: CrowdState,
        rows: Mapping[int, int], yaws: Mapping[int, float],
    ) -> None:  # fmt: skip
        people = sorted(events)
        observations = [self.observe(person, events[person], time, robot, crowd, rows, yaws) for person in people]
        for person, observation, decision in zip(people, observations, self._planner.decide(observations), strict=True):
            if person in self.chats.partners:  # somebody has just begun to talk with it
                continue
            self._record(
                "decision",
                entity=person,
                event=events[person],
                activity=decision.activity,
                act=decision.act,
                goal=decision.goal,
                target=decision.target,
                speed=decision.speed,
                minutes=decision.minutes,
                hazards=list(decision.hazards),
                reason=decision.reason,
                decided_by=decision.decided_by,
            )
            self._carry_out(person, observation, decision, time, robot, crowd, rows)

    def observe(
        self, person: int, event: Event, time: float, robot: RobotState | None, crowd: CrowdState,
        rows: Mapping[int, int], yaws: Mapping[int, float],
    ) -> PersonObservation:  # fmt: skip
        """Return what somebody senses, remembers and needs."""
        life, row = self.lives[person], rows.get(person)
        place = life.venue.position if row is None else tuple(crowd.positions[row].tolist())
        seen = () if row is None else self._senses.look(
            person, row, yaws[person], crowd, robot, self._names[person] | self._strangers(person, rows), {},
        )  # fmt: skip
        sees_robot = any(one.kind == "robot" for one in seen)
        heard, life.heard = tuple(life.heard), []
        names = (*self._venues.names, HOME)
        venues = [*self._venues.all, self._venues.out(HOME, person)]
        around = [0.0 if self._is_at(life, venue) else math.dist(place, venue.position) for venue in venues]
        memories = self._remember(person, event, seen, heard, time)
        minute = self.minute(time)
        coming = [step for step in life.plan.steps if step.end > minute][: 1 + AHEAD]
        return PersonObservation(
            time=time,
            person_id=person,
            position=(float(place[0]), float(place[1])),
            yaw=yaws.get(person, 0.0),
            activity=life.state if row is None else self.chats.activity(person, crowd.activities[row]),
            heard=heard,
            robot=None if robot is None or not sees_robot else (robot.x, robot.y),
            event=event,
            persona=life.persona,
            needs=life.needs,
            minute=minute,
            plan=tuple((step.activity, self._plan_place(step, life), step.end) for step in coming),
            seen=seen,
            memories=memories,
            places=names,
            around=tuple(around),
        )

    def _carry_out(
        self, person: int, observation: PersonObservation, decision: Decision, time: float, robot: RobotState | None,
        crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Turn a decision into what is done."""
        life = self.lives[person]
        minutes = decision.minutes if decision.minutes is not None else self._left(life, time)
        life.until = time + max(LEAST, minutes * MINUTE)
        speed = None if decision.speed is None else float(np.clip(decision.speed, *SPEEDS))
        other = _number(decision.target)
        if decision.activity in ("wait", "go") and life.step is not None:
            named = [activity for activity in ACTIVITIES if decision.goal.startswith(activity)]
            life.doing = max(named, key=len, default=life.step.activity)
        if decision.activity == "wait":
            under_way = life.state in ("going", "leaving") and person in rows
            if under_way and decision.target != life.venue.name:
                self.orders[person], life.diverted = Order(kind="hold"), True
            elif life.doing in ROAMS and life.state in ("there", "inside"):
                life.until = min(life.until, time + self._linger(life))
        elif decision.activity == "talk":
            if other is not None and other != 0 and other in self.lives and other in rows and person in rows:
                self._talk(person, other, decision, time, crowd, rows)
                return
        elif decision.activity == "go" and other is None:
            self._go(person, life, decision.target, speed, time, rows)
        elif person in rows:
            self._move(person, life, decision, other, speed, robot, crowd, rows)
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
                self.orders[person], life.diverted = Order(kind="resume", speed=speed), False
            elif life.last.get("stuck") == time:
                self._set_out(person, life, venue, speed, time)
            return
        if not self._is_at(life, venue):
            self._travel(person, life, venue, speed, time, rows)

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
        life.venue, life.moved, life.diverted = venue, (math.inf, math.inf, time), False
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
        robot: RobotState | None, crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Let somebody approach, keep away from, run from or follow another, the robot or a place, for a while."""
        here = crowd.positions[rows[person]]
        if other is None:
            there = np.array(self._venue(decision.target, life).position)
        elif other == 0 and robot is not None:
            there = np.array([robot.x, robot.y])
        elif other in rows:
            there = crowd.positions[rows[other]]
        else:
            return
        if decision.activity == "follow":
            self.orders[person], life.diverted = Order(kind="follow", person=other or None), True
            return
        spot = self._senses.beside(here, there, decision.activity)
        if spot is not None:
            self.orders[person], life.diverted = Order(kind="go", target=spot, speed=speed), True
            life.moved = (math.inf, math.inf, self._time)

    def _say(
        self, person: int, decision: Decision, to: int | None, time: float, robot: RobotState | None,
        crowd: CrowdState, rows: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Let somebody say words to another, to the robot, or to whoever spoke or hears it: those will decide."""
        here = crowd.positions[rows[person]]
        near = {
            one: crowd.positions[row]
            for one, row in rows.items()
            if one != person and self._senses.hears(here, crowd.positions[row], EARSHOT)
        }
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
            if one in self.lives:
                ends[one] = time + max(LEAST, self._left(self.lives[one], time) * MINUTE)
                self.lives[one].met[person if one == other else other] = time
        people = (person, other, *self._company(person, other, crowd, rows))
        own = decision if decision.utterance and decision.generated_by != "template" else None  # else it greets anyhow
        self.chats.begin(people, time, crowd, rows, ends, own)

    def _company(self, person: int, other: int, crowd: CrowdState, rows: Mapping[int, int]) -> list[int]:
        """Return who joins two who talk: who knows one of them, is near, and has time."""
        place = crowd.positions[rows[other]]
        knows = self.lives[person].persona.relationships.keys() | (
            self.lives[other].persona.relationships.keys() if other in self.lives else set()
        )
        near = [
            one
            for one in sorted(knows - {person, other})
            if one in rows and one in self.lives and self.lives[one].state == "there"
            and one not in self.chats.partners and math.dist(crowd.positions[rows[one]], place) < 2 * MEET
        ]  # fmt: skip
        return [one for one in near if self._senses.sees(crowd.positions[rows[one]], place)]

    def _go_on(self, person: int, time: float) -> None:
        """Let somebody whose talk is over go on with what it did."""
        life = self.lives.get(person)
        if life is not None:
            self.orders[person] = Order(kind="resume")
            life.until = min(life.until, time + TICK)

    # ---------------------------------------------------------------- who, what, where

    def _left(self, life: Life, time: float) -> float:
        """Return the minutes left of what is planned."""
        minute = self.minute(time)
        return float(life.plan.at(minute).end - minute)

    def _venue(self, name: str, life: Life) -> Venue:
        return self._venues.find(name, life.persona.id)

    def _plan_place(self, step: Step, life: Life) -> str:
        """Return the name among the places of this scene of where a step is, "home" for what is not here."""
        if step is life.step and step.activity in ROAMS and life.doing == step.activity and not life.venue.away:
            return life.venue.name  # wherever it has roamed to
        venue = self._venue(step.place, life)
        return HOME if venue.away else venue.name

    def _is_at(self, life: Life, venue: Venue) -> bool:
        at = life.state in ("away", "inside", "there")
        return at and (life.venue.name == venue.name or (life.venue.away and venue.away))

    def _known(self, person: Persona) -> dict[int, tuple[str, str]]:
        """Return what somebody calls those it knows, and what they are to it."""
        names = {number: life.persona.name for number, life in self.lives.items()}
        return {other: (names[other], kind) for other, kind in person.relationships.items() if other in names}

    def _strangers(self, person: int, rows: Mapping[int, int]) -> dict[int, tuple[str, str]]:
        known = self._names[person]
        return {other: (self._looks.get(other, "somebody"), "") for other in rows if other not in known}

    def _remember(
        self, person: int, event: Event, seen: Sequence[object], heard: Sequence[Heard], time: float
    ) -> tuple[str, ...]:
        """Return what comes to somebody's mind where others are about."""
        if event not in ("met", "addressed", "robot", "hazard"):
            return ()
        query = " ".join([event, *(getattr(one, "name", "") for one in seen[:3]), *(words.text for words in heard)])
        found = self._store.retrieve(person, query, now=self._hour * HOUR + time, count=MEMORIES)
        return tuple(one.memory.text for one in found)

    def _announce(self, life: Life, time: float) -> None:
        """Record what is planned from now on."""
        assert life.step is not None
        venue = self._venue(life.step.place, life)
        self._record(
            "plan",
            entity=life.persona.id,
            doing=life.step.activity,
            place=venue.name,
            reason=life.step.reason,
            end=round(time + self._left(life, time) * MINUTE - time % MINUTE, 3),
        )

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


def _place(crowd: CrowdState, rows: Mapping[int, int], person: int) -> tuple[float, float]:
    row = rows.get(person)
    return (math.inf, math.inf) if row is None else (float(crowd.positions[row, 0]), float(crowd.positions[row, 1]))
