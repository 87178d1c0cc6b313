"""Electricity, chemicals and bad air."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    flakes,
    grain,
    hose,
    lay,
    number,
    paint,
    shine,
    skin,
    steps,
    turn,
    wander,
    water,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    BLUE,
    CLEAR,
    GREEN,
    IRON,
    ORANGE,
    RED,
    STEEL,
    WARNING,
    WHITE,
    YELLOW,
    board,
    fence,
    standee,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, cylinder, lathe, move, tube
from scenes.procedural.texture import slabs
from scenes.scene import Material, Mesh

COPPER = paint(0.90, 0.48, 0.22, 0.6)


ARC = shine(0.75, 0.90, 1.0)


def build_bare_cable(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a cable with its copper bare and sparking, the box open; safe: box shut, cable under a cover."""
    case = box((0.4, 0.7, 1.05), (-0.7, 0.9, 0.0))
    out = [body("box", case, paint(0.52, 0.55, 0.53), label="power box")]
    volts = number(values, "voltage", 400.0)
    if state == "safe":
        covers = [box((0.3, 0.62, 0.07), (-0.1, y, 0)) for y in steps(-1.55, 0.95, 0.64)]
        return [
            *out,
            body("cover", covers, WARNING, label="cable cover"),
            body("plug", [tube((-0.5, 0.9, 0.08), (-0.1, 0.9, 0.04), 0.03, 6)], ORANGE, label="cable"),
            *board("sign", "POWER OFF", CLEAR, at=(-0.49, 0.9), size=(0.6, 0.45), low=0.5, post=False),
        ]
    left, right = (
        wander(rng, (-0.5, 0.9), (0.15, 0.25), 0.12, 0.04),
        wander(rng, (-0.3, -1.6), (0.35, -0.35), 0.25, 0.04),
    )
    left[-1, 2], right[-1, 2] = 0.22, 0.26
    ends = [
        tube(p[-1], p[-1] + 0.16 * np.array([np.cos(a), np.sin(a), 0.5]), 0.016, 4)
        for p, s in ((left, -1.6), (right, 1.4))
        for a in s + np.linspace(-0.6, 0.6, 6)
    ]
    sparks = rng.standard_normal((170, 3)) * (0.2, 0.26, 0.2) + (0.28, -0.05, 0.35)
    door = move(turn(box((0.03, 0.7, 1.0)), yaw=1.9), -0.45, 1.52, 0.03)
    wires = [tube((-0.49, 0.7 + 0.1 * k, 0.9), (-0.3 + 0.05 * k, 0.75 + 0.05 * k, 0.3), 0.018, 4) for k in range(5)]
    return [
        *out,
        skin("inside", move(box((0.01, 0.62, 0.92)), -0.497, 0.9, 0.06), BLACK, label="power box"),
        body("door", door, paint(0.52, 0.55, 0.53), label="power box"),
        skin("wires", wires, RED, label="wires"),
        body("cable", [hose(left, 0.04), hose(right, 0.04)], ORANGE, label="bare cable"),
        skin("copper", ends, COPPER, label="bare copper"),
        skin("sparks", flakes(rng, sparks, 0.045), ARC, label="sparks"),
        skin("scorch", lay(blob(rng, 0.8, 0.9)), paint(0.10, 0.09, 0.09), label="scorched ground", semantic="Floor"),
        *board("sign", f"{volts:.0f} V", ALARM, at=(-0.75, 0.35), size=(0.5, 0.35), low=0.75),
    ]


