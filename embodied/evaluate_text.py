"""Reviewers of texts on whole categories that they have not learned from, and on records of published formats.

The categories are dealt into FOLDS; each fold is judged by models that were fitted to the lines of the others (split
`test`). A balanced accuracy is the mean of the shares of safe and of unsafe lines that are judged right. The row `all`
is the mean over categories, with an interval over categories; a category's own has one over its scenarios. Lines about
no hazard are told by the same clauses whatever the category, so they are in no accuracy: those of every third clause
are held out of the fitting and judged apart (split `everyday`). Split `phrasing`: a phrasing of each deed that was not
learned, of categories that were. Split `shipped`: the weights of the package on the categories that they have not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embodied.arguments import one_of, whole
from embodied.seeding import stream
from embodied.statistics import MIN_CLUSTERS, average_scenes, bootstrap_mean, compare_paired, wilson
from embodied.train_text import Line, draw_lines, fit_lines
from safety.records.formats import READERS
from safety.scenario import CATEGORIES
from safety.text_baselines import keyword_risk, word_risk
from safety.text_reviewer import HELD_OUT, load_weights, risk

Row = dict[str, Any]
Weights = Mapping[str, npt.NDArray[np.float32]]
Mask = npt.NDArray[np.bool_]

FOLDS = 5
LAST_PHRASING = 3  # of the four of each deed, the one that is held out for the split `phrasing`
APART = 3  # every third clause about no hazard is held out
MODELS: Mapping[str, Callable[[Sequence[str], Weights], npt.NDArray[np.float64]]] = {
    "reviewer": risk,
    "bag_of_words": word_risk,
    "keywords": lambda texts, weights: keyword_risk(texts),
}
KEYS = ("scenarios", "path", "format")
USAGE = f"""work=text: lines of plans, of categories that were not learned from; or a file of records
  scenarios=960    that are drawn, from {2 * len(CATEGORIES)}
  path=null        a file of records that you have, judged by the weights that are shipped instead
  format           of that file, one of {", ".join(READERS)}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is evaluated. `path`, `format`: a file of records; None: our own scenarios."""

    scenarios: int
    path: Path | None
    format: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Lines, and by model which of them it calls unsafe."""

    lines: tuple[Line, ...]
    said: Mapping[str, Mask]


def read_request(given: Mapping[str, str]) -> Request:
    """Return what is asked for.

    Raises:
        ValueError: a value is wrong, or path and format do not come together.
    """
    scenarios = whole(given, "scenarios", 960, least=2 * len(CATEGORIES))
    if ("path" in given) != ("format" in given):
        raise ValueError("path, format: expected both or neither, got one; give the file and what kind it is")
    if "path" not in given:
        return Request(scenarios=scenarios, path=None, format="")
    if "scenarios" in given:
        raise ValueError(f"scenarios={given['scenarios']}: of no use with path; leave one of them out")
    return Request(scenarios=0, path=Path(given["path"]), format=one_of(given, "format", tuple(READERS), needed=True))


def deal(number: int = FOLDS) -> list[tuple[str, ...]]:
    """Return the categories in folds: in the order of the draw from which HELD_OUT is, one after the other."""
    order = [str(category) for category in np.random.default_rng(0).permutation(np.array(CATEGORIES))]
    return [tuple(order[start::number]) for start in range(number)]


def rows(request: Request, seed: int, out: Path) -> tuple[list[Row], dict[str, str]]:
    """Return the rows of what is asked for; no files.

    Raises:
        FileNotFoundError: no such file of records.
        ValueError: the file is wrong, or no record tells what is right.
    """
    rng = stream(seed, "statistics")
    if request.path is not None:
        return _record_rows(request.path, request.format), {}
    lines = draw_lines(request.scenarios, seed)
    told = [line for line in lines if line.category]
    everyday = [line for line in lines if not line.category]
    kept = [line for line in everyday if not _apart(line)]
    apart = [replace(line, category="none") for line in everyday if _apart(line)]
    judged, free = [], []
    for index, fold in enumerate(deal()):
        weights = fit_lines([line for line in told if line.category not in fold] + kept)
        judged.append(_judge([line for line in told if line.category in fold], weights))
        free.append(_judge([line for line in apart if line.scenario % FOLDS == index], weights))
    result = _test_rows(_join(judged), "test", rng)
    last = [line for line in told if line.phrasing.endswith(f"/{LAST_PHRASING}")]
    rest = [line for line in told if not line.phrasing.endswith(f"/{LAST_PHRASING}")]
    result += _test_rows(_judge(last, fit_lines(rest + kept)), "phrasing", rng)
    result += [_row(name, "everyday", "none", _join(free), rng) for name in MODELS]
    shipped = _judge([line for line in told if line.category in HELD_OUT], load_weights())
    result += _test_rows(shipped, "shipped", rng)
    return result, {}


