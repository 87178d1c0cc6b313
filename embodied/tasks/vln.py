"""Vision-and-language navigation in continuous space (Krantz et al., ECCV 2020, arXiv 2004.02857): follow a told way.

The way leads to a landmark, as in direction inquiry: the same seed draws the same start and goal for both tasks. The
reference path is the way that the instruction describes, by its corners; `navigation.resample` gives it in steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from embodied.config import VlnConfig
from embodied.episode import EpisodeSpec
from embodied.episode_files.placement import episode_spec
from embodied.instructions import STYLES, write_instruction
from embodied.minds.skyline import Skyline
from embodied.tasks.drawing import describe_route, draw_goal, draw_start, find_decision_points, nth_episode
from embodied.tasks.navigation import Navigation
from scenes.routes import plan_route

if TYPE_CHECKING:
    from embodied.world import World


class Vln(Navigation[VlnConfig]):
    """The robot is told the way to a landmark, in one go."""

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Draw start and goal and tell the way between them, or take them from the file of episodes.

        Raises:
            ValueError: the configured start is not free, the goal no shop of the scene, or the file is of no use.
        """
        if self.config.episodes is not None:
            return self._from_file(world, self.config.episodes, episode_id, seed)
        start = draw_start(world, self.config.start, rng)
        name, distance = draw_goal(world, start, self.config.goal, self.max_time, rng)
        route = plan_route(world.scene, world.walkable, start[:2], start[2], name)
        style = STYLES[int(rng.integers(len(STYLES)))] if self.config.style == "both" else self.config.style
        names = {mark.name for mark in world.scene.landmarks}
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=start,
            goal=(float(route.path[-1, 0]), float(route.path[-1, 1])),
            goal_name=name,
            instruction=write_instruction(route, start[2], names, Skyline(world.scene).ahead, style, rng),
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=distance,
            reference_path=tuple((float(x), float(y)) for x, y in describe_route(route)),
            decision_points=find_decision_points(world.scene, route),
            style=style,
        )

    def _from_file(self, world: World, path: str, episode_id: int, seed: int) -> EpisodeSpec:
        episode = nth_episode(path, episode_id)
        if episode.instruction is None:
            raise ValueError(
                f"task.episodes: expected episodes with an instruction, got none in episode {episode.episode_id} of "
                f"{path}; use task=point_nav"
            )
        spec = episode_spec(
            episode,
            world.walkable,
            number=episode_id,
            seed=seed,
            max_time=self.max_time,
            success_radius=self.success_radius,
        )
        return replace(spec, style="worded", generated_by="human")
