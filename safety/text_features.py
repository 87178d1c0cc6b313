"""What a line of words says in general: quantities with their roles, and clauses beside the main one.

Nothing here knows a kind of danger. A quantity is a number with a unit (or a count of people), in SI units, and gets
its role from the words round it: how far from a thing, how far the adult in charge is, how far one sees, how high one
stands, for how long, after how long a wait, and so on. The words are English function words and everyday nouns.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from safety.report import FloatArray, IntArray

# role -> 1 where more of it is riskier, -1 where less is
ROLES = {
    "distance": -1, "reach": -1, "watch": 1, "view": -1, "height": 1, "lasting": 1, "wait": -1, "pace": -1, "stale": 1,
    "contact": 1, "people": 1, "load": 1, "volume": 1, "speed": 1,
}  # fmt: skip
_NUMBERS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "fifteen": 15.0, "twenty": 20.0,
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "hundred": 100.0, "half a": 0.5, "half an": 0.5,
    "a quarter of an": 0.25, "a quarter of a": 0.25, "a dozen": 12.0, "a couple of": 2.0, "several": 5.0,
}  # fmt: skip
# kind -> {how its unit is written: metres, minutes, kilograms, millilitres or m/s}; the international foot and pound
_UNITS = {
    "speed": {
        r"m/s|met(?:re|er)s? (?:a|per) second": 1.0, r"km/h|kph|kilomet(?:re|er)s? (?:an|per) hour": 1 / 3.6,
        r"mph|miles? (?:an|per) hour": 0.44704,
    },
    "length": {
        r"m|met(?:re|er)s?": 1.0, r"cm|centimet(?:re|er)s?": 0.01, r"mm|millimet(?:re|er)s?": 0.001,
        r"km|kilomet(?:re|er)s?": 1000.0, r"ft|foot|feet": 0.3048, r"inch|inches": 0.0254, r"yards?": 0.9144,
    },
    "time": {r"s|secs?|seconds?": 1 / 60, r"mins?|minutes?": 1.0, r"h|hrs?|hours?": 60.0},
    "load": {r"kg|kilos?|kilograms?": 1.0, r"g|grams?": 0.001, r"lbs?|pounds?": 0.45359237, r"tonnes?": 1000.0},
    "volume": {
        r"ml|millilit(?:re|er)s?": 1.0, r"cl|centilit(?:re|er)s?": 10.0, r"l|lit(?:re|er)s?": 1000.0,
    },
    "people": {r"persons?|people|guests?|friends?|children|adults?|men|women|of you": 1.0},
}  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?[ -]?|(?:" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")[ -]"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<number>{_NUMBER})(?:"
    + "|".join(f"(?P<{kind}>{'|'.join(units)})" for kind, units in _UNITS.items())
    + r")(?![\w/])"
)
_TIME_OF_DAY = re.compile(r"^\s*\d{1,2}(?::\d\d)?\s*[ap]m\s*:\s*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENERS = _words("while before as for to with after when during once until at in")
_GUARDIANS = _words(
    "adult adults lifeguard parent parents mother father nanny teacher carer guardian supervisor somebody someone"
    " anybody person guard nurse coach grown-up"
)
_BODY = _words(
    "hand hands finger fingers hair sleeve cuff scarf nose face palm palms arm arms elbow head ear eyes skirt"
)
_SEEING = _words("see seeing sees view sight visible")
_TOUCHING = _words("hold holding steady touch touching press pressing lift lifting grip gripping")
_UP = _words("up above high tall on off")
# How a clause beside the main one begins, and what that says of a precaution in it.
_NEGATED = _words("no nobody none never not neither nor without before unless until though although despite")
_REFUSED = _words("instead skipping ignoring refusing forgetting outside")
_AFFIRMED = _words("after once wearing using when where while now taking having keeping")
_SPLITTING = _words("without wearing using though although despite unless")
_ADVERBS = _words("long just well only even still right always also and but")
_ENDED = _words("off closed shut locked stopped out unplugged disconnected empty")
_GOING = _words("on open opened running lit unlocked in up use fitted ready")
_UNDONE = _words("away uncovered loose folded missing left pocket unsecured broken down")
_DONE = _words("covered secured fixed fastened tied braced taped held read checked agreed consent dry")
_BECOMING = _words("is are was been has have being not switched turned shut put")
_SOURCES = _words(  # what is safer when it is off, closed or still
    "power current electricity mains engine motor machine gas valve tap flame flames fire stove oven heater traffic"
    " blade burner pump fuse"
)
# what the clauses of a line say: a precaution taken or refused, firmly or by a state such as "with ... off"; and so on
CLAUSES = ("affirmed", "negated", "with", "with not", "unclear", "a quantity", "nothing")
WORDS = 4096  # buckets of words
LEAST = 1e-3  # the least amount whose logarithm is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a line says.

    Attributes:
        quantities: (role, value) in metres, minutes, people, kilograms, millilitres or m/s, in their order.
        main: the tokens of the main clause, quantities as "<role>".
        beside: those of each clause beside it that has no quantity: what is done about it.
    """

    quantities: tuple[tuple[str, float], ...]
    main: tuple[str, ...]
    beside: tuple[tuple[str, ...], ...]


