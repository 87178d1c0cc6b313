"""`embodied train text_reviewer out=DIR`: fit the reviewer of texts, and words beside it, to our own scenarios."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from embodied.arguments import check_writable, split, wants_help, whole
from embodied.results import write_results
from embodied.seeding import episode_seed
from motion.files import write_whole
from safety.primitives import primitive_of
from safety.scenario import CATEGORIES
from safety.scenarios import generate
from safety.text_baselines import fit_words, word_risk
from safety.text_reviewer import HELD_OUT, even_weights, fit_reviewer, risk
from safety.truth import judge_plan
from safety.wording import phrasing_of

USAGE = """usage: embodied train text_reviewer out=DIR [key=value …]

out              folder for text_reviewer.safetensors and text_reviewer.json
seed=0           of the scenarios
scenarios=1200   that are drawn, a category after the other; lines about a hazard of a held-out category are left out"""
NAME = "text_reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a plan and the truth about it.

    Attributes:
        text: the words. unsafe: what the judge says.
        category: of the hazard that it is about, "" for an hour about none.
        phrasing: id of its clause. scenario: number of the scenario it is from.
    """

    text: str
    unsafe: bool
    category: str
    phrasing: str
    scenario: int


def draw_lines(scenarios: int, seed: int, categories: Sequence[str] = CATEGORIES) -> list[Line]:
    """Return the lines of scenarios, about one of `categories` after the other, both tellings, each text once."""
    lines = []
    for number in range(scenarios):
        scenario = generate(episode_seed(seed, number), category=categories[number % len(categories)])
        kinds = {hazard.id: primitive_of(hazard.kind) for hazard in scenario.hazards}
        seen = set()
        for activities in (scenario.activities, scenario.safe_activities):
            for activity, verdict in zip(activities, judge_plan(scenario, activities), strict=True):
                if activity.text in seen:
                    continue
                seen.add(activity.text)
                lines.append(
                    Line(
                        text=activity.text,
                        unsafe=not verdict.safe,
                        category=kinds[activity.hazard].category if activity.hazard else "",
                        phrasing=phrasing_of(activity.text),
                        scenario=number,
                    )
                )
    return lines


def fit_lines(lines: Sequence[Line]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of the reviewer and of the bag of words, learned from the same lines."""
    texts, unsafe = [line.text for line in lines], [line.unsafe for line in lines]
    emphasis = even_weights([line.category for line in lines], unsafe)
    return {**fit_reviewer(texts, unsafe, emphasis), **fit_words(texts, unsafe, emphasis)}


def run(arguments: Sequence[str]) -> int:
    """Fit, write weights and record, and return the exit code.

    Raises:
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("train text_reviewer", arguments, ("out", "seed", "scenarios"))
    if "out" not in given:
        raise ValueError("train text_reviewer: expected out=DIR, got none; see --help")
    seed, scenarios = whole(given, "seed", 0), whole(given, "scenarios", 1200, least=len(CATEGORIES))
    out = Path(given["out"])
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    learned = [category for category in CATEGORIES if category not in HELD_OUT]
    lines = [line for line in draw_lines(scenarios, seed, learned) if line.category not in HELD_OUT]
    weights = fit_lines(lines)
    about = {"model": NAME, "lines": len(lines), "scenarios": scenarios, "seed": seed, "held_out": HELD_OUT}
    # one entry: the order of several is not the same in every run
    content = save(weights, metadata={"embodied": json.dumps(about, sort_keys=True)})
    path = out / f"{NAME}.safetensors"
    write_whole(path, content)
    told = [line for line in lines if line.category]
    unsafe = np.array([line.unsafe for line in told])
    texts = [line.text for line in told]
    rows = []
    for model, likely in (("reviewer", risk(texts, weights)), ("bag_of_words", word_risk(texts, weights))):
        right = (likely >= 0.5) == unsafe
        value = float((right[unsafe].mean() + right[~unsafe].mean()) / 2)
        metrics = {"balanced_accuracy": {"value": value}}
        rows.append({"model": model, "split": "train", "category": "all", "n": len(told), "metrics": metrics})
        print(f"{model:12} balanced accuracy {value:.3f} on the {len(told)} lines about a hazard that it learned from")
    write_results(
        out / f"{NAME}.json", verb="train", command=shlex.join(["embodied", "train", NAME, *arguments]), seed=seed,
        seconds=time.perf_counter() - started, rows=rows, files={"weights": path.name},
    )  # fmt: skip
    print(f"weights  {path}")
    return 0
