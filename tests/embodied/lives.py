"""People and what they sense, for tests of planners."""

from __future__ import annotations

from typing import Any

import numpy as np

from embodied.episode import Decision, Heard, PersonObservation, Seen
from embodied.minds.needs import Needs
from embodied.minds.persona import GENDERS, TRAITS, Persona
from embodied.minds.rules_planner import RulesPlanner

PLACES, AROUND = ("home", "bakery", "cafe", "city park", "office"), (120.0, 40.0, 60.0, 200.0, 300.0)
ANA = Seen(id=900, kind="person", name="Ana Berg", bearing=0.1, distance=2.0, relation="friend", activity="walk")
KNOWS = ("I met Ana in the park.", "The bakery opens at six.")


def person(number: int, rng: np.random.Generator, **traits: int) -> Persona:
    drawn = {name: int(rng.integers(1, 6)) for name in TRAITS}
    gender = GENDERS[int(rng.integers(3))]
    return Persona(id=number, name=f"P {number}", age=int(rng.integers(6, 90)), gender=gender, traits=drawn | traits)  # type: ignore[arg-type]


def observe(persona: Persona | None, event: str, **fields: Any) -> PersonObservation:
    usual: dict[str, Any] = {
        "time": 100.0, "person_id": persona.id if persona else 1, "position": (0.0, 0.0), "yaw": 0.0,
        "activity": "walk", "event": event, "persona": persona, "needs": Needs(), "minute": 600,
        "plan": (("work", "office", 720),), "places": PLACES, "around": AROUND,
    }  # fmt: skip
    return PersonObservation(**(usual | fields))


def robot(distance: float) -> Seen:
    return Seen(id=0, kind="robot", name="robot", bearing=0.2, distance=distance)


def hazard(distance: float, name: str = "wet floor") -> Seen:
    return Seen(id=-1, kind="hazard", name=name, bearing=0.0, distance=distance)


def heard(text: str, act: str = "", speaker: int | None = 900) -> Heard:
    return Heard(text=text, bearing=0.0, distance=1.5, time=99.0, speaker=speaker, act=act)


def decide(observation: PersonObservation, seed: int = 0, **options: Any) -> Decision:
    return RulesPlanner(seed, **options).decide([observation])[0]


ASKED = heard("When does the bakery open?", "ask")
