"""A European town square: shops round it and in the lanes that leave it, a fountain, trees, a road along one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from scenes.procedural import furniture, traffic
from scenes.procedural.building import Mason
from scenes.procedural.draft import Draft, Part
from scenes.procedural.furniture import Palette, build_lantern
from scenes.procedural.geometry import sheet
from scenes.procedural.shop import SHOPS, build_front, build_sign
from scenes.procedural.site import MIDDLE, Site, dress_streets, equip_road, furnish, kept_free
from scenes.procedural.texture import speckle
from scenes.procedural.town import KERB, OPEN_ZONE, Town, draw_town
from scenes.scene import Entrance, FloatArray, Lamp, Landmark, Material, Region, Scene, Spot

LANE_MIDDLE = -11.85  # m, between the parking bays and the kerb
PAINT = 0.012  # m, height of markings above the road
HIDDEN_SHOPS = 7  # at least so many shops cannot be seen from the middle


class Plaza:
    """Builds town squares of about 44 m x 36 m with four or five streets and 12 to 16 shops."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the square that `rng` draws; `seed` is recorded."""
        while (scene := _draw_square(rng, seed)) is None:
            continue  # something found no room: another plan
        return scene


def _draw_square(rng: np.random.Generator, seed: int) -> Scene | None:
    """Return a square, or None where its plan leaves no room for what must stand on it."""
    town, shops = _draw_plan(rng)
    draft, palette = Draft(), Palette.draw(rng)
    crosswalk = _lay_ground(rng, draft, town)
    landmarks = _build_houses(rng, draft, town, shops)
    site = Site(rng, draft, town.ground, kept_free(town, shops))
    equip_road(site, town, palette)
    things = furnish(site, town, palette)
    if things is None:
        return None
    dress_streets(site, town, shops, palette)
    lamps = _light_up(draft, town, shops, palette)
    walkable = _walkable(draft, town)
    regions = (
        Region(name="square", kind="square", polygon=town.square),
        *(
            Region(name=street.name, kind="street", polygon=cast(Polygon, street.ground.difference(town.square)))
            for street in town.streets
        ),
    )
    inner = walkable.buffer(-0.6)
    landmarks += [_name_thing(name, kind, anchor, instance, inner, regions) for name, kind, anchor, instance in things]
    x, y = town.crosswalk.centroid.coords[0]
    landmarks.append(_name_thing("crosswalk", "crossing", (x, y, 0.0), crosswalk, inner, regions))
    return Scene(
        name="plaza",
        seed=seed,
        objects=tuple(draft.objects),
        walkable=walkable,
        regions=regions,
        landmarks=tuple(landmarks),
        entrances=tuple(
            Entrance(name=f"{street.name} gate", position=street.inside(), radius=0.8) for street in town.streets
        ),
        spots=_choose_spots(rng, town, shops, walkable),
        lamps=lamps,
    )


def _lay_ground(rng: np.random.Generator, draft: Draft, town: Town) -> int:
    """Add paving, road and markings; return the instance of the crosswalk."""
    paving, middle, kerb = furniture.build_paving(rng)
    asphalt = Material(texture=speckle(rng, (0.33, 0.33, 0.34), size=256, fine=0.06, coarse=0.04))
    white = Material(color=(0.92, 0.92, 0.9))
    inlay = box(*OPEN_ZONE)
    border = inlay.buffer(0.5, join_style="mitre").difference(inlay)
    edge = town.road.buffer(0.3, join_style="mitre", cap_style="flat").difference(town.road).intersection(town.ground)
    bays = town.bays()
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
            traffic.mark_lane(town.road, LANE_MIDDLE, town.crosswalk),
        ),
        "bay marking": ("RoadMarking", traffic.mark_bays(bays)),
        "crosswalk": ("CrossWalk", traffic.mark_crosswalk(town.crosswalk)),
    }
    for name, (semantic, shape) in paint.items():
        draft.add(name, name, semantic, [Part(mesh=sheet(shape, PAINT, 1.0), material=white, solid=False)])
    return draft.instances


