"""A scenario in one of our scenes: hazards where there is room for them, and activities that move with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import shapely

from embodied.hazard_renders import SPLITS
from embodied.place import Place, build_scene
from embodied.seeding import stream
from safety.scenario import Activity, Hazard, Scenario
from safety.scenarios import generate
from safety.truth import judge
from scenes.hazards.places import find_places
from scenes.hazards.placing import PlacedHazard
from scenes.scene import FloatArray, Scene

FAMILIES = ("plaza", "street", "station", "office")
GRID = 2.0  # m between places
ROOM = 0.6  # m to walls
HELD_OUT = SPLITS["test"][0]  # seeds of layouts that the detector never learned from
LAYOUTS = 40  # of each family, so that scenes are built once for several scenarios
TRIES = 8  # scenarios drawn until one fits its place


Settled = tuple[Scenario, Scene, list[PlacedHazard]]
Draw = Callable[[np.random.Generator, FloatArray, str], Scenario | None]


@lru_cache(maxsize=2)
def settle(seed: int, category: str | None, families: tuple[str, ...] = FAMILIES) -> Settled:
    """Return a scenario of a seed in one of our scenes, the scene without its hazards, and where those stand.

    Its safe plan is safe there. `PlacedHazard.name` is the hazard's id. The last two are kept.

    Args:
        seed: of all that is drawn. category: of the scenario, None: drawn. families: of scenes; the first with room for
            it, beginning with the one that the seed falls on.

    Raises:
        ValueError: no such category or family, or no scenario fits any place.
    """
    if unknown := [family for family in families if family not in FAMILIES]:
        raise ValueError(f"scene: expected some of {', '.join(FAMILIES)}, got {unknown[0]!r}")

    def draw(rng: np.random.Generator, ground: FloatArray, family: str) -> Scenario:
        return generate(rng, category, ground, scene=family, scene_seed=layout_of(seed))

    def holds(scenario: Scenario) -> bool:
        return all(judge(activity, scenario.hazards).safe for activity in scenario.safe_activities)

    return settle_drawn(seed, (0, ""), families, f"hazards of {category}", draw, holds)


def settle_drawn(
    seed: int, key: tuple[int, str], families: tuple[str, ...], what: str, draw: Draw, holds: Callable[[Scenario], bool]
) -> Settled:
    """Return a scenario that is drawn in one of our scenes until it holds there; see `settle`.

    Args:
        seed: of the scene and all that is drawn. key: of the stream of a party, and what names begin with.
        families: of scenes. what: there must be room for, in words.
        draw: takes a generator, places (K, 2) and the family; None: nothing could be drawn.
        holds: whether the truth says of the place what it should.

    Raises:
        ValueError: nothing fits any place.
    """
    layout = layout_of(seed)
    for number in range(len(families)):
        family = families[(seed + number) % len(families)]
        scene = build_scene(Place(name=family, seed=layout, hour=19.0, weather="clear"))
        ground = places_of(scene)
        for attempt in range(TRIES):
            rng = stream(seed, "party", key[0], FAMILIES.index(family), attempt)
            if (drawn := draw(rng, ground, family)) is None:
                continue
            try:
                placed = find_places(scene, rng, [hazard.kind for hazard in drawn.hazards])
            except ValueError:  # no room for one of them: draw others
                continue
            named = [
                replace(put, name=hazard.id, values=hazard.values)
                for put, hazard in zip(placed, drawn.hazards, strict=True)
            ]
            scenario = replace(move(drawn, named, f"{key[1]}{family} {seed}"), seed=layout)
            if holds(scenario):
                return scenario, scene, named
    raise ValueError(f"scene: expected room for {what} in a {', a '.join(families)}, found none; allow other scenes")


def layout_of(seed: int) -> int:
    """Return the seed of the scene of a scenario; scenarios share some, and are quicker one after another."""
    return HELD_OUT + int(stream(seed, "scene").integers(LAYOUTS))


def places_of(scene: Scene) -> FloatArray:
    """Return (K, 2) metres, places on a grid where one can stand."""
    free = scene.walkable.buffer(-ROOM)
    west, south, east, north = free.bounds
    x, y = np.meshgrid(np.arange(west, east, GRID), np.arange(south, north, GRID))
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    return grid[shapely.contains_xy(free, grid[:, 0], grid[:, 1])]


def move(scenario: Scenario, placed: list[PlacedHazard], name: str) -> Scenario:
    """Return a scenario whose hazards stand where they were placed; what is done with one moves with it."""
    shifts: dict[str, tuple[float, float]] = {}
    hazards: list[Hazard] = []
    for hazard, put in zip(scenario.hazards, placed, strict=True):
        shifts[hazard.id] = (put.position[0] - hazard.position[0], put.position[1] - hazard.position[1])
        hazards.append(replace(hazard, position=put.position, yaw=put.yaw))

    def moved(activity: Activity) -> Activity:
        dx, dy = shifts.get(activity.hazard, (0.0, 0.0))
        return replace(activity, position=(activity.position[0] + dx, activity.position[1] + dy))

    return replace(
        scenario, id=name, hazards=tuple(hazards), activities=tuple(map(moved, scenario.activities)),
        safe_activities=tuple(map(moved, scenario.safe_activities)),
    )  # fmt: skip
