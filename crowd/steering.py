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
from crowd.ground import Float32Array, sees, wall_at, way_at
from crowd.trajectory import FloatArray

Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

WALK, STAND, BRAKE = 0, 1, 2  # what a body does: walk as it wishes; keep its home; come to rest

CELL = 1.25  # m, of the neighbour search
CUTOFF, CUTOFF_SPARSE = 2.5, 4.5  # m: people farther away are not minded, in a crowd and where there is room
SPARSE, DENSE = 0.1, 0.5  # people per m2 around a person, for the two
ROBOT_CUTOFF = 6.0  # m: robots are
HORIZON = 4.0  # s: no one looks further ahead
RELAXATION = 0.5  # s, Helbing and Molnar 1995
PUSH, PUSH_RANGE, PUSH_TIME = 2.2, 0.25, 1.4  # m/s2, m, s: predicted approach of a person
ROBOT_PUSH, ROBOT_RANGE, ROBOT_TIME, ROBOT_ROOM = 3.0, 0.25, 1.6, 0.4  # the same for a robot; m of extra berth
WALL, WALL_RANGE = 2.5, 0.12  # m/s2, m
CALM = 0.4  # share of the push of people that one who stands follows
FOOTING = 0.7  # m/s2: a lesser push does not move one who stands
HOMING, UNTROUBLED = 2.0, 0.3  # 1/s2, m/s2: pull back home, while robots push less than this
STANDING_RELAXATION = 0.3  # s, of the steps of one who stands
FAINT = 3.0  # widths beyond which a repulsion is dropped
INTENT = 0.7  # share of its wish at which others expect one who is blocked to go on
BEHIND = 0.3  # share of attention for what is behind
SIDE_BIAS = 0.06  # m: offset added to a predicted miss, so that people who meet head-on agree on a side
BRAKE_TIME = 0.4  # s: a gap is closed at most at gap / BRAKE_TIME
MIND_GAP = 1.3  # m: gaps below this limit closing speeds
UNTOUCHED = 0.02  # m: whoever is nearer to a robot is moved off it
CLOSE = 0.1  # m by which somebody is slimmer who minds a robot no more than a person
ROBOT_GAP = 0.12  # m that people leave to a robot when they stop in front of it
ACCELERATION = 3.0  # m/s2, of ordinary walking
BRAKING = 2.3  # m/s2, of a person asked to stop: 1.5 m/s to rest in 0.65 s
SPACING = 0.72  # m between the centres of people who walk together (0.6..0.8, Moussaid 2010)
CANDIDATES = 256  # bodies within CUTOFF, more than fit there
NEIGHBOURS = 16  # bodies near enough to limit a closing speed


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
    way: Float32Array,
    origin: FloatArray,
    cell: float,
) -> FloatArray:
    """Return the velocity (N, 2) each walker would like: along its way, beside the others of its group.

    Arguments are those of `advance`; goal (N, 2), field (N,) index into way (G, H2, W2, 2), groups: how many ids,
    sight (N,): whether each sees its goal, found anew in place for those who `look` (N,),
    lane (N,): metres to the left of the shortest way that a person keeps where there is room.
    """
    count = len(position)
    result = np.zeros((count, 2))
    heading = np.zeros((groups, 2))
    centre = np.zeros((groups, 2))
    members = np.zeros(groups)
    for i in range(count):
        if activity[i] != WALK:
            continue
        x, y = position[i]
        dx, dy = goal[i, 0] - x, goal[i, 1] - y
        left = math.sqrt(dx * dx + dy * dy)
        if look[i]:
            sight[i] = sees(distance, origin, cell, x, y, goal[i, 0], goal[i, 1], 0.35)
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
def sort_into_cells(
    position: FloatArray, size: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], float, float, int, int]:
    """Return (order, start, x0, y0, columns, rows): body order[k] for k in start[c]..start[c + 1] lies in cell c."""
    count = len(position)
    x0, y0, x1, y1 = position[0, 0], position[0, 1], position[0, 0], position[0, 1]
    for i in range(count):
        x0, x1 = min(x0, position[i, 0]), max(x1, position[i, 0])
        y0, y1 = min(y0, position[i, 1]), max(y1, position[i, 1])
    columns, rows = int((x1 - x0) / size) + 1, int((y1 - y0) / size) + 1
    start = np.zeros(columns * rows + 1, np.int64)
    place = np.empty(count, np.int64)
    for i in range(count):
        place[i] = int((position[i, 1] - y0) / size) * columns + int((position[i, 0] - x0) / size)
        start[place[i] + 1] += 1
    for c in range(columns * rows):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(count, np.int64)
    for i in range(count):
        order[fill[place[i]]] = i
        fill[place[i]] += 1
    return order, start, x0, y0, columns, rows


