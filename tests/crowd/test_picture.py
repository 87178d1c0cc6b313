"""From pictures, masks, scales and homographies to sites, and who comes there."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shapely import MultiPoint

from crowd.ground import Ground
from crowd.picture import (
    ground_pitch,
    read_homography,
    read_mask,
    read_picture,
    scale_homography,
    site_of_picture,
    tidy,
)
from crowd.site import CLASSES, Site
from crowd.site_arrivals import Entrances, arrivals_for, find_entrances, usual_people
from crowd.trajectory import Arrival

SHAPE = (80, 120)
BUILDING, SIDEWALK, ROAD = (CLASSES.index(name) for name in ("building", "sidewalk", "road"))


def save(path: Path, values: np.ndarray, mode: str | None = None) -> Path:
    Image.fromarray(values, mode).save(path)
    return path


def street() -> np.ndarray:
    """Return the mask of a street from left to right, 8 m x 12 m at 0.1 m."""
    mask = np.full(SHAPE, BUILDING, np.uint8)
    mask[25:55] = SIDEWALK
    return mask


def site(mask: np.ndarray, scale: float = 0.1) -> Site:
    picture = np.zeros((*mask.shape, 3), np.uint8)
    return site_of_picture(picture, scale_homography(scale, len(mask)), name="place", mask=mask)


@pytest.mark.parametrize("high", [1, 255])
def test_a_mask_of_two_values_says_where_one_walks(tmp_path: Path, high: int) -> None:
    free = street() == SIDEWALK
    ids = read_mask(save(tmp_path / "mask.png", np.where(free, high, 0).astype(np.uint8)), SHAPE)
    np.testing.assert_array_equal(ids, street())


def test_masks_of_ids_grey_colour_palette_and_bits_are_read(tmp_path: Path) -> None:
    mask = street()
    mask[30:40] = ROAD
    np.testing.assert_array_equal(read_mask(save(tmp_path / "grey.png", mask), SHAPE), mask)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "rgb.png", np.dstack([mask] * 3)), SHAPE), mask)
    palette = Image.fromarray(mask, "P")
    palette.putpalette([255 - k // 3 for k in range(768)])
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "palette.png", SHAPE), mask)
    Image.fromarray(street() == SIDEWALK).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "bits.png", SHAPE), street())


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (street()[:-1], "expected 120 x 80 pixels as the picture has, got 120 x 79; resize"),
        (np.full(SHAPE, 90, np.uint8), "got values such as 90; save it without"),
        (np.zeros(SHAPE, np.uint8), "expected ground to walk on .* got none; mark some"),
        (np.full(SHAPE, 3, np.uint8), "expected ground to walk on .* got none; mark some"),
        (np.dstack([street(), street() * 0, street()]), "got colours; give a grey or palette PNG"),
    ],
)
def test_masks_that_are_none_are_refused(tmp_path: Path, values: np.ndarray, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        read_mask(save(tmp_path / "mask.png", values), SHAPE)


def test_pictures_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for read in (read_picture, lambda path: read_mask(path, SHAPE)):
        with pytest.raises(ValueError, match="got something else"):
            read(tmp_path / "text.png")
        with pytest.raises(FileNotFoundError, match="found no such file"):
            read(tmp_path / "none.png")
    with pytest.raises(ValueError, match="expected 16 to 8000 pixels on a side, got 120 x 9; resize"):
        read_picture(save(tmp_path / "thin.png", np.zeros((9, 120, 3), np.uint8)))


@pytest.mark.parametrize("scale", [0.0, -0.05, math.nan, math.inf])
def test_scales_that_are_none_are_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="expected metres per pixel above 0"):
        scale_homography(scale, 100)


@pytest.mark.parametrize(("scale", "came"), [(0.005, "0.595 m"), (0.4, "400 m")])
def test_absurd_sizes_are_refused(scale: float, came: str) -> None:
    mask = np.full((1000, 1000), SIDEWALK, np.uint8) if scale == 0.4 else street()
    with pytest.raises(ValueError, match=f"expected ground 2 to 300 m across, got {came}; check the scale"):
        site(mask, scale)
    with pytest.raises(ValueError, match=r"expected pixels that cover 0.5 m of ground or less"):
        site(street(), 3.0)


def test_scale_puts_pixels_where_they_are() -> None:
    place = site(street(), 0.1)
    np.testing.assert_allclose(place.to_metres(np.array([[0.0, 80.0], [120.0, 0.0]])), [[0.0, 0.0], [12.0, 8.0]])
    assert place.walkable.area == pytest.approx(36.0, rel=0.01)


def test_point_pairs_and_matrices_say_the_same(tmp_path: Path) -> None:
    matrix = np.array([[0.1, 0.02, 3.0], [0.01, -0.2, 20.0], [1e-4, 2e-3, 1.0]])
    pixels = np.array([[0.0, 10.0], [100.0, 0.0], [110.0, 70.0], [5.0, 75.0], [60.0, 40.0]])
    mapped = np.column_stack([pixels, np.ones(5)]) @ matrix.T
    metres = mapped[:, :2] / mapped[:, 2:]
    np.savetxt(tmp_path / "pairs.txt", np.hstack([pixels, metres]), header="column row x y")
    np.savetxt(tmp_path / "matrix.txt", matrix)
    np.testing.assert_allclose(read_homography(tmp_path / "matrix.txt"), matrix)
    np.testing.assert_allclose(read_homography(tmp_path / "pairs.txt"), matrix, atol=1e-6)
    np.savetxt(tmp_path / "off.txt", np.hstack([pixels, metres + 4.0 * np.eye(5, 2)]))
    with pytest.raises(ValueError, match="expected points that fit one plane"):
        read_homography(tmp_path / "off.txt")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("1 0 0\n0 1 0\n", "expected 3 x 3 finite numbers"),
        ("1 0 0\n0 1 0\n0 0 nan\n", "expected 3 x 3 finite numbers"),
        ("1 2 3\n2 4 6\n0 0 1\n", "got a singular one; fit it anew"),
        ("one two\n", "expected numbers, got something else"),
        ("0 0 0 0\n1 1 1 1\n2 2 2 2\n3 3 3 3\n", "of which no three lie on a line"),
    ],
)
def test_homographies_that_are_none_are_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "h.txt").write_text(text)
    with pytest.raises(ValueError, match=match):
        read_homography(tmp_path / "h.txt")


def test_nobody_is_put_beyond_or_near_the_horizon() -> None:
    """A camera `up` metres above the ground that looks out level: the horizon is row 40."""

    def level(up: float) -> np.ndarray:
        return np.array([[up, 0.0, -60.0 * up], [0.0, 0.0, 80.0 * up], [0.0, 1.0, -40.0]])

    picture, mask = np.zeros((*SHAPE, 3), np.uint8), np.full(SHAPE, SIDEWALK, np.uint8)
    pitch = ground_pitch(level(10.0), SHAPE)
    assert np.isinf(pitch[:40]).all() and (np.diff(pitch[41:, 5]) < 0.0).all()
    assert pitch[60, 0] == pytest.approx(math.sqrt(10.0**2 * 80.0 / 20.5**3))  # sides 10 / 20.5 and 800 / 20.5^2
    place = site_of_picture(picture, level(1.0), name="view", mask=mask)
    assert not place.walked[:46].any() and place.walked[48:].all()
    assert (place.semantic[:46] == 0).all()
    # The far edge counts as an edge of the picture: people come from there, too.
    found = find_entrances(place, Ground(place.walkable))
    assert "edge" in found.rule and (found.positions[:, 1] > 8.0).any()
    with pytest.raises(ValueError, match=r"expected pixels that cover 0.5 m of ground or less, got 1.08 m at the"):
        site_of_picture(picture, level(30.0), name="view", mask=mask)


class Guess:
    """A segmenter with specks."""

    def __init__(self, ids: np.ndarray) -> None:
        self.ids = ids

    def segment(self, picture: np.ndarray) -> np.ndarray:
        return self.ids


def test_a_mask_wins_and_a_guess_is_tidied() -> None:
    noisy = street()
    noisy[40, 60], noisy[5:8, 5:8] = BUILDING, SIDEWALK  # 0.01 m^2 in the way, 0.09 m^2 to stand on
    picture, homography = np.zeros((*SHAPE, 3), np.uint8), scale_homography(0.1, SHAPE[0])
    guessed = site_of_picture(picture, homography, name="place", segmenter=Guess(noisy))
    np.testing.assert_array_equal(guessed.walked, street() == SIDEWALK)
    masked = site_of_picture(picture, homography, name="place", segmenter=Guess(noisy * 0 + BUILDING), mask=noisy)
    np.testing.assert_array_equal(masked.semantic, noisy)
    with pytest.raises(ValueError, match="the segmenter has none; give a mask that has"):
        site_of_picture(picture, homography, name="place", segmenter=Guess(noisy * 0 + BUILDING))
    with pytest.raises(ValueError, match="expected a segmenter or a mask, got neither"):
        site_of_picture(picture, homography, name="place")


def test_tidy_leaves_the_only_free_patch() -> None:
    ids = np.full((10, 10), BUILDING, np.uint8)
    ids[4:6, 4:6] = SIDEWALK
    np.testing.assert_array_equal(tidy(ids, np.full((10, 10), 0.1)), ids)


def test_people_come_from_the_picture_edge() -> None:
    place = site(street())
    found = find_entrances(place, Ground(place.walkable))
    assert len(found.positions) == 2
    assert (np.minimum(found.positions[:, 0], 12.0 - found.positions[:, 0]) < 1.0).all()
    assert ((found.positions[:, 1] > 2.5) & (found.positions[:, 1] < 5.5)).all()
    assert found.weights.sum() == pytest.approx(6.0, abs=0.5)  # m of open edge


def test_in_a_closed_hall_people_come_from_its_ends() -> None:
    mask = np.full(SHAPE, BUILDING, np.uint8)
    mask[20:60, 10:110] = SIDEWALK
    place = site(mask)
    found = find_entrances(place, Ground(place.walkable))
    assert "ends of the ground" in found.rule
    assert np.ptp(found.positions[:, 0]) > 8.0
    assert place.walkable.buffer(-0.25).covers(MultiPoint(found.positions))


def test_narrow_slits_let_nobody_in() -> None:
    mask = street()
    mask[:25, 60:65] = SIDEWALK  # 0.5 m wide, to the upper edge
    place = site(mask)
    assert (find_entrances(place, Ground(place.walkable)).positions[:, 1] < 6.0).all()


def test_arrivals_fill_a_place_and_repeat() -> None:
    mask = np.full((400, 400), SIDEWALK, np.uint8)
    mask[150:250, 150:250] = BUILDING
    place = site(mask)
    ground = Ground(place.walkable)

    def draw(seed: int) -> tuple[Arrival, ...]:
        return arrivals_for(place, 30, 60.0, np.random.default_rng(seed), ground=ground)

    arrivals = draw(5)
    assert arrivals == draw(5) and arrivals != draw(6)
    start = [a for a in arrivals if a.time <= 0.0]
    assert 15 <= len(start) <= 45  # 30 on average
    later = [a for a in arrivals if a.time > 0.0]
    origins = np.array([a.origin for a in later])
    edge = np.minimum(origins, 40.0 - origins).min(axis=1)
    assert edge.max() < 2.5  # nobody appears in the middle
    assert len(np.unique(np.round(origins), axis=0)) > 0.5 * len(origins)  # nor all at one point
    ways = np.array([math.dist(a.origin, a.goal) for a in later if a.goal])
    assert ways.min() > 5.0
    for a in arrivals:
        assert a.goal is None or ground.reaches(a.origin, a.goal)


def test_walls_beside_an_entrance_part_nobody_from_the_way() -> None:
    mask = np.full((60, 200), BUILDING, np.uint8)
    mask[10:18], mask[19:27], mask[28:36] = SIDEWALK, SIDEWALK, SIDEWALK  # three lanes between walls 0.1 m thick
    place = site(mask)
    ground = Ground(place.walkable)
    for seed in range(6):
        for arrival in arrivals_for(place, 12, 30.0, np.random.default_rng(seed), ground=ground):
            assert arrival.goal is None or ground.reaches(arrival.origin, arrival.goal)


def test_small_ground_apart_lets_nobody_in() -> None:
    mask = np.full((200, 300), BUILDING, np.uint8)
    mask[100:180], mask[:20, 100:180] = SIDEWALK, SIDEWALK  # a street; 2 m x 8 m of roof at the upper edge
    place = site(mask)
    assert (find_entrances(place, Ground(place.walkable)).positions[:, 1] < 11.0).all()


def test_nobody_stands_where_no_way_leads() -> None:
    mask = np.full((200, 300), BUILDING, np.uint8)
    mask[130:180], mask[20:110, 20:280] = SIDEWALK, SIDEWALK  # a street, and a larger yard behind walls
    place = site(mask)
    arrivals = arrivals_for(place, 60, 30.0, np.random.default_rng(0))
    assert sum(a.goal is None for a in arrivals) >= 4
    assert max(a.origin[1] for a in arrivals) < 7.5


def test_given_entrances_are_kept() -> None:
    place = site(street())
    given = Entrances(positions=np.array([[1.0, 4.0], [11.0, 4.0]]), weights=np.ones(2), radii=np.full(2, 0.3))
    arrivals = arrivals_for(place, 6, 60.0, np.random.default_rng(0), entrances=given)
    ends = {round(a.goal[0]) for a in arrivals if a.goal}
    assert ends <= {1, 11}
    assert usual_people(place) == 2  # 36 m^2
