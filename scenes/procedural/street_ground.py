"""The ground of a street: asphalt, kerbs, gutters, paving, crossings with ramps, tactile paving, markings, covers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Draft, Part
from scenes.procedural.geometry import join, panels, sheet, wall
from scenes.procedural.street_plan import CROSSING, ROAD, Crossing, Line, StreetPlan
from scenes.procedural.surface import asphalt, blisters, paving, yard
from scenes.procedural.texture import slabs, speckle
from scenes.scene import FloatArray, Material, Mesh

KERB = 0.16  # m, width of the stones
GUTTER = 0.32  # m
RAMP = 0.7  # m, from the carriageway up to a crossing
PAINT = 0.009  # m above what it is painted on


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paint:
    """Materials of the ground."""

    asphalt: Material
    patch: Material
    bays: Material
    walk: Material
    lane: Material
    kerb: Material
    gutter: Material
    white: Material
    tactile: Material
    iron: Material
    yard: Material

    @staticmethod
    def draw(rng: np.random.Generator) -> Paint:
        """Return materials drawn from `rng`: what a city laid."""
        road = asphalt(rng)
        walk = (
            ((0.66, 0.645, 0.615), 8, 6),
            ((0.60, 0.595, 0.585), 6, 6),
            ((0.69, 0.65, 0.59), 12, 8),
        )[int(rng.integers(3))]
        lane = ((0.56, 0.53, 0.50), (0.60, 0.48, 0.42), (0.50, 0.50, 0.51))[int(rng.integers(3))]
        yellow = (0.80, 0.69, 0.32) if rng.random() < 0.6 else (0.80, 0.79, 0.76)
        worn = speckle(rng, (0.88, 0.88, 0.85), size=256, fine=0.08, coarse=0.07)
        return Paint(
            asphalt=Material(texture=road),
            patch=Material(color=(0.72, 0.72, 0.74), texture=road),
            bays=Material(texture=paving(rng, (0.42, 0.41, 0.41), rows=16, columns=12, size=256)),
            walk=Material(texture=paving(rng, walk[0], rows=walk[1], columns=walk[2])),
            lane=Material(texture=paving(rng, lane, rows=16, columns=12, size=256)),
            kerb=Material(texture=slabs(rng, (0.70, 0.69, 0.67), rows=1, columns=1, joint=0.6, spread=0.05)),
            gutter=Material(texture=slabs(rng, (0.52, 0.51, 0.50), rows=8, columns=8, joint=0.7, spread=0.06)),
            white=Material(texture=worn),
            tactile=Material(texture=blisters(rng, yellow)),
            iron=Material(texture=_cover(rng), specular=0.15),
            yard=Material(texture=yard(rng)),
        )


def _cover(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a manhole cover with a pattern of lugs in a round frame, the asphalt round it, 256 pixels."""
    y, x = np.mgrid[0:256, 0:256] / 128.0 - 1.0
    radius = np.hypot(x, y)
    lugs = ((np.floor(x * 9) + np.floor(y * 9)) % 2) * 0.08
    tone = np.where(radius < 0.8, 0.30 + lugs, np.where(radius < 0.86, 0.16, np.where(radius < 0.96, 0.36, 0.33)))
    tone = tone * rng.normal(1.0, 0.05, (256, 256))
    picture = np.clip(tone[..., None] * np.array((1.0, 0.98, 0.95)), 0, 1)
    return np.asarray((picture * 255).astype(np.uint8))


def _outline(shape: BaseGeometry) -> list[FloatArray]:
    """Return the rings (K, 2) of polygons, their ground to the left."""
    rings = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            oriented = shapely.orient_polygons(part)
            rings += [shapely.get_coordinates(ring) for ring in (oriented.exterior, *oriented.interiors)]
    return rings


def _curbs(road: BaseGeometry, ground: Polygon) -> Mesh:
    """Return the upright faces of the kerb, which look at the carriageway."""
    inside = ground.buffer(-0.05)
    faces = []
    for ring in _outline(road):
        for a, b in pairwise(ring):
            middle = shapely.Point((a + b) / 2)
            length = float(np.hypot(*(b - a)))
            if length > 1e-3 and inside.contains(middle):
                faces.append(wall(a, b, ROAD, 0.0, (length, 0.1)))
    return join(faces)