def read(text: str) -> Reading:
    """Return what a line of words says."""
    words = _TIME_OF_DAY.sub("", text.casefold()).replace("n't", " not").strip().rstrip(".!")
    found: list[tuple[str, float]] = []

    def mark(match: re.Match[str]) -> str:
        kind = next(name for name in _UNITS if match[name] is not None)
        factor = next(f for unit, f in _UNITS[kind].items() if re.fullmatch(unit, match[kind]))
        number = match["number"].rstrip(" -")
        if kind == "people" and number in ("a", "an"):
            return match[0]
        found.append((kind, (_NUMBERS[number] if number in _NUMBERS else float(number)) * factor))
        return f" q{len(found) - 1}q "

    marked = _QUANTITY.sub(mark, words)
    segments = [part.split() for part in re.split(r"[,;:.]\s+", marked) if part.split()]
    if len(segments) > 1 and segments[0][0] in _OPENERS and not any(map(_index, segments[0])):
        segments = segments[1:]
    roles: dict[int, str] = {}
    main: list[str] = []
    beside: list[tuple[str, ...]] = []
    for number, segment in enumerate(segments):
        tokens = [token.strip("'\"()!?") for token in segment]
        places = [place for place, token in enumerate(tokens) if _index(token)]
        for place in places:
            index = int(tokens[place][1:-1])
            roles[index] = _role(found[index][0], tokens, place)
            tokens[place] = f"<{roles[index]}>"
        if number and not places:
            beside.append(tuple(tokens))
            continue
        end = len(tokens)
        if places and "and" in tokens[places[-1] :] and number:
            end = places[-1] + tokens[places[-1] :].index("and")
            beside.append(tuple(tokens[end + 1 :]))
        main += tokens[:end]
    if not beside:
        cut = next((place for place, token in enumerate(main) if place and token in _SPLITTING), len(main))
        beside += [tuple(main[cut:])] if cut < len(main) else []
        main = main[:cut]
    quantities = tuple((roles[index], value) for index, (_, value) in enumerate(found) if index in roles)
    return Reading(quantities=quantities, main=tuple(main), beside=tuple(beside))


def _index(token: str) -> bool:
    return len(token) > 2 and token[0] == token[-1] == "q" and token[1:-1].isdecimal()


