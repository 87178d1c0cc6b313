"""What a person senses and knows, in words for a language model; what was read in the world stands in fences.

Names, signs, what others said, memories and plans can hold anything, orders to the model among it. They are quoted
(`embodied.llm_prompt.quote`), and places and hazards can only be chosen by number, so that no such text stands in a
schema or in a system message, which some ways of asking put a schema into.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from embodied.episode import Event, Heard, PersonObservation, Seen
from embodied.llm_prompt import quote
from embodied.minds.acts import ACTS
from embodied.minds.decision import ACTIVITIES, WORDS, schema
from embodied.minds.needs import NEEDS
from embodied.minds.persona import INVERSE, LEVELS, MIDDLE, Persona
from embodied.minds.planning import FREE, FREE_OF_CHILDREN, GAINS, MEETS

Traits = Callable[[Persona], str]  # what the traits of a person mean, in sentences of our own

NAME = 60  # characters of a name, a plan or a home
TEXT = 160  # characters of a sign or a memory
MOST_SEEN, MOST_HEARD, MOST_MEMORIES, MOST_PLANS, MOST_PLACES = 10, 6, 6, 3, 12
EVENTS: Mapping[Event, str] = MappingProxyType(
    {
        "addressed": "somebody spoke to you",
        "plan": "the next thing in your plan is due",
        "arrived": "you arrived where you were going",
        "met": "somebody you know is near",
        "robot": "a robot came near",
        "hazard": "something looks dangerous",
        "need": "a need became urgent",
        "stuck": "you do not get on",
        "left": "whoever you talked with or followed is gone",
    }
)
DIRECTIONS = ("ahead", "ahead left", "left", "behind left", "behind", "behind right", "right", "ahead right")
GENDERS = {"woman": "a woman", "man": "a man", "nonbinary": "a nonbinary person"}
_BEING = re.compile(r"robot|person \d+|")
_DOING = frozenset(  # what people do, in words of our own; anything else is quoted
    {"walk", "stand", "hold", "talk", "listen", "drive", *ACTIVITIES, *GAINS}
    | {activity for activity, _, _ in (*FREE, *FREE_OF_CHILDREN, *MEETS.values())}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the words of an answer stand for: `places` ("place 1") and `hazards` ("hazard 1") -> their names."""

    places: Mapping[str, str]
    hazards: Mapping[str, str]

    def resolve(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer with names in place of numbers."""
        target = self.places.get(value["target"], value["target"])
        return {**value, "target": target, "hazards": [self.hazards.get(word, word) for word in value["hazards"]]}


def focus(observation: PersonObservation) -> PersonObservation:
    """Return what of an observation a model is told: the nearest, the latest, the best; all hazards within reason."""
    hazards = [seen for seen in observation.seen if seen.kind == "hazard"][:MOST_SEEN]
    others = [seen for seen in observation.seen if seen.kind != "hazard"][: MOST_SEEN - len(hazards)]
    planned = {place for _, place, _ in observation.plan[:MOST_PLANS]}
    way: tuple[float, ...] = observation.around or (math.nan,) * len(observation.places)
    known = {  # a place that is called like a person could not be told from one
        place: metres for place, metres in zip(observation.places, way, strict=True) if not _BEING.fullmatch(place)
    }
    nearest = sorted(known, key=lambda place: (place not in planned, known[place]))[:MOST_PLACES]
    places = tuple(place for place in known if place in nearest)
    return replace(
        observation,
        seen=tuple(seen for seen in observation.seen if seen in hazards or seen in others),
        heard=observation.heard[-MOST_HEARD:],
        memories=observation.memories[:MOST_MEMORIES],
        plan=observation.plan[:MOST_PLANS],
        places=places,
        around=tuple(known[place] for place in places) if observation.around else (),
    )


def number(observation: PersonObservation) -> Choices:
    """Return the words by which places and hazards of an observation can be chosen."""
    hazards = dict.fromkeys(seen.name for seen in observation.seen if seen.kind == "hazard")
    return Choices(
        places=MappingProxyType({f"place {k}": name for k, name in enumerate(observation.places, 1)}),
        hazards=MappingProxyType({f"hazard {k}": name for k, name in enumerate(hazards, 1)}),
    )


def numbered_schema(observation: PersonObservation, choices: Choices) -> dict[str, Any]:
    """Return the schema of decisions with numbers in place of the names of places and hazards."""
    others = tuple(seen for seen in observation.seen if seen.kind != "hazard")
    named = tuple(Seen(id=-1, kind="hazard", name=word, bearing=0.0, distance=0.0) for word in choices.hazards)
    return schema(replace(observation, seen=(*others, *named), places=tuple(choices.places)))


def describe(observation: PersonObservation, choices: Choices, traits: Traits) -> str:
    """Return a situation in lines, who it is about first, then what changes."""
    lines = [
        *tell_person(observation.persona, traits),
        f"It is {_clock(observation.minute)}. You {_plain(observation.activity)}.",
    ]
    if observation.plan:
        lines.append(f"Plan: {'; '.join(_plan(entry, choices) for entry in observation.plan)}.")
    if observation.needs is not None:
        levels = ", ".join(f"{name} {getattr(observation.needs, name):.2f}" for name in NEEDS)
        urgent = observation.needs.unmet()
        lines.append(f"Needs, from 0 unmet to 1: {levels}{'; urgent: ' + ', '.join(urgent) if urgent else ''}.")
    lines += _list("Places", [_place(k, observation, word) for k, word in enumerate(choices.places)])
    lines += _list("You remember", [quote(text, limit=TEXT) for text in observation.memories])
    lines += _list("You see", [*(_seen(seen, choices) for seen in observation.seen), *_unseen_robot(observation)])
    lines += _list("You heard", [_heard(heard, observation.time) for heard in observation.heard])
    return "\n".join([*lines, f"Now {EVENTS[observation.event]}. What do you do?"])


def trait_levels(persona: Persona) -> str:
    """Return the traits of a person that are out of the middle, as levels."""
    levels = {**persona.traits, **persona.big_five}
    told = [f"{name}: {level} of {LEVELS[1]}" for name, level in levels.items() if level != MIDDLE]
    return f"Your traits: {', '.join(told)}." if told else ""


def tell_person(persona: Persona | None, traits: Traits) -> list[str]:
    """Return who somebody is, in lines; names, work and home in fences."""
    if persona is None:
        return ["You are one of the people here."]
    work = ""
    if (occupation := persona.occupation) is not None:
        where = f" at {quote(occupation.organisation, limit=NAME)}" if occupation.organisation else ""
        work = f", {quote(occupation.title, limit=NAME)}{where}"
    home = f" Your home: {quote(persona.home, limit=NAME)}." if persona.home else ""
    who = f"You are {quote(persona.name, limit=NAME)}, {GENDERS[persona.gender]} of {persona.age} years{work}."
    return [line for line in (f"{who}{home} You speak {persona.language}.", traits(persona)) if line]


def _plan(entry: tuple[str, str, int], choices: Choices) -> str:
    activity, place, until = entry
    numbers = {name: word for word, name in choices.places.items()}
    where = f" at {numbers.get(place) or quote(place, limit=NAME)}" if place else ""
    return f"until {_clock(until)} {_plain(activity)}{where}"


def _place(k: int, observation: PersonObservation, word: str) -> str:
    way = f", {observation.around[k]:.0f} m" if observation.around and math.isfinite(observation.around[k]) else ""
    return f"{word}: {quote(observation.places[k], limit=NAME)}{way}"


def _seen(seen: Seen, choices: Choices) -> str:
    numbers = {name: word for word, name in choices.hazards.items()}
    word = {"person": f"person {seen.id}", "hazard": numbers.get(seen.name, "")}.get(seen.kind, seen.kind)
    name = "" if seen.kind == "robot" and seen.name == "robot" else f" {quote(seen.name, limit=NAME)}"
    relation = seen.relation if seen.relation in INVERSE else quote(seen.relation, limit=NAME)
    whose = f", your {relation}" if seen.relation else ""
    says = f", it says {quote(seen.text, limit=TEXT)}" if seen.text else ""
    does = f", {_plain(seen.activity)}" if seen.activity else ""
    return f"{word}{name}{whose}, {_where(seen.distance, seen.bearing)}{does}{says}"


def _unseen_robot(observation: PersonObservation) -> list[str]:
    """Return the robot where it is known only by its place."""
    if observation.robot is None or any(seen.kind == "robot" for seen in observation.seen):
        return []
    x, y = observation.robot[0] - observation.position[0], observation.robot[1] - observation.position[1]
    return [f"robot, {_where(math.hypot(x, y), math.atan2(y, x) - observation.yaw)}"]


def _heard(heard: Heard, now: float) -> str:
    who = {None: "somebody", 0: "robot"}.get(heard.speaker, f"person {heard.speaker}")
    who = "you" if heard.own else f"{who}, {_where(heard.distance, heard.bearing)}"
    act = f", {heard.act}" if heard.act in ACTS else ""
    return f"{who}, {max(now - heard.time, 0.0):.0f} s ago{act}: {quote(heard.text, limit=WORDS)}"


def _where(distance: float, bearing: float) -> str:
    return f"{distance:.1f} m {DIRECTIONS[round(bearing / (math.pi / 4)) % 8]}"


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _plain(text: str) -> str:
    """Return what somebody does: in words of our own as it is, anything else in a fence."""
    return text if text in _DOING else quote(text, limit=NAME)


def _list(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *(f"- {line}" for line in lines)] if lines else []
