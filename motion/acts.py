"""A prompt taken apart into the acts that it asks for, one after the other or together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from motion.clauses import Clause, divide, main_act, verb_of
from motion.lexicon import PEOPLE, STYLES
from motion.words import OWNERS, WAYS, Word, clean, inflect, lemmatise, parse

LONGEST = 400  # characters of a prompt
_BY_HAND = ("wave", "raise", "bye", "call", "guide")  # their side is a hand's
_ON_PHONE = ("phone", "talk", "look", "carry", "listen", "call", "answer", "take", "pick_up")
_TRAVELS = (
    "walk", "walk_back", "walk_left", "walk_right", "sidestep", "turn_left", "turn_right", "run", "jog", "dash", "pace",
    "carry", "dribble",
)  # fmt: skip
_PLACES = ("to", "from", "through", "forward", "backward", "away")
_CLOCK = {"clockwise": "right", "counterclockwise": "left"}
_SUBORDINATE = ("while", "whilst", "as", "after", "before")  # its subject is told after it
_PLURAL = ("they", "people", "we", "you", "i")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One act of a prompt.

    Attributes:
        text: a sentence that says it. action: its name: one of `motion.phrases.ACTIONS` if recordings know it and its
            side is told, else another concept of the lexicon; the participle if it is done to the person ("pulled");
            empty if no word of it is known.
        side: left, right, both or empty. style: how it is done, as concepts of the lexicon.
        moves: it needs a path. simultaneous: it is done together with the one before.
    """

    text: str
    action: str
    side: str
    style: tuple[str, ...]
    moves: bool
    simultaneous: bool


def segments(prompt: str) -> list[Segment]:
    """Return the acts of a prompt in the order in which they are done; whatever its words, one at least.

    Raises:
        ValueError: there is no letter, or more than 400 characters.
    """
    if not prompt.strip():
        raise ValueError("text: expected words, got none; say what the person does")
    if len(prompt) > LONGEST:
        raise ValueError(f"text: expected at most {LONGEST} characters, got {len(prompt)}; shorten it")
    if not any(letter.isalpha() for letter in prompt):
        raise ValueError("text: expected words, got no letter; say what the person does")
    text = clean(prompt)
    words = parse(text)
    clauses = _with_turns(divide(words)) or [Clause(words=words)]
    owners = [_subject(clause.words) for clause in clauses]
    subject = next(filter(None, owners), []) if words[0].lemma in _SUBORDINATE else []
    done: list[Segment] = []
    for clause, own in zip(clauses, owners, strict=True):
        done.append(_segment(text, clause, own, subject, done[-1] if done else None))
        subject = own or subject
    return done


def _segment(text: str, clause: Clause, own: list[Word], subject: list[Word], before: Segment | None) -> Segment:
    act = main_act(clause.words)
    concepts = {word.concept for word in clause.words}
    side = _side(clause.words, act)
    action = _action(text, clause.words, act, side)
    if action not in ("carry", "phone", "bye") and not act and {"box", "with"} <= concepts:
        action = "carry"
    sentence = _sentence(text, clause.words, own, subject)
    if action == "walk_back" and before is not None and before.action == "turn_around":
        action, sentence = "walk", re.sub(r"\bback\b", "on", sentence)  # who has turned round goes back face first
    travels = action in _TRAVELS
    taken = act is not None and act.concept in ("pull", "push", "lead") and bool(concepts & set(_PLACES))
    moves = (travels or taken) and "in_place" not in concepts
    if action in ("carry", "dribble") and clause.together and before is not None:
        moves = before.moves
    style = [part for word in [*([] if own else subject), *clause.words] for part in word.concepts if part in STYLES]
    return Segment(
        text=sentence, action=action, side=side, style=tuple(dict.fromkeys(style)),
        moves=moves, simultaneous=clause.together,
    )  # fmt: skip


def _with_turns(clauses: list[Clause]) -> list[Clause]:
    """Return the clauses, "walks and turns left" as one."""
    merged: list[Clause] = []
    for clause in clauses:
        if merged and not clause.later and not clause.earlier:
            pair = (merged[-1].words, clause.words)
            kinds = [act.concept if (act := main_act(words)) else "" for words in pair]
            walk, turn = pair if kinds == ["walk", "turn"] else pair[::-1]
            bare = not {word.concept for word in walk} & {"to", "from", "through", "at", "over", "around", "return"}
            if sorted(kinds) == ["turn", "walk"] and bare and _side(turn, main_act(turn)):
                merged[-1].words = [*pair[0], *pair[1]]
                continue
        merged.append(clause)
    return merged


