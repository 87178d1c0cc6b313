"""Loud things."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    number,
    paint,
    shine,
    skin,
    turn,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    IRON,
    STEEL,
    WHITE,
    YELLOW,
    barrier,
    board,
    screen,
    stool,
)
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, tube
from scenes.scene import Mesh


def _cabinet(z: float, y: float, height: float) -> tuple[Mesh, Mesh, Mesh]:
    """Return case, cones and rims of a loudspeaker that faces x."""
    case = box((0.55, 0.72, height), (0, y, z), bottom=True)
    cones, rims = [], []
    for k, radius in ((0.3, 0.26), (0.75, 0.17)):
        dish = turn(lathe([(radius, 0.0), (0.35 * radius, -0.06), (0.0, -0.03)], 18), pitch=np.pi / 2)
        rim = turn(
            lathe([(1.15 * radius, -0.02), (1.15 * radius, 0.015), (radius, 0.015), (radius, -0.01)], 18),
            pitch=np.pi / 2,
        )
        cones.append(move(dish, 0.29 + 0.06, y, z + k * height))
        rims.append(move(rim, 0.285, y, z + k * height))
    return case, join(cones), join(rims)


def build_loudspeaker_stack(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return two towers of loudspeakers at full level with seats right before them; safe: low and turned down."""
    loud = state == "unsafe"
    floors = (0.0, 0.85, 1.7) if loud else (0.0,)
    found = [_cabinet(z, y, 0.83) for z in floors for y in (-0.75, 0.75)]
    level = number(values, "level", 112.0) if loud else 78.0
    out = [
        body("cases", [m[0] for m in found], BLACK),
        skin("cones", [m[1] for m in found], paint(0.75, 0.62, 0.25, 0.3) if loud else paint(0.25, 0.25, 0.27)),
        skin("rims", [m[2] for m in found], STEEL),
        *screen(
            "level",
            f"{level:.0f} dB",
            (1.0, 0.2, 0.12) if loud else (0.3, 0.95, 0.4),
            at=(0.1, 0.0),
            low=1.15,
            size=(0.66, 0.36),
        ),
        body("mast", move(cylinder(0.04, 1.2, 8), 0.03, 0), IRON, label="display"),
    ]
    if loud:
        return [
            *out,
            body(
                "chairs",
                [stool(0.85, y, np.pi) for y in (-0.8, -0.2, 0.75)],
                paint(0.72, 0.30, 0.12),
                label="chair",
                semantic="Chair",
            ),
        ]
    return [
        *out,
        *barrier(0.9, 1.75, -0.6, 1.1),
        *barrier(0.9, -1.75, 0.6, 1.1),
        *board("sign", "EAR PLUGS HERE", CLEAR, at=(0.2, 1.75), size=(0.75, 0.5), low=1.1),
    ]


def build_siren(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a siren on a mast with its red lamps on; safe: horns under a hood, lamps off."""
    on = state == "unsafe"
    mast = [cylinder(0.05, 2.1, 10), cylinder(0.28, 0.05, 14), box((0.2, 0.3, 0.45), (-0.05, 0, 0.9), bottom=True)]
    horn = turn(lathe([(0.05, 0.0), (0.09, 0.18), (0.3, 0.5), (0.32, 0.5), (0.1, 0.2)], 16), pitch=np.pi / 2)
    horns = [move(turn(horn, yaw=a), 0, 0, 1.75) for a in (-0.9, 0.0, 0.9)]
    lamps = [move(lathe([(0.13, 0.0), (0.13, 0.16), (0.08, 0.24), (0.0, 0.25)], 14), 0, y, 2.1) for y in (-0.3, 0.3)]
    out = [
        body("mast", [*mast, box((0.12, 0.9, 0.06), (0, 0, 2.05), bottom=True)], IRON),
        body("lamps", lamps, shine(1.0, 0.10, 0.06) if on else paint(0.30, 0.12, 0.12), label="siren lamp"),
    ]
    level = number(values, "level", 120.0)
    if on:
        rings = []
        for k in range(3):
            radius = 0.34 + 0.2 * k
            angles = np.linspace(-1.1, 1.1, 10)
            for yaw in (-0.9, 0.0, 0.9):
                c, s = np.cos(yaw), np.sin(yaw)
                arc = [(0.75 + 0.22 * k, radius * np.sin(a), 1.75 + radius * np.cos(a) - radius * 0.0) for a in angles]
                points = [(x * c - y * s, x * s + y * c, z) for x, y, z in arc]
                rings += [tube(p, q, 0.012, 3) for p, q in pairwise(points)]
        return [
            *out,
            body("horns", horns, YELLOW),
            skin(
                "blink",
                [move(ball((0.17, 0.17, 0.2), level=2), 0, y, 2.2) for y in (-0.3, 0.3)],
                shine(1.0, 0.16, 0.1),
                label="siren lamp",
            ),
            *screen("level", f"{level:.0f} dB", (1.0, 0.2, 0.12), at=(0.14, 0.0), low=0.95, size=(0.7, 0.4)),
        ]
    hood = move(lathe([(0.5, 0.0), (0.46, 0.35), (0.3, 0.55), (0.0, 0.6)], 14), 0, 0, 1.45)
    tie = move(lathe([(0.51, 0.0), (0.51, 0.06), (0.4, 0.06)], 14), 0, 0, 1.5)
    return [
        *out,
        body("hood", hood, paint(0.28, 0.40, 0.34), label="hood"),
        skin("tie", tie, WHITE, label="hood"),
        *board("sign", "SIREN OFF", CLEAR, at=(0.12, 0.0), size=(0.7, 0.45), low=0.9, post=False),
    ]
