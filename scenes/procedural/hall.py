"""The hall of a station: floor, walls with windows and openings, columns, roof, pendant lamps, porches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.draft import Draft, Part
from scenes.procedural.face import Face, arch, beam
from scenes.procedural.furniture import disc, rect
from scenes.procedural.geometry import box as block
from scenes.procedural.geometry import join, lathe, move, prism, sheet, tube
from scenes.procedural.signage import ashlar, panelling, terrazzo
from scenes.procedural.station_plan import LOBBY, OPENING, WALL, Portal, StationPlan
from scenes.procedural.station_roof import build_roof, end_outline, long_outline
from scenes.procedural.texture import Color, Texture, lettering, planks, slabs, speckle
from scenes.scene import Lamp, Material

DADO = 1.3  # m, height of the stone at the foot of the walls
SILL = 4.5  # m, of the windows to the street, above what stands along the walls
PORTAL = 3.2  # m, height of the doors
PENDANT = 6.4  # m, height of the lamps
SIGN = (3.36, 4.06)  # m, lower and upper edge of the signs over the portals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finish:
    """The materials of one station."""

    floor: Material
    band: Material
    tactile: Material
    wall: Material
    dado: Material
    trim: Material
    steel: Material
    bars: Material
    ceiling: Material
    column: Material
    paving: Material
    accent: Color
    round_windows: bool

    @staticmethod
    def draw(rng: np.random.Generator) -> Finish:
        """Return one of many combinations of stone, steel and paint."""
        floors = (
            ((0.76, 0.73, 0.67), (0.44, 0.42, 0.40)), ((0.70, 0.71, 0.72), (0.36, 0.38, 0.42)),
            ((0.80, 0.74, 0.64), (0.50, 0.34, 0.27)), ((0.66, 0.64, 0.60), (0.84, 0.80, 0.72)),
        )  # fmt: skip
        walls = (
            ((0.86, 0.80, 0.68), "ashlar"), ((0.70, 0.42, 0.33), "brick"), ((0.88, 0.86, 0.82), "plaster"),
            ((0.74, 0.73, 0.70), "ashlar"), ((0.80, 0.66, 0.48), "brick"), ((0.82, 0.85, 0.84), "plaster"),
        )  # fmt: skip
        steels = (
            (0.20, 0.30, 0.27), (0.24, 0.27, 0.31), (0.86, 0.86, 0.83), (0.42, 0.17, 0.14), (0.16, 0.25, 0.38),
            (0.55, 0.58, 0.60),
        )  # fmt: skip
        accents = ((0.04, 0.24, 0.52), (0.02, 0.40, 0.30), (0.60, 0.08, 0.10), (0.16, 0.17, 0.20))
        pale, dark = floors[int(rng.integers(len(floors)))]
        stone, kind = walls[int(rng.integers(len(walls)))]
        steel = steels[int(rng.integers(len(steels)))]
        if kind == "ashlar":
            face = ashlar(rng, stone)
        elif kind == "brick":
            face = slabs(rng, stone, rows=24, columns=8, joint=1.22, spread=0.07)
        else:
            face = panelling(rng, stone, columns=2, rows=2, size=256)
        wooden = rng.random() < 0.4
        lining = (
            planks(rng, (0.66, 0.50, 0.33), boards=8, size=128)
            if wooden
            else panelling(rng, (0.87, 0.87, 0.85) if min(steel) < 0.5 else (0.66, 0.69, 0.72), columns=4, rows=2)
        )
        granite = terrazzo(rng, tuple(0.62 * value for value in stone) if kind != "brick" else (0.45, 0.43, 0.40))
        pillar = stone if kind == "ashlar" else steel
        return Finish(
            floor=Material(texture=terrazzo(rng, pale), specular=0.25),
            band=Material(texture=terrazzo(rng, dark), specular=0.25),
            tactile=Material(texture=_studs(rng)),
            wall=Material(texture=face),
            dado=Material(texture=granite, specular=0.15),
            trim=Material(color=tuple(min(1.0, 1.08 * v) for v in stone) if kind != "brick" else (0.8, 0.76, 0.68)),  # type: ignore[arg-type]
            steel=Material(color=steel, specular=0.12),
            bars=Material(color=tuple(0.8 * value for value in steel)),  # type: ignore[arg-type]
            ceiling=Material(texture=lining),
            column=Material(color=pillar, texture=speckle(rng, (0.96, 0.96, 0.95), size=128, fine=0.02), specular=0.1),
            paving=Material(texture=slabs(rng, (0.62, 0.61, 0.58), rows=8, columns=8, joint=0.72)),
            accent=accents[int(rng.integers(len(accents)))],
            round_windows=bool(rng.random() < 0.5),
        )


def _studs(rng: np.random.Generator) -> Texture:
    """Return ribbed white tiles for the blind, which tile (128 x 128)."""
    picture = speckle(rng, (0.86, 0.85, 0.80), size=128, fine=0.02).astype(np.float64)
    picture[:, np.arange(128) % 16 < 5] *= 0.86
    picture[np.arange(128) % 64 < 2] *= 0.75
    return np.asarray(picture, dtype=np.uint8)


def lay_floor(draft: Draft, plan: StationPlan, finish: Finish, guide: BaseGeometry) -> None:
    """Add the floor: slabs, dark bands from column to column and round the edge, tactile strips, porches."""
    hall = plan.hall
    south, north = plan.rows
    lines = [LineString([(x, south), (x, north)]) for x in plan.columns]
    lines += [LineString([(0.0, y), (plan.length, y)]) for y in plan.rows]
    bands = shapely.union_all([line.buffer(0.3, cap_style="square") for line in lines])
    bands = shapely.union_all([bands, hall.difference(hall.buffer(-0.5))]).intersection(hall)
    guide = guide.intersection(hall)
    doorways = shapely.union_all([plan.lobby(portal, WALL) for portal in plan.portals])
    mats = shapely.union_all([plan.lobby(portal).difference(plan.lobby(portal, WALL)) for portal in plan.portals])
    rubber = Material(color=(0.22, 0.22, 0.23), texture=finish.tactile.texture)
    for name, ground, material, tile in (
        ("floor", hall.difference(shapely.union_all([bands, guide])), finish.floor, 2.4),
        ("floor bands", shapely.union_all([bands.difference(guide), doorways]), finish.band, 1.2),
        ("tactile strip", guide, finish.tactile, 0.6),
        ("door mat", mats, rubber, 0.8),
    ):
        draft.add(name, name, "Floor", [Part(mesh=sheet(ground, 0.0, tile), material=material)])


def build_walls(draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add the four walls with their openings."""
    length, depth = plan.length, plan.depth
    along, across = long_outline(plan), {side: end_outline(plan, side) for side in ("west", "east")}
    mirrored = shapely.transform(along, lambda points: np.column_stack([length - points[:, 0], points[:, 1]]))
    west = shapely.transform(across["west"], lambda points: np.column_stack([depth - points[:, 0], points[:, 1]]))
    doors = {side: [p for p in plan.portals if p.side == side] for side in ("south", "west", "east")}
    portals = {
        side: [box(p.at - p.width / 2, 0.0, p.at + p.width / 2, PORTAL) for p in found] for side, found in doors.items()
    }
    portals["west"] = [box(depth - b.bounds[2], 0.0, depth - b.bounds[0], PORTAL) for b in portals["west"]]
    high = _bay_windows(plan, finish, SILL)
    _wall(draft, "south wall", Face((0, 0), (length, 0)), along, portals["south"], high, finish)
    ends = _end_windows(plan, finish)
    _wall(draft, "west wall", Face((0, depth), (0, 0)), west, portals["west"], ends, finish)
    _wall(draft, "east wall", Face((length, 0), (length, depth)), across["east"], portals["east"], ends, finish)
    north = _bay_windows(plan, finish, OPENING + 2.2)
    openings = [box(low + 0.7, 0.0, high - 0.7, OPENING) for low, high in plan.islands]
    views = [box(low + 0.3, 1.1, high - 0.3, OPENING) for low, high in plan.troughs]

    def turn(shapes: list[Polygon]) -> list[Polygon]:
        return [
            shapely.transform(s, lambda points: np.column_stack([length - points[:, 0], points[:, 1]])) for s in shapes
        ]

    face = Face((length, depth), (0, depth))
    _wall(draft, "north wall", face, mirrored, turn(openings), turn([*north, *views]), finish)
    back = Face((0, depth + WALL), (length, depth + WALL))
    outer = shapely.union_all([along, box(0.0, 0.0, length, plan.height + 1.2)])
    shape = outer.difference(shapely.union_all([*openings, *north, *views]))
    lintels = [beam((low, depth + WALL / 2, OPENING + 0.16), (high, depth + WALL / 2, OPENING + 0.16), 0.6, 0.3)
               for low, high in ((b.bounds[0], b.bounds[2]) for b in openings)]  # fmt: skip
    draft.add(
        "north wall outside",
        "wall",
        "Wall",
        [Part(mesh=back.skin(shape, 3.0), material=finish.wall), Part(mesh=join(lintels), material=finish.steel)],
    )
    draft.blocked += [
        box(low, depth - 0.1, high, depth + WALL + 0.05)
        for low, high in _gaps([(b.bounds[0], b.bounds[2]) for b in openings], length)
    ]


