"""Physics of the backends: the robot, contacts, rays, people as capsules. No picture is drawn here."""

import numpy as np
import pytest

from scenes.bullet import BulletBackend
from scenes.meshfile import read_triangles, write_obj, write_stl
from scenes.robot import ACCELERATION, COURIER, TOP_SPEED, TOP_TURN
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE
from scenes.urdf import read_visuals
from tests.scenes.backend_room import ball, make_person, make_scene, rest_joints

RADIUS = 0.25  # m, of the courier

BOX_ROBOT = """<robot name="crate"><link name="base"><inertial><origin xyz="0 0 0.2"/><mass value="20"/>
<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
<visual><origin xyz="0 0 0.2"/><geometry><mesh filename="ball.{suffix}" scale="0.5 0.5 0.5"/></geometry></visual>
<collision><origin xyz="0 0 0.2"/><geometry><box size="0.5 0.4 0.4"/></geometry></collision></link></robot>"""


class NoPainter:
    """Draws nothing."""

    name = "none"

    def __getattr__(self, name):
        return lambda *arguments: None


@pytest.fixture(scope="module")
def scene():
    return make_scene(cells=4)


@pytest.fixture
def world(scene):
    backend = BulletBackend(NoPainter())
    backend.load(scene)
    backend.add_robot()
    yield backend
    backend.close()


def tilt(backend):
    """Degrees by which the robot's base leans."""
    return np.degrees(np.arccos(min(backend._robot.link_poses()["base"][2, 2], 1.0)))


def wrap(angle):
    return (angle + np.pi) % (2 * np.pi) - np.pi


def go(backend, *, forward=0.0, turn=0.0, dt=0.05):
    """Drive by `forward` metres or `turn` radians with a simple controller on the measured state; return seconds."""
    start = backend.robot_state()
    target = np.array([start.x + forward * np.cos(start.yaw), start.y + forward * np.sin(start.yaw)])
    for step in range(80):
        state = backend.robot_state()
        along = np.array([np.cos(start.yaw), np.sin(start.yaw)])
        left = float((target - (state.x, state.y)) @ along)
        bend = wrap(start.yaw + turn - state.yaw)
        if abs(left) < 0.004 and abs(bend) < 0.004 and abs(state.v) < 0.05 and abs(state.w) < 0.1:
            backend.drive_robot(0.0, 0.0)
            backend.step(0.2)
            return step * dt
        v = np.sign(left) * min(1.0, np.sqrt(1.2 * abs(left)), 4.0 * abs(left))
        w = np.sign(bend) * min(2.0, np.sqrt(4.0 * abs(bend)), 5.0 * abs(bend))
        backend.drive_robot(v, w)
        backend.step(dt)
    raise AssertionError(f"did not arrive: {left} m, {bend} rad left")


def test_forward_and_turn_land_where_they_should(world):
    world.place_robot(-6.0, 1.0, 0.7)
    for forward, turn in [(0.25, 0.0), (0.0, np.radians(15)), (0.0, -np.radians(15)), (0.25, 0.0)] * 2:
        before = world.robot_state()
        seconds = go(world, forward=forward, turn=turn)
        after = world.robot_state()
        goal = (before.x + forward * np.cos(before.yaw), before.y + forward * np.sin(before.yaw))
        assert np.hypot(after.x - goal[0], after.y - goal[1]) < 0.01
        assert abs(wrap(after.yaw - before.yaw - turn)) < np.radians(1.0)
        assert seconds < 2.0
        assert abs(after.v) < 0.01 and abs(after.w) < 0.01


def test_drives_straight_within_its_limits(world):
    world.place_robot(-8.0, 0.0, 0.0)
    world.drive_robot(5.0, 0.0)
    speeds = []
    for _ in range(400):
        world.step(0.01)
        speeds.append(world.robot_state().v)
    state = world.robot_state()
    assert max(speeds) == pytest.approx(TOP_SPEED, abs=0.01)
    assert np.max(np.diff(speeds[5:])) / 0.01 < 1.3 * ACCELERATION
    assert speeds[50] == pytest.approx(0.5, abs=0.05)
    assert abs(state.y) < 0.005 and abs(state.yaw) < 0.005
    assert tilt(world) < 0.5 and world.contacts() == ()


