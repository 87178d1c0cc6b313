"""An activity in words, from its grounding: our own sentences, several to a deed.

The safe and the unsafe telling of a deed share their clauses; the numbers and whether a precaution is taken decide, not
keywords. Every clause has an id "primitive/deed/0...3" (or "other/n"), so that a split can hold out phrasings as well
as categories. What is said is true of the grounding: round the values first (`rounded`), then tell them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from safety.primitives import primitive_of
from safety.scenario import BEGINNING, HOUR
from safety.truth import NEUTRAL as OTHER
from safety.wording_care import ARRIVALS, CARE, GOODBYES, NEUTRAL, OPENERS
from safety.wording_hall import HALL
from safety.wording_house import HOUSE
from safety.wording_outdoors import OUTDOORS

CLAUSES: Mapping[str, Mapping[str, tuple[str, ...]]] = {**OUTDOORS, **HOUSE, **HALL}
PHRASINGS = 4  # of each deed
_METRES = frozenset({"distance", "adult", "view", "height"})
_STEPS = {"speed": 0.1, "people": 1.0, "load": 1.0, "volume": 10.0, "contact": 1.0, "hand": 0.01, "hours": 0.25}
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_GAITS = ((0.9, "stroll"), (1.6, "walk"), (2.6, "jog"), (np.inf, "run"))  # up to m/s


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Return values as they can be said: 5 cm below a metre, else 10 cm; whole minutes, people and kilos; and so on."""
    found = {}
    for name, value in values.items():
        step = _STEPS.get(name, 1.0)
        if name in _METRES:
            step = 0.05 if value < 0.975 else 0.1
        elif name == "minutes":
            step = 1 / 12 if value < 0.95 else 1.0
        found[name] = round(max(1, round(value / step)) * step, 6)
    return found


def say(name: str, value: float, style: int = 0) -> str:
    """Return one value in words: digits (style 0), short units (1) or as people speak (2)."""
    if name in _METRES or name == "hand":
        return _metres(value, style)
    if name == "minutes":
        if value < 1:
            return f"{round(value * 60)} seconds"
        spoken = {15: "a quarter of an hour", 30: "half an hour", 60: "an hour"}.get(round(value))
        return spoken if spoken and style == 2 else _count(value, "minute", style)
    if name == "hours":
        return "half an hour" if value == 0.5 and style == 2 else _count(value, "hour", style)
    if name == "speed":
        gait = next(word for most, word in _GAITS if value < most)
        unit = "m/s" if style == 1 else "metres a second"
        return f"a {gait} of {value:g} {unit}" if style == 2 else f"{value:g} {unit}"
    if name == "people":
        return "one person" if value == 1 and style == 2 else f"{value:g} {'person' if value == 1 else 'people'}"
    if name == "load":
        return f"{value:g} kg" if style == 1 else _count(value, "kilo", style)
    if name == "volume":
        return (f"{value:g} millilitres", f"{value:g} ml", f"{value / 10:g} centilitres")[style]
    return _count(value, "second", style)


def _metres(value: float, style: int) -> str:
    if value < 1:
        return f"{round(value * 100)} {'cm' if style == 1 else 'centimetres'}"
    return f"{value:g} m" if style == 1 else _count(value, "metre", style)


def _count(value: float, unit: str, style: int) -> str:
    whole = value == int(value) and value < len(_WORDS)
    number = _WORDS[int(value)] if whole and style == 2 else f"{value:g}"
    return f"{number} {unit}{'' if value == 1 else 's'}"


def clock(start: float, hour: float = BEGINNING) -> str:
    """Return the time of day `start` seconds after `hour`: "8 PM"."""
    minutes = round(hour * 60 + start / 60) % 1440
    past = f":{minutes % 60:02d}" if minutes % 60 else ""
    return f"{minutes // 60 % 12 or 12}{past} {'AM' if minutes < 720 else 'PM'}"


