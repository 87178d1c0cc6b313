"""What a robot is sent for, in a real scene: places and ways, things, boxes and visitors, and what can be done.

The robot knows the places but not where everything lies: it looks where things of that kind are likely. Such a search
is planned as if it would succeed, at a cost that grows as its chance falls, and planned anew when it does not (as in
FF-Replan, Yoon, Fern and Givan, ICAPS 2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from embodied.minds.operators import Fact, Operator, State, operator
from scenes.scene import Scene
from scenes.walkable import Walkable

FloatArray = npt.NDArray[np.float64]
ErrandKind = Literal["bring", "fetch", "put", "guide", "open", "wait", "take", "meet"]
Errands = tuple["Errand", ...]

RADIUS = 0.3  # m, of the robot
SPEED = 0.8  # m/s, of the robot: a courier among people
LOOK, TAKE, OPEN, MEET, WAIT = 6.0, 3.0, 4.0, 4.0, 10.0  # s
FEWEST = 4  # places, below which there is nothing to look for
LIKELY = 5  # places that a search is planned over at once
IN_BOX = 0.3  # chance that a closed box holds what is looked for

COLOURS = ("red", "blue", "green", "black")
BOXES = ("box", "locker", "basket", "cabinet")
VISITORS = ("visitor", "new colleague", "old lady", "student")
# Object -> kind of landmark -> how much likelier it lies there than elsewhere; our own judgement.
AFFINITIES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "parcel": {"shop": 3.0, "desk": 4.0, "door": 4.0, "exit": 3.0, "room": 2.0},
        "bottle": {"bench": 5.0, "fountain": 4.0, "kiosk": 5.0, "other": 2.0},
        "key": {"desk": 5.0, "door": 5.0, "bench": 3.0, "room": 2.0},
        "newspaper": {"kiosk": 8.0, "bench": 5.0, "sign": 2.0, "platform": 3.0},
        "umbrella": {"exit": 4.0, "bench": 3.0, "platform": 4.0, "crossing": 3.0, "shop": 1.5},
        "bag": {"bench": 4.0, "platform": 4.0, "statue": 2.0, "tree": 2.0, "room": 2.0},
        "book": {"shop": 2.0, "desk": 4.0, "bench": 3.0, "room": 3.0},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """The places of a scene.

    Attributes:
        scene: its family. places: names of landmarks that can be walked to from each other. kinds: theirs.
        distances: (P, P) metres on foot.
    """

    scene: str
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    distances: FloatArray

    def seconds(self, start: str, end: str) -> float:
        """Return how long the robot goes from one place to another."""
        return float(self.distances[self.places.index(start), self.places.index(end)]) / SPEED

    def metres(self, start: str, end: str) -> float:
        """Return the way from one place to another."""
        return float(self.distances[self.places.index(start), self.places.index(end)])

    def chances(self, name: str) -> FloatArray:
        """Return (P,) how likely something called `name` is at each place, before anybody has looked."""
        affinity = AFFINITIES.get(name.rpartition(" ")[2], {})
        weights = np.array([affinity.get(kind, 1.0) for kind in self.kinds])
        return np.asarray(weights / weights.sum(), dtype=np.float64)


def survey(scene: Scene) -> Site:
    """Return the places of a scene.

    Raises:
        ValueError: fewer than FEWEST landmarks can be reached from each other.
    """
    walkable = Walkable(scene.walkable, radius=RADIUS)
    spots = np.array([walkable.snap(mark.position) for mark in scene.landmarks]).reshape(-1, 2)
    ways = np.array([walkable.geodesics(spot, spots) for spot in spots]).reshape(len(spots), len(spots))
    joined = np.isfinite(ways)
    mine = np.flatnonzero(joined[joined.sum(axis=1).argmax()]) if len(spots) else np.zeros(0, dtype=np.int64)
    if len(mine) < FEWEST:
        raise ValueError(
            f"scene={scene.name}: expected {FEWEST} landmarks that can be walked to, got {len(mine)}; choose another"
        )
    ways = ways[np.ix_(mine, mine)]
    return Site(
        scene=scene.name,
        places=tuple(scene.landmarks[k].name for k in mine.tolist()),
        kinds=tuple(scene.landmarks[k].kind for k in mine.tolist()),
        distances=np.minimum(ways, ways.T),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing to do.

    Attributes:
        kind: bring (to `place`), fetch (to who asks, at `place`), put (into `box`), guide (a visitor to `place`), open
            (a box), wait (at `place`); take and meet are parts of these, told first.
        thing: what or whom it is about, "" if nothing. place: where to. box: into which, "" if none.
    """

    kind: ErrandKind
    thing: str = ""
    place: str = ""
    box: str = ""

    @property
    def goal(self) -> State:
        """What must hold for it to be done."""
        facts: dict[str, Fact] = {
            "bring": ("lies", self.thing, self.place), "fetch": ("lies", self.thing, self.place),
            "put": ("inside", self.thing, self.box), "guide": ("guided", self.thing, self.place),
            "open": ("open", self.thing), "wait": ("waited", self.place), "take": ("holds", self.thing),
            "meet": ("follows", self.thing),
        }  # fmt: skip
        return frozenset({facts[self.kind]})

    @property
    def parts(self) -> Errands:
        """What one says who tells it step by step, the whole of it last."""
        if self.kind in ("bring", "fetch", "put"):
            return (Errand(kind="take", thing=self.thing), self)
        if self.kind == "guide":
            return (Errand(kind="meet", thing=self.thing), self)
        return (self,)

    @property
    def names(self) -> tuple[str, ...]:
        """What must be found to do it."""
        return tuple(name for name in (self.thing, self.box) if name)


