"""How fast people walk: by age and gender, hurry, and from person to person."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from embodied.minds.decision import SPEEDS
from embodied.minds.persona import MIDDLE, Persona

# Years, and comfortable walking speed of women and men, m/s. Children: Hausdorff et al., J. Appl. Physiol. 86, 1999;
# decades of adults: Bohannon, Age and Ageing 26, 1997; above 80: Bohannon & Williams Andrews, Physiotherapy 97, 2011.
AGES = (3.5, 6.5, 12.5, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
WOMEN = (1.00, 1.20, 1.28, 1.407, 1.415, 1.391, 1.395, 1.296, 1.272, 0.94)
MEN = (1.00, 1.20, 1.28, 1.393, 1.458, 1.462, 1.393, 1.359, 1.330, 0.97)
# Greatest walking speed over the comfortable one (Bohannon 1997); children as who is in the twenties.
WOMEN_FAST = (1.75, 1.75, 1.75, 1.75, 1.66, 1.53, 1.44, 1.37, 1.38, 1.38)
MEN_FAST = (1.82, 1.82, 1.82, 1.82, 1.68, 1.68, 1.49, 1.42, 1.56, 1.56)
# Speeds in a street differ by 0.26 of 1.34 m/s, 19 % (Weidmann, Transporttechnik der Fussgänger, 1993): a tenth for
# each level of hurry, in which people differ by 1.1, and the rest from person to person.
HURRY, SPREAD = 0.10, 0.15


def speed(persona: Persona, *, factor: float = 1.0, fast: bool = False) -> float:
    """Return how fast somebody walks, m/s, within what can be decided.

    Args:
        persona: who walks. factor: on its pace, such as its own difference from others, see `draw_factor`.
        fast: as fast as it can, whatever its hurry.
    """
    comfortable, greatest = _speeds(persona.age, persona.gender)
    pace = greatest if fast else comfortable * (1.0 + HURRY * (persona.traits["hurry"] - MIDDLE))
    return min(max(round(pace * factor, 2), SPEEDS[0]), SPEEDS[1])


def draw_factor(rng: np.random.Generator) -> float:
    """Draw by which factor somebody walks faster than others of its age."""
    return float(np.exp(rng.normal(0.0, SPREAD)))


@lru_cache(maxsize=512)
def _speeds(age: int, gender: str) -> tuple[float, float]:
    """Return the comfortable and the greatest walking speed, m/s."""
    sides = [(WOMEN, WOMEN_FAST)] * (gender != "man") + [(MEN, MEN_FAST)] * (gender != "woman")
    comfortable = float(np.mean([np.interp(age, AGES, speeds) for speeds, _ in sides]))
    return comfortable, comfortable * float(np.mean([np.interp(age, AGES, ratios) for _, ratios in sides]))
