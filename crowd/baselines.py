"""Crowds that engines of others step, for comparison only: reciprocal velocity obstacles, and JuPedSim.

`Orca` is J. van den Berg, S. J. Guy, M. Lin, D. Manocha, "Reciprocal n-body collision avoidance", ISRR 2011, as its
authors' RVO2 has it (Apache-2.0, wheel `pyrvo`). `JuPedSim` is the Juelich simulator (LGPL-3.0-or-later, wheel
`jupedsim`): its anticipation velocity model (Xu et al., Transp. Res. C 133, 2021), its collision-free speed model
(Tordeux et al., TGF 2015, arXiv 1512.05597), or its social force model (Helbing et al., Nature 407, 2000). The wheels
are installed without what they declare: a graphical interface and another simulator, that steps do not need.

Both people come to where they are expected, on ground where a body has room, as those of `SocialForce` do. Where the
place is taken they try again at each step, and after PATIENCE seconds come in at the nearest place that the engine
accepts, within AROUND metres and in sight. They come in walking, and are gone within LEAVE metres of the goal, or when
they have passed it. Neither engine knows orders, groups or robots: orders are refused, groups are walkers who happen to
go the same way, and `others` are walked through. Steps are cut into the engine's own. One seed and one sequence of
steps give one crowd.
"""

from __future__ import annotations

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from crowd.arrivals import check_arrivals
from crowd.ground import Ground, clearance_of
from crowd.steering import STAND, WALK, wish
from crowd.trajectory import Arrival, CrowdState, FloatArray, Order, Others
from crowd.walking import PASSED, STILL

IntArray = npt.NDArray[np.int64]

PINS = {"pyrvo": "pyrvo==0.4.3", "jupedsim": "jupedsim==1.4.2"}  # as .ci/setup.py installs them
LEAVE = 0.3  # m from its goal a person is gone
PATIENCE, AROUND, RING = 2.0, 3.0, 0.1  # s until other places are tried; m, how far away; m between two rings of them
SUBSTEP = 0.05  # s, longest

NEIGHBOUR_REACH, NEIGHBOURS = 5.0, 10  # m, people: whom ORCA minds, as Menge's scenes have it, like the next two
HORIZON, WALL_HORIZON = 3.0, 0.15  # s ahead that ORCA avoids people and walls
TOP = 1.3  # times the desired speed, the fastest that ORCA walks, as `SocialForce`
ASIDE = 1e-3  # of the desired speed, drawn once a person, so that two who meet head-on do not mirror one another
DETAIL = 0.02  # m by which the walls of ORCA may differ from the ground's: its tree of them grows with the square
PARKED = -1e4  # m, where ORCA's places for people who have left wait to be used again: it cannot take any out

MODELS = {  # JuPedSim's class and its own step, s: the stiff contacts of the social forces need a shorter one
    "anticipation_velocity": ("AnticipationVelocityModel", SUBSTEP),
    "collision_free_v2": ("CollisionFreeSpeedModelV2", SUBSTEP),
    "social_force": ("SocialForceModel", 0.01),
}


