"""Who a person is: a typed persona, what it may not contradict, and which body fits it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from embodied.minds.needs import Needs
from motion.clip import Body
from motion.people import PEOPLE

Gender = Literal["woman", "man", "nonbinary"]
AgeGroup = Literal["child", "teen", "young", "adult", "old"]

GENDERS: tuple[str, ...] = get_args(Gender)
AGE_GROUPS: Mapping[AgeGroup, tuple[int, int]] = MappingProxyType(  # first and last year
    {"child": (0, 12), "teen": (13, 17), "young": (18, 29), "adult": (30, 59), "old": (60, 120)}
)
TRAITS = ("boldness", "sociability", "hurry", "helpfulness", "caution", "curiosity", "patience")
BIG_FIVE = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
LEVELS = (1, 5)  # least and most intense, the five levels of SAC (Chittem et al., arXiv 2506.20993)
MIDDLE = 3
# What another is to me -> what I am to it.
INVERSE: Mapping[str, str] = MappingProxyType(
    {
        "married": "married", "parent": "child", "child": "parent", "sibling": "sibling", "grandparent": "grandchild",
        "grandchild": "grandparent", "friend": "friend", "colleague": "colleague", "classmate": "classmate",
        "neighbour": "neighbour", "acquaintance": "acquaintance",
    }
)  # fmt: skip
FAMILY = frozenset({"married", "parent", "child", "sibling", "grandparent", "grandchild"})
WORKING_AGE = 15  # years, ILO Minimum Age Convention C138
SCHOOL_TITLES = frozenset({"pupil"})  # what who is younger may be
MARRIAGE_AGE = 18  # years
PARENT_GAP = 14  # years, the least between a parent and its child
LARGEST_ID = 999_999  # pictures and logs hold no much larger ones
HEIGHTS = (0.4, 2.5)  # m
SAME_HEIGHT = 0.08  # m between a persona and a body that fits it


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """What a person does. `title`: "baker"; `organisation`: where, "" if nowhere."""

    title: str
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """What a person does every day. `start`, `end`: hours of the day, 0 to 24; `place`: a name, "" for anywhere."""

    start: float
    end: float
    activity: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What a body must show; a nonbinary person may have that of a woman or a man.

    `height`: metres, None where any will do.
    """

    age_group: AgeGroup
    gender: Gender
    height: float | None = None

    def fits(self, body: Body) -> bool:
        """Tell whether a body is one of this age group and gender, and about as tall."""
        return self._fits(body.name, body.age, body.height)

    def bodies(self, split: str = "all") -> tuple[str, ...]:
        """Return the names of the baked bodies that fit, of an appearance split (all, train or test)."""
        return tuple(
            name
            for name, person in PEOPLE.items()
            if split in ("all", person.split) and self._fits(name, person.age, person.height)
        )

    def _fits(self, name: str, age: float, height: float) -> bool:
        gender = "woman" if PEOPLE[name].gender > 0.5 else "man"
        return (
            age_group(int(age)) == self.age_group
            and self.gender in (gender, "nonbinary")
            and (self.height is None or abs(self.height - height) <= SAME_HEIGHT)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Who a person is.

    Attributes:
        id: the person_id that joins it with its body and its way. name: first and family name. age: years.
        gender: woman, man or nonbinary. language: a BCP 47 tag ("en", "pt-BR"). home: name of the region it lives in.
        occupation: None for who has none.
        traits: each of TRAITS -> level 1 (hardly) to 5 (very), 3 where nothing was said.
        big_five: some or all of BIG_FIVE -> level 1 to 5; empty where nothing is known.
        needs: how far they are satisfied when the simulation starts.
        relationships: person_id -> what that person is to this one, a key of INVERSE.
        routine: in order of time, without overlaps.
        height: metres, None where any will do.

    Raises:
        ValueError: something that cannot be, or contradicts another field. The message begins with the field.
    """

    id: int
    name: str
    age: int
    gender: Gender
    language: str = "en"
    home: str = ""
    occupation: Occupation | None = None
    traits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRAITS, MIDDLE))
    big_five: dict[str, int] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    relationships: dict[int, str] = field(default_factory=dict)
    routine: tuple[ScheduleEntry, ...] = ()
    height: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.id <= LARGEST_ID:
            raise ValueError(f"id: expected a whole number from 0 to {LARGEST_ID}, got {self.id}")
        if not self.name.strip():
            raise ValueError(f"name: expected a name, got {self.name!r}")
        if not 0 <= self.age <= AGE_GROUPS["old"][1]:
            raise ValueError(f"age: expected years from 0 to {AGE_GROUPS['old'][1]}, got {self.age}")
        if self.gender not in GENDERS:
            raise ValueError(f"gender: expected one of {', '.join(GENDERS)}, got {self.gender!r}")
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", self.language):
            raise ValueError(f"language: expected a tag such as en or pt-BR, got {self.language!r}")
        if self.height is not None and not HEIGHTS[0] <= self.height <= HEIGHTS[1]:
            raise ValueError(f"height: expected metres from {HEIGHTS[0]} to {HEIGHTS[1]}, got {self.height}")
        _check_levels("traits", self.traits, TRAITS)
        _check_levels("big_five", self.big_five, BIG_FIVE)
        if missing := [name for name in TRAITS if name not in self.traits]:
            raise ValueError(f"traits: expected a level for each of {', '.join(TRAITS)}, got none for {missing[0]}")
        self._check_occupation()
        self._check_relationships()
        self._check_routine()

    @property
    def appearance(self) -> Appearance:
        """What a body of this person must show."""
        return Appearance(age_group=age_group(self.age), gender=self.gender, height=self.height)

    def _check_occupation(self) -> None:
        if self.occupation is None:
            return
        if not self.occupation.title.strip():
            raise ValueError("occupation.title: expected a title, got ''; leave the occupation out for who has none")
        if self.age < WORKING_AGE and self.occupation.title not in SCHOOL_TITLES:
            raise ValueError(
                f"occupation.title: expected none or {', '.join(SCHOOL_TITLES)} at age {self.age}, "
                f"got {self.occupation.title!r}; work begins at {WORKING_AGE}: change the age or the occupation"
            )

    def _check_relationships(self) -> None:
        for other, kind in self.relationships.items():
            if other == self.id:
                raise ValueError(f"relationships.{other}: expected other people, got the person itself; leave it out")
            if kind not in INVERSE:
                raise ValueError(f"relationships.{other}: expected one of {', '.join(INVERSE)}, got {kind!r}")
        spouses = [other for other, kind in self.relationships.items() if kind == "married"]
        if len(spouses) > 1:
            raise ValueError(f"relationships.{spouses[1]}: expected one spouse, got {len(spouses)}: {spouses}")
        if spouses and self.age < MARRIAGE_AGE:
            raise ValueError(
                f"relationships.{spouses[0]}: expected nobody married at age {self.age}; change the age or the kind"
            )

    def _check_routine(self) -> None:
        for k, entry in enumerate(self.routine):
            if not 0.0 <= entry.start < entry.end <= 24.0:
                raise ValueError(
                    f"routine.{k}: expected hours 0 <= from < to <= 24, got from {entry.start:g} to {entry.end:g}"
                )
            if not entry.activity.strip():
                raise ValueError(f"routine.{k}.activity: expected what is done, got ''")
            if k and entry.start < self.routine[k - 1].end:
                raise ValueError(
                    f"routine.{k}: expected no overlap, got {entry.activity!r} from {entry.start:g} while "
                    f"{self.routine[k - 1].activity!r} lasts to {self.routine[k - 1].end:g}; move one of them"
                )


def age_group(age: int) -> AgeGroup:
    """Return the age group of an age in years."""
    return next(group for group, (_, last) in AGE_GROUPS.items() if age <= last)


def check_people(people: Sequence[Persona]) -> None:
    """Check that people can live together: ids are different, relationships have two sides, parents are older.

    Raises:
        ValueError: they cannot; the message begins with whom and which field.
    """
    by_id = {person.id: person for person in people}
    if len(by_id) < len(people):
        seen: set[int] = set()
        twice = next(person for person in people if person.id in seen or seen.add(person.id))  # type: ignore[func-returns-value]
        raise ValueError(f"{twice.name}: id: expected another id for everybody, got {twice.id} twice")
    for person in people:
        for other_id, kind in person.relationships.items():
            where = f"{person.name} ({person.id}): relationships.{other_id}"
            other = by_id.get(other_id)
            if other is None:
                raise ValueError(f"{where}: expected the id of one of the {len(people)} people, found nobody")
            back = other.relationships.get(person.id)
            if back != INVERSE[kind]:
                raise ValueError(
                    f"{where}: expected {other.name} to call {person.name} {INVERSE[kind]} where it is called {kind}, "
                    f"got {back or 'nothing'}; give both sides"
                )
            if kind == "parent" and other.age - person.age < PARENT_GAP:
                raise ValueError(
                    f"{where}: expected a parent {PARENT_GAP} years older than {person.age}, got one of {other.age}"
                )


def _check_levels(section: str, levels: Mapping[str, int], names: tuple[str, ...]) -> None:
    for name, level in levels.items():
        if name not in names:
            raise ValueError(f"{section}.{name}: expected one of {', '.join(names)}")
        if not (isinstance(level, int) and LEVELS[0] <= level <= LEVELS[1]):
            raise ValueError(
                f"{section}.{name}: expected a whole level from {LEVELS[0]} (hardly) to {LEVELS[1]} (very), got {level}"
            )
