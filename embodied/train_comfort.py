"""`embodied train comfort data=FILE out=FILE`: fit the comfort score to rated scenes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from embodied.arguments import split, wants_help, whole
from embodied.evaluate_comfort import read_scenes
from safety.comfort import LINK_FEATURES, PERSON_FEATURES, REACH, Situation, describe, score

USAGE = """usage: embodied train comfort data=FILE out=FILE.safetensors [key=value …]

data        rated scenes, a JSON list as in SocNav1 (`embodied evaluate comfort --help`)
out         the weights; those that are shipped lie in assets/models/comfort.safetensors
seed=0      of the first weights
steps=400   of Adam, all scenes in each"""

HIDDEN, STEPS_OF_DISTANCE = 8, 12  # size of A's and of W's output, chosen by cross-validation inside the training set
PEOPLE_DISTANCES, LINK_DISTANCES = (0.2, 3.2), (0.0, 1.8)  # m, first and last c_j
RATE, DECAY = 0.03, 0.1  # Adam's highest rate; of the squares of A and W, over the number of scenes


def run(arguments: Sequence[str]) -> int:
    """Fit the comfort score to a file of rated scenes, write its weights and return the exit code.

    Raises:
        FileNotFoundError: no such file.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("train comfort", arguments, ("data", "out", "seed", "steps"))
    seed, steps = whole(given, "seed", 0), whole(given, "steps", 400, least=1)
    if not given.get("data") or not given.get("out", "").endswith(".safetensors"):
        raise ValueError("train comfort: expected data=FILE and out=FILE.safetensors; see --help")
    data, out = Path(given["data"]), Path(given["out"])
    if not out.parent.is_dir():
        raise ValueError(f"out={out}: expected a folder to write into, found no {out.parent}; make it first")
    scenes = read_scenes(data)
    if unrated := [number for number, scene in enumerate(scenes, 1) if scene.score is None]:
        raise ValueError(f"{data}: scene {unrated[0]}: score: expected a rating, found none; leave the scene out")
    scores = np.array([scene.score for scene in scenes], dtype=np.float64)
    situations = [scene.situation for scene in scenes]
    weights = fit_comfort(situations, scores, seed, steps)
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    about = {"model": "comfort", "scenes": len(scenes), "data_sha256": digest, "seed": seed, "steps": steps}
    # one entry: the order of several is not the same in every run
    content = save(weights, metadata={"embodied": json.dumps(about, sort_keys=True)})
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(out)
    error = float(np.mean((score(describe(situations), weights) - scores) ** 2))
    print(
        f"fitted to {len(scenes)} scenes in {time.perf_counter() - started:.1f} s, mean squared error there {error:.1f}"
    )
    print(f"weights  {out}")
    return 0


def fit_comfort(
    situations: Sequence[Situation], scores: npt.NDArray[np.float64], seed: int, steps: int = 400
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of `safety.comfort` that fit `scores` (B,), 0 to 100, with the least squared error.

    Adam with a one-cycle rate over all scenes at once, on one thread: the same seed gives the same bytes.
    """
    import torch
    from torch.nn.functional import softplus

    elements = describe(situations)
    generator = torch.Generator().manual_seed(seed)
    parts = {
        "people": (elements.people, elements.people_scene, PERSON_FEATURES, PEOPLE_DISTANCES),
        "links": (elements.links, elements.links_scene, LINK_FEATURES, LINK_DISTANCES),
    }
    power = torch.ones(1, dtype=torch.float64, requires_grad=True)
    learned, fixed, inputs = {}, {}, {}
    for name, (rows, scene, size, distances) in parts.items():

        def draw(*shape: int, spread: float, middle: float = 0.0) -> torch.Tensor:
            start = middle + spread * torch.randn(*shape, dtype=torch.float64, generator=generator)
            return start.requires_grad_()

        learned[f"{name}.A"] = draw(size, HIDDEN, spread=0.3)
        learned[f"{name}.a"] = draw(HIDDEN, spread=0.0)
        learned[f"{name}.W"] = draw(HIDDEN, STEPS_OF_DISTANCE, spread=0.1)
        learned[f"{name}.b"] = draw(STEPS_OF_DISTANCE, spread=0.3, middle=-3.0)
        fixed[f"{name}.c"] = torch.linspace(*distances, STEPS_OF_DISTANCE, dtype=torch.float64)
        fixed[f"{name}.w"] = 0.6 * (fixed[f"{name}.c"][1:2] - fixed[f"{name}.c"][:1])
        near = rows[:, 0] < REACH
        values, owner = torch.from_numpy(rows[near]), torch.from_numpy(scene[near])
        distance = values[:, :1]
        reach = torch.sigmoid((fixed[f"{name}.c"] - distance) / fixed[f"{name}.w"]) * (1 - (distance / REACH) ** 2) ** 2
        inputs[name] = values[:, 1:], reach, owner
    target = torch.from_numpy(scores / 100)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        optimizer = torch.optim.Adam([power, *learned.values()], lr=RATE)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
        for _ in range(steps):
            q = 1 + softplus(power)
            total = torch.full((elements.scenes,), 1e-12, dtype=torch.float64)  # the root has no slope at 0
            for name, (features, reach, owner) in inputs.items():
                hidden = torch.tanh(features @ learned[f"{name}.A"] + learned[f"{name}.a"])
                heights = softplus(hidden @ learned[f"{name}.W"] + learned[f"{name}.b"])
                total = total.index_add(0, owner, ((heights * reach).sum(dim=1) + 1e-9) ** q)
            squares = sum((learned[f"{name}.{key}"] ** 2).sum() for name in parts for key in "AW")
            loss = ((torch.exp(-(total ** (1 / q))) - target) ** 2).mean() + DECAY / len(scores) * squares
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        weights = {**learned, **fixed, "power": 1 + softplus(power)}
        return {name: value.detach().numpy().astype(np.float32) for name, value in weights.items()}
    finally:
        torch.set_num_threads(threads)
