"""What an answer to "where is ...?" means: words to legs of a way, by cues and a left-to-right assembly.

The speaker faces the listener, so "behind me" lies ahead of the listener and "my left" is the listener's right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from embodied.agents.cues import ASK_AGAIN, CLARIFY, CUES, HEDGE, HERE, IDIOMS, LATER, NOUN, ORDINALS, REFUSED, UNKNOWN

Turn = Literal["ahead", "left", "right", "back", "slight left", "slight right", "sharp left", "sharp right"]
Kind = Literal["route", "unknown", "refused", "clarify", "other"]

WALKING_SPEED = 1.3  # m/s, "two minutes' walk"; preferred speed of adults, Bohannon 1997
BLOCK = 80.0  # m, a short city block
METRES = {
    "metre": 1.0, "meter": 1.0, "m": 1.0, "yard": 0.9144, "foot": 0.3048, "feet": 0.3048, "step": 0.75, "pace": 0.75,
    "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0, "block": BLOCK,
    "minute": 60 * WALKING_SPEED, "min": 60 * WALKING_SPEED, "second": WALKING_SPEED,
}  # fmt: skip

TURNS = ("turn", "slight", "sharp", "ordinal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stretch of a way: turn first, then walk.

    Attributes:
        turn: relative to the heading at the end of the leg before (at first: that of the listener).
        ordinal: 2 for "the second street on the left": which opening on that side, 0 if not said.
        past: landmarks that are passed. until: landmark or place ("corner", "end") where the leg ends, or "".
        distance: metres, or None.
    """

    turn: Turn = "ahead"
    ordinal: int = 0
    past: tuple[str, ...] = ()
    until: str = ""
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directions:
    """What was understood of an answer.

    Attributes:
        kind: "route" the words tell a way or a place; "unknown", "refused", "clarify" (asked back); "other".
        side: where the goal lies at the end, "" if not said. near: landmarks beside it. opposite: landmark across.
        hedged: the speaker was not sure. here: the goal is said to be right here.
        again: the words lead part of the way, and to somebody else who is to be asked there.
    """

    kind: Kind
    legs: tuple[Leg, ...] = ()
    side: Literal["", "left", "right"] = ""
    near: tuple[str, ...] = ()
    opposite: str = ""
    hedged: bool = False
    here: bool = False
    again: bool = False


_UNITS = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
    )
}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}


def parse_directions(text: str) -> Directions:
    """Read an answer, as spoken English, into legs and a place."""
    words = normalise(text)
    hedged = bool(HEDGE.search(words))
    question = bool(CLARIFY.search(words))
    scan = _Scan(words=IDIOMS.sub(lambda m: " " * len(m.group()), words))
    if not question:
        scan.run()
    found = bool(scan.legs or scan.side or scan.near or scan.opposite)
    strong = any(leg.turn != "ahead" or leg.distance or leg.until or leg.past for leg in scan.legs) or scan.side
    if not strong and not (found and hedged):
        if UNKNOWN.search(words):
            return Directions(kind="unknown")
        if REFUSED.search(words):
            return Directions(kind="refused")
    if question or (words.rstrip().endswith("?") and not scan.legs):
        return Directions(kind="clarify")
    if HERE.search(words):
        return Directions(kind="route", here=True, hedged=hedged)
    if not found:
        return Directions(kind="other", hedged=hedged)
    legs, side = tuple(scan.legs), scan.side
    if side and not legs and not LATER.search(words):  # "it's on your left" is said of where the listener stands
        legs, side = (Leg(turn=side),), ""
    if len(legs) > 1 and legs[0] == Leg() and legs[1].turn != "ahead":
        legs = legs[1:]
    return Directions(
        kind="route",
        legs=legs,
        side=side,
        near=tuple(scan.near),
        opposite=scan.opposite,
        hedged=hedged,
        again=bool(ASK_AGAIN.search(words)),
    )


def place_key(name: str) -> str:
    """Return the form in which two names of one place are equal ("Book shops" and "bookshop")."""
    return re.sub(r"[^a-z0-9]", "", _singular(name.lower().strip()))


def _singular(name: str) -> str:
    return re.sub(r"(?<=ch|sh)es$|(?<=[^s])s$", "", name)


