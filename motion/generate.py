"""Motion of one person from a path: by the single-person network and a text, or by the gait, both as clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motion.body import load_body
from motion.clip import FloatArray, MotionClip, RootPaths
from motion.denoiser import Denoiser
from motion.features import FPS
from motion.gait import GaitModel
from motion.local import decode_local
from motion.retarget import FEET, FLOOR, clip_of, figure_of, leg_of, scaled
from motion.rolling import draw_local
from motion.single import Sample
from motion.text import encode_ids

BODY = "man_young"  # who walks for the gait
AHEAD = 20  # steps of 0.1 s that the gait is told of its path


def generate(network: Denoiser, samples: Sequence[Sample], texts: Sequence[str], seed: int) -> list[MotionClip]:
    """Return a made clip for each sample: its path and figure, and a text of its own instead of its motion.

    Raises:
        ValueError: not a text for each sample.
    """
    if len(samples) != len(texts):
        raise ValueError(f"texts: expected one for each of {len(samples)} samples, got {len(texts)}")
    if not samples:
        return []
    rngs = [np.random.default_rng([seed, row]) for row in range(len(samples))]
    legs = [leg_of(sample.figure) for sample in samples]
    made = draw_local(network, [sample.path for sample in samples], legs, encode_ids(list(texts)), rngs)
    return [decode_local(local, one.path, one.figure) for local, one in zip(made, samples, strict=True)]


def walk_along(sample: Sample, rng: np.random.Generator) -> MotionClip:
    """Return how the gait takes the path of a sample, on its figure: by rotations, steps by the length of the legs."""
    body = load_body(BODY)
    own = figure_of(body.joints)
    path = sample.path * np.array([1.0, 1.0, 0.0]) * (leg_of(own) / leg_of(sample.figure))
    path[:, 2] = sample.path[:, 2]
    model = GaitModel()
    model.reset({0: body}, rng)
    world = np.concatenate([model.step(1.0 / FPS, at, {}, {}) for at in _paths(path)])
    clip = scaled(clip_of(world, body, FPS), own, sample.figure)
    heights = np.min([clip.positions[:, toes, 2] - sample.figure[toes, 2] for _, toes in FEET], axis=0)
    lift = np.array([0.0, 0.0, -np.percentile(heights, FLOOR)])  # other feet, as in `retarget`
    return replace(clip, root=clip.root + lift, positions=clip.positions + lift)


def _paths(path: FloatArray) -> list[RootPaths]:
    """Return what the gait is told at each frame of a path (T, 3) at 30 fps; behind its end it stands."""
    velocities = np.gradient(path[:, :2], axis=0) * FPS
    ahead = np.round(0.1 * FPS * np.arange(1, AHEAD + 1)).astype(int)
    return [
        RootPaths(
            person_ids=np.zeros(1, np.int64), positions=path[row : row + 1, :2], velocities=velocities[row : row + 1],
            yaws=path[row : row + 1, 2], planned=path[np.minimum(row + ahead, len(path) - 1), :2][None],
        )
        for row in range(len(path))
    ]  # fmt: skip
