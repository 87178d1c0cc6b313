"""What one slips on or trips over."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Polygon

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    blob,
    body,
    grain,
    hose,
    lay,
    paint,
    skin,
    steps,
    turn,
    wander,
    water,
    wood,
)
from scenes.hazards.props import (
    BLACK,
    BLUE,
    CLEAR,
    GREEN,
    ORANGE,
    WARNING,
    WHITE,
    bucket,
    cones,
    drum,
    standee,
)
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, prism, tube
from scenes.procedural.surface import noise, to_bytes
from scenes.scene import Material, Mesh


def build_wet_floor(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a large puddle from a bucket knocked over; safe: dry, the bucket upright with its mop, a sign put up."""
    pool = blob(rng, 2.6, 3.4, rough=0.2)
    mop = [tube((0, 0, 0.2), (0.35, 0.1, 1.45), 0.018, 6), move(ball((0.1, 0.14, 0.1), rng, 0.2), 0, 0, 0.22)]
    if state == "safe":
        return [
            body("bucket", move(bucket(0, 0, 0.4), -0.6, 0.9), BLUE, label="bucket"),
            body("mop", [move(m, -0.6, 0.9, 0.1) for m in mop], WHITE, label="mop"),
            *standee("sign", "FLOOR DRY", CLEAR, at=(0.3, 0.0)),
        ]
    tipped = move(turn(bucket(0, 0, 0.4), pitch=1.4, yaw=-0.8), -0.45, 0.75, 0.17)
    return [
        skin("water", lay(pool, tile=1.6), water(rng, (0.36, 0.47, 0.56)), label="puddle", semantic="Floor"),
        body("bucket", tipped, BLUE, label="bucket"),
        body("mop", [move(turn(m, pitch=1.2, yaw=0.9), -0.6, -0.4, 0.05) for m in mop], WHITE, label="mop"),
    ]


def build_oil_spill(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return black oil that runs from a fallen drum; safe: drum upright and shut, sand over where it was."""
    pool = blob(rng, 2.2, 3.2, rough=0.24)
    if state == "safe":
        sand = blob(rng, 2.0, 2.8, rough=0.2)
        return [
            skin("sand", lay(sand), grain(rng, (0.80, 0.70, 0.50), rough=0.2), label="sand", semantic="Floor"),
            body(
                "drum",
                [move(drum(), -0.6, 0.9), move(cylinder(0.06, 0.04, 8), -0.7, 0.9, 0.87)],
                GREEN,
                label="oil drum",
            ),
            body(
                "broom",
                [tube((-0.5, -0.9, 0.1), (-0.8, -0.9, 1.4), 0.02, 6), box((0.14, 0.5, 0.16), (-0.5, -0.9, 0.02))],
                wood(rng),
                label="broom",
            ),
            *standee("sign", "SANDED", CLEAR, at=(0.2, 0.1)),
        ]
    y, x = np.mgrid[0:128, 0:128] / 128
    bands = np.sin(9.0 * (x + y) + 1.4 * noise(rng, 128, 14.0))
    rainbow = (
        0.06
        + 0.10
        * np.clip(np.stack([np.sin(6 * bands), np.sin(6 * bands + 2.1), np.sin(6 * bands + 4.2)], axis=2), 0, 1)
        * np.clip(noise(rng, 128, 20.0), 0, 1)[..., None]
    )
    fallen = move(turn(drum(), pitch=np.pi / 2, yaw=0.5), -1.2, 0.55, 0.3)
    return [
        skin("oil", lay(pool, tile=1.7), Material(texture=to_bytes(rainbow), specular=0.2), semantic="Floor"),
        body("drum", fallen, GREEN, label="oil drum"),
    ]


def build_trailing_cable(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return cables in loops over the way to a reel; safe: under a cover across the way."""
    reel = [
        lathe(
            [(0.0, 0.0), (0.3, 0.0), (0.3, 0.03), (0.12, 0.03), (0.12, 0.3), (0.3, 0.3), (0.3, 0.33), (0.0, 0.33)], 18
        )
    ]
    spool = move(turn(reel[0], roll=np.pi / 2), -0.5, 1.6, 0.31)
    out = [body("reel", spool, ORANGE, label="cable reel")]
    if state == "safe":
        ramps = [_ramp(y) for y in steps(-1.6, 1.2, 0.7)]
        return [*out, body("cover", ramps, WARNING, label="cable cover"), cones([(0.7, -1.6), (0.7, 1.2)])]
    ropes = []
    for k in range(5):
        path = wander(rng, (-0.4, 1.4), (0.5 - 0.25 * k, -1.7), 0.55 + 0.14 * k, 0.05)
        path[:, 2] += 0.16 * np.clip(np.sin(np.linspace(0, 5 * np.pi, 25) + k), 0, 1)
        ropes.append(hose(path, 0.032))
    return [
        *out,
        skin("cables", ropes, paint(0.88, 0.36, 0.05)),
        skin("plug", move(box((0.12, 0.22, 0.14)), 0.4, -1.75), BLACK),
    ]


def _ramp(y: float) -> Mesh:
    """Return one length of a cover over a cable along y."""
    cross = Polygon([(-0.3, 0.0), (0.3, 0.0), (0.12, 0.08), (-0.12, 0.08)])
    return move(turn(prism(cross, -0.34, 0.34, tile=0.6, floor=True), roll=np.pi / 2), 0.0, y + 0.35)
