"""`embodied generate`: run an agent among people and keep what happened."""

from __future__ import annotations

from collections.abc import Sequence

from embodied.experiment import run_experiment

DEFAULTS = {"video": "1"}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code."""
    return run_experiment("generate", arguments, DEFAULTS)
