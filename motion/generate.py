"""Motion of one person from a path: by the single-person network and a text, or by the gait, both as clips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motion.body import load_body
from motion.clip import Body, FloatArray, MotionClip, RootPaths
from motion.contact import plant
from motion.denoiser import Denoiser
from motion.features import FPS
from motion.gait import GaitModel
from motion.local import STANDS, decode_local
from motion.retarget import clip_of, figure_of, grounded, leg_of, scaled
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
    return [
        plant(decode_local(local, one.path, one.figure), one.figure, local[:, STANDS])
        for local, one in zip(made, samples, strict=True)
    ]


def walk_along(sample: Sample, rng: np.random.Generator) -> MotionClip:
    """Return how the gait takes the path of a sample, on its figure: by rotations, steps by the length of the legs."""
    body = load_body(BODY)
    own = figure_of(body.joints)
    path = sample.path * np.array([1.0, 1.0, 0.0]) * (leg_of(own) / leg_of(sample.figure))
    path[:, 2] = sample.path[:, 2]
    clip = scaled(clip_of(walk(path, body, rng), body, FPS), own, sample.figure)
    return grounded(clip, sample.figure)


def walk(way: FloatArray, body: Body, rng: np.random.Generator) -> FloatArray:
    """Return the transforms (T, 25, 4, 4) of a body whom the gait walks along a way (T, 3) at 30 fps."""
    model = GaitModel()
    model.reset({0: body}, rng)
    ahead = np.round(0.1 * FPS * np.arange(1, AHEAD + 1)).astype(int)
    frames = []
    for row in range(len(way)):
        speed = (way[min(row + 1, len(way) - 1), :2] - way[row, :2]) * FPS
        paths = RootPaths(
            person_ids=np.array([0]), positions=way[row : row + 1, :2], velocities=speed[None],
            yaws=way[row : row + 1, 2], planned=way[np.minimum(row + ahead, len(way) - 1), :2][None],
        )  # fmt: skip
        frames.append(model.step(1.0 / FPS, paths, {}, {})[0])
    return np.stack(frames)
