"""The hour and the weather for the fallback painter: one tint for all that is lit, and fog.

It knows no single lamp: where lamps burn, all is as bright as between two of them. Nothing is wet, nothing glows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scenes.scene import FloatArray, Light

LAMPLIGHT = np.array([0.20, 0.16, 0.11])  # linear, from all lamps of a street at full power
ROOM = 0.85  # of the brightness of a day outside, at least, in a room with its lamps on
BRIGHTEST = 1.25


def tint(light: Light, *, lamps: bool, indoor: bool) -> FloatArray:
    """Return (3,) the factors on colours seen by the light of a clear day; `lamps`: whether there are any."""
    seen = light.exposure * (_sum(light) + lamps * light.lamps * LAMPLIGHT)
    factor = np.sqrt(seen / _sum(Light()))
    return np.clip(factor, ROOM if indoor else 0.0, BRIGHTEST)


def add_fog(rgb: npt.NDArray[np.uint8], depth: npt.NDArray[np.float32], light: Light) -> npt.NDArray[np.uint8]:
    """Return the picture (H, W, 3) with what lies at planar `depth` (H, W), metres, faded to the horizon."""
    left = np.exp(-light.fog * depth)[..., None]  # nothing at infinity
    horizon = 255.0 * np.array(light.horizon)
    return np.asarray(np.round(horizon + (rgb - horizon) * left), dtype=np.uint8)


def _sum(light: Light) -> FloatArray:
    """Return (3,) the linear light on open ground."""
    height = light.sun[2] / float(np.linalg.norm(light.sun))
    return np.square(light.ambient) + 0.8 * max(height, 0.0) * np.square(light.sun_color)
