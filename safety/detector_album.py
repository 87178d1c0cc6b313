"""Rendered pairs on disk, a danger and the same place without, and how pictures are drawn from them to learn from.

A folder holds the parts `train`, `validation` and `test`; each part has PNGs and `labels.jsonl`, a line per picture:

    {"picture": "000012_unsafe.png", "pair": 12, "size": [192, 192], "fov": 0.9, "shows": [{"kind": "bonfire",
     "state": "unsafe", "box": [60, 80, 110, 140], "distance": 4.2, ...}], ...}

`box` in pixels, ends exclusive, of what can be seen; `distance` in metres on the ground; `fov` vertical, rad. Where
`"clear": false` stands, so little can be seen that it is neither to be found nor to be missed.
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

from safety.detector import HEADS, SIDE, STRIDE
from safety.detector_scores import Thing

Picture = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

RIM = 0.4  # of the heat, above which a cell learns box and span
HARD = 5.0  # times that cells of a safe counterpart weigh
SPREAD = 0.16  # deviation of the heat around a centre, in sides of the box; at least WIDTH cells
WIDTH = 0.6
ZOOM = (0.85, 1.4)  # of crops
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
    heights: dict[str, int] = {}
    for number, line in enumerate(labels.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            height = heights.setdefault(str(row["size"]), int(row["size"][1]))
            things = tuple(
                _thing(index[shown["kind"]], shown, height, float(row["fov"]))
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


def draw_batch(album: Album, batch: int, kinds: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, SIDE, SIDE) in [0, 1] of pairs drawn, altered, and what is to be told of them."""
    rows: list[int] = []
    while len(rows) < batch:
        rows += album.pairs[int(rng.integers(len(album.pairs)))]
    pictures, targets = [], []
    for row in rows[:batch]:
        picture, things = crop(album.picture(row), album.shots[row].things, rng)
        pictures.append(alter(picture, rng))
        targets.append(paint_targets(things, kinds))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(np.stack(targets))


def crop(
    picture: Picture, things: Sequence[Thing], rng: np.random.Generator
) -> tuple[Picture, list[tuple[Thing, bool]]]:
    """Return a zoomed, perhaps mirrored part (SIDE, SIDE, 3), and its things, each with whether it is still there.

    A thing of which little is left is neither there nor not.
    """
    height, width = picture.shape[:2]
    zoom, mirror = math.exp(rng.uniform(math.log(ZOOM[0]), math.log(ZOOM[1]))), bool(rng.random() < 0.5)
    scale = zoom * SIDE / height  # pixels of the part for one of the picture
    spare = np.maximum(0.0, np.array([width, height]) - SIDE / scale) / 2.0
    x, y = np.array([width, height]) / 2.0 + rng.uniform(-1.0, 1.0, 2) * spare
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
            kind=thing.kind, unsafe=thing.unsafe, clear=thing.clear, span=thing.span / zoom,
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


def paint_targets(things: Sequence[tuple[Thing, bool]], kinds: int) -> FloatArray:
    """Return what is to be told of a square picture, (2 K + HEADS, SIDE / 8, SIDE / 8).

    The heat of each kind; how much each cell weighs in it; then offset x and y in cells, log width, log height and log
    span in heights of the picture, NaN where nothing is to be told.
    """
    cells = SIDE // STRIDE
    heat = np.zeros((kinds, cells, cells), np.float32)
    weight = np.ones((kinds, cells, cells), np.float32)
    rest = np.full((HEADS, cells, cells), np.nan, np.float32)
    best = np.zeros((cells, cells), np.float32)
    row, column = np.mgrid[:cells, :cells] + 0.5
    for thing, there in things:
        x, y = cells * (thing.x0 + thing.x1) / 2.0, cells * (thing.y0 + thing.y1) / 2.0
        wide, high = max(thing.x1 - thing.x0, 1e-3), max(thing.y1 - thing.y0, 1e-3)
        across, along = (max(WIDTH, SPREAD * cells * side) for side in (wide, high))
        own_x, own_y = min(cells - 1, int(x)) + 0.5, min(cells - 1, int(y)) + 0.5  # 1 at one cell exactly
        bump = np.exp(-0.5 * (((column - own_x) / across) ** 2 + ((row - own_y) / along) ** 2)).astype(np.float32)
        if not there:
            weight[thing.kind][bump > 0.1] = 0.0
        elif thing.unsafe:
            heat[thing.kind] = np.maximum(heat[thing.kind], bump)
            mine = (bump > RIM) & (bump > best)
            best = np.maximum(best, bump)
            values = (x - column, y - row, np.log(wide), np.log(high), np.log(thing.span))
            for plane, value in zip(rest, values, strict=True):
                plane[mine] = np.broadcast_to(value, bump.shape)[mine]
        else:
            weight[thing.kind] *= 1.0 + (HARD - 1.0) * bump
    return np.concatenate([heat, weight, rest])


def _thing(kind: int, shown: Mapping[str, Any], height: int, fov: float) -> Thing:
    x0, y0, x1, y1 = (float(v) / height for v in shown["box"])
    return Thing(
        kind=kind, unsafe=shown["state"] == "unsafe", clear=bool(shown.get("clear", True)), x0=x0, y0=y0, x1=x1, y1=y1,
        span=2.0 * math.tan(fov / 2.0) * float(shown["distance"]),
    )  # fmt: skip
