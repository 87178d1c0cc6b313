"""What a robot is told to do, read from the words."""

from __future__ import annotations

import re

from embodied.agents.directions import METRES, normalise, place_key

_GOAL = re.compile(
    r"\b(?:find|go to|take me to|bring me to|walk to|drive to|get to|look for|looking for|where is|reach|"
    r"to(?! (?:get|go|find|reach|walk|drive|look)\b))\s+"
    r"(?:the|an?|some|any)?\s*(?:nearest|next|closest)?\s*"
    r"(?P<goal>[a-z][a-z0-9' &]*?)\s*(?=[.,;:!?]|$|\bplease\b|\bfor me\b)"
)
_STRAIGHT = re.compile(r"\b(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+?)s?\b")


def read_goal(instruction: str) -> str:
    """Return the name of the place to find ("Find the pharmacy." -> "pharmacy"), or "" when none is named."""
    match = _GOAL.search(normalise(instruction))
    return match["goal"].strip() if match else ""


def read_distance(instruction: str) -> float | None:
    """Return how far to go, metres ("Go straight ahead for 10 metres." -> 10), or None."""
    for match in _STRAIGHT.finditer(normalise(instruction)):
        if match["unit"] in METRES:
            return float(match["number"]) * METRES[match["unit"]]
    return None


def is_place(label: str, name: str) -> bool:
    """Tell whether a label that is read somewhere ("PHARMACY") means the place called `name`."""
    a, b = place_key(label), place_key(name)
    if not a or not b or re.findall(r"\d+", label) != re.findall(r"\d+", name):
        return False
    words, said = {place_key(word) for word in label.split()}, {place_key(word) for word in name.split()}
    return a == b or said <= words or words <= said or (min(len(a), len(b)) >= 4 and (a in b or b in a))
