"""Time people who move by the single-person network, beside the gait, live at 10 Hz.

    python -m benchmarks.motion_single_speed [weights=FILE] [people=1,10,30,50] [seconds=6] [out=x.json]

People walk on circles, a hop of 0.1 s a step. `cpu_seconds` is the CPU time of the process, of all its threads, for a
second of one person; `real_time` how much faster than real time the whole crowd goes by wall clock, where the network
takes one thread, the median of all steps; `begin_seconds` the wall time of the first step, in which the first windows
are made.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from embodied.results import write_results
from motion.body import load_body
from motion.clip import MotionModel, RootPaths
from motion.gait import GaitModel
from motion.streaming import RollingModel
from motion.weights import SHIPPED

HOP, PACE = 0.1, 1.2  # s, m/s
BODIES = ("man_young", "woman_adult", "man_tall", "woman_short")


def circles(count: int, now: float) -> RootPaths:
    """Return `count` people on circles of 3 m and more."""
    who = np.arange(count)
    radius = 3.0 + 0.05 * who

    def at(seconds: float) -> np.ndarray:
        angle = PACE * seconds / radius
        return np.column_stack([radius * np.cos(angle) + 8.0 * who, radius * np.sin(angle)])

    speed = (at(now + 0.01) - at(now - 0.01)) / 0.02
    return RootPaths(
        person_ids=who, positions=at(now), velocities=speed, yaws=np.arctan2(speed[:, 1], speed[:, 0]),
        planned=np.stack([at(now + HOP * k) for k in range(1, 21)], axis=1),
    )  # fmt: skip


def measure(model: MotionModel, count: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return the metrics of a model that moves `count` people."""
    bodies = {k: load_body(BODIES[k % len(BODIES)]) for k in range(count)}
    model.reset(bodies, np.random.default_rng(0))
    first = time.perf_counter()
    model.step(HOP, circles(count, 0.0), {}, {})
    first = time.perf_counter() - first
    walls = []
    cpu = time.process_time()
    for step in range(1, round(seconds / HOP) + 1):
        paths, start = circles(count, step * HOP), time.perf_counter()
        model.step(HOP, paths, {}, {})
        walls.append(time.perf_counter() - start)
    cpu = time.process_time() - cpu
    return {
        "cpu_seconds": {"value": cpu / (count * seconds)},
        "real_time": {"value": HOP / float(np.median(walls))},
        "begin_seconds": {"value": first},
    }


def main(arguments: list[str]) -> None:
    """Run and write the results."""
    given = dict(argument.split("=", 1) for argument in arguments)
    counts = [int(word) for word in given.get("people", "1,10,30,50").split(",")]
    seconds, started = float(given.get("seconds", "6")), time.perf_counter()
    weights = Path(given.get("weights", SHIPPED["default"]))
    models: dict[str, MotionModel] = {"default": RollingModel(weights), "gait": GaitModel()}
    for model in models.values():
        measure(model, 2, 1.0)  # compiles
    rows = []
    for name, model in models.items():
        for count in counts:
            metrics = measure(model, count, seconds)
            rows.append({"task": "single", "model": name, "people": count, "metrics": metrics})
            print(f"{name:<8} {count:>4}", *(f"{key} {value['value']:.4g}" for key, value in metrics.items()))
    write_results(
        Path(given.get("out", Path(__file__).parent / "results" / "motion_single_speed.json")), verb="benchmark",
        command=" ".join(["python -m benchmarks.motion_single_speed", *arguments]), seed=0,
        seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
