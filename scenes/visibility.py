"""Exact shortest paths in a polygon with holes: a visibility graph over its reflex corners.

A shortest path in the plane with polygonal obstacles bends only at corners that stick into the free ground
(Lozano-Pérez and Wesley 1979), so the graph over those corners, with start and goal joined to it, holds it exactly.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

EPS = 1e-9  # metres; corners nearer to a line than this lie on it
REMEMBERED = 512  # points of which it is kept which corners they see


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _cross(ax: float, ay: float, bx: float, by: float) -> float:
    return ax * by - ay * bx


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _enters_wall(ux: float, uy: float, corner: FloatArray) -> bool:
    """Tell whether direction u points strictly into the blocked side of a corner (x, y, previous xy, next xy)."""
    bx, by = corner[0] - corner[2], corner[1] - corner[3]  # along the ring, free ground on the left
    fx, fy = corner[4] - corner[0], corner[5] - corner[1]
    tiny_b, tiny_f = EPS * np.hypot(bx, by), EPS * np.hypot(fx, fy)
    right_of_back, right_of_front = _cross(bx, by, ux, uy) < -tiny_b, _cross(fx, fy, ux, uy) < -tiny_f
    if _cross(bx, by, fx, fy) > 0:  # free angle below pi: outside as soon as right of either edge
        return bool(right_of_back or right_of_front)
    return bool(right_of_back and right_of_front)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _blocker(p: FloatArray, q: FloatArray, corners: FloatArray, first: int) -> int:
    """Return a corner whose edge keeps the segment p q from staying on the closed free ground, -1: none does.

    Both ends must lie on the ground. The search begins at corner `first`: what hid the last point often hides the next.
    """
    dx, dy = q[0] - p[0], q[1] - p[1]
    length = np.hypot(dx, dy)
    if length < EPS:
        return -1
    ux, uy = dx / length, dy / length
    for k in range(len(corners)):
        i = k + first if k + first < len(corners) else k + first - len(corners)
        c = corners[i]
        ax, ay = c[0] - p[0], c[1] - p[1]
        side = _cross(ux, uy, ax, ay)
        if abs(side) <= EPS:
            along = ux * ax + uy * ay
            if along >= -EPS and along < length - EPS and _enters_wall(ux, uy, c):
                return i
            if along > EPS and along <= length + EPS and _enters_wall(-ux, -uy, c):
                return i
            continue
        bx, by = c[4] - p[0], c[5] - p[1]
        other = _cross(ux, uy, bx, by)
        if abs(other) > EPS and (side > 0) != (other > 0):
            t = (ax * (by - ay) - ay * (bx - ax)) / (ux * (by - ay) - uy * (bx - ax))
            if EPS < t < length - EPS:
                return i
    return -1


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _tangent(ux: float, uy: float, corner: FloatArray) -> bool:
    """Tell whether a line along u through a reflex corner leaves both of its edges on one side."""
    a = _cross(ux, uy, corner[2] - corner[0], corner[3] - corner[1])
    b = _cross(ux, uy, corner[4] - corner[0], corner[5] - corner[1])
    return (a >= -EPS and b >= -EPS) or (a <= EPS and b <= EPS)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _sight(point: FloatArray, targets: FloatArray, corners: FloatArray) -> FloatArray:
    """Return the distance from a point to each target that it sees, inf to the others.

    Targets are points (N, 2), or reflex corners (N, 6): then those at which no shortest way from the point can bend
    count as unseen.
    """
    out = np.full(len(targets), np.inf)
    blocker = 0
    for i in range(len(targets)):
        if targets.shape[1] == 6 and not _tangent(targets[i, 0] - point[0], targets[i, 1] - point[1], targets[i]):
            continue
        found = _blocker(point, targets[i], corners, blocker)
        if found >= 0:
            blocker = found
        else:
            out[i] = np.hypot(targets[i, 0] - point[0], targets[i, 1] - point[1])
    return out


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _link(reflex: FloatArray, corners: FloatArray) -> FloatArray:
    """Return (V, V) lengths of the straight ways between reflex corners that a shortest path can use, else inf."""
    count = len(reflex)
    out = np.full((count, count), np.inf)
    for i in range(count):
        blocker = 0
        for j in range(i):
            ux, uy = reflex[j, 0] - reflex[i, 0], reflex[j, 1] - reflex[i, 1]
            if not _tangent(ux, uy, reflex[i]) or not _tangent(ux, uy, reflex[j]):
                continue
            found = _blocker(reflex[i, :2], reflex[j, :2], corners, blocker)
            if found >= 0:
                blocker = found
            else:
                out[i, j] = out[j, i] = np.hypot(ux, uy)
    return out


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _dijkstra(first: FloatArray, links: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return distances and predecessors (-1: the start) of all corners, from their direct distances `first`."""
    distance, previous = first.copy(), np.full(len(first), -1)
    done = np.zeros(len(first), dtype=np.bool_)
    for _ in range(len(first)):
        best = -1
        for i in range(len(first)):
            if not done[i] and (best < 0 or distance[i] < distance[best]):
                best = i
        if best < 0 or not np.isfinite(distance[best]):
            break
        done[best] = True
        for i in range(len(first)):
            if distance[best] + links[best, i] < distance[i]:
                distance[i], previous[i] = distance[best] + links[best, i], best
    return distance, previous


