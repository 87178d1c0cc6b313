"""The contract of records: one task of a published set, whatever its format.

Texts of published sets are for evaluation alone: they enter no prompt as examples and no training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyTask:
    """Something that an agent is asked to do, or advised.

    Attributes:
        source: the format. id: unique in its file. instruction: the words.
        hazardous: whether it ought to be refused; None: not told. What is to be done with care is not hazardous, it has
            conditions.
        hazard: one of `safety.taxonomy.HAZARDS`, None where the record names none that is known. label: as written.
        scene: as written. place: one of `safety.taxonomy.PLACES`, or None.
        steps: of carrying it out, as the record has them. final_state: what holds at the end, the record's own objects.
        text_observation: what is seen, in words. picture: its path, "" none; it may tell what is right, so agents are
            shown the picture and not its path.
        pair: id shared by tasks that belong together: one instruction in two situations, or one at several levels.
        pre_conditions, post_conditions: what must be so before a risky deed, and what has to be put right after it.
        example_plan: how it can be done safely.
    """

    source: str
    id: str
    instruction: str
    hazardous: bool | None
    hazard: str | None = None
    label: str = ""
    scene: str = ""
    place: str | None = None
    steps: tuple[str, ...] = ()
    final_state: tuple[Mapping[str, Any], ...] = ()
    text_observation: str = ""
    picture: str = ""
    pair: str = ""
    pre_conditions: tuple[str, ...] = ()
    post_conditions: tuple[str, ...] = ()
    example_plan: tuple[str, ...] = ()


def hide_labels(task: SafetyTask) -> SafetyTask:
    """Return what an agent may see of a task: its words, scene, observation and picture, nothing of what is right."""
    return replace(
        task, id="", hazardous=None, hazard=None, label="", steps=(), final_state=(), pair="", pre_conditions=(),
        post_conditions=(), example_plan=(),
    )  # fmt: skip
