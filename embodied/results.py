"""The one shape of `results.json` and of every file in `benchmarks/results/`."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
PACKAGES = ("embodied-sim", "numpy", "scipy", "pyarrow", "pybullet", "moderngl", "torch", "numba", "shapely", "av")
_KEYS: dict[str, type | tuple[type, ...]] = {
    "verb": str, "command": str, "seed": int, "seconds": (int, float), "versions": dict, "files": dict, "rows": list,
}  # fmt: skip


def list_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on, where installed."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def write_results(
    path: Path,
    *,
    verb: str,
    command: str,
    seed: int,
    seconds: float,
    rows: Sequence[Mapping[str, Any]],
    files: Mapping[str, str],
) -> None:
    """Write results in one go: the file is whole or is not there.

    Args:
        path: `results.json`.
        verb: what was run.
        command: the line that runs it again.
        seed: of the run.
        seconds: wall time.
        rows: text (or whole-number) columns, `n` and `metrics`: {name: {"value": 0.9, "lo": 0.7, "hi": 0.97}}.
        files: what else was written, paths relative to `path`'s folder.

    Raises:
        ValueError: a row has another shape, or a number is not finite.
    """
    document = {
        "schema": SCHEMA_VERSION, "verb": verb, "command": command, "seed": seed, "seconds": seconds,
        "versions": list_versions(), "files": dict(files), "rows": [dict(row) for row in rows],
    }  # fmt: skip
    _check(document, path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)


def read_results(path: Path) -> dict[str, Any]:
    """Read what `write_results` wrote.

    Raises:
        ValueError: one line that names the file, what is wrong with it and what to do.
    """
    if not path.is_file():
        raise ValueError(f"{path}: expected the results of a run, found no such file; give a run's folder")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON, got {error}; run it again") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected an object, got {type(document).__name__}; run it again")
    _check(document, path)
    return document


def _check(document: Mapping[str, Any], path: Path) -> None:
    schema = document.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA_VERSION:
        raise ValueError(f"{path}: expected schema <= {SCHEMA_VERSION}, got {schema!r}; read it with a newer version")
    for key, kind in _KEYS.items():
        if not isinstance(document.get(key), kind):
            raise ValueError(f"{path}: {key}: expected {kind}, got {document.get(key)!r}; run it again")
    if not math.isfinite(document["seconds"]):
        raise ValueError(f"{path}: seconds: expected a finite number, got {document['seconds']}; run it again")
    for number, row in enumerate(document["rows"]):
        _check_row(row, f"{path}: rows[{number}]")


def _check_row(row: Any, where: str) -> None:
    if not isinstance(row, dict) or not isinstance(row.get("metrics"), dict):
        raise ValueError(f"{where}: expected columns and `metrics`, got {row!r}; add them")
    for column, value in row.items():
        if column != "metrics" and not isinstance(value, str | int):
            raise ValueError(f"{where}.{column}: expected text or a whole number, got {value!r}; move it to metrics")
    for name, metric in row["metrics"].items():
        numbers = metric if isinstance(metric, dict) else {}
        if (
            set(numbers) not in ({"value"}, {"value", "lo", "hi"})
            or not all(isinstance(v, int | float) and math.isfinite(v) for v in numbers.values())
            or numbers.get("lo", 0.0) > numbers.get("hi", 0.0)
        ):
            raise ValueError(
                f"{where}.metrics.{name}: expected finite value and perhaps lo <= hi, got {metric!r}; leave it out"
            )
