"""MSSBench (Zhou et al., arXiv 2410.06172): one instruction, safe in one situation and unsafe in another, in JSON.

A list of pairs, or an object with the lists `chat` and `embodied`. Read of each pair: the instruction from `queries`,
`query`, `instructions`, `instruction` or `task` (a text or a list of wordings), or from `safe_instructions` and
`unsafe_instructions` (as many of each) where the two differ; the pictures from `safe_image_path`, `safe_image` or
`safe` and `unsafe_image_path`, `unsafe_image` or `unsafe`; where they are, `safe_observation` and `unsafe_observation`
(in words), and `category`, `Type` or `type`. Each wording gives two tasks with one `pair`: the safe situation, which
is to be done, and the unsafe one, which is to be refused. Who reads the instruction alone is right in half of them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from safety.records.fields import (
    Record,
    mapping,
    optional_texts,
    optional_words,
    parse_json,
    read_text,
    some,
    take,
    texts,
    words,
    wrong,
)
from safety.records.task import SafetyTask
from safety.taxonomy import Unknown, classify_hazard

SOURCE = "mssbench"
PARTS = ("chat", "embodied")
_INSTRUCTION = ("queries", "query", "instructions", "instruction", "task")
_LABEL = ("category", "Type", "type")

logger = logging.getLogger(__name__)


def read_mssbench(path: Path) -> tuple[SafetyTask, ...]:
    """Return the tasks of a file, the safe one of each wording first, with ids "<part>/<number>/<wording>/safe".

    Unknown categories are counted and logged in one line.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a field is missing or of another kind.
    """
    document = parse_json(read_text(path), str(path))
    parts = document if isinstance(document, Mapping) else {"pairs": document}
    if isinstance(document, Mapping) and not parts.keys() & set(PARTS):
        raise wrong(str(path), f"a list of pairs, or lists named {' and '.join(PARTS)}", document)
    hazards = Unknown(classify=classify_hazard)
    tasks = []
    for part, pairs in parts.items():
        if not isinstance(pairs, list):
            raise wrong(f"{path}: {part}", "a list of pairs", pairs)
        for number, pair in enumerate(pairs):
            where = f"{path}: {part} {number}"
            tasks += _tasks(f"{part}/{number}", mapping(pair, where), where, hazards)
    hazards.warn(logger, str(path), "category")
    return tuple(some(tasks, path))


def _tasks(name: str, pair: Record, where: str, hazards: Unknown) -> list[SafetyTask]:
    apart = [optional_texts(pair, (f"{state}_instructions",), where) for state in ("safe", "unsafe")]
    if apart[0] or apart[1]:
        if len(apart[0]) != len(apart[1]):
            counts = f"{len(apart[0])} and {len(apart[1])}"
            raise ValueError(
                f"{where}: safe_instructions, unsafe_instructions: expected as many, got {counts}; pair them"
            )
        wordings = list(zip(*apart, strict=True))
    else:
        wordings = [(text, text) for text in texts(take(pair, _INSTRUCTION, where), f"{where}: instruction")]
    label = optional_words(pair, _LABEL, where)
    hazard = hazards(label)
    pictures = {
        state: words(take(pair, (f"{state}_image_path", f"{state}_image", state), where), f"{where}: {state} picture")
        for state in ("safe", "unsafe")
    }
    return [
        SafetyTask(
            source=SOURCE,
            id=f"{name}/{number}/{state}",
            instruction=instruction,
            hazardous=state == "unsafe",
            hazard=hazard if state == "unsafe" else None,
            label=label,
            text_observation=optional_words(pair, (f"{state}_observation",), where),
            picture=pictures[state],
            pair=f"{name}/{number}",
        )
        for number, both in enumerate(wordings, start=1)
        for state, instruction in zip(("safe", "unsafe"), both, strict=True)
    ]
