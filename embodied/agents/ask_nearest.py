"""Asks the nearest person for the way, follows the answer, and asks again when it leads nowhere."""

from __future__ import annotations

import math

import numpy as np

from embodied.agents.directions import Directions, parse_directions
from embodied.agents.follower import Follower
from embodied.agents.mapping import PersonTrack
from embodied.agents.seeker import Seeker
from embodied.drive import wrap
from embodied.episode import Action, Heard, Observation, RobotSpec

MAX_ASKS = 8
QUIET = 30.0  # s before the same person is asked again
TALKING_DISTANCE = 1.4  # m, between personal and social distance, Hall 1966
SIGHT = 12.0  # m, how far people are approached
FRESH = 4.0  # s, how old a sight of a person to approach may be
CHASE = 15.0  # s for one approach
SEARCH = 15.0  # s of looking about where directions end, before asking again
STANDING = 0.3  # m/s
QUESTION = "Excuse me, where is the {goal}?"
AGAIN = "Sorry, I am looking for the {goal}. Do you know where it is?"


class AskNearest(Seeker):
    """Asks, listens, follows, and asks somebody else when that did not help."""

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.asks = 0
        self.asked: int | None = None  # whom the robot has just spoken to
        self.facing = 0.0  # towards that person, start frame
        self.left_alone: dict[int, float] = {}  # until when, by instance
        self.chased: int | None = None
        self.chased_since = 0.0
        self.follower: Follower | None = None
        self.searched_since: float | None = None
        self.clarified = False

    def search(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight."""
        if self.asked is not None:
            again = self._listen(observation)
            if again is not None:
                return again
        if self.follower is not None:
            action = self._follow(observation)
            if action is not None:
                return action
        if self.asks < MAX_ASKS:
            action = self._approach(observation)
            if action is not None:
                return action
        if self.turns_left > 0:
            self.turns_left -= 1
            return Action(kind="left")
        return self.explorer.act(observation) or Action(kind="left")

    def _follow(self, observation: Observation) -> Action | None:
        """Follow the directions, then look about where they end; None when that has been in vain."""
        assert self.follower is not None
        action = self.follower.act(observation)
        if action is not None:
            return action
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
        return self.explorer.act(observation, hint=self.follower.guess(), weight=2.0)

    # ---------------------------------------------------------------- talk

    def _ask(self, observation: Observation, person: int, text: str) -> Action:
        track = self.map.people[person]
        x, y, _ = observation.pose
        self.asks += 1
        self.asked, self.facing = person, math.atan2(track.y - y, track.x - x)
        self.left_alone[person] = observation.time + QUIET
        self.chased = None
        return Action(kind="ask", text=text.format(goal=self.goal))

    def _listen(self, observation: Observation) -> Action | None:
        """Take in what was answered; return what to say at once, if anything."""
        person, self.asked = self.asked, None
        assert person is not None
        answers = [heard for heard in observation.heard if not heard.own]
        directions = (
            parse_directions(" ".join(heard.text for heard in answers)) if answers else Directions(kind="other")
        )
        if answers:
            self.facing = self._towards(observation, answers[-1])
        if directions.kind == "route":
            start = observation.pose[:2]
            self.follower = Follower(directions, self.map, self.navigator, self.facing, start, observation.time)
            self.searched_since, self.turns_left, self.clarified = None, 0, False
            return None
        if directions.kind == "clarify" and not self.clarified and person in self.map.people:
            self.clarified = True
            return self._ask(observation, person, AGAIN)
        self.clarified = False
        self.left_alone[person] = math.inf if directions.kind in ("unknown", "refused") else observation.time + QUIET
        return None

    def _towards(self, observation: Observation, heard: Heard) -> float:
        return wrap(observation.pose[2] + heard.bearing)

    # ---------------------------------------------------------------- people

    def _approach(self, observation: Observation) -> Action | None:
        """Walk up to the nearest person and ask; None when nobody is near."""
        choice = self._choose(observation)
        if choice is None:
            return None
        person, track = choice
        x, y, yaw = observation.pose
        px, py = track.at(observation.time)
        gap, bearing = math.hypot(px - x, py - y), math.atan2(py - y, px - x)
        off = wrap(bearing - yaw)
        if gap < self.robot.ask_distance - 0.15 and abs(off) < math.radians(35) and track.time == observation.time:
            return self._ask(observation, person, QUESTION)
        if gap < self.robot.ask_distance - 0.3:
            return self.navigator.turn(off) or Action(kind="wait")
        lead = min(gap / 2.0, 2.0) if track.speed > STANDING else 0.0
        px, py = px + track.vx * lead, py + track.vy * lead
        gap, bearing = math.hypot(px - x, py - y), math.atan2(py - y, px - x)
        reach = max(gap - TALKING_DISTANCE, 0.0)
        spot = (x + reach * math.cos(bearing), y + reach * math.sin(bearing))
        action = self.navigator.drive(observation, spot, arrive=0.25)
        if action is None:
            action = self.navigator.turn(off)
        if action is None:  # as near as one can get, and too far to ask
            self.left_alone[person] = observation.time + QUIET
            self.chased = None
        return action

    def _choose(self, observation: Observation) -> tuple[int, PersonTrack] | None:
        """Return whom to ask: near, rather standing than walking, not asked before."""
        x, y, _ = observation.pose
        if self.chased is not None and observation.time - self.chased_since > CHASE:
            self.left_alone[self.chased] = observation.time + QUIET
            self.chased = None
        best: tuple[int, PersonTrack] | None = None
        worth = SIGHT
        for person, track in self.map.people.items():
            old = observation.time - track.time
            if self.left_alone.get(person, -1.0) > observation.time or old > (
                20.0 if track.speed < STANDING else FRESH
            ):
                continue
            px, py = track.at(observation.time)
            gap = math.hypot(px - x, py - y)
            cost = gap
            if track.speed > STANDING:  # somebody who comes towards the robot is met half way
                ahead = math.hypot(px + track.vx - x, py + track.vy - y)
                cost += 6.0 if ahead > gap - 0.2 else 2.0
            if person == self.chased:
                cost -= 2.0
            if cost < worth:
                best, worth = (person, track), cost
        if best is not None and best[0] != self.chased:
            self.chased, self.chased_since = best[0], observation.time
        return best
