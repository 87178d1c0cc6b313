"""`embodied train motion task=TASK data=DIR out=DIR`: learn from recordings how bodies move, alone or two together.

Stopped and called again it goes on where it was; the same command gives the same bytes on one platform.
"""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from embodied.arguments import check_writable, one_of, split, wants_help, whole
from embodied.results import write_results
from embodied.seeding import stream
from motion.single import SOURCES

USAGE = """usage: embodied train motion task=TASK data=DIR out=DIR [key=value …]

task        single: one person along a path, by text
            pair: two people, by what they do together and what each does
            reaction: how somebody reacts to another person, or to a robot
            evaluator: the judge of pairs and texts, for embodied evaluate motion
data        the folder that holds singles.json and pairs.json and the recordings they list
out         folder for the weights, their learning curve (.json), and checkpoints while they learn

Of single:
sources=all     cmu (permissive), bandai (CC BY-NC 4.0), or all: both
steps=9000      of the optimiser, and 0.3 times as many before for the codec
batch=64        windows of three seconds a step
width=192       of the network; blocks=4
seed=0          of first weights and draws
fast=true       matrices in bfloat16 where the processor can; false: all in single precision

Of pair and reaction:
model=in2in     of pair: in2in, timotion, or prior: single people alone, for DualMDM
without=null    a part to do without: individual (texts of each), of timotion injection, scanning, amplification
size=small      published: the size and the 262 numbers of the paper, data is then a folder of InterHuman
text=words      of published: clip, by the library transformers, or words: our own encoder
                published has steps=352000 batch=32 by default, and learns on a graphics processor if there is one
crowd=DIR       of reaction: the folder that holds sdd/, recordings of how people make way
steps=6000      of the optimiser, of each network of reaction 2500; batch=24
seed=0          of first weights and draws"""
KEYS = ("task", "data", "out", "sources", "steps", "batch", "width", "blocks", "seed", "fast")
NAMES = {"all": "motion_single", "cmu": "motion_single_cmu", "bandai": "motion_single_bandai"}
WALKS, WAVES = 48, 60  # composed samples, see `motion.composed`
CODEC = 0.3  # steps of the codec, as a share of those of the network
AVERAGE, POINTS = 0.999, 24  # of the weights, what stays in each step; points of the learning curve


def run(arguments: Sequence[str]) -> int:
    """Train a model, write its weights and its learning curve, and return the exit code.

    Raises:
        FileNotFoundError: the recordings are not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    task = dict(word.split("=", 1) for word in arguments if "=" in word).get("task")
    if task in ("pair", "reaction", "evaluator"):
        from embodied.train_pairs import train as train_pairs

        return train_pairs(arguments)
    _, given = split("train motion", arguments, KEYS)
    one_of(given, "task", ("single", "pair", "reaction", "evaluator"), needed=True)
    sources, fast = one_of(given, "sources", tuple(SOURCES)), one_of(given, "fast", ("true", "false")) == "true"
    for key in ("data", "out"):
        if key not in given:
            raise ValueError(f"train motion: expected {key}=DIR, got none; see --help")
    data, out = Path(given["data"]), Path(given["out"])
    if not (data / "singles.json").is_file():
        raise FileNotFoundError(f"data={data}: expected a folder with singles.json, found none; see docs/motion.md")
    check_writable(out)
    return _train_single(data, out, given, sources, fast, shlex.join(["embodied", "train", "motion", *arguments]))


def _train_single(data: Path, out: Path, given: dict[str, str], sources: str, fast: bool, command: str) -> int:
    import torch

    from crowd.learning import learn
    from crowd.weights import save_weights
    from motion.composed import walk_by_gait, wave_while_walking
    from motion.denoiser import Denoiser, DenoiserConfig
    from motion.single import read_single
    from motion.training import Loss, Windows, codec_loss_of, network_loss_of, objectives

    started = time.perf_counter()
    steps, batch, seed = (
        whole(given, "steps", 9000, least=1),
        whole(given, "batch", 64, least=1),
        whole(given, "seed", 0),
    )
    config = DenoiserConfig(width=whole(given, "width", 192, least=8), blocks=whole(given, "blocks", 4, least=1))
    if config.width % config.heads:
        raise ValueError(f"width={config.width}: expected a multiple of {config.heads}; change it")
    every = list(read_single(str(data), SOURCES[sources], ("train", "val")))
    learned = [sample for sample, part in every if part == "train"]
    rng = stream(seed, "motion")
    learned += [*walk_by_gait(WALKS, rng), *wave_while_walking(learned, WAVES, rng)]
    train = Windows(learned, seed)
    held = Windows([sample for sample, part in every if part == "val"], seed)
    torch.manual_seed(seed)
    network = Denoiser(config)
    train.scale(network.codec)
    name = NAMES[sources]
    out.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(b"".join(sample.recording.name.encode() + sample.local.tobytes() for sample, _ in every))
    about = {
        "config": asdict(config), "sources": SOURCES[sources], "data_sha256": digest.hexdigest(), "seed": seed,
        "steps": steps, "batch": batch,
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    states: list[Path] = []

    def teach(part: str, module: torch.nn.Module, loss_of: Loss, rounds: int, count: int) -> None:
        states.append(out / f".{name}.{part}.state")
        loss, judge, draws = objectives(loss_of, train, held, batch=count, seed=seed, fast=fast)
        curve = learn(
            module, loss, judge, draws, steps=rounds, average=AVERAGE, every=max(1, rounds // POINTS),
            run=[part, name, digest.hexdigest(), seed, steps, batch, config.width, config.blocks],
            checkpoint=states[-1],
        )  # fmt: skip
        module.eval()
        rows.extend(
            {
                "task": "single", "model": name, "part": part, "step": int(row["step"]), "n": len(every),
                "metrics": {key: {"value": float(value)} for key, value in row.items() if key != "step"},
            }
            for row in curve
        )  # fmt: skip

    codec = network.codec
    teach("codec", codec, partial(codec_loss_of, codec), max(1, round(CODEC * steps)), max(1, batch // 2))
    train.whiten(network)
    teach("latents", network, partial(network_loss_of, network), steps, batch)
    save_weights(network.state_dict(), out / f"{name}.safetensors", "motion_single", about)
    write_results(
        out / f"{name}.json", verb="train", command=command, seed=seed, seconds=time.perf_counter() - started,
        rows=rows, files={"weights": f"{name}.safetensors"},
    )  # fmt: skip
    for state in states:
        state.unlink(missing_ok=True)
    print(f"weights  {out / name}.safetensors")
    return 0
