"""Distances to people: closed forms, and what must not change them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.report import Tracks
from safety.social import (
    INTIMATE_ZONE,
    PERSONAL_ZONE,
    assess,
    measure_compliance,
    measure_intrusion,
    measure_mean_clearance,
    measure_mean_distance,
    measure_min_clearance,
    measure_speed_near,
    nearest_distances,
    surface_distances,
)


def make(
    robot: np.ndarray, people: np.ndarray, contacts: np.ndarray | None = None, dt: float = 0.1, radius: float = 0.25
) -> Tracks:
    steps, count = people.shape[:2]
    return Tracks(
        times=dt * np.arange(steps),
        robot=robot,
        robot_radius=0.3,
        people=people,
        people_radii=np.full(count, radius),
        contacts=np.zeros((steps, count), dtype=bool) if contacts is None else contacts,
    )


def random_tracks(seed: int) -> Tracks:
    rng = np.random.default_rng(seed)
    robot = np.cumsum(rng.normal(0, 0.1, (60, 2)), axis=0)
    people = np.cumsum(rng.normal(0, 0.15, (60, 4, 2)), axis=0) + rng.normal(0, 2, (4, 2))
    people[: rng.integers(0, 50), 0] = np.nan
    return make(robot, people, rng.random((60, 4)) < 0.05)


def test_somebody_one_metre_away_all_along() -> None:
    tracks = make(np.zeros((50, 2)), np.full((50, 1, 2), (1.0 + 0.3 + 0.25, 0.0)))
    report = assess(tracks)
    assert report.min_distance == pytest.approx(1.0)
    assert report.personal_space == 1.0
    assert measure_intrusion(tracks, INTIMATE_ZONE) == 0.0
    assert (report.human_collisions, report.collided) == (0, False)


def test_passing_by_is_near_for_the_chord_of_the_zone() -> None:
    x = np.linspace(-5.0, 5.0, 2001)
    tracks = make(np.stack([x, np.zeros_like(x)], axis=1), np.full((2001, 1, 2), (0.0, 1.0)), dt=0.01)
    chord = 2 * np.sqrt((1.2 + 0.55) ** 2 - 1.0)
    assert assess(tracks).personal_space == pytest.approx(chord / 10.0, abs=2e-3)
    assert assess(tracks).min_distance == pytest.approx(1.0 - 0.55)


def test_the_zone_itself_is_not_inside() -> None:
    tracks = make(np.zeros((3, 2)), np.full((3, 1, 2), (0.45 + 0.5, 0.0)), radius=0.2)
    assert measure_intrusion(tracks, float(surface_distances(tracks)[0, 0])) == 0.0


def test_nobody_there() -> None:
    report = assess(make(np.zeros((5, 2)), np.empty((5, 0, 2))))
    assert report.min_distance == np.inf
    assert report.personal_space == 0.0
    absent = make(np.zeros((5, 2)), np.full((5, 2, 2), np.nan))
    assert np.all(nearest_distances(absent) == np.inf)


def test_uneven_sampling_weighs_by_time() -> None:
    tracks = make(np.zeros((3, 2)), np.array([[[9.0, 0.0]], [[1.0, 0.0]], [[1.0, 0.0]]]))
    uneven = Tracks(
        times=np.array([0.0, 1.0, 9.0]), robot=tracks.robot, robot_radius=0.3, people=tracks.people,
        people_radii=tracks.people_radii, contacts=tracks.contacts,
    )  # fmt: skip
    assert assess(uneven).personal_space == pytest.approx(8.5 / 9.0)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), angle=st.floats(-3, 3), shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_turning_moving_and_renaming_change_nothing(seed: int, angle: float, shift: tuple[float, float]) -> None:
    tracks = random_tracks(seed)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    order = np.random.default_rng(seed).permutation(4)
    moved = make(
        tracks.robot @ turn.T + shift, (tracks.people @ turn.T + shift)[:, order], contacts=tracks.contacts[:, order]
    )
    before, after = assess(tracks), assess(moved)
    assert after.min_distance == pytest.approx(before.min_distance, abs=1e-9)
    assert after.human_collisions == before.human_collisions
    assert after.personal_space == pytest.approx(before.personal_space, abs=2.5 / 60)  # a sample on the border may flip


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_twice_the_samples_change_time_shares_by_less_than_one_percent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    phase, centre = rng.uniform(0, 6, 2), rng.uniform(-1, 1, 2)

    def sample(steps: int) -> Tracks:
        time = np.linspace(0.0, 30.0, steps)
        robot = np.stack([np.sin(0.4 * time + phase[0]), np.cos(0.3 * time + phase[1])], axis=1) * 2
        return make(robot, np.broadcast_to(centre, (steps, 1, 2)), dt=30.0 / (steps - 1))

    once, twice = assess(sample(601)), assess(sample(1201))
    assert twice.personal_space == pytest.approx(once.personal_space, abs=0.01)
    assert once.min_distance - 0.03 <= twice.min_distance <= once.min_distance + 1e-9  # 1 m/s, 0.05 s apart


def test_compliance_mean_and_speed_near_people() -> None:
    people = np.full((101, 1, 2), np.nan)
    people[50:] = (0.0, 1.0 + 0.55)
    tracks = make(np.stack([0.005 * np.arange(101), np.zeros(101)], axis=1), people)
    assert measure_intrusion(tracks, PERSONAL_ZONE) == pytest.approx(0.5, abs=0.01)
    assert measure_compliance(tracks, PERSONAL_ZONE) == pytest.approx(0.5, abs=0.01)
    assert measure_compliance(tracks, INTIMATE_ZONE) == 1.0
    assert measure_mean_distance(tracks) == pytest.approx(
        np.mean(np.hypot(tracks.robot[50:, 0], 1.55)) - 0.55, abs=0.01
    )
    assert measure_speed_near(tracks, PERSONAL_ZONE) == pytest.approx(0.05)
    assert np.isnan(measure_speed_near(tracks, INTIMATE_ZONE))
    nobody = make(np.zeros((5, 2)), np.empty((5, 0, 2)))
    assert np.isnan(measure_compliance(nobody, PERSONAL_ZONE)) and np.isnan(measure_mean_distance(nobody))


def test_clearance_is_taken_where_it_is_known() -> None:
    tracks = make(np.zeros((5, 2)), np.empty((5, 0, 2)))
    assert np.isnan(measure_min_clearance(tracks)) and np.isnan(measure_mean_clearance(tracks))
    tracks = replace(tracks, clearance=np.array([np.nan, 1.0, 2.0, 3.0, np.nan]))
    assert (measure_min_clearance(tracks), measure_mean_clearance(tracks)) == (1.0, 2.0)
    unknown = replace(tracks, clearance=np.full(5, np.nan))
    assert np.isnan(measure_min_clearance(unknown)) and np.isnan(measure_mean_clearance(unknown))
