"""A European town square: shops round it and in the lanes that leave it, a fountain, trees, a road along one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from scenes.procedural import furniture, traffic
from scenes.procedural.building import Mason
from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.furniture import Palette, disc, rect
from scenes.procedural.geometry import sheet
from scenes.procedural.shop import SHOPS, build_front, build_sign
from scenes.procedural.texture import speckle
from scenes.procedural.town import CURB_SOUTH, KERB, OPEN_ZONE, Lot, Town, draw_town
from scenes.scene import Entrance, FloatArray, Landmark, Light, Material, Region, Scene, Spot

MIDDLE = np.array([(OPEN_ZONE[0] + OPEN_ZONE[2]) / 2, (OPEN_ZONE[1] + OPEN_ZONE[3]) / 2])  # m, of the open zone
PAINT = 0.012  # m, height of markings above the road
PASSAGE = 1.6  # m, left free round everything that stands on the square
HIDDEN_SHOPS = 7  # at least so many shops cannot be seen from the middle, where the plan has room for them


@dataclass(slots=True, eq=False)
class _Site:
    """The square while it is being furnished."""

    rng: np.random.Generator
    draft: Draft
    ground: Polygon
    kept_free: Polygon
    landmarks: list[Landmark] = field(default_factory=list)

    def settle(
        self, footprint: Polygon, zone: Polygon, yaws: Sequence[float] | None = None
    ) -> tuple[float, float, float] | None:
        """Return x, y and yaw in `zone` where a thing leaves a passage all round, None if no place is found.

        Without `yaws` the thing faces the middle of the square, by quarter turns.
        """
        west, south, east, north = zone.bounds
        taken = np.array([self.kept_free, *self.draft.blocked])
        for _ in range(250):
            x, y = self.rng.uniform((west, south), (east, north))
            inward = np.round(np.arctan2(MIDDLE[1] - y, MIDDLE[0] - x) / (np.pi / 2)) * np.pi / 2
            yaw = float(inward if yaws is None else yaws[int(self.rng.integers(len(yaws)))])
            spot = place(footprint, x, y, yaw)
            room = spot.buffer(PASSAGE, quad_segs=2)
            if zone.contains(spot) and self.ground.contains(room) and not shapely.intersects(taken[0], spot):
                if not shapely.intersects(taken[1:], room).any():
                    return float(x), float(y), yaw
        return None


class Plaza:
    """Builds town squares of about 44 m x 36 m with four or five streets and 12 to 16 shops."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the square that `rng` draws; `seed` is recorded."""
        town = draw_town(rng)
        draft, palette = Draft(), Palette.draw(rng)
        crosswalk = _lay_ground(rng, draft, town)
        shops = _choose_shops(rng, town)
        landmarks = _build_houses(rng, draft, town, shops)
        site = _Site(rng, draft, town.ground, _kept_free(town, shops))
        _equip_road(site, town, palette)
        things = _furnish(site, town, palette)
        _dress_streets(site, town, shops, palette)
        walkable = _walkable(draft, town)
        regions = (
            Region(name="square", kind="square", polygon=town.square),
            *(
                Region(name=street.name, kind="street", polygon=street.ground.difference(town.square))
                for street in town.streets
            ),
        )
        inner = walkable.buffer(-0.6)
        landmarks += [
            _name_thing(name, kind, anchor, instance, inner, regions) for name, kind, anchor, instance in things
        ]
        x, y = town.crosswalk.centroid.coords[0]
        landmarks.append(_name_thing("crosswalk", "crossing", (x, y, 0.0), crosswalk, inner, regions))
        entrances = []
        for street in town.streets:
            along = street.path[-1] - street.path[-2]
            x, y = street.path[-1] - 1.4 * along / np.hypot(*along)
            entrances.append(Entrance(name=f"{street.name} gate", position=(float(x), float(y)), radius=0.8))
        azimuth, height = rng.uniform(-2.6, -0.5), rng.uniform(0.75, 1.0)  # radians; the sun stands in the south
        sun = (float(np.cos(azimuth) * np.cos(height)), float(np.sin(azimuth) * np.cos(height)), float(np.sin(height)))
        return Scene(
            name="plaza",
            seed=seed,
            objects=tuple(draft.objects),
            walkable=walkable,
            regions=regions,
            landmarks=tuple(landmarks),
            entrances=tuple(entrances),
            spots=_choose_spots(rng, town, shops, walkable),
            light=Light(sun=sun),
        )


