"""What fills the openings of a facade: panes of windows by day and night, doors, shutters; 256 pixels square."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from scenes.procedural.surface import noise, to_bytes
from scenes.procedural.texture import Color, Texture, planks, to_rgb

SIZE = 256
FRAMES: tuple[Color, ...] = ((0.93, 0.92, 0.89), (0.36, 0.25, 0.17), (0.20, 0.22, 0.24), (0.22, 0.33, 0.27))


def _sky_in_glass(rng: np.random.Generator) -> Texture:
    """Return dark glass in which the sky and the houses opposite are seen, faintly."""
    y = np.linspace(0.0, 1.0, SIZE)[:, None, None]
    tone = np.array((0.42, 0.50, 0.57)) * (1 - y) + np.array((0.13, 0.15, 0.18)) * y
    tone = np.repeat(tone, SIZE, axis=1)
    edge = (0.45 + 0.2 * rng.random()) * SIZE
    for left in range(0, SIZE, 64):  # roofs opposite
        top = int(edge + rng.uniform(-34, 34))
        tone[top:, left : left + 64] *= rng.uniform(0.6, 0.8)
    tone *= (1.0 + 0.05 * noise(rng, SIZE, 20.0))[..., None]
    return to_bytes(tone)


def pane(rng: np.random.Generator, frame: Color, kind: str, sashes: int = 2) -> Texture:
    """Return a window, its frame round it.

    `kind` is "dark", "curtains" (dark between them), "lit" (drawn curtains with a lamp behind) or "blind".
    """
    image = Image.fromarray(_sky_in_glass(rng))
    draw = ImageDraw.Draw(image)
    if kind == "lit":
        y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
        folds = 0.93 + 0.06 * np.sin(2 * np.pi * x * rng.uniform(9, 14)) + 0.03 * noise(rng, SIZE, 3.0)
        glow = 0.66 + 0.3 * np.exp(-3.0 * ((x - rng.uniform(0.3, 0.7)) ** 2 + (y - 0.55) ** 2))
        color = np.array(((0.98, 0.86, 0.62), (0.98, 0.92, 0.78), (0.95, 0.78, 0.55))[int(rng.integers(3))])
        image = Image.fromarray(to_bytes(color * (folds * glow)[..., None]))
        draw = ImageDraw.Draw(image)
    elif kind == "blind":
        drop = int(rng.uniform(0.35, 0.95) * SIZE)
        tone = rng.uniform(0.7, 0.86)
        for top in range(0, drop, 8):
            draw.rectangle((0, top, SIZE, top + 6), fill=to_rgb((tone, tone * 0.98, tone * 0.92)))
            draw.line((0, top + 7, SIZE, top + 7), fill=to_rgb((0.4 * tone,) * 3))
    elif kind == "curtains":
        cloth = [0.84 * v for v in ((1, 0.97, 0.9), (0.85, 0.75, 0.6), (0.75, 0.8, 0.85))[int(rng.integers(3))]]
        width = int(rng.integers(40, 70))
        for k in range(0, width, 8):
            shade = 0.86 + 0.14 * np.cos(k / 3.0)
            draw.polygon([(k, 0), (k + 8, 0), (k + 4, SIZE), (k - 4, SIZE)], fill=to_rgb([shade * v for v in cloth]))
            right = SIZE - k
            draw.polygon(
                [(right, 0), (right - 8, 0), (right - 4, SIZE), (right + 4, SIZE)],
                fill=to_rgb([shade * v for v in cloth]),
            )
        if rng.random() < 0.4:  # a plant on the sill
            for x in range(90, 170, 12):
                draw.ellipse((x, 190 + int(rng.integers(-20, 10)), x + 26, 250), fill=to_rgb((0.16, 0.3, 0.14)))
    edge, dark = to_rgb(frame), to_rgb([0.72 * v for v in frame])
    draw.rectangle((0, 0, SIZE - 1, SIZE - 1), outline=edge, width=14)
    for k in range(1, sashes):
        x = k * SIZE // sashes
        draw.rectangle((x - 9, 0, x + 9, SIZE), fill=edge)
        draw.line((x, 8, x, SIZE), fill=dark, width=2)
    if sashes == 2 and kind != "blind":
        draw.rectangle((0, 70, SIZE, 80), fill=edge)
    draw.rectangle((14, 14, SIZE - 15, SIZE - 15), outline=dark, width=2)
    return np.asarray(image)


def door(rng: np.random.Generator, color: Color) -> Texture:
    """Return a panelled house door with a light over it, a handle and a letter slot."""
    wood = cv2.resize(planks(rng, color, boards=2), (SIZE, SIZE)).astype(np.uint8)
    image = Image.fromarray(wood)
    draw = ImageDraw.Draw(image)
    dark, pale = to_rgb([0.55 * v for v in color]), to_rgb([min(1.25 * v, 1.0) for v in color])
    draw.rectangle((0, 0, SIZE - 1, 52), fill=to_rgb((0.3, 0.36, 0.4)))
    draw.polygon([(0, 40), (SIZE, 8), (SIZE, 0), (0, 0)], fill=to_rgb((0.45, 0.52, 0.57)))
    draw.rectangle((0, 48, SIZE, 60), fill=dark)
    for x0, x1 in ((26, 116), (140, 230)):
        for y0, y1 in ((74, 148), (172, 238)):
            draw.rectangle((x0, y0, x1, y1), fill=dark)
            draw.rectangle((x0 + 5, y0 + 3, x1 - 3, y1 - 2), fill=pale)
            draw.rectangle((x0 + 10, y0 + 6, x1 - 8, y1 - 5), fill=to_rgb(color))
    draw.ellipse((118, 158, 134, 166), fill=to_rgb((0.82, 0.72, 0.4)))
    draw.rectangle((150, 157, 220, 163), fill=to_rgb((0.75, 0.66, 0.36)))
    draw.rectangle((0, 0, SIZE - 1, SIZE - 1), outline=dark, width=8)
    return np.asarray(image)


def shop_door(rng: np.random.Generator, color: Color) -> Texture:
    """Return a glazed shop door with a push bar, a notice and the light of the shop behind it."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    warm = 0.35 + 0.35 * np.exp(-4.0 * ((x - 0.5) ** 2 + (y - 0.3) ** 2))
    image = Image.fromarray(
        to_bytes(np.array((0.95, 0.86, 0.7)) * (warm * (1 + 0.1 * noise(rng, SIZE, 14.0)))[..., None])
    )
    draw = ImageDraw.Draw(image)
    draw.polygon([(40, 240), (150, 20), (190, 20), (80, 240)], fill=to_rgb((0.68, 0.68, 0.66)))
    draw.rectangle((0, 0, SIZE - 1, SIZE - 1), outline=to_rgb(color), width=30)
    draw.rectangle((0, 218, SIZE, SIZE), fill=to_rgb([0.9 * v for v in color]))
    draw.rectangle((30, 22, SIZE - 31, 217), outline=to_rgb([0.6 * v for v in color]), width=3)
    draw.rectangle((205, 110, 216, 170), fill=to_rgb((0.86, 0.84, 0.8)))
    draw.rectangle((80, 92, 150, 116), fill=to_rgb((0.9, 0.1, 0.1) if rng.random() < 0.5 else (0.1, 0.35, 0.65)))
    draw.text((88, 94), "OPEN", fill=(255, 255, 255), font_size=22)
    return np.asarray(image)


