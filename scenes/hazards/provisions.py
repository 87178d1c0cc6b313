"""Food and drink on tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    flakes,
    grain,
    lay,
    number,
    paint,
    plume,
    rock,
    skin,
    steps,
    ticks,
    turn,
    two_sided,
    wood,
    words,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CAUTION,
    CLEAR,
    IRON,
    NOTICE,
    PAPER,
    RED,
    STEEL,
    WHITE,
    board,
    bottle,
    fence,
    glass,
    screen,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.texture import Color
from scenes.scene import Material, Mesh

TOP = 0.78  # m, of the tables


def _table(rng: np.random.Generator, cloth: Material, width: float = 1.9) -> list[Piece]:
    """Return a table with a cloth to near the floor."""
    return [
        body(
            "table",
            [
                box((0.85, width, 0.04), (0, 0, TOP - 0.04), bottom=True),
                box((0.83, width - 0.02, 0.5), (0, 0, TOP - 0.54)),
            ],
            cloth,
            label="table",
            semantic="Table",
        ),
        body(
            "legs",
            [box((0.05, 0.05, TOP - 0.5), (i * 0.36, j * (width / 2 - 0.1), 0)) for i in (-1, 1) for j in (-1, 1)],
            wood(rng),
            label="table",
            semantic="Table",
        ),
    ]


def _card(
    name: str,
    text: str,
    y: float,
    x: float = 0.3,
    *,
    width: float = 0.4,
    height: float = 0.2,
    ink: tuple[Color, Color] = CAUTION,
) -> Piece:
    """Return a card that stands on the table."""
    face = move(turn(picture(0.0, width, 0.0, height), pitch=-0.25), x, y, TOP + 0.005)
    return skin(name, two_sided(face), words(text, *ink, width=128, height=64), label="label", text=text)


def build_warm_buffet(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return food gone bad in open trays, with flies; safe: under lids on ice, kept cold."""
    bad = state == "unsafe"
    ys = (-0.62, 0.0, 0.62)
    trays = [box((0.6, 0.52, 0.09), (0, y, TOP), bottom=True) for y in ys]
    colors = ((0.45, 0.40, 0.20), (0.42, 0.24, 0.14), (0.48, 0.46, 0.32)) if bad else ((0.86, 0.30, 0.18),) * 3
    warm = number(values, "temperature", 32.0) if bad else 4.0
    out = [
        *_table(rng, WHITE),
        body("trays", trays, STEEL, label="tray"),
        *screen(
            "thermometer",
            f"{warm:.0f}°C",
            (1.0, 0.25, 0.15) if bad else (0.3, 0.75, 1.0),
            at=(-0.2, 1.25),
            low=TOP,
            size=(0.5, 0.3),
        ),
        body("post", move(cylinder(0.03, TOP, 8), -0.24, 1.25), IRON, label="display"),
    ]
    if not bad:
        lids = [move(ball((0.27, 0.24, 0.2), level=2), 0, y, TOP + 0.09) for y in ys]
        knobs = [move(ball((0.035, 0.035, 0.035)), 0, y, TOP + 0.31) for y in ys]
        ice = [
            move(
                rock(rng, 0.025, 0.04, rough=0.2, level=0),
                rng.uniform(-0.33, 0.38),
                rng.uniform(-0.92, 0.92),
                TOP + 0.02,
            )
            for _ in range(150)
        ]
        return [
            *out,
            body("lids", lids, paint(0.80, 0.83, 0.86, 0.7), label="lid"),
            skin("knobs", knobs, BLACK),
            skin("ice", ice, paint(0.86, 0.94, 1.0, 0.5), label="ice"),
        ]
    food: list[Piece] = []
    for k, (y, color) in enumerate(zip(ys, colors, strict=True)):
        lumps = [
            move(
                rock(rng, 0.05, 0.09, rough=0.2),
                rng.uniform(-0.22, 0.22),
                y + rng.uniform(-0.18, 0.18),
                TOP + 0.1,
            )
            for _ in range(18)
        ]
        food.append(skin(f"food {k + 1}", lumps, grain(rng, color, rough=0.3), label="food"))
    mould = [
        move(ball((0.05, 0.05, 0.03), rng, 0.2), rng.uniform(-0.2, 0.22), y + rng.uniform(-0.18, 0.18), TOP + 0.17)
        for y in ys
        for _ in range(5)
    ]
    flies = np.column_stack(
        [rng.normal(0.1, 0.3, 130), rng.uniform(-0.95, 0.95, 130), TOP + 0.15 + rng.exponential(0.25, 130)]
    )
    return [
        *out,
        *food,
        skin("mould", mould, grain(rng, (0.55, 0.70, 0.60), rough=0.3), label="mould"),
        skin("flies", flakes(rng, flies, 0.028), BLACK, label="flies"),
    ]


