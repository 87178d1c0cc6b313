"""TinyRenderer as a camera of this project: pixel centres, planar depth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scenes.backend import Camera
from scenes.physics import pybullet
from scenes.scene import FloatArray


def shoot(
    client: int, camera: Camera, sun: FloatArray, ambient: float, diffuse: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Draw PyBullet's world `client`, without shadows.

    Returns:
        rgb (H, W, 3), planar depth (H, W) in metres, inf where nothing is, and the body (H, W) seen, -1: none.
    """
    flip = np.diag([1.0, -1.0, -1.0, 1.0])  # OpenGL cameras look along -z, with y up
    view = np.linalg.inv(camera.pose @ flip)
    _, _, rgba, buffer, mask = pybullet.getCameraImage(
        camera.width, camera.height, viewMatrix=view.T.ravel().tolist(),
        projectionMatrix=_project(camera).T.ravel().tolist(), lightDirection=sun.tolist(), lightColor=[1.0, 1.0, 1.0],
        shadow=0, lightAmbientCoeff=ambient, lightDiffuseCoeff=diffuse, lightSpecularCoeff=0.0,
        renderer=pybullet.ER_TINY_RENDERER, physicsClientId=client,
    )  # fmt: skip
    shape = (camera.height, camera.width)
    bodies = np.reshape(mask, shape).astype(np.int64)
    ndc = 2.0 * np.reshape(buffer, shape).astype(np.float64) - 1.0
    near, far = camera.near, camera.far
    depth = np.where(bodies >= 0, 2.0 * near * far / (far + near - ndc * (far - near)), np.inf)
    return np.reshape(rgba, (*shape, 4))[..., :3].astype(np.uint8), depth.astype(np.float32), bodies


def find_normals(
    camera: Camera, depth: npt.NDArray[np.float32], bodies: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return (H, W, 3) unit normals, world, of the surface that the neighbours of each pixel lie on; zero: nothing.

    Of the two neighbours along each axis the one on the same body whose depth differs less is taken.
    """
    k = camera.intrinsics()
    u = (np.arange(camera.width) + 0.5 - k[0, 2]) / k[0, 0]
    v = (np.arange(camera.height) + 0.5 - k[1, 2]) / k[1, 1]
    finite = np.where(np.isfinite(depth), depth, 0.0).astype(np.float64)
    points = np.stack([u * finite, v[:, None] * finite, finite], axis=-1)
    steps = []
    for axis in (1, 0):
        ways, costs = [], []
        for way in (1, -1):
            near = np.roll(points, -way, axis=axis)
            strange = np.roll(bodies, -way, axis=axis) != bodies
            edge: list[slice | int] = [slice(None), slice(None)]
            edge[axis] = -1 if way == 1 else 0
            strange[tuple(edge)] = True
            ways.append(way * (near - points))
            costs.append(np.abs(near[..., 2] - finite) + 1e6 * strange)
        steps.append(np.where((costs[0] <= costs[1])[..., None], ways[0], ways[1]))
    normal = np.cross(steps[1], steps[0])  # rows grow downwards: towards the camera
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    normal[bodies < 0] = 0.0
    return np.asarray(normal @ camera.pose[:3, :3].T, dtype=np.float32)


def _project(camera: Camera) -> FloatArray:
    """Return the OpenGL projection matrix (4, 4), moved by half a pixel: TinyRenderer samples at (column, row + 1)."""
    focal, near, far = 1.0 / np.tan(0.5 * camera.fov), camera.near, camera.far
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = focal * camera.height / camera.width, focal
    matrix[:2, 2] = 1.0 / camera.width, 1.0 / camera.height
    matrix[2, 2:] = (far + near) / (near - far), 2.0 * far * near / (near - far)
    matrix[3, 2] = -1.0
    return matrix
