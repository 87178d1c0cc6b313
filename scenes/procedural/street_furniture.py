"""What stands on sidewalks: lamps, signals, a bus shelter, post box, hydrant, cafe tables, boards, market tables.

Each function returns the parts of one thing in its own frame: x forward, the ground at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.furniture import POSTERS
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, make_mesh, move, panels, tube, wall
from scenes.procedural.texture import Color, Texture, lettering, planks, speckle, stripes
from scenes.scene import Material, Mesh

LAMP_HEAD = {"mast": (1.15, 0.0, 5.3), "lantern": (0.0, 0.0, 3.95)}  # m, where the light is

FRUIT: tuple[Color, ...] = (
    (0.80, 0.16, 0.10), (0.95, 0.58, 0.1), (0.42, 0.62, 0.2), (0.93, 0.85, 0.3), (0.42, 0.18, 0.36)
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kit:
    """Materials that the furniture of one street shares."""

    steel: Material
    iron: Material
    wood: Material
    white: Material
    red: Material
    yellow: Material
    lamp: Material
    glass: Material
    cloth: Material
    fruit: tuple[Material, ...]

    @staticmethod
    def draw(rng: np.random.Generator) -> Kit:
        """Return materials drawn from `rng`."""
        tone = ((0.14, 0.16, 0.16), (0.18, 0.24, 0.22), (0.32, 0.33, 0.35))[int(rng.integers(3))]
        first = ((0.80, 0.18, 0.15), (0.15, 0.35, 0.55), (0.20, 0.45, 0.28), (0.88, 0.66, 0.2))[int(rng.integers(4))]
        return Kit(
            steel=Material(color=(0.66, 0.67, 0.69), texture=speckle(rng, (0.96, 0.96, 0.96), size=256), specular=0.35),
            iron=Material(color=tone, specular=0.25),
            wood=Material(texture=planks(rng, (0.58, 0.40, 0.24), size=256), specular=0.08),
            white=Material(color=(0.88, 0.88, 0.86)),
            red=Material(
                color=(0.74, 0.09, 0.08), texture=speckle(rng, (0.96, 0.95, 0.95), size=256, fine=0.02), specular=0.3
            ),
            yellow=Material(color=(0.95, 0.76, 0.1), specular=0.2),
            lamp=Material(color=(1.0, 0.96, 0.86), emissive=0.5, glow=1.0),
            glass=Material(color=(0.36, 0.46, 0.50), specular=0.6),
            cloth=Material(texture=stripes(first, (0.95, 0.93, 0.88), count=6, width=256, height=256)),
            fruit=tuple(Material(texture=_paint_fruit(rng, color), specular=0.15) for color in FRUIT),
        )


def _paint_fruit(rng: np.random.Generator, color: Color) -> Texture:
    """Return a heap of round fruit, which fills a crate; 256 pixels."""
    picture = np.full((256, 256, 3), [int(90 * v) for v in color], dtype=np.uint8)
    for row in range(9):
        for column in range(9):
            shift = rng.uniform(-4, 4, 2)
            x, y = int(30 * column + 15 * (row % 2) + shift[0]), int(30 * row + 6 + shift[1])
            tone = [float(v) * rng.uniform(0.8, 1.1) for v in color]
            cv2.circle(picture, (x, y), 16, [int(255 * min(0.75 * v, 1.0)) for v in tone], -1, cv2.LINE_AA)
            cv2.circle(picture, (x - 2, y - 2), 13, [int(255 * min(v, 1.0)) for v in tone], -1, cv2.LINE_AA)
            cv2.circle(picture, (x - 5, y - 5), 4, [int(255 * min(1.3 * v + 0.1, 1.0)) for v in tone], -1, cv2.LINE_AA)
    return picture


def _heap(deep: float, wide: float) -> Mesh:
    """Return a low heap over a crate `deep` x `wide` metres, its foot at z = 0."""
    x, y = deep / 2, wide / 2
    low = [(-x, -y, 0.0), (x, -y, 0.0), (x, y, 0.0), (-x, y, 0.0)]
    top = [(0.6 * u, 0.6 * v, 0.08) for u, v, _ in low]
    faces = [top, *([low[k], low[(k + 1) % 4], top[(k + 1) % 4], top[k]] for k in range(4))]
    return panels(faces, [[(u / 0.5, v / 0.5) for u, v, _ in face] for face in faces])


def build_street_lamp(kit: Kit, kind: str) -> list[Part]:
    """Return a lamp post: "mast" with an arm over the carriageway (+x), or "lantern"."""
    if kind == "mast":
        pole = lathe(
            [(0.13, 0.0), (0.13, 0.06), (0.085, 0.08), (0.08, 1.1), (0.06, 1.15), (0.045, 5.4), (0.0, 5.42)], 8
        )
        arm = tube((0, 0, 5.2), (0.95, 0, 5.42), 0.03, 6)
        head = box((0.62, 0.2, 0.07), (1.15, 0, 5.39), bottom=True)
        glow = panels(
            [[(0.87, 0.08, 5.385), (1.43, 0.08, 5.385), (1.43, -0.08, 5.385), (0.87, -0.08, 5.385)]],
            [[(0, 0), (1, 0), (1, 1), (0, 1)]],
        )
        return [Part(mesh=join([pole, arm, head]), material=kit.iron), Part(mesh=glow, material=kit.lamp, solid=False)]
    post = lathe(
        [
            (0.17, 0.0),
            (0.17, 0.2),
            (0.1, 0.32),
            (0.075, 0.9),
            (0.09, 0.95),
            (0.05, 1.05),
            (0.04, 3.55),
            (0.09, 3.62),
            (0.1, 3.68),
        ],
        8,
    )
    glass = lathe([(0.11, 3.7), (0.2, 4.15)], 6)
    ribs = [
        tube((0.112 * np.cos(a), 0.112 * np.sin(a), 3.69), (0.202 * np.cos(a), 0.202 * np.sin(a), 4.16), 0.012, 3)
        for a in np.arange(6) * np.pi / 3
    ]
    cap = lathe([(0.0, 4.15), (0.24, 4.15), (0.1, 4.34), (0.03, 4.4), (0.0, 4.5)], 6)
    return [Part(mesh=join([post, cap, *ribs]), material=kit.iron), Part(mesh=glass, material=kit.lamp, solid=False)]


def _signal_face(lit: int, colors: tuple[Color, ...]) -> Texture:
    picture = np.full((256, 128, 3), 14, dtype=np.uint8)
    for k, color in enumerate(colors):
        center = (64, round(256 * (k + 0.5) / len(colors)))
        tone = color if k == lit else [0.16 * v + 0.03 for v in color]
        radius = round(0.38 * 256 / 3)
        cv2.circle(picture, center, radius, [int(255 * v) for v in tone], -1, cv2.LINE_AA)
        cv2.circle(picture, center, radius, (40, 40, 42), 3, cv2.LINE_AA)
    return picture


def build_signal(kit: Kit) -> list[Part]:
    """Return a traffic light on a pole: red for the cars that look along -x, green towards -y, with a button."""
    pole = tube((0, 0, 0), (0, 0, 3.3), 0.055, 8)
    dark = Material(color=(0.07, 0.08, 0.08))
    cars = [box((0.22, 0.3, 0.85), (0.1, 0, 2.4), bottom=True), box((0.02, 0.46, 1.0), (0.0, 0, 2.33), bottom=True)]
    walk = [box((0.26, 0.2, 0.5), (0, -0.15, 2.2), bottom=True), box((0.12, 0.1, 0.2), (0, -0.09, 1.0), bottom=True)]
    visors = [move(box((0.16, 0.2, 0.02), bottom=True), 0.29, 0, z) for z in (2.67, 2.95, 3.22)]
    face = wall((0.215, 0.13), (0.215, -0.13), 2.42, 3.23)
    small = wall((0.11, -0.255), (-0.11, -0.255), 2.22, 2.68)
    red = Material(
        texture=_signal_face(0, ((0.95, 0.1, 0.06), (0.95, 0.65, 0.08), (0.1, 0.8, 0.3))), emissive=0.8, glow=1.0
    )
    green = Material(texture=_signal_face(1, ((0.95, 0.1, 0.06), (0.1, 0.85, 0.35))), emissive=0.8, glow=1.0)
    return [
        Part(mesh=pole, material=kit.steel),
        Part(mesh=join([*cars, *walk, *visors]), material=dark, solid=False),
        Part(mesh=face, material=red, solid=False),
        Part(mesh=small, material=green, solid=False),
        Part(mesh=move(box((0.1, 0.02, 0.1)), 0, -0.15, 1.05), material=kit.yellow, solid=False),
    ]


def paint_poster(rng: np.random.Generator) -> tuple[Texture, str]:
    """Return an advertisement, 256 x 512 pixels, and its words."""
    words = str(rng.choice(POSTERS))
    ground = rng.uniform(0.1, 0.85, 3)
    ink = (0.98, 0.96, 0.88) if ground.mean() < 0.5 else (0.1, 0.08, 0.14)
    picture = np.zeros((512, 256, 3), dtype=np.uint8)
    shade = np.linspace(1.15, 0.7, 512)[:, None, None]
    picture[:] = np.clip(255 * ground * shade, 0, 255)
    for _ in range(7):
        center = (int(rng.integers(20, 236)), int(rng.integers(60, 330)))
        color = [int(255 * v) for v in np.clip(ground + rng.uniform(-0.4, 0.5, 3), 0, 1)]
        cv2.circle(picture, center, int(rng.integers(16, 80)), color, -1, cv2.LINE_AA)
    band = lettering(words, ink, [0.6 * v for v in ground], width=240, height=110)
    picture[380:490, 8:248] = band
    picture[:8] = picture[-8:] = 235
    picture[:, :8] = picture[:, -8:] = 235
    return picture, words


def build_bus_shelter(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a shelter 4 m along y and 1.4 m deep, open towards +x, with a bench and an advertisement."""
    posts = [box((0.07, 0.07, 2.35), (x, y, 0)) for x in (-0.62, 0.55) for y in (-1.95, 1.95)]
    posts.append(box((0.07, 0.07, 2.35), (-0.62, 0, 0)))
    rails = [box((0.03, 3.9, 0.05), (-0.62, 0, z), bottom=True) for z in (0.2, 1.1, 2.2)]
    rails += [box((1.1, 0.03, 0.05), (-0.03, -1.95, z), bottom=True) for z in (0.2, 1.1, 2.2)]
    roof = box((1.5, 4.3, 0.09), (0.0, 0, 2.36), bottom=True)
    seat = [box((0.36, 2.2, 0.05), (-0.4, -0.5, 0.46), bottom=True)]
    legs = [box((0.06, 0.06, 0.46), (-0.45, y, 0)) for y in (-1.4, 0.4)]
    frame = box((1.2, 0.14, 1.95), (-0.03, 1.95, 0.18), bottom=True)
    art, words = paint_poster(rng)
    sides = [wall((0.5, 1.875), (-0.55, 1.875), 0.25, 2.05), wall((-0.55, 2.025), (0.5, 2.025), 0.25, 2.05)]
    board = lettering("BUS STOP", (1, 1, 1), (0.06, 0.28, 0.6), width=256, height=32)
    name = wall((0.76, 1.0), (0.76, -1.0), 2.37, 2.45)
    table = box((0.03, 0.5, 0.7), (-0.58, 1.2, 1.15), bottom=True)
    return [
        Part(mesh=join([*posts, *rails, *legs, frame]), material=kit.iron),
        Part(mesh=roof, material=kit.iron, solid=False),
        Part(mesh=join(seat), material=kit.wood),
        Part(
            mesh=join(sides),
            material=Material(texture=art, emissive=0.15, glow=0.95),
            text=words,
            semantic="Advertising",
        ),
        Part(
            mesh=name,
            material=Material(texture=cv2.resize(board, (256, 256)).astype(np.uint8), emissive=0.2, glow=0.9),
            solid=False,
        ),
        Part(mesh=table, material=kit.white, solid=False),
    ]


