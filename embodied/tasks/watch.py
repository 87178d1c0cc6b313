"""Stand at the edge of a place and watch the people who live there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import Point

from embodied.config import WatchConfig
from embodied.episode import EpisodeSpec
from embodied.tasks.navigation import Navigation

if TYPE_CHECKING:
    from embodied.world import World

LOOKED_AT = 64  # places, of which the one nearest to a wall is taken


class Watch(Navigation[WatchConfig]):
    """The robot has nowhere to go; what counts is how people get through their day."""

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Start out of the way.

        Raises:
            ValueError: the configured start is not free ground.
        """
        if self.config.start is None:
            places = world.walkable.sample(rng, LOOKED_AT)
            edge = world.scene.walkable.boundary
            x, y = min(places.tolist(), key=lambda place: edge.distance(Point(place)))
            start = (x, y, float(rng.uniform(-np.pi, np.pi)))
        else:
            if len(self.config.start) != 3 or not world.walkable.contains(np.array([self.config.start[:2]]))[0]:
                raise ValueError(f"task.start: expected [x, y, yaw] on free ground, got {self.config.start}; move it")
            start = (float(self.config.start[0]), float(self.config.start[1]), float(self.config.start[2]))
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=start,
            goal=start[:2],
            goal_name="place",
            instruction="Wait at this place and watch.",
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=0.0,
            reference_path=(start[:2],),
        )
