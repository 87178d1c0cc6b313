"""Bodies that overlap are moved apart."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.neighbours import HIGH, WIDE, Int32Array
from crowd.trajectory import FloatArray

BoolArray = npt.NDArray[np.bool_]

WALK = 0
AROUND = 0.9  # m: cells so far away are searched: two radii and as much as people move in a step
UNTOUCHED = 0.02  # m: whoever is nearer to a robot is moved off it


@compiled
def separate(
    px: FloatArray,
    py: FloatArray,
    size: FloatArray,
    thin: FloatArray,
    mode: Int32Array,
    crowded: BoolArray,
    start: Int32Array,
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
    count = len(crowded)
    shift_x, shift_y = np.zeros(count), np.zeros(count)
    for _ in range(8):
        moved = False
        for a in range(count):
            shift_x[a] = shift_y[a] = 0.0
            if not crowded[a]:
                continue
            x, y = px[a] - x0, py[a] - y0
            low = min(columns - 1, max(0, int((x - AROUND) / WIDE)))
            high = max(low + 1, min(columns, int((x + AROUND) / WIDE) + 1))
            for r in range(max(0, int((y - AROUND) / HIGH)), min(rows, int((y + AROUND) / HIGH) + 1)):
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
