"""`embodied evaluate motion task=[pair,dualmdm,reaction]`: two people beside recordings that nobody learned from.

Windows of three seconds of held-out pairs: recorded ones, and ones composed of held-out clips of single people (tasks
pair_composed and so on). Of each a model gets texts, roles and figures, a reactor also the clip of the actor.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from embodied.arguments import listed, one_of, own_folder, split, whole
from embodied.evaluate_contact import contact_rows
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean
from motion.clip import FloatArray, MotionClip, PairClip
from motion.in2in import In2IN
from motion.judging import FOLDS, kernel_distance, told_apart
from motion.measures import measure
from motion.pair_generate import PairPrompt, generate_pairs, react
from motion.pair_judging import (
    STRIDE,
    TWO,
    WINDOW,
    Evaluator,
    diversity,
    jittered_pair,
    r_precision,
    reaction_error,
)  # fmt: skip
from motion.pair_measures import contact_onsets, measure_pair
from motion.pair_weights import PAIRS, load_evaluator, load_pair, load_reaction, name_of
from motion.pairs import PairSample, frames_of, part_of_clip, placed_clip
from motion.single import Part, Sample
from motion.text import encode_ids

TASKS = ("pair", "dualmdm", "reaction", "contact_check")
MODELS: dict[str, tuple[str, ...]] = {
    "pair": ("real", "default", "in2in", "timotion", "ddim50", "jittered", "shuffled"),
    "dualmdm": ("real", "default", "ddim50"),
    "reaction": ("real", "default", "moreact", "ddim50", "nearest_neighbour", "constant", "shuffled"),
    "contact_check": (),
}
EVERY = tuple(dict.fromkeys(model for models in MODELS.values() for model in models))
BROKEN = ("jittered", "shuffled")
BEST_OF = 10
MANY = 10, 10  # prompts, and pairs of each, of multimodality
WITHIN = ("skate", "jerk", "contact_share", "wrist_share", "penetration")
PARTED = ("in2in", "timotion", "moreact")  # models of which a part can be left out
KEYS = ("task", "data", "model", "split", "weights", "without", "classifier", "seed", "out")
Metrics = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """Three seconds of a pair: as a sample of its own, and by which block of a trial it is resampled."""

    sample: PairSample
    pair: PairClip
    block: str


def run(arguments: Sequence[str]) -> int:
    """Evaluate models and return the exit code.

    Raises:
        FileNotFoundError: recordings or weights are not there.
        ValueError: bad input, in one line.
    """
    from embodied.train_pairs import PARTS, read_pairs

    started = time.perf_counter()
    _, given = split("evaluate motion", arguments, KEYS)
    tasks = listed(given, "task", TASKS)
    part: Part = one_of(given, "split", ("test", "val"))  # type: ignore[assignment]
    models, seed = listed(given, "model", EVERY), whole(given, "seed", 0)
    data = Path(given.get("data", "../shared/data/motion"))
    if not (data / "pairs.json").is_file():
        raise FileNotFoundError(f"data={data}: expected a folder with pairs.json, found none; see docs/motion.md")
    folder = Path(given["weights"]) if "weights" in given else None
    classifier = one_of(given, "classifier", ("true", "false")) == "true"
    without = one_of(given, "without", (*PARTS, "trajectory")) if "without" in given else None
    names = {name: f"{name_of(name, without if name in PARTED else None)}.safetensors" for name in PAIRS}
    files = {name: (path.parent if folder is None else folder) / names[name] for name, path in PAIRS.items()}
    needed = {name for task in tasks for model in models for name in NEEDS.get((task, model), ())}
    needed |= {"evaluator"} if set(tasks) - {"contact_check"} else set()
    for name in sorted(needed, key=lambda name: (name == "evaluator", name)):
        if not files[name].is_file():
            raise FileNotFoundError(f"{files[name]}: expected weights, found no such file; train them or name others")
    out = own_folder(Path(given["out"]) if "out" in given else None)
    read = read_pairs(data, seed, ("train", part) if "reaction" in tasks else (part,))
    windows = cut_windows(read[part][0], seed)
    near = cut_windows([pair for pair in read["train"][0] if pair.by == "captured"], seed) if "train" in read else []
    captured = sum(window.sample.by == "captured" for window in windows)
    print(f"{captured} windows of recorded pairs, {len(windows) - captured} of composed ones, {part}", flush=True)
    rows: list[dict[str, Any]] = []
    if "contact_check" in tasks:
        rows += contact_rows(data, read[part][0], seed)
    for task in (task for task in tasks if task != "contact_check"):
        judge = load_evaluator(files["evaluator"])
        maker = Maker(task=task, files=files, near=near, seed=seed)
        looked: dict[str, dict[str, Looked]] = {}
        for model in (one for one in models if one in MODELS[task]):
            if (same := SAME.get((task, model))) in looked.get("captured", {}):
                for of_it in looked.values():
                    of_it[model] = of_it[str(same)]
                continue
            pairs, best = maker.make(model, windows)
            for kind in ("captured", "composed"):
                chosen = [row for row, window in enumerate(windows) if window.sample.by == kind]
                if len(chosen) < 2 * FOLDS or (task == "reaction" and kind == "composed" and model == "constant"):
                    continue
                looked.setdefault(kind, {})[model] = look(
                    model, [windows[row] for row in chosen], [pairs[row] for row in chosen], judge,
                    {name: values[chosen] for name, values in best.items()}, seed, classifier,
                )  # fmt: skip
            looked["captured"][model].single.update(maker.variety(model, windows, judge))
            print(f"{task} {model} after {time.perf_counter() - started:.0f} s", flush=True)
        rows += [
            {
                "task": of_task(task, kind), "model": model, "split": part, "n": one.count, **maker.learned(model),
                "metrics": one.metrics(of_it.get("real"), stream(seed, "statistics")),
            }
            for kind, of_it in looked.items() for model, one in of_it.items()
        ]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    write_results(
        out / "results.json", verb="evaluate", command=shlex.join(["embodied", "evaluate", "motion", *arguments]),
        seed=seed, seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip
    for row in rows:
        said = "  ".join(f"{name} {metric['value']:.4g}" for name, metric in row["metrics"].items())
        about = row.get("action") or row.get("without") or ""
        print(f"{row['task']:17} {row['model']:18} {about:13} {row['n']:4} {said}")
    print(f"results  {out / 'results.json'}")
    return 0


SAME = {("pair", "in2in"): "default", ("reaction", "moreact"): "default"}  # what ships, under its own name
# The files of weights that a model of a task needs.
NEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("pair", "default"): ("in2in",), ("pair", "in2in"): ("in2in",), ("pair", "timotion"): ("timotion",),
    ("pair", "ddim50"): ("in2in",), ("dualmdm", "default"): ("in2in", "prior"),
    ("dualmdm", "ddim50"): ("in2in", "prior"), ("reaction", "default"): ("moreact",),
    ("reaction", "moreact"): ("moreact",),
    ("reaction", "ddim50"): ("moreact",),
}  # fmt: skip


def of_task(task: str, kind: str) -> str:
    """Return the task of a row: of recorded pairs its own, of composed ones another."""
    return task if kind == "captured" else f"{task}_composed"


def cut_windows(samples: Sequence[PairSample], seed: int) -> list[Window]:
    """Return the windows of pairs, a second apart, of composed ones the first, each with texts drawn for it."""
    result = []
    for number, sample in enumerate(samples):
        length = len(sample.people[0].local)
        starts = range(0, length - WINDOW + 1, STRIDE) if sample.by == "captured" else range(min(1, length // WINDOW))
        for row, start in enumerate(starts):
            rng = stream(seed, "task", number, row)
            first, second = (frames_of(person, np.arange(start, start + WINDOW)) for person in sample.people)
            cut = replace(
                sample, people=(first, second), texts=(str(rng.choice(sample.texts)),),
                own=((str(rng.choice(sample.own[0])),), (str(rng.choice(sample.own[1])),)),
            )  # fmt: skip
            result.append(Window(sample=cut, pair=cut.pair, block=f"{sample.name}-{number}-{row // 3}"))
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the pairs of a task; near: windows of training, of which the nearest is taken."""

    task: str
    files: Mapping[str, Path]
    near: Sequence[Window]
    seed: int

    def make(self, model: str, windows: Sequence[Window]) -> tuple[list[PairClip], dict[str, FloatArray]]:
        """Return a model's pair for each window, and of reactions how far the best of some is from the recorded."""
        if model == "real":
            return [window.pair for window in windows], {}
        if model == "jittered":
            return [jittered_pair(one.pair, stream(self.seed, "motion", 1, row)) for row, one in enumerate(windows)], {}
        if self.task == "reaction":
            draws = BEST_OF if model in ("default", "moreact", "nearest_neighbour") else 1
            made = [self._reactors(model, windows, draw) for draw in range(draws)]
            true = [one.pair.clips[1].positions for one in windows]
            errors = [
                [reaction_error(clip.positions, real) for clip, real in zip(of_it, true, strict=True)] for of_it in made
            ]
            joints = np.array([[error.joints for error in row] for row in errors])
            best = joints.argmin(axis=0)
            values = {
                "reaction_error": joints.min(axis=0), "reaction_error_mean": joints.mean(axis=0),
                "reaction_root_error": np.array([errors[draw][row].root for row, draw in enumerate(best)]),
            }  # fmt: skip
            pairs = [
                replace(one.pair, clips=(one.pair.clips[0], clip), by="learned")
                for one, clip in zip(windows, made[0], strict=True)
            ]
            return pairs, values
        if model == "shuffled":
            others = zip(windows, self._others(windows), strict=True)
            return [replace(one.pair, clips=(one.pair.clips[0], _beside(other, one))) for one, other in others], {}
        return self.draw(model, windows, 0), {}

    def draw(self, model: str, windows: Sequence[Window], number: int) -> list[PairClip]:
        """Return pairs drawn by a network, of the texts of windows."""
        network, space, about = load_pair(self.files["timotion" if model == "timotion" else "in2in"])
        prior = None
        if self.task == "dualmdm":
            known = load_pair(self.files["prior"])[0]
            prior = known if isinstance(known, In2IN) else None
        steps = 50 if model == "ddim50" else 10
        read = _told_of_both if about["without"] == "individual" else None
        result = []
        for first in range(0, len(windows), 32):
            part = windows[first : first + 32]
            prompts = [
                PairPrompt(text=one.pair.text, texts=one.pair.texts, roles=one.pair.roles, seconds=WINDOW / 30.0)
                for one in part
            ]
            rngs = [stream(self.seed, "motion", 2, number, first + row) for row in range(len(part))]
            figures = [one.pair.figures for one in part]
            result += generate_pairs(network, space, prompts, figures, rngs, steps=steps, prior=prior, read=read)
        return result

    def learned(self, model: str) -> dict[str, Any]:
        """Return what a file of weights tells of how the model learned: steps, and the part that is left out."""
        needed = NEEDS.get((self.task, model), ())
        if not needed:
            return {}
        load = load_reaction if needed[0] == "moreact" else load_pair
        about = load(self.files[needed[0]])[2]
        return {"steps": about["steps"]} | ({"without": about["without"]} if about["without"] else {})

    def variety(self, model: str, windows: Sequence[Window], judge: Evaluator) -> Metrics:
        """Return how much pairs of one prompt differ, of models that draw."""
        if self.task == "reaction" or model in ("real", "ddim50", *BROKEN):
            return {}
        some = [windows[row] for row in np.linspace(0, len(windows) - 1, MANY[0]).astype(int)]
        drawn = np.stack([judge.features(self.draw(model, some, 1 + number)) for number in range(MANY[1])])
        gaps = np.linalg.norm(drawn[:, None] - drawn[None], axis=3)
        rows = np.triu_indices(MANY[1], 1)
        return {"multimodality": {"value": float(gaps[rows].mean())}}

    def _reactors(self, model: str, windows: Sequence[Window], number: int) -> list[MotionClip]:
        if model in ("default", "moreact", "ddim50"):
            net, space, _ = load_reaction(self.files["moreact"])
            rngs = [stream(self.seed, "motion", 3, number, row) for row in range(len(windows))]
            return react(
                net, space, [one.sample.people[0] for one in windows], [one.pair.text for one in windows],
                [one.pair.roles[1] for one in windows], [one.pair.figures[1] for one in windows], rngs,
                steps=50 if model == "ddim50" else 10,
            )  # fmt: skip
        if model == "shuffled":
            return [_beside(other, one) for one, other in zip(windows, self._others(windows), strict=True)]
        if model == "constant":
            return [_standing(self.near, one) for one in windows]
        return [_beside(other, one) for one, other in zip(windows, nearest(self.near, windows, number), strict=True)]

    def _others(self, windows: Sequence[Window]) -> list[Window]:
        """Return for each window another one of the same kind, of another block."""
        result = []
        for row, one in enumerate(windows):
            fitting = [w for w in windows if w.sample.by == one.sample.by and w.block != one.block]
            result.append(fitting[int(stream(self.seed, "motion", 4, row).integers(len(fitting)))])
        return result


