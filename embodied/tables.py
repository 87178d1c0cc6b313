"""Rows of results as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embodied.metrics import CORE, NAMES


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as text: value and interval of the core metrics, one line per metric, one column per row.

    Metrics that are not of `embodied.metrics`, a task's or a peer's own, are always shown.
    """
    heads = [f"{row['agent']} · {row['scene']} (n={row['n']})" for row in rows]
    width = max(24, *(len(head) + 2 for head in heads))
    names = [
        name for name in dict.fromkeys(name for row in rows for name in row["metrics"])
        if name in CORE or name not in NAMES
    ]  # fmt: skip
    first = max(20, *(len(name) + 2 for name in names)) if names else 20
    lines = [" " * first + "".join(f"{head:<{width}}" for head in heads)]
    for name in names:
        cells = [_cell(row["metrics"].get(name)) for row in rows]
        lines.append(f"{name:<{first}}" + "".join(f"{cell:<{width}}" for cell in cells))
    return "\n".join(line.rstrip() for line in lines)


def _cell(metric: Mapping[str, float] | None) -> str:
    if metric is None:
        return "-"
    interval = f" [{metric['lo']:.3g}, {metric['hi']:.3g}]" if "lo" in metric else ""
    return f"{metric['value']:.3g}{interval}"
