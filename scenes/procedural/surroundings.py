"""What one sees of the town out of a station's windows and beyond its tracks: streets, fronts of houses, walls."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import box

from scenes.procedural.draft import Draft, Part
from scenes.procedural.face import Face, beam
from scenes.procedural.geometry import join, panels, sheet, wall
from scenes.procedural.hall import Finish
from scenes.procedural.platform import FAR
from scenes.procedural.station_plan import TRENCH, WALL, StationPlan
from scenes.procedural.texture import ground_floor, slabs, speckle, windows
from scenes.scene import Material, Mesh

STREET = 16.0  # m, from the hall to the houses opposite
HOUSES = ((0.96, 0.93, 0.84), (0.93, 0.82, 0.62), (0.87, 0.67, 0.55), (0.80, 0.85, 0.91), (0.86, 0.83, 0.76))
BANK = 4.6  # m, height of the walls beside the tracks


def surround(rng: np.random.Generator, draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add ground, streets, houses opposite, the walls beside the tracks and the houses at their end."""
    length, depth = plan.length, plan.depth
    low, high = plan_ends(plan)
    tracks = box(low, depth, high, depth + FAR)
    hall = plan.hall.union(shapely.union_all([plan.lobby(portal) for portal in plan.portals]))
    pavement = plan.hall.buffer(5.0, join_style="mitre").difference(shapely.union_all([hall, tracks]))
    road = plan.hall.buffer(11.0, join_style="mitre").difference(shapely.union_all([hall, tracks, pavement]))
    rest = box(-STREET - 2.0, -STREET - 2.0, length + STREET + 2.0, depth + FAR + 8.0).difference(
        shapely.union_all([hall, tracks, pavement, road])
    )
    asphalt = Material(texture=speckle(rng, (0.33, 0.33, 0.34), size=256, fine=0.06, coarse=0.04))
    verge = Material(texture=speckle(rng, (0.46, 0.46, 0.43), size=256, fine=0.06, coarse=0.05))
    for name, semantic, shape, material, tile in (
        ("pavement", "SideWalk", pavement, finish.paving, 4.0),
        ("road", "Road", road, asphalt, 4.0),
        ("terrain", "Background", rest, verge, 6.0),
    ):
        draft.add(name, name, semantic, [Part(mesh=sheet(shape, -0.02, tile), material=material)])
    styles = [windows(rng, style) for style in ("plain", "shutters", "brick", "arched")]
    doors = ground_floor(rng)
    tiles = slabs(rng, (1.0, 1.0, 1.0), rows=16, columns=8, joint=0.6, spread=0.08)
    rows = (
        ("south", Face((-STREET, -STREET), (length + STREET, -STREET))),
        ("west", Face((-STREET, depth + 6.0), (-STREET, -STREET))),
        ("east", Face((length + STREET, -STREET), (length + STREET, depth + 6.0))),
        ("north", Face((high + 12.0, depth + FAR + 5.0), (low - 12.0, depth + FAR + 5.0))),
    )
    for name, face in rows:
        draft.add(f"houses {name}", "house", "Building", _houses(rng, face, styles, doors, tiles))
    _bank(rng, draft, plan, finish)


def plan_ends(plan: StationPlan) -> tuple[float, float]:
    """Return x of the two sides of platforms and tracks."""
    edges = [edge for pair in (*plan.islands, *plan.troughs) for edge in pair]
    return min(edges), max(edges)


def _houses(
    rng: np.random.Generator, face: Face, styles: list[np.ndarray], doors: np.ndarray, tiles: np.ndarray
) -> list[Part]:
    """Return the fronts and roofs of a row of houses along a face."""
    looks = [
        (Material(color=color if k != 2 else (1.0, 1.0, 1.0), texture=styles[k]), Material(color=color, texture=doors))
        for k, color in zip(range(4), [HOUSES[i] for i in rng.permutation(len(HOUSES))[:4]], strict=True)
    ]
    roofs = [Material(color=color, texture=tiles) for color in ((0.56, 0.30, 0.22), (0.36, 0.35, 0.37))]
    parts = []
    s = 0.0
    while s < face.length - 5.0:
        wide = min(float(rng.uniform(8.0, 15.0)), face.length - s)
        storeys = int(rng.integers(2, 5))
        top = 3.45 + 3.0 * storeys
        a, b = face.at(s, 0.0), face.at(s + wide, 0.0)
        upper, lower = looks[int(rng.integers(len(looks)))]
        bays = max(1, round(wide / 2.5))
        parts.append(Part(mesh=wall(a[:2], b[:2], 3.45, top, (bays, storeys)), material=upper, solid=False))
        parts.append(Part(mesh=wall(a[:2], b[:2], 0.0, 3.45, (max(1, bays // 2), 1)), material=lower, solid=False))
        quad = [
            face.at(s + wide, top, -0.3),
            face.at(s, top, -0.3),
            face.at(s, top + 3.2, 4.5),
            face.at(s + wide, top + 3.2, 4.5),
        ]
        tiled = [(0.0, 0.0), (wide / 3, 0.0), (wide / 3, 2.0), (0.0, 2.0)]
        parts.append(Part(mesh=panels([quad], [tiled]), material=roofs[int(rng.integers(2))], solid=False))
        s += wide
    return parts


def _bank(rng: np.random.Generator, draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add the walls beside the tracks, and the bridge at their end."""
    low, high = plan_ends(plan)
    near, far = plan.depth + WALL, plan.depth + FAR
    stone = Material(texture=slabs(rng, (0.58, 0.50, 0.44), rows=12, columns=6, joint=0.75, spread=0.08))
    meshes: list[Mesh] = [
        wall((low, far), (low, near), TRENCH, BANK, ((far - near) / 3.0, (BANK - TRENCH) / 3.0)),
        wall((high, near), (high, far), TRENCH, BANK, ((far - near) / 3.0, (BANK - TRENCH) / 3.0)),
    ]
    posts = [
        beam((x, y, TRENCH), (x, y, BANK + 0.05), 0.5, 0.5)
        for x in (low - 0.2, high + 0.2)
        for y in np.arange(near + 6.0, far, 8.0).tolist()
    ]
    coping = [beam((x, near, BANK + 0.1), (x, far, BANK + 0.1), 0.6, 0.25) for x in (low - 0.15, high + 0.15)]
    deck = far - 9.0
    span = [
        wall((high, deck), (low, deck), 4.4, 7.2, ((high - low) / 3.0, 1.0)),
        *(beam((x, deck + 0.6, TRENCH), (x, deck + 0.6, 4.4), 1.0, 1.0) for x in _piers(plan)),
    ]
    draft.add("bank", "wall", "Wall", [
        Part(mesh=join([*meshes, *span]), material=stone), Part(mesh=join([*posts, *coping]), material=finish.trim),
    ])  # fmt: skip


def _piers(plan: StationPlan) -> list[float]:
    return [(low + high) / 2 for low, high in plan.islands]
