"""What people bring to a conversation and take from it: what they say of their own accord, answer, and remember.

Whatever is claimed comes from the speaker's memories (see `embodied.minds.news`); words are templates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embodied.minds.chatter import daytime, put, topics
from embodied.minds.gatherings import Gathering, decide_to_come, read_gathering
from embodied.minds.memory import IMPORTANCE, MemoryStore
from embodied.minds.news import (
    PROMISED,
    SECOND_HAND,
    Fact,
    Known,
    Triple,
    best_news,
    closeness,
    first_person,
    heard,
    known_facts,
    recall,
    told,
)
from embodied.minds.persona import Persona
from embodied.minds.planning import DAY
from embodied.wording import the

IDLE = 1.0  # how much one likes to talk about nothing, where the greatest news are worth 1.5; of our own choosing
QUESTION = 0.1  # how much one likes to ask for news, for each level of curiosity
ASK_FIRST = 0.4  # share of news about others before which one asks whether the other has heard
ACQUAINTED, STRANGE = 2.0, 4.0  # importance of having talked to somebody, and for the first time
ASKED = 1.5  # importance of having been asked
REMINDS = 0.5  # factor on importance: having told something
TALKED = ("I", "talk to")  # begins the triple of having talked to somebody
CHILD = 13  # years, below which one talks about what children talk about


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one person says.

    Attributes:
        speaker: who. addressees: to whom, of those who are there. move: what it does, a key of `chatter.SAYINGS`, or
            "cut" for what was interrupted. act: dialogue act, see `embodied.minds.acts`. text: the words.
        start, end: s, simulated. fact: what is claimed, or None. topic: whom one asks or what one chats about, or "".
    """

    speaker: int
    addressees: tuple[int, ...]
    move: str
    act: str
    text: str
    start: float
    end: float
    fact: Fact | None = None
    topic: str = ""
    generated_by: str = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """That somebody heard a fact: s, who told whom, what it says, and whether the hearer had not known it."""

    time: float
    source: int
    target: int
    triple: Triple
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a person will say next, `to` whom; `move`, `fact` and `topic` as in `Turn`."""

    person: int
    to: tuple[int, ...]
    move: str
    fact: Fact | None = None
    topic: str = ""


class Exchange:
    """What is said and remembered among people who talk with each other.

    Attributes:
        promises: who promised to come to what, in order.
    """

    def __init__(
        self,
        people: Sequence[Persona],
        time: float,
        rng: np.random.Generator,
        *,
        store: MemoryStore,
        place: str,
        names: Mapping[int, str],
    ) -> None:
        """Think of what each of the people remembers at `time`, s; the arguments are those of `Conversation.begin`."""
        self.promises: list[tuple[int, Gathering]] = []
        self._people = {person.id: person for person in people}
        self._rng, self._store, self._place = rng, store, place
        self._ids = {name: number for number, name in names.items()} | {person.name: person.id for person in people}
        self._met: dict[tuple[int, int], int] = {}
        self._known: dict[int, dict[Triple, Known]] = {}
        self._talked: dict[int, dict[str, float]] = {}
        self._best: dict[tuple[int, Collection[int]], tuple[float, Known | None]] = {}
        self._asked: set[tuple[int, int]] = set()
        self._chatted: set[str] = set()
        for person in people:
            memories = store.of(person.id, now=time)
            self._known[person.id] = known_facts(memories, person.name)
            self._talked[person.id] = {
                memory.triple[2]: memory.created for memory in memories if memory.triple and memory.triple[:2] == TALKED
            }

    def last_talk(self, person: int, other: int) -> float | None:
        """Return when a person last talked with another before this, s, or None if it does not remember any."""
        return self._talked[person].get(self._people[other].name)

    def greeting(self, person: int, others: Sequence[int]) -> str:
        """Return the move with which a person greets others: "introduce" if one of them is a stranger, else "greet"."""
        known = self._people[person].relationships
        strangers = [other for other in others if other not in known and self.last_talk(person, other) is None]
        return "introduce" if strangers else "greet"

    def wish(self, person: int, others: Collection[int], time: float) -> float:
        """Return how much a person wants to tell news to others, 0 to 1.5."""
        return self._news(person, others, time)[0]

    def open(self, person: int, others: Sequence[int], time: float) -> Due | None:
        """Return what a person says of its own accord to those who are with it, or None: it has nothing to say."""
        wish, item = self._news(person, others, time)
        asks = QUESTION * self._people[person].traits["curiosity"]
        drawn = self._rng.random() * (wish + asks + IDLE)
        if item is None or drawn >= wish:
            return self._chat(person, self._pick(person, others), time, asks=wish <= drawn < wish + asks)
        new = [other for other in others if self._people[other].name not in item.sharers]
        own = item.fact.triple[0] == self._people[person].name
        if own and read_gathering(item.fact.text) is not None:
            return Due(person=person, to=tuple(new), move="invite", fact=item.fact)
        to = (self._pick(person, new),)
        if not own and self._rng.random() < ASK_FIRST:
            return Due(person=person, to=to, move="ask about", topic=item.fact.triple[0])
        return Due(person=person, to=to, move="tell", fact=item.fact)

    def answer(self, turn: Turn, person: int, *, knew: bool) -> Due | None:
        """Return what who was addressed says to a turn that it has heard, or None where nothing is expected.

        `knew`: whether it knew what the turn claims before.
        """

        def say(move: str, fact: Fact | None = None, topic: str = "") -> Due:
            return Due(person=person, to=(turn.speaker,), move=move, fact=fact, topic=topic)

        if turn.move in ("greet", "introduce"):
            return say(f"{self.greeting(person, (turn.speaker,))} back")
        if turn.move in ("chat", "bye"):
            return say(f"{turn.move} back", topic=turn.topic)
        if turn.move == "ask news":
            item = self._news(person, (turn.speaker,), turn.end)[1]
            return say("nothing new") if item is None else say("answer", item.fact)
        if turn.move == "ask about":
            found = recall(self._store, self._people[person], turn.topic, now=turn.end)
            if found is None:
                return say("unknown", topic=turn.topic)
            memory, fact = found
            item = self._known[person].setdefault(fact.triple, Known(fact=fact, id=memory.id, since=memory.created))
            return say("already", item.fact)
        if turn.move in ("unknown", "already"):
            item = self._news(
                person, (turn.speaker,), turn.end, turn.topic or (turn.fact.triple[0] if turn.fact else "")
            )[1]
            if item is not None:
                return say("tell", item.fact)
            return None if knew or turn.fact is None else say("acknowledge")
        if turn.move == "invite" and turn.fact is not None:
            return say("agree" if self._known[person][turn.fact.triple].promised else "refuse")
        if turn.move in ("tell", "answer"):
            return None if turn.fact is None else say("known" if knew else "acknowledge")
        return None

    def put(self, due: Due, time: float) -> str:
        """Return the words for what is due at `time`, s."""
        me, other = self._people[due.person].name, self._people[due.to[0]].name
        return put(
            due.move,
            self._rng,
            name=other.split()[0] if len(due.to) == 1 else "all of you",
            me=me,
            fact=first_person(due.fact.text, me) if due.fact else "",
            topic=due.topic,
            day=daytime(time),
        )

    def remember(self, turn: Turn, hearers: Sequence[int]) -> tuple[Telling, ...]:
        """Let speaker and hearers remember that they talked, and what was told or asked; return who was told what."""
        with self._store.transaction():
            for hearer in hearers:
                self._meet(hearer, turn.speaker, turn.end)
                self._meet(turn.speaker, hearer, turn.end)
            if turn.topic and turn.move == "ask about":
                for hearer in (number for number in hearers if number in turn.addressees):
                    words = f"{self._people[turn.speaker].name} asked me about {turn.topic}."
                    evidence = (self._met[hearer, turn.speaker],)
                    self._store.add(hearer, "chat", words, time=turn.end, importance=ASKED, evidence=evidence)
            if turn.fact is None or not hearers:
                return ()
            self._best.clear()
            tellings = tuple(self._learn(hearer, turn, turn.fact) for hearer in hearers)
            self._have_told(turn, turn.fact, hearers)
        return tellings

    def _news(self, person: int, others: Collection[int], time: float, subject: str = "") -> tuple[float, Known | None]:
        """Return what a person has to tell to others and how much it wants to; only about `subject`, if given."""
        hearers = [self._people[other] for other in others]
        if subject:
            about = {triple: item for triple, item in self._known[person].items() if triple[0] == subject}
            return best_news(about, self._people[person], hearers, time, self._ids)
        key = (person, tuple(others))  # what is worth telling stays so within a talk, until something is told
        if key not in self._best:
            self._best[key] = best_news(self._known[person], self._people[person], hearers, time, self._ids)
        return self._best[key]

    def _chat(self, person: int, other: int, time: float, *, asks: bool) -> Due | None:
        """Return small talk, or the question for news; each topic and each question once, None if there is no more."""
        if asks and (person, other) not in self._asked:
            self._asked.add((person, other))
            return Due(person=person, to=(other,), move="ask news")
        young = {self._people[number].age < CHILD for number in (person, other)}
        ages = "all" if len(young) > 1 else "children" if young == {True} else "adults"
        left = [topic for topic in topics(ages, daytime(time)) if topic not in self._chatted]
        if not left:
            return None
        topic = left[int(self._rng.integers(len(left)))]
        self._chatted.add(topic)
        return Due(person=person, to=(other,), move="chat", topic=topic)

    def _pick(self, person: int, others: Sequence[int]) -> int:
        """Draw to whom a person speaks, rather to whom it is close."""
        return pick(others, [closeness(self._people[person], other) for other in others], self._rng)

    def _meet(self, person: int, other: int, time: float) -> None:
        if (person, other) in self._met:
            return
        name = self._people[other].name
        strange = other not in self._people[person].relationships and self.last_talk(person, other) is None
        where = f" at {the(self._place)}" if self._place not in ("", "home") else " at home" if self._place else ""
        self._met[person, other] = self._store.add(
            person,
            "chat",
            f"I talked to {name}{where}.",
            time=time,
            importance=STRANGE if strange else ACQUAINTED,
            triple=(*TALKED, name),
        )

    def _learn(self, hearer: int, turn: Turn, fact: Fact) -> Telling:
        """Let a hearer remember a fact that it was told, and perhaps promise to come."""
        known, speaker = self._known[hearer], self._people[turn.speaker].name
        item, triple = known.get(fact.triple), fact.triple
        importance = max(IMPORTANCE[0], SECOND_HAND * fact.importance)
        evidence = (self._met[hearer, turn.speaker], *(() if item is None else (item.id,)))
        number = self._store.add(
            hearer,
            "chat",
            heard(speaker, fact),
            time=turn.end,
            importance=importance,
            triple=triple,
            evidence=evidence,
        )
        if item is None:
            mine = Fact(text=fact.text, triple=triple, importance=importance)
            known[triple] = Known(fact=mine, id=number, since=turn.end)
        else:
            item.told += 1
        known[triple].sharers.add(speaker)
        self._consider(hearer, turn, known[triple], new=item is None)
        return Telling(time=turn.end, source=turn.speaker, target=hearer, triple=triple, new=item is None)

    def _consider(self, hearer: int, turn: Turn, item: Known, *, new: bool) -> None:
        """Let a hearer decide whether to come to what it was told of: when it first hears of it, or is invited."""
        gathering, invited = read_gathering(item.fact.text), turn.move == "invite"
        if gathering is None or item.promised or not (new or invited):
            return
        if turn.end >= ((gathering.day - 1) * DAY + gathering.start) * 60.0:
            return
        guest, host = self._people[hearer], self._ids.get(gathering.host)
        if host != hearer and decide_to_come(guest, gathering, host, invited=invited, rng=self._rng):
            item.promised = True
            self.promises.append((hearer, gathering))
            self._store.add(
                hearer,
                "event",
                PROMISED + item.fact.text,
                time=turn.end,
                importance=item.fact.importance,
                triple=item.fact.triple,
                evidence=(item.id,),
            )

    def _have_told(self, turn: Turn, fact: Fact, hearers: Sequence[int]) -> None:
        """Let the speaker remember what it told to whom."""
        item, names = self._known[turn.speaker][fact.triple], [self._people[hearer].name for hearer in hearers]
        self._store.add(
            turn.speaker,
            "event",
            told(names, fact),
            time=turn.end,
            importance=max(IMPORTANCE[0], REMINDS * item.fact.importance),
            triple=fact.triple,
            evidence=(item.id, *(self._met[turn.speaker, hearer] for hearer in hearers)),
        )
        item.told += 1
        item.sharers.update(names)


def pick(options: Sequence[int], weights: Sequence[float], rng: np.random.Generator) -> int:
    """Draw one of the options, each as likely as its weight is great."""
    drawn = rng.random() * sum(weights)
    for option, weight in zip(options, weights, strict=True):
        drawn -= weight
        if drawn < 0.0:
            return option
    return options[-1]
