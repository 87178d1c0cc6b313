"""`embodied benchmark suite=paradigms_v1`: social paradigms as scripted scenes, for any planner, with controls.

Every trial is a scene drawn anew, played with the planner under test, judged by predicates over its log; the subjects
`broken`, `blind` and `egocentric` are there to fail. With mind=llm a language model decides, and social rules where it
gives no valid answer; the row's `own` is the share of decisions that are its own.
"""

from __future__ import annotations

import html
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from embodied.arguments import listed, new_folder, one_of, resumed_folder, split, wants_help, whole
from embodied.claim import locked_folder, remove_leftovers
from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.episode import Planner
from embodied.living import begin_client
from embodied.llm import LLMClient
from embodied.log import EpisodeLog, atomic_folder
from embodied.minds.planners import PLANNERS, make_planner
from embodied.minds.social_rules import SocialRulesPlanner
from embodied.paradigms.catalogue import PARADIGMS
from embodied.paradigms.film import film_trial
from embodied.paradigms.subjects import SUBJECTS, make_subject
from embodied.paradigms.trials import Trial, play_trial, read_trial
from embodied.report import STYLE
from embodied.results import write_results
from embodied.statistics import wilson
from motion.files import write_whole

Row = dict[str, Any]
Maker = Callable[[int], Planner]

EPISODES, LARGEST_SEED = 6, 2**32 - 1
FILMED = (
    "false_belief", "collaborative_transport", "instrumental_helping", "queueing", "perspective_helping"
)  # fmt: skip
KEYS = ("suite", "out", "mind", "subject", "agent", "seed", "episodes", "paradigm", "video", "backend")
USAGE = f"""usage: embodied benchmark suite=paradigms_v1 [key=value …]

  {len(PARADIGMS)} social paradigms as scripted scenes, for one who decides by the planner under test
  out=DIR          default: runs/benchmark/<time>; the same command goes on where it stopped
  mind=rules       one of {", ".join(PLANNERS)}; with llm the keys llm.model, llm.base_url, … as everywhere
  subject=rules    all, or a list of {", ".join(SUBJECTS)}; the last three are broken, to fail; also agent=
  paradigm=all     or a list of {", ".join(PARADIGMS)}
  episodes={EPISODES}       scenes of each paradigm; easy, medium and hard take turns
  seed=0
  video={len(FILMED)}          films, of the first scenes of {", ".join(FILMED)}
  backend=auto     auto, gl or tiny: who draws the films
"""


