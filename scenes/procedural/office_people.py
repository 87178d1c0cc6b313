"""What people need to know of an office: landmarks, where they come from, where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from scenes.procedural.office_doors import CORRIDOR, LOBBY, SHAFT, Gap
from scenes.procedural.office_plan import COMPASS, WALL, Space
from scenes.procedural.office_room import Room
from scenes.scene import Entrance, FloatArray, Landmark, Region, Spot

BEFORE = 0.95  # m from the middle of the wall: where one stands before a door
WHEELCHAIR = 0.45  # m, radius of a wheelchair and a little
DOORWAYS = ("door", "pair", "passage")
TIGHT = 0.28  # m; ground on which no body of this radius can stand is not walkable


def free_ground(floor: Polygon, blocked: Sequence[Polygon]) -> Polygon:
    """Return the floor that is free and joined, without nooks too narrow for anybody."""
    free = floor.difference(shapely.union_all(blocked))
    wide = free.buffer(-TIGHT, join_style="mitre")
    main = max(shapely.get_parts(wide), key=lambda part: part.area)
    ground = main.buffer(TIGHT, join_style="mitre").intersection(free)
    ground = max(shapely.get_parts(ground), key=lambda part: part.area)
    return cast(Polygon, shapely.set_precision(ground, 1e-3).simplify(2e-3))


class Census:
    """Collects landmarks, entrances and spots on the free ground of a floor."""

    def __init__(self, ground: Polygon, regions: Sequence[Region]) -> None:
        self._regions = regions
        wide = ground.buffer(-WHEELCHAIR, join_style="mitre")
        self.inner = cast(Polygon, max(shapely.get_parts(wide), key=lambda part: part.area))
        self.landmarks: list[Landmark] = []
        self.entrances: list[Entrance] = []
        self.spots: list[Spot] = []

    def snap(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the point nearest to `point` at which a wheelchair can stand."""
        x, y = shapely.shortest_line(self.inner, Point(point)).coords[0]
        return float(x), float(y)

    def region(self, point: tuple[float, float]) -> str:
        """Return the name of the region that holds a point."""
        return min(self._regions, key=lambda region: round(region.polygon.distance(Point(point)), 6)).name

    def name(
        self, name: str, kind: str, text: str, position: tuple[float, float], anchor: tuple[float, float, float],
        facing: float, instance: int,
    ) -> None:  # fmt: skip
        """Add a landmark before which one stands at about `position`."""
        at = self.snap(position)
        self.landmarks.append(
            Landmark(
                name=name, kind=kind, text=text, position=at, anchor=anchor,  # type: ignore[arg-type]
                facing=float(np.arctan2(np.sin(facing), np.cos(facing))), region=self.region(at), instance=instance,
            )
        )  # fmt: skip

    def open(self, name: str, position: tuple[float, float], weight: float, radius: float = 0.35) -> None:
        """Add a place where people come from."""
        self.entrances.append(Entrance(name=name, position=self.snap(position), radius=radius, weight=weight))

    def stand(self, x: float, y: float, yaw: float, *, apart: float = 1.1, landmark: str = "") -> bool:
        """Add a place to stand, if it is free and far enough from the others."""
        if self.inner.distance(Point(x, y)) > (0.3 if landmark else 0.12):
            return False
        if any(np.hypot(spot.position[0] - x, spot.position[1] - y) < apart for spot in self.spots):
            return False
        wrapped = float(np.arctan2(np.sin(yaw), np.cos(yaw)))
        at = (x, y) if self.inner.contains(Point(x, y)) else self.snap((x, y))
        self.spots.append(Spot(kind="keeper" if landmark else "stand", position=at, yaw=wrapped, landmark=landmark))
        return True


