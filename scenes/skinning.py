"""Linear blend skinning on the CPU, and the rigid parts of a body for renderers that cannot bend it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from scenes.backend import SkinnedMesh
from scenes.scene import FloatArray, Mesh

Float32Array = npt.NDArray[np.float32]

NEAR, NEAR_COARSE = 16, 32  # vertices of the finest level over which its normals, and a coarser one's, are means


class Skin:
    """One level of detail of a body, ready to be bent.

    The blend of all vertices is one sparse product: row v of the operator holds, for each joint j of the vertex,
    w_vj (x, y, z, 1) in the columns 4j..4j+3, and multiplies the transposed matrices of the joints stacked upon each
    other. Normals are blended likewise.
    """

    def __init__(self, mesh: SkinnedMesh, finest: SkinnedMesh | None = None) -> None:
        """Take a mesh, and the finest level of the same body, from whose surface around each vertex it is shaded."""
        count, joints = len(mesh.vertices), len(mesh.inverse_bind)
        self.normals = compute_normals(mesh.vertices, mesh.faces)
        if finest is not None:
            near = NEAR if finest is mesh else NEAR_COARSE
            self.normals = borrow_normals(mesh.vertices, self.normals, finest, near)
        points = np.concatenate([mesh.vertices, np.ones((count, 1), np.float32)], axis=1)
        directions = np.concatenate([self.normals, np.zeros((count, 1), np.float32)], axis=1)
        homogeneous = np.stack([points, directions], axis=1).reshape(2 * count, 1, 4)  # vertex, normal, vertex, ...
        weights = np.repeat(mesh.joint_weights, 2, axis=0)[:, :, None] * homogeneous
        columns = 4 * np.repeat(mesh.joint_indices, 2, axis=0)[:, :, None] + np.arange(4)
        rows = np.arange(0, 2 * count * 16 + 1, 16)
        self._operator = csr_matrix(
            (weights.ravel().astype(np.float32), columns.ravel().astype(np.int32), rows), shape=(2 * count, 4 * joints)
        )
        self._operator.sum_duplicates()
        self._operator.eliminate_zeros()
        self._inverse_bind = mesh.inverse_bind

    def bend(self, joints: FloatArray) -> Float32Array:
        """Return (V, 6) float32, world positions and normals (not quite unit), for world joints (J, 4, 4)."""
        motion = joints @ self._inverse_bind
        stacked = np.ascontiguousarray(motion[:, :3, :].transpose(0, 2, 1), dtype=np.float32).reshape(-1, 3)
        bent: Float32Array = (self._operator @ stacked).reshape(-1, 6)
        return bent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidPart:
    """The part of a body that follows one joint; `mesh` is in the person frame, rest pose."""

    joint: int
    mesh: Mesh


def cut_rigid(mesh: SkinnedMesh, *, overlap: float = 0.2) -> tuple[RigidPart, ...]:
    """Cut a body into rigid parts.

    A face goes to the joint that weighs most on its corners, and also to any whose mean weight on them is more than
    `overlap`, so that bent joints show fewer cracks.
    """
    shares = _share(mesh)
    member = shares > overlap
    member[np.arange(len(shares)), shares.argmax(axis=1)] = True
    normals = compute_normals(mesh.vertices, mesh.faces)
    parts = []
    for joint in np.flatnonzero(member.any(axis=0)):
        used, faces = np.unique(mesh.faces[member[:, joint]], return_inverse=True)
        part = Mesh(
            vertices=mesh.vertices[used],
            faces=faces.reshape(-1, 3).astype(np.int32),
            normals=normals[used],
            uv=mesh.uv[used],
        )
        parts.append(RigidPart(joint=int(joint), mesh=part))
    return tuple(parts)


def find_parts(mesh: SkinnedMesh) -> npt.NDArray[np.int64]:
    """Return (F,) the joint that weighs most on the corners of each face; the first where two weigh the same."""
    return np.asarray(_share(mesh).argmax(axis=1))


def _share(mesh: SkinnedMesh) -> Float32Array:
    """Return (F, J) the mean weights of the joints on the corners of each face."""
    weights = np.zeros((len(mesh.vertices), len(mesh.inverse_bind)), dtype=np.float32)
    np.add.at(weights, (np.arange(len(mesh.vertices))[:, None], mesh.joint_indices), mesh.joint_weights)
    return np.asarray(weights[mesh.faces].mean(axis=1))


def borrow_normals(vertices: Float32Array, normals: Float32Array, finest: SkinnedMesh, count: int) -> Float32Array:
    """Return (V, 3) unit normals: means over the `count` vertices of the fine surface around that face the same way.

    The triangles that simplification leaves are uneven, and shade as dents.
    """
    fine = compute_normals(finest.vertices, finest.faces)
    _, near = cKDTree(finest.vertices).query(vertices, k=count)
    weight = np.maximum(np.einsum("vkc,vc->vk", fine[near], normals), 0.0)
    sums = np.einsum("vk,vkc->vc", weight, fine[near]) + 1e-3 * normals
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def compute_normals(vertices: Float32Array, faces: npt.NDArray[np.int32]) -> Float32Array:
    """Return (V, 3) unit normals, weighted by area and shared by vertices at one place, so that seams do not show."""
    corners = vertices[faces].astype(np.float64)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, place = np.unique(np.round(vertices, 5), axis=0, return_inverse=True)
    place = place.ravel()
    sums = np.zeros((place.max() + 1, 3))
    np.add.at(sums, place[faces].ravel(), np.repeat(areas, 3, axis=0))
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return sums[place].astype(np.float32)