class _Visitors(ABC):
    """Those who come, walk as an engine has them walk, and leave: all that does not depend on the engine."""

    def __init__(self, module: str) -> None:
        """Find the wheel.

        Raises:
            ValueError: it is not installed.
        """
        try:
            self._wheel: Any = importlib.import_module(module)
        except ImportError as error:
            raise ValueError(
                f"{module}: expected {PINS[module]}, which is there to compare with, got no such module ({error}); "
                f"run `make setup`, or pip install --no-deps {PINS[module]}"
            ) from error

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState:
        """Start at time 0 with those who are there from the start.

        Args:
            walkable: free ground for a point, metres.
            arrivals: whoever comes, ids unique.
            rng: of the engine.

        Raises:
            ValueError: two arrivals share an id, no way leads from an origin to its goal, or the engine refuses a
                person or the ground.
        """
        self._ground = Ground(walkable, clearance=clearance_of(arrival.radius for arrival in arrivals))
        self._arrivals = check_arrivals(arrivals, self._ground)
        self._ids = np.array([arrival.person_id for arrival in self._arrivals], np.int64)
        count = len(self._ids)
        self._times = np.array([max(0.0, arrival.time) for arrival in self._arrivals])
        self._radius = np.array([arrival.radius for arrival in self._arrivals])
        self._speed = np.array([arrival.desired_speed for arrival in self._arrivals])
        snap, nowhere = self._ground.snap, (math.nan, math.nan)
        origins = [snap(one.origin, one.radius, towards=one.goal) for one in self._arrivals]
        self._origin = np.array(origins).reshape(-1, 2)
        goals = [
            nowhere if one.goal is None else snap(one.goal, one.radius, towards=one.origin) for one in self._arrivals
        ]
        self._goal = np.array(goals).reshape(-1, 2)
        self._position, self._velocity = self._origin.copy(), np.zeros((count, 2))
        self._yaw = np.array([arrival.yaw for arrival in self._arrivals])
        self._present = np.zeros(count, np.bool_)
        self._waiting = np.argsort(self._times, kind="stable").tolist()
        self._time = 0.0
        self._open(walkable, rng)
        self._enter()
        return self._state()

    def step(self, dt: float, others: Others, orders: Mapping[int, Order]) -> CrowdState:
        """Move everybody by `dt` seconds; who has reached its goal is gone, who is due comes.

        Args:
            dt: seconds. others: ignored. orders: none.

        Raises:
            ValueError: there are orders, or the engine refuses a person who comes.
            RuntimeError: the engine cannot go on, as when JuPedSim's social forces push somebody through a wall.
        """
        if orders:
            raise ValueError(
                f"orders: expected none, as {type(self).__name__} is there to compare with and knows none, got some "
                f"for {sorted(orders)}; use SocialForce"
            )
        here = np.flatnonzero(self._present)
        self._walk(here, dt)
        self._time += dt
        walks = np.hypot(self._velocity[here, 0], self._velocity[here, 1]) > STILL
        ahead = np.arctan2(self._velocity[here, 1], self._velocity[here, 0])
        self._yaw[here] = np.where(walks, ahead, self._yaw[here])
        self._leave(here)
        self._enter()
        return self._state()

    @abstractmethod
    def _open(self, walkable: Polygon | MultiPolygon, rng: np.random.Generator) -> None:
        """Make the engine for the ground."""

    @abstractmethod
    def _admit(self, k: int, spot: tuple[float, float]) -> bool:
        """Let person `k` in at a spot, or say that there is no room."""

    @abstractmethod
    def _dismiss(self, k: int) -> None:
        """Take person `k` out."""

    @abstractmethod
    def _walk(self, here: IntArray, dt: float) -> None:
        """Move those `here`: set their positions and velocities."""

    def _leave(self, here: IntArray) -> None:
        ahead = self._goal[here] - self._position[here]  # NaN: no goal
        left = np.hypot(ahead[:, 0], ahead[:, 1])
        passed = (left < PASSED) & ((ahead * self._velocity[here]).sum(axis=1) < 0.0)
        for k in here[(left < LEAVE) | passed].tolist():
            self._present[k] = False
            self._dismiss(k)

    def _enter(self) -> None:
        due = [k for k in self._waiting if self._times[k] <= self._time + 1e-9]  # in order of time
        self._waiting = self._waiting[len(due) :]
        late = []
        for k in due:
            spot = next((spot for spot in self._spots(k) if self._admit(k, spot)), None)
            if spot is None:
                late.append(k)
                continue
            self._present[k] = True
            self._position[k], self._velocity[k] = spot, self._ahead(k, spot)
        self._waiting = late + self._waiting

    def _ahead(self, k: int, spot: tuple[float, float]) -> FloatArray:
        """Return the velocity (2,) with which person `k` comes in at a spot, m/s."""
        here, goal = np.array(spot), self._goal[k]
        if math.isnan(goal[0]):
            return np.zeros(2)
        way = (goal - here) / max(1e-9, math.dist(goal, here))
        if not self._ground.sees(here, goal):
            way = self._ground.towards(spot, (float(goal[0]), float(goal[1])))
        velocity: FloatArray = self._speed[k] * way
        return velocity

    def _spots(self, k: int) -> Iterator[tuple[float, float]]:
        """Yield where person `k` may come in: its origin, and once it has waited places around, by distance."""
        x, y = self._origin[k].tolist()
        yield x, y
        if self._time - self._times[k] < PATIENCE - 1e-9:
            return
        for radius in np.arange(RING, AROUND + 0.5 * RING, RING).tolist():
            for angle in (np.arange(16) * math.pi / 8).tolist():
                spot = x + radius * math.cos(angle), y + radius * math.sin(angle)
                if self._ground.sees(self._origin[k], np.array(spot)):
                    yield spot

    def _state(self) -> CrowdState:
        here = np.flatnonzero(self._present)
        return CrowdState(
            person_ids=self._ids[here],
            positions=self._position[here],
            velocities=self._velocity[here],
            yaws=self._yaw[here],
            radii=self._radius[here],
            groups=np.array([self._arrivals[k].group for k in here], np.int32),
            goals=self._goal[here],
            activities=tuple("stand" if self._arrivals[k].goal is None else "walk" for k in here),
        )