def name_gaps(
    rng: np.random.Generator, census: Census, spaces: Sequence[Space], gaps: Sequence[Gap], signs: Mapping[int, int]
) -> None:
    """Add the landmarks and entrances that doors are: rooms, the way in, lifts, stairs, ways out."""
    lifts = 0
    sides: dict[str, int] = {}
    named: set[int] = set()
    for number, gap in enumerate(gaps):
        x, y = gap.before(WALL / 2 + 0.02)
        inward = gap.yaw + np.pi
        if gap.kind in DOORWAYS and gap.inside > SHAFT and gap.inside not in named:
            named.add(gap.inside)
            space = spaces[gap.inside]
            census.name(
                space.name, "room", space.name.upper(), gap.before(BEFORE), (x, y, 2.55), gap.yaw, signs[number]
            )
            if rng.random() < 0.6:
                census.open(space.name, gap.before(-1.15), 0.5, 0.3)
        elif gap.kind == "entrance":
            x, y = gap.before(-WALL / 2 - 0.05)
            census.name("main entrance", "exit", "EXIT", gap.before(-1.2), (x, y, 2.6), inward, signs[number])
            census.open("main entrance", gap.before(-0.9), 3.0, 0.6)
        elif gap.kind == "lift":
            lifts += 1
            if lifts == 1:
                census.name("lift", "door", "", gap.before(BEFORE), (*gap.before(0.0), 1.2), gap.yaw, signs[number])
            census.open(f"lift {lifts}", gap.before(0.75), 1.5)
        elif gap.kind == "stairs":
            census.name("stairs", "door", "STAIRS", gap.before(BEFORE), (x, y, 2.55), gap.yaw, signs[number])
            census.open("stairs", gap.before(0.75), 1.0)
        elif gap.kind == "exit":
            way = COMPASS[round(gap.normal[0]), round(gap.normal[1])]
            sides[way] = sides.get(way, 0) + 1
            name = f"{way} exit" if sides[way] == 1 else f"second {way} exit"
            x, y = gap.before(-WALL / 2 - 0.05)
            census.name(name, "exit", "EXIT", gap.before(-BEFORE), (x, y, 2.4), inward, signs[number])
            census.open(name, gap.before(-0.75), 0.3)


def name_things(census: Census, rooms: Sequence[Room]) -> None:
    """Add the landmarks that stand or hang in rooms, each name once."""
    for room in rooms:
        for mark in room.marks:
            if any(other.name == mark.name for other in census.landmarks):
                continue
            text = "RECEPTION" if mark.name == "reception" else ""
            census.name(mark.name, mark.kind, text, mark.position, mark.anchor, mark.facing, mark.instance)


def choose_spots(
    rng: np.random.Generator, census: Census, spaces: Sequence[Space], rooms: Sequence[Room], gaps: Sequence[Gap]
) -> None:
    """Add places to stand: behind the reception desk, at machines, in the lobby, along corridors, in rooms."""
    for mark in (mark for room in rooms for mark in room.marks if mark.name == "reception"):
        out = np.array([np.cos(mark.facing), np.sin(mark.facing)])
        x, y = np.array(mark.anchor[:2]) - 0.95 * out + 0.5 * np.array([-out[1], out[0]])
        census.stand(float(x), float(y), mark.facing, landmark="reception")
    for room in rooms:
        for x, y, yaw in room.spots:
            census.stand(x, y, yaw)
    doors: FloatArray = np.array([gap.at for gap in gaps if gap.kind not in ("window", "glass")])

    def scatter(ground: Polygon, wanted: int, apart: float, yaw: float | None) -> None:
        x0, y0, x1, y1 = ground.bounds
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        found = 0
        for _ in range(40 * wanted):
            point = rng.uniform((x0, y0), (x1, y1))
            turn = rng.uniform(-0.9, 0.9)
            if found >= wanted or not shapely.contains_xy(ground, *point):
                continue
            if np.hypot(*(doors - point).T).min() < 1.35:
                continue
            way = float(np.arctan2(*(middle - point)[::-1])) if yaw is None else yaw
            found += census.stand(float(point[0]), float(point[1]), way + float(turn), apart=apart)

    scatter(rooms[LOBBY].net, 5, 1.8, None)
    for _, part in spaces[CORRIDOR].parts:
        x0, y0, x1, y1 = part.bounds
        lengthwise = x1 - x0 > y1 - y0
        for side in (-1.0, 1.0):
            for _ in range(3):
                along = float(rng.uniform(0.12, 0.88))
                if lengthwise:
                    point = np.array([x0 + along * (x1 - x0), (y0 + y1) / 2 + side * ((y1 - y0) / 2 - 0.54)])
                    yaw = -side * np.pi / 2
                else:
                    point = np.array([(x0 + x1) / 2 + side * ((x1 - x0) / 2 - 0.54), y0 + along * (y1 - y0)])
                    yaw = np.pi if side > 0 else 0.0
                if np.hypot(*(doors - point).T).min() > 1.5:
                    census.stand(float(point[0]), float(point[1]), yaw + float(rng.uniform(-0.6, 0.6)), apart=3.0)
    for room, space in zip(rooms[LOBBY + 1 :], spaces[SHAFT + 1 :], strict=True):
        if space.use in ("open", "lounge", "kitchen", "meeting", "shared"):
            scatter(room.net, 2 if space.use in ("open", "lounge") else 1, 1.6, None)
