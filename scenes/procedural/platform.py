"""Platforms and tracks: slabs with white edges, beds with rails and buffers, canopies, signs, what stands on them."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import Polygon, box

from scenes.procedural.draft import Draft, Part
from scenes.procedural.face import Face, beam
from scenes.procedural.furniture import disc, rect
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import join, lathe, move, panels, sheet, tube, wall
from scenes.procedural.hall import Finish
from scenes.procedural.signage import draw_ballast
from scenes.procedural.station_plan import (
    HEAD,
    PLATFORM_END,
    PLATFORM_LENGTH,
    TRENCH,
    WALL,
    Platform,
    StationPlan,
)
from scenes.procedural.texture import lettering, slabs, speckle, stripes
from scenes.procedural.train import RAIL, TrainYard
from scenes.scene import Lamp, Material, Mesh

EDGE = 0.75  # m from the edge that nobody may walk on
FAR = 74.0  # m, to where tracks and walls beside them are drawn
SIGN_AT = 5.2  # m behind the wall, where a platform's sign hangs
SIGN = (2.72, 3.52)  # m
CANOPY = 3.95  # m, the lowest part of a canopy
FIRST_POST, POST_STEP = 8.0, 7.0  # m


def ground(plan: StationPlan, platform: Platform, length: float = PLATFORM_LENGTH) -> Polygon:
    """Return what belongs to one numbered platform."""
    return box(platform.low, plan.depth, platform.high, plan.depth + length)


def edges(plan: StationPlan) -> shapely.Geometry:
    """Return the strips along the tracks, and the ends of the platforms, on which nobody may walk."""
    strips = []
    for platform in plan.platforms:
        inward = EDGE if platform.track < platform.edge else -EDGE
        low, high = sorted((platform.edge, platform.edge + inward))
        strips.append(box(low, plan.depth + WALL, high, plan.depth + PLATFORM_END))
    return shapely.union_all(strips)


def lay_tracks(rng: np.random.Generator, draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add slabs, beds, rails and buffers."""
    depth, end = plan.depth, plan.depth + PLATFORM_END
    sleepers = Material(texture=draw_ballast(rng))
    ballast = Material(texture=speckle(rng, (0.40, 0.37, 0.34), size=128, fine=0.2, coarse=0.05))
    concrete = Material(texture=speckle(rng, (0.55, 0.53, 0.50), size=128, fine=0.04, coarse=0.06))
    stone = Material(texture=slabs(rng, (0.70, 0.69, 0.66), rows=4, columns=4, joint=0.8, spread=0.03))
    coping = Material(texture=slabs(rng, (0.80, 0.79, 0.76), rows=2, columns=2, size=128, joint=0.8, spread=0.02))
    white = Material(color=(0.93, 0.93, 0.91))
    steel = Material(color=(0.42, 0.38, 0.35), specular=0.4)
    shapes: dict[str, list[Polygon]] = {"coping": [], "line": [], "tactile": []}
    sides = []
    for platform in plan.platforms:
        inward = 1.0 if platform.track < platform.edge else -1.0
        for name, near, far in (("coping", 0.0, 0.5), ("line", 0.5, 0.62), ("tactile", 0.82, 1.22)):
            low, high = sorted((platform.edge + inward * near, platform.edge + inward * far))
            shapes[name].append(box(low, depth + WALL, high, end))
        ends = [(platform.edge, depth + WALL), (platform.edge, end)]
        p, q = ends if inward > 0 else ends[::-1]
        sides.append(wall(p, q, TRENCH - 0.3, 0.0, (PLATFORM_END / 2.0, 0.6)))
    special = shapely.union_all([shape for found in shapes.values() for shape in found])
    top = shapely.union_all([box(low, depth, high, end) for low, high in plan.islands])
    sides += [wall((high, end), (low, end), TRENCH - 0.3, 0.0, (4.0, 0.6)) for low, high in plan.islands]
    for name, shape, material, tile in (
        ("platform floor", top.difference(special), stone, 2.4),
        ("platform edge", shapely.union_all(shapes["coping"]), coping, 1.0),
        ("white line", shapely.union_all(shapes["line"]), white, 1.0),
        ("platform strip", shapely.union_all(shapes["tactile"]), finish.tactile, 0.6),
    ):
        draft.add(name, name, "Floor", [Part(mesh=sheet(shape, 0.0, tile), material=material)])
    heads = shapely.union_all([box(low, depth + WALL, high, depth + HEAD) for low, high in plan.troughs])
    sides += [
        wall((low, depth + HEAD), (high, depth + HEAD), TRENCH - 0.3, 0.0, (3.0, 0.6)) for low, high in plan.troughs
    ]
    draft.add("platform sides", "platform side", "Wall", [Part(mesh=join(sides), material=concrete)])
    draft.add("track heads", "track head", "Floor", [Part(mesh=sheet(heads, 0.0, 2.0), material=concrete)])
    beds, plain, rails, buffers = [], [], [], []
    for low, high in plan.troughs:
        near, far = depth + HEAD, depth + FAR
        tracks = sorted(p.track for p in plan.platforms if low < p.track < high)
        cuts = [low]
        for track in tracks:
            cuts += [track - 1.3, track + 1.3]
            beds.append(_strip(track - 1.3, track + 1.3, near, far, (1.0, (far - near) / 0.65)))
            rails += [
                beam((track + x, near + 0.4, RAIL - 0.08), (track + x, far, RAIL - 0.08), 0.08, 0.16)
                for x in (-0.75, 0.75)
            ]
            buffers.append(move(_buffer(), track, near + 1.1))
        cuts.append(high)
        for left, right in zip(cuts[::2], cuts[1::2], strict=True):
            plain.append(_strip(left, right, near, far, ((right - left) / 1.5, (far - near) / 1.5)))
    outside = [box(low, end, high, depth + FAR) for low, high in plan.islands]
    plain.append(sheet(shapely.union_all(outside), TRENCH, 1.5))
    draft.add("tracks", "track", "Road", [
        Part(mesh=join(beds), material=sleepers), Part(mesh=join(plain), material=ballast),
        Part(mesh=join(rails), material=steel),
    ])  # fmt: skip
    red = Material(texture=stripes((0.82, 0.12, 0.10), (0.94, 0.93, 0.90), count=4, width=128, height=16))
    draft.add("buffers", "buffer stop", "Obstacle", [Part(mesh=join(buffers), material=red)])


