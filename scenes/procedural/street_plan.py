"""The plan of a shopping street: one main street, streets and lanes that leave it, crossings, parking bays, lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from scenes.procedural.town import Lot, divide
from scenes.scene import FloatArray

ROAD = -0.07  # m, the carriageway lies this much below the sidewalk
STRIP = 2.1  # m, along the carriageway: parking bays, or trees and lamps between them
BAY = 5.3  # m, length of a parking bay
CROSSING = 4.0  # m, width of the main crossings
SIDE_CROSSING = 3.0  # m, of those over side roads
CORNER = 2.2  # m, radius of the kerb where streets meet
ARCH = 3.0  # m, depth of the house over the end of a street
MAIN_NAMES = ("high street", "market street", "king street", "queen street", "harbour street", "temple street")
ROAD_NAMES = ("station road", "church road", "bridge road", "park road", "castle road", "college road", "mill road")
LANE_NAMES = ("mill lane", "garden lane", "school lane", "abbey lane", "orchard lane", "lantern lane", "silk lane")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A path (K, 2) in metres that is measured along it."""

    points: FloatArray

    @property
    def length(self) -> float:
        """Return its length, metres."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())

    def at(self, along: float, left: float = 0.0) -> tuple[float, float, float]:
        """Return x, y and heading `along` metres from the start, shifted to the left by `left`."""
        legs = np.diff(self.points, axis=0)
        lengths = np.hypot(*legs.T)
        starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        leg = int(np.clip(np.searchsorted(starts, along, side="right") - 1, 0, len(legs) - 1))
        t = legs[leg] / lengths[leg]
        x, y = self.points[leg] + (along - starts[leg]) * t + left * np.array([-t[1], t[0]])
        return float(x), float(y), float(np.arctan2(t[1], t[0]))

    def band(self, start: float, end: float, near: float, far: float) -> Polygon:
        """Return the ground between two places along the line and two distances to its left."""
        bends = np.cumsum(np.linalg.norm(np.diff(self.points, axis=0), axis=1))[:-1]
        stops = [start, *(float(b) for b in bends if start < b < end), end]
        mitred = LineString([self.at(s)[:2] for s in stops])
        low, high = sorted((near, far))
        sides = [shapely.get_coordinates(mitred.offset_curve(d, join_style="mitre")) for d in (low, high)]
        return Polygon(np.vstack([sides[0], sides[1][::-1]]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branch:
    """A street that leaves the main street.

    Attributes:
        name: as people call it.
        line: from the middle of the main street outwards.
        width: between its facades, metres.
        lane: half of its carriageway, metres; 0 for pedestrians alone.
        start: metres along the main street. side: 1.0 left of it, -1.0 right, 0.0 at an end without a T.
    """

    name: str
    line: Line
    width: float
    lane: float
    start: float
    side: float

    @property
    def ground(self) -> Polygon:
        """Return the ground between its facades."""
        return LineString(self.line.points).buffer(self.width / 2, cap_style="flat", join_style="mitre")

    def road(self) -> Polygon:
        """Return its carriageway and a little beyond its end, empty in a lane."""
        path = LineString(_extended(self.line, 0.0, 6.0))
        return path.buffer(self.lane, cap_style="flat", join_style="mitre")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossing:
    """Where one crosses a carriageway: its ground, its middle (x, y), and the heading of the traffic."""

    name: str
    ground: Polygon
    middle: tuple[float, float]
    heading: float
    main: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetPlan:
    """Everything that is decided before anything is built.

    Attributes:
        line: middle of the main street. lane: half of its lanes. half: from its middle to the facades, metres.
        ground: all free ground. road: all carriageways, the bays among them. bays: x, y, heading each.
        stop: s from, s to and side of the stretch kept for the bus, metres along the line.
        market: side of the main street on which market tables stand instead of cars, or 0.
    """

    name: str
    line: Line
    lane: float
    half: float
    branches: tuple[Branch, ...]
    ground: Polygon
    road: BaseGeometry
    crossings: tuple[Crossing, ...]
    bays: tuple[tuple[float, float, float], ...]
    parking: BaseGeometry
    stop: tuple[float, float, float]
    market: float
    regions: tuple[tuple[str, Polygon], ...]
    lots: tuple[Lot, ...]

    @property
    def walk(self) -> BaseGeometry:
        """Return sidewalks, lanes and crossings."""
        crossings = shapely.union_all([c.ground.buffer(0.03, join_style="mitre") for c in self.crossings])
        return self.ground.difference(self.road).union(crossings)

    @property
    def footway(self) -> float:
        """Return the width between facade and strip, metres."""
        return self.half - self.lane - STRIP


def _turn(heading: float) -> FloatArray:
    return np.array([np.cos(heading), np.sin(heading)])


def _draw_branch(
    rng: np.random.Generator, line: Line, start: float, side: float, name: str, lane: bool, half: float
) -> Branch:
    """Return a lane or a road that leaves the main street at `start` to one side."""
    x, y, heading = line.at(start)
    first = heading + side * np.radians(rng.uniform(74.0, 106.0))
    reach = half + rng.uniform(15.0, 21.0)
    points = [np.array([x, y]), np.array([x, y]) + reach * _turn(first)]
    if rng.random() < 0.6:
        second = first + rng.choice((-1.0, 1.0)) * np.radians(rng.uniform(25.0, 60.0))
        points.append(points[-1] + rng.uniform(11.0, 15.0) * _turn(second))
    width = rng.uniform(4.6, 6.4) if lane else rng.uniform(10.4, 11.4)
    return Branch(
        name=name,
        line=Line(points=np.array(points)),
        width=float(width),
        lane=0.0 if lane else 2.8,
        start=start,
        side=side,
    )


def _draw_end(rng: np.random.Generator, line: Line, start: float, side: float, name: str, tee: bool) -> Branch:
    """Return the road into which the main street turns at one of its ends."""
    x, y, heading = line.at(start)
    way = heading + side * np.radians(rng.uniform(78.0, 102.0))
    points = np.array([(x, y), np.array([x, y]) + rng.uniform(28.0, 33.0) * _turn(way)])
    return Branch(name=name, line=Line(points=points), width=13.0, lane=3.0, start=start, side=side if tee else 0.0)


def _draw_branches(rng: np.random.Generator, line: Line, half: float) -> tuple[Branch, ...]:
    roads, lanes = iter(rng.permutation(ROAD_NAMES).tolist()), iter(rng.permutation(LANE_NAMES).tolist())
    length = line.length
    found: list[Branch] = []
    for start in (0.0, length):
        side = float(rng.choice((-1.0, 1.0)))
        tee = bool(rng.random() < 0.4) and len(found) < 2  # one T at most
        found.append(_draw_end(rng, line, start, side, next(roads), tee))
        if tee:
            found.append(_draw_end(rng, line, start, -side, next(roads), tee))
    count, taken = int(rng.integers(2, 5)), []
    with_cars = int(rng.integers(0, 2)) if count < 4 else 1
    for k in range(count):
        start = float(rng.uniform(24.0, length - 24.0))
        side = float(rng.choice((-1.0, 1.0)))
        taken.append(start)
        lane = k >= with_cars
        found.append(_draw_branch(rng, line, start, side, next(lanes) if lane else next(roads), lane, half))
    return tuple(found)


def _apart(branches: Sequence[Branch]) -> bool:
    """Tell whether there is room for houses between all branches."""
    for a, b in combinations(branches, 2):
        if a.start == b.start:
            continue
        if a.ground.distance(b.ground) < (11.0 if a.side * b.side >= 0 else 4.0):
            return False
    return True


def _extended(line: Line, before: float, after: float) -> FloatArray:
    points = line.points.copy()
    first, last = points[1] - points[0], points[-1] - points[-2]
    points[0] -= before * first / np.hypot(*first)
    points[-1] += after * last / np.hypot(*last)
    return points


def _place_crossings(
    rng: np.random.Generator, line: Line, lane: float, branches: Sequence[Branch], road: BaseGeometry
) -> list[Crossing] | None:
    """Return the main crossings and those over side roads, or None where there is no room."""
    found, length = [], line.length
    count = 1 if length < 105 or rng.random() < 0.5 else 2
    for k in range(count):
        for _ in range(60):
            s = (
                float(rng.uniform(16.0, length - 16.0))
                if count == 1
                else float(rng.uniform(15.0, 0.4 * length) if k == 0 else rng.uniform(0.6 * length, length - 15.0))
            )
            near = [b for b in branches if abs(b.start - s) < CROSSING / 2 + b.width / 2 + 2.5]
            bends = np.cumsum(np.linalg.norm(np.diff(line.points, axis=0), axis=1))[:-1]
            if not near and np.all(np.abs(bends - s) > 5.0):
                break
        else:
            return None
        x, y, heading = line.at(s)
        found.append(
            Crossing(
                name="crossing" if count == 1 else ("west crossing", "east crossing")[k],
                ground=line.band(s - CROSSING / 2, s + CROSSING / 2, -lane, lane),
                middle=(x, y),
                heading=heading,
                main=True,
            )
        )
    for branch in branches:
        if branch.lane == 0.0 or branch.side == 0.0:
            continue
        first = branch.side * (lane + STRIP + 0.4)
        last = first + branch.side * SIDE_CROSSING
        band = line.band(0.0, length, first, last)
        if branch.start in (0.0, length):
            wide = Line(points=_extended(line, 12.0, 12.0))
            band = wide.band(0.0, length + 24.0, first, last)
        shape = band.intersection(road)
        parts = [p for p in shapely.get_parts(shape) if p.distance(LineString(branch.line.points)) < 0.1]
        if not parts:
            return None
        ground = max(parts, key=lambda part: part.area)
        x, y = ground.centroid.coords[0]
        heading = branch.line.at(1.0)[2]
        found.append(
            Crossing(name=f"{branch.name} crossing", ground=ground, middle=(x, y), heading=heading, main=False)
        )
    return found


def _place_bays(
    rng: np.random.Generator, plan_line: Line, lane: float, branches: Sequence[Branch], crossings: Sequence[Crossing]
) -> tuple[list[tuple[float, float, float]], list[Polygon], tuple[float, float, float], float]:
    """Return the bays (x, y, heading), the strips they take, the stretch of the bus stop, and the market's side."""
    length, middle = plan_line.length, lane + STRIP / 2
    taken = [c.ground.buffer(3.2) for c in crossings if c.main] + [b.ground.buffer(2.6) for b in branches]
    bends = np.cumsum(np.linalg.norm(np.diff(plan_line.points, axis=0), axis=1))[:-1]

    def free(a: float, b: float, side: float) -> bool:
        spot = plan_line.band(a, b, side * (middle - 0.9), side * (middle + 0.9))
        return not any(spot.intersects(other) for other in taken) and not any(a - 1 < bend < b + 1 for bend in bends)

    stops = [
        (a, a + 11.0, side)
        for side in (-1.0, 1.0)
        for a in np.arange(12.0, length - 24.0, 2.0).tolist()
        if free(a, a + 11.0, side)
    ]
    stop = stops[int(rng.integers(len(stops)))] if stops else (0.0, 0.0, 0.0)
    bays, strips = [], []
    market = float(rng.choice((-1.0, 0.0, 1.0), p=(0.15, 0.7, 0.15)))
    for side in (-1.0, 1.0):
        if side == market:
            continue
        s = 10.0
        while s < length - 14.0:
            run = int(rng.integers(2, 5))
            while run and not (
                free(s, s + run * BAY, side)
                and not (stop[2] == side and s < stop[1] + 1.5 and s + run * BAY > stop[0] - 1.5)
            ):
                run -= 1
            if not run:
                s += 1.0
                continue
            strips.append(plan_line.band(s, s + run * BAY, side * (lane - 0.01), side * (lane + STRIP)))
            for k in range(run):
                x, y, heading = plan_line.at(s + (k + 0.5) * BAY, side * middle)
                bays.append((x, y, heading if side < 0 else heading + np.pi))
            s += run * BAY + rng.uniform(3.6, 6.0)
    return bays, strips, (float(stop[0]), float(stop[1]), float(stop[2])), market