def run(arguments: Sequence[str]) -> int:
    """Run the suite and return the exit code.

    Raises:
        ValueError: bad input.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    own = [word for word in arguments if not word.startswith("llm.")]
    _, given = split("benchmark suite=paradigms_v1", own, KEYS)
    if "agent" in given:
        if "subject" in given:
            raise ValueError(f"agent={given['agent']}: expected it or subject, which mean the same, got both; name one")
        given["subject"] = given.pop("agent")
    mind = one_of(given, "mind", tuple(PLANNERS))
    seed = whole(given, "seed", 0)
    if seed > LARGEST_SEED:
        raise ValueError(f"seed={seed}: expected a whole number from 0 to {LARGEST_SEED}")
    episodes = whole(given, "episodes", EPISODES, least=1)
    films = whole(given, "video", len(FILMED))
    names = listed(given, "paradigm", tuple(PARADIGMS))
    subjects = listed({"subject": "rules", **given}, "subject", SUBJECTS)
    if mind == "llm" and "subject" in given:
        raise ValueError(f"subject={given['subject']}: expected mind=rules with it, got mind=llm; leave it out")
    model = [word for word in arguments if word.startswith("llm.")]
    config = _configure(mind, model)
    backend = one_of(given, "backend", ("auto", "gl", "tiny"))
    out = Path(given["out"]) if "out" in given else new_folder("benchmark")
    makers = _makers(mind, subjects, config)
    asked = {key: given[key] for key in KEYS if key in given and key != "out"}
    resumed_folder(out, {**asked, **dict(word.split("=", 1) for word in model)})
    trials: dict[tuple[str, str], list[Trial]] = {}
    files: dict[str, str] = {}
    command = shlex.join(["embodied", "benchmark", *arguments])
    with locked_folder(out):
        remove_leftovers(out)
        for label, maker in makers.items():
            for name in names:
                for number in range(episodes):
                    trial = carry_on(out / "episodes" / _folder(label, name, number), name, number, seed, maker)
                    trials.setdefault((label, name), []).append(trial)
                    if label == next(iter(makers)) and number == 0 and name in FILMED[:films]:
                        files[f"video_{name}"] = f"{name}.mp4"
                        if not (out / f"{name}.mp4").exists():
                            film_trial(trial.log, out / f"{name}.mp4", backend=backend)
        rows = make_rows(trials)
        files["table"] = "paradigms.html"
        seconds = time.perf_counter() - started
        write_whole(out / "paradigms.html", draw_page(trials, files, command).encode())
        write_results(
            out / "results.json", verb="benchmark", command=command, seed=seed, seconds=seconds, rows=rows, files=files
        )
    for row in rows:
        passed = row["metrics"]["passed"]
        print(f"{row['agent']:<12} {row['category']:<16} {row['task']:<28} {passed['value']:.2f}  n={row['n']}")
    print(f"results: {out / 'results.json'}")
    return 0


def carry_on(folder: Path, name: str, number: int, seed: int, maker: Maker) -> Trial:
    """Return the trial that is kept in a folder; where there is none, play it and keep it there, whole or not at all.

    Raises:
        ValueError: something else lies there.
    """
    if folder.exists():
        return read_trial(PARADIGMS[name], number, seed, EpisodeLog.read(folder))
    trial = play_trial(PARADIGMS[name], number, seed, maker)
    with atomic_folder(folder) as draft:
        trial.log.write(draft)
    return trial


def make_rows(trials: Mapping[tuple[str, str], Sequence[Trial]]) -> list[Row]:
    """Return a row for each subject and paradigm, each dimension, and over all of them."""
    rows = [_row(label, PARADIGMS[name].dimension, name, group) for (label, name), group in trials.items()]
    for label in dict.fromkeys(label for label, _ in trials):
        mine = {name: group for (one, name), group in trials.items() if one == label}
        for dimension in dict.fromkeys(PARADIGMS[name].dimension for name in mine):
            pooled = [
                trial for name, group in mine.items() if PARADIGMS[name].dimension == dimension for trial in group
            ]
            rows.append(_row(label, dimension, "all", pooled))
        rows.append(_row(label, "all", "all", [trial for group in mine.values() for trial in group]))
    return rows


def _row(label: str, dimension: str, task: str, trials: Sequence[Trial]) -> Row:
    passed, n = sum(trial.passed for trial in trials), len(trials)
    low, high = wilson(passed, n)
    metrics: dict[str, dict[str, float]] = {"passed": {"value": passed / n, "lo": low, "hi": high}}
    if label.startswith("llm:"):
        by = [event["decided_by"] == label for trial in trials for event in trial.log.events_of("decision")]
        metrics["own"] = {"value": sum(by) / max(len(by), 1)}
    return {"suite": "paradigms_v1", "category": dimension, "task": task, "agent": label, "n": n, "metrics": metrics}


def draw_page(trials: Mapping[tuple[str, str], Sequence[Trial]], files: Mapping[str, str], command: str) -> str:
    """Return a page with who passed what, which predicates failed, and the films."""
    labels = list(dict.fromkeys(label for label, _ in trials))
    head = "".join(f"<th>{html.escape(label)}</th>" for label in labels)
    lines = []
    for name in dict.fromkeys(name for _, name in trials):
        cells = "".join(_cell(trials[label, name]) for label in labels)
        one = PARADIGMS[name]
        title = f"{one.number}. {name.replace('_', ' ')}"
        lines.append(f"<tr><td>{html.escape(title)}<br><span class=faint>{one.dimension}</span></td>{cells}</tr>")
    films = "".join(
        f"<h3>{html.escape(key.removeprefix('video_').replace('_', ' '))}</h3>"
        f'<video controls preload="metadata" src="{html.escape(name)}"></video>'
        for key, name in files.items()
        if key.startswith("video_")
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>social paradigms</title>'
        f"<style>{STYLE}</style></head><body><main><h1>Social paradigms</h1>"
        "<p class=faint>Scenes passed of scenes played; Wilson's 95 % interval; below it the predicates that failed, "
        "and how often.</p>"
        f"<div class=wide><table><tr><th></th>{head}</tr>{''.join(lines)}</table></div>{films}"
        f"<h2>How to repeat it</h2><pre>{html.escape(command)}</pre></main></body></html>\n"
    )


def _cell(group: Sequence[Trial]) -> str:
    passed, n = sum(trial.passed for trial in group), len(group)
    low, high = wilson(passed, n)
    failed: dict[str, int] = {}
    for trial in group:
        for check, value in trial.checks.items():
            failed[check] = failed.get(check, 0) + (not value)
    why = ", ".join(f"{html.escape(check)} {count}" for check, count in failed.items() if count)
    return (
        f"<td class=number><b>{passed}/{n}</b><span class=interval>{low:.2f} to {high:.2f}</span>"
        f"<br><span class=faint>{why}</span></td>"
    )


def _makers(mind: str, subjects: Sequence[str], config: RunConfig | None) -> dict[str, Maker]:
    """Return who is tested, by name: a language model, or planners of SUBJECTS."""
    if mind == "llm" and config is not None:
        client: LLMClient | None = begin_client(config)
        asked = config

        def ask_model(seed: int) -> Planner:
            return make_planner(asked, SocialRulesPlanner(seed), client=client)

        return {f"llm:{config.llm.model}": ask_model}

    def maker(name: str) -> Maker:
        return lambda seed: make_subject(name, seed)

    return {name: maker(name) for name in subjects}


def _configure(mind: str, words: Sequence[str]) -> RunConfig | None:
    """Return the settings of a language model, None where none is asked.

    Raises:
        ValueError: a setting that makes no sense, or one that nobody needs.
    """
    if mind != "llm":
        if words:
            raise ValueError(f"{words[0]}: expected mind=llm with it, got mind={mind}; leave it out")
        return None
    return compose_runs(["mind=llm", *words], {})[0]


def _folder(label: str, name: str, number: int) -> str:
    return f"{''.join(c if c.isalnum() else '_' for c in label)}-{name}-{number:03d}"
