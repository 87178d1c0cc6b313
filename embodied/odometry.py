"""Where a robot thinks it is: dead reckoning that drifts.

Chong and Kleeman, Accurate Odometry and Error Modelling for a Mobile Robot, ICRA 1997: the variance of what is measured
grows in proportion to the distance travelled, so that the error does not depend on how finely the way is cut. They
state it for the two wheels; we state it for the way and the heading, and let turning on the spot add to the heading.
"""

from __future__ import annotations

import math

from embodied.config import RobotConfig
from embodied.drive import wrap
from embodied.seeding import stream
from scenes.backend import RobotState

Pose = tuple[float, float, float]


def relative_pose(pose: Pose, origin: Pose) -> Pose:
    """Return a pose (x, y, yaw) in the frame of another one, both in one frame; metres and radians."""
    dx, dy = pose[0] - origin[0], pose[1] - origin[1]
    c, s = math.cos(origin[2]), math.sin(origin[2])
    return c * dx + s * dy, -s * dx + c * dy, wrap(pose[2] - origin[2])


def compose_pose(origin: Pose, step: Pose) -> Pose:
    """Return the pose that is reached by `step`, which is given in the frame of `origin`."""
    c, s = math.cos(origin[2]), math.sin(origin[2])
    return origin[0] + c * step[0] - s * step[1], origin[1] + s * step[0] + c * step[1], wrap(origin[2] + step[2])


def to_polar(point: tuple[float, float], pose: Pose) -> tuple[float, float]:
    """Return distance (metres) and bearing (radians, left positive) of a point seen from a pose in the same frame."""
    x, y, _ = relative_pose((*point, 0.0), pose)
    return math.hypot(x, y), math.atan2(y, x)


class Odometry:
    """The pose of a robot in the frame of its start, as summed up from one reading to the next."""

    def __init__(self, robot: RobotConfig, start: Pose, seed: int) -> None:
        """Begin at `start` (world); `seed` is the episode's."""
        self._way, self._yaw, self._turn = (
            robot.odometry_way_noise, robot.odometry_yaw_noise, robot.odometry_turn_noise,
        )  # fmt: skip
        self._start, self._seed = start, seed
        self._true: Pose = start
        self._believed: Pose = (0.0, 0.0, 0.0)

    def read(self, state: RobotState, step: int) -> Pose:
        """Return (x, y, yaw) by odometry, metres and radians, start frame, at a control step.

        A second reading at the same place is the same.
        """
        pose = (state.x, state.y, state.yaw)
        if not (self._way or self._yaw or self._turn):
            return relative_pose(pose, self._start)
        x, y, turned = relative_pose(pose, self._true)
        gone = math.hypot(x, y)
        if gone > 0.0 or turned != 0.0:
            along, aside = stream(self._seed, "sensors", step, 1).standard_normal(2).tolist()
            stretch = 1.0 + self._way * along / math.sqrt(gone) if gone > 0.0 else 1.0
            drift = math.sqrt(self._yaw**2 * gone + self._turn**2 * abs(turned)) * aside
            believed = compose_pose(self._believed, (0.0, 0.0, 0.5 * drift))
            self._believed = compose_pose(believed, (stretch * x, stretch * y, turned + 0.5 * drift))
            self._true = pose
        return self._believed