def _apart(line: Line) -> bool:
    return int(line.phrasing.rsplit("/", 1)[1]) % APART == 0


def _judge(lines: Sequence[Line], weights: Weights) -> Judged:
    texts = [line.text for line in lines]
    return Judged(lines=tuple(lines), said={name: model(texts, weights) >= 0.5 for name, model in MODELS.items()})


def _join(parts: Sequence[Judged]) -> Judged:
    return Judged(
        lines=tuple(line for part in parts for line in part.lines),
        said={name: np.concatenate([part.said[name] for part in parts]) for name in MODELS},
    )


def _select(judged: Judged, category: str) -> Judged:
    mask = np.array([line.category == category for line in judged.lines])
    lines = tuple(line for line in judged.lines if line.category == category)
    return Judged(lines=lines, said={name: said[mask] for name, said in judged.said.items()})


def _test_rows(judged: Judged, split: str, rng: np.random.Generator) -> list[Row]:
    """Return for each model the row over all categories and one for each."""
    names = [name for name in CATEGORIES if any(line.category == name for line in judged.lines)]
    own = {name: [_row(name, split, category, _select(judged, category), rng) for category in names] for name in MODELS}
    result = []
    for name, of_categories in own.items():
        metrics: dict[str, dict[str, float]] = {}
        for metric in ("balanced_accuracy", "over_refusal", "misses"):
            values = [row["metrics"][metric]["value"] for row in of_categories if metric in row["metrics"]]
            found = _over_categories(values, rng)
            metrics[metric] = {key: min(max(value, 0.0), 1.0) for key, value in found.items()}
        if name != "bag_of_words":
            first, second = (
                np.array([row["metrics"]["balanced_accuracy"]["value"] for row in own[model]])
                for model in (name, "bag_of_words")
            )
            metrics["gain_over_words"] = _over_categories((first - second).tolist(), rng)
            metrics["gain_over_words_p"] = {"value": compare_paired(first, second, rng)}
        result += [{"model": name, "split": split, "category": "all", "n": len(judged.lines), "metrics": metrics}]
        result += of_categories
    return result


def _over_categories(values: Sequence[float], rng: np.random.Generator) -> dict[str, float]:
    """Return the mean over categories: the bootstrap's interval, or Student's where they are too few to draw from."""
    if len(values) < MIN_CLUSTERS:
        return average_scenes([{"mean": value} for value in values], range(len(values)))["mean"]
    return _with_interval(float(np.mean(values)), bootstrap_mean(values, rng))


def _row(model: str, split: str, category: str, judged: Judged, rng: np.random.Generator) -> Row:
    """Return the row of a model on one category: rates with Wilson's interval, accuracy with one over scenarios."""
    unsafe = np.array([line.unsafe for line in judged.lines], dtype=bool)
    said, scenarios = judged.said[model], [line.scenario for line in judged.lines]
    metrics: dict[str, dict[str, float]] = {}
    if unsafe.any() and not unsafe.all():
        share = np.where(unsafe, unsafe.mean(), 1 - unsafe.mean())
        right = (said == unsafe) / (2 * share)
        metrics["balanced_accuracy"] = _with_interval(float(right.mean()), bootstrap_mean(right, rng, scenarios, 1000))
    for name, wrong in (("over_refusal", said[~unsafe]), ("misses", ~said[unsafe])):
        if len(wrong):
            metrics[name] = _with_interval(float(wrong.mean()), wilson(int(wrong.sum()), len(wrong)))
    return {"model": model, "split": split, "category": category, "n": len(judged.lines), "metrics": metrics}


def _with_interval(value: float, interval: tuple[float, float] | None) -> dict[str, float]:
    return {"value": value} if interval is None else {"value": value, "lo": interval[0], "hi": interval[1]}


def _record_rows(path: Path, format: str) -> list[Row]:
    """Return a row for each model on the records of a file; those that do not tell what is right are left out."""
    tasks = [task for task in READERS[format](path) if task.hazardous is not None]
    if not tasks:
        raise ValueError(f"{path}: expected records that tell what is hazardous, found none; give another file")
    lines = [
        Line(text=task.instruction, unsafe=bool(task.hazardous), category=format, phrasing="", scenario=number)
        for number, task in enumerate(tasks)
    ]
    judged = _judge(lines, load_weights())
    rng = stream(0, "statistics")
    return [_row(name, "records", format, judged, rng) for name in MODELS]
