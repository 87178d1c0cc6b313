"""Tools, vehicles and machines."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
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
    turn,
    wood,
)  # fmt: skip
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CLEAR,
    IRON,
    ORANGE,
    RED,
    RUBBER,
    STEEL,
    WARNING,
    WHITE,
    YELLOW,
    barrier,
    board,
    bucket,
    cones,
    crates,
    fence,
    hatch,
    standee,
)  # fmt: skip
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.surface import asphalt
from scenes.procedural.vehicle import MODELS, Garage
from scenes.scene import Material


def build_table_saw(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a saw with its blade bare, timber half cut; safe: hood over the blade, locked, behind a hurdle."""
    bench = [box((0.8, 1.2, 0.08), (0, 0, 0.82), bottom=True), box((0.6, 0.9, 0.82))]
    out = [body("bench", bench[0], STEEL), body("cabinet", bench[1], paint(0.20, 0.38, 0.32))]
    if state == "safe":
        hood = [box((0.75, 0.16, 0.42), (0, 0, 0.9), bottom=True), tube((-0.38, 0, 0.8), (-0.38, 0, 1.3), 0.03, 6)]
        lock = [box((0.1, 0.3, 0.36), (0.31, 0.15, 0.35), bottom=True)]
        return [
            *out,
            body("guard", hood, YELLOW, label="blade guard"),
            body("lock", lock, RED, label="lock"),
            *barrier(0.95, 0.0),
            *board("sign", "LOCKED OFF", CLEAR, at=(-0.3, 0.95), size=(0.7, 0.5), low=1.0),
        ]
    teeth = np.linspace(0, 2 * np.pi, 41)
    outline = [
        (0.42 * (1.0 if k % 2 else 0.9) * np.cos(a), 0.42 * (1.0 if k % 2 else 0.9) * np.sin(a))
        for k, a in enumerate(teeth[:-1])
    ]
    from shapely.geometry import Polygon

    from scenes.procedural.geometry import prism

    blade = move(turn(prism(Polygon(outline), -0.006, 0.006, floor=True), roll=np.pi / 2), 0, 0, 0.92)
    timber = [
        box((0.9, 0.2, 0.06), (0.35, 0.14, 0.9), bottom=True),
        box((0.9, 0.17, 0.06), (0.35, -0.13, 0.9), bottom=True),
    ]
    dust = np.column_stack([rng.normal(0.1, 0.5, 240), rng.normal(0.0, 0.5, 240), np.full(240, 0.03)])
    chips = np.column_stack([rng.normal(0.35, 0.22, 160), rng.normal(0, 0.06, 160), 0.95 + rng.exponential(0.18, 160)])
    return [
        *out,
        body("blade", blade, paint(0.86, 0.88, 0.90, 0.8), label="saw blade"),
        body("timber", timber, wood(rng, (0.80, 0.62, 0.38)), label="timber"),
        skin("sawdust", [flakes(rng, dust, 0.05), flakes(rng, chips, 0.03)], paint(0.86, 0.70, 0.44), label="sawdust"),
        skin("switch", box((0.04, 0.12, 0.12), (0.31, 0.3, 0.6), bottom=True), shine(0.2, 1.0, 0.3)),
        body("cable", tube((-0.3, 0.4, 0.02), (-0.3, 1.1, 0.02), 0.02, 5), BLACK),
    ]


