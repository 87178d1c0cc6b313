"""Scenarios in files: the record of X-CASE (arXiv 2510.07709), with our grounding beside it.

Read are a JSON array, JSON lines, or a folder with one JSON record a file; written are JSON lines, canonical: keys
sorted, one record a line, an end that never comes as null. Fields of a record that we do not know are left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from safety.records.fields import parse_json, read_text
from safety.scenario import Activity, Hazard, Scenario, own_category

_REQUIRED = ("id", "category", "global_category", "description", "plan", "plan_safe")
_TEXT_LISTS = frozenset(
    {"plan", "plan_safe", "plan_image_paths", "safe_plan_image_paths", "plan_reviewed", "safe_plan_reviewed"}
)
_WORDS = frozenset({"id", "category", "global_category", "description", "scene", "family"})


def read_scenarios(path: Path) -> list[Scenario]:
    """Return the scenarios in a file (a JSON array, one JSON record, JSON lines) or a folder of JSON files, in order.

    Raises:
        FileNotFoundError: nothing there.
        ValueError: a record that is not one; the line names the file, the scenario and what to do.
    """
    path = Path(path)
    scenarios: list[Scenario] = []
    seen: set[str] = set()
    for place, record in _records(path):
        scenario = scenario_from(record, place)
        if scenario.id in seen:
            raise ValueError(f"{place}: scenario {scenario.id}: expected an id of its own, got it twice; rename one")
        seen.add(scenario.id)
        scenarios.append(scenario)
    if not scenarios:
        raise ValueError(f"{path}: expected at least one scenario, got none; give a JSON array, JSON lines or a folder")
    return scenarios


def write_scenarios(path: Path, scenarios: Sequence[Scenario]) -> None:
    """Write `scenarios` as JSON lines, whole or not at all."""
    path = Path(path)
    lines = [
        json.dumps(record_of(scenario), sort_keys=True, ensure_ascii=False, allow_nan=False) for scenario in scenarios
    ]
    partial = path.with_name(path.name + ".partial")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    partial.replace(path)


def record_of(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain JSON values."""
    record = {item.name: _plain(getattr(scenario, item.name)) for item in fields(Scenario)}
    return {
        key: record[key] for key in record if not (key in ("plan_reviewed", "safe_plan_reviewed") and not record[key])
    }


def _plain(value: Any) -> Any:
    """Return dataclasses, tuples and mappings as JSON has them; an end that never comes is null."""
    if isinstance(value, Hazard | Activity):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if value == math.inf else value


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield where a record stands, and the record."""
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield str(file), parse_json(read_text(file), str(file))
        return
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected scenarios, got no file or folder of that name; correct the path")
    text = read_text(path)
    if text.lstrip().startswith("["):
        whole = parse_json(text, str(path))
        yield from ((f"{path}: record {index + 1}", record) for index, record in enumerate(whole))
        return
    at, decoder = _skip(text, 0), json.JSONDecoder()
    while at < len(text):
        place = f"{path}:{text.count(chr(10), 0, at) + 1}"
        try:
            record, after = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"{place}: expected JSON, got something else ({error}); export it again") from None
        yield place, record
        at = _skip(text, after)


def _skip(text: str, at: int) -> int:
    """Return where the next record begins."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def scenario_from(record: Any, place: str = "record") -> Scenario:
    """Return the scenario that a plain record says.

    Raises:
        ValueError: a field is missing or of another kind, or the scenario refuses it; `place` names where it stands.
    """
    if not isinstance(record, dict):
        raise ValueError(
            f"{place}: expected a record (JSON object), got {type(record).__name__}; see the record's fields"
        )
    name = record.get("id", "without an id")
    for key in _REQUIRED:
        if key not in record:
            raise ValueError(f"{place}: scenario {name}: {key}: expected a value, got none; add the field")
    values: dict[str, Any] = {}
    for item in fields(Scenario):
        if item.name in record:
            values[item.name] = _field(record[item.name], item.name, f"{place}: scenario {name}")
    try:
        return Scenario(**{**values, "global_category": own_category(values["global_category"])})
    except ValueError as error:
        named = str(error) if str(error).startswith("scenario") else f"scenario {name}: {error}"
        raise ValueError(f"{place}: {named}") from None


def _field(value: Any, name: str, place: str) -> Any:
    """Return one field of a scenario from its JSON value."""
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in _TEXT_LISTS:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise ValueError(f"{place}: {name}: expected a list of texts, got {value!r:.60}; one entry for each hour")
        return tuple(value)
    if name in _WORDS:
        if not isinstance(value, str):
            raise ValueError(f"{place}: {name}: expected words, got {value!r:.60}; put them in quotes")
        return value
    if name in ("seed", "hour"):
        kinds: tuple[type, ...] = (int,) if name == "seed" else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f"{place}: {name}: expected a number, got {value!r:.60}; correct it")
        return value
    if not isinstance(value, list):
        raise ValueError(f"{place}: {name}: expected a list of records, got {value!r:.60}; see `safety.scenario`")
    return tuple(_part(item, Hazard if name == "hazards" else Activity, f"{place}: {name}") for item in value)


def _part(record: Any, kind: type[Hazard] | type[Activity], place: str) -> Hazard | Activity:
    """Return a hazard or an activity from its record."""
    if not isinstance(record, dict):
        raise ValueError(f"{place}: expected a record (JSON object), got {record!r:.60}; see `safety.scenario`")
    values = {item.name: record[item.name] for item in fields(kind) if item.name in record}
    if isinstance(values.get("position"), list):
        values["position"] = tuple(values["position"])
    if "precautions" in values:
        names = values["precautions"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{place}: precautions: expected a list of names, got {names!r:.60}; list them")
        values["precautions"] = tuple(names)
    if kind is Hazard and values.get("ends", 0.0) is None:
        values["ends"] = math.inf
    try:
        return kind(**values)
    except (TypeError, AttributeError, IndexError) as error:
        raise ValueError(
            f"{place}: expected the fields of a {kind.__name__.lower()}, got {record!r:.80} ({error}); correct it"
        ) from None
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
