"""How near two people come to each other, how they face, when they touch, and how deep one is in the other.

Compare with recordings of pairs, not with 0; only what is deeper than a few centimetres is wrong in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motion.capsules import capsules_of, overlaps
from motion.clip import JOINT_NAMES, FloatArray, PairClip
from motion.overlay import yaw_of
from motion.vectors import wrap

WRISTS = [JOINT_NAMES.index("left_wrist"), JOINT_NAMES.index("right_wrist")]
TOUCH, NEAR = 0.10, 0.25  # m, between any joints, and between wrists


def measure_pair(pair: PairClip) -> dict[str, float]:
    """Return what there is to say of how two people move together.

    - contact_share: share of frames in which any joints of both are less than 10 cm apart.
    - wrist_share: share of frames in which their closest wrists are less than 25 cm apart.
    - wrists, distance: m, medians over the frames of the distance of the closest wrists, and of the pelvises seen from
      above.
    - facing: rad, median over the frames of the angle between where one faces and where the other is, mean of both.
    - penetration, deepest: m, mean and maximum over the frames of `penetrations`.
    """
    first, second = (clip.positions for clip in pair.clips)
    joints = np.linalg.norm(first[:, :, None] - second[:, None], axis=-1).min(axis=(1, 2))
    wrists, deep = wrist_distances(pair), penetrations(pair)
    return {
        "contact_share": float((joints < TOUCH).mean()),
        "wrist_share": float((wrists < NEAR).mean()),
        "wrists": float(np.median(wrists)),
        "distance": float(np.median(np.linalg.norm((first - second)[:, 0, :2], axis=1))),
        "facing": float(np.median(facings(pair).mean(axis=1))),
        "penetration": float(deep.mean()),
        "deepest": float(deep.max()),
    }


def penetrations(pair: PairClip) -> FloatArray:
    """Return how deep (T,) the bodies are in each other, metres; hands and forearms may meet."""
    depth, _ = overlaps(*(capsules_of(clip, figure) for clip, figure in zip(pair.clips, pair.figures, strict=True)))
    return np.asarray(np.maximum(depth.max(axis=(1, 2)), 0.0))


def wrist_distances(pair: PairClip) -> FloatArray:
    """Return how far apart (T,) the closest wrists across two people are, metres."""
    first, second = (clip.positions[:, WRISTS] for clip in pair.clips)
    return np.asarray(np.linalg.norm(first[:, :, None] - second[:, None], axis=-1).min(axis=(1, 2)))


def contact_onsets(pairs: Sequence[PairClip]) -> FloatArray:
    """Return when (N,) wrists of both first come within 25 cm in each pair, seconds from its beginning; NaN: never."""
    first = np.full(len(pairs), np.nan)
    for row, pair in enumerate(pairs):
        near = np.flatnonzero(wrist_distances(pair) < NEAR)
        if len(near):
            first[row] = near[0] / pair.clips[0].fps
    return first


def facings(pair: PairClip) -> FloatArray:
    """Return by how much (T, 2) each faces past the other, radians from 0 (at them) to pi (away)."""
    first, second = pair.clips
    angles = []
    for one, other in ((first, second), (second, first)):
        way = (other.root - one.root)[:, :2]
        angles.append(np.abs(wrap(np.arctan2(way[:, 1], way[:, 0]) - yaw_of(one.rotations[:, 0]))))
    return np.stack(angles, axis=1)