def _strip(low: float, high: float, near: float, far: float, repeat: tuple[float, float]) -> Mesh:
    u, v = repeat
    return panels(
        [[(low, near, TRENCH), (high, near, TRENCH), (high, far, TRENCH), (low, far, TRENCH)]],
        [[(0, 0), (u, 0), (u, v), (0, v)]],
    )


def _buffer() -> Mesh:
    """Return a buffer stop: a beam on two posts with struts."""
    cross = block((2.4, 0.3, 0.4), (0.0, 0.0, -0.1), bottom=True)
    posts = [block((0.22, 0.25, 0.95), (x, 0.0, TRENCH)) for x in (-0.75, 0.75)]
    struts = [beam((x, 0.0, 0.05), (x, -0.9, TRENCH), 0.14, 0.14) for x in (-0.75, 0.75)]
    return join([cross, *posts, *struts])


def park_trains(rng: np.random.Generator, draft: Draft, plan: StationPlan) -> None:
    """Add the trains that stand at their platforms."""
    yard = TrainYard(rng)
    for platform in plan.platforms:
        parts = yard.build(rng, int(rng.integers(2, 4)))
        if platform.number in plan.trains:
            draft.add(
                f"train {platform.number}",
                "train",
                "Train",
                parts,
                x=platform.track,
                y=plan.depth + HEAD + float(rng.uniform(1.8, 4.0)),
            )


def roof_platforms(rng: np.random.Generator, draft: Draft, plan: StationPlan, finish: Finish) -> list[Lamp]:
    """Add the canopies and their posts; return the lamps below them."""
    style = int(rng.integers(2))  # butterfly, or saddle
    dip, eave = (CANOPY, CANOPY + 0.75) if style == 0 else (CANOPY + 0.9, CANOPY + 0.1)
    glow = Material(color=(1.0, 0.98, 0.92), emissive=0.95)
    near, far = plan.depth + WALL + 0.6, plan.depth + PLATFORM_END - 8.0
    lamps = []
    for k, (low, high) in enumerate(plan.islands):
        middle = spine(plan, k)
        under, heavy, tubes = [], [], []
        for edge in (low - 0.1, high + 0.1):
            left, right = (edge, middle) if edge < middle else (middle, edge)
            za, zb = (eave, dip) if edge < middle else (dip, eave)
            if right - left < 0.4:
                continue
            quad = [(left, near, za), (left, far, za), (right, far, zb), (right, near, zb)]
            u, v = (far - near) / 2.4, (right - left) / 2.4
            under.append(panels([quad], [[(0, 0), (u, 0), (u, v), (0, v)]]))
            heavy.append(beam((edge, near, eave + 0.1), (edge, far, eave + 0.1), 0.14, 0.34))
            for y in (near, far):
                heavy.append(beam((left, y, za + 0.1), (right, y, zb + 0.1), 0.14, 0.3))
        heavy.append(beam((middle, near, dip - 0.12), (middle, far, dip - 0.12), 0.3, 0.24))
        for y in posts(plan):
            for edge in (low + 0.4, high - 0.4):
                heavy.append(beam((middle, y, dip - 0.25), (edge, y, eave - 0.02), 0.12, 0.18))
            shaft = lathe([(0.24, 0.0), (0.24, 0.5), (0.16, 0.6), (0.13, dip - 0.5), (0.24, dip - 0.1)], 10)
            number = round((y - plan.depth - FIRST_POST) / POST_STEP) + 1
            draft.add(
                f"canopy post {k + 1} {number}", "post", "Wall", [Part(mesh=shaft, material=finish.steel)],
                x=middle, y=y, footprint=disc(0.24),
            )  # fmt: skip
        for x in (middle - 1.6, middle + 1.6):
            if low + 1.0 < x < high - 1.0:
                z = float(np.interp(x, [low, middle, high], [eave, dip, eave])) - 0.12
                for y in posts(plan)[:-1]:
                    tubes.append(block((0.12, 3.0, 0.06), (x, y + POST_STEP / 2, z), bottom=True))
        draft.add(f"canopy {k + 1}", "canopy", "Ceiling", [
            Part(mesh=join(under), material=finish.ceiling, solid=False),
            Part(mesh=join(heavy), material=finish.steel, solid=False),
            Part(mesh=join(tubes), material=glow, solid=False),
        ])  # fmt: skip
        lamps += [
            Lamp(position=(middle, y + POST_STEP / 2, dip - 0.4), color=(1.0, 0.96, 0.88), power=16.0, always=True)
            for y in posts(plan)[:-1:2]
        ]
    return lamps


