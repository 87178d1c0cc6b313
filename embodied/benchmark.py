"""`embodied benchmark`: compare agents over many episodes, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from embodied.experiment import run_experiment

DEFAULTS = {"episodes": "20"}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code."""
    return run_experiment("benchmark", arguments, DEFAULTS)
