"""From discrete actions to wheel commands: a trapezoid profile towards a set-point that actions move on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scenes.backend import RobotState


def wrap(angle: float) -> float:
    """Return the angle in (-pi, pi]."""
    return -((math.pi - angle) % (2 * math.pi) - math.pi)


@dataclass(slots=True)
class Drive:
    """Follows a set-point (x, y, yaw) that each action moves by its step.

    Consecutive `forward` actions flow into one another: an action is done once the robot could still stop at the
    set-point, so the robot keeps its speed, and yet ends exactly there if the next action is another.
    """

    max_speed: float
    max_turn_rate: float
    acceleration: float
    turn_acceleration: float
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    v: float = 0.0
    w: float = 0.0

    def place(self, state: RobotState) -> None:
        """Put the set-point where the robot is."""
        self.x, self.y, self.yaw, self.v, self.w = state.x, state.y, state.yaw, 0.0, 0.0

    def advance(self, distance: float, turn: float) -> None:
        """Move the set-point by `distance` metres ahead and `turn` radians to the left."""
        self.x += distance * math.cos(self.yaw)
        self.y += distance * math.sin(self.yaw)
        self.yaw = wrap(self.yaw + turn)

    def remaining(self, state: RobotState) -> tuple[float, float]:
        """Return how far the set-point is: metres along its heading, radians to the left."""
        ahead = (self.x - state.x) * math.cos(self.yaw) + (self.y - state.y) * math.sin(self.yaw)
        return ahead, wrap(self.yaw - state.yaw)

    def command(self, state: RobotState, dt: float) -> tuple[float, float]:
        """Return the velocity (v m/s, w rad/s) for the next `dt` seconds."""
        ahead, turn = self.remaining(state)
        aligned = abs(turn) < math.radians(25)  # while turning on the spot, the position waits
        self.v = self._approach(self.v, ahead if aligned else 0.0, self.max_speed, self.acceleration, dt)
        if aligned and abs(ahead) > 0.1:  # steer back onto the line through the set-point
            left = -(self.x - state.x) * math.sin(self.yaw) + (self.y - state.y) * math.cos(self.yaw)
            turn += max(-0.3, min(0.3, 1.5 * left)) * math.copysign(1.0, ahead)
        self.w = self._approach(self.w, turn, self.max_turn_rate, self.turn_acceleration, dt)
        return self.v, self.w

    @staticmethod
    def _approach(speed: float, distance: float, limit: float, acceleration: float, dt: float) -> float:
        """Return the next speed of a profile that ends at rest after `distance`."""
        wish = math.copysign(min(limit, math.sqrt(2 * acceleration * abs(distance)), abs(distance) / dt), distance)
        return max(speed - 2 * acceleration * dt, min(speed + acceleration * dt, wish))

    def could_stop(self, state: RobotState) -> bool:
        """Return whether no more than the braking way is left to the set-point (2 mm, 0.3 degrees besides)."""
        ahead, turn = self.remaining(state)
        return (
            ahead <= self.v * self.v / (2 * self.acceleration) + 0.002
            and abs(turn) <= self.w * self.w / (2 * self.turn_acceleration) + 0.005
        )

    def at_rest(self, state: RobotState) -> bool:
        """Return whether the robot stands at the set-point."""
        ahead, turn = self.remaining(state)
        return abs(self.v) < 0.02 and abs(self.w) < 0.03 and abs(ahead) < 0.03 and abs(turn) < 0.03