def _told_of_both(told: Sequence[str]) -> Tensor:
    """Return ids of texts (both, the first, the second, and again) of which those of each person are not told."""
    ids = encode_ids(list(told))
    ids[[row for row in range(len(ids)) if row % 3]] = 0
    return ids


def _beside(other: Window, one: Window) -> MotionClip:
    """Return the reactor of another window, as it is to its actor beside the actor of this one."""
    theirs, ours = other.sample.people[0].path[0], one.sample.people[0].path[0]
    turn = float(ours[2] - theirs[2])
    about = placed_clip(other.pair.clips[1], 0.0, -theirs[:2])
    return placed_clip(about, turn, ours[:2])


def _standing(near: Sequence[Window], one: Window) -> MotionClip:
    """Return somebody who stands all the time where reactors are in the mean, as the one who is nearest to that."""
    starts = np.stack([_relative(window) for window in near])
    middle = near[int(np.linalg.norm(starts - starts.mean(axis=0), axis=1).argmin())]
    clip = _beside(middle, one)
    return part_of_clip(clip, np.zeros(len(clip.root), dtype=int))


def _relative(window: Window) -> FloatArray:
    """Return where the reactor begins, seen by the actor: x, y, cosine, sine."""
    (first, second) = (person.path[0] for person in window.sample.people)
    c, s = np.cos(first[2]), np.sin(first[2])
    away, turn = second[:2] - first[:2], second[2] - first[2]
    return np.array([c * away[0] + s * away[1], c * away[1] - s * away[0], np.cos(turn), np.sin(turn)])


