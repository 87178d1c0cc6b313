"""Losses of two people: InterGen's, which in2IN and TIMotion take over (arXiv 2304.05684, section 4.3).

Geometric ones look at joints in metres, where there is little enough noise (level 700 of 1000 at most): of each person
velocities, lengths of bones, feet that stand; of both the distances of joints (DM), those that touch (JA), and how they
are turned to each other (RO).
"""

from __future__ import annotations

import torch
from torch import Tensor

from motion.clip import JOINT_NAMES, PARENTS
from motion.features import FEET, FPS

NOISIEST = 700  # level, up to which geometry is looked at
NEAR, TOUCHING = 1.0, 0.1  # m: joints of both whose distance counts, and that touch
WEIGHTS = {"velocity": 30.0, "bones": 10.0, "feet": 30.0, "distance": 3.0, "touch": 3.0, "facing": 0.01}
TREMBLING = 0.2, 0.01  # weights of m/s and m/s2
EVERY = 3  # frames at 30 fps, between those whose distances are looked at
HIPS = JOINT_NAMES.index("left_hip"), JOINT_NAMES.index("right_hip")


def geometric_losses(made: Tensor, real: Tensor, stands: Tensor, there: Tensor) -> dict[str, Tensor]:
    """Return the weighted losses of joints (B, 2, F, 22, 3) beside the real ones, metres.

    Args:
        stands: (B, 2, F, 4) 1 where feet stand. there: (B, F) 1 where frames exist.
    """
    both = there[:, None]
    pairs = both[..., 1:] * both[..., :-1]
    speed, wanted = made.diff(dim=2), real.diff(dim=2)
    parents = list(PARENTS[1:])
    lengths = [(joints[..., 1:, :] - joints[..., parents, :]).norm(dim=-1) for joints in (made, real)]
    firm = stands[:, :, 1:] * stands[:, :, :-1] * pairs[..., None]
    slides = speed[..., FEET, :].square().sum(dim=-1)
    gaps, true = (torch.cdist(joints[:, 0, ::EVERY], joints[:, 1, ::EVERY]) for joints in (made, real))
    frames = there[:, ::EVERY, None, None]
    near, touch = (gaps < NEAR) * frames, (true < TOUCHING) * frames
    turned = (_facing(made) - _facing(real)).square().sum(dim=-1)
    parts = {
        "velocity": _mean((speed - wanted).square().sum(dim=-1).mean(dim=-1), pairs),
        "bones": _mean((lengths[0] - lengths[1]).square().mean(dim=-1), both),
        "feet": (slides * firm).sum() / firm.sum().clamp(min=1.0),
        "distance": ((gaps - true).square() * near).sum() / near.sum().clamp(min=1.0),
        "touch": (gaps.square() * touch).sum() / touch.sum().clamp(min=1.0),
        "facing": _mean(turned, there),
    }
    return {name: WEIGHTS[name] * value for name, value in parts.items()}


def trembling(made: Tensor, real: Tensor, there: Tensor) -> Tensor:
    """Return how far speeds and accelerations of joints (B, P, F, 22, 3) are from the real ones, weighted; ours.

    Distances, not their squares: in squares of metres a frame what trembles a little is next to nothing.

    there: (B, F) 1 where frames exist.
    """
    total = torch.zeros(())
    for weight in TREMBLING:
        made, real = FPS * made.diff(dim=2), FPS * real.diff(dim=2)
        there = there[:, 1:] * there[:, :-1]
        total = total + weight * _mean((made - real).norm(dim=-1).mean(dim=-1), there[:, None])
    return total


def _facing(joints: Tensor) -> Tensor:
    """Return how the second person is turned against the first (B, F, 2), cosine and sine."""
    across = joints[..., HIPS[0], :2] - joints[..., HIPS[1], :2]
    across = across / across.norm(dim=-1, keepdim=True).clamp(min=1e-3)
    (a, b), (c, d) = across[:, 0].unbind(dim=-1), across[:, 1].unbind(dim=-1)
    return torch.stack([a * c + b * d, a * d - b * c], dim=-1)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    weights = weights.expand_as(values)
    return (values * weights).sum() / weights.sum().clamp(min=1.0)
