"""Directions and angles in arrays; `motion.rotation` has those that are compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import FloatArray


def unit(vectors: npt.NDArray[np.floating]) -> FloatArray:
    """Return vectors (..., 3) at length one; zero stays zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def across(vectors: npt.NDArray[np.floating], axis: npt.NDArray[np.floating]) -> FloatArray:
    """Return what of vectors (..., 3) is at right angles to a unit axis (..., 3)."""
    return np.asarray(vectors - axis * (vectors * axis).sum(axis=-1, keepdims=True))


def basis(along: npt.NDArray[np.floating], out: npt.NDArray[np.floating]) -> FloatArray:
    """Return rotations (..., 3, 3) whose first column is `along` and whose second is as near to `out` as can be."""
    first = unit(along)
    second = unit(across(out, first))
    return np.asarray(np.stack([first, second, np.cross(first, second)], axis=-1))


def wrap(angles: npt.ArrayLike) -> FloatArray:
    """Return angles in [-pi, pi)."""
    return np.asarray((np.asarray(angles, np.float64) + np.pi) % (2.0 * np.pi) - np.pi)
