"""The paint of a car on one picture of 512 x 512: its side above, half its top in the middle, front and rear below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scenes.procedural.texture import Color, Texture, to_rgb

if TYPE_CHECKING:
    from scenes.procedural.vehicle import Model

SIZE, FINE = 512, 1024  # pixels per side, stored and drawn
HEIGHT_SHARE = 2.0  # m, height that the side view spans
SIDE = 0.375  # share of the picture that the side view takes, and front and rear
_GLASS, _DARK, _SILVER, _RED = (0.16, 0.20, 0.24), (0.05, 0.05, 0.055), (0.86, 0.88, 0.90), (0.62, 0.05, 0.06)


def _shade(color: Color, share: float) -> tuple[int, int, int]:
    return to_rgb([v * share for v in color])


class _View:
    """A rectangle of the picture with coordinates in metres."""

    def __init__(
        self,
        draw: ImageDraw.ImageDraw,
        place: tuple[float, float, float, float],
        span: tuple[float, float, float, float],
    ):
        self.draw, self.place, self.span = draw, place, span

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return the pixel of a point; v grows upwards."""
        x0, y0, x1, y1 = self.place
        u0, v0, u1, v1 = self.span
        return x0 + (u - u0) / (u1 - u0) * (x1 - x0), y1 - (v - v0) / (v1 - v0) * (y1 - y0)

    def polygon(self, points: Sequence[Sequence[float]], fill: tuple[int, int, int]) -> None:
        self.draw.polygon([self.at(u, v) for u, v in points], fill=fill)

    def rectangle(
        self, u0: float, v0: float, u1: float, v1: float, fill: tuple[int, int, int], radius: float = 0.0
    ) -> None:
        (xa, ya), (xb, yb) = self.at(u0, v1), self.at(u1, v0)
        if xb > xa and yb > ya:
            self.draw.rounded_rectangle((xa, ya, xb, yb), radius=radius, fill=fill)

    def line(self, points: Sequence[Sequence[float]], fill: tuple[int, int, int], width: int = 2) -> None:
        self.draw.line([self.at(u, v) for u, v in points], fill=fill, width=width, joint="curve")


def _grow(points: Sequence[Sequence[float]], by: float) -> list[tuple[float, float]]:
    cx, cz = np.mean(points, axis=0).tolist()
    return [(cx + (1 + by) * (x - cx), cz + (1 + by) * (z - cz)) for x, z in points]


