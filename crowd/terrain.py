"""How far it is to walls and to the edge of what is known, at any point: what plans and arrivals are drawn by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from crowd.ground import Ground
from crowd.plans import CLEAR, EDGE
from crowd.site import Site
from crowd.trajectory import FloatArray

CELL = 0.2  # m, of the raster of a site
AROUND = 8.0  # m beyond the picture that the raster covers
NODES = 4e6  # of a raster at most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terrain:
    """Two distances on an even raster of the ground.

    Attributes:
        origin: (2,) metres, world, of node [0, 0]. cell: metres between nodes.
        clear: (H, W) float32, row = y, metres to the nearest wall, negative inside of one, within +-CLEAR.
        edge: (H, W) float32, metres to the edge of the picture, negative beyond it, within +-EDGE; EDGE where the
            ground is no picture's.
    """

    origin: FloatArray
    cell: float
    clear: npt.NDArray[np.float32]
    edge: npt.NDArray[np.float32]

    def sample(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return `clear` and `edge` (...,) at the nodes nearest to points (..., 2), metres, also beyond the raster."""
        nodes = np.rint((points - self.origin) / self.cell).astype(np.int64)
        nodes = np.clip(nodes, 0, (self.clear.shape[1] - 1, self.clear.shape[0] - 1))
        rows, columns = nodes[..., 1], nodes[..., 0]
        return self.clear[rows, columns].astype(np.float64), self.edge[rows, columns].astype(np.float64)


def terrain_of_site(site: Site) -> Terrain:
    """Return the terrain of a picture; beyond its edge the ground is as at the edge."""
    width, height = site.size
    border: FloatArray = np.array([(x, y) for x in np.linspace(0, width, 33) for y in np.linspace(0, height, 33)])
    border = border[(border == 0).any(axis=1) | (border == (width, height)).any(axis=1)]
    depths = border @ site.homography[2, :2] + site.homography[2, 2]
    rows, columns = np.nonzero(site.walked)
    side = np.sign((np.array([columns.mean(), rows.mean()]) @ site.homography[2, :2]) + site.homography[2, 2])
    pixels = np.stack([columns, rows], axis=1)[:: max(1, len(rows) // 20_000)].astype(np.float64)
    walked = site.to_metres(pixels + 0.5)
    seen = site.to_metres(border[depths * side > 0])
    low, high = walked.min(axis=0), walked.max(axis=0)
    low = np.maximum(np.minimum(low, seen.min(axis=0)), low - AROUND) - AROUND  # a horizon is far away
    high = np.minimum(np.maximum(high, seen.max(axis=0)), high + AROUND) + AROUND
    cell = max(CELL, float(np.sqrt(np.prod(high - low) / NODES)))
    shape = np.ceil((high - low) / cell).astype(int) + 1
    points = np.stack(np.meshgrid(*(low[k] + cell * np.arange(shape[k]) for k in (0, 1))), axis=-1)
    inside = site.inside(points)
    with np.errstate(invalid="ignore"):
        shown = np.nan_to_num(site.to_pixels(points)).clip(0, (width - 1, height - 1)).astype(np.int64)
    free = site.walked[shown[..., 1], shown[..., 0]]
    return Terrain(origin=low, cell=cell, clear=_signed(free, cell, CLEAR), edge=_signed(inside, cell, EDGE))


def terrain_of_ground(ground: Ground) -> Terrain:
    """Return the terrain of a whole place: nothing lies beyond an edge."""
    clear = np.clip(ground.distance, -CLEAR, CLEAR).astype(np.float32)
    return Terrain(origin=ground.origin, cell=ground.cell, clear=clear, edge=np.full_like(clear, EDGE))


def _signed(mask: npt.NDArray[np.bool_], cell: float, most: float) -> npt.NDArray[np.float32]:
    """Return metres to the border of a mask, positive inside of it, within +-`most`."""
    if mask.all() or not mask.any():
        return np.full(mask.shape, most if mask.all() else -most, np.float32)
    inward, outward = distance_transform_edt(mask), distance_transform_edt(~mask)
    signed = cell * (np.maximum(inward - 0.5, 0.0) - np.maximum(outward - 0.5, 0.0))
    result: npt.NDArray[np.float32] = np.clip(signed, -most, most).astype(np.float32)
    return result
