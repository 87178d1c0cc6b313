"""The plan of a small town centre: a square, lanes that leave it and bend, a road along one side, lots to build on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box

from scenes.scene import FloatArray

NORTH, SOUTH = 18.0, -18.0  # m, facades of the square
KERB, CURB_SOUTH = -9.8, -16.0  # m, the two sides of the road
OPEN_ZONE = (-13.0, -5.5, 13.0, 14.0)  # m, west, south, east, north: nothing stands here
BAY = (5.6, 2.1)  # m, length and width of a parking bay
ARCH_DEPTH = 2.6  # m, of the gateway at the end of each street
STREET_NAMES = (
    "mill lane", "church street", "station road", "garden lane", "castle street", "school lane", "harbour street",
    "bridge street", "abbey lane", "king street", "orchard lane", "river street",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Street:
    """A street: its middle line (K, 2) from within the square outwards, and the ground between its facades."""

    name: str
    path: FloatArray
    width: float
    ground: Polygon

    def inside(self) -> tuple[float, float]:
        """Return the point (x, y) under the gateway at the end."""
        along = self.path[-1] - self.path[-2]
        x, y = self.path[-1] - 1.4 * along / np.hypot(*along)
        return float(x), float(y)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lot:
    """Ground for one house.

    Attributes:
        ground: what the house covers.
        front: (2, 2) ends of its front, the free ground to the left of front[0] -> front[1].
        region: name of the street or square that it looks on.
    """

    ground: Polygon
    front: FloatArray
    region: str

    def width(self) -> float:
        """Return the length of the front in metres."""
        return float(np.hypot(*(self.front[1] - self.front[0])))

    def out(self) -> FloatArray:
        """Return the unit normal (2,) of the front, towards the free ground."""
        along = (self.front[1] - self.front[0]) / self.width()
        return np.array([-along[1], along[0]])

    def shop_width(self) -> float:
        """Return the width of the shop front that the lot has room for, metres."""
        return min(self.width() - 0.5, 6.5)

    def before(self, distance: float, side: float = 0.0) -> FloatArray:
        """Return the point (2,) `distance` metres in front of the middle, shifted to the viewer's right by `side`."""
        along = (self.front[1] - self.front[0]) / self.width()
        point: FloatArray = self.front.mean(axis=0) + distance * self.out() - side * along
        return point


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Town:
    """Everything that is decided before anything is built; metres, the middle of the square near the origin."""

    square: Polygon
    streets: tuple[Street, ...]
    ground: Polygon
    lots: tuple[Lot, ...]
    road: Polygon
    crosswalk: Polygon

    def bays(self) -> list[Polygon]:
        """Return the parking bays along the south side of the road, clear of the crosswalk."""
        length, width = BAY
        west, _, east, _ = self.crosswalk.buffer(2.4, join_style="mitre").bounds
        starts = [*np.arange(-19.0, west - length, length), *np.arange(east, 21.0 - length, length)]
        return [box(x, CURB_SOUTH, x + length, CURB_SOUTH + width) for x in starts]


def _lane(
    name: str, mouth: Sequence[float], heading: float, legs: Sequence[float], turn: float, width: float
) -> Street:
    """Return a street of two legs that leaves the square at `mouth` with a heading and then turns, radians."""
    first = np.array([np.cos(heading), np.sin(heading)])
    second = np.array([np.cos(heading + turn), np.sin(heading + turn)])
    start = np.asarray(mouth, dtype=np.float64)
    bend = start + legs[0] * first
    path = np.array([start - 0.5 * first, bend, bend + legs[1] * second])
    return Street(
        name=name,
        path=path,
        width=width,
        ground=LineString(path).buffer(width / 2, cap_style="flat", join_style="mitre"),
    )


def _draw_streets(rng: np.random.Generator, half: float) -> tuple[Street, ...]:
    """Return four or five streets round a square of half-width `half`; the last carries the road."""
    names = iter(rng.permutation(STREET_NAMES).tolist())

    def bent(mouth: Sequence[float], heading: float, side: float, width: float | None = None) -> Street:
        legs = (rng.uniform(9.0, 12.0), rng.uniform(14.5, 18.0))
        turn = side * np.radians(rng.uniform(68.0, 90.0))
        return _lane(next(names), mouth, heading, legs, turn, rng.uniform(5.0, 6.6) if width is None else width)

    streets = []
    if rng.random() < 0.5:
        streets.append(bent((-rng.uniform(7.0, 12.0), NORTH), np.pi / 2, 1.0))
        streets.append(bent((rng.uniform(7.0, 12.0), NORTH), np.pi / 2, -1.0))
    else:
        streets.append(bent((rng.uniform(-8.0, 8.0), NORTH), np.pi / 2, rng.choice((-1.0, 1.0))))
    mouth = (-half, rng.uniform(0.0, 8.0))
    if rng.random() < 0.5:
        legs = (rng.uniform(16.0, 20.0), rng.uniform(7.5, 8.5))
        streets.append(_lane(next(names), mouth, np.pi, legs, rng.choice((-1, 1)) * np.pi / 2, rng.uniform(5.0, 6.6)))
    else:
        streets.append(bent(mouth, np.pi, rng.choice((-1.0, 1.0))))
    streets.append(bent((rng.uniform(-7.0, 8.0), SOUTH), -np.pi / 2, rng.choice((-1.0, 1.0))))
    streets.append(bent((half, (KERB + CURB_SOUTH) / 2), 0.0, rng.choice((-1.0, 1.0)), KERB - CURB_SOUTH))
    return tuple(streets)


