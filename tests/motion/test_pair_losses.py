"""InterGen's losses, each by a case made by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from motion.clip import JOINT_NAMES
from motion.pair_losses import NOISIEST, WEIGHTS, geometric_losses

LEFT_TOES, RIGHT_WRIST = JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_wrist")
FRAMES = 7


def people(gap: float = 5.0) -> Tensor:
    """Return two people (1, 2, FRAMES, 22, 3) who stand still in a pose, a gap apart, turned alike."""
    draw = torch.Generator().manual_seed(0)
    pose = torch.rand(22, 3, generator=draw)
    joints = pose.expand(1, 2, FRAMES, 22, 3).clone()
    joints[:, 1, ..., 0] += gap
    return joints


def losses(made: Tensor, real: Tensor, *, stands: float = 0.0, there: Tensor | None = None) -> dict[str, float]:
    frames = torch.ones(1, FRAMES) if there is None else there
    parts = geometric_losses(made, real, torch.full((1, 2, FRAMES, 4), stands), frames)
    return {name: float(value) for name, value in parts.items()}


def only(made: dict[str, float], *names: str) -> None:
    assert {name for name, value in made.items() if value > 1e-6} == set(names)


def test_weights_and_the_noisiest_level_are_those_of_the_paper() -> None:
    assert WEIGHTS == {"velocity": 30, "bones": 10, "feet": 30, "distance": 3, "touch": 3, "facing": 0.01}
    assert NOISIEST == 700


def test_what_is_equal_costs_nothing() -> None:
    real = people(0.5)
    only(losses(real, real, stands=1.0))


def test_both_moved_and_turned_alike_cost_nothing() -> None:
    real = people(0.5)
    made = torch.stack([-real[..., 1], real[..., 0], real[..., 2]], dim=-1) + torch.tensor([1.0, 2.0, 3.0])
    only(losses(made, real))


def test_velocity_and_feet() -> None:
    """One of two people glides at 1 cm a frame: velocity is off by 1e-4 m2 in a half, feet that stand slide so."""
    real = people()
    made = real.clone()
    made[:, 0, ..., 1] += 0.01 * torch.arange(FRAMES)[None, :, None]
    parts = losses(made, real, stands=1.0)
    only(parts, "velocity", "feet")
    assert parts["velocity"] == pytest.approx(30.0 * 1e-4 / 2.0, rel=1e-3)
    assert parts["feet"] == pytest.approx(30.0 * 1e-4 / 2.0, rel=1e-3)
    only(losses(made, real), "velocity")  # feet in the air may move


def test_feet_are_looked_at_while_they_stand() -> None:
    real = people()
    made, stands = real.clone(), torch.zeros(1, 2, FRAMES, 4)
    made[:, 0, 3:, LEFT_TOES, 0] += 0.1  # one step from frame 2 to 3
    stands[:, 0, 2:4, 1] = 1.0
    parts = geometric_losses(made, made, stands, torch.ones(1, FRAMES))
    assert float(parts["feet"]) == pytest.approx(30.0 * 0.01, rel=1e-3)
    stands[:, 0, 3, 1] = 0.0  # it does not stand on both sides of the step
    assert float(geometric_losses(made, made, stands, torch.ones(1, FRAMES))["feet"]) == 0.0


def test_bones() -> None:
    """A hand 10 cm further from its elbow: one of 21 bones of one of two people."""
    real = people()
    elbow = JOINT_NAMES.index("right_elbow")
    made = real.clone()
    way = real[0, 0, 0, RIGHT_WRIST] - real[0, 0, 0, elbow]
    made[:, 0, :, RIGHT_WRIST] += 0.1 * way / way.norm()
    parts = losses(made, real)
    only(parts, "bones")
    assert parts["bones"] == pytest.approx(10.0 * 0.01 / 21.0 / 2.0, rel=1e-3)


def points(gap: float) -> Tensor:
    """Return two people each in one point, a gap apart."""
    joints = torch.zeros(1, 2, FRAMES, 22, 3)
    joints[:, 1, ..., 0] = gap
    return joints


@pytest.mark.parametrize(
    ("made", "real", "distance", "touch"),
    [
        (0.5, 0.8, 0.3**2, 0.0),
        (1.2, 0.8, 0.0, 0.0),  # further than a metre in what was made: not looked at
        (0.8, 1.2, 0.4**2, 0.0),
        (0.5, 0.05, 0.45**2, 0.5**2),  # they touch: nothing between them is right
        (0.05, 0.05, 0.0, 0.05**2),
    ],
)
def test_distance_and_touch(made: float, real: float, distance: float, touch: float) -> None:
    parts = losses(points(made), points(real))
    assert parts["distance"] == pytest.approx(3.0 * distance, abs=1e-5)
    assert parts["touch"] == pytest.approx(3.0 * touch, abs=1e-5)


@pytest.mark.parametrize("angle", [0.0, 0.5, -1.0, math.pi])
def test_facing_is_how_they_are_turned_to_each_other(angle: float) -> None:
    """The second turned by an angle about itself: squared chord 2 - 2 cos."""
    real = people()
    made, middle = real.clone(), real[:, 1:, :, :1]
    about, (c, s) = real[:, 1:] - middle, (math.cos(angle), math.sin(angle))
    turned = torch.stack(
        [c * about[..., 0] - s * about[..., 1], s * about[..., 0] + c * about[..., 1], about[..., 2]], dim=-1
    )
    made[:, 1:] = middle + turned
    assert losses(made, real)["facing"] == pytest.approx(0.01 * (2.0 - 2.0 * math.cos(angle)), abs=1e-6)


def test_absent_frames_cost_nothing() -> None:
    real, there = people(0.5), torch.ones(1, FRAMES)
    there[:, 4:] = 0.0
    made = real.clone()
    made[:, :, 4:] += torch.randn(1, 2, FRAMES - 4, 22, 3)
    only(losses(made, real, stands=1.0, there=there))
    only(losses(made, real, stands=1.0, there=torch.zeros(1, FRAMES)))  # nor NaN where nothing is there


def test_joints_in_one_point_have_finite_gradients() -> None:
    made = points(0.0).requires_grad_()
    total = torch.stack(
        list(geometric_losses(made, points(0.0), torch.ones(1, 2, FRAMES, 4), torch.ones(1, FRAMES)).values())
    )
    total.sum().backward()
    assert made.grad is not None and bool(made.grad.isfinite().all())
