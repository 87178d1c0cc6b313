"""`embodied benchmark`: compare agents over many episodes, with intervals, or run a suite of fixed trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from embodied.arguments import suggest
from embodied.experiment import run_experiment

DEFAULTS = {"episodes": "20"}
SUITES: dict[str, str] = {  # -> module with `run(arguments) -> exit code`
    "safety_v1": "embodied.safety_suite",
    "paradigms_v1": "embodied.paradigms_suite",
}


def run(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code.

    Raises:
        ValueError: no such suite, or other bad input.
    """
    named = [word.removeprefix("suite=") for word in arguments if word.startswith("suite=")]
    if not named:
        for word in arguments:
            if (suite := word.partition("=")[2]) in SUITES:
                raise ValueError(f"{word}: no such key; did you mean suite={suite}?")
        code = run_experiment("benchmark", arguments, DEFAULTS)
        if {"-h", "--help"} & set(arguments):
            print(f"\nor a suite of fixed trials, with keys of its own (suite=NAME --help): suite={'|'.join(SUITES)}")
        return code
    if len(named) > 1 or named[0] not in SUITES:
        near = suggest(named[-1], tuple(SUITES)) or "; name one"
        raise ValueError(f"suite={','.join(named)}: expected one of {', '.join(SUITES)}{near}")
    runner: Callable[[Sequence[str]], int] = import_module(SUITES[named[0]]).run
    return runner(arguments)
