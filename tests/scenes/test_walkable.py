"""Free ground: distances and paths against closed forms and an independent visibility graph."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from scenes.walkable import Walkable

WALL = box(0, 0, 10, 10).difference(box(4, 2, 6, 10))  # a U: the way over leads round (4, 2) and (6, 2)


def random_ground(seed: int) -> Polygon:
    """A 20 m square with boxes and discs in it; the part that holds most ground."""
    rng = np.random.default_rng(seed)
    ground = box(0, 0, 20, 20)
    for _ in range(8):
        x, y, w, h = *rng.uniform(1, 17, 2), *rng.uniform(0.5, 4, 2)
        hole = box(x, y, x + w, y + h) if rng.random() < 0.6 else Point(x, y).buffer(w / 2, quad_segs=2)
        ground = ground.difference(rotate(hole, rng.uniform(0, 90)))
    return max(shapely.get_parts(ground), key=lambda part: part.area)


def oracle(ground: Polygon, start: np.ndarray, goal: np.ndarray) -> float:
    """Length of the shortest path by a brute visibility graph over all corners, sight asked of shapely."""
    rings = [ground.exterior, *ground.interiors]
    points = np.vstack([start, goal, *(np.asarray(ring.coords)[:-1] for ring in rings)])
    wide = ground.buffer(1e-7, join_style="mitre")
    shapely.prepare(wide)
    pairs = np.array(list(itertools.combinations(range(len(points)), 2)))
    seen = shapely.covers(wide, shapely.linestrings(points[pairs]))
    lengths = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    matrix = np.zeros((len(points), len(points)))
    matrix[pairs[seen, 0], pairs[seen, 1]] = np.maximum(lengths[seen], 1e-12)
    return float(dijkstra(matrix, directed=False, indices=0)[1])


def length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def test_way_round_a_wall_is_the_closed_form() -> None:
    ground = Walkable(WALL)
    expected = 2 * np.hypot(1, 4) + 2
    assert ground.geodesic((3, 6), (7, 6)) == pytest.approx(expected)
    np.testing.assert_allclose(ground.shortest_path((3, 6), (7, 6)), [(3, 6), (4, 2), (6, 2), (7, 6)])
    assert ground.distance_at([(3, 6)], (7, 6))[0] == pytest.approx(expected, rel=0.01)


def test_open_ground_is_euclidean() -> None:
    ground = Walkable(box(-5, -5, 5, 5))
    points = ground.sample(np.random.default_rng(0), 200)
    np.testing.assert_allclose(
        ground.distance_at(points, (1.03, -2.2)), np.hypot(*(points - (1.03, -2.2)).T), atol=0.02
    )


def test_a_diagonal_through_the_corners_of_a_box_is_blocked() -> None:
    ground = Walkable(box(0, 0, 10, 10).difference(box(4, 4, 6, 6)))
    assert ground.geodesic((2, 2), (8, 8)) == pytest.approx(2 * np.hypot(2, 4))
    assert ground.geodesic((4, 1), (4, 9)) == pytest.approx(8)  # along the face of the box


@pytest.mark.parametrize("seed", range(12))
def test_paths_are_as_short_as_the_oracle_finds_and_stay_on_the_ground(seed: int) -> None:
    polygon = random_ground(seed)
    ground = Walkable(polygon)
    wide = polygon.buffer(1e-6)
    for start, goal in ground.sample(np.random.default_rng(seed), 8).reshape(4, 2, 2):
        path = ground.shortest_path(start, goal)
        assert wide.covers(LineString(path))
        assert length(path) == pytest.approx(oracle(polygon, start, goal), rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_fields_agree_with_exact_distances(seed: int) -> None:
    ground = Walkable(random_ground(seed), radius=0.25)
    rng = np.random.default_rng(seed)
    goal, points = ground.sample(rng, 1)[0], ground.sample(rng, 60)
    exact = np.array([ground.geodesic(point, goal) for point in points])
    found = ground.distance_at(points, goal)
    assert np.array_equal(np.isfinite(found), np.isfinite(exact))
    joined = np.isfinite(exact)
    np.testing.assert_allclose(found[joined], exact[joined], rtol=0.01, atol=0.03)
    field = ground.distance_field(goal)
    assert field.dtype == np.float64
    assert field.shape == ground.free.shape
    assert np.isinf(field[~ground.free]).all()
    assert ground.distance_field(goal) is field


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 200), angle=st.floats(-180, 180))
def test_length_is_symmetric_and_survives_rotation(seed: int, angle: float) -> None:
    polygon = random_ground(seed % 20)
    ground = Walkable(polygon)
    start, goal = ground.sample(np.random.default_rng(seed), 2)
    there = ground.geodesic(start, goal)
    assert ground.geodesic(goal, start) == pytest.approx(there)
    turned = Walkable(rotate(polygon, angle, origin=(0, 0)))
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[c, -s], [s, c]])
    assert turned.geodesic(turned.snap(turn @ start), turned.snap(turn @ goal)) == pytest.approx(there, abs=1e-4)
    assert there >= np.hypot(*(goal - start)) - 1e-9


def test_erosion_keeps_the_body_off_the_walls() -> None:
    ground = Walkable(WALL, radius=0.4)
    points = ground.sample(np.random.default_rng(1), 500)
    assert ground.contains(points).all()
    assert (shapely.distance(WALL.boundary, shapely.points(points)) >= 0.4 - 0.01).all()
    assert not ground.contains([(4.2, 1.7), (0.1, 5.0)]).any()


def test_snap_ends_on_the_ground_and_near() -> None:
    ground = Walkable(WALL, radius=0.3)
    for point in np.random.default_rng(2).uniform(-3, 13, size=(200, 2)):
        snapped = ground.snap(point)
        assert ground.contains(snapped)[0]
        assert np.hypot(*(snapped - point)) <= ground.polygon.distance(Point(point)) + 1e-4
    np.testing.assert_array_equal(ground.snap((2.0, 3.0)), (2.0, 3.0))


def test_free_cells_are_those_whose_centre_is_inside() -> None:
    polygon = random_ground(3)
    ground = Walkable(polygon, cell=0.13)
    rows, columns = np.indices(ground.free.shape)
    x, y = ground.origin[0] + (columns + 0.5) * 0.13, ground.origin[1] + (rows + 0.5) * 0.13
    np.testing.assert_array_equal(ground.free, shapely.contains_xy(polygon, x, y))


def test_islands_are_out_of_reach() -> None:
    ground = Walkable(MultiPolygon([box(0, 0, 2, 2), box(3, 0, 5, 2)]))
    assert ground.geodesic((1, 1), (4, 1)) == np.inf
    assert ground.distance_at([(4, 1)], (1, 1))[0] == np.inf
    with pytest.raises(ValueError, match="no way leads there"):
        ground.shortest_path((1, 1), (4, 1))


def test_points_off_the_ground_are_refused() -> None:
    ground = Walkable(WALL)
    for call in (ground.geodesic, ground.shortest_path):
        with pytest.raises(ValueError, match=r"start: expected \(x, y\) on the walkable ground"):
            call((5, 5), (1, 1))
        with pytest.raises(ValueError, match=r"goal: expected"):
            call((1, 1), (5, 5))
    with pytest.raises(ValueError, match="goal"):
        ground.distance_field((5, 5))
    with pytest.raises(ValueError, match="smaller radius"):
        Walkable(WALL, radius=6)


def test_a_pocket_counts_from_the_nearest_way() -> None:
    """Two rooms without a door: from the second, the way to a goal in the first leads through the wall."""
    ground = Walkable(MultiPolygon([box(0, 0, 4, 4), box(4.5, 0, 6, 4)]), radius=0.2)
    assert np.isinf(ground.distance_at((5.2, 2.0), (1.0, 2.0))[0])
    assert ground.distance_from_pocket((5.2, 2.0), (1.0, 2.0)) == pytest.approx(4.2, abs=0.15)
    assert ground.distance_from_pocket((2.0, 2.0), (1.0, 2.0)) == pytest.approx(1.0, abs=0.15)
