"""What a robot expects of people: how likely each response of a person is to what the robot may do.

B. Zhang and H. Soh, Large Language Models as Zero-Shot Human Models for Human-Robot Interaction, IROS 2023, arXiv
2303.03548: a planner asks a human model for p(response | situation, action). Here is the contract, and a model by
rules; `human_model_llm` asks a language model, `human_model_rollout` lets simulated people decide and counts.

A `Situation` holds what a robot can perceive or has counted itself; traits, knowledge and trust proper stay the
person's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, get_args

from embodied.minds.persona import AGE_GROUPS, AgeGroup
from embodied.talk import EARSHOT

ActionKind = Literal["ask", "approach", "pass", "greet", "offer", "clear"]
ACTION_KINDS: tuple[ActionKind, ...] = get_args(ActionKind)
# What a person may do about each, the most usual first.
RESPONSES: Mapping[ActionKind, tuple[str, ...]] = MappingProxyType(
    {
        "ask": ("answer", "unknown", "refuse", "clarify", "none"),  # clarify: asks back
        "approach": ("aside", "on", "stop"),  # steps aside, goes on as before, stops
        "pass": ("on", "aside", "stop"),
        "greet": ("greet", "look", "none"),  # greets back, only looks, minds nothing
        "offer": ("take", "decline", "none"),
        "clear": ("accept", "intervene"),  # lets the robot clear a thing from the table, or takes it away itself
    }
)
HASTE = 1.6  # m/s, above it somebody seems to hurry; free walking is 1.34 with a deviation of 0.26 (Weidmann 1993)
LEAST = 1e-6  # of a sum of weights that is a distribution at all

# Priors of the rules: our own numbers, set beforehand and fitted to nothing.
PRIORS: Mapping[ActionKind, Mapping[str, float]] = MappingProxyType(
    {
        "ask": {"answer": 0.65, "unknown": 0.20, "refuse": 0.08, "clarify": 0.03, "none": 0.04},
        "approach": {"aside": 0.50, "on": 0.30, "stop": 0.20},
        "pass": {"on": 0.75, "aside": 0.15, "stop": 0.10},
        "greet": {"greet": 0.40, "look": 0.35, "none": 0.25},
        "offer": {"take": 0.40, "decline": 0.40, "none": 0.20},
    }
)
FADE = 3.0  # m of distance over which minding the robot falls by 1 / e, where nothing is said
NEED, STEEP = (0.30, 0.45), 8.0  # trust with which half accept: of what can take no harm, more at most; slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a robot perceives of a person and of the place.

    Attributes:
        age_group: as it looks. look: in words. activity: what the person does, "walk", "stand", "talk", ...
        place: where they are, in words.
        distance: metres. speed: m/s, of the person.
        facing: whether it looks at the robot. grouped: whether others belong to it.
        works: whether it seems to work here (stands at a shop's door, behind a counter).
        said: what was said between them so far, oldest first.
        trust: in the robot, 0 to 1, as the robot estimates it from what happened.
        position: (x, y) metres of the person on the robot's map, world; None where it has none.

    Raises:
        ValueError: a value that makes no sense.
    """

    age_group: AgeGroup = "adult"
    look: str = ""
    activity: str = "stand"
    place: str = ""
    distance: float = 1.5
    speed: float = 0.0
    facing: bool = True
    grouped: bool = False
    works: bool = False
    said: tuple[str, ...] = ()
    trust: float = 0.5
    position: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.age_group not in AGE_GROUPS:
            raise ValueError(f"age_group: expected one of {', '.join(AGE_GROUPS)}, got {self.age_group!r}; choose one")
        for name in ("distance", "speed"):
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{name}: expected a number from 0, got {value}; measure it again")
        if not 0.0 <= self.trust <= 1.0:
            raise ValueError(f"trust: expected 0 to 1, got {self.trust}; scale it")

    @property
    def hurried(self) -> bool:
        """Whether the person seems to be in a hurry."""
        return self.speed > HASTE


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotAction:
    """What the robot may do to a person.

    Attributes:
        kind: one of RESPONSES. thing: what is asked for, offered or cleared, "" of the others. words: what it says.
        stakes: what is lost if it goes wrong, 0 (nothing) to 1 (much).

    Raises:
        ValueError: a value that makes no sense.
    """

    kind: ActionKind
    thing: str = ""
    words: str = ""
    stakes: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in RESPONSES:
            raise ValueError(f"kind: expected one of {', '.join(RESPONSES)}, got {self.kind!r}; choose one")
        if not 0.0 <= self.stakes <= 1.0:
            raise ValueError(f"stakes: expected 0 to 1, got {self.stakes}; scale them")
        if self.kind in ("ask", "offer", "clear") and not self.thing:
            raise ValueError(f"thing: expected what to {self.kind}, got ''; name it")

    @property
    def responses(self) -> tuple[str, ...]:
        """The names of what a person may do about it."""
        return RESPONSES[self.kind]

    @property
    def utterance(self) -> str:
        """What the robot says: `words`, or what is usual."""
        usual = {
            "ask": f"Excuse me, where is the {self.thing}?",
            "greet": "Hello!",
            "offer": f"Would you like a {self.thing}?",
            "clear": f"I will take the {self.thing} away.",
        }
        return self.words or usual.get(self.kind, "")