def _gaps(taken: list[tuple[float, float]], length: float) -> list[tuple[float, float]]:
    """Return what lies between intervals, from 0 to `length`."""
    edges = [0.0, *(edge for pair in sorted(taken) for edge in pair), length]
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if high > low]


def _bay_windows(plan: StationPlan, finish: Finish, sill: float) -> list[Polygon]:
    """Return one window in each bay of a long wall, (s, z)."""
    wide = 0.62 * plan.pitch
    middles = plan.pitch * (np.arange(len(plan.columns) + 1) + 0.5)
    top = plan.height - 0.9
    if plan.roof == "glazed":
        top = plan.height - 1.7
    if top - sill < 1.2:
        return []
    arched = finish.round_windows and top - sill > 0.6 * wide
    return [arch(x - wide / 2, x + wide / 2, sill, top, round_top=arched) for x in middles.tolist()]


def _end_windows(plan: StationPlan, finish: Finish) -> list[Polygon]:
    """Return tall windows in the middle of a gable, (s, z), the same from both sides."""
    outline = end_outline(plan, "east")
    middle, wide = plan.depth / 2, 2.6
    windows = []
    for k in (-2, -1, 0, 1, 2):
        low, high = middle + 3.3 * k - wide / 2, middle + 3.3 * k + wide / 2
        tops = [LineString([(s, 0.0), (s, 99.0)]).intersection(outline).bounds[3] for s in (low, high)]
        top = min(tops) - (1.9 if plan.roof == "glazed" else 0.9)
        windows.append(arch(low, high, SILL, top, round_top=finish.round_windows))
    return windows


