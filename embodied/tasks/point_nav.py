"""Point-goal navigation: Anderson et al., On Evaluation of Embodied Navigation Agents, 2018 (arXiv 1807.06757).

The robot always senses distance and bearing of the goal, as with Habitat's GPS and compass. Episodes are drawn as
Habitat's generator does (Savva et al., ICCV 2019): pairs whose way is hardly longer than the straight line, less than
`detour` times, are kept with probability 20 (ratio - 0.98)^2. Ours are 5 to 40 m long, not 1 to 30.

A stop counts within 0.36 m, as in the Habitat Challenge 2020; steps of 0.25 m and turns of 15 degrees can come as near
as 0.13 m to any free point.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import LineString

from embodied.config import PointNavConfig
from embodied.episode import EpisodeSpec
from embodied.episode_files.placement import episode_spec
from embodied.odometry import to_polar
from embodied.tasks.drawing import check_start, nth_episode
from embodied.tasks.navigation import Navigation
from scenes.walkable import Walkable

if TYPE_CHECKING:
    from embodied.world import World

TRIES = 2000  # pairs that are drawn before a scene is given up
Place = tuple[float, float]


class PointNav(Navigation[PointNavConfig]):
    """The robot starts anywhere and knows, relative to itself, where to go."""

    def __init__(self, config: PointNavConfig) -> None:
        """Take the configuration.

        Raises:
            ValueError: `nearest` is not below `farthest`, or `episodes` is of no use.
            FileNotFoundError: there is no such file of episodes.
        """
        if not config.nearest < config.farthest:
            raise ValueError(
                f"task.nearest: expected less than task.farthest={config.farthest:g}, got {config.nearest:g}; lower it"
            )
        super().__init__(config)

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Draw start and goal, or take them from the file of episodes.

        Raises:
            ValueError: a configured start or goal is not free, the scene has no such pair, or the file no such episode.
        """
        ground = world.walkable
        if self.config.episodes is not None:
            spec = episode_spec(
                nth_episode(self.config.episodes, episode_id),
                ground,
                number=episode_id,
                seed=seed,
                max_time=self.max_time,
                success_radius=self.success_radius,
                goal_name="point",
            )
            return replace(spec, instruction=tell_point(spec.start, spec.goal), point_goal=True, style="point")
        start, goal = self._draw(ground, world.scene.name, rng)
        path = ground.shortest_path(start[:2], goal)
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=start,
            goal=goal,
            goal_name="point",
            instruction=tell_point(start, goal),
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=float(ground.geodesic(start[:2], goal)),
            reference_path=tuple((float(x), float(y)) for x, y in path),
            point_goal=True,
            style="point",
        )

    def _draw(self, ground: Walkable, scene: str, rng: np.random.Generator) -> tuple[tuple[float, float, float], Place]:
        config = self.config
        fixed = None if config.start is None else check_start(ground, config.start)
        if config.goal is not None and (len(config.goal) != 2 or not bool(ground.contains([config.goal])[0])):
            raise ValueError(f"task.goal: expected [x, y] on free ground, got {config.goal}; move it")
        fixed_goal = None if config.goal is None else (float(config.goal[0]), float(config.goal[1]))
        for _ in range(TRIES):
            (x, y), (goal_x, goal_y) = ground.sample(rng, 2).tolist()
            yaw, luck = float(rng.uniform(-np.pi, np.pi)), float(rng.random())
            start, goal = fixed or (x, y, yaw), fixed_goal or (goal_x, goal_y)
            if fixed and fixed_goal:
                return start, goal
            straight = math.dist(start[:2], goal)
            if straight > config.farthest:
                continue
            clear = bool(ground.polygon.covers(LineString([start[:2], goal])))
            way = straight if clear else float(ground.geodesic(start[:2], goal))
            ratio = way / max(straight, 1e-9)
            if config.nearest <= way <= config.farthest and (ratio >= config.detour or luck < 20 * (ratio - 0.98) ** 2):
                return start, goal
        raise ValueError(
            f"scene {scene}: expected a start and a goal {config.nearest:g} to {config.farthest:g} m apart on foot, "
            f"found none in {TRIES} tries; widen task.nearest, task.farthest or lower task.detour"
        )


def tell_point(start: tuple[float, float, float], goal: Place) -> str:
    """Return the words for a point: its distance and bearing from the start."""
    distance, bearing = to_polar(goal, start)
    degrees = round(math.degrees(bearing))
    side = "straight ahead" if degrees == 0 else f"{abs(degrees)} degrees to your {'left' if degrees > 0 else 'right'}"
    return f"Go to the point {distance:.1f} metres away, {side}."
