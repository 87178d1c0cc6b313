"""Forward kinematics of the 22 joints with constant bones, and its inverse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import PARENTS, FloatArray


def pose_joints(rotations: npt.ArrayLike, root: npt.ArrayLike, joints: npt.ArrayLike) -> FloatArray:
    """Return the world transforms (..., 22, 4, 4) of the joints.

    Args:
        rotations: (..., 22, 4) quaternions (x, y, z, w) relative to the parent; the pelvis relative to the world.
        root: (..., 3) position of the pelvis, metres, world.
        joints: (22, 3) rest positions, person frame, metres; they give the bones.

    Raises:
        ValueError: shapes that do not fit.
    """
    local = np.asarray(rotations, dtype=np.float64)
    start, rest = np.asarray(root, dtype=np.float64), np.asarray(joints, dtype=np.float64)
    count = len(PARENTS)
    if local.shape[-2:] != (count, 4):
        raise ValueError(f"rotations: expected (..., {count}, 4), got {local.shape}")
    if start.shape != (*local.shape[:-2], 3):
        raise ValueError(f"root: expected {(*local.shape[:-2], 3)} to fit rotations, got {start.shape}")
    if rest.shape != (count, 3):
        raise ValueError(f"joints: expected ({count}, 3), got {rest.shape}")
    matrices = Rotation.from_quat(local.reshape(-1, 4)).as_matrix().reshape(*local.shape[:-1], 3, 3)
    result = np.zeros((*local.shape[:-1], 4, 4))
    result[..., 3, 3] = 1.0
    result[..., 0, :3, :3], result[..., 0, :3, 3] = matrices[..., 0, :, :], start
    for joint, parent in enumerate(PARENTS[1:], start=1):
        above = result[..., parent, :3, :3]
        result[..., joint, :3, :3] = above @ matrices[..., joint, :, :]
        result[..., joint, :3, 3] = result[..., parent, :3, 3] + above @ (rest[joint] - rest[parent])
    return result


def unpose_joints(transforms: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return what `pose_joints` was given: rotations (..., 22, 4) with w >= 0, and the root (..., 3).

    Raises:
        ValueError: not (..., 22, 4, 4).
    """
    world = np.asarray(transforms, dtype=np.float64)
    if world.shape[-3:] != (len(PARENTS), 4, 4):
        raise ValueError(f"transforms: expected (..., {len(PARENTS)}, 4, 4), got {world.shape}")
    return local_rotations(world[..., :3, :3]), world[..., 0, :3, 3].copy()


def local_rotations(frames: FloatArray) -> FloatArray:
    """Return quaternions (..., 22, 4) with w >= 0 relative to the parent, by rotations to the world (..., 22, 3, 3)."""
    matrices = frames.copy()
    matrices[..., 1:, :, :] = np.swapaxes(frames[..., PARENTS[1:], :, :], -1, -2) @ frames[..., 1:, :, :]
    quaternions = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat(canonical=True)
    return np.asarray(quaternions.reshape(*frames.shape[:-2], 4))


def skin(
    vertices: npt.ArrayLike, indices: npt.ArrayLike, weights: npt.ArrayLike, inverse_bind: FloatArray, world: FloatArray
) -> FloatArray:
    """Return the vertices (V, 3) of a bent body by linear blend skinning.

    Args:
        vertices: (V, 3) rest pose, metres. indices, weights: (V, 4) joints of each vertex and their shares.
        inverse_bind: (22, 4, 4) rest world to joint. world: (22, 4, 4) joint to world.
    """
    points = np.asarray(vertices, dtype=np.float64)
    joints, shares = np.asarray(indices), np.asarray(weights, dtype=np.float64)
    moved = (world @ inverse_bind)[:, :3]
    blended = np.einsum("vk,vkij->vij", shares, moved[joints])
    return np.asarray(np.einsum("vij,vj->vi", blended[..., :3], points) + blended[..., 3])
