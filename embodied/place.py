"""Where an episode is: from a config and a seed to a scene at an hour and in a weather, and back from a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from embodied.config import SceneConfig
from embodied.hazards import HazardSpot, choose_hazards, furnish
from embodied.seeding import stream
from scenes.families import SCENES
from scenes.scene import Scene
from scenes.weather import WEATHERS, light_at

HOURS = (6.0, 23.0)  # between which the hour is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A scene before it is built; nothing in it is left to chance.

    Attributes:
        name: of the family. seed: of the layout. hour: 0 to 24. weather: one of `scenes.weather.WEATHERS`.
        options: what the family is asked for beside, by name. hazards: that stand in it.
    """

    name: str
    seed: int
    hour: float = 11.0
    weather: str = "clear"
    options: tuple[tuple[str, Any], ...] = ()
    hazards: tuple[HazardSpot, ...] = ()

    @staticmethod
    def read(metadata: Mapping[str, Any]) -> Place:
        """Return the place of a log from its metadata."""
        return Place(
            name=metadata["scene"],
            seed=metadata["scene_seed"],
            hour=metadata.get("hour", SceneConfig.hour),  # logs of the first version have none
            weather=metadata.get("weather", SceneConfig.weather),
            options=tuple(metadata.get("scene_options", {}).items()),
            hazards=tuple(HazardSpot.read(record) for record in metadata.get("hazards", ())),
        )

    def record(self) -> dict[str, Any]:
        """Return what a log's metadata says of the place."""
        hazards = {"hazards": [hazard.record() for hazard in self.hazards]} if self.hazards else {}
        return {
            "scene": self.name,
            "scene_seed": self.seed,
            "hour": self.hour,
            "weather": self.weather,
            "scene_options": dict(self.options),
            **hazards,
        }


def choose_place(config: SceneConfig, seed: int) -> Place:
    """Return the place of an episode; what the config leaves open is drawn from streams of the episode's seed.

    Where hazards stand is drawn from the seed of the layout, so that it is the same in all episodes of one.

    Raises:
        ValueError, FileNotFoundError: no such hazard, no room for it, or the scene cannot be built.
    """
    common = {item.name for item in fields(SceneConfig)}
    options = {item.name: getattr(config, item.name) for item in fields(config) if item.name not in common}
    drawn = stream(seed, "scene", 1)
    hour, weather = round(float(drawn.uniform(*HOURS)), 2), str(drawn.choice(WEATHERS))
    place = Place(
        name=config.name,
        seed=int(stream(seed, "scene").integers(2**31)) if config.seed is None else config.seed,
        hour=hour if config.hour is None else config.hour,
        weather=weather if config.weather is None else config.weather,
        options=tuple(options.items()),
    )
    if not config.hazards:
        return place
    found = choose_hazards(build_scene(place), config.hazards, place.seed, place.hour)
    return replace(place, hazards=found)


@lru_cache(maxsize=2)
def build_scene(place: Place) -> Scene:
    """Return the scene of a place; the last two are kept.

    Raises:
        ValueError, FileNotFoundError: an option of the family, or a file that it names, is of no use.
    """
    scene = furnish(_build(place.name, place.seed, place.options), place.hazards)
    return replace(scene, light=light_at(place.hour, place.weather, indoor=scene.indoor))


@lru_cache(maxsize=2)
def _build(name: str, seed: int, options: tuple[tuple[str, Any], ...]) -> Scene:
    return SCENES[name](**dict(options)).build(np.random.default_rng(seed), seed)
