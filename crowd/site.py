"""A place as a picture of its ground shows it: what lies where, and where in metres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon

from crowd.trajectory import CrowdTrajectory, FloatArray

CLASSES = ("ignore", "building", "structure", "bush", "grass", "tree", "sidewalk", "road")  # CrowdES, ids 0 to 7
WALKED = (5, 6, 7)  # of them, where people walk, as CrowdES has it: below trees, on sidewalks and on roads
SIDEWALK, BUILDING = 6, 1
BEYOND = (0.5, 0.25, 0.1, 0.0)  # of the picture's sides, by which the ground goes on outside; the first that fits
PEDESTRIAN, RIDER, VEHICLE = 0, 1, 2  # types of those who move
ROUNDING = 1e-6  # pixels that the way to metres and back may cost


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """A picture with a plane in it, the ground.

    Attributes:
        name: of the place.
        semantic: (H, W) uint8, ids of CLASSES at the pixels.
        homography: (3, 3), from pixels (x = column, y = row) to metres on the ground.
    """

    name: str
    semantic: npt.NDArray[np.uint8]
    homography: FloatArray

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: the picture is none, nothing in it can be walked on, the homography is singular, or its horizon
                crosses what is walked on.
        """
        semantic, homography = self.semantic, self.homography
        if semantic.ndim != 2 or semantic.dtype != np.uint8 or semantic.size == 0:
            raise ValueError(
                f"{self.name}: semantic: expected (H, W) uint8, got {semantic.shape} {semantic.dtype}; "
                "give one id a pixel"
            )
        if semantic.max() >= len(CLASSES):
            raise ValueError(
                f"{self.name}: semantic: expected ids 0 to {len(CLASSES) - 1}, got {semantic.max()}; map the classes"
            )
        if not self.walked.any():
            raise ValueError(f"{self.name}: semantic: expected ground to walk on somewhere, got none; mark some")
        if homography.shape != (3, 3) or not np.all(np.isfinite(homography)):
            raise ValueError(
                f"{self.name}: homography: expected (3, 3) numbers, got {homography.tolist()}; "
                "give the matrix from pixels to metres"
            )
        scaled = homography / np.abs(homography).max(axis=1, keepdims=True).clip(1e-300)
        scaled = scaled / np.abs(scaled).max(axis=0, keepdims=True).clip(1e-300)  # far origins are no reason to refuse
        if abs(np.linalg.det(scaled)) < 1e-9:
            raise ValueError(
                f"{self.name}: homography: expected one that can be inverted, got a singular one; fit it anew"
            )
        if _crosses_horizon(self.walked, homography):
            raise ValueError(
                f"{self.name}: homography: expected ground on one side of its horizon, got ground on both; "
                "mark as walkable only what lies below it"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, pixels."""
        return self.semantic.shape[1], self.semantic.shape[0]

    @cached_property
    def walked(self) -> npt.NDArray[np.bool_]:
        """(H, W) where people walk."""
        result: npt.NDArray[np.bool_] = np.isin(self.semantic, WALKED)
        return result

    def to_metres(self, pixels: FloatArray) -> FloatArray:
        """Return the points (..., 2) on the ground, metres, of pixels (..., 2), x = column."""
        return _project(self.homography, pixels)

    def to_pixels(self, points: FloatArray) -> FloatArray:
        """Return the pixels (..., 2), x = column, of points (..., 2) on the ground, metres."""
        return _project(np.asarray(np.linalg.inv(self.homography), dtype=np.float64), points)

    def inside(self, points: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell which points (..., 2), metres, lie in the picture; NaN does not."""
        pixels = self.to_pixels(points)
        with np.errstate(invalid="ignore"):
            return np.asarray(((pixels >= -ROUNDING) & (pixels < self.size)).all(axis=-1), dtype=np.bool_)

    def free(self, points: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell at which points (..., 2), metres, people can walk: where the picture says so, and beyond its edge.

        At NaN nobody can.
        """
        inside = self.inside(points)
        pixels = np.where(inside[..., None], self.to_pixels(points), 0.0).astype(np.int64)
        free = np.where(inside, self.walked[pixels[..., 1], pixels[..., 0]], ~np.isnan(points).any(axis=-1))
        return np.asarray(free, dtype=np.bool_)

    @cached_property
    def walkable(self) -> Polygon | MultiPolygon:
        """Where people walk, metres: the pixels of `walked`, each a square; edges to 0.02 m."""
        steps = np.diff(np.pad(self.walked, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        (rows, starts), (_, ends) = np.nonzero(steps == 1), np.nonzero(steps == -1)
        pixels = shapely.union_all(shapely.box(starts, rows, ends, rows + 1))
        ground = shapely.make_valid(shapely.transform(pixels, self.to_metres)).simplify(0.02)
        if not isinstance(ground, Polygon | MultiPolygon):
            raise ValueError(f"{self.name}: expected ground with an area, got {ground.geom_type}; check the homography")
        return ground


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """People who were recorded at a site, metres.

    Attributes:
        site: where. trajectory: who, when; the times as recorded.
        types: (N,) int64, PEDESTRIAN, RIDER or VEHICLE.
    """

    site: Site
    trajectory: CrowdTrajectory
    types: npt.NDArray[np.int64]


def extended(site: Site) -> Site:
    """Return `site` with the border of its picture stretched outward, by half of it where the horizon allows."""
    width, height = site.size
    for share in BEYOND:
        x, y = round(share * width), round(share * height)
        homography = site.homography @ np.array([[1.0, 0.0, -x], [0.0, 1.0, -y], [0.0, 0.0, 1.0]])
        semantic = np.pad(site.semantic, ((y, y), (x, x)), mode="edge")
        if _crosses_horizon(np.isin(semantic, WALKED), homography):
            continue
        wide = Site(name=site.name, semantic=semantic, homography=homography)
        depth, far = _depth(site), _depth(wide)
        spans = [np.ptp(s.to_metres(_corners(s)), axis=0) for s in (site, wide)]
        if (far / depth.mean()).min() > 0.25 * (depth / depth.mean()).min() and (spans[1] < 4.0 * spans[0]).all():
            return wide
    return site


def _crosses_horizon(walked: npt.NDArray[np.bool_], homography: FloatArray) -> bool:
    """Tell whether pixels (H, W) that are walked on, some of them, lie on both sides of the line of infinity."""
    rows = np.flatnonzero(walked.any(axis=1))
    first, last = walked[rows].argmax(axis=1), walked.shape[1] - walked[rows, ::-1].argmax(axis=1)
    ends = np.stack([np.concatenate([first, last] * 2), np.concatenate([rows, rows, rows + 1, rows + 1])], axis=1)
    depths = ends @ homography[2, :2] + homography[2, 2]
    return bool(depths.min() * depths.max() <= 0.0)


def _corners(site: Site) -> FloatArray:
    width, height = site.size
    return np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])


def _depth(site: Site) -> FloatArray:
    result: FloatArray = _corners(site) @ site.homography[2, :2] + site.homography[2, 2]
    return result


def _project(homography: FloatArray, points: FloatArray) -> FloatArray:
    homogeneous = points @ homography[:, :2].T + homography[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):  # on the horizon
        result: FloatArray = homogeneous[..., :2] / homogeneous[..., 2:]
    return result
