"""Everything in a dictionary is built, stepped and shape-checked."""

from pathlib import Path

import numpy as np
import pytest
from shapely import contains_xy

from crowd.models import CROWD_MODELS
from crowd.placement import Placement
from crowd.trajectory import Arrival, CrowdTrajectory, Others
from embodied.agents.models import AGENTS
from embodied.compose import GROUPS, compose_runs
from embodied.episode import ACTIONS, PersonObservation
from embodied.minds.models import MINDS
from embodied.minds.planners import PLANNERS
from embodied.place import Place, build_scene
from embodied.populate import skin
from embodied.runner import make_agent, run_episode
from embodied.tasks.models import TASKS
from embodied.world import World
from motion.body import BODIES, load_body
from motion.clip import RootPaths
from motion.models import MOTION_MODELS
from scenes.backend import Camera
from scenes.backends import BACKENDS
from scenes.families import SCENES
from scenes.scene import SEMANTIC_CLASSES

ROBOT = Path(__file__).parents[2] / "assets/robots/courier.urdf"
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))


def test_the_command_line_offers_what_the_dictionaries_hold():
    assert set(GROUPS["scene"]) == set(SCENES)
    assert set(GROUPS["crowd"]) == set(CROWD_MODELS)
    assert set(GROUPS["motion"]) == set(MOTION_MODELS)
    assert set(GROUPS["mind"]) == set(PLANNERS) >= set(MINDS)
    assert set(GROUPS["agent"]) == {*AGENTS, "custom"}
    assert set(GROUPS["task"]) == set(TASKS)
    assert set(GROUPS["backend"]) == {*BACKENDS, "auto"}


@pytest.mark.parametrize("name", sorted(set(SCENES) - {"recording", "mesh"}))  # these need a file
def test_scene(name):
    scene = build_scene(Place(name=name, seed=4))
    assert scene.walkable.is_valid and scene.walkable.area > 20
    ids = [thing.instance for thing in scene.objects]
    assert min(ids) > 0 and max(ids) < 9_999
    for thing in scene.objects:
        mesh = thing.mesh
        assert np.isfinite(mesh.vertices).all() and mesh.faces.max() < len(mesh.vertices)
        assert mesh.normals.shape == mesh.vertices.shape and mesh.uv.shape == (len(mesh.vertices), 2)
        assert 0 <= thing.semantic < len(SEMANTIC_CLASSES)
    regions = {region.name for region in scene.regions}
    for place in (*scene.landmarks, *scene.entrances):
        assert contains_xy(scene.walkable, *place.position), place.name
    assert all(mark.region in regions and mark.instance in ids for mark in scene.landmarks)


@pytest.mark.parametrize("name", BACKENDS)
def test_backend(name):
    backend = BACKENDS[name]()
    scene = build_scene(Place(name="corridor", seed=4))
    backend.load(scene)
    backend.add_robot(ROBOT)
    backend.place_robot(2.0, 0.0, 0.0)
    body = load_body(BODIES[0])
    backend.add_person(1, skin(body))
    pose = np.linalg.inv(body.inverse_bind)
    pose[:, 0, 3] += 6.0
    backend.pose_person(1, pose)
    backend.drive_robot(0.5, 0.0)
    for _ in range(20):
        backend.step(0.05)
    assert 2.3 < backend.robot_state().x < 2.55 and abs(backend.robot_state().y) < 0.02
    frame = backend.render(Camera.look_at((3.5, 0.3, 1.2), (6, 0, 1), width=64, height=48))
    assert frame.renderer == name and frame.rgb.shape == (48, 64, 3) and frame.rgb.dtype == np.uint8
    assert frame.depth.dtype == np.float32 and frame.depth.min() > 0
    assert frame.semantic.dtype == frame.instance.dtype == np.int32
    assert 10_001 in frame.instance and frame.depth[frame.instance == 10_001].min() == pytest.approx(2.5, abs=0.5)
    hits = backend.cast_rays([(3.5, 0.0, 1.0)], [(1.0, 0.0, 0.0)])
    assert hits.instance.tolist() == [10_001] and hits.distance[0] == pytest.approx(2.25, abs=0.1)
    backend.remove_person(1)
    assert backend.cast_rays([(3.5, 0.0, 1.0)], [(1.0, 0.0, 0.0)]).instance[0] != 10_001
    backend.close()