def build_unsecured_ladder(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a ladder against a wall (x = 0), too flat, a foot on a crate, a bucket on top; safe: steep, braced, tied."""
    safe = state == "safe"
    reach = 0.85 if safe else 1.7
    high = 3.0
    foot, top = np.array([reach, 0.0, 0.0]), np.array([0.06, 0.0 if safe else 0.5, high])
    ladder = []
    for j in (-0.22, 0.22):
        lift = 0.34 if (not safe and j > 0) else 0.0
        ladder.append(tube(foot + (0, j, lift), top + (0, j, 0), 0.032, 6))
    for share in np.linspace(0.08, 0.94, 10):
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


@lru_cache(maxsize=1)
def _garage() -> Garage:
    return Garage(np.random.default_rng(5))


def _vehicle(rng: np.random.Generator, model: str, x: float, y: float, yaw: float) -> list[Piece]:
    """Return a car or van at (x, y)."""
    kind = next(m for m in MODELS if m.name == model)
    parts = _garage().build(rng, kind)
    return [
        Piece(
            name=f"{model} {k + 1}",
            mesh=move(p.mesh, x, y, DECK, yaw),
            material=p.material,
            label=model,
            semantic="Car",
            solid=p.solid,
        )
        for k, p in enumerate(parts)
    ]


DECK = 0.01  # m, of the asphalt that vehicles stand on


def build_car_lane(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a lane with a car coming, its lights on; safe: the lane shut at its end, no car, a marked crossing."""
    tar = Material(texture=asphalt(rng, size=256))
    lane = skin("lane", lay(rectangle(-1.5, -3.4, 1.5, 3.4), tile=6.0), tar, label="lane", semantic="Road")
    if state == "safe":
        stripes = [lay(rectangle(-1.5 + 0.0, y, 1.5, y + 0.4), 1) for y in np.arange(-1.2, 1.2, 0.8)]
        return [
            lane,
            skin("crossing", stripes, WHITE, label="crossing", semantic="CrossWalk"),
            *barrier(-0.7, 2.2, np.pi / 2, 1.4), *barrier(0.75, 2.2, np.pi / 2, 1.4),
            *barrier(-0.7, -2.2, np.pi / 2, 1.4), *barrier(0.75, -2.2, np.pi / 2, 1.4),
            *standee("sign", "ROAD CLOSED", CLEAR, at=(1.2, 1.7)),
        ]  # fmt: skip
    lines = [lay(rectangle(s * 1.35 - 0.06, -3.4, s * 1.35 + 0.06, 3.4), 1) for s in (-1, 1)]
    car = _vehicle(rng, "hatchback", 0.0, -0.9, np.pi / 2)
    lamps = [move(ball((0.14, 0.06, 0.09), level=1), s * 0.62, 1.05, 0.68 + DECK) for s in (-1, 1)]
    trail = [lay(rectangle(s * 0.65 - 0.09, -3.35, s * 0.65 + 0.09, -2.8), 2) for s in (-1, 1)]
    return [
        lane,
        skin("lines", lines, WHITE, label="lane marking", semantic="RoadMarking"),
        *car,
        skin("headlights", lamps, shine(1.0, 0.98, 0.80), label="headlight", semantic="Car"),
        skin("skid marks", trail, BLACK, label="skid mark", semantic="RoadMarking"),
    ]


def build_reversing_van(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a van backing out towards the viewer, its lights on; safe: chocked, dark, behind barriers."""
    rng_paint = np.random.default_rng(11)
    van = _vehicle(rng_paint, "van", -0.6, 0.0, np.pi)
    van = [replace(p, label="van") for p in van]
    rear = -0.6 + 2.45
    if state == "safe":
        chocks = [box((0.28, 0.22, 0.2), (0.85 + 0.42, y, 0)) for y in (-0.82, 0.82)]
        return [
            *van,
            body("chocks", chocks, YELLOW, label="wheel chock"),
            *barrier(rear + 0.75, -0.85), *barrier(rear + 0.75, 0.85),
            *board("sign", "PARKED", CLEAR, at=(rear + 0.78, 0.0), size=(0.9, 0.4), low=1.1),
        ]  # fmt: skip
    lamps = [box((0.05, 0.16, 0.22), (rear + 0.02, y, 0.75), bottom=True) for y in (-0.82, 0.82)]
    brakes = [box((0.05, 0.16, 0.34), (rear + 0.02, y, 1.0), bottom=True) for y in (-0.82, 0.82)]
    fumes = np.column_stack(
        [rng.normal(rear + 0.4, 0.25, 160), rng.normal(0.55, 0.25, 160), rng.exponential(0.2, 160) + 0.05]
    )
    marks = [lay(rectangle(rear - 0.5, y - 0.1, rear + 0.9, y + 0.1)) for y in (-0.8, 0.8)]
    return [
        *van,
        skin("reversing lamps", lamps, shine(1.0, 1.0, 0.96), label="van", semantic="Car"),
        skin("brake lamps", brakes, shine(1.0, 0.08, 0.05), label="van", semantic="Car"),
        skin("fumes", flakes(rng, fumes, 0.1), paint(0.62, 0.62, 0.63), label="exhaust fumes"),
        skin("tyre marks", marks, BLACK, label="tyre mark", semantic="Floor"),
    ]


def build_forklift(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a forklift with a load tilted high up, its beacon on; safe: forks down, empty, coned off."""
    high = state == "unsafe"
    hull = [box((1.0, 1.0, 0.5), (-0.55, 0, 0.25), bottom=True), box((0.4, 1.0, 0.35), (-0.9, 0, 0.75), bottom=True)]
    cage = [tube((x, y, 0.7), (0.85 * x - 0.05, y, 2.05), 0.035, 6) for x in (-1.0, 0.0) for y in (-0.45, 0.45)]
    roof = box((1.0, 1.0, 0.06), (-0.5, 0, 2.05), bottom=True)
    wheels = [
        move(turn(cylinder(0.28, 0.2, 16), roll=np.pi / 2), x, y + 0.1, 0.28)
        for x in (-0.95, -0.15)
        for y in (-0.48, 0.48)
    ]
    mast = [box((0.1, 0.1, 2.4), (0.12, y, 0.1), bottom=True) for y in (-0.35, 0.35)] + [
        box((0.08, 0.7, 0.1), (0.12, 0, 2.4), bottom=True)
    ]
    lift = 1.55 if high else 0.06
    forks = [box((1.0, 0.12, 0.05), (0.65, y, lift), bottom=True) for y in (-0.28, 0.28)] + [
        box((0.05, 0.8, 0.5), (0.19, 0, lift), bottom=True)
    ]
    seat = [box((0.4, 0.5, 0.12), (-0.6, 0, 0.78), bottom=True), box((0.1, 0.5, 0.5), (-0.8, 0, 0.85), bottom=True)]
    out = [
        body("hull", hull, YELLOW, semantic="Carts"),
        body("mast", [*mast, *forks], IRON, semantic="Carts"),
        body("cage", [*cage, roof, *seat], BLACK, semantic="Carts"),
        body("wheels", wheels, RUBBER, semantic="Carts"),
    ]
    beacon = move(lathe([(0.08, 0.0), (0.08, 0.14), (0.0, 0.18)], 10), -0.5, 0.3, 2.11)
    if not high:
        return [*out, body("beacon", beacon, paint(0.35, 0.22, 0.10), semantic="Carts"), cones([(1.5, -0.8), (1.5, 0.0), (1.5, 0.8)]),
                *board("sign", "KEY REMOVED", CLEAR, at=(-0.1, 0.9), size=(0.7, 0.5), low=0.9)]  # fmt: skip
    pallet = crates(rng, [(0.7, y, z) for z in (1.68, 2.1, 2.52) for y in (-0.25, 0.25)], 0.46)
    load = [turn(m, roll=0.22, pitch=0.1, about=(0.7, 0.0, 1.6)) for m in pallet]
    lost = [turn(crates(rng, [(1.4, 0.75, 0.08)], 0.44)[0], roll=0.5, about=(1.4, 0.75, 0.2))]
    return [
        *out,
        body("load", [*load, *lost], wood(rng, (0.66, 0.50, 0.30)), label="crate"),
        skin("beacon", beacon, shine(1.0, 0.62, 0.05), semantic="Carts"),
        hatch(0.1, -1.0, 2.0, 1.0),
    ]


def build_robot_arm(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a robot arm at work, reaching over the way, its lamp red; safe: folded, in a cage, its lamp green."""
    moving = state == "unsafe"
    base = [lathe([(0.42, 0.0), (0.42, 0.12), (0.3, 0.16), (0.26, 0.55), (0.0, 0.55)], 18)]
    joints = [(0.0, 0.0, 0.6), (0.35, -0.25, 1.55), (1.35, -0.6, 1.75), (1.65, -0.7, 1.25)] if moving else [
        (0.0, 0.0, 0.6), (-0.25, 0.0, 1.3), (0.15, 0.0, 1.2), (0.2, 0.0, 0.9)]  # fmt: skip
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
        return [*out, skin("zone", lay(rectangle(-0.6, -1.2, 1.9, 1.0)), WARNING, label="floor marking", semantic="Floor"),
                *board("sign", "AUTO MODE", ALARM, at=(-0.5, 0.77), size=(0.8, 0.45), low=1.0, post=False)]  # fmt: skip
    cage = [(0.95, -1.15), (0.95, 1.15), (-0.75, 1.15), (-0.75, -1.15), (0.95, -1.15)]
    return [
        *out,
        body("cage", fence(cage, 1.6, bars=0.2), YELLOW, label="cage", semantic="RoadBlock"),
        *board("sign", "STOPPED", CLEAR, at=(0.98, 0.0), size=(0.9, 0.4), low=0.3, post=False),
    ]
