"""Clothes, shoes and hair cut from a naked template mesh (offline, used by `motion/bake.py`).

A `Piece` is one shell (skin, shirt, trousers, ...). Shells overlap at their hems, so that each can be simplified alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One shell.

    Attributes:
        material: name of its cell in the texture atlas.
        vertices: (V, 3) metres, person frame. faces: (F, 3), counter-clockwise from outside.
        weights: (V, J) joint weights, rows sum to 1.
        triangles: share of the triangles of the whole body. lined: whether one sees its inside.
    """

    material: str
    vertices: FloatArray
    faces: IntArray
    weights: FloatArray
    triangles: float
    lined: bool = False


def compact(piece: Piece) -> Piece:
    """Drop vertices that no face uses."""
    used, faces = np.unique(piece.faces, return_inverse=True)
    return replace(
        piece,
        vertices=piece.vertices[used],
        weights=piece.weights[used],
        faces=faces.reshape(-1, 3).astype(np.int64),
    )


def normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return area-weighted unit vertex normals (V, 3)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    face_normals = np.cross(b - a, c - a)
    result = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(result, faces[:, k], face_normals)
    return np.asarray(result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12))


def clip(piece: Piece, value: FloatArray) -> Piece:
    """Keep the part where `value` (V,) > 0, cutting triangles along its zero line."""
    vertices, weights, faces = list(piece.vertices), list(piece.weights), []
    cuts: dict[tuple[int, int], int] = {}

    def cut(i: int, j: int) -> int:
        key = (min(i, j), max(i, j))
        if key not in cuts:
            t = value[key[0]] / (value[key[0]] - value[key[1]])
            vertices.append((1 - t) * piece.vertices[key[0]] + t * piece.vertices[key[1]])
            weights.append((1 - t) * piece.weights[key[0]] + t * piece.weights[key[1]])
            cuts[key] = len(vertices) - 1
        return cuts[key]

    for face in piece.faces:
        polygon = []
        for i, j in zip(face, np.roll(face, -1), strict=True):
            if value[i] > 0:
                polygon.append(int(i))
            if (value[i] > 0) != (value[j] > 0):
                polygon.append(cut(int(i), int(j)))
        faces += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
    if not faces:
        raise ValueError(f"{piece.material}: expected something left after clipping, got no face; check `value`")
    return compact(
        replace(piece, vertices=np.array(vertices), weights=np.array(weights), faces=np.array(faces, dtype=np.int64))
    )


def inflate(piece: Piece, distance: float | FloatArray) -> Piece:
    """Move vertices outwards along their normals by `distance` (scalar or (V,)), metres."""
    step = np.broadcast_to(np.asarray(distance, dtype=np.float64), (len(piece.vertices),))
    return replace(piece, vertices=piece.vertices + normals(piece.vertices, piece.faces) * step[:, None])


def smooth(piece: Piece, rounds: int) -> Piece:
    """Relax inner vertices towards the mean of their neighbours; the border stays."""
    edges = np.concatenate([piece.faces[:, [0, 1]], piece.faces[:, [1, 2]], piece.faces[:, [2, 0]]])
    fixed = np.zeros(len(piece.vertices), dtype=bool)
    fixed[border(piece.faces)] = True
    both = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(both[:, 0], minlength=len(piece.vertices)), 1)[:, None]
    vertices = piece.vertices
    for _ in range(rounds):
        total = np.zeros_like(vertices)
        np.add.at(total, both[:, 0], vertices[both[:, 1]])
        vertices = np.where(fixed[:, None], vertices, 0.5 * vertices + 0.5 * total / count)
    return replace(piece, vertices=vertices)


