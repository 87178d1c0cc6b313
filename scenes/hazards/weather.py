"""Ice, and a tree after a storm."""

from __future__ import annotations

import numpy as np

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
    paint,
    skin,
    steps,
    turn,
    wood,
)
from scenes.hazards.props import (
    CLEAR,
    YELLOW,
    standee,
)
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.surface import noise, to_bytes
from scenes.scene import Material


def build_ice_patch(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a sheet of cracked ice; safe: strewn with grit from the bin beside it."""
    sheet = blob(rng, 2.6, 3.4, rough=0.2)
    grit_bin = [
        box((0.5, 0.9, 0.5), (-1.0, 1.75, 0)),
    ]
    lid = turn(box((0.56, 0.96, 0.07), (-1.0, 1.75, 0.5), bottom=True), pitch=0.0)
    out = [body("grit bin", grit_bin, YELLOW, label="grit bin")]
    if state == "safe":
        salt = np.column_stack([rng.uniform(-1.25, 1.25, 500), rng.uniform(-1.6, 1.6, 500), np.full(500, 0.045)])
        return [
            *out,
            body("lid", turn(lid, roll=0.9, about=(-1.0, 2.2, 0.5)), YELLOW, label="grit bin"),
            skin("grit", lay(sheet), grain(rng, (0.55, 0.46, 0.36), rough=0.35), label="grit", semantic="Floor"),
            skin("stones", flakes(rng, salt, 0.04), paint(0.36, 0.28, 0.20), label="grit"),
            *standee("sign", "GRITTED", CLEAR, at=(0.3, 0.9)),
        ]
    cells = np.abs(noise(rng, 256, 18.0))
    cracks = np.clip(1.0 - cells / 0.05, 0, 1)[..., None]
    base = np.array([0.74, 0.87, 0.96]) * (1.0 + 0.05 * noise(rng, 256, 24.0)[..., None])
    texture = to_bytes(base * (1 - 0.4 * cracks) + 0.5 * cracks)
    rime = np.column_stack([rng.uniform(-1.3, 1.3, 160), rng.uniform(-1.7, 1.7, 160), np.full(160, 0.05)])
    return [
        *out,
        body("lid", lid, YELLOW, label="grit bin"),
        skin("ice", lay(sheet, tile=2.2), Material(texture=texture, specular=0.9), label="ice", semantic="Floor"),
        skin(
            "snow",
            [
                flakes(rng, rime, 0.04),
                *(
                    move(ball((0.25, 0.35, 0.12), rng, 0.15), x, y, 0.0)
                    for x, y in ((-1.0, -1.3), (-1.1, 0.4), (1.0, -1.6))
                ),
            ],
            paint(0.95, 0.97, 1.0),
            label="snow",
        ),
    ]


def build_storm_tree(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a tree about to fall, split, a limb down; safe: a stump, the wood stacked, the ground fenced."""
    bark = wood(rng, (0.36, 0.27, 0.19))
    cut = paint(0.86, 0.70, 0.46)
    if state == "safe":
        logs = [(y, 0.18 + 0.32 * row) for row in range(3) for y in steps(-0.6 + 0.18 * row, 0.7 - 0.18 * row, 0.36)]
        pile = [move(turn(cylinder(0.17, 1.3, 12), pitch=np.pi / 2), -0.9, y + 1.1, z) for y, z in logs]
        ends = [move(turn(lathe([(0.172, 0.0), (0.0, 0.0)], 12), pitch=np.pi / 2), 0.405, y + 1.1, z) for y, z in logs]
        return [
            body(
                "stump",
                lathe([(0.48, 0.0), (0.36, 0.15), (0.33, 0.42)], 12),
                bark,
                label="stump",
                semantic="Vegetation",
            ),
            skin("cut", move(lathe([(0.33, 0.0), (0.0, 0.0)], 12), 0, 0, 0.42), cut, label="stump"),
            body("logs", pile, bark, label="logs"),
            skin("log ends", ends, cut, label="logs"),
            *standee("sign", "TREE FELLED", CLEAR, at=(0.7, -0.8)),
        ]
    lean = 0.42
    trunk = [lathe([(0.42, 0.0), (0.3, 0.4), (0.24, 2.2), (0.14, 3.9)], 10)]
    trunk += [tube((0, 0, 2.4), (0.3, 1.3, 3.7), 0.1, 7), tube((0, 0, 2.9), (-0.2, -1.0, 4.1), 0.09, 7)]
    spots = np.array([(0.3, 1.2, 3.8), (-0.2, -0.9, 4.1), (0.0, 0.1, 4.3), (0.1, 0.5, 3.9), (0.2, -0.4, 3.7)])
    crown = [move(ball((0.75, 0.75, 0.6), rng, 0.14, level=2), *p) for p in spots]
    leaves = (spots[:, None] + rng.normal(0, 0.5, (5, 70, 3))).reshape(-1, 3)
    roots = [tube((0, 0, 0.15), (0.75 * np.cos(a), 0.75 * np.sin(a), 0.3), 0.07, 6) for a in steps(2.0, 5.0, 0.5)]
    limb = [hose([(0.5, -1.6, 0.12), (0.75, -0.7, 0.35), (0.9, 0.1, 0.2)], 0.09, 7)]
    twigs = np.array([0.8, -0.2, 0.35]) + rng.normal(0, 0.3, (150, 3)) * (1, 1.4, 0.5)
    split = turn(box((0.02, 0.16, 1.1), (0.31, 0, 0.5), bottom=True), roll=lean)
    return [
        body("trunk", [turn(m, roll=lean) for m in trunk], bark, label="leaning tree", semantic="Vegetation"),
        skin(
            "crown",
            [turn(m, roll=lean) for m in crown],
            grain(rng, (0.25, 0.38, 0.17), rough=0.3),
            label="leaning tree",
            semantic="Vegetation",
        ),
        skin(
            "leaves",
            [turn(flakes(rng, leaves, 0.2), roll=lean), flakes(rng, np.maximum(twigs, (-9, -9, 0.05)), 0.16)],
            paint(0.30, 0.46, 0.18),
            label="leaves",
            semantic="Vegetation",
        ),
        skin("split", split, cut, label="split trunk"),
        body("roots", roots, bark, label="torn roots"),
        body("limb", limb, bark, label="fallen limb", semantic="Vegetation"),
        skin(
            "soil",
            lay(blob(rng, 1.7, 1.9)),
            grain(rng, (0.30, 0.22, 0.15), rough=0.3),
            label="torn soil",
            semantic="Floor",
        ),
    ]
