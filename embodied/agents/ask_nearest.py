"""Asks the nearest person for the way, follows the answer, and asks again when it leads nowhere."""

from __future__ import annotations

from embodied.agents.asker import NEAR_AT_HAND, Asker
from embodied.agents.directions import Directions
from embodied.agents.follower import Follower
from embodied.episode import Action, Observation

LOST = 10.0  # s of looking about where directions end after which anybody at hand is asked


class AskNearest(Asker):
    """Asks, listens, follows, and asks somebody else when that did not help."""

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

    def ask_here(self, observation: Observation) -> Action | None:
        """Ask anybody at hand once looking about has been in vain for LOST."""
        assert self.searched_since is not None
        if observation.time - self.searched_since > LOST and self.may_ask():
            return self.approach(observation, within=NEAR_AT_HAND)
        return None
