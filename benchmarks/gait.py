"""Measure how well and how fast people walk: python -m benchmarks.gait [results.json].

Contact is measured on the skin: the vertices of the shoes' soles, bent by the joints. Per foot and step, the lowest
vertex of the sole says whether the foot stands (below `CONTACT`); `stance_speed` is how fast that vertex moves over the
floor, median (and `slide` the 95th percentile); `sink` is how deep it lies below the floor and `float` how high the
lower foot is above it, 95th percentiles. `cpu_ms` is per person and step. Wheelchairs have no steps: `skid` is the
speed of the axle across its heading.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embodied.results import write_results
from motion.body import BODIES, load_body
from motion.clip import JOINT_NAMES, Body, Cue, RootPaths
from motion.gait import GaitModel, yaw_of
from motion.skeleton import skin

DT = 0.05  # s
PLANNED = 20
CONTACT = 0.010  # m
SOLE = 0.02  # m, vertices of the feet below this in the rest pose are the sole
Way = Callable[[Any], np.ndarray]  # (T,) seconds to (T, 2) metres


@dataclass(frozen=True, kw_only=True)
class Work:
    """What somebody does: a body, a way, seconds, the yaw wished for (None: along the way) and a cue."""

    body: str
    way: Way
    seconds: float = 12.0
    yaw: Callable[[float], float] | None = None
    cue: Cue | None = None


def straight(speed: float) -> Way:
    return lambda t: np.stack([speed * t, 0 * t], axis=-1)


def curve(speed: float, radius: float) -> Way:
    return lambda t: radius * np.stack([np.sin(speed * t / radius), 1 - np.cos(speed * t / radius)], axis=-1)


def zigzag(speed: float, side: float, length: float) -> Way:
    return lambda t: np.stack([speed * t, side * np.sin(2 * np.pi * speed * t / length)], axis=-1)


def start_and_stop(speed: float) -> Way:
    """Stand, walk, stand, walk, stand; pedestrians start and stop within about a second."""
    times = np.linspace(-1, 20, 21001)
    pace = np.interp(times, [1, 2, 4, 5, 6.5, 7.5, 9, 10], [0, speed, speed, 0, 0, speed, speed, 0])
    way = np.cumsum(pace) * 0.001
    return lambda t: np.stack([np.interp(t, times, way), 0 * t], axis=-1)


def push(speed: float, bearing: float) -> Way:
    """Stand, and be pushed aside by 0.4 m now and then."""
    times = np.linspace(-1, 20, 21001)
    pace = speed * ((times % 3.0) > 3.0 - 0.4 / speed)
    way = np.cumsum(np.convolve(pace, np.ones(200) / 200, mode="same")) * 0.001
    return lambda t: np.stack(
        [np.interp(t, times, way) * np.cos(bearing), np.interp(t, times, way) * np.sin(bearing)], -1
    )


def named(word: str, other: str) -> str:
    """Return the first body whose name holds `word`."""
    return next((name for name in BODIES if word in name), other)


def works() -> dict[str, Work]:
    still = straight(0.0)
    return {
        **{f"walk {speed}": Work(body="man_young", way=straight(speed)) for speed in (0.3, 0.5, 0.9, 1.3, 1.7, 2.0)},
        "start and stop": Work(body="woman_young", way=start_and_stop(1.3)),
        "curve": Work(body="woman_adult", way=curve(1.2, 1.5)),
        "zigzag": Work(body="man_tall", way=zigzag(1.3, 0.35, 3.0)),
        "turn": Work(body="man_young", way=still, yaw=lambda t: 2.4 * np.sign(np.sin(1.2 * t))),
        "pushed aside": Work(body="woman_adult", way=push(0.5, np.pi / 2), yaw=lambda t: 0.0),
        "pushed back": Work(body="woman_adult", way=push(0.5, np.pi), yaw=lambda t: 0.0),
        "stand": Work(body="man_tall", way=still, yaw=lambda t: 0.0, seconds=60.0),
        "talk": Work(
            body="woman_adult", way=still, yaw=lambda t: 0.0, seconds=30.0, cue=Cue(kind="talk", target=(1.5, 0.5, 1.5))
        ),
        "stick": Work(body=named("man_stick", "man_old"), way=straight(0.7)),
        "wheelchair": Work(body=named("man_wheelchair", "man_young"), way=zigzag(1.0, 0.4, 6.0)),
        "child": Work(body="girl", way=straight(1.1)),
        "elderly": Work(body="woman_old", way=straight(0.8)),
        "heavy": Work(body="man_heavy", way=straight(1.1)),
    }


def animate(work: Work, body: Body) -> np.ndarray:
    """Return transforms (T, 24, 4, 4)."""
    model = GaitModel()
    model.reset({0: body}, np.random.default_rng(0))
    frames = []
    for t in np.arange(0.0, work.seconds, DT).tolist():
        velocity = (work.way(t + 1e-3) - work.way(t - 1e-3)) / 2e-3
        paths = RootPaths(
            person_ids=np.array([0]),
            positions=work.way(t)[None],
            velocities=velocity[None],
            yaws=np.array([np.arctan2(velocity[1], velocity[0]) if work.yaw is None else work.yaw(t)]),
            planned=work.way(t + 0.1 * np.arange(1, PLANNED + 1))[None],
        )
        frames.append(model.step(DT, paths, {}, {0: work.cue} if work.cue else {})[0])
    return np.array(frames)


def find_soles(frames: np.ndarray, body: Body) -> np.ndarray:
    """Return the vertices of the soles (T, 2, S, 3), S the larger of the two, padded with the first vertex."""
    mesh = body.meshes[0]
    soles = []
    for side in ("left", "right"):
        feet = [JOINT_NAMES.index(f"{side}_ankle"), JOINT_NAMES.index(f"{side}_foot")]
        soles.append(np.flatnonzero(np.isin(mesh.joint_indices[:, 0], feet) & (mesh.vertices[:, 2] < SOLE)))
    size = max(map(len, soles))
    rows = np.stack([np.concatenate([sole, np.repeat(sole[:1], size - len(sole))]) for sole in soles]).ravel()
    parts = mesh.vertices[rows], mesh.joint_indices[rows], mesh.joint_weights[rows]
    return np.stack([skin(*parts, body.inverse_bind, frame) for frame in frames]).reshape(len(frames), 2, size, 3)


def judge_feet(frames: np.ndarray, body: Body) -> dict[str, float]:
    soles = find_soles(frames, body)
    heights = soles[..., 2].min(axis=2)
    lowest = soles[..., 2].argmin(axis=2)[1:, :, None, None]
    step = np.take_along_axis(soles[1:], lowest, axis=2) - np.take_along_axis(soles[:-1], lowest, axis=2)
    speed = np.linalg.norm(step[:, :, 0, :2], axis=-1) / DT
    down = (heights[1:] < CONTACT) & (heights[:-1] < CONTACT)
    return {
        "stance_speed": float(np.median(speed[down])),
        "sink": float(np.percentile(np.maximum(-heights, 0.0), 95)),
        "float": float(np.percentile(np.maximum(heights.min(axis=1), 0.0), 95)),
    }


def judge_wheels(frames: np.ndarray, body: Body) -> dict[str, float]:
    axle = frames[:, 22:, :2, 3].mean(axis=1)
    yaw = yaw_of(frames)
    step, middle = np.diff(axle, axis=0) / DT, yaw[:-1] + 0.5 * np.angle(np.exp(1j * np.diff(yaw)))
    skid = np.abs(-np.sin(middle) * step[:, 0] + np.cos(middle) * step[:, 1])
    return {"skid": float(np.percentile(skid, 95))}


def measure(name: str, work: Work) -> dict[str, Any]:
    body = load_body(work.body)
    animate(Work(body=work.body, way=work.way, seconds=0.1), body)
    start = time.process_time()
    frames = animate(work, body)
    seconds = (time.process_time() - start) / len(frames)
    metrics = (judge_wheels if body.aid == "wheelchair" else judge_feet)(frames[10:], body)
    metrics["cpu_ms"] = 1000 * seconds
    return row(name, len(frames), metrics)


def measure_crowd(people: int, steps: int) -> dict[str, Any]:
    """Let people cross a square, a third of them standing."""
    rng = np.random.default_rng(0)
    model = GaitModel()
    model.reset({k: load_body(BODIES[k % len(BODIES)]) for k in range(people)}, rng)
    start, yaw = rng.uniform(0.0, 20.0, (people, 2)), rng.uniform(-np.pi, np.pi, people)
    velocity = rng.uniform(0.6, 1.6, people)[:, None] * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    velocity[::3] = 0.0
    ahead = 0.1 * np.arange(1, PLANNED + 1)[None, :, None]
    taken = []
    for step in range(steps):
        place = start + velocity * DT * step
        paths = RootPaths(
            person_ids=np.arange(people), positions=place, velocities=velocity, yaws=yaw,
            planned=place[:, None] + velocity[:, None] * ahead,
        )  # fmt: skip
        begun = time.process_time()
        model.step(DT, paths, {}, {})
        taken.append(time.process_time() - begun)
    fastest = np.sort(taken[5:])[: len(taken) // 3]
    return row(f"crowd {people}", people * steps, {"cpu_ms": 1000 * float(fastest.mean()) / people})


def row(work: str, count: int, metrics: dict[str, float]) -> dict[str, Any]:
    return {"model": "gait", "work": work, "n": count, "metrics": {k: {"value": v} for k, v in metrics.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/gait.json"))
    arguments = parser.parse_args()
    begun = time.perf_counter()
    rows = [measure(name, work) for name, work in works().items()] + [measure_crowd(60, 200)]
    command = " ".join(["python -m benchmarks.gait", *sys.argv[1:]])
    seconds = time.perf_counter() - begun
    write_results(arguments.out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    for entry in rows:
        print(f"{entry['work']:16}", {name: round(value["value"], 4) for name, value in entry["metrics"].items()})


if __name__ == "__main__":
    main()
