"""What a laser scanner would measure: ranges to whatever stands between two heights, without drawing anything."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from scenes.scene import FloatArray, Scene

CELL = 0.05  # m
BAND = (0.1, 1.3)  # m above ground: lower things do not stop a robot, higher ones are over its head
MARGIN = 1.0  # m of free cells round everything


class Lidar:
    """The static obstacles of a scene in a band of heights, seen from above.

    Attributes:
        blocked: (H, W) bool, row = y: something is in the band over this cell.
        room: (H, W) float32, metres from the middle of a cell to that of the nearest blocked one.
        origin: (x, y) of the outer corner of cell [0, 0], metres, world.
    """

    def __init__(self, scene: Scene, *, band: tuple[float, float] = BAND) -> None:
        """Cut all objects of a scene, solid or not, out of the band (low, high), metres above ground."""
        pieces = []
        for item in scene.objects:
            corners = item.mesh.vertices.astype(np.float64) @ item.pose[:3, :3].T + item.pose[:3, 3]
            if corners[:, 2].max() > band[0] and corners[:, 2].min() < band[1]:
                pieces.append(corners[item.mesh.faces])
        triangles = np.concatenate(pieces) if pieces else np.zeros((0, 3, 3))
        heights = triangles[:, :, 2]
        triangles = triangles[(heights.max(axis=1) > band[0]) & (heights.min(axis=1) < band[1])]
        spots = np.concatenate([triangles[:, :, :2].reshape(-1, 2), [np.array(scene.walkable.bounds)[:2]],
                                [np.array(scene.walkable.bounds)[2:]]])  # fmt: skip
        low, high = np.array(scene.walkable.bounds).reshape(2, 2)  # what lies beyond the ground is of no interest
        low = np.maximum(spots.min(axis=0), low - 2.0) - MARGIN
        high = np.minimum(spots.max(axis=0), high + 2.0) + MARGIN
        self.origin = (float(low[0]), float(low[1]))
        width, height = np.ceil((high - low) / CELL).astype(int)
        self.blocked: npt.NDArray[np.bool_] = np.zeros((height, width), dtype=np.bool_)
        _cut(triangles, band[0], band[1], self.origin[0], self.origin[1], self.blocked)
        self.room: npt.NDArray[np.float32] = (CELL * distance_transform_edt(~self.blocked)).astype(np.float32)

    def scan(
        self, eye: tuple[float, float], bearings: FloatArray, reach: float, people: FloatArray, radii: FloatArray
    ) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Return (R,) metres to what each ray meets first, inf beyond `reach`, and (R,) who it is.

        Args:
            eye: (x, y) of the scanner, metres, world.
            bearings: (R,) radians, world.
            reach: metres.
            people: (N, 2) metres, world. radii: (N,) metres.

        The second result is an index into `people`, or -1.
        """
        return _scan(self.room, *self.origin, *eye, bearings, reach, people, radii)

    def clearance(self, spot: tuple[float, float]) -> float:
        """Return metres from a point (x, y) to the nearest obstacle, bilinear between cells; within half a cell."""
        return float(_room_at(self.room, *self.origin, *spot)) - 0.5 * CELL


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _cut(triangles: FloatArray, low: float, high: float, x0: float, y0: float, blocked: npt.NDArray[np.bool_]) -> None:
    """Mark the cells over which a triangle (T, 3, 3) lies between two heights."""
    height, width = blocked.shape
    corners, kept = np.empty((8, 3)), np.empty((8, 3))
    for t in range(len(triangles)):
        count = 3
        corners[:3] = triangles[t]
        for side in range(2):  # Sutherland and Hodgman 1974: cut off below, then above
            sign, level = (1.0, low) if side == 0 else (-1.0, high)
            new = 0
            for i in range(count):
                j = (i + 1) % count
                a, b = sign * (corners[i, 2] - level), sign * (corners[j, 2] - level)
                if a >= 0.0:
                    kept[new] = corners[i]
                    new += 1
                if a * b < 0.0:
                    kept[new] = corners[i] + a / (a - b) * (corners[j] - corners[i])
                    new += 1
            corners[:new] = kept[:new]
            count = new
        if count < 2:
            continue
        left, right, bottom, top = np.inf, -np.inf, np.inf, -np.inf
        for i in range(count):  # the outline
            corners[i, 0], corners[i, 1] = (corners[i, 0] - x0) / CELL, (corners[i, 1] - y0) / CELL
            left, right = min(left, corners[i, 0]), max(right, corners[i, 0])
            bottom, top = min(bottom, corners[i, 1]), max(top, corners[i, 1])
        if right < 0 or top < 0 or left >= width or bottom >= height:
            continue
        for i in range(count):
            j = (i + 1) % count
            dx, dy = corners[j, 0] - corners[i, 0], corners[j, 1] - corners[i, 1]
            steps = int(2.0 * max(abs(dx), abs(dy))) + 1
            for k in range(steps + 1):
                column = math.floor(corners[i, 0] + dx * k / steps)
                row = math.floor(corners[i, 1] + dy * k / steps)
                if 0 <= row < height and 0 <= column < width:
                    blocked[row, column] = True
        for row in range(max(math.floor(bottom), 0), min(math.floor(top), height - 1) + 1):  # what it encloses
            for column in range(max(math.floor(left), 0), min(math.floor(right), width - 1) + 1):
                positive = negative = False
                for i in range(count):
                    j = (i + 1) % count
                    turn = (corners[j, 0] - corners[i, 0]) * (row + 0.5 - corners[i, 1])
                    turn -= (corners[j, 1] - corners[i, 1]) * (column + 0.5 - corners[i, 0])
                    positive |= turn > 1e-9
                    negative |= turn < -1e-9
                if positive != negative:
                    blocked[row, column] = True


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _room_at(room: npt.NDArray[np.float32], x0: float, y0: float, x: float, y: float) -> float:
    height, width = room.shape
    column = min(max((x - x0) / CELL - 0.5, 0.0), width - 1.001)
    row = min(max((y - y0) / CELL - 0.5, 0.0), height - 1.001)
    i, j = int(row), int(column)
    fy, fx = row - i, column - j
    upper = room[i, j] * (1 - fx) + room[i, j + 1] * fx
    lower = room[i + 1, j] * (1 - fx) + room[i + 1, j + 1] * fx
    return float(upper * (1 - fy) + lower * fy)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _scan(
    room: npt.NDArray[np.float32],
    x0: float,
    y0: float,
    x: float,
    y: float,
    bearings: FloatArray,
    reach: float,
    people: FloatArray,
    radii: FloatArray,
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    height, width = room.shape
    ranges, who = np.full(len(bearings), np.inf), np.full(len(bearings), -1, dtype=np.int64)
    for r in range(len(bearings)):
        c, s = math.cos(bearings[r]), math.sin(bearings[r])
        along = 0.0
        while along < reach:  # sphere tracing (Hart 1996): nothing is nearer than the room of a cell
            column, row = math.floor((x + along * c - x0) / CELL), math.floor((y + along * s - y0) / CELL)
            if not (0 <= row < height and 0 <= column < width):
                along = reach
                break
            gap = room[row, column]
            if gap == 0.0:
                ranges[r] = along
                break
            along += max(gap - CELL, 0.5 * CELL)
        for k in range(len(people)):
            ahead = (people[k, 0] - x) * c + (people[k, 1] - y) * s
            aside = (people[k, 1] - y) * c - (people[k, 0] - x) * s
            if ahead > 0.0 and abs(aside) < radii[k]:
                hit = max(ahead - math.sqrt(radii[k] ** 2 - aside**2), 0.0)
                if hit < min(ranges[r], reach):
                    ranges[r], who[r] = hit, k
    return ranges, who
