"""Heights, a children's tower, steps in the dark."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point
from shapely.geometry import box as rectangle

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    flakes,
    grain,
    lay,
    number,
    paint,
    rock,
    shine,
    skin,
    steps,
    turn,
    wood,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    IRON,
    NOTICE,
    RED,
    STEEL,
    WARNING,
    YELLOW,
    board,
    cones,
    railing,
)
from scenes.procedural.geometry import box, lathe, move, tube
from scenes.procedural.texture import slabs
from scenes.scene import Lamp, Material


def _pit(size: int = 128) -> Material:
    """Return the look down a round shaft: rungs and a wall that fades into the dark."""
    y, x = np.mgrid[0:size, 0:size] / (size / 2) - 1.0
    radius = np.hypot(x, y)
    down = np.hypot(x, y - 0.28) / 0.72  # the bottom lies off the middle, away from the viewer
    shade = np.clip(0.55 * (down - 0.35), 0.0, 0.5)
    rungs = (np.abs(x) < 0.22) & (y < -0.35) & (np.mod(y * 9.0, 1.0) < 0.3)
    picture = np.where(rungs, 0.55, np.where(radius > 0.93, 0.62, shade))[..., None] * np.array([1.0, 0.97, 0.92])
    return Material(texture=(picture * 255).astype(np.uint8))


def build_open_manhole(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a shaft without its cover, which leans beside it; safe: covered, a barrier on either side."""
    radius = 0.62
    slab = slabs(rng, (0.34, 0.34, 0.35), rows=6, columns=6, size=64, joint=0.5)
    lid = lathe([(0.0, 0.0), (radius, 0.0), (radius, 0.05), (0.0, 0.05)], 24)
    cover = Material(texture=slab, specular=0.25)
    if state == "safe":
        closed = move(lay(Point(0, 0).buffer(radius), 1, tile=0.9), 0, 0)
        return [
            skin(
                "rim",
                lay(Point(0, 0).buffer(radius + 0.1)),
                grain(rng, (0.55, 0.55, 0.55)),
                label="manhole cover",
                semantic="Floor",
            ),
            skin("cover", closed, cover, label="manhole cover", semantic="Floor"),
            cones([(0.75, -0.95), (0.75, 0.95)]),
            *board("sign", "COVERED", CLEAR, at=(-0.95, 0.0), size=(0.8, 0.4), low=0.7),
        ]
    disc = lay(Point(0, 0).buffer(radius, quad_segs=12), 1)
    uv = 0.5 + 0.5 * disc.vertices[:, [1, 0]] * np.array([-1.0, -1.0]) / radius
    hole = type(disc)(vertices=disc.vertices, faces=disc.faces, normals=disc.normals, uv=uv.astype(np.float32))
    aside = move(turn(lid, pitch=-0.35), -0.3, 1.35, 0.22)
    hook = [tube((-0.5, -1.0, 0.03), (0.5, -0.9, 0.03), 0.025, 5)]
    return [
        skin("rim", lay(Point(0, 0).buffer(radius + 0.1)), grain(rng, (0.62, 0.60, 0.56)), semantic="Floor"),
        skin("shaft", hole, _pit(), semantic="Floor"),
        body("cover", aside, cover, label="manhole cover"),
        body("hook", hook, YELLOW, label="hook"),
    ]


