"""Motion for the humanoids of Habitat-Lab 3 (arXiv 2310.13724): a .pkl that its HumanoidSeqPoseController plays.

Their avatars are SMPL-X in T pose, one spherical joint a bone, no rotation at rest; the pelvis is the base. A pose is
54 quaternions (x, y, z, w) relative to the parent, in the order in which the avatar's file lists its links, and the
base's matrix in a world with y up, where -z is ahead. Exact: the directions of the bones of arms and legs, their twist,
and where the person goes. Assumed: legs of 0.82 m, to which the root is scaled, and a trunk that at rest is bent as in
`T_POSE`. Fingers, jaw and eyes are at rest. Habitat-Lab reads pickles; nothing here does.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from motion.clip import JOINT_NAMES, FloatArray, MotionClip
from motion.files import write_whole
from motion.foreign import T_POSE
from motion.retarget import aligned_at_rest, leg_of
from motion.skeleton import local_rotations, pose_joints


def _arm(side: str) -> list[str]:
    fingers = [f"{finger}{k}" for finger in ("index", "middle", "pinky", "ring", "thumb") for k in (1, 2, 3)]
    return [f"{side}_{part}" for part in ("collar", "shoulder", "elbow", "wrist", *fingers)]


# Down each limb before the next. habitat-sim keeps this order where `maintain_link_order` is set, as KinematicHumanoid
# does; else it sorts siblings by name, so that the left arm gets the rotations of the head.
JOINTS: tuple[str, ...] = (
    *(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle", "foot")),
    "spine1", "spine2", "spine3", "neck", "head", "jaw", "left_eye_smplhf", "right_eye_smplhf",
    *_arm("left"), *_arm("right"),
)  # fmt: skip
OURS = [JOINTS.index(name) for name in JOINT_NAMES[1:]]
AXES = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])  # takes our axes to theirs


def write_habitat(path: str | Path, clip: MotionClip, figure: FloatArray) -> None:
    """Write a clip of a figure (22, 3), whole or not at all.

    In the file: `pose_motion` with `joints_array` (T, 54, 4) float64, `transform_array` (T, 4, 4) float32 of the
    pelvis, `displacement` (T,) metres gone since the first frame, and `fps`; `stop_pose` with `joints` (54, 4) and
    `transform` (4, 4) of somebody who stands upright, which KinematicHumanoid takes as the pose at rest.

    Raises:
        ValueError: the clip has no frames, or numbers that are not finite.
    """
    if not len(clip.root) or not (np.isfinite(clip.root).all() and np.isfinite(clip.rotations).all()):
        raise ValueError("clip: expected frames of finite numbers, got none, NaN or infinity; mend or cut it")
    root = clip.root * (leg_of(T_POSE) / leg_of(figure))
    joints, transforms = _poses(clip.rotations, root)
    still = np.tile([0.0, 0.0, 0.0, 1.0], (1, len(JOINT_NAMES), 1))
    standing, upright = _poses(still, np.zeros((1, 3)))
    steps = np.linalg.norm(np.diff(root[:, :2], axis=0), axis=1)
    content = {
        "pose_motion": {
            "joints_array": joints,
            "transform_array": transforms.astype(np.float32),
            "displacement": np.concatenate([[0.0], np.cumsum(steps)]),
            "fps": int(clip.fps) if float(clip.fps).is_integer() else float(clip.fps),
        },
        "stop_pose": {"joints": standing[0], "transform": upright[0].astype(np.float32)},
    }
    data = io.BytesIO()
    _Pickler(data, protocol=4).dump(content)
    write_whole(path, data.getvalue())


def _poses(rotations: FloatArray, root: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return joints (T, 54, 4) and matrices (T, 4, 4) of the base, by rotations (T, 22, 4) from the upright stance."""
    frames = pose_joints(rotations, root, T_POSE)[..., :3, :3] @ np.swapaxes(aligned_at_rest(T_POSE), -1, -2)
    joints = np.tile([0.0, 0.0, 0.0, 1.0], (len(frames), len(JOINTS), 1))
    joints[:, OURS] = local_rotations(frames)[:, 1:]
    transforms = np.tile(np.eye(4), (len(frames), 1, 1))
    transforms[:, :3, :3] = AXES @ frames[:, 0]
    transforms[:, :3, 3] = root @ AXES.T
    return joints, transforms


class _Pickler(pickle.Pickler):
    """Writes arrays by names that all versions of NumPy know; those of its own are in other modules since 2.0."""

    def reducer_override(self, value: Any) -> Any:
        """Return how to make an array again."""
        if isinstance(value, np.ndarray):
            return np.ndarray, (value.shape, value.dtype.str, bytearray(value.tobytes()))
        return NotImplemented
