"""Clips from and to BVH: anybody's skeleton, whatever its rest, becomes 22 joints, and ours a skeleton in T pose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from motion.bvh import BvhClip, read_bvh
from motion.clip import JOINT_NAMES, PARENTS, FloatArray, MotionClip
from motion.data import MotionRecording
from motion.features import THEIRS
from motion.naming import joints_of
from motion.retarget import LIMBS, aligned, aligned_at_rest, retarget
from motion.skeleton import pose_joints

LEGS = 0.82  # m, to which legs of any unit are brought: a figure has its own
CENTIMETRES = 100.0  # in a metre: the unit of the files that are written
SHORTEST = 0.2  # s


def import_bvh(path: str | Path, figure: FloatArray, *, fps: float = 30.0) -> MotionClip:
    """Return the motion of a BVH file as one of a figure (22, 3), see `motion.retarget`; unit and up axis are found.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none, its joints have unknown names, or it is too short.
    """
    try:
        recording, axes = recording_of(read_bvh(path), Path(path).stem)
        if (seconds := len(recording.positions) / recording.fps) < SHORTEST:
            raise ValueError(f"expected {SHORTEST:g} s or more, got {seconds:.2g} s; take a longer one")
    except ValueError as error:
        text = str(error)
        raise ValueError(text if text.startswith(str(path)) else f"{path}: {text}") from None
    return retarget(recording, axes, figure, fps)


def recording_of(clip: BvhClip, name: str) -> tuple[MotionRecording, FloatArray]:
    """Return a clip as a recording, z up and about as large as people, and the axes of its bones (see `aligned`).

    Raises:
        ValueError: joints have unknown names.
    """
    still = np.tile([0.0, 0.0, 0.0, 1.0], (1, len(clip.names), 1))
    rest = joints_of(replace(clip, translations=clip.offsets[None].copy(), rotations=still))[0][0]
    positions, frames = joints_of(clip)
    lengths = [np.median(np.linalg.norm(positions[:, b] - positions[:, a], axis=1))
               for upper, lower, end, _ in LIMBS[::2] for a, b in ((upper, lower), (lower, end))]  # fmt: skip
    if not (legs := float(np.sum(lengths)) / 2.0) > 0.0:
        raise ValueError("skeleton: expected legs, got bones without length; export it anew")
    try:
        axes = aligned_at_rest(rest)
        turn = axes[0].T  # to x ahead, y left, z up
    except ValueError:  # no pose at rest to tell from: from the motion, of which the usual axes are assumed
        axes, turn = None, THEIRS.T
    recording = MotionRecording(
        name=name, source="user", skeleton=name, texts=(), content="", style="",
        positions=positions @ turn.T * (LEGS / legs), frames=turn @ frames, fps=clip.fps,
    )  # fmt: skip
    return recording, aligned([recording]) if axes is None else axes


def bvh_of(clip: MotionClip, figure: FloatArray) -> BvhClip:
    """Return a clip of a figure as a BVH clip: centimetres, y up, T pose with the face to z at rest, names of SMPL."""
    rest = figure.copy()
    for side, angle in (("left", 90.0), ("right", -90.0)):
        shoulder = JOINT_NAMES.index(f"{side}_shoulder")
        turn = Rotation.from_euler("x", angle, degrees=True)
        for part in ("elbow", "wrist"):
            joint = JOINT_NAMES.index(f"{side}_{part}")
            rest[joint] = rest[shoulder] + turn.apply(figure[joint] - figure[shoulder])
    rest = CENTIMETRES * rest @ THEIRS.T
    world = THEIRS @ pose_joints(clip.rotations, clip.root, figure)[..., :3, :3]
    frames = world @ np.swapaxes(aligned_at_rest(rest), -1, -2)
    local = frames.copy()
    local[:, 1:] = np.swapaxes(frames[:, list(PARENTS[1:])], -1, -2) @ frames[:, 1:]
    offsets = rest - np.where(np.arange(22)[:, None] > 0, rest[np.maximum(PARENTS, 0)], rest[0])
    translations = np.tile(offsets, (len(local), 1, 1))
    translations[:, 0] = CENTIMETRES * clip.root @ THEIRS.T
    rotations = Rotation.from_matrix(local.reshape(-1, 3, 3)).as_quat(canonical=True).reshape(-1, 22, 4)
    ends = {joint: np.zeros(3) for joint in range(22) if joint not in PARENTS}
    ends[JOINT_NAMES.index("head")] = np.array([0.0, 0.2 * CENTIMETRES, 0.0])
    for side, way in (("left", 1.0), ("right", -1.0)):
        ends[JOINT_NAMES.index(f"{side}_wrist")] = np.array([way * 0.17 * CENTIMETRES, 0.0, 0.0])
        ends[JOINT_NAMES.index(f"{side}_foot")] = np.array([0.0, 0.0, 0.07 * CENTIMETRES])
    return BvhClip(
        names=JOINT_NAMES, parents=PARENTS, offsets=offsets, ends=ends, translations=translations, rotations=rotations,
        fps=clip.fps,
    )  # fmt: skip
