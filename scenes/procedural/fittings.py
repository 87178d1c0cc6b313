"""What stands about in a station: seats, bins, plants, machines, lockers, posters, clocks, boards.

Each function returns the parts of one thing in its own frame: x forward, the floor at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.face import Face
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, tube
from scenes.procedural.signage import (
    draw_clock,
    draw_lockers,
    draw_machine,
    draw_poster,
    draw_timetable,
    draw_vending,
    panelling,
)
from scenes.procedural.texture import Color, lettering, planks, speckle
from scenes.scene import Material, Mesh

SEAT = 0.6  # m, width of one seat
MACHINE = (0.62, 0.92, 2.0)  # m, depth, width and height of a ticket machine
VENDING = (0.78, 0.95, 1.92)  # m
LOCKER = (0.6, 2.1)  # m, depth and height
STEEL = Material(color=(0.62, 0.64, 0.66), specular=0.3)
DARK = Material(color=(0.15, 0.16, 0.17), specular=0.1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kit:
    """Materials and pictures that the fittings of one station share, and the minute of the day on its clocks."""

    posters: tuple[tuple[Material, str], ...]
    timetables: tuple[Material, ...]
    clock: Material
    wood: Material
    fabric: Material
    leaves: Material
    pot: Material
    soil: Material
    lockers: Material
    cladding: Material
    vending: tuple[tuple[Material, Material, str], ...]
    machine: Color
    accent: Color
    minute: int

    @staticmethod
    def draw(rng: np.random.Generator, accent: Color) -> Kit:
        """Return a kit whose colours go with the accent of the station's signs."""
        picks = rng.permutation(10)[:7].tolist()
        posters = [draw_poster(rng, k) for k in picks]
        vending = []
        for word, color in (("DRINKS", (0.75, 0.08, 0.10)), ("SNACKS", (0.10, 0.30, 0.58))):
            front = Material(texture=draw_vending(rng, color, word), emissive=0.35)
            vending.append((front, Material(color=color, specular=0.15), word))
        seats = ((0.16, 0.26, 0.42), (0.45, 0.12, 0.14), (0.20, 0.34, 0.28), (0.30, 0.31, 0.33))
        locker = ((0.28, 0.46, 0.66), (0.86, 0.62, 0.16), (0.55, 0.58, 0.60), (0.36, 0.52, 0.42))
        minute = int(rng.integers(6 * 60, 20 * 60))
        cladding = (
            planks(rng, (0.70, 0.55, 0.38), boards=8, size=128)
            if rng.random() < 0.4
            else panelling(
                rng, ((0.84, 0.83, 0.80), (0.62, 0.66, 0.70), (0.76, 0.74, 0.66))[int(rng.integers(3))], rows=1
            )
        )
        return Kit(
            posters=tuple((Material(texture=picture, emissive=0.35), words) for picture, words in posters),
            timetables=tuple(Material(texture=draw_timetable(rng), emissive=0.2) for _ in range(2)),
            clock=Material(texture=draw_clock(minute, dark=bool(rng.random() < 0.3)), emissive=0.6),
            wood=Material(texture=planks(rng, (0.62, 0.44, 0.27))),
            fabric=Material(color=seats[int(rng.integers(4))]),
            leaves=Material(color=(0.30, 0.50, 0.24), texture=speckle(rng, (0.85, 0.9, 0.75), fine=0.3, coarse=0.1)),
            pot=Material(color=(0.46, 0.45, 0.44) if rng.random() < 0.5 else (0.62, 0.38, 0.28)),
            soil=Material(color=(0.24, 0.18, 0.13)),
            cladding=Material(texture=cladding),
            lockers=Material(texture=draw_lockers(rng, locker[int(rng.integers(4))])),
            vending=tuple(vending),
            machine=((0.80, 0.82, 0.84), (0.88, 0.76, 0.20), (0.70, 0.16, 0.16))[int(rng.integers(3))],
            accent=accent,
            minute=minute,
        )


def picture(x: float, width: float, low: float, high: float, y: float = 0.0) -> Mesh:
    """Return an upright picture that faces +x at x, its middle at y."""
    return Face((x, y + width / 2), (x, y - width / 2)).board(width / 2, low, width, high - low, 0.0)


def build_seats(kit: Kit, count: int, *, double: bool, wooden: bool) -> list[Part]:
    """Return a row of seats along y, facing +x, or two back to back; footprint: 0.7 (1.3) x count * SEAT + 0.1."""
    seats, frame = _shape_seats(count, double)
    return [
        Part(mesh=seats, material=kit.wood if wooden else kit.fabric, semantic="Chair"),
        Part(mesh=frame, material=STEEL, semantic="Chair"),
    ]


