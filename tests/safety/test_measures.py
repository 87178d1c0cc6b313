"""Every measure: what must not change it, and how long all take."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.measures import MEASURES, VARIANTS, measure_all
from safety.report import Tracks
from safety.time_to_collision import measure_ttc_quantile

COUNTS = {
    "human_collisions", "human_collided", "failure_to_progress", "groups_crossed",
}  # fmt: skip
BLAME = {"robot_on_person", "person_on_robot"}  # two as fast as each other may change sides; their sum may not
SECONDS = {"human_collision_time", "stalled_time"}  # within 1 % of the episode, as the shares
EXTREMES = {"min_distance", "ttc_min"}  # the least may lie between two samples
HUNDREDS = {"comfort_mean", "comfort_min"}  # of 100: within 1 of them
PLACES_MATTER = {"socnavbench"}  # its slips: see test_peers.py


def wander(seed: int, steps: int = 601, spread: float = 1.5, duration: float = 30.0, people: int = 6) -> Tracks:
    """Return smooth ways of all, of one function of time for any number of steps; who is near touches."""
    rng = np.random.default_rng(seed)
    times = np.linspace(0.0, duration, steps)
    size, rate = rng.uniform(1, 3, (2, people + 1, 2)), rng.uniform(0.15, 0.5, (people + 1, 2))
    phase, centre = rng.uniform(0, 6, (people + 1, 2)), rng.uniform(-spread, spread, (people + 1, 2))
    angles = rate * times[:, None, None] + phase
    places = centre + size[0] * np.sin(angles)
    speeds = size[0] * rate * np.cos(angles)
    yaw = np.arctan2(speeds[..., 1], speeds[..., 0])
    present = np.ones((steps, people), dtype=bool)
    present[times < rng.uniform(0, 10), 0] = False
    people_places = np.where(present[..., None], places[:, 1:], np.nan)
    apart = np.linalg.norm(people_places - places[:, :1], axis=2)
    return Tracks(
        times=times, robot=places[:, 0], robot_radius=0.3, people=people_places, people_radii=np.full(people, 0.25),
        contacts=np.nan_to_num(apart, nan=np.inf) < 0.55, robot_yaw=yaw[:, 0],
        people_yaw=np.where(present, yaw[:, 1:], np.nan), groups=np.array([0, 0, 1, 1, 1, -1]),
        goal=rng.uniform(-3, 3, 2), people_goals=rng.uniform(-3, 3, (people, 2)),
        clearance=1.0 + 0.8 * np.sin(0.7 * times),
    )  # fmt: skip


def move(tracks: Tracks, angle: float, shift: Any, order: Any, later: float) -> Tracks:
    """Return the same episode turned, shifted, later, with people in another order and groups under other numbers."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def place(values: Any) -> Any:
        return values @ turn.T + shift

    def wrap(values: Any) -> Any:
        return np.angle(np.exp(1j * (values + angle)))

    return Tracks(
        times=tracks.times + later, robot=place(tracks.robot), robot_radius=tracks.robot_radius,
        people=place(tracks.people)[:, order], people_radii=tracks.people_radii[order],
        contacts=tracks.contacts[:, order], robot_yaw=wrap(tracks.robot_yaw),
        people_yaw=wrap(tracks.people_yaw)[:, order], groups=np.where(tracks.groups < 0, -1, 9 - tracks.groups)[order],
        goal=place(tracks.goal), clearance=tracks.clearance, people_goals=place(tracks.people_goals)[order],
    )  # fmt: skip


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), angle=st.floats(-3, 3), shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_turning_moving_and_renaming_change_no_measure(seed: int, angle: float, shift: tuple[float, float]) -> None:
    tracks = wander(seed, steps=301)
    moved = move(tracks, angle, shift, np.random.default_rng(seed).permutation(6), later=100.0)
    after = measure_all(moved)
    for name, value in measure_all(tracks).items():
        assert after[name] == pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True), name


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), angle=st.floats(-3, 3), shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_turning_and_moving_change_no_variant_but_those_that_say_so(
    seed: int, angle: float, shift: tuple[float, float]
) -> None:
    tracks = wander(seed, steps=101)
    moved = move(tracks, angle, shift, np.arange(6), later=0.0)
    turns = {"social_force_on_agents", "social_force_on_robot", "social_work"}  # HuNavSim's swapped angle
    for peer in VARIANTS.keys() - PLACES_MATTER:
        after = VARIANTS[peer](moved)
        for name, value in VARIANTS[peer](tracks).items():
            assert name in turns or after[name] == pytest.approx(value, rel=1e-5, abs=1e-6, nan_ok=True), (peer, name)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), spread=st.sampled_from((1.5, 6.0)))
