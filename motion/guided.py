"""What no recording has, laid over a clip by inverse kinematics: phone, load, gaze, pointing, talk, and a seat.

Each takes a clip of somebody who stands or walks, from frame `start` to before frame `end`, and lets all else go on as
it was. Poses of arms are those of the live gait (`motion.arms`), placed by the figure alone. Such motion is recorded as
`by: guided` and left out of learned measures.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from motion.clip import FloatArray, MotionClip
from motion.contact import ARMS, CHEST, min_jerk, reach
from motion.overlay import (
    HEAD,
    NOD,
    WAYS,
    Options,
    arm_of,
    chest_place,
    gaze,
    hand_frame,
    place_hand,
    ramp,
    target_of,
    turn_head,
    yaw_of,
)
from motion.seat import rise, sit
from motion.skeleton import pose_joints
from motion.vectors import unit, wrap

ACROSS, ASIDE, STEEP = 0.75, 1.9, 1.45  # rad from ahead an arm points at most: across the chest, out, up or down
STRETCHED = 0.985  # of an arm's length, when it points
BOX = 0.35  # m, width of what both hands carry
STROKE, BEAT = 0.4, 0.025  # s of a stroke of a talking hand; m of its beats
NODS = 0.45  # s of a nod

Guide = Callable[[MotionClip, FloatArray, int, int, Options], MotionClip]


def phone(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Hold a phone at the ear, or before the chest with the head bent over it."""
    weights = ramp(clip, start, end, held=True)
    side = options.side if options.side in ARMS else "right"
    if options.manner == "screen":
        clip = turn_head(clip, figure, np.zeros(len(weights)), 0.42 * weights, NOD)
        place = chest_place(figure, 0.54, 0.09, -0.38)
        return place_hand(clip, figure, side, place, "screen", weights, joint=CHEST)
    place = figure[HEAD] + np.array([0.045, 0.135, -0.05])
    return place_hand(clip, figure, side, place, "ear", weights, joint=HEAD)


