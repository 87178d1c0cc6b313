"""Small textures, drawn from a generator: (H, W, 3) uint8 sRGB, row 0 at the top; surfaces tile."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Texture = npt.NDArray[np.uint8]
Color = Sequence[float]  # sRGB in [0, 1]

GLASS: Color = (0.25, 0.31, 0.36)
FRAME: Color = (0.93, 0.92, 0.88)


def _to_bytes(picture: npt.NDArray[np.floating]) -> Texture:
    return (np.clip(picture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def to_rgb(color: Color) -> tuple[int, int, int]:
    """Return a colour as Pillow takes it."""
    red, green, blue = (round(255 * min(max(value, 0.0), 1.0)) for value in color)
    return red, green, blue


def noise(rng: np.random.Generator, size: int, grain: float) -> npt.NDArray[np.float64]:
    """Return tiling noise (size, size) of zero mean and unit deviation, smoothed over `grain` pixels."""
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    field = np.fft.irfft2(spectrum * np.exp(-0.5 * (2 * np.pi * grain) ** 2 * (fx**2 + fy**2)), s=(size, size))
    field -= field.mean()
    out: npt.NDArray[np.float64] = field / field.std()
    return out


def speckle(
    rng: np.random.Generator, color: Color, *, size: int = 128, fine: float = 0.03, coarse: float = 0.03
) -> Texture:
    """Return a plain surface with fine and coarse variation: plaster, asphalt, foliage, water."""
    shade = fine * noise(rng, size, 0.6) + coarse * noise(rng, size, size / 16)
    return _to_bytes(np.asarray(color) * (1.0 + shade[..., None]))


def slabs(
    rng: np.random.Generator,
    color: Color,
    *,
    rows: int,
    columns: int,
    size: int = 256,
    joint: float = 0.75,
    spread: float = 0.06,
) -> Texture:
    """Return stones laid in rows, every other row shifted by half a stone: paving, bricks, roof tiles."""
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.floor(y * rows).astype(int)
    shifted = (x * columns + 0.5 * (row % 2)) % columns
    column = np.floor(shifted).astype(int)
    shade = 1.0 + spread * rng.standard_normal((rows, columns))[row, column] + 0.02 * noise(rng, size, 0.7)
    tint = 1.0 + 0.3 * spread * rng.standard_normal((rows, columns, 3))[row, column]
    width = 2.0  # pixels of joint
    gap = np.minimum((shifted % 1) * size / columns, (y * rows % 1) * size / rows) < width
    return _to_bytes(np.asarray(color) * (shade * np.where(gap, joint, 1.0))[..., None] * tint)


def planks(rng: np.random.Generator, color: Color, *, boards: int = 4, size: int = 64) -> Texture:
    """Return upright boards."""
    board = np.arange(size) * boards // size
    grain = cv2.GaussianBlur(rng.standard_normal((size, size)), (1, 15), 0.1, sigmaY=5.0)
    shade = 1.0 + 0.1 * rng.standard_normal(boards)[board] + 0.12 * grain
    shade[:, np.arange(size) % (size // boards) == 0] *= 0.6
    return _to_bytes(np.asarray(color) * shade[..., None])


def stripes(
    first: Color, second: Color, *, count: int = 4, width: int = 64, height: int = 16, slant: float = 0.0
) -> Texture:
    """Return `count` pairs of stripes, upright, or leaning by `slant` of the width over the height."""
    y, x = np.mgrid[0:height, 0:width]
    odd = ((x / width + slant * y / height) * count) % 1 >= 0.5
    return _to_bytes(np.where(odd[..., None], second, first).astype(np.float64))


def windows(rng: np.random.Generator, style: str) -> Texture:
    """Return one storey of a facade, one window wide, which tiles: 2.5 m x 3 m.

    `style` is "plain", "shutters", "brick" or "arched". The wall is near white, to be coloured by the material.
    """
    size = 192
    if style == "brick":
        picture = slabs(rng, (0.9, 0.72, 0.64), rows=24, columns=8, size=size, joint=0.85)
    else:
        picture = speckle(rng, (0.94, 0.93, 0.9), size=size, fine=0.012, coarse=0.012)
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    left, right, top, bottom = 60, 132, 34, 146
    surround = to_rgb((0.8, 0.78, 0.72) if style != "brick" else (0.86, 0.84, 0.8))
    if style == "arched":
        draw.pieslice((left - 8, top - 32, right + 8, top + 52), 180, 360, fill=surround)
    draw.rectangle((left - 8, top - 6, right + 8, bottom + 4), fill=surround)
    draw.rectangle((left - 12, bottom + 4, right + 12, bottom + 11), fill=to_rgb((0.7, 0.68, 0.63)))
    draw.line((left - 12, bottom + 12, right + 12, bottom + 12), fill=to_rgb((0.5, 0.48, 0.45)), width=2)
    draw.rectangle((left, top, right, bottom), fill=to_rgb(GLASS))
    draw.polygon([(left, bottom - 30), (right, top + 14), (right, top), (left, top)], fill=to_rgb((0.42, 0.5, 0.56)))
    if style == "arched":
        draw.pieslice((left, top - 24, right, top + 44), 180, 360, fill=to_rgb((0.42, 0.5, 0.56)))
    if rng.random() < 0.7:  # curtains
        draw.rectangle((left, top, left + 14, bottom), fill=to_rgb((0.8, 0.78, 0.74)))
        draw.rectangle((right - 14, top, right, bottom), fill=to_rgb((0.8, 0.78, 0.74)))
    frame = to_rgb(FRAME)
    draw.rectangle((left, top, right, bottom), outline=frame, width=5)
    draw.line(((left + right) // 2, top, (left + right) // 2, bottom), fill=frame, width=5)
    draw.line((left, top + 34, right, top + 34), fill=frame, width=4)
    if style == "shutters":
        for a, b in ((left - 40, left - 9), (right + 9, right + 40)):
            draw.rectangle((a, top - 4, b, bottom + 2), fill=to_rgb((0.36, 0.47, 0.42)))
            for y in range(top + 2, bottom, 8):
                draw.line((a + 4, y, b - 4, y), fill=to_rgb((0.27, 0.36, 0.32)), width=2)
    return np.asarray(image)


def ground_floor(rng: np.random.Generator) -> Texture:
    """Return the ground floor of a dwelling, a door and a window, which tiles: 5 m x 3.4 m."""
    image = Image.fromarray(np.repeat(speckle(rng, (0.9, 0.89, 0.86), size=192, fine=0.012), 2, axis=1)[:, :320])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 162, 320, 192), fill=to_rgb((0.62, 0.6, 0.57)))
    draw.line((0, 162, 320, 162), fill=to_rgb((0.5, 0.48, 0.46)), width=2)
    wood = to_rgb(((0.35, 0.22, 0.14), (0.2, 0.3, 0.24), (0.24, 0.26, 0.36))[int(rng.integers(3))])
    draw.rectangle((34, 54, 106, 192), fill=to_rgb((0.78, 0.76, 0.7)))
    draw.rectangle((42, 62, 98, 192), fill=wood)
    for y in (70, 134):
        for x in (48, 73):
            draw.rectangle((x, y, x + 19, y + 50), outline=to_rgb((0.16, 0.12, 0.1)), width=2)
    draw.ellipse((88, 126, 94, 132), fill=to_rgb((0.8, 0.7, 0.35)))
    draw.rectangle((172, 52, 268, 142), fill=to_rgb((0.78, 0.76, 0.7)))
    draw.rectangle((180, 60, 260, 134), fill=to_rgb(GLASS))
    draw.polygon([(180, 104), (260, 66), (260, 60), (180, 60)], fill=to_rgb((0.42, 0.5, 0.56)))
    draw.rectangle((180, 60, 260, 134), outline=to_rgb(FRAME), width=5)
    draw.line((220, 60, 220, 134), fill=to_rgb(FRAME), width=4)
    draw.rectangle((166, 142, 274, 150), fill=to_rgb((0.7, 0.68, 0.63)))
    return np.asarray(image)


def gate(rng: np.random.Generator, color: Color) -> Texture:
    """Return a closed two-leaved wooden gate, to cover a quad."""
    image = Image.fromarray(cv2.resize(planks(rng, color, boards=8), (192, 160)))
    draw = ImageDraw.Draw(image)
    for y in (20, 130):
        draw.rectangle((0, y, 192, y + 8), fill=to_rgb((0.18, 0.16, 0.15)))
    draw.line((96, 0, 96, 160), fill=to_rgb((0.08, 0.07, 0.07)), width=4)
    return np.asarray(image)


def lettering(text: str, ink: Color, ground: Color, *, width: int, height: int, border: Color | None = None) -> Texture:
    """Return words on a plain board, as large as they fit; words go on two lines where the board is less than 3:1."""
    image = Image.new("RGB", (width, height), to_rgb(ground))
    draw = ImageDraw.Draw(image)
    if border is not None:
        draw.rectangle((2, 2, width - 3, height - 3), outline=to_rgb(border), width=max(2, height // 32))
    words = text.replace(" ", "\n") if width < 3 * height else text
    room_x, room_y = 0.9 * width, 0.8 * height
    size = float(height)
    for _ in range(3):
        left, top, right, bottom = draw.multiline_textbbox(
            (0, 0), words, font=ImageFont.load_default(size), spacing=size * 0.1
        )
        size *= min(room_x / (right - left), room_y / (bottom - top))
    font = ImageFont.load_default(size)
    left, top, right, bottom = draw.multiline_textbbox((0, 0), words, font=font, spacing=size * 0.1, align="center")
    at = ((width - right - left) / 2, (height - bottom - top) / 2)
    bold = max(1, round(size / 40))
    draw.multiline_text(
        at,
        words,
        font=font,
        fill=to_rgb(ink),
        spacing=size * 0.1,
        align="center",
        stroke_width=bold,
        stroke_fill=to_rgb(ink),
    )
    return np.asarray(image)


def shop_front(
    rng: np.random.Generator, frame: Color, wares: Sequence[Color], *, width: float, height: float
) -> Texture:
    """Return a shop front of `width` x `height` metres: stall riser, windows with goods on shelves, and a door."""
    scale = 64  # pixels per metre
    w, h = round(width * scale), round(height * scale)
    image = Image.new("RGB", (w, h), to_rgb(frame))
    draw = ImageDraw.Draw(image)
    door = round(1.1 * scale)
    at = round(rng.choice((0.12, 0.44, 0.7)) * (w - door))
    dark = tuple(0.7 * value for value in frame)
    for left, right in ((10, at - 10), (at + door + 10, w - 10)):
        if right - left < 40:
            continue
        top, bottom = 14, h - round(0.55 * scale)
        draw.rectangle((left - 4, top - 4, right + 4, bottom + 4), fill=to_rgb(dark))
        draw.rectangle((left, top, right, bottom), fill=to_rgb((0.2, 0.23, 0.26)))
        for shelf in (bottom, bottom - round(0.62 * scale)):
            x = left + 6
            while x < right - 16:
                size = int(rng.integers(10, 26))
                tall = int(rng.integers(12, 34))
                shade = rng.uniform(0.75, 1.1)
                color = [shade * value for value in wares[int(rng.integers(len(wares)))]]
                shape = draw.ellipse if rng.random() < 0.4 else draw.rectangle
                shape((x, shelf - tall, min(x + size, right - 2), shelf), fill=to_rgb(color))
                x += size + int(rng.integers(4, 14))
            draw.line((left, shelf, right, shelf), fill=to_rgb((0.55, 0.45, 0.35)), width=3)
        lean = (bottom - top) // 2
        for x in range(left + 20, right - lean - 20, 110):  # the sky in the glass
            draw.line((x, bottom - 8, x + lean, top + 8), fill=to_rgb((0.5, 0.56, 0.6)), width=3)
        draw.rectangle((left + 4, bottom + 12, right - 4, h - 8), outline=to_rgb(dark), width=3)
    draw.rectangle((at, 14, at + door, h), fill=to_rgb(dark))
    draw.rectangle((at + 10, 24, at + door - 10, h - 34), fill=to_rgb((0.28, 0.34, 0.38)))
    draw.rectangle((at + 14, h // 2, at + 20, h // 2 + 34), fill=to_rgb((0.85, 0.78, 0.5)))
    draw.rectangle((at + 22, h // 3, at + door - 22, h // 3 + 14), fill=to_rgb((0.95, 0.95, 0.9)))
    return np.asarray(image)
