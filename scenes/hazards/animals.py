"""A dog and a wasps' nest."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point

from scenes.hazards.piece import (
    Piece,
    State,
    Values,
    body,
    flakes,
    grain,
    hose,
    lay,
    paint,
    skin,
    turn,
    wood,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CLEAR,
    IRON,
    RED,
    WARNING,
    WHITE,
    board,
    standee,
)
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, tube
from scenes.procedural.texture import stripes
from scenes.scene import Material, Mesh


def _dog(rng: np.random.Generator, *, sitting: bool) -> tuple[Mesh, Mesh, Mesh]:
    """Return coat, face (nose and eyes) and teeth of a large dog that faces x."""
    if sitting:
        trunk = [
            move(turn(ball((0.36, 0.17, 0.2), level=2), pitch=-0.85), -0.02, 0, 0.42),
            move(ball((0.24, 0.2, 0.2), level=2), -0.24, 0, 0.2),
        ]
        legs = [tube((0.17, y, 0.5), (0.22, y, 0.04), 0.055, 7) for y in (-0.1, 0.1)]
        legs += [tube((-0.2, y, 0.14), (0.08, y, 0.05), 0.06, 7) for y in (-0.18, 0.18)]
        tail = [tube((-0.42, 0, 0.1), (-0.72, 0.12, 0.06), 0.035, 6)]
        neck, head = ((0.16, 0, 0.62), (0.25, 0, 0.83)), (0.28, 0.0, 0.9)
    else:
        trunk = [
            move(ball((0.44, 0.19, 0.2), level=2), 0, 0, 0.56),
            move(ball((0.24, 0.2, 0.23), level=2), 0.26, 0, 0.57),
        ]
        legs = [
            tube((x, y, 0.5), (x + (0.05 if x > 0 else -0.06), y, 0.03), 0.058, 7)
            for x in (-0.32, 0.32)
            for y in (-0.12, 0.12)
        ]
        tail = [tube((-0.42, 0, 0.64), (-0.72, 0, 0.86), 0.035, 6)]
        neck, head = ((0.34, 0, 0.62), (0.55, 0, 0.78)), (0.62, 0.0, 0.82)
    paws = [move(ball((0.09, 0.06, 0.04)), leg.vertices[-1, 0] + 0.03, leg.vertices[:, 1].mean(), 0.03) for leg in legs]
    x, y, z = head
    skull = [
        tube(*neck, 0.115, 9),
        move(ball((0.17, 0.14, 0.14), level=2), x, y, z),
        move(ball((0.16, 0.075, 0.065), level=2), x + 0.2, y, z - 0.01),
        move(
            turn(ball((0.14, 0.06, 0.03)), pitch=0.0 if sitting else 0.42), x + 0.18, y, z - (0.06 if sitting else 0.12)
        ),
        *(
            move(turn(lathe([(0.055, 0.0), (0.0, 0.17)], 5), roll=0.25 * -s), x - 0.05, 0.09 * s, z + 0.08)
            for s in (-1.0, 1.0)
        ),
    ]
    face = [
        move(ball((0.035, 0.045, 0.035)), x + 0.35, y, z + 0.015),
        *(move(ball((0.025, 0.025, 0.03)), x + 0.125, 0.075 * s, z + 0.055) for s in (-1, 1)),
    ]
    teeth = [
        move(lathe([(0.016, 0.0), (0.0, -0.06)][::-1], 5), x + 0.17 + 0.04 * k, s * 0.045, z - 0.06)
        for k in range(4)
        for s in (-1, 1)
    ]
    return join([*trunk, *legs, *tail, *paws, *skull]), join(face), join(teeth)


def build_loose_dog(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a large dog that bares its teeth, its leash torn; safe: sitting, muzzled, tied to a post."""
    size = 1.25
    coat, face, teeth = _dog(rng, sitting=state == "safe")
    grown = [_scale(m, size) for m in (coat, face, teeth)]
    fur = grain(rng, (0.30, 0.20, 0.13), rough=0.25)
    if state == "unsafe":
        turned = [turn(m, yaw=0.75) for m in grown]
        leash = hose(
            [(-1.0, -0.9, 0.02), (-0.7, -0.5, 0.02), (-0.8, -0.1, 0.02), (-0.4, 0.15, 0.02), (-0.3, 0.6, 0.02)], 0.02
        )
        tongue = turn(_scale(move(ball((0.11, 0.045, 0.018)), 0.85, 0, 0.72), size), yaw=0.75)
        return [
            body("coat", turned[0], fur, label="dog"),
            skin("face", turned[1], BLACK, label="dog"),
            skin("teeth", turned[2], WHITE, label="dog"),
            skin("tongue", tongue, paint(0.85, 0.25, 0.28), label="dog"),
            skin("leash", leash, RED, label="torn leash"),
            *board("sign", "BEWARE DOG", ALARM, at=(-0.9, 0.9), size=(0.7, 0.5), low=0.7),
        ]
    turned = [turn(m, yaw=0.6) for m in grown]
    strap = [
        turn(
            _scale(
                move(turn(lathe([(0.1, 0.0), (0.1, 0.05), (0.08, 0.05)], 10), pitch=np.pi / 2), 0.28 + d, 0, 0.89), size
            ),
            yaw=0.6,
        )
        for d in (0.12, 0.2)
    ]
    cage = [turn(_scale(move(ball((0.19, 0.1, 0.09), level=1), 0.5, 0, 0.88), size), yaw=0.6)]
    collar = turn(_scale(move(lathe([(0.14, 0.0), (0.14, 0.07), (0.1, 0.07)], 12), 0.2, 0, 0.66), size), yaw=0.6)
    post = [move(cylinder(0.06, 1.15, 10), -0.25, -0.95), move(ball((0.09, 0.09, 0.09)), -0.25, -0.95, 1.18)]
    return [
        body("coat", turned[0], fur, label="dog"),
        skin("face", turned[1], BLACK, label="dog"),
        skin("muzzle", [*strap, *cage], paint(0.15, 0.30, 0.65), label="muzzle"),
        skin("collar", collar, RED, label="collar"),
        skin(
            "leash",
            hose([(0.15, 0.1, 0.85), (0.0, -0.3, 0.62), (-0.15, -0.7, 0.75), (-0.25, -0.95, 1.0)], 0.022),
            RED,
            label="leash",
        ),
        body("post", post, IRON, label="post"),
    ]