def test_twice_the_samples_change_measures_by_less_than_one_percent(seed: int, spread: float) -> None:
    slow, fast = (wander(seed, steps, spread) for steps in (601, 1201))
    once, twice = measure_all(slow), measure_all(fast)
    assert measure_ttc_quantile(slow, 0.04) <= twice["ttc_p5"] <= measure_ttc_quantile(slow, 0.06)
    assert sum(twice[name] for name in BLAME) == sum(once[name] for name in BLAME)
    assert abs(twice["passings"] - once["passings"]) <= 1  # one at the edge may begin and end between two samples
    passed = (
        {name for name in MEASURES if name.startswith("passing")} if twice["passings"] != once["passings"] else set()
    )
    for name in MEASURES.keys() - BLAME - passed - {"human_collision_steps", "ttc_p5"}:
        floor = 0.0 if name in COUNTS else 0.3 if name in SECONDS else 0.05 if name in EXTREMES else 0.01
        floor = 1.0 if name in HUNDREDS else floor
        share = 0.0 if name in COUNTS else 0.05 if name in EXTREMES else 0.01
        assert twice[name] == pytest.approx(once[name], rel=share, abs=floor, nan_ok=True), name


def test_only_the_count_of_steps_grows_with_the_rate() -> None:
    once, twice = (measure_all(wander(3, steps)) for steps in (601, 1201))
    assert once["human_collision_steps"] > 0
    assert twice["human_collision_steps"] == pytest.approx(2 * once["human_collision_steps"], rel=0.05)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_answers_for_little(name: str) -> None:
    """One sample, nobody there, nothing known: a number, NaN or inf, and no warning."""
    nothing = Tracks(
        times=np.zeros(1), robot=np.zeros((1, 2)), robot_radius=0.3, people=np.empty((1, 0, 2)),
        people_radii=np.empty(0), contacts=np.empty((1, 0), dtype=bool),
    )  # fmt: skip
    absent = Tracks(
        times=np.arange(3.0), robot=np.zeros((3, 2)), robot_radius=0.3, people=np.full((3, 2, 2), np.nan),
        people_radii=np.full(2, 0.3), contacts=np.zeros((3, 2), dtype=bool), groups=np.zeros(2, dtype=np.int64),
    )  # fmt: skip
    with np.errstate(all="raise"):
        for tracks in (nothing, absent):
            value = MEASURES[name](tracks)
            assert isinstance(value, float)
            assert value >= 0 or np.isnan(value)


def test_what_is_kept_for_one_episode_is_not_taken_for_another() -> None:
    first, second = wander(1), wander(2)
    alone = measure_all(first)
    mixed = {}
    for name, measure in MEASURES.items():
        measure(second)
        mixed[name] = measure(first)
    assert mixed == pytest.approx(alone, nan_ok=True)


@pytest.mark.parametrize("peer", VARIANTS)
def test_every_variant_gives_numbers(peer: str) -> None:
    values = VARIANTS[peer](wander(5))
    assert values and all(isinstance(value, float) for value in values.values())
    assert not all(np.isnan(value) for value in values.values()) or peer == "habitat_social"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("people", np.zeros((2, 3, 2)), r"people: expected \(3, 2, 2\) .* got \(2, 3, 2\)"),
        ("contacts", np.zeros((3, 1), dtype=bool), r"contacts: expected \(3, 2\)"),
        ("people_yaw", np.zeros(3), r"people_yaw: expected \(3, 2\)"),
        ("goal", np.zeros(3), r"goal: expected \(2,\)"),
        ("times", np.array([0.0, 1.0, 1.0]), "times: expected rising seconds"),
        ("times", np.array([0.0, np.nan, 1.0]), "times: expected rising seconds"),
        ("robot", np.full((3, 2), np.nan), "robot: expected a place in every sample"),
    ],
)
def test_tracks_that_do_not_fit_are_refused_in_one_line(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        replace(wander(0, steps=3), **{"people": np.zeros((3, 2, 2)), "people_radii": np.zeros(2),
            "contacts": np.zeros((3, 2), dtype=bool), "people_yaw": None, "groups": None, "people_goals": None,
            name: value})  # fmt: skip
    assert "\n" not in str(caught.value)


def test_a_long_log_with_many_people_is_measured_at_once() -> None:
    rng = np.random.default_rng(0)
    steps, people = 2400, 60
    robot, walk = (np.cumsum(rng.normal(0, 0.08, (steps, *shape, 2)), axis=0) for shape in ((), (people,)))
    best = np.inf
    for _ in range(3):
        tracks = Tracks(
            times=0.1 * np.arange(steps), robot=robot, robot_radius=0.3, people=walk + rng.normal(0, 8, (people, 2)),
            people_radii=np.full(people, 0.25), contacts=rng.random((steps, people)) < 0.001,
            people_yaw=rng.uniform(-3, 3, (steps, people)), groups=np.repeat(np.arange(20), 3), goal=np.zeros(2),
            clearance=rng.uniform(0, 3, steps), people_goals=rng.normal(0, 8, (people, 2)),
        )  # fmt: skip
        start = time.process_time()
        measure_all(tracks)
        best = min(best, time.process_time() - start)
    assert best < 0.15


def test_the_page_names_every_measure_and_variant_and_its_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs/metrics_social.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [*MEASURES, *VARIANTS]
    exec(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0], {})
    assert len(capsys.readouterr().out.split()) == 2
