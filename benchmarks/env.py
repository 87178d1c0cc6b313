"""Steps per second of the closed loop, with and without pictures.

    python -m benchmarks.env [out=benchmarks/results/env.json] [steps=150]

One env step is one action (forward, turn, …) with all control steps in it; 20 people, layout 0, seed 0, one process.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.results import write_results
from embodied.world import World

PEOPLE = 20
KINDS = {"with rendering": "rgb", "without rendering": "none"}  # work -> perception of the agent


def measure(work: str, steps: int) -> dict[str, object]:
    """Return the row of one kind of work: an agent that wanders, `steps` actions."""
    (config,) = compose_runs([f"crowd.people={PEOPLE}", "scene.seed=0", "task.max_time=36000"], {})
    world = World(config)
    world.reset(seed=0, perception=KINDS[work])  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    kinds = ("forward", "forward", "forward", "left", "right")
    for _ in range(10):  # compile and warm up
        world.step(Action(kind="forward"))
    begun, cpu, wall = world.time, time.process_time(), time.perf_counter()
    for _ in range(steps):
        world.step(Action(kind=kinds[int(rng.integers(len(kinds)))]))  # type: ignore[arg-type]
    wall, cpu, simulated = time.perf_counter() - wall, time.process_time() - cpu, world.time - begun
    renderer = world.backend.renderer
    world.close()
    return {
        "work": work,
        "engine": renderer,
        "people": PEOPLE,
        "size": f"{config.robot.width}x{config.robot.height}" if KINDS[work] == "rgb" else "none",
        "n": steps,
        "metrics": {
            "steps_per_s": {"value": steps / wall},
            "steps_per_cpu_s": {"value": steps / cpu},
            "cpu_ms": {"value": 1000 * cpu / steps},
            "real_time_factor": {"value": simulated / wall},
        },
    }


def main(arguments: list[str]) -> int:
    """Measure both kinds in the same run and write them."""
    options = dict(word.split("=", 1) for word in arguments)
    out, steps = Path(options.get("out", "benchmarks/results/env.json")), int(options.get("steps", 150))
    started = time.perf_counter()
    rows = [measure(work, steps) for work in KINDS]
    command = " ".join(["python -m benchmarks.env", *arguments])
    seconds = time.perf_counter() - started
    write_results(out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    for row in rows:
        print(row["work"], {name: round(value["value"], 2) for name, value in row["metrics"].items()})  # type: ignore[attr-defined]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