def nearest(near: Sequence[Window], windows: Sequence[Window], rank: int) -> list[Window]:
    """Return for each window that of training whose actor moves most like its own; rank: 0 the nearest, 1 the next."""
    known, asked = (np.stack([_motion(one.sample.people[0]) for one in some]) for some in (near, windows))
    order = np.linalg.norm(asked[:, None] - known[None], axis=2).argsort(axis=1)
    return [near[row] for row in order[:, rank]]


def _motion(person: Sample) -> FloatArray:
    """Return the joints of somebody every 0.1 s, seen from where it begins (numbers,)."""
    start = person.path[0]
    clip = placed_clip(placed_clip(person.clip, 0.0, -start[:2]), -float(start[2]), np.zeros(2))
    return np.asarray(clip.positions[::3].ravel())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """What judges say of a model's pairs: values (N,) of each, and single numbers of all."""

    values: Mapping[str, FloatArray]
    single: Metrics
    blocks: Sequence[str]
    count: int

    def metrics(self, real: Looked | None, rng: np.random.Generator) -> Metrics:
        """Return all as metrics with intervals, and whether they are in those of recordings."""
        result: Metrics = {}
        for name, values in self.values.items():
            there = np.isfinite(values)
            if not there.any():
                continue
            blocks = [block for block, ok in zip(self.blocks, there, strict=True) if ok]
            ends = bootstrap_mean(values[there], rng, blocks)
            result[name] = {"value": float(values[there].mean())} | (
                {} if ends is None else dict(zip(("lo", "hi"), ends, strict=True))
            )
        result |= self.single
        if real is not None and real is not self:
            theirs = real.metrics(None, np.random.default_rng(0))
            for name in WITHIN:
                if name in result and "lo" in theirs.get(name, {}):
                    inside = theirs[name]["lo"] <= result[name]["value"] <= theirs[name]["hi"]
                    result[f"{name}_inside"] = {"value": float(inside)}
        return result