def sort_of(name: str) -> Literal["object", "box", "visitor"]:
    """Tell what a name names."""
    return "visitor" if name in VISITORS else "box" if name.rpartition(" ")[2] in BOXES else "object"


def place_fact(name: str, place: str) -> Fact:
    """Return the fact that something, a box or a visitor is at a place."""
    return ({"object": "lies", "box": "stands", "visitor": "waits"}[sort_of(name)], name, place)


def where(state: State, name: str) -> tuple[str, str]:
    """Return the place at which a name is and the box in which it is, "" where a state does not say."""
    for fact in state:
        if fact[0] in ("lies", "stands", "waits") and fact[1] == name:
            return fact[2], ""
        if fact[0] == "inside" and fact[1] == name:
            return where(state, fact[2])[0], fact[2]
        if fact[0] in ("holds", "follows") and fact[1] == name:
            return robot_place(state), ""
    return "", ""


def robot_place(state: State) -> str:
    """Return where the robot is."""
    return next(fact[2] for fact in state if fact[:2] == ("at", "robot"))


def held(state: State) -> str:
    """Return what the robot holds, or ""."""
    return next((fact[1] for fact in state if fact[0] == "holds"), "")


# ---------------------------------------------------------------- what can be done


def go(site: Site, start: str, end: str) -> Operator:
    """Go from a place to another; whoever follows comes along."""
    return operator("go", (start, end), needs=[("at", "robot", start)], adds=[("at", "robot", end)],
                    deletes=[("at", "robot", start)], cost=site.seconds(start, end))  # fmt: skip


def search(name: str, place: str, chance: float) -> Operator:
    """Look for something at a place, and find it; the smaller the chance, the dearer."""
    return operator("search", (place,), needs=[("at", "robot", place), ("unknown", name)],
                    adds=[place_fact(name, place)], deletes=[("unknown", name)], cost=LOOK / chance)  # fmt: skip


def take(thing: str, place: str) -> Operator:
    """Pick up what lies at a place."""
    lies = ("lies", thing, place)
    return operator("take", (thing, place), needs=[("at", "robot", place), lies, ("free",)], adds=[("holds", thing)],
                    deletes=[lies, ("free",)], cost=TAKE)  # fmt: skip


def unpack(thing: str, box: str, place: str) -> Operator:
    """Take something out of an open box."""
    inside = ("inside", thing, box)
    needs = [("at", "robot", place), ("stands", box, place), ("open", box), inside, ("free",)]
    return operator("unpack", (thing, box), needs=needs, adds=[("holds", thing)], deletes=[inside, ("free",)],
                    cost=TAKE)  # fmt: skip


def open_box(box: str, place: str, name: str = "", chance: float = 1.0) -> Operator:
    """Open a box; with `name`, in the hope of finding that in it."""
    needs, adds = [("at", "robot", place), ("stands", box, place)], [("open", box)]
    if not name:
        return operator("open", (box, place), needs=needs, adds=adds, cost=OPEN)
    return operator("open", (box, place), needs=[*needs, ("unknown", name)], adds=[*adds, ("inside", name, box)],
                    deletes=[("unknown", name)], cost=OPEN / chance)  # fmt: skip


def put_down(thing: str, place: str) -> Operator:
    """Lay down what the robot holds."""
    return operator("put_down", (thing, place), needs=[("at", "robot", place), ("holds", thing)],
                    adds=[("lies", thing, place), ("free",)], deletes=[("holds", thing)], cost=TAKE)  # fmt: skip


