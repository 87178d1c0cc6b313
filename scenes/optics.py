"""Cameras that are no plain pinhole, built from pinhole pictures: lenses that distort, noise, and all-round views.

Every function takes a backend and cameras as in `scenes.backend`; nothing here draws by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from scenes.backend import Camera, Frame, Layer, SceneBackend
from scenes.scene import FloatArray

# Axes of the faces of a cube in the camera's frame (x right, y down, z forward), as columns.
FACES: dict[str, FloatArray] = {
    "front": np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64),
    "right": np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=np.float64),
    "back": np.array([[-1, 0, 0], [0, 1, 0], [0, 0, -1]], dtype=np.float64),
    "left": np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]], dtype=np.float64),
    "up": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], dtype=np.float64),
    "down": np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64),
}
RIM = 2  # px drawn beyond the edge of a face, so that colours can be interpolated across it
BLOCK = 1024  # px that are looked up in a row; OpenCV takes no more than 32,766
WIDEST = np.radians(170.0)  # of the pinhole picture behind a lens


def project(camera: Camera, points: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the pixels (K, 2), column and row, and the planar depths (K,) of world points (K, 3).

    A point at pixel (u, v) lies in row floor(v), column floor(u). Depths of points behind the camera are negative.
    """
    world = np.asarray(points, dtype=np.float64)
    local = (world - camera.pose[:3, 3]) @ camera.pose[:3, :3]
    image = local @ camera.intrinsics().T
    return image[:, :2] / image[:, 2:], local[:, 2]


