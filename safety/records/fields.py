"""Fields of published records, each checked; what is wrong is one line with file, line or record, and field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Record = Mapping[str, Any]
T = TypeVar("T")


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        FileNotFoundError: no such file. ValueError: it is no UTF-8.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a file of records, found none; give the path of your own copy")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8, got {error.reason} at byte {error.start}; fetch it again") from error


def parse_json(text: str, where: str) -> Any:
    """Return the JSON value of a text.

    Raises:
        ValueError: it is none.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise ValueError(f"{where}: expected JSON, got {error.msg} at {place}; fetch it again") from error
    except RecursionError as error:
        raise ValueError(f"{where}: expected JSON of a few levels, got one nested too deep; fetch it again") from error


def read_lines(path: Path) -> list[tuple[str, Record]]:
    """Return the objects of a file of JSON lines, each with its place ("FILE: line 3"); empty lines are passed over.

    Raises:
        FileNotFoundError, ValueError: as above; a line is no object, or there is none.
    """
    found = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            where = f"{path}: line {number}"
            found.append((where, mapping(parse_json(line, where), where)))
    return some(found, path)


def read_objects(path: Path) -> list[tuple[str, str, Record]]:
    """Return the objects of a JSON file with their names and places: a list of objects, or an object of named ones.

    Objects of a list have the names "0", "1", ….

    Raises:
        FileNotFoundError, ValueError: as above; something else lies there, or nothing.
    """
    document = parse_json(read_text(path), str(path))
    if isinstance(document, list):
        items = [(str(number), f"{path}: record {number}", item) for number, item in enumerate(document)]
    elif isinstance(document, Mapping):
        items = [(str(name), f"{path}: record {name!r}", item) for name, item in document.items()]
    else:
        raise wrong(str(path), "a list of records", document)
    return some([(name, where, mapping(item, where)) for name, where, item in items], path)


def some(items: list[T], path: Path) -> list[T]:
    """Return items, of which there must be one.

    Raises:
        ValueError: there is none.
    """
    if not items:
        raise ValueError(f"{path}: expected records, found none; give a file that holds some")
    return items


def take(record: Record, keys: Sequence[str], where: str) -> Any:
    """Return the value of the first of `keys` that a record has and that is not null.

    Raises:
        ValueError: it has none of them.
    """
    found = [record[key] for key in keys if record.get(key) is not None]
    if not found:
        names = " or ".join(keys)
        raise ValueError(f"{where}: {names}: expected a value, found none among {', '.join(record)}; add it")
    return found[0]


def first_key(record: Record, keys: Sequence[str]) -> str:
    """Return the first of `keys` that a record has, for messages; the first where it has none."""
    return next((key for key in keys if record.get(key) is not None), keys[0])


def words(value: Any, where: str) -> str:
    """Return a text that is not empty, without blanks around it."""
    if not isinstance(value, str) or not value.strip():
        raise wrong(where, "a text", value)
    return value.strip()


def optional_words(record: Record, keys: Sequence[str], where: str) -> str:
    """Return the text of the first of `keys` that is there, "" where none is or it is empty."""
    value = next((record[key] for key in keys if record.get(key) is not None), "")
    if not isinstance(value, str):
        raise wrong(f"{where}: {first_key(record, keys)}", "a text", value)
    return value.strip()


def texts(value: Any, where: str) -> tuple[str, ...]:
    """Return texts from a list of them or from one text."""
    if isinstance(value, str):
        return (words(value, where),)
    if not isinstance(value, list):
        raise wrong(where, "a text or a list of texts", value)
    return tuple(words(item, f"{where}[{number}]") for number, item in enumerate(value))


def optional_texts(record: Record, keys: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the texts of the first of `keys` that is there; none where none is, or it is empty."""
    value: Any = next((record[key] for key in keys if record.get(key) not in (None, "")), [])
    return texts(value, f"{where}: {first_key(record, keys)}")


def mapping(value: Any, where: str) -> Record:
    """Return an object."""
    if not isinstance(value, Mapping):
        raise wrong(where, "an object", value)
    return value


def wrong(where: str, expected: str, value: Any) -> ValueError:
    """Return the error that something else than expected was found."""
    got = repr(value)
    got = got if len(got) <= 60 else f"{got[:57]}..."
    return ValueError(f"{where}: expected {expected}, got {got}; repair the file")
