"""What all agents share that look for a named place: a map, a way of driving, and eyes for the sign."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.explorer import Explorer
from embodied.agents.instruction import is_place, read_goal
from embodied.agents.mapping import OccupancyMap, Sighting
from embodied.agents.planner import Navigator
from embodied.agents.setpoint import Setpoint
from embodied.episode import Action, Observation, Perception, RobotSpec

FRONT = 1.5  # m before a sign: where one stands to go in
NEAR_ENOUGH = 0.6  # of the success radius, from where one stands before a sign
BOARD = 2.0  # m, the least width of a board over a shop
BLOCKED = 8  # waits for people to leave that place


class Seeker:
    """Explores until the sign of the goal is read, goes there and stops."""

    perception: Perception = "ids"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        self.robot = robot
        self.map = OccupancyMap(robot)
        self.setpoint = Setpoint(robot)
        self.navigator = Navigator(robot=robot, world=self.map, rng=rng)
        self.explorer = Explorer(self.map, self.navigator)
        self.goal = ""
        self.blocked = self.inspected = 0
        self.turns_left = round(2 * math.pi / robot.turn)  # look around first

    def act(self, observation: Observation) -> Action:
        """Return the next action."""
        self.goal = self.goal or read_goal(observation.instruction)
        self.map.update(observation)
        settled = self.setpoint.settle(observation)
        sign = self.find(self.goal)
        action = self.search(settled) if sign is None else self.finish(settled, sign)
        return self.setpoint.command(action)

    def search(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight."""
        if self.turns_left > 0:
            self.turns_left -= 1
            return Action(kind="left")
        return self.explorer.act(observation) or Action(kind="left")

    def find(self, name: str) -> Sighting | None:
        """Return where a place called `name` has been seen, the best view of it."""
        seen = [sighting for sighting in self.map.sightings.values() if is_place(sighting.label, name)]
        return max(seen, key=lambda sighting: sighting.pixels, default=None)

    def finish(self, observation: Observation, sign: Sighting) -> Action:
        """Go in front of the sign and stop."""
        x, y, _ = observation.pose
        front = front_of(sign, (x, y))
        action = self.navigator.drive(observation, front, arrive=0.6)
        if action is not None:
            return action
        if sign.width < BOARD and self.inspected < round(2 * math.pi / self.robot.turn):
            self.inspected += 1  # it sticks out into the street: look about for the board on the front
            return Action(kind="left")
        self.blocked += 1
        gap = math.dist(front, (x, y))
        if gap < 0.8 or (self.blocked > BLOCKED and gap < NEAR_ENOUGH * self.robot.success_radius):
            return Action(kind="stop")
        return self.navigator.face(observation, math.atan2(sign.y - y, sign.x - x)) or Action(kind="wait")


def front_of(sign: Sighting, here: tuple[float, float]) -> tuple[float, float]:
    """Return where to stand before a sign; without a known normal on the side of `here`."""
    normal = sign.normal if math.isfinite(sign.normal) else math.atan2(here[1] - sign.y, here[0] - sign.x)
    return sign.x + FRONT * math.cos(normal), sign.y + FRONT * math.sin(normal)
