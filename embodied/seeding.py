"""Named random streams of one episode seed: a new consumer never shifts another."""

from __future__ import annotations

import numpy as np

# The spawn key of each stream. Never renumber: recorded seeds would mean other episodes.
STREAMS: dict[str, int] = {
    "scene": 0,
    "task": 1,
    "crowd": 2,
    "bodies": 3,
    "motion": 4,
    "minds": 5,
    "agent": 6,
    "sensors": 7,
    "statistics": 8,
    "acquaintances": 9,
    "reactions": 10,
    "errands_train": 11,
    "errands_dev": 12,
    "errands_test": 13,
    "residents": 14,
    "lives": 15,
    "chats": 16,
    "hazards": 17,
    "party": 18,
    "pictures": 19,
}


def stream(seed: int, name: str, *keys: int) -> np.random.Generator:
    """Return the generator of a named stream.

    Args:
        seed: the episode's seed, non-negative.
        name: one of STREAMS.
        keys: further whole numbers that tell apart the members of a stream (a person_id, say).

    Raises:
        KeyError: unknown stream.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS[name], *keys)))


def episode_seed(run_seed: int, episode: int) -> int:
    """Return the seed of an episode: the first 32-bit word of the run's sequence spawned at `episode`."""
    return int(np.random.SeedSequence(run_seed, spawn_key=(episode,)).generate_state(1)[0])
