"""`embodied train crowd model=segmentation out=DIR`: learn from renders of our scenes what lies where in a picture.

Nothing but this project's own procedural scenes is learned from. Stopped and called again it goes on where it was; the
same command gives the same bytes on one platform.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from embodied.arguments import check_writable, torch_device, whole
from embodied.results import write_results

KEYS = ("model", "out", "steps", "seed", "device", "places")
STEPS, PLACES = 2500, 60
SHOTS, SIZE, BATCH = 16, (256, 256), 12  # pictures of each place, pixels, pictures in each step
JUDGES, JUDGE_SHOTS, JUDGE_SIZE = 12, 6, (384, 288)  # places held out, pictures of each, pixels
NAME = "segmentation"


def train(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Render, train, write the weights and the learning curve, and return the exit code.

    Args:
        arguments: the words of the command, for the record. given: their values by key.

    Raises:
        ValueError: bad input, in one line.
    """
    from crowd.segmentation_network import SegmentationConfig, save_network
    from crowd.segmentation_training import train_segmentation
    from embodied.segmentation_renders import render_shots

    started = time.perf_counter()
    if extra := sorted(given.keys() - set(KEYS)):
        raise ValueError(f"{extra[0]}: of no use for model=segmentation; leave it out")
    if "out" not in given:
        raise ValueError("train crowd: expected out=DIR, got none; see --help")
    steps, seed = whole(given, "steps", STEPS, least=1), whole(given, "seed", 0)
    places, device = whole(given, "places", PLACES, least=1), torch_device(given)
    out = Path(given["out"])
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    states = out / f".{NAME}"
    states.mkdir(exist_ok=True)
    shots = render_shots(places=places, shots=SHOTS, size=SIZE, seed=seed)
    held_out = render_shots(places=min(JUDGES, places), shots=JUDGE_SHOTS, size=JUDGE_SIZE, seed=seed, held_out=True)
    print(f"pictures {len(shots.pictures)} to learn from, {len(held_out.pictures)} held out", flush=True)
    network, curve = train_segmentation(
        shots, held_out, SegmentationConfig(), steps=steps, batch=BATCH, seed=seed,
        device=device, checkpoint=states / "network.state",
    )  # fmt: skip
    path = out / f"{NAME}.safetensors"
    save_network(network, path, {"data": "renders of this project's scenes", "seed": seed, "steps": steps})
    rows = [
        {
            "model": NAME, "part": "network", "step": int(row["step"]), "n": len(shots.pictures),
            "metrics": {key: {"value": float(v)} for key, v in row.items() if key != "step" and v == v},
        }
        for row in curve
    ]  # fmt: skip
    write_results(
        out / f"{NAME}.json", verb="train", command=shlex.join(["embodied", "train", "crowd", *arguments]), seed=seed,
        seconds=time.perf_counter() - started, rows=rows, files={"weights": path.name},
    )  # fmt: skip
    for state in states.iterdir():
        state.unlink()
    states.rmdir()
    print(f"weights  {path}")
    return 0