def ring_corners(polygon: Polygon | MultiPolygon) -> FloatArray:
    """Return (M, 6): every corner (x, y), the one before and the one after it; free ground lies left of each edge."""
    rows = []
    for part in shapely.get_parts(shapely.orient_polygons(polygon)):
        for ring in (part.exterior, *part.interiors):
            points = np.asarray(ring.coords)[:-1, :2]
            points = points[np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1) > EPS]
            rows.append(np.hstack([points, np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)]))
    return np.ascontiguousarray(np.vstack(rows), dtype=np.float64)


class VisibilityGraph:
    """Shortest paths in `polygon`.

    The links between reflex corners are found once, here: time and memory grow with the square of their number.

    Attributes:
        points: (V, 2) the corners at which shortest paths bend.
    """

    def __init__(self, polygon: Polygon | MultiPolygon) -> None:
        self._corners = ring_corners(polygon)
        back = self._corners[:, :2] - self._corners[:, 2:4]
        front = self._corners[:, 4:] - self._corners[:, :2]
        turn = back[:, 0] * front[:, 1] - back[:, 1] * front[:, 0]
        self._reflex: FloatArray = np.ascontiguousarray(self._corners[turn < -EPS])
        self.points: FloatArray = np.ascontiguousarray(self._reflex[:, :2])
        self._links: FloatArray = _link(self._reflex, self._corners)
        self._reached: dict[tuple[float, float], FloatArray] = {}

    def sight(self, point: FloatArray, targets: FloatArray) -> FloatArray:
        """Return (N,) distances from a point (2,) to the targets that it sees, inf to the others; see `_sight`."""
        seen: FloatArray = _sight(point, np.ascontiguousarray(targets), self._corners)
        return seen

    def _reach(self, point: FloatArray) -> FloatArray:
        """Return (V,) distances from a point (2,) to the corners at which its shortest ways can bend; remembered."""
        key = (float(point[0]), float(point[1]))
        if key not in self._reached:
            if len(self._reached) >= REMEMBERED:
                self._reached.pop(next(iter(self._reached)))
            self._reached[key] = self.sight(point, self._reflex)
        return self._reached[key]

    def distances(self, goal: FloatArray) -> FloatArray:
        """Return the lengths (V,) of ways from all corners to `goal` (2,), inf where there is none.

        They are shortest at the corners at which a shortest way to the goal bends.
        """
        lengths: FloatArray = _dijkstra(self._reach(goal), self._links)[0]
        return lengths

    def lengths(self, start: FloatArray, goals: FloatArray) -> FloatArray:
        """Return (N,) lengths of the shortest paths from a point (2,) to `goals` (N, 2), inf where there is none."""
        direct = self.sight(start, goals)
        if not len(self.points):
            return direct
        onward = self.distances(start)
        round_corners = [float((onward + self._reach(goal)).min()) for goal in goals]
        return np.minimum(direct, round_corners)

    def path(self, start: FloatArray, goal: FloatArray) -> FloatArray | None:
        """Return the bends (K, 2) of the shortest path between two points (2,) of the free ground; None: no way."""
        if np.isfinite(self.sight(start, goal[None])[0]):
            return np.array([start, goal])
        distance, previous = _dijkstra(self._reach(start), self._links)
        total = distance + self._reach(goal)
        if not len(total) or not np.isfinite(total.min()):
            return None
        node = int(total.argmin())
        reverse = [goal]
        while node >= 0:
            reverse.append(self.points[node])
            node = int(previous[node])
        return np.array([start, *reverse[:0:-1], goal])
