"""Plans of an office floor: a lobby, corridors and rooms as rectangles on the middle lines of their walls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import numpy as np
import shapely
from shapely.geometry import Polygon, box

WALL = 0.14  # m, between rooms
SHELL = 0.36  # m, the outer wall
SHORTEST = 2.9  # m, the shortest row of rooms

# Width along the corridor, metres, from least to most.
WIDTHS: dict[str, tuple[float, float]] = {
    "office": (2.9, 4.2),
    "shared": (4.2, 6.2),
    "meeting": (4.6, 6.6),
    "kitchen": (4.4, 6.2),
    "copy": (2.9, 4.2),
    "toilets": (4.4, 5.8),
    "server": (2.9, 4.2),
    "storage": (2.9, 4.0),
    "lounge": (5.0, 7.0),
    "open": (9.0, 14.5),
}
DARK = ("toilets", "copy", "server", "storage", "kitchen", "meeting", "lounge", "open")  # may lie without windows
NAMES = {
    "meeting": "meeting room", "kitchen": "kitchen", "copy": "copy room", "toilets": "toilets", "server": "server room",
    "storage": "storage room", "lounge": "lounge", "open": "open office", "office": "room", "shared": "room",
}  # fmt: skip
COMPASS = {(1, 0): "east", (-1, 0): "west", (0, 1): "north", (0, -1): "south"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """A room or hall.

    Attributes:
        name: as people say it. use: a key of WIDTHS, "lobby", "corridor", or "shaft": lifts and stairs, closed.
        gross: reaches to the middle of its walls.
        parts: named parts of a corridor.
    """

    name: str
    use: str
    gross: Polygon
    parts: tuple[tuple[str, Polygon], ...] = ()  # named parts of a corridor

    @property
    def net(self) -> Polygon:
        """Return the floor between the walls."""
        return shapely.set_precision(self.gross.buffer(-WALL / 2, join_style="mitre"), 1e-3)


@dataclass(slots=True, eq=False)
class Sketch:
    """A plan while it is drawn, in a frame of its own: x along the building, the entrance in the south."""

    rows: list[tuple[tuple[float, float, float, float], str, bool]] = field(default_factory=list)  # rect, axis, dark
    lobby: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    shaft: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    halls: list[tuple[tuple[int, int], tuple[float, float, float, float]]] = field(default_factory=list)

    def row(self, x0: float, y0: float, x1: float, y1: float, *, axis: str = "x", dark: bool = False) -> None:
        """Add a row of rooms, cut across `axis`; an empty one is left out."""
        if x1 - x0 > 0.01 and y1 - y0 > 0.01:
            self.rows.append(((x0, y0, x1, y1), axis, dark))


def _split(rng: np.random.Generator, begin: float, end: float, width: float, share: float) -> float:
    """Return where something of `width` begins so that what is left on either side is a row of rooms or nothing."""
    at = begin + share * (end - begin - width)
    if at - begin < SHORTEST + 0.1:
        return begin
    return end - width if end - width - at < SHORTEST + 0.1 else round(at, 2)


def _draw(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 2)


def _sketch_bar(rng: np.random.Generator) -> Sketch:
    """Return one corridor between two rows of rooms."""
    length, south, wide, north = _draw(rng, 38, 48), _draw(rng, 6.2, 7.4), _draw(rng, 2.3, 2.9), _draw(rng, 6.2, 7.4)
    y1, y2, y3 = south, south + wide, south + wide + north
    hall, tower = _draw(rng, 8.5, 11.0), _draw(rng, 5.4, 6.2)
    x = _split(rng, 0.0, length, hall, float(rng.choice((0.0, 0.4, 0.5, 0.6))))
    sketch = Sketch(lobby=(x, 0.0, x + hall, y1))
    s = _split(rng, 0.0, length, tower, (x + hall / 2 - tower / 2) / (length - tower))
    sketch.shaft = (s, y2, s + tower, y3)
    sketch.row(0.0, 0.0, x, y1)
    sketch.row(x + hall, 0.0, length, y1)
    sketch.row(0.0, y2, s, y3)
    sketch.row(s + tower, y2, length, y3)
    cut = round(x + hall / 2, 2)
    if x > 6.0:
        sketch.halls = [((-1, 0), (0.0, y1, cut, y2)), ((1, 0), (cut, y1, length, y2))]
    else:
        sketch.halls = [((0, 0), (0.0, y1, length, y2))]
    return sketch


def _sketch_loop(rng: np.random.Generator) -> Sketch:
    """Return two long corridors joined by two short ones, round a core without windows."""
    length, south, north = _draw(rng, 35, 42), _draw(rng, 5.4, 6.2), _draw(rng, 5.2, 6.2)
    wide, cross, middle = _draw(rng, 2.2, 2.6), _draw(rng, 2.1, 2.5), _draw(rng, 6.6, 8.8)
    y1, y2, y3 = south, south + wide, south + wide + middle
    y4, y5 = y3 + wide, y3 + wide + north
    west = _draw(rng, 5.0, 6.4) if rng.random() < 0.6 else 0.0
    east = _draw(rng, 5.0, 6.4) if rng.random() < 0.6 else 0.0
    x1, x2, x3, x4 = west, west + cross, length - east - cross, length - east
    hall, tower = _draw(rng, 8.5, 11.0), _draw(rng, 5.4, 6.2)
    x = _split(rng, 0.0, length, hall, float(rng.choice((0.3, 0.5, 0.7))))
    sketch = Sketch(lobby=(x, 0.0, x + hall, y1))
    s = _split(rng, x2, x3, tower, float(np.clip((x + hall / 2 - tower / 2 - x2) / (x3 - x2 - tower), 0.0, 1.0)))
    half = round((y2 + y3) / 2, 2)
    sketch.shaft = (s, y2, s + tower, half)
    sketch.row(0.0, 0.0, x, y1)
    sketch.row(x + hall, 0.0, length, y1)
    sketch.row(0.0, y4, length, y5)
    sketch.row(0.0, y2, x1, y3, axis="y")
    sketch.row(x4, y2, length, y3, axis="y")
    sketch.row(x2, y2, s, y3, dark=True)
    sketch.row(s + tower, y2, x3, y3, dark=True)
    sketch.row(s, half, s + tower, y3, dark=True)
    sketch.halls = [
        ((0, -1), (0.0, y1, length, y2)),
        ((0, 1), (0.0, y3, length, y4)),
        ((-1, 0), (x1, y2, x2, y3)),
        ((1, 0), (x3, y2, x4, y3)),
    ]
    return sketch


def _sketch_wings(rng: np.random.Generator, wings: int) -> Sketch:
    """Return a long house with one wing (an L) or two (a U) behind it."""
    length, south, north = _draw(rng, 34, 42) + 4.0 * (wings - 1), _draw(rng, 5.4, 6.2), _draw(rng, 5.0, 6.0)
    wide, reach = _draw(rng, 2.3, 2.7), _draw(rng, 9.0, 13.0) - 1.5 * (wings - 1)
    y1, y2, y3 = south, south + wide, south + wide + north
    y4 = y3 + reach
    outer, inner, cross = _draw(rng, 4.8, 6.0), _draw(rng, 4.8, 5.8), _draw(rng, 2.2, 2.6)
    x1, x2, x3 = outer, outer + cross, outer + cross + inner
    hall, tower = _draw(rng, 8.5, 11.0), _draw(rng, 5.4, 6.2)
    x = _split(rng, 0.0, length, hall, float(rng.choice((0.12, 0.3, 0.5))))
    end = length if wings == 1 else length - x2
    sketch = Sketch(lobby=(x, 0.0, x + hall, y1))
    s = _split(rng, x2, end, tower, float(np.clip((x + hall / 2 - tower / 2 - x2) / (end - x2 - tower), 0.0, 1.0)))
    sketch.shaft = (s, y2, s + tower, y3)
    sketch.row(0.0, 0.0, x, y1)
    sketch.row(x + hall, 0.0, length, y1)
    sketch.row(x2, y2, s, y3)
    sketch.row(s + tower, y2, end, y3)
    sketch.row(0.0, y2, x1, y4, axis="y")
    sketch.row(x2, y3, x3, y4, axis="y")
    sketch.halls = [((0, -1), (0.0, y1, length, y2)), ((-1, 0), (x1, y2, x2, y4))]
    if wings == 2:
        sketch.row(length - x1, y2, length, y4, axis="y")
        sketch.row(length - x3, y3, length - x2, y4, axis="y")
        sketch.halls.append(((1, 0), (length - x2, y2, length - x1, y4)))
    return sketch


def _program(rng: np.random.Generator) -> list[str]:
    """Return what the house must have."""
    style = rng.random()  # from open to cellular
    wanted = ["kitchen", "copy", "toilets", "meeting", "meeting"] + ["open"] * (2 if style < 0.4 else style < 0.8)
    return [*wanted, *(use for use in ("server", "storage", "lounge", "meeting") if rng.random() < 0.65)]


def _fill(
    rng: np.random.Generator, length: float, queue: list[str], dark: bool, everything: bool
) -> list[tuple[str, float]] | None:
    """Return uses and widths of the rooms of a row, taken from `queue` as far as they fit; None: none fit well."""
    spare = ["storage", "meeting", "meeting"] if dark else ["office", "office", "shared"]
    known = [use for use in queue if not dark or use in DARK]
    for attempt in range(60):
        room = len(known) if everything else int(rng.integers(1, 4))
        uses: list[str] = []
        for use in [*rng.permutation(known).tolist()[:room], *rng.choice(spare, 12).tolist()]:
            if sum(WIDTHS[u][1] for u in uses) >= length:
                break
            if sum(WIDTHS[u][0] for u in [*uses, use]) <= length:
                uses.append(use)
        least, most = (sum(WIDTHS[u][k] for u in uses) for k in (0, 1))
        if uses and least <= length <= (1.0 + 0.004 * attempt) * most:
            share = (length - least) / max(most - least, 1e-6)
            mixed = rng.permutation(uses).tolist()
            return [(u, WIDTHS[u][0] + share * (WIDTHS[u][1] - WIDTHS[u][0])) for u in mixed]
    return None


def _cut(rect: tuple[float, float, float, float], axis: str, widths: Sequence[float]) -> list[Polygon]:
    """Return the rectangles of a row."""
    x0, y0, x1, y1 = rect
    begin = x0 if axis == "x" else y0
    marks = [begin, *(round(begin + float(v), 2) for v in np.cumsum(widths)[:-1]), x1 if axis == "x" else y1]
    return [box(a, y0, b, y1) if axis == "x" else box(x0, a, x1, b) for a, b in pairwise(marks)]


def draw_spaces(rng: np.random.Generator) -> tuple[str, list[Space]]:
    """Return the shape of a house ("bar", "loop", "L", "U") and its spaces: corridor, lobby, shaft, then rooms."""
    shape = str(rng.choice(("bar", "loop", "loop", "L", "L", "U")))
    while True:
        if shape == "bar":
            sketch = _sketch_bar(rng)
        elif shape == "loop":
            sketch = _sketch_loop(rng)
        else:
            sketch = _sketch_wings(rng, 1 if shape == "L" else 2)
        rooms = _draw_rooms(rng, sketch)
        if rooms is not None:
            return shape, _turn(rng, sketch, rooms)


def _draw_rooms(rng: np.random.Generator, sketch: Sketch) -> list[tuple[str, Polygon]] | None:
    """Return use and rectangle of every room, or None where the program finds no room."""
    queue = _program(rng)
    rooms: list[tuple[str, Polygon]] = []
    order = sorted(rng.permutation(len(sketch.rows)).tolist(), key=lambda k: not sketch.rows[k][2])  # dark rows first
    for place, k in enumerate(order):
        rect, axis, dark = sketch.rows[k]
        length = rect[2] - rect[0] if axis == "x" else rect[3] - rect[1]
        filled = _fill(rng, length, queue, dark, place == len(order) - 1)
        if filled is None:
            return None
        for use, _ in filled:
            if use in queue:
                queue.remove(use)
        rooms += zip((use for use, _ in filled), _cut(rect, axis, [width for _, width in filled]), strict=True)
    uses = [use for use, _ in rooms]
    single = all(uses.count(use) <= 1 for use in ("copy", "kitchen", "lounge", "server")) and uses.count("toilets") <= 2
    enough = {"kitchen", "copy", "toilets", "meeting"} <= set(uses) and uses.count("meeting") <= 4
    return rooms if single and enough and uses.count("storage") <= 2 and 10 <= len(uses) <= 22 else None


def _turn(rng: np.random.Generator, sketch: Sketch, rooms: Sequence[tuple[str, Polygon]]) -> list[Space]:
    """Return the spaces turned or mirrored in one of eight ways, about the middle of the house, and named."""
    turn = np.diag(rng.choice((-1, 1), 2))
    turn = turn[:, ::-1] if rng.random() < 0.35 else turn
    bounds = np.array(shapely.total_bounds([*(polygon for _, polygon in rooms), box(*sketch.lobby)]))
    middle = np.round((bounds[:2] + bounds[2:]) / 2, 1)

    def place(polygon: Polygon) -> Polygon:
        moved = shapely.transform(polygon, lambda points: np.round((points - middle) @ turn.T, 3))
        return shapely.orient_polygons(shapely.normalize(moved))

    halls = [(COMPASS.get(tuple((turn @ way).tolist()), ""), place(box(*rect))) for way, rect in sketch.halls]
    corridor = shapely.union_all([polygon for _, polygon in halls])
    spaces = [
        Space(
            name="corridor",
            use="corridor",
            gross=cast(Polygon, shapely.orient_polygons(shapely.set_precision(corridor, 1e-3).simplify(1e-4))),
            parts=tuple((f"{side} corridor".strip(), polygon) for side, polygon in halls),
        ),
        Space(name="lobby", use="lobby", gross=place(box(*sketch.lobby))),
        Space(name="stairs", use="shaft", gross=place(box(*sketch.shaft))),
    ]
    placed = [(use, place(polygon)) for use, polygon in rooms]
    placed.sort(key=lambda room: round(float(np.arctan2(room[1].centroid.x, room[1].centroid.y)), 3))  # round the house
    counts: dict[str, int] = {}
    floor, number = 100 * int(rng.integers(1, 4)), 0
    uses = [use for use, _ in placed]
    for use, polygon in placed:
        counts[use] = counts.get(use, 0) + 1
        if use in ("office", "shared"):
            number += 1
            name = f"room {floor + number}"
        else:
            name = NAMES[use] if uses.count(use) == 1 else f"{NAMES[use]} {counts[use]}"
        spaces.append(Space(name=name, use=use, gross=polygon))
    return spaces
