"""Two people who are in each other, taken apart: by where they stand, and by where their arms go."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from motion.capsules import ARMS as CAPSULES
from motion.capsules import capsules_of, overlaps
from motion.clip import FloatArray, MotionClip, PairClip
from motion.contact import ARMS, CHEST, ELBOW, reach
from motion.skeleton import pose_joints
from motion.vectors import across, unit

LOG = logging.getLogger(__name__)
DEEPEST = 0.02  # m that bodies may be in each other: clothes and flesh give way
SPARE = 0.006  # m less than that is aimed at
ROUNDS = 24
NEAR, SLANT = 0.05, 0.4  # m, below which two are in one place; the least share of a shift that takes them apart
SMOOTH = 0.12  # s, deviation of the Gaussian over what arms give way
LIMBS = CAPSULES["left"] | CAPSULES["right"]


def part(pair: PairClip) -> PairClip:
    """Return a pair of whom neither is deeper in the other than DEEPEST, as far as ROUNDS of corrections go.

    Who stands too near is moved, see `stand_apart`; then arms give way by inverse kinematics.
    """
    pair = stand_apart(pair)
    for _ in range(ROUNDS):
        depth, way = _overlaps(pair)
        if depth.max() <= DEEPEST:
            break
        first = _arms_away(pair.clips[0], pair.figures[0], depth, way)
        pair = replace(pair, clips=(first, pair.clips[1]))
        depth, way = _overlaps(pair)
        second = _arms_away(pair.clips[1], pair.figures[1], np.swapaxes(depth, 1, 2), -np.swapaxes(way, 1, 2))
        pair = replace(pair, clips=(pair.clips[0], second))
    else:
        if (deepest := _overlaps(pair)[0].max()) > DEEPEST:
            LOG.warning("%s: arms stay %.3f m in the other", pair.text, deepest)
    return pair


def stand_apart(pair: PairClip) -> PairClip:
    """Return a pair whose trunks, heads and legs are not deeper in each other than DEEPEST.

    Both clips are shifted as wholes, so that feet stay planted.
    """
    for _ in range(ROUNDS):
        depth, way = _overlaps(pair)
        bodily = depth[:, ~LIMBS][:, :, ~LIMBS]
        if bodily.max() <= DEEPEST:
            break
        pair = _shifted(pair, bodily, way[:, ~LIMBS][:, :, ~LIMBS])
    return pair


def _overlaps(pair: PairClip) -> tuple[FloatArray, FloatArray]:
    first, second = (capsules_of(clip, figure) for clip, figure in zip(pair.clips, pair.figures, strict=True))
    return overlaps(first, second)


def _shifted(pair: PairClip, depth: FloatArray, way: FloatArray) -> PairClip:
    """Return a pair who stand farther from each other by what they are too deep in each other at their deepest."""
    row = np.unravel_index(depth.argmax(), depth.shape)
    apart = (pair.clips[0].root - pair.clips[1].root)[row[0]] * [1.0, 1.0, 0.0]
    ahead = unit(apart if np.linalg.norm(apart) > NEAR else way[row] * [1.0, 1.0, 0.0])
    step = ahead * (depth[row] - DEEPEST + SPARE) / max(float(way[row] @ ahead), SLANT) / 2.0
    first, second = pair.clips
    return replace(pair, clips=(_placed(first, step), _placed(second, -step)))


def _placed(clip: MotionClip, step: FloatArray) -> MotionClip:
    return replace(clip, root=clip.root + step, positions=clip.positions + step)


def _arms_away(clip: MotionClip, figure: FloatArray, depth: FloatArray, way: FloatArray) -> MotionClip:
    """Return a clip whose arms are moved out of the other's body; depth (T, C, C) and way out, own capsules first."""
    for side, own in CAPSULES.items():
        flat, ways = depth[:, own].reshape(len(depth), -1), way[:, own].reshape(len(depth), -1, 3)
        rows, worst = np.arange(len(depth)), flat.argmax(axis=1)
        push = np.maximum(flat[rows, worst] - DEEPEST + SPARE, 0.0)
        if push.max() <= SPARE:
            continue
        wide = SMOOTH * clip.fps
        moved = gaussian_filter1d(push[:, None] * ways[rows, worst], wide, axis=0, mode="nearest")
        moved *= min(push.max() / max(float(np.linalg.norm(moved, axis=1).max()), 1e-6), 2.0)
        clip = _moved(clip, figure, side, moved)
    return clip


def _moved(clip: MotionClip, figure: FloatArray, side: str, moved: FloatArray) -> MotionClip:
    """Return a clip whose wrist and elbow of a side are moved by (T, 3) metres, as far as bones let them."""
    mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])
    world = pose_joints(clip.rotations, clip.root, figure)
    shoulder, elbow, wrist = (world[:, joint, :3, 3] for joint in ARMS[side])
    chest = world[:, CHEST, :3, :3]
    goals = wrist + moved
    usual = 0.02 * np.einsum("tij,j->ti", chest, ELBOW * mirror)
    out = across(elbow + moved - shoulder, unit(goals - shoulder)) + usual
    hint = np.einsum("tji,tj->ti", chest, out) * mirror
    size = np.linalg.norm(moved, axis=1)
    wide = SMOOTH * clip.fps
    near = maximum_filter1d((size > 1e-4).astype(np.float64), 2 * round(wide) + 1, mode="nearest")
    weights = gaussian_filter1d(near, wide / 2.0, mode="nearest")
    return reach(clip, figure, side, goals, weights, elbow=hint)
