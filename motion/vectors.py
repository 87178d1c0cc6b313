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


def wrap(angles: npt.ArrayLike) -> FloatArray:
    """Return angles in [-pi, pi)."""
    return np.asarray((np.asarray(angles, np.float64) + np.pi) % (2.0 * np.pi) - np.pi)
