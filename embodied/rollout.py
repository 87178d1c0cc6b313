"""`embodied rollout`: put a robot policy through a scripted encounter."""

from __future__ import annotations

from collections.abc import Sequence

from embodied.experiment import run_experiment

DEFAULTS = {"scene": "corridor", "task": "frontal_approach", "agent": "straight", "crowd.people": "0", "video": "1"}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code."""
    return run_experiment("rollout", arguments, DEFAULTS)
