"""Shops: a front with windows and a door, a board with the name over it, and a sign that sticks out into the street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.procedural.draft import Part
from scenes.procedural.geometry import box, join, panels, tube, wall
from scenes.procedural.texture import Color, lettering, shop_front, stripes
from scenes.scene import Material, Mesh

FRONT_HEIGHT = 2.6  # m
BOARD = (2.63, 3.41)  # m, lower and upper edge of the name over the front
BLADE = (2.75, 3.45)  # m, of the sign that sticks out


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopStyle:
    """Colours of a kind of shop: its sign, its letters, its goods; whether it has an awning."""

    sign: Color
    ink: Color
    wares: tuple[Color, ...]
    awning: bool = False


_WHITE, _BLACK, _GOLD, _CREAM = (0.97, 0.97, 0.95), (0.05, 0.05, 0.06), (0.95, 0.80, 0.35), (0.97, 0.92, 0.78)
_BREAD = ((0.85, 0.62, 0.30), (0.72, 0.45, 0.20), (0.93, 0.80, 0.55))
_BOOKS = ((0.75, 0.20, 0.18), (0.20, 0.35, 0.65), (0.85, 0.70, 0.25), (0.25, 0.50, 0.30))
_PAPER = ((0.92, 0.90, 0.82), (0.80, 0.78, 0.70), (0.55, 0.60, 0.70))

SHOPS: dict[str, ShopStyle] = {
    "pharmacy": ShopStyle(sign=(0.02, 0.50, 0.24), ink=_WHITE, wares=(_WHITE, (0.3, 0.75, 0.5), (0.55, 0.8, 0.95))),
    "bakery": ShopStyle(sign=(0.46, 0.27, 0.12), ink=_CREAM, wares=_BREAD, awning=True),
    "bookshop": ShopStyle(sign=(0.10, 0.16, 0.36), ink=_GOLD, wares=_BOOKS),
    "cafe": ShopStyle(sign=(0.09, 0.30, 0.25), ink=_CREAM, wares=(*_BREAD, _WHITE), awning=True),
    "bank": ShopStyle(sign=(0.04, 0.20, 0.45), ink=_WHITE, wares=_PAPER),
    "post office": ShopStyle(sign=(0.99, 0.80, 0.05), ink=_BLACK, wares=((0.75, 0.55, 0.3), _CREAM)),
    "florist": ShopStyle(
        sign=(0.93, 0.55, 0.68), ink=(0.10, 0.28, 0.12), wares=((0.9, 0.3, 0.4), (0.95, 0.8, 0.3), (0.3, 0.6, 0.25))
    ),
    "hotel": ShopStyle(sign=(0.42, 0.06, 0.13), ink=_GOLD, wares=((0.6, 0.45, 0.3), _CREAM)),
    "museum": ShopStyle(sign=(0.80, 0.76, 0.66), ink=(0.18, 0.14, 0.10), wares=((0.7, 0.6, 0.45), (0.5, 0.5, 0.5))),
    "library": ShopStyle(sign=(0.38, 0.20, 0.44), ink=_WHITE, wares=_BOOKS),
    "hairdresser": ShopStyle(sign=(0.80, 0.10, 0.46), ink=_WHITE, wares=((0.9, 0.6, 0.75), _WHITE, (0.2, 0.2, 0.25))),
    "butcher": ShopStyle(
        sign=(0.70, 0.07, 0.08), ink=_WHITE, wares=((0.75, 0.25, 0.25), (0.9, 0.6, 0.55)), awning=True
    ),
    "shoe shop": ShopStyle(sign=(0.13, 0.12, 0.14), ink=_WHITE, wares=((0.4, 0.25, 0.15), (0.15, 0.15, 0.18), _CREAM)),
    "toy shop": ShopStyle(
        sign=(0.96, 0.48, 0.06), ink=_WHITE, wares=((0.9, 0.2, 0.2), (0.2, 0.45, 0.9), (0.98, 0.85, 0.2))
    ),
    "police station": ShopStyle(sign=(0.07, 0.27, 0.62), ink=_WHITE, wares=_PAPER),
    "optician": ShopStyle(sign=(0.10, 0.55, 0.62), ink=_WHITE, wares=((0.8, 0.85, 0.9), _BLACK)),
    "jeweller": ShopStyle(sign=(0.06, 0.08, 0.10), ink=_GOLD, wares=(_GOLD, _WHITE)),
    "grocer": ShopStyle(
        sign=(0.30, 0.55, 0.14), ink=_WHITE, wares=((0.9, 0.25, 0.15), (0.95, 0.65, 0.1), (0.4, 0.65, 0.2)), awning=True
    ),
    "town hall": ShopStyle(sign=(0.90, 0.88, 0.80), ink=(0.45, 0.05, 0.05), wares=_PAPER),
    "cinema": ShopStyle(sign=(0.62, 0.04, 0.10), ink=(1.0, 0.92, 0.55), wares=_BOOKS),
}  # fmt: skip


def _rim(depth: float, width: float, bottom: float, top: float) -> Mesh:
    """Return the four edges of a board on the wall x = 0, its face left open."""
    left, right = -width / 2, width / 2
    corners = [
        [(0, right, top), (0, left, top), (depth, left, top), (depth, right, top)],
        [(0, left, bottom), (0, right, bottom), (depth, right, bottom), (depth, left, bottom)],
        [(0, left, bottom), (depth, left, bottom), (depth, left, top), (0, left, top)],
        [(depth, right, bottom), (0, right, bottom), (0, right, top), (depth, right, top)],
    ]
    return panels(corners, [[(0, 0), (1, 0), (1, 1), (0, 1)]] * 4)


def build_front(rng: np.random.Generator, style: ShopStyle, width: float) -> list[Part]:
    """Return the front of a shop: x away from the wall, y to the right of a viewer, its middle at the origin."""
    paint = tuple(0.25 + 0.45 * value for value in style.sign) if min(style.sign) > 0.6 else style.sign
    picture = shop_front(rng, paint, style.wares, width=width, height=FRONT_HEIGHT)
    parts = [
        Part(
            mesh=wall((0.06, width / 2), (0.06, -width / 2), 0.0, FRONT_HEIGHT),
            material=Material(texture=picture, specular=0.2, glow=0.55),
        ),
        Part(mesh=_rim(0.06, width, 0.0, FRONT_HEIGHT), material=Material(color=(paint[0], paint[1], paint[2]))),
    ]
    if style.awning:
        near, far, left, right = (0.1, 2.52), (0.65, 2.3), -width / 2, width / 2
        slope = [(near[0], left, near[1]), (far[0], left, far[1]), (far[0], right, far[1]), (near[0], right, near[1])]
        hem = [(far[0], left, 2.12), (far[0], right, 2.12), (far[0], right, far[1]), (far[0], left, far[1])]
        flat = [(0, 0), (1, 0), (1, 1), (0, 1)]
        upright = [(0, 1), (0, 0), (1, 0), (1, 1)]
        cloth = panels([slope, slope[::-1], hem, hem[::-1]], [upright, upright[::-1], flat, flat[::-1]])
        canvas = stripes(style.sign, _WHITE, count=max(4, round(width * 1.2)), width=256, height=16)
        parts.append(Part(mesh=cloth, material=Material(texture=canvas)))
    return parts


def build_sign(name: str, style: ShopStyle, width: float, blade_side: float) -> list[Part]:
    """Return the two signs of a shop, in the frame of its front.

    Args:
        name: words on them, which they show in capitals.
        style: colours.
        width: of the front, metres.
        blade_side: 1.0 puts the sign that sticks out to the viewer's right, -1.0 to the left.
    """
    words = name.upper()
    long = min(width, 4.8)
    bottom, top = BOARD
    board = lettering(
        words, style.ink, style.sign, width=round(100 * long), height=round(100 * (top - bottom)), border=style.ink
    )
    bracket = Material(color=(0.12, 0.12, 0.13), specular=0.3)
    rim = Material(color=(style.sign[0], style.sign[1], style.sign[2]))
    blade = lettering(words, style.ink, style.sign, width=224, height=112, border=style.ink)
    low, high = BLADE
    y, near, far = blade_side * (width / 2 - 0.3), 0.25, 0.25 + 2 * (high - low)
    faces = [wall((near, y + 0.04), (far, y + 0.04), low, high), wall((far, y - 0.04), (near, y - 0.04), low, high)]
    edge = box((far - near, 0.08, high - low), ((near + far) / 2, y, low), bottom=True)
    keep = np.abs(edge.normals[edge.faces[:, 0], 1]) < 0.5
    parts = [
        Part(
            mesh=wall((0.14, long / 2), (0.14, -long / 2), bottom, top),
            material=Material(texture=board, emissive=0.25, glow=0.9),
            text=words,
        ),
        Part(mesh=join(faces), material=Material(texture=blade, emissive=0.25, glow=0.9), text=words),
        Part(mesh=_rim(0.14, long, bottom, top), material=rim),
        Part(mesh=Mesh(vertices=edge.vertices, faces=edge.faces[keep], normals=edge.normals, uv=edge.uv), material=rim),
        Part(mesh=tube((0.0, y, high + 0.06), (far, y, high + 0.06), 0.025), material=bracket),
    ]
    return parts
