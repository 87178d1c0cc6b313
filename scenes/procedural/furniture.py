"""What stands on a square: fountain, statue, kiosk, stall, trees, benches, lamps and the like.

Each function returns the parts of one thing in its own frame: x forward, the ground at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from shapely.geometry import Point, Polygon
from shapely.geometry import box as rectangle

from scenes.procedural.draft import Part
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, panels, tube, wall
from scenes.procedural.texture import lettering, planks, slabs, speckle, stripes
from scenes.scene import Material, Mesh

POSTERS = ("CIRCUS", "OPERA", "JAZZ NIGHT", "FLEA MARKET", "SUMMER BALL", "BOOK FAIR")


def disc(radius: float) -> Polygon:
    """Return a round footprint, eight-cornered, that covers a circle of this radius."""
    return Point(0, 0).buffer(radius / np.cos(np.pi / 8), quad_segs=2)


def rect(length: float, width: float) -> Polygon:
    """Return a footprint `length` along x and `width` along y."""
    return rectangle(-length / 2, -width / 2, length / 2, width / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Materials that many things share."""

    stone: Material
    pale_stone: Material
    wood: Material
    iron: Material
    bronze: Material
    soil: Material
    bark: Material
    leaves: tuple[Material, ...]
    water: Material
    glass: Material
    lamp: Material
    rubber: Material

    @staticmethod
    def draw(rng: np.random.Generator) -> Palette:
        """Return materials with textures drawn from `rng`."""
        foliage = speckle(rng, (0.85, 0.9, 0.75), size=64, fine=0.35, coarse=0.1)
        grain = speckle(rng, (0.9, 0.88, 0.84), size=64, fine=0.06)
        return Palette(
            stone=Material(color=(0.66, 0.63, 0.58), texture=grain),
            pale_stone=Material(color=(0.86, 0.83, 0.76), texture=grain),
            wood=Material(texture=planks(rng, (0.55, 0.36, 0.2))),
            iron=Material(color=(0.13, 0.15, 0.15), specular=0.25),
            bronze=Material(color=(0.33, 0.46, 0.40), specular=0.25),
            soil=Material(color=(0.26, 0.19, 0.13)),
            bark=Material(texture=planks(rng, (0.36, 0.27, 0.2))),
            leaves=tuple(
                Material(color=color, texture=foliage)
                for color in ((0.30, 0.50, 0.18), (0.24, 0.42, 0.20), (0.42, 0.55, 0.20))
            ),
            water=Material(texture=speckle(rng, (0.36, 0.58, 0.68), size=64, fine=0.05, coarse=0.08), specular=0.6),
            glass=Material(color=(0.22, 0.28, 0.33), specular=0.5),
            lamp=Material(color=(0.98, 0.95, 0.82), emissive=0.6, glow=1.0),
            rubber=Material(color=(0.09, 0.09, 0.09)),
        )


def build_fountain(palette: Palette) -> list[Part]:
    """Return a round basin, 4.4 m wide, with two bowls and falling water."""
    basin = lathe([(2.1, 0.0), (2.1, 0.42), (2.2, 0.42), (2.2, 0.55), (1.85, 0.55), (1.85, 0.3)], 24, turns=6)
    stem = lathe([(0.45, 0.3), (0.3, 0.6), (0.2, 1.2), (0.25, 1.35)], 12)
    bowl = lathe([(0.2, 1.25), (0.9, 1.5), (0.95, 1.6), (0.85, 1.6), (0.8, 1.52)], 16)
    top = lathe([(0.12, 1.5), (0.1, 2.1), (0.45, 2.25), (0.48, 2.32), (0.4, 2.3)], 12)
    pools = [move(lathe([(radius, 0.0), (0.0, 0.0)], 24), 0, 0, z) for radius, z in ((1.85, 0.42), (0.8, 1.55))]
    spray = lathe([(0.42, 2.3), (0.3, 2.35), (0.1, 2.55), (0.05, 2.9), (0.0, 3.0)], 10)
    falls = []
    for angle in np.arange(8) * np.pi / 4:
        c, s = np.cos(angle), np.sin(angle)
        falls.append(tube((1.12 * c, 1.12 * s, 0.42), (0.92 * c, 0.92 * s, 1.58), 0.03, 5))
    white = Material(color=(0.86, 0.93, 0.96), emissive=0.1)
    return [
        Part(mesh=join([basin, stem, bowl, top]), material=palette.pale_stone),
        Part(mesh=join(pools), material=palette.water),
        Part(mesh=join([spray, *falls]), material=white),
    ]


