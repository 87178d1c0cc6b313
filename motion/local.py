"""A motion as what a body does about the path that it takes: the border between clips and the single-person network.

Path: where the pelvis goes seen from above, without the sway of steps, and where the body faces (T, 3: x, y, yaw).
Local motion: per frame at 30 fps 139 numbers in the frame of the path (x ahead, y left, z up), lengths in leg lengths,
so that people of any size share them: pelvis (3), 22 rotations as the first two columns of their matrices (pelvis in
the frame of the path, others relative to the parent), and whether left ankle, left toes, right ankle and right toes
stand. As in EDGE (Tseng et al., CVPR 2023, arXiv 2211.10658, section 3) joints follow by forward kinematics, so that
bones keep their length; that the trajectory comes first is MoReact's idea (arXiv 2509.23911).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from motion.clip import FloatArray, MotionClip
from motion.features import FEET, FPS, from_columns
from motion.retarget import leg_of
from motion.skeleton import pose_joints

OFFSET, COLUMNS, STANDS = slice(0, 3), slice(3, 135), slice(135, 139)
LOCAL = 139
STEPS = 3  # numbers a frame that tell a path: leg lengths a second ahead and to the left, rad/s to the left
SWAY = 0.30  # s, deviation of the Gaussian that takes the sway of steps out of a path
SLOW = 0.30  # m/s at most, of an ankle or toes that stand
LIFTED = np.array([0.05, 0.035, 0.05, 0.035])  # m at most, above where they are of somebody who stands upright


def path_of(clip: MotionClip) -> FloatArray:
    """Return the path (T, 3) of a clip: x and y in metres, yaw in radians, without jumps by full turns."""
    turned = Rotation.from_quat(clip.rotations[:, 0]).as_matrix()
    yaw = np.unwrap(np.arctan2(turned[:, 1, 0], turned[:, 0, 0]))
    return smooth(np.column_stack([clip.root[:, :2], yaw]), SWAY * clip.fps)


def steps_of(path: FloatArray, leg: float) -> FloatArray:
    """Return the path (T, 3) at 30 fps as steps (T, 3) in its own frame, see STEPS; the last is the one before."""
    way = np.diff(path, axis=0) * FPS
    way = np.concatenate([way, way[-1:]]) if len(way) else np.zeros((len(path), 3))
    c, s = np.cos(path[:, 2]), np.sin(path[:, 2])
    return np.column_stack([(c * way[:, 0] + s * way[:, 1]) / leg, (c * way[:, 1] - s * way[:, 0]) / leg, way[:, 2]])


def encode_local(clip: MotionClip, path: FloatArray, figure: FloatArray) -> FloatArray:
    """Return the local motion (T, 139) of a clip of a figure (22, 3) about a path (T, 3).

    Raises:
        ValueError: another rate, shapes that do not fit, or numbers that are not finite.
    """
    if abs(clip.fps - FPS) > 1e-6:
        raise ValueError(f"clip: expected {FPS:g} frames a second, got {clip.fps:g}; resample it")
    if path.shape != (len(clip.root), 3):
        raise ValueError(f"path: expected {(len(clip.root), 3)} to fit the clip, got {path.shape}")
    if not (np.isfinite(clip.root).all() and np.isfinite(clip.rotations).all() and np.isfinite(path).all()):
        raise ValueError("clip: expected finite numbers, got NaN or infinity; mend or cut it")
    turn = Rotation.from_euler("z", -path[:, 2:])
    offset = clip.root - np.column_stack([path[:, :2], np.zeros(len(path))])
    matrices = Rotation.from_quat(clip.rotations.reshape(-1, 4)).as_matrix().reshape(-1, 22, 3, 3)
    matrices[:, 0] = turn.as_matrix() @ matrices[:, 0]
    columns = np.swapaxes(matrices[..., :2], -1, -2).reshape(len(path), -1)
    return np.concatenate([turn.apply(offset) / leg_of(figure), columns, stands(clip, figure)], axis=1)


def decode_local(local: npt.ArrayLike, path: FloatArray, figure: FloatArray) -> MotionClip:
    """Return the clip of a figure (22, 3) that a local motion (T, 139) along a path (T, 3) tells.

    Raises:
        ValueError: shapes that do not fit.
    """
    told = np.asarray(local, np.float64)
    if told.ndim != 2 or told.shape[1] != LOCAL or path.shape != (len(told), 3):
        raise ValueError(f"local: expected (T, {LOCAL}) and a path (T, 3), got {told.shape} and {path.shape}")
    columns = told[:, COLUMNS].reshape(-1, 22, 2, 3)
    matrices = from_columns(columns[..., 0, :], columns[..., 1, :])
    turn = Rotation.from_euler("z", path[:, 2:])
    matrices[:, 0] = turn.as_matrix() @ matrices[:, 0]
    rotations = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat(canonical=True).reshape(-1, 22, 4)
    root = turn.apply(told[:, OFFSET] * leg_of(figure)) + np.column_stack([path[:, :2], np.zeros(len(path))])
    positions = pose_joints(rotations, root, figure)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=FPS)


def stands(clip: MotionClip, figure: FloatArray) -> FloatArray:
    """Return (T, 4) 1.0 while left ankle, left toes, right ankle, right toes stand, 0.0 else; floor at z = 0."""
    feet = clip.positions[:, FEET]
    still = np.linalg.norm(np.gradient(feet, axis=0), axis=2) * clip.fps < SLOW if len(feet) > 1 else True
    return np.asarray((feet[..., 2] < figure[FEET, 2] + LIFTED) & still, np.float64)


def smooth(values: FloatArray, deviation: float) -> FloatArray:
    """Return values (T, C) without what is faster than `deviation` frames; the ends go on as they come."""
    pad = min(int(4.0 * deviation), len(values) - 1)
    before, after = 2.0 * values[0] - values[pad:0:-1], 2.0 * values[-1] - values[-2 : -pad - 2 : -1]
    whole = np.concatenate([before, values, after])
    return np.asarray(gaussian_filter1d(whole, deviation, axis=0)[pad : pad + len(values)])
