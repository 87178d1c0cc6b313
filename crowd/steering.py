"""How pedestrians steer: social forces with collision prediction, and bodies that never overlap.

Forces after F. Zanlungo, T. Ikeda, T. Kanda, "Social force model with explicit collision prediction", EPL 93 (2011):
a neighbour repels from where it will be at the closest approach, the sooner the stronger. Walking groups after
M. Moussaid et al., "The walking behaviour of pedestrian social groups", PLoS ONE 5(4) (2010), as places side by side.
We depart from both: closing speeds are limited by the gap that is left, and discs are separated after each sub-step.
All loops run in one thread in a fixed order: the same input gives the same bytes.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.ground import Float32Array, WayArray, look_along, sees, wall_at, way_at
from crowd.neighbours import (
    BRAKE_TIME,
    HIGH,
    LANES,
    MIND_GAP,
    NEIGHBOURS,
    WIDE,
    crowd_push,
    crowding,
    repulsion,
    sort_into_cells,
)
from crowd.separation import WALK as WALK
from crowd.separation import separate
from crowd.trajectory import FloatArray

Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

STAND, BRAKE = 1, 2  # what a body does: walk as it wishes; keep its home; come to rest

CUTOFF, CUTOFF_SPARSE = 2.5, 4.5  # m: people farther away are not minded, in a crowd and where there is room
SPARSE, DENSE = 0.1, 0.5  # people per m2 around a person, for the two
ROBOT_CUTOFF = 6.0  # m: robots are
RELAXATION = 0.5  # s, Helbing and Molnar 1995
ROBOT_PUSH, ROBOT_RANGE, ROBOT_TIME, ROBOT_ROOM = 3.0, 0.25, 1.6, 0.4  # the same for a robot; m of extra berth
WALL, WALL_RANGE = 2.5, 0.12  # m/s2, m
FAR_WALL = 1.2  # m beyond the body where a wall's push is dropped: 1e-4 m/s2
CALM = 0.4  # share of the push of people that one who stands follows
FOOTING = 0.7  # m/s2: a lesser push does not move one who stands
HOMING, UNTROUBLED = 2.0, 0.3  # 1/s2, m/s2: pull back home, while robots push less than this
STANDING_RELAXATION = 0.3  # s, of the steps of one who stands
INTENT = 0.7  # share of its wish at which others expect one who is blocked to go on
CLOSE = 0.1  # m by which somebody is slimmer who minds a robot no more than a person
ROBOT_GAP = 0.12  # m that people leave to a robot when they stop in front of it
ACCELERATION = 3.0  # m/s2, of ordinary walking
BRAKING = 2.3  # m/s2, of a person asked to stop: 1.5 m/s to rest in 0.65 s
MANY = 500  # people whose ground a processor does not keep at hand
SPACING = 0.72  # m between the centres of people who walk together (0.6..0.8, Moussaid 2010)


@compiled
def wish(
    position: FloatArray,
    goal: FloatArray,
    field: Int32Array,
    sight: BoolArray,
    look: BoolArray,
    speed: FloatArray,
    lane: FloatArray,
    activity: Int32Array,
    group: Int32Array,
    groups: int,
    distance: Float32Array,
    way: WayArray,
    origin: FloatArray,
    cell: float,
    reach: float,
    clear: FloatArray,
) -> FloatArray:
    """Return the velocity (N, 2) each walker would like: along its way, beside the others of its group.

    Arguments are those of `advance`; goal (N, 2), field (N,) index into way (G, H2, W2, 2), groups: how many ids,
    sight (N,): whether each sees its goal, found anew in place for those who `look` (N,), with how far `clear` (N,),
    metres, its line of sight is before it comes near a wall; nobody goes straight to what is beyond `reach`, metres,
    lane (N,): metres to the left of the shortest way that a person keeps where there is room.
    """
    count = len(position)
    result = np.zeros((count, 2))
    heading = np.zeros((groups, 2))
    centre = np.zeros((groups, 2))
    members = np.zeros(groups)
    in_turn = np.arange(count).astype(np.int32)
    if count > MANY:  # from place to place, whose ground is near in memory
        in_turn = sort_into_cells(position)[0]
    for n in range(count):
        i = in_turn[n]
        if activity[i] != WALK:
            continue
        x, y = position[i]
        dx, dy = goal[i, 0] - x, goal[i, 1] - y
        left = math.sqrt(dx * dx + dy * dy)
        if look[i]:
            sight[i], clear[i] = False, 0.0
            if left <= reach:
                sight[i], clear[i] = look_along(distance, origin, cell, x, y, goal[i, 0], goal[i, 1], 0.35)
        if sight[i] and left > 1e-6:
            dx, dy = dx / left, dy / left
        else:
            dx, dy = way_at(way[field[i]], origin, cell, x, y)
            beside_x, beside_y = x + lane[i] * dy, y - lane[i] * dx  # the point of the shortest way beside this one
            if sees(distance, origin, cell, x, y, beside_x, beside_y, 0.1):
                dx, dy = way_at(way[field[i]], origin, cell, beside_x, beside_y)
        result[i, 0], result[i, 1] = speed[i] * dx, speed[i] * dy
        if group[i] >= 0:
            heading[group[i], 0] += dx
            heading[group[i], 1] += dy
            centre[group[i], 0] += x
            centre[group[i], 1] += y
            members[group[i]] += 1.0
    rank = np.zeros(count)
    for g in range(groups):
        norm = math.sqrt(heading[g, 0] ** 2 + heading[g, 1] ** 2)
        if members[g] >= 2.0 and norm > 1e-6:
            heading[g] /= norm
            centre[g] /= members[g]
        else:
            members[g] = 0.0
    if members.sum() == 0.0:
        return result
    # place in the row: how many of the group are further to the left (ids break ties)
    order = np.argsort(group, kind="mergesort")
    for a in range(count):
        i = order[a]
        g = group[i]
        if g < 0 or members[g] == 0.0 or activity[i] != WALK:
            continue
        aside = -heading[g, 1] * position[i, 0] + heading[g, 0] * position[i, 1]
        b = a
        while b > 0 and group[order[b - 1]] == g:
            b -= 1
        while b < count and group[order[b]] == g:
            j = order[b]
            b += 1
            if activity[j] == WALK and j != i:
                other = -heading[g, 1] * position[j, 0] + heading[g, 0] * position[j, 1]
                if other > aside + 1e-9 or (abs(other - aside) <= 1e-9 and j < i):
                    rank[i] += 1.0
        offset = (0.5 * (members[g] - 1.0) - rank[i]) * SPACING
        sx = centre[g, 0] - heading[g, 1] * offset - position[i, 0]
        sy = centre[g, 1] + heading[g, 0] * offset - position[i, 1]
        pull = min(1.0, 0.5 / max(1e-9, math.sqrt(sx * sx + sy * sy)))
        result[i, 0] += pull * sx
        result[i, 1] += pull * sy
    return result


@compiled
def find_cutoff(density: float) -> float:
    """Return metres beyond which people are not minded, at so many people per m2."""
    share = min(max((density - SPARSE) / (DENSE - SPARSE), 0.0), 1.0)
    return CUTOFF_SPARSE + (CUTOFF - CUTOFF_SPARSE) * share


@compiled
def advance(
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
    """Move everybody by `dt` (at most 0.05 s) in place.

    position, velocity, desired, home: (N, 2), metres and m/s; home is where one who stands wants to be.
    radius, top_speed: (N,). slim: (N,) the radius that they have for one another, smaller while they turn their
    shoulders to get past. activity: (N,) WALK, STAND or BRAKE. group: (N,), -1 alone.
    other_position, other_velocity: (M, 2), other_radius: (M,): robots. distance, origin, cell: of the Ground.
    side: +1 people keep right, -1 left.
    """
    count = len(position)
    if count == 0:
        return
    order, start, x0, y0, columns, rows = sort_into_cells(position)
    cutoff = find_cutoff(crowding(position, x0, y0))
    # copies in cell order: neighbours in space are neighbours in memory
    px, py, vx, vy, size, thin = np.empty((6, count))
    mode, party = np.empty((2, count), np.int32)
    for a in range(count):
        i = order[a]
        px[a], py[a], vx[a], vy[a] = position[i, 0], position[i, 1], velocity[i, 0], velocity[i, 1]
        size[a], thin[a], mode[a], party[a] = radius[i], slim[i], activity[i], group[i]
    # where a body is expected to go: one who is blocked goes on, one who was pushed aside does not
    ex, ey = vx.copy(), vy.copy()
    paces = np.sqrt(vx * vx + vy * vy)
    for a in range(count):
        i = order[a]
        want = desired[i, 0] ** 2 + desired[i, 1] ** 2
        if mode[a] == STAND:
            ex[a], ey[a] = 0.0, 0.0
        elif mode[a] == WALK and want > 0.0:
            blocked = max(0.0, 1.0 - 2.0 * paces[a] / math.sqrt(want))
            ex[a] += INTENT * blocked * desired[i, 0]
            ey[a] += INTENT * blocked * desired[i, 1]
    bodies, pushes = np.zeros((6, count + LANES), np.float32), np.empty((2, count + LANES), np.float32)
    fastest, widest = 0.0, 0.0
    for a in range(count):
        bodies[0, a], bodies[1, a], bodies[2, a], bodies[3, a] = px[a] - x0, py[a] - y0, ex[a], ey[a]
        bodies[4, a], bodies[5, a] = thin[a], party[a]
        fastest, widest = max(fastest, paces[a]), max(widest, thin[a])
    new_vx, new_vy = np.empty(count), np.empty(count)
    crowded = np.zeros(count, np.bool_)
    near = np.empty(count + 1, np.int64)
    limit = np.empty((NEIGHBOURS + 8, 5))
    for a in range(count):
        i = order[a]
        x, y, ux, uy = px[a], py[a], vx[a], vy[a]
        fx, fy = 0.0, 0.0
        low, high = max(0, int((x - x0 - cutoff) / WIDE)), min(columns, int((x - x0 + cutoff) / WIDE) + 1)
        for row in range(max(0, int((y - y0 - cutoff) / HIGH)), min(rows, int((y - y0 + cutoff) / HIGH) + 1)):
            first, last = start[row * columns + low], start[row * columns + high]
            if first < last:
                ax, ay = crowd_push(
                    bodies, first, last, x - x0, y - y0, ex[a], ey[a], thin[a], party[a], cutoff, side, pushes
                )
                fx, fy = fx + ax, fy + ay
        if mode[a] != WALK:
            fx, fy = CALM * fx, CALM * fy
        calm_x, calm_y = fx, fy
        ease = ROBOT_ROOM if mode[a] == WALK else 0.0
        if thin[a] < size[a]:  # who cannot get on otherwise passes a robot closely
            ease *= max(0.0, 1.0 - (size[a] - thin[a]) / CLOSE)
        for m in range(len(other_position)):
            rx, ry = other_position[m, 0] - x, other_position[m, 1] - y
            if rx * rx + ry * ry < ROBOT_CUTOFF**2:
                contact = thin[a] + other_radius[m] + ease
                wx, wy = ex[a] - other_velocity[m, 0], ey[a] - other_velocity[m, 1]
                ax, ay = repulsion(rx, ry, wx, wy, ex[a], ey[a], contact, ROBOT_PUSH, ROBOT_RANGE, ROBOT_TIME, side)
                fx += ax
                fy += ay
        wall, gx, gy = wall_at(distance, origin, cell, x, y)
        if wall - size[a] < FAR_WALL:
            push = WALL * math.exp(-max(wall - size[a], 0.0) / WALL_RANGE)
            fx += push * gx
            fy += push * gy
        # integrate
        if mode[a] == WALK:
            fx += (desired[i, 0] - ux) / RELAXATION
            fy += (desired[i, 1] - uy) / RELAXATION
            scale = min(1.0, ACCELERATION / max(1e-9, math.sqrt(fx * fx + fy * fy)))
            ux, uy = ux + scale * fx * dt, uy + scale * fy * dt
        elif mode[a] == BRAKE:
            scale = max(0.0, 1.0 - BRAKING * dt / max(1e-9, math.sqrt(ux * ux + uy * uy)))
            ux, uy = ux * scale, uy * scale
        else:
            if (fx - calm_x) ** 2 + (fy - calm_y) ** 2 < UNTROUBLED**2:  # no robot is coming: back home
                fx, fy = fx + HOMING * (home[i, 0] - x), fy + HOMING * (home[i, 1] - y)
            if fx * fx + fy * fy < FOOTING**2:
                fx, fy = 0.0, 0.0
            ux += (fx - ux / STANDING_RELAXATION) * dt
            uy += (fy - uy / STANDING_RELAXATION) * dt
        pace = math.sqrt(ux * ux + uy * uy)
        if pace > top_speed[i]:
            ux, uy = ux * top_speed[i] / pace, uy * top_speed[i] / pace
        # a gap closes at most at gap / BRAKE_TIME; whoever walks into it brakes
        pace = min(pace, top_speed[i])
        limits = 0
        most = thin[a] + widest + min(MIND_GAP, 0.02 + BRAKE_TIME * (pace + fastest))  # farther away none is too fast
        nears = 0
        low, high = max(0, int((x - x0 - most) / WIDE)), min(columns, int((x - x0 + most) / WIDE) + 1)
        for row in range(max(0, int((y - y0 - most) / HIGH)), min(rows, int((y - y0 + most) / HIGH) + 1)):
            for b in range(start[row * columns + low], start[row * columns + high]):
                rx, ry = px[b] - x, py[b] - y
                near[nears] = b
                nears += 1 if rx * rx + ry * ry < most * most else 0
        for k in range(nears):  # without branches, too
            b = near[k]
            rx, ry = px[b] - x, py[b] - y
            square = rx * rx + ry * ry
            reach = thin[a] + thin[b]
            crowded[a] |= (square < (reach + 0.1) ** 2) & (a != b)
            most = reach + min(MIND_GAP, 0.02 + BRAKE_TIME * (pace + paces[b]))
            norm = max(math.sqrt(square), 1e-9)
            rx, ry = rx / norm, ry / norm
            its = -(vx[b] * rx + vy[b] * ry)
            allowed = max(norm - reach - 0.02, 0.0) / BRAKE_TIME
            limit[limits, 0], limit[limits, 1], limit[limits, 2] = rx, ry, max(its, 0.0)
            limit[limits, 3], limit[limits, 4] = allowed - min(its, 0.0), 0.0
            binds = (a != b) & (norm < most) & (pace + its > allowed) & (limits < NEIGHBOURS)
            limits += 1 if binds else 0
        for m in range(len(other_position)):
            rx, ry = other_position[m, 0] - x, other_position[m, 1] - y
            norm = max(math.sqrt(rx * rx + ry * ry), 1e-9)
            gap = norm - thin[a] - other_radius[m] - ROBOT_GAP
            if gap < 2.0 and limits < len(limit) - 1:
                rx, ry = rx / norm, ry / norm
                its = -(other_velocity[m, 0] * rx + other_velocity[m, 1] * ry)
                limit[limits, 0], limit[limits, 1], limit[limits, 2] = rx, ry, 0.0
                limit[limits, 3], limit[limits, 4] = max(gap, 0.0) / BRAKE_TIME - its, 1.0
                limits += 1
        if wall < size[a] + BRAKE_TIME * pace:
            limit[limits, 0], limit[limits, 1], limit[limits, 2] = -gx, -gy, 0.0
            limit[limits, 3], limit[limits, 4] = max(wall - size[a], 0.0) / BRAKE_TIME, 1.0
            limits += 1
        for _ in range(3):
            slower = False
            for k in range(limits):
                rx, ry, its, allowed, alone = limit[k, 0], limit[k, 1], limit[k, 2], limit[k, 3], limit[k, 4]
                mine = ux * rx + uy * ry
                excess = mine + its - allowed
                if excess > 0.0 and (mine > 0.0 or alone > 0.0):
                    if alone == 0.0:  # both brake, as fast as each comes
                        excess = min(excess * mine / (mine + its), mine)
                    ux, uy = ux - excess * rx, uy - excess * ry
                    slower = True
            if not slower:
                break
        new_vx[a], new_vy[a] = ux, uy
    displace(
        position, velocity, order, start, columns, rows, x0, y0, px, py, new_vx, new_vy, size, thin, mode, crowded,
        other_position, other_radius, distance, origin, cell, dt,
    )  # fmt: skip


@compiled
def displace(
    position: FloatArray,
    velocity: FloatArray,
    order: Int32Array,
    start: Int32Array,
    columns: int,
    rows: int,
    x0: float,
    y0: float,
    px: FloatArray,
    py: FloatArray,
    new_vx: FloatArray,
    new_vy: FloatArray,
    size: FloatArray,
    thin: FloatArray,
    mode: Int32Array,
    crowded: BoolArray,
    other_position: FloatArray,
    other_radius: FloatArray,
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    dt: float,
) -> None:
    """Move bodies at their new velocities, apart, and out of walls: `position` and `velocity` (N, 2) in place.

    order, start, columns, rows, x0, y0: of `sort_into_cells`. In that order, all (N,): px, py metres, changed in place;
    new_vx, new_vy m/s; size, thin metres; mode; crowded, who may come to overlap. The rest as in `advance`.
    """
    count = len(order)
    for a in range(count):
        px[a] += new_vx[a] * dt
        py[a] += new_vy[a] * dt
    separate(px, py, size, thin, mode, crowded, start, columns, rows, x0, y0, other_position, other_radius)
    for a in range(count):
        i = order[a]
        x, y, ux, uy = px[a], py[a], new_vx[a], new_vy[a]
        gap, gx, gy = wall_at(distance, origin, cell, x, y)
        if gap < size[a]:
            for _ in range(3):
                x, y = x + (size[a] - gap) * gx, y + (size[a] - gap) * gy
                gap, gx, gy = wall_at(distance, origin, cell, x, y)
                if gap >= size[a] - 1e-3:
                    break
            before = wall_at(distance, origin, cell, position[i, 0], position[i, 1])[0]
            if gap < min(before, size[a]) - 1e-2:  # no room there: stay
                x, y = position[i, 0], position[i, 1]
        inward = ux * gx + uy * gy
        if gap < size[a] + 0.02 and inward < 0.0:
            ux, uy = ux - inward * gx, uy - inward * gy
        position[i, 0], position[i, 1] = x, y
        velocity[i, 0], velocity[i, 1] = ux, uy