def normalise(text: str) -> str:
    """Lower-case, figures for number words, punctuation as separate words."""
    words = text.lower().replace("\u2019", "'").replace("-", " ").replace("s' ", "s ")
    words = re.sub(r"([.,;:!?])(?!\d)", r" \1 ", words).replace("...", " ")
    words = re.sub(r"\bhalf an? (?=minute|block|kilomet)", "0.5 ", words)
    words = re.sub(r"\ba (?=hundred|few|couple|thousand|minute|block)", "1 ", words)
    words = re.sub(r"\b1 (?=few|couple)", "", words)
    out: list[str] = []
    tokens = words.split()
    i = 0
    while i < len(tokens):
        value, used = _number(tokens[i:])
        out.append(tokens[i] if used == 0 else f"{value:g}")
        i += max(used, 1)
    return " ".join(out)


def _number(tokens: list[str]) -> tuple[float, int]:
    """Read a number at the head of `tokens`; return it and how many words it took (0: none)."""
    total, used, seen = 0.0, 0, False
    for word in tokens:
        if word in _UNITS:
            total += _UNITS[word]
        elif word in _TENS and total % 100 == 0:
            total += _TENS[word]
        elif word == "hundred" and (seen or used == 0):
            total = max(total, 1) * 100
        elif word == "thousand" and seen:
            total *= 1000
        elif word == "1" and used == 0 and tokens[1:2] in (["hundred"], ["thousand"]):
            total = 1
        elif (
            word == "and"
            and seen
            and used + 1 < len(tokens)
            and tokens[used - 1] == "hundred"
            and (tokens[used + 1] in _UNITS or tokens[used + 1] in _TENS)
        ):
            used += 1
            continue
        else:
            break
        seen = True
        used += 1
    if (
        used == 1
        and tokens[0] == "one"
        and not (tokens[1:2] and (tokens[1].rstrip("s") in METRES or tokens[1] == "more"))
    ):
        return 0.0, 0  # "the one by the station"
    return total, used


@dataclass(slots=True)
class _Scan:
    """Reads cues from left to right and assembles legs."""

    words: str
    legs: list[Leg] = field(default_factory=list)
    side: Literal["", "left", "right"] = ""
    near: list[str] = field(default_factory=list)
    opposite: str = ""
    last_place: str = ""
    last_cue: str = ""
    gap: str = ""

    def run(self) -> None:
        position, previous_end = 0, 0
        while position < len(self.words):
            name, match = self._match(position)
            if match is None:
                space = self.words.find(" ", position)
                position = len(self.words) if space < 0 else space + 1
                continue
            self.gap = self.words[previous_end : match.start()]
            end = _HANDLERS[name](self, match)
            self.last_cue = name
            previous_end = end
            position = end + (end < len(self.words) and self.words[end] == " ")

    def _match(self, position: int) -> tuple[str, re.Match[str] | None]:
        for name, pattern in CUES:
            match = pattern.match(self.words, position)
            if match and match.end() > position:
                return name, match
        return "", None

    def place(self, position: int) -> tuple[str, int]:
        """Read a noun phrase at `position`; return its name ("" if none) and where it ends."""
        match = NOUN.match(self.words, position)
        if match is None:
            return "", position
        name = match["noun"]
        if name in ("it", "that", "them", "there"):
            return (self.last_place if name != "there" else ""), match.end()
        name = _singular(name)
        self.last_place = name
        return name, match.end()

    def places(self, position: int) -> tuple[list[str], int]:
        """Read "the fountain and the kiosk"."""
        name, end = self.place(position)
        found = [name] if name else []
        while found and (more := re.compile(r" and (?:the |a |(?=[a-z]+ \d))").match(self.words, end)):
            start = more.start() + len(" and")
            kept = self.last_place
            name, after = self.place(start)
            if not name or re.match(r" (?:is|will|'s|should)\b", self.words[after:]):
                self.last_place = kept
                break
            found.append(name)
            end = after
        return found, end

    def current(self, *, unless: Callable[[Leg], bool]) -> Leg:
        """Return the leg to add to; a new one ahead when there is none, or when `unless` holds of the last."""
        if not self.legs or unless(self.legs[-1]):
            self.legs.append(Leg())
        return self.legs[-1]

    def put(self, leg: Leg) -> None:
        self.legs[-1] = leg

    def before_turn(self, **fields: object) -> None:
        """Add to the leg before the last one: "turn left at the fountain" ends what went before."""
        turn = self.legs.pop()
        leg = self.current(unless=lambda last: bool(last.until))
        self.put(replace(leg, **fields))  # type: ignore[arg-type]
        self.legs.append(turn)


