"""Conditions that a deed must keep, each a margin from the state: below 0 it is broken.

A condition sees the hazard's values as they are at that time, what is done (distance, minutes, people, ...), the
precautions taken and who else is there; never words or pictures. Margins are shares of the larger of value and limit,
so that 0 is the limit and -1 and 1 are far from it on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from safety import hazards as state

Values = Mapping[str, Any]  # floats, or arrays of one shape
Precautions = frozenset[str]
Margin = Callable[[Values, Values, Precautions], Any]
Kind = Literal[
    "distance", "contact", "dose", "load", "density", "speed", "zone", "exit", "line of sight", "temperature",
    "supervision", "information",
]  # fmt: skip

# What is done where an activity does not say: alone, at a walk, an hour, empty-handed, with a free view.
ORDINARY: Mapping[str, float] = {
    "distance": 0.0, "minutes": 60.0, "people": 1.0, "load": 0.0, "speed": 1.2, "view": 10.0, "contact": 1.0,
    "adult": 100.0, "hours": 0.0, "volume": 0.0, "hand": 0.0, "crowd": 0.0, "others": 0.0, "daylight": 0.0,
}  # fmt: skip
# How a precaution changes a number. Attenuations are half of what is printed, as NIOSH and OSHA derate ear plugs.
QUIETER = {"ear plugs": 15.0, "ear defenders": 25.0}  # dB
SCREENED = {"heat screen": 0.2}  # share of the flux
THINNER = {"mask": 0.1, "windows open": 0.15}  # share of the vapour; a half mask protects tenfold (EN 529)
HOTTER = {"oven gloves": 250.0}  # degrees C more, EN 407
BRIGHTER = {"torch": 30.0}  # lx
ROUGHER = {"grip shoes": 1.8}  # times the friction


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition: its family, its margin, what it means when broken, and the precautions that lift it altogether."""

    family: Kind
    margin: Margin
    words: str
    lifted_by: frozenset[str] = frozenset()


def _product(table: Mapping[str, float], taken: Precautions) -> float:
    return float(np.prod([factor for name, factor in table.items() if name in taken]))


def _sum(table: Mapping[str, float], taken: Precautions) -> float:
    return sum(amount for name, amount in table.items() if name in taken)


