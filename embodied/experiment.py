"""What `generate`, `benchmark` and `rollout` share: configs to episodes to metrics, video and report."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from embodied.arguments import new_folder
from embodied.claim import claimed_folder
from embodied.compose import GROUPS, as_plain, compose_runs
from embodied.config import ControlsConfig, RunConfig
from embodied.dataset.assembly import assemble
from embodied.dataset.contract import check_sink
from embodied.dry_run import estimate
from embodied.log import EpisodeLog
from embodied.report import write_report
from embodied.results import write_results
from embodied.rows import collect
from embodied.runner import episode_name, run_all
from embodied.tables import table
from embodied.video import film


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
    check_sink(runs)
    if runs[0].dry_run:
        print(estimate(runs))
        return 0
    first = runs[0]
    out = Path(first.out) if first.out else new_folder(verb)
    with claimed_folder(out, verb, runs):
        rows = collect(out, runs, run_all(out, runs, _progress))
        files = film_episodes(out, runs) | {"report": "report.html"}
        if first.sink.name == "dataset":
            files["dataset"] = assemble(out).name
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


def film_episodes(out: Path, runs: Sequence[RunConfig]) -> dict[str, str]:
    """Film the first episodes of each run as far as it asks for that; return the files by what they are."""
    files: dict[str, str] = {}
    for run in runs:
        for episode in range(min(run.video, run.episodes)):
            name = episode_name(run, episode)
            path = out / ("video.mp4" if "video" not in files else f"videos/{name}.mp4")
            files["video" if "video" not in files else f"video_{name}"] = str(path.relative_to(out))
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                film(EpisodeLog.read(out / "episodes" / name), run, path)
    return files


def describe(verb: str, defaults: Mapping[str, str]) -> str:
    """Return what a verb lets one set: groups with their choices, then keys with their values."""
    run = compose_runs([f"{key}={value}" for key, value in defaults.items()], {})[0]
    lines = [f"usage: embodied {verb} [key=value …]", "", "choices (a list, as in 'agent=[a,b]', runs each):"]
    lines += [
        f"  {group}={'|'.join(name for name in options if name != 'custom')}" for group, options in GROUPS.items()
    ]
    lines += ["  agent=package.module:factory", "", "keys and their values here:"]
    plain = as_plain(run) | {"out": None, "workers": 1, "dry_run": "false"}
    for key, value in plain.items():
        if isinstance(value, dict):
            lines += [f"  {key}.{name}={'null' if v is None else v}" for name, v in value.items() if name != "name"]
            if key == "crowd":
                usual = vars(ControlsConfig())
                lines += [f"  crowd.controls.{name}={'null' if v is None else v}" for name, v in usual.items()]
            if key == "mind":
                lines += [f"  llm.{name}={'null' if v is None else v}" for name, v in vars(run.llm).items()]
        else:
            lines.append(f"  {key}={'null' if value is None else value}")
    return "\n".join(lines)


def _progress(name: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{total} {name}\033[K", end="" if done < total else "\n", file=sys.stderr, flush=True)
    elif total > 1:
        print(f"{done}/{total} {name}", file=sys.stderr, flush=True)
