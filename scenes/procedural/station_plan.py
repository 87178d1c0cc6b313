"""The plan of a terminus: how large its hall is, where its columns, portals, platforms and tracks are.

The plan is drawn with the tracks to the north (+y) of the hall, whose south-west corner is the origin; the finished
station may be turned by quarter turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from shapely.geometry import Polygon, box

Side = Literal["south", "west", "east"]
Roof = Literal["vault", "saddle", "glazed", "sawtooth"]
COMPASS = ("south", "east", "north", "west")  # counter-clockwise

UNIT_DEPTH = 4.2  # m, of shops and counters along the walls
SOUTH_ROW = 8.6  # m, from the south wall to the southern row of columns
NORTH_ROW = 4.6  # m, from the northern row to the north wall
LOBBY = 3.4  # m, depth of the porches
WALL = 0.4  # m, thickness
HEAD = 2.4  # m, from the north wall to the buffers
PLATFORM_LENGTH = 46.0  # m, from the wall to where one may not go on
PLATFORM_END = 58.0  # m, where the platform really ends
ISLAND, SIDE_PLATFORM = 9.2, 5.6  # m, widths
TROUGH, HALF_TROUGH = 7.4, 4.0  # m, widths of two tracks and of one
TRACK = 1.75  # m from the platform's edge to the middle of the track
TRENCH = -0.95  # m, the tops of the sleepers
OPENING = 4.2  # m, height of the openings to the platforms


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """A way to the street: `at` metres along its wall (x, or y), `name` as the plan is drawn."""

    side: Side
    at: float
    width: float
    letter: str

    def axis(self, length: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the middle of the portal on the inner wall (2,), and the direction out of the hall (2,)."""
        if self.side == "south":
            return np.array([self.at, 0.0]), np.array([0.0, -1.0])
        if self.side == "west":
            return np.array([0.0, self.at]), np.array([-1.0, 0.0])
        return np.array([length, self.at]), np.array([1.0, 0.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One numbered edge: from `low` to `high` in x; its track lies at `track`; `edge` is the x of its edge."""

    number: int
    low: float
    high: float
    edge: float
    track: float
    island: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """What all parts of a station agree on.

    Attributes:
        length, depth, height: of the hall inside, x, y, z, metres.
        columns: x of the rows of columns. pitch: between them.
        platforms: from west to east. islands: (low, high) of each slab in x; troughs: of each bed of tracks.
        portals: ways to the street.
        gates: whether there are ticket gates before the platforms.
        trains: numbers of the platforms at which a train stands.
        quarter: quarter turns by which the station is turned in the end.
    """

    length: float
    depth: float
    height: float
    roof: Roof
    rise: float
    columns: tuple[float, ...]
    pitch: float
    platforms: tuple[Platform, ...]
    islands: tuple[tuple[float, float], ...]
    troughs: tuple[tuple[float, float], ...]
    portals: tuple[Portal, ...]
    lettered: bool
    gates: bool
    trains: frozenset[int]
    quarter: int

    @property
    def hall(self) -> Polygon:
        """Return the floor of the hall."""
        return box(0.0, 0.0, self.length, self.depth)

    @property
    def rows(self) -> tuple[float, float]:
        """Return y of the two rows of columns."""
        return SOUTH_ROW, self.depth - NORTH_ROW

    def compass(self, side: str) -> str:
        """Return what a side of the plan is called once the station is turned."""
        return COMPASS[(COMPASS.index(side) + self.quarter) % 4]

    def exit_name(self, portal: Portal) -> str:
        """Return what people call a portal."""
        return f"exit {portal.letter}" if self.lettered else f"{self.compass(portal.side)} exit"

    def lobby(self, portal: Portal, depth: float = LOBBY) -> Polygon:
        """Return the ground of a portal's porch, from the inner face of the wall to `depth` metres outside."""
        middle, out = portal.axis(self.length)
        side = np.array([-out[1], out[0]]) * portal.width / 2
        return Polygon([middle - side, middle + side, middle + side + depth * out, middle - side + depth * out])


def draw_plan(rng: np.random.Generator) -> StationPlan:
    """Return a plan."""
    count = int(rng.integers(4, 9))
    widths = _shed(rng, count)
    shed = sum(width for _, width in widths)
    length = float(rng.uniform(max(52.0, shed + 1.2), max(62.0, min(shed + 14.0, 80.0))))
    depth = float(rng.uniform(26.0, 33.0))
    height = float(rng.uniform(9.2, 11.0))
    bays = round(length / float(rng.uniform(6.9, 8.6)))
    pitch = length / bays
    columns = tuple(pitch * k for k in range(1, bays))
    platforms, islands, troughs = _lay_tracks(widths, (length - shed) * float(rng.uniform(0.25, 0.75)))
    lettered = bool(rng.random() < 0.4)
    present = rng.random(count) < 0.6
    present[int(rng.integers(count))] = True
    return StationPlan(
        length=length,
        depth=depth,
        height=height,
        roof=("vault", "saddle", "glazed", "sawtooth")[int(rng.integers(4))],
        rise=float(rng.uniform(2.8, 4.2)),
        columns=columns,
        pitch=pitch,
        platforms=platforms,
        islands=islands,
        troughs=troughs,
        portals=_draw_portals(rng, length, depth, pitch, bays, lettered),
        lettered=lettered,
        gates=bool(rng.random() < 0.5),
        trains=frozenset((np.flatnonzero(present) + 1).tolist()),
        quarter=int(rng.integers(4)),
    )


def _shed(rng: np.random.Generator, count: int) -> list[tuple[str, float]]:
    """Return slabs ("side", "island") and beds ("double", "single") from west to east for `count` platforms."""
    starts_with_side = bool(rng.random() < 0.5) if count % 2 == 0 else True
    rest = count - starts_with_side
    widths = [("side", SIDE_PLATFORM), ("double", TROUGH)] if starts_with_side else [("single", HALF_TROUGH)]
    for _ in range(rest // 2):
        widths += [("island", ISLAND), ("double", TROUGH)]
    if rest % 2:
        return [*widths, ("side", SIDE_PLATFORM)]
    return [*widths[:-1], ("single", HALF_TROUGH)]


def _lay_tracks(
    widths: list[tuple[str, float]], x: float
) -> tuple[tuple[Platform, ...], tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]:
    """Return the platforms, slabs and beds from `x` on."""
    platforms: list[Platform] = []
    islands: list[tuple[float, float]] = []
    troughs: list[tuple[float, float]] = []
    for index, (kind, width) in enumerate(widths):
        low, high = x, x + width
        x = high
        if kind in ("single", "double"):
            troughs.append((low, high))
            continue
        middle = (low + high) / 2
        faces = []
        if index > 0:
            faces.append((low, low, high if kind == "side" else middle, low - TRACK))
        if index < len(widths) - 1:
            faces.append((high, low if kind == "side" else middle, high, high + TRACK))
        for edge, left, right, track in faces:
            platforms.append(
                Platform(number=len(platforms) + 1, low=left, high=right, edge=edge, track=track, island=len(islands))
            )
        islands.append((low, high))
    return tuple(platforms), tuple(islands), tuple(troughs)


def _draw_portals(
    rng: np.random.Generator, length: float, depth: float, pitch: float, bays: int, lettered: bool
) -> tuple[Portal, ...]:
    """Return two to four portals; compass names allow one on each side."""

    def wide() -> float:
        return float(rng.uniform(4.4, min(5.6, pitch - 1.2)))

    middle = bays // 2
    places: list[tuple[Side, float]] = []
    if lettered and rng.random() < 0.6:
        places += [("south", pitch * (bay + 0.5)) for bay in (bays // 4, bays - 1 - bays // 4)]
    else:
        places.append(("south", pitch * (middle + float(rng.choice((-1.0, 0.0))) + 0.5)))
    ends = [side for side in ("west", "east") if rng.random() < 0.65]
    if len(places) + len(ends) < 2:
        ends = [str(rng.choice(("west", "east")))]
    low, high = UNIT_DEPTH + 5.0, depth - NORTH_ROW - 3.4
    places += [("west" if side == "west" else "east", float(rng.uniform(low, high))) for side in ends]
    return tuple(Portal(side=side, at=at, width=wide(), letter="abcd"[k]) for k, (side, at) in enumerate(places))
