"""The planner of people who live in a scene: rules, no language model, microseconds for each decision.

A behaviour tree asks in this order: run from danger, keep away or let the robot pass, answer, help, greet who is known,
queue, go on with the day (flee > yield > answer > help > queue > go). Where there is a choice, the traits weigh in:
utilities with Gumbel noise (`embodied.minds.utility`), so that each of the five levels of a trait (SAC, Chittem et al.,
arXiv 2506.20993) changes how often, how far or how long, and two people of the same traits still differ.

    trait         what a higher level does
    boldness      goes on in front of a robot at a smaller gap, see `robot_reactions.accepted_gap`
    sociability   talks more often with who is known, talks longer, goes with who invites
    hurry         walks faster, talks and helps less
    helpfulness   answers, helps, makes way and warns more often
    caution       keeps away and runs more often
    curiosity     approaches a robot more often and longer
    patience      waits longer and more often in a queue and where the way is blocked
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from embodied.episode import Decision, PersonObservation
from embodied.minds import encounters, hazard_reactions, replies, robot_reactions
from embodied.minds.behaviour_tree import Leaf, Node, build
from embodied.minds.intentions import go_on
from embodied.minds.moment import Life, Moment
from embodied.minds.pace import draw_factor
from embodied.seeding import stream

TEMPERATURE = 0.5  # of the noise on utilities, in which an average option is worth 0 to 1
KEY = 3  # of the stream of a person's choices among its streams of "minds"

TREE: Any = {
    "selector": [
        hazard_reactions.TREE,
        {"when": "robot_near", "do": robot_reactions.TREE},
        {
            "when": "spoken_to",
            "do": {"selector": [{"when": "asks_way", "do": "answer_way"}, "answer", "give_help"]},
        },
        {"when": "meets_somebody", "do": "meet"},
        {"when": "is_stuck", "do": {"selector": [{"when": "in_queue", "do": "queue"}, "wait_or_turn"]}},
        "go_on",
    ]
}
LEAVES: dict[str, Leaf[Moment]] = {
    **hazard_reactions.LEAVES, **robot_reactions.LEAVES, **replies.LEAVES, **encounters.LEAVES, "go_on": go_on,
}  # fmt: skip


class RulesPlanner:
    """Decides for any number of people, by rules; see `embodied.episode.Planner`.

    What somebody decides depends on the seed, on who it is and on what it has sensed so far, and on nobody else.
    """

    def __init__(
        self,
        seed: int,
        *,
        temperature: float = TEMPERATURE,
        answer_way: Callable[[PersonObservation], Decision | None] | None = None,
    ) -> None:
        """Begin to decide for people of whom nothing is in mind yet.

        Args:
            seed: of the episode.
            temperature: how much people of the same traits differ, and one from time to time; 0: all alike.
            answer_way: answers a robot that asks for directions, such as `RulesMind.decide` of that person; where it is
                None, or returns None, people answer as they answer each other.

        Raises:
            ValueError: a temperature that is negative or no number.
        """
        if not 0.0 <= temperature < math.inf:
            raise ValueError(f"temperature: expected 0 or more, got {temperature}; 0.5 is usual")
        self._seed, self._temperature, self._answer_way = seed, temperature, answer_way
        self._lives: dict[int, Life] = {}
        self._given: Decision | None = None
        self._tree: Node[Moment] = build(TREE, {**LEAVES, "answer_way": self._directions})

    def decide(self, observations: Sequence[PersonObservation]) -> list[Decision]:
        """Return what each decides who observes something, in order; one may be among them more than once."""
        return [self._decide(observation) for observation in observations]

    def _decide(self, observation: PersonObservation) -> Decision:
        life = self._lives.get(observation.person_id)
        if life is None:
            rng = stream(self._seed, "minds", observation.person_id, KEY)
            life = self._lives[observation.person_id] = Life(rng=rng, factor=draw_factor(rng))
        moment = Moment(observation, life, self._temperature)
        robot_reactions.sight(moment)
        self._given = None
        self._tree.tick(moment, life.tree, observation.time)
        return self._given or moment.finish()

    def _directions(self, moment: Moment) -> bool:
        self._given = None if self._answer_way is None else self._answer_way(moment.observation)
        return self._given is not None
