"""Rows of results as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embodied.metrics import CORE, NAMES

COLUMNS = 6  # side by side; further rows follow below


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as text: value and interval of the core metrics, one line per metric, one column per row.

    Metrics that are not of `embodied.metrics`, a task's or a peer's own, are always shown.
    """
    names = dict.fromkeys(name for row in rows for name in row["metrics"] if name in CORE or name not in NAMES)
    first = max(20, *(len(name) + 2 for name in names)) if names else 20
    blocks = []
    for start in range(0, len(rows), COLUMNS):
        some = rows[start : start + COLUMNS]
        cells = [[f"{row['agent']} · {row['scene']} (n={row['n']})" for row in some]]
        cells += [[_cell(row["metrics"].get(name)) for row in some] for name in names]
        width = max(24, *(len(cell) + 2 for line in cells for cell in line))
        lines = [
            f"{name:<{first}}" + "".join(f"{cell:<{width}}" for cell in line)
            for name, line in zip(("", *names), cells, strict=True)
        ]
        blocks.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(blocks)


def _cell(metric: Mapping[str, float] | None) -> str:
    if metric is None:
        return "-"
    interval = f" [{metric['lo']:.3g}, {metric['hi']:.3g}]" if "lo" in metric else ""
    return f"{metric['value']:.3g}{interval}"
