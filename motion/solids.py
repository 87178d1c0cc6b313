"""Solid things: rounded boxes, tubes along a line, wheels (offline, for `bake.py`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import DRAWN
from motion.tailor import Piece, grid_faces

FloatArray = npt.NDArray[np.float64]


def rigid(vertices: FloatArray, faces: npt.NDArray[np.int64], material: str, joint: int, levels: int = 3) -> Piece:
    """Return a shell that goes with one of the joints and aids and keeps its triangles."""
    weights = np.zeros((len(vertices), DRAWN))
    weights[:, joint] = 1.0
    return Piece(
        material=material, vertices=vertices, faces=faces, weights=weights, triangles=1.0, levels=levels, exact=True
    )


def tube(points: FloatArray, radius: float | FloatArray, sides: int = 8) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a closed tube of `radius` metres (scalar or (n,)) along points (n, 3)."""
    points = np.asarray(points, dtype=np.float64)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    reference = np.eye(3)[np.abs(tangent).mean(axis=0).argmin()]
    side = np.cross(tangent, reference)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    angle = -2 * np.pi * np.arange(sides) / sides
    ring = np.cos(angle)[:, None, None] * side + np.sin(angle)[:, None, None] * other
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(points),))
    body = points + ring * radii[:, None]
    rows = np.concatenate([points[None, :1].repeat(sides, 0), body, points[None, -1:].repeat(sides, 0)], axis=1)
    vertices = rows.transpose(1, 0, 2)
    return _outward(vertices.reshape(-1, 3), grid_faces(len(vertices), sides, closed=True), 0.0 * points[0])


def ring(
    centre: FloatArray, radius: float, thickness: float, around: int, sides: int
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a torus in the x-z plane (a tyre): radius of its middle line, and of its section, metres."""
    a = 2 * np.pi * np.arange(around) / around
    b = 2 * np.pi * np.arange(sides) / sides
    r = radius + thickness * np.cos(b)
    x, z = np.cos(a)[:, None] * r, np.sin(a)[:, None] * r
    y = np.broadcast_to(thickness * np.sin(b), x.shape)
    vertices = (centre + np.stack([x, y, z], axis=-1)).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(around), np.arange(sides), indexing="ij")
    i_next, j_next = (i + 1) % around, (j + 1) % sides
    p, q, s, t = i * sides + j, i_next * sides + j, i_next * sides + j_next, i * sides + j_next
    faces = np.concatenate([np.stack(f, axis=-1).reshape(-1, 3) for f in ((p, q, s), (p, s, t))])
    return _outward(vertices, faces, centre)


def box(low: FloatArray, high: FloatArray, rounding: float, steps: int = 2) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a box with rounded edges between two corners (3,), metres."""
    count = 2 * steps + 2
    line = np.concatenate([np.linspace(0, 0.5, steps + 1), np.linspace(0.5, 1, steps + 1)])
    if steps == 0:
        line = np.array([0.25, 0.75])
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    core = np.maximum(half - rounding, 1e-4)
    polar, around = (
        np.pi * line,
        2 * np.pi * np.arange(4 * (steps + 1)) / (4 * (steps + 1)) + (1e-3 if steps else np.pi / 4),
    )
    unit = np.stack(
        [np.sin(polar)[:, None] * np.cos(around), np.sin(polar)[:, None] * np.sin(around),
         np.broadcast_to(np.cos(polar)[:, None], (count, len(around)))], axis=-1,
    ).copy()  # fmt: skip
    shift = np.sign(unit)
    shift[: steps + 1, :, 2], shift[steps + 1 :, :, 2] = 1.0, -1.0
    vertices = (middle + core * shift + (half - core) * unit).reshape(-1, 3)
    up = np.array([0.0, 0.0, half[2]])
    top, bottom = middle + up, middle - up
    vertices = np.concatenate([vertices, [top, bottom]])
    faces = grid_faces(count, len(around), closed=True)
    n = len(around)
    caps = [
        [(count * n, k, (k + 1) % n) for k in range(n)],
        [(count * n + 1, (count - 1) * n + (k + 1) % n, (count - 1) * n + k) for k in range(n)],
    ]
    return _outward(vertices, np.concatenate([faces, *np.array(caps)]), middle)


def _outward(
    vertices: FloatArray, faces: npt.NDArray[np.int64], origin: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Turn the faces over where the enclosed volume is negative."""
    a, b, c = (vertices[faces[:, k]] - vertices.mean(axis=0) for k in range(3))
    volume = np.einsum("fi,fi->", a, np.cross(b, c))
    return vertices, faces if volume > 0 else faces[:, ::-1].copy()
