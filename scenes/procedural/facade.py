"""Houses of three to five storeys: pierced walls with set-back windows, sills, cornices, balconies, roofs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from scenes.procedural.building import outline_sides
from scenes.procedural.draft import Part
from scenes.procedural.elevation import Elevation
from scenes.procedural.geometry import join, wall
from scenes.procedural.opening import FRAMES, door, pane, roller_door, shutter
from scenes.procedural.roof import Roofer
from scenes.procedural.surface import brick, plaster, small_tiles
from scenes.procedural.texture import Color, slabs, speckle, windows
from scenes.procedural.town import Lot
from scenes.scene import FloatArray, Material

SHOP_FLOOR, HOUSE_FLOOR = 3.7, 3.3  # m, height of the ground floor
STOREY = 3.0  # m
OPENING = 2.62  # m, height left open for a shop front
VOID = 0.3  # m, of the darkness before the wall behind an arch
SETBACK = 0.14  # m, of the panes behind the wall
RENDERS: tuple[Color, ...] = (
    (0.95, 0.91, 0.80), (0.92, 0.80, 0.58), (0.84, 0.60, 0.47), (0.72, 0.78, 0.70), (0.73, 0.80, 0.87),
    (0.93, 0.85, 0.82), (0.84, 0.81, 0.74), (0.86, 0.68, 0.45), (0.78, 0.52, 0.42), (0.88, 0.88, 0.86),
)  # fmt: skip
BRICKS: tuple[Color, ...] = ((0.60, 0.32, 0.24), (0.52, 0.30, 0.24), (0.68, 0.55, 0.42))
STYLES = ("classic", "shutters", "brick", "modern", "tiled")
DOORS: tuple[Color, ...] = ((0.32, 0.20, 0.13), (0.13, 0.26, 0.22), (0.16, 0.20, 0.34), (0.42, 0.10, 0.10))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What one house looks like; metres."""

    style: str
    wall: Material
    tile: float
    trim: Material
    frame: int
    window: tuple[float, float]
    sill: float
    bay: float
    floor: float
    storeys: int
    balconies: bool
    rich: bool
    leaf: Material | None
    setback: float = SETBACK

    @property
    def height(self) -> float:
        """Return the height of the eaves, metres."""
        return self.floor + STOREY * self.storeys + 0.35


