"""What people have to tell: facts in words, which of them they know from their memories, and what is worth telling.

A fact is one sentence about somebody with its subject, predicate and object; what is passed on is this sentence, so
that nothing is told that was not remembered. What is worth telling fades with its age and with how often it was told:
who meets people that know already loses interest, as in the model of rumours of Daley and Kendall (J. Inst. Maths
Applics 1, 1965).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from embodied.minds.memory import HOUR, IMPORTANCE, Memory, MemoryStore, Weights
from embodied.minds.persona import FAMILY, Persona
from embodied.minds.reflection import MEETINGS
from embodied.minds.similarity import content_words, stem

Triple = tuple[str, str, str]

SECOND_HAND = 0.8  # factor on importance for whoever hears of something; of our own choosing
LEAST = 2.0  # importance of what anybody tells
FRESH = 24.0  # h in which news loses half of its worth: most is told on its own day (Rime et al., Cogn. Emot. 5, 1991)
WEARY = 0.6  # factor on worth each time it was told, or turned out to be known
KIN_OF_NEWS = 1.5  # factor on worth where a hearer knows whom it is about
# How freely one tells what to whom; FAMILY counts as family. Of our own choosing, in the order of Dunbar's circles.
CLOSENESS: Mapping[str, float] = {
    "family": 1.0, "friend": 1.0, "colleague": 0.6, "classmate": 0.6, "neighbour": 0.5, "acquaintance": 0.5, "": 0.2,
}  # fmt: skip
ANSWERING = Weights(recency=0.5, importance=1.0, relevance=3.0)  # who is asked thinks of what it is asked about
COMES_TO_MIND = 8  # memories, when asked
ABOUT = 2 / 3  # share of what a question names that an answer must name
PROMISED = "I promised to come: "  # begins the memory of it

_RETOLD = re.compile(r"(?:I told [^:]+|I promised to come|[^:]+ told me): (?P<words>.+)", re.DOTALL)
_FIRST = {"is": "am", "has": "have", "does": "do", "goes": "go", "was": "was"}
_THIRD = {"am": "is", "have": "has", "do": "does"}
_OWN = {"my": "their", "me": "them", "myself": "themselves", "mine": "theirs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that can be told. `text`: one sentence in the third person; `triple`: what it says; `importance`: 1-10.

    Raises:
        ValueError: no words, a triple about "I", or an importance out of range.
    """

    text: str
    triple: Triple
    importance: float = 5.0

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("text: expected a sentence, got none")
        if self.triple[0] == "I":
            raise ValueError(f"triple: expected the name of somebody, got {self.triple}; facts are in the third person")
        if not IMPORTANCE[0] <= self.importance <= IMPORTANCE[1]:
            raise ValueError(f"importance: expected {IMPORTANCE[0]:g} to {IMPORTANCE[1]:g}, got {self.importance}")


@dataclass(slots=True, kw_only=True)
class Known:
    """A fact as somebody knows it.

    Attributes:
        fact: with the importance that it has for this person. id: of the memory of it. since: s, when it learned it.
        sharers: names of those who told it or were told. told: how often it was told, or turned out to be known.
        promised: whether it promised to come, where it is about a gathering.
    """

    fact: Fact
    id: int
    since: float
    sharers: set[str] = field(default_factory=set)
    told: int = 0
    promised: bool = False

    def worth(self, time: float) -> float:
        """Return how much a person wants to tell it at `time` (s) to somebody close, 0 to 1."""
        if self.fact.importance < LEAST:
            return 0.0
        fresh = 0.5 ** (max(time - self.since, 0.0) / (FRESH * HOUR))
        return float(self.fact.importance / IMPORTANCE[1] * fresh * WEARY**self.told)


def read_fact(memory: Memory, name: str) -> Fact | None:
    """Return the fact that the person of this name remembers with a memory, or None.

    Thoughts are no facts, nor is having met somebody. What a person remembers of itself is in the past tense ("I lost a
    key"), or begins with "I am" or "I have".
    """
    triple = memory.triple
    if triple is None or memory.kind == "thought" or (triple[0] == "I" and triple[1] in MEETINGS):
        return None
    retold = _RETOLD.fullmatch(memory.text)
    words = retold["words"] if retold else memory.text
    if triple[0] == "I":
        return Fact(text=third_person(words, name), triple=(name, *triple[1:]), importance=memory.importance)
    return Fact(text=words, triple=triple, importance=memory.importance)


