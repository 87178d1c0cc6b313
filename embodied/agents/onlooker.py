"""Stands where it is and waits until the time is over: for episodes that are about the people."""

from __future__ import annotations

import numpy as np

from embodied.episode import Action, Observation, Perception, RobotSpec

BEFORE = 1.0  # s before the end, when it stops


class Onlooker:
    """Waits, then stops; it senses nothing, so that an hour takes a minute."""

    perception: Perception = "none"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Take note of how long the episode lasts."""
        self._until = robot.max_time - BEFORE

    def act(self, observation: Observation) -> Action:
        """Return the next action."""
        return Action(kind="stop" if observation.time >= self._until else "wait")
