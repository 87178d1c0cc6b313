"""`embodied evaluate comfort FILE [key=value …]`: comfort of scenes, and how well it agrees with ratings.

The file has the form of SocNav1 (Manso et al., Data 2020): a JSON list of scenes in the robot's frame, in centimetres
and degrees, x to the robot's right, y behind it, orientation 0 facing forward and growing clockwise.
"""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from embodied.arguments import own_folder, split, wants_help, whole
from embodied.episode_files import fields
from embodied.results import write_results
from embodied.seeding import stream
from embodied.statistics import bootstrap_mean
from safety.comfort import Situation, describe, score

FloatArray = npt.NDArray[np.float64]
RESAMPLES = 2000
USAGE = """usage: embodied evaluate comfort FILE [key=value …]

FILE is a JSON list of scenes as in SocNav1: humans and objects (id, xPos, yPos in cm, orientation in degrees),
links [id, id, "interact"], perhaps score (0 to 100, by a person), identifier and room

keys and their values here:
  seed=0     of the resamples
  out=null   folder for results.json and predictions.json; null: runs/evaluate/<time>"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatedScene:
    """A scene of a file.

    Attributes:
        identifier: what the file calls it. situation: who is where.
        score: a person's rating, 0 to 100; None where there is none.
        key: the same for the same scene; some were rated twice.
    """

    identifier: str
    situation: Situation
    score: float | None
    key: str


def read_scenes(path: Path) -> list[RatedScene]:
    """Return the scenes of a file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: bad input, in one line with the number of the scene, counted from 1.
    """
    document = fields.listing(fields.read_json(path), str(path))
    if not document:
        raise ValueError(f"{path}: expected scenes, got an empty list; give a file with at least one")
    return [_read_scene(scene, f"{path}: scene {number}") for number, scene in enumerate(document, 1)]


def _read_scene(value: Any, where: str) -> RatedScene:
    scene = fields.mapping(value, where)
    humans, objects = _read_bodies(scene, "humans", where), _read_bodies(scene, "objects", where)
    rows = {key: number for number, key in enumerate(humans)}
    things = {key: number for number, key in enumerate(objects)}
    if both := rows.keys() & things.keys():
        raise ValueError(f"{where}: expected every id once, got {both.pop()} for a human and an object; number anew")
    human_links, object_links = set(), set()
    for number, link in enumerate(fields.listing(fields.take(scene, "links", where), f"{where}: links")):
        place = f"{where}: links[{number}]"
        if not isinstance(link, list) or len(link) != 3 or link[2] != "interact":
            raise ValueError(f'{place}: expected [id, id, "interact"], got {link!r}; repair the file')
        one, two = (fields.identifier(end, place) for end in link[:2])
        one, two = (two, one) if one in things else (one, two)
        if one == two or one not in rows or two not in rows.keys() | things.keys():
            raise ValueError(f"{place}: expected the ids of a human and of another or an object, got {link}; repair it")
        if two in rows:
            human_links.add((min(rows[one], rows[two]), max(rows[one], rows[two])))
        else:
            object_links.add((rows[one], things[two]))
    for number, corner in enumerate(fields.listing(scene.get("room", []), f"{where}: room")):
        fields.numbers(corner, 2, f"{where}: room[{number}]")
    rating = None if scene.get("score") is None else fields.number(scene["score"], f"{where}: score")
    if rating is not None and not 0 <= rating <= 100:
        raise ValueError(f"{where}: score: expected 0 to 100, got {rating:g}; rescale it")
    key = [sorted(np.round(list(bodies.values()), 2).tolist()) for bodies in (humans, objects)]
    people = np.array(list(humans.values()), dtype=np.float64).reshape(-1, 3)
    return RatedScene(
        identifier=str(scene.get("identifier", "")),
        situation=Situation(
            humans=np.stack([-people[:, 1] / 100, -people[:, 0] / 100, -np.radians(people[:, 2])], axis=1),
            objects=-np.array(list(objects.values()), dtype=np.float64).reshape(-1, 3)[:, 1::-1] / 100,
            human_links=np.array(sorted(human_links), dtype=np.int64).reshape(-1, 2),
            object_links=np.array(sorted(object_links), dtype=np.int64).reshape(-1, 2),
        ),
        score=rating,
        key=repr((key, scene.get("room", []))),
    )


def _read_bodies(scene: dict[str, Any], name: str, where: str) -> dict[str | int, list[float]]:
    """Return xPos, yPos and orientation by id, in centimetres and degrees."""
    bodies: dict[str | int, list[float]] = {}
    for number, value in enumerate(fields.listing(fields.take(scene, name, where), f"{where}: {name}")):
        place = f"{where}: {name}[{number}]"
        body = fields.mapping(value, place)
        key = fields.identifier(fields.take(body, "id", place), f"{place}.id")
        if key in bodies:
            raise ValueError(f"{place}.id: expected every id once, got {key!r} twice; number anew")
        bodies[key] = [
            fields.number(fields.take(body, column, place), f"{place}.{column}")
            for column in ("xPos", "yPos", "orientation")
        ]
    return bodies


def nearest_person(scenes: Sequence[RatedScene]) -> FloatArray:
    """Return (B,) metres from the robot to the nearest person, the trivial baseline; inf without people."""
    return np.array([np.min(np.hypot(*s.situation.humans[:, :2].T), initial=np.inf) for s in scenes])


def spearman(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's rank correlation of two (n,), ties at their mean rank; NaN where one is constant."""
    a, b = rankdata(first), rankdata(second)
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / math.sqrt((a @ a) * (b @ b))) if np.any(a) and np.any(b) else math.nan


