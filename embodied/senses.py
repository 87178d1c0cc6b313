"""What the robot senses: its camera, whom it sees, what it can read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from embodied.config import CameraConfig, RobotConfig
from embodied.depth_noise import add_depth_noise
from embodied.episode import RobotSpec, View
from embodied.seeding import stream
from scenes.backend import Camera, Frame, Layer, RobotState, SceneBackend
from scenes.optics import Lens, add_noise
from scenes.scene import PERSON_INSTANCE_BASE, FloatArray, Scene

LEGIBLE_PIXELS = 8  # a sign can be read when it is this high and this wide in the picture
NAMEABLE_PIXELS = 60  # a thing can be named when it covers this many
SIGHT = 30.0  # m, how far people are noticed
NOTHING: Mapping[int, str] = MappingProxyType({})


def robot_spec(
    robot: RobotConfig, *, ask_distance: float, success_radius: float, max_time: float, max_asks: int | None = None
) -> RobotSpec:
    """Return what an agent may know of its robot and task.

    Raises:
        ValueError: the cameras of the rig do not have different plain names.
    """
    names = [camera.name for camera in robot.rig]
    if len(set(names)) < len(names) or not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
        raise ValueError(
            f"robot.rig: expected different names of small letters, digits and _, got {names}; name each camera"
        )
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
        rig=tuple(robot.rig),
    )


def robot_camera(state: RobotState, robot: RobotConfig) -> Camera:
    """Return the robot's camera at a base pose."""
    own = CameraConfig(
        forward=robot.camera_forward, up=robot.camera_height, pitch=robot.camera_pitch, fov=robot.fov,
        width=robot.width, height=robot.height,
    )  # fmt: skip
    return rig_camera(state, own)


def rig_camera(state: RobotState, mount: CameraConfig) -> Camera:
    """Return a camera that is mounted on the robot, at a base pose."""
    c, s = math.cos(state.yaw), math.sin(state.yaw)
    eye = np.array(
        [
            state.x + mount.forward * c - mount.left * s,
            state.y + mount.forward * s + mount.left * c,
            mount.up,
        ]
    )
    down, level, yaw = math.sin(mount.pitch), math.cos(mount.pitch), state.yaw + mount.yaw
    ahead = np.array([level * math.cos(yaw), level * math.sin(yaw), -down])
    return Camera.look_at(eye, eye + ahead, width=mount.width, height=mount.height, fov=mount.fov)


def take_picture(
    backend: SceneBackend, state: RobotState, robot: RobotConfig, rng: np.random.Generator, layers: Sequence[Layer] = ()
) -> Frame:
    """Return what the robot's camera gives: through its lens, with the noise of its sensor, `layers` without.

    Raises:
        ValueError: `robot.distortion` is none that a lens can have.
    """
    if len(robot.distortion) != 5:
        raise ValueError(f"robot.distortion: expected [k1, k2, p1, p2, k3], got {len(robot.distortion)} numbers")
    k1, k2, p1, p2, k3 = robot.distortion
    frame = Lens(distortion=(k1, k2, p1, p2, k3)).render(backend, robot_camera(state, robot), layers)
    if robot.read_noise or robot.shot_noise:
        frame = replace(frame, rgb=add_noise(frame.rgb, rng, read=robot.read_noise, shot=robot.shot_noise))
    return frame


def take_rig(backend: SceneBackend, state: RobotState, robot: RobotConfig, seed: int, step: int) -> dict[str, View]:
    """Return what the cameras of the rig give, by name, with the noise of their sensors at a control step."""
    if not robot.rig:
        return {}
    frames = backend.render_many([rig_camera(state, mount) for mount in robot.rig])
    views = {}
    for index, (mount, frame) in enumerate(zip(robot.rig, frames, strict=True)):
        rgb = frame.rgb
        if robot.read_noise or robot.shot_noise:
            noise = stream(seed, "sensors", step, 3, index)
            rgb = add_noise(rgb, noise, read=robot.read_noise, shot=robot.shot_noise)
        depth = sense_depth(frame.depth, robot, stream(seed, "sensors", step, 4, index))
        views[mount.name] = View(rgb=rgb, depth=depth)
    return views


def sense_depth(
    depth: npt.NDArray[np.float32], robot: RobotConfig, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return a depth image (H, W), metres, as the robot's sensor gives it: without noise the image itself."""
    if not (robot.depth_noise or robot.depth_axial_noise or robot.depth_dropout):
        return depth
    return add_depth_noise(
        depth, rng, relative=robot.depth_noise, axial=robot.depth_axial_noise, dropout=robot.depth_dropout
    )


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


def label_table(scene: Scene, named: Mapping[int, str] = NOTHING) -> tuple[dict[int, str], dict[int, str]]:
    """Return what can be read (capitals) and what can be named (lower case), by instance; `named`: beside landmarks."""
    signs = {thing.instance: thing.text.upper() for thing in scene.objects if thing.text}
    things = {mark.instance: mark.name for mark in scene.landmarks if mark.instance not in signs}
    things |= {instance: name for instance, name in named.items() if instance not in signs}
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
