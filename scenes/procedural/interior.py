"""What rooms are made of: walls with holes, doors, windows, glass walls, skirting, ceilings and their lights.

A wall stands over a directed ground line p -> q and faces to its left, as in `geometry.wall`: the rings of a polygon
whose outer ring runs counter-clockwise face into it. Doors and windows are parts in a frame of their own: x is the
normal of the wall, y runs along it, the origin lies on the floor in the middle of the hole and of the wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import Polygon

from scenes.procedural.draft import Part
from scenes.procedural.geometry import Point, box, join, lathe, panels, tube
from scenes.scene import FloatArray, Material, Mesh

JAMB = 0.05  # m, of a door frame on each side of the clear width
LEAF = 0.042  # m, thickness of a door
FLAT_UV = [(0, 0), (1, 0), (1, 1), (0, 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A rectangular hole in a wall: `at` metres from its start to the middle of the hole; `bottom` and `top` are z."""

    at: float
    width: float
    bottom: float
    top: float

    @property
    def span(self) -> tuple[float, float]:
        """Return where it begins and ends, metres from the start of the wall."""
        return self.at - self.width / 2, self.at + self.width / 2


def ring_edges(ground: Polygon) -> list[tuple[FloatArray, FloatArray]]:
    """Return the edges (p, q) of a polygon, its inside to their left."""
    shape = shapely.orient_polygons(ground)
    rings = [shapely.get_coordinates(ring) for ring in (shape.exterior, *shape.interiors)]
    return [(p, q) for ring in rings for p, q in pairwise(ring) if np.hypot(*(q - p)) > 1e-6]