def build_bus_sign(kit: Kit) -> list[Part]:
    """Return the sign of a bus stop on a pole, which faces both ways along x, "BUS" on both sides."""
    pole = tube((0, 0, 0), (0, 0, 2.9), 0.04, 8)
    face = lettering("BUS STOP", (1, 1, 1), (0.06, 0.28, 0.6), width=256, height=256, border=(1, 1, 1))
    case = box((0.05, 0.56, 0.56), (0, 0.33, 2.3), bottom=True)
    sides = [wall((0.028, 0.6), (0.028, 0.06), 2.31, 2.85), wall((-0.028, 0.06), (-0.028, 0.6), 2.31, 2.85)]
    plan = box((0.04, 0.36, 0.5), (0.0, 0.22, 1.3), bottom=True)
    return [
        Part(mesh=join(sides), material=Material(texture=face, emissive=0.2, glow=0.8), text="BUS STOP"),
        Part(mesh=join([pole, case]), material=kit.iron),
        Part(mesh=plan, material=kit.white, solid=False),
    ]


def build_post_box(kit: Kit, round_one: bool) -> list[Part]:
    """Return a post box, 1.5 m, its slot towards +x."""
    plate = lettering(
        "POST", (0.98, 0.96, 0.9), (0.5, 0.05, 0.05) if round_one else (0.1, 0.1, 0.1), width=256, height=128
    )
    letters = Material(texture=plate, emissive=0.1)
    if round_one:
        body = lathe(
            [
                (0.27, 0.0),
                (0.27, 0.14),
                (0.235, 0.16),
                (0.235, 1.28),
                (0.29, 1.32),
                (0.29, 1.4),
                (0.2, 1.48),
                (0.0, 1.52),
            ],
            16,
        )
        slot = box((0.02, 0.2, 0.04), (0.235, 0, 1.16), bottom=True)
        return [
            Part(mesh=body, material=kit.red),
            Part(mesh=slot, material=kit.iron, solid=False),
            Part(mesh=wall((0.243, 0.1), (0.243, -0.1), 0.98, 1.08), material=letters, text="POST", solid=False),
        ]
    case = box((0.42, 0.46, 0.85), (0, 0, 0.6), bottom=True)
    leg = box((0.12, 0.12, 0.6))
    return [
        Part(mesh=case, material=kit.yellow),
        Part(mesh=leg, material=kit.iron),
        Part(mesh=box((0.04, 0.3, 0.05), (0.21, 0, 1.25), bottom=True), material=kit.iron, solid=False),
        Part(mesh=wall((0.214, 0.18), (0.214, -0.18), 0.9, 1.08), material=letters, text="POST", solid=False),
    ]


