"""The picture of a mesh from above: where one can walk, what stands in the way, and what it is called."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scenes.mesh_columns import BoolArray, Columns
from scenes.mesh_piece import Piece
from scenes.mesh_texture import look_up
from scenes.scene import Entrance, FloatArray, Landmark, Region

Picture = npt.NDArray[np.uint8]

MOST_SIDE = 900  # pixels
NOTHING, FREE, INK = (34, 37, 43), np.array((70, 190, 90)), (24, 26, 30)
WAY_IN, MARK, GOAL = (40, 110, 220), (240, 240, 240), (232, 173, 12)
TINT = 0.42  # share of green on what is free
DIM = 0.62  # brightness of what is not


def triangle_colors(pieces: Sequence[Piece]) -> Picture:
    """Return (F, 3) the colour of each triangle at its centre, in the order of the pieces."""
    parts = []
    for piece in pieces:
        color = 255.0 * np.array(piece.look.base.color)
        if piece.look.texture is not None and piece.look.base.texture is not None:
            shown = _sample(piece, piece.look.base.texture) * (color / 255.0)
        elif piece.paint is not None:
            shown = piece.paint * (color / 255.0)
        else:
            shown = np.broadcast_to(color, (len(piece.faces), 3))
        parts.append(np.clip(shown, 0, 255).astype(np.uint8))
    return np.concatenate(parts)


def _sample(piece: Piece, texture: Picture) -> FloatArray:
    """Return (F, 3) the mean colour of a texture at a few places of each triangle."""
    corners = piece.uv[piece.faces]
    shares = np.array([(1, 1, 1), (6, 1, 1), (1, 6, 1), (1, 1, 6), (3, 3, 1), (3, 1, 3), (1, 3, 3)])
    spots = (corners.transpose(1, 0, 2)[None] * (shares / shares.sum(axis=1)[:, None])[:, :, None, None]).sum(axis=1)
    sampled: FloatArray = np.mean([look_up(texture, spot) for spot in spots], axis=0)
    return sampled


def draw_ground(columns: Columns, colors: Picture, height: float, free: BoolArray | None) -> Picture:
    """Return (H, W, 3) what lies below a height, y up, as drawn; free cells tinted green, one pixel for a cell."""
    seen = columns.seen_from(height)
    picture = np.where((seen >= 0)[..., None], colors[np.maximum(seen, 0)] * DIM, NOTHING)
    if free is not None:
        picture[free] = (1 - TINT) * colors[seen[free]] + TINT * FREE
    return np.ascontiguousarray(picture[::-1].astype(np.uint8))


def draw_map(
    columns: Columns,
    picture: Picture,
    regions: Sequence[Region],
    entrances: Sequence[Entrance],
    landmarks: Sequence[Landmark],
    goals: frozenset[str],
) -> Picture:
    """Return the picture of `draw_ground`, enlarged, with names, ways in and a scale bar."""
    factor, corner = MOST_SIDE / max(picture.shape[:2]), np.array(columns.origin)
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    image = Image.fromarray(np.asarray(cv2.resize(picture, size, interpolation=method), dtype=np.uint8))
    pen, font, small = ImageDraw.Draw(image), ImageFont.load_default(14), ImageFont.load_default(12)
    scale = factor / columns.cell

    def pixels(points: npt.ArrayLike) -> FloatArray:
        spots: FloatArray = (np.asarray(points, dtype=np.float64) - corner) * (scale, -scale) + (0, size[1])
        return spots

    for region in regions:
        ring = [tuple(spot) for spot in pixels(region.polygon.exterior.coords).tolist()]
        pen.line(ring, fill=(255, 255, 255), width=1)
    for entrance in entrances:
        x, y = pixels(entrance.position)
        reach = max(4.0, entrance.radius * scale)
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=WAY_IN, width=3)
    for region in regions:
        x, y = pixels(region.polygon.representative_point().coords[0])
        _write(pen, (x, y), region.name, font, "mm")
    for mark in landmarks:
        x, y = pixels(mark.position)
        pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=GOAL if mark.kind in goals else MARK, outline=INK)
        right = x < 0.7 * size[0]
        _write(pen, (x + 8 if right else x - 8, y), mark.name, small, "lm" if right else "rm")
    _draw_bar(pen, size, scale, font)
    return np.array(image)


def _write(
    pen: ImageDraw.ImageDraw,
    spot: tuple[float, float],
    words: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    anchor: str,
) -> None:
    pen.text(spot, words, font=font, fill=(255, 255, 255), anchor=anchor, stroke_width=2, stroke_fill=INK)


def _draw_bar(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], scale: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> None:
    """Draw a bar of a round length in the lower left corner."""
    length = max(
        (step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if step * scale < 0.3 * size[0]), default=0.1
    )
    y = size[1] - 14
    pen.line((14, y, 14 + length * scale, y), fill=INK, width=7)
    pen.line((14, y, 14 + length * scale, y), fill=(255, 255, 255), width=3)
    _write(pen, (14 + length * scale + 8, y), f"{length:g} m", font, "lm")


def keep_picture(picture: Picture, stem: str) -> Path:
    """Write a picture into the system's folder for temporary files, where a message can point to it."""
    factor = MOST_SIDE / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    with tempfile.NamedTemporaryFile(prefix=f"embodied_{stem[:40]}_", suffix=".png", delete=False) as file:
        Image.fromarray(picture).resize(size, Image.Resampling.NEAREST).save(file, format="PNG")
    return Path(file.name)