@lru_cache
def _shape_seats(count: int, double: bool) -> tuple[Mesh, Mesh]:
    """Return seats and backs, and the frame below them."""
    seats, frame = [], []
    long = count * SEAT
    for side in (1.0, -1.0) if double else (1.0,):
        shift = 0.31 if double else 0.0
        for k in range(count):
            y = (k - (count - 1) / 2) * SEAT
            seats.append(box((0.44, SEAT - 0.06, 0.05), (side * (shift + 0.04), y, 0.42), bottom=True))
            seats.append(box((0.05, SEAT - 0.06, 0.42), (side * (shift - 0.2), y, 0.46), bottom=True))
        for y in np.linspace(-long / 2 + 0.25, long / 2 - 0.25, max(2, round(long / 1.8))):
            frame.append(box((0.06, 0.06, 0.42), (side * shift, y, 0.0)))
            frame.append(box((0.5, 0.06, 0.03), (side * shift, y, 0.0)))
        for y in np.linspace(-long / 2, long / 2, count // 2 + 1):
            frame.append(box((0.4, 0.04, 0.04), (side * (shift + 0.02), y, 0.62), bottom=True))
            frame.append(box((0.04, 0.04, 0.2), (side * (shift + 0.2), y, 0.44)))
        frame.append(box((0.08, long, 0.05), (side * shift, 0.0, 0.37), bottom=True))
    return join(seats), join(frame)


def build_bins(kit: Kit) -> list[Part]:
    """Return a bin with three lids, for paper, packaging and the rest; footprint 0.45 x 1.2."""
    colors = ((0.12, 0.32, 0.66), (0.92, 0.78, 0.12), (0.28, 0.29, 0.30))
    parts = [Part(mesh=box((0.4, 1.15, 0.9)), material=STEEL)]
    for y, color in zip((-0.38, 0.0, 0.38), colors, strict=True):
        lid = [box((0.42, 0.34, 0.1), (0.0, y, 0.9)), box((0.02, 0.28, 0.16), (0.205, y, 0.62), bottom=True)]
        parts.append(Part(mesh=join(lid), material=Material(color=color)))
    return parts


def build_plant(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a small tree in a pot; footprint: a disc of 0.55."""
    pot = lathe([(0.30, 0.0), (0.42, 0.55), (0.42, 0.62), (0.36, 0.62), (0.36, 0.55)], 16)
    soil = move(lathe([(0.37, 0.0), (0.0, 0.0)], 16), 0, 0, 0.56)
    stem = join([tube((0, 0, 0.5), (x, y, 1.6), 0.03, 5) for x, y in ((0.05, 0.0), (-0.08, 0.1), (0.0, -0.12))])
    crown = []
    for k in range(5):
        angle, reach = 1.257 * k + rng.uniform(-0.3, 0.3), 0.0 if k == 0 else 0.16
        size = float(rng.uniform(0.25, 0.32))
        leaf = ball((size, size, 0.85 * size), rng, 0.16, level=2 if k == 0 else 1)
        crown.append(
            move(leaf, reach * np.cos(angle), reach * np.sin(angle), 1.55 + (0.3 if k == 0 else 0.1 * (k % 2)))
        )
    return [
        Part(mesh=pot, material=kit.pot, semantic="Obstacle"),
        Part(mesh=join([soil, stem]), material=kit.soil),
        Part(mesh=join(crown), material=kit.leaves),
    ]


def build_pillar(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a lit advertising pillar with a poster on each of two sides; footprint 0.4 x 1.3."""
    first, second = (kit.posters[k] for k in rng.permutation(len(kit.posters))[:2].tolist())
    body = [box((0.34, 1.2, 2.2), (0, 0, 0.25), bottom=True), box((0.26, 1.0, 0.25))]
    body.append(box((0.38, 1.24, 0.06), (0, 0, 2.45), bottom=True))
    return [
        Part(mesh=picture(0.18, 1.04, 0.33, 2.38), material=first[0], text=first[1]),
        Part(mesh=move(picture(0.18, 1.04, 0.33, 2.38), 0, 0, 0, np.pi), material=second[0], text=first[1]),
        Part(mesh=join(body), material=DARK),
    ]


def build_timetable(rng: np.random.Generator, kit: Kit) -> list[Part]:
    """Return a board with timetables on two sides, on legs; footprint 0.3 x 1.9."""
    sheets = [picture(0.06, 0.8, 0.75, 2.15, y) for y in (-0.43, 0.43)]
    sheets += [move(mesh, 0, 0, 0, np.pi) for mesh in sheets]
    frame = [box((0.1, 1.8, 1.5), (0, 0, 0.7), bottom=True), box((0.12, 1.8, 0.18), (0, 0, 2.2), bottom=True)]
    frame += [box((0.08, 0.08, 0.7), (0, y, 0)) for y in (-0.8, 0.8)]
    frame += [box((0.3, 0.08, 0.04), (0, y, 0)) for y in (-0.8, 0.8)]
    return [
        Part(mesh=join(sheets), material=kit.timetables[int(rng.integers(len(kit.timetables)))], text="TIMETABLE"),
        Part(mesh=join(frame), material=DARK),
    ]


def build_vending(kit: Kit, kind: int) -> list[Part]:
    """Return a vending machine, its back at x = 0; footprint from 0 to 0.78 in x, 0.95 wide."""
    front, side, words = kit.vending[kind]
    deep, wide, high = VENDING
    return [
        Part(mesh=picture(deep + 0.006, wide - 0.03, 0.06, high - 0.04), material=front, text=words),
        Part(mesh=box((deep, wide, high), (deep / 2, 0, 0)), material=side),
    ]


def build_machine(rng: np.random.Generator, kit: Kit, number: int) -> list[Part]:
    """Return a ticket machine, its back at x = 0, its number on it."""
    deep, wide, high = MACHINE
    name = f"TICKET MACHINE {number}"
    front = Material(texture=draw_machine(rng, kit.machine, number), emissive=0.3)
    topper = lettering(name, (1, 1, 1), kit.accent, width=128, height=64, border=(1, 1, 1))
    body = [box((deep, wide, high), (deep / 2, 0, 0)), box((deep - 0.1, 0.1, 0.12), (deep / 2, 0, high), bottom=True)]
    case = box((0.2, wide, 0.46), (deep - 0.15, 0, high + 0.1), bottom=True)
    return [
        Part(mesh=picture(deep - 0.045, wide, high + 0.1, high + 0.56),
             material=Material(texture=topper, emissive=0.6), text=name),
        Part(mesh=picture(deep + 0.006, wide - 0.04, 0.3, high - 0.03), material=front, text=name),
        Part(mesh=join(body), material=Material(color=(0.58, 0.60, 0.62), specular=0.2)),
        Part(mesh=case, material=DARK),
    ]  # fmt: skip


def build_lockers(kit: Kit, banks: int) -> list[Part]:
    """Return luggage lockers, their backs at x = 0, in banks of 1.6 m with a sign on top."""
    deep, high = LOCKER
    wide = 1.6 * banks
    face = picture(deep + 0.005, wide, 0.1, high)
    doors = Mesh(
        vertices=face.vertices, faces=face.faces, normals=face.normals, uv=face.uv * np.array((banks, 1), np.float32)
    )
    sign = lettering("LOCKERS", (1, 1, 1), kit.accent, width=256, height=64, border=(1, 1, 1))
    return [
        Part(mesh=picture(deep - 0.09, 1.7, high + 0.06, high + 0.48),
             material=Material(texture=sign, emissive=0.6), text="LOCKERS"),
        Part(mesh=doors, material=kit.lockers),
        Part(mesh=box((deep, wide, high), (deep / 2, 0, 0)), material=STEEL),
        Part(mesh=box((0.1, 1.74, 0.44), (deep - 0.15, 0, high + 0.04), bottom=True), material=DARK),
    ]  # fmt: skip


def build_hydrant(rng: np.random.Generator) -> list[Part]:
    """Return a fire hydrant cabinet with an extinguisher beside it, the wall at x = 0; footprint 0 to 0.3, 1.3 wide."""
    red = Material(color=(0.78, 0.07, 0.07), specular=0.2)
    words = lettering("FIRE HOSE", (1, 1, 1), (0.78, 0.07, 0.07), width=128, height=128, border=(1, 1, 1))
    case = box((0.25, 0.8, 0.95), (0.125, -0.2, 0.4), bottom=True)
    body = lathe([(0.085, 0.0), (0.085, 0.5), (0.03, 0.58), (0.03, 0.64), (0.0, 0.64)], 10)
    return [
        Part(mesh=picture(0.256, 0.7, 0.55, 1.25, -0.2), material=Material(texture=words, emissive=0.15)),
        Part(mesh=join([case, move(body, 0.12, 0.45, 0.35)]), material=red),
        Part(mesh=join([box((0.2, 0.6, 0.4), (0.1, -0.2, 0.0)), tube((0.12, 0.45, 0.9), (0.2, 0.52, 0.55), 0.015, 5),
                        box((0.18, 0.2, 0.35), (0.1, 0.45, 0.0))]), material=DARK),
    ]  # fmt: skip


def build_clock_post(kit: Kit) -> list[Part]:
    """Return a post with a clock that shows on four sides; footprint: a disc of 0.3."""
    post = lathe([(0.3, 0.0), (0.3, 0.35), (0.16, 0.5), (0.1, 0.8), (0.08, 3.2), (0.16, 3.3), (0.0, 3.3)], 14)
    cube = box((0.92, 0.92, 0.92), (0, 0, 3.3), bottom=True)
    cap = move(lathe([(0.66, 0.0), (0.1, 0.22), (0.0, 0.4)], 4), 0, 0, 4.22, np.pi / 4)
    faces = [move(picture(0.466, 0.86, 3.33, 4.19), 0, 0, 0, k * np.pi / 2) for k in range(4)]
    return [
        Part(mesh=join(faces), material=kit.clock),
        Part(mesh=join([post, cube, cap]), material=Material(color=(0.12, 0.13, 0.14), specular=0.2)),
    ]


def build_frame(material: Material, words: str, width: float = 1.3, height: float = 1.9) -> list[Part]:
    """Return a poster in a frame on the wall x = 0, its lower edge at 0.9 m."""
    return [
        Part(mesh=picture(0.066, width - 0.12, 0.96, 0.84 + height), material=material, text=words, solid=False),
        Part(mesh=box((0.06, width, height), (0.03, 0, 0.9), bottom=True), material=DARK, solid=False),
    ]


def build_posts(kit: Kit, points: list[tuple[float, float]]) -> list[Part]:
    """Return a belt barrier: posts at `points` (x, y) and the belt from each to the next."""
    posts = [move(cylinder(0.03, 0.98, 8), x, y) for x, y in points]
    feet = [move(lathe([(0.15, 0.0), (0.15, 0.02), (0.04, 0.05), (0.0, 0.05)], 12), x, y) for x, y in points]
    belts = []
    for (x0, y0), (x1, y1) in pairwise(points):
        a, b = np.array([x0, y0]), np.array([x1, y1])
        length = float(np.hypot(*(b - a)))
        yaw = float(np.arctan2(*(b - a)[::-1]))
        belt = box((length, 0.012, 0.055), (0, 0, 0.88), bottom=True)
        belts.append(move(belt, (x0 + x1) / 2, (y0 + y1) / 2, 0.0, yaw))
    return [
        Part(mesh=join([*posts, *feet]), material=DARK),
        Part(mesh=join(belts), material=Material(color=tuple(kit.accent))),  # type: ignore[arg-type]
    ]


def build_planter(kit: Kit, long: float) -> list[Part]:
    """Return a box with a hedge along y; footprint 0.4 x `long`."""
    hedge = box((0.3, long - 0.1, 0.42), (0, 0, 0.55))
    return [
        Part(mesh=box((0.4, long, 0.55)), material=kit.wood, semantic="Obstacle"),
        Part(mesh=hedge, material=kit.leaves),
    ]


def build_table(kit: Kit) -> list[Part]:
    """Return a café table with a chair on either side, y = -0.8 and 0.8; footprint 0.8 x 2.2."""
    top = move(lathe([(0.0, 0.0), (0.36, 0.0), (0.36, 0.04), (0.0, 0.04)], 16), 0, 0, 0.7)
    leg = lathe([(0.24, 0.0), (0.24, 0.02), (0.04, 0.05), (0.035, 0.7)], 12)
    seats, legs = [], []
    for side in (-1.0, 1.0):
        seats.append(box((0.4, 0.4, 0.04), (0, side * 0.74, 0.44), bottom=True))
        seats.append(box((0.38, 0.04, 0.34), (0, side * 0.93, 0.54), bottom=True))
        legs += [box((0.03, 0.03, 0.44), (x, side * 0.74 + y, 0)) for x in (-0.17, 0.17) for y in (-0.17, 0.17)]
        legs += [box((0.03, 0.03, 0.1), (x, side * 0.93, 0.46)) for x in (-0.15, 0.15)]
    cups = [move(cylinder(0.04, 0.09, 8), 0.12 * k, 0.14 * k, 0.74) for k in (-1, 1)]
    return [
        Part(mesh=top, material=kit.wood, semantic="Table"),
        Part(mesh=join([leg, *legs]), material=DARK, semantic="Table"),
        Part(mesh=join(seats), material=kit.wood, semantic="Chair"),
        Part(mesh=join(cups), material=Material(color=(0.95, 0.94, 0.9)), semantic="Table"),
    ]
