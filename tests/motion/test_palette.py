"""Colours of people: the formula, the palettes, and words that are true."""

import itertools
import time

import numpy as np
import pytest

from motion.body import BODIES, dress, load_body
from motion.outfit import choose_outfit, color_texture
from motion.palette import CELLS, CLOTH, HAIR, HEIGHT, IRIS, MATERIALS, SKIN, WIDTH, compose
from motion.people import HAIR_WORDS, PEOPLE

LUMA = np.array([0.2126, 0.7152, 0.0722])


def _color(outfit, material: str) -> np.ndarray:
    return outfit.palette[MATERIALS.index(material)]


def test_the_formula_by_hand():
    base = np.array([[0, 1, 0]], dtype=np.uint8)
    over = np.array([[1, 0, 1]], dtype=np.uint8)
    mix = np.array([[0, 255, 51]], dtype=np.uint8)
    shade = np.array([[128, 64, 160]], dtype=np.uint8)
    palette = np.array([[100.0, 50.0, 10.0], [200.0, 100.0, 20.0]])
    expected = [[[100, 50, 10], [50, 25, 5], [150, 75, 15]]]
    np.testing.assert_array_equal(compose((base, over, mix, shade), palette), expected)
    half = compose((base, over, mix, shade), palette, np.full((1, 3), 0.5, dtype=np.float32))
    np.testing.assert_allclose(half, np.array(expected) / 2, atol=1)


def test_the_formula_against_plain_numpy():
    rng = np.random.default_rng(0)
    layers = tuple(
        rng.integers(0, high, (40, 50)).astype(np.uint8) for high in (len(MATERIALS), len(MATERIALS), 256, 256)
    )
    palette = rng.uniform(0, 255, (len(MATERIALS), 3))
    base, over, mix, shade = layers
    weight = mix[..., None] / 255
    wanted = ((1 - weight) * palette[base] + weight * palette[over]) * (shade[..., None] / 128)
    assert np.abs(compose(layers, palette).astype(float) - np.clip(wanted, 0, 255)).max() <= 0.51