@compiled
def repulsion(
    rx: float,
    ry: float,
    wx: float,
    wy: float,
    vx: float,
    vy: float,
    contact: float,
    strength: float,
    width: float,
    foresight: float,
    side: float,
) -> tuple[float, float]:
    """Return the acceleration away from a neighbour at r = (rx, ry), w = own minus its velocity, v = own velocity.

    contact: metres between the centres that touch (or should not be undercut); side: +1 people keep right, -1 left.
    """
    square = max(wx * wx + wy * wy, 1e-6)
    time = min(max(rx * wx + ry * wy, 0.0) / square, HORIZON)
    dx, dy = rx - wx * time, ry - wy * time
    if time > 0.0:
        bias = SIDE_BIAS * side / math.sqrt(square)
        dx, dy = dx - bias * wy, dy + bias * wx
    miss = max(math.sqrt(dx * dx + dy * dy), 1e-6)
    push = -strength * math.exp(-max(miss - contact, 0.0) / width - time / foresight) / miss
    if vx * rx + vy * ry < 0.0:
        push *= BEHIND
    return push * dx, push * dy


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
    order, start, x0, y0, columns, rows = sort_into_cells(position, CELL)
    pairs = 0.0
    for k in range(columns * rows):
        pairs += (start[k + 1] - start[k]) ** 2
    density = (pairs / count - 1.0) / CELL**2
    cutoff = CUTOFF_SPARSE + (CUTOFF - CUTOFF_SPARSE) * min(max((density - SPARSE) / (DENSE - SPARSE), 0.0), 1.0)
    stencil = math.ceil(cutoff / CELL)
    # copies in cell order: neighbours in space are neighbours in memory
    px, py = position[order, 0], position[order, 1]
    vx, vy = velocity[order, 0], velocity[order, 1]
    size, mode, party = radius[order], activity[order], group[order]
    thin = slim[order]
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
    new_vx, new_vy = np.empty(count), np.empty(count)
    crowded = np.zeros(count, np.bool_)
    near = np.empty(NEIGHBOURS, np.int64)
    candidates = np.empty(CANDIDATES, np.int64)
    limit = np.empty((NEIGHBOURS + 8, 5))
    for a in range(count):
        i = order[a]
        x, y, ux, uy = px[a], py[a], vx[a], vy[a]
        column, row = int((x - x0) / CELL), int((y - y0) / CELL)
        fx, fy = 0.0, 0.0
        close = 0  # candidates are collected without branches, which is what makes this fast
        low, high = max(0, column - stencil), min(columns, column + stencil + 1)
        for r in range(max(0, row - stencil), min(rows, row + stencil + 1)):
            for b in range(start[r * columns + low], start[r * columns + high]):
                rx, ry = px[b] - x, py[b] - y
                candidates[close] = b
                close += 1 if rx * rx + ry * ry < cutoff * cutoff and close < CANDIDATES - 1 else 0
        nears, felt = 0, 0
        for k in range(close):
            b = candidates[k]
            rx, ry = px[b] - x, py[b] - y
            contact = thin[a] + thin[b]
            near[nears] = b
            nears += 1 if rx * rx + ry * ry < (contact + MIND_GAP) ** 2 and nears < NEIGHBOURS - 1 and a != b else 0
            wx, wy = ex[a] - ex[b], ey[a] - ey[b]
            time = min(max(rx * wx + ry * wy, 0.0) / max(wx * wx + wy * wy, 1e-6), HORIZON)
            rx, ry = rx - wx * time, ry - wy * time
            candidates[felt] = b
            felt += 1 if rx * rx + ry * ry < (contact + FAINT * PUSH_RANGE) ** 2 else 0
        for k in range(felt):
            b = candidates[k]
            if a != b and (party[a] < 0 or party[a] != party[b]):
                rx, ry = px[b] - x, py[b] - y
                wx, wy = ex[a] - ex[b], ey[a] - ey[b]
                contact = thin[a] + thin[b]
                ax, ay = repulsion(rx, ry, wx, wy, ex[a], ey[a], contact, PUSH, PUSH_RANGE, PUSH_TIME, side)
                fx += ax
                fy += ay
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
        for k in range(nears):
            b = near[k]
            rx, ry = px[b] - x, py[b] - y
            square = rx * rx + ry * ry
            reach = thin[a] + thin[b]
            crowded[a] |= square < (reach + 0.1) ** 2
            its = -(vx[b] * rx + vy[b] * ry)
            most = reach + 0.02 + BRAKE_TIME * (pace + paces[b])  # farther away no speed is too high
            if square < most * most:
                norm = max(math.sqrt(square), 1e-9)
                its /= norm
                allowed = max(norm - reach - 0.02, 0.0) / BRAKE_TIME
                if pace + its > allowed:
                    limit[limits] = rx / norm, ry / norm, max(its, 0.0), allowed - min(its, 0.0), 0.0
                    limits += 1
        for m in range(len(other_position)):
            rx, ry = other_position[m, 0] - x, other_position[m, 1] - y
            norm = max(math.sqrt(rx * rx + ry * ry), 1e-9)
            gap = norm - thin[a] - other_radius[m] - ROBOT_GAP
            if gap < 2.0 and limits < len(limit) - 1:
                rx, ry = rx / norm, ry / norm
                its = -(other_velocity[m, 0] * rx + other_velocity[m, 1] * ry)
                limit[limits] = rx, ry, 0.0, max(gap, 0.0) / BRAKE_TIME - its, 1.0
                limits += 1
        if wall < size[a] + BRAKE_TIME * pace:
            limit[limits] = -gx, -gy, 0.0, max(wall - size[a], 0.0) / BRAKE_TIME, 1.0
            limits += 1
        for _ in range(3):
            for k in range(limits):
                rx, ry, its, allowed, alone = limit[k]
                mine = ux * rx + uy * ry
                excess = mine + its - allowed
                if excess > 0.0 and (mine > 0.0 or alone > 0.0):
                    if alone == 0.0:  # both brake, as fast as each comes
                        excess = min(excess * mine / (mine + its), mine)
                    ux, uy = ux - excess * rx, uy - excess * ry
        new_vx[a], new_vy[a] = ux, uy
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


