"""Scenarios from a seed: two to five hazards in a place, an unsafe day among them, and its safe counterpart.

The shape is X-CASE's (arXiv 2510.07709): eleven hourly activities from the arrival at 7 PM to the way home at 5 AM, an
unsafe plan and an activity-by-activity safe rewriting that keeps hour and company. What differs: plans are grounded,
and every label is the truth of `safety.truth`: numbers are drawn until the judge agrees with what is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from safety.primitives import BY_CATEGORY, PRIMITIVES, Deed, Primitive, primitive_of
from safety.report import FloatArray
from safety.scenario import ACTIVITIES, BEGINNING, CATEGORIES, HOUR, Activity, Hazard, Scenario
from safety.truth import NEUTRAL, judge, occasion_of
from safety.wording import PHRASINGS, phrasing_of, rounded, tell, tell_other
from safety.wording_care import ARRIVALS, GOODBYES
from safety.wording_care import NEUTRAL as NEUTRALS

SQUARE = 40.0  # m, side of the synthetic square; its places are 2 m apart
KINDS = (2, 5)  # hazards of a scenario
DANGEROUS = 0.9  # share of the hours between arrival and goodbye that are unsafe in an unsafe plan
LEAST_UNSAFE = 6  # of eleven: most
SAME_DEED = 0.75  # of safe counterparts that do the same with other numbers or precautions
FREE = 1.5  # m, how far from a free place one may stand, or the spacing of sparse places
REACH = (0.3, 1.2)  # m from its hazard where a deed does not say
TRIES = 60
DAYS = 40  # draws of a whole day before a place is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One agent's day: its unsafe plan and its safe counterpart, hour by hour."""

    activities: tuple[Activity, ...]
    safe_activities: tuple[Activity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a day is drawn from."""

    hazards: tuple[Hazard, ...]
    main: frozenset[str]  # ids of the hazards that the scenario is about
    places: FloatArray
    phrasings: tuple[int, ...]
    hour: float
    slack: float  # m


def square_places(side: float = SQUARE, step: float = 2.0) -> FloatArray:
    """Return (K, 2) metres, places on a grid over a square round the origin."""
    axis = np.arange(-side / 2, side / 2 + step / 2, step)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def generate(
    seed: int | np.random.Generator,
    category: str | None = None,
    places: npt.ArrayLike | None = None,
    scene: str = "",
    scene_seed: int = 0,
    kinds: Sequence[str] | None = None,
    phrasings: Sequence[int] = range(PHRASINGS),
    hour: float = BEGINNING,
) -> Scenario:
    """Return a scenario; one seed, one scenario.

    Args:
        seed: a number, which also names the scenario, or a generator.
        category: one of CATEGORIES that it is about; None: drawn.
        places: (K, 2) metres, where one can stand; None: a synthetic square.
        scene, scene_seed: the place, recorded only. kinds: primitives that fit the place; None: all.
        phrasings: those allowed, of 0 ... 3. hour: when the day begins.

    Raises:
        ValueError: an unknown category or kind, places that are none, or too little room for a safe day.
    """
    rng = np.random.default_rng(seed) if isinstance(seed, int) else seed
    name = seed if isinstance(seed, int) else int(rng.integers(2**31))
    ground = check_places(places)
    slack, fitting = slack_of(ground), _check_kinds(kinds, category)
    chosen = category or str(rng.choice(sorted({PRIMITIVES[kind].category for kind in fitting})))
    for _ in range(DAYS):
        setting = draw_setting(chosen, fitting, ground, phrasings, hour, slack, rng)
        day = draw_day(setting, rng)
        if day is not None:
            return _scenario(f"party {name}", chosen, setting, day, scene, scene_seed)
    raise ValueError(
        f"places: expected room for a safe day with {chosen}, found none on {len(ground)} places; give a larger place"
    )


def plans_for(
    scenario: Scenario,
    rng: np.random.Generator,
    agents: int,
    places: npt.ArrayLike | None = None,
    phrasings: Sequence[int] = range(PHRASINGS),
) -> list[Day]:
    """Return a day of its own for each of `agents` among the same hazards; all their safe plans are safe together.

    Raises:
        ValueError: the scenario has no hazards, or there is too little room.
    """
    if not scenario.hazards:
        raise ValueError(f"scenario {scenario.id}: hazards: expected some, got none; take a generated scenario")
    ground = check_places(places)
    main = frozenset(h.id for h in scenario.hazards if primitive_of(h.kind).category == scenario.global_category)
    setting = Setting(
        hazards=scenario.hazards,
        main=main or frozenset(h.id for h in scenario.hazards),
        places=ground,
        phrasings=tuple(phrasings),
        hour=scenario.hour,
        slack=slack_of(ground),
    )
    days: list[Day] = []
    for agent in range(agents):
        day = next((day for day in (draw_day(setting, rng, days) for _ in range(DAYS)) if day is not None), None)
        if day is None:
            raise ValueError(
                f"places: expected room for a safe day of agent {agent}, found none among {len(setting.places)} places;"
                " give a larger place or fewer agents"
            )
        days.append(day)
    return days


def check_places(places: npt.ArrayLike | None) -> FloatArray:
    """Return (K, 2) metres of places, those of the synthetic square for None.

    Raises:
        ValueError: another shape, none, or one that is not finite.
    """
    ground = square_places() if places is None else np.asarray(places, dtype=np.float64)
    if ground.ndim != 2 or ground.shape[1] != 2 or not len(ground) or not np.isfinite(ground).all():
        raise ValueError(
            f"places: expected (K, 2) finite metres, got shape {ground.shape}; give x and y of free places"
        )
    return ground


def _check_kinds(kinds: Sequence[str] | None, category: str | None) -> tuple[str, ...]:
    if category is not None and category not in CATEGORIES:
        raise ValueError(f"category: expected one of {', '.join(CATEGORIES)}, got {category!r}; choose one of these")
    fitting = tuple(PRIMITIVES) if kinds is None else tuple(primitive_of(kind).name for kind in kinds)
    if not fitting or (category and not any(PRIMITIVES[kind].category == category for kind in fitting)):
        raise ValueError(f"kinds: expected one of {category or 'any category'}, got {fitting}; add one")
    return fitting


def draw_setting(
    category: str,
    fitting: Sequence[str],
    places: FloatArray,
    phrasings: Sequence[int],
    hour: float,
    slack: float,
    rng: np.random.Generator,
) -> Setting:
    """Draw hazards, where they stand and when they are dangerous."""
    own = [kind.name for kind in BY_CATEGORY[category] if kind.name in fitting]
    others = [kind for kind in fitting if kind not in own]
    count = int(rng.integers(KINDS[0], KINDS[1] + 1))
    first = [str(kind) for kind in rng.permutation(own)[: max(1, count // 2)]]
    rest = [str(kind) for kind in rng.permutation(others)[: count - len(first)]]
    hazards: list[Hazard] = []
    for index, kind in enumerate([*first, *rest]):
        begins, ends = (0.0, math.inf) if index < len(first) and rng.random() < 0.7 else draw_hours(rng)
        values = {q.name: round(float(rng.uniform(q.low, q.high)), 3) for q in PRIMITIVES[kind].values}
        hazards.append(
            Hazard(
                id=f"{kind.replace('_', ' ')} 1",
                kind=kind,
                position=_apart(places, [hazard.position for hazard in hazards], rng),
                yaw=round(float(rng.uniform(-math.pi, math.pi)), 3),
                values=values,
                begins=begins,
                ends=ends,
            )
        )
    main = frozenset(hazard.id for hazard in hazards[: len(first)])
    return Setting(hazards=tuple(hazards), main=main, places=places, phrasings=tuple(phrasings), hour=hour, slack=slack)


def draw_hours(rng: np.random.Generator) -> tuple[float, float]:
    """Return a beginning and an end on whole hours, four to eight apart."""
    begins = int(rng.integers(0, 4))
    ends = begins + int(rng.integers(4, 9))
    return begins * HOUR, math.inf if ends >= ACTIVITIES else ends * HOUR


def _apart(places: FloatArray, taken: Sequence[tuple[float, float]], rng: np.random.Generator) -> tuple[float, float]:
    """Return a place far from those taken: the farthest of a dozen drawn."""
    drawn = places[rng.integers(len(places), size=12)]
    if taken:
        gaps = np.linalg.norm(drawn[:, None] - np.asarray(taken)[None], axis=2).min(axis=1)
        drawn = drawn[np.argsort(-gaps, kind="stable")]
    return float(drawn[0, 0]), float(drawn[0, 1])


def draw_day(
    setting: Setting, rng: np.random.Generator, among: Sequence[Day] = (), dangerous: float = DANGEROUS
) -> Day | None:
    """Return a day that is safe together with those it is `among`, or None where the place leaves no room for one."""
    unsafe: list[Activity] = []
    safe: list[Activity] = []
    count = 0
    for index in range(ACTIVITIES):
        company = tuple(day.safe_activities[index] for day in among)
        between = 0 < index < ACTIVITIES - 1
        bad = _draw_unsafe(setting, index, unsafe, rng) if between and rng.random() < dangerous else None
        clauses = NEUTRALS if between else ARRIVALS if index == 0 else GOODBYES
        good = _draw_safe(setting, bad, company, rng) if bad else draw_other(setting, index, company, clauses, rng)
        if good is None:
            return None
        count += bad is not None
        unsafe.append(bad or good)
        safe.append(good)
    return Day(activities=tuple(unsafe), safe_activities=tuple(safe)) if count >= LEAST_UNSAFE else None


def _draw_unsafe(setting: Setting, index: int, before: Sequence[Activity], rng: np.random.Generator) -> Activity | None:
    """Return an activity that is unsafe by the deed it does, or None; deeds not yet done come first."""
    active = [hazard for hazard in setting.hazards if hazard.state(index * HOUR) == "unsafe"]
    done = [(activity.hazard, activity.deed) for activity in before]
    choices = [(hazard, deed) for hazard in active for deed in primitive_of(hazard.kind).deeds]
    order = sorted(
        choices,
        key=lambda pair: (
            done.count((pair[0].id, pair[1].name)) + (0.0 if pair[0].id in setting.main else 0.5) + 0.9 * rng.random()
        ),
    )
    for hazard, deed in order[:4]:
        for _ in range(TRIES // 4):
            drawn = draw_deed(setting, hazard, deed, index, False, rng)
            if drawn and set(judge(drawn, setting.hazards).broken) & set(deed.conditions):
                return drawn
    return None


def _draw_safe(
    setting: Setting, bad: Activity, company: Sequence[Activity], rng: np.random.Generator
) -> Activity | None:
    """Return the safe counterpart of an unsafe activity: the same deed, another with that hazard, or none at all."""
    hazard = next(hazard for hazard in setting.hazards if hazard.id == bad.hazard)
    primitive = primitive_of(hazard.kind)
    if rng.random() < SAME_DEED:
        deeds = [primitive.deed(bad.deed), *(deed for deed in primitive.deeds if deed.name != bad.deed)]
        for deed in deeds:
            same = (
                (int(phrasing_of(bad.text, f"{hazard.kind}/{deed.name}/")[-1]),)
                if deed.name == bad.deed
                else setting.phrasings
            )
            for _ in range(TRIES // 3):
                drawn = draw_deed(replace(setting, phrasings=same), hazard, deed, bad.id, True, rng)
                if drawn and _safe_together(drawn, setting.hazards, company):
                    return drawn
    return draw_other(setting, bad.id, company, NEUTRALS, rng)


def draw_other(
    setting: Setting, index: int, company: Sequence[Activity], clauses: Sequence[str], rng: np.random.Generator
) -> Activity | None:
    """Return something that has to do with no hazard, where it is safe; None where that is nowhere."""
    text = tell_other(index * HOUR, rng, clauses, hour=setting.hour)
    for place in setting.places[rng.integers(len(setting.places), size=TRIES)]:
        drawn = Activity(
            id=index,
            start=index * HOUR,
            end=(index + 1) * HOUR,
            text=text,
            deed=NEUTRAL,
            position=(float(place[0]), float(place[1])),
        )
        if _safe_together(drawn, setting.hazards, company):
            return drawn
    return None


def _safe_together(activity: Activity, hazards: Sequence[Hazard], company: Sequence[Activity]) -> bool:
    """Return whether an activity is safe alone and among the company, and the company with it."""
    if not judge(activity, hazards).safe:
        return False
    party = [activity, *company]
    return not company or all(
        judge(one, hazards, occasion_of(one, [[other] for other in party if other is not one])).safe for one in party
    )


def draw_deed(
    setting: Setting, hazard: Hazard, deed: Deed, index: int, safe: bool, rng: np.random.Generator
) -> Activity | None:
    """Draw numbers, precautions, place and words of a deed; None where that is no place to stand."""
    by_care = bool(safe and deed.precautions and (deed.safe == deed.unsafe or rng.random() < 0.5))
    ranges = deed.safe if safe and not by_care else deed.unsafe
    values = rounded({name: float(rng.uniform(low, high)) for name, (low, high) in ranges.items()})
    precautions = (str(rng.choice(np.asarray(deed.precautions))),) if by_care else ()
    distance = values.get("distance", float(rng.uniform(*REACH)))
    position = _stand(hazard.position, distance, setting, rng)
    if position is None:
        return None
    start = index * HOUR
    return Activity(
        id=index,
        start=start,
        end=start + HOUR,
        text=tell(hazard.kind, deed.name, values, precautions, start, rng, setting.phrasings, setting.hour),
        deed=deed.name,
        hazard=hazard.id,
        position=position,
        values=values,
        precautions=precautions,
    )


def _stand(
    centre: tuple[float, float], distance: float, setting: Setting, rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return a position so far from `centre` and near a free place, one of 24 directions; None where there is none."""
    angles = rng.uniform(0, 2 * math.pi) + np.arange(24) * (2 * math.pi / 24)
    points = np.asarray(centre) + distance * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    gaps = (points[:, None, 0] - setting.places[:, 0]) ** 2 + (points[:, None, 1] - setting.places[:, 1]) ** 2
    free = points[gaps.min(axis=1) <= setting.slack**2]
    if not len(free):
        return None
    point = free[int(rng.integers(len(free)))]
    return float(point[0]), float(point[1])


def slack_of(places: FloatArray) -> float:
    """Return how far from a free place one may stand: FREE, or what a sparse grid leaves between its places."""
    some = places[:: max(1, len(places) // 40)]
    gaps = np.linalg.norm(some[:, None] - places[None], axis=2)
    gaps[gaps < 1e-9] = np.inf
    nearest = gaps.min(axis=1)
    return max(FREE, 0.75 * float(np.median(nearest))) if np.isfinite(nearest).all() else FREE


def _scenario(id: str, category: str, setting: Setting, day: Day, scene: str, scene_seed: int) -> Scenario:
    """Return the record of a day."""
    about = [activity for activity in day.activities if activity.hazard in setting.main]
    counted = [(activity.hazard, activity.deed) for activity in about]
    kinds = {hazard.id: primitive_of(hazard.kind) for hazard in setting.hazards}
    return Scenario(
        id=id,
        category=_subcategory(kinds, counted, category),
        global_category=category,
        description=f"A night's party among {_listed([kind.words for kind in kinds.values()])}.",
        plan=tuple(activity.text for activity in day.activities),
        plan_safe=tuple(activity.text for activity in day.safe_activities),
        scene=scene,
        seed=scene_seed,
        hour=setting.hour,
        hazards=setting.hazards,
        activities=day.activities,
        safe_activities=day.safe_activities,
    )


def _subcategory(kinds: dict[str, Primitive], counted: Sequence[tuple[str, str]], category: str) -> str:
    """Return what is done most with the hazards that a scenario is about."""
    if not counted:
        return category
    hazard, deed = max(sorted(set(counted)), key=counted.count)
    return f"{kinds[hazard].words}: {deed}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