def draw_street(rng: np.random.Generator) -> StreetPlan:
    """Return a plan whose branches keep clear of one another."""
    while (plan := _draw_plan(rng)) is None:
        continue
    return plan


def _draw_plan(rng: np.random.Generator) -> StreetPlan | None:
    length = rng.uniform(84.0, 112.0)
    bend = np.radians(rng.uniform(2.0, 11.0)) * rng.choice((-1.0, 1.0))
    share = rng.uniform(0.35, 0.65)
    points = [np.zeros(2), share * length * _turn(-bend / 2)]
    points.append(points[1] + (1 - share) * length * _turn(bend / 2))
    line = Line(points=np.array(points) - np.mean(points, axis=0))
    lane = float(rng.uniform(3.0, 3.3))
    half = lane + STRIP + float(rng.uniform(3.9, 4.7))
    branches = _draw_branches(rng, line, half)
    if not _apart(branches):
        return None
    ends = [max(b.width for b in branches if b.start == s) / 2 for s in (0.0, line.length)]
    lanes = [max(b.lane for b in branches if b.start == s) for s in (0.0, line.length)]
    main = LineString(_extended(line, *ends)).buffer(half, cap_style="flat", join_style="mitre")
    ground = shapely.union_all([main, *(b.ground for b in branches)]).simplify(1e-6)
    if not isinstance(ground, Polygon) or len(ground.interiors):
        return None
    main_road = LineString(_extended(line, *lanes)).buffer(lane, cap_style="flat", join_style="mitre")
    road = shapely.union_all([main_road, *(b.road() for b in branches if b.lane)])
    road = road.buffer(CORNER, quad_segs=5).buffer(-2 * CORNER, quad_segs=5).buffer(CORNER, quad_segs=5)
    road = road.simplify(0.01).intersection(ground)  # round where streets meet
    crossings = _place_crossings(rng, line, lane, branches, road)
    if crossings is None:
        return None
    bays, strips, stop, market = _place_bays(rng, line, lane, branches, crossings)
    if len(bays) < 4 or stop[2] == 0.0:
        return None
    parking = shapely.union_all(strips).difference(road)
    name = str(rng.choice(MAIN_NAMES))
    regions = _name_regions(name, line, main, half, branches, crossings)
    if regions is None:
        return None
    grounds = [(title, polygon) for title, polygon in regions if "crossing" not in title]
    return StreetPlan(
        name=name,
        line=line,
        lane=lane,
        half=half,
        branches=branches,
        ground=ground,
        road=road.union(parking).simplify(1e-6),
        crossings=tuple(crossings),
        bays=tuple(bays),
        parking=parking,
        stop=stop,
        market=market,
        regions=regions,
        lots=divide(rng, ground, grounds, frontage=8.9),
    )


