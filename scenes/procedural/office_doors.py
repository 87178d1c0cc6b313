"""Where the walls of an office are open: doors, passages, windows, glass walls, lifts, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from scenes.procedural.draft import place
from scenes.procedural.furniture import rect
from scenes.procedural.interior import JAMB, Hole, ring_edges
from scenes.procedural.office_plan import WALL, Space
from scenes.scene import FloatArray

HEIGHT = 2.9  # m, of the ceiling
DOOR_TOP = 2.1  # m
CLEAR = 1.0  # m, of a single door; with a margin, what a wheelchair needs (DIN 18040-1: 0.9)
CORNER = 0.2  # m between a side wall and the clear width of the door beside it
CORRIDOR, LOBBY, SHAFT = 0, 1, 2  # places of these spaces in the plan
OUTSIDE = -1

Kind = Literal["door", "pair", "passage", "glass", "window", "entrance", "exit", "lift", "stairs"]
FRAMED = frozenset({"door", "pair", "exit", "stairs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole in a wall.

    Attributes:
        at: (x, y) on the middle line of the wall, or on that of the outer one. yaw: of its normal, out of `inside`.
        clear: metres, free width. bottom, top: z of the free opening.
        inside, outside: indices of the spaces on either side; -1 is the open air.
        hinge: where the leaf hangs as seen along the normal: 1 left, -1 right; beside_wall: it stands open at a
            right angle, along a side wall, otherwise flat against the wall it hangs in.
    """

    kind: Kind
    at: tuple[float, float]
    yaw: float
    clear: float
    bottom: float
    top: float
    inside: int
    outside: int
    hinge: int = 1
    beside_wall: bool = False

    @property
    def normal(self) -> FloatArray:
        """Return the unit normal (2,)."""
        return np.round(np.array([np.cos(self.yaw), np.sin(self.yaw)]), 9)

    @property
    def along(self) -> FloatArray:
        """Return the unit vector (2,) along the wall, to the left of the normal."""
        return np.array([-self.normal[1], self.normal[0]])

    @property
    def margin(self) -> float:
        """Return how much wider than `clear` the hole is on each side."""
        return JAMB if self.kind in FRAMED else 0.0

    def before(self, distance: float, side: float = 0.0) -> tuple[float, float]:
        """Return the point so far out along the normal and to its left."""
        x, y = np.array(self.at) + distance * self.normal + side * self.along
        return float(x), float(y)

    def threshold(self) -> Polygon:
        """Return the floor in the opening."""
        strip = place(rect(WALL, self.clear), *self.at, self.yaw)
        return shapely.set_precision(strip, 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """One wall of a space: from p to q, the space to its left, and the gaps in it."""

    p: FloatArray
    q: FloatArray
    holes: tuple[Hole, ...]
    gaps: tuple[Gap, ...]

    @property
    def length(self) -> float:
        """Return its length, metres."""
        return float(np.hypot(*(self.q - self.p)))

    @property
    def along(self) -> FloatArray:
        """Return the unit vector (2,) from p to q."""
        direction: FloatArray = (self.q - self.p) / self.length
        return direction

    @property
    def yaw(self) -> float:
        """Return the yaw of the normal into the space."""
        return float(np.arctan2(self.along[0], -self.along[1]))

    def point(self, at: float, off: float = 0.0) -> FloatArray:
        """Return the point `at` metres from p and `off` metres into the space."""
        point: FloatArray = self.p + at * self.along + off * np.array([-self.along[1], self.along[0]])
        return point


def find_sides(ground: Polygon, gaps: Sequence[Gap], reach: float = 0.25) -> list[Side]:
    """Return the walls round a floor with those of the gaps that lie in them, at most `reach` metres off."""
    sides = []
    for p, q in ring_edges(ground):
        length = float(np.hypot(*(q - p)))
        along = (q - p) / length
        holes, mine = [], []
        for gap in gaps:
            offset = np.array(gap.at) - p
            at = float(offset @ along)
            if abs(float(along[0] * offset[1] - along[1] * offset[0])) > reach or abs(float(gap.along @ along)) < 0.9:
                continue
            if not 0.0 < at < length:
                continue
            frame = JAMB if gap.margin else 0.0
            holes.append(Hole(at=at, width=gap.clear + 2 * gap.margin, bottom=gap.bottom, top=gap.top + frame))
            mine.append(gap)
        sides.append(Side(p=p, q=q, holes=tuple(holes), gaps=tuple(mine)))
    return sides


def _shared(a: Polygon, b: Polygon) -> list[tuple[FloatArray, FloatArray]]:
    """Return the straight stretches of wall (p, q) between two spaces, `a` to the left of each, longest first."""
    border = a.boundary.intersection(b.boundary)
    lines = shapely.line_merge(border) if border.geom_type == "MultiLineString" else border
    found = []
    for part in shapely.get_parts(lines):
        if part.geom_type != "LineString" or part.length < 0.5:
            continue
        points = shapely.get_coordinates(part.simplify(1e-4))
        for p, q in pairwise(points):
            along = (q - p) / np.hypot(*(q - p))
            left = (p + q) / 2 + 0.05 * np.array([-along[1], along[0]])
            found.append((p, q) if shapely.contains_xy(a, *left) else (q, p))
    return sorted(found, key=lambda line: (-round(float(np.hypot(*(line[1] - line[0]))), 3), *line[0].tolist()))


def _gap(line: tuple[FloatArray, FloatArray], at: float, kind: Kind, clear: float, inside: int, outside: int,
         *, bottom: float = 0.0, top: float = DOOR_TOP, hinge: int = 1, beside: bool = False) -> Gap:  # fmt: skip
    """Return a gap `at` metres along a stretch of wall that has its inside to the left."""
    p, q = line
    along = (q - p) / np.hypot(*(q - p))
    x, y = np.round(p + at * along, 3)
    yaw = float(np.arctan2(-along[0], along[1]))  # to the right of p -> q
    return Gap(kind=kind, at=(float(x), float(y)), yaw=yaw, clear=clear, bottom=bottom, top=top,
               inside=inside, outside=outside, hinge=hinge, beside_wall=beside)  # fmt: skip


def _open_room(rng: np.random.Generator, spaces: Sequence[Space], k: int, glazed: bool) -> list[Gap]:
    """Return the doors of a room, and its glass wall."""
    space, hall = spaces[k], CORRIDOR
    lines = [line for line in _shared(space.gross, spaces[CORRIDOR].gross) if np.hypot(*(line[1] - line[0])) > 2.2]
    if not lines:
        hall = LOBBY
        lines = _shared(space.gross, spaces[LOBBY].gross)
    longest = float(np.hypot(*(lines[0][1] - lines[0][0])))
    lines = [line for line in lines if np.hypot(*(line[1] - line[0])) > 0.9 * longest]
    line = lines[int(rng.integers(len(lines)))]
    length = float(np.hypot(*(line[1] - line[0])))
    near = WALL / 2 + CORNER + CLEAR / 2
    if space.use == "open":
        if len(lines) > 1:
            return [_gap(way, float(rng.uniform(0.3, 0.7)) * length, "pair", 1.7, k, hall) for way in lines[:2]]
        return [_gap(line, share * length, "pair", 1.7, k, hall) for share in (0.17, 0.83)]
    if space.use in ("lounge", "kitchen") and rng.random() < 0.6:
        at = float(rng.uniform(0.35, 0.65)) * length
        return [_gap(line, at, "pair" if rng.random() < 0.5 else "passage", 1.7, k, hall, top=2.2)]
    first = rng.random() < 0.5
    # the inside lies to the left of p -> q, so along the outward normal the left hand points to q
    door = _gap(line, near if first else length - near, "door", CLEAR, k, hall, hinge=-1 if first else 1, beside=True)
    if not glazed:
        return [door]
    begin = near + CLEAR / 2 + 0.45
    wide = length - begin - 0.35
    if wide < 1.2:
        return [door]
    at = begin + wide / 2 if first else length - begin - wide / 2
    return [door, _gap(line, at, "glass", wide, k, hall, top=2.35)]


def _choose_exits(corridor: Space, shell: Polygon) -> set[tuple[float, ...]]:
    """Return where the stretches of the outer wall begin that have a way out: two ends of corridors, far apart."""
    ends = [line[0] for line in _shared(corridor.gross, shell) if 1.0 < np.hypot(*(line[1] - line[0])) < 3.2]
    pairs = [(round(float(np.hypot(*(a - b))), 2), k, m) for k, a in enumerate(ends) for m, b in enumerate(ends[:k])]
    if not pairs:
        return {tuple(end) for end in ends}
    _, first, second = max(pairs)
    return {tuple(ends[first]), tuple(ends[second])}


def _open_shell(rng: np.random.Generator, spaces: Sequence[Space], shell: Polygon) -> list[Gap]:
    """Return what is open in the outer wall: entrance, ways out at the ends of corridors, windows."""
    style = ((1.45, 0.85, 2.35), (2.3, 0.85, 2.3), (1.15, 0.3, 2.4), (1.75, 0.6, 2.4))[int(rng.integers(4))]
    gaps: list[Gap] = []
    exits = _choose_exits(spaces[CORRIDOR], shell)
    for k, space in enumerate(spaces):
        lines = [line for line in _shared(space.gross, shell) if np.hypot(*(line[1] - line[0])) > 1.0]
        for number, line in enumerate(lines):
            length = float(np.hypot(*(line[1] - line[0])))
            room = length - WALL - 0.5
            if space.use == "lobby" and number == 0:
                gaps.append(_gap(line, length / 2, "entrance", 2.2, k, OUTSIDE, top=2.35))
                side = (length - 2.2) / 2 - 0.75
                gaps += [
                    _gap(line, at, "window", side, k, OUTSIDE, bottom=0.1, top=2.5)
                    for at in (0.45 + side / 2, length - 0.45 - side / 2)
                ]
                continue
            if space.use == "corridor" and length < 3.2:
                if tuple(line[0]) in exits:
                    gaps.append(_gap(line, length / 2, "exit", CLEAR, k, OUTSIDE))
                else:
                    gaps.append(_gap(line, length / 2, "window", 1.3, k, OUTSIDE, bottom=0.5, top=2.35))
                continue
            if space.use in ("shaft", "server", "storage"):
                continue
            wide, bottom, top = (0.9, 1.75, 2.3) if space.use == "toilets" else style
            if space.use == "kitchen":
                bottom = max(bottom, 1.12)
            count = max(1, int(room // (wide + 0.45)))
            pitch = room / count
            gaps += [
                _gap(line, WALL / 2 + 0.25 + (i + 0.5) * pitch, "window", min(wide, room), k, OUTSIDE,
                     bottom=bottom, top=top)
                for i in range(count)
            ]  # fmt: skip
    return gaps


def open_walls(rng: np.random.Generator, spaces: Sequence[Space]) -> tuple[Polygon, list[Gap]]:
    """Return the outline of the house, on the middle of the walls, and every gap in its walls."""
    shell = cast(Polygon, shapely.union_all([space.gross for space in spaces]).simplify(1e-4))
    gaps = _open_shell(rng, spaces, shell)
    line = _shared(spaces[LOBBY].gross, spaces[CORRIDOR].gross)[0]
    length = float(np.hypot(*(line[1] - line[0])))
    gaps.append(
        _gap(line, length / 2, "passage", length - 1.3, LOBBY, CORRIDOR, top=HEIGHT if rng.random() < 0.5 else 2.45)
    )
    line = _shared(spaces[SHAFT].gross, spaces[CORRIDOR].gross)[0]
    length = float(np.hypot(*(line[1] - line[0])))
    order = (0.17, 0.44, 0.78) if rng.random() < 0.5 else (0.83, 0.56, 0.22)
    for share, kind in zip(order, ("lift", "lift", "stairs"), strict=True):
        clear = 1.1 if kind == "lift" else CLEAR
        gaps.append(_gap(line, share * length, cast(Kind, kind), clear, SHAFT, CORRIDOR))
    for k in range(SHAFT + 1, len(spaces)):
        glazed = spaces[k].use in ("meeting", "lounge") or (spaces[k].use == "shared" and rng.random() < 0.3)
        gaps += _open_room(rng, spaces, k, glazed)
    return shell, gaps


def clear_width(ground: Polygon, gap: Gap) -> float:
    """Return how wide the free floor is in an opening, metres."""
    across = LineString([gap.before(0.0, -2.0), gap.before(0.0, 2.0)])
    inside = [
        part for part in shapely.get_parts(across.intersection(ground)) if part.distance(shapely.Point(gap.at)) < 1e-6
    ]
    return float(max((part.length for part in inside), default=0.0))
