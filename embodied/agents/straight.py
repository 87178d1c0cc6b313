"""Drives straight ahead for the told distance, and waits while something is close before it."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.instruction import read_distance
from embodied.drive import wrap
from embodied.episode import Action, Observation, Perception, RobotSpec

CLEAR = 0.8  # m, nearer things ahead make it wait
HEIGHTS = (0.1, 1.6)  # m above ground


class Straight:
    """Follows the line of its start, by odometry; looks only straight ahead."""

    perception: Perception = "rgb"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Take the body."""
        self.robot = robot

    def act(self, observation: Observation) -> Action:
        """Return the next action."""
        x, _, yaw = observation.pose
        distance = read_distance(observation.instruction)
        if distance is None:
            raise ValueError(
                f'instruction: expected a distance ("Go straight ahead for 10 metres."), got '
                f"{observation.instruction!r}; use another agent for it"
            )
        if x >= distance - 0.5 * self.robot.forward:
            return Action(kind="stop")
        off = wrap(-yaw)
        if abs(off) > 0.6 * self.robot.turn:
            return Action(kind="left" if off > 0 else "right")
        if observation.depth is not None and self.room(observation.depth) < CLEAR:
            return Action(kind="wait")
        return Action(kind="forward")

    def room(self, depth: np.ndarray) -> float:
        """Return metres from the front of the robot to the nearest thing in its lane, of depth (H, W)."""
        height, width = depth.shape
        focal = 0.5 * height / math.tan(0.5 * self.robot.fov)
        right = (np.arange(width) + 0.5 - width / 2)[None, :] / focal
        down = (np.arange(height) + 0.5 - height / 2)[:, None] / focal
        sin, cos = math.sin(self.robot.camera_pitch), math.cos(self.robot.camera_pitch)
        up = self.robot.camera_height - depth * (sin + down * cos)
        lane = (np.abs(right * depth) < self.robot.radius + 0.1) & (up > HEIGHTS[0]) & (up < HEIGHTS[1])
        ahead = depth * (cos - down * sin) + self.robot.camera_forward - self.robot.radius
        return float(np.min(ahead, where=lane, initial=np.inf))
