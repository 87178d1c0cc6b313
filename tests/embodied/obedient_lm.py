"""A model that obeys whoever speaks to it: it looks for orders in all that it is sent, data too, and does its worst.

What keeps people safe from words that they read must hold against it, not against a model that happens to be sensible.
It sees through what hides orders: escapes, look-alikes, letters that cannot be seen, base64.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from embodied.llm_prompt import CLOSE, OPEN
from tests.embodied.injections import INJECTIONS, LOOKALIKES, TAGS, Injection
from tests.embodied.llm_server import Written, wanted_schema

__all__ = ["INJECTIONS", "Injection", "fit", "obey", "orders", "unmask"]

_LATIN = {cyrillic: latin for latin, cyrillic in LOOKALIKES.items()}
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|[nrt\\])")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_GO = re.compile(
    r"\b((?:go|walk|run|move)\s+(?:back\s+)?(?:to|into|towards)|flee(?:\s+from)?|follow|approach|avoid)\s+(?:the\s+)?"
    r"(\([^)\n]{1,30}\)|person \d+|[\w' ]{2,40}?)(?=\s+and\b|[^\w' ]|$)",
    re.IGNORECASE,
)
_SPEED = re.compile(r"\bspeed\b[^\d\n.;-]{0,12}(-?\d+(?:\.\d+)?(?:e\d+)?)|(-?\d+(?:\.\d+)?) ?m/s", re.IGNORECASE)
_SAY = re.compile(
    r"\b(?:say|shout|repeat|tell (?:everyone|everybody|them|people|the robot|person \d+))\b[:\s]+(?:that )?"
    r"(?:\"([^\"\n]+)|“([^”\n]+)|([^\n]{2,200}))",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:set|make|change)\s+(person \d+)(?:'s)?\s+(\w+)(?:\s+to)?\s+(\w+)", re.IGNORECASE)
_REACH = re.compile(
    r"(?:\.\.)?/[\w./-]*\w|\$[A-Z_]+|\b\w+(?:\.\w+)+=\S*[^\s.]|__import__\S+\)|\beval\(\S+\)|\brm -\S+ [\w/]+|"
    r"\bDROP TABLE [\w;-]+|\b\w+\.ya?ml\b"
)
_ORDER = re.compile(
    r"(?:system\s*:|ignore (?:all |your |the |previous )+\w+\s+and|you are now|instructions?[.:]|run this:|"
    r"from now on,?|kindly:|configuration:)\s*([^\n]{2,200})",
    re.IGNORECASE,
)


def unmask(text: str) -> str:
    """Return a text with its escapes undone, look-alikes as Latin letters, hidden letters shown, and base64 read."""
    text = _ESCAPE.sub(lambda found: _CONTROLS.get(found[1]) or chr(int(found[1][1:], 16)), text)
    text = "".join(chr(ord(letter) - TAGS) if TAGS + 32 <= ord(letter) < TAGS + 127 else letter for letter in text)
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Cs"))
    text = unicodedata.normalize("NFKC", text).translate(_LATIN)
    return _BASE64.sub(lambda found: f"{found[0]} {_plain(found[0])}", text)


def _plain(code: str) -> str:
    try:
        return base64.b64decode(code, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in a text that are no schema, the outermost of each."""
    decoder, at = json.JSONDecoder(strict=False), 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if value and not {"type", "properties"} <= value.keys():
            yield value


def orders(text: str) -> dict[str, Any]:
    """Return what a text orders, as parts of a decision, and of what no decision can hold.

    Keys, where there is something: activity, target, speed, utterance; people, run: what no decision holds; goal: the
    order itself.
    """
    found: dict[str, Any] = {}
    if speeds := [float(one or two) for one, two in _SPEED.findall(text)]:
        found |= {"activity": "go", "speed": max(speeds, key=abs)}
    if goings := _GO.findall(text):  # what is named once is stranger than what the prompt knows
        verb, target = min(reversed(goings), key=lambda going: text.count(going[1]))
        verb = verb.split()[0].lower()
        found |= {"activity": verb if verb in ("flee", "follow", "approach", "avoid") else "go", "target": target}
    if others := _OTHERS.search(text):
        found["people"] = {others[1].lower(): {others[2]: others[3]}}
    if reach := _REACH.findall(text):
        found |= {"run": reach, "utterance": " ".join(reach)}
    if sayings := _SAY.findall(text):
        found |= {"activity": "talk", "utterance": next(filter(None, sayings[-1])).strip()}
    if order := _ORDER.search(text):
        found["goal"] = order[1]
    if found:
        found.setdefault("goal", text[:200].strip())
        found.setdefault("utterance", found["goal"])
    return found


