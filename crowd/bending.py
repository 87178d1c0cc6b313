"""How people who follow a track bend away from it: the same forces as in `steering`, and a spring back.

A person is where its track is plus a deviation. Forces act on the deviation alone, and a critically damped spring
takes it back to exactly 0, so that a recording is left untouched wherever nothing disturbs it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.ground import Float32Array, wall_at
from crowd.neighbours import BRAKE_TIME, FAINT, PUSH, PUSH_RANGE, PUSH_TIME, repulsion
from crowd.separation import UNTOUCHED
from crowd.steering import INTENT, ROBOT_GAP, ROBOT_PUSH, ROBOT_RANGE, ROBOT_ROOM, ROBOT_TIME, WALL, WALL_RANGE
from crowd.trajectory import FloatArray

BoolArray = npt.NDArray[np.bool_]

FREE = 2.0  # looseness of one who does not follow the recording, and to whom recorded people give way

MINDED = 3.5  # m: people farther away are not minded
ROBOT_REACH, ROBOT_FADE = 4.0, 1.0  # m: robots farther away are not minded; over the last metre less and less
STIFFNESS, RECORDED = 1.0, 2.0  # 1/s: a deviation is gone after about five times its inverse; where no robot made it
SPRING = 1.6  # m/s2, at most
AGILITY = 3.5  # m/s2, at most, of a deviation
NEGLIGIBLE = 0.05  # m/s2: lesser forces do not disturb who follows its track
TINY, TINY_SPEED = 5e-3, 2e-2  # m, m/s: lesser deviations are none
UNNOTICED = 0.15  # m: so near to its track nobody minds walls
PERSON_GAP = 0.02  # m
TIGHT = 0.35  # m between people who come close on their way to the recording, p1 of neighbours in `univ`


@compiled
def bend(
    position: FloatArray,
    drift: FloatArray,
    bent: BoolArray,
    now: FloatArray,
    then: FloatArray,
    loose: FloatArray,
    radius: FloatArray,
    other_position: FloatArray,
    other_velocity: FloatArray,
    other_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    side: float,
    dt: float,
) -> None:
    """Move everybody by `dt` (at most 0.05 s) in place.

    position, drift: (N, 2), metres, and velocity of the deviation, m/s. bent: (N,) whether a robot made it; changed in
    place too. now, then: (N, 2) where the tracks are before and after. loose: (N,) 0 in the recording and on time, up
    to 1 on the way to it or from it, FREE: not bound to it. radius: (N,). other_position, other_velocity: (M, 2),
    other_radius: (M,): robots. distance, origin, cell: of the Ground. side: +1 people keep right, -1 left.
    """
    count = len(position)
    track = (then - now) / dt
    velocity = track + drift
    intent = velocity.copy()
    for a in range(count):
        pace, want = math.sqrt(np.sum(velocity[a] ** 2)), math.sqrt(np.sum(track[a] ** 2))
        if want < 0.1:
            intent[a] = track[a]
        else:
            intent[a] += INTENT * max(0.0, 1.0 - 2.0 * pace / want) * track[a]
    force = np.zeros((count, 2))
    for a in range(count):
        for m in range(len(other_position)):
            rx, ry = other_position[m, 0] - position[a, 0], other_position[m, 1] - position[a, 1]
            fade = min(1.0, (ROBOT_REACH - math.sqrt(rx * rx + ry * ry)) / ROBOT_FADE)
            if fade > 0.0:
                wx, wy = intent[a, 0] - other_velocity[m, 0], intent[a, 1] - other_velocity[m, 1]
                contact = radius[a] + other_radius[m] + ROBOT_ROOM
                ux, uy = intent[a]
                ax, ay = repulsion(rx, ry, wx, wy, ux, uy, contact, ROBOT_PUSH, ROBOT_RANGE, ROBOT_TIME, side)
                force[a, 0] += fade * ax
                force[a, 1] += fade * ay
        bent[a] |= force[a, 0] ** 2 + force[a, 1] ** 2 > NEGLIGIBLE**2
    moved = position.copy()
    near = np.empty(count, np.int64)
    for a in range(count):
        fx, fy = force[a]
        x, y = position[a]
        nears = 0
        for b in range(count):
            rx, ry = position[b, 0] - x, position[b, 1] - y
            near[nears] = b
            nears += 1 if rx * rx + ry * ry < MINDED * MINDED and a != b else 0
        minded = 0
        for k in range(nears):
            b = near[k]
            if ignores(a, b, loose, bent):
                continue
            near[minded] = b
            minded += 1
            contact = radius[a] + radius[b]
            px, py = push(position[b, 0] - x, position[b, 1] - y, intent[a], intent[b], contact, side)
            known = familiar(loose[a], loose[b])
            if known > 0.0:
                qx, qy = push(now[b, 0] - now[a, 0], now[b, 1] - now[a, 1], track[a], track[b], contact, side)
                px, py = px - known * qx, py - known * qy
            fx += px
            fy += py
        wall, gx, gy = wall_at(distance, origin, cell, x, y)
        dx, dy = x - now[a, 0], y - now[a, 1]
        off = dx * dx + dy * dy
        if off > UNNOTICED**2 or wall < radius[a]:
            strength = WALL * math.exp(-max(wall - radius[a], 0.0) / WALL_RANGE)
            fx, fy = fx + strength * gx, fy + strength * gy
        free = fx * fx + fy * fy < NEGLIGIBLE**2
        speed = drift[a, 0] ** 2 + drift[a, 1] ** 2
        if free and off < TINY**2 and speed < TINY_SPEED**2 and wall >= radius[a] - TINY:
            moved[a] = then[a]
            bent[a] = False
            drift[a] = 0.0
            continue
        stiff = STIFFNESS if bent[a] or loose[a] > 1.0 else STIFFNESS + (RECORDED - STIFFNESS) * (1.0 - loose[a])
        spring = min(stiff**2, SPRING / max(1e-9, math.sqrt(off)))
        ax = fx - spring * dx - 2.0 * stiff * drift[a, 0]
        ay = fy - spring * dy - 2.0 * stiff * drift[a, 1]
        scale = min(1.0, AGILITY / max(1e-9, math.sqrt(ax * ax + ay * ay)))
        ux, uy = velocity[a, 0] + scale * ax * dt, velocity[a, 1] + scale * ay * dt
        top = max(1.4, math.sqrt(np.sum(track[a] ** 2)) + 0.6)
        scale = min(1.0, top / max(1e-9, math.sqrt(ux * ux + uy * uy)))
        ux, uy = scale * ux, scale * uy
        for _ in range(3):  # a gap closes at most at gap / BRAKE_TIME
            for k in range(minded):
                b = near[k]
                rx, ry = position[b, 0] - x, position[b, 1] - y
                norm = math.sqrt(rx * rx + ry * ry)
                gap = norm - radius[a] - radius[b] - PERSON_GAP
                if norm < 1e-6 or max(loose[a], loose[b]) < 1.0:
                    continue
                rx, ry = rx / norm, ry / norm
                mine, its = ux * rx + uy * ry, -(velocity[b, 0] * rx + velocity[b, 1] * ry)
                excess = mine + its - max(gap, 0.0) / BRAKE_TIME
                if excess > 0.0 and mine > 0.0:
                    if loose[b] == loose[a]:
                        excess = excess * mine / (mine + max(its, 0.0))
                    excess = min(excess, mine)
                    ux, uy = ux - excess * rx, uy - excess * ry
            for m in range(len(other_position)):
                rx, ry = other_position[m, 0] - x, other_position[m, 1] - y
                norm = max(1e-9, math.sqrt(rx * rx + ry * ry))
                gap = norm - radius[a] - other_radius[m] - ROBOT_GAP
                rx, ry = rx / norm, ry / norm
                its = -(other_velocity[m, 0] * rx + other_velocity[m, 1] * ry)
                excess = ux * rx + uy * ry + its - max(gap, 0.0) / BRAKE_TIME
                if gap < 2.0 and excess > 0.0:
                    ux, uy = ux - excess * rx, uy - excess * ry
            inward = -(ux * gx + uy * gy) - max(wall - radius[a], 0.0) / BRAKE_TIME
            if wall < 2.0 and inward > 0.0:
                ux, uy = ux + inward * gx, uy + inward * gy
        moved[a, 0], moved[a, 1] = x + ux * dt, y + uy * dt
        drift[a, 0], drift[a, 1] = ux - track[a, 0], uy - track[a, 1]
    part(moved, then, loose, radius, other_position, other_radius, distance, origin, cell)
    position[:] = moved


@compiled
def ignores(a: int, b: int, loose: FloatArray, bent: BoolArray) -> bool:
    """Return whether `a` need not mind `b`: `b` is on the way and gives way to it, or both follow the recording."""
    if loose[a] > 0.0 or loose[b] == FREE:
        return False
    return loose[b] > 0.0 or not (bool(bent[a]) or bool(bent[b]))


@compiled
def familiar(mine: float, its: float) -> float:
    """Return how much the nearness of two tracks is taken for granted: wholly where both follow the recording."""
    return max(0.0, 1.0 - max(mine, its)) ** 2


@compiled
def push(rx: float, ry: float, mine: FloatArray, its: FloatArray, contact: float, side: float) -> tuple[float, float]:
    """Return the acceleration of a person away from a person at (rx, ry) that moves at `its` (2,), m/s."""
    wx, wy = mine[0] - its[0], mine[1] - its[1]
    time = min(max(rx * wx + ry * wy, 0.0) / max(wx * wx + wy * wy, 1e-6), 4.0)
    dx, dy = rx - wx * time, ry - wy * time
    if dx * dx + dy * dy > (contact + FAINT * PUSH_RANGE) ** 2:
        return 0.0, 0.0
    return repulsion(rx, ry, wx, wy, mine[0], mine[1], contact, PUSH, PUSH_RANGE, PUSH_TIME, side)


@compiled
def part(
    position: FloatArray,
    then: FloatArray,
    loose: FloatArray,
    radius: FloatArray,
    other_position: FloatArray,
    other_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
) -> None:
    """Move bodies that overlap apart in place, off robots and out of walls; recorded closeness stays."""
    count = len(position)
    shift = np.zeros((count, 2))
    for _ in range(6):
        shift[:] = 0.0
        for a in range(count):
            x, y = position[a]
            for b in range(count):
                rx, ry = position[b, 0] - x, position[b, 1] - y
                reach = radius[a] + radius[b]
                square = rx * rx + ry * ry
                if a == b or square >= reach * reach or (loose[a] == 0.0 and 0.0 < loose[b] < FREE):
                    continue
                known = familiar(loose[a], loose[b])
                if known > 0.0:
                    apart = math.sqrt((then[b, 0] - then[a, 0]) ** 2 + (then[b, 1] - then[a, 1]) ** 2)
                    if loose[a] > 0.0 or loose[b] > 0.0:
                        apart = max(apart, TIGHT)
                    reach -= known * max(0.0, reach - apart)
                norm = math.sqrt(square)
                overlap = reach - norm
                if overlap > 1e-4:
                    share = 1.0 if 0.0 < loose[a] < FREE and loose[b] == 0.0 else 0.5
                    if norm < 1e-6:
                        rx, ry, norm = (1.0 if a < b else -1.0), 0.0, 1.0
                    shift[a, 0] -= share * overlap * rx / norm
                    shift[a, 1] -= share * overlap * ry / norm
        if not np.any(shift != 0.0):
            break
        position += shift
    for a in range(count):
        for _ in range(3):
            for m in range(len(other_position)):
                rx, ry = other_position[m, 0] - position[a, 0], other_position[m, 1] - position[a, 1]
                norm = max(1e-9, math.sqrt(rx * rx + ry * ry))
                overlap = radius[a] + other_radius[m] + UNTOUCHED - norm
                if overlap > 0.0:
                    position[a, 0] -= overlap * rx / norm
                    position[a, 1] -= overlap * ry / norm
            wall, gx, gy = wall_at(distance, origin, cell, position[a, 0], position[a, 1])
            if wall >= radius[a] - TINY:
                break
            position[a, 0] += (radius[a] - wall) * gx
            position[a, 1] += (radius[a] - wall) * gy