class HumanModel(Protocol):
    """Foretells people. `name`: as results call it."""

    name: str

    def predict(self, situation: Situation, action: RobotAction) -> dict[str, float]:
        """Return the probability of each of `action.responses`; they sum to 1."""


class UniformHumanModel:
    """Knows nothing: everything is as likely."""

    name = "uniform"

    def predict(self, situation: Situation, action: RobotAction) -> dict[str, float]:
        """Return the same probability for each response."""
        return normalise(dict.fromkeys(action.responses, 1.0), action)


class RulesHumanModel:
    """Priors for each action, times what is seen: haste, distance, where the person looks, trust.

    Nothing is drawn and nothing learned; every factor stands in `_weigh`.
    """

    name = "rules"

    def predict(self, situation: Situation, action: RobotAction) -> dict[str, float]:
        """Return what the rules say; the same for the same input."""
        if action.kind == "clear":
            accept = 1.0 / (1.0 + math.exp(-STEEP * (situation.trust - NEED[0] - NEED[1] * action.stakes)))
            return normalise({"accept": accept, "intervene": 1.0 - accept}, action)
        factors = _weigh(situation, action)
        return normalise({name: prior * factors.get(name, 1.0) for name, prior in PRIORS[action.kind].items()}, action)


def normalise(weights: Mapping[str, float], action: RobotAction) -> dict[str, float]:
    """Return weights of the responses to an action as probabilities, in the order of RESPONSES.

    Raises:
        ValueError: other names, a weight that is negative or not finite, or nothing above 0.
    """
    names = action.responses
    if set(weights) != set(names):
        raise ValueError(f"responses: expected {', '.join(names)}, got {', '.join(weights)}; name each once")
    for name, weight in weights.items():
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"responses.{name}: expected a probability from 0 to 1, got {weight}; mend the model")
    total = math.fsum(weights.values())
    if not LEAST <= total < math.inf:
        raise ValueError(f"responses: expected probabilities that sum to 1, got {total}; mend the model")
    return {name: weights[name] / total for name in names}


def _weigh(situation: Situation, action: RobotAction) -> dict[str, float]:
    """Return by which factor what is seen changes the prior of each response; 1 where not named."""
    far = situation.distance > EARSHOT
    haste = 2.5 if situation.hurried else 1.0
    unseen = 1.0 if situation.facing else 2.5
    fade = math.exp(-max(0.0, situation.distance - 1.0) / FADE)
    if action.kind == "ask":
        if far:
            return {"answer": 0.0, "unknown": 0.0, "refuse": 0.0, "clarify": 0.0}
        knows = 6.0 if situation.works else 0.5 if situation.age_group == "child" else 1.0
        refusals = sum(text.lower().startswith(("sorry", "not now", "i have no time")) for text in situation.said)
        return {"answer": knows, "refuse": haste * (1 + refusals) * (0.1 if situation.works else 1.0), "none": unseen}
    if action.kind == "approach":
        stops = 2.0 if situation.age_group == "child" else 1.0
        return {"aside": 0.5 + 1.5 * fade, "on": haste * unseen, "stop": stops * (0.5 + fade) / haste}
    if action.kind == "pass":
        return {"on": unseen, "aside": 2.0 * fade, "stop": 2.0 * fade / haste}
    if action.kind == "greet":
        heard = 0.0 if far else 1.0
        return {"greet": heard * fade / haste, "look": 0.5 + 0.5 * fade, "none": haste * unseen}
    young = 1.5 if situation.age_group in ("child", "teen", "young") else 1.0
    return {"take": young * 2.0 * situation.trust / haste, "decline": 1.0, "none": haste * unseen / max(fade, 0.1)}
