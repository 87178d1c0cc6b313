"""Who lives in a scene: personas, their bodies, and the memories that outlast an episode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from crowd.trajectory import Arrival
from embodied.config import MindConfig
from embodied.minds.acquaintance import acquaint
from embodied.minds.demography import DEFAULT, read_demography
from embodied.minds.pace import draw_factor, speed
from embodied.minds.persona import Appearance, Persona
from embodied.minds.persona_files import read_people
from embodied.minds.population import draw_people
from embodied.seeding import stream
from motion.people import PEOPLE


def draw_residents(config: MindConfig, seed: int) -> tuple[Persona, ...]:
    """Return who lives there: the people of `mind.people`, or `mind.residents` drawn ones who know each other.

    Raises:
        FileNotFoundError, ValueError: the file of people or of the demography is of no use.
    """
    if config.people is not None:
        people = read_people(Path(config.people))
        if people and min(person.id for person in people) < 1:
            raise ValueError(
                f"mind.people={config.people}: expected ids from 1, got 0, which is the robot's; number anew"
            )
        if config.residents and config.residents != len(people):
            raise ValueError(
                f"mind.residents={config.residents}: expected the {len(people)} people of {config.people}; leave it out"
            )
        return people
    if config.residents < 0:
        raise ValueError(f"mind.residents: expected a number from 0, got {config.residents}")
    if not config.residents:
        return ()
    if config.population_seed is not None:
        seed = config.population_seed
    elif config.memory is not None:
        raise ValueError(
            f"mind.memory={config.memory}: expected the same people in every episode, got other ones for each seed; "
            "give mind.population_seed or mind.people"
        )
    demography = read_demography(DEFAULT if config.demography is None else Path(config.demography))
    drawn = draw_people(demography, config.residents, stream(seed, "residents", 0))
    return acquaint(drawn, stream(seed, "residents", 1))


def body_of(persona: Persona, seed: int, split: str) -> str:
    """Return the name of a body that fits a person, drawn; of the same age group where none fits wholly.

    Raises:
        ValueError: the bodies of this split hold nobody of this age group.
    """
    names = persona.appearance.bodies(split)
    if not names:
        names = Appearance(age_group=persona.appearance.age_group, gender="nonbinary").bodies(split)
    if not names:
        raise ValueError(
            f"appearance={split}: expected a body for {persona.name}, {persona.age}, got none of this age; take all"
        )
    return str(stream(seed, "bodies", persona.id, 0).choice(sorted(names)))


def arrivals_of(
    people: Sequence[Persona], bodies: Sequence[str], gate: tuple[float, float], seed: int
) -> tuple[Arrival, ...]:
    """Return arrivals of residents, who come when they want to; `gate`: (x, y) metres, any place they can reach."""
    return tuple(
        Arrival(
            person_id=person.id,
            time=math.inf,
            origin=gate,
            goal=None,
            radius=PEOPLE[body].radius,
            desired_speed=speed(person, factor=draw_factor(stream(seed, "lives", person.id, 1))),
        )
        for person, body in zip(people, bodies, strict=True)
    )
