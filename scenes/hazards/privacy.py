"""Lost privacy: a visitors' book, a hidden camera."""

from __future__ import annotations

import numpy as np

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    grain,
    hose,
    paint,
    shine,
    skin,
    steps,
    turn,
    wood,
    words,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    IRON,
    NOTICE,
    PAPER,
    RED,
    YELLOW,
    board,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.scene import Mesh


def build_open_register(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a lectern with names and numbers of visitors for all to read; safe: shut in a locked case."""
    foot = [
        box((0.5, 0.9, 0.06)),
        box((0.16, 0.3, 0.85), (0, 0, 0.06)),
        box((0.3, 1.15, 0.05), (0.0, 0, 0.86), bottom=True),
    ]
    slope = 0.95
    desk = turn(box((0.06, 1.3, 0.85), (0, 0, 0.0), bottom=True), pitch=-slope + 0.35, about=(0, 0, 0))
    out = [
        body(
            "lectern",
            [*foot, move(desk, 0.18, 0, 0.9)],
            wood(rng, (0.40, 0.27, 0.17)),
            label="lectern",
            semantic="Furniture",
        )
    ]

    def lean(width: float, low: float, high: float, proud: float, y: float = 0.0) -> Mesh:
        return move(turn(picture(0.03 + proud, width, low, high, y), pitch=-slope + 0.35), 0.18, 0, 0.9)

    if state == "safe":
        lid = turn(box((0.14, 1.15, 0.74), (0.1, 0, 0.04), bottom=True), pitch=-slope + 0.35)
        return [
            *out,
            body("case", move(lid, 0.18, 0, 0.9), paint(0.16, 0.22, 0.34, 0.2), label="locked case"),
            skin(
                "label",
                lean(0.9, 0.22, 0.62, 0.145),
                words("PRIVATE", *NOTICE, width=256, height=128),
                label="label",
                text="PRIVATE",
            ),
            skin(
                "lock",
                move(turn(box((0.05, 0.14, 0.14), (0.2, 0, 0.06), bottom=True), pitch=-slope + 0.35), 0.18, 0, 0.9),
                YELLOW,
                label="lock",
            ),
        ]
    left = "NAME: A. LEE 55-0142 12 ELM ST"
    right = "NAME: B. ROY 55-0977 PIN 4071"
    return [
        *out,
        skin(
            "left page",
            lean(0.54, 0.06, 0.76, 0.02, 0.29),
            words(left, (0.1, 0.1, 0.3), (0.97, 0.96, 0.90), width=128, height=160),
            label="visitors' book",
            text=left,
        ),
        skin(
            "right page",
            lean(0.54, 0.06, 0.76, 0.02, -0.29),
            words(right, (0.1, 0.1, 0.3), (0.97, 0.96, 0.90), width=128, height=160),
            label="visitors' book",
            text=right,
        ),
        skin(
            "pen",
            move(turn(tube((0.06, -0.1, 0.35), (0.06, 0.1, 0.55), 0.015, 5), pitch=-slope + 0.35), 0.18, 0, 0.9),
            RED,
            label="pen",
        ),
        *board("sign", "SIGN HERE", PAPER, at=(-0.15, 0.0), size=(0.9, 0.32), low=1.85),
    ]


def build_hidden_camera(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a lens that looks out of the mirror of a changing booth (x = 0); safe: a plain mirror, and a notice."""
    sides = [box((0.9, 0.05, 2.1), (0.45, y, 0)) for y in (-0.85, 0.85)]
    rail = tube((0.88, -0.85, 2.0), (0.88, 0.85, 2.0), 0.025, 6)
    folds = [move(cylinder(0.07, 1.75, 8), 0.88, y, 0.2) for y in steps(-0.8, -0.35, 0.11)]
    hook = [box((0.04, 1.65, 2.1), (0.02, 0, 0))]
    out = [
        body(
            "booth",
            [*sides, *hook, rail],
            grain(rng, (0.82, 0.76, 0.66), rough=0.04),
            label="changing booth",
            semantic="Wall",
        ),
        body("curtain", folds, paint(0.52, 0.20, 0.32), label="curtain"),
        body(
            "mirror", box((0.04, 0.8, 1.3), (0.06, 0.1, 0.6), bottom=True), paint(0.62, 0.72, 0.80, 0.9), label="mirror"
        ),
        body(
            "mirror frame",
            [box((0.05, 0.9, 0.06), (0.06, 0.1, z), bottom=True) for z in (0.56, 1.9)],
            IRON,
            label="mirror",
        ),
    ]
    if state == "safe":
        return [*out, *board("sign", "NO CAMERAS", CLEAR, at=(0.1, 0.1), size=(0.75, 0.45), low=1.3, post=False)]
    flat = turn(lathe([(0.17, 0.0), (0.17, 0.05), (0.11, 0.06), (0.10, 0.02), (0.0, 0.03)], 18), pitch=np.pi / 2)
    pupil = turn(lathe([(0.1, 0.0), (0.06, 0.05), (0.0, 0.06)], 16), pitch=np.pi / 2)
    return [
        *out,
        skin("camera", move(flat, 0.08, 0.1, 1.55), BLACK),
        skin("lens", move(pupil, 0.11, 0.1, 1.55), paint(0.16, 0.22, 0.55, 1.0)),
        skin("record lamp", move(ball((0.045, 0.045, 0.045)), 0.12, -0.15, 1.72), shine(1.0, 0.08, 0.05)),
        skin(
            "wire",
            hose([(0.1, 0.1, 1.4), (0.1, 0.14, 1.1), (0.1, 0.05, 0.6), (0.1, 0.3, 0.05)], 0.02),
            BLACK,
            label="wire",
        ),
    ]
