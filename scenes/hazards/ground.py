"""What one slips on, trips over or steps into; ice, storm and glass."""

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
    hose,
    lay,
    paint,
    skin,
    turn,
    two_sided,
    wander,
    water,
    wood,
)  # fmt: skip
from scenes.hazards.props import (
    BLACK,
    BLUE,
    CLEAR,
    GREEN,
    IRON,
    ORANGE,
    RED,
    STEEL,
    WARNING,
    WHITE,
    YELLOW,
    board,
    bucket,
    cones,
    drum,
    fence,
    picture,
    standee,
    table_mesh,
)  # fmt: skip
from scenes.procedural.geometry import ball, box, cylinder, lathe, move, tube
from scenes.procedural.surface import noise, to_bytes
from scenes.scene import Material


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
        skin("oil", lay(pool, tile=1.7), Material(texture=to_bytes(rainbow), specular=0.7), semantic="Floor"),
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
        ramps = [_ramp(y) for y in np.arange(-1.6, 1.2, 0.7)]
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


def _ramp(y: float):  # type: ignore[no-untyped-def]
    from shapely.geometry import Polygon

    from scenes.procedural.geometry import prism

    cross = Polygon([(-0.3, 0.0), (0.3, 0.0), (0.12, 0.08), (-0.12, 0.08)])
    return move(turn(prism(cross, -0.34, 0.34, tile=0.6, floor=True), roll=np.pi / 2), 0.0, y + 0.35)


