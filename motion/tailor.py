"""Clothes, shoes and hair cut from a naked template mesh (offline, used by `motion/bake.py`).

A `Piece` is one shell (skin, shirt, trousers, ...). Shells overlap at their hems, so that each can be simplified alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull, cKDTree

from motion.clip import JOINT_NAMES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One shell.

    Attributes:
        material: name of its cell in the texture atlas.
        vertices: (V, 3) metres, person frame. faces: (F, 3), counter-clockwise from outside.
        weights: (V, J) joint weights, rows sum to 1.
        triangles: how finely it is meshed beside the others, per area. lined: whether one sees its inside.
        first: the first level of detail in which it is drawn, 0 the finest. levels: one more than the last.
        exact: whether it keeps all its triangles.
    """

    material: str
    vertices: FloatArray
    faces: IntArray
    weights: FloatArray
    triangles: float
    lined: bool = False
    first: int = 0
    levels: int = 3
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """One shape of Anny in the person frame: (V, 3) vertices, (V, 22) weights, joints, faces by group, lip redness."""

    vertices: FloatArray
    weights: FloatArray
    joints: FloatArray
    faces: Mapping[str, IntArray]
    lips: FloatArray

    def piece(self, group: str, material: str, triangles: float = 1.0) -> Piece:
        """Return a group of faces as a shell of its own."""
        return compact(
            Piece(
                material=material, vertices=self.vertices, faces=self.faces[group], weights=self.weights,
                triangles=triangles,
            )
        )  # fmt: skip

    def joint(self, name: str) -> FloatArray:
        """Return the rest position (3,) of a joint."""
        return np.asarray(self.joints[JOINT_NAMES.index(name)])


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
    inside = value > 0
    kept = inside[piece.faces]
    whole = piece.faces[kept.all(axis=1)]
    vertices, weights, faces = [piece.vertices], [piece.weights], []
    cuts: dict[tuple[int, int], int] = {}

    def cut(i: int, j: int) -> int:
        key = (min(i, j), max(i, j))
        if key not in cuts:
            t = value[key[0]] / (value[key[0]] - value[key[1]])
            vertices.append((1 - t) * piece.vertices[[key[0]]] + t * piece.vertices[[key[1]]])
            weights.append((1 - t) * piece.weights[[key[0]]] + t * piece.weights[[key[1]]])
            cuts[key] = len(piece.vertices) + len(cuts)
        return cuts[key]

    for face in piece.faces[kept.any(axis=1) & ~kept.all(axis=1)]:
        polygon = []
        for i, j in zip(face.tolist(), np.roll(face, -1).tolist(), strict=True):
            if inside[i]:
                polygon.append(i)
            if inside[i] != inside[j]:
                polygon.append(cut(i, j))
        faces += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
    if not faces and not len(whole):
        raise ValueError(f"{piece.material}: expected something left after clipping, got no face; check `value`")
    every = np.concatenate([whole, np.array(faces, dtype=np.int64).reshape(-1, 3)])
    return compact(replace(piece, vertices=np.concatenate(vertices), weights=np.concatenate(weights), faces=every))


def subdivide(piece: Piece) -> Piece:
    """Split every triangle into four."""
    edges = np.sort(piece.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, index = np.unique(edges, axis=0, return_inverse=True)
    middle = index.reshape(-1, 3) + len(piece.vertices)
    a, b, c = piece.faces.T
    ab, bc, ca = middle.T
    return replace(
        piece,
        vertices=np.concatenate([piece.vertices, piece.vertices[unique].mean(axis=1)]),
        weights=np.concatenate([piece.weights, piece.weights[unique].mean(axis=1)]),
        faces=np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]),
    )


def join(pieces: Sequence[Piece]) -> Piece:
    """Return shells of one kind as one piece; the first says of which."""
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return replace(
        pieces[0],
        vertices=np.concatenate([piece.vertices for piece in pieces]),
        weights=np.concatenate([piece.weights for piece in pieces]),
        faces=np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=True)]),
    )


