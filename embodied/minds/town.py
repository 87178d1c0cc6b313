"""Days of a population without bodies: people follow their plans, meet, talk, remember and reflect.

As in Generative Agents (Park et al., UIST 2023) everybody has a plan of the day, and talks to who is there; how, is in
`embodied.minds.conversation`. People who live or work together, or are in one place, meet by chance, the rather the
closer and the more sociable they are. A day of 25 people takes about a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from embodied.minds.acquaintance import ADULT_AGE
from embodied.minds.conversation import Conversation, converse
from embodied.minds.exchange import TALKED, Telling, Turn
from embodied.minds.gatherings import GOING, Gathering, read_gathering
from embodied.minds.memory import MemoryStore
from embodied.minds.news import PROMISED, Fact, Triple
from embodied.minds.persona import FAMILY, MIDDLE, Persona, check_people
from embodied.minds.planning import DAY, DayPlan, Step, needs_after, plan_day, replan
from embodied.minds.reflection import reflect
from embodied.wording import the

SLOT = 5  # minutes in which people may begin to talk
# Talks that two people begin in an hour in one place, by what they are to each other: our own numbers. What comes out
# can be compared with 13 contacts a day (Mossong et al., PLoS Med. 5, 2008), of which a small town has only a part.
TALKS: Mapping[str, float] = {
    "family": 1.0, "friend": 1.5, "colleague": 0.8, "classmate": 0.8, "neighbour": 0.6, "acquaintance": 0.6, "": 0.1,
}  # fmt: skip
BUSY = 0.5  # factor while one of them is at work or at school
PREPOSITIONS = {"square": "on", "park": "in", "": "in"}  # "at" other places
OPEN_AIR = {"park": 0.5, "square": 0.5, "market": 0.5}  # factor where people may be in different corners
JOINS = 0.5  # chance that somebody else who is there joins in, for a friend of middle sociability
MOST = 4  # people in a conversation (Dunbar, Duncan and Nettle, Hum. Nat. 6, 1995)
DID = {  # activity -> how one remembers it
    "work": "worked", "learn": "had lessons", "study": "studied", "stroll": "took a walk", "shop": "went shopping",
    "meet friends": "went out", "do sport": "did some sport", "help a neighbour": "helped a neighbour",
    "play": "played", GOING: "was at a gathering",
}  # fmt: skip
EVERYDAY = 2.0  # importance of it
# What happens to people away from home, about once a day: people talk about what moves them (Rime et al., Cogn. Emot.
# 5, 1991). Words, what the triple says, importance; of our own invention.
INCIDENTS = (
    ("found a purse", "find", "purse", 5.0),
    ("lost a key", "lose", "key", 4.0),
    ("ran into an old schoolmate from abroad", "run into", "old schoolmate", 5.0),
    ("had an argument with a stranger", "argue with", "stranger", 5.0),
)
INDOORS = (
    ("slipped on the wet floor", "slip on", "wet floor", 4.0),
    ("got stuck in the door", "get stuck in", "door", 3.0),
    ("broke a glass", "break", "glass", 3.0),
)
OUTDOORS = (
    ("saw two cyclists collide", "see", "collision of cyclists", 6.0),
    ("listened to street musicians", "listen to", "street musicians", 3.0),
    ("got soaked by a shower", "get soaked by", "shower", 3.0),
    ("saw a fox", "see", "fox", 3.0),
)
HAPPENS = 0.1  # incidents in an hour away from home
SECONDS = 60.0  # of a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation that took place: s when it began and ended, where, who, and what was said."""

    start: float
    end: float
    place: str
    people: tuple[int, ...]
    turns: tuple[Turn, ...]