def shutter(color: Color) -> Texture:
    """Return one louvred leaf of a window's shutters."""
    image = Image.new("RGB", (SIZE, SIZE), to_rgb(color))
    draw = ImageDraw.Draw(image)
    for top in range(20, 236, 12):
        if 118 < top < 134:
            continue
        draw.rectangle((34, top, 222, top + 5), fill=to_rgb([0.62 * v for v in color]))
        draw.line((34, top + 7, 222, top + 7), fill=to_rgb([min(1.15 * v, 1.0) for v in color]), width=2)
    draw.rectangle((0, 0, SIZE - 1, SIZE - 1), outline=to_rgb([0.7 * v for v in color]), width=6)
    return np.asarray(image)


def roller_door(rng: np.random.Generator, color: Color) -> Texture:
    """Return a garage door of steel slats with dirt at its foot."""
    y = np.arange(SIZE)
    slats = np.where(y % 16 < 2, 0.7, 1.0 + 0.05 * np.sin(2 * np.pi * y / 16))
    shade = (
        slats[:, None] * (1.0 + 0.04 * noise(rng, SIZE, 6.0)) * (1.0 - 0.25 * np.clip((y - 200) / 56, 0, 1))[:, None]
    )
    return to_bytes(np.array(color) * shade[..., None])


def interior(rng: np.random.Generator, wares: Sequence[Color], wall: Color) -> Texture:
    """Return the inside of a shop seen through its window: lamps, shelves full of wares, a counter; 512 x 256."""
    w, h = 512, 256
    y = np.mgrid[0:h, 0:w][0]
    shade = 0.95 - 0.3 * np.abs(y / h - 0.35)
    image = Image.fromarray(to_bytes(np.array(wall) * shade[..., None] * np.ones((h, w, 1))))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, w, 20), fill=to_rgb((0.86, 0.83, 0.76)))
    for k in range(24, w, 62):
        draw.ellipse((k, 10, k + 30, 22), fill=to_rgb((1.0, 0.97, 0.88)))
    for left in range(8, w - 60, 126):
        draw.rectangle((left, 40, left + 112, 226), fill=to_rgb((0.46, 0.38, 0.30)))
        for shelf in (82, 128, 174, 222):
            at = left + 4
            while at < left + 98:
                size, tall = int(rng.integers(6, 17)), int(rng.integers(16, 38))
                color = [rng.uniform(0.7, 1.1) * v for v in wares[int(rng.integers(len(wares)))]]
                draw.rectangle((at, shelf - tall, at + size, shelf), fill=to_rgb(color))
                draw.line(
                    (at + 2, shelf - tall + 2, at + 2, shelf - 2), fill=to_rgb([min(1.2 * v, 1.0) for v in color])
                )
                at += size + int(rng.integers(1, 4))
            draw.rectangle((left, shelf, left + 112, shelf + 4), fill=to_rgb((0.62, 0.5, 0.36)))
    return np.asarray(cv2.GaussianBlur(np.asarray(image), (0, 0), 0.7), dtype=np.uint8)
