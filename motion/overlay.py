"""What guided acts are made of: weights in time, bends of the trunk, gaze, and hands at places of the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from motion.clip import JOINT_NAMES, PARENTS, FloatArray, MotionClip
from motion.contact import ARMS, min_jerk, reach, rebuilt
from motion.skeleton import local_rotations, pose_joints
from motion.vectors import basis, wrap

FADE = 0.5  # s, in which a pose is taken and left
HEAD = JOINT_NAMES.index("head")
EYES = np.array([0.08, 0.0, 0.06])  # m, from the joint of the head
GAZE_YAW, GAZE_PITCH = 1.5, (-0.7, 0.8)  # rad that head and trunk turn together at most; up and down
FINGERS, PALM = np.array([0.02, -0.49, -0.87]), np.array([-0.24, -0.84, 0.47])  # of the left hand of our bodies at rest
# Shares of a turn of the head that the trunk takes over, of yaw and of pitch.
TURN = {"spine1": 0.08, "spine2": 0.18, "spine3": 0.30, "neck": 0.62, "head": 1.0}
NOD = {"neck": 0.45, "head": 1.0}
# Of the left hand: where the elbow goes, where fingers point and what the palm faces, frame of the chest.
WAYS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "ear": ((0.35, 0.75, -1.0), (-0.30, -0.10, 1.0), (-0.25, -1.0, 0.0)),
    "screen": ((-0.15, 0.30, -1.0), (0.35, -0.45, 0.85), (-0.8, -0.2, 0.4)),
    "box": ((-0.8, 0.45, -0.8), (1.0, -0.12, -0.1), (0.1, -1.0, 0.25)),
    "lap": ((-0.5, 0.5, -0.5), (1.0, -0.25, -0.2), (-0.15, 0.0, -1.0)),
    "ready": ((-0.7, 0.4, -0.8), (0.9, -0.35, 0.10), (0.0, -1.0, 0.35)),
    "offer": ((-0.6, 0.3, -1.0), (0.95, 0.15, 0.15), (0.1, -0.35, 1.0)),
    "open": ((-0.6, 0.2, -1.0), (0.75, 0.6, 0.2), (0.35, -0.25, 0.9)),
    "raise": ((-0.4, 0.3, -1.0), (0.45, 0.05, 0.9), (0.45, -1.0, 0.0)),
    "count": ((-0.6, 0.4, -1.0), (0.85, -0.3, 0.35), (0.1, -0.75, -0.6)),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an act needs to know.

    Attributes:
        rng: draws gestures, nods and glances.
        target: (x, y, z) metres, world: what is pointed or looked at, or the head of whom one talks to; None: ahead.
        side: left, right, both or empty: the hand.
        manner: phone: "ear" or "screen"; carry: "box" or "bag".
        seat: (x, y, z) metres, world: the middle of its surface; None: one right behind.
        yaw: radians, where somebody faces who sits; None: where they face when they begin to.
    """

    rng: np.random.Generator
    target: tuple[float, float, float] | None = None
    side: str = ""
    manner: str = ""
    seat: tuple[float, float, float] | None = None
    yaw: float | None = None


def ramp(clip: MotionClip, start: int, end: int, *, held: bool = False, fade: float = FADE) -> FloatArray:
    """Return weights (T,): 0, 1 from start to end, with smooth flanks inside.

    held: what is done at the beginning or the end of the clip is done before and after it, too: no flank there.
    """
    rows = np.arange(len(clip.root))
    wide = max(1.0, min(fade * clip.fps, (end - start) / 2.0))
    rises = np.ones(len(rows)) if held and start <= 0 else min_jerk((rows - start) / wide)
    falls = np.ones(len(rows)) if held and end >= len(rows) else min_jerk((end - 1 - rows) / wide)
    return np.asarray(rises * falls)


def turn_head(
    clip: MotionClip, figure: FloatArray, yaw: FloatArray, pitch: FloatArray, pitched: dict[str, float] = NOD
) -> MotionClip:
    """Return a clip whose head is turned to the left by yaw (T,) and down by pitch (T,), radians, the trunk with it."""
    world = pose_joints(clip.rotations, clip.root, figure)[..., :3, :3]
    facing = np.arctan2(world[:, HEAD, 1, 0], world[:, HEAD, 0, 0])
    return rebuilt(clip, figure, local_rotations(bend(world, facing, yaw, TURN, pitch, pitched)), clip.root)


