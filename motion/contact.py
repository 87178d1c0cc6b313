"""Hands that reach where they should and feet that keep their place, on whole clips; two-bone inverse kinematics.

`motion.rotation.two_bone` is the same for the live gait, one frame at a time. Here bones need not lie along the axes of
their frames, a limb keeps the plane in which it is bent, and what is asked already changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from motion.clip import JOINT_NAMES, PARENTS, FloatArray, MotionClip
from motion.skeleton import local_rotations, pose_joints
from motion.vectors import across, basis, unit

Limb = tuple[int, int, int]
ARMS: dict[str, Limb] = {}
LEGS: dict[str, Limb] = {}
for _side in ("left", "right"):
    _a, _b, _c, _d, _e, _f = (
        JOINT_NAMES.index(f"{_side}_{part}") for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    )
    ARMS[_side], LEGS[_side] = (_a, _b, _c), (_d, _e, _f)
TOES = {side: JOINT_NAMES.index(f"{side}_foot") for side in LEGS}
CHEST = JOINT_NAMES.index("spine3")
UP = np.array([0.0, 0.0, 1.0])
REACH = 0.998  # of a limb's length at most; its middle joint never locks
HINT = 0.001  # m, off the line of a straight limb where its middle joint is taken to be
ELBOW = np.array([-0.45, 0.55, -1.0])  # where the elbow of the left arm goes, frame of the chest: down and out
PRONATION, WRIST = 0.55, 1.1  # share of a hand's twist that its forearm takes over; rad that a wrist bends at most
FIRM = 0.35  # the probability from which a foot stands; chosen on validation clips
BRIEF = 0.08  # s: a foot that stands for less does not, and one that leaves for less stays
FADE = 0.2  # s, in which a foot comes back to where it was once it has left the floor
ROUND = 0.02  # s, deviation of the Gaussian that rounds the corners of corrections
LEEWAY = 0.01  # m, at most, by which standing toes are above their height in the upright stance
SUNK = 0.02  # m, by which an ankle may be lower than in the upright stance
SOFT = 0.001  # m, over which the floor sets in
FARTHEST, DEEPEST = 0.2, 0.12  # m, by which a foot is moved at most, and the pelvis lowered
HIPS = 0.1  # s, over which the pelvis is lowered
SETTLED = 0.25  # s, deviation of the Gaussian by which a body that floats comes down


def min_jerk(share: npt.ArrayLike) -> FloatArray:
    """Return 0 to 1 over a share 0 to 1, as hands move (Flash and Hogan, 1985)."""
    x = np.clip(np.asarray(share, np.float64), 0.0, 1.0)
    return np.asarray(x**3 * (10.0 - 15.0 * x + 6.0 * x * x))


def reach(
    clip: MotionClip, figure: FloatArray, side: str, goals: FloatArray, weights: FloatArray, *,
    elbow: FloatArray = ELBOW, hands: FloatArray | None = None,
) -> MotionClip:  # fmt: skip
    """Return a clip with a wrist at goals, as far as the arm goes.

    Args:
        figure: (22, 3) of the clip, upright stance, metres. side: left or right.
        goals: (T, 3) metres, world. weights: (T,) 0 the clip's own arm, 1 the goal.
        elbow: (3,) or (T, 3) where the left elbow goes, frame of the chest; mirrored for the right one.
        hands: (T, 3, 3) to the world, of hands; None: as the clip has them to the forearm.
    """
    world = pose_joints(clip.rotations, clip.root, figure)
    frames, limb = world[..., :3, :3].copy(), ARMS[side]
    mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])
    away = np.einsum("tij,tj->ti", frames[:, CHEST], np.broadcast_to(elbow * mirror, (len(frames), 3)))
    upper, fore = solve_limb(frames, world[..., :3, 3], limb, goals, -1.0, away)
    wrist = Rotation.from_quat(clip.rotations[:, limb[2]])
    if hands is not None:
        between = np.swapaxes(fore, 1, 2) @ hands
        twist = np.arctan2(between[:, 1, 0] - between[:, 0, 1], between[:, 0, 0] + between[:, 1, 1])
        fore = fore @ Rotation.from_euler("z", PRONATION * np.clip(twist, -2.0, 2.0)[:, None]).as_matrix()
        bend = Rotation.from_matrix(np.swapaxes(fore, 1, 2) @ hands).as_rotvec()
        size = np.linalg.norm(bend, axis=1, keepdims=True)
        wrist = Rotation.from_rotvec(bend * np.minimum(1.0, WRIST / np.maximum(size, 1e-9)))
    made = [
        Rotation.from_matrix(np.swapaxes(frames[:, PARENTS[limb[0]]], 1, 2) @ upper),
        Rotation.from_matrix(np.swapaxes(upper, 1, 2) @ fore),
        wrist,
    ]
    rotations = clip.rotations.copy()
    for joint, turned in zip(limb, made, strict=True):
        rotations[:, joint] = blend(rotations[:, joint], turned.as_quat(), weights)
    return rebuilt(clip, figure, rotations, clip.root)


def plant(clip: MotionClip, figure: FloatArray, stands: FloatArray) -> MotionClip:
    """Return a clip whose feet keep their place while they stand, and are never below the floor z = 0.

    A foot is moved as a whole, so that its toes, else its ankle, rest where they are in the middle of the time that
    they stand; legs follow in the plane of their knees, and the pelvis comes down where a leg is too short. Who stands
    above the floor comes down to it.

    Args:
        figure: (22, 3) of the clip, upright stance, metres.
        stands: (T, 4) more than FIRM while left ankle, left toes, right ankle, right toes stand, see `motion.local`.

    Raises:
        ValueError: stands do not fit the clip.
    """
    if stands.shape != (len(clip.root), 4):
        raise ValueError(f"stands: expected {(len(clip.root), 4)} to fit the clip, got {stands.shape}")
    world = pose_joints(clip.rotations, clip.root, figure)
    frames, places = world[..., :3, :3].copy(), world[..., :3, 3].copy()
    firm = stands > FIRM
    floats = UP * _floating(places, figure, firm, clip.fps)[:, None]
    places -= floats[:, None]
    goals, lower = {}, np.zeros(len(places))
    for column, (side, limb) in enumerate(LEGS.items()):
        ankle, toes = limb[2], TOES[side]
        own = firm[:, 2 * column : 2 * column + 2]
        moved = _held(places[:, ankle], places[:, toes], own, float(figure[toes, 2]), clip.fps)
        sinks = np.maximum(
            figure[toes, 2] - places[:, toes, 2] - moved[:, 2],
            figure[ankle, 2] - SUNK - places[:, ankle, 2] - moved[:, 2],
        )
        moved[:, 2] += (sinks + np.sqrt(sinks**2 + 4.0 * SOFT**2)) / 2.0  # smooth, and never less than `sinks` or 0
        goals[side] = places[:, ankle] + moved
        lower = np.maximum(lower, _too_short(places, limb, goals[side]))
    if lower.any():
        lower = DEEPEST * np.tanh(lower / DEEPEST)
        wide = HIPS * clip.fps
        lower = gaussian_filter1d(
            maximum_filter1d(lower, 2 * round(wide) + 1, mode="nearest"), wide / 2, mode="nearest"
        )
    root = clip.root - floats - UP * lower[:, None]
    places -= UP * lower[:, None, None]
    for side, limb in LEGS.items():
        frames[:, limb[0]], frames[:, limb[1]] = solve_limb(frames, places, limb, goals[side], 1.0)
    return rebuilt(clip, figure, local_rotations(frames), root)


def solve_limb(
    frames: FloatArray, places: FloatArray, limb: Limb, goals: FloatArray, sign: float, away: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the frames to the world (T, 3, 3) of both bones of a limb that ends at goals.

    Args:
        frames: (T, 22, 3, 3) to the world. places: (T, 22, 3) metres. limb: its joints.
        goals: (T, 3) metres. sign: +1 the middle joint goes ahead (knee), -1 back (elbow).
        away: (T, 3) where the middle joint goes; None: as it does.
    """
    start, middle, end = (places[:, joint] for joint in limb)
    first, second = middle - start, end - middle
    upper, lower = (np.linalg.norm(bone, axis=1, keepdims=True) for bone in (first, second))
    old, way = unit(end - start), goals - start
    hint = across(sign * frames[:, limb[0], :, 0], old)
    bulge = HINT * unit(hint) + (across(first, old) if away is None else 0.0)
    distance = np.linalg.norm(way, axis=1, keepdims=True)
    most = np.maximum(REACH * (upper + lower), np.linalg.norm(end - start, axis=1, keepdims=True))
    distance = np.clip(distance, np.abs(upper - lower) + 1e-4, np.minimum(most, (1.0 - 1e-6) * (upper + lower)))
    new = unit(way)
    out = unit(across(_carried(bulge, old, new) if away is None else away, new))
    cosine = np.clip((upper**2 + distance**2 - lower**2) / (2.0 * upper * distance), -1.0, 1.0)
    along = new * cosine + out * np.sqrt(1.0 - cosine**2)
    before, after = np.asarray(np.cross(old, bulge)), np.asarray(np.cross(new, out))
    turned = basis(along, after) @ np.swapaxes(basis(first, before), 1, 2)
    bent = basis(new * distance - along * upper, after) @ np.swapaxes(basis(second, before), 1, 2)
    return turned @ frames[:, limb[0]], bent @ frames[:, limb[1]]


