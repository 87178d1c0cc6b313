"""Readers of the formats in which others share motion: InterHuman, AMASS, HumanML3D, bare joint positions.

Their data come under licences that users accept for themselves; nothing of them is here. What is read has the rotations
of its bones wherever the file has them, and is taken to any figure by `motion.retarget`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from motion.clip import JOINT_NAMES, PARENTS, FloatArray
from motion.data import Z_UP, MotionRecording
from motion.features import from_columns
from motion.retarget import axes_of
from motion.skeleton import pose_joints

INTERHUMAN = 62 * 3 + 51 * 6  # numbers a frame, of which the first 22 joints and 21 rotations are the body's
HUMANML3D = 4 + 21 * 3 + 21 * 6 + 22 * 3 + 4
ROUNDS = 3  # of finding the turns of a root and the bones at it
MOST = 600  # frames that are looked at to find how its frame lies
# m: joints of SMPL's T pose, x left, y up, z ahead, of a person of ours 1.7 m tall; the shape in a file is not needed
T_POSE = np.array([
    [0.000, 0.000, 0.000], [0.110, -0.005, 0.000], [-0.110, -0.005, 0.000], [0.000, 0.090, -0.010],
    [0.115, -0.415, 0.000], [-0.115, -0.415, 0.000], [0.000, 0.230, -0.010], [0.115, -0.825, -0.010],
    [-0.115, -0.825, -0.010], [0.000, 0.350, -0.015], [0.115, -0.880, 0.135], [-0.115, -0.880, 0.135],
    [0.000, 0.540, 0.000], [0.060, 0.470, 0.000], [-0.060, 0.470, 0.000], [0.000, 0.630, 0.020],
    [0.180, 0.455, -0.010], [-0.180, 0.455, -0.010], [0.450, 0.455, -0.010], [-0.450, 0.455, -0.010],
    [0.700, 0.455, -0.010], [-0.700, 0.455, -0.010],
])  # fmt: skip


def read_interhuman(path: str | Path, *, texts: tuple[str, ...] = (), fps: float = 30.0) -> MotionRecording:
    """Return one person of InterHuman (Liang et al., arXiv 2304.05684): a .npy file of (T, 492) numbers, z up.

    The file has no rotation of the pelvis: it is the one by which its neighbours and theirs are rigid bones.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file, too short, or not of finite numbers.
    """
    positions, local = interhuman_joints(path)
    return _recording(path, "smpl", texts, positions, _chain(root_frames(positions, local), local), fps)


def interhuman_joints(path: str | Path) -> tuple[FloatArray, FloatArray]:
    """Return joints (T, 22, 3), metres, z up, and local rotations (T, 22, 3, 3) from the T pose, of InterHuman's file.

    That of the pelvis is not told: none. Two columns of each rotation are told row by row (r00 r01 r10 r11 r20 r21: the
    authors in issue 29 of InterGen); files that others made have one after the other: what is orthogonal is taken.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file, too short, or not of finite numbers.
    """
    table = _table(path, INTERHUMAN, "InterHuman")
    six = table[:, 62 * 3 : 62 * 3 + 21 * 6].reshape(-1, 21, 6)
    layouts = (six[..., 0::2], six[..., 1::2]), (six[..., :3], six[..., 3:])
    first, second = min(layouts, key=lambda columns: float(np.abs((columns[0] * columns[1]).sum(axis=-1)).mean()))
    local = np.tile(np.eye(3), (len(table), 22, 1, 1))
    local[:, 1:] = from_columns(first, second)
    return table[:, : 22 * 3].reshape(-1, 22, 3), local


def read_amass(path: str | Path, *, texts: tuple[str, ...] = ()) -> MotionRecording:
    """Return a motion of AMASS (Mahmood et al., ICCV 2019): .npz with `poses` (T, 66 or more), `trans`, a frame rate.

    Rotations are the file's; joints lie as those of a person of 1.7 m, since a shape needs the licensed body model.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file, too short, or not of finite numbers.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            rate = next((float(file[key]) for key in ("mocap_framerate", "mocap_frame_rate") if key in file), 0.0)
            poses, trans = np.asarray(file["poses"], np.float64), np.asarray(file["trans"], np.float64)
    except (ValueError, KeyError, EOFError, AttributeError) as error:
        raise ValueError(f"{path}: expected a file of AMASS with poses and trans, got another ({error})") from None
    if poses.ndim != 2 or poses.shape[1] < 66 or trans.shape != (len(poses), 3) or not 1.0 <= rate <= 1000.0:
        raise ValueError(
            f"{path}: expected poses (T, 66 or more), trans (T, 3) and a frame rate, got {poses.shape}, {trans.shape} "
            f"and {rate:g}; take the file as AMASS has it"
        )
    _check(np.concatenate([poses[:, :66], trans], axis=1), path)
    world = pose_joints(Rotation.from_rotvec(poses[:, :66].reshape(-1, 3)).as_quat().reshape(-1, 22, 4), trans, T_POSE)
    return _recording(path, "smpl", texts, world[..., :3, 3], world[..., :3, :3], rate)


