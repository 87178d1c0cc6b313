"""Hands of two people that meet, and hands that hold a thing, by inverse kinematics.

Feet stay as they are: what arms alone do not reach, trunks lean to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from motion.clip import FloatArray, MotionClip, PairClip
from motion.contact import ARMS, CHEST, reach, rebuilt
from motion.overlay import HEAD, arm_of, bend, hand_frame, ramp, yaw_of
from motion.skeleton import local_rotations, pose_joints
from motion.vectors import unit

STEADY = 0.12  # s, deviation of the Gaussian over where hands meet
STRETCH = 0.95  # of an arm's length, beyond which the trunk leans
LEVER = 0.30  # m, by which shoulders go ahead for each rad that the trunk leans
STEEPEST = 0.75  # rad that it leans at most
LEANS = {"spine1": 0.45, "spine2": 0.75, "spine3": 1.0, "neck": 0.9, "head": 0.45}  # shares: eyes stay up
TWISTS = {"spine1": 0.25, "spine2": 0.55, "spine3": 1.0, "neck": 0.5, "head": 0.0}
TWIST = 0.22  # rad by which the shoulder of one hand that is held out goes ahead
HALF = 0.02  # m, half of how thick a hand is
ADULT = 0.96  # m, height of the pelvis by which hands are scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """How two hands meet, in the frame of each: ahead to the other person, inward across the own body, up.

    Attributes:
        fingers: where they point. palm: what it faces. along: m, from the wrist along the fingers to where they meet.
        high: where that is, from the pelvis (0) to the joint of the head (1).
    """

    fingers: tuple[float, float, float]
    palm: tuple[float, float, float]
    along: float
    high: float


GRIPS: dict[str, Grip] = {
    "shake": Grip(fingers=(1.0, 0.0, 0.0), palm=(0.0, 1.0, -0.1), along=0.055, high=0.14),
    "high": Grip(fingers=(0.12, 0.0, 1.0), palm=(1.0, 0.0, 0.0), along=0.085, high=1.12),
    "down": Grip(fingers=(0.0, 0.25, -1.0), palm=(1.0, 0.0, 0.0), along=0.07, high=-0.14),
}


def hold_hands(
    pair: PairClip, sides: tuple[str, str], start: int, end: int, *, grip: str = "shake", fade: float = 0.6,
    meeting: FloatArray | None = None, gap: FloatArray | None = None,
) -> PairClip:  # fmt: skip
    """Return a pair who have a hand in each other's from frame `start` to before `end`, flanks of `fade` s included.

    Args:
        sides: left or right: the hand of the first and that of the second. grip: of GRIPS.
        meeting: (T, 3) metres, where the hands meet; None: see `meeting_place`.
        gap: (T,) metres that each hand is kept away from there; None: 0.

    Raises:
        ValueError: no such grip or side.
    """
    place = meeting_place(pair, sides, grip) if meeting is None else meeting
    away = np.zeros(len(place)) if gap is None else gap
    clips = []
    for number, (clip, figure, side) in enumerate(zip(pair.clips, pair.figures, sides, strict=True)):
        frames = _toward(pair, number, side)
        told = GRIPS[grip]
        fingers, palm = (unit(np.einsum("tij,j->ti", frames, np.array(way))) for way in (told.fingers, told.palm))
        size = figure[0, 2] / ADULT
        goals = place - size * (told.along * fingers + HALF * palm) - away[:, None] * frames[:, :, 0]
        weights = ramp(clip, start, end, fade=fade)
        if grip != "down":
            clip = lean_to(clip, figure, {side: goals}, weights)
        hands = hand_frame(fingers, palm, 1.0 if side == "left" else -1.0)
        clips.append(reach(clip, figure, side, goals, weights, elbow=np.array([-0.5, 0.35, -1.0]), hands=hands))
    return replace(pair, clips=(clips[0], clips[1]))


def meeting_place(pair: PairClip, sides: tuple[str, str], grip: str = "shake") -> FloatArray:
    """Return where (T, 3) hands meet, metres: halfway between the shoulders, as high as the grip has it.

    Raises:
        ValueError: no such grip or side.
    """
    if grip not in GRIPS:
        raise ValueError(f"grip: expected one of {', '.join(GRIPS)}, got {grip!r}")
    if not set(sides) <= set(ARMS):
        raise ValueError(f"sides: expected left or right of both, got {' and '.join(map(repr, sides))}")
    shoulders = [clip.positions[:, ARMS[side][0]] for clip, side in zip(pair.clips, sides, strict=True)]
    place = (shoulders[0] + shoulders[1]) / 2.0
    heights = [figure[0, 2] + GRIPS[grip].high * (figure[HEAD, 2] - figure[0, 2]) for figure in pair.figures]
    highest = [
        figure[ARMS[side][0], 2] + 0.8 * arm_of(figure) for figure, side in zip(pair.figures, sides, strict=True)
    ]
    place[:, 2] = min(float(np.mean(heights)), *highest)
    return np.asarray(gaussian_filter1d(place, STEADY * pair.clips[0].fps, axis=0, mode="nearest"))


def hold_object(
    clip: MotionClip, figure: FloatArray, sides: Sequence[str], places: FloatArray, weights: FloatArray, *,
    width: float = 0.08,
) -> MotionClip:  # fmt: skip
    """Return a clip with one hand or both at a thing that goes its own way.

    Args:
        figure: (22, 3) of the clip. sides: of the hands that hold it, at its sides and at its back.
        places: (T, 3) metres, world, its middle. weights: (T,) 0 the clip's own arms, 1 it is held.
        width: metres, from one hand to the other, or twice from one hand to the middle.
    """
    yaw = gaussian_filter1d(np.unwrap(yaw_of(clip.rotations[:, 0])), STEADY * clip.fps, mode="nearest")
    ahead = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(len(yaw))], axis=1)
    left = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros(len(yaw))], axis=1)
    goals = {}
    for side in sides:
        inward = -left if side == "left" else left
        goals[side] = places - 0.07 * figure[0, 2] / ADULT * ahead - (width / 2.0 + HALF) * inward
    clip = lean_to(clip, figure, goals, weights)
    for side, goal in goals.items():
        sign = 1.0 if side == "left" else -1.0
        hands = hand_frame(ahead, -sign * left + np.array([0.0, 0.0, 0.15]), sign)
        clip = reach(clip, figure, side, goal, weights, elbow=np.array([-0.6, 0.4, -1.0]), hands=hands)
    return clip


def lean_to(
    clip: MotionClip, figure: FloatArray, goals: dict[str, FloatArray], weights: FloatArray, *,
    least: float = 0.0, most: float = STEEPEST,
) -> MotionClip:  # fmt: skip
    """Return a clip whose trunk leans and turns as far as its arms need for wrists at goals.

    goals: (T, 3) metres, world, by side. weights: (T,) 0 the clip's own trunk. least, most: rad that it leans.
    """
    world = pose_joints(clip.rotations, clip.root, figure)
    middle = np.mean(list(goals.values()), axis=0)
    way = middle - world[:, CHEST, :3, 3]
    bearing, arm = np.arctan2(way[:, 1], way[:, 0]), arm_of(figure)
    twist = np.zeros(len(weights))
    if len(goals) == 1:
        twist += weights * TWIST * (1.0 if "right" in goals else -1.0)
    pitch, scale = least * weights, LEVER * figure[0, 2] / ADULT
    leant = clip
    for _ in range(3):
        frames = bend(world[..., :3, :3], bearing, twist, TWISTS, pitch, LEANS)
        leant = rebuilt(clip, figure, local_rotations(frames), clip.root)
        lack = np.max(
            [np.linalg.norm(goal - leant.positions[:, ARMS[side][0]], axis=1) for side, goal in goals.items()], axis=0
        )
        more = np.maximum(lack - STRETCH * arm, 0.0) * weights / scale
        if more.max() < 0.01:
            break
        pitch = np.minimum(pitch + more, most)
    return leant


def _toward(pair: PairClip, number: int, side: str) -> FloatArray:
    """Return frames (T, 3, 3), columns ahead to the other person, inward across the own body, up."""
    one, other = pair.clips[number].root, pair.clips[1 - number].root
    way = gaussian_filter1d(other - one, STEADY * pair.clips[0].fps, axis=0, mode="nearest") * [1.0, 1.0, 0.0]
    ahead, up = unit(way), np.broadcast_to([0.0, 0.0, 1.0], way.shape)
    left = np.cross(up, ahead)
    return np.stack([ahead, -left if side == "left" else left, up], axis=-1)
