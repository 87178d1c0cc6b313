"""How people who are under way obey: regions that come and go, an evacuation, whom or which path they are to follow.

A part of `SocialForce` that holds no forces: it says where people head for, and the model walks them there.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from shapely.geometry import Point, Polygon

from crowd.control import Controls
from crowd.guidance import MARGIN, GuidedGround
from crowd.steering import RELAXATION, STAND, WALK, BoolArray, Int32Array
from crowd.trajectory import Arrival, FloatArray, Order, Others
from crowd.walking import HOLD, IntArray

NOBODY, ROBOT = -2, -1  # whom somebody follows who follows nobody, or the robot; else a row

HURRY, RUN = 1.4, 2.2  # times the desired speed, m/s at most, of one who is evacuated
VISIT = 0.4  # share of walkers and groups who linger in an attractive region when it comes, or when they come
LINGER = (6.0, 20.0)  # s
DETOUR = 25.0  # m that one walks more at most to linger
APART = 0.9  # m between the places where people linger
BEHIND, BRISKLY = 1.12, 0.22  # m behind whom it follows a person keeps; s by which it keeps more of who walks
NEAR, AWAY = 1.5, 1.8  # m to one who stands: a follower stands, too; from here on it comes after
STANDS, WALKS = 0.12, 0.25  # m/s: whoever is followed stands, has set out
GAIN, BACK = 0.7, 0.35  # s in which a follower makes up for what it lacks; in which it falls back that is too near
SCURRY = 2.2  # m/s of a follower at most
SPACING = 0.1  # s between the points of a path
RECOVERY, BRISK = 0.4, 0.2  # s in which one comes back to its path; in which it takes up the pace of it
REST = 2.0  # s that one who has nowhere to go takes at most to come to rest at the end of a path
AIM_ANEW = 1.0  # m that somebody who is followed out of sight may move before the way to it is looked for anew


class Obedience(ABC):
    """What `SocialForce` does beside walking; it owns the state that is only declared here."""

    _controls: Controls
    _ground: GuidedGround
    _arrivals: tuple[Arrival, ...]
    _ids: IntArray
    _labels: npt.NDArray[np.int32]
    _position: FloatArray
    _velocity: FloatArray
    _home: FloatArray
    _goal: FloatArray
    _speed: FloatArray
    _top: FloatArray
    _yaw: FloatArray
    _field: npt.NDArray[np.int32]
    _activity: Int32Array
    _ordered: BoolArray
    _present: BoolArray
    _look: IntArray
    _waiting: list[int]
    _time: float
    _robots: Others  # of the step that is being made

    def control(self, controls: Controls) -> None:
        """Obey other controls from now on; who is there, and who is still to come, stays the same.

        What arrivals are drawn by (population, flow, types, standing, groups, appearance) acts when they are drawn. A
        new pace changes the speeds of all by its ratio to the pace before, at which they were drawn.

        Raises:
            ValueError: an exit that cannot be reached by anybody who is there.
        """
        ratio = controls.pace / self._controls.pace
        self._controls = controls
        if not hasattr(self, "_present"):
            return
        if ratio != 1.0:
            self._speed *= ratio
            self._top *= ratio
        self._ruled = controls.rules(self._time)
        self._regions()

    def _begin(self, rng: np.random.Generator) -> None:
        """Start an episode, before anybody has come; without controls nothing is drawn from `rng`."""
        count = len(self._ids)
        self._follows = np.full(count, NOBODY, np.int64)
        self._led = np.zeros((count, 2))  # of those who follow and see whom, the velocity that they want
        self._pursues = np.zeros(count, np.bool_)  # follows somebody out of sight, by the shortest way
        self._paths: dict[int, tuple[float, FloatArray]] = {}  # since when, s, and where to be (K, 2), from there on
        self._plain = np.zeros(count, np.bool_)  # has no time for plans
        self._exit = np.full((count, 2), np.nan)
        self._displaced = np.zeros(count, np.bool_)  # stood in a region
        self._visits = np.zeros(count, np.bool_)
        self._until = np.full(count, np.nan)  # s, of those who linger
        self._decided = np.zeros(count, np.bool_)  # whether to linger
        self._evacuated = False
        self._robots = Others(positions=np.zeros((0, 2)), velocities=np.zeros((0, 2)), radii=np.zeros(0))
        self._chance = rng.spawn(1)[0]  # draws nothing from `rng` itself
        controls = self._controls
        self._ruled = controls.rules(0.0)
        if self._ruled and (controls.avoid or controls.attract or controls.density is not None):
            self._ground.guide(controls.avoid, controls.attract, controls.density)

    def _rule(self, others: Others) -> None:
        """Let time and what others do change what people are after, before a step."""
        controls = self._controls
        self._robots = others
        if controls.rules(self._time) != self._ruled:
            self._ruled = not self._ruled
            self._regions()
        if controls.evacuate_at is not None and not self._evacuated and self._time >= controls.evacuate_at - 1e-9:
            self._evacuate()
        if not self._evacuated and self._ruled and controls.avoid:
            self._make_room()
        if not self._evacuated and (self._visits.any() or (self._ruled and controls.attract)):
            self._linger()
        if (self._follows != NOBODY).any():
            self._pursue(others)
        if self._paths:
            self._walk_paths()

    def _guided(self, here: IntArray, desired: FloatArray) -> FloatArray:
        """Return the velocities (N, 2) that those `here` want, as they are led and turned off regions."""
        desired = self._ground.turn_along(self._position[here], desired)
        led = (self._follows[here] != NOBODY) & ~self._pursues[here]
        if led.any():
            desired[led] = self._led[here[led]]
        for k in self._paths:
            desired[np.searchsorted(here, k)] = self._led[k]
        return desired

    # ---------------------------------------------------------------- regions

    def _regions(self) -> None:
        """Change what ground costs, and lead everybody who is under way anew."""
        controls = self._controls
        rules = self._ruled
        self._ground.guide(
            controls.avoid if rules else (), controls.attract if rules else (), controls.density if rules else None
        )
        for k in np.flatnonzero(self._present & np.isfinite(self._goal[:, 0])):
            self._field[k] = self._ground.field((float(self._goal[k, 0]), float(self._goal[k, 1])))
            self._look[k] = 0
        if not (rules and controls.avoid):
            for k in np.flatnonzero(self._displaced & self._present):
                self._displaced[k] = False
                if self._activity[k] != HOLD:
                    self._resume(k)
        if not (rules and controls.attract):
            for k in np.flatnonzero(self._visits & self._present):
                self._end_visit(k)
        self._changed()

    def _changed(self) -> None:
        """Let everybody decide anew, as ground costs something else now."""
        self._decided[:] = False

    def _make_room(self) -> None:
        """Send those out of regions who stand in them."""
        stands = self._present & (self._activity == STAND) & ~self._displaced & (self._follows == NOBODY)
        rows = np.flatnonzero(stands)
        for k in rows[self._ground.near(self._position[rows]) < MARGIN]:
            spot = self._ground.beyond(_pair(self._position[k]))
            self._displaced[k] = True
            if spot is not None:
                self._head_for(k, spot)
                self._ordered[k] = True

    def _linger(self) -> None:
        """Let some of those who come turn aside to an attractive region, and go on after a while."""
        if self._ruled and self._controls.attract:
            walks = self._present & ~self._decided & (self._activity == WALK) & ~self._ordered
            walks &= self._follows == NOBODY
            drawn: dict[int, bool] = {}
            for k in np.flatnonzero(walks):
                self._decided[k] = True
                label = int(self._labels[k])
                if label < 0 or label not in drawn:
                    drawn[label] = bool(self._chance.random() < VISIT)
                if drawn[label]:
                    self._visit(k)
        for k in np.flatnonzero(self._visits & self._present):
            if self._activity[k] == STAND and np.isnan(self._until[k]):
                self._until[k] = self._time + self._chance.uniform(*LINGER)
            elif self._time > self._until[k]:
                self._end_visit(k)

    def _visit(self, k: int) -> None:
        """Send person `k` to a place in the attractive region that is the least out of its way, if one is near."""
        here, goal = _pair(self._position[k]), _pair(self._goal[k])
        best, least = None, DETOUR
        straight = self._ground.cost(here, goal)
        taken = self._goal[self._visits & self._present]
        for points in self._controls.attract:
            spot = self._place(points, taken)
            if spot is not None:
                more = self._ground.cost(here, spot) + self._ground.cost(spot, goal) - straight
                if more < least:
                    best, least = spot, more
        if best is not None:
            self._head_for(k, best)
            self._ordered[k], self._visits[k], self._until[k] = True, True, np.nan

    def _place(self, points: FloatArray, taken: FloatArray) -> tuple[float, float] | None:
        """Draw a place in a polygon, apart from those `taken` (M, 2)."""
        polygon = Polygon(points)
        low, high = points.min(axis=0), points.max(axis=0)
        for _ in range(30):
            x, y = self._chance.uniform(low, high)
            if not polygon.contains(Point(x, y)) or self._ground.wall(np.array([[x, y]]))[0][0] < 0.4:
                continue
            if not len(taken) or np.nanmin(np.hypot(*(taken - (x, y)).T), initial=np.inf) > APART:
                return float(x), float(y)
        return None

    def _end_visit(self, k: int) -> None:
        self._visits[k], self._until[k] = False, np.nan
        if self._activity[k] != HOLD and self._follows[k] == NOBODY:
            self._resume(k)

    # ---------------------------------------------------------------- evacuation

    def _evacuate(self) -> None:
        """Send everybody to the nearest exit; nobody comes any more."""
        self._evacuated, self._waiting = True, []
        self._paths.clear()
        exits = [_pair(point) for point in self._controls.exits]
        if not exits:
            ends = {self._ground.snap(a.goal) for a in self._arrivals if a.goal is not None}
            exits = sorted(ends)
        snapped = [self._ground.snap(point) for point in exits]
        for k in np.flatnonzero(self._present):
            here = _pair(self._position[k])
            costs = [self._ground.cost(here, point) for point in snapped]
            if not costs or not math.isfinite(min(costs)):
                raise ValueError(f"exits: expected one that can be reached from {here}, got {exits}; add one")
            self._exit[k] = snapped[int(np.argmin(costs))]
            self._follows[k] = NOBODY
            self._visits[k] = self._displaced[k] = self._ordered[k] = False
            self._plain[k] = True
            self._speed[k] = min(max(HURRY * self._speed[k], 1.3), max(RUN, self._speed[k]))
            self._top[k] = 1.3 * self._speed[k]
            self._head_for(k, _pair(self._exit[k]))

    # ---------------------------------------------------------------- following

    def _follow(self, k: int, order: Order) -> None:
        """Let person `k` go with whom `order` names."""
        leader = ROBOT
        if order.person is not None:
            leader = self._row(order.person)
            if leader == k:
                raise ValueError(f"orders: expected another person to follow than {order.person} itself; name one")
        if self._follows[k] != leader:
            self._pursues[k] = False
        self._paths.pop(k, None)
        self._follows[k] = leader
        self._ordered[k] = self._plain[k] = True
        self._visits[k] = False
        if self._activity[k] != WALK:
            self._activity[k] = STAND
            self._home[k] = self._position[k]
        self._goal[k] = np.nan

    def _release(self, k: int) -> None:
        """Let person `k` follow nobody, and no path, any more."""
        if self._paths.pop(k, None) is not None:
            self._top[k] = 1.3 * self._speed[k]
        if self._follows[k] != NOBODY:
            self._follows[k] = NOBODY
            self._plain[k] = self._pursues[k] = False
            self._top[k] = 1.3 * self._speed[k]

    def _pursue(self, others: Others) -> None:
        """Find what those who follow want: to be behind whom they follow, as fast; out of sight, to get there."""
        for k in np.flatnonzero(self._present & (self._follows != NOBODY)):
            leader = int(self._follows[k])
            if leader == ROBOT and len(others.positions):
                there, velocity = others.positions[0], others.velocities[0]
            elif leader >= 0 and self._present[leader]:
                there, velocity = self._position[leader], self._velocity[leader]
            else:
                self._release(k)
                self._resume(k)
                continue
            away = there - self._position[k]
            gap, pace = float(np.hypot(*away)), float(np.hypot(*velocity))
            if not self._ground.sees(self._position[k], there) and gap > BEHIND:
                target = self._ground.snap(_pair(there))
                if not self._pursues[k] or np.isnan(self._goal[k, 0]) or math.dist(self._goal[k], target) > AIM_ANEW:
                    self._head_for(k, target)
                    self._ordered[k], self._plain[k] = True, True
                self._pursues[k] = True
                self._top[k] = SCURRY
                continue
            self._pursues[k] = False
            self._goal[k] = np.nan
            rests = self._activity[k] == STAND
            if gap < (AWAY if rests else NEAR) and pace < (WALKS if rests else STANDS):
                if not rests:
                    self._activity[k], self._home[k] = STAND, self._position[k]
                continue
            self._activity[k] = WALK
            ahead = velocity / pace if pace > WALKS else away / max(gap, 1e-9)
            room = BEHIND + BRISKLY * pace
            wanted = velocity + (there - room * ahead - self._position[k]) / (GAIN if gap > room else BACK)
            top = float(np.clip(pace + 0.6, self._speed[k], SCURRY))
            self._led[k] = wanted * min(1.0, top / max(1e-9, float(np.hypot(*wanted))))
            self._top[k] = 1.1 * top

    # ---------------------------------------------------------------- paths

    def _set_out(self, k: int, order: Order) -> None:
        """Let person `k` walk the path of `order` from where it is.

        Raises:
            ValueError: there are no points.
        """
        points = np.asarray(order.path, np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"orders: expected a path of (K, 2) points, got {points.shape}; give one or resume")
        points = np.concatenate([self._position[k][None], points])
        self._paths[k] = self._time, points
        self._ordered[k], self._visits[k] = True, False
        self._activity[k], self._goal[k] = WALK, np.nan
        fastest = float(np.hypot(*np.diff(points, axis=0).T).max()) / SPACING
        self._top[k] = max(1.3 * self._speed[k], min(SCURRY, 1.2 * fastest))

    def _walk_paths(self) -> None:
        """Find the velocities that lead those who walk paths along them; whose path is over resumes its own way.

        One who has nowhere to go comes to rest first.
        """
        for k, (since, points) in list(self._paths.items()):
            at, last = (self._time - since) / SPACING, len(points) - 1
            over = at >= last - 1e-6
            if not self._present[k]:
                del self._paths[k]
                continue
            still = self._arrivals[k].goal is not None or float(np.hypot(*self._velocity[k])) < STANDS
            if over and (still or at > last + REST / SPACING):
                self._release(k)
                self._resume(k)
                continue
            first = min(int(at + 1e-6), last - 1)
            along = points[first + 1] - points[first]
            place = points[first] + min(at - first, 1.0) * along
            wanted = (place - self._position[k]) / RECOVERY + (0.0 if over else along / SPACING)
            self._led[k] = self._velocity[k] + (wanted - self._velocity[k]) * (RELAXATION / BRISK)

    # ---------------------------------------------------------------- of the model

    @abstractmethod
    def _row(self, person_id: int) -> int:
        """Return the row of somebody who is there.

        Raises:
            KeyError: nobody there has this id.
        """

    @abstractmethod
    def _head_for(self, k: int, target: tuple[float, float]) -> None:
        """Let person `k` walk to `target`, metres."""

    def _resume(self, k: int) -> None:
        """Send person `k` back to what it was after: its exit, its goal, or the place where it stands."""
        goal = self._arrivals[k].goal
        if not np.isnan(self._exit[k, 0]):
            self._ordered[k] = False
            self._head_for(k, _pair(self._exit[k]))
            return
        self._ordered[k] = goal is None
        self._head_for(k, self._ground.snap(self._arrivals[k].origin if goal is None else goal))


def _pair(point: FloatArray | Sequence[float]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