class TownLife:
    """A population and what happens to it.

    Attributes:
        people: person_id -> persona, by id. store: what they remember; time in it is seconds since the first midnight.
        plans: (day from 1, person_id) -> what it did on that day.
        talks: all conversations, in order. tellings: who told whom what, in order; nobody in the town reads it.
    """

    def __init__(
        self,
        people: Sequence[Persona],
        rng: np.random.Generator,
        *,
        store: MemoryStore | None = None,
        memory: bool = True,
    ) -> None:
        """Start before the first midnight.

        Args:
            people: everybody, in any order. rng: every draw comes from it.
            store: with what people remember already; by default an empty one in this process.
            memory: False: nobody keeps anything from one conversation to the next, but for what `tell` told it.

        Raises:
            ValueError: people who cannot live together, see `persona.check_people`.
        """
        check_people(people)
        self.people = {person.id: person for person in sorted(people, key=lambda person: person.id)}
        self.store = MemoryStore(":memory:") if store is None else store
        self.plans: dict[tuple[int, int], DayPlan] = {}
        self.talks: list[Talk] = []
        self.tellings: list[Telling] = []
        self._rng, self._memory = rng, memory
        self._names = {number: person.name for number, person in self.people.items()}
        self._regions = {person.home for person in people}
        self._homes = _households(self.people)
        self._needs = {number: person.needs for number, person in self.people.items()}
        self._given: list[tuple[int, Fact, float]] = []
        self._busy = dict.fromkeys(self.people, -math.inf)
        self._days = 0

    def tell(self, person_id: int, fact: Fact) -> None:
        """Let one person know a fact before the next day begins.

        Raises:
            ValueError: nobody has this id.
        """
        if person_id not in self.people:
            raise ValueError(f"person_id: expected one of the {len(self.people)} people, got {person_id}")
        self._given.append((person_id, fact, self._days * DAY * SECONDS))
        _add(self.store, *self._given[-1])

    def live(self, days: int = 1) -> None:
        """Let everybody live for some days more.

        Raises:
            ValueError: less than one day.
        """
        if days < 1:
            raise ValueError(f"days: expected 1 or more, got {days}")
        for day in range(self._days + 1, self._days + days + 1):
            with self.store.transaction():
                self._wake(day)
                for minute in range(0, DAY, SLOT):
                    self._happen(day, minute)
                    self._meet(day, minute)
            for number in self.people:
                self._needs[number] = needs_after(self._needs[number], self.plans[day, number].steps)
            self._days = day

    def acquainted(self) -> frozenset[tuple[int, int]]:
        """Return the pairs of ids, the smaller first, who are related or both remember having talked to each other."""
        ids = {name: number for number, name in self._names.items()}
        now = self._days * DAY * SECONDS
        talked = {
            (number, ids[memory.triple[2]])
            for number in self.people
            for memory in self.store.of(number, now=now)
            if memory.triple is not None and memory.triple[:2] == TALKED and memory.triple[2] in ids
        }
        return frozenset(
            (a, b)
            for a, b in combinations(self.people, 2)
            if b in self.people[a].relationships or {(a, b), (b, a)} <= talked
        )

    def guests(self, gathering: Gathering) -> tuple[int, ...]:
        """Return the ids of those whose plan led them to a gathering, its host included."""
        return tuple(
            number
            for (day, number), plan in self.plans.items()
            if day == gathering.day and (step := plan.at(gathering.start)).activity == GOING
            if step.place == gathering.place
        )

    def _wake(self, day: int) -> None:
        """Plan the day of everybody, with what it promised."""
        now = (day - 1) * DAY * SECONDS
        for number, person in self.people.items():
            self.plans[day, number] = plan_day(person, self._needs[number])
            for memory in self.store.of(number, now=now):
                gathering = read_gathering(memory.text.removeprefix(PROMISED))
                if gathering is not None and (memory.text.startswith(PROMISED) or gathering.host == person.name):
                    self._plan_to_go(day, number, gathering)

    def _plan_to_go(self, day: int, number: int, gathering: Gathering) -> None:
        plan = self.plans[day, number]
        if gathering.day == day and plan.at(gathering.start).reason != "event":
            self.plans[day, number] = replan(
                plan,
                self.people[number],
                minute=gathering.start,
                activity=GOING,
                place=gathering.place,
                minutes=gathering.end - gathering.start,
            )

    def _happen(self, day: int, minute: int) -> None:
        """Let people remember what they did and what happened to them, and reflect when they go to bed."""
        now = ((day - 1) * DAY + minute) * SECONDS
        for number in self.people if self._memory else ():
            step = self.plans[day, number].at(minute)
            ended = self.plans[day, number].at(minute - 1) if minute else step
            if ended != step and ended.activity in DID and ended.place != "home":
                words = f"I {DID[ended.activity]} {self._where(ended.place)}."
                triple = ("I", ended.activity, ended.place)
                self.store.add(number, "event", words, time=now, importance=EVERYDAY, triple=triple)
            if step.place != "home" and self._rng.random() < HAPPENS * SLOT / 60.0:
                open_air = step.place in OPEN_AIR or step.place in self._regions
                incidents = INCIDENTS + (OUTDOORS if open_air else INDOORS)
                did, predicate, thing, importance = incidents[int(self._rng.integers(len(incidents)))]
                where = self._where(step.place)
                triple = ("I", predicate, f"{thing} {where}")
                self.store.add(number, "event", f"I {did} {where}.", time=now, importance=importance, triple=triple)
            if ended != step and step.activity == "sleep":
                reflect(self.store, number, now=now)

    def _where(self, place: str) -> str:
        return f"{'in' if place in self._regions else PREPOSITIONS.get(place, 'at')} {the(place or 'street')}"

    def _meet(self, day: int, minute: int) -> None:
        """Let people who are in one place begin to talk."""
        now = ((day - 1) * DAY + minute) * SECONDS
        steps = {number: self.plans[day, number].at(minute) for number in self.people}
        for (place, _), there in sorted(self._places(steps, now).items()):
            free = set(there)
            pairs = list(combinations(there, 2))
            for k in self._rng.permutation(len(pairs)).tolist() if pairs else ():
                pair = pairs[k]
                if free.issuperset(pair) and self._rng.random() < self._chance(pair, steps, place):
                    people = self._join(pair, sorted(free - set(pair)))
                    self._talk(people, now, day, steps, place)
                    free -= set(people)

    def _places(self, steps: Mapping[int, Step], now: float) -> dict[tuple[str, int], list[int]]:
        """Return (place, number that tells apart homes) -> who is awake and free there, by id."""
        places: dict[tuple[str, int], list[int]] = {}
        at_home = {number for number, step in steps.items() if step.place == "home" and step.activity != "sleep"}
        for number, step in steps.items():
            if step.activity == "sleep" or self._busy[number] > now:
                continue
            place = (step.place, -1)
            if step.place == "home":
                place = ("home", self._homes[number])
            elif step.activity == "help a neighbour":
                place = ("home", self._helped(number, at_home))
            places.setdefault(place, []).append(number)
        return places

    def _helped(self, number: int, at_home: set[int]) -> int:
        """Return the home of the neighbour whom somebody helps, whom it knows if possible; its own if nobody is in."""
        person = self.people[number]
        near = [other for other in sorted(at_home) if other != number and self.people[other].home == person.home]
        known = [other for other in near if other in person.relationships]
        chosen = (known or near or [number])[0]
        return self._homes[chosen]

    def _chance(self, pair: tuple[int, int], steps: Mapping[int, Step], place: str) -> float:
        """Return the chance that two begin to talk within a slot."""
        first, second = (self.people[number] for number in pair)
        kind = first.relationships.get(second.id, "")
        rate = TALKS["family" if kind in FAMILY else kind] * OPEN_AIR.get(place, 1.0)
        rate *= (first.traits["sociability"] + second.traits["sociability"]) / (2 * MIDDLE)
        if any(steps[number].reason == "routine" for number in pair):
            rate *= BUSY
        return 1.0 - math.exp(-rate * SLOT / 60.0)

    def _join(self, pair: tuple[int, int], others: Sequence[int]) -> tuple[int, ...]:
        """Return who talks: the two who begin, and who joins them."""
        people = list(pair)
        for number in others:
            person = self.people[number]
            kinds = {kind for other, kind in person.relationships.items() if other in people}
            close = 1.0 if kinds & (FAMILY | {"friend"}) else 0.5 if kinds else 0.1
            chance = JOINS * close * person.traits["sociability"] / MIDDLE
            if len(people) < MOST and self._rng.random() < chance:
                people.append(number)
        return tuple(sorted(people))

    def _talk(self, people: Sequence[int], now: float, day: int, steps: Mapping[int, Step], place: str) -> None:
        until = {number: ((day - 1) * DAY + steps[number].end) * SECONDS for number in people}
        store = self.store if self._memory else MemoryStore(":memory:")
        if not self._memory:
            for given in self._given:
                if given[0] in people:
                    _add(store, *given)
        start = now + float(self._rng.uniform(0.0, SLOT * SECONDS / 2))
        conversation = Conversation.begin(
            [self.people[number] for number in people],
            start,
            self._rng,
            store=store,
            until=until,
            place=place,
            names=self._names,
        )
        turns, tellings = converse(conversation, self._rng)
        self.tellings += tellings
        self.talks.append(Talk(start=start, end=conversation.free, place=place, people=tuple(people), turns=turns))
        self._busy |= dict.fromkeys(people, conversation.free)
        if not self._memory:
            store.close()
            return
        for number, gathering in conversation.promises:
            if (gathering.day - 1) * DAY + gathering.start > (day - 1) * DAY + (conversation.free / SECONDS) % DAY:
                self._plan_to_go(day, number, gathering)


def source_of(tellings: Sequence[Telling], triple: Triple) -> dict[int, int]:
    """Return person_id -> from whom it first heard a fact, in the order in which they did."""
    sources: dict[int, int] = {}
    for telling in tellings:
        if telling.triple == triple and telling.new:
            sources.setdefault(telling.target, telling.source)
    return sources


def _add(store: MemoryStore, person_id: int, fact: Fact, time: float) -> None:
    store.add(person_id, "event", fact.text, time=time, importance=fact.importance, triple=fact.triple)


def _households(people: Mapping[int, Persona]) -> dict[int, int]:
    """Return person_id -> the least id of those it lives with: spouses, and minors with their parents."""
    homes = {number: number for number in people}
    for number, person in people.items():
        for other, kind in person.relationships.items():
            minor = kind == "parent" and person.age < ADULT_AGE
            if kind == "married" or minor:
                joined = {homes[number], homes[other]}
                homes |= {member: min(joined) for member, home in homes.items() if home in joined}
    return homes