def _action(text: str, words: Sequence[Word], act: Word | None, side: str) -> str:
    """Return the name of what is done in a clause."""
    concepts = {part for word in words for part in word.concepts}
    if any(word.concept == "phone" for word in words) and (act is None or act.concept in _ON_PHONE):
        return "phone"
    if act is None or _denied(words, act):
        return ""
    if "passive" in act.concepts:
        return text[act.start : act.end].lower()
    name = act.concept
    turn = name == "walk" and bool(concepts & {"turn", "corner"}) and (side != "" or "turn" in concepts)
    if turn or name == "turn":
        if side in ("left", "right"):
            return f"turn_{side}"
        return "turn_around" if concepts & {"around", "backward", "return"} else "turn"
    if name in ("walk", "step", "move", "sidestep"):
        if name == "move" and not concepts & {"to", "forward", "backward", "sideways", "diagonal", "through", "away"}:
            return ""
        if concepts & {"sideways", "diagonal"} and not concepts & {"around"}:
            return f"walk_{side}" if side in ("left", "right") else "sidestep"
        return "walk_back" if "backward" in concepts else "walk"
    if name in ("wave", "bye"):
        return "bye" if name == "bye" or "goodbye" in concepts else f"wave_{side}" if side else "wave"
    if name == "raise":
        if "hand" in concepts or side:
            return f"raise_{side}" if side else "raise"
        return "pick_up" if "box" in concepts else ""
    return {"salsa": "dance", "ballet": "dance", "fence": "slash"}.get(name, name)


def _denied(words: Sequence[Word], act: Word) -> bool:
    """Return whether "not" or "never" stands before an act."""
    at = words.index(act)
    return any(word.concept == "not" for word in words[max(at - 3, 0) : at])


def _side(words: Sequence[Word], act: Word | None) -> str:
    """Return the side that a clause tells: of a hand if hands do it, else the way."""
    found = []
    by_hand = act is not None and act.concept in _BY_HAND
    for at, word in enumerate(words):
        if act is not None and "turn" in act.concepts and word.concept in _CLOCK:
            found.append(_CLOCK[word.concept])
        if by_hand and word.concept == "hand" and "both" in word.concepts:
            found.append("both")
        if word.concept not in ("left", "right", "both"):
            continue
        if by_hand:
            limb = any(other.concept == "hand" for other in words[at + 1 : at + 5])
            lemmas = [other.lemma for other in words[max(at - 2, 0) : at]]
            place = len(lemmas) == 2 and lemmas[0] in ("on", "to", "at", "from", "toward") and lemmas[1] in OWNERS
            if not limb and (place or (at + 1 < len(words) and words[at + 1].lemma not in WAYS)):
                continue
        elif word.concept == "both":
            continue
        found.append(word.concept)
    if by_hand and {"left", "right"} <= set(found):
        return "both"
    return found[0] if found else ""


def _subject(words: Sequence[Word]) -> list[Word]:
    """Return the words before the verb of a clause if they name somebody."""
    verb = verb_of(words)
    named = list(words[: verb if verb is not None else 0])
    while named and (named[-1].form in ("ly", "mark") or named[-1].lemma in ("then", "just", "also", "still")):
        named.pop()
    while named and named[0].form == "ly":
        named.pop(0)
    people = any(word.concept in PEOPLE or word.concept in ("first", "second") for word in named)
    unknown = (len(named) == 1 and not named[0].concepts) or (len(named) > 1 and named[0].lemma in OWNERS)
    return named if named and named[0].lemma not in WAYS and (people or unknown) else []


def _sentence(text: str, words: Sequence[Word], own: list[Word], subject: list[Word]) -> str:
    """Return a clause as a whole sentence of its own."""
    named = own or subject
    who = text[named[0].start : named[-1].end] if named else "a person"
    rest = list(words[words.index(own[-1]) + 1 :] if own else words)
    many = any(word.lemma in (*_PLURAL, "and") for word in named)
    body = text[rest[0].start : rest[-1].end] if rest else "is there"
    verb = verb_of(rest)
    if verb is not None and rest[verb].form in ("base", "ing", "s"):
        first = text[rest[verb].start :].split()[0].strip(".,;:!?")
        at = rest[verb].start - rest[0].start
        base = lemmatise(first.lower())[0]
        shown = ("are" if base == "be" else base) if many else inflect(base, "s")
        if rest[verb].lemma not in ("will", "can", "would") and first.lower() not in ("is", "are", "has", "does"):
            body = body[:at] + shown + body[at + len(first) :]
    elif verb is None and rest and rest[0].concept == "with":
        body = "carries" + body[4:] if not many else "carry" + body[4:]
    elif verb is None and rest and rest[0].lemma in WAYS:
        body = f"{'are' if many else 'is'} {body}"
    elif verb is None and rest and rest[0].lemma in OWNERS and main_act(rest):
        body = f"does {body}"
    elif verb is None and not own:
        return body[0].upper() + body[1:] + "."
    sentence = f"{who} {body}"
    return sentence[0].upper() + sentence[1:] + "."
