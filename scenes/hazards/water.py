"""Water: pools, floods, ponds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import box as rectangle

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    grain,
    lay,
    number,
    paint,
    rock,
    skin,
    ticks,
    turn,
    water,
)
from scenes.hazards.props import (
    ALARM,
    BLUE,
    CLEAR,
    GREEN,
    IRON,
    ORANGE,
    RED,
    STEEL,
    WHITE,
    YELLOW,
    board,
    fence,
    standee,
)
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, prism, sheet, tube
from scenes.procedural.texture import slabs, stripes
from scenes.scene import Material, Mesh


def build_deep_pool(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return an open pool with a springboard; safe: covered with a taut sheet and fenced."""
    long, wide = 2.4, 3.6  # m
    depth = number(values, "depth", 3.0)
    outer, inner = (
        rectangle(-long / 2 - 0.35, -wide / 2 - 0.35, long / 2 + 0.35, wide / 2 + 0.35),
        rectangle(-long / 2, -wide / 2, long / 2, wide / 2),
    )
    sides = [(long + 0.7, 0.35, 0.0, s * (wide / 2 + 0.175)) for s in (-1, 1)] + [
        (0.35, wide, s * (long / 2 + 0.175), 0.0) for s in (-1, 1)
    ]
    coping = [box((a, b, 0.16), (x, y, 0), tile=1.4) for a, b, x, y in sides]
    tiles = Material(texture=slabs(rng, (0.88, 0.90, 0.92), rows=8, columns=8, size=128))
    out = [body("coping", coping, tiles, label="pool edge")]
    if state == "safe":
        cloth = stripes((0.16, 0.30, 0.52), (0.18, 0.34, 0.58), count=8, width=64, height=64)
        straps = [
            box((long + 0.3, 0.09, 0.02), (0, y, 0.2), bottom=True) for y in ticks(-wide / 2 + 0.3, wide / 2 - 0.3, 6)
        ]
        corners = [(long / 2 + 0.75, y) for y in (-wide / 2 - 0.7, wide / 2 + 0.7)]
        return [
            *out,
            body(
                "cover", box((long + 0.2, wide + 0.2, 0.03), (0, 0, 0.165)), Material(texture=cloth), label="pool cover"
            ),
            skin("straps", straps, YELLOW, label="pool cover"),
            body("fence", fence(corners, 1.05, bars=0.2), STEEL, label="fence", semantic="RoadBlock"),
            *board("sign", "POOL CLOSED", CLEAR, at=(long / 2 + 0.77, 0.0), size=(1.0, 0.5), low=0.5, post=False),
        ]
    step = [box((0.35, 0.7, 0.5), (-long / 2 - 0.15, 0.6, 0)), box((1.35, 0.42, 0.06), (-0.75, 0.6, 0.55), bottom=True)]
    ladder = [tube((0.5, s, 0.0), (0.5, s, 0.75), 0.025, 6) for s in (-wide / 2 + 0.1, -wide / 2 - 0.3)]
    return [
        *out,
        body("water", prism(inner, 0.0, 0.09, tile=1.6), water(rng, (0.16, 0.60, 0.74)), label="water"),
        skin("edge", lay(outer.difference(inner)), paint(0.5, 0.5, 0.5), semantic="Floor"),
        body("springboard", step, WHITE, label="springboard"),
        body(
            "ladder",
            [*ladder, tube((0.5, -wide / 2 + 0.1, 0.75), (0.5, -wide / 2 - 0.3, 0.75), 0.025, 6)],
            STEEL,
            label="ladder",
        ),
        *board("sign", f"DEPTH {depth:.1f} M", ALARM, at=(-long / 2 - 0.2, -1.2), size=(0.9, 0.5), low=0.7),
    ]