def read_humanml3d(path: str | Path, *, texts: tuple[str, ...] = ()) -> MotionRecording:
    """Return a motion of HumanML3D (Guo et al., CVPR 2022): a .npy file of (T, 263) numbers at 20 fps, y up.

    Its rotations were made of positions and know no twist: those of `frames_of_positions` are taken instead.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file, too short, or not of finite numbers.
    """
    table = _table(path, HUMANML3D, "HumanML3D")
    angle = np.concatenate([[0.0], np.cumsum(table[:-1, 0])])
    back = Rotation.from_euler("y", -2.0 * angle[:, None])  # it adds up halves of angles
    steps = np.zeros((len(table), 3))
    steps[1:, [0, 2]] = table[:-1, 1:3]
    root = np.cumsum(back.apply(steps), axis=0)
    joints = table[:, 4 : 4 + 63].reshape(-1, 21, 3)
    turned = np.einsum("tij,tkj->tki", back.as_matrix(), joints) + root[:, None]
    root[:, 1] = table[:, 3]
    positions = np.concatenate([root[:, None], turned], axis=1) @ Z_UP.T
    return _recording(path, "positions", texts, positions, frames_of_positions(positions), 20.0)


def frames_of_positions(positions: FloatArray) -> FloatArray:
    """Return frames (T, 22, 3, 3) of bones of which only the joints (T, 22, 3) are known.

    z goes up along the trunk and up along limbs that hang; y as near to the left as that lets it, for limbs by the axis
    about which they bend, which is carried on while they are straight. Nothing tells how bones twist.
    """
    index = {name: joint for joint, name in enumerate(JOINT_NAMES)}
    across = positions[:, index["left_hip"]] - positions[:, index["right_hip"]]
    shoulders = positions[:, index["left_shoulder"]] - positions[:, index["right_shoulder"]]
    result = np.empty((*positions.shape[:2], 3, 3))
    chain = [index[name] for name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")]
    for k, joint in enumerate(chain):
        first, second = chain[min(k, len(chain) - 2)], chain[min(k + 1, len(chain) - 1)]
        share = min(k / 3.0, 1.0)
        left = (1.0 - share) * across + share * shoulders
        result[:, joint] = axes_of(positions[:, second] - positions[:, first], left)
    for side in ("left", "right"):
        result[:, index[f"{side}_collar"]] = result[:, index["spine3"]]
        legs = ("hip", "knee", "ankle"), 1.0, result[:, 0]
        arms = ("shoulder", "elbow", "wrist"), -1.0, result[:, index["spine3"]]
        for names, sign, ahead in (legs, arms):
            upper, lower, end = (index[f"{side}_{name}"] for name in names)
            one, other = (positions[:, a] - positions[:, b] for a, b in ((upper, lower), (lower, end)))
            axis = sign * np.cross(one, other)
            bent = np.linalg.norm(axis, axis=1) / np.maximum(np.linalg.norm(one, axis=1), 1e-9)
            weight = np.minimum(bent / (0.17 * np.linalg.norm(other, axis=1) + 1e-9), 1.0)[:, None]
            left = weight * axis / np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-9)
            left = left + (1.0 - weight) * ahead[:, :, 1]
            result[:, upper], result[:, lower] = axes_of(one, left), axes_of(other, left)
            if names[2] == "wrist":
                result[:, end] = result[:, lower]
        ankle, toes = index[f"{side}_ankle"], index[f"{side}_foot"]
        toward = positions[:, toes] - positions[:, ankle]
        left = result[:, index[f"{side}_knee"], :, 1]
        result[:, ankle] = result[:, toes] = axes_of(np.asarray(np.cross(toward, left)), left)
    return result


