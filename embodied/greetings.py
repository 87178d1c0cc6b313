"""Who knows whom, and how acquaintances greet: they come together, stop, face each other, and greet in word and deed.

Whether two know each other depends on the episode's seed and on the two alone. While a greeting lasts, both do as it
says; whatever happens (somebody leaves, is spoken to by the robot, is kept away), both are let go in the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString, MultiPolygon, Polygon

from crowd.control import RIDER_RADIUS
from crowd.trajectory import CrowdState, Order
from embodied.drive import wrap
from embodied.episode import FloatArray
from embodied.seeding import stream
from embodied.talk import speaking_time
from motion.clip import Body, Cue, PairClip
from motion.encounter import Encounters
from motion.meeting_words import WORDS as MEETING_WORDS

NOTICE = 3.5  # m, at which acquaintances begin to greet
AHEAD = math.radians(60.0)  # of where it faces: whom one sees coming
APART = {"handshake": 0.9, "wave": 1.8, "bow": 1.7}  # m between those who greet
FITS = {"handshake": (0.6, 1.25), "wave": (0.9, NOTICE), "bow": (1.3, 2.2)}  # m apart, where one can; else they wave
LASTS = {"handshake": 6.2, "wave": 6.2, "bow": 6.8}  # s, enough for whatever `motion.meeting` draws
KINDS = {"wave": 0.5, "handshake": 0.35, "bow": 0.15}  # shares
WORDS = ("Hi!", "Hello!", "Hey!", "Hello there!")
BRAKING = 3.0  # m/s2, of people who are asked to stop and give way to each other
STILL, FACING = 0.1, math.radians(25.0)  # m/s, rad off the other: those who stand face to face
PATIENCE = 8.0  # s after which they give up
PUSHED = 0.35  # m from where they stood: somebody was pushed away
ALIKE = 0.35  # m of height between two who shake hands or bow, at most
FIRST_WORDS, PAUSE = 0.3, 0.25  # s into the greeting; s between the words of one and of the other


@dataclass(slots=True, kw_only=True)
class _Greeting:
    """One that is under way. `until`: s, when it is given up; once they `play`, when it is over."""

    people: tuple[int, int]
    kind: str
    until: float
    rng: np.random.Generator
    plays: bool = False
    held: set[int] = field(default_factory=set)
    places: tuple[tuple[float, float], ...] = ()
    words: list[tuple[float, int, str]] = field(default_factory=list)  # still to be said: s, who, what
    spoken: dict[int, float] = field(default_factory=dict)  # s until which each speaks


class Greetings:
    """All greetings of an episode.

    Attributes:
        orders: what greeting makes people do; the crowd takes and empties it.
        cues: what those express who greet, by person_id.
        facing: where those face who come together or greet, radians, by person_id.
        partners: with whom they do.
    """

    def __init__(
        self,
        record: Callable[..., None],
        *,
        seed: int,
        share: float,
        walkable: Polygon | MultiPolygon,
        body_of: Callable[[int], Body],
        encounters: Encounters | None,
        until: float = math.inf,
        know: Callable[[int, int], bool | None] = lambda one, other: None,
    ) -> None:
        """Start an episode in which nobody has greeted yet.

        Args:
            record: `record(type, **fields)` logs an event.
            seed: the episode's.
            share: of all pairs of people, who know each other.
            walkable: free ground for a point; across anything else nobody greets.
            body_of: gives the body of a person.
            encounters: plays the clips; None: nobody is drawn.
            until: s, from when on people have other worries.
            know: tells of some whether they know each other; None: by `share`.
        """
        self._record, self._seed, self._share, self._walkable = record, seed, share, walkable
        self._body_of, self._encounters, self._until, self._told = body_of, encounters, until, know
        self._over: list[tuple[int, int]] = []
        self._met: dict[tuple[int, int], bool] = {}  # who know each other and have not greeted
        self._under_way: list[_Greeting] = []
        self.orders: dict[int, Order] = {}
        self.cues: dict[int, Cue] = {}
        self.facing: dict[int, float] = {}
        self.partners: dict[int, int] = {}
        if share > 0.0:
            shapely.prepare(walkable)

    def over(self) -> list[tuple[int, int]]:
        """Return who has greeted to the end since this was last asked."""
        over, self._over = self._over, []
        return over

    def update(self, time: float, crowd: CrowdState, yaws: Mapping[int, float], busy: Collection[int]) -> None:
        """Let time go on for those who greet, and let others begin.

        Args:
            time: seconds. crowd: who is where. yaws: where everybody faces, radians.
            busy: who has something else to do.
        """
        if self._share <= 0.0:
            return
        rows = {person: row for row, person in enumerate(crowd.person_ids.tolist())}
        for greeting in list(self._under_way):
            gone = [person for person in greeting.people if person not in rows]
            called = [person for person in greeting.people if person in busy]
            if gone or called:
                self._end(greeting, "left" if gone else "called", gone=gone, called=called)
            elif greeting.plays:
                self._play(greeting, time, crowd.positions[[rows[person] for person in greeting.people]])
            else:
                self._approach(greeting, time, crowd, [rows[person] for person in greeting.people], yaws)
        if time < self._until:
            self._meet(time, crowd, yaws, busy)

    # ---------------------------------------------------------------- who meets

    def _meet(self, time: float, crowd: CrowdState, yaws: Mapping[int, float], busy: Collection[int]) -> None:
        """Let acquaintances who see each other begin to greet, the nearest first."""
        free = [
            row
            for row, (person, word) in enumerate(zip(crowd.person_ids.tolist(), crowd.activities, strict=True))
            if word in ("walk", "stand") and person not in busy and person not in self.partners
            and crowd.radii[row] != RIDER_RADIUS
        ]  # fmt: skip
        if len(free) < 2:
            return
        places = crowd.positions[free]
        near = cKDTree(places).query_pairs(NOTICE)
        for _, a, b in sorted((math.dist(places[a], places[b]), free[a], free[b]) for a, b in near):
            pair = int(crowd.person_ids[a]), int(crowd.person_ids[b])  # in order, as ids are sorted
            if self._know(pair, crowd, a, b) and not self.partners.keys() & pair and self._see(crowd, a, b, yaws):
                self._begin(time, pair, crowd, (a, b))

    def _know(self, pair: tuple[int, int], crowd: CrowdState, a: int, b: int) -> bool:
        """Tell whether two know each other, go apart, and have not greeted."""
        if pair not in self._met:
            told = self._told(*pair)
            if told is None:
                told = bool(stream(self._seed, "acquaintances", *pair, 0).random() < self._share)
            self._met[pair] = told
        return self._met[pair] and (crowd.groups[a] < 0 or crowd.groups[a] != crowd.groups[b])

    def _see(self, crowd: CrowdState, a: int, b: int, yaws: Mapping[int, float]) -> bool:
        """Tell whether each of two, of whom one walks, has the other before it, with nothing solid between."""
        if crowd.activities[a] == crowd.activities[b] == "stand":
            return False
        for one, other in ((a, b), (b, a)):
            x, y = crowd.positions[other] - crowd.positions[one]
            if abs(wrap(math.atan2(y, x) - yaws[int(crowd.person_ids[one])])) > AHEAD:
                return False
        return bool(shapely.covers(self._walkable, LineString(crowd.positions[[a, b]])))

    def _begin(self, time: float, pair: tuple[int, int], crowd: CrowdState, rows: tuple[int, int]) -> None:
        """Let two come together, half way or where one stands; who of them begins is drawn."""
        rng = stream(self._seed, "acquaintances", *pair, 1)
        bodies = [self._body_of(person) for person in pair]
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        if any(body.aid for body in bodies) or abs(bodies[0].height - bodies[1].height) > ALIKE:
            kind = "wave"
        people = pair if rng.random() < 0.5 else pair[::-1]
        self._met[pair] = False
        self._under_way.append(_Greeting(people=people, kind=kind, until=time + PATIENCE, rng=rng))
        walks = [crowd.activities[row] == "walk" for row in rows]
        x, y = crowd.positions[list(rows)].mean(axis=0) if all(walks) else crowd.positions[rows[walks.index(False)]]
        for person, walk in zip(pair, walks, strict=True):
            self.orders[person] = Order(kind="go", target=(float(x), float(y))) if walk else Order(kind="hold")
        for person, other in (people, people[::-1]):
            self.partners[person] = other
            self._decide(person, "go", "greet", f"knows person {other}")

    # ---------------------------------------------------------------- what they do

    def _approach(
        self, greeting: _Greeting, time: float, crowd: CrowdState, rows: Sequence[int], yaws: Mapping[int, float]
    ) -> None:
        """Let two who come together stop where they are near enough, and greet once they stand face to face."""
        places, velocities = crowd.positions[rows], crowd.velocities[rows]
        away = places[1] - places[0]
        gap = float(np.hypot(*away))
        bearing = math.atan2(away[1], away[0])
        towards = bearing, wrap(bearing + math.pi)
        paces = np.hypot(*velocities.T)
        closing = float(-(velocities[1] - velocities[0]) @ away) / max(gap, 1e-9)
        stop = gap - float((paces**2).sum()) / (2.0 * BRAKING) - 0.05 * max(closing, 0.0)  # where they would stand
        for person, row, pace in zip(greeting.people, rows, paces.tolist(), strict=True):
            waits = crowd.activities[row] != "walk" and pace < STILL
            if person not in greeting.held and (stop <= APART[greeting.kind] or waits):
                greeting.held.add(person)
                self.orders[person] = Order(kind="hold")
        rests = len(greeting.held) == 2 and float(paces.max()) < STILL
        for person, toward in zip(greeting.people, towards, strict=True):
            if person in greeting.held:
                self.facing[person] = toward
            rests &= abs(wrap(toward - yaws[person])) < FACING
        fitting = [kind for kind in (greeting.kind, "wave") if FITS[kind][0] <= gap <= FITS[kind][1]]
        if rests and fitting:
            greeting.kind = fitting[0]
            self._greet(greeting, time, places, towards)
        elif time >= greeting.until:
            self._end(greeting, "kept apart")

    def _greet(
        self, greeting: _Greeting, time: float, places: FloatArray, towards: tuple[float, float]
    ) -> None:  # fmt: skip
        """Let two who stand face to face begin."""
        people = greeting.people
        stands = np.column_stack([places, towards])
        bodies = (self._body_of(people[0]), self._body_of(people[1]))
        roles, text, *texts = MEETING_WORDS[greeting.kind]
        greeting.plays, greeting.until = True, time + LASTS[greeting.kind]
        greeting.places = tuple((float(x), float(y)) for x, y in places)
        self._record(
            "interaction",
            people=people,
            kind=greeting.kind,
            text=text,
            texts=texts,
            roles=roles,
            by="guided",
            start=time,
            end=greeting.until,
            places=stands,
        )
        if self._encounters is not None:
            self._encounters.begin(people, make_clip(greeting.kind, people, bodies, stands, self._seed))
        start = time + FIRST_WORDS
        for person in people:
            words = str(greeting.rng.choice(WORDS))
            greeting.words.append((start, person, words))
            start += speaking_time(words) + PAUSE
        for k, person in enumerate(people):
            x, y = greeting.places[1 - k]
            self._express(person, (x, y, 0.93 * bodies[1 - k].height), False)

    def _play(self, greeting: _Greeting, time: float, places: FloatArray) -> None:
        """Let two who greet speak in turn, and go their ways when it is over."""
        if time >= greeting.until - 1e-6:
            self._end(greeting, "over")
            return
        if float(np.hypot(*(places - greeting.places).T).max()) > PUSHED:
            self._end(greeting, "pushed")
            return
        for person, end in list(greeting.spoken.items()):
            if time >= end:
                del greeting.spoken[person]
                self._express(person, self.cues[person].target, False)
        while greeting.words and time >= greeting.words[0][0] - 1e-6:
            _, speaker, text = greeting.words.pop(0)
            end = time + speaking_time(text)
            self._record(
                "speech",
                speaker=speaker,
                hearers=[self.partners[speaker]],
                text=text,
                act="greet",
                generated_by="template",
                start=time,
                end=end,
            )
            greeting.spoken[speaker] = end
            self._express(speaker, self.cues[speaker].target, True)

    def _end(
        self, greeting: _Greeting, reason: str, *, gone: Collection[int] = (), called: Collection[int] = ()
    ) -> None:
        """Let both go their ways; who is `gone` or was `called` has another one already."""
        self._under_way.remove(greeting)
        if reason == "over":
            self._over.append(greeting.people)
        if greeting.plays:
            self._record("interaction_end", people=greeting.people, kind=greeting.kind, reason=reason)
            if self._encounters is not None:
                self._encounters.stop(greeting.people[0])
        for person in greeting.people:
            other = self.partners.pop(person)
            self.facing.pop(person, None)
            self.orders.pop(person, None)
            if not greeting.plays and person not in gone:
                self._decide(person, "go", "", f"does not greet person {other}: {reason}")
            if self.cues.pop(person, None) is not None:
                self._record("cue", entity=person, kind="none", target=None)
            if person not in gone and person not in called:
                self.orders[person] = Order(kind="resume")

    def _decide(self, person: int, activity: str, act: str, reason: str) -> None:
        self._record("decision", entity=person, activity=activity, act=act, reason=reason, decided_by="rules")

    def _express(self, person: int, target: tuple[float, float, float], spoken: bool) -> None:
        self.cues[person] = Cue(kind="look", target=target, spoken=spoken)
        self._record("cue", entity=person, kind="look", target=target, spoken=spoken)


def make_clip(kind: str, people: tuple[int, int], bodies: tuple[Body, Body], places: FloatArray, seed: int) -> PairClip:
    """Return how two greet: the same for the same seed, live and when the log is played.

    Who has an aid is made to greet without; `Encounters` leaves it the aid.

    Args:
        kind: "handshake", "wave" or "bow". people: their ids, the one who begins first. bodies: theirs.
        places: (2, 3) x, y, yaw of both, metres and radians, world. seed: the episode's.
    """
    from motion.meeting import meet  # torch comes with it

    rng = stream(seed, "acquaintances", *sorted(people), 2)
    first, second = (replace(body, aid="") for body in bodies)
    return meet(kind, (first, second), rng, places=places, seconds=LASTS[kind])
