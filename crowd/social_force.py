"""Pedestrians who know where they go and give way to one another: the model that steps `steering`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPolygon, Polygon

from crowd.arrivals import check_arrivals
from crowd.control import Controls
from crowd.ground import clearance_of
from crowd.guidance import GuidedGround
from crowd.obedience import Obedience
from crowd.steering import SPACING, STAND, WALK, Int32Array
from crowd.trajectory import Arrival, CrowdState, FloatArray, Order, Others
from crowd.walking import (
    GONE,
    HOLD,
    PASSED,
    PATIENCE,
    STILL,
    THERE,
    act,
    desire,
    find_arrived,
    find_held,
    give,
    move,
    take,
)

IntArray = npt.NDArray[np.int64]

SUBSTEP = 0.05  # s, longest
LANES = 0.6  # m, deviation of the lines that people keep beside the shortest way
ENTRY_GAP = 0.02  # m that who comes in leaves to others, but for those who stand
RINGS, ANGLES = np.arange(0.06, 2 * SPACING, 0.06), np.arange(16) * math.pi / 8  # m, rad: where one comes in else
BESIDE = np.stack([np.outer(RINGS, np.cos(ANGLES)), np.outer(RINGS, np.sin(ANGLES))], axis=-1).reshape(-1, 2)
WORDS = np.array(["walk", "stand", "", "hold"], np.object_)  # of activities


class SocialForce(Obedience):
    """A crowd of walkers, groups and people who stand (a `CrowdModel`).

    One who holds brakes, stands and turns to a robot that is near; the others of its group wait for it. One who was
    told to go stands at the target until it is told otherwise. People whose entrance is blocked come as soon as there
    is room. Who hardly gets on turns its shoulders, so that two flows that meet in a corridor do not stop each other.
    """

    def __init__(
        self,
        *,
        side: Literal["right", "left"] = "right",
        capacity: int | None = None,
        device: str | None = None,
        controls: Controls | None = None,
    ) -> None:
        """Set the `side` that people keep when they meet head-on; beyond `capacity` people nobody else comes in.

        `device`: where torch computes forces, such as "cuda", for very many people; None: compiled, on the CPU.
        `controls`: what is asked of them from the start; the arrivals are taken to be drawn at its pace.

        Raises:
            ValueError: torch finds no such device.
        """
        self._torch = None
        if device is not None:
            from crowd.torch_steering import TorchSteering  # torch takes a second to import

            self._torch = TorchSteering(device)
        self._controls = Controls() if controls is None else controls
        self._side = {"right": 1.0, "left": -1.0}[side]
        self._capacity = capacity

    def reset(
        self, walkable: Polygon | MultiPolygon, arrivals: Sequence[Arrival], rng: np.random.Generator
    ) -> CrowdState:
        """Start at time 0 with those who are there from the start.

        Args:
            walkable: free ground for a point.
            arrivals: whoever comes, ids unique.
            rng: draws how much berth each person keeps.

        Raises:
            ValueError: two arrivals share an id, or no way leads from an origin to its goal.
        """
        clearance = clearance_of(arrival.radius for arrival in arrivals)
        return self._start(GuidedGround(walkable, clearance=clearance), arrivals, rng)

    def _start(self, ground: GuidedGround, arrivals: Sequence[Arrival], rng: np.random.Generator) -> CrowdState:
        self._ground = ground
        self._arrivals = check_arrivals(arrivals, self._ground)
        self._ids = np.array([arrival.person_id for arrival in self._arrivals], np.int64)
        count = len(self._ids)
        self._times = np.array([arrival.time for arrival in self._arrivals])
        self._radius = np.array([arrival.radius for arrival in self._arrivals])
        self._berth = self._radius + np.clip(rng.normal(0.03, 0.03, count), 0.0, 0.08)
        self._speed = np.array([arrival.desired_speed for arrival in self._arrivals])
        self._labels = np.array([arrival.group for arrival in self._arrivals], np.int32)
        self._names, party = np.unique(self._labels, return_inverse=True)
        self._party = np.where(self._labels < 0, -1, party).astype(np.int32)
        self._lane = np.clip(rng.normal(0.0, LANES, count), -2 * LANES, 2 * LANES)
        for name in self._names[self._names >= 0]:  # a group keeps one lane and is as fast as its slowest
            members = self._labels == name
            self._speed[members] = self._speed[members].min()
            self._lane[members] = self._lane[members][0]
        self._top = 1.3 * self._speed  # m/s, of one who walks
        self._position, self._velocity, self._home = (np.zeros((count, 2)) for _ in range(3))
        self._yaw = np.array([arrival.yaw for arrival in self._arrivals])
        self._facing = self._yaw.copy()  # of those who stand
        self._goal = np.full((count, 2), np.nan)
        self._field = np.zeros(count, np.int32)
        self._activity = np.full(count, STAND, np.int32)
        self._stopped = np.zeros(count, np.bool_)  # of those who hold or wait
        self._ordered = np.zeros(count, np.bool_)  # on its way to, or standing at, the target of an order
        self._present = np.zeros(count, np.bool_)
        self._stuck = np.zeros(count)  # s for which they have hardly got on
        self._waiting = list(np.argsort(self._times, kind="stable"))
        self._sight, self._fresh = np.zeros(count, np.bool_), np.ones(count, np.bool_)
        self._look = np.zeros(count, np.int64)  # the step at which a person looks anew whether it sees its goal
        self._time, self._steps = 0.0, 0
        self._begin(rng)
        self._enter(0.0)
        return self._state()

    def step(self, dt: float, others: Others, orders: Mapping[int, Order]) -> CrowdState:
        """Move everybody by `dt` seconds; who has reached its goal is gone, who is due comes.

        Raises:
            KeyError: an order for a person that is not there, or to enter for one that is.
            ValueError: an order to go where no way leads, or to walk a path without points.
        """
        for person_id, order in orders.items():
            self._obey(person_id, order)
        self._rule(others)
        here = np.flatnonzero(self._present)
        held = self._held(here)
        activity, company = act(here, self._doing(here), held, self._stopped, self._ordered, self._party)
        self._steps += 1
        desired = self._guided(here, self._desire(here, activity, company, dt))
        self._move(here, desired, activity, company, held, others, dt)
        self._time += dt
        self._leave(here)
        self._enter(dt)
        return self._state()

    def _move(
        self, here: IntArray, desired: FloatArray, activity: Int32Array, company: Int32Array,
        held: npt.NDArray[np.bool_], others: Others, dt: float,
    ) -> None:  # fmt: skip
        """Move the bodies of those `here`, compiled or by torch."""
        told = (others.positions, others.velocities, others.radii)
        there, moving, radii = (np.ascontiguousarray(array, np.float64) for array in told)
        ground = self._ground.distance, self._ground.origin, self._ground.cell
        substeps = max(1, math.ceil(dt / SUBSTEP - 1e-9))
        if self._torch is None:
            move(
                here, desired, activity, company, held, self._activity, self._position, self._velocity, self._home,
                self._berth, self._top, self._stuck, self._stopped, self._facing, self._yaw,
                self._radius, there, moving, radii, *ground, self._side, dt, substeps,
            )  # fmt: skip
            return
        place, pace, post, room, thin, limit = take(
            here, activity, self._position, self._velocity, self._home, self._berth, self._top, self._stuck
        )
        for n in range(substeps):
            self._torch.advance(
                place, pace, desired, post, room, thin, limit, activity, company,
                there + (n / substeps * dt) * moving, moving, radii, *ground, self._side, dt / substeps,
            )  # fmt: skip
        give(
            here, place, pace, post, activity, held, self._activity, self._position, self._velocity, self._home,
            self._stuck, self._stopped, self._facing, self._yaw, self._radius, there + dt * moving, radii, *ground, dt,
        )  # fmt: skip

    def _doing(self, here: IntArray) -> Int32Array:
        """Return what each of those `here` does: WALK, STAND or HOLD."""
        return self._activity[here]

    def _desire(self, here: IntArray, activity: Int32Array, party: Int32Array, dt: float) -> FloatArray:
        """Return the velocity (N, 2) that each of those `here` would like."""
        ground = self._ground
        return desire(
            here, activity, party, self._position, self._goal, self._field, self._sight, self._fresh, self._look,
            self._speed, self._lane, len(self._names), self._steps,
            ground.sight, ground.way, ground.origin, ground.cell, ground.far,
        )  # fmt: skip

    def _obey(self, person_id: int, order: Order) -> None:
        """Take an order to heart."""
        if order.kind == "enter":
            self._let_in(person_id, order)
            return
        k = self._row(person_id)
        if order.speed is not None:
            self._pace(k, order.speed)
        if order.kind != "follow":
            self._release(k)
        if order.kind == "hold":
            self._activity[k] = HOLD
        elif order.kind in ("settle", "leave"):
            target = self._target(order, (float(self._position[k, 0]), float(self._position[k, 1])))
            if self._stuck[k] > PATIENCE:  # its line beside the shortest way leads into a corner
                self._lane[k] = 0.0
            self._change(k, **({"origin": target, "goal": None} if order.kind == "settle" else {"goal": target}))
            self._resume(k)
        elif order.kind == "go":
            target = self._target(order, (float(self._position[k, 0]), float(self._position[k, 1])))
            if self._activity[k] != WALK or tuple(self._goal[k]) != target:
                self._head_for(k, target)
            self._ordered[k] = True
        elif order.kind == "follow":
            self._follow(k, order)
        elif order.kind == "path":
            self._set_out(k, order)
        elif self._ordered[k] or self._activity[k] == HOLD:
            self._resume(k)

    def _target(self, order: Order, here: tuple[float, float]) -> tuple[float, float]:
        """Return where an order leads from `here`, on the ground."""
        if order.target is None:
            raise ValueError(f"orders: `{order.kind}` needs a target (x, y), got None")
        if not self._ground.reaches(here, order.target):
            raise ValueError(f"orders: expected a target that can be reached from {here}, got {order.target}")
        return self._ground.snap(order.target)

    def _change(self, k: int, **way: tuple[float, float] | None) -> None:
        """Give person `k` another origin or goal."""
        self._arrivals = (*self._arrivals[:k], replace(self._arrivals[k], **way), *self._arrivals[k + 1 :])  # type: ignore[arg-type]

    def _pace(self, k: int, speed: float) -> None:
        self._speed[k], self._top[k] = speed, 1.3 * speed

    def _let_in(self, person_id: int, order: Order) -> None:
        """Let somebody who is not there come as soon as there is room at the target; its last word counts."""
        k = int(np.searchsorted(self._ids, person_id))
        if k == len(self._ids) or self._ids[k] != person_id or self._present[k]:
            raise KeyError(f"orders: expected the id of somebody who is to come and is not there, got {person_id}")
        self._change(k, origin=self._target(order, self._arrivals[k].origin), goal=None)
        self._times[k] = self._time
        self._activity[k], self._goal[k], self._velocity[k] = STAND, np.nan, 0.0
        self._stopped[k] = self._ordered[k] = False
        self._stuck[k] = 0.0
        if order.speed is not None:
            self._pace(k, order.speed)
        waiting = [row for row in self._waiting if row != k]
        self._waiting = sorted([*waiting, k], key=lambda row: (self._times[row], row))

    def _row(self, person_id: int) -> int:
        k = int(np.searchsorted(self._ids, person_id))
        if k == len(self._ids) or self._ids[k] != person_id or not self._present[k]:
            raise KeyError(f"orders: expected ids of people who are there, got {person_id}")
        return k

    def _head_for(self, k: int, target: tuple[float, float]) -> None:
        self._activity[k] = WALK
        self._goal[k] = target
        self._field[k] = self._ground.field(target)
        self._fresh[k] = True

    def _held(self, here: IntArray) -> npt.NDArray[np.bool_]:
        """Return who of those `here` holds, or waits for one of its group who does."""
        return find_held(here, self._activity, self._ordered, self._party, len(self._names))

    def _leave(self, here: IntArray) -> None:
        """Let those go who have arrived; who was told to go there stays and stands."""
        how = find_arrived(here, self._position, self._velocity, self._goal, self._activity, self._ordered)
        if not how.any():
            return
        self._present[here[how == GONE]] = False
        for k in here[how == THERE]:
            self._activity[k] = STAND
            self._home[k] = self._position[k]
            self._goal[k] = np.nan
            arrival = self._arrivals[k]
            if arrival.goal is None and math.dist(self._home[k], arrival.origin) < PASSED:
                self._facing[k] = arrival.yaw

    def _enter(self, since: float) -> None:
        """Let those come who are due and find room, `since` seconds after robots were where they are known to be."""
        if not self._waiting or self._times[self._waiting[0]] > self._time + 1e-9:
            return
        still = []
        for row, k in enumerate(self._waiting):  # in order of time
            if self._times[k] > self._time + 1e-9:
                still += self._waiting[row:]
                break
            full = self._capacity is not None and self._time > 0.0 and self._present.sum() >= self._capacity
            spot = None if full else self._room(k, since)
            if spot is None:
                still.append(k)
                continue
            arrival = self._arrivals[k]
            self._present[k] = True
            self._position[k] = self._home[k] = spot
            if arrival.goal is not None:
                self._head_for(k, self._ground.snap(arrival.goal, arrival.radius, towards=arrival.origin))
                self._velocity[k] = self._speed[k] * self._direction(k)
                self._yaw[k] = math.atan2(self._velocity[k, 1], self._velocity[k, 0])
        self._waiting = still

    def _direction(self, k: int) -> FloatArray:
        here, goal = self._position[k], self._goal[k]
        if not self._ground.sees(here, goal):
            return self._ground.towards((float(here[0]), float(here[1])), (float(goal[0]), float(goal[1])))
        ahead: FloatArray = goal - here
        return ahead / max(1e-9, float(np.hypot(ahead[0], ahead[1])))

    def _room(self, k: int, since: float) -> tuple[float, float] | None:
        """Return where person `k` can enter: at its origin, beside it, or nowhere now.

        Next to somebody who stands it keeps less berth, as long as bodies do not overlap.
        """
        arrival = self._arrivals[k]
        spot = np.array(self._ground.snap(arrival.origin, arrival.radius, towards=arrival.goal))
        here = self._present
        still = np.hypot(*self._velocity[here].T) < STILL
        robots = self._robots  # where they were, and where they are by now
        now = robots.positions + since * robots.velocities
        bodies = np.concatenate([self._position[here], robots.positions, now])
        reach = np.concatenate([self._berth[here], robots.radii, robots.radii]) + self._radius[k]
        mind = np.concatenate([still, np.zeros(2 * len(robots.radii), np.bool_)])
        reach[~mind] += self._berth[k] - self._radius[k] + ENTRY_GAP
        near = np.hypot(*(bodies - spot).T) < reach + 2 * SPACING

        def gaps(spots: FloatArray) -> FloatArray:
            offsets = spots[:, None] - bodies[near]
            result: FloatArray = np.hypot(offsets[..., 0], offsets[..., 1]) - reach[near]
            return result

        spots = spot[None]
        room = gaps(spots)
        if (room <= 0.0).any():
            spots = spot + BESIDE
            spots = spots[self._ground.wall(spots)[0] > self._berth[k] + 0.05]
            room = gaps(spots)
        rooms = np.flatnonzero((room > 0.0).all(axis=1))
        if len(rooms) == 0:
            return None
        beside = room[rooms[0], mind[near]].min(initial=np.inf)
        self._berth[k] = min(self._berth[k], self._radius[k] + float(beside))
        return float(spots[rooms[0], 0]), float(spots[rooms[0], 1])

    def _state(self) -> CrowdState:
        here = np.flatnonzero(self._present)
        doing = np.where(self._held(here), STAND, self._doing(here))
        doing = np.where(self._activity.take(here) == HOLD, HOLD, doing)
        return CrowdState(
            person_ids=self._ids.take(here),
            positions=self._position.take(here, axis=0),
            velocities=self._velocity.take(here, axis=0),
            yaws=self._yaw.take(here),
            radii=self._radius.take(here),
            groups=self._labels.take(here),
            goals=self._goal.take(here, axis=0),
            activities=tuple(WORDS.take(doing).tolist()),
        )
