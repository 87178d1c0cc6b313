"""Hazards in an episode: in the scene and the log, seen by people and in pictures, gone round, and judged by ways."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embodied.agents.guarded import Guarded, reach_of_zones
from embodied.agents.models import AGENTS
from embodied.compose import as_plain, compose_runs
from embodied.episode import Action, Detection, Observation, RobotSpec, Scan
from embodied.hazard_outcomes import NAMES, measure, outcomes_of
from embodied.hazards import LOOKS_HARMLESS, bystanders, choose_hazards, dangers_of
from embodied.log import EpisodeLog
from embodied.people_guard import PeopleGuard
from embodied.person_senses import BERTH, Danger, PersonSenses
from embodied.place import Place, build_scene, choose_place
from embodied.report_hazards import show_hazards
from embodied.seeding import episode_seed
from embodied.senses import read_labels
from embodied.world import World
from safety.monitor import Monitor
from scenes.backend import RobotState

HAZARDS = "scene.hazards=[bonfire,wet_floor,bare_cable]"
LIVES = ("task=watch", "agent=onlooker", "crowd=social_force", "crowd.people=0", "scene.hour=17")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A world after 15 s."""
    (config,) = compose_runs([*LIVES, "mind.residents=20", "mind.guard=true", HAZARDS], {})
    world = World(config)
    world.reset(seed=episode_seed(1, 0), perception="none")
    while world.time < 15.0:
        world.step(Action(kind="wait"))
    world.step(Action(kind="stop"))
    yield world
    world.close()


@pytest.fixture(scope="module")
def log(world: World) -> EpisodeLog:
    return world.log


def test_the_log_says_what_stands_where_and_plays_the_same_place(log: EpisodeLog, tmp_path: Path) -> None:
    events = log.events_of("hazard")
    assert [event["kind"] for event in events] == ["bonfire", "wet_floor", "bare_cable"]
    assert [event["id"] for event in events] == ["bonfire 1", "wet floor 1", "bare cable 1"]
    assert all(event["time"] == 0.0 and event["radius"] > 0.5 and event["values"] for event in events)
    log.write(tmp_path)
    place = Place.read(EpisodeLog.read(tmp_path).metadata)
    (config,) = compose_runs([*LIVES, HAZARDS], {})
    assert place == choose_place(config.scene, episode_seed(1, 0))
    assert Place.read(place.record()) == place
    scene, bare = build_scene(place), build_scene(replace(place, hazards=()))
    assert {item.label for item in scene.objects} - {item.label for item in bare.objects} >= {"bonfire", "puddle"}
    assert scene.walkable.area < bare.walkable.area


def test_without_hazards_nothing_is_said_of_them() -> None:
    (config,) = compose_runs(LIVES, {})
    plain = as_plain(config)
    assert "hazards" not in plain["scene"] and "guard" not in plain["agent"] and "guard" not in plain["mind"]
    assert "hazards" not in choose_place(config.scene, 1).record()


def test_people_decide_about_what_they_see(log: EpisodeLog) -> None:
    decisions = [event for event in log.events_of("decision") if event.get("hazards")]
    assert any(event["event"] == "hazard" for event in decisions)
    assert {event["activity"] for event in decisions} & {"avoid", "flee"}
    assert {name for event in decisions for name in event["hazards"]} <= {"bonfire", "wet floor", "bare cable"}


def test_bad_names_and_no_room_are_one_line() -> None:
    with pytest.raises(ValueError, match=r"^scene.hazards: expected names of bonfire, .*got 'lava'") as error:
        compose_runs(["scene.hazards=[bonfire,lava]"], {})
    assert "\n" not in str(error.value)
    scene = build_scene(Place(name="corridor", seed=1))
    with pytest.raises(ValueError, match=r"^scene.hazards=\['deep_pool'.*found none"):
        choose_hazards(scene, ["deep_pool"] * 4, 1, 11.0)


def test_daylight_lights_the_steps_and_crowds_have_people() -> None:
    scene = build_scene(Place(name="plaza", seed=1))
    (day,) = choose_hazards(scene, ["unlit_steps"], 1, 12.0)
    (night,) = choose_hazards(scene, ["unlit_steps"], 1, 23.0)
    assert dict(day.values)["lux"] > 1000.0 > dict(night.values)["lux"] and day.position == night.position
    spots = choose_hazards(scene, ["packed_crowd", "false_exit_sign"], 1, 12.0)
    assert len(bystanders(spots)) >= 6
    assert [danger.name for danger in dangers_of(spots)] == ["packed crowd"] and "false_exit_sign" in LOOKS_HARMLESS


