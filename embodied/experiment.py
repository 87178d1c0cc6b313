"""What `generate`, `benchmark` and `rollout` share: configs to episodes to metrics, video and report."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from embodied.compose import GROUPS, as_plain, compose_runs
from embodied.config import RunConfig
from embodied.fidelity import judge_replay
from embodied.log import EpisodeLog
from embodied.metrics import RATES, score
from embodied.report import write_report
from embodied.results import write_results
from embodied.runner import agent_name, claimed_folder, episode_name, run_all
from embodied.seeding import stream
from embodied.statistics import summarise
from embodied.tasks.models import TASKS
from embodied.video import film

Row = dict[str, Any]


def run_experiment(verb: str, arguments: Sequence[str], defaults: Mapping[str, str]) -> int:
    """Run a verb's episodes and leave results, video and report in its folder.

    Args:
        arguments: `key=value` words of the user.
        defaults: what the verb presets.

    Raises:
        ValueError: bad input.
    """
    if any(word in ("-h", "--help") for word in arguments):
        print(describe(verb, defaults))
        return 0
    started = time.perf_counter()
    runs = compose_runs(arguments, defaults)
    first = runs[0]
    out = Path(first.out) if first.out else Path("runs") / verb / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    with claimed_folder(out, verb, runs):
        run_all(out, runs, _progress)
    rows = [collect(out, run) for run in runs]
    files: dict[str, str] = {}
    for run in runs:
        for episode in range(min(run.video, run.episodes)):
            name = episode_name(run, episode)
            path = out / ("video.mp4" if "video" not in files else f"videos/{name}.mp4")
            files["video" if "video" not in files else f"video_{name}"] = str(path.relative_to(out))
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                film(EpisodeLog.read(out / "episodes" / name), run, path)
    files["report"] = "report.html"
    command = shlex.join(["embodied", verb, *arguments])
    seconds = time.perf_counter() - started
    write_results(
        out / "results.json", verb=verb, command=command, seed=first.seed, seconds=seconds, rows=rows, files=files
    )
    write_report(out)
    print(table(rows))
    for what, name in {**files, "results": "results.json"}.items():
        print(f"{what:<8} {out / name}")
    return 0


def collect(out: Path, run: RunConfig) -> Row:
    """Return the row of a run from the logs of its episodes: means and rates with 95 % intervals."""
    task = TASKS[run.task.name](run.task)
    values = []
    for episode in range(run.episodes):
        log = EpisodeLog.read(out / "episodes" / episode_name(run, episode))
        values.append({**score(log), **task.judge(log), **judge_replay(log)})
    return {
        "agent": agent_name(run),
        "scene": run.scene.name,
        "task": run.task.name,
        "crowd": run.crowd.name,
        "perception": str(log.metadata["perception"]),
        "n": run.episodes,
        "metrics": summarise(values, RATES | task.rates, stream(run.seed, "statistics")),
    }


def table(rows: Sequence[Row]) -> str:
    """Return rows as text: value and interval of each metric, one line per metric, one column per row."""
    heads = [f"{row['agent']} · {row['scene']} (n={row['n']})" for row in rows]
    width = max(24, *(len(head) + 2 for head in heads))
    lines = [" " * 20 + "".join(f"{head:<{width}}" for head in heads)]
    names = dict.fromkeys(name for row in rows for name in row["metrics"])
    for name in names:
        cells = [_cell(row["metrics"].get(name)) for row in rows]
        lines.append(f"{name:<20}" + "".join(f"{cell:<{width}}" for cell in cells))
    return "\n".join(lines)


def describe(verb: str, defaults: Mapping[str, str]) -> str:
    """Return what a verb lets one set: groups with their choices, then keys with their values."""
    run = compose_runs([f"{key}={value}" for key, value in defaults.items()], {})[0]
    lines = [f"usage: embodied {verb} [key=value …]", "", "choices (a list, as in 'agent=[a,b]', runs each):"]
    lines += [
        f"  {group}={'|'.join(name for name in options if name != 'custom')}" for group, options in GROUPS.items()
    ]
    lines += ["  agent=package.module:factory", "", "keys and their values here:"]
    plain = as_plain(run) | {"out": None, "workers": 1}
    for key, value in plain.items():
        if isinstance(value, dict):
            lines += [f"  {key}.{name}={'null' if v is None else v}" for name, v in value.items() if name != "name"]
        else:
            lines.append(f"  {key}={'null' if value is None else value}")
    return "\n".join(lines)


def _cell(metric: Mapping[str, float] | None) -> str:
    if metric is None:
        return "-"
    interval = f" [{metric['lo']:.3g}, {metric['hi']:.3g}]" if "lo" in metric else ""
    return f"{metric['value']:.3g}{interval}"


def _progress(name: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{total} {name}\033[K", end="" if done < total else "\n", file=sys.stderr, flush=True)
    elif total > 1:
        print(f"{done}/{total} {name}", file=sys.stderr, flush=True)
