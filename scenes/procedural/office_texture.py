"""Textures of rooms: floors, ceilings, cloth, and what can be read or seen on screens, boards, shelves and signs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scenes.procedural.texture import Color, Texture, noise
from scenes.procedural.texture import to_rgb as ink

SIZE = 256  # pixels per side of a surface
WHITE: Color = (0.97, 0.97, 0.96)
MUTED = np.array([
    (0.22, 0.29, 0.40), (0.55, 0.23, 0.20), (0.30, 0.42, 0.36), (0.80, 0.62, 0.30), (0.72, 0.70, 0.64),
    (0.16, 0.17, 0.19), (0.42, 0.52, 0.60), (0.62, 0.44, 0.34), (0.86, 0.82, 0.74), (0.38, 0.30, 0.42),
])  # of covers and pictures, sRGB  # fmt: skip


def to_bytes(picture: npt.NDArray[np.float64]) -> Texture:
    """Return a picture in [0, 1] as bytes."""
    return (np.clip(picture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def _stretch(rng: np.random.Generator, size: int, along: float, across: float) -> npt.NDArray[np.float64]:
    """Return noise of unit deviation, smoothed more across the rows than down the columns; it tiles."""
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    blur = np.exp(-0.5 * (2 * np.pi) ** 2 * ((along * fy) ** 2 + (across * fx) ** 2))
    field = np.fft.irfft2(spectrum * blur, s=(size, size))
    out: npt.NDArray[np.float64] = (field - field.mean()) / field.std()
    return out


def carpet(rng: np.random.Generator, color: Color) -> Texture:
    """Return carpet tiles, 2 x 2, laid quarter-turned: 1 m."""
    half = SIZE // 2
    rows = _stretch(rng, half, 1.0, 5.0)
    picture = np.block([[rows, rows.T], [rows.T[::-1], rows[::-1]]])
    shade = 1.0 + 0.05 * picture + 0.05 * noise(rng, SIZE, 0.5)
    shade[::half] *= 0.93
    shade[:, ::half] *= 0.93
    fleck = rng.random((SIZE, SIZE)) > 0.985
    shade[fleck] *= 1.18
    return to_bytes(np.asarray(color) * shade[..., None])


def linoleum(rng: np.random.Generator, color: Color) -> Texture:
    """Return marbled linoleum: 2 m."""
    shade = 1.0 + 0.025 * _stretch(rng, SIZE, 9.0, 3.0) + 0.02 * noise(rng, SIZE, 1.0) + 0.015 * noise(rng, SIZE, 12.0)
    tint = np.stack([1.0 + 0.005 * noise(rng, SIZE, 6.0) for _ in range(3)], axis=2)
    return to_bytes(np.asarray(color) * shade[..., None] * tint)


def parquet(rng: np.random.Generator, color: Color) -> Texture:
    """Return planks laid with staggered joints: 1.6 m, eight planks side by side."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    row = y * 8 // SIZE
    shift = rng.integers(0, SIZE, 8)
    along = (x + shift[row]) % SIZE
    plank = along * 2 // SIZE
    shade = 1.0 + 0.05 * rng.standard_normal((8, 2))[row, plank]
    shade += 0.04 * _stretch(rng, SIZE, 0.8, 14.0) + 0.02 * noise(rng, SIZE, 0.6)
    joint = (y % (SIZE // 8) == 0) | (along % (SIZE // 2) < 1)
    tint = 1.0 + 0.012 * rng.standard_normal((8, 2, 3))[row, plank]
    return to_bytes(np.asarray(color) * (shade * np.where(joint, 0.62, 1.0))[..., None] * tint)


def tiles(rng: np.random.Generator, color: Color, *, rows: int = 2, joint: float = 0.78) -> Texture:
    """Return square tiles with joints of another shade, `rows` a side."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    step = SIZE // rows
    shade = 1.0 + 0.025 * rng.standard_normal((rows, rows))[y // step, x // step]
    shade += 0.02 * noise(rng, SIZE, 8.0) + 0.012 * noise(rng, SIZE, 0.8)
    gap = (y % step < 2) | (x % step < 2)
    return to_bytes(np.asarray(color) * np.where(gap, joint, shade)[..., None])


def plaster(rng: np.random.Generator) -> Texture:
    """Return near-white painted plaster, to be coloured by the material: 2 m."""
    shade = 0.965 + 0.008 * noise(rng, SIZE, 0.8) + 0.009 * noise(rng, SIZE, 10.0) + 0.006 * noise(rng, SIZE, 30.0)
    return to_bytes(np.repeat(shade[..., None], 3, axis=2))


def ceiling_tiles(rng: np.random.Generator) -> Texture:
    """Return 2 x 2 mineral tiles in a white grid: 1.2 m."""
    shade = 0.93 + 0.012 * noise(rng, SIZE, 0.7)
    holes = (noise(rng, SIZE, 1.1) > 2.0) | (rng.random((SIZE, SIZE)) > 0.992)
    shade[holes] *= 0.8
    half = SIZE // 2
    for k in range(3):
        shade[k::half] = shade[:, k::half] = 0.99 if k < 2 else 0.72
    return to_bytes(np.asarray((1.0, 1.0, 0.985)) * shade[..., None])


def veneer(rng: np.random.Generator, color: Color) -> Texture:
    """Return wood with an upright grain."""
    grain = 0.045 * _stretch(rng, SIZE, 40.0, 1.2) + 0.05 * _stretch(rng, SIZE, 70.0, 8.0)
    return to_bytes(np.asarray(color) * (1.0 + grain)[..., None])


def fabric(rng: np.random.Generator) -> Texture:
    """Return near-white woven cloth, to be coloured by the material: 0.4 m."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    weave = 0.06 * np.where((x // 2 + y // 2) % 2 == 0, np.sin(x * np.pi / 2 + 0.8), np.sin(y * np.pi / 2 + 0.8))
    return to_bytes(np.repeat((0.9 + weave + 0.035 * noise(rng, SIZE, 0.8))[..., None], 3, axis=2))


def light_panel() -> Texture:
    """Return a lamp behind a diffuser, in a metal rim."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    edge = np.maximum(np.abs(x), np.abs(y))
    picture = np.ones((SIZE, SIZE, 3)) * np.asarray((1.0, 0.995, 0.97)) * (1.0 - 0.12 * (2 * edge[..., None]) ** 3)
    picture[edge > 0.47] = (0.78, 0.79, 0.8)
    return to_bytes(picture)


def shelf_of(rng: np.random.Generator, kind: str) -> Texture:
    """Return the front of a shelf, five boards high, full of "binders" or "books"."""
    size = 512
    image = Image.new("RGB", (size, size), ink((0.16, 0.14, 0.13)))
    draw = ImageDraw.Draw(image)
    row = size // 5
    hues = MUTED[rng.permutation(len(MUTED))[:5]]
    for level in range(5):
        floor = (level + 1) * row - 8
        x = 8
        while x < size - 12:
            if rng.random() < 0.07:
                x += int(rng.integers(20, 70))
                continue
            base = hues[int(rng.integers(len(hues)))] * rng.uniform(0.85, 1.1)
            if kind == "binders":
                wide, tall = 34, row - 18
                draw.rectangle((x, floor - tall, x + wide - 2, floor), fill=ink(base.tolist()))
                draw.rectangle((x + 6, floor - tall + 10, x + wide - 9, floor - 40), fill=ink(WHITE))
                for k in range(3):
                    draw.line(
                        (x + 9, floor - tall + 16 + 6 * k, x + wide - 12, floor - tall + 16 + 6 * k), fill=(90, 90, 90)
                    )
                draw.ellipse((x + 11, floor - 26, x + wide - 14, floor - 15), fill=(30, 30, 30))
            else:
                wide, tall = int(rng.integers(9, 24)), int(rng.integers(row // 2, row - 16))
                base = MUTED[int(rng.integers(len(MUTED)))] * rng.uniform(0.7, 1.15)
                draw.rectangle((x, floor - tall, x + wide - 2, floor), fill=ink(base.tolist()))
                draw.line(
                    (x + 2, floor - tall + 8, x + wide - 4, floor - tall + 8), fill=ink((1.4 * base).tolist()), width=3
                )
            x += wide
        draw.rectangle((0, floor, size, floor + 8), fill=ink((0.62, 0.55, 0.46)))
    return np.asarray(image)


def screen(rng: np.random.Generator, kind: str) -> Texture:
    """Return what a monitor shows: "code", "table", "chart", "mail" or "slide"."""
    w, h = 256, 128
    dark = kind == "code"
    image = Image.new("RGB", (w, h), ink((0.1, 0.11, 0.14) if dark else (0.95, 0.96, 0.97)))
    draw = ImageDraw.Draw(image)
    accent = ink(((0.16, 0.42, 0.75), (0.12, 0.55, 0.45), (0.75, 0.35, 0.15), (0.45, 0.3, 0.65))[int(rng.integers(4))])
    draw.rectangle((0, 0, w, 9), fill=(52, 56, 66) if dark else accent)
    if dark:
        draw.rectangle((0, 9, 44, h), fill=ink((0.15, 0.16, 0.19)))
        for y in range(16, h - 4, 6):
            draw.line((5, y, 5 + int(rng.integers(10, 32)), y), fill=(110, 116, 128), width=2)
            x = 52 + 8 * int(rng.integers(0, 4))
            while x < w - 40 and rng.random() < 0.85:
                wide = int(rng.integers(8, 34))
                draw.line(
                    (x, y, x + wide, y),
                    fill=ink(rng.choice([(0.8, 0.5, 0.4), (0.5, 0.7, 0.9), (0.6, 0.8, 0.5), (0.8, 0.8, 0.8)]).tolist()),
                    width=2,
                )
                x += wide + 5
    elif kind == "table":
        for y in range(16, h, 8):
            for x in range(4, w, 36):
                draw.rectangle((x, y, x + 36, y + 8), outline=(205, 208, 212))
                if rng.random() < 0.8:
                    draw.line((x + 4, y + 4, x + int(rng.integers(8, 30)), y + 4), fill=(70, 74, 80), width=2)
    elif kind == "chart":
        for k in range(7):
            x = 14 + 18 * k
            draw.rectangle((x, h - 12 - int(rng.integers(15, 80)), x + 11, h - 12), fill=accent)
        points = [(150 + 16 * k, 90 - int(rng.integers(0, 60))) for k in range(7)]
        draw.line(points, fill=(200, 70, 50), width=2)
        draw.line((8, h - 12, 138, h - 12), fill=(80, 80, 80))
    elif kind == "mail":
        draw.rectangle((0, 9, 70, h), fill=(228, 232, 238))
        for y in range(18, h - 8, 13):
            draw.rectangle((4, y - 4, 66, y + 6), fill=(250, 250, 252))
            draw.line((8, y, 50, y), fill=(90, 95, 105), width=2)
            draw.line((8, y + 4, 60, y + 4), fill=(170, 175, 182))
        for y in range(20, h - 8, 7):
            draw.line((80, y, 90 + int(rng.integers(80, 150)), y), fill=(110, 112, 118), width=2)
    else:
        draw.rectangle((0, 9, w, h), fill=accent)
        draw.rectangle((20, 30, 170, 40), fill=(245, 245, 245))
        for y in (56, 70, 84, 98):
            draw.rectangle((24, y, 30, y + 4), fill=(245, 245, 245))
            draw.line((38, y + 2, 38 + int(rng.integers(60, 150)), y + 2), fill=(225, 230, 235), width=3)
    return np.asarray(image)


def painting(rng: np.random.Generator) -> Texture:
    """Return a framed picture: stripes, hills, circles or squares, in a passe-partout."""
    w = h = SIZE
    image = Image.new("RGB", (w, h), ink((0.96, 0.95, 0.92)))
    draw = ImageDraw.Draw(image)
    hues = [ink(hue) for hue in MUTED[rng.permutation(len(MUTED))[:6]].tolist()]
    a, b = 30, 226
    draw.rectangle((a, a, b, b), fill=hues[0])
    style = int(rng.integers(4))
    if style == 0:
        for k in range(5):
            y = a + 40 * k
            points = [(x, y + 30 + 22 * np.sin(x / 30 + k * 2 + hues[1][0])) for x in range(a, b + 1, 8)]
            draw.polygon([(a, b), *points, (b, b)], fill=hues[k % 6])
    elif style == 1:
        for _ in range(12):
            x, y, r = (int(v) for v in rng.integers((a, a, 10), (b, b, 55)))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=hues[int(rng.integers(6))])
    elif style == 2:
        for k, x in enumerate(np.cumsum(rng.integers(8, 30, 10))):
            draw.rectangle((min(a + int(x), b), a, b, b), fill=hues[k % 6])
    else:
        for y in range(a, b, 49):
            for x in range(a, b, 49):
                draw.rectangle((x, y, x + 46, y + 46), fill=hues[int(rng.integers(6))])
    draw.rectangle((0, 0, w, 29), fill=ink((0.96, 0.95, 0.92)))
    draw.rectangle((0, 227, w, h), fill=ink((0.96, 0.95, 0.92)))
    draw.rectangle((0, 0, 29, h), fill=ink((0.96, 0.95, 0.92)))
    draw.rectangle((227, 0, w, h), fill=ink((0.96, 0.95, 0.92)))
    return np.asarray(image)


def whiteboard(rng: np.random.Generator) -> Texture:
    """Return a whiteboard with a sketch: boxes, arrows, lists."""
    w, h = 512, 256
    image = Image.new("RGB", (w, h), ink((0.95, 0.955, 0.96)))
    draw = ImageDraw.Draw(image)
    pens = [(30, 60, 160), (180, 40, 40), (30, 30, 30), (30, 120, 60)]
    spots = [(50 + 150 * int(k) + int(rng.integers(0, 30)), int(rng.integers(25, 140))) for k in range(3)]
    pen = pens[int(rng.integers(4))]
    for x, y in spots:
        draw.rectangle((x, y, x + 86, y + 44), outline=pen, width=3)
        draw.line((x + 12, y + 22, x + 12 + int(rng.integers(20, 62)), y + 20), fill=pens[2], width=3)
    for (x, y), (u, v) in pairwise(spots):
        draw.line((x + 88, y + 22, u - 4, v + 22), fill=pens[1], width=3)
        draw.polygon([(u - 2, v + 22), (u - 14, v + 15), (u - 14, v + 29)], fill=pens[1])
    for k in range(4):
        y = 178 + 17 * k
        draw.ellipse((60, y - 3, 66, y + 3), fill=pens[3])
        draw.line((76, y, 110 + int(rng.integers(30, 170)), y + int(rng.integers(-3, 4))), fill=pens[2], width=2)
    return np.asarray(image)


def notice_board(rng: np.random.Generator) -> Texture:
    """Return a cork board with pinned sheets."""
    h = 256
    cork = to_bytes(np.asarray((0.72, 0.55, 0.36)) * (1.0 + 0.08 * noise(rng, 512, 0.8))[:h, :, None])
    image = Image.fromarray(cork)
    draw = ImageDraw.Draw(image)
    for k in range(9):
        x, y = 14 + (k % 5) * 98 + int(rng.integers(0, 16)), 12 + (k // 5) * 122 + int(rng.integers(0, 18))
        wide, tall = int(rng.integers(58, 84)), int(rng.integers(74, 104))
        paper = ink(
            rng.choice([(0.97, 0.97, 0.95), (0.98, 0.93, 0.6), (0.75, 0.88, 0.97), (0.97, 0.78, 0.78)]).tolist()
        )
        draw.rectangle((x + 3, y + 3, x + wide + 3, y + tall + 3), fill=(110, 80, 52))
        draw.rectangle((x, y, x + wide, y + tall), fill=paper)
        draw.rectangle((x + 8, y + 10, x + wide - 20, y + 17), fill=ink(rng.uniform(0.1, 0.6, 3).tolist()))
        if rng.random() < 0.4:
            draw.rectangle(
                (x + 10, y + 26, x + wide - 10, y + tall - 18), fill=ink(MUTED[int(rng.integers(len(MUTED)))].tolist())
            )
        else:
            for v in range(y + 26, y + tall - 8, 7):
                draw.line((x + 8, v, x + wide - 8 - int(rng.integers(0, 20)), v), fill=(120, 120, 120))
        draw.ellipse((x + wide // 2 - 4, y + 2, x + wide // 2 + 4, y + 10), fill=(200, 40, 40))
    return np.asarray(image)


def plate(words: str, face: Color, back: Color, *, lines: int, size: tuple[int, int] = (256, 128)) -> Texture:
    """Return bold words as large as they fit on a sign, broken into at most `lines` lines of even length."""
    parts = words.split(" ")
    texts = [words]
    if lines > 1:
        texts += [f"{' '.join(parts[:k])}\n{' '.join(parts[k:])}" for k in range(1, len(parts))]
    rows = [text.split("\n") for text in texts]
    extent = [max(4 * len(row), *(len(line) for line in row)) for row in rows]
    text = texts[extent.index(min(extent))]
    w, h = size
    image = Image.new("RGB", size, ink(back))
    draw = ImageDraw.Draw(image)
    draw.rectangle((3, 3, w - 4, h - 4), outline=ink(face), width=2)
    points = float(h)
    for _ in range(3):
        left, top, right, bottom = draw.multiline_textbbox(
            (0, 0), text, font=ImageFont.load_default(points), spacing=0.16 * points
        )
        points *= min(0.88 * w / (right - left), 0.74 * h / (bottom - top))
    font = ImageFont.load_default(points)
    left, top, right, bottom = draw.multiline_textbbox((0, 0), text, font=font, spacing=0.16 * points, align="center")
    draw.multiline_text(
        ((w - right - left) / 2, (h - bottom - top) / 2), text, font=font, fill=ink(face), spacing=0.16 * points,
        align="center", stroke_width=max(1, round(points / 32)), stroke_fill=ink(face),
    )  # fmt: skip
    return np.asarray(image)


def exit_sign() -> Texture:
    """Return a green sign: a figure that runs through a door, and the word."""
    image = Image.new("RGB", (256, 128), ink((0.0, 0.52, 0.28)))
    draw = ImageDraw.Draw(image)
    pale = ink(WHITE)
    draw.rectangle((16, 18, 62, 112), outline=pale, width=6)
    draw.ellipse((72, 18, 88, 34), fill=pale)
    for a, b in (((76, 38), (64, 70)), ((64, 70), (84, 84)), ((84, 84), (76, 108)), ((64, 72), (46, 88)),
                 ((46, 88), (34, 84)), ((74, 42), (96, 54)), ((72, 42), (52, 48)), ((52, 48), (44, 62))):  # fmt: skip
        draw.line((*a, *b), fill=pale, width=8)
    font = ImageFont.load_default(60)
    draw.text((112, 32), "EXIT", font=font, fill=pale, stroke_width=2, stroke_fill=pale)
    return np.asarray(image)


def rack_front(rng: np.random.Generator) -> Texture:
    """Return the front of a rack of servers with small lights."""
    image = Image.new("RGB", (256, 256), ink((0.07, 0.07, 0.08)))
    draw = ImageDraw.Draw(image)
    for y in range(6, 250, 15):
        if rng.random() < 0.15:
            continue
        shade = float(rng.uniform(0.12, 0.24))
        draw.rectangle((14, y, 242, y + 12), fill=ink((shade, shade, shade * 1.05)), outline=(14, 14, 16))
        for x in range(70, 200, 7):
            draw.line((x, y + 3, x, y + 9), fill=(10, 10, 10), width=3)
        for x in (22, 30, 38, 212, 220, 228):
            if rng.random() < 0.7:
                lit = ((60, 240, 90), (70, 160, 255), (255, 170, 50))[int(rng.choice(3, p=(0.7, 0.2, 0.1)))]
                draw.rectangle((x, y + 4, x + 3, y + 7), fill=lit)
    return np.asarray(image)


def clock_face() -> Texture:
    """Return a clock at ten past ten."""
    image = Image.new("RGB", (128, 128), ink(WHITE))
    draw = ImageDraw.Draw(image)
    for k in range(12):
        a = k * np.pi / 6
        draw.line(
            (64 + 46 * np.cos(a), 64 + 46 * np.sin(a), 64 + 56 * np.cos(a), 64 + 56 * np.sin(a)),
            fill=(20, 20, 20),
            width=4,
        )
    draw.line((64, 64, 40, 47), fill=(20, 20, 20), width=6)
    draw.line((64, 64, 98, 38), fill=(20, 20, 20), width=4)
    return np.asarray(image)


def logo(rng: np.random.Generator, words: str, color: Sequence[float]) -> Texture:
    """Return the name of the firm with its mark, on a board."""
    image = Image.new("RGB", (512, 128), ink((0.95, 0.95, 0.94)))
    draw = ImageDraw.Draw(image)
    kind = int(rng.integers(3))
    if kind == 0:
        draw.ellipse((24, 24, 104, 104), fill=ink(color))
        draw.ellipse((52, 38, 92, 78), fill=ink((0.95, 0.95, 0.94)))
    elif kind == 1:
        draw.polygon([(64, 20), (108, 104), (20, 104)], fill=ink(color))
    else:
        for k in range(3):
            draw.rectangle((24 + 28 * k, 84 - 26 * k, 44 + 28 * k, 104), fill=ink(color))
    draw.text(
        (130, 26), words, font=ImageFont.load_default(62), fill=(40, 44, 52), stroke_width=1, stroke_fill=(40, 44, 52)
    )
    return np.asarray(image)


def speckle_stone(rng: np.random.Generator) -> Texture:
    """Return a worktop of speckled stone: 0.6 m."""
    base = np.array(((0.30, 0.30, 0.31), (0.78, 0.76, 0.72), (0.45, 0.42, 0.4))[int(rng.integers(3))])
    grains = np.where(noise(rng, SIZE, 0.8) > 1.3, 1.25, 1.0) * np.where(noise(rng, SIZE, 0.9) > 1.5, 0.75, 1.0)
    return to_bytes(base * (grains * (1.0 + 0.02 * noise(rng, SIZE, 6.0)))[..., None])
