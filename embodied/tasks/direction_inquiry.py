"""Direction inquiry (after FreeAskWorld, arXiv 2511.13524): find a place by asking the people who stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embodied.config import DirectionInquiryConfig
from embodied.episode import EpisodeSpec
from embodied.tasks.drawing import draw_goal, draw_start, find_decision_points
from embodied.tasks.navigation import Navigation
from embodied.wording import the
from scenes.routes import plan_route

if TYPE_CHECKING:
    from embodied.world import World

PHRASINGS = ("Find {}.", "Go to {}.", "Take me to {}.", "Please find {}.")


class DirectionInquiry(Navigation[DirectionInquiryConfig]):
    """The robot starts in the square and is told the name of a shop."""

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Draw start, goal and words.

        Raises:
            ValueError: the configured start is not free, or the goal no shop of the scene.
        """
        start = draw_start(world, self.config.start, rng)
        name, distance = draw_goal(world, start, self.config.goal, self.max_time, rng)
        route = plan_route(world.scene, world.walkable, start[:2], start[2], name)
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=start,
            goal=(float(route.path[-1, 0]), float(route.path[-1, 1])),
            goal_name=name,
            instruction=str(rng.choice(PHRASINGS)).format(the(name)),
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=distance,
            reference_path=tuple((float(x), float(y)) for x, y in route.path),
            decision_points=find_decision_points(world.scene, route),
        )
