"""A trait in words, for the prompt of a language model: its level as five factors of intensity.

SAC (Chittem et al., arXiv 2506.20993) tells a model how intense a trait is by frequency, depth, threshold, effort and
willingness, each on five levels with adjectives as anchors; the sentences here are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from embodied.minds.persona import LEVELS, MIDDLE, TRAITS, Persona

# Trait -> what somebody is, and does, the more of it there is.
MEANS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "boldness": ("bold", "stand your ground and go first"),
        "sociability": ("sociable", "talk with other people"),
        "hurry": ("hurried", "walk fast and save time"),
        "helpfulness": ("helpful", "help others"),
        "caution": ("cautious", "keep away from danger"),
        "curiosity": ("curious", "stop and look at what is new"),
        "patience": ("patient", "wait calmly"),
    }
)
# Factor -> a sentence for each level, from the least.
FACTORS: Mapping[str, tuple[str, str, str, str, str]] = MappingProxyType(
    {
        "frequency": (
            "You almost never {does}.",
            "You seldom {does}.",
            "You sometimes {does}.",
            "You often {does}.",
            "You nearly always {does}.",
        ),
        "depth": (
            "Being {adjective} means nothing to you.",
            "Being {adjective} means little to you.",
            "Being {adjective} means something to you.",
            "Being {adjective} means much to you.",
            "Being {adjective} is at the heart of who you are.",
        ),
        "threshold": (
            "Hardly anything gets you to {does}.",
            "It takes a strong reason for you to {does}.",
            "It takes some reason for you to {does}.",
            "A small reason is enough for you to {does}.",
            "The slightest occasion is enough for you to {does}.",
        ),
        "effort": (
            "It costs you great effort to {does}.",
            "It costs you some effort to {does}.",
            "It is neither hard nor easy for you to {does}.",
            "It is easy for you to {does}.",
            "It costs you no effort at all to {does}.",
        ),
        "willingness": (
            "You do not want to {does}.",
            "You would rather not {does}.",
            "You are willing to {does} where it is needed.",
            "You like to {does}.",
            "You want to {does} whenever you can.",
        ),
    }
)


@cache
def describe_trait(trait: str, level: int) -> tuple[str, ...]:
    """Return a level of a trait as a sentence for each of FACTORS, in order.

    Raises:
        ValueError: an unknown trait or level.
    """
    if trait not in MEANS:
        raise ValueError(f"trait: expected one of {', '.join(TRAITS)}, got {trait!r}; name one of them")
    if level not in range(LEVELS[0], LEVELS[1] + 1):
        raise ValueError(f"{trait}: expected a whole level from {LEVELS[0]} to {LEVELS[1]}, got {level!r}; change it")
    adjective, does = MEANS[trait]
    return tuple(words[level - LEVELS[0]].format(adjective=adjective, does=does) for words in FACTORS.values())


def describe_traits(traits: Mapping[str, int], *, factors: Sequence[str] = tuple(FACTORS)) -> str:
    """Return a line for each trait, with its level and the sentences of some or all factors.

    Args:
        traits: trait -> level, as in `Persona.traits`. factors: some of FACTORS.

    Raises:
        ValueError: an unknown trait, level or factor.
    """
    if unknown := [factor for factor in factors if factor not in FACTORS]:
        raise ValueError(f"factors: expected some of {', '.join(FACTORS)}, got {unknown[0]!r}; name those")
    places = [list(FACTORS).index(factor) for factor in factors]
    lines = []
    for trait, level in traits.items():
        sentences = describe_trait(trait, level)
        told = " ".join(sentences[place] for place in places)
        lines.append(f"{trait.capitalize()} {level} of {LEVELS[1]}. {told}".rstrip())
    return "\n".join(lines)


def tell_traits(persona: Persona) -> str:
    """Return what the traits of a person that are out of the middle mean, in sentences for a language model."""
    told = {name: level for name, level in persona.traits.items() if level != MIDDLE}
    return describe_traits(told, factors=("frequency", "willingness"))
