"""`embodied evaluate social RUN [key=value …]`: social metrics of a recorded run, from the events of its logs alone."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from embodied.arguments import own_folder, split, wants_help, whole
from embodied.evaluate_logs import find_episodes, make_rows, write_per_episode
from embodied.foreign_files import Scored
from embodied.log import EpisodeLog, read_events
from embodied.results import write_results
from embodied.tables import table
from motion.files import write_whole
from safety.social_metrics import Series, SocialMetrics

USAGE = """usage: embodied evaluate social RUN [key=value …]

RUN is the folder of a run or of suite=safety_v1, its episodes/ or one episode: plans and their reviews, offers taken
up, who speaks to whom, talks, how news spread, and zones, as values with intervals over episodes and as series over
simulated time

keys and their values here:
  paper_compat=false  the definitions as published (X-CASE), with their defects (true)
  seed=0              of the resamples
  out=null            folder for results.json, per_episode.json and series.json; null: runs/evaluate/<time>"""


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: bad input, in one line; no episode has an event that says something.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    words, given = split("evaluate social", arguments, {"paper_compat", "seed", "out"}, ("RUN",))
    if (compat := given.get("paper_compat", "false")) not in ("true", "false"):
        raise ValueError(f"paper_compat={compat}: expected true or false")
    seed = whole(given, "seed", 0)
    out = own_folder(Path(given["out"]) if "out" in given else None, ("social",))
    items, series = score_episodes(Path(words[0]), paper_compat=compat == "true")
    rows = make_rows(items, seed)
    out.mkdir(parents=True, exist_ok=True)
    write_per_episode(out / "per_episode.json", items)
    write_series(out / "series.json", series)
    write_results(
        out / "results.json",
        verb="evaluate",
        command=shlex.join(["embodied", "evaluate", "social", *arguments]),
        seed=seed,
        seconds=time.perf_counter() - started,
        rows=rows,
        files={"per_episode": "per_episode.json", "series": "series.json"},
    )
    print(table(rows))
    print(f"results  {out / 'results.json'}")
    return 0


def score_episodes(path: Path, *, paper_compat: bool) -> tuple[list[Scored], dict[str, dict[str, Series]]]:
    """Return the metrics of each episode of a run, and their series by episode and metric.

    Raises:
        FileNotFoundError: no such folder. ValueError: it holds no episode, a log cannot be read, or none says anything.
    """
    items: list[Scored] = []
    series: dict[str, dict[str, Series]] = {}
    for folder in find_episodes(path, "events.jsonl"):
        if (folder / "log.parquet").is_file():
            log = EpisodeLog.read(folder)
            events, metadata = log.events, log.metadata
        else:  # an evening of suite=safety_v1, in which nobody walks
            events, metadata = read_events(folder), {}
        metrics = SocialMetrics(paper_compat=paper_compat)
        try:
            for event in events:
                metrics.update(event)
        except ValueError as error:
            raise ValueError(f"{folder}: {error}") from error
        scene = str(metadata.get("scene", "unknown"))
        agent = metadata.get("agent") or folder.name.removeprefix(f"{scene}-").rpartition("-")[0]
        items.append(
            Scored(
                name=folder.name,
                agent=str(agent).replace(":", ".") or "unknown",
                scene=scene,
                values=metrics.values(),
                columns={"variant": "paper_compat" if paper_compat else "default"},
            )
        )
        series[folder.name] = metrics.all_series()
    if not any(item.values for item in items):
        raise ValueError(
            f"{path}: expected plans, offers, words, tellings or zones in the events, found none; "
            "record a run with people who live there (mind.residents=12)"
        )
    return items, series


def write_series(path: Path, series: Mapping[str, Mapping[str, Series]]) -> None:
    """Write {episode: {metric: {"times": [s, …], "values": […]}}}, whole or not at all."""
    document = {
        episode: {name: {"times": one.times.tolist(), "values": one.values.tolist()} for name, one in metrics.items()}
        for episode, metrics in series.items()
    }
    write_whole(path, (json.dumps(document, allow_nan=False) + "\n").encode())
