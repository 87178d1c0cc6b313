"""Where the camera stood, from the homography of its ground, and what it saw of upright walls.

A homography fixes a pinhole with square pixels and its centre in the middle of the picture (Zhang 2000, "A flexible new
technique for camera calibration", section 3.1: the images of x and y are orthogonal and equally long). An affine one,
as UCY's, fixes none: upright edges are then taken to run straight up in the picture.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from scenes.scene import FloatArray

UPRIGHT = 0.8  # affine pictures: length of an upright metre over that of a level one; fits the parked cars of zara
NARROW = 0.15  # cosine between a wall's normal and the way to the camera below which the picture shows too little


class Lift:
    """Projects points above the ground into the picture."""

    def __init__(self, to_world: FloatArray, shape: tuple[int, int]) -> None:
        """Take a homography (3, 3), pixels to metres, and the picture's height and width."""
        to_picture = np.linalg.inv(to_world)
        height, width = shape
        center = np.array([width / 2, height / 2])
        flat = to_picture - np.outer(np.append(center, 0.0), to_picture[2])  # pixels from the middle
        self.eye: FloatArray | None = None
        tilt = np.abs(to_picture[2, :2]).max() * max(width, height) / abs(to_picture[2, 2])
        if tilt > 1e-3:
            (a1, a2), (b1, b2), (c1, c2) = flat[0, :2], flat[1, :2], flat[2, :2]
            # f^2 from orthogonality and from equal lengths, by least squares.
            left = np.array([c1 * c2, c1 * c1 - c2 * c2])
            right = -np.array([a1 * a2 + b1 * b2, a1 * a1 + b1 * b1 - a2 * a2 - b2 * b2])
            squared = float(left @ right / (left @ left))
            if squared > (0.2 * max(width, height)) ** 2:
                self._solve(flat, float(np.sqrt(squared)), center)
                return
        level = float(np.sqrt(abs(np.linalg.det(to_picture[:2, :2] / to_picture[2, 2]))))
        self._matrix = np.column_stack(
            [to_picture[:, :2], [0.0, -UPRIGHT * level * to_picture[2, 2], 0.0], to_picture[:, 2]]
        )
        down = np.array([0.0, 1.0]) @ np.linalg.inv(to_picture[:2, :2]).T
        self._toward = down / np.linalg.norm(down)

    def _solve(self, flat: npt.NDArray[np.floating], focal: float, center: FloatArray) -> None:
        rays = flat / np.array([[focal], [focal], [1.0]])
        scale = 0.5 * (np.linalg.norm(rays[:, 0]) + np.linalg.norm(rays[:, 1]))
        rays = rays / scale
        up = np.cross(rays[:, 0], rays[:, 1])
        axes = np.column_stack([rays[:, 0], rays[:, 1], up])
        eye = -np.linalg.solve(axes, rays[:, 2])
        if eye[2] < 0.0:
            up, eye = -up, eye * np.array([1.0, 1.0, -1.0])
        camera = np.column_stack([rays[:, :2], up, rays[:, 2]])
        k = np.array([[focal, 0.0, center[0]], [0.0, focal, center[1]], [0.0, 0.0, 1.0]])
        self._matrix, self.eye = k @ camera, eye

    def project(self, points: FloatArray) -> FloatArray:
        """Return the pixels (K, 2), column and row, of world points (K, 3)."""
        mapped = np.column_stack([points, np.ones(len(points))]) @ self._matrix.T
        return np.asarray(mapped[:, :2] / mapped[:, 2:])

    def view(
        self, p: FloatArray, q: FloatArray, height: float, picture: npt.NDArray[np.uint8], size: tuple[int, int]
    ) -> npt.NDArray[np.uint8] | None:
        """Return what the picture shows of the wall over p q, which faces to the left of p -> q.

        Args:
            p, q: (2,) metres.
            height: metres.
            picture: (H, W, 3).
            size: width and height of the result, pixels.

        Returns:
            (height, width, 3), or None where the wall faces away or lies outside.
        """
        along = q - p
        normal = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)
        toward = self._toward if self.eye is None else self.eye[:2] - (p + q) / 2
        if normal @ toward < NARROW * np.linalg.norm(toward) or np.linalg.norm(along) < 0.3:
            return None
        # A viewer in front of the wall has q at the left.
        corners = np.array([[*q, height], [*p, height], [*p, 0.0], [*q, 0.0]])
        pixels = self.project(corners)
        inside = (pixels > -0.15 * np.array(picture.shape[1::-1])) & (pixels < 1.15 * np.array(picture.shape[1::-1]))
        if not inside.all():
            return None
        width, rows = size
        target = np.array([[0, 0], [width, 0], [width, rows], [0, rows]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(pixels.astype(np.float32), target)
        return np.asarray(cv2.warpPerspective(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)
