"""Gestures by inverse kinematics, for networks that have learned from recordings without them, as those of CMU are.

Each is laid over a clip as those of `motion.guided` are, and recorded as `by: guided`.
"""

from __future__ import annotations

import numpy as np

from motion.clip import FloatArray, MotionClip
from motion.contact import ARMS, CHEST, rebuilt
from motion.guided import Guide, point
from motion.overlay import Options, bend, chest_place, place_hand, ramp, yaw_of
from motion.skeleton import local_rotations, pose_joints

WAVES, SWING = 1.7, 0.10  # Hz, m to either side: a waving hand
BECKONS, PULL = 1.4, 0.12  # Hz, m: a hand that beckons
DEEP = 0.85  # rad, by which the head bows
BOWS, LIFT = 1.1, 0.8  # s, down and up again: the trunk, a hand
BOW = {"spine1": 0.45, "spine2": 0.75, "spine3": 0.95, "neck": 1.0, "head": 1.1}  # shares of DEEP
HIGH = ((-0.1, 0.8, -0.5), (0.0, 0.15, 1.0), (1.0, 0.0, 0.1))  # elbow, fingers and palm, see `overlay.WAYS`
DRAWN = ((-0.3, 0.5, -1.0), (0.35, -0.2, 1.0), (-1.0, 0.0, 0.3))  # of a hand that is pulled near
GIVEN = ((-0.3, 0.4, -1.0), (1.0, 0.1, 0.25), (-0.2, -0.1, 1.0))  # of one that is held out


def wave(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Wave a hand beside the head, or both."""
    weights = ramp(clip, start, end)
    phase = 2.0 * np.pi * WAVES * (np.arange(len(weights)) - start) / clip.fps
    place = chest_place(figure, 0.35, 0.38, 0.45) + np.sin(phase)[:, None] * [0.0, SWING, 0.0]
    return _hold_high(clip, figure, options, place, weights)


def lift(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Hold a hand up high, or both."""
    weights, place = ramp(clip, start, end, fade=LIFT), chest_place(figure, 0.15, 0.24, 0.93)
    return _hold_high(clip, figure, options, place, weights)


def beckon(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Hold a hand out and pull it near, again and again."""
    weights = ramp(clip, start, end)
    phase = 2.0 * np.pi * BECKONS * (np.arange(len(weights)) - start) / clip.fps
    share = (0.5 - 0.5 * np.cos(phase))[:, None]
    place = chest_place(figure, 0.72, 0.16, 0.02) + share * [-PULL, 0.0, PULL]
    ways = np.array(GIVEN) + share[..., None] * (np.array(DRAWN) - np.array(GIVEN))
    return place_hand(clip, figure, _hands(options)[0], place, ways, weights, joint=CHEST)


def bow(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Bend the trunk ahead, and come up again."""
    pitch = DEEP * ramp(clip, start, end, fade=BOWS)
    world = pose_joints(clip.rotations, clip.root, figure)[..., :3, :3]
    facing = yaw_of(clip.rotations[:, 0])
    bent = bend(world, facing, np.zeros(len(pitch)), {}, pitch, BOW)
    return rebuilt(clip, figure, local_rotations(bent), clip.root)


GESTURES: dict[str, Guide] = {
    **{f"wave{side}": wave for side in ("", "_left", "_right", "_both")},
    **{f"raise{side}": lift for side in ("", "_left", "_right", "_both")},
    "bye": wave, "call": beckon, "guide": point, "bow": bow,
}  # fmt: skip


def _hold_high(
    clip: MotionClip, figure: FloatArray, options: Options, place: FloatArray, weights: FloatArray
) -> MotionClip:
    for side in _hands(options):
        clip = place_hand(clip, figure, side, place, np.array(HIGH), weights, joint=CHEST)
    return clip


def _hands(options: Options) -> tuple[str, ...]:
    return tuple(ARMS) if options.side == "both" else (options.side if options.side in ARMS else "right",)
