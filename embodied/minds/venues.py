"""Where in a scene people go for what they plan: shops that they vanish into, places to stand, and ways out to home."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Point

from embodied.minds.dialogue import match_places
from scenes.scene import Scene
from scenes.walkable import Walkable

INSIDE = frozenset({"shop", "exit", "door", "platform"})  # kinds of landmarks behind which nobody is seen
HOME = "home"
AROUND = (0.7, 2.6)  # m from a landmark, where people stand who go there
APART = 0.9  # m between those who stand
TRIES = 60  # places looked at
# Words of plans -> words of places that will do, in order.
KINDS: dict[str, tuple[str, ...]] = {
    "square": ("fountain", "statue", "bench", "tables", "tree"),
    "park": ("tree", "oak", "bench", "fountain", "plant"),
    "market": ("stall", "kiosk", "supermarket", "grocer", "bakery"),
    "cafe": ("cafe", "tea house", "ice cream", "noodle bar", "coffee machine", "kitchen", "kiosk", "bench"),
    "office": ("office", "meeting room", "town hall", "bank"),
    "workshop": ("storage room", "bicycle rack"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A place to be.

    Attributes:
        position: (x, y) metres, where one stands in front of it, or the way out that leads there.
        inside: whoever is there is not seen. away: it is not in this scene.
    """

    name: str
    position: tuple[float, float]
    inside: bool
    away: bool = False


class Venues:
    """The places of a scene."""

    def __init__(self, scene: Scene, walkable: Walkable) -> None:
        """Find them; what cannot be reached from the first way out is left out.

        Args:
            scene: the place. walkable: its ground for somebody's radius.

        Raises:
            ValueError: nobody can come into the scene.
        """
        if not scene.entrances:
            raise ValueError(f"mind.residents: expected a scene with entrances, got {scene.name} without; take another")
        self._walkable = walkable
        gate = scene.entrances[0].position
        rooms = {region.name for region in scene.regions if region.kind == "room"}
        found = [
            Venue(name=mark.name, position=mark.position, inside=mark.kind in INSIDE and mark.name not in rooms)
            for mark in scene.landmarks
            if mark.kind != "crossing"
        ]
        points = [*(venue.position for venue in found), *(entrance.position for entrance in scene.entrances)]
        reachable = np.isfinite(walkable.geodesics(gate, np.array(points)))
        self.all = tuple(venue for venue, reached in zip(found, reachable, strict=False) if reached)
        self._exits = tuple(
            entrance.position for entrance, reached in zip(scene.entrances, reachable[len(found) :], strict=True)
            if reached
        )  # fmt: skip
        self._by_name = {venue.name: venue for venue in self.all}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all places that are in the scene."""
        return tuple(self._by_name)

    def find(self, words: str, home: int) -> Venue:
        """Return where somebody goes for the place that a plan names; what is not here is away.

        Args:
            words: of a plan ("cafe", "home", "old town"). home: number of the person, by which its way out is chosen.
        """
        if found := self._look(words):
            return self._by_name[found[home % len(found)]]
        return self.out(words, home)

    def out(self, words: str, home: int) -> Venue:
        """Return the place `words` that is not here, at the way out that a person uses."""
        return Venue(name=words or HOME, position=self._exits[home % len(self._exits)], inside=True, away=True)

    def _look(self, words: str) -> tuple[str, ...]:
        if not words or words == HOME:
            return ()
        if words in self._by_name:
            return (words,)
        if same := match_places(words, self._by_name):
            return same
        for kind in KINDS.get(words, ()):
            if found := tuple(name for name in sorted(self._by_name) if kind in name):
                return found
        return ()

    def stand(
        self, venue: Venue, taken: Sequence[tuple[float, float]], rng: np.random.Generator
    ) -> tuple[float, float]:  # fmt: skip
        """Return where somebody can stand at a place, apart from where others do; its middle where all is taken."""
        x, y = venue.position
        for _ in range(TRIES):
            away, angle = rng.uniform(*AROUND), rng.uniform(-math.pi, math.pi)
            spot = (float(x + away * math.cos(angle)), float(y + away * math.sin(angle)))
            free = min((math.dist(spot, other) for other in taken), default=math.inf) >= APART
            if free and self._walkable.contains(np.array([spot]))[0] and self._sees(venue.position, spot):
                return spot
        return venue.position

    def _sees(self, here: tuple[float, float], there: tuple[float, float]) -> bool:
        """Tell whether no wall is between two places some steps apart."""
        way = np.linspace(here, there, 8)
        return bool(self._walkable.contains(way[1:]).all()) or Point(here).distance(Point(there)) < AROUND[0]