def _edges(ground: Polygon) -> FloatArray:
    """Return the edges (E, 2, 2) of the outline, free ground to the left."""
    ring = shapely.get_coordinates(shapely.orient_polygons(ground).exterior)
    return np.stack([ring[:-1], ring[1:]], axis=1)


def divide(
    rng: np.random.Generator, ground: Polygon, regions: Sequence[tuple[str, Polygon]], *, frontage: float = 7.2
) -> tuple[Lot, ...]:
    """Return lots that line the whole outline of the ground, none over another, with fronts of about `frontage` m."""
    edges = _edges(ground)
    lots: list[Lot] = []
    built = Polygon()
    middles = edges.mean(axis=1)
    along = edges[:, 1] - edges[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    inside = shapely.points(middles + 0.3 * np.column_stack([-along[:, 1], along[:, 0]]))
    owner = [min(range(len(regions)), key=lambda k: regions[k][1].distance(point)) for point in inside]
    for index in sorted(range(len(edges)), key=lambda i: owner[i]):
        (p, q), t = edges[index], along[index]
        after = along[(index + 1) % len(edges)]
        convex = t[0] * after[1] - t[1] * after[0] > 0.3
        rest = LineString([p, q]).difference(built.buffer(1e-6))
        for piece in shapely.get_parts(rest):
            if piece.length < 0.05:
                continue
            ends = shapely.get_coordinates(piece)[[0, -1]]
            if (ends[1] - ends[0]) @ t < 0:
                ends = ends[::-1]
            count = max(1, round(piece.length / frontage))
            cuts = np.arange(count + 1) / count
            cuts[1:-1] += rng.uniform(-0.08, 0.08, count - 1) / max(count / 2, 1)
            fronts = ends[0] + cuts[:, None] * (ends[1] - ends[0])
            for k, (a, b) in enumerate(pairwise(fronts)):
                depth = rng.uniform(7.0, 9.0)
                back = depth * np.array([t[1], -t[0]])
                end = b + 8.0 * t if convex and k == count - 1 and np.allclose(b, q) else b
                whole, taken = Polygon([a, end, end + back, a + back]), ground.union(built)
                strip = whole.difference(taken)
                if strip.is_empty:  # edges that all but coincide can lose a strip; on a grid they do coincide
                    strip = shapely.difference(whole, taken, grid_size=1e-6)
                middle = shapely.Point((a + b) / 2)
                parts = [part for part in shapely.get_parts(strip) if part.distance(middle) < 1e-3]
                if not parts:
                    continue
                house = shapely.orient_polygons(parts[0].simplify(1e-6))
                lots.append(Lot(ground=house, front=np.array([a, b]), region=regions[owner[index]][0]))
                built = built.union(house)
    return tuple(lots)


def draw_town(rng: np.random.Generator) -> Town:
    """Return a plan: streets that keep clear of one another, and lots along everything."""
    half = 22.0 + rng.uniform(0.0, 1.0)
    square = box(-half, SOUTH, half, NORTH)
    while True:
        streets = _draw_streets(rng, half)
        if all(a.ground.distance(b.ground) > 5.0 for a, b in combinations(streets, 2)):
            break
    ground = cast(Polygon, shapely.union_all([square, *(street.ground for street in streets)]).simplify(1e-6))
    road = cast(Polygon, box(-19.5, CURB_SOUTH, half, KERB).union(streets[-1].ground))
    x = float(streets[-2].path[0, 0])
    regions = [("square", square), *((street.name, street.ground) for street in streets)]
    return Town(
        square=square,
        streets=streets,
        ground=ground,
        lots=divide(rng, ground, regions),
        road=road,
        crosswalk=box(x - 1.6, CURB_SOUTH, x + 1.6, KERB),
    )
