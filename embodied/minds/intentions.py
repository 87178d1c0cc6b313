"""What somebody goes on with: its plan, a need that has become urgent, or what it likes where nothing is planned.

Needs come before plans in the order of AgentSociety (Piao et al., arXiv 2502.08691), the most basic first; all compete
by utility (`embodied.minds.utility`), so that a person may finish something small before it eats.
"""

from __future__ import annotations

import math
from functools import lru_cache

from embodied.minds.decision import LONGEST
from embodied.minds.moment import Moment
from embodied.minds.needs import NEEDS, THRESHOLDS
from embodied.minds.planning import FREE, FREE_OF_CHILDREN, FREE_TIME, MEETS
from embodied.minds.utility import choose
from embodied.minds.whereabouts import HERE, find_place, find_where_met
from embodied.wording import the

PLANNED, DUTY = 1.0, 1.0  # utility of what is planned, and more of what is not for fun
URGENT, UNMET, RANK, ASKED = 1.2, 2.0, 0.2, 1.5  # of a need: below its threshold, wholly unmet, each rank, just felt
LIKED = 0.4  # of each level of the trait that makes one like something
FAR, FARTHEST = 400.0, 1200.0  # m of way that cost a unit of utility, of what is not planned; m that count at most
PAUSE = 5.0  # minutes that one waits who does not know what to do
STROLL = 0.75  # times the usual pace
FUN = frozenset(activity for activity, _, _ in (*FREE, *FREE_OF_CHILDREN))


def go_on(moment: Moment) -> bool:
    """Go where the plan or a need says, or wait there."""
    observation, life = moment.observation, moment.life
    if observation.event == "arrived" and life.errand[0]:
        doing, minutes = life.errand
        life.errand, life.goes_to = ("", 0), ""
        moment.decide("wait", doing, f"has come here to {doing}", minutes=float(minutes))
        return True
    options = _planned(moment) + _needed(moment)
    if not options:
        options = _liked(moment)
    _, doing, place, distance, minutes, reason = options[
        choose([option[0] for option in options], life.rng, moment.temperature) if len(options) > 1 else 0
    ]
    there = distance <= HERE or (observation.event == "arrived" and bool(place) and life.goes_to == place)
    if place and not there:
        life.goes_to, life.errand = place, (doing, minutes) if reason != "plan" else ("", 0)
        pace = moment.speed(STROLL if doing == "stroll" else 1.0)
        moment.decide("go", tell(doing, place), _why(moment, doing, reason, minutes), target=place, speed=pace)
        return True
    life.goes_to, life.errand = "", ("", 0)
    if there or (reason == "plan" and not _wants_place(moment)):
        moment.decide("wait", doing, _why(moment, doing, reason, minutes), target=place, minutes=_clip(minutes))
    else:
        why = f"knows no place to {doing}"
        moment.decide("wait", f"think of where to {doing}", why, minutes=min(PAUSE, _clip(minutes)))
    return True


Intention = tuple[float, str, str, float, int, str]  # utility, activity, place, metres to it, minutes, reason


def _planned(moment: Moment) -> list[Intention]:
    observation = moment.observation
    for activity, name, last in observation.plan:
        if last >= observation.minute:
            place, distance = find_place(name, observation, moment.persona)
            utility = PLANNED + DUTY * (activity not in FUN)
            return [(utility, activity, place, distance, last - observation.minute, "plan")]
    return []


def _needed(moment: Moment) -> list[Intention]:
    observation = moment.observation
    needs = observation.needs
    if needs is None:
        return []
    names = needs.unmet()
    if not names and observation.event == "need":
        names = (min(NEEDS, key=lambda name: float(getattr(needs, name)) - THRESHOLDS[name]),)
    options: list[Intention] = []
    for name in names:
        activity, _, minutes = MEETS[name]
        place, distance = find_where_met(name, observation, moment.persona)
        lack = max(0.0, THRESHOLDS[name] - float(getattr(needs, name))) / THRESHOLDS[name]
        utility = URGENT + UNMET * lack + RANK * (len(NEEDS) - 1 - NEEDS.index(name))
        if observation.event == "need" and name == names[0]:
            utility += ASKED
        options.append((utility - _cost(distance), activity, place, distance, minutes, name))
    return options


def _liked(moment: Moment) -> list[Intention]:
    options: list[Intention] = []
    for activity, name, trait in FREE_OF_CHILDREN if moment.persona.age <= 12 else FREE:
        place, distance = find_place(name or "home", moment.observation, moment.persona)
        if place:
            utility = LIKED * moment.traits[trait] - _cost(distance)
            options.append((utility, activity, place, distance, FREE_TIME, "free"))
    return options or [(0.0, "look around", "", math.inf, round(PAUSE), "free")]


def _wants_place(moment: Moment) -> bool:
    """Tell whether what is planned has a place."""
    return any(name for _, name, last in moment.observation.plan if last >= moment.observation.minute)


def _cost(distance: float) -> float:
    return min(distance, FARTHEST) / FAR if math.isfinite(distance) else 0.0


@lru_cache(maxsize=4096)
def tell(doing: str, place: str) -> str:
    """Return what somebody does where, in words."""
    return doing if place in doing else f"{doing} at {place if place == 'home' else the(place)}"


def _clip(minutes: int) -> float:
    return float(min(max(minutes, 1), LONGEST))


def _why(moment: Moment, doing: str, reason: str, minutes: int) -> str:
    """Return why somebody does something, in words."""
    if reason == "plan":
        until = (moment.observation.minute + minutes) % (24 * 60)
        return f"{doing} is planned until {until // 60}:{until % 60:02d}"
    return f"likes to {doing}" if reason == "free" else f"{reason} has become urgent"
