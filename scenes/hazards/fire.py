"""Fire, heat and fireworks."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    fire,
    flakes,
    flames,
    grain,
    hose,
    lay,
    number,
    paint,
    plume,
    rock,
    shine,
    skin,
    ticks,
    tongue,
    turn,
    wood,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CLEAR,
    GREEN,
    IRON,
    RED,
    STEEL,
    WHITE,
    barrier,
    board,
    bottle,
    bucket,
    fence,
    ring,
    standee,
    table_mesh,
)
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, tube
from scenes.scene import Mesh

EMBER = shine(1.0, 0.36, 0.06)


SMOKE = paint(0.34, 0.33, 0.32)


STEAM = paint(0.97, 0.97, 0.98)


SPARK = shine(1.0, 0.93, 0.55)


def _logs(rng: np.random.Generator, radius: float, *, standing: bool) -> list[Mesh]:
    """Return the logs of a camp fire, leaning together or fallen."""
    found = []
    for k in range(7):
        angle = 2 * np.pi * k / 7 + rng.uniform(-0.2, 0.2)
        c, s = np.cos(angle), np.sin(angle)
        foot = (0.85 * radius * c, 0.85 * radius * s, 0.07)
        tip = (
            (0.08 * c, 0.08 * s, 0.95 * radius)
            if standing
            else (-0.35 * radius * c, -0.3 * radius * s, 0.12 + 0.02 * k)
        )
        found.append(tube(foot, tip, 0.065, 7))
    return found


def build_bonfire(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a fire of logs with straw bales beside it; safe: cold ash in a ring of stones, fenced, water at hand."""
    radius = number(values, "radius", 0.75)  # m
    stones = []
    for k in range(14):
        angle = 2 * np.pi * k / 14
        stone = rock(rng, 0.10, 0.16, rough=0.15)
        stones.append(move(stone, (radius + 0.15) * np.cos(angle), (radius + 0.15) * np.sin(angle), 0.06))
    ash = lay(blob(rng, 2.1 * radius, 2.1 * radius), 0)
    if state == "safe":
        out = [
            skin("ash", ash, grain(rng, (0.60, 0.59, 0.57), rough=0.2), label="cold ash", semantic="Floor"),
            body("stones", stones, grain(rng, (0.52, 0.50, 0.47))),
            body(
                "logs",
                _logs(rng, radius, standing=False),
                grain(rng, (0.13, 0.12, 0.12), rough=0.3),
                label="charred wood",
            ),
            body("fence", fence(ring(radius + 0.55), 0.8, bars=0.3), STEEL, label="fence", semantic="RoadBlock"),
            body("bucket", bucket(radius + 0.8, -0.7, 0.4), RED, label="bucket of water"),
        ]
        return [*out, *board("sign", "FIRE OUT", CLEAR, at=(radius + 0.7, 0.75), size=(0.7, 0.45), low=0.75)]
    logs = _logs(rng, radius, standing=True)
    bales = [move(box((0.5, 0.95, 0.45)), -0.2, y, 0, 0.3 * y) for y in (-radius - 0.75, radius + 0.75)]
    height = 2.3 * radius
    centers = np.column_stack([rng.normal(0, 0.4 * radius, (90, 2)), rng.uniform(0.5, 2.4 * radius + 0.6, 90)])
    return [
        skin("ash", ash, grain(rng, (0.18, 0.16, 0.15), rough=0.3), semantic="Floor"),
        skin("embers", lay(blob(rng, 1.5 * radius, 1.5 * radius), 1), EMBER),
        body("logs", logs, grain(rng, (0.20, 0.13, 0.09), rough=0.3)),
        skin("flames", flames(rng, (0, 0, 0.03), 0.85 * radius, height, 13), fire(rng)),
        skin("sparks", flakes(rng, centers, 0.035), EMBER),
        skin("smoke", plume(rng, (-0.1, 0, 0.9 * height), 2.6, 1.3, 900, 0.07), SMOKE, label="smoke"),
        body("straw", bales, grain(rng, (0.80, 0.68, 0.34), rough=0.25), label="straw bale"),
    ]


