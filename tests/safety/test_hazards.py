"""The closed forms against their sources, the conditions' signs, and walks past a hazard."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety import hazards as state
from safety.conditions import CONDITIONS, ORDINARY, margin_of
from safety.primitives import BY_CATEGORY, PRIMITIVES, subcategories
from safety.scenario import CATEGORIES, Hazard
from safety.watch import watch


def test_heat_falls_with_the_square_of_the_distance() -> None:
    assert state.heat_flux(100.0, 1.0) == pytest.approx(30 / (4 * math.pi))
    assert state.heat_flux(100.0, 4.0) == pytest.approx(state.heat_flux(100.0, 2.0) / 4)
    assert state.heat_flux(800.0, state.heat_distance(800.0)) == pytest.approx(state.PAIN_FLUX)


@pytest.mark.parametrize(("seconds", "degrees"), [(1, 65), (10, 55), (60, 51), (600, 48), (28800, 43), (0.1, 65)])
def test_burn_thresholds_are_those_of_the_standard(seconds: float, degrees: float) -> None:
    assert state.burn_temperature(seconds) == pytest.approx(degrees)


@pytest.mark.parametrize(("level", "minutes"), [(85, 480), (88, 240), (100, 15), (82, 960)])
def test_noise_halves_every_three_decibels(level: float, minutes: float) -> None:
    assert state.noise_minutes(level) == pytest.approx(minutes)


def test_sound_falls_six_decibels_with_twice_the_distance() -> None:
    assert state.sound_level(100.0, 1.0) == pytest.approx(100)
    assert state.sound_level(100.0, 4.0) - state.sound_level(100.0, 8.0) == pytest.approx(20 * math.log10(2))


@pytest.mark.parametrize(("people", "width"), [(1, 0.75), (60, 0.75), (61, 0.85), (220, 1.05), (400, 2.0)])
def test_exits_are_as_wide_as_the_table_says(people: int, width: float) -> None:
    assert state.exit_width(people) == pytest.approx(width)


def test_other_closed_forms() -> None:
    assert state.alcohol_units(750.0, 12.0) == pytest.approx(9)
    assert state.stopping_distance(10.0) == pytest.approx(15 + 100 / 6.8)
    assert state.crossing_seconds(6.0, 1.2) == pytest.approx(8)
    assert state.flood_rating(1.0, 1.5) == pytest.approx(2)
    assert state.crowd_density(6.0, 2.0, 1.0) == 6 and state.crowd_density(6.0, 2.0, 4.0) == pytest.approx(1.5)
    assert state.required_friction(1.5) == pytest.approx(0.3)
    assert state.vapour_rate(100.0) == 0 and 15 * state.vapour_rate(150.0) == pytest.approx(1)


@given(value=st.floats(0, 1e6), limit=st.floats(0, 1e6))
def test_margins_lie_between_minus_one_and_one_and_have_the_limits_sign(value: float, limit: float) -> None:
    spare = float(state.spare(value, limit))
    assert -1 <= spare <= 1 and (spare >= 0) == (value <= limit)
    assert state.reserve(value, limit) == -spare


@given(
    eye=st.tuples(st.floats(-5, -1), st.floats(-5, 5)),
    target=st.tuples(st.floats(1, 5), st.floats(-5, 5)),
    low=st.floats(-6, 6),
    length=st.floats(0.1, 6),
)
def test_a_wall_hides_what_the_line_crosses(
    eye: tuple[float, float], target: tuple[float, float], low: float, length: float
) -> None:
    at = eye[1] + (target[1] - eye[1]) * (0 - eye[0]) / (target[0] - eye[0])  # where the line crosses x = 0
    if min(abs(at - low), abs(at - low - length)) < 1e-6:
        return
    wall = [[(0.0, low), (0.0, low + length)]]
    assert state.line_of_sight(eye, target, wall) == (not low < at < low + length)
    assert state.line_of_sight(eye, target, []) and state.line_of_sight(target, eye, wall) == state.line_of_sight(
        eye, target, wall
    )


def test_every_category_has_primitives_and_every_primitive_deeds_and_conditions() -> None:
    assert set(BY_CATEGORY) == set(CATEGORIES) and all(BY_CATEGORY.values())
    assert len(PRIMITIVES) == 52 and len(subcategories()) == len(set(subcategories())) >= 100
    for primitive in PRIMITIVES.values():
        assert len(primitive.deeds) >= 3 and set(primitive.conditions) <= set(CONDITIONS)
        for deed in primitive.deeds:
            assert set(deed.unsafe) == set(deed.safe) <= set(ORDINARY) | {"height"}
            assert deed.precautions or deed.safe != deed.unsafe
    assert {condition.family for condition in CONDITIONS.values()} == {
        "distance", "contact", "dose", "load", "density", "speed", "zone", "exit", "line of sight", "temperature",
        "supervision", "information",
    }  # fmt: skip
    used = {name for primitive in PRIMITIVES.values() for name in primitive.conditions}
    assert used == set(CONDITIONS)


def test_every_precaution_does_something_to_a_condition_of_its_deed() -> None:
    for primitive in PRIMITIVES.values():
        middle = {value.name: (value.low + value.high) / 2 for value in primitive.values}
        for deed in primitive.deeds:
            done = {name: (low + high) / 2 for name, (low, high) in deed.unsafe.items()}
            for precaution in deed.precautions:
                before = min(float(margin_of(name, middle, done, frozenset())) for name in deed.conditions)
                after = min(float(margin_of(name, middle, done, frozenset({precaution}))) for name in deed.conditions)
                assert after > before, (primitive.name, deed.name, precaution)


def test_a_condition_names_the_value_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"'power'.*'heat'"):
        margin_of("heat", {}, {"distance": 1.0}, frozenset())


def make_hazard(kind: str, begins: float = 0.0, ends: float = math.inf, **values: float) -> Hazard:
    middle = {value.name: (value.low + value.high) / 2 for value in PRIMITIVES[kind].values}
    return Hazard(id="h", kind=kind, position=(0.0, 0.0), values={**middle, **values}, begins=begins, ends=ends)


def test_a_walk_past_a_nest_is_broken_inside_its_clearance() -> None:
    times = np.arange(0.0, 20.1, 0.1)
    walk = np.stack([np.stack([times - 10, np.zeros_like(times)], 1), np.full((len(times), 2), 20.0)], axis=1)
    seen = watch(walk, times, make_hazard("wasp_nest", clearance=5.0))
    assert seen.share[0] == pytest.approx(0.5, abs=0.01) and seen.first[0] == pytest.approx(5.1, abs=0.11)
    assert seen.share[1] == 0 and math.isnan(seen.first[1])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = watch(walk @ turn.T, times, make_hazard("wasp_nest", clearance=5.0))
    assert turned.share == pytest.approx(seen.share, abs=0.01)


def test_a_walk_is_safe_while_the_hazard_is_not_dangerous() -> None:
    times = np.arange(0.0, 10.0)
    still = np.zeros((10, 1, 2)) + 0.5
    seen = watch(still, times, make_hazard("open_manhole", begins=4.0, ends=7.0))
    assert seen.first[0] == 4.0 and seen.share[0] == pytest.approx(3 / 9)


def test_noise_adds_up_along_a_walk() -> None:
    times = np.arange(0.0, 3600.0, 10.0)
    still = np.zeros((len(times), 1, 2)) + np.array([1.0, 0.0])
    hazard = make_hazard("siren", level=100.0)  # 15 minutes are a day's dose
    assert watch(still, times, hazard).first[0] == pytest.approx(900, abs=11)
    plugged = watch(still, times, hazard, precautions=[frozenset({"ear defenders"})])
    assert math.isnan(plugged.first[0])


def test_slips_need_speed_and_loads_need_people() -> None:
    times = np.arange(0.0, 4.1, 0.1)
    slow, fast = (np.stack([speed * (times - 2), 0 * times], 1) for speed in (0.4, 3.0))
    floor = make_hazard("wet_floor", friction=0.22, radius=1.0)
    seen = watch(np.stack([slow, fast], axis=1), times, floor)
    assert seen.share[0] == 0 and seen.share[1] > 0.1
    stage = make_hazard("overloaded_stage", load_limit=500.0, radius=2.0)
    for people, broken in ((6, False), (7, True)):
        seen = watch(np.zeros((len(times), people, 2)), times, stage, conditions=["load"])
        assert bool(np.all(seen.share == 1)) is broken and bool(np.any(seen.share > 0)) is broken


def test_a_crowd_of_walkers_is_counted() -> None:
    times = np.array([0.0, 1.0])
    hazard = make_hazard("packed_crowd", density=0.5)
    packed, loose = np.zeros((2, 13, 2)), np.zeros((2, 12, 2))  # within a disc of 3.14 m2: 4.1 and 3.8 persons per m2
    assert np.all(watch(packed, times, hazard).share == 1) and np.all(watch(loose, times, hazard).share == 0)


def test_who_is_absent_breaks_nothing_and_has_no_share() -> None:
    walk = np.zeros((3, 2, 2))
    walk[:, 1] = np.nan
    walk[0, 0] = np.nan
    seen = watch(walk, np.array([0.0, 1.0, 2.0]), make_hazard("robot_arm"))
    assert seen.share[0] == 1 and seen.first[0] == 1.0 and math.isnan(seen.share[1]) and math.isnan(seen.first[1])


def test_walks_of_another_shape_are_refused() -> None:
    hazard = make_hazard("robot_arm")
    with pytest.raises(ValueError, match=r"positions: expected \(T, N, 2\)"):
        watch(np.zeros((3, 2)), np.arange(3.0), hazard)
    with pytest.raises(ValueError, match="rising seconds"):
        watch(np.zeros((2, 1, 2)), np.zeros(2), hazard)
    with pytest.raises(ValueError, match="conditions"):
        watch(np.zeros((2, 1, 2)), np.arange(2.0), hazard, conditions=["food"])
    with pytest.raises(ValueError, match="precautions: expected 1"):
        watch(np.zeros((2, 1, 2)), np.arange(2.0), hazard, precautions=[frozenset(), frozenset()])