def put_in(thing: str, box: str, place: str) -> Operator:
    """Put what the robot holds into an open box."""
    needs = [("at", "robot", place), ("holds", thing), ("stands", box, place), ("open", box)]
    return operator("put_in", (thing, box), needs=needs, adds=[("inside", thing, box), ("free",)],
                    deletes=[("holds", thing)], cost=TAKE)  # fmt: skip


def meet(visitor: str, place: str) -> Operator:
    """Ask a visitor to follow."""
    waits = ("waits", visitor, place)
    return operator("meet", (visitor, place), needs=[("at", "robot", place), waits], adds=[("follows", visitor)],
                    deletes=[waits], cost=MEET)  # fmt: skip


def part(visitor: str, place: str) -> Operator:
    """Leave a visitor where it wants to be."""
    return operator("part", (visitor, place), needs=[("at", "robot", place), ("follows", visitor)],
                    adds=[("guided", visitor, place), ("waits", visitor, place)], deletes=[("follows", visitor)],
                    cost=MEET)  # fmt: skip


def wait(place: str) -> Operator:
    """Stay at a place for a while."""
    return operator("wait", (place,), needs=[("at", "robot", place)], adds=[("waited", place)], cost=WAIT)


def errand_operators(
    site: Site, belief: State, errand: Errand, chances: Mapping[str, Sequence[tuple[str, float]]]
) -> list[Operator]:
    """Return what a robot may want to do for an errand, between no more places than can matter.

    Ways are shortest, so that a place at which nothing is to be done is never worth a detour.

    Args:
        site: the places. belief: what the robot takes to hold. errand: what is to be done.
        chances: of what is unknown, the places or boxes where it may be, each with a chance in (0, 1].
    """
    here, in_hand = robot_place(belief), held(belief)
    names = list(dict.fromkeys([*errand.names, *([in_hand] if in_hand else [])]))
    names += [box for name in errand.names if (box := where(belief, name)[1]) and box not in names]
    boxes = {fact[1]: fact[2] for fact in sorted(belief) if fact[0] == "stands"}
    spots = {here, errand.place, *(where(belief, name)[0] for name in names)} - {""}
    for name in names:
        spots |= {boxes.get(spot, spot) for spot, _ in chances.get(name, ())}
    places = [place for place in site.places if place in spots]
    found: list[Operator] = []
    for name in names:
        sort = sort_of(name)
        unknown = [spot for spot, _ in chances.get(name, ())]
        spots_of = [place for place in places if place in unknown or place == where(belief, name)[0]]
        for spot, chance in chances.get(name, ()):
            found.append(open_box(spot, boxes[spot], name, chance) if spot in boxes else search(name, spot, chance))
            if spot in boxes:
                found.append(unpack(name, spot, boxes[spot]))
        if sort == "visitor":
            found += [meet(name, place) for place in spots_of] + [part(name, place) for place in places]
        elif sort == "box":
            found += [open_box(name, place) for place in spots_of]
            if errand.box == name:
                found += [put_in(errand.thing, name, place) for place in spots_of]
        else:
            if (box := where(belief, name)[1]) and box in boxes:
                found.append(unpack(name, box, boxes[box]))
            found += [take(name, place) for place in dict.fromkeys([*spots_of, here])]
            found += [put_down(name, place) for place in places]
    if errand.kind == "wait":
        found.append(wait(errand.place))
    return found + [go(site, a, b) for a in places for b in places if a != b]


# ---------------------------------------------------------------- what comes of it


def perform(truth: State, move: Operator) -> tuple[State, bool]:
    """Return the world after a move, which finds only what is there, and whether it worked."""
    if move.name in ("search", "stand"):
        return truth, True
    real = open_box(move.arguments[0], move.arguments[1]) if move.name == "open" else move
    return (truth, False) if real.missing(truth) else (real.apply(truth), True)


def sights(truth: State, move: Operator) -> State:
    """Return what a move that worked lets the robot see: what is at a place, or in a box; closed boxes hide."""
    if move.name not in ("search", "open"):
        return frozenset()
    spot = move.arguments[0]
    seen = {fact for fact in truth if fact[0] in ("lies", "stands", "waits") and fact[2] == spot}
    boxes = {fact[1] for fact in seen if fact[0] == "stands" and ("open", fact[1]) in truth} | {spot}
    seen |= {("open", box) for box in boxes if ("open", box) in truth}
    return frozenset(seen | {fact for fact in truth if fact[0] == "inside" and fact[2] in boxes})