def _lay_ground(rng: np.random.Generator, draft: Draft, town: Town) -> int:
    """Add paving, road and markings; return the instance of the crosswalk."""
    paving, middle, kerb = furniture.build_paving(rng)
    asphalt = Material(texture=speckle(rng, (0.33, 0.33, 0.34), size=256, fine=0.06, coarse=0.04))
    white = Material(color=(0.92, 0.92, 0.9))
    inlay = box(*OPEN_ZONE)
    border = inlay.buffer(0.5, join_style="mitre").difference(inlay)
    edge = town.road.buffer(0.3, join_style="mitre", cap_style="flat").difference(town.road).intersection(town.ground)
    bays = _bays(town)
    parking = shapely.union_all(bays)
    around = town.ground.buffer(14.0)
    draft.add(
        "terrain",
        "ground",
        "Background",
        [Part(mesh=sheet(around, -0.03, 4.0), material=Material(color=(0.42, 0.44, 0.38)))],
    )
    plain = shapely.union_all([inlay, border, town.road, edge])
    for name, semantic, ground, material, tile in (
        ("paving", "SideWalk", town.ground.difference(plain), paving, 3.0),
        ("square paving", "SideWalk", inlay, middle, 3.2),
        ("kerb", "SideWalk", border.union(edge), kerb, 1.0),
        ("road", "Road", town.road.difference(parking), asphalt, 4.0),
        ("parking", "Parking", parking, Material(color=(0.92, 0.94, 1.0), texture=asphalt.texture), 4.0),
    ):
        draft.add(name, name, semantic, [Part(mesh=sheet(ground, 0.0, tile), material=material)])
    paint = {
        "lane marking": (
            "RoadMarking",
            traffic.mark_lane(town.road, (KERB - 13.9) / 2, -18.5, town.square.bounds[2], town.crosswalk),
        ),
        "bay marking": ("RoadMarking", traffic.mark_bays(bays)),
        "crosswalk": ("CrossWalk", traffic.mark_crosswalk(town.crosswalk)),
    }
    for name, (semantic, shape) in paint.items():
        draft.add(name, name, semantic, [Part(mesh=sheet(shape, PAINT, 1.0), material=white, solid=False)])
    return draft.instances


def _bays(town: Town) -> list[Polygon]:
    """Return the parking bays along the south kerb of the road, clear of the crosswalk."""
    length, width = traffic.BAY
    west, _, east, _ = town.crosswalk.buffer(2.4, join_style="mitre").bounds
    starts = [*np.arange(-19.0, west - length, length), *np.arange(east, 21.0 - length, length)]
    return [box(x, CURB_SOUTH, x + length, CURB_SOUTH + width) for x in starts]


