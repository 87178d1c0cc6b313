"""The floors of a mesh: level ground with room above it, wide enough for a person, one list from below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from scenes.mesh_columns import BoolArray, Columns, distance

BODY = 0.3  # m, radius of a person with arms (Predtechenskii & Milinskii 1978: 0.5 to 0.6 m wide in clothes)
TOLERANCE = 0.15  # m by which a floor may leave its height; the world's ground is flat
BIN = 0.05  # m, of the histogram of heights
LEAST = 2.0  # m^2, less is no place to walk
SHARE = 0.05  # of the largest floor; a smaller one is a landing or a table
CEILING = 6.0  # m above a floor, up to which what is there is its ceiling
NEARLY = 0.8  # of the largest floor: as large
ROOF_WEIGHT = 0.25  # a floor under the open sky that lies over another one is a roof


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floor:
    """Ground at one height.

    Attributes:
        height: metres, median. area: m^2 that can be walked on. low, high: metres, lowest and highest ground of it.
        covered: share of it under a ceiling. roof: it lies above another floor and under the sky.
        free: (H, W) where a person can be, at one with the largest part. left_out: m^2 of other parts.
        islands: how many these are.
        ceiling: (H, W) metres to what is above, inf under the sky.
    """

    height: float
    area: float
    low: float
    high: float
    covered: float
    roof: bool
    free: BoolArray
    left_out: float
    islands: int
    ceiling: npt.NDArray[np.float32]


def find_floors(columns: Columns, *, clearance: float, max_step: float) -> list[Floor]:
    """Return the floors from below.

    Args:
        columns: of the mesh.
        clearance: metres that a person needs above the ground.
        max_step: metres, the highest edge between neighbouring cells that is no wall.
    """
    above = columns.clearance
    standing = columns.level & (above >= clearance)
    cells, heights, room = columns.cells[standing], columns.high[standing], above[standing]
    lowest = np.full(columns.shape[0] * columns.shape[1], np.inf, dtype=np.float32)
    lowest[cells[::-1]] = heights[::-1]  # the first of a cell is written last
    floors: list[Floor] = []
    while len(heights):
        height = _peak(heights)
        near = np.abs(heights - height) <= TOLERANCE
        if near.sum() * columns.cell**2 < max(LEAST, SHARE * max((floor.area for floor in floors), default=0.0)):
            break
        floor = _make_floor(columns, cells[near], heights[near], room[near], lowest, max_step)
        if floor is not None:
            floors.append(floor)
        cells, heights, room = cells[~near], heights[~near], room[~near]
    most = max((floor.area for floor in floors), default=0.0)
    return sorted((floor for floor in floors if floor.area >= SHARE * most), key=lambda floor: floor.height)


def _peak(heights: npt.NDArray[np.float32]) -> float:
    """Return the height round which most ground lies."""
    first = float(heights.min()) - BIN
    count = np.bincount(((heights - first) / BIN).astype(np.int64))
    window = np.convolve(count, np.ones(2 * round(TOLERANCE / BIN) + 1), mode="same")
    middle = first + (int(window.argmax()) + 0.5) * BIN
    return float(np.median(heights[np.abs(heights - middle) <= TOLERANCE + BIN]))


def _make_floor(
    columns: Columns,
    cells: npt.NDArray[np.int32],
    heights: npt.NDArray[np.float32],
    room: npt.NDArray[np.float32],
    lowest: npt.NDArray[np.float32],
    max_step: float,
) -> Floor | None:
    """Return the floor of some spans at one height, None where it is too small or too narrow."""
    row, column = np.divmod(cells, columns.shape[1])
    part = (slice(int(row.min()), int(row.max()) + 1), slice(int(column.min()), int(column.max()) + 1))
    shape = (part[0].stop - part[0].start, part[1].stop - part[1].start)
    ground, above = np.full(shape, np.nan, dtype=np.float32), np.full(shape, np.inf, dtype=np.float32)
    inner = (row - part[0].start, column - part[1].start)
    ground[inner], above[inner] = heights, room
    there = np.isfinite(ground)
    for axis in (0, 1):
        step = np.abs(np.diff(ground, axis=axis)) > max_step  # NaN compares false
        edge = np.zeros(shape, dtype=bool)
        lower, upper = [slice(None)] * 2, [slice(None)] * 2
        lower[axis], upper[axis] = slice(None, -1), slice(1, None)
        edge[tuple(lower)] |= step
        edge[tuple(upper)] |= step
        there &= ~edge
    reach = round(BODY / columns.cell)
    label, parts = ndimage.label(distance(there) > reach, structure=np.ones((3, 3)))
    if parts == 0:
        return None
    core = label == int(np.bincount(label.ravel())[1:].argmax()) + 1
    near, _ = ndimage.label(there & (distance(~core) <= reach + 0.5))  # a body's reach from the core
    covered = np.isin(near, np.unique(near[core]))  # without what lies behind a wall
    area = float(covered.sum()) * columns.cell**2
    if area < LEAST:
        return None
    height, share = float(np.median(ground[covered])), float((above[covered] < CEILING).mean())
    over = lowest.reshape(columns.shape)[part][covered] < height - 1.5
    free, ceiling = np.zeros(columns.shape, dtype=bool), np.full(columns.shape, np.inf, dtype=np.float32)
    free[part], ceiling[part] = covered, above
    low, high = np.percentile(ground[covered], (1, 99)).tolist()
    return Floor(
        height=height, area=area, low=low, high=high, covered=share, roof=share < 0.5 and float(over.mean()) > 0.5,
        free=free, left_out=float(there.sum()) * columns.cell**2 - area, islands=parts - 1, ceiling=ceiling,
    )  # fmt: skip


def choose_floor(floors: Sequence[Floor], wanted: int | None) -> int:
    """Return the index of the wanted floor (1 is the lowest), or of the lowest of the largest ones; roofs count less.

    Raises:
        ValueError: there is no such floor; the message lists those there are.
    """
    if wanted is not None:
        if not 1 <= wanted <= len(floors):
            raise ValueError(
                f"scene.floor: expected 1 to {len(floors)}, got {wanted}; there are {describe_floors(floors)}"
            )
        return wanted - 1
    weights = [floor.area * (ROOF_WEIGHT if floor.roof else 1.0) for floor in floors]
    return next(k for k, weight in enumerate(weights) if weight >= NEARLY * max(weights))


def describe_floors(floors: Sequence[Floor]) -> str:
    """Return the list of floors in words."""
    return ", ".join(
        f"floor {k + 1} at {floor.height:.2f} m with {floor.area:.0f} m2{' (roof)' if floor.roof else ''}"
        for k, floor in enumerate(floors)
    )


def explain_none(columns: Columns, *, clearance: float, max_slope_deg: float) -> str:
    """Return why there is no floor: what comes nearest to one, and what to change."""
    size = columns.cell**2
    if not columns.level.any():
        return (
            f"no surface faces up within {max_slope_deg:g} degrees of level; is the up axis right? "
            "Try scene.up=z or scene.up=y"
        )
    height = _peak(columns.high[columns.level])
    near = columns.level & (np.abs(columns.high - height) <= TOLERANCE)
    area, room = float(near.sum()) * size, columns.clearance[near]
    if area < LEAST:
        return f"the largest level surface has {area:.1f} m2 at {height:.2f} m; is scene.scale or scene.up right?"
    fit = float((room >= clearance).sum()) * size
    if fit < LEAST:
        return (
            f"of {area:.1f} m2 of level surface at {height:.2f} m, {fit:.1f} m2 have {clearance:g} m above them "
            f"(median {float(np.median(room)):.2f} m); is scene.scale right? Else lower scene.clearance"
        )
    return (
        f"{fit:.1f} m2 of level surface at {height:.2f} m have room above them, but in strips narrower than "
        f"{2 * BODY:g} m; does the file hold the floor, and is scene.scale right? Else raise scene.max_step"
    )