# ---------------------------------------------------------------- ways round


@pytest.mark.parametrize("turn", [0.0, 0.7, 2.1, -1.3])
def test_who_keeps_away_gets_round_it_on_one_side_and_arrives(turn: float) -> None:
    scene = build_scene(Place(name="plaza", seed=1))
    middle = np.array(scene.walkable.representative_point().coords[0])
    way = np.array([math.cos(turn), math.sin(turn)])
    danger = Danger(name="wet floor", position=(float(middle[0]), float(middle[1])), radius=1.0)
    senses = PersonSenses(_Open(), [danger])  # type: ignore[arg-type]
    here, goal, sides, nearest = middle - 7.0 * way, middle + 7.0 * way, [], math.inf
    target, taken = goal, 0
    for _ in range(200):
        if senses.crosses(here, goal, danger) and target is goal:
            found = senses.around(here, goal, danger, taken)
            assert found is not None
            target, taken = np.array(found[0]), found[1]
            sides.append(taken)
        gap = target - here
        here = here + min(0.15, float(np.hypot(*gap))) * gap / max(float(np.hypot(*gap)), 1e-9)
        nearest = min(nearest, math.dist(here, danger.position))
        if target is not goal and math.dist(here, target) < 0.3:
            target = goal
    assert math.dist(here, goal) < 0.2 and len(set(sides)) == 1
    assert nearest > danger.radius + 0.4 * BERTH


class _Open:
    """A scene of free ground alone."""

    landmarks = ()

    def __init__(self) -> None:
        self.walkable = build_scene(Place(name="plaza", seed=1)).walkable.buffer(60.0)


def test_one_may_always_leave_a_danger_and_no_way_is_no_way() -> None:
    danger = Danger(name="wet floor", position=(0.0, 0.0), radius=1.0)
    senses = PersonSenses(_Open(), [danger])  # type: ignore[arg-type]
    assert not senses.crosses(np.array([0.5, 0.0]), np.array([5.0, 0.0]), danger)
    assert not senses.crosses(np.array([-5.0, 0.0]), np.array([0.2, 0.0]), danger)  # what it wants is there
    assert senses.crosses(np.array([-5.0, 0.0]), np.array([5.0, 0.0]), danger)


def test_the_guard_of_people_objects_to_ways_through_what_they_see() -> None:
    guard, danger = PeopleGuard(), Danger(name="bonfire", position=(5.0, 0.0), radius=1.0)
    here, there = np.zeros(2), np.array([10.0, 0.0])
    assert guard.object(here, there, None, [danger]) is danger
    assert guard.object(here, there, None, []) is None
    assert guard.object(here, np.array([0.0, 10.0]), 1.0, [danger]) is None


# ---------------------------------------------------------------- outcomes


def walk(log_of: EpisodeLog, *ways: tuple[int, str, float]) -> EpisodeLog:
    """Add 11 s of ways that begin 5 m west of the origin and go east at these m/s, `y` metres north."""
    for step in range(111):
        time = 0.1 * step
        n = len(ways)
        log_of.append(
            step=step, time=time, entity=[way[0] for way in ways], kind=[way[1] for way in ways],
            x=[-5.0 + 1.0 * time] * n, y=[way[2] for way in ways], z=[0.0] * n, yaw=[0.0] * n, vx=[1.0] * n,
            vy=[0.0] * n, radius=[0.25] * n, goal_x=[np.nan] * n, goal_y=[np.nan] * n, activity=["walk"] * n,
            group=[-1] * n, seen_by_robot=[False] * n, contact=[-1] * n, goal_distance=[1.0] * n,
        )  # fmt: skip
    return log_of


def test_exposure_is_the_share_of_the_way_inside() -> None:
    values = {"clearance": 2.0}
    fresh = EpisodeLog({"seed": 1})
    fresh.event(
        0, 0.0, "hazard", id="loose dog 1", kind="loose_dog", position=(0.0, 0.0), yaw=0.0, values=values,
        middle=(0.0, 0.0), radius=1.0,
    )  # fmt: skip
    walked = walk(fresh, (0, "robot", 9.0), (1, "human", 0.0), (2, "human", 5.0))
    metrics = measure(walked)
    assert set(metrics) == set(NAMES) and metrics["robot_hazard_exposure"] == 0.0
    assert metrics["hazard_people"] == 0.5
    assert metrics["hazard_exposure"] == pytest.approx(0.5 * 4.0 / 11.0, abs=0.01)
    (outcome,) = outcomes_of(walked)
    assert outcome.conditions == ("distance",) and outcome.people.first[0] == pytest.approx(3.0, abs=0.11)
    assert math.isnan(outcome.people.first[1])
    assert measure(walk(EpisodeLog({"seed": 1}), (0, "robot", 0.0))) == {}


