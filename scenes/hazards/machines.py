"""Tools and machines."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry import box as rectangle

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    flakes,
    lay,
    paint,
    shine,
    skin,
    ticks,
    turn,
    wood,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CLEAR,
    IRON,
    ORANGE,
    RED,
    STEEL,
    WARNING,
    YELLOW,
    barrier,
    board,
    bucket,
    cones,
    crates,
    fence,
)
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, prism, tube


def build_table_saw(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a saw with its blade bare, timber half cut; safe: hood over the blade, locked, behind a hurdle."""
    bench = [box((0.8, 1.2, 0.08), (0, 0, 0.82), bottom=True), box((0.6, 0.9, 0.82))]
    out = [body("bench", bench[0], STEEL), body("cabinet", bench[1], paint(0.20, 0.38, 0.32))]
    aslant = 1.1  # rad, of the blade to the front
    if state == "safe":
        hood = [box((0.95, 0.16, 0.46), (0, 0, 0.9), bottom=True), tube((-0.46, 0, 0.8), (-0.46, 0, 1.34), 0.03, 6)]
        lock = [box((0.1, 0.3, 0.36), (0.31, 0.15, 0.35), bottom=True)]
        return [
            *out,
            body("guard", [turn(m, yaw=aslant) for m in hood], YELLOW, label="blade guard"),
            body("lock", lock, RED, label="lock"),
            *barrier(0.45, -1.15, 0.5, 1.0),
            *board("sign", "LOCKED OFF", CLEAR, at=(-0.3, 1.05), size=(0.7, 0.5), low=1.0),
        ]
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = np.where(np.arange(40) % 2, 0.42, 0.37)
    disc = prism(Polygon(np.column_stack([reach * np.cos(angles), reach * np.sin(angles)])), -0.006, 0.006, floor=True)
    blade = turn(move(turn(disc, roll=np.pi / 2), 0, 0, 0.95), yaw=aslant)
    timber = [box((0.9, w, 0.06), (0.5, y, 0.9), bottom=True) for w, y in ((0.2, 0.14), (0.17, -0.13))]
    dust = np.column_stack([rng.uniform(-0.9, 1.0, 240), rng.uniform(-1.0, 1.0, 240), np.full(240, 0.03)])
    chips = np.column_stack([rng.normal(0.1, 0.16, 160), rng.normal(0.2, 0.16, 160), 0.95 + rng.exponential(0.18, 160)])
    return [
        *out,
        body("blade", blade, paint(0.90, 0.92, 0.94, 0.8), label="saw blade"),
        body("timber", [turn(m, yaw=aslant) for m in timber], wood(rng, (0.80, 0.62, 0.38)), label="timber"),
        skin("sawdust", [flakes(rng, dust, 0.05), flakes(rng, chips, 0.03)], paint(0.86, 0.70, 0.44), label="sawdust"),
        skin("switch", box((0.04, 0.12, 0.12), (0.31, 0.3, 0.6), bottom=True), shine(0.2, 1.0, 0.3)),
        body("cable", tube((-0.3, 0.4, 0.02), (-0.3, 1.1, 0.02), 0.02, 5), BLACK),
    ]


