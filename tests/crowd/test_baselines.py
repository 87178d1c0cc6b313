"""Engines of others as crowds: people come, cross a hall, keep apart and out of walls, and leave."""

from __future__ import annotations

import importlib.util
import logging
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, box

from crowd import baselines
from crowd.baselines import JuPedSim, Orca
from crowd.evaluation import Arrivals, walk_model
from crowd.trajectory import Arrival, CrowdModel, CrowdState, Order, Others

ROOT = Path(__file__).resolve().parents[2]
HALL = box(0, 0, 20, 10).difference(box(9, 3, 11, 7))
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
needs = {
    name: pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is missing; run `make setup`")
    for name in ("pyrvo", "jupedsim", "pysocialforce")
}
ENGINES = [
    pytest.param(Orca, id="orca", marks=needs["pyrvo"]),
    *(pytest.param(lambda n=n: JuPedSim(n), id=n, marks=needs["jupedsim"]) for n in baselines.MODELS),
]
engines = pytest.mark.parametrize("make", ENGINES)


def walkers(count: int, radius: float = 0.2, seed: int = 0) -> list[Arrival]:
    """Return people who cross the hall both ways, each on its right, one every 1.5 s."""
    rng, people = np.random.default_rng(seed), []
    for k in range(count):
        y = float(rng.uniform(0.8, 2.6) if k % 2 == 0 else rng.uniform(7.4, 9.2))
        ends = ((1.0, y), (19.0, y)) if k % 2 == 0 else ((19.0, y), (1.0, y))
        people.append(Arrival(person_id=10 + k, time=1.5 * k, origin=ends[0], goal=ends[1], radius=radius))
    return people


def run(model: CrowdModel, people: list[Arrival], seconds: float, dt: float = 0.1, seed: int = 0) -> list[CrowdState]:
    states = [model.reset(HALL, people, np.random.default_rng(seed))]
    for _ in range(round(seconds / dt)):
        states.append(model.step(dt, NOBODY, {}))
    return states


def gap(state: CrowdState) -> float:
    """Return metres between the nearest two discs."""
    gaps = np.hypot(*(state.positions[:, None] - state.positions[None]).transpose(2, 0, 1))
    gaps -= state.radii[:, None] + state.radii
    np.fill_diagonal(gaps, np.inf)
    return float(gaps.min(initial=np.inf))


@engines
def test_people_come_at_their_time_cross_the_hall_and_leave(make: Callable[[], CrowdModel]) -> None:
    people = walkers(8)
    states = run(make(), people, 40.0)
    first, last, at = {}, {}, {}
    for step, state in enumerate(states):
        assert (np.diff(state.person_ids) > 0).all() and len(state.activities) == len(state.person_ids)
        assert shapely.contains_xy(HALL, *state.positions.T).all()
        for person_id, position in zip(state.person_ids.tolist(), state.positions, strict=True):
            first.setdefault(person_id, 0.1 * step)
            last[person_id], at[person_id] = 0.1 * step, position
    assert len(states[-1].person_ids) == 0 and set(first) == {person.person_id for person in people}
    for person in people:
        assert first[person.person_id] == pytest.approx(person.time, abs=0.051)
        assert 12.0 < last[person.person_id] - first[person.person_id] < 25.0  # 18 m at 1.3 m/s are 13.8 s
        assert math.dist(at[person.person_id], person.goal) < 0.6


@needs["pyrvo"]
def test_discs_of_orca_do_not_overlap_and_stay_out_of_walls() -> None:
    rng = np.random.default_rng(1)
    people = [
        Arrival(
            person_id=k, time=0.3 * k, origin=((1.0, 19.0)[k % 2], float(rng.uniform(1, 9))),
            goal=((19.0, 1.0)[k % 2], float(rng.uniform(1, 9))), desired_speed=float(rng.uniform(0.8, 1.6)),
        )
        for k in range(30)
    ]  # fmt: skip
    states = run(Orca(), people, 45.0)
    assert len(states[-1].person_ids) == 0
    for state in states:
        assert gap(state) > -0.01
        walls = shapely.distance(HALL.boundary, shapely.points(state.positions))
        assert (walls > 0.25 - 0.03).all() and shapely.contains_xy(HALL, *state.positions.T).all()
        speeds = np.hypot(state.velocities[:, 0], state.velocities[:, 1])
        assert (speeds < 1.3 * 1.6 + 1e-3).all()


