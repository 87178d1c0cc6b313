"""Which way is up in a mesh file, and how long its unit is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scenes.mesh_columns import rasterise
from scenes.mesh_piece import Piece, bounds, split_words
from scenes.scene import FloatArray

LEVEL = 0.95  # cosine between a normal and the axis, above which a triangle counts as horizontal
CLEARER = 1.5  # by how much more horizontal area tells that another axis is up
FLAT = 0.6  # a place is flatter than this times its shorter side, when another axis is taken for up
SMALLEST, LARGEST = 2.0, 500.0  # m, plausible longest sides of a place
TALLEST = 40.0  # m, median height of rooms that is still plausible (a stadium's roof)
DOOR = 1.6, 4.5  # m, plausible heights of a door
UNITS = {0.001: "millimetres", 0.01: "centimetres", 0.0254: "inches", 0.3048: "feet", 1000.0: "kilometres"}
STEPS = (0.001, 0.01, 0.0254, 0.1, 0.3048, 10.0, 39.37, 100.0, 1000.0)  # factors that are proposed
TYPICAL_DOOR, TYPICAL_ROOM, TYPICAL_PLACE = 2.05, 2.8, 25.0  # m

# Rows: the world's axes in those of the file.
TURNS: dict[str, FloatArray] = {"z": np.eye(3), "y": np.array([(1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)])}


def choose_up(pieces: Sequence[Piece], default: str, *, fixed: bool) -> str:
    """Return the axis that points up: the format's, unless far more area lies level across another one.

    Args:
        pieces: in the frame of the file.
        default: what the format says, or most of its exporters do: "y" or "z".
        fixed: the format leaves no choice.
    """
    if fixed:
        return default
    other = "z" if default == "y" else "y"
    area = dict.fromkeys("yz", 0.0)
    for piece in pieces:
        a, b, c = (piece.vertices[piece.faces[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        size = np.linalg.norm(normal, axis=1)
        for name, axis in (("y", 1), ("z", 2)):
            area[name] += float(size[np.abs(normal[:, axis]) > LEVEL * size].sum())
    low, high = bounds(pieces)
    extent = high - low
    index = "xyz".index(other)
    across = np.delete(extent, index)
    return other if area[other] > CLEARER * area[default] and extent[index] < FLAT * across.min() else default


def check_scale(path: Path, pieces: Sequence[Piece]) -> None:
    """Check that lengths look like metres, z up: the size of the place, the height of its rooms and doors.

    Raises:
        ValueError: they do not; the message proposes a factor.
    """
    low, high = bounds(pieces)
    extent = high - low
    side, room, door = float(extent[:2].max()), _room_height(pieces), _door_height(pieces)
    found = f"a place of {extent[0]:.3g} x {extent[1]:.3g} x {extent[2]:.3g}"
    wrong = not SMALLEST <= side <= LARGEST
    if room is not None:
        found += f", with rooms {room:.3g} high"
        wrong |= room > TALLEST
    if door is not None:
        found += f", with doors {door:.3g} high"
        wrong |= not DOOR[0] <= door <= DOOR[1]
    if not wrong:
        return
    value, typical = (
        (door, TYPICAL_DOOR)
        if door is not None
        else (room, TYPICAL_ROOM)
        if room is not None
        else (side, TYPICAL_PLACE)
    )
    factor = min(STEPS, key=lambda step: abs(np.log(step * value / typical)))
    unit = f" (it looks like {UNITS[factor]})" if factor in UNITS else ""
    raise ValueError(
        f"{path}: expected metres, a place of {SMALLEST:g} to {LARGEST:g} m, got {found}{unit}; "
        f"set scene.scale={factor:g}, or scene.scale=1 if it is right"
    )


def _room_height(pieces: Sequence[Piece]) -> float | None:
    """Return the median height between level surfaces and what is above them, None where little is covered."""
    low, high = bounds(pieces)
    side = float((high - low)[:2].max())
    cell = max(side / 80.0, 1e-9)
    triangles = (np.concatenate([piece.vertices[piece.faces] for piece in pieces]) - low) / cell  # in cells
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    level = normal[:, 2] > LEVEL * np.linalg.norm(normal, axis=1)
    columns = rasterise(triangles, level, 1.0)
    tops = np.flatnonzero(columns.level)
    lowest = tops[np.unique(columns.cells[tops], return_index=True)[1]]
    room = columns.clearance[lowest]
    covered = room[np.isfinite(room)]
    return float(np.median(covered)) * cell if len(covered) > 0.5 * len(room) and len(covered) else None


def _door_height(pieces: Sequence[Piece]) -> float | None:
    """Return the median height of what is named a door, None where nothing is."""
    spans: dict[str, tuple[float, float]] = {}
    for piece in pieces:
        if piece.names and "door" in split_words(piece.names[0]):
            low, high = spans.get(piece.node, (np.inf, -np.inf))
            heights = piece.vertices[:, 2]
            spans[piece.node] = min(low, float(heights.min())), max(high, float(heights.max()))
    return float(np.median([high - low for low, high in spans.values()])) if spans else None
