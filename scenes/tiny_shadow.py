"""Shadows for the fallback painter.

TinyRenderer finds shadows with the camera's own projection, aimed at the origin of the world, which serves a table
top and no square. So it is used here as a depth camera in the place of the sun: once for the static scene, while what
moves is splatted as points; pixels are then compared with that map.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pybullet

from scenes.backend import Camera
from scenes.scene import FloatArray
from scenes.skinning import Float32Array

SIZE = 1024  # pixels per side of the map
BIAS = 0.12  # m
SHADE = 0.6  # what is left of the brightness in a shadow


class SunMap:
    """How far the light of the sun gets, for a box of the world."""

    def __init__(self, client: int, sun: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Look along `sun`, a unit vector towards it, at what PyBullet's world `client` holds from `low` to `high`."""
        side = np.cross((0.0, 1.0, 0.0) if abs(sun[1]) < 0.9 else (1.0, 0.0, 0.0), sun)
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(sun, side), sun])  # x right, y up, z to the sun
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        seen = corners @ axes.T
        first, last = seen.min(axis=0) - 0.5, seen.max(axis=0) + 0.5
        self._axes, self._top = axes, last[2]
        self._pixel = (last[:2] - first[:2]) / SIZE
        self._corner = np.array([first[0], last[1]])  # of the map's first pixel
        view = np.eye(4)
        view[:3, :3] = axes
        view[2, 3] = -last[2]
        extent = np.array([*(last[:2] - first[:2]), -(last[2] - first[2])])
        middle = np.array([*((last[:2] + first[:2]) / 2), -(last[2] - first[2]) / 2])
        ortho = np.eye(4)
        ortho[:3, :3] = np.diag(2.0 / extent)
        ortho[:3, 3] = -2.0 * middle / extent
        _, _, _, buffer, mask = pybullet.getCameraImage(
            SIZE, SIZE, viewMatrix=view.T.ravel().tolist(), projectionMatrix=ortho.T.ravel().tolist(), shadow=0,
            renderer=pybullet.ER_TINY_RENDERER, physicsClientId=client,
        )  # fmt: skip
        depth = np.reshape(buffer, (SIZE, SIZE)) * (last[2] - first[2])
        self._still = np.where(np.reshape(mask, (SIZE, SIZE)) >= 0, depth, np.inf).astype(np.float32)

    def shade(self, camera: Camera, depth: npt.NDArray[np.float32], moving: Float32Array) -> npt.NDArray[np.float32]:
        """Return (H, W) brightness of the pixels with planar `depth`, while points `moving` (P, 3) cast shadows."""
        reach = self._still
        if len(moving):
            column, row, far = self._locate(moving.astype(np.float64)).T
            inside = (column >= 0) & (column < SIZE) & (row >= 0) & (row < SIZE)
            cast = np.full((SIZE, SIZE), np.inf, dtype=np.float32)
            np.minimum.at(cast, (row[inside].astype(int), column[inside].astype(int)), far[inside].astype(np.float32))
            reach = np.minimum(reach, cv2.erode(cast, np.ones((3, 3), np.uint8)).astype(np.float32))
        focal = camera.intrinsics()[0, 0]
        u = (np.arange(camera.width) + 0.5 - camera.width / 2) / focal
        v = (np.arange(camera.height) + 0.5 - camera.height / 2) / focal
        base = self._locate(camera.pose[:3, 3])
        x, y, z = (self._locate(camera.pose[:3, 3] + camera.pose[:3, k]) - base for k in range(3))
        slopes = u[None, :, None] * x + v[:, None, None] * y + z
        finite = np.where(np.isfinite(depth), depth, 0.0)
        place = (slopes * finite[..., None] + base).astype(np.float32)
        blocked = cv2.remap(
            reach, place[..., 0] - 0.5, place[..., 1] - 0.5, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT,
            borderValue=float("inf"),
        )  # fmt: skip
        dark = (blocked + BIAS < place[..., 2]).astype(np.float32)
        return np.asarray(1.0 - (1.0 - SHADE) * cv2.blur(dark, (3, 3)), dtype=np.float32)

    def _locate(self, points: FloatArray) -> FloatArray:
        """Return (..., 3) column, row (pixels) and distance from the map's plane (metres) of world points (..., 3)."""
        seen = points @ self._axes.T
        flat = (seen[..., :2] - self._corner) / self._pixel * (1.0, -1.0)
        located: FloatArray = np.concatenate([flat, self._top - seen[..., 2:]], axis=-1)
        return located
