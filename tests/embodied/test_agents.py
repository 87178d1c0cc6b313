"""The agents in the World, the words they read, and loading those of users."""

from __future__ import annotations

import math

import numpy as np
import pytest

from embodied.agents.directions import parse_directions
from embodied.agents.follower import Follower
from embodied.agents.instruction import is_place, read_distance, read_goal
from embodied.agents.mapping import OccupancyMap, Sighting
from embodied.agents.models import AGENTS, load_agent
from embodied.agents.planner import Navigator
from embodied.agents.setpoint import Setpoint
from embodied.agents.straight import Straight
from embodied.compose import compose_runs
from embodied.episode import Action, Observation, RobotSpec
from embodied.log import EpisodeLog
from embodied.metrics import score
from embodied.runner import make_agent, run_episode
from embodied.seeding import episode_seed
from embodied.world import World

SPEC = RobotSpec(
    radius=0.27, forward=0.25, turn=math.radians(15), camera_height=1.05, camera_forward=0.1, camera_pitch=0.0,
    fov=math.pi / 2, width=256, height=256, ask_distance=2.0, success_radius=3.0, max_time=240.0,
)  # fmt: skip


def observe(pose: tuple[float, float, float], time: float = 0.0, instruction: str = "", **more: object) -> Observation:
    return Observation(step=0, time=time, instruction=instruction, pose=pose, velocity=(0.0, 0.0), **more)  # type: ignore[arg-type]


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("Find the pharmacy.", "pharmacy"),
        ("Go to the book shop.", "book shop"),
        ("Take me to the bank.", "bank"),
        ("Please find the post office.", "post office"),
        ("Find the nearest cafe, please.", "cafe"),
        ("I need to get to the toy shop", "toy shop"),
        ("Where is the pharmacy?", "pharmacy"),
        ("Bring me to the flower shop please.", "flower shop"),
        ("Dance.", ""),
    ],
)
def test_goal_of_an_instruction(text: str, goal: str) -> None:
    assert read_goal(text) == goal


def test_distance_of_an_instruction() -> None:
    assert read_distance("Go straight ahead for 10 metres.") == 10.0
    assert read_distance("Drive twelve and a half metres") != 12.0
    assert read_distance("Go ahead.") is None


def test_places() -> None:
    assert is_place("PHARMACY", "pharmacy") and is_place("BOOKSHOP", "book shop") and is_place("old oak", "oak")
    assert not is_place("BANK", "bakery") and not is_place("SHOE SHOP", "toy shop") and not is_place("", "bank")