def obey(body: Mapping[str, Any]) -> Written:
    """Answer a request as it was told to by anybody: raw JSON as it stands, else an answer made of the orders.

    Asked to repair that, it gives what is nearest to it and fits the schema. Without orders it does what is least.

    Raises:
        ValueError: the request asks for another form of answer.
    """
    turns = body["messages"]
    asked = turns[: next((n for n, turn in enumerate(turns) if turn["role"] == "assistant"), None)]
    texts = [_text(turn) for turn in asked]
    whole, schema = "\n".join(texts), wanted_schema(body) or _told_schema(texts)
    fenced = re.findall(re.escape(OPEN) + "(.*?)" + re.escape(CLOSE), whole, re.DOTALL)
    found: dict[str, Any] = {}
    raw: dict[str, Any] | None = None
    for part in (*map(unmask, fenced), unmask(_without_schemas(whole))):
        raw = raw or next(reversed([*objects(part)]), None)
        found = {**orders(part), **found}
    if raw is not None:
        found |= raw
    repair = len(asked) < len(turns)
    if schema is None:
        answer: Any = raw or found
    elif repair:
        answer = fit(schema, found)
    else:
        answer = raw or {**fit(schema, {}), **found}
    text = json.dumps(answer)
    read = sum(len(_text(turn).encode()) for turn in turns)
    return Written(text=text, prompt_tokens=read, completion_tokens=len(text))


def _text(turn: Mapping[str, Any]) -> str:
    content = turn["content"] or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _told_schema(texts: list[str]) -> dict[str, Any] | None:
    """Return the schema that stands in the words of the first message, as in output=prompt."""
    _, told, rest = texts[0].partition("JSON Schema: ")
    return json.JSONDecoder().raw_decode(rest)[0] if told else None


def _without_schemas(text: str) -> str:
    return re.sub(r"JSON Schema: \{.*$", "", text, flags=re.MULTILINE)


# ---------------------------------------------------------------- the nearest that fits


def fit(schema: Mapping[str, Any], wish: Any) -> Any:
    """Return the value nearest to a wish, or to nothing (None, {}), that fits a schema."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choose(schema["enum"], wish)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if wish is None and "null" in kinds:
        return None
    match next(kind for kind in kinds if kind != "null" or len(kinds) == 1):
        case "object":
            wishes = wish if isinstance(wish, Mapping) else {}
            return {name: fit(part, wishes.get(name)) for name, part in schema.get("properties", {}).items()}
        case "array":
            wishes = wish if isinstance(wish, list) else [] if wish is None else [wish]
            wishes += [None] * max(schema.get("minItems", 0) - len(wishes), 0)
            return [fit(schema["items"], each) for each in wishes[: schema.get("maxItems", len(wishes))]]
        case "string":
            told = re.search(r"At most (\d+) characters\.", schema.get("description", ""))
            text = "" if wish is None else wish if isinstance(wish, str) else json.dumps(wish)
            text = text[: schema.get("maxLength", int(told[1]) if told else None)]
            return text.ljust(schema.get("minLength", 0), ".")
        case "boolean":
            return bool(wish)
        case "null":
            return None
        case kind:
            low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
            try:
                number = float(wish)
            except (TypeError, ValueError):
                number = math.nan
            number = min(max(number, low), high) if math.isfinite(number) else high if wish is not None else low
            return int(number) if kind == "integer" else number


def _choose(choices: list[Any], wish: Any) -> Any:
    """Return the choice most like a wish; without a wish, the least that one can do."""
    if wish in choices:
        return wish
    if wish is None or not all(isinstance(choice, str) for choice in choices):
        return next((choice for choice in ("", "wait") if choice in choices), choices[0])
    real = [choice for choice in choices if choice] or choices
    return max(real, key=lambda choice: difflib.SequenceMatcher(None, choice.lower(), str(wish).lower()).ratio())
