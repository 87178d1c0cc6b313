"""Personas in YAML: read, written, and put together from fragments of which later ones win."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from embodied.arguments import suggest
from embodied.minds.needs import NEEDS, Needs
from embodied.minds.persona import BIG_FIVE, MIDDLE, TRAITS, Occupation, Persona, ScheduleEntry, check_people

FIELDS = tuple(field.name for field in fields(Persona))
NEEDED = ("id", "name", "age", "gender")
ENTRY = ("from", "to", "activity", "place")
_SECTIONS = ("occupation", "traits", "big_five", "needs", "relationships")  # are merged key by key
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Part of a persona. `source`: the file it is from, for messages; `fields`: as in YAML."""

    source: str
    fields: Mapping[str, Any]


def read_yaml(path: Path) -> dict[str, Any]:
    """Return what a YAML file holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no YAML, names a key twice, or holds no mapping.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Unique)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: expected a YAML file, found none; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected a readable text in UTF-8: {' '.join(str(error).split())}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(f"{path}: expected YAML, got a mistake{place}: {getattr(error, 'problem', error)}") from None
    except RecursionError:
        raise ValueError(f"{path}: expected a persona, got something nested too deep") from None
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected fields (`name: …`), got {_kind(document)}")
    return document


def read_fragment(path: Path) -> Fragment:
    """Return a fragment of a persona, or a whole one, from a YAML file.

    Raises:
        FileNotFoundError, ValueError: see `read_yaml`; or an unknown field.
    """
    fragment = Fragment(source=str(path), fields=read_yaml(path))
    _check_names(fragment)
    return fragment


def read_persona(*paths: Path) -> Persona:
    """Return the persona that one or several YAML files give together; later files win.

    Raises:
        FileNotFoundError, ValueError: see `read_yaml` and `merge`.
    """
    return merge(*(read_fragment(path) for path in paths))


def merge(*fragments: Fragment) -> Persona:
    """Return the persona that fragments give together; later ones win.

    Sections (traits, needs, …) are merged key by key, a routine is replaced as a whole, and null takes a field away.

    Raises:
        ValueError: a wrong or missing value, or a contradiction; the message names the file and the field.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for fragment in fragments:
        _check_names(fragment)
        for name, value in fragment.fields.items():
            origins[name] = fragment.source
            if name in _SECTIONS and isinstance(value, dict) and isinstance(merged.get(name), dict):
                merged[name] = {**merged[name], **value}
            else:
                merged[name] = value
            if name in _SECTIONS and isinstance(value, dict):
                origins.update({f"{name}.{key}": fragment.source for key in value})
    every = " + ".join(dict.fromkeys(fragment.source for fragment in fragments))
    try:
        return _build({name: value for name, value in merged.items() if value is not None})
    except ValueError as error:
        field = str(error).split(":")[0]
        source = origins.get(".".join(field.split(".")[:2])) or origins.get(field.split(".")[0]) or every
        raise ValueError(f"{source}: {error}") from None


def read_people(path: Path) -> tuple[Persona, ...]:
    """Return the people of a YAML file: a list `people`, each a whole persona.

    Raises:
        FileNotFoundError, ValueError: see `read_yaml`, `merge` and `check_people`.
    """
    document = read_yaml(path)
    for name in document:
        if name != "people":
            raise ValueError(f"{path}: {name}: expected the one field people{suggest(name, ('people',))}")
    entries = document.get("people")
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: people: expected a list of personas, got {_kind(entries)}")
    people = []
    for k, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ValueError(f"{path}: people.{k}: expected fields (`name: …`), got {_kind(entry)}")
        people.append(merge(Fragment(source=f"{path}: people.{k}", fields=entry)))
    try:
        check_people(people)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return tuple(people)


def write_people(path: Path, people: Sequence[Persona]) -> None:
    """Write people into a YAML file that `read_people` reads; it appears whole or not at all."""
    _write(path, {"people": [as_fields(person) for person in people]})


def write_persona(path: Path, persona: Persona) -> None:
    """Write one persona into a YAML file that `read_persona` reads; it appears whole or not at all."""
    _write(path, as_fields(persona))


def as_fields(persona: Persona) -> dict[str, Any]:
    """Return a persona as it stands in YAML, without what is empty."""
    document: dict[str, Any] = {name: getattr(persona, name) for name in FIELDS}
    if persona.occupation is not None:
        occupation = {"title": persona.occupation.title, "organisation": persona.occupation.organisation}
        document["occupation"] = {key: value for key, value in occupation.items() if value}
    document["needs"] = {name: getattr(persona.needs, name) for name in NEEDS} if persona.needs != Needs() else None
    document["routine"] = [
        {"from": entry.start, "to": entry.end, "activity": entry.activity} | _placed(entry) for entry in persona.routine
    ]
    for name in ("traits", "big_five", "relationships"):
        document[name] = dict(document[name])
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def _placed(entry: ScheduleEntry) -> dict[str, str]:
    return {"place": entry.place} if entry.place else {}


