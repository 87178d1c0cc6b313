"""The 262 numbers by which InterGen, in2IN and TIMotion tell a person, and the border between their axes and ours.

H. Liang et al., InterGen, IJCV 2024, arXiv 2304.05684, section 3.1: per frame at 30 fps 22 positions, 22 velocities
(metres a frame, to the next one), 21 local rotations as the first two columns of their matrices (root excluded), and
whether the left ankle, left toes, right ankle and right toes touch the ground. World axes are theirs: x left, y up, z
ahead of the first frame; ours are x ahead, y left, z up. Rotations are from the upright stance of `motion.retarget`,
not from SMPL's T pose: what is learned from other files is converted by `motion.retarget` first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import JOINT_NAMES, PARENTS, FloatArray, MotionClip
from motion.skeleton import pose_joints

FPS = 30.0
SIZE = 22 * 3 + 22 * 3 + 21 * 6 + 4
POSITIONS, VELOCITIES, ROTATIONS, CONTACTS = slice(0, 66), slice(66, 132), slice(132, 258), slice(258, 262)
MOVED = 0.001  # m2: squared way of a foot in a frame that touches the ground, at most
HEIGHTS = np.array([0.12, 0.05, 0.12, 0.05])  # m at most, of the ankles and toes then
FEET = [JOINT_NAMES.index(name) for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
THEIRS = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])  # takes our axes to theirs
MIRROR = np.array([
    JOINT_NAMES.index(
        name.replace("left", "right") if name.startswith("left") else name.replace("right", "left")
    )
    for name in JOINT_NAMES
])  # fmt: skip


def encode(clip: MotionClip) -> FloatArray:
    """Return the numbers (T - 1, 262) of a clip.

    Raises:
        ValueError: the clip has another rate, fewer than two frames, or numbers that are not finite.
    """
    if abs(clip.fps - FPS) > 1e-6:
        raise ValueError(f"clip: expected {FPS:g} frames a second, got {clip.fps:g}; resample it")
    if len(clip.positions) < 2:
        raise ValueError(f"clip: expected two frames or more, got {len(clip.positions)}; take a longer one")
    if not (np.isfinite(clip.positions).all() and np.isfinite(clip.rotations).all()):
        raise ValueError("clip: expected finite numbers, got NaN or infinity; mend or cut it")
    positions = clip.positions @ THEIRS.T
    steps = np.diff(positions, axis=0)
    feet = positions[:-1, FEET, 1] < HEIGHTS
    contacts = feet & ((steps[:, FEET] ** 2).sum(axis=2) < MOVED)
    matrices = Rotation.from_quat(clip.rotations[:-1, 1:].reshape(-1, 4)).as_matrix()
    turned = (THEIRS @ matrices @ THEIRS.T)[..., :2]  # the two columns one after the other
    parts = (positions[:-1], steps, np.swapaxes(turned, -1, -2), contacts)
    return np.concatenate([np.asarray(part, np.float64).reshape(len(steps), -1) for part in parts], axis=1)


def decode(features: npt.ArrayLike, figure: FloatArray) -> MotionClip:
    """Return the clip of a figure (22, 3) that numbers (T, 262) tell: their rotations, and the root by its neighbours.

    The pelvis is turned so that hips and spine come nearest to where the numbers have them; all other bones follow by
    rotations, so that they keep their length.

    Raises:
        ValueError: not (T, 262).
    """
    told = np.asarray(features, np.float64)
    if told.ndim != 2 or told.shape[1] != SIZE:
        raise ValueError(f"features: expected (T, {SIZE}), got {told.shape}")
    positions = told[:, POSITIONS].reshape(-1, 22, 3) @ THEIRS
    columns = told[:, ROTATIONS].reshape(-1, 21, 2, 3)
    matrices = THEIRS.T @ from_columns(columns[..., 0, :], columns[..., 1, :]) @ THEIRS
    around = [joint for joint, parent in enumerate(PARENTS) if parent == 0]
    rest, seen = figure[around] - figure[0], positions[:, around] - positions[:, :1]
    u, _, v = np.linalg.svd(np.einsum("tki,kj->tij", seen, rest))
    sign = np.linalg.det(u) * np.linalg.det(v)
    u[..., 2] *= sign[:, None]
    rotations = np.empty((len(told), 22, 4))
    rotations[:, 0] = Rotation.from_matrix(u @ v).as_quat(canonical=True)
    rotations[:, 1:] = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat(canonical=True).reshape(-1, 21, 4)
    root = positions[:, 0].copy()
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, figure)[..., :3, 3], fps=FPS
    )


def from_columns(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return rotations (..., 3, 3) whose first columns are nearest to two vectors (..., 3) (Zhou et al., CVPR 2019)."""
    x = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-9)
    y = second - x * (x * second).sum(axis=-1, keepdims=True)
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def canonical(clip: MotionClip) -> MotionClip:
    """Return a clip that begins at the origin, on the floor z = 0, facing along x."""
    left = clip.positions[0, JOINT_NAMES.index("left_hip")] - clip.positions[0, JOINT_NAMES.index("right_hip")]
    turn = Rotation.from_euler("z", -np.arctan2(-left[0], left[1]))
    start = np.array([*clip.root[0, :2], clip.positions[..., 2].min()])
    rotations = clip.rotations.copy()
    rotations[:, 0] = (turn * Rotation.from_quat(rotations[:, 0])).as_quat(canonical=True)
    return replace(
        clip, root=turn.apply(clip.root - start), rotations=rotations,
        positions=turn.apply((clip.positions - start).reshape(-1, 3)).reshape(clip.positions.shape),
    )  # fmt: skip


