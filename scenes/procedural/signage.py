"""Pictures of a station: boards, clocks, timetables, posters, machines; (H, W, 3) uint8 sRGB, row 0 at the top."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scenes.procedural.texture import Color, Texture, lettering, noise

CITIES = (
    "Aalborg", "Basel", "Bergen", "Bologna", "Bordeaux", "Brno", "Calais", "Cork", "Dijon", "Ghent", "Gdansk",
    "Graz", "Lausanne", "Leeds", "Leipzig", "Lille", "Linz", "Malmo", "Nantes", "Ostend", "Porto", "Reims",
    "Salzburg", "Sopron", "Tampere", "Torino", "Trieste", "Uppsala", "Utrecht", "Verona", "York", "Zwolle",
)  # fmt: skip
TRAINS = ("IC", "RE", "EC", "R", "NX")
POSTERS = (
    ("SUMMER BY THE SEA", (0.10, 0.45, 0.70)), ("NEW ALBUM", (0.75, 0.15, 0.35)), ("CITY MARATHON", (0.95, 0.55, 0.10)),
    ("OPEN AIR CINEMA", (0.20, 0.14, 0.36)), ("FRESH COFFEE", (0.36, 0.22, 0.12)), ("WINTER SALE", (0.82, 0.10, 0.12)),
    ("MUSEUM NIGHT", (0.08, 0.20, 0.30)), ("RIDE A BIKE", (0.16, 0.52, 0.30)), ("JAZZ WEEK", (0.90, 0.74, 0.16)),
    ("LEARN TO SAIL", (0.12, 0.60, 0.64)),
)  # fmt: skip


def ink(color: Color) -> tuple[int, int, int]:
    """Return a colour as PIL takes it."""
    red, green, blue = (round(255 * min(max(float(value), 0.0), 1.0)) for value in color)
    return red, green, blue


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the letters of all boards, `size` pixels high."""
    return ImageFont.load_default(size)