def _cross(crossing: Crossing) -> tuple[Mesh, BaseGeometry]:
    """Return the ramps of a crossing, and its stripes."""
    x, y = crossing.middle
    t = np.array([np.cos(crossing.heading), np.sin(crossing.heading)])
    n = np.array([-t[1], t[0]])
    outline = shapely.get_coordinates(crossing.ground.exterior)[:-1] - (x, y)
    along, across = outline @ t, outline @ n
    reach, half = float(across.max()), float(along.max())
    bars = []
    for v in np.arange(-reach + 0.35, reach - 0.3, 1.0):
        bar = [(-half, v), (half, v), (half, v + 0.5), (-half, v + 0.5)]
        bars.append(Polygon([np.array([x, y]) + u * t + w * n for u, w in bar]))
    stripes = shapely.union_all(bars).intersection(crossing.ground.buffer(-0.05))
    ramps = []
    for ring_edge in _edges(crossing.ground):
        a, b = ring_edge
        direction = (b - a) / np.hypot(*(b - a))
        if abs(direction @ n) < 0.6:
            continue
        out = np.array([direction[1], -direction[0]]) * RAMP
        corners = np.array([(*(a + out), ROAD), (*(b + out), ROAD), (*b, 0.0), (*a, 0.0)])
        width = float(np.hypot(*(b - a)))
        ramps.append(panels([corners], [[(0, 0), (width / 6, 0), (width / 6, 0.12), (0, 0.12)]]))
        for end, sign in ((a, -1), (b, 1)):  # their flanks
            flank = [(*end, ROAD), (*(end + out), ROAD), (*end, 0.0)]
            ramps.append(panels([np.array(flank if sign > 0 else flank[::-1])], [[(0, 0), (0.1, 0), (0, 0.1)]]))
    return join(ramps), stripes


def _edges(ground: Polygon) -> list[FloatArray]:
    ring = shapely.get_coordinates(shapely.orient_polygons(ground).exterior)
    return [np.array([a, b]) for a, b in pairwise(ring) if np.hypot(*(b - a)) > 0.5]


def _tactile(crossing: Crossing, walk: BaseGeometry) -> BaseGeometry:
    """Return strips 0.6 m deep on the sidewalks at both ends of a crossing."""
    t = np.array([np.cos(crossing.heading), np.sin(crossing.heading)])
    wide = crossing.ground.buffer(KERB + 0.6, join_style="mitre").difference(
        crossing.ground.buffer(KERB, join_style="mitre")
    )
    half = (CROSSING if crossing.main else 3.0) / 2
    n = np.array([-t[1], t[0]]) * 20.0
    x, y = crossing.middle
    band = LineString([np.array([x, y]) - n, np.array([x, y]) + n]).buffer(half, cap_style="flat")
    return wide.intersection(band).intersection(walk)


def _dashes(line: Line, left: float, start: float, end: float, dash: float, gap: float) -> list[Polygon]:
    starts: list[float] = np.arange(start, end - dash, dash + gap).tolist()
    return [line.band(s, min(s + dash, end), left - 0.06, left + 0.06) for s in starts]


def lay_ground(rng: np.random.Generator, draft: Draft, plan: StreetPlan, paint: Paint) -> dict[str, int]:
    """Add everything that lies flat; return the instances of the crossings by name."""
    crossings = shapely.union_all([c.ground for c in plan.crossings])
    lanes = shapely.union_all([polygon for name, polygon in plan.regions if name.endswith("lane")])
    carriage = plan.road.difference(plan.parking).difference(crossings)
    walk = plan.ground.difference(plan.road)
    edge = plan.road.buffer(KERB, join_style="mitre").difference(plan.road).intersection(plan.ground)
    edge = edge.difference(crossings)
    gutter = carriage.intersection(plan.road.boundary.buffer(GUTTER, cap_style="flat")).difference(
        crossings.buffer(RAMP + 0.05)
    )
    tactile = shapely.union_all([_tactile(c, walk.difference(edge)) for c in plan.crossings])
    side = walk.difference(edge).difference(lanes).difference(tactile)
    draft.add(
        "terrain",
        "ground",
        "Background",
        [Part(mesh=sheet(box(*plan.ground.buffer(70.0).bounds), -0.12, 12.0), material=paint.yard)],
    )
    for name, label, semantic, ground, z, material, tile in (
        ("road", "road", "Road", carriage.difference(gutter), ROAD, paint.asphalt, 6.0),
        ("gutter", "gutter", "Road", gutter, ROAD, paint.gutter, 0.9),
        ("parking", "parking", "Parking", plan.parking, ROAD, paint.bays, 1.9),
        ("sidewalk", "sidewalk", "SideWalk", side, 0.0, paint.walk, 3.2),
        ("lane paving", "paving", "SideWalk", walk.intersection(lanes), 0.0, paint.lane, 2.2),
        ("kerb", "kerb", "SideWalk", edge, 0.0, paint.kerb, 1.0),
        ("tactile paving", "tactile paving", "SideWalk", tactile, 0.0, paint.tactile, 0.8),
    ):
        draft.add(name, label, semantic, [Part(mesh=sheet(ground, z, tile), material=material)])
    draft.add("kerb faces", "kerb", "SideWalk", [Part(mesh=_curbs(plan.road, plan.ground), material=paint.kerb)])
    instances = {}
    for crossing in plan.crossings:
        ramps, stripes = _cross(crossing)
        parts = [
            Part(mesh=sheet(crossing.ground, 0.0, 6.0), material=paint.asphalt),
            Part(mesh=ramps, material=paint.asphalt, solid=False),
            Part(mesh=sheet(stripes, PAINT, 1.5), material=paint.white, solid=False),
        ]
        instances[crossing.name] = draft.add(crossing.name, "crosswalk", "CrossWalk", parts)
    _mark(rng, draft, plan, paint, carriage.difference(crossings.buffer(RAMP + 0.1)))
    return instances


