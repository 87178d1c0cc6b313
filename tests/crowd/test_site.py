import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.site import BUILDING, SIDEWALK, Site

ETH = np.array(
    [[2.00919e-3, 2.81287e-2, -4.66936], [2.51955e-2, 8.06257e-4, -5.06088], [9.25122e-5, 3.45554e-4, 0.462553]]
)
FLAT = np.array([[0.02, 0.0, 1.0], [0.0, -0.025, 12.0], [0.0, 0.0, 1.0]])
FAR = np.array([[0.02, 0.0, 4e5], [0.0, -0.025, 5e6], [0.0, 0.0, 1.0]])  # as in UTM


def site(mask=None, homography=FLAT, **changes):
    if mask is None:
        mask = np.ones((48, 64), bool)
    values = {"name": "yard", "semantic": np.where(mask, SIDEWALK, BUILDING).astype(np.uint8), "homography": homography}
    return Site(**values | changes)


def blobs(seed, shape=(60, 80)):
    """Ground with holes, islands, one-pixel passages and pixels that touch at corners only."""
    rng = np.random.default_rng(seed)
    mask = np.kron(rng.random((shape[0] // 5, shape[1] // 5)) < 0.6, np.ones((5, 5))).astype(bool)
    mask ^= rng.random(shape) < 0.03
    mask[30, :], mask[:, 41] = True, True
    return mask


@pytest.mark.parametrize("homography", [ETH, FLAT, FAR])
def test_pixels_and_metres_are_inverse(homography):
    here = site(homography=homography)
    pixels = np.random.default_rng(0).uniform(0, here.size, (5, 7, 2))
    points = here.to_metres(pixels)
    assert points.shape == (5, 7, 2)
    assert np.allclose(here.to_pixels(points), pixels, atol=1e-6 if homography[0, 2] < 1e3 else 1e-3)
    homogeneous = homography @ [*pixels[1, 2], 1.0]
    assert np.allclose(points[1, 2], homogeneous[:2] / homogeneous[2])
    assert np.isnan(here.to_pixels(np.full(2, np.nan))).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 10.0), st.floats(-3.0, 3.0), st.floats(-100.0, 100.0), st.floats(-100.0, 100.0))
def test_moving_the_world_moves_the_points(scale, angle, x, y):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = site(homography=np.vstack([np.column_stack([turn, [x, y]]), [0, 0, 1]]) @ ETH)
    pixels = np.array([[0.0, 0.0], [63.5, 47.5], [12.0, 30.0]])
    assert np.allclose(moved.to_metres(pixels), site(homography=ETH).to_metres(pixels) @ turn.T + [x, y], atol=1e-6)
    assert moved.inside(moved.to_metres(pixels)).all()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"semantic": np.ones((4, 5, 3), np.uint8)}, r"semantic: expected \(H, W\) uint8, got \(4, 5, 3\) uint8"),
        ({"semantic": np.full((4, 5), 6)}, r"semantic: expected \(H, W\) uint8, got \(4, 5\) int64"),
        ({"semantic": np.zeros((0, 5), np.uint8)}, r"semantic: expected \(H, W\) uint8, got \(0, 5\)"),
        ({"semantic": np.full((4, 5), 8, np.uint8)}, r"semantic: expected ids 0 to 7, got 8"),
        ({"semantic": np.full((4, 5), BUILDING, np.uint8)}, r"expected ground to walk on somewhere, got none"),
        ({"homography": np.eye(4)}, r"homography: expected \(3, 3\) numbers"),
        ({"homography": np.full((3, 3), np.nan)}, r"homography: expected \(3, 3\) numbers"),
        ({"homography": np.outer([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])}, r"homography: expected one that can be inverted"),
        ({"homography": np.zeros((3, 3))}, r"homography: expected one that can be inverted"),
        ({"homography": np.diag([1.0, 1.0, 0.0])}, r"homography: expected one that can be inverted"),
        ({"homography": np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, -20]])}, r"ground on one side of its horizon"),
    ],
)
def test_what_is_no_site_is_one_clear_line(changes, message):
    with pytest.raises(ValueError, match=f"^yard: .*{message}") as caught:
        site(**changes)
    assert "\n" not in str(caught.value) and ";" in str(caught.value)


def test_the_sky_of_a_picture_may_lie_above_the_horizon():
    mask = np.zeros((48, 64), bool)
    mask[21:] = True
    here = site(mask, np.array([[1.0, 0, -32], [0, 0, 100], [0, 1, -20]]))
    assert here.walkable.is_valid and here.walkable.area > 0
    assert here.walkable.bounds[3] == pytest.approx(100.0)


def test_the_edge_belongs_to_the_picture_on_two_sides():
    here = site(homography=np.eye(3))
    points = np.array([[0, 0], [63.99, 47.99], [64, 10], [10, 48], [-0.01, 10], [np.nan, 10]])
    assert here.inside(points).tolist() == [True, True, False, False, False, False]
    assert here.size == (64, 48)


def test_free_is_the_mask_and_all_beyond_its_edge_but_nan_is_not():
    mask = blobs(3)
    here = site(mask, homography=ETH)
    rows, columns = np.mgrid[:60, :80]
    centres = here.to_metres(np.stack([columns, rows], axis=-1) + 0.5)
    assert (here.free(centres) == mask).all()
    outside = here.to_metres(np.array([[-1.0, 5.0], [80.5, 5.0], [3.0, 61.0]]))
    assert here.free(outside).all()
    assert here.free(np.array([[np.nan, 1.0], [1.0, np.nan], [np.nan, np.nan]])).tolist() == [False] * 3
    assert here.free(centres[4, 7]).shape == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("homography", [np.diag([5, 5, 1]) @ FLAT, np.diag([10, 10, 1]) @ ETH, np.eye(3)])
def test_the_walkable_polygon_agrees_with_the_mask(seed, homography):
    here = site(blobs(seed), homography)
    ground = here.walkable
    assert ground.is_valid and ground.geom_type in ("Polygon", "MultiPolygon")
    pixels = np.random.default_rng(seed).uniform(0, here.size, (20_000, 2))
    points = here.to_metres(pixels)
    inside, free = shapely.contains_xy(ground, points), here.free(points)
    off = points[inside != free]
    assert (shapely.distance(ground.boundary, shapely.points(off)) <= 0.03).all()
    assert len(off) < 0.05 * len(points)


def test_narrow_and_pointed_ground_is_kept_to_the_pixel():
    mask = np.zeros((10, 12), bool)
    mask[4, :] = True  # one pixel wide
    mask[5, 0], mask[6, 1], mask[7, 2] = True, True, True  # touch at corners
    ground = site(mask, np.eye(3)).walkable
    assert ground.area == pytest.approx(15.0)
    assert ground.bounds == (0.0, 4.0, 12.0, 8.0)
    ring = np.ones((9, 9), bool)
    ring[3:6, 3:6] = False
    ring[4, 4] = True  # an island in a hole
    ground = site(ring, np.eye(3)).walkable
    assert ground.area == pytest.approx(81 - 9 + 1) and len(ground.geoms) == 2
