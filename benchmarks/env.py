"""Steps per second of the closed loop, with and without pictures, by one and by two workers.

    python -m benchmarks.env [out=benchmarks/results/env.json] [steps=300]

One env step is one action (forward, turn, …) with all control steps in it; 20 people, layout 0, seed 0. Each worker is
a process of its own with one thread. `efficiency` compares the CPU time of a step with that of one worker: what the
cores of a shared machine do meanwhile does not change it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import numpy as np

from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.results import write_results
from embodied.world import World

PEOPLE = 20
# work -> perception of the agent
KINDS = {"with rendering": "rgb", "without rendering": "state", "without senses": "none"}
WORKERS = (1, 2)
WARM = 30  # steps, to compile and warm up


def walk(work: str, steps: int, seed: int, together: Barrier) -> tuple[float, float, float, float, str]:
    """Wander for `steps` actions, all workers at once.

    Return begin and end (epoch seconds), CPU seconds, simulated seconds and the renderer.
    """
    words = [f"crowd.people={PEOPLE}", "scene.seed=0", "task.max_time=36000", "task.start=[0,6,0]"]
    (config,) = compose_runs(words, {})
    world = World(config)
    world.reset(seed=0, perception=KINDS[work])  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    kinds = ("forward", "forward", "forward", "left", "right")
    begun = cpu = simulated = 0.0
    for step in range(WARM + steps):
        if step == WARM:
            together.wait()
            begun, cpu, simulated = time.time(), time.process_time(), world.time
        world.step(Action(kind=kinds[int(rng.integers(len(kinds)))]))  # type: ignore[arg-type]
    result = (begun, time.time(), time.process_time() - cpu, world.time - simulated, world.backend.renderer)
    world.close()
    return result


def measure(work: str, steps: int, workers: int, alone: float | None) -> dict[str, object]:
    """Return the row of one kind of work by some workers; `alone`: CPU seconds per step of one worker."""
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        together = manager.Barrier(workers)
        jobs = [pool.submit(walk, work, steps, seed, together) for seed in range(workers)]
        results = [job.result() for job in jobs]
    wall = max(end for _, end, *_ in results) - min(begun for begun, *_ in results)
    cpu = sum(result[2] for result in results) / (steps * workers)
    (config,) = compose_runs([], {})
    return {
        "work": work,
        "engine": results[0][4] if KINDS[work] == "rgb" else "none",
        "people": PEOPLE,
        "workers": workers,
        "size": f"{config.robot.width}x{config.robot.height}" if KINDS[work] == "rgb" else "none",
        "n": steps * workers,
        "metrics": {
            "steps_per_s": {"value": steps * workers / wall},
            "steps_per_cpu_s": {"value": 1.0 / cpu},
            "cpu_ms": {"value": 1000 * cpu},
            "real_time_factor": {"value": sum(result[3] for result in results) / wall},
            "efficiency": {"value": 1.0 if alone is None else alone / cpu},
        },
    }


def main(arguments: Sequence[str]) -> int:
    """Measure every kind in the same run and write them."""
    options = dict(word.split("=", 1) for word in arguments)
    out, steps = Path(options.get("out", "benchmarks/results/env.json")), int(options.get("steps", 300))
    os.environ["OMP_NUM_THREADS"] = "1"
    started = time.perf_counter()
    rows = []
    for work in KINDS:
        alone = None
        for workers in WORKERS:
            rows.append(measure(work, steps, workers, alone))
            alone = 0.001 * rows[-1]["metrics"]["cpu_ms"]["value"]  # type: ignore[index]
    command = " ".join(["python -m benchmarks.env", *arguments])
    seconds = time.perf_counter() - started
    write_results(out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    for row in rows:
        values = {name: round(value["value"], 2) for name, value in row["metrics"].items()}  # type: ignore[attr-defined]
        print(row["work"], row["workers"], values)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