def extend(piece: Piece, edges: IntArray, rows: FloatArray, weights: FloatArray) -> Piece:
    """Sew rows of vertices to a border.

    Args:
        piece: the garment. edges: (E, 2) directed border edges, as of `border`.
        rows: (R, n, 3) metres, the vertices to add for each of the n = len(np.unique(edges)) border vertices in the
            order of their indices, nearest row first.
        weights: (R, n, J) their joint weights.
    """
    ring, index = np.unique(edges, return_inverse=True)
    index = index.reshape(-1, 2)
    start, count = len(piece.vertices), len(ring)
    previous, faces = edges, [piece.faces]
    for row in range(len(rows)):
        following = index + start + row * count
        faces += [
            np.stack([previous[:, 1], previous[:, 0], following[:, 0]], axis=1),
            np.stack([previous[:, 1], following[:, 0], following[:, 1]], axis=1),
        ]
        previous = following
    return replace(
        piece,
        vertices=np.concatenate([piece.vertices, rows.reshape(-1, 3)]),
        weights=np.concatenate([piece.weights, weights.reshape(-1, piece.weights.shape[1])]),
        faces=np.concatenate(faces),
    )


def patch(piece: Piece, value: FloatArray, material: str, rise: float, **other: Any) -> Piece:
    """Return the part of a garment where `value` > 0 as a layer of its own, `rise` metres above it with edges."""
    lifted = inflate(clip(replace(piece, material=material, lined=False, **other), value), rise)
    return rim(lifted, 1.2 * rise)


def reach(points: FloatArray, directions: FloatArray) -> FloatArray:
    """Return how far the convex outline of points (N, 2) around the origin lies in unit directions (D, 2), metres."""
    outline = ConvexHull(points)
    slope = directions @ outline.equations[:, :2].T
    with np.errstate(divide="ignore"):
        far = np.where(slope > 1e-6, -outline.equations[:, 2] / slope, np.inf)
    return np.asarray(far.min(axis=1))


def clear(piece: Piece, body: FloatArray, outward: FloatArray, gap: float | FloatArray) -> Piece:
    """Push vertices out to at least `gap` metres (scalar or (V,)) off a body of points and unit normals (N, 3)."""
    index = cKDTree(body).query(piece.vertices)[1]
    height = np.einsum("vi,vi->v", piece.vertices - body[index], outward[index])
    return replace(piece, vertices=piece.vertices + np.maximum(gap - height, 0.0)[:, None] * outward[index])


def inflate(piece: Piece, distance: float | FloatArray) -> Piece:
    """Move vertices outwards along their normals by `distance` (scalar or (V,)), metres."""
    step = np.broadcast_to(np.asarray(distance, dtype=np.float64), (len(piece.vertices),))
    return replace(piece, vertices=piece.vertices + normals(piece.vertices, piece.faces) * step[:, None])


def weld(piece: Piece, gap: float) -> Piece:
    """Return the piece without edges that are much shorter than `gap` metres, as cutting leaves them."""
    _, first, index = np.unique(np.round(piece.vertices / gap), axis=0, return_index=True, return_inverse=True)
    faces = index.reshape(-1)[piece.faces]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return compact(replace(piece, vertices=piece.vertices[first], weights=piece.weights[first], faces=faces[whole]))


def wrap(piece: Piece) -> Piece:
    """Return the convex hull of a piece."""
    hull = ConvexHull(piece.vertices)
    a, b, c = (piece.vertices[hull.simplices[:, k]] for k in range(3))
    turned = np.einsum("fi,fi->f", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    faces = np.where(turned[:, None], hull.simplices[:, ::-1], hull.simplices)
    return compact(replace(piece, faces=faces.astype(np.int64)))


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


def loft(rings: FloatArray, source: Piece, material: str, *, closed: bool = True, **other: Any) -> Piece:
    """Return a surface through rings (R, n, 3), from above down and leftwards seen from outside.

    It moves with the nearest vertices of `source`.
    """
    points = rings.reshape(-1, 3)
    return Piece(
        material=material,
        vertices=points,
        faces=grid_faces(*rings.shape[:2], closed=closed),
        weights=source.weights[cKDTree(source.vertices).query(points, k=3)[1]].mean(axis=1),
        **{"triangles": source.triangles, **other},
    )


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
