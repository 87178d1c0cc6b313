"""What somebody wants a robot to do in a scene: errands, and where everything is that they are about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embodied.minds.errand_world import AFFINITIES, BOXES, COLOURS, VISITORS, Errand, Errands, Site
from embodied.minds.operators import Fact, State

BELIEVED = 0.7  # share of objects that lie where objects of their kind are likely
KINDS = {"bring": 0.32, "fetch": 0.2, "put": 0.2, "guide": 0.14, "open": 0.07, "wait": 0.07}  # shares of errands
NUMBERS = {1: 0.3, 2: 0.4, 3: 0.3}  # shares of missions with so many errands
ALIKE = 0.5  # share of errands with look-alikes
BOXED = 0.2  # share of objects that lie in a box


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """What somebody wants to have done, and how the world is at first.

    Attributes:
        errands: in order. base: where who wants it stands. start: all that holds, known to the robot or not.
    """

    errands: Errands
    base: str
    start: State

    @property
    def goal(self) -> State:
        """What must hold at the end; waiting and guiding leave a trace in the state."""
        return frozenset().union(*(errand.goal for errand in self.errands))


def draw_mission(site: Site, rng: np.random.Generator) -> Mission:
    """Draw one to three errands, and where everything is: what is wanted, look-alikes, boxes and visitors."""
    places, base = list(site.places), str(rng.choice(site.places))
    stands = dict(zip(rng.choice(BOXES, 2, replace=False).tolist(), rng.choice(places, 2, replace=False), strict=True))
    kinds = rng.permutation(list(AFFINITIES)).tolist()
    facts: set[Fact] = {("at", "robot", str(rng.choice(places))), ("free",)}
    facts |= {("stands", box, str(place)) for box, place in stands.items()}
    errands: list[Errand] = []
    for number in range(int(rng.choice(list(NUMBERS), p=list(NUMBERS.values())))):
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        if kind in ("open", "wait") and any(one.kind == kind for one in errands):
            kind = "bring"
        errands.append(_draw_errand(kind, kinds[number], base, sorted(stands), site, facts, rng))
    return Mission(errands=tuple(errands), base=base, start=frozenset(facts))


def _draw_errand(
    kind: str, noun: str, base: str, boxes: list[str], site: Site, facts: set[Fact], rng: np.random.Generator
) -> Errand:
    place = str(rng.choice(site.places))
    if kind == "wait":
        return Errand(kind="wait", place=place)
    if kind == "open":
        return Errand(kind="open", thing=str(rng.choice(boxes)))
    if kind == "guide":
        taken = {fact[1] for fact in facts if fact[0] == "waits"}
        visitor = str(rng.choice([one for one in VISITORS if one not in taken]))
        facts.add(("waits", visitor, str(rng.choice([one for one in site.places if one != place]))))
        return Errand(kind="guide", thing=visitor, place=place)
    alike = rng.random() < ALIKE  # several of that kind, told apart by colour
    shades = rng.permutation(COLOURS).tolist()
    names = [f"{shade} {noun}" for shade in shades[: int(rng.integers(2, 4))]] if alike else [noun]
    goal_place = base if kind == "fetch" else place
    chances = site.chances(noun) if rng.random() < BELIEVED else np.full(len(site.places), 1.0 / len(site.places))
    for k, name in enumerate(names):
        spot = str(rng.choice(site.places, p=chances))
        while spot == goal_place:
            spot = str(rng.choice(site.places))
        if k == 0 and rng.random() < BOXED and kind != "put":
            facts.add(("inside", name, str(rng.choice(boxes))))
        else:
            facts.add(("lies", name, spot))
    if kind == "put":
        return Errand(kind="put", thing=names[0], box=str(rng.choice(boxes)))
    return Errand(kind="fetch" if kind == "fetch" else "bring", thing=names[0], place=goal_place)
