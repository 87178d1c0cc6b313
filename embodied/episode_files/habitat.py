"""Episodes of Habitat: PointNav (Falcon's social PointNav, too) and ObjectNav (habitat-lab 0.3, `datasets/`).

A split is one file with all episodes, or an empty `<split>.json.gz` beside `content/<scene>.json.gz`. ObjectNav keeps
the goals of an episode under `goals_by_category`, by scene and object category.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from embodied.episode_files.contract import EpisodeFile, Goal, NavigationEpisode
from embodied.episode_files.fields import listing, mapping, read_json, write_json
from embodied.episode_files.record import goals_key, read_episode, read_goal, write_episode, write_goal
from embodied.log import atomic_folder

CONTENT = "content"
_GOALS = "goals_by_category"


def parse_habitat(document: Mapping[str, Any], path: Path) -> EpisodeFile:
    """Return the episodes of a parsed file.

    Raises:
        ValueError: one line that names file, episode and field.
    """
    rest = mapping(document, str(path))
    records = listing(rest.pop("episodes", None), f"{path}: episodes")
    shared: dict[str, tuple[Goal, ...]] | None = None
    if _GOALS in rest:
        shared = {
            key: tuple(
                read_goal(goal, f"{path}: {_GOALS}[{key!r}][{index}]")
                for index, goal in enumerate(listing(goals, f"{path}: {_GOALS}[{key!r}]"))
            )
            for key, goals in mapping(rest.pop(_GOALS), f"{path}: {_GOALS}").items()
        }
    episodes = tuple(read_episode(record, f"{path}: episodes[{i}]", shared) for i, record in enumerate(records))
    _check_ids(episodes, path)
    return EpisodeFile(format="habitat", episodes=episodes, extra=rest)


def read_content(document: Mapping[str, Any], path: Path) -> EpisodeFile:
    """Return the episodes of an empty split's `content/`, scene by scene in the order of names.

    Raises:
        ValueError: one line that names file, episode and field; no file is there.
    """
    found = sorted((path.parent / CONTENT).glob("*.json.gz"))
    if not found:
        raise ValueError(f"{path}: expected episodes, found none, nor {CONTENT}/*.json.gz beside it; fetch them, too")
    files = [parse_habitat(mapping(read_json(part), str(part)), part) for part in found]
    extra = {key: value for file in reversed(files) for key, value in file.extra.items()}
    extra |= {key: value for key, value in document.items() if key != "episodes"}
    return EpisodeFile(format="habitat", episodes=tuple(e for file in files for e in file.episodes), extra=extra)


def write_habitat(path: Path, file: EpisodeFile) -> None:
    """Write all episodes into one file; gzipped when the name ends in .gz.

    Raises:
        ValueError: the episodes cannot be read again, in one line; nothing is written.
    """
    write_json(path, _document(file), parse_habitat)


def write_split(path: Path, file: EpisodeFile) -> tuple[Path, ...]:
    """Write `content/<scene>.json.gz` for each scene, then the empty split `path`; return all paths.

    Raises:
        ValueError: `content` is there already, two scenes have one name, or the episodes cannot be read again, in one
            line; nothing is written.
    """
    scenes: dict[str, list[NavigationEpisode]] = {}
    for episode in file.episodes:
        scenes.setdefault(episode.scene_name, []).append(episode)
    for name, episodes in scenes.items():
        if len({episode.scene_id for episode in episodes}) > 1 or name in ("", ".", ".."):
            raise ValueError(f"{path}: scene_id: expected one scene named {name!r}, got several; rename one")
    folder = path.parent / CONTENT
    if not path.parent.is_dir():
        raise ValueError(f"{path}: expected a folder to write into, found no {path.parent}; make it first")
    if folder.exists():
        raise ValueError(f"{folder}: expected no such folder yet, found one; choose another folder or remove it")
    parts = {name: _document(replace(file, episodes=tuple(episodes))) for name, episodes in scenes.items()}
    with atomic_folder(folder) as draft:
        for name, document in parts.items():
            write_json(draft / f"{name}.json.gz", document, parse_habitat)
    try:
        write_json(path, {"episodes": [], **file.extra}, parse_habitat)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return (path, *(folder / f"{name}.json.gz" for name in parts))


def _document(file: EpisodeFile) -> dict[str, Any]:
    """Return the JSON value of a file; ObjectNav's goals once for each scene and category."""
    shared: dict[str, Any] = {}
    records = []
    for episode in file.episodes:
        record = write_episode(episode, "habitat")
        if "object_category" in episode.extra:
            key = goals_key(episode.scene_id, episode.extra["object_category"])
            goals = [write_goal(goal) for goal in episode.goals]
            if shared.setdefault(key, goals) != goals:
                raise ValueError(
                    f"episode {episode.episode_id}: goals: expected those of all of {key!r}, got different ones; "
                    "ObjectNav files keep one list for each scene and category"
                )
            record["goals"] = []
        records.append(record)
    return {"episodes": records, **({_GOALS: shared} if shared else {}), **file.extra}


def _check_ids(episodes: tuple[NavigationEpisode, ...], path: Path) -> None:
    """Ids are counted anew in each scene, and in ObjectNav for each category."""
    seen = set()
    for episode in episodes:
        key = (episode.scene_id, str(episode.extra.get("object_category")), str(episode.episode_id))
        if key in seen:
            raise ValueError(
                f"{path}: episode {episode.episode_id}: episode_id: expected every id once in {episode.scene_id}, "
                "got it twice; remove one"
            )
        seen.add(key)
