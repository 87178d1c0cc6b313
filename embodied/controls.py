"""From the keys `crowd.controls.*` to the plain values that a crowd obeys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from crowd.control import PEDESTRIAN, RIDER, Controls, DrawnMap, read_map
from embodied.config import ControlsConfig
from scenes.scene import Scene


def make_controls(config: ControlsConfig, scene: Scene) -> Controls:
    """Return what is asked of the crowd of a scene.

    Args:
        config: as given on the command line.
        scene: its entrances have the names by which flows and exits are asked for; its walkable ground has the bounds
            of drawn maps.

    Raises:
        ValueError, FileNotFoundError: bad input, in one line that begins with the key.
    """
    names = [entrance.name for entrance in scene.entrances]
    for name in config.exits:
        if name not in names:
            raise ValueError(
                f"crowd.controls.exits: expected names of entrances ({', '.join(sorted(names))}), got {name!r}; "
                "correct it"
            )
    exits = [entrance.position for entrance in scene.entrances if not config.exits or entrance.name in config.exits]
    if (flow := dict(_flow(config.flow))) and (unknown := sorted(set(flow) - set(names))):
        raise ValueError(
            f"crowd.controls.flow: expected names of entrances ({', '.join(sorted(names))}), got {unknown[0]!r}; "
            "correct it"
        )
    west, south, east, north = (float(value) for value in scene.walkable.bounds)
    try:
        bounds = (west, south, east, north)
        appearance, density = (_map(name, getattr(config, name), bounds) for name in ("appearance", "density"))
        return Controls(
            population=config.population,
            flow=flow,
            types={PEDESTRIAN: 1.0 - config.riders, RIDER: config.riders} if config.riders else {},
            standing=config.standing,
            groups=config.groups,
            pace=config.pace,
            appearance=appearance,
            density=density,
            avoid=_polygons("avoid", config.avoid),
            attract=_polygons("attract", config.attract),
            regions_from=config.regions_from,
            regions_until=math.inf if config.regions_until is None else config.regions_until,
            evacuate_at=config.evacuate_at,
            exits=np.array(exits, np.float64).reshape(-1, 2),
        )
    except (ValueError, FileNotFoundError) as error:
        raise type(error)(f"crowd.controls.{error}") from error


def asked(config: ControlsConfig) -> list[str]:
    """Return the keys of what is asked for, without those left as they are."""
    usual = ControlsConfig()
    names = [item.name for item in fields(ControlsConfig) if getattr(config, item.name) != getattr(usual, item.name)]
    return [f"crowd.controls.{name}" for name in names]


def _map(name: str, path: str | None, bounds: tuple[float, float, float, float]) -> DrawnMap | None:
    try:
        return None if path is None else read_map(Path(path), bounds)
    except (ValueError, FileNotFoundError) as error:
        raise type(error)(f"{name}: {error}") from error


def _flow(pairs: Sequence[Any]) -> list[tuple[str, float]]:
    result = []
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or isinstance(pair[1], str):
            raise ValueError(f"crowd.controls.flow: expected [[name, people a minute], …], got {pair!r}; correct it")
        result.append((str(pair[0]), pair[1]))
    return result


def _polygons(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the polygons of a list of lists of points; `Controls` checks the points."""
    for value in values:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{name}: expected a list of polygons [[[x,y],[x,y],[x,y]]], got {value!r}; add brackets")
    return tuple(values)
