"""Drawing on an upright wall: many rectangles and boxes at once, in metres across, up and out of the wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenes.procedural.geometry import panels
from scenes.scene import FloatArray, Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Elevation:
    """A wall seen from outside.

    Attributes:
        left: (2,) its left end as a viewer sees it, metres.
        right: (2,) unit vector to the viewer's right; the wall faces to the right of it, towards the viewer.
        length: metres.
    """

    left: FloatArray
    right: FloatArray
    length: float

    @staticmethod
    def between(p: npt.ArrayLike, q: npt.ArrayLike) -> Elevation:
        """Return the wall over p q that faces to the left of p -> q, as `geometry.wall` does."""
        start, end = np.asarray(q, dtype=np.float64), np.asarray(p, dtype=np.float64)
        length = float(np.hypot(*(end - start)))
        return Elevation(start, (end - start) / length, length)

    @property
    def out(self) -> FloatArray:
        """Return the unit normal (2,)."""
        return np.array([self.right[1], -self.right[0]])

    def place(self, across: npt.ArrayLike, out: npt.ArrayLike, up: npt.ArrayLike) -> FloatArray:
        """Return points (..., 3) from metres across, out and up."""
        u, d, z = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (across, out, up)))
        flat = self.left + u[..., None] * self.right + d[..., None] * self.out
        return np.concatenate([flat, z[..., None]], axis=-1)

    def quads(self, spans: npt.ArrayLike, out: float = 0.0, tile: float | None = None) -> Mesh:
        """Return rectangles (N, 4: left, right, bottom, top) that face out; the texture fills each, or tiles."""
        u0, u1, z0, z1 = np.asarray(spans, dtype=np.float64).reshape(-1, 4).T
        across, up = np.stack([u0, u1, u1, u0], axis=1), np.stack([z0, z0, z1, z1], axis=1)
        if tile is None:
            uv = np.tile([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], (len(u0), 1)).reshape(-1, 4, 2)
        else:
            uv = np.stack([across, up], axis=2) / tile
        return panels(self.place(across, out, up), uv)

    def pierced(self, bottom: float, top: float, holes: npt.ArrayLike, tile: float) -> Mesh:
        """Return the wall from `bottom` to `top` without the rectangles `holes` (N, 4)."""
        cut = np.asarray(holes, dtype=np.float64).reshape(-1, 4)
        us = np.unique(np.concatenate([[0.0, self.length], cut[:, 0], cut[:, 1]]).round(6))
        zs = np.unique(np.concatenate([[bottom, top], cut[:, 2], cut[:, 3]]).round(6))
        u0, z0 = (grid.ravel() for grid in np.meshgrid(us[:-1], zs[:-1]))
        u1, z1 = (grid.ravel() for grid in np.meshgrid(us[1:], zs[1:]))
        u, z = (u0 + u1)[:, None] / 2, (z0 + z1)[:, None] / 2
        hole = ((cut[:, 0] < u) & (u < cut[:, 1]) & (cut[:, 2] < z) & (z < cut[:, 3])).any(axis=1)
        return self.quads(np.column_stack([u0, u1, z0, z1])[~hole], 0.0, tile)

    def reveals(
        self, spans: npt.ArrayLike, outer: float, inner: float, tile: float = 2.0, *, sides: str = "lrtb"
    ) -> Mesh:
        """Return the sides of openings (N, 4) between two depths, which face into them: left, right, top, bottom."""
        u0, u1, z0, z1 = np.asarray(spans, dtype=np.float64).reshape(-1, 4).T
        corners, uv = [], []
        wide, high, deep = u1 - u0, z1 - z0, np.full(len(u0), outer - inner)
        known = {
            "l": ((u0, z0, u0, z1), high),
            "r": ((u1, z1, u1, z0), high),
            "t": ((u0, z1, u1, z1), wide),
            "b": ((u1, z0, u0, z0), wide),
        }
        for (ua, za, ub, zb), size in (known[side] for side in sides):
            across, up = np.stack([ua, ub, ub, ua], axis=1), np.stack([za, zb, zb, za], axis=1)
            out = np.tile([inner, inner, outer, outer], (len(u0), 1))
            corners.append(self.place(across, out, up))
            zero = np.zeros(len(u0))
            uv.append(
                np.stack(
                    [np.stack([zero, size, size, zero], axis=1), np.stack([zero, zero, deep, deep], axis=1)], axis=2
                )
                / tile
            )
        return panels(np.concatenate(corners), np.concatenate(uv))

    def boxes(self, blocks: npt.ArrayLike, tile: float = 1.0, *, sides: str = "flrtb") -> Mesh:
        """Return boxes (N, 6: left, right, bottom, top, inner, outer), without their backs.

        `sides` says which faces are wanted: front, left, right, top, bottom.
        """
        u0, u1, z0, z1, d0, d1 = np.asarray(blocks, dtype=np.float64).reshape(-1, 6).T
        wide, deep, high = u1 - u0, d1 - d0, z1 - z0
        known = {
            "f": (((u0, d1, z0), (u1, d1, z0), (u1, d1, z1), (u0, d1, z1)), wide, high),
            "l": (((u0, d0, z0), (u0, d1, z0), (u0, d1, z1), (u0, d0, z1)), deep, high),
            "r": (((u1, d1, z0), (u1, d0, z0), (u1, d0, z1), (u1, d1, z1)), deep, high),
            "t": (((u0, d1, z1), (u1, d1, z1), (u1, d0, z1), (u0, d0, z1)), wide, deep),
            "b": (((u0, d0, z0), (u1, d0, z0), (u1, d1, z0), (u0, d1, z0)), wide, deep),
        }
        faces = [known[side] for side in sides]
        points = [
            [np.concatenate(column) for column in zip(*corner, strict=True)]
            for corner in zip(*(f[0] for f in faces), strict=True)
        ]
        corners = np.stack([self.place(u, d, z) for u, d, z in points], axis=1)
        a, b = np.concatenate([f[1] for f in faces]), np.concatenate([f[2] for f in faces])
        uv = np.stack([np.stack([0 * a, a, a, 0 * a], axis=1), np.stack([0 * b, 0 * b, b, b], axis=1)], axis=2)
        return panels(corners, uv / tile)
