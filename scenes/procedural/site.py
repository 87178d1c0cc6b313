"""Furnishing a square: what stands where, with a passage left round everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural import furniture, traffic
from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.furniture import Palette, disc, rect
from scenes.procedural.town import CURB_SOUTH, KERB, OPEN_ZONE, Town
from scenes.procedural.vehicle import MODELS, Garage

PASSAGE = 1.6  # m, left free round everything that stands on the square
MIDDLE = np.array([(OPEN_ZONE[0] + OPEN_ZONE[2]) / 2, (OPEN_ZONE[1] + OPEN_ZONE[3]) / 2])  # m, of the open zone
Thing = tuple[str, str, tuple[float, float, float], int]  # name, kind, anchor and instance of what people name


@dataclass(slots=True, eq=False)
class Site:
    """The square while it is being furnished."""

    rng: np.random.Generator
    draft: Draft
    ground: Polygon
    kept_free: BaseGeometry

    def settle(
        self, footprint: Polygon, zone: BaseGeometry, yaws: Sequence[float] | None = None
    ) -> tuple[float, float, float] | None:
        """Return x, y and yaw in `zone` where a thing leaves a passage all round, None if no place is found.

        Without `yaws` the thing faces the middle of the square, by quarter turns.
        """
        west, south, east, north = zone.bounds
        taken = np.array(self.draft.blocked)
        shapely.prepare([zone, self.kept_free, self.ground])
        for _ in range(1500):
            x, y = self.rng.uniform((west, south), (east, north))
            inward = np.round(np.arctan2(MIDDLE[1] - y, MIDDLE[0] - x) / (np.pi / 2)) * np.pi / 2
            yaw = float(inward if yaws is None else yaws[int(self.rng.integers(len(yaws)))])
            spot = place(footprint, x, y, yaw)
            if not zone.contains(spot) or self.kept_free.intersects(spot):
                continue
            room = spot.buffer(PASSAGE, quad_segs=2)
            if self.ground.contains(room) and not shapely.intersects(taken, room).any():
                return float(x), float(y), yaw
        return None


def kept_free(town: Town, shops: Mapping[int, str]) -> BaseGeometry:
    """Return ground on which nothing may stand: the open zone, the way into streets and shops, the road."""
    areas = [box(*OPEN_ZONE), town.road.buffer(0.9), town.crosswalk.buffer(2.2)]
    areas += [street.ground.buffer(0.3) for street in town.streets]
    for street in town.streets:
        along = (street.path[1] - street.path[0]) / np.hypot(*(street.path[1] - street.path[0]))
        areas.append(
            LineString([street.path[0], street.path[0] - 5.0 * along]).buffer(street.width / 2, cap_style="flat")
        )
    for index in shops:
        lot = town.lots[index]
        areas.append(LineString([lot.before(0.0), lot.before(3.0)]).buffer(lot.shop_width() / 2, cap_style="flat"))
    return shapely.union_all(areas)


def equip_road(site: Site, town: Town, palette: Palette) -> None:
    """Add parked cars, road blocks, traffic signs and bollards."""
    rng, draft = site.rng, site.draft
    bays, garage = town.bays(), Garage(rng)
    for k, index in enumerate(sorted(rng.permutation(len(bays))[: max(3, len(bays) - 1)].tolist())):
        x, y = bays[index].centroid.coords[0]
        yaw = float(rng.choice((0.0, np.pi)) + rng.uniform(-0.03, 0.03))
        model = MODELS[int(rng.integers(len(MODELS)))]
        footprint = rect(model.length + 0.1, model.width + 0.1)
        draft.add(f"car {k + 1}", "car", "Car", garage.build(rng, model), x=x, y=y, yaw=yaw, footprint=footprint)
    street = town.streets[-1]
    x, y = float(street.path[0, 0]) + 2.2, (KERB + CURB_SOUTH) / 2
    for k, shift in enumerate((-0.78, 0.78)):
        draft.add(
            f"road block {k + 1}",
            "road block",
            "RoadBlock",
            traffic.build_barrier(),
            x=x,
            y=y + shift,
            footprint=rect(0.5, 1.56),
        )
    west, south, east, north = town.crosswalk.bounds
    signs = (
        ("crossing", east + 0.5, north + 0.45, 0.0),
        ("crossing", west - 0.5, south - 0.35, np.pi),
        ("no entry", x - 1.1, KERB + 0.45, np.pi),
        ("parking", -19.0, CURB_SOUTH + 0.5, np.pi / 2),
    )
    for k, (kind, sx, sy, yaw) in enumerate(signs):
        parts = traffic.build_traffic_sign(*traffic.paint_sign(kind))
        draft.add(
            f"traffic sign {k + 1}", f"{kind} sign", "TrafficSign", parts, x=sx, y=sy, yaw=yaw, footprint=disc(0.06)
        )
    posts = [
        bx
        for bx in np.arange(-18.8, town.square.bounds[2] - 1.5, 2.4)
        if not west - 1.2 < bx < east + 1.2 and abs(bx - signs[2][1]) > 1.0
    ]
    bollard = furniture.build_bollard(palette)
    for k, bx in enumerate(posts):
        draft.add(
            f"bollard {k + 1}",
            "bollard",
            "Obstacle",
            bollard,
            x=float(bx),
            y=KERB + 0.6,
            footprint=disc(0.12),
        )


def furnish(site: Site, town: Town, palette: Palette) -> list[Thing] | None:
    """Add what stands on the square; return what people name, or None where something found no room."""
    rng = site.rng
    west, _, east, north = town.square.bounds
    sides = [
        box(west + 2.2, KERB + 1.0, OPEN_ZONE[0], north - 2.2),
        box(OPEN_ZONE[2], KERB + 1.0, east - 2.2, north - 2.2),
    ]
    rng.shuffle(sides)
    whole = box(west + 1.8, KERB + 1.0, east - 1.8, north - 1.8).difference(box(*OPEN_ZONE))
    quarter = tuple(np.arange(4) * np.pi / 2)
    tree = partial(furniture.build_tree, rng, palette)
    column = partial(furniture.build_column, rng, palette)
    plan: list[tuple[str, str, str, float, Polygon, BaseGeometry, Callable[[], list[Part]]]] = [
        ("fountain", "fountain", "Obstacle", 1.5, disc(2.2), sides[0], partial(furniture.build_fountain, palette)),
        ("bicycle rack", "other", "Obstacle", 0.6, rect(1.9, 4.2), whole, partial(furniture.build_rack, palette, 5)),
        ("market stall", "other", "Booth", 2.3, rect(2.3, 3.0), whole, partial(furniture.build_stall, rng, palette)),
        ("statue", "statue", "Obstacle", 3.0, rect(1.8, 1.8), sides[1], partial(furniture.build_statue, palette)),
        ("kiosk", "kiosk", "Booth", 2.4, disc(1.5), sides[1], partial(furniture.build_kiosk, rng, palette)),
        ("old oak", "tree", "Vegetation", 3.5, disc(1.2), whole, partial(tree, old=True)),
        ("poster column", "other", "Advertising", 1.6, disc(0.72), whole, column),
        ("stone bench", "bench", "Obstacle", 0.5, rect(0.6, 3.2), whole, partial(furniture.build_stone_bench, palette)),
    ]  # fmt: skip
    things = []
    for name, kind, semantic, height, footprint, zone, build in plan:
        yaws = quarter if name == "bicycle rack" else None
        at = site.settle(footprint, zone, yaws) or site.settle(footprint, whole, yaws)
        if at is None:
            return None
        x, y, yaw = at
        instance = site.draft.add(name, name, semantic, build(), x=x, y=y, yaw=yaw, footprint=footprint)
        things.append((name, kind, (x, y, height), instance))
        if name == "bicycle rack":
            for k in rng.permutation(5)[: int(rng.integers(2, 5))]:
                across = 0.8 * (k - 2) + 0.12
                bx, by = x - across * np.sin(yaw), y + across * np.cos(yaw)
                turn = yaw + float(rng.choice((0.0, np.pi)))
                site.draft.add(
                    f"bicycle {k + 1}",
                    "bicycle",
                    "Bicycle",
                    furniture.build_bicycle(rng, palette),
                    x=bx,
                    y=by,
                    yaw=turn,
                )
    bench = partial(furniture.build_bench, palette)
    for label, semantic, count, footprint, build in (
        ("hand cart", "Carts", 2, rect(2.2, 1.0), partial(furniture.build_cart, rng, palette)),
        ("tree", "Vegetation", int(rng.integers(4, 7)), disc(0.7), tree),
        ("bench", "Obstacle", 4, rect(0.55, 1.8), bench),
        ("lamp post", "Obstacle", 5, disc(0.16), partial(furniture.build_lamp, palette)),
        ("litter bin", "Obstacle", 2, disc(0.24), partial(furniture.build_bin, palette)),
    ):
        for k in range(count):
            at = site.settle(footprint, whole)
            if at is None and k == 0:
                return None
            if at is not None:
                x, y, yaw = at
                site.draft.add(f"{label} {k + 1}", label, semantic, build(), x=x, y=y, yaw=yaw, footprint=footprint)
    return things


def dress_streets(site: Site, town: Town, shops: Mapping[int, str], palette: Palette) -> None:
    """Add tubs of flowers, benches and bins along houses that hold no shop."""
    rng = site.rng
    ends = shapely.MultiPoint([street.path[-1] for street in town.streets])
    for index, lot in enumerate(town.lots):
        spot = Point(lot.before(0.0))
        if index in shops or lot.width() < 3.5 or spot.distance(ends) < 6.0 or rng.random() < 0.4:
            continue
        label, semantic, footprint, build = (
            ("flower tub", "Obstacle", rect(0.5, 1.2), partial(furniture.build_tub, rng, palette)),
            ("bench", "Obstacle", rect(0.55, 1.8), partial(furniture.build_bench, palette)),
            ("litter bin", "Obstacle", disc(0.24), partial(furniture.build_bin, palette)),
        )[int(rng.integers(3))]
        out = lot.out()
        x, y = (float(v) for v in lot.before(0.38, float(rng.uniform(-0.3, 0.3) * lot.width())))
        yaw = float(np.arctan2(out[1], out[0]))
        room = place(footprint, x, y, yaw).buffer(PASSAGE)
        fronts = [LineString(town.lots[i].front) for i in shops]
        if not shapely.intersects(np.array([*site.draft.blocked, town.road, *fronts]), room).any():
            site.draft.add(
                f"{label} by house {index + 1}", label, semantic, build(), x=x, y=y, yaw=yaw, footprint=footprint
            )