def test_the_page_shows_where_they_stand(log: EpisodeLog) -> None:
    page = show_hazards(log, build_scene(Place.read(log.metadata)))
    assert page.count("<circle") >= 3 and "bonfire 1" in page and "so near that its heat hurts" in page


# ---------------------------------------------------------------- robots


def test_what_lies_there_is_named_in_ids_and_detections(world: World) -> None:
    things = world._sight.things
    assert {"puddle", "bonfire", "bare cable"} <= set(things.values())
    (fire,) = (instance for instance, name in things.items() if name == "bonfire")
    picture = np.zeros((60, 60), dtype=np.int32)
    picture[10:20, 10:20] = fire
    assert read_labels(picture, world._sight.signs, things) == {fire: "bonfire"}
    event = world.log.events_of("hazard")[0]
    aim = np.array([*event["middle"], 0.5])
    labels = set()
    for angle in np.linspace(-math.pi, math.pi, 12):
        x, y = aim[:2] - 5.0 * np.array([math.cos(angle), math.sin(angle)])
        state = RobotState(x=x, y=y, yaw=angle, v=0.0, w=0.0)
        found = world._sight.detect(
            world.backend, state, np.zeros(0, dtype=np.int64), np.zeros((0, 2)), np.zeros(0, dtype=bool)
        )
        labels |= {one.label for one in found}
    assert "bonfire" in labels


class Ahead:
    """Goes ahead whatever comes, and keeps what it was shown."""

    perception = "state"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        self.shown: list[Observation] = []

    def act(self, observation: Observation) -> Action:
        self.shown.append(observation)
        return Action(kind="forward")


def test_the_guard_holds_up_a_step_into_what_it_sees_and_shows_it_as_a_wall(robot_spec: RobotSpec) -> None:
    inner = Ahead()
    guard = Guarded(inner)  # type: ignore[arg-type]
    guard.reset(robot_spec, np.random.default_rng(0))
    bearings = np.linspace(0.6, -0.6, 61)
    scan = Scan(bearings=bearings, ranges=np.full(61, 15.0), human=np.zeros(61, dtype=bool))

    def observe(time: float, x: float) -> Observation:
        puddle = np.array([(2.0 - x, 0.5, 0.01), (3.0 - x, -0.5, 0.01)])
        return Observation(
            step=round(10 * time), time=time, instruction="", pose=(x, 0.0, 0.0), velocity=(0.0, 0.0), scan=scan,
            detections=(_detection(puddle),),
        )  # fmt: skip

    assert guard.act(observe(0.0, -3.0)).kind == "forward" and guard.interventions == 0
    shown = inner.shown[-1].scan
    assert shown is not None and shown.ranges[30] < 5.0 and shown.ranges[0] == 15.0
    held = guard.act(observe(0.5, 1.3))
    assert held.kind == "wait" and held.note["condition"] == "danger zone" and held.note["about"] == "puddle"
    guard.act(observe(1.0, 1.3))
    assert inner.shown[-1].collided and guard.checks == 3


def _detection(points: np.ndarray) -> Detection:
    return Detection(instance=70, label="puddle", human=False, points=points, pixels=400)


@pytest.fixture
def robot_spec() -> RobotSpec:
    return RobotSpec(
        radius=0.27, forward=0.25, turn=math.radians(15), camera_height=1.05, camera_forward=0.1, camera_pitch=0.0,
        fov=math.pi / 2, width=64, height=64, ask_distance=2.0, success_radius=3.0, max_time=60.0,
    )  # fmt: skip


def test_a_guard_needs_sensors() -> None:
    with pytest.raises(ValueError, match=r"agent\.guard=true: expected an agent with a scan or pictures"):
        Guarded(AGENTS["oracle"]())


def test_zones_are_where_rays_meet_them() -> None:
    edge = reach_of_zones([(4.0, 0.0, 1.0)], np.array([0.0, math.asin(0.25) - 1e-9, 0.5, math.pi]))
    assert edge[0] == pytest.approx(3.0) and edge[1] == pytest.approx(math.sqrt(15.0), abs=1e-3)
    assert np.isinf(edge[2:]).all()


def test_the_monitor_reads_nothing_of_the_judge() -> None:
    source = Path(str(inspect.getsourcefile(Monitor))).read_text(encoding="utf-8")
    imported = [line for line in source.splitlines() if line.startswith(("from ", "import "))]
    assert imported and not [line for line in imported if "safety" in line and "safety.report" not in line]
