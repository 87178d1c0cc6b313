"""A mesh as columns of solid spans over a grid, as in Recast (Mononen, github.com/recastnavigation).

Triangles are clipped against the cells they cross, so that a wall blocks every cell that it touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
import numpy.typing as npt

from scenes.scene import FloatArray

BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.int64]

TOUCH = 0.02  # m: surfaces that lie closer above one another are one span
TOP = 0.03  # m below its top, within which a level surface makes a span one to stand on


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """What fills the columns over a grid; span k of cell (row, column) has index starts[row * W + column] + k.

    Attributes:
        origin: (x, y) of the outer corner of cell [0, 0], metres. cell: edge, metres. shape: (H, W), row = y.
        starts: (H * W + 1,) first span of each cell, from below. cells: (S,) the cell of each span.
        low, high: (S,) metres. level: (S,) whether the top can be stood on. triangle: (S,) that makes the top.
    """

    origin: tuple[float, float]
    cell: float
    shape: tuple[int, int]
    starts: IndexArray
    cells: npt.NDArray[np.int32]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    level: BoolArray
    triangle: npt.NDArray[np.int32]

    @property
    def clearance(self) -> npt.NDArray[np.float32]:
        """Return (S,) metres from the top of each span to the next one above it, inf under the sky."""
        room = np.full(len(self.low), np.inf, dtype=np.float32)
        if len(room) > 1:
            room[:-1] = self.low[1:] - self.high[:-1]
        ends = self.starts[1:][np.diff(self.starts) > 0] - 1
        room[ends] = np.inf
        return room

    def crossed(self, low: float, high: float) -> BoolArray:
        """Return (H, W) where something solid lies between two heights, metres."""
        hit = (self.low < high) & (self.high > low)
        mask = np.zeros(self.shape[0] * self.shape[1], dtype=bool)
        mask[self.cells[hit]] = True
        return mask.reshape(self.shape)

    def seen_from(self, height: float) -> npt.NDArray[np.int32]:
        """Return (H, W) the triangle that one sees looking down from a height, metres; -1: none."""
        found = np.full(self.shape[0] * self.shape[1], -1, dtype=np.int32)
        below = self.low < height
        found[self.cells[below]] = self.triangle[below]  # the last of a cell is its highest
        return found.reshape(self.shape)


def rasterise(triangles: FloatArray, level: BoolArray, cell: float) -> Columns:
    """Return the columns of triangles (F, 3, 3), z up; `level` (F,): those that face up and are flat enough."""
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    x0, y0 = float(low[0]) - cell, float(low[1]) - cell
    shape = (int(np.ceil((high[1] - y0) / cell)) + 1, int(np.ceil((high[0] - x0) / cell)) + 1)
    count = np.zeros(shape[0] * shape[1] + 1, dtype=np.int64)
    empty = np.zeros(0, dtype=np.float32)
    _clip_all(triangles, x0, y0, cell, shape, count, empty, empty, np.zeros(0, dtype=np.int32), True)
    starts = np.concatenate([[0], np.cumsum(count[:-1])])
    total = int(starts[-1])
    bottom, top = np.zeros(total, dtype=np.float32), np.zeros(total, dtype=np.float32)
    triangle = np.zeros(total, dtype=np.int32)
    _clip_all(triangles, x0, y0, cell, shape, starts.copy(), bottom, top, triangle, False)
    flat = level[triangle]
    kept = _merge(starts, bottom, top, flat, triangle)
    used = np.repeat(starts[:-1], kept) + _count_up(kept)
    return Columns(
        origin=(x0, y0), cell=cell, shape=shape, starts=np.concatenate([[0], np.cumsum(kept)]),
        cells=np.repeat(np.arange(len(kept), dtype=np.int32), kept), low=bottom[used], high=top[used],
        level=flat[used], triangle=triangle[used],
    )  # fmt: skip


def distance(mask: BoolArray) -> npt.NDArray[np.float32]:
    """Return (H, W) how far each cell that is set lies from the next one that is not, in cells; outside none is set."""
    padded = np.pad(mask.astype(np.uint8), 1)
    far = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(far[1:-1, 1:-1], dtype=np.float32)


def _count_up(sizes: IndexArray) -> IndexArray:
    """Return 0 .. n - 1 for each n of `sizes`, one after another."""
    total = int(sizes.sum())
    first: IndexArray = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.arange(total) - first


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _cut(source: FloatArray, count: int, axis: int, value: float, sign: float, out: FloatArray) -> int:
    """Clip a polygon to the side of a plane where sign * (p[axis] - value) >= 0 and return its corners."""
    made = 0
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        a, b = sign * (source[i, axis] - value), sign * (source[j, axis] - value)
        if a >= 0.0:
            for k in range(3):
                out[made, k] = source[i, k]
            made += 1
        if (a > 0.0 and b < 0.0) or (a < 0.0 and b > 0.0):
            t = a / (a - b)
            for k in range(3):
                out[made, k] = source[i, k] + t * (source[j, k] - source[i, k])
            made += 1
    return made


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _clip_all(
    triangles: FloatArray,
    x0: float,
    y0: float,
    cell: float,
    shape: tuple[int, int],
    cursor: IndexArray,
    bottom: npt.NDArray[np.float32],
    top: npt.NDArray[np.float32],
    owner: npt.NDArray[np.int32],
    counting: bool,
) -> None:
    """Count the triangles that reach into each cell, or write how high they reach there from `cursor` on."""
    height, width = shape
    whole, half = np.zeros((3, 3)), np.zeros((5, 3))
    strip, other, piece = np.zeros((7, 3)), np.zeros((7, 3)), np.zeros((9, 3))
    for f in range(len(triangles)):
        whole[:] = triangles[f]
        y_low, y_high = min(whole[0, 1], whole[1, 1], whole[2, 1]), max(whole[0, 1], whole[1, 1], whole[2, 1])
        first = max(int(np.floor((y_low - y0) / cell)), 0)
        last = min(int(np.floor((y_high - y0) / cell)), height - 1)
        for row in range(first, last + 1):
            n = _cut(whole, 3, 1, y0 + row * cell, 1.0, half)
            n = _cut(half, n, 1, y0 + (row + 1) * cell, -1.0, strip)
            if n < 1:
                continue
            x_low = x_high = strip[0, 0]
            for i in range(1, n):
                x_low, x_high = min(x_low, strip[i, 0]), max(x_high, strip[i, 0])
            left = max(int(np.floor((x_low - x0) / cell)), 0)
            right = min(int(np.floor((x_high - x0) / cell)), width - 1)
            for column in range(left, right + 1):
                where = row * width + column
                if counting and left == right:
                    cursor[where] += 1
                    continue
                m = _cut(strip, n, 0, x0 + column * cell, 1.0, other)
                m = _cut(other, m, 0, x0 + (column + 1) * cell, -1.0, piece)
                if m < 1:
                    continue
                if not counting:
                    z_low = z_high = piece[0, 2]
                    for i in range(1, m):
                        z_low, z_high = min(z_low, piece[i, 2]), max(z_high, piece[i, 2])
                    bottom[cursor[where]], top[cursor[where]] = z_low, z_high
                    owner[cursor[where]] = f
                cursor[where] += 1


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _merge(
    starts: IndexArray,
    bottom: npt.NDArray[np.float32],
    top: npt.NDArray[np.float32],
    level: BoolArray,
    triangle: npt.NDArray[np.int32],
) -> IndexArray:
    """Sort the spans of each cell by height and join those that touch, in place; return how many are left in each."""
    kept = np.zeros(len(starts) - 1, dtype=np.int64)
    for where in range(len(starts) - 1):
        first, end = starts[where], starts[where + 1]
        order = np.argsort(bottom[first:end])
        lows, highs = bottom[first:end][order], top[first:end][order]
        levels, owners = level[first:end][order], triangle[first:end][order]
        at = first - 1
        for k in range(end - first):
            if at < first or lows[k] > top[at] + TOUCH:
                at += 1
                bottom[at], top[at], level[at], triangle[at] = lows[k], highs[k], levels[k], owners[k]
            elif highs[k] > top[at] + TOP:
                top[at], level[at], triangle[at] = highs[k], levels[k], owners[k]
            elif highs[k] >= top[at] - TOP:
                level[at] = level[at] or levels[k]
                if highs[k] > top[at]:
                    top[at], triangle[at] = highs[k], owners[k]
        kept[where] = at - first + 1
    return kept
