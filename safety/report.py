"""Contract of `safety`: per-item values of what was unsafe or impolite, from plain arrays alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
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

    Raises:
        ValueError: a shape does not fit, times do not rise, or the robot is somewhere not finite.
    """

    times: FloatArray
    robot: FloatArray
    robot_radius: float
    people: FloatArray
    people_radii: FloatArray
    contacts: BoolArray
    robot_yaw: FloatArray | None = None
    people_yaw: FloatArray | None = None
    groups: IntArray | None = None
    goal: FloatArray | None = None
    clearance: FloatArray | None = None
    people_goals: FloatArray | None = None

    def __post_init__(self) -> None:
        steps, people = len(self.times), len(self.people_radii)
        shapes = {
            "times": (steps,), "robot": (steps, 2), "people": (steps, people, 2), "people_radii": (people,),
            "contacts": (steps, people), "robot_yaw": (steps,), "people_yaw": (steps, people), "groups": (people,),
            "goal": (2,), "clearance": (steps,), "people_goals": (people, 2),
        }  # fmt: skip
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise ValueError(
                    f"{name}: expected {shape} for {steps} times and {people} radii of people, got {value.shape};"
                    " give time first, then people, then components"
                )
        if not np.all(np.diff(self.times) > 0):
            raise ValueError("times: expected rising seconds, got some that are not; sort samples and drop doubles")
        if not np.all(np.isfinite(self.robot)):
            raise ValueError("robot: expected a place in every sample, got one that is not finite; leave it out")


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
