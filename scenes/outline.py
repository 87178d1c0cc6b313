"""From a raster of cells to polygons."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon


def trace(
    mask: npt.NDArray[np.bool_],
    origin: npt.ArrayLike,
    cell: float,
    *,
    tolerance: float,
    smallest: tuple[float, float] = (0.0, 0.0),
) -> MultiPolygon:
    """Return the polygons of the cells that are set, holes kept.

    Args:
        mask: (H, W), row 0 at the smallest y.
        origin: (x, y) metres, the corner of cell (0, 0).
        cell: metres.
        tolerance: metres by which an edge may be off; 0: along the cells.
        smallest: m^2; smaller polygons, and smaller holes, are left out.
    """
    padded = np.pad(mask.astype(np.uint8), 1)
    fine = cv2.resize(padded, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)  # no one-cell-wide pinches
    contours, hierarchy = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    corner = np.asarray(origin, dtype=np.float64)
    outers: list[Polygon] = []
    holes: list[Polygon] = []
    for contour, links in zip(contours, hierarchy[0] if len(contours) else (), strict=True):
        if len(contour) < 3:
            continue
        # Contours run through the centres of half-cells; the padding is one cell.
        points = corner + (contour[:, 0, :] + 0.5) * (cell / 2) - cell
        (outers if links[3] < 0 else holes).append(Polygon(points))
    shape = shapely.union_all([ring.buffer(cell / 4, join_style="mitre") for ring in outers])
    shape = shape.difference(shapely.union_all([hole.buffer(-cell / 4, join_style="mitre") for hole in holes]))
    shape = shape.simplify(max(tolerance, 1e-6))
    parts = []
    for part in shapely.get_parts(shape.buffer(0)):
        rings = [ring for ring in part.interiors if Polygon(ring).area > smallest[1]]
        if part.area > smallest[0]:
            parts.append(Polygon(part.exterior, rings))
    return MultiPolygon(parts)
