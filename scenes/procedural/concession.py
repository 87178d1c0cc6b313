"""Where a station sells: shops along its walls, with a counter or to walk into, and kiosks that stand free.

A unit's frame: the wall at x = 0, x into the hall, y along the wall. What it blocks is returned beside its parts, so
that its keeper can stand behind the counter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from shapely.geometry import Polygon
from shapely.geometry import box as rectangle

from scenes.procedural.draft import Part
from scenes.procedural.face import Face, beam
from scenes.procedural.fittings import DARK, STEEL, Kit, picture
from scenes.procedural.geometry import ball, box, join, lathe, move, panels, prism
from scenes.procedural.signage import draw_goods
from scenes.procedural.station_plan import UNIT_DEPTH
from scenes.procedural.texture import Color, lettering
from scenes.scene import FloatArray, Material

HEAD = (2.72, 3.62)  # m, lower and upper edge of the band with the name
SIDE = 0.12  # m, thickness of the walls between units
SHELF = 0.4  # m, depth of the shelves at the back
GAP = 1.25  # m, way round a counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What a shop sells: colours of its name, its goods; whether one walks in, and whether it may be a kiosk."""

    sign: Color
    ink: Color
    wares: tuple[Color, ...]
    magazines: bool = False
    walk_in: bool = False
    kiosk: bool = False


_WHITE, _CREAM, _GOLD = (0.97, 0.97, 0.95), (0.97, 0.92, 0.78), (0.95, 0.80, 0.35)
_BREAD = ((0.85, 0.62, 0.30), (0.72, 0.45, 0.20), (0.93, 0.80, 0.55))
_COVERS = ((0.80, 0.20, 0.18), (0.20, 0.40, 0.70), (0.95, 0.85, 0.30), (0.90, 0.90, 0.88), (0.25, 0.55, 0.35))

