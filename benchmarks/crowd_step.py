"""Measure how fast crowds step: python -m benchmarks.crowd_step [results.json].

100 x 100 m with 20 square obstacles of 2 x 2 m, goals in 12 places, 0.05 s steps, one thread; the same place and the
same sizes as the measurements of other engines that the project compares with. `step` is the whole model, `forces` the
steering alone, at one person per square metre and below. A recording is replayed where one is given by `--recording`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import box

from crowd.data import read_traj_csv
from crowd.ground import Ground
from crowd.placement import place
from crowd.replay import Replay
from crowd.social_force import SocialForce
from crowd.steering import advance
from crowd.trajectory import Arrival, Others
from embodied.results import write_results

SIDE = 100.0  # m
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


def scene(rng: np.random.Generator) -> shapely.Polygon:
    corners = rng.uniform(5, SIDE - 7, (20, 2))
    return box(0, 0, SIDE, SIDE).difference(shapely.union_all([box(x, y, x + 2, y + 2) for x, y in corners]))


def places(walkable: shapely.Polygon, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `count` places on a grid with some jitter, so that nobody overlaps."""
    side = int(np.ceil(np.sqrt(1.15 * count)))
    grid = np.stack(np.meshgrid(*2 * [np.linspace(0.6, SIDE - 0.6, side)]), axis=-1).reshape(-1, 2)
    grid += rng.uniform(-0.15, 0.15, grid.shape)
    inside = shapely.contains_xy(walkable.buffer(-0.4), grid[:, 0], grid[:, 1])
    return rng.permutation(grid[inside])[:count]


def fastest(step, repeats: int) -> float:
    """Return seconds of CPU time per call, the mean of the fastest third."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        step()
        taken.append(time.process_time() - start)
    return float(np.mean(np.sort(taken)[: max(1, repeats // 3)]))


def row(work: str, people: int, seconds: float) -> dict:
    metrics = {"agent_steps_per_second": {"value": people / seconds}, "cpu_ms": {"value": 1000 * seconds}}
    return {"engine": "crowd", "work": work, "people": people, "n": 1, "metrics": metrics}


def measure(people: int, repeats: int) -> list[dict]:
    rng = np.random.default_rng(0)
    walkable = scene(rng)
    spots = places(walkable, people, rng)
    goals = places(walkable, 12, rng)
    arrivals = [
        Arrival(person_id=k, time=0.0, origin=(x, y), goal=tuple(goals[k % 12].tolist()))
        for k, (x, y) in enumerate(spots.tolist())
    ]
    model = SocialForce()
    model.reset(walkable, arrivals, rng)
    for _ in range(5):
        state = model.step(0.05, NOBODY, {})
    whole = fastest(lambda: model.step(0.05, NOBODY, {}), repeats)
    ground = Ground(walkable)
    count = len(state.person_ids)
    still, alone = np.zeros(count, np.int32), np.full(count, -1, np.int32)
    angle = rng.uniform(0, 2 * np.pi, count)
    desired = 1.3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    position, velocity = state.positions.copy(), state.velocities.copy()

    def step() -> None:
        home, radius, top = position.copy(), np.full(count, 0.25), np.full(count, 1.7)
        robots = (NOBODY.positions, NOBODY.velocities, NOBODY.radii)
        field = (ground.distance, ground.origin, ground.cell)
        advance(position, velocity, desired, home, radius, radius, top, still, alone, *robots, *field, 1.0, 0.05)

    step()
    return [row("step", count, whole), row("forces", count, fastest(step, repeats))]


def measure_replay(path: Path) -> list[dict]:
    recording = read_traj_csv(path)
    walkable = box(0, 0, 44, 36)
    model = Replay(recording, place(recording, walkable), approach=False)
    state = model.reset(walkable, [], np.random.default_rng(0))
    for _ in range(20):
        state = model.step(0.05, NOBODY, {})
    seconds = fastest(lambda: model.step(0.05, NOBODY, {}), 100)
    return [row("replay", len(state.person_ids), seconds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/crowd_step.json"))
    parser.add_argument("--recording", type=Path)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    rows = [entry for people, repeats in ((100, 300), (1000, 150), (10_000, 60)) for entry in measure(people, repeats)]
    if arguments.recording:
        rows += measure_replay(arguments.recording)
    seconds = time.perf_counter() - begun
    command = " ".join(["python -m benchmarks.crowd_step", *sys.argv[1:]])
    write_results(arguments.out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    for row in rows:
        print({key: value for key, value in row.items() if key != "metrics"}, row["metrics"])


if __name__ == "__main__":
    main()
