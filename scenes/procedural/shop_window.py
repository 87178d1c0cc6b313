"""Shops one can look into: large windows with goods on display before a lit room, a door, an awning, and their signs.

Frame of a shop: x away from the wall, y to the right of a viewer, the middle of its front at the origin.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.elevation import Elevation
from scenes.procedural.geometry import ball, box, cylinder, join, lathe, move, panels, tube
from scenes.procedural.opening import interior, shop_door
from scenes.procedural.shop import SHOPS, ShopStyle
from scenes.procedural.texture import Color, Texture, lettering, planks, stripes
from scenes.scene import Material, Mesh

HEIGHT = 2.62  # m, of the front
BOARD = (2.68, 3.38)  # m, lower and upper edge of the name over the front
BLADE = (2.72, 3.42)  # m, of the sign that sticks out
DEPTH = 1.15  # m, of what one sees behind the glass
RISER = 0.48  # m, below the glass

_WHITE, _BLACK, _CREAM = (0.97, 0.97, 0.95), (0.05, 0.05, 0.06), (0.97, 0.92, 0.78)
_CLOTH = ((0.75, 0.25, 0.3), (0.2, 0.3, 0.5), (0.85, 0.8, 0.7), (0.3, 0.32, 0.3))
MORE_SHOPS: dict[str, ShopStyle] = {
    "supermarket": ShopStyle(
        sign=(0.86, 0.12, 0.12), ink=_WHITE, wares=((0.9, 0.2, 0.2), (0.95, 0.8, 0.2), (0.2, 0.6, 0.3))
    ),
    "restaurant": ShopStyle(sign=(0.33, 0.09, 0.10), ink=_CREAM, wares=(_WHITE, (0.6, 0.15, 0.15)), awning=True),
    "noodle bar": ShopStyle(
        sign=(0.80, 0.16, 0.10), ink=(1.0, 0.93, 0.6), wares=((0.9, 0.75, 0.4), (0.8, 0.2, 0.1), _WHITE), awning=True
    ),
    "tea house": ShopStyle(
        sign=(0.16, 0.28, 0.18), ink=(0.95, 0.90, 0.66), wares=((0.3, 0.5, 0.3), (0.7, 0.55, 0.3), _CREAM)
    ),
    "bike shop": ShopStyle(sign=(0.98, 0.74, 0.05), ink=_BLACK, wares=((0.8, 0.15, 0.1), (0.1, 0.4, 0.7), _BLACK)),
    "clothes shop": ShopStyle(sign=(0.92, 0.91, 0.88), ink=_BLACK, wares=_CLOTH),
    "phone shop": ShopStyle(sign=(0.42, 0.10, 0.55), ink=_WHITE, wares=(_BLACK, (0.2, 0.5, 0.9), _WHITE)),
    "music shop": ShopStyle(
        sign=(0.10, 0.10, 0.12), ink=(0.98, 0.76, 0.2), wares=((0.6, 0.35, 0.15), (0.8, 0.6, 0.2), _BLACK)
    ),
    "ice cream": ShopStyle(
        sign=(0.40, 0.78, 0.80),
        ink=(0.62, 0.10, 0.32),
        wares=((0.95, 0.7, 0.75), (0.6, 0.4, 0.25), _CREAM),
        awning=True,
    ),
}
STREET_SHOPS: dict[str, ShopStyle] = {
    **{("book shop" if name == "bookshop" else name): style for name, style in SHOPS.items()},
    **MORE_SHOPS,
}
ROUND = frozenset(
    {"bakery", "butcher", "grocer", "cafe", "restaurant", "noodle bar", "ice cream", "toy shop", "supermarket"}
)
DRESSED = frozenset({"clothes shop", "shoe shop", "hairdresser", "jeweller"})
GREEN = frozenset({"florist"})


@lru_cache(maxsize=1)
def _wood() -> Texture:
    return planks(np.random.default_rng(1), (0.97, 0.97, 0.97), boards=2, size=256)


@lru_cache(maxsize=64)
def _room(wares: tuple[Color, ...], variant: int) -> Texture:
    wall = ((0.9, 0.84, 0.72), (0.82, 0.84, 0.86), (0.78, 0.62, 0.45))[variant]
    return interior(np.random.default_rng(variant), wares, wall)


@lru_cache(maxsize=64)
def _door(color: tuple[float, float, float]) -> Texture:
    return shop_door(np.random.default_rng(2), color)


def _material(color: Color, glow: float = 0.0, specular: float = 0.05) -> Material:
    return Material(color=(float(color[0]), float(color[1]), float(color[2])), glow=glow, specular=specular)


def _goods(rng: np.random.Generator, name: str, style: ShopStyle, left: float, right: float) -> list[Part]:
    """Return what is on display between two places (y, metres) behind one pane."""
    meshes: dict[int, list[Mesh]] = {}
    materials = [_material(color, 0.4) for color in style.wares]
    pale = _material((0.84, 0.80, 0.74), 0.4)
    parts: list[Part] = []
    if name in DRESSED and right - left > 0.9:
        figures = max(1, int((right - left) / 0.9))
        for k in range(figures):
            y = left + (k + 0.5) * (right - left) / figures
            waist = lathe(
                [(0.1, 0.75), (0.17, 0.85), (0.12, 1.05), (0.19, 1.3), (0.17, 1.4), (0.05, 1.46), (0.05, 1.52)], 8
            )
            skirt = lathe([(0.24 if k % 2 else 0.15, 0.3), (0.17, 0.85)], 8)
            meshes.setdefault(int(rng.integers(len(materials))), []).append(move(join([waist, skirt]), -0.45, y, RISER))
            stand = join(
                [tube((0, 0, 0.02), (0, 0, 0.8), 0.02, 5), move(ball((0.09, 0.08, 0.12), level=0), 0, 0, 1.62)]
            )
            parts.append(Part(mesh=move(stand, -0.45, y, RISER), material=pale, solid=False))
    else:
        for out, lift, gap in ((-0.35, 0.0, 0.3), (-0.75, 0.42, 0.3)):
            y = left + 0.14
            if lift:
                step = box((0.42, right - left - 0.1, lift), (out, (left + right) / 2, RISER))
                parts.append(Part(mesh=step, material=pale, solid=False))
            while y < right - 0.1:
                k = int(rng.integers(len(materials)))
                tall = float(rng.uniform(0.12, 0.34))
                at = (out + float(rng.uniform(-0.08, 0.08)), y, RISER + lift)
                if name in GREEN:
                    pot = lathe([(0.07, 0.0), (0.1, 0.16)], 6)
                    bush = move(ball((0.14, 0.14, 0.16), rng, 0.2, level=0), 0, 0, 0.3)
                    parts.append(Part(mesh=move(pot, *at), material=pale, solid=False))
                    meshes.setdefault(k, []).append(move(bush, *at))
                elif name in ROUND:
                    heap = lathe([(0.15, 0.0), (0.13, 0.4 * tall), (0.07, 0.75 * tall), (0.0, 0.85 * tall)], 7)
                    meshes.setdefault(k, []).append(move(heap, *at))
                elif rng.random() < 0.4:
                    meshes.setdefault(k, []).append(move(cylinder(0.07, tall, 6), *at))
                else:
                    size = (float(rng.uniform(0.06, 0.2)), float(rng.uniform(0.12, 0.24)), tall)
                    meshes.setdefault(k, []).append(move(box(size), *at, float(rng.uniform(-0.4, 0.4))))
                y += gap + float(rng.uniform(0.0, 0.12))
    parts += [Part(mesh=join(found), material=materials[k], solid=False) for k, found in meshes.items()]
    return parts


def build_window_front(
    rng: np.random.Generator, name: str, style: ShopStyle, width: float, *, awning: bool
) -> tuple[list[Part], float]:
    """Return a shop front of `width` metres that stands in an opening of that width, and y of its door's middle."""
    side = Elevation(np.array([0.0, -width / 2]), np.array([0.0, 1.0]), width)
    quiet = ((0.16, 0.17, 0.18), (0.86, 0.84, 0.80), (0.36, 0.24, 0.16), (0.20, 0.26, 0.24), (0.45, 0.44, 0.43))
    tone = 0.72 * np.array(style.sign) + 0.28 * np.mean(style.sign) * np.array((0.8, 0.78, 0.75))
    if rng.random() < 0.5 or tone.max() > 0.75:  # few shops paint all their wood in the colour of their sign
        tone = np.array(quiet[int(rng.integers(len(quiet)))])
    paint = Material(
        color=(float(tone[0]), float(tone[1]), float(tone[2])),
        texture=_wood(),
        specular=0.15,
    )
    room = Material(
        texture=_room(style.wares, int(rng.integers(3))),
        emissive=0.32,
        glow=0.8,
    )
    inner = Material(color=(0.80, 0.74, 0.64), emissive=0.12, glow=0.55)
    lamp = Material(color=(1.0, 0.97, 0.88), emissive=0.7, glow=1.0)
    pier, leaf, head = 0.24, 1.05, 2.5
    places = [pier + 0.02, (width - leaf) / 2, width - pier - leaf - 0.02]
    at = float(places[int(rng.integers(3))])
    back = float(rng.choice((0.12, 0.55)))
    parts: list[Part] = []
    solid = [(0.0, pier, 0.0, HEIGHT, -0.12, 0.09), (width - pier, width, 0.0, HEIGHT, -0.12, 0.09)]
    trims = [(0.0, pier, 0.0, 0.35, 0.0, 0.13), (width - pier, width, 0.0, 0.35, 0.0, 0.13)]
    trims += [(0.0, width, head, HEIGHT, -0.1, 0.05)]
    stops = [(pier, at - 0.06), (at + leaf + 0.06, width - pier)]
    jambs = [(u, u + 0.06, 0.0, head, -back, 0.03) for u in (at - 0.06, at + leaf)]
    panes = [(a, b) for a, b in stops if b - a > 0.5]
    for a, b in stops:
        if b - a <= 0.5:
            solid.append((a, b, 0.0, head, -0.12, 0.02))
    insides, floors, lights = [], [], []
    for a, b in panes:
        solid.append((a, b, 0.0, RISER, -0.1, 0.0))
        trims.append((a - 0.02, b + 0.02, RISER, RISER + 0.05, -0.08, 0.07))
        trims.append((a + 0.1, b - 0.1, 0.1, RISER - 0.08, 0.0, 0.02))
        count = max(1, round((b - a) / 1.5))
        trims += [(u - 0.025, u + 0.025, RISER, head, -0.05, 0.02) for u in a + np.arange(count + 1) * (b - a) / count]
        share = (a / width, b / width)
        corners = side.place([a, b, b, a], -DEPTH, [0.2, 0.2, head, head])
        insides.append(panels([corners], [[(share[0], 0.0), (share[1], 0.0), (share[1], 1.0), (share[0], 1.0)]]))
        floors.append(side.reveals([(a, b, RISER, head)], -0.04, -DEPTH))
        for u in np.arange(a + 0.3, b - 0.1, 0.8):
            lights.append(move(lathe([(0.0, 0.0), (0.07, 0.0)], 6), -0.3, -width / 2 + float(u), head - 0.03))
            lights[-1] = Mesh(
                vertices=lights[-1].vertices, faces=lights[-1].faces, normals=lights[-1].normals, uv=lights[-1].uv
            )
        parts += _goods(rng, name, style, -width / 2 + a + 0.08, -width / 2 + b - 0.08)
    parts.append(Part(mesh=join([side.boxes(solid), side.boxes(jambs)]), material=paint))
    parts.append(Part(mesh=side.boxes(trims), material=paint, solid=False))
    if panes:
        parts.append(Part(mesh=join(insides), material=room))
        parts.append(Part(mesh=join(floors), material=inner, solid=False))
        parts.append(Part(mesh=join(lights), material=lamp, solid=False))
    door = Material(texture=_door((float(tone[0]), float(tone[1]), float(tone[2]))), glow=0.6, specular=0.2)
    parts.append(Part(mesh=side.quads([(at, at + leaf, 0.0, 2.2)], -back), material=door, semantic="Door"))
    light = side.quads([(at, at + leaf, 2.26, head)], -back)
    parts.append(
        Part(
            mesh=join(
                [
                    side.boxes([(at, at + leaf, 2.2, 2.26, -back, -back + 0.05)]),
                    side.reveals([(at, at + leaf, 0.0, head)], 0.0, -back),
                ]
            ),
            material=paint,
            solid=False,
        )
    )
    parts.append(Part(mesh=light, material=inner, solid=False))
    mat = panels(
        [side.place([at, at + leaf, at + leaf, at], [0.0, 0.0, -back, -back], 0.004)],
        [[(0, 0), (1, 0), (1, 0.5), (0, 0.5)]],
    )
    parts.append(Part(mesh=mat, material=_material((0.24, 0.22, 0.2)), solid=False))
    if awning:
        parts += _awning(rng, style, width)
    return parts, at + leaf / 2 - width / 2


