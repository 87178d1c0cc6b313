"""Bodies that a robot would touch, moved off it along walls and past others, where `steering` leaves them."""

from __future__ import annotations

import math

from crowd.compiled import compiled
from crowd.ground import Float32Array, wall_at
from crowd.trajectory import FloatArray

ROUNDS = 40  # of moving bodies off robots, one another and walls in turn
AIR = 0.005  # m left to a robot


@compiled
def move_off(
    position: FloatArray,
    radius: FloatArray,
    robot_position: FloatArray,
    robot_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
) -> None:
    """Move bodies that overlap robots off them in place; nothing happens where none does.

    A body between a robot and a wall slides along the wall, and pushes others aside that are in its way. One for which
    there is no room at all stays where the wall leaves it. position: (N, 2), radius: (N,), robot_position: (M, 2),
    robot_radius: (M,), metres; distance, origin, cell: of the Ground.
    """
    count = len(position)
    for i in range(count):
        touched = False
        for m in range(len(robot_position)):
            rx, ry = position[i, 0] - robot_position[m, 0], position[i, 1] - robot_position[m, 1]
            touched |= rx * rx + ry * ry < (radius[i] + robot_radius[m]) ** 2
        if not touched:
            continue
        for _ in range(ROUNDS):
            moved = False
            for m in range(len(robot_position)):
                rx, ry = position[i, 0] - robot_position[m, 0], position[i, 1] - robot_position[m, 1]
                norm = max(1e-9, math.sqrt(rx * rx + ry * ry))
                lack = radius[i] + robot_radius[m] + AIR - norm
                if lack > 1e-5:
                    position[i, 0] += lack * rx / norm
                    position[i, 1] += lack * ry / norm
                    moved = True
            gap, gx, gy = wall_at(distance, origin, cell, position[i, 0], position[i, 1])
            if gap < radius[i] - 1e-5:
                position[i, 0] += (radius[i] - gap) * gx
                position[i, 1] += (radius[i] - gap) * gy
                moved = True
            if not moved:
                break
        for j in range(count):
            rx, ry = position[j, 0] - position[i, 0], position[j, 1] - position[i, 1]
            norm = max(1e-9, math.sqrt(rx * rx + ry * ry))
            lack = radius[i] + radius[j] - norm
            if j == i or lack <= 0.0:
                continue
            x, y = position[j, 0] + lack * rx / norm, position[j, 1] + lack * ry / norm
            if wall_at(distance, origin, cell, x, y)[0] >= radius[j] - 1e-3:
                position[j, 0], position[j, 1] = x, y
