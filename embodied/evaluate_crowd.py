"""`embodied evaluate crowd protocol=NAME data=DIR`: crowds beside recordings, our own and those of others.

Only a model that has not learned from a place is judged there: of those that learn, the fold's own weights.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from crowd.recordings import FOLDS
from embodied import evaluate_crowd_control, evaluate_crowd_generated, evaluate_crowd_replayed
from embodied.arguments import listed, own_folder, split, wants_help, whole
from embodied.crowd_jobs import BEYOND, Job
from embodied.pool import carry_out
from embodied.results import write_results

PROTOCOLS = {"replayed": evaluate_crowd_replayed, "generated": evaluate_crowd_generated}
WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models"
USAGE = f"""usage: embodied evaluate crowd protocol=NAME data=DIR [key=value …]

protocol    replayed   recorded arrivals (origin, goal, time of entry, desired speed); the way is the model's
            generated  nothing but the picture: who comes and how they walk is the model's
            control    what is asked of a crowd, and what it does; its own keys: protocol=control --help
data        the folder that holds eth_ucy/
scene=all   all, or a list of {", ".join(FOLDS)}; of {", ".join(BEYOND)}, too, by the weights of all
model=all   all, or a list of {", ".join(evaluate_crowd_replayed.MODELS)} (replayed);
            of {", ".join(evaluate_crowd_generated.MODELS)} (generated)
weights=DIR where the weights of each fold are (crowdes-FOLD.safetensors, …); null: those that are shipped, all but
            {", ".join(evaluate_crowd_generated.NOT_SHIPPED)}, which model=all then leaves out
samples=20  runs of each model
seed=0      of all that is drawn
workers=1   processes
out=null    folder for results.json; null: runs/evaluate/<time>"""
KEYS = ("protocol", "data", "scene", "model", "weights", "samples", "seed", "workers", "out")


def run(arguments: Sequence[str]) -> int:
    """Evaluate models and return the exit code.

    Raises:
        FileNotFoundError: recordings or weights are not there.
        ValueError: bad input, in one line.
    """
    if "protocol=control" in arguments:
        return evaluate_crowd_control.run(arguments)
    if (code := wants_help(arguments, USAGE)) is not None:
        return code
    started = time.perf_counter()
    _, given = split("evaluate crowd", arguments, KEYS)
    if given.get("protocol") not in PROTOCOLS:
        names = ", ".join((*PROTOCOLS, "control"))
        raise ValueError(f"protocol={given.get('protocol', '')}: expected one of {names}; see --help")
    protocol = PROTOCOLS[given["protocol"]]
    if "data" not in given:
        raise ValueError("evaluate crowd: expected data=DIR, the folder that holds eth_ucy/, got none; see --help")
    seed, samples = whole(given, "seed", 0), whole(given, "samples", 20, least=1)
    scenes = {**FOLDS, **BEYOND}
    folds = listed(given, "scene", tuple(FOLDS), more=tuple(BEYOND))
    left = () if "weights" in given else protocol.NOT_SHIPPED
    models = listed(given, "model", tuple(name for name in protocol.MODELS if name not in left), more=left)
    out = own_folder(Path(given["out"]) if "out" in given else None)
    old = out / "results.json"
    jobs = [
        Job(
            data=given["data"], weights=given.get("weights", str(WEIGHTS)), fold=fold, recording=name, model=model,
            samples=samples, seed=seed,
        )
        for fold in folds for name in scenes[fold] for model in models
    ]  # fmt: skip
    for job in jobs:
        job.check_weights(protocol.LEARNED.get(job.model, ()))
    if left and given.get("model", "all").strip("[]") == "all":
        print(f"{', '.join(left)}: left out, as its weights are not shipped; weights=DIR names others", flush=True)
    outcomes = []
    for outcome in carry_out(protocol.work, jobs, whole(given, "workers", 1, least=1)):
        outcomes.append(outcome)
        print(f"{len(outcomes)}/{len(jobs)} {outcome.job.recording} {outcome.job.model}", flush=True)
    outcomes.sort(key=lambda outcome: jobs.index(outcome.job))  # whatever the number of workers
    rows = protocol.make_rows(outcomes, folds, models, seed)
    out.mkdir(parents=True, exist_ok=True)
    write_results(
        old, verb="evaluate", command=shlex.join(["embodied", "evaluate", "crowd", *arguments]), seed=seed,
        seconds=time.perf_counter() - started, rows=rows, files={},
    )  # fmt: skip
    for row in rows:
        values = "  ".join(f"{name} {metric['value']:.4g}" for name, metric in row["metrics"].items())
        print(f"{row['scene']:8} {row['model']:14} {values}")
    print(f"results  {old}")
    return 0
