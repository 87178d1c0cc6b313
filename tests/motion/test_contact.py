"""Arms that reach and feet that keep their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from motion.body import load_body
from motion.clip import JOINT_NAMES, MotionClip
from motion.contact import min_jerk, plant, reach
from motion.measures import measure
from motion.retarget import figure_of
from motion.skeleton import pose_joints

FIGURE = figure_of(load_body("man_tall").joints)
FPS, COUNT = 30.0, 150
WRISTS = {side: JOINT_NAMES.index(f"{side}_wrist") for side in ("left", "right")}
TOES = [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")]


def clip_of(turns: np.ndarray, root: np.ndarray) -> MotionClip:
    from scipy.spatial.transform import Rotation

    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_quat(canonical=True).reshape(len(turns), 22, 4)
    return MotionClip(
        root=root, rotations=rotations, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3], fps=FPS
    )


def lifted(clip: MotionClip, up: float) -> MotionClip:
    shift = np.array([0.0, 0.0, up])
    return replace(clip, root=clip.root + shift, positions=clip.positions + shift)


@pytest.fixture
def clip() -> MotionClip:
    """Return somebody who stands with bent knees and elbows and sways: feet slide by centimetres, smoothly."""
    rng = np.random.default_rng(0)
    turns = gaussian_filter1d(rng.standard_normal((COUNT, 22, 3)), 12, axis=0) * 0.15
    for side in ("left", "right"):
        for part, angle in (("hip", -0.25), ("knee", 0.5), ("ankle", -0.25), ("elbow", -0.3)):
            turns[:, JOINT_NAMES.index(f"{side}_{part}"), 1] += angle
    root = np.tile([0.0, 0.0, FIGURE[0, 2] - 0.03], (COUNT, 1))
    root += gaussian_filter1d(rng.standard_normal((COUNT, 3)), 12, axis=0) * [0.2, 0.2, 0.02]
    return clip_of(turns, root)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wrist_comes_where_it_should_by_the_elbow_that_goes_down_and_out(clip: MotionClip, side: str) -> None:
    sign = 1.0 if side == "left" else -1.0
    goals = clip.positions[:, JOINT_NAMES.index(f"{side}_shoulder")] + [0.32, 0.1 * sign, 0.05]
    weights = min_jerk((np.arange(COUNT) - 30) / 15.0)
    made = reach(clip, FIGURE, side, goals, weights)
    np.testing.assert_allclose(made.positions[45:, WRISTS[side]], goals[45:], atol=1e-6)
    np.testing.assert_allclose(made.positions[:30], clip.positions[:30], atol=1e-9)
    others = [joint for joint in range(22) if not JOINT_NAMES[joint].startswith(side)]
    np.testing.assert_allclose(made.positions[:, others], clip.positions[:, others], atol=1e-9)
    line = (made.positions[:, JOINT_NAMES.index(f"{side}_shoulder")] + made.positions[:, WRISTS[side]]) / 2.0
    off = (made.positions[:, JOINT_NAMES.index(f"{side}_elbow")] - line)[60:]
    assert (off[:, 2] < -0.05).all() and (sign * off[:, 1] > 0.0).all()


def test_a_hand_that_is_too_far_is_reached_for(clip: MotionClip) -> None:
    shoulder = clip.positions[:, JOINT_NAMES.index("left_shoulder")]
    made = reach(clip, FIGURE, "left", shoulder + np.array([5.0, 0.0, 5.0]), np.ones(COUNT))
    way = made.positions[:, WRISTS["left"]] - made.positions[:, JOINT_NAMES.index("left_shoulder")]
    np.testing.assert_allclose(way[:, 0], way[:, 2], atol=1e-6)
    assert np.linalg.norm(way, axis=1).min() > 0.99 * np.linalg.norm(way, axis=1).max() > 0.4


def test_feet_that_stand_keep_their_place_and_bones_their_length(clip: MotionClip) -> None:
    stands = np.ones((COUNT, 4))
    made = plant(clip, FIGURE, stands)
    ours, before = measure(made.positions, FPS), measure(clip.positions, FPS)
    assert before["skate"] > 0.02 and ours["skate"] < 0.2 * before["skate"]
    assert ours["jerk"] < 1.05 * before["jerk"] and ours["bone_variation"] < 1e-9
    assert (made.positions[:, TOES, 2] >= FIGURE[TOES, 2] - 1e-6).all()
    assert np.linalg.norm(made.positions - clip.positions, axis=2).max() < 0.12


def test_a_foot_that_is_dragged_along_does_not_stand(clip: MotionClip) -> None:
    along = np.linspace(0.0, 2.0, COUNT)[:, None] * [1.0, 0.0, 0.0]
    dragged = replace(clip, root=clip.root + along, positions=clip.positions + along[:, None])
    stands = np.ones((COUNT, 4))
    stands[::40] = 0.0
    before, after = (np.diff(one.positions[:, TOES, :2], axis=0) for one in (dragged, plant(dragged, FIGURE, stands)))
    assert np.linalg.norm(after - before, axis=2).max() * FPS < 0.1


def test_feet_without_contact_stay_as_they_are_above_the_floor(clip: MotionClip) -> None:
    high = lifted(clip, 0.3)
    made = plant(high, FIGURE, np.zeros((COUNT, 4)))
    np.testing.assert_allclose(made.positions, high.positions, atol=2e-4)


def test_who_stands_above_the_floor_comes_down_to_it_and_who_jumps_does_not(clip: MotionClip) -> None:
    low = plant(clip, FIGURE, np.ones((COUNT, 4)))
    high = np.array([0.0, 0.0, 0.07])
    up = replace(clip, root=clip.root + high, positions=clip.positions + high)
    made = plant(up, FIGURE, np.ones((COUNT, 4)))
    assert np.abs(made.root - low.root).max() < 0.02  # not 0.07
    in_air = plant(up, FIGURE, np.zeros((COUNT, 4)))
    np.testing.assert_allclose(in_air.positions, up.positions, atol=0.003)


def test_a_body_in_the_floor_comes_out_of_it(clip: MotionClip) -> None:
    sunk = lifted(clip, -0.12)
    made = plant(sunk, FIGURE, np.zeros((COUNT, 4)))
    assert (made.positions[:, TOES, 2] >= FIGURE[TOES, 2] - 1e-6).all()
    assert measure(made.positions, FPS)["jerk"] < 1.5 * measure(clip.positions, FPS)["jerk"]


def test_a_leg_that_is_too_short_brings_the_pelvis_down(clip: MotionClip) -> None:
    up = lifted(clip, 0.05)
    made = plant(up, FIGURE, np.ones((COUNT, 4)))
    np.testing.assert_allclose(made.positions[10:-10, TOES, 2] - FIGURE[TOES, 2], 0.01, atol=0.01)
    assert made.root[:, 2].mean() < up.root[:, 2].mean() - 0.005


def test_the_world_has_no_preferred_direction(clip: MotionClip) -> None:
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_euler("z", 2.0)
    rotations = clip.rotations.copy()
    rotations[:, 0] = (turn * Rotation.from_quat(rotations[:, 0])).as_quat()
    root = turn.apply(clip.root)
    turned = replace(clip, rotations=rotations, root=root, positions=pose_joints(rotations, root, FIGURE)[..., :3, 3])
    stands = np.ones((COUNT, 4))
    here, there = plant(clip, FIGURE, stands), plant(turned, FIGURE, stands)
    np.testing.assert_allclose(turn.apply(here.positions.reshape(-1, 3)), there.positions.reshape(-1, 3), atol=0.004)


def test_stands_that_do_not_fit_are_one_line(clip: MotionClip) -> None:
    with pytest.raises(ValueError, match=r"stands: expected \(150, 4\) to fit the clip"):
        plant(clip, FIGURE, np.ones((3, 4)))
