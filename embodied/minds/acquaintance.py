"""Who knows whom: a small world of families, colleagues and friends, with given mean degrees.

Friends and acquaintances are the small world of Watts and Strogatz (Nature 393, 1998): neighbours on a ring, here
people of one region beside each other, of whom a share is exchanged for anybody. Families and teams are clusters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from embodied.minds.persona import FAMILY, INVERSE, SCHOOL_TITLES, Persona

Edge = tuple[int, int, str]  # places of two people in their sequence, and what the second is to the first

ADULT_AGE = 18  # years; who is younger lives with its parents
SPOUSE_AGE = 22  # years, of the youngest spouses that are drawn
SINGLE = 0.3  # share of adults without a spouse
SAME_GENDER = 0.05  # share of couples
COUPLE_GAP = 9  # years between spouses, at most
PARENT_GAPS = (19, 45)  # years between a parent and its child
CHILDREN = (0.35, 0.22, 0.3, 0.1, 0.03)  # shares of couples by how many minors they have, where ages allow
SEARCHED = 60  # others whom one looks at for a match
FRIENDS = 0.3  # of those who know each other outside family and work
REWIRED = 0.1  # of these ties, how many lead anywhere
AGE_SPREAD = 8.0  # years


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrees:
    """How many others a person has on average as `family`, at `work` or school, and as friends or acquaintances."""

    family: float = 1.6
    work: float = 2.5
    others: float = 4.0


def acquaint(
    people: Sequence[Persona], rng: np.random.Generator, degrees: Degrees | None = None
) -> tuple[Persona, ...]:
    """Return people with relationships drawn instead of those they had; each tie is known to both.

    Mean degrees are as asked for, less than one family off, while there are enough people for them: ages limit families
    (no parent of 16 to reach a number), the sizes of teams limit colleagues. `mean_degrees` tells what came out.

    Args:
        people: everybody. rng: every draw comes from it. degrees: mean degrees, by default `Degrees()`.

    Raises:
        ValueError: a mean degree below 0.
    """
    degrees = degrees or Degrees()
    for name in ("family", "work", "others"):
        if not getattr(degrees, name) >= 0.0:
            raise ValueError(f"degrees.{name}: expected a mean degree from 0, got {getattr(degrees, name)}")
    ties: list[dict[int, str]] = [{} for _ in people]
    halves = {name: round(len(people) * getattr(degrees, name) / 2) for name in ("family", "work", "others")}
    _add(ties, _families(people, rng), halves["family"])
    _add(ties, _teams(people, rng), halves["work"])
    _add(ties, _neighbours(people, rng), halves["others"])
    return tuple(
        replace(person, relationships={people[k].id: kind for k, kind in sorted(mine.items())})
        for person, mine in zip(people, ties, strict=True)
    )


def mean_degrees(people: Sequence[Persona]) -> Degrees:
    """Return how many others people have on average."""
    kinds = [kind for person in people for kind in person.relationships.values()]
    family = sum(kind in FAMILY for kind in kinds)
    work = sum(kind in ("colleague", "classmate") for kind in kinds)
    n = max(len(people), 1)
    return Degrees(family=family / n, work=work / n, others=(len(kinds) - family - work) / n)


def _add(ties: list[dict[int, str]], groups: Iterator[list[Edge]], most: int) -> None:
    """Add groups of edges, each as a whole, until the next one would exceed `most`; who is tied already stays so."""
    count = 0
    for group in groups:
        new = [(a, b, kind) for a, b, kind in group if a != b and b not in ties[a]]
        if count + len(new) > most:
            return
        for a, b, kind in new:
            ties[a][b], ties[b][a] = kind, INVERSE[kind]
        count += len(new)


def _families(people: Sequence[Persona], rng: np.random.Generator) -> Iterator[list[Edge]]:
    """Yield couples with minors, then couples without, then parents of those who are grown up."""
    order = _in_order(people, rng, spread=1000.0)
    couples = _couples(people, order, rng)
    free = [k for k in order if people[k].age < ADULT_AGE]
    groups = []
    for couple, size in zip(couples, rng.choice(len(CHILDREN), size=len(couples), p=CHILDREN).tolist(), strict=True):
        own = [k for k in free[:SEARCHED] if _are_parents(people, couple, k)][:size]
        free = [k for k in free if k not in own] if own else free
        groups.append(_family(couple, own))
    shuffled = [groups[i] for i in rng.permutation(len(groups)).tolist()]
    yield from sorted(shuffled, key=lambda group: len(group) == 1)  # the minors first
    spouse = {a: b for couple in couples for a, b in (couple, couple[::-1])}
    grown: dict[tuple[int, int], list[int]] = {couple: [] for couple in couples if people[couple[0]].age >= 45}
    homes = list(grown)
    for k in order:
        for i in rng.permutation(len(homes))[:SEARCHED].tolist() if people[k].age >= ADULT_AGE else ():
            own = grown[homes[i]]
            if len(own) < len(CHILDREN) - 1 and spouse.get(k) not in own and _are_parents(people, homes[i], k):
                yield [*((parent, k, "child") for parent in homes[i]), *((k, other, "sibling") for other in own)]
                own.append(k)
                break


def _couples(people: Sequence[Persona], order: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return pairs of adults of about one age, of one region where they are found."""
    adults = [k for k in order if people[k].age >= SPOUSE_AGE]
    adults = [k for k, alone in zip(adults, rng.random(len(adults)) < SINGLE, strict=True) if not alone]
    alike = (rng.random(len(adults)) < SAME_GENDER).tolist()
    paired: set[int] = set()
    couples = []
    for i, k in enumerate(adults):
        if k in paired:
            continue
        for other in adults[i + 1 : i + 1 + SEARCHED]:
            genders = people[k].gender, people[other].gender
            fits = "nonbinary" in genders or (genders[0] == genders[1]) == alike[i]
            if other not in paired and fits and abs(people[k].age - people[other].age) <= COUPLE_GAP:
                couples.append((k, other))
                paired |= {k, other}
                break
    return couples


