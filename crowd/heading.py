"""The way people face."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crowd.compiled import compiled
from crowd.trajectory import FloatArray

TURNING = 0.3  # s, time constant
NEARBY = 4.0  # m: whoever stopped for a robot turns to it
SLOW, BRISK = 0.15, 0.65  # m/s: below the first nobody turns to where it drifts, from the second on fully


@compiled
def attend(
    facing: FloatArray, positions: FloatArray, attentive: npt.NDArray[np.bool_], others: FloatArray
) -> FloatArray:
    """Return where people (N,) face: those who are `attentive` (N,) the nearest of `others` (M, 2) within `NEARBY`."""
    result = facing.copy()
    for i in range(len(facing)):
        nearest = NEARBY
        for m in range(len(others) if attentive[i] else 0):
            x, y = others[m, 0] - positions[i, 0], others[m, 1] - positions[i, 1]
            gap = math.sqrt(x * x + y * y)
            if gap < nearest:
                nearest, result[i] = gap, math.atan2(y, x)
    return result


@compiled
def turn(
    yaw: FloatArray, facing: FloatArray, velocity: FloatArray, walks: npt.NDArray[np.bool_], dt: float
) -> FloatArray:
    """Return yaws (N,) after `dt` seconds: walkers turn to where they go, the others to where they are `facing`."""
    result = np.empty(len(yaw))
    for i in range(len(yaw)):
        target, eager = facing[i], 1.0
        if walks[i]:
            pace = math.sqrt(velocity[i, 0] ** 2 + velocity[i, 1] ** 2)
            eager = min(max((pace - SLOW) / (BRISK - SLOW), 0.0), 1.0)
            target = math.atan2(velocity[i, 1], velocity[i, 0]) if eager > 0.0 else yaw[i]
        change = target - yaw[i]
        change -= math.tau * math.floor(change / math.tau + 0.5)
        now = yaw[i] + change * eager * min(1.0, dt / TURNING)
        result[i] = now - math.tau * math.floor(now / math.tau + 0.5)
    return result
