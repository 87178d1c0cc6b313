"""The ground people walk on: distance to the nearest wall, and for each goal the way to it from everywhere."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from typing import Self

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt, label
from shapely.geometry import MultiPolygon, Polygon

from crowd.compiled import compiled
from crowd.trajectory import FloatArray

Float32Array = npt.NDArray[np.float32]
Float16Array = npt.NDArray[np.float16]
WayArray = npt.NDArray[np.int8]

REACH = 2.0  # m: distances to walls are exact up to here and clipped beyond
CLEARANCE = 0.3  # m: routes keep their line this far from walls (a body of 0.25 m and a little)
FOOTHOLD = 0.05  # m beyond the bodies, of routes of people who are slimmer than that
COMFORT = 0.7  # m beyond the clearance where walking close to a wall stops costing anything
NODES, COARSEST = 9e6, 0.2  # nodes of a ground with cells of ordinary size: 300 x 300 m; m, beyond that
NARROW = 1.0  # m: lines of sight that come so near to a wall are soon lost
SHARED = 3.0  # m: goals this near to one another and in sight of one another share one field
CROWDED = 128  # fields from which on goals share one from farther away: as many as so many fields fill the ground
ABOUT, OFF = 0.8, 3.0  # m beyond the nearest free node at which another will do; metres of way that one off is worth
UNIT = 127  # of `way`, a unit vector's length


def clearance_of(radii: Iterable[float]) -> float:
    """Return how far from walls routes of bodies of these radii keep, metres: CLEARANCE, or less for slim ones."""
    return min(CLEARANCE, max(radii, default=CLEARANCE) + FOOTHOLD)


class Fields:
    """Fields one after another, by the node that each leads to; room for more is made in time."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.nodes: dict[tuple[int, int], int] = {}
        self.travel: Float16Array = np.empty((1, *shape), np.float16)
        self.way: WayArray = np.empty((1, *shape, 2), np.int8)

    def add(self, node: tuple[int, int], travel: Float32Array, way: WayArray) -> None:
        index = len(self.nodes)
        if index == len(self.way):
            self.travel = np.concatenate([self.travel, np.empty_like(self.travel)])
            self.way = np.concatenate([self.way, np.empty_like(self.way)])
        self.travel[index], self.way[index] = travel, way
        self.nodes[node] = index


