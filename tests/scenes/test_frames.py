"""Frames: there and back between every pair, bit by bit; rotations checked against SciPy; facts of each system."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from scenes.frames import (
    FRAMES,
    FrameName,
    convert_poses,
    convert_positions,
    convert_quaternions,
    quaternion_of,
    yaw_of,
)  # fmt: skip

PAIRS = list(itertools.product(FRAMES, FRAMES))
coordinate = st.floats(-1e6, 1e6, allow_subnormal=False)
points = st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=1, max_size=3)
unit = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1)


@settings(max_examples=15, deadline=None)
@given(points=points, quaternion=unit)
def test_every_pair_comes_back(points: list[tuple[float, ...]], quaternion: tuple[float, ...]) -> None:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_quat(quaternion).as_matrix(), points[0]
    for source, target in PAIRS:
        there = convert_positions(points, source, target)
        np.testing.assert_array_equal(convert_positions(there, target, source), points)
        turned = convert_quaternions(quaternion, source, target)
        np.testing.assert_array_equal(convert_quaternions(turned, target, source), quaternion)
        np.testing.assert_array_equal(convert_poses(convert_poses(pose, source, target), target, source), pose)


@settings(max_examples=15, deadline=None)
@given(point=st.tuples(coordinate, coordinate, coordinate), quaternion=unit)
def test_turning_and_converting_commute(point: tuple[float, ...], quaternion: tuple[float, ...]) -> None:
    """SciPy turns a point in either frame: the same place. (In a mirrored frame the same algebra holds.)"""
    for source, target in PAIRS:
        first = Rotation.from_quat(np.roll(quaternion, -1) if FRAMES[source].real_first else quaternion)
        there = convert_quaternions(quaternion, source, target)
        second = Rotation.from_quat(np.roll(there, -1) if FRAMES[target].real_first else there)
        expected = convert_positions(first.apply(point), source, target)
        got = second.apply(convert_positions(point, source, target))
        np.testing.assert_allclose(got, expected, atol=1e-9 * (1 + np.abs(point).max()))


@settings(max_examples=15, deadline=None)
@given(point=st.tuples(coordinate, coordinate, coordinate), quaternion=unit)
def test_poses_agree_with_quaternions(point: tuple[float, ...], quaternion: tuple[float, ...]) -> None:
    for source, target in PAIRS:
        if FRAMES[source].real_first or FRAMES[target].real_first:
            continue
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = Rotation.from_quat(quaternion).as_matrix(), point
        there = convert_poses(pose, source, target)
        expected = Rotation.from_quat(convert_quaternions(quaternion, source, target)).as_matrix()
        np.testing.assert_allclose(there[:3, :3], expected, atol=1e-12)
        np.testing.assert_array_equal(there[:3, 3], convert_positions(point, source, target))


def test_axes_of_each_system() -> None:
    forward, left, up = np.eye(3)
    facts: dict[FrameName, tuple[list[int], list[int], list[int]]] = {  # where forward, left and up lie
        "world": ([1, 0, 0], [0, 1, 0], [0, 0, 1]),
        "ros": ([1, 0, 0], [0, 1, 0], [0, 0, 1]),
        "pybullet": ([1, 0, 0], [0, 1, 0], [0, 0, 1]),
        "habitat": ([0, 0, -1], [-1, 0, 0], [0, 1, 0]),
        "habitat_sim": ([0, 0, -1], [-1, 0, 0], [0, 1, 0]),
        "unity": ([0, 0, 1], [-1, 0, 0], [0, 1, 0]),
        "r2r": ([0, 1, 0], [-1, 0, 0], [0, 0, 1]),
    }
    assert facts.keys() == FRAMES.keys()
    for name, axes in facts.items():
        np.testing.assert_array_equal(convert_positions(axes, name), [forward, left, up])
        handed = round(float(np.linalg.det(FRAMES[name].matrix)))
        assert handed == (-1 if name == "unity" else 1)


@pytest.mark.parametrize("yaw", [-3.0, -1.5, 0.0, 0.3, math.pi / 2, 3.1])
def test_left_turn_of_an_upright_body(yaw: float) -> None:
    """Habitat: yaw = 2 atan2(y, w), left positive; Unity turns right for a positive angle; REP 103 about z."""
    half = yaw / 2
    assert yaw_of(convert_quaternions([0, math.sin(half), 0, math.cos(half)], "habitat")) == pytest.approx(yaw)
    assert yaw_of(convert_quaternions([math.cos(half), 0, math.sin(half), 0], "habitat_sim")) == pytest.approx(yaw)
    assert yaw_of(convert_quaternions([0, math.sin(-half), 0, math.cos(half)], "unity")) == pytest.approx(yaw)
    assert yaw_of([0, 0, math.sin(half), math.cos(half)]) == pytest.approx(yaw)
    assert yaw_of([0, 0, -math.sin(half), -math.cos(half)]) == pytest.approx(yaw)  # the same rotation


@given(yaw=st.floats(-20, 20))
def test_yaw_and_quaternion(yaw: float) -> None:
    quaternion = quaternion_of(yaw)
    assert np.linalg.norm(quaternion) == pytest.approx(1.0) and quaternion[3] >= 0.0
    assert math.remainder(yaw_of(quaternion) - yaw, 2 * math.pi) == pytest.approx(0.0, abs=1e-9)


def test_connectivity_poses_are_row_major_and_lie_where_habitat_has_them() -> None:
    """Matterport's (x, y, z) is (x, z, -y) in Habitat."""
    np.testing.assert_array_equal(convert_positions([1.0, 2.0, 3.0], "r2r", "habitat"), [1.0, 3.0, -2.0])
    pose = [1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7, 0, 0, 0, 1]
    np.testing.assert_array_equal(convert_poses(pose, "r2r", "r2r")[:3, 3], [5, 6, 7])
    np.testing.assert_array_equal(convert_poses(pose, "r2r")[:3, 3], [6, -5, 7])


def test_wrong_shapes_are_told() -> None:
    with pytest.raises(ValueError, match=r"positions: expected \(..., 3\), got \(2,\)"):
        convert_positions([1.0, 2.0], "habitat")
    with pytest.raises(ValueError, match=r"quaternions: expected \(..., 4\), got \(3,\)"):
        convert_quaternions([1.0, 2.0, 3.0], "habitat")
    with pytest.raises(ValueError, match=r"poses: expected \(..., 4, 4\)"):
        convert_poses(np.eye(3), "habitat")