def _awning(rng: np.random.Generator, style: ShopStyle, width: float) -> list[Part]:
    """Return a sloping awning with a hem, seen from both sides, and its arms."""
    reach = float(rng.uniform(0.9, 1.3))
    (x0, z0), (x1, z1) = (0.12, 2.62), (reach, 2.28)
    a, b = -width / 2, width / 2
    slope = [(x0, a, z0), (x1, a, z1), (x1, b, z1), (x0, b, z0)]
    hem = [(x1, a, z1 - 0.2), (x1, b, z1 - 0.2), (x1, b, z1), (x1, a, z1)]
    cheeks = [[(x0, a, z0), (x0, a, z1), (x1, a, z1)], [(x0, b, z0), (x1, b, z1), (x0, b, z1)]]
    upright, flat = [(0, 1), (0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 1), (0, 1)]
    cloth = panels([slope, slope[::-1], hem, hem[::-1]], [upright, upright[::-1], flat, flat[::-1]])
    sides = panels([*cheeks, *(c[::-1] for c in cheeks)], [[(0, 0), (0.05, 0), (0.05, 1)]] * 4)
    count = max(4, round(width * 1.2))
    plain = rng.random() < 0.4
    second = [0.82 * v for v in style.sign] if plain else _WHITE
    canvas = stripes(style.sign, second, count=count, width=256, height=256)
    noise_ = rng.normal(1.0, 0.02, (256, 256, 1))
    stained = np.clip(canvas * noise_ * np.linspace(1.0, 0.9, 256)[:, None, None], 0, 255).astype(np.uint8)
    arms = [tube((0.1, y, 2.2), (x1 - 0.15, y, z1 + 0.02), 0.014, 5) for y in (a + 0.12, b - 0.12)]
    return [
        Part(mesh=join([cloth, sides]), material=Material(texture=stained), solid=False),
        Part(mesh=join(arms), material=_material((0.25, 0.25, 0.25), specular=0.3), solid=False),
    ]


