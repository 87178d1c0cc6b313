"""The offline tools: shells are cut and inflated as geometry says, the gait asset follows from the recordings."""

from pathlib import Path

import numpy as np
import pytest

from motion.distill import distill, fourier, regress
from motion.gait import ASSET
from motion.solids import box, ring, tube
from motion.tailor import (
    Piece,
    border,
    clear,
    clip,
    ellipsoid,
    extend,
    inflate,
    join,
    line,
    loft,
    normals,
    patch,
    reach,
    rim,
    smooth,
    subdivide,
)
from motion.unwrap import unroll

DATA = Path(__file__).resolve().parents[3] / "shared/data/motion"


@pytest.fixture
def ball() -> Piece:
    vertices, faces = ellipsoid(np.zeros(3), np.ones(3), rows=41, columns=64)
    return Piece(material="skin", vertices=vertices, faces=faces, weights=np.ones((len(vertices), 1)), triangles=1.0)


def area(piece: Piece) -> float:
    a, b, c = (piece.vertices[piece.faces[:, k]] for k in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def test_normals_of_a_ball_point_outwards(ball):
    middle = np.abs(ball.vertices[:, 2]) < 0.9
    np.testing.assert_allclose(normals(ball.vertices, ball.faces)[middle], ball.vertices[middle], atol=0.02)


def test_clipping_a_ball_in_half(ball):
    half = clip(ball, ball.vertices[:, 2] - 0.123)
    assert half.vertices[:, 2].min() == pytest.approx(0.123, abs=1e-9)
    assert area(half) == pytest.approx(2 * np.pi * (1 - 0.123), rel=0.01)
    edges = border(half.faces)
    hem = np.unique(edges)
    hem = hem[half.vertices[hem, 2] < 0.5]  # the pole is open too
    np.testing.assert_allclose(half.vertices[hem, 2], 0.123, atol=1e-9)
    np.testing.assert_allclose(half.weights, 1.0)


def test_clipping_everything_away_says_so(ball):
    with pytest.raises(ValueError, match="skin"):
        clip(ball, -np.ones(len(ball.vertices)))


def test_inflating_line_and_rim(ball):
    assert area(inflate(ball, 0.1)) == pytest.approx(area(ball) * 1.21, rel=0.01)
    both = line(ball)
    assert len(both.faces) == 2 * len(ball.faces)
    inner = normals(both.vertices[len(ball.vertices) :], ball.faces[:, ::-1])
    outer = normals(ball.vertices, ball.faces)
    assert (np.einsum("vi,vi->v", inner, outer)[65:-65] < -0.95).all()
    half = clip(ball, ball.vertices[:, 2])
    hemmed = rim(half, 0.1)
    assert np.linalg.norm(hemmed.vertices, axis=1).min() == pytest.approx(0.9, abs=0.01)


def test_smoothing_shrinks_bumps_and_keeps_the_border(ball):
    half = clip(ball, ball.vertices[:, 2])
    rough = Piece(
        material="skin", faces=half.faces, weights=half.weights, triangles=1.0,
        vertices=half.vertices * (1 + 0.05 * np.random.default_rng(0).standard_normal((len(half.vertices), 1))),
    )  # fmt: skip
    soft = smooth(rough, 3)
    assert np.linalg.norm(soft.vertices, axis=1).std() < 0.5 * np.linalg.norm(rough.vertices, axis=1).std()
    hem = np.unique(border(rough.faces))
    np.testing.assert_array_equal(soft.vertices[hem], rough.vertices[hem])


def test_subdividing_keeps_the_shape(ball):
    fine = subdivide(ball)
    assert len(fine.faces) == 4 * len(ball.faces)
    assert area(fine) == pytest.approx(area(ball), rel=1e-9)
    assert len(border(fine.faces)) == 2 * len(border(ball.faces))


def test_a_hem_goes_on_downwards(ball):
    half = clip(ball, ball.vertices[:, 2])
    edges = border(half.faces)
    edges = edges[(half.vertices[edges, 2] < 0.5).all(axis=1)]
    waist = half.vertices[np.unique(edges)]
    rows = np.stack([waist - [0, 0, 0.5], waist - [0, 0, 1.0]])
    skirt = extend(half, edges, rows, np.ones((2, len(waist), 1)))
    assert area(skirt) - area(half) == pytest.approx(2 * np.pi, rel=0.01)
    direction = normals(skirt.vertices, skirt.faces)[len(half.vertices) :]
    assert (np.einsum("vi,vi->v", direction, rows.reshape(-1, 3) * [1, 1, 0]) > 0.9).all()


def test_patches_lie_on_top(ball):
    pocket = patch(ball, 0.4 - np.abs(ball.vertices[:, 2]), "bag", 0.05)
    outer = np.linalg.norm(pocket.vertices, axis=1)
    assert outer.max() == pytest.approx(1.05, abs=0.002)
    assert pocket.material == "bag"
    assert len(border(pocket.faces)) > 0


def test_cloth_is_pushed_off_the_body(ball):
    inside = inflate(ball, -0.3)
    freed = clear(inside, ball.vertices, ball.vertices, 0.1)
    assert np.linalg.norm(freed.vertices, axis=1).min() > 1.09
    outside = inflate(ball, 0.3)
    np.testing.assert_array_equal(clear(outside, ball.vertices, ball.vertices, 0.1).vertices, outside.vertices)


def test_the_outline_of_a_square():
    angle = np.radians([0.0, 45.0, 90.0, 200.0])
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0], [0.2, 0.1]])
    found = reach(corners, np.stack([np.cos(angle), np.sin(angle)], axis=1))
    np.testing.assert_allclose(found, [1.0, np.sqrt(2.0), 1.0, 1.0 / np.cos(np.radians(20.0))])


