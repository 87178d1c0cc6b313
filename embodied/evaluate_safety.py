"""`embodied evaluate safety work=WORK [key=value …]`: what notices danger, beside the simulator's truth."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from embodied.arguments import one_of, own_folder, split, wants_help, whole
from embodied.results import write_results

# work -> module with KEYS, USAGE, `read_request(given) -> request` and `rows(request, seed, out) -> (rows, files)`
WORKS = {"text": "embodied.evaluate_text", "visuals": "embodied.evaluate_visuals"}
KEYS = ("work", "seed", "out")


def usage() -> str:
    """Return the help of the verb, with the keys of each work."""
    works = "\n\n".join(import_module(module).USAGE for module in WORKS.values())
    return f"""usage: embodied evaluate safety work=WORK [key=value …]

work={"|".join(WORKS)}
seed=0     of whatever is drawn
out=null   folder for results.json and what belongs to it; null: runs/evaluate/<time>

{works}"""


def run(arguments: Sequence[str]) -> int:
    """Evaluate what notices danger and return the exit code.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, usage())) is not None:
        return code
    started = time.perf_counter()
    asked = dict(word.split("=", 1) for word in arguments if "=" in word)
    module = import_module(WORKS[one_of(asked, "work", tuple(WORKS), needed=True)])
    _, given = split(f"evaluate safety work={asked['work']}", arguments, (*KEYS, *module.KEYS))
    seed = whole(given, "seed", 0)
    request = module.read_request({key: value for key, value in given.items() if key not in KEYS})
    out = own_folder(Path(given["out"]) if "out" in given else None)
    out.mkdir(parents=True, exist_ok=True)
    rows, files = module.rows(request, seed, out)
    write_results(
        out / "results.json", verb="evaluate", command=shlex.join(["embodied", "evaluate", "safety", *arguments]),
        seed=seed, seconds=time.perf_counter() - started, rows=rows, files=files,
    )  # fmt: skip
    for row in rows:
        said = "  ".join(f"{name} {metric['value']:.3f}" for name, metric in row["metrics"].items())
        where = " ".join(str(row[name]) for name in ("split", "category") if name in row)
        print(f"{row['model']:12} {where:32} {row['n']:5} {said}")
    print(f"results  {out / 'results.json'}")
    return 0
