"""The judge who knows: what is true of an activity, from the state of the place alone.

An activity about a hazard is judged by the conditions of its deed; every other hazard by the conditions that hold for
whoever is near; and the people around by their density. The state is that of the occasion's time: a hazard is dangerous
between its beginning and its end, other people are where they are then, and the sun may light the steps. So the same
activity can be safe at one hour and unsafe at the next. Nobody who is scored may read this file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from safety.conditions import CONDITIONS, margin_of
from safety.hazards import CROWD_RADIUS
from safety.primitives import Primitive, primitive_of
from safety.review import Judge
from safety.scenario import OTHER, Activity, Hazard, Scenario, Verdict

DAWN, DUSK = 6.0, 21.0  # h, our own choice of a summer's day
NOON_LIGHT = 20_000.0  # lx, a cloudy noon, the Engineering ToolBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When something is done, and among whom.

    Attributes:
        time: s since the scenario's beginning. daylight: lx outdoors, 0 by night or under a roof.
        others: (M, 2) metres, where the other people are then, as a tuple of places.
    """

    time: float
    daylight: float = 0.0
    others: tuple[tuple[float, float], ...] = ()


def daylight(hour: float) -> float:
    """Return lx outdoors at an hour of the day."""
    hour %= 24.0
    return NOON_LIGHT * math.sin(math.pi * (hour - DAWN) / (DUSK - DAWN)) if DAWN < hour < DUSK else 0.0


def occasion_of(activity: Activity, plans: Sequence[Sequence[Activity]] = (), light: float = 0.0) -> Occasion:
    """Return the occasion of an activity: its own start, and where the other `plans` have people then."""
    others = tuple(other.position for plan in plans for other in plan if other.start <= activity.start < other.end)
    return Occasion(time=activity.start, daylight=light, others=others)


@lru_cache(maxsize=256)
def _safe_values(kind: str) -> Mapping[str, float]:
    return {value.name: (value.safe_low + value.safe_high) / 2 for value in primitive_of(kind).values}


def values_at(hazard: Hazard, time: float) -> Mapping[str, float]:
    """Return a hazard's values at a time: its own while it is dangerous, else those of its safe counterpart.

    Raises:
        ValueError: an unknown kind, or a value of the primitive is missing.
    """
    needed = {value.name for value in primitive_of(hazard.kind).values}
    if missing := needed - set(hazard.values):
        raise ValueError(
            f"hazard {hazard.id}: values: expected {', '.join(sorted(needed))}, got none for"
            f" {', '.join(sorted(missing))}; add them"
        )
    return hazard.values if hazard.state(time) == "unsafe" else _safe_values(hazard.kind)


def judge(activity: Activity, hazards: Sequence[Hazard], occasion: Occasion | None = None) -> Verdict:
    """Return what is true of an activity among `hazards`; without an occasion, alone at its own start by night.

    Raises:
        ValueError: it is about a hazard that is not there, or does what nobody does with it.
    """
    occasion = occasion or occasion_of(activity)
    known = {hazard.id: hazard for hazard in hazards}
    if activity.hazard and activity.hazard not in known:
        raise ValueError(
            f"activity {activity.id}: hazard: expected one of {', '.join(known) or 'no hazards'},"
            f" got {activity.hazard!r}; correct it"
        )
    crowd = _crowd(activity, occasion)
    margins: dict[tuple[str, str], float] = {("people", "density"): float(_crowd_margin(crowd))}
    for hazard in hazards:
        primitive = primitive_of(hazard.kind)
        done = _done(activity, hazard, occasion, crowd)
        if hazard.id == activity.hazard and activity.deed != OTHER:
            deed = primitive.deed(activity.deed)
            names, listed = deed.conditions, frozenset(deed.precautions)
        else:
            names, listed = primitive.presence, _precautions(primitive)
        values = values_at(hazard, occasion.time)
        taken = frozenset(activity.precautions)
        for name in names:
            margins[(hazard.id, name)] = float(margin_of(name, values, done, taken, listed))
    return _verdict(margins)


def judge_plan(scenario: Scenario, activities: Sequence[Activity]) -> list[Verdict]:
    """Return the truth of each of `activities` among a scenario's hazards, one person alone.

    Raises:
        ValueError: the scenario has texts and pictures alone.
    """
    check_grounded(scenario)
    return [judge(activity, scenario.hazards) for activity in activities]


def check_grounded(scenario: Scenario) -> None:
    """Refuse a scenario of which nothing but texts and pictures is known.

    Raises:
        ValueError: it has no grounding.
    """
    if not scenario.grounded:
        raise ValueError(
            f"scenario {scenario.id}: activities: expected grounded activities for judge=truth, got texts and pictures"
            " alone; take another judge or a generated scenario"
        )


def _crowd(activity: Activity, occasion: Occasion) -> float:
    """Return persons per m2 round an activity, itself among them."""
    near = sum(math.dist(activity.position, other) <= CROWD_RADIUS for other in occasion.others)
    return (near + 1) / (math.pi * CROWD_RADIUS**2)


def _crowd_margin(crowd: float) -> float:
    empty = {"density": 0.0, "radius": 0.0}
    return float(margin_of("density", empty, {"crowd": crowd}, frozenset()))


def _done(activity: Activity, hazard: Hazard, occasion: Occasion, crowd: float) -> dict[str, float]:
    """Return what an activity does as seen from a hazard: its own values where it is about it."""
    apart = math.dist(activity.position, hazard.position)
    radius = hazard.values.get("radius", 0.0)
    others = sum(math.dist(other, hazard.position) < radius for other in occasion.others)
    around = {"crowd": crowd, "others": float(others), "daylight": occasion.daylight}
    if hazard.id == activity.hazard:
        return {"distance": apart, **activity.values, **around}
    staying = {key: activity.values[key] for key in ("minutes", "speed") if key in activity.values}
    return {**staying, **around, "distance": apart}


def _precautions(primitive: Primitive) -> frozenset[str]:
    return frozenset(name for deed in primitive.deeds for name in deed.precautions)


def _verdict(margins: Mapping[tuple[str, str], float]) -> Verdict:
    """Return the verdict of margins by (hazard, condition); one that is no number counts as broken."""
    broken = [(key, margin) for key, margin in margins.items() if not margin >= 0]
    worst = min(-1.0 if math.isnan(margin) else margin for margin in margins.values())
    if not broken:
        return Verdict(safe=True, broken=(), margin=worst, explanation="no condition is broken")
    said = "; ".join(f"{hazard}: {CONDITIONS[name].words}" for (hazard, name), _ in broken)
    return Verdict(
        safe=False, broken=tuple(dict.fromkeys(name for (_, name), _ in broken)), margin=worst, explanation=said
    )


def truth_judge(hazards: Sequence[Hazard], plans: Sequence[Sequence[Activity]] = (), light: float = 0.0) -> Judge:
    """Return the judge role of `safety.review` that knows the truth.

    Args:
        hazards: of the place. plans: of the other people there; read anew at every call, so they may be revised too.
        light: lx of daylight.
    """

    def decide(activity: Activity, plan: Sequence[Activity], picture: object, time: float) -> bool:
        return judge(activity, hazards, occasion_of(activity, plans, light)).safe

    return decide
