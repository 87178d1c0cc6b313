"""Forward kinematics against closed forms, its inverse, and symmetry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from motion.body import load_body
from motion.clip import JOINT_NAMES, PARENTS
from motion.skeleton import pose_joints, unpose_joints

JOINTS = load_body("man_young").joints
REST = np.tile([0.0, 0.0, 0.0, 1.0], (22, 1))


def test_no_rotation_gives_the_rest_pose():
    world = pose_joints(REST, JOINTS[0], JOINTS)
    np.testing.assert_allclose(world[:, :3, 3], JOINTS, atol=1e-12)
    np.testing.assert_allclose(world[:, :3, :3], np.tile(np.eye(3), (22, 1, 1)), atol=1e-12)


def test_one_bent_elbow_moves_the_wrist_on_a_circle():
    elbow, wrist = JOINT_NAMES.index("left_elbow"), JOINT_NAMES.index("left_wrist")
    rotations = REST.copy()
    rotations[elbow] = Rotation.from_euler("z", 90, degrees=True).as_quat()
    world = pose_joints(rotations, JOINTS[0], JOINTS)
    fore = JOINTS[wrist] - JOINTS[elbow]
    expected = JOINTS[elbow] + np.array([-fore[1], fore[0], fore[2]])  # a quarter turn about z
    np.testing.assert_allclose(world[wrist, :3, 3], expected, atol=1e-12)
    others = [j for j in range(22) if j not in (elbow, wrist)]
    np.testing.assert_allclose(world[others, :3, 3], JOINTS[others], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_inverse_and_constant_bones(seed):
    rng = np.random.default_rng(seed)
    rotations = Rotation.random(3 * 22, rng=rng).as_quat(canonical=True).reshape(3, 22, 4)
    root = rng.normal(size=(3, 3))
    world = pose_joints(rotations, root, JOINTS)
    back, start = unpose_joints(world)
    same = np.abs(np.sum(back * rotations, axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-9)
    np.testing.assert_allclose(start, root)
    positions = world[..., :3, 3]
    lengths = np.linalg.norm(positions[:, 1:] - positions[:, list(PARENTS[1:])], axis=-1)
    rest = np.linalg.norm(JOINTS[1:] - JOINTS[list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.tile(rest, (3, 1)), atol=1e-9)


def test_turning_the_root_turns_everything():
    rng = np.random.default_rng(0)
    rotations = Rotation.random(22, rng=rng).as_quat()
    turn = Rotation.from_euler("z", 0.7)
    turned = rotations.copy()
    turned[0] = (turn * Rotation.from_quat(rotations[0])).as_quat()
    a = pose_joints(rotations, np.zeros(3), JOINTS)[:, :3, 3]
    b = pose_joints(turned, np.zeros(3), JOINTS)[:, :3, 3]
    np.testing.assert_allclose(turn.apply(a), b, atol=1e-12)


@pytest.mark.parametrize(
    ("rotations", "root", "word"),
    [(np.zeros((22, 3)), np.zeros(3), "rotations"), (REST, np.zeros(2), "root"), (REST[None], np.zeros(3), "root")],
)
def test_shapes_are_checked(rotations, root, word):
    with pytest.raises(ValueError, match=word):
        pose_joints(rotations, root, JOINTS)