TRADES: dict[str, Trade] = {
    "bakery": Trade(sign=(0.42, 0.22, 0.10), ink=_CREAM, wares=_BREAD, kiosk=True),
    "newsagent": Trade(sign=(0.75, 0.08, 0.10), ink=_WHITE, wares=_COVERS, magazines=True, walk_in=True, kiosk=True),
    "florist": Trade(sign=(0.20, 0.42, 0.22), ink=(1.0, 0.85, 0.90), kiosk=True,
                     wares=((0.90, 0.30, 0.40), (0.95, 0.80, 0.30), (0.35, 0.60, 0.28), (0.80, 0.45, 0.75))),
    "cafe": Trade(sign=(0.09, 0.26, 0.22), ink=_CREAM, wares=(*_BREAD, _WHITE)),
    "bookshop": Trade(sign=(0.10, 0.16, 0.36), ink=_GOLD, wares=_COVERS, magazines=True, walk_in=True),
    "pharmacy": Trade(sign=(0.02, 0.46, 0.24), ink=_WHITE, wares=(_WHITE, (0.3, 0.75, 0.5), (0.55, 0.8, 0.95)),
                      walk_in=True),
    "supermarket": Trade(sign=(0.85, 0.50, 0.05), ink=_WHITE, walk_in=True,
                         wares=((0.9, 0.25, 0.15), (0.95, 0.75, 0.1), (0.4, 0.65, 0.2), (0.2, 0.45, 0.8))),
    "sandwich bar": Trade(sign=(0.30, 0.50, 0.14), ink=_WHITE, wares=(*_BREAD, (0.5, 0.7, 0.3))),
    "juice bar": Trade(sign=(0.93, 0.42, 0.10), ink=_WHITE, kiosk=True,
                       wares=((0.95, 0.6, 0.1), (0.85, 0.2, 0.3), (0.6, 0.75, 0.2))),
    "gift shop": Trade(sign=(0.46, 0.14, 0.44), ink=_WHITE, walk_in=True,
                       wares=((0.9, 0.4, 0.6), (0.3, 0.6, 0.85), (0.95, 0.85, 0.4))),
    "luggage shop": Trade(sign=(0.13, 0.13, 0.15), ink=_GOLD, walk_in=True,
                          wares=((0.25, 0.2, 0.18), (0.5, 0.12, 0.14), (0.15, 0.25, 0.4))),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """A thing with a sign at which somebody works, in its own frame.

    Attributes:
        parts: of it; sign: of its name, a thing of its own.
        blocked: ground that it takes. keeper: (x, y) of who works there, facing +x. front: (x, y) before it.
        anchor: (x, z) of its sign. queue: (Q, 3) x, y, yaw of those who wait, the first at the head.
    """

    parts: list[Part]
    sign: list[Part]
    blocked: list[Polygon]
    keeper: tuple[float, float]
    front: tuple[float, float]
    anchor: tuple[float, float]
    queue: FloatArray = field(default_factory=lambda: np.empty((0, 3)))


def build_shop(rng: np.random.Generator, kit: Kit, name: str, width: float) -> Unit:
    """Return a shop along a wall, `width` metres."""
    trade = TRADES[name]
    deep, half = UNIT_DEPTH, width / 2
    goods = Material(texture=draw_goods(rng, trade.wares, magazines=trade.magazines), emissive=0.3)
    coat = _coat(trade)
    pale = kit.cladding
    glow = Material(color=(1.0, 0.96, 0.88), emissive=0.95)
    inner = width - 2 * SIDE
    sides = [box((deep, SIDE, HEAD[1]), (deep / 2, y, 0.0), tile=1.0) for y in (-half + SIDE / 2, half - SIDE / 2)]
    back = [picture(0.03, inner, 2.35, HEAD[1])]
    shelf = box((SHELF, inner, 2.35), (SHELF / 2, 0.0, 0.0))
    rows = max(1, round(inner / 2.2))
    front = picture(SHELF + 0.006, inner, 0.15, 2.3)
    front = panels(front.vertices[None], [[(0, 0), (rows, 0), (rows, 1), (0, 1)]])
    flat = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    lid = [(0.0, half, 2.9), (deep - 0.3, half, 2.9), (deep - 0.3, -half, 2.9), (0.0, -half, 2.9)]
    lights = [
        box((0.9, 0.14, 0.04), (deep / 2, y, 2.84), bottom=True) for y in np.linspace(-half, half, 5)[1:-1].tolist()
    ]
    blocked = [rectangle(0.0, -half, SHELF, half)]
    blocked += [rectangle(0.0, low, deep, low + SIDE) for low in (-half, half - SIDE)]
    parts = [
        Part(mesh=join(sides), material=pale, semantic="Wall"),
        Part(mesh=join([*back, shelf]), material=pale, semantic="Wall"),
        Part(mesh=front, material=goods, semantic="Furniture"),
        Part(mesh=panels([lid], [flat]), material=pale, semantic="Ceiling", solid=False),
        Part(mesh=join(lights), material=glow, semantic="Ceiling", solid=False),
    ]
    if trade.walk_in:
        more, taken, keeper = _shop_window(kit, goods, coat, half)
    else:
        more, taken, keeper = _shop_counter(rng, trade, goods, coat, half)
    return Unit(
        parts=[*parts, *more],
        sign=_fascia(name, trade, width),
        blocked=[*blocked, *taken],
        keeper=keeper,
        front=(deep + 1.3, 0.0),
        anchor=(deep + 0.02, (HEAD[0] + HEAD[1]) / 2),
    )


def _coat(trade: Trade) -> Material:
    return Material(color=(trade.sign[0], trade.sign[1], trade.sign[2]), specular=0.1)


def _fascia(name: str, trade: Trade, width: float) -> list[Part]:
    """Return the band over a shop with its name, and a board across the way that is read from the side."""
    words, (low, high) = name.upper(), HEAD
    board = lettering(words, trade.ink, trade.sign, width=round(110 * width), height=100)
    board = cv2.resize(board, (512, 128), interpolation=cv2.INTER_AREA).astype(np.uint8)
    blade = lettering(words, trade.ink, trade.sign, width=256, height=128, border=trade.ink)
    band = box((0.3, width, high - low), (UNIT_DEPTH - 0.15, 0.0, low), bottom=True)
    y = width / 2 - 0.25
    near, far = UNIT_DEPTH + 0.15, UNIT_DEPTH + 1.35
    faces = (Face((near, y + 0.042), (far, y + 0.042)), Face((far, y - 0.042), (near, y - 0.042)))
    boards = [face.board(0.6, 2.52, 1.16, 0.56, 0.0) for face in faces]
    rim = box((1.2, 0.075, 0.6), (UNIT_DEPTH + 0.75, y, 2.5), bottom=True)
    rim = join([rim, box((0.2, 0.05, 0.05), (UNIT_DEPTH + 0.08, y, 2.95), bottom=True)])
    return [
        Part(mesh=picture(UNIT_DEPTH + 0.012, width, low, high),
             material=Material(texture=board, emissive=0.7), text=words),
        Part(mesh=join(boards), material=Material(texture=blade, emissive=0.7), text=words),
        Part(mesh=join([band, rim]), material=_coat(trade)),
    ]  # fmt: skip


def _shop_counter(
    rng: np.random.Generator, trade: Trade, goods: Material, coat: Material, half: float
) -> tuple[list[Part], list[Polygon], tuple[float, float]]:
    """Return a counter along the front, with a glass case on it, and who stands behind it."""
    deep = UNIT_DEPTH
    low, high = -half + SIDE, half - SIDE - GAP
    middle, long, x = (low + high) / 2, high - low, deep - 0.6
    base = box((0.6, long, 0.95), (x, middle, 0.0))
    slab = box((0.7, long, 0.05), (x, middle, 0.95), bottom=True)
    case = box((0.45, 0.62 * long, 0.02), (x - 0.02, middle - 0.15 * long, 1.38), bottom=True)
    wares = picture(x + 0.1, 0.62 * long, 1.0, 1.36, middle - 0.15 * long)
    wares = panels(wares.vertices[None], [[(0, 0), (long / 1.6, 0), (long / 1.6, 0.25), (0, 0.25)]])
    glass = [
        beam((x + 0.2, y, 1.0), (x + 0.2, y, 1.38), 0.02, 0.02) for y in (middle - 0.46 * long, middle + 0.16 * long)
    ]
    till = box((0.3, 0.34, 0.28), (x - 0.05, high - 0.35, 1.0))
    menu = picture(0.045, min(2.6, long), 2.42, 2.86)
    parts = [
        Part(mesh=base, material=coat, semantic="Furniture"),
        Part(mesh=join([slab, case, *glass]), material=STEEL, semantic="Furniture"),
        Part(mesh=wares, material=goods, semantic="Furniture"),
        Part(mesh=till, material=DARK, semantic="Furniture"),
        Part(mesh=menu, material=Material(color=(0.12, 0.12, 0.13)), semantic="Wall"),
    ]
    return parts, [rectangle(x - 0.36, low, x + 0.36, high)], (deep - 1.55, middle + 0.15 * long)


def _shop_window(
    kit: Kit, goods: Material, coat: Material, half: float
) -> tuple[list[Part], list[Polygon], tuple[float, float]]:
    """Return a display window beside an open doorway, a counter inside, and who stands behind it."""
    deep = UNIT_DEPTH
    low, high = -half + SIDE, half - SIDE - 1.75
    middle, long = (low + high) / 2, high - low
    sill = box((0.5, long, 0.5), (deep - 0.25, middle, 0.0))
    face = Face((deep - 0.03, high), (deep - 0.03, low))
    frame = face.bars(rectangle(0.03, 0.54, long - 0.03, HEAD[0]), 1.2, 9.0, 0.0, 0.06)
    show = picture(deep - 0.42, long, 0.5, 1.9, middle)
    show = panels(show.vertices[None], [[(0, 0), (long / 2.0, 0), (long / 2.0, 0.72), (0, 0.72)]])
    rear = move(picture(0.0, long, 0.5, 1.9), deep - 0.43, middle, 0.0, np.pi)
    y0, y1 = -half + SIDE, half - SIDE - 1.9
    counter = [box((0.6, y1 - y0, 0.95), (1.95, (y0 + y1) / 2, 0.0))]
    slab = box((0.7, y1 - y0 + 0.05, 0.05), (1.95, (y0 + y1) / 2, 0.95), bottom=True)
    till = box((0.3, 0.34, 0.28), (1.9, (y0 + y1) / 2, 1.0))
    parts = [
        Part(mesh=join([sill, *counter]), material=coat, semantic="Furniture"),
        Part(mesh=join([slab, frame]), material=STEEL, semantic="Furniture"),
        Part(mesh=show, material=goods, semantic="Furniture"),
        Part(mesh=rear, material=Material(color=(0.86, 0.84, 0.80)), semantic="Furniture"),
        Part(mesh=till, material=DARK, semantic="Furniture"),
    ]
    taken = [rectangle(deep - 0.5, low, deep, high + 0.03), rectangle(1.58, y0, 2.32, y1 + 0.05)]
    return parts, taken, (1.0, (y0 + y1) / 2)


def build_kiosk(rng: np.random.Generator, kit: Kit, name: str) -> Unit:
    """Return a kiosk, 2.8 m x 3.2 m, open at its back; its middle is the origin."""
    trade = TRADES[name]
    coat = _coat(trade)
    goods = Material(texture=draw_goods(rng, trade.wares, magazines=trade.magazines, rows=3), emissive=0.3)
    words = name.upper()
    counters = [box((0.5, 3.2, 0.95), (1.15, 0, 0)), *(box((2.3, 0.45, 0.95), (-0.25, y, 0)) for y in (-1.375, 1.375))]
    slabs = [box((0.62, 3.32, 0.05), (1.15, 0, 0.95), bottom=True)]
    slabs += [box((2.36, 0.53, 0.05), (-0.31, y, 0.95), bottom=True) for y in (-1.395, 1.395)]
    posts = [box((0.09, 0.09, 1.45), (x, y, 1.0)) for x in (-1.3, 1.32) for y in (-1.52, 1.52)]
    roof = [box((3.1, 3.5, 0.62), (0, 0, 2.42), bottom=True)]
    board = lettering(words, trade.ink, trade.sign, width=512, height=90)
    board = cv2.resize(board, (512, 128), interpolation=cv2.INTER_AREA).astype(np.uint8)
    boards = [picture(1.556, 3.5, 2.42, 3.04)]
    boards += [move(picture(1.756, 3.1, 2.42, 3.04), 0, 0, 0, yaw) for yaw in (np.pi / 2, -np.pi / 2)]
    boards.append(move(picture(1.556, 3.5, 2.42, 3.04), 0, 0, 0, np.pi))
    shows = []
    for y, yaw in ((1.48, np.pi / 2), (-1.48, -np.pi / 2)):
        shows.append(move(picture(0.1, 2.0, 1.0, 1.75), -0.3, y, 0, yaw))
    racks = [box((2.0, 0.16, 0.75), (-0.3, y, 1.0)) for y in (-1.48, 1.48)]
    low = picture(1.406, 3.0, 0.12, 0.86)
    light = box((1.2, 0.14, 0.04), (0.0, 0.0, 2.36), bottom=True)
    parts = [
        Part(mesh=join([*counters, *roof]), material=coat),
        Part(mesh=join([*slabs, *posts, *racks]), material=kit.wood),
        Part(mesh=join([*shows, low]), material=goods),
        Part(mesh=light, material=Material(color=(1.0, 0.96, 0.88), emissive=0.95), solid=False),
    ]
    blocked = [rectangle(0.82, -1.67, 1.48, 1.67)]
    blocked += [rectangle(-1.5, y - 0.28, 0.9, y + 0.28) for y in (-1.38, 1.38)]
    if name == "florist":
        more, taken = _flowers(rng, trade)
        parts += more
        blocked += taken
    return Unit(
        parts=parts,
        sign=[Part(mesh=join(boards), material=Material(texture=board, emissive=0.7), text=words)],
        blocked=blocked,
        keeper=(0.25, 0.0),
        front=(2.6 if name != "florist" else 2.9, 0.0),
        anchor=(1.56, 2.73),
    )


def _flowers(rng: np.random.Generator, trade: Trade) -> tuple[list[Part], list[Polygon]]:
    """Return buckets of flowers before a kiosk."""
    zinc, parts = Material(color=(0.6, 0.63, 0.64), specular=0.2), []
    buckets, green = [], []
    colors = [Material(color=(float(r), float(g), float(b))) for r, g, b in trade.wares]
    heads: list[list] = [[] for _ in colors]  # type: ignore[type-arg]
    for k in range(6):
        y = -1.35 + 0.54 * k
        buckets.append(move(lathe([(0.13, 0.0), (0.17, 0.38), (0.15, 0.38), (0.14, 0.3), (0.0, 0.3)], 10), 1.72, y))
        green.append(move(ball((0.19, 0.19, 0.2), rng, 0.15), 1.72, y, 0.5))
        for _ in range(5):
            bloom = ball((0.075, 0.075, 0.06), rng, 0.2, level=0)
            dx, dy = rng.uniform(-0.14, 0.14, 2)
            heads[k % len(colors)].append(move(bloom, 1.72 + dx, y + dy, 0.66 + float(rng.uniform(-0.04, 0.06))))
    parts.append(Part(mesh=join(buckets), material=zinc))
    parts.append(Part(mesh=join(green), material=Material(color=(0.25, 0.45, 0.2)), semantic="Vegetation"))
    parts += [Part(mesh=join(h), material=c, semantic="Vegetation") for h, c in zip(heads, colors, strict=True) if h]
    return parts, [rectangle(1.48, -1.6, 1.94, 1.6)]


def build_desk(kit: Kit, name: str = "information") -> Unit:
    """Return an information desk, open at its back, with a sign over it; its middle is the origin."""
    words, pale = name.upper(), Material(color=(0.88, 0.87, 0.84), specular=0.15)
    accent = Material(color=(kit.accent[0], kit.accent[1], kit.accent[2]), specular=0.15)
    ring = [(1.3, -1.0), (1.3, 1.0), (0.7, 1.6), (-1.0, 1.6)]
    ring = [(-1.0, -1.6), (0.7, -1.6), *ring]
    inner = [(-1.0, -1.05), (0.5, -1.05), (0.75, -0.8), (0.75, 0.8), (0.5, 1.05), (-1.0, 1.05)]
    body, top, blocked = [], [], []
    for k in range(5):
        quad = Polygon([ring[k], ring[k + 1], inner[k + 1], inner[k]])
        body.append(prism(quad, 0.08, 1.05))
        wide = quad.buffer(0.03, join_style="mitre")
        top.append(prism(wide if wide.geom_type == "Polygon" else quad, 1.05, 1.1, floor=True))
        blocked.append(quad.buffer(0.04, join_style="mitre"))
    screens = [
        move(box((0.05, 0.42, 0.3), (0, 0, 1.18)), x, y, 0, yaw) for x, y, yaw in ((0.85, 0.5, 0.0), (0.85, -0.6, 0.0))
    ]
    feet = [box((0.12, 0.14, 0.08), (0.85, y, 1.1)) for y in (0.5, -0.6)]
    posts = [box((0.09, 0.09, 1.7), (0.95, y, 1.1)) for y in (-1.0, 1.0)]
    case = box((0.3, 3.0, 0.7), (0.95, 0, 2.7), bottom=True)
    board = lettering(words, (1, 1, 1), kit.accent, width=512, height=128, border=(1, 1, 1))
    faces = [picture(1.106, 2.94, 2.73, 3.37), move(picture(0.0, 2.94, 2.73, 3.37), 0.794, 0, 0, np.pi)]
    badge = lettering("i", (1, 1, 1), kit.accent, width=128, height=128)
    return Unit(
        parts=[
            Part(mesh=join(body), material=pale), Part(mesh=join(top), material=kit.wood),
            Part(mesh=picture(1.306, 0.7, 0.22, 0.92), material=Material(texture=badge, emissive=0.4)),
            Part(mesh=join([*screens, *feet]), material=DARK), Part(mesh=join([*posts, case]), material=accent),
        ],
        sign=[Part(mesh=join(faces), material=Material(texture=board, emissive=0.7), text=words)],
        blocked=blocked,
        keeper=(0.0, 0.0),
        front=(2.1, 1.1),
        anchor=(1.1, 3.05),
        queue=np.array([(1.85 + 0.81 * k, 0.0, np.pi) for k in range(3)]),
    )  # fmt: skip
