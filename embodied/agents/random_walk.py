"""Draws its actions by fixed frequencies: the lower bound.

Krantz et al. 2020, Beyond the Nav-Graph: Vision-and-Language Navigation in Continuous Environments, arXiv 2004.02857:
the random agent's frequencies are those of the actions in their training episodes.
"""

from __future__ import annotations

import numpy as np

from embodied.episode import Action, ActionKind, Observation, Perception, RobotSpec

FREQUENCIES: dict[ActionKind, float] = {"forward": 0.68, "left": 0.15, "right": 0.15, "stop": 0.02}


class Random:
    """Sees nothing, hears nothing, asks nobody."""

    perception: Perception = "none"

    def reset(self, robot: RobotSpec, rng: np.random.Generator) -> None:
        """Take the source of chance."""
        self.rng = rng

    def act(self, observation: Observation) -> Action:
        """Return an action drawn at random."""
        kinds = list(FREQUENCIES)
        return Action(kind=kinds[int(self.rng.choice(len(kinds), p=list(FREQUENCIES.values())))])
