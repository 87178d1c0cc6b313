"""The forces of `steering` in torch, for very many people where there is a GPU.

On the device: what people, robots and walls do to a person, its new velocity, and the limits on closing speeds. On the
CPU, compiled as in `steering`: sorting into cells, wishes, and moving bodies apart and out of walls. Single precision.
Limits are met one by one, the one that is broken most first, not in the order of the people: velocities are those of
`steering.advance` to a millimetre per second where nobody has to brake for several at once, and near them elsewhere.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crowd.ground import Float32Array
from crowd.neighbours import (
    BEHIND,
    BRAKE_TIME,
    FAINT,
    HIGH,
    HORIZON,
    MIND_GAP,
    PUSH,
    PUSH_RANGE,
    PUSH_TIME,
    SIDE_BIAS,
    WIDE,
    crowding,
    sort_into_cells,
)  # fmt: skip
from crowd.separation import WALK
from crowd.steering import (
    ACCELERATION,
    BRAKE,
    BRAKING,
    CALM,
    CLOSE,
    FAR_WALL,
    FOOTING,
    HOMING,
    INTENT,
    RELAXATION,
    ROBOT_CUTOFF,
    ROBOT_GAP,
    ROBOT_PUSH,
    ROBOT_RANGE,
    ROBOT_ROOM,
    ROBOT_TIME,
    STAND,
    STANDING_RELAXATION,
    UNTROUBLED,
    WALL,
    WALL_RANGE,
    Int32Array,
    displace,
    find_cutoff,
)  # fmt: skip
from crowd.trajectory import FloatArray

ROUNDS = 12  # of limits that one keeps in a step
PAIRS = 1 << 24  # people times neighbours at once, 64 MiB of each of a dozen numbers


class TorchSteering:
    """Steps people on a device, see above."""

    def __init__(self, device: str) -> None:
        """Set the `device`, such as "cuda" or "cpu".

        Raises:
            ValueError: torch finds no such device.
        """
        try:
            torch.empty(1, device=device)
        except (AssertionError, RuntimeError) as error:
            raise ValueError(f'device: expected one that torch finds, or None, got "{device}": {error}') from None
        self._device = device
        self._distance: tuple[Any, Tensor] | None = None

    def advance(
        self,
        position: FloatArray,
        velocity: FloatArray,
        desired: FloatArray,
        home: FloatArray,
        radius: FloatArray,
        slim: FloatArray,
        top_speed: FloatArray,
        activity: Int32Array,
        group: Int32Array,
        other_position: FloatArray,
        other_velocity: FloatArray,
        other_radius: FloatArray,
        distance: Float32Array,
        origin: FloatArray,
        cell: float,
        side: float,
        dt: float,
    ) -> None:
        """Move everybody by `dt` in place; arguments are those of `steering.advance`."""
        if len(position) == 0:
            return
        order, start, x0, y0, columns, rows = sort_into_cells(position)
        cutoff = find_cutoff(crowding(position, x0, y0))
        corner = np.array([x0, y0])
        told = np.concatenate([
            position[order] - corner, velocity[order], desired[order], home[order] - corner,
            np.stack([radius, slim, top_speed, activity, group], axis=1)[order],
        ], axis=1)  # fmt: skip
        robots = np.concatenate([other_position - corner, other_velocity, other_radius[:, None]], axis=1)
        people = torch.as_tensor(told, dtype=torch.float32).to(self._device)
        others = torch.as_tensor(robots, dtype=torch.float32).to(self._device)
        starts = torch.as_tensor(start).to(self._device).long()
        if self._distance is None or self._distance[0] is not distance:
            self._distance = distance, torch.as_tensor(distance).to(self._device)
        wall = self._wall(people[:, :2], corner - origin, cell)
        parts = 2 * math.ceil(cutoff / HIGH) + 1
        first, last = _stretches(people[:, :2], starts, columns, rows, cutoff, parts)
        longest = int((last - first).max())
        new = torch.empty_like(people[:, :2])
        intent = _intent(people)
        size = max(1, PAIRS // (parts * longest))
        for begin in range(0, len(people), size):
            end = min(len(people), begin + size)
            index = first[begin:end, :, None] + torch.arange(longest, device=self._device)
            there = (index < last[begin:end, :, None]).flatten(1)
            there &= index.flatten(1) != torch.arange(begin, end, device=self._device)[:, None]
            index = index.flatten(1).clamp(max=len(people) - 1)
            part = wall[0][begin:end], wall[1][begin:end]
            new[begin:end] = _velocities(
                people[begin:end],
                intent[begin:end],
                people[index],
                intent[index],
                there,
                others,
                part,
                cutoff,
                side,
                dt,
            )
        moved = new.cpu().numpy().astype(np.float64)
        displace(
            position, velocity, order, start, columns, rows, x0, y0, position[order, 0], position[order, 1],
            np.ascontiguousarray(moved[:, 0]), np.ascontiguousarray(moved[:, 1]), radius[order], slim[order],
            activity[order], np.ones(len(order), np.bool_), other_position, other_radius, distance, origin, cell, dt,
        )  # fmt: skip

    def _wall(self, places: Tensor, corner: FloatArray, cell: float) -> tuple[Tensor, Tensor]:
        """Return the distance (N,) to the nearest wall and its gradient (N, 2), see `wall_at`."""
        assert self._distance is not None
        field = self._distance[1]
        height, width = field.shape
        at = (places + torch.as_tensor(corner, dtype=torch.float32).to(self._device)) / cell
        u, v = at[:, 0].clamp(0.0, width - 1.001), at[:, 1].clamp(0.0, height - 1.001)
        column, row = u.long(), v.long()
        u, v = u - column, v - row
        a, b, c, d = field[row, column], field[row, column + 1], field[row + 1, column], field[row + 1, column + 1]
        low, high = a + u * (b - a), c + u * (d - c)
        return low + v * (high - low), torch.stack([((b - a) * (1 - v) + (d - c) * v) / cell, (high - low) / cell], 1)


def _stretches(
    places: Tensor, start: Tensor, columns: int, rows: int, cutoff: float, parts: int
) -> tuple[Tensor, Tensor]:
    """Return from which body and before which (N, parts) are those within `cutoff`, in each row of cells."""
    low = ((places[:, 0] - cutoff) / WIDE).long().clamp(min=0)
    high = (((places[:, 0] + cutoff) / WIDE).long() + 1).clamp(max=columns)
    row = ((places[:, 1] - cutoff) / HIGH).floor().long()[:, None] + torch.arange(parts, device=places.device)
    inside = (row >= 0) & (row < rows) & (row <= ((places[:, 1] + cutoff) / HIGH).long()[:, None])
    row = row.clamp(0, rows - 1) * columns
    first, last = start[row + low[:, None]], start[row + high[:, None]]
    return first, torch.where(inside, last, first)


def _intent(people: Tensor) -> Tensor:
    """Return where bodies (N, 13) are expected to go (N, 2), m/s: one who is blocked goes on, one pushed aside not."""
    velocity, desired, mode = people[:, 2:4], people[:, 4:6], people[:, 11:12]
    want, pace = desired.norm(dim=1, keepdim=True), velocity.norm(dim=1, keepdim=True)
    blocked = torch.where(want > 0.0, (1.0 - 2.0 * pace / want).clamp(min=0.0), torch.zeros_like(want))
    intent = torch.where(mode == WALK, velocity + INTENT * blocked * desired, velocity)
    return torch.where(mode == STAND, torch.zeros_like(intent), intent)


def _repulsion(
    r: Tensor, w: Tensor, v: Tensor, contact: Tensor, minded: Tensor, of: tuple[float, float, float], side: float,
    felt: float = math.inf,
) -> Tensor:  # fmt: skip
    """Return the sum (N, 2) of `neighbours.repulsion` from (N, K, 2), of those `minded` (N, K) and within `felt`."""
    strength, width, foresight = of
    square = (w * w).sum(-1).clamp(min=1e-6)
    closing = (r * w).sum(-1).clamp(min=0.0)
    time = (closing / square).clamp(max=HORIZON)
    d = r - w * time[..., None]
    minded = minded & ((d * d).sum(-1) < (contact + felt) ** 2)
    bias = torch.where(closing > 0.0, SIDE_BIAS * side / square.sqrt(), torch.zeros_like(square))
    d = d + bias[..., None] * torch.stack([-w[..., 1], w[..., 0]], -1)
    miss = d.norm(dim=-1).clamp(min=1e-6)
    push = strength * torch.exp(-(miss - contact).clamp(min=0.0) / width - time / foresight) / miss
    push = torch.where((v[:, None] * r).sum(-1) < 0.0, BEHIND * push, push)
    return -(torch.where(minded, push, torch.zeros_like(push))[..., None] * d).sum(1)


def _velocities(
    own: Tensor, intent: Tensor, near: Tensor, theirs: Tensor, there: Tensor, robots: Tensor,
    wall: tuple[Tensor, Tensor], cutoff: float, side: float, dt: float,
) -> Tensor:  # fmt: skip
    """Return the velocity (N, 2) after `dt` s of `own` (N, 13) among `near` (N, K, 13) of whom some are `there` (N, K).

    intent, theirs: (N, 2), (N, K, 2), see `_intent`. robots: (M, 5) place, velocity, radius. wall: see `_wall`.
    """
    u, size, thin, top, mode = own[:, 2:4], own[:, 8], own[:, 9], own[:, 10], own[:, 11]
    walks, gap, gradient = mode == WALK, wall[0], wall[1]
    r = near[..., :2] - own[:, None, :2]
    contact = thin[:, None] + near[..., 9]
    square = (r * r).sum(-1)
    friend = (own[:, None, 12] >= 0.0) & (own[:, None, 12] == near[..., 12])
    minded = there & ~friend & (square < cutoff * cutoff)
    force = _repulsion(
        r, intent[:, None] - theirs, intent, contact, minded, (PUSH, PUSH_RANGE, PUSH_TIME), side, FAINT * PUSH_RANGE
    )
    calm = torch.where(walks[:, None], force, CALM * force)
    shy = torch.where(walks, ROBOT_ROOM * (1.0 - (size - thin).clamp(min=0.0) / CLOSE).clamp(min=0.0), 0.0 * size)
    to = robots[None, :, :2] - own[:, None, :2]
    away = to.norm(dim=-1).clamp(min=1e-9)
    force = calm + _repulsion(
        to, intent[:, None] - robots[None, :, 2:4], intent, thin[:, None] + robots[None, :, 4] + shy[:, None],
        away < ROBOT_CUTOFF, (ROBOT_PUSH, ROBOT_RANGE, ROBOT_TIME), side,
    )  # fmt: skip
    spare = gap - size
    push = torch.where(spare < FAR_WALL, WALL * torch.exp(-spare.clamp(min=0.0) / WALL_RANGE), 0.0 * spare)
    force = force + push[:, None] * gradient
    pull = force + (own[:, 4:6] - u) / RELAXATION
    walking = u + dt * pull * (ACCELERATION / pull.norm(dim=1, keepdim=True).clamp(min=1e-9)).clamp(max=1.0)
    braking = u * (1.0 - BRAKING * dt / u.norm(dim=1, keepdim=True).clamp(min=1e-9)).clamp(min=0.0)
    untroubled = ((force - calm) ** 2).sum(1, keepdim=True) < UNTROUBLED**2
    stand = torch.where(untroubled, force + HOMING * (own[:, 6:8] - own[:, :2]), force)
    stand = torch.where((stand * stand).sum(1, keepdim=True) < FOOTING**2, 0.0 * stand, stand)
    standing = u + dt * (stand - u / STANDING_RELAXATION)
    new: Tensor = torch.where(walks[:, None], walking, torch.where(mode[:, None] == BRAKE, braking, standing))
    pace = new.norm(dim=1)
    new = new * (top / pace.clamp(min=1e-9)).clamp(max=1.0)[:, None]
    pace = torch.minimum(pace, top)
    # a gap closes at most at gap / BRAKE_TIME: unit vectors, what the other does, what is allowed, who alone brakes
    norm = square.sqrt().clamp(min=1e-9)
    n = r / norm[..., None]
    its = -(near[..., 2:4] * n).sum(-1)
    allowed = (norm - contact - 0.02).clamp(min=0.0) / BRAKE_TIME
    most = contact + (0.02 + BRAKE_TIME * (pace[:, None] + near[..., 2:4].norm(dim=-1))).clamp(max=MIND_GAP)
    binds = there & (norm < most) & (pace[:, None] + its > allowed)
    to = to / away[..., None]
    room = away - thin[:, None] - robots[None, :, 4] - ROBOT_GAP
    most_to = room.clamp(min=0.0) / BRAKE_TIME + (robots[None, :, 2:4] * to).sum(-1)
    normals = torch.cat([n, to, -gradient[:, None]], 1)
    closing = torch.cat([its.clamp(min=0.0), 0.0 * room, 0.0 * gap[:, None]], 1)
    limits = torch.cat([allowed - its.clamp(max=0.0), most_to, (spare.clamp(min=0.0) / BRAKE_TIME)[:, None]], 1)
    active = torch.cat([binds, room < 2.0, (gap < size + BRAKE_TIME * pace)[:, None]], 1)
    alone = torch.zeros_like(active)
    alone[:, its.shape[1] :] = True
    for _ in range(ROUNDS):
        mine = (new[:, None] * normals).sum(-1)
        excess = torch.where(active & (alone | (mine > 0.0)), mine + closing - limits, torch.zeros_like(mine))
        both = torch.minimum(excess * mine / (mine + closing).clamp(min=1e-9), mine)
        excess = torch.where(alone | (excess <= 0.0), excess, both)
        worst, which = excess.max(dim=1)
        new = new - worst.clamp(min=0.0)[:, None] * normals[torch.arange(len(new), device=new.device), which]
    return new
