"""A shopping street, half European, half Asian: shops, parked cars, trees, a bus stop, crossings, side streets."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from scenes.procedural.draft import Draft
from scenes.procedural.facade import VOID, Facades
from scenes.procedural.furniture import Palette
from scenes.procedural.greenery import Greens
from scenes.procedural.shop_window import STREET_SHOPS, build_signs, build_window_front
from scenes.procedural.street_furniture import Kit
from scenes.procedural.street_ground import Paint, lay_ground
from scenes.procedural.street_life import choose_spots, free_ground, name_landmarks, open_entrances
from scenes.procedural.street_plan import ARCH, StreetPlan, draw_street
from scenes.procedural.street_site import (
    Shop,
    StreetSite,
    equip_crossings,
    hang_bunting,
    line_houses,
    line_kerb,
    park_cars,
)
from scenes.procedural.vehicle import Garage
from scenes.scene import Region, Scene

THIN = 1.0  # m, depth of lots that are too thin for a house
MOST_FRONT = 6.5  # m, width of the widest shop front
LEAST_MARKS = 4  # things on the way that people name, beside shops


VARIANTS = 4  # of each kit of textures; a scene mixes them


@lru_cache(maxsize=VARIANTS)
def _facades(variant: int) -> Facades:
    return Facades(np.random.default_rng(variant))


@lru_cache(maxsize=VARIANTS)
def _garage(variant: int) -> Garage:
    return Garage(np.random.default_rng(variant))


@lru_cache(maxsize=VARIANTS)
def _furniture(variant: int) -> tuple[Kit, Palette]:
    rng = np.random.default_rng(variant)
    return Kit.draw(rng), Palette.draw(rng)


@lru_cache(maxsize=VARIANTS)
def _greens(variant: int) -> Greens:
    return Greens.draw(np.random.default_rng(variant), variant)


@lru_cache(maxsize=VARIANTS)
def _paint(variant: int) -> Paint:
    return Paint.draw(np.random.default_rng(variant))


class Street:
    """Builds shopping streets of about 100 m with two to four side streets and 10 to 16 shops."""

    def build(self, rng: np.random.Generator, seed: int) -> Scene:
        """Return the street that `rng` draws; `seed` is recorded."""
        while (scene := _draw_scene(rng, seed)) is None:
            continue  # something found no room: another plan
        return scene


def _draw_scene(rng: np.random.Generator, seed: int) -> Scene | None:
    """Return a street, or None where its plan leaves no room for what must stand in it."""
    plan = draw_street(rng)
    chosen = _choose_shops(rng, plan)
    if chosen is None:
        return None
    draft = Draft()
    kits = rng.integers(VARIANTS, size=5).tolist()
    crossings = lay_ground(rng, draft, plan, _paint(kits[0]))
    shops = _build_houses(rng, draft, plan, chosen, _facades(kits[1]))
    crossed = shapely.union_all([c.ground.buffer(0.9) for c in plan.crossings])
    zone = plan.ground.difference(plan.road).difference(crossed).buffer(1e-6)  # where things may stand
    shapely.prepare(zone)
    site = StreetSite(rng, draft, plan, *_furniture(kits[2]), _greens(kits[3]), zone)
    park_cars(site, _garage(kits[4]))
    equip_crossings(site)
    line_kerb(site)
    line_houses(site, shops)
    hang_bunting(site)
    walkable = free_ground(draft, plan)
    regions = tuple(Region(name=name, kind="street", polygon=polygon) for name, polygon in plan.regions)
    landmarks = name_landmarks(plan, shops, site.things, crossings, walkable, regions)
    if len(landmarks) - len(shops) < LEAST_MARKS or all(thing.name != "bus stop" for thing in site.things):
        return None
    return Scene(
        name="street",
        seed=seed,
        objects=tuple(draft.objects),
        walkable=walkable,
        regions=regions,
        landmarks=tuple(landmarks),
        entrances=open_entrances(plan, shops, walkable),
        spots=choose_spots(rng, plan, shops, walkable),
        lamps=tuple(site.lamps),
    )


def _choose_shops(rng: np.random.Generator, plan: StreetPlan) -> dict[int, str] | None:
    """Return names of shops by index of their lot: two thirds in the main street, the others round corners."""
    ends = shapely.MultiPoint([branch.line.points[-1] for branch in plan.branches])
    fit = [
        k
        for k, lot in enumerate(plan.lots)
        if lot.width() >= 5.0 and lot.ground.area > 2.5 * lot.width() and Point(lot.before(0.0)).distance(ends) > 7.5
    ]
    main = [k for k in fit if "side" in plan.lots[k].region]
    rest = [k for k in fit if k not in main]
    count = int(rng.integers(11, 17))
    corner = min(len(rest), int(rng.integers(3, 6)))
    if len(main) < count - corner:
        return None
    lots = [*rng.permutation(main)[: count - corner].tolist(), *rng.permutation(rest)[:corner].tolist()]
    names = rng.permutation(list(STREET_SHOPS))[: len(lots)].tolist()
    return dict(zip(sorted(lots), names, strict=True))


def _build_houses(
    rng: np.random.Generator, draft: Draft, plan: StreetPlan, chosen: dict[int, str], facades: Facades
) -> list[Shop]:
    """Add houses, shops and arches; return the shops."""
    shops = []
    looks = [
        facades.draw_look(rng, shop=index in chosen, rich="side" in lot.region) for index, lot in enumerate(plan.lots)
    ]
    for index, lot in enumerate(plan.lots):
        name, look = chosen.get(index, ""), looks[index]
        depth = lot.ground.area / lot.width()
        if depth < THIN:  # no house of its own: the side of the one behind it
            near = lot.ground.buffer(0.01)
            shared = [near.intersection(other.ground).area if other is not lot else 0.0 for other in plan.lots]
            look = replace(looks[int(np.argmax(shared))], setback=-0.01, balconies=False)
        width = min(lot.width() - 0.6, MOST_FRONT) if name else 0.0
        gap = ((lot.width() - width) / 2, (lot.width() + width) / 2) if name else None
        parts = facades.build_house(rng, lot, plan.ground, look, gap)
        draft.add(f"house {index + 1}", "house", "Building", parts)
        if not name:
            continue
        style, out = STREET_SHOPS[name], lot.out()
        x, y = (float(v) for v in lot.before(0.0))
        yaw = float(np.arctan2(out[1], out[0]))
        awning = bool(rng.random() < (0.7 if style.awning else 0.2))
        front, door = build_window_front(rng, name, style, width, awning=awning)
        draft.add(f"{name} front", f"{name} front", "StoreFront", front, x=x, y=y, yaw=yaw)
        ends = {side: Point(lot.before(0.9, side * width / 2)) for side in (-1.0, 1.0)}
        side = max(ends, key=lambda end: round(plan.ground.exterior.distance(ends[end]), 2) + rng.uniform(0, 1e-3))
        signs = build_signs(rng, name, style, width, side)
        sign = draft.add(f"{name} sign", f"{name} sign", "StoreFront", signs, x=x, y=y, yaw=yaw)
        shops.append(Shop(name=name, lot=lot, width=width, door=door, awning=awning, instance=sign))
    for branch in plan.branches:
        arch = facades.build_arch(rng, branch.line.points[-1], branch.line.points[-2], branch.width, ARCH)
        draft.add(f"{branch.name} arch", "archway", "Building", arch)
        end, before = branch.line.points[-1], branch.line.points[-2]
        inward = (before - end) / np.hypot(*(before - end))
        dark = LineString([end - inward, end + (VOID + 0.05) * inward])
        draft.blocked.append(dark.buffer(branch.width / 2 + 1.0, cap_style="flat"))
    return shops
