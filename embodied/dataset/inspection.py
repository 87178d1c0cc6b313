"""`embodied doctor DIR`: is the folder of a run whole? What is not can be set right as far as the files allow."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from embodied.claim import LEFTOVERS, locked_folder, remove_leftovers
from embodied.dataset.assembly import DATASET, assemble, list_episodes, read_config
from embodied.dataset.check import check_dataset, check_episode, check_owner, hash_files, read_manifest
from embodied.doctor import Check
from embodied.results import read_results

BROKEN = "broken"
AGAIN = "give the command of the run again"


def inspect_run(out: Path, *, repair: bool = False) -> list[Check]:
    """Verify the folder of a run, and say what is not as it should be.

    Args:
        out: the folder.
        repair: remove what was left unfinished, move what is broken to `out/broken`, and make the dataset anew.

    Raises:
        ValueError: it is not the folder of a run, or is being written.
    """
    verb, runs = read_config(out)
    with locked_folder(out) if repair or os.access(out, os.W_OK) else nullcontext():
        checks = [_line("config", f"{verb}, {_count(len(list_episodes(out, runs)))}")]
        checks.append(_check_leftovers(out, repair))
        broken = find_broken(out, runs)
        checks += _check_episodes(out, runs, broken, repair)
        if runs[0].sink.name == "dataset":
            checks.append(_check_dataset(out, runs, bool(broken), repair))
        checks.append(_check_results(out))
    return checks


def _line(name: str, detail: str, status: Literal["ok", "warn", "fail"] = "ok", remedy: str = "") -> Check:
    return Check(name=name, status=status, detail=detail, remedy=remedy)


def _count(episodes: int) -> str:
    return f"{episodes} episode{'s' * (episodes != 1)}"


def _remedy(out: Path) -> str:
    return f"embodied doctor {out} repair=true"


def _check_leftovers(out: Path, repair: bool) -> Check:
    found = sorted(path.relative_to(out).as_posix() for pattern in LEFTOVERS for path in out.glob(pattern))
    if not found:
        return _line("leftovers", "none")
    if repair:
        remove_leftovers(out)
        return _line("leftovers", f"removed {', '.join(found)}")
    return _line("leftovers", f"{', '.join(found)}: left unfinished", "warn", _remedy(out))


def find_broken(out: Path, runs: list[Any]) -> dict[str, str]:
    """Return what is wrong with each broken episode of a run, by its name."""
    try:
        known = read_manifest(out / DATASET)["episodes"]
    except ValueError:
        known = {}
    broken = {}
    for run, folder in list_episodes(out, runs):
        if not folder.exists():
            continue
        try:
            check_episode(folder, run)
            if folder.name in known:
                compare_hashes(known[folder.name], hash_files(folder), str(folder))
        except ValueError as error:
            broken[folder.name] = str(error)
    return broken


def compare_hashes(expected: dict[str, str], found: dict[str, str], where: str) -> None:
    """Check files against a manifest.

    Raises:
        ValueError: one line that names the files that differ.
    """
    words = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    words += [f"{name} is not in the manifest" for name in sorted(found.keys() - expected.keys())]
    words += [f"{name} has changed" for name in sorted(expected.keys() & found.keys()) if expected[name] != found[name]]
    if words:
        raise ValueError(f"{where}: {'; '.join(words)}")


def _check_episodes(out: Path, runs: list[Any], broken: dict[str, str], repair: bool) -> list[Check]:
    wanted = [folder.name for _, folder in list_episodes(out, runs)]
    there = {path.name for path in (out / "episodes").glob("[!.]*")}
    checks = []
    for name, words in broken.items():
        if repair:
            move_away(out, out / "episodes" / name)
            checks.append(_line("episode", f"moved to {BROKEN}: {words}"))
        else:
            checks.append(_line("episode", words, "fail", _remedy(out)))
    missing = [name for name in wanted if name not in there or (repair and name in broken)]
    for name in sorted(there - set(wanted)):
        checks.append(_line("episode", f"{name}: is none of this run", "warn", "move it away"))
    whole = f"{len(wanted) - len(set(missing) | set(broken))} of {len(wanted)} whole"
    if missing:
        checks.append(_line("episodes", f"{whole}, {len(missing)} not there, the first is {missing[0]}", "warn", AGAIN))
    else:
        checks.append(_line("episodes", whole))
    return checks


def move_away(out: Path, path: Path) -> None:
    """Move a file or folder of a run to `out/broken`, beside what is there."""
    place = out / BROKEN
    place.mkdir(exist_ok=True)
    names = (path.name, *(f"{path.name}.{number}" for number in range(2, 10_000)))
    path.rename(next(place / name for name in names if not (place / name).exists()))


def _check_dataset(out: Path, runs: list[Any], broken: bool, repair: bool) -> Check:
    folder, config = out / DATASET, (out / "config.yaml").read_bytes()
    whole = {path.name: path for _, path in list_episodes(out, runs) if path.is_dir()}

    def verify() -> None:
        manifest = read_manifest(folder)
        if list(manifest["episodes"]) != list(whole):
            raise ValueError(f"{folder}: expected {_count(len(whole))}, got {len(manifest['episodes'])}")
        compare_hashes(manifest["files"], hash_files(folder), str(folder))
        check_dataset(folder)

    if not folder.exists():
        wrong = f"{folder}: there is none"
    else:
        wrong = _fault(verify)
        foreign = _fault(lambda: check_owner(folder, config))
        if foreign and not _fault(lambda: read_manifest(folder)):
            return _line("dataset", foreign, "fail", f"move {folder} away")
    if not wrong and not (broken and repair):
        return _line("dataset", f"{_count(len(whole))}, every file as it was written")
    if repair and whole:
        if folder.exists() and _fault(lambda: read_manifest(folder)):
            move_away(out, folder)
        assemble(out)
        return _line("dataset", f"made anew from {_count(len(whole))}" + (f" ({wrong})" if wrong else ""))
    return _line("dataset", wrong, "fail", _remedy(out) if whole else AGAIN)


def _fault(check: Callable[[], object]) -> str:
    """Return the words of the error that a check raises, or ""."""
    try:
        check()
    except (ValueError, OSError) as error:  # pyarrow's errors are ValueErrors or OSErrors
        return " ".join(str(error).split())
    return ""


def _check_results(out: Path) -> Check:
    path = out / "results.json"
    try:
        files = read_results(path)["files"]
    except ValueError as error:
        return _line("results", str(error), "warn" if not path.exists() else "fail", AGAIN)
    missing = [name for name in files.values() if not (out / name).exists()]
    if missing:
        return _line("results", f"{path}: names {', '.join(missing)}, not there", "warn", AGAIN)
    return _line("results", "readable, with all files that it names")