def compare(
    scores: FloatArray, predictions: Sequence[FloatArray], keys: Sequence[str], rng: np.random.Generator
) -> list[dict[str, float]]:
    """Return value, lo and hi of Spearman's correlation with `scores` (n,) of each of `predictions` (n,).

    From the second on, `gain`, `gain_lo` and `gain_hi` say how much the first is better. The intervals are percentiles
    of a bootstrap over scenes, the same resamples for all; ratings of one scene (equal `keys`) are drawn together.
    """
    members: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        members.setdefault(key, []).append(index)
    groups = [np.array(group) for group in members.values()]
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([groups[group] for group in rng.integers(0, len(groups), len(groups))])
        drawn.append([spearman(each[rows], scores[rows]) for each in predictions])
    samples = np.array(drawn)
    result: list[dict[str, float]] = []
    for column, each in enumerate(predictions):
        lo, hi = np.nanpercentile(samples[:, column], [2.5, 97.5])
        entry = {"value": spearman(each, scores), "lo": float(lo), "hi": float(hi)}
        if column:
            lo, hi = np.nanpercentile(samples[:, 0] - samples[:, column], [2.5, 97.5])
            entry |= {"gain": result[0]["value"] - entry["value"], "gain_lo": float(lo), "gain_hi": float(hi)}
        result.append(entry)
    return result


def make_rows(
    scenes: Sequence[RatedScene], baselines: dict[str, FloatArray], predicted: FloatArray, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Return the rows of results: the comfort score, then each of `baselines` (B,) where people rated scenes."""
    mean: dict[str, Any] = {"value": float(predicted.mean())}
    if interval := bootstrap_mean(predicted, rng, [scene.key for scene in scenes]):
        mean.update(lo=interval[0], hi=interval[1])
    rows = [{"model": "comfort", "scene": "all", "n": len(scenes), "metrics": {"score": mean}}]
    rated = [index for index, scene in enumerate(scenes) if scene.score is not None]
    scores = np.array([scenes[index].score for index in rated], dtype=np.float64)
    if len(set(scores.tolist())) < 2 or len({scenes[index].key for index in rated}) < 10:
        return rows
    keys = [scenes[index].key for index in rated]
    models = {"comfort": predicted, **baselines}
    for (name, values), entry in zip(
        models.items(), compare(scores, [values[rated] for values in models.values()], keys, rng), strict=True
    ):
        metrics: dict[str, Any] = {"spearman": {part: entry[part] for part in ("value", "lo", "hi")}}
        if name != "nearest_person":  # a distance is on another scale
            errors = (values[rated] - scores) ** 2
            low, high = bootstrap_mean(errors, rng, keys) or (float(errors.mean()),) * 2
            metrics["mse"] = {"value": float(errors.mean()), "lo": low, "hi": high}
        if name == "comfort":
            rows[0]["metrics"] |= metrics  # type: ignore[operator]
            continue
        rows[0]["metrics"][f"gain_over_{name}"] = {  # type: ignore[index]
            "value": entry["gain"], "lo": entry["gain_lo"], "hi": entry["gain_hi"]
        }  # fmt: skip
        rows.append({"model": name, "scene": "all", "n": len(rated), "metrics": metrics})
    return rows


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        FileNotFoundError: no such file.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    words, given = split("evaluate comfort", arguments, ("seed", "out"), ("FILE",))
    seed = whole(given, "seed", 0)
    out = own_folder(Path(given["out"]) if "out" in given else None)
    old = out / "results.json"

    scenes = read_scenes(Path(words[0]))
    predicted, nearest = score(describe([scene.situation for scene in scenes])), nearest_person(scenes)
    rows = make_rows(scenes, {"nearest_person": nearest}, predicted, stream(seed, "statistics"))
    out.mkdir(parents=True, exist_ok=True)
    fields.write_json(
        out / "predictions.json", _list_predictions(scenes, predicted, nearest), lambda value, path: value
    )
    write_results(
        old,
        verb="evaluate",
        command=shlex.join(["embodied", "evaluate", "comfort", *arguments]),
        seed=seed,
        seconds=time.perf_counter() - started,
        rows=rows,
        files={"predictions": "predictions.json"},
    )
    for row in rows:
        for name, metric in row["metrics"].items():
            interval = f" [{metric['lo']:.3f}, {metric['hi']:.3f}]" if "lo" in metric else ""
            print(f"{row['model']:<16}{name:<26}{metric['value']:.3f}{interval}  n={row['n']}")
    print(f"results  {old}")
    return 0


def _list_predictions(scenes: Sequence[RatedScene], predicted: FloatArray, nearest: FloatArray) -> list[dict[str, Any]]:
    return [
        {
            "scene": number, "identifier": scene.identifier, "comfort": round(float(predicted[number - 1]), 3),
            "score": scene.score, "nearest_person": float(near) if math.isfinite(near) else None,
        }
        for number, (scene, near) in enumerate(zip(scenes, nearest, strict=True), 1)
    ]  # fmt: skip
