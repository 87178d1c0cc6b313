"""`embodied evaluate safety work=WORK [key=value …]`: what notices danger, beside the simulator's truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embodied.evaluate_works import run_work

WORKS = {  # see `run_work`
    "text": "embodied.evaluate_text", "visuals": "embodied.evaluate_visuals", "families": "embodied.evaluate_families",
}  # fmt: skip


def run(arguments: Sequence[str]) -> int:
    """Evaluate what notices danger and return the exit code.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: bad input, in one line.
    """
    return run_work("safety", WORKS, arguments, show)


def show(row: Mapping[str, Any]) -> str:
    """Return a row in one line."""
    said = "  ".join(f"{name} {metric['value']:.3f}" for name, metric in row["metrics"].items())
    where = " ".join(str(row[name]) for name in ("split", "variant", "category") if name in row)
    return f"{row['model']:12} {where:32} {row['n']:5} {said}"