def _are_parents(people: Sequence[Persona], couple: tuple[int, int], k: int) -> bool:
    """Tell whether both of a couple are of an age to be parents of `k`."""
    return all(PARENT_GAPS[0] <= people[parent].age - people[k].age <= PARENT_GAPS[1] for parent in couple)


def _family(couple: tuple[int, int], children: list[int]) -> list[Edge]:
    edges = [(*couple, "married"), *((parent, k, "child") for parent in couple for k in children)]
    return edges + [(k, other, "sibling") for k, other in combinations(children, 2)]


def _teams(people: Sequence[Persona], rng: np.random.Generator) -> Iterator[list[Edge]]:
    """Yield pairs of one team: those who sit beside each other first."""
    teams: dict[tuple[str, bool], list[int]] = {}
    for k in rng.permutation(len(people)).tolist():
        work = people[k].occupation
        if work is not None and work.organisation:
            teams.setdefault((work.organisation, work.title in SCHOOL_TITLES), []).append(k)
    for gap in range(1, max(map(len, teams.values()), default=0)):
        for (_, at_school), team in teams.items():
            for i in range(len(team) - gap):
                yield [(team[i], team[i + gap], "classmate" if at_school else "colleague")]


def _neighbours(people: Sequence[Persona], rng: np.random.Generator) -> Iterator[list[Edge]]:
    """Yield pairs who are near each other on a ring of regions and ages, some of them exchanged for anybody."""
    order, n = _in_order(people, rng, spread=AGE_SPREAD), len(people)
    for gap in (*range(1, n // 2 + 1), *range(1, n // 2 + 1)):  # the second round fills what was exchanged
        kinds = np.where(rng.random(n) < FRIENDS, "friend", "acquaintance").tolist()
        others = np.where(rng.random(n) < REWIRED, rng.integers(n, size=n), (np.arange(n) + gap) % n).tolist()
        for i in rng.permutation(n).tolist():
            yield [(order[i], order[others[i]], kinds[i])]


def _in_order(people: Sequence[Persona], rng: np.random.Generator, *, spread: float) -> list[int]:
    """Return the places of people by region, then by age with a deviation of `spread` years."""
    noise = rng.normal(0.0, spread, size=len(people)).tolist()
    return sorted(range(len(people)), key=lambda k: (people[k].home, people[k].age + noise[k]))
