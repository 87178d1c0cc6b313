"""Ground that people like here and avoid there: ways round regions, through others, and along drawn preferences.

A region to avoid is no wall. Crossing it costs many times what free ground costs, so that ways lead round it from afar,
somebody inside walks out, and where no way leads round people cross. Nothing else than ways changes: walls, bodies
and rooms stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon

from crowd.compiled import compiled
from crowd.control import DrawnMap
from crowd.ground import (
    CLEARANCE,
    REACH,
    Fields,
    Float32Array,
    Ground,
    WayArray,
    rasterise,
    sees,
    trace,
    wall_at,
    wall_many,
    way_at,
)
from crowd.trajectory import FloatArray

MARGIN = 0.3  # m that ways keep from a region, a body's breadth
CROSSING = 20.0  # times free ground: one had rather walk 20 m round than 1 m through
SKIRT, SKIRTED = 2.5, 2.0  # cost at a region's margin beyond that of free ground; m from it where none is left
LIKED, LIKING = 0.5, 2.0  # cost within an attractive region; m around it over which it rises to that of free ground
DISLIKED = 3.0  # cost beyond that of free ground where a density map is black
SOFT_SIGHT = 4.0  # m: beyond this people follow likings rather than go straight to what they see
SHY = 0.45  # m from a region at which people begin to turn along it
EASE = 0.8  # of the room up to a region that such a place takes: not all walk on its border
STEP = 0.02  # shares by which a place of a plan is taken back to the way that it departs from


class GuidedGround(Ground):
    """A `Ground` whose costs can be changed while people walk on it.

    Attributes:
        sight: (H, W) float32, as `distance`, where regions to avoid are walls: straight ways must not cross them.
        region: (H, W) float32, metres to the regions to avoid, negative inside, within +-REACH; None: there are none.
        soft: whether there are likings, so that straight is not always best.
    """

    sight: Float32Array
    region: Float32Array | None
    soft: bool

    def __init__(self, walkable: Polygon | MultiPolygon, *, cell: float = 0.1, clearance: float = CLEARANCE) -> None:
        """Rasterise `walkable`; all ground costs the same.

        Raises:
            ValueError: see `Ground`.
        """
        super().__init__(walkable, cell=cell, clearance=clearance)
        self._usual = self._slowness, self._fields
        self.sight, self.region, self.soft = self.distance, None, False
        self._outside: cKDTree | None = None

    def guide(
        self, avoid: Sequence[FloatArray] = (), attract: Sequence[FloatArray] = (), density: DrawnMap | None = None
    ) -> None:
        """Change what ground costs; fields that are in use must be asked for anew by `field`.

        Twins are left as they are: ground that costs what it does here only has fields of its own.

        Args:
            avoid, attract: polygons (K, 2), metres. density: where people prefer to walk.
        """
        if not (avoid or attract or density or self.soft) and self.region is None:
            return
        usual, fields = self._usual
        factor = np.ones(usual.shape)
        self.soft = bool(attract) or density is not None
        if density is not None:
            rows, columns = np.indices(factor.shape)
            nodes = self.origin + 2 * self.cell * np.stack([columns, rows], axis=-1)
            factor *= 1.0 + DISLIKED * (1.0 - density.at(nodes))
        if attract:
            far = np.clip(self._signed(attract)[::2, ::2] / LIKING, 0.0, 1.0)
            factor *= LIKED + (1.0 - LIKED) * far
        if avoid:
            self.region = self._signed(avoid)
            self.sight = np.minimum(self.distance, self.region - np.float32(MARGIN))
            off = self.region[::2, ::2].astype(np.float64) - MARGIN
            beside = 1.0 + SKIRT * np.clip(1.0 - off / (SKIRTED - MARGIN), 0.0, 1.0) ** 2
            factor = np.where(off < 0.0, CROSSING, factor * beside)
            rows, columns = np.nonzero((self.sight[::2, ::2] >= self.clearance) & np.isfinite(usual))
            nodes = self.origin + 2 * self.cell * np.stack([columns, rows], axis=-1)
            self._outside = cKDTree(nodes) if len(nodes) else None
        else:
            self.region, self.sight, self._outside = None, self.distance, None
        changed = self.soft or self.region is not None
        self._slowness = (usual * factor).astype(np.float32) if changed else usual
        self._fields = Fields(usual.shape) if changed else fields
        self._goals, self._own = np.zeros((0, 2)), []

    @property
    def far(self) -> float:
        """Metres within which people walk straight to what they see."""
        return SOFT_SIGHT if self.soft else math.inf

    def sees(self, here: FloatArray, there: FloatArray) -> bool:
        """Return whether a body would walk straight from `here` (2,) to `there` (2,)."""
        if math.dist(here, there) > self.far:
            return False
        return self._sees(self.sight, here, there)

    def path(self, start: tuple[float, float], goal: tuple[float, float]) -> FloatArray:
        """Return the way (K, 2) from `start` to `goal` that costs least, points at most 0.2 m apart.

        Raises:
            ValueError: no way leads there.
        """
        if self.region is None and not self.soft:
            return super().path(start, goal)
        if not self.reaches(start, goal):
            raise ValueError(f"goal: expected a point that can be reached from {start}, got {goal}")
        begin, end = np.array(self.snap(start)), np.array(self.snap(goal))
        field = self.field(goal)
        way = self.way[field]
        if self.soft or self.near(begin[None])[0] < MARGIN or self.near(end[None])[0] < MARGIN:
            return follow(self.distance, self.sight, self.origin, self.cell, way, begin, end, self.far, self.clearance)
        return trace(self.sight, self.origin, self.cell, way, begin, end, self.clearance)

    def near(self, points: FloatArray) -> FloatArray:
        """Return metres (K,) from `points` (K, 2) to the regions to avoid, negative inside; at most REACH."""
        if self.region is None:
            return np.full(len(points), REACH)
        found = wall_many(self.region, self.origin, self.cell, np.ascontiguousarray(points, np.float64))
        return found[:, 0]

    def beyond(self, point: tuple[float, float]) -> tuple[float, float] | None:
        """Return the nearest place outside the regions to avoid that `point` leads to, or None."""
        if self._outside is None:
            return None
        _, rows = self._outside.query(point, k=min(64, self._outside.n))
        for row in np.atleast_1d(rows)[::7]:
            spot = (float(self._outside.data[row][0]), float(self._outside.data[row][1]))
            if self.reaches(point, spot):
                return spot
        return None

    def keep_out(self, places: FloatArray, way: FloatArray) -> FloatArray:
        """Return places (K, 2) of a plan, taken back towards its way (M, 2) as far as they come into regions to avoid.

        Neighbours of what is taken back follow, so that the plan bends rather than breaks. Ends stay.
        """
        if self.region is None:
            return places
        nearest = way[cKDTree(way).query(places)[1]]
        shares = np.ones(len(places))
        for k in range(len(places)):
            offset = places[k] - nearest[k]
            line = nearest[k] + np.arange(0.0, 1.0 + STEP, STEP)[:, None] * offset
            inside = self.near(line) < MARGIN
            inside &= np.arange(len(line)) > 0  # where the way itself has to cross, one keeps to the way
            if inside.any():
                shares[k] = EASE * STEP * (int(inside.argmax()) - 1)
        around = np.pad(shares, 2, mode="edge")
        calmed = np.minimum(shares, (around[:-4] + around[1:-3] + around[2:-2] + around[3:-1] + around[4:]) / 5.0)
        kept: FloatArray = nearest + calmed[:, None] * (places - nearest)
        kept[0], kept[-1] = places[0], places[-1]
        return kept

    def crosses(self, places: FloatArray) -> bool:
        """Return whether a line (K, 2) comes into a region to avoid."""
        pieces = np.linspace(0.0, 1.0, 9)[:, None, None]
        return bool((self.near((places[:-1] + pieces * np.diff(places, axis=0)).reshape(-1, 2)) < 0.0).any())

    def turn_along(self, position: FloatArray, desired: FloatArray) -> FloatArray:
        """Return desired velocities (N, 2) of people at `position` (N, 2) who do not step into regions to avoid."""
        if self.region is None:
            return desired
        return turn_along(self.region, self.origin, self.cell, position, desired)

    def _signed(self, polygons: Sequence[FloatArray]) -> Float32Array:
        """Return metres to the union of polygons at all nodes, negative inside, within +-REACH."""
        union = shapely.union_all([Polygon(points) for points in polygons])
        parts = list(getattr(union, "geoms", [union]))
        rings = [shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)]
        segments = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
        height, width = self.distance.shape
        inside: Float32Array = rasterise(segments, self.origin, self.cell, height, width, REACH)
        return -inside


@compiled
def turn_along(
    region: Float32Array, origin: FloatArray, cell: float, position: FloatArray, desired: FloatArray
) -> FloatArray:
    """Return `desired` (N, 2), turned along regions by those nearer to one than SHY, at the same pace."""
    result = desired.copy()
    for i in range(len(position)):
        off, gx, gy = wall_at(region, origin, cell, position[i, 0], position[i, 1])
        norm = math.sqrt(gx * gx + gy * gy)
        if off <= 0.0 or off >= SHY or norm < 0.5:
            continue
        gx, gy = gx / norm, gy / norm
        inward = -(desired[i, 0] * gx + desired[i, 1] * gy)
        pace = math.sqrt(desired[i, 0] ** 2 + desired[i, 1] ** 2)
        if inward <= 0.0 or inward > 0.9 * pace:  # who goes straight in has no other way
            continue
        share = 1.0 - off / SHY
        x, y = desired[i, 0] + share * inward * gx, desired[i, 1] + share * inward * gy
        scale = pace / max(1e-9, math.sqrt(x * x + y * y))
        result[i, 0], result[i, 1] = scale * x, scale * y
    return result


@compiled
def follow(
    distance: Float32Array,
    sight: Float32Array,
    origin: FloatArray,
    cell: float,
    way: WayArray,
    start: FloatArray,
    goal: FloatArray,
    reach: float,
    clearance: float,
) -> FloatArray:
    """Return the points (K, 2) from `start` to `goal` along `way`, straight once the goal is within `reach` in sight.

    As `trace`, but walls (`distance`) are kept away from and regions (`sight`) only looked round.
    """
    points = [(start[0], start[1])]
    x, y = start
    step = 2.0 * cell
    for _ in range(20_000):
        left = math.sqrt((goal[0] - x) ** 2 + (goal[1] - y) ** 2)
        if left < step:
            break
        if left < 3.0 * step or (left <= reach and sees(sight, origin, cell, x, y, goal[0], goal[1], clearance + 0.05)):
            count = math.ceil(left / step)
            for k in range(1, count):
                points.append((x + (goal[0] - x) * k / count, y + (goal[1] - y) * k / count))
            break
        wx, wy = way_at(way, origin, cell, x, y)
        if wx == 0.0 and wy == 0.0:  # the field's own goal, from which this one is to be seen
            break
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
