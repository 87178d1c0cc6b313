"""`dry_run=true`: how much time and disk a run takes, judged by some seconds of each agent in each scene."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embodied.claim import CONFIG, document_runs
from embodied.config import RunConfig
from embodied.dataset.assembly import assemble
from embodied.log import EpisodeLog
from embodied.runner import (
    agent_name,
    begin_episode,
    episode_name,
    finish_episode,
    group_runs,
    make_agent,
    score_episode,
    write_episode,
)
from embodied.seeding import episode_seed
from embodied.video import film
from embodied.world import World

PROBES = (1.0, 5.0)  # s simulated: the first compiles code and fills caches, the second is measured
IMPORTS = 3.0  # s of a new process
DETOUR = 1.1  # the shortest episode: the shortest path and a tenth more, at full speed
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run takes; ranges are from the shortest to the longest its episodes can be.

    Attributes:
        name: agent and scene. episodes: how many are not there yet. lasts: simulated seconds of one.
        work: s of one process. cores: how many it keeps busy. alone: s of the parent, for videos and dataset.
        disk: bytes.
    """

    name: str
    episodes: int
    lasts: Range
    work: Range
    cores: float
    alone: Range
    disk: Range


def estimate(runs: Sequence[RunConfig]) -> str:
    """Return a table of the time and the disk that runs take, and what it assumes.

    What is tried out goes into a temporary folder that is gone afterwards. Episodes that `out` holds cost nothing.

    Raises:
        ValueError: bad input, as the run itself would find it.
    """
    return show(runs, *measure_costs(runs))


def show(runs: Sequence[RunConfig], start: float, costs: Sequence[Cost]) -> str:
    """Return the table of what `measure_costs` returned."""
    workers, processors = min(runs[0].workers, runs[0].episodes * len(runs)), len(os.sched_getaffinity(0))
    time_span, disk = predict_time(start, costs, workers, processors), predict_disk(costs)
    lines = [f"{'agent · scene':<32}{'episodes':>9}{'each lasts':>20}{'work':>20}{'disk':>22}"]
    for cost in costs:
        cells = _span(cost.lasts, _show_time), _span(cost.work, _show_time), _span(cost.disk, _show_size)
        lines.append(f"{cost.name:<32}{cost.episodes:>9}{cells[0]:>20}{cells[1]:>20}{cells[2]:>22}")
    return "\n".join(
        [
            *lines,
            f"time     {_span(time_span, _show_time)}, about {_show_time(math.sqrt(math.prod(time_span)))}",
            f"disk     {_span(disk, _show_size)}, about {_show_size(math.sqrt(math.prod(disk)))}",
            f"assumed  {workers} worker{'s' * (workers > 1)} on {processors} cores that nobody else uses; the shortest "
            "episode goes straight to its goal, the longest uses all its time; without statistics and report",
        ]
    )


def measure_costs(runs: Sequence[RunConfig]) -> tuple[float, list[Cost]]:
    """Return the seconds that a process takes before its first episode, and what each run costs."""
    start = IMPORTS
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="embodied-dry-run-") as folder:
        for group in group_runs(runs):
            begun = time.perf_counter()
            _probe(Path(folder), group, 0)
            start += 0.0 if costs else time.perf_counter() - begun
            costs += _probe(Path(folder), group, 1)
        if runs[0].sink.name == "dataset":
            costs = _add_dataset(Path(folder), runs, costs)
    return start, costs


def predict_time(start: float, costs: Sequence[Cost], workers: int, processors: int) -> Range:
    """Return the shortest and longest seconds; workers share what processors there are, videos come one by one."""
    spans = []
    for end in (0, 1):
        alone = sum(cost.work[end] for cost in costs) / workers
        shared = sum(cost.work[end] * cost.cores for cost in costs) / processors
        spans.append(start + max(alone, shared) + sum(cost.alone[end] for cost in costs))
    return spans[0], spans[1]


def predict_disk(costs: Sequence[Cost]) -> Range:
    """Return the least and most bytes."""
    return sum(cost.disk[0] for cost in costs), sum(cost.disk[1] for cost in costs)


