"""Time what makes two people move: 3 s of a pair by in2IN of the published size, and by ours.

    python -m benchmarks.motion_pair_speed [weights=FILE] [repeats=10] [most=180] [out=x.json]

`seconds` is the wall time of a pair, from texts to the clips of both, and `cpu_seconds` the CPU time of the process,
with one thread: the median of repeats after a first one. `ratio`, of CPU times: how often ours is made while the
published one is made once. The published network (182 million parameters, 262 numbers a frame, 50 steps of DDIM, four
evaluations each, by which its guidance has a weight for each text) has random weights, which take as long as learned
ones, and is told random tokens instead of CLIP's, whose time is left out. Where 50 steps would take longer than `most`
seconds, fewer are timed and scaled up: `timed_steps`, `of_steps`. Ours (`default`) reads its texts, has 10 steps,
decodes latents and plants feet; `weights: random` where none are shipped. `moreact_live`: `hz`, how often the
trajectory and the body of four people who react are made in a second, one thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embodied.results import write_results
from motion.body import load_body
from motion.clip import FloatArray
from motion.codec import LATENT
from motion.features import FPS, encode
from motion.generate import walk
from motion.in2in import Guidance
from motion.interhuman import FeaturePair
from motion.interhuman_training import FeatureWindows
from motion.pair_generate import STEPS, PairPrompt, generate_pairs
from motion.pair_space import FeatureSpace, LatentSpace
from motion.pair_text import reads
from motion.pair_weights import CODEC, PAIRS, TOKENS, build, build_published, load_pair
from motion.reacting import PAST, TEXTS, Reactor
from motion.retarget import clip_of, figure_of
from motion.threads import one_thread
from motion.weights import load_single

PROMPT = PairPrompt(
    text="Two people meet and shake hands.", texts=("A person walks up and offers the right hand.",
    "A person takes the hand and shakes it."), seconds=3.0,
)  # fmt: skip
BODIES = ("woman_adult", "man_tall")
PUBLISHED_STEPS, PROBE = 50, 2  # of DDIM, and those by which it is foreseen how long all take
CLIP_TOKENS, CLIP_WIDTH = 77, 768
PEOPLE = 4  # who react at once
Row = dict[str, Any]


def figures() -> tuple[FloatArray, FloatArray]:
    """Return the figures of both people."""
    first, second = (figure_of(load_body(body).joints) for body in BODIES)
    return first, second


def timed(make: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the median wall and CPU seconds of making something."""
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        make()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return float(np.median(walls)), float(np.median(cpus))


def scaled_by_walks(space: FeatureSpace) -> FeatureSpace:
    """Return a space whose mean and deviation are those of people who walk by the gait."""
    path = np.column_stack([np.arange(90) / FPS, np.zeros(90), np.zeros(90)])
    told = []
    for name in BODIES:
        body = load_body(name)
        told.append(encode(clip_of(walk(path, body, np.random.default_rng(0)), body, FPS)))
    pair = FeaturePair(name="walk", numbers=np.stack(told).astype(np.float32), texts=("",), own=((), ()))
    FeatureWindows([pair], reads("words"), 0).scale(space, 8)
    return space


def in2in_published(most: float) -> Row:
    """Return the row of in2IN as published."""
    torch.manual_seed(0)
    network, space = build_published("in2in", "clip").eval(), scaled_by_walks(FeatureSpace())
    generator = torch.Generator().manual_seed(0)

    def read(texts: Sequence[str]) -> torch.Tensor:
        return torch.randn(len(texts), CLIP_TOKENS, CLIP_WIDTH, generator=generator)

    def make(steps: int) -> None:
        generate_pairs(
            network, space, [PROMPT], [figures()], [np.random.default_rng(0)], steps=steps, guidance=Guidance(),
            read=read,
        )  # fmt: skip

    make(1)
    step = timed(lambda: make(PROBE), 1)[0] / PROBE
    steps = int(np.clip(most / step, 1, PUBLISHED_STEPS))
    wall, cpu = (PUBLISHED_STEPS / steps * value for value in timed(lambda: make(steps), 1))
    scaled = {} if steps == PUBLISHED_STEPS else {"timed_steps": steps, "of_steps": PUBLISHED_STEPS}
    return {
        "task": "pair", "model": "in2in_published", "weights": "random", **scaled,
        "metrics": {
            "seconds": {"value": wall}, "cpu_seconds": {"value": cpu},
            "parameters": {"value": float(sum(weight.numel() for weight in network.parameters()))},
        },
    }  # fmt: skip


