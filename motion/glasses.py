"""Spectacles: two rims, a bridge, and temples that lie along the head (offline, used by `motion/wardrobe.py`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motion.clip import JOINT_NAMES
from motion.solids import rigid, tube
from motion.tailor import Piece, grid_faces
from motion.unwrap import Landmarks

FloatArray = npt.NDArray[np.float64]

LENS = (0.0245, 0.0185)  # m, half width and height of a lens with its rim, ISO 8624: 50 mm by about 38 mm
CORNERS = 2.8  # exponent of the outline: 2 an ellipse, larger squarer
WIRE = 0.0015  # m, half the thickness of the rims


def cut_glasses(head: Piece, marks: Landmarks) -> list[Piece]:
    """Return the spectacles of a head, made for its eyes, nose and temples."""
    size, apart = marks.scale, abs(float(marks.eyes[0, 1]))
    place = (head.vertices - marks.eye) / size
    bridge_x = float(place[(np.abs(place[:, 1]) < 0.012) & (np.abs(place[:, 2]) < 0.012), 0].max()) + 0.004
    parts = []
    for side in (1.0, -1.0):
        parts.append(_rim(marks.eye, size, side, apart / size, bridge_x))
        line = _temple(place, side, apart / size, bridge_x)
        parts.append(tube(marks.eye + size * line, 0.0017 * size, 4))
    angle = np.linspace(-1.0, 1.0, 5)
    inner = apart / size - LENS[0]
    arch = np.stack([bridge_x - 0.001 * angle**2, inner * angle, 0.007 - 0.004 * angle**2], axis=1)
    parts.append(tube(marks.eye + size * arch, 0.0016 * size, 4))
    return [rigid(vertices, faces, "glasses", JOINT_NAMES.index("head"), 2) for vertices, faces in parts]


def _rim(
    eye: FloatArray, size: float, side: float, apart: float, ahead: float
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a closed ring around a lens, bent back at the temple."""
    angle = -side * np.linspace(0.0, 2 * np.pi, 18, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    outline = np.stack([np.sign(c) * np.abs(c) ** (2 / CORNERS) for c in (cos, sin)], axis=1)
    rings = []
    for grow, depth in ((WIRE, WIRE), (-WIRE, WIRE), (-WIRE, -WIRE), (WIRE, -WIRE)):
        y = apart + outline[:, 0] * (LENS[0] + grow)
        z = -0.004 + outline[:, 1] * (LENS[1] + grow)
        x = ahead - 0.004 * np.clip((y - 0.01) / 0.05, 0.0, 1.0) ** 2 * 2.0 + depth
        rings.append(np.stack([x, side * y, z], axis=1))
    rows = np.stack([*rings, rings[0]])
    return eye + size * rows.reshape(-1, 3), grid_faces(len(rows), len(angle), closed=True)


def _temple(place: FloatArray, side: float, apart: float, ahead: float) -> FloatArray:
    """Return the line (n, 3) of a temple from the rim to behind the ear, clear of the skin."""
    points = []
    for x in (ahead - 0.007, -0.005, -0.035, -0.065, -0.085):
        near = (np.abs(place[:, 0] - x) < 0.010) & (np.abs(place[:, 2] - 0.008) < 0.012) & (place[:, 1] * side > 0)
        skin = float((place[near, 1] * side).max()) if near.any() and x > -0.06 else 0.0
        points.append((x, max(apart + LENS[0] + 0.001, skin + 0.003), 0.006))
    points = [(x, max(y, points[k - 1][1]) if k > 2 else y, z) for k, (x, y, z) in enumerate(points)]
    return np.asarray(np.array(points) * np.array([1.0, side, 1.0]))
