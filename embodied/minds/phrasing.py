"""How a person puts a way into words: a small grammar with choices, for a listener it stands face to face with."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from embodied.drive import wrap
from embodied.wording import the

Pick = Callable[..., str]

MOST_WORDS = 40  # what a listener can keep in mind
LONGEST = 4  # stretches of a way that one tells at once
MINUTE = 78.0  # m walked in a minute, at 1.3 m/s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One part of a way: a turn, then straight on.

    Attributes:
        turn: radians, left positive, against the stretch before; the first against the listener's heading.
        distance: metres.
        passes: landmarks beside it, each with its side, "left" or "right". until: what it leads to, or "".
        toward: a landmark farther off or on the way, straight ahead, or "".
    """

    turn: float
    distance: float
    passes: tuple[tuple[str, str], ...] = ()
    until: str = ""
    toward: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way as somebody has it in mind.

    Attributes:
        stretches: in order; none: the place is here.
        side: "left" or "right" where the place lies at the end, or "".
        beside: a landmark next to it, or "".
    """

    stretches: tuple[Stretch, ...]
    side: str = ""
    beside: str = ""


def mirror(way: Way) -> Way:
    """Return the way of somebody who says left for right."""
    swap = {"left": "right", "right": "left", "": ""}
    stretches = tuple(
        replace(part, turn=wrap(-part.turn), passes=tuple((name, swap[side]) for name, side in part.passes))
        for part in way.stretches
    )
    return replace(way, stretches=stretches, side=swap[way.side])


def turn_about(way: Way) -> Way:
    """Return the way that leads off in the opposite direction, past nothing in particular."""
    bare = tuple(replace(part, passes=(), until="", toward="") for part in way.stretches)
    first = tuple(replace(part, turn=wrap(part.turn + math.pi)) for part in bare[:1])
    return replace(way, stretches=(*first, *bare[1:]), beside="")


def tell(way: Way, place: str, rng: np.random.Generator, *, hedged: bool, written: bool = False) -> tuple[str, bool]:
    """Return words for a way to `place`, at most MOST_WORDS, and whether they tell all of it.

    What does not fit is left out in this order: what lies beside the place, polite words, landmarks on the way,
    distances of later stretches, the last stretches (then the listener is told to ask again).

    Written words tell all of any way, and nobody stands face to face with the reader.
    """
    style = int(rng.integers(2**31))  # one draw: the way does not shift what comes after
    if written:
        return _compose(way, len(way.stretches), place, np.random.default_rng(style), 4, hedged, written=True), True
    for told in range(min(len(way.stretches), LONGEST), 0, -1) if way.stretches else (0,):
        for detail in (4, 3, 2, 1, 0):
            words = _compose(way, told, place, np.random.default_rng(style), detail, hedged)
            if len(words.split()) <= MOST_WORDS:
                return words, told == len(way.stretches)
    return words, False


def _compose(
    way: Way, told: int, place: str, rng: np.random.Generator, detail: int, hedged: bool, *, written: bool = False
) -> str:
    def pick(*options: str) -> str:
        return options[int(rng.integers(len(options)))]

    hedge = pick("I think", "I believe", "If I remember rightly,", "I'm not sure, but I think") if hedged else ""
    ending = _ending(way, place, pick, detail)
    if not way.stretches:
        return _sentence(f"{hedge} {pick('you are right in front of it', 'it is right here, you are in front of it')}")
    clauses = [_clause(part, index, pick, detail) for index, part in enumerate(way.stretches[:told])]
    text = clauses[0]
    for clause in clauses[1:]:
        text += pick(", then ", ", and then ", ". Then ", ". After that, " if detail >= 3 else ". Then ") + clause
    if written:
        text = text.replace(", behind me,", "")
    opening = pick("", "", "Sure. ", "Of course. ", "Yes. ") if not hedged and detail >= 2 and not written else ""
    if hedged:
        text = f"{hedge} you {text}" if not text.startswith("it") else f"{hedge} {text}"
    if told < len(way.stretches):
        ending = pick("From there, ask again", "Then you had better ask again")
    return opening + ". ".join(_sentence(part).removesuffix(".") for part in (*text.split(". "), ending) if part) + "."


def _clause(part: Stretch, index: int, pick: Pick, detail: int) -> str:
    words = [_turn(part.turn, index, pick)]
    if part.toward:
        words.append(f"{pick('towards', 'towards', 'in the direction of')} {the(part.toward)}")
    elif part.passes and (detail >= 2 or (detail >= 1 and not part.until)):
        (name, side), *more = part.passes
        if more and detail >= 4 and pick("both", "one") == "both":
            words.append(f"past {the(name)} and {the(more[0][0])}")
        else:
            words.append(pick(*[f"past {the(name)}"] * 2, f"past {the(name)} on your {side}"))
    if part.distance >= 4.0 and (detail >= 1 or index == 0):
        words.append(_length(part.distance, pick, short=detail < 3))
    if part.until:
        words.append(f"{pick('until you reach', 'as far as', 'up to', 'to')} {the(part.until)}")
    return re.sub(r" and (?:go|walk)$", "", " ".join(words))


def _turn(turn: float, index: int, pick: Pick) -> str:
    degrees = abs(math.degrees(turn))
    side = "left" if turn > 0 else "right"
    if degrees > 157.5:
        if index > 0:
            return "turn back and go"
        return pick("turn around and go", "go back, behind you,", "turn round and walk")
    if degrees > 112.5:
        if index > 0:
            return pick(f"turn sharp {side} and go", f"take a sharp {side} and walk")
        return pick(f"go back to your {side}, half behind you,", f"turn sharp {side} and go")
    if degrees > 67.5:
        return pick(f"turn {side} and go", f"go {side}", f"take a {side} and walk", f"turn {side} and walk")
    if degrees > 22.5:
        if index > 0:
            return pick(f"bear {side} and go", f"go slightly {side}")
        return pick(f"go diagonally to your {side}", f"bear {side} and go", f"go half {side}")
    if index == 0:
        return pick("go straight ahead", "go straight on", "walk straight ahead, behind me,")
    return pick("go straight on", "keep going", "carry straight on")


def _length(distance: float, pick: Pick, *, short: bool) -> str:
    if distance > 0.75 * MINUTE and pick("metres", "minutes") == "minutes":
        minutes = max(round(distance / MINUTE), 1)
        return "for about a minute" if minutes == 1 else f"for about {minutes} minutes"
    rounded = max(5 * round(distance / 5), 5) if distance < 40 else 10 * round(distance / 10)
    if short:
        return f"for {rounded} metres"
    return pick(f"for about {rounded} metres", f"about {rounded} metres", f"for {rounded} metres or so")


def _ending(way: Way, place: str, pick: Pick, detail: int) -> str:
    hint = f", {pick('next to', 'beside', 'near')} {the(way.beside)}" if way.beside and detail >= 4 else ""
    subject = pick("it is", f"{the(place)} is", "you will see it", f"you will find {the(place)}")
    if way.side:
        return f"{subject} on {pick('your', 'the')} {way.side}{hint}"
    return f"{subject} {pick('right there', 'straight in front of you')}{hint}"


def _sentence(words: str) -> str:
    words = re.sub(r"\s+", " ", words).strip().replace(" ,", ",").replace(",.", ".")
    return words[:1].upper() + words[1:].removesuffix(".") + "."
