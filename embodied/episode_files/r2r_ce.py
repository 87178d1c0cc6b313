"""Episodes of R2R-CE and RxR-CE (Krantz et al., Beyond the Nav-Graph, ECCV 2020, arXiv 2004.02857).

habitat-lab's loader (`R2RVLN-v1`) wants `instruction_vocab.word_list` at the top and `trajectory_id`, `reference_path`,
`goals` and `instruction` in every episode, and takes no other fields: those are laid aside (`shelf.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from embodied.episode_files.contract import EpisodeFile, GroundTruth, NavigationEpisode, TokenKind
from embodied.episode_files.fields import (
    listing,
    mapping,
    read_json,
    take,
    text,
    whole_numbers,
    write_json,
)  # fmt: skip
from embodied.episode_files.record import read_episode, read_points, write_episode, write_points
from embodied.episode_files.vocabulary import make_vocabulary, tokenize_and_index

BERT_START = 101  # [CLS]
TOKEN_COUNT = 200  # to which R2R-CE's preprocessed files pad with 0 (from memory)


def parse_vln_ce(document: Mapping[str, Any], path: Path) -> EpisodeFile:
    """Return the episodes of a parsed file; RxR-CE's instructions have a language.

    Raises:
        ValueError: one line that names file, episode and field.
    """
    rest = dict(document)
    records = listing(rest.pop("episodes", None), f"{path}: episodes")
    vocabulary = rest.pop("instruction_vocab", None)
    size = None
    if vocabulary is not None:
        where = f"{path}: instruction_vocab"
        vocabulary = mapping(vocabulary, where)
        if vocabulary:
            words = listing(vocabulary.get("word_list"), f"{where}.word_list")
            size = len({text(word, f"{where}.word_list") for word in words})
            if size < len(words):
                raise ValueError(f"{where}.word_list: expected every word once, got one twice; remove it")
    episodes, seen = [], set()
    bert = "bert" in path.name.lower()
    for index, record in enumerate(records):
        episode = read_episode(record, f"{path}: episodes[{index}]")
        where = f"{path}: episode {episode.episode_id}"
        if str(episode.episode_id) in seen:
            raise ValueError(f"{where}: episode_id: expected every id once, got it twice; remove one")
        seen.add(str(episode.episode_id))
        if episode.instruction is None:
            raise ValueError(f"{where}: instruction: expected a value, found none; add it to the file")
        tokens = episode.instruction.tokens or ()
        if tokens and size is not None and max(tokens) >= size:
            if tokens[0] != BERT_START:
                raise ValueError(
                    f"{where}: instruction.instruction_tokens: expected numbers below {size}, the size of word_list, "
                    f"got {max(tokens)}; give the vocabulary of these tokens"
                )
            bert = True
        episodes.append(episode)
    kind: TokenKind = "none"
    if any(episode.instruction is not None and episode.instruction.tokens for episode in episodes):
        kind = "bert" if bert or size is None else "vocabulary"
    rxr = any(
        e.instruction is not None and {"language", "instruction_id"} <= e.instruction.extra.keys() for e in episodes
    )
    version = re.search(r"(?:^|[^a-z0-9])(v\d+(?:-\d+)?)(?![\d])", str(path.absolute()))
    return EpisodeFile(
        format="rxr_ce" if rxr else "r2r_ce",
        episodes=tuple(episodes),
        version=version[1] if version else "",
        tokens=kind,
        vocabulary=vocabulary,
        extra=rest,
    )


def write_vln_ce(path: Path, file: EpisodeFile) -> None:
    """Write R2R-CE or RxR-CE episodes so that habitat-lab and VLN-CE read them; gzipped when the name ends in .gz.

    R2R-CE episodes without a vocabulary get one, made of their instructions, which are indexed by it (BERT's tokens
    stay). RxR-CE's loader reads none.

    Raises:
        ValueError: a field that the loaders need is missing, in one line; nothing is written.
    """
    if file.format == "habitat":
        raise ValueError(f"{path}: expected episodes of r2r_ce or rxr_ce, got those of {file.format}; convert them")
    for episode in file.episodes:
        _require(episode, path, rxr=file.format == "rxr_ce")
    texts = [episode.instruction.text for episode in file.episodes if episode.instruction is not None]
    vocabulary, episodes = file.vocabulary, list(file.episodes)
    if not vocabulary and file.format == "r2r_ce":
        vocabulary = make_vocabulary(texts)
        if file.tokens != "bert":
            episodes = [_index(episode, vocabulary) for episode in episodes]
    document = {
        "episodes": [write_episode(episode, file.format) for episode in episodes],
        **({} if vocabulary is None else {"instruction_vocab": dict(vocabulary)}),
        **file.extra,
    }
    write_json(path, document, parse_vln_ce)


def read_ground_truth(path: Path) -> dict[str, GroundTruth]:
    """Return the expert's way of every episode of a `*_gt.json.gz`, by episode id as str.

    Raises:
        FileNotFoundError: no such file. ValueError: one line that names file, episode and field.
    """
    return _parse_ground_truth(read_json(path), path)


def write_ground_truth(path: Path, ways: Mapping[str, GroundTruth]) -> None:
    """Write a `*_gt.json.gz`.

    Raises:
        ValueError: a way is empty or an action unknown, in one line; nothing is written.
    """
    document = {
        key: {
            "locations": write_points(way.locations),
            "forward_steps": len(way.locations) - 1,
            "actions": list(way.actions),
            **way.extra,
        }
        for key, way in ways.items()
    }
    write_json(path, document, _parse_ground_truth)


def _parse_ground_truth(document: Any, path: Path) -> dict[str, GroundTruth]:
    ways = {}
    for key, value in mapping(document, str(path)).items():
        where = f"{path}: episode {key}"
        record = mapping(value, where)
        locations = read_points(take(record, "locations", where), f"{where}: locations")
        steps = take(record, "forward_steps", where)
        if not locations or steps != len(locations) - 1:
            raise ValueError(
                f"{where}: forward_steps: expected {len(locations) - 1}, one below the number of locations, "
                f"got {steps!r}; repair the file"
            )
        actions = whole_numbers(take(record, "actions", where), f"{where}: actions")
        if any(action > 5 for action in actions):
            raise ValueError(f"{where}: actions: expected 0 to 5, got {max(actions)}; repair the file")
        ways[key] = GroundTruth(locations=locations, actions=actions, extra=record)
    return ways


def _require(episode: NavigationEpisode, path: Path, *, rxr: bool) -> None:
    """Check what habitat-lab's loader checks, and what tells RxR from R2R."""
    words = episode.instruction
    needed = {
        "trajectory_id": episode.trajectory_id, "reference_path": episode.reference_path,
        "goals": episode.goals or None, "instruction": words,
    }  # fmt: skip
    if rxr and words is not None:
        needed |= {f"instruction.{name}": words.extra.get(name) for name in ("instruction_id", "language")}
    for name, value in needed.items():
        if value is None:
            raise ValueError(
                f"{path}: episode {episode.episode_id}: {name}: expected a value, found none; loaders of "
                f"{'RxR-CE' if rxr else 'R2R-CE'} need it"
            )


def _index(episode: NavigationEpisode, vocabulary: Mapping[str, Any]) -> NavigationEpisode:
    if episode.instruction is None:
        return episode
    tokens = tokenize_and_index(episode.instruction.text, vocabulary["word_list"])
    padded = (*tokens, *[0] * (TOKEN_COUNT - len(tokens)))
    return replace(episode, instruction=replace(episode.instruction, tokens=padded))