def paint_body(rng: np.random.Generator, model: Model, color: Sequence[float]) -> Texture:
    """Return the picture that `vehicle.loft_body` lays over a car of this paint."""
    image = Image.new("RGB", (FINE, FINE), to_rgb(color))
    draw = ImageDraw.Draw(image)
    half, wide = model.length / 2, model.width / 2
    edge = SIDE * FINE
    side = _View(draw, (0, 0, FINE, edge), (-half, 0.0, half, HEIGHT_SHARE))
    top = _View(draw, (0, edge, FINE, FINE - edge), (-half, wide, half, 0.0))
    front = _View(draw, (0, FINE - edge, FINE / 2, FINE), (-wide, 0.0, wide, HEIGHT_SHARE))
    rear = _View(draw, (FINE / 2, FINE - edge, FINE, FINE), (-wide, 0.0, wide, HEIGHT_SHARE))
    seam, light = _shade(color, 0.45), to_rgb([min(1.0, 1.12 * v + 0.03) for v in color])
    _paint_side(side, model, color, seam, light)
    _paint_top(top, model, color, seam)
    plate = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVXYZ"), 2)) + f" {int(rng.integers(100, 999))}"
    _paint_front(front, model, color, seam, plate)
    _paint_rear(rear, model, color, seam, plate)
    return np.asarray(cv2.resize(np.asarray(image), (SIZE, SIZE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _paint_side(
    view: _View, model: Model, color: Sequence[float], seam: tuple[int, int, int], light: tuple[int, int, int]
) -> None:
    half, belt = model.length / 2, model.belt
    view.rectangle(-half, belt - 0.16, half, belt - 0.02, light)
    view.rectangle(-half, 0.0, half, 0.62 * belt, _shade(color, 0.86))
    view.rectangle(-half, 0.0, half, 0.40, _shade(color, 0.74))
    view.rectangle(-half, 0.0, half, 0.27, to_rgb(_DARK))
    view.polygon(_grow(model.windows, 0.045), to_rgb(_DARK))
    view.polygon(model.windows, to_rgb(_GLASS))
    low, high = min(z for _, z in model.windows), max(z for _, z in model.windows)
    ends = [x for x, _ in model.windows]
    sheen = [(x, z) for x, z in model.windows if z > low + 0.1]
    if len(sheen) >= 2:
        cut = low + 0.55 * (high - low)
        view.polygon(
            [(x, max(z - 0.02, cut)) for x, z in sheen] + [(sheen[-1][0], cut), (sheen[0][0], cut)],
            to_rgb((0.36, 0.43, 0.49)),
        )
    for x in np.arange(min(ends) + 0.55, max(ends) - 0.35, 0.85).tolist():  # head rests behind the glass
        view.rectangle(x - 0.11, low + 0.02, x + 0.13, low + 0.2, to_rgb((0.07, 0.075, 0.08)), 6)
    for x in model.pillars:
        roof = (
            max(z for _, z in model.windows) if model.name == "van" else float(np.interp(x, *np.array(model.windows).T))
        )
        view.polygon([(x - 0.03, low), (x + 0.04, low), (x + 0.02, roof), (x - 0.045, roof)], to_rgb(_DARK))
    doors = [max(ends) - 0.02, *model.pillars[:1]]
    tail = max(model.axles[1] + model.wheel + 0.12, min(ends) + 0.2)
    doors.append(tail)
    for x in doors:
        view.line([(x, low), (x + 0.02, 0.5), (x - 0.04, 0.28)], seam, 3)
    view.line([(tail, 0.29), (doors[0], 0.29)], seam, 3)
    for x in doors[1:]:
        view.rectangle(x + 0.08, belt - 0.15, x + 0.27, belt - 0.115, seam, 3)
        view.rectangle(x + 0.09, belt - 0.14, x + 0.26, belt - 0.11, light, 3)
    if model.name == "van":
        view.line([(-0.45, 0.3), (-0.45, 1.72)], seam, 3)
        view.rectangle(-half + 0.3, 1.02, 0.3, 1.05, seam)
        view.line([(-half + 0.12, 1.3), (0.3, 1.3)], seam, 4)
    for x in model.axles:
        cx, cy = view.at(x, model.wheel)
        ex, ey = view.at(x + model.wheel + 0.1, 2 * model.wheel + 0.1)
        view.draw.arc((2 * cx - ex, ey, ex, 2 * cy - ey), 180, 360, fill=seam, width=5)
    nose = float(model.top[-2][1])
    view.polygon(
        [(half, nose - 0.16), (half, nose - 0.05), (half - 0.26, nose), (half - 0.2, nose - 0.1)], to_rgb(_SILVER)
    )
    low = 0.66 if model.name != "van" else 0.8
    view.polygon([(-half, low), (-half + 0.12, low), (-half + 0.16, belt - 0.03), (-half, belt - 0.03)], to_rgb(_RED))


def _paint_top(view: _View, model: Model, color: Sequence[float], seam: tuple[int, int, int]) -> None:
    wide = model.width / 2
    for (a, b), inner in ((model.screen, 0.88), (model.rear, 0.84)):
        low, high = sorted((a, b))
        view.rectangle(low - 0.04, inner * wide, high + 0.04, 0.0, to_rgb(_DARK))
        view.rectangle(low, (inner - 0.05) * wide, high, 0.0, to_rgb(_GLASS))
        view.rectangle(low + 0.55 * (high - low), (inner - 0.05) * wide, high, 0.0, to_rgb((0.34, 0.41, 0.47)))
    foot = max(model.screen)
    view.line([(foot + 0.06, 0.84 * wide), (model.length / 2 - 0.12, 0.74 * wide)], seam, 3)
    view.rectangle(foot + 0.05, 0.8 * wide, foot + 0.1, 0.0, to_rgb(_DARK))
    view.line([(foot + 0.3, 0.4 * wide), (model.length / 2 - 0.2, 0.34 * wide)], _shade(color, 0.86), 4)


def _plate(view: _View, z: float, words: str) -> None:
    view.rectangle(-0.28, z, 0.28, z + 0.13, to_rgb(_DARK))
    view.rectangle(-0.265, z + 0.01, 0.265, z + 0.12, to_rgb((0.95, 0.95, 0.92)))
    view.rectangle(-0.265, z + 0.01, -0.225, z + 0.12, to_rgb((0.1, 0.2, 0.6)))
    (x0, y0), (x1, y1) = view.at(-0.22, z + 0.12), view.at(0.26, z + 0.01)
    font = ImageFont.load_default((y1 - y0) * 0.95)
    view.draw.text(((x0 + x1) / 2, (y0 + y1) / 2), words, font=font, fill=(15, 15, 20), anchor="mm", stroke_width=1)


def _paint_front(view: _View, model: Model, color: Sequence[float], seam: tuple[int, int, int], plate: str) -> None:
    wide, nose = model.width / 2, float(model.top[-2][1])
    view.rectangle(-wide, 0.0, wide, 0.36, _shade(color, 0.72))
    view.rectangle(-wide, 0.0, wide, 0.2, to_rgb(_DARK))
    view.rectangle(-0.62 * wide, 0.24, 0.62 * wide, 0.34, to_rgb(_DARK), 8)
    view.rectangle(-0.5 * wide, nose - 0.24, 0.5 * wide, nose - 0.1, to_rgb((0.08, 0.08, 0.09)), 12)
    for z in np.arange(nose - 0.22, nose - 0.11, 0.035).tolist():
        view.rectangle(-0.48 * wide, z, 0.48 * wide, z + 0.012, to_rgb((0.45, 0.46, 0.48)))
    x, y = view.at(0.0, nose - 0.17)
    view.draw.ellipse((x - 12, y - 12, x + 12, y + 12), fill=to_rgb(_SILVER), outline=to_rgb(_DARK))
    for sign in (-1, 1):
        view.polygon(
            [
                (sign * u * wide, z)
                for u, z in ((0.54, nose - 0.22), (0.56, nose - 0.08), (0.98, nose - 0.02), (0.98, nose - 0.16))
            ],
            to_rgb(_DARK),
        )
        view.polygon(
            [
                (sign * u * wide, z)
                for u, z in ((0.57, nose - 0.2), (0.59, nose - 0.1), (0.95, nose - 0.04), (0.95, nose - 0.15))
            ],
            to_rgb(_SILVER),
        )
        x, y = view.at(sign * 0.72 * wide, nose - 0.13)
        view.draw.ellipse(
            (x - 13, y - 11, x + 13, y + 11),
            fill=to_rgb((0.98, 0.98, 0.94)),
            outline=to_rgb((0.5, 0.52, 0.55)),
            width=3,
        )
        view.rectangle(sign * 0.8 * wide - 0.06, 0.27, sign * 0.8 * wide + 0.06, 0.33, to_rgb((0.75, 0.76, 0.74)), 6)
    view.rectangle(-0.85 * wide, model.belt + 0.08, 0.85 * wide, model.height - 0.1, to_rgb(_GLASS))
    view.polygon(
        [
            (-0.8 * wide, model.belt + 0.5),
            (0.8 * wide, model.belt + 0.35),
            (0.8 * wide, model.height - 0.12),
            (-0.8 * wide, model.height - 0.12),
        ],
        to_rgb((0.34, 0.41, 0.47)),
    )
    view.line([(-wide, nose - 0.27), (wide, nose - 0.27)], seam, 2)
    _plate(view, 0.36, plate)


def _paint_rear(view: _View, model: Model, color: Sequence[float], seam: tuple[int, int, int], plate: str) -> None:
    wide, belt = model.width / 2, model.belt
    view.rectangle(-wide, 0.0, wide, 0.36, _shade(color, 0.72))
    view.rectangle(-wide, 0.0, wide, 0.26, to_rgb(_DARK))
    view.line([(-wide, 0.52), (wide, 0.52)], seam, 3)
    top = model.height - 0.12
    view.rectangle(-0.78 * wide, belt + 0.03, 0.78 * wide, top, to_rgb(_DARK), 10)
    view.rectangle(-0.74 * wide, belt + 0.06, 0.74 * wide, top - 0.03, to_rgb(_GLASS), 10)
    view.polygon(
        [(-0.7 * wide, belt + 0.3), (0.7 * wide, belt + 0.22), (0.7 * wide, top - 0.05), (-0.7 * wide, top - 0.05)],
        to_rgb((0.30, 0.37, 0.43)),
    )
    if model.name == "van":
        view.line([(0.0, 0.3), (0.0, top + 0.1)], seam, 4)
    for sign in (-1, 1):
        low = 0.66 if model.name != "van" else 0.8
        view.rectangle(
            min(sign * 0.7 * wide, sign * 0.99 * wide),
            low,
            max(sign * 0.7 * wide, sign * 0.99 * wide),
            belt - 0.03,
            to_rgb(_RED),
            8,
        )
        view.rectangle(
            min(sign * 0.74 * wide, sign * 0.96 * wide),
            low + 0.04,
            max(sign * 0.74 * wide, sign * 0.96 * wide),
            low + 0.09,
            to_rgb((0.9, 0.86, 0.8)),
            4,
        )
        view.rectangle(
            min(sign * 0.74 * wide, sign * 0.96 * wide),
            belt - 0.13,
            max(sign * 0.74 * wide, sign * 0.96 * wide),
            belt - 0.08,
            to_rgb((0.85, 0.2, 0.12)),
            4,
        )
    _plate(view, 0.58, plate)
    view.rectangle(-0.12, 0.76, 0.12, 0.79, to_rgb(_SILVER), 4)


def paint_rim(rng: np.random.Generator, spokes: int) -> Texture:
    """Return an alloy rim with some spokes, 256 pixels square."""
    y, x = np.mgrid[0:256, 0:256] / 127.5 - 1.0
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    wave = np.cos(spokes * angle)
    metal = (wave > 0.15 - 0.5 * (1 - radius)) | (radius > 0.86) | (radius < 0.24)
    tone = np.where(metal, 0.62 + 0.16 * wave * (radius < 0.86) + 0.1 * (0.9 - radius), 0.09)
    tone = np.where((radius < 0.12), 0.3, tone)
    tone = np.where((np.abs(radius - 0.86) < 0.02) | (np.abs(radius - 0.24) < 0.015), 0.35, tone)
    tone = tone * (1.0 + 0.03 * rng.standard_normal((256, 256)))
    return np.asarray(255 * np.clip(tone[..., None] * np.array((0.98, 1.0, 1.03)), 0, 1), dtype=np.uint8)