def bend(
    world: FloatArray, facing: FloatArray, yaw: FloatArray, turned: dict[str, float], pitch: FloatArray,
    pitched: dict[str, float],
) -> FloatArray:  # fmt: skip
    """Return frames (T, 22, 3, 3), joints turned about z and the left of `facing` by their shares, others with them."""
    result, shares = world.copy(), np.zeros((22, 2))
    for joint, name in enumerate(JOINT_NAMES):
        above = shares[PARENTS[joint]] if joint else np.zeros(2)
        shares[joint] = turned.get(name, above[0]), pitched.get(name, above[1])
    for joint, (by_yaw, by_pitch) in enumerate(shares):
        if _is_leg(joint) or (by_yaw == 0.0 and by_pitch == 0.0):
            continue
        angles = np.stack([facing + by_yaw * yaw, by_pitch * pitch, -facing], axis=1)
        result[:, joint] = Rotation.from_euler("ZYZ", angles).as_matrix() @ world[:, joint]
    return result


def _is_leg(joint: int) -> bool:
    """Return whether a joint belongs to a leg: legs do not lean with the trunk."""
    return JOINT_NAMES[joint].split("_")[-1] in ("hip", "knee", "ankle", "foot")


def gaze(clip: MotionClip, figure: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return by how much yaw and pitch (T,) of the head have to change to face a target (3,)."""
    world = pose_joints(clip.rotations, clip.root, figure)
    head, place = world[:, HEAD, :3, :3], world[:, HEAD, :3, 3]
    way = target - place - np.array([0.0, 0.0, EYES[2]])
    facing, own = yaw_of(clip.rotations[:, 0]), np.arctan2(head[:, 1, 0], head[:, 0, 0])
    wish = np.arctan2(way[:, 1], way[:, 0])
    middle = facing + np.median(wrap(wish - facing))  # so that what is right behind is not left and right by turns
    wish = facing + np.clip(middle - facing + wrap(wish - middle), -GAZE_YAW, GAZE_YAW)
    down = np.clip(-np.arctan2(way[:, 2], np.linalg.norm(way[:, :2], axis=1)), *GAZE_PITCH)
    return wrap(wish - own), down - np.arcsin(np.clip(-head[:, 2, 0], -1.0, 1.0))


def place_hand(
    clip: MotionClip, figure: FloatArray, side: str, place: FloatArray, ways: str | FloatArray, weights: FloatArray, *,
    joint: int,
) -> MotionClip:  # fmt: skip
    """Return a clip with a hand at a place that goes with a joint.

    place: (3,) or (T, 3) of the left wrist, where it is in the upright stance; ways: of WAYS, or (T, 3, 3) as there.
    """
    sign = 1.0 if side == "left" else -1.0
    mirror = np.array([1.0, sign, 1.0])
    world = pose_joints(clip.rotations, clip.root, figure)
    count = len(weights)
    told = np.broadcast_to(np.array(WAYS[ways]) if isinstance(ways, str) else ways, (count, 3, 3))
    away = np.broadcast_to(place * mirror - figure[joint], (count, 3))
    goals = world[:, joint, :3, 3] + np.einsum("tij,tj->ti", world[:, joint, :3, :3], away)
    hands = world[:, joint, :3, :3] @ hand_frame(told[:, 1] * mirror, told[:, 2] * mirror, sign)
    return reach(clip, figure, side, goals, weights, elbow=told[:, 0], hands=hands)


def hand_frame(fingers: FloatArray, palm: FloatArray, sign: float) -> FloatArray:
    """Return frames (T, 3, 3) of hands, +1 left or -1 right, by where (T, 3) fingers point and palms face."""
    rest = FINGERS * np.array([1.0, sign, 1.0]), PALM * np.array([1.0, sign, 1.0])
    return np.asarray(basis(fingers, palm) @ basis(*rest).T)


def chest_place(figure: FloatArray, ahead: float, left: float, up: float) -> FloatArray:
    """Return a place before the trunk: metres to the left, arm lengths ahead of and above the shoulders."""
    shoulders = figure[[ARMS["left"][0], ARMS["right"][0]]].mean(axis=0)
    arm = arm_of(figure)
    return np.array([shoulders[0] + ahead * arm, left, shoulders[2] + up * arm])


def target_of(clip: MotionClip, start: int, options: Options) -> FloatArray:
    """Return the target, or what is 3 m ahead, to the side that is told, at the height of the head."""
    if options.target is not None:
        return np.asarray(options.target, np.float64)
    row = min(max(start, 0), len(clip.root) - 1)
    aside = {"left": 0.9, "right": -0.9}.get(options.side, -0.4)
    yaw = float(yaw_of(clip.rotations[:, 0])[row]) + aside
    place = clip.positions[row, HEAD] + 3.0 * np.array([np.cos(yaw), np.sin(yaw), 0.0])
    return np.asarray(place)


def yaw_of(rotations: FloatArray) -> FloatArray:
    """Return where (T,) frames by quaternions (T, 4) face, radians."""
    ahead = Rotation.from_quat(rotations).apply([1.0, 0.0, 0.0])
    return np.asarray(np.arctan2(ahead[:, 1], ahead[:, 0]))


def arm_of(figure: FloatArray) -> float:
    """Return the length of the left arm, metres."""
    shoulder, elbow, wrist = (figure[joint] for joint in ARMS["left"])
    return float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))
