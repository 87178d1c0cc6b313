"""Somebody on a real seat: they sit down and rise, laid over a clip of somebody who stands; feet keep their place."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from motion.clip import FloatArray, MotionClip
from motion.contact import LEGS, TOES, blend, min_jerk, reach, rebuilt, solve_limb
from motion.overlay import WAYS, Options, bend, hand_frame, yaw_of
from motion.skeleton import local_rotations, pose_joints

# Shares of a lean of the trunk.
LEAN = {"pelvis": 0.62, "spine1": 0.75, "spine2": 0.9, "spine3": 1.0, "neck": 0.75, "head": 0.4}
DOWN, UP, LEAD = 2.0, 1.7, 0.3  # s to sit down and to rise; before and after that feet already keep their place
LEANS = 0.7  # rad, the trunk on the way down or up
SLUMP = 0.06  # rad, that somebody who sits leans back
FLESH, THIGH = 0.085, 0.075  # m, between a seat and the hips, and between the middle of a thigh and its skin
SEAT = 0.45  # m, height of a seat that is not told


def sit(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Sit down on a seat and rise again before `end`; who sits when the clip begins or ends is not seen to come or go.

    The pelvis goes by minimum jerk, the trunk leans ahead and back, feet keep their place. Who stands elsewhere than
    `before_seat` says shuffles there.
    """
    return _seated(clip, figure, start if start > 0 else None, end if end < len(clip.root) else None, options)


