from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from crowd.batch import CrowdBatch
from crowd.control import Controls
from crowd.planned import Planned
from crowd.social_force import SocialForce
from crowd.trajectory import Arrival, CrowdState, Order, Others

HALL, YARD = box(0, 0, 16, 8), box(0, 0, 20, 12).difference(box(9, 0, 10, 8))
NOBODY = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
SIGN = np.array([[7.0, 3.0], [9.0, 3.0], [9.0, 5.0], [7.0, 5.0]])
WHERE = (HALL, YARD, HALL, YARD, HALL)


def visitors(seed: int, room: tuple[float, float]) -> list[Arrival]:
    rng = np.random.default_rng(seed)
    result = []
    for k in range(10 + 3 * seed):
        left, right = (1.0, float(rng.uniform(1, room[1] - 1))), (room[0] - 1.0, float(rng.uniform(1, room[1] - 1)))
        origin, goal = (left, right) if k % 2 else (right, left)
        result.append(Arrival(person_id=k, time=0.4 * k, origin=origin, goal=goal, group=k // 2 if k < 4 else -1))
    result.append(Arrival(person_id=90, time=0.0, origin=(5.0, 4.0), goal=None))
    return result


def robots(crowd: int, step: int) -> Others:
    if crowd % 2:
        return NOBODY
    at = np.array([[2.0 + 0.05 * step, 4.0 + crowd]])
    return Others(positions=at, velocities=np.array([[0.5, 0.0]]), radii=np.array([0.3]))


def orders(crowd: int, step: int) -> dict[int, Order]:
    if crowd != 2:
        return {}
    return {40: {1: Order(kind="hold")}, 80: {1: Order(kind="resume"), 90: Order(kind="go", target=(3.0, 7.0))}}.get(
        step, {}
    )


def same(one: CrowdState, other: CrowdState) -> bool:
    names = ("person_ids", "positions", "velocities", "yaws", "radii", "groups", "goals")
    return one.activities == other.activities and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names
    )


def test_each_crowd_of_a_batch_walks_as_if_alone_to_the_byte() -> None:
    people = [visitors(seed, (16.0, 8.0) if walkable is HALL else (20.0, 12.0)) for seed, walkable in enumerate(WHERE)]
    batch, alone = CrowdBatch([SocialForce() for _ in WHERE]), [SocialForce() for _ in WHERE]
    states = batch.reset(WHERE, people, [np.random.default_rng(k) for k in range(5)])
    single = [alone[k].reset(WHERE[k], people[k], np.random.default_rng(k)) for k in range(5)]
    left = len(people[0])
    for step in range(320):
        assert all(same(a, b) for a, b in zip(states, single, strict=True)), step
        states = batch.step(0.1, [robots(k, step) for k in range(5)], [orders(k, step) for k in range(5)])
        single = [alone[k].step(0.1, robots(k, step), orders(k, step)) for k in range(5)]
        left = len(states[0].person_ids)
    assert left == 1  # the one who stands


def test_a_robot_that_presses_people_against_walls_and_blocks_an_entrance_meets_the_same() -> None:
    lane = box(0, 0, 24, 2.4)
    people = [
        Arrival(person_id=k, time=0.8 * k, origin=(1.0, 1.2), goal=(23.0, 1.2), desired_speed=1.3) for k in range(14)
    ]
    batch, alone = CrowdBatch([SocialForce(), SocialForce()]), SocialForce()
    batch.reset([lane, lane], [people, people], [np.random.default_rng(k) for k in range(2)])
    alone.reset(lane, people, np.random.default_rng(1))
    for step in range(220):
        x = max(1.0, 14.0 - 0.15 * step)
        pace = np.array([[-1.5 if x > 1.0 else 0.0, 0.0]])
        robot = Others(positions=np.array([[x, 0.7]]), velocities=pace, radii=np.array([0.3]))
        state = batch.step(0.1, [NOBODY, robot])[1]
        assert same(state, alone.step(0.1, robot, {})), step
        assert (np.hypot(*(state.positions - robot.positions - 0.1 * pace).T) >= 0.55 - 1e-9).all(), step


def test_states_do_not_change_when_the_batch_goes_on_and_nobody_need_be_there() -> None:
    batch = CrowdBatch([SocialForce(), SocialForce()])
    batch.reset([HALL, HALL], [visitors(0, (16.0, 8.0)), []], [np.random.default_rng(0) for _ in range(2)])
    state = batch.step(0.1)[0]
    before = state.positions.copy()
    assert len(batch.step(0.1)[1].person_ids) == 0
    assert np.array_equal(state.positions, before)


def test_what_cannot_be_stepped_together_is_refused() -> None:
    with pytest.raises(ValueError, match="expected SocialForce, got Planned"):
        CrowdBatch([Planned()])
    model = SocialForce()
    with pytest.raises(ValueError, match="each once"):
        CrowdBatch([model, model])
    batch = CrowdBatch([model])
    with pytest.raises(ValueError, match="arrivals: expected one of each of 1 crowds, got 0"):
        batch.reset([HALL], [], [np.random.default_rng(0)])
    batch.reset([HALL], [visitors(0, (16.0, 8.0))], [np.random.default_rng(0)])
    with pytest.raises(ValueError, match="others: expected one for each of 1 crowds, got 2"):
        batch.step(0.1, [NOBODY, NOBODY])
    with pytest.raises(KeyError, match="77"):
        batch.step(0.1, None, [{77: Order(kind="hold")}])
    with pytest.raises(ValueError, match="orders: expected go, hold or resume in a batch, got follow"):
        batch.step(0.1, None, [{90: Order(kind="follow")}])
    with pytest.raises(ValueError, match="got path"):
        batch.step(0.1, None, [{90: Order(kind="path", path=((3.0, 7.0),))}])
    for controls in (Controls(avoid=(SIGN,)), Controls(evacuate_at=5.0)):
        with pytest.raises(ValueError, match="models: expected no controls in a batch, got some"):
            CrowdBatch([SocialForce(controls=controls)])
    model.control(Controls(attract=(SIGN,)))
    model.control(Controls())
    with pytest.raises(ValueError, match="models: expected no other controls in a batch, got some"):
        batch.step(0.1)


def test_slim_bodies_in_a_batch_walk_as_if_alone_beside_stout_ones_on_one_ground() -> None:
    stout = visitors(1, (20.0, 12.0))
    slim = [replace(person, radius=0.19, origin=(0.22, person.origin[1])) for person in stout]
    batch, alone = CrowdBatch([SocialForce(), SocialForce()]), SocialForce()
    state = batch.reset([YARD, YARD], [stout, slim], [np.random.default_rng(k) for k in range(2)])[1]
    single = alone.reset(YARD, slim, np.random.default_rng(1))
    for step in range(200):
        assert same(state, single), step
        state, single = batch.step(0.1)[1], alone.step(0.1, NOBODY, {})
