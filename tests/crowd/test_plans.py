from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from crowd.ground import Ground
from crowd.plans import (
    CONDITIONS,
    EDGE,
    FINE,
    KNOTS,
    VALUES,
    Trip,
    conditions,
    decode,
    desired_speed,
    encode,
    even,
    expected,
    straight,
)
from crowd.site import BUILDING, SIDEWALK, Site
from crowd.terrain import Terrain, terrain_of_ground, terrain_of_site

DT = 0.2
NOBODY = np.zeros((0, 2))


def trip(way: np.ndarray, speed: float, *, flip: bool = False, others: np.ndarray = NOBODY) -> Trip:
    return Trip(
        way=way, speed=speed, type=0, others=others, velocities=np.zeros_like(others), present=len(others), flip=flip
    )


def wander(rng: np.random.Generator, steps: int) -> np.ndarray:
    """A track that bends, dawdles and stops."""
    turn = np.cumsum(rng.normal(0.0, 0.1, steps))
    pace = np.abs(rng.normal(1.2, 0.3, steps)) * (rng.random(steps) > 0.2)
    return np.cumsum(DT * pace[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1), axis=0)


def walked(times: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    return np.stack([np.interp(DT * np.arange(count), times, places[:, axis]) for axis in (0, 1)], axis=1)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), steps=st.integers(5, 120), flip=st.booleans())
def test_a_plan_says_how_a_track_went(seed: int, steps: int, flip: bool) -> None:
    track = wander(np.random.default_rng(seed), steps)
    one = trip(straight(track[0], track[-1]), desired_speed(track, DT), flip=flip)
    times, places = decode(encode(track, DT, one), one)
    assert times.shape == (KNOTS + 1,) and places.shape == (KNOTS + 1, 2)
    assert times[-1] == pytest.approx(DT * (steps - 1), rel=1e-6)
    piece = times[-1] / KNOTS
    assert np.abs(walked(times, places, steps) - track).max() < 0.05 + 2.0 * piece  # what lies between two knots


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5])
def test_a_plan_turns_and_moves_with_the_world(angle: float) -> None:
    track = wander(np.random.default_rng(3), 60)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = track @ turn.T + (3.0, -2.0)
    plans = [encode(t, DT, trip(straight(t[0], t[-1]), 1.2)) for t in (track, moved)]
    assert np.allclose(*plans, atol=1e-9)


def test_left_and_right_change_places() -> None:
    track = wander(np.random.default_rng(4), 60)
    way = straight(track[0], track[-1])
    ahead = way[-1] - way[0]
    mirrored = track + 2.0 * (((track - track[0]) @ ahead / (ahead @ ahead))[:, None] * ahead - (track - track[0]))
    assert np.allclose(encode(mirrored, DT, trip(way, 1.2, flip=True)), encode(track, DT, trip(way, 1.2)), atol=1e-9)


def test_a_plan_of_zeros_is_the_way_at_one_pace() -> None:
    way = even(np.array([(0.0, 0.0), (6.0, 0.0), (6.0, 4.0)]))
    one = trip(way, 1.0)
    times, places = decode(np.zeros(VALUES), one)
    assert times[-1] == pytest.approx(expected(one.length, 1.0) - 0.4) == pytest.approx(9.4, abs=0.1)
    assert np.allclose(places[0], way[0]) and np.allclose(places[-1], way[-1])
    assert np.allclose(places, way[np.rint(np.linspace(0, FINE, KNOTS + 1)).astype(int)], atol=0.2)


def test_whoever_stays_needs_no_direction() -> None:
    here = np.array([2.0, 3.0])
    fidgets = np.random.default_rng(0).normal(0, 0.1, (50, 2))
    track = here + np.concatenate([np.zeros((1, 2)), fidgets, np.zeros((1, 2))])
    one = trip(straight(here, here), desired_speed(track, DT))
    times, places = decode(encode(track, DT, one), one)
    assert np.isfinite(places).all() and np.abs(places - here).max() < 0.6
    assert times[-1] == pytest.approx(DT * 51, rel=1e-6)


def test_wild_values_stay_plans() -> None:
    for value in (-50.0, 50.0):
        times, places = decode(np.full(VALUES, value), trip(straight(np.zeros(2), np.array([10.0, 0.0])), 1.2))
        assert np.isfinite(places).all() and (np.diff(times) > 0).all() and np.abs(places).max() < 60


def test_conditions_know_the_ground_and_who_is_near() -> None:
    terrain = terrain_of_ground(Ground(box(0, 0, 20, 4)))
    way = straight(np.array([2.0, 1.0]), np.array([18.0, 1.0]))
    alone = conditions(trip(way, 1.3), terrain)
    beside = conditions(trip(way, 1.3, others=np.array([[3.0, 1.5], [19.0, 1.0]])), terrain)
    assert alone.shape == (CONDITIONS,) and np.isfinite(alone).all()
    felt = alone[9 : 9 + 55].reshape(11, 5)
    assert (felt[:, 0] < 0).all() and (felt[:, 2] > 0).all()  # a wall 1 m to the right, none on the way
    changed = np.flatnonzero(beside != alone)
    assert {4, 5} <= set(changed.tolist()) and (changed[2:] >= CONDITIONS - 36).all()
    assert beside[CONDITIONS - 36 :].reshape(6, 6)[:, 4].sum() == 1  # the other one is too far away
    mirrored = conditions(trip(way, 1.3, flip=True), terrain)
    assert np.allclose(mirrored[9:64].reshape(11, 5), felt[:, ::-1])


def test_terrain_of_a_picture() -> None:
    semantic = np.full((40, 60), SIDEWALK, np.uint8)
    semantic[:, :10] = BUILDING
    terrain = terrain_of_site(Site(name="yard", semantic=semantic, homography=np.diag([0.25, 0.25, 1.0])))
    clear, edge = terrain.sample(np.array([[2.5 + 1.0, 5.0], [1.5, 5.0], [7.5, 5.0], [14.0, 5.0], [16.0, 5.0]]))
    assert clear[0] == pytest.approx(1.0, abs=0.3) and clear[1] == pytest.approx(-1.0, abs=0.3) and clear[2] == 2.0
    assert edge[2] == EDGE and edge[3] == pytest.approx(1.0, abs=0.3) and edge[4] == pytest.approx(-1.0, abs=0.3)
    assert isinstance(terrain, Terrain) and terrain.clear.dtype == np.float32
