"""Draw made crowds beside recorded ones: `python -m benchmarks.crowd_sheet DATA [WEIGHTS] [OUT]`.

A row for each fold: where people were (shares of their time on cells of 0.4 m) in the recording and in one crowd that
was made there by the weights which left the place out, some made ways, and how speeds, distances to the nearest other
and numbers present are distributed. Of the recording only these shares are drawn, no way and no picture.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from crowd.generation import Generator
from crowd.realism import nearest_distances, speeds
from crowd.recordings import FOLDS
from crowd.site import Site
from crowd.trajectory import CrowdTrajectory, FloatArray
from embodied.captions import font
from embodied.crowd_jobs import recorded
from embodied.seeding import stream

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "models"
OUT = Path(__file__).resolve().parents[1] / "docs" / "crowd_generated.png"
TILE, CURVE, TOP = (300, 220), (210, 220), 26  # px
CELL = 0.4  # m
WAYS = 60  # drawn
REAL, MADE, INK = (60, 60, 60), (214, 40, 120), (30, 30, 30)


@dataclass(frozen=True, slots=True)
class View:
    """From metres to the pixels of a tile."""

    low: FloatArray
    scale: float
    left: float

    def pixels(self, points: FloatArray) -> list[tuple[float, float]]:
        shown = (points - self.low) * self.scale
        return [(self.left + x, TILE[1] - 8 - y) for x, y in shown.tolist()]


def view_of(site: Site) -> View:
    low, high = np.reshape(site.walkable.bounds, (2, 2))
    scale = min((TILE[0] - 16) / (high - low)[0], (TILE[1] - 16) / (high - low)[1])
    return View(low=low, scale=scale, left=0.5 * (TILE[0] - scale * (high - low)[0]))


def draw_ground(site: Site, crowd: CrowdTrajectory, ways: bool) -> Image.Image:
    """Return a tile: the outline of the ground, and where people were or how they went."""
    view = view_of(site)
    tile = Image.new("RGB", TILE, "white")
    pen = ImageDraw.Draw(tile, "RGBA")
    points = crowd.positions[crowd.valid]
    if ways:
        chosen = np.random.default_rng(0).permutation(crowd.positions.shape[1])[:WAYS]
        for column in chosen:
            way = crowd.positions[crowd.valid[:, column], column]
            if len(way) > 1:
                pen.line(view.pixels(way), fill=(*MADE, 120), width=1)
    else:
        nodes, counts = np.unique(np.floor(points / CELL), axis=0, return_counts=True)
        for node, count in zip(nodes * CELL, counts / np.percentile(counts, 98), strict=True):
            (x0, y0), (x1, y1) = view.pixels(np.array([node, node + CELL]))
            pen.rectangle((x0, y1, x1, y0), fill=(*INK, round(255 * min(1.0, count))))
    for part in getattr(site.walkable, "geoms", [site.walkable]):
        for ring in (part.exterior, *part.interiors):
            pen.line(view.pixels(np.array(ring.coords)), fill=(90, 140, 200, 255), width=1)
    return tile


def draw_shares(real: FloatArray, made: FloatArray, most: float, words: str, bins: int = 30) -> Image.Image:
    """Return a tile: two histograms from 0 to `most`, as lines."""
    tile = Image.new("RGB", CURVE, "white")
    pen = ImageDraw.Draw(tile)
    edges = np.linspace(0.0, most, bins + 1)
    shares = [np.histogram(np.minimum(values, most), edges)[0] / max(len(values), 1) for values in (real, made)]
    top = max(float(np.max(shares)), 1e-9)
    width, height = CURVE[0] - 24, CURVE[1] - 50
    for share, color in zip(shares, (REAL, MADE), strict=True):
        at = [(12 + width * (k + 0.5) / bins, 16 + height * (1.0 - value / top)) for k, value in enumerate(share)]
        pen.line(at, fill=color, width=2)
    pen.line([(12, 16 + height), (12 + width, 16 + height)], fill=INK)
    pen.text((12, 20 + height), "0", font=font(11), fill=INK)
    pen.text((12 + width, 20 + height), f"{most:g}", font=font(11), fill=INK, anchor="ra")
    pen.text((12 + width / 2, 20 + height), words, font=font(11), fill=INK, anchor="ma")
    return tile


def known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def draw_row(data: str, fold: str, weights: Path) -> Image.Image:
    recording = recorded(data, FOLDS[fold][0])
    site, real = recording.site, recording.trajectory
    generator = Generator(
        site=site, emitter=weights / f"emitter-{fold}.safetensors", plans=weights / f"plan_diffusion-{fold}.safetensors"
    )
    made = generator.generate(float(real.times[-1] - real.times[0]), stream(0, "crowd"))
    present = [crowd.valid.sum(axis=1).astype(np.float64) for crowd in (real, made)]
    width = 1 + int(max(float(p.max()) for p in present)) // 30  # whole people in a bin
    bins = 1 + int(max(float(p.max()) for p in present)) // width
    tiles = [
        draw_ground(site, real, False), draw_ground(site, made, False), draw_ground(site, made, True),
        draw_shares(known(speeds(real)), known(speeds(made)), 2.5, "speed, m/s"),
        draw_shares(nearest_distances(real), nearest_distances(made), 4.0, "nearest other, m"),
        draw_shares(*present, float(bins * width), "people present", bins),
    ]  # fmt: skip
    row = Image.new("RGB", (sum(tile.width for tile in tiles), TILE[1]), "white")
    left = 0
    for tile in tiles:
        row.paste(tile, (left, 0))
        left += tile.width
    ImageDraw.Draw(row).text((6, 4), fold, font=font(14), fill=INK)
    return row


def main() -> None:
    words = sys.argv[1:]
    if not words:
        sys.exit("crowd_sheet: expected the folder that holds eth_ucy/")
    weights = Path(words[1]) if len(words) > 1 else ASSETS
    out = Path(words[2]) if len(words) > 2 else OUT
    rows = [draw_row(words[0], fold, weights) for fold in FOLDS]
    sheet = Image.new("RGB", (rows[0].width, TOP + sum(row.height for row in rows)), "white")
    pen, left = ImageDraw.Draw(sheet), 6
    for title, width in (
        ("recorded: where people were", TILE[0]), ("made: where people were", TILE[0]), ("made: some ways", TILE[0]),
    ):  # fmt: skip
        pen.text((left, 6), title, font=font(13), fill=INK)
        left += width
    pen.text((left, 6), "recorded", font=font(13), fill=REAL)
    pen.text((left + 80, 6), "made", font=font(13), fill=MADE)
    top = TOP
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    sheet.quantize(64).save(out, optimize=True)
    print(f"picture  {out}")


if __name__ == "__main__":
    main()
