"""Motion of one skeleton for another: rotations from one upright stance, with constant bones.

Every skeleton has frames of its own for its bones. All people share the upright stance: legs and arms hang, palms to
the thighs, feet and face ahead; there every joint's frame has the axes of the person (x ahead, y left, z up). `aligned`
finds, for recordings of a skeleton, where those axes lie in the frames of its bones: knees and elbows by the axis about
which they bend, feet when they stand, the rest when the person stands or walks upright. Proportions do not matter to
rotations; the root is scaled by the length of the legs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from motion.clip import DRAWN_PARENTS, JOINT_NAMES, PARENTS, Body, FloatArray, MotionClip
from motion.data import MotionRecording
from motion.rig import stance
from motion.skeleton import local_rotations, pose_joints
from motion.vectors import across, unit

IntArray = npt.NDArray[np.intp]

UPRIGHT = np.radians(15.0)  # lean of the trunk of somebody upright, at most
STRAIGHT = np.radians(35.0)  # bend of the knees, likewise
FEWEST = 20  # frames of somebody upright; else the most upright ones are taken
STILL, LOW = 0.25, 0.05  # m/s and m above the lowest: toes of a foot that stands
BENT = np.radians(8.0)  # less than that tells nothing of the axis of a knee or an elbow
LEANING = np.radians(30.0)  # from upright, at most, at rest
TOES = 0.04  # m, of the joint of the toes above the floor; 0.042 in Bandai Namco's recordings, 0.02 to 0.06 in CMU's
FLOOR = 2.0  # percentile of the height of the lower foot that is the floor


def _index(name: str) -> int:
    return JOINT_NAMES.index(name)


LIMBS = [
    (_index(f"{side}_{a}"), _index(f"{side}_{b}"), _index(f"{side}_{c}"), sign)
    for side in ("left", "right")
    for a, b, c, sign in (("hip", "knee", "ankle", 1.0), ("shoulder", "elbow", "wrist", -1.0))
]  # two bones, what they end at, and whether they turn about +y or -y when they bend
LEGS = LIMBS[::2]
FEET = [(_index(f"{side}_ankle"), _index(f"{side}_foot")) for side in ("left", "right")]
WRISTS = [(_index(f"{side}_elbow"), _index(f"{side}_wrist")) for side in ("left", "right")]
TRUNK = [_index(name) for name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")]
COLLARS = [_index(name) for name in ("left_collar", "right_collar")]
HIPS = _index("left_hip"), _index("right_hip")
UP = np.array([0.0, 0.0, 1.0])


def figure_of(joints: FloatArray) -> FloatArray:
    """Return the joints (22, 3) of a body in the upright stance, by those at rest, person frame, metres."""
    turned, figure = stance(joints), np.array(joints)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            figure[joint] = figure[parent] + turned[parent] @ (joints[joint] - joints[parent])
    return figure


def figure_from(recordings: Sequence[MotionRecording], axes: FloatArray) -> FloatArray:
    """Return the joints (22, 3) in the upright stance, metres, of who was recorded, all with one skeleton.

    axes: (22, 3, 3) of the skeleton, see `aligned`.
    """
    positions = np.concatenate([recording.positions for recording in recordings])
    back = np.swapaxes(np.concatenate([recording.frames for recording in recordings]) @ axes, -1, -2)
    figure = np.zeros((22, 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            bones = (back[:, parent] @ (positions[:, joint] - positions[:, parent])[..., None])[..., 0]
            figure[joint] = figure[parent] + np.median(bones, axis=0)
    toes = [joint for _, joint in FEET]
    return np.asarray(figure + np.array([0.0, 0.0, TOES - figure[toes, 2].min()]))


def aligned(recordings: Sequence[MotionRecording]) -> FloatArray:
    """Return the axes of the person in the frames of the bones (22, 3, 3) of the skeleton of recordings.

    Multiplied from the right they take `frames` of a recording to rotations from the upright stance.

    Raises:
        ValueError: the recordings are of several skeletons.
    """
    if len(names := {recording.skeleton for recording in recordings}) != 1:
        raise ValueError(f"recordings: expected those of one skeleton, got {', '.join(sorted(names)) or 'none'}")
    positions = np.concatenate([recording.positions for recording in recordings])
    frames = np.concatenate([recording.frames for recording in recordings])
    back = np.swapaxes(frames, -1, -2)
    result = np.tile(np.eye(3), (22, 1, 1))
    upright = _upright(positions)
    ahead = axes_of(UP, positions[upright, HIPS[0]] - positions[upright, HIPS[1]])
    for joint in (*TRUNK, *COLLARS):
        result[joint] = _mean(back[upright, joint] @ ahead)
    for upper, lower, end, sign in LIMBS:
        first = unit(positions[:, lower] - positions[:, upper])
        second = unit(positions[:, end] - positions[:, lower])
        axis = np.cross(first, second)
        sine = np.linalg.norm(axis, axis=1)
        bends = sine > min(np.sin(BENT), float(np.quantile(sine, 0.5)))
        for joint, along in ((upper, first), (lower, second)):
            down = unit(np.einsum("tij,tj->ti", back[:, joint], along).mean(axis=0))
            left = sign * np.einsum("tij,tj->ti", back[bends, joint], axis[bends]).sum(axis=0)
            result[joint] = axes_of(-down, left)
    for ankle, toes in FEET:
        stands = _standing(recordings, ankle, toes)
        toward = positions[stands, toes] - positions[stands, ankle]
        level = axes_of(UP, np.asarray(np.cross(UP, toward)))
        for joint in (ankle, toes):
            result[joint] = _mean(back[stands, joint] @ level)
    for elbow, wrist in WRISTS:
        result[wrist] = _mean(back[:, wrist] @ frames[:, elbow] @ result[elbow])
    return result


def aligned_at_rest(joints: FloatArray) -> FloatArray:
    """Return what `aligned` returns, of a skeleton whose bones all have the axes of the file at rest.

    Arms may hang, or be stretched out to the sides with the palms down (T pose).

    Args:
        joints: (22, 3) at rest, in any axes and unit.

    Raises:
        ValueError: that is no person who stands upright.
    """
    trunk, left = joints[_index("neck")] - joints[0], joints[HIPS[0]] - joints[HIPS[1]]
    legs = joints[_index("left_ankle")] + joints[_index("right_ankle")] - 2.0 * joints[0]
    axis = np.eye(3)[np.abs(trunk).argmax()]
    up = axis * np.sign(trunk @ axis)
    left = left - up * (up @ left)
    upright = min(unit(trunk) @ up, -unit(legs) @ up)
    if upright < np.cos(LEANING) or np.linalg.norm(left) < 1e-6 * np.linalg.norm(trunk):
        raise ValueError("rest: expected a skeleton that stands upright at rest, got another pose")
    person = axes_of(up, left)
    result = np.tile(person, (22, 1, 1))
    for upper, lower, end, _ in LIMBS:
        for joint, bone in ((upper, joints[lower] - joints[upper]), (lower, joints[end] - joints[lower])):
            along = unit(bone)
            if along @ up > np.sin(LEANING):
                raise ValueError("rest: expected limbs that hang or are stretched out to the sides, got one that is up")
            turn, _ = Rotation.align_vectors([along, person[:, 0]], [-up, person[:, 0]], weights=[1e3, 1.0])
            result[joint] = turn.as_matrix() @ person
    for elbow, wrist in WRISTS:
        result[wrist] = result[elbow]
    for ankle, toes in FEET:
        toward = joints[toes] - joints[ankle]
        ahead = toward - up * (up @ toward)
        if np.linalg.norm(ahead) > 0.1 * np.linalg.norm(toward):
            result[[ankle, toes]] = axes_of(up, np.cross(up, unit(ahead)))
    return result


def retarget(recording: MotionRecording, axes: FloatArray, figure: FloatArray, fps: float) -> MotionClip:
    """Return a recording as a motion of a figure, with its bones, on the floor z = 0.

    Args:
        axes: (22, 3, 3) of its skeleton, see `aligned`. figure: (22, 3) joints in the upright stance, metres.
        fps: of the clip; rotations and the root are interpolated.

    Raises:
        ValueError: the recording is shorter than one step of the clip.
    """
    if (seconds := (len(recording.positions) - 1) / recording.fps) < 1.0 / fps:
        raise ValueError(f"recording: expected {1.0 / fps:g} s or more, got {seconds:g} s; record longer")
    root = recording.positions[:, 0] * (leg_of(figure) / leg_of(recording.positions))
    root, local = resampled(root, local_rotations(recording.frames @ axes), recording.fps, fps)
    positions = pose_joints(local, root, figure)[..., :3, 3]
    return grounded(MotionClip(root=root, rotations=local, positions=positions, fps=fps), figure)


def grounded(clip: MotionClip, figure: FloatArray) -> MotionClip:
    """Return a clip of a figure (22, 3) raised or lowered, all of it, so that its lower foot is on the floor."""
    heights = np.min([clip.positions[:, toes, 2] - figure[toes, 2] for _, toes in FEET], axis=0)
    lift = np.array([0.0, 0.0, -np.percentile(heights, FLOOR)])
    return replace(clip, root=clip.root + lift, positions=clip.positions + lift)


def resampled(root: FloatArray, rotations: FloatArray, fps: float, other: float) -> tuple[FloatArray, FloatArray]:
    """Return root (T, 3) and rotations (T, 22, 4) at another rate, from the same beginning."""
    seconds = (len(root) - 1) / fps
    clock, times = np.arange(len(root)) / fps, np.arange(int(seconds * other + 1e-3) + 1) / other
    moved = np.stack([np.interp(times, clock, root[:, k]) for k in range(3)], axis=1)
    return moved, _slerp(rotations, times * fps) if len(root) > 1 else rotations


def pose_body(clip: MotionClip, body: Body, figure: FloatArray) -> FloatArray:
    """Return the transforms (T, 25, 4, 4) by `DRAWN_NAMES` by which a body does what a clip of a figure does.

    figure: (22, 3) of the clip, see `figure_of`. The root is scaled by the length of the legs, about the floor.
    """
    own = figure_of(body.joints)
    world = pose_joints(clip.rotations, scaled(clip, figure, own).root, own)
    world[..., :3, :3] = world[..., :3, :3] @ stance(body.joints)
    hung = list(DRAWN_PARENTS[len(PARENTS) :])
    rest = np.linalg.inv(body.inverse_bind[len(PARENTS) :])  # aids go with the pelvis; the jaw is shut
    return np.concatenate([world, world[:, hung] @ body.inverse_bind[hung] @ rest], axis=1)


def clip_of(transforms: FloatArray, body: Body, fps: float) -> MotionClip:
    """Return what `pose_body` was given by its transforms (T, 25, 4, 4): the clip of a body's own figure."""
    world = transforms[:, :22]
    rotations = local_rotations(world[..., :3, :3] @ np.swapaxes(stance(body.joints), -1, -2))
    return MotionClip(root=world[:, 0, :3, 3].copy(), rotations=rotations, positions=world[..., :3, 3].copy(), fps=fps)


