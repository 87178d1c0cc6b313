"""Asks at every decision: whoever is near, at corners and every few metres, though it has been told the way."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.ask_nearest import AskNearest
from embodied.agents.directions import Directions
from embodied.episode import Action, Observation, RobotSpec

EVERY = 12.0  # m of way after which the robot asks again
AT_HAND = 10.0  # s within which somebody must be met; farther off is nobody who is near


class AlwaysAsk(AskNearest):
    """Trusts whoever spoke last, and asks the next."""

    most = 20

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.gone = 0.0  # m since the last answer
        self.leg = -1  # of the directions
        self.last = (0.0, 0.0)
        self.due = True

    def take_in(self, observation: Observation, directions: Directions) -> bool:
        """Follow what was said last, until the next decision."""
        self.gone, self.leg, self.due = 0.0, 0, False
        return super().take_in(observation, directions)

    def decide(self, observation: Observation) -> Action:
        """Ask if it is time to and somebody is near, else do as `ask_nearest`."""
        here = observation.pose[:2]
        self.gone, self.last = self.gone + math.dist(self.last, here), here
        if self.follower is not None:
            corner = self.follower.index > self.leg
            self.leg = max(self.leg, self.follower.index)
            self.due = self.due or corner or self.gone >= EVERY
            if self.due and self.may_ask():
                action = self.approach(observation, within=AT_HAND)
                if action is not None:
                    return action
        return super().decide(observation)
