"""Contract of `crowd`: who comes, when, from where to where, and how they walk (2-D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrowdTrajectory:
    """A recording of pedestrians.

    Attributes:
        times: (T,) seconds.
        person_ids: (N,) int64, unique.
        positions: (T, N, 2) float64, metres; NaN where absent.
        valid: (T, N) bool, True where present.
    """

    times: FloatArray
    person_ids: npt.NDArray[np.int64]
    positions: FloatArray
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One pedestrian that is to come.

    Attributes:
        time: seconds; 0 or less: there from the start; inf: not before it is ordered to enter.
        origin, goal: (x, y) metres; a goal of None means that the person stays at the origin.
        yaw: where a person who stays faces, radians.
        desired_speed: m/s. radius: metres, of the body seen from above.
        group: people of one group walk side by side and share origin, goal and time; -1: alone.
    """

    person_id: int
    time: float
    origin: tuple[float, float]
    goal: tuple[float, float] | None
    desired_speed: float = 1.3
    radius: float = 0.25
    group: int = -1
    yaw: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Others:
    """Robots and anybody else that pedestrians must mind: (M, 2) m, (M, 2) m/s, (M,) m."""

    positions: FloatArray
    velocities: FloatArray
    radii: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a mind wants of a pedestrian.

    `go` to `target`, `hold` (stop here), `follow`, walk a `path` and then its own way again, or `resume` its own way.
    What its own way is changes by `settle` (to `target`, to stay there), `leave` (to `target`, to be gone there) and
    `enter` (of who is not there: come in at `target`, as soon as there is room, and stay).

    Attributes:
        target: (x, y) metres, where to go.
        speed: m/s that it likes to walk from now on, None: as before.
        person: whom to follow, an id of somebody who is there; None: the robot, the first of `Others`.
        path: (K, 2) metres, where to be 0.1 s from now, 0.2 s, and so on, as near as walls and others let it.
    """

    kind: Literal["go", "hold", "follow", "path", "resume", "settle", "leave", "enter"]
    target: tuple[float, float] | None = None
    speed: float | None = None
    person: int | None = None
    path: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrowdState:
    """Everybody present after a step, sorted by id.

    Attributes:
        person_ids: (N,) int64. positions: (N, 2) metres. velocities: (N, 2) m/s.
        radii: (N,) metres. groups: (N,) int32, -1 alone. goals: (N, 2) metres, NaN where there is none.
        activities: (N,) words: "walk", "stand", "hold", "replay" (walks or stands as recorded).
        yaws: (N,) radians, the way a standing person faces and a walking one heads.
    """

    person_ids: npt.NDArray[np.int64]
    positions: FloatArray
    velocities: FloatArray
    yaws: FloatArray
    radii: FloatArray
    groups: npt.NDArray[np.int32]
    goals: FloatArray
    activities: tuple[str, ...]


class CrowdModel(Protocol):
    """Steps pedestrians. Orders stand until replaced; unknown or absent ids in `orders` raise KeyError, but to enter.

    Who replays a recording ignores a `path`.
    """

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState: ...

    def step(self, dt: float, others: Others, orders: Mapping[int, Order]) -> CrowdState: ...
