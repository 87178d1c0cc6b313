"""`embodied train crowd model=NAME data=DIR out=DIR`: learn from recordings of pedestrians how crowds come and walk.

Stopped and called again it goes on where it was; the same command gives the same bytes on one platform.
"""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embodied.arguments import check_writable, one_of, split, torch_device, wants_help, whole
from embodied.results import write_results
from embodied.seeding import stream

if TYPE_CHECKING:
    from crowd.crowdes_config import CrowdESConfig
    from crowd.crowdes_layout import Layout
    from crowd.site import Recording

USAGE = """usage: embodied train crowd model=NAME data=DIR out=DIR [key=value …]

model       plan_diffusion   how people go from where they come to where they leave
            emitter          who comes to a place, from where to where
            crowdes          who comes and how they walk, after CrowdES (CVPR 2025)
            segmentation     what lies where in a picture, from renders of our scenes: without data and fold
data        the folder that holds eth_ucy/
out         folder for NAME-FOLD.safetensors, its learning curve (.json), and checkpoints while it learns

fold=all            what is not learned from, to be tested on: eth, hotel, univ, zara1 or zara2; all: nothing
steps=2000          of the optimiser, for each network; 2500 for segmentation
seed=0              of first weights and draws
device=cpu          of torch; an emitter learns on the CPU
size=small          of crowdes: small or published
paper_compat=false  crowdes as it was published, defects included
layout=FILE         of crowdes: weights whose layout predictor is taken, which is the same in both variants
places=60           of segmentation: scenes to learn from"""
KEYS = ("model", "data", "out", "fold", "steps", "seed", "device", "size", "paper_compat", "layout", "places")
PLAN_BATCH = 512
BATCHES = {"layout": 8, "emitter": 128, "simulator": 512}  # of crowdes; published 8, 512, 2048
RATE = 5e-4  # of crowdes' small networks at first; published 1e-4
Curve = list[dict[str, float]]