def _name_regions(
    name: str, line: Line, main: Polygon, half: float, branches: Sequence[Branch], crossings: Sequence[Crossing]
) -> tuple[tuple[str, Polygon], ...] | None:
    """Return the regions by name, none over another: both sides of the main street, the branches, the crossings."""
    left = Line(points=_extended(line, 20.0, 20.0)).band(0.0, line.length + 40.0, 0.0, half + 5.0)
    north = float(np.cos(line.at(line.length / 2)[2])) > 0.0
    names = ("north", "south") if north else ("south", "north")
    zebra = shapely.union_all([c.ground for c in crossings if c.main])
    found = [
        (f"{name}, {names[0]} side", main.intersection(left).difference(zebra)),
        (f"{name}, {names[1]} side", main.difference(left).difference(zebra)),
    ]
    found += [(c.name, c.ground) for c in crossings if c.main]
    taken: BaseGeometry = main
    for branch in branches:
        rest = branch.ground.difference(taken)
        parts = [p for p in shapely.get_parts(rest) if p.area > 1e-6]
        if len(parts) != 1:
            return None
        found.append((branch.name, parts[0]))
        taken = taken.union(branch.ground)
    if any(polygon.geom_type != "Polygon" for _, polygon in found):
        return None
    return tuple((title, cast(Polygon, polygon)) for title, polygon in found)
