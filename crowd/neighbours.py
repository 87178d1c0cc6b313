"""Who is near whom, and how one is pushed by all who are near at once.

Bodies are sorted into cells, and the cells of a row follow one another: whoever is near is found in a few stretches of
memory. What a person feels of a stretch is one loop in single precision and without branches, which the compiler turns
into vector instructions. Forces after F. Zanlungo, T. Ikeda, T. Kanda, EPL 93 (2011), see `steering`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.ground import Float32Array
from crowd.trajectory import FloatArray

Int32Array = npt.NDArray[np.int32]

WIDE, HIGH = 0.625, 2.5  # m, of a cell: people in a row of cells are one stretch of memory
SQUARE = 1.25  # m, of the squares in which people are counted
HORIZON = 4.0  # s: no one looks further ahead
PUSH, PUSH_RANGE, PUSH_TIME = 2.2, 0.25, 1.4  # m/s2, m, s: predicted approach of a person
FAINT = 3.0  # widths beyond which a repulsion is dropped
BEHIND = 0.3  # share of attention for what is behind
SIDE_BIAS = 0.06  # m: offset added to a predicted miss, so that people who meet head-on agree on a side
BRAKE_TIME = 0.4  # s: a gap is closed at most at gap / BRAKE_TIME
MIND_GAP = 1.3  # m: gaps below this limit closing speeds
NEIGHBOURS = 16  # bodies near enough to limit a closing speed
LANES = 16  # numbers in a vector


@compiled
def sort_into_cells(position: FloatArray) -> tuple[Int32Array, Int32Array, float, float, int, int]:
    """Return (order, start, x0, y0, columns, rows): body order[k] for k in start[c]..start[c + 1] lies in cell c."""
    count = len(position)
    x0, y0, x1, y1 = position[0, 0], position[0, 1], position[0, 0], position[0, 1]
    for i in range(count):
        x0, x1 = min(x0, position[i, 0]), max(x1, position[i, 0])
        y0, y1 = min(y0, position[i, 1]), max(y1, position[i, 1])
    columns, rows = int((x1 - x0) / WIDE) + 1, int((y1 - y0) / HIGH) + 1
    start = np.zeros(columns * rows + 1, np.int32)
    place = np.empty(count, np.int32)
    for i in range(count):
        place[i] = int((position[i, 1] - y0) / HIGH) * columns + int((position[i, 0] - x0) / WIDE)
        start[place[i] + 1] += 1
    for c in range(columns * rows):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(count, np.int32)
    for i in range(count):
        order[fill[place[i]]] = i
        fill[place[i]] += 1
    return order, start, x0, y0, columns, rows


@compiled
def crowding(position: FloatArray, x0: float, y0: float) -> float:
    """Return how many others per m2 there are about a person on average: those in the same square of SQUARE metres."""
    columns, rows = 0, 0
    for i in range(len(position)):
        columns = max(columns, int((position[i, 0] - x0) / SQUARE) + 1)
        rows = max(rows, int((position[i, 1] - y0) / SQUARE) + 1)
    inside = np.zeros(columns * rows, np.int32)
    pairs = 0
    for i in range(len(position)):
        c = int((position[i, 1] - y0) / SQUARE) * columns + int((position[i, 0] - x0) / SQUARE)
        pairs += 2 * inside[c]
        inside[c] += 1
    return pairs / len(position) / SQUARE**2


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
def decay(value: np.float32) -> np.float32:
    """Return exp(-value), value from 0 to 16, to 1e-5 up to 4, in arithmetic that single precision and vectors have."""
    one, z = np.float32(1.0), value * np.float32(-1.0 / 32.0)
    power = one + z * (one + z * (np.float32(1.0 / 2.0) + z * (np.float32(1.0 / 6.0) + z * np.float32(1.0 / 24.0))))
    power *= power
    power *= power
    power *= power
    power *= power
    return np.float32(power * power)


@compiled
def crowd_push(
    bodies: Float32Array,
    first: int,
    last: int,
    x: float,
    y: float,
    vx: float,
    vy: float,
    thin: float,
    party: int,
    cutoff: float,
    side: float,
    pushes: Float32Array,
) -> tuple[float, float]:
    """Return the acceleration of one at (x, y) away from some of `bodies`: the sum of `repulsion` of each.

    Its own party, whoever is beyond `cutoff` metres, or will pass with much room, is not felt.

    Args:
        bodies: (6, N + LANES) x, y metres; where they are expected to go, m/s; radius, metres; party, -1 alone.
        first, last: from which column, and before which.
        x, y, vx, vy, thin, party: of the one who is pushed; (vx, vy) where it is expected to go.
        cutoff, side: metres; +1 people keep right, -1 left.
        pushes: (2, N + LANES) to write what each of them does into, m/s2.
    """
    f = np.float32
    zero, reach, swerve, felt = f(0.0), f(cutoff * cutoff), f(SIDE_BIAS * side), f(FAINT * PUSH_RANGE)
    px, py, ux, uy, size, mine = f(x), f(y), f(vx), f(vy), f(thin), f(party if party >= 0 else -2)
    begin, end = np.uint64(first), np.uint64(last)  # a signed index might count from the end, one by one
    count = np.uint64((last - first + LANES - 1) // LANES * LANES)  # whole vectors; the rest has no weight
    for n in range(count):
        k = begin + n
        rx, ry = bodies[0, k] - px, bodies[1, k] - py
        wx, wy = ux - bodies[2, k], uy - bodies[3, k]
        apart = rx * rx + ry * ry
        square = wx * wx + wy * wy  # conditions in place of min and max, which do not vectorise
        square = square if square > f(1e-6) else f(1e-6)
        closing = rx * wx + ry * wy
        time = (closing if closing > zero else zero) / square
        time = time if time < f(HORIZON) else f(HORIZON)
        dx, dy = rx - wx * time, ry - wy * time
        contact = size + bodies[4, k]
        minded = (apart < reach) & (dx * dx + dy * dy < (contact + felt) * (contact + felt))
        bias = swerve / math.sqrt(square)
        bias = bias if closing > zero else zero
        dx, dy = dx - bias * wy, dy + bias * wx
        miss = math.sqrt(dx * dx + dy * dy + f(1e-12))
        gap = miss - contact
        faint = (gap if gap > zero else zero) * f(1.0 / PUSH_RANGE) + time * f(1.0 / PUSH_TIME)
        push = f(PUSH) * decay(f(faint if faint < f(16.0) else f(16.0))) / miss
        push = push if ux * rx + uy * ry >= zero else f(BEHIND) * push
        push = push if minded & (bodies[5, k] != mine) & (k < end) else zero
        pushes[0, n], pushes[1, n] = push * dx, push * dy
    fx, fy, gx, gy = zero, zero, zero, zero
    for n in range(np.uint64(0), count, np.uint64(2)):  # two sums side by side, in a fixed order
        fx, fy = fx - pushes[0, n], fy - pushes[1, n]
        gx, gy = gx - pushes[0, n + np.uint64(1)], gy - pushes[1, n + np.uint64(1)]
    return float(fx + gx), float(fy + gy)
