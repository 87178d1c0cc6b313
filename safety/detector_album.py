"""Rendered pairs on disk, a danger and the same place without, and how pictures are drawn from them to learn from.

A folder holds the parts `train`, `validation` and `test`; each part has PNGs and `labels.jsonl`, a line per picture:

    {"picture": "000012_unsafe.png", "pair": 12, "size": [192, 192], "fov": 0.9, "shows": [{"kind": "bonfire",
     "state": "unsafe", "box": [60, 80, 110, 140], "distance": 4.2, ...}], ...}

`box` in pixels, ends exclusive, of what can be seen; `distance` in metres on the ground; `fov` vertical, rad. Where
`"clear": false` stands, so little can be seen that it is neither to be found nor to be missed; where `"gone": true`
stands, nothing is left of a danger but its place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from safety.detector import SIDE, STRIDE, planes
from safety.detector_scores import Thing

Picture = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

RIM = 0.4  # of the heat, above which a cell learns what is there
TARGETS = 7  # planes of what is to be told
SPREAD = 0.16  # deviation of the heat around a centre, in sides of the box; at least WIDTH cells
WIDTH = 0.6
ZOOM = (1.0, 1.6)  # of crops
AIMED = 0.7  # share of crops that are taken around a thing
SEEN = 0.0025  # share of the picture that a thing covers to be told at all
LEAST = 0.35  # share of a box within a crop below which the thing is neither there nor not


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One picture of an album: its file, its things, and the pair it belongs to."""

    file: Path
    pair: str
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Album:
    """Pictures of one part, and the rows of them by pair."""

    shots: tuple[Shot, ...]
    pairs: tuple[tuple[int, ...], ...]

    def picture(self, row: int) -> Picture:
        """Return a picture (H, W, 3), RGB.

        Raises:
            ValueError: the file is no picture.
        """
        pixels = cv2.imread(str(self.shots[row].file), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{self.shots[row].file}: expected a picture, got something else; render it again")
        return np.ascontiguousarray(pixels[..., ::-1])


def read_album(folder: Path, kinds: Sequence[str]) -> Album:
    """Return the pictures of one part; things of other kinds are left out.

    Raises:
        FileNotFoundError: no labels. ValueError: a line of them is no label.
    """
    labels = folder / "labels.jsonl"
    if not labels.is_file():
        raise FileNotFoundError(f"{labels}: expected the labels of rendered pairs; render them first")
    shots: list[Shot] = []
    pairs: dict[str, list[int]] = {}
    index = {kind: k for k, kind in enumerate(kinds)}
    for number, line in enumerate(labels.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            width, height = (int(side) for side in row["size"])
            things = tuple(
                _thing(index[shown["kind"]], shown, width, height, float(row["fov"]))
                for shown in row["shows"]
                if shown["kind"] in index
            )
            shot = Shot(file=folder / row["picture"], pair=str(row["pair"]), things=things)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{labels}:{number}: expected a label, got {line[:60]!r} ({error}); render again"
            ) from error
        pairs.setdefault(shot.pair, []).append(len(shots))
        shots.append(shot)
    return Album(shots=tuple(shots), pairs=tuple(tuple(rows) for rows in pairs.values()))


def kinds_of(folder: Path) -> tuple[str, ...]:
    """Return the kinds that a part shows, in order.

    Raises:
        FileNotFoundError: no labels.
    """
    labels = folder / "labels.jsonl"
    if not labels.is_file():
        raise FileNotFoundError(f"{labels}: expected the labels of rendered pairs; render them first")
    rows = [json.loads(line) for line in labels.read_text().splitlines()]
    return tuple(sorted({shown["kind"] for row in rows for shown in row["shows"]}))


def draw_batch(album: Album, batch: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, SIDE, SIDE) in [0, 1] of pairs drawn, altered, and what a finder is to tell of them."""
    pictures, targets = [], []
    for row in draw_rows(album, batch, rng):
        picture, things = crop(album.picture(row), album.shots[row].things, rng)
        pictures.append(alter(picture, rng))
        targets.append(paint_targets(things))
    return planes(pictures), torch.from_numpy(np.stack(targets))


def draw_rows(album: Album, count: int, rng: np.random.Generator) -> list[int]:
    """Return the rows of so many pictures of pairs drawn."""
    rows: list[int] = []
    while len(rows) < count:
        rows += album.pairs[int(rng.integers(len(album.pairs)))]
    return rows[:count]


def crop(
    picture: Picture, things: Sequence[Thing], rng: np.random.Generator
) -> tuple[Picture, list[tuple[Thing, bool]]]:
    """Return a zoomed, perhaps mirrored part (SIDE, SIDE, 3), and its things, each with whether it is still there.

    A thing of which little is left is neither there nor not. Boxes are in heights of the part, from its corner.
    """
    height, width = picture.shape[:2]
    zoom, mirror = math.exp(rng.uniform(math.log(ZOOM[0]), math.log(ZOOM[1]))), bool(rng.random() < 0.5)
    scale = zoom * SIDE / height  # pixels of the part for one of the picture
    size = np.array([width, height], dtype=np.float64)
    half = np.minimum(SIDE / scale, size) / 2.0
    clear = [thing for thing in things if thing.clear]
    middle = rng.uniform(0.0, 1.0, 2) * size
    if clear and rng.random() < AIMED:
        thing = clear[int(rng.integers(len(clear)))]
        middle = height * np.array([thing.x0 + thing.x1, thing.y0 + thing.y1]) / 2.0 + rng.uniform(-0.7, 0.7, 2) * half
    x, y = np.clip(middle, half, size - half)
    sign = -1.0 if mirror else 1.0
    matrix = np.array([[sign * scale, 0.0, SIDE / 2.0 - sign * scale * x], [0.0, scale, SIDE / 2.0 - scale * y]])
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV's pixel centres are whole numbers
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    part = cv2.warpAffine(picture, centred, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    found = []
    for thing in things:
        ends = matrix @ np.array(
            [[thing.x0 * height, thing.x1 * height], [thing.y0 * height, thing.y1 * height], [1, 1]]
        )
        low, high = ends.min(axis=1), ends.max(axis=1)
        inside = np.maximum(0.0, np.minimum(high, SIDE) - np.maximum(low, 0.0))
        left = float(np.prod(inside) / max(np.prod(high - low), 1e-9))
        if left <= 0.0:
            continue
        (x0, y0), (x1, y1) = np.maximum(low, 0.0) / SIDE, np.minimum(high, SIDE) / SIDE
        moved = Thing(
            kind=thing.kind, unsafe=thing.unsafe, clear=thing.clear, gone=thing.gone, span=thing.span / zoom,
            x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1),
        )  # fmt: skip
        found.append((moved, thing.clear and left >= LEAST))
    return np.asarray(part, np.uint8), found


def alter(picture: Picture, rng: np.random.Generator) -> FloatArray:
    """Return a picture in [0, 1] with other light, tint, contrast, noise, and now and then out of focus."""
    pixels = picture.astype(np.float32) / 255.0
    pixels = pixels ** np.float32(math.exp(rng.normal(0.0, 0.18)))
    tint = np.exp(rng.normal(0.0, 0.12) + rng.normal(0.0, 0.04, 3)).astype(np.float32)
    mean = pixels.mean()
    pixels = (mean + (pixels - mean) * np.float32(math.exp(rng.normal(0.0, 0.12)))) * tint
    if rng.random() < 0.25:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.0)), np.float32)
    pixels += rng.normal(0.0, rng.uniform(0.0, 0.025), pixels.shape).astype(np.float32)
    return np.clip(pixels, 0.0, 1.0)


def paint_targets(things: Sequence[tuple[Thing, bool]]) -> FloatArray:
    """Return what a finder is to tell of a part, (TARGETS, SIDE / 8, SIDE / 8).

    The heat of things, and how much each cell weighs in it; then, NaN where nothing is to be told: offset x and y in
    cells, log width, log height and log span in heights of the part.
    """
    cells = SIDE // STRIDE
    heat, weight = np.zeros((cells, cells), np.float32), np.ones((cells, cells), np.float32)
    rest = np.full((TARGETS - 2, cells, cells), np.nan, np.float32)
    row, column = np.mgrid[:cells, :cells] + 0.5
    for thing, there in things:
        if thing.gone:
            continue
        x, y = cells * (thing.x0 + thing.x1) / 2.0, cells * (thing.y0 + thing.y1) / 2.0
        wide, high = max(thing.x1 - thing.x0, 1e-3), max(thing.y1 - thing.y0, 1e-3)
        across, along = (max(WIDTH, SPREAD * cells * side) for side in (wide, high))
        own_x, own_y = min(cells - 1, int(x)) + 0.5, min(cells - 1, int(y)) + 0.5  # 1 at one cell exactly
        bump = np.exp(-0.5 * (((column - own_x) / across) ** 2 + ((row - own_y) / along) ** 2)).astype(np.float32)
        if not there:
            weight[bump > 0.1] = 0.0
            continue
        mine = (bump > RIM) & (bump > heat)
        heat = np.maximum(heat, bump)
        values = (x - column, y - row, np.log(wide), np.log(high), np.log(thing.span))
        for plane, value in zip(rest, values, strict=True):
            plane[mine] = np.broadcast_to(value, bump.shape)[mine]
    return np.concatenate([heat[None], weight[None], rest])


def _thing(kind: int, shown: Mapping[str, Any], width: int, height: int, fov: float) -> Thing:
    x0, y0, x1, y1 = (float(v) / height for v in shown["box"])
    enough = float(shown.get("pixels", math.inf)) >= SEEN * width * height
    return Thing(
        kind=kind, unsafe=shown["state"] == "unsafe", clear=enough and bool(shown.get("clear", True)),
        gone=bool(shown.get("gone", False)), x0=x0, y0=y0, x1=x1, y1=y1,
        span=2.0 * math.tan(fov / 2.0) * float(shown["distance"]),
    )  # fmt: skip
