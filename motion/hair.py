"""Hair shells grown from the head of a template body (offline, used by `motion/bake.py`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motion.tailor import Piece, clip, ellipsoid, grid_faces, normals

FloatArray = npt.NDArray[np.float64]

# Hairline: metres behind the eyes -> metres above the eyes, for a head that is 0.1125 m from eye to crown.
_HAIRLINE_X = (-0.25, -0.20, -0.155, -0.140, -0.125, -0.090, -0.080, -0.065, -0.045, -0.010, 0.03)
_HAIRLINE_Z = (-0.080, -0.070, -0.045, -0.02, 0.022, 0.024, -0.015, 0.010, 0.040, 0.062, 0.066)


def above_hairline(vertices: FloatArray, eye: FloatArray, scale: float, *, receding: float = 0.0) -> FloatArray:
    """Return metres above the hairline (V,), negative on the face and neck.

    Args:
        vertices: (V, 3). eye: (3,) mid-point of the eyes. scale: size of the head, 1 for 0.1125 m from eye to crown.
        receding: metres by which the front line has moved up.
    """
    x = (vertices[:, 0] - eye[0]) / scale
    z = (vertices[:, 2] - eye[2]) / scale
    line = np.interp(x, _HAIRLINE_X, _HAIRLINE_Z)
    line = line + receding * np.clip((x + 0.16) / 0.10, 0.0, 1.0)
    return np.asarray((z - line) * scale)


def scalp(head: Piece, eye: FloatArray, scale: float, thickness: float, *, receding: float, volume: float) -> Piece:
    """Return a cap of hair of `thickness` metres; `volume` adds roundness away from the hairline."""
    inside = above_hairline(head.vertices, eye, scale, receding=receding) + 0.004
    cap = clip(replace(head, material="hair", triangles=0.08), inside)
    ears = np.abs(cap.vertices[:, 1]) > 0.079 * scale
    depth = above_hairline(cap.vertices, eye, scale, receding=receding)
    rise = np.clip((depth + 0.004) / 0.03, 0.0, 1.0)
    lift = -0.003 + (thickness + 0.003) * np.sqrt(rise) + volume * np.clip(depth / 0.09, 0.0, 1.0) ** 0.7
    direction = normals(cap.vertices, cap.faces)
    centre = eye + np.array([-0.11, 0.0, 0.02]) * scale
    radial = cap.vertices - centre
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    direction = np.where(ears[:, None], radial, direction)
    return replace(cap, vertices=cap.vertices + direction * lift[:, None])


def curtain(
    obstacle: FloatArray, eye: FloatArray, scale: float, length: float, *, front: float, weights: FloatArray
) -> Piece:
    """Return long hair that hangs around the back of the head.

    Args:
        obstacle: (V, 3) head, neck and clothes that the hair lies on.
        eye, scale: as in `above_hairline`.
        length: metres below the eyes where the hair ends.
        front: degrees from straight ahead where it begins.
        weights: (rows, J) joint weights from the top row to the lowest of 14 rows.
    """
    rows, columns = len(weights), 21
    centre = eye + np.array([-0.115, 0.0, 0.0]) * scale
    angles = np.radians(np.linspace(front, 360.0 - front, columns))
    heights = np.linspace(eye[2] + 0.055 * scale, eye[2] - length, rows)
    offset = obstacle - centre
    around = np.arctan2(offset[:, 1], offset[:, 0])
    reach = np.hypot(offset[:, 0], offset[:, 1])
    outer = np.empty((rows, columns, 3))
    previous = np.full(columns, 0.0)
    for row, z in enumerate(heights):
        near = np.abs(obstacle[:, 2] - z) < 0.025
        for column, angle in enumerate(angles):
            turn = np.abs((around - angle + np.pi) % (2 * np.pi) - np.pi) < 0.22
            hit = reach[near & turn]
            wanted = (hit.max() if len(hit) else 0.0) + 0.014 * scale
            side = abs(np.cos(angle / 2))  # 1 in front, 0 at the back
            limit = (0.104 + 0.02 * (1 - side)) * scale + max(0.0, eye[2] - z) * 0.25 * (1 - side)
            radius = max(min(wanted, limit), previous[column] - 0.012)
            previous[column] = radius
            outer[row, column] = (centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle), z)
    # A cross-section that tapers at both edges: outside, then back along the inside.
    inward = outer - np.stack(np.broadcast_arrays(centre[0], centre[1], outer[..., 2]), axis=-1)
    inner = outer - inward * (0.016 * scale / np.maximum(np.linalg.norm(inward, axis=-1, keepdims=True), 1e-6))
    ring = np.concatenate([outer, inner[:, ::-1]], axis=1)
    bottom = (
        np.concatenate([outer[-1], inner[-1, ::-1]]) * 0.55
        + 0.45 * np.concatenate([inner[-1], outer[-1, ::-1]])
        - np.array([0.0, 0.0, 0.012])
    )
    ring = np.concatenate([ring, bottom[None]], axis=0)
    around_count = ring.shape[1]
    weights = np.concatenate([weights, weights[-1:]])
    return Piece(
        material="hair",
        vertices=ring.reshape(-1, 3),
        faces=grid_faces(rows + 1, around_count, closed=True),
        weights=np.repeat(weights, around_count, axis=0),
        triangles=0.07,
    )


def ball(centre: FloatArray, radii: FloatArray, weights: FloatArray) -> Piece:
    """Return a bun or a pony tail: an ellipsoid with one row of joint weights (J,) for all its vertices."""
    vertices, faces = ellipsoid(centre, radii)
    return Piece(
        material="hair",
        vertices=vertices,
        faces=faces,
        weights=np.repeat(weights[None], len(vertices), axis=0),
        triangles=0.02,
    )
