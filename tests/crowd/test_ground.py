import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from crowd.ground import CLEARANCE, Ground

ROOM = box(0, 0, 20, 12).difference(shapely.union_all([box(9, 0, 10, 8), Point(15, 5).buffer(1.5)]))


def test_distance_to_walls_is_exact_up_to_the_cell():
    ground = Ground(ROOM)
    points = np.random.default_rng(0).uniform([-1, -1], [21, 13], (2000, 2))
    signed = shapely.distance(shapely.points(points), ROOM.boundary)
    signed = np.where(shapely.contains_xy(ROOM, points[:, 0], points[:, 1]), signed, -signed)
    distance, gradient = ground.wall(points)
    assert np.abs(distance - np.clip(signed, -2, 2)).max() < 0.5 * ground.cell  # at ridges
    smooth = np.abs(signed) < 1.5
    assert np.median(np.hypot(*gradient[smooth].T)) == pytest.approx(1.0, abs=1e-3)


def test_a_concave_ground_and_a_multipolygon_are_filled_by_the_even_odd_rule():
    spiral = Polygon([(0, 0), (10, 0), (10, 10), (2, 10), (2, 4), (4, 4), (4, 8), (8, 8), (8, 2), (0, 2)])
    for ground in (spiral, shapely.union_all([box(0, 0, 3, 3), box(5, 5, 9, 9)])):
        points = np.random.default_rng(1).uniform(-1, 11, (1000, 2))
        clear = shapely.distance(shapely.points(points), ground.boundary) > 0.05
        inside = shapely.contains_xy(ground, points[:, 0], points[:, 1])
        assert np.array_equal((Ground(ground).wall(points)[0] > 0)[clear], inside[clear])


def test_path_in_the_open_is_straight_and_round_a_wall_is_the_shortest():
    ground = Ground(box(0, 0, 20, 12))
    path = ground.path((1.0, 1.0), (19.0, 9.0))
    assert np.hypot(*np.diff(path, axis=0).T).sum() == pytest.approx(math.hypot(18, 8), rel=1e-6)
    ground = Ground(box(0, 0, 20, 12).difference(box(9, 0, 10, 8)))
    path = ground.path((5.0, 1.0), (14.0, 1.0))
    taut = math.hypot(4 - CLEARANCE, 7 + CLEARANCE) + 1 + 2 * CLEARANCE + math.hypot(4 - CLEARANCE, 7 + CLEARANCE)
    length = np.hypot(*np.diff(path, axis=0).T).sum()
    assert taut - 0.2 < length < 1.08 * taut  # it keeps off walls where that costs little
    assert ground.wall(path)[0].min() > 0.2


def test_fields_are_shared_by_goals_that_see_one_another():
    ground = Ground(ROOM)
    assert ground.field((2.0, 2.0)) == ground.field((3.0, 2.5))
    assert ground.field((8.5, 2.0)) != ground.field((10.5, 2.0))  # a wall between


def test_no_way_is_an_error_and_an_empty_ground_too():
    two = shapely.union_all([box(0, 0, 3, 3), box(5, 5, 9, 9)])
    ground = Ground(two)
    assert not ground.reaches((1, 1), (7, 7))
    with pytest.raises(ValueError, match="goal: expected a point that can be reached"):
        ground.path((1, 1), (7, 7))
    with pytest.raises(ValueError, match="expected a polygon with an area"):
        Ground(Polygon())
    with pytest.raises(ValueError, match="m wide somewhere"):
        Ground(box(0, 0, 10, 0.3))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    holes=st.lists(st.tuples(st.floats(1, 19), st.floats(1, 11), st.floats(0.3, 2.0)), min_size=0, max_size=6),
    seed=st.integers(0, 1000),
)
def test_paths_keep_off_walls_wherever_there_is_a_way(holes, seed):
    walkable = box(0, 0, 20, 12).difference(
        shapely.union_all([Point(x, y).buffer(r) for x, y, r in holes] or [Point()])
    )
    ground = Ground(walkable)
    rng = np.random.default_rng(seed)
    start, goal = (ground.snap(tuple(rng.uniform([0, 0], [20, 12]))) for _ in range(2))
    if ground.reaches(start, goal):
        path = ground.path(start, goal)
        assert np.allclose(path[0], start) and np.allclose(path[-1], goal)
        assert np.hypot(*np.diff(path, axis=0).T).max() < 0.5
        assert ground.wall(path)[0].min() > 0.15


def test_whether_a_goal_can_be_reached_costs_no_field_and_agrees_with_the_way():
    two = shapely.union_all([box(0, 0, 6, 6), box(7, 0, 12, 6)])
    ground = Ground(two)
    rng = np.random.default_rng(0)
    points = [ground.snap(tuple(rng.uniform([0, 0], [12, 6]))) for _ in range(24)]
    pairs = list(zip(points[::2], points[1::2], strict=True))
    found = [ground.reaches(a, b) for a, b in pairs]
    assert len(ground.way) == 0 and 0 < sum(found) < len(found)
    assert found == [math.isfinite(ground.cost(a, b)) for a, b in pairs]


def test_very_many_goals_share_fields_that_still_lead_to_each(monkeypatch):
    monkeypatch.setattr("crowd.ground.CROWDED", 12)
    ground = Ground(ROOM)
    rng = np.random.default_rng(0)
    goals = [ground.snap(tuple(rng.uniform([0, 0], [20, 12]))) for _ in range(400)]
    fields = [ground.field(goal) for goal in goals]
    assert len(ground.way) == len(set(fields)) < 40
    assert ground.way.dtype == np.int8 and ground.travel.dtype == np.float16
    for goal in goals[::20]:
        path = ground.path((1.0, 1.0), goal)
        assert np.allclose(path[-1], goal) and ground.wall(path)[0].min() > 0.15
        assert np.hypot(*np.diff(path, axis=0).T).sum() < 1.3 * ground.cost((1.0, 1.0), goal) + 6.0


def test_a_twin_shares_fields_but_not_which_goals_share_them():
    ground = Ground(ROOM)
    twin = ground.twin()
    one = ground.field((2.0, 2.0))
    assert twin.field((3.0, 2.5)) != one == ground.field((3.0, 2.5))  # alone it would have made its own
    assert len(twin.way) == len(ground.way) == 2
    assert twin.field((2.0, 2.0)) != one  # near to its own first goal
    assert ground.twin().field((2.0, 2.0)) == one and len(ground.way) == 2  # made before: not again


def test_a_very_large_ground_has_coarser_cells():
    assert Ground(box(0, 0, 30, 30)).cell == 0.1
    assert Ground(box(0, 0, 600, 350)).cell == pytest.approx(0.1528, abs=1e-3)


def test_who_is_inside_of_a_wall_comes_out_on_the_side_it_goes_to():
    ground = Ground(box(0, 0, 20, 10).difference(box(9, 2, 11, 8)), clearance=0.25)
    assert ground.snap((9.4, 5.0))[0] < 9.0 and ground.snap((9.4, 5.0), 0.2, towards=(2.0, 5.0))[0] < 9.0
    beyond = ground.snap((9.8, 5.0), 0.2, towards=(18.0, 5.0))
    assert beyond[0] > 11.0 and ground.wall(np.array([beyond]))[0][0] >= 0.2
    assert ground.snap((8.78, 5.0), 0.2) == (8.78, 5.0)  # room for a slim body
    assert abs(ground.snap((8.9, 5.0), 0.2)[0] - 8.8) < 0.02
