"""Arms that go round another person: those of the taller over the shoulders, those of the other round the waist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motion.apart import stand_apart
from motion.clip import FloatArray, MotionClip, PairClip
from motion.contact import ARMS, CHEST, min_jerk, reach
from motion.overlay import HEAD, chest_place, hand_frame, turn_head, yaw_of
from motion.skeleton import pose_joints
from motion.touch import ADULT, lean_to
from motion.vectors import wrap

OPENS, CLOSES = 0.7, 0.9  # s in which arms open, and close round the other
LEAN, STOOP = 0.16, 0.5  # rad, by which both lean in, and at most to somebody short
PAST = 0.1  # m to the left of the other's chest: there one leans, so that heads pass each other
ASIDE = 0.45  # rad, by which the head turns past the other's, away from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a left arm goes along the right side of the other person; the right one as in a mirror.

    Attributes:
        opened: where the wrist waits, see `motion.overlay.chest_place`. elbow: where it goes, frame of the own chest.
        place: where the wrist ends up, metres ahead and to the left in the frame of the other's chest and above the
            shoulders. fingers, palm: where they point and what it faces, in that frame.
    """

    opened: tuple[float, float, float]
    elbow: tuple[float, float, float]
    place: tuple[float, float, float]
    fingers: tuple[float, float, float]
    palm: tuple[float, float, float]


UNDER = Way(
    opened=(0.70, 0.36, -0.25), elbow=(-0.1, 0.9, -0.8), place=(-0.12, -0.21, -0.20), fingers=(-0.35, 1.0, 0.1),
    palm=(1.0, 0.4, 0.0),
)  # fmt: skip
OVER = Way(
    opened=(0.70, 0.36, 0.05), elbow=(0.0, 0.9, 0.5), place=(-0.14, -0.20, 0.06), fingers=(-0.35, 0.4, -1.0),
    palm=(1.0, 0.2, -0.35),
)  # fmt: skip


def embrace(
    pair: PairClip, start: int, end: int, *, taller: int, arms: tuple[Sequence[str], Sequence[str]]
) -> PairClip:
    """Return a pair whose arms are round each other from frame `start` to before `end`, who stand chest to chest.

    Arms open and close before, and let go after.

    Args:
        taller: which of both, 0 or 1, has the arms over the other's. arms: left or right, of each, that take part.
    """
    leant = []
    for clip, figure, other in zip(pair.clips, pair.figures, pair.clips[::-1], strict=True):
        past = other.positions[:, CHEST] + PAST * _level(clip)[:, :, 1]
        leant.append(lean_to(clip, figure, dict.fromkeys(ARMS, past), _closed(clip, start, end), least=LEAN, most=LEAN))
    pair = stand_apart(replace(pair, clips=(leant[0], leant[1])))
    made = [_round(pair, number, OVER if number == taller else UNDER, arms[number], start, end) for number in range(2)]
    return replace(pair, clips=(made[0], made[1]))


def _round(pair: PairClip, number: int, way: Way, arms: Sequence[str], start: int, end: int) -> MotionClip:
    """Return the clip of one whose arms go round the other."""
    clip, figure = pair.clips[number], pair.figures[number]
    other, theirs = pair.clips[1 - number], pair.figures[1 - number]
    shoulders = other.positions[:, [ARMS[side][0] for side in ARMS]].mean(axis=1)
    frames, closed = _level(other), _closed(clip, start, end)[:, None]
    opens, closes = OPENS * clip.fps, CLOSES * clip.fps
    rows = np.arange(len(clip.root))
    opened = min_jerk((rows - start + closes + 0.8 * opens) / opens) * min_jerk((end + closes + opens - rows) / opens)
    size = theirs[0, 2] / ADULT
    behind = {side: shoulders + _turned(frames, size * np.array(way.place) * _mirror(side)) for side in arms}
    clip = lean_to(clip, figure, behind, closed[:, 0], most=STOOP)
    chest = pose_joints(clip.rotations, clip.root, figure)[:, CHEST]
    for side in arms:
        mirror = _mirror(side)
        spread = chest[:, :3, 3] + _turned(chest[:, :3, :3], chest_place(figure, *way.opened) * mirror - figure[CHEST])
        fingers = _turned(chest[:, :3, :3], np.array([1.0, 0.35, 0.1]) * mirror)
        palm = _turned(chest[:, :3, :3], np.array([0.2, -1.0, 0.0 if way is UNDER else -0.8]) * mirror)
        fingers += closed * (_turned(frames, np.array(way.fingers) * mirror) - fingers)
        palm += closed * (_turned(frames, np.array(way.palm) * mirror) - palm)
        goals = spread + closed * (behind[side] - spread)
        hands = hand_frame(fingers, palm, mirror[1])
        clip = reach(clip, figure, side, goals, opened, elbow=np.array(way.elbow), hands=hands)
    aside = _turned(_level(clip), np.array([np.cos(ASIDE), np.sin(ASIDE), 0.0]))
    head = pose_joints(clip.rotations, clip.root, figure)[:, HEAD, :3, :3]
    yaw = wrap(np.arctan2(aside[:, 1], aside[:, 0]) - np.arctan2(head[:, 1, 0], head[:, 0, 0]))
    return turn_head(clip, figure, yaw * closed[:, 0], np.zeros(len(yaw)))


def _closed(clip: MotionClip, start: int, end: int) -> FloatArray:
    """Return weights (T,): 1 while arms are round the other, with smooth flanks before and after."""
    rows, wide = np.arange(len(clip.root)), CLOSES * clip.fps
    return np.asarray(min_jerk((rows - start + wide) / wide) * min_jerk((end + wide - rows) / wide))


def _mirror(side: str) -> FloatArray:
    return np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])


def _turned(frames: FloatArray, way: FloatArray) -> FloatArray:
    """Return a way (3,) of frames (T, 3, 3) in the world (T, 3)."""
    return np.asarray(np.einsum("tij,j->ti", frames, way))


def _level(clip: MotionClip) -> FloatArray:
    """Return frames (T, 3, 3) that face as a person does, upright."""
    yaw = yaw_of(clip.rotations[:, 0])
    c, s, zero = np.cos(yaw), np.sin(yaw), np.zeros(len(yaw))
    return np.stack([np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.stack([zero, zero, zero + 1], -1)], -1)
