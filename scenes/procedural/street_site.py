"""Furnishing a street: parked cars, trees, lamps and boxes along the kerb, tables and boards along the houses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from scenes.procedural import furniture, traffic
from scenes.procedural import street_furniture as kerbside
from scenes.procedural.draft import Draft, Part, place
from scenes.procedural.furniture import Palette, disc, rect
from scenes.procedural.greenery import Greens, build_planter, build_street_tree
from scenes.procedural.street_furniture import LAMP_HEAD, Kit
from scenes.procedural.street_ground import line_place
from scenes.procedural.street_plan import CROSSING, ROAD, STRIP, StreetPlan
from scenes.procedural.town import Lot
from scenes.procedural.vehicle import MODELS, Garage, Model
from scenes.scene import Lamp

MOST_TREES = 12
TERRACES = frozenset({"cafe", "restaurant", "bakery", "tea house", "noodle bar", "ice cream"})
CRATES = frozenset({"grocer", "florist", "supermarket"})
CHALK = ("OPEN", "MENU", "SALE", "COFFEE TO GO", "SPECIAL OFFER", "FRESH TODAY", "WELCOME")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shop:
    """A shop in its lot: middle of its front, width, where along it the door is (viewer's right)."""

    name: str
    lot: Lot
    width: float
    door: float
    awning: bool
    instance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What people name: its kind, its middle (x, y, z) and its instance."""

    name: str
    kind: str
    anchor: tuple[float, float, float]
    instance: int


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere along the main street: metres along it, the side, metres from its middle, and a turn, radians."""

    along: float
    side: float
    away: float
    turn: float = 0.0

    def on(self, plan: StreetPlan) -> tuple[float, float, float]:
        """Return x, y and the yaw that looks at the carriageway, turned."""
        x, y, heading = plan.line.at(self.along, self.side * self.away)
        return x, y, heading - self.side * np.pi / 2 + self.turn


@dataclass(slots=True, eq=False)
class StreetSite:
    """The street while it is being furnished."""

    rng: np.random.Generator
    draft: Draft
    plan: StreetPlan
    kit: Kit
    palette: Palette
    greens: Greens
    zone: BaseGeometry
    lamps: list[Lamp] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    taken: list[Polygon] = field(default_factory=list)

    def put(
        self,
        label: str,
        semantic: str,
        build: Callable[[], Sequence[Part]],
        footprint: Polygon,
        pose: tuple[float, float, float],
        *,
        gap: float = 0.25,
        blocks: Sequence[Polygon] | None = None,
        zone: BaseGeometry | None = None,
    ) -> int:
        """Add a thing where it lies in the zone, `gap` metres off all others; return its instance, 0 where it cannot.

        Args:
            label: what it is. semantic: its class. build: makes it.
            footprint: what it takes. blocks: what it blocks, where that is less.
            pose: x, y, yaw.
            gap: metres to other things.
            zone: where it may lie, if not where all things may.
        """
        spot = place(footprint, *pose)
        if not (zone or self.zone).covers(spot) or any(spot.distance(other) < gap for other in self.taken):
            return 0
        self.taken.append(spot)
        number = self.counts[label] = self.counts.get(label, 0) + 1
        x, y, yaw = pose
        instance = self.draft.add(f"{label} {number}", label, semantic, build(), x=x, y=y, yaw=yaw)
        self.draft.blocked += [place(block, *pose) for block in ([footprint] if blocks is None else blocks)]
        return instance

    def keep_off(self, ground: Polygon) -> None:
        """Let nothing be put on a piece of ground."""
        self.taken.append(ground)

    def stand(
        self,
        label: str,
        semantic: str,
        build: Callable[[], Sequence[Part]],
        footprint: Polygon,
        spot: Place,
        *,
        blocks: Sequence[Polygon] | None = None,
    ) -> int:
        """Add a thing in the strip along the carriageway, as `put` does."""
        return self.put(label, semantic, build, footprint, spot.on(self.plan), blocks=blocks)

    def note(self, name: str, kind: str, at: tuple[float, float], height: float, instance: int) -> None:
        """Remember a thing that people name, once by each name."""
        if instance and all(thing.name != name for thing in self.things):
            self.things.append(Thing(name=name, kind=kind, anchor=(at[0], at[1], height), instance=instance))


def park_cars(site: StreetSite, garage: Garage) -> None:
    """Add cars in the bays, along side roads, and before the lights."""
    rng, plan = site.rng, site.plan
    whole = plan.ground
    shares = np.array((0.34, 0.2, 0.18, 0.13, 0.15))
    taxi_left = 1

    def park(x: float, y: float, yaw: float, models: Sequence[Model] = MODELS) -> None:
        nonlocal taxi_left
        weights = shares[: len(models)] / shares[: len(models)].sum()
        model = models[int(rng.choice(len(models), p=weights))]
        taxi = taxi_left > 0 and model.name == "saloon" and rng.random() < 0.5
        taxi_left -= int(taxi)
        size = rect(model.length + 0.06, model.width + 0.3)
        build = partial(garage.build, rng, model, lift=ROAD, taxi=taxi)
        site.put("car", "Car", build, size, (float(x), float(y), float(yaw)), zone=whole)

    for x, y, heading in plan.bays:
        if rng.random() < 0.82:
            shift = rng.uniform(-0.2, 0.2)
            park(x + shift * np.cos(heading), y + shift * np.sin(heading), heading + rng.uniform(-0.02, 0.02))
    for branch in plan.branches:
        if branch.lane and rng.random() < 0.8:
            for s in (plan.half + 5.0, plan.half + 10.2)[: int(rng.integers(1, 3))]:
                if s < branch.line.length - 5.5:
                    x, y, heading = branch.line.at(s, -(branch.lane - 1.08))
                    park(x, y, heading)
    for crossing in plan.crossings:
        if not crossing.main:
            continue
        s = line_place(plan.line, crossing.middle)
        for way in (1.0, -1.0):
            if rng.random() < 0.45:
                x, y, heading = plan.line.at(s - way * (CROSSING / 2 + 2.9 + 2.4), -way * plan.lane / 2)
                park(x, y, heading if way > 0 else heading + np.pi, MODELS[:3])


def equip_crossings(site: StreetSite) -> None:
    """Add lights or signs at the main crossings, bollards at the mouths of lanes."""
    rng, plan = site.rng, site.plan
    sign = traffic.build_traffic_sign(*traffic.paint_sign("crossing"))
    signal = kerbside.build_signal(site.kit)
    for crossing in plan.crossings:
        if not crossing.main:
            continue
        s, lights = line_place(plan.line, crossing.middle), rng.random() < 0.7
        for way in (1.0, -1.0):
            x, y, heading = plan.line.at(s - way * (CROSSING / 2 + 0.45), -way * (plan.lane + 0.5))
            yaw = heading + np.pi if way > 0 else heading
            if lights:
                site.put("traffic light", "TrafficSign", lambda: signal, disc(0.15), (x, y, yaw))
            else:
                site.put("crossing sign", "TrafficSign", lambda: sign, disc(0.08), (x, y, yaw))
    no_entry = traffic.build_traffic_sign(*traffic.paint_sign("no entry"))
    bollard = furniture.build_bollard(site.palette)
    for branch in plan.branches:
        if branch.lane:
            continue
        places = (-branch.width / 6, branch.width / 6) if branch.width > 5.9 else (0.0,)
        for left in places:
            x, y, heading = branch.line.at(plan.half + 0.8, left)
            site.put("bollard", "Obstacle", lambda: bollard, disc(0.12), (x, y, heading))
        x, y, heading = branch.line.at(plan.half + 0.5, 0.5 * branch.width - 0.3)
        site.put("no entry sign", "TrafficSign", lambda: no_entry, disc(0.06), (x, y, heading + np.pi))


def line_kerb(site: StreetSite) -> None:
    """Add what stands in the strip along the carriageway, both sides, where no car is parked."""
    rng, plan, kit = site.rng, site.plan, site.kit
    kind = str(rng.choice(("mast", "lantern")))
    trees = MOST_TREES if rng.random() < 0.85 else 0
    post = kerbside.build_street_lamp(kit, kind)
    _build_stop(site)
    for side in (-1.0, 1.0):
        for s in np.arange(9.0 + (0.0 if side > 0 else 8.0), plan.line.length - 4.0, 17.0).tolist():
            for shift in (0.0, 1.5, -1.5, 3.0, -3.0, 4.5, -4.5):
                place_ = Place(s + shift, side, plan.lane + 0.55)
                if site.stand("lamp post", "Obstacle", lambda: post, disc(0.18), place_):
                    x, y, yaw = place_.on(plan)
                    out, _, high = LAMP_HEAD[kind]
                    head = (x + out * float(np.cos(yaw)), y + out * float(np.sin(yaw)), high)
                    site.lamps.append(Lamp(position=head))
                    break
    for side in (-1.0, 1.0):
        if side != plan.market:
            continue
        for s in np.arange(7.0, plan.line.length - 7.0, 3.1).tolist():
            spot = Place(s, side, plan.lane + 1.2, np.pi)
            found = site.stand(
                "market table", "Booth", lambda: kerbside.build_market_table(rng, kit), rect(1.4, 2.6), spot
            )
            site.note("market stalls", "other", spot.on(plan)[:2], 1.5, found)
    planted: list[tuple[float, float]] = []
    for s in np.arange(6.0 + 3.0 * rng.random(), plan.line.length - 5.0, 0.75).tolist():
        for side in (-1.0, 1.0):
            spot = Place(s, side, plan.lane + STRIP / 2)
            x, y, _ = spot.on(plan)
            if len(planted) >= trees or any(np.hypot(x - u, y - v) < 6.2 for u, v in planted):
                continue
            old = not planted
            found = site.stand(
                "tree", "Vegetation", partial(build_street_tree, rng, site.greens, old=old), rect(1.25, 1.25), spot,
                blocks=[disc(0.3 if old else 0.22)],
            )  # fmt: skip
            if found:
                planted.append((x, y))
                site.note("big tree", "tree", (x, y), 4.0, found if old else 0)
    _scatter(site)


def _scatter(site: StreetSite) -> None:
    """Add the small things of the strip where there is room left."""
    rng, plan, kit = site.rng, site.plan, site.kit
    round_post = bool(rng.random() < 0.5)
    bench, bin_ = furniture.build_bench(site.palette), furniture.build_bin(site.palette)
    near, middle = plan.lane + 0.62, plan.lane + STRIP / 2
    plans: list[tuple[str, str, int, Polygon, float, float, Callable[[], Sequence[Part]]]] = [
        ("post box", "Obstacle", 1, disc(0.3), near, np.pi, lambda: kerbside.build_post_box(kit, round_post)),
        ("bicycle rack", "Obstacle", 1, rect(1.8, 2.9), middle, 0.0, lambda: furniture.build_rack(site.palette, 3)),
        ("hydrant", "Obstacle", 1, disc(0.25), near, 0.0, lambda: kerbside.build_hydrant(kit)),
        ("bench", "Obstacle", 4, rect(0.62, 1.9), middle, np.pi, lambda: bench),
        ("litter bin", "Obstacle", 5, disc(0.26), near, 0.0, lambda: bin_),
        ("parking meter", "Obstacle", 2, disc(0.16), near, np.pi, lambda: kerbside.build_meter(kit)),
        ("cabinet", "Obstacle", 2, rect(0.4, 0.95), near, np.pi, lambda: kerbside.build_cabinet(rng, kit)),
        ("planter", "Obstacle", 4, rect(0.55, 1.35), middle, 0.0, lambda: build_planter(rng, site.greens)),
        ("poster column", "Advertising", 1, disc(0.78), middle, 0.0, lambda: furniture.build_column(rng, site.palette)),
    ]  # fmt: skip
    for label, semantic, count, size, d, turn, build in plans:
        left = count
        for _ in range(60):
            if not left:
                break
            spot = Place(float(rng.uniform(5.0, plan.line.length - 5.0)), float(rng.choice((-1.0, 1.0))), d, turn)
            found = site.stand(label, semantic, build, size, spot)
            if not found:
                continue
            left -= 1
            x, y, yaw = spot.on(plan)
            if count == 1:  # what stands once only can be told
                site.note(label, "other", (x, y), 1.0, found)
            if label == "bicycle rack":
                _lock_bicycles(site, (x, y), yaw)


def _lock_bicycles(site: StreetSite, at: tuple[float, float], yaw: float) -> None:
    """Add bicycles beside the hoops of a rack; they stand within its footprint."""
    for k in site.rng.permutation(3)[: int(site.rng.integers(2, 4))].tolist():
        across = 0.8 * (k - 1) + 0.14
        x, y = at[0] - across * np.sin(yaw), at[1] + across * np.cos(yaw)
        number = site.counts["bicycle"] = site.counts.get("bicycle", 0) + 1
        turn = yaw + float(site.rng.choice((0.0, np.pi)))
        parts = furniture.build_bicycle(site.rng, site.palette)
        site.draft.add(f"bicycle {number}", "bicycle", "Bicycle", parts, x=float(x), y=float(y), yaw=turn)


def _build_stop(site: StreetSite) -> None:
    """Add the bus shelter, open towards the carriageway, and the sign of the stop."""
    rng, plan = site.rng, site.plan
    start, end, side = plan.stop
    x, y, heading = plan.line.at((start + end) / 2, side * (plan.lane + 1.2))
    yaw = heading + (-np.pi / 2 if side > 0 else np.pi / 2)
    shelter = partial(kerbside.build_bus_shelter, rng, site.kit)
    site.put("bus shelter", "Obstacle", shelter, rect(1.5, 4.3), (x, y, yaw))
    x, y, heading = plan.line.at(end - 1.2, side * (plan.lane + 0.55))
    board = partial(kerbside.build_bus_sign, site.kit)
    sign = site.put("bus stop sign", "TrafficSign", board, disc(0.3), (x, y, heading), blocks=[disc(0.06)])
    site.note("bus stop", "sign", (x, y), 2.5, sign)


def line_houses(site: StreetSite, shops: Sequence[Shop]) -> None:
    """Add tables, boards, plants and crates before shops, plants and benches before other houses."""
    rng, plan = site.rng, site.plan
    for shop in shops:
        site.keep_off(place(rect(2.4, 1.5), *_before(shop.lot, 1.2, shop.door)))
        _dress_shop(site, shop)
    taken = {id(shop.lot) for shop in shops}
    for lot in plan.lots:
        if id(lot) in taken or lot.width() < 4.0 or rng.random() < 0.45:
            continue
        across = float(rng.uniform(-0.3, 0.3) * lot.width())
        if rng.random() < 0.5:
            trough = partial(build_planter, rng, site.greens, (0.4, 1.0))
            site.put("planter", "Obstacle", trough, rect(0.42, 1.05), _before(lot, 0.36, across))
        elif "side" in lot.region:
            bench = partial(furniture.build_bench, site.palette)
            site.put("bench", "Obstacle", bench, rect(0.6, 1.9), _before(lot, 0.36, across))


def _before(lot: Lot, distance: float, across: float) -> tuple[float, float, float]:
    """Return x, y before the front of a lot, and the yaw that looks away from it."""
    x, y = lot.before(distance, across)
    out = lot.out()
    return float(x), float(y), float(np.arctan2(out[1], out[0]))


def _dress_shop(site: StreetSite, shop: Shop) -> None:
    """Add what stands before one shop; in side streets, plants alone."""
    rng, kit, lot, half = site.rng, site.kit, shop.lot, shop.width / 2
    roomy = "side" in lot.region  # the main street has wide sidewalks
    if shop.name in TERRACES and roomy:
        parasol = not shop.awning and rng.random() < 0.8
        for across in np.arange(-half + 1.0, half - 0.9, 2.05).tolist():
            at = _before(lot, 0.78, across)
            table = partial(kerbside.build_cafe_table, rng, kit, 2)
            found = site.put("cafe table", "Table", table, rect(0.8, 1.75), at)
            site.note("cafe tables", "other", at[:2], 0.75, found)
            if found and parasol:
                shade = partial(kerbside.build_parasol, kit)
                site.put("parasol", "Obstacle", shade, disc(0.22), _before(lot, 0.78, across + 1.03), gap=-1.0)
    elif shop.name in CRATES and roomy:
        for across in (-half + 0.8, half - 0.8):
            if shop.name == "florist":
                flowers = partial(build_planter, rng, site.greens, (0.45, 1.2))
                site.put("flowers", "Vegetation", flowers, rect(0.5, 1.3), _before(lot, 0.4, across))
            else:
                stand = partial(kerbside.build_fruit_stand, rng, kit)
                site.put("fruit stand", "Booth", stand, rect(0.75, 1.25), _before(lot, 0.48, across))
    elif rng.random() < 0.6:
        for across in (shop.door - 1.3, shop.door + 1.3):
            trough = partial(build_planter, rng, site.greens, (0.4, 0.7))
            site.put("planter", "Obstacle", trough, rect(0.42, 0.74), _before(lot, 0.34, across))
    if rng.random() < 0.6 and roomy:
        board = partial(kerbside.build_a_board, rng, str(rng.choice(CHALK)))
        x, y, yaw = _before(lot, 1.02, float(rng.choice((-1.0, 1.0))) * (half - 0.1))
        site.put("a-board", "Advertising", board, rect(0.62, 0.66), (x, y, yaw + np.pi / 2))


def hang_bunting(site: StreetSite) -> None:
    """Add flags across the main street on market day, and sometimes across lanes."""
    plan = site.plan
    if plan.market:
        for s in np.arange(14.0, plan.line.length - 10.0, 13.0):
            x, y, heading = plan.line.at(float(s))
            site.draft.add(
                f"bunting {s:.0f}",
                "bunting",
                "Advertising",
                kerbside.build_bunting(2 * plan.half - 0.3, 6.2),
                x=x,
                y=y,
                yaw=heading,
            )
