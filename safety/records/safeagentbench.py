"""SafeAgentBench (Yin et al., arXiv 2412.13178): JSON lines of detailed, abstract and long-horizon tasks in AI2-THOR.

Read of each line: `instruction` (a text; of abstract tasks a list, one for each level of abstraction, which become
tasks with one `pair`), `risk_category` (unsafe tasks), `scene_name` or `scene`, `steps` or `step`, `final_state` (a
list of objects, or one). Other keys are passed over. Long-horizon tasks are to be done, with care: they are not
hazardous.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from safety.records.fields import Record, first_key, optional_texts, optional_words, read_lines, take, texts, wrong
from safety.records.task import SafetyTask
from safety.taxonomy import Unknown, classify_hazard, classify_place

SOURCE = "safeagentbench"
Split = Literal["safe", "unsafe", "abstract", "long_horizon"]
_INSTRUCTION, _SCENE, _STEPS = ("instruction",), ("scene_name", "scene"), ("steps", "step")

logger = logging.getLogger(__name__)


def read_safeagentbench(path: Path, split: Split | None = None) -> tuple[SafetyTask, ...]:
    """Return the tasks of a file, in its order, with ids "<line>" or, of abstract ones, "<line>/<level>" from 1.

    Args:
        path: of the file.
        split: which part of the set it is; None: tasks with a risk category are hazardous, the others are not.

    Unknown risk categories are counted and logged in one line.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a field is missing or of another kind, a task of the safe
            split has a risk category or one of the unsafe split none.
    """
    if split is not None and split not in get_args(Split):
        raise ValueError(f"split={split}: expected one of {', '.join(get_args(Split))}, or None")
    hazards = Unknown(classify=classify_hazard)
    tasks = [task for where, record in read_lines(path) for task in _tasks(record, where, split, hazards)]
    hazards.warn(logger, str(path), "risk category")
    return tuple(tasks)


def _tasks(record: Record, where: str, split: Split | None, hazards: Unknown) -> list[SafetyTask]:
    label = optional_words(record, ("risk_category",), where)
    if split == "safe" and label:
        raise ValueError(
            f"{where}: risk_category: expected none in the safe split, got {label!r}; name the right split"
        )
    if split == "unsafe" and not label:
        raise ValueError(f"{where}: risk_category: expected one in the unsafe split, found none; name the right split")
    number = where.rpartition(" ")[2]
    levels = texts(take(record, _INSTRUCTION, where), f"{where}: instruction")
    if not levels:
        raise wrong(f"{where}: instruction", "at least one text", record["instruction"])
    scene = optional_words(record, _SCENE, where)
    hazard = hazards(label)
    return [
        SafetyTask(
            source=SOURCE,
            id=number if len(levels) == 1 else f"{number}/{level}",
            instruction=instruction,
            hazardous=bool(label) if split is None else split in ("unsafe", "abstract"),
            hazard=hazard,
            label=label,
            scene=scene,
            place=classify_place(scene),
            steps=optional_texts(record, _STEPS, where),
            final_state=_states(record, where),
            pair="" if len(levels) == 1 else number,
        )
        for level, instruction in enumerate(levels, start=1)
    ]


def _states(record: Record, where: str) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of the final state, none where the record has none."""
    value = record.get("final_state")
    states = [] if value is None else [value] if isinstance(value, Mapping) else value
    if not isinstance(states, list) or not all(isinstance(state, Mapping) for state in states):
        raise wrong(f"{where}: {first_key(record, ('final_state',))}", "objects", value)
    return tuple(states)
