"""Primitives from which places are built: triangle meshes, counter-clockwise from outside, with hard edges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import ConvexHull
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from scenes.scene import FloatArray, Mesh

Point = Sequence[float] | FloatArray


def make_mesh(vertices: npt.ArrayLike, faces: npt.ArrayLike, normals: npt.ArrayLike, uv: npt.ArrayLike) -> Mesh:
    """Return a mesh of (V, 3) vertices, (F, 3) faces, (V, 3) normals and (V, 2) texture coordinates."""
    return Mesh(
        vertices=np.asarray(vertices, dtype=np.float32),
        faces=np.asarray(faces, dtype=np.int32),
        normals=np.asarray(normals, dtype=np.float32),
        uv=np.asarray(uv, dtype=np.float32),
    )


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Return one mesh of several."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return make_mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
    )


def pose_at(x: float, y: float, z: float = 0.0, yaw: float = 0.0) -> FloatArray:
    """Return the (4, 4) pose of something that stands at (x, y, z) and faces `yaw`."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0.0, x], [s, c, 0.0, y], [0.0, 0.0, 1.0, z], [0.0, 0.0, 0.0, 1.0]])


def transform(mesh: Mesh, pose: FloatArray) -> Mesh:
    """Return the mesh moved by a rigid (4, 4) pose."""
    turn = pose[:3, :3].T
    return make_mesh(mesh.vertices @ turn + pose[:3, 3], mesh.faces, mesh.normals @ turn, mesh.uv)


def move(mesh: Mesh, x: float, y: float, z: float = 0.0, yaw: float = 0.0) -> Mesh:
    """Return the mesh turned by `yaw` about z, then shifted by (x, y, z)."""
    return transform(mesh, pose_at(x, y, z, yaw))


def panels(corners: npt.ArrayLike, uv: npt.ArrayLike) -> Mesh:
    """Return flat convex faces, corners (Q, K, 3) counter-clockwise from outside, uv (Q, K, 2)."""
    points = np.asarray(corners, dtype=np.float64)
    count, size = points.shape[:2]
    after = np.concatenate([points[:, 1:], points[:, :1]], axis=1)
    ax, ay, az, bx, by, bz = (place[..., k] for place in (points, after) for k in range(3))
    normals = np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=2).sum(axis=1)
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    fan = np.array([(0, k, k + 1) for k in range(1, size - 1)])
    faces = (size * np.arange(count)[:, None, None] + fan).reshape(-1, 3)
    return make_mesh(
        points.reshape(-1, 3), faces, np.repeat(normals, size, axis=0), np.asarray(uv, dtype=np.float64).reshape(-1, 2)
    )


def wall(p: Point, q: Point, bottom: float, top: float, repeat: tuple[float, float] = (1.0, 1.0)) -> Mesh:
    """Return an upright quad over the ground line p q that faces to the left of p -> q.

    `repeat` is how often the texture is laid across and up; its left side is at q, where a viewer's left hand is.
    """
    (px, py), (qx, qy), (u, v) = p, q, repeat
    return panels(
        [[(qx, qy, bottom), (px, py, bottom), (px, py, top), (qx, qy, top)]], [[(0, 0), (u, 0), (u, v), (0, v)]]
    )


