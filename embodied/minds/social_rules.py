"""The rules planner with social skills before its own: what others believe, need, mean and may expect.

A behaviour tree over one observation (`social_skills`, `social_answers`): alarm first, then answers, comfort, rules
that somebody breaks, help, what is done together, errands, and shared attention. Where nothing of that is the case
`RulesPlanner` decides, which makes no small talk of what was seen. Senses and memories are all that it knows of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embodied.episode import Decision, PersonObservation, Planner
from embodied.minds import social_skills as skills
from embodied.minds.behaviour_tree import Leaf, Node, State, build
from embodied.minds.rules_planner import RulesPlanner
from embodied.minds.social_answers import answer
from embodied.minds.social_moment import Notes, SocialMoment

TREE: Any = {
    "selector": [
        "join_alarm", "answer", "comfort", "object_to", "carry", "help_out", "pool_knowledge", "share_out",
        "take_turns", "stand_in_line", "do_errand", "follow_leader", "join_in", "follow_gaze",
    ]
}  # fmt: skip
LEAVES: dict[str, Leaf[SocialMoment]] = {
    "join_alarm": skills.join_alarm, "answer": answer, "comfort": skills.comfort, "object_to": skills.object_to,
    "carry": skills.carry, "help_out": skills.help_out, "pool_knowledge": skills.pool_knowledge,
    "share_out": skills.share_out, "take_turns": skills.take_turns, "stand_in_line": skills.stand_in_line,
    "do_errand": skills.do_errand, "follow_leader": skills.follow_leader, "join_in": skills.join_in,
    "follow_gaze": skills.follow_gaze,
}  # fmt: skip


class SocialRulesPlanner:
    """Decides by social rules; see `embodied.episode.Planner`."""

    def __init__(self, seed: int, *, egocentric: bool = False, fallback: Planner | None = None) -> None:
        """Begin to decide for people of whom nothing is in mind yet.

        Args:
            seed: of the episode. egocentric: take others to see and know whatever one sees and knows oneself.
            fallback: decides where no social rule does, by default `RulesPlanner`.
        """
        self._egocentric = egocentric
        self._fallback: Planner = RulesPlanner(seed) if fallback is None else fallback
        self._notes: dict[int, Notes] = {}
        self._states: dict[int, State] = {}
        self._tree: Node[SocialMoment] = build(TREE, LEAVES)

    def decide(self, observations: Sequence[PersonObservation]) -> list[Decision]:
        """Return what each decides who observes something, in order."""
        return [self._decide(observation) for observation in observations]

    def _decide(self, observation: PersonObservation) -> Decision:
        notes = self._notes.setdefault(observation.person_id, Notes())
        moment = SocialMoment(observation, notes, egocentric=self._egocentric)
        self._tree.tick(moment, self._states.setdefault(observation.person_id, {}), observation.time)
        return moment.decision or self._fallback.decide([replace(observation, memories=())])[0]
