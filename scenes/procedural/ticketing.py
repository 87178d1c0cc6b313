"""Where tickets are sold and checked: counters and machines with their queues between belts, and gates.

A unit's frame: the wall at x = 0, x into the hall, y along the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from shapely.geometry import LineString, Polygon
from shapely.geometry import box as rectangle

from scenes.procedural.draft import Part
from scenes.procedural.face import beam
from scenes.procedural.fittings import DARK, MACHINE, STEEL, Kit, build_machine, build_posts, picture
from scenes.procedural.geometry import box, join, move, panels
from scenes.procedural.station_plan import UNIT_DEPTH
from scenes.procedural.texture import lettering
from scenes.scene import FloatArray, Material

SPACING = 0.8  # m between people in a queue
WINDOW = 2.7  # m from counter to counter
COUNTER = UNIT_DEPTH - 0.65  # m from the wall to the middle of the counters
STRAIGHT = 5  # people in a straight queue
BELT = 0.1  # m, half the breadth that a belt takes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """One place that is queued at, in the frame of its unit.

    Attributes:
        name: of the landmark; sign: its parts; anchor: (x, y, z) of its sign; front: (x, y) where one stands before it.
        queue: (Q, 3) x, y, yaw of the people in line, its head first.
        keeper: (x, y) of the clerk, or None.
    """

    name: str
    sign: list[Part]
    anchor: tuple[float, float, float]
    front: tuple[float, float]
    queue: FloatArray
    keeper: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counter:
    """A unit with desks: its parts, its belts, what it blocks, and its desks."""

    parts: list[Part]
    belts: list[Part]
    blocked: list[Polygon]
    desks: list[Desk]


def line_up(path: list[tuple[float, float]], count: int, ahead: tuple[float, float]) -> FloatArray:
    """Return (count, 3) places along a path, `SPACING` apart as the crow flies, each facing the one before it.

    The first is at the start of the path and faces `ahead` (x, y).
    """
    line = LineString(path)
    places = [np.array(path[0])]
    along = 0.0
    while len(places) < count:
        along += 0.02
        if along > line.length:
            raise ValueError(f"path: expected room for {count} people, got {line.length:.1f} m; make it longer")
        point = np.array(line.interpolate(along).coords[0])
        if np.hypot(*(point - places[-1])) >= SPACING:
            places.append(point)
    targets = [np.array(ahead), *places[:-1]]
    yaws = [float(np.arctan2(*(target - place)[::-1])) for target, place in zip(targets, places, strict=True)]
    return np.column_stack([np.array(places), yaws])


def office_width(windows: int) -> float:
    """Return how wide a ticket office is."""
    return windows * WINDOW + 1.7


def build_office(rng: np.random.Generator, kit: Kit, windows: int, *, snake: bool) -> Counter:
    """Return a ticket office with clerks behind glass; each counter has its queue, or one queue winds before all."""
    width, deep = office_width(windows), UNIT_DEPTH
    half = width / 2
    coat = Material(color=(kit.accent[0], kit.accent[1], kit.accent[2]), specular=0.1)
    pale = kit.cladding
    glow = Material(color=(1.0, 0.97, 0.90), emissive=0.95)
    first = -half + 0.12
    last = half - 1.35
    ys = [first + (k + 0.5) * (last - first) / windows for k in range(windows)]
    middle, long = (first + last) / 2, last - first
    base = box((0.6, long, 1.0), (COUNTER, middle, 0.0))
    slab = box((0.74, long, 0.05), (COUNTER, middle, 1.0), bottom=True)
    frame = [beam((COUNTER, first, z), (COUNTER, last, z), 0.06, 0.06) for z in (1.30, 2.3)]
    frame += [
        beam((COUNTER, y, 1.05), (COUNTER, y, 2.72), 0.07, 0.07) for y in np.linspace(first, last, 2 * windows + 1)
    ]
    sides = [box((deep, 0.12, 3.62), (deep / 2, y, 0.0)) for y in (-half + 0.06, half - 0.06)]
    rear = [picture(0.03, width - 0.24, 0.0, 3.6)]
    band = box((0.3, width, 0.9), (deep - 0.15, 0.0, 2.72), bottom=True)
    lid = [(0.0, half, 2.9), (deep - 0.3, half, 2.9), (deep - 0.3, -half, 2.9), (0.0, -half, 2.9)]
    lights = [box((0.14, 1.2, 0.04), (1.6, y, 2.84), bottom=True) for y in ys]
    screens = [box((0.04, 0.46, 0.3), (COUNTER - 0.1, y - 0.5, 1.17)) for y in ys]
    screens += [box((0.1, 0.12, 0.12), (COUNTER - 0.1, y - 0.5, 1.05)) for y in ys]
    cupboards = box((0.45, long - 1.0, 1.1), (0.26, middle, 0.0))
    tickets = lettering("TICKETS", (1, 1, 1), kit.accent, width=round(110 * width), height=100)
    tickets = cv2.resize(tickets, (512, 128), interpolation=cv2.INTER_AREA).astype(np.uint8)
    sheets = [picture(0.04, 0.9, 1.25, 2.65, y) for y in ys]
    parts = [
        Part(mesh=join([base, band]), material=coat),
        Part(mesh=join([slab, *frame]), material=STEEL),
        Part(mesh=join([*sides, *rear]), material=pale, semantic="Wall"),
        Part(mesh=panels([lid], [[(0, 0), (1, 0), (1, 1), (0, 1)]]), material=pale, semantic="Ceiling", solid=False),
        Part(mesh=join(lights), material=glow, semantic="Ceiling", solid=False),
        Part(mesh=join(screens), material=DARK),
        Part(mesh=cupboards, material=kit.wood),
        Part(mesh=join(sheets), material=kit.posters[0][0]),
        Part(mesh=picture(deep + 0.012, width, 2.72, 3.62),
             material=Material(texture=tickets, emissive=0.7)),
    ]  # fmt: skip
    blocked = [rectangle(COUNTER - 0.38, first, COUNTER + 0.38, last + 0.05), rectangle(0.0, first, 0.5, last)]
    blocked += [rectangle(0.0, y, deep, y + 0.12) for y in (-half, half - 0.12)]
    head = COUNTER + 0.37 + 0.42
    belts, desks = [], []
    if snake:
        low, high = first + 0.5, last - 0.3
        x0 = head + 0.55
        path = [(x0, high), (x0, low), (x0 + 1.2, low), (x0 + 1.2, high)]
        count = int((2 * (high - low) + 1.2) / SPACING) - 1
        winding = line_up(path, count, (COUNTER, high))
        belts = [
            [(x0 - 0.6, low - 0.6), (x0 - 0.6, high - 1.0)],
            [(x0 + 0.6, low + 0.65), (x0 + 0.6, high + 0.6)],
            [(x0 - 0.6, low - 0.6), (x0 + 1.8, low - 0.6)],
            [(x0 + 1.8, low - 0.6), (x0 + 1.8, high)],
        ]
    else:
        for k in range(windows + 1):
            y = first + k * (last - first) / windows
            belts.append([(head + 0.35, y), (head + 0.2 + SPACING * (STRAIGHT - 1), y)])
        belts = belts[1:-1]
    for k, y in enumerate(ys):
        words = f"COUNTER {k + 1}"
        plate = lettering(words, (1, 1, 1), kit.accent, width=256, height=64, border=(1, 1, 1))
        sign = [
            Part(mesh=picture(COUNTER + 0.086, 1.5, 2.34, 2.7, y),
                 material=Material(texture=plate, emissive=0.7), text=words),
            Part(mesh=box((0.08, 1.54, 0.38), (COUNTER + 0.04, y, 2.33), bottom=True), material=DARK),
        ]  # fmt: skip
        queue = np.empty((0, 3))
        if snake and k == windows - 1:
            queue = winding
        elif not snake:
            path = [(head, y), (head + SPACING * (STRAIGHT + 0.5), y)]
            queue = line_up(path, STRAIGHT, (COUNTER, y))
        desks.append(
            Desk(name=words.lower(), sign=sign, anchor=(COUNTER + 0.09, y, 2.52), front=(head, y), queue=queue,
                 keeper=(COUNTER - 0.85, y))
        )  # fmt: skip
    chains = [_spread(chain) for chain in belts]
    blocked += [LineString(chain).buffer(BELT, cap_style="square", join_style="mitre") for chain in belts]
    barrier = [part for chain in chains for part in build_posts(kit, chain)]
    return Counter(parts=parts, belts=barrier, blocked=blocked, desks=desks)


def _spread(chain: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a chain of posts at most 1.7 m apart."""
    out = [chain[0]]
    for (x0, y0), (x1, y1) in pairwise(chain):
        count = max(1, round(float(np.hypot(x1 - x0, y1 - y0)) / 1.6))
        out += [(x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(1, count + 1)]
    return out


def machines_width(count: int) -> float:
    """Return how wide a row of ticket machines is."""
    return 1.5 * count + 0.4


def build_machines(rng: np.random.Generator, kit: Kit, count: int, length: int) -> Counter:
    """Return a row of ticket machines against a wall, each with room for `length` people before it."""
    blocked, desks = [], []
    deep, wide, high = MACHINE
    for k in range(count):
        y = 1.5 * (k - (count - 1) / 2)
        head = deep + 0.5
        parts = [Part(mesh=move(part.mesh, 0.05, y), material=part.material, semantic=part.semantic, text=part.text)
                 for part in build_machine(rng, kit, k + 1)]  # fmt: skip
        blocked.append(rectangle(0.0, y - wide / 2, deep + 0.08, y + wide / 2))
        queue = line_up([(head, y), (head + SPACING * (length + 0.5), y)], length, (0.0, y))
        desks.append(
            Desk(
                name=f"ticket machine {k + 1}",
                sign=parts,
                anchor=(deep, y, high + 0.3),
                front=(head + 0.1, y),
                queue=queue,
            )
        )
    wings = [box((0.4, 0.04, 1.5), (0.3, 1.5 * (k - count / 2), 0.0)) for k in range(count + 1)]
    blocked += [rectangle(0.0, y - 0.04, 0.52, y + 0.04) for y in (1.5 * (k - count / 2) for k in range(count + 1))]
    return Counter(parts=[Part(mesh=join(wings), material=STEEL)], belts=[], blocked=blocked, desks=desks)


def build_gates(kit: Kit, lanes: int) -> tuple[list[Part], Polygon]:
    """Return a row of closed ticket gates along y, and what it blocks; they are passed along x."""
    pitch, long = 0.92, 1.5
    cabinets, caps, panes, marks = [], [], [], []
    for k in range(lanes + 1):
        y = pitch * (k - lanes / 2)
        cabinets.append(box((long, 0.26, 0.95), (0.0, y, 0.0)))
        caps.append(box((long + 0.04, 0.3, 0.06), (0.0, y, 0.95), bottom=True))
        marks.append(box((0.16, 0.14, 0.02), (0.55, y, 1.01)))
        marks.append(box((0.16, 0.14, 0.02), (-0.55, y, 1.01)))
    for k in range(lanes):
        y = pitch * (k - (lanes - 1) / 2)
        panes += [box((0.03, 0.3, 0.8), (0.0, y + side * 0.17, 0.15), bottom=True) for side in (-1, 1)]
    wide = pitch * lanes + 0.3
    return [
        Part(mesh=join(cabinets), material=STEEL),
        Part(mesh=join(caps), material=DARK),
        Part(mesh=join(panes), material=Material(color=(0.55, 0.78, 0.80), specular=0.4)),
        Part(mesh=join(marks), material=Material(color=(0.20, 0.85, 0.40), emissive=0.8)),
    ], rectangle(-long / 2 - 0.03, -wide / 2, long / 2 + 0.03, wide / 2)
