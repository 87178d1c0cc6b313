"""What a model's answer must look like: a small part of JSON Schema, checked without any package.

Enough for decisions, plans and verdicts: type, properties, required, additionalProperties, items, enum, const, minimum,
maximum, minLength, maxLength, minItems, maxItems, pattern; `description`, `title` and `default` are only for the model.
A schema with any other keyword is refused, so that nothing is promised and then not checked. Stricter than the
standard: 1.0 is no integer, and text that no file could hold (half of a surrogate pair) is no string.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip
_LIMITS = {"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"}
_KNOWN = _LIMITS | {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "description",
    "title", "default",
}  # fmt: skip
MOST_CANDIDATES = 32  # objects in an answer that are tried
MOST_CHARACTERS = 65536  # of an answer that are read
_DECODER = json.JSONDecoder(parse_constant=lambda word: _refuse(word))


def check_schema(schema: Schema, where: str = "schema") -> None:
    """Check that answers can be checked against `schema`; the outermost must be an object.

    Raises:
        ValueError: another keyword, type or value than those above.
    """
    if not isinstance(schema, dict):
        raise ValueError(f"{where}: expected a dict, got {schema!r:.80}; write one")
    if where == "schema" and schema.get("type") != "object":
        raise ValueError(f"schema: expected type object at the top, got {schema!r:.80}; wrap the answer in an object")
    for word, value in schema.items():
        if word not in _KNOWN:
            raise ValueError(f"{where}: expected one of the keywords {', '.join(sorted(_KNOWN))}, got {word}; drop it")
        if word in _LIMITS and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"{where}.{word}: expected a number, got {value!r:.80}; write one")
    kinds = _kinds(schema)
    if not all(isinstance(kind, str) and kind in _TYPES for kind in kinds) or not kinds | schema.keys() & {
        "enum", "const",
    }:  # fmt: skip
        raise ValueError(f"{where}.type: expected some of {', '.join(_TYPES)}, got {schema.get('type')!r:.80}; name it")
    choices = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
    if ("enum" in schema and not schema["enum"]) or any(isinstance(choice, dict | list) for choice in choices):
        raise ValueError(f"{where}: expected words or numbers to choose from, got {choices!r:.80}; list them")
    if "pattern" in schema:
        try:
            re.compile(schema["pattern"])
        except (re.error, TypeError) as error:
            raise ValueError(f"{where}.pattern: expected a regular expression, got {error}; mend it") from error
    properties = schema.get("properties", {})
    if missing := [name for name in schema.get("required", []) if name not in properties]:
        raise ValueError(f"{where}.required: expected names of properties, got {missing}; describe them")
    for name, part in properties.items():
        check_schema(part, f"{where}.{name}")
    for word in ("items", "additionalProperties"):
        if not isinstance(schema.get(word, True), bool):
            check_schema(schema[word], f"{where}.{word}")


def find_fault(value: Any, schema: Schema, where: str = "answer") -> str:
    """Return the first thing in which `value` does not fit `schema`, in one line, or ""."""
    if "const" in schema and not _same(value, schema["const"]):
        return f"{where}: expected {schema['const']!r}, got {value!r:.60}"
    if "enum" in schema and not any(_same(value, choice) for choice in schema["enum"]):
        return f"{where}: expected one of {', '.join(map(repr, schema['enum']))}, got {value!r:.60}"
    kinds = _kinds(schema)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{where}: expected {' or '.join(sorted(kinds))}, got {value!r:.60}"
    if isinstance(value, str):
        return _fault_of_text(value, schema, where)
    if isinstance(value, list):
        return _fault_of_array(value, schema, where)
    if isinstance(value, dict):
        return _fault_of_object(value, schema, where)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if not low <= value <= high:
            return f"{where}: expected a number from {low} to {high}, got {value!r:.60}"
    return ""


def read_json(text: str, schema: Schema) -> tuple[Any, str]:
    """Return the first JSON object in `text` that fits `schema` and "", or None and what is wrong, in one line.

    Words around it, a fence of Markdown, or other objects (what a model thinks aloud) do no harm.
    """
    text, at, fault = text[:MOST_CHARACTERS], 0, ""
    for _ in range(MOST_CANDIDATES):
        if (at := text.find("{", at)) < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            fault = fault or f"answer: expected JSON, got {' '.join(str(error).split()):.80}"
            at += 1
            continue
        if not (fault := find_fault(value, schema)):
            return value, ""
        at = end
    return None, fault or f"answer: expected a JSON object, got {text[:60]!r}"


def plain_schema(schema: Schema) -> dict[str, Any]:
    """Return `schema` as it is sent to engines that enforce it: lengths of text become words for the model.

    Grammar engines stumble over them (xgrammar 0.2.8: invalid strings) or refuse them (OpenAI's strict mode).
    """
    plain = {word: value for word, value in schema.items() if word not in ("minLength", "maxLength")}
    if "maxLength" in schema:
        plain["description"] = f"{schema.get('description', '')} At most {schema['maxLength']} characters.".strip()
    if "properties" in schema:
        plain["properties"] = {name: plain_schema(part) for name, part in schema["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            plain[word] = plain_schema(schema[word])
    return plain


def is_strict(schema: Schema) -> bool:
    """Tell whether every object is closed and needs all its properties, as OpenAI's strict mode asks."""
    properties = schema.get("properties", {})
    closed = "object" not in _kinds(schema) or (
        schema.get("additionalProperties") is False and set(schema.get("required", [])) == set(properties)
    )
    items = schema.get("items")
    return closed and all(map(is_strict, properties.values())) and (not isinstance(items, Mapping) or is_strict(items))


def _fault_of_text(value: str, schema: Schema, where: str) -> str:
    if not value.isascii() and value.encode("utf-8", "replace").decode() != value:
        return f"{where}: expected valid Unicode, got half of a surrogate pair"
    low, high = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if not low <= len(value) <= high:
        return f"{where}: expected {low} to {high} characters, got {len(value)}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{where}: expected text like {schema['pattern']}, got {value!r:.60}"
    return ""


def _fault_of_array(value: list[Any], schema: Schema, where: str) -> str:
    low, high = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not low <= len(value) <= high:
        return f"{where}: expected {low} to {high} items, got {len(value)}"
    items = schema.get("items", True)
    if isinstance(items, bool):
        return "" if items or not value else f"{where}: expected no items, got {len(value)}"
    return next((fault for n, item in enumerate(value) if (fault := find_fault(item, items, f"{where}[{n}]"))), "")


def _fault_of_object(value: dict[str, Any], schema: Schema, where: str) -> str:
    if missing := [name for name in schema.get("required", []) if name not in value]:
        return f"{where}: expected {', '.join(missing)}, missing"
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, part in value.items():
        if fault := _fault_of_text(name, {}, where):
            return fault
        if name not in properties and more is False:
            return f"{where}: expected only {', '.join(properties) or 'nothing'}, got {name!r:.60}"
        inner = properties.get(name, {} if isinstance(more, bool) else more)
        if fault := find_fault(part, inner, f"{where}.{name:.60}"):
            return fault
    return ""


def _kinds(schema: Schema) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, float) and not math.isfinite(value))


def _same(value: Any, choice: Any) -> bool:
    return isinstance(value, bool) == isinstance(choice, bool) and bool(value == choice)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