def build_hydrant(kit: Kit) -> list[Part]:
    """Return a fire hydrant, 0.8 m."""
    body = lathe(
        [
            (0.16, 0.0),
            (0.16, 0.05),
            (0.1, 0.07),
            (0.1, 0.5),
            (0.14, 0.52),
            (0.14, 0.56),
            (0.11, 0.6),
            (0.06, 0.72),
            (0.0, 0.78),
        ],
        10,
    )
    pose = tube((0, -0.19, 0.42), (0, 0.19, 0.42), 0.055, 8)
    front = tube((0, 0, 0.36), (0.2, 0, 0.36), 0.065, 8)
    knobs = [move(ball((0.07, 0.05, 0.07), level=0), 0, y, 0.42) for y in (-0.19, 0.19)]
    knobs.append(move(ball((0.05, 0.08, 0.08), level=0), 0.2, 0, 0.36))
    return [Part(mesh=join([body, pose, front, *knobs]), material=kit.red)]


def build_cafe_table(rng: np.random.Generator, kit: Kit, chairs: int) -> list[Part]:
    """Return a round table with cups, and chairs along y on both sides of it."""
    top = lathe([(0.0, 0.72), (0.34, 0.72), (0.34, 0.75), (0.0, 0.75)], 12)
    stem = lathe([(0.2, 0.0), (0.2, 0.02), (0.03, 0.05), (0.03, 0.72)], 8)
    cups = [
        move(lathe([(0.03, 0.0), (0.04, 0.09), (0.0, 0.07)], 7), float(x), float(y), 0.75)
        for x, y in rng.uniform(-0.18, 0.18, (2, 2))
    ]
    seats, frames = [], []
    for k in range(chairs):
        yaw = (np.pi / 2, -np.pi / 2, np.pi)[k]
        back = [box((0.03, 0.4, 0.09), (-0.2, 0, z), bottom=True) for z in (0.62, 0.78)]
        seat = join([box((0.4, 0.4, 0.035), (0, 0, 0.44), bottom=True), *back])
        legs = [
            tube((x, y, 0), (x, y, 0.88 if x < 0 else 0.44), 0.013, 4) for x in (-0.19, 0.19) for y in (-0.18, 0.18)
        ]
        at = -0.62 * np.array([np.cos(yaw), np.sin(yaw)])
        seats.append(move(seat, float(at[0]), float(at[1]), 0, yaw))
        frames += [move(leg, float(at[0]), float(at[1]), 0, yaw) for leg in legs]
    return [
        Part(mesh=join([top, *seats]), material=kit.wood, semantic="Table"),
        Part(mesh=join([stem, *frames]), material=kit.iron, semantic="Chair"),
        Part(mesh=join(cups), material=kit.white, solid=False),
    ]


