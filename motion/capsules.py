"""The room that a body takes: capsules along its bones, and how deep those of two people are in each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES, FloatArray, MotionClip
from motion.overlay import FINGERS
from motion.skeleton import pose_joints

# Radii in metres of our bodies of 1.79 m, in their clothes; others by the height of the joint of the head. The spine's
# joints lie near the back, so the trunk is given its width and its front by a capsule from each hip towards the collar.
STATURE = 1.637  # m, height of that joint
_BONES: tuple[tuple[str, str, float], ...] = (
    *((f"{side}_hip", f"{side}_collar", 0.125) for side in ("left", "right")),
    ("pelvis", "spine1", 0.08), ("spine1", "spine2", 0.08), ("spine2", "spine3", 0.08), ("spine3", "neck", 0.07),
    ("neck", "head", 0.06),
    *(
        (f"{side}_{a}", f"{side}_{b}", radius)
        for side in ("left", "right")
        for a, b, radius in (
            ("collar", "shoulder", 0.065), ("hip", "knee", 0.085), ("knee", "ankle", 0.055), ("ankle", "foot", 0.04),
            ("shoulder", "elbow", 0.05), ("elbow", "wrist", 0.04),
        )
    ),
)  # fmt: skip
FLANK = 0.75  # of the way from the hip to the collar: there that capsule ends, below the shoulders
SKULL, HEAD_RADIUS = np.array([0.01, 0.0, 0.05]), 0.11  # m: its middle from the joint of the head, in its frame
FAR = 2.5  # m, beyond which nobody touches anybody
HAND, HAND_RADIUS = 0.09, 0.04  # m: from the wrist along the fingers
NAMES: tuple[str, ...] = (*(f"{a} {b}" for a, b, _ in _BONES), "head", "left_hand", "right_hand")
RADII = np.array([*(radius for _, _, radius in _BONES), HEAD_RADIUS, HAND_RADIUS, HAND_RADIUS])
FOREARMS = np.array(["wrist" in name or "hand" in name for name in NAMES])
ARMS = {side: np.array([name.startswith(side) and ("elbow" in name or "hand" in name) for name in NAMES])
        for side in ("left", "right")}  # fmt: skip
_FIRST, _SECOND = ([JOINT_NAMES.index(bone[end]) for bone in _BONES] for end in (0, 1))
_HEAD = JOINT_NAMES.index("head")
_WRISTS = [JOINT_NAMES.index(f"{side}_wrist") for side in ("left", "right")]


def capsules_of(clip: MotionClip, figure: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where the lines of the capsules NAMES begin and end (2, T, C, 3), metres, world, and their radii (C,)."""
    world = pose_joints(clip.rotations, clip.root, figure)
    size = float(figure[_HEAD, 2]) / STATURE
    places, turned = world[..., :3, 3], world[..., :3, :3]
    skull = places[:, _HEAD] + turned[:, _HEAD] @ (size * SKULL)
    fingers = np.stack([FINGERS, FINGERS * [1.0, -1.0, 1.0]])
    tips = places[:, _WRISTS] + size * HAND * np.einsum("thij,hj->thi", turned[:, _WRISTS], fingers)
    starts = np.concatenate([places[:, _FIRST], skull[:, None], places[:, _WRISTS]], axis=1)
    ends = np.concatenate([places[:, _SECOND], skull[:, None], tips], axis=1)
    ends[:, :2] = starts[:, :2] + FLANK * (ends[:, :2] - starts[:, :2])
    return np.stack([starts, ends]), size * RADII


def overlaps(
    first: tuple[FloatArray, FloatArray], second: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return how deep capsules (T, C, C) of two people are in each other, metres, and the way (T, C, C, 3) out.

    Below zero they are that far apart. The way leads the first one out of the second. People who are FAR apart
    are not looked at; hands and forearms may meet: both count as that far from each other.
    """
    near = np.linalg.norm(first[0][0, :, 0] - second[0][0, :, 0], axis=1) < FAR
    (a, b), radii = first[0][:, near, :, None], first[1]
    (c, d), others = second[0][:, near, None], second[1]
    gap = nearest(a, b, c, d)
    distance = np.linalg.norm(gap, axis=-1)
    shape = (len(near), len(radii), len(others))
    depth, way = np.full(shape, -FAR), np.zeros((*shape, 3))
    depth[near], way[near] = radii[:, None] + others - distance, gap / np.maximum(distance, 1e-9)[..., None]
    depth[:, FOREARMS[:, None] & FOREARMS] = -FAR
    return depth, way


def nearest(
    a: npt.NDArray[np.floating], b: npt.NDArray[np.floating], c: npt.NDArray[np.floating], d: npt.NDArray[np.floating]
) -> FloatArray:
    """Return the shortest way (..., 3) from the line between c and d to that between a and b (Ericson 2005, 5.1.9)."""
    along, other, between = b - a, d - c, a - c
    aa, ee, ae = (along * along).sum(-1), (other * other).sum(-1), (along * other).sum(-1)
    ac, ec = (along * between).sum(-1), (other * between).sum(-1)
    aa, ee = np.maximum(aa, 1e-12), np.maximum(ee, 1e-12)
    s = np.clip((ae * ec - ac * ee) / np.maximum(aa * ee - ae * ae, 1e-12), 0.0, 1.0)
    t = np.clip((ae * s + ec) / ee, 0.0, 1.0)
    s = np.clip((ae * t - ac) / aa, 0.0, 1.0)
    return np.asarray(between + s[..., None] * along - t[..., None] * other)