def border(faces: IntArray) -> IntArray:
    """Return the directed border edges (E, 2): those that one face only uses."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    key = np.sort(edges, axis=1)
    _, inverse, count = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(edges[count[inverse.ravel()] == 1])


def rim(piece: Piece, depth: float, outward: FloatArray | None = None) -> Piece:
    """Turn hems inwards by `depth` metres, so that no look into a sleeve shows the far side from within.

    Args:
        piece: the garment. depth: metres. outward: (V, 3) where outside is, NaN for "along the normal".
    """
    edges = border(piece.faces)
    ring, index = np.unique(edges, return_inverse=True)
    index = index.reshape(-1, 2) + len(piece.vertices)
    direction = normals(piece.vertices, piece.faces)
    for _ in range(4):  # even out folds along the hem
        total = direction.copy()
        np.add.at(total, edges[:, 0], direction[edges[:, 1]])
        np.add.at(total, edges[:, 1], direction[edges[:, 0]])
        direction = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    if outward is not None:
        direction = np.where(np.isnan(outward), direction, outward)
    inner = piece.vertices[ring] - depth * direction[ring]
    faces = np.concatenate(
        [
            piece.faces,
            np.stack([edges[:, 1], edges[:, 0], index[:, 0]], axis=1),
            np.stack([edges[:, 1], index[:, 0], index[:, 1]], axis=1),
        ]
    )
    return replace(
        piece,
        vertices=np.concatenate([piece.vertices, inner]),
        weights=np.concatenate([piece.weights, piece.weights[ring]]),
        faces=faces,
    )


def line(piece: Piece, gap: float = 0.003) -> Piece:
    """Return a garment with its inside, `gap` metres within: for skirts, into which one can look."""
    inside = inflate(piece, -gap).vertices
    return replace(
        piece,
        vertices=np.concatenate([piece.vertices, inside]),
        weights=np.concatenate([piece.weights, piece.weights]),
        faces=np.concatenate([piece.faces, piece.faces[:, ::-1] + len(piece.vertices)]),
    )


def drape(piece: Piece, top: float, fade: float, axis: FloatArray, free: npt.NDArray[np.bool_]) -> Piece:
    """Let a garment hang: below `top`, over `fade` metres, draw vertices out to the convex outline of their level.

    Args:
        piece: the garment. top, fade: metres. axis: (2,) x, y of the trunk's axis. free: (V,) False for sleeves.
    """
    vertices = piece.vertices.copy()
    for level in np.unique(np.floor(vertices[free & (vertices[:, 2] < top), 2] / 0.01)):
        height = (level + 0.5) * 0.01
        outline = ConvexHull(vertices[free & (np.abs(piece.vertices[:, 2] - height) < 0.025), :2] - axis)
        here = np.flatnonzero(free & (np.floor(piece.vertices[:, 2] / 0.01) == level) & (piece.vertices[:, 2] < top))
        offset = piece.vertices[here, :2] - axis
        radius = np.linalg.norm(offset, axis=1, keepdims=True)
        slope = (offset / radius) @ outline.equations[:, :2].T
        bound = np.where(slope > 1e-6, -outline.equations[:, 2] / np.where(slope > 1e-6, slope, 1.0), np.inf).min(
            axis=1
        )
        share = np.clip((top - piece.vertices[here, 2]) / fade, 0.0, 1.0)
        target = radius[:, 0] + share * (bound - radius[:, 0])
        vertices[here, :2] = axis + offset / radius * target[:, None]
    return replace(piece, vertices=vertices)


def grid_faces(rows: int, columns: int, *, closed: bool) -> IntArray:
    """Return the triangles of a (rows, columns) grid; rows go down, columns to the left seen from outside."""
    last = columns if closed else columns - 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(last), indexing="ij")
    a, b = r * columns + c, r * columns + (c + 1) % columns
    d, e = a + columns, b + columns
    halves = [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ([a, d, b], [b, d, e])]
    return np.asarray(np.concatenate(halves), dtype=np.int64)


def ellipsoid(centre: FloatArray, radii: FloatArray, rows: int = 9, columns: int = 12) -> tuple[FloatArray, IntArray]:
    """Return vertices and faces of an upright ellipsoid, (x, y, z) radii in metres."""
    polar = np.linspace(0.02, np.pi - 0.02, rows)
    around = np.linspace(0.0, 2 * np.pi, columns, endpoint=False)
    unit = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.cos(polar)[:, None] * np.ones(columns),
        ],
        axis=-1,
    ).reshape(-1, 3)
    return centre + unit * radii, grid_faces(rows, columns, closed=True)
