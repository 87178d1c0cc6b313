"""A human model by simulation: many people who fit what is seen are drawn, decide, and are counted.

They come from the population (`embodied.minds.population`), what they know from `embodied.minds.knowledge`, what they
answer from `embodied.minds.rules`, and what else they do from `embodied.minds.encounter`. It is as right about people
as the simulator is: beside people of this very town it is calibrated but for the number of roll-outs, beside people of
another town it errs as far as the towns differ.

Counts are smoothed as the mean of a Dirichlet posterior: (count + alpha) / (n + K alpha) with K responses. Alpha = 1/2
is Jeffreys' prior; nothing is impossible, and the error of doing so falls as K alpha / n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from zlib import crc32

import numpy as np

from embodied.config import MindConfig
from embodied.episode import Decision, Mind, PersonObservation
from embodied.minds.demography import Demography, read_demography
from embodied.minds.encounter import log_likelihood, respond
from embodied.minds.human_model import RobotAction, Situation, normalise
from embodied.minds.knowledge import draw_knowledge
from embodied.minds.persona import Persona
from embodied.minds.population import draw_people
from embodied.minds.rules import RulesMind, Town
from embodied.talk import Utterance, hear
from scenes.routes import Route
from scenes.scene import Scene

ROLLOUTS = 100
POPULATION = 400  # people from whom roll-outs draw
ALPHA = 0.5  # Jeffreys
ANSWERS = ("answer", "unknown", "refuse", "clarify")  # acts that meet a question


class RolloutHumanModel:
    """Draws people, lets them decide, counts.

    The same situation and action have the same roll-outs, whatever was asked before.

    Attributes:
        seed: that of the generator it was made with; people whom it foretells must be drawn from another.
    """

    name = "rollout"

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        scene: Scene | None = None,
        mind: MindConfig | None = None,
        demography: Demography | None = None,
        rollouts: int = ROLLOUTS,
        alpha: float = ALPHA,
    ) -> None:
        """Draw the population.

        Args:
            rng: one of `embodied.seeding.stream`; every roll-out has a generator that is spawned from it.
            scene: the place, needed for `ask` alone. mind: what share of people know nothing, err, refuse.
            demography: who lives there, by default that of the simulator.
            rollouts: people for each prediction. alpha: of the Dirichlet prior.

        Raises:
            ValueError: no roll-outs, an alpha of 0 or less, or a generator that was not made from one seed.
        """
        if rollouts < 1:
            raise ValueError(f"rollouts: expected 1 or more, got {rollouts}; ask for more")
        if not 0.0 < alpha < math.inf:
            raise ValueError(f"alpha: expected a number above 0, got {alpha}; take 0.5")
        root = rng.bit_generator.seed_seq
        if not isinstance(root, np.random.SeedSequence) or not isinstance(root.entropy, int):
            raise ValueError("rng: expected a generator that was made from one seed, got another; take a stream")
        self.seed, self._root = root.entropy, root
        self._scene, self._mind, self._rollouts, self._alpha = scene, mind or MindConfig(), rollouts, alpha
        self._people: dict[str, list[Persona]] = {}  # by what one sees of everybody
        for person in draw_people(demography or read_demography(), POPULATION, self._stream(0)):
            self._people.setdefault(person.appearance.age_group, []).append(person)

    def predict(self, situation: Situation, action: RobotAction) -> dict[str, float]:
        """Return the smoothed shares of the responses of people who fit.

        Raises:
            ValueError: nobody fits; or somebody is asked without a scene and a position.
        """
        rng = self._stream(1, crc32(repr((situation, action)).encode()))
        counts = dict.fromkeys(action.responses, self._alpha)
        alike = self._people.get(situation.age_group, [])
        for k, person in enumerate(draw_fitting(alike, situation, self._rollouts, rng)):
            if action.kind == "ask":
                counts[ask_mind(self._draw_mind(k, situation, rng), situation, action)] += 1.0
            else:
                counts[respond(person, situation, action, rng)] += 1.0
        return normalise(counts, action)

    def _draw_mind(self, number: int, situation: Situation, rng: np.random.Generator) -> RulesMind:
        if self._scene is None or situation.position is None:
            raise ValueError("scene: expected a scene, and a position in it, for who is asked, got none; give both")
        share = self._mind
        knowledge = partial(
            draw_knowledge,
            self._scene,
            rng=rng,
            stranger_share=share.stranger_share,
            error_share=share.error_share,
            refusal_share=share.refusal_share,
        )
        return RulesMind(number, knowledge, _town_without_ways(self._scene), rng)

    def _stream(self, *keys: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(*self._root.spawn_key, *keys)))


def draw_fitting(
    people: Sequence[Persona], situation: Situation, number: int, rng: np.random.Generator
) -> list[Persona]:
    """Draw people, with replacement, each as often as it fits what is seen.

    Raises:
        ValueError: nobody fits.
    """
    logs = np.array([log_likelihood(person, situation) for person in people])
    if not len(logs) or not np.isfinite(logs).any():
        raise ValueError(f"age_group: expected one of the population's, got {situation.age_group}; draw other people")
    weights = np.exp(logs - logs.max())
    return [people[k] for k in rng.choice(len(people), size=number, p=weights / weights.sum()).tolist()]


def ask_mind(mind: Mind, situation: Situation, action: RobotAction) -> str:
    """Say to a person what the robot says in a situation, and return how it responds.

    Raises:
        ValueError: a situation without a position.
    """
    if situation.position is None:
        raise ValueError("position: expected where the person is, got none; give (x, y)")
    x, y = situation.position
    words = Utterance(speaker=0, addressee=1, text=action.utterance, end=0.0)
    heard = hear(words, (x + situation.distance, y), (x, y, 0.0))
    sight = PersonObservation(
        time=0.0,
        person_id=1,
        position=(x, y),
        yaw=0.0,
        activity="listen",
        heard=() if heard is None else (heard,),
        robot=(x + situation.distance, y),
    )
    return read_response(mind.decide(sight))


def read_response(decision: Decision | None) -> str:
    """Return which response to a question a decision is; "none": silence, or words that do not meet the question."""
    said = decision is not None and decision.activity == "talk" and decision.act in ANSWERS
    return decision.act if decision is not None and said else "none"


def _town_without_ways(scene: Scene) -> Town:
    """Return a town in which all places are here: whether somebody answers does not depend on the way."""

    def way(position: tuple[float, float], yaw: float, name: str) -> Route:
        return Route(goal=name, steps=(), side="ahead", beside="", length=0.0, path=np.array([position]))

    return Town(names=tuple(mark.name for mark in scene.landmarks), way=way, ahead=lambda *_: "")