def carry(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Hold a box before the belly with both hands, or a bag that hangs from one hand."""
    weights = ramp(clip, start, end, held=True)
    if options.manner != "bag" and options.side in ("", "both"):
        place = chest_place(figure, 0.52, BOX / 2.0 + 0.012, -0.66)
        for side in ARMS:
            clip = place_hand(clip, figure, side, place, "box", weights, joint=CHEST)
        return clip
    side = options.side if options.side in ARMS else "right"
    sign = 1.0 if side == "left" else -1.0
    chest = pose_joints(clip.rotations, clip.root, figure)[:, CHEST, :3, :3]
    upright = Rotation.from_euler("z", np.arctan2(chest[:, 1, 0], chest[:, 0, 0])[:, None])
    hang = np.array([0.02, 0.14 * sign, -1.0])
    goals = clip.positions[:, ARMS[side][0]] + arm_of(figure) * 0.99 * upright.apply(unit(hang))
    down = np.array([0.1, -0.1 * sign, -1.0]), np.array([0.0, -sign, 0.0])
    hands = upright.as_matrix() @ hand_frame(down[0][None], down[1][None], sign)
    return reach(clip, figure, side, goals, weights, elbow=np.array([-0.6, 0.5, -0.2]), hands=hands)


def look_at(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Turn the head, and a little the trunk, to a target; what lies behind is looked at as far as the neck goes."""
    weights = ramp(clip, start, end)
    yaw, pitch = gaze(clip, figure, target_of(clip, start, options))
    return turn_head(clip, figure, yaw * weights, pitch * weights)


def look_around(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Turn the head and the chest to one side, to the other, and so on, each look held for a while."""
    weights, rng, fps = ramp(clip, start, end), options.rng, clip.fps
    sign, row = float(rng.choice([-1.0, 1.0])), start
    keys: list[tuple[float, ...]] = [(row, 0.0, 0.0)]
    while row < end:
        keys.append((row, sign * rng.uniform(0.45, 1.05), rng.uniform(-0.12, 0.10)))
        row += round(rng.uniform(0.8, 1.5) * fps)
        sign = -sign if rng.random() < 0.75 else sign
    yaw, pitch = _steps(len(weights), keys, 0.38 * fps).T
    return turn_head(clip, figure, yaw * weights, pitch * weights)


def point(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Point with the nearer arm, or that of `side`, in the true direction of a target, and look there.

    What lies further round than arms go is pointed at as far as they do: turn the body first.
    """
    weights, target = ramp(clip, start, end), target_of(clip, start, options)
    clip = look_at(clip, figure, start, end, options)
    toward = np.asarray(target) - clip.positions[:, CHEST]
    facing = yaw_of(clip.rotations[:, 0])
    bearing = wrap(np.arctan2(toward[:, 1], toward[:, 0]) - facing)
    middle = float(np.mean(bearing[weights > 0.0])) if (weights > 0.0).any() else 0.0
    side = options.side if options.side in ARMS else "left" if middle > 0.1 else "right"
    sign = 1.0 if side == "left" else -1.0
    shoulder = clip.positions[:, ARMS[side][0]]
    way = np.asarray(target) - shoulder
    out = sign * wrap(np.arctan2(way[:, 1], way[:, 0]) - facing)
    usual = float(np.median(out[weights > 0.5])) if (weights > 0.5).any() else 0.0
    out = usual + wrap(out - usual)  # so that what is right behind is not left and right by turns
    high = np.arctan2(way[:, 2], np.maximum(np.linalg.norm(way[:, :2], axis=1), 1e-6))
    yaw, high = facing + sign * np.clip(out, -ACROSS, ASIDE), np.clip(high, -STEEP, STEEP)
    flat = np.cos(high)
    ahead = np.stack([np.cos(yaw) * flat, np.sin(yaw) * flat, np.sin(high)], axis=1)
    inward = np.stack([np.sin(yaw), -np.cos(yaw), np.zeros(len(yaw))], axis=1) * sign
    hands = hand_frame(ahead, inward * 0.6 - np.array([0.0, 0.0, 0.8]), sign)
    goals = shoulder + STRETCHED * arm_of(figure) * ahead
    return reach(clip, figure, side, goals, weights, elbow=np.array([-0.2, 0.45, -1.0]), hands=hands)


def talk(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Gesture with one hand or both, in strokes and beats with rests between them, nod, and look at the partner."""
    rng, fps, weights = options.rng, clip.fps, ramp(clip, start, end)
    clip = _attend(clip, figure, start, end, options, (1.0, 3.0), 0.10)
    chief = options.side if options.side in ARMS else "right" if rng.random() < 0.8 else "left"
    places = _words(figure)
    words: dict[str, list[tuple[int, str]]] = {side: [(start, "")] for side in ARMS}
    row = start
    while row < end:
        word = str(rng.choice(["offer", "open", "ready", "raise", "count"], p=[0.3, 0.2, 0.2, 0.12, 0.18]))
        both = word != "raise" and rng.random() < 0.45
        other = word if both else "ready" if rng.random() < 0.2 else ""
        for side in ARMS:
            words[side].append((row, word if side == chief else other))
        row += round(rng.uniform(0.7, 1.7) * fps)
        if rng.random() < 0.35:
            for side in ARMS:
                words[side].append((row, ""))
            row += round(rng.uniform(0.5, 1.5) * fps)
    beats = _beats(len(weights), start, end, fps, rng)
    for side, told in words.items():
        keys, last = [], "ready"
        for at, word in told:
            keys.append((at, float(word != ""), *places[word or last], *np.ravel(WAYS[word or last])))
            last = word or last
        track = _steps(len(weights), keys, STROKE * fps)
        place = track[:, 1:4] + beats[:, None] * np.array([0.3, 0.0, 1.0])
        ways = track[:, 4:].reshape(-1, 3, 3)
        clip = place_hand(clip, figure, side, place, ways, weights * track[:, 0], joint=CHEST)
    return clip


def listen(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Look at the partner, and nod now and then, once or a few times."""
    return _attend(clip, figure, start, end, options, (1.6, 3.8), 0.20)


def nod(clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options) -> MotionClip:
    """Nod twice or three times, and look at the target if there is one."""
    return _attend(clip, figure, start, end, options, (1.2, 2.0), 0.26)


GUIDED: dict[str, Guide] = {
    "phone": phone, "carry": carry, "look_around": look_around, "look": look_at, "point": point, "talk": talk,
    "listen": listen, "nod": nod, "sit": sit, "rise": rise,
}  # fmt: skip


def _attend(
    clip: MotionClip, figure: FloatArray, start: int, end: int, options: Options, pause: tuple[float, float],
    deep: float,
) -> MotionClip:  # fmt: skip
    """Look at the target, if there is one, and nod: bursts of one to three with pauses (seconds) between them."""
    rng, fps, weights = options.rng, clip.fps, ramp(clip, start, end)
    if options.target is not None:
        clip = look_at(clip, figure, start, end, options)
    rows, pitch = np.arange(len(weights)), np.zeros(len(weights))
    at = start + 0.4 * fps
    while at < end:
        for _ in range(int(rng.integers(1, 4))):
            share = np.clip((rows - at) / (NODS * fps), 0.0, 1.0)
            pitch += deep * rng.uniform(0.7, 1.2) * np.sin(np.pi * share) ** 2
            at += NODS * fps
        at += rng.uniform(*pause) * fps
    return turn_head(clip, figure, np.zeros(len(rows)), pitch * weights)


def _words(figure: FloatArray) -> dict[str, FloatArray]:
    """Return where the left wrist is for each gesture, upright stance."""
    low = (figure[0, 2] - figure[ARMS["left"][0], 2]) / arm_of(figure) + 0.26
    return {
        "ready": chest_place(figure, 0.46, 0.13, low), "offer": chest_place(figure, 0.58, 0.24, low + 0.10),
        "open": chest_place(figure, 0.48, 0.36, low + 0.10), "raise": chest_place(figure, 0.55, 0.24, -0.22),
        "count": chest_place(figure, 0.55, 0.12, -0.42),
    }  # fmt: skip


def _steps(count: int, keys: list[tuple[float, ...]], wide: float) -> FloatArray:
    """Return values (count, C) that go to those of each key (row, values) by minimum jerk, `wide` rows from its row."""
    rows, values = np.arange(count), np.array([key[1:] for key in keys], np.float64)
    result = np.tile(values[0], (count, 1))
    for key, before, after in zip(keys[1:], values[:-1], values[1:], strict=True):
        result += (after - before) * min_jerk((rows - key[0]) / wide)[:, None]
    return result


def _beats(count: int, start: int, end: int, fps: float, rng: np.random.Generator) -> FloatArray:
    """Return how far (T,) talking hands are off their pose, metres: beats of 0.3 to 0.75 s."""
    rows, result, at = np.arange(count), np.zeros(count), float(start)
    while at < end:
        wide = rng.uniform(0.28, 0.75) * fps
        size = BEAT * rng.uniform(0.5, 1.5) * (1.0 if rng.random() < 0.7 else -1.0)
        result += size * np.sin(np.pi * np.clip((rows - at) / wide, 0.0, 1.0)) ** 2
        at += wide
    return result
