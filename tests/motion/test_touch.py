"""Hands that meet, hands that hold a thing, and bodies that keep out of each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from motion.apart import DEEPEST, part, stand_apart
from motion.body import load_body
from motion.clip import JOINT_NAMES, Body, FloatArray, PairClip
from motion.contact import ARMS, reach
from motion.overlay import PALM, ramp
from motion.pair_measures import penetrations
from motion.skeleton import pose_joints
from motion.stage import Stage, come_together
from motion.touch import hold_hands, hold_object, meeting_place

JOINT = {name: number for number, name in enumerate(JOINT_NAMES)}
FEET = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]
LEGS = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("hip", "knee")] + FEET
START, END = 20, 80
UP = np.array([0.0, 0.0, 1.0])


def stood(distance: float, first: str = "man_young", second: str = "woman_young") -> PairClip:
    bodies: tuple[Body, Body] = load_body(first), load_body(second)
    places = np.array([[0.0, 0.0, 0.0], [distance, 0.0, np.pi]])
    stage: Stage = come_together(bodies, places, np.random.default_rng(3), distance=distance, stay=2.0)
    return stage.pair("both", ("one", "other"), ("alike", "alike"))


def bones(positions: FloatArray) -> FloatArray:
    pairs = [(JOINT[a], JOINT[b]) for a, b in (("left_shoulder", "left_elbow"), ("right_elbow", "right_wrist"))]
    return np.stack([np.linalg.norm(positions[:, a] - positions[:, b], axis=1) for a, b in pairs], axis=1)


@pytest.mark.parametrize("grip", ["shake", "high"])
@pytest.mark.parametrize("second", ["woman_young", "girl"])
def test_hands_meet_and_nothing_below_the_trunk_moves(grip: str, second: str) -> None:
    before = stood(0.8, second=second)
    made = hold_hands(before, ("right", "right"), START, END, grip=grip)
    wrists = [clip.positions[:, JOINT["right_wrist"]] for clip in made.clips]
    apart = np.linalg.norm(wrists[0] - wrists[1], axis=1)
    assert apart[START + 20 : END - 20].max() < 0.14
    for old, new, figure in zip(before.clips, made.clips, made.figures, strict=True):
        np.testing.assert_allclose(new.positions[:, LEGS], old.positions[:, LEGS], atol=1e-9)
        np.testing.assert_allclose(new.positions[:START], old.positions[:START], atol=1e-6)
        np.testing.assert_allclose(new.positions[END:], old.positions[END:], atol=1e-6)
        np.testing.assert_allclose(
            new.positions, pose_joints(new.rotations, new.root, figure)[..., :3, 3], atol=1e-9
        )  # fmt: skip
        np.testing.assert_allclose(bones(new.positions), np.tile(bones(old.positions[:1]), (len(new.root), 1)))
        assert np.linalg.norm(np.diff(new.positions, axis=0), axis=2).max() * 30.0 < 4.5


def test_palms_that_shake_face_each_other() -> None:
    made = hold_hands(stood(0.85), ("right", "right"), START, END)
    mirror = np.array([1.0, -1.0, 1.0])
    palms = [
        pose_joints(clip.rotations, clip.root, figure)[50, JOINT["right_wrist"], :3, :3] @ (PALM * mirror)
        for clip, figure in zip(made.clips, made.figures, strict=True)
    ]
    assert palms[0] @ palms[1] < -0.8


def test_hands_keep_a_gap_and_go_where_they_are_told() -> None:
    pair = stood(0.8)
    usual = meeting_place(pair, ("right", "right"))
    made = hold_hands(pair, ("right", "right"), START, END, meeting=usual + 0.1 * UP, gap=np.full(len(usual), 0.1))
    wrists = [clip.positions[50, JOINT["right_wrist"]] for clip in made.clips]
    assert np.linalg.norm(wrists[0] - wrists[1]) > 0.25
    assert abs((wrists[0] + wrists[1])[2] / 2.0 - usual[50, 2] - 0.1) < 0.02


def test_what_is_no_hand_or_grip_is_named() -> None:
    with pytest.raises(ValueError, match="grip: expected one of shake"):
        hold_hands(stood(0.9), ("right", "right"), START, END, grip="knead")
    with pytest.raises(ValueError, match="sides: expected left or right"):
        hold_hands(stood(0.9), ("right", "foot"), START, END)


@pytest.mark.parametrize("sides", [("right",), ("left", "right")])
def test_hands_go_with_what_they_hold(sides: tuple[str, ...]) -> None:
    pair = stood(1.0)
    clip, figure = pair.clips[0], pair.figures[0]
    places = clip.root + [0.38, 0.0, 0.1] + 0.08 * np.sin(np.arange(len(clip.root)) / 15.0)[:, None]
    made = hold_object(clip, figure, sides, places, np.ones(len(places)), width=0.2)
    for side in sides:
        away = np.linalg.norm(made.positions[:, ARMS[side][2]] - places, axis=1)
        assert away.max() < 0.16 and np.ptp(away) < 0.04
    if len(sides) == 2:
        hands = made.positions[:, [ARMS[side][2] for side in sides]]
        assert abs(np.linalg.norm(hands[:, 0] - hands[:, 1], axis=1) - 0.24).max() < 0.03


@pytest.mark.parametrize("distance", [0.15, 0.25])
def test_who_stands_in_another_is_moved_and_feet_stay_planted(distance: float) -> None:
    pair = stood(0.5)
    step = np.array([0.5 - distance, 0.0, 0.0])
    close = replace(pair.clips[0], root=pair.clips[0].root + step, positions=pair.clips[0].positions + step)
    pair = replace(pair, clips=(close, pair.clips[1]))
    assert penetrations(pair).max() > 2.0 * DEEPEST
    made = stand_apart(pair)
    for old, new in zip(pair.clips, made.clips, strict=True):
        moved = new.positions - old.positions
        assert np.ptp(moved, axis=(0, 1)).max() < 1e-9 and abs(moved[0, 0, 2]) < 1e-9
    assert penetrations(part(made)).max() <= DEEPEST + 1e-9


def test_arms_that_go_through_somebody_give_way() -> None:
    pair = stood(0.6)
    inside = pair.clips[1].positions[:, JOINT["spine2"]] + [-0.06, 0.05, 0.0]
    weights = ramp(pair.clips[0], 10, 80)
    pushed = reach(pair.clips[0], pair.figures[0], "left", inside, weights)
    pair = replace(pair, clips=(pushed, pair.clips[1]))
    assert penetrations(pair).max() > 0.04
    made = part(pair)
    assert penetrations(made).max() <= DEEPEST + 1e-9
    np.testing.assert_allclose(np.ptp(made.clips[0].root - pushed.root, axis=0), 0.0, atol=1e-9)
    assert np.linalg.norm(np.diff(made.clips[0].positions, axis=0), axis=2).max() * 30.0 < 4.5


def test_who_is_apart_stays_as_they_are() -> None:
    pair = stood(0.9)
    assert part(pair) is pair
