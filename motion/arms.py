"""Arm poses: what hands do when they do not swing, fitted to the body so that they lie on it and not in it. Compiled.

A pose is given by where the wrists are, where the elbows point, and how the hands are turned; `fit_arms` solves the
joints for each body once. Sides: 0 left, 1 right; a pose of one hand is stored for both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.clip import JOINT_NAMES
from motion.rig import ARM_POSES
from motion.rotation import FloatArray, about_y, about_z, compiled, compose, cross, log_map, turn, two_bone, unit

HANG, CLASP, HIP, FOLD, BEHIND, PHONE = 0, 1, 2, 3, 4, 5  # idle
READY, OFFER, OPEN, HEART, RAISE, COUNT = 6, 7, 8, 9, 10, 11  # of somebody who talks
FLESH = 0.042  # m, from the axis of a forearm to its skin and sleeve
HELD = 0.10  # rad, by which an arm keeps off the trunk beyond need
_SPINE1 = JOINT_NAMES.index("spine1")
# Of each pose: the elbow's way, the fingers' way and the palm's way of the left side, person frame, and what the right
# one has otherwise (seen in a mirror).
_WAYS = {
    HANG: ((-0.4, 1.0, -0.3), (0.8, -0.55, -0.15), (0.0, 0.0, -1.0)),
    CLASP: ((-0.4, 1.0, 0.0), (0.35, -0.75, -0.55), (-1.0, -0.2, -0.2)),
    HIP: ((-0.55, 1.0, 0.0), (0.75, -0.10, -0.65), (0.2, -1.0, 0.25)),
    FOLD: ((0.15, 0.85, -1.0), (-0.1, -1.0, 0.12), (-1.0, 0.1, -0.1)),
    BEHIND: ((-0.5, 1.0, 0.0), (-0.05, -0.8, -0.6), (-1.0, -0.1, 0.2)),
    PHONE: ((-0.15, 0.30, -1.0), (0.35, -0.45, 0.85), (-0.8, -0.2, 0.4)),
    READY: ((-0.7, 0.4, -0.8), (0.9, -0.35, 0.10), (0.0, -1.0, 0.35)),
    OFFER: ((-0.6, 0.3, -1.0), (0.95, 0.15, 0.15), (0.1, -0.35, 1.0)),
    OPEN: ((-0.6, 0.2, -1.0), (0.75, 0.6, 0.2), (0.35, -0.25, 0.9)),
    HEART: ((-0.2, 0.5, -1.0), (0.0, -0.95, 0.35), (-1.0, 0.0, 0.0)),
    RAISE: ((-0.4, 0.3, -1.0), (0.45, 0.05, 0.9), (0.45, -1.0, 0.0)),
    COUNT: ((-0.6, 0.4, -1.0), (0.85, -0.3, 0.35), (0.1, -0.75, -0.6)),
}
_WISHES = np.zeros((ARM_POSES, 2, 4, 3))
for _pose, _ways in _WAYS.items():
    _WISHES[_pose, :, 1:] = _ways
_WISHES[FOLD, 1, 2] = -0.1, -1.0, 0.32


@compiled
def surface(rig: Any, table: FloatArray, height: float) -> float:
    """Return a table of the trunk's surface at a height over the ground, rest pose, metres."""
    where = min(max((height - rig.slice[0]) / rig.slice[1], 0.0), len(table) - 1.0)
    index = min(int(where), len(table) - 2)
    return float(table[index] + (where - index) * (table[index + 1] - table[index]))


@compiled
def turn_hand(rig: Any, side: int, fingers: FloatArray, palm: FloatArray) -> FloatArray:
    """Return the world rotation of a hand whose fingers point along and whose palm faces the given ways (3,)."""
    before, after = np.empty((3, 3)), np.empty((3, 3))
    flip = 1.0 - 2.0 * side
    a, b = rig.hand[0].copy(), rig.hand[1].copy()
    a[1] *= flip
    b[1] *= flip
    along = unit(fingers)
    out = unit(palm - along * (along[0] * palm[0] + along[1] * palm[1] + along[2] * palm[2]))
    before[:, 0], before[:, 1], before[:, 2] = a, b, cross(a, b)
    after[:, 0], after[:, 1], after[:, 2] = along, out, cross(along, out)
    return compose(after, np.ascontiguousarray(before.T))


@compiled
def untwist(fore: FloatArray, hand: FloatArray) -> FloatArray:
    """Return the forearm turned about itself so that it takes over its part of the hand's twist."""
    between = compose(np.ascontiguousarray(fore.T), hand)
    twist = np.arctan2(between[1, 0] - between[0, 1], between[0, 0] + between[1, 1])
    return compose(fore, about_z(0.55 * min(max(twist, -2.0), 2.0)))


@compiled
def bend_trunk(rig: Any, place: FloatArray) -> FloatArray:
    """Return where a point (3,) that goes with the chest is when the trunk stoops, relative to the ground point."""
    low = rig.offsets[_SPINE1].copy()
    low[2] += rig.height
    return np.asarray(low + turn(about_y(rig.stoop), place - low))


