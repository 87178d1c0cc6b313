"""`embodied evaluate minds work=WORK [key=value …]`: what minds decide, beside what is known to be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embodied.evaluate_works import run_work

WORKS = {"user_agent": "embodied.evaluate_user_agent", "human_model": "embodied.evaluate_human_model"}  # see `run_work`
SHOWN = ("share_",)  # metrics that begin so are in the file alone


def run(arguments: Sequence[str]) -> int:
    """Evaluate minds and return the exit code.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: bad input, in one line.
    """
    return run_work("minds", WORKS, arguments, show)


def show(row: Mapping[str, Any]) -> str:
    """Return a row in one line."""
    said = "  ".join(
        f"{name} {metric['value']:.4g}" for name, metric in row["metrics"].items() if not name.startswith(SHOWN)
    )
    where = " ".join(str(row[name]) for name in ("scene", "task", "category") if name in row)
    return f"{row['model']:10} {row['variant']:9} {where:16} {row['n']:4} {said}"
