"""The lives of an episode from its config: who plans for the people, where they can go, and what they remember."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from embodied.config import RunConfig
from embodied.hazards import HazardSpot, dangers_of
from embodied.lives import Lives
from embodied.llm import LLMClient
from embodied.minds.llm_planner import LLMPlanner
from embodied.minds.memory import MemoryStore
from embodied.minds.planners import make_client, make_planner
from embodied.minds.rules_planner import RulesPlanner
from embodied.minds.trait_words import tell_traits
from embodied.minds.venues import Venues
from embodied.minds.voice import LLMVoice
from embodied.people_guard import PeopleGuard
from embodied.person_senses import PersonSenses
from embodied.populate import Population, Wardrobe
from scenes.scene import Scene
from scenes.walkable import Walkable

ROOM = 0.35  # m, of those who stand about, to walls


def begin_client(config: RunConfig) -> LLMClient | None:
    """Return who asks the language model of a run, after one question; None where nobody does.

    Raises:
        ValueError, LLMError: it cannot be asked, in one line.
    """
    if config.mind.name != "llm":
        return None
    client = make_client(config.llm)
    LLMPlanner(client, RulesPlanner(0)).probe()
    return client


def begin_lives(
    config: RunConfig,
    scene: Scene,
    population: Population,
    wardrobe: Wardrobe,
    seed: int,
    hour: float,
    record: Callable[..., None],
    client: LLMClient | None,
    hazards: Sequence[HazardSpot] = (),
) -> Lives:
    """Return the lives of the residents of an episode; of nobody where there are none.

    Args:
        hour: of the day when it begins. record: logs an event. client: of the language model, with mind=llm.
        hazards: that stand there.

    Raises:
        ValueError, RuntimeError, FileNotFoundError: the file of memories, or the scene, is of no use.
    """
    people = population.residents
    rules = RulesPlanner(seed, answer_way=lambda seen: population.mind(seen.person_id).decide(seen))
    store = MemoryStore(":memory:" if config.mind.memory is None or not people else Path(config.mind.memory))
    return Lives(
        record,
        people,
        seed=seed,
        hour=hour,
        planner=make_planner(config, rules, client=client, traits=tell_traits) if people else rules,
        venues=lambda: Venues(scene, Walkable(scene.walkable, radius=ROOM)),
        senses=PersonSenses(scene, dangers_of(hazards)),
        store=store,
        voice=LLMVoice(client, tell_traits, config.llm.deadline) if client is not None and config.llm.talk else None,
        guard=PeopleGuard() if config.mind.guard else None,
        looks={number: wardrobe.plain(number).description for number in population.person_ids} if people else {},
    )
