"""Shadow maps: depth as the sun sees it, along parallel rays."""

from __future__ import annotations

import moderngl
import numpy as np

from scenes.scene import FloatArray

TO_UNIT = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0]])  # clip to [0, 1]


class ShadowMap:
    """A square depth texture with the matrix that maps the world into it."""

    def __init__(self, context: moderngl.Context, size: int) -> None:
        self._size = size
        self.texture = context.depth_texture((size, size))
        self.texture.compare_func = "<="
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False
        self.target = context.framebuffer(depth_attachment=self.texture)
        self.clip = np.eye(4)  # world to clip coordinates

    @property
    def lookup(self) -> FloatArray:
        """Return the (4, 4) matrix from world to texture coordinates and depth, all in [0, 1]."""
        return TO_UNIT @ self.clip

    @property
    def texel(self) -> float:
        """Return the side of a pixel of the map, metres."""
        return 2.0 / (self._size * float(np.linalg.norm(self.clip[:2, :3], axis=1).min()))

    def fit(self, sun: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Cover the box from `low` to `high` (3,), world, as seen along the unit vector `sun`; whole pixels."""
        side = np.cross((0.0, 1.0, 0.0) if abs(sun[1]) < 0.9 else (1.0, 0.0, 0.0), sun)
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(sun, side), -sun])
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        seen = corners @ axes.T
        first, last = seen.min(axis=0), seen.max(axis=0)
        extent = (last - first) * (1.0 + 8.0 / self._size) + 1e-3
        center = (first + last) / 2
        pixel = extent[:2] / self._size
        center[:2] = np.round(center[:2] / pixel) * pixel  # so that edges do not crawl when the box moves
        self.clip = np.eye(4)
        self.clip[:3, :3] = axes * (2.0 / extent)[:, None]
        self.clip[:3, 3] = -center * 2.0 / extent
