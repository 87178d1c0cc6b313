"""Trains: a cab, carriages with doors and windows, bogies. They run along +y, their nose at the origin facing -y."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box, join, move, panels
from scenes.procedural.signage import draw_livery
from scenes.scene import Material, Mesh

HALF = 1.42  # m, half the width of a carriage
FLOOR, EAVES, TOP = -0.55, 2.3, 2.9  # m over the platform: bottom of the side, its top, the roof
MODULE = 12.5  # m of one texture along the side; a carriage is two of them
GAP = 0.6  # m between carriages
RAIL = -0.79  # m, the top of the rails
LIVERIES = (
    ((0.88, 0.89, 0.90), (0.78, 0.10, 0.12)), ((0.90, 0.90, 0.86), (0.08, 0.32, 0.62)),
    ((0.16, 0.28, 0.46), (0.93, 0.78, 0.18)), ((0.84, 0.86, 0.84), (0.10, 0.48, 0.30)),
    ((0.55, 0.10, 0.14), (0.92, 0.88, 0.80)), ((0.92, 0.55, 0.12), (0.20, 0.22, 0.26)),
)  # fmt: skip
# (distance behind the nose, half width, shoulder, roof)
SLEEK = ((0.0, 0.95, 0.35, 0.75), (0.7, 1.18, 0.75, 1.25), (2.1, 1.36, 1.85, 2.45), (3.6, HALF, EAVES, TOP))
BLUNT = ((0.0, 1.28, 1.05, 1.25), (0.12, 1.34, 1.12, 1.34), (0.75, 1.40, 2.05, 2.62), (1.1, HALF, EAVES, TOP))


class TrainYard:
    """Builds the trains of one station: few liveries, drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Draw two liveries."""
        picks = rng.permutation(len(LIVERIES))[:2].tolist()
        self._coats = [
            (Material(texture=draw_livery(rng, *LIVERIES[k]), specular=0.3, emissive=0.2), *LIVERIES[k]) for k in picks
        ]
        self._roof = Material(color=(0.50, 0.52, 0.54), specular=0.1)
        self._dark = Material(color=(0.11, 0.11, 0.12))
        self._glass = Material(color=(0.10, 0.13, 0.16), specular=0.6)
        self._lamp = Material(color=(1.0, 0.97, 0.86), emissive=1.0, glow=1.0)

    def build(self, rng: np.random.Generator, carriages: int) -> list[Part]:
        """Return a train; in its frame x is across, y along, z = 0 at the platform."""
        side, body, stripe = self._coats[int(rng.integers(len(self._coats)))]
        nose = SLEEK if rng.random() < 0.5 else BLUNT
        paint = Material(color=body, specular=0.3)
        second = Material(color=stripe, specular=0.3)
        parts = self._cab(nose, paint, second)
        start = nose[-1][0]
        for k in range(carriages):
            low, high = start + k * (2 * MODULE + GAP), start + k * (2 * MODULE + GAP) + 2 * MODULE
            parts += [
                Part(mesh=_sides(low, high), material=side),
                Part(mesh=_roof(low, high), material=self._roof),
                Part(mesh=_ends(low, high), material=self._dark),
            ]
            under = [box((2.3, high - low - 1.0, 0.25), (0, (low + high) / 2, -0.8))]
            under += [box((2.2, 3.2, 0.3), (0, y, RAIL - 0.06)) for y in (low + 3.6, high - 3.6)]
            boxes = [box((0.7, 2.4, 0.4), (x, (low + high) / 2, TOP - 0.12)) for x in (0.0,)]
            parts.append(Part(mesh=join(under), material=self._dark))
            parts.append(Part(mesh=join(boxes), material=self._roof))
            if k + 1 < carriages:
                bellows = box((2.2, GAP, 3.0), (0, high + GAP / 2, -0.4))
                parts.append(Part(mesh=bellows, material=self._dark))
        return parts

    def _cab(
        self, nose: tuple[tuple[float, float, float, float], ...], paint: Material, stripe: Material
    ) -> list[Part]:
        """Return the front, with its windscreen and lamps."""
        rings = [_ring(*section) for section in nose]
        shells: dict[str, list[Mesh]] = {"paint": [], "stripe": [], "glass": []}
        for k, (front, back) in enumerate(pairwise(rings)):
            for j in range(len(front) - 1):
                quad = [front[j], back[j], back[j + 1], front[j + 1]]
                kind = "stripe" if j in (0, len(front) - 2) and k < 3 else "paint"
                if k == len(rings) - 3 or (k == 1 and len(rings) == 4):
                    kind = "glass" if 2 <= j <= len(front) - 4 else kind
                shells[kind].append(panels([quad], [[(0, 0), (1, 0), (1, 1), (0, 1)]]))
        first = rings[0]
        face = panels([first[::-1]], [np.zeros((len(first), 2))])
        lamps = [move(box((0.3, 0.05, 0.14), bottom=True), x, -0.02, 0.15) for x in (-0.62, 0.62)]
        coupler = box((0.3, 0.5, 0.25), (0, -0.15, -0.5), bottom=True)
        skirt = box((2.2, nose[-1][0] - 0.2, 0.3), (0, nose[-1][0] / 2 + 0.1, FLOOR - 0.3))
        return [
            Part(mesh=join([*shells["paint"]]), material=paint),
            Part(mesh=join([*shells["stripe"], face]), material=stripe),
            Part(mesh=join(shells["glass"]), material=self._glass),
            Part(mesh=join([coupler, skirt]), material=self._dark),
            Part(mesh=join(lamps), material=self._lamp),
        ]


def _ring(y: float, half: float, shoulder: float, top: float) -> list[tuple[float, float, float]]:
    """Return a section of the cab, from the lower right over the roof to the lower left."""
    middle = FLOOR + 0.45 * (shoulder - FLOOR)
    right = [(half, FLOOR), (half, middle), (half, shoulder), (0.84 * half, shoulder + 0.62 * (top - shoulder)),
             (0.45 * half, top)]  # fmt: skip
    points = [*right, *((-x, z) for x, z in right[::-1])]
    return [(x, y, z) for x, z in points]


def _sides(low: float, high: float) -> Mesh:
    """Return both sides of a carriage; the texture is laid twice."""
    quads = [
        [(HALF, low, FLOOR), (HALF, high, FLOOR), (HALF, high, EAVES), (HALF, low, EAVES)],
        [(-HALF, high, FLOOR), (-HALF, low, FLOOR), (-HALF, low, EAVES), (-HALF, high, EAVES)],
    ]
    return panels(quads, [[(0, 0), (2, 0), (2, 1), (0, 1)]] * 2)


def _roof(low: float, high: float) -> Mesh:
    """Return the roof and the sloping skirts of a carriage."""
    angles = np.linspace(0.0, np.pi, 9)
    arc = [(HALF * np.cos(a), EAVES + (TOP - EAVES) * np.sin(a)) for a in angles]
    quads = [[(x0, low, z0), (x0, high, z0), (x1, high, z1), (x1, low, z1)] for (x0, z0), (x1, z1) in pairwise(arc)]
    quads += [
        [(1.2, low, FLOOR - 0.2), (1.2, high, FLOOR - 0.2), (HALF, high, FLOOR), (HALF, low, FLOOR)],
        [(-1.2, high, FLOOR - 0.2), (-1.2, low, FLOOR - 0.2), (-HALF, low, FLOOR), (-HALF, high, FLOOR)],
    ]
    return panels(quads, [[(0, 0), (1, 0), (1, 1), (0, 1)]] * len(quads))


def _ends(low: float, high: float) -> Mesh:
    """Return the two ends of a carriage."""
    angles = np.linspace(0.0, np.pi, 9)
    arc = [(HALF * np.cos(a), EAVES + (TOP - EAVES) * np.sin(a)) for a in angles]
    ring = [(HALF, FLOOR), *arc, (-HALF, FLOOR)]
    back = [(x, high, z) for x, z in ring[::-1]]
    front = [(x, low, z) for x, z in ring]
    return panels([back, front], np.zeros((2, len(ring), 2)))
