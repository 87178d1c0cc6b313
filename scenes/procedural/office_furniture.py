"""What stands in an office: desks, chairs, tables, sofas, shelves, machines, plants.

Each function returns the parts of one thing in its own frame: x forward (towards who uses it), the floor at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon

from scenes.procedural import office_texture as paint
from scenes.procedural.draft import Part
from scenes.procedural.furniture import rect
from scenes.procedural.geometry import ball, box, join, lathe, move, panels, prism, tube, wall
from scenes.procedural.texture import speckle
from scenes.scene import Material, Mesh

DESK_TOP = 0.74  # m
SEAT = 0.46  # m
COUNTER = 0.92  # m
Rgb = tuple[float, float, float]

SCHEMES: tuple[tuple[Rgb, Rgb, Rgb, Rgb], ...] = (  # accent, its partner, carpet, wood
    ((0.16, 0.38, 0.55), (0.88, 0.62, 0.25), (0.34, 0.38, 0.44), (0.72, 0.58, 0.42)),
    ((0.22, 0.44, 0.36), (0.80, 0.46, 0.30), (0.42, 0.43, 0.40), (0.62, 0.47, 0.33)),
    ((0.60, 0.27, 0.22), (0.32, 0.42, 0.50), (0.40, 0.37, 0.36), (0.80, 0.70, 0.56)),
    ((0.36, 0.30, 0.48), (0.42, 0.60, 0.55), (0.37, 0.37, 0.42), (0.76, 0.64, 0.50)),
    ((0.10, 0.42, 0.46), (0.85, 0.70, 0.35), (0.30, 0.35, 0.38), (0.55, 0.40, 0.28)),
    ((0.75, 0.52, 0.18), (0.25, 0.34, 0.44), (0.44, 0.42, 0.38), (0.84, 0.78, 0.68)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """Colours and materials that the things of one house share."""

    accent: Rgb
    second: Rgb
    floor: Rgb
    wood: Material
    top: Material
    white: Material
    steel: Material
    chrome: Material
    dark: Material
    black: Material
    cloth: Material
    chair: Material
    sofa: Material
    pillow: Material
    glass: Material
    film: Material
    paper: Material
    card: Material
    terracotta: Material
    soil: Material
    leaf: tuple[Material, ...]
    red: Material
    accented: Material
    screens: tuple[Material, ...]
    covers: tuple[Material, ...]

    @staticmethod
    def draw(rng: np.random.Generator) -> Finish:
        """Return a scheme drawn from `rng`."""
        accent, second, floor, timber = SCHEMES[int(rng.integers(len(SCHEMES)))]
        grain, cloth = paint.veneer(rng, timber), paint.fabric(rng)
        wood = Material(texture=grain, specular=0.08)
        leaf = speckle(rng, (0.9, 0.93, 0.82), size=256, fine=0.14, coarse=0.08)
        greys = (0.17, 0.18, 0.2), (0.3, 0.32, 0.35), accent
        kinds = ("code", "table", "chart", "mail", "slide", "code", "mail")
        return Finish(
            accent=accent,
            second=second,
            floor=floor,
            wood=wood,
            top=wood if rng.random() < 0.55 else Material(color=(0.92, 0.92, 0.9), specular=0.1),
            white=Material(color=(0.92, 0.92, 0.9), specular=0.1),
            steel=Material(color=(0.62, 0.64, 0.66), specular=0.3),
            chrome=Material(color=(0.8, 0.82, 0.84), specular=0.6),
            dark=Material(color=(0.2, 0.21, 0.23), specular=0.1),
            black=Material(color=(0.07, 0.07, 0.08), specular=0.15),
            cloth=Material(color=(0.62, 0.63, 0.64), texture=cloth, specular=0.0),
            chair=Material(color=greys[int(rng.integers(3))], texture=cloth, specular=0.0),
            sofa=Material(color=accent if rng.random() < 0.5 else (0.45, 0.46, 0.48), texture=cloth, specular=0.0),
            pillow=Material(color=second, texture=cloth, specular=0.0),
            glass=Material(color=(0.62, 0.72, 0.76), specular=0.5),
            film=Material(color=(0.9, 0.94, 0.95), specular=0.2),
            paper=Material(color=(0.96, 0.96, 0.94)),
            card=Material(texture=speckle(rng, (0.72, 0.56, 0.38), size=256, fine=0.03), specular=0.0),
            terracotta=Material(color=((0.72, 0.42, 0.3), (0.86, 0.85, 0.82), (0.3, 0.31, 0.33))[int(rng.integers(3))]),
            soil=Material(color=(0.22, 0.16, 0.11), specular=0.0),
            leaf=tuple(
                Material(color=color, texture=leaf, specular=0.05)
                for color in ((0.24, 0.46, 0.2), (0.18, 0.36, 0.2), (0.36, 0.52, 0.24))
            ),
            red=Material(color=(0.76, 0.1, 0.09), specular=0.3),
            accented=Material(color=accent, specular=0.08),
            screens=tuple(Material(texture=paint.screen(rng, kind), emissive=0.75, specular=0.1) for kind in kinds),
            covers=tuple(
                Material(texture=paint.shelf_of(rng, kind), specular=0.0) for kind in ("binders", "books", "binders")
            ),
        )


def rounded(length: float, width: float, radius: float, *, steps: int = 3) -> Polygon:
    """Return a rectangle `length` along x and `width` along y with round corners."""
    return rect(length - 2 * radius, width - 2 * radius).buffer(radius, quad_segs=steps)


def cushion(length: float, width: float, bottom: float, top: float, radius: float = 0.05) -> Mesh:
    """Return a flat cushion whose upper edge is bevelled."""
    lower = prism(rounded(length, width, radius, steps=2), bottom, top - 0.025, tile=0.4, cap=False, floor=True)
    ring = np.array(rounded(length, width, radius, steps=2).exterior.coords)[::-1]
    inner = ring * (1 - 0.05 / np.array([length, width]))
    if np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]) < 0:
        ring, inner = ring[::-1], inner[::-1]
    slope = [
        [(*a, top - 0.025), (*b, top - 0.025), (*d, top), (*c, top)]
        for a, b, c, d in zip(ring[:-1], ring[1:], inner[:-1], inner[1:], strict=True)
    ]
    flat = [(0, 0), (0.1, 0), (0.1, 0.06), (0, 0.06)]
    cap = panels([np.column_stack([inner[:-1], np.full(len(inner) - 1, top)])], [inner[:-1] / 0.4])
    return join([lower, panels(slope, [flat] * len(slope)), cap])


def arc(radius: float, half_angle: float, thick: float, steps: int = 5) -> Polygon:
    """Return a curved strip about the origin, symmetric to the -x axis."""
    angles = np.pi + np.linspace(-half_angle, half_angle, steps)
    rim = np.column_stack([np.cos(angles), np.sin(angles)])
    return Polygon(np.vstack([rim * radius, rim[::-1] * (radius + thick)]))


def build_office_chair(finish: Finish, material: Material) -> list[Part]:
    """Return a swivel chair on five castors; who sits on it looks along x."""
    legs, castors = [], []
    for angle in np.arange(5) * 2 * np.pi / 5 + 0.3:
        c, s = float(np.cos(angle)), float(np.sin(angle))
        legs.append(tube((0.03 * c, 0.03 * s, 0.11), (0.28 * c, 0.28 * s, 0.075), 0.018, 5))
        castors.append(move(box((0.055, 0.035, 0.06), bottom=True), 0.28 * c, 0.28 * s, 0.0, float(angle)))
    column = [lathe([(0.035, 0.06), (0.03, 0.2), (0.018, 0.2), (0.018, 0.4)], 8), box((0.2, 0.2, 0.03), (0, 0, 0.385))]
    seat = move(cushion(0.48, 0.48, 0.41, SEAT + 0.02, 0.1), 0.02, 0.0)
    back = move(prism(arc(0.55, 0.42, 0.05), 0.58, 1.0, tile=0.4, floor=True), 0.31, 0.0)
    spine = [tube((-0.1, 0, 0.4), (-0.29, 0, 0.43), 0.02, 6), tube((-0.28, 0, 0.42), (-0.27, 0, 0.8), 0.022, 6)]
    arms = []
    for y in (-0.27, 0.27):
        arms += [box((0.05, 0.03, 0.22), (-0.02, y, 0.43)), box((0.24, 0.06, 0.03), (0.0, y, 0.65), bottom=True)]
    return [
        Part(mesh=join([seat, back]), material=material),
        Part(mesh=join([*castors, *spine, *arms]), material=finish.black),
        Part(mesh=join([*legs, *column]), material=finish.chrome),
    ]


def build_side_chair(finish: Finish, material: Material) -> list[Part]:
    """Return a chair with four legs for meetings and meals."""
    legs = [
        tube((0.19 * i, 0.19 * j, 0.43), (0.22 * i, 0.22 * j, 0.001), 0.012, 5)
        for i in (-1.0, 1.0)
        for j in (-1.0, 1.0)
    ]
    posts = [tube((-0.19, y, 0.43), (-0.24, y, 0.8), 0.012, 5) for y in (-0.19, 0.19)]
    seat = cushion(0.44, 0.44, 0.42, SEAT, 0.07)
    back = move(prism(arc(0.7, 0.3, 0.03, 4), 0.6, 0.86, tile=0.4, floor=True), 0.47, 0.0)
    return [
        Part(mesh=join([seat, back]), material=material),
        Part(mesh=join([*legs, *posts]), material=finish.chrome),
    ]


def build_desk(finish: Finish, width: float, depth: float) -> list[Part]:
    """Return a desk with steel legs and a panel at its back; drawers under its right end."""
    board = box((depth, width, 0.03), (0, 0, DESK_TOP - 0.03), tile=1.0, bottom=True)
    frame = []
    for y in (-width / 2 + 0.06, width / 2 - 0.06):
        frame += [box((depth - 0.12, 0.06, 0.03), (0, y, 0)), box((0.07, 0.05, DESK_TOP - 0.06), (-0.1, y, 0.03))]
        frame.append(box((depth - 0.16, 0.05, 0.03), (0, y, DESK_TOP - 0.06), bottom=True))
    modesty = box((0.02, width - 0.2, 0.34), (-depth / 2 + 0.08, 0, 0.3), bottom=True)
    side = -width / 2 + 0.34
    drawers = box((0.52, 0.4, 0.54), (0.06, side, 0.04))
    lines = [box((0.012, 0.38, 0.006), (0.326, side, z), bottom=True) for z in (0.2, 0.38)]
    grips = [box((0.02, 0.14, 0.012), (0.33, side, z), bottom=True) for z in (0.15, 0.33, 0.51)]
    return [
        Part(mesh=board, material=finish.top),
        Part(
            mesh=join([*frame, modesty, drawers]), material=finish.white if finish.top is finish.wood else finish.steel
        ),
        Part(mesh=join([*lines, *grips]), material=finish.dark, solid=False),
    ]


def build_table(finish: Finish, length: float, width: float, *, top: Material | None = None) -> list[Part]:
    """Return a table with round corners, `length` along y, on two columns."""
    board = prism(rounded(width, length, 0.18), DESK_TOP - 0.035, DESK_TOP, tile=1.0, floor=True)
    feet = []
    for y in (-0.28 * length, 0.28 * length):
        feet += [box((0.1, 0.1, DESK_TOP - 0.06), (0, y, 0.03)), box((0.62 * width, 0.09, 0.03), (0, y, 0))]
        feet.append(box((0.62 * width, 0.09, 0.03), (0, y, DESK_TOP - 0.065), bottom=True))
    hub = box((0.16, 0.3, 0.012), (0, 0, DESK_TOP), tile=None)
    return [
        Part(mesh=board, material=finish.wood if top is None else top),
        Part(mesh=join(feet), material=finish.dark),
        Part(mesh=hub, material=finish.black, solid=False),
    ]


def build_round_table(finish: Finish, radius: float, height: float) -> list[Part]:
    """Return a round table on one column."""
    board = lathe([(radius - 0.01, height - 0.03), (radius, height - 0.02), (radius, height), (0.0, height)], 24)
    foot = lathe([(0.6 * radius, 0.0), (0.6 * radius, 0.015), (0.04, 0.03), (0.035, height - 0.03)], 16)
    under = lathe([(0.0, height - 0.031), (radius - 0.01, height - 0.03)], 24)
    return [Part(mesh=join([board, under]), material=finish.top), Part(mesh=foot, material=finish.steel)]


def build_stool(finish: Finish) -> list[Part]:
    """Return a bar stool, 0.76 m."""
    seat = lathe([(0.16, 0.72), (0.18, 0.74), (0.17, 0.76), (0.0, 0.765)], 14)
    legs = [
        tube((0.1 * i, 0.1 * j, 0.73), (0.19 * i, 0.19 * j, 0.002), 0.012, 5) for i in (-1.0, 1.0) for j in (-1.0, 1.0)
    ]
    ring = [
        tube((0.16 * a, 0.16 * b, 0.28), (0.16 * c, 0.16 * d, 0.28), 0.009, 4)
        for a, b, c, d in ((1, 1, -1, 1), (-1, 1, -1, -1), (-1, -1, 1, -1), (1, -1, 1, 1))
    ]
    return [Part(mesh=seat, material=finish.wood), Part(mesh=join([*legs, *ring]), material=finish.black)]


def build_sofa(finish: Finish, seats: int, material: Material) -> list[Part]:
    """Return a sofa of `seats` places, 0.82 m deep; an armchair has one."""
    inner = 0.62 * seats
    wide = inner + 0.3
    base = prism(rounded(0.8, wide, 0.04), 0.1, 0.28, tile=0.4, floor=True)
    seat = [move(cushion(0.62, 0.6, 0.28, 0.44, 0.06), 0.08, 0.62 * (k - (seats - 1) / 2)) for k in range(seats)]
    back = [move(cushion(0.18, 0.6, 0.42, 0.8, 0.05), -0.31, 0.62 * (k - (seats - 1) / 2)) for k in range(seats)]
    arms = [move(cushion(0.78, 0.14, 0.1, 0.6, 0.04), 0.0, side * (wide / 2 - 0.07)) for side in (-1, 1)]
    rear = move(cushion(0.08, wide - 0.02, 0.1, 0.74, 0.03), -0.37, 0.0)
    feet = [box((0.05, 0.05, 0.1), (i * 0.34, j * (wide / 2 - 0.08), 0)) for i in (-1, 1) for j in (-1, 1)]
    parts = [Part(mesh=join([base, *seat, *back, *arms, rear]), material=material, semantic="Chair")]
    parts.append(Part(mesh=join(feet), material=finish.black))
    if seats > 1:
        pillow = move(ball((0.07, 0.21, 0.2)), -0.13, inner / 2 - 0.24, 0.62)
        parts.append(Part(mesh=pillow, material=finish.pillow, solid=False))
    return parts


def build_shelf(finish: Finish, width: float, height: float, cover: Material) -> list[Part]:
    """Return a bookcase 0.36 m deep, full."""
    deep = 0.36
    body = [box((deep, 0.025, height), (0, side * (width / 2 - 0.0125), 0), tile=1.0) for side in (-1, 1)]
    body += [
        box((deep, width - 0.05, 0.03), (0, 0, height - 0.03), tile=1.0),
        box((deep, width, 0.07), (0, 0, 0), tile=1.0),
    ]
    body.append(box((0.012, width, height), (-deep / 2 + 0.006, 0, 0), tile=1.0))
    rows = max(2, round((height - 0.1) / 0.37))
    low, share = 0.07, rows / 5
    front = wall((0.1, width / 2 - 0.025), (0.1, -width / 2 + 0.025), low, height - 0.03, (width / 1.1, share))
    step = (height - 0.1) / rows
    boards = [
        box((deep - 0.02, width - 0.05, 0.022), (0, 0, low + k * step - 0.011), tile=1.0, bottom=True)
        for k in range(1, rows)
    ]
    return [
        Part(mesh=join([*body, *boards]), material=finish.wood),
        Part(mesh=front, material=cover, solid=False),
    ]


def build_cabinet(finish: Finish, width: float, height: float, *, material: Material | None = None) -> list[Part]:
    """Return a cabinet 0.45 m deep with doors."""
    deep = 0.45
    body = box((deep - 0.02, width, height - 0.06), (-0.01, 0, 0.04), tile=1.0)
    lid = box((deep, width + 0.01, 0.02), (0, 0, height - 0.02), tile=1.0, bottom=True)
    plinth = box((deep - 0.06, width - 0.04, 0.04), (-0.02, 0, 0))
    count = max(2, round(width / 0.5))
    gaps = [
        box((0.004, 0.005, height - 0.08), (deep / 2 - 0.019, -width / 2 + k * width / count, 0.05))
        for k in range(1, count)
    ]
    grips = [
        box(
            (0.018, 0.012, 0.14),
            (deep / 2 - 0.012, -width / 2 + (k + (0.85 if k % 2 == 0 else 0.15)) * width / count, height / 2),
            bottom=True,
        )
        for k in range(count)
    ]
    return [
        Part(mesh=join([body, lid]), material=finish.white if material is None else material),
        Part(mesh=plinth, material=finish.black),
        Part(mesh=join([*gaps, *grips]), material=finish.dark, solid=False),
    ]


def _blade(base: tuple[float, float, float], tip: tuple[float, float, float], middle: tuple[float, float, float],
           width: float) -> list[list[tuple[float, float, float]]]:  # fmt: skip
    """Return the corners of a leaf bent at its middle, seen from both sides."""
    direction = np.subtract(tip, base)
    side = np.cross(direction, (0.0, 0.0, 1.0))
    side = side / max(float(np.linalg.norm(side)), 1e-6) * width / 2
    if float(np.hypot(direction[0], direction[1])) < 0.02:
        side = np.array([width / 2, 0.0, 0.0])
    a, m, t = (np.asarray(v) for v in (base, middle, tip))
    lower = [tuple(a - 0.3 * side), tuple(a + 0.3 * side), tuple(m + side), tuple(m - side)]
    upper = [tuple(m - side), tuple(m + side), tuple(t + 0.12 * side), tuple(t - 0.12 * side)]
    return [lower, lower[::-1], upper, upper[::-1]]


def build_plant(rng: np.random.Generator, finish: Finish, *, tall: bool) -> list[Part]:
    """Return a plant in a pot: a fig, a dracaena, or upright blades; a small one stands on a table."""
    leaf = finish.leaf[int(rng.integers(len(finish.leaf)))]
    if not tall:
        pot = lathe([(0.05, 0.0), (0.07, 0.11), (0.06, 0.11), (0.06, 0.1), (0.0, 0.1)], 10)
        blades = []
        for angle in np.arange(7) * 2.4:
            c, s, reach = float(np.cos(angle)), float(np.sin(angle)), float(rng.uniform(0.06, 0.12))
            tip = (reach * c, reach * s, float(rng.uniform(0.2, 0.3)))
            blades += _blade((0.02 * c, 0.02 * s, 0.1), tip, (0.6 * reach * c, 0.6 * reach * s, 0.22), 0.045)
        return [
            Part(mesh=pot, material=finish.terracotta, semantic="Vegetation", solid=False),
            Part(
                mesh=panels(blades, [[(0, 0), (0.2, 0), (0.2, 0.5), (0, 0.5)]] * len(blades)),
                material=leaf,
                solid=False,
            ),
        ]
    pot = lathe([(0.15, 0.0), (0.2, 0.36), (0.17, 0.36), (0.17, 0.33)], 14)
    soil = move(lathe([(0.17, 0.0), (0.0, 0.0)], 14), 0, 0, 0.33)
    kind = int(rng.integers(3))
    stems: list[Mesh] = []
    blades = []
    if kind == 0:  # a weeping fig: leaves all over a crown
        top = 1.05
        stems = [tube((0, 0, 0.33), (0.02, 0.03, top), 0.022, 6)]
        for angle in np.arange(4) * 1.7:
            tip = (0.25 * np.cos(angle), 0.25 * np.sin(angle), top + 0.25)
            stems.append(tube((0.01, 0.02, 0.75), tip, 0.01, 5))
        for _ in range(66):
            direction = rng.standard_normal(3)
            direction /= np.linalg.norm(direction)
            at = np.array([0.0, 0.0, top + 0.18]) + direction * (0.26, 0.26, 0.46) * rng.uniform(0.55, 1.0)
            out = np.array([direction[0], direction[1], -0.5]) * 0.08
            mid = at + 0.5 * out + (0, 0, 0.02)
            blades += _blade(tuple(at), tuple(at + out + rng.uniform(-0.02, 0.02, 3)), tuple(mid), 0.075)
    elif kind == 1:  # a dracaena: tufts on stems
        for k, high in enumerate((1.35, 1.0, 0.75)):
            x, y = 0.07 * np.cos(2.1 * k), 0.07 * np.sin(2.1 * k)
            stems.append(tube((x, y, 0.33), (1.4 * x, 1.4 * y, high), 0.02, 6))
            for angle in np.arange(9) * 2.4:
                rise = float(rng.uniform(-0.1, 0.32))
                c, s = np.cos(angle), np.sin(angle)
                reach = 0.27 - 0.4 * max(rise, 0.0)
                root = (1.4 * x, 1.4 * y, high - 0.02)
                middle = (root[0] + 0.55 * reach * c, root[1] + 0.55 * reach * s, high + 0.1 + 0.7 * rise)
                blades += _blade(root, (root[0] + reach * c, root[1] + reach * s, high + rise), middle, 0.05)
    else:  # a snake plant, or a rubber plant's big leaves
        for k in range(22):
            angle, reach = 2.4 * k, 0.03 + 0.011 * k * 0.5
            c, s = np.cos(angle), np.sin(angle)
            high = float(rng.uniform(0.75, 1.25)) - 0.012 * k
            root, tip = (reach * c, reach * s, 0.33), (2.1 * reach * c, 2.1 * reach * s, high)
            blades += _blade(root, tip, (1.5 * reach * c, 1.5 * reach * s, 0.33 + 0.5 * (high - 0.33)), 0.075)
    mesh = panels(blades, [[(0, 0), (0.2, 0), (0.2, 0.5), (0, 0.5)]] * len(blades))
    parts = [
        Part(mesh=pot, material=finish.terracotta, semantic="Vegetation"),
        Part(mesh=soil, material=finish.soil, solid=False),
        Part(mesh=mesh, material=leaf, solid=False),
    ]
    return parts + ([Part(mesh=join(stems), material=finish.card, solid=False)] if stems else [])


def build_coat_stand(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a coat stand with a coat or two."""
    pole = [lathe([(0.19, 0.0), (0.19, 0.02), (0.025, 0.05), (0.02, 1.75), (0.0, 1.78)], 10)]
    coats = []
    for k, angle in enumerate(np.arange(4) * np.pi / 2):
        c, s = float(np.cos(angle)), float(np.sin(angle))
        pole.append(tube((0.0, 0.0, 1.6), (0.13 * c, 0.13 * s, 1.72), 0.01, 5))
        if k < 1 + int(rng.integers(2)):
            coat = lathe([(0.1, 0.75), (0.13, 0.8), (0.1, 1.3), (0.08, 1.5), (0.03, 1.66), (0.0, 1.68)], 8)
            hue = ((0.2, 0.24, 0.32), (0.36, 0.3, 0.24), finish.accent)[int(rng.integers(3))]
            coats.append(
                Part(mesh=move(coat, 0.11 * c, 0.11 * s), material=Material(color=hue, texture=finish.cloth.texture))
            )
    return [Part(mesh=join(pole), material=finish.black), *coats]


