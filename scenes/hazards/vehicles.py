"""Cars, a van and a forklift."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from shapely.geometry import box as rectangle

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    flakes,
    lay,
    paint,
    shine,
    skin,
    steps,
    turn,
    wood,
)
from scenes.hazards.props import (
    BLACK,
    CLEAR,
    IRON,
    RUBBER,
    WHITE,
    YELLOW,
    barrier,
    board,
    cones,
    crates,
    hatch,
    standee,
)
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.surface import asphalt
from scenes.procedural.vehicle import MODELS, Garage
from scenes.scene import Material


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
        stripes = [lay(rectangle(-1.5 + 0.0, y, 1.5, y + 0.4), 1) for y in steps(-1.2, 1.2, 0.8)]
        return [
            lane,
            skin("crossing", stripes, WHITE, label="crossing", semantic="CrossWalk"),
            *barrier(-0.7, 2.2, np.pi / 2, 1.4),
            *barrier(0.75, 2.2, np.pi / 2, 1.4),
            *barrier(-0.7, -2.2, np.pi / 2, 1.4),
            *barrier(0.75, -2.2, np.pi / 2, 1.4),
            *standee("sign", "ROAD CLOSED", CLEAR, at=(1.2, 1.7)),
        ]
    lines = [lay(rectangle(s * 1.35 - 0.06, -3.4, s * 1.35 + 0.06, 3.4), 1) for s in (-1, 1)]
    car = _vehicle(rng, "hatchback", 0.0, -0.9, np.pi / 2)
    lamps = [move(ball((0.16, 0.1, 0.11), level=1), s * 0.62, 1.06, 0.68 + DECK) for s in (-1, 1)]
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
            *barrier(rear + 0.75, -0.85),
            *barrier(rear + 0.75, 0.85),
            *board("sign", "PARKED", CLEAR, at=(rear + 0.78, 0.0), size=(0.9, 0.4), low=1.1),
        ]
    lamps = [box((0.12, 0.2, 0.24), (rear + 0.02, y, 0.68), bottom=True) for y in (-0.82, 0.82)]
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
        return [
            *out,
            body("beacon", beacon, paint(0.35, 0.22, 0.10), semantic="Carts"),
            cones([(1.5, -0.8), (1.5, 0.0), (1.5, 0.8)]),
            *board("sign", "KEY REMOVED", CLEAR, at=(-0.1, 0.9), size=(0.7, 0.5), low=0.9),
        ]
    pallet = crates(rng, [(0.7, y, z) for z in (1.68, 2.1, 2.52) for y in (-0.25, 0.25)], 0.46)
    load = [turn(m, roll=0.22, pitch=0.1, about=(0.7, 0.0, 1.6)) for m in pallet]
    lost = [turn(crates(rng, [(1.4, 0.75, 0.08)], 0.44)[0], roll=0.5, about=(1.4, 0.75, 0.2))]
    return [
        *out,
        body("load", [*load, *lost], wood(rng, (0.66, 0.50, 0.30)), label="crate"),
        skin("beacon", beacon, shine(1.0, 0.62, 0.05), semantic="Carts"),
        hatch(0.1, -1.0, 2.0, 1.0),
    ]
