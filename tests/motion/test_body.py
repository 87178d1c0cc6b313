"""The baked bodies: arrays that fit, people that look like people, aids at their place, clothes chosen by seed."""

import time

import numpy as np
import pytest

from motion.body import ASSETS, BODIES, bodies, dress, load_body
from motion.clip import JOINT_NAMES, PARENTS, Body, BodyMesh
from motion.people import PEOPLE
from motion.skeleton import pose_joints, skin

LEFT_AID, RIGHT_AID = 22, 23


def _index(name: str) -> int:
    return JOINT_NAMES.index(name)


@pytest.fixture(params=BODIES)
def body(request) -> Body:
    return load_body(request.param)


def _nearest_joint(mesh: BodyMesh) -> np.ndarray:
    return mesh.joint_indices[np.arange(len(mesh.vertices)), mesh.joint_weights.argmax(axis=1)]


def _chair(body: Body, mesh: BodyMesh) -> np.ndarray:
    """Return which vertices (V,) belong to a wheelchair or a stick: rigid, and its texture a plain cell."""
    aid = np.isin(_nearest_joint(mesh), (LEFT_AID, RIGHT_AID))
    if body.aid == "wheelchair":
        plain = (mesh.uv[:, 0] > 832 / 1024) & (mesh.uv[:, 1] > 304 / 512) & (mesh.uv[:, 1] < 368 / 512)
        aid |= plain & (mesh.joint_indices[:, 0] == 0) & (mesh.joint_weights[:, 0] == 1)
    return aid


def test_meshes_are_consistent(body):
    sizes = [len(mesh.faces) for mesh in body.meshes]
    chair = 700 if body.aid == "wheelchair" else 0
    assert 9000 <= sizes[0] <= 12000
    assert 3000 <= sizes[1] <= 4000 + chair
    assert 1000 <= sizes[2] <= 1800 + chair
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
        assert mesh.joint_indices.max() < 25
        assert mesh.uv.min() >= 0.0
        assert mesh.uv.max() <= 1.0


def test_people_stand_on_the_floor_at_their_height(body):
    assert body.height == PEOPLE[body.name].height
    for mesh in body.meshes:
        own = mesh.vertices[~_chair(body, mesh)]
        assert abs(own[:, 2].min()) < 0.01
        assert body.height - 0.03 < own[:, 2].max() < body.height + 0.11  # hair and hats come on top
    np.testing.assert_allclose(body.joints[0, :2], 0.0, atol=0.05)


def test_bones_are_those_of_people(body):
    # Segment lengths as shares of stature after Drillis and Contini 1966: thigh 0.245, shank 0.246, upper arm 0.186,
    # forearm 0.146; children and old people stray from them, and joints of the rig are not centres of rotation.
    shares = {"left_knee": 0.245, "left_ankle": 0.246, "left_elbow": 0.186, "left_wrist": 0.146}
    for name, share in shares.items():
        length = np.linalg.norm(body.joints[_index(name)] - body.joints[PARENTS[_index(name)]])
        assert 0.75 < length / (share * body.height) < 1.35, name


def test_left_is_left_and_ahead_is_ahead(body):
    joints = body.joints
    for name in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist"):
        left, right = joints[_index(f"left_{name}")], joints[_index(f"right_{name}")]
        assert left[1] > 0.01
        np.testing.assert_allclose(left, right * [1, -1, 1], atol=2e-3)
    assert joints[_index("left_foot"), 0] > joints[_index("left_ankle"), 0] + 0.06
    assert joints[_index("left_knee"), 2] < joints[_index("left_hip"), 2] - 0.18


def test_faces_look_outwards(body):
    # The enclosed volume is positive when faces run counter-clockwise seen from outside. Water: 1000 kg per m^3.
    for mesh in body.meshes:
        a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
        litres = 1000 * np.einsum("fi,fi->", a - [0, 0, 1], np.cross(b - [0, 0, 1], c - [0, 0, 1])) / 6
        assert 15 < litres < 180


def test_inverse_bind_and_rest_pose(body):
    rest = pose_joints(np.tile([0, 0, 0, 1.0], (22, 1)), body.joints[0], body.joints)
    np.testing.assert_allclose(rest @ body.inverse_bind[:22], np.tile(np.eye(4), (22, 1, 1)), atol=1e-12)
    mesh = body.meshes[0]
    world = np.concatenate([rest, np.linalg.inv(body.inverse_bind[22:])])
    bent = skin(mesh.vertices, mesh.joint_indices, mesh.joint_weights, body.inverse_bind, world)
    np.testing.assert_allclose(bent, mesh.vertices, atol=1e-6)


def test_weights_follow_the_sides(body):
    mesh = body.meshes[0]
    main = _nearest_joint(mesh)
    for name in ("knee", "ankle", "elbow", "wrist"):
        assert (mesh.vertices[main == _index(f"left_{name}"), 1] > -0.03).all()
        assert (mesh.vertices[main == _index(f"right_{name}"), 1] < 0.03).all()


