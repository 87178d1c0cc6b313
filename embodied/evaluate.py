"""`embodied evaluate WHAT …`: score what was recorded, without running anything."""

from __future__ import annotations

from collections.abc import Sequence

from embodied.arguments import Kinds, dispatch

KINDS: Kinds = {
    "logs": ("embodied.evaluate_logs", "metrics of a run's logs, or of per-episode files of other systems"),
    "social": ("embodied.evaluate_social", "plans, talks, offers, news and zones of a run's people, from its events"),
    "crowd": ("embodied.evaluate_crowd", "crowds beside recordings: how they walk, and who comes"),
    "motion": ("embodied.evaluate_motion", "made motion beside recordings: feet, jerk, judges, acts asked for"),
    "comfort": ("embodied.evaluate_comfort", "comfort of scenes with people and a robot, 0 to 100"),
    "minds": ("embodied.evaluate_minds", "what minds decide: users of robots that observe or speak"),
    "safety": ("embodied.evaluate_safety", "what notices danger, beside the truth: reviewers of texts"),
}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError: no such kind, or bad input.
    """
    return dispatch("evaluate", KINDS, arguments)
