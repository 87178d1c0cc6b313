"""Houses: facades with windows, cornices, roofs, and gateways over the ends of streets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box, move, panels, prism, sheet, wall
from scenes.procedural.texture import gate, ground_floor, slabs, speckle, windows
from scenes.procedural.town import ARCH_DEPTH, Lot, Street
from scenes.scene import FloatArray, Material, Mesh

GROUND_FLOOR = 3.45  # m
STYLES = ("plain", "shutters", "brick", "arched")
COLORS = (
    (0.96, 0.93, 0.84), (0.93, 0.82, 0.62), (0.87, 0.67, 0.55), (0.78, 0.84, 0.76), (0.80, 0.85, 0.91),
    (0.95, 0.88, 0.86), (0.86, 0.83, 0.76), (0.90, 0.74, 0.50),
)  # fmt: skip
ROOFS = ((0.60, 0.31, 0.22), (0.50, 0.26, 0.20), (0.36, 0.35, 0.37), (0.55, 0.38, 0.28))


class Mason:
    """Builds houses in one town; its textures are drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._windows = {style: windows(rng, style) for style in STYLES}
        self._door = ground_floor(rng)
        self._plaster = speckle(rng, (0.94, 0.93, 0.9), fine=0.012, coarse=0.012)
        self._gate = Material(texture=gate(rng, (0.36, 0.24, 0.16)))
        self._cornice = Material(color=(0.84, 0.81, 0.74))
        tiles = slabs(rng, (1.0, 1.0, 1.0), rows=16, columns=8, joint=0.6, spread=0.08)
        self._roofs = [Material(color=color, texture=tiles) for color in ROOFS]

    def build_house(
        self, rng: np.random.Generator, lot: Lot, ground: Polygon, front_gap: float = 0.0
    ) -> tuple[list[Part], float]:
        """Return the parts of a house in world coordinates, and its height in metres.

        Args:
            rng: draws style, colours and height.
            lot: where it stands.
            ground: the free ground on which its windows look.
            front_gap: width of the shop front that is left out of the middle of its ground floor, metres.
        """
        height = float(rng.uniform(7.2, 11.5))
        style = STYLES[int(rng.integers(len(STYLES)))]
        color = (1.0, 1.0, 1.0) if style == "brick" else COLORS[int(rng.integers(len(COLORS)))]
        upper = Material(color=color, texture=self._windows[style])
        lower = Material(color=color, texture=self._door)
        plain = Material(color=(0.86, 0.66, 0.58) if style == "brick" else color, texture=self._plaster)
        roof = self._roofs[int(rng.integers(len(self._roofs)))]
        storeys = max(1, round((height - GROUND_FLOOR) / 3.0))
        open_sides, blind_sides = outline_sides(lot, ground)
        parts = []
        for p, q in open_sides:
            length = float(np.hypot(*(q - p)))
            if length < 1.6:
                parts.append(Part(mesh=_plain_wall(p, q, 0.0, height), material=plain))
                continue
            bays = (max(1, round(length / 2.5)), storeys)
            parts.append(Part(mesh=wall(p, q, GROUND_FLOOR, height, bays), material=upper))
            parts.append(Part(mesh=_ledge(p, q, height - 0.5, 0.3, 0.25), material=self._cornice))
            if front_gap and np.allclose((p + q) / 2, lot.front.mean(axis=0), atol=0.05):
                along, middle = (q - p) / length, (p + q) / 2
                a, b = middle - along * front_gap / 2, middle + along * front_gap / 2
                parts += [Part(mesh=_plain_wall(*ends, 0.0, GROUND_FLOOR), material=plain) for ends in ((p, a), (b, q))]
                parts.append(Part(mesh=_plain_wall(a, b, 2.6, GROUND_FLOOR), material=plain))
            elif length < 3.0:
                parts.append(Part(mesh=_plain_wall(p, q, 0.0, GROUND_FLOOR), material=plain))
            else:
                repeat = (max(1, round(length / 5.0)), 1)
                parts.append(Part(mesh=wall(p, q, 0.0, GROUND_FLOOR, repeat), material=lower))
                parts.append(Part(mesh=_ledge(p, q, GROUND_FLOOR - 0.1, 0.16, 0.06), material=self._cornice))
        parts += [Part(mesh=_plain_wall(p, q, 0.0, height), material=plain) for p, q in blind_sides]
        parts += self._cover(rng, lot, height, roof, plain)
        return parts, height

    def _cover(self, rng: np.random.Generator, lot: Lot, height: float, roof: Material, plain: Material) -> list[Part]:
        """Return a saddle roof with its ridge along the front over a rectangle, else a flat one."""
        ring = shapely.get_coordinates(lot.ground.exterior)[:-1]
        along, out = (lot.front[1] - lot.front[0]) / lot.width(), lot.out()
        across, behind = ring @ along, ring @ out
        corners = [(across.min(), behind.max()), (across.max(), behind.min())]
        area = (corners[1][0] - corners[0][0]) * (corners[0][1] - corners[1][1])
        if len(ring) != 4 or abs(area - lot.ground.area) > 1e-3:
            return [Part(mesh=sheet(lot.ground, height, 3.0), material=roof)]
        (left, front), (right, back) = corners
        ridge, rise = (front + back) / 2, 0.35 * (front - back)
        drop = 0.25 * rise / (front - ridge)

        def at(u: float, v: float, z: float) -> tuple[float, float, float]:
            x, y = u * along + v * out
            return float(x), float(y), z

        eaves = (at(left, front + 0.25, height - drop), at(right, front + 0.25, height - drop))
        top = (at(left, ridge, height + rise), at(right, ridge, height + rise))
        rear = (at(left, back, height), at(right, back, height))
        u, v = (right - left) / 3.0, (front - ridge) / 2.6
        flat = [(0, 0), (u, 0), (u, v), (0, v)]
        slopes = panels([[eaves[1], eaves[0], top[0], top[1]], [rear[0], rear[1], top[1], top[0]]], [flat, flat])
        gables = [[at(left, front, height), rear[0], top[0]], [rear[1], at(right, front, height), top[1]]]
        pitch = [(0.0, 0.0), (2 * v, 0.0), (v, rise / 3.0)]
        parts = [Part(mesh=slopes, material=roof), Part(mesh=panels(gables, [pitch, pitch]), material=plain)]
        if rng.random() < 0.7:
            x, y = rng.uniform(left + 1.0, max(right - 1.0, left + 1.1)) * along + ridge * out
            stack = move(box((0.6, 0.5, 1.6)), float(x), float(y), height + rise - 0.5, float(np.arctan2(*along[::-1])))
            parts.append(Part(mesh=stack, material=plain))
        return parts

    def build_gateway(self, rng: np.random.Generator, street: Street) -> list[Part]:
        """Return a house over the end of a street, open below, and the gate at its back, in world coordinates."""
        height = float(rng.uniform(6.8, 7.2))
        end, before = street.path[-1], street.path[-2]
        inward = (before - end) / np.hypot(*(before - end))
        side = np.array([-inward[1], inward[0]]) * street.width / 2
        mouth = end + ARCH_DEPTH * inward
        ring = [end - side, mouth - side, mouth + side, end + side]
        over = Polygon(ring)
        plain = Material(color=COLORS[int(rng.integers(len(COLORS)))], texture=self._plaster)
        front = Material(color=plain.color, texture=self._windows["plain"])
        # `wall` faces left of p -> q: inward is left of (+side -> -side) seen from the end
        return [
            Part(mesh=wall(mouth + side, mouth - side, 3.1, height, (2, 1)), material=front),
            Part(mesh=sheet(over, 3.1, 2.0, down=True), material=plain),
            Part(mesh=sheet(over, height, 2.0), material=self._roofs[0]),
            Part(mesh=_ledge(mouth + side, mouth - side, 3.1, 0.25, 0.1), material=self._cornice),
            Part(mesh=_ledge(mouth + side, mouth - side, height - 0.3, 0.3, 0.25), material=self._cornice),
            Part(
                mesh=wall(end + 0.8 * side + 0.03 * inward, end - 0.8 * side + 0.03 * inward, 0.0, 2.8),
                material=self._gate,
            ),
        ]


