"""Roofs: saddle roofs with gutters, chimneys and dormer lights, flat ones with parapets and what stands on them."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box, cylinder, join, move, panels, prism, sheet
from scenes.procedural.surface import gravel, roof_tiles
from scenes.procedural.texture import slabs, speckle
from scenes.procedural.town import Lot
from scenes.scene import Material, Mesh

COLORS = ((0.62, 0.33, 0.24), (0.52, 0.28, 0.22), (0.38, 0.38, 0.41), (0.56, 0.40, 0.30))
PARAPET = 0.55  # m


class Roofer:
    """Covers houses; its textures are drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        tiles = roof_tiles(rng)
        self._tiles = [Material(color=color, texture=tiles) for color in COLORS]
        self._felt = Material(texture=gravel(rng))
        self._zinc = Material(color=(0.50, 0.53, 0.55), specular=0.25)
        self._stack = Material(texture=slabs(rng, (0.56, 0.36, 0.28), rows=16, columns=5, joint=0.8))
        self._white = Material(color=(0.84, 0.84, 0.82), texture=speckle(rng, (0.95, 0.95, 0.94), size=256))
        self._pane = Material(color=(0.34, 0.42, 0.48), specular=0.5)

    def cover(
        self, rng: np.random.Generator, lot: Lot, height: float, face: Material, tile: float, trim: Material
    ) -> list[Part]:
        """Return the roof of a house whose eaves are at `height`: a saddle over a rectangle, else flat."""
        ring = shapely.get_coordinates(lot.ground.exterior)[:-1]
        along, out = (lot.front[1] - lot.front[0]) / lot.width(), lot.out()
        across, behind = ring @ along, ring @ out
        left, right, front, back = across.min(), across.max(), behind.max(), behind.min()
        square = len(ring) == 4 and abs((right - left) * (front - back) - lot.ground.area) < 1e-3
        if not square or rng.random() < 0.3:
            return self.flat(rng, lot.ground, height, trim)
        ridge, rise = (front + back) / 2, rng.uniform(0.3, 0.48) * (front - back)
        over = 0.3
        drop = over * rise / (front - ridge)

        def at(u: float, v: float, z: float) -> tuple[float, float, float]:
            x, y = u * along + v * out
            return float(x), float(y), float(z)

        eaves = (at(left, front + over, height - drop), at(right, front + over, height - drop))
        top = (at(left, ridge, height + rise), at(right, ridge, height + rise))
        rear = (at(left, back - over, height - drop), at(right, back - over, height - drop))
        u, v = (right - left) / 2.6, np.hypot(front + over - ridge, rise + drop) / 2.6
        flat = [(0, 0), (u, 0), (u, v), (0, v)]
        slopes = panels([[eaves[1], eaves[0], top[0], top[1]], [rear[0], rear[1], top[1], top[0]]], [flat, flat])
        walls = (at(left, front, height), at(left, back, height), at(right, back, height), at(right, front, height))
        gables = panels(
            [[walls[0], walls[1], top[0]], [walls[2], walls[3], top[1]]],
            [[(0.0, 0.0), ((front - back) / tile, 0.0), ((front - back) / 2 / tile, rise / tile)]] * 2,
        )
        soffit = panels(
            [
                [eaves[0], eaves[1], walls[3], walls[0]],
                [rear[1], rear[0], walls[1], walls[2]],
            ],
            [[(0, 0), (u, 0), (u, 0.2), (0, 0.2)]] * 2,
        )
        yaw = float(np.arctan2(along[1], along[0]))
        gutters = []
        for v0, z in ((front + over, height - drop), (back - over, height - drop)):
            x, y = (left + right) / 2 * along + v0 * out
            gutters.append(move(box((right - left, 0.13, 0.11), bottom=True), float(x), float(y), z - 0.07, yaw))
        parts = [
            Part(mesh=slopes, material=self._tiles[int(rng.integers(len(COLORS)))]),
            Part(mesh=gables, material=face),
            Part(mesh=soffit, material=trim, solid=False),
            Part(mesh=join(gutters), material=self._zinc, solid=False),
        ]
        stacks = []
        for _ in range(int(rng.integers(0, 3))):
            s = rng.uniform(left + 0.7, right - 0.7) if right - left > 1.6 else (left + right) / 2
            x, y = s * along + ridge * out
            stacks.append(move(box((0.9, 0.55, 1.7), tile=1.0), float(x), float(y), height + rise - 0.6, yaw))
            for k in (-0.22, 0.22):
                px, py = (s + k) * along + ridge * out
                stacks.append(move(cylinder(0.11, 0.35, 6), float(px), float(py), height + rise + 1.1))
        if stacks:
            parts.append(Part(mesh=join(stacks), material=self._stack, solid=False))
        lights = []
        for share in rng.permutation(4)[: int(rng.integers(0, 4))]:
            s = left + (share + 0.5) / 4 * (right - left)
            if right - left < 4.0:
                break
            low, high = 0.35, 0.62
            a, b = front + over + (ridge - front - over) * low, front + over + (ridge - front - over) * high
            za, zb = (height - drop + (rise + drop) * k + 0.06 for k in (low, high))
            lights.append([at(s + 0.4, a, za), at(s - 0.4, a, za), at(s - 0.4, b, zb), at(s + 0.4, b, zb)])
        if lights:
            parts.append(
                Part(
                    mesh=panels(lights, [[(0, 0), (1, 0), (1, 1), (0, 1)]] * len(lights)),
                    material=self._pane,
                    solid=False,
                )
            )
        return parts

    def flat(self, rng: np.random.Generator, ground: Polygon, height: float, trim: Material) -> list[Part]:
        """Return a flat roof with a parapet, and machines on it."""
        inner = ground.buffer(-0.25, join_style="mitre")
        parts = [Part(mesh=sheet(ground, height, 4.0), material=self._felt)]
        if inner.is_empty or inner.geom_type != "Polygon":
            return parts
        outer = prism(ground, height, height + PARAPET, tile=2.0, cap=False)
        ring = shapely.get_coordinates(shapely.orient_polygons(inner).exterior)
        inside = prism(Polygon(ring), height, height + PARAPET, tile=2.0, cap=False)
        turned = type(inside)(
            vertices=inside.vertices, faces=inside.faces[:, ::-1].copy(), normals=-inside.normals, uv=inside.uv
        )
        coping = sheet(ground.difference(inner), height + PARAPET, 2.0)
        parts.append(Part(mesh=join([outer, turned, coping]), material=trim))
        room = inner.buffer(-0.9)
        if room.is_empty:
            return parts
        things: list[Mesh] = []
        taken: list[Point] = []
        x0, y0, x1, y1 = room.bounds
        for _ in range(int(rng.integers(1, 5))):
            x, y = (float(v) for v in rng.uniform((x0, y0), (x1, y1)))
            spot = Point(x, y)
            if not room.contains(spot) or any(spot.distance(other) < 1.9 for other in taken):
                continue
            taken.append(spot)
            kind = int(rng.integers(3))
            if kind == 0:  # cooling machine
                things += [box((1.0, 0.7, 0.75), (x, y, height + 0.12)), cylinder(0.28, 0.04, 10)]
                things[-1] = move(things[-1], x, y, height + 0.87)
            elif kind == 1:  # vent
                things += [move(cylinder(0.2, 0.8, 8), x, y, height), move(cylinder(0.3, 0.12, 8), x, y, height + 0.8)]
            else:
                things += [box((1.2, 1.2, 0.45), (x, y, height))]
        if things:
            parts.append(Part(mesh=join(things), material=self._white, solid=False))
        return parts