def build_ice_patch(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a sheet of cracked ice; safe: strewn with grit from the bin beside it."""
    sheet = blob(rng, 2.6, 3.4, rough=0.2)
    grit_bin = [
        box((0.5, 0.9, 0.5), (-1.0, 1.75, 0)),
    ]
    lid = turn(box((0.56, 0.96, 0.07), (-1.0, 1.75, 0.5), bottom=True), pitch=0.0)
    out = [body("grit bin", grit_bin, YELLOW, label="grit bin")]
    if state == "safe":
        salt = np.column_stack([rng.uniform(-1.25, 1.25, 500), rng.uniform(-1.6, 1.6, 500), np.full(500, 0.045)])
        return [
            *out,
            body("lid", turn(lid, roll=0.9, about=(-1.0, 2.2, 0.5)), YELLOW, label="grit bin"),
            skin("grit", lay(sheet), grain(rng, (0.55, 0.46, 0.36), rough=0.35), label="grit", semantic="Floor"),
            skin("stones", flakes(rng, salt, 0.04), paint(0.36, 0.28, 0.20), label="grit"),
            *standee("sign", "GRITTED", CLEAR, at=(0.3, 0.9)),
        ]
    cells = np.abs(noise(rng, 256, 18.0))
    cracks = np.clip(1.0 - cells / 0.05, 0, 1)[..., None]
    base = np.array([0.74, 0.87, 0.96]) * (1.0 + 0.05 * noise(rng, 256, 24.0)[..., None])
    texture = to_bytes(base * (1 - 0.4 * cracks) + 0.5 * cracks)
    rime = np.column_stack([rng.normal(0, 1.0, 160), rng.normal(0, 1.3, 160), np.full(160, 0.05)])
    return [
        *out,
        body("lid", lid, YELLOW, label="grit bin"),
        skin("ice", lay(sheet, tile=2.2), Material(texture=texture, specular=0.9), label="ice", semantic="Floor"),
        skin("snow", [flakes(rng, rime, 0.04), *(move(ball((0.25, 0.35, 0.12), rng, 0.15), x, y, 0.0) for x, y in ((-1.0, -1.3), (-1.1, 0.4), (1.0, -1.6)))],
             paint(0.95, 0.97, 1.0), label="snow"),
    ]  # fmt: skip


def build_storm_tree(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a tree about to fall, split, a limb down; safe: a stump, the wood stacked, the ground fenced."""
    bark = wood(rng, (0.36, 0.27, 0.19))
    cut = paint(0.86, 0.70, 0.46)
    if state == "safe":
        logs = [
            (y, 0.18 + 0.32 * row) for row in range(3) for y in np.arange(-0.6 + 0.18 * row, 0.7 - 0.18 * row, 0.36)
        ]
        pile = [move(turn(cylinder(0.17, 1.3, 12), pitch=np.pi / 2), -0.9, y + 1.1, z) for y, z in logs]
        ends = [move(turn(lathe([(0.172, 0.0), (0.0, 0.0)], 12), pitch=np.pi / 2), 0.405, y + 1.1, z) for y, z in logs]
        return [
            body(
                "stump",
                lathe([(0.48, 0.0), (0.36, 0.15), (0.33, 0.42)], 12),
                bark,
                label="stump",
                semantic="Vegetation",
            ),
            skin("cut", move(lathe([(0.33, 0.0), (0.0, 0.0)], 12), 0, 0, 0.42), cut, label="stump"),
            body("logs", pile, bark, label="logs"),
            skin("log ends", ends, cut, label="logs"),
            *standee("sign", "TREE FELLED", CLEAR, at=(0.7, -0.8)),
        ]
    lean = 0.42
    trunk = [lathe([(0.42, 0.0), (0.3, 0.4), (0.24, 2.2), (0.14, 3.9)], 10)]
    trunk += [tube((0, 0, 2.4), (0.3, 1.3, 3.7), 0.1, 7), tube((0, 0, 2.9), (-0.2, -1.0, 4.1), 0.09, 7)]
    spots = np.array([(0.3, 1.2, 3.8), (-0.2, -0.9, 4.1), (0.0, 0.1, 4.3), (0.1, 0.5, 3.9), (0.2, -0.4, 3.7)])
    crown = [move(ball((0.75, 0.75, 0.6), rng, 0.14, level=2), *p) for p in spots]
    leaves = (spots[:, None] + rng.normal(0, 0.5, (5, 70, 3))).reshape(-1, 3)
    roots = [tube((0, 0, 0.15), (0.75 * np.cos(a), 0.75 * np.sin(a), 0.3), 0.07, 6) for a in np.arange(2.0, 5.0, 0.5)]
    limb = [hose([(0.5, -1.6, 0.12), (0.75, -0.7, 0.35), (0.9, 0.1, 0.2)], 0.09, 7)]
    twigs = np.array([0.8, -0.2, 0.35]) + rng.normal(0, 0.3, (150, 3)) * (1, 1.4, 0.5)
    split = turn(box((0.02, 0.16, 1.1), (0.31, 0, 0.5), bottom=True), roll=lean)
    return [
        body("trunk", [turn(m, roll=lean) for m in trunk], bark, label="leaning tree", semantic="Vegetation"),
        skin("crown", [turn(m, roll=lean) for m in crown], grain(rng, (0.25, 0.38, 0.17), rough=0.3), label="leaning tree", semantic="Vegetation"),
        skin("leaves", [turn(flakes(rng, leaves, 0.2), roll=lean), flakes(rng, np.maximum(twigs, (-9, -9, 0.05)), 0.16)], paint(0.30, 0.46, 0.18), label="leaves", semantic="Vegetation"),
        skin("split", split, cut, label="split trunk"),
        body("roots", roots, bark, label="torn roots"),
        body("limb", limb, bark, label="fallen limb", semantic="Vegetation"),
        skin("soil", lay(blob(rng, 1.7, 1.9)), grain(rng, (0.30, 0.22, 0.15), rough=0.3), label="torn soil", semantic="Floor"),
    ]  # fmt: skip


def build_broken_glass(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a table with a shattered pane and shards all about; safe: swept into a bin, a broom beside."""
    frame = table_mesh(1.3, 0.8, 0.7)
    out = [body("table", move(frame, -0.5, 0), wood(rng), label="table", semantic="Table")]
    if state == "safe":
        return [
            *out,
            body(
                "bin",
                move(lathe([(0.2, 0.0), (0.27, 0.7), (0.25, 0.7), (0.0, 0.6)], 14), 0.45, 0.95),
                RED,
                label="bin for glass",
            ),
            skin("bin label", move(picture(0.0, 0.4, 0.3, 0.55), 0.72, 0.95), WHITE, label="bin for glass"),
            body(
                "broom",
                [tube((0.3, -0.85, 0.1), (-0.05, -0.9, 1.4), 0.02, 6), box((0.14, 0.5, 0.16), (0.3, -0.85, 0.02))],
                GREEN,
                label="broom",
            ),
        ]
    count = 420
    floor = np.column_stack([rng.normal(0.45, 0.45, count), rng.normal(0, 0.75, count), np.full(count, 0.04)])
    size = rng.uniform(0.04, 0.16, count)
    big = []
    for _ in range(26):
        points = rng.uniform(-0.17, 0.17, (3, 3)) * (1, 1, 0.1)
        x, y = rng.normal(0.45, 0.35), rng.normal(0, 0.65)
        from scenes.procedural.geometry import panels

        corners = points + (x, y, 0.06) + np.array([(0, 0, 0), (0, 0, 0), (0, 0, rng.uniform(0.05, 0.3))])
        big.append(two_sided(panels([corners], [[(0, 0), (1, 0), (1, 1)]])))
    jagged = [
        move(turn(lathe([(0.05, 0.0), (0.05, 0.16)], 8), roll=r), -0.4, y, 0.7) for y, r in ((-0.35, 0.0), (0.3, 0.2))
    ]
    pane = paint(0.62, 0.84, 0.86, 1.0)
    return [
        *out,
        skin("shards", [flakes(rng, floor, size), *big], pane),
        skin("bottle stumps", [two_sided(m) for m in jagged], paint(0.18, 0.42, 0.22, 0.7), label="broken bottle"),
        skin("spill", lay(blob(rng, 1.0, 1.3)), paint(0.44, 0.10, 0.12, 0.8), label="spill", semantic="Floor"),
    ]


def build_glass_door(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a clear pane without a mark, only its edges seen; safe: stripes, dots and a handle at eye height."""
    high, wide = 2.3, 1.8
    sill = [box((0.08, wide + 0.1, 0.06)), box((0.08, wide + 0.1, 0.06), (0, 0, high), bottom=True)]
    posts = [box((0.08, 0.06, high), (0, s * (wide / 2 + 0.02), 0)) for s in (-1, 1)]
    glints = [
        two_sided(turn(box((0.004, 0.03, length), (0.0, y, z), bottom=True), roll=-0.7, about=(0, y, z)))
        for y, z, length in ((-0.4, 0.9, 0.8), (-0.25, 0.8, 0.5), (0.35, 1.1, 0.7))
    ]
    out = [
        body("frame", [*sill, *posts], STEEL, semantic="Door"),
        skin("glints", glints, paint(0.90, 0.95, 0.97, 0.8), semantic="Door"),
    ]
    if state == "safe":
        band = [box((0.012, wide - 0.04, 0.2), (0, 0, z), bottom=True) for z in (0.95, 1.45)]
        dots = [
            move(turn(cylinder(0.1, 0.014, 14), pitch=np.pi / 2), -0.007, y, z)
            for z in (0.5, 1.9)
            for y in np.linspace(-0.7, 0.7, 5)
        ]
        return [
            *out,
            skin("bands", band, WARNING, label="marking", semantic="Door"),
            skin("dots", [two_sided(m) for m in dots], WHITE, label="marking", semantic="Door"),
            body(
                "handle", [tube((0.08, 0.6, 0.75), (0.08, 0.6, 1.75), 0.03, 8)], BLACK, label="handle", semantic="Door"
            ),
            *board("sign", "GLASS DOOR", CLEAR, at=(0.02, 0.0), size=(0.8, 0.24), low=1.19, post=False),
        ]
    star = [
        hose([(0.0, -0.1, 1.5), (0.0, -0.1 + 0.35 * np.cos(a), 1.5 + 0.35 * np.sin(a))], 0.006, 3)
        for a in np.arange(9) * 0.7
    ]
    shards = np.column_stack([rng.normal(0.3, 0.15, 50), rng.normal(-0.1, 0.3, 50), np.full(50, 0.035)])
    return [
        *out,
        skin("crack", star, WHITE, label="crack", semantic="Door"),
        skin("shards", flakes(rng, shards, 0.07), paint(0.62, 0.84, 0.86, 1.0), label="shards"),
    ]


def build_archery_range(rng: np.random.Generator, state: State, values: Values) -> list[Piece]:
    """Return a target full of arrows with more that missed, open to the way; safe: netted, roped off, no arrows."""
    yy, xx = np.mgrid[0:128, 0:128] / 64 - 1
    radius = np.hypot(xx, yy)
    colors = np.array([(0.96, 0.84, 0.15), (0.82, 0.12, 0.12), (0.18, 0.45, 0.78), (0.1, 0.1, 0.1), (0.95, 0.95, 0.93)])
    face = colors[np.clip((radius * 5).astype(int), 0, 4)]
    legs = [tube((-0.15, y, 0.0), (-0.15, 0.5 * y, 1.9), 0.045, 6) for y in (-0.75, 0.75)] + [
        tube((-1.0, 0, 0), (-0.15, 0, 1.6), 0.045, 6)
    ]
    disc = turn(lathe([(0.0, -0.2), (0.68, -0.2), (0.68, 0.0), (0.0, 0.0)], 24), pitch=np.pi / 2)
    front = picture(0.0, 1.24, -0.62, 0.62)
    out = [
        body("stand", legs, wood(rng), label="target"),
        body("straw", move(disc, 0.06, 0, 1.15), grain(rng, (0.80, 0.68, 0.38), rough=0.2), label="target"),
        skin("face", move(front, 0.075, 0, 1.15), Material(texture=to_bytes(face)), label="target"),
    ]
    if state == "safe":
        mesh = Material(
            texture=to_bytes(
                np.where(
                    (
                        (np.indices((64, 64)).sum(0) % 8 < 2)
                        | ((np.indices((64, 64))[0] - np.indices((64, 64))[1]) % 8 < 2)
                    )[..., None],
                    (0.12, 0.42, 0.26),
                    (0.22, 0.58, 0.38),
                )
            )
        )
        posts = [tube((-1.15, y, 0), (-1.15, y, 2.5), 0.05, 6) for y in (-1.8, 1.8)]
        return [
            *out,
            body("net", two_sided(picture(-1.15, 3.6, 0.1, 2.5)), mesh, label="safety net"),
            body("posts", posts, IRON, label="safety net"),
            body("fence", fence([(1.1, -1.6), (1.1, 1.6)], 0.9, bars=0.3), STEEL, label="fence", semantic="RoadBlock"),
            *board("sign", "RANGE CLOSED", CLEAR, at=(1.12, 0.0), size=(1.0, 0.5), low=0.3, post=False),
        ]
    shafts, fins = [], []
    for k in range(14):
        hit = k < 7
        end = (
            np.array([0.08, rng.normal(0, 0.28), 1.15 + rng.normal(0, 0.25)])
            if hit
            else np.array([rng.uniform(0.3, 1.2), rng.uniform(-1.5, 1.5), 0.02])
        )
        way = (
            np.array([1.0, rng.normal(0, 0.12), rng.normal(0.08, 0.06)])
            if hit
            else np.array([rng.uniform(0.2, 0.7), rng.normal(0, 0.3), 0.8])
        )
        way = 0.75 * way / np.linalg.norm(way)
        shafts.append(tube(end, end + way, 0.014, 5))
        fins.append(tube(end + 0.75 * way, end + way, 0.045, 4))
    arc = [(1.25, 1.3 + 0.28 * np.cos(a) - 0.28, 0.9 + 0.8 * np.sin(a)) for a in np.linspace(-1.3, 1.3, 12)]
    return [
        *out,
        body("arrows", shafts, wood(rng, (0.75, 0.58, 0.36)), label="arrow"),
        skin("feathers", fins, RED, label="arrow"),
        body(
            "bow",
            [hose(arc, 0.025), tube(arc[0], arc[-1], 0.006, 3), tube((1.25, 1.3, 0.0), (1.25, 1.3, 0.9), 0.03, 5)],
            BLACK,
            label="bow",
        ),
    ]
