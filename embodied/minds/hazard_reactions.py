"""What people do about what looks dangerous: they run, keep away, or go on; and whom they warn."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from embodied.minds.moment import Moment
from embodied.minds.utility import Option, choose

AGAIN = 60.0  # s for which one has seen to a hazard
NEAR = 3.0  # m within which a hazard is the more alarming, the nearer it is
ALARM = 1.5  # utility of running from what harms from afar
WARNED = 120.0  # s after a warning for which one takes more care
CARE = 0.5  # utility of keeping away, for who was warned
EARSHOT = 10.0  # m
ALARMING = re.compile(r"fire|flame|smoke|gas\b|explo|collaps|gun|knife|weapon|attack|avalanche|flood", re.IGNORECASE)
ARTICLE = re.compile(r"^(?:an?|the) ")

ACTIONS: tuple[Option, ...] = (
    Option(name="ignore", base=0.4, weights=(("boldness", 0.1), ("caution", -0.35), ("hurry", 0.1))),
    Option(name="avoid", base=0.8, weights=(("caution", 0.1),)),
    Option(name="flee", base=-0.8, weights=(("boldness", -0.15), ("caution", 0.4))),
)
WARNS: tuple[Option, ...] = (
    Option(name="warn", base=0.3, weights=(("helpfulness", 0.35), ("hurry", -0.1))),
    Option(name="keep quiet", base=0.0),
)

TREE: Any = {
    "when": "new_hazard",
    "do": {
        "sequence": [
            "weigh_hazard",
            {"parallel": [{"selector": ["flee_from_hazard", "avoid_hazard"]}, "warn_others"], "needed": 1},
        ]
    },
}


def new_hazard(moment: Moment) -> bool:
    """Tell whether something dangerous is in view that this person has not seen to of late."""
    return any(moment.since(f"hazard {hazard.name}") > AGAIN for hazard in moment.hazards)


def weigh_hazard(moment: Moment) -> bool:
    """Choose what to do about the hazards, by the most alarming of them; fail where it is to go on."""
    alarm = max(
        ALARM * alarming(hazard.name) + max(0.0, NEAR - hazard.distance) / NEAR
        for hazard in moment.hazards
        if moment.since(f"hazard {hazard.name}") > AGAIN
    )
    warned = CARE * (moment.since("warning") < WARNED)
    added = {"avoid": warned, "flee": alarm}
    utilities = [action.worth(moment.traits) + added.get(action.name, 0.0) for action in ACTIONS]
    moment.choice = ACTIONS[choose(utilities, moment.life.rng, moment.temperature)].name
    for hazard in moment.hazards:
        moment.note(f"hazard {hazard.name}")
    return moment.choice != "ignore"


def flee_from_hazard(moment: Moment) -> bool:
    """Run from it, where that was chosen."""
    if moment.choice != "flee":
        return False
    name = moment.hazards[0].name
    reason = f"{name} looks dangerous, {moment.hazards[0].distance:.0f} m off"
    moment.decide("flee", f"get away from {name}", reason, target="", speed=moment.speed(fast=True), minutes=0.5)
    return True


def avoid_hazard(moment: Moment) -> bool:
    """Keep away from it."""
    name = moment.hazards[0].name
    reason = f"{name} looks dangerous, {moment.hazards[0].distance:.0f} m off"
    moment.decide("avoid", f"keep away from {name}", reason, target="", speed=moment.speed(), minutes=0.5)
    return True


def warn_others(moment: Moment) -> bool:
    """Call out to whoever is within earshot, by helpfulness."""
    others = any(seen.kind == "person" and seen.distance < EARSHOT for seen in moment.observation.seen)
    if not others or moment.choose(WARNS) != "warn":
        return False
    hazard = ARTICLE.sub("", moment.hazards[0].name)
    moment.say("warn", "warn and run" if moment.choice == "flee" else "warn", hazard=hazard)
    return True


@lru_cache(maxsize=1024)
def alarming(name: str) -> bool:
    """Tell whether a hazard is one that harms from afar."""
    return ALARMING.search(name) is not None


LEAVES: dict[str, Any] = {
    function.__name__: function for function in (new_hazard, weigh_hazard, flee_from_hazard, avoid_hazard, warn_others)
}