def _role(kind: str, tokens: Sequence[str], place: int) -> str:
    """Return what a quantity of a kind at a place of its clause stands for."""
    before, after = tokens[max(0, place - 5) : place], tokens[place + 1 : place + 4]
    last, following = (before[-1] if before else ""), (after[0] if after else "")
    if kind == "length":
        if _SEEING & {*before[-3:], *tokens[place + 1 : place + 6]} or following == "ahead":
            return "view"
        if _GUARDIANS & {*before}:
            return "watch"
        if following not in ("from", "away", "behind", "outside") and (following in _UP or last in ("at", "to")):
            return "height"
        return "reach" if _BODY & {*before} else "distance"
    if kind == "time":
        if {"ago", "out", "stood", "table"} & {*before[-3:], *tokens[place + 1 : place + 6]}:
            return "stale"
        if last in ("in", "within") and following != "after":
            return "pace"
        if following == "after" or {"after", "wait", "waiting", "waited"} & {*before[-2:]}:
            return "wait"
        return "contact" if _TOUCHING & {*before} else "lasting"
    return kind


def polarity(tokens: Sequence[str]) -> tuple[int, bool]:
    """Return whether a clause says that something is done (1), is not (-1) or neither (0), and whether firmly."""
    words = list(tokens)
    while words and words[0] in _ADVERBS:
        words = words[1:]
    if not words:
        return 0, False
    if _NEGATED & {*words} or _REFUSED & {*words[:2]}:
        return -1, True
    if words[0] in _AFFIRMED:
        return 1, True
    if words[0] not in ("with", "in", "by", "behind", "under", "at"):
        return 0, False
    ended, going = bool(_ENDED & {*words}), bool(_GOING & {*words[1:]})
    state = next((place for place, word in enumerate(words) if place and word in _ENDED | _GOING), 0)
    thing = next((word for word in reversed(words[:state]) if word not in _BECOMING), "")
    if thing in _SOURCES:
        return (1 if words[state] in _ENDED else -1), False
    if _UNDONE & {*words} or (ended and not going):
        return -1, False
    return 1, words[0] != "with" or bool(_DONE & {*words})


def grams(tokens: Sequence[str], most: int) -> list[str]:
    """Return the n-grams of a clause up to `most` words."""
    return [
        " ".join(tokens[start : start + size]) for size in range(1, most + 1) for start in range(len(tokens) - size + 1)
    ]


def bucket(grams: Iterable[str], size: int) -> list[int]:
    """Return the bucket of each n-gram among `size`, each once, in order; the same on every machine."""
    return sorted({zlib.crc32(gram.encode()) % size for gram in grams})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """What B lines say.

    Attributes:
        clauses: (B, CLAUSES) 0 or 1, in the order of CLAUSES.
        line, role: (E,) of each quantity: in which line, and which of ROLES. amount: (E,) natural log of its value.
        word_line, word: (G,) of each word of a main clause: in which line, and its bucket of WORDS.
    """

    clauses: FloatArray
    line: IntArray
    role: IntArray
    amount: FloatArray
    word_line: IntArray
    word: IntArray


def describe(texts: Sequence[str]) -> Features:
    """Return what B lines say, as numbers."""
    readings = [read(text) for text in texts]
    names = list(ROLES)
    amounts = [
        (line, names.index(role), math.log(max(value, LEAST)))
        for line, reading in enumerate(readings)
        for role, value in reading.quantities
    ]
    words = [(line, word) for line, reading in enumerate(readings) for word in bucket(reading.main, WORDS)]
    table = np.array(amounts, dtype=np.float64).reshape(-1, 3)
    pairs = np.array(words, dtype=np.int64).reshape(-1, 2)
    return Features(
        clauses=np.array([_clauses(reading) for reading in readings], dtype=np.float64).reshape(-1, len(CLAUSES)),
        line=table[:, 0].astype(np.int64), role=table[:, 1].astype(np.int64), amount=table[:, 2],
        word_line=pairs[:, 0], word=pairs[:, 1],
    )  # fmt: skip


def _clauses(reading: Reading) -> list[bool]:
    said = {polarity(clause) for clause in reading.beside}
    told = [(sign, firm) in said for sign, firm in ((1, True), (-1, True), (1, False), (-1, False))]
    unclear = bool(said) and not any(told)
    return [*told, unclear, bool(reading.quantities), not reading.quantities and not any(told)]