def _probe(out: Path, runs: Sequence[RunConfig], number: int) -> list[Cost]:
    """Run PROBES[number] simulated seconds of episode `number` with each of some runs that can share a world."""
    limit = min(PROBES[number], runs[0].task.max_time)
    world = World(replace(runs[0], task=replace(runs[0].task, max_time=limit)))
    try:
        return [_measure(out, world, run, number) for run in runs]
    finally:
        world.close()


def _add_dataset(out: Path, runs: Sequence[RunConfig], costs: Sequence[Cost]) -> list[Cost]:
    """Return the costs with those of a dataset, which grows like what is recorded of the episodes."""
    (out / CONFIG).write_text(document_runs("generate", [replace(run, episodes=len(PROBES)) for run in runs]))
    begun = time.perf_counter()
    folder = assemble(out)
    seconds, recorded = time.perf_counter() - begun, _size(out / "episodes")
    grown = 1 + _size(folder) / recorded
    return [
        replace(
            cost,
            alone=_pair(time + size * seconds / recorded for time, size in zip(cost.alone, cost.disk, strict=True)),
            disk=_pair(grown * size for size in cost.disk),
        )
        for cost in costs
    ]


def _measure(out: Path, world: World, run: RunConfig, episode: int) -> Cost:
    folder = out / "episodes" / episode_name(run, episode)
    clocks, busy = [time.perf_counter()], time.process_time()
    agent = make_agent(run)
    observation = begin_episode(world, agent, seed=episode_seed(run.seed, episode), episode=episode)
    clocks.append(time.perf_counter())
    log = finish_episode(world, agent, observation)
    write_episode(folder, log, run)
    score_episode(folder, run)
    clocks.append(time.perf_counter())
    busy = time.process_time() - busy
    seconds, size = log.events[-1]["time"], _size(folder)
    empty = out / f"empty-{folder.name}"
    empty.mkdir(exist_ok=True)
    EpisodeLog(log.metadata).write(empty)
    fixed = _size(empty)  # bytes of a log without steps
    rate = (clocks[2] - clocks[1]) / seconds
    lasts = _lasting(log, run, seconds)
    episodes, films, film_time, film_size = count_missing(run), min(run.video, run.episodes), 0.0, 0
    if films and episode:
        film(log, run, folder / "video.mp4")
        film_time, film_size = time.perf_counter() - clocks[2], (folder / "video.mp4").stat().st_size
    share = [length / seconds for length in lasts]
    return Cost(
        name=f"{agent_name(run)} · {run.scene.name}",
        episodes=episodes,
        lasts=lasts,
        work=_pair(episodes * (clocks[1] - clocks[0] + rate * length) for length in lasts),
        cores=busy / (clocks[2] - clocks[0]),
        alone=_pair(films * film_time * part for part in share),
        disk=_pair(episodes * (fixed + part * (size - fixed)) + films * part * film_size for part in share),
    )


def _lasting(log: EpisodeLog, run: RunConfig, seconds: float) -> Range:
    """Return the shortest and the longest time that an episode like a probe of `seconds` can last."""
    if log.events[-1]["reason"] != "timeout":
        return seconds, seconds
    way = log.events_of("reset")[0]["geodesic_distance"]
    longest = float(run.task.max_time)
    return min(longest, max(seconds, DETOUR * way / run.robot.max_speed)), longest


def count_missing(run: RunConfig) -> int:
    """Return how many episodes of a run its folder does not hold yet."""
    done = Path(run.out) / "episodes" if run.out else None
    return sum(not (done and (done / episode_name(run, episode)).exists()) for episode in range(run.episodes))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _pair(values: Iterable[float]) -> Range:
    low, high = values
    return low, high


def _span(span: Range, show: Callable[[float], str]) -> str:
    low, high = show(span[0]), show(span[1])
    return low if low == high else f"{low} to {high}"


def _show_time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 6000 else f"{seconds / 3600:.3g} h"


def _show_size(size: float) -> str:
    return f"{size / 1e6:.3g} MB" if size < 1e9 else f"{size / 1e9:.3g} GB"