def _mark(rng: np.random.Generator, draft: Draft, plan: StreetPlan, paint: Paint, carriage: BaseGeometry) -> None:
    """Add dashes, stop lines, bay lines, patches, and covers of shafts."""
    line, lane = plan.line, plan.lane
    marks = _dashes(line, 0.0, -4.0, line.length + 4.0, 2.0, 2.5)
    for branch in plan.branches:
        if branch.lane:
            marks += _dashes(branch.line, 0.0, lane + 5.0, branch.line.length, 1.5, 1.5)
    keep = shapely.union_all([c.ground.buffer(2.2) for c in plan.crossings])
    lines = shapely.union_all(marks).difference(keep)
    stops = []
    for crossing in plan.crossings:
        if not crossing.main:
            continue
        s = line_place(line, crossing.middle)
        ahead = CROSSING / 2 + 2.3
        stops.append(line.band(s - ahead - 0.35, s - ahead, -lane + 0.25, -0.15))
        stops.append(line.band(s + ahead, s + ahead + 0.35, 0.15, lane - 0.25))
    edges = [line.band(a, b, sign * (lane - 0.02), sign * (lane - 0.12)) for a, b, sign in _runs(plan)]
    cross = []
    for x, y, heading in plan.bays:
        t = np.array([np.cos(heading), np.sin(heading)])
        n = np.array([-t[1], t[0]])
        for end in (-2.65, 2.65):
            a, b = np.array([x, y]) + end * t - 1.0 * n, np.array([x, y]) + end * t + 1.0 * n
            cross.append(LineString([a, b]).buffer(0.05, cap_style="flat"))
    bay_lines = shapely.union_all([*edges, *cross]).intersection(plan.road)
    draft.add(
        "lane marking",
        "lane marking",
        "RoadMarking",
        [
            Part(mesh=sheet(shape, ROAD + PAINT, 1.5), material=paint.white, solid=False)
            for shape in (shapely.union_all([lines, *stops]).intersection(carriage), bay_lines)
            if not shape.is_empty
        ],
    )
    repairs: list[BaseGeometry] = []
    covers: list[Mesh] = []
    taken: list[shapely.Point] = []
    for _ in range(14):
        s, left = rng.uniform(6.0, line.length - 8.0), rng.uniform(-lane + 0.8, lane - 0.8)
        long, wide = rng.uniform(1.5, 6.0), rng.uniform(0.35, 0.7)
        spot = line.band(s, s + long, left - wide, left + wide).difference(lines.buffer(0.05))
        if carriage.buffer(-0.35).contains(spot) and spot.geom_type == "Polygon" and len(repairs) < 6:
            repairs.append(spot)
    plain = carriage.buffer(-0.5).difference(lines).difference(shapely.union_all(repairs))
    for _ in range(24):
        x, y, _ = line.at(rng.uniform(4.0, line.length - 4.0), rng.uniform(-lane + 0.9, lane - 0.9))
        point = shapely.Point(x, y)
        if len(covers) < 6 and plain.contains(point.buffer(0.6)) and all(point.distance(p) > 3.0 for p in taken):
            taken.append(point)
            ring = shapely.get_coordinates(point.buffer(0.36, quad_segs=4).exterior)[:-1][::-1]
            corners = np.column_stack([ring, np.full(len(ring), ROAD + PAINT)])
            covers.append(panels([corners], [(ring - (x, y)) / 0.74 + 0.5]))
    if repairs:
        patch = sheet(shapely.union_all(repairs), ROAD + 0.005, 6.0)
        draft.add("mended asphalt", "road", "Road", [Part(mesh=patch, material=paint.patch, solid=False)])
    if covers:
        draft.add("shaft covers", "manhole cover", "Road", [Part(mesh=join(covers), material=paint.iron, solid=False)])


def line_place(line: Line, point: tuple[float, float]) -> float:
    """Return where along the line a point (x, y) lies, metres."""
    return float(LineString(line.points).project(shapely.Point(point)))


def _runs(plan: StreetPlan) -> list[tuple[float, float, float]]:
    """Return the stretches along the line that bays take, and on which side."""
    runs = []
    for part in shapely.get_parts(plan.parking):
        ends = [line_place(plan.line, point) for point in shapely.get_coordinates(part.exterior)]
        x, y, heading = plan.line.at((min(ends) + max(ends)) / 2)
        centre = part.centroid
        side = np.sign(-np.sin(heading) * (centre.x - x) + np.cos(heading) * (centre.y - y))
        runs.append((min(ends), max(ends), float(side)))
    return runs
