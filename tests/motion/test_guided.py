"""What inverse kinematics lays over a clip: everything in GUIDED, pointing, gaze, and a seat."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, MotionClip
from motion.gestures import GESTURES
from motion.guided import GUIDED
from motion.lexicon import ACTS
from motion.measures import measure
from motion.overlay import Options
from motion.retarget import figure_of
from motion.seat import before_seat
from motion.skeleton import pose_joints

FIGURE = figure_of(load_body("woman_adult").joints)
COUNT, START, END, YAW = 240, 30, 210, 0.7
JOINT = {name: number for number, name in enumerate(JOINT_NAMES)}


@pytest.fixture
def clip() -> MotionClip:
    """Return somebody who stands at (1, 2), faces along YAW, and breathes."""
    turns = np.zeros((COUNT, 22, 3))
    turns[:, JOINT["spine2"], 1] = 0.02 * np.sin(np.arange(COUNT) / 15.0)
    for side in ("left", "right"):
        for part, angle in (("hip", -0.1), ("knee", 0.2), ("ankle", -0.1), ("elbow", -0.2)):
            turns[:, JOINT[f"{side}_{part}"], 1] = angle
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat().reshape(COUNT, 22, 4)
    rotations[:, 0] = Rotation.from_euler("z", YAW).as_quat()
    root = np.tile([1.0, 2.0, FIGURE[0, 2] - 0.005], (COUNT, 1))
    positions = pose_joints(rotations, root, FIGURE)[..., :3, 3]
    return MotionClip(root=root, rotations=rotations, positions=positions, fps=30.0)


def options(**given: object) -> Options:
    return Options(rng=np.random.default_rng(0), **given)  # type: ignore[arg-type]


def at(distance: float, bearing: float, height: float) -> tuple[float, float, float]:
    return 1.0 + distance * np.cos(YAW + bearing), 2.0 + distance * np.sin(YAW + bearing), height


@pytest.mark.parametrize("name", GUIDED)
def test_each_act_moves_somebody_smoothly_and_comes_back(clip: MotionClip, name: str) -> None:
    assert name in ACTS
    made = GUIDED[name](clip, FIGURE, START, END, options())
    assert made.rotations.shape == clip.rotations.shape and np.isfinite(made.rotations).all()
    np.testing.assert_allclose(made.positions, pose_joints(made.rotations, made.root, FIGURE)[..., :3, 3], atol=1e-9)
    moved = np.linalg.norm(made.positions - clip.positions, axis=2).max(axis=1)
    assert moved.max() > 0.008
    if name != "rise":  # who rises sat before
        assert moved[:START].max() < 1e-6
    assert moved[END + 1 :].max() < 1e-6
    values = measure(made.positions, 30.0)
    assert values["jerk"] < 100.0 and values["penetration"] == 0.0
    speed = np.linalg.norm(np.diff(made.positions, axis=0), axis=2).max() * 30.0
    assert speed < 4.5


@pytest.mark.parametrize("name", ["phone", "carry"])
def test_what_is_done_throughout_is_held_from_the_first_frame_to_the_last(clip: MotionClip, name: str) -> None:
    made = GUIDED[name](clip, FIGURE, 0, COUNT, options())
    assert np.ptp(made.positions[:, JOINT["right_wrist"]], axis=0).max() < 0.05


@pytest.mark.parametrize(
    ("distance", "bearing", "height"), [(5.0, 0.0, 1.5), (8.0, 1.2, 3.0), (2.0, -1.5, 0.3), (40.0, 0.4, 12.0)]
)
def test_an_arm_points_within_two_degrees_of_where_the_target_is(
    clip: MotionClip, distance: float, bearing: float, height: float
) -> None:
    target = at(distance, bearing, height)
    made = GUIDED["point"](clip, FIGURE, START, END, options(target=target))
    side = "left" if bearing > 0.1 else "right"
    shoulder, wrist = (made.positions[60:180, JOINT[f"{side}_{part}"]] for part in ("shoulder", "wrist"))
    arm, way = wrist - shoulder, np.array(target) - shoulder
    cosine = (arm * way).sum(axis=1) / np.linalg.norm(arm, axis=1) / np.linalg.norm(way, axis=1)
    assert np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max() < 2.0
    head = pose_joints(made.rotations, made.root, FIGURE)[120, JOINT["head"]]
    gaze = np.array(target) - head[:3, 3] - [0.0, 0.0, 0.06]
    assert np.degrees(np.arccos(min(1.0, head[:3, 0] @ gaze / np.linalg.norm(gaze)))) < 3.0


def test_gaze_stops_where_necks_do(clip: MotionClip) -> None:
    made = GUIDED["look"](clip, FIGURE, START, END, options(target=at(3.0, 3.1, 1.5)))
    head = pose_joints(made.rotations, made.root, FIGURE)[120, JOINT["head"], :3, 0]
    turned = np.arctan2(head[1], head[0]) - YAW
    assert 1.3 < turned < 1.6


def test_hands_carry_a_box_between_them_or_a_bag_beside_the_leg(clip: MotionClip) -> None:
    box = GUIDED["carry"](clip, FIGURE, START, END, options())
    hands = box.positions[120, [JOINT["left_wrist"], JOINT["right_wrist"]]]
    assert np.linalg.norm(hands[0] - hands[1]) == pytest.approx(0.374, abs=0.02)
    ahead = (hands.mean(axis=0) - box.root[120]) @ [np.cos(YAW), np.sin(YAW), 0.0]
    assert 0.15 < ahead < 0.4
    bag = GUIDED["carry"](clip, FIGURE, START, END, options(manner="bag", side="left"))
    down = bag.positions[120, JOINT["left_shoulder"]] - bag.positions[120, JOINT["left_wrist"]]
    assert down[2] > 0.97 * np.linalg.norm(down)
    np.testing.assert_allclose(bag.positions[:, JOINT["right_wrist"]], clip.positions[:, JOINT["right_wrist"]])


def test_a_phone_is_at_the_ear_or_before_the_chest(clip: MotionClip) -> None:
    ear = GUIDED["phone"](clip, FIGURE, START, END, options(manner="ear"))
    away = ear.positions[120, JOINT["right_wrist"]] - ear.positions[120, JOINT["head"]]
    assert np.linalg.norm(away) < 0.2
    screen = GUIDED["phone"](clip, FIGURE, START, END, options(manner="screen", side="left"))
    head = pose_joints(screen.rotations, screen.root, FIGURE)[120, JOINT["head"], :3, 0]
    assert head[2] < -0.25
    assert screen.positions[120, JOINT["left_wrist"], 2] > clip.positions[120, JOINT["left_wrist"], 2] + 0.25


@pytest.mark.parametrize("height", [0.4, 0.45, 0.5])
def test_somebody_sits_on_the_seat_with_feet_that_stay(clip: MotionClip, height: float) -> None:
    ahead = before_seat(FIGURE, (0.0, 0.0, height), YAW)
    middle = clip.positions[0, [JOINT["left_ankle"], JOINT["right_ankle"]], :2].mean(axis=0) - ahead
    seat = (float(middle[0]), float(middle[1]), height)
    made = GUIDED["sit"](clip, FIGURE, START, END, options(seat=seat))
    hips = made.positions[120, [JOINT["left_hip"], JOINT["right_hip"]]].mean(axis=0)
    knees = made.positions[120, [JOINT["left_knee"], JOINT["right_knee"]]].mean(axis=0)
    assert hips[2] == pytest.approx(height + 0.085, abs=0.02)
    assert np.linalg.norm(hips[:2] - seat[:2]) < 0.05
    assert abs(knees[2] - hips[2]) < 0.13  # thighs are about level
    feet = made.positions[START:END][:, [JOINT["left_foot"], JOINT["right_foot"]]]
    assert np.ptp(feet, axis=0).max() < 0.03
    neck = made.positions[:, JOINT["neck"]] - made.root
    lean = np.degrees(np.arctan2(neck[:, :2] @ [np.cos(YAW), np.sin(YAW)], neck[:, 2]))
    assert lean[START:120].max() > lean[0] + 20.0 and abs(lean[120] - lean[0]) < 10.0


def test_who_rises_at_the_beginning_sits_until_then(clip: MotionClip) -> None:
    made = GUIDED["rise"](clip, FIGURE, 0, 100, options())
    assert made.root[:40, 2].max() < 0.65 and made.root[110, 2] > 0.8
    np.testing.assert_allclose(made.positions[110:], clip.positions[110:], atol=1e-6)


@pytest.mark.parametrize("name", GESTURES)
def test_a_gesture_is_made_by_the_hand_that_is_asked_for_and_ends(clip: MotionClip, name: str) -> None:
    side = name.split("_")[1] if "_" in name else ""
    made = GESTURES[name](clip, FIGURE, START, END, options(side=side))
    during = slice(START + 40, END - 40)
    hands = {hand: made.positions[during, JOINT[f"{hand}_wrist"]] for hand in ("left", "right")}
    head = made.positions[during, JOINT["head"]]
    for hand, places in hands.items():
        chosen = side in (hand, "both") or (side == "" and hand == "right")
        if name.startswith(("wave", "bye", "raise")):
            assert (places[:, 2] > head[:, 2] - 0.12).all() == chosen
        if name.startswith(("wave", "bye")) and chosen:
            assert 0.12 < np.ptp(places, axis=0).max() < 0.4
    if name == "bow":
        assert head[:, 2].min() < clip.positions[during, JOINT["head"], 2].mean() - 0.12
    np.testing.assert_allclose(made.positions[: START + 1], clip.positions[: START + 1], atol=1e-6)
    np.testing.assert_allclose(made.positions[END:], clip.positions[END:], atol=1e-6)
    assert np.linalg.norm(np.diff(made.positions, axis=0), axis=2).max() * 30.0 < 5.0
