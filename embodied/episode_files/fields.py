"""JSON files of episodes: read with every field checked, written whole or not at all, the same bytes each time."""

from __future__ import annotations

import gzip
import json
import math
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from embodied.episode_files.contract import Identifier

_GZIP = b"\x1f\x8b"


def read_json(path: Path) -> Any:
    """Return the JSON value of a file, gzipped or plain.

    Raises:
        FileNotFoundError: no such file.
        ValueError: cut off, not gzip though named .gz, not JSON, a number not finite, or a key that comes twice.
    """
    return parse_text(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a file, gzipped or plain.

    Raises:
        FileNotFoundError: no such file. ValueError: cut off, not gzip though named .gz, or no UTF-8.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a file, found none; give a path that exists")
    data = path.read_bytes()
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            cause = " ".join(str(error).split())
            raise ValueError(f"{path}: expected a whole gzip file, got a damaged one ({cause})") from error
    elif path.suffix == ".gz":
        raise ValueError(f"{path}: expected gzip, got something else; compress it or drop the .gz")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8, got {error.reason} at byte {error.start}; fetch it again") from error


def parse_text(text: str, where: str) -> Any:
    """Return the JSON value of a text; `where` names it in errors.

    Raises:
        ValueError: not JSON, a number that is not finite, or a key that comes twice.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"{where}: expected every key once, got {twice!r} twice; remove one")
        return found

    def finite(word: str) -> float:
        if not math.isfinite(value := float(word)):
            raise ValueError(f"{where}: expected finite numbers, got {word}; repair the file")
        return value

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_float=finite, parse_constant=finite)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{where}: expected JSON, got {error.msg} at line {error.lineno} column {error.colno}; fetch it again"
        ) from error
    except RecursionError as error:
        raise ValueError(f"{where}: expected JSON of a few levels, got one nested too deep; fetch it again") from error


def write_json(path: Path, document: Any, check: Callable[[Any, Path], object]) -> None:
    """Write a value as one line of JSON in ASCII, gzipped when the name ends in .gz; the file is whole or is not there.

    Args:
        path: of the file. document: a JSON value.
        check: the format's own reader; it sees what will be in the file, before anything is written.

    Raises:
        ValueError: the reader refuses it, a number is not finite, or the folder does not exist.
        OSError: it cannot be written.
    """
    text = json.dumps(document) + "\n"
    check(parse_text(text, str(path)), path)
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a text, gzipped when the name ends in .gz, without time or name in it; whole or not at all.

    Raises:
        ValueError: the folder does not exist. OSError: it cannot be written.
    """
    if not path.parent.is_dir():
        raise ValueError(f"{path}: expected a folder to write into, found no {path.parent}; make it first")
    data = text.encode()
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


# ---------------------------------------------------------------- fields; `where` names file and episode


def mapping(value: Any, where: str) -> dict[str, Any]:
    """Return an object, a copy."""
    if not isinstance(value, Mapping):
        raise _wrong(where, "an object", value)
    return dict(value)


def listing(value: Any, where: str) -> Sequence[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    return value


def take(record: dict[str, Any], key: str, where: str) -> Any:
    """Remove and return a field that must be there and may not be null."""
    if record.get(key) is None:
        raise ValueError(f"{where}: {key}: expected a value, found none; add it to the file")
    return record.pop(key)


def text(value: Any, where: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise _wrong(where, "a text", value)
    return value


def identifier(value: Any, where: str) -> Identifier:
    """Return an id, str or int as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(where, "a text or a whole number", value)
    return value


def number(value: Any, where: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(where, "a number", value)
    try:
        out = float(value)
    except OverflowError:
        out = math.inf
    if not math.isfinite(out):
        raise _wrong(where, "a finite number", value)
    return out


def numbers(value: Any, count: int, where: str) -> list[float]:
    """Return `count` finite numbers."""
    if not isinstance(value, list) or len(value) != count:
        raise _wrong(where, f"{count} numbers", value)
    return [number(item, where) for item in value]


def whole_numbers(value: Any, where: str) -> tuple[int, ...]:
    """Return whole numbers from 0."""
    items = listing(value, where)
    if not all(isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in items):
        raise _wrong(where, "whole numbers from 0", value)
    return tuple(items)


def _wrong(where: str, expected: str, value: Any) -> ValueError:
    got = repr(value)
    got = got if len(got) <= 80 else f"{got[:77]}..."
    return ValueError(f"{where}: expected {expected}, got {got}; repair the file")
