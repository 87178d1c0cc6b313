from __future__ import annotations

import numpy as np
import pytest
import torch
from shapely.geometry import box

from crowd.ground import Ground
from crowd.social_force import SocialForce
from crowd.steering import BRAKE, STAND, WALK, advance
from crowd.torch_steering import TorchSteering
from crowd.trajectory import Arrival, Others

SIDE = 14.0
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def crowd(count: int) -> tuple[np.ndarray, ...]:
    """Return the first nine arguments of `advance`, of people of whom some stand, brake, are slim, or go together."""
    rng = np.random.default_rng(0)
    ticks = np.linspace(0.6, SIDE - 0.6, int(np.ceil(np.sqrt(count))))
    position = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)[:count] + rng.uniform(-0.1, 0.1, (count, 2))
    velocity, desired = rng.normal(0.0, 0.6, (count, 2)), rng.normal(0.0, 1.0, (count, 2))
    activity = rng.choice([WALK, WALK, WALK, STAND, BRAKE], count).astype(np.int32)
    group = rng.integers(-6, 3, count).clip(-1).astype(np.int32)
    radius = rng.uniform(0.25, 0.3, count)
    slim = radius - rng.choice([0.0, 0.0, 0.1], count)
    return position, velocity, desired, position + 0.1, radius, slim, np.full(count, 1.5), activity, group


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("count", [1, 12, 120])
def test_torch_and_the_kernel_agree_about_velocities(count: int, device: str) -> None:
    ground = Ground(box(0, 0, SIDE, SIDE).difference(box(5, 5, 6, 9)))
    robot = np.array([[7.0, 3.0], [10.0, 10.0]]), np.array([[0.5, 0.1], [0.0, 0.0]]), np.array([0.3, 0.4])
    more = *robot, ground.distance, ground.origin, ground.cell, 1.0, 0.05
    ours, theirs = crowd(count), crowd(count)
    advance(*ours, *more)
    TorchSteering(device).advance(*theirs, *more)
    off = np.hypot(*(ours[1] - theirs[1]).T)
    moved = np.hypot(*(ours[1] - crowd(count)[1]).T)
    assert np.median(moved) > 0.05  # there is something to agree about
    assert np.median(off) < 1e-4 and np.quantile(off, 0.9) < 0.02 and off.max() < 0.4
    assert np.hypot(*(ours[0] - theirs[0]).T).max() < 0.05


@pytest.mark.parametrize("device", DEVICES)
def test_a_crowd_on_a_device_gets_through_a_corridor_without_touching(device: str) -> None:
    arrivals = [
        Arrival(person_id=k, time=0.8 * k, origin=((1.0, 19.0)[k % 2], 1.0 + 0.1 * k), goal=((19.0, 1.0)[k % 2], 1.5))
        for k in range(10)
    ]
    model = SocialForce(device=device)
    state = model.reset(box(0, 0, 20, 3), arrivals, np.random.default_rng(0))
    robot = Others(positions=np.array([[10.0, 2.2]]), velocities=np.zeros((1, 2)), radii=np.array([0.3]))
    for _ in range(350):
        gaps = np.hypot(*(state.positions[:, None] - state.positions[None]).transpose(2, 0, 1))
        np.fill_diagonal(gaps, np.inf)
        assert gaps.size == 0 or gaps.min() > 0.3
        assert (np.hypot(*(state.positions - robot.positions[0]).T) > 0.55).all()
        state = model.step(0.1, robot, {})
    assert len(state.person_ids) == 0


def test_a_device_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected one that torch finds"):
        SocialForce(device="cuda:77")
