"""Draw the surface of a body into its texture, and find how much light reaches it (offline, for `motion/paint.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from motion.palette import HEIGHT, WIDTH
from motion.tailor import Piece, normals

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DIRECTIONS = 56  # from which light comes
GOLDEN = np.pi * (3.0 - np.sqrt(5.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """What of a body lies under each pixel of the atlas, row 0 at the bottom.

    Attributes:
        position, normal: (H, W, 3) person frame, metres; pixels without surface hold their nearest neighbour's.
        light: (H, W) share of the sky that is seen, 0 to 1. covered: (H, W) whether there is surface.
    """

    position: FloatArray
    normal: FloatArray
    light: FloatArray
    covered: npt.NDArray[np.bool_]

    def window(self, box: tuple[int, int, int, int]) -> Surface:
        """Return the part inside a cell (left, bottom, right, top), holes filled from within it."""
        left, bottom, right, top = box
        rows, columns = slice(bottom, top), slice(left, right)
        covered = self.covered[rows, columns]
        if not covered.any():
            return Surface(
                position=self.position[rows, columns], normal=self.normal[rows, columns],
                light=self.light[rows, columns], covered=covered,
            )  # fmt: skip
        near = distance_transform_edt(~covered, return_distances=False, return_indices=True)
        pick = tuple(near)
        return Surface(
            position=self.position[rows, columns][pick], normal=self.normal[rows, columns][pick],
            light=self.light[rows, columns][pick], covered=covered,
        )  # fmt: skip


def draw_surface(parts: list[tuple[Piece, FloatArray]], shades: list[FloatArray]) -> Surface:
    """Return the surface under each pixel. Where parts overlap, the outer one stays.

    Args:
        parts: pieces with their uv (V, 2) in pixels. shades: (V,) of each part, share of the sky that is seen.
    """
    values = np.zeros((HEIGHT, WIDTH, 7))
    outer = np.full((HEIGHT, WIDTH), -np.inf)
    for (piece, uv), light in zip(parts, shades, strict=True):
        data = np.column_stack([piece.vertices, normals(piece.vertices, piece.faces), light])
        axis = piece.vertices[:, :2].mean(axis=0) * (1.0, 0.0)
        reach = np.linalg.norm(piece.vertices[:, :2] - axis, axis=1)
        for corners, rank, three in zip(
            uv[piece.faces], reach[piece.faces].mean(axis=1), data[piece.faces], strict=True
        ):
            _draw_triangle(values, outer, corners, float(rank), three)
    length = np.linalg.norm(values[..., 3:6], axis=-1, keepdims=True)
    return Surface(
        position=values[..., :3],
        normal=values[..., 3:6] / np.maximum(length, 1e-9),
        light=values[..., 6],
        covered=np.isfinite(outer),
    )


def _draw_triangle(values: FloatArray, outer: FloatArray, uv: FloatArray, rank: float, data: FloatArray) -> None:
    low = np.maximum(np.floor(uv.min(axis=0) - 0.5).astype(int), 0)
    high = np.minimum(np.ceil(uv.max(axis=0) + 0.5).astype(int), (WIDTH, HEIGHT))
    (ax, ay), (bx, by), (cx, cy) = uv
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < 1e-9 or (high <= low).any():
        return
    x = np.arange(low[0], high[0])[None, :] + 0.5
    y = np.arange(low[1], high[1])[:, None] + 0.5
    b = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
    c = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
    a = 1.0 - b - c
    slack = -0.6 / np.sqrt(abs(area) + 1.0)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    inside = (a >= slack) & (b >= slack) & (c >= slack) & (rank > outer[window])
    share = np.clip(np.stack([a, b, c], axis=-1)[inside], 0.0, 1.0)
    values[window][inside] = (share / share.sum(axis=1, keepdims=True)) @ data
    outer[window][inside] = rank


def sky_light(pieces: list[Piece], points: FloatArray, directions: FloatArray, pitch: float) -> FloatArray:
    """Return the share of the sky (P,) that points see past the pieces.

    The pieces are splatted into a depth map for each direction of light; more light comes from above.

    Args:
        pieces: whatever hides light. points: (P, 3). directions: (P, 3) unit normals of the points.
        pitch: metres per cell of the depth maps.
    """
    solid = np.concatenate([_sample(piece.vertices, piece.faces, 0.8 * pitch) for piece in pieces])
    lifted = points + 1.5 * pitch * directions
    total, seen = np.zeros(len(points)), np.zeros(len(points))
    for k in range(DIRECTIONS):
        height = 1.0 - 1.7 * (k + 0.5) / DIRECTIONS  # down to 45 degrees below the horizon: light from the ground
        round_ = np.sqrt(1.0 - height * height)
        ray = np.array([round_ * np.cos(GOLDEN * k), round_ * np.sin(GOLDEN * k), height])
        weight = np.maximum(directions @ ray, 0.0) * (0.55 + 0.45 * height)
        right = np.cross(ray, (0.0, 0.0, 1.0) if abs(height) < 0.9 else (1.0, 0.0, 0.0))
        right /= np.linalg.norm(right)
        frame = np.stack([right, np.cross(ray, right), ray])
        s, p = solid @ frame.T, lifted @ frame.T
        origin = np.minimum(s[:, :2].min(axis=0), p[:, :2].min(axis=0))
        cells = np.floor((s[:, :2] - origin) / pitch).astype(np.int64)
        own = np.floor((p[:, :2] - origin) / pitch).astype(np.int64)
        width = max(int(cells[:, 0].max()), int(own[:, 0].max())) + 1
        height_px = max(int(cells[:, 1].max()), int(own[:, 1].max())) + 1
        depth = np.full(width * height_px, -np.inf)
        np.maximum.at(depth, cells[:, 1] * width + cells[:, 0], s[:, 2])
        free = p[:, 2] >= depth[own[:, 1] * width + own[:, 0]] - pitch
        total += weight
        seen += weight * free
    return np.asarray(seen / np.maximum(total, 1e-9))


def even_out(values: FloatArray, faces: IntArray, rounds: int) -> FloatArray:
    """Return values (V,) blended with those of their neighbours, `rounds` times."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(both[:, 0], minlength=len(values)), 1)
    for _ in range(rounds):
        values = 0.5 * values + 0.5 * np.bincount(both[:, 0], values[both[:, 1]], minlength=len(values)) / count
    return values


def _sample(vertices: FloatArray, faces: IntArray, pitch: float) -> FloatArray:
    """Return points on triangles, at most about `pitch` metres apart."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    longest = np.sqrt(np.max([((b - a) ** 2).sum(1), ((c - b) ** 2).sum(1), ((a - c) ** 2).sum(1)], axis=0))
    steps = np.clip(np.ceil(longest / pitch).astype(int), 1, 40)
    result = []
    for n in np.unique(steps):
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        share = np.stack([i, j, n - i - j], axis=-1)[i + j <= n] / n
        pick = steps == n
        corners = np.stack([a[pick], b[pick], c[pick]], axis=1)
        result.append(np.einsum("sk,fkd->fsd", share, corners).reshape(-1, 3))
    return np.concatenate(result)
