"""The baked bodies: arrays that fit, people that look like people, clothes chosen by seed."""

import time

import numpy as np
import pytest

from motion.body import BODIES, LOOKS, dress, load_body
from motion.clip import JOINT_NAMES, Body, BodyMesh
from motion.palette import CLOTH, HAIR
from motion.skeleton import pose_joints, skin

HEIGHTS = {"girl": (1.30, 1.50), "woman_old": (1.50, 1.65), "man_tall": (1.85, 1.98)}


def _index(name: str) -> int:
    return JOINT_NAMES.index(name)


@pytest.fixture(params=BODIES)
def body(request) -> Body:
    return load_body(request.param)


def test_meshes_are_consistent(body):
    sizes = [len(mesh.faces) for mesh in body.meshes]
    assert 6000 <= sizes[0] <= 7000
    assert 2600 <= sizes[1] <= 3200
    assert 1000 <= sizes[2] <= 1300
    for mesh in body.meshes:
        count = len(mesh.vertices)
        assert mesh.uv.shape == (count, 2)
        assert mesh.joint_weights.shape == mesh.joint_indices.shape == (count, 4)
        assert mesh.vertices.dtype == mesh.uv.dtype == mesh.joint_weights.dtype == np.float32
        assert mesh.faces.dtype == mesh.joint_indices.dtype == np.int32
        assert mesh.faces.min() >= 0
        assert mesh.faces.max() < count
        assert set(np.unique(mesh.faces)) == set(range(count))
        np.testing.assert_allclose(mesh.joint_weights.sum(axis=1), 1.0, atol=1e-6)
        assert mesh.joint_indices.min() >= 0
        assert mesh.joint_indices.max() < 22
        assert mesh.uv.min() >= 0.0
        assert mesh.uv.max() <= 1.0


def test_people_stand_on_the_floor_at_their_height(body):
    low, high = HEIGHTS.get(body.name, (1.60, 1.85))
    assert low <= body.height <= high
    for mesh in body.meshes:
        assert abs(mesh.vertices[:, 2].min()) < 0.01
        assert body.height - 0.02 < mesh.vertices[:, 2].max() < body.height + 0.07  # hair comes on top
    np.testing.assert_allclose(body.joints[0, :2], 0.0, atol=0.04)


def test_left_is_left_and_ahead_is_ahead(body):
    joints = body.joints
    for name in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist"):
        left, right = joints[_index(f"left_{name}")], joints[_index(f"right_{name}")]
        assert left[1] > 0.015
        np.testing.assert_allclose(left, right * [1, -1, 1], atol=2e-3)
    assert joints[_index("left_foot"), 0] > joints[_index("left_ankle"), 0] + 0.08
    assert joints[_index("left_knee"), 2] < joints[_index("left_hip"), 2] - 0.25


def test_faces_look_outwards(body):
    # The enclosed volume is positive when faces run counter-clockwise seen from outside. Water: 1000 kg per m^3.
    for mesh in body.meshes:
        a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
        litres = 1000 * np.einsum("fi,fi->", a - [0, 0, 1], np.cross(b - [0, 0, 1], c - [0, 0, 1])) / 6
        assert 25 < litres < 130


def test_inverse_bind_and_rest_pose(body):
    rest = pose_joints(np.tile([0, 0, 0, 1.0], (22, 1)), body.joints[0], body.joints)
    np.testing.assert_allclose(rest @ body.inverse_bind[:22], np.tile(np.eye(4), (22, 1, 1)), atol=1e-12)
    mesh = body.meshes[0]
    bent = skin(mesh.vertices, mesh.joint_indices, mesh.joint_weights, body.inverse_bind[:22], rest)
    np.testing.assert_allclose(bent, mesh.vertices, atol=1e-6)


def _nearest_joint(body: Body, mesh: BodyMesh) -> np.ndarray:
    return mesh.joint_indices[np.arange(len(mesh.vertices)), mesh.joint_weights.argmax(axis=1)]


def test_weights_follow_the_sides(body):
    mesh = body.meshes[0]
    main = _nearest_joint(body, mesh)
    for name in ("knee", "ankle", "elbow", "wrist"):
        assert (mesh.vertices[main == _index(f"left_{name}"), 1] > -0.02).all()
        assert (mesh.vertices[main == _index(f"right_{name}"), 1] < 0.02).all()


def test_dress_is_deterministic_and_varied(body):
    first, second = dress(body, np.random.default_rng(7)), dress(body, np.random.default_rng(7))
    assert first.description == second.description
    np.testing.assert_array_equal(first.texture, second.texture)
    assert first.meshes is body.meshes  # shared
    words = {dress(body, np.random.default_rng(seed)).description for seed in range(30)}
    assert len(words) > 20
    assert first.texture.shape == (256, 256, 3)
    assert first.texture.dtype == np.uint8


@pytest.mark.parametrize("seed", range(6))
def test_the_texture_shows_the_described_colours(body, seed):
    worn = dress(body, np.random.default_rng(seed))
    words = worn.description.split(", ")
    assert words[0] == LOOKS[body.name].who
    upper = words[2].removeprefix("striped ").removesuffix(f" {LOOKS[body.name].upper}")
    lower = words[3].removesuffix(f" {LOOKS[body.name].lower}")
    sleeve = worn.texture[256 - 90 : 256 - 40, 128 + 20 : 128 + 40].reshape(-1, 3)  # left half of the cell "upper"
    legs = worn.texture[256 - 180 : 256 - 140, 140:180].reshape(-1, 3)
    assert np.abs(np.median(legs, axis=0) - CLOTH[lower]).max() < 25
    if not words[2].startswith("striped"):
        assert np.abs(np.median(sleeve, axis=0) - CLOTH[upper]).max() < 25
    if LOOKS[body.name].hair:
        assert words[1].removeprefix(f"{LOOKS[body.name].hair} ").removesuffix(" hair") in HAIR


def test_people_differ():
    assert len({load_body(name).height for name in BODIES}) == len(BODIES)
    assert len({load_body(name).description for name in BODIES}) == len(BODIES) == 8


def test_unknown_name():
    with pytest.raises(ValueError, match="man_young"):
        load_body("nobody")


def test_loading_is_quick():
    load_body("girl")
    start = time.perf_counter()
    for name in BODIES:
        load_body(name)
    assert (time.perf_counter() - start) / len(BODIES) < 0.05