def look(
    model: str, windows: Sequence[Window], pairs: Sequence[PairClip], judge: Evaluator, best: Mapping[str, FloatArray],
    seed: int, classifier: bool,
) -> Looked:  # fmt: skip
    """Let the judges look at the pairs that a model made for windows.

    classifier: whether one learns to tell them from recordings, which takes most of the time.
    """
    real = [window.pair for window in windows]
    rng = stream(seed, "statistics")
    each = []
    for pair in pairs:
        alone = [measure(clip.positions, clip.fps) for clip in pair.clips]
        both = {name: (alone[0][name] + alone[1][name]) / 2.0 for name in ("skate", "jerk", "bone_variation")}
        each.append(both | measure_pair(pair))
    values = {name: np.array([one[name] for one in each]) for name in each[0]} | dict(best)
    onsets, true = contact_onsets(pairs), contact_onsets(real)
    values["contact_onset"] = onsets
    if best:
        values["contact_timing_error"] = np.abs(onsets - true)
    blocks = [window.block for window in windows]
    parts = np.unique(blocks, return_inverse=True)[1]
    single: Metrics = {}
    if classifier:
        single["two_sample_accuracy"] = {"value": _told_from(model, real, pairs, parts, seed)}
    features, words = judge.features(pairs), judge.words(real)
    if model == "real":
        order = rng.permutation(len(pairs))
        sets = features[order[::2]], features[order[1::2]]
    else:
        sets = judge.features(real), features
    distance, (low, high) = kernel_distance(*sets, rng)
    single["kernel_distance"] = {"value": distance, "lo": low, "hi": high}
    single["diversity"] = {"value": diversity(features, rng)}
    for top, share in enumerate(r_precision(features, words, rng), start=1):
        single[f"r_precision_{top}"] = {"value": float(share)}
    return Looked(values=values, single=single, blocks=blocks, count=len(pairs))


def _told_from(
    model: str, real: Sequence[PairClip], pairs: Sequence[PairClip], parts: npt.NDArray[np.int64], seed: int
) -> float:
    """Return the share of windows that a classifier puts right: recordings, or halves of them, and what was made."""
    if model == "real":
        drawn = stream(seed, "statistics", 1).permutation(int(parts.max()) + 1)[parts]
        halves = [np.flatnonzero(drawn % 2 == half) for half in (0, 1)]
        first, second = ([pairs[row] for row in half] for half in halves)
        shares = told_apart(first, second, seed, seeing=TWO, parts=(drawn[halves[0]] // 2, drawn[halves[1]] // 2))
    else:
        shares = told_apart(real, pairs, seed, seeing=TWO, parts=(parts, parts))
    return float(shares[0].mean() + shares[1].mean()) / 2.0
