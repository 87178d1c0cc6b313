"""Where to look next: the edge of what is known (frontiers, Yamauchi 1997)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import cv2
import numpy as np

from embodied.agents.mapping import CELL, OccupancyMap
from embodied.agents.planner import Ground, Navigator, Passer, assess, flood
from embodied.drive import wrap
from embodied.episode import Action, FloatArray, Observation

SMALLEST = 5  # cells of a frontier that is worth a visit
GAIN = 0.26  # m of way that one cell of frontier is worth
LARGEST = 40  # cells beyond which a frontier gains no more
RETHINK = 25  # actions between two looks at all frontiers
GIVE_UP, SLOW = 8.0, 0.3  # s for one frontier, and m/s at which it is to be reached
KEEP = 5.0  # m of way saved that make the explorer drop the frontier it is heading for


class Explorer:
    """Goes to frontiers, chosen by the way to them and their size, near a hint if there is one."""

    def __init__(self, world: OccupancyMap, navigator: Navigator) -> None:
        self.world = world
        self.navigator = navigator
        self.target: tuple[float, float] | None = None
        self.until = 0.0  # s, when the target is given up
        self.age = 0
        self.dropped: list[tuple[float, float]] = []

    def act(
        self, observation: Observation, *, hint: tuple[float, float] | None = None, weight: float = 1.0
    ) -> Action | None:
        """Return the next action, or None when nothing reachable is unknown; `hint` and `weight` as of `choose`."""
        for _ in range(3):
            self.age += 1
            if self.target is None or self.age >= RETHINK or not self._open(self.target):
                before = self.target
                if (
                    self.choose(*observation.pose, self.navigator.people(observation.time), hint=hint, weight=weight)
                    is None
                ):
                    return None
                self.age = 0
                if before is None or self.target is None or math.dist(before, self.target) > 2.0:
                    way = math.dist(observation.pose[:2], self.target) if self.target else 0.0
                    self.until = observation.time + GIVE_UP + way / SLOW
            assert self.target is not None
            if observation.time < self.until:
                action = self.navigator.drive(observation, self.target, arrive=1.0)
                if action is None:
                    action = self.navigator.turn(wrap(self._beyond(self.target) - observation.pose[2]))
                if action is not None:
                    return action
            self.dropped.append(self.target)
            self.target = None
        return None

    def _open(self, spot: tuple[float, float]) -> bool:
        """Tell whether there is still unknown ground about a frontier."""
        row, column = self.world.cell(*spot)
        return bool(np.any(self.world.grid[row - 2 : row + 3, column - 2 : column + 3] == 0))

    def _beyond(self, spot: tuple[float, float]) -> float:
        """Return the direction in which the ground about a frontier is unknown."""
        row, column = self.world.cell(*spot)
        span = 7
        patch = self.world.grid[row - span : row + span + 1, column - span : column + span + 1] == 0
        rows, columns = np.nonzero(patch)
        if not len(rows):
            return 0.0
        return math.atan2(rows.mean() - span, columns.mean() - span)

    def choose(
        self,
        x: float,
        y: float,
        yaw: float,
        people: Sequence[Passer],
        *,
        hint: tuple[float, float] | None = None,
        weight: float = 1.0,
    ) -> tuple[float, float] | None:
        """Return the frontier to go to, or None when nothing reachable is unknown.

        Args:
            x, y, yaw: pose of the robot. people: who is in the way.
            hint: where the goal is thought to be; `weight` metres of way are given for a metre nearer to it.
        """
        ground = assess(self.world, [(x, y)], people)
        spots, sizes, ways = self._frontiers(ground, x, y)
        if not len(spots):
            self.target = None
            return None
        worth = ways - GAIN * np.minimum(sizes, LARGEST)
        bearing = np.arctan2(spots[:, 1] - y, spots[:, 0] - x) - yaw
        worth += 3.0 * np.abs((bearing + math.pi) % (2 * math.pi) - math.pi)  # turning takes time
        if hint is not None:
            worth += weight * np.hypot(spots[:, 0] - hint[0], spots[:, 1] - hint[1])
        if self.target is not None:  # stay with the frontier that is left of the last target
            near = np.hypot(spots[:, 0] - self.target[0], spots[:, 1] - self.target[1]) < 4.0
            worth = worth - KEEP * near
        best = int(worth.argmin())
        self.target = (float(spots[best, 0]), float(spots[best, 1]))
        return self.target

    def _frontiers(self, ground: Ground, x: float, y: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return (F, 2) positions, (F,) sizes in cells and (F,) ways in metres of the reachable frontiers."""
        known_cost = np.where(ground.known, ground.cost, np.float32(np.inf)).astype(np.float32)
        known_cost[ground.cell(x, y)] = 1.0
        ways = flood(known_cost, ground.cell(x, y))
        unknown = (~ground.known).astype(np.uint8)
        edge = cv2.dilate(unknown, np.ones((3, 3), np.uint8)).astype(bool) & ground.known & np.isfinite(ways)
        count, labels = cv2.connectedComponents(edge.astype(np.uint8), connectivity=8)
        spots, sizes, costs = [], [], []
        rows, columns = np.nonzero(labels)
        order = np.argsort(labels[rows, columns], kind="stable")
        rows, columns = rows[order], columns[order]
        bounds = np.searchsorted(labels[rows, columns], np.arange(1, count + 1))
        for first, last in itertools.pairwise(bounds.tolist()):
            if last - first < SMALLEST:
                continue
            r, c = rows[first:last], columns[first:last]
            middle = int(np.argmin((r - r.mean()) ** 2 + (c - c.mean()) ** 2))
            spot = ground.position(r[middle], c[middle])
            if any(math.hypot(spot[0] - px, spot[1] - py) < 1.0 for px, py in self.dropped):
                continue
            spots.append(spot)
            sizes.append(last - first)
            costs.append(float(ways[r[middle], c[middle]]) * CELL)
        return np.array(spots).reshape(-1, 2), np.array(sizes, dtype=np.float64), np.array(costs)