def test_own_agents_are_loaded(tmp_path, monkeypatch) -> None:
    (tmp_path / "mine_in_a_file.py").write_text(
        "class Good:\n    perception = 'none'\n    def reset(self, robot, rng): pass\n    def act(self, o): pass\n"
        "class Mute:\n    perception = 'rgb'\n    def reset(self, robot, rng): pass\n"
        "class Odd(Good):\n    perception = 'sonar'\n"
        "class Peeping(Good):\n    perception = 'truth'\n"
        "def needs(x): return Good()\n"
        "number = 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_agent("mine_in_a_file:Good").perception == "none"
    for name, words in {
        "mine_in_a_file": "expected package.module:factory",
        "no_such_file:Good": "cannot import 'no_such_file'",
        "mine_in_a_file:Bad": "has no 'Bad'",
        "mine_in_a_file:Mute": "lacks act",
        "mine_in_a_file:Odd": "expected one of",
        "mine_in_a_file:Peeping": "lacks reveal",
        "mine_in_a_file:needs": "without arguments",
        "mine_in_a_file:number": "expected a class or function, got int",
    }.items():
        with pytest.raises(ValueError, match=words) as error:
            load_agent(name)
        assert "\n" not in str(error.value)


# ------------------------------------------------------------------ parts


def test_the_set_point_is_where_the_actions_lead() -> None:
    point = Setpoint(SPEC)
    for kind in ("left",) * 6 + ("forward",) * 4 + ("right",) * 3 + ("wait", "ask"):
        point.command(Action(kind=kind))
    x, y, yaw = point.settle(observe((0.0, 0.6, 1.2))).pose
    assert (x, y, yaw) == pytest.approx((0.0, 1.0, math.radians(45)))
    assert point.settle(observe((0.1, 0.6, 1.2), collided=True)).pose == (0.1, 0.6, 1.2)
    assert point.settle(observe((3.0, 0.6, 1.2))).pose == (3.0, 0.6, 1.2)


def follow(text: str, sightings: dict[str, tuple[float, float]], facing: float = 0.0) -> list[tuple[float, float]]:
    """Walk by the words over an empty, known plain; return the path."""
    world = OccupancyMap(SPEC)
    middle = world.grid.shape[0] // 2
    world.grid[middle - 400 : middle + 400, middle - 400 : middle + 400] = -5
    for index, (name, (x, y)) in enumerate(sightings.items()):
        world.sightings[index] = Sighting(label=name, x=x, y=y, normal=math.nan, width=0.0, pixels=100)
    navigator = Navigator(robot=SPEC, world=world, rng=np.random.default_rng(0))
    follower = Follower(parse_directions(text), world, navigator, facing, (0.0, 0.0), 0.0)
    point, path = Setpoint(SPEC), [(0.0, 0.0)]
    for step in range(900):
        action = follower.act(observe((point.x, point.y, point.yaw), time=0.1 * step))
        if action is None:
            return path
        point.command(action)
        path.append((point.x, point.y))
    raise AssertionError("never done")


@pytest.mark.parametrize(
    ("text", "sightings", "end"),
    [
        ("Go straight ahead for 20 metres.", {}, (20, 0)),
        ("Turn left and go for 20 metres, then turn right and go for 10 metres.", {}, (10, 20)),
        ("It's behind you, about 15 metres.", {}, (-15, 0)),
        ("Go diagonally to your right for 20 metres.", {}, (14.1, -14.1)),
        ("Go to the fountain.", {"fountain": (12.0, 5.0)}, (12, 5)),
        ("Go straight ahead as far as the kiosk, then turn left and go 10 metres.", {"kiosk": (15.0, 0.0)}, (13, 10)),
        ("Go straight on past the statue, then turn right and walk for 12 metres.", {"statue": (10.0, 3.0)}, (13, -12)),
        ("Go left towards the old oak for 40 metres.", {"old oak": (8.0, 16.0)}, (17.9, 35.8)),
    ],
)
def test_following(text: str, sightings: dict[str, tuple[float, float]], end: tuple[float, float]) -> None:
    assert math.dist(follow(text, sightings)[-1], end) < 3.2


def test_following_turns_with_the_listener() -> None:
    a = follow("Turn left and go for 20 metres.", {}, facing=0.0)[-1]
    b = follow("Turn left and go for 20 metres.", {}, facing=math.pi / 2)[-1]
    assert (b[0], b[1]) == pytest.approx((-a[1], a[0]), abs=1.0)


def test_straight_waits_for_what_is_before_it() -> None:
    agent = Straight()
    agent.reset(SPEC, np.random.default_rng(0))
    told = "Go straight ahead for 10 metres."
    down = np.maximum((np.arange(256) + 0.5 - 128) / 128, 1e-9)[:, None]
    empty = np.broadcast_to(np.where(down > 1e-6, 1.05 / down, np.inf), (256, 256)).astype(np.float32)
    assert agent.act(observe((0, 0, 0), instruction=told, depth=empty)).kind == "forward"
    blocked = empty.copy()
    blocked[100:180, 120:136] = np.minimum(blocked[100:180, 120:136], 0.9)
    assert agent.act(observe((0, 0, 0), instruction=told, depth=blocked)).kind == "wait"
    aside = empty.copy()
    aside[100:180, 0:20] = np.minimum(aside[100:180, 0:20], 0.9)
    assert agent.act(observe((0, 0, 0), instruction=told, depth=aside)).kind == "forward"
    assert agent.act(observe((3, 0, 0.3), instruction=told, depth=empty)).kind == "right"
    assert agent.act(observe((9.9, 0, 0), instruction=told, depth=empty)).kind == "stop"
    with pytest.raises(ValueError, match="expected a distance"):
        agent.act(observe((0, 0, 0), instruction="Find the pharmacy."))


# ------------------------------------------------------------------ in the World


def run(name: str, episodes: int, *overrides: str) -> list[tuple[EpisodeLog, dict[str, float]]]:
    (config,) = compose_runs([f"agent={name}", *overrides], {})
    world = World(config)
    done = []
    for episode in range(episodes):
        log = run_episode(world, make_agent(config), seed=episode_seed(0, episode), episode=episode)
        done.append((log, score(log)))
    world.close()
    return done


def test_the_oracle_arrives_on_the_shortest_way() -> None:
    results = run("oracle", 2, "scene.seed=3")
    assert all(values["sr"] == 1.0 and values["spl"] > 0.95 for _, values in results)
    assert all(event["type"] != "contact" for log, _ in results for event in log.events)


def test_straight_meets_somebody_in_a_corridor() -> None:
    ((log, values),) = run("straight", 1, "task=frontal_approach", "scene=corridor")
    assert values["sr"] == 1.0
    assert not any(event["type"] == "contact" for event in log.events)


def test_asking_leads_to_the_goal_and_bothers_nobody_twice() -> None:
    ((log, values),) = run("ask_nearest", 1)
    asks = [event for event in log.events if event["type"] == "speech" and event["speaker"] == 0]
    assert asks
    last: dict[int, float] = {}
    for event in asks:
        for person in event["hearers"]:
            assert event["time"] - last.get(person, -math.inf) >= 30.0
            last[person] = event["time"]
    assert values["sr"] == 1.0 and not any(event["type"] == "contact" and event["other"] > 0 for event in log.events)


@pytest.mark.slow
def test_asking_beats_exploring() -> None:
    asking = [values for _, values in run("ask_nearest", 12)]
    alone = [values for _, values in run("never_ask", 12)]
    for name in ("sr", "spl"):
        assert np.mean([v[name] for v in asking]) > np.mean([v[name] for v in alone]) + 0.2


def test_every_agent_says_what_it_perceives() -> None:
    assert {name: agent.perception for name, agent in AGENTS.items()} == {
        "oracle": "truth", "random": "none", "onlooker": "none", "never_ask": "state", "ask_nearest": "state",
        "always_ask": "state", "ask_when_uncertain": "state", "route_follower": "state", "straight": "rgb",
    }  # fmt: skip


def test_following_to_the_second_street() -> None:
    """A street runs east between houses; side streets leave it to the north at 10 and at 22 m, each 4 m wide."""
    world = OccupancyMap(SPEC)
    for x in np.arange(-3, 40, 0.1).tolist():
        for y in np.arange(-2.4, 14, 0.1).tolist():
            inside = y < 3.0 or 10 < x < 14 or 22 < x < 26
            world.grid[world.cell(x, y)] = -5 if inside else 10
        world.grid[world.cell(x, -2.5)] = 10
    navigator = Navigator(robot=SPEC, world=world, rng=np.random.default_rng(0))
    words = parse_directions("Take the second street on your left and go for 10 metres.")
    follower = Follower(words, world, navigator, 0.0, (0.0, 0.0), 0.0)
    point = Setpoint(SPEC)
    for step in range(600):
        action = follower.act(observe((point.x, point.y, point.yaw), time=0.1 * step))
        if action is None:
            break
        point.command(action)
    assert action is None and 22.3 < point.x < 25.7 and point.y > 8.0
