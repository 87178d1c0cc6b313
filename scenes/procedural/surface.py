"""Textures of streets and houses with wear: (H, W, 3) uint8 sRGB, row 0 at the top; all of them tile."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scenes.procedural.texture import Color, Texture, slabs

Field = npt.NDArray[np.float64]


def noise(rng: np.random.Generator, size: int, grain: float) -> Field:
    """Return tiling noise (size, size) of zero mean and unit deviation, of patches about `grain` pixels wide.

    Quicker than `texture.noise`: coarse noise is drawn small and enlarged.
    """
    side = size if grain < 1.0 else int(np.clip(round(size / (1.6 * grain)), 5, size))
    small: npt.NDArray[np.floating] = rng.standard_normal((side, side), dtype=np.float32)
    if side < size:
        wide = np.pad(small, 3, mode="wrap")
        scale = size / side
        edge = round(3 * scale)
        full = np.asarray(
            cv2.resize(wide, (size + 2 * edge, size + 2 * edge), interpolation=cv2.INTER_CUBIC), dtype=np.float32
        )
        small = full[edge : edge + size, edge : edge + size]
    elif grain > 0.55:
        small = small + 0.6 * (np.roll(small, 1, 0) + np.roll(small, 1, 1))
    out = np.asarray(small, dtype=np.float64)
    return np.asarray((out - out.mean()) / out.std(), dtype=np.float64)


def to_bytes(picture: npt.NDArray[np.floating]) -> Texture:
    """Return a picture of values in [0, 1] as bytes."""
    return (np.clip(picture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def _scratch(rng: np.random.Generator, size: int, count: int, steps: int, width: int) -> Field:
    """Return (size, size) in [0, 1]: lines that wander and wrap round the edges."""
    wide = np.zeros((3 * size, 3 * size), dtype=np.uint8)
    for _ in range(count):
        heading = rng.uniform(0, 2 * np.pi)
        turns = heading + np.cumsum(rng.normal(0, 0.5, steps))
        path = (
            size
            + rng.uniform(0, size, 2)
            + np.cumsum(rng.uniform(3, 9, (steps, 1)) * np.column_stack([np.cos(turns), np.sin(turns)]), axis=0)
        )
        cv2.polylines(wide, [path.astype(np.int32)], False, 255, width, cv2.LINE_AA)
    folded = wide.reshape(3, size, 3, size).max(axis=(0, 2))
    return np.asarray(folded, dtype=np.float64) / 255.0


def _spots(rng: np.random.Generator, size: int, count: int, low: int, high: int) -> Field:
    """Return (size, size) in [0, 1]: round soft spots."""
    layer = np.zeros((size, size), dtype=np.uint8)
    for x, y in rng.integers(high, size - high, (count, 2)).tolist():
        cv2.circle(layer, (x, y), int(rng.integers(low, high)), int(rng.integers(90, 255)), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.8), dtype=np.float64) / 255.0


def asphalt(rng: np.random.Generator, *, size: int = 512) -> Texture:
    """Return worn asphalt with cracks, mended cuts and oil; 6 m."""
    shade = 1.0 + 0.09 * noise(rng, size, 0.5) + 0.035 * noise(rng, size, 3.0) + 0.05 * noise(rng, size, size / 14)
    for _ in range(2):
        x, y = rng.integers(20, size - 220, 2)
        w, h = rng.integers(60, 200), rng.integers(40, 110)
        patch = np.zeros((size, size))
        patch[y : y + h, x : x + w] = 1.0
        rim = cv2.GaussianBlur(patch, (0, 0), 1.2)
        shade *= 1.0 + rng.uniform(-0.16, 0.1) * patch - 0.5 * (rim * (1 - rim))
    shade -= 0.22 * _scratch(rng, size, 5, 40, 1) + 0.1 * _spots(rng, size, 14, 3, 14)
    return to_bytes(np.array((0.36, 0.36, 0.365)) * shade[..., None])


def paving(rng: np.random.Generator, color: Color, *, rows: int, columns: int, size: int = 512) -> Texture:
    """Return laid slabs with dirt in the joints, stains, chewing gum and hair cracks."""
    base = slabs(rng, color, rows=rows, columns=columns, size=size, joint=0.62, spread=0.04).astype(np.float64) / 255
    base = 0.35 * base + 0.65 * base.mean(axis=2, keepdims=True) * np.array(color) / np.mean(color)  # less motley
    dirt = 1.0 + 0.03 * noise(rng, size, 0.6) + 0.035 * noise(rng, size, 8.0) + 0.045 * noise(rng, size, size / 10)
    dirt -= 0.13 * _spots(rng, size, 26, 2, 4) + 0.08 * _spots(rng, size, 5, 8, 26)
    dirt -= 0.09 * _scratch(rng, size, 3, 14, 1)
    return to_bytes(base * dirt[..., None])


def blisters(rng: np.random.Generator, color: Color, *, size: int = 256, count: int = 12) -> Texture:
    """Return tactile paving of 2 x 2 slabs with `count` x `count` blisters; 0.8 m."""
    y, x = np.mgrid[0:size, 0:size] * count / size
    dx, dy = x % 1 - 0.5, y % 1 - 0.5
    dome = np.clip(1 - np.hypot(dx, dy) / 0.34, 0, 1)
    shade = 1.0 + 0.04 * noise(rng, size, 0.7) + 0.05 * noise(rng, size, 20.0)
    shade += np.where(dome > 0, 0.12 - 0.3 * (dx + dy) * (dome < 0.5) * -1.0, 0.0)
    edge = (np.minimum(x % (count / 2), y % (count / 2)) * size / count) < 2.0
    return to_bytes(np.array(color) * (shade * np.where(edge, 0.7, 1.0))[..., None])


def plaster(rng: np.random.Generator, *, size: int = 512) -> Texture:
    """Return near-white render with rain streaks, blotches and fine cracks; 4 m."""
    shade = 1.0 + 0.018 * noise(rng, size, 0.6) + 0.012 * noise(rng, size, 3.0) + 0.022 * noise(rng, size, size / 9)
    streak = np.asarray(cv2.GaussianBlur(np.tile(rng.standard_normal((1, size)), (size, 1)), (0, 0), 2.0), dtype=float)
    streak *= np.clip(0.6 + 0.6 * noise(rng, size, size / 8), 0, 1.5)
    shade += 0.035 * streak - 0.05 * _scratch(rng, size, 2, 16, 1)
    tint = np.array((0.95, 0.94, 0.915)) * (
        1.0 - 0.02 * np.clip(noise(rng, size, size / 7), 0, 2)[..., None] * (0, 0.3, 1)
    )
    return to_bytes(tint * shade[..., None])


def brick(rng: np.random.Generator, color: Color, *, size: int = 512) -> Texture:
    """Return weathered bricks in running bond; 2.4 m."""
    rows, columns = 32, 10
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.floor(y * rows).astype(int)
    shifted = (x * columns + 0.5 * (row % 2)) % columns
    column = np.floor(shifted).astype(int)
    kind = rng.standard_normal((rows, columns))
    tone = 1.0 + 0.09 * kind + 0.12 * (rng.random((rows, columns)) < 0.06) - 0.25 * (rng.random((rows, columns)) < 0.07)
    tint = 1.0 + 0.03 * rng.standard_normal((rows, columns, 3))
    fx, fy = (shifted % 1) * size / columns, (y * rows % 1) * size / rows
    mortar = (fx < 2.2) | (fy < 2.2)
    body = np.array(color) * tone[row, column][..., None] * tint[row, column]
    body *= (1.0 + 0.06 * noise(rng, size, 0.6) - 0.12 * (fy > size / rows - 1.5))[..., None]
    picture = np.where(mortar[..., None], np.array((0.66, 0.63, 0.58)), body)
    return to_bytes(picture * (1.0 + 0.04 * noise(rng, size, size / 10))[..., None])


def small_tiles(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return the small glazed tiles of city facades, near white; 1.2 m."""
    base = (
        slabs(rng, (0.93, 0.92, 0.9), rows=24, columns=8, size=size, joint=0.8, spread=0.035).astype(np.float64) / 255
    )
    return to_bytes(base * (1.0 + 0.03 * noise(rng, size, size / 8))[..., None])


