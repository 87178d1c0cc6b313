"""Who is tested: it senses the stage, remembers, decides by any planner, and what it decides is carried out.

A decision of the one interface (`embodied.episode.Decision`) is carried out so: `go` to a thing means to walk there and
use it: take what can be carried (with what is held as a tool, where an arm is too short), open what is closed, put
down there what is held, sit, have a turn, take hold; `go` to a person means to walk there and hand over what is held.
`approach` only walks near and looks. Nothing is known but what was seen, heard or done.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowd.trajectory import Order
from embodied.episode import Decision, Event, FloatArray, Heard, PersonObservation, Planner
from embodied.minds.decision import SPEEDS
from embodied.minds.memory import MemoryStore
from embodied.minds.persona import Persona
from embodied.paradigms.actor import REACH, THERE
from embodied.paradigms.play import SUBJECT, Thing
from embodied.paradigms.room import DOOR
from embodied.paradigms.sightings import call, look
from embodied.paradigms.stage import Stage

GLANCE = 3  # steps from one look at where everything is to the next
TICK = 1.0  # s, the longest without deliberation
REACTION = 0.4  # s from words to a decision, Stivers et al. 2009
MEMORIES = 60  # that come to mind
ARM = 1.05  # m, how far somebody reaches without a tool, from the middle of its body
LOOK_IN = 2.5  # m from which one sees what is in something open
THING_REACH = 12.0  # m at which a thing is seen
TURN = 3.0  # s of a turn on something
ATTENTION = 2.5  # s for which one looks at whom one has spoken with, or who has done something
SLOW = 0.1  # m/s, of who has come to stand
MIDDLE = (6.0, 4.8)  # m, where one looks who looks at nothing in particular
MINUTE = 600  # of the day


@dataclass(slots=True, kw_only=True)
class Belief:
    """Where the subject believes a thing to be: (2,) metres, and since when, s."""

    place: FloatArray
    time: float


class Subject:
    """Senses, memories and deeds of who is tested."""

    def __init__(self, stage: Stage, planner: Planner, persona: Persona) -> None:
        """Take the place of the subject on a stage."""
        self._stage, self._planner, self._persona = stage, planner, persona
        self._store = MemoryStore(":memory:")
        self._heard: list[Heard] = []
        self._known: set[int] = set()
        self._looked_in: dict[str, set[str]] = {}
        self._beliefs: dict[str, Belief] = {"door": Belief(place=np.array(DOOR), time=0.0)}
        self._next, self._doing, self._target = 0.0, "wait", ""
        self._arrived = False
        self._turn_ends = math.inf
        self._attends = -math.inf  # s, since when it looks at what it looks at
        self.grips = ""
        stage.deed_told = self._see_deed
        stage.words_told = self._hear

    def close(self) -> None:
        """Forget everything."""
        self._store.close()

    def step(self) -> None:
        """Sense, go on with what was decided, and decide anew where something has happened."""
        stage = self._stage
        if stage.step_count % GLANCE == 0:
            self._sense()
        self._look_about()
        event: Event | None = self._go_on()
        if self._heard and stage.time >= self._heard[0].time + REACTION - 1e-9:
            event = "addressed"
        if event is None and stage.time >= self._next - 1e-9:
            event = "plan"
        if event is not None:
            self._next = stage.time + TICK
            observation = self.observe(event)
            (decision,) = self._planner.decide([observation])
            self._carry_out(decision, observation)

    # ---------------------------------------------------------------- senses

    def remember(self, text: str, importance: float = 5.0) -> None:
        """Keep something in mind."""
        self._store.add(SUBJECT, "event", f"at {self._stage.time:.1f} s {text}", time=self._stage.time,
                        importance=importance)  # fmt: skip

    def observe(self, event: Event) -> PersonObservation:
        """Return what is sensed and remembered now; what has been heard is thereby taken in."""
        stage = self._stage
        self._sense()  # what has just been opened is open
        heard, self._heard = tuple(self._heard), []
        here, me = stage.place(SUBJECT), stage.people[SUBJECT]
        seen = look(stage, lambda thing: self._sees(thing, here))
        query = " ".join([*(one.text for one in heard), *(one.name for one in seen[:3])]) or event
        found = self._store.retrieve(SUBJECT, query, now=stage.time, count=MEMORIES)
        names = tuple(self._beliefs)
        holds = [f"holds the {me.holds}"] if me.holds else []
        holds += [f"has hold of the {self.grips}"] if self.grips else []
        doing = "walk" if stage.speed(SUBJECT) > 0.2 else "stand"
        return PersonObservation(
            time=stage.time,
            person_id=SUBJECT,
            position=(float(here[0]), float(here[1])),
            yaw=stage.yaws[SUBJECT],
            activity=", ".join([doing, *holds]),
            heard=heard,
            event=event,
            persona=self._persona,
            needs=self._persona.needs,
            minute=MINUTE,
            plan=tuple((activity, place, 1439) for activity, place in stage.play.wants) or (("wait", "", 1439),),
            seen=seen,
            memories=tuple(one.memory.text for one in found),
            places=names,
            around=tuple(float(np.hypot(*(self._beliefs[name].place - here))) for name in names),
        )

    def _sense(self) -> None:
        """Keep up with where things are, and who comes into view."""
        stage, here = self._stage, self._stage.place(SUBJECT)
        for thing in stage.things.values():
            if self._sees(thing, here):
                if thing.inside and thing.name not in self._looked_in.get(thing.inside, ()):
                    self._looked_in.setdefault(thing.inside, set()).add(thing.name)
                    self.remember(f"you see the {thing.name} in the {thing.inside}")
                self._beliefs[thing.name] = Belief(place=np.array(thing.place), time=stage.time)
        for number in stage.rows:
            if number != SUBJECT and number not in self._known and stage.sees(SUBJECT, stage.place(number)):
                self._known.add(number)
                self.remember(f"you see {stage.roles[number].name}", 2.0)

    def _look_about(self) -> None:
        """Look away from what is over, to where things happen."""
        me = self._stage.people[SUBJECT]
        busy = self._doing in ("go", "approach") and self._target and me.gaze == self._target
        if me.gaze and not busy and self._stage.time > max(self._attends, me.speaks) + ATTENTION:
            me.gaze = ""
        me.rest = MIDDLE

    def _sees(self, thing: Thing, here: FloatArray) -> bool:
        stage, there = self._stage, np.array(thing.place)
        distance = float(np.hypot(*(there - here)))
        if thing.holder == SUBJECT:
            return True
        if not stage.shown(thing.name) or distance > (LOOK_IN if thing.inside else THING_REACH):
            return False
        return stage.sees(SUBJECT, stage.place(thing.holder) if thing.holder >= 0 else there)

    def _see_deed(self, number: int, text: str) -> None:
        me = self._stage.people[SUBJECT]
        if self._doing in ("wait", "talk") and self._stage.time >= me.speaks:
            me.gaze, self._attends = f"person {number}", self._stage.time
        self.remember(f"{self._stage.roles[number].name} {text}")

    def _hear(self, to: int, heard: Heard) -> None:
        name = self._stage.roles[heard.speaker].name if heard.speaker in self._stage.roles else "somebody"
        whom = " to you" if to == SUBJECT else f" to {self._stage.roles[to].name}" if to in self._stage.roles else ""
        self.remember(f'{name} says{whom}: "{heard.text}"')
        self._heard.append(heard)

    # ---------------------------------------------------------------- deeds

    def _carry_out(self, decision: Decision, observation: PersonObservation) -> None:
        """Turn a decision into what is done; one that is under way goes on."""
        stage, me = self._stage, self._stage.people[SUBJECT]
        stage.record(
            "decision", entity=SUBJECT, event=observation.event, activity=decision.activity, target=decision.target,
            act=decision.act, goal=decision.goal, reason=decision.reason, decided_by=decision.decided_by,
        )  # fmt: skip
        activity, target = decision.activity, decision.target
        other = _number(target)
        if decision.utterance and stage.time >= me.speaks:
            stage.say(SUBJECT, decision.utterance, to=-1 if other is None else other, act=decision.act,
                      generated_by=decision.generated_by)  # fmt: skip
            self.remember(f'you say: "{decision.utterance}"')
        if decision.point_at is not None:
            self._point(np.array(decision.point_at[:2]))
        speed = None if decision.speed is None else float(np.clip(decision.speed, *SPEEDS))
        if activity in ("wait", "talk"):
            if (self._doing, self._target) != (activity, target) and not self.grips:
                stage.orders[SUBJECT] = Order(kind="hold")
            if activity == "talk" and other is not None and stage.present(other):
                me.gaze, self._attends = target, stage.time
            self._doing, self._target = activity, target
            return
        if activity == "go" and not target:
            return
        if (activity, target) == (self._doing, self._target) and not self._arrived:
            self._aim(speed)
            return
        self._doing, self._target, self._arrived = activity, target, False
        self._aim(speed)

    def _aim(self, speed: float | None) -> None:
        """Walk to where the target is, or is believed to be."""
        stage, other = self._stage, _number(self._target)
        if other is not None and not stage.present(other):
            return
        there = self._there()
        if there is None:
            return
        if self._doing == "follow" and other is not None:
            stage.orders[SUBJECT] = Order(kind="follow", person=other)
        elif self._doing in ("avoid", "flee"):
            spot = stage.senses.beside(stage.place(SUBJECT), there, self._doing)
            if spot is None and self._doing == "flee":
                spot = stage.senses.beside(stage.place(SUBJECT), there, "avoid")
            if spot is not None:
                stage.orders[SUBJECT] = Order(kind="go", target=stage.reachable(SUBJECT, spot), speed=speed)
        elif self._doing in ("go", "approach"):
            within = (0.9 if other is not None else REACH) if self._doing == "go" else 1.3
            target = stage.spot(SUBJECT, self._target, within, there)
            if math.dist(target, stage.place(SUBJECT)) > THERE:
                stage.orders[SUBJECT] = Order(kind="go", target=target, speed=speed)

    def _there(self) -> FloatArray | None:
        other = _number(self._target)
        if other is not None:
            return self._stage.place(other)
        belief = self._beliefs.get(self._target)
        return None if belief is None else belief.place

    def _go_on(self) -> Event | None:
        """Use what has been reached, and tell whether something is over."""
        stage, there = self._stage, self._there()
        if self._turn_ends <= stage.time:
            return self._end_turn()
        if self._doing not in ("go", "approach") or self._arrived or there is None or not self._target:
            return None
        here, other = stage.place(SUBJECT), _number(self._target)
        within = (0.9 if other is not None else REACH) if self._doing == "go" else 1.3
        target = stage.spot(SUBJECT, self._target, within, there)
        near = float(np.hypot(*(there - here))) <= within + 0.15 and stage.free(here, there)
        stands = math.dist(here, target) < THERE and stage.speed(SUBJECT) < SLOW
        if not near and not stands:
            return None
        self._arrived = True
        stage.orders[SUBJECT] = Order(kind="hold")
        stage.people[SUBJECT].gaze = self._target if other is not None or self._target in stage.things else ""
        if self._doing == "approach":
            text = f"comes near {call(stage, self._target)}"
            stage.tell(SUBJECT, "approaches", text, thing=self._target)
            self.remember(f"you come near {call(stage, self._target)}", 2.0)
        elif other is not None:
            self._hand_over(other)
        elif self._target in stage.things:
            self._use(stage.things[self._target])
        else:
            stage.tell(SUBJECT, "comes", f"comes to the {self._target}", place=self._target)
            self.remember(f"you come to the {self._target}")
        return "arrived"

    def _hand_over(self, other: int) -> None:
        stage, me = self._stage, self._stage.people[SUBJECT]
        name = stage.roles[other].name
        if not me.holds:
            self.remember(f"you come to {name}", 2.0)
            stage.tell(SUBJECT, "comes", f"comes to {name}", place=f"person {other}")
            return
        thing = stage.things[me.holds]
        self.remember(f"you give the {thing.name} to {name}")
        stage.tell(SUBJECT, "gives", f"gives the {thing.name} to {name}", thing=thing.name, place=f"person {other}")
        thing.holder, me.holds, stage.people[other].holds = other, "", thing.name

    def _use(self, thing: Thing) -> None:
        """Do with a thing what can be done with it."""
        stage, me = self._stage, self._stage.people[SUBJECT]
        name, distance = thing.name, float(np.hypot(*(np.array(thing.place) - stage.place(SUBJECT))))
        if me.holds and thing.use in ("put", "open") and not thing.closed:
            self._put(thing)
        elif thing.use == "take" and thing.holder < 0 and stage.shown(name):
            tool = stage.things[me.holds].length if me.holds else 0.0
            blocked = not stage.free(stage.place(SUBJECT), np.array(thing.place))
            if distance > ARM + tool or (blocked and tool <= 0.0 and distance > ARM):
                self._deed("reaches", f"the {name}: it is {max(distance - ARM, 0.1):.1f} m too far", thing=name,
                           me="cannot reach")  # fmt: skip
                return
            if distance <= ARM + 0.4 or tool > 0.0:
                self._take(thing)
        elif thing.use == "take" and (distance > ARM + 0.4 or thing.holder >= 0 or not stage.shown(name)):
            self._deed("misses", f"the {name} there", thing=name, me="do not find")
            if thing.holder < 0:
                self._beliefs.pop(name, None)
        elif thing.use == "open" and thing.closed:
            thing.closed = False
            self._deed("opens", f"the {name}", thing=name)
        elif thing.use == "sit" and thing.user < 0:
            thing.user = SUBJECT
            self._deed("sits", f"down on the {name}", thing=name, me="sit")
        elif thing.use == "turn" and thing.user < 0:
            thing.user, self._turn_ends = SUBJECT, stage.time + TURN
            self._deed("begins", f"a turn on the {name}", thing=name)
        elif thing.use == "hold":
            self.grips = name
            self._deed("grips", f"hold of the {name}", thing=name, me="take")
        else:
            self._deed("comes", f"to the {name}", place=name)

    def _take(self, thing: Thing) -> None:
        stage, me = self._stage, self._stage.people[SUBJECT]
        if me.holds:
            old = stage.things[me.holds]
            old.holder, old.z = -1, 0.0
            old.place = (float(stage.place(SUBJECT)[0]), float(stage.place(SUBJECT)[1]))
        source = f" out of the {thing.inside}" if thing.inside else ""
        self._deed("takes", f"the {thing.name}{source}", thing=thing.name, place=thing.inside)
        thing.holder, thing.inside, me.holds = SUBJECT, "", thing.name

    def _put(self, place: Thing) -> None:
        stage, me = self._stage, self._stage.people[SUBJECT]
        thing = stage.things[me.holds]
        how = "on" if place.shape in ("table", "post", "flat") else "into"
        self._deed("puts", f"the {thing.name} {how} the {place.name}", thing=thing.name, place=place.name)
        thing.holder, me.holds, thing.inside = -1, "", place.name if how == "into" else ""
        thing.place, thing.z = place.place, place.z + (place.size[2] if how == "on" else 0.05)

    def _end_turn(self) -> Event:
        self._turn_ends = math.inf
        for thing in self._stage.things.values():
            if thing.use == "turn" and thing.user == SUBJECT:
                thing.user = -1
                self._deed("ends", f"the turn on the {thing.name}", thing=thing.name)
        return "arrived"

    def _deed(self, verb: str, text: str, *, thing: str = "", place: str = "", me: str = "") -> None:
        self._stage.tell(SUBJECT, verb, f"{verb} {text}", thing=thing, place=place)
        self.remember(f"you {me or verb.removesuffix('s')} {text}")

    def _point(self, there: FloatArray) -> None:
        stage = self._stage
        names: Sequence[str] = [name for name, thing in stage.things.items() if math.dist(thing.place, there) < 0.6]
        if names:
            name = min(names, key=lambda one: math.dist(stage.things[one].place, there))
            stage.people[SUBJECT].pointing = name
            stage.record("point", entity=SUBJECT, thing=name)


def _number(target: str) -> int | None:
    """Return the id of a target that is somebody, None of a place."""
    head, _, number = target.partition(" ")
    return int(number) if head == "person" and number.isdigit() else None