def _scale(mesh: Mesh, size: float) -> Mesh:
    return type(mesh)(vertices=mesh.vertices * np.float32(size), faces=mesh.faces, normals=mesh.normals, uv=mesh.uv)


def build_wasp_nest(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a nest that hangs over the way with wasps about it; safe: gone, a sealed box, the branch bare."""
    trunk = [
        lathe([(0.24, 0.0), (0.17, 0.3), (0.13, 2.2), (0.05, 2.9)], 9),
        tube((0, 0, 2.1), (0.75, 0.35, 2.4), 0.06, 6),
        tube((0, 0, 2.4), (-0.6, -0.4, 2.9), 0.05, 6),
    ]
    twigs = [tube((0.3, 0.15, 2.25), (0.55, -0.3, 2.65), 0.025, 5), tube((0.6, 0.28, 2.34), (1.0, 0.75, 2.6), 0.022, 5)]
    bark = wood(rng, (0.36, 0.27, 0.20))
    tips = np.array([(0.6, -0.3, 2.7), (1.0, 0.75, 2.6), (-0.6, -0.4, 2.9), (0.0, 0.0, 2.95), (0.75, 0.35, 2.45)])
    leaves = (tips[:, None] + rng.normal(0, 0.22, (5, 60, 3))).reshape(-1, 3)
    out = [
        body("tree", [*trunk, *twigs], bark, label="tree", semantic="Vegetation"),
        skin("leaves", flakes(rng, leaves, 0.13), paint(0.28, 0.44, 0.18), label="tree", semantic="Vegetation"),
        skin("soil", lay(Point(0, 0).buffer(0.7)), grain(rng, (0.33, 0.25, 0.18)), label="soil", semantic="Floor"),
    ]
    if state == "safe":
        return [
            *out,
            body("box", [box((0.5, 0.5, 0.5), (0.6, 0.3, 0))], paint(0.42, 0.36, 0.29), label="sealed box"),
            skin(
                "tape",
                [box((0.51, 0.08, 0.51), (0.6, 0.3, 0)), box((0.08, 0.51, 0.51), (0.6, 0.3, 0.001))],
                WARNING,
                label="sealed box",
            ),
            *standee("sign", "NEST GONE", CLEAR, at=(0.75, -0.55)),
        ]
    paper = stripes((0.74, 0.68, 0.56), (0.50, 0.44, 0.35), count=1, width=8, height=8)
    rows = np.repeat(np.repeat(paper[:1, ::4], 1, axis=0), 1, axis=0)
    texture = np.tile(np.transpose(rows, (1, 0, 2)), (8, 1, 1)).repeat(4, axis=0).repeat(8, axis=1)
    nest = lathe([(0.0, -0.36), (0.08, -0.36), (0.22, -0.24), (0.31, 0.0), (0.27, 0.22), (0.12, 0.36), (0.0, 0.42)], 16)
    swarm = rng.standard_normal((150, 3)) * (0.45, 0.45, 0.4) + (0.62, 0.25, 1.75)
    return [
        *out,
        body("nest", move(nest, 0.62, 0.3, 1.85), Material(texture=np.ascontiguousarray(texture))),
        skin("hole", move(turn(lathe([(0.07, 0.0), (0.0, 0.01)], 10), pitch=np.pi / 2), 0.93, 0.3, 1.8), BLACK),
        skin("wasps", flakes(rng, swarm[::2], 0.045), paint(0.96, 0.76, 0.05), label="wasps"),
        skin("dark wasps", flakes(rng, swarm[1::2], 0.045), BLACK, label="wasps"),
        *board("sign", "WASPS", ALARM, at=(0.3, -0.85), size=(0.7, 0.4), low=0.8),
    ]