@needs["pyrvo"]
def test_two_who_meet_head_on_in_orca_pass() -> None:
    people = [Arrival(person_id=k, time=0.0, origin=(x, 1.5), goal=(20.0 - x, 1.5)) for k, x in ((1, 1.0), (2, 19.0))]
    states = run(Orca(), people, 20.0)
    assert len(states[-1].person_ids) == 0 and min(map(gap, states)) > -0.01


@engines
def test_one_seed_gives_one_crowd_and_a_model_can_be_reset(make: Callable[[], CrowdModel]) -> None:
    model, people = make(), walkers(6)
    once, again = run(model, people, 12.0), run(model, people, 12.0)
    for a, b in zip(once, again, strict=True):
        assert a.person_ids.tolist() == b.person_ids.tolist() and a.positions.tobytes() == b.positions.tobytes()


@engines
def test_who_finds_its_place_taken_comes_in_beside_it_after_two_seconds(make: Callable[[], CrowdModel]) -> None:
    stands = Arrival(person_id=1, time=-5.0, origin=(5.0, 2.0), goal=None, radius=0.2)
    comes = Arrival(person_id=2, time=0.5, origin=(5.0, 2.0), goal=(15.0, 2.0), radius=0.2)
    states = run(make(), [stands, comes], 3.0)
    assert states[0].person_ids.tolist() == [1] and states[0].activities == ("stand",)
    entry = next(k for k, state in enumerate(states) if 2 in state.person_ids)
    assert entry == 25  # 0.5 s and 2 s of patience
    assert 0.2 < math.dist(states[entry].positions[1], (5.0, 2.0)) < 1.0
    assert 1 in states[-1].person_ids


@engines
def test_nobody_at_all_and_steps_of_any_length(make: Callable[[], CrowdModel]) -> None:
    model = make()
    assert len(run(model, [], 0.5)[-1].person_ids) == 0
    person = Arrival(person_id=1, time=0.0, origin=(1.0, 1.5), goal=(19.0, 1.5), radius=0.2)
    walked = [run(model, [person], 3.0, dt)[-1].positions[0, 0] for dt in (0.02, 0.03, 0.1, 0.25)]
    assert np.ptp(walked) < 0.15 and np.mean(walked) == pytest.approx(1.0 + 3.0 * 1.3, abs=0.6)


@engines
def test_recorded_arrivals_can_be_walked(make: Callable[[], CrowdModel]) -> None:
    arrivals = Arrivals(
        person_ids=np.array([7, 9]), rows=np.array([0, 5]), last=np.array([40, 45]),
        origins=np.array([[1.0, 1.5], [19.0, 8.5]]), goals=np.array([[19.0, 1.5], [1.0, 8.5]]),
        speeds=np.array([1.2, 1.4]), types=np.zeros(2, np.int64),
    )  # fmt: skip
    track = walk_model(make(), HALL, arrivals, 0.4 * np.arange(51), np.random.default_rng(0))
    assert track.valid[0].tolist() == [True, False] and track.valid[5].all() and not track.valid[-1].any()


@engines
def test_orders_and_impossible_arrivals_are_refused(make: Callable[[], CrowdModel]) -> None:
    model = make()
    person = walkers(1)[0]
    model.reset(HALL, [person], np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"orders: expected none.* got some for \[10\]; use SocialForce"):
        model.step(0.1, NOBODY, {10: Order(kind="hold")})
    with pytest.raises(ValueError, match="unique person ids"):
        model.reset(HALL, [person, person], np.random.default_rng(0))
    two = MultiPolygon([box(0, 0, 8, 8), box(9, 0, 17, 8)])
    with pytest.raises(ValueError, match="can reach"):
        model.reset(two, [Arrival(person_id=1, time=0.0, origin=(1, 1), goal=(16, 1))], np.random.default_rng(0))


