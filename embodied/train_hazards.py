"""`embodied train hazards out=DIR`: learn from renders of our scenes to find dangerous things in colours.

Nothing but this project's own procedural scenes is learned from. Stopped and called again it goes on where it was; the
same command gives the same bytes on one platform. What it is judged by are layouts that it never saw.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embodied.arguments import check_writable, split, torch_device, wants_help, whole
from embodied.hazard_renders import SPLITS, Split, render_pairs
from embodied.results import write_results

USAGE = """usage: embodied train hazards out=DIR [key=value …]

out         folder for hazard_detector.safetensors, its scores (.json), and checkpoints while it learns

data=DIR    pairs rendered before, with the parts train, validation and test; without, they are rendered to out/pairs
pairs=4800  to learn from, if they are rendered; an eighth as many to choose the threshold by, a fifth to be judged by
steps=3000  of the optimiser, of each of the two networks
batch=16    pictures in each for the one that finds; things of twice as many for the one that names
seed=0      of first weights and draws
device=cpu  of torch
workers=1   processes that render"""
KEYS = ("out", "data", "pairs", "steps", "batch", "seed", "device", "workers")
PAIRS, STEPS, BATCH = 4800, 3000, 16
SHARES: dict[Split, float] = {"train": 1.0, "validation": 0.125, "test": 0.2}
NAME = "hazard_detector"


def run(arguments: Sequence[str]) -> int:
    """Render, train, write the weights and their scores, and return the exit code.

    Raises:
        FileNotFoundError: `data` holds no labels.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    from safety.detector import DetectorConfig
    from safety.detector_album import kinds_of, read_album
    from safety.detector_training import evaluate, train_detector

    started = time.perf_counter()
    _, given = split("train hazards", arguments, KEYS)
    if "out" not in given:
        raise ValueError("train hazards: expected out=DIR, got none; see --help")
    if "data" in given and "pairs" in given:
        raise ValueError("pairs: of no use with data=DIR, which holds as many as it does; leave one of them out")
    steps, seed = whole(given, "steps", STEPS, least=1), whole(given, "seed", 0)
    batch, device = whole(given, "batch", BATCH, least=2), torch_device(given)
    out = Path(given["out"])
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    data = Path(given["data"]) if "data" in given else _render(out / "pairs", given, seed)
    kinds = kinds_of(data / "train")
    albums = {part: read_album(data / part, kinds) for part in SPLITS}
    print(", ".join(f"{part} {len(album.shots)} pictures" for part, album in albums.items()), flush=True)
    checkpoint = out / f".{NAME}.state"
    detector, curve = train_detector(
        albums["train"], albums["validation"], DetectorConfig(kinds=kinds), steps=steps,
        batch=batch, seed=seed, device=device, checkpoint=checkpoint,
    )  # fmt: skip
    path = out / f"{NAME}.safetensors"
    pictures = len(albums["train"].shots)
    detector.save(
        path, {"data": "renders of this project's scenes", "seed": seed, "steps": steps, "pictures": pictures}
    )
    scores = evaluate(detector, albums["test"])
    rows: list[dict[str, object]] = [
        {
            "model": NAME,
            "part": "curve",
            "stage": row["stage"],
            "step": row["step"],
            "n": pictures,
            "metrics": _metrics(row, ("stage", "step")),
        }
        for row in curve
    ]
    rows += [
        {"model": NAME, "part": "test", "kind": kind, "n": int(row["unsafe"] + row["safe"]),
         "metrics": _metrics(row, ("unsafe", "safe"))}
        for kind, row in scores.items()
    ]  # fmt: skip
    write_results(
        out / f"{NAME}.json", verb="train", command=shlex.join(["embodied", "train", "hazards", *arguments]), seed=seed,
        seconds=time.perf_counter() - started, rows=rows, files={"weights": path.name},
    )  # fmt: skip
    checkpoint.unlink(missing_ok=True)
    told = {name: round(value, 3) for name, value in scores["all"].items()}
    print(f"weights  {path}\nheld out {told}")
    return 0


def _render(folder: Path, given: Mapping[str, str], seed: int) -> Path:
    """Render the pairs of all parts, or what of them is missing."""
    pairs, workers = whole(given, "pairs", PAIRS, least=8), whole(given, "workers", 1, least=1)
    for part, share in SHARES.items():
        render_pairs(folder, number=max(1, round(share * pairs)), seed=seed, split=part, workers=workers)
        print(f"rendered {part}", flush=True)
    return folder


def _metrics(row: Mapping[str, Any], without: Sequence[str]) -> dict[str, dict[str, float]]:
    return {key: {"value": float(value)} for key, value in row.items() if key not in without and value == value}
