"""People who meet the quotas of a demography exactly, different from one another, the same for the same seed."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from embodied.minds.demography import NO_WORK, Demography, Work
from embodied.minds.persona import (
    AGE_GROUPS,
    GENDERS,
    MIDDLE,
    SCHOOL_TITLES,
    TRAITS,
    WORKING_AGE,
    Occupation,
    Persona,
    ScheduleEntry,
)
from embodied.minds.persona_files import read_yaml
from embodied.minds.quotas import FloatArray, IntArray, fit, largest_remainder, round_table

Cells = dict[tuple[str, ...], int]  # one category for each variable of a table -> people
_Array = TypeVar("_Array", FloatArray, IntArray)

NAMES = Path(__file__).with_name("names.yaml")
AGES = (6, 90)  # years, of the people that are drawn: whom the baked bodies show
SHIFTS = (-1.0, -0.5, 0.0, 0.0, 0.5, 1.0)  # h by which somebody begins and ends work earlier or later than others
INITIALS = ("", *(f"{letter}." for letter in "ABCDEFGHIJKLMNOPRSTUVWXYZ"))  # middle ones, where all names are taken


def quotas(demography: Demography, n: int) -> dict[tuple[str, ...], Cells]:
    """Return how many of `n` people every cell of every table has; it depends on nothing else.

    Marginals are rounded by largest remainders; joint tables by controlled rounding, so that all tables that share a
    variable agree on it (see `embodied.minds.quotas`). Where cells of weight 0 make the largest remainders of a last
    variable impossible, it has the nearest that are possible.

    Returns:
        For each variable (`("gender",)`) and each table (`("age_group", "gender")`), cells in order -> people.

    Raises:
        ValueError: n is below 1, or the tables do not go together.
    """
    if n < 1:
        raise ValueError(f"n: expected 1 person or more, got {n}")
    real: dict[tuple[str, ...], FloatArray] = {}
    whole: dict[tuple[str, ...], IntArray] = {}
    ends = {table.over[-1] for table in demography.tables}
    for name, shares in demography.marginals.items():
        real[(name,)] = shares
        if name not in ends:
            whole[(name,)] = largest_remainder(shares, n)
    for k, table in enumerate(demography.tables):
        parents, last = table.over[:-1], table.over[-1:]
        try:
            if len(parents) == 1 and parents not in whole:  # the table alone tells how many
                sums = table.weights.sum(axis=1)
                real[parents], whole[parents] = sums / sums.sum(), largest_remainder(sums, n)
            rows, shares = _margin(whole, parents).ravel(), _margin(real, parents).ravel()
            joint = fit(table.weights, shares, real.get(last))
            among = np.divide(joint, shares[:, None], out=np.zeros_like(joint), where=shares[:, None] > 0)
            counts = round_table(among * rows[:, None], among > 0, rows, joint.sum(axis=0))
        except ValueError as error:
            raise ValueError(f"tables.{k} ({', '.join(table.over)}): {error}") from None
        shape = [len(demography.categories[name]) for name in table.over]
        whole[table.over], real[table.over] = counts.reshape(shape), joint.reshape(shape)
        whole[last], real[last] = counts.sum(axis=0), joint.sum(axis=0)
    cells: dict[tuple[str, ...], Cells] = {}
    for over in [*((name,) for name in demography.categories), *(table.over for table in demography.tables)]:
        keys = product(*(demography.categories[name] for name in over))
        cells[over] = dict(zip(keys, whole[over].ravel().tolist(), strict=True))
    return cells


def _margin(tables: dict[tuple[str, ...], _Array], over: tuple[str, ...]) -> _Array:
    """Return the sums over the variables `over`, in this order, of a table that has them all."""
    table = next(names for names in tables if set(over) <= set(names))
    kept = tuple(name for name in table if name in over)
    sums = tables[table].sum(axis=tuple(axis for axis, name in enumerate(table) if name not in over))
    return cast(_Array, sums.transpose([kept.index(name) for name in over]))


def draw_people(demography: Demography, n: int, rng: np.random.Generator, *, first_id: int = 1) -> tuple[Persona, ...]:
    """Draw `n` different people who meet the quotas of a demography exactly.

    Variables that no table joins are independent. No two people have the same name. People have no relationships yet:
    `embodied.minds.acquaintance.acquaint` gives them some.

    Args:
        demography: who lives there. n: how many people. rng: every draw comes from it.
        first_id: the id of the first; the others follow.

    Raises:
        ValueError: see `quotas`; or a work that somebody of its age group may not do.
    """
    counts = quotas(demography, n)
    columns = _assign(demography, counts, n, rng)
    ages = [_draw_age(columns, k, rng) for k in range(n)]
    names = _draw_names(columns["gender"], rng)
    places = _draw_places(demography, columns.get("occupation", [NO_WORK] * n), rng)
    shifts = rng.choice(SHIFTS, size=n).tolist()
    people = []
    for k in range(n):
        title = columns["occupation"][k] if "occupation" in columns else NO_WORK
        work = demography.work.get(title)
        people.append(
            Persona(
                id=first_id + k,
                name=names[k],
                age=ages[k],
                gender=columns["gender"][k],  # type: ignore[arg-type]
                language=columns["language"][k] if "language" in columns else "en",
                home=columns["home"][k] if "home" in columns else "",
                occupation=None if title == NO_WORK else Occupation(title=title, organisation=places[k]),
                traits={trait: int(columns[trait][k]) if trait in columns else MIDDLE for trait in TRAITS},
                routine=() if work is None or not places[k] else _routine(work, title, places[k], shifts[k]),
            )
        )
    return tuple(people)


def _assign(
    demography: Demography, counts: dict[tuple[str, ...], Cells], n: int, rng: np.random.Generator
) -> dict[str, list[str]]:
    """Return for each variable the category of each person, as many as the quotas say."""
    columns: dict[str, list[str]] = {}
    ends = {table.over[-1]: table.over[:-1] for table in demography.tables}
    for name in demography.categories:
        if name not in ends:
            labels = [category for (category,), count in counts[(name,)].items() for _ in range(count)]
            columns[name] = [labels[i] for i in rng.permutation(n)]
    for name, parents in ends.items():
        members: dict[tuple[str, ...], list[int]] = {}
        for k, key in enumerate(zip(*(columns[parent] for parent in parents), strict=True)):
            members.setdefault(key, []).append(k)
        labels_of: dict[tuple[str, ...], list[str]] = {}
        for (*key_list, category), count in counts[(*parents, name)].items():
            labels_of.setdefault(tuple(key_list), []).extend([category] * count)
        column = [""] * n
        for key, people in members.items():
            for k, i in zip(people, rng.permutation(len(people)), strict=True):
                column[k] = labels_of[key][i]
        columns[name] = column
    return columns


def _draw_age(columns: dict[str, list[str]], k: int, rng: np.random.Generator) -> int:
    low, high = AGE_GROUPS[columns["age_group"][k]]  # type: ignore[index]
    title = columns["occupation"][k] if "occupation" in columns else NO_WORK
    low = max(low, AGES[0], WORKING_AGE if title not in (NO_WORK, *SCHOOL_TITLES) else 0)
    if low > high:
        raise ValueError(
            f"occupation: expected none or {', '.join(SCHOOL_TITLES)} for a {columns['age_group'][k]}, got {title!r}; "
            "give it the weight 0"
        )
    return int(rng.integers(low, min(high, AGES[1]) + 1))


def _draw_names(genders: list[str], rng: np.random.Generator) -> list[str]:
    """Return a name for each person, no two the same."""
    known = _names()
    names = [""] * len(genders)
    for gender in GENDERS:
        people = [k for k, other in enumerate(genders) if other == gender]
        firsts, families = known[gender], known["family"]
        pairs = len(firsts) * len(families)
        if len(people) > pairs * len(INITIALS):
            raise ValueError(f"n: expected at most {pairs * len(INITIALS)} of one gender, got {len(people)}")
        order = rng.permutation(pairs)
        for i, k in enumerate(people):
            first, family = divmod(int(order[i % pairs]), len(families))
            names[k] = " ".join(word for word in (firsts[first], INITIALS[i // pairs], families[family]) if word)
    return names


def _draw_places(demography: Demography, titles: list[str], rng: np.random.Generator) -> list[str]:
    """Return the organisation of each person; those of one title are drawn into teams."""
    places = [""] * len(titles)
    for title, work in demography.work.items():
        if not work.organisations:
            continue
        people = [k for k, other in enumerate(titles) if other == title]
        for i, j in enumerate(rng.permutation(len(people))):
            round_, which = divmod(i // work.team, len(work.organisations))
            places[people[j]] = work.organisations[which] + (f" {round_ + 1}" if round_ else "")
    return places


def _routine(work: Work, title: str, place: str, shift: float) -> tuple[ScheduleEntry, ...]:
    shift = 0.0 if title in SCHOOL_TITLES else shift
    start, end = max(0.0, work.start + shift), min(24.0, work.end + shift)
    return (ScheduleEntry(start=start, end=end, activity=work.activity, place=place),)


@cache
def _names() -> dict[str, tuple[str, ...]]:
    return {kind: tuple(names) for kind, names in read_yaml(NAMES).items()}