def roof_tiles(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return rows of tiles, near white, each row shaded towards its lower edge; 2.6 m."""
    rows, columns = 12, 14
    y, x = np.mgrid[0:size, 0:size] / size
    row = np.floor(y * rows).astype(int)
    shifted = (x * columns + 0.5 * (row % 2)) % columns
    column = np.floor(shifted).astype(int)
    tone = 0.92 + 0.1 * rng.standard_normal((rows, columns))[row, column]
    tone *= 0.82 + 0.22 * np.sin(np.pi * (shifted % 1)) ** 0.7
    tone *= np.where(y * rows % 1 > 0.86, 0.55, 0.9 + 0.14 * (y * rows % 1))
    tone *= 1.0 + 0.08 * noise(rng, size, size / 8) + 0.04 * noise(rng, size, 0.7)
    return to_bytes(np.ones(3) * tone[..., None])


def gravel(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return a flat roof of felt and grit; 4 m."""
    shade = 1.0 + 0.1 * noise(rng, size, 0.6) + 0.07 * noise(rng, size, size / 9)
    seams = np.arange(size) % (size // 4) < 2
    shade[:, seams] *= 0.8
    return to_bytes(np.array((0.5, 0.49, 0.47)) * shade[..., None])


def yard(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return the ground behind houses: worn grass and earth; 12 m."""
    share = np.clip(0.55 + 0.5 * noise(rng, size, size / 14), 0, 1)[..., None]
    shade = 1.0 + 0.1 * noise(rng, size, 0.6) + 0.06 * noise(rng, size, 4.0)
    return to_bytes(
        (share * np.array((0.33, 0.39, 0.24)) + (1 - share) * np.array((0.44, 0.41, 0.35))) * shade[..., None]
    )


def leaves(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return a dense mass of leaves, near white green, lighter on top of darker ones."""
    picture = np.full((size, size, 3), (0.30, 0.36, 0.22))
    for layer in range(3):
        for x, y in rng.uniform(0, size, (330, 2)):
            tone = (0.5 + 0.2 * layer) * rng.uniform(0.8, 1.15)
            color = (tone * rng.uniform(0.8, 1.0), tone, tone * rng.uniform(0.5, 0.7))
            axes = (int(rng.integers(8, 14)), int(rng.integers(3, 6)))
            angle = float(rng.uniform(0, 360))
            for dx in (-size, 0, size) if not 15 < x < size - 15 else (0,):
                for dy in (-size, 0, size) if not 15 < y < size - 15 else (0,):
                    cv2.ellipse(picture, (int(x + dx), int(y + dy)), axes, angle, 0, 360, color, -1)
    return to_bytes(picture)


def bark(rng: np.random.Generator, *, size: int = 256) -> Texture:
    """Return furrowed bark."""
    grain = cv2.GaussianBlur(rng.standard_normal((size, size)), (0, 0), 1.6, sigmaY=14.0)
    shade = 1.0 + 0.25 * grain / grain.std() * 0.8 + 0.06 * noise(rng, size, 0.7)
    return to_bytes(np.array((0.40, 0.34, 0.28)) * shade[..., None])