def test_lofts_look_outwards(ball):
    turn = np.linspace(-np.pi, np.pi, 64, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn), np.zeros(64)], axis=1)
    wall = loft(np.stack([circle + np.array([0.0, 0.0, 1.0]), circle]), ball, "hat")
    assert area(wall) == pytest.approx(2 * np.pi, rel=0.01)
    assert (np.einsum("vi,vi->v", normals(wall.vertices, wall.faces), wall.vertices * [1, 1, 0]) > 0.9).all()
    assert len(join([wall, wall]).faces) == 2 * len(wall.faces)


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def test_solids_are_closed_and_of_the_right_size():
    straight = np.stack([np.linspace(0, 1, 5), np.zeros(5), np.zeros(5)], axis=1)
    shapes = {
        0.2 * 0.3 * 0.1: box(np.zeros(3), np.array([0.2, 0.3, 0.1]), 0.004, 2),
        np.pi * 0.1**2: tube(straight, 0.1, 48),
        2 * np.pi**2 * 0.5 * 0.1**2: ring(np.array([3.0, 1.0, 0.0]), 0.5, 0.1, 64, 32),
    }
    for expected, (vertices, faces) in shapes.items():
        assert volume(vertices, faces) == pytest.approx(expected, rel=0.03)
    plain = box(np.zeros(3), np.ones(3), 0.05, 0)
    assert volume(*plain) == pytest.approx(1.0, rel=0.15)


def test_unrolling_is_odd_and_monotone():
    angle = np.linspace(-1.2 * np.pi, 1.2 * np.pi, 101)
    share = unroll(angle)
    np.testing.assert_allclose(share + share[::-1], 1.0)
    assert (np.diff(share) > 0).all()
    assert share[0] == pytest.approx(0.0)


def test_fourier_series_of_a_wave():
    angle = 2 * np.pi * np.arange(64) / 64
    series = fourier(2.0 + 0.5 * np.cos(angle) - 0.25 * np.sin(3 * angle))
    expected = np.zeros(11)
    expected[[0, 1, 8]] = 2.0, 0.5, -0.25
    np.testing.assert_allclose(series, expected, atol=1e-12)


def test_regression_finds_a_line():
    class Walk:
        def __init__(self, speed: float) -> None:
            self.speed = speed

    speeds = np.array([0.3, 0.4, 0.5, 0.7])
    found = regress([Walk(v) for v in speeds], np.stack([1 + 2 * speeds, -speeds], axis=1))
    np.testing.assert_allclose(found[1], [2, -1])
    np.testing.assert_allclose(found[0], [1 + 2 * speeds.mean(), -speeds.mean()])


def test_the_gait_is_symmetrical():
    with np.load(ASSET) as file:
        rotations, pelvis = file["rotations"], file["pelvis"]
    swap = [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20]
    later = np.array([1, *[(-1) ** k for k in range(1, 6)] * 2], dtype=float)  # half a cycle later
    np.testing.assert_allclose(
        rotations, rotations[:, :, swap] * np.array([-1, 1, -1]) * later[None, :, None, None], atol=1e-6
    )
    np.testing.assert_allclose(pelvis, pelvis * np.array([1, -1, 1]) * later[None, :, None], atol=1e-6)


@pytest.mark.skipif(not DATA.exists(), reason=f"the recordings are not at {DATA}")
def test_the_asset_follows_from_the_recordings():
    made = distill(DATA)
    with np.load(ASSET) as file:
        assert set(file.files) == set(made)
        for key in file.files:
            np.testing.assert_allclose(file[key], made[key], atol=2e-5)
    mean, least, most = made["speed"]
    leg = 0.88  # a man of 1.80 m
    stride = leg * (made["stride"][0] + made["stride"][1] * (1.3 / np.sqrt(9.81 * leg) - mean))
    assert 1.25 < stride < 1.6  # m at 1.3 m/s; adults take about 1.4
    assert 0.55 < made["duty"][0] < 0.68
    assert least < 0.35 < 0.7 < most
