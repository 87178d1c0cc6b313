"""The command `embodied VERB [key=value …]`."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

# verb -> (module with `run(arguments) -> exit code`, what it does)
VERBS: dict[str, tuple[str, str]] = {
    "generate": ("embodied.generate", "run an agent among people; write logs, metrics, video and report"),
    "benchmark": ("embodied.benchmark", "compare agents over many episodes, with intervals"),
    "rollout": ("embodied.rollout", "put a robot policy through a scripted encounter"),
    "replay": ("embodied.replay", "draw one logged episode again: embodied replay DIR episode=K"),
    "crowd": ("embodied.crowd_verb", "populate a place from one picture of it, or a scene: tracks, pictures, video"),
    "motion": ("embodied.motion_verb", "a recorded motion, or what a text says, on one of our bodies: glTF, BVH, film"),
    "evaluate": ("embodied.evaluate", "score logs, files of other systems, or the comfort of scenes"),
    "scenarios": ("embodied.scenarios_verb", "safety scenarios with pictures: hazards, unsafe days and safe ones"),
    "train": ("embodied.train", "fit what is learned from data"),
    "convert": ("embodied.convert", "read and write episode files of other systems"),
    "doctor": ("embodied.doctor", "say what this machine has, or verify and repair the folder of a run"),
}

BAD_INPUT = (ValueError, LookupError, FileNotFoundError, NotADirectoryError, PermissionError)


def usage() -> str:
    """Return the help of the command."""
    lines = [f"  {verb:<10} {what}" for verb, (_, what) in VERBS.items()]
    return "\n".join(
        ["usage: embodied VERB [key=value …]", "", *lines, "", "`embodied VERB --help` shows what can be set.",
         "Exit codes: 0 done, 1 failed with a reason, 2 bad input. `--traceback` shows where an error arose."]
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return the exit code: 0 done, 1 failed, 2 bad input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    show_traceback = "--traceback" in words
    words = [word for word in words if word != "--traceback"]
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        from embodied.arguments import suggest

        near = suggest(verb, tuple(VERBS))
        print(f"embodied: {verb!r}: no such verb; expected one of {', '.join(VERBS)}{near}", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        run: Callable[[Sequence[str]], int] = import_module(VERBS[verb][0]).run
        return run(rest)
    except KeyboardInterrupt:
        print(f"embodied {verb}: stopped; the same command goes on where it stopped", file=sys.stderr)
        return 1
    except Exception as error:
        bad_input = isinstance(error, BAD_INPUT) or getattr(error, "bad_input", False)
        if show_traceback or not (bad_input or isinstance(error, OSError)):  # a full disk is no fault of the program
            traceback.print_exception(error)
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        text = " ".join([text or type(error).__name__, *getattr(error, "__notes__", [])])
        print(f"embodied {verb}: {' '.join(text.split())}", file=sys.stderr)
        return 2 if bad_input else 1


if __name__ == "__main__":
    sys.exit(main())