def _distance(scan: _Scan, match: re.Match[str]) -> int:
    unit = match["unit"]
    if match["n"] == "few":
        number = 7.0 if unit in ("metre", "meter", "m", "yard", "step", "pace") else 3.0
    else:
        number = 2.0 if match["n"].startswith("couple") else float(match["n"])
    metres = number * METRES[unit]
    again = scan.last_cue == "from" or bool(re.search(r"\b(?:then|another|more)\b", scan.gap))
    leg = scan.current(unless=lambda last: last.distance is not None or (again and bool(last.until)))
    if scan.last_cue in TURNS and re.search(r"\b(?:in|after)\b(?: \w+)?\s*$", scan.gap):
        scan.before_turn(distance=metres)
    else:
        scan.put(replace(leg, distance=metres))
    return match.end()


def _turn(scan: _Scan, match: re.Match[str]) -> int:
    side: Turn = "left" if match["side"] == "left" else "right"
    _open_turn(scan, Leg(turn=side))
    return match.end()


def _open_turn(scan: _Scan, leg: Leg) -> None:
    if scan.last_cue == "repair" and scan.legs:
        scan.put(replace(scan.legs[-1], turn=leg.turn, ordinal=leg.ordinal))
        return
    if leg.ordinal and scan.legs and scan.legs[-1] == Leg():  # "straight on, then the second left"
        scan.legs.pop()
    scan.legs.append(leg)


def _ordinal(scan: _Scan, match: re.Match[str]) -> int:
    if re.search(r"\b(?:it's|is|it is)\b[^.,;]*$", scan.gap) and " one on" in match.group():
        return _arrive(scan, match)
    _open_turn(scan, Leg(turn="left" if match["side"] == "left" else "right", ordinal=ORDINALS[match["ord"]]))
    return match.end()


def _slight(scan: _Scan, match: re.Match[str]) -> int:
    turn: Turn = "slight left" if match["side"] == "left" else "slight right"
    if "diagonal" in match.group() and scan.legs and scan.last_cue == "past":
        scan.put(replace(scan.legs[-1], turn=turn))
    else:
        _open_turn(scan, Leg(turn=turn))
    return match.end()


def _sharp(scan: _Scan, match: re.Match[str]) -> int:
    _open_turn(scan, Leg(turn="sharp left" if match["side"] == "left" else "sharp right"))
    return match.end()


def _back(scan: _Scan, match: re.Match[str]) -> int:
    if scan.legs and match.group() == "behind you" and scan.legs[-1] == Leg(distance=scan.legs[-1].distance):
        scan.put(replace(scan.legs[-1], turn="back"))
        return match.end()
    if not scan.legs or scan.legs[-1] != Leg(turn="back"):
        scan.legs.append(Leg(turn="back"))
    return match.end()


def _ahead(scan: _Scan, match: re.Match[str]) -> int:
    if scan.legs and match.group().endswith("in front of you"):  # said of the place, not of the way
        return match.end()
    scan.current(unless=lambda last: bool(last.until))
    return match.end()


def _past(scan: _Scan, match: re.Match[str]) -> int:
    names, end = scan.places(match.end())
    if not names:
        return match.end()
    if scan.legs and names == [scan.legs[-1].until]:  # "until the fountain; it's just after that"
        return end
    after = match.group().startswith("after") or scan.words[: match.start()].rstrip().endswith(("just", "sharp"))
    if scan.last_cue in TURNS and not scan.gap.strip() and after:
        leg = scan.legs[-1]
        scan.before_turn(past=tuple(names))
        scan.legs[-1] = leg
        return end
    leg = scan.current(unless=lambda last: bool(last.until))
    scan.put(replace(leg, past=leg.past + tuple(n for n in names if n not in leg.past)))
    return end


