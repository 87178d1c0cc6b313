"""What people conclude from what they remember: thoughts that name their evidence.

As in Generative Agents (Park et al., UIST 2023) a person reflects when what is new to it has become important enough.
The thoughts are made by a `Reflector`; the one here follows rules, a language model can take its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from embodied.minds.memory import IMPORTANCE, Memory, MemoryStore
from embodied.minds.similarity import content_words, stem

TRIGGER = 150.0  # summed importance of what is new, Park et al.
MOST = 5  # thoughts at once, Park et al.
LASTS = 30 * 86400.0  # s after which a thought is forgotten, Park et al.
REFLECTED = "reflected"  # the mark that keeps the id of the last memory that was reflected on
RECURRING = 3  # memories that one thing recurs in
MEETINGS = frozenset(
    {"meet", "met", "greet", "greeted", "talk to", "talked to", "talk with", "talked with", "chat with"}
)
FAILURE = re.compile(
    r"\b(?:fail(?:s|ed)?|could(?: not|n't)|can(?:not|'t| not)|did(?: not|n't) (?:find|get|reach|work)|in vain|gave up|"
    r"refuse[sd]?|got lost|wrong)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A conclusion. `evidence`: ids of the memories that it is drawn from, at least one; else as in `Memory`."""

    text: str
    importance: float
    evidence: tuple[int, ...]
    triple: tuple[str, str, str] | None = None


class Reflector(Protocol):
    """Draws conclusions."""

    def reflect(self, new: Sequence[Memory], thoughts: Sequence[Memory]) -> tuple[Thought, ...]:
        """Return what follows from what is `new` and from earlier `thoughts`; evidence is of these two alone."""


class RulesReflector:
    """Counts: what failed, who was met, what recurs. `most`: thoughts at once."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most

    def reflect(self, new: Sequence[Memory], thoughts: Sequence[Memory]) -> tuple[Thought, ...]:
        """Return at most `most` thoughts: failures, then people, then what recurs; the more often, the earlier."""
        failed = [memory for memory in new if FAILURE.search(memory.text.lower())]
        met = [memory for memory in new if _is_meeting(memory)]
        found = [
            *_conclude("fails at", _group(failed, _object), 1, thoughts, _failure),
            *_conclude("meets", _group(met, _object), 1, thoughts, _meeting),
        ]
        named = {word for thought in found if thought.triple for word in content_words(thought.triple[2])}
        found += _conclude("notices", _recurring(new, {stem(word) for word in named}), RECURRING, thoughts, _recurrence)
        return tuple(found[: self._most])


def reflect(
    store: MemoryStore, person_id: int, *, now: float, trigger: float = TRIGGER, reflector: Reflector | None = None
) -> tuple[int, ...]:
    """Let a person reflect if the summed importance of what is new reaches `trigger`; return the ids of its thoughts.

    New is what was added since it last reflected, its own thoughts aside. All thoughts are added together.

    Args:
        store: of the population. person_id: who reflects. now: s, simulated.
        trigger: above 0. reflector: by default `RulesReflector()`.

    Raises:
        ValueError: a trigger of 0 or less, or a thought whose evidence is no memory that it was made from.
    """
    if not trigger > 0.0:
        raise ValueError(f"trigger: expected a summed importance above 0, got {trigger}")
    memories = store.of(person_id, now=now)
    last = store.mark(person_id, REFLECTED)
    new = [memory for memory in memories if memory.id > last and memory.kind != "thought"]
    if sum(memory.importance for memory in new) < trigger:
        return ()
    earlier = [memory for memory in memories if memory.kind == "thought"]
    thoughts = (reflector or RulesReflector()).reflect(new, earlier)
    known = {memory.id for memory in (*new, *earlier)}
    for thought in thoughts:
        if not thought.evidence or not known.issuperset(thought.evidence):
            raise ValueError(
                f"evidence: expected ids of what was reflected on, got {list(thought.evidence)} for {thought.text!r}"
            )
    with store.transaction():
        ids = tuple(
            store.add(
                person_id,
                "thought",
                thought.text,
                time=now,
                importance=thought.importance,
                triple=thought.triple,
                evidence=thought.evidence,
                expires=now + LASTS,
            )
            for thought in thoughts
        )
        store.set_mark(person_id, REFLECTED, max(memory.id for memory in new))
    return ids


def _is_meeting(memory: Memory) -> bool:
    """Tell whether it is about meeting somebody oneself; what one hears in a chat is about others."""
    own = memory.triple is not None and memory.triple[0] == "I"
    return memory.triple is not None and own and (memory.kind == "chat" or memory.triple[1] in MEETINGS)


def _object(memory: Memory) -> str:
    """Return what a memory is about: the object of its triple, else its text."""
    return memory.triple[2] if memory.triple else memory.text


def _group(memories: Sequence[Memory], key: Callable[[Memory], str]) -> dict[str, list[Memory]]:
    groups: dict[str, list[Memory]] = {}
    for memory in memories:
        groups.setdefault(key(memory), []).append(memory)
    return groups


def _recurring(memories: Sequence[Memory], left_out: set[str]) -> dict[str, list[Memory]]:
    """Return the words that say something -> the memories that they are in, those in which others are too only once."""
    groups: dict[str, list[Memory]] = {}
    words: dict[str, str] = {}
    for memory in memories:
        for root, word in {stem(word): word for word in content_words(memory.text)}.items():
            if root not in left_out and not word.isdecimal():
                groups.setdefault(words.setdefault(root, word), []).append(memory)
    kept: dict[tuple[int, ...], str] = {}
    for word, group in groups.items():
        kept.setdefault(tuple(memory.id for memory in group), word)
    return {word: groups[word] for word in kept.values()}


def _conclude(
    predicate: str,
    groups: dict[str, list[Memory]],
    least: int,
    thoughts: Sequence[Memory],
    put: Callable[[str, list[Memory]], str],
) -> list[Thought]:
    """Return a thought for each group of at least `least` memories, the largest first, citing earlier thoughts."""
    concluded = []
    for thing, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0].id, item[0])):
        if len(group) < least:
            continue
        triple = ("I", predicate, thing)
        before = [thought.id for thought in thoughts if thought.triple == triple][-1:]
        weight = sum(memory.importance for memory in group) / len(group) + math.log2(len(group))
        concluded.append(
            Thought(
                text=put(thing, group) + (" It was so before, too." if before else ""),
                importance=min(max(float(round(weight)), IMPORTANCE[0]), IMPORTANCE[1]),
                evidence=(*(memory.id for memory in group), *before),
                triple=triple,
            )
        )
    return concluded


def _failure(thing: str, group: list[Memory]) -> str:
    return f"It went wrong {_times(group)}: {group[-1].text.rstrip('.')}."


def _meeting(thing: str, group: list[Memory]) -> str:
    return f"I met {thing} {_times(group)}{', we keep meeting' if len(group) >= RECURRING else ''}."


def _recurrence(thing: str, group: list[Memory]) -> str:
    return f"There is often something about {thing}: {_times(group)}, last: {group[-1].text.rstrip('.')}."


def _times(group: list[Memory]) -> str:
    return {1: "once", 2: "twice"}.get(len(group), f"{len(group)} times")