def tell(
    kind: str,
    deed: str,
    values: Mapping[str, float],
    precautions: Sequence[str],
    start: float,
    rng: np.random.Generator,
    phrasings: Sequence[int] = range(PHRASINGS),
    hour: float = BEGINNING,
) -> str:
    """Return what an activity about a hazard is in words.

    Args:
        kind, deed: of the primitive. values: rounded. precautions: taken.
        start: s since the beginning, which is at `hour`.
        rng: draws phrasing, opener and style. phrasings: those allowed, of 0 ... 3.

    Raises:
        ValueError: an unknown kind or deed, an unknown precaution, or a value that its clauses name is missing.
    """
    known = primitive_of(kind).deed(deed)
    clause = CLAUSES[kind][deed][int(rng.choice(np.asarray(phrasings)))]
    style, way = int(rng.integers(3)), int(rng.integers(2))
    unlisted = [name for name in precautions if name not in known.precautions]
    listed = [name for name in precautions if name in known.precautions]
    spare = known.precautions[int(rng.integers(len(known.precautions)))] if known.precautions else ""
    care = " and ".join(_care(name, way) for name in listed) if listed else (CARE[spare][1][way] if spare else "")
    names = set(re.findall(r"{(\w+)}", clause)) - {"care"}
    if missing := names - set(values):
        raise ValueError(
            f"values: expected {', '.join(sorted(names))} for {kind}: {deed}, got none for"
            f" {', '.join(sorted(missing))}; add them"
        )
    words = clause.format(care=care, **{name: say(name, values[name], style) for name in names})
    words += "".join(f", {_care(name, way)}" for name in unlisted)
    return _sentence(words, start, rng, hour)


def tell_other(
    start: float,
    rng: np.random.Generator,
    clauses: Sequence[str] = NEUTRAL,
    precautions: Sequence[str] = (),
    hour: float = BEGINNING,
) -> str:
    """Return an activity that has to do with no hazard in words; `clauses` may be ARRIVALS or GOODBYES."""
    words = clauses[int(rng.integers(len(clauses)))] + "".join(f", {_care(name, 0)}" for name in precautions)
    if clauses is NEUTRAL:
        return _sentence(words, start, rng, hour)
    return f"{clock(start, hour)}: {words[0].upper()}{words[1:]}."


def _care(name: str, way: int) -> str:
    if name not in CARE:
        raise ValueError(f"precautions: expected some of {', '.join(CARE)}, got {name!r}; choose one of these")
    return CARE[name][0][way]


def _sentence(clause: str, start: float, rng: np.random.Generator, hour: float) -> str:
    words = OPENERS[int(rng.integers(len(OPENERS)))].format(clause=clause)
    return f"{clock(start, hour)}: {words[0].upper()}{words[1:]}."


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return the id and the pattern of every clause, the longest first."""
    rows = [
        (f"{kind}/{deed}/{index}", clause)
        for kind, deeds in CLAUSES.items()
        for deed, clauses in deeds.items()
        for index, clause in enumerate(clauses)
    ]
    rows += [(f"{OTHER}/{index}", clause) for index, clause in enumerate((*NEUTRAL, *ARRIVALS, *GOODBYES))]
    rows.sort(key=lambda row: -len(re.sub(r"{\w+}", "", row[1])))
    return [(name, re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(clause)), re.IGNORECASE)) for name, clause in rows]


def phrasing_of(text: str, of: str = "") -> str:
    """Return the id of the clause that a text was told with, "" for words that are not ours.

    Args:
        text: of an activity. of: what the id begins with, such as "grill/move it/", where that is known.
    """
    return next((name for name, pattern in _patterns() if name.startswith(of) and pattern.search(text)), "")


def hour_of(text: str) -> float:
    """Return the seconds since 7 PM that a text's time prefix says.

    Raises:
        ValueError: it begins with no time of day.
    """
    found = re.match(r"\s*(\d{1,2})(?::(\d{2}))?\s*([AP])M\s*:", text, re.IGNORECASE)
    if not found or not 1 <= int(found[1]) <= 12:
        raise ValueError(f"text: expected a time of day and words, as in '8 PM: ...', got {text!r:.60}; begin with it")
    hour = int(found[1]) % 12 + (12 if found[3].upper() == "P" else 0) + int(found[2] or 0) / 60
    return (hour - BEGINNING) % 24 * HOUR