@pytest.mark.parametrize("name", [name for name in BODIES if PEOPLE[name].aid == "wheelchair"])
def test_wheelchairs_stand_on_the_ground_and_hold_who_sits_in_them(name):
    body = load_body(name)
    assert 0.4 < body.seat < 0.75
    lift = body.seat - body.joints[0, 2]  # of whoever sits, from the rest pose
    for mesh in body.meshes:
        chair, main = _chair(body, mesh), _nearest_joint(mesh)
        for aid in (LEFT_AID, RIGHT_AID):
            wheel = mesh.vertices[main == aid]
            assert abs(wheel[:, 2].min() + lift) < 0.005
            axle = np.linalg.inv(body.inverse_bind[aid])[:3, 3]
            radius = np.hypot(*(wheel - axle)[:, [0, 2]].T).max()
            assert radius == pytest.approx(axle[2] + lift, abs=0.006)
        assert (mesh.vertices[chair, 2] + lift).min() > -0.005
    # Seated, the thighs are level: what is below the hips turns forward about them and lies on the cushion.
    mesh = body.meshes[0]
    chair, main = _chair(body, mesh), _nearest_joint(mesh)
    thigh = mesh.vertices[(main == _index("left_hip")) & ~chair].astype(np.float64)
    hip, knee = body.joints[_index("left_hip")], body.joints[_index("left_knee")]
    along = (knee - hip) / np.linalg.norm(knee - hip)
    behind = ((thigh - hip) @ along > 0.15) & ((thigh - hip) @ along < 0.32)
    below = (hip - thigh)[behind, 0] + (thigh - hip)[behind] @ along * along[0]  # metres under the bone when seated
    frame = mesh.vertices[chair & (main == 0)]
    top = np.percentile(frame[np.abs(frame[:, 0] - hip[0] - 0.15) < 0.25, 2], 50)
    assert below.max() < hip[2] - top + 0.12


@pytest.mark.parametrize("name", [name for name in BODIES if PEOPLE[name].aid == "stick"])
def test_a_stick_reaches_from_the_right_hand_to_the_ground(name):
    body = load_body(name)
    handle = np.linalg.inv(body.inverse_bind[RIGHT_AID])[:3, 3]
    assert body.stick == pytest.approx(0.5 * body.height, rel=0.1)
    assert np.linalg.norm(handle - body.joints[_index("right_wrist")]) < 0.15
    for mesh in body.meshes:
        stick = mesh.vertices[_nearest_joint(mesh) == RIGHT_AID]
        assert (stick[:, 2] - handle[2]).min() == pytest.approx(-body.stick, abs=0.005)


def test_those_without_an_aid_have_none(body):
    assert (body.seat > 0) == (body.aid == "wheelchair")
    assert (body.stick > 0) == (body.aid == "stick")
    if not body.aid:
        assert not np.isin(body.meshes[0].joint_indices[body.meshes[0].joint_weights > 0], (22, 23)).any()


def test_splits():
    train, test = bodies("train"), bodies("test")
    assert set(train) | set(test) == set(bodies()) == set(BODIES)
    assert not set(train) & set(test)
    assert len(BODIES) >= 24
    assert len(test) / len(BODIES) == pytest.approx(1 / 3, abs=0.05)
    for names in (train, test):
        people = [load_body(name) for name in names]
        assert {person.aid for person in people} == {"", "wheelchair", "stick"}
        assert min(person.age for person in people) < 12
        assert max(person.age for person in people) > 70
        tones = [person.skin_tone for person in people]
        assert min(tones) <= 2
        assert max(tones) >= 9
        assert {person.split for person in people} == {"train" if names == train else "test"}
    with pytest.raises(ValueError, match="split"):
        bodies("validation")  # type: ignore[arg-type]


def test_skin_tones_are_spread_over_ages_and_genders():
    people = list(PEOPLE.values())
    counts = np.bincount([person.tone for person in people], minlength=11)[1:]
    assert counts.min() >= 2
    assert counts.max() <= 4
    tones = np.array([person.tone for person in people], dtype=float)
    for other in ([person.age for person in people], [person.gender for person in people]):
        assert abs(np.corrcoef(tones, other)[0, 1]) < 0.2


def test_paces_and_radii():
    for name in BODIES:
        body = load_body(name)
        assert 0.55 <= body.pace <= 1.0
        assert 0.2 <= body.radius <= 0.42
        if body.aid == "wheelchair":
            wide = body.meshes[0].vertices[_chair(body, body.meshes[0])]
            assert np.ptp(wide[:, 1]) < 2 * body.radius


def test_dress_is_deterministic_and_varied(body):
    first, second = dress(body, np.random.default_rng(7)), dress(body, np.random.default_rng(7))
    assert first.description == second.description
    np.testing.assert_array_equal(first.texture, second.texture)
    assert first.meshes is body.meshes  # shared
    words = {dress(body, np.random.default_rng(seed)).description for seed in range(12)}
    assert len(words) >= 6
    assert first.texture.dtype == np.uint8


@pytest.mark.slow
def test_a_crowd_is_of_different_people():
    words = {
        dress(load_body(name), np.random.default_rng([3, seed])).description for name in BODIES for seed in range(6)
    }
    assert len(words) > 4 * len(BODIES)


def test_words_name_what_is_there(body):
    person, words = PEOPLE[body.name], body.description
    assert words.startswith(person.who)
    for shown in (person.upper, person.lower, person.bag, person.hat, person.aid):
        assert shown in words
    assert ("glasses" in words) == person.glasses
    assert ("beard" in words) == (person.beard >= 0.6)
    if person.hat != "headscarf" and not person.hat:
        assert ("bald" in words) == (person.cut == "bald")


def test_people_differ():
    assert len({load_body(name).description for name in BODIES}) == len(BODIES)
    assert len({load_body(name).height for name in BODIES}) > 20


def test_the_assets_are_small():
    assert {path.stem for path in ASSETS.glob("*.npz")} == set(BODIES)
    assert sum(path.stat().st_size for path in ASSETS.glob("*.npz")) < 20e6


def test_unknown_name():
    with pytest.raises(ValueError, match="man_young"):
        load_body("nobody")


def test_loading_is_quick():
    for name in BODIES:
        load_body(name)
    start = time.perf_counter()
    for name in BODIES:
        load_body(name)
    assert (time.perf_counter() - start) / len(BODIES) < 0.15
