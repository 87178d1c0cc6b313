"""The one schema of decisions: what a planner may choose from, as JSON Schema, and how its answer becomes a Decision.

What can be chosen is built for each observation (targets that are in view or known, never a free name), so that neither
a language model nor words that it has read can make a person do what the world does not allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from embodied.episode import Activity, Decision, PersonObservation
from embodied.minds.acts import ACTS

ACTIVITIES: tuple[str, ...] = get_args(Activity)
SPEEDS = (0.2, 2.5)  # m/s, from strolling to running
LONGEST = 240.0  # minutes, of one decision
WORDS = 280  # characters of an utterance, about 50 words
REASON = 200  # characters of a goal or a reason
NEEDS_TARGET = ("follow", "approach", "avoid", "flee")
FROM_HAZARDS = ("avoid", "flee")  # without a target it is from the first of the hazards noticed


def targets(observation: PersonObservation) -> tuple[str, ...]:
    """Return the names of whatever a decision can be about: people and robots in view, or heard, then places."""
    ids = [seen.id for seen in observation.seen if seen.kind in ("person", "robot")]
    ids += [heard.speaker for heard in observation.heard if heard.speaker is not None and not heard.own]
    names = dict.fromkeys("robot" if number == 0 else f"person {number}" for number in ids)
    return (*names, *observation.places)


def schema(observation: PersonObservation) -> dict[str, Any]:
    """Return the JSON Schema (strict: all required, nothing else) of what may be decided."""
    hazards = [seen.name for seen in observation.seen if seen.kind == "hazard"]
    fields: dict[str, Any] = {
        "goal": {"type": "string", "maxLength": REASON},
        "activity": {"type": "string", "enum": list(ACTIVITIES)},
        "target": {"type": "string", "enum": ["", *targets(observation)]},
        "speed": {"type": ["number", "null"], "minimum": SPEEDS[0], "maximum": SPEEDS[1]},
        "minutes": {"type": ["number", "null"], "minimum": 0, "maximum": LONGEST},
        "utterance": {"type": "string", "maxLength": WORDS},
        "act": {"type": "string", "enum": ["", *ACTS]},
        "reason": {"type": "string", "maxLength": REASON},
        "hazards": {"type": "array", "items": {"type": "string", "enum": hazards or [""]}, "maxItems": len(hazards)},
    }
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def read(value: Mapping[str, Any], observation: PersonObservation, decided_by: str) -> Decision:
    """Return an answer that fits `schema` as a decision.

    Raises:
        ValueError: its parts contradict each other.
    """
    activity, target, words = value["activity"], value["target"], value["utterance"].strip()
    if activity in NEEDS_TARGET and not target and not (activity in FROM_HAZARDS and value["hazards"]):
        raise ValueError(f"target: expected whom or what to {activity}, got none; choose one of the targets")
    if activity == "follow" and target in observation.places:
        raise ValueError(f"target: expected somebody to follow, got the place {target}; choose go")
    if activity == "talk" and not words:
        raise ValueError("utterance: expected words to say with activity talk, got none; say something or choose wait")
    return Decision(
        activity=activity,
        utterance=words,
        act=(value["act"] or "chat") if words else "",
        decided_by=decided_by,
        generated_by=decided_by if words else "",
        reason=value["reason"],
        goal=value["goal"],
        target=target,
        speed=value["speed"],
        minutes=value["minutes"],
        hazards=tuple(value["hazards"]),
    )
