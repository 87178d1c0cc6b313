"""The rows of `results.json`: each agent in each scene, and in all scenes together, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from embodied.compose import as_plain
from embodied.config import RunConfig
from embodied.log import EpisodeLog
from embodied.metrics import RATES
from embodied.runner import Values, agent_name, episode_name
from embodied.seeding import stream
from embodied.statistics import Summary, compare, summarise
from embodied.tasks.models import TASKS

Row = dict[str, Any]
SILENT = "never_ask"  # the agent with which those who ask are compared


def collect(out: Path, runs: Sequence[RunConfig], values: Sequence[Sequence[Values]]) -> list[Row]:
    """Return a row for each run and then, if there are several scenes, one for each agent over all of them.

    Args:
        out: the folder of the runs.
        runs: as in `runner.run_all`.
        values: what it returned: the metrics of each episode of each run.
    """
    single = {(agent_name(run), _condition(run)): [index] for index, run in enumerate(runs)}
    pooled: dict[tuple[str, str], list[int]] = {}
    for index, run in enumerate(runs):
        pooled.setdefault((agent_name(run), _condition(run, "scene")), []).append(index)
    rows = []
    for groups in (single, pooled) if len(pooled) < len(single) else (single,):
        numbers = {key: [one for index in group for one in values[index]] for key, group in groups.items()}
        for (agent, condition), group in groups.items():
            mine, silent = numbers[agent, condition], numbers.get((SILENT, condition))
            row = _describe(out, [runs[index] for index in group]) | {"n": len(mine)}
            scenes = [runs[index].scene.name for index in group for _ in values[index]]
            row["metrics"] = _summarise(runs[group[0]], mine, silent, scenes)
            rows.append(row)
    return rows


def _condition(run: RunConfig, *open: str) -> str:
    """Return all that identifies a run but its agent and what is left open."""
    return repr({key: value for key, value in as_plain(run).items() if key not in ("agent", *open)})


def _describe(out: Path, runs: Sequence[RunConfig]) -> Row:
    """Return the text columns of the row of some runs that differ in their scene alone."""
    run = runs[0]
    log = EpisodeLog.read(out / "episodes" / episode_name(run, 0))
    return {
        "agent": agent_name(run),
        "scene": run.scene.name if len(runs) == 1 else "all",
        "task": run.task.name,
        "crowd": run.crowd.name,
        "variant": "liars" if getattr(run.task, "false_answers", 0.0) > 0.0 else "default",
        "perception": str(log.metadata["perception"]),
    }


def _summarise(
    run: RunConfig, numbers: Sequence[Values], silent: Sequence[Values] | None, scenes: Sequence[str]
) -> Summary:
    rates = RATES | TASKS[run.task.name](run.task).rates
    summary = summarise(numbers, rates, stream(run.seed, "statistics"), scenes)
    if silent and summary.get("inquiries", {}).get("value", 0.0) > 0.0:
        summary |= compare(numbers, silent, stream(run.seed, "statistics", 1), clusters=scenes)
    return summary
