"""Where people come from, stand and wait in a street, and what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Draft
from scenes.procedural.street_plan import CROSSING, StreetPlan
from scenes.procedural.street_site import Shop, Thing
from scenes.routes import wrap
from scenes.scene import Entrance, FloatArray, Landmark, Region, Spot

ROOM = 0.8  # m, kept from everything by whoever stands before a landmark


def free_ground(draft: Draft, plan: StreetPlan) -> Polygon:
    """Return the walkable ground: one piece, a hand's breadth off walls and kerbs."""
    free = plan.walk.buffer(-0.1, join_style="mitre").difference(shapely.union_all(draft.blocked))
    return cast(Polygon, max(shapely.get_parts(free), key=lambda part: part.area))


def _stand(inner: BaseGeometry, wanted: Sequence[float] | FloatArray) -> tuple[float, float]:
    near = shapely.shortest_line(inner, Point(float(wanted[0]), float(wanted[1]))).coords[0]
    return float(near[0]), float(near[1])


def _roomy(walkable: Polygon) -> BaseGeometry:
    """Return the ground that is joined by passages of at least 1.6 m."""
    parts: list[BaseGeometry] = shapely.get_parts(walkable.buffer(-ROOM)).tolist()
    return max(parts, key=lambda part: part.area)


def _region(regions: Sequence[Region], point: tuple[float, float]) -> str:
    here = Point(point)
    return min(regions, key=lambda region: region.polygon.distance(here)).name


def name_landmarks(
    plan: StreetPlan,
    shops: Sequence[Shop],
    things: Sequence[Thing],
    crossings: dict[str, int],
    walkable: Polygon,
    regions: Sequence[Region],
) -> list[Landmark]:
    """Return shops, crossings and what else is seen on the way."""
    inner = _roomy(walkable)
    found = []
    for shop in shops:
        out, middle = shop.lot.out(), shop.lot.before(0.0)
        at = _stand(inner, shop.lot.before(1.7))
        found.append(
            Landmark(
                name=shop.name,
                kind="shop",
                text=shop.name.upper(),
                position=at,
                anchor=(float(middle[0] + 0.14 * out[0]), float(middle[1] + 0.14 * out[1]), 3.03),
                facing=float(np.arctan2(out[1], out[0])),
                region=_region(regions, at),
                instance=shop.instance,
            )
        )
    marks = [(thing.name, thing.kind, thing.anchor, thing.instance) for thing in things]
    for crossing in plan.crossings:
        if crossing.main:
            marks.append((crossing.name, "crossing", (*crossing.middle, 0.0), crossings[crossing.name]))
    for name, kind, anchor, instance in marks:
        at = _stand(inner, anchor[:2])
        found.append(
            Landmark(
                name=name,
                kind=kind,  # type: ignore[arg-type]
                text="BUS STOP" if name == "bus stop" else "",
                position=at,
                anchor=anchor,
                facing=float(np.arctan2(at[1] - anchor[1], at[0] - anchor[0])) if kind != "crossing" else 0.0,
                region=_region(regions, at),
                instance=instance,
            )
        )
    return found


def open_entrances(plan: StreetPlan, shops: Sequence[Shop], walkable: Polygon) -> tuple[Entrance, ...]:
    """Return the ends of all streets, and some doors."""
    found = []
    inner = _roomy(walkable)
    for branch in plan.branches:
        along = branch.line.length - 1.5
        sides = (0.0,) if not branch.lane else (1.0, -1.0)
        for side in sides:
            x, y, _ = branch.line.at(along, side * (branch.lane + branch.width / 2) / 2)
            x, y = _stand(inner, (x, y))
            name = f"{branch.name} end" if not side else f"{branch.name} end, {'left' if side > 0 else 'right'}"
            found.append(Entrance(name=name, position=(x, y), radius=0.7, weight=1.0 if not side else 0.7))
    for shop in [
        shop for shop in shops if shop.name in ("supermarket", "cafe", "bakery", "library", "cinema", "hotel")
    ][:3]:
        x, y = _stand(inner, shop.lot.before(0.9, shop.door))
        found.append(Entrance(name=f"{shop.name} door", position=(x, y), radius=0.5, weight=0.35))
    return tuple(found)