@compiled
def _solve(rig: Any, pose: int, side: int, wish: FloatArray) -> None:
    """Fill in one arm of a pose; `wish` (4, 3): wrist, elbow's way, fingers, palm of the left side, else mirrored."""
    mirror = np.array([1.0, 1.0 - 2.0 * side, 1.0])
    chest = about_y(rig.stoop)
    start = np.zeros(3)
    for joint in (3, 6, 9, 13 + side, 16 + side):
        start += rig.offsets[joint]
    start[2] += rig.height
    start = bend_trunk(rig, start)
    upper, fore = two_bone(start, wish[0] * mirror, rig.arm[0], rig.arm[1], -wish[1] * mirror, -1.0)
    hand = turn_hand(rig, side, wish[2] * mirror, wish[3] * mirror)
    fore = untwist(fore, hand)
    rig.arms[pose, side, 0] = log_map(compose(np.ascontiguousarray(chest.T), upper))
    rig.arms[pose, side, 1] = log_map(compose(np.ascontiguousarray(upper.T), fore))
    rig.arms[pose, side, 2] = log_map(compose(np.ascontiguousarray(fore.T), hand))


@compiled
def _before(rig: Any, height: float, gap: float) -> float:
    """Return how far ahead a wrist is that lies `gap` off the trunk at a height, stooping included, metres."""
    low = rig.offsets[_SPINE1]
    stooped = np.sin(rig.stoop) * max(height - rig.height - low[2], 0.0)
    return float(surface(rig, rig.front, height) + FLESH + gap + stooped)


@compiled
def _hang(rig: Any, side: int, shoulder: FloatArray) -> None:
    """Let an arm hang off the waist at the elbow and off the hip at the wrist."""
    flip = 1.0 - 2.0 * side
    elbow, wrist = shoulder[2] - rig.arm[0], shoulder[2] - 0.98 * (rig.arm[0] + rig.arm[1])
    waist = max(surface(rig, rig.wide[side], elbow), surface(rig, rig.wide[side], elbow + 0.06))
    out = min(max((waist + FLESH + 0.015 - shoulder[1]) / rig.arm[0], 0.02), 0.30)
    hips = max(surface(rig, rig.wide[side], wrist), surface(rig, rig.wide[side], wrist + 0.06))
    gap = hips + FLESH - shoulder[1] - rig.arm[0] * np.sin(out)
    fall = min(max(gap / rig.arm[1], out - 0.22), out + 0.12)
    if side == 0 and rig.loaded == 1:  # a bag hangs beside the leg
        out, fall = out + 0.05, max(fall, out + 0.05)
    rig.arms[HANG, side, 0, 0] = flip * (out + 0.5 * HELD)
    rig.arms[HANG, side, 0, 1] = 0.03
    rig.arms[HANG, side, 0, 2] = -0.12 * flip
    rig.arms[HANG, side, 1, 0] = flip * (fall - out)
    rig.arms[HANG, side, 1, 1] = -0.22
    fingers = np.array([0.10, -0.05 * flip, -1.0])
    rig.arms[HANG, side, 2] = log_map(turn_hand(rig, side, fingers, np.array([-0.25, -flip, 0.0])))


@compiled
def fit_arms(rig: Any) -> None:
    """Fill in `rig.arms`."""
    reach = rig.arm[0] + rig.arm[1]
    shoulder = np.zeros(3)
    for joint in (3, 6, 9, 13, 16):
        shoulder += rig.offsets[joint]
    shoulder[2] += rig.height
    hip, top = rig.height, shoulder[2]
    for side in range(2):
        _hang(rig, side, shoulder)
        # the elbow's way, the fingers' way and the palm's way, then where the wrist is
        wishes = _WISHES[:, side].copy()
        level = hip - 0.03 * reach + 0.02 * side
        wishes[CLASP, 0] = _before(rig, level + 0.06, 0.03 + 0.045 * side), 0.065, level
        level = hip + 0.17 * reach
        wishes[HIP, 0] = -0.02, surface(rig, rig.wide[side], level) + 0.9 * FLESH, level
        level = top - 0.50 * reach
        wishes[FOLD, 0] = _before(rig, level, 0.025 + 0.055 * side), -0.05, level + 0.03 - 0.03 * side
        level = hip + 0.02 * reach
        wishes[BEHIND, 0] = surface(rig, rig.back, level) - FLESH - 0.02 - 0.04 * side, 0.05, level
        level = top - 0.36 * reach
        wishes[PHONE, 0] = max(_before(rig, level, 0.10), 0.42 * reach), 0.10, level
        wishes[HEART, 0] = _before(rig, level, 0.05), 0.09, level
        level = hip + 0.26 * reach
        ahead = max(_before(rig, level, 0.06), 0.42 * reach)
        wishes[READY, 0] = ahead, 0.13, level
        wishes[OFFER, 0] = ahead + 0.12 * reach, 0.26, level + 0.10 * reach
        wishes[OPEN, 0] = ahead, 0.40, level + 0.10 * reach
        wishes[RAISE, 0] = 0.55 * reach, 0.24, top - 0.22 * reach
        wishes[COUNT, 0] = 0.55 * reach, 0.12, top - 0.42 * reach
        wishes[HANG, 0] = 0.46 * rig.upper, 0.085, hip + 0.105  # in the lap
        for pose in range(0 if rig.aid == 1 else 1, len(wishes)):
            _solve(rig, pose, side, wishes[pose])
    rig.fitted = 1
