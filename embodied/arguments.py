"""How verbs that run no experiment read their arguments: words first, then `key=value`."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from embodied.results import read_results
from motion.files import write_whole

ASSETS = ("all", "permissive")  # which may be used: all, or nothing that is for research only

Kinds = Mapping[str, tuple[str, str]]  # what -> (module with `run(arguments) -> exit code`, what it does)


def dispatch(verb: str, kinds: Kinds, arguments: Sequence[str]) -> int:
    """Run the kind of a verb that the first argument names and return its exit code.

    Raises:
        ValueError: no such kind.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        width = max(map(len, kinds))
        lines = [f"  {kind:<{width}} {what}" for kind, (_, what) in kinds.items()]
        print("\n".join([f"usage: embodied {verb} WHAT … [key=value …]", "", *lines]))
        return 0 if arguments else 2
    if arguments[0] not in kinds:
        near = suggest(arguments[0], tuple(kinds))
        raise ValueError(f"{verb} {arguments[0]}: expected one of {', '.join(kinds)}{near}; see --help")
    runner: Callable[[Sequence[str]], int] = import_module(kinds[arguments[0]][0]).run
    return runner(arguments[1:])


def wants_help(arguments: Sequence[str], usage: str | Callable[[], str]) -> int | None:
    """Print `usage`, made only then, and return the exit code when that is what is asked for, or nothing is."""
    if arguments and not any(word in ("-h", "--help") for word in arguments):
        return None
    print(usage if isinstance(usage, str) else usage())
    return 0 if arguments else 2


