"""Who lives in a place, in numbers: a demography file, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from embodied.arguments import suggest
from embodied.minds.persona import AGE_GROUPS, GENDERS, LEVELS, TRAITS
from embodied.minds.persona_files import read_yaml
from embodied.minds.quotas import FloatArray

DEFAULT = Path(__file__).with_name("demography.yaml")
VARIABLES = ("age_group", "gender", "occupation", "home", "language", *TRAITS)
CATEGORIES: Mapping[str, tuple[str, ...]] = {  # of variables whose categories are not free
    "age_group": tuple(AGE_GROUPS),
    "gender": GENDERS,
    **dict.fromkeys(TRAITS, tuple(str(level) for level in range(LEVELS[0], LEVELS[1] + 1))),
}
NO_WORK = "none"  # the category of `occupation` for who has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Joint weights over variables, of which only the last is new.

    `over`: names of the variables; `weights`: (R, C), a row for each combination of the categories of all but the last.
    """

    over: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Where and when people of a title work. `organisations` in teams of `team`; `start` to `end`, hours of the day."""

    organisations: tuple[str, ...]
    team: int
    start: float
    end: float
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demography:
    """Who lives in a place, in shares.

    Attributes:
        source: the file, for messages.
        categories: variable -> its categories, in the order that decides ties.
        marginals: variable -> shares (K,) that sum to 1, of those that have a marginal of their own.
        tables: in the order in which they are applied.
        work: title -> where and when.
    """

    source: str
    categories: dict[str, tuple[str, ...]]
    marginals: dict[str, FloatArray]
    tables: tuple[Table, ...]
    work: dict[str, Work]


def read_demography(path: Path = DEFAULT) -> Demography:
    """Read a demography from a YAML file; see `demography.yaml` beside this module for its form.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a wrong entry; the message names the file and the entry.
    """
    document = read_yaml(path)
    try:
        _check_keys("", document, ("marginals", "tables", "work"))
        return _build(str(path), document)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _build(source: str, document: dict[str, Any]) -> Demography:
    categories: dict[str, tuple[str, ...]] = {}
    marginals: dict[str, FloatArray] = {}
    for name, shares in _mapping("marginals", document.get("marginals") or {}).items():
        _check_keys("marginals.", {name: 0}, VARIABLES)
        cells = _mapping(f"marginals.{name}", shares)
        categories[name] = _categories(f"marginals.{name}", name, list(cells))
        marginals[name] = _weights(f"marginals.{name}", [cells])[0]
        marginals[name] = marginals[name] / marginals[name].sum()
    tables = document.get("tables") or []
    if not isinstance(tables, list):
        raise ValueError("tables: expected a list, each with over and weights")
    joint: list[Table] = []
    for k, entry in enumerate(tables):
        joint.append(_table(f"tables.{k}", _mapping(f"tables.{k}", entry), categories, joint))
    for name in ("age_group", "gender"):
        if name not in categories:
            raise ValueError(f"marginals.{name}: expected shares here or in a table, found none")
    work = {
        title: _work(f"work.{title}", entry) for title, entry in _mapping("work", document.get("work") or {}).items()
    }
    return Demography(source=source, categories=categories, marginals=marginals, tables=tuple(joint), work=work)


def _table(where: str, entry: dict[str, Any], categories: dict[str, tuple[str, ...]], before: list[Table]) -> Table:
    _check_keys(f"{where}.", entry, ("over", "weights"))
    over = entry.get("over")
    if not isinstance(over, list) or len(over) < 2 or len(set(map(str, over))) < len(over):
        raise ValueError(f"{where}.over: expected two or more different variables, got {over!r}")
    _check_keys(f"{where}.over.", dict.fromkeys(over), VARIABLES)
    *parents, last = over
    if any(last in table.over for table in before):
        raise ValueError(f"{where}.over: expected a last variable that no earlier table has, got {last}; exchange them")
    if len(parents) > 1 and not any(set(parents) <= set(table.over) for table in before):
        raise ValueError(f"{where}.over: expected {' and '.join(parents)} together in an earlier table, found none")
    leaves: list[tuple[tuple[str, ...], Any]] = [((), entry.get("weights"))]
    for depth, name in enumerate(parents):
        leaves = [
            ((*key, str(category)), inner)
            for key, cells in leaves
            for category, inner in _mapping(".".join((where, "weights", *key)), cells).items()
        ]
        known = list(dict.fromkeys(key[depth] for key, _ in leaves))
        categories.setdefault(name, _categories(f"{where}.weights", name, known))
        for key, _ in leaves:
            _check_keys(".".join((where, "weights", *key[:-1], "")), {key[-1]: 0}, categories[name])
    given = {key: _mapping(".".join((where, "weights", *key)), cells) for key, cells in leaves}
    found = tuple(dict.fromkeys(str(category) for cells in given.values() for category in cells))
    for key, cells in given.items():
        _check_keys(
            ".".join((where, "weights", *key, "")), cells, categories.get(last) or CATEGORIES.get(last) or found
        )
    categories.setdefault(last, _categories(f"{where}.weights", last, list(found)))
    rows = [
        {str(category): weight for category, weight in given.get(key, {}).items()}
        for key in product(*(categories[name] for name in parents))
    ]
    full = [{category: row.get(category, 0) for category in categories[last]} for row in rows]
    return Table(over=tuple(over), weights=_weights(f"{where}.weights", full))


def _categories(where: str, name: str, found: list[Any]) -> tuple[str, ...]:
    """Return the categories of a variable: the fixed ones in their order, or those that were found."""
    known = CATEGORIES.get(name)
    if known is None:
        return tuple(str(category) for category in found)
    _check_keys(f"{where}.", dict.fromkeys(found), known)
    return tuple(category for category in known if category in {str(other) for other in found})


def _weights(where: str, rows: list[dict[Any, Any]]) -> FloatArray:
    for row in rows:
        for category, weight in row.items():
            good = isinstance(weight, int | float) and not isinstance(weight, bool) and 0.0 <= weight < float("inf")
            if not good:
                raise ValueError(f"{where}.{category}: expected a share from 0, got {weight!r}")
    table = np.array([list(row.values()) for row in rows], dtype=np.float64)
    if not table.sum() > 0:
        raise ValueError(f"{where}: expected a share above 0, got none")
    return table


def _work(where: str, entry: Any) -> Work:
    given = _mapping(where, entry)
    _check_keys(f"{where}.", given, ("organisations", "team", "from", "to", "activity"))
    organisations, team = given.get("organisations", []), given.get("team", 6)
    if not isinstance(organisations, list) or not all(isinstance(name, str) and name for name in organisations):
        raise ValueError(f"{where}.organisations: expected a list of names, got {organisations!r}")
    if isinstance(team, bool) or not isinstance(team, int) or team < 1:
        raise ValueError(f"{where}.team: expected a whole number from 1, got {team!r}")
    start, end = given.get("from", 9), given.get("to", 17)
    if not all(isinstance(hour, int | float) for hour in (start, end)) or not 1 <= start < end <= 23:
        raise ValueError(f"{where}: expected hours 1 <= from < to <= 23, got from {start!r} to {end!r}")
    activity = given.get("activity", "work")
    if not isinstance(activity, str) or not activity:
        raise ValueError(f"{where}.activity: expected a word, got {activity!r}")
    return Work(organisations=tuple(organisations), team=team, start=float(start), end=float(end), activity=activity)


def _mapping(where: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected fields, got {'nothing' if value is None else repr(value)[:60]}")
    return value


def _check_keys(where: str, given: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    for key in given:
        if str(key) not in known:
            raise ValueError(f"{where}{key}: unknown, expected one of {', '.join(known)}{suggest(key, known)}")