def root_frames(positions: FloatArray, local: FloatArray) -> FloatArray:
    """Return how a root is turned (T, 3, 3) whose joints (T, 22, 3) and other local rotations (T, 22, 3, 3) are known.

    The bones at the root move as one: that gives its turns but for how its frame lies in it, which is the rotation by
    which all other bones keep their place in the frame of their parent best. Joints must turn about more than one axis.
    """
    parents = list(PARENTS[1:])
    bones = positions[:, 1:] - positions[:, parents]
    above = _chain(np.tile(np.eye(3), (len(positions), 1, 1)), local)[:, parents]
    turns = axes_of(positions[:, 3] - positions[:, 0], positions[:, 1] - positions[:, 2])[..., [1, 2, 0]]  # y up
    for _ in range(ROUNDS):
        rest = (np.swapaxes(turns, -1, -2)[:, None] @ bones[:, :3, :, None]).mean(axis=0)[..., 0]
        u, _, v = np.linalg.svd(np.einsum("tki,kj->tij", bones[:, :3], rest))
        u[..., 2] *= (np.linalg.det(u) * np.linalg.det(v))[:, None]
        turns = u @ v
    some = np.linspace(0, len(turns) - 1, min(len(turns), MOST)).astype(int)
    seen = (np.swapaxes(turns[some], -1, -2)[:, None] @ bones[some, 3:, :, None])[..., 0]
    back = np.swapaxes(above[some, 3:], -1, -2)

    def spread(lies: FloatArray) -> FloatArray:
        own = (back @ (seen @ Rotation.from_rotvec(lies).as_matrix())[..., None])[..., 0]
        return np.asarray((own - own.mean(axis=0)).ravel())

    return np.asarray(turns @ Rotation.from_rotvec(least_squares(spread, np.zeros(3)).x).as_matrix())


def _chain(root: FloatArray, local: FloatArray) -> FloatArray:
    """Return rotations to the world (T, 22, 3, 3) by that of the root and local ones."""
    result = local.copy()
    result[:, 0] = root
    for joint, parent in enumerate(PARENTS[1:], start=1):
        result[:, joint] = result[:, parent] @ local[:, joint]
    return result


def _table(path: str | Path, columns: int, what: str) -> FloatArray:
    try:
        table = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: expected a .npy file of {what}, got another ({error})") from None
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.shape[1] != columns:
        shape = getattr(table, "shape", "several arrays")
        raise ValueError(f"{path}: expected (T, {columns}) numbers of {what}, got {shape}; take the file as it is")
    table = table.astype(np.float64)
    _check(table, path)
    return table


def _check(table: FloatArray, path: str | Path) -> None:
    if len(table) < 2:
        raise ValueError(f"{path}: expected two frames or more, got {len(table)}; take a longer one")
    if not np.isfinite(table).all():
        bad = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise ValueError(f"{path}: expected finite numbers, got NaN or infinity in frame {bad}; mend or cut it")


def _recording(
    path: str | Path, skeleton: str, texts: tuple[str, ...], positions: FloatArray, frames: FloatArray, fps: float
) -> MotionRecording:
    return MotionRecording(
        name=Path(path).stem, source="user", skeleton=skeleton, texts=texts, content="", style="", positions=positions,
        frames=frames, fps=fps,
    )  # fmt: skip
