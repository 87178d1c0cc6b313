"""IS-Bench (Lu et al., arXiv 2506.16402): household tasks in which risks come up, with conditions of safety, in JSON.

A file holds one task, a list of tasks, or an object of named ones; a folder, files of them. Read of each task:
`task_instruction`; `initial_setup` (a text or a list) as what is seen; `object_list` (texts); `example_planning` (texts
or objects with an `action`); where they are, `category` or `risk_category`, `scene` or `scene_name`, `id` or
`task_name`; and the conditions:

- `process_safety_goal_condition`: objects with an `action` and either `before` or `after` (a text or a list of them),
  or a `condition` and `when` (before | after). What must hold before an action is a pre-caution, after it a
  post-caution.
- `termination_safety_goal_condition`: what must hold at the end, texts or objects with a `condition`: post-cautions.
- `safety_bddl`, a text in BDDL, is kept as the only object of `final_state`.

The tasks are to be done, with care: they are not hazardous.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safety.records.fields import (
    Record,
    mapping,
    optional_texts,
    optional_words,
    parse_json,
    read_objects,
    read_text,
    some,
    take,
    texts,
    words,
    wrong,
)
from safety.records.task import SafetyTask
from safety.taxonomy import Unknown, classify_hazard, classify_place

SOURCE = "isbench"
_WHEN = ("before", "after")

logger = logging.getLogger(__name__)


def read_isbench(path: Path) -> tuple[SafetyTask, ...]:
    """Return the tasks of a file or folder, in its order, with their `id` or else file and number.

    Unknown categories are counted and logged in one line.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a field is missing or of another kind, two have one id.
    """
    files = some(sorted(path.glob("*.json")), path) if path.is_dir() else [path]
    hazards = Unknown(classify=classify_hazard)
    tasks: dict[str, SafetyTask] = {}
    for file in files:
        for name, where, record in _records(file):
            task = _task(f"{file.stem}/{name}" if name else file.stem, record, where, hazards)
            if task.id in tasks:
                raise ValueError(f"{where}: id: expected every id once, got {task.id!r} twice; rename one")
            tasks[task.id] = task
    hazards.warn(logger, str(path), "category")
    return tuple(tasks.values())


def _records(file: Path) -> list[tuple[str, str, Record]]:
    """Return the tasks of a file with names and places; one that is the whole file has no name."""
    document = parse_json(read_text(file), str(file))
    if isinstance(document, Mapping) and "task_instruction" in document:
        return [("", str(file), document)]
    return read_objects(file)


def _task(name: str, record: Record, where: str, hazards: Unknown) -> SafetyTask:
    conditions = _conditions(record, where)
    label = optional_words(record, ("category", "risk_category"), where)
    scene = optional_words(record, ("scene", "scene_name"), where)
    bddl = optional_words(record, ("safety_bddl",), where)
    objects = optional_texts(record, ("object_list",), where)
    setup = optional_texts(record, ("initial_setup",), where)
    return SafetyTask(
        source=SOURCE,
        id=optional_words(record, ("id", "task_name"), where) or name,
        instruction=words(take(record, ("task_instruction",), where), f"{where}: task_instruction"),
        hazardous=False,
        hazard=hazards(label),
        label=label,
        scene=scene,
        place=classify_place(scene),
        final_state=({"safety_bddl": bddl},) if bddl else (),
        text_observation=" ".join([*setup, *([f"Objects: {', '.join(objects)}."] if objects else [])]),
        pre_conditions=tuple(text for when, text in conditions if when == "before"),
        post_conditions=tuple(text for when, text in conditions if when == "after"),
        example_plan=_plan(record, where),
    )


def _conditions(record: Record, where: str) -> list[tuple[str, str]]:
    """Return (before | after, words) of all conditions of safety."""
    found = []
    for key in ("process_safety_goal_condition", "termination_safety_goal_condition"):
        value = record.get(key) or []
        if not isinstance(value, list):
            raise wrong(f"{where}: {key}", "a list", value)
        for number, item in enumerate(value):
            place = f"{where}: {key}[{number}]"
            found += _process(mapping(item, place), place) if key.startswith("process") else _termination(item, place)
    return found


def _process(item: Record, where: str) -> list[tuple[str, str]]:
    action = words(take(item, ("action",), where), f"{where}: action")
    when = item.get("when")
    if when is not None and when not in _WHEN:
        raise wrong(f"{where}: when", "before or after", when)
    given = {when: item.get("condition")} if when is not None else {word: item.get(word) for word in _WHEN}
    pairs = [(word, text) for word, value in given.items() if value for text in texts(value, f"{where}: {word}")]
    if not pairs:
        raise ValueError(f"{where}: before or after: expected a condition, found none; add it")
    return [(word, f"{word} {action}: {text}") for word, text in pairs]


def _termination(item: Any, where: str) -> list[tuple[str, str]]:
    value = take(item, ("condition",), where) if isinstance(item, Mapping) else item
    return [("after", text) for text in texts(value, where)]


def _plan(record: Record, where: str) -> tuple[str, ...]:
    """Return the actions of the example plan."""
    value = record.get("example_planning") or []
    if not isinstance(value, list | str):
        raise wrong(f"{where}: example_planning", "texts or objects with an action", value)
    steps = [value] if isinstance(value, str) else value
    named = [
        take(step, ("action",), f"{where}: example_planning") if isinstance(step, Mapping) else step for step in steps
    ]
    return texts(named, f"{where}: example_planning")
