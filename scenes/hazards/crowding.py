"""Crowds, ways out and gates."""

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
    number,
    paint,
    skin,
    ticks,
    turn,
    wood,
    words,
)
from scenes.hazards.props import (
    ALARM,
    CLEAR,
    GREEN,
    IRON,
    RED,
    STEEL,
    WHITE,
    YELLOW,
    arrows,
    barrier,
    board,
    crates,
    fence,
    hatch,
    stool,
)
from scenes.procedural.fittings import picture
from scenes.procedural.geometry import box, cylinder, move

Place = tuple[float, float, float]  # x, y, yaw of a person, in the frame of the hazard


def build_packed_crowd(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a pen shut on all sides, one fence pushed over; safe: open lanes with room. People: `stand_in_crowd`."""
    floor = skin(
        "floor", lay(rectangle(-1.5, -1.9, 1.5, 1.9)), grain(rng, (0.50, 0.50, 0.52)), label="floor", semantic="Floor"
    )
    if state == "safe":
        lanes = [fence([(-1.5, y), (1.5, y)], 1.0) for y in (-1.9, 1.9)]
        return [
            floor,
            body("fences", lanes, STEEL, label="fence", semantic="RoadBlock"),
            arrows([(0.9, y, np.pi) for y in (-1.2, 0.0, 1.2)] + [(-0.6, y, np.pi) for y in (-1.2, 0.0, 1.2)]),
            *board("sign", "OPEN", CLEAR, at=(-1.5, 0.0), size=(1.1, 0.5), low=1.9),
        ]
    pushed = turn(fence([(1.5, -0.2), (1.5, 1.9)], 1.0), pitch=1.25, about=(1.5, 0, 0.0))
    pen = [fence([(1.5, -0.2), (1.5, -1.9), (-1.5, -1.9), (-1.5, 1.9), (1.5, 1.9)], 1.0)]
    bags = [
        move(box((0.28, 0.4, 0.3)), x, y, 0, yaw)
        for x, y, yaw in ((1.9, -1.0, 0.4), (2.0, -1.5, 1.0), (1.85, 1.6, 0.2))
    ]
    return [
        floor,
        body("fences", pen, STEEL, label="fence", semantic="RoadBlock"),
        body("pushed fence", move(pushed, 0, 0, 0.05), RED, label="fallen fence", semantic="RoadBlock"),
        body("bags", bags, paint(0.22, 0.20, 0.26), label="bag"),
        *board("sign", "FULL", ALARM, at=(-1.5, 0.0), size=(1.1, 0.5), low=1.9),
    ]


def stand_in_crowd(state: State, values: Values) -> list[Place]:
    """Return where the people of a crowd stand: shoulder to shoulder, or three far apart."""
    if state == "safe":
        return [(0.4, -1.2, 3.1), (-0.7, 0.1, 2.9), (0.5, 1.2, -2.9)]
    count = int(np.clip(round(number(values, "people", 16.0)), 6, 25))
    side = int(np.ceil(np.sqrt(count)))
    spots = [
        (1.15 - 2.3 * (k // side) / max(side - 1, 1), -1.4 + 2.8 * (k % side) / max(side - 1, 1)) for k in range(count)
    ]
    return [(x + 0.06 * (k % 3), y, (0.0, 0.5, -0.6, 2.8)[k % 4]) for k, (x, y) in enumerate(spots)]


def build_blocked_exit(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return an emergency exit behind crates, chairs and a chain; safe: nothing before it, the floor kept clear."""
    frame = [box((0.14, 0.1, 2.15), (0.07, y, 0)) for y in (-1.0, 1.0)]
    frame.append(box((0.14, 2.1, 0.1), (0.07, 0, 2.15), bottom=True))
    leaves = [box((0.06, 0.94, 2.13), (0.05, y, 0)) for y in (-0.475, 0.475)]
    bars = [box((0.05, 0.8, 0.06), (0.12, y, 1.0), bottom=True) for y in (-0.475, 0.475)]
    gap = box((0.01, 0.02, 2.13), (0.085, 0, 0))
    out = [
        body("frame", frame, WHITE, label="door", semantic="Door"),
        body("leaves", leaves, paint(0.30, 0.45, 0.38), label="door", semantic="Door"),
        body("push bars", [*bars, gap], STEEL, label="door", semantic="Door"),
        skin(
            "exit sign",
            picture(0.15, 1.0, 2.28, 2.62),
            words("EXIT", *CLEAR, width=256, height=96, emissive=0.5),
            label="exit sign",
            semantic="TrafficSign",
            text="EXIT",
        ),
        body(
            "exit sign case",
            box((0.14, 1.06, 0.4), (0.07, 0, 2.25), bottom=True),
            IRON,
            label="exit sign",
            semantic="TrafficSign",
        ),
    ]
    if state == "safe":
        return [
            *out,
            hatch(0.2, -1.0, 1.4, 1.0),
            *board("sign", "KEEP CLEAR", CLEAR, at=(0.05, 1.55), size=(0.7, 0.5), post=False, low=1.2),
        ]
    piled = (
        [(0.5, y, 0.0) for y in (-0.85, -0.35, 0.2, 0.7)]
        + [(0.5, y, 0.43) for y in (-0.75, -0.2, 0.5)]
        + [(0.5, -0.5, 0.86), (0.95, 0.55, 0.0)]
    )
    chain = [(0.16, y, 1.0 - 0.12 * (1 - (y / 0.5) ** 2)) for y in ticks(-0.5, 0.5, 9)]
    return [
        *out,
        body("crates", crates(rng, piled, 0.46), wood(rng, (0.66, 0.50, 0.30)), label="crate"),
        body(
            "chairs",
            [stool(0.95, -0.5, 0.3), move(turn(stool(0, 0), pitch=2.6, about=(0, 0, 0.4)), 0.55, 0.25, 0.95)],
            paint(0.55, 0.14, 0.12),
            label="chair",
            semantic="Chair",
        ),
        body(
            "chain", [hose(chain, 0.022), box((0.06, 0.14, 0.16), (0.16, 0, 0.74), bottom=True)], YELLOW, label="chain"
        ),
    ]


def build_narrow_gate(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return fences that leave one narrow gap, half shut; safe: a gate as wide as the way, with arrows."""
    gap = number(values, "width", 0.6) if state == "unsafe" else 2.6  # m
    half = 0.5 * float(np.clip(gap, 0.4, 2.8))
    wings = [fence([(0.9, j * 2.1), (0.0, j * half)], 1.3, bars=0.12) for j in (-1, 1)]
    posts = [move(cylinder(0.09, 1.9, 10), 0.0, j * (half + 0.05)) for j in (-1, 1)]
    lintel = box((0.12, 2 * half + 0.3, 0.1), (0, 0, 1.9), bottom=True)
    out = [
        body("fences", wings, STEEL, label="fence", semantic="RoadBlock"),
        body("posts", [*posts, lintel], paint(0.28, 0.30, 0.34), label="gate"),
    ]
    if state == "safe":
        wide = [move(fence([(0.0, 0.0), (-1.1, 0.0)], 1.2, bars=0.15), 0, j * half) for j in (-1, 1)]
        return [
            *out,
            body("leaves", wide, GREEN, label="open gate"),
            arrows([(0.5, y, np.pi) for y in (-0.7, 0.0, 0.7)]),
            *board("sign", "WAY OUT", CLEAR, at=(0.0, 0.0), size=(1.3, 0.45), low=2.02, post=False),
        ]
    leaf = turn(fence([(0.0, -half), (0.0, half)], 1.2, bars=0.1), yaw=0.55, about=(0, -half, 0))
    return [
        *out,
        body("leaf", leaf, RED, label="half-shut gate"),
        *board("sign", "ONE GATE", ALARM, at=(0.0, 0.0), size=(1.1, 0.45), low=2.02, post=False),
        *barrier(0.75, 1.25, 0.5, 1.3),
    ]
