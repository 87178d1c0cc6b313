"""Does what it is told: follows a way in words to a landmark, or drives to a point; it asks nobody."""

from __future__ import annotations

import math
import re

import numpy as np

from embodied.agents.directions import Directions, normalise, parse_directions
from embodied.agents.follower import Follower
from embodied.agents.instruction import read_goal
from embodied.agents.seeker import Seeker
from embodied.drive import wrap
from embodied.episode import Action, Observation, RobotSpec

SURE = 0.4  # of the success radius: so near to a point the robot stops
TIGHT = 0.05  # m kept from obstacles where else no way leads on
CLOSE = 1.0  # m from a point from where the robot goes straight to it
STILL = 0.02  # m/s and rad/s, below which it stands
NUDGES = 40  # actions for that
WAITS = 8  # before a point that cannot be reached is looked for another way
_STOP = re.compile(
    r"\b(?:stop|wait|halt) (?:right |just )?(?:in front of|outside|before|beside|near|by|at) (?:the |an? )?"
    r"(?P<goal>[a-z][a-z0-9' &]*?)\s*(?=[.,;:!?]|$)"
)
_WHERE_TO = re.compile(
    r"^(?:(?:please|you are|you're) )?(?:go to|find|take me to|looking for|to (?:get to|reach|find)) "
)


def read_route(instruction: str) -> tuple[str, Directions]:
    """Return the landmark to which an instruction leads, "" if it names none, and the way that it tells.

    Where to stop names the landmark, else the first place to go to. What only says where it all leads ("Go to the
    bakery.", "To find the bakery, follow these steps.") is no part of the way.
    """
    words = normalise(instruction)
    stop = _STOP.search(words)
    goal = stop["goal"].strip() if stop else read_goal(instruction)
    first, dot, rest = words.partition(" . ")
    if _WHERE_TO.match(first):
        words = rest if dot else ""
    return goal, parse_directions(_STOP.sub("it is", words))


class RouteFollower(Seeker):
    """Follows the told way leg by leg, then looks about for the sign; to a point it drives by its map."""

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.directions: Directions | None = None
        self.follower: Follower | None = None
        self.looked = False  # about, where the way ends
        self.nudges = self.waits = 0

    def act(self, observation: Observation) -> Action:
        """Return the next action."""
        if observation.point_goal is not None:
            return self._go_to_point(observation, observation.point_goal)
        if self.directions is None:
            self.goal, self.directions = read_route(observation.instruction)
        return super().act(observation)

    def search(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight: look about, follow the way, look about, explore."""
        if self.turns_left > 0:
            return super().search(observation)
        assert self.directions is not None
        if self.directions.kind != "route":
            return super().search(observation)
        if self.follower is None:
            self.follower = Follower(self.directions, self.map, self.navigator, 0.0, (0.0, 0.0), observation.time)
        action = self.follower.act(observation)
        if action is not None:
            return action
        if not self.looked:
            self.looked, self.turns_left = True, round(2 * math.pi / self.robot.turn)
            self.explorer.target = None
            return super().search(observation)
        return self.explorer.act(observation, hint=self.follower.guess(), weight=2.0) or Action(kind="left")

    def _go_to_point(self, observation: Observation, polar: tuple[float, float]) -> Action:
        """Return the next action towards a point, (metres, radians) from the robot."""
        x, y, yaw = observation.pose
        goal = (x + polar[0] * math.cos(yaw + polar[1]), y + polar[0] * math.sin(yaw + polar[1]))
        self.map.update(observation)
        action = None if self.nudges else self._approach(self.setpoint.settle(observation), goal)
        return self.setpoint.command(action or self._dock(observation, goal))

    def _approach(self, observation: Observation, goal: tuple[float, float]) -> Action | None:
        """Drive by the map; None when the point is close and the map leads no nearer."""
        action = self.navigator.drive(observation, goal, arrive=SURE * self.robot.success_radius)
        if action is not None:
            self.waits = 0
            return action
        if self.navigator.margin > TIGHT:  # a door that leaves little room
            self.navigator.margin, self.navigator.ground = TIGHT, None
            return self._approach(observation, goal)
        if math.dist(observation.pose[:2], goal) < CLOSE:
            return None
        self.waits += 1  # blocked, for now or for good
        if self.waits <= WAITS:
            return Action(kind="wait")
        return self.explorer.act(observation, hint=goal, weight=2.0) or Action(kind="left")

    def _dock(self, observation: Observation, goal: tuple[float, float]) -> Action:
        """Turn and step, each from standing still, as near to the point as a step allows; then stop."""
        self.nudges += 1
        x, y, yaw = observation.pose
        if self.nudges >= NUDGES:
            return Action(kind="stop")
        if max(map(abs, observation.velocity)) >= STILL:
            return Action(kind="wait")
        gap = math.dist((x, y), goal)
        if gap < max(SURE * self.robot.success_radius, 0.5 * self.robot.forward):
            return Action(kind="stop")
        return self.navigator.turn(wrap(math.atan2(goal[1] - y, goal[0] - x) - yaw)) or Action(kind="forward")
