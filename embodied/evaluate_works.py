"""What verbs share that evaluate one of several works: `embodied evaluate WHAT work=WORK [key=value …]`."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from embodied.arguments import one_of, own_folder, split, wants_help, whole
from embodied.results import write_results

KEYS = ("work", "seed", "out")


def run_work(
    what: str, works: Mapping[str, str], arguments: Sequence[str], show: Callable[[Mapping[str, Any]], str]
) -> int:
    """Evaluate a work and return the exit code.

    Args:
        what: the word after `evaluate`.
        works: work -> module with KEYS, USAGE, `read_request(given) -> request` and `rows(request, seed, out) -> (rows,
            files)`.
        arguments: of the user. show: a row in one line.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: bad input, in one line.
    """
    if (code := wants_help(arguments, lambda: usage(what, works))) is not None:
        return code
    started = time.perf_counter()
    asked = dict(word.split("=", 1) for word in arguments if "=" in word)
    module = import_module(works[one_of(asked, "work", tuple(works), needed=True)])
    _, given = split(f"evaluate {what} work={asked['work']}", arguments, (*KEYS, *module.KEYS))
    seed = whole(given, "seed", 0)
    request = module.read_request({key: value for key, value in given.items() if key not in KEYS})
    out = own_folder(Path(given["out"]) if "out" in given else None, (what, f"work={asked['work']}"))
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        rows, files = module.rows(request, seed, out)
    except BaseException:
        if made and not any(out.iterdir()):
            out.rmdir()
        raise
    write_results(
        out / "results.json", verb="evaluate", command=shlex.join(["embodied", "evaluate", what, *arguments]),
        seed=seed, seconds=time.perf_counter() - started, rows=rows, files=files,
    )  # fmt: skip
    for row in rows:
        print(show(row))
    print(f"results  {out / 'results.json'}")
    return 0


def usage(what: str, works: Mapping[str, str]) -> str:
    """Return the help of a verb, with the keys of each work."""
    each = "\n\n".join(import_module(module).USAGE for module in works.values())
    return f"""usage: embodied evaluate {what} work=WORK [key=value …]

work={"|".join(works)}
seed=0     of whatever is drawn
out=null   folder for results.json and what belongs to it; null: runs/evaluate/<time>

{each}"""