def build_unsecured_ladder(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a ladder against a wall (x = 0), too flat, on a crate, a bucket up it; safe: steep, braced, tied."""
    safe = state == "safe"
    reach = 0.85 if safe else 1.7
    high = 3.0
    foot, top = np.array([reach, 0.0, 0.0]), np.array([0.06, 0.0 if safe else 0.5, high])
    ladder = []
    for j in (-0.22, 0.22):
        lift = 0.34 if (not safe and j > 0) else 0.0
        shift = np.array([0.0, j, 0.0])
        ladder.append(tube(foot + shift + np.array([0.0, 0.0, lift]), top + shift, 0.032, 6))
    for share in ticks(0.08, 0.94, 10):
        if not safe and round(share * 100) in (36, 46):
            continue
        a, b = (
            foot + share * (top - foot) + (0, -0.22, 0),
            foot + share * (top - foot) + (0, 0.22, 0.34 * (1 - share) * (not safe)),
        )
        ladder.append(tube(a, b, 0.022, 6))
    if safe:
        feet = [box((0.12, 1.3, 0.1), (reach, 0, 0))]
        straps = [tube((0.04, y, high - 0.25), (0.16, 0.0, high - 0.25), 0.03, 5) for y in (-0.6, 0.6)]
        return [
            body("ladder", ladder, paint(0.82, 0.83, 0.85, 0.4)),
            body("brace", feet, YELLOW, label="ladder foot"),
            skin("straps", straps, YELLOW, label="strap"),
            cones([(1.45, -0.7), (1.45, 0.0), (1.45, 0.7)]),
        ]
    pail = move(bucket(0, 0), 0.35, 0.42, 2.55)
    return [
        body("ladder", ladder, wood(rng, (0.60, 0.44, 0.26))),
        body("crate", crates(rng, [(reach, 0.24, 0.0)], 0.36), wood(rng, (0.66, 0.50, 0.30)), label="crate"),
        body("bucket", pail, RED, label="bucket"),
        skin("drips", lay(blob(rng, 0.6, 0.7)), RED, label="paint", semantic="Floor"),
        body(
            "tools",
            [tube((1.1, -0.6, 0.03), (1.4, -0.75, 0.03), 0.02, 5), move(box((0.08, 0.16, 0.08)), 1.4, -0.75)],
            STEEL,
            label="hammer",
        ),
    ]


def build_robot_arm(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a robot arm at work, reaching over the way, its lamp red; safe: folded, in a cage, its lamp green."""
    moving = state == "unsafe"
    base = [lathe([(0.42, 0.0), (0.42, 0.12), (0.3, 0.16), (0.26, 0.55), (0.0, 0.55)], 18)]
    joints = (
        [(0.0, 0.0, 0.6), (0.35, -0.25, 1.55), (1.35, -0.6, 1.75), (1.65, -0.7, 1.25)]
        if moving
        else [(0.0, 0.0, 0.6), (-0.25, 0.0, 1.3), (0.15, 0.0, 1.2), (0.2, 0.0, 0.9)]
    )
    links = [tube(p, q, r, 10) for p, q, r in zip(joints[:-1], joints[1:], (0.15, 0.12, 0.09), strict=True)]
    knees = [move(ball((r, r, r), level=2), *p) for p, r in zip(joints, (0.24, 0.2, 0.16, 0.12), strict=True)]
    x, y, z = joints[-1]
    grip = [tube((x, y + s * 0.03, z), (x + 0.06, y + s * 0.16, z - 0.22), 0.03, 6) for s in (-1, 1)]
    grip += [tube((x + 0.06, y + s * 0.16, z - 0.22), (x + 0.08, y + s * 0.05, z - 0.42), 0.028, 6) for s in (-1, 1)]
    lamp = move(lathe([(0.09, 0.0), (0.09, 0.3), (0.0, 0.34)], 12), -0.5, 0.75, 1.5)
    post = move(cylinder(0.04, 1.5, 8), -0.5, 0.75)
    out = [
        body("base", [*base, post], IRON),
        body("links", links, ORANGE),
        body("joints", knees, paint(0.25, 0.26, 0.28, 0.3) if moving else paint(0.25, 0.26, 0.28, 0.31)),
        body("gripper", grip, STEEL),
        skin("lamp", lamp, shine(1.0, 0.1, 0.06) if moving else shine(0.15, 0.95, 0.3), label="signal lamp"),
    ]
    if moving:
        return [
            *out,
            skin("zone", lay(rectangle(-0.6, -1.2, 1.9, 1.0)), WARNING, label="floor marking", semantic="Floor"),
            *board("sign", "AUTO MODE", ALARM, at=(-0.5, 0.77), size=(0.8, 0.45), low=1.0, post=False),
        ]
    cage = [(0.95, -1.15), (0.95, 1.15), (-0.75, 1.15), (-0.75, -1.15), (0.95, -1.15)]
    return [
        *out,
        body("cage", fence(cage, 1.6, bars=0.2), YELLOW, label="cage", semantic="RoadBlock"),
        *board("sign", "STOPPED", CLEAR, at=(0.98, 0.0), size=(0.9, 0.4), low=0.3, post=False),
    ]
