"""What it takes to make data: frames per second of each stage, scaling over workers, and growth of memory.

    python -m benchmarks.generate [out=benchmarks/results/generate.json] [seconds=20] [episodes=4] [memory=200]

A frame is one of a dataset: 5 per simulated second, 256 x 256, with boxes, masks and keypoints; 20 people on a plaza.
Each worker makes `episodes` of so many simulated `seconds`, after one that compiles code and fills caches. Efficiency
is speed(2) / (2 speed(1)): of CPU time, what two processes cost each other where both have a core; of wall time, what
this machine lets them have. `memory` episodes of 5 s, each in a new layout with pictures for the agent, run in one
process; their growth is from the second to the last tenth of them, for all of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from embodied.claim import CONFIG, claimed_folder, document_runs
from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.dataset.assembly import assemble
from embodied.dataset.recording import record
from embodied.dataset.video import VideoWriter
from embodied.episode import Action, Observation, Perception, RobotSpec
from embodied.log import EpisodeLog, atomic_folder
from embodied.place import Place, build_scene
from embodied.playback import motion_of, play
from embodied.pool import carry_out
from embodied.results import write_results
from embodied.runner import begin_episode, episode_name, finish_episode, run_all
from embodied.seeding import episode_seed, stream
from embodied.senses import take_picture
from embodied.world import World
from scenes.backends import choose_backend
from scenes.robot import ROBOTS

PEOPLE, WORKERS, WARM_UP = 20, (1, 2), 2.0
Row = dict[str, Any]
Job = tuple[str, int, float]  # folder, number of the episode, simulated s
Sample = tuple[str, int, float, float]  # stage, frames, CPU s, wall s
_warm: list[bool] = []  # whether this process is


class Wanderer:
    """Walks about, sees nothing and never stops."""

    perception: Perception = "none"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        self.rng = rng

    def act(self, observation: Observation) -> Action:
        return Action(kind=("forward", "forward", "forward", "left", "right")[int(self.rng.integers(5))])


class Clock:
    """Tells the time of this process and on the wall since it was last read."""

    def __init__(self) -> None:
        self._last = time.process_time(), time.perf_counter()

    def read(self, stage: str, frames: int) -> Sample:
        """Return what a stage took, and start again."""
        (cpu, wall), self._last = self._last, (time.process_time(), time.perf_counter())
        return stage, frames, self._last[0] - cpu, self._last[1] - wall


def compose(seconds: float) -> RunConfig:
    """Return a run with a dataset."""
    words = ["sink=dataset", f"crowd.people={PEOPLE}", "scene.seed=0", f"task.max_time={seconds}"]
    return compose_runs(words, {})[0]


def run_stages(job: Job) -> Iterator[Sample]:
    """Make one episode and yield what each stage took."""
    if not _warm:
        _warm.append(True)
        with tempfile.TemporaryDirectory() as scratch:
            list(run_stages((scratch, 10_000, WARM_UP)))
    folder, episode, seconds = job
    config, agent = compose(seconds), Wanderer()
    world = World(config)
    observation = begin_episode(world, agent, seed=episode_seed(0, episode), episode=episode)
    clock = Clock()
    log = finish_episode(world, agent, observation)
    frames = int(log.column("step").max()) * config.sink.fps // 10 + 1
    yield clock.read("simulate", frames)
    world.close()
    clock = Clock()
    pictures = list(render(log, config))
    yield clock.read("render", frames)
    with atomic_folder(Path(folder) / "episodes" / episode_name(config, episode)) as draft:
        clock = Clock()
        size = {"width": config.robot.width, "height": config.robot.height}
        with VideoWriter(draft / "x.mp4", **size, fps=config.sink.fps, crf=config.sink.crf) as writer:
            for picture in pictures:
                writer.write(picture)
        yield clock.read("encode", frames)
        (draft / "x.mp4").unlink()
        clock = Clock()
        log.write(draft)
        yield clock.read("write", frames)
        record(log, config, draft)
        yield clock.read("record", frames)


def render(log: EpisodeLog, config: RunConfig) -> Iterator[np.ndarray]:
    """Yield the pictures of the robot's camera that a dataset has."""
    backend = choose_backend(config.backend.name).make()
    backend.load(build_scene(Place.read(log.metadata)))
    backend.add_robot(ROBOTS / f"{config.robot.name}.urdf")
    for moment in play(log, backend, motion_of(log)):
        if moment.step % (10 // config.sink.fps) == 0:
            noise = stream(log.metadata["seed"], "sensors", moment.step)
            yield take_picture(backend, moment.robot, config.robot, noise).rgb
    backend.close()


def measure_stages(seconds: float, episodes: int) -> list[Row]:
    """Return a row for each stage and number of workers."""
    speeds: dict[tuple[str, int], tuple[float, float]] = {}
    rows = []
    for workers in WORKERS:
        with tempfile.TemporaryDirectory() as scratch:
            jobs = [(scratch, episode, seconds) for episode in range(episodes * workers)]
            samples = list(carry_out(run_stages, jobs, workers))
            if workers == 1:
                config = compose(seconds)
                (Path(scratch) / CONFIG).write_text(document_runs("generate", [config]))
                clock, frames = Clock(), sum(sample[1] for sample in samples if sample[0] == "record")
                assemble(Path(scratch))
                samples.append(clock.read("assemble", frames))
        for stage in dict.fromkeys(sample[0] for sample in samples):
            frames, cpu, wall = np.sum([sample[1:] for sample in samples if sample[0] == stage], axis=0)
            speeds[stage, workers] = workers * frames / cpu, workers * frames / wall
            metrics = {"frames_per_cpu_s": speeds[stage, workers][0], "frames_per_s": speeds[stage, workers][1]}
            if workers > 1:
                of_cpu, of_wall = np.divide(speeds[stage, workers], speeds[stage, 1]) / workers
                metrics |= {"efficiency": of_cpu, "efficiency_wall": of_wall}
            rows.append(_row(stage, workers, int(frames), metrics))
    return rows


def measure_memory(episodes: int) -> Row:
    """Return the row of the growth of memory over episodes in one process."""
    words = [f"crowd.people={PEOPLE}", "scene.seed=null", "task.max_time=5", f"episodes={episodes}"]
    (config,) = compose_runs(words, {})
    sizes = []
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "run"
        with claimed_folder(out, "generate", [config]):
            run_all(out, [config], lambda name, done, total: sizes.append(resident()))
    tenth = max(1, episodes // 10)
    growth = (np.median(sizes[-tenth:]) - np.median(sizes[tenth : 2 * tenth])) * episodes / (episodes - 2 * tenth)
    return _row("memory", 1, episodes, {"growth_mb": float(growth), "resident_mb": float(np.median(sizes[-tenth:]))})


def resident() -> float:
    """Return the resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _row(work: str, workers: int, n: int, metrics: dict[str, float]) -> Row:
    values = {name: {"value": float(value)} for name, value in metrics.items()}
    return {"work": work, "workers": workers, "people": PEOPLE, "size": "256x256", "n": n, "metrics": values}


def main(arguments: list[str]) -> int:
    """Measure and write."""
    options = dict(word.split("=", 1) for word in arguments)
    out = Path(options.get("out", "benchmarks/results/generate.json"))
    seconds, episodes = float(options.get("seconds", 20)), int(options.get("episodes", 4))
    started = time.perf_counter()
    rows = [*measure_stages(seconds, episodes), measure_memory(int(options.get("memory", 200)))]
    command, wall = " ".join(["python -m benchmarks.generate", *arguments]), time.perf_counter() - started
    write_results(out, verb="bench", command=command, seed=0, seconds=wall, rows=rows, files={})
    for row in rows:
        print(row["work"], row["workers"], {name: round(metric["value"], 3) for name, metric in row["metrics"].items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
