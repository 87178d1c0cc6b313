"""The lives of those who live in a scene: plans, needs, whereabouts, and what they decide when something happens.

Somebody deliberates on events (the next part of its plan, arrived, a need, somebody it knows, a robot, stuck), never in
every step; all who do so at one time are asked in one batch. What is decided becomes orders to the crowd and talks.
Whoever is inside a shop or at home is not in the scene, and lives on there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from crowd.trajectory import CrowdState, Order
from embodied.chats import Chats
from embodied.doings import MEET, MINUTE, PASSED, ROAMS, TICK, Doings, Life
from embodied.episode import Decision, Event, Heard, PersonObservation, Planner
from embodied.minds.decision import REASON
from embodied.minds.memory import MemoryStore
from embodied.minds.needs import NONE
from embodied.minds.persona import Persona
from embodied.minds.planning import ASLEEP, GAINS, Step, plan_day
from embodied.minds.venues import HOME, Venues
from embodied.minds.voice import Voice
from embodied.people_guard import PeopleGuard
from embodied.person_senses import PersonSenses
from embodied.seeding import stream
from scenes.backend import RobotState

HOUR = 3600.0  # s
SETTLED = 1.0  # m from where it was to stand
MEET_AGAIN = 600.0  # s until acquaintances notice each other again
ROBOT, ROBOT_AGAIN = 4.0, 30.0  # m at which a robot is noticed; s until again
HAZARD_AGAIN = 120.0  # s until what looks dangerous makes somebody decide again
STUCK, PROGRESS = 8.0, 0.5  # s without so many metres
BLOCKED, BACKING = 1.2, 4.0  # m to who may be in the way; s for which one backs out of a corner
NEED_AGAIN = 1800.0  # s until an unmet need makes somebody decide again
MEMORIES = 6  # that come to mind
EACH = 10  # minutes between two records of needs
AHEAD = 2  # further parts of the plan that are in mind


class Lives(Doings):
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
        voice: Voice | None = None,
        guard: PeopleGuard | None = None,
    ) -> None:
        """Begin the day at `hour` (0 to 24), everybody where its plan has it.

        Args:
            record: `record(type, **fields)` logs an event. people: who lives here. seed: of the episode.
            planner: decides. venues: makes where one can go, asked where anybody lives. senses: what people see.
            store: what they remember. looks: person_id -> what somebody looks like to who does not know it.
            voice: who words what they say to each other; None: templates.
            guard: sends back ways that lead through dangers in view; None: nobody does.
        """
        self._guard = guard
        self._record, self._planner, self._senses, self._store = record, planner, senses, store
        if people:
            self._venues = venues()
        self._hour, self._looks = hour, looks
        self.orders: dict[int, Order] = {}
        self.chats = Chats(record, senses, store, {person.id: person for person in people}, seed, hour * HOUR, voice)
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
                persona=person, plan=plan, needs=needs, venue=self._venues.find(step.place, person.id),
                rng=stream(seed, "lives", person.id),
            )  # fmt: skip
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
        self._meet(time, crowd, rows, robot, busy, yaws, events)
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
            if life.detour is not None:
                if math.dist((x, y), life.detour[:2]) < PASSED or time > life.detour[2]:
                    self._resume(person, life, time)
            elif life.wary and not life.diverted:
                self._skirt(person, life, crowd, rows)
            if math.dist((x, y), life.moved[:2]) > PROGRESS:
                life.moved = (x, y, time)
            elif not life.diverted and time - life.moved[2] > STUCK:
                again = time - life.last.get("stuck", -math.inf) < 2 * STUCK
                life.last["stuck"], life.moved = time, (x, y, time)
                self.orders[person] = Order(kind="leave" if life.venue.inside else "settle", target=life.spot)
                gaps = np.hypot(*(crowd.positions - (x, y)).T)
                if np.count_nonzero(gaps < BLOCKED) > 1:
                    return "stuck"
                back = self._senses.beside(crowd.positions[here], np.array(life.spot), "avoid") if again else None
                if back is not None:  # nobody is in the way, it is a corner: back out of it, and on from there
                    self.orders[person], life.diverted = Order(kind="go", target=back), True
                    life.until = time + BACKING
                return None
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
        yaws: Mapping[int, float], events: dict[int, Event],
    ) -> None:  # fmt: skip
        """Find who notices somebody it knows, the robot, or what looks dangerous."""
        for person, life in self.lives.items():
            if person not in rows or person in busy or person in self.chats.partners:
                continue
            here = crowd.positions[rows[person]]
            if person not in events and life.state in ("there", "going", "leaving"):
                for danger, _, _ in self._senses.dangers(here, yaws[person]):
                    if time - life.last.get(danger.name, -math.inf) > HAZARD_AGAIN:
                        life.last[danger.name] = time
                        events[person] = "hazard"
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
            if self._guard is not None and person in rows and decision.activity == "go":
                decision = self._revise(self._guard, person, observation, decision, time, robot, crowd, rows)
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

    def _revise(
        self, guard: PeopleGuard, person: int, observation: PersonObservation, decision: Decision, time: float,
        robot: RobotState | None, crowd: CrowdState, rows: Mapping[int, int],
    ) -> Decision:  # fmt: skip
        """Return a decision to go, or where its way leads through a danger in view what is decided in its place.

        The planner is asked once more; where it still goes there, somebody sets out and keeps away from the danger.
        """
        life, here = self.lives[person], crowd.positions[rows[person]]
        if not decision.target and life.state not in ("going", "leaving"):
            return decision
        there = self._venue(decision.target, life).position if decision.target else life.spot
        dangers = [danger for danger, _, _ in self._senses.dangers(here, observation.yaw)]
        danger = guard.object(here, np.array(there), decision.speed, dangers)
        if danger is None:
            return decision
        (again,) = self._planner.decide([replace(observation, event="hazard")])
        if again.activity in ("go", "avoid"):
            self._carry_out(person, observation, decision, time, robot, crowd, rows)
            again = replace(decision, activity="avoid", target="", hazards=(danger.name,), reason=again.reason)
        return replace(again, reason=f"monitor: the way leads through {danger.name}; {again.reason}"[:REASON])

    def observe(
        self, person: int, event: Event, time: float, robot: RobotState | None, crowd: CrowdState,
        rows: Mapping[int, int], yaws: Mapping[int, float],
    ) -> PersonObservation:  # fmt: skip
        """Return what somebody senses, remembers and needs."""
        life, row = self.lives[person], rows.get(person)
        place = life.venue.position if row is None else tuple(crowd.positions[row].tolist())
        seen = () if row is None else self._senses.look(
            person, row, yaws[person], crowd, robot, self._names[person] | self._strangers(person, rows),
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

    # ---------------------------------------------------------------- who, what, where

    def _plan_place(self, step: Step, life: Life) -> str:
        """Return the name among the places of this scene of where a step is, "home" for what is not here."""
        if step is life.step and step.activity in ROAMS and life.doing == step.activity and not life.venue.away:
            return life.venue.name  # wherever it has roamed to
        venue = self._venue(step.place, life)
        return HOME if venue.away else venue.name

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


def _place(crowd: CrowdState, rows: Mapping[int, int], person: int) -> tuple[float, float]:
    row = rows.get(person)
    return (math.inf, math.inf) if row is None else (float(crowd.positions[row, 0]), float(crowd.positions[row, 1]))