class Orca(_Visitors):
    """Reciprocal velocity obstacles (a `CrowdModel`): walls from the rings of the ground, ways from `Ground`.

    People would like to walk straight to the goal where they see it, else along the shortest way. RVO2 computes in
    float32, about the middle of the ground. People without a goal stand, but step aside as the others do.
    """

    def __init__(self) -> None:
        """Find the wheel.

        Raises:
            ValueError: it is not installed; the message says how to install it.
        """
        super().__init__("pyrvo")

    def _open(self, walkable: Polygon | MultiPolygon, rng: np.random.Generator) -> None:
        left, bottom, right, top = walkable.bounds
        self._middle = np.array([(left + right) / 2, (bottom + top) / 2])
        self._rvo = self._wheel.RVOSimulator(
            SUBSTEP, NEIGHBOUR_REACH, NEIGHBOURS, HORIZON, WALL_HORIZON, float(self._ground.clearance), 1.0
        )
        for part in getattr(walkable, "geoms", [walkable]):
            turned = orient(part.simplify(DETAIL), -1.0)  # the free side of a wall is to the right of it
            for ring in (turned.exterior, *turned.interiors):
                self._rvo.add_obstacle((shapely.get_coordinates(ring)[:-1] - self._middle).tolist())
        self._rvo.process_obstacles()
        self._places: dict[int, int] = {}  # of the engine, by person
        self._free: list[int] = []
        self._aside = ASIDE * self._speed[:, None] * rng.normal(size=(len(self._ids), 2))
        fields = [-1 if arrival.goal is None else self._ground.field(arrival.goal) for arrival in self._arrivals]
        self._field = np.array(fields, np.int32)

    def _admit(self, k: int, spot: tuple[float, float]) -> bool:
        bodies, radii = self._position[self._present], self._radius[self._present]
        if np.any(np.hypot(*(bodies - spot).T) < radii + self._radius[k]):
            return False
        if self._ground.wall(np.array([spot]))[0][0] < min(self._radius[k], self._ground.clearance - 0.05):
            return False
        place = self._free.pop() if self._free else self._rvo.add_agent((PARKED, PARKED))
        self._places[k] = place
        self._rvo.set_agent_position(place, (np.array(spot) - self._middle).tolist())
        self._rvo.set_agent_velocity(place, self._ahead(k, spot).tolist())
        self._rvo.set_agent_radius(place, float(self._radius[k]))
        self._rvo.set_agent_max_speed(place, TOP * float(self._speed[k]))
        self._rvo.set_agent_max_neighbors(place, NEIGHBOURS)
        return True

    def _dismiss(self, k: int) -> None:
        place = self._places.pop(k)
        self._free.append(place)
        self._rvo.set_agent_position(place, (PARKED - place, PARKED))
        self._rvo.set_agent_velocity(place, (0.0, 0.0))
        self._rvo.set_agent_pref_velocity(place, (0.0, 0.0))
        self._rvo.set_agent_max_speed(place, 0.0)
        self._rvo.set_agent_max_neighbors(place, 0)

    def _walk(self, here: IntArray, dt: float) -> None:
        substeps = max(1, math.ceil(dt / SUBSTEP - 1e-9))
        self._rvo.set_time_step(dt / substeps)
        places = [self._places[k] for k in here.tolist()]
        for _ in range(substeps):
            for place, velocity in zip(places, self._wishes(here).tolist(), strict=True):
                self._rvo.set_agent_pref_velocity(place, velocity)
            self._rvo.do_step()
            found = [self._rvo.get_agent_position(place) for place in places]
            self._position[here] = np.array([(at.x, at.y) for at in found]).reshape(-1, 2) + self._middle
        found = [self._rvo.get_agent_velocity(place) for place in places]
        self._velocity[here] = np.array([(at.x, at.y) for at in found]).reshape(-1, 2)

    def _wishes(self, here: IntArray) -> FloatArray:
        """Return the velocity (N, 2) that each of those `here` would like, m/s."""
        count, walks = len(here), self._field[here] >= 0
        if not walks.any():
            return np.zeros((count, 2))
        wishes = wish(
            self._position[here],
            np.where(walks[:, None], self._goal[here], self._position[here]),
            self._field[here],
            np.zeros(count, np.bool_),
            np.ones(count, np.bool_),
            self._speed[here],
            np.zeros(count),
            np.where(walks, WALK, STAND).astype(np.int32),
            np.full(count, -1, np.int32),
            0,
            self._ground.distance,
            self._ground.way,
            self._ground.origin,
            self._ground.cell,
            np.inf,
            np.empty(count),
        )
        wishes[walks] += self._aside[here[walks]]
        return wishes


