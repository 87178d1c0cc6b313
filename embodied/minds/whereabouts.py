"""Which of the places one can go to is meant by a word of a plan: that of the name, else the nearest like it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from embodied.episode import PersonObservation
from embodied.minds.dialogue import match_places
from embodied.minds.persona import Persona
from embodied.minds.planning import MEETS

HERE = 3.0  # m along the way within which one is there
# Words in the names of places that will do where there is none of the name; and for needs, where there is no home.
LIKE: Mapping[str, tuple[str, ...]] = {
    "home": ("home", "house", "flat", "residence", "apartments"),
    "cafe": ("cafe", "coffee", "tea", "bar", "restaurant", "bakery", "canteen"),
    "square": ("square", "plaza", "fountain", "park"),
    "park": ("park", "garden", "lawn", "playground", "square", "plaza", "fountain"),
    "market": ("market", "supermarket", "grocer", "shop", "store", "mall"),
    "hunger": ("restaurant", "cafe", "canteen", "bakery", "kiosk", "grocer", "supermarket", "market"),
    "energy": ("bench", "park", "garden", "cafe", "library"),
    "safety": ("police station", "police", "town hall"),
}


def find_place(name: str, observation: PersonObservation, persona: Persona) -> tuple[str, float]:
    """Return the place that a word of a plan means, and metres along the way to it (inf where that is not known).

    Args:
        name: of a place, or "home". observation: which places there are. persona: who asks; its home has a name, too.

    Returns:
        ("", inf) where nothing fits.
    """
    places = observation.places
    if not name or not places:
        return "", float("inf")
    found = _fitting(name, places)
    if not found and name == "home" and persona.home:
        found = _fitting(persona.home, places)
    return _nearest(found, observation)


def find_where_met(need: str, observation: PersonObservation, persona: Persona) -> tuple[str, float]:
    """Return the place where a need is met, see `find_place`."""
    found = find_place(MEETS[need][1], observation, persona)
    return found if found[0] else _nearest(_fitting(need, observation.places), observation)


@lru_cache(maxsize=4096)
def _fitting(name: str, places: tuple[str, ...]) -> tuple[int, ...]:
    """Return which places (their numbers) fit a word best: the same, else other words for it, else its like."""
    if name in places:
        return (places.index(name),)
    words = (name, *LIKE.get(name, ()))
    for word in words:
        if found := match_places(word, places):
            return tuple(places.index(place) for place in found)
    return ()


def _nearest(found: tuple[int, ...], observation: PersonObservation) -> tuple[str, float]:
    around = observation.around
    if not found:
        return "", float("inf")
    if len(around) < len(observation.places):
        return observation.places[found[0]], float("inf")
    nearest = min(found, key=around.__getitem__)
    return observation.places[nearest], around[nearest]