def find_boxes(instance: npt.NDArray[np.int32]) -> dict[int, tuple[int, int, int, int]]:
    """Return the tight box (left, top, right, bottom), pixels, right and bottom exclusive, of each id above 0."""
    rows, columns = np.nonzero(instance)
    ids, group = np.unique(instance[rows, columns], return_inverse=True)
    low = np.full((len(ids), 2), np.iinfo(np.int64).max)
    high = np.zeros((len(ids), 2), dtype=np.int64)
    places = np.column_stack([columns, rows])
    np.minimum.at(low, group, places)
    np.maximum.at(high, group, places + 1)
    return {int(k): (int(a), int(b), int(c), int(d)) for k, (a, b), (c, d) in zip(ids, low, high, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A lens that bends straight lines (Brown 1966; the model and the order of OpenCV).

    Attributes:
        distortion: k1, k2, p1, p2, k3; zeros: a pinhole.
    """

    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def rays(self, camera: Camera) -> FloatArray:
        """Return for each pixel's centre (H, W, 2) where it lies on the plane at depth 1, without the lens.

        Raises:
            ValueError: the distortion folds the picture, or needs more than a pinhole can see.
        """
        if len(self.distortion) != 5 or not np.isfinite(self.distortion).all():
            raise ValueError(f"distortion: expected 5 finite numbers k1 k2 p1 p2 k3, got {self.distortion}")
        k, values = camera.intrinsics(), np.array(self.distortion)
        grid = np.stack(np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5), axis=2)
        flat = grid.reshape(-1, 1, 2)
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-9)
        points = cv2.undistortPoints(flat, k, values, None, np.eye(3), np.eye(3), criteria)
        there = np.column_stack([points.reshape(-1, 2), np.ones(len(flat))])
        back, _ = cv2.projectPoints(there, np.zeros(3), np.zeros(3), k, values)
        if not np.isfinite(points).all() or np.abs(back.reshape(-1, 2) - flat[:, 0]).max() > 0.1:
            raise ValueError(
                f"distortion: expected one that can be undone over the whole picture, got {self.distortion} at a field "
                f"of view of {np.degrees(camera.fov):.0f} degrees; take smaller numbers or a smaller field of view"
            )
        return np.asarray(points, dtype=np.float64).reshape(camera.height, camera.width, 2)

    def render(self, backend: SceneBackend, camera: Camera, layers: Sequence[Layer] = ()) -> Frame:
        """Return what a camera behind this lens sees; `camera` says what its field of view were without it.

        Colours are interpolated, depths (still along the axis), ids and normals are those of the nearest ray.
        """
        if not any(self.distortion):
            return backend.render(camera, layers)
        rays = self.rays(camera)
        reach = np.abs(rays).max(axis=(0, 1))
        focal = camera.intrinsics()[1, 1]
        half = np.ceil(reach * focal).astype(int) + RIM
        wide = replace(
            camera, width=2 * int(half[0]), height=2 * int(half[1]), fov=float(2 * np.arctan(half[1] / focal))
        )
        if wide.fov > WIDEST or max(wide.width, wide.height) > 8 * max(camera.width, camera.height):
            raise ValueError(
                f"distortion: expected one whose picture a pinhole of {np.degrees(WIDEST):.0f} degrees can hold, "
                f"got {self.distortion}; take a smaller field of view or a panorama"
            )
        frame = backend.render(wide, layers)
        where = (rays * focal + half).astype(np.float32)  # pixels of the wide picture, from its corner
        return _resample(frame, where)


def _resample(frame: Frame, where: npt.NDArray[np.float32]) -> Frame:
    """Return the frame looked up at (H, W, 2) pixels from its corner."""
    u, v = np.floor(where[..., 0]).astype(int), np.floor(where[..., 1]).astype(int)
    shifted = where - 0.5
    return Frame(
        rgb=np.asarray(cv2.remap(frame.rgb, shifted[..., 0], shifted[..., 1], cv2.INTER_LINEAR), dtype=np.uint8),
        depth=frame.depth[v, u],
        semantic=frame.semantic[v, u],
        instance=frame.instance[v, u],
        renderer=frame.renderer,
        normal=None if frame.normal is None else frame.normal[v, u],
        part=None if frame.part is None else frame.part[v, u],
    )


def add_noise(
    rgb: npt.NDArray[np.uint8], rng: np.random.Generator, *, read: float = 0.0, shot: float = 0.0
) -> npt.NDArray[np.uint8]:
    """Return a picture (H, W, 3) with the noise of a sensor.

    Args:
        rgb: sRGB.
        rng: draws one normal number per value.
        read: standard deviation of the read-out, in steps of 255.
        shot: that of the photons at white; at a linear intensity I it is shot * sqrt(I) (Poisson's, as a normal one).

    Raises:
        ValueError: a negative deviation.
    """
    if read < 0.0 or shot < 0.0:
        raise ValueError(f"noise: expected deviations of at least 0, got read={read:g}, shot={shot:g}")
    level = rgb.astype(np.float32)
    deviation = np.sqrt(read**2 + shot**2 * (level / 255.0) ** 2.2)  # sRGB is close to the power 1 / 2.2
    noisy = level + deviation * rng.standard_normal(rgb.shape, dtype=np.float32)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), dtype=np.uint8)


def face_cameras(camera: Camera, size: int, names: Sequence[str] = tuple(FACES)) -> tuple[Camera, ...]:
    """Return the cameras of the faces of a cube round `camera`, 90 degrees and `size` pixels each.

    Raises:
        ValueError: a name that is not in FACES, or no positive size.
    """
    if size < 1 or any(name not in FACES for name in names):
        raise ValueError(f"faces: expected a size above 0 and names of {', '.join(FACES)}, got {size} and {names}")
    return tuple(_face(camera, name, size, rim=0) for name in names)


def _face(camera: Camera, name: str, size: int, rim: int) -> Camera:
    pose = camera.pose.copy()
    pose[:3, :3] = camera.pose[:3, :3] @ FACES[name]
    wide = float(2 * np.arctan((size + 2 * rim) / size))
    return replace(camera, pose=pose, width=size + 2 * rim, height=size + 2 * rim, fov=wide)


class Panorama:
    """An equirectangular picture all round, from six faces that are drawn all at once or some at a time.

    Column u of W looks at azimuth 2 pi (u + 0.5) / W - pi, 0 ahead and positive to the right; row v of H at elevation
    pi / 2 - pi (v + 0.5) / H. `depth` is the distance from the eye, not that along an axis.
    """

    def __init__(self, width: int, height: int | None = None) -> None:
        """Prepare pictures of `width` x `height` pixels, `height` by default half the width.

        Raises:
            ValueError: fewer than 8 x 4 pixels.
        """
        height = width // 2 if height is None else height
        if width < 8 or height < 4:
            raise ValueError(f"panorama: expected at least 8 x 4 pixels, got {width} x {height}")
        self.width, self.height = width, height
        self.size = int(np.ceil(max(width / 4, height / 2)))  # px of a face: as fine as the panorama at its middle
        azimuth = 2 * np.pi * (np.arange(width) + 0.5) / width - np.pi
        elevation = np.pi / 2 - np.pi * (np.arange(height) + 0.5) / height
        level = np.cos(elevation)[:, None]
        down = np.broadcast_to(-np.sin(elevation)[:, None], (height, width))
        rays = np.stack([level * np.sin(azimuth), down, level * np.cos(azimuth)], axis=2)
        axes = np.stack([FACES[name][:, 2] for name in FACES])
        self._owner = (rays @ axes.T).argmax(axis=2)
        local = np.einsum("hwi,hwij->hwj", rays, np.stack(list(FACES.values()))[self._owner])
        self._stretch = (1.0 / local[..., 2]).astype(np.float32)  # distance over planar depth
        half = self.size / 2
        self._where = (local[..., :2] / local[..., 2:] * half + half + RIM).astype(np.float32)
        self._kept: dict[str, Frame] = {}
        self._next = 0

    def render(self, backend: SceneBackend, camera: Camera, layers: Sequence[Layer] = ()) -> Frame:
        """Draw all six faces and return the panorama; of `camera`, pose and range count."""
        self._kept.clear()
        return self.roll(backend, camera, layers, faces=len(FACES))

    def roll(self, backend: SceneBackend, camera: Camera, layers: Sequence[Layer] = (), *, faces: int = 1) -> Frame:
        """Draw the next `faces` faces in turn and return the panorama; the others are as they were last drawn.

        The first call draws all. Faces drawn from different places do not fit together where the camera moved.
        """
        names = list(FACES)
        count = len(names) if len(self._kept) < len(names) else min(max(faces, 1), len(names))
        turn = [names[(self._next + k) % len(names)] for k in range(count)]
        self._next = (self._next + count) % len(names)
        frames = backend.render_many([_face(camera, name, self.size, RIM) for name in turn], layers)
        self._kept.update(zip(turn, frames, strict=True))
        return self._join(layers)

    def _join(self, layers: Sequence[Layer]) -> Frame:
        shape = (self.height, self.width)
        rgb = np.empty((*shape, 3), dtype=np.uint8)
        depth = np.empty(shape, dtype=np.float32)
        semantic, instance = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32)
        normal = np.empty((*shape, 3), dtype=np.float32) if "normal" in layers else None
        part = np.empty(shape, dtype=np.int32) if "part" in layers else None
        for index, name in enumerate(FACES):
            mine = self._owner == index
            count = int(mine.sum())
            block = np.resize(self._where[mine], (-(-count // BLOCK), BLOCK, 2))
            seen = _resample(self._kept[name], block)
            rgb[mine] = seen.rgb.reshape(-1, 3)[:count]
            depth[mine] = seen.depth.ravel()[:count] * self._stretch[mine]
            semantic[mine], instance[mine] = seen.semantic.ravel()[:count], seen.instance.ravel()[:count]
            if normal is not None and seen.normal is not None:
                normal[mine] = seen.normal.reshape(-1, 3)[:count]
            if part is not None and seen.part is not None:
                part[mine] = seen.part.ravel()[:count]
        return Frame(
            rgb=rgb, depth=depth, semantic=semantic, instance=instance, renderer=self._kept["front"].renderer,
            normal=normal, part=part,
        )  # fmt: skip
