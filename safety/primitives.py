"""Fifty-two kinds of danger that a place can hold, what is done with them, and what differs between danger and safety.

A primitive has quantities (its parameters, in a range while it is dangerous and in another while its safe counterpart
stands there), conditions that hold for whoever is near (`presence`), and deeds. A deed names the conditions that judge
it (`safety.hazards.CONDITIONS`), the ranges from which its numbers are drawn for an unsafe and for a safe telling, and
the precautions any of which makes it safe without another number. Ranges overlap on purpose: what is safe is decided by
the conditions, which also know how hot, loud or deep this one is. Categories and words are our own.

The rows are in `primitives_outdoors.py` and `primitives_indoors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safety.primitives_indoors import INDOORS
from safety.primitives_outdoors import OUTDOORS
from safety.scenario import CATEGORIES

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A parameter of a primitive: its unit, its range while dangerous, and its range in the safe counterpart."""

    name: str
    unit: str
    low: float
    high: float
    safe_low: float
    safe_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is done with a hazard.

    Attributes:
        name: unique within its primitive. conditions: names of those that judge it.
        unsafe, safe: ranges of the activity's values, by name.
        precautions: any one of them makes it safe with the unsafe values; empty: only other values do.
    """

    name: str
    conditions: tuple[str, ...]
    unsafe: Mapping[str, Range]
    safe: Mapping[str, Range]
    precautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Primitive:
    """A kind of danger.

    Attributes:
        name: its key. category: one of CATEGORIES. words: its subcategory, in words.
        values: its parameters. presence: conditions that hold for all who are near, whatever they do.
        deeds: what is done with it.
    """

    name: str
    category: str
    words: str
    values: tuple[Quantity, ...]
    presence: tuple[str, ...]
    deeds: tuple[Deed, ...]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of all conditions that judge it, each once."""
        return tuple(dict.fromkeys([*self.presence, *(name for deed in self.deeds for name in deed.conditions)]))

    def deed(self, name: str) -> Deed:
        """Return one of its deeds.

        Raises:
            ValueError: it has none of that name.
        """
        for deed in self.deeds:
            if deed.name == name:
                return deed
        raise ValueError(
            f"deed: expected one of {', '.join(deed.name for deed in self.deeds)} for {self.name}, got {name!r};"
            " choose one of these"
        )


def _primitive(name: str) -> Primitive:
    """Return the primitive that a row of the table describes."""
    category, words, values, presence, deeds = {**OUTDOORS, **INDOORS}[name]
    return Primitive(
        name=name,
        category=category,
        words=words,
        values=tuple(
            Quantity(name=key, unit=unit, low=low, high=high, safe_low=safe_low, safe_high=safe_high)
            for key, (unit, low, high, safe_low, safe_high) in values.items()
        ),
        presence=presence,
        deeds=tuple(
            Deed(name=key, conditions=conditions, unsafe=unsafe, safe={**unsafe, **safe}, precautions=precautions)
            for key, (conditions, unsafe, safe, precautions) in deeds.items()
        ),
    )


PRIMITIVES: Mapping[str, Primitive] = {name: _primitive(name) for name in (*OUTDOORS, *INDOORS)}
BY_CATEGORY: Mapping[str, tuple[Primitive, ...]] = {
    category: tuple(primitive for primitive in PRIMITIVES.values() if primitive.category == category)
    for category in CATEGORIES
}


def primitive_of(kind: str) -> Primitive:
    """Return a primitive by its name.

    Raises:
        ValueError: none of that name.
    """
    if kind not in PRIMITIVES:
        raise ValueError(f"kind: expected one of {', '.join(PRIMITIVES)}, got {kind!r}; choose one of these")
    return PRIMITIVES[kind]


def subcategories() -> list[str]:
    """Return all subcategories: what kind of danger, and what is done with it."""
    return [f"{primitive.words}: {deed.name}" for primitive in PRIMITIVES.values() for deed in primitive.deeds]
