"""People who have plans: the model that draws ways, pauses and paces by diffusion, and steers along them.

When somebody sets out, `plan_diffusion` draws how it goes: where it bends, dawdles, stops and how long. `steering` then
walks the plan among the others, so that bodies never overlap, robots are given way, and nobody enters a wall. Whoever
was held up goes on with its plan from where it is. Groups draw one plan together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon

from crowd.compiled import compiled
from crowd.control import Controls
from crowd.ground import REACH
from crowd.plans import KNOTS, NEAR, VALUES, Trip, batch, decode, even, straight
from crowd.social_force import IntArray, SocialForce
from crowd.steering import RELAXATION, STAND, WALK, WALL, WALL_RANGE, Int32Array
from crowd.terrain import Terrain, terrain_of_ground
from crowd.trajectory import Arrival, CrowdState, FloatArray

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "models" / "plan_diffusion.safetensors"
LEG = 25.0  # m: longer ways are planned leg by leg
AHEAD = 0.6  # s ahead on its plan where a person aims at
RETURN = 1.5  # s in which a person who was pushed off its plan comes back to it; near regions to avoid it is AHEAD
LAG, LOST = 0.6, 1.6  # m behind its plan from which a person's plan waits for it: a little, and wholly
STILL = 0.15  # m/s: slower pieces of a plan are standing
PATIENCE = 3.0  # s that a plan may wait before it is given up
HURRY = 1.2  # times the fastest piece of a plan that a person walks at most


class Planned(SocialForce):
    """A crowd whose walkers follow plans (a `CrowdModel`); those with an order, or whose plan failed, go straight."""

    def __init__(
        self,
        *,
        side: Literal["right", "left"] = "right",
        capacity: int | None = None,
        weights: Path = WEIGHTS,
        terrain: Terrain | None = None,
        controls: Controls | None = None,
    ) -> None:
        """Set what `SocialForce` takes, the file of `weights`, and the `terrain`; None: that of the walkable ground."""
        super().__init__(side=side, capacity=capacity, controls=controls)
        self._weights, self._terrain = weights, terrain

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState:
        """Start at time 0; see `SocialForce.reset`. `rng` draws the plans too.

        Raises:
            FileNotFoundError: no such weights.
            ValueError: two arrivals share an id, or no way leads from an origin to its goal.
        """
        from crowd.plan_diffusion import load_network  # torch takes a second to import

        self._network = load_network(self._weights)
        count = len(arrivals)
        self._seed, self._leg = int(rng.integers(2**63)), np.zeros(count, np.int64)
        self._clock, self._stall = np.zeros(count), np.zeros(count)
        self._times_of, self._places_of = np.zeros((count, KNOTS + 1)), np.zeros((count, KNOTS + 1, 2))
        self._planned, self._final = np.zeros(count, np.bool_), np.ones(count, np.bool_)
        self._due: list[int] = []
        super().reset(walkable, arrivals, rng)
        if self._terrain is None:
            self._terrain = terrain_of_ground(self._ground)
        # of the speed of its group the share that each would like to walk by itself
        self._own = np.array([a.desired_speed for a in self._arrivals]) / np.maximum(self._speed, 1e-9)
        self._plan()
        return self._state()

    def _head_for(self, k: int, target: tuple[float, float]) -> None:
        super()._head_for(k, target)
        self._planned[k] = False
        self._due.append(k)

    def _plan(self) -> None:
        """Draw plans for those who need one, all at once."""
        from crowd.plan_diffusion import draw_plans

        free = self._present & (self._activity == WALK) & ~self._ordered & ~self._plain
        due = [k for k in sorted(set(self._due)) if free[k]]
        self._due = []
        if not due:
            return
        assert self._terrain is not None
        here = np.flatnonzero(self._present)
        near = cKDTree(self._position[here]).query_ball_point(self._position[due], NEAR, return_sorted=True)
        trips = [self._trip(k, here[rows], len(here) - 1) for k, rows in zip(due, near, strict=True)]
        noise = np.array([self._noise(k) for k in due])
        self._leg[due] += 1
        plans = draw_plans(self._network, batch(trips, self._terrain), noise)
        for k, trip, plan in zip(due, trips, plans, strict=True):
            times, places = decode(plan, trip)
            places = self._ground.keep_out(places, trip.way)
            places[1:-1] = self._ground.clear(places[1:-1], float(self._berth[k]))
            self._times_of[k], self._places_of[k] = times, places
            self._clock[k], self._stall[k], self._planned[k] = 0.0, 0.0, True
            paces = np.hypot(*np.diff(places, axis=0).T) / np.diff(times)
            self._top[k] = max(1.3 * self._speed[k], HURRY * float(paces.max()), STILL)
            if not self._velocity[k].any() or self._fresh[k]:
                self._velocity[k] = (places[1] - places[0]) / (times[1] - times[0])

    def _noise(self, k: int) -> FloatArray:
        """Return what the next plan of a person is drawn from (VALUES,), the same for all of a group."""
        who = (0, int(self._labels[k])) if self._labels[k] >= 0 else (1, k)
        return np.random.default_rng([self._seed, *who, int(self._leg[k])]).standard_normal(VALUES)

    def _trip(self, k: int, others: IntArray, present: int) -> Trip:
        here, goal = self._position[k].copy(), self._goal[k].copy()
        if self._ground.sees(here, goal):
            way = straight(here, goal)
        else:
            way = even(self._ground.path((float(here[0]), float(here[1])), (float(goal[0]), float(goal[1]))))
            way[0], way[-1] = here, goal
        length = float(np.hypot(*np.diff(way, axis=0).T).sum())
        legs = math.ceil(length / LEG)
        self._final[k] = legs <= 1
        if legs > 1:
            way = even(way[: max(2, round(len(way) / legs))])
        others = others[others != k]
        return Trip(
            way=way, speed=float(self._speed[k] * self._own[k]), type=0,
            others=self._position[others], velocities=self._velocity[others],
            present=present,
        )  # fmt: skip

    def _changed(self) -> None:
        """Plan anew for those whose plans lead through regions that are to be avoided now, or past likings."""
        super()._changed()
        for k in np.flatnonzero(self._present & self._planned):
            ahead = self._times_of[k] >= self._clock[k]
            places = np.concatenate([self._position[k][None], self._places_of[k][ahead]])
            if self._ground.soft or self._ground.crosses(places):
                self._due.append(k)
            self._fresh[k] = False

    def _doing(self, here: IntArray) -> Int32Array:
        doing = self._activity[here].copy()
        follows = self._planned[here] & (doing == WALK) & ~self._ordered[here]
        rests = rest(self._times_of[here], self._places_of[here], self._clock[here])
        doing[follows & rests] = STAND
        return doing

    def _desire(self, here: IntArray, activity: Int32Array, party: Int32Array, dt: float) -> FloatArray:
        self._plan()
        follows = self._planned[here] & (self._activity[here] == WALK) & ~self._ordered[here]
        plain = ~follows
        desired = np.zeros((len(here), 2))
        if plain.any():
            desired[plain] = super()._desire(here[plain], activity[plain], party[plain], dt)
        rows = here[follows]
        held = activity[follows] != self._doing(rows)  # somebody holds them
        place = self._position[rows]
        back = np.where(self._ground.near(place) < REACH, AHEAD, RETURN)
        aims, lags = pursue(self._times_of[rows], self._places_of[rows], self._clock[rows], place, back)
        walls, inward = self._ground.wall(place)  # a plan keeps its own distance from them: make up for their push
        push = WALL * np.exp(-np.maximum(walls - self._berth[rows], 0.0) / WALL_RANGE)
        aims -= RELAXATION * push[:, None] * inward
        desired[follows] = aims
        pace = np.where(held, 0.0, np.clip((LOST - lags) / (LOST - LAG), 0.0, 1.0))
        self._clock[rows] += dt * pace
        self._stall[rows] += np.where(held, 0.0, dt * (1.0 - pace)) - dt * 0.2 * pace
        self._stall[rows] = np.maximum(self._stall[rows], 0.0)
        over = (self._clock[rows] >= self._times_of[rows, -1]) & ~self._final[rows]
        self._due += rows[over].tolist()
        lost = rows[self._stall[rows] > PATIENCE]  # in a dead end, or in others' way: go as everybody does
        self._planned[lost] = False
        self._top[lost] = 1.3 * self._speed[lost]
        return desired

    def _leave(self, here: IntArray) -> None:
        """Let those go who have arrived, as their plan has it."""
        under_way = self._planned[here] & ~self._ordered[here] & (self._activity[here] == WALK)
        under_way &= (self._clock[here] < self._times_of[here, -1] - 1e-6) | ~self._final[here]
        super()._leave(here[~under_way])


@compiled
def pursue(
    times: FloatArray, places: FloatArray, clocks: FloatArray, positions: FloatArray, back: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the velocity (N, 2) that leads each back to its plan AHEAD seconds on, and how far each is off it (N,).

    back: (N,) seconds in which each makes up for that.
    """
    count, last = times.shape[0], times.shape[1] - 1
    desired, lags = np.zeros((count, 2)), np.zeros(count)
    for i in range(count):
        piece = times[i, last] / last
        off_x, off_y = 0.0, 0.0
        for what in range(2):
            at = min((clocks[i] + AHEAD * what) / piece, last - 1e-9)
            k = int(at)
            share = at - k
            x = (1.0 - share) * places[i, k, 0] + share * places[i, k + 1, 0] - positions[i, 0]
            y = (1.0 - share) * places[i, k, 1] + share * places[i, k + 1, 1] - positions[i, 1]
            if what == 0:
                lags[i], off_x, off_y = math.sqrt(x * x + y * y), x, y
            else:
                ease = 1.0 / AHEAD - 1.0 / back[i]  # of the part of it that is being off the plan
                desired[i, 0], desired[i, 1] = x / AHEAD - ease * off_x, y / AHEAD - ease * off_y
    return desired, lags


@compiled
def rest(times: FloatArray, places: FloatArray, clocks: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell who (N,) stands at this time of its plan."""
    count, last = times.shape[0], times.shape[1] - 1
    result = np.zeros(count, np.bool_)
    for i in range(count):
        piece = times[i, last] / last
        if piece <= 0.0 or clocks[i] >= times[i, last]:
            continue
        k = min(int(clocks[i] / piece), last - 1)
        x, y = places[i, k + 1, 0] - places[i, k, 0], places[i, k + 1, 1] - places[i, k, 1]
        result[i] = math.sqrt(x * x + y * y) < STILL * piece
    return result
