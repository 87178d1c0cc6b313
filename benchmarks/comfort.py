"""Measure how well the comfort score agrees with people, and its cost: python -m benchmarks.comfort [results.json].

`split: dev` judges the shipped weights on scenes that fitted nothing; `split: train` is a five-fold cross-validation
inside the training set, by which form and sizes were chosen. `nearest_isotonic` is the distance to the nearest person,
bent to the ratings of the training set; `second_rating` says how well people agree who rated one scene twice. The
ratings lie beside the checkout, in ../shared/data/comfort; without them nothing is measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from embodied.evaluate_comfort import RatedScene, compare, make_rows, nearest_person, read_scenes
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean
from embodied.train_comfort import fit_comfort
from safety.comfort import comfort_along, describe, score
from safety.report import Tracks

DATA = Path(__file__).resolve().parents[2] / "shared/data/comfort"
FOLDS = 5


def predict(scenes: list[RatedScene], weights: Any = None) -> np.ndarray:
    return score(describe([scene.situation for scene in scenes]), weights)


def ratings(scenes: list[RatedScene]) -> np.ndarray:
    return np.array([scene.score for scene in scenes], dtype=np.float64)


def bend(train: list[RatedScene], test: list[RatedScene]) -> np.ndarray:
    """Return the isotonic regression of `train`'s ratings on the distance, at the distances of `test`."""
    nearest = nearest_person(train)
    order = np.argsort(nearest, kind="stable")
    curve = isotonic_regression(ratings(train)[order]).x
    finite = np.isfinite(nearest[order])
    here = nearest_person(test)
    return np.where(np.isfinite(here), np.interp(here, nearest[order][finite], curve[finite]), curve[-1])


def cross_validate(scenes: list[RatedScene]) -> tuple[np.ndarray, np.ndarray]:
    """Return the predictions of the score and of the bent distance for scenes left out; repeats stay together."""
    keys = {key: number for number, key in enumerate(dict.fromkeys(scene.key for scene in scenes))}
    folds = np.random.default_rng(0).permutation(len(keys)) % FOLDS
    fold = np.array([folds[keys[scene.key]] for scene in scenes])
    learned, bent = np.empty(len(scenes)), np.empty(len(scenes))
    for number in range(FOLDS):
        train = [scene for scene, own in zip(scenes, fold, strict=True) if own != number]
        test = [scene for scene, own in zip(scenes, fold, strict=True) if own == number]
        weights = fit_comfort([scene.situation for scene in train], ratings(train), seed=0)
        learned[fold == number], bent[fold == number] = predict(test, weights), bend(train, test)
    return learned, bent


def judge_repeats(scenes: list[RatedScene], rng: np.random.Generator) -> dict[str, Any]:
    """Return how the second rating of a scene follows the first; half the squared difference is noise."""
    found: dict[str, list[float]] = {}
    for scene in scenes:
        found.setdefault(scene.key, []).append(float(scene.score or 0.0))
    pairs = np.array([pair[:2] for pair in found.values() if len(pair) > 1])
    both = np.concatenate([pairs, pairs[:, ::-1]])  # which came first is arbitrary
    agreement = compare(both[:, 0], [both[:, 1]], [str(k % len(pairs)) for k in range(len(both))], rng)[0]
    noise = np.square(pairs[:, 0] - pairs[:, 1]) / 2
    low, high = bootstrap_mean(noise, rng) or (noise.mean(), noise.mean())
    metrics = {"spearman": agreement, "mse": {"value": float(noise.mean()), "lo": low, "hi": high}}
    return {"model": "second_rating", "scene": "all", "split": "both", "n": len(pairs), "metrics": metrics}


def measure_speed(steps: int, people: int) -> dict[str, Any]:
    """Let people stand in groups of three in a square of 20 m, and the robot cross it."""
    rng = np.random.default_rng(0)
    places = np.repeat(rng.uniform(-10, 10, (people // 3, 2)), 3, axis=0) + rng.normal(0, 0.6, (people, 2))
    tracks = Tracks(
        times=0.1 * np.arange(steps), robot=np.linspace((-10, -3), (10, 3), steps), robot_radius=0.3,
        people=places + rng.normal(0, 0.02, (steps, people, 2)), people_radii=np.full(people, 0.25),
        contacts=np.zeros((steps, people), dtype=bool), robot_yaw=np.zeros(steps),
        people_yaw=rng.uniform(-np.pi, np.pi, (steps, people)), groups=np.arange(people) // 3,
    )  # fmt: skip
    taken = []
    for _ in range(5):
        begun = time.process_time()
        comfort_along(tracks)
        taken.append(1000 * (time.process_time() - begun))
    metrics = {"cpu_ms": {"value": float(min(taken))}, "cpu_ms_per_step": {"value": float(min(taken)) / steps}}
    return {"model": "comfort", "work": f"{steps} steps", "people": people, "n": steps, "metrics": metrics}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/comfort.json"))
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: no ratings in {DATA}")
        return
    begun = time.perf_counter()
    train, dev = read_scenes(DATA / "train.json"), read_scenes(DATA / "dev.json")
    rng = stream(0, "statistics")
    baselines = {"nearest_person": nearest_person(dev), "nearest_isotonic": bend(train, dev)}
    rows = [{**row, "split": "dev"} for row in make_rows(dev, baselines, predict(dev), rng)]
    learned, bent = cross_validate(train)
    baselines = {"nearest_person": nearest_person(train), "nearest_isotonic": bent}
    rows += [{**row, "split": "train"} for row in make_rows(train, baselines, learned, rng)]
    rows += [judge_repeats([*train, *dev], rng), measure_speed(2400, 60)]
    command = " ".join(["python -m benchmarks.comfort", *sys.argv[1:]])
    seconds = time.perf_counter() - begun
    write_results(arguments.out, verb="bench", command=command, seed=0, seconds=seconds, rows=rows, files={})
    for row in rows:
        print(
            row["model"],
            row.get("split", ""),
            {k: [round(x, 4) for x in v.values()] for k, v in row["metrics"].items()},
        )


if __name__ == "__main__":
    main()