def _frame(p: Point, q: Point) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return start, unit direction, unit normal (to the left) and length of a ground line."""
    start, end = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    return start, along, np.array([-along[1], along[0]]), length


def _quads(p: Point, q: Point, pieces: Sequence[tuple[float, float, float, float]], tile: float, proud: float) -> Mesh:
    """Return upright quads (begin, end, bottom, top) on a wall; the texture is laid in metres from q and the floor."""
    start, along, normal, length = _frame(p, q)
    corners, uv = [], []
    for a, b, low, high in pieces:
        left, right = start + along * b + normal * proud, start + along * a + normal * proud
        corners.append([(*left, low), (*right, low), (*right, high), (*left, high)])
        u, v = (length - b) / tile, (length - a) / tile
        uv.append([(u, low / tile), (v, low / tile), (v, high / tile), (u, high / tile)])
    return panels(corners, uv)


def pierce(p: Point, q: Point, bottom: float, top: float, holes: Sequence[Hole] = (), *, tile: float = 2.0) -> Mesh:
    """Return a wall with holes, which must not overlap; the texture repeats every `tile` metres."""
    pieces, done, length = [], 0.0, _frame(p, q)[3]
    for hole in sorted(holes, key=lambda hole: hole.at):
        begin, end = hole.span
        if begin > done + 1e-6:
            pieces.append((done, begin, bottom, top))
        if hole.bottom > bottom + 1e-6:
            pieces.append((begin, end, bottom, hole.bottom))
        if hole.top < top - 1e-6:
            pieces.append((begin, end, hole.top, top))
        done = end
    if length > done + 1e-6:
        pieces.append((done, length, bottom, top))
    return _quads(p, q, pieces, tile, 0.0)


def line_hole(p: Point, q: Point, hole: Hole, depth: float, *, tile: float = 2.0) -> Mesh:
    """Return the lining of a hole, `depth` metres into the wall behind its face: sides, head, and a raised sill."""
    start, along, normal, _ = _frame(p, q)
    begin, end = hole.span
    low, high = hole.bottom, hole.top
    a, b = start + along * begin, start + along * end
    c, d = b - normal * depth, a - normal * depth
    corners = [
        [(*d, low), (*a, low), (*a, high), (*d, high)],
        [(*b, low), (*c, low), (*c, high), (*b, high)],
        [(*a, high), (*b, high), (*c, high), (*d, high)],
        [(*d, low), (*c, low), (*b, low), (*a, low)],
    ]
    sizes = [(depth, high - low), (depth, high - low), (hole.width, depth), (hole.width, depth)]
    keep = 4 if low > 1e-6 else 3
    uv = [[(0, 0), (u / tile, 0), (u / tile, v / tile), (0, v / tile)] for u, v in sizes]
    return panels(corners[:keep], uv[:keep])


def skirt(
    p: Point, q: Point, holes: Sequence[Hole], height: float = 0.09, *, bottom: float = 0.0, proud: float = 0.012
) -> Mesh | None:
    """Return a board along a wall between the holes that reach it: skirting, or a rail higher up. None: no room."""
    start, along, normal, length = _frame(p, q)
    pieces, done = [], 0.0
    for hole in sorted(holes, key=lambda hole: hole.at):
        if hole.bottom < bottom + height and hole.top > bottom:
            if hole.span[0] > done + 1e-3:
                pieces.append((done, hole.span[0], bottom, bottom + height))
            done = hole.span[1]
    if length > done + 1e-3:
        pieces.append((done, length, bottom, bottom + height))
    if not pieces:
        return None
    # at the ends of the wall as far out as the board of the next wall stands
    pieces = [(a - proud * (a == 0.0), b + proud * (b == length), low, high) for a, b, low, high in pieces]
    faces = [_quads(p, q, pieces, 1.0, proud)]
    edges = []
    for a, b, low, high in pieces:
        near, far = start + along * a, start + along * b
        lip = [near, far, far + normal * proud, near + normal * proud]
        edges.append([(*point, high) for point in lip])
        if bottom > 0:
            edges.append([(*point, low) for point in lip[::-1]])
    return join([*faces, panels(edges, [FLAT_UV] * len(edges))])


def light_panels(spots: Sequence[tuple[float, float]], size: tuple[float, float], z: float) -> Mesh:
    """Return level panels of `size` (along x, along y) centred at `spots`, which face down."""
    a, b = size[0] / 2, size[1] / 2
    corners = [[(x - a, y + b, z), (x + a, y + b, z), (x + a, y - b, z), (x - a, y - b, z)] for x, y in spots]
    return panels(corners, [FLAT_UV] * len(corners))


def door_frame(clear: float, top: float, depth: float) -> Mesh:
    """Return a frame round an opening of `clear` x `top` metres; its hole is `JAMB` larger on three sides."""
    deep = depth + 0.01
    posts = [box((deep, JAMB, top), (0, side * (clear + JAMB) / 2, 0), tile=1.0) for side in (-1, 1)]
    head = box((deep, clear + 2 * JAMB, JAMB), (0, 0, top), tile=1.0, bottom=True)
    trims = []
    for face in (-1, 1):
        x = face * (deep / 2 + 0.006)
        trims += [box((0.012, 0.07, top + 0.09), (x, side * (clear / 2 + 0.055), 0), tile=1.0) for side in (-1, 1)]
        trims.append(box((0.012, clear + 0.04, 0.07), (x, 0, top + 0.02), tile=1.0, bottom=True))
    return join([*posts, head, *trims])


def _lever(y: float, steel: Material) -> list[Part]:
    meshes = []
    for face in (-1.0, 1.0):
        meshes += [
            box((0.008, 0.045, 0.2), (face * (LEAF / 2 + 0.004), y, 0.94)),
            tube((face * LEAF / 2, y, 1.04), (face * (LEAF / 2 + 0.05), y, 1.04), 0.01, 6),
            tube((face * (LEAF / 2 + 0.05), y + 0.01, 1.04), (face * (LEAF / 2 + 0.05), y - 0.12, 1.04), 0.01, 6),
        ]
    return [Part(mesh=join(meshes), material=steel, semantic="Door", solid=False)]


def door_leaf(width: float, top: float, face: Material, steel: Material, glass: Material | None = None) -> list[Part]:
    """Return a door hinged at the origin that extends along +y; `glass` gives it a narrow pane."""
    parts = [Part(mesh=box((LEAF, width, top - 0.015), (0, width / 2, 0.01), bottom=True), material=face)]
    if glass is not None:
        parts.append(
            Part(mesh=box((LEAF + 0.006, 0.15, 1.0), (0, width - 0.22, 0.85)), material=glass, semantic="Window")
        )
    return [*parts, *_lever(width - 0.07, steel)]


def glazed_leaf(width: float, top: float, frame: Material, steel: Material) -> list[Part]:
    """Return a glass door hinged at the origin that extends along +y: its frame, and a bar to pull."""
    bars = [box((LEAF, 0.07, top - 0.015), (0, y, 0.01)) for y in (0.035, width - 0.035)]
    bars += [
        box((LEAF, width - 0.14, high), (0, width / 2, z), bottom=True)
        for z, high in ((0.01, 0.14), (top - 0.085, 0.08))
    ]
    pulls = [tube((face * 0.06, width - 0.1, 0.8), (face * 0.06, width - 0.1, 1.5), 0.014, 6) for face in (-1.0, 1.0)]
    stubs = [tube((-0.06, width - 0.1, z), (0.06, width - 0.1, z), 0.009, 5) for z in (0.85, 1.45)]
    return [Part(mesh=join(bars), material=frame), Part(mesh=join([*pulls, *stubs]), material=steel, solid=False)]


def window_frame(
    width: float, bottom: float, top: float, *, lights: int = 2, transom: float | None = None, bar: float = 0.05
) -> Mesh:
    """Return the bars of a window with `lights` panes side by side, parted at the height `transom`; no glass."""
    high = top - bottom
    posts = [
        box((0.06, bar, high), (0, y, bottom))
        for y in np.linspace(-(width - bar) / 2, (width - bar) / 2, lights + 1).tolist()
    ]
    levels = [bottom, top - bar] if transom is None else [bottom, transom, top - bar]
    rails = [box((0.06, width, bar), (0, 0, z), bottom=True) for z in levels]
    return join([*posts, *rails])


def glass_wall(width: float, top: float, frame: Material, film: Material, *, dots: bool) -> list[Part]:
    """Return a glazed partition: posts and rails, and on the glass a frosted band or a row of squares."""
    count = max(1, round(width / 1.15))
    gap = width / count
    frames = [
        box((0.07, 0.045, top), (0, -width / 2 + k * gap * (width - 0.045) / width + 0.0225, 0))
        for k in range(count + 1)
    ]
    frames += [box((0.07, width, 0.09), (0, 0, 0)), box((0.07, width, 0.05), (0, 0, top - 0.05), bottom=True)]
    marks = []
    for k in range(count):
        y = -width / 2 + (k + 0.5) * gap
        if dots:
            marks += [
                box((0.006, 0.055, 0.055), (0, y + shift, z), bottom=True)
                for z in (0.95, 1.45)
                for shift in np.arange(-gap / 2 + 0.1, gap / 2 - 0.06, 0.15).tolist()
            ]
        else:
            marks.append(box((0.006, gap - 0.04, 0.42), (0, y, 0.92), bottom=True))
    return [
        Part(mesh=join(frames), material=frame, semantic="Wall"),
        Part(mesh=join(marks), material=film, semantic="Window"),
    ]


def smoke_detector() -> Mesh:
    """Return a smoke detector that hangs from z = 0."""
    return lathe([(0.0, -0.045), (0.035, -0.045), (0.055, -0.02), (0.055, 0.0)], 10)