class Ground:
    """A raster of a walkable polygon.

    Attributes:
        clearance: metres from walls that routes keep.
        origin: (2,) metres, world position of node (0, 0).
        cell: metres between nodes of `distance`; the nodes of the ways to goals are two cells apart.
        distance: (H, W) float32, metres to the nearest wall at the nodes, negative outside, within +-REACH.
        travel: (G, H2, W2) float16, cost in metres to each goal, walking along walls costs more; inf: no way.
        way: (G, H2, W2, 2) int8, vectors of length UNIT downhill of `travel`: 2 bytes where a goal needs most.
    """

    def __init__(self, walkable: Polygon | MultiPolygon, *, cell: float = 0.1, clearance: float = CLEARANCE) -> None:
        """Rasterise `walkable`; nodes are `cell` metres apart, up to COARSEST where it would have more than NODES.

        Raises:
            ValueError: the polygon is empty or has no place with room for a body.
        """
        if walkable.is_empty or walkable.area <= 0.0:
            raise ValueError("walkable: expected a polygon with an area, got an empty one")
        left, bottom, right, top = walkable.bounds
        cell = max(cell, min(COARSEST, math.sqrt((right - left) * (top - bottom) / NODES)))
        margin = REACH + cell
        self.cell, self.clearance = cell, clearance
        self.origin = np.array([left - margin, bottom - margin])
        width = math.ceil((right - left + 2 * margin) / cell) + 1
        height = math.ceil((top - bottom + 2 * margin) / cell) + 1
        parts = list(getattr(walkable, "geoms", [walkable]))
        rings = [shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)]
        segments = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
        self.distance: Float32Array = rasterise(segments, self.origin, cell, height, width, REACH)
        coarse = self.distance[::2, ::2]
        free = coarse >= clearance
        if not free.any():
            raise ValueError(f"walkable: expected a place {2 * clearance:g} m wide somewhere, got none; widen it")
        closeness = np.clip(1.0 - (coarse - clearance) / COMFORT, 0.0, 1.0)
        self._slowness = np.where(free, 1.0 + 2.0 * closeness**2, np.inf).astype(np.float32)
        self._nearest = distance_transform_edt(~free, return_distances=False, return_indices=True)
        self._part = label(free)[0]  # nodes of one number can be reached from one another
        self._sharing = max(SHARED, math.sqrt(float(free.sum()) / CROWDED) * 2 * cell)  # m
        self._goals = np.zeros((0, 2))
        self._own: list[int] = []  # of each of these goals, its field
        self._fields = Fields(free.shape)

    @property
    def travel(self) -> Float16Array:
        """(G, H2, W2), see above; a view that lasts until the next field is made."""
        return self._fields.travel[: len(self._fields.nodes)]

    @property
    def way(self) -> WayArray:
        """(G, H2, W2, 2), see above; a view that lasts until the next field is made."""
        return self._fields.way[: len(self._fields.nodes)]

    def twin(self) -> Self:
        """Return the same ground for another crowd, whose goals share fields among themselves as if it were alone.

        What is costly is shared: the raster, and the fields of both.
        """
        other = copy.copy(self)
        other._goals, other._own = np.zeros((0, 2)), []
        return other

    def wall(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the distance (K,) to the nearest wall, metres, and its gradient (K, 2) at `points` (K, 2)."""
        found = wall_many(self.distance, self.origin, self.cell, np.ascontiguousarray(points, np.float64))
        return found[:, 0], found[:, 1:]

    def clear(self, points: FloatArray, room: float) -> FloatArray:
        """Return `points` (K, 2), those nearer than `room` metres to a wall moved away from it."""
        for _ in range(4):
            distance, gradient = self.wall(points)
            points = points + np.maximum(0.0, room - distance)[:, None] * gradient
        return points

    def snap(
        self, point: tuple[float, float], room: float | None = None, *, towards: tuple[float, float] | None = None
    ) -> tuple[float, float]:
        """Return `point` if it is `room` metres from walls, else one beside it that is, else a free node nearby.

        Args:
            point: (x, y) metres. room: None: the clearance of routes, and the nearest node at once.
            towards: where one goes to, or comes from: who is inside of a wall comes out on that side.
        """
        room = self.clearance if room is None else room
        wall = self.wall(np.array([point]))[0][0]
        if wall >= room:
            return point
        if wall > 0.0 and room < self.clearance:
            beside = self.clear(np.array([point]), room)[0]
            if self.wall(beside[None])[0][0] >= room - 0.01:
                return float(beside[0]), float(beside[1])
        row, column = self._node(point)
        nearest = self.origin + 2 * self.cell * self._nearest[::-1, row, column]
        if wall > 0.0 or towards is None:
            return float(nearest[0]), float(nearest[1])
        reach = math.dist(nearest, point) + ABOUT
        span = math.ceil(reach / (2 * self.cell))
        steps = np.arange(-span, span + 1)
        rows, columns = (node.ravel() for node in np.meshgrid(row + steps, column + steps))
        height, width = self._slowness.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        rows, columns = rows[inside], columns[inside]
        nodes = self.origin + 2 * self.cell * np.stack([columns, rows], axis=1)
        off = np.hypot(*(nodes - point).T)
        free = np.isfinite(self._slowness[rows, columns]) & (off <= reach)
        field = self.field(towards)  # made on first use, and `travel` with it
        cost = np.where(free, OFF * off + self.travel[field, rows, columns], np.inf)
        best = nodes[int(cost.argmin())] if np.isfinite(cost).any() else nearest
        return float(best[0]), float(best[1])

    def field(self, goal: tuple[float, float]) -> int:
        """Return the index of the field that leads to `goal`, made on first use.

        A field is shared by goals that see one another within `SHARED`, or farther where there are very many: a person
        leaves the field for the straight line as soon as its own goal is in sight.
        """
        target = np.array(self.snap(goal))
        reach = SHARED if len(self._goals) < CROWDED else self._sharing
        gaps = np.hypot(*(self._goals - target).T)
        for index in sorted(np.flatnonzero(gaps < reach).tolist(), key=lambda index: bool(gaps[index] >= SHARED)):
            if self.sees(self._goals[index], target):
                return self._own[int(index)]
        node = self._node((target[0], target[1]))
        if node not in self._fields.nodes:
            self._march(node)
        self._goals = np.vstack([self._goals, target])
        self._own.append(self._fields.nodes[node])
        return self._own[-1]

    def _march(self, node: tuple[int, int]) -> None:
        """Make the field that leads to a node."""
        travel = march(self._slowness, *node, 2 * self.cell)
        rows, columns = self._nearest
        self._fields.add(node, travel[rows, columns], downhill(travel)[rows, columns])

    def sees(self, here: FloatArray, there: FloatArray) -> bool:
        """Return whether a body can walk straight from `here` (2,) to `there` (2,)."""
        return self._sees(self.distance, here, there)

    def _sees(self, distance: Float32Array, here: FloatArray, there: FloatArray) -> bool:
        room = min(self.clearance - 0.05, 0.9 * wall_at(self.distance, self.origin, self.cell, there[0], there[1])[0])
        return sees(distance, self.origin, self.cell, here[0], here[1], there[0], there[1], room)

    def cost(self, start: tuple[float, float], goal: tuple[float, float]) -> float:
        """Return how far `goal` is from `start`, metres, where walking along walls counts more; inf: no way."""
        field = self.field(goal)
        return float(self.travel[(field, *self._node(start))])

    def reaches(self, start: tuple[float, float], goal: tuple[float, float]) -> bool:
        """Return whether a body can walk from `start` to `goal`; no field is made for that."""
        parts = []
        for row, column in (self._node(start), self._node(self.snap(goal))):
            parts.append(self._part[self._nearest[0, row, column], self._nearest[1, row, column]])
        return bool(parts[0] == parts[1])

    def towards(self, start: tuple[float, float], goal: tuple[float, float]) -> FloatArray:
        """Return the direction (2,) in which the way from `start` to `goal` begins."""
        field = self.field(goal)
        return np.array(way_at(self.way[field], self.origin, self.cell, *start))

    def path(self, start: tuple[float, float], goal: tuple[float, float]) -> FloatArray:
        """Return the way (K, 2) from `start` to `goal`, points at most 0.2 m apart.

        Raises:
            ValueError: no way leads there.
        """
        if not self.reaches(start, goal):
            raise ValueError(f"goal: expected a point that can be reached from {start}, got {goal}")
        field = self.field(goal)
        begin, end = np.array(self.snap(start)), np.array(self.snap(goal))
        return trace(self.distance, self.origin, self.cell, self.way[field], begin, end, self.clearance)

    def _node(self, point: tuple[float, float]) -> tuple[int, int]:
        column, row = np.rint((np.asarray(point) - self.origin) / (2 * self.cell)).astype(int)
        height, width = self._slowness.shape
        return int(np.clip(row, 0, height - 1)), int(np.clip(column, 0, width - 1))


@compiled
def rasterise(
    segments: FloatArray, origin: FloatArray, cell: float, height: int, width: int, reach: float
) -> Float32Array:
    """Return the signed distance (height, width) to `segments` (S, 4) at nodes; inside by the even-odd rule."""
    square = np.full((height, width), reach * reach)
    toggles = np.zeros((height, width), np.bool_)
    for k in range(len(segments)):
        ax, ay, bx, by = (segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3])
        ux, uy = bx - ax, by - ay
        length = ux * ux + uy * uy
        first_row = max(0, math.floor((min(ay, by) - reach - origin[1]) / cell))
        last_row = min(height - 1, math.ceil((max(ay, by) + reach - origin[1]) / cell))
        first = max(0, math.floor((min(ax, bx) - reach - origin[0]) / cell))
        last = min(width - 1, math.ceil((max(ax, bx) + reach - origin[0]) / cell))
        for row in range(first_row, last_row + 1):
            y = origin[1] + row * cell
            for column in range(first, last + 1):
                x = origin[0] + column * cell
                t = 0.0 if length == 0.0 else min(1.0, max(0.0, ((x - ax) * ux + (y - ay) * uy) / length))
                dx, dy = x - ax - t * ux, y - ay - t * uy
                square[row, column] = min(square[row, column], dx * dx + dy * dy)
            if min(ay, by) <= y < max(ay, by):
                column = math.ceil((ax + (y - ay) / uy * ux - origin[0]) / cell)
                toggles[row, max(0, column)] ^= True
    result = np.empty((height, width), np.float32)
    for row in range(height):
        inside = False
        for column in range(width):
            inside ^= toggles[row, column]
            result[row, column] = math.sqrt(square[row, column]) * (1.0 if inside else -1.0)
    return result


@compiled
def wall_at(distance: Float32Array, origin: FloatArray, cell: float, x: float, y: float) -> tuple[float, float, float]:
    """Return the distance to the nearest wall at (x, y), metres, and its gradient, bilinear between nodes."""
    height, width = distance.shape
    u = min(max((x - origin[0]) / cell, 0.0), width - 1.001)
    v = min(max((y - origin[1]) / cell, 0.0), height - 1.001)
    column, row = int(u), int(v)
    u -= column
    v -= row
    a, b = distance[row, column], distance[row, column + 1]
    c, d = distance[row + 1, column], distance[row + 1, column + 1]
    low, high = a + u * (b - a), c + u * (d - c)
    return low + v * (high - low), ((b - a) * (1.0 - v) + (d - c) * v) / cell, (high - low) / cell


@compiled
def wall_many(distance: Float32Array, origin: FloatArray, cell: float, points: FloatArray) -> FloatArray:
    """Return distance and gradient (K, 3) at `points` (K, 2)."""
    result = np.empty((len(points), 3))
    for k in range(len(points)):
        result[k] = wall_at(distance, origin, cell, points[k, 0], points[k, 1])
    return result


@compiled
def sees(
    distance: Float32Array, origin: FloatArray, cell: float, x: float, y: float, to_x: float, to_y: float, room: float
) -> bool:
    """Return whether the straight line keeps `room` metres from walls (less where it starts nearer to one)."""
    dx, dy = to_x - x, to_y - y
    length = math.sqrt(dx * dx + dy * dy)
    if length < 1e-9:
        return True
    room = min(room, 0.9 * wall_at(distance, origin, cell, x, y)[0])
    done = 0.0
    while done < length:
        gap = wall_at(distance, origin, cell, x + dx * done / length, y + dy * done / length)[0] - room
        if gap < 0.0:
            return False
        done += max(gap, 0.1)
    return True


@compiled
def look_along(
    distance: Float32Array, origin: FloatArray, cell: float, x: float, y: float, to_x: float, to_y: float, room: float
) -> tuple[bool, float]:
    """Return what `sees` does, and metres to where the line first comes within NARROW of a wall, or ends."""
    dx, dy = to_x - x, to_y - y
    length = math.sqrt(dx * dx + dy * dy)
    if length < 1e-9:
        return True, 0.0
    room = min(room, 0.9 * wall_at(distance, origin, cell, x, y)[0])
    done, clear = 0.0, -1.0
    while done < length:
        wall = wall_at(distance, origin, cell, x + dx * done / length, y + dy * done / length)[0]
        clear = done if clear < 0.0 and wall < NARROW else clear
        if wall < room:
            return False, clear
        done += max(wall - room, 0.1)
    return True, clear if clear >= 0.0 else length


@compiled
def march(slowness: Float32Array, row: int, column: int, cell: float) -> Float32Array:
    """Solve |grad T| = slowness from one node by fast sweeping (Zhao, Math. Comp. 74, 2005); inf: not reached."""
    height, width = slowness.shape
    travel = np.full((height, width), np.inf, np.float32)
    travel[row, column] = 0.0
    for _ in range(100):
        change = 0.0
        for sweep in range(4):
            for m in range(height):
                i = m if sweep < 2 else height - 1 - m
                for n in range(width):
                    j = n if sweep % 2 == 0 else width - 1 - n
                    cost = slowness[i, j] * cell
                    if cost == np.inf:
                        continue
                    a = min(travel[i - 1, j] if i else np.inf, travel[i + 1, j] if i + 1 < height else np.inf)
                    b = min(travel[i, j - 1] if j else np.inf, travel[i, j + 1] if j + 1 < width else np.inf)
                    low, high = min(a, b), max(a, b)
                    if low >= travel[i, j]:
                        continue
                    value = low + cost
                    if high < value:
                        value = 0.5 * (a + b + math.sqrt(2.0 * cost * cost - (a - b) ** 2))
                    if value < travel[i, j] - 1e-4:
                        change = max(change, 1.0)
                        travel[i, j] = value
        if change == 0.0:
            break
    return travel


@compiled
def downhill(travel: Float32Array) -> WayArray:
    """Return vectors of length UNIT (H, W, 2), x then y, down the upwind gradient of `travel`; else 0.

    That is at the goal and out of reach.
    """
    height, width = travel.shape
    way = np.zeros((height, width, 2), np.int8)
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            here = travel[i, j]
            if here == np.inf:
                continue
            west, east = here - travel[i, j - 1], here - travel[i, j + 1]
            south, north = here - travel[i - 1, j], here - travel[i + 1, j]
            x = east if east >= west else -west
            y = north if north >= south else -south
            x = x if abs(x) < np.inf and max(east, west) > 0.0 else 0.0
            y = y if abs(y) < np.inf and max(north, south) > 0.0 else 0.0
            norm = math.sqrt(x * x + y * y)
            if norm > 0.0:
                way[i, j, 0] = round(UNIT * x / norm)
                way[i, j, 1] = round(UNIT * y / norm)
    return way


@compiled
def way_at(way: WayArray, origin: FloatArray, cell: float, x: float, y: float) -> tuple[float, float]:
    """Return the unit direction of one goal's `way` (H2, W2, 2) at (x, y), bilinear between nodes."""
    height, width = way.shape[:2]
    u = min(max((x - origin[0]) / (2.0 * cell), 0.0), width - 1.001)
    v = min(max((y - origin[1]) / (2.0 * cell), 0.0), height - 1.001)
    column, row = int(u), int(v)
    u -= column
    v -= row
    a, b, c, d = (1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v
    low, high = way[row], way[row + 1]
    wx = a * low[column, 0] + b * low[column + 1, 0] + c * high[column, 0] + d * high[column + 1, 0]
    wy = a * low[column, 1] + b * low[column + 1, 1] + c * high[column, 1] + d * high[column + 1, 1]
    norm = math.sqrt(wx * wx + wy * wy)
    if norm < 0.3 * UNIT:  # two ways of equal length: take the nearest node's
        nearest = way[row + int(v + 0.5), column + int(u + 0.5)]
        return nearest[0] / UNIT, nearest[1] / UNIT
    return wx / norm, wy / norm


@compiled
def trace(
    distance: Float32Array,
    origin: FloatArray,
    cell: float,
    way: WayArray,
    start: FloatArray,
    goal: FloatArray,
    clearance: float,
) -> FloatArray:
    """Return the points (K, 2) walked from `start` to `goal` along `way`, straight once the goal is in sight."""
    points = [(start[0], start[1])]
    x, y = start
    step = 2.0 * cell
    for _ in range(100_000):
        left = math.sqrt((goal[0] - x) ** 2 + (goal[1] - y) ** 2)
        if left < step:
            break
        if sees(distance, origin, cell, x, y, goal[0], goal[1], clearance + 0.05):
            count = math.ceil(left / step)
            for k in range(1, count):
                points.append((x + (goal[0] - x) * k / count, y + (goal[1] - y) * k / count))
            break
        wx, wy = way_at(way, origin, cell, x, y)
        x, y = x + step * wx, y + step * wy
        gap, gx, gy = wall_at(distance, origin, cell, x, y)
        room = clearance - 0.05
        if gap < room:
            x, y = x + gx * (room - gap), y + gy * (room - gap)
        points.append((x, y))
    points.append((goal[0], goal[1]))
    result = np.empty((len(points), 2))
    for k in range(len(points)):
        result[k] = points[k]
    return result
