"""What somebody remembers, read as facts, and what follows for what others know: bookkeeping of belief.

Memories are plain sentences ("at 12.0 s Mia puts the ball into the red box"). Others know what happened while they were
there and did not look away; what happened else they still believe to be as it was (Wimmer & Perner 1983).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

ME = "you"
_SENTENCE = re.compile(r"^at ([\d.]+) s (you|\S+(?: \d+)?) (.*)$", re.DOTALL)
_SAYS = re.compile(r'^says?(?: to (\S+))?: "(.*)"$', re.DOTALL)
AWAY = ("goes out", "turns away")
BACK = ("comes in", "turns round again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened: when (s), who did it, what in words, with which things in the order of the words.

    `said`: the words, where it was said, `to` whom ("" everybody).
    """

    time: float
    who: str
    text: str
    things: tuple[str, ...] = ()
    said: str = ""
    to: str = ""


def read_facts(memories: Iterable[str], names: Collection[str]) -> list[Fact]:
    """Return memories as facts in the order of time; `names`: of things that they may be about."""
    facts = []
    for memory in memories:
        if (match := _SENTENCE.match(memory)) is None:
            continue
        time, who, text = float(match[1]), match[2], match[3]
        said = _SAYS.match(text)
        facts.append(
            Fact(
                time=time, who=who, text=text, things=find_things(said[2] if said else text, names),
                said=said[2] if said else "", to=(said[1] or "") if said else "",
            )
        )  # fmt: skip
    return sorted(facts, key=lambda fact: (fact.time, fact.text))


def find_things(text: str, names: Collection[str]) -> tuple[str, ...]:
    """Return which names stand in a text, in its order; a longer name hides a shorter one within it."""
    found: list[tuple[int, int, str]] = []
    for name in sorted(names, key=len, reverse=True):
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            if not any(start < match.end() and match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), name))
    return tuple(dict.fromkeys(name for _, _, name in sorted(found)))


@dataclass(slots=True)
class Beliefs:
    """Where each person believes things to be, and who has looked into what.

    Attributes:
        places: person -> thing -> what it is in, or "held by NAME".
        peeked: what can be opened -> who has seen what is in it.
        people: everybody who is known of.
    """

    places: dict[str, dict[str, str]] = field(default_factory=dict)
    peeked: dict[str, set[str]] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)

    def where(self, person: str, thing: str) -> str:
        """Return where somebody believes a thing to be, "" if it cannot know."""
        return self.places.get(person, {}).get(thing, "")

    def contents(self, place: str) -> str:
        """Return what I know to be in something, "" if nothing."""
        return next((thing for thing, where in self.places.get(ME, {}).items() if where == place), "")


def keep_books(facts: Sequence[Fact], *, egocentric: bool = False) -> Beliefs:
    """Return what everybody believes after facts.

    Args:
        facts: in the order of time. egocentric: others are taken to know whatever I know.
    """
    beliefs = Beliefs()
    away: set[str] = set()
    opened: dict[str, set[str]] = {}
    for fact in facts:
        if fact.text.startswith("see ") and fact.who == ME:
            name = fact.text.removeprefix("see ")
            if not name.startswith("the ") and name not in beliefs.people:
                beliefs.people.append(name)
        elif fact.who != ME and fact.who not in beliefs.people:
            beliefs.people.append(fact.who)
        if fact.text.startswith(AWAY):
            away.add(fact.who)
        if fact.text.startswith(BACK):
            away.discard(fact.who)
        witnesses = {ME, fact.who, *(one for one in beliefs.people if egocentric or one not in away)}
        if fact.said or not fact.things:
            continue
        thing, verb = fact.things[0], fact.text.split()[0]
        place = fact.things[1] if len(fact.things) > 1 else ""
        where = ""
        if verb in ("puts", "put") and place:
            where = place
        elif verb in ("takes", "take", "grabs", "snatches"):
            where = f"held by {fact.who}"
        elif verb in ("drops", "throws"):
            where = "ground"
        elif verb == "see" and place and fact.who == ME:
            where, witnesses = place, {ME, *opened.get(place, set())}
            beliefs.peeked.setdefault(place, set()).update(witnesses)
        if verb in ("opens", "open"):
            opened[thing] = set(witnesses)
        if verb == "looks" and "into" in fact.text:
            beliefs.peeked.setdefault(thing, set()).update(witnesses if egocentric else {fact.who})
        if where:
            for one in witnesses:
                beliefs.places.setdefault(one, {})[thing] = where
    return beliefs