def _wall(
    draft: Draft,
    name: str,
    face: Face,
    outline: Polygon,
    doors: list[Polygon],
    windows: list[Polygon],
    finish: Finish,
) -> None:
    """Add a wall: stone at its foot, its face, what trims them, and the frames of its windows."""
    holes = shapely.union_all([*doors, *windows])
    foot = box(0.0, 0.0, face.length, DADO)
    shape = outline.difference(holes)
    rails = _gaps([(d.bounds[0], d.bounds[2]) for d in doors], face.length)
    trims = [beam(face.at(a, DADO, -0.02), face.at(b, DADO, -0.02), 0.1, 0.12) for a, b in rails]
    lintel = [
        beam(face.at(a - 0.25, top + 0.14, -0.02), face.at(b + 0.25, top + 0.14, -0.02), 0.14, 0.28)
        for a, _, b, top in (door.bounds for door in doors)
    ]
    sills = [
        beam(face.at(a - 0.1, low - 0.07, 0.01), face.at(b + 0.1, low - 0.07, 0.01), 0.2, 0.14)
        for a, low, b, _ in (window.bounds for window in windows)
    ]
    parts = [
        Part(mesh=face.skin(shape.difference(foot), 3.0), material=finish.wall),
        Part(mesh=face.skin(shape.intersection(foot), 2.4, -0.0), material=finish.dado),
        Part(mesh=join([*trims, *lintel, *sills]), material=finish.trim),
        Part(mesh=face.reveals([*doors, *windows], WALL, 3.0), material=finish.trim),
    ]
    if windows:
        frames = [face.bars(window, 0.95, 1.4, 0.22) for window in windows]
        parts.append(Part(mesh=join(frames), material=finish.bars, semantic="Window"))
    draft.add(name, "wall", "Wall", parts)


