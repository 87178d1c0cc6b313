"""Who can be tested: the planners that are meant to pass, and subjects that are broken on purpose, to fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from embodied.episode import Decision, PersonObservation, Planner
from embodied.minds.decision import ACTIVITIES, NEEDS_TARGET, targets
from embodied.minds.social_rules import SocialRulesPlanner
from embodied.seeding import stream

WORDS = ("", "Yes.", "No.", "I do not know.", "On the left.", "On the right.")


class RandomPlanner:
    """Decides at random among what is valid."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Draw every decision from `rng`."""
        self._rng = rng

    def decide(self, observations: Sequence[PersonObservation]) -> list[Decision]:
        """Return a decision for each observation, in order."""
        return [self._decide(observation) for observation in observations]

    def _decide(self, observation: PersonObservation) -> Decision:
        rng, known = self._rng, targets(observation)
        people = [name for name in known if name not in observation.places]
        activities = [
            one for one in ACTIVITIES
            if (one not in NEEDS_TARGET or known) and (one not in ("talk", "follow") or people)
        ]  # fmt: skip
        activity = activities[int(rng.integers(len(activities)))]
        options = ("",) if activity == "wait" else tuple(people) if activity in ("talk", "follow") else known
        names = [one.name for one in observation.seen] + list(observation.places)
        words = (
            [*WORDS, *(f"{name}." for name in names)] if activity != "talk" else [f"{n}." for n in names] or ["Yes."]
        )
        said = words[int(rng.integers(len(words)))]
        return Decision(
            activity=activity,  # type: ignore[arg-type]
            target=options[int(rng.integers(len(options)))] if options else "",
            utterance=said,
            act="chat" if said else "",
            generated_by="template" if said else "",
            goal="anything",
        )


class BlindPlanner:
    """Takes all senses and memories from another planner."""

    def __init__(self, planner: Planner) -> None:
        """Blind `planner`."""
        self._planner = planner

    def decide(self, observations: Sequence[PersonObservation]) -> list[Decision]:
        """Return a decision for each observation, in order."""
        return self._planner.decide([blind(observation) for observation in observations])


def blind(observation: PersonObservation) -> PersonObservation:
    """Return an observation without what is seen, heard, remembered or known of places."""
    return replace(observation, seen=(), heard=(), memories=(), places=(), around=(), robot=None)


SUBJECTS = ("rules", "broken", "blind", "egocentric")


def make_subject(name: str, seed: int) -> Planner:
    """Return a planner of SUBJECTS.

    Raises:
        KeyError: no such subject.
    """
    makers: dict[str, Callable[[], Planner]] = {
        "rules": lambda: SocialRulesPlanner(seed),
        "broken": lambda: RandomPlanner(stream(seed, "agent")),
        "blind": lambda: BlindPlanner(SocialRulesPlanner(seed)),
        "egocentric": lambda: SocialRulesPlanner(seed, egocentric=True),
    }
    return makers[name]()