def test_turns_on_the_spot(world):
    world.place_robot(-3.0, 0.0, 0.0)
    world.drive_robot(0.0, 9.0)
    world.step(1.0)
    assert world.robot_state().w == pytest.approx(TOP_TURN, abs=0.02)
    world.step(3.0)
    world.drive_robot(0.0, 0.0)
    world.step(1.0)
    state = world.robot_state()
    assert np.hypot(state.x + 3.0, state.y) < 0.01 and abs(state.w) < 0.01


def test_stops_at_a_wall_without_climbing(world):
    world.place_robot(6.5, 0.0, 0.0)
    world.drive_robot(1.0, 0.0)
    world.step(3.0)
    state = world.robot_state()
    assert state.x == pytest.approx(8.0 - 0.25 - RADIUS, abs=0.01)
    assert tilt(world) < 1.0 and abs(world._robot.link_poses()["base"][2, 3]) < 0.002
    (contact,) = world.contacts()
    assert contact.instance == 2 and contact.normal[0] == pytest.approx(-1.0, abs=1e-3) and contact.depth < 0.011
    world.drive_robot(-0.5, 0.0)
    world.step(1.0)
    world.step(0.1)
    assert world.robot_state().x < state.x - 0.2 and world.contacts() == ()


def test_stops_at_people_and_is_pushed_by_them(world):
    mesh = make_person(lods=False)
    world.add_person(4, mesh)
    world.pose_person(4, rest_joints(mesh, 0.0, 0.03))
    world.place_robot(-1.5, 0.0, 0.0)
    world.drive_robot(1.0, 0.0)
    world.step(4.0)
    state = world.robot_state()
    assert np.hypot(state.x, state.y - 0.03) > RADIUS + mesh.radius - 0.02
    assert [contact.instance for contact in world.contacts()] == [PERSON_INSTANCE_BASE + 4]
    world.drive_robot(0.0, 0.0)
    for k in range(40):
        world.pose_person(4, rest_joints(mesh, -0.02 * k, 0.0))
        world.step(0.02)
    assert world.robot_state().x < -1.0 and tilt(world) < 2.0
    world.remove_person(4)
    world.step(0.1)
    assert world.contacts() == ()


def test_what_happens_does_not_depend_on_the_past(scene):
    mesh = make_person(lods=False)

    def run(backend, seed):
        rng = np.random.default_rng(seed)
        backend.load(scene)
        backend.add_robot()
        backend.place_robot(3.0, 0.5, rng.uniform(-3, 3))
        for k in range(3):
            backend.add_person(k, mesh)
        seen = []
        for step in range(25):
            for k in range(3):
                angle = 0.1 * step + 2.1 * k
                backend.pose_person(k, rest_joints(mesh, 3 + 0.55 * np.cos(angle), 0.5 + 0.55 * np.sin(angle)))
            backend.drive_robot(*rng.uniform(-1, 1, 2))
            backend.step(0.1)
            seen.append((backend.robot_state(), backend.contacts()))
        return seen

    one, other = BulletBackend(NoPainter()), BulletBackend(NoPainter())
    first = [run(one, seed) for seed in (0, 1, 2)]
    assert run(other, 2) == first[2] and run(other, 0) == first[0]
    assert any(contacts for _, contacts in first[2])
    one.close()
    other.close()