def build_statue(palette: Palette) -> list[Part]:
    """Return a bronze figure with a raised arm on a pedestal 2.2 m high."""
    plinth = join(
        [
            box((size, size, high), (0, 0, z), tile=1.0)
            for size, high, z in ((1.8, 0.3, 0), (1.2, 1.6, 0.3), (1.4, 0.3, 1.9))
        ]
    )
    robe = lathe([(0.42, 2.2), (0.34, 2.7), (0.26, 3.2), (0.32, 3.55), (0.24, 3.75), (0.09, 3.8), (0.08, 3.9)], 12)
    head = move(ball((0.14, 0.12, 0.17)), 0.02, 0, 4.05)
    arms = [
        tube((0, 0.28, 3.62), (0.2, 0.42, 3.25), 0.075),
        tube((0.2, 0.42, 3.25), (0.42, 0.3, 3.3), 0.06),
        tube((0, -0.28, 3.62), (0.3, -0.42, 3.85), 0.075),
        tube((0.3, -0.42, 3.85), (0.6, -0.45, 4.25), 0.06),
    ]
    hat = move(lathe([(0.26, 0.0), (0.15, 0.04), (0.12, 0.2), (0.0, 0.22)], 10), 0.02, 0, 4.16)
    return [
        Part(mesh=plinth, material=palette.pale_stone),
        Part(mesh=join([robe, head, hat, *arms]), material=palette.bronze),
    ]


