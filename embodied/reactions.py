"""How people react to the robot: what each notices of it, and the way it then goes, which a reactor makes.

A person knows of the robot what its own senses tell: where it is and how it moves, while it is in view or so near that
it is heard. `notice` sorts that; a reactor (`motion.reactor`) turns it into a path of 2 s, made anew every half second.
Without a reactor nobody reacts beyond giving way, as the crowd does anyhow.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from crowd.trajectory import CrowdState, Order
from embodied.drive import wrap
from embodied.episode import FloatArray
from embodied.seeding import stream
from motion.clip import By, Cue
from scenes.backend import RobotState

Kind = Literal["approach", "cut_in", "blocked"]
# (kind, what the person and what the robot did (K, 3): x, y, yaw every 0.1 s up to now, rng) -> (20, 3), the next 2 s
Reactor = Callable[[str, FloatArray, FloatArray, np.random.Generator], FloatArray]


def _moreact() -> Reactor:
    from motion.reacting import PAST, TEXTS
    from motion.reacting import Reactor as Live

    live = Live()

    def react(kind: str, person: FloatArray, robot: FloatArray, rng: np.random.Generator) -> FloatArray:
        both = [
            np.pad(way, ((max(0, PAST + 1 - len(way)), 0), (0, 0)), "edge")[None, -PAST - 1 :]
            for way in (person, robot)
        ]
        return np.asarray(live.ways([TEXTS[kind]], both[0], both[1], [rng])[0])

    return react


# What makes a reactor, by name (`motion.reactor`); MoReact's comes with its weights.
REACTORS: dict[str, Callable[[], Reactor]] = {"moreact": _moreact}

VIEW, HEARD = math.radians(100.0), 1.2  # rad to each side, m
AWARE = 8.0  # m beyond which nobody minds the robot: 2.5 s of both walking fast
HORIZON = 2.5  # s
WITHIN = 1.5  # m: whoever stands there is in the way
MARGIN = 0.15  # m between bodies, below which it is a collision course
MOVING, WALKING = 0.1, 0.3  # m/s: the robot moves; a person has a way
EASE = 1.4  # times the horizon, distance and margin, within which what was noticed still holds
SURE, OVER = 2, 5  # control steps that it takes to notice, and to be done with it
LONGEST = 4.0  # s of a reaction, and as long until the next
HISTORY, COMING, STEP, ANEW = 20, 20, 0.1, 5  # points of what was and of what comes; s between; steps until a new path

WORDS: dict[Kind, tuple[str, str, str]] = {  # what happens; what the robot does; what the person does
    "approach": (
        "A person steps aside for the robot.", "A robot drives towards a person.", "A person steps out of the way.",
    ),
    "cut_in": (
        "A person lets the robot pass.", "A robot crosses a person's way.", "A person gives way to who crosses.",
    ),
    "blocked": (
        "A person goes round the robot.", "A robot stands in a person's way.", "A person walks round an obstacle.",
    ),
}  # fmt: skip


def make_cue(kind: Kind, robot: tuple[float, float, float]) -> Cue:
    """Return what the body of somebody expresses who reacts to a robot at x, y, yaw."""
    return Cue(kind="react", target=(robot[0], robot[1], 0.0), what=kind)


def find_reactor(name: str | None) -> Reactor | None:
    """Return a reactor by its name in REACTORS, None for None.

    Raises:
        ValueError: there is none of this name.
    """
    if name is None:
        return None
    if name not in REACTORS:
        known = ", ".join(REACTORS) or "none yet"
        raise ValueError(f"motion.reactor: expected one of {known}, got {name}; leave it null")
    return REACTORS[name]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """What a person senses of the robot, and of itself, in the world's frame.

    Attributes:
        offset: (x, y) metres from the person to the robot. velocity: of the robot, own: of the person, m/s.
        yaw: where the person faces, radians. walks: whether it is on its way. reach: metres, of both bodies together.
    """

    offset: tuple[float, float]
    velocity: tuple[float, float]
    own: tuple[float, float]
    yaw: float
    walks: bool
    reach: float


def notice(sensed: Sensed, ease: float = 1.0) -> Kind | None:
    """Return what the robot does to a person, as far as the person can tell.

    "approach": it comes at the person, on a collision course, within HORIZON. "cut_in": it crosses the way of one who
    walks, ahead, within HORIZON. "blocked": it stands in the way of one who walks, within WITHIN.

    Args:
        sensed: by the person.
        ease: times HORIZON, WITHIN and MARGIN; above 1 for what has been noticed already.
    """
    (x, y), (vx, vy), (ux, uy) = sensed.offset, sensed.velocity, sensed.own
    distance = math.hypot(x, y)
    if distance > AWARE or (distance > HEARD and abs(wrap(math.atan2(y, x) - sensed.yaw)) > VIEW):
        return None
    pace, speed = math.hypot(ux, uy), math.hypot(vx, vy)
    reach, horizon = sensed.reach + ease * MARGIN, ease * HORIZON
    heading = math.atan2(uy, ux) if pace > WALKING else sensed.yaw
    c, s = math.cos(heading), math.sin(heading)
    ahead, aside = c * x + s * y, c * y - s * x
    if speed < MOVING:
        return "blocked" if sensed.walks and 0.0 < ahead < ease * WITHIN and abs(aside) < reach else None
    comes = -(x * vx + y * vy) / max(speed * distance, 1e-9)  # cosine between its way and the way to the person
    if comes > math.sqrt(0.5) and time_to_touch((x, y), (vx - ux, vy - uy), reach) <= horizon:
        return "approach"
    across = c * vy - s * vx
    if not (sensed.walks and pace > WALKING and aside * across < 0.0 and -aside / across <= horizon):
        return None
    time = -aside / across
    left = ahead + time * (c * vx + s * vy - pace)  # m from the person to where it crosses, by then
    return "cut_in" if -reach < left < ease * WITHIN else None


def time_to_touch(offset: tuple[float, float], velocity: tuple[float, float], reach: float) -> float:
    """Return seconds until something at `offset`, m, with this relative velocity, m/s, is within `reach`, or inf."""
    (x, y), (vx, vy) = offset, velocity
    c = x * x + y * y - reach * reach
    if c <= 0.0:
        return 0.0
    a, b = vx * vx + vy * vy, x * vx + y * vy
    root = b * b - a * c
    return (-b - math.sqrt(root)) / a if b < 0.0 and root >= 0.0 else math.inf


@dataclass(slots=True, kw_only=True)
class _Attention:
    """What a person makes of the robot: `kind` is None while there is nothing, `since` counts steps for a change."""

    kind: Kind | None = None
    seems: Kind | None = None
    since: int = 0

    def update(self, sensed: Sensed) -> Kind | None:
        """Take in what is sensed now, and return what there is; a kind stays until it is over."""
        if self.kind is None:
            now = notice(sensed)
            self.since = self.since + 1 if now is not None and now == self.seems else int(now is not None)
            self.seems = now
            if self.since >= SURE:
                self.kind, self.since = now, 0
        else:
            self.since = self.since + 1 if notice(sensed, EASE) is None else 0
            if self.since >= OVER:
                self.kind, self.seems, self.since = None, None, 0
        return self.kind


@dataclass(slots=True, kw_only=True)
class _Reaction:
    """One that goes on: its dice, path (COMING, 3), when it began, s, and how many control steps old the path is."""

    kind: Kind
    rng: np.random.Generator
    path: FloatArray
    begun: float
    age: int = 0


@dataclass(slots=True, kw_only=True)
class _Known:
    """Of a person: where it was, x, y, yaw, and what it makes of the robot."""

    way: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    attention: _Attention = field(default_factory=_Attention)
    reactions: int = 0
    minds: float = 0.0  # s, from when on it minds the robot again


class Reactions:
    """All reactions of an episode.

    Attributes:
        orders: what reacting makes people do; the crowd takes and empties it.
        facing: where those face who react, radians, by person_id.
        cues: what their bodies express, by person_id.
    """

    def __init__(
        self, record: Callable[..., None], react: Reactor | None, *, seed: int, radius: float, by: By = "learned"
    ) -> None:
        """Start an episode in which nobody has noticed the robot yet.

        Args:
            record: `record(type, **fields)` logs an event.
            react: makes the paths; None: nobody reacts.
            seed: the episode's. radius: of the robot, metres. by: how the paths are made.
        """
        self._record, self._react, self._seed, self._radius, self._by = record, react, seed, radius, by
        self._known: dict[int, _Known] = {}
        self._reacting: dict[int, _Reaction] = {}
        self._robot: deque[tuple[float, float, float]] = deque(maxlen=HISTORY)
        self.orders: dict[int, Order] = {}
        self.facing: dict[int, float] = {}
        self.cues: dict[int, Cue] = {}

    @property
    def people(self) -> Collection[int]:
        """Who reacts now."""
        return self._reacting.keys()

    def update(
        self, time: float, robot: RobotState, crowd: CrowdState, yaws: Mapping[int, float], busy: Collection[int]
    ) -> None:
        """Let everybody sense the robot, and react, once per control step.

        Args:
            time: seconds. robot: where it is. crowd: who is where. yaws: where everybody faces, radians.
            busy: who has something else to do.
        """
        if self._react is None:
            return
        self._robot.append((robot.x, robot.y, robot.yaw))
        velocity = (robot.v * math.cos(robot.yaw), robot.v * math.sin(robot.yaw))
        ids = crowd.person_ids.tolist()
        for person in [person for person in self._known if person not in set(ids)]:
            del self._known[person]
            self._end(person, "left")
        for row, person in enumerate(ids):
            known = self._known.setdefault(person, _Known())
            x, y = crowd.positions[row].tolist()
            known.way.append((x, y, yaws[person]))
            if person in busy:
                known.attention = _Attention()
                self._end(person, "called")
                continue
            sensed = Sensed(
                offset=(robot.x - x, robot.y - y),
                velocity=velocity,
                own=(float(crowd.velocities[row, 0]), float(crowd.velocities[row, 1])),
                yaw=yaws[person],
                walks=crowd.activities[row] == "walk",
                reach=float(crowd.radii[row]) + self._radius,
            )
            self._go_on(time, person, known, known.attention.update(sensed))

    def _go_on(self, time: float, person: int, known: _Known, kind: Kind | None) -> None:
        """Let a person begin to react, go on with it, or be done with it when its path is over."""
        reaction = self._reacting.get(person)
        if reaction is not None and time - reaction.begun >= LONGEST:  # whoever finds no way so goes as the crowd does
            known.minds = time + LONGEST
            self._end(person, "over")
            reaction = None
        kind = kind if time >= known.minds else None
        if reaction is not None and kind not in (None, reaction.kind):
            self._end(person, "over")
            reaction = None
        if reaction is None and kind is not None:
            rng = stream(self._seed, "reactions", person, known.reactions)
            known.reactions += 1
            reaction = _Reaction(kind=kind, rng=rng, path=np.zeros((0, 3)), begun=time, age=ANEW)
            self._reacting[person] = reaction
            text, *texts = WORDS[kind]
            self._record(
                "interaction",
                people=(0, person),
                kind=kind,
                text=text,
                texts=texts,
                roles=("actor", "reactor"),
                by=self._by,
                start=time,
            )
        if reaction is None:
            return
        if reaction.age >= COMING:
            self._end(person, "over")
            return
        if reaction.age >= ANEW and kind is not None:
            assert self._react is not None
            reaction.path = self._react(reaction.kind, np.array(known.way), np.array(self._robot), reaction.rng)
            if reaction.path.shape != (COMING, 3):
                raise ValueError(
                    f"react: expected a path of ({COMING}, 3), got {reaction.path.shape}; mend the reactor"
                )
            reaction.age = 0
            points = [(float(x), float(y)) for x, y, _ in reaction.path]
            self.orders[person] = Order(kind="path", path=tuple(points))
        self.facing[person] = float(reaction.path[reaction.age, 2])
        self.cues[person] = make_cue(reaction.kind, self._robot[-1])
        reaction.age += 1

    def _end(self, person: int, reason: str) -> None:
        reaction = self._reacting.pop(person, None)
        self.facing.pop(person, None)
        self.cues.pop(person, None)
        self.orders.pop(person, None)
        if reaction is not None:
            self._record("interaction_end", people=(0, person), kind=reaction.kind, reason=reason)