@lru_cache(maxsize=128)
def _letter(words: str, style: ShopStyle, wide: float, high: float, size: tuple[int, int]) -> Material:
    """Return a lit board of `wide` x `high` metres, stored as a picture of `size` pixels."""
    border = style.ink
    scale = size[1] / high
    board = lettering(words, style.ink, style.sign, width=max(round(wide * scale), 8), height=size[1], border=border)
    return Material(
        texture=cv2.resize(board, size, interpolation=cv2.INTER_AREA).astype(np.uint8), emissive=0.2, glow=0.95
    )


@lru_cache(maxsize=64)
def _stack(words: str, style: ShopStyle, wide: float, high: float) -> Material:
    """Return a lit board on which letters stand one under another, stored as 128 x 512 pixels."""
    letters = words.replace(" ", "")
    picture = np.zeros((512, 128, 3), dtype=np.uint8)
    picture[:] = [int(255 * v) for v in style.sign]
    step = 488 / len(letters)
    for k, letter in enumerate(letters):
        cell = lettering(letter, style.ink, style.sign, width=round(step * wide / high * 512 / 128), height=round(step))
        cell = np.asarray(cv2.resize(cell, (104, max(int(step), 1)), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        top = 12 + round(k * step)
        picture[top : top + cell.shape[0], 12:116] = cell[: 512 - top]
    picture[:5] = picture[-5:] = picture[:, :5] = picture[:, -5:] = [int(255 * v) for v in style.ink]
    return Material(texture=picture, emissive=0.2, glow=0.95)


def build_signs(rng: np.random.Generator, name: str, style: ShopStyle, width: float, blade_side: float) -> list[Part]:
    """Return the name over the front and the sign that sticks out, both with the words in capitals.

    Args:
        rng: draws their form.
        name: of the shop.
        style: its colours.
        width: of the front, metres.
        blade_side: 1.0 puts the sign that sticks out to the viewer's right, -1.0 to the left.
    """
    words = name.upper()
    side = Elevation(np.array([0.0, -width / 2]), np.array([0.0, 1.0]), width)
    long = round(min(width - 0.1, max(3.7, 0.42 * len(words) + 0.8)), 1)
    bottom, top = BOARD
    u0 = (width - long) / 2
    rim = _material([0.8 * v for v in style.sign], 0.2, 0.15)
    iron = _material((0.12, 0.12, 0.13), specular=0.3)
    face = side.quads([(u0, u0 + long, bottom, top)], 0.142)
    case = side.boxes([(u0, u0 + long, bottom, top, 0.0, 0.14)])
    parts = [Part(mesh=face, material=_letter(words, style, long, top - bottom, (512, 64)), text=words)]
    low, high = BLADE
    y = blade_side * (width / 2 - 0.32)
    near, far = 0.22, 0.22 + 2.0 * (high - low)
    blade = _letter(words, style, far - near, high - low, (256, 128))
    faces = [Elevation.between((near, y + 0.06), (far, y + 0.06)), Elevation.between((far, y - 0.06), (near, y - 0.06))]
    parts.append(
        Part(
            mesh=join([wall.quads([(0.0, far - near, low, high)], 0.002) for wall in faces]), material=blade, text=words
        )
    )
    hull = box((far - near, 0.12, high - low), ((near + far) / 2, y, low), bottom=True)
    parts.append(Part(mesh=join([case, hull]), material=rim))
    arms = [tube((0.0, y, z), (near + 0.05, y, z), 0.025, 6) for z in (low + 0.1, high - 0.1)]
    if rng.random() < 0.35:  # a tall sign on the upper floors, letter under letter
        tall, wide = min(2.6, 0.34 * len(words) + 0.3), 0.62
        foot = 4.0
        column = _stack(words, style, wide, tall)
        near, far = 0.18, 0.18 + wide
        walls = [
            Elevation.between((near, y + 0.07), (far, y + 0.07)),
            Elevation.between((far, y - 0.07), (near, y - 0.07)),
        ]
        parts.append(
            Part(
                mesh=join([w.quads([(0.0, wide, foot, foot + tall)], 0.002) for w in walls]),
                material=column,
                text=words,
            )
        )
        parts.append(Part(mesh=box((wide, 0.14, tall), ((near + far) / 2, y, foot), bottom=True), material=rim))
        arms += [tube((0.0, y, z), (near + 0.05, y, z), 0.025, 6) for z in (foot + 0.2, foot + tall - 0.2)]
    if rng.random() < 0.4:  # small lamps over the board
        for share in (0.2, 0.5, 0.8):
            yy = -width / 2 + u0 + share * long
            arms += [
                tube((0.02, yy, top + 0.06), (0.42, yy, top + 0.14), 0.014, 4),
                move(box((0.12, 0.1, 0.07)), 0.42, yy, top + 0.08),
            ]
    parts.append(Part(mesh=join(arms), material=iron, solid=False))
    return parts
