"""What tasks share that tell the robot where to go and leave the people to the crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from crowd.trajectory import Arrival
from embodied.config import DirectionInquiryConfig, PointNavConfig, VlnConfig, WatchConfig
from embodied.log import EpisodeLog
from embodied.tasks.drawing import episodes_of

if TYPE_CHECKING:
    from embodied.world import World

Config = TypeVar("Config", DirectionInquiryConfig, PointNavConfig, VlnConfig, WatchConfig)


class Navigation(Generic[Config]):
    """A task whose episodes differ by start, goal and words only; a subclass draws them in `sample`.

    Attributes:
        episodes: how many the configured file holds; None: there is none, and no end to what can be drawn.
    """

    rates: frozenset[str] = frozenset()

    def __init__(self, config: Config) -> None:
        """Take the configuration.

        Raises:
            ValueError: its file of episodes is of no use.
            FileNotFoundError: there is no such file.
        """
        self.config: Config = config
        self.ask_distance = config.ask_distance
        self.success_radius = config.success_radius
        self.max_time = config.max_time
        file = getattr(config, "episodes", None)
        self.episodes = None if file is None else len(episodes_of(file))

    def arrivals(self, world: World, rng: np.random.Generator) -> tuple[Arrival, ...] | None:
        """Return None: whoever the crowd brings."""
        return None

    def judge(self, log: EpisodeLog) -> dict[str, float]:
        """Return nothing beyond the metrics of every episode."""
        return {}