def terrazzo(rng: np.random.Generator, color: Color, *, slabs: int = 2, size: int = 256, joint: float = 0.8) -> Texture:
    """Return polished stone with chips in square slabs, which tiles."""
    picture = np.asarray(color) * (1.0 + 0.02 * noise(rng, size, 1.0) + 0.02 * noise(rng, size, size / 10))[..., None]
    for share, low, high in ((2.0, 0.72, 0.82), (2.1, 1.1, 1.2)):  # dark and light chips
        chips = noise(rng, size, 1.4) > share
        picture[chips] *= rng.uniform(low, high)
    place = np.arange(size) * slabs // size
    picture *= (1.0 + 0.025 * rng.standard_normal((slabs, slabs)))[place[:, None], place[None]][..., None]
    gap = (np.arange(size) % (size // slabs)) < 2
    picture[gap] *= joint
    picture[:, gap] *= joint
    return np.asarray(np.clip(picture * 255.0, 0, 255).astype(np.uint8))


def ashlar(rng: np.random.Generator, color: Color, *, rows: int = 4, columns: int = 2, size: int = 256) -> Texture:
    """Return dressed stone in courses, with light upper and dark lower edges, which tiles."""
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.floor(y * rows).astype(int)
    across = (x * columns + 0.5 * (row % 2)) % columns
    column = np.floor(across).astype(int)
    shade = 1.0 + 0.035 * rng.standard_normal((rows, columns))[row, column]
    shade = shade + 0.022 * noise(rng, size, 0.8) + 0.022 * noise(rng, size, size / 14)
    down, right = (y * rows) % 1 * size / rows, (across % 1) * size / columns
    shade = np.where(down < 4, shade * 1.06, shade)
    shade = np.where((down < 2) | (right < 2), shade * 0.74, shade)
    picture = np.asarray(color) * shade[..., None]
    return np.asarray(np.clip(picture * 255.0, 0, 255).astype(np.uint8))


def panelling(rng: np.random.Generator, color: Color, *, columns: int = 2, rows: int = 2, size: int = 128) -> Texture:
    """Return metal or wooden panels with bevelled joints, which tiles: ceilings, cladding."""
    picture = np.asarray(color) * (1.0 + 0.012 * noise(rng, size, 1.0))[..., None]
    for axis, count in ((0, rows), (1, columns)):
        place = np.arange(size) % (size // count)
        line = np.where(place < 2, 0.62, np.where(place < 4, 1.07, 1.0))
        picture *= line[:, None, None] if axis == 0 else line[None, :, None]
    return np.asarray(np.clip(picture * 255.0, 0, 255).astype(np.uint8))


def draw_board(rng: np.random.Generator, title: str, platforms: int, minute: int, *, rows: int = 8) -> Texture:
    """Return half of a departure board (512 x 256) at a minute of the day: time, train, place, platform, remark."""
    width, height = 512, 256
    image = Image.new("RGB", (width, height), (10, 14, 26))
    draw = ImageDraw.Draw(image)
    amber, white = (255, 200, 60), (240, 242, 245)
    draw.rectangle((0, 0, width, 34), fill=(14, 52, 110))
    draw.text((12, 3), title, font=font(25), fill=white, stroke_width=1, stroke_fill=white)
    draw.text((width - 78, 4), f"{minute // 60:02d}:{minute % 60:02d}", font=font(24), fill=amber)
    step = (height - 38) / rows
    for row in range(rows):
        top = 38 + row * step
        if row % 2:
            draw.rectangle((0, top, width, top + step - 1), fill=(20, 26, 44))
        minute += int(rng.integers(2, 11))
        late = rng.random() < 0.2
        y = top + 1
        draw.text((10, y), f"{minute // 60 % 24:02d}:{minute % 60:02d}", font=font(step - 7), fill=amber)
        draw.text((96, y), f"{rng.choice(TRAINS)} {int(rng.integers(10, 990))}", font=font(step - 7), fill=white)
        draw.text((196, y), str(rng.choice(CITIES)), font=font(step - 7), fill=white)
        draw.text((366, y), str(int(rng.integers(1, platforms + 1))), font=font(step - 7), fill=amber)
        if late:
            draw.text((400, y), f"+{5 * int(rng.integers(1, 7))} min", font=font(step - 7), fill=(255, 110, 90))
    return np.asarray(image)


def draw_clock(minute: int, *, dark: bool = False) -> Texture:
    """Return a round clock face (128 x 128) on a square, at a minute of the day."""
    image = Image.new("RGB", (256, 256), (30, 32, 36))
    draw = ImageDraw.Draw(image)
    face, hand = ((22, 24, 30), (240, 240, 235)) if dark else ((248, 247, 240), (18, 18, 20))
    draw.ellipse((4, 4, 252, 252), fill=(52, 54, 58))
    draw.ellipse((14, 14, 242, 242), fill=face)
    for k in range(60):
        angle, inner = k * np.pi / 30, 84 if k % 5 == 0 else 100
        c, s = np.cos(angle), np.sin(angle)
        line = (128 + inner * c, 128 + inner * s, 128 + 108 * c, 128 + 108 * s)
        draw.line(line, fill=hand, width=9 if k % 5 == 0 else 3)
    for turn, length, width in ((minute / 720, 62, 14), (minute / 60, 98, 10)):
        angle = 2 * np.pi * turn - np.pi / 2
        c, s = np.cos(angle), np.sin(angle)
        draw.line((128 - 18 * c, 128 - 18 * s, 128 + length * c, 128 + length * s), fill=hand, width=width)
    draw.ellipse((118, 118, 138, 138), fill=(200, 40, 40))
    return np.asarray(cv2.resize(np.asarray(image), (128, 128), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def draw_poster(rng: np.random.Generator, index: int) -> tuple[Texture, str]:
    """Return a poster (256 high, 128 wide) with a simple scene, and its words."""
    words, color = POSTERS[index % len(POSTERS)]
    base = np.asarray(color)
    y = np.linspace(0.0, 1.0, 256)[:, None, None]
    picture = base * (0.65 + 0.6 * y) + 0.25 * (1 - y) * rng.uniform(0.2, 1.0, 3)
    image = Image.fromarray((np.clip(np.broadcast_to(picture, (256, 128, 3)), 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    pale = ink(np.clip(base + 0.55, 0, 1).tolist())
    if index % 3 == 0:  # sun and hills
        draw.ellipse((70, 70, 112, 112), fill=pale)
        for k, shade in enumerate((0.75, 0.55, 0.35)):
            top = 130 + 26 * k
            bends = [(x, top + 14 * np.sin(x / 21 + 2 * k + index)) for x in range(0, 130, 8)]
            draw.polygon([*bends, (128, 210), (0, 210)], fill=ink((shade * base).tolist()))
    elif index % 3 == 1:  # a head and shoulders
        draw.ellipse((42, 76, 86, 130), fill=ink((0.93, 0.76, 0.62)))
        draw.pieslice((36, 68, 92, 118), 180, 360, fill=ink((0.2, 0.13, 0.1)))
        draw.pieslice((14, 130, 114, 270), 180, 360, fill=pale)
    else:  # bold rings
        for k in range(5):
            r = 58 - 11 * k
            draw.ellipse((64 - r, 140 - r, 64 + r, 140 + r), fill=pale if k % 2 else ink((0.5 * base).tolist()))
    title = lettering(words, (1.0, 1.0, 0.97), (0.55 * base).tolist(), width=128, height=56)
    image.paste(Image.fromarray(title), (0, 6))
    draw.rectangle((0, 212, 128, 256), fill=(245, 244, 240))
    for line, length in enumerate((96, 70, 84)):
        draw.rectangle((12, 221 + 11 * line, 12 + length, 225 + 11 * line), fill=(120, 120, 124))
    draw.rectangle((0, 0, 127, 255), outline=(235, 235, 232), width=3)
    return np.asarray(image), words


def draw_timetable(rng: np.random.Generator) -> Texture:
    """Return a yellow sheet of departure times (256 high, 128 wide)."""
    image = Image.new("RGB", (128, 256), (246, 208, 52))
    draw = ImageDraw.Draw(image)
    draw.text((8, 4), "DEPARTURES", font=font(16), fill=(20, 20, 24))
    draw.line((6, 24, 122, 24), fill=(20, 20, 24), width=2)
    for column in (8, 68):
        for row in range(26):
            y = 30 + 8.5 * row
            draw.rectangle((column, y, column + 12, y + 3), fill=(30, 30, 34))
            draw.rectangle((column + 16, y, column + 16 + int(rng.integers(12, 34)), y + 3), fill=(90, 84, 50))
    return np.asarray(image)


def draw_machine(rng: np.random.Generator, color: Color, number: int) -> Texture:
    """Return the front of a ticket machine (256 high, 128 wide): topper, screen, keypad, slots."""
    image = Image.new("RGB", (128, 256), ink(color))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 128, 40), fill=(16, 58, 128))
    draw.text((10, 9), f"TICKETS {number}", font=font(19), fill=(255, 255, 255), stroke_width=1)
    draw.rectangle((12, 52, 116, 128), fill=(12, 16, 22))
    draw.rectangle((16, 56, 112, 124), fill=(210, 226, 240))
    draw.rectangle((16, 56, 112, 68), fill=(30, 90, 170))
    for row in range(3):
        for column in range(2):
            x, y = 20 + 46 * column, 73 + 17 * row
            draw.rectangle((x, y, x + 41, y + 13), fill=ink(rng.uniform(0.45, 0.9, 3).tolist()))
    draw.rectangle((14, 140, 58, 178), fill=(40, 42, 46))
    for k in range(12):
        x, y = 18 + 13 * (k % 3), 143 + 9 * (k // 3)
        draw.rectangle((x, y, x + 9, y + 6), fill=(190, 192, 196))
    draw.rectangle((72, 142, 112, 148), fill=(24, 24, 28))
    draw.rectangle((72, 158, 112, 168), fill=(24, 24, 28))
    draw.rectangle((70, 156, 114, 170), outline=(80, 220, 120), width=2)
    draw.rectangle((26, 196, 102, 228), fill=(24, 24, 28))
    draw.rectangle((26, 196, 102, 204), fill=(60, 62, 66))
    draw.rectangle((0, 0, 127, 255), outline=(50, 52, 56), width=2)
    return np.asarray(image)


def draw_vending(rng: np.random.Generator, color: Color, word: str) -> Texture:
    """Return the front of a vending machine (256 high, 128 wide): rows of bottles and bags behind glass."""
    image = Image.new("RGB", (128, 256), ink(color))
    draw = ImageDraw.Draw(image)
    title = lettering(word, (1.0, 1.0, 1.0), color, width=128, height=34)
    image.paste(Image.fromarray(title), (0, 2))
    draw.rectangle((6, 38, 92, 214), fill=(225, 236, 240))
    for row in range(5):
        y = 70 + 35 * row
        for column in range(7):
            shade = ink(rng.uniform(0.15, 0.95, 3).tolist())
            x = 9 + 12 * column
            draw.rounded_rectangle((x, y - 24, x + 8, y), 3, fill=shade)
            draw.rectangle((x + 1, y - 15, x + 7, y - 8), fill=(250, 250, 245))
        draw.rectangle((6, y + 1, 92, y + 5), fill=(90, 92, 96))
    draw.rectangle((98, 70, 120, 104), fill=(24, 28, 34))
    draw.rectangle((100, 74, 118, 82), fill=(110, 230, 140))
    draw.rectangle((98, 114, 120, 150), fill=(60, 62, 66))
    draw.rectangle((20, 222, 84, 246), fill=(20, 20, 24))
    return np.asarray(image)


def draw_lockers(rng: np.random.Generator, color: Color) -> Texture:
    """Return a bank of luggage lockers (256 x 256), three high and four wide, which tiles."""
    image = Image.new("RGB", (256, 256), ink((0.5 * np.asarray(color)).tolist()))
    draw = ImageDraw.Draw(image)
    for column in range(4):
        top = 2
        for k, height in enumerate((82, 82, 84)):
            shade = float(rng.uniform(0.93, 1.05))
            x = 64 * column + 2
            draw.rectangle((x, top, x + 60, top + height), fill=ink((shade * np.asarray(color)).tolist()))
            draw.line((x, top, x + 60, top), fill=(250, 250, 250), width=1)
            free = rng.random() < 0.5
            draw.rectangle((x + 44, top + 34, x + 55, top + 52), fill=(40, 42, 46))
            draw.ellipse((x + 46, top + 37, x + 53, top + 44), fill=(70, 220, 110) if free else (230, 60, 50))
            draw.text((x + 6, top + 5), str(100 + 3 * column + k), font=font(15), fill=(30, 30, 34))
            top += height + 3
    return np.asarray(image)


def draw_goods(
    rng: np.random.Generator, wares: tuple[Color, ...], *, rows: int = 4, magazines: bool = False
) -> Texture:
    """Return shelves full of goods (256 x 256), lit from above."""
    image = Image.new("RGB", (256, 256), (74, 66, 58))
    draw = ImageDraw.Draw(image)
    step = 256 / rows
    for row in range(rows):
        floor = (row + 1) * step - 7
        x = 3
        while x < 250:
            size = 20 if magazines else int(rng.integers(9, 24))
            tall = step - 14 if magazines else float(rng.uniform(0.4, 0.8)) * step
            color = rng.uniform(0.75, 1.15) * np.asarray(wares[int(rng.integers(len(wares)))])
            box = (x, floor - tall, min(x + size, 254), floor)
            if not magazines and rng.random() < 0.35:
                draw.ellipse(box, fill=ink(color.tolist()))
            else:
                draw.rectangle(box, fill=ink(color.tolist()))
                if size > 12:
                    draw.rectangle((x + 2, floor - 0.75 * tall, box[2] - 2, floor - 0.6 * tall), fill=(240, 238, 230))
            x += size + 2
        draw.rectangle((0, floor, 256, floor + 6), fill=(196, 178, 146))
    return np.asarray(image)


def draw_livery(rng: np.random.Generator, body: Color, stripe: Color) -> Texture:
    """Return the side of a carriage (512 wide, 128 high): two doors and a row of windows over 12.5 m."""
    image = Image.new("RGB", (1024, 256), ink(body))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1024, 34), fill=ink((0.86, 0.87, 0.88)))
    draw.rectangle((0, 62, 1024, 146), fill=ink((0.12, 0.14, 0.16)))
    draw.rectangle((0, 176, 1024, 192), fill=ink(stripe))
    draw.rectangle((0, 236, 1024, 256), fill=ink((0.25, 0.26, 0.28)))
    for k in range(7):
        x = 178 + 98 * k
        warm = float(rng.uniform(0.5, 0.95))
        draw.rounded_rectangle(
            (x, 68, x + 84, 140), 9, fill=ink((0.42 * warm + 0.14, 0.44 * warm + 0.16, 0.40 * warm + 0.2))
        )
        draw.polygon([(x + 8, 132), (x + 44, 72), (x + 66, 72), (x + 30, 132)], fill=ink((0.62, 0.68, 0.72)))
        draw.rectangle((x + 8, 116, x + 28, 140), fill=ink((0.20, 0.25, 0.42)))
        draw.rectangle((x + 56, 116, x + 76, 140), fill=ink((0.20, 0.25, 0.42)))
    for x in (46, 884):
        draw.rectangle((x - 4, 48, x + 98, 236), fill=ink((0.2, 0.21, 0.23)))
        for half in (0, 49):
            draw.rectangle((x + half, 52, x + half + 45, 232), fill=ink(stripe))
            draw.rounded_rectangle((x + half + 7, 64, x + half + 38, 168), 8, fill=ink((0.35, 0.40, 0.44)))
        draw.ellipse((x + 100, 150, x + 108, 158), fill=(80, 230, 110))
    return np.asarray(cv2.resize(np.asarray(image), (512, 128), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def draw_ballast(rng: np.random.Generator) -> Texture:
    """Return stones with sleepers across (128 x 128); upwards one sleeper, 0.65 m, across the width of a track."""
    size = 128
    grain = (
        np.asarray((0.42, 0.39, 0.36)) * (1.0 + 0.24 * noise(rng, size, 1.1) + 0.06 * noise(rng, size, 9))[..., None]
    )
    sleeper = np.asarray((0.50, 0.48, 0.45)) * (1.0 + 0.06 * noise(rng, size, 1.0))[..., None]
    grain[44:92, 14:114] = sleeper[44:92, 14:114]
    grain[92:97, 14:114] *= 0.5
    return np.asarray(np.clip(grain * 255, 0, 255).astype(np.uint8))
