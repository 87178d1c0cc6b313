"""Comfort: symmetries, what may never happen, closed forms, cost."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.comfort import (
    LINK_LENGTH,
    REACH,
    Situation,
    comfort_along,
    describe,
    load_weights,
    measure_comfort_mean,
    measure_comfort_min,
    score,
)
from safety.report import Tracks

SEEDS = st.integers(0, 10_000)


def situation(humans: object = (), objects: object = (), links: object = (), uses: object = ()) -> Situation:
    return Situation(
        humans=np.array(humans, dtype=np.float64).reshape(-1, 3),
        objects=np.array(objects, dtype=np.float64).reshape(-1, 2),
        human_links=np.array(links, dtype=np.int64).reshape(-1, 2),
        object_links=np.array(uses, dtype=np.int64).reshape(-1, 2),
    )


def comfort(*situations: Situation) -> np.ndarray:
    return score(describe(situations))


def random_situation(seed: int) -> Situation:
    rng = np.random.default_rng(seed)
    humans = np.column_stack([rng.uniform(-4, 4, (6, 2)), rng.uniform(-np.pi, np.pi, 6)])
    return situation(humans, rng.uniform(-4, 4, (2, 2)), [[0, 3], [1, 2]], [[4, 0], [0, 1]])


def make_tracks(seed: int, steps: int = 12, people: int = 6) -> Tracks:
    rng = np.random.default_rng(seed)
    places = rng.uniform(-3, 3, (people, 2)) + np.cumsum(rng.normal(0, 0.1, (steps, people, 2)), axis=0)
    places[: rng.integers(0, steps), 0] = np.nan
    return Tracks(
        times=0.1 * np.arange(steps),
        robot=np.cumsum(rng.normal(0, 0.1, (steps, 2)), axis=0),
        robot_radius=0.3,
        people=places,
        people_radii=np.full(people, 0.25),
        contacts=np.zeros((steps, people), dtype=bool),
        robot_yaw=rng.uniform(-np.pi, np.pi, steps),
        people_yaw=np.where(np.isnan(places[..., 0]), np.nan, rng.uniform(-np.pi, np.pi, (steps, people))),
        groups=np.array([0, 0, -1, 1, 1, 1] * (people // 6)),
    )


def turn(points: np.ndarray, angle: float) -> np.ndarray:
    return points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


# ---------------------------------------------------------------- scenes


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_mirrored_scene_is_as_comfortable(seed: int) -> None:
    scene = random_situation(seed)
    mirrored = replace(scene, humans=scene.humans * (1, -1, -1), objects=scene.objects * (1, -1))
    first, second = comfort(scene, mirrored)
    assert second == pytest.approx(first, abs=1e-3)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_order_and_names_of_people_do_not_matter(seed: int) -> None:
    scene = random_situation(seed)
    order = np.random.default_rng(seed).permutation(6)
    place = np.argsort(order)
    shuffled = replace(
        scene,
        humans=scene.humans[order],
        human_links=place[scene.human_links][::-1, ::-1],
        object_links=np.column_stack([place[scene.object_links[:, 0]], scene.object_links[:, 1]]),
    )
    first, second = comfort(scene, shuffled)
    assert second == pytest.approx(first, abs=1e-3)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_one_person_or_link_more_never_pleases(seed: int) -> None:
    scene, rng = random_situation(seed), np.random.default_rng(seed)
    more = replace(scene, humans=np.vstack([scene.humans, [*rng.uniform(-3, 3, 2), 0.5]]))
    assert comfort(more)[0] <= comfort(scene)[0] + 1e-3
    bare = situation(scene.humans)
    assert comfort(replace(bare, humans=bare.humans[:5]))[0] >= comfort(bare)[0] - 1e-3


@given(seed=SEEDS, bearing=st.floats(-3.1, 3.1), yaw=st.floats(-3.1, 3.1))
@settings(max_examples=25, deadline=None)
def test_going_away_never_disturbs_more(seed: int, bearing: float, yaw: float) -> None:
    distances = np.linspace(0.0, 5.0, 60)[1:]
    along = comfort(*(situation([[d * np.cos(bearing), d * np.sin(bearing), yaw]]) for d in distances))
    assert np.all(np.diff(along) >= -1e-3)
    assert along[0] < 30 and np.all(along[distances >= REACH] == 100.0)


def test_nobody_is_exactly_one_hundred_and_who_is_far_does_not_matter() -> None:
    far = situation([[REACH + 3, 0, 0], [0, -9, 1], [0, -8, 0]], [], [[1, 2]])
    assert comfort(situation(), far).tolist() == [100.0, 100.0]
    assert comfort().shape == (0,)
    near = situation([[1.0, 0.5, 2.0]])
    both = situation([[1.0, 0.5, 2.0], [REACH + 1, 0, 0]])
    assert comfort(both)[0] == pytest.approx(comfort(near)[0], abs=1e-3)


def test_standing_between_two_who_talk_disturbs_more_than_between_two_who_do_not() -> None:
    people = [[0.0, 1.2, -np.pi / 2], [0.0, -1.2, np.pi / 2]]
    apart, talking, beside = comfort(
        situation(people), situation(people, [], [[0, 1]]), situation(np.add(people, (2.0, 0, 0)), [], [[0, 1]])
    )
    assert talking < apart - 10 and beside > talking + 10


def test_standing_before_what_somebody_looks_at_disturbs() -> None:
    reader = [[0.0, 1.5, -np.pi / 2]]
    unlinked, linked = comfort(situation(reader, [[0.0, -1.0]]), situation(reader, [[0.0, -1.0]], [], [[0, 0]]))
    assert linked < unlinked - 5


def test_on_top_of_somebody_is_a_number() -> None:
    values = comfort(situation([[0, 0, 0]]), situation([[0, 0, 0], [0, 0, 0]], [[0, 0]], [[0, 1]], [[0, 0]]))
    assert np.all(np.isfinite(values)) and np.all(values < 30)


def test_equations_by_hand() -> None:
    """One person straight ahead, weights that leave one step of one height: the formula with pencil and paper."""
    weights = {
        f"{name}.{key}": np.zeros(shape, dtype=np.float32)
        for name, size in (("people", 7), ("links", 6))
        for key, shape in (("A", (size, 1)), ("a", 1), ("W", (1, 1)), ("b", 1), ("c", 1), ("w", 1))
    }
    weights |= {"people.b": np.float32([1.5]), "people.c": np.float32([1.0]), "people.w": np.float32([0.4])}
    weights |= {"links.w": np.float32([1.0]), "power": np.float32([2.0])}
    g = (1 - (1.3 / 4) ** 2) ** 2 * np.log1p(np.exp(1.5)) / (1 + np.exp((1.3 - 1.0) / 0.4))
    one, two = score(describe([situation([[1.3, 0, 0]]), situation([[1.3, 0, 0], [0, -1.3, 0]])]), weights)
    assert one == pytest.approx(100 * np.exp(-g), rel=1e-5)
    assert two == pytest.approx(100 * np.exp(-g * np.sqrt(2)), rel=1e-5)


def test_missing_weights_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected the weights of the comfort score; run `embodied train"):
        load_weights(tmp_path / "comfort.safetensors")


# ---------------------------------------------------------------- along a way


def as_situation(tracks: Tracks, step: int) -> Situation:
    """Return one moment by a loop over people: an oracle for the vectorised way."""
    assert tracks.robot_yaw is not None and tracks.people_yaw is not None
    places = turn(tracks.people[step] - tracks.robot[step], -tracks.robot_yaw[step])
    here = np.flatnonzero(np.isfinite(places[:, 0]))
    yaws = tracks.people_yaw[step, here] - tracks.robot_yaw[step]
    links = []
    for a, one in enumerate(here):
        for b, two in enumerate(here[:a]):
            same = tracks.groups is not None and tracks.groups[one] == tracks.groups[two] >= 0
            if same and np.linalg.norm(places[one] - places[two]) <= LINK_LENGTH:
                links.append([a, b])
    return situation(np.column_stack([places[here], yaws]), [], links)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_each_moment_is_scored_as_a_scene(seed: int) -> None:
    tracks = make_tracks(seed)
    scenes = comfort(*(as_situation(tracks, step) for step in range(len(tracks.times))))
    assert comfort_along(tracks) == pytest.approx(scenes, abs=1e-3)


@given(seed=SEEDS, angle=st.floats(-3, 3), shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
@settings(max_examples=25, deadline=None)
def test_turning_moving_mirroring_and_renaming_change_nothing(
    seed: int, angle: float, shift: tuple[float, float]
) -> None:
    tracks = make_tracks(seed)
    assert tracks.robot_yaw is not None and tracks.people_yaw is not None and tracks.groups is not None
    before, order = comfort_along(tracks), np.random.default_rng(seed).permutation(6)
    moved = replace(
        tracks,
        robot=turn(tracks.robot, angle) + shift, robot_yaw=tracks.robot_yaw + angle,
        people=(turn(tracks.people, angle) + shift)[:, order], people_yaw=(tracks.people_yaw + angle)[:, order],
        groups=np.where(tracks.groups >= 0, 7 - tracks.groups, -1)[order],
    )  # fmt: skip
    assert comfort_along(moved) == pytest.approx(before, abs=2e-2)
    mirrored = replace(
        tracks, robot=tracks.robot * (1, -1), robot_yaw=-tracks.robot_yaw, people=tracks.people * (1, -1),
        people_yaw=-tracks.people_yaw,
    )  # fmt: skip
    assert comfort_along(mirrored) == pytest.approx(before, abs=2e-2)


def test_groups_become_links() -> None:
    tracks = replace(make_tracks(0, steps=2), people=np.full((2, 6, 2), np.nan), robot=np.zeros((2, 2)))
    people, yaws = tracks.people.copy(), np.zeros((2, 6))
    people[:, 0], people[:, 1] = (0.0, 1.2), (0.0, -1.2)
    together = comfort_along(replace(tracks, people=people, people_yaw=yaws))
    strangers = comfort_along(replace(tracks, people=people, people_yaw=yaws, groups=np.arange(6)))
    unknown = comfort_along(replace(tracks, people=people, people_yaw=yaws, groups=None))
    assert np.all(together < strangers - 5)
    assert unknown == pytest.approx(strangers)


def test_nobody_is_there() -> None:
    tracks = make_tracks(0)
    absent = replace(tracks, people=np.full_like(tracks.people, np.nan), people_yaw=np.full((12, 6), np.nan))
    assert comfort_along(absent).tolist() == [100.0] * 12
    nobody = replace(
        tracks,
        people=np.empty((12, 0, 2)),
        people_yaw=np.empty((12, 0)),
        groups=np.empty(0, dtype=np.int64),
        people_radii=np.empty(0),
        contacts=np.empty((12, 0), dtype=bool),
    )
    assert measure_comfort_min(nobody) == 100.0 and measure_comfort_mean(nobody) == pytest.approx(100.0)


def test_mean_weighs_by_time_and_min_is_the_worst() -> None:
    tracks = make_tracks(3, steps=3)
    uneven = replace(tracks, times=np.array([0.0, 1.0, 9.0]))
    a, b, c = comfort_along(tracks)
    assert measure_comfort_mean(uneven) == pytest.approx((a * 0.5 + b * 4.5 + c * 4.0) / 9.0)
    assert measure_comfort_min(uneven) == pytest.approx(min(a, b, c))
    single = replace(make_tracks(3, steps=1), times=np.zeros(1))
    assert measure_comfort_mean(single) == measure_comfort_min(single)


@pytest.mark.parametrize("unknown", ["robot_yaw", "people_yaw"])
def test_unknown_headings_are_refused(unknown: str) -> None:
    tracks = make_tracks(1)
    with pytest.raises(ValueError, match="comfort needs who faces where"):
        comfort_along(replace(tracks, **{unknown: None}))
    assert np.isnan(measure_comfort_mean(replace(tracks, **{unknown: None})))
    assert np.isnan(measure_comfort_min(replace(tracks, **{unknown: None})))
    with pytest.raises(ValueError, match="log every heading"):
        comfort_along(replace(tracks, **{unknown: np.full_like(getattr(tracks, unknown), np.nan)}))


def test_a_crowded_episode_takes_less_than_a_third_of_a_second() -> None:
    """Everybody near all along, which is far worse than any episode."""
    tracks = make_tracks(0, steps=2400, people=60)
    crowd = np.random.default_rng(0).uniform(-2.5, 2.5, (2400, 60, 2))
    tracks = replace(
        tracks, people=crowd + tracks.robot[:, None], people_yaw=np.zeros((2400, 60)), groups=np.arange(60) // 3
    )
    comfort_along(tracks)
    taken = []
    for _ in range(3):
        begun = time.process_time()
        assert len(comfort_along(tracks)) == 2400
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.3
