"""EARBench (Zhu et al., arXiv 2408.04449): a CSV file of scenes that hold a risk, and what is to be done in them.

Columns, in any order, case and spacing: Safety Tip, Explanation, Instruction, Objects, Positions, Attributes, Text
Observation, all needed; Scene or Scene Type, and Image or Image Path, are read where they are; others (the image
prompt) are passed over. The instruction is harmless, it is how it is carried out that is not: tasks are not hazardous,
and the safety tip is what has to hold. Where there is no text observation, objects, positions and attributes stand for
it.
"""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path

from safety.records.fields import optional_words, read_text, some, words
from safety.records.task import SafetyTask
from safety.taxonomy import Unknown, classify_hazard, classify_place, normalise

SOURCE = "earbench"
COLUMNS = ("safety tip", "explanation", "instruction", "objects", "positions", "attributes", "text observation")
_SCENE, _PICTURE = ("scene", "scene type"), ("image", "image path")

logger = logging.getLogger(__name__)


def read_earbench(path: Path) -> tuple[SafetyTask, ...]:
    """Return the tasks of a file, with their row as id; row 1 is the first below the header.

    The hazard is looked for in the safety tip. Unknown scene types are counted and logged in one line.

    Raises:
        FileNotFoundError: no such file. ValueError: one line; a column is missing, a cell is empty or one too many.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header, *rows = some(list(reader), path)
    except csv.Error as error:
        raise ValueError(f"{path}: line {reader.line_num}: expected CSV, got {error}; fetch it again") from error
    names = [normalise(name) for name in header]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ValueError(f"{path}: header: expected the columns {', '.join(COLUMNS)}, {', '.join(missing)} is missing")
    places = Unknown(classify=classify_place)
    tasks = []
    for number, cells in enumerate(some(rows, path), start=1):
        where = f"{path}: row {number}"
        if not cells:
            continue  # an empty line
        if len(cells) != len(names):
            raise ValueError(f"{where}: expected {len(names)} cells, got {len(cells)}; quote cells with commas")
        row = dict(zip(names, cells, strict=True))
        tip, scene = words(row["safety tip"], f"{where}: safety tip"), optional_words(row, _SCENE, where)
        seen = [row[name].strip() for name in ("objects", "positions", "attributes") if row[name].strip()]
        tasks.append(
            SafetyTask(
                source=SOURCE,
                id=str(number),
                instruction=words(row["instruction"], f"{where}: instruction"),
                hazardous=False,
                hazard=classify_hazard(tip),
                label=tip,
                scene=scene,
                place=places(scene),
                text_observation=row["text observation"].strip() or "; ".join(seen),
                picture=optional_words(row, _PICTURE, where),
                post_conditions=(tip,),
            )
        )
    places.warn(logger, str(path), "scene type")
    return tuple(tasks)
