"""What somebody who stands at a point of a place sees of it: what arrivals are drawn by.

From each point rays go out to the nearest wall or to the edge of what is known, the first towards the middle of the
place. So a doorway, the end of a pavement and the open side of a square look alike in places that were never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.plans import EDGE
from crowd.terrain import Terrain
from crowd.trajectory import FloatArray

RAYS, FARTHEST, STRIDE = 16, 30.0, 0.3  # of a point; metres they go at most, and between two looks
NEAR_EDGE = 0.6  # m over which being near the edge fades
FEATURES = 2 * RAYS + 8
PAIRS = 8
CROSSED = 12  # places on the line between two points where there may be a wall


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """A terrain and what is the same everywhere in it.

    Attributes:
        terrain: walls and edge. free: (K, 2) metres, the middles of the free cells inside of the edge.
        middle: (2,) metres, theirs. axis: radians, along which it is longest. sides: (2,) metres, twice the deviation
            along and across it. area: m2.
    """

    terrain: Terrain
    free: FloatArray
    middle: FloatArray
    axis: float
    sides: FloatArray
    area: float


def place_of(terrain: Terrain, spacing: float = 0.4) -> Place:
    """Return the place that a terrain shows, its free cells `spacing` metres apart.

    Raises:
        ValueError: nothing in it is free.
    """
    step = max(1, round(spacing / terrain.cell))
    free = (terrain.clear[::step, ::step] > 0.0) & (terrain.edge[::step, ::step] > 0.0)
    rows, columns = np.nonzero(free)
    if len(rows) == 0:
        raise ValueError("terrain: expected ground to walk on inside of its edge, got none")
    points: FloatArray = terrain.origin + terrain.cell * step * np.stack([columns, rows], axis=1)
    middle = points.mean(axis=0)
    spread, axes = np.linalg.eigh(np.cov((points - middle).T) if len(points) > 2 else np.eye(2))
    return Place(
        terrain=terrain, free=points, middle=middle, axis=float(np.arctan2(axes[1, 1], axes[0, 1])),
        sides=2.0 * np.sqrt(np.maximum(spread[::-1], 1e-3)), area=len(points) * (terrain.cell * step) ** 2,
    )  # fmt: skip


def window(terrain: Terrain, middle: FloatArray, sides: FloatArray, angle: float) -> Terrain:
    """Return a terrain of which no more is known than a rectangle: its middle (2,), sides (2,), metres, and turn."""
    height, width = terrain.edge.shape
    x = terrain.origin[0] + terrain.cell * np.arange(width) - middle[0]
    y = (terrain.origin[1] + terrain.cell * np.arange(height) - middle[1])[:, None]
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    depth = np.minimum(0.5 * sides[0] - np.abs(along), 0.5 * sides[1] - np.abs(across))
    return replace(terrain, edge=np.minimum(terrain.edge, np.clip(depth, -EDGE, EDGE)).astype(np.float32))


def mirrored(terrain: Terrain) -> Terrain:
    """Return a terrain in a mirror, x becomes -x."""
    width = terrain.clear.shape[1]
    origin = np.array([-(terrain.origin[0] + terrain.cell * (width - 1)), terrain.origin[1]])
    clear, edge = (np.ascontiguousarray(layer[:, ::-1]) for layer in (terrain.clear, terrain.edge))
    return replace(terrain, origin=origin, clear=clear, edge=edge)


def surroundings(place: Place, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what is seen (K, FEATURES) at points (K, 2), and which way (K,), radians, the middle lies from them."""
    terrain = place.terrain
    inward = place.middle - points
    far = np.hypot(inward[:, 0], inward[:, 1])
    angles = np.arctan2(inward[:, 1], inward[:, 0])
    lengths, walls = cast(terrain.clear, terrain.edge, terrain.origin, terrain.cell, points, angles)
    clear, edge = terrain.sample(points)
    turn = 2.0 * (angles - place.axis)
    rest = [
        edge / EDGE, np.exp(-np.maximum(edge, 0.0) / NEAR_EDGE), clear / 2.0, np.log1p(far) - 2.0,
        far / place.sides[0], np.cos(turn), np.full(len(points), np.log(place.area) / 2.0 - 2.5),
        np.full(len(points), place.sides[1] / place.sides[0]),
    ]  # fmt: skip
    return np.concatenate([np.log1p(lengths) - 1.5, walls, np.stack(rest, axis=1)], axis=1), angles


def between(
    place: Place, origins: FloatArray, inward: FloatArray, goals: FloatArray, goals_inward: FloatArray
) -> FloatArray:
    """Return what lies between points (..., PAIRS): how far, in which direction at both ends, and walls on the line."""
    ways = goals - origins
    length = np.hypot(ways[..., 0], ways[..., 1])
    heading = np.arctan2(ways[..., 1], ways[..., 0])
    shares = (np.arange(CROSSED) + 0.5) / CROSSED
    line = origins[..., None, :] + shares[:, None] * ways[..., None, :]
    blocked = (place.terrain.sample(line)[0] <= 0.0).mean(axis=-1)
    out, home = heading - inward, heading - goals_inward
    return np.stack(
        [
            length / 10.0, np.log(length + 0.3), np.exp(-length), blocked, np.cos(out), np.sin(out), -np.cos(home),
            np.sin(home),
        ],
        axis=-1,
    )  # fmt: skip


@compiled
def cast(
    clear: npt.NDArray[np.float32],
    edge: npt.NDArray[np.float32],
    origin: FloatArray,
    cell: float,
    points: FloatArray,
    angles: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return how far (K, RAYS) one sees from points (K, 2), metres, and 1 where a wall ends the ray, else 0."""
    count, (height, width) = len(points), clear.shape
    lengths, walls = np.full((count, RAYS), FARTHEST), np.zeros((count, RAYS))
    for i in range(count):
        for ray in range(RAYS):
            angle = angles[i] + 2.0 * np.pi * ray / RAYS
            x, y = np.cos(angle), np.sin(angle)
            far = STRIDE
            while far < FARTHEST:
                column = int(np.rint((points[i, 0] + far * x - origin[0]) / cell))
                row = int(np.rint((points[i, 1] + far * y - origin[1]) / cell))
                inside = 0 <= row < height and 0 <= column < width
                if not inside or edge[row, column] <= 0.0 or clear[row, column] <= 0.0:
                    lengths[i, ray] = far
                    walls[i, ray] = 1.0 if inside and edge[row, column] > 0.0 else 0.0
                    break
                far += STRIDE
    return lengths, walls
