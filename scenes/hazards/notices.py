"""Threats, false words and lost privacy."""

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
    grain,
    hose,
    lay,
    paint,
    shine,
    skin,
    turn,
    wood,
    words,
)
from scenes.hazards.props import (
    ALARM,
    BAND,
    BLACK,
    CLEAR,
    GREEN,
    IRON,
    NOTICE,
    PAPER,
    RED,
    WHITE,
    YELLOW,
    board,
    bottle,
    picture,
    standee,
    stool,
    table_mesh,
)  # fmt: skip
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.surface import brick
from scenes.scene import Material


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
        skin("timer display", picture(0.587, 0.19, 0.265, 0.375, 0.1), words("00:59", (1.0, 0.2, 0.1), (0.03, 0.03, 0.03), width=128, height=64, emissive=1.0),
             label="timer", text="00:59"),
    ]  # fmt: skip


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
        from scenes.hazards.props import arrows

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
    scraps = []
    for y, z, a in ((-0.6, 0.98, 0.12), (0.55, 1.0, -0.15), (0.2, 0.62, 0.3)):
        scraps.append(turn(picture(0.012, 0.4, z, z + 0.3, y), roll=a, about=(0, y, z)))
    return [
        *out,
        skin("rumour", picture(0.0, 1.75, 0.93, 2.02), words(text, (0.82, 0.04, 0.04), (0.97, 0.96, 0.90), width=256, height=160), label="rumour", text=text),
        skin("scraps", scraps[2:], words("BEWARE", (0.05, 0.05, 0.05), (0.98, 0.86, 0.2), width=128, height=96), label="rumour", text="BEWARE"),
        skin("litter", [move(turn(picture(0.0, 0.3, 0.0, 0.42), pitch=-1.5, yaw=y), x, y, 0.06) for x, y in ((0.5, -0.5), (0.8, 0.3), (0.45, 0.8))], WHITE, label="leaflet"),
    ]  # fmt: skip


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

    def lean(width: float, low: float, high: float, proud: float, y: float = 0.0):  # type: ignore[no-untyped-def]
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
        skin("left page", lean(0.54, 0.06, 0.76, 0.02, 0.29), words(left, (0.1, 0.1, 0.3), (0.97, 0.96, 0.90), width=128, height=160), label="visitors' book", text=left),
        skin("right page", lean(0.54, 0.06, 0.76, 0.02, -0.29), words(right, (0.1, 0.1, 0.3), (0.97, 0.96, 0.90), width=128, height=160), label="visitors' book", text=right),
        skin("pen", move(turn(tube((0.06, -0.1, 0.35), (0.06, 0.1, 0.55), 0.015, 5), pitch=-slope + 0.35), 0.18, 0, 0.9), RED, label="pen"),
        *board("sign", "SIGN HERE", PAPER, at=(-0.15, 0.0), size=(0.9, 0.32), low=1.85),
    ]  # fmt: skip


def build_hidden_camera(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a lens that looks out of the mirror of a changing booth (x = 0); safe: a plain mirror, and a notice."""
    sides = [box((0.9, 0.05, 2.1), (0.45, y, 0)) for y in (-0.85, 0.85)]
    rail = tube((0.88, -0.85, 2.0), (0.88, 0.85, 2.0), 0.025, 6)
    folds = [move(cylinder(0.07, 1.75, 8), 0.88, y, 0.2) for y in np.arange(-0.8, -0.35, 0.11)]
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