def test_rays(world):
    mesh = make_person(lods=False)
    world.add_person(2, mesh)
    world.pose_person(2, rest_joints(mesh, -2.0, 0.0))
    world.place_robot(2.0, 0.0, 0.0)
    ways = [[1, 0, 0], [-2, 0, 0], [0, 0, -1], [0, 0, 1], [0, 3, 0]]
    hits = world.cast_rays([[0, 0, 1.0]] * 5, ways)
    assert hits.instance.tolist() == [2, PERSON_INSTANCE_BASE + 2, 1, 0, 0]
    assert np.allclose(hits.distance, [7.75, 2.0 - mesh.radius, 1.0, np.inf, np.inf], atol=0.01)
    assert world.cast_rays([[0, 0, 0.2]], [[1, 0, 0]], robot=True).instance.tolist() == [ROBOT_INSTANCE]
    assert world.cast_rays([[0, 0, 0.2]], [[1, 0, 0]], max_distance=5.0).distance.tolist() == [np.inf]
    many = world.cast_rays(np.tile([0, 0, 1.0], (20_000, 1)), np.tile([1.0, 0, 0], (20_000, 1)))
    assert many.distance.shape == (20_000,) and np.allclose(many.distance, 7.75, atol=1e-4)
    assert world.cast_rays(np.empty((0, 3)), np.empty((0, 3))).distance.shape == (0,)


@pytest.mark.parametrize("suffix", ["obj", "stl"])
def test_a_robot_without_wheels_is_moved_by_its_base(scene, tmp_path, suffix):
    mesh = ball(0.5)
    (write_obj if suffix == "obj" else write_stl)(tmp_path / f"ball.{suffix}", mesh)
    path = tmp_path / "crate.urdf"
    path.write_text(BOX_ROBOT.format(suffix=suffix))
    (visual,) = read_visuals(path)
    assert np.allclose(np.linalg.norm(visual.mesh.vertices - [0, 0, 0.2], axis=1).max(), 0.25, atol=1e-4)
    backend = BulletBackend(NoPainter())
    backend.load(scene)
    backend.add_robot(path)
    assert backend._robot.drive == "base"
    backend.place_robot(-4.0, 0.0, 0.5)
    backend.drive_robot(0.5, 0.0)
    backend.step(2.0)
    state = backend.robot_state()
    assert state.v == pytest.approx(0.5, abs=0.05) and abs(state.yaw - 0.5) < 0.02
    assert np.hypot(state.x + 4.0, state.y) == pytest.approx(0.875, abs=0.1)
    with pytest.raises(ValueError, match="load the scene again"):
        backend.add_robot()
    backend.close()


def test_missing_and_broken_urdf(world, scene, tmp_path):
    world.load(scene)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        world.add_robot(tmp_path / "nowhere.urdf")
    (tmp_path / "broken.urdf").write_text("<robot>")
    with pytest.raises(ValueError, match="expected a URDF"):
        world.add_robot(tmp_path / "broken.urdf")
    world.add_robot()
    assert world.robot_state().v == 0.0


def test_the_courier_is_as_described():
    visuals = read_visuals(COURIER)
    base = np.concatenate([v.mesh.vertices for v in visuals if v.link == "base"])
    assert np.hypot(base[:, 0], base[:, 1]).max() < 0.26
    colors = {visual.color for visual in visuals}
    assert len(colors) == 4 and any(blue > 0.8 and red < 0.2 for red, _, blue in colors)
    for visual in visuals:  # outward normals, counter-clockwise faces
        corners = visual.mesh.vertices[visual.mesh.faces].astype(float)
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert np.all(np.sum(across * visual.mesh.normals[visual.mesh.faces].mean(axis=1), axis=1) >= -1e-9)
        assert np.sum(across * (corners.mean(axis=1) - corners.reshape(-1, 3).mean(axis=0))) > 0


def test_mesh_files_give_back_their_triangles(tmp_path):
    mesh = ball(0.7)
    for name, write in (("a.obj", write_obj), ("a.stl", write_stl)):
        write(tmp_path / name, mesh)
        assert np.allclose(read_triangles(tmp_path / name), mesh.vertices[mesh.faces], atol=1e-5)
    with pytest.raises(ValueError, match="convert it"):
        read_triangles(tmp_path / "a.dae")
