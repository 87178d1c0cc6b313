"""User agents beside scripted commanders: when they speak, and with which dialogue act.

The scores are those of Philipov et al. (arXiv 2410.23535) as their authors' code computes them. Speaking is the
positive class: TS and FS, true and false speaking, TO and FO, true and false observing. Observe accuracy is
TO / (TO + FS), speak accuracy (the same as recall) TS / (TS + FO). The accuracy of dialogue acts is over TS alone. The
weighted F of acts leaves observing out of the confusion matrix and weighs the F of each act that occurs there by
TEACh's count times the commander's share of it. Answers that cannot be understood count as speaking, with an act that
is never right.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import numpy.typing as npt

from embodied.arguments import listed, one_of, whole
from embodied.llm import LLMClient, LLMConfig
from embodied.llm_config import Mode
from embodied.minds.acts import TEACH
from embodied.minds.errands import Session, count_acts, distance_to_teach, draw_sessions
from embodied.minds.user_agent import LABELS, OTHER, BaselineUser, Choice, RulesUser, UserAgent, cases_of
from embodied.minds.user_agent_llm import LLMUser, draw_examples
from embodied.seeding import stream
from embodied.statistics import LEVEL

FloatArray = npt.NDArray[np.float64]
Row = dict[str, Any]

SCENES = ("plaza", "street", "corridor", "office", "station")
MODELS = ("rules", "baseline")  # those that need no endpoint
MODES: tuple[str, ...] = get_args(Mode)
TRAINING = 300  # sessions in each scene that the rules learn from, and examples are drawn from
FEWEST = 2  # sessions in a scene
RESAMPLES = 2000
OPENAI = "https://api.openai.com/v1"
WEIGHTS = np.array([count * share for count, share in TEACH.values()])
KEYS = (
    "scene", "sessions", "model", "llm.base_url", "llm.model", "llm.mode", "llm.cassette", "llm.api_key_env",
)  # fmt: skip
USAGE = f"""work=user_agent: observe or speak, beside a scripted commander of errands
  scene=plaza      all, or a list of {", ".join(SCENES)}
  sessions=100     test sessions in each scene, from {FEWEST}
  model=all        rules: counts of what commanders did, fitted on {TRAINING} training sessions in each scene
                   baseline: speaks when the robot has just spoken, and instructs
                   llm: a language model, which all leaves out; a list as [rules,llm]
  llm.base_url     of an endpoint of OpenAI's kind, up to /v1; default: OpenAI's
  llm.model        its name there; asked zero-shot and few-shot (examples from training sessions)
  llm.mode=live    one of {", ".join(MODES)}; all but live need llm.cassette=FILE
  llm.api_key_env  variable that holds the key; default OPENAI_API_KEY, or none at another base_url"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is evaluated. `llm`: which model, None where none is."""

    scenes: tuple[str, ...]
    sessions: int
    models: tuple[str, ...]
    llm: LLMConfig | None


def read_request(given: Mapping[str, str]) -> Request:
    """Return what is asked for.

    Raises:
        ValueError: a value is wrong, or one is missing.
    """
    scenes = listed({"scene": "plaza", **given}, "scene", SCENES)
    models = listed(given, "model", MODELS, more=("llm",))
    sessions = whole(given, "sessions", 100, least=FEWEST)
    return Request(scenes=scenes, sessions=sessions, models=models, llm=read_llm(given, models))


def read_llm(given: Mapping[str, str], models: Sequence[str]) -> LLMConfig | None:
    """Return which language model is asked, None where `models` name none.

    Raises:
        ValueError: a value is wrong, one is missing, or there is one that nobody needs.
    """
    own = [key for key in given if key.startswith("llm.")]
    if "llm" not in models:
        if own:
            raise ValueError(f"{own[0]}={given[own[0]]}: expected model=llm with it, got others; leave it out")
        return None
    if "llm.model" not in given:
        raise ValueError("llm.model: expected the model's name at the endpoint, got none; name one")
    url = given.get("llm.base_url", OPENAI)
    mode = cast(Mode, one_of({"llm.mode": "live", **given}, "llm.mode", MODES))
    try:
        return LLMConfig(
            model=given["llm.model"],
            base_url=url,
            api_key_env=given.get("llm.api_key_env", "OPENAI_API_KEY" if url == OPENAI else ""),
            mode=mode,
            cassette=Path(given["llm.cassette"]) if "llm.cassette" in given else None,
        )
    except ValueError as error:
        raise ValueError(f"llm.{error}") from error


