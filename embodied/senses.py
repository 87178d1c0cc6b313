"""What the robot senses: its camera, whom it sees, what it can read."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from embodied.config import RobotConfig
from embodied.episode import RobotSpec
from scenes.backend import Camera, Frame, RobotState, SceneBackend
from scenes.optics import Lens, add_noise
from scenes.scene import PERSON_INSTANCE_BASE, FloatArray, Scene

LEGIBLE_PIXELS = 8  # a sign can be read when it is this high and this wide in the picture
NAMEABLE_PIXELS = 60  # a thing can be named when it covers this many
SIGHT = 30.0  # m, how far people are noticed


def robot_spec(
    robot: RobotConfig, *, ask_distance: float, success_radius: float, max_time: float, max_asks: int | None = None
) -> RobotSpec:
    """Return what an agent may know of its robot and task."""
    return RobotSpec(
        radius=robot.radius,
        forward=0.25,  # m, VLN-CE
        turn=math.radians(15),  # VLN-CE
        camera_height=robot.camera_height,
        camera_forward=robot.camera_forward,
        camera_pitch=robot.camera_pitch,
        fov=robot.fov,
        width=robot.width,
        height=robot.height,
        distortion=tuple(robot.distortion),
        ask_distance=ask_distance,
        success_radius=success_radius,
        max_time=max_time,
        max_asks=max_asks,
    )


def robot_camera(state: RobotState, robot: RobotConfig) -> Camera:
    """Return the robot's camera at a base pose."""
    eye = np.array(
        [
            state.x + robot.camera_forward * math.cos(state.yaw),
            state.y + robot.camera_forward * math.sin(state.yaw),
            robot.camera_height,
        ]
    )
    down = math.sin(robot.camera_pitch)
    level = math.cos(robot.camera_pitch)
    ahead = np.array([level * math.cos(state.yaw), level * math.sin(state.yaw), -down])
    return Camera.look_at(eye, eye + ahead, width=robot.width, height=robot.height, fov=robot.fov)


def take_picture(backend: SceneBackend, state: RobotState, robot: RobotConfig, rng: np.random.Generator) -> Frame:
    """Return what the robot's camera gives: through its lens, with the noise of its sensor.

    Raises:
        ValueError: `robot.distortion` is none that a lens can have.
    """
    if len(robot.distortion) != 5:
        raise ValueError(f"robot.distortion: expected [k1, k2, p1, p2, k3], got {len(robot.distortion)} numbers")
    k1, k2, p1, p2, k3 = robot.distortion
    frame = Lens(distortion=(k1, k2, p1, p2, k3)).render(backend, robot_camera(state, robot))
    if robot.read_noise or robot.shot_noise:
        frame = replace(frame, rgb=add_noise(frame.rgb, rng, read=robot.read_noise, shot=robot.shot_noise))
    return frame


def see_people(
    backend: SceneBackend, camera: Camera, person_ids: npt.NDArray[np.int64], positions: FloatArray, heights: FloatArray
) -> npt.NDArray[np.bool_]:
    """Return (N,) whether the head or the chest of each person at (N, 2) is in view and in sight of the camera."""
    seen = np.zeros(len(person_ids), dtype=np.bool_)
    if not len(person_ids):
        return seen
    eye = camera.pose[:3, 3]
    half = math.atan(math.tan(camera.fov / 2) * camera.width / camera.height)
    bearing = np.arctan2(positions[:, 1] - eye[1], positions[:, 0] - eye[0]) - math.atan2(*camera.pose[1::-1, 2])
    off = np.abs((bearing + np.pi) % (2 * np.pi) - np.pi)
    near = np.hypot(*(positions - eye[:2]).T) < SIGHT
    candidates = np.flatnonzero((off < half) & near)
    if not len(candidates):
        return seen
    targets = np.concatenate(
        [np.column_stack([positions[candidates], share * heights[candidates]]) for share in (0.9, 0.7)]
    )
    rays = targets - eye
    hits = backend.cast_rays(np.broadcast_to(eye, rays.shape), rays, max_distance=SIGHT + 1.0)
    hit = hits.instance.reshape(2, -1) == PERSON_INSTANCE_BASE + person_ids[candidates]
    seen[candidates] = hit.any(axis=0)
    return seen


def label_table(scene: Scene) -> tuple[dict[int, str], dict[int, str]]:
    """Return what can be read (capitals) and what can be named (lower case), by instance."""
    signs = {thing.instance: thing.text.upper() for thing in scene.objects if thing.text}
    things = {mark.instance: mark.name for mark in scene.landmarks if mark.instance not in signs}
    return signs, things


def read_labels(instance: npt.NDArray[np.int32], signs: dict[int, str], things: dict[int, str]) -> dict[int, str]:
    """Return the words that an instance image (H, W) lets one read or name, by instance."""
    counts = np.bincount(instance[instance < PERSON_INSTANCE_BASE].ravel())
    labels: dict[int, str] = {}
    for found in np.flatnonzero(counts).tolist():
        if found in things and counts[found] >= NAMEABLE_PIXELS:
            labels[found] = things[found]
        elif found in signs and counts[found] >= LEGIBLE_PIXELS**2 // 2:
            rows, columns = np.nonzero(instance == found)
            if min(np.ptp(rows), np.ptp(columns)) + 1 >= LEGIBLE_PIXELS:
                labels[found] = signs[found]
    return labels
