"""What all agents share that look for a named place: a map, a way of driving, and eyes for the sign."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.explorer import Explorer
from embodied.agents.instruction import is_place, read_goal
from embodied.agents.mapping import OccupancyMap, Sighting
from embodied.agents.planner import Navigator, assess
from embodied.agents.setpoint import Setpoint
from embodied.episode import Action, Observation, Perception, RobotSpec

FRONT = 1.5  # m before a sign: where one stands to go in
NEAR_ENOUGH = 0.6  # of the success radius, from where one stands before a sign
BOARD = 2.0  # m, the least width of a board over a shop
OFF = 3.2  # m, from where a board at 3 m above ground is in view
BLOCKED = 8  # waits for people to leave that place


class Seeker:
    """Explores until the sign of the goal is read, goes there and stops."""

    perception: Perception = "state"
    perceptions: tuple[Perception, ...] = ("state", "ids")

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        self.robot = robot
        self.map = OccupancyMap(robot)
        self.setpoint = Setpoint(robot)
        self.navigator = Navigator(robot=robot, world=self.map, rng=rng)
        self.explorer = Explorer(self.map, self.navigator)
        self.goal = ""
        self.blocked = self.inspected = 0
        self.viewpoint: tuple[float, float] | None = None
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
        """Go in front of the shop that has the sign, or to the thing itself if it needs none, and stop."""
        if sign.width < BOARD and not math.isnan(sign.normal) and self.inspected < round(2 * math.pi / self.robot.turn):
            return self._inspect(observation, sign)
        x, y, _ = observation.pose
        front = self.front_of(sign)
        action = self.navigator.drive(observation, front, arrive=0.6)
        if action is not None:
            return action
        self.blocked += 1
        gap = math.dist(front, (x, y))
        if gap < 0.8 or (self.blocked > BLOCKED and gap < NEAR_ENOUGH * self.robot.success_radius):
            return Action(kind="stop")
        return self.navigator.face(observation, math.atan2(sign.y - y, sign.x - x)) or Action(kind="wait")

    def _inspect(self, observation: Observation, sign: Sighting) -> Action:
        """A small sign sticks out into the street: go where its shop can be seen, and look about for the front."""
        x, y, _ = observation.pose
        if self.viewpoint is None or math.dist(self.viewpoint, (sign.x, sign.y)) > 2 * OFF:
            self.viewpoint = self._viewpoint((x, y), sign)
        action = self.navigator.drive(observation, self.viewpoint, arrive=0.5)
        if action is None:
            self.inspected += 1
            action = Action(kind="left")
        return action

    def _viewpoint(self, here: tuple[float, float], sign: Sighting) -> tuple[float, float]:
        """Return the roomiest known place OFF metres from a sign, rather on this side of it."""
        ground = assess(self.map, [here, (sign.x, sign.y)])
        best, worth = here, -math.inf
        for angle in np.radians(np.arange(0, 360, 15)).tolist():
            spot = (sign.x + OFF * math.cos(angle), sign.y + OFF * math.sin(angle))
            cell = ground.cell(*spot)
            value = min(float(ground.room[cell]), 2.5) - 0.1 * math.dist(spot, here)
            if ground.known[cell] and np.isfinite(ground.cost[cell]) and value > worth:
                best, worth = spot, value
        return best

    def front_of(self, sign: Sighting) -> tuple[float, float]:
        """Return where one stands before a sign to go in: on its free side, else on that from which it was seen."""
        if math.isnan(sign.normal):
            return (sign.x, sign.y)
        spots = [
            (sign.x + FRONT * math.cos(sign.normal + turn), sign.y + FRONT * math.sin(sign.normal + turn))
            for turn in (0.0, math.pi)
        ]
        free = [spot for spot in spots if self.map.grid[self.map.cell(*spot)] < 0]
        return free[0] if free else spots[0]