def build_parasol(kit: Kit) -> list[Part]:
    """Return a parasol, 2.2 m wide and 2.5 m high, on a foot."""
    pole = join([cylinder(0.22, 0.08, 8), tube((0, 0, 0.05), (0, 0, 2.5), 0.022, 6)])
    outer = lathe([(1.1, 2.12), (1.1, 2.2), (0.0, 2.58)], 8, turns=1)
    inner = make_mesh(outer.vertices - (0.0, 0.0, 0.01), outer.faces[:, ::-1], -outer.normals, outer.uv)
    return [Part(mesh=pole, material=kit.iron), Part(mesh=join([outer, inner]), material=kit.cloth, solid=False)]


def build_a_board(rng: np.random.Generator, words: str) -> list[Part]:
    """Return a folding board with chalk on both sides, 0.6 m along y, which faces along x."""
    slate, wood = (0.13, 0.15, 0.15), Material(color=(0.45, 0.30, 0.18))
    picture = lettering(
        words.upper(),
        ((0.96, 0.95, 0.9), (0.98, 0.85, 0.4), (0.7, 0.9, 0.95))[int(rng.integers(3))],
        slate,
        width=256,
        height=256,
        border=(0.5, 0.34, 0.2),
    )
    faces, backs = [], []
    for sign in (1.0, -1.0):
        low, high = 0.26 * sign, 0.05 * sign
        y = 0.3 * sign
        front = [(low, -y, 0.06), (low, y, 0.06), (high, y, 0.98), (high, -y, 0.98)]
        faces.append(front)
        backs.append([(x - 0.012 * sign, v, z) for x, v, z in front][::-1])
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    legs = [tube((0.27 * s, y, 0.0), (0.05 * s, y, 1.0), 0.015, 4) for s in (1, -1) for y in (-0.29, 0.29)]
    return [
        Part(mesh=panels(faces, [square, square]), material=Material(texture=picture), text=words.upper()),
        Part(mesh=join([panels(backs, [square, square]), *legs]), material=wood),
    ]