def spine(plan: StationPlan, island: int) -> float:
    """Return x of the line of posts of an island: its middle, or near the back of a platform at the side."""
    low, high = plan.islands[island]
    numbers = [platform for platform in plan.platforms if platform.island == island]
    if len(numbers) > 1:
        return (low + high) / 2
    return low + 1.1 if numbers[0].edge > (low + high) / 2 else high - 1.1


def posts(plan: StationPlan) -> list[float]:
    """Return y of the posts of the canopies."""
    return [plan.depth + FIRST_POST + POST_STEP * k for k in range(6)]


def hang_platform_sign(draft: Draft, plan: StationPlan, platform: Platform, finish: Finish) -> int:
    """Add the sign over a platform, to be read from the hall and from the platform; return its instance."""
    name = f"platform {platform.number}"
    picture = lettering(name.upper(), (1.0, 1.0, 1.0), finish.accent, width=512, height=128, border=(1.0, 1.0, 1.0))
    low, high = SIGN
    wide = 3.4
    x = (platform.low + platform.high) / 2
    face = Face((wide / 2, 0.0), (-wide / 2, 0.0))  # seen from -y, where the hall is
    back = Face((-wide / 2, 0.0), (wide / 2, 0.0))
    boards = [side.board(wide / 2, low, wide, high - low, 0.07) for side in (face, back)]
    rods = [tube((s, 0.0, high), (s, 0.0, CANOPY + 0.3), 0.025, 6) for s in (-1.2, 1.2)]
    case = Material(color=tuple(0.6 * value for value in finish.accent))  # type: ignore[arg-type]
    body = block((wide + 0.04, 0.12, high - low + 0.04), (0.0, 0.0, low - 0.02), bottom=True)
    return draft.add(f"{name} sign", f"{name} sign", "TrafficSign", [
        Part(mesh=join(boards), material=Material(texture=picture, emissive=0.75), text=name.upper()),
        Part(mesh=join([body, *rods]), material=case),
    ], x=x, y=plan.depth + SIGN_AT)  # fmt: skip


def number_openings(draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add the large figures over the openings to the platforms."""
    face = Face((plan.length, plan.depth), (0.0, plan.depth))
    for platform in plan.platforms:
        words = str(platform.number)
        picture = lettering(words, (1.0, 1.0, 1.0), finish.accent, width=128, height=128, border=(1.0, 1.0, 1.0))
        s = plan.length - (platform.low + platform.high) / 2
        draft.add(f"number {words}", "platform number", "TrafficSign", [
            Part(mesh=face.board(s, 4.62, 1.25, 1.25, 0.1),
                 material=Material(texture=picture, emissive=0.75), text=words, solid=False),
        ])  # fmt: skip


def fence_ends(draft: Draft, plan: StationPlan) -> None:
    """Add the fences beyond which nobody may go."""
    red = Material(texture=stripes((0.82, 0.12, 0.10), (0.94, 0.93, 0.90), count=5, width=128, height=16))
    grey = Material(color=(0.5, 0.52, 0.54))
    y = plan.depth + PLATFORM_LENGTH - 0.15
    for k, (low, high) in enumerate(plan.islands):
        wide = high - low - 0.4
        legs = [block((0.07, 0.07, 1.1), (x, 0.0, 0.0)) for x in np.linspace(-wide / 2, wide / 2, 4)]
        rail = [block((wide, 0.05, 0.2), (0.0, 0.0, z), bottom=True) for z in (0.4, 0.9)]
        draft.add(
            f"platform fence {k + 1}", "fence", "Obstacle",
            [Part(mesh=join(rail), material=red), Part(mesh=join(legs), material=grey)],
            x=(low + high) / 2, y=y, footprint=rect(wide + 0.1, 0.2),
        )  # fmt: skip
