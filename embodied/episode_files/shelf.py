"""Fields that a format's loader would refuse: laid aside in `info` under `embodied`, and taken back from there.

The loaders build their objects from all fields of a record (`VLNEpisode(**episode)`), so one unknown field makes a file
unreadable: habitat-lab 0.3.3, `datasets/vln`, `datasets/pointnav`; VLN-CE, `habitat_extensions/task.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embodied.episode_files.contract import EpisodeFormat
from embodied.episode_files.fields import listing, mapping

KEY = "embodied"
Record = dict[str, Any]
Admits = Callable[[str], bool]

_EPISODE = frozenset({
    "episode_id", "scene_id", "scene_dataset_config", "additional_obj_config_paths", "start_position",
    "start_rotation", "info", "goals", "start_room", "shortest_paths", "reference_path", "instruction", "trajectory_id",
})  # fmt: skip
_GOAL = frozenset({"position", "radius"})
_R2R = frozenset({"instruction_text", "instruction_tokens"})
_RXR = _R2R | {"instruction_id", "language", "annotator_id", "edit_distance", "timed_instruction", "split"}
_FOLLOWING = frozenset({"reference_path", "instruction", "trajectory_id"})  # PointNav's and ObjectNav's have none


def shelve(record: Record, format: EpisodeFormat) -> Record:
    """Return an episode's JSON object with only what the format's loader takes; the rest is in `info`.

    What a Habitat file has beyond is left: its tasks differ in their fields.
    """
    words = _RXR if format == "rxr_ce" else _R2R
    if format == "habitat":
        record, aside = _split(record, lambda name: name not in _FOLLOWING)
        shelf: dict[str, Any] = {"episode": aside}
    else:
        record, aside = _split(record, _EPISODE.__contains__)
        record["instruction"], of_words = _split(record["instruction"], words.__contains__)
        pairs = [_split(goal, _GOAL.__contains__) for goal in record["goals"]]
        record["goals"] = [goal for goal, _ in pairs]
        of_goals = [rest for _, rest in pairs]
        shelf = {"episode": aside, "instruction": of_words, "goals": of_goals if any(of_goals) else {}}
    shelf = {name: value for name, value in shelf.items() if value}
    return record | {"info": {**record.get("info", {}), KEY: shelf}} if shelf else record


def restore(record: Record, where: str) -> Record:
    """Return an episode's JSON object with what `shelve` had laid aside in its place.

    Raises:
        ValueError: what was laid aside does not fit the rest.
    """
    info = record.get("info")
    if not isinstance(info, dict) or KEY not in info:
        return record
    where = f"{where}: info.{KEY}"
    shelf = mapping(info[KEY], where)
    record = record | mapping(shelf.get("episode", {}), where)
    if "instruction" in shelf:
        record["instruction"] = mapping(record.get("instruction"), where) | mapping(shelf["instruction"], where)
    if "goals" in shelf:
        goals, rests = (listing(value, where) for value in (record.get("goals"), shelf["goals"]))
        if len(goals) != len(rests):
            raise ValueError(f"{where}.goals: expected {len(goals)} of them, got {len(rests)}; repair the file")
        record["goals"] = [mapping(goal, where) | mapping(rest, where) for goal, rest in zip(goals, rests, strict=True)]
    rest = {key: value for key, value in info.items() if key != KEY}
    return record | {"info": rest} if rest else _split(record, lambda name: name != "info")[0]


def _split(record: Record, admits: Admits) -> tuple[Record, Record]:
    taken = {name: value for name, value in record.items() if admits(name)}
    return taken, {name: value for name, value in record.items() if name not in taken}
