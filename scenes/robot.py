"""A wheeled robot in a PyBullet world: loading, driving, measuring."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.backend import RobotState
from scenes.physics import pybullet
from scenes.scene import FloatArray

ROBOTS = Path(__file__).parents[1] / "assets" / "robots"
COURIER = ROBOTS / "courier.urdf"

TOP_SPEED, TOP_TURN = 1.0, 2.0  # m/s, rad/s
ACCELERATION, TURN_ACCELERATION = 1.0, 4.0  # m/s^2, rad/s^2
SLIP = 0.05  # m/s and rad/s by which a command may lead the measured velocity, so that a blocked robot does not spin up
WHEEL_TORQUE = 12.0  # N m per wheel

logger = logging.getLogger(__name__)


class Robot:
    """One robot loaded from a URDF.

    Two wheels on one axle, found as the only two turning joints with "wheel" in their name and an axis along y, are
    driven by velocity motors. Any other robot (skid steering, legs, none) slides without friction, the velocity
    of its base being set under the same limits; `drive` says which.
    """

    def __init__(self, client: int, urdf: Path, position: tuple[float, float, float]) -> None:
        """Load `urdf` into the world `client` at `position`, metres.

        Raises:
            FileNotFoundError: no such file.
        """
        if not urdf.is_file():
            raise FileNotFoundError(f"robot: expected a URDF file, got {urdf}; the default is {COURIER}")
        self.urdf = urdf
        self._client = client
        self.body: int = pybullet.loadURDF(
            str(urdf), position, flags=pybullet.URDF_USE_INERTIA_FROM_FILE, physicsClientId=client
        )
        joints = range(pybullet.getNumJoints(self.body, physicsClientId=client))
        info = [pybullet.getJointInfo(self.body, j, physicsClientId=client) for j in joints]
        base = pybullet.getBodyInfo(self.body, physicsClientId=client)[0].decode()
        self.links: tuple[str, ...] = (base, *(row[12].decode() for row in info))
        self._turning = [row[0] for row in info if row[2] != pybullet.JOINT_FIXED]
        dynamics = pybullet.getDynamicsInfo(self.body, -1, physicsClientId=client)
        self._inertial = _matrix(dynamics[3], dynamics[4])
        self._inertial_inverse = np.linalg.inv(self._inertial)
        self._inverse_position = tuple(self._inertial_inverse[:3, 3].tolist())
        self._inverse_forward = tuple(self._inertial_inverse[:3, 0].tolist())
        self._wheels, self._radius, self._track = self._find_wheels(info)
        lowest = min(pybullet.getAABB(self.body, j, physicsClientId=client)[0][2] for j in (-1, *joints)) - position[2]
        self._lift = -lowest if lowest < -0.02 else 0.0  # m, a base frame that does not lie on the ground
        self.drive = "wheels" if self._wheels else "base"
        pybullet.setJointMotorControlArray(
            self.body, self._turning, pybullet.VELOCITY_CONTROL, forces=[0.0] * len(self._turning),
            physicsClientId=client,
        )  # fmt: skip
        for link in (-1, *joints):
            pybullet.changeDynamics(
                self.body, link, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0,
                activationState=pybullet.ACTIVATION_STATE_DISABLE_SLEEPING, physicsClientId=client,
            )  # fmt: skip
            if self.drive == "base":
                pybullet.changeDynamics(self.body, link, lateralFriction=0.0, physicsClientId=client)
        self._command = self._setpoint = (0.0, 0.0)
        logger.debug("robot %s driven by %s", urdf.name, self.drive)

    def park(self, position: tuple[float, float, float]) -> None:
        """Put the robot aside, as new, at `position`, metres."""
        self.place(0.0, 0.0, 0.0)
        pybullet.resetBasePositionAndOrientation(
            self.body, position, (0.0, 0.0, 0.0, 1.0), physicsClientId=self._client
        )

    def place(self, x: float, y: float, yaw: float) -> None:
        """Teleport to (x, y) metres and `yaw` radians, at rest on the ground."""
        pose = np.eye(4)
        pose[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
        pose[:3, 3] = x, y, self._lift
        pose = pose @ self._inertial
        pybullet.resetBasePositionAndOrientation(self.body, *split_pose(pose), physicsClientId=self._client)
        pybullet.resetBaseVelocity(self.body, [0.0] * 3, [0.0] * 3, physicsClientId=self._client)
        for joint in self._turning:
            pybullet.resetJointState(self.body, joint, 0.0, 0.0, physicsClientId=self._client)
        self._command = self._setpoint = (0.0, 0.0)

    def command(self, v: float, w: float) -> None:
        """Hold the velocity (v m/s forward, w rad/s left), cut to the robot's limits, from the next step on."""
        self._command = (min(max(float(v), -TOP_SPEED), TOP_SPEED), min(max(float(w), -TOP_TURN), TOP_TURN))

    def act(self, dt: float) -> None:
        """Set the motors for the next physics step of `dt` seconds; velocities ramp at limited accelerations."""
        state = self.state()
        v = _ramp(self._setpoint[0], self._command[0], state.v, ACCELERATION * dt)
        w = _ramp(self._setpoint[1], self._command[1], state.w, TURN_ACCELERATION * dt)
        self._setpoint = (v, w)
        if self._wheels:
            half = 0.5 * self._track * w
            pybullet.setJointMotorControlArray(
                self.body, self._wheels, pybullet.VELOCITY_CONTROL,
                targetVelocities=[(v - half) / self._radius, (v + half) / self._radius],
                forces=[WHEEL_TORQUE] * 2, physicsClientId=self._client,
            )  # fmt: skip
            return
        linear, angular = pybullet.getBaseVelocity(self.body, physicsClientId=self._client)
        velocity = [v * np.cos(state.yaw), v * np.sin(state.yaw), linear[2]]
        pybullet.resetBaseVelocity(self.body, velocity, [*angular[:2], w], physicsClientId=self._client)

    def state(self) -> RobotState:
        """Return the pose and velocity of the base frame, as measured."""
        (x, y, _), orientation = pybullet.getBasePositionAndOrientation(self.body, physicsClientId=self._client)
        linear, angular = pybullet.getBaseVelocity(self.body, physicsClientId=self._client)
        r = pybullet.getMatrixFromQuaternion(orientation)
        i, j, k = self._inverse_position
        arm = (r[0] * i + r[1] * j + r[2] * k, r[3] * i + r[4] * j + r[5] * k, r[6] * i + r[7] * j + r[8] * k)
        (a, b, c) = self._inverse_forward
        yaw = math.atan2(r[3] * a + r[4] * b + r[5] * c, r[0] * a + r[1] * b + r[2] * c)
        vx = linear[0] + angular[1] * arm[2] - angular[2] * arm[1]  # from the centre of mass, as Bullet gives it
        vy = linear[1] + angular[2] * arm[0] - angular[0] * arm[2]
        v = vx * math.cos(yaw) + vy * math.sin(yaw)
        return RobotState(x=x + arm[0], y=y + arm[1], yaw=yaw, v=v, w=angular[2])

    def link_poses(self) -> dict[str, FloatArray]:
        """Return the (4, 4) pose of each link's frame, link to world."""
        poses = {self.links[0]: self._base()}
        if len(self.links) > 1:
            states = pybullet.getLinkStates(
                self.body, list(range(len(self.links) - 1)), computeForwardKinematics=1, physicsClientId=self._client
            )
            poses |= {name: _matrix(row[4], row[5]) for name, row in zip(self.links[1:], states, strict=True)}
        return poses

    def remove(self) -> None:
        """Take the robot out of its world."""
        pybullet.removeBody(self.body, physicsClientId=self._client)

    def _base(self) -> FloatArray:
        position, orientation = pybullet.getBasePositionAndOrientation(self.body, physicsClientId=self._client)
        return _matrix(position, orientation) @ self._inertial_inverse

    def _find_wheels(self, info: list[tuple]) -> tuple[list[int], float, float]:  # type: ignore[type-arg]
        """Return (joints left and right, radius, track) of a differential drive, or ([], 0, 0)."""
        found = [row for row in info if row[2] == pybullet.JOINT_REVOLUTE and b"wheel" in row[1].lower()]
        if len(found) != 2 or any(abs(row[13][1]) < 0.99 for row in found):
            return [], 0.0, 0.0
        poses = self.link_poses()
        right, left = sorted(found, key=lambda row: poses[row[12].decode()][1, 3])
        y_left, y_right = (poses[row[12].decode()][1, 3] for row in (left, right))
        shapes = pybullet.getCollisionShapeData(self.body, left[0], physicsClientId=self._client)
        if not shapes or y_left - y_right < 0.01 or any(row[13][1] < 0 for row in found):
            return [], 0.0, 0.0
        kind, size = shapes[0][2], shapes[0][3]
        radius = size[0] if kind == pybullet.GEOM_SPHERE else size[1]
        return [left[0], right[0]], float(radius), float(y_left - y_right)


def _ramp(setpoint: float, command: float, measured: float, change: float) -> float:
    """Move `setpoint` towards `command` by at most `change`, and keep it near what was `measured`."""
    moved = setpoint + min(max(command - setpoint, -change), change)
    return min(max(moved, measured - SLIP - change), measured + SLIP + change)


def split_pose(pose: FloatArray) -> tuple[list[float], list[float]]:
    """Return position and quaternion (x, y, z, w) of a (4, 4) transform, as PyBullet takes them."""
    return pose[:3, 3].tolist(), Rotation.from_matrix(pose[:3, :3]).as_quat().tolist()


def _matrix(position: tuple[float, ...], orientation: tuple[float, ...]) -> FloatArray:
    """Return the (4, 4) transform of a position and a quaternion (x, y, z, w)."""
    pose = np.eye(4)
    pose[:3, :3] = np.reshape(pybullet.getMatrixFromQuaternion(orientation), (3, 3))
    pose[:3, 3] = position
    return pose
