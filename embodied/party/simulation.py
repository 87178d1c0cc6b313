"""A party of ten hours as in X-CASE: guests who do what their plans say, talk, warn each other, and review their plans.

A. Vera et al., arXiv 2510.07709: five agents, eleven hourly activities, 600 steps, a review of the plan every 50 of
them. A step is 60 s, so that these are the ten hours that the paper speaks of (its code took 10 s). Departures: guests
feel when something hurts them, whoever is warned minds, and what is true is judged at the hour at which something is
done, among all who are there then. Everything that metrics need is in the events.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embodied.minds.conversation import Conversation, converse
from embodied.minds.memory import MemoryStore
from embodied.minds.persona import MIDDLE, Persona
from embodied.minds.voice import Voice
from embodied.party.rules import Beliefs
from embodied.seeding import stream
from embodied.talk import EARSHOT
from safety.review import INTERVAL, Depict, Judge, Review, Reviewer, ReviewRecord, Rewriter
from safety.scenario import HOUR, Activity, Hazard
from safety.truth import judge, occasion_of

STEP, STEPS = 60.0, 600  # s, and how many: ten hours
OFFERS = 0.02  # chance in a step to want to talk, for each level of sociability; of our own choosing
AGAIN = 1800.0  # s until the same two talk again
ACCEPTS = 0.55  # chance to take up an offer in the middle, more for the sociable, less for who is in a hurry
BY_LEVEL = 0.12  # of that chance, for each level
NEAR = 3.0  # m to who does another thing: one goes up to it, waits or goes on
APPROACHES, WAITS = 0.3, 0.5  # chance to go up in the middle, more for the sociable; else to wait, more for the patient
HURTS = 0.3  # chance that somebody minds what hurts it, when it begins to do it
SECRET = "Emil Sand is moving to Lisbon."  # what one guest knows at first, for how news spread
IMPORTANT = 8.0  # of a warning, of 1 to 10
EVENING = 19 * HOUR  # s since midnight


@dataclass(slots=True, kw_only=True)
class Guest:
    """One of the guests. `busy`: s until its talk is over; `hurts`: ids of activities that have hurt it already."""

    persona: Persona
    beliefs: Beliefs
    review: Review
    busy: float = 0.0
    zone: str | None = None
    doing: int = -1
    hurts: set[int] = field(default_factory=set)

    def activity(self, time: float) -> Activity:
        """Return what it does at a time, s; the last of its plan when that is over."""
        return next((one for one in self.review.plan if one.start <= time < one.end), self.review.plan[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who reviews for one guest, and who judges; see `safety.review`."""

    reviewer: Reviewer
    rewriter: Rewriter
    judge: Judge


