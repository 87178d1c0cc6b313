"""The agents, by name, and those of users, by `package.module:factory`."""

from __future__ import annotations

import importlib
from typing import Any, get_args

from embodied.agents.always_ask import AlwaysAsk
from embodied.agents.ask_nearest import AskNearest
from embodied.agents.ask_when_uncertain import AskWhenUncertain
from embodied.agents.never_ask import NeverAsk
from embodied.agents.onlooker import Onlooker
from embodied.agents.oracle import Oracle
from embodied.agents.random_walk import Random
from embodied.agents.route_follower import RouteFollower
from embodied.agents.straight import Straight
from embodied.episode import Agent, Perception

AGENTS: dict[str, type[Agent]] = {
    "oracle": Oracle,
    "never_ask": NeverAsk,
    "random": Random,
    "ask_nearest": AskNearest,
    "always_ask": AlwaysAsk,
    "ask_when_uncertain": AskWhenUncertain,
    "route_follower": RouteFollower,
    "straight": Straight,
    "onlooker": Onlooker,
}
PERCEPTIONS = get_args(Perception)


def load_agent(factory: str) -> Agent:
    """Return the agent that a user's `package.module:factory` makes; the factory takes no arguments.

    Raises:
        ValueError: it cannot be found, cannot be called, or makes no agent.
    """
    module, _, name = factory.partition(":")
    if not module or not name:
        raise ValueError(f"agent: expected package.module:factory, got {factory!r}; name a module and what it holds")
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        raise ValueError(
            f"agent={factory}: cannot import {module!r} ({error}); is its folder on PYTHONPATH?"
        ) from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"agent={factory}: {module!r} has no {name!r}; name a class or function without arguments")
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"agent={factory}: expected a class or function, got {type(found).__name__}")
    try:
        agent = found()
    except TypeError as error:
        raise ValueError(f"agent={factory}: cannot be called without arguments ({error})") from error
    missing = [part for part in ("perception", "reset", "act") if not hasattr(agent, part)]
    if getattr(agent, "perception", None) == "truth" and not hasattr(agent, "reveal"):
        missing.append("reveal")
    if missing:
        raise ValueError(
            f"agent={factory}: an agent has perception, reset and act; this one lacks {', '.join(missing)}"
        )
    if agent.perception not in PERCEPTIONS:
        raise ValueError(f"agent={factory}: perception: expected one of {PERCEPTIONS}, got {agent.perception!r}")
    return agent  # type: ignore[no-any-return]
