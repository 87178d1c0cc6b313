"""What is seen through the windows of an office: lawn and paving, hedges, trees, and the houses opposite."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural import texture
from scenes.procedural.draft import Draft, Part
from scenes.procedural.furniture import Palette, build_lamp
from scenes.procedural.geometry import ball, join, lathe, move, prism, sheet, tube, wall
from scenes.procedural.interior import ring_edges
from scenes.scene import Material

LAWN = 36.0  # m, from the house to where the ground ends
NEAREST_TREE = 4.5  # m from the house


def _grow_tree(rng: np.random.Generator, bark: Material, leaf: Material) -> list[Part]:
    """Return a broad tree 6 to 8 m high."""
    height, crown = float(rng.uniform(2.2, 3.0)), float(rng.uniform(1.6, 2.3))
    stem = [lathe([(0.24, 0.0), (0.16, 0.5), (0.13, height)], 8)]
    blobs = [move(ball((crown, crown, 0.9 * crown), rng, 0.1, level=2), 0, 0, height + 0.8 * crown)]
    for k in range(4):
        angle = 1.6 * k + float(rng.uniform(-0.4, 0.4))
        c, s, size = float(np.cos(angle)), float(np.sin(angle)), crown * float(rng.uniform(0.5, 0.65))
        at = (0.75 * crown * c, 0.75 * crown * s, height + 0.55 * crown + float(rng.uniform(0, 0.5)))
        blobs.append(move(ball((size, size, 0.85 * size), rng, 0.12, level=1), *at))
        stem.append(tube((0, 0, height - 0.3), at, 0.06, 5))
    return [
        Part(mesh=join(blobs), material=leaf, solid=False),
        Part(mesh=join(stem), material=bark, solid=False),
    ]


def lay_grounds(rng: np.random.Generator, draft: Draft, house: Polygon, doors: list[tuple[float, float]]) -> None:
    """Add what lies round a house: `house` is the outline of its outer walls, `doors` are the ways in and out."""
    grass = Material(texture=texture.speckle(rng, (0.34, 0.47, 0.22), size=256, fine=0.13, coarse=0.025), specular=0.0)
    stone = Material(texture=texture.slabs(rng, (0.66, 0.64, 0.6), rows=6, columns=6, joint=0.78), specular=0.0)
    x0, y0, x1, y1 = house.bounds
    ground = box(x0 - LAWN, y0 - LAWN, x1 + LAWN, y1 + LAWN)
    apron: BaseGeometry = house.buffer(1.2, join_style="mitre")
    middle = np.array(house.centroid.coords[0])
    for x, y in doors:
        out = np.array([x, y]) - np.array(shapely.shortest_line(house.buffer(-3.0), Point(x, y)).coords[0])
        out = out / max(float(np.hypot(*out)), 1e-6)
        apron = apron.union(LineString([(x, y), (x + 16 * out[0], y + 16 * out[1])]).buffer(1.6, cap_style="flat"))
    paved = shapely.set_precision(apron.difference(house), 1e-3)
    green = shapely.set_precision(ground.difference(apron), 1e-3)
    draft.add("lawn", "lawn", "Vegetation", [Part(mesh=sheet(green, -0.06, 3.0), material=grass, solid=False)])
    draft.add("paving", "paving", "SideWalk", [Part(mesh=sheet(paved, -0.05, 2.4), material=stone, solid=False)])
    _raise_hedge(rng, draft, box(x0 - 15, y0 - 15, x1 + 15, y1 + 15), paved)
    bark = Material(texture=texture.planks(rng, (0.36, 0.28, 0.21), size=256), specular=0.0)
    leafage = texture.speckle(rng, (0.85, 0.9, 0.75), size=256, fine=0.3, coarse=0.14)
    leaves = [
        Material(color=c, texture=leafage, specular=0.0)
        for c in ((0.36, 0.54, 0.22), (0.28, 0.45, 0.2), (0.5, 0.58, 0.24))
    ]
    trees = [_grow_tree(rng, bark, leaves[k]) for k in range(3)]
    planted: list[Point] = []
    for _ in range(150):
        point = Point(rng.uniform((x0 - 13, y0 - 13), (x1 + 13, y1 + 13)))
        if len(planted) >= 8 or house.distance(point) < NEAREST_TREE or paved.distance(point) < 1.8:
            continue
        if all(point.distance(other) > 5.0 for other in planted):
            planted.append(point)
            kind = trees[int(rng.integers(3))]
            draft.add(
                f"tree {len(planted)}", "tree", "Vegetation", kind, x=point.x, y=point.y, yaw=float(rng.uniform(0, 6))
            )
    palette = Palette.draw(rng)
    for k, (x, y) in enumerate(doors[:1]):
        aside = np.array([x, y]) - middle
        aside = aside / max(float(np.hypot(*aside)), 1e-6)
        lamp = [Part(mesh=p.mesh, material=p.material, solid=False) for p in build_lamp(palette)]
        at = np.array([x, y]) + 7.0 * aside + 2.2 * np.array([-aside[1], aside[0]])
        draft.add(f"lamp post {k + 1}", "lamp post", "Obstacle", lamp, x=float(at[0]), y=float(at[1]))
    _build_opposite(rng, draft, (x0, y0, x1, y1))


def _raise_hedge(rng: np.random.Generator, draft: Draft, border: Polygon, paved: BaseGeometry) -> None:
    leaf = Material(texture=texture.speckle(rng, (0.2, 0.34, 0.15), size=256, fine=0.3, coarse=0.1), specular=0.0)
    line = border.exterior.difference(paved.buffer(0.8))
    rows = [prism(part.buffer(0.45, cap_style="flat", join_style="mitre"), -0.06, 1.3, tile=1.0)
            for part in shapely.get_parts(line) if part.length > 1.0]  # fmt: skip
    draft.add("hedge", "hedge", "Vegetation", [Part(mesh=join(rows), material=leaf, solid=False)])


def _build_opposite(rng: np.random.Generator, draft: Draft, bounds: tuple[float, float, float, float]) -> None:
    """Add plain houses on all four sides, beyond the hedge."""
    x0, y0, x1, y1 = bounds
    styles = [texture.windows(rng, style) for style in ("plain", "brick", "plain")]
    tints = ((0.93, 0.9, 0.84), (0.95, 0.93, 0.9), (0.8, 0.83, 0.86))
    walls = [Material(color=tint, texture=style, specular=0.0) for tint, style in zip(tints, styles, strict=True)]
    roof = Material(color=(0.42, 0.33, 0.3), specular=0.0)
    number = 0
    for side in range(4):
        along0, along1 = (x0, x1) if side % 2 == 0 else (y0, y1)
        at = along0 - 22.0
        while at < along1 + 16.0:
            wide, deep = 2.5 * int(rng.integers(4, 9)), 8.0
            floors = int(rng.integers(2, 5))
            back = float(rng.uniform(19.0, 24.0))
            if rng.random() < 0.85:
                a, b = at, at + wide
                edge = (y0 - back, x1 + back, y1 + back, x0 - back)[side]
                near = edge - deep if side in (0, 3) else edge + deep
                lot = (
                    box(a, min(edge, near), b, max(edge, near))
                    if side % 2 == 0
                    else box(min(edge, near), a, max(edge, near), b)
                )
                faces = [
                    wall(q, p, -0.06, 3.0 * floors, (float(np.hypot(*(q - p))) / 2.5, floors))
                    for p, q in ring_edges(lot)
                ]
                top = prism(lot.buffer(0.3, join_style="mitre"), 3.0 * floors, 3.0 * floors + 0.5)
                number += 1
                paint = walls[number % 3]
                parts = [
                    Part(mesh=join(faces), material=paint, solid=False),
                    Part(mesh=top, material=roof, solid=False),
                ]
                draft.add(f"house {number}", "house", "Building", parts)
            at += wide + float(rng.choice((0.0, 4.0, 7.0)))
