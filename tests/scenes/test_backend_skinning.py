"""Skinning: rigid motions, the rest pose, rigid parts, normals."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from scenes.skinning import Skin, compute_normals, cut_rigid
from tests.scenes.backend_room import ball, make_person, rest_joints

MESH = make_person(lods=False)
SKIN = Skin(MESH)


def test_rest_pose_is_the_mesh():
    bent = SKIN.bend(np.linalg.inv(MESH.inverse_bind))
    assert np.allclose(bent[:, :3], MESH.vertices, atol=1e-6)
    assert np.allclose(bent[:, 3:], SKIN.normals, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.lists(st.floats(-20, 20), min_size=3, max_size=3),
    st.integers(0, 10_000),
)
def test_moving_the_person_moves_the_skin(angles, shift, seed):
    rng = np.random.default_rng(seed)
    joints = rest_joints(MESH, 0.3, 0.1, 0.2).copy()
    joints[:, :3, :3] = Rotation.from_euler("xyz", rng.normal(0, 0.3, (3, 3))).as_matrix()
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = Rotation.from_euler("xyz", angles).as_matrix(), shift
    still, moved = SKIN.bend(joints), SKIN.bend(motion @ joints)
    assert np.allclose(moved[:, :3], still[:, :3] @ motion[:3, :3].T + shift, atol=2e-5)
    assert np.allclose(moved[:, 3:], still[:, 3:] @ motion[:3, :3].T, atol=1e-5)


def test_blend_is_the_weighted_mean_of_rigid_motions():
    joints = rest_joints(MESH).copy()
    joints[1, :3, :3] = Rotation.from_euler("y", 0.6).as_matrix()
    joints[2, :3, 3] += [0.1, 0.2, 0.3]
    motions = joints @ MESH.inverse_bind
    points = np.concatenate([MESH.vertices, np.ones((len(MESH.vertices), 1))], axis=1)
    each = np.einsum("jab,vb->vja", motions, points)[..., :3]
    expected = sum(
        MESH.joint_weights[:, k, None] * each[np.arange(len(points)), MESH.joint_indices[:, k]] for k in range(4)
    )
    assert np.allclose(SKIN.bend(joints)[:, :3], expected, atol=1e-5)


def test_rigid_parts_are_a_partition_of_the_faces():
    assert sum(len(part.mesh.faces) for part in cut_rigid(MESH)) > len(MESH.faces)
    parts = cut_rigid(MESH, overlap=1.0)
    assert [part.joint for part in parts] == [0, 1, 2]
    triangles = np.concatenate([part.mesh.vertices[part.mesh.faces] for part in parts]).reshape(-1, 9)
    whole = MESH.vertices[MESH.faces].reshape(-1, 9)
    assert np.array_equal(np.sort(triangles, axis=0), np.sort(whole, axis=0))
    heights = [part.mesh.vertices[:, 2].mean() for part in parts]
    assert heights == sorted(heights)


def test_normals_of_a_ball_point_outwards_across_the_seam():
    mesh = ball(0.8)
    normals = compute_normals(mesh.vertices, mesh.faces)
    assert np.allclose(normals, mesh.vertices / 0.8, atol=0.03)
