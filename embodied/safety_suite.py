"""`embodied benchmark suite=safety_v1`: parties of ten hours in the form of X-CASE, judged by the simulator's truth.

Each episode is a scenario in one of our scenes and five guests with unsafe plans of their own, who review them twelve
times. Rows are by perception, then by category and by guest.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embodied.arguments import listed, new_folder, number, one_of, resumed_folder, split, wants_help, whole
from embodied.claim import locked_folder
from embodied.compose import compose_runs
from embodied.config import LLMSettings
from embodied.living import begin_client
from embodied.llm import LLMClient
from embodied.party.evening import Evening, Outcome, read_outcome, run_evening
from embodied.party.guests import GUESTS
from embodied.party.pictures import detector
from embodied.party.place import FAMILIES
from embodied.party.rules import read_risk
from embodied.party.simulation import STEP
from embodied.pool import carry_out
from embodied.results import write_results
from embodied.rows import Row
from embodied.safety_report import write_safety_report
from embodied.seeding import stream
from embodied.statistics import Summary, summarise
from safety.misleading import SEEING, Trial, assess_trials
from safety.review import INTERVAL, ROUNDS
from safety.scenario import CATEGORIES

PERCEPTIONS = ("none", "ids", "rgb", "truth")  # those that need no language model
CURVE = tuple(round(k * INTERVAL / STEP) for k in range(1, ROUNDS + 1))  # steps at which plans are reviewed
SOCIAL = (
    "acceptance_talk", "acceptance_react", "acceptance_ratio", "interactions", "interaction_density", "talks",
    "talk_duration", "diffusion_reach", "diffusion_half_time", "reproduction_number", "targets_per_source",
    "cascade_depth", "propagation_time", "zone_transitions", "zone_stay", "plan_reviews", "plan_changes",
)  # fmt: skip
KEYS = (
    "suite", "mind", "judge", "perception", "episodes", "seed", "scene", "category", "sight", "size", "paper_compat",
    "revise", "workers", "out", *(f"llm.{name}" for name in vars(LLMSettings())),
)  # fmt: skip
USAGE = f"""usage: embodied benchmark suite=safety_v1 [key=value …]

parties of ten simulated hours in the form of X-CASE: five guests with unsafe plans review them every 50 steps

keys and their values here:
  mind=rules          who reviews and rewrites: rules, or llm, a language model
  judge=truth         who says whether an activity is safe: truth (the simulator), or rules or llm, who have words and
                      pictures alone and are compared with the truth
  perception=all      some of {", ".join(PERCEPTIONS)}, as [none,ids]: pictures not seen; names of things in them; rgb:
                      their colours, by a detector; the truth, which is the upper bound. Or vlm: a language model
                      that sees them itself (mind=llm llm.vision=true)
  episodes=20         of each perception
  seed=0              of the first
  scene=all           some of {", ".join(FAMILIES)}, in turn
  category=all        some of the {len(CATEGORIES)} categories, in turn
  sight=0.5           weight of pictures against words, 0 to 1, for rules
  size=192            pixels of a picture, square
  paper_compat=false  the review as published, with its defects (true)
  revise=true         false: nobody reviews anything
  workers=1           processes; they change nothing but the time
  llm.KEY             of mind=llm and judge=llm, as of generate: llm.base_url, llm.model, llm.api_key_env, llm.mode,
                      llm.cassette, llm.vision, llm.timeout; one worker
  out=null            folder; null: runs/benchmark/<time>; the same command goes on where it stopped"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scenario with each perception: where its evenings go, and the language model, None where none is asked."""

    evenings: tuple[Evening, ...]
    client: LLMClient | None
    out: Path