def rows(request: Request, seed: int, out: Path) -> tuple[list[Row], dict[str, str]]:
    """Return a row for each model in each scene, and over all of them, and the files that were written into `out`.

    The rows of the model `script` say what commanders and robots did, beside TEACh.

    Raises:
        ValueError: a scene or the cassette is of no use.
        LLMError: the key is missing, or the endpoint gave no answer.
    """
    client = None if request.llm is None else LLMClient(request.llm)
    tested = {scene: draw_sessions(scene, "test", request.sessions, seed) for scene in request.scenes}
    training = [
        session
        for scene in request.scenes
        if set(request.models) - {"baseline"}
        for session in draw_sessions(scene, "train", TRAINING, seed)
    ]
    agents = make_agents(request, client, training, seed)
    found: list[Row] = []
    said: dict[tuple[str, str, str], list[list[Choice]]] = {}
    for name, agent in agents.items():
        for scene, sessions in tested.items():
            said[*name, scene] = ask(agent, sessions)
    scenes = {**{scene: (scene,) for scene in request.scenes},
              **({"all": request.scenes} if len(request.scenes) > 1 else {})}  # fmt: skip
    for scene, parts in scenes.items():
        sessions = [session for part in parts for session in tested[part]]
        found.append(describe_script(scene, sessions))
        strata = [k for k, part in enumerate(parts) for _ in tested[part]]
        for model, variant in agents:
            choices = [one for part in parts for one in said[model, variant, part]]
            metrics = score(confusions(sessions, choices), strata, seed)
            found.append({"work": "user_agent", "model": model, "variant": variant, "scene": scene,
                          "n": len(sessions), "metrics": metrics})  # fmt: skip
    everything = [session for sessions in tested.values() for session in sessions]
    answers = {f"{model} {variant}": [one for scene in tested for one in said[model, variant, scene]]
               for model, variant in agents}  # fmt: skip
    write_sessions(out / "sessions.jsonl", everything, answers)
    return found, {"sessions": "sessions.jsonl"}


def make_agents(
    request: Request, client: LLMClient | None, training: Sequence[Session], seed: int
) -> dict[tuple[str, str], UserAgent]:
    """Return the user agents by model and variant."""
    agents: dict[tuple[str, str], UserAgent] = {}
    for model in request.models:
        if model == "rules":
            agents["rules", "default"] = RulesUser(training)
        elif model == "baseline":
            agents["baseline", "default"] = BaselineUser()
        elif client is not None:
            examples = draw_examples(training, stream(seed, "errands_train", 2))
            agents[f"llm:{client.config.model}", "zero_shot"] = LLMUser(client)
            agents[f"llm:{client.config.model}", "few_shot"] = LLMUser(client, examples)
    return agents


def ask(agent: UserAgent, sessions: Sequence[Session]) -> list[list[Choice]]:
    """Return what an agent would do before each turn of each session."""
    cases = [[case for case, _ in cases_of(session)] for session in sessions]
    answers = iter(agent.decide_many([case for group in cases for case in group]))
    return [[next(answers) for _ in group] for group in cases]


def confusions(sessions: Sequence[Session], choices: Sequence[Sequence[Choice]]) -> FloatArray:
    """Return (N, L, L) how often in each session each of LABELS (rows: what the commander did) was answered by each."""
    counts = np.zeros((len(sessions), len(LABELS), len(LABELS)))
    for k, (session, chosen) in enumerate(zip(sessions, choices, strict=True)):
        for (_, truth), choice in zip(cases_of(session), chosen, strict=True):
            counts[k, LABELS.index(truth.label), LABELS.index(choice.label)] += 1.0
    return counts