def known_facts(memories: Sequence[Memory], name: str) -> dict[Triple, Known]:
    """Return what the person of this name knows from its memories (oldest first), by what it says."""
    met = {memory.id: memory.triple[2] for memory in memories if memory.triple and memory.triple[1] in MEETINGS}
    known: dict[Triple, Known] = {}
    for memory in memories:
        fact = read_fact(memory, name)
        if fact is None:
            continue
        if memory.text.startswith(PROMISED) and fact.triple in known:
            known[fact.triple].promised = True
        elif fact.triple in known:
            known[fact.triple].told += 1
        else:
            known[fact.triple] = Known(fact=fact, id=memory.id, since=memory.created)
        known[fact.triple].sharers |= {met[number] for number in memory.evidence if number in met}
    return known


def heard(speaker: str, fact: Fact) -> str:
    """Return the words in which one remembers that somebody told a fact."""
    return f"{speaker} told me: {fact.text}"


def told(hearers: Sequence[str], fact: Fact) -> str:
    """Return the words in which one remembers having told a fact."""
    return f"I told {' and '.join(hearers)}: {fact.text}"


def closeness(person: Persona, other_id: int) -> float:
    """Return how freely a person tells things to another, 0 to 1."""
    kind = person.relationships.get(other_id, "")
    return CLOSENESS["family" if kind in FAMILY else kind]


def best_news(
    known: Mapping[Triple, Known], speaker: Persona, hearers: Sequence[Persona], time: float, ids: Mapping[str, int]
) -> tuple[float, Known | None]:
    """Return what a person has to tell to those who hear it, and how much it wants to, or (0.0, None).

    Nobody is told what it told or was told by this person, and what somebody present did it may tell itself.

    Args:
        known: what the speaker knows. speaker: who tells. hearers: who would hear it. time: s, simulated.
        ids: name -> person_id, of people whom news is about.
    """
    best: tuple[float, Known | None] = (0.0, None)
    near = {person.name: closeness(speaker, person.id) for person in hearers}
    for triple, item in known.items():
        worth = item.worth(time)
        if worth * KIN_OF_NEWS <= best[0] or triple[0] in near:
            continue
        new = [person for person in hearers if person.name not in item.sharers]
        subject = ids.get(triple[0], -1)
        kin = any(subject in person.relationships for person in new) or subject == speaker.id
        wish = worth * max((near[person.name] for person in new), default=0.0) * (KIN_OF_NEWS if kin else 1.0)
        if wish > best[0]:
            best = (wish, item)
    return best


def recall(store: MemoryStore, person: Persona, topic: str, *, now: float) -> tuple[Memory, Fact] | None:
    """Return what a person answers when asked about a topic: a memory and its fact, or None where it knows nothing.

    The memories that come to mind are gone through, the best first, up to one that names most of the topic.

    Args:
        store: of the population. person: who is asked. topic: what about, in plain words. now: s, simulated.
    """
    for found in store.retrieve(person.id, topic, now=now, count=COMES_TO_MIND, weights=ANSWERING):
        fact = read_fact(found.memory, person.name)
        if fact is not None and is_about(fact.text, stems_of(topic)):
            return found.memory, fact
    return None


def is_about(text: str, stems: Collection[str]) -> bool:
    """Tell whether a text names at least the share ABOUT of what is asked for; of nothing no text is."""
    return bool(stems) and len(stems_of(text) & set(stems)) >= ABOUT * len(stems)


def first_person(text: str, name: str) -> str:
    """Return a sentence about the person of this name as it says it itself ("Ana Silva is ...": "I am ...")."""
    if not text.startswith(f"{name} "):
        return text
    verb, _, rest = text[len(name) + 1 :].partition(" ")
    return f"I {_FIRST.get(verb, verb)} {rest}".strip()


def third_person(text: str, name: str) -> str:
    """Return a sentence that a person remembers of itself ("I lost my key") as one about it ("Ana Silva lost ...")."""
    if not text.startswith("I "):
        return text
    verb, _, rest = text[2:].partition(" ")
    words = re.sub(r"\b(?:my|me|myself|mine)\b", lambda match: _OWN[match[0]], rest)
    return f"{name} {_THIRD.get(verb, verb)} {words}".strip()


def stems_of(text: str) -> set[str]:
    """Return the stems of the words of a text that mean something."""
    return {stem(word) for word in content_words(text)}
