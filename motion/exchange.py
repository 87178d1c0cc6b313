"""Clips from and to files: skeletons of others, whatever their rest, become 22 joints, ours a BVH in T pose or .npz."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from scipy.spatial.transform import Rotation

from motion.bvh import BvhClip, read_bvh
from motion.clip import JOINT_NAMES, PARENTS, FloatArray, MotionClip
from motion.data import MotionRecording
from motion.features import THEIRS
from motion.files import write_whole
from motion.foreign import HUMANML3D, INTERHUMAN, T_POSE, read_amass, read_humanml3d, read_interhuman
from motion.naming import joints_of
from motion.retarget import aligned, aligned_at_rest, leg_of, resampled, retarget, scaled
from motion.skeleton import local_rotations, pose_joints

LEG = 0.82  # m, to which legs of any unit are brought: a figure has its own
CENTIMETRES = 100.0  # in a metre: the unit of the files that are written
SHORTEST = 0.2  # s
CLIP = ("root", "rotations", "positions", "figure", "fps")  # arrays of a file that `write_clip` writes


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


def import_motion(path: str | Path, figure: FloatArray, *, fps: float = 30.0) -> MotionClip:
    """Return the motion of a file as one of a figure (22, 3).

    Files are .bvh, .npy of InterHuman or HumanML3D, and .npz of AMASS or of `write_clip`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of these, or what is in it cannot be taken; in one line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a file with a motion, found none; name another")
    if path.suffix.lower() == ".bvh":
        return import_bvh(path, figure, fps=fps)
    if path.suffix.lower() == ".npy":
        try:
            shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
        except (ValueError, EOFError, AttributeError):
            shape = ()
        readers = {INTERHUMAN: read_interhuman, HUMANML3D: read_humanml3d}
        if len(shape) != 2 or shape[1] not in readers:
            raise ValueError(
                f"{path}: expected {INTERHUMAN} numbers a frame (InterHuman) or {HUMANML3D} (HumanML3D), got "
                f"{shape or 'another file'}; give one of these"
            )
        recording = readers[shape[1]](path)
    elif path.suffix.lower() == ".npz":
        clip = _read_clip(path, figure, fps)
        if clip is not None:
            return clip
        recording = read_amass(path)
    else:
        raise ValueError(f"{path}: expected a file .bvh, .npy or .npz, got another; convert it to one of these")
    axes = aligned_at_rest(T_POSE) if recording.skeleton == "smpl" else aligned([recording])
    return retarget(recording, axes, figure, fps)


def write_clip(path: str | Path, clip: MotionClip, figure: FloatArray) -> None:
    """Write a clip and its figure as .npz, whole or not at all; `import_motion` reads it.

    Arrays: `root` (T, 3), `rotations` (T, 22, 4) as quaternions (x, y, z, w), `positions` (T, 22, 3), `figure` (22, 3)
    and `fps`.
    """
    data = io.BytesIO()
    np.savez_compressed(
        data, root=clip.root, rotations=clip.rotations, positions=clip.positions, figure=figure, fps=clip.fps
    )
    write_whole(path, data.getvalue())


def recording_of(clip: BvhClip, name: str) -> tuple[MotionRecording, FloatArray]:
    """Return a clip as a recording, z up and about as large as people, and the axes of its bones (see `aligned`).

    Raises:
        ValueError: joints have unknown names.
    """
    still = np.tile([0.0, 0.0, 0.0, 1.0], (1, len(clip.names), 1))
    rest = joints_of(replace(clip, translations=clip.offsets[None].copy(), rotations=still))[0][0]
    positions, frames = joints_of(clip)
    if not (leg := leg_of(positions)) > 0.0:
        raise ValueError("skeleton: expected legs, got bones without length; export it anew")
    try:
        axes = aligned_at_rest(rest)
        turn = axes[0].T  # to x ahead, y left, z up
    except ValueError:  # no pose at rest to tell from: from the motion, of which the usual axes are assumed
        axes, turn = None, THEIRS.T
    recording = MotionRecording(
        name=name, source="user", skeleton=name, texts=(), content="", style="",
        positions=positions @ turn.T * (LEG / leg), frames=turn @ frames, fps=clip.fps,
    )  # fmt: skip
    return recording, aligned([recording]) if axes is None else axes


def _read_clip(path: Path, figure: FloatArray, fps: float) -> MotionClip | None:
    """Return the clip of a file that `write_clip` wrote, for another figure; None: it is another file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if not set(CLIP) <= set(file):
                return None
            root, rotations, own, rate = (
                np.asarray(file[key], np.float64) for key in ("root", "rotations", "figure", "fps")
            )
    except (ValueError, EOFError, BadZipFile, AttributeError) as error:
        raise ValueError(f"{path}: expected a .npz file of AMASS or of ours, got another ({error})") from None
    shapes = [array.shape for array in (root, rotations, own, rate)]
    if not len(root) or shapes != [(len(root), 3), (len(root), 22, 4), (22, 3), ()] or not rate > 0.0:
        raise ValueError(f"{path}: expected root (T, 3), rotations (T, 22, 4), figure (22, 3) and fps, got {shapes}")
    if not all(np.isfinite(array).all() for array in (root, rotations, own)):
        raise ValueError(f"{path}: expected finite numbers, got NaN or infinity; mend or cut it")
    root, rotations = resampled(root, rotations, float(rate), fps)
    return scaled(MotionClip(root=root, rotations=rotations, positions=root[:, None], fps=fps), own, figure)


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
    offsets = rest - np.where(np.arange(22)[:, None] > 0, rest[np.maximum(PARENTS, 0)], rest[0])
    translations = np.tile(offsets, (len(frames), 1, 1))
    translations[:, 0] = CENTIMETRES * clip.root @ THEIRS.T
    ends = {joint: np.zeros(3) for joint in range(22) if joint not in PARENTS}
    ends[JOINT_NAMES.index("head")] = np.array([0.0, 0.2 * CENTIMETRES, 0.0])
    for side, way in (("left", 1.0), ("right", -1.0)):
        ends[JOINT_NAMES.index(f"{side}_wrist")] = np.array([way * 0.17 * CENTIMETRES, 0.0, 0.0])
        ends[JOINT_NAMES.index(f"{side}_foot")] = np.array([0.0, 0.0, 0.07 * CENTIMETRES])
    return BvhClip(
        names=JOINT_NAMES, parents=PARENTS, offsets=offsets, ends=ends, translations=translations,
        rotations=local_rotations(frames), fps=clip.fps,
    )  # fmt: skip