def _heat(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(state.heat_flux(hazard["power"], done["distance"]) * _product(SCREENED, taken), state.PAIN_FLUX)


def _temperature(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(hazard["temperature"], state.burn_temperature(done["contact"]) + _sum(HOTTER, taken))


def noise_rate(hazard: Values, done: Values, taken: Precautions) -> Any:
    """Return the share of the day's noise that a minute costs."""
    level = state.sound_level(hazard["level"], done["distance"]) - max(
        (decibels for name, decibels in QUIETER.items() if name in taken), default=0.0
    )
    return 1 / state.noise_minutes(level)


def vapour_rate(hazard: Values, done: Values, taken: Precautions) -> Any:
    """Return the share of the short-term dose of vapour that a minute costs."""
    ppm = state.crowd_density(hazard["ppm"], hazard["radius"], done["distance"]) * _product(THINNER, taken)
    return state.vapour_rate(ppm)


def _density(hazard: Values, done: Values, taken: Precautions) -> Any:
    here = state.crowd_density(hazard["density"], hazard["radius"], done["distance"])
    return state.spare(np.maximum(here, done["crowd"]), state.CROWD_DENSITY)


def _flow(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(done["people"] / done["minutes"], state.FLOW * hazard["width"])


def _load(hazard: Values, done: Values, taken: Precautions) -> Any:
    mass = state.PERSON_MASS * (done["people"] + done["others"]) + done["load"]
    return np.maximum(
        state.spare(mass, hazard["load_limit"]), np.minimum(state.reserve(done["distance"], hazard["radius"]), 1.0)
    )


def _fall(hazard: Values, done: Values, taken: Precautions) -> Any:
    drop = done.get("height", hazard["drop"] if "drop" in hazard else hazard.get("height", 0.0))
    kept = np.maximum(state.spare(drop, state.SAFE_DROP), state.reserve(hazard.get("guard", 0.0), state.GUARD_HEIGHT))
    kept = np.maximum(kept, 2.0 * hazard.get("secured", 0.0) - 1.0)
    return np.maximum(kept, state.reserve(done["distance"], state.EDGE_DISTANCE))


def _light(hazard: Values, done: Values, taken: Precautions) -> Any:
    lux = hazard["lux"] + done["daylight"] + _sum(BRIGHTER, taken)
    return np.maximum(state.reserve(lux, state.STEP_LIGHT), state.reserve(done["distance"], hazard["radius"]))


def _slip(hazard: Values, done: Values, taken: Precautions) -> Any:
    friction = hazard["friction"] * _product(ROUGHER, taken)
    kept = state.reserve(friction, state.required_friction(done["speed"]))
    return np.maximum(kept, state.reserve(done["distance"], hazard["radius"]))


def _flood(hazard: Values, done: Values, taken: Precautions) -> Any:
    rating = state.flood_rating(hazard["depth"], hazard["flow"])
    return np.maximum(state.spare(rating, state.FLOOD_RATING), state.reserve(done["distance"], hazard["radius"]))


def _voltage(hazard: Values, done: Values, taken: Precautions) -> Any:
    return np.maximum(
        state.spare(hazard["voltage"], state.TOUCH_VOLTAGE), state.reserve(done["distance"], hazard["clearance"])
    )


def _food(hazard: Values, done: Values, taken: Precautions) -> Any:
    out = np.maximum(
        state.reserve(hazard["temperature"], state.FOOD_HOT), state.spare(hazard["temperature"], state.FOOD_COLD)
    )
    return np.maximum(out, state.spare(done["hours"], state.FOOD_HOURS))


def _stopping(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.reserve(done["distance"], state.stopping_distance(hazard["vehicle_speed"]))


def _noise(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(done["minutes"] * noise_rate(hazard, done, taken), 1.0)


def _vapour(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(done["minutes"] * vapour_rate(hazard, done, taken), 1.0)


def _alcohol(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(state.alcohol_units(done["volume"], hazard["strength"]), state.BINGE_UNITS)


def _gas(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.spare(hazard["lel"] / np.maximum(done["distance"], 0.1), state.GAS_LIMIT)


def _exit(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.reserve(hazard["free_width"], state.exit_width(done["people"]))


def _traffic(hazard: Values, done: Values, taken: Precautions) -> Any:
    return state.reserve(hazard["gap"], state.crossing_seconds(hazard["width"], done["speed"]))


def _at_least(value: str, least: str) -> Margin:
    """Return a margin: what is done keeps the hazard's least value."""
    return lambda hazard, done, taken: state.reserve(done[value], hazard[least])


def _at_most(value: str, most: str) -> Margin:
    """Return a margin: what is done keeps the hazard's largest value."""
    return lambda hazard, done, taken: state.spare(done[value], hazard[most])


def _flag(name: str, good: float) -> Margin:
    """Return a margin: 1 where the hazard's flag is `good`, -1 where it is not."""
    return lambda hazard, done, taken: np.where(np.asarray(hazard[name]) == good, 1.0, -1.0)


def _condition(family: Kind, margin: Margin, words: str, *lifted_by: str) -> Condition:
    return Condition(family=family, margin=margin, words=words, lifted_by=frozenset(lifted_by))


CONDITIONS: Mapping[str, Condition] = {
    "distance": _condition("distance", _at_least("distance", "clearance"), "nearer than its clearance", "braced",
                           "on a leash", "taped down"),
    "heat": _condition("distance", _heat, "so near that its heat hurts"),
    "stopping": _condition("distance", _stopping, "within the distance in which it cannot stop", "lookout",
                           "engine off"),
    "voltage": _condition("contact", _voltage, "within reach of a live part above 50 V", "switched off"),
    "contact": _condition("contact", _at_least("distance", "radius"), "touches what cuts", "sturdy shoes",
                          "work gloves"),
    "hands": _condition("contact", _at_least("hand", "hand_limit"), "hands nearer to the blade than 0.3 m",
                        "push stick", "switched off"),
    "temperature": _condition("temperature", _temperature, "touches what burns in that time", "cooled down"),
    "food": _condition("temperature", _food, "food out for over two hours between 5 and 63 degrees", "fresh batch"),
    "noise": _condition("dose", _noise, "more noise than a day allows"),
    "vapour": _condition("dose", _vapour, "more vapour than 15 minutes allow"),
    "alcohol": _condition("dose", _alcohol, "more than six units in one sitting"),
    "gas": _condition("dose", _gas, "gas above a tenth of its explosive limit", "valve closed"),
    "wait": _condition("dose", _at_least("minutes", "wait"), "sooner than the wait it needs"),
    "load": _condition("load", _load, "heavier than it bears", "braced"),
    "shelf load": _condition("load", _at_most("load", "load_limit"), "heavier than it bears", "braced"),
    "density": _condition("density", _density, "more than four people on a square metre"),
    "flow": _condition("density", _flow, "more people in a minute than its width lets through", "second gate"),
    "exit": _condition("exit", _exit, "a way out too narrow for so many", "second exit"),
    "speed": _condition("speed", _at_most("speed", "speed_limit"), "faster than is safe there"),
    "slip": _condition("speed", _slip, "less grip than that speed needs", "grit spread", "sand spread", "mopped dry"),
    "traffic": _condition("speed", _traffic, "the gap in the traffic is too short to cross", "green light",
                          "traffic stopped"),
    "flood": _condition("speed", _flood, "water too deep and fast to stand in", "footbridge"),
    "zone": _condition("zone", _at_least("distance", "radius"), "inside a zone where nobody may be", "range closed",
                       "switched off", "lens covered"),
    "fall": _condition("zone", _fall, "at a drop without a guard", "harness", "held ladder"),
    "sight": _condition("line of sight", _at_least("view", "view_needed"), "does not see the way ahead", "lookout",
                        "guided"),
    "light": _condition("line of sight", _light, "steps darker than 10 lux", "lamps on"),
    "supervision": _condition("supervision", _at_most("adult", "watch"), "nobody near enough watches", "life jacket"),
    "information": _condition("information", _flag("truth", 1.0), "relies on what is not true", "cook asked",
                              "parents asked", "label read", "staff asked", "plan checked", "source checked"),
    "consent": _condition("information", _flag("records", 0.0), "nobody consented", "consent given"),
}  # fmt: skip
# What a minute costs of the dose that is allowed: these add up along a walk.
RATES: Mapping[str, Margin] = {"noise": noise_rate, "vapour": vapour_rate}


def margin_of(name: str, hazard: Values, done: Values, taken: Precautions, listed: Precautions | None = None) -> Any:
    """Return the margin of a condition, 1 where a precaution lifts it.

    Args:
        name: a key of CONDITIONS.
        hazard: the hazard's values as they are. done: what is done; what is missing is ordinary.
        taken: the precautions. listed: those that fit the deed; None: all that the condition knows.

    Raises:
        ValueError: the hazard lacks a value that the condition needs.
    """
    condition = CONDITIONS[name]
    lifting = condition.lifted_by & taken
    if lifting & listed if listed is not None else lifting:
        return 1.0
    try:
        return condition.margin(hazard, {**ORDINARY, **done}, taken)
    except KeyError as error:
        raise ValueError(
            f"hazard: expected a value {error} for the condition {name!r}, got {', '.join(hazard) or 'none'}; add it"
        ) from None
