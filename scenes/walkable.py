"""Ground on which a body of some radius can stand, and the ways over it."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt
from shapely.geometry import MultiPolygon, Polygon

from scenes.visibility import VisibilityGraph, ring_corners

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CACHE_BYTES = 12_000_000  # of distance fields kept by one Walkable


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _fill(corners: FloatArray, x0: float, y0: float, cell: float, shape: tuple[int, int]) -> BoolArray:
    """Return which cell centres lie inside the rings (even-odd), corners as of `ring_corners`."""
    height, width = shape
    flips = np.zeros((height, width + 1), dtype=np.bool_)
    for i in range(len(corners)):
        ax, ay, bx, by = corners[i, 0], corners[i, 1], corners[i, 4], corners[i, 5]
        first = int(np.ceil((min(ay, by) - y0) / cell - 0.5))
        last = int(np.ceil((max(ay, by) - y0) / cell - 0.5))
        for row in range(max(first, 0), min(last, height)):
            x = ax + (bx - ax) * (y0 + (row + 0.5) * cell - ay) / (by - ay)
            column = min(max(int(np.ceil((x - x0) / cell - 0.5)), 0), width)
            flips[row, column] = not flips[row, column]
    free = np.zeros((height, width), dtype=np.bool_)
    for row in range(height):
        inside = False
        for column in range(width):
            inside ^= flips[row, column]
            free[row, column] = inside
    return free


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _clear(
    row: int, column: int, k: int, bends: FloatArray, root: npt.NDArray[np.int32], room: npt.NDArray[np.float32]
) -> bool:
    """Tell whether the segment from a cell to bend k crosses free cells only."""
    dr, dc = bends[k, 0] - row, bends[k, 1] - column
    sr, sc = int(np.sign(dr)), int(np.sign(dc))
    side = root[row + sr, column] if abs(dr) > abs(dc) else root[row, column + sc]
    if side == k and root[row + sr, column + sc] == k:
        return True  # it runs between two cells that both see the bend
    length, t = np.hypot(dr, dc), 0.0
    while t < length - 1:
        y, x = row + dr * t / length, column + dc * t / length
        here = room[int(y + 0.5), int(x + 0.5)]
        if here < 1.5:
            i, j = int(y), int(x)
            fy, fx = y - i, x - j
            free = (1 - fy) * ((room[i, j] > 0) * (1 - fx) + (room[i, j + 1] > 0) * fx)
            free += fy * ((room[i + 1, j] > 0) * (1 - fx) + (room[i + 1, j + 1] > 0) * fx)
            if free < 0.5:  # the edge of the ground runs about where half of the cells around are free
                return False
        t += max(here - 1.5, 0.5)  # nothing blocked within here - 1/2 (this cell) - 1/2 (that cell), and a margin
    return True


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _flood(
    field: FloatArray,
    root: npt.NDArray[np.int32],
    bends: FloatArray,
    count: int,
    room: npt.NDArray[np.float32],
) -> None:
    """Fill `field` with the distance in cells to the goal, sweeping until nothing changes.

    Each cell keeps its root, the first point where the way from it to the goal bends: it takes over the root of a
    neighbour when it sees that root, and makes the neighbour a root of its own when it does not. So the distances
    are Euclidean between bends, not those of an 8-connected grid (idea of Theta*, Nash et al. 2007).

    Args:
        field: (H, W), inf but at the seeds.
        root: (H, W) index into `bends`, -1 but at the seeds.
        bends: (B, 3) row, column and distance to the goal; the first `count` are known: the goal and the corners of
            the ground. The rest is space for bends found at cells, where the grid hides a corner.
        count: how many bends are known.
        room: (H, W) distance in cells to the nearest blocked cell; 0 blocked. Blocked all round the edge.
    """
    height, width = field.shape
    own = np.full((height, width), -1, dtype=np.int32)  # the bend that lies in a cell
    fresh = np.zeros((height, width), dtype=np.bool_)  # a neighbour has changed since the cell was looked at
    busy = np.zeros(height, dtype=np.bool_)  # rows with fresh cells
    for row in range(height):
        for column in range(width):
            if root[row, column] >= 0:
                fresh[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
                busy[max(row - 1, 0) : row + 2] = True
    changed = True
    while changed:
        changed = False
        for sweep in range(4):
            for i in range(1, height - 1):
                row = i if sweep < 2 else height - 1 - i
                if not busy[row]:
                    continue
                busy[row] = False
                for j in range(1, width - 1):
                    column = j if sweep % 2 == 0 else width - 1 - j
                    if not fresh[row, column]:
                        continue
                    fresh[row, column] = False
                    if room[row, column] == 0:
                        continue
                    best, before = field[row, column], field[row, column]
                    for dr in range(-1, 2):
                        for dc in range(-1, 2):
                            r, c = row + dr, column + dc
                            k = root[r, c]
                            if k < 0 or k == root[row, column]:
                                continue
                            length = bends[k, 2] + np.hypot(row - bends[k, 0], column - bends[k, 1])
                            if length >= best - 1e-6:
                                continue
                            if _clear(row, column, k, bends, root, room):
                                best, root[row, column] = length, k
                                continue
                            length = field[r, c] + np.hypot(dr, dc)
                            if length < best - 1e-6 and count < len(bends):
                                k = own[r, c]
                                if k < 0:
                                    k = count
                                    own[r, c] = k
                                    count += 1
                                bends[k, 0], bends[k, 1], bends[k, 2] = r, c, field[r, c]
                                best, root[row, column] = length, k
                    if best < before:
                        field[row, column] = best
                        fresh[row - 1 : row + 2, column - 1 : column + 2] = True
                        fresh[row, column] = False
                        busy[row - 1 : row + 2] = True
                        changed = True


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _interpolate(field: FloatArray, nearest: npt.NDArray[np.int32], spots: FloatArray, cell: float) -> FloatArray:
    """Return the field (H, W) at fractional (row, column) `spots`; blocked cells count as the way to a free one."""
    height, width = field.shape
    out = np.zeros(len(spots))
    for n in range(len(spots)):
        y, x = spots[n, 0], spots[n, 1]
        row, column = min(max(int(np.floor(y)), 0), height - 2), min(max(int(np.floor(x)), 0), width - 2)
        fy, fx = min(max(y - row, 0.0), 1.0), min(max(x - column, 0.0), 1.0)
        for dr in range(2):
            for dc in range(2):
                weight = (fy if dr else 1.0 - fy) * (fx if dc else 1.0 - fx)
                if weight > 0.0:
                    r, c = nearest[0, row + dr, column + dc], nearest[1, row + dr, column + dc]
                    value = field[r, c]
                    if r != row + dr or c != column + dc:
                        value += np.hypot(y - r, x - c) * cell
                    out[n] += weight * value
    return out


class Walkable:
    """Free ground for a disc: a polygon eroded by its radius.

    Attributes:
        polygon: where the centre of the body may be.
        free: (H, W) bool, row = y: whether the centre of a cell lies in the polygon.
        origin: (x, y) of the outer corner of cell [0, 0], metres. cell: edge of a cell, metres.
    """

    def __init__(self, polygon: Polygon | MultiPolygon, *, radius: float = 0.0, cell: float = 0.1) -> None:
        if radius < 0 or cell <= 0:
            raise ValueError(f"walkable: expected radius >= 0 and cell > 0, got radius {radius}, cell {cell}")
        eroded = polygon.buffer(-radius, quad_segs=4) if radius > 0 else polygon
        if eroded.is_empty or not eroded.is_valid:
            raise ValueError(f"walkable: expected ground wider than {2 * radius:g} m, valid; use a smaller radius")
        self.polygon: Polygon | MultiPolygon = eroded
        self.radius = radius
        self.cell = cell
        shapely.prepare(self.polygon)
        x0, y0, x1, y1 = eroded.bounds
        self.origin = (x0 - cell, y0 - cell)  # a ring of blocked cells all round
        shape = (int(np.ceil((y1 - y0) / cell)) + 2, int(np.ceil((x1 - x0) / cell)) + 2)
        self.free: BoolArray = _fill(ring_corners(eroded), *self.origin, cell, shape)
        self.free[[0, -1]] = False
        self.free[:, [0, -1]] = False
        if not self.free.any():
            raise ValueError(f"walkable: expected ground wider than one cell of {cell:g} m; use a smaller cell")
        self._fields: OrderedDict[tuple[float, float], FloatArray] = OrderedDict()

    @cached_property
    def _inner(self) -> Polygon | MultiPolygon:
        """A hair smaller than the polygon, so that points snapped to it are surely inside."""
        inner = self.polygon.buffer(-1e-6, join_style="mitre")
        return inner if not inner.is_empty else self.polygon

    @cached_property
    def _room(self) -> npt.NDArray[np.float32]:
        room: npt.NDArray[np.float32] = distance_transform_edt(self.free).astype(np.float32)
        return room

    @cached_property
    def _nearest(self) -> npt.NDArray[np.int32]:
        """(2, H, W) row and column of the free cell nearest to each cell."""
        nearest: npt.NDArray[np.int32] = distance_transform_edt(~self.free, return_distances=False, return_indices=True)
        return nearest

    @cached_property
    def _graph(self) -> VisibilityGraph:
        return VisibilityGraph(self.polygon)

    def contains(self, points: npt.ArrayLike) -> BoolArray:
        """Tell which points (N, 2), metres, lie on the ground, its edge included."""
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        inside: BoolArray = shapely.intersects_xy(self.polygon, xy[:, 0], xy[:, 1])
        return inside

    def snap(self, point: npt.ArrayLike) -> FloatArray:
        """Return the point (2,) of the ground nearest to `point` (2,), metres; the point itself if it is on it."""
        xy = np.asarray(point, dtype=np.float64)
        if self.contains(xy)[0]:
            return xy.copy()
        edge = np.array(shapely.shortest_line(self._inner, shapely.Point(xy)).coords[0])
        inward = (edge - xy) / max(float(np.hypot(*(edge - xy))), 1e-12)
        for depth in (0.0, 1e-9, 1e-7, 1e-5):  # a point on a slanting edge may miss the ground by its last bit
            if self.contains(edge + depth * inward)[0]:
                return edge + depth * inward
        return edge

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Return n points (n, 2), metres, uniform over the ground."""
        x0, y0, x1, y1 = self.polygon.bounds
        found = np.empty((0, 2))
        while len(found) < n:
            points = rng.uniform((x0, y0), (x1, y1), size=(max(64, 2 * n), 2))
            found = np.vstack([found, points[self.contains(points)]])
        return found[:n]

    def _check(self, name: str, point: npt.ArrayLike) -> FloatArray:
        xy = np.asarray(point, dtype=np.float64)
        if xy.shape != (2,) or not self.contains(xy)[0]:
            raise ValueError(f"{name}: expected (x, y) on the walkable ground, got {xy.tolist()}; call snap first")
        return xy

    def _cells(self, points: FloatArray) -> FloatArray:
        """Return fractional (row, column) of points (N, 2); whole numbers are cell centres."""
        spots: FloatArray = ((points - self.origin) / self.cell - 0.5)[:, ::-1]
        return spots

    def _beside(self, points: FloatArray, name: int) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        """Return rows, columns, names and gaps (cells) of free cells seen from `points` (N, 2), at most 1.5 cells away.

        A point's name is its index plus `name`.
        """
        found = [(np.empty(0, dtype=np.int64),) * 3 + (np.empty(0),)]
        for index, (spot, point) in enumerate(zip(self._cells(points), points, strict=True)):
            around = np.rint(spot).astype(int) + np.argwhere(np.ones((3, 3))) - 1
            around = around[self.free[around[:, 0], around[:, 1]]]
            gaps = self._graph.sight(point, (around[:, ::-1] + 0.5) * self.cell + self.origin) / self.cell
            seen = gaps <= 1.5
            found.append((*around[seen].T, np.full(int(seen.sum()), index + name), gaps[seen]))
        rows, columns, names, gaps = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return rows, columns, names, gaps

    @cached_property
    def _seeds(self) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        return self._beside(self._graph.points, 1)

    def distance_field(self, goal: npt.ArrayLike) -> FloatArray:
        """Return (H, W) geodesic distances in metres from the cell centres to `goal` (2,), inf where there is no way.

        Read-only, kept until other goals have pushed it out. Within 1 % of the true distance, or 1 cell.

        Raises:
            ValueError: the goal is not on the ground.
        """
        spot = np.asarray(goal, dtype=np.float64)
        key = (float(spot[0]), float(spot[1])) if spot.shape == (2,) else (np.nan, np.nan)
        if key in self._fields:
            self._fields.move_to_end(key)
            return self._fields[key]
        point = self._check("goal", goal)
        rows, columns, names, gaps = (
            np.concatenate(pair) for pair in zip(self._beside(point[None], 0), self._seeds, strict=True)
        )
        known = np.zeros((1 + len(self._graph.points), 3))
        known[:, :2] = self._cells(np.vstack([point, self._graph.points]))
        known[1:, 2] = self._graph.distances(point) / self.cell
        bends = np.vstack([known, np.empty((int(self.free.sum()), 3))])
        field = np.full(self.free.shape, np.inf)
        root = np.full(self.free.shape, -1, dtype=np.int32)
        lengths = known[names, 2] + gaps
        order = np.argsort(-lengths)
        order = order[np.isfinite(lengths[order])]  # the shortest is written last and stays
        field[rows[order], columns[order]] = lengths[order]
        root[rows[order], columns[order]] = names[order]
        _flood(field, root, bends, len(known), self._room)
        field *= self.cell
        field.setflags(write=False)
        self._fields[key] = field
        while len(self._fields) > max(2, CACHE_BYTES // field.nbytes):
            self._fields.popitem(last=False)
        return field

    def distance_at(self, points: npt.ArrayLike, goal: npt.ArrayLike) -> FloatArray:
        """Return (N,) geodesic distances in metres from points (N, 2) to `goal` (2,), bilinear in the distance field.

        A point off the ground counts from the free cell nearest to it, plus the way to that cell.

        Raises:
            ValueError: the goal is not on the ground.
        """
        field = self.distance_field(goal)
        spots = self._cells(np.asarray(points, dtype=np.float64).reshape(-1, 2))
        return _interpolate(field, self._nearest, spots, self.cell)

    def distance_from_pocket(self, point: npt.ArrayLike, goal: npt.ArrayLike) -> float:
        """Return metres from `point` (2,) to `goal` (2,) over the nearest cell from which there is a way.

        For a body that stands where the ground for its radius has no way out: between two things, off the ground.

        Raises:
            ValueError: the goal is not on the ground.
        """
        field = self.distance_field(goal)
        cells = np.argwhere(np.isfinite(field))
        gaps = np.hypot(*(cells - self._cells(np.asarray(point, dtype=np.float64).reshape(1, 2))).T) * self.cell
        return float((gaps + field[tuple(cells.T)])[np.argmin(gaps)])

    def shortest_path(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> FloatArray:
        """Return the corners (K, 2), metres, of the shortest path over the ground, start and goal included.

        Raises:
            ValueError: start or goal is not on the ground, or no way joins them.
        """
        a, b = self._check("start", start), self._check("goal", goal)
        path = self._graph.path(a, b)
        if path is None:
            raise ValueError(f"goal: expected ground joined to {a.tolist()}, got {b.tolist()}; no way leads there")
        return path

    def geodesic(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> float:
        """Return the length in metres of the shortest path, inf where no way joins start (2,) and goal (2,).

        Raises:
            ValueError: start or goal is not on the ground.
        """
        return float(self._graph.lengths(self._check("start", start), self._check("goal", goal)[None])[0])

    def geodesics(self, start: npt.ArrayLike, goals: npt.ArrayLike) -> FloatArray:
        """Return (N,) lengths in metres of the shortest paths from `start` (2,) to `goals` (N, 2), inf: no way.

        Raises:
            ValueError: start or a goal is not on the ground.
        """
        points = np.array([self._check("goal", goal) for goal in np.asarray(goals, dtype=np.float64).reshape(-1, 2)])
        return self._graph.lengths(self._check("start", start), points.reshape(-1, 2))
