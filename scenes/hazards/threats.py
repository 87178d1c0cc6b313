"""Threats: a bag without its owner, a brawl."""

from __future__ import annotations

import numpy as np

from scenes.hazards.crowding import Place
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
    turn,
    wood,
    words,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    IRON,
    NOTICE,
    YELLOW,
    board,
    bottle,
    standee,
    stool,
    table_mesh,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, lathe, move


def build_abandoned_bag(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a large bag left before a bench, wires out of it; safe: the bench alone, the bag with its owner: gone."""
    boards = [box((0.14, 1.9, 0.05), (x, 0, 0.43), bottom=True) for x in (-0.5, -0.34, -0.18)]
    boards += [box((0.05, 1.9, 0.14), (-0.6, 0, z), bottom=True) for z in (0.58, 0.78)]
    legs = [box((0.46, 0.07, 0.43), (-0.34, y, 0)) for y in (-0.8, 0.8)] + [
        box((0.06, 0.07, 0.92), (-0.55, y, 0)) for y in (-0.8, 0.8)
    ]
    out = [
        body("bench", boards, wood(rng), label="bench", semantic="Furniture"),
        body("bench legs", legs, IRON, label="bench", semantic="Furniture"),
    ]
    if state == "safe":
        return [*out, *board("sign", "CHECKED", CLEAR, at=(-0.75, 1.15), size=(0.7, 0.4), low=1.0)]
    bag = [
        move(
            turn(
                lathe([(0.0, -0.5), (0.22, -0.5), (0.27, -0.35), (0.27, 0.35), (0.22, 0.5), (0.0, 0.5)], 16),
                roll=np.pi / 2,
            ),
            0.3,
            0.1,
            0.27,
        )
    ]
    bands = [
        move(
            turn(lathe([(0.275, -0.035), (0.28, -0.035), (0.28, 0.035), (0.275, 0.035)], 16), roll=np.pi / 2),
            0.3,
            0.1 + y,
            0.27,
        )
        for y in (-0.2, 0.2)
    ]
    handles = [
        hose(
            [
                (0.3 + s * 0.06, 0.1 - 0.2, 0.53),
                (0.3 + s * 0.1, 0.1 - 0.1, 0.72),
                (0.3 + s * 0.1, 0.2, 0.72),
                (0.3 + s * 0.06, 0.3, 0.53),
            ],
            0.02,
        )
        for s in (-1, 1)
    ]
    wires = [
        hose(
            [(0.5, -0.25, 0.4), (0.6, -0.3 - 0.05 * k, 0.48), (0.62, -0.42, 0.35 - 0.06 * k), (0.45, -0.42, 0.3)],
            0.014,
            4,
        )
        for k in range(3)
    ]
    clock = [box((0.05, 0.22, 0.14), (0.56, 0.1, 0.25), bottom=True)]
    return [
        *out,
        body("bag", bag, paint(0.11, 0.13, 0.18), label="abandoned bag"),
        skin("straps", [*bands, *handles], paint(0.72, 0.12, 0.10), label="abandoned bag"),
        skin("wires", wires, YELLOW, label="wires"),
        skin("timer", clock, BLACK, label="timer"),
        skin(
            "timer display",
            picture(0.587, 0.19, 0.265, 0.375, 0.1),
            words("00:59", (1.0, 0.2, 0.1), (0.03, 0.03, 0.03), width=128, height=64, emissive=1.0),
            label="timer",
            text="00:59",
        ),
    ]


def build_brawl(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a table and chairs thrown over among broken bottles; safe: set up again. People: `stand_at_brawl`."""
    pine = wood(rng)
    blue = paint(0.20, 0.34, 0.55)
    if state == "safe":
        return [
            body("table", move(table_mesh(1.2, 0.75), -0.3, 0.0), pine, label="table", semantic="Table"),
            body(
                "chairs",
                [stool(-0.3, s * 0.95, -s * np.pi / 2) for s in (-1, 1)] + [stool(0.35, 0.3, np.pi)],
                blue,
                label="chair",
                semantic="Chair",
            ),
            skin(
                "bottles",
                [move(bottle(), -0.3, y, 0.76) for y in (-0.2, 0.25)],
                paint(0.20, 0.42, 0.24, 0.5),
                label="bottle",
            ),
            *standee("sign", "STAFF HERE", NOTICE, at=(0.5, -1.1)),
        ]
    table = move(turn(table_mesh(1.2, 0.75), pitch=1.45, yaw=0.35, about=(0, 0, 0.38)), -0.45, 0.1, 0.0)
    table = move(table, 0.0, 0.0, float(-table.vertices[:, 2].min()))
    chairs = []
    for x, y, roll, pitch, yaw in (
        (0.55, -0.95, 1.5, 0.2, 0.3),
        (0.75, 0.75, 0.1, -1.5, 0.9),
        (-0.1, -1.25, 2.9, 0.1, 0.5),
    ):
        chair = turn(stool(0, 0), roll=roll, pitch=pitch, yaw=yaw)
        chairs.append(move(chair, x, y, float(-chair.vertices[:, 2].min())))
    shards = np.column_stack([rng.normal(0.6, 0.4, 150), rng.normal(0, 0.6, 150), np.full(150, 0.035)])
    lying = [
        move(turn(bottle(), pitch=1.57, yaw=a), x, y, 0.05)
        for x, y, a in ((0.9, -0.2, 0.4), (0.4, 0.35, 2.0), (0.95, 0.3, 3.6))
    ]
    return [
        body("table", table, pine, label="overturned table", semantic="Table"),
        body("chairs", chairs, blue, label="overturned chair", semantic="Chair"),
        body("bottles", lying, paint(0.20, 0.42, 0.24, 0.5), label="bottle"),
        skin("shards", flakes(rng, shards, 0.06), paint(0.45, 0.70, 0.50, 0.8), label="broken glass"),
        skin("stain", lay(blob(rng, 0.9, 1.2)), paint(0.40, 0.05, 0.07, 0.6), label="stain", semantic="Floor"),
    ]


def stand_at_brawl(state: State, values: Values) -> list[Place]:
    """Return where people stand: two face to face and others about them, or two apart who look away."""
    if state == "safe":
        return [(0.3, 1.7, -2.0), (-1.2, -1.6, 1.0)]
    return [
        (0.35, -0.28, 1.57),
        (0.35, 0.28, -1.57),
        (1.3, -1.2, 2.4),
        (1.35, 1.3, -2.4),
        (-1.3, -0.9, 0.6),
        (-1.3, 1.0, -0.6),
    ]
