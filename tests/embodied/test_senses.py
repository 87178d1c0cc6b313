"""Noise of sensors, the rig of cameras, and where the robot thinks it is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.compose import compose_runs
from embodied.config import CameraConfig, RobotConfig
from embodied.depth_noise import add_depth_noise, axial_deviation
from embodied.episode import Action
from embodied.odometry import Odometry, compose_pose, relative_pose, to_polar
from embodied.senses import rig_camera, robot_camera
from embodied.world import World
from scenes.backend import RobotState

POSES = st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-3.1, 3.1))
SMALL = ("crowd.people=2", "scene.seed=0", "robot.width=48", "robot.height=48", "task.max_time=20")


# ---------------------------------------------------------------- depth


def test_depth_noise_has_the_published_deviation() -> None:
    assert axial_deviation(np.array([0.4, 4.4], dtype=np.float32)) == pytest.approx([0.0012, 0.0012 + 0.0019 * 16])
    depth = np.full((200, 200), 3.0, dtype=np.float32)
    noisy = add_depth_noise(depth, np.random.default_rng(0), axial=1.0)
    assert np.std(noisy) == pytest.approx(0.0012 + 0.0019 * 2.6**2, rel=0.03) and noisy.dtype == np.float32
    assert np.mean(noisy) == pytest.approx(3.0, abs=5e-4)
    relative = add_depth_noise(depth, np.random.default_rng(0), relative=0.02)
    assert np.std(relative) == pytest.approx(0.06, rel=0.03)


def test_what_gives_no_return_is_inf_and_nothing_is_negative() -> None:
    depth = np.full((100, 100), 2.0, dtype=np.float32)
    depth[:50] = np.inf
    noisy = add_depth_noise(depth, np.random.default_rng(1), relative=2.0, dropout=0.3)
    assert np.isinf(noisy[:50]).all() and np.mean(np.isinf(noisy[50:])) == pytest.approx(0.3, abs=0.03)
    assert noisy.min() == 0.0
    same = add_depth_noise(depth, np.random.default_rng(1))
    np.testing.assert_array_equal(same, depth)


# ---------------------------------------------------------------- odometry


@given(POSES, POSES)
def test_poses_compose(origin: tuple[float, float, float], pose: tuple[float, float, float]) -> None:
    back = compose_pose(origin, relative_pose(pose, origin))
    assert back[:2] == pytest.approx(pose[:2], abs=1e-9) and abs(math.remainder(back[2] - pose[2], math.tau)) < 1e-9


def test_polar_coordinates() -> None:
    assert to_polar((3.0, 4.0), (0.0, 0.0, 0.0)) == pytest.approx((5.0, math.atan2(4, 3)))
    assert to_polar((1.0, 3.0), (1.0, 1.0, math.pi / 2)) == pytest.approx((2.0, 0.0))
    assert to_polar((2.0, 0.0), (0.0, 0.0, math.pi / 2))[1] == pytest.approx(-math.pi / 2), "left is positive"


def _walk(robot: RobotConfig, seed: int, legs: int, steps: int = 1) -> tuple[float, float, float]:
    """Return where the robot thinks it is after 4 m straight ahead, read `legs` times; steps spread the seeds."""
    odometry = Odometry(robot, (1.0, 2.0, 0.5), seed)
    pose = (0.0, 0.0, 0.0)
    for k in range(1, legs + 1):
        x, y, yaw = compose_pose((1.0, 2.0, 0.5), (4.0 * k / legs, 0.0, 0.0))
        pose = odometry.read(RobotState(x=x, y=y, yaw=yaw, v=1.0, w=0.0), k * steps)
    return pose


def test_without_noise_odometry_is_exact() -> None:
    assert _walk(RobotConfig(), 0, 7) == pytest.approx((4.0, 0.0, 0.0), abs=1e-12)


@pytest.mark.parametrize("legs", [1, 16])
def test_drift_does_not_depend_on_how_the_way_is_cut(legs: int) -> None:
    robot = RobotConfig(odometry_way_noise=0.05, odometry_yaw_noise=0.02)
    ends = np.array([_walk(robot, seed, legs) for seed in range(400)])
    assert np.std(ends[:, 0]) == pytest.approx(0.05 * 2.0, rel=0.12)  # 0.05 m after 1 m, the root of 4 after 4 m
    assert np.std(ends[:, 2]) == pytest.approx(0.02 * 2.0, rel=0.12)
    assert np.mean(ends, axis=0) == pytest.approx([4.0, 0.0, 0.0], abs=0.02)


def test_standing_still_and_reading_again_change_nothing() -> None:
    odometry = Odometry(RobotConfig(odometry_way_noise=0.1, odometry_turn_noise=0.1), (0.0, 0.0, 0.0), 3)
    state = RobotState(x=1.0, y=0.0, yaw=0.3, v=0.0, w=0.0)
    first = odometry.read(state, 5)
    assert first[0] != 1.0 and odometry.read(state, 5) == first and odometry.read(state, 9) == first


# ---------------------------------------------------------------- cameras


@settings(deadline=None)
@given(POSES)
def test_a_mount_like_the_robots_own_camera_sees_the_same(pose: tuple[float, float, float]) -> None:
    state = RobotState(x=pose[0], y=pose[1], yaw=pose[2], v=0.0, w=0.0)
    robot = RobotConfig(camera_forward=0.2, camera_pitch=0.3)
    own, mount = robot_camera(state, robot), CameraConfig(name="a", forward=0.2, pitch=0.3)
    np.testing.assert_array_equal(own.pose, rig_camera(state, mount).pose)
    left = rig_camera(state, replace(mount, forward=0.0, left=0.5, pitch=0.0, yaw=math.pi / 2))
    to_left = np.array([-math.sin(pose[2]), math.cos(pose[2]), 0.0])
    np.testing.assert_allclose(left.pose[:3, 2], to_left, atol=1e-9)
    np.testing.assert_allclose(left.pose[:2, 3], np.array(pose[:2]) + 0.5 * to_left[:2], atol=1e-9)


def _world(*overrides: str) -> World:
    (config,) = compose_runs([*SMALL, *overrides], {})
    return World(config)


@pytest.mark.slow
def test_a_rig_and_noise_change_what_is_seen_and_nothing_else() -> None:
    plain, rigged = (
        _world(),
        _world(
            "robot.rig=[{name:ahead,forward:0.1,width:48,height:48},{name:left,yaw:1.57,width:32,height:24}]",
            "robot.depth_noise=0.02", "robot.depth_axial_noise=1", "robot.depth_dropout=0.1",
            "robot.odometry_way_noise=0.05", "robot.odometry_yaw_noise=0.05",
        ),
    )  # fmt: skip
    rows = []
    for world in (plain, rigged, rigged):
        world.reset(seed=3, perception="rgb")
        for kind in ("forward", "left", "forward"):
            last = world.step(Action(kind=kind)).observation
        rows.append((world.log.column("x"), last))
    (true, clean), (truth, noisy), (_, again) = rows
    np.testing.assert_array_equal(true, truth)
    assert clean.cameras == {} and set(noisy.cameras) == {"ahead", "left"}
    np.testing.assert_array_equal(noisy.cameras["ahead"].rgb, clean.rgb)
    assert noisy.cameras["left"].rgb.shape == (24, 32, 3) and noisy.cameras["left"].depth.shape == (24, 32)
    np.testing.assert_array_equal(noisy.rgb, clean.rgb)
    assert clean.depth is not None and noisy.depth is not None and again.depth is not None
    assert np.isinf(noisy.depth).mean() > np.isinf(clean.depth).mean() + 0.05 and not np.isnan(noisy.depth).any()
    assert clean.pose != noisy.pose and math.dist(clean.pose[:2], noisy.pose[:2]) < 0.3
    np.testing.assert_array_equal(noisy.depth, again.depth)
    assert noisy.pose == again.pose
    plain.close()
    rigged.close()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("robot.rig=[{name:a,fov:9}]", "robot.rig.fov: expected 0.1 to 2.8, got 9"),
        ("robot.rig=[{name:a,size:9}]", "size"),
        ("robot.rig=[{fov:1}]", "expected a value"),
        ("robot.depth_dropout=2", "robot.depth_dropout: expected 0 to 1, got 2"),
        ("robot.odometry_way_noise=-1", "robot.odometry_way_noise: expected 0 to 1"),
    ],
)
def test_bad_sensors_are_one_line(override: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        compose_runs([override], {})
    assert "\n" not in str(error.value)


def test_cameras_need_different_names() -> None:
    with pytest.raises(ValueError, match=r"robot\.rig: expected different names"):
        _world("robot.rig=[{name:a},{name:a}]", "backend=tiny")