def _keep(scan: _Scan, match: re.Match[str]) -> int:
    name, _ = scan.place(match.start("place"))
    along = match.group().startswith(("along", "follow"))
    if name and not along and not (scan.legs and (scan.legs[-1].until == name or name in scan.legs[-1].past)):
        leg = scan.current(unless=lambda last: bool(last.until))
        scan.put(replace(leg, past=(*leg.past, name)))
    return match.end()


def _until(scan: _Scan, match: re.Match[str]) -> int:
    name, end = scan.place(match.end())
    if not name or scan.words[: match.start()].rstrip().endswith("not"):
        return end
    if scan.last_cue in TURNS and re.fullmatch(r"\s*(?:just )?", scan.gap) and re.match("when|before|where", match[0]):
        scan.before_turn(until=name)
        return end
    leg = scan.current(unless=lambda last: bool(last.until))
    scan.put(replace(leg, until=name))
    return end


def _from(scan: _Scan, match: re.Match[str]) -> int:
    name, end = scan.place(match.end())
    if name and not scan.legs:
        scan.legs.append(Leg(until=name))
    return end


def _at(scan: _Scan, match: re.Match[str]) -> int:
    name, end = scan.place(match.end())
    if not name:
        return match.end()
    if scan.last_cue in TURNS and re.fullmatch(r"[\s]*(?:up |down |over )?(?:there|here)?\s*", scan.gap):
        scan.before_turn(until=name)
    elif re.search(r"\b(?:it's|is|it|that's|be)\b[^.,;]*$", scan.gap):
        scan.near.append(name)
    else:
        leg = scan.current(unless=lambda last: bool(last.until))
        scan.put(replace(leg, until=name))
    return end


def _near(scan: _Scan, match: re.Match[str]) -> int:
    names, end = scan.places(match.end())
    if match.group().startswith("between") and len(names) == 1 and (more := re.match(r" and", scan.words[end:])):
        name, after = scan.place(end + more.end())
        if name:
            names, end = [*names, name], after
    if names and scan.last_cue in TURNS and not scan.gap.strip() and match.group() in ("by", "near"):
        scan.before_turn(until=names[0])
    else:
        scan.near.extend(n for n in names if n not in scan.near)
    return end if names else match.end()


def _opposite(scan: _Scan, match: re.Match[str]) -> int:
    name, end = scan.place(match.end())
    scan.opposite = name or scan.opposite
    return end if name else match.end()


def _arrive(scan: _Scan, match: re.Match[str]) -> int:
    scan.side = "left" if match["side"] == "left" else "right"
    return match.end()


def _side(scan: _Scan, match: re.Match[str]) -> int:
    if scan.last_cue == "distance" and match.group().startswith("to the") and scan.legs[-1].turn == "ahead":
        scan.put(replace(scan.legs[-1], turn="left" if match["side"] == "left" else "right"))
        return match.end()
    turning = re.search(r"\b(?:turn|go|corner|walk|then)\s*$", scan.words[: match.start()]) is not None
    if turning and match.group().startswith("to"):
        return _turn(scan, match)
    return _arrive(scan, match)


def _mine(scan: _Scan, match: re.Match[str]) -> int:
    scan.legs.append(Leg(turn="right" if match["side"] == "left" else "left"))
    return match.end()


def _skip(scan: _Scan, match: re.Match[str]) -> int:
    return match.end()


def _mention(scan: _Scan, match: re.Match[str]) -> int:
    return scan.place(match.end())[1]


_HANDLERS: dict[str, Callable[[_Scan, re.Match[str]], int]] = {
    "repair": _skip, "skip": _skip, "mention": _mention, "distance": _distance, "ahead": _ahead, "back": _back,
    "turn": _turn, "slight": _slight, "sharp": _sharp,
    "ordinal": _ordinal, "mine": _mine, "side": _side, "arrive": _arrive,
    "past": _past, "keep": _keep, "until": _until, "from": _from, "at": _at, "near": _near, "opposite": _opposite,
}  # fmt: skip