def build_wet_socket(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a socket on a wall (x = 0) with water running over it; safe: dry, under a shut cover."""
    tiles = Material(texture=slabs(rng, (0.90, 0.91, 0.88), rows=8, columns=8, size=128, joint=0.8))
    out = [
        body("tiles", box((0.06, 1.7, 2.1), (0.03, 0, 0), tile=1.2), tiles, label="wall", semantic="Wall"),
        body("plate", box((0.04, 0.7, 0.4), (0.08, 0, 0.75), bottom=True), WHITE, label="socket"),
        body(
            "pipe",
            [
                tube((0.12, -0.84, 1.75), (0.12, 0.84, 1.75), 0.045, 8),
                tube((0.12, 0.55, 1.75), (0.12, 0.55, 2.08), 0.045, 8),
            ],
            COPPER,
            label="pipe",
        ),
    ]
    if state == "safe":
        hood = [box((0.1, 0.8, 0.5), (0.13, 0, 0.7), bottom=True)]
        collar = [move(turn(cylinder(0.07, 0.2, 10), roll=np.pi / 2), 0.12, y + 0.1, 1.75) for y in (-0.1, 0.3)]
        return [
            *out,
            body("cover", hood, paint(0.42, 0.46, 0.50), label="socket cover"),
            skin("clamp", collar, GREEN, label="pipe clamp"),
            skin("seal", picture(0.185, 0.5, 0.8, 1.1), paint(0.1, 0.5, 0.25), label="socket cover"),
            *board("sign", "POWER OFF", CLEAR, at=(0.07, 0.0), size=(0.9, 0.32), low=1.28, post=False),
        ]
    holes = [box((0.01, 0.24, 0.24), (0.105, y, 0.83), bottom=True) for y in (-0.17, 0.17)]
    pins = [box((0.012, 0.05, 0.05), (0.111, y + dy, 0.93), bottom=True) for y in (-0.17, 0.17) for dy in (-0.06, 0.06)]
    streams = []
    for y in rng.normal(0.05, 0.22, 18):
        path = [(0.115, y + rng.normal(0, 0.03), z) for z in (1.70, 1.35, 0.95, 0.5, 0.03)]
        streams.append(hose(path, float(rng.uniform(0.012, 0.03)), 4))
    drops = np.column_stack([rng.uniform(0.15, 0.55, 110), rng.normal(0.05, 0.3, 110), rng.uniform(0.05, 1.5, 110)])
    plug = [box((0.14, 0.18, 0.18), (0.18, 0.17, 0.85), bottom=True)]
    cord = hose([(0.25, 0.17, 0.9), (0.4, 0.25, 0.5), (0.5, 0.35, 0.04), (0.9, 0.7, 0.04), (1.2, 0.4, 0.04)], 0.025)
    return [
        *out,
        skin("holes", holes, BLACK, label="socket"),
        skin("pins", pins, COPPER, label="socket"),
        skin("water", streams, paint(0.30, 0.55, 0.85, 0.9), label="water"),
        skin("drops", flakes(rng, drops, 0.03, upright=0.9), paint(0.45, 0.70, 0.95, 0.9), label="water"),
        skin(
            "puddle",
            move(lay(blob(rng, 1.3, 1.9)), 0.72, 0),
            water(rng, (0.25, 0.42, 0.58)),
            label="puddle",
            semantic="Floor",
        ),
        body("plug", plug, BLACK, label="plug"),
        skin("cord", cord, BLACK, label="cord"),
        skin(
            "spark",
            flakes(rng, rng.standard_normal((60, 3)) * (0.08, 0.14, 0.12) + (0.2, -0.15, 0.95), 0.04),
            ARC,
            label="sparks",
        ),
    ]


def _gas_bottle() -> list[Mesh]:
    """Return an upright gas bottle."""
    return [
        lathe(
            [(0.0, 0.0), (0.2, 0.0), (0.21, 0.05), (0.21, 1.0), (0.15, 1.18), (0.05, 1.24), (0.05, 1.34), (0.0, 1.34)],
            18,
        )
    ]


def build_leaking_gas_bottle(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a gas bottle on its side, gas rushing out; safe: upright, capped, chained in a cage."""
    gas = _gas_bottle()
    collar = [lathe([(0.14, 1.22), (0.14, 1.42), (0.12, 1.42)], 14)]
    if state == "safe":
        ys = (-0.3, 0.3)
        cage = fence([(0.4, -0.75), (0.4, 0.75), (-0.4, 0.75), (-0.4, -0.75), (0.4, -0.75)], 1.65, bars=0.18)
        chain = hose([(0.24, -0.7, 0.85), (0.24, 0.7, 0.85)], 0.03)
        return [
            body("bottles", [move(m, 0, y) for m in gas for y in ys], RED),
            body("caps", [move(m, 0, y) for m in collar for y in ys], IRON),
            body("cage", cage, STEEL, label="cage"),
            skin("chain", chain, YELLOW, label="chain"),
            *board("sign", "GAS SHUT", CLEAR, at=(0.43, 0.0), size=(0.8, 0.4), low=0.2, post=False),
        ]
    fallen = [move(turn(m, pitch=np.pi / 2, yaw=0.9), -0.55, -0.55, 0.22) for m in gas]
    nozzle = np.array([-0.55, -0.55, 0.22]) + 1.4 * np.array([np.cos(0.9), np.sin(0.9), 0.0])
    share = rng.uniform(0, 1, 900) ** 0.7
    jet = (
        nozzle
        + share[:, None] * np.array([0.9, 1.1, 0.35])
        + rng.standard_normal((900, 3)) * (0.04 + 0.28 * share[:, None]) * (1, 1, 0.7)
    )
    jet[:, 2] = np.maximum(jet[:, 2], 0.06)
    other = [move(m, -0.75, 0.5) for m in _gas_bottle()]
    return [
        body("bottles", [*fallen, *other], RED),
        skin(
            "valve",
            move(
                turn(move(lathe([(0.06, 0.0), (0.06, 0.1), (0.0, 0.1)], 10), 0, 0, 1.34), pitch=np.pi / 2, yaw=0.9),
                -0.55,
                -0.55,
                0.22,
            ),
            COPPER,
        ),
        skin("gas", flakes(rng, jet, 0.035 + 0.03 * share), paint(0.92, 0.96, 0.86), label="escaping gas"),
        skin(
            "frost",
            move(lay(Point(0, 0).buffer(0.5)), float(nozzle[0]), float(nozzle[1])),
            paint(0.88, 0.93, 0.97),
            label="frost",
            semantic="Floor",
        ),
        *board("sign", "FLAMMABLE", ALARM, at=(-0.9, -0.2), size=(0.8, 0.4), low=1.2),
    ]


def build_paint_fumes(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return open tins and spilt solvent with fumes between sheets; safe: lids on, a fan at work, the place open."""
    tin = lathe([(0.0, 0.0), (0.17, 0.0), (0.17, 0.36), (0.15, 0.36), (0.0, 0.3)], 16)
    colors = ((0.15, 0.62, 0.75), (0.85, 0.25, 0.20), (0.95, 0.80, 0.20))
    places = ((0.25, -0.65), (0.0, -0.1), (0.3, 0.5))
    out = [
        body(f"tin {k + 1}", move(tin, x, y), paint(*c, 0.3), label="paint tin")
        for k, (c, (x, y)) in enumerate(zip(colors, places, strict=True))
    ]
    if state == "safe":
        lids = [move(lathe([(0.18, 0.35), (0.18, 0.39), (0.0, 0.4)], 16), x, y) for x, y in places]
        blades = [turn(box((0.03, 0.1, 0.36), (0, 0, 0.02)), pitch=0.0, roll=a) for a in np.arange(5) * 2 * np.pi / 5]
        cage = [
            turn(lathe([(r, -0.08), (r + 0.025, -0.08), (r + 0.025, 0.08), (r, 0.08)], 20), pitch=np.pi / 2)
            for r in (0.44,)
        ]
        fan = [move(m, -0.45, 0.0, 0.95) for m in cage]
        return [
            *out,
            skin("lids", lids, STEEL, label="lid"),
            body(
                "fan",
                [*fan, tube((-0.45, 0, 0.0), (-0.45, 0, 0.5), 0.04, 8), move(cylinder(0.25, 0.04, 14), -0.45, 0)],
                IRON,
                label="fan",
            ),
            skin("fan blades", [move(m, -0.45, 0, 0.95) for m in blades], BLUE, label="fan"),
            *standee("sign", "AIRED", CLEAR, at=(0.35, 1.15)),
        ]
    spill = move(lay(blob(rng, 1.0, 1.4)), 0.55, 0.1)
    share = rng.uniform(0, 1, 420)
    fumes = np.column_stack([rng.normal(0.15, 0.35, 420), rng.normal(0, 0.6, 420), 0.35 + 1.5 * share])
    sheets = [
        box((0.02, 1.9, 1.9), (-0.55, 0, 0)),
        *(move(box((0.02, 1.0, 1.9)), -0.05, s * 0.98, 0, np.pi / 2) for s in (-1, 1)),
    ]
    tipped = move(turn(tin, pitch=1.45), 0.75, 0.15, 0.17)
    return [
        *out,
        body("tipped tin", tipped, paint(0.55, 0.30, 0.70, 0.3), label="paint tin"),
        skin("spill", spill, paint(0.55, 0.30, 0.70, 0.8), label="spilt paint", semantic="Floor"),
        body("sheets", sheets, grain(rng, (0.80, 0.82, 0.84), rough=0.05), label="plastic sheet"),
        skin("fumes", flakes(rng, fumes, 0.06), paint(0.66, 0.80, 0.30), label="fumes"),
    ]
