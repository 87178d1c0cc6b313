"""Where a robot will come to rest: actions flow into one another, the next is chosen before the last is done."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from embodied.drive import wrap
from embodied.episode import Action, Observation, RobotSpec

LARGEST = 1.0  # m between the robot and its set-point; more means that it has been pushed


@dataclass(slots=True)
class Setpoint:
    """Sums up the actions since the robot last stood still by an obstacle; start frame."""

    robot: RobotSpec
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0

    def settle(self, observation: Observation) -> Observation:
        """Return the observation with the pose at which the robot will come to rest."""
        x, y, yaw = observation.pose
        if observation.collided or math.hypot(x - self.x, y - self.y) > LARGEST:
            self.x, self.y, self.yaw = x, y, yaw
        return replace(observation, pose=(self.x, self.y, self.yaw))

    def command(self, action: Action) -> Action:
        """Take note of an action, and return it."""
        if action.kind == "forward":
            self.x += self.robot.forward * math.cos(self.yaw)
            self.y += self.robot.forward * math.sin(self.yaw)
        elif action.kind in ("left", "right"):
            self.yaw = wrap(self.yaw + (self.robot.turn if action.kind == "left" else -self.robot.turn))
        return action
