"""Upright faces with openings in them: the wall, its reveals, and the bars of its windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from scenes.procedural.geometry import join, make_mesh, panels
from scenes.scene import FloatArray, Mesh

_SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def beam(p: Sequence[float], q: Sequence[float], width: float, height: float, *, tile: float = 1.0) -> Mesh:
    """Return a bar from p (3,) to q (3,), `width` across and `height` up, without its ends."""
    start, end = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / length
    across = np.cross((0.0, 0.0, 1.0) if abs(along[2]) < 0.99 else (1.0, 0.0, 0.0), along)
    across = across / np.linalg.norm(across)
    up = np.cross(along, across)
    ring = [a * across * width / 2 + b * up * height / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners = [[start + ring[k], end + ring[k], end + ring[(k + 1) % 4], start + ring[(k + 1) % 4]] for k in range(4)]
    quads = [quad[::-1] for quad in corners]
    return panels(quads, [[(0, height / tile), (length / tile, height / tile), (length / tile, 0), (0, 0)]] * 4)


class Face:
    """The plane over the ground line p q, seen from the left of p -> q; (s, z) are metres from p, and height."""

    def __init__(self, p: Sequence[float] | FloatArray, q: Sequence[float] | FloatArray) -> None:
        """Span the plane."""
        self.p = np.asarray(p, dtype=np.float64)
        along = np.asarray(q, dtype=np.float64) - self.p
        self.length = float(np.hypot(*along))
        self.along = along / self.length
        self.out = np.array([-self.along[1], self.along[0]])

    def at(self, s: float, z: float, behind: float = 0.0) -> tuple[float, float, float]:
        """Return a point of the plane, or one `behind` it, metres."""
        x, y = self.p + s * self.along - behind * self.out
        return float(x), float(y), float(z)

    def skin(self, shape: BaseGeometry, tile: float, behind: float = 0.0) -> Mesh:
        """Return polygons in (s, z) as a surface, `behind` the plane, the texture every `tile` metres."""
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(shape))
        corners = shapely.get_coordinates(shapely.orient_polygons(triangles)).reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
        points, index = np.unique(np.round(corners, 9), axis=0, return_inverse=True)
        plane = self.p + points[:, :1] * self.along - behind * self.out
        uv = np.column_stack([self.length - points[:, 0], points[:, 1]]) / tile
        normals = np.tile((*self.out, 0.0), (len(points), 1))
        return make_mesh(np.column_stack([plane, points[:, 1]]), index.reshape(-1, 3)[:, ::-1], normals, uv)

    def reveals(self, holes: Sequence[Polygon], thickness: float, tile: float = 1.0) -> Mesh:
        """Return the sides of openings through a wall of this thickness."""
        quads, uv = [], []
        for hole in holes:
            ring = shapely.get_coordinates(shapely.orient_polygons(hole).exterior)
            for (s0, z0), (s1, z1) in pairwise(ring):
                if z0 <= 0.0 and z1 <= 0.0:
                    continue  # a threshold lies on the floor
                deep, long = thickness / tile, float(np.hypot(s1 - s0, z1 - z0)) / tile
                # from the viewer's side s runs to the left, so that this order faces into the opening
                quads.append([self.at(s1, z1), self.at(s0, z0), self.at(s0, z0, thickness), self.at(s1, z1, thickness)])
                uv.append([(0.0, long), (0.0, 0.0), (deep, 0.0), (deep, long)])
        return panels(quads, uv)

    def bars(self, hole: Polygon, across: float, up: float, behind: float, width: float = 0.07) -> Mesh:
        """Return the frame of a window: bars at about `across` and `up` metres, and round its edge."""
        low, bottom, high, top = hole.bounds
        lines = [LineString([(s, bottom), (s, top)]) for s in _steps(low, high, across)]
        lines += [LineString([(low, z), (high, z)]) for z in _steps(bottom, top, up)]
        parts = [part for line in lines for part in shapely.get_parts(line.intersection(hole)) if part.length > 0.05]
        parts += [LineString(edge) for edge in pairwise(shapely.get_coordinates(hole.exterior))]
        return join(
            [
                beam(self.at(s0, z0, behind), self.at(s1, z1, behind), width, width)
                for (s0, z0), (s1, z1) in (shapely.get_coordinates(part).tolist() for part in parts)
            ]
        )

    def board(self, s: float, z: float, width: float, height: float, ahead: float = 0.03) -> Mesh:
        """Return a picture, its middle at s, its lower edge at z, `ahead` of the plane; the texture covers it."""
        return panels(
            [
                [
                    self.at(s + width / 2, z, -ahead),
                    self.at(s - width / 2, z, -ahead),
                    self.at(s - width / 2, z + height, -ahead),
                    self.at(s + width / 2, z + height, -ahead),
                ]
            ],
            [_SQUARE],
        )


def _steps(low: float, high: float, step: float) -> FloatArray:
    return np.linspace(low, high, max(2, round((high - low) / step) + 1))[1:-1]


def arch(low: float, high: float, bottom: float, top: float, *, round_top: bool, segments: int = 8) -> Polygon:
    """Return the outline of a window, with a round head on request."""
    if not round_top:
        return box(low, bottom, high, top)
    radius = (high - low) / 2
    angles = np.linspace(0.0, np.pi, segments + 1)
    middle = (low + high) / 2
    head = [(middle + radius * np.cos(a), top - radius + radius * np.sin(a)) for a in angles]
    return Polygon([(low, bottom), (high, bottom), *head])