def scaled(clip: MotionClip, figure: FloatArray, other: FloatArray) -> MotionClip:
    """Return the clip of a figure (22, 3) as one of another: the same rotations, steps by the length of the legs."""
    root = clip.root * (leg_of(other) / leg_of(figure))
    positions = pose_joints(clip.rotations, root, other)[..., :3, 3]
    return MotionClip(root=root, rotations=clip.rotations, positions=positions, fps=clip.fps)


def leg_of(joints: FloatArray) -> float:
    """Return the length of a leg, the mean of both, of joints (..., 22, 3): of each bone the median."""
    bones = [(a, b) for upper, lower, end, _ in LEGS for a, b in ((upper, lower), (lower, end))]
    return float(sum(np.median(np.linalg.norm(joints[..., b, :] - joints[..., a, :], axis=-1)) for a, b in bones)) / 2.0


def axes_of(up: FloatArray, left: FloatArray) -> FloatArray:
    """Return rotations (..., 3, 3) with z along `up` (..., 3), and y as near to `left` (..., 3) as that lets it."""
    z = unit(up)
    y = unit(across(left, z))
    return np.stack([np.cross(y, z), y, np.broadcast_to(z, y.shape)], axis=-1)


def _mean(rotations: FloatArray) -> FloatArray:
    """Return the rotation that is nearest to all of (T, 3, 3) by the sum of squares."""
    return np.asarray(Rotation.from_matrix(rotations).mean().as_matrix())