def build_cabinet(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a grey cabinet of the electricity works with bills stuck on it, 0.9 m along y."""
    body = box((0.35, 0.9, 1.05), (0, 0, 0.06), tile=1.0)
    grey = Material(color=(0.56, 0.59, 0.56), texture=kit.steel.texture)
    bills = [
        wall((0.178, y + w), (0.178, y), z, z + 1.3 * w)
        for y, z, w in ((-0.4, 0.5, 0.2), (0.08, 0.35, 0.26), (0.1, 0.75, 0.15))
    ]
    foot = box((0.33, 0.86, 0.06))
    return [
        Part(mesh=body, material=grey),
        Part(mesh=foot, material=kit.iron),
        Part(
            mesh=join(bills),
            material=Material(texture=cv2.resize(paint_poster(rng)[0], (256, 256)).astype(np.uint8)),
            solid=False,
        ),
    ]


def build_meter(kit: Kit) -> list[Part]:
    """Return a parking meter, 1.5 m."""
    post = tube((0, 0, 0), (0, 0, 1.05), 0.045, 6)
    head = box((0.2, 0.26, 0.42), (0, 0, 1.05), bottom=True)
    return [
        Part(mesh=join([post, head]), material=kit.iron),
        Part(mesh=wall((0.102, 0.1), (0.102, -0.1), 1.28, 1.42), material=kit.glass, solid=False),
        Part(mesh=wall((0.102, 0.1), (0.102, -0.1), 1.12, 1.24), material=kit.yellow, solid=False),
    ]


def build_market_table(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a market table with crates of fruit under a canopy, 1.3 m deep along x and 2.4 m along y."""
    table = [box((1.0, 2.2, 0.05), (0, 0, 0.75), bottom=True)]
    legs = [box((0.05, 0.05, 0.75), (i * 0.45, j * 1.0, 0)) for i in (-1, 1) for j in (-1, 1)]
    posts = [
        tube((i * 0.58, j * 1.15, 0), (i * 0.58, j * 1.15, 2.25 + 0.2 * (i < 0)), 0.025, 5)
        for i in (-1, 1)
        for j in (-1, 1)
    ]
    low, high = 2.2, 2.5
    roof = [(-0.75, -1.3, high), (0.85, -1.3, low), (0.85, 1.3, low), (-0.75, 1.3, high)]
    hem = [(0.85, -1.3, low - 0.2), (0.85, 1.3, low - 0.2), (0.85, 1.3, low), (0.85, -1.3, low)]
    up, flat = [(0, 1), (0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 1), (0, 1)]
    cloth = panels([roof, roof[::-1], hem, hem[::-1]], [up, up[::-1], flat, flat[::-1]])
    crates: list[Mesh] = []
    fruit: dict[int, list[Mesh]] = {}
    for x in (-0.25, 0.25):
        for y in (-0.82, -0.27, 0.28, 0.83):
            crates.append(box((0.44, 0.5, 0.13), (x, y, 0.8)))
            kind = int(rng.integers(5))
            fruit.setdefault(kind, []).append(move(_heap(0.4, 0.46), x, y, 0.93))
    price = lettering("1.99", (0.1, 0.1, 0.1), (1.0, 0.95, 0.5), width=256, height=128)
    tags = [wall((0.49, y + 0.1), (0.49, y - 0.1), 0.95, 1.05) for y in (-0.55, 0.0, 0.55)]
    skirt = wall((0.47, 1.05), (0.47, -1.05), 0.2, 0.75)
    return [
        Part(mesh=join([*table, *legs, *crates]), material=kit.wood),
        Part(mesh=join([cloth, skirt]), material=kit.cloth, solid=False),
        Part(mesh=join(posts), material=kit.steel),
        Part(mesh=join(tags), material=Material(texture=price), solid=False),
        *(Part(mesh=join(found), material=kit.fruit[kind], solid=False) for kind, found in sorted(fruit.items())),
    ]


def build_bunting(length: float, height: float) -> list[Part]:
    """Return a rope with flags from one facade to the other, along y, both sides of every flag drawn."""
    ys = np.linspace(-length / 2, length / 2, 22)
    sag = height - 0.6 * (1 - (2 * ys / length) ** 2)
    colors = ((0.85, 0.2, 0.18), (0.98, 0.8, 0.2), (0.2, 0.5, 0.8), (0.95, 0.95, 0.92))
    parts = []
    for k, color in enumerate(colors):
        flags = []
        for i in range(k, 21, 4):
            a, b = (0.0, ys[i] + 0.06, sag[i]), (0.0, ys[i + 1] - 0.06, sag[i + 1])
            tip = (0.0, (ys[i] + ys[i + 1]) / 2, (sag[i] + sag[i + 1]) / 2 - 0.42)
            flags += [[a, tip, b], [b, tip, a]]
        parts.append(
            Part(
                mesh=panels(flags, [[(0, 0), (1, 0), (1, 1)]] * len(flags)), material=Material(color=color), solid=False
            )
        )
    rope = [tube((0, a, c), (0, b, d), 0.008, 3) for a, b, c, d in zip(ys[:-1], ys[1:], sag[:-1], sag[1:], strict=True)]
    parts.append(Part(mesh=join(rope), material=Material(color=(0.3, 0.28, 0.25)), solid=False))
    return parts


def build_fruit_stand(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return sloping crates of fruit before a grocer's window, 0.7 m deep and 1.2 m along y."""
    frame: list[Mesh] = []
    fruit: dict[int, list[Mesh]] = {}
    for x, z in ((0.16, 0.42), (-0.18, 0.62)):
        for y in (-0.3, 0.3):
            frame.append(box((0.34, 0.56, z), (x, y, 0.0)))
            kind = int(rng.integers(5))
            fruit.setdefault(kind, []).append(move(_heap(0.3, 0.52), x, y, z))
    return [
        Part(mesh=join(frame), material=kit.wood),
        *(Part(mesh=join(found), material=kit.fruit[kind], solid=False) for kind, found in sorted(fruit.items())),
    ]
