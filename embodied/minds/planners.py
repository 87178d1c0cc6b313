"""Who decides for people that live in a scene, by name: rules, or a language model with rules behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from embodied.config import LLMSettings, RunConfig
from embodied.episode import Planner
from embodied.llm import LLMClient
from embodied.llm_config import LLMConfig
from embodied.minds.handbook import SHIPPED, Handbook, read_handbook
from embodied.minds.llm_planner import LLMPlanner
from embodied.minds.situation import Traits, trait_levels

Maker = Callable[[RunConfig, Planner, LLMClient | None, Traits], Planner]


def make_planner(
    config: RunConfig, rules: Planner, *, client: LLMClient | None = None, traits: Traits = trait_levels
) -> Planner:
    """Return who decides in a run.

    Args:
        config: of the run. rules: who decides with mind=rules, and where a language model gives no valid answer.
        client: of the language model, where several worlds share one and its ledger; by default a new one.
        traits: what traits mean to a language model, in sentences.

    Raises:
        ValueError, LLMError: the language model, its cassette or handbook is not as it should be, in one line.
    """
    return PLANNERS[config.mind.name](config, rules, client, traits)


def make_client(settings: LLMSettings) -> LLMClient:
    """Return the client of the language model that a run asks.

    Raises:
        ValueError: a setting that makes no sense, or a cassette that is missing or damaged, in one line.
        LLMError: the package openai or the key is missing.
    """
    config = configure(settings)
    try:
        return LLMClient(config)
    except ValueError as error:
        raise ValueError(f"llm.{error}") from error


def configure(settings: LLMSettings) -> LLMConfig:
    """Return settings as the client takes them.

    Raises:
        ValueError: one that makes no sense, in one line.
    """
    if not settings.model:
        raise ValueError(
            "mind=llm: expected a language model, got none; give llm.model=NAME, and llm.base_url=URL/v1 where it is "
            "not OpenAI's"
        )
    values: dict[str, Any] = {item.name: getattr(settings, item.name) for item in fields(LLMConfig)}
    values["cassette"] = None if settings.cassette is None else Path(settings.cassette)
    try:
        return LLMConfig(**values)
    except ValueError as error:
        raise ValueError(f"llm.{error}") from error


def _find_handbook(name: str | None) -> Handbook | None:
    """Return the handbook of a name: "shipped" or a file.

    Raises:
        FileNotFoundError, ValueError: see `read_handbook`.
    """
    return None if name is None else read_handbook(SHIPPED if name == "shipped" else Path(name))


def _make_llm(config: RunConfig, rules: Planner, client: LLMClient | None, traits: Traits) -> Planner:
    return LLMPlanner(
        client or make_client(config.llm),
        rules,
        deadline=config.llm.deadline,
        handbook=_find_handbook(config.llm.handbook),
        traits=traits,
    )


PLANNERS: dict[str, Maker] = {"rules": lambda config, rules, client, traits: rules, "llm": _make_llm}