def _plain_wall(p: FloatArray, q: FloatArray, bottom: float, top: float) -> Mesh:
    """Return a wall with a texture that repeats every 3 m."""
    return wall(p, q, bottom, top, (float(np.hypot(*(q - p))) / 3.0, (top - bottom) / 3.0))


def _ledge(p: FloatArray, q: FloatArray, bottom: float, height: float, depth: float) -> Mesh:
    """Return a board along p q that sticks out to the left of p -> q."""
    along = q - p
    out = np.array([-along[1], along[0]]) / np.hypot(*along)
    return prism(Polygon([p, q, q + depth * out, p + depth * out]), bottom, bottom + height, floor=True)


def outline_sides(lot: Lot, ground: Polygon) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return the pieces (2, 2) of a lot's outline that look on free ground, and the others; outside to the left."""
    near = ground.buffer(1e-3)
    found: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    for a, b in pairwise(shapely.get_coordinates(lot.ground.exterior)):
        edge = LineString([b, a])
        for sides, pieces in zip(found, (edge.intersection(near), edge.difference(near)), strict=True):
            for piece in shapely.get_parts(pieces):
                if piece.length > 0.02:
                    ends = shapely.get_coordinates(piece)[[0, -1]]
                    sides.append(ends if (ends[1] - ends[0]) @ (a - b) > 0 else ends[::-1])
    return found
