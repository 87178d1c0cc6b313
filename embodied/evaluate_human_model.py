"""`embodied evaluate minds work=human_model`: what human models foretell beside what simulated people then did.

Every model sees the same situations. `base_rate` foretells the shares of each response among other people, whatever is
seen: a model that does worse knows less than nothing. The variant `other_town` has people unlike those that the
roll-outs draw from. Roll-outs never share a seed with the people they are judged by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embodied.arguments import listed, whole
from embodied.config import MindConfig
from embodied.evaluate_logs import find_episodes
from embodied.evaluate_user_agent import SCENES as FAMILIES
from embodied.evaluate_user_agent import read_llm
from embodied.llm import LLMClient, LLMConfig
from embodied.log import EpisodeLog
from embodied.minds.calibration import brier, reliability, score, tabulate
from embodied.minds.demography import read_demography
from embodied.minds.human_model import (
    RESPONSES,
    HumanModel,
    RobotAction,
    RulesHumanModel,
    Situation,
    UniformHumanModel,
    normalise,
)
from embodied.minds.human_model_llm import LLMHumanModel
from embodied.minds.human_model_rollout import ALPHA, RolloutHumanModel
from embodied.minds.population import draw_people
from embodied.minds.response_cases import ResponseCase, draw_cases, other_town, read_cases
from embodied.place import Place, build_scene
from embodied.seeding import episode_seed, stream
from embodied.statistics import compare, wilson
from scenes.families import SCENES

Row = dict[str, Any]
Forecast = dict[str, float]

MODELS = ("uniform", "base_rate", "rules", "rollout", "llm")
OFFLINE = MODELS[:-1]
KEYS = (
    "scene", "cases", "model", "logs", "llm.base_url", "llm.model", "llm.mode", "llm.cassette", "llm.api_key_env",
)  # fmt: skip
USAGE = f"""work=human_model: what models of people foretell, beside what simulated people then did
  scene=plaza      all, or a list of {", ".join(FAMILIES)}
  cases=50         of each action of the robot, in each scene
  model=all        {", ".join(OFFLINE)}; llm, which all leaves out; or a list
  logs=null        a run's folder, whose questions are judged as well; llm.* as above"""
BASE = "base_rate"
PEOPLE = 400  # of the town whose people are met
ROLLOUT_KEY = 303  # of the robot's stream from which roll-outs are seeded
STRANGE = MindConfig(stranger_share=0.35, error_share=0.2, refusal_share=0.2)  # of the other town


