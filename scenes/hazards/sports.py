"""Sports and games: an archery range and a swing."""

from __future__ import annotations

import numpy as np
from shapely.geometry import box as rectangle

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    grain,
    hose,
    lay,
    paint,
    rock,
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
    IRON,
    RED,
    STEEL,
    board,
    fence,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, lathe, move, tube
from scenes.procedural.surface import to_bytes
from scenes.scene import Material


def build_archery_range(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a target full of arrows with more that missed, open to the way; safe: netted, roped off, no arrows."""
    yy, xx = np.mgrid[0:128, 0:128] / 64 - 1
    radius = np.hypot(xx, yy)
    colors = np.array([(0.96, 0.84, 0.15), (0.82, 0.12, 0.12), (0.18, 0.45, 0.78), (0.1, 0.1, 0.1), (0.95, 0.95, 0.93)])
    face = colors[np.clip((radius * 5).astype(int), 0, 4)]
    legs = [tube((-0.15, y, 0.0), (-0.15, 0.5 * y, 1.9), 0.045, 6) for y in (-0.75, 0.75)] + [
        tube((-1.0, 0, 0), (-0.15, 0, 1.6), 0.045, 6)
    ]
    disc = turn(lathe([(0.0, -0.2), (0.68, -0.2), (0.68, 0.0), (0.0, 0.0)], 24), pitch=np.pi / 2)
    front = picture(0.0, 1.24, -0.62, 0.62)
    out = [
        body("stand", legs, wood(rng), label="target"),
        body("straw", move(disc, 0.06, 0, 1.15), grain(rng, (0.80, 0.68, 0.38), rough=0.2), label="target"),
        skin("face", move(front, 0.075, 0, 1.15), Material(texture=to_bytes(face)), label="target"),
    ]
    if state == "safe":
        mesh = Material(
            texture=to_bytes(
                np.where(
                    (
                        (np.indices((64, 64)).sum(0) % 8 < 2)
                        | ((np.indices((64, 64))[0] - np.indices((64, 64))[1]) % 8 < 2)
                    )[..., None],
                    (0.12, 0.42, 0.26),
                    (0.22, 0.58, 0.38),
                )
            )
        )
        posts = [tube((-1.15, y, 0), (-1.15, y, 2.5), 0.05, 6) for y in (-1.8, 1.8)]
        return [
            *out,
            body("net", two_sided(picture(-1.15, 3.6, 0.1, 2.5)), mesh, label="safety net"),
            body("posts", posts, IRON, label="safety net"),
            body("fence", fence([(1.1, -1.6), (1.1, 1.6)], 0.9, bars=0.3), STEEL, label="fence", semantic="RoadBlock"),
            *board("sign", "RANGE CLOSED", CLEAR, at=(1.12, 0.0), size=(1.0, 0.5), low=0.3, post=False),
        ]
    shafts, fins = [], []
    for k in range(14):
        hit = k < 7
        end = (
            np.array([0.08, rng.normal(0, 0.28), 1.15 + rng.normal(0, 0.25)])
            if hit
            else np.array([rng.uniform(0.3, 1.2), rng.uniform(-1.5, 1.5), 0.02])
        )
        way = (
            np.array([1.0, rng.normal(0, 0.12), rng.normal(0.08, 0.06)])
            if hit
            else np.array([rng.uniform(0.2, 0.7), rng.normal(0, 0.3), 0.8])
        )
        way = 0.75 * way / np.linalg.norm(way)
        shafts.append(hose([end, end + way], 0.014, 5))
        fins.append(hose([end + 0.75 * way, end + way], 0.045, 4))
    arc = [(1.25, 1.3 + 0.28 * np.cos(a) - 0.28, 0.9 + 0.8 * np.sin(a)) for a in ticks(-1.3, 1.3, 12)]
    return [
        *out,
        body("arrows", shafts, wood(rng, (0.75, 0.58, 0.36)), label="arrow"),
        skin("feathers", fins, RED, label="arrow"),
        body(
            "bow",
            [hose(arc, 0.025), tube(arc[0], arc[-1], 0.006, 3), tube((1.25, 1.3, 0.0), (1.25, 1.3, 0.9), 0.03, 5)],
            BLACK,
            label="bow",
        ),
    ]


def build_rope_swing(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a frayed rope and a tilted board over rocks; safe: chains, a level seat, a soft mat."""
    legs = [tube((x, y, 0.0), (0.0, 0.85 * y, 2.6), 0.06, 7) for x in (-0.8, 0.8) for y in (-1.3, 1.3)]
    beam = tube((0, -1.35, 2.6), (0, 1.35, 2.6), 0.07, 8)
    if state == "safe":
        chains = [tube((0, y, 0.55), (0, y, 2.58), 0.022, 5) for y in (-0.35, 0.35)]
        return [
            body("frame", [*legs, beam], GREEN),
            body("chains", chains, STEEL),
            body("seat", box((0.34, 0.9, 0.07), (0, 0, 0.5), bottom=True), RED),
            skin(
                "mat",
                lay(rectangle(-1.3, -1.5, 1.5, 1.5), tile=1.0),
                paint(0.20, 0.42, 0.62),
                label="soft mat",
                semantic="Floor",
            ),
        ]
    rope = hose([(0, 0.25, 2.56), (0.02, 0.22, 1.9), (0.08, 0.2, 1.3), (0.14, 0.2, 0.85)], 0.035)
    torn = hose([(0, -0.45, 2.56), (0.0, -0.47, 2.2), (0.03, -0.43, 1.75)], 0.035)
    strands = [
        tube((0.03, -0.43, 1.75), (0.03 + 0.1 * np.cos(a), -0.43 + 0.1 * np.sin(a), 1.55), 0.01, 3)
        for a in np.arange(7)
    ]
    seat = turn(box((0.3, 0.9, 0.06), (0.14, 0.0, 0.82), bottom=True), roll=0.75, about=(0.14, 0.2, 0.85))
    rocks = [
        move(rock(rng, 0.15, 0.34, rough=0.2, flat=0.7), rng.uniform(-0.6, 1.2), rng.uniform(-1.1, 1.1), 0.1)
        for _ in range(15)
    ]
    return [
        body("frame", [*legs, beam], wood(rng, (0.40, 0.30, 0.20))),
        body("ropes", [rope, torn, *strands], paint(0.72, 0.60, 0.38)),
        body("seat", seat, wood(rng, (0.50, 0.36, 0.22))),
        body("rocks", rocks, grain(rng, (0.46, 0.44, 0.42), rough=0.2), label="rocks"),
    ]