def box(
    size: Sequence[float], at: Sequence[float] = (0.0, 0.0, 0.0), *, tile: float | None = None, bottom: bool = False
) -> Mesh:
    """Return a box with its base centred at `at`; the texture covers each face, or repeats every `tile` metres."""
    (sx, sy, sz), (x, y, z) = size, at
    a, b, c, d = ((x + i * sx / 2, y + j * sy / 2) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
    u, v, w = (1.0, 1.0, 1.0) if tile is None else (sx / tile, sy / tile, sz / tile)
    low, high = z, z + sz
    corners = [[(*p, low), (*q, low), (*q, high), (*p, high)] for p, q in ((a, b), (b, c), (c, d), (d, a))]
    uv = [[(0, 0), (along, 0), (along, w), (0, w)] for along in (u, v, u, v)]
    flat = [(0, 0), (u, 0), (u, v), (0, v)]
    corners.append([(*a, high), (*b, high), (*c, high), (*d, high)])
    uv.append(flat)
    if bottom:
        corners.append([(*d, low), (*c, low), (*b, low), (*a, low)])
        uv.append(flat)
    return panels(corners, uv)


def sheet(ground: BaseGeometry, z: float = 0.0, tile: float = 1.0, *, down: bool = False) -> Mesh:
    """Return a level surface over polygons; the texture repeats every `tile` metres along x and y."""
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(ground))
    corners = shapely.get_coordinates(shapely.orient_polygons(triangles)).reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
    points, index = np.unique(corners, axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    normals = np.tile((0.0, 0.0, -1.0 if down else 1.0), (len(points), 1))
    vertices = np.column_stack([points, np.full(len(points), z)])
    return make_mesh(vertices, faces[:, ::-1] if down else faces, normals, points / tile)


def prism(
    base: Polygon, bottom: float, top: float, *, tile: float = 1.0, cap: bool = True, floor: bool = False
) -> Mesh:
    """Return an upright prism over a polygon without holes, texture every `tile` metres."""
    ring = shapely.get_coordinates(shapely.orient_polygons(base).exterior)
    parts = [
        wall(q, p, bottom, top, (float(np.hypot(*(q - p))) / tile, (top - bottom) / tile)) for p, q in pairwise(ring)
    ]
    convex = base.convex_hull.area - base.area < 1e-9
    for wanted, z, corners in ((cap, top, ring[:-1]), (floor, bottom, ring[-2::-1])):
        if wanted and convex:
            parts.append(panels([np.column_stack([corners, np.full(len(corners), z)])], [corners / tile]))
        elif wanted:
            parts.append(sheet(base, z, tile, down=z == bottom))
    return join(parts)


def lathe(profile: Sequence[tuple[float, float]], segments: int = 12, *, turns: float = 1.0) -> Mesh:
    """Return a solid of revolution about z: (radius, z) from bottom to top, round sideways, hard along the profile.

    The texture is laid `turns` times round it and once along the profile.
    """
    angles = np.linspace(0.0, 2 * np.pi, segments + 1)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.asarray(profile, dtype=np.float64)
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()
    parts = []
    for k, ((r0, z0), (r1, z1)) in enumerate(pairwise(points)):
        if r0 == r1 == 0:
            continue
        slope = np.array([z1 - z0, r0 - r1]) / lengths[k]  # outward normal in the (r, z) plane
        vertices = np.vstack([np.column_stack([circle * r, np.full(segments + 1, z)]) for r, z in ((r0, z0), (r1, z1))])
        normal = np.column_stack([circle * slope[0], np.full(segments + 1, slope[1])])
        uv = np.vstack(
            [np.column_stack([turns * angles / (2 * np.pi), np.full(segments + 1, v)]) for v in along[k : k + 2]]
        )
        i = np.arange(segments)
        j = i + segments + 1
        lower = np.column_stack([i, i + 1, j + 1]) if r0 > 0 else np.empty((0, 3), dtype=int)
        upper = np.column_stack([i, j + 1, j]) if r1 > 0 else np.empty((0, 3), dtype=int)
        parts.append(make_mesh(vertices, np.vstack([lower, upper]), np.vstack([normal, normal]), uv))
    return join(parts)


def cylinder(radius: float, height: float, segments: int = 12, *, turns: float = 1.0) -> Mesh:
    """Return an upright cylinder that stands on z = 0, without its underside."""
    return lathe([(radius, 0.0), (radius, height), (0.0, height)], segments, turns=turns)


def tube(p: Sequence[float], q: Sequence[float], radius: float, segments: int = 6) -> Mesh:
    """Return an open cylinder from p (3,) to q (3,)."""
    start, axis = np.asarray(p, dtype=np.float64), np.subtract(q, p)
    length = float(np.linalg.norm(axis))
    pose = np.eye(4)
    pose[:3, 3] = start
    side = np.cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.9 * length else (1.0, 0.0, 0.0))
    pose[:3, 2] = axis / length
    pose[:3, 0] = side / np.linalg.norm(side)
    pose[:3, 1] = np.cross(pose[:3, 2], pose[:3, 0])
    return transform(lathe([(radius, 0.0), (radius, length)], segments), pose)


def ball(radius: Sequence[float], rng: np.random.Generator | None = None, rough: float = 0.0, level: int = 1) -> Mesh:
    """Return an ellipsoid of semi-axes `radius` (3,) about the origin, its surface shaken by a share `rough`."""
    golden = (1 + 5**0.5) / 2
    points = np.array([(i, j * golden, 0) for i in (-1, 1) for j in (-1, 1)], dtype=np.float64)
    points = np.vstack([points, points[:, [2, 0, 1]], points[:, [1, 2, 0]]])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces = ConvexHull(points).simplices
    inward = np.linalg.det(points[faces]) < 0
    faces[inward] = faces[inward, ::-1]
    for _ in range(level):
        edges = np.sort(np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        unique, index = np.unique(edges, axis=0, return_inverse=True)
        middle = points[unique].mean(axis=1)
        a, b, c = (len(points) + index.reshape(3, -1)).astype(int)
        points = np.vstack([points, middle / np.linalg.norm(middle, axis=1, keepdims=True)])
        faces = np.vstack(
            [
                np.column_stack([faces[:, 0], a, c]),
                np.column_stack([faces[:, 1], b, a]),
                np.column_stack([faces[:, 2], c, b]),
                np.column_stack([a, b, c]),
            ]
        )
    shake = 1.0 + (rng.uniform(-rough, rough, (len(points), 1)) if rng is not None else 0.0)
    normals = points / np.asarray(radius)
    uv = np.column_stack([np.arctan2(points[:, 1], points[:, 0]) / np.pi, points[:, 2]])
    return make_mesh(points * radius * shake, faces, normals / np.linalg.norm(normals, axis=1, keepdims=True), uv)