def build_unlabelled_allergen(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return cakes and nuts without a word about what is in them; safe: a card for each, and the nuts under glass."""
    stands = [
        move(
            lathe([(0.14, 0.0), (0.03, 0.03), (0.03, 0.12), (0.24, 0.14), (0.24, 0.16), (0.0, 0.16)], 16), -0.05, y, TOP
        )
        for y in (-0.62, 0.0, 0.62)
    ]
    cakes = [move(cylinder(0.2, 0.14, 18), -0.05, y, TOP + 0.16) for y in (-0.62, 0.0)]
    icing = [move(cylinder(0.205, 0.05, 18), -0.05, y, TOP + 0.26) for y in (-0.62, 0.0)]
    nuts = [
        move(
            ball((0.035, 0.022, 0.022), rng, 0.1, level=0),
            -0.05 + rng.normal(0, 0.09),
            0.62 + rng.normal(0, 0.09),
            TOP + rng.uniform(0.17, 0.26),
        )
        for _ in range(70)
    ]
    crumbs = np.column_stack(
        [
            rng.normal(0, 0.07, (60, 1)) - 0.05,
            rng.choice([-0.62, 0.0], (60, 1)) + rng.normal(0, 0.07, (60, 1)),
            np.full((60, 1), TOP + 0.325),
        ]
    )
    out = [
        *_table(rng, paint(0.78, 0.84, 0.90)),
        body("stands", stands, WHITE),
        body("cakes", cakes, grain(rng, (0.52, 0.30, 0.16)), label="cake"),
        skin("icing", icing, paint(0.95, 0.80, 0.84), label="cake"),
        skin("nuts", nuts, grain(rng, (0.74, 0.52, 0.28)), label="nuts"),
        skin("chopped nuts", flakes(rng, crumbs, 0.035), paint(0.72, 0.50, 0.26), label="nuts"),
    ]
    if state == "unsafe":
        spilt = [
            move(ball((0.035, 0.022, 0.022), level=0), rng.uniform(0.1, 0.38), rng.uniform(-0.6, 0.8), TOP + 0.02)
            for _ in range(40)
        ]
        return [
            *out,
            skin("spilt nuts", spilt, grain(rng, (0.74, 0.52, 0.28)), label="nuts"),
            *board("sign", "FREE CAKE", PAPER, at=(-0.35, 0.0), size=(1.2, 0.4), low=1.45),
        ]
    hoops = [
        hoop for z, r in ((0.0, 0.23), (0.16, 0.2), (0.27, 0.11)) for hoop in _hoop(-0.05, 0.62, TOP + 0.17 + z, r)
    ]
    return [
        *out,
        _card("label 1", "MILK EGG", -0.62),
        _card("label 2", "NUTS", 0.0, ink=ALARM),
        _card("label 3", "NUTS", 0.62, ink=ALARM),
        skin("glass cover", hoops, paint(0.80, 0.88, 0.92, 0.6), label="glass cover"),
        *board("sign", "ALLERGENS: ASK US", NOTICE, at=(-0.35, 0.0), size=(1.2, 0.4), low=1.45),
    ]


def _hoop(x: float, y: float, z: float, radius: float) -> list[Mesh]:
    angles = np.linspace(0, 2 * np.pi, 17)
    ring = [(x + radius * np.cos(a), y + radius * np.sin(a), z) for a in angles]
    return [tube(p, q, 0.01, 4) for p, q in pairwise(ring)]


def build_spirits_bar(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a bar of spirits with rows of shots, some knocked over; safe: locked away, jugs of water and juice."""
    counter = [box((0.6, 1.9, 1.0)), box((0.72, 2.0, 0.05), (0.04, 0, 1.0), bottom=True)]
    shelf = [box((0.3, 1.9, 0.04), (-0.7, 0, z), bottom=True) for z in (1.2, 1.65)] + [
        box((0.05, 1.9, 2.15), (-0.87, 0, 0))
    ]
    colors = ((0.72, 0.42, 0.10), (0.20, 0.40, 0.22), (0.82, 0.84, 0.86), (0.52, 0.12, 0.10))
    rows = [(y, z) for z in (1.24, 1.69) for y in ticks(-0.85, 0.85, 11)]
    bottles = [
        body(
            f"bottles {k + 1}",
            [move(bottle(0.36, 0.05), -0.7, y, z) for y, z in rows[k::4]],
            paint(*color, 0.5),
            label="spirits",
        )
        for k, color in enumerate(colors)
    ]
    out = [
        body("counter", counter, wood(rng, (0.38, 0.24, 0.15)), label="bar", semantic="Furniture"),
        body("shelf", shelf, wood(rng, (0.30, 0.20, 0.13)), semantic="Furniture"),
    ]
    if state == "safe":
        jugs = [
            move(lathe([(0.09, 0.0), (0.11, 0.14), (0.08, 0.26), (0.09, 0.3), (0.0, 0.26)], 14), 0.1, y, 1.05)
            for y in (-0.6, -0.2, 0.25, 0.65)
        ]
        cups = [glass(0.3, y, 1.05) for y in ticks(-0.7, 0.7, 8)]
        shutter = [box((0.02, 1.9, 0.05), (-0.5, 0, z), bottom=True) for z in steps(1.12, 2.1, 0.07)]
        return [
            *out,
            body("shutter", shutter, STEEL, label="shutter"),
            body("water jugs", jugs[:2], paint(0.62, 0.82, 0.95, 0.6), label="water"),
            body("juice jugs", jugs[2:], paint(0.96, 0.60, 0.12, 0.4), label="juice"),
            skin("glasses", cups, paint(0.85, 0.92, 0.96, 0.6), label="glass"),
            *board("sign", "WATER AND JUICE", CLEAR, at=(0.38, 0.0), size=(1.5, 0.42), low=0.4, post=False),
        ]
    shots = [glass(x, y, 1.05, 0.1, 0.035) for x in (0.1, 0.25) for y in ticks(-0.75, 0.45, 9)]
    knocked = [
        move(turn(bottle(0.36, 0.05), pitch=1.57, yaw=1.1), 0.1, 0.62, 1.10),
        move(turn(bottle(0.36, 0.05), pitch=1.57, yaw=2.2), 0.75, 0.5, 0.05),
    ]
    return [
        *out,
        *bottles,
        skin("shots", shots, paint(0.90, 0.62, 0.20, 0.5), label="shot"),
        body("knocked bottles", knocked, paint(0.20, 0.40, 0.22, 0.5), label="spirits"),
        skin("spill", lay(blob(rng, 0.7, 0.6)), paint(0.42, 0.28, 0.12, 0.9), label="spill", semantic="Floor"),
        *board("sign", "40% FREE SHOTS", ALARM, at=(0.38, 0.0), size=(1.5, 0.42), low=0.4, post=False),
    ]


def build_unmarked_bottle(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a bottle of who knows what among drinking glasses; safe: marked as a cleaner, in a cage, no glasses."""
    flask = move(
        lathe([(0.0, 0.0), (0.19, 0.0), (0.2, 0.28), (0.16, 0.38), (0.06, 0.46), (0.06, 0.56), (0.0, 0.56)], 18),
        0,
        0,
        TOP,
    )
    cap = move(cylinder(0.07, 0.05, 12), 0, 0, TOP + 0.56)
    violet = paint(0.36, 0.62, 0.16, 0.6)
    out = [*_table(rng, paint(0.72, 0.70, 0.66), 1.4), body("bottle", flask, violet, label="bottle")]
    if state == "unsafe":
        places = [(0.15 + 0.1 * (k % 2), y) for k, y in enumerate((-0.55, -0.4, -0.25, 0.28, 0.42, 0.56))]
        cups = [glass(x, y, TOP, 0.18, 0.055) for x, y in places]
        fills = [move(cylinder(0.05, 0.185, 8), x, y, TOP + 0.005) for x, y in places]
        return [
            *out,
            skin("drinks", fills, violet, label="drink"),
            body("glasses", cups, paint(0.70, 0.86, 0.55, 0.6), label="glass"),
            skin(
                "vapour", plume(rng, (0, 0, TOP + 0.58), 0.7, 0.45, 90, 0.045), paint(0.72, 0.86, 0.50), label="vapour"
            ),
            *board("sign", "DRINKS", PAPER, at=(-0.35, 0.0), size=(0.9, 0.35), low=1.5),
        ]
    cage = fence([(0.32, -0.35), (0.32, 0.35), (-0.3, 0.35), (-0.3, -0.35), (0.32, -0.35)], 0.72, bars=0.09)
    label = move(picture(0.0, 0.34, 0.06, 0.32), 0.205, 0, TOP)
    return [
        *out,
        body("cap", cap, RED),
        skin("label", two_sided(label), words("POISON", *ALARM, width=128, height=96), label="label", text="POISON"),
        body("cage", move(cage, 0, 0, TOP), STEEL, label="cage"),
        *board("sign", "CLEANER DO NOT DRINK", CAUTION, at=(-0.35, 0.0), size=(0.9, 0.5), low=1.5),
    ]
