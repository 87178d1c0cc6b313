"""Depth-camera recordings of pairs, and what of them compares with made pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from motion.body import load_body
from motion.kinect_pairs import (
    KTH_JOINTS,
    SBU_JOINTS,
    KinectPair,
    contact_profile,
    kinect_pair_of,
    read_kth_handshakes,
    read_sbu,
)
from motion.meeting import meet

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/motion"
real = pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/motion)")


def walkers(speed: float = 1.2, stop: float = 0.9) -> KinectPair:
    """Return two people of whom one walks up to the other along x and reaches out then."""
    fps, count = 30.0, 120
    positions = np.zeros((2, count, len(SBU_JOINTS), 3))
    place = {name: number for number, name in enumerate(SBU_JOINTS)}
    for joint, (ahead, left, up) in {
        "torso": (0.0, 0.0, 1.2), "left_shoulder": (0.0, 0.2, 1.4), "right_shoulder": (0.0, -0.2, 1.4),
        "left_hand": (0.0, 0.3, 0.9), "right_hand": (0.0, -0.3, 0.9),
    }.items():  # fmt: skip
        positions[0, :, place[joint]] = ahead, left, up
        positions[1, :, place[joint]] = -ahead, -left, up
    way = np.maximum(3.0 - speed * np.arange(count) / fps, stop)
    positions[1, :, :, 0] += way[:, None]
    reach = np.clip((np.arange(count) - 80) / 20.0, 0.0, 1.0)[:, None] * [0.4, 0.3, 0.2]
    positions[0, :, place["right_hand"]] += reach
    positions[1, :, place["right_hand"]] += reach * [-1.0, -1.0, 1.0]
    return KinectPair(name="", action="", positions=positions, joints=SBU_JOINTS, actor=1, fps=fps)


def test_numbers_of_a_pair_that_is_known() -> None:
    values = contact_profile(walkers())
    assert values["contact_distance"] == pytest.approx(0.1, abs=1e-6)
    assert values["trunk_distance"] == pytest.approx(0.9) and values["closest"] == pytest.approx(0.9)
    assert values["approach_speed"] == pytest.approx(1.2) and values["departure_speed"] == 0.0
    assert values["facing"] == pytest.approx(0.0, abs=1e-9)
    assert 0.3 < values["contact_time"] < 0.7  # of a reach of 20 frames, whatever was before
    assert contact_profile(walkers(2.0))["contact_time"] == pytest.approx(values["contact_time"], abs=0.05)


@real
def test_recordings_are_read_upright_and_in_metres() -> None:
    pairs = read_sbu(PACK)
    assert len(pairs) == 282 and sum(pair.positions.shape[1] for pair in pairs) == 6822
    assert sum(pair.action == "shaking hands" for pair in pairs) == 18
    head, foot, torso = (SBU_JOINTS.index(name) for name in ("head", "left_foot", "torso"))
    heights = np.array([np.median(pair.positions[:, :, head, 2] - pair.positions[:, :, foot, 2]) for pair in pairs])
    assert 1.2 < np.median(heights) < 1.6
    assert all(pair.positions.shape[0] == 2 and pair.fps == 15.0 for pair in pairs)
    comers = [pair for pair in pairs if pair.action == "approaching" and pair.actor >= 0]
    gone = np.array([np.linalg.norm(np.ptp(pair.positions[:, :, torso, :2], axis=1), axis=1) for pair in comers])
    assert all(one[pair.actor] > one[1 - pair.actor] for one, pair in zip(gone, comers, strict=True))


@real
def test_hands_of_recorded_handshakes_meet_and_people_face_each_other() -> None:
    sbu = [contact_profile(pair) for pair in read_sbu(PACK) if pair.action == "shaking hands"]
    kth = [contact_profile(pair) for pair in read_kth_handshakes(PACK)]
    assert len(kth) == 11
    for values in (sbu, kth):
        assert np.median([one["contact_distance"] for one in values]) < 0.1
        assert 0.8 < np.median([one["trunk_distance"] for one in values]) < 1.2
        assert np.median([one["facing"] for one in values]) < 0.8


@real
def test_right_hands_shake_in_the_mirrored_file() -> None:
    right = 0
    for pair in read_kth_handshakes(PACK):
        hands = pair.positions[:, :, [KTH_JOINTS.index("right_hand"), KTH_JOINTS.index("left_hand")]]
        apart = np.linalg.norm(hands[0][:, :, None] - hands[1][:, None], axis=-1)
        right += int(apart.reshape(len(apart), 4)[apart.min(axis=(1, 2)).argmin()].argmin() == 0)
    assert right >= 10


@real
@pytest.mark.parametrize(
    ("kind", "action"), [("handshake", "shaking hands"), ("hug", "hugging"), ("exchange", "exchanging objects")]
)
def test_made_pairs_are_of_the_magnitude_of_recorded_ones(kind: str, action: str) -> None:
    recorded = [contact_profile(pair) for pair in read_sbu(PACK) if pair.action == action]
    bodies = load_body("man_tall"), load_body("woman_young")
    made = [contact_profile(kinect_pair_of(meet(kind, bodies, np.random.default_rng(seed)))) for seed in range(2)]
    for name, leeway in (("contact_distance", 0.12), ("trunk_distance", 0.35), ("contact_time", 0.8)):
        usual = np.median([one[name] for one in recorded])
        assert abs(np.median([one[name] for one in made]) - usual) < leeway, name


@real
def test_people_walk_up_and_off_about_as_fast_as_recorded_ones() -> None:
    bodies = load_body("man_tall"), load_body("woman_young")
    for kind, action, name in (
        ("approach", "approaching", "approach_speed"), ("depart", "departing", "departure_speed"),
    ):  # fmt: skip
        usual = np.median([contact_profile(pair)[name] for pair in read_sbu(PACK) if pair.action == action])
        made = contact_profile(kinect_pair_of(meet(kind, bodies, np.random.default_rng(0))))[name]
        assert 0.6 < made / usual < 2.0  # they have but 1.5 m to walk
