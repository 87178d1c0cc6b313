"""Shadows for the fallback painter.

TinyRenderer finds shadows with the camera's own projection, aimed at the origin of the world, which serves a table
top and no square. So it is used here as a camera far up towards the sun: once for the static scene, while what moves
is splatted as points; the pixels of a picture are then compared with that map.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scenes.backend import Camera
from scenes.scene import FloatArray
from scenes.skinning import Float32Array
from scenes.tiny_camera import shoot

TEXEL, SIZES = 0.07, (256, 2048)  # metres per pixel, and fewest and most pixels per side, of what stands still
WINDOW, PIXEL = 512, 0.05  # pixels per side, and metres per pixel, of the map of what moves, around the camera
AWAY = 10.0  # distance of its camera, in radii of the scene: rays are parallel to within 6 degrees
BIAS, MOVING_BIAS = 0.3, 0.12  # m
SHADE = 0.6  # what is left of the brightness in a shadow


class SunMap:
    """How far the light of the sun gets."""

    def __init__(self, client: int, sun: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Look from `sun`, a unit vector towards it, at what PyBullet's world `client` holds from `low` to `high`."""
        radius = float(np.linalg.norm(high - low)) / 2 + 1.0
        right = np.cross(-sun, (0.0, 1.0, 0.0) if abs(sun[1]) < 0.9 else (1.0, 0.0, 0.0))
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, 0], pose[:3, 1], pose[:3, 2] = right, np.cross(-sun, right), -sun
        pose[:3, 3] = (low + high) / 2 + AWAY * radius * sun
        size = int(np.clip(2.0 * radius / TEXEL, *SIZES))
        fov = 2.0 * float(np.arctan(1.0 / (AWAY - 1.0)))
        camera = Camera(
            pose=pose, width=size, height=size, fov=fov, near=(AWAY - 1.0) * radius, far=(AWAY + 1.0) * radius
        )
        self._intrinsics, self._inverse = camera.intrinsics(), np.linalg.inv(pose)
        self._zoom = AWAY * radius / self._intrinsics[0, 0] / PIXEL
        _, self._still, _ = shoot(client, camera, sun, 1.0, 0.0)

    def shade(self, camera: Camera, depth: npt.NDArray[np.float32], moving: Float32Array) -> npt.NDArray[np.float32]:
        """Return (H, W) brightness of the pixels with planar `depth`, while points `moving` (P, 3) cast shadows."""
        focal = camera.intrinsics()[0, 0]
        u = (np.arange(camera.width, dtype=np.float32) + 0.5 - camera.width / 2) / focal
        v = (np.arange(camera.height, dtype=np.float32) + 0.5 - camera.height / 2) / focal
        finite = np.where(np.isfinite(depth), depth, 0.0)
        points = np.stack([u * finite, v[:, None] * finite, finite], axis=-1).astype(np.float32)
        place = self._see(points, camera.pose)
        dark = _look_up(self._still, place[..., 0], place[..., 1]) + BIAS < place[..., 2]
        if len(moving):
            ahead = camera.pose[:2, 2] / max(float(np.linalg.norm(camera.pose[:2, 2])), 1e-6)
            middle = np.array([*(camera.pose[:2, 3] + 0.4 * WINDOW * PIXEL * ahead), 0.0], dtype=np.float32)
            shift = WINDOW / 2 - self._zoom * self._see(middle)[:2]
            column, row, far = (self._see(moving) * (self._zoom, self._zoom, 1.0) + (*shift, 0.0)).T
            inside = (column >= 0) & (column < WINDOW) & (row >= 0) & (row < WINDOW)
            cast = np.full((WINDOW, WINDOW), np.inf, dtype=np.float32)
            np.minimum.at(cast, (row[inside].astype(int), column[inside].astype(int)), far[inside].astype(np.float32))
            cast = np.asarray(cv2.erode(cast, np.ones((3, 3), np.uint8)), dtype=np.float32)
            column, row = (self._zoom * place[..., k] + shift[k] for k in range(2))
            dark |= _look_up(cast, column, row) + MOVING_BIAS < place[..., 2]
        return np.asarray(1.0 - (1.0 - SHADE) * cv2.blur(dark.astype(np.float32), (3, 3)), dtype=np.float32)

    def _see(self, points: Float32Array, frame: FloatArray | None = None) -> Float32Array:
        """Return (..., 3) column, row (pixels) and depth (metres) of points (..., 3) given in `frame`, or the world."""
        pose = self._inverse if frame is None else self._inverse @ frame
        matrix = self._intrinsics @ pose[:3]
        seen = points @ matrix[:, :3].T.astype(np.float32) + matrix[:, 3].astype(np.float32)
        seen[..., :2] /= seen[..., 2:]
        return np.asarray(seen, dtype=np.float32)


def _look_up(image: Float32Array, column: Float32Array, row: Float32Array) -> Float32Array:
    """Return the pixels of `image` at places (H, W), inf outside it."""
    found = cv2.remap(
        image, (column - 0.5).astype(np.float32), (row - 0.5).astype(np.float32), cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT, borderValue=float("inf"),
    )  # fmt: skip
    return np.asarray(found, dtype=np.float32)