@needs["jupedsim"]
def test_jupedsim_says_what_it_does_not_take() -> None:
    with pytest.raises(ValueError, match=r"model: expected one of anticipation_velocity, .*, got 'fast'"):
        JuPedSim("fast")  # type: ignore[arg-type]
    two, rng = MultiPolygon([box(0, 0, 8, 8), box(9, 0, 17, 8)]), np.random.default_rng(0)
    there = Arrival(person_id=1, time=0.0, origin=(1, 1), goal=(7, 7), radius=0.2)
    assert JuPedSim().reset(two, [there], rng).person_ids.tolist() == [1]
    other = Arrival(person_id=2, time=0.0, origin=(10, 1), goal=(16, 7), radius=0.2)
    with pytest.raises(ValueError, match=r"one part of the ground.* 2 lie elsewhere"):
        JuPedSim().reset(two, [there, other], rng)
    fast = Arrival(person_id=3, time=0.0, origin=(1, 1), goal=(7, 7), radius=0.2, desired_speed=11.0)
    with pytest.raises(ValueError, match=r"got 3: .*v0 11 not in allowed range"):
        JuPedSim().reset(two, [fast], rng)


@needs["jupedsim"]
def test_jupedsim_that_cannot_go_on_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(count: int) -> None:
        raise RuntimeError("Point (9.9, -0.8) is outside of accessible area")

    model = JuPedSim("social_force")
    model.reset(HALL, walkers(1), np.random.default_rng(0))
    monkeypatch.setattr(model._simulation, "iterate", fail)
    with pytest.raises(RuntimeError, match=r"SocialForceModel: .*outside of accessible area; it cannot go on"):
        model.step(0.1, NOBODY, {})


@pytest.mark.parametrize(("module", "make"), [("pyrvo", Orca), ("jupedsim", JuPedSim)])
def test_a_missing_wheel_is_named_with_the_way_to_install_it(
    module: str, make: Callable[[], CrowdModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=rf"{module}==[\d.]+.*make setup.*pip install --no-deps {module}=="):
        make()


def test_setup_installs_the_versions_that_the_messages_name() -> None:
    assert all(f'"{pin}"' in (ROOT / ".ci/setup.py").read_text() for pin in baselines.PINS.values())


def speed(engines: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the rows of a tiny run of the benchmark."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import crowd_speed
    from embodied.results import read_results

    words = ["agents=100,121", "repeats=2", "seconds=0.3", f"engines={engines}", f"out={out}"]
    monkeypatch.setattr(sys, "argv", ["crowd_speed", *words])
    crowd_speed.main()
    rows: list[dict[str, Any]] = read_results(out)["rows"]
    assert all(row["metrics"]["agent_steps_per_cpu_s"]["value"] > 100 for row in rows)
    assert all(("growth" in row["metrics"]) == (row["agents"] == 121) for row in rows)
    monkeypatch.setattr(sys, "argv", ["crowd_speed", "people=3"])
    with pytest.raises(SystemExit, match="expected agents=…"):
        crowd_speed.main()
    return rows


@needs["jupedsim"]
def test_the_benchmark_of_speed_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = speed("ours,jupedsim", tmp_path / "speed.json", monkeypatch)
    assert [(row["engine"], row["agents"], row["work"]) for row in rows[:4]] == [
        ("ours", 100, "step"), ("ours", 100, "forces"), ("ours", 121, "step"), ("ours", 121, "forces"),
    ]  # fmt: skip
    assert {row["model"] for row in rows[4:]} == {"anticipation_velocity", "collision_free_v2"}


@pytest.mark.slow
@needs["pysocialforce"]
def test_the_benchmark_of_speed_measures_what_takes_long_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = logging.getLogger().level, list(logging.getLogger().handlers)
    rows = speed("ours_learned,crowdes_published,pysocialforce", tmp_path / "speed.json", monkeypatch)
    assert {row["engine"] for row in rows} == {"ours_learned", "crowdes_published", "pysocialforce"}
    learned = [row for row in rows if row["engine"] == "ours_learned"]
    assert all(row["weights"] and row["metrics"]["plans"]["value"] >= row["agents"] for row in learned)
    assert before == (logging.getLogger().level, list(logging.getLogger().handlers))
    assert not (ROOT / "file.log").exists()  # which PySocialForce opens where it is imported
