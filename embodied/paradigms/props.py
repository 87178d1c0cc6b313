"""What things of the stage look like: meshes of one joint, so that a renderer moves them as it moves people."""

from __future__ import annotations

import numpy as np

from embodied.episode import FloatArray
from embodied.paradigms.play import COLORS
from scenes.backend import SkinnedMesh
from scenes.procedural.geometry import ball, box, cylinder, join, move, pose_at
from scenes.scene import Mesh

TEXTURE = 8  # pixels of a side of a plain texture


def make_prop(shape: str, color: str, size: tuple[float, float, float]) -> SkinnedMesh:
    """Return a thing as the mesh that a backend draws.

    Args:
        shape: one of `play.Shape`. color: a name of `play.COLORS`. size: length, width and height, metres.
    """
    mesh = _shape(shape, size)
    count = len(mesh.vertices)
    weights = np.zeros((count, 4), dtype=np.float32)
    weights[:, 0] = 1.0
    texture = np.empty((TEXTURE, TEXTURE, 3), dtype=np.uint8)
    texture[:] = np.round(255 * np.array(COLORS[color]))
    return SkinnedMesh(
        vertices=mesh.vertices, faces=mesh.faces, uv=mesh.uv, texture=texture,
        joint_indices=np.zeros((count, 4), dtype=np.int32), joint_weights=weights,
        inverse_bind=np.eye(4)[None], parents=np.array([-1], dtype=np.int32), height=size[2], radius=0.02,
    )  # fmt: skip


def place_prop(x: float, y: float, z: float) -> FloatArray:
    """Return the transform (1, 4, 4) of a thing whose foot is at a place, metres."""
    return pose_at(x, y, z)[None]


def _shape(shape: str, size: tuple[float, float, float]) -> Mesh:
    length, width, height = size
    if shape == "ball":
        return move(ball((length / 2, width / 2, height / 2), level=2), 0.0, 0.0, height / 2)
    if shape in ("pot", "post"):
        foot = [box((3 * length, 3 * width, 0.04), (0.0, 0.0, 0.0))] if shape == "post" else []
        return join([cylinder(length / 2, height, 20), *foot])
    if shape == "table":
        legs = [
            box((0.06, 0.06, height), (a * (length / 2 - 0.06), b * (width / 2 - 0.06), 0.0))
            for a in (-1, 1)
            for b in (-1, 1)
        ]
        return join([box((length, width, 0.05), (0.0, 0.0, height - 0.05), bottom=True), *legs])
    if shape == "seat":
        return join([box(size, (0.0, 0.0, 0.0)), box((length, 0.05, 0.45), (0.0, width / 2 - 0.03, height))])
    if shape == "box":
        lid = box((1.06 * length, 1.06 * width, 0.05), (0.0, 0.0, height), bottom=True)
        return join([box(size, (0.0, 0.0, 0.0)), lid])
    return box(size, (0.0, 0.0, 0.0), bottom=True)
