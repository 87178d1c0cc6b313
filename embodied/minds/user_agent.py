"""User agents: stand in for the person who gives a robot errands, and decide at each step to observe or to speak.

After Philipov et al., Simulating User Agents for Embodied Conversational AI (arXiv 2410.23535): a user agent sees the
goal and the history of dialogue acts and robot actions, nothing else, and chooses OBSERVE or SPEAK with one of TEACh's
acts. What it cannot be understood to choose counts as OTHER.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from embodied.minds.acts import TEACH
from embodied.minds.errands import Session, Turn

OBSERVE, OTHER = "OBSERVE", "OTHER"
LABELS: tuple[str, ...] = (OBSERVE, *TEACH, OTHER)
ENOUGH = 25.0  # cases of a wider context that weigh as much as all of a narrower one: our own choice
SILENCES = (5.0, 20.0, 60.0)  # s since the user spoke, between which contexts differ
THRESHOLDS = np.linspace(0.05, 0.95, 19)  # probabilities of speaking, of which one is chosen
# Generic words of an act, for who knows the goal alone.
PHRASES = {
    "Instruction": "{goal}", "Acknowledge": "All right.", "InformationOnObjectDetails": "Look where it usually is.",
    "FeedbackPositive": "Good.", "Greetings/Salutations": "Hello.", "Affirm": "Yes.", "Deny": "No.",
    "FeedbackNegative": "That is wrong.", "Confirm": "Did that work?", "RequestOtherInfo": "Where are you now?",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a user does at a step. `label`: OBSERVE, an act of TEACH, or OTHER. words: what it says, "" if nothing."""

    label: str
    words: str = ""

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ValueError(f"label: expected one of {', '.join(LABELS)}, got {self.label!r}; use OTHER")

    @property
    def speaks(self) -> bool:
        """Whether it says something, be it nothing that can be understood."""
        return self.label != OBSERVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a user agent is asked about: the goal in words, and the turns so far."""

    goal: str
    history: tuple[Turn, ...]


class UserAgent(Protocol):
    """Decides for a user; of many steps at once with `decide_many`, in order."""

    def decide(self, goal: str, history: Sequence[Turn]) -> Choice: ...

    def decide_many(self, cases: Sequence[Case]) -> list[Choice]: ...


def cases_of(session: Session) -> Iterator[tuple[Case, Choice]]:
    """Yield what there was to decide in a session, before each of its turns, and what its commander did."""
    for step, turn in enumerate(session.turns):
        spoke = turn.who == "commander"
        label = turn.name if spoke else OBSERVE
        yield (
            Case(goal=session.goal, history=session.turns[:step]),
            Choice(label=label, words=turn.words if spoke else ""),
        )


class BaselineUser:
    """The paper's baseline: speaks exactly when the robot has just spoken, and then instructs."""

    def decide(self, goal: str, history: Sequence[Turn]) -> Choice:
        """Return the choice after a history."""
        spoken_to = bool(history) and history[-1].who == "robot" and history[-1].kind == "say"
        return Choice(label="Instruction", words=goal) if spoken_to else Choice(label=OBSERVE)

    def decide_many(self, cases: Sequence[Case]) -> list[Choice]:
        """Return the choice for each case."""
        return [self.decide(case.goal, case.history) for case in cases]


class RulesUser:
    """Contexts that are written by hand, and how often commanders spoke in them in sessions to learn from.

    Narrow contexts are smoothed with the wider ones around them. It speaks where the chance is above the threshold that
    gave the best F1 on the second half of those sessions, with counts of the first; then it counts all. Of acts it
    takes the commonest.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Learn from sessions, none of which may be one of those that it is scored on.

        Raises:
            ValueError: fewer than two sessions.
        """
        if len(sessions) < 2:
            raise ValueError(f"sessions: expected 2 or more to learn from, got {len(sessions)}; draw more")
        half = len(sessions) // 2
        self._counts = _count(sessions[:half])
        self.threshold = self._best_threshold(sessions[half:])
        self._counts = _count(sessions)

    def decide(self, goal: str, history: Sequence[Turn]) -> Choice:
        """Return the choice after a history."""
        chances = self._chances(goal, history)
        speaking = 1.0 - chances.get(OBSERVE, 0.0)
        if speaking <= self.threshold:
            return Choice(label=OBSERVE)
        label = max((act for act in TEACH), key=lambda act: chances.get(act, 0.0))
        return Choice(label=label, words=PHRASES.get(label, "").format(goal=goal))

    def decide_many(self, cases: Sequence[Case]) -> list[Choice]:
        """Return the choice for each case."""
        return [self.decide(case.goal, case.history) for case in cases]

    def _chances(self, goal: str, history: Sequence[Turn]) -> dict[str, float]:
        """Return how likely each label is, from the widest context to the narrowest that has been seen."""
        chances: dict[str, float] = {}
        for context in contexts(goal, history):
            counts = self._counts.get(context)
            if counts is None:
                break
            whole = sum(counts.values())
            weight = ENOUGH if chances else 0.0
            chances = {
                label: (counts[label] + weight * chances.get(label, 0.0)) / (whole + weight)
                for label in dict.fromkeys((*chances, *counts))
            }
        return chances

    def _best_threshold(self, sessions: Sequence[Session]) -> float:
        found = [
            (1.0 - self._chances(case.goal, case.history).get(OBSERVE, 0.0), truth.speaks)
            for session in sessions
            for case, truth in cases_of(session)
        ]
        chances, spoke = np.array([chance for chance, _ in found]), np.array([truth for _, truth in found])
        said = chances[None] > THRESHOLDS[:, None]
        hits = (said & spoke).sum(axis=1)
        f1 = 2.0 * hits / np.maximum(said.sum(axis=1) + spoke.sum(), 1)
        return float(THRESHOLDS[int(f1.argmax())])


def contexts(goal: str, history: Sequence[Turn]) -> list[tuple[str, ...]]:
    """Return what a step has in common with others, from the widest to the narrowest."""
    told = sum(turn.who == "commander" and turn.name == "Instruction" for turn in history)
    wanted = goal.count(".")
    if not history:
        return [(), ("first",), ("first", str(wanted))]
    last = history[-1]
    own = [turn for turn in history if turn.who == "commander"]
    event = f"{last.who} {last.name}"
    before = f"{history[-2].who} {history[-2].name}" if len(history) > 1 else ""
    said = own[-1].name if own else ""
    silence = last.time - own[-1].time if own else last.time
    quiet = str(sum(silence >= end for end in SILENCES))
    left = "more" if told < wanted else "few" if told == wanted else "over"
    narrowest = (event, said, left, before, _style(history), quiet)
    return [narrowest[:width] for width in range(len(narrowest) + 1)]


def _style(history: Sequence[Turn]) -> str:
    """Return how the user has given instructions so far: several in a row, of things alone, or neither to be seen."""
    given = [turn for turn in history if turn.name == "Instruction" and turn.who == "commander"]
    for one, other in pairwise(given):
        if all(turn.who == "commander" for turn in history[one.step : other.step]):
            return "at once"
    bare = given and not any(f" {word} " in turn.words for turn in given for word in ("to", "in", "into", "at"))
    return "in steps" if bare else ""


def _count(sessions: Sequence[Session]) -> dict[tuple[str, ...], Counter[str]]:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for session in sessions:
        for case, truth in cases_of(session):
            for context in contexts(case.goal, case.history):
                counts.setdefault(context, Counter())[truth.label] += 1
    return counts