def test_cells_do_not_overlap_and_fill_no_more_than_the_atlas():
    for (_, a), (_, b) in itertools.combinations(CELLS.items(), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for left, bottom, right, top in CELLS.values():
        assert 0 <= left < right <= WIDTH
        assert 0 <= bottom < top <= HEIGHT
    assert len(set(MATERIALS)) == len(MATERIALS) < 256


def test_skin_darkens_level_by_level():
    light = np.array(SKIN) @ LUMA
    assert len(SKIN) == 10
    assert (np.diff(light) < -5).all()
    for red, green, blue in SKIN:
        assert red > green > blue


@pytest.mark.parametrize("name", BODIES)
def test_every_material_has_a_colour(name):
    outfit = choose_outfit(PEOPLE[name], np.random.default_rng(1))
    assert outfit.palette.shape == (len(MATERIALS), 3)
    assert (outfit.palette >= 4).all()
    assert (outfit.palette <= 250).all()


def test_skin_follows_the_tone_of_the_person():
    light = {
        n: np.mean([_color(choose_outfit(PEOPLE[n], np.random.default_rng(s)), "skin") @ LUMA for s in range(20)])
        for n in BODIES
    }
    for a, b in itertools.combinations(BODIES, 2):
        if PEOPLE[a].tone < PEOPLE[b].tone:
            assert light[a] > light[b]
    dark, pale = (choose_outfit(PEOPLE[n], np.random.default_rng(0)) for n in ("man_suit", "man_old"))
    assert _color(dark, "palm") @ LUMA > _color(dark, "skin") @ LUMA + 15  # palms are paler on dark skin
    assert abs(_color(pale, "palm") @ LUMA - _color(pale, "skin") @ LUMA) < 15


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("seed", range(3))
def test_words_are_true(name, seed):
    person, outfit = PEOPLE[name], choose_outfit(PEOPLE[name], np.random.default_rng(seed))
    words = outfit.words.split(", ")
    assert words[0] == person.who
    worn = next(word for word in words[1:] if word.endswith(f" {person.upper}"))
    color = worn.removesuffix(f" {person.upper}").removeprefix("striped ").removeprefix("dotted ")
    color = color.removeprefix("pinstriped ").removeprefix("checked ")
    assert color == outfit.colors["upper"]
    np.testing.assert_allclose(_color(outfit, "upper"), CLOTH[color], atol=0.3 * max(CLOTH[color]) + 2)
    if person.lower:
        assert f"{outfit.colors['lower']} {person.lower}" in words
        lower = CLOTH[outfit.colors["lower"]]
        np.testing.assert_allclose(_color(outfit, "lower"), lower, atol=0.3 * max(lower) + 2)
    if person.bag:
        assert f"{outfit.colors['bag']} {person.bag}" in words
    if HAIR_WORDS[person.cut] and not person.hat:
        hair = outfit.colors["hair"]
        assert hair in person.hairs
        assert f"{HAIR_WORDS[person.cut]} {hair} hair" in words[1]
        np.testing.assert_allclose(_color(outfit, "hair"), HAIR[hair], rtol=0.11, atol=1)
    assert ("glasses" in outfit.words) == person.glasses
    assert ("wheelchair" in outfit.words) == (person.aid == "wheelchair")


def test_same_rng_same_look_and_other_rngs_other_looks():
    person = PEOPLE["man_young"]
    first, second = (choose_outfit(person, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.palette, second.palette)
    assert first.words == second.words
    assert first.patterns == second.patterns
    looks = {choose_outfit(PEOPLE[name], np.random.default_rng(seed)).words for name in BODIES for seed in range(16)}
    assert len(looks) > 300


def test_a_city_is_sober():
    upper, shoes, loud = [], [], 0
    for name in BODIES:
        for seed in range(20):
            colors = choose_outfit(PEOPLE[name], np.random.default_rng(seed)).colors
            upper.append(colors["upper"])
            shoes.append(colors["shoes"])
            bright = {"red", "yellow", "green", "orange", "pink", "purple"}
            loud += len(bright & {colors["upper"], colors["lower"], colors["shoes"]}) > 1
    quiet = {"black", "dark grey", "grey", "light grey", "white", "beige", "dark blue", "blue", "light blue", "brown"}
    assert np.mean([color in quiet for color in upper]) > 0.7
    assert 0.04 < np.mean([color in {"red", "yellow", "green", "orange", "pink", "purple"} for color in upper]) < 0.25
    assert set(shoes) <= {"black", "brown", "dark brown", "white", "grey", "dark grey", "beige", "dark blue"}
    assert loud == 0


def test_a_suit_is_of_one_cloth():
    for seed in range(10):
        outfit = choose_outfit(PEOPLE["man_suit"], np.random.default_rng(seed))
        np.testing.assert_array_equal(_color(outfit, "upper"), _color(outfit, "lower"))


def test_eyes_suit_the_skin():
    for name in BODIES:
        for seed in range(15):
            iris = _color(choose_outfit(PEOPLE[name], np.random.default_rng(seed)), "iris")
            if PEOPLE[name].tone > 6:
                np.testing.assert_allclose(iris, IRIS["dark brown"])


def test_patterns_show_two_colours():
    layers = [np.zeros((HEIGHT, WIDTH), np.uint8) for _ in range(4)]
    layers[0][:] = MATERIALS.index("upper")
    layers[3][:] = 128
    person = PEOPLE["man_young"]
    seen = set()
    for seed in range(16):
        outfit = choose_outfit(person, np.random.default_rng(seed))
        picture = color_texture(tuple(layers), outfit)
        left, bottom, right, top = CELLS["upper"]
        spread = picture[HEIGHT - top : HEIGHT - bottom, left:right].astype(float).std(axis=(0, 1)).max()
        pattern = outfit.patterns.get("upper", "")
        seen.add(pattern)
        assert (spread > 15) == bool(pattern)
        assert (pattern in outfit.words) or not pattern
    assert "striped" in seen
    assert "" in seen


def test_dressing_is_quick():
    body = load_body("man_young")
    dress(body, np.random.default_rng(0))
    start = time.process_time()
    for seed in range(5):
        dress(body, np.random.default_rng(seed))
    assert (time.process_time() - start) / 5 < 0.3
