"""The words of a prompt divided into clauses: one act each, done one after the other or together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from motion.lexicon import ACTS, FUNCTION, PEOPLE, STYLES
from motion.words import OWNERS, WAYS, Word

_LATER = ("then", "finally", "afterwards", "next", "later")
_JOINS = ("and", "but", ",", "also", "suddenly", "simultaneously", *_LATER)
_HELPERS = ("be", "have", "do", "will", "can", "not", "start", "begin", "keep", "continue", "try", "want", "would")
_HOLDING = (
    *_HELPERS,
    *OWNERS,
    *WAYS,
    "stop",
    "go",
    "remain",
    "stay",
    "without",
    "of",
    "for",
    "like",
    "after",
    "before",
)
_WEAK = ("go", "come", "move", "take", "give", "stay", "remain", "put", "place", "start")  # another act counts more
_FIRST_HALF = ("wait", "turn", "sit", "rise")  # "stops to wave" is two acts
_POSES = ("walk", "step", "pace", "run", "jog", "dash", "stand", "wait", "sit", "look")  # done with a load or a phone


@dataclass(slots=True, kw_only=True)
class Clause:
    """Words of one act.

    Attributes:
        together: it is done together with the one before. later: "then" divides it from that one.
        earlier: it is done before that one, which stands first in the text.
    """

    words: list[Word] = field(default_factory=list)
    together: bool = False
    later: bool = False
    earlier: bool = False


def divide(words: Sequence[Word]) -> list[Clause]:
    """Return the clauses of a prompt in the order in which they are done."""
    found = [Clause()]
    owed = False  # a clause with "while" came first

    def close(*, together: bool = False, later: bool = False, earlier: bool = False) -> None:
        if trimmed(found[-1].words):
            found.append(Clause(together=together, later=later, earlier=earlier))

    for at, word in enumerate(words):
        clause = found[-1].words
        act = main_act(clause)
        if word.lemma in (".", "!", "?", ";"):
            close(later=True)
            owed = False
        elif word.lemma in ("while", "whilst") or (word.lemma == "as" and _subject_end(words, at + 1)):
            owed = owed or not trimmed(clause)
            close(together=True)
        elif word.lemma in _JOINS and not trimmed(clause):
            found[-1].together |= word.lemma == "simultaneously"
            found[-1].later |= word.lemma in _LATER
        elif word.lemma in _JOINS and _verb_follows(words, at + 1, act):
            verb = _skip(words, at)
            joins = {other.lemma for other in words[at:verb]}
            hangs = joins == {","} and words[verb].form == "ing" and act is not None and act.form != "ing"
            close(together=owed or hangs or "simultaneously" in joins, later=bool(joins & set(_LATER)))
            owed = False
        elif word.lemma == "simultaneously":
            found[-1].together = len(found) > 1
        elif word.lemma in ("before", "after") and _verb_follows(words, at + 1, None):
            close(later=True, earlier=word.lemma == "after")
        elif act and word.lemma == "to" and act.concept in _FIRST_HALF and _act_at(words, at + 1):
            close(later=True)
        elif act and word.form == "ing" and word.concept in ACTS and words[at - 1].lemma not in _HOLDING:
            close(together=True)
            found[-1].words.append(word)
        else:
            if act and _holds(words, at, act):
                close(together=True)
            found[-1].words.append(word)
    for clause_ in found:
        clause_.words = trimmed(clause_.words)
    return _in_time([clause_ for clause_ in found if clause_.words])


def trimmed(words: Sequence[Word]) -> list[Word]:
    """Return words without marks and joints at both ends."""
    kept = list(words)
    while kept and (kept[0].form == "mark" or kept[0].lemma in _JOINS):
        kept.pop(0)
    while kept and (kept[-1].form == "mark" or kept[-1].lemma in _JOINS):
        kept.pop()
    return kept


def main_act(words: Sequence[Word]) -> Word | None:
    """Return the word that tells what is done in a clause, a verb rather than a noun."""
    acts = [(word, is_noun(words, at)) for at, word in enumerate(words) if word.concept in ACTS]
    verbs = [word for word, noun in acts if not noun]
    nouns = [word for word, noun in acts if noun]
    strong = [word for word in verbs if word.lemma not in _WEAK]
    light = nouns if any(word.lemma in (*_WEAK, "make", "do", "have", "get") for word in words) else []
    return next(iter([*strong, *light, *verbs, *nouns]), None)


def is_noun(words: Sequence[Word], at: int) -> bool:
    """Return whether the act at a place is a noun: "a slow walk"."""
    if words[at].form == "past":
        return False
    before = at - 1
    while before >= 0 and (words[before].concept in STYLES or words[before].concept in ("left", "right", "both")):
        if words[before].form == "ly":
            return False
        before -= 1
    if before < 0 or words[before].lemma not in OWNERS:
        return False
    return words[at].form == "base" or before == at - 1


def verb_of(words: Sequence[Word]) -> int | None:
    """Return the place of the word of a clause that is conjugated."""
    for at, word in enumerate(words):
        if word.lemma in _HELPERS and word.lemma != "not":
            return at
        if word.concept in ACTS and not is_noun(words, at):
            return at
        known = word.concepts or word.lemma in FUNCTION
        if at and not known and word.form in ("s", "ing"):
            noun = at > 1 and words[0].lemma in OWNERS and words[at - 1].lemma not in OWNERS  # "the janitor sweeps"
            if words[at - 1].concept in PEOPLE or (noun and not words[at - 1].concepts):
                return at
        if word.lemma in ("get", "make", "try", "want", "use"):
            return at
    return next((at for at, word in enumerate(words[:1]) if not word.concepts and word.form in ("s", "ing")), None)


def _in_time(clauses: list[Clause]) -> list[Clause]:
    ordered: list[Clause] = []
    for clause in clauses:
        ordered.insert(len(ordered) - (clause.earlier and bool(ordered)), clause)
    ordered[:1] = [Clause(words=clause.words) for clause in ordered[:1]]
    return ordered


def _skip(words: Sequence[Word], at: int) -> int:
    """Return the place after joints and adverbs."""
    while at < len(words) and (words[at].lemma in _JOINS or words[at].form == "ly" or words[at].lemma == "still"):
        at += 1
    return at


def _subject_end(words: Sequence[Word], at: int) -> int:
    """Return the place after somebody who stands there, 0 where nobody does or no verb follows."""
    end = at + 1 if at < len(words) and words[at].lemma in OWNERS else at
    while end < min(at + 5, len(words)) and words[end].concept not in PEOPLE and words[end].lemma not in FUNCTION:
        if words[end].concept in ACTS or words[end].form == "mark":
            return 0
        end += 1
    if end >= len(words) or words[end].concept not in PEOPLE:
        return 0
    verb = end + 1
    while verb < len(words) and words[verb].form == "ly":
        verb += 1
    follows = verb < len(words) and (words[verb].lemma in _HELPERS or words[verb].concept in ACTS)
    return end + 1 if follows else 0


def _verb_follows(words: Sequence[Word], at: int, act: Word | None) -> bool:
    """Return whether a clause of its own begins after a joint; `act` is of the clause before it."""
    start = _skip(words, at)
    if _subject_end(words, start):
        return True
    verb = start
    while verb < len(words) and words[verb].lemma in _HELPERS:
        verb += 1
    if verb >= len(words):
        return False
    word, before = words[verb], words[at - 2] if at > 1 else None
    later = any(other.lemma in _LATER for other in words[at - 1 : start])
    if word.concept in ACTS:
        return verb > start or later or act is None or word.form != "base" or act.form == "base"
    if word.concepts or word.lemma in FUNCTION or word.form not in ("s", "ing"):
        return False
    following = words[verb + 1] if verb + 1 < len(words) else None
    object_follows = following is not None and (following.lemma in OWNERS or following.form == "ly")
    return later or object_follows or (act is not None and before is act and word.form == act.form)


def _act_at(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].concept in ACTS and words[at].form == "base"


def _holds(words: Sequence[Word], at: int, act: Word) -> bool:
    """Return whether "with a bag" or "on the phone" begins here, of somebody who does something else."""
    if words[at].lemma not in ("with", "on") or act.concept not in _POSES:
        return False
    wanted = ("phone", "box") if words[at].lemma == "with" else ("phone",)
    for word in words[at + 1 : at + 5]:
        if word.concept in wanted:
            return True
        if word.lemma in WAYS or word.concept in PEOPLE or word.form == "mark":
            return False
    return False
