"""Follows spoken directions on the map: one leg after the other, by headings, distances and landmarks seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from embodied.agents.directions import Directions, Leg, Turn
from embodied.agents.instruction import is_place
from embodied.agents.mapping import OccupancyMap, Sighting
from embodied.agents.planner import Ground, Navigator, assess
from embodied.drive import wrap
from embodied.episode import Action, Observation

ANGLE: dict[Turn, float] = {
    "ahead": 0.0, "left": math.pi / 2, "right": -math.pi / 2, "back": math.pi,
    "slight left": math.pi / 4, "slight right": -math.pi / 4,
    "sharp left": 0.75 * math.pi, "sharp right": -0.75 * math.pi,
}  # fmt: skip
DEFAULT = 18.0  # m of a leg whose length was not said
SIDES = {"left": math.pi / 2, "right": -math.pi / 2}
STREET = 25.0  # m from one street to the next, at most, for "the second street on the left"
OPEN, ENTER = 9.0, 5.0  # m of room to the side that make a street, and how far one goes into it to have turned
ROUGHLY = 5.0  # m by which a corner may lie farther on, or back, than was said
BEYOND = 3.0  # m after a landmark that is to be passed
SLACK = math.radians(40)  # how far a way may bend from what was said
FAR = 7.0  # m, nearer landmarks say little about a heading
BESIDE = 4.0  # m, how near a way leads past a landmark
NEAR = 2.5  # m from a landmark that one goes up to
LEG_TIME = (40.0, 2.5)  # s for one leg, and s for each metre of it
JAM = 2.5  # m, how near somebody must be who blocks the way
FRESH = 2.0  # s, how old a sight of them may be
PATIENCE = 16  # waits, in one leg, for people to clear it
SURE = 5.0  # m, how far from where directions end the goal may be at the best
TO_A_STREET = 12.0  # m, how far off a street is thought to be that has not been seen


@dataclass(slots=True)
class Follower:
    """Where the robot is in a set of directions.

    Attributes:
        heading: radians, start frame, along the present leg. origin: where it began.
        index: of the present leg. done: all legs have been walked.
    """

    directions: Directions
    world: OccupancyMap
    navigator: Navigator
    heading: float
    origin: tuple[float, float]
    time: float
    index: int = -1
    done: bool = False
    waits: int = 0
    legs: list[Leg] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Part "the second street on the left for ten metres" into the turn and what comes after it."""
        for leg in self.directions.legs:
            if leg.ordinal:
                self.legs.append(Leg(turn=leg.turn, ordinal=leg.ordinal))
                rest = replace(leg, turn="ahead", ordinal=0)
                self.legs += [rest] if rest != Leg() else []
            else:
                self.legs.append(leg)

    def act(self, observation: Observation) -> Action | None:
        """Return the next action; None when the last leg is done."""
        while not self.done:
            if self.index < 0:
                self._begin(0, observation)
                continue
            target, arrive = self._target(self.legs[self.index], observation)
            if observation.time - self.time < LEG_TIME[0] + LEG_TIME[1] * math.dist(self.origin, target):
                action = self.navigator.drive(observation, target, arrive=arrive)
                if action is None and self._jammed(observation, target, arrive):
                    action = Action(kind="wait")
                if action is not None:
                    return action
            self._begin(self.index + 1, observation)
        return None

    def _jammed(self, observation: Observation, target: tuple[float, float], arrive: float) -> bool:
        """Tell whether people, not walls, keep the robot from going on; for PATIENCE waits, then the leg is over."""
        x, y, _ = observation.pose
        if self.waits >= PATIENCE or math.dist((x, y), target) < arrive + 1.0:
            return False
        ahead = math.atan2(target[1] - y, target[0] - x)
        jam = any(
            observation.time - track.time < FRESH
            and math.dist((track.x, track.y), (x, y)) < JAM
            and abs(wrap(math.atan2(track.y - y, track.x - x) - ahead)) < math.radians(60)
            for track in self.world.people.values()
        )
        self.waits += jam
        return jam

    def outlook(self) -> tuple[float, float, float]:
        """Return where the goal is thought to be, x, y, start frame, and how far off that may be, metres."""
        if self.done:
            return (*self.guess(), self._vague(SURE))
        (x, y), heading, spread = self.origin, self.heading, SURE
        for index, leg in enumerate(self.legs[max(self.index, 0) :], start=max(self.index, 0)):
            if leg.ordinal:
                length = TO_A_STREET * leg.ordinal
                x, y = x + length * math.cos(heading), y + length * math.sin(heading)
                heading, spread = wrap(heading + ANGLE[leg.turn]), math.hypot(spread, 0.5 * length)
                continue
            if index != self.index:
                heading = wrap(heading + ANGLE[leg.turn])
            mark = find(self.world, leg.until, (x, y)) if leg.until else None
            if mark is not None and (leg.distance is None or math.dist((x, y), (mark.x, mark.y)) > 0.6 * leg.distance):
                if math.dist((x, y), (mark.x, mark.y)) > 1.0:
                    heading = math.atan2(mark.y - y, mark.x - x)
                x, y, spread = mark.x, mark.y, SURE
                continue
            length = DEFAULT if leg.distance is None else leg.distance
            x, y = x + length * math.cos(heading), y + length * math.sin(heading)
            spread = math.hypot(spread, (0.25 if leg.distance is not None else 0.5) * length)
        if self.directions.side:
            side = heading + SIDES[self.directions.side]
            x, y = x + 5.0 * math.cos(side), y + 5.0 * math.sin(side)
        if self.directions.again:
            x, y = x + DEFAULT * math.cos(heading), y + DEFAULT * math.sin(heading)
        return x, y, self._vague(spread)

    def _vague(self, spread: float) -> float:
        return math.hypot(spread, DEFAULT) if self.directions.again else spread

    def guess(self) -> tuple[float, float]:
        """Return where the goal is thought to be, seen from the end of the way."""
        for name in (*self.directions.near, self.directions.opposite):
            if name and (sighting := find(self.world, name, self.origin)):
                return sighting.x, sighting.y
        side = self.directions.side
        reach, heading = (5.0, self.heading + SIDES[side]) if side else (3.0, self.heading)
        return self.origin[0] + reach * math.cos(heading), self.origin[1] + reach * math.sin(heading)

    def _begin(self, index: int, observation: Observation) -> None:
        """Start a leg where the robot is; its heading is relative to the way of the leg before."""
        x, y, _ = observation.pose
        walked = math.hypot(x - self.origin[0], y - self.origin[1])
        if self.index >= 0 and self.legs[self.index].ordinal:
            self.heading = wrap(self.heading + ANGLE[self.legs[self.index].turn])
        elif self.index >= 0 and walked > 4.0:  # streets bend: the way that was really walked counts
            real = math.atan2(y - self.origin[1], x - self.origin[0])
            self.heading = wrap(self.heading + float(np.clip(wrap(real - self.heading), -SLACK, SLACK)))
        self.origin, self.time, self.index, self.waits = (x, y), observation.time, index, 0
        if index >= len(self.legs):
            self.done = True
            return
        leg = self.legs[index]
        if leg.ordinal:
            return  # straight on, until the street is seen
        before, self.heading = self.heading, wrap(self.heading + ANGLE[leg.turn])
        if index > 0 and leg.turn != "ahead":
            ground = assess(self.world, [(x, y)])
            gap = self._corner(ground, before, self.heading)
            self.origin = (x + gap * math.cos(before), y + gap * math.sin(before))
            self.heading = self._open_heading(ground, self.heading)

    def _target(self, leg: Leg, observation: Observation) -> tuple[tuple[float, float], float]:
        """Return where the present leg ends as far as is known, and how near to come."""
        if leg.ordinal:
            return self._street(leg), 1.0
        mark = find(self.world, leg.until, self.origin) if leg.until else None
        heading = self._bend(leg, mark)
        if mark is not None and not self._on_the_way(leg, mark):
            return (mark.x, mark.y), NEAR
        c, s = math.cos(heading), math.sin(heading)
        length = leg.distance if leg.distance is not None else DEFAULT
        for name in leg.past:
            mark = find(self.world, name, self.origin)
            if mark is not None and leg.distance is None:
                along = (mark.x - self.origin[0]) * c + (mark.y - self.origin[1]) * s
                length = max(along + BEYOND, BEYOND)
        return (self.origin[0] + length * c, self.origin[1] + length * s), 1.0

    def _street(self, leg: Leg) -> tuple[float, float]:
        """Return a point in the street that is to be taken, or straight on while it has not been seen."""
        x, y = self.origin
        c, s = math.cos(self.heading), math.sin(self.heading)
        side = self.heading + ANGLE[leg.turn]
        ground = assess(self.world, [(x, y)])

        def room(r: float) -> float:
            for aside in np.arange(0.5, OPEN + 0.1, 0.25).tolist():
                spot = x + r * c + aside * math.cos(side), y + r * s + aside * math.sin(side)
                cell = ground.cell(*spot)
                if not (ground.cost[cell] < np.inf and ground.known[cell]):
                    return aside
            return OPEN

        count, began, closed = 0, 0.0, False
        for r in np.arange(0.0, STREET * leg.ordinal, 0.5).tolist():
            if room(r) < OPEN:
                if count == leg.ordinal and not closed:
                    middle = 0.5 * (began + r)
                    return (
                        x + middle * c + ENTER * math.cos(side),
                        y + middle * s + ENTER * math.sin(side),
                    )
                closed = True
            elif closed:
                count, began, closed = count + 1, r, False
        return x + STREET * leg.ordinal * c, y + STREET * leg.ordinal * s

    def _on_the_way(self, leg: Leg, mark: Sighting) -> bool:
        """Tell whether a leg leads on beyond a landmark ("towards the fountain for 40 metres")."""
        return leg.distance is not None and math.dist(self.origin, (mark.x, mark.y)) < 0.6 * leg.distance

    def _bend(self, leg: Leg, until: Sighting | None) -> float:
        """Return the heading of a leg, bent so that it leads to, or past, the landmarks that were named."""
        heading = self.heading
        marks = [(find(self.world, name, self.origin), BESIDE) for name in leg.past]
        for mark, room in [*marks, (until, 0.0)]:
            if mark is None or (gap := math.dist(self.origin, (mark.x, mark.y))) < FAR:
                continue
            bearing = math.atan2(mark.y - self.origin[1], mark.x - self.origin[0])
            off, most = wrap(bearing - heading), math.asin(min(room / gap, 1.0))
            if abs(off) > most:
                heading = wrap(bearing - math.copysign(most, off))
        return heading

    def _corner(self, ground: Ground, before: float, after: float) -> float:
        """Return how far on (or back) along the old heading the way really turns: where the new one is open.

        People tell distances only roughly; in a corridor one turns where there is an opening.
        """
        best, worth = 0.0, -math.inf
        for gap in np.arange(-ROUGHLY, ROUGHLY + 0.1, 0.5).tolist():
            x, y = self.origin[0] + gap * math.cos(before), self.origin[1] + gap * math.sin(before)
            if not ground.cost[ground.cell(x, y)] < np.inf:
                continue
            room = max(_room(ground, x, y, after + off, OPEN) for off in (-0.2, 0.0, 0.2))
            value = room - 0.8 * abs(gap)
            if value > worth:
                best, worth = gap, value
        return best

    def _open_heading(self, ground: Ground, heading: float) -> float:
        """Return the way within SLACK of `heading` with most room, at little turning."""
        offs = np.linspace(-SLACK, SLACK, 17).tolist()
        worth = [_room(ground, *self.origin, heading + off, 12.0) - 6.0 * abs(off) for off in offs]
        return wrap(heading + offs[int(np.argmax(worth))])


def _room(ground: Ground, x: float, y: float, heading: float, most: float) -> float:
    """Return how many metres, at most `most`, one can go from (x, y) along a heading, whatever is underfoot."""
    c, s = math.cos(heading), math.sin(heading)
    for r in np.arange(1.0, most, 0.2).tolist():
        if not ground.cost[ground.cell(x + r * c, y + r * s)] < np.inf:
            return float(r)
    return most


def find(world: OccupancyMap, name: str, here: tuple[float, float]) -> Sighting | None:
    """Return the sighting of a thing called `name` that is nearest to `here`."""
    seen = [sighting for sighting in world.sightings.values() if is_place(sighting.label, name)]
    return min(seen, key=lambda s: math.hypot(s.x - here[0], s.y - here[1]), default=None)
