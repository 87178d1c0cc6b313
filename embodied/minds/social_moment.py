"""What the social rules have before them when somebody decides: facts, who and what is where, and what is decided."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embodied.episode import Activity, Decision, FloatArray, Heard, PersonObservation, Seen
from embodied.minds.social_facts import ME, Beliefs, Fact, keep_books, read_facts

_LENGTH = re.compile(r"([\d.]+) m long")
_POINTS = re.compile(r"points at the ([^,]+)")
_LOOKS = re.compile(r"looks at (you|the [^,]+|\S+)")


@dataclass(slots=True)
class Notes:
    """What is kept of a person between decisions.

    Attributes:
        ids: of people, by name. things: where things were last seen (2,), metres. states: how they looked then.
        labels: what was written on them. pointed, gazed: what a name last pointed or, having looked at me, looked at,
            and when (s). met_eyes: when somebody last looked at me. done: what is done once only.
    """

    ids: dict[str, int] = field(default_factory=dict)
    things: dict[str, FloatArray] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    pointed: dict[str, tuple[str, float]] = field(default_factory=dict)
    gazed: dict[str, tuple[str, float]] = field(default_factory=dict)
    met_eyes: dict[str, float] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)


class SocialMoment:
    """One decision in the making.

    Attributes:
        observation: what is sensed; time: s; notes: what is kept in mind; facts: what is remembered, in order.
        people: who is seen, by name. visible: things that are seen, by name. beliefs: what everybody believes.
        holds, grips: what it has in its hands, or has hold of, "". decision: what is decided, None yet.
    """

    def __init__(self, observation: PersonObservation, notes: Notes, *, egocentric: bool) -> None:
        """Read an observation."""
        self.observation, self.notes, self.time = observation, notes, observation.time
        self.egocentric = egocentric
        self.people = {one.name: one for one in observation.seen if one.kind == "person"}
        self.visible = {one.name: one for one in observation.seen if one.kind == "thing"}
        self.decision: Decision | None = None
        self.heard: tuple[Heard, ...] = tuple(one for one in observation.heard if not one.own)
        self._keep()
        names = {*observation.places, *notes.things} - {"door"}
        self.facts: list[Fact] = read_facts(observation.memories, names)
        self.beliefs: Beliefs = keep_books(self.facts, egocentric=egocentric)
        held = re.search(r"holds the ([^,]+)", observation.activity)
        grip = re.search(r"has hold of the ([^,]+)", observation.activity)
        self.holds, self.grips = held[1] if held else "", grip[1] if grip else ""

    def _keep(self) -> None:
        """Note who and what is seen now."""
        notes = self.notes
        for one in self.people.values():
            notes.ids[one.name] = one.id
            if (match := _POINTS.search(one.activity)) is not None:
                notes.pointed[one.name] = (match[1], self.time)
            if (match := _LOOKS.search(one.activity)) is not None:
                if match[1] == ME:
                    notes.met_eyes[one.name] = self.time
                elif match[1].startswith("the ") and self.time - notes.met_eyes.get(one.name, -math.inf) < 6.0:
                    notes.gazed[one.name] = (match[1].removeprefix("the "), self.time)
        for name, one in self.visible.items():
            notes.things[name], notes.states[name] = self.spot(one), one.activity
            if one.text:
                notes.labels[name] = one.text.lower()

    # ---------------------------------------------------------------- where and who

    def spot(self, seen: Seen) -> FloatArray:
        """Return where something that is seen is (2,), metres."""
        angle = self.observation.yaw + seen.bearing
        x, y = self.observation.position
        return np.array([x + seen.distance * math.cos(angle), y + seen.distance * math.sin(angle)])

    def place(self, name: str) -> FloatArray | None:
        """Return where a person in view, or a thing, is (2,), metres."""
        if name == ME:
            return np.array(self.observation.position)
        if name in self.people:
            return self.spot(self.people[name])
        return self.notes.things.get(name)

    def distance(self, name: str) -> float:
        """Return metres to somebody or something, inf where it is unknown."""
        there = self.place(name)
        return math.inf if there is None else math.dist(self.observation.position, there)

    def sees(self, person: str, thing: str) -> bool:
        """Tell whether somebody else can see a thing: no screen crosses its line of sight."""
        here, there = self.place(person), self.place(thing)
        if self.egocentric or here is None or there is None:
            return True
        for name in self.notes.things:
            if not name.startswith("one end of the ") or "fence" in name:
                continue
            other = self.notes.things.get(name.replace("one end", "other end", 1))
            if other is not None and crosses(here, there, self.notes.things[name], other):
                return False
        return True

    def speaker(self, heard: Heard) -> str:
        """Return the name of who said something, "" if unknown."""
        return next((name for name, number in self.notes.ids.items() if number == heard.speaker), "")

    def length(self, thing: str) -> float:
        """Return how long a thing is that was seen, metres, 0 where that was not seen."""
        match = _LENGTH.search(self.notes.states.get(thing, ""))
        return float(match[1]) if match else 0.0

    # ---------------------------------------------------------------- what happened

    def did(self, pattern: str, *, who: str | None = None, after: float = -math.inf) -> Fact | None:
        """Return the last fact that is no speech and matches, by somebody, from a time on."""
        found = [
            fact
            for fact in self.facts
            if not fact.said
            and fact.time >= after
            and (who is None or fact.who == who)
            and re.search(pattern, fact.text)
        ]
        return found[-1] if found else None

    def told(self, pattern: str) -> tuple[Fact, re.Match[str]] | None:
        """Return the last words of others that match, and how."""
        for fact in reversed(self.facts):
            match = re.search(pattern, fact.said, re.IGNORECASE)
            if match is not None and fact.who != ME and fact.to in ("", ME):
                return fact, match
        return None

    # ---------------------------------------------------------------- what is decided

    def decide(self, activity: Activity, target: str, goal: str, reason: str, *, speed: float | None = None) -> bool:
        """Take down a decision."""
        self.decision = Decision(activity=activity, target=self._aim(target), goal=goal, reason=reason, speed=speed)
        return True

    def say(self, words: str, to: str, act: str, goal: str, **fields: Any) -> bool:
        """Take down words to somebody."""
        self.decision = Decision(
            activity="talk",
            target=self._aim(to),
            utterance=words,
            act=act,
            generated_by="template",
            goal=goal,
            **fields,
        )
        return True

    def once(self, key: str) -> bool:
        """Tell whether something is to be done that is done once only, and note it."""
        if key in self.notes.done:
            return False
        self.notes.done.add(key)
        return True

    def _aim(self, name: str) -> str:
        return f"person {self.notes.ids[name]}" if name in self.notes.ids else name


def crosses(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> bool:
    """Tell whether the segments a b and c d cross, points (2,)."""

    def side(p: Sequence[float] | FloatArray, q: Sequence[float] | FloatArray, r: FloatArray) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0.0 and side(c, d, a) * side(c, d, b) < 0.0