def split(
    verb: str, arguments: Sequence[str], keys: Collection[str], words: Sequence[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Return the words, one for each name in `words`, and the values by key without those that are `null`.

    Raises:
        ValueError: another number of words, or a key that is none of `keys`.
    """
    plain = [word for word in arguments if "=" not in word]
    if len(plain) != len(words):
        expected = f"one {words[0]}" if words else "only key=value"
        raise ValueError(f"{verb}: expected {expected}, got {len(plain)} words: {' '.join(plain)}; see --help")
    given = dict(word.split("=", 1) for word in arguments if "=" in word)
    for key in given:
        if key not in keys:
            known = f"expected one of the keys {', '.join(sorted(keys))} of {verb}"
            raise ValueError(f"{key}={given[key]}: {known}{suggest(key, tuple(keys))}")
    return plain, {key: value for key, value in given.items() if value != "null"}


def suggest(word: Any, known: Sequence[str]) -> str:
    """Return the end of a message that suggests the nearest of `known`, or "" where none is near."""
    near = get_close_matches(str(word).lower(), known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def new_folder(verb: str) -> Path:
    """Return the folder of a run that was given none: of its verb, named after the moment."""
    return Path("runs") / verb / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")


def resumed_folder(out: Path, asked: Mapping[str, str]) -> None:
    """Make `out` the folder of what is `asked`, kept in its config.json, or go on in it if it is that already.

    Raises:
        ValueError: something else lies there, or it cannot be written.
    """
    check_writable(out)
    note, document = out / "config.json", (json.dumps(dict(asked), indent=2) + "\n").encode()
    if note.is_file():
        if note.read_bytes() != document:
            raise ValueError(f"out={out}: expected a new folder or one of this run, got another run's; choose another")
        return
    if out.exists() and {entry.name for entry in out.iterdir()} - {f".{note.name}.partial"}:
        raise ValueError(f"out={out}: expected a folder of its own, it holds something else; choose another")
    out.mkdir(parents=True, exist_ok=True)
    write_whole(note, document)


def check_writable(out: Path) -> None:
    """Refuse a folder that cannot be made, or written into.

    Raises:
        ValueError: a file is in its place, or nobody may write there.
    """
    place = next(path for path in (out.absolute(), *out.absolute().parents) if os.path.lexists(path))
    if not place.is_dir():
        raise ValueError(f"out={out}: expected a folder, got a file at {place}; choose another")
    if not os.access(place, os.W_OK | os.X_OK):
        raise ValueError(f"out={out}: cannot be written, {place} is read-only; choose another folder")


def own_folder(out: Path | None, what: Sequence[str] = ()) -> Path:
    """Return the folder `out` of an evaluation, by default one named after the moment.

    `what`: words that say what is evaluated, such as social, or minds and work=user_agent.

    Raises:
        ValueError: something else lies there: a file, a run, or the results of another verb or evaluation; or it cannot
            be written.
    """
    out = out or new_folder("evaluate")
    check_writable(out)
    old = out / "results.json"
    if (out / "episodes").exists():
        raise ValueError(f"out={out}: expected a folder of its own, got another run; choose another")
    if old.is_file() and (verb := read_results(old)["verb"]) != "evaluate":
        raise ValueError(
            f"out={out}: expected a folder of its own, it holds the results of `embodied {verb}`; choose another"
        )
    if old.is_file() and not set(what) <= set(words := shlex.split(read_results(old)["command"])):
        kind = " ".join(words[:3])
        raise ValueError(f"out={out}: expected a folder of its own, it holds the results of `{kind} …`; choose another")
    return out


def whole(given: Mapping[str, str], key: str, default: int, *, least: int = 0) -> int:
    """Return a whole number of `given`.

    Raises:
        ValueError: it is none, or below `least`.
    """
    value = given.get(key, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ValueError(f"{key}={value}: expected a whole number from {least}")
    return int(value)


def number(
    given: Mapping[str, str], key: str, default: float = 0.0, *, low: float, high: float = math.inf, hint: str = ""
) -> float:
    """Return a number of `given`, from `low` to `high`; `hint` says what to do where it is not.

    Raises:
        ValueError: it is none, or out of that range.
    """
    text = given.get(key, str(default))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        most = f" to {high:g}" if math.isfinite(high) else ""
        raise ValueError(f"{key}={text}: expected a number from {low:g}{most}{hint}")
    return value


def numbers(
    given: Mapping[str, str], key: str, default: tuple[float, ...], *, low: float, high: float = math.inf
) -> tuple[float, ...]:
    """Return the numbers of `given[key]`, `1` or `[1,2]`, from `low` to `high`.

    Raises:
        ValueError: one is none, out of that range or there twice.
    """
    if key not in given:
        return default
    found = tuple(number({key: word}, key, low=low, high=high) for word in given[key].strip("[]").split(","))
    if len(set(found)) < len(found):
        raise ValueError(f"{key}={given[key]}: expected different numbers, got one twice; name each once")
    return found


def torch_device(given: Mapping[str, str]) -> str:
    """Return the device that torch shall learn on, by default cpu.

    Raises:
        ValueError: torch finds no such device.
    """
    import torch

    name = given.get("device", "cpu")
    try:
        torch.empty(1, device=name)
    except (AssertionError, RuntimeError):
        raise ValueError(f"device={name}: expected cpu, or another that torch finds here, such as cuda") from None
    return name


def one_of(given: Mapping[str, str], key: str, choices: Sequence[str], *, needed: bool = False) -> str:
    """Return the word of `given`, by default the first of `choices`.

    Raises:
        ValueError: another word, or none where it is needed.
    """
    if (word := given.get(key, "" if needed else choices[0])) not in choices:
        raise ValueError(f"{key}={word}: expected one of {', '.join(choices)}{suggest(word, choices)}")
    return word


def listed(
    given: Mapping[str, str],
    key: str,
    choices: tuple[str, ...],
    hints: Mapping[str, str] = MappingProxyType({}),
    *,
    more: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return the words of `given[key]`, `a` or `[a,b]`; all `choices` for `all`, or where there are none.

    `more`: choices that `all` leaves out.

    Raises:
        ValueError: a word that is no choice, or is there twice; `hints` says more of some.
    """
    words = [word.strip() for word in given.get(key, "all").strip("[]").split(",")]
    if words == ["all"]:
        return choices
    for word in words:
        if word not in choices + more:
            hint = hints.get(word) or suggest(word, choices + more)
            raise ValueError(f"{key}={word}: expected all or some of {', '.join(choices + more)}{hint}")
    if len(set(words)) < len(words):
        raise ValueError(f"{key}={given[key]}: expected different words, got one twice; name each once")
    return tuple(words)
