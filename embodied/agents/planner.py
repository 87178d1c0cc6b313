"""The way over an occupancy grid, and the next step on it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numba
import numpy as np
import numpy.typing as npt

from embodied.agents.mapping import CELL, SIDE, OccupancyMap
from embodied.drive import wrap
from embodied.episode import Action, FloatArray, Observation, RobotSpec

Passer = tuple[float, float, bool]  # x, y, whether it walks

MARGIN = 0.18  # m kept from obstacles besides the robot's radius: as far as a wall may be off in its cell
COMFORT = 0.7  # m from obstacles within which a way costs more
PERSON_RADIUS = 0.3  # m
PERSONAL = 1.2  # m, personal zone, Hall 1966: a way through it costs more
WINDOW = 4.0  # m of unknown ground round the known that a way may use
AHEAD = 8.0  # m, how far ahead on its way the robot steers
NARROW = 30.0  # cost of a cell that is too near to an obstacle, where the robot stands in such a place
LEAST = 0.5  # m, nearer points of the way are not steered to
REPLAN = 6  # actions between plans
KEEP = 1.15  # times what a new way costs, for which the old one is kept
STANDING = 0.3  # m/s
STAYS, PASSES = 15.0, 2.0  # s for which somebody out of sight is minded who stands, or walks
PATIENCE = 6  # waits before the robot steers round somebody who stands in its way


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _search(cost: npt.NDArray[np.float32], start: tuple[int, int], goal: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Return the cells (K, 2) of the cheapest way, inf blocked; when the goal cannot be reached, to nearest to it."""
    height, width = cost.shape
    best = np.full(height * width, np.inf, dtype=np.float32)
    parent = np.full(height * width, -1, dtype=np.int32)
    done = np.zeros(height * width, dtype=np.bool_)
    first, last = start[0] * width + start[1], goal[0] * width + goal[1]
    best[first] = 0.0
    nearest, gap = first, np.inf
    heap = [(0.0, first)]
    while heap:
        _, node = heapq.heappop(heap)
        if done[node]:
            continue
        done[node] = True
        row, column = node // width, node % width
        left = math.hypot(row - goal[0], column - goal[1])
        if left < gap:
            nearest, gap = node, left
        if node == last:
            break
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                r, c = row + dr, column + dc
                if (dr == 0 and dc == 0) or r < 0 or c < 0 or r >= height or c >= width or not cost[r, c] < np.inf:
                    continue
                if dr != 0 and dc != 0 and not (cost[row, c] < np.inf and cost[r, column] < np.inf):
                    continue
                step = math.hypot(dr, dc) * 0.5 * (min(cost[row, column], 50.0) + cost[r, c])
                other = r * width + c
                if best[node] + step < best[other] - 1e-6:
                    best[other] = best[node] + step
                    parent[other] = node
                    heapq.heappush(heap, (best[other] + math.hypot(r - goal[0], c - goal[1]), other))
    count, node = 1, nearest
    while parent[node] >= 0:
        node = parent[node]
        count += 1
    path = np.empty((count, 2), dtype=np.int64)
    node = nearest
    for i in range(count - 1, -1, -1):
        path[i, 0], path[i, 1] = node // width, node % width
        node = parent[node]
    return path


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def flood(cost: npt.NDArray[np.float32], start: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return (H, W) costs of the cheapest ways from the start, in cells; inf where none leads."""
    height, width = cost.shape
    best = np.full((height, width), np.inf, dtype=np.float32)
    best[start] = 0.0
    heap = [(np.float32(0.0), start[0] * width + start[1])]
    while heap:
        value, node = heapq.heappop(heap)
        row, column = node // width, node % width
        if value > best[row, column]:
            continue
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                r, c = row + dr, column + dc
                if (dr == 0 and dc == 0) or r < 0 or c < 0 or r >= height or c >= width or not cost[r, c] < np.inf:
                    continue
                reach = np.float32(value + math.hypot(dr, dc) * 0.5 * (min(cost[row, column], 50.0) + cost[r, c]))
                if reach < best[r, c] - 1e-5:
                    best[r, c] = reach
                    heapq.heappush(heap, (reach, r * width + c))
    return best


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _clear(cost: npt.NDArray[np.float32], a: tuple[float, float], b: tuple[float, float], limit: float) -> bool:
    """Tell whether the straight line between two fractional cells stays on cells cheaper than `limit`."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    for i in range(int(length / 0.5) + 2):
        t = min(i * 0.5 / max(length, 1e-9), 1.0)
        if not cost[int(a[0] + t * (b[0] - a[0])), int(a[1] + t * (b[1] - a[1]))] < limit:
            return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What walking costs in a window of the grid.

    Attributes:
        cost: (h, w) float32 per cell, 1 on free ground, inf blocked. row, column: of its first cell in the grid.
        known: (h, w) bool. room: (h, w) float32, metres to the nearest obstacle.
    """

    cost: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    room: npt.NDArray[np.float32]
    row: int
    column: int

    def cell(self, x: float, y: float) -> tuple[int, int]:
        row, column = math.floor(y / CELL) + SIDE // 2 - self.row, math.floor(x / CELL) + SIDE // 2 - self.column
        return min(max(row, 0), self.cost.shape[0] - 1), min(max(column, 0), self.cost.shape[1] - 1)

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Return fractional cells, clipped to the window."""
        height, width = self.cost.shape
        row, column = y / CELL + SIDE // 2 - self.row, x / CELL + SIDE // 2 - self.column
        return min(max(row, 0.0), height - 1e-3), min(max(column, 0.0), width - 1e-3)

    def position(self, row: float, column: float) -> tuple[float, float]:
        """Return (x, y) of the centre of a cell."""
        return (
            (column + self.column - SIDE // 2 + 0.5) * CELL,
            (row + self.row - SIDE // 2 + 0.5) * CELL,
        )


def assess(
    world: OccupancyMap, points: list[tuple[float, float]], people: Sequence[Passer] = (), *, margin: float = MARGIN
) -> Ground:
    """Return what walking costs in the window that holds the known ground and `points`.

    Unknown ground counts as free, at a little more. `people` who stand block their ground;
    those who walk will have left it, but are given room.
    """
    rows, columns = np.flatnonzero(world.grid.any(axis=1)), np.flatnonzero(world.grid.any(axis=0))
    cells = np.array([world.cell(x, y) for x, y in points])
    pad = int(WINDOW / CELL)
    top = max(min(int(rows[0]), int(cells[:, 0].min())) - pad, 0)
    bottom = min(max(int(rows[-1]), int(cells[:, 0].max())) + pad + 1, SIDE)
    left = max(min(int(columns[0]), int(cells[:, 1].min())) - pad, 0)
    right = min(max(int(columns[-1]), int(cells[:, 1].max())) + pad + 1, SIDE)
    grid = world.grid[top:bottom, left:right]
    room = cv2.distanceTransform((grid <= 0).astype(np.uint8), cv2.DIST_L2, 5) * np.float32(CELL)
    cost = np.where(grid < 0, np.float32(1.0), np.float32(1.4))
    cost = cost + np.float32(3.0) * np.clip((COMFORT - room) / COMFORT, 0.0, 1.0)
    reach = world.robot.radius + margin
    cost[room < reach] = np.inf
    ground = Ground(cost=cost.astype(np.float32), known=grid != 0, room=room, row=top, column=left)
    if people:
        _avoid(ground, people, world.robot.radius)
    row, column = ground.cell(*points[0])
    if np.isinf(ground.cost[row, column]):  # the robot may leave where it stands, but come no nearer to anything
        span = math.ceil(2 * reach / CELL)
        patch = (slice(max(row - span, 0), row + span + 1), slice(max(column - span, 0), column + span + 1))
        near = ground.cost[patch]
        near[np.isinf(near) & (room[patch] >= room[row, column] - 0.01)] = NARROW
    return ground


def _avoid(ground: Ground, people: Sequence[Passer], radius: float) -> None:
    height, width = ground.cost.shape
    span = int(PERSONAL / CELL) + 1
    for x, y, walks in people:
        row, column = ground.cell(x, y)
        rows = np.arange(max(row - span, 0), min(row + span + 1, height))
        columns = np.arange(max(column - span, 0), min(column + span + 1, width))
        px, py = ground.position(rows[:, None], columns[None, :])  # type: ignore[arg-type]
        gap = np.hypot(px - x, py - y)
        patch = ground.cost[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        patch += (5.0 * np.clip(1.0 - gap / PERSONAL, 0.0, 1.0)).astype(np.float32)
        if not walks:
            patch[gap < PERSON_RADIUS + radius + MARGIN] = np.inf


def plan(ground: Ground, start: tuple[float, float], goal: tuple[float, float]) -> FloatArray:
    """Return a way (K, 2) from start to goal, or to the nearest point that can be reached, start included."""
    cells = _search(ground.cost, ground.cell(*start), ground.cell(*goal))
    way = np.array([ground.position(row, column) for row, column in cells.tolist()])
    way[0] = start
    return way


@dataclass(slots=True)
class Navigator:
    """Drives to a target by discrete actions, past obstacles and people."""

    robot: RobotSpec
    world: OccupancyMap
    rng: np.random.Generator
    margin: float = MARGIN  # m kept from obstacles besides the robot's radius
    way: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    ground: Ground | None = None
    target: tuple[float, float] = (math.nan, math.nan)
    age: int = 0
    waits: int = 0
    visit: int | None = None
    escape: list[Action] = field(default_factory=list)
    trail: list[tuple[float, float, float]] = field(default_factory=list)

    def drive(
        self, observation: Observation, target: tuple[float, float], *, arrive: float, visit: int | None = None
    ) -> Action | None:
        """Return the next action towards `target`; None within `arrive` metres of it, or as near as one can get.

        `visit` is the instance of a person who stands at the target, and so is not to be gone round.
        """
        self.visit = visit
        x, y, _ = observation.pose
        if math.hypot(target[0] - x, target[1] - y) <= arrive:
            return None
        if self._stuck(observation):
            return self._break_free()
        if self.escape:
            return self.escape.pop()
        moved = math.hypot(target[0] - self.target[0], target[1] - self.target[1])
        self.age += 1
        if self.ground is None or not moved < 0.3 or self.age >= REPLAN or observation.collided:
            self._plan(observation, target)
        if len(self.way) == 0 or (end := self._left(x, y)) < 0.3:
            return None
        action = self._steer(observation, self._aim(x, y), end)
        if action.kind != "forward":
            return action
        if not self._in_the_way(observation):
            self.waits = 0
        elif self.waits < PATIENCE:
            self.waits += 1
            self.age = REPLAN
            return Action(kind="wait")
        return action

    def face(self, observation: Observation, bearing: float) -> Action | None:
        """Return a turn towards `bearing` (start frame), or None when the robot faces it."""
        return self.turn(wrap(bearing - observation.pose[2]))

    def turn(self, off: float) -> Action | None:
        """Return a turn that lessens `off` (radians, left positive), or None within half a turn step."""
        if abs(off) <= 0.55 * self.robot.turn:
            return None
        return Action(kind="left" if off > 0 else "right")

    def people(self, time: float, *, ahead: float = 0.6) -> list[Passer]:
        """Return where people stand, and where those who walk are and will be in `ahead` seconds."""
        spots: list[Passer] = []
        for person, track in self.world.people.items():
            age = time - track.time
            if person == self.visit or age > (STAYS if track.speed < STANDING else PASSES):
                continue
            walks = track.speed >= STANDING
            spots.append((*track.at(time), walks))
            if walks:
                spots.append((*track.at(time + ahead), True))
        return spots

    def _plan(self, observation: Observation, target: tuple[float, float]) -> None:
        x, y, yaw = observation.pose
        if observation.collided:
            reach = self.robot.radius + CELL
            for off in (-0.5, 0.0, 0.5):
                self.world.occupy(x + reach * math.cos(yaw + off), y + reach * math.sin(yaw + off))
        around = [p for p in self.people(observation.time) if math.hypot(p[0] - x, p[1] - y) < 4.0]
        same = math.dist(target, self.target) < 0.3 and not observation.collided
        self.ground = assess(self.world, [(x, y), target], around, margin=self.margin)
        way = plan(self.ground, (x, y), target)
        if not (same and self._as_good(x, y, way)):
            self.way = way
        self.target, self.age = target, 0

    def _as_good(self, x: float, y: float, way: FloatArray) -> bool:
        """Tell whether the present way is still free, leads as far as `way` and costs hardly more."""
        if len(self.way) == 0 or math.dist(self.way[-1], way[-1]) > 0.5:
            return False
        rest = self.way[int(np.hypot(self.way[:, 0] - x, self.way[:, 1] - y).argmin()) :]
        return self._cost(rest) <= KEEP * self._cost(way) + 2.0

    def _cost(self, way: FloatArray) -> float:
        assert self.ground is not None
        return float(sum(self.ground.cost[self.ground.cell(px, py)] for px, py in way.tolist()))

    def _left(self, x: float, y: float) -> float:
        end = self.way[-1]
        return math.hypot(end[0] - x, end[1] - y)

    def _aim(self, x: float, y: float) -> tuple[float, float]:
        """Return the farthest point of the way, up to AHEAD, to which the straight line costs no more than the way."""
        assert self.ground is not None
        gaps = np.hypot(self.way[:, 0] - x, self.way[:, 1] - y)
        first = int(gaps.argmin())
        aim = self.way[-1]
        most = max(2.0, float(self.ground.cost[self.ground.cell(x, y)]))
        for point, gap in zip(self.way[first:], gaps[first:], strict=True):
            most = max(most, float(self.ground.cost[self.ground.cell(*point)]))
            clear = _clear(self.ground.cost, self.ground.spot(x, y), self.ground.spot(*point), most + 0.5)
            if gap >= LEAST and (gap > AHEAD or not clear):
                break
            aim = point
        return float(aim[0]), float(aim[1])

    def _steer(self, observation: Observation, aim: tuple[float, float], end: float) -> Action:
        """Return a step along the heading, a whole number of turns away, that is free and nearest to the aim."""
        x, y, yaw = observation.pose
        off = wrap(math.atan2(aim[1] - y, aim[0] - x) - yaw)
        if abs(off) <= (0.6 if end > 1.0 else 0.8) * self.robot.turn and self._free(x, y, yaw):
            return Action(kind="forward")
        turns = sorted(range(-11, 13), key=lambda k: abs(wrap(off - k * self.robot.turn)))
        best = next((k for k in turns if self._free(x, y, yaw + k * self.robot.turn)), turns[0])
        if best == 0:
            return Action(kind="forward")
        return Action(kind="left" if best > 0 else "right")

    def _free(self, x: float, y: float, yaw: float) -> bool:
        """Tell whether a step along `yaw` ends on free ground, or on ground no worse than here."""
        assert self.ground is not None
        step = self.robot.forward
        here = self.ground.cost[self.ground.cell(x, y)]
        ahead = self.ground.cost[self.ground.cell(x + step * math.cos(yaw), y + step * math.sin(yaw))]
        return bool(ahead < np.inf and (ahead < NARROW or here >= NARROW))

    def _in_the_way(self, observation: Observation) -> bool:
        """Tell whether somebody is right before the robot, or comes there within a second."""
        x, y, yaw = observation.pose
        c, s = math.cos(yaw), math.sin(yaw)
        wide = self.robot.radius + PERSON_RADIUS
        for track in self.world.people.values():
            if observation.time - track.time > 1.5:
                continue
            for lead, reach in ((0.0, 0.75), (0.8, 1.0)) if track.speed > 0.25 else ((0.0, 0.65),):
                px, py = track.at(observation.time + lead)
                along, aside = (px - x) * c + (py - y) * s, (py - y) * c - (px - x) * s
                if 0.0 < along < reach and abs(aside) < wide + 0.05:
                    return True
        return False

    def _stuck(self, observation: Observation) -> bool:
        """Tell whether the robot has been about the same place for 12 s although it drives."""
        self.trail.append((*observation.pose[:2], observation.time))
        self.trail = [p for p in self.trail if observation.time - p[2] <= 12.0]
        if observation.time - self.trail[0][2] < 11.0:
            return False
        spread = max(math.hypot(p[0] - observation.pose[0], p[1] - observation.pose[1]) for p in self.trail)
        return spread < 0.5

    def _break_free(self) -> Action:
        turns = int(self.rng.integers(4, 10))
        side = Action(kind="left" if self.rng.random() < 0.5 else "right")
        self.escape = [Action(kind="forward")] * 3 + [side] * turns
        self.trail.clear()
        self.ground = None
        return self.escape.pop()
