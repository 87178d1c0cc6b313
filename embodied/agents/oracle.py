"""Knows the World: drives the shortest way to the goal, and keeps clear of people. Its result is the upper bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from embodied.agents.setpoint import Setpoint
from embodied.drive import wrap
from embodied.episode import Action, FloatArray, Observation, Perception, RobotSpec
from scenes.walkable import Walkable

if TYPE_CHECKING:
    from embodied.world import World

ARRIVE = 0.5  # m from the goal
MARGIN = 0.12  # m kept from walls, besides the robot's radius
HEADINGS = np.radians([0, 15, -15, 30, -30, 45, -45, 60, -60, 75, -75, 90, -90])
ASTRAY = 0.2  # m off the ground that it keeps to: too near a wall to turn and go on
PERSON_GAP = 0.25  # m between surfaces when passing somebody
HORIZON = 1.6  # s, how far people's ways are foreseen
PATIENCE = 8  # waits before the gap is given up


class Oracle:
    """The shortest path with the discrete actions of everybody else."""

    perception: Perception = "truth"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Take the body."""
        self.robot = robot
        self.setpoint = Setpoint(robot)
        self.arrive = min(ARRIVE, 0.5 * robot.success_radius)
        self.waits = 0

    def reveal(self, world: World) -> None:
        """Take the world: where one can go, where the goal is, where people are."""
        self.world = world
        self.ground = Walkable(world.scene.walkable, radius=self.robot.radius + MARGIN)
        start, goal = world.episode.start[:2], world.episode.goal
        reached = self.ground.geodesic(self.ground.snap(start), self.ground.snap(goal))
        if not reached < math.inf or math.dist(self.ground.snap(goal), goal) > self.arrive:
            self.ground = world.walkable  # a passage, or the goal, is too narrow for the margin
        self.goal = self.ground.snap(goal)

    def act(self, observation: Observation) -> Action:
        """Return the next action."""
        return self.setpoint.command(self._decide(self.setpoint.settle(observation)))

    def _decide(self, observation: Observation) -> Action:
        here = self._place(observation)
        if math.dist(here, self.goal) < self.arrive:
            return Action(kind="stop")
        ground = self.ground.snap(here)
        if math.dist(here, ground) > ASTRAY:
            aim = (float(ground[0]), float(ground[1]))  # out of a niche the way it came
        else:
            aim = self._aim(here, self.ground.shortest_path(ground, self.goal))
        yaw = self._yaw(observation)
        wish = math.atan2(aim[1] - here[1], aim[0] - here[0])
        heading = self._clear_heading(here, wish, math.dist(aim, here))
        if heading is None and self.waits < PATIENCE:
            self.waits += 1
            return Action(kind="wait")
        if heading is None or heading == wish:
            self.waits = 0
        off = wrap((wish if heading is None else heading) - yaw)
        if abs(off) > 0.55 * self.robot.turn:
            return Action(kind="left" if off > 0 else "right")
        return Action(kind="forward")

    def _place(self, observation: Observation) -> tuple[float, float]:
        x0, y0, yaw0 = self.world.episode.start
        x, y, _ = observation.pose
        return x0 + x * math.cos(yaw0) - y * math.sin(yaw0), y0 + x * math.sin(yaw0) + y * math.cos(yaw0)

    def _yaw(self, observation: Observation) -> float:
        return wrap(observation.pose[2] + self.world.episode.start[2])

    def _aim(self, here: tuple[float, float], path: FloatArray) -> tuple[float, float]:
        """Return the first corner of the path that is not underfoot."""
        for corner in path[1:-1]:
            if math.dist(corner, here) > 0.3:
                return float(corner[0]), float(corner[1])
        return float(path[-1, 0]), float(path[-1, 1])

    def _clear_heading(self, here: tuple[float, float], wish: float, reach: float) -> float | None:
        """Return the heading nearest to `wish` that meets neither wall nor person within HORIZON; None: no such."""
        crowd = self.world.crowd
        near = np.flatnonzero(np.hypot(*(crowd.positions - here).T) < 4.0)
        if not len(near):
            return wish
        times = np.arange(0.0, HORIZON, 0.2)
        gaps = crowd.radii[near] + self.robot.radius + PERSON_GAP
        ways = crowd.positions[near, None] + crowd.velocities[near, None] * times[None, :, None]
        before = np.hypot(*(crowd.positions[near] - here).T)
        for off in HEADINGS.tolist():
            step = np.minimum(times, reach)[:, None] * np.array([math.cos(wish + off), math.sin(wish + off)])
            spots = np.asarray(here) + step
            if off != 0.0 and not bool(self.ground.contains(spots[:6]).all()):
                continue
            distance = np.linalg.norm(ways - spots[None], axis=2).min(axis=1)
            if np.all((distance > gaps) | (distance >= before - 1e-6)):  # clear of it, or already moving away from it
                return wrap(wish + off)
        return None