@compiled
def separate(
    px: FloatArray,
    py: FloatArray,
    size: FloatArray,
    thin: FloatArray,
    mode: Int32Array,
    crowded: BoolArray,
    start: npt.NDArray[np.int64],
    columns: int,
    rows: int,
    x0: float,
    y0: float,
    other_position: FloatArray,
    other_radius: FloatArray,
) -> None:
    """Move overlapping discs apart in place; one who stands moves less than one who walks, a robot not at all.

    size: (N,) radii towards robots, thin: (N,) towards one another.
    """
    count = len(px)
    shift_x, shift_y = np.zeros(count), np.zeros(count)
    for _ in range(8):
        moved = False
        for a in range(count):
            shift_x[a] = shift_y[a] = 0.0
            if not crowded[a]:
                continue
            column = min(columns - 1, max(0, int((px[a] - x0) / CELL)))
            row = min(rows - 1, max(0, int((py[a] - y0) / CELL)))
            low, high = max(0, column - 1), min(columns, column + 2)
            for r in range(max(0, row - 1), min(rows, row + 2)):
                for b in range(start[r * columns + low], start[r * columns + high]):
                    rx, ry = px[b] - px[a], py[b] - py[a]
                    square = rx * rx + ry * ry
                    reach = thin[a] + thin[b]
                    if a == b or square >= (reach - 1e-4) ** 2:
                        continue
                    norm = math.sqrt(square)
                    share = 0.5 if (mode[a] == WALK) == (mode[b] == WALK) else (0.85 if mode[a] == WALK else 0.15)
                    if norm < 1e-6:
                        rx, ry, norm = (1.0 if a < b else -1.0), 0.0, 1.0
                        overlap = reach
                    else:
                        overlap = reach - norm
                    shift_x[a] -= share * overlap * rx / norm
                    shift_y[a] -= share * overlap * ry / norm
                    moved = True
        if not moved:
            break
        for a in range(count):
            px[a] += shift_x[a]
            py[a] += shift_y[a]
    for a in range(count):
        for m in range(len(other_position)):
            rx, ry = other_position[m, 0] - px[a], other_position[m, 1] - py[a]
            norm = max(math.sqrt(rx * rx + ry * ry), 1e-9)
            overlap = size[a] + other_radius[m] + UNTOUCHED - norm
            if overlap > 0.0:
                px[a] -= overlap * rx / norm
                py[a] -= overlap * ry / norm