class JuPedSim(_Visitors):
    """One of JuPedSim's models (a `CrowdModel`), on the part of the ground that holds the people.

    Everybody has a waypoint of its own at its goal, or at its origin where there is none; the way there is JuPedSim's.
    Its own steps are 0.05 s, or 0.01 s for the social forces; of a step that is no whole number of them the rest is
    walked in the next one. Velocities are what was walked by the time it took.
    """

    def __init__(
        self,
        model: Literal["anticipation_velocity", "collision_free_v2", "social_force"] = "anticipation_velocity",
    ) -> None:
        """Choose the model.

        Raises:
            ValueError: there is no such model, or the wheel is not installed; the message says how to install it.
        """
        if model not in MODELS:
            raise ValueError(f"model: expected one of {', '.join(MODELS)}, got {model!r}; name one of them")
        super().__init__("jupedsim")
        self._name, self._substep = MODELS[model]

    def _open(self, walkable: Polygon | MultiPolygon, rng: np.random.Generator) -> None:
        parts = list(getattr(walkable, "geoms", [walkable]))
        spots = np.concatenate([self._origin, self._goal[~np.isnan(self._goal[:, 0])]])
        held = [shapely.contains_xy(part, spots[:, 0], spots[:, 1]) for part in parts]
        best = max(range(len(parts)), key=lambda n: (int(held[n].sum()), parts[n].area))
        if not held[best].all():
            raise ValueError(
                f"arrivals: expected all on one part of the ground, as JuPedSim knows but one, got {len(spots)} "
                f"origins and goals of which {int((~held[best]).sum())} lie elsewhere; leave those out"
            )
        seed = {"rng_seed": int(rng.integers(2**63))} if self._name == "AnticipationVelocityModel" else {}
        try:
            self._simulation = self._wheel.Simulation(
                model=getattr(self._wheel, self._name)(**seed), geometry=parts[best], dt=self._substep
            )
        except RuntimeError as error:
            raise ValueError(f"walkable: expected ground that JuPedSim takes, got: {error}; simplify it") from error
        self._people: dict[int, int] = {}  # by the engine's number
        self._numbers: dict[int, int] = {}  # of the engine, by person
        self._journeys: dict[tuple[float, float], tuple[int, int]] = {}
        self._iterations = 0

    def _admit(self, k: int, spot: tuple[float, float]) -> bool:
        target = self._origin[k] if math.isnan(self._goal[k, 0]) else self._goal[k]
        stage, journey = self._way((float(target[0]), float(target[1])))
        inertia = {"velocity": tuple(self._ahead(k, spot).tolist())} if self._name == "SocialForceModel" else {}
        person = getattr(self._wheel, f"{self._name}AgentParameters")(
            position=spot, journey_id=journey, stage_id=stage, desired_speed=float(self._speed[k]),
            radius=float(self._radius[k]), **inertia,
        )  # fmt: skip
        try:
            number = self._simulation.add_agent(person)
        except RuntimeError as error:
            if "too close" in str(error) or "not inside" in str(error):
                return False
            raise ValueError(
                f"arrivals: expected people that JuPedSim takes, got {self._ids[k]}: {error}; change this person"
            ) from error
        self._people[number], self._numbers[k] = k, number
        return True

    def _way(self, target: tuple[float, float]) -> tuple[int, int]:
        """Return the stage and the journey to a target, made on first use."""
        if target not in self._journeys:
            stage = self._simulation.add_waypoint_stage(target, LEAVE)
            journey = self._simulation.add_journey(self._wheel.JourneyDescription([stage]))
            self._journeys[target] = stage, journey
        return self._journeys[target]

    def _dismiss(self, k: int) -> None:
        number = self._numbers.pop(k)
        del self._people[number]
        self._simulation.mark_agent_for_removal(number)

    def _walk(self, here: IntArray, dt: float) -> None:
        due = math.floor((self._time + dt) / self._substep + 1e-6) - self._iterations
        if due <= 0:
            return
        before = self._position[here]
        try:
            self._simulation.iterate(due)
        except RuntimeError as error:
            raise RuntimeError(
                f"{self._name}: expected a step of JuPedSim, got: {error}; it cannot go on, take another model"
            ) from error
        self._iterations += due
        for agent in self._simulation.agents():
            self._position[self._people[agent.id]] = agent.position
        self._velocity[here] = (self._position[here] - before) / (due * self._substep)