def sit_and_rise(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Sit down on a seat and rise again before `end`, even if these are the first and the last frame."""
    return _seated(clip, figure, start, min(end, len(clip.root)), options)


def rise(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Rise from a seat between `start` and `end`; until then somebody sits on it, from the beginning of the clip on."""
    last = min(end, len(clip.root))
    return _seated(clip, figure, None, last, options, hurry=min(1.0, (last - start) / clip.fps / (LEAD + UP)))


def before_seat(figure: FloatArray, seat: tuple[float, float, float], yaw: float) -> FloatArray:
    """Return where (x, y) the pelvis is of somebody who stands before a seat and will face along yaw, metres."""
    return np.asarray(np.array(seat[:2]) + _ahead(figure, seat[2]) * np.array([np.cos(yaw), np.sin(yaw)]))


def _seated(
    clip: MotionClip, figure: FloatArray, start: int | None, end: int | None, options: Options, *, hurry: float = 1.0
) -> MotionClip:  # fmt: skip
    """Return a clip of somebody on a seat from `start` to `end`; None: also before or after the clip.

    hurry: share of the usual times that it takes; less where there is no time for that.
    """
    fps, rows = clip.fps, np.arange(len(clip.root))
    first, last = min(start or 0, len(rows) - 1), len(rows) if end is None else end
    needs = (LEAD + DOWN) * (start is not None) + (LEAD + UP) * (end is not None)
    pace = fps * min(hurry, (last - first) / fps / max(needs, 1e-6))
    down, up, held = np.ones(len(rows)), np.zeros(len(rows)), np.ones(len(rows))
    if start is not None:
        down = min_jerk((rows - first - LEAD * pace) / (DOWN * pace))
        held = held * min_jerk((rows - first) / (LEAD * pace))
    if end is not None:
        up = min_jerk((rows - last + LEAD * pace) / (UP * pace) + 1.0)
        held = held * min_jerk((last - 1 - rows) / (LEAD * pace))
    facing = float(yaw_of(clip.rotations[:, 0])[first]) if options.yaw is None else options.yaw
    turn = Rotation.from_euler("z", facing)
    seat = options.seat
    if seat is None:
        back = _ahead(figure, SEAT) * np.array([np.cos(facing), np.sin(facing)])
        x, y = clip.root[first, :2] - back
        seat = (float(x), float(y), SEAT)
    low = down * (1.0 - up)
    hips = figure[0, 2] - figure[[LEGS["left"][0], LEGS["right"][0]], 2].mean()
    root = clip.root + low[:, None] * (np.array([*seat[:2], seat[2] + FLESH + hips]) - clip.root)
    rotations = clip.rotations.copy()
    level = turn * Rotation.from_euler("yz", [[-SLUMP, -yaw] for yaw in yaw_of(rotations[:, 0])])
    rotations[:, 0] = blend(rotations[:, 0], (level * Rotation.from_quat(rotations[:, 0])).as_quat(), low)
    lean = LEANS * 16.0 * ((down * (1.0 - down)) ** 2 + (up * (1.0 - up)) ** 2)
    world = pose_joints(rotations, root, figure)[..., :3, :3]
    none = np.zeros(len(rows))
    rotations = local_rotations(bend(world, np.full(len(rows), facing), none, {}, lean, LEAN))
    world = pose_joints(rotations, root, figure)
    frames, places = world[..., :3, :3].copy(), world[..., :3, 3]
    aim = np.array(seat[:2]) + _ahead(figure, seat[2]) * np.array([np.cos(facing), np.sin(facing)])
    shift = aim - clip.positions[first][[LEGS["left"][2], LEGS["right"][2]], :2].mean(axis=0)
    for number, (side, limb) in enumerate(LEGS.items()):
        ankle, toes = limb[2], TOES[side]
        own = pose_joints(clip.rotations[first], clip.root[first], figure)[ankle, :3, :3]
        share = (
            np.clip((rows - first) / fps / 0.45 - 0.8 * number, 0.0, 1.0) if start is not None else np.ones(len(rows))
        )
        place = np.array([*clip.positions[first, ankle, :2], figure[ankle, 2]])
        goals = place + np.append(shift, 0.0) * min_jerk(share)[:, None]
        goals[:, 2] += min(0.05, float(np.hypot(*shift)) / 3.0) * np.sin(np.pi * share) ** 2
        sign = 1.0 if side == "left" else -1.0
        knees = np.broadcast_to(turn.apply([1.0, 0.10 * sign, 0.3]), goals.shape)
        upper, lower = solve_limb(frames, places, limb, goals, 1.0, knees)
        flat = Rotation.from_euler("z", np.arctan2(own[1, 0], own[0, 0])).as_matrix()
        chain = [frames[:, 0], upper, lower, np.broadcast_to(flat, upper.shape)]
        for joint, above, below in zip(limb, chain[:-1], chain[1:], strict=True):
            made = Rotation.from_matrix(np.swapaxes(above, 1, 2) @ below).as_quat()
            rotations[:, joint] = blend(rotations[:, joint], made, held)
        rest = np.broadcast_to([0.0, 0.0, 0.0, 1.0], (len(rows), 4))
        rotations[:, toes] = blend(rotations[:, toes], rest, held)
    clip = rebuilt(clip, figure, rotations, root)
    for side, limb in LEGS.items():
        hip, knee = clip.positions[:, limb[0]], clip.positions[:, limb[1]]
        sign = 1.0 if side == "left" else -1.0
        lap = hip + 0.72 * (knee - hip) + np.array([0.0, 0.0, THIGH]) + turn.apply([0.0, 0.01 * sign, 0.0])
        mirror = np.array([1.0, sign, 1.0])
        away, fingers, palm = np.array(WAYS["lap"])
        hands = turn.as_matrix() @ hand_frame((fingers * mirror)[None], (palm * mirror)[None], sign)
        hands = np.broadcast_to(hands, (len(rows), 3, 3))
        clip = reach(clip, figure, side, lap, min_jerk((low - 0.35) / 0.65), elbow=away, hands=hands)
    return clip


def _ahead(figure: FloatArray, height: float) -> float:
    """Return how far ahead of the middle of a seat the ankles are of somebody who sits on it, metres."""
    hip, knee, _ = LEGS["left"]
    thigh = float(np.linalg.norm(figure[knee] - figure[hip]))
    rise = height + FLESH - figure[knee, 2]
    return float(np.sqrt(max(thigh**2 - rise**2, (0.5 * thigh) ** 2))) - 0.03
