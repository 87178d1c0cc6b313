"""Ways as people tell them: closed forms on a cross of streets, and what must hold on any square."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from scenes.procedural.plaza import Plaza
from scenes.routes import LandmarkGraph, plan_route, simplify_path, wrap
from scenes.scene import Landmark, Region, Scene
from scenes.walkable import Walkable

NOMINAL = {"straight": 0.0, "left": 90.0, "right": -90.0, "around": 180.0, "slight_left": 35.0, "slight_right": -35.0}


def mark(name: str, x: float, y: float, ax: float, ay: float, region: str, kind: str = "shop") -> Landmark:
    return Landmark(
        name=name,
        kind=kind,
        text="",
        position=(x, y),
        anchor=(ax, ay, 2.0),
        facing=float(np.arctan2(y - ay, x - ax)),
        region=region,
        instance=1,
    )


@pytest.fixture(scope="module")
def corner() -> tuple[Scene, Walkable]:
    """An L: a street east along y in [-2, 2], then one north along x in [28, 32]."""
    east, north = box(-2, -2, 32, 2), box(28, 2, 32, 30)
    landmarks = (
        mark("bank", 10, 0.5, 10, 2, "east street"),
        mark("cafe", 18, -0.5, 18, -2, "east street"),
        mark("statue", 31, -1, 31.5, -1.5, "east street", "statue"),
        mark("hotel", 30.5, 20, 32, 20, "north street"),
        mark("florist", 30.5, 26, 32, 26, "north street"),
    )
    scene = Scene(
        name="corner",
        seed=0,
        objects=(),
        walkable=east.union(north),
        regions=(
            Region(name="east street", kind="street", polygon=east),
            Region(name="north street", kind="street", polygon=north),
        ),
        landmarks=landmarks,
        entrances=(),
        spots=(),
    )
    return scene, Walkable(scene.walkable, radius=0.3)


@cache
def plaza(seed: int) -> tuple[Scene, Walkable]:
    scene = Plaza().build(np.random.default_rng(seed), seed)
    return scene, Walkable(scene.walkable, radius=0.3)


def test_the_way_round_a_corner(corner: tuple[Scene, Walkable]) -> None:
    route = plan_route(*corner, (0.0, 0.0), np.pi, "hotel")
    assert [step.turn for step in route.steps] == ["around", "left"]
    assert route.steps[0].passes == (("bank", "left"), ("cafe", "right"))
    assert route.steps[0].until == "statue"
    assert route.steps[0].heading == pytest.approx(0.0, abs=0.1)
    assert route.steps[1].heading == pytest.approx(np.arctan2(17.7, 2.8), abs=0.1)  # slants to the door
    assert route.steps[1].until == "hotel"
    assert route.side == route.steps[1].until_side == "right"
    assert route.beside == "florist"
    assert route.length == pytest.approx(np.hypot(28.2, 1.8) + np.hypot(2.3, 18.2), rel=0.005)


def test_sides_follow_the_walker(corner: tuple[Scene, Walkable]) -> None:
    there = plan_route(*corner, (0.0, 0.0), 0.0, "cafe")
    back = plan_route(*corner, (25.0, 0.0), 0.0, "cafe")
    assert there.steps[0].turn == "straight"
    assert back.steps[0].turn == "around"
    assert (there.side, back.side) == ("right", "left")


def test_nothing_to_walk_when_there(corner: tuple[Scene, Walkable]) -> None:
    route = plan_route(*corner, (10.0, 0.4), np.pi / 2, "bank")
    assert route.steps == ()
    assert route.side == "ahead"


def test_a_wiggle_is_no_leg() -> None:
    path = np.array([(0, 0), (4, 0.4), (8, 0), (12, -0.3), (16, 0), (16.4, 0.9), (16.5, 10)], dtype=float)
    np.testing.assert_allclose(simplify_path(path)[[0, -1]], path[[0, -1]])
    assert len(simplify_path(path)) == 3


def test_unknown_goal_lists_those_there_are(corner: tuple[Scene, Walkable]) -> None:
    with pytest.raises(KeyError, match="bank"):
        plan_route(*corner, (0.0, 0.0), 0.0, "zoo")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2), draw=st.integers(0, 10_000), yaw=st.floats(-np.pi, np.pi))
@example(seed=1, draw=6804, yaw=0.0)  # a sharp turn, whose corner lies far past it
def test_following_the_legs_leads_to_the_goal(seed: int, draw: int, yaw: float) -> None:
    scene, walkable = plaza(seed)
    rng = np.random.default_rng(draw)
    start = walkable.sample(rng, 1)[0]
    goal = scene.landmarks[int(rng.integers(len(scene.landmarks)))]
    route = plan_route(scene, walkable, (float(start[0]), float(start[1])), yaw, goal.name)
    point, heading = start.copy(), yaw
    for step in route.steps:
        turned = wrap(step.heading - heading)
        assert abs(wrap(turned - np.radians(NOMINAL[step.turn]))) <= np.radians(60.1)  # the word fits the angle
        heading = step.heading
        point = point + step.distance * np.array([np.cos(heading), np.sin(heading)])
        np.testing.assert_allclose(point, step.end, atol=1e-6)
        assert {name for name, _ in step.passes}.isdisjoint({step.until, goal.name})
    assert np.hypot(*(point - goal.position)) < 1.0
    walked = sum(step.distance for step in route.steps)
    assert 0.8 * route.length - 0.5 <= walked <= 1.25 * route.length
    assert route.length == pytest.approx(walkable.geodesic(start, walkable.snap(goal.position)))
    assert all(step.distance >= 1.0 for step in route.steps[:-1])
    assert [step.turn == "straight" for step in route.steps[1:]].count(True) == 0
    if route.steps:
        assert route.steps[-1].until == goal.name


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_turned_world_is_told_in_the_same_words(corner: tuple[Scene, Walkable], quarter: int) -> None:
    from dataclasses import replace

    from shapely.affinity import rotate

    scene, walkable = corner
    angle = quarter * np.pi / 2
    turn = np.round(np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))

    def spin(point: tuple[float, ...]) -> tuple[float, ...]:
        return (*(turn @ point[:2]).tolist(), *point[2:])

    turned = replace(
        scene,
        walkable=rotate(scene.walkable, angle, origin=(0, 0), use_radians=True),
        regions=tuple(
            replace(region, polygon=rotate(region.polygon, angle, origin=(0, 0), use_radians=True))
            for region in scene.regions
        ),
        landmarks=tuple(
            replace(item, position=spin(item.position), anchor=spin(item.anchor), facing=item.facing + angle)
            for item in scene.landmarks
        ),
    )
    for goal in ("hotel", "cafe", "statue"):
        a = plan_route(scene, walkable, (1.0, 0.5), 0.4, goal)
        start = spin((1.0, 0.5))
        b = plan_route(turned, Walkable(turned.walkable, radius=0.3), (start[0], start[1]), 0.4 + angle, goal)
        assert [(s.turn, s.passes, s.until, s.until_side) for s in a.steps] == [
            (s.turn, s.passes, s.until, s.until_side) for s in b.steps
        ]
        assert (a.side, a.beside) == (b.side, b.beside)
        assert a.length == pytest.approx(b.length)


def test_the_graph_knows_what_is_near(corner: tuple[Scene, Walkable]) -> None:
    scene, walkable = corner
    graph = LandmarkGraph(scene, walkable)
    assert set(graph.nodes) == {"bank", "cafe", "statue", "hotel", "florist", "east street/north street"}
    assert "hotel" not in graph.edges["bank"]
    assert graph.edges["bank"]["cafe"] == pytest.approx(np.hypot(8, 1))
    assert graph.within((9.0, 0.0), 12.0) == ("bank", "cafe")
    assert graph.within((9.0, 0.0), 100.0)[-1] == "florist"


def test_the_graph_joins_everything_on_a_square() -> None:
    scene, walkable = plaza(0)
    graph = LandmarkGraph(scene, walkable)
    assert sum("/" in name for name in graph.nodes) == len(scene.regions) - 1
    for name, edges in graph.edges.items():
        for other, length in edges.items():
            assert graph.edges[other][name] == pytest.approx(length)
            assert length >= LineString([graph.nodes[name], graph.nodes[other]]).length - 1e-9
    seen, queue = {"fountain"}, ["fountain"]
    while queue:
        new = set(graph.edges[queue.pop()]) - seen
        seen |= new
        queue += new
    assert seen == set(graph.nodes)