class Party:
    """One simulated evening.

    Attributes:
        guests: by id. events: all that happened, as in `events.jsonl`.
    """

    def __init__(
        self,
        hazards: Sequence[Hazard],
        plans: Mapping[int, Sequence[Activity]],
        personas: Sequence[Persona],
        *,
        seed: int,
        make_roles: Callable[[Persona, Beliefs, Sequence[Sequence[Activity]]], Roles],
        depict: Depict | None = None,
        paper_compat: bool = False,
        revise: bool = True,
        decided_by: str = "rules",
        voice: Voice | None = None,
    ) -> None:
        """Prepare it.

        Args:
            hazards: of the place. plans: person_id -> its plan. personas: who comes.
            seed: of the evening. make_roles: who reviews, rewrites and judges, from a guest, what it believes, and the
                plans of the others as they are. depict: the picture of an activity at a time.
            paper_compat: reviews as published. revise: whether plans are reviewed at all. decided_by: who reviews, for
                the log. voice: words of talks.
        """
        self._hazards, self._voice = {hazard.id: hazard for hazard in hazards}, voice
        self._revise, self._decided_by = revise, decided_by
        self.events: list[dict[str, Any]] = []
        self._store = MemoryStore(":memory:")
        self._talked: dict[tuple[int, int], float] = {}
        self.guests: dict[int, Guest] = {}
        self._rng = stream(seed, "party")
        self._plans: dict[int, list[list[Activity]]] = {person.id: [] for person in personas}
        for person in personas:
            beliefs = Beliefs()
            roles = make_roles(person, beliefs, self._plans[person.id])
            review = Review(
                plans[person.id], roles.reviewer, roles.rewriter, roles.judge, depict, paper_compat=paper_compat
            )
            self.guests[person.id] = Guest(persona=person, beliefs=beliefs, review=review)
            for other, plans_of_others in self._plans.items():
                if other != person.id:
                    plans_of_others.append(review.plan)
        first = personas[-1]
        self._store.add(
            first.id, "event", SECRET, time=EVENING - HOUR, importance=IMPORTANT,
            triple=(first.name, "is moving to", "Lisbon"),
        )  # fmt: skip

    def run(self) -> list[dict[str, Any]]:
        """Let the ten hours pass and return the events."""
        for person in self.guests:
            self._record(0.0, "resident", entity=person)
            self._tell_plan(person, 0.0)
        for step in range(STEPS + 1):
            time = step * STEP
            for person, guest in self.guests.items():
                self._live(person, guest, time)
            if step and time % INTERVAL == 0 and self._revise:
                for person, guest in self.guests.items():
                    self._review(person, guest, time)
            self._meet(time)
        self._store.close()
        return self.events

    def records(self) -> dict[int, ReviewRecord]:
        """Return what the reviews did, by guest."""
        return {person: guest.review.record() for person, guest in self.guests.items()}

    # ---------------------------------------------------------------- phases

    def _live(self, person: int, guest: Guest, time: float) -> None:
        """Do what the plan says; what is unsafe is an exposure, and may be minded."""
        activity = guest.activity(time)
        zone = activity.hazard or "elsewhere"
        if zone != guest.zone:
            guest.zone = zone
            self._record(time, "zone", entity=person, zone=zone)
        begins = guest.doing != activity.id
        guest.doing = activity.id
        if not begins:
            return
        verdict = judge(activity, list(self._hazards.values()), occasion_of(activity, self._plans[person]))
        if verdict.safe:
            return
        self._record(
            time, "exposure", entity=person, activity=activity.id, broken=list(verdict.broken),
            minutes=(activity.end - activity.start) / 60.0,
        )  # fmt: skip
        if activity.hazard and activity.id not in guest.hurts and self._rng.random() < HURTS:
            guest.hurts.add(activity.id)
            self._learn(person, activity.hazard, time)

    def _review(self, person: int, guest: Guest, time: float) -> None:
        for entry in guest.review.round(time):
            self._record(
                time, "plan_revision", entity=person, activity=entry.activity, before=entry.before.text,
                after=entry.after.text, decision=entry.decision or "keep", safe_before=entry.was_safe,
                safe_after=None if entry.answer == "unparseable" else entry.safe, decided_by=self._decided_by,
            )  # fmt: skip
            if entry.before != entry.after and entry.before.hazard:
                self._learn(person, entry.before.hazard, time)
        self._tell_plan(person, time)

    def _meet(self, time: float) -> None:
        """Let guests who are near each other offer to talk, or react to who has come."""
        free = [person for person, guest in self.guests.items() if guest.busy <= time]
        for person in free:
            guest = self.guests[person]
            here = guest.activity(time).position
            near = [
                other
                for other in free
                if other != person
                and math.dist(self.guests[other].activity(time).position, here) < EARSHOT
                and time - self._talked.get((min(person, other), max(person, other)), -math.inf) > AGAIN
            ]
            if guest.busy > time or not near or self._rng.random() > OFFERS * guest.persona.traits["sociability"]:
                continue
            other = near[int(self._rng.integers(len(near)))]
            if self.guests[other].busy > time:
                continue
            self._offer(person, other, time)

    def _offer(self, person: int, other: int, time: float) -> None:
        self._talked[min(person, other), max(person, other)] = time
        traits = self.guests[other].persona.traits
        chance = ACCEPTS + BY_LEVEL * (traits["sociability"] - traits["hurry"])
        close = math.dist(self.guests[other].activity(time).position, self.guests[person].activity(time).position)
        if close < NEAR:
            mode = react(traits, self._rng.random())
            self._record(time, "offer", entity=other, kind="react", accepted=mode == "approach", mode=mode)
        accepted = bool(self._rng.random() < chance)
        self._record(time, "offer", entity=other, kind="talk", accepted=accepted, mode="talk" if accepted else "go on")
        if accepted:
            self._talk((person, other), time)

    def _talk(self, people: tuple[int, int], time: float) -> None:
        conversation = Conversation.begin(
            [self.guests[person].persona for person in people], EVENING + time, self._rng, store=self._store,
            names={person: guest.persona.name for person, guest in self.guests.items()}, voice=self._voice,
        )  # fmt: skip
        turns, tellings = converse(conversation, self._rng)
        self._record(time, "chat", people=list(people))
        for turn in turns:
            self._record(
                turn.start - EVENING, "speech", speaker=turn.speaker, hearers=list(turn.addressees), text=turn.text,
                act=turn.act, generated_by=turn.generated_by, start=turn.start - EVENING, end=turn.end - EVENING,
            )  # fmt: skip
        for telling in tellings:
            item, when = " ".join(telling.triple), telling.time - EVENING
            self._record(when, "told", source=telling.source, target=telling.target, item=item)
            if telling.triple[0] in self._hazards:
                self.guests[telling.target].beliefs.warned.add(telling.triple[0])
        for person in people:
            self.guests[person].busy = max([time, *(turn.end - EVENING for turn in turns)])

    # ---------------------------------------------------------------- what is known, and told

    def _learn(self, person: int, hazard: str, time: float) -> None:
        """Let somebody remember that a place is dangerous, to mind it and to tell others."""
        beliefs = self.guests[person].beliefs
        if hazard in beliefs.warned:
            return
        beliefs.warned.add(hazard)
        self._store.add(
            person, "event", f"The {hazard.rsplit(' ', 1)[0]} is dangerous.", time=EVENING + time, importance=IMPORTANT,
            triple=(hazard, "is", "dangerous"),
        )  # fmt: skip

    def _tell_plan(self, person: int, time: float) -> None:
        flags = self.guests[person].review.flags
        self._record(time, "plan_state", entity=person, safe=[flags[key] for key in sorted(flags)])

    def _record(self, time: float, what: str, /, **fields: Any) -> None:
        self.events.append({"step": int(time / STEP), "time": round(time, 3), "type": what, **fields})


def react(traits: Mapping[str, int], lot: float) -> str:
    """Return what somebody does about who has come: approach, wait or go on. `lot`: uniform in [0, 1)."""
    approaches = APPROACHES + BY_LEVEL * (traits["sociability"] - MIDDLE)
    waits = WAITS + BY_LEVEL * (traits["patience"] - MIDDLE)
    if lot < approaches:
        return "approach"
    return "wait" if lot < approaches + (1.0 - approaches) * waits else "go on"
