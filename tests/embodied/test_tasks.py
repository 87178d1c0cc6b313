"""The tasks: what they draw, what they say about it, and the agents that solve them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LineString

from embodied.agents.models import AGENTS
from embodied.compose import compose_runs
from embodied.config import RunConfig
from embodied.episode import EpisodeSpec
from embodied.episode_files.contract import Goal, NavigationEpisode
from embodied.episode_files.record import write_episode
from embodied.metrics import score
from embodied.odometry import to_polar
from embodied.place import Place, build_scene
from embodied.runner import run_episode
from embodied.seeding import stream
from embodied.tasks.drawing import find_decision_points, open_ground
from embodied.tasks.models import TASKS
from embodied.tasks.point_nav import tell_point
from embodied.world import World
from scenes.routes import plan_route
from scenes.scene import Scene
from scenes.walkable import Walkable

SCENES = ("plaza", "street", "office", "station")


def _config(*overrides: str) -> RunConfig:
    small = ["crowd.people=1", "scene.seed=3", "robot.width=64", "robot.height=64"]
    (config,) = compose_runs([*small, *overrides], {})
    return config


class Stage:
    """A layout in which tasks draw, and a World of it in which one task after the other is set."""

    def __init__(self, name: str) -> None:
        self.scene = build_scene(Place(name=name, seed=3))
        self.walkable = Walkable(self.scene.walkable, radius=0.27)

    def sample(self, task: str, seed: int, *overrides: str, episode: int = 0) -> EpisodeSpec:
        """Return what a task draws; it needs no more of a World than its scene and its ground."""
        config = _config(f"task={task}", *overrides)
        return TASKS[task](config.task).sample(self, episode, seed, stream(seed, "task"))  # type: ignore[arg-type]

    @cached_property
    def world(self) -> World:
        return World(_config(f"scene={self.scene.name}"))

    def set(self, task: str, *overrides: str) -> World:
        """Return the world with another task."""
        self.world.config = _config(f"scene={self.scene.name}", f"task={task}", *overrides)
        self.world.task = TASKS[task](self.world.config.task)
        self.world.robot_spec = replace(self.world.robot_spec, success_radius=self.world.task.success_radius)
        return self.world


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    made = {name: Stage(name) for name in SCENES}
    yield made
    for stage in made.values():
        if "world" in vars(stage):
            stage.world.close()


# ---------------------------------------------------------------- point goals


@pytest.mark.parametrize("name", SCENES)
def test_point_goals_lie_where_they_should(stages: dict[str, Stage], name: str) -> None:
    for seed in range(3):
        spec = stages[name].sample("point_nav", seed)
        assert 5.0 <= spec.geodesic_distance <= 40.0 and spec.point_goal and spec.decision_points == ()
        assert stages[name].walkable.contains([spec.start[:2], spec.goal]).all()
        assert spec == stages[name].sample("point_nav", seed)
        distance, bearing = to_polar(spec.goal, spec.start)
        said = spec.instruction.removeprefix("Go to the point ").split()
        assert float(said[0]) == pytest.approx(distance, abs=0.051)
        assert spec.instruction.endswith(("left.", "right.", "ahead.")) and distance <= spec.geodesic_distance + 1e-9
        assert ("left" in said[-1]) == (round(math.degrees(bearing)) > 0)


@pytest.mark.slow
def test_most_point_goals_need_a_detour(stages: dict[str, Stage]) -> None:
    """Straight ways are kept with 20 (ratio - 0.98)^2, at most 0.29; without the check most ways here are straight."""

    def straight(*overrides: str) -> float:
        specs = [stages["street"].sample("point_nav", seed, *overrides) for seed in range(16)]
        ratios = [s.geodesic_distance / math.dist(s.start[:2], s.goal) for s in specs]
        return float(np.mean(np.array(ratios) < 1.1))

    assert straight("task.detour=1") > straight() + 0.2


def test_words_for_a_point() -> None:
    assert tell_point((1.0, 1.0, 0.0), (1.0, 3.5)) == "Go to the point 2.5 metres away, 90 degrees to your left."
    assert tell_point((0.0, 0.0, math.pi), (-3.0, 0.0)) == "Go to the point 3.0 metres away, straight ahead."
    assert tell_point((0.0, 0.0, 0.0), (0.0, -12.34)) == "Go to the point 12.3 metres away, 90 degrees to your right."


def test_a_point_goal_is_sensed_by_odometry(stages: dict[str, Stage]) -> None:
    world = stages["office"].set("point_nav")
    first = world.reset(seed=5, perception="none")
    assert first.point_goal == pytest.approx(to_polar(world.episode.goal, world.episode.start))
    assert first.cameras == {} and first.instruction.startswith("Go to the point ")
    reset, told = world.log.events_of("reset")[0], world.log.events_of("instruction")[0]
    assert reset["task"] == "point_nav" and reset["pointgoal"] is True and reset["decision_points"] == []
    assert told["style"] == "point" and told["generated_by"] == "template"


# ---------------------------------------------------------------- told ways


@pytest.mark.parametrize("name", SCENES)
def test_a_told_way_leads_where_the_question_does(stages: dict[str, Stage], name: str) -> None:
    """The same seed draws the same start and goal for direction inquiry and for instructions of either style."""
    for seed in range(2):
        asked, told = stages[name].sample("direction_inquiry", seed), stages[name].sample("vln", seed)
        raw = stages[name].sample("vln", seed, "task.style=raw")
        assert (asked.start, asked.goal, asked.goal_name) == (told.start, told.goal, told.goal_name)
        assert raw.reference_path == told.reference_path and raw.instruction != told.instruction
        assert (asked.style, told.style, raw.style) == ("goal", "worded", "raw") and not told.point_goal
        assert told.reference_path[0] == told.start[:2] and told.reference_path[-1] == pytest.approx(told.goal)
        assert asked.decision_points == told.decision_points
        assert LineString(asked.reference_path).hausdorff_distance(LineString(told.reference_path)) < 6.0


def test_both_styles_are_drawn(stages: dict[str, Stage]) -> None:
    assert {stages["plaza"].sample("vln", seed, "task.style=both").style for seed in range(8)} == {"raw", "worded"}


def test_draws_of_direction_inquiry_are_those_of_old(stages: dict[str, Stage]) -> None:
    """Recorded seeds keep meaning the same episodes."""
    spec = stages["plaza"].sample("direction_inquiry", 7)
    assert (spec.goal_name, spec.instruction) == ("florist", "Take me to the florist.")
    assert spec.start == pytest.approx((-14.945904783, 0.924222872, -0.550178682), abs=1e-8)


@pytest.mark.parametrize("name", SCENES)
def test_decision_points(stages: dict[str, Stage], name: str) -> None:
    stage, rng = stages[name], np.random.default_rng(2)
    goals = [mark.name for mark in stage.scene.landmarks if mark.kind in ("shop", "room", "platform")]
    ambiguous = set()
    for _ in range(6):
        x, y = stage.walkable.sample(rng, 1)[0]
        goal = str(rng.choice(goals))
        route = plan_route(stage.scene, stage.walkable, (float(x), float(y)), 0.0, goal)
        corners = [(float(x), float(y)), *(step.end for step in route.steps)]
        front = stage.scene.landmark(goal).position
        for point in find_decision_points(stage.scene, route):
            assert any(math.dist(point.position, corner) < 1e-6 for corner in corners[:-1])
            seen = open_ground(stage.scene).covers(LineString([point.position, front]))
            assert point.ambiguous == (not seen)
            ambiguous.add(point.ambiguous)
    assert ambiguous


def test_on_an_open_square_one_chooses_at_the_start(small_scene: Scene) -> None:
    """The house in the middle hides the pharmacy from the start; once round it, its front is in sight."""
    region = replace(small_scene.regions[0], polygon=small_scene.walkable)
    small_scene = replace(small_scene, regions=(region,))
    ground = Walkable(small_scene.walkable, radius=0.2)
    route = plan_route(small_scene, ground, (2.0, 2.0), 0.0, "pharmacy")
    points = find_decision_points(small_scene, route)
    assert points[0].position == pytest.approx((2.0, 2.0)) and points[0].ambiguous
    assert not any(point.ambiguous for point in points[1:])
    bakery = plan_route(small_scene, ground, (2.0, 2.0), 0.0, "bakery <&>")
    assert [p.ambiguous for p in find_decision_points(small_scene, bakery)] == [False]


# ---------------------------------------------------------------- files


def _file(folder: Path, spec: EpisodeSpec) -> Path:
    """Write an episode as Habitat does."""
    x, y, yaw = spec.start
    episode = NavigationEpisode(
        episode_id="1",
        scene_id="plaza.glb",
        start=(x, y, 0.0),
        rotation=(0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)),
        goals=(Goal(position=(*spec.goal, 0.0), radius=3.0),),
    )
    path = folder / "episodes.json"
    path.write_text(json.dumps({"episodes": [write_episode(episode, "habitat")]}))
    return path


def test_episodes_come_from_a_file(stages: dict[str, Stage], tmp_path: Path) -> None:
    stage = stages["plaza"]
    drawn = stage.sample("point_nav", 3)
    path = _file(tmp_path, drawn)
    read = stage.sample("point_nav", 9, f"task.episodes={path}")
    assert read.goal == pytest.approx(drawn.goal) and read.start == pytest.approx(drawn.start)
    assert read.geodesic_distance == pytest.approx(drawn.geodesic_distance) and read.point_goal
    with pytest.raises(ValueError, match=r"task\.episodes: expected more than 1 episodes"):
        stage.sample("point_nav", 9, f"task.episodes={path}", episode=1)
    with pytest.raises(ValueError, match="expected episodes with an instruction"):
        stage.sample("vln", 9, f"task.episodes={path}")
    with pytest.raises(ValueError, match=r"outside the map|off the ground"):
        stages["office"].sample("point_nav", 9, f"task.episodes={path}")


@pytest.mark.parametrize(
    ("task", "override", "words"),
    [
        ("point_nav", "task.start=[900,0,0]", r"task\.start: expected a free place"),
        ("point_nav", "task.start=[1,2]", r"task\.start: expected \[x, y, yaw\]"),
        ("point_nav", "task.goal=[900,0]", r"task\.goal: expected \[x, y\] on free ground"),
        ("point_nav", "task.nearest=50", r"task\.nearest: expected less than task\.farthest=40, got 50"),
        ("point_nav", "task.episodes=/no/such/file.json", "/no/such/file.json"),
        ("vln", "task.goal=moon", r"task\.goal: expected one of .*, got 'moon'"),
        ("vln", "task.style=sung", r"task\.style: expected one of raw, worded, both"),
    ],
)
def test_bad_tasks_are_one_line(stages: dict[str, Stage], task: str, override: str, words: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=words) as error:
        stages["plaza"].sample(task, 0, override)
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------- agents


@pytest.mark.parametrize(
    "scene", ["plaza", "office", *(pytest.param(name, marks=pytest.mark.slow) for name in ("street", "station"))]
)
def test_agents_run_every_task_in_every_scene(stages: dict[str, Stage], scene: str) -> None:
    for task, agents in (
        ("direction_inquiry", ("oracle", "never_ask", "ask_nearest", "route_follower")),
        ("point_nav", ("oracle", "route_follower")),
        ("vln", ("oracle", "route_follower")),
    ):
        world = stages[scene].set(task, "task.max_time=1")
        for name in agents:
            log = run_episode(world, AGENTS[name](), seed=1, episode=0)
            assert log.events[-1]["type"] == "episode_end" and log.metadata["scene"] == scene
            assert log.events_of("reset")[0]["task"] == task


@pytest.mark.parametrize("name", ["oracle", "route_follower"])
def test_a_point_near_by_is_reached(stages: dict[str, Stage], name: str) -> None:
    world = stages["plaza"].set("point_nav", "task.farthest=7", "task.detour=1", "task.max_time=60")
    values = score(run_episode(world, AGENTS[name](), seed=2, episode=0))
    assert values["sr"] == 1.0 and values["ne"] < 0.36 and values["spl"] > 0.8


@pytest.mark.slow
def test_being_told_the_way_beats_exploring() -> None:
    (config,) = compose_runs(["task=vln", "crowd.people=12"], {})
    world, found = World(config), {}
    for name in ("route_follower", "never_ask"):
        scores = [score(run_episode(world, AGENTS[name](), seed=seed, episode=seed)) for seed in range(8)]
        found[name] = (np.mean([s["sr"] for s in scores]), np.mean([s["spl"] for s in scores]))
    assert found["route_follower"][0] >= 0.75 and found["route_follower"][1] > found["never_ask"][1] + 0.2
    world.close()
