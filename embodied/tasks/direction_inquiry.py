"""Direction inquiry (after FreeAskWorld, arXiv 2511.13524): find a place by asking the people who stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapely import contains_xy

from crowd.trajectory import Arrival
from embodied.config import DirectionInquiryConfig
from embodied.episode import EpisodeSpec
from embodied.log import EpisodeLog
from embodied.wording import the
from scenes.scene import DESTINATIONS

if TYPE_CHECKING:
    from embodied.world import World

NEAREST_GOAL = 15.0  # m, geodesic: goals nearer than this need no asking
PHRASINGS = ("Find {}.", "Go to {}.", "Take me to {}.", "Please find {}.")


class DirectionInquiry:
    """The robot starts in the square and is told the name of a shop."""

    rates: frozenset[str] = frozenset()

    def __init__(self, config: DirectionInquiryConfig) -> None:
        self.config = config
        self.ask_distance = config.ask_distance
        self.success_radius = config.success_radius
        self.max_time = config.max_time

    def arrivals(self, world: World, rng: np.random.Generator) -> tuple[Arrival, ...] | None:
        """Return None: whoever the crowd brings."""
        return None

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Draw start, goal and words.

        Raises:
            ValueError: the configured start is not free, or the goal no shop of the scene.
        """
        shops = {mark.name: mark for mark in world.scene.landmarks if mark.kind in DESTINATIONS}
        start = self._start(world, rng)
        distance = {
            name: float(world.walkable.geodesic(start[:2], world.walkable.snap(mark.position)))
            for name, mark in shops.items()
        }
        if self.config.goal is None:
            far = sorted(name for name in shops if NEAREST_GOAL <= distance[name] < np.inf)
            goal_name = str(rng.choice(far or sorted(shops)))
        elif self.config.goal in shops:
            goal_name = self.config.goal
        else:
            raise ValueError(f"task.goal: expected one of {sorted(shops)}, got {self.config.goal!r}")
        goal = tuple(float(v) for v in world.walkable.snap(shops[goal_name].position))
        path = world.walkable.shortest_path(start[:2], goal)
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=start,
            goal=(goal[0], goal[1]),
            goal_name=goal_name,
            instruction=str(rng.choice(PHRASINGS)).format(the(goal_name)),
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=distance[goal_name],
            reference_path=tuple((float(x), float(y)) for x, y in path),
        )

    def _start(self, world: World, rng: np.random.Generator) -> tuple[float, float, float]:
        if self.config.start is not None:
            if len(self.config.start) != 3:
                raise ValueError(f"task.start: expected [x, y, yaw], got {self.config.start}; give metres and radians")
            x, y, yaw = self.config.start
            if not bool(world.walkable.contains(np.array([[x, y]]))[0]):
                raise ValueError(
                    f"task.start: expected a free place for a robot of radius {world.walkable.radius:g} m, "
                    f"got ({x:g}, {y:g}), which is in a wall or outside; move it"
                )
            return (float(x), float(y), float(yaw))
        open_ground = [region for region in world.scene.regions if region.kind in ("square", "hall")]
        starts = open_ground or world.scene.regions  # a street has no square: anywhere in it

        for _ in range(1000):
            x, y = world.walkable.sample(rng, 1)[0]
            if any(contains_xy(region.polygon, x, y) for region in starts):
                return (float(x), float(y), float(rng.uniform(-np.pi, np.pi)))
        raise ValueError(f"scene {world.scene.name}: expected a region with free ground to start on, got none")

    def judge(self, log: EpisodeLog) -> dict[str, float]:
        """Return nothing beyond the metrics of every episode."""
        return {}
