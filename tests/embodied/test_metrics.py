"""Metrics from the log alone: closed forms of the specification, bounds for every input, and what changes nothing."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embodied.log import EpisodeLog
from embodied.metrics import CORE, NAMES, RATES, score, tracks_of
from safety.measures import MEASURES

FloatArray = npt.NDArray[np.float64]


def make_log(
    path: FloatArray,
    *,
    goal: tuple[float, float],
    reason: str = "stop",
    people: FloatArray | None = None,
    ids: list[int] | None = None,
    touches: npt.NDArray[np.bool_] | None = None,
    dt: float = 0.1,
    asks: int = 0,
    touch_in: str = "human",
    people_yaw: float = 0.0,
) -> EpisodeLog:
    """Log a robot on `path` (T, 2), people (T, N, 2) with NaN where absent; the ground is open: geodesic = Euclid."""
    people = np.empty((len(path), 0, 2)) if people is None else people
    ids = list(range(1, people.shape[1] + 1)) if ids is None else ids
    touches = np.zeros(people.shape[:2], dtype=bool) if touches is None else touches
    target, log = np.asarray(goal), EpisodeLog({"seed": 0})
    heading = np.unwrap(np.arctan2(*np.gradient(path, axis=0)[:, ::-1].T)) if len(path) > 1 else np.zeros(1)
    log.event(
        0, 0.0, "reset", start=[*path[0], 0.0], goal=goal, goal_name="pharmacy", success_radius=3.0, reference_path=[],
        geodesic_distance=float(np.linalg.norm(path[0] - target)),
    )  # fmt: skip
    for step, (robot, others, touch) in enumerate(zip(path, people, touches, strict=True)):
        there = [k for k in range(len(ids)) if not np.isnan(others[k, 0])]
        x, y = np.concatenate([[robot], others[there]]).T
        nobody, touched = [-1] * len(there), [ids[k] for k in there if touch[k]]
        log.append(
            step=step, time=dt * step, entity=[0, *(ids[k] for k in there)], kind=["robot", *["human"] * len(there)],
            x=x, y=y, z=np.zeros_like(x), yaw=[heading[step], *[people_yaw] * len(there)], vx=np.zeros_like(x),
            vy=np.zeros_like(x), radius=[0.3, *[0.25] * len(there)], goal_x=[goal[0], *[np.nan] * len(there)],
            goal_y=[goal[1], *[np.nan] * len(there)], activity=["forward", *["walk"] * len(there)],
            group=[-1, *nobody], seen_by_robot=[False, *[True] * len(there)],
            contact=[touched[0] if touched and touch_in == "robot" else -1]
            + [0 if touch[k] and touch_in == "human" else -1 for k in there],
            goal_distance=[float(np.linalg.norm(robot - target)), *[np.nan] * len(there)],
        )  # fmt: skip
    for number in range(asks):
        log.event(number, dt * number, "speech", speaker=0, hearers=ids[:1], text="Excuse me?", act="ask")
        log.event(number, dt * number, "speech", speaker=ids[0] if ids else 1, hearers=[0], text="Left.", act="answer")
    log.event(len(path) - 1, dt * (len(path) - 1), "episode_end", reason=reason)
    return log


def line(start: tuple[float, float], end: tuple[float, float], count: int) -> FloatArray:
    return np.linspace(start, end, count)


def test_straight_to_the_goal() -> None:
    metrics = score(make_log(line((0, 0), (10, 0), 101), goal=(10.0, 0.0)))
    assert (metrics["sr"], metrics["osr"]) == (1.0, 1.0)
    assert metrics["spl"] == pytest.approx(1.0)
    assert metrics["tl"] == pytest.approx(10.0)
    assert metrics["ne"] == metrics["one"] == pytest.approx(0.0)
    assert metrics["time"] == pytest.approx(10.0)
    assert metrics["min_distance"] == np.inf
    assert list(metrics) == [name for name in NAMES if name in metrics]
    assert set(NAMES) > RATES | set(CORE) | set(MEASURES)


def test_stop_at_the_start() -> None:
    metrics = score(make_log(np.zeros((1, 2)), goal=(10.0, 0.0)))
    assert (metrics["tl"], metrics["spl"], metrics["sr"], metrics["osr"]) == (0.0, 0.0, 0.0, 0.0)
    assert metrics["ne"] == 10.0


def test_twice_the_way_is_half_the_spl() -> None:
    detour = np.concatenate([line((0, 0), (-5, 0), 51), line((-5, 0), (10, 0), 151)[1:]])
    assert score(make_log(detour, goal=(10.0, 0.0)))["spl"] == pytest.approx(0.5)


def test_success_asks_for_a_stop_strictly_inside() -> None:
    def run(end: float, reason: str) -> dict[str, float]:
        return score(make_log(line((0, 0), (end, 0), 51), goal=(10.0, 0.0), reason=reason))

    assert run(7.0, "stop")["sr"] == run(7.0, "stop")["osr"] == 0.0
    assert run(7.001, "stop")["sr"] == 1.0
    assert (run(9.0, "timeout")["sr"], run(9.0, "timeout")["osr"]) == (0.0, 1.0)
    assert run(9.0, "fault")["spl"] == 0.0


def test_passing_the_goal_by_is_oracle_success() -> None:
    metrics = score(make_log(line((0, 0), (20, 0), 201), goal=(10.0, 1.0)))
    assert (metrics["sr"], metrics["osr"], metrics["one"]) == (0.0, 1.0, pytest.approx(1.0))


def test_waiting_and_asking_are_counted() -> None:
    path = np.concatenate([line((0, 0), (2, 0), 21), np.full((50, 2), (2.0, 0.0)), line((2, 0), (4, 0), 21)[1:]])
    metrics = score(make_log(path, goal=(5.0, 0.0), asks=3))
    assert metrics["wait"] == pytest.approx(5.0)
    assert metrics["inquiries"] == 3.0


@pytest.mark.parametrize("touch_in", ["human", "robot"])
def test_people_near_and_touched(touch_in: str) -> None:
    people = np.full((40, 2, 2), (1.0 + 0.55, 0.0))
    people[:, 1] = (5.0, 5.0)
    people[:20, 1] = np.nan
    touches = np.zeros((40, 2), dtype=bool)
    touches[[3, 4, 20], 0] = True
    metrics = score(make_log(np.zeros((40, 2)), goal=(9, 0), people=people, touches=touches, touch_in=touch_in))
    assert metrics["min_distance"] == pytest.approx(1.0, abs=1e-6)
    assert (metrics["personal_space"], metrics["intimate_space"]) == (1.0, 0.0)
    assert (metrics["human_collisions"], metrics["human_collided"]) == (2.0, 1.0)


def test_touches_of_things_are_debounced_for_each() -> None:
    log = make_log(np.zeros((40, 2)), goal=(9, 0))
    for moment, other, instance in [(1.0, -1, 5), (1.3, -1, 5), (1.4, -1, 6), (2.5, -1, 5), (2.6, 3, 10_003)]:
        log.event(round(10 * moment), moment, "contact", entity=0, other=other, instance=instance)
    assert score(log)["collisions"] == 3.0


def test_people_are_joined_by_id() -> None:
    people = np.stack([line((5, 5), (6, 5), 11), line((-3, 0), (-3, 4), 11)], axis=1)
    people[:4, 0] = np.nan
    tracks = tracks_of(make_log(np.zeros((11, 2)), goal=(9, 0), people=people, ids=[40, 7]))
    np.testing.assert_array_equal(tracks.people, people[:, ::-1])
    assert tracks.robot_radius == pytest.approx(0.3)
    np.testing.assert_allclose(tracks.people_radii, 0.25)


def random_log(seed: int, **changes: Any) -> EpisodeLog:
    rng = np.random.default_rng(seed)
    angle, shift = changes.pop("angle", 0.0), changes.pop("shift", (0.0, 0.0))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    path = np.cumsum(rng.normal(0.03, 0.08, (80, 2)), axis=0)
    people = np.cumsum(rng.normal(0, 0.1, (80, 3, 2)), axis=0) + rng.normal(0, 3, (3, 2))
    touches, goal = rng.random((80, 3)) < 0.03, path[-1] + rng.normal(0, 2.2, 2)
    reason = str(rng.choice(["stop", "timeout"]))
    return make_log(
        path @ turn.T + shift, goal=tuple(turn @ goal + shift), people=people @ turn.T + shift, touches=touches,
        reason=reason, asks=int(rng.integers(0, 4)), people_yaw=angle, **changes,
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_bounds_hold_for_every_input(seed: int) -> None:
    metrics = score(random_log(seed))
    assert metrics["spl"] <= metrics["sr"] <= metrics["osr"]
    assert metrics["one"] <= metrics["ne"]
    assert metrics["wait"] <= metrics["time"]
    assert metrics["intimate_space"] <= metrics["personal_space"] <= 1.0


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    angle=st.floats(-3, 3),
    shift=st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
    ids=st.permutations([1, 2, 900]),
)
def test_turning_moving_and_renaming_change_nothing(
    seed: int, angle: float, shift: tuple[float, float], ids: list[int]
) -> None:
    before, after = score(random_log(seed)), score(random_log(seed, angle=angle, shift=shift, ids=ids))
    for name, value in before.items():
        tolerance = 2.5 / 80 if name.endswith("_space") else 1e-6  # a sample on a zone's border may flip
        assert after[name] == pytest.approx(value, abs=tolerance), name


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_twice_the_samples_change_nothing_much(seed: int) -> None:
    phase = np.random.default_rng(seed).uniform(0, 6, 4)

    def sample(count: int) -> dict[str, float]:
        time = np.linspace(0.0, 40.0, count)
        path = np.stack([0.5 * time, 2 * np.sin(0.3 * time + phase[0])], axis=1)
        path[time < 10.0] = path[np.argmax(time >= 10.0)]
        person = np.stack([20 - 0.4 * time, 2 * np.cos(0.3 * time + phase[1])], axis=1)[:, None]
        return score(make_log(path, goal=(20.0, 0.0), people=person, dt=40.0 / (count - 1)))

    once, twice = sample(401), sample(801)
    for name in ("tl", "spl", "soft_spl", "gp", "time", "wait", "ne", "mean_distance", "motion_energy", "social_work"):
        assert twice[name] == pytest.approx(once[name], rel=0.01, abs=0.01), name
    assert twice["personal_space"] == pytest.approx(once["personal_space"], abs=0.01)


def test_half_an_episode_has_no_score() -> None:
    with pytest.raises(ValueError, match="one 'reset', got 0"):
        score(EpisodeLog())
    log = make_log(np.zeros((3, 2)), goal=(1, 1))
    log.events.pop()
    with pytest.raises(ValueError, match="one 'episode_end', got 0"):
        score(log)
    bare = EpisodeLog()
    bare.event(0, 0.0, "reset", geodesic_distance=1.0, success_radius=1.0)
    bare.event(0, 0.0, "episode_end", reason="stop")
    with pytest.raises(ValueError, match="one row of the robot"):
        score(bare)


def crowded_log(steps: int, people: int) -> EpisodeLog:
    """Log a robot among people who wander about, some in groups."""
    rng, count = np.random.default_rng(0), people + 1
    entity = np.arange(count)
    place = np.cumsum(rng.normal(0.01, 0.05, (steps, count, 2)), axis=0) + rng.normal(0, 8, (count, 2))
    yaw, nothing = rng.uniform(-3, 3, (steps, count)), np.zeros(count)
    log = EpisodeLog({"robot_max_speed": 1.0})
    corners = np.stack([np.linspace(0, 60, 20), np.linspace(0, 20, 20)], axis=1)
    log.event(
        0, 0.0, "reset", start=[0, 0, 0], goal=[60, 20], success_radius=3.0, geodesic_distance=63.0,
        reference_path=corners,
    )  # fmt: skip
    for step in range(steps):
        log.append(
            step=step, time=0.1 * step, entity=entity, kind=["robot", *["human"] * people], x=place[step, :, 0],
            y=place[step, :, 1], z=nothing, yaw=yaw[step], vx=nothing, vy=nothing, radius=nothing + 0.25,
            goal_x=nothing + 20.0, goal_y=nothing + 5.0, activity=["walk"] * count,
            group=np.where((entity == 0) | (entity % 3 > 0), -1, entity), seen_by_robot=nothing > 0,
            contact=np.full(count, -1), goal_distance=np.where(entity == 0, 15.0, np.nan),
            clearance=np.where(entity == 0, 1.5, np.nan),
        )  # fmt: skip
    log.event(steps - 1, 0.1 * (steps - 1), "episode_end", reason="stop")
    return log


def test_a_long_episode_among_sixty_people_is_scored_quickly() -> None:
    log = crowded_log(2401, 60)
    score(log)  # what is compiled or cached is
    started = time.process_time()
    metrics = score(log)
    assert time.process_time() - started < 0.4
    assert {"ndtw", "stl", "spl_t", "social_work", "ttc_min", "group_intrusion", "passings"} <= metrics.keys()


def test_tracks_carry_what_the_log_knows() -> None:
    log = crowded_log(30, 4)
    tracks = tracks_of(log)
    assert tracks.robot_yaw is not None and tracks.people_yaw is not None and tracks.people_goals is not None
    np.testing.assert_array_equal(tracks.robot_yaw, log.column("yaw")[log.column("entity") == 0])
    np.testing.assert_array_equal(tracks.people_yaw[:, 2], log.column("yaw")[log.column("entity") == 3])
    np.testing.assert_array_equal(tracks.groups, [-1, -1, 3, -1])
    np.testing.assert_array_equal(tracks.goal, [20.0, 5.0])
    np.testing.assert_array_equal(tracks.people_goals, np.full((4, 2), (20.0, 5.0)))
    np.testing.assert_array_equal(tracks.clearance, np.full(30, 1.5))


def test_time_is_weighed_by_the_speed_of_the_robot() -> None:
    log = make_log(line((0, 0), (10, 0), 201), goal=(10.0, 0.0))
    assert "stl" not in score(log)  # an old log does not say how fast the robot could have been
    log.metadata["robot_max_speed"] = 1.0
    assert score(log)["stl"] == pytest.approx(0.5)
    assert score(log)["spl_t"] == pytest.approx(0.5)