def build_kiosk(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return an eight-sided newspaper kiosk, 2.6 m wide, its name on four sides."""
    green = Material(color=(0.16, 0.36, 0.27), specular=0.1)
    body = move(lathe([(1.25, 0.0), (1.25, 2.35)], 8), 0, 0, 0, np.pi / 8)
    roof = lathe([(1.3, 2.55), (1.75, 2.6), (1.0, 2.95), (0.25, 3.3), (0.12, 3.6), (0.0, 3.75)], 8)
    roof = move(join([roof, lathe([(0.0, 2.54), (1.3, 2.54)], 8)]), 0, 0, 0, np.pi / 8)
    board = lettering("KIOSK", (0.98, 0.93, 0.7), (0.16, 0.36, 0.27), width=192, height=48)
    band, panes, shelves = [], [], []
    apothem, half = 1.25 * np.cos(np.pi / 8), 1.25 * np.sin(np.pi / 8)
    for k in range(8):
        side = wall((apothem + 0.12, half + 0.06), (apothem + 0.12, -half - 0.06), 2.2, 2.55)
        band.append(move(side, 0, 0, 0, k * np.pi / 4))
        if k != 4:
            pane = wall((apothem + 0.01, half - 0.08), (apothem + 0.01, 0.08 - half), 1.05, 2.1)
            panes.append(move(pane, 0, 0, 0, k * np.pi / 4))
        if k in (0, 1, 7):
            shelves.append(
                move(box((0.25, 0.9, 0.05), (apothem + 0.125, 0, 0.98), bottom=True), 0, 0, 0, k * np.pi / 4)
            )
    covers = rng.uniform(0.2, 0.95, (6, 5, 3)).repeat(10, axis=0).repeat(10, axis=1)
    covers[::10] = covers[:, ::10] = 0.15
    return [
        Part(mesh=join([body, roof, *shelves]), material=green),
        Part(mesh=join(panes), material=Material(texture=(covers * 255).astype(np.uint8))),
        Part(mesh=join(band), material=Material(texture=board, emissive=0.25, glow=0.9), text="KIOSK"),
    ]


def build_stall(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return a market stall, 2.4 m x 3 m, with a striped roof and crates of fruit."""
    red = (0.8, 0.16, 0.14)
    posts = [box((0.07, 0.07, 2.3), (i * 1.05, j * 1.35, 0)) for i in (-1, 1) for j in (-1, 1)]
    table = [box((1.6, 2.6, 0.08), (0.1, 0, 0.78), bottom=True), box((1.4, 2.4, 0.78), (0.1, 0, 0))]
    low, high, flat = 2.25, 2.95, [(0, 0), (1, 0), (1, 1), (0, 1)]
    a, b, c, d = ((-1.35, -1.65), (1.35, -1.65), (1.35, 1.65), (-1.35, 1.65))
    e, f = ((0.0, -1.65), (0.0, 1.65))
    slopes = [[(*b, low), (*c, low), (*f, high), (*e, high)], [(*d, low), (*a, low), (*e, high), (*f, high)]]
    cloth = panels([*slopes, *(side[::-1] for side in slopes)], [flat, flat, flat[::-1], flat[::-1]])
    skirts = [wall(q, p, low - 0.25, low) for p, q in ((b, c), (d, a))]
    skirts += [wall(p, q, low - 0.25, low) for p, q in ((b, c), (d, a))]
    crates, fruit = [], []
    for i in (-0.3, 0.5):
        for j in (-0.9, -0.3, 0.3, 0.9):
            crates.append(box((0.6, 0.5, 0.14), (i, j, 0.86)))
            color = ((0.85, 0.2, 0.12), (0.95, 0.6, 0.1), (0.45, 0.65, 0.2), (0.93, 0.85, 0.3))[int(rng.integers(4))]
            heap = move(ball((0.27, 0.22, 0.12), rng, 0.12), i, j, 1.0)
            fruit.append(Part(mesh=heap, material=Material(color=color)))
    return [
        Part(mesh=join([*posts, *table, *crates]), material=palette.wood),
        Part(
            mesh=join([cloth, *skirts]), material=Material(texture=stripes(red, (0.96, 0.95, 0.9), count=6, width=128))
        ),
        *fruit,
    ]


def build_tree(rng: np.random.Generator, palette: Palette, *, old: bool = False) -> list[Part]:
    """Return a tree in a stone ring 1.4 m wide; an old one is thick, broad and stands in a bench-high ring of 2.4 m."""
    leaf = palette.leaves[1 if old else int(rng.integers(len(palette.leaves)))]
    trunk, ring, crown, height = (0.34, 1.2, 2.5, 3.2) if old else (0.14, 0.7, 1.3, 2.6)
    stem = lathe([(1.5 * trunk, 0.35), (trunk, 0.9), (0.8 * trunk, height)], 8)
    forks = []
    for angle in rng.uniform(0, 2 * np.pi) + np.arange(3) * 2 * np.pi / 3:
        tip = (0.5 * crown * np.cos(angle), 0.5 * crown * np.sin(angle), height + 0.6 * crown)
        forks.append(tube((0, 0, height - 0.3), tip, 0.5 * trunk, 5))
    edge = lathe([(ring, 0.0), (ring, 0.45), (ring - 0.18, 0.45), (ring - 0.18, 0.38)], 12, turns=4)
    soil = move(lathe([(ring - 0.18, 0.0), (0.0, 0.0)], 12), 0, 0, 0.38)
    blobs = []
    for k in range(6 if old else 4):
        angle = k * 2.4 + rng.uniform(-0.4, 0.4)
        reach = 0.0 if k == 0 else 0.5 * crown * rng.uniform(0.8, 1.1)
        size = crown * (rng.uniform(0.72, 0.85) if k == 0 else rng.uniform(0.5, 0.68))
        lift = height + 0.55 * crown + (0.45 * crown if k == 0 else rng.uniform(-0.05, 0.3) * crown)
        blob = ball((size, size, 0.85 * size), rng, 0.07, level=2 if old or k == 0 else 1)
        blobs.append(move(blob, reach * np.cos(angle), reach * np.sin(angle), lift, rng.uniform(0, 6)))
    return [
        Part(mesh=join([stem, *forks]), material=palette.bark),
        Part(mesh=join(blobs), material=leaf),
        Part(mesh=edge, material=palette.stone, semantic="Obstacle"),
        Part(mesh=soil, material=palette.soil, semantic="Obstacle"),
    ]


def build_bench(palette: Palette) -> list[Part]:
    """Return a wooden bench for three, 1.8 m long, its back at -x."""
    boards = [box((0.13, 1.8, 0.04), (x, 0, 0.43), bottom=True) for x in (-0.16, 0.0, 0.16)]
    boards += [box((0.04, 1.8, 0.13), (-0.27, 0, z), bottom=True) for z in (0.56, 0.74)]
    legs = [box((0.45, 0.06, 0.43), (0, y, 0)) for y in (-0.75, 0.75)]
    legs += [box((0.05, 0.06, 0.9), (-0.225, y, 0)) for y in (-0.75, 0.75)]
    return [Part(mesh=join(boards), material=palette.wood), Part(mesh=join(legs), material=palette.iron)]


def build_stone_bench(palette: Palette) -> list[Part]:
    """Return a long bench of stone without a back, 3.2 m."""
    slab = box((0.6, 3.2, 0.14), (0, 0, 0.38), tile=0.8, bottom=True)
    feet = [box((0.45, 0.4, 0.38), (0, y, 0)) for y in (-1.2, 0.0, 1.2)]
    return [Part(mesh=join([slab, *feet]), material=palette.pale_stone)]


def build_lamp(palette: Palette) -> list[Part]:
    """Return a lamp post with two lanterns, 4 m."""
    post = lathe([(0.16, 0.0), (0.16, 0.25), (0.08, 0.4), (0.06, 0.9), (0.045, 3.7), (0.0, 3.75)], 8)
    arm = tube((0, -0.5, 3.55), (0, 0.5, 3.55), 0.03)
    glass = [move(lathe([(0.08, 0.0), (0.15, 0.32)], 6), 0, y, 3.1) for y in (-0.5, 0.5)]
    caps = [move(lathe([(0.17, 0.32), (0.05, 0.42), (0.0, 0.5)], 6), 0, y, 3.1) for y in (-0.5, 0.5)]
    hangers = [move(lathe([(0.0, 0.0), (0.08, 0.0)], 6), 0, y, 3.1) for y in (-0.5, 0.5)]
    return [
        Part(mesh=join([post, arm, *caps, *hangers]), material=palette.iron),
        Part(mesh=join(glass), material=palette.lamp),
    ]


def build_lantern(palette: Palette) -> list[Part]:
    """Return a lantern on a bracket, its wall at x = 0, its light 0.55 m before it and 3.3 m up."""
    arm = join([tube((0.0, 0.0, 3.72), (0.55, 0.0, 3.72), 0.025), tube((0.0, 0.0, 3.45), (0.3, 0.0, 3.72), 0.018)])
    glass = move(lathe([(0.08, 0.0), (0.15, 0.32)], 6), 0.55, 0.0, 3.14)
    cap = move(lathe([(0.17, 0.32), (0.05, 0.42), (0.0, 0.56)], 6), 0.55, 0.0, 3.14)
    base = move(lathe([(0.0, 0.0), (0.08, 0.0)], 6), 0.55, 0.0, 3.14)
    return [Part(mesh=join([arm, cap, base]), material=palette.iron), Part(mesh=glass, material=palette.lamp)]


def build_bollard(palette: Palette) -> list[Part]:
    """Return a cast-iron bollard, 0.9 m."""
    return [
        Part(mesh=lathe([(0.11, 0.0), (0.08, 0.15), (0.07, 0.75), (0.1, 0.8), (0.0, 0.92)], 8), material=palette.iron)
    ]


def build_tub(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return a wooden tub of flowers, 1.2 m x 0.5 m."""
    flowers: list[Part] = []
    colors = ((0.9, 0.25, 0.35), (0.95, 0.8, 0.25), (0.75, 0.4, 0.8), (0.96, 0.95, 0.92))
    for y in (-0.4, -0.13, 0.13, 0.4):
        bush = move(ball((0.2, 0.17, 0.18), rng, 0.15), 0, y, 0.58)
        bloom = move(ball((0.11, 0.1, 0.1), rng, 0.2, level=0), rng.uniform(-0.08, 0.08), y, 0.74)
        flowers.append(Part(mesh=bush, material=palette.leaves[0], semantic="Vegetation"))
        flowers.append(Part(mesh=bloom, material=Material(color=colors[int(rng.integers(4))]), semantic="Vegetation"))
    return [Part(mesh=box((0.5, 1.2, 0.5)), material=palette.wood), *flowers]


def build_column(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return an advertising column with three posters round it."""
    words = rng.choice(POSTERS, 3, replace=False).tolist()
    sheets = []
    for text in words:
        ground = rng.uniform(0.1, 0.9, 3)
        ink = (0.97, 0.96, 0.9) if ground.mean() < 0.55 else (0.1, 0.08, 0.12)
        paper = np.full((192, 128, 3), 240, dtype=np.uint8)
        paper[6:186, 6:122] = lettering(text, ink, ground.tolist(), width=116, height=180)
        sheets.append(paper)
    cap = lathe([(0.0, 2.68), (0.85, 2.68), (0.85, 2.8), (0.6, 2.95), (0.25, 3.25), (0.0, 3.35)], 16)
    foot = lathe([(0.72, 0.0), (0.72, 0.3), (0.66, 0.3)], 16)
    return [
        Part(
            mesh=lathe([(0.64, 0.3), (0.64, 2.7)], 18),
            material=Material(texture=np.hstack(sheets)),
            text=" ".join(words),
        ),
        Part(mesh=join([cap, foot]), material=palette.iron),
    ]


def build_bin(palette: Palette) -> list[Part]:
    """Return a litter bin."""
    return [
        Part(mesh=lathe([(0.2, 0.08), (0.24, 0.8), (0.2, 0.82), (0.16, 0.5), (0.0, 0.5)], 10), material=palette.iron),
        Part(mesh=cylinder(0.06, 0.1, 6), material=palette.iron),
    ]


def build_rack(palette: Palette, places: int) -> list[Part]:
    """Return a bicycle rack: hoops 0.8 m apart along y."""
    hoops = []
    for k in range(places):
        y = 0.8 * (k - (places - 1) / 2)
        hoops += [tube((x, y, 0.0), (x, y, 0.75), 0.025, 6) for x in (-0.35, 0.35)]
        hoops.append(tube((-0.37, y, 0.75), (0.37, y, 0.75), 0.025, 6))
    return [Part(mesh=join(hoops), material=Material(color=(0.6, 0.62, 0.64), specular=0.4))]


def ring_wheel(radius: float, width: float, segments: int = 14) -> Mesh:
    """Return a spoked wheel in the plane y = 0, its hub at the origin."""
    angles = np.linspace(0.0, 2 * np.pi, segments + 1)
    rim = [(radius * np.cos(a), radius * np.sin(a)) for a in angles]
    parts = [tube((x0, 0, z0), (x1, 0, z1), width / 2, 4) for (x0, z0), (x1, z1) in pairwise(rim)]
    parts += [tube((0, 0, 0), (x, 0, z), 0.006, 3) for x, z in rim[: -1 : max(1, segments // 7)]]
    return join(parts)


def build_bicycle(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return a bicycle that stands upright, 1.7 m long."""
    wheels = [move(ring_wheel(0.33, 0.035), x, 0, 0.34) for x in (-0.52, 0.52)]
    crank, seat, head = (-0.08, 0.0, 0.3), (-0.22, 0.0, 0.82), (0.36, 0.0, 0.78)
    rear, front = (-0.52, 0.0, 0.34), (0.52, 0.0, 0.34)
    frame = [
        tube(a, b, 0.02, 5)
        for a, b in (
            (crank, seat), (crank, head), (seat, head), (rear, crank), (rear, (-0.18, 0.0, 0.7)), (front, head)
        )
    ]  # fmt: skip
    bars = [tube(head, (0.32, 0.0, 1.0), 0.018, 5), tube((0.3, -0.28, 1.02), (0.3, 0.28, 1.02), 0.015, 5)]
    saddle = box((0.26, 0.14, 0.06), (-0.24, 0, 0.84), bottom=True)
    color = ((0.75, 0.12, 0.1), (0.1, 0.3, 0.6), (0.1, 0.45, 0.3), (0.85, 0.65, 0.1))[int(rng.integers(4))]
    return [
        Part(mesh=join(frame), material=Material(color=color, specular=0.3)),
        Part(mesh=join([*wheels, *bars, saddle]), material=palette.rubber),
    ]


def build_cart(rng: np.random.Generator, palette: Palette) -> list[Part]:
    """Return a two-wheeled hand cart with parcels, 1.9 m long with its handles."""
    bed = [box((1.1, 0.7, 0.06), (0, 0, 0.5), bottom=True)]
    bed += [box((1.1, 0.04, 0.3), (0, y, 0.56)) for y in (-0.33, 0.33)]
    handles = [tube((-0.5, y, 0.53), (-1.1, y, 0.75), 0.025, 5) for y in (-0.28, 0.28)]
    legs = [tube((-0.45, y, 0.0), (-0.45, y, 0.5), 0.025, 5) for y in (-0.28, 0.28)]
    wheels = [move(ring_wheel(0.32, 0.05), 0.15, y, 0.34) for y in (-0.42, 0.42)]
    parcels = [
        box((0.3, 0.3, float(rng.uniform(0.2, 0.4))), (x, float(rng.uniform(-0.12, 0.12)), 0.56))
        for x in (-0.3, 0.05, 0.36)
    ]
    return [
        Part(mesh=join([*bed, *handles, *legs]), material=palette.wood),
        Part(mesh=join(wheels), material=palette.iron),
        Part(mesh=join(parcels), material=Material(color=(0.74, 0.58, 0.38))),
    ]


def build_paving(rng: np.random.Generator) -> tuple[Material, Material, Material]:
    """Return paving of the streets, of the middle of the square, and of the strip along the kerb."""
    return (
        Material(texture=slabs(rng, (0.64, 0.62, 0.58), rows=12, columns=8, joint=0.72)),
        Material(texture=slabs(rng, (0.74, 0.69, 0.60), rows=4, columns=4, joint=0.8, spread=0.035)),
        Material(texture=slabs(rng, (0.80, 0.78, 0.74), rows=2, columns=2, size=128, joint=0.7, spread=0.03)),
    )
