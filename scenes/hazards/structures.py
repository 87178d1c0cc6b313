"""What can collapse: stages, scaffolds, shelves, bridges."""

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
    lay,
    number,
    paint,
    skin,
    steps,
    turn,
    water,
    wood,
)
from scenes.hazards.props import (
    ALARM,
    BLACK,
    CLEAR,
    IRON,
    STEEL,
    YELLOW,
    board,
    crates,
    fence,
    net,
    railing,
)
from scenes.procedural.geometry import box, cylinder, join, lathe, make_mesh, move, tube
from scenes.procedural.texture import stripes
from scenes.scene import Material, Mesh


def _sag(mesh: Mesh, depth: float, half: float) -> Mesh:
    """Return a mesh bent down in the middle along y."""
    vertices = mesh.vertices.astype(np.float64)
    vertices[:, 2] -= depth * np.clip(1.0 - (vertices[:, 1] / half) ** 2, 0.0, 1.0)
    return make_mesh(vertices, mesh.faces, mesh.normals, mesh.uv)


def build_overloaded_stage(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a stage that bends under towers of boxes, a leg broken; safe: straight, propped, nearly empty."""
    heavy = state == "unsafe"
    deck = [box((1.6, 0.2, 0.09), (0, y, 0.7), bottom=True) for y in steps(-1.4, 1.41, 0.2)]
    legs = [(i * 0.7, j * 1.35) for i in (-1, 1) for j in (-1, 0, 1)]
    limit = number(values, "load_limit", 500.0)
    sign = board("sign", f"MAX {limit:.0f} KG", ALARM if heavy else CLEAR, at=(0.85, 1.95), size=(0.8, 0.5), low=0.9)
    if not heavy:
        posts = [box((0.14, 0.14, 0.7), (x, y, 0)) for x, y in legs]
        braces = [tube((x, y, 0.05), (x, y + 0.65, 0.68), 0.03, 6) for x, y in legs if y < 1.0]
        stand = [
            cylinder(0.03, 1.4, 8),
            cylinder(0.16, 0.03, 12),
            move(lathe([(0.05, 0.0), (0.09, 0.14), (0.0, 0.2)], 8), 0, 0, 1.38),
        ]
        return [
            body("deck", deck, wood(rng)),
            body("legs", [*posts, *braces], STEEL),
            body("rail", railing([(-0.75, -1.45, 0.79), (-0.75, 1.45, 0.79)], 0.9), STEEL, label="railing"),
            body("microphone", [move(m, 0.1, 0, 0.79) for m in stand], BLACK, label="microphone"),
            *sign,
        ]
    posts = [box((0.06, 0.06, 0.7), (x, y, 0)) for x, y in legs if y != 0]
    broken = [tube((0.7, 0.0, 0.0), (0.78, 0.12, 0.3), 0.035, 6), tube((0.66, 0.2, 0.02), (0.3, 0.5, 0.03), 0.035, 6)]
    splinters = np.column_stack([rng.normal(0.85, 0.2, 60), rng.normal(0, 0.35, 60), rng.uniform(0.02, 0.3, 60)])
    stacks = crates(
        rng,
        [
            (x, y, 0.45 + 0.44 * k + 0.25 * abs(y))
            for k in range(3)
            for x in (-0.4, 0.3)
            for y in (-0.75, -0.25, 0.3, 0.8)
        ],
        0.46,
    )
    speakers = [move(turn(box((0.5, 0.55, 1.3)), roll=-0.12 * s), 0.0, 1.2 * s, 0.72) for s in (-1.0, 1.0)]
    return [
        body("deck", _sag(join(deck), 0.34, 1.5), wood(rng, (0.45, 0.31, 0.19))),
        body("legs", [*posts, *broken], grain(rng, (0.45, 0.25, 0.14), rough=0.2)),
        body("load", stacks, wood(rng, (0.66, 0.50, 0.30)), label="crate"),
        body("speakers", speakers, BLACK, label="loudspeaker"),
        skin("splinters", flakes(rng, splinters, 0.07), paint(0.75, 0.58, 0.36)),
        *sign,
    ]


def _frame(heights: tuple[float, ...], ys: tuple[float, ...]) -> list[Mesh]:
    """Return the standards and ledgers of a scaffold 0.8 m deep."""
    top = heights[-1] + 0.8
    parts = [tube((x, y, 0.0), (x, y, top), 0.03, 6) for x in (-0.4, 0.4) for y in ys]
    for z in (*heights, *(h + 0.8 for h in heights)):
        parts += [tube((x, ys[0], z), (x, ys[-1], z), 0.024, 5) for x in (-0.4, 0.4)]
        parts += [tube((-0.4, y, z), (0.4, y, z), 0.024, 5) for y in ys]
    return parts


def build_leaning_scaffold(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a scaffold that leans, without braces, bricks at its edge; safe: upright, braced, netted, closed off."""
    lean = np.radians(number(values, "tilt", 11.0)) if state == "unsafe" else 0.0
    ys, heights = (-1.5, 0.0, 1.5), (1.25, 2.5)
    frame = _frame(heights, ys)
    boards = [box((0.24, 3.1, 0.04), (x, 0, z), bottom=True) for z in heights for x in (-0.27, 0.0, 0.27)]
    if state == "safe":
        braces = [tube((0.42, ys[k], z), (0.42, ys[k + 1], z + 1.2), 0.024, 5) for k in (0, 1) for z in (0.05, 1.3)]
        feet = [move(box((0.22, 0.22, 0.05)), x, y) for x in (-0.4, 0.4) for y in ys]
        mesh = stripes((0.10, 0.50, 0.26), (0.16, 0.62, 0.34), count=16, width=64, height=64)
        return [
            body("frame", [*frame, *braces], STEEL),
            body("feet", feet, YELLOW),
            body("boards", boards, wood(rng)),
            skin("netting", [net(3.0, 1.3, 3.3, (0.46, 0.0))], Material(texture=mesh), label="safety net"),
            body("fence", fence([(1.2, -1.7), (1.2, 1.7)], 1.0), STEEL, label="fence", semantic="RoadBlock"),
            *board("sign", "SAFE CHECKED", CLEAR, at=(1.22, 0.0), size=(0.9, 0.5), low=0.45, post=False),
        ]
    tilted = [turn(m, roll=lean, about=(0, -1.5, 0)) for m in frame]
    planks = [turn(m, roll=lean, about=(0, -1.5, 0)) for m in boards[:-1]]
    hanging = turn(boards[-1], roll=lean - 0.5, about=(0, -1.5, 2.5))
    bricks = [
        move(box((0.11, 0.22, 0.08)), rng.uniform(-0.35, 0.38), rng.uniform(-1.3, 1.2), 2.55 + 0.08 * (k % 3))
        for k in range(30)
    ]
    fallen = [
        move(box((0.11, 0.22, 0.08)), rng.uniform(0.5, 1.4), rng.uniform(-1.6, 1.4), 0, rng.uniform(0, 3))
        for _ in range(14)
    ]
    return [
        body("frame", tilted, grain(rng, (0.50, 0.34, 0.24), rough=0.2, specular=0.15)),
        body("boards", [*planks, hanging], wood(rng, (0.47, 0.36, 0.25))),
        body(
            "bricks",
            [*(turn(m, roll=lean, about=(0, -1.5, 0)) for m in bricks), *fallen],
            grain(rng, (0.66, 0.27, 0.19)),
            label="bricks",
        ),
    ]


def build_tall_shelf(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a shelf tipping forward, heavy boxes on top; safe: upright and strapped, half empty, heavy things low."""
    high, wide, deep = number(values, "height", 2.3), 1.5, 0.45  # m
    levels = [0.08, *(high * np.array([0.25, 0.5, 0.75])), high - 0.05]
    frame = [box((0.05, 0.05, high), (x, y, 0)) for x in (-deep / 2, deep / 2) for y in (-wide / 2, wide / 2)]
    frame += [box((deep + 0.05, wide + 0.05, 0.035), (0, 0, z), bottom=True) for z in levels]
    steel = paint(0.27, 0.36, 0.50, 0.2)
    if state == "safe":
        low = crates(rng, [(0.0, y, z + 0.04) for z in levels[:2] for y in (-0.48, 0.0, 0.48)], 0.40)
        wall = [box((0.1, 0.1, high + 0.4), (-0.4, y, 0)) for y in (-0.8, 0.8)]
        straps = [box((0.06, wide + 0.3, 0.09), (0.24, 0, z), bottom=True) for z in (0.42 * high, 0.9 * high)]
        ties = [tube((0.26, y, z), (-0.38, y, z), 0.03, 4) for y in (-0.85, 0.85) for z in (0.44 * high, 0.92 * high)]
        return [
            body("frame", frame, steel, semantic="Furniture"),
            body("posts", wall, IRON, label="post"),
            body("boxes", low, wood(rng, (0.66, 0.50, 0.30)), label="box"),
            skin("straps", [*straps, *ties], YELLOW, label="strap"),
        ]
    lean = np.radians(number(values, "tilt", 9.0))
    about = (deep / 2, 0.0, 0.0)
    top = crates(
        rng,
        [
            (x, y, z + 0.04)
            for z, xs in ((levels[2], (0.0,)), (levels[3], (0.05,)), (high, (0.0, 0.12)), (high + 0.42, (0.1,)))
            for x in xs[-1:]
            for y in (-0.52, 0.0, 0.5)
        ],
        0.46,
    )
    fallen = [move(turn(crates(rng, [(0, 0, 0)], 0.45)[0], roll=0.6, about=(0, 0.2, 0)), 0.95, -0.5, 0.1)]
    return [
        body("frame", [turn(m, pitch=lean, about=about) for m in frame], steel, semantic="Furniture"),
        body(
            "boxes",
            [*(turn(m, pitch=lean, about=about) for m in top), *fallen],
            wood(rng, (0.66, 0.50, 0.30)),
            label="box",
        ),
    ]


def build_rotten_footbridge(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a footbridge with rotten and missing planks and half a rail; safe: new planks, both rails."""
    stream = blob(rng, 2.6, 2.0, rough=0.08)
    ys = np.arange(-1.75, 1.76, 0.19)
    rise = 0.42 + 0.12 * (1 - (ys / 1.8) ** 2)
    beams = [
        tube((x, ys[k], rise[k] - 0.05), (x, ys[k + 1], rise[k + 1] - 0.05), 0.055, 6)
        for x in (-0.42, 0.42)
        for k in range(len(ys) - 1)
    ]
    banks = [box((1.4, 0.4, 0.4), (0, s * 1.85, 0), tile=1.0) for s in (-1, 1)]
    stairs = [box((1.1, 0.3, 0.2), (0, s * 2.2, 0), tile=1.0) for s in (-1, 1)]
    out = [
        skin("stream", lay(stream), water(rng, (0.20, 0.36, 0.40)), label="stream", semantic="Floor"),
        body("banks", [*banks, *stairs], grain(rng, (0.52, 0.50, 0.46))),
    ]
    rails = [(i * 0.48, float(y), float(z)) for i in (-1, 1) for y, z in zip(ys[::6], rise[::6], strict=True)]
    half = len(rails) // 2
    if state == "safe":
        planks = [
            box((1.05, 0.17, 0.05), (0, y, z), bottom=True) for y, z in zip(ys.tolist(), rise.tolist(), strict=True)
        ]
        return [
            *out,
            body("beams", beams, IRON),
            body("planks", planks, wood(rng, (0.78, 0.58, 0.34))),
            body(
                "rails",
                [railing(rails[:half], 0.95, 0.035), railing(rails[half:], 0.95, 0.035)],
                wood(rng, (0.74, 0.54, 0.30)),
                label="railing",
            ),
        ]
    gone = {5, 6, 9, 10, 11, 15}
    planks = [
        turn(
            box((1.05, 0.17, 0.05), (0, y, z), bottom=True),
            roll=rng.normal(0, 0.08),
            yaw=rng.normal(0, 0.06),
            about=(0, y, z),
        )
        for k, (y, z) in enumerate(zip(ys.tolist(), rise.tolist(), strict=True))
        if k not in gone
    ]
    stubs = [
        turn(box((0.5, 0.17, 0.05), (-0.27, ys[k], rise[k]), bottom=True), pitch=0.7, about=(-0.5, ys[k], rise[k]))
        for k in (6, 10)
    ]
    rotten = grain(rng, (0.24, 0.23, 0.15), rough=0.3)
    fallen = turn(railing([(0.48, -1.0, 0.5), (0.48, 0.2, 0.5)], 0.9, 0.035), pitch=1.3, about=(0.48, 0, 0.5))
    return [
        *out,
        body("beams", beams, rotten),
        body("planks", [*planks, *stubs], rotten),
        body("rails", [railing(rails[:2], 0.95, 0.035), fallen], rotten, label="broken railing"),
    ]
