"""Measure how well segmenters tell where people walk: python -m benchmarks.segmentation [results.json] [data].

`place: renders` are pictures of scenes whose layouts training never showed, of another seed than those that training
was judged by. The real pictures lie beside the checkout, in ../shared/data/crowd; without them they are left out. No
segmenter learned from them or was chosen by them. `eth`, …: the picture without people against the pack's mask; `sdd`:
of the points at which somebody was seen (2.5 Hz) the share that the segmenter lets one walk at, beside the share of the
picture that it does: a guess that is blind has both alike.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from crowd.picture import read_picture
from crowd.recordings import SDD_TEST, SDD_TRAIN, read_recording
from crowd.segmentation import OpenCVSegmenter, Segmenter, SmallSegmenter
from crowd.segmentation_training import score
from crowd.site import WALKED
from embodied.results import write_results
from embodied.segmentation_renders import render_shots

DATA = Path(__file__).resolve().parents[2] / "shared/data/crowd"
OUT = Path(__file__).resolve().parent / "results" / "segmentation.json"
ETH_UCY = ("eth", "hotel", "univ", "zara1", "zara2")  # those with a picture of their own
SEED, PLACES, SHOTS, SIZE = 1, 24, 6, (512, 384)
OPEN = "open"  # everything can be walked on: what knows nothing


def row(model: str, place: str, n: int, **values: float) -> dict[str, Any]:
    return {"model": model, "scene": place, "n": n, "metrics": {k: {"value": v} for k, v in values.items()}}


def measure_pictures(
    place: str, pictures: list[np.ndarray], truth: list[np.ndarray], models: dict[str, Segmenter]
) -> list[dict[str, Any]]:
    rows = []
    for name in (*models, OPEN):
        started = time.perf_counter()
        found = [
            np.full(p.shape[:2], WALKED[0], np.uint8) if name == OPEN else models[name].segment(p) for p in pictures
        ]
        took = (time.perf_counter() - started) / len(pictures)
        scores = score(found, truth)
        values = {"iou": scores.iou, "accuracy": scores.accuracy}
        if place == "renders":
            values |= {"classes": scores.classes, "seconds": took}
        rows.append(row(name, place, len(pictures), **values))
    return rows


def measure_tracks(data: Path, models: dict[str, Segmenter]) -> list[dict[str, Any]]:
    shares: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    for name in sorted(SDD_TRAIN + SDD_TEST):
        path = data / "sdd/reference" / f"{name.partition('/')[2]}.jpg"
        recording = read_recording(data, name)
        picture = read_picture(path)
        track = recording.trajectory
        columns, rows = (
            recording.site.to_pixels(track.positions[track.valid])
            .astype(int)
            .T.clip(0, np.array(picture.shape[1::-1])[:, None] - 1)
        )
        for model, segmenter in models.items():
            free = np.isin(segmenter.segment(picture), WALKED)
            shares[model].append((float(free[rows, columns].mean()), float(free.mean())))
    result = []
    for model, pairs in shares.items():
        points, ground = np.mean(pairs, axis=0)
        result.append(row(model, "sdd", len(pairs), points_free=float(points), picture_free=float(ground)))
    return result


def measure_recordings(data: Path, models: dict[str, Segmenter]) -> list[dict[str, Any]]:
    rows = []
    for name in ETH_UCY:
        mask = read_recording(data, name).site.semantic
        rows += measure_pictures(name, [read_picture(data / "eth_ucy" / name / "background.png")], [mask], models)
    for model in (*models, OPEN):
        own = [r["metrics"] for r in rows if r["model"] == model]
        means = {key: float(np.mean([metrics[key]["value"] for metrics in own])) for key in own[0]}
        rows.append(row(model, "eth_ucy", len(own), **means))
    return rows + measure_tracks(data, models)


def main() -> None:
    started = time.perf_counter()
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else DATA
    models: dict[str, Segmenter] = {"small": SmallSegmenter(), "opencv": OpenCVSegmenter()}
    shots = render_shots(places=PLACES, shots=SHOTS, size=SIZE, seed=SEED, held_out=True)
    rows = measure_pictures("renders", list(shots.pictures), list(shots.classes), models)
    if data.is_dir():
        rows += measure_recordings(data, models)
    write_results(
        out, verb="benchmark", command="python -m benchmarks.segmentation", seed=SEED,
        seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip
    for r in rows:
        print(f"{r['scene']:<8} {r['model']:<7}", *(f"{k} {v['value']:.3f}" for k, v in r["metrics"].items()))


if __name__ == "__main__":
    main()