def run(arguments: Sequence[str]) -> int:
    """Run the suite and return the exit code.

    Raises:
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("benchmark suite=safety_v1", arguments, KEYS)
    evenings = read_evenings(given)
    client, workers = read_llm(given), whole(given, "workers", 1, least=1)
    if any(evening.perception == "rgb" for evening in evenings):
        detector()  # before anything else is done
    out = Path(given["out"]) if "out" in given else new_folder("benchmark")
    resumed_folder(out, {key: given[key] for key in KEYS if key in given and key not in ("out", "workers")})
    with locked_folder(out):
        rows, waiting = carry_on(out, evenings, client, workers, whole(given, "seed", 0))
        seconds = time.perf_counter() - started
        command = shlex.join(["embodied", "benchmark", *arguments])
        write_safety_report(out / "report.html", rows, command)
        write_results(
            out / "results.json", verb="benchmark", command=command, seed=whole(given, "seed", 0),
            seconds=seconds, rows=rows, files={"report": "report.html"},
        )  # fmt: skip
    show(rows)
    print(f"time     {seconds:.0f} s for {waiting} of {len(evenings)} evenings")
    print(f"report   {out / 'report.html'}\nresults  {out / 'results.json'}")
    return 0


def carry_on(
    out: Path, evenings: Sequence[Evening], client: LLMClient | None, workers: int, seed: int
) -> tuple[list[Row], int]:
    """Let the evenings pass that have not yet, and return the rows of all and how many those were."""
    waiting = [evening for evening in evenings if read_outcome(folder_of(out, evening)) is None]
    seeds = dict.fromkeys(evening.seed for evening in waiting)
    jobs = [Job(evenings=tuple(e for e in waiting if e.seed == seed), client=client, out=out) for seed in seeds]
    for count, name in enumerate(carry_out(run_job, jobs, workers), 1):
        print(f"{count + len(evenings) - len(waiting)}/{len(evenings)} {name}", flush=True)
    outcomes = [(one, found) for one in evenings if (found := read_outcome(folder_of(out, one))) is not None]
    return make_rows(outcomes, seed), len(waiting)


def read_evenings(given: Mapping[str, str]) -> list[Evening]:
    """Return what the arguments ask for, one evening after the other.

    Raises:
        ValueError: bad input, in one line.
    """
    perceptions = listed(given, "perception", PERCEPTIONS, more=("vlm",))
    families, categories = listed(given, "scene", FAMILIES), listed(given, "category", CATEGORIES)
    first, episodes = whole(given, "seed", 0), whole(given, "episodes", 20, least=1)
    judge, mind = one_of(given, "judge", ("truth", "rules", "llm")), one_of(given, "mind", ("rules", "llm"))
    sight, size = number(given, "sight", 0.5, low=0.0, high=1.0), whole(given, "size", 192, least=32)
    if "vlm" in perceptions and (mind != "llm" or given.get("llm.vision", "false").lower() != "true"):
        raise ValueError("perception=vlm: expected mind=llm and llm.vision=true with it, a model that sees; add them")
    compat, revise = (one_of(given, key, words) == "true" for key, words in FLAGS.items())
    return [
        Evening(
            seed=first + k, category=categories[k % len(categories)], families=families,
            perception=perception, mind=mind, judge=judge, sight=sight, size=size, paper_compat=compat, revise=revise,
        )
        for perception in perceptions
        for k in range(episodes)
    ]  # fmt: skip


def read_llm(given: Mapping[str, str]) -> LLMClient | None:
    """Return who asks the language model, after one question; None where none is asked.

    Raises:
        ValueError, LLMError: it cannot be asked, in one line.
    """
    own = {key.removeprefix("llm."): value for key, value in given.items() if key.startswith("llm.")}
    if "llm" not in (given.get("mind"), given.get("judge")):
        if own:
            raise ValueError(
                f"llm.{next(iter(own))}: expected mind=llm or judge=llm with it, got neither; leave it out"
            )
        return None
    if whole(given, "workers", 1) > 1:
        raise ValueError(f"workers={given['workers']}: expected 1 with a language model, whose cassette has one writer")
    (run,) = compose_runs(["mind=llm", *(f"llm.{key}={value}" for key, value in own.items())], {})
    return begin_client(run)


FLAGS = {"paper_compat": ("false", "true"), "revise": ("true", "false")}


def folder_of(out: Path, evening: Evening) -> Path:
    """Return the folder of an evening."""
    return out / "episodes" / f"{evening.perception}-{evening.seed:06d}"


def run_job(job: Job) -> Iterable[str]:
    """Let the evenings of a scenario pass and yield their names."""
    for evening in job.evenings:
        folder = folder_of(job.out, evening)
        run_evening(evening, read_risk, folder, job.client)
        yield f"{folder.name} {evening.category}"


def make_rows(outcomes: Sequence[tuple[Evening, Outcome]], seed: int) -> list[Row]:
    """Return the rows: of each perception, all, by category, by guest, and by both."""
    rows: list[Row] = []
    for perception in dict.fromkeys(evening.perception for evening, _ in outcomes):
        own = [(evening, outcome) for evening, outcome in outcomes if evening.perception == perception]
        groups: list[tuple[str, str, list[tuple[Evening, Outcome]]]] = [("all", "all", own)]
        categories = [name for name in CATEGORIES if any(evening.category == name for evening, _ in own)]
        by_category = {name: [one for one in own if one[0].category == name] for name in categories}
        groups += [(name, "all", some) for name, some in by_category.items()]
        groups += [("all", guest, own) for guest in GUESTS]
        groups += [(name, guest, some) for name, some in by_category.items() for guest in GUESTS]
        for category, guest, some in groups:
            values = [measure(outcome, guest) for _, outcome in some]
            summary = summarise(values, frozenset(), stream(seed, "statistics"), [e.category for e, _ in some])
            summary |= measure_trials(some) if guest == "all" else {}
            rows.append(
                {
                    "work": "party", "model": some[0][0].mind, "scene": "all", "category": category, "agent": guest,
                    "perception": perception, "judge": some[0][0].judge,
                    "variant": "paper_compat" if some[0][0].paper_compat else "default", "n": len(some),
                    "metrics": summary,
                }
            )  # fmt: skip
    return rows


def measure(outcome: Outcome, guest: str) -> dict[str, float]:
    """Return the metrics of an evening: of all guests, with what went on between them, or of one."""
    some = [values for name, values in outcome.guests.items() if guest in ("all", name)]
    curves = np.array([values["unsafe"] for values in some], dtype=np.float64)
    found = {
        name: float(np.mean([values[name] for values in some]))
        for name in ("conversion", "safe_share", "regressions", "reviews", "changes", "unparseable")
    }
    found["unsafe_per_plan"] = float(curves[:, -1].mean())
    found |= {
        f"unsafe_at_{step}": float(curves[:, k].mean()) for k, step in enumerate((0, *CURVE)) if k < curves.shape[1]
    }
    if guest == "all":
        found |= {name: outcome.social[name] for name in SOCIAL if name in outcome.social}
        found["exposures"] = float(outcome.exposures)
        found |= {f"judge_{name}": value for name, value in outcome.agreement.items()}
    return found


def measure_trials(some: Sequence[tuple[Evening, Outcome]]) -> Summary:
    """Return over-trust, visual gap and false alarms of the trials with misleading pictures, with Wilson intervals."""
    trials = [Trial(**trial) for _, outcome in some for trial in outcome.trials]
    if not trials:
        return {}
    bound = trials[0].perception not in SEEING
    unread = sum(trial.kept is None for trial in trials)
    found: Summary = {"unparseable_trials": {"value": float(unread)}} if unread else {}
    for stage, rates in assess_trials(trials, as_bound=bound).items():
        if stage != "execution":  # what is kept is carried out
            prefix = "" if stage == "planning" else f"{stage}_"
            for name, rate in rates.items():
                own = f"{prefix}{'bound_' if bound and name in ('over_trust', 'visual_gap') else ''}{name}"
                found[own] = {"value": rate.value, "lo": rate.lo, "hi": rate.hi}
    return found


def show(rows: Sequence[Row]) -> None:
    """Print the rows of all guests: what was converted, and where pictures mislead."""
    print(f"{'perception':<11}{'category':<24}{'n':>4}  conversion         unsafe/plan  over-trust  gap    false alarm")
    for row in rows:
        if row["agent"] != "all":
            continue
        metrics = row["metrics"]

        def cell(name: str, metrics: Mapping[str, Any] = metrics) -> str:
            return f"{metrics[name]['value']:.2f}" if name in metrics else "-"

        found = metrics["conversion"]
        interval = f" [{found['lo']:.2f}, {found['hi']:.2f}]" if "lo" in found else ""
        print(
            f"{row['perception']:<11}{row['category']:<24}{row['n']:>4}  {found['value']:.2f}{interval:<15}"
            f"{cell('unsafe_per_plan'):>7}      {cell('over_trust'):<11} {cell('visual_gap'):<6} {cell('false_alarm')}"
        )
