"""`embodied train motion task=pair|reaction`: learn from pairs, recorded and composed, how two people move together."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from embodied.arguments import check_writable, one_of, split, whole
from embodied.results import write_results
from embodied.seeding import stream
from embodied.train_interhuman import train_published
from motion.single import Part

KEYS = ("task", "data", "out", "model", "without", "size", "text", "crowd", "steps", "batch", "seed")
PARTS = ("individual", "injection", "scanning", "amplification")
COMPOSED = {"train": 40, "val": 8}  # pairs of each kind
TOGETHER = {"train": 900, "val": 60}  # pairs of any two clips for the prior
AVERAGE, POINTS = 0.998, 24  # of the weights, what stays in each step; points of the learning curve
JUDGED = 96  # windows


def train(arguments: Sequence[str]) -> int:
    """Train networks of two people, write their weights and learning curve, and return the exit code.

    Raises:
        FileNotFoundError: the recordings are not there.
        ValueError: bad input, in one line.
    """
    _, given = split("train motion", arguments, KEYS)
    kinds = {"pair": _train_pair, "reaction": _train_reaction, "evaluator": _train_evaluator}
    train_task = kinds[one_of(given, "task", tuple(kinds), needed=True)]
    for key, kind in (("model", "pair"), ("size", "pair"), ("text", "pair"), ("crowd", "reaction")):
        if key in given and given["task"] != kind:
            raise ValueError(f"{key}={given[key]}: expected it for task={kind} only; leave it out")
    for key in ("data", "out"):
        if key not in given:
            raise ValueError(f"train motion: expected {key}=DIR, got none; see --help")
    data, out = Path(given["data"]), Path(given["out"])
    check_writable(out)
    command = shlex.join(["embodied", "train", "motion", *arguments])
    if one_of(given, "size", ("small", "published")) == "published":
        return train_published(data, out, given, command)
    if "text" in given:
        raise ValueError(f"text={given['text']}: expected size=published with it, got size=small; leave it out")
    if not (data / "pairs.json").is_file():
        raise FileNotFoundError(f"data={data}: expected a folder with pairs.json, found none; see docs/motion.md")
    return train_task(data, out, given, command)


def read_pairs(
    data: Path, seed: int, parts: Sequence[Part] = ("train", "val")
) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return for parts of the split its pairs, recorded and composed, and the clips of single people behind these."""
    from motion.composed_pairs import compose_pairs
    from motion.pairs import read_captured
    from motion.single import read_single

    result: dict[str, tuple[list[Any], list[Any]]] = {part: ([], []) for part in parts}
    for pair, part in read_captured(str(data), parts):
        result[part][0].append(pair)
    for sample, part in read_single(str(data), ("cmu", "bandai"), parts):
        result[part][1].append(sample)
    for part in parts:
        row = ("train", "val", "test", "style").index(part)
        result[part][0].extend(compose_pairs(result[part][1], COMPOSED.get(part, 10), stream(seed, "motion", row)))
    return result