def build_flooded_path(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a path under brown water, a bin and branches afloat; safe: dry slabs between sandbags, a pump beside."""
    slab_texture = slabs(rng, (0.66, 0.63, 0.58), rows=6, columns=6, size=128)
    bags = [(0.9 - 0.42 * k, s * 1.45, 0.0) for s in (-1, 1) for k in range(6)]
    sacks = [move(ball((0.24, 0.16, 0.11), rng, 0.06), x, y, 0.08) for x, y, _ in bags]
    if state == "safe":
        upper = [move(m, 0.2, 0, 0.16) for m in sacks]
        pump = [
            move(box((0.5, 0.36, 0.4)), -1.3, 1.95),
            move(turn(cylinder(0.1, 0.4, 10), pitch=1.57), -1.4, 1.95, 0.45),
        ]
        return [
            skin(
                "slabs",
                lay(rectangle(-1.7, -1.2, 1.5, 1.2), tile=1.5),
                Material(texture=slab_texture),
                label="path",
                semantic="Floor",
            ),
            body("sandbags", [*sacks, *upper], grain(rng, (0.72, 0.62, 0.42)), label="sandbags"),
            body("pump", pump, ORANGE, label="pump"),
            *standee("sign", "PATH OPEN", CLEAR, at=(0.9, -2.0)),
        ]
    pool = blob(rng, 3.4, 4.4, rough=0.22)
    muddy = replace(water(rng, (0.50, 0.36, 0.19)), specular=0.3)
    sticks = [
        turn(tube((x, y, 0.03), (x + 0.5, y + 0.25, 0.06), 0.025, 5), yaw=a, about=(x, y, 0))
        for x, y, a in ((0.6, -1.2, 0.3), (0.2, 0.9, 2.0), (1.0, 0.5, 1.2))
    ]
    lost = [move(turn(lathe([(0.0, 0.0), (0.24, 0.0), (0.26, 0.8), (0.0, 0.8)], 12), pitch=1.35), -0.6, -0.5, 0.16)]
    posts = [cylinder(0.07, 0.35, 8)]
    return [
        skin(
            "water",
            lay(pool, 1, tile=1.8),
            muddy,
            label="flood water",
            semantic="Floor",
        ),
        body("sticks", sticks, paint(0.27, 0.19, 0.12), label="branches"),
        body("bin", lost, GREEN, label="floating bin"),
        body(
            "posts",
            [move(m, x, y) for m in posts for x, y in ((-1.0, 1.0), (0.5, -0.2), (0.8, 1.2))],
            IRON,
            label="post",
        ),
        *board("sign", "FLOOD", ALARM, at=(-1.3, 1.6), size=(0.8, 0.45), low=0.35),
    ]


def build_unfenced_pond(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a garden pond with a toy afloat, open on all sides; safe: the same pond behind a fence."""
    pond = blob(rng, 2.2, 3.0, rough=0.1)
    coords = shapely.get_coordinates(pond.exterior)[::2]
    stones = [move(rock(rng, 0.11, 0.2, rough=0.15, flat=0.7), x * 1.04, y * 1.04, 0.05) for x, y in coords]
    reeds: list[Mesh] = []
    for _ in range(34):
        x, y = -0.75 + rng.normal(0, 0.18), rng.normal(-0.7, 0.3)
        reeds.append(
            tube((x, y, 0.0), (x + rng.normal(0, 0.08), y + rng.normal(0, 0.08), rng.uniform(0.5, 1.0)), 0.012, 3)
        )
    pads = [
        sheet(shapely.Point(x, y).buffer(0.16, quad_segs=3), 0.05) for x, y in ((0.3, -0.6), (-0.2, 0.7), (0.1, 0.2))
    ]
    out = [
        skin("water", sheet(pond, 0.035, 1.5), water(rng, (0.12, 0.30, 0.26)), label="pond", semantic="Floor"),
        body("stones", stones, grain(rng, (0.55, 0.53, 0.49)), label="stones"),
        skin("reeds", reeds, paint(0.32, 0.48, 0.18), label="reeds", semantic="Vegetation"),
        skin("lily pads", pads, paint(0.22, 0.46, 0.20), label="lily pads", semantic="Vegetation"),
    ]
    if state == "safe":
        line = [(1.45, -1.85), (1.45, 1.85), (-1.3, 1.85), (-1.3, -1.85), (1.45, -1.85)]
        return [
            *out,
            body("fence", fence(line, 1.15, bars=0.16), WHITE, label="fence", semantic="RoadBlock"),
            *board("sign", "GATE LOCKED", CLEAR, at=(1.48, 0.9), size=(0.8, 0.5), low=0.45, post=False),
        ]
    duck = [move(ball((0.17, 0.12, 0.11)), 0.35, 0.35, 0.12), move(ball((0.08, 0.08, 0.08)), 0.49, 0.35, 0.28)]
    toy = move(ball((0.16, 0.16, 0.16), level=2), 0.75, -0.15, 0.14)
    trike = [move(turn(cylinder(0.13, 0.05, 12), roll=1.57), 1.5, y, 0.13) for y in (-1.0, -1.35)]
    frame = [
        tube((1.5, -1.18, 0.15), (1.95, -1.18, 0.3), 0.025, 5),
        tube((1.95, -1.35, 0.5), (1.95, -1.0, 0.5), 0.02, 5),
        tube((1.95, -1.18, 0.15), (1.95, -1.18, 0.5), 0.025, 5),
        move(turn(cylinder(0.16, 0.05, 12), roll=1.57), 1.95, -1.15, 0.16),
    ]
    return [
        *out,
        body("duck", duck, YELLOW, label="toy duck"),
        body("ball", toy, RED, label="ball"),
        body("tricycle", [*trike, *frame], BLUE, label="tricycle"),
    ]