def measure(counts: FloatArray) -> dict[str, FloatArray]:
    """Return the metrics of confusion matrices (..., L, L), each (...,); NaN where one is not defined."""
    true_observe, false_speak = counts[..., 0, 0], counts[..., 0, 1:].sum(axis=-1)
    false_observe, speaking = counts[..., 1:, 0].sum(axis=-1), counts[..., 1:, 1:]
    true_speak = speaking.sum(axis=(-2, -1))
    right = np.diagonal(speaking, axis1=-2, axis2=-1)[..., : len(TEACH)]
    both = (speaking.sum(axis=-1) + speaking.sum(axis=-2))[..., : len(TEACH)]
    f = np.divide(2.0 * right, both, out=np.zeros_like(right), where=both > 0)
    weights = np.where(both > 0, WEIGHTS, 0.0)
    return {
        "observe_accuracy": _share(true_observe, true_observe + false_speak),
        "speak_accuracy": _share(true_speak, true_speak + false_observe),
        "speak_precision": _share(true_speak, true_speak + false_speak),
        "speak_recall": _share(true_speak, true_speak + false_observe),
        "speak_f1": _share(2.0 * true_speak, 2.0 * true_speak + false_speak + false_observe),
        "act_accuracy": _share(right.sum(axis=-1), true_speak),
        "act_f": _share((f * weights).sum(axis=-1), weights.sum(axis=-1)),
        "other_share": _share(counts[..., :, LABELS.index(OTHER)].sum(axis=-1), counts.sum(axis=(-2, -1))),
    }


def score(counts: FloatArray, strata: Sequence[int], seed: int) -> dict[str, dict[str, float]]:
    """Return the metrics of all sessions together with percentile bootstrap intervals over sessions.

    Args:
        counts: (N, L, L) as of `confusions`.
        strata: (N,) the scene of each session; sessions are drawn within scenes.
        seed: of the resamples.
    """
    whole_ = measure(counts.sum(axis=0))
    flat, rng = counts.reshape(len(counts), -1), stream(seed, "statistics")
    groups = [np.flatnonzero(np.asarray(strata) == one) for one in dict.fromkeys(strata)]
    times = np.zeros((RESAMPLES, len(counts)))
    for group in groups:
        times[:, group] = rng.multinomial(len(group), np.full(len(group), 1.0 / len(group)), RESAMPLES)
    drawn = measure((times @ flat).reshape(RESAMPLES, *counts.shape[1:]))
    tail = (1.0 - LEVEL) / 2.0
    result: dict[str, dict[str, float]] = {}
    for name, value in whole_.items():
        if not math.isfinite(float(value)):
            continue
        low, high = np.nanquantile(drawn[name], [tail, 1.0 - tail]).tolist()
        result[name] = {"value": float(value), "lo": low, "hi": high}
    steps = counts.sum(axis=0)
    table = {"TO": steps[0, 0], "FS": steps[0, 1:].sum(), "FO": steps[1:, 0].sum(), "TS": steps[1:, 1:].sum()}
    return {**result, **{name: {"value": float(count)} for name, count in table.items()}}


def describe_script(scene: str, sessions: Sequence[Session]) -> Row:
    """Return the row of what commanders and robots did: how often each act occurs, beside TEACh."""
    counts = count_acts(sessions)
    said = sum(count for count, _ in counts.values())
    metrics = {
        "completed": float(np.mean([session.completed for session in sessions])),
        "turns": float(np.mean([len(session.turns) for session in sessions])),
        "speaks": float(np.mean([turn.who == "commander" for session in sessions for turn in session.turns])),
        "acts_to_teach": distance_to_teach(counts),
        **{f"share_{act}": count / max(said, 1) for act, (count, _) in counts.items()},
    }
    return {"work": "user_agent", "model": "script", "variant": "default", "scene": scene, "n": len(sessions),
            "metrics": {name: {"value": value} for name, value in metrics.items()}}  # fmt: skip


def write_sessions(path: Path, sessions: Sequence[Session], answers: Mapping[str, Sequence[Sequence[Choice]]]) -> None:
    """Write sessions with what each agent would have done before each turn, one a line, whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        for k, session in enumerate(sessions):
            chosen = {name: [choice.label for choice in choices[k]] for name, choices in answers.items()}
            file.write(json.dumps({**session.to_dict(), "choices": chosen}, ensure_ascii=False) + "\n")
    partial.replace(path)


def _share(part: FloatArray, all_: FloatArray) -> FloatArray:
    part, all_ = np.asarray(part, dtype=np.float64), np.asarray(all_, dtype=np.float64)
    return np.asarray(np.divide(part, all_, out=np.full(np.shape(part), np.nan), where=all_ > 0), dtype=np.float64)
