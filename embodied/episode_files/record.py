"""One episode as Habitat's files write it, and as ours: the fields that R2R-CE, RxR-CE and Habitat share.

Field names and which may be missing: habitat-lab 0.3.3, `core/dataset.py`, `tasks/nav/nav.py`, `tasks/vln/vln.py`;
VLN-CE, `habitat_extensions/task.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from embodied.episode_files.contract import EpisodeFormat, Goal, Instruction, NavigationEpisode, Point
from embodied.episode_files.fields import identifier, listing, mapping, number, numbers, take, text, whole_numbers
from embodied.episode_files.shelf import restore, shelve
from scenes.frames import convert_positions, convert_quaternions

UNIT = 1e-3  # how far the norm of a rotation may be from 1


def read_points(value: Any, where: str) -> tuple[Point, ...]:
    """Return a list of (x, y, z) of a Habitat file, y up, as points of ours."""
    rows = [numbers(row, 3, f"{where}[{index}]") for index, row in enumerate(listing(value, where))]
    points = convert_positions(np.reshape(rows, (-1, 3)), "habitat").tolist()
    return tuple((x, y, z) for x, y, z in points)


def write_points(points: Sequence[Point]) -> list[list[float]]:
    """Return points of ours as (x, y, z) of a Habitat file, y up."""
    rows: list[list[float]] = convert_positions(np.reshape(points, (-1, 3)), "world", "habitat").tolist()
    return rows


def read_episode(
    value: Any, where: str, shared_goals: Mapping[str, tuple[Goal, ...]] | None = None
) -> NavigationEpisode:
    """Return one element of `episodes`.

    Args:
        value: the JSON object. where: file and position, for errors.
        shared_goals: goals by scene and object category (ObjectNav), for episodes without goals of their own.

    Raises:
        ValueError: a field is missing, of another kind or length, or not finite.
    """
    record = restore(mapping(value, where), where)
    episode_id = identifier(take(record, "episode_id", where), f"{where}: episode_id")
    where = f"{where.rsplit(': ', 1)[0]}: episode {episode_id}"
    scene_id = text(take(record, "scene_id", where), f"{where}: scene_id")
    start = _read_point(take(record, "start_position", where), f"{where}: start_position")
    values = numbers(take(record, "start_rotation", where), 4, f"{where}: start_rotation")
    if abs(float(np.linalg.norm(values)) - 1.0) > UNIT:
        raise ValueError(f"{where}: start_rotation: expected a unit quaternion x, y, z, w, got {values}; normalise it")
    x, y, z, w = convert_quaternions(values, "habitat").tolist()
    goals = record.pop("goals", None)
    if shared_goals is not None and not goals:
        key = goals_key(scene_id, record.get("object_category"))
        if key not in shared_goals:
            raise ValueError(f"{where}: goals: expected {key!r} in goals_by_category, found none; add it to the file")
        found = shared_goals[key]
    else:
        found = tuple(
            read_goal(goal, f"{where}: goals[{index}]")
            for index, goal in enumerate(listing(goals if goals is not None else [], f"{where}: goals"))
        )
    info, instruction = record.pop("info", None), record.pop("instruction", None)
    path, trajectory_id = record.pop("reference_path", None), record.pop("trajectory_id", None)
    if info is not None:
        info = mapping(info, f"{where}: info")
        if info.get("geodesic_distance") is not None:
            number(info["geodesic_distance"], f"{where}: info.geodesic_distance")
        if isinstance(info.get("human_num", 0), bool) or not isinstance(info.get("human_num", 0), int):
            raise ValueError(f"{where}: info.human_num: expected a whole number, got {info['human_num']!r}; repair it")
    return NavigationEpisode(
        episode_id=episode_id,
        scene_id=scene_id,
        start=start,
        rotation=(x, y, z, w),
        goals=found,
        info=info,
        instruction=None if instruction is None else _read_instruction(instruction, f"{where}: instruction"),
        reference_path=None if path is None else read_points(path, f"{where}: reference_path"),
        trajectory_id=None if trajectory_id is None else identifier(trajectory_id, f"{where}: trajectory_id"),
        extra=record,
    )  # fmt: skip


def write_episode(episode: NavigationEpisode, format: EpisodeFormat) -> dict[str, Any]:
    """Return the JSON object of an episode as the loaders of a format take it; what is None is left out."""
    record: dict[str, Any] = {
        "episode_id": episode.episode_id,
        "trajectory_id": episode.trajectory_id,
        "scene_id": episode.scene_id,
        "start_position": write_points([episode.start])[0],
        "start_rotation": convert_quaternions(episode.rotation, "world", "habitat").tolist(),
        "info": None if episode.info is None else dict(episode.info),
        "goals": [write_goal(goal) for goal in episode.goals],
        "instruction": None,
        "reference_path": None,
    }
    if episode.instruction is not None:
        words = episode.instruction
        record["instruction"] = {
            "instruction_text": words.text,
            **({} if words.tokens is None else {"instruction_tokens": list(words.tokens)}),
            **words.extra,
        }
    if episode.reference_path is not None:
        record["reference_path"] = write_points(episode.reference_path)
    return shelve({key: value for key, value in record.items() if value is not None} | dict(episode.extra), format)


def read_goal(value: Any, where: str) -> Goal:
    """Return one element of `goals`."""
    record = mapping(value, where)
    position = _read_point(take(record, "position", where), f"{where}.position")
    radius = record.pop("radius", None)
    return Goal(
        position=position,
        radius=None if radius is None else number(radius, f"{where}.radius"),
        extra=record,
    )


def write_goal(goal: Goal) -> dict[str, Any]:
    """Return the JSON object of a goal; habitat-lab wants `radius` there even when it is null."""
    return {"position": write_points([goal.position])[0], "radius": goal.radius, **goal.extra}


def goals_key(scene_id: str, category: Any) -> str:
    """Return under which key ObjectNav files keep the goals of an episode."""
    return f"{scene_id.rsplit('/', 1)[-1]}_{category}"


def _read_point(value: Any, where: str) -> Point:
    numbers(value, 3, where)
    return read_points([value], where)[0]


def _read_instruction(value: Any, where: str) -> Instruction:
    record = mapping(value, where)
    words = text(take(record, "instruction_text", where), f"{where}.instruction_text")
    tokens = record.pop("instruction_tokens", None)
    return Instruction(
        text=words,
        tokens=None if tokens is None else whole_numbers(tokens, f"{where}.instruction_tokens"),
        extra=record,
    )