def run(arguments: Sequence[str]) -> int:
    """Train a model, write its weights and its learning curve, and return the exit code.

    Raises:
        FileNotFoundError: the recordings are not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("train crowd", arguments, KEYS)
    if given.get("model") == "segmentation":
        from embodied.train_segmentation import train as train_segmentation

        return train_segmentation(arguments, given)
    steps, seed = whole(given, "steps", 2000, least=1), whole(given, "seed", 0)
    model, name = given.get("model", ""), file_name(given)
    torch_device(given)  # before anything else is done
    for key in ("data", "out"):
        if key not in given:
            raise ValueError(f"train crowd: expected {key}=DIR, got none; see --help")
    out = Path(given["out"])
    check_writable(out)
    recordings = read_recordings(Path(given["data"]), given.get("fold", "all"))
    out.mkdir(parents=True, exist_ok=True)
    states = out / f".{name}"
    states.mkdir(exist_ok=True)
    about = {
        "recordings": [recording.site.name for recording in recordings],
        "data_sha256": digest(Path(given["data"]), recordings),
        "fold": given.get("fold", "all"), "seed": seed, "steps": steps,
    }  # fmt: skip
    trainers: dict[str, Callable[..., dict[str, Curve]]] = {
        "plan_diffusion": _train_plans, "emitter": _train_emitter, "crowdes": _train_crowdes,
    }  # fmt: skip
    curves = trainers[model](recordings, out / f"{name}.safetensors", states, given, steps, seed, about)
    rows = [
        {
            "model": model, "fold": about["fold"], "part": part, "step": int(row["step"]), "n": len(recordings),
            "metrics": {key: {"value": float(v)} for key, v in row.items() if key != "step" and v == v},
        }
        for part, curve in curves.items()
        for row in curve
    ]  # fmt: skip
    write_results(
        out / f"{name}.json", verb="train", command=shlex.join(["embodied", "train", "crowd", *arguments]), seed=seed,
        seconds=time.perf_counter() - started, rows=rows, files={"weights": f"{name}.safetensors"},
    )  # fmt: skip
    for state in states.iterdir():
        state.unlink()
    states.rmdir()
    print(f"weights  {out / name}.safetensors")
    return 0


def file_name(given: Mapping[str, str]) -> str:
    """Return what the files of a training are called.

    Raises:
        ValueError: no such model, size or variant.
    """
    one_of(given, "model", ("plan_diffusion", "emitter", "crowdes", "segmentation"), needed=True)
    one_of(given, "size", ("small", "published"))
    one_of(given, "paper_compat", ("false", "true"))
    if given["model"] != "crowdes" and (extra := {"size", "paper_compat", "layout"} & given.keys()):
        raise ValueError(f"{extra.pop()}: of use for model=crowdes only; leave it out")
    if "places" in given:
        raise ValueError("places: of use for model=segmentation only; leave it out")
    words = ["published"] * (given.get("size") == "published") + ["compat"] * (given.get("paper_compat") == "true")
    return "-".join([given["model"], *words, given.get("fold", "all")])


def read_recordings(data: Path, fold: str) -> list[Recording]:
    """Return the recordings of ETH/UCY to learn from at 5 Hz: all, or those that `fold` leaves.

    Raises:
        FileNotFoundError: one is missing. ValueError: no such fold.
    """
    from crowd.recordings import ETH_UCY, FOLDS, five_hz, read_recording, training_recordings

    if fold not in ("all", *FOLDS):
        raise ValueError(f"fold={fold}: expected all or one of {', '.join(FOLDS)}")
    names = ETH_UCY if fold == "all" else training_recordings(fold)
    return [five_hz(read_recording(data, name)) for name in names]


def digest(data: Path, recordings: Sequence[Recording]) -> str:
    """Return the SHA-256 of the tables of recordings, one after another."""
    content = b"".join((data / "eth_ucy" / r.site.name / "traj.csv").read_bytes() for r in recordings)
    return hashlib.sha256(content).hexdigest()


def _train_plans(
    recordings: Sequence[Recording], path: Path, states: Path, given: Mapping[str, str], steps: int, seed: int,
    about: dict[str, Any],
) -> dict[str, Curve]:  # fmt: skip
    from crowd.plan_diffusion import PlanConfig, save_network
    from crowd.plan_samples import plan_samples
    from crowd.plan_training import train_plans

    network, curve = train_plans(
        plan_samples(recordings), PlanConfig(), steps=steps, batch=PLAN_BATCH, seed=seed,
        device=torch_device(given), checkpoint=states / "plans.state",
    )  # fmt: skip
    save_network(network, path, about)
    return {"plans": curve}


def _train_emitter(
    recordings: Sequence[Recording], path: Path, states: Path, given: Mapping[str, str], steps: int, seed: int,
    about: dict[str, Any],
) -> dict[str, Curve]:  # fmt: skip
    from crowd.emitter import save_emitter
    from crowd.emitter_training import emitter_samples, train_emitter

    samples = emitter_samples(recordings, stream(seed, "crowd"))
    network, curve = train_emitter(samples, steps=steps, seed=seed, checkpoint=states / "emitter.state")
    save_emitter(network, path, about)
    return {"emitter": curve}


def _train_crowdes(
    recordings: Sequence[Recording], path: Path, states: Path, given: Mapping[str, str], steps: int, seed: int,
    about: dict[str, Any],
) -> dict[str, Curve]:  # fmt: skip
    from dataclasses import replace

    from crowd.crowdes_config import PUBLISHED, SMALL
    from crowd.crowdes_samples import make_samples
    from crowd.crowdes_training import Run, train_emitter, train_layout, train_simulator
    from crowd.crowdes_weights import Networks, save

    published = given.get("size") == "published"
    config = replace(PUBLISHED if published else SMALL, paper_compat=given.get("paper_compat") == "true")
    parts: dict[str, Any] = {"layout": train_layout, "emitter": train_emitter, "simulator": train_simulator}
    networks: dict[str, Any] = {}
    curves: dict[str, Curve] = {}
    if "layout" in given:
        taken = Path(given["layout"])
        networks["layout"] = _layout(taken, config, about)
        if taken.resolve().parent == path.resolve().parent:
            about = {**about, "layout": taken.name}
        del parts["layout"]
    samples = make_samples(recordings, config, seed=seed)
    for part, train in parts.items():
        how = Run(
            steps=steps, batch=BATCHES[part], seed=seed, device=torch_device(given),
            learning_rate=1e-4 if published else RATE, clip=1.0 if part == "emitter" else None,
            checkpoint=states / f"{part}.state",
        )  # fmt: skip
        network, curves[part] = train(samples, config, how)
        networks[part] = network.cpu().eval()
    save(path, Networks(config=config, about=about, **networks))
    return curves


def _layout(path: Path, config: CrowdESConfig, about: Mapping[str, Any]) -> Layout:
    """Return the layout predictor of weights that were learned from the same recordings."""
    from dataclasses import replace

    from crowd.crowdes_weights import load

    taken = load(path)
    if taken.config != replace(config, paper_compat=taken.config.paper_compat):
        raise ValueError(f"layout={path}: expected weights of the size that is trained, got another; train them anew")
    if any(taken.about.get(key) != about[key] for key in ("data_sha256", "fold")):
        raise ValueError(f"layout={path}: expected weights of fold={about['fold']} and the same recordings, got others")
    return taken.layout
