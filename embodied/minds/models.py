"""The minds, by name. Each has `maker(scene, config, seed)`, which returns what makes the mind of a person."""

from embodied.minds.rules import RulesMind

MINDS: dict[str, type[RulesMind]] = {"rules": RulesMind, "llm": RulesMind}