def build_grill(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a charcoal grill with high flames and fuel beside it; safe: lid shut, no fire, behind a barrier."""
    hull = move(turn(lathe([(0.0, -0.6), (0.34, -0.6), (0.34, 0.6), (0.0, 0.6)], 18), roll=np.pi / 2), 0, 0, 0.85)
    low = hull.vertices.copy()
    low[:, 2] = np.minimum(low[:, 2], 0.86)
    trough = type(hull)(vertices=low, faces=hull.faces, normals=hull.normals, uv=hull.uv)
    legs = [tube((i * 0.3, j * 0.5, 0), (i * 0.12, j * 0.5, 0.7), 0.025, 6) for i in (-1, 1) for j in (-1, 1)]
    shelf = box((0.45, 0.5, 0.04), (0, 0.9, 0.82), bottom=True)
    shelf_legs = [tube((i * 0.18, 1.1, 0), (i * 0.18, 1.1, 0.82), 0.02, 5) for i in (-1, 1)]
    out = [
        body("stand", [*legs, *shelf_legs], IRON),
        body("shelf", shelf, wood(rng), semantic="Furniture"),
    ]
    if state == "safe":
        return [
            *out,
            body("drum", hull, paint(0.16, 0.17, 0.18, 0.3)),
            body("handle", [tube((0.36, -0.25, 0.98), (0.36, 0.25, 0.98), 0.02, 6), cylinder(0.05, 0.28, 10)], STEEL),
            body("extinguisher", move(bottle(0.62, 0.09), 0.25, 1.35), RED, label="fire extinguisher"),
            *barrier(0.45, -1.1, 0.5, 1.0),
            *barrier(0.45, 1.95, -0.5, 1.0),
        ]
    coals = [
        move(ball((0.06, 0.06, 0.045), rng, 0.2, level=0), rng.uniform(-0.24, 0.24), rng.uniform(-0.52, 0.52), 0.87)
        for _ in range(46)
    ]
    meat = [move(ball((0.08, 0.11, 0.025)), x, y, 0.97) for x in (-0.14, 0.14) for y in (-0.42, 0.4)]
    bars = [tube((-0.3, y, 0.94), (0.3, y, 0.94), 0.008, 4) for y in ticks(-0.55, 0.55, 12)]
    blaze = [m for y in (-0.32, 0.0, 0.3) for m in flames(rng, (0.0, y, 0.88), 0.26, 0.75, 6)]
    return [
        *out,
        body("drum", trough, paint(0.16, 0.17, 0.18, 0.3)),
        skin("coals", coals, EMBER),
        body("grate", bars, STEEL),
        skin("meat", meat, grain(rng, (0.35, 0.17, 0.10), rough=0.2)),
        skin("flames", blaze, fire(rng)),
        skin("smoke", plume(rng, (-0.05, 0, 1.5), 1.5, 0.9, 560, 0.055), SMOKE, label="smoke"),
        body("fuel", move(box((0.16, 0.24, 0.34)), 0.0, 0.95, 0.86), RED, label="petrol can"),
    ]


def build_candles(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a table of burning candles under paper garlands, the cloth alight; safe: out, and an extinguisher."""
    burning = state == "unsafe"
    cloth = [box((0.85, 1.7, 0.03), (0, 0, 0.76), bottom=True), box((0.84, 1.69, 0.42), (0, 0, 0.35))]
    posts = [tube((-0.3, y, 0.0), (-0.3, y, 1.95), 0.02, 6) for y in (-0.95, 0.95)]
    wax, wicks, lights, jars = [], [], [], []
    for y in ticks(-0.7, 0.7, 9):
        x, high = float(rng.uniform(-0.2, 0.3)), float(rng.uniform(0.18, 0.38))
        jars.append(move(lathe([(0.075, 0.0), (0.075, 0.03)], 10), x, y, 0.79))
        wax.append(move(cylinder(0.035, high, 10), x, y, 0.79))
        wicks.append(tube((x, y, 0.79 + high), (x, y, 0.82 + high), 0.006, 4))
        lights.append(tongue(rng, (x, y, 0.80 + high), 0.045, 0.19))
    out = [
        body(
            "cloth",
            cloth,
            paint(0.80, 0.78, 0.74) if not burning else paint(0.72, 0.20, 0.24),
            label="table",
            semantic="Table",
        ),
        body("wax", wax, paint(0.96, 0.93, 0.82)),
        skin("wicks", wicks, BLACK),
    ]
    if not burning:
        return [
            *out,
            skin("trays", jars, STEEL),
            body("extinguisher", move(bottle(0.62, 0.09), 0.35, 1.15), RED, label="fire extinguisher"),
            *standee("notice", "CANDLES OUT", CLEAR, at=(0.45, -1.15)),
        ]
    papers = []
    for k, y in enumerate(np.linspace(-0.9, 0.9, 13)):
        papers.append(move(box((0.01, 0.1, 0.42 + 0.1 * (k % 2)), bottom=True), -0.3, y, 1.5 - 0.1 * (k % 2)))
    rope = tube((-0.3, -0.95, 1.94), (-0.3, 0.95, 1.94), 0.01, 4)
    blaze = [*flames(rng, (0.3, 0.62, 0.76), 0.2, 0.62, 8), *flames(rng, (0.43, 0.55, 0.35), 0.13, 0.4, 5)]
    return [
        *out,
        body("posts", [*posts, rope], IRON),
        skin("garland", papers, paint(0.93, 0.78, 0.35), label="paper garland"),
        skin("flames", lights, fire(rng)),
        skin("burning cloth", blaze, fire(rng)),
        skin("smoke", plume(rng, (0.3, 0.62, 1.2), 1.3, 0.6, 160, 0.06), SMOKE, label="smoke"),
    ]


def build_hot_kettle(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a steaming kettle on a red-hot plate at the edge of a low table, cord hanging; safe: cold, at the back."""
    hot = state == "unsafe"
    x = 0.22 if hot else -0.15
    lift = 0.64
    plate = move(cylinder(0.27, 0.05, 20), x, 0, lift)
    pot = [(0.0, 0.0), (0.25, 0.0), (0.27, 0.08), (0.22, 0.26), (0.10, 0.34), (0.0, 0.36)]
    kettle = [
        lathe(pot, 18),
        move(ball((0.03, 0.03, 0.03)), 0, 0, 0.38),
        tube((0.0, -0.2, 0.18), (0.0, -0.42, 0.34), 0.04, 8),
    ]
    arch = [(0.0, 0.19 * np.cos(a), 0.28 + 0.24 * np.sin(a)) for a in ticks(0.1, np.pi - 0.1, 8)]
    out = [
        body("table", table_mesh(1.3, 0.85, lift), wood(rng), label="table", semantic="Table"),
        body("pot", [move(m, x, 0, lift + 0.06) for m in kettle], paint(0.78, 0.80, 0.83, 0.6)),
        body("handle", move(hose(arch, 0.022), x, 0, lift + 0.06), BLACK),
    ]
    if not hot:
        return [
            *out,
            body("plate", plate, IRON),
            body("guard", fence([(0.36, -0.6), (0.36, 0.6)], 0.95, bars=0.1), WHITE, label="guard rail"),
            *board("sign", "COLD", CLEAR, at=(-0.2, 0.95), size=(0.6, 0.35), low=0.95),
        ]
    cord = [
        (0.3, 0.3, 0.66),
        (0.43, 0.36, 0.66),
        (0.5, 0.4, 0.4),
        (0.52, 0.42, 0.05),
        (0.3, 0.7, 0.02),
        (-0.3, 0.75, 0.02),
    ]
    return [
        *out,
        skin("plate", plate, shine(1.0, 0.22, 0.06)),
        skin(
            "steam",
            [
                plume(rng, (x, -0.42, lift + 0.4), 1.1, 0.7, 260, 0.06),
                plume(rng, (x, 0, lift + 0.45), 0.9, 0.5, 140, 0.06),
            ],
            STEAM,
            label="steam",
        ),
        skin("cord", hose(cord, 0.016), BLACK, label="cord"),
        *board(
            "display",
            f"{number(values, 'temperature', 98.0):.0f}°C",
            ALARM,
            at=(-0.2, 0.95),
            size=(0.6, 0.35),
            low=0.95,
        ),
    ]


def build_firework_rack(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return lit rockets and tubes, one aimed at whoever stands before them; safe: tubes capped, behind a fence."""
    ys = np.linspace(-0.75, 0.75, 6)
    base = [box((0.5, 1.9, 0.08)), *(box((0.5, 0.08, 0.5), (0, y, 0.08)) for y in (-0.91, 0.91))]
    tubes = [move(lathe([(0.085, 0.0), (0.085, 0.6), (0.07, 0.6), (0.0, 0.2)], 12), 0, y, 0.08) for y in ys]
    out = [body("rack", base, wood(rng)), body("tubes", tubes, paint(0.20, 0.22, 0.45))]
    if state == "safe":
        caps = [move(lathe([(0.1, 0.0), (0.1, 0.09), (0.0, 0.1)], 12), 0, y, 0.62) for y in ys]
        return [
            *out,
            skin("caps", caps, GREEN),
            body("fence", fence([(0.9, -1.4), (0.9, 1.4)], 0.95, bars=0.2), STEEL, label="fence", semantic="RoadBlock"),
            *board("sign", "KEEP 50 M", ALARM, at=(0.95, 0.0), size=(1.0, 0.4), low=0.5, post=False),
            body("bucket", bucket(0.3, 1.25, 0.4), RED, label="bucket of sand"),
        ]
    stick = join([tube((0, 0, 0.2), (0, 0, 1.35), 0.012, 4)])
    head = join([move(cylinder(0.065, 0.3, 10), 0, 0, 1.2), move(lathe([(0.075, 0.0), (0.0, 0.2)], 10), 0, 0, 1.5)])
    leans = [-0.05, 0.1, 0.9, 0.03, -0.1, 0.6]
    sticks = [move(turn(stick, pitch=a), 0, y) for y, a in zip(ys, leans, strict=True)]
    heads = [move(turn(head, pitch=a), 0, y) for y, a in zip(ys, leans, strict=True)]
    burst = rng.standard_normal((260, 3))
    burst *= (rng.uniform(0.1, 1.0, 260) ** 0.7 / np.linalg.norm(burst, axis=1))[:, None]
    shower = np.vstack([burst * (0.55, 0.6, 0.7) + (0.0, -0.45, 0.95), burst * (0.35, 0.4, 0.4) + (0.0, 0.75, 0.75)])
    return [
        *out,
        skin("sticks", sticks, wood(rng)),
        skin("rockets", heads, RED, label="rocket"),
        skin("sparks", flakes(rng, shower, 0.05), SPARK, label="sparks"),
        skin("fuses", [tongue(rng, (0.0, float(y), 0.66), 0.06, 0.3) for y in ys[[1, 5]]], fire(rng)),
        skin("smoke", plume(rng, (0, -0.4, 1.0), 1.4, 1.0, 260, 0.08), paint(0.6, 0.6, 0.6), label="smoke"),
        skin("scorch", lay(Point(0.3, 0).buffer(0.55), 0), paint(0.14, 0.13, 0.12), semantic="Floor"),
    ]