def _draw_plan(rng: np.random.Generator) -> tuple[Town, dict[int, str]]:
    """Return a plan and the names of its shops by index of their lot; many cannot be seen from the middle."""
    while True:
        town = draw_town(rng)
        ends = shapely.MultiPoint([street.path[-1] for street in town.streets])
        lots = [
            index
            for index, lot in enumerate(town.lots)
            if lot.width() >= 4.8 and Point(lot.before(0.0)).distance(ends) > 5.5
        ]
        hidden = [i for i in lots if not town.ground.covers(LineString([MIDDLE, town.lots[i].before(1.6)]))]
        if len(hidden) >= HIDDEN_SHOPS:
            break
    count = int(rng.integers(12, 17))
    first = rng.permutation(hidden)[: max(HIDDEN_SHOPS, count // 2 + 1)].tolist()
    rest = rng.permutation([i for i in lots if i not in hidden])[: count - len(first)].tolist()
    names = rng.permutation(list(SHOPS))[: len(first) + len(rest)].tolist()
    return town, dict(zip(sorted([*first, *rest]), names, strict=True))


def _build_houses(rng: np.random.Generator, draft: Draft, town: Town, shops: Mapping[int, str]) -> list[Landmark]:
    """Add houses, shops and gateways; return the landmarks of the shops."""
    mason = Mason(rng)
    landmarks = []
    for index, lot in enumerate(town.lots):
        name = shops.get(index, "")
        width = lot.shop_width() if name else 0.0
        parts, _ = mason.build_house(rng, lot, town.ground, width)
        draft.add(f"house {index + 1}", "house", "Building", parts)
        if not name:
            continue
        style, out = SHOPS[name], lot.out()
        x, y = (float(v) for v in lot.before(0.0))
        yaw = float(np.arctan2(out[1], out[0]))
        draft.add(f"{name} front", f"{name} front", "StoreFront", build_front(rng, style, width), x=x, y=y, yaw=yaw)
        ends = {side: Point(lot.before(0.9, side * width / 2)) for side in (-1.0, 1.0)}
        side = max(ends, key=lambda end: round(town.ground.exterior.distance(ends[end]), 2) + rng.uniform(0, 1e-3))
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


def _light_up(draft: Draft, town: Town, shops: Mapping[int, str], palette: Palette) -> tuple[Lamp, ...]:
    """Hang lanterns on houses along the streets; return all that shines at night, shop windows too."""
    lamps = []
    lit = [thing.pose[:2, 3] for thing in draft.objects if thing.label == "lamp post"]
    for x, y in np.unique(np.array(lit).reshape(-1, 2), axis=0):
        lamps.append(Lamp(position=(float(x), float(y), 3.4), power=9.0))
    hung: list[FloatArray] = []
    for index, lot in enumerate(town.lots):
        out = lot.out()
        if index in shops:
            x, y = (float(v) for v in lot.before(0.9))
            lamps.append(Lamp(position=(x, y, 2.2), color=(1.0, 0.92, 0.78), power=2.0))
            continue
        at = lot.before(0.0, 0.3 * lot.width())
        if lot.region == "square" or lot.width() < 2.0 or any(np.hypot(*(at - other)) < 7.0 for other in hung):
            continue
        hung.append(at)
        yaw = float(np.arctan2(out[1], out[0]))
        draft.add(
            f"lantern {len(hung)}",
            "lantern",
            "Obstacle",
            build_lantern(palette),
            x=float(at[0]),
            y=float(at[1]),
            yaw=yaw,
        )
        lamps.append(Lamp(position=(float(at[0] + 0.55 * out[0]), float(at[1] + 0.55 * out[1]), 3.2), power=5.0))
    return tuple(lamps)


def _walkable(draft: Draft, town: Town) -> Polygon:
    """Return the free ground: one piece, a hand's breadth off every wall."""
    free = town.ground.buffer(-0.1, join_style="mitre").difference(shapely.union_all(draft.blocked))
    return cast(Polygon, max(shapely.get_parts(free), key=lambda part: part.area))


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
            at = (float(point[0]), float(point[1]))
            spots.append(Spot(kind="keeper" if landmark else "stand", position=at, yaw=wrapped, landmark=landmark))
        return free

    for index in rng.permutation(sorted(shops))[: max(6, len(shops) // 2)].tolist():
        lot = town.lots[index]
        side = float(rng.choice((-1.0, 1.0))) * (lot.shop_width() / 2 - 0.6)
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
