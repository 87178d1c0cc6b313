"""What tasks draw and derive alike: where an episode starts, which landmark it leads to, where one has to choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import contains_xy
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from embodied.drive import wrap
from embodied.episode import DecisionPoint, FloatArray
from embodied.episode_files.contract import NavigationEpisode
from embodied.episode_files.files import load_episodes
from scenes.routes import Route
from scenes.scene import DESTINATIONS, Scene
from scenes.walkable import Walkable

if TYPE_CHECKING:
    from embodied.world import World

NEAREST_GOAL = 15.0  # m, geodesic: goals nearer than this need no telling of the way
SURE_PACE = 0.4  # m/s: who gets on faster through people, shortest way known, arrives before the time is up
FORK_REACH = 8.0  # m over which a direction must lead on to be a way
FORK_HEADINGS = np.radians(np.arange(-180.0, 180.0, 15.0))
FORK_APART = math.radians(45.0)  # between two ways
HERE = 0.5  # m, from the end of a route: nothing is to be chosen there


def check_start(walkable: Walkable, start: Sequence[float]) -> tuple[float, float, float]:
    """Return a configured start (x, y, yaw).

    Raises:
        ValueError: not three numbers, or no free place.
    """
    if len(start) != 3:
        raise ValueError(f"task.start: expected [x, y, yaw], got {list(start)}; give metres and radians")
    x, y, yaw = start
    if not bool(walkable.contains(np.array([[x, y]]))[0]):
        raise ValueError(
            f"task.start: expected a free place for a robot of radius {walkable.radius:g} m, "
            f"got ({x:g}, {y:g}), which is in a wall or outside; move it"
        )
    return (float(x), float(y), float(yaw))


def draw_start(world: World, start: Sequence[float] | None, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the configured start (x, y, yaw), or one on the open ground of the scene: its squares and halls, if any.

    Raises:
        ValueError: the configured start is not free, or the scene has no region with free ground.
    """
    if start is not None:
        return check_start(world.walkable, start)
    open_ground = [region for region in world.scene.regions if region.kind in ("square", "hall")]
    starts = open_ground or world.scene.regions  # a street has no square: anywhere in it
    for _ in range(1000):
        x, y = world.walkable.sample(rng, 1)[0]
        if any(contains_xy(region.polygon, x, y) for region in starts):
            return (float(x), float(y), float(rng.uniform(-np.pi, np.pi)))
    raise ValueError(f"scene {world.scene.name}: expected a region with free ground to start on, got none")


def draw_goal(
    world: World, start: tuple[float, float, float], goal: str | None, max_time: float, rng: np.random.Generator
) -> tuple[str, float]:
    """Return the configured landmark, or one worth telling that is in reach within `max_time` s, and metres on foot.

    Without a goal, one of those NEAREST_GOAL to SURE_PACE times `max_time` metres away, or any where there is none.

    Raises:
        ValueError: the configured goal is no shop of the scene.
    """
    shops = {mark.name: mark for mark in world.scene.landmarks if mark.kind in DESTINATIONS}
    distance = {
        name: float(world.walkable.geodesic(start[:2], world.walkable.snap(mark.position)))
        for name, mark in shops.items()
    }
    if not shops:
        raise ValueError(f"scene {world.scene.name}: expected places that one can be sent to, got none; name some")
    if goal is None:
        fit = sorted(name for name in shops if NEAREST_GOAL <= distance[name] <= SURE_PACE * max_time)
        name = str(rng.choice(fit or sorted(shops)))
    elif goal in shops:
        name = goal
    else:
        raise ValueError(f"task.goal: expected one of {sorted(shops)}, got {goal!r}")
    return name, distance[name]


def find_decision_points(scene: Scene, route: Route) -> tuple[DecisionPoint, ...]:
    """Return where one has to choose on a route: its start and those of its corners at which the way forks.

    The way forks where a third direction, FORK_APART from where one came from and from where one goes, leads on in a
    straight line for FORK_REACH. A point is ambiguous when the straight line to the front of the goal leaves the
    ground, so that the goal cannot be seen from there.
    """
    ground, front = open_ground(scene), scene.landmark(route.goal).position
    corners = [(float(route.path[0, 0]), float(route.path[0, 1])), *(step.end for step in route.steps)]
    headings = [step.heading for step in route.steps]
    points = []
    for index, corner in enumerate(corners[:-1] if route.steps else corners):
        taken = headings[index : index + 1] + ([wrap(headings[index - 1] + math.pi)] if index else [])
        if math.dist(corner, corners[-1]) > HERE and _forks(ground, corner, taken):
            sight = ground.covers(LineString([corner, front]))
            points.append(DecisionPoint(position=corner, ambiguous=not sight))
    return tuple(points)


def _forks(ground: BaseGeometry, corner: tuple[float, float], taken: Sequence[float]) -> bool:
    others = [a for a in FORK_HEADINGS.tolist() if all(abs(wrap(a - way)) >= FORK_APART for way in taken)]
    ends = [(corner[0] + FORK_REACH * math.cos(a), corner[1] + FORK_REACH * math.sin(a)) for a in others]
    return any(bool(ground.covers(LineString([corner, end]))) for end in ends)


@lru_cache(maxsize=2)
def open_ground(scene: Scene) -> BaseGeometry:
    """Return the ground over which one sees and walks: all regions, with the benches and bollards on them."""
    ground: BaseGeometry = shapely.union_all([region.polygon for region in scene.regions]).buffer(0.05)
    shapely.prepare(ground)
    return ground


def describe_route(route: Route) -> FloatArray:
    """Return the corners (K, 2), metres, world, of the way as it is told: the start, then the end of each leg."""
    return np.array([route.path[0], *(step.end for step in route.steps)])


@lru_cache(maxsize=2)
def episodes_of(path: str) -> tuple[NavigationEpisode, ...]:
    """Return the episodes of a file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file cannot be read, or holds no episode.
    """
    episodes = load_episodes(path)
    if not episodes:
        raise ValueError(f"task.episodes: expected a file with episodes, got none in {path}; take another file")
    return episodes


def nth_episode(path: str, number: int) -> NavigationEpisode:
    """Return an episode of a file by its place in it, from 0.

    Raises:
        ValueError: the file has fewer.
    """
    episodes = episodes_of(path)
    if number >= len(episodes):
        raise ValueError(
            f"task.episodes: expected more than {number} episodes in {path}, got {len(episodes)}; run fewer"
        )
    return episodes[number]