def build_columns(rng: np.random.Generator, draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add two rows of columns on plinths, and the pilasters against the long walls."""
    top = plan.height - (1.45 if plan.roof == "glazed" else 0.4)
    style = int(rng.integers(3))
    if style == 0:  # cast iron, with arms
        shaft = lathe(
            [(0.36, 0.0), (0.36, 0.7), (0.30, 0.8), (0.2, 0.95), (0.17, top - 1.6), (0.27, top - 1.45),
             (0.2, top - 1.35), (0.2, top)], 12,
        )  # fmt: skip
        arms = [beam((0.0, 0.0, top - 1.5), (reach, 0.0, top + 0.1), 0.09, 0.13) for reach in (-1.7, 1.7)]
        arms += [beam((0.0, 0.0, top - 1.5), (0.0, reach, top + 0.1), 0.09, 0.13) for reach in (-1.5, 1.5)]
        ring = [tube((1.05 * i, 0, top - 0.5), (1.05 * i, 0, top + 0.15), 0.04, 6) for i in (-1, 1)]
        mesh, footprint, material = join([shaft, *arms, *ring]), disc(0.36), finish.steel
    elif style == 1:  # stone, round
        mesh = lathe(
            [(0.55, 0.0), (0.55, 0.35), (0.48, 0.45), (0.42, 0.5), (0.38, top - 0.9), (0.46, top - 0.8),
             (0.42, top - 0.7), (0.6, top - 0.2), (0.6, top)], 20, turns=3,
        )  # fmt: skip
        footprint, material = disc(0.55), finish.column
    else:  # square piers
        mesh = join(
            [
                block((1.0, 1.0, 0.4), tile=1.0),
                block((0.8, 0.8, top - 0.7), (0, 0, 0.4), tile=1.0),
                block((1.0, 1.0, 0.3), (0, 0, top - 0.3), tile=1.0, bottom=True),
            ]
        )
        footprint, material = rect(1.0, 1.0), finish.column
    number = 0
    for x in plan.columns:
        for y in plan.rows:
            number += 1
            draft.add(
                f"column {number}",
                "column",
                "Wall",
                [Part(mesh=mesh, material=material)],
                x=x,
                y=y,
                footprint=footprint,
            )


def hang_lamps(draft: Draft, plan: StationPlan, finish: Finish) -> list[Lamp]:
    """Add four rows of pendants over the hall; return the lamps."""
    south, north = plan.rows
    shade = lathe([(0.42, 0.0), (0.40, 0.12), (0.12, 0.36), (0.05, 0.5), (0.0, 0.5)], 14)
    bulb = lathe([(0.0, -0.02), (0.36, 0.02), (0.40, 0.06)], 14)
    glow = Material(color=(1.0, 0.95, 0.84), emissive=0.95)
    bays = np.arange(len(plan.columns) + 1) + 0.5
    lamps = []
    rows = (6.3, south + 0.26 * (north - south), north - 0.26 * (north - south), plan.depth - 2.2)
    for k, x in enumerate((plan.pitch * bays).tolist()):
        for row, y in enumerate(rows):
            if row in (0, 3) and k % 2:
                continue
            rod = tube((0.0, 0.0, 0.5), (0.0, 0.0, plan.height - PENDANT + 0.4), 0.018, 5)
            parts = [
                Part(mesh=move(join([shade, rod]), 0, 0, PENDANT), material=finish.steel, solid=False),
                Part(mesh=move(bulb, 0, 0, PENDANT), material=glow, solid=False),
            ]
            draft.add(f"pendant {len(rows) * k + row + 1}", "lamp", "Ceiling", parts, x=x, y=y)
            if row in (0, 3) or (k + row) % 2 == 0:  # in the middle every other one shines, for two
                power = 22.0 if row in (0, 3) else 34.0
                lamps.append(Lamp(position=(x, y, PENDANT - 0.1), color=(1.0, 0.93, 0.80), power=power, always=True))
    return lamps


def build_roofing(draft: Draft, plan: StationPlan, finish: Finish) -> None:
    """Add the roof."""
    draft.add("roof", "roof", "Ceiling", build_roof(plan, finish.ceiling, finish.steel, finish.bars))


def build_portal(draft: Draft, plan: StationPlan, portal: Portal, finish: Finish) -> int:
    """Add a porch with sliding doors, and the sign over its opening; return the sign's instance."""
    middle, out = portal.axis(plan.length)
    yaw = float(np.arctan2(-out[1], -out[0]))  # x of its frame runs into the hall
    half, deep = portal.width / 2, LOBBY
    name = plan.exit_name(portal)
    sides = [prism(box(-deep, y - 0.1, -WALL, y + 0.1), 0.0, PORTAL, tile=3.0) for y in (-half - 0.1, half + 0.1)]
    lid = move(sheet(box(-deep, -half, -WALL, half), 0.0, 2.4, down=True), 0, 0, PORTAL)
    draft.add(f"{name} porch", "porch", "Wall", [
        Part(mesh=join(sides), material=finish.dado), Part(mesh=lid, material=finish.ceiling, semantic="Ceiling"),
    ], x=float(middle[0]), y=float(middle[1]), yaw=yaw)  # fmt: skip
    frame = []
    for x, leaves in ((-deep + 0.1, 4), (-WALL - 0.05, 4)):
        edges = np.linspace(-half, half, leaves + 1)
        frame.append(beam((x, -half, PORTAL - 0.35), (x, half, PORTAL - 0.35), 0.12, 0.1))
        for k in (0, leaves - 1):  # the outer leaves; the inner ones have slid behind them
            for y in (edges[k] + 0.04, edges[k + 1] - 0.04):
                frame.append(beam((x, y, 0.0), (x, y, PORTAL), 0.09, 0.08))
            for z in (0.1, 1.05, 2.2):
                frame.append(beam((x, edges[k], z), (x, edges[k + 1], z), 0.06, 0.16 if z < 1 else 0.07))
    glow = Material(color=(1.0, 0.97, 0.90), emissive=0.9)
    panel = move(sheet(box(-2.2, -0.6, -1.6, 0.6), 0.0, 1.0, down=True), 0, 0, PORTAL - 0.02)
    draft.add(f"{name} doors", "door", "Door", [
        Part(mesh=join(frame), material=finish.bars), Part(mesh=panel, material=glow, semantic="Ceiling", solid=False),
    ], x=float(middle[0]), y=float(middle[1]), yaw=yaw)  # fmt: skip
    quarter = portal.width / 4
    for y in (-half + quarter / 2, half - quarter / 2):
        for x in (-deep + 0.1, -WALL - 0.05):
            draft.blocked.append(_placed(box(x - 0.08, y - quarter / 2, x + 0.08, y + quarter / 2), middle, yaw))
    return hang_sign(draft, name, finish, middle, yaw, 3.6, *SIGN)


def hang_sign(
    draft: Draft, name: str, finish: Finish, at: np.ndarray, yaw: float, width: float, low: float, high: float
) -> int:
    """Add a lit board with a name on a wall through `at`, facing `yaw`; return its instance."""
    words = name.upper()
    picture = lettering(words, (1.0, 1.0, 0.98), finish.accent, width=512, height=128, border=(1.0, 1.0, 0.98))
    case = Material(color=tuple(0.6 * value for value in finish.accent))  # type: ignore[arg-type]
    board = Face((0.16, width / 2), (0.16, -width / 2)).board(width / 2, low, width, high - low, 0.0)
    body = block((0.14, width + 0.04, high - low + 0.04), (0.085, 0.0, low - 0.02), bottom=True)
    return draft.add(f"{name} sign", f"{name} sign", "TrafficSign", [
        Part(mesh=board, material=Material(texture=picture, emissive=0.75), text=words),
        Part(mesh=body, material=case),
    ], x=float(at[0]), y=float(at[1]), yaw=yaw)  # fmt: skip


def _placed(shape: Polygon, at: np.ndarray, yaw: float) -> Polygon:
    c, s = np.cos(yaw), np.sin(yaw)
    return Polygon(shapely.get_coordinates(shape.exterior) @ [[c, s], [-s, c]] + at)


def guide_lines(plan: StationPlan) -> BaseGeometry:
    """Return the tactile strips: from every portal to the line before the platforms, and on to each of them."""
    trunk = plan.depth - NORTH_STRIP
    lines = []
    for portal in plan.portals:
        if portal.side == "south":
            lines.append(LineString([(portal.at, 0.0), (portal.at, trunk)]))
        else:
            inside = 7.0 if portal.side == "west" else plan.length - 7.0
            wall = 0.0 if portal.side == "west" else plan.length
            lines.append(LineString([(wall, portal.at), (inside, portal.at), (inside, trunk)]))
    heads = [(low + high) / 2 for low, high in plan.islands]
    ends = [*heads, *(line.coords[-1][0] for line in lines)]
    lines.append(LineString([(min(ends), trunk), (max(ends), trunk)]))
    lines += [LineString([(x, trunk), (x, plan.depth)]) for x in heads]
    return shapely.union_all([line.buffer(0.2, cap_style="square", join_style="mitre") for line in lines])


NORTH_STRIP = 2.3  # m, from the north wall to the strip that leads from platform to platform
