"""Frontal approach, scenario (a) of the social-navigation guidelines (Francis et al. 2023, arXiv 2306.16740).

A robot and a person meet head-on in a corridor. Passed: arrived, no touch, at least 0.45 m between surfaces (Hall's
intimate zone) and no stand-still above 2 s.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from crowd.trajectory import Arrival
from embodied.config import FrontalApproachConfig
from embodied.episode import EpisodeSpec
from embodied.log import EpisodeLog
from embodied.metrics import score, tracks_of

if TYPE_CHECKING:
    from embodied.world import World

CLEARANCE = 0.45  # m, surface to surface
STANDSTILL = 2.0  # s
MARGIN = 1.5  # m from the corridor's ends


class FrontalApproach:
    """The robot goes straight down a corridor; a person comes the other way."""

    rates = frozenset({"passed"})

    def __init__(self, config: FrontalApproachConfig) -> None:
        self.config = config
        self.ask_distance = config.ask_distance
        self.success_radius = config.success_radius
        self.max_time = config.max_time

    def sample(self, world: World, episode_id: int, seed: int, rng: np.random.Generator) -> EpisodeSpec:
        """Start at one end of the corridor, on its axis but for a hand's breadth.

        Raises:
            ValueError: the corridor is too short for the configured distance.
        """
        left, bottom, right, top = world.scene.walkable.bounds
        if right - left < self.config.distance + 2 * MARGIN:
            raise ValueError(
                f"task.distance: expected at most {right - left - 2 * MARGIN:g} m in this corridor, "
                f"got {self.config.distance:g}; make it shorter"
            )
        x = left + MARGIN
        y = (bottom + top) / 2 + float(rng.uniform(-0.15, 0.15))
        goal = (x + self.config.distance, y)
        return EpisodeSpec(
            episode_id=episode_id,
            seed=seed,
            start=(x, y, 0.0),
            goal=goal,
            goal_name="end of the corridor",
            instruction=f"Go straight ahead for {self.config.distance:g} metres.",
            success_radius=self.success_radius,
            max_time=self.max_time,
            geodesic_distance=float(world.walkable.geodesic((x, y), goal)),
            reference_path=((x, y), goal),
        )

    def arrivals(self, world: World, rng: np.random.Generator) -> tuple[Arrival, ...] | None:
        """Return the person who comes towards the robot."""
        _, y, _ = world.episode.start
        left, _, right, _ = world.scene.walkable.bounds
        side = float(rng.uniform(-0.15, 0.15))
        return (
            Arrival(
                person_id=1,
                time=0.0,
                origin=(right - 0.8, y + side),
                goal=(left + 0.6, y + side),
                desired_speed=self.config.person_speed,
                yaw=math.pi,
            ),
        )

    def judge(self, log: EpisodeLog) -> dict[str, float]:
        """Return `passed` and what it rests on: `standstill`, the longest pause of the robot on its way, seconds."""
        values = score(log)
        tracks = tracks_of(log)
        moving = np.linalg.norm(np.diff(tracks.robot, axis=0), axis=1) > 0.02 * np.diff(tracks.times)
        longest = run = 0.0
        for going, interval in zip(moving, np.diff(tracks.times), strict=True):
            run = 0.0 if going else run + float(interval)
            longest = max(longest, run)
        passed = values["sr"] == 1.0 and values["min_distance"] >= CLEARANCE and longest <= STANDSTILL
        return {"passed": float(passed), "standstill": longest}
