"""What all agents share that ask people the way: whom to ask, how to walk up to them, what their answers mean."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np

from embodied.agents.directions import Directions, parse_directions
from embodied.agents.follower import Follower
from embodied.agents.instruction import is_place
from embodied.agents.mapping import CELL, SIDE, PersonTrack, Sighting
from embodied.agents.seeker import Seeker
from embodied.drive import wrap
from embodied.episode import Action, Heard, Observation, RobotSpec
from embodied.wording import the

QUIET = 30.0  # s before the same person is asked again
TALKING_DISTANCE = 1.5  # m, between personal and social distance, Hall 1966
HEARD = 0.3  # m, how much nearer than the asking distance a person must seem, which is seen from in front
NEAR_THE_END = 8.0  # m from where directions end, for a sign that does not tell its place from others
CLOSEST = 1.1  # m, how near the robot comes when it is not heard from farther off
IN_VIEW = math.radians(35)  # off the camera's axis
PACE = 0.6  # m/s, how fast the robot really gets on among people
NEAR_AT_HAND = 6.0  # s, a meeting so soon is worth no looking about for a sooner one
SOON = 40.0  # s, later meetings are not worth while
WALKS_ON = 6.0  # s for which somebody who walks is thought to keep its way
STAYS, FRESH = 30.0, 2.0  # s, how old a sight of somebody who stands, or walks, may be
STAY = 6.0  # s that another person must be met sooner than the one the robot is going to
CHASE = 8.0  # s for one approach, besides one and a half times the expected time
STANDING = 0.3  # m/s
MOVED = 1.5  # m by which the place to meet must move for the robot to change its way
QUESTION = "Excuse me, where is {goal}?"
AGAIN = "Sorry, I am looking for {goal}. Do you know where it is?"

Choice = tuple[int, PersonTrack, tuple[float, float]]  # whom to ask, as last seen, and where to meet


class Asker(Seeker):
    """Walks up to people and asks; when it does, and what it makes of the answers, is up to a policy.

    Attributes:
        most: questions in one episode, whatever the task allows.
        follower: where the robot is in the directions that it follows, None without any.
    """

    most = 8
    searching = 35.0  # s of looking about where directions end, before they are given up

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().reset(robot, rng)
        self.rng = rng
        self.haunt: tuple[float, float] | None = None  # where it goes when nothing is left to explore
        self.asks = 0
        self.pose = (0.0, 0.0, 0.0)  # where it really is, before it comes to rest
        self.asked: int | None = None  # whom the robot has just spoken to
        self.speaker: int | None = None  # who told the way last
        self.facing = 0.0  # towards that person, start frame
        self.left_alone: dict[int, float] = {}  # until when, by instance
        self.chased: int | None = None
        self.chased_until = 0.0
        self.meeting = (math.nan, math.nan)
        self.follower: Follower | None = None
        self.searched_since: float | None = None  # where the directions ended
        self.clarified = False
        self.note: dict[str, Any] = {}  # to declare with the next action

    @abstractmethod
    def decide(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight and no answer is awaited."""

    @abstractmethod
    def take_in(self, observation: Observation, directions: Directions) -> bool:
        """Take in directions to follow; return whether the robot follows them."""

    def act(self, observation: Observation) -> Action:
        """Return the next action, with what there is to declare."""
        self.pose = observation.pose
        action = super().act(observation)
        if self.note:
            action, self.note = replace(action, note=self.note), {}
        return action

    def search(self, observation: Observation) -> Action:
        """Return the next action while the goal is out of sight."""
        if self.asked is not None:
            again = self._listen(observation)
            if again is not None:
                return again
        return self.decide(observation)

    def find(self, name: str) -> Sighting | None:
        """Return where the place has been seen; a sign that says less than its name ("EXIT") only where it was told."""
        said = len(name.split())
        signs = [sign for sign in self.map.sightings.values() if is_place(sign.label, name)]
        exact = [sign for sign in signs if len(sign.label.split()) >= said or is_place(sign.label, name.split()[0])]
        if not exact and signs and not self._last_chance():
            signs = [sign for sign in signs if self.expects(sign.x, sign.y)]
        return max(exact or signs, key=lambda sign: sign.pixels, default=None)

    def expects(self, x: float, y: float) -> bool:
        """Tell whether the goal may well be at (x, y), metres, start frame, after what was said."""
        if self.follower is None:
            return False
        *end, spread = self.follower.outlook()
        return math.dist(end, (x, y)) < max(NEAR_THE_END, 1.5 * spread)

    def _last_chance(self) -> bool:
        return not self.may_ask() and self.follower is None

    def may_ask(self) -> bool:
        """Tell whether a question is left."""
        return self.asks < (self.most if self.robot.max_asks is None else min(self.most, self.robot.max_asks))

    def follow(self, observation: Observation) -> Action | None:
        """Follow the directions, then look about where they end; None without any, and when that has been in vain."""
        if self.follower is None:
            return None
        action = self.follower.act(observation)
        if action is not None:
            return action
        if self.follower.directions.again and self.may_ask():  # it was told to ask here
            self.drop()
            return None
        if self.searched_since is None:
            self.searched_since = observation.time
            self.turns_left = round(2 * math.pi / self.robot.turn)
            self.explorer.target = None
        if observation.time - self.searched_since > self.searching:
            self.drop()
            return None
        if self.turns_left > 0:
            self.turns_left -= 1
            return Action(kind="right" if self.follower.directions.side == "right" else "left")
        return self.ask_here(observation) or self.explorer.act(observation, hint=self.follower.guess(), weight=2.0)

    def ask_here(self, observation: Observation) -> Action | None:
        """Return the next action towards asking where directions have ended; None: look about alone."""
        return None

    def drop(self) -> None:
        """Follow the directions no longer."""
        self.follower, self.searched_since = None, None

    def explore(
        self, observation: Observation, *, hint: tuple[float, float] | None = None, weight: float = 1.0
    ) -> Action:
        """Return the next action of one who looks about, near a hint if there is one; `weight` as of the explorer."""
        if self.turns_left > 0:
            self.turns_left -= 1
            return Action(kind="left")
        if self.haunt is None:
            action = self.explorer.act(observation, hint=hint, weight=weight)
            if action is not None:
                return action
            self.haunt = self._known_place()  # all is known, or out of reach: meet other people
        action = self.navigator.drive(observation, self.haunt, arrive=1.0)
        if action is None:
            self.haunt, self.turns_left = None, round(2 * math.pi / self.robot.turn)
            self.explorer.dropped.clear()
        return action or Action(kind="left")

    def _known_place(self) -> tuple[float, float]:
        """Return some place of the known free ground."""
        rows, columns = np.nonzero(self.map.grid < 0)
        pick = int(self.rng.integers(len(rows)))
        return (float(columns[pick] - SIDE // 2) + 0.5) * CELL, (float(rows[pick] - SIDE // 2) + 0.5) * CELL

    # ---------------------------------------------------------------- talk

    def _ask(self, observation: Observation, person: int, text: str) -> Action:
        track = self.map.people[person]
        x, y, _ = observation.pose
        self.asks += 1
        self.asked, self.facing = person, math.atan2(track.y - y, track.x - x)
        self.left_alone[person] = observation.time + QUIET
        self.chased = None
        return Action(kind="ask", text=text.format(goal=the(self.goal)))

    def _listen(self, observation: Observation) -> Action | None:
        """Take in what was answered; return what to say at once, if anything."""
        person, self.asked = self.asked, None
        assert person is not None
        answers = [heard for heard in observation.heard if not heard.own]
        directions = (
            parse_directions(" ".join(heard.text for heard in answers)) if answers else Directions(kind="other")
        )
        if answers:
            self.facing = wrap(observation.pose[2] + answers[-1].bearing)
            person = self._speaker(observation, answers[-1], person)
        if directions.kind == "route":
            self.clarified, self.speaker, self.haunt = False, person, None
            self.note["followed"] = self.take_in(observation, directions)
            return None
        if directions.kind == "clarify" and not self.clarified and person in self.map.people and self.may_ask():
            self.clarified = True
            return self._ask(observation, person, AGAIN)
        self.clarified = False
        self.left_alone[person] = math.inf if directions.kind in ("unknown", "refused") else observation.time + QUIET
        return None

    def _speaker(self, observation: Observation, heard: Heard, asked: int) -> int:
        """Return who answered: whoever stands where the voice came from, by default the person who was asked."""
        x = observation.pose[0] + heard.distance * math.cos(self.facing)
        y = observation.pose[1] + heard.distance * math.sin(self.facing)
        gaps = [
            (math.hypot(track.x - x, track.y - y), person)
            for person, track in self.map.people.items()
            if observation.time - track.time < STAYS
        ]
        gap, person = min(gaps, default=(math.inf, asked))
        return person if gap < 0.7 else asked

    # ---------------------------------------------------------------- people

    def approach(self, observation: Observation, within: float = SOON) -> Action | None:
        """Walk up to the person who can be met first, `within` seconds, and ask; None when nobody can."""
        choice = self.choose(observation, within)
        if choice is None:
            return None
        person, track, meeting = choice
        x, y, yaw = observation.pose
        gap, off = math.hypot(track.x - x, track.y - y), wrap(math.atan2(track.y - y, track.x - x) - yaw)
        seen = track.time == observation.time and abs(off) < IN_VIEW
        if seen and gap < self.robot.ask_distance - HEARD:
            listener = self._listener(observation)
            if listener == person or (listener is not None and self.left_alone.get(listener, -1.0) <= observation.time):
                return self._ask(observation, listener, QUESTION)
            if self._moves(observation):
                return Action(kind="wait")
        action = self.navigator.drive(observation, meeting, arrive=CLOSEST if seen else TALKING_DISTANCE, visit=person)
        if action is None:
            action = self.navigator.turn(off)
        if action is None and track.speed > STANDING:
            action = Action(kind="wait")
        if action is None:  # as near as one can get, and too far to ask, or somebody else is nearer
            self.left_alone[person] = observation.time + QUIET
            self.chased = None
        return action

    def _listener(self, observation: Observation) -> int | None:
        """Return who would hear the robot now, where it really is: the nearest person in view, None if that is far."""
        x, y, yaw = self.pose
        seen = [
            (math.hypot(track.x - x, track.y - y), person)
            for person, track in self.map.people.items()
            if track.time == observation.time and abs(wrap(math.atan2(track.y - y, track.x - x) - yaw)) < math.pi / 4
        ]
        gap, person = min(seen, default=(math.inf, None))
        if person is None or gap > self.robot.ask_distance - HEARD:
            return None
        track = self.map.people[person]
        return person if abs(wrap(math.atan2(track.y - y, track.x - x) - yaw)) < IN_VIEW else None

    def _moves(self, observation: Observation) -> bool:
        """Tell whether the robot has not come to rest yet."""
        x, y, yaw = observation.pose
        return math.dist(self.pose[:2], (x, y)) > 0.03 or abs(wrap(self.pose[2] - yaw)) > 0.05

    def choose(self, observation: Observation, within: float = SOON) -> Choice | None:
        """Return whom to ask, and where to meet: who can be met first, `within` seconds, and was not asked before."""
        if self.chased is not None and observation.time > self.chased_until:
            self.left_alone[self.chased] = observation.time + QUIET
            self.chased = None
        best: Choice | None = None
        soonest = within
        for person, track in self.map.people.items():
            if self.left_alone.get(person, -1.0) > observation.time:
                continue
            meeting = self._meet(observation, track)
            if meeting is None:
                continue
            when, spot = meeting
            if person == self.chased:
                when -= STAY
            if when < soonest:
                best, soonest = (person, track, spot), when
        if self.turns_left > 0 and soonest > NEAR_AT_HAND:
            return None  # look about first
        if best is not None and best[0] == self.chased and math.dist(best[2], self.meeting) < MOVED:
            best = (best[0], best[1], self.meeting)
        elif best is not None:
            self.meeting = best[2]
        if best is not None and best[0] != self.chased:
            self.chased, self.chased_until = best[0], observation.time + CHASE + 1.5 * soonest
        return best

    def _meet(self, observation: Observation, track: PersonTrack) -> tuple[float, tuple[float, float]] | None:
        """Return in how many seconds a person can be met, and where; None when it walks away or was seen long ago."""
        x, y, _ = observation.pose
        standing = track.known and track.speed < STANDING
        if not track.known and math.hypot(track.x - x, track.y - y) > self.robot.ask_distance:
            return None
        if observation.time - track.time > (STAYS if standing else FRESH):
            return None
        for after in np.arange(0.0, SOON if standing else WALKS_ON, 0.5).tolist():
            px, py = (
                (track.x, track.y)
                if standing
                else (
                    track.x + track.vx * (observation.time - track.time + after),
                    track.y + track.vy * (observation.time - track.time + after),
                )
            )
            if math.hypot(px - x, py - y) < TALKING_DISTANCE + PACE * after:
                return after, (px, py)
        return None
