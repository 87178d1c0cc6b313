"""Asks the nearest person for the way, follows the answer, and asks again when it leads nowhere."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.asker import NEAR_AT_HAND, Asker
from embodied.agents.directions import Directions
from embodied.agents.follower import Follower
from embodied.episode import Action, Observation, RobotSpec

SEARCH = 35.0  # s of looking about where directions end, before asking farther off
LOST = 10.0  # s of it after which anybody at hand is asked


class AskNearest(Asker):
    """Asks, listens, follows, and asks somebody else when that did not help."""

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.searched_since: float | None = None

    def take_in(self, observation: Observation, directions: Directions) -> bool:
        """Follow what was said last."""
        start = observation.pose[:2]
        self.follower = Follower(directions, self.map, self.navigator, self.facing, start, observation.time)
        self.searched_since, self.turns_left = None, 0
        return True

    def decide(self, observation: Observation) -> Action:
        """Follow the last answer, else ask whoever can be met, else explore."""
        action = self.follow(observation)
        if action is None and self.may_ask():
            action = self.approach(observation)
        return action or self.explore(observation)

    def follow(self, observation: Observation) -> Action | None:
        """Follow the directions, then look about where they end; None without any, and when that has been in vain."""
        if self.follower is None:
            return None
        action = self.follower.act(observation)
        if action is not None:
            return action
        if self.follower.directions.again and self.may_ask():  # it was told to ask here
            self.follower = None
            return None
        if self.searched_since is None:
            self.searched_since = observation.time
            self.turns_left = round(2 * math.pi / self.robot.turn)
            self.explorer.target = None
        if observation.time - self.searched_since > SEARCH:
            self.follower, self.searched_since = None, None
            return None
        if self.turns_left > 0:
            self.turns_left -= 1
            side = self.follower.directions.side or "left"
            return Action(kind="right" if side == "right" else "left")
        if observation.time - self.searched_since > LOST and self.may_ask():
            action = self.approach(observation, within=NEAR_AT_HAND)
            if action is not None:
                return action
        return self.explorer.act(observation, hint=self.follower.guess(), weight=2.0)
