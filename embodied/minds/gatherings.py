"""Invitations: a gathering as it is told in words, understood from these words, and whether somebody comes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from embodied.minds.news import Fact
from embodied.minds.persona import FAMILY, MIDDLE, Persona
from embodied.minds.planning import DAY
from embodied.wording import the

# What comes of an invitation by what the host is to the guest; five of twelve came in Park et al.'s town. Our own.
COMING = {"family": 0.8, "friend": 0.7, "colleague": 0.4, "classmate": 0.5, "neighbour": 0.4, "acquaintance": 0.4}
STRANGER = 0.2
UNINVITED = 0.5  # factor for who only heard of it
BY_SOCIABILITY = 0.1  # more for each level of sociability
BUSY = 0.5  # share of it that one's routine may take
GOING = "go to the gathering"  # the activity in a plan

_WORDS = re.compile(
    r"(?P<host>.+) is giving (?P<what>.+) at (?:the )?(?P<place>.+) on day (?P<day>\d+) "
    r"from (?P<start>\d\d:\d\d) to (?P<end>\d\d:\d\d)\."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """Something to come to.

    Attributes:
        host: name of who gives it. what: with its article ("a party"). place: where. day: from 1.
        start, end: minutes of the day.

    Raises:
        ValueError: an end that is not after the start, a time out of the day, or a day below 1.
    """

    host: str
    what: str
    place: str
    day: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY - 1:
            raise ValueError(f"start, end: expected minutes 0 <= start < end < {DAY}, got {self.start} and {self.end}")
        if self.day < 1:
            raise ValueError(f"day: expected 1 or more, got {self.day}")

    def fact(self, importance: float) -> Fact:
        """Return it as something to tell."""
        what = f"{self.what} at {the(self.place)} on day {self.day} from {_clock(self.start)} to {_clock(self.end)}"
        text = f"{self.host} is giving {what}."
        return Fact(text=text, triple=(self.host, "is giving", what), importance=importance)


def read_gathering(text: str) -> Gathering | None:
    """Return the gathering that a sentence tells of, or None."""
    match = _WORDS.fullmatch(text)
    if match is None:
        return None
    return Gathering(
        host=match["host"],
        what=match["what"],
        place=match["place"],
        day=int(match["day"]),
        start=_minutes(match["start"]),
        end=_minutes(match["end"]),
    )


def decide_to_come(
    guest: Persona, gathering: Gathering, host_id: int | None, *, invited: bool, rng: np.random.Generator
) -> bool:
    """Draw whether somebody promises to come.

    Args:
        guest: who has heard of it. gathering: what it is. host_id: whose, None where the guest cannot tell.
        invited: whether the host itself asked. rng: the draw comes from it, one in any case.
    """
    taken = sum(
        max(0.0, min(entry.end * 60, gathering.end) - max(entry.start * 60, gathering.start)) for entry in guest.routine
    )
    kind = guest.relationships.get(host_id, "") if host_id is not None else ""
    share = COMING["family"] if kind in FAMILY else COMING.get(kind, STRANGER)
    share += BY_SOCIABILITY * (guest.traits["sociability"] - MIDDLE)
    drawn = rng.random() < share * (1.0 if invited else UNINVITED)
    return bool(drawn and taken <= BUSY * (gathering.end - gathering.start))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
