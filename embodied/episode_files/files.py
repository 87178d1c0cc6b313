"""Which format a file of episodes has, and its episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embodied.episode_files.contract import EpisodeFile, NavigationEpisode
from embodied.episode_files.fields import read_json
from embodied.episode_files.habitat import parse_habitat, read_content
from embodied.episode_files.r2r_ce import parse_vln_ce


def load_episodes(path: Path | str) -> tuple[NavigationEpisode, ...]:
    """Return the episodes of an R2R-CE, RxR-CE or Habitat file, in our frame; the format is told from the fields.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, episode and field.
    """
    return read_episode_file(path).episodes


def read_episode_file(path: Path | str) -> EpisodeFile:
    """Return all that an R2R-CE, RxR-CE or Habitat file holds; the format is told from the fields.

    A Habitat split without episodes stands for the files in `content/` beside it.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, episode and field.
    """
    path = Path(path)
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("episodes"), list):
        raise ValueError(f"{path}: expected R2R-CE, RxR-CE or Habitat episodes, got {_name(document)}")
    episodes = document["episodes"]
    if "instruction_vocab" in document or (episodes and isinstance(episodes[0], dict) and "instruction" in episodes[0]):
        return parse_vln_ce(document, path)
    return parse_habitat(document, path) if episodes else read_content(document, path)


def _name(document: Any) -> str:
    """Return what else a document may be, in words."""
    if isinstance(document, list):
        rows = bool(document) and isinstance(document[0], dict) and "dialog_history" in document[0]
        return "NDH rows, whose places are nodes of a graph without positions" if rows else "a list"
    if isinstance(document, dict):
        return f"an object with {', '.join(sorted(document)[:4]) or 'nothing'}"
    return type(document).__name__