def build_unguarded_ledge(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a platform as high as a person's chest without a rail, its edge crumbling; safe: railed, edge marked."""
    high = float(np.clip(number(values, "height", 1.3), 0.6, 2.2))  # m
    block = [box((1.6, 3.0, high), (-0.2, 0, 0), tile=1.6)]
    stairs = [box((1.0, 0.32, high * (4 - k) / 5), (-0.4, 1.66 + 0.32 * k, 0)) for k in range(4)]
    concrete = grain(rng, (0.60, 0.58, 0.55), rough=0.08)
    out = [body("platform", [*block, *stairs], concrete, label="platform")]
    if state == "safe":
        rail = [(-0.95, -1.45, high), (0.55, -1.45, high), (0.55, 0.0, high), (0.55, 1.45, high)]
        return [
            *out,
            body("railing", railing(rail, 1.05, 0.035), YELLOW, label="railing"),
            skin("edge", box((0.03, 3.0, 0.16), (0.605, 0, high - 0.16), bottom=True), WARNING, label="marked edge"),
            *board("sign", "RAIL FIXED", CLEAR, at=(0.62, 0.0), size=(0.8, 0.4), low=0.35 * high, post=False),
        ]
    rubble = [
        move(rock(rng, 0.06, 0.16, rough=0.25, level=0), rng.uniform(0.75, 1.3), rng.uniform(-1.2, 1.2), 0.06)
        for _ in range(26)
    ]
    gaps = [box((0.2, 0.3, 0.12), (0.53, y, high - 0.115)) for y in (-0.9, 0.3, 0.8)]
    bent = [
        tube((0.5, -1.3, high), (0.75, -1.15, high + 0.5), 0.03, 6),
        tube((0.5, 1.3, high), (0.8, 1.2, high + 0.3), 0.03, 6),
    ]
    toy = [box((0.4, 0.4, 0.45), (0.3, -0.3, high)), box((0.06, 0.4, 0.45), (0.13, -0.3, high + 0.45), bottom=True)]
    return [
        *out,
        body("rubble", [*rubble, *gaps], grain(rng, (0.42, 0.39, 0.36), rough=0.2), label="rubble"),
        body("bent posts", bent, grain(rng, (0.50, 0.28, 0.16), rough=0.2), label="broken railing"),
        body("chair", toy, RED, label="child's chair", semantic="Chair"),
    ]


def build_climbing_tower(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a tower with rungs gone and no rail over bare stone; safe: whole, railed, a soft mat below."""
    high = 2.1
    posts = [
        box((0.12, 0.12, high + (1.0 if state == "safe" else 0.25)), (x, y, 0))
        for x in (-0.7, 0.7)
        for y in (-0.8, 0.8)
    ]
    deck = box((1.55, 1.75, 0.08), (0, 0, high), bottom=True)
    pine = wood(rng, (0.72, 0.52, 0.30) if state == "safe" else (0.48, 0.40, 0.30))
    rungs = steps(0.3, high, 0.3)
    rails = [tube((1.15, y, 0.0), (0.78, y, high + 0.05), 0.035, 6) for y in (-0.3, 0.3)]
    kept = [z for k, z in enumerate(rungs) if state == "safe" or k not in (2, 3, 5)]
    ladder = [tube((1.15 - 0.37 * z / high, -0.3, z), (1.15 - 0.37 * z / high, 0.3, z), 0.03, 6) for z in kept]
    out = [body("tower", [*posts, deck], pine), body("ladder", [*rails, *ladder], pine)]
    if state == "safe":
        sides = [box((0.05, 0.5, 0.75), (0.7, y, high + 0.1), bottom=True) for y in (-0.55, 0.55)]
        sides += [box((1.4, 0.05, 0.75), (0, y, high + 0.1), bottom=True) for y in (-0.8, 0.8)]
        mat = slabs(rng, (0.16, 0.50, 0.30), rows=4, columns=4, size=64)
        return [
            *out,
            body("panels", sides, YELLOW, label="rail"),
            skin(
                "mat",
                lay(rectangle(-1.3, -1.7, 1.9, 1.7), tile=2.0),
                Material(texture=mat),
                label="soft mat",
                semantic="Floor",
            ),
            *board("sign", "AGE 6+", NOTICE, at=(0.8, 1.25), size=(0.7, 0.45), low=0.8),
        ]
    stones = [
        move(rock(rng, 0.1, 0.22, rough=0.25, level=0), rng.uniform(0.6, 1.7), rng.uniform(-1.3, 1.3), 0.07)
        for _ in range(24)
    ]
    loose = [
        turn(tube((1.3, -0.3, 0.05), (1.3, 0.3, 0.05), 0.03, 6), yaw=0.7, about=(1.3, 0, 0)),
        tube((0.9, 0.25, 0.95), (1.05, 0.35, 0.4), 0.03, 6),
    ]
    plank = turn(box((0.2, 1.6, 0.05), (0.62, 0, high + 0.1), bottom=True), roll=0.35, about=(0.62, 0.8, high))
    return [
        *out,
        body("stones", stones, grain(rng, (0.50, 0.48, 0.45), rough=0.2), label="stones"),
        body("broken rungs", [*loose, plank], pine, label="broken rung"),
        skin(
            "ground",
            lay(rectangle(-1.3, -1.7, 1.9, 1.7)),
            grain(rng, (0.44, 0.42, 0.40), rough=0.25),
            label="bare stone",
            semantic="Floor",
        ),
    ]


def build_unlit_steps(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return dark broken steps under a dead lamp; safe: edges marked, handrails, the lamp on (`shine_on_steps`)."""
    lit = state == "safe"
    tones = (0.58, 0.56, 0.53) if lit else (0.13, 0.13, 0.14)
    treads = [box((0.42, 2.0, 0.17 * (k + 1)), (0.84 - 0.42 * k, 0, 0), tile=1.0) for k in range(5)]
    post = [tube((0.9, 1.35, 0), (0.9, 1.35, 2.7), 0.05, 8), tube((0.9, 1.35, 2.7), (0.75, 0.9, 2.85), 0.04, 6)]
    head = box((0.3, 0.5, 0.12), (0.72, 0.75, 2.78), bottom=True)
    out = [body("lamp post", post, IRON, label="lamp")]
    if lit:
        edges = [box((0.06, 2.0, 0.04), (1.03 - 0.42 * k, 0, 0.17 * (k + 1) - 0.035), bottom=True) for k in range(5)]
        rails = [railing([(1.05, y, 0.0), (-0.85, y, 0.85)], 0.95, 0.03) for y in (-1.05, 1.05)]
        return [
            *out,
            body("steps", treads, grain(rng, tones, rough=0.06), label="steps"),
            skin("edges", edges, YELLOW, label="marked edge"),
            body("rails", rails, STEEL, label="handrail"),
            skin("lamp head", head, shine(1.0, 0.93, 0.72), label="lamp"),
        ]
    hanging = turn(head, roll=0.9, about=(0.72, 0.95, 2.85))
    broken = [
        move(rock(rng, 0.05, 0.12, rough=0.25, level=0), rng.uniform(-0.4, 1.4), rng.uniform(-0.9, 0.9), 0.1)
        for _ in range(16)
    ]
    shards = np.column_stack([rng.normal(0.9, 0.15, 50), rng.normal(0.7, 0.2, 50), np.full(50, 0.2)])
    return [
        *out,
        body("steps", treads, grain(rng, tones, rough=0.2), label="unlit steps"),
        body("lamp head", hanging, BLACK, label="dead lamp"),
        body("rubble", broken, grain(rng, (0.2, 0.2, 0.2), rough=0.2), label="rubble"),
        skin("shards", flakes(rng, shards, 0.05), paint(0.75, 0.80, 0.82, 0.8), label="broken glass"),
    ]


def shine_on_steps(state: State, values: Values) -> list[Lamp]:
    """Return the lamps over the steps, in the frame of the hazard: one where they are lit."""
    return [Lamp(position=(0.72, 0.75, 2.65), power=5.0, always=True)] if state == "safe" else []
