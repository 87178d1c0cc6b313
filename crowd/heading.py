"""The way people face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crowd.trajectory import FloatArray

TURNING = 0.3  # s, time constant
NEARBY = 4.0  # m: whoever stopped for a robot turns to it
SLOW, BRISK = 0.15, 0.65  # m/s: below the first nobody turns to where it drifts, from the second on fully


def attend(
    facing: FloatArray, positions: FloatArray, attentive: npt.NDArray[np.bool_], others: FloatArray
) -> FloatArray:
    """Return where people (N,) face: those who are `attentive` (N,) the nearest of `others` (M, 2) within `NEARBY`."""
    if not len(others) or not attentive.any():
        return facing
    offsets = others[None] - positions[:, None]
    gaps = np.hypot(offsets[..., 0], offsets[..., 1])
    nearest = offsets[np.arange(len(positions)), gaps.argmin(axis=1)]
    towards: FloatArray = np.arctan2(nearest[:, 1], nearest[:, 0])
    return np.where(attentive & (gaps.min(axis=1) < NEARBY), towards, facing)


def turn(
    yaw: FloatArray, facing: FloatArray, velocity: FloatArray, walks: npt.NDArray[np.bool_], dt: float
) -> FloatArray:
    """Return yaws (N,) after `dt` seconds: walkers turn to where they go, the others to where they are `facing`."""
    pace = np.hypot(velocity[:, 0], velocity[:, 1])
    target = np.where(walks, np.arctan2(velocity[:, 1], velocity[:, 0]), facing)
    eager = np.where(walks, np.clip((pace - SLOW) / (BRISK - SLOW), 0.0, 1.0), 1.0)
    change = target - yaw
    change = np.arctan2(np.sin(change), np.cos(change)) * eager * min(1.0, dt / TURNING)
    result: FloatArray = np.arctan2(np.sin(yaw + change), np.cos(yaw + change))
    return result