def build_bin(finish: Finish) -> list[Part]:
    """Return a waste bin, 0.32 m."""
    shell = lathe([(0.1, 0.0), (0.13, 0.32), (0.115, 0.32), (0.1, 0.05), (0.0, 0.05)], 12)
    return [Part(mesh=shell, material=finish.dark)]


def build_cooler(finish: Finish) -> list[Part]:
    """Return a water cooler with its bottle."""
    body = prism(rounded(0.33, 0.32, 0.04), 0.0, 1.0, tile=1.0)
    recess = box((0.012, 0.22, 0.24), (0.163, 0, 0.62), bottom=True)
    taps = [box((0.05, 0.03, 0.03), (0.18, y, 0.8), bottom=True) for y in (-0.05, 0.05)]
    bottle = lathe(
        [(0.06, 1.0), (0.13, 1.07), (0.135, 1.2), (0.125, 1.22), (0.135, 1.24), (0.13, 1.38), (0.0, 1.42)], 14
    )
    return [
        Part(mesh=body, material=finish.white),
        Part(mesh=join([recess, *taps]), material=finish.dark, solid=False),
        Part(mesh=bottle, material=Material(color=(0.5, 0.72, 0.86), specular=0.6), solid=False),
    ]


def build_sink(finish: Finish) -> Mesh:
    """Return a washbasin's or kitchen's tap, which stands on z = 0."""
    return join([lathe([(0.025, 0.0), (0.018, 0.02), (0.015, 0.24)], 8), tube((0, 0, 0.23), (0.15, 0, 0.2), 0.012, 6)])