def _upright(positions: FloatArray) -> IntArray:
    """Return the frames in which somebody stands or walks upright, their numbers."""
    trunk = unit(positions[:, _index("neck")] - positions[:, 0])
    lean = np.arccos(np.clip(trunk[:, 2], -1.0, 1.0))
    bend = np.zeros(len(positions))
    for upper, lower, end, _ in LEGS:
        first, second = (unit(positions[:, b] - positions[:, a]) for a, b in ((upper, lower), (lower, end)))
        bend = np.maximum(bend, np.arccos(np.clip((first * second).sum(axis=1), -1.0, 1.0)))
    good = np.flatnonzero((lean < UPRIGHT) & (bend < STRAIGHT))
    if len(good) >= FEWEST:
        return good
    return np.argsort(lean / UPRIGHT + bend / STRAIGHT, kind="stable")[:FEWEST]


def _standing(recordings: Sequence[MotionRecording], ankle: int, toes: int) -> IntArray:
    """Return the frames of all recordings in which a foot stands, their numbers; if never, those when it is slowest."""
    low, pace = list[FloatArray](), list[FloatArray]()
    for recording in recordings:
        height = recording.positions[:, ankle, 2] + recording.positions[:, toes, 2]
        low.append((height - height.min()) / 2.0)
        pace.append(np.linalg.norm(np.gradient(recording.positions[:, toes], axis=0), axis=1) * recording.fps)
    height, speed = np.concatenate(low), np.concatenate(pace)
    stands = np.flatnonzero((height < LOW) & (speed < STILL))
    return stands if len(stands) >= FEWEST else np.argsort(height / LOW + speed / STILL, kind="stable")[:FEWEST]


def _slerp(rotations: FloatArray, rows: FloatArray) -> FloatArray:
    """Return rotations (T, J, 4) at rows that need not be whole."""
    first = np.minimum(rows.astype(int), len(rotations) - 2)
    share = (rows - first)[:, None, None]
    one, other = rotations[first].reshape(-1, 4), rotations[first + 1].reshape(-1, 4)
    way = (Rotation.from_quat(one).inv() * Rotation.from_quat(other)).as_rotvec().reshape(len(rows), -1, 3) * share
    turned = Rotation.from_quat(one) * Rotation.from_rotvec(way.reshape(-1, 3))
    return np.asarray(turned.as_quat(canonical=True).reshape(len(rows), -1, 4))
