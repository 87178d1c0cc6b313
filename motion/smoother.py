"""Where somebody goes, when places, speeds and feet that stand each say it, and none exactly.

Places say where in the long run, speeds how it goes on from moment to moment, and feet that stand that the body moves
about them: the course at 30 fps is what fits them best in the sense of least squares, each in units of how far off it
is, and is as smooth as recorded ones (a smoother of Kalman and Rauch, solved at once).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from motion.clip import FloatArray
from motion.codec import PATCH
from motion.features import FPS

PLACE, SPEED = 0.06, 0.04  # by how much they are off, leg lengths or rad, and these a second
JERK = 12.0  # leg lengths or rad / s3, of recorded courses
STANDS = 0.05  # leg lengths a second, by which feet that stand move


def course_of(
    places: FloatArray, speeds: FloatArray, feet: FloatArray | None = None, stands: FloatArray | None = None
) -> FloatArray:
    """Return the course (PATCH * T, D) that fits tokens (T) best.

    Args:
        places: (T, D) at the middle frame of each token. speeds: (T, D) means over its frames, a second.
        feet: (PATCH * T, K, D) of whom feet go with, seen from the course, in the axes of places. stands: (PATCH * T,
            K) from 0, they do not, to 1, they stand.
    """
    table, of_places, of_speeds = _tables(len(places))
    right = of_places @ places + of_speeds @ speeds
    if feet is not None and stands is not None:
        weight = (FPS / STANDS) ** 2 * np.minimum(stands[1:], stands[:-1]) ** 2
        moved = -np.diff(feet, axis=0)
        table = table.copy()
        rows, each = np.arange(len(weight)), weight.sum(axis=1)
        table[rows, rows] += each
        table[rows + 1, rows + 1] += each
        table[rows, rows + 1] -= each
        table[rows + 1, rows] -= each
        pushed = (weight[..., None] * moved).sum(axis=1)
        right = right.copy()
        right[:-2] -= pushed
        right[1:-1] += pushed
    return np.asarray(np.linalg.solve(table, right)[: PATCH * len(places)])


def turned(vectors: FloatArray, yaws: FloatArray) -> FloatArray:
    """Return vectors (T, 2) turned by angles (T,), radians."""
    c, s = np.cos(yaws), np.sin(yaws)
    return np.column_stack([c * vectors[:, 0] - s * vectors[:, 1], s * vectors[:, 0] + c * vectors[:, 1]])


@lru_cache(maxsize=32)
def _tables(count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the normal matrix (F, F) of F = PATCH * T + 1 frames, and what makes its right side (F, T) of tokens."""
    frames, rows = PATCH * count + 1, np.arange(count)
    at, along = np.zeros((count, frames)), np.zeros((count, frames))
    at[rows, PATCH * rows + PATCH // 2] = 1.0 / PLACE
    scale = FPS / PATCH / SPEED
    along[rows, PATCH * rows], along[rows, PATCH * rows + PATCH] = -scale, scale
    bends = np.diff(np.eye(frames), n=3, axis=0) * FPS**3 / JERK
    return at.T @ at + along.T @ along + bends.T @ bends, at.T / PLACE, along.T / SPEED
