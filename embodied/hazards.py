"""The hazards of an episode: which, where, with which values; for the scene, for people, for the truth and the log."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from embodied.arguments import suggest
from embodied.person_senses import Danger
from embodied.seeding import stream
from safety.primitives import PRIMITIVES
from safety.scenario import Hazard
from safety.truth import daylight
from scenes.hazards.models import BUILDERS
from scenes.hazards.places import find_places
from scenes.hazards.placing import PlacedHazard, footprint, move_shape, people_spots, place_hazards
from scenes.scene import Scene

# What nobody takes for dangerous who only looks at it; dangerous by what it says, hides or holds.
LOOKS_HARMLESS = frozenset(
    {"false_exit_sign", "rumour_board", "open_register", "hidden_camera", "unlabelled_allergen", "unmarked_bottle",
     "warm_buffet", "spirits_bar"}
)  # fmt: skip
SURFACE = frozenset({"slip", "contact", "flood"})  # conditions that hold on the ground that one sees to be so
DIGITS = 4  # of values and places in the log


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardSpot:
    """A hazard that stands in a scene for a whole episode.

    Attributes:
        id: "bonfire 1". kind: a primitive. position: (x, y) of its frame, metres, world. yaw: of its front, radians.
        seed: of what of its look is drawn. values: (name, number) of its parameters, as in `safety.primitives`.
        middle, radius: (x, y) and metres of the circle round the ground that it takes, world.
    """

    id: str
    kind: str
    position: tuple[float, float]
    yaw: float
    seed: int
    values: tuple[tuple[str, float], ...]
    middle: tuple[float, float]
    radius: float

    @property
    def name(self) -> str:
        """What people call it."""
        return self.kind.replace("_", " ")

    def placed(self) -> PlacedHazard:
        """Return it as an object of the scene."""
        return PlacedHazard(
            kind=self.kind, position=self.position, yaw=self.yaw, seed=self.seed, values=dict(self.values), name=self.id
        )

    def truth(self) -> Hazard:
        """Return it as the conditions know it."""
        return Hazard(id=self.id, kind=self.kind, position=self.position, yaw=self.yaw, values=dict(self.values))

    def tell(self) -> dict[str, Any]:
        """Return what an event of the log says of it."""
        return {
            "id": self.id, "kind": self.kind, "position": self.position, "yaw": self.yaw,
            "values": dict(self.values), "middle": self.middle, "radius": self.radius,
        }  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return what a log's metadata says of it: all that it takes to build it again."""
        return {**self.tell(), "seed": self.seed}

    @staticmethod
    def read(record: Mapping[str, Any]) -> HazardSpot:
        """Return what `record` wrote."""
        x, y = record["position"]
        middle = record["middle"]
        return HazardSpot(
            id=record["id"], kind=record["kind"], position=(x, y), yaw=record["yaw"], seed=record["seed"],
            values=tuple(sorted(record["values"].items())), middle=(middle[0], middle[1]), radius=record["radius"],
        )  # fmt: skip


def check_kinds(kinds: Sequence[str]) -> None:
    """Refuse names of hazards that there are not.

    Raises:
        ValueError: one of them is none.
    """
    for kind in kinds:
        if kind not in BUILDERS:
            near = suggest(kind, tuple(BUILDERS)) or "; choose from these"
            raise ValueError(f"scene.hazards: expected names of {', '.join(BUILDERS)}, got {kind!r}{near}")


def choose_hazards(scene: Scene, kinds: Sequence[str], seed: int, hour: float) -> tuple[HazardSpot, ...]:
    """Return a place and values for each of `kinds`, drawn from streams of a scene's seed.

    Values are those while it is dangerous; what daylight adds on steps is in their `lux`, and a puddle, spill or litter
    of shards reaches as far as the circle of the same area as its ground.

    Raises:
        ValueError: no such kind, or no room for one.
    """
    if not kinds:
        return ()
    check_kinds(kinds)
    try:
        places = find_places(scene, stream(seed, "hazards", 0), list(kinds))
    except ValueError as error:
        raise ValueError(f"scene.hazards={list(kinds)}: {error}") from error
    sun = 0.0 if scene.indoor else daylight(hour)
    spots: list[HazardSpot] = []
    for k, place in enumerate(places):
        rng = stream(seed, "hazards", 1, k)
        quantities = PRIMITIVES[place.kind].values
        values = {item.name: round(float(rng.uniform(item.low, item.high)), DIGITS) for item in quantities}
        if SURFACE & set(PRIMITIVES[place.kind].presence) and "radius" in values:
            values["radius"] = round(math.sqrt(footprint(place.kind).area / math.pi), DIGITS)
        if "lux" in values:
            values["lux"] = round(values["lux"] + sun, DIGITS)
        x, y = (round(value, DIGITS) for value in place.position)
        middle, radius = _circle(place.kind, values, (x, y), place.yaw)
        spots.append(
            HazardSpot(
                id=f"{place.kind.replace('_', ' ')} {1 + [other.kind for other in spots].count(place.kind)}",
                kind=place.kind, position=(x, y), yaw=round(place.yaw, DIGITS), seed=place.seed,
                values=tuple(sorted(values.items())), middle=middle, radius=radius,
            )
        )  # fmt: skip
    return tuple(spots)


def furnish(scene: Scene, hazards: Sequence[HazardSpot]) -> Scene:
    """Return the scene with hazards in it; the same scene where there are none."""
    return place_hazards(scene, [hazard.placed() for hazard in hazards]) if hazards else scene


def name_hazards(scene: Scene, hazards: Sequence[HazardSpot]) -> dict[int, str]:
    """Return what the pieces of hazards are called by who sees them, by instance."""
    heads = tuple(f"{hazard.id} " for hazard in hazards)
    return {item.instance: item.label for item in scene.objects if heads and item.name.startswith(heads)}


def dangers_of(hazards: Sequence[HazardSpot]) -> tuple[Danger, ...]:
    """Return what of hazards looks dangerous to people."""
    return tuple(
        Danger(name=hazard.name, position=hazard.middle, radius=hazard.radius)
        for hazard in hazards
        if hazard.kind not in LOOKS_HARMLESS
    )


def bystanders(hazards: Sequence[HazardSpot]) -> tuple[tuple[float, float, float], ...]:
    """Return where people stand who are part of a hazard: (x, y, yaw) each, world."""
    return tuple(spot for hazard in hazards for spot in people_spots(hazard.placed()))


def _circle(
    kind: str, values: Mapping[str, float], position: tuple[float, float], yaw: float
) -> tuple[tuple[float, float], float]:
    """Return middle and radius of the circle round a hazard's ground, world."""
    ground = move_shape(footprint(kind, values), position, yaw)
    middle = np.array([ground.centroid.x, ground.centroid.y])
    radius = float(np.hypot(*(shapely.get_coordinates(ground) - middle).T).max())
    return (round(float(middle[0]), DIGITS), round(float(middle[1]), DIGITS)), round(radius, DIGITS)