# ---------------------------------------------------------------- values


def _build(given: dict[str, Any]) -> Persona:
    for name in NEEDED:
        if name not in given:
            raise ValueError(f"{name}: expected a value, found none; a persona needs {', '.join(NEEDED)}")
    return Persona(**{name: _READERS[name](name, value) for name, value in given.items()})


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{field}: expected text, got {_kind(value)}; put it in quotes")
    return value


def _whole(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{field}: expected a whole number, got {_kind(value)}")
    return value


def _number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{field}: expected a number, got {_kind(value)}")
    return float(value)


def _section(field: str, value: Any, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{field}: expected fields ({', '.join(names)}), got {_kind(value)}")
    for name in value:
        if name not in names:
            raise ValueError(f"{field}.{name}: unknown, expected one of {', '.join(names)}{suggest(name, names)}")
    return {name: entry for name, entry in value.items() if entry is not None}


def _occupation(field: str, value: Any) -> Occupation:
    given = _section(field, value, ("title", "organisation"))
    if "title" not in given:
        raise ValueError(f"{field}.title: expected a title, found none; write `occupation: null` for who has none")
    return Occupation(**{name: _text(f"{field}.{name}", entry) for name, entry in given.items()})


def _traits(field: str, value: Any) -> dict[str, int]:
    given = {name: _whole(f"{field}.{name}", level) for name, level in _section(field, value, TRAITS).items()}
    return dict.fromkeys(TRAITS, MIDDLE) | given


def _big_five(field: str, value: Any) -> dict[str, int]:
    return {name: _whole(f"{field}.{name}", level) for name, level in _section(field, value, BIG_FIVE).items()}


def _needs(field: str, value: Any) -> Needs:
    return Needs(**{name: _number(f"{field}.{name}", entry) for name, entry in _section(field, value, NEEDS).items()})


def _relationships(field: str, value: Any) -> dict[int, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{field}: expected person ids, each with a kind (`7: friend`), got {_kind(value)}")
    pairs = {_whole(f"{field}.{other}", other): kind for other, kind in value.items()}
    return {other: _text(f"{field}.{other}", kind) for other, kind in pairs.items() if kind is not None}


def _routine(field: str, value: Any) -> tuple[ScheduleEntry, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{field}: expected a list of entries ({', '.join(ENTRY)}), got {_kind(value)}")
    entries = []
    for k, entry in enumerate(value):
        given = _section(f"{field}.{k}", entry, ENTRY)
        for name in ENTRY[:3]:
            if name not in given:
                raise ValueError(
                    f"{field}.{k}.{name}: expected a value, found none; an entry needs {', '.join(ENTRY[:3])}"
                )
        start, end = (_hour(f"{field}.{k}.{name}", given[name]) for name in ENTRY[:2])
        words = {name: _text(f"{field}.{k}.{name}", given[name]) for name in ENTRY[2:] if name in given}
        cuts = ((start, end),) if start < end else ((start, 24.0), (0.0, end))  # over midnight: two entries
        if start == end:
            raise ValueError(f"{field}.{k}: expected an entry that lasts, got one from {start:g} to {end:g}")
        entries += [ScheduleEntry(start=a, end=b, **words) for a, b in cuts if a < b]
    return tuple(sorted(entries, key=lambda entry: entry.start))


def _hour(field: str, value: Any) -> float:
    if isinstance(value, str) and value.count(":") == 1 and value.replace(":", "").isdecimal():
        hours, minutes = value.split(":")
        value = int(hours) + int(minutes) / 60 if int(minutes) < 60 else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 24:
        raise ValueError(f"{field}: expected an hour from 0 to 24, such as 8.5 or '8:30' in quotes, got {value!r}")
    return float(value)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "id": _whole, "name": _text, "age": _whole, "gender": _text, "language": _text, "home": _text,
    "occupation": _occupation, "traits": _traits, "big_five": _big_five, "needs": _needs,
    "relationships": _relationships, "routine": _routine, "height": _number,
}  # fmt: skip


# ---------------------------------------------------------------- files


class _Unique(_Loader):  # type: ignore[misc]
    """Reads YAML and refuses a key that is named twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key in [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]:
            if (word := (key.tag, key.value)) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is there twice", key.start_mark)
            seen.add(word)
        return super().construct_mapping(node, deep)


def _check_names(fragment: Fragment) -> None:
    for name in fragment.fields:
        if name not in FIELDS:
            known = f"expected one of {', '.join(FIELDS)}"
            raise ValueError(f"{fragment.source}: {name}: unknown, {known}{suggest(name, FIELDS)}")


def _kind(value: Any) -> str:
    """Return a value in a message: short, on one line."""
    shown = reprlib.repr(value) if isinstance(value, list | dict) else repr(value)  # however deep
    text = "nothing" if value is None else " ".join(shown.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _write(path: Path, document: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True), encoding="utf-8")
    part.replace(path)