def mirrored(clip: MotionClip) -> MotionClip:
    """Return a clip with left and right exchanged, by the plane y = 0."""
    flip = np.array([1.0, -1.0, 1.0])
    return replace(
        clip, root=clip.root * flip, positions=clip.positions[:, MIRROR] * flip,
        rotations=clip.rotations[:, MIRROR] * np.array([-1.0, 1.0, -1.0, 1.0]),
    )  # fmt: skip


def origin_of(numbers: npt.ArrayLike) -> FloatArray:
    """Return where a person stands by the numbers (262,) of a frame: x, y (our axes, metres), cosine, sine of yaw."""
    positions = np.asarray(numbers, np.float64)[POSITIONS].reshape(22, 3) @ THEIRS
    left = positions[JOINT_NAMES.index("left_hip")] - positions[JOINT_NAMES.index("right_hip")]
    return np.array([*positions[0, :2], *left[[1, 0]] * (1.0, -1.0) / max(np.hypot(*left[:2]), 1e-9)])


def seen_from(numbers: npt.ArrayLike, origin: FloatArray, *, back: bool = False) -> FloatArray:
    """Return numbers (..., 262) seen from an origin (4,: x, y, cosine, sine of yaw), or back from there."""
    told = np.array(numbers, np.float64)
    x, y, c, s = origin
    turn, place = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0])
    for part, shift in ((POSITIONS, place), (VELOCITIES, np.zeros(3))):
        ours = told[..., part].reshape(*told.shape[:-1], 22, 3) @ THEIRS
        ours = ours @ turn + shift if back else (ours - shift) @ turn.T
        told[..., part] = (ours @ THEIRS.T).reshape(*told.shape[:-1], 66)
    return told


def mirrored_numbers(numbers: npt.ArrayLike) -> FloatArray:
    """Return numbers (..., 262) with left and right exchanged, as those of `mirrored`."""
    told = np.asarray(numbers, np.float64)
    flip, lead, result = np.array([-1.0, 1.0, 1.0]), told.shape[:-1], told.copy()
    for part in (POSITIONS, VELOCITIES):
        result[..., part] = (told[..., part].reshape(*lead, 22, 3)[..., MIRROR, :] * flip).reshape(*lead, 66)
    columns = told[..., ROTATIONS].reshape(*lead, 21, 2, 3)[..., MIRROR[1:] - 1, :, :]
    result[..., ROTATIONS] = (columns * flip * flip[:2, None]).reshape(*lead, 126)
    result[..., CONTACTS] = told[..., CONTACTS][..., [2, 3, 0, 1]]
    return result