@pytest.mark.parametrize("name", CROWD_MODELS)
def test_crowd_model(name):
    scene = build_scene(Place(name="corridor", seed=4))
    if name == "replay":
        times = np.arange(0.0, 8.0, 0.4)
        path = np.stack([2.0 + times, np.zeros_like(times)], axis=1)[:, None]
        recording = CrowdTrajectory(
            times=times, person_ids=np.array([7]), positions=path, valid=np.ones((len(times), 1), dtype=bool)
        )
        placement = Placement(rotation=0.0, translation=(0.0, 0.0), offset_time=0.0)
        doors = np.array([entrance.position for entrance in scene.entrances])
        model = CROWD_MODELS[name](recording, placement, entrances=doors, first_id=7)
        arrivals = ()
    else:
        model = CROWD_MODELS[name]()
        arrivals = (Arrival(person_id=7, time=0.0, origin=(2.0, 0.0), goal=(14.0, 0.0)),)
    state = model.reset(scene.walkable, arrivals, np.random.default_rng(0))
    for _ in range(30):
        state = model.step(0.1, NOBODY, {})
    count = len(state.person_ids)
    assert state.person_ids.tolist() == [7] and len(state.activities) == count
    assert state.positions.shape == state.velocities.shape == state.goals.shape == (count, 2)
    assert state.yaws.shape == state.radii.shape == state.groups.shape == (count,)
    assert contains_xy(scene.walkable, *state.positions[0]) and 0.3 < np.hypot(*state.velocities[0]) < 2.5


@pytest.mark.parametrize("name", MOTION_MODELS)
def test_motion_model(name):
    model = MOTION_MODELS[name]()
    model.reset({person: load_body(BODIES[person]) for person in (1, 2)}, np.random.default_rng(0))
    for step in range(20):
        paths = RootPaths(
            person_ids=np.array([1, 2]),
            positions=np.array([[0.12 * step, 0.0], [3.0, 1.0]]),
            velocities=np.array([[1.2, 0.0], [0.0, 0.0]]),
            yaws=np.array([0.0, np.pi / 2]),
            planned=np.zeros((2, 0, 2)),
        )
        joints = model.step(0.1, paths, {}, {})
    assert joints.shape == (2, 25, 4, 4) and np.isfinite(joints).all()
    rotations = joints[..., :3, :3]
    np.testing.assert_allclose(
        rotations @ np.swapaxes(rotations, -1, -2), np.broadcast_to(np.eye(3), (2, 25, 3, 3)), atol=1e-6
    )
    assert np.hypot(*(joints[0, 0, :2, 3] - paths.positions[0])) < 0.25


@pytest.mark.parametrize("name", MINDS)
def test_mind(name):
    (config,) = compose_runs([f"mind={name}", *(["llm.model=any"] if name == "llm" else [])], {})
    mind = MINDS[name].maker(build_scene(Place(name="plaza", seed=4)), config.mind, 0)(3)
    quiet = PersonObservation(time=1.0, person_id=3, position=(0.0, 0.0), yaw=0.0, activity="walk")
    assert mind.decide(quiet) is None


@pytest.mark.parametrize("name", AGENTS)
def test_agent(name):
    task = "frontal_approach" if name == "straight" else "direction_inquiry"
    scene = "corridor" if name == "straight" else "plaza"
    (config,) = compose_runs([f"agent={name}", f"task={task}", f"scene={scene}", "scene.seed=4", "task.max_time=8"], {})
    world = World(config)
    log = run_episode(world, make_agent(config), seed=1, episode=0)
    world.close()
    assert log.events[-1]["type"] == "episode_end" and log.column("time").max() <= 8.0 + 1e-6
    assert set(log.column("activity")[log.column("entity") == 0]) <= {"drive", "stand"}
    assert ACTIONS[0] == "stop"


@pytest.mark.parametrize("name", TASKS)
def test_task(name):
    scene = "corridor" if name == "frontal_approach" else "plaza"
    (config,) = compose_runs([f"task={name}", f"scene={scene}", "scene.seed=4"], {})
    world = World(config)
    world.reset(seed=1, perception="none")
    spec = world.episode
    assert world.walkable.contains(np.array([spec.start[:2], spec.goal])).all()
    straight = float(np.hypot(spec.goal[0] - spec.start[0], spec.goal[1] - spec.start[1]))
    assert straight - 1e-6 <= spec.geodesic_distance < np.inf
    assert spec.goal_name in spec.instruction or name == "frontal_approach"
    world.close()
