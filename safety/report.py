"""Contract of `safety`: per-item values of what was unsafe or impolite, from plain arrays alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """A robot and people over one episode.

    Attributes:
        times: (T,) seconds.
        robot: (T, 2) metres, centre. robot_radius: metres.
        people: (T, N, 2) metres, NaN where absent. people_radii: (N,) metres.
        contacts: (T, N) bool, the physics engine reported a touch of robot and person in that step.
        robot_yaw: (T,) radians, counter-clockwise from +x; None where unknown.
        people_yaw: (T, N) radians, NaN where absent; None where unknown.
        groups: (N,) int, people with one number belong together, -1 for a person alone; None where unknown.
        goal: (2,) metres, where the robot is going; None where it has no goal or it is unknown.
        clearance: (T,) metres from the robot's surface to the nearest static obstacle, NaN or None where unknown.
        people_goals: (N, 2) metres, where each person is going, NaN or None where unknown.
    """

    times: FloatArray
    robot: FloatArray
    robot_radius: float
    people: FloatArray
    people_radii: FloatArray
    contacts: npt.NDArray[np.bool_]
    robot_yaw: FloatArray | None = None
    people_yaw: FloatArray | None = None
    groups: IntArray | None = None
    goal: FloatArray | None = None
    clearance: FloatArray | None = None
    people_goals: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyReport:
    """What one episode did to people.

    Attributes:
        min_distance: metres, surface to surface, smallest over the episode; inf without people.
        human_collisions: number of contact events (separate touches of one person, 0.5 s debounce).
        collided: whether there was any.
        personal_space: share of time with a person nearer than 1.2 m, surface to surface (Hall 1966).
    """

    min_distance: float
    human_collisions: int
    collided: bool
    personal_space: float


class Measure(Protocol):
    """A metric of one episode."""

    def __call__(self, tracks: Tracks) -> float: ...
