"""A room while it is furnished: what stands where, so that nothing stands in a wall, in a door, or in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.furniture import rect
from scenes.procedural.office_doors import Gap, Side
from scenes.procedural.office_plan import WALL

BODY = 0.45  # m, radius of a wheelchair and a little
OFF = 0.02  # m between furniture and a wall: the skirting
DOORS = ("door", "pair", "passage")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """One thing of a group, with the place it has there."""

    label: str
    semantic: str
    parts: Sequence[Part]
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prop:
    """Things that are placed together.

    Attributes:
        footprint: the floor they take, in their frame: x forward, the back at its least x.
        height: of what would hide a window or a picture behind them, metres.
    """

    items: tuple[Item, ...]
    footprint: Polygon
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What `Room.put` has added: where, and the instance of each item."""

    x: float
    y: float
    yaw: float
    instances: tuple[int, ...]

    def local(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the frame of the prop in the world."""
        c, s = float(np.cos(self.yaw)), float(np.sin(self.yaw))
        return self.x + c * x - s * y, self.y + s * x + c * y


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A thing that people name: `position` is where one stands before it."""

    name: str
    kind: str
    position: tuple[float, float]
    anchor: tuple[float, float, float]
    facing: float
    instance: int


@dataclass(slots=True, eq=False)
class Room:
    """A space that is furnished.

    Attributes:
        net: its floor. sides: its walls. gaps: the openings in them.
        keys: points that must stay reachable. marks: things that people name. spots: (x, y, yaw) where people stand.
    """

    rng: np.random.Generator
    draft: Draft
    counts: Counter[str]
    net: Polygon
    sides: Sequence[Side]
    gaps: Sequence[Gap]
    keep: list[Polygon] = field(default_factory=list)
    blocked: list[Polygon] = field(default_factory=list)
    taken: dict[int, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    keys: list[tuple[float, float]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    spots: list[tuple[float, float, float]] = field(default_factory=list)
    ground: BaseGeometry = field(default_factory=Polygon)

    def __post_init__(self) -> None:
        near = [polygon for polygon in self.draft.blocked if polygon.intersects(self.net)]  # the leaves of its doors
        self.blocked.extend(near)
        doors = [gap for gap in self.gaps if gap.kind in DOORS]
        self.ground = shapely.union_all([self.net, *(place(rect(1.4, gap.clear), *gap.at, gap.yaw) for gap in doors)])
        for gap in self.gaps:
            if gap.kind not in ("window", "glass"):
                zone = place(rect(2 * (1.05 + WALL / 2), min(gap.clear + 0.2, 2.4)), *gap.at, gap.yaw)
                self.keep.append(zone)
            if gap.kind in DOORS:
                self.keys.append(gap.at)
            elif gap.kind not in ("window", "glass"):
                inner = np.array(gap.at) + 0.65 * np.array(gap.normal) * (1 if gap.kind in ("lift", "stairs") else -1)
                self.keys.append((float(inner[0]), float(inner[1])))
        for k, side in enumerate(self.sides):
            self.taken[k] = [(h.span[0] - 0.08, h.span[1] + 0.08, h.bottom - 0.06, h.top + 0.06) for h in side.holes]

    def fits(self, shape: Polygon) -> bool:
        """Tell whether something may stand on `shape`: free, not in the way, and all stays within reach."""
        if shape.difference(self.net).area > 1e-6 or any(shape.intersects(zone) for zone in self.keep):
            return False
        if any(shape.intersection(other).area > 1e-5 for other in self.blocked):
            return False
        free = self.ground.difference(shapely.union_all([*self.blocked, shape]))
        parts = shapely.get_parts(free.buffer(-BODY, join_style="mitre"))
        if not len(parts):
            return False
        main = max(parts, key=lambda part: part.area)
        lost = sum(part.area for part in parts) - main.area
        return lost < 1.0 and all(main.distance(Point(key)) < 0.02 for key in self.keys)

    def put(self, prop: Prop, x: float, y: float, yaw: float, *, taken: Polygon | None = None) -> Placed | None:
        """Add a prop at (x, y), facing `yaw`, if it fits; `taken` is what it blocks, where that is more."""
        shape = place(prop.footprint if taken is None else taken, x, y, yaw)
        if not self.fits(shape):
            return None
        self.blocked.append(shape)
        self.draft.blocked.append(shape)
        return Placed(x=x, y=y, yaw=yaw, instances=tuple(self.add(item, x, y, yaw) for item in prop.items))

    def add(self, item: Item, x: float, y: float, yaw: float) -> int:
        """Add one item of something at (x, y), facing `yaw`; return its instance."""
        c, s = float(np.cos(yaw)), float(np.sin(yaw))
        self.counts[item.label] += 1
        return self.draft.add(
            f"{item.label} {self.counts[item.label]}", item.label, item.semantic, item.parts,
            x=x + c * item.x - s * item.y, y=y + s * item.x + c * item.y, yaw=yaw + item.yaw,
        )  # fmt: skip

    def lean(self, prop: Prop, k: int, at: float, *, off: float = OFF) -> Placed | None:
        """Add a prop with its back to wall `k`, its middle `at` metres from the start of the wall, if it fits."""
        side = self.sides[k]
        x0, y0, x1, y1 = prop.footprint.bounds
        begin, end = at - y1, at - y0  # y runs against the wall's direction
        if begin < -1e-6 or end > side.length + 1e-6:
            return None
        if any(begin < b and end > a and prop.height > low for a, b, low, _ in self.taken[k]):
            return None
        x, y = side.point(at, off - x0)
        placed = self.put(prop, float(x), float(y), side.yaw, taken=box(x0 - off, y0, x1, y1))
        if placed is not None:
            self.taken[k].append((begin, end, 0.0, prop.height))
        return placed

    def stand(self, prop: Prop, order: Sequence[int] | None = None, *, corner: bool = False) -> Placed | None:
        """Add a prop with its back to some wall, in a corner if wished; walls in this order, else in any."""
        sides = self.rng.permutation(len(self.sides)).tolist() if order is None else list(order)
        half = prop.footprint.bounds[3]
        for k in sides:
            length = self.sides[k].length
            if length < 2 * half:
                continue
            ends = [half + 0.03, length - half - 0.03]
            spots = ends if corner else [*self.rng.uniform(half, length - half, 3).tolist(), *ends]
            for at in self.rng.permutation(spots).tolist() if corner else spots:
                placed = self.lean(prop, k, at)
                if placed is not None:
                    return placed
        return None

    def hang(
        self, item: Item, width: float, low: float, high: float, order: Sequence[int] | None = None
    ) -> tuple[int, int, float] | None:
        """Hang something flat on some wall where nothing hides it; return instance, wall and place along it."""
        for k in self.rng.permutation(len(self.sides)).tolist() if order is None else order:
            side = self.sides[k]
            room = side.length - width - 0.3
            if room < 0.0:
                continue
            for at in [side.length / 2, *(0.15 + width / 2 + room * self.rng.random(4)).tolist()]:
                begin, end = at - width / 2 - 0.05, at + width / 2 + 0.05
                if any(begin < b and end > a and low < z1 and high > z0 for a, b, z0, z1 in self.taken[k]):
                    continue
                front = Point(side.point(at, 0.1))
                if high < 2.0 and any(front.distance(leaf) < width / 2 for leaf in self._leaves()):
                    continue
                self.taken[k].append((begin, end, low, high))
                x, y = side.point(at)
                return self.add(item, float(x), float(y), side.yaw), k, at
        return None

    def _leaves(self) -> list[Polygon]:
        return [
            shape
            for shape in self.blocked
            if shape.area < 0.2 and max(np.ptp(np.reshape(shape.bounds, (2, 2)), axis=0)) > 0.7
        ]

    def walls_without(self, *kinds: str) -> list[int]:
        """Return the walls that have no gap of these kinds, the longest first."""
        found = [k for k, side in enumerate(self.sides) if not any(gap.kind in kinds for gap in side.gaps)]
        return sorted(found, key=lambda k: -round(self.sides[k].length, 2))

    def mark(self, name: str, kind: str, placed: Placed, height: float, reach: float, item: int = 0) -> None:
        """Remember something that people name, before which one stands `reach` metres off."""
        position = placed.local(reach, 0.0)
        self.marks.append(
            Mark(name=name, kind=kind, position=position, anchor=(placed.x, placed.y, height),
                 facing=placed.yaw, instance=placed.instances[item])
        )  # fmt: skip

    def linger(self, placed: Placed, x: float, y: float, yaw: float) -> None:
        """Remember that people stand at a point of the frame of a prop, facing `yaw` there."""
        at = placed.local(x, y)
        self.spots.append((*at, placed.yaw + yaw))
