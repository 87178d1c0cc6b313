"""`embodied evaluate motion task=single data=DIR`: made motion beside recordings that nobody learned from.

Two people (task pair, dualmdm, reaction) are looked at in `embodied.evaluate_pairs`.

Every model gets the path, the figure and a text of each held-out clip; the same judges look at all. Values of made
motion belong beside those of `real`: a dancer's feet turn on the floor, and a recording can be told from another.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from embodied.arguments import listed, one_of, own_folder, split, wants_help, whole
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean, wilson
from motion.clip import FloatArray, MotionClip
from motion.features import mirrored
from motion.generate import generate, walk_along
from motion.judging import (
    FOLDS,
    Actions,
    jittered,
    kernel_distance,
    learn_actions,
    long_enough,
    shuffled,
    told_apart,
)
from motion.measures import measure, path_error
from motion.phrases import action_of, describe, matching, segments
from motion.single import SOURCES, Part, Sample, read_single
from motion.weights import SHIPPED, load_single

Metrics = dict[str, dict[str, float]]
Mask = npt.NDArray[np.bool_]
MODELS = ("real", "gait", "default", "cmu", "jittered", "shuffled")
BROKEN = ("jittered", "shuffled")  # recordings made worse, which the judge must find
TASKS, SPLITS = ("single",), ("test", "style", "val")
ACTS = {
    "walking": ("walk", "walk_back", "walk_left", "walk_right", "turn_left", "turn_right"),
    "running": ("run", "dash"),
    "gestures": (
        "wave_left", "wave_right", "wave_both", "raise_left", "raise_right", "raise_both", "bow", "bye", "call",
        "guide",
    ),
    "dance": ("dance",),
}  # fmt: skip
OTHER = "other"
HALVES = 3  # times that recordings are told from one another
WITHIN = ("skate", "jerk")  # metrics of which a row says whether they are in the interval of recordings
LONGEST = 8.0  # s, of a clip: salsa dances are longer
USAGE = f"""usage: embodied evaluate motion task=TASK data=DIR [key=value …]

task         single: one person along a path, by text
             pair, dualmdm, reaction, contact_check, or a list of them: two people
data         the folder that holds singles.json and pairs.json and the recordings they list
model=all    all, or a list of {", ".join(MODELS)}
             real      recordings; gait: the model without training, along the path
             default   weights that ship; cmu: those from CMU's recordings alone
             jittered  recordings with noise, shuffled: with frames out of order; what the judge must find
split=test   test: clips held out; style: a style nobody learned; val: clips watched while learning
sources=all  clips of cmu, bandai, or all
weights=FILE of default; null: those that ship
seed=0       of texts, noise and judges
out=null     folder for results.json; null: runs/evaluate/<time>

Of two people:
model=all    real; default: what ships; ddim50: the same in 50 steps; in2in, timotion; nearest_neighbour: the recorded
             reactor whose actor moved most alike; constant: somebody who stands; jittered, shuffled: what the judge
             must find
