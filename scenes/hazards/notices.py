"""False words: an exit that is none, a rumour."""

from __future__ import annotations

import numpy as np

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    paint,
    skin,
    turn,
    wood,
    words,
)
from scenes.hazards.props import (
    ALARM,
    BAND,
    CLEAR,
    GREEN,
    NOTICE,
    WHITE,
    arrows,
    board,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, move
from scenes.procedural.surface import brick
from scenes.scene import Material


def build_false_exit_sign(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return an exit sign over a bricked-up way (x = 0); safe: it says that there is no exit, and is taped off."""
    safe = state == "safe"
    masonry = Material(texture=brick(rng, (0.60, 0.27, 0.20), size=256))
    frame = [box((0.12, 0.1, 2.15), (0.06, y, 0)) for y in (-0.75, 0.75)] + [
        box((0.12, 1.6, 0.1), (0.06, 0, 2.15), bottom=True)
    ]
    text = "NO EXIT" if safe else "EXIT"
    out = [
        body(
            "bricks", box((0.06, 1.4, 2.15), (0.03, 0, 0), tile=1.4), masonry, label="bricked-up door", semantic="Wall"
        ),
        body("frame", frame, paint(0.75, 0.74, 0.70), label="bricked-up door", semantic="Wall"),
        *board(
            "sign",
            text,
            ALARM if safe else CLEAR,
            at=(0.1, 0.0),
            size=(1.5, 0.5),
            low=2.28,
            post=False,
            label="exit sign",
        ),
    ]
    if not safe:
        arrow = arrows([(1.0, 0.0, np.pi), (2.0, 0.0, np.pi)], color=GREEN)
        return [
            *out,
            arrow,
            *board("low sign", "THIS WAY", CLEAR, at=(0.1, 1.25), size=(0.7, 0.6), low=1.1, post=False),
        ]
    tape = [
        turn(box((0.02, 2.0, 0.12), (0.14, 0, 1.05), bottom=True), roll=a, about=(0.14, 0, 1.1)) for a in (-0.75, 0.75)
    ]
    return [
        *out,
        skin("tape", tape, BAND, label="barrier tape"),
        *board("low sign", "EXIT BEHIND YOU", NOTICE, at=(0.1, 1.25), size=(0.7, 0.6), low=1.1, post=False),
    ]


def build_rumour_board(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a board scrawled with a rumour; safe: the official notice."""
    posts = [box((0.09, 0.09, 2.2), (-0.05, y, 0)) for y in (-0.95, 0.95)] + [
        box((0.3, 2.2, 0.06), (0, 0, 2.2), bottom=True)
    ]
    frame = [box((0.05, 1.9, 1.25), (-0.03, 0, 0.85), bottom=True)]
    out = [
        body("posts", posts, wood(rng, (0.36, 0.25, 0.16)), label="notice board"),
        body("board", frame, wood(rng, (0.48, 0.34, 0.21)), label="notice board"),
    ]
    if state == "safe":
        text = "OFFICIAL: ALL IS SAFE"
        return [
            *out,
            skin(
                "notice",
                picture(0.0, 1.75, 0.93, 2.02),
                words(text, *NOTICE, width=256, height=160),
                label="official notice",
                text=text,
            ),
        ]
    text = "WATER POISONED! RUN NOW!"
    scrap = turn(picture(0.012, 0.4, 0.62, 0.92, 0.2), roll=0.3, about=(0, 0.2, 0.62))
    return [
        *out,
        skin(
            "rumour",
            picture(0.0, 1.75, 0.93, 2.02),
            words(text, (0.82, 0.04, 0.04), (0.97, 0.96, 0.90), width=256, height=160),
            label="rumour",
            text=text,
        ),
        skin(
            "scraps",
            scrap,
            words("BEWARE", (0.05, 0.05, 0.05), (0.98, 0.86, 0.2), width=128, height=96),
            label="rumour",
            text="BEWARE",
        ),
        skin(
            "litter",
            [
                move(turn(picture(0.0, 0.3, 0.0, 0.42), pitch=-1.5, yaw=y), x, y, 0.06)
                for x, y in ((0.5, -0.5), (0.8, 0.3), (0.45, 0.8))
            ],
            WHITE,
            label="leaflet",
        ),
    ]
