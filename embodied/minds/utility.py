"""How a choice is made: what each option is worth to somebody of these traits, and noise on it.

With Gumbel noise the best option is one drawn from the softmax of utilities over the temperature (McFadden, Conditional
logit analysis of qualitative choice behavior, 1974): each share rises with its own utility, and a temperature of 0
leaves the best alone. A trait counts by how far its level is from the middle, so that what an option is worth grows by
the same amount with each of the five levels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embodied.minds.persona import MIDDLE

TINY = 1e-300  # keeps the logarithm of a draw finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something to choose: `base` is what it is worth to the average person, `weights` what a level of a trait adds."""

    name: str
    base: float
    weights: tuple[tuple[str, float], ...] = ()

    def worth(self, traits: Mapping[str, int]) -> float:
        """Return its utility to somebody of these traits (each of TRAITS -> level)."""
        value = self.base
        for trait, weight in self.weights:
            value += weight * (traits[trait] - MIDDLE)
        return value


def choose(utilities: Sequence[float], rng: np.random.Generator, temperature: float) -> int:
    """Return the place of the option that is chosen.

    Args:
        utilities: of the options, at least one. rng: of who chooses.
        temperature: of the noise, in units of utility; 0: none, the first of the best is chosen.
    """
    if temperature > 0.0:
        noise = rng.standard_exponential(len(utilities)).tolist()
        utilities = [u - temperature * math.log(max(e, TINY)) for u, e in zip(utilities, noise, strict=True)]
    return max(range(len(utilities)), key=utilities.__getitem__)


def pick(options: Sequence[Option], traits: Mapping[str, int], rng: np.random.Generator, temperature: float) -> str:
    """Return the name of the option that somebody of these traits chooses; see `choose`."""
    return options[choose([option.worth(traits) for option in options], rng, temperature)].name
