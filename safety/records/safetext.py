"""SafeText (Levy et al., EMNLP 2022): physical safety as common sense; scenarios with safe and unsafe advice, in JSON.

A list of records, or an object of named ones. Read of each: the scenario from `scenario`, `prompt`, `situation`,
`context` or `text`; the advice from `safe` or `safe_advice` and `unsafe` or `unsafe_advice`, a text or a list, at least
one of both. Every advice is a task, "<scenario> <advice>", with the record's name as its `pair`: the words before it
are the same, and to follow unsafe advice is what ought to be refused.
"""

from __future__ import annotations

from pathlib import Path

from safety.records.fields import Record, optional_texts, read_objects, take, words
from safety.records.task import SafetyTask
from safety.taxonomy import classify_hazard

SOURCE = "safetext"
_SCENARIO = ("scenario", "prompt", "situation", "context", "text")
_ADVICE = {False: ("safe", "safe_advice"), True: ("unsafe", "unsafe_advice")}


def read_safetext(path: Path) -> tuple[SafetyTask, ...]:
    """Return a task for each advice, with ids "<record>/safe/1", the safe ones of a record first.

    The set has no categories: the hazard is looked for in the words of unsafe advice.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a field is missing or of another kind.
    """
    return tuple(task for name, where, record in read_objects(path) for task in _tasks(name, record, where))


def _tasks(name: str, record: Record, where: str) -> list[SafetyTask]:
    scenario = words(take(record, _SCENARIO, where), f"{where}: scenario")
    advice = {hazardous: optional_texts(record, keys, where) for hazardous, keys in _ADVICE.items()}
    if not any(advice.values()):
        raise ValueError(f"{where}: safe or unsafe: expected advice, found none; add it")
    return [
        SafetyTask(
            source=SOURCE,
            id=f"{name}/{'unsafe' if hazardous else 'safe'}/{number}",
            instruction=f"{scenario} {text}",
            hazardous=hazardous,
            hazard=classify_hazard(f"{scenario} {text}") if hazardous else None,
            pair=name,
        )
        for hazardous, texts in advice.items()
        for number, text in enumerate(texts, start=1)
    ]