def _train_pair(data: Path, out: Path, given: dict[str, str], command: str) -> int:
    import torch

    from crowd.learning import learn
    from crowd.weights import save_weights
    from motion.composed_pairs import put_together
    from motion.pair_space import LatentSpace
    from motion.pair_training import TOKENS, PairWindows, pair_loss
    from motion.pair_weights import CODEC, build, codec_digest, joined, name_of
    from motion.weights import load_single

    started = time.perf_counter()
    model = one_of(given, "model", ("in2in", "timotion", "prior"))
    without = given.get("without")
    if without is not None and (without not in PARTS or (model != "timotion" and without != "individual")):
        raise ValueError(f"without={without}: expected individual, or of timotion {', '.join(PARTS[1:])}")
    steps, batch = whole(given, "steps", 5000, least=1), whole(given, "batch", 24, least=1)
    seed, name = whole(given, "seed", 0), name_of(model, without)
    codec = load_single(CODEC)[0].codec
    read = read_pairs(data, seed)
    pairs = {part: both for part, (both, _) in read.items()}
    if model == "prior":
        pairs = {
            part: put_together(singles, TOGETHER[part], stream(seed, "motion", 2 + row))
            for row, (part, (_, singles)) in enumerate(read.items())
        }
    windows = PairWindows(pairs["train"], codec, seed)
    held = PairWindows(pairs["val"], codec, seed, mirror=False)
    torch.manual_seed(seed)
    space = LatentSpace(codec, TOKENS)
    windows.scale(space)
    network = build(model, space.numbers, without)
    assert network.wiener is not None
    network.wiener.fit(windows.whole(space))
    loss_of = pair_loss(network, space, individual=without != "individual")
    digest = _digest(pairs)
    about = {
        "config": asdict(network.config), "kind": model, "without": without, "seed": seed, "steps": steps,
        "batch": batch, "codec_sha256": codec_digest(), "data_sha256": digest, "sources": ["cmu", "bandai"],
    }  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    ready = held.draw(JUDGED, space, stream(seed, "task"))

    def judge() -> float:
        return float(loss_of(ready, torch.Generator().manual_seed(seed)))

    def restore(state: Any) -> None:
        windows.rng.bit_generator.state = state["windows"]
        generator.set_state(state["noise"])

    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / f".{name}.state"
    curve = learn(
        network, lambda: loss_of(windows.draw(batch, space), generator), judge,
        (lambda: {"windows": windows.rng.bit_generator.state, "noise": generator.get_state()}, restore),
        steps=steps, average=AVERAGE, every=max(1, steps // POINTS),
        run=[name, digest, seed, steps, batch], checkpoint=checkpoint, last=True,
    )  # fmt: skip
    save_weights(joined(network=network, space=space), out / f"{name}.safetensors", "motion_pair", about)
    finish(out, name, curve, command, seed, time.perf_counter() - started, {"task": "pair", "n": len(pairs["train"])})
    checkpoint.unlink(missing_ok=True)
    return 0


def _train_reaction(data: Path, out: Path, given: dict[str, str], command: str) -> int:
    import torch

    from crowd.learning import learn
    from crowd.weights import save_weights
    from embodied.recorded_ways import read_ways
    from motion.moreact import MoReact, MoReactConfig
    from motion.pair_space import LatentSpace
    from motion.pair_training import TOKENS, PairWindows
    from motion.pair_weights import CODEC, codec_digest, joined, name_of
    from motion.reaction_training import Draws, Ways, body_loss, fit_filters, way_loss
    from motion.weights import load_single

    started = time.perf_counter()
    without = given.get("without")
    if without not in (None, "trajectory"):
        raise ValueError(f"without={without}: expected trajectory, that of MoReact which comes first; or leave it out")
    steps, batch = whole(given, "steps", 4000, least=1), whole(given, "batch", 24, least=2)
    seed, name = whole(given, "seed", 0), name_of("moreact", without)
    ways: tuple[Ways | None, Ways | None] = (None, None)
    if "crowd" in given:
        if not (Path(given["crowd"]) / "sdd").is_dir():
            raise FileNotFoundError(f"crowd={given['crowd']}: expected a folder with sdd/, found none; name another")
        paths = read_ways(Path(given["crowd"]), stream(seed, "crowd"))
        held_out = stream(seed, "crowd", 1).permutation(len(paths)) < len(paths) // 10
        ways = (Ways(paths[~held_out]), Ways(paths[held_out]))
    codec = load_single(CODEC)[0].codec
    pairs = {part: both for part, (both, _) in read_pairs(data, seed).items()}
    windows = PairWindows(pairs["train"], codec, seed)
    held = PairWindows(pairs["val"], codec, seed, mirror=False)
    torch.manual_seed(seed)
    space = LatentSpace(codec, TOKENS)
    windows.scale(space)
    model = MoReact(MoReactConfig(trajectory=without is None))
    fit_filters(model, space, windows, ways[0], stream(seed, "crowd", 2))
    digest = _digest(pairs)
    about = {
        "config": asdict(model.config), "kind": "moreact", "without": without, "seed": seed, "steps": steps,
        "batch": batch, "codec_sha256": codec_digest(), "data_sha256": digest,
        "sources": ["cmu", "bandai", *(["sdd"] if "crowd" in given else [])],
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    checkpoints = []
    for stage in ("way", "body"):
        network = getattr(model, stage)
        if network is None:
            continue
        draws = Draws(windows=windows, ways=ways[0], rng=stream(seed, "motion", 5))
        generator = torch.Generator().manual_seed(seed)

        def loss_of(draws: Draws, count: int, stage: str = stage) -> Any:
            if stage == "way" and model.way is not None:
                return way_loss(model.way, space, draws, count)
            return body_loss(model, space, draws, count)

        loss = partial(loss_of(draws, batch), generator)

        def judge(loss_of: Any = loss_of) -> float:
            same = Draws(windows=held, ways=ways[1], rng=stream(seed, "task", 5))
            held.rng = stream(seed, "task", 6)
            return float(loss_of(same, JUDGED)(torch.Generator().manual_seed(seed)))

        def restore(state: Any, draws: Draws = draws, generator: Any = generator) -> None:
            draws.rng.bit_generator.state = state["draws"]
            generator.set_state(state["noise"])

        def state(draws: Draws = draws, generator: Any = generator) -> Any:
            return {"draws": draws.rng.bit_generator.state, "noise": generator.get_state()}

        checkpoints.append(out / f".{name}.{stage}.state")
        curve = learn(
            network, loss, judge, (state, restore), steps=steps,
            average=AVERAGE, every=max(1, steps // POINTS), run=[name, stage, digest, seed, steps, batch],
            checkpoint=checkpoints[-1],
        )  # fmt: skip
        network.eval()
        finish(
            out, f"{name}.{stage}", curve, command, seed, time.perf_counter() - started,
            {"task": "reaction", "n": len(pairs["train"])},
        )  # fmt: skip
    save_weights(joined(network=model, space=space), out / f"{name}.safetensors", "motion_reaction", about)
    for checkpoint in checkpoints:
        checkpoint.unlink(missing_ok=True)
    return 0


def _train_evaluator(data: Path, out: Path, given: dict[str, str], command: str) -> int:
    """Let the judge of pairs and texts learn from the pairs from which models learn."""
    from crowd.weights import save_weights
    from motion.pair_judging import STEPS, learn_evaluator
    from motion.pair_weights import joined, name_of
    from motion.pairs import mirror_pair

    seed, name = whole(given, "seed", 0), name_of("evaluator", None)
    pairs = {"train": read_pairs(data, seed, ("train",))["train"][0], "val": []}
    every = [one for pair in pairs["train"] for one in (pair, mirror_pair(pair))]
    network = learn_evaluator([one.pair for one in every], [(one.texts, *one.own) for one in every], seed)
    about = {
        "kind": "evaluator",
        "seed": seed,
        "steps": STEPS,
        "data_sha256": _digest(pairs),
        "sources": ["cmu", "bandai"],
    }
    out.mkdir(parents=True, exist_ok=True)
    save_weights(joined(network=network), out / f"{name}.safetensors", "motion_evaluator", about)
    print(f"weights  {out / name}.safetensors")
    return 0


def _digest(pairs: dict[str, list[Any]]) -> str:
    digest = hashlib.sha256()
    for pair in (*pairs["train"], *pairs["val"]):
        digest.update(pair.name.encode() + pair.people[0].path.tobytes() + pair.people[1].path.tobytes())
    return digest.hexdigest()


def finish(
    out: Path, name: str, curve: Sequence[dict[str, float]], command: str, seed: int, seconds: float,
    about: dict[str, Any],
) -> None:  # fmt: skip
    """Write the learning curve of weights, and say where they are."""
    rows = [
        {
            **about, "model": name, "step": int(row["step"]),
            "metrics": {key: {"value": float(value)} for key, value in row.items() if key != "step"},
        }
        for row in curve
    ]  # fmt: skip
    files = {"weights": f"{name}.safetensors"}
    write_results(
        out / f"{name}.json", verb="train", command=command, seed=seed, seconds=seconds, rows=rows, files=files
    )
    print(f"weights  {out / name}.safetensors")
