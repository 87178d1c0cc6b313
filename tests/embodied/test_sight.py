"""What is perceived without drawing is what pictures would show."""

import numpy as np
import pytest

from embodied.compose import compose_runs
from embodied.episode import Action
from embodied.senses import read_labels, robot_camera
from embodied.world import World
from scenes.scene import PERSON_INSTANCE_BASE


@pytest.fixture(scope="module")
def world() -> World:
    (config,) = compose_runs(["scene=plaza", "scene.seed=3", "crowd.people=12", "task.max_time=20"], {})
    world = World(config)
    world.reset(seed=5, perception="state")
    return world


def test_signs_and_people_agree_with_pictures(world: World) -> None:
    rng, both, drawn, told = np.random.default_rng(0), 0, 0, 0
    for x, y in world.walkable.sample(rng, 60):
        world.backend.place_robot(x, y, rng.uniform(-np.pi, np.pi))
        world.robot = world.backend.robot_state()
        world._sensor_phase()
        frame = world.backend.render(robot_camera(world.robot, world.config.robot))
        pictured = set(read_labels(frame.instance, world._sight.signs, world._sight.things).items())
        observation = world._observe(collided=False)
        assert observation.rgb is None and observation.depth is None and observation.scan is not None
        found = {(thing.instance, thing.label) for thing in observation.detections if thing.label}
        both, drawn, told = both + len(pictured & found), drawn + len(pictured), told + len(found)
        seen = {thing.instance - PERSON_INSTANCE_BASE for thing in observation.detections if thing.human}
        assert seen == set(world.crowd.person_ids[world._seen].tolist())
    assert drawn > 60
    assert both / drawn > 0.85 and both / told > 0.85


def test_positions_are_in_the_frame_of_the_robot(world: World) -> None:
    world.reset(seed=5, perception="state")
    for _ in range(4):
        world.step(Action(kind="left"))
    observation = world._observe(collided=False)
    place = dict(zip(world.crowd.person_ids.tolist(), world.crowd.positions.tolist(), strict=True))
    robot, c, s = world.robot, np.cos(world.robot.yaw), np.sin(world.robot.yaw)
    for thing in observation.detections:
        x, y = thing.points[0, :2]
        spot = (robot.x + c * x - s * y, robot.y + s * x + c * y)
        if thing.human:
            assert spot == pytest.approx(place[thing.instance - PERSON_INSTANCE_BASE])
        elif thing.label:
            mark = next(m for m in world.scene.landmarks if m.instance == thing.instance)
            assert np.hypot(spot[0] - mark.anchor[0], spot[1] - mark.anchor[1]) < 8.0