class BaseRateHumanModel:
    """Foretells how often each response came among cases of other people, whatever is seen."""

    name = BASE

    def __init__(self, cases: Sequence[ResponseCase]) -> None:
        self._counts = Counter((case.action.kind, case.response) for case in cases)

    def predict(self, situation: Situation, action: RobotAction) -> Forecast:
        """Return the smoothed shares."""
        return normalise({name: self._counts[action.kind, name] + ALPHA for name in action.responses}, action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is evaluated. `cases`: of each action in each scene; `llm`: which model, None where none is."""

    scenes: tuple[str, ...]
    cases: int
    models: tuple[str, ...]
    llm: LLMConfig | None
    logs: tuple[Path, ...]


def read_request(given: Mapping[str, str]) -> Request:
    """Return what is asked for.

    Raises:
        ValueError: a value is wrong, or one is missing.
    """
    models = listed(given, "model", OFFLINE, more=("llm",))
    return Request(
        scenes=listed({"scene": "plaza", **given}, "scene", FAMILIES),
        cases=whole(given, "cases", 50, least=1),
        models=models,
        llm=read_llm(given, models),
        logs=tuple(find_episodes(Path(given["logs"]))) if "logs" in given else (),
    )


def rows(request: Request, seed: int, out: Path) -> tuple[list[Row], dict[str, str]]:
    """Return the rows of `evaluate`, and no files.

    Raises:
        ValueError, FileNotFoundError: see `evaluate`.
    """
    return evaluate(request.scenes, seed, request.cases, request.models, request.llm, request.logs), {}


def evaluate(
    scenes: Sequence[str],
    seed: int,
    n: int,
    models: Sequence[str] = OFFLINE,
    llm_config: LLMConfig | None = None,
    logs: Sequence[Path] = (),
) -> list[Row]:
    """Return a row for each model, action and variant, with intervals, and the reliability of each model.

    Args:
        scenes: names of families, each built once. seed: of the run. n: cases of each action in each scene.
        models: some of MODELS. llm_config: needed for `llm`.
        logs: folders of episodes, whose questions are judged as well.

    Raises:
        FileNotFoundError: no such episode.
        ValueError: an unknown scene or model, no cases, or `llm` without its configuration.
    """
    if unknown := [name for name in models if name not in MODELS]:
        raise ValueError(f"models: expected some of {', '.join(MODELS)}, got {unknown[0]}; choose others")
    if unknown := [name for name in scenes if name not in SCENES]:
        raise ValueError(f"scenes: expected some of {', '.join(SCENES)}, got {unknown[0]}; choose others")
    if n < 1 or not scenes:
        raise ValueError(f"n: expected 1 case or more in 1 scene or more, got {n} in {len(scenes)}; ask for more")
    if "llm" in models and llm_config is None:
        raise ValueError("llm_config: expected a configuration for model llm, got none; give one or leave llm out")
    client = LLMClient(llm_config) if llm_config is not None and "llm" in models else None
    made: dict[str, list[tuple[ResponseCase, dict[str, Forecast]]]] = {}
    truth_seed, base_seed = episode_seed(seed, 0), episode_seed(seed, 1)
    people, others = (draw_people(read_demography(), PEOPLE, stream(one, "minds")) for one in (truth_seed, base_seed))
    for number, name in enumerate(scenes):
        scene = build_scene(Place(name=name, seed=int(stream(seed, "scene", number).integers(2**31))))
        before = [case for kind in RESPONSES for case in draw_cases(scene, others, kind, n, base_seed)]
        known = _models(models, before, client, RolloutHumanModel(_rollout_rng(seed, number), scene=scene))
        for variant, met, mind in (("default", people, MindConfig()), ("other_town", other_town(people), STRANGE)):
            cases = [case for kind in RESPONSES for case in draw_cases(scene, met, kind, n, truth_seed, mind=mind)]
            made.setdefault(variant, []).extend(foretell(known, cases))
    for number, folder in enumerate(logs):
        log = EpisodeLog.read(folder)
        scene = build_scene(Place.read(log.metadata))
        cases = read_cases(log, scene)
        rollout = RolloutHumanModel(_rollout_rng(seed, len(scenes) + number), scene=scene)
        before = draw_cases(scene, others, "ask", n, base_seed)
        made.setdefault("logs", []).extend(foretell(_models(models, before, client, rollout), cases))
    return [row for variant, judged in made.items() for row in make_rows(judged, variant, seed)]


def _rollout_rng(seed: int, number: int) -> np.random.Generator:
    return stream(episode_seed(seed, 2), "agent", ROLLOUT_KEY, number)


def foretell(
    models: Sequence[HumanModel], cases: Sequence[ResponseCase]
) -> list[tuple[ResponseCase, dict[str, Forecast]]]:
    """Return for each case what each model foretells, by name.

    Raises:
        ValueError: roll-outs would share a seed with the people they are judged by.
    """
    forecasts: list[dict[str, Forecast]] = [{} for _ in cases]
    for model in models:
        if isinstance(model, RolloutHumanModel) and model.seed in {case.seed for case in cases}:
            raise ValueError(f"seed: expected roll-outs of another seed than their judges, got {model.seed}; change it")
        if isinstance(model, LLMHumanModel):
            found = model.predict_many([(case.situation, case.action) for case in cases])
        else:
            found = [model.predict(case.situation, case.action) for case in cases]
        for all_, one in zip(forecasts, found, strict=True):
            all_[model.name] = one
    return list(zip(cases, forecasts, strict=True))


def make_rows(judged: Sequence[tuple[ResponseCase, Mapping[str, Forecast]]], variant: str, seed: int) -> list[Row]:
    """Return a row for each model and action, one for all actions, and one for each bin of the reliability.

    Where `base_rate` is among the models the others have `brier_gain`, by how much their score is better than its.
    """
    rows: list[Row] = []
    kinds = [kind for kind in RESPONSES if any(case.action.kind == kind for case, _ in judged)]
    for model in dict.fromkeys(name for _, forecasts in judged for name in forecasts):
        for task in (*kinds, *(["all"] if len(kinds) > 1 else [])):
            rows.append(_judge(judged, model, task, variant, seed))
        rows += _reliability(judged, model, variant)
    return rows


def _judge(
    judged: Sequence[tuple[ResponseCase, Mapping[str, Forecast]]], model: str, task: str, variant: str, seed: int
) -> Row:
    mine = [(case, forecasts) for case, forecasts in judged if task in (case.action.kind, "all")]
    responses, places = [case.response for case, _ in mine], [case.place for case, _ in mine]
    metrics = score([forecasts[model] for _, forecasts in mine], responses, stream(seed, "statistics"), clusters=places)
    if model != BASE and len(mine) > 1 and all(BASE in forecasts for _, forecasts in mine):
        base, own = (
            [{"brier": float(loss)} for loss in brier(*tabulate([f[name] for _, f in mine], responses)[:2])]
            for name in (BASE, model)
        )
        rng = stream(seed, "statistics", 1)
        metrics |= compare(base, own, rng, metric="brier", name="brier_gain", clusters=places)
    where = places[0] if len(set(places)) == 1 else "all"
    return {
        "work": "human_model", "model": model, "task": task, "scene": where, "variant": variant, "n": len(mine),
        "metrics": metrics,
    }  # fmt: skip


def _reliability(judged: Sequence[tuple[ResponseCase, Mapping[str, Forecast]]], model: str, variant: str) -> list[Row]:
    table, column, _ = tabulate([forecasts[model] for _, forecasts in judged], [case.response for case, _ in judged])
    rows = []
    for number, one in enumerate(reliability(table, column), start=1):
        low, high = wilson(round(one.frequency * one.n), one.n)
        metrics = {"forecast": {"value": one.forecast}, "frequency": {"value": one.frequency, "lo": low, "hi": high}}
        rows.append({
            "work": "human_model", "model": model, "task": "reliability", "category": f"bin {number}",
            "variant": variant, "n": one.n, "metrics": metrics,
        })  # fmt: skip
    return rows


def _models(
    names: Sequence[str], before: Sequence[ResponseCase], client: LLMClient | None, rollout: RolloutHumanModel
) -> list[HumanModel]:
    made: dict[str, HumanModel] = {
        "uniform": UniformHumanModel(), BASE: BaseRateHumanModel(before), "rules": RulesHumanModel(),
        "rollout": rollout,
    }  # fmt: skip
    if client is not None:
        made["llm"] = LLMHumanModel(client)
    return [made[name] for name in names]