weights=DIR  a folder of weights, others than those that ship"""
KEYS = ("task", "data", "model", "split", "sources", "weights", "seed", "out")


def run(arguments: Sequence[str]) -> int:
    """Evaluate models and return the exit code.

    Raises:
        FileNotFoundError: recordings or weights are not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    asked = dict(word.split("=", 1) for word in arguments if "=" in word).get("task", "")
    if asked and "single" not in asked:
        from embodied.evaluate_pairs import run as run_pairs

        return run_pairs(arguments)
    started = time.perf_counter()
    _, given = split("evaluate motion", arguments, KEYS)
    one_of(given, "task", TASKS, needed=True)
    part, sources = one_of(given, "split", SPLITS), one_of(given, "sources", tuple(SOURCES))
    models = listed(given, "model", MODELS)
    if "data" not in given:
        raise ValueError("evaluate motion: expected data=DIR, the folder that holds singles.json, got none; see --help")
    data = Path(given["data"])
    if not (data / "singles.json").is_file():
        raise FileNotFoundError(f"data={data}: expected a folder with singles.json, found none; see docs/motion.md")
    seed = whole(given, "seed", 0)
    weights = _weights(models, given.get("weights"))
    out = own_folder(Path(given["out"]) if "out" in given else None)
    samples = read_held(data, sources, part)
    if not samples:
        raise ValueError(f"split={part}: expected clips of sources={sources}, found none; choose others")
    texts = [describe(one.recording, stream(seed, "task", row), False) for row, one in enumerate(samples)]
    short = sum(not long_enough(sample.clip) for sample in samples)
    print(f"{len(samples)} clips of {part}; {short} too short for the two-sample judge", flush=True)
    actions = read_actions(data, seed)
    looked = []
    for model in models:
        looked.append(look(model, make(model, samples, texts, weights.get(model), seed), samples, texts, actions, seed))
        print(f"{len(looked)}/{len(models)} {model} after {time.perf_counter() - started:.0f} s", flush=True)
    about = {"task": given["task"], "split": part, "sources": sources}
    rows = make_rows(looked, [sample_acts(sample) for sample in samples], about, seed)
    out.mkdir(parents=True, exist_ok=True)
    write_results(
        out / "results.json", verb="evaluate", command=shlex.join(["embodied", "evaluate", "motion", *arguments]),
        seed=seed, seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip
    for row in rows:
        said = "  ".join(f"{name} {metric['value']:.4g}" for name, metric in row["metrics"].items())
        print(f"{row['model']:9} {row['acts']:9} {row['n']:4} {said}")
    print(f"results  {out / 'results.json'}")
    return 0


def read_held(data: Path, sources: str, part: str) -> list[Sample]:
    """Return the clips of a part of the split, each cut to LONGEST from its beginning."""
    parts: list[Part] = [name for name in get_args(Part) if name == part]
    return [cut(sample, LONGEST) for sample, _ in read_single(str(data), SOURCES[sources], parts)]


def cut(sample: Sample, longest: float) -> Sample:
    """Return the beginning of a sample, `longest` seconds at most."""
    frames = round(longest * sample.clip.fps)
    clip = replace(
        sample.clip, root=sample.clip.root[:frames], rotations=sample.clip.rotations[:frames],
        positions=sample.clip.positions[:frames],
    )  # fmt: skip
    return replace(sample, clip=clip, path=sample.path[:frames], local=sample.local[:frames])


def read_actions(data: Path, seed: int) -> Actions:
    """Return the judge of acts, which has learned from the clips that models learn from, and their mirror images."""
    clips: list[MotionClip] = []
    acts: list[str] = []
    for sample, _ in read_single(str(data), SOURCES["all"], ("train",)):
        if (act := action_of(sample.recording)) is not None:
            clips += [sample.clip, mirrored(sample.clip)]
            acts += [act, action_of(sample.recording, mirrored=True) or act]
    return learn_actions(clips, acts, seed)


def sample_acts(sample: Sample) -> str:
    """Return the group of ACTS that a sample belongs to, or OTHER."""
    act = action_of(sample.recording)
    return next((group for group, names in ACTS.items() if act in names), OTHER)


def make(
    model: str, samples: Sequence[Sample], texts: Sequence[str], weights: Path | None, seed: int
) -> list[MotionClip]:
    """Return a model's clip for each sample."""
    if weights is not None:
        return generate(load_single(weights)[0], samples, texts, seed)
    drawn = [stream(seed, "motion", row) for row in range(len(samples))]
    ways: dict[str, Callable[[Sample, np.random.Generator], MotionClip]] = {
        "real": lambda sample, _: sample.clip, "gait": walk_along,
        "jittered": lambda sample, rng: jittered(sample.clip, rng),
        "shuffled": lambda sample, rng: shuffled(sample.clip, rng),
    }  # fmt: skip
    return [ways[model](sample, rng) for sample, rng in zip(samples, drawn, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """What the judges say of the N clips of a model.

    Attributes:
        values: (N,) of each metric of a clip, NaN where there is none. named: (N,) 1.0 where the act is the one asked
            for, NaN where no act has a name. distance: to recordings, with its interval; None if not to be told.
    """

    model: str
    values: Mapping[str, FloatArray]
    named: FloatArray
    distance: tuple[float, tuple[float, float]] | None


def look(
    model: str,
    clips: Sequence[MotionClip],
    samples: Sequence[Sample],
    texts: Sequence[str],
    actions: Actions,
    seed: int,
) -> Looked:
    """Let the judges look at the clips that a model made for samples and texts."""
    real = [sample.clip for sample in samples]
    values: dict[str, FloatArray] = {}
    named, distance = np.full(len(clips), np.nan), None
    if model not in BROKEN:
        each = [
            {**measure(clip.positions, clip.fps), "path_error": path_error(clip.positions, sample.path[:, :2])}
            for clip, sample in zip(clips, samples, strict=True)
        ]
        values = {name: np.array([one[name] for one in each]) for name in each[0]}
        for row, (told, sample, text) in enumerate(zip(actions.name(clips), samples, texts, strict=True)):
            if asked := asked_for(sample, text):
                named[row] = float(told in asked)
        rng = stream(seed, "statistics")
        features = actions.features(clips)
        order = rng.permutation(len(clips))
        halves = (features[order[::2]], features[order[1::2]])
        first, second = halves if model == "real" else (actions.features(real), features)
        distance = kernel_distance(first, second, rng) if min(len(first), len(second)) > 1 else None
    values["two_sample_accuracy"] = found_out(model, real, clips, seed)
    return Looked(model=model, values=values, named=named, distance=distance)


def asked_for(sample: Sample, text: str) -> tuple[str, ...]:
    """Return the acts that a text asks for, none if that of the sample has no name; "wave" may be with either hand."""
    act = action_of(sample.recording)
    said = [name for segment in segments(text) for name in matching(segment.action) if name in ACTS["gestures"]]
    return (act, *said) if act is not None else ()


def found_out(model: str, real: Sequence[MotionClip], clips: Sequence[MotionClip], seed: int) -> FloatArray:
    """Return how often windows of each clip (N,) and of its recording are put into the right set, NaN: too short.

    Of `real`, those of two halves of the recordings, the mean of HALVES draws.
    """
    rows = np.flatnonzero([long_enough(clip) for clip in real])
    result = np.full(len(real), np.nan)
    if len(rows) < 2 * FOLDS:
        return result
    if model != "real":
        first, second = told_apart([real[row] for row in rows], [clips[row] for row in rows], seed)
        result[rows] = (first + second) / 2.0
        return result
    result[rows] = 0.0
    for draw in range(HALVES):
        order = stream(seed, "statistics", draw).permutation(rows)
        shares = told_apart([real[row] for row in order[::2]], [real[row] for row in order[1::2]], seed)
        for half, share in zip((order[::2], order[1::2]), shares, strict=True):
            result[half] += share / HALVES
    return result


def make_rows(
    looked: Sequence[Looked], acts: Sequence[str], about: Mapping[str, str], seed: int
) -> list[dict[str, Any]]:
    """Return a row for each model over all clips, then for each group of acts.

    acts: (N,) the group of each clip. about: further columns.
    """
    rows: list[dict[str, Any]] = []
    real = next((one for one in looked if one.model == "real"), None)
    for group in ("all", *ACTS, OTHER):
        chosen = np.array([group in ("all", name) for name in acts])
        if not chosen.any():
            continue
        recorded = {} if real is None else _metrics(real, chosen, stream(seed, "statistics"))
        for one in looked:
            if group != "all" and one.model in BROKEN:
                continue
            metrics = _metrics(one, chosen, stream(seed, "statistics"))
            if group == "all" and one.distance is not None:
                value, (low, high) = one.distance
                metrics["kernel_distance"] = {"value": value, "lo": low, "hi": high}
            for name in WITHIN:
                if one.model != "real" and name in metrics and "lo" in recorded.get(name, {}):
                    inside = recorded[name]["lo"] <= metrics[name]["value"] <= recorded[name]["hi"]
                    metrics[f"{name}_inside"] = {"value": float(inside)}
            if metrics:
                rows.append({**about, "model": one.model, "acts": group, "n": int(chosen.sum()), "metrics": metrics})
    return rows


def _metrics(looked: Looked, chosen: Mask, rng: np.random.Generator) -> Metrics:
    """Return means over chosen clips with their bootstrap intervals, and the share of acts with Wilson's."""
    metrics: Metrics = {}
    for name, values in looked.values.items():
        there = values[chosen & np.isfinite(values)]
        if len(there):
            ends = bootstrap_mean(there, rng)
            metrics[name] = {"value": float(there.mean()), **({} if ends is None else {"lo": ends[0], "hi": ends[1]})}
    if "two_sample_accuracy" in metrics:
        judged = chosen & np.isfinite(looked.values["two_sample_accuracy"])
        metrics["two_sample_clips"] = {"value": float(judged.sum())}
    known = looked.named[chosen & np.isfinite(looked.named)]
    if len(known):
        low, high = wilson(round(known.sum()), len(known))
        metrics["text_accuracy"] = {"value": float(known.mean()), "lo": low, "hi": high}
    return metrics


def _weights(models: Sequence[str], own: str | None) -> dict[str, Path]:
    """Return the files of the models that have one.

    Raises:
        FileNotFoundError: one is not there.
    """
    files = {name: path for name, path in SHIPPED.items() if name in models}
    if own is not None:
        if "default" not in models:
            raise ValueError(f"weights={own}: expected model=default or all with it, got others; leave it out")
        files["default"] = Path(own)
    for name, path in files.items():
        if not path.is_file():
            raise FileNotFoundError(f"model={name}: expected weights {path}, found no such file; train or leave it out")
    return files