def choose_spots(
    rng: np.random.Generator, plan: StreetPlan, shops: Sequence[Shop], walkable: Polygon
) -> tuple[Spot, ...]:
    """Return where people wait at crossings and the bus stop, look at windows, talk, and keep shops."""
    inner = walkable.buffer(-0.45)
    shapely.prepare(inner)
    taken: list[tuple[float, float]] = []
    spots: list[Spot] = []

    def keep(x: float, y: float, yaw: float, apart: float, landmark: str = "") -> bool:
        free = inner.contains(Point(x, y)) and all(np.hypot(x - u, y - v) > apart for u, v in taken)
        if free:
            taken.append((float(x), float(y)))
            kind = "keeper" if landmark else "stand"
            spots.append(Spot(kind=kind, position=(float(x), float(y)), yaw=wrap(float(yaw)), landmark=landmark))  # type: ignore[arg-type]
        return bool(free)

    for index in rng.permutation(len(shops))[: max(6, len(shops) // 2)].tolist():
        shop = shops[index]
        yaw = float(np.arctan2(*shop.lot.out()[::-1]))
        sign = float(rng.choice((-1.0, 1.0)))
        for distance, across in ((0.8, 0.9), (1.0, 0.9), (0.8, -0.9), (1.4, 0.9), (1.4, -0.9), (1.8, 0.4), (2.2, 0.0)):
            x, y = shop.lot.before(distance, shop.door + sign * across).tolist()
            if keep(x, y, yaw, 0.9, shop.name):
                break
    for crossing in plan.crossings:
        if crossing.main:
            x, y = crossing.middle
            t = np.array([np.cos(crossing.heading), np.sin(crossing.heading)])
            n = np.array([-t[1], t[0]])
            for side in (1.0, -1.0):
                for along in rng.uniform(-CROSSING / 2 + 0.5, CROSSING / 2 - 0.5, 2):
                    at = np.array([x, y]) + side * (plan.lane + 0.75) * n + along * t
                    keep(float(at[0]), float(at[1]), float(np.arctan2(*(-side * n)[::-1])), 0.8)
    start, end, side = plan.stop
    middle = (start + end) / 2
    for s in (middle + 2.8, middle - 2.8, end - 0.4):
        x, y, heading = plan.line.at(s, side * (plan.lane + 0.75))
        keep(x, y, heading - side * np.pi / 2, 0.8)
    for index in rng.permutation(len(shops))[: len(shops) // 2].tolist():
        lot = shops[index].lot
        x, y = lot.before(1.25, float(rng.uniform(-0.35, 0.35)) * shops[index].width).tolist()
        keep(x, y, float(np.arctan2(*-lot.out()[::-1])), 1.4)
    wanted = len(spots) + 12
    for _ in range(400):
        if len(spots) >= wanted:
            break
        s, side = float(rng.uniform(4.0, plan.line.length - 4.0)), float(rng.choice((-1.0, 1.0)))
        x, y, _ = plan.line.at(s, side * rng.uniform(plan.lane + 0.8, plan.half - 1.2))
        yaw = float(rng.uniform(-np.pi, np.pi))
        u, v = x + 0.95 * np.cos(yaw), y + 0.95 * np.sin(yaw)
        if inner.contains(Point(u, v)) and keep(x, y, yaw, 2.0):
            keep(u, v, yaw + np.pi, 0.9)  # two who talk
    for branch in plan.branches:
        s = float(rng.uniform(plan.half + 3.0, branch.line.length - 4.0))
        side = float(rng.choice((-1.0, 1.0)))
        x, y, heading = branch.line.at(s, side * (0.5 * branch.width - 1.0))
        keep(x, y, heading - side * np.pi / 2, 1.5)
    return tuple(spots)
