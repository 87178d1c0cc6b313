"""What a robot perceives when nothing is drawn: a laser scan, and the people and labelled things in its view.

It stands for a scanner and a detector beside the camera: the same field of view, the same rules of what is hidden and
what is large enough to be read as for pictures (`embodied.senses`), at a small part of their cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from embodied.config import RobotConfig
from embodied.episode import Detection, FloatArray, Scan
from embodied.senses import LEGIBLE_PIXELS, NAMEABLE_PIXELS, NOTHING, label_table, robot_camera
from scenes.backend import RobotState, SceneBackend
from scenes.lidar import Lidar
from scenes.scene import PERSON_INSTANCE_BASE, Scene

BEAMS = 128  # of a scan, across the camera's horizontal field of view
REACH = 20.0  # m
SAMPLES = 24  # points on a labelled thing that are looked at
FAR = 45.0  # m, where things are still looked for
FEWEST_PIXELS = 4  # of a thing that is noticed at all
BEHIND = 0.03  # m by which what hides a point must be nearer
SKIN = 0.02  # m off a surface, where a point of it is looked at


class Sight:
    """The detector of a scene: what can be read or named in it, sampled once.

    Attributes:
        signs, things: what is written, and what is named, by instance.
    """

    def __init__(self, scene: Scene, robot: RobotConfig, named: Mapping[int, str] = NOTHING) -> None:
        """Sample what has a label; `named`: names of further things, by instance."""
        self.lidar = Lidar(scene)
        self._robot = robot
        self.signs, self.things = label_table(scene, named)
        labels = self.things | self.signs
        spots, normals, shares, owners = [], [], [], []
        for instance in labels:
            points, towards, area = _sample(scene, instance)
            spots.append(points)
            normals.append(towards)
            shares.append(area)
            owners.append(np.full(len(points), instance))
        self._labels = labels
        self._spots = np.concatenate([np.zeros((0, 3)), *spots])
        self._normals = np.concatenate([np.zeros((0, 3)), *normals])
        self._shares = np.concatenate([np.zeros(0), *shares])
        self._owners = np.concatenate([np.zeros(0, dtype=np.int64), *owners])

    def scan(self, state: RobotState, people: FloatArray, radii: FloatArray) -> Scan:
        """Return what the scanner measures; `people` (N, 2) metres, world, and their `radii` (N,)."""
        robot = self._robot
        half = math.atan(math.tan(robot.fov / 2) * robot.width / robot.height)
        bearings = np.linspace(half, -half, BEAMS)
        eye = (
            state.x + robot.camera_forward * math.cos(state.yaw),
            state.y + robot.camera_forward * math.sin(state.yaw),
        )
        ranges, who = self.lidar.scan(eye, bearings + state.yaw, REACH, people, radii)
        return Scan(bearings=bearings, ranges=ranges, human=who >= 0)

    def detect(
        self,
        backend: SceneBackend,
        state: RobotState,
        person_ids: npt.NDArray[np.int64],
        positions: FloatArray,
        seen: npt.NDArray[np.bool_],
    ) -> tuple[Detection, ...]:
        """Return who and what is in view, people first.

        Args:
            backend: casts the rays by which a thing is hidden or not.
            state: of the robot.
            person_ids, positions, seen: (N,), (N, 2) metres, world, and (N,) who is in view.
        """
        c, s = math.cos(state.yaw), math.sin(state.yaw)
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        base = np.array([state.x, state.y, 0.0])
        found = [
            Detection(
                instance=PERSON_INSTANCE_BASE + int(person_ids[k]),
                label="",
                human=True,
                points=np.array([[*(turn[:2, :2] @ (positions[k] - base[:2])), 1.0]]),
                pixels=NAMEABLE_PIXELS,
            )
            for k in np.flatnonzero(seen)
        ]
        for instance, points, pixels, legible in self._look(backend, state):
            label = self._labels[instance] if legible else ""
            found.append(
                Detection(instance=instance, label=label, human=False, points=(points - base) @ turn.T, pixels=pixels)
            )
        return tuple(found)

    def _look(self, backend: SceneBackend, state: RobotState) -> list[tuple[int, FloatArray, int, bool]]:
        """Return instance, seen points (K, 3) world, pixels and legibility of each labelled thing in view."""
        camera = robot_camera(state, self._robot)
        focal = 0.5 * camera.height / math.tan(0.5 * camera.fov)
        eye = camera.pose[:3, 3]
        to = self._spots - eye
        local = to @ camera.pose[:3, :3]
        deep = np.maximum(local[:, 2], 1e-6)
        facing = -(to * self._normals).sum(axis=1) / np.maximum(np.linalg.norm(to, axis=1), 1e-6)
        across, down = focal * local[:, 0] / deep, focal * local[:, 1] / deep
        inside = (np.abs(across) < camera.width / 2) & (np.abs(down) < camera.height / 2)
        inside &= (local[:, 2] > camera.near) & (local[:, 2] < FAR) & (facing > 0.02)
        pixels = self._shares * facing * (focal / deep) ** 2
        promise = np.bincount(self._owners[inside], weights=pixels[inside], minlength=1)
        picked = np.flatnonzero(inside)
        picked = picked[promise[self._owners[picked]] >= FEWEST_PIXELS]
        if not len(picked):
            return []
        aims = self._spots[picked] + SKIN * self._normals[picked] - eye
        hits = backend.cast_rays(np.broadcast_to(eye, aims.shape), aims, max_distance=1.5 * FAR)
        free = (hits.distance > np.linalg.norm(aims, axis=1) - BEHIND) | (hits.instance == self._owners[picked])
        picked = picked[free]
        found = []
        for instance in np.unique(self._owners[picked]).tolist():
            mine = picked[self._owners[picked] == instance]
            count = int(pixels[mine].sum())
            if count < FEWEST_PIXELS:
                continue
            if instance in self.signs:
                piece = math.sqrt(pixels[mine].mean())  # each point stands for ground around it
                size = min(np.ptp(across[mine]), np.ptp(down[mine])) + piece
                legible = count >= LEGIBLE_PIXELS**2 // 2 and size >= LEGIBLE_PIXELS
            else:
                legible = count >= NAMEABLE_PIXELS
            found.append((instance, self._spots[mine], count, legible))
        return found


def _sample(scene: Scene, instance: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return points (K, 3), normals (K, 3) and the area (K,) that each stands for, spread over a thing's surface."""
    triangles = np.concatenate(
        [
            (item.mesh.vertices.astype(np.float64) @ item.pose[:3, :3].T + item.pose[:3, 3])[item.mesh.faces]
            for item in scene.objects
            if item.instance == instance
        ]
        or [np.zeros((0, 3, 3))]
    )
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    areas = 0.5 * np.linalg.norm(normals, axis=1)
    keep = areas > 1e-6
    triangles, normals, areas = triangles[keep], normals[keep], areas[keep]
    if not len(triangles):
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    normals /= 2.0 * areas[:, None]
    # Systematic sampling over the area, at points of a triangle that fill it evenly (the R2 sequence, Roberts 2018).
    total = areas.sum()
    marks = (np.arange(SAMPLES) + 0.5) / SAMPLES * total
    which = np.searchsorted(np.cumsum(areas), marks).clip(0, len(areas) - 1)
    u, v = np.modf(np.outer(np.arange(1, SAMPLES + 1), (0.7548776662, 0.5698402910)))[0].T
    fold = u + v > 1.0
    u, v = np.where(fold, 1.0 - u, u), np.where(fold, 1.0 - v, v)
    a, b, c = triangles[which].transpose(1, 0, 2)
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return points, normals[which], np.full(SAMPLES, total / SAMPLES)
