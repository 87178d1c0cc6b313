"""`embodied train motion task=pair size=published`: in2IN or TIMotion as large as in the paper, from InterHuman."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embodied.arguments import one_of, whole
from embodied.seeding import stream

KEYS = ("task", "data", "out", "model", "without", "size", "text", "steps", "batch", "seed")
STEPS, BATCH = 352_000, 32  # of in2IN's released weights: 2000 epochs
RATE, DECAY, WARM, STEEPEST = 1e-4, 2e-5, 0.005, 0.5  # of AdamW, as in2IN: 10 of 2000 epochs to warm up
AVERAGE, POINTS = 0.999, 200  # of the weights, what stays in each step; points of the learning curve
JUDGED = 3  # batches of what was held out, at most 96 windows


def train_published(data: Path, out: Path, given: dict[str, str], command: str) -> int:
    """Train a network of the published size, write its weights and learning curve, and return the exit code.

    It learns on the graphics processor where there is one.

    Raises:
        FileNotFoundError: something of InterHuman is missing.
        ValueError: bad input, in one line.
    """
    import torch

    from crowd.learning import learn
    from crowd.weights import save_weights
    from embodied.train_pairs import PARTS, finish
    from motion.interhuman import read_interhuman_pairs
    from motion.interhuman_training import FeatureWindows
    from motion.pair_space import FeatureSpace
    from motion.pair_text import reads
    from motion.pair_training import pair_loss
    from motion.pair_weights import build_published, joined, name_of

    started = time.perf_counter()
    for key in given:
        if key not in KEYS:
            raise ValueError(f"{key}={given[key]}: expected one of the keys {', '.join(KEYS)} with size=published")
    model, text = one_of(given, "model", ("in2in", "timotion")), one_of(given, "text", ("words", "clip"))
    without = given.get("without")
    if without is not None and (without not in PARTS or (model != "timotion" and without != "individual")):
        raise ValueError(f"without={without}: expected individual, or of timotion {', '.join(PARTS[1:])}")
    steps, batch = whole(given, "steps", STEPS, least=1), whole(given, "batch", BATCH, least=1)
    seed = whole(given, "seed", 0)
    pairs, held = read_interhuman_pairs(data, "train"), read_interhuman_pairs(data, "val")
    untold = sum(not pair.own[0] for pair in pairs)
    individual = without != "individual" and untold < len(pairs)
    if without is None and untold:
        print(f"{untold} of {len(pairs)} pairs have no texts of each person (annots_individual): these stay untold")
        without = None if individual else "individual"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    read = reads(text, device)
    windows = FeatureWindows(pairs, read, seed, device=device)
    space = FeatureSpace()
    windows.scale(space)
    torch.manual_seed(seed)
    network, space = build_published(model, text, without).to(device), space.to(device)
    loss_of = pair_loss(network, space, individual=individual)
    digest, name = _digest([*pairs, *held]), f"{name_of(model, without)}_published"
    about = {
        "config": asdict(network.config), "kind": model, "size": "published", "without": without, "seed": seed,
        "steps": steps, "batch": batch, "data_sha256": digest, "sources": ["interhuman"],
    }  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    ready = FeatureWindows(held, read, seed, mirror=False, device=device).draw(
        min(96, JUDGED * batch), space, stream(seed, "task")
    )

    def judge() -> float:
        return float(loss_of(ready, torch.Generator().manual_seed(seed)))

    def restore(state: Any) -> None:
        windows.rng.bit_generator.state = state["windows"]
        generator.set_state(state["noise"].cpu())

    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / f".{name}.state"
    curve = learn(
        network, lambda: loss_of(windows.draw(batch, space), generator), judge,
        (lambda: {"windows": windows.rng.bit_generator.state, "noise": generator.get_state()}, restore),
        steps=steps, average=AVERAGE, every=max(1, steps // POINTS), run=[name, digest, seed, steps, batch, text],
        checkpoint=checkpoint, rate=RATE, decay=DECAY, warm=WARM, steepest=STEEPEST,
    )  # fmt: skip
    save_weights(joined(network=network, space=space), out / f"{name}.safetensors", "motion_pair", about)
    finish(out, name, curve, command, seed, time.perf_counter() - started, {"task": "pair", "n": len(pairs)})
    checkpoint.unlink(missing_ok=True)
    return 0


def _digest(pairs: list[Any]) -> str:
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(pair.name.encode() + "\n".join((*pair.texts, *pair.own[0], *pair.own[1])).encode())
        digest.update(pair.numbers.tobytes())
    return digest.hexdigest()