def _choose_shops(rng: np.random.Generator, town: Town) -> dict[int, str]:
    """Return the names of shops by index of their lot; many lie where they cannot be seen from the middle."""
    ends = shapely.MultiPoint([street.path[-1] for street in town.streets])
    lots = [
        index
        for index, lot in enumerate(town.lots)
        if lot.width() >= 5.0 and Point(lot.front.mean(axis=0)).distance(ends) > 6.0
    ]
    hidden = [i for i in lots if not town.ground.covers(LineString([MIDDLE, town.lots[i].before(1.6)]))]
    count = int(rng.integers(12, 17))
    first = rng.permutation(hidden)[: max(HIDDEN_SHOPS, count // 2 + 1)].tolist()
    rest = rng.permutation([i for i in lots if i not in hidden])[: count - len(first)].tolist()
    names = rng.permutation(list(SHOPS))[: len(first) + len(rest)].tolist()
    return dict(zip(sorted([*first, *rest]), names, strict=True))


def _front_width(lot: Lot) -> float:
    return min(lot.width() - 0.5, 6.5)


def _build_houses(rng: np.random.Generator, draft: Draft, town: Town, shops: Mapping[int, str]) -> list[Landmark]:
    """Add houses, shops and gateways; return the landmarks of the shops."""
    mason = Mason(rng)
    landmarks = []
    for index, lot in enumerate(town.lots):
        name = shops.get(index, "")
        width = _front_width(lot) if name else 0.0
        parts, _ = mason.build_house(rng, lot, town.ground, width)
        draft.add(f"house {index + 1}", "house", "Building", parts)
        if not name:
            continue
        style, out = SHOPS[name], lot.out()
        x, y = (float(v) for v in lot.before(0.0))
        yaw = float(np.arctan2(out[1], out[0]))
        draft.add(f"{name} front", f"{name} front", "StoreFront", build_front(rng, style, width), x=x, y=y, yaw=yaw)
        side = float(rng.choice((-1.0, 1.0)))
        sign = draft.add(
            f"{name} sign", f"{name} sign", "StoreFront", build_sign(name, style, width, side), x=x, y=y, yaw=yaw
        )
        at = lot.before(1.6)
        landmarks.append(
            Landmark(
                name=name,
                kind="shop",
                text=name.upper(),
                position=(float(at[0]), float(at[1])),
                anchor=(x + 0.14 * float(out[0]), y + 0.14 * float(out[1]), 3.02),
                facing=yaw,
                region=lot.region,
                instance=sign,
            )
        )
    for street in town.streets:
        draft.add(f"{street.name} gate", "gateway", "Building", mason.build_gateway(rng, street))
    return landmarks


def _kept_free(town: Town, shops: Mapping[int, str]) -> Polygon:
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
        areas.append(LineString([lot.before(0.0), lot.before(3.0)]).buffer(_front_width(lot) / 2, cap_style="flat"))
    return shapely.union_all(areas)


def _equip_road(site: _Site, town: Town, palette: Palette) -> None:
    """Add parked cars, road blocks, traffic signs and bollards."""
    rng, draft = site.rng, site.draft
    bays = _bays(town)
    for k, index in enumerate(sorted(rng.permutation(len(bays))[: max(3, len(bays) - 1)].tolist())):
        x, y = bays[index].centroid.coords[0]
        yaw = float(rng.choice((0.0, np.pi)) + rng.uniform(-0.03, 0.03))
        draft.add(
            f"car {k + 1}", "car", "Car", traffic.build_car(rng, palette), x=x, y=y, yaw=yaw, footprint=rect(4.2, 1.8)
        )
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
        ("parking", -19.4, CURB_SOUTH - 0.3, np.pi / 2),
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
    for k, bx in enumerate(posts):
        draft.add(
            f"bollard {k + 1}",
            "bollard",
            "Obstacle",
            furniture.build_bollard(palette),
            x=float(bx),
            y=KERB + 0.6,
            footprint=disc(0.12),
        )


def _furnish(site: _Site, town: Town, palette: Palette) -> list[tuple[str, str, tuple[float, float, float], int]]:
    """Add what stands on the square; return name, kind, anchor and instance of what people name."""
    rng = site.rng
    west, _, east, north = town.square.bounds
    sides = [
        box(west + 2.2, KERB + 1.0, OPEN_ZONE[0], north - 2.2),
        box(OPEN_ZONE[2], KERB + 1.0, east - 2.2, north - 2.2),
    ]
    rng.shuffle(sides)  # type: ignore[arg-type]
    whole = box(west + 1.8, KERB + 1.0, east - 1.8, north - 1.8).difference(box(*OPEN_ZONE))
    quarter = tuple(np.arange(4) * np.pi / 2)
    tree = partial(furniture.build_tree, rng, palette)
    plan: list[tuple[str, str, str, float, Polygon, Polygon, object]] = [
        ("fountain", "fountain", "Obstacle", 1.5, disc(2.2), sides[0], partial(furniture.build_fountain, palette)),
        ("statue", "statue", "Obstacle", 3.0, rect(1.8, 1.8), sides[1], partial(furniture.build_statue, palette)),
        ("kiosk", "kiosk", "Booth", 2.4, disc(1.4), sides[1], partial(furniture.build_kiosk, rng, palette)),
        ("old oak", "tree", "Vegetation", 3.5, disc(1.2), whole, partial(tree, old=True)),
        ("market stall", "other", "Booth", 2.3, rect(2.3, 3.0), whole, partial(furniture.build_stall, rng, palette)),
        ("advertising column", "other", "Advertising", 1.6, disc(0.72), whole, partial(furniture.build_column, rng, palette)),
        ("stone bench", "bench", "Obstacle", 0.5, rect(0.6, 3.2), whole, partial(furniture.build_stone_bench, palette)),
        ("bicycle rack", "other", "Obstacle", 0.6, rect(1.9, 4.2), whole, partial(furniture.build_rack, palette, 5)),
    ]  # fmt: skip
    things = []
    for name, kind, semantic, height, footprint, zone, build in plan:
        yaws = quarter if name == "bicycle rack" else None
        at = site.settle(footprint, zone, yaws) or site.settle(footprint, whole, yaws)
        if at is None:
            raise RuntimeError(f"plaza: expected room for the {name}, found none; report the seed")
        x, y, yaw = at
        instance = site.draft.add(name, name, semantic, build(), x=x, y=y, yaw=yaw, footprint=footprint)  # type: ignore[operator]
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
        ("tree", "Vegetation", int(rng.integers(4, 7)), disc(0.7), tree),
        ("bench", "Obstacle", 4, rect(0.55, 1.8), bench),
        ("lamp post", "Obstacle", 5, disc(0.16), partial(furniture.build_lamp, palette)),
        ("hand cart", "Carts", 2, rect(2.2, 1.0), partial(furniture.build_cart, rng, palette)),
        ("litter bin", "Obstacle", 2, disc(0.24), partial(furniture.build_bin, palette)),
    ):
        for k in range(count):
            at = site.settle(footprint, whole)
            if at is not None:
                x, y, yaw = at
                site.draft.add(f"{label} {k + 1}", label, semantic, build(), x=x, y=y, yaw=yaw, footprint=footprint)
    return things


def _dress_streets(site: _Site, town: Town, shops: Mapping[int, str], palette: Palette) -> None:
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


def _walkable(draft: Draft, town: Town) -> Polygon:
    """Return the free ground: one piece, a hand's breadth off every wall."""
    free = draft.free(town.ground.buffer(-0.1, join_style="mitre"))
    return max(shapely.get_parts(free), key=lambda part: part.area)


def _name_thing(
    name: str, kind: str, anchor: tuple[float, float, float], instance: int, inner: Polygon, regions: Sequence[Region]
) -> Landmark:
    """Return the landmark of a thing that stands free: one stands before it on the side of the middle."""
    towards = MIDDLE - anchor[:2]
    towards = towards / max(float(np.hypot(*towards)), 1e-6)
    near = shapely.shortest_line(inner, Point(*(anchor[:2] + 0.4 * towards))).coords[0]
    point = Point(near)
    return Landmark(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        text=name.upper() if name == "kiosk" else "",
        position=(near[0], near[1]),
        anchor=anchor,
        facing=float(np.arctan2(towards[1], towards[0])),
        region=min(regions, key=lambda region: region.polygon.distance(point)).name,
        instance=instance,
    )


def _choose_spots(
    rng: np.random.Generator, town: Town, shops: Mapping[int, str], walkable: Polygon
) -> tuple[Spot, ...]:
    """Return places to stand round the square and in the streets, and beside the doors of some shops."""
    inner = walkable.buffer(-0.7)
    shapely.prepare(inner)
    taken: list[FloatArray] = []
    spots = []

    def keep(point: FloatArray, yaw: float, apart: float, landmark: str = "") -> bool:
        free = inner.contains(Point(point)) and all(np.hypot(*(point - other)) > apart for other in taken)
        if free:
            taken.append(point)
            wrapped = float(np.arctan2(np.sin(yaw), np.cos(yaw)))
            kind = "keeper" if landmark else "stand"
            spots.append(Spot(kind=kind, position=(float(point[0]), float(point[1])), yaw=wrapped, landmark=landmark))
        return free

    for index in rng.permutation(sorted(shops))[: max(6, len(shops) // 2)].tolist():
        lot = town.lots[index]
        side = float(rng.choice((-1.0, 1.0))) * (_front_width(lot) / 2 - 0.6)
        keep(lot.before(0.95, side), float(np.arctan2(*lot.out()[::-1])), 1.0, shops[index])
    for street in town.streets:
        for leg, share in ((0, 0.7), (1, rng.uniform(0.25, 0.65))):
            a, b = street.path[leg], street.path[leg + 1]
            along = (b - a) / np.hypot(*(b - a))
            side = float(rng.choice((-1.0, 1.0)))
            aside = np.array([-along[1], along[0]]) * side
            keep(a + share * (b - a) + 0.22 * street.width * aside, float(np.arctan2(*-aside[::-1])), 1.5)
    west, _, east, north = town.square.bounds
    zone = box(*OPEN_ZONE).buffer(-3.0)
    wanted = len(spots) + 12
    for _ in range(600):
        point = rng.uniform((west, KERB + 0.5), (east, north))
        if len(spots) < wanted and not zone.contains(Point(point)):
            keep(point, float(np.arctan2(*(MIDDLE - point)[::-1]) + rng.uniform(-1.2, 1.2)), 2.5)
    return tuple(spots)
