"""What a planner that follows rules has before it when somebody decides: what is sensed, and what is kept in mind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embodied.episode import Decision, Heard, PersonObservation, Seen
from embodied.minds.behaviour_tree import State
from embodied.minds.decision import REASON, WORDS
from embodied.minds.pace import speed
from embodied.minds.persona import Persona
from embodied.minds.sayings import SAYINGS
from embodied.minds.utility import Option, pick

AVERAGE = Persona(id=0, name="somebody", age=35, gender="nonbinary")  # of whom nothing is known
KEPT = 64  # things that a person has in mind at most; the oldest are dropped
NEVER = -math.inf  # s


@dataclass(slots=True, kw_only=True)
class Life:
    """What the planner keeps of a person from one decision to the next.

    Attributes:
        rng: of its choices. factor: by which it walks faster than others. tree: what is under way.
        recent: what it did or noticed -> s, when last.
        turns: person_id -> how often it has spoken in the conversation with that person.
        robot: s and metres, when and how far off it saw the robot last. reaction: to the robot, "" before the first.
        goes_to: the place it is on its way to, "" if none. errand: what for, and for how many minutes, where that is
            not its plan. waits: how often it has waited, since it got stuck.
    """

    rng: np.random.Generator
    factor: float
    tree: State = field(default_factory=dict)
    recent: dict[str, float] = field(default_factory=dict)
    turns: dict[int, int] = field(default_factory=dict)
    robot: tuple[float, float] = (NEVER, math.inf)
    reaction: str = ""
    goes_to: str = ""
    errand: tuple[str, int] = ("", 0)
    waits: int = 0


class Moment:
    """One decision in the making.

    Attributes:
        observation: what is sensed; time: s; life: what is kept in mind; persona: who decides; traits: its own.
        heard: what was said to it last, None if nothing. robot: the nearest in view, None if none.
        hazards: those in view, the nearest first. choice: what leaves of the tree chose for those after them.
        approaches: whether the robot came nearer since it was last seen.
    """

    __slots__ = (
        "approaches", "choice", "fields", "hazards", "heard", "life", "observation", "persona", "robot", "temperature",
        "time", "traits",
    )  # fmt: skip

    def __init__(self, observation: PersonObservation, life: Life, temperature: float) -> None:
        self.observation, self.life, self.temperature, self.time = observation, life, temperature, observation.time
        self.persona = observation.persona or AVERAGE
        self.traits: Mapping[str, int] = self.persona.traits
        self.choice = ""
        self.fields: dict[str, Any] = {}
        self.heard: Heard | None = None
        for heard in observation.heard:
            if not heard.own:
                self.heard = heard
        self.robot: Seen | None = None
        self.hazards: list[Seen] = []
        for seen in observation.seen:
            if seen.kind == "robot":
                self.robot = self.robot or seen
            elif seen.kind == "hazard":
                self.hazards.append(seen)
        self.approaches = False

    def choose(self, options: Sequence[Option]) -> str:
        """Return the name of the option that the person chooses."""
        return pick(options, self.traits, self.life.rng, self.temperature)

    def spread(self, deviation: float) -> float:
        """Draw a factor around 1 whose logarithm has this deviation; the temperature is not asked."""
        return math.exp(deviation * self.life.rng.standard_normal())

    def speed(self, factor: float = 1.0, *, fast: bool = False) -> float:
        """Return m/s at which the person walks, `factor` times its usual pace, or as fast as it can."""
        return speed(self.persona, factor=factor * self.life.factor, fast=fast)

    def since(self, what: str) -> float:
        """Return s since something was noted, inf if it was not."""
        return self.time - self.life.recent.get(what, NEVER)

    def note(self, what: str) -> None:
        """Keep in mind that something happened now."""
        recent = self.life.recent
        recent.pop(what, None)
        recent[what] = self.time
        if len(recent) > KEPT:
            del recent[next(iter(recent))]

    def decide(self, activity: str, goal: str, reason: str, **fields: Any) -> None:
        """Take down what is decided; what was said before stays."""
        self.fields.update(activity=activity, goal=goal, reason=reason, **fields)

    def say(self, act: str, saying: str, **slots: str) -> None:
        """Take down words of one of SAYINGS, drawn anew, with what its gaps are filled with."""
        options = SAYINGS[saying]
        words = options[int(self.life.rng.random() * len(options))].format(**slots)[:WORDS]
        self.fields.update(act=act, utterance=words[:1].upper() + words[1:], generated_by="template")

    def finish(self) -> Decision:
        """Return what was taken down as a decision."""
        fields = self.fields
        fields["goal"], fields["reason"] = fields["goal"][:REASON], fields["reason"][:REASON]
        return Decision(hazards=tuple(dict.fromkeys([hazard.name for hazard in self.hazards])), **fields)


def whom(person_id: int) -> str:
    """Return a person, or the robot, as a target of decisions."""
    return "robot" if person_id == 0 else f"person {person_id}"
