"""A camera that follows the robot: behind it, above it, never inside a wall."""

from __future__ import annotations

import math

import numpy as np

from scenes.backend import Camera, RobotState, SceneBackend
from scenes.scene import PERSON_INSTANCE_BASE, ROBOT_INSTANCE, FloatArray

DISTANCE = 4.2  # m from the robot, when nothing is in the way
ENOUGH = 3.0  # m; with less room behind, look from higher up
ELEVATIONS = np.radians([24.0, 40.0, 56.0, 72.0])
MARGIN = 0.35  # m kept from what the view ray hits
TURN_TIME, LIFT_TIME, RETREAT_TIME = 0.8, 0.6, 1.0  # s, time constants of turning, rising and moving away
PIVOT_HEIGHT, AHEAD = 1.3, 1.2  # m, above the robot; how far before it the camera looks


class FollowCamera:
    """Smooth in time; it comes closer at once when something gets between it and the robot."""

    def __init__(self, backend: SceneBackend, *, width: int, height: int, fov: float = math.radians(58)) -> None:
        self._backend, self._width, self._height, self._fov = backend, width, height, fov
        self._yaw: float | None = None
        self._elevation, self._distance = float(ELEVATIONS[0]), DISTANCE

    def follow(self, robot: RobotState, dt: float) -> Camera:
        """Return the camera for the robot's pose, `dt` seconds after the last one."""
        first = self._yaw is None
        yaw = robot.yaw if self._yaw is None else self._yaw
        off = math.remainder(robot.yaw - yaw, 2 * math.pi)
        self._yaw = yaw = yaw + off * _share(dt, TURN_TIME)
        pivot = np.array([robot.x, robot.y, PIVOT_HEIGHT])

        room = self._room(pivot, _back(yaw, ELEVATIONS))
        wish = float(ELEVATIONS[np.argmax(room >= ENOUGH) if np.any(room >= ENOUGH) else np.argmax(room)])
        self._elevation += (wish - self._elevation) * (1.0 if first else _share(dt, LIFT_TIME))
        back = _back(yaw, np.array([self._elevation]))
        free = min(DISTANCE, float(self._room(pivot, back)[0]))
        retreat = self._distance + (free - self._distance) * _share(dt, RETREAT_TIME)
        self._distance = free if first else min(free, retreat)

        target = np.array([robot.x + AHEAD * math.cos(yaw), robot.y + AHEAD * math.sin(yaw), 0.9])
        eye = pivot + back[0] * self._distance
        return Camera.look_at(eye, target, width=self._width, height=self._height, fov=self._fov)

    def _room(self, pivot: FloatArray, ways: FloatArray) -> FloatArray:
        """Return (R,) metres from `pivot` along unit vectors (R, 3) to the first wall, through people and robot."""
        free = np.full(len(ways), np.inf)
        passed = np.zeros(len(ways))
        for _ in range(4):
            hits = self._backend.cast_rays(pivot + ways * passed[:, None], ways, max_distance=DISTANCE + 1.0)
            body = (hits.instance >= PERSON_INSTANCE_BASE) | (hits.instance == ROBOT_INSTANCE)
            free = np.where(body, np.inf, passed + hits.distance)
            if not np.any(body):
                break
            passed = np.where(body, passed + hits.distance + 0.6, passed)  # m, through a body
        room: FloatArray = np.maximum(np.minimum(free, DISTANCE + MARGIN) - MARGIN, 0.4)
        return room


def _share(dt: float, constant: float) -> float:
    return 1.0 - math.exp(-dt / constant)


def _back(yaw: float, elevation: FloatArray) -> FloatArray:
    """Return (R, 3) unit vectors from the robot back and up."""
    level = -np.cos(elevation)
    return np.stack([level * math.cos(yaw), level * math.sin(yaw), np.sin(elevation)], axis=1)