class Facades:
    """Builds the houses of one street; its textures are drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._plaster, self._tiles = plaster(rng), small_tiles(rng)
        kinds_of_brick = rng.permutation(len(BRICKS))[:2].tolist()
        self._bricks = [Material(texture=brick(rng, BRICKS[k])) for k in kinds_of_brick]
        kinds = (("dark", 0.0), ("curtains", 0.0), ("lit", 0.9), ("blind", 0.0), ("lit", 0.75))
        self._panes = [
            [
                Material(texture=pane(rng, frame, kind, 2 if k != 2 else 3), specular=0.25, glow=glow)
                for kind, glow in kinds
            ]
            for k, frame in enumerate(FRAMES)
        ]
        self._doors = [Material(texture=door(rng, color), specular=0.12) for color in DOORS]
        self._garage = Material(texture=roller_door(rng, (0.62, 0.63, 0.64)))
        self._leaves = [
            Material(texture=shutter(color)) for color in ((0.28, 0.42, 0.36), (0.40, 0.26, 0.20), (0.34, 0.42, 0.52))
        ]
        stone = speckle(rng, (1.0, 0.99, 0.97), size=256, fine=0.05, coarse=0.04)
        self._trims = [
            Material(color=color, texture=stone)
            for color in ((0.90, 0.87, 0.80), (0.80, 0.76, 0.69), (0.62, 0.60, 0.57))
        ]
        ashlar = slabs(rng, (0.62, 0.60, 0.56), rows=4, columns=3, joint=0.72, spread=0.05)
        self._plinth = Material(texture=ashlar)
        self._iron = Material(color=(0.13, 0.14, 0.15), specular=0.25)
        self._party = Material(color=(0.74, 0.70, 0.65), texture=self._plaster)
        self._back = Material(
            color=(0.80, 0.76, 0.70), texture=cv2.resize(windows(rng, "plain"), (256, 256)).astype(np.uint8)
        )
        self._void = Material(color=(0.05, 0.05, 0.06))
        self._roofer = Roofer(rng)

    def draw_look(self, rng: np.random.Generator, *, shop: bool, rich: bool = True) -> Look:
        """Return the look of a house; one that is not `rich` has no balconies, and flat frames."""
        style = str(rng.choice(STYLES, p=(0.28, 0.2, 0.2, 0.18, 0.14)))
        tone = np.clip(np.array(RENDERS[int(rng.integers(len(RENDERS)))]) * rng.uniform(0.92, 1.04), 0, 1)
        color = (float(tone[0]), float(tone[1]), float(tone[2]))
        if style == "brick":
            surface, tile = self._bricks[int(rng.integers(len(self._bricks)))], 2.4
        elif style == "tiled":
            surface, tile = Material(color=color, texture=self._tiles, specular=0.12), 1.2
        else:
            surface, tile = Material(color=color, texture=self._plaster), 4.0
        modern = style in ("modern", "tiled")
        return Look(
            style=style,
            wall=surface,
            tile=tile,
            trim=self._trims[int(rng.integers(len(self._trims)))],
            frame=2 if modern else int(rng.choice((0, 0, 1, 3))),
            window=(float(rng.uniform(1.5, 1.9)), 1.6)
            if modern
            else (float(rng.uniform(1.0, 1.25)), float(rng.uniform(1.6, 1.85))),
            sill=0.85 if modern else 0.7,
            bay=float(rng.uniform(3.0, 3.6) if modern else rng.uniform(2.5, 3.1)),
            floor=SHOP_FLOOR if shop else float(rng.choice((HOUSE_FLOOR, SHOP_FLOOR))),
            storeys=int(rng.choice((2, 3, 4), p=(0.35, 0.45, 0.2))),
            balconies=bool(rich and rng.random() < (0.7 if modern else 0.4)),
            rich=rich,
            leaf=self._leaves[int(rng.integers(len(self._leaves)))] if style == "shutters" else None,
        )

    def build_house(
        self, rng: np.random.Generator, lot: Lot, ground: Polygon, look: Look, gap: tuple[float, float] | None = None
    ) -> list[Part]:
        """Return the parts of a house in world coordinates.

        Args:
            rng: draws what is behind the windows, doors and roof.
            lot: where it stands.
            ground: the free ground on which its windows look.
            look: its style.
            gap: left and right end of the opening for a shop front, metres from the viewer's left end of its front.
        """
        open_sides, blind_sides = outline_sides(lot, ground)
        parts: list[Part] = []
        for p, q in open_sides:
            side = Elevation.between(p, q)
            front = bool(np.allclose((p + q) / 2, lot.front.mean(axis=0), atol=0.05))
            parts += self._upper(rng, side, look, front)
            parts += self._lower(rng, side, look, gap if front else None)
        high = look.height
        out, depth = lot.out(), float(np.ptp(shapely.get_coordinates(lot.ground) @ lot.out()))
        for p, q in blind_sides:
            length = float(np.hypot(*(q - p)))
            if (lot.before(0.0) - (p + q) / 2) @ out > 0.8 * depth and length > 2.4:  # its back
                repeat, surface = (float(max(1, round(length / 2.5))), float(look.storeys + 1)), self._back
            else:
                repeat, surface = (length / 4.0, high / 4.0), self._party
            parts.append(Part(mesh=wall(p, q, 0.0, high, repeat), material=surface))
        return parts + self._roofer.cover(rng, lot, high, look.wall, look.tile, look.trim)

    def _columns(self, side: Elevation, look: Look) -> FloatArray:
        count = int(max(round(side.length / look.bay), 1)) if side.length >= look.window[0] + 0.5 else 0
        return (np.arange(count) + 0.5) * side.length / max(count, 1)

    def _glaze(self, rng: np.random.Generator, side: Elevation, spans: FloatArray, look: Look) -> list[Part]:
        """Return panes, reveals and sills of windows (N, 4)."""
        kinds = rng.choice(5, len(spans), p=(0.3, 0.27, 0.13, 0.18, 0.12))
        parts = [Part(mesh=side.reveals(spans, 0.0, -look.setback, sides="lrt"), material=look.trim, solid=False)]
        for k in range(5):
            if np.any(kinds == k):
                panes = side.quads(spans[kinds == k], -look.setback)
                low = bool(spans[0, 2] < 2.0)  # what people and robots can touch
                parts.append(Part(mesh=panes, material=self._panes[look.frame][k], semantic="Window", solid=low))
        u0, u1, z0, _ = spans.T
        sill = np.column_stack([u0 - 0.08, u1 + 0.08, z0 - 0.09, z0 + 0.01, 0 * u0 - look.setback, 0 * u0 + 0.1])
        parts.append(Part(mesh=side.boxes(sill, sides="flrt"), material=look.trim, solid=False))
        return parts

    def _surround(self, side: Elevation, spans: FloatArray, look: Look) -> list[Part]:
        """Return frames of stone, lintels or shutters round windows (N, 4)."""
        u0, u1, z0, z1 = spans.T
        o = np.zeros(len(spans))
        if look.leaf is not None:
            half = (u1 - u0) / 2
            leaves = [
                np.column_stack([a, b, z0 - 0.02, z1 + 0.02])
                for a, b in ((u0 - half - 0.02, u0 - 0.02), (u1 + 0.02, u1 + half + 0.02))
            ]
            boards = np.vstack(leaves)
            edge = np.column_stack([boards, 0 * boards[:, 0], 0 * boards[:, 0] + 0.035])
            return [
                Part(mesh=side.boxes(edge, sides="lrt"), material=look.trim, solid=False),
                Part(mesh=side.quads(boards, 0.04), material=look.leaf, solid=False),
            ]
        if look.style == "brick":
            lintel = np.column_stack([u0 - 0.15, u1 + 0.15, z1, z1 + 0.24, o, o + 0.03])
            return [Part(mesh=side.boxes(lintel), material=look.trim, solid=False)]
        if look.style == "classic" and not look.rich:
            flat = [np.column_stack([u0 - 0.16, u0, z0, z1 + 0.16]), np.column_stack([u1, u1 + 0.16, z0, z1 + 0.16])]
            boards = np.vstack([*flat, np.column_stack([u0, u1, z1, z1 + 0.16])])
            return [Part(mesh=side.quads(boards, 0.03, 1.0), material=look.trim, solid=False)]
        if look.style == "classic":
            jambs = [np.column_stack([a, a + 0.16, z0, z1, o, o + 0.04]) for a in (u0 - 0.16, u1)]
            head = np.column_stack([u0 - 0.16, u1 + 0.16, z1, z1 + 0.16, o, o + 0.04])
            hood = np.column_stack([u0 - 0.22, u1 + 0.22, z1 + 0.16, z1 + 0.25, o, o + 0.12])
            frame = [
                side.boxes(np.vstack(jambs), sides="flr"),
                side.boxes(head, sides="f"),
                side.boxes(hood, sides="flrb"),
            ]
            return [Part(mesh=join(frame), material=look.trim, solid=False)]
        return []

    def _upper(self, rng: np.random.Generator, side: Elevation, look: Look, front: bool) -> list[Part]:
        """Return all storeys above the ground floor."""
        middles = self._columns(side, look)
        w, h = look.window
        bottoms = look.floor + STOREY * np.arange(look.storeys) + look.sill
        m, b = (grid.ravel() for grid in np.meshgrid(middles, bottoms))
        spans = np.column_stack([m - w / 2, m + w / 2, b, b + h])
        parts: list[Part] = []
        doors = np.zeros(len(spans), dtype=bool)
        if look.balconies and front and len(middles) > 1:
            wanted = rng.permutation(len(middles))[: max(1, len(middles) // 3)]
            doors = np.isin(np.tile(np.arange(len(middles)), look.storeys), wanted)
            spans[doors, 2] -= look.sill - 0.06
            parts += self._balconies(side, spans[doors], look)
        parts.append(Part(mesh=side.pierced(look.floor, look.height, spans, look.tile), material=look.wall))
        if len(spans):
            parts += self._glaze(rng, side, spans, look) + self._surround(side, spans, look)
        length, top = side.length, look.height
        ledges = [(0.0, length, top - 0.28, top, 0.0, 0.22), (0.0, length, top - 0.5, top - 0.28, 0.0, 0.1)]
        ledges.append((0.0, length, look.floor - 0.08, look.floor + 0.14, 0.0, 0.09))
        if look.style == "classic":
            ledges += [
                (0.0, length, z - 0.05, z + 0.1, 0.0, 0.05) for z in (look.floor + STOREY * np.arange(1, look.storeys))
            ]
        parts.append(Part(mesh=side.boxes(ledges), material=look.trim, solid=False))
        if length > 4.0 and look.style != "modern":  # a rain pipe at the joint
            pipe = (length - 0.16, length - 0.07, 0.3, top - 0.5, 0.0, 0.1)
            parts.append(Part(mesh=side.boxes([pipe]), material=self._iron, solid=False))
        return parts

    def _balconies(self, side: Elevation, spans: FloatArray, look: Look) -> list[Part]:
        """Return slabs and railings before tall windows (N, 4)."""
        u0, u1, z0 = spans[:, 0] - 0.35, spans[:, 1] + 0.35, spans[:, 2] - 0.06
        o = np.zeros(len(spans))
        slab = np.column_stack([u0, u1, z0 - 0.14, z0, o, o + 0.85])
        if look.style in ("modern", "tiled"):
            front = np.column_stack([u0, u1, z0, z0 + 1.0, o + 0.8, o + 0.85])
            ends = [np.column_stack([a, a + 0.05, z0, z0 + 1.0, o, o + 0.8]) for a in (u0, u1 - 0.05)]
            back = np.column_stack([u0, u1, z0, z0 + 1.0])
            inner = side.quads(back[:, [1, 0, 2, 3]], 0.8)
            return [
                Part(
                    mesh=join([side.boxes(slab), side.boxes(np.vstack([front, *ends]))]),
                    material=look.trim,
                    solid=False,
                ),
                Part(mesh=inner, material=look.trim, solid=False),
            ]
        bars = []
        for share in np.linspace(0.0, 1.0, 8):
            at = u0 + 0.02 + share * (u1 - u0 - 0.06)
            bars.append(np.column_stack([at, at + 0.02, z0, z0 + 0.95, o + 0.8, o + 0.82]))
        for a in (u0, u1 - 0.02):
            bars.append(np.column_stack([a, a + 0.02, z0, z0 + 0.95, o + 0.4, o + 0.42]))
            bars.append(np.column_stack([a, a + 0.03, z0 + 0.95, z0 + 1.0, o, o + 0.84]))
        bars.append(np.column_stack([u0, u1, z0 + 0.95, z0 + 1.0, o + 0.79, o + 0.84]))
        return [
            Part(mesh=side.boxes(slab), material=look.trim, solid=False),
            Part(mesh=side.boxes(np.vstack(bars), sides="flr"), material=self._iron, solid=False),
        ]

    def _lower(
        self, rng: np.random.Generator, side: Elevation, look: Look, gap: tuple[float, float] | None
    ) -> list[Part]:
        """Return the ground floor: a gap for a shop, or doors and windows."""
        top, length = look.floor, side.length
        plinth: list[tuple[float, float, float, float, float, float]] = []
        if gap is not None:
            hole = [(gap[0], gap[1], 0.0, OPENING)]
            plinth += [(0.0, gap[0], 0.0, 0.5, 0.0, 0.035), (gap[1], length, 0.0, 0.5, 0.0, 0.035)]
            parts = [Part(mesh=side.pierced(0.0, top, hole, look.tile), material=look.wall)]
            return [*parts, Part(mesh=side.boxes(plinth, 1.2), material=self._plinth, solid=False)]
        middles = self._columns(side, look)
        holes, parts = [], []
        spans = [(m - look.window[0] / 2, m + look.window[0] / 2, 0.95, 2.6) for m in middles]
        entry = int(rng.integers(len(middles))) if length > 3.0 and len(middles) else -1
        wide = length > 7.0 and rng.random() < 0.25
        for k in range(len(spans)):
            if k == entry:
                half = 1.25 if wide and length / len(middles) > 2.7 else 0.6
                leaf = (middles[k] - half, middles[k] + half, 0.0, 2.45)
                holes.append(leaf)
                skin = self._garage if half > 1 else self._doors[int(rng.integers(len(self._doors)))]
                parts.append(Part(mesh=side.quads([leaf], -look.setback), material=skin, semantic="Door"))
                parts.append(Part(mesh=side.reveals([leaf], 0.0, -look.setback), material=look.trim))
                jambs = [(leaf[0] - 0.14, leaf[0], 0.0, 2.6, 0.0, 0.05), (leaf[1], leaf[1] + 0.14, 0.0, 2.6, 0.0, 0.05)]
                jambs.append((leaf[0], leaf[1], 2.45, 2.6, 0.0, 0.05))
                parts.append(Part(mesh=side.boxes(jambs), material=look.trim, solid=False))
        glass = np.array([span for k, span in enumerate(spans) if k != entry]).reshape(-1, 4)
        if len(glass):
            parts += self._glaze(rng, side, glass, look) + self._surround(side, glass, look)
        cuts = [0.0, *(v for hole in holes for v in (hole[0] - 0.14, hole[1] + 0.14)), length]
        plinth += [(a, b, 0.0, 0.5, 0.0, 0.035) for a, b in zip(cuts[::2], cuts[1::2], strict=True) if b - a > 0.01]
        whole = np.vstack([glass, np.array(holes).reshape(-1, 4)])
        parts.append(Part(mesh=side.pierced(0.0, top, whole, look.tile), material=look.wall))
        parts.append(Part(mesh=side.boxes(plinth, 1.2), material=self._plinth, solid=False))
        return parts

    def build_arch(
        self, rng: np.random.Generator, end: FloatArray, before: FloatArray, width: float, depth: float
    ) -> list[Part]:
        """Return a house over the end of a street, open below, in world coordinates; it is dark behind.

        Args:
            rng: draws its look.
            end: (2,) middle of the end of the street. before: (2,) a point further in, metres.
            width: between the facades. depth: of the house.
        """
        look = self.draw_look(rng, shop=False)
        inward = (before - end) / np.hypot(*(before - end))
        side = np.array([-inward[1], inward[0]]) * width / 2
        mouth = end + depth * inward
        clear, top = 3.9, look.height
        front = Elevation.between(mouth + side, mouth - side)
        back = Elevation.between(end + side, end - side)
        pier = 0.08
        hole = [(pier, width - pier, 0.0, clear)]
        parts = [
            Part(mesh=front.pierced(0.0, look.floor + 1.0, hole, look.tile), material=look.wall),
            Part(mesh=front.reveals(hole, 0.0, -depth), material=look.trim),
            Part(mesh=back.quads([(0.0, width, 0.0, top - 0.1)], VOID, 4.0), material=self._void),
            Part(
                mesh=front.boxes([(pier - 0.2, width - pier + 0.2, clear, clear + 0.3, 0.0, 0.06)]),
                material=look.trim,
                solid=False,
            ),
        ]
        middles = (np.arange(max(1, int(width // 2.8))) + 0.5) * width / max(1, int(width // 2.8))
        w, h = look.window
        bottoms = look.floor + 1.0 + STOREY * np.arange(max(1, look.storeys - 1)) + 0.6
        m, b = (grid.ravel() for grid in np.meshgrid(middles, bottoms))
        spans = np.column_stack([m - w / 2, m + w / 2, b, b + h])
        parts.append(Part(mesh=front.pierced(look.floor + 1.0, top, spans, look.tile), material=look.wall))
        parts += self._glaze(rng, front, spans, look)
        parts.append(Part(mesh=front.boxes([(0.0, width, top - 0.3, top, 0.0, 0.2)]), material=look.trim, solid=False))
        ring = Polygon([end - side, mouth - side, mouth + side, end + side])
        return parts + self._roofer.flat(rng, shapely.orient_polygons(ring), top, look.trim)
