"""Arms that go round another person: one over the shoulder, the other under the arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motion.clip import FloatArray, MotionClip, PairClip
from motion.contact import ARMS, CHEST, min_jerk, reach
from motion.overlay import HEAD, chest_place, hand_frame, turn_head, yaw_of
from motion.skeleton import pose_joints
from motion.touch import ADULT, lean_to
from motion.vectors import wrap

OPENS, CLOSES = 0.7, 0.8  # s in which arms open, and close round the other
LEAN = 0.16  # rad, by which both lean in
ASIDE = 0.45  # rad, by which the head turns past the other's, away from it
# Of a left arm that goes along the right side of the other person: where the wrist ends up in the frame of the other's
# chest (metres ahead and to the other's left, and above the shoulders), where the elbow goes (frame of the own chest),
# where fingers point and what the palm faces (frame of the other's chest).
UNDER = ((-0.13, -0.17, -0.17), (-0.1, 1.0, -0.7), (-0.25, 1.0, 0.1), (1.0, 0.35, 0.0))
OVER = ((-0.15, -0.13, 0.06), (0.1, 1.0, 0.35), (-0.45, 0.75, -0.55), (1.0, 0.3, -0.5))
OPEN_UNDER, OPEN_OVER = (0.72, 0.34, -0.12), (0.72, 0.34, 0.16)  # of `overlay.chest_place`


def embrace(pair: PairClip, start: int, end: int, *, over: tuple[str, str] = ("right", "right")) -> PairClip:
    """Return a pair whose arms are round each other from frame `start` to before `end`, who stand chest to chest.

    Arms open before, and let go after. over: the arm of each that goes over the other's shoulder.
    """
    leant = [
        lean_to(
            clip, figure, dict.fromkeys(ARMS, pair.clips[1 - number].positions[:, CHEST]),
            _held(len(clip.root), start, end, CLOSES * clip.fps), least=LEAN, most=LEAN,
        )
        for number, (clip, figure) in enumerate(zip(pair.clips, pair.figures, strict=True))
    ]  # fmt: skip
    pair = replace(pair, clips=(leant[0], leant[1]))
    made = [_round(pair, number, over[number], start, end) for number in range(2)]
    return replace(pair, clips=(made[0], made[1]))


def _round(pair: PairClip, number: int, over: str, start: int, end: int) -> MotionClip:
    """Return the clip of one whose arms go round the other."""
    clip, figure = pair.clips[number], pair.figures[number]
    other, theirs = pair.clips[1 - number], pair.figures[1 - number]
    fps, count = clip.fps, len(clip.root)
    size = theirs[0, 2] / ADULT
    chest = pose_joints(clip.rotations, clip.root, figure)[:, CHEST]
    shoulders = other.positions[:, [ARMS[side][0] for side in ARMS]].mean(axis=1)
    frames = _level(other)
    closed = _held(count, start, end, CLOSES * fps)
    opened = _held(count, start - round(0.5 * OPENS * fps), end, OPENS * fps)
    for side in ARMS:
        mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])
        place, elbow, fingers, palm = (np.array(way) * mirror for way in (OVER if side == over else UNDER))
        wide = chest_place(figure, *(OPEN_OVER if side == over else OPEN_UNDER)) * mirror - figure[CHEST]
        spread = chest[:, :3, 3] + np.einsum("tij,j->ti", chest[:, :3, :3], wide)
        behind = shoulders + np.einsum("tij,j->ti", frames, size * place)
        goals = spread + closed[:, None] * (behind - spread)
        sign = mirror[1]
        out = hand_frame(_ways(chest, (1.0, 0.5 * sign, 0.1)), _ways(chest, (0.3, -sign, 0.3)), sign)
        round_ = hand_frame(np.einsum("tij,j->ti", frames, fingers), np.einsum("tij,j->ti", frames, palm), sign)
        hands = np.where(closed[:, None, None] > 0.5, round_, out)
        clip = reach(clip, figure, side, goals, opened, elbow=elbow * mirror, hands=hands)
    aside = _level(clip)[:, :, 0] * np.cos(ASIDE) + _level(clip)[:, :, 1] * np.sin(ASIDE)
    head = pose_joints(clip.rotations, clip.root, figure)[:, HEAD, :3, :3]
    yaw = wrap(np.arctan2(aside[:, 1], aside[:, 0]) - np.arctan2(head[:, 1, 0], head[:, 0, 0]))
    return turn_head(clip, figure, yaw * closed, np.zeros(count))


def _ways(chest: FloatArray, way: tuple[float, float, float]) -> FloatArray:
    return np.asarray(np.einsum("tij,j->ti", chest[:, :3, :3], np.array(way)))


def _level(clip: MotionClip) -> FloatArray:
    """Return frames (T, 3, 3) that face as a person does, upright."""
    yaw = yaw_of(clip.rotations[:, 0])
    c, s, zero = np.cos(yaw), np.sin(yaw), np.zeros(len(yaw))
    return np.stack([np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.stack([zero, zero, zero + 1], -1)], -1)


def _held(count: int, start: int, end: int, wide: float) -> FloatArray:
    """Return weights (count,): 1 from start to end, with smooth flanks outside."""
    rows = np.arange(count)
    return min_jerk((rows - start + wide) / wide) * min_jerk((end + wide - rows) / wide)
