"""Meetings that no recording has: what each of them must look like, and what texts tell of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from motion.body import load_body
from motion.clip import JOINT_NAMES, ROLES, Body, FloatArray, MotionClip, PairClip
from motion.measures import measure
from motion.meeting import MEETINGS, meet, meeting_of
from motion.meeting_words import WORDS
from motion.overlay import HEAD
from motion.pair_measures import contact_onsets, facings, measure_pair, penetrations, wrist_distances
from motion.rig import measure as rig
from motion.skeleton import pose_joints

JOINT = {name: number for number, name in enumerate(JOINT_NAMES)}
TOES = [JOINT["left_foot"], JOINT["right_foot"]]
NAMES = ("man_tall", "woman_young")


@cache
def made(kind: str, seed: int = 0, names: tuple[str, str] = NAMES) -> PairClip:
    return meet(kind, bodies(names), np.random.default_rng(seed))


def bodies(names: tuple[str, str] = NAMES) -> tuple[Body, Body]:
    return load_body(names[0]), load_body(names[1])


def speeds(clip: MotionClip, joint: int) -> FloatArray:
    """Return how fast (T - 1,) a joint goes, seen from above, m/s."""
    return np.asarray(np.linalg.norm(np.diff(clip.positions[:, joint, :2], axis=0), axis=1) * clip.fps)


@pytest.mark.parametrize("kind", MEETINGS)
def test_each_meeting_is_made_of_whole_people_who_keep_out_of_each_other(kind: str) -> None:
    pair = made(kind)
    assert pair.by == "guided" and ROLES[pair.roles[0]] == pair.roles[1]
    assert 3.0 < len(pair.clips[0].root) / pair.clips[0].fps < 20.0
    assert penetrations(pair).max() <= 0.02 + 1e-9
    for clip, figure in zip(pair.clips, pair.figures, strict=True):
        np.testing.assert_allclose(
            clip.positions, pose_joints(clip.rotations, clip.root, figure)[..., :3, 3], atol=1e-9
        )  # fmt: skip
        values = measure(clip.positions, clip.fps)
        assert values["bone_variation"] < 1e-6 and values["penetration"] < 0.002 and values["jerk"] < 80.0
        assert np.linalg.norm(np.diff(clip.positions, axis=0), axis=2).max() * clip.fps < 5.5
        stands = np.convolve(speeds(clip, 0) > 0.12, np.ones(31), mode="same") < 0.5
        for toe in TOES:
            low = clip.positions[:-1, toe, 2] < figure[toe, 2] + 0.004
            assert speeds(clip, toe)[stands & low].max(initial=0.0) < 0.1


@pytest.mark.parametrize("kind", MEETINGS)
def test_one_seed_makes_the_same_bytes_and_another_does_not(kind: str) -> None:
    again, other = meet(kind, bodies(), np.random.default_rng(0)), made(kind, 1)
    for one, two in zip(made(kind).clips, again.clips, strict=True):
        assert one.rotations.tobytes() == two.rotations.tobytes() and one.root.tobytes() == two.root.tobytes()
    assert other.clips[0].root.tobytes() != again.clips[0].root.tobytes()


@pytest.mark.parametrize("names", [NAMES, ("man_suit", "girl"), ("woman_short", "woman_scarf")])
def test_hands_that_shake_hold_each_other_for_a_second(names: tuple[str, str]) -> None:
    pair = made("handshake", 3, names)
    hands = [clip.positions[:, JOINT["right_wrist"]] for clip in pair.clips]
    near = np.linalg.norm(hands[0] - hands[1], axis=1) < 0.14
    assert near.sum() / 30.0 >= 1.0 and near[-1] == np.False_
    assert penetrations(pair)[near].max() <= 0.02
    heights = hands[0][near, 2]
    turns = np.flatnonzero(np.diff(np.sign(np.diff(heights))))
    assert len(turns) >= 3 and 0.02 < np.ptp(heights) < 0.2  # up and down
    assert facings(pair)[near].max() < 0.35


@pytest.mark.parametrize("names", [NAMES, ("man_suit", "girl"), ("woman_student", "woman_afro")])
def test_arms_go_round_each_other_in_a_hug(names: tuple[str, str]) -> None:
    pair = made("hug", 2, names)
    assert penetrations(pair).max() <= 0.02 + 1e-9
    first, second = pair.clips
    chest = JOINT["spine3"]
    gap = np.linalg.norm((first.positions - second.positions)[:, chest, :2], axis=1)
    held = gap < gap.min() + 0.05
    assert gap.min() < 0.5 and held.sum() > 30
    loaded = [bool(rig(body, np.random.default_rng(0))["loaded"]) for body in bodies(names)]
    for one, other, full in ((first, second, loaded[0]), (second, first, loaded[1])):
        way = (other.positions - one.positions)[:, chest, :2]
        way = way / np.linalg.norm(way, axis=1, keepdims=True)
        for side in ("right",) if full else ("left", "right"):
            past = ((one.positions[:, JOINT[f"{side}_wrist"]] - other.positions[:, chest])[:, :2] * way).sum(axis=1)
            assert np.median(past[held]) > -0.08  # of the spine: the fingers are on the other's back


def test_hands_clap_high_and_briefly() -> None:
    pair = made("high_five")
    near = wrist_distances(pair) < 0.1
    assert 0.05 < near.sum() / 30.0 < 0.8
    row = int(np.flatnonzero(near)[0])
    above = [
        clip.positions[row, JOINT["right_wrist"], 2] - figure[JOINT["right_shoulder"], 2]
        for clip, figure in zip(pair.clips, pair.figures, strict=True)
    ]
    assert max(above) > 0.0 and min(above) > -0.2  # the shorter reaches up


def test_a_thing_goes_from_hand_to_hand() -> None:
    pair = made("exchange", 1)
    assert pair.roles == ("giver", "receiver")
    onset = round(contact_onsets([pair])[0] * 30.0)
    giver, receiver = (clip.positions[:, JOINT["right_wrist"], 2] for clip in pair.clips)
    assert giver[onset - 30] - giver[-1] > 0.1 and receiver[-1] - receiver[0] > 0.1  # it is held before, and after
    assert 0.1 < wrist_distances(pair).min() < 0.25  # the thing is between


def test_who_is_waved_or_bowed_to_answers() -> None:
    for kind, joint, sign in (("wave", "wrist", 1.0), ("bow", "head", -1.0)):
        begun = []
        for clip in made(kind).clips:
            names = ("left_wrist", "right_wrist") if joint == "wrist" else ("head",)
            heights = sign * clip.positions[:, [JOINT[name] for name in names], 2]
            risen = (heights - np.median(heights, axis=0)).max(axis=1)
            begun.append(int(np.flatnonzero(risen > 0.5 * risen.max())[0]))
        assert 8 < begun[1] - begun[0] < 45


def test_people_come_and_go() -> None:
    for kind, sign in (("approach", -1.0), ("depart", 1.0)):
        first, second = made(kind).clips
        gap = np.linalg.norm((first.root - second.root)[:, :2], axis=1)
        assert sign * (gap[-1] - gap[0]) > 0.8
        assert np.ptp(second.root[:, :2], axis=0).max() < 0.3 < np.ptp(first.root[:, :2], axis=0).max()
        speed = np.abs(np.diff(gap)).max() * 30.0
        assert 0.8 < speed < 2.0
    assert facings(made("depart"))[-1, 0] > 2.0


def test_who_is_shown_something_looks_there() -> None:
    pair = made("point")
    pointer, looker = pair.clips
    arms = np.linalg.norm(
        pointer.positions[:, [JOINT["left_wrist"], JOINT["right_wrist"]], :2]
        - pointer.positions[:, [JOINT["left_shoulder"], JOINT["right_shoulder"]], :2], axis=2,
    )  # fmt: skip
    row = int(np.median(np.flatnonzero(arms.max(axis=1) > 0.9 * arms.max())))
    side = "left" if arms[row, 0] > arms[row, 1] else "right"
    way = pointer.positions[row, JOINT[f"{side}_wrist"]] - pointer.positions[row, JOINT[f"{side}_shoulder"]]
    target = pointer.positions[row, HEAD] + 5.0 * way / np.linalg.norm(way)
    before = facing_of(looker, pair.figures[1], row - 60, target)
    assert facing_of(looker, pair.figures[1], row, target) < before - 0.2


def facing_of(clip: MotionClip, figure: FloatArray, row: int, target: FloatArray) -> float:
    head = pose_joints(clip.rotations, clip.root, figure)[row, HEAD]
    way = target - head[:3, 3]
    return float(np.arccos(np.clip(head[:3, 0] @ way / np.linalg.norm(way), -1.0, 1.0)))


def test_people_talk_by_turns() -> None:
    pair = made("talk")
    hands = [
        np.linalg.norm(np.diff(clip.positions[:, [JOINT["left_wrist"], JOINT["right_wrist"]]], axis=0), axis=2).max(1)
        for clip in pair.clips
    ]
    half = len(hands[0]) // 2
    late = hands[0][half + 45 :].mean(), hands[1][half + 45 :].mean()
    assert late[1] > 2.0 * late[0]
    assert 0.8 < measure_pair(pair)["distance"] < 2.5


@pytest.mark.parametrize("kind", ["handshake", "wave", "hug"])
def test_people_meet_from_where_they_stand_and_in_the_time_there_is(kind: str) -> None:
    places = np.array([[4.0, 1.0, 2.0], [4.5, 5.0, 0.3]])
    pair = meet(kind, bodies(), np.random.default_rng(0), places=places, seconds=14.0)
    assert len(pair.clips[0].root) == 14 * 30
    for clip, place in zip(pair.clips, places, strict=True):
        assert np.linalg.norm(clip.root[0, :2] - place[:2]) < 0.25
    assert facings(pair)[-60:].max() < 0.4
    near = np.array([[0.0, 0.0, 0.0], [0.45, 0.0, np.pi]])
    back = meet("bow", bodies(), np.random.default_rng(0), places=near)
    assert measure_pair(back)["distance"] > 1.2 and facings(back).max() < 0.5  # they step back, face to face


def test_what_cannot_be_met_is_one_clear_line() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^kind: expected one of handshake, hug, .*, got 'duel'$"):
        meet("duel", bodies(), rng)
    with pytest.raises(ValueError, match=r"^places: expected \(2, 3\)"):
        meet("hug", bodies(), rng, places=np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"^places: expected people at least"):
        meet("hug", bodies(), rng, places=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"^seconds=2: expected "):
        meet("handshake", bodies(), rng, seconds=2.0)
    with pytest.raises(ValueError, match=r"^seconds=1: expected "):
        meet("depart", bodies(), rng, seconds=1.0)
    with pytest.raises(ValueError, match=r"^bodies: expected people who walk without wheelchair"):
        meet("wave", bodies(("man_young", "man_wheelchair")), rng)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("two people shake hands", "handshake"), ("They walk up to each other and shook hands.", "handshake"),
        ("a firm handshake", "handshake"), ("the man hugs the woman", "hug"), ("they embrace", "hug"),
        ("two friends high-five", "high_five"), ("they give each other a high five", "high_five"),
        ("A hands a cup over to B", "exchange"), ("one person hands the other a book", "exchange"),
        ("she takes a parcel from him", "exchange"), ("they exchange objects", "exchange"),
        ("one gives something to the other", "exchange"), ("he passes the ball", "exchange"),
        ("two people wave at each other", "wave"), ("a woman greets a man, who waves back", "wave"),
        ("they bow to each other", "bow"), ("one person walks up to another who stands still", "approach"),
        ("he approaches her", "approach"), ("one person turns and walks away from another", "depart"),
        ("she leaves him", "depart"), ("a man points at something, the other looks there", "point"),
        ("two people talk", "talk"), ("they are having a conversation", "talk"),
        ("somebody raises both hands", None), ("they dance salsa", None), ("", None),
    ],
)  # fmt: skip
def test_texts_tell_of_meetings(text: str, kind: str | None) -> None:
    assert meeting_of(text) == kind


def test_what_is_said_of_each_meeting_tells_of_it() -> None:
    assert set(WORDS) == set(MEETINGS)
    for kind in MEETINGS:
        pair = made(kind)
        assert meeting_of(pair.text) == kind
        if kind not in ("approach", "depart"):
            assert all(meeting_of(text) in (kind, None) for text in pair.texts)
