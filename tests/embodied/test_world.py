import math

import numpy as np
import pytest

from embodied.compose import compose_runs
from embodied.drive import Drive
from embodied.episode import Action
from embodied.world import CONTROL_DT, LONGEST, World


@pytest.fixture(scope="module")
def world():
    (config,) = compose_runs(["scene.seed=0", "crowd.people=12", "task.max_time=120"], {})
    world = World(config)
    yield world
    world.close()


def test_actions_move_the_robot_by_their_steps(world):
    first = world.reset(seed=11, perception="none")
    assert first.pose == (0.0, 0.0, 0.0)
    for kind, expected in (("left", math.radians(15)), ("right", -math.radians(15))):
        before = world.robot
        for _ in range(3):
            world.step(Action(kind=kind))
        world.step(Action(kind="wait"))
        turned = math.remainder(world.robot.yaw - before.yaw, math.tau)
        assert turned == pytest.approx(3 * expected, abs=math.radians(2))
        assert math.hypot(world.robot.x - before.x, world.robot.y - before.y) < 0.03


def test_an_action_that_never_gets_there_is_cut_short(world, monkeypatch):
    monkeypatch.setattr("embodied.world.STALL", math.inf)  # as if the robot squirmed at an edge
    monkeypatch.setattr(Drive, "could_stop", lambda *_: False)
    world.reset(seed=11, perception="none")
    result = world.step(Action(kind="forward"))
    assert world.time == pytest.approx(LONGEST) and result.observation.collided and not result.truncated


def test_forward_actions_flow_and_end_where_they_should(world):
    for seed in range(20):
        world.reset(seed=seed, perception="none")
        start = world.robot
        ahead = [(start.x + d * math.cos(start.yaw), start.y + d * math.sin(start.yaw)) for d in np.arange(0, 3.5, 0.1)]
        crowd = world.crowd.positions
        if world.walkable.contains(np.array(ahead)).all() and min(np.hypot(*(crowd - p).T).min() for p in ahead) > 2:
            break
    for _ in range(8):
        assert not world.step(Action(kind="forward")).observation.collided
    world.step(Action(kind="wait"))
    world.step(Action(kind="wait"))
    moved = math.hypot(world.robot.x - start.x, world.robot.y - start.y)
    assert moved == pytest.approx(2.0, abs=0.05)
    assert world.time < 8 * 0.6, "forward actions must flow into one another"


def test_time_goes_on_for_all_and_every_step_is_logged(world):
    world.reset(seed=2, perception="none")
    result = world.step(Action(kind="wait"))
    assert result.observation.time == pytest.approx(0.5)
    steps = np.unique(world.log.column("step"))
    assert steps.tolist() == list(range(6))
    assert world.log.column("time").max() == pytest.approx(5 * CONTROL_DT)


def test_stop_ends_the_episode_and_time_truncates_it(world):
    world.reset(seed=2, perception="none")
    result = world.step(Action(kind="stop"))
    assert result.terminated and not result.truncated
    assert world.log.events[-1]["type"] == "episode_end" and world.log.events[-1]["reason"] == "stop"
    world.reset(seed=2, perception="none")
    for _ in range(300):
        result = world.step(Action(kind="wait"))
        if result.truncated:
            break
    assert result.truncated and world.log.events[-1]["reason"] == "timeout" and world.time == pytest.approx(120.0)


def test_the_same_seed_gives_the_same_bytes(world, tmp_path):
    for name in ("first", "second"):
        world.reset(seed=9, perception="ids")
        for kind in ("forward", "left", "forward", "forward", "ask", "right", "forward"):
            world.step(Action(kind=kind, text="Excuse me, where is the bakery?"))
        (tmp_path / name).mkdir()
        world.log.write(tmp_path / name)
    for file in ("log.parquet", "events.jsonl"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_pictures_change_nothing_in_the_world(world):
    """What an agent sees with must not change what happens."""
    paths = []
    for perception in ("none", "rgb"):
        world.reset(seed=9, perception=perception)
        for _ in range(6):
            world.step(Action(kind="forward"))
        paths.append(np.column_stack([world.log.column("x"), world.log.column("y")]))
    np.testing.assert_array_equal(paths[0], paths[1])


def test_asking_reaches_the_nearest_person_in_view(world):
    """Somebody asked stops, turns round, and answers; time passes meanwhile."""
    world.reset(seed=4, perception="none")
    standing = np.flatnonzero([word == "stand" for word in world.crowd.activities])
    bearings = np.arange(0.0, 2 * np.pi, 0.2)
    for index in standing:  # start 1.4 m from somebody who stands, facing them; the same seed brings the same people
        x, y = world.crowd.positions[index]
        around = np.column_stack([x + 1.4 * np.cos(bearings), y + 1.4 * np.sin(bearings)])
        gaps = np.hypot(*(around[:, None] - world.crowd.positions).transpose(2, 0, 1)).min(axis=1)
        good = np.flatnonzero(world.walkable.contains(around) & (gaps > 1.39))
        if len(good):
            break
    person, place = int(world.crowd.person_ids[index]), around[good[0]]
    world.task.config.start = [*place.tolist(), float(bearings[good[0]] - np.pi)]
    world.reset(seed=4, perception="none")
    world.task.config.start = None
    before = world.time
    result = world.step(Action(kind="ask", text="Excuse me, where is the bakery?"))
    spoken = world.log.events_of("speech")
    assert spoken[0]["speaker"] == 0 and spoken[0]["hearers"] == [person]
    assert spoken[1]["speaker"] == person and spoken[1]["generated_by"] == "template"
    (heard,) = result.observation.heard
    assert heard.text == spoken[1]["text"] and heard.distance < 3.0
    assert world.time - before >= spoken[1]["end"] - spoken[0]["start"] - CONTROL_DT
    answer = world.log.events_of("answer")[0]
    assert answer["truth"] in ("true", "partial", "false", "unknown", "refused")
    last = world.log.column("step") == world.step_count
    human = last & (world.log.column("entity") == person)
    yaw = world.log.column("yaw")[human][0]
    x, y = world.log.column("x")[human][0], world.log.column("y")[human][0]
    off = math.remainder(math.atan2(world.robot.y - y, world.robot.x - x) - yaw, math.tau)
    assert abs(off) < math.radians(30), "the person faces whom it talks with"


def test_asking_into_the_air_is_heard_by_nobody(world):
    (config,) = compose_runs(["scene.seed=0", "crowd.people=0"], {})
    world = World(config)
    world.reset(seed=0, perception="none")
    result = world.step(Action(kind="ask", text="Hello?"))
    assert result.observation.heard == () and world.log.events_of("speech")[0]["hearers"] == []
    world.close()