def blend(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    """Return quaternions (T, 4) that are `weights` (T,) of the way from the first to the second."""
    one = Rotation.from_quat(first)
    way = (one.inv() * Rotation.from_quat(second)).as_rotvec() * weights[:, None]
    return np.asarray((one * Rotation.from_rotvec(way)).as_quat(canonical=True))


def rebuilt(clip: MotionClip, figure: FloatArray, rotations: FloatArray, root: FloatArray) -> MotionClip:
    """Return a clip of a figure with other rotations (T, 22, 4) and root (T, 3)."""
    positions = pose_joints(rotations, root, figure)[..., :3, 3]
    return replace(clip, rotations=rotations, root=root, positions=positions)


def _floating(places: FloatArray, figure: FloatArray, firm: npt.NDArray[np.bool_], fps: float) -> FloatArray:
    """Return how high (T,) a body is above where its lowest standing foot would rest, metres, smooth in time.

    What is learned from figures with higher ankles has others walk on air.
    """
    joints = [joint for side, limb in LEGS.items() for joint in (limb[2], TOES[side])]
    lowest = np.where(firm, places[:, joints, 2] - figure[joints, 2], np.inf).min(axis=1)
    known = np.flatnonzero(np.isfinite(lowest))
    if not len(known):
        return np.zeros(len(places))
    height = np.interp(np.arange(len(places)), known, lowest[known])
    return np.asarray(np.maximum(gaussian_filter1d(height, SETTLED * fps, mode="nearest"), 0.0))


def _held(ankle: FloatArray, toes: FloatArray, firm: npt.NDArray[np.bool_], low: float, fps: float) -> FloatArray:
    """Return by how much (T, 3) a foot is to be moved so that it rests while ankle or toes (T, 2) stand."""
    moved, known = np.zeros_like(toes), np.zeros(len(toes), bool)
    brief = max(1, round(BRIEF * fps))
    for start, end in _runs(firm[:, 1], brief):
        place = _middle(toes[start:end])
        place[2] = np.clip(place[2], low, low + LEEWAY)
        if np.linalg.norm(place - toes[start:end], axis=1).max() < FARTHEST:  # what goes farther does not stand
            moved[start:end], known[start:end] = place - toes[start:end], True
    for start, end in _runs(firm[:, 0], brief):
        free = np.flatnonzero(~maximum_filter1d(known[start:end], 2 * brief + 1, mode="constant"))
        if len(free) >= brief and not known[start:end].all():
            rows = start + free
            change = (_middle(ankle[rows]) - ankle[rows]) * [1.0, 1.0, 0.0]
            if np.linalg.norm(change, axis=1).max() < FARTHEST:
                moved[rows], known[rows] = change, True
    if known.any():
        moved = _bridged(moved, known, FADE * fps)
        moved = gaussian_filter1d(moved, ROUND * fps, axis=0, mode="nearest")
    return moved


def _middle(points: FloatArray) -> FloatArray:
    """Return the point (3,) with about the least sum of distances to points (T, 3): the median in space (Weiszfeld)."""
    middle = points.mean(axis=0)
    for _ in range(12):
        near = 1.0 / np.maximum(np.linalg.norm(points - middle, axis=1), 1e-4)
        middle = near @ points / near.sum()
    return np.asarray(middle)


def _bridged(values: FloatArray, known: npt.NDArray[np.bool_], fade: float) -> FloatArray:
    """Return values (T, 3) with cubics where they are not known: to the next that is, or to zero within `fade` rows."""
    result = values.copy()
    rows = np.arange(len(values))
    for start, end in _runs(~known, 1):
        near, far = (values[start - 1] if start else None), (values[end] if end < len(values) else None)
        inside = rows[start:end]
        if near is not None and far is not None and end - start < 2.0 * fade:
            share = min_jerk((inside - start + 1.0) / (end - start + 1.0))[:, None]
            result[inside] = near * (1.0 - share) + far * share
            continue
        result[inside] = 0.0
        if near is not None:
            result[inside] += near * (1.0 - min_jerk((inside - start + 1.0) / fade))[:, None]
        if far is not None:
            result[inside] += far * (1.0 - min_jerk((end - inside) / fade))[:, None]
    return result


def _runs(firm: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Return beginnings and ends of where it is true for `least` rows or more; gaps shorter than that are closed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], firm, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if runs and start - runs[-1][1] < least:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if end - start >= least]


def _too_short(places: FloatArray, limb: Limb, goals: FloatArray) -> FloatArray:
    """Return by how much (T,) a leg's hip has to come down to reach goals, metres."""
    hip, knee, ankle = (places[:, joint] for joint in limb)
    length = np.linalg.norm(knee - hip, axis=1) + np.linalg.norm(ankle - knee, axis=1)
    length = np.maximum(REACH * length, np.linalg.norm(ankle - hip, axis=1))
    way = hip - goals
    flat = np.minimum(np.linalg.norm(way[:, :2], axis=1), length)
    return np.asarray(np.maximum(way[:, 2] - np.sqrt(length**2 - flat**2), 0.0))


def _carried(vectors: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
    """Return vectors (T, 3) turned as the unit vector `old` has to be turned, by the shortest way, to become `new`."""
    axis = np.cross(old, new)
    once = np.cross(axis, vectors)
    return np.asarray(
        vectors + once + np.cross(axis, once) / np.maximum(1.0 + (old * new).sum(axis=1, keepdims=True), 1e-6)
    )
