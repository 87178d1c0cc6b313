"""Keeps a belief about where the goal is, asks when an answer is worth the time, and weighs what it hears.

The belief is that of belief.py. To ask when that saves more than it costs is the value of information (Howard 1966,
Information Value Theory); the time to search is that of as many looks as Massey's bound says that guessing takes at
least (Massey 1994, Guessing and Entropy): a quarter of 2 to the entropy, and one.
"""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.asker import SOON, Asker
from embodied.agents.belief import Belief, Claim, ring
from embodied.agents.directions import Directions
from embodied.agents.follower import SURE, Follower
from embodied.episode import Action, Observation, RobotSpec

UNCERTAIN = 6.5  # bits above which the robot thinks of asking
REGION_TIME = 4.0  # s to search one region
ANSWER_TIME = 12.0  # s that a question and its answer take
ANSWERED = (3.0, 2.0)  # Beta prior: people asked who told a way, and who did not
TYPICAL = 8.0  # m, spread of a claim that is expected of the next person
ABANDON = 0.4  # trust below which directions are no longer followed
RIVAL = 0.05  # by which the trust in what is being followed must exceed that in a new answer to be kept
LOOK = 1.0  # s between two updates of what was seen
IN_VAIN = 20.0  # s of looking about where directions end after which a goal that is there has been found but for 1/e
DRAWN = 1.5  # m of way given for a metre nearer to the likeliest place


class AskWhenUncertain(Asker):
    """Asks when the entropy of its belief is high and the gain worth the detour; drops what turns out false."""

    most = 12
    searching = 60.0

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.belief = Belief()
        self.following = -1  # place of the claim that is being followed
        self.looked = -math.inf
        self.told = 0  # questions answered with a way

    def take_in(self, observation: Observation, directions: Directions) -> bool:
        """Weigh an answer; follow it unless what is being followed is trusted more."""
        self.told += 1
        if self.speaker is not None and not directions.again:
            self.left_alone[self.speaker] = math.inf  # to hear the same from the same person is no second answer
        follower = Follower(directions, self.map, self.navigator, self.facing, observation.pose[:2], observation.time)
        index = self.belief.hear(_claim(follower))
        trust = self.belief.trust
        self.note |= {"belief_entropy": self.belief.entropy(), "trust": float(trust[index])}
        if self.follower is not None and trust[self.following] > trust[index] + RIVAL:
            return False
        self.follower, self.following = follower, index
        self.searched_since, self.turns_left = None, 0
        return True

    def search(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight; declare the belief after every answer."""
        heard = self.asked is not None
        action = super().search(observation)
        if heard:
            self.note.setdefault("belief_entropy", self.belief.entropy())
        return action

    def decide(self, observation: Observation) -> Action:
        """Ask if that is worth while, else follow what is trusted, else look where the goal is likely to be."""
        if observation.time - self.looked >= LOOK:
            self._look(observation)
        within = self.worth(self.robot.max_time - observation.time)
        if self.may_ask() and self.belief.entropy() > UNCERTAIN and within > 0.0:
            action = self.approach(observation, within=min(within, SOON))
            if action is not None:
                if action.kind == "ask":
                    self.note["belief_entropy"] = self.belief.entropy()
                return action
        action = self.follow(observation)
        if action is not None:
            return action
        believed = bool(self.belief.claims) and float(self.belief.trust.max()) > ABANDON
        hint = self.belief.peak() if believed else None
        return self.explore(observation, hint=hint, weight=DRAWN)

    def worth(self, left: float) -> float:
        """Return how many seconds of detour the next question is worth, with `left` seconds to go (eq. 6)."""
        now, then = (
            min(REGION_TIME * (0.25 * math.exp2(bits) + 1.0), left) for bits in (self.belief.entropy(), ring(TYPICAL))
        )
        answered = (ANSWERED[0] + self.told) / (sum(ANSWERED) + self.asks)
        astray = 1.0 if self.follower is None else 1.0 - float(self.belief.trust[self.following])
        return answered * float(self.belief.reliability) * astray * (now - then) - ANSWER_TIME

    def _look(self, observation: Observation) -> None:
        """Take in what has been seen, and how far the directions have led."""
        self.looked = observation.time
        self.belief.see(self.map.grid)
        if self.follower is None:
            return
        searched = 0.0 if self.searched_since is None else observation.time - self.searched_since
        self.belief.revise(self.following, _claim(self.follower, math.exp(-searched / IN_VAIN)))
        if self.belief.trust[self.following] < ABANDON:
            self.drop()

    def drop(self) -> None:
        """Follow the directions no longer; the belief keeps what they said."""
        super().drop()
        self.following, self.explorer.target = -1, None


def _claim(follower: Follower, vain: float = 1.0) -> Claim:
    x, y, spread = follower.outlook()
    return Claim(x=x, y=y, spread=max(spread, SURE), hedged=follower.directions.hedged, vain=vain)
