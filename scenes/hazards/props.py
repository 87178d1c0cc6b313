"""Things that stand beside many hazards: tables, crates, barriers, signs, bottles; in the frame of the hazard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry import box as rectangle

from scenes.hazards.piece import Piece, body, lay, paint, skin, steps, turn, two_sided, words
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, cylinder, join, lathe, move, tube
from scenes.procedural.texture import Color, stripes
from scenes.scene import Material, Mesh

STEEL = paint(0.66, 0.68, 0.70, 0.35)
IRON = paint(0.22, 0.23, 0.25, 0.2)
BLACK = paint(0.06, 0.06, 0.07, 0.15)
RUBBER = paint(0.10, 0.10, 0.11)
RED = paint(0.80, 0.10, 0.09, 0.15)
YELLOW = paint(0.95, 0.78, 0.10, 0.12)
ORANGE = paint(0.95, 0.45, 0.08, 0.12)
GREEN = paint(0.12, 0.55, 0.28, 0.12)
BLUE = paint(0.13, 0.32, 0.66, 0.12)
WHITE = paint(0.94, 0.94, 0.92, 0.1)
BAND = Material(texture=stripes((0.85, 0.1, 0.08), (0.96, 0.96, 0.95), count=4, slant=0.4))
WARNING = Material(texture=stripes((0.95, 0.78, 0.08), (0.08, 0.08, 0.08), count=4, slant=0.5))
CONE = Material(
    texture=np.asarray(stripes((0.95, 0.36, 0.06), (0.97, 0.97, 0.96), count=2, width=32, height=8))
    .transpose(1, 0, 2)
    .copy()
)

ALARM: tuple[Color, Color] = ((1.0, 1.0, 1.0), (0.78, 0.06, 0.06))  # ink and ground
CAUTION: tuple[Color, Color] = ((0.08, 0.08, 0.08), (0.98, 0.82, 0.10))
CLEAR: tuple[Color, Color] = ((1.0, 1.0, 1.0), (0.05, 0.48, 0.24))
NOTICE: tuple[Color, Color] = ((1.0, 1.0, 1.0), (0.08, 0.28, 0.62))
PAPER: tuple[Color, Color] = ((0.12, 0.12, 0.14), (0.95, 0.94, 0.90))


def table_mesh(width: float = 1.5, depth: float = 0.75, height: float = 0.76) -> Mesh:
    """Return a table on four legs, `width` along y, in the middle."""
    legs = [
        box((0.06, 0.06, height - 0.05), (i * (depth / 2 - 0.07), j * (width / 2 - 0.07), 0))
        for i in (-1, 1)
        for j in (-1, 1)
    ]
    return join([box((depth, width, 0.05), (0, 0, height - 0.05), bottom=True), *legs])


def stool(x: float, y: float, yaw: float = 0.0) -> Mesh:
    """Return a chair of wood."""
    legs = [box((0.045, 0.045, 0.44), (i * 0.18, j * 0.18, 0)) for i in (-1, 1) for j in (-1, 1)]
    back = [box((0.045, 0.045, 0.5), (-0.18, j * 0.18, 0.44)) for j in (-1, 1)]
    back += [box((0.03, 0.4, 0.09), (-0.18, 0, z), bottom=True) for z in (0.62, 0.82)]
    return move(join([box((0.42, 0.42, 0.045), (0, 0, 0.44), bottom=True), *legs, *back]), x, y, 0.0, yaw)


def fence(points: Sequence[tuple[float, float]], height: float = 1.1, *, bars: float = 0.14) -> Mesh:
    """Return a steel fence along a line of points, metres."""
    parts = []
    for (x0, y0), (x1, y1) in pairwise(points):
        long = float(np.hypot(x1 - x0, y1 - y0))
        parts += [tube((x0, y0, z), (x1, y1, z), 0.022, 6) for z in (0.18, height)]
        parts += [tube((x, y, 0.0), (x, y, height), 0.026, 6) for x, y in ((x0, y0), (x1, y1))]
        for share in steps(bars / long, 1.0 - 0.5 * bars / long, bars / long):
            x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
            parts.append(tube((x, y, 0.18), (x, y, height), 0.010, 4))
    return join(parts)


def ring(radius: float, corners: int = 8, start: float = np.pi / 8) -> list[tuple[float, float]]:
    """Return the corners of a closed ring about the origin."""
    angles = start + np.linspace(0, 2 * np.pi, corners + 1)
    return [(float(radius * np.cos(a)), float(radius * np.sin(a))) for a in angles]


def railing(points: Sequence[Sequence[float]], height: float = 1.0, radius: float = 0.025) -> Mesh:
    """Return posts at points (K, 3) and two rails from each to the next."""
    parts = [tube((x, y, z), (x, y, z + height), radius, 6) for x, y, z in points]
    for (x0, y0, z0), (x1, y1, z1) in pairwise(points):
        parts += [tube((x0, y0, z0 + share * height), (x1, y1, z1 + share * height), radius, 6) for share in (0.5, 1.0)]
    return join(parts)


def barrier(x: float, y: float, yaw: float = 0.0, width: float = 1.5) -> list[Piece]:
    """Return a red and white hurdle at (x, y), along its y."""
    beams = [box((0.05, width, 0.2), (0, 0, z), bottom=True) for z in (0.45, 0.85)]
    feet = [box((0.5, 0.08, 0.08), (0, j * (width / 2 - 0.15), 0)) for j in (-1, 1)]
    feet += [box((0.05, 0.05, 1.05), (-0.01, j * (width / 2 - 0.15), 0)) for j in (-1, 1)]
    return [
        body("barrier", move(join(beams), x, y, 0, yaw), BAND, label="barrier", semantic="RoadBlock"),
        body("barrier feet", move(join(feet), x, y, 0, yaw), IRON, label="barrier", semantic="RoadBlock"),
    ]


def cones(places: Sequence[tuple[float, float]]) -> Piece:
    """Return traffic cones."""
    shape = lathe([(0.20, 0.0), (0.20, 0.03), (0.14, 0.04), (0.03, 0.70), (0.0, 0.70)], 12)
    return body("cones", [move(shape, x, y) for x, y in places], CONE, label="traffic cone", semantic="RoadBlock")


def board(
    name: str, text: str, colors: tuple[Color, Color], *, at: tuple[float, float],
    size: tuple[float, float] = (0.9, 0.5), low: float = 1.1, yaw: float = 0.0, post: bool = True, label: str = "sign",
) -> list[Piece]:  # fmt: skip
    """Return a sign that faces `yaw`, its lower edge at `low` metres, on a post or hung up."""
    width, height = size
    rows = 128
    face = words(text, *colors, width=max(64, round(rows * width / height)), height=rows)
    back = [box((0.03, width, height), (0, 0, low), bottom=True)]
    if post:
        back += [cylinder(0.035, low + 0.5 * height, 8), cylinder(0.16, 0.03, 12)]
        back[-2] = move(back[-2], -0.03, 0)
    panel = picture(0.018, width - 0.01, low + 0.005, low + height - 0.005)
    return [
        skin(name, move(panel, *at, 0, yaw), face, label=label, semantic="TrafficSign", text=text),
        body(f"{name} board", move(join(back), *at, 0, yaw), IRON, label=label, semantic="TrafficSign"),
    ]


def standee(
    name: str, text: str, colors: tuple[Color, Color], *, at: tuple[float, float], yaw: float = 0.0
) -> list[Piece]:
    """Return a folding board on the floor, 0.55 m wide, words on its front."""
    face = words(text, *colors, width=128, height=192)
    leaf = picture(0.0, 0.55, 0.0, 0.86)
    front = move(turn(leaf, pitch=-0.24), 0.21, 0)
    rear = turn(front, yaw=np.pi)
    back = turn(leaf, yaw=np.pi)
    inner = [move(turn(back, pitch=-0.24), 0.205, 0), turn(move(turn(back, pitch=-0.24), 0.205, 0), yaw=np.pi)]
    return [
        body(
            name, move(join([front, rear]), *at, 0, yaw), face, label="warning sign", semantic="TrafficSign", text=text
        ),
        skin(f"{name} inside", move(join(inner), *at, 0, yaw), YELLOW, label="warning sign", semantic="TrafficSign"),
    ]


def crates(rng: np.random.Generator, places: Sequence[tuple[float, float, float]], size: float = 0.42) -> list[Mesh]:
    """Return boxes about `size` metres wide that stand at (x, y, z), turned a little."""
    found = []
    for x, y, z in places:
        wide, deep, high = size * rng.uniform(0.85, 1.15, 3)
        found.append(move(box((deep, wide, high), bottom=True), x, y, z, float(rng.uniform(-0.25, 0.25))))
    return found


def bottle(height: float = 0.32, radius: float = 0.045) -> Mesh:
    """Return a bottle."""
    shape = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.58), (0.85, 0.66), (0.36, 0.78), (0.34, 1.0), (0.0, 1.0))
    return lathe([(radius * r, height * z) for r, z in shape], 10)


def glass(x: float, y: float, z: float, height: float = 0.13, radius: float = 0.04) -> Mesh:
    """Return a tumbler."""
    return move(
        lathe([(0.8 * radius, 0.0), (radius, height), (0.88 * radius, height), (0.0, 0.75 * height)], 8), x, y, z
    )


def bucket(x: float, y: float, height: float = 0.34) -> Mesh:
    """Return a bucket with its handle down."""
    pail = lathe([(0.11, 0.0), (0.16, height), (0.145, height), (0.10, 0.12), (0.0, 0.12)], 14)
    handle = [
        tube(
            (0.16 * np.cos(a), 0.16 * np.sin(a), height - 0.02 - 0.12 * np.sin(a)),
            (0.16 * np.cos(a + 0.6), 0.16 * np.sin(a + 0.6), height - 0.02 - 0.12 * np.sin(a + 0.6)),
            0.006,
            4,
        )
        for a in steps(0.0, 3.0, 0.6)
    ]
    return move(join([pail, *handle]), x, y)


def drum(height: float = 0.88, radius: float = 0.29) -> Mesh:
    """Return an oil drum."""
    shape = [(0.0, 0.0), (radius, 0.0), (radius, 0.3), (1.04 * radius, 0.31), (1.04 * radius, 0.34), (radius, 0.35)]
    shape += [(radius, 0.6), (1.04 * radius, 0.61), (1.04 * radius, 0.64), (radius, 0.65), (radius, height)]
    return lathe([*shape, (0.92 * radius, height), (0.92 * radius, height - 0.02), (0.0, height - 0.02)], 18)


def hatch(x0: float, y0: float, x1: float, y1: float, *, layer: int = 0) -> Piece:
    """Return a zone of the floor with yellow and black stripes."""
    return skin(
        "floor marking",
        lay(rectangle(x0, y0, x1, y1), layer, tile=0.5),
        WARNING,
        label="floor marking",
        semantic="Floor",
    )


def screen(
    name: str,
    text: str,
    ink: Color,
    *,
    at: tuple[float, float],
    low: float,
    size: tuple[float, float],
    yaw: float = 0.0,
) -> list[Piece]:
    """Return a display whose words shine, its lower edge at `low` metres."""
    width, height = size
    face = words(text, ink, (0.03, 0.03, 0.04), width=256, height=128, emissive=0.9)
    case = box((0.08, width + 0.06, height + 0.06), (-0.045, 0, low - 0.03), bottom=True)
    return [
        skin(name, move(picture(0.0, width, low, low + height), *at, 0, yaw), face, label="display", text=text),
        body(f"{name} case", move(case, *at, 0, yaw), BLACK, label="display"),
    ]


def arrows(places: Sequence[tuple[float, float, float]], *, color: Material = WHITE) -> Piece:
    """Return arrows painted on the ground at (x, y), each towards yaw."""
    shape = Polygon([(-0.4, -0.08), (0.1, -0.08), (0.1, -0.24), (0.45, 0.0), (0.1, 0.24), (0.1, 0.08), (-0.4, 0.08)])
    return skin(
        "arrows", [move(lay(shape), x, y, 0, yaw) for x, y, yaw in places], color, label="arrow", semantic="Floor"
    )


def net(width: float, low: float, high: float, at: tuple[float, float], yaw: float = 0.0) -> Mesh:
    """Return an upright sheet seen from both sides, `width` along its y."""
    return move(two_sided(picture(0.0, width, low, high)), *at, 0, yaw)
