"""`embodied evaluate crowd protocol=control`: does a crowd do as it is told, and at what price.

Three things are measured. *avoid*: regions are placed where most people walk in a run that is not judged; compliance is
1 - person-seconds inside with the command / without it, over the same seeds (as Ctrl-CWM, arXiv 2610.09438, has it).
*robot*: a disc that stands in people's way, or drives against them and minds nobody. *obey*: what was asked for, and
what came.
"""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crowd.control import Controls
from crowd.realism import jerk
from crowd.recordings import FOLDS
from crowd.trajectory import FloatArray, Others
from embodied.arguments import listed, own_folder, split, wants_help, whole
from embodied.control_obedience import ASKED, obey
from embodied.control_trials import (
    ROBOT,
    SHAPES,
    UNJUDGED,
    Stage,
    overlaps,
    person_seconds,
    place_regions,
    robot_ride,
    simulate,
    stage_recording,
    stage_scene,
    turning,
    ways,
)
from embodied.pool import carry_out
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import wilson

MODELS = {"social_force": "social_force", "ours": "plan_diffusion"}
SCENES = ("plaza", "street", "office", "station")
PARTS = ("avoid", "robot", "obey")
PEOPLE, NARROW = 24, 6  # present on average; in a corridor
RIDE = 40.0  # s, of an episode with a robot
RIDES = ("corridor", *SCENES)
TOUCH = 1e-6  # m: less is rounding
RESAMPLES = 2000
USAGE = f"""usage: embodied evaluate crowd protocol=control [key=value …]

part=all      all, or a list of {", ".join(PARTS)}
scene=all     all, or a list of {", ".join(SCENES)}; of {", ".join(FOLDS)}, too, where data is given
model=all     all, or a list of {", ".join(MODELS)}
data=DIR      the folder that holds eth_ucy/: recorded arrivals in recorded places; null: none
samples=5     seeds of each run
episodes=100  with a robot, of each model
seconds=90    of each run; 180 at most where people were recorded
seed=0        of all that is drawn
film=false    true: leave a film and a picture of tracks, too
workers=1     processes
out=null      folder for results.json; null: runs/evaluate/<time>"""
KEYS = (
    "protocol",
    "part",
    "scene",
    "model",
    "data",
    "samples",
    "episodes",
    "seconds",
    "seed",
    "film",
    "workers",
    "out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A part of the work: one model in one place, or one thing that is asked for."""

    part: str
    scene: str
    model: str
    data: str | None
    samples: int
    episodes: int
    seconds: float
    seed: int


Entry = dict[str, Any]  # columns, and `values`: (n, …) of each run


def run(arguments: Sequence[str]) -> int:
    """Evaluate models and return the exit code.

    Raises:
        FileNotFoundError: recordings are not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("evaluate crowd", arguments, KEYS)
    places = (*SCENES, *FOLDS) if "data" in given else SCENES
    parts, scenes, models = (
        listed(given, key, choices, dict.fromkeys(FOLDS, "; give data=DIR for recorded places"))
        for key, choices in (("part", PARTS), ("scene", places), ("model", tuple(MODELS)))
    )  # fmt: skip
    out = own_folder(Path(given["out"]) if "out" in given else None)
    seed = whole(given, "seed", 0)
    jobs = [
        Job(
            part=part, scene=scene, model=model, data=given.get("data"), seed=seed,
            samples=whole(given, "samples", 5, least=1), episodes=whole(given, "episodes", 100, least=1),
            seconds=float(whole(given, "seconds", 90, least=10)),
        )
        for part in parts
        for scene in {"avoid": scenes, "robot": ("all",), "obey": tuple(ASKED)}[part]
        for model in models
    ]  # fmt: skip
    entries: list[Entry] = []
    for done, found in enumerate(carry_out(work, jobs, whole(given, "workers", 1, least=1)), 1):
        entries += found
        print(
            f"{done}/{len(jobs)} {' '.join(found[0][k] for k in ('work', 'scene', 'model')) if found else '-'}",
            flush=True,
        )
    entries.sort(key=lambda e: (e["work"], e["scene"], e["model"], e["category"]))  # workers end in any order
    rows = make_rows(entries, stream(seed, "statistics"))
    out.mkdir(parents=True, exist_ok=True)
    files = {}
    if given.get("film", "false") == "true":
        from embodied.control_film import film_control

        files = film_control(out, MODELS[models[0]], seed)
    write_results(
        out / "results.json", verb="evaluate", command=shlex.join(["embodied", "evaluate", "crowd", *arguments]),
        seed=seed, seconds=time.perf_counter() - started, rows=rows, files=files,
    )  # fmt: skip
    for row in rows:
        values = "  ".join(f"{name} {metric['value']:.4g}" for name, metric in row["metrics"].items())
        print(f"{row['work']:6} {row['scene']:8} {row['model']:13} {row['category']:16} {values}")
    print(f"results  {out / 'results.json'}")
    return 0


def work(job: Job) -> Iterator[list[Entry]]:
    """Do a job and yield what it found."""
    yield {"avoid": avoid, "robot": meet_robot, "obey": _obey}[job.part](job)


def _obey(job: Job) -> list[Entry]:
    """Ask for one thing and see what comes."""
    values = [obey(job.scene, MODELS[job.model], job.seed, key) for key in range(job.samples)]
    names = list(values[0])
    table = {name: [found[name] for found in values] for name in names}
    return [{"work": "obey", "scene": "all", "model": job.model, "category": job.scene, "values": table}]


# ---------------------------------------------------------------- avoid


def _stage(job: Job) -> tuple[Stage, float]:
    """Return a place and how long people are watched there."""
    if job.scene in FOLDS:
        assert job.data is not None
        return stage_recording(FOLDS[job.scene][0], job.data), min(180.0, 2 * job.seconds)
    return stage_scene(job.scene, job.seed, PEOPLE, job.seconds), job.seconds


def avoid(job: Job) -> list[Entry]:
    """Run a model without and with regions to avoid, of each shape, over the same seeds."""
    stage, seconds = _stage(job)
    model = MODELS[job.model]
    scout = [a for a in stage.arrivals(UNJUDGED) if a.time <= seconds]
    walked = simulate(stage, "social_force", Controls(), seconds, job.seed, UNJUDGED)
    regions: dict[str, list[FloatArray]] = {}
    for shape in SHAPES:
        try:
            regions[shape] = place_regions(stage, shape, walked, scout)
        except ValueError as error:  # said, and left out of the rows
            print(f"not judged: {error}", flush=True)
    free = [simulate(stage, model, Controls(), seconds, job.seed, key) for key in range(job.samples)]
    entries = []
    for shape in regions:
        controls = Controls(avoid=tuple(regions[shape]))
        told = [simulate(stage, model, controls, seconds, job.seed, key) for key in range(job.samples)]
        values: dict[str, list[float]] = {}
        for before, after in zip(free, told, strict=True):
            (length, gone), (longer, gone_too) = ways(before), ways(after)
            both = gone & gone_too
            turn, turned = turning(before, regions[shape]), turning(after, regions[shape])
            found = {
                "without": person_seconds(before, regions[shape]), "with": person_seconds(after, regions[shape]),
                "came": float(after.valid.any(axis=0).sum()), "came_without": float(before.valid.any(axis=0).sum()),
                "left": float(gone_too.sum()), "left_without": float(gone.sum()),
                "way": float(longer[both].sum()), "way_without": float(length[both].sum()),
                "turn": turned[0], "turn_s": turned[1], "turn_without": turn[0], "turn_s_without": turn[1],
                "jerk": jerk(after), "jerk_without": jerk(before),
            }  # fmt: skip
            for name, value in found.items():
                values.setdefault(name, []).append(value)
        entries.append(
            {"work": "avoid", "scene": job.scene, "model": job.model, "category": shape, "values": values}
        )  # fmt: skip
    return entries


def _compliance(values: dict[str, Any], rows: np.ndarray[Any, Any] | None = None) -> float:
    inside, without = (np.asarray(values[name])[slice(None) if rows is None else rows] for name in ("with", "without"))
    return 1.0 - float(inside.sum()) / max(1e-9, float(without.sum()))


def _price(entries: Sequence[Entry]) -> dict[str, dict[str, float]]:
    """Return what avoiding costs, and the same without the command."""
    total = {
        name: float(np.concatenate([entry["values"][name] for entry in entries]).sum()) for name in entries[0]["values"]
    }
    mean = {name: float(np.mean([np.mean(e["values"][name]) for e in entries])) for name in ("jerk", "jerk_without")}
    result = {
        "person_seconds": total["with"], "person_seconds_without": total["without"],
        "arrived": total["left"] / total["came"], "arrived_without": total["left_without"] / total["came_without"],
        "extra_way": total["way"] / max(1e-9, total["way_without"]) - 1.0,
        "turn_rate": total["turn"] / max(1e-9, total["turn_s"]),
        "turn_rate_without": total["turn_without"] / max(1e-9, total["turn_s_without"]), **mean,
    }  # fmt: skip
    return {name: {"value": value} for name, value in result.items() if math.isfinite(value)}


# ---------------------------------------------------------------- robot


def meet_robot(job: Job) -> list[Entry]:
    """Put a robot among people, episode by episode; in every other it drives."""
    tables: dict[str, dict[str, list[float]]] = {"stands": {}, "drives": {}}
    for episode in range(job.episodes):
        name = RIDES[episode % len(RIDES)]
        drives = (episode // len(RIDES)) % 2 == 1
        stage = stage_scene(name, job.seed, NARROW if name == "corridor" else PEOPLE, RIDE)
        arrivals = stage.arrivals(1000 + episode)
        rng = stream(job.seed, "crowd", 3, episode)
        positions, velocities = robot_ride(stage, rng, arrivals, RIDE, drives=drives)

        def robot(step: int, positions: Any = positions, velocities: Any = velocities) -> Others:
            return Others(
                positions=positions[step][None], velocities=velocities[step][None], radii=np.array([ROBOT])
            )  # fmt: skip

        walked = simulate(stage, MODELS[job.model], Controls(), RIDE, job.seed, 1000 + episode, robot, None, arrivals)
        depth = overlaps(walked, positions, arrivals)[1:]  # at the start it is put among people who are there already
        touching = depth > TOUCH
        near = depth > -1.0
        found = {
            "depth": max(0.0, float(np.nanmax(depth))), "touched": float(touching.any()),
            "frames": float(touching.any(axis=1).sum()), "all_frames": float(len(depth)),
            "near_frames": float(near.any(axis=1).sum()), "closest": -float(np.nanmax(depth)),
        }  # fmt: skip
        for key, value in found.items():
            tables["drives" if drives else "stands"].setdefault(key, []).append(value)
    return [
        {"work": "robot", "scene": "all", "model": job.model, "category": kind, "values": values}
        for kind, values in tables.items() if values
    ]  # fmt: skip


# ---------------------------------------------------------------- rows


def make_rows(entries: Sequence[Entry], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return a row for each place, model and shape, their means, and a row for each kind of robot and wish."""
    rows = []
    for entry in entries:
        values = entry["values"]
        count = len(next(iter(values.values())))
        if entry["work"] == "avoid":
            metrics = {"compliance": _interval([entry], rng), **_price([entry])}
        elif entry["work"] == "robot":
            low, high = wilson(round(sum(values["touched"])), count)
            metrics = {
                "overlap": {"value": max(values["depth"])},
                "episodes_with_overlap": {"value": float(np.mean(values["touched"])), "lo": low, "hi": high},
                "frames_with_overlap": {"value": sum(values["frames"]) / sum(values["all_frames"])},
                "frames_within_1_m": {"value": sum(values["near_frames"]) / sum(values["all_frames"])},
                "closest": {"value": min(values["closest"])},
            }
        else:
            metrics = {name: {"value": float(np.nanmean(v))} for name, v in values.items() if np.isfinite(v).any()}
        rows.append(
            {key: entry[key] for key in ("work", "scene", "model", "category")} | {"n": count, "metrics": metrics}
        )
    for model in MODELS:
        for shape in (*SHAPES, "all"):
            mine = [
                e for e in entries
                if e["work"] == "avoid" and e["model"] == model and shape in ("all", e["category"])
            ]  # fmt: skip
            if mine:
                rows.append(
                    {"work": "avoid", "scene": "all", "model": model, "category": shape,
                     "n": sum(len(e["values"]["with"]) for e in mine),
                     "metrics": {"compliance": _interval(mine, rng), **_price(mine)}}
                )  # fmt: skip
    return rows


def _interval(entries: Sequence[Entry], rng: np.random.Generator) -> dict[str, float]:
    """Return the mean compliance of entries, and its 95 % interval: seeds are drawn anew within each."""
    value = float(np.mean([_compliance(entry["values"]) for entry in entries]))
    count = [len(entry["values"]["with"]) for entry in entries]
    if min(count) < 2:
        return {"value": value}
    drawn = [
        np.mean([_compliance(e["values"], rng.integers(n, size=n)) for e, n in zip(entries, count, strict=True)])
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"value": value, "lo": min(value, float(low)), "hi": max(value, float(high))}
