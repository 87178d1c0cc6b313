"""How a simulated person responds to a robot, by its traits: what roll-outs draw from, and what they are judged by.

Each response has a utility that is linear in the traits and in what happens, and noise of Gumbel's, so that the choices
are those of a multinomial logit (McFadden 1974). Trust in the robot is a number from 0 to 1 that rises when the robot
succeeds and falls, faster, when it fails, as in M. Chen et al., Planning with Trust for Human-Robot Collaboration, HRI
2018. All weights are our own numbers: they make people differ in plausible ways and are fitted to nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from embodied.minds.human_model import RobotAction, Situation
from embodied.minds.persona import LEVELS, MIDDLE, Persona, age_group
from embodied.talk import EARSHOT

Outcome = Literal["success", "failure", "intervened"]

PACE: Mapping[str, float] = {"child": 1.1, "teen": 1.35, "young": 1.45, "adult": 1.38, "old": 1.1}  # m/s, of walkers
HURRY_PACE = 0.28  # m/s more from level 3 of hurry to 5
PACE_SPREAD = 0.15  # m/s
TRUST = 0.38  # of a middling person before anything happened
STEEP = 9.0  # of the probability to accept over trust
NEED, NEED_OF_STAKES = 0.22, 0.48  # trust with which half accept what can take no harm, and what can take much
NOISE = 0.02  # of trust, each time
DREAD = 1.5  # times the loss of trust when something of stakes 1 goes wrong, more


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustTraits:
    """How a person trusts, from its persona.

    Attributes:
        start: trust before anything happened. gain: share of what is missing to 1 that a success brings.
        loss: share of trust that a failure takes. need: trust with which it accepts, half the time, what can take no
            harm; care: how much more it needs for stakes of 1.
    """

    start: float
    gain: float
    loss: float
    need: float
    care: float

    @staticmethod
    def of(persona: Persona) -> TrustTraits:
        """Return those of a person: the cautious start low and lose more, the helpful take over sooner."""
        caution, boldness = centred(persona, "caution"), centred(persona, "boldness")
        patience, curiosity = centred(persona, "patience"), centred(persona, "curiosity")
        helpful = centred(persona, "helpfulness")
        return TrustTraits(
            start=min(max(TRUST - 0.14 * caution + 0.08 * boldness + 0.06 * curiosity, 0.05), 0.95),
            gain=0.25 + 0.07 * curiosity + 0.05 * patience,
            loss=0.40 + 0.12 * caution - 0.06 * patience,
            need=NEED + 0.06 * helpful,
            care=NEED_OF_STAKES + 0.12 * caution,
        )

    def log_odds(self, trust: float, stakes: float) -> float:
        """Return the log-odds of letting the robot do something of some `stakes`, 0 to 1."""
        return STEEP * (trust - self.need - self.care * stakes)

    def after(self, trust: float, outcome: Outcome, stakes: float, rng: np.random.Generator) -> float:
        """Return the trust after the robot did something, or was not let."""
        if outcome == "success":
            trust += self.gain * (1.0 + stakes) * (1.0 - trust)
        elif outcome == "failure":
            trust -= min(self.loss * (1.0 + DREAD * stakes), 1.0) * trust
        return float(min(max(trust + NOISE * rng.standard_normal(), 0.0), 1.0))


def centred(persona: Persona, trait: str) -> float:
    """Return the level of a trait from -1 (hardly) to 1 (very)."""
    return (persona.traits[trait] - MIDDLE) / (LEVELS[1] - MIDDLE)


def usual_pace(persona: Persona) -> float:
    """Return how fast a person walks on average, m/s."""
    return PACE[age_group(persona.age)] + HURRY_PACE * centred(persona, "hurry")


def walking_pace(persona: Persona, rng: np.random.Generator) -> float:
    """Draw how fast a person is seen walking, m/s."""
    return float(max(0.2, usual_pace(persona) + PACE_SPREAD * rng.standard_normal()))


def log_likelihood(persona: Persona, situation: Situation) -> float:
    """Return how well a person fits what is seen: -inf for another age group, else by the pace of who walks."""
    if age_group(persona.age) != situation.age_group:
        return -math.inf
    if situation.activity != "walk":
        return 0.0
    return -0.5 * ((situation.speed - usual_pace(persona)) / PACE_SPREAD) ** 2


def utilities(persona: Persona, situation: Situation, action: RobotAction) -> dict[str, float]:
    """Return the utility of each response, up to the noise; not for `ask`, which is a matter of knowledge.

    Raises:
        ValueError: another action.
    """
    bold, caution, hurry = (centred(persona, name) for name in ("boldness", "caution", "hurry"))
    curious, sociable, patient = (centred(persona, name) for name in ("curiosity", "sociability", "patience"))
    child, away = age_group(persona.age) == "child", 0.0 if situation.facing else 1.0
    near = max(-1.0, 1.0 - situation.distance / 3.0)
    walks = 1.0 if situation.activity == "walk" else 0.0
    if action.kind in ("approach", "pass"):
        comes = 1.0 if action.kind == "approach" else 0.0
        return {
            "aside": -1.2 + 1.6 * comes + 0.9 * caution + 0.4 * patient - 0.5 * bold + 1.0 * near - 0.5 * away,
            "on": 1.0 - 0.6 * comes + 0.8 * bold + 0.7 * hurry + 0.8 * away + 0.3 * walks,
            "stop": -1.0 + 0.6 * comes + 1.1 * curious - 0.9 * hurry + 0.8 * child + 0.5 * near - 0.8 * away,
        }
    if action.kind == "greet":
        deaf = -20.0 if situation.distance > EARSHOT else 0.0
        return {
            "greet": 0.5 + 1.2 * sociable - 0.7 * hurry + 0.8 * near - 0.9 * away + deaf,
            "look": 0.3 + 0.8 * curious + 0.3 * near - 0.3 * away,
            "none": -0.2 + 0.8 * hurry - 0.4 * sociable + 0.9 * away + 0.3 * situation.grouped,
        }
    if action.kind == "offer":
        return {
            "take": 0.2 + 0.7 * curious + 0.4 * sociable - 0.7 * hurry - 0.6 * caution + 2.0 * (situation.trust - 0.5),
            "decline": 0.3 + 0.5 * caution + 0.3 * patient + 0.4 * near,
            "none": -0.4 + 0.8 * hurry + 1.0 * away - 0.5 * near + 0.2 * situation.grouped,
        }
    if action.kind == "clear":
        return {"accept": TrustTraits.of(persona).log_odds(situation.trust, action.stakes), "intervene": 0.0}
    raise ValueError(f"action: expected one that traits decide, got {action.kind}; ask its mind")


def respond(persona: Persona, situation: Situation, action: RobotAction, rng: np.random.Generator) -> str:
    """Draw what a person does about an action of the robot; not for `ask`.

    Raises:
        ValueError: see `utilities`.
    """
    values = utilities(persona, situation, action)
    noise = rng.gumbel(size=len(values)).tolist()
    return max(zip(values, noise, strict=True), key=lambda pair: values[pair[0]] + pair[1])[0]
