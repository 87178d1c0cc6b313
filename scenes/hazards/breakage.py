"""Broken glass, and glass that one does not see."""

from __future__ import annotations

import numpy as np

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    flakes,
    hose,
    lay,
    paint,
    skin,
    ticks,
    turn,
    two_sided,
    wood,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    GREEN,
    RED,
    STEEL,
    WARNING,
    WHITE,
    board,
    table_mesh,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, cylinder, lathe, move, panels, tube


def build_broken_glass(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a table with a shattered pane and shards all about; safe: swept into a bin, a broom beside."""
    frame = table_mesh(1.3, 0.8, 0.7)
    out = [body("table", move(frame, -0.5, 0), wood(rng), label="table", semantic="Table")]
    if state == "safe":
        return [
            *out,
            body(
                "bin",
                move(lathe([(0.2, 0.0), (0.27, 0.7), (0.25, 0.7), (0.0, 0.6)], 14), 0.45, 0.95),
                RED,
                label="bin for glass",
            ),
            skin("bin label", move(picture(0.0, 0.4, 0.3, 0.55), 0.72, 0.95), WHITE, label="bin for glass"),
            body(
                "broom",
                [tube((0.3, -0.85, 0.1), (-0.05, -0.9, 1.4), 0.02, 6), box((0.14, 0.5, 0.16), (0.3, -0.85, 0.02))],
                GREEN,
                label="broom",
            ),
        ]
    count = 420
    floor = np.column_stack(
        [
            np.clip(rng.normal(0.45, 0.45, count), -0.6, 1.4),
            np.clip(rng.normal(0, 0.75, count), -1.6, 1.6),
            np.full(count, 0.04),
        ]
    )
    size = rng.uniform(0.04, 0.16, count)
    big = []
    for _ in range(26):
        corners = rng.uniform(-0.17, 0.17, (3, 3)) * np.array([1.0, 1.0, 0.1])
        corners += np.array([rng.normal(0.45, 0.35), rng.normal(0, 0.65), 0.06])
        corners[2, 2] += rng.uniform(0.05, 0.3)
        big.append(two_sided(panels([corners], [[(0, 0), (1, 0), (1, 1)]])))
    jagged = [
        move(turn(lathe([(0.05, 0.0), (0.05, 0.16)], 8), roll=r), -0.4, y, 0.7) for y, r in ((-0.35, 0.0), (0.3, 0.2))
    ]
    pane = paint(0.62, 0.84, 0.86, 1.0)
    return [
        *out,
        skin("shards", [flakes(rng, floor, size), *big], pane),
        skin("bottle stumps", [two_sided(m) for m in jagged], paint(0.18, 0.42, 0.22, 0.7), label="broken bottle"),
        skin("spill", lay(blob(rng, 1.0, 1.3)), paint(0.44, 0.10, 0.12, 0.8), label="spill", semantic="Floor"),
    ]


def build_glass_door(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a clear pane without a mark, only its edges seen; safe: stripes, dots and a handle at eye height."""
    high, wide = 2.3, 1.8
    sill = [box((0.08, wide + 0.1, 0.06)), box((0.08, wide + 0.1, 0.06), (0, 0, high), bottom=True)]
    posts = [box((0.08, 0.06, high), (0, s * (wide / 2 + 0.02), 0)) for s in (-1, 1)]
    glints = [
        two_sided(turn(box((0.004, 0.03, length), (0.0, y, z), bottom=True), roll=-0.7, about=(0, y, z)))
        for y, z, length in ((-0.4, 0.9, 0.8), (-0.25, 0.8, 0.5), (0.35, 1.1, 0.7))
    ]
    out = [
        body("frame", [*sill, *posts], STEEL, semantic="Door"),
        skin("glints", glints, paint(0.90, 0.95, 0.97, 0.8), semantic="Door"),
    ]
    if state == "safe":
        band = [box((0.012, wide - 0.04, 0.2), (0, 0, z), bottom=True) for z in (0.95, 1.45)]
        dots = [
            move(turn(cylinder(0.1, 0.014, 14), pitch=np.pi / 2), -0.007, y, z)
            for z in (0.5, 1.9)
            for y in ticks(-0.7, 0.7, 5)
        ]
        return [
            *out,
            skin("bands", band, WARNING, label="marking", semantic="Door"),
            skin("dots", [two_sided(m) for m in dots], WHITE, label="marking", semantic="Door"),
            body(
                "handle", [tube((0.08, 0.6, 0.75), (0.08, 0.6, 1.75), 0.03, 8)], BLACK, label="handle", semantic="Door"
            ),
            *board("sign", "GLASS DOOR", CLEAR, at=(0.02, 0.0), size=(0.8, 0.24), low=1.19, post=False),
        ]
    star = [
        hose([(0.0, -0.1, 1.5), (0.0, -0.1 + 0.35 * np.cos(a), 1.5 + 0.35 * np.sin(a))], 0.006, 3)
        for a in np.arange(9) * 0.7
    ]
    shards = np.column_stack([rng.normal(0.3, 0.15, 50), rng.normal(-0.1, 0.3, 50), np.full(50, 0.035)])
    return [
        *out,
        skin("crack", star, WHITE, label="crack", semantic="Door"),
        skin("shards", flakes(rng, shards, 0.07), paint(0.62, 0.84, 0.86, 1.0), label="shards"),
    ]
