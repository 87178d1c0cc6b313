"""Contract of `scenes`: what steps the world and draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from scenes.scene import FloatArray, Scene

Layer = Literal["normal", "part"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkinnedMesh:
    """A body that bends.

    Attributes:
        vertices: (V, 3) float32 in the rest pose, metres, person frame (x forward, y left, z up, feet at z = 0).
        faces: (F, 3) int32, counter-clockwise seen from outside.
        uv: (V, 2) float32, as in `Mesh`.
        texture: (H, W, 3) uint8.
        joint_indices: (V, 4) int32; joint_weights: (V, 4) float32, rows sum to 1.
        inverse_bind: (J, 4, 4) float64, rest pose world to joint.
        parents: (J,) int32, -1 at the root.
        height: metres, crown to sole; radius: metres, of the capsule that stands for the person in physics.
        lods: coarser versions, finest first; their `lods` are empty.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.int32]
    uv: npt.NDArray[np.float32]
    texture: npt.NDArray[np.uint8]
    joint_indices: npt.NDArray[np.int32]
    joint_weights: npt.NDArray[np.float32]
    inverse_bind: FloatArray
    parents: npt.NDArray[np.int32]
    height: float
    radius: float = 0.25
    lods: tuple[SkinnedMesh, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        pose: (4, 4) float64, camera to world; camera axes x right, y down, z forward (OpenCV).
        fov: vertical field of view, radians.
        near, far: metres along the optical axis; beyond `far` depth is inf.
    """

    pose: FloatArray
    width: int = 256
    height: int = 256
    fov: float = np.pi / 2
    near: float = 0.05
    far: float = 80.0

    @staticmethod
    def look_at(
        eye: npt.ArrayLike, target: npt.ArrayLike, *, width: int = 256, height: int = 256, fov: float = np.pi / 2
    ) -> Camera:
        """Return a camera at `eye` (3,) that looks at `target` (3,), world frame, metres, up along +z."""
        position = np.asarray(eye, dtype=np.float64)
        forward = np.asarray(target, dtype=np.float64) - position
        x, y, z = (forward / np.linalg.norm(forward)).tolist()
        level = math.hypot(x, y)
        right = (y / level, -x / level, 0.0)  # forward x up
        down = (-z * right[1], z * right[0], x * right[1] - y * right[0])  # forward x right
        pose = np.eye(4)
        pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, down, (x, y, z), position
        return Camera(pose=pose, width=width, height=height, fov=fov)

    def intrinsics(self) -> FloatArray:
        """Return the (3, 3) matrix K, pixels; pixel centres lie at integer + 0.5."""
        focal = 0.5 * self.height / np.tan(0.5 * self.fov)
        return np.array([[focal, 0.0, self.width / 2], [0.0, focal, self.height / 2], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """What a camera saw.

    Attributes:
        rgb: (H, W, 3) uint8, sRGB.
        depth: (H, W) float32, metres along the optical axis (planar), inf where nothing is hit before `far`.
        semantic: (H, W) int32, index into SEMANTIC_CLASSES.
        instance: (H, W) int32; 0 nothing, static objects 1..9_998, 9_999 the robot, 10_000 + person_id people.
        renderer: "gl" or "tiny".
        normal: (H, W, 3) float32, unit, outward, world frame; zero where nothing is hit. None unless asked for.
        part: (H, W) int32, 1 + the joint that weighs most where a person is seen, else 0. None unless asked for.
    """

    rgb: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.float32]
    semantic: npt.NDArray[np.int32]
    instance: npt.NDArray[np.int32]
    renderer: str
    normal: npt.NDArray[np.float32] | None = None
    part: npt.NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The robot touches something. `instance` as in Frame; `point` (x, y, z) and `normal` out of the other, world."""

    instance: int
    point: tuple[float, float, float]
    normal: tuple[float, float, float]
    depth: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RayHits:
    """Result of `cast_rays`: (R,) distances in metres (inf: no hit) and (R,) int32 instances (0: none)."""

    distance: FloatArray
    instance: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotState:
    """Pose and planar velocity of the robot's base: x, y metres, yaw radians, v m/s forward, w rad/s."""

    x: float
    y: float
    yaw: float
    v: float
    w: float


class SceneBackend(Protocol):
    """Physics and pictures of one world. One robot at most; people are kinematic."""

    renderer: str

    def load(self, scene: Scene) -> None:
        """Load a scene into the empty world, removing whatever was there."""

    def add_person(self, person_id: int, mesh: SkinnedMesh) -> None: ...

    def remove_person(self, person_id: int) -> None: ...

    def pose_person(self, person_id: int, joints: FloatArray) -> None:
        """Pose a person by world transforms of its joints (J, 4, 4); its capsule follows joint 0 in x, y."""

    def move_people(self, person_ids: Sequence[int], positions: FloatArray) -> None:
        """Put the capsules of people at (N, 2) metres without posing their bodies: enough where nothing is drawn."""

    def add_robot(self, urdf: Path) -> None: ...

    def place_robot(self, x: float, y: float, yaw: float) -> None:
        """Teleport the robot, at rest."""

    def drive_robot(self, v: float, w: float) -> None:
        """Set the commanded velocity: v m/s forward, w rad/s left; held until the next command."""

    def robot_state(self) -> RobotState: ...

    def step(self, dt: float) -> None:
        """Advance physics by dt seconds, in whole steps of sim_dt.

        Raises:
            ValueError: dt is not a whole multiple of sim_dt.
        """

    def contacts(self) -> tuple[Contact, ...]:
        """Return what the robot touched during the last `step`, ground excluded, sorted by instance."""

    def cast_rays(self, origins: npt.ArrayLike, directions: npt.ArrayLike, max_distance: float = 50.0) -> RayHits:
        """Cast rays, (R, 3) origins and (R, 3) directions, world frame."""

    def render(self, camera: Camera, layers: Sequence[Layer] = ()) -> Frame:
        """Draw what a camera sees; `layers` are drawn beside colour, depth and ids."""

    def render_many(self, cameras: Sequence[Camera], layers: Sequence[Layer] = ()) -> tuple[Frame, ...]:
        """Draw the same instant for several cameras, in their order; what they share is done once."""

    def close(self) -> None: ...