def default(weights: Path, repeats: int) -> Row:
    """Return the row of our in2IN."""
    torch.manual_seed(0)
    if shipped := weights.is_file():
        network, space, _ = load_pair(weights)
    else:
        space = LatentSpace(load_single(CODEC)[0].codec, TOKENS)
        network = build("in2in", space.numbers).eval()
    own, number = figures(), iter(range(repeats + 1))

    def make() -> None:
        generate_pairs(network, space, [PROMPT], [own], [np.random.default_rng(next(number))], steps=STEPS)

    make()
    wall, cpu = timed(make, repeats)
    return {
        "task": "pair", "model": "default", "weights": "learned" if shipped else "random",
        "metrics": {
            "seconds": {"value": wall}, "cpu_seconds": {"value": cpu},
            "parameters": {"value": float(sum(weight.numel() for weight in network.parameters()))},
        },
    }  # fmt: skip


def moreact_live(weights: Path, repeats: int) -> Row:
    """Return the row of MoReact live: trajectory and body of people who react to a robot, every 0.1 s."""
    live = Reactor(weights)
    clock = 0.1 * np.arange(-PAST, 1)
    people = np.stack([np.column_stack([1.3 * clock, 0.4 * row + 0.0 * clock, 0.0 * clock]) for row in range(PEOPLE)])
    robot = np.column_stack([2.5 - 0.5 * clock, 0.5 + 0.0 * clock, np.pi + 0.0 * clock])
    robots, texts = np.repeat(robot[None], PEOPLE, axis=0), [TEXTS["approach"]] * PEOPLE
    latents, number = torch.zeros(PEOPLE, PAST, LATENT), iter(range(repeats + 1))

    def make() -> None:
        tick = next(number)
        rngs = [np.random.default_rng([tick, row]) for row in range(PEOPLE)]
        ways = live.ways(texts, people, robots, rngs)
        live.bodies(texts, people, robots, ways, latents, rngs)

    make()
    wall, cpu = timed(make, repeats)
    return {
        "task": "reaction", "model": "moreact_live", "weights": "learned", "people": PEOPLE,
        "metrics": {"hz": {"value": 1.0 / wall}, "cpu_hz": {"value": 1.0 / cpu}, "latency": {"value": wall}},
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Run and write the results; each row has a function of its own."""
    given = dict(argument.split("=", 1) for argument in arguments)
    started = time.perf_counter()
    with one_thread():
        published = in2in_published(float(given.get("most", "180")))
        ours = default(Path(given.get("weights", PAIRS["in2in"])), int(given.get("repeats", "10")))
    cpus = [row["metrics"]["cpu_seconds"]["value"] for row in (published, ours)]
    ours["metrics"]["ratio"] = {"value": cpus[0] / cpus[1]}
    rows = [published, ours]
    if PAIRS["moreact"].is_file():
        with one_thread():
            rows.append(moreact_live(PAIRS["moreact"], 10 * int(given.get("repeats", "10"))))
    for row in rows:
        print(f"{row['model']:<16}", *(f"{key} {value['value']:.4g}" for key, value in row["metrics"].items()))
    write_results(
        Path(given.get("out", Path(__file__).parent / "results" / "motion_speed.json")), verb="benchmark",
        command=" ".join(["python -m benchmarks.motion_pair_speed", *arguments]), seed=0,
        seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
