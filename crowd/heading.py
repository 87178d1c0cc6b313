"""The way people face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crowd.trajectory import FloatArray

TURNING = 0.3  # s, time constant
SLOW, BRISK = 0.15, 0.65  # m/s: below the first nobody turns to where it drifts, from the second on fully


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
